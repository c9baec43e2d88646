/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was sent, in parts: of this month for the board, of each day for the ward. */
#include "store_impl.h"

int ld_store_out_spent(struct ld_store *st, int64_t since_ms, const char *but_channel,
		       int64_t *ret_parts)
{
	int rc = db_first(st->db, Q_OUT_SPENT, "is", since_ms, but_channel);

	if (rc <= 0)
		return rc;
	*ret_parts = db_int(st->db, Q_OUT_SPENT, 0);
	db_done(st->db, Q_OUT_SPENT);
	return 0;
}

static int tell_day(struct ld_store *st, int64_t *told, int64_t today, const char *but_channel)
{
	struct ld_fact f = { .kind = LD_EV_SPENT };
	int rc = db_first(st->db, Q_QUOTA_DAY, "iis", *told, today, but_channel);

	if (rc <= 0)
		return rc;
	f.u.spent.day = *told = db_int(st->db, Q_QUOTA_DAY, 0);
	f.u.spent.parts = db_int(st->db, Q_QUOTA_DAY, 1);
	db_done(st->db, Q_QUOTA_DAY);
	rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? rc : 1;
}

int ld_store_tell_spent(struct ld_store *st, int64_t today, const char *but_channel)
{
	static const char name[] = "spent_told";
	int64_t told = -1;
	int n = 0, rc = ld_store_setting_get(st, name, &told, sizeof(told));

	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	while ((rc = tell_day(st, &told, today, but_channel)) == 1)
		n++;
	if (rc == 0 && n)
		rc = ld_store_setting_put(st, name, &told, sizeof(told));
	return rc < 0 ? rc : n;
}
