/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is held here, as it is told to others: streams in order, groups of them, and digests. A start
 * of a program opens new streams, so that there are very many after years, of which nearly none
 * changes: all that is known stays here, and only what changed is looked at again. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sync_impl.h"

static int by_stream(const void *a, const void *b)
{
	return ld_stream_cmp(&((const struct holding *)a)->e.stream,
			     &((const struct holding *)b)->e.stream);
}

static int by_group(const void *a, const void *b)
{
	return ld_stream_cmp(&((const struct group *)a)->id, &((const struct group *)b)->id);
}

int held_by_began(const struct holding *a, const struct holding *b)
{
	uint64_t x = a->e.stream.incarnation, y = b->e.stream.incarnation;

	return a->began != b->began ? (a->began > b->began) - (a->began < b->began)
				    : (x > y) - (x < y);
}

/* ---- looking things up ---- */

static struct holding *find(const struct ld_mesh *m, const struct ld_stream *s, unsigned among)
{
	struct holding key = {.e.stream = *s};

	return among == 0 ? NULL : bsearch(&key, m->mine, among, sizeof(key), by_stream);
}

static struct group *find_group(const struct ld_mesh *m, const struct ld_stream *id)
{
	struct group key = {.id = *id};

	return m->n_groups == 0 ? NULL
				: bsearch(&key, m->groups, m->n_groups, sizeof(key), by_group);
}

struct ld_vector_entry held(const struct ld_mesh *m, const struct ld_stream *s)
{
	const struct holding *h = find(m, s, m->n_mine);

	return h ? h->e : (struct ld_vector_entry){.stream = *s};
}

const struct group *held_group(const struct ld_mesh *m, const struct ld_stream *id)
{
	return find_group(m, id);
}

const struct holding *held_nth(const struct ld_mesh *m, const struct group *g, unsigned k)
{
	return &m->mine[g->first + m->mine[g->first + k].nth];
}

void held_base(const struct ld_mesh *m, const struct group *g, unsigned n,
	       struct ld_vector_base *ret)
{
	*ret = (struct ld_vector_base){.group = g->id, .n = n};
	if (n > 0)
		memcpy(ret->digest, m->mine[g->first + n - 1].digest, sizeof(ret->digest));
}

bool held_fits(const struct ld_mesh *m, const struct ld_vector_base *b)
{
	const struct group *g = find_group(m, &b->group);

	return b->n == 0 ||
	       (g && b->n <= g->n && memcmp(m->mine[g->first + b->n - 1].digest, b->digest,
					    sizeof(b->digest)) == 0);
}

/* ---- gathering ---- */

static struct holding *add(struct ld_mesh *m)
{
	if (m->n_mine == m->cap_mine) {
		unsigned cap = m->cap_mine ? m->cap_mine + m->cap_mine / 2 : 64;
		struct holding *v = realloc(m->mine, cap * sizeof(*v));

		if (!v)
			return NULL;
		m->mine = v;
		m->cap_mine = cap;
	}
	m->unsorted = true;
	return &m->mine[m->n_mine++];
}

/* The digests of its group are right up to this one only. */
static void spoil(struct ld_mesh *m, const struct holding *h)
{
	struct ld_stream id = ld_stream_group(&h->e.stream);
	struct group *g = find_group(m, &id);
	unsigned k = g->n;

	while (k-- > 0 && held_nth(m, g, k) != h)
		;
	if (g->digested > k)
		g->digested = k;
}

/* What a revoked board wrote after its last valid event is not there for others. */
static int note(void *arg, const struct ld_stream_state *s)
{
	struct ld_mesh *m = arg;
	struct ld_vector_entry e = {.stream = s->stream};
	struct holding *h;
	uint64_t last;
	int rc = ld_store_last_valid(m->st, &s->stream, &last);

	if (rc < 0 || last == 0 || s->head_seq == 0)
		return rc;
	rc = ld_store_hollows(m->st, s, last, &e.hollow);
	if (rc < 0)
		return rc;
	e.seq = s->head_seq < last ? s->head_seq : last;
	m->rights_changed |= e.stream.cls == 0;
	h = find(m, &e.stream, m->n_known);
	if (h) {
		h->e = e;
		spoil(m, h);
		return 0;
	}
	h = add(m);
	if (!h)
		return LD_E_NOMEM;
	*h = (struct holding){.e = e, .began = s->began, .nth = UINT_MAX};
	return 0;
}

/* ---- groups ---- */

struct began {
	struct holding h;
	unsigned i;
};

static int by_began(const void *a, const void *b)
{
	return held_by_began(&((const struct began *)a)->h, &((const struct began *)b)->h);
}

