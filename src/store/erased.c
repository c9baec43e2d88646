/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Erasure seen to its end: each board says when it holds nothing of her any more, and the one that
 * took her wish tells her when all have. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

/* A number stays known as long as somebody else learns on it. */
static int forget(struct ld_store *st, const struct ld_id *p)
{
	int rc = db_first(st->db, Q_PERSON_ANY, "b", ID(p));

	if (rc == 1)
		db_done(st->db, Q_PERSON_ANY);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = db_run(st->db, Q_OUT_FORGET, "b", ID(p));
	return rc < 0 ? rc : db_run(st->db, Q_SESSION_DROP, "b", ID(p));
}

static int tell_one(struct ld_store *st)
{
	struct ld_fact f = { .kind = LD_EV_ERASED };
	struct ld_id p;
	int rc = db_first(st->db, Q_ERASED_TODO, "b", st->board.b, sizeof(st->board.b));

	if (rc <= 0)
		return rc;
	rc = db_fixed(st->db, Q_ERASED_TODO, 0, f.u.erased.s.b, sizeof(f.u.erased.s.b));
	if (rc == 0)
		rc = db_fixed(st->db, Q_ERASED_TODO, 1, p.b, sizeof(p.b));
	db_done(st->db, Q_ERASED_TODO);
	if (rc == 0)
		rc = forget(st, &p);
	if (rc == 0)
		rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? rc : 1;
}

int ld_store_erased_tell(struct ld_store *st)
{
	/* Of a board that was cut off nothing counts, not even here: it would say it for ever. */
	int n = 0, rc = ld_store_revoked(st, &st->board);

	while (rc == 0 && (rc = tell_one(st)) == 1) {
		n++;
		rc = 0;
	}
	return rc < 0 ? rc : n;
}

int ld_store_farewell_add(struct ld_store *st, const struct ld_farewell *f)
{
	return db_run(st->db, Q_FAREWELL_ADD, "bbiibss", ID(&f->s), ID(&f->p), f->due_ms,
		      (int64_t)f->alphabet, f->number, f->number_len, f->text, f->shared);
}

int ld_store_farewell_ready(struct ld_store *st, struct ld_farewell *ret)
{
	const enum stmt q = Q_FAREWELL_READY;
	const void *box;
	int rc = db_first(st->db, q, "");

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	memset(ret, 0, sizeof(*ret));
	rc = db_fixed(st->db, q, 0, ret->s.b, sizeof(ret->s.b));
	if (rc == 0)
		rc = db_fixed(st->db, q, 1, ret->p.b, sizeof(ret->p.b));
	ret->due_ms = db_int(st->db, q, 2);
	ret->alphabet = (enum ld_alphabet)db_int(st->db, q, 3);
	box = db_blob(st->db, q, 4, &ret->number_len);
	if (rc == 0 && ret->number_len > sizeof(ret->number))
		rc = LD_E_CORRUPT;
	if (rc == 0 && ret->number_len)
		memcpy(ret->number, box, ret->number_len);
	snprintf(ret->text, sizeof(ret->text), "%s", db_text(st->db, q, 5));
	ret->others = db_int(st->db, q, 6) != 0;
	snprintf(ret->shared, sizeof(ret->shared), "%s", db_text(st->db, q, 7));
	db_done(st->db, q);
	return rc;
}

int ld_store_farewell_drop(struct ld_store *st, const struct ld_id *s)
{
	return db_run(st->db, Q_FAREWELL_DROP, "b", ID(s));
}

int ld_store_farewell_late(struct ld_store *st, int64_t now_ms, char ret_board[32])
{
	int n = 0, rc = db_first(st->db, Q_FAREWELL_LATE, "i", now_ms);

	if (rc <= 0)
		return rc;
	n = (int)db_int(st->db, Q_FAREWELL_LATE, 0);
	snprintf(ret_board, 32, "%s", db_text(st->db, Q_FAREWELL_LATE, 1));
	db_done(st->db, Q_FAREWELL_LATE);
	return n;
}
