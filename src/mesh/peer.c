/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "sync_impl.h"

struct ld_mesh_peer *ld_mesh_peer_new(const uint8_t pk[32])
{
	struct ld_mesh_peer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	memcpy(p->pk, pk, sizeof(p->pk));
	p->progress.waiting = -1;
	return p;
}

void ld_mesh_peer_free(struct ld_mesh_peer *p)
{
	if (!p)
		return;
	free(p->bases);
	free(p->v);
	free(p);
}

void ld_mesh_peer_compare(struct ld_mesh_peer *p, bool first)
{
	p->compare = first;
}

void ld_mesh_peer_progress(const struct ld_mesh_peer *p, struct ld_mesh_progress *ret)
{
	*ret = p->progress;
}

/* Where a stream stands or would stand. */
static unsigned place(const struct ld_mesh_peer *p, const struct ld_stream *s)
{
	unsigned lo = 0, hi = p->n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (ld_stream_cmp(&p->v[mid].stream, s) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct peer_stream *peer_find(struct ld_mesh_peer *p, const struct ld_stream *s)
{
	unsigned i = place(p, s);

	return i < p->n && ld_stream_eq(&p->v[i].stream, s) ? &p->v[i] : NULL;
}

static int reserve(struct ld_mesh_peer *p, unsigned n)
{
	unsigned cap = p->cap ? p->cap : 64;
	struct peer_stream *v;

	if (n > LD_VECTOR_MAX)
		return LD_E_TOOBIG;
	while (cap < n)
		cap *= 2;
	if (cap == p->cap)
		return 0;
	v = realloc(p->v, cap * sizeof(*v));
	if (!v)
		return LD_E_NOMEM;
	p->v = v;
	p->cap = cap;
	return 0;
}

struct peer_stream *peer_row(struct ld_mesh_peer *p, const struct ld_stream *s)
{
	unsigned i = place(p, s);

	if (i < p->n && ld_stream_eq(&p->v[i].stream, s))
		return &p->v[i];
	if (reserve(p, p->n + 1) < 0)
		return NULL;
	memmove(&p->v[i + 1], &p->v[i], (p->n - i) * sizeof(p->v[0]));
	p->v[i] = (struct peer_stream){.stream = *s};
	p->n++;
	return &p->v[i];
}

const struct ld_vector_base *peer_base(const struct ld_mesh_peer *p, const struct ld_stream *group)
{
	unsigned lo = 0, hi = p->n_bases;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		int c = ld_stream_cmp(&p->bases[mid].group, group);

		if (c == 0)
			return &p->bases[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* Merges both rows of streams in order: the list says what the peer holds, old strikes stay until
 * the stream moves. */
static unsigned merge(struct peer_stream *to, const struct ld_mesh_peer *p,
		      const struct ld_offer *o)
{
	unsigned n = 0, i = 0, k = 0;

	while ((i < o->n || k < p->n) && n < LD_VECTOR_MAX) {
		const struct peer_stream *old = k < p->n ? &p->v[k] : NULL;
		int c = i == o->n ? 1
			: !old    ? -1
				  : ld_stream_cmp(&o->entries[i].stream, &old->stream);

		if (c <= 0) {
			to[n] = (struct peer_stream){.stream = o->entries[i].stream,
						     .seq = o->entries[i].seq,
						     .hollow = o->entries[i].hollow};
			if (c == 0 && old->seq == to[n].seq && old->hollow == to[n].hollow)
				to[n].strikes = old->strikes;
			n++;
			i++;
		} else if (old->strikes > 0) {
			to[n++] = *old;
		}
		k += c >= 0;
	}
	return n;
}

int peer_list(struct ld_mesh_peer *p, struct ld_offer *o)
{
	unsigned cap = o->n + p->n < LD_VECTOR_MAX ? o->n + p->n : LD_VECTOR_MAX;
	struct peer_stream *v = calloc(cap + 1, sizeof(*v));

	if (!v)
		return LD_E_NOMEM;
	p->n = merge(v, p, o);
	free(p->v);
	p->v = v;
	p->cap = cap + 1;
	free(p->bases);
	p->bases = o->bases;
	p->n_bases = o->n_bases;
	o->bases = NULL;
	p->after = o->after;
	/* A page of nothing that goes on elsewhere would be asked for in circles. */
	p->cut = o->n > 0 && (o->flags & LD_OFFER_CUT);
	if (p->cut)
		p->upto = o->entries[o->n - 1].stream;
	p->known = p->fresh = p->listed = true;
	return 0;
}

/* The first one is followed by a try in full. */
static void strike(struct ld_mesh_peer *p, struct peer_stream *r)
{
	if (r->strikes < UINT8_MAX)
		r->strikes++;
	p->again |= r->strikes < STRIKES_OUT;
}

void peer_news(struct ld_mesh_peer *p, const struct ld_offer *o)
{
	for (unsigned i = 0; i < o->n; i++) {
		struct peer_stream *r = peer_find(p, &o->entries[i].stream);

		if (!r)
			continue;
		if (o->entries[i].seq > r->seq || o->entries[i].hollow < r->hollow)
			p->moved = true;
		else if (r->pushed)
			strike(p, r);
		r->seq = o->entries[i].seq;
		r->hollow = o->entries[i].hollow;
		r->pushed = 0;
	}
}

/* Of each group all but the newest stream make its base. */
static void set_even(struct ld_mesh_peer *p, const struct ld_mesh *m)
{
	for (unsigned i = 0; i < m->n_groups; i++) {
		const struct group *g = &m->groups[i];
		const struct ld_vector_entry *e = &held_nth(m, g, g->n - 1)->e;

		held_base(m, g, g->n - 1, &p->bases[i]);
		p->v[i] = (struct peer_stream){
			.stream = e->stream, .seq = e->seq, .hollow = e->hollow};
	}
	p->n = p->n_bases = m->n_groups;
}

int peer_even(struct ld_mesh_peer *p, const struct ld_mesh *m)
{
	struct ld_vector_base *bases;

	p->known = p->cut = p->resumes = false;
	p->progress.even = true;
	p->progress.waiting = 0;
	if (m->n_groups > LD_BASE_MAX)
		return 0; /* too many to remember: the next exchange asks for lists */
	bases = realloc(p->bases, (m->n_groups + 1) * sizeof(*bases));
	if (!bases)
		return LD_E_NOMEM;
	p->bases = bases;
	if (reserve(p, m->n_groups) < 0)
		return LD_E_NOMEM;
	set_even(p, m);
	memset(&p->after, 0, sizeof(p->after));
	p->known = p->whole = true;
	return 0;
}

static bool is_zero(const struct ld_stream *s)
{
	static const struct ld_stream zero;

	return ld_stream_eq(s, &zero);
}

bool peer_covers(const struct ld_mesh_peer *p, const struct ld_stream *s)
{
	struct ld_stream group = ld_stream_group(s);

	return (is_zero(&p->after) || ld_stream_cmp(s, &p->after) > 0) &&
	       (!p->cut || ld_stream_cmp(s, &p->upto) <= 0) &&
	       (p->whole || peer_base(p, &group));
}

void peer_strike(struct ld_mesh_peer *p, const struct ld_stream *s)
{
	struct peer_stream *r = peer_find(p, s);

	if (r)
		strike(p, r);
}

void peer_forgive(struct ld_mesh_peer *p)
{
	for (unsigned i = 0; i < p->n; i++)
		p->v[i].strikes = 0;
}
