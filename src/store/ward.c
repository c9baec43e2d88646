/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who speaks for the ward: the key that this node was told, and all that the root key has named by a
 * WARRANT. The highest number holds; those before it count as far as it lets them (ADR 0014). */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

/* A MEMBER event never takes the place of the ward's own key. */
#define ALWAYS INT64_MAX

static const char root_name[] = "ward.root", said_name[] = "ward.warranted";

/* ---- what is known ---- */

static int newer(const struct ward_key *a, const struct ward_key *b)
{
	return a->number != b->number ? a->number > b->number
				      : memcmp(a->pk, b->pk, sizeof(a->pk)) > 0;
}

/* In order, the newest first; of one key its highest number. */
static void add(struct ld_store *st, struct ward_key k)
{
	unsigned i = 0;

	ld_board_id_of(&k.board, k.pk);
	for (unsigned x = 0; x < st->n_wards; x++) {
		if (memcmp(st->wards[x].pk, k.pk, sizeof(k.pk)) != 0)
			continue;
		if (st->wards[x].number >= k.number)
			return;
		st->n_wards--;
		memmove(&st->wards[x], &st->wards[x + 1], (st->n_wards - x) * sizeof(k));
	}
	while (i < st->n_wards && newer(&st->wards[i], &k))
		i++;
	if (i == WARDS_MAX)
		return;
	st->n_wards -= st->n_wards == WARDS_MAX;
	memmove(&st->wards[i + 1], &st->wards[i], (st->n_wards - i) * sizeof(k));
	st->wards[i] = k;
	st->n_wards++;
}

static int load_root(struct ld_store *st)
{
	int rc;

	st->has_root = st->root_told;
	if (st->root_told)
		return 0;
	rc = ld_store_setting_get(st, root_name, st->root, sizeof(st->root));
	st->has_root = rc == sizeof(st->root);
	return rc < 0 && rc != LD_E_UNKNOWN ? rc : 0;
}

int ward_load(struct ld_store *st)
{
	const enum stmt q = Q_WARRANT_EACH;
	int rc;

	st->n_wards = 0;
	st->wards_known = true;
	if (!st->has_ward)
		return 0;
	add(st, st->told);
	rc = load_root(st);
	if (rc == 0)
		rc = db_query(st->db, q, "");
	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ward_key k = { .number = db_int(st->db, q, 0) };

		rc = db_fixed(st->db, q, 1, k.pk, sizeof(k.pk));
		if (rc == 0)
			add(st, k);
	}
	db_done(st->db, q);
	memcpy(st->ward_pk, st->wards[0].pk, sizeof(st->ward_pk));
	st->ward = st->wards[0].board;
	st->wards_known = rc == 0;
	return rc;
}

int ward_rank(const struct ld_store *st, const struct ld_board_id *id)
{
	for (unsigned i = 0; i < st->n_wards; i++)
		if (memcmp(st->wards[i].board.b, id->b, sizeof(id->b)) == 0)
			return (int)i;
	return -1;
}

bool ward_is_here(const struct ld_store *st)
{
	return st->has_ward && memcmp(st->board.b, st->ward.b, sizeof(st->ward.b)) == 0;
}

int ward_members(struct ld_store *st)
{
	int rc = 0;

	for (unsigned i = 0; i < st->n_wards && rc == 0; i++) {
		const struct ward_key *k = &st->wards[i];
		char name[32] = "ward";

		if (i > 0)
			snprintf(name, sizeof(name), "ward, key %lld", (long long)k->number);
		rc = db_run(st->db, Q_MEMBER_SET, "bbsi", ID(&k->board), k->pk, sizeof(k->pk), name,
			    ALWAYS);
	}
	return rc;
}

int ld_store_ward(struct ld_store *st, struct ld_warrant *ret)
{
	const enum stmt q = Q_WARRANT_EACH;
	int rc = db_first(st->db, q, "");

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	memset(ret, 0, sizeof(*ret));
	ret->number = db_int(st->db, q, 0);
	rc = db_fixed(st->db, q, 1, ret->pk, sizeof(ret->pk));
	if (rc == 0)
		rc = db_fixed(st->db, q, 2, ret->sig, sizeof(ret->sig));
	db_done(st->db, q);
	if (rc == 0)
		memcpy(ret->root, st->root, sizeof(ret->root));
	return rc;
}

int ld_store_awaits(struct ld_store *st, const struct ld_board_id *id)
{
	int rc;

	if (ward_rank(st, id) <= 0 || ward_is_here(st))
		return 0;
	rc = revoke_row(st, id);
	return rc < 0 ? rc : !rc;
}

/* ---- folds ---- */

int ward_member_fold(struct ld_store *st, const struct ld_event *e, const struct ld_fact *f)
{
	struct ld_board_id id;

	ld_board_id_of(&id, f->u.member.pk);
	if (memcmp(id.b, f->u.member.board.b, sizeof(id.b)) != 0)
		return 0;
	return db_run(st->db, Q_MEMBER_SET, "bbsi", ID(&id), f->u.member.pk,
		      sizeof(f->u.member.pk), f->u.member.name, e->hlc);
}

