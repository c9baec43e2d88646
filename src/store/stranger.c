/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls for help of people who have not agreed: a board's own rows, gone after seven days. Nothing of
 * them reaches the log. */
#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

int ld_store_stranger_call(struct ld_store *st, const struct ld_stranger_call *c)
{
	if (c->pin == 0)
		return ld_store_stranger_drop(st, &c->p);
	return db_run(st->db, Q_STRANGER_SET, "biiib", ID(&c->p), c->asked_ms, (int64_t)c->pin,
		      c->due_ms, c->number, c->number_len);
}

int ld_store_stranger_drop(struct ld_store *st, const struct ld_id *p)
{
	return db_run(st->db, Q_STRANGER_DROP, "b", ID(p));
}

int stranger_load(struct ld_store *st, struct ld_person *x)
{
	int rc = db_first(st->db, Q_STRANGER_GET, "b", ID(&x->p));

	if (rc <= 0)
		return rc;
	x->help_pin = (uint16_t)db_int(st->db, Q_STRANGER_GET, 0);
	x->help_due_ms = db_int(st->db, Q_STRANGER_GET, 1);
	db_done(st->db, Q_STRANGER_GET);
	return 0;
}
