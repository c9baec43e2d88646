/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to say next: what is held, what is wanted, what is given. */
#include <stdlib.h>
#include <string.h>

#include "sync_impl.h"

enum {
	IDLE_ROUNDS_MAX = 64, /* a peer that says much and moves nothing is left */
	LIST_EVERY_MS = 20 * 1000,
	FORGIVE_MS = 10 * 60 * 1000,
};

/* ---- what we hold ---- */

/* What a revoked board wrote after its last valid event is not there for others. */
static int add_mine(void *arg, const struct ld_stream_state *s)
{
	struct ld_mesh *m = arg;
	uint64_t last, hollow;
	int rc = ld_store_last_valid(m->st, &s->stream, &last);

	if (rc < 0 || last == 0)
		return rc;
	rc = ld_store_hollows(m->st, s, last, &hollow);
	if (rc < 0)
		return rc;

	if (s->head_seq == 0)
		return 0;
	if (m->n_mine == m->cap_mine) {
		unsigned cap = m->cap_mine ? 2 * m->cap_mine : 64;
		struct ld_vector_entry *v = realloc(m->mine, cap * sizeof(*v));

		if (!v)
			return LD_E_NOMEM;
		m->mine = v;
		m->cap_mine = cap;
	}
	m->mine[m->n_mine++] = (struct ld_vector_entry){
		s->stream, s->head_seq < last ? s->head_seq : last, hollow};
	return 0;
}

static int by_stream(const void *a, const void *b)
{
	return ld_stream_cmp(&((const struct ld_vector_entry *)a)->stream,
			     &((const struct ld_vector_entry *)b)->stream);
}

int mesh_scan(struct ld_mesh *m, struct ld_store *st)
{
	int rc = ld_store_sign_heads(st);

	m->n_mine = 0;
	m->st = st;
	memset(m->digest, 0, sizeof(m->digest));
	if (rc >= 0)
		rc = ld_store_streams(st, add_mine, m);
	if (rc < 0)
		return rc;
	if (m->n_mine > 0)
		qsort(m->mine, m->n_mine, sizeof(m->mine[0]), by_stream);
	for (unsigned i = 0; i < m->n_mine; i++)
		ld_digest_add(m->digest, &m->mine[i]);
	return 0;
}

/* The first of mine that comes after s. */
static unsigned first_after(const struct ld_mesh *m, const struct ld_stream *s)
{
	static const struct ld_stream zero;
	unsigned i = 0;

	if (ld_stream_eq(s, &zero))
		return 0;
	while (i < m->n_mine && ld_stream_cmp(&m->mine[i].stream, s) <= 0)
		i++;
	return i;
}

int mesh_find_mine(const struct ld_mesh *m, const struct ld_stream *s)
{
	struct ld_vector_entry key = {.stream = *s};
	const struct ld_vector_entry *e =
		m->n_mine == 0 ? NULL : bsearch(&key, m->mine, m->n_mine, sizeof(key), by_stream);

	return e ? (int)(e - m->mine) : -1;
}

static struct ld_vector_entry held(const struct ld_mesh *m, const struct ld_stream *s)
{
	int i = mesh_find_mine(m, s);

	return i < 0 ? (struct ld_vector_entry){.stream = *s} : m->mine[i];
}

static bool same_digest(const struct ld_mesh *m, const struct ld_mesh_io *io)
{
	return io->heard && memcmp(m->digest, io->digest, sizeof(m->digest)) == 0;
}

/* ---- answering ---- */

/* How the streams stand that runs came for: the peer sees what was taken and what was not. */
static int say_news(struct ld_mesh *m, struct ld_mesh_io *io)
{
	struct ld_offer o = {.n = io->next.n_touched, .entries = io->touched};

	for (unsigned i = 0; i < o.n; i++)
		io->touched[i] = held(m, &io->touched[i].stream);
	if (o.n > 0)
		qsort(io->touched, o.n, sizeof(io->touched[0]), by_stream);
	memcpy(o.digest, m->digest, sizeof(o.digest));
	return ld_msg_put_offer(&io->out, &o);
}

static int say_list(struct ld_mesh *m, struct ld_mesh_io *io)
{
	unsigned from = first_after(m, &io->after);
	struct ld_offer o = {.flags = LD_OFFER_LIST, .after = io->after, .n = m->n_mine - from};

	if (o.n > LD_VECTOR_MAX) {
		o.n = LD_VECTOR_MAX;
		o.flags |= LD_OFFER_CUT;
	}
	o.entries = m->mine + from;
	memcpy(o.digest, m->digest, sizeof(o.digest));
	return ld_msg_put_offer(&io->out, &o);
}