/* Who knows no root takes the one that its ward names for itself, once. Warrants of that root that are
 * held already count from now on. */
static int pin(struct ld_store *st, const struct ld_event *e, const struct ld_warrant *w)
{
	int64_t held = 0;
	int rc;

	if (memcmp(e->stream.board.b, st->ward.b, sizeof(st->ward.b)) != 0 ||
	    memcmp(w->pk, st->ward_pk, sizeof(w->pk)) != 0)
		return 0;
	rc = ld_store_setting_put(st, root_name, w->root, sizeof(w->root));
	if (rc < 0)
		return rc;
	memcpy(st->root, w->root, sizeof(st->root));
	st->has_root = true;
	rc = db_returned(st->db, Q_WARRANT_TWO, db_first(st->db, Q_WARRANT_TWO, ""), &held);
	st->refold |= held > 1 && !st->rebuilding;
	return rc;
}

static struct ld_warrant warrant_of(const struct ld_fact *f)
{
	struct ld_warrant w = { .number = f->u.warrant.number };

	memcpy(w.root, f->u.warrant.root, sizeof(w.root));
	memcpy(w.pk, f->u.warrant.pk, sizeof(w.pk));
	memcpy(w.sig, f->u.warrant.sig, sizeof(w.sig));
	return w;
}

int ward_warrant_fold(struct ld_store *st, const struct ld_event *e, const struct ld_fact *f)
{
	struct ld_warrant w = warrant_of(f);
	struct ld_board_id id;
	bool known;
	int rc = 0;

	if (!st->has_ward || !ld_warrant_verify(&w))
		return 0;
	if (!st->has_root)
		rc = pin(st, e, &w);
	if (rc < 0 || !st->has_root || memcmp(w.root, st->root, sizeof(w.root)) != 0)
		return rc;
	ld_board_id_of(&id, w.pk);
	known = ward_rank(st, &id) >= 0;
	rc = db_run(st->db, Q_WARRANT_ADD, "ibbb", w.number, w.pk, sizeof(w.pk), ID(&id), w.sig,
		    sizeof(w.sig));
	if (rc == 0)
		rc = ward_load(st);
	if (rc == 0)
		rc = ward_members(st);
	/* What it wrote, and what those before it wrote, counts otherwise now. */
	st->changed_all = true;
	st->refold |= !known && !st->rebuilding;
	return rc;
}

/* ---- saying ---- */

int ld_store_warrant(struct ld_store *st, const struct ld_warrant *w)
{
	struct ld_fact f = { .kind = LD_EV_WARRANT };

	if (!ld_warrant_verify(w))
		return LD_E_FORGED;
	if (!st->has_ward || !st->has_root || memcmp(w->root, st->root, sizeof(w->root)) != 0)
		return LD_E_DENIED;
	for (unsigned i = 0; i < st->n_wards; i++)
		if (st->wards[i].number == w->number &&
		    memcmp(st->wards[i].pk, w->pk, sizeof(w->pk)) == 0 && !ward_is_here(st))
			return 0;
	memcpy(f.u.warrant.root, w->root, sizeof(w->root));
	memcpy(f.u.warrant.pk, w->pk, sizeof(w->pk));
	memcpy(f.u.warrant.sig, w->sig, sizeof(w->sig));
	f.u.warrant.number = w->number;
	return ld_store_append(st, &f, NULL);
}

/* Those before it, as far as they are held here: that is what counts of them. */
static int depose(struct ld_store *st)
{
	int rc = 0;

	for (unsigned i = st->n_wards; i-- > 1 && rc >= 0;) {
		const struct ld_board_id id = st->wards[i].board;

		rc = revoke_row(st, &id);
		if (rc != 0)
			continue;
		rc = db_first(st->db, Q_STREAM_LAST_BEGUN, "ib", (int64_t)LD_CLASS_RIGHTS, ID(&id));
		if (rc == 1)
			db_done(st->db, Q_STREAM_LAST_BEGUN);
		if (rc == 1)
			rc = ld_store_revoke(st, &id);
	}
	return rc < 0 ? rc : 0;
}

int ld_store_enthrone(struct ld_store *st, const struct ld_warrant *w, unsigned n)
{
	int64_t said = 0;
	int rc = ld_store_setting_get(st, said_name, &said, sizeof(said));

	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	if (!ward_is_here(st) || !st->has_root || said == st->wards[0].number)
		return 0;
	rc = 0;
	for (unsigned i = 0; i < n && rc == 0; i++)
		rc = ld_store_warrant(st, &w[i]);
	if (rc == 0)
		rc = depose(st);
	said = st->wards[0].number;
	return rc < 0 ? rc : ld_store_setting_put(st, said_name, &said, sizeof(said));
}
