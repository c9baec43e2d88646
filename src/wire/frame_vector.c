/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors: what is held or wanted, stream by stream or group by group. And the frames that are one:
 * OFFER and WANT. */
#include "frame.h"

#include <stdlib.h>

#include "laido/base/err.h"

int ld_stream_cmp(const struct ld_stream *a, const struct ld_stream *b)
{
	int c = (a->cls > b->cls) - (a->cls < b->cls);

	if (c == 0)
		c = memcmp(a->board.b, b->board.b, sizeof(a->board.b));
	if (c == 0)
		c = (a->incarnation > b->incarnation) - (a->incarnation < b->incarnation);
	return c;
}

struct ld_stream ld_stream_group(const struct ld_stream *s)
{
	struct ld_stream g = *s;

	g.incarnation = 0;
	return g;
}

void ld_digest_next(uint8_t digest[LD_DIGEST_LEN], const struct ld_vector_entry *e)
{
	uint8_t octets[LD_DIGEST_LEN + LD_STREAM_LEN + 16];
	struct writer w = {.p = octets, .end = octets + sizeof(octets)};

	wr(&w, digest, LD_DIGEST_LEN);
	wr_stream(&w, &e->stream);
	wr_be(&w, e->seq, 8);
	wr_be(&w, e->hollow, 8);
	ld_hash(digest, LD_DIGEST_LEN, NULL, 0, &(struct ld_span){octets, sizeof(octets)}, 1);
}

/* ---- writing ---- */

static bool in_group(const struct ld_stream *group, const struct ld_stream *s)
{
	return s->cls == group->cls && memcmp(&s->board, &group->board, sizeof(s->board)) == 0;
}

/* Class, board, base, its digest if it is not 0, n, n times (incarnation, seq, hollow). Returns how
 * many of the entries were this group's. */
static unsigned wr_group(struct writer *w, const struct ld_vector_base *b,
			 const struct ld_vector_entry *e, unsigned n)
{
	unsigned k = 0;

	while (k < n && in_group(&b->group, &e[k].stream))
		k++;
	wr_be(w, b->group.cls, 1);
	wr(w, b->group.board.b, sizeof(b->group.board.b));
	wr_varint(w, b->n);
	if (b->n > 0)
		wr(w, b->digest, sizeof(b->digest));
	wr_varint(w, k);
	for (unsigned i = 0; i < k; i++) {
		wr_be(w, e[i].stream.incarnation, 8);
		wr_varint(w, e[i].seq);
		wr_varint(w, e[i].hollow);
	}
	return k;
}

struct vector {
	const struct ld_vector_base *bases;
	const struct ld_vector_entry *entries;
	unsigned n_bases, n;
};

static bool ascends(const struct vector *v)
{
	const struct ld_vector_entry *e = v->entries;
	const struct ld_vector_base *b = v->bases;

	for (unsigned i = 0; i < v->n; i++)
		if (e[i].stream.cls >= LD_N_CLASSES ||
		    (i > 0 && ld_stream_cmp(&e[i - 1].stream, &e[i].stream) >= 0))
			return false;
	for (unsigned i = 0; i < v->n_bases; i++)
		if (b[i].group.cls >= LD_N_CLASSES || b[i].group.incarnation != 0 ||
		    (i > 0 && ld_stream_cmp(&b[i - 1].group, &b[i].group) >= 0))
			return false;
	return true;
}

/* Both rows merged; a group of entries alone has base 0. */
static int wr_vector(struct writer *w, const struct vector *v)
{
	unsigned i = 0, k = 0;

	if (!ascends(v))
		return LD_E_RANGE;
	while (i < v->n_bases || k < v->n) {
		struct ld_vector_base b = {0};

		if (k < v->n)
			b.group = ld_stream_group(&v->entries[k].stream);
		if (k == v->n || (i < v->n_bases &&
				  ld_stream_cmp(&v->bases[i].group, &b.group) <= 0))
			b = v->bases[i++];
		k += wr_group(w, &b, v->entries + k, v->n - k);
	}
	return w->full ? LD_E_TOOBIG : 0;
}

/* One group for each is the worst case. */
static int put_vector(struct ld_msg *m, uint8_t type, const uint8_t *prefix, size_t prefix_len,
		      const struct vector *v)
{
	size_t size = prefix_len + (size_t)v->n * (9 + 1 + 1 + 8 + 10 + 10) +
		      (size_t)v->n_bases * (9 + 10 + LD_DIGEST_LEN + 2);
	struct writer w;
	uint8_t *buf;
	int rc;

	if (v->n > LD_VECTOR_MAX || v->n_bases > LD_BASE_MAX)
		return LD_E_TOOBIG;
	buf = malloc(size ? size : 1);
	if (!buf)
		return LD_E_NOMEM;
	w = (struct writer){.p = buf, .end = buf + size};
	wr(&w, prefix, prefix_len);
	rc = wr_vector(&w, v);
	if (rc == 0)
		rc = msg_put(m, type, buf, (size_t)(w.p - buf));
	free(buf);
	return rc;
}

enum {
	WITH_AFTER = LD_OFFER_ASK | LD_OFFER_LIST,
	OFFER_PREFIX_MAX = 1 + 2 * LD_DIGEST_LEN + LD_STREAM_LEN,
};

