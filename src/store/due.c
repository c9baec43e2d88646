/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is due to whom: one row a learner of this board. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

/* The columns of other tables are missing when she was closed meanwhile. */
static int other_tables(struct ld_store *st, struct ld_due *d)
{
	const enum stmt q = Q_DUE_NEXT;
	const void *box;
	size_t len;
	int rc;

	d->open = !db_null(st->db, q, 8) && !db_null(st->db, q, 11);
	if (!d->open)
		return 0;
	d->slot = (uint8_t)db_int(st->db, q, 9);
	d->activity_ms = db_int(st->db, q, 10);
	d->began_ms = db_int(st->db, q, 13);
	box = db_blob(st->db, q, 12, &len);
	if (len > sizeof(d->for_home))
		return LD_E_CORRUPT;
	memcpy(d->for_home, box, len);
	d->for_home_len = (uint8_t)len;
	rc = db_fixed(st->db, q, 8, d->p.b, sizeof(d->p.b));
	return rc < 0 ? rc : db_fixed(st->db, q, 11, d->home.b, sizeof(d->home.b));
}

int ld_store_due_next(struct ld_store *st, int64_t now_ms, struct ld_due *ret)
{
	const enum stmt q = Q_DUE_NEXT;
	int rc = db_first(st->db, q, "i", now_ms);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	memset(ret, 0, sizeof(*ret));
	ret->at_ms = db_int(st->db, q, 1);
	ret->active_ms = db_int(st->db, q, 2);
	ret->sent_ms = db_int(st->db, q, 3);
	ret->first_ms = db_int(st->db, q, 4);
	snprintf(ret->course, sizeof(ret->course), "%s", db_text(st->db, q, 5));
	ret->lesson = (uint8_t)db_int(st->db, q, 6);
	ret->idle = (uint8_t)db_int(st->db, q, 7);
	rc = db_fixed(st->db, q, 0, ret->s.b, sizeof(ret->s.b));
	if (rc == 0)
		rc = other_tables(st, ret);
	db_done(st->db, q);
	return rc;
}

int ld_store_due_set(struct ld_store *st, const struct ld_due *d)
{
	return db_run(st->db, Q_DUE_SET, "biiisii", ID(&d->s), d->at_ms, d->sent_ms, d->first_ms,
		      d->course, (int64_t)d->lesson, (int64_t)d->idle);
}

int ld_store_due_drop(struct ld_store *st, const struct ld_id *s)
{
	return db_run(st->db, Q_DUE_DROP, "b", ID(s));
}

int ld_store_due_add(struct ld_store *st, const struct ld_id *s, int64_t at_ms, int64_t now_ms)
{
	return db_run(st->db, Q_DUE_ADD, "bii", ID(s), at_ms, now_ms);
}

int ld_store_due_touch(struct ld_store *st, const struct ld_id *s, int64_t at_ms,
		       int64_t active_ms)
{
	return db_run(st->db, Q_DUE_TOUCH, "bii", ID(s), at_ms, active_ms);
}

int ld_store_due_adopt(struct ld_store *st, const struct ld_board_id *home, int64_t now_ms,
		       unsigned n, struct ld_id *cursor)
{
	int rc = db_run(st->db, Q_DUE_ADOPT, "bibi", ID(home), now_ms, ID(cursor), (int64_t)n);

	if (rc == 0)
		rc = db_first(st->db, Q_DUE_ADOPTED, "bi", ID(cursor), (int64_t)n - 1);
	if (rc == 1) {
		rc = db_fixed(st->db, Q_DUE_ADOPTED, 0, cursor->b, sizeof(cursor->b));
		db_done(st->db, Q_DUE_ADOPTED);
		return rc < 0 ? rc : 1;
	}
	return rc;
}
