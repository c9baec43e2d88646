/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Duties, invitations by others, and what a group head may ask about her group. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

/* hlc, tdp, off, name, salt, pin from column `col` on. */
static int duty_of(struct ld_store *st, enum stmt q, int col, struct ld_duty *ret)
{
	static const uint8_t none[sizeof(ret->pin)];
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->given_ms = ld_hlc_ms(db_int(st->db, q, col));
	ret->tdp = (uint8_t)db_int(st->db, q, col + 1);
	ret->on = db_int(st->db, q, col + 2) == 0;
	snprintf(ret->name, sizeof(ret->name), "%s", db_text(st->db, q, col + 3));
	rc = db_fixed(st->db, q, col + 4, ret->salt, sizeof(ret->salt));
	if (rc == 0)
		rc = db_fixed(st->db, q, col + 5, ret->pin, sizeof(ret->pin));
	ret->has_pin = memcmp(ret->pin, none, sizeof(none)) != 0;
	return rc;
}

static int load_duties(struct ld_store *st, struct ld_person *x)
{
	int rc = db_query(st->db, Q_ROLE_OF, "b", ID(&x->p));

	while (rc == 0 && (rc = db_next(st->db, Q_ROLE_OF)) == 1) {
		int64_t kind = db_int(st->db, Q_ROLE_OF, 0);

		rc = kind > 0 && kind < LD_N_DUTIES ?
		     duty_of(st, Q_ROLE_OF, 1, &x->duty[kind]) : 0;
	}
	db_done(st->db, Q_ROLE_OF);
	return rc;
}

int roles_load(struct ld_store *st, struct ld_person *x)
{
	int rc = load_duties(st, x);

	/* Who learns has answered it. */
	if (rc < 0 || (x->consented && x->optouts.n == 0))
		return rc;
	rc = db_first(st->db, Q_INVITATION_NEWEST, "b", ID(&x->p));
	if (rc == 1) {
		x->invitation_ms = ld_hlc_ms(db_int(st->db, Q_INVITATION_NEWEST, 0));
		x->invited_tdp = (uint8_t)db_int(st->db, Q_INVITATION_NEWEST, 1);
		db_done(st->db, Q_INVITATION_NEWEST);
	}
	return rc < 0 ? rc : 0;
}

int ld_store_roles(struct ld_store *st, int (*cb)(void *arg, const struct ld_role_row *), void *arg)
{
	const enum stmt q = Q_ROLE_EACH;
	struct ld_role_row r;
	int rc = db_query(st->db, q, "");

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		r.kind = (uint8_t)db_int(st->db, q, 1);
		rc = db_fixed(st->db, q, 0, r.p.b, sizeof(r.p.b));
		if (rc == 0)
			rc = duty_of(st, q, 2, &r.duty);
		if (rc == 0)
			rc = db_fixed(st->db, q, 8, r.number, sizeof(r.number));
		if (rc == 0)
			rc = cb(arg, &r);
	}
	db_done(st->db, q);
	return rc;
}

int ld_store_invitations(struct ld_store *st, const struct ld_id *by, int64_t since_ms,
			 struct ld_invitation_counts *ret)
{
	const enum stmt q = Q_INVITATION_COUNT;
	int rc = db_first(st->db, q, "bi", ID(by), ld_hlc_make(since_ms, 0, false));

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_CORRUPT;
	*ret = (struct ld_invitation_counts){
		.all = (unsigned)db_int(st->db, q, 0), .since = (unsigned)db_int(st->db, q, 1),
		.agreed = (unsigned)db_int(st->db, q, 2), .waiting = (unsigned)db_int(st->db, q, 3),
	};
	db_done(st->db, q);
	return 0;
}

int ld_store_invited_waiting(struct ld_store *st, const struct ld_id *by, unsigned max,
			     int (*cb)(void *arg, const char *dest, unsigned tdp), void *arg)
{
	const enum stmt q = Q_INVITATION_WAITING;
	int rc = db_query(st->db, q, "bi", ID(by), (int64_t)max);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1)
		rc = cb(arg, db_text(st->db, q, 0), (unsigned)db_int(st->db, q, 1));
	db_done(st->db, q);
	return rc;
}

int ld_store_group(struct ld_store *st, unsigned tdp,
		   int (*cb)(void *arg, const struct ld_group_row *), void *arg)
{
	const enum stmt q = Q_GROUP_EACH;
	int rc = db_query(st->db, q, "i", (int64_t)tdp);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_group_row r = {
			.enrolled = db_int(st->db, q, 1) != 0,
			.active = db_int(st->db, q, 2) != 0,
			.completed = db_int(st->db, q, 3) != 0,
			.confirmed = db_int(st->db, q, 4) != 0,
			.slot = (uint8_t)db_int(st->db, q, 8),
		};

		rc = db_fixed(st->db, q, 7, r.p.b, sizeof(r.p.b));
		if (rc == 0 && !db_null(st->db, q, 5)) {
			rc = db_fixed(st->db, q, 5, r.home.b, sizeof(r.home.b));
			r.for_home = db_blob(st->db, q, 6, &r.for_home_len);
		}
		if (rc == 0)
			rc = cb(arg, &r);
	}
	db_done(st->db, q);
	return rc;
}
