/* SPDX-License-Identifier: GPL-2.0-or-later */
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