int ld_msg_put_offer(struct ld_msg *m, const struct ld_offer *o)
{
	struct vector v = {o->bases, o->entries, o->n_bases, o->n};
	uint8_t prefix[OFFER_PREFIX_MAX];
	struct writer w = {.p = prefix, .end = prefix + sizeof(prefix)};

	wr_be(&w, o->flags, 1);
	wr(&w, o->digest, sizeof(o->digest));
	wr(&w, o->rights, sizeof(o->rights));
	if (o->flags & WITH_AFTER)
		wr_stream(&w, &o->after);
	return put_vector(m, LD_FRAME_OFFER, prefix, (size_t)(w.p - prefix), &v);
}

int ld_msg_put_want(struct ld_msg *m, const struct ld_vector_entry *e, unsigned n)
{
	return put_vector(m, LD_FRAME_WANT, NULL, 0, &(struct vector){.entries = e, .n = n});
}

/* ---- reading ---- */

/* Rooms of the caller's. Without one for bases every group has base 0, and entries. */
struct rooms {
	struct ld_vector_base *bases;
	struct ld_vector_entry *entries;
	unsigned n_bases, max_bases, n, max;
	struct ld_stream last; /* of what was read, to ascend from */
	bool any;
};

static int rd_base(struct reader *r, struct rooms *v, struct ld_stream *ret)
{
	struct ld_vector_base b = {.group.cls = (uint8_t)rd_be(r, 1)};

	rd_copy(r, b.group.board.b, sizeof(b.group.board.b));
	b.n = rd_varint(r);
	if (b.n > 0)
		rd_copy(r, b.digest, sizeof(b.digest));
	if (r->bad || b.group.cls >= LD_N_CLASSES || (b.n > 0 && !v->bases) ||
	    (v->any && (in_group(&b.group, &v->last) || ld_stream_cmp(&v->last, &b.group) > 0)))
		return LD_E_CORRUPT;
	if (v->bases && v->n_bases == v->max_bases)
		return LD_E_TOOBIG;
	if (v->bases)
		v->bases[v->n_bases++] = b;
	v->any = true;
	*ret = v->last = b.group;
	return 0;
}

static int rd_group(struct reader *r, struct rooms *v)
{
	struct ld_stream s;
	uint64_t more;
	int rc = rd_base(r, v, &s);

	if (rc < 0)
		return rc;
	more = rd_varint(r);
	if (r->bad || (more == 0 && !v->bases))
		return LD_E_CORRUPT;
	if (more > v->max - v->n)
		return LD_E_TOOBIG;
	for (uint64_t i = 0; i < more; i++) {
		struct ld_vector_entry *e = &v->entries[v->n++];

		s.incarnation = rd_be(r, 8);
		e->stream = s;
		e->seq = rd_varint(r);
		e->hollow = rd_varint(r);
		if (r->bad || (i > 0 && ld_stream_cmp(&v->last, &s) >= 0))
			return LD_E_CORRUPT;
		v->last = s;
	}
	return 0;
}

static int rd_vector(struct reader *r, struct rooms *v)
{
	int rc = 0;

	while (r->p < r->end && rc == 0)
		rc = rd_group(r, v);
	return rc;
}

static unsigned at_most(size_t octets, unsigned each, unsigned max)
{
	return octets / each < max ? (unsigned)(octets / each) : max;
}

void ld_offer_release(struct ld_offer *o)
{
	free(o->bases);
	free(o->entries);
	memset(o, 0, sizeof(*o));
}

/* An entry takes at least 10 octets and a group 11: no memory for what cannot be there. */
static int rd_offer_vector(struct reader *r, struct ld_offer *o)
{
	size_t left = (size_t)(r->end - r->p);
	struct rooms v = {.max = at_most(left, 10, LD_VECTOR_MAX),
			  .max_bases = at_most(left, 11, LD_BASE_MAX)};
	int rc;

	o->bases = v.bases = calloc(v.max_bases + 1, sizeof(*v.bases));
	o->entries = v.entries = calloc(v.max + 1, sizeof(*v.entries));
	rc = v.bases && v.entries ? rd_vector(r, &v) : LD_E_NOMEM;
	o->n = v.n;
	o->n_bases = v.n_bases;
	return rc;
}

int ld_frame_get_offer(const struct ld_frame *f, struct ld_offer *ret)
{
	struct reader r = {.p = f->payload, .end = f->payload + f->len};
	struct ld_offer o = {0};
	int rc;

	o.flags = (uint8_t)rd_be(&r, 1);
	rd_copy(&r, o.digest, sizeof(o.digest));
	rd_copy(&r, o.rights, sizeof(o.rights));
	if (!r.bad && (o.flags & WITH_AFTER))
		rd_stream(&r, &o.after);
	if (r.bad)
		return LD_E_CORRUPT;
	rc = rd_offer_vector(&r, &o);
	if (rc < 0)
		ld_offer_release(&o);
	else
		*ret = o;
	return rc;
}

int ld_frame_get_want(const struct ld_frame *f, struct ld_vector_entry *ret_entries, unsigned max)
{
	struct reader r = {.p = f->payload, .end = f->payload + f->len};
	struct rooms v = {.entries = ret_entries, .max = max};
	int rc = rd_vector(&r, &v);

	return rc < 0 ? rc : (int)v.n;
}
