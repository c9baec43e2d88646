/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reports break down, one statement each: a label and counts. */
#include <string.h>

#include "store_impl.h"

int ld_store_figure(struct ld_store *st, enum ld_figure which, int utc_offset_min,
		    int (*cb)(void *arg, const struct ld_figure_row *), void *arg)
{
	static const struct {
		enum stmt q;
		bool local;     /* it names local days or months: ?1 is the offset in seconds */
	} of[LD_N_FIGURES] = {
		[LD_FIG_COURSE] = { Q_FIG_COURSE, false },
		[LD_FIG_LESSON] = { Q_FIG_LESSON, false },
		[LD_FIG_MONTH] = { Q_FIG_MONTH, true },
		[LD_FIG_MARKET] = { Q_FIG_MARKET, false },
		[LD_FIG_SPENT] = { Q_FIG_SPENT, true },
		[LD_FIG_AMBASSADOR] = { Q_FIG_AMBASSADOR, false },
	};
	const enum stmt q = of[which].q;
	int rc = of[which].local ? db_query(st->db, q, "i", (int64_t)utc_offset_min * 60)
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
