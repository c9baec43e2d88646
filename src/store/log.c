/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Own streams: one an incarnation and class, opened by its first event. */
#include <string.h>

#include "store_impl.h"

int log_stream_no(struct ld_store *st, const struct ld_stream *s, int64_t *ret_no)
{
	uint8_t first[LD_HASH_LEN];
	int rc = db_first(st->db, Q_STREAM_FIND, "ibi", (int64_t)s->cls, s->board.b,
			  sizeof(s->board.b), (int64_t)s->incarnation);

	if (rc == 1) {
		*ret_no = db_int(st->db, Q_STREAM_FIND, 0);
		db_done(st->db, Q_STREAM_FIND);
		return 0;
	}
	if (rc < 0)
		return rc;
	ld_chain_first(first, s);
	rc = db_first(st->db, Q_STREAM_ADD, "ibib", (int64_t)s->cls, s->board.b,
		      sizeof(s->board.b), (int64_t)s->incarnation, first, sizeof(first));
	return db_returned(st->db, Q_STREAM_ADD, rc, ret_no);
}

int log_stream_of(struct ld_store *st, int64_t no, struct ld_stream *ret)
{
	int rc = db_first(st->db, Q_STREAM_BY_NO, "i", no);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_CORRUPT;
	ret->cls = (uint8_t)db_int(st->db, Q_STREAM_BY_NO, 0);
	rc = db_fixed(st->db, Q_STREAM_BY_NO, 1, ret->board.b, sizeof(ret->board.b));
	ret->incarnation = (uint64_t)db_int(st->db, Q_STREAM_BY_NO, 2);
	db_done(st->db, Q_STREAM_BY_NO);
	return rc;
}

int log_salt(struct ld_store *st, int64_t stream, uint64_t seq, struct ld_run_subject *ret)
{
	const struct ld_id *s = &ret->subject;
	int rc = db_first(st->db, Q_SALT_GET, "bi", s->b, sizeof(s->b), stream);

	if (rc == 1) {
		rc = db_fixed(st->db, Q_SALT_GET, 0, ret->salt, LD_SALT_LEN);
		ret->since = (uint64_t)db_int(st->db, Q_SALT_GET, 1);
		db_done(st->db, Q_SALT_GET);
		return rc;
	}
	if (rc < 0)
		return rc;
	ld_random_fill(st->random, ret->salt, LD_SALT_LEN);
	ret->since = seq;
	return db_run(st->db, Q_SALT_ADD, "bibi", s->b, sizeof(s->b), stream, ret->salt,
		      (size_t)LD_SALT_LEN, (int64_t)seq);
}

/* ---- what changed ---- */

static void note_change(struct ld_store *st, int64_t no)
{
	if (st->n_changed > 0 && st->changed[st->n_changed - 1] == no)
		return;
	if (st->n_changed < LD_ARRAY_SIZE(st->changed))
		st->changed[st->n_changed++] = no;
	else
		st->changed_all = true;
}

int log_hollow(struct ld_store *st, int64_t no, int64_t more)
{
	note_change(st, no);
	return db_run(st->db, Q_STREAM_HOLLOW, "ii", no, more);
}

/* ---- the clock of the log (DESIGN 3) ---- */

enum { FOLLOW_MS = 5 * 60 * 1000 };

static ld_hlc next_hlc(struct ld_store *st)
{
	bool trusted;
	int64_t now = ld_clock_utc_ms(st->clock, &trusted);
	ld_hlc h = ld_hlc_make(now, 0, trusted);

	if ((h >> 1) <= (st->hlc >> 1))
		h = ((st->hlc >> 1) + 1) * 2 + (trusted ? 1 : 0);
	st->hlc = h;
	return h;
}

/* A trusted clock follows others only a little; an untrusted one follows only trusted ones. */
void log_follow(struct ld_store *st, ld_hlc seen)
{
	bool trusted;
	int64_t now = ld_clock_utc_ms(st->clock, &trusted);

	if (trusted ? ld_hlc_ms(seen) <= now + FOLLOW_MS : ld_hlc_trusted(seen))
		if (seen > st->hlc)
			st->hlc = seen;
}

/* ---- heads ---- */

/* Would a run from behind `from` to `to` be one that can be given? */
static int fits_run(struct ld_store *st, int64_t no, int64_t from, int64_t to)
{
	int64_t octets;
	int rc;

	if (to - from > LD_RUN_EVENTS_MAX)
		return 0;
	rc = db_first(st->db, Q_RUN_OCTETS, "iii", no, from, to);
	if (rc <= 0)
		return rc;
	octets = db_int(st->db, Q_RUN_OCTETS, 0);
	db_done(st->db, Q_RUN_OCTETS);
	return octets <= LD_RUN_OCTETS_MAX;
}

