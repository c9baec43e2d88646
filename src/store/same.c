/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One person under several numbers: what she knows under one she knows under all. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

static int load_also(struct ld_store *st, struct ld_person *x)
{
	const enum stmt q = Q_SAME_OF;
	int rc = db_query(st->db, q, "b", ID(&x->s));

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_also *a = &x->also[x->n_also];

		if (x->n_also == LD_ALSO_MAX) {
			rc = 0;
			break;
		}
		x->n_also++;
		rc = db_fixed(st->db, q, 0, a->s.b, sizeof(a->s.b));
		if (rc == 0)
			rc = db_fixed(st->db, q, 1, a->p.b, sizeof(a->p.b));
		a->slot = (uint8_t)db_int(st->db, q, 2);
	}
	db_done(st->db, q);
	return rc;
}

static struct ld_progress *course(struct ld_person *x, const char *key)
{
	for (unsigned i = 0; i < x->n_courses; i++)
		if (strcmp(x->course[i].course, key) == 0)
			return &x->course[i];
	return x->n_courses < LD_PERSON_COURSES ? &x->course[x->n_courses++] : NULL;
}

/* `last` stays her own number's: a new owner of this one would pass for her. */
static int add_progress(struct ld_store *st, const struct ld_id *s, struct ld_person *x)
{
	const enum stmt q = Q_PROGRESS_EACH;
	int rc = db_query(st->db, q, "b", ID(s));

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_progress *g = course(x, db_text(st->db, q, 0));

		rc = 0;
		if (!g)
			continue;
		snprintf(g->course, sizeof(g->course), "%s", db_text(st->db, q, 0));
		g->enrolled |= db_int(st->db, q, 1) != 0;
		g->answered |= (uint64_t)db_int(st->db, q, 2);
		g->right |= (uint64_t)db_int(st->db, q, 3);
		g->completed |= db_int(st->db, q, 5) != 0;
	}
	db_done(st->db, q);
	return rc;
}

static int there(struct ld_store *st, enum stmt q, const char *types, const struct ld_id *s,
		 bool *ret)
{
	/* What `types` does not name is not read. */
	int rc = db_first(st->db, q, types, ID(s), (int64_t)LD_ATTEST_NATIONAL);

	*ret |= rc == 1;
	if (rc == 1)
		db_done(st->db, q);
	return rc < 0 ? rc : 0;
}

int same_load(struct ld_store *st, struct ld_person *x)
{
	int rc = load_also(st, x);

	for (unsigned i = 0; i < x->n_also && rc == 0; i++) {
		rc = add_progress(st, &x->also[i].s, x);
		if (rc == 0)
			rc = there(st, Q_GUARDIAN_GET, "b", &x->also[i].s, &x->guardian);
		if (rc == 0)
			rc = there(st, Q_ATTEST_GET, "bi", &x->also[i].s, &x->national);
	}
	if (rc < 0 || x->n_also == 0)
		return rc;
	rc = db_first(st->db, Q_SAME_SECOND, "b", ID(&x->s));
	if (rc == 1) {
		x->second = db_int(st->db, Q_SAME_SECOND, 0) != 0;
		db_done(st->db, Q_SAME_SECOND);
	}
	return rc < 0 ? rc : 0;
}

int ld_store_move(struct ld_store *st, const char *code, struct ld_person *ret)
{
	const enum stmt q = Q_MOVE_FIND;
	struct ld_id p;
	uint8_t slot;
	char from[16];
	int rc;

	snprintf(from, sizeof(from), "%s ", code);
	rc = db_first(st->db, q, "s", from);
	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	rc = db_fixed(st->db, q, 0, p.b, sizeof(p.b));
	slot = (uint8_t)db_int(st->db, q, 1);
	/* Given out by two boards that had not met: nobody can know which one is meant. */
	if (rc == 0 && (rc = db_next(st->db, q)) == 1)
		rc = LD_E_UNKNOWN;
	db_done(st->db, q);
	return rc < 0 ? rc : ld_store_learner(st, &p, slot, ret);
}

/* Each goes by an event of her own, as if she had asked there. */
static int close_one(struct ld_store *st, const struct ld_board_id *home)
{
	const enum stmt q = Q_SAME_ERASED;
	struct ld_fact f = { .kind = LD_EV_CLOSE };
	int rc = db_first(st->db, q, "b", home->b, sizeof(home->b));

	if (rc <= 0)
		return rc;
	f.u.close.why = LD_CLOSE_ERASE;
	rc = db_fixed(st->db, q, 0, f.u.close.s.b, sizeof(f.u.close.s.b));
	if (rc == 0)
		rc = db_fixed(st->db, q, 1, f.subject.b, sizeof(f.subject.b));
	f.u.close.slot = (uint8_t)db_int(st->db, q, 2);
	db_done(st->db, q);
	if (rc == 0)
		rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? rc : 1;
}

int ld_store_same_close(struct ld_store *st, const struct ld_board_id *home)
{
	int n = 0, rc;

	while ((rc = close_one(st, home)) == 1)
		n++;
	return rc < 0 ? rc : n;
}
