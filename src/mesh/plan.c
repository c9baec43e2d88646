/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the asking side says next: what is wanted, what is given, what is to be listed. */
#include <stdlib.h>
#include <string.h>

#include "sync_impl.h"

enum {
	IDLE_ROUNDS_MAX = 64, /* a peer that says much and moves nothing is left */
	LIST_EVERY_MS = 20 * 1000,
	FORGIVE_MS = 10 * 60 * 1000,
	/* Longer than a working link rests: meanwhile the peer has met others. */
	STALE_MS = 45 * 1000,
};

static const struct ld_stream start; /* zeros: from the first stream on */

bool mesh_same_digest(const struct ld_mesh *m, const struct ld_mesh_io *io)
{
	return io->heard && memcmp(m->digest, io->digest, sizeof(m->digest)) == 0;
}

static bool same_rights(const struct ld_mesh *m, const struct ld_mesh_io *io)
{
	return io->heard && memcmp(m->rights, io->rights, sizeof(m->rights)) == 0;
}

/* The peer cannot say which of its events are hollow: it gets them all. */
static void plan_contents(struct ld_mesh_io *io, const struct peer_stream *r)
{
	if (r->strikes >= STRIKES_OUT)
		io->peer->progress.stuck++;
	else if (io->next.n_send < LD_MESH_LIST_MAX)
		io->send[io->next.n_send++] = (struct ld_vector_entry){r->stream, 1, LD_WANT_FULL};
}

/* Before it is given, its name: the answer says how the peer stands there. */
static void plan_name(struct ld_mesh_io *io, const struct ld_vector_entry *e)
{
	struct peer_stream *r;

	if (io->next.n_touched == LD_MESH_LIST_MAX)
		return;
	r = peer_row(io->peer, &e->stream);
	if (!r)
		return;
	r->pushed = 0;
	io->touched[io->next.n_touched++] = *e;
}

static void plan_push(struct ld_mesh_io *io, const struct ld_vector_entry *e, bool rights_even,
		      bool name)
{
	struct ld_mesh_peer *p = io->peer;
	const struct peer_stream *r = peer_find(p, &e->stream);
	uint64_t theirs = r ? r->seq : 0;

	if (!peer_covers(p, &e->stream) || theirs > e->seq)
		return;
	if (theirs == e->seq) {
		if (rights_even && r->hollow > e->hollow)
			plan_contents(io, r);
		return;
	}
	p->progress.waiting += (int64_t)(e->seq - theirs);
	if (r && r->strikes >= STRIKES_OUT)
		p->progress.stuck++;
	else if (name)
		plan_name(io, e);
	else if (io->next.n_send < LD_MESH_LIST_MAX)
		io->send[io->next.n_send++] = (struct ld_vector_entry){
			e->stream, theirs + 1, r && r->strikes > 0 ? LD_WANT_FULL : 0};
}

/* Ours that the peer lacks, most urgent class first. A group of which its base says something else
 * than ours has to be listed first. */
static void plan_pushes(const struct ld_mesh *m, const struct ld_store *st, struct ld_mesh_io *io)
{
	struct ld_mesh_peer *p = io->peer;
	bool rights_even = same_rights(m, io);

	p->progress.waiting = 0;
	if (p->stranger)
		return;
	for (unsigned i = 0; i < m->n_groups; i++) {
		const struct group *g = &m->groups[i];
		const struct ld_vector_base *b = peer_base(p, &g->id);

		if (b && !held_fits(m, b))
			continue;
		for (unsigned k = b ? (unsigned)b->n : 0; k < g->n; k++) {
			const struct ld_vector_entry *e = &held_nth(m, g, k)->e;

			/* Others' it may have from them by now. */
			plan_push(io, e, rights_even,
				  io->in_len == 0 &&
					  (p->compare || !ld_store_is_mine(st, &e->stream)));
		}
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
static int plan_wants(const struct ld_mesh *m, struct ld_store *st, const struct ld_mesh_io *io,
		      struct ld_vector_entry want[LD_MESH_LIST_MAX])
{
	bool rights_even = same_rights(m, io);
	struct ld_mesh_peer *p = io->peer;
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
			want[n++] = (struct ld_vector_entry){
				r->stream, first, r->strikes > 0 ? LD_WANT_FULL : 0};
	}
	return n;
}

static int say_ask(struct ld_mesh *m, struct ld_mesh_io *io, const struct ld_vector_entry *want,
		   unsigned n)
{
	struct ld_offer o = {0};
	int rc;

	if (io->in_len == 0)
		mesh_name(io, &o);
	rc = mesh_put_offer(m, io, &o);
	if (rc == 0 && n > 0)
		rc = ld_msg_put_want(&io->out, want, n);
	return rc < 0 ? rc : LD_MESH_SEND;
}

/* Forget what was known; ask for a list of the groups after that of `after`, or all. */
static int ask_list(struct ld_mesh *m, struct ld_mesh_io *io, const struct ld_stream *after)
{
	struct ld_offer o = {.flags = LD_OFFER_ASK, .after = *after};
	int rc;

	if (!ld_stream_eq(after, &start))
		o.after.incarnation = UINT64_MAX;
	rc = mesh_put_offer(m, io, &o);
	io->peer->known = io->peer->resumes = false;
	io->peer->whole = true;
	return rc < 0 ? rc : LD_MESH_SEND;
}

/* ...of single groups, beyond all but our newest stream of each. */
static int ask_groups(struct ld_mesh *m, struct ld_mesh_io *io, const struct ld_stream *id,
		      unsigned n, const struct ld_stream *after)
{
	struct ld_offer o = {.flags = LD_OFFER_ASK, .after = *after, .n_bases = n};
	int rc;

	o.bases = malloc(n * sizeof(*o.bases));
	if (!o.bases)
		return LD_E_NOMEM;
	for (unsigned i = 0; i < n; i++) {
		const struct group *g = held_group(m, &id[i]);

		o.bases[i] = (struct ld_vector_base){.group = id[i]};
		if (g)
			held_base(m, g, g->n - 1, &o.bases[i]);
	}
	rc = mesh_put_offer(m, io, &o);
	free(o.bases);
	io->peer->known = io->peer->whole = false;
	return rc < 0 ? rc : LD_MESH_SEND;
}

/* Groups whose bases are not ours, as many as one list can show: none when all of them fit. */
static unsigned unlike(const struct ld_mesh *m, struct ld_store *st, struct ld_mesh_peer *p,
		       struct ld_stream id[LD_MESH_LIST_MAX])
{
	uint64_t streams = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < p->n_bases; i++) {
		const struct ld_vector_base *b = &p->bases[i];
		uint64_t more = b->n < LD_VECTOR_MAX ? b->n + 1 : LD_VECTOR_MAX;

		if (held_fits(m, b) || (p->stranger && !ld_store_is_wards(st, &b->group)))
			continue;
		if (n == LD_MESH_LIST_MAX || (n > 0 && streams + more > LD_VECTOR_MAX)) {
			p->resumes = true;
			break;
		}
		streams += more;
		id[n++] = b->group;
	}
	p->resumes |= n > 0 && p->cut;
	if (n > 0)
		p->resume = id[n - 1];
	return n;
}