static int plan_answer(struct ld_mesh *m, struct ld_mesh_io *io)
{
	int rc = say_news(m, io);

	if (rc == 0 && (io->flags & LD_OFFER_ASK) && !same_digest(m, io))
		rc = say_list(m, io);
	return rc < 0 ? rc : LD_MESH_SEND;
}

/* ---- asking ---- */

/* Do both hold the same of class 0? Then they know the same closings, and have hollowed the same
 * events: whoever has more hollow ones was given too little. */
static bool same_rights(const struct ld_mesh *m, struct ld_mesh_peer *p)
{
	unsigned mine = 0, theirs = 0, same = 0;

	if (p->cut || !peer_covers(p, &(struct ld_stream){.cls = 0}))
		return false;
	for (unsigned i = 0; i < m->n_mine && m->mine[i].stream.cls == 0; i++) {
		const struct peer_stream *r = peer_find(p, &m->mine[i].stream);

		mine++;
		same += r && r->seq == m->mine[i].seq;
	}
	while (theirs < p->n && p->v[theirs].stream.cls == 0)
		theirs++;
	return mine == same && mine == theirs;
}

/* The peer cannot say which of its events are hollow: it gets them all. */
static void plan_contents(struct ld_mesh_io *io, const struct peer_stream *r)
{
	if (r->strikes >= STRIKES_OUT)
		io->peer->progress.stuck++;
	else if (io->next.n_send < LD_MESH_LIST_MAX)
		io->send[io->next.n_send++] = (struct ld_vector_entry){.stream = r->stream, .seq = 1};
}

/* Ours that the peer lacks, most urgent first. */
static void plan_pushes(const struct ld_mesh *m, struct ld_mesh_io *io)
{
	struct ld_mesh_peer *p = io->peer;
	bool rights_even = same_rights(m, p);

	p->progress.waiting = 0;
	if (p->stranger)
		return;
	for (unsigned i = 0; i < m->n_mine; i++) {
		const struct ld_vector_entry *e = &m->mine[i];
		const struct peer_stream *r = peer_find(p, &e->stream);
		uint64_t theirs = r ? r->seq : 0;

		if (!peer_covers(p, &e->stream) || theirs > e->seq)
			continue;
		if (theirs == e->seq) {
			if (rights_even && r->hollow > e->hollow)
				plan_contents(io, r);
			continue;
		}
		p->progress.waiting += (int64_t)(e->seq - theirs);
		if (r && r->strikes >= STRIKES_OUT)
			p->progress.stuck++;
		else if (io->next.n_send < LD_MESH_LIST_MAX)
			io->send[io->next.n_send++] =
				(struct ld_vector_entry){e->stream, theirs + 1, 0};
	}
}

/* Does the peer hold something of this stream that we lack? 1 and from where on, 0, negative. */
static int lacking(const struct ld_mesh *m, struct ld_store *st, const struct peer_stream *r,
		   bool rights_even, uint64_t *ret_first)
{
	struct ld_vector_entry have = held(m, &r->stream);
	uint64_t last;
	int rc = ld_store_last_valid(st, &r->stream, &last);

	if (rc < 0)
		return rc;
	*ret_first = have.seq + 1;
	if (have.seq < (r->seq < last ? r->seq : last))
		return 1;
	if (!rights_even || have.seq != r->seq || have.hollow <= r->hollow)
		return 0;
	rc = ld_store_first_hollow(st, &r->stream, ret_first);
	return rc == LD_E_UNKNOWN ? 0 : rc < 0 ? rc : 1;
}

/* Theirs that we lack, of authors that we know. Returns how many are in want. */
static int plan_wants(const struct ld_mesh *m, struct ld_store *st, struct ld_mesh_peer *p,
		      struct ld_vector_entry want[LD_MESH_LIST_MAX])
{
	bool rights_even = same_rights(m, p);
	struct ld_member author;
	int n = 0;

	for (unsigned i = 0; i < p->n && n < LD_MESH_LIST_MAX; i++) {
		const struct peer_stream *r = &p->v[i];
		uint64_t first;
		int rc = lacking(m, st, r, rights_even, &first);

		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		rc = mesh_author(st, &r->stream.board, &author);
		if (rc < 0 && rc != LD_E_UNKNOWN)
			return rc;
		if (p->stranger && !ld_store_is_wards(st, &r->stream))
			continue;
		if (rc == LD_E_UNKNOWN || r->strikes >= STRIKES_OUT)
			p->progress.stuck++;
		else
			want[n++] = (struct ld_vector_entry){r->stream, first, 0};
	}
	return n;
}

