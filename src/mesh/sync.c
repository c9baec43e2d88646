/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/mesh/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/mesh/identity.h"
#include "sync_impl.h"

enum {
	CONTACT_MS = 60 * 1000, /* how exactly the last contact is kept */
	RUN_ROOM = 90 * 1024,   /* a RUN with its HEAD surely fits */
};

int ld_mesh_new(struct ld_mesh **ret, const struct ld_clock *clock)
{
	struct ld_mesh *m = calloc(1, sizeof(*m));

	if (!m)
		return LD_E_NOMEM;
	m->clock = clock;
	m->torn = true;
	m->zip = ld_zip_new();
	if (!m->zip) {
		free(m);
		return LD_E_NOMEM;
	}
	*ret = m;
	return 0;
}

void ld_mesh_free(struct ld_mesh *m)
{
	if (!m)
		return;
	ld_zip_free(m->zip);
	free(m->mine);
	free(m->groups);
	free(m);
}

void ld_mesh_stats(const struct ld_mesh *m, struct ld_mesh_stats *ret)
{
	*ret = m->stats;
}

struct ld_mesh_io *ld_mesh_io_new(const uint8_t pk[32], struct ld_mesh_peer *peer)
{
	struct ld_mesh_io *io = calloc(1, sizeof(*io));

	if (!io)
		return NULL;
	memcpy(io->pk, pk, sizeof(io->pk));
	io->peer = peer;
	ld_msg_init(&io->out, LD_MESH_MESSAGE_MAX);
	return io;
}

void ld_mesh_io_free(struct ld_mesh_io *io)
{
	if (!io)
		return;
	ld_msg_release(&io->out);
	free(io->asked);
	free(io);
}

void ld_mesh_io_feed(struct ld_mesh_io *io, const uint8_t *in, size_t len)
{
	ld_mesh_io_expect(io, in);
	ld_mesh_io_grow(io, len, true);
}

void ld_mesh_io_grow(struct ld_mesh_io *io, size_t len, bool whole)
{
	size_t at = io->in_here;
	struct ld_frame f;

	io->in_len = len;
	io->in_whole = whole;
	while (!whole && ld_frame_next(io->in, len, &at, &f) == 1)
		if (f.type != LD_FRAME_RUN)
			io->in_here = at;
	if (whole)
		io->in_here = len;
}

void ld_mesh_io_expect(struct ld_mesh_io *io, const uint8_t *in)
{
	io->in = in;
	io->in_len = io->in_here = 0;
	io->in_whole = false;
	io->out.len = 0;
	io->heard = false;
	io->flags = 0;
	memset(&io->cur, 0, sizeof(io->cur));
	memset(&io->after, 0, sizeof(io->after));
	io->n_asked = 0;
}

void ld_mesh_io_accept(struct ld_mesh_io *io)
{
	io->next.out_len = io->out.len;
	io->cur = io->next;
}

const struct ld_msg *ld_mesh_io_message(const struct ld_mesh_io *io)
{
	return &io->out;
}

/* ---- giving ---- */

int mesh_give_run(struct ld_mesh *m, struct ld_store *st, struct ld_msg *out,
		  const struct ld_stream *s, uint64_t first, bool full, struct ld_head *ret_head)
{
	size_t before = out->len;
	struct ld_run run;
	uint64_t last;
	int rc;

	if (before >= LD_MESH_GIVE_OCTETS || out->max - before < RUN_ROOM)
		return 0;
	rc = ld_store_last_valid(st, s, &last);
	if (rc == 0)
		rc = ld_store_run(st, s, first, &run, ret_head);
	if (rc < 0)
		return rc;
	if (first > last) {
		ld_run_release(&run);
		return LD_E_UNKNOWN;
	}
	rc = full ? ld_msg_put_run(out, m->zip, &run) : ld_msg_put_run_on(out, m->zip, &run);
	if (rc == 0)
		rc = ld_msg_put_head(out, ret_head);
	if (rc == 0) {
		m->stats.runs_out++;
		m->stats.events_out += run.n;
	} else {
		out->len = before;
	}
	ld_run_release(&run);
	return rc < 0 ? rc : 1;
}

bool mesh_ends_stream(struct ld_mesh *m, int rc)
{
	m->stats.unreadable += rc == LD_E_TOOBIG || rc == LD_E_RANGE || rc == LD_E_CORRUPT;
	return rc == LD_E_UNKNOWN || rc == LD_E_TOOBIG || rc == LD_E_RANGE || rc == LD_E_CORRUPT;
}

