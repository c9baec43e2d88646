/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the answering side says of what it holds. */
#include <stdlib.h>
#include <string.h>

#include "sync_impl.h"

static bool is_zero(const struct ld_stream *s)
{
	static const struct ld_stream zero;

	return ld_stream_eq(s, &zero);
}

int mesh_put_offer(const struct ld_mesh *m, struct ld_mesh_io *io, struct ld_offer *o)
{
	memcpy(o->digest, m->digest, sizeof(o->digest));
	memcpy(o->rights, m->rights, sizeof(o->rights));
	return ld_msg_put_offer(&io->out, o);
}

static int by_stream(const void *a, const void *b)
{
	return ld_stream_cmp(&((const struct ld_vector_entry *)a)->stream,
			     &((const struct ld_vector_entry *)b)->stream);
}

void mesh_name(struct ld_mesh_io *io, struct ld_offer *o)
{
	o->n = io->next.n_touched;
	o->entries = io->touched;
	if (o->n > 0)
		qsort(io->touched, o->n, sizeof(io->touched[0]), by_stream);
}

/* How the streams stand that runs came for, or that were named: the peer sees what was taken and what
 * was not. */
static int say_news(struct ld_mesh *m, struct ld_mesh_io *io)
{
	struct ld_offer o = {0};

	for (unsigned i = 0; i < io->next.n_touched; i++)
		io->touched[i] = held(m, &io->touched[i].stream);
	mesh_name(io, &o);
	return mesh_put_offer(m, io, &o);
}

/* A group by its base, and one by one what goes beyond and comes after `after`. */
static void list_group(const struct ld_mesh *m, struct ld_offer *o, const struct ld_vector_base *b,
		       const struct ld_stream *after)
{
	const struct group *g = held_group(m, &b->group);
	const struct holding *last = b->n > 0 ? held_nth(m, g, (unsigned)b->n - 1) : NULL;

	o->bases[o->n_bases++] = *b;
	for (unsigned i = 0; g && i < g->n; i++) {
		const struct holding *h = &m->mine[g->first + i];

		if ((last && held_by_began(h, last) <= 0) ||
		    (!is_zero(after) && ld_stream_cmp(&h->e.stream, after) <= 0))
			continue;
		if (o->n == LD_VECTOR_MAX) {
			o->flags |= LD_OFFER_CUT;
			return;
		}
		o->entries[o->n++] = h->e;
	}
}

/* All but the newest stream of each group make its base: only that one grows. */
static void list_all(const struct ld_mesh *m, struct ld_offer *o)
{
	static const struct ld_stream first;
	struct ld_stream after = ld_stream_group(&o->after);

	for (unsigned i = 0; i < m->n_groups && !(o->flags & LD_OFFER_CUT); i++) {
		const struct group *g = &m->groups[i];
		struct ld_vector_base b;

		if (!is_zero(&o->after) && ld_stream_cmp(&g->id, &after) <= 0)
			continue;
		if (o->n_bases == LD_BASE_MAX) {
			o->flags |= LD_OFFER_CUT;
			break;
		}
		held_base(m, g, g->n - 1, &b);
		list_group(m, o, &b, &first);
	}
}

/* The groups asked for, beyond what the asking side holds just as we do. */
static void list_asked(const struct ld_mesh *m, const struct ld_mesh_io *io, struct ld_offer *o)
{
	for (unsigned i = 0; i < io->n_asked && !(o->flags & LD_OFFER_CUT); i++) {
		struct ld_vector_base b = io->asked[i];

		if (!held_fits(m, &b))
			b = (struct ld_vector_base){.group = b.group};
		list_group(m, o, &b, &o->after);
	}
}

static int say_list(struct ld_mesh *m, struct ld_mesh_io *io)
{
	struct ld_offer o = {.flags = LD_OFFER_LIST, .after = io->after};
	int rc = LD_E_NOMEM;

	o.bases = malloc(LD_BASE_MAX * sizeof(*o.bases));
	o.entries = malloc(LD_VECTOR_MAX * sizeof(*o.entries));
	if (o.bases && o.entries) {
		if (io->n_asked > 0)
			list_asked(m, io, &o);
		else
			list_all(m, &o);
		rc = mesh_put_offer(m, io, &o);
	}
	ld_offer_release(&o);
	return rc;
}

int mesh_answer(struct ld_mesh *m, struct ld_mesh_io *io)
{
	int rc = say_news(m, io);

	if (rc == 0 && (io->flags & LD_OFFER_ASK) && !mesh_same_digest(m, io))
		rc = say_list(m, io);
	return rc < 0 ? rc : LD_MESH_SEND;
}