static int order(struct ld_mesh *m, struct group *g)
{
	struct began *v = malloc(g->n * sizeof(*v));

	if (!v)
		return LD_E_NOMEM;
	for (unsigned i = 0; i < g->n; i++)
		v[i] = (struct began){m->mine[g->first + i], i};
	qsort(v, g->n, sizeof(*v), by_began);
	for (unsigned i = 0; i < g->n; i++)
		m->mine[g->first + i].nth = v[i].i;
	free(v);
	g->digested = 0;
	return 0;
}

static int add_group(struct ld_mesh *m, unsigned first, unsigned n)
{
	struct group *g;
	bool newcomers = false;

	if (m->n_groups == m->cap_groups) {
		unsigned cap = m->cap_groups ? 2 * m->cap_groups : 64;
		struct group *v = realloc(m->groups, cap * sizeof(*v));

		if (!v)
			return LD_E_NOMEM;
		m->groups = v;
		m->cap_groups = cap;
	}
	g = &m->groups[m->n_groups++];
	*g = (struct group){ld_stream_group(&m->mine[first].e.stream), first, n, n};
	for (unsigned i = 0; i < n; i++)
		newcomers |= m->mine[first + i].nth == UINT_MAX;
	return newcomers ? order(m, g) : 0;
}

static int regroup(struct ld_mesh *m)
{
	unsigned n = 0;
	int rc = 0;

	if (m->n_mine > 0)
		qsort(m->mine, m->n_mine, sizeof(m->mine[0]), by_stream);
	/* A stream that changed twice came twice. */
	for (unsigned i = 0; i < m->n_mine; i++)
		if (n == 0 || by_stream(&m->mine[n - 1], &m->mine[i]) != 0)
			m->mine[n++] = m->mine[i];
	m->n_mine = n;
	m->n_groups = 0;
	for (unsigned i = 0, k; i < n && rc == 0; i = k) {
		struct ld_stream id = ld_stream_group(&m->mine[i].e.stream), other = id;

		for (k = i; k < n && ld_stream_eq(&id, &other);)
			if (++k < n)
				other = ld_stream_group(&m->mine[k].e.stream);
		rc = add_group(m, i, k - i);
	}
	m->unsorted = false;
	return rc;
}

/* ---- digests ---- */

static void digest_group(struct ld_mesh *m, struct group *g)
{
	uint8_t d[LD_DIGEST_LEN] = {0};

	if (g->digested == g->n)
		return;
	if (g->digested > 0)
		memcpy(d, m->mine[g->first + g->digested - 1].digest, sizeof(d));
	for (unsigned k = g->digested; k < g->n; k++) {
		ld_digest_next(d, &held_nth(m, g, k)->e);
		memcpy(m->mine[g->first + k].digest, d, sizeof(d));
	}
	g->digested = g->n;
}

/* Over the groups; and over class 0 without a word on what is hollow. */
static void digest_all(struct ld_mesh *m)
{
	memset(m->digest, 0, sizeof(m->digest));
	if (m->rights_changed)
		memset(m->rights, 0, sizeof(m->rights));
	for (unsigned i = 0; i < m->n_groups; i++) {
		struct group *g = &m->groups[i];
		struct ld_span both[] = {{m->digest, LD_DIGEST_LEN},
					 {m->mine[g->first + g->n - 1].digest, LD_DIGEST_LEN}};

		ld_hash(m->digest, LD_DIGEST_LEN, NULL, 0, both, LD_ARRAY_SIZE(both));
		for (unsigned k = 0; k < g->n && g->id.cls == 0 && m->rights_changed; k++) {
			struct ld_vector_entry e = held_nth(m, g, k)->e;

			e.hollow = 0;
			ld_digest_next(m->rights, &e);
		}
	}
	m->rights_changed = false;
}

static int gather(struct ld_mesh *m, struct ld_store *st)
{
	int rc = m->torn ? LD_E_TOOBIG : 0;

	m->st = st;
	m->n_known = m->n_mine;
	if (rc == 0)
		rc = ld_store_changed(st, note, m);
	if (rc != LD_E_TOOBIG)
		return rc;
	m->n_mine = m->n_known = m->n_groups = 0;
	m->unsorted = m->rights_changed = true;
	return ld_store_streams(st, note, m);
}

int held_scan(struct ld_mesh *m, struct ld_store *st)
{
	int rc = ld_store_sign_heads(st);

	if (rc >= 0)
		rc = gather(m, st);
	m->torn = true;
	for (unsigned i = 0; i < m->n_groups && rc >= 0; i++)
		digest_group(m, &m->groups[i]);
	if (rc >= 0 && m->unsorted)
		rc = regroup(m);
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < m->n_groups; i++)
		digest_group(m, &m->groups[i]);
	digest_all(m);
	m->torn = false;
	return 0;
}