/* Gives from the list until message or slice is full. */
static int give(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	struct cursor *c = &io->next;
	unsigned slice = 0;

	while (c->item < c->n_send) {
		const struct ld_vector_entry *e = &io->send[c->item];
		uint64_t first = c->first ? c->first : e->seq;
		struct ld_head head;
		bool full = e->hollow & LD_WANT_FULL;
		int rc = mesh_give_run(m, st, &io->out, &e->stream, first, full, &head);

		if (rc == 0)
			break;
		if (mesh_ends_stream(m, rc)) {
			c->item++;
			c->first = 0;
			continue;
		}
		if (rc < 0)
			return rc;
		c->first = head.seq + 1;
		if (io->peer) {
			struct peer_stream *r = peer_row(io->peer, &e->stream);
			if (r)
				r->pushed = head.seq;
		}
		slice += (unsigned)(head.seq - first) + 1;
		if (slice >= LD_MESH_SLICE)
			return LD_MESH_MORE;
	}
	m->stats.messages_out++;
	m->stats.octets_out += io->out.len;
	return LD_MESH_SEND;
}

/* ---- members ---- */

static void contact_name(char ret[40], const struct ld_board_id *id)
{
	char hex[17];

	ld_hex(hex, id->b, sizeof(id->b));
	snprintf(ret, 40, "mesh.contact.%s", hex);
}

int ld_mesh_last_contact(struct ld_store *st, const struct ld_board_id *id, int64_t *ret_ms)
{
	char name[40];
	int64_t ms;
	int rc;

	contact_name(name, id);
	rc = ld_store_setting_get(st, name, &ms, sizeof(ms));
	if (rc < 0)
		return rc;
	if (rc != sizeof(ms))
		return LD_E_CORRUPT;
	*ret_ms = ms;
	return 0;
}

static int note_contact(struct ld_mesh *m, struct ld_store *st, const struct ld_board_id *id)
{
	int64_t now = ld_clock_utc_ms(m->clock, NULL), last;
	char name[40];
	int rc = ld_mesh_last_contact(st, id, &last);

	if (rc == 0 && now >= last && now - last < CONTACT_MS)
		return 0;
	contact_name(name, id);
	rc = ld_store_setting_put(st, name, &now, sizeof(now));
	return rc < 0 ? rc : 0;
}

int ld_mesh_admits(struct ld_store *st, const uint8_t pk[32])
{
	struct ld_board_id id;
	struct ld_member member;
	int rc;

	ld_board_id_of(&id, pk);
	rc = ld_store_member(st, &id, &member);
	if (rc == LD_E_UNKNOWN || (rc == 0 && memcmp(member.pk, pk, sizeof(member.pk)) != 0))
		return 0;
	rc = rc < 0 ? rc : ld_store_revoked(st, &id);
	return rc < 0 ? rc : !rc;
}

static int check_member(struct ld_mesh *m, struct ld_store *st, const struct ld_mesh_io *io)
{
	struct ld_board_id id;
	int rc = ld_mesh_admits(st, io->pk);

	ld_board_id_of(&id, io->pk);
	if (io->peer)
		io->peer->stranger = rc == 0;
	if (rc == 0) {
		rc = ld_store_revoked(st, &id);
		if (rc == 0 && io->peer)
			return 0; /* it may tell us what the ward says, and who belongs to it */
		m->stats.revoked += rc > 0;
		m->stats.denied += rc == 0;
		return rc < 0 ? rc : LD_E_DENIED;
	}
	return rc < 0 || io->peer ? (rc < 0 ? rc : 0) : note_contact(m, st, &id);
}

int ld_mesh_step(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io)
{
	int rc = 0;

	io->next = io->cur;
	io->out.len = io->cur.out_len;
	if (io->cur.stage == STAGE_READ && io->cur.pos == 0) {
		rc = check_member(m, st, io);
	}
	if (rc == 0 && io->next.stage == STAGE_READ) {
		rc = mesh_take(m, st, io);
		if (rc == 0 && !io->in_whole)
			return LD_MESH_WAIT;
		if (rc == 0) {
			io->next.stage = STAGE_PLAN;
			m->stats.messages_in += io->in_len > 0;
			m->stats.octets_in += io->in_len;
		}
	}
	if (rc == 0 && io->next.stage == STAGE_PLAN) {
		rc = mesh_plan(m, st, io);
		if (rc == 0)
			io->next.stage = STAGE_GIVE;
	}
	if (rc == 0 && io->next.stage == STAGE_GIVE)
		rc = give(m, st, io);
	return rc;
}