/* Of the heads that are not kept only the newest stands, unless an author keeps too few of them:
 * what was taken must stay something that can be given. */
static int drop_head_before(struct ld_store *st, int64_t no, int64_t seq)
{
	int64_t last, before = 0;
	bool kept;
	int rc = db_first(st->db, Q_HEAD_BEFORE, "ii", no, seq);

	if (rc <= 0)
		return rc;
	last = db_int(st->db, Q_HEAD_BEFORE, 0);
	kept = db_int(st->db, Q_HEAD_BEFORE, 1);
	rc = db_next(st->db, Q_HEAD_BEFORE);
	if (rc == 1)
		before = db_int(st->db, Q_HEAD_BEFORE, 0);
	db_done(st->db, Q_HEAD_BEFORE);
	if (rc >= 0 && !kept)
		rc = fits_run(st, no, before, seq);
	return rc <= 0 || kept ? rc < 0 ? rc : 0 : db_run(st->db, Q_HEAD_DROP, "ii", no, last);
}

int log_put_head(struct ld_store *st, int64_t no, const struct ld_head *h)
{
	int rc = drop_head_before(st, no, (int64_t)h->seq);

	note_change(st, no);
	if (rc == 0)
		rc = db_run(st->db, Q_HEAD_ADD, "iiibb", no, (int64_t)h->seq, (int64_t)h->kept,
			    h->hash, sizeof(h->hash), h->sig, sizeof(h->sig));
	if (rc == 0)
		rc = db_run(st->db, Q_STREAM_SET_HEAD, "ii", no, (int64_t)h->seq);
	return rc;
}

static int write_head(struct ld_store *st, int64_t no, struct ld_head *h)
{
	ld_head_sign(h, st->author);
	return log_put_head(st, no, h);
}

static int head_own(struct ld_store *st, struct own_stream *o, bool kept)
{
	struct ld_head h = { .stream = o->id, .seq = o->seq, .kept = kept };
	int rc;

	if (o->head_seq == o->seq && !kept)
		return 0;
	memcpy(h.hash, o->hash, sizeof(h.hash));
	rc = write_head(st, o->no, &h);
	if (rc < 0)
		return rc;
	o->head_seq = o->seq;
	if (kept) {
		o->kept_seq = o->seq;
		o->kept_octets = 0;
	}
	return 0;
}

int ld_store_sign_heads(struct ld_store *st)
{
	int rc = 0;

	for (unsigned c = 0; c < LD_N_CLASSES && rc == 0; c++)
		if (st->own[c].no)
			rc = head_own(st, &st->own[c], false);
	return rc;
}

/* Ends of earlier incarnations that a crash left without a head. */
struct unsigned_ends {
	struct ld_store *st;
	unsigned n;
	struct ld_stream_state s[64];
};

static int note_end(void *arg, const struct ld_stream_state *s)
{
	struct unsigned_ends *e = arg;

	if (memcmp(s->stream.board.b, e->st->board.b, sizeof(s->stream.board.b)) == 0 &&
	    s->head_seq < s->seq && e->n < LD_ARRAY_SIZE(e->s))
		e->s[e->n++] = *s;
	return 0;
}

static int sign_old_ends(struct ld_store *st)
{
	struct unsigned_ends e = { .st = st };
	int rc = ld_store_streams(st, note_end, &e);

	for (unsigned i = 0; i < e.n && rc == 0; i++) {
		struct ld_head h = { .stream = e.s[i].stream, .seq = e.s[i].seq };
		int64_t no;

		memcpy(h.hash, e.s[i].hash, sizeof(h.hash));
		rc = log_stream_no(st, &h.stream, &no);
		if (rc == 0)
			rc = write_head(st, no, &h);
	}
	return rc;
}

int log_open(struct ld_store *st)
{
	int rc = db_first(st->db, Q_STREAM_MAX_HLC, "");

	if (rc < 0)
		return rc;
	st->hlc = rc ? db_int(st->db, Q_STREAM_MAX_HLC, 0) : 0;
	db_done(st->db, Q_STREAM_MAX_HLC);
	return sign_old_ends(st);
}

int log_flush(struct ld_store *st)
{
	for (unsigned c = 0; c < LD_N_CLASSES; c++) {
		struct own_stream *o = &st->own[c];
		int rc;

		if (!o->dirty)
			continue;
		rc = db_run(st->db, Q_STREAM_SET, "iibi", o->no, (int64_t)o->seq, o->hash,
			    sizeof(o->hash), st->hlc);
		if (rc < 0)
			return rc;
		o->dirty = false;
	}
	return 0;
}

void log_begin_anew(struct ld_store *st)
{
	memset(st->own, 0, sizeof(st->own));
	st->incarnation = ld_random_u64(st->random);
}

int log_end_own(struct ld_store *st)
{
	int rc = log_flush(st);

	return rc < 0 ? rc : ld_store_sign_heads(st);
}

