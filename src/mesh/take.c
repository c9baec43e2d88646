/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a message. Whatever a peer sends costs a bounded piece of a slice: a run is looked at in
 * the order of what each check costs, and unpacked only when its author has signed for it. */
#include <stdlib.h>
#include <string.h>

#include "sync_impl.h"

/* A run counts at least this much of a slice: checking a signature is dearer than an event. */
enum { RUN_COST = 32 };

static void touch(struct ld_mesh_io *io, const struct ld_stream *s)
{
	if (io->next.n_touched == LD_MESH_LIST_MAX)
		return;
	for (unsigned i = 0; i < io->next.n_touched; i++)
		if (ld_stream_eq(&io->touched[i].stream, s))
			return;
	io->touched[io->next.n_touched++].stream = *s;
}

static void take_asked(struct ld_mesh_io *io, struct ld_offer *o)
{
	free(io->asked);
	io->asked = o->bases;
	io->n_asked = o->n_bases;
	o->bases = NULL;
}

static int take_offer(struct ld_mesh *m, struct ld_mesh_io *io, const struct ld_frame *f)
{
	struct ld_offer o;
	int rc = ld_frame_get_offer(f, &o);

	if (rc == LD_E_NOMEM)
		return rc;
	if (rc < 0) {
		m->stats.bad_frame++;
		return 0;
	}
	io->heard = true;
	io->flags = o.flags;
	io->after = o.after;
	memcpy(io->digest, o.digest, sizeof(io->digest));
	memcpy(io->rights, o.rights, sizeof(io->rights));
	if (io->peer && (o.flags & LD_OFFER_LIST))
		rc = peer_list(io->peer, &o);
	else if (io->peer)
		peer_news(io->peer, &o);
	else
		take_asked(io, &o);
	for (unsigned i = 0; !io->peer && i < o.n; i++)
		touch(io, &o.entries[i].stream);
	ld_offer_release(&o);
	return rc;
}

/* Only the answering side gives what it is asked for; the asking side knows by itself. */
static void take_want(struct ld_mesh *m, struct ld_mesh_io *io, const struct ld_frame *f)
{
	unsigned n = io->next.n_send;
	int rc;

	if (io->peer)
		return;
	rc = ld_frame_get_want(f, io->send + n, LD_MESH_LIST_MAX - n);
	if (rc < 0)
		m->stats.bad_frame++;
	else
		io->next.n_send += (unsigned)rc;
}

/* Errors that are the peer's, not ours. */
static bool is_refusal(int rc)
{
	return rc == LD_E_CORRUPT || rc == LD_E_TOOBIG || rc == LD_E_FORGED || rc == LD_E_GAP ||
	       rc == LD_E_UNKNOWN || rc == LD_E_DENIED || rc == LD_E_RANGE;
}

static int refuse(struct ld_mesh_io *io, const struct ld_stream *s, uint64_t *counter)
{
	(*counter)++;
	if (io->peer)
		peer_strike(io->peer, s);
	return 0;
}

static int subject_at(void *arg, const struct ld_stream *s, struct ld_run_subject *ret)
{
	return ld_store_subject_at(arg, s, ret);
}

static int apply(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io,
		 const struct ld_frame *f, const struct ld_head *head,
		 const struct ld_stream_state *have)
{
	struct ld_past past = {subject_at, st};
	struct ld_run run;
	int rc = ld_frame_get_run_on(f, m->zip, &past, &run);

	if (rc == LD_E_UNKNOWN)
		return refuse(io, &head->stream, &m->stats.unknown_past);
	if (is_refusal(rc))
		return refuse(io, &head->stream, &m->stats.bad_frame);
	if (rc < 0)
		return rc;
	rc = have->seq >= head->seq ? ld_store_fill(st, &run) : ld_store_apply(st, &run, head);
	ld_run_release(&run);
	if (rc == LD_E_RANGE)
		return refuse(io, &head->stream, &m->stats.bad_hollow);
	if (is_refusal(rc))
		return refuse(io, &head->stream, &m->stats.bad_chain);
	if (rc < 0)
		return rc;
	if (have->seq >= head->seq) {
		m->stats.duplicates += rc == 0;
		m->stats.filled += (uint64_t)rc;
	} else {
		m->stats.runs_in++;
	}
	m->stats.events_in += (uint64_t)rc;
	if (io->peer) {
		io->peer->moved |= rc > 0;
		io->peer->progress.received += (uint64_t)rc;
	}
	return 0;
}

/* f is a RUN; the HEAD that it ends at is the next frame. */
static int take_run(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io,
		    const struct ld_frame *f, unsigned *cost)
{
	struct ld_run_peek run;
	struct ld_stream_state have;
	struct ld_member author;
	struct ld_frame hf;
	struct ld_head head;
	uint64_t last;
	int rc = ld_frame_next(io->in, io->in_here, &io->next.pos, &hf);

	*cost += RUN_COST;
	if (rc < 0)
		return rc;
	if (rc == 0 || hf.type != LD_FRAME_HEAD || ld_frame_peek_run(f, &run) < 0 ||
	    ld_frame_get_head(&hf, &head) < 0 || !ld_stream_eq(&run.stream, &head.stream) ||
	    head.seq != run.first + run.n - 1) {
		m->stats.bad_frame++;
		return 0;
	}
	if (io->rights_only && !ld_store_is_wards(st, &run.stream)) {
		m->stats.denied++;
		return 0;
	}
	touch(io, &run.stream);
	rc = ld_store_stream(st, &run.stream, &have);
	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	if (head.seq <= have.seq && have.hollow == 0) {
		m->stats.duplicates++;
		return 0;
	}
	if (run.first > have.seq + 1) {
		m->stats.gaps++;
		return 0;
	}
	rc = ld_store_last_valid(st, &run.stream, &last);
	if (rc < 0)
		return rc;
	if (run.first > last)
		return refuse(io, &run.stream, &m->stats.revoked);
	rc = mesh_author(st, &run.stream.board, &author);
	if (rc == LD_E_UNKNOWN)
		return refuse(io, &run.stream, &m->stats.bad_author);
	if (rc < 0)
		return rc;
	if (!ld_head_verify(&head, author.pk))
		return refuse(io, &run.stream, &m->stats.bad_signature);
	*cost += run.n;
	return apply(m, st, io, f, &head, &have);
}

int mesh_author(struct ld_store *st, const struct ld_board_id *id, struct ld_member *ret)
{
	int rc = ld_store_awaits(st, id);

	return rc < 0 ? rc : rc > 0 ? LD_E_UNKNOWN : ld_store_member(st, id, ret);
}

int mesh_take(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	unsigned cost = 0;
	struct ld_frame f;
	int rc;

	while ((rc = ld_frame_next(io->in, io->in_here, &io->next.pos, &f)) == 1) {
		cost++;
		rc = 0;
		switch (f.type) {
		case LD_FRAME_OFFER:
			rc = take_offer(m, io, &f);
			break;
		case LD_FRAME_WANT:
			take_want(m, io, &f);
			break;
		case LD_FRAME_RUN:
			rc = take_run(m, st, io, &f, &cost);
			break;
		case LD_FRAME_HEAD:
			break; /* without its run it says nothing yet */
		default:
			m->stats.unknown_frames++;
		}
		if (rc < 0)
			return rc;
		if (cost >= LD_MESH_SLICE)
			return LD_MESH_MORE;
	}
	return rc;
}
