/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boards that the ward has cut off: what they wrote after its last word on them does not count. */
#include <string.h>

#include "store_impl.h"

/* On the wire: incarnation (8), class (1), seq (8), big endian; so many in one event. */
enum { MARK_LEN = 17, MARKS_MAX = 200 };

static void put64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

int revoke_row(struct ld_store *st, const struct ld_board_id *id)
{
	int rc = db_first(st->db, Q_REVOKED_GET, "b", id->b, sizeof(id->b));

	if (rc == 1)
		db_done(st->db, Q_REVOKED_GET);
	return rc;
}

int ld_store_revoked(struct ld_store *st, const struct ld_board_id *id)
{
	return ward_rank(st, id) > 0 ? 1 : revoke_row(st, id);
}

bool ld_store_is_wards(const struct ld_store *st, const struct ld_stream *s)
{
	return s->cls == LD_CLASS_RIGHTS && ward_rank(st, &s->board) >= 0;
}

/* Nearly always nobody is: events are folded without a look at each one's author. */
static int anybody(struct ld_store *st)
{
	int rc;

	if (st->revoked_known)
		return st->revoked_any;
	rc = db_first(st->db, Q_REVOKED_ANY, "");
	if (rc == 1)
		db_done(st->db, Q_REVOKED_ANY);
	if (rc < 0)
		return rc;
	st->revoked_any = rc;
	st->revoked_known = true;
	return rc;
}

int ld_store_last_valid(struct ld_store *st, const struct ld_stream *s, uint64_t *ret)
{
	int rc = anybody(st);

	*ret = UINT64_MAX;
	if (rc > 0)
		rc = revoke_row(st, &s->board);
	if (rc <= 0)
		return rc;
	*ret = 0;
	rc = db_first(st->db, Q_MARK_GET, "bii", s->board.b, sizeof(s->board.b),
		      (int64_t)s->incarnation, (int64_t)s->cls);
	if (rc == 1) {
		*ret = (uint64_t)db_int(st->db, Q_MARK_GET, 0);
		db_done(st->db, Q_MARK_GET);
	}
	return rc < 0 ? rc : 0;
}

/* Something that was folded counts no more, or something that was not counts now. */
static int must_refold(struct ld_store *st, const struct ld_board_id *id, int was_revoked)
{
	int rc;

	if (was_revoked)
		return 1;
	rc = db_first(st->db, Q_BEYOND_MARK, "b", id->b, sizeof(id->b));
	if (rc == 1)
		db_done(st->db, Q_BEYOND_MARK);
	return rc;
}

/* A key of the ward's cuts off boards and keys before it, never itself or one after it. */
static bool may_cut_off(const struct ld_store *st, const struct ld_board_id *who,
			const struct ld_board_id *whom)
{
	int rank = ward_rank(st, whom);

	return rank < 0 || ward_rank(st, who) < rank;
}

int revoke_fold(struct ld_store *st, const struct ld_event *e, const struct ld_fact *f)
{
	const struct ld_octets *o = &f->u.revoke.last;
	const struct ld_board_id *id = &f->u.revoke.board;
	int was, rc = was = revoke_row(st, id);

	if (o->len % MARK_LEN != 0 || !may_cut_off(st, &e->stream.board, id))
		return 0;
	if (rc >= 0)
		rc = db_run(st->db, Q_REVOKED_SET, "bi", id->b, sizeof(id->b), e->hlc);
	for (size_t at = 0; at < o->len && rc == 0; at += MARK_LEN) {
		const uint8_t *p = o->p + at;

		rc = db_run(st->db, Q_MARK_SET, "biii", id->b, sizeof(id->b), (int64_t)get64(p),
			    (int64_t)p[8], (int64_t)get64(p + 9));
	}
	st->revoked_any = st->revoked_known = st->changed_all = true;
	if (rc == 0 && !st->rebuilding)
		rc = must_refold(st, id, was);
	st->refold |= rc > 0;
	return rc < 0 ? rc : 0;
}

/* Who was closed by somebody whose word counts no more is a learner again, and the salts of what was
 * hollowed here come back with it. They are the only ones that those streams may have for her. */
int revoke_settle(struct ld_store *st)
{
	int rc;

	if (!st->refold || st->many)
		return 0;
	st->refold = false;
	rc = ld_store_rebuild(st);
	if (rc == 0)
		rc = log_end_own(st);
	if (rc == 0)
		log_begin_anew(st);
	return rc;
}

int revoke_check(struct ld_store *st)
{
	int rc = st->has_ward ? revoke_row(st, &st->ward) : 0;

	st->refold |= rc > 0;
	return rc < 0 ? rc : revoke_settle(st);
}

/* The streams of one board in order, MARKS_MAX at a time. */
struct marks {
	int64_t cls, incarnation;       /* the last one read */
	unsigned n;
	uint8_t octets[MARKS_MAX * MARK_LEN];
};

static int read_marks(struct ld_store *st, const struct ld_board_id *id, struct marks *m)
{
	const enum stmt q = Q_HEADS_OF;
	int rc = db_query(st->db, q, "bii", id->b, sizeof(id->b), m->cls, m->incarnation);

	m->n = 0;
	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		uint8_t *p = m->octets + m->n++ * MARK_LEN;

		m->cls = db_int(st->db, q, 0);
		m->incarnation = db_int(st->db, q, 1);
		put64(p, (uint64_t)m->incarnation);
		p[8] = (uint8_t)m->cls;
		put64(p + 9, (uint64_t)db_int(st->db, q, 2));
		rc = 0;
	}
	return rc;
}

static int append_marks(struct ld_store *st, const struct ld_board_id *id, const struct marks *m)
{
	struct ld_fact f = { .kind = LD_EV_REVOKE };

	f.u.revoke.board = *id;
	f.u.revoke.last = (struct ld_octets){ m->octets, (uint16_t)(m->n * MARK_LEN) };
	return ld_store_append(st, &f, NULL);
}

int ld_store_revoke(struct ld_store *st, const struct ld_board_id *id)
{
	struct marks m = { .cls = -1 };
	struct ld_member who;
	int total = 0, rc = ld_store_member(st, id, &who);

	if (rc < 0)
		return rc;
	if (!ward_is_here(st) || memcmp(id->b, st->ward.b, sizeof(id->b)) == 0)
		return LD_E_DENIED;
	/* However many events it takes, the log is folded anew once. */
	st->many = true;
	do {
		rc = read_marks(st, id, &m);
		if (rc == 0 && (m.n > 0 || total == 0))
			rc = append_marks(st, id, &m);
		total += (int)m.n;
	} while (rc == 0 && m.n == MARKS_MAX);
	st->many = false;
	if (rc == 0)
		rc = revoke_settle(st);
	return rc < 0 ? rc : total;
}