/* The list did not suffice: single groups, the rest of one, or the next groups. */
static int ask_further(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	struct ld_mesh_peer *p = io->peer;
	struct ld_stream id[LD_MESH_LIST_MAX], upto = p->upto;
	unsigned n = p->whole ? unlike(m, st, p, id) : 0;

	if (n > 0)
		return ask_groups(m, io, id, n, &start);
	if (p->cut && p->whole)
		return ask_list(m, io, &upto);
	if (p->cut) {
		p->resumes = true;
		p->resume = ld_stream_group(&upto);
		return ask_groups(m, io, &p->resume, 1, &upto);
	}
	upto = p->resume;
	return p->resumes ? ask_list(m, io, &upto) : LD_MESH_DONE;
}

/* Nothing can be moved by what is known of the peer, and yet it holds something else. */
static int ask_on(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	struct ld_mesh_peer *p = io->peer;
	int64_t now = ld_clock_monotonic_ms(m->clock);

	if (p->fresh)
		return ask_further(m, st, io);
	/* A stream that one side refuses explains the difference: no list at every turn. */
	if (p->progress.stuck > 0 && now - p->listed_ms < LIST_EVERY_MS)
		return LD_MESH_DONE;
	p->listed_ms = now;
	return ask_list(m, io, &start);
}

static void begin_exchange(const struct ld_mesh *m, struct ld_mesh_peer *p)
{
	int64_t now = ld_clock_monotonic_ms(m->clock);

	p->fresh = p->listed = p->again = false;
	p->moved = true;
	p->idle = 0;
	p->progress.even = false;
	p->progress.received = 0;
	p->known &= now - p->heard_ms < STALE_MS;
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
	bool may_move = p->idle == 0 || p->listed || (p->fresh && p->again);
	int n;

	p->listed = p->again = false;
	plan_pushes(m, st, io);
	if (io->in_len == 0 && p->compare) {
		p->moved = true; /* nothing was tried yet */
		return say_ask(m, io, NULL, 0);
	}
	n = plan_wants(m, st, io, want);
	if (n < 0)
		return n;
	if (may_move && (n > 0 || io->next.n_send > 0))
		return say_ask(m, io, want, (unsigned)n);
	io->next.n_send = 0;
	/* An exchange that has nothing to say still compares digests. */
	return io->in_len == 0 ? say_ask(m, io, NULL, 0) : ask_on(m, st, io);
}

static int plan_asking(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	struct ld_mesh_peer *p = io->peer;
	struct ld_vector_entry *want;
	int rc;

	p->progress.stuck = 0;
	if (io->in_len == 0)
		begin_exchange(m, p);
	else
		p->heard_ms = ld_clock_monotonic_ms(m->clock);
	if (io->in_len > 0 && !io->heard)
		return LD_E_PEER;
	if (io->in_len > 0 && mesh_same_digest(m, io))
		return (rc = peer_even(p, m)) < 0 ||
		       (rc = ld_store_met(st)) < 0 ? rc : LD_MESH_DONE;
	p->idle = p->moved ? 0 : p->idle + 1;
	p->moved = false;
	if (p->idle > IDLE_ROUNDS_MAX)
		return LD_E_PEER;
	if (!p->known)
		return ask_list(m, io, &start);
	want = malloc(LD_MESH_LIST_MAX * sizeof(*want));
	if (!want)
		return LD_E_NOMEM;
	rc = plan_round(m, st, io, want);
	free(want);
	return rc;
}

int mesh_plan(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	int rc = held_scan(m, st);

	if (rc < 0)
		return rc;
	return io->peer ? plan_asking(m, st, io) : mesh_answer(m, io);
}
