/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people decide for others: guardians, and who shares a telephone. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

int rights_load(struct ld_store *st, struct ld_person *x)
{
	const enum stmt q = Q_LEARNER_MORE;
	int rc = db_first(st->db, q, "bi", ID(&x->s), (int64_t)LD_ATTEST_NATIONAL);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_CORRUPT;
	x->guardian = db_int(st->db, q, 0) != 0;
	x->ticket = (uint16_t)db_int(st->db, q, 1);
	x->ticket_until_ms = db_int(st->db, q, 2);
	x->request_due_ms = db_int(st->db, q, 3);
	x->national = db_int(st->db, q, 4) != 0;
	db_done(st->db, q);
	return 0;
}

/* s, p, slot from column 0 on. */
static int ward_of(struct ld_store *st, enum stmt q, struct ld_ward_of *ret)
{
	int rc = db_fixed(st->db, q, 0, ret->s.b, sizeof(ret->s.b));

	if (rc == 0)
		rc = db_fixed(st->db, q, 1, ret->p.b, sizeof(ret->p.b));
	ret->slot = (uint8_t)db_int(st->db, q, 2);
	return rc;
}

int ld_store_ticket(struct ld_store *st, unsigned code, int64_t now_ms, struct ld_ward_of *ret)
{
	const enum stmt q = Q_TICKET_FIND;
	struct ld_ward_of x;
	int rc = db_first(st->db, q, "ii", (int64_t)code, now_ms);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	memset(&x, 0, sizeof(x));
	rc = ward_of(st, q, &x);
	snprintf(x.course, sizeof(x.course), "%s", db_text(st->db, q, 3));
	/* Given out by two boards that had not met: nobody can know which one is meant. */
	if (rc == 0 && (rc = db_next(st->db, q)) == 1)
		rc = LD_E_UNKNOWN;
	db_done(st->db, q);
	if (rc == 0)
		*ret = x;
	return rc;
}

int ld_store_guarded(struct ld_store *st, const struct ld_id *guardian, unsigned code,
		     struct ld_ward_of *ret)
{
	const enum stmt q = Q_GUARDIAN_FIND;
	struct ld_ward_of x;
	int rc = db_first(st->db, q, "bi", ID(guardian), (int64_t)code);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	memset(&x, 0, sizeof(x));
	rc = ward_of(st, q, &x);
	db_done(st->db, q);
	if (rc == 0)
		*ret = x;
	return rc;
}

int ld_store_number(struct ld_store *st, const struct ld_id *s, struct ld_board_id *ret_home,
		    uint8_t ret_for_home[64])
{
	const enum stmt q = Q_NUMBER_SEALED;
	const void *sealed;
	size_t len;
	int rc = db_first(st->db, q, "b", ID(s));

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	rc = db_fixed(st->db, q, 0, ret_home->b, sizeof(ret_home->b));
	sealed = db_blob(st->db, q, 1, &len);
	if (rc == 0 && len > 64)
		rc = LD_E_CORRUPT;
	if (rc == 0)
		memcpy(ret_for_home, sealed, len);
	db_done(st->db, q);
	return rc < 0 ? rc : (int)len;
}

/* ---- several learners of one number ---- */

static int household_row(struct ld_store *st, struct ld_household_row *r)
{
	const enum stmt q = Q_HOUSEHOLD;
	int rc = 0;

	memset(r, 0, sizeof(*r));
	r->slot = (uint8_t)db_int(st->db, q, 0);
	if (!db_null(st->db, q, 1))
		rc = db_fixed(st->db, q, 1, r->home.b, sizeof(r->home.b));
	if (rc == 0 && !db_null(st->db, q, 2)) {
		rc = db_fixed(st->db, q, 2, r->name_home.b, sizeof(r->name_home.b));
		if (rc == 0)
			rc = db_fixed(st->db, q, 3, r->name, sizeof(r->name));
	}
	return rc;
}

int ld_store_household(struct ld_store *st, const struct ld_id *p,
		       int (*cb)(void *arg, const struct ld_household_row *), void *arg)
{
	const enum stmt q = Q_HOUSEHOLD;
	struct ld_household_row r;
	int rc = db_query(st->db, q, "b", ID(p));

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		rc = household_row(st, &r);
		if (rc == 0)
			rc = cb(arg, &r);
	}
	db_done(st->db, q);
	return rc;
}

/* ---- what people ask of the ward ---- */

static int ledger_row(struct ld_store *st, struct ld_ledger_row *r)
{
	const enum stmt q = Q_LEDGER;
	int rc;

	memset(r, 0, sizeof(*r));
	r->what = (enum ld_ledger_what)db_int(st->db, q, 0);
	rc = db_fixed(st->db, q, 1, r->s.b, sizeof(r->s.b));
	r->asked_ms = ld_hlc_ms(db_int(st->db, q, 2));
	r->due_ms = db_int(st->db, q, 3);
	r->text = db_text(st->db, q, 4);
	r->pin = (uint16_t)db_int(st->db, q, 7);
	if (rc == 0 && !db_null(st->db, q, 5)) {
		rc = db_fixed(st->db, q, 5, r->home.b, sizeof(r->home.b));
		r->for_home = db_blob(st->db, q, 6, &r->for_home_len);
	}
	return rc;
}

int ld_store_ledger(struct ld_store *st, int64_t since_ms,
		    int (*cb)(void *arg, const struct ld_ledger_row *), void *arg)
{
	const enum stmt q = Q_LEDGER;
	struct ld_ledger_row r;
	int rc = db_query(st->db, q, "ib", ld_hlc_make(since_ms, 0, false), st->board.b,
			  sizeof(st->board.b));

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		rc = ledger_row(st, &r);
		if (rc == 0)
			rc = cb(arg, &r);
	}
	db_done(st->db, q);
	return rc;
}