static int say_ask(struct ld_mesh *m, struct ld_mesh_io *io, uint8_t flags,
		   const struct ld_vector_entry *want, unsigned n)
{
	struct ld_offer o = {.flags = flags, .after = io->peer->after};
	int rc;

	memcpy(o.digest, m->digest, sizeof(o.digest));
	rc = ld_msg_put_offer(&io->out, &o);
	if (rc == 0 && n > 0)
		rc = ld_msg_put_want(&io->out, want, n);
	return rc < 0 ? rc : LD_MESH_SEND;
}

/* Forget what was known; ask for a list from `after` on. */
static int ask_list(struct ld_mesh *m, struct ld_mesh_io *io, const struct ld_stream *after)
{
	io->peer->known = false;
	io->peer->after = *after;
	return say_ask(m, io, LD_OFFER_ASK, NULL, 0);
}

/* Nothing can be moved by what is known of the peer, and yet it holds something else. */
static int ask_on(struct ld_mesh *m, struct ld_mesh_io *io)
{
	static const struct ld_stream first;
	struct ld_mesh_peer *p = io->peer;
	int64_t now = ld_clock_monotonic_ms(m->clock);
	struct ld_stream upto = p->upto;

	if (p->fresh)
		return p->cut ? ask_list(m, io, &upto) : LD_MESH_DONE;
	/* A stream that one side refuses explains the difference: no list at every turn. */
	if (p->progress.stuck > 0 && now - p->listed_ms < LIST_EVERY_MS)
		return LD_MESH_DONE;
	p->listed_ms = now;
	return ask_list(m, io, &first);
}

static void begin_exchange(const struct ld_mesh *m, struct ld_mesh_peer *p)
{
	int64_t now = ld_clock_monotonic_ms(m->clock);

	p->fresh = p->listed = false;
	p->moved = true;
	p->idle = 0;
	p->progress.even = false;
	p->progress.received = 0;
	if (now - p->forgiven_ms >= FORGIVE_MS) {
		p->forgiven_ms = now;
		peer_forgive(p);
	}
}

/* What is known of the peer says what to do; it may be nothing. */
static int plan_round(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io,
		      struct ld_vector_entry *want)
{
	struct ld_mesh_peer *p = io->peer;
	bool may_move = p->idle == 0 || p->listed;
	int n;

	p->listed = false;
	if (io->in_len == 0 && p->compare) {
		p->moved = true; /* nothing was tried yet */
		return say_ask(m, io, 0, NULL, 0);
	}
	plan_pushes(m, io);
	n = plan_wants(m, st, p, want);
	if (n < 0)
		return n;
	if (may_move && (n > 0 || io->next.n_send > 0))
		return say_ask(m, io, 0, want, (unsigned)n);
	io->next.n_send = 0;
	/* An exchange that has nothing to say still compares digests. */
	return io->in_len == 0 ? say_ask(m, io, 0, NULL, 0) : ask_on(m, io);
}

static int plan_asking(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	static const struct ld_stream first;
	struct ld_mesh_peer *p = io->peer;
	struct ld_vector_entry *want;
	int rc;

	p->progress.stuck = 0;
	if (io->in_len == 0)
		begin_exchange(m, p);
	else if (!io->heard)
		return LD_E_PEER;
	else if (same_digest(m, io))
		return (rc = peer_even(p, m->mine, m->n_mine)) < 0 ||
		       (rc = ld_store_met(st)) < 0 ? rc : LD_MESH_DONE;
	p->idle = p->moved ? 0 : p->idle + 1;
	p->moved = false;
	if (p->idle > IDLE_ROUNDS_MAX)
		return LD_E_PEER;
	if (!p->known)
		return ask_list(m, io, &first);
	want = malloc(LD_MESH_LIST_MAX * sizeof(*want));
	if (!want)
		return LD_E_NOMEM;
	rc = plan_round(m, st, io, want);
	free(want);
	return rc;
}

int mesh_plan(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	int rc = mesh_scan(m, st);

	if (rc < 0)
		return rc;
	return io->peer ? plan_asking(m, st, io) : plan_answer(m, io);
}
