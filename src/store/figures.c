/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reports break down, one statement each: a label and counts; and what 100 % means. */
#include <string.h>

#include "store_impl.h"

int ld_store_figure(struct ld_store *st, enum ld_figure which, int utc_offset_min,
		    int (*cb)(void *arg, const struct ld_figure_row *), void *arg)
{
	static const struct {
		enum stmt q;
		bool local;     /* it names local months: ?1 is the offset in seconds */
		enum ld_reg reg; /* ?1: of whose values it tells; 0 none */
	} of[LD_N_FIGURES] = {
		[LD_FIG_COURSE] = { .q = Q_FIG_COURSE },
		[LD_FIG_LESSON] = { .q = Q_FIG_LESSON },
		[LD_FIG_MONTH] = { .q = Q_FIG_MONTH, .local = true },
		[LD_FIG_MARKET] = { .q = Q_FIG_VALUE, .reg = LD_REG_MARKET },
		[LD_FIG_SCHOOL] = { .q = Q_FIG_VALUE, .reg = LD_REG_SCHOOL },
		[LD_FIG_SPENT] = { .q = Q_FIG_SPENT, .local = true },
		[LD_FIG_AMBASSADOR] = { .q = Q_FIG_AMBASSADOR },
	};
	const enum stmt q = of[which].q;
	int64_t one = of[which].local ? (int64_t)utc_offset_min * 60 : (int64_t)of[which].reg;
	int rc = of[which].local || of[which].reg ? db_query(st->db, q, "i", one)
						  : db_query(st->db, q, "");

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_figure_row r = { .label = db_text(st->db, q, 0) };

		for (int i = 0; i < LD_FIG_COUNTS; i++)
			r.n[i] = (uint64_t)db_int(st->db, q, i + 1);
		rc = cb(arg, &r);
		if (rc != 0)
			db_done(st->db, q);
	}
	return rc < 0 ? rc : 0;
}

int ld_store_goals(struct ld_store *st, int (*cb)(void *arg, const struct ld_goal *), void *arg)
{
	const enum stmt q = Q_GOAL_EACH;
	int rc = db_query(st->db, q, "");

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_goal g = { .what = (unsigned)db_int(st->db, q, 0),
				     .name = db_text(st->db, q, 1),
				     .people = (unsigned)db_int(st->db, q, 2) };

		rc = cb(arg, &g);
		if (rc != 0)
			db_done(st->db, q);
	}
	return rc < 0 ? rc : 0;
}

int ld_store_goal(struct ld_store *st, unsigned what, const char *name, unsigned *ret)
{
	const enum stmt q = Q_GOAL_GET;
	int rc = db_first(st->db, q, "is", (int64_t)what, name);

	*ret = 0;
	if (rc <= 0)
		return rc;
	*ret = (unsigned)db_int(st->db, q, 0);
	db_done(st->db, q);
	return 0;
}