/* ---- append ---- */

static int append_body(struct ld_store *st, struct own_stream *o, const struct ld_fact *f,
		       const uint8_t *body, size_t len, struct ld_dot *ret_dot)
{
	struct ld_event e = { .stream = o->id, .seq = o->seq + 1, .hlc = next_hlc(st),
			      .kind = f->kind, .subject = f->subject, .body = body, .body_len = len };
	struct ld_run_subject s = { .subject = f->subject };
	int rc;

	rc = log_salt(st, o->no, e.seq, &s);
	if (rc == 0)
		rc = db_run(st->db, Q_EVENT_ADD, "iiiibbb", o->no, (int64_t)e.seq, e.hlc,
			    (int64_t)e.kind, e.subject.b, sizeof(e.subject.b), body, len, NULL,
			    (size_t)0);
	if (rc < 0)
		return rc;
	ld_commitment(e.commitment, s.salt, e.seq, &e.subject, body, len);
	ld_chain_next(o->hash, e.seq, e.hlc, e.kind, e.commitment);
	if (e.seq == 1 && (rc = db_run(st->db, Q_STREAM_BEGAN, "ii", o->no, e.hlc)) < 0)
		return rc;
	o->seq = e.seq;
	o->kept_octets += len + sizeof(e.subject.b);
	o->dirty = true;
	st->version++;
	/* With its last event and not before the next one: a head between may be elsewhere by then. */
	if (o->seq - o->kept_seq >= LD_RUN_EVENTS_MAX ||
	    o->kept_octets + sizeof(e.subject.b) + LD_BODY_MAX > LD_RUN_OCTETS_MAX)
		rc = head_own(st, o, true);
	if (rc == 0)
		rc = fold_fact(st, &e, o->no, f);
	if (rc == 0 && ret_dot)
		*ret_dot = (struct ld_dot){ e.stream, e.seq };
	return rc;
}

static int append_to(struct ld_store *st, struct own_stream *o, const struct ld_fact *f,
		     struct ld_dot *ret_dot)
{
	uint8_t body[LD_BODY_MAX];
	int len = ld_fact_encode(f, body, sizeof(body));

	return len < 0 ? len : append_body(st, o, f, body, (size_t)len, ret_dot);
}

/* 1: that board has a stream of this class here, and ret names the last one. */
static int last_of(struct ld_store *st, enum stmt q, uint8_t cls, const struct ld_board_id *board,
		   struct ld_fact *ret)
{
	int rc = db_first(st->db, q, "ib", (int64_t)cls, board->b, sizeof(board->b));

	if (rc <= 0)
		return rc;
	ret->u.open.prev_incarnation = (uint64_t)db_int(st->db, q, 0);
	ret->u.open.prev_seq = (uint64_t)db_int(st->db, q, 1);
	rc = db_fixed(st->db, q, 2, ret->u.open.prev_hash, LD_HASH_LEN);
	db_done(st->db, q);
	return rc < 0 ? rc : 1;
}

/* The first event of a stream closes the one before, at least as far as we know of it. */
static int open_own(struct ld_store *st, struct own_stream *o, uint8_t cls)
{
	struct ld_fact f = { .kind = LD_EV_OPEN };
	int rc;

	o->id = (struct ld_stream){ st->board, st->incarnation, cls };
	rc = last_of(st, Q_STREAM_LAST_OWN, cls, &st->board, &f);
	/* A ward under a new key goes on where the key before ended. */
	if (rc == 0 && ward_is_here(st))
		for (unsigned i = 1; i < st->n_wards && rc == 0; i++)
			rc = last_of(st, Q_STREAM_LAST_BEGUN, cls, &st->wards[i].board, &f);
	if (rc > 0)
		rc = 0;
	if (rc == 0)
		rc = log_stream_no(st, &o->id, &o->no);
	if (rc < 0)
		return rc;
	ld_chain_first(o->hash, &o->id);
	return append_to(st, o, &f, NULL);
}

int ld_store_append(struct ld_store *st, const struct ld_fact *f, struct ld_dot *ret_dot)
{
	const struct ld_kind_info *k = ld_kind_info(f->kind);
	struct own_stream *o;
	int rc = 0;

	ld_assert(k && k->cls < LD_N_CLASSES);
	ld_assert((k->subject == '-') == ld_id_is_zero(&f->subject));
	/* Everybody else would hollow it on arrival. */
	if (k->subject == 'S' && (rc = fold_closed(st, &f->subject)) != 0)
		return rc < 0 ? rc : LD_E_DENIED;
	o = &st->own[k->cls];
	if (!o->no)
		rc = open_own(st, o, k->cls);
	if (rc == 0)
		rc = append_to(st, o, f, ret_dot);
	return rc < 0 ? rc : revoke_settle(st);
}
