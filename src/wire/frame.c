/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame.h"

#include <stdlib.h>

#include "laido/base/err.h"

/* ---- messages ---- */

void ld_msg_init(struct ld_msg *m, size_t max_octets)
{
	memset(m, 0, sizeof(*m));
	m->max = max_octets;
}

void ld_msg_release(struct ld_msg *m)
{
	free(m->data);
	memset(m, 0, sizeof(*m));
}

static int msg_reserve(struct ld_msg *m, size_t more)
{
	size_t cap = m->cap ? m->cap : 1024;
	uint8_t *data;

	if (more > m->max - m->len)
		return LD_E_TOOBIG;
	while (cap < m->len + more)
		cap *= 2;
	if (cap == m->cap)
		return 0;
	data = realloc(m->data, cap);
	if (!data)
		return LD_E_NOMEM;
	m->data = data;
	m->cap = cap;
	return 0;
}

int msg_put(struct ld_msg *m, uint8_t type, const uint8_t *payload, size_t len)
{
	struct writer w;
	int rc;

	if (len > LD_FRAME_MAX)
		return LD_E_TOOBIG;
	rc = msg_reserve(m, LD_FRAME_HEADER + len);
	if (rc < 0)
		return rc;
	w = (struct writer){.p = m->data + m->len, .end = m->data + m->cap};
	wr_be(&w, type, 1);
	wr_be(&w, len, 3);
	wr(&w, payload, len);
	m->len += LD_FRAME_HEADER + len;
	return 0;
}

int ld_frame_next(const uint8_t *msg, size_t len, size_t *pos, struct ld_frame *ret)
{
	struct reader r = {.p = msg + *pos, .end = msg + len};
	uint8_t type;
	size_t n;

	if (*pos >= len)
		return 0;
	type = (uint8_t)rd_be(&r, 1);
	n = (size_t)rd_be(&r, 3);
	if (n > LD_FRAME_MAX)
		return LD_E_TOOBIG;
	ret->payload = rd(&r, n);
	if (r.bad)
		return LD_E_CORRUPT;
	ret->type = type;
	ret->len = n;
	*pos += LD_FRAME_HEADER + n;
	return 1;
}

/* ---- streams and vectors ---- */

void wr_stream(struct writer *w, const struct ld_stream *s)
{
	wr(w, s->board.b, sizeof(s->board.b));
	wr_be(w, s->incarnation, 8);
	wr_be(w, s->cls, 1);
}

void rd_stream(struct reader *r, struct ld_stream *ret)
{
	memset(ret, 0, sizeof(*ret));
	rd_copy(r, ret->board.b, sizeof(ret->board.b));
	ret->incarnation = rd_be(r, 8);
	ret->cls = (uint8_t)rd_be(r, 1);
	if (ret->cls >= LD_N_CLASSES)
		r->bad = true;
}

int ld_stream_cmp(const struct ld_stream *a, const struct ld_stream *b)
{
	int c = (a->cls > b->cls) - (a->cls < b->cls);

	if (c == 0)
		c = memcmp(a->board.b, b->board.b, sizeof(a->board.b));
	if (c == 0)
		c = (a->incarnation > b->incarnation) - (a->incarnation < b->incarnation);
	return c;
}

void ld_digest_add(uint8_t digest[LD_DIGEST_LEN], const struct ld_vector_entry *e)
{
	uint8_t octets[LD_STREAM_LEN + 16], h[LD_DIGEST_LEN];
	struct writer w = {.p = octets, .end = octets + sizeof(octets)};

	wr_stream(&w, &e->stream);
	wr_be(&w, e->seq, 8);
	wr_be(&w, e->hollow, 8);
	ld_hash(h, sizeof(h), NULL, 0, &(struct ld_span){octets, sizeof(octets)}, 1);
	for (unsigned i = 0; i < LD_DIGEST_LEN; i++)
		digest[i] ^= h[i];
}

static bool same_group(const struct ld_stream *a, const struct ld_stream *b)
{
	return a->cls == b->cls && memcmp(&a->board, &b->board, sizeof(a->board)) == 0;
}

/* Entries of one class and board share their prefix: class, board, n, n times (incarnation,
 * varint seq, varint hollow). */
static int wr_vector(struct writer *w, const struct ld_vector_entry *e, unsigned n)
{
	for (unsigned i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && same_group(&e[i].stream, &e[j].stream); j++)
			;
		wr_be(w, e[i].stream.cls, 1);
		wr(w, e[i].stream.board.b, sizeof(e[i].stream.board.b));
		wr_varint(w, j - i);
		for (unsigned k = i; k < j; k++) {
			if (e[k].stream.cls >= LD_N_CLASSES ||
			    (k > 0 && ld_stream_cmp(&e[k - 1].stream, &e[k].stream) >= 0))
				return LD_E_RANGE;
			wr_be(w, e[k].stream.incarnation, 8);
			wr_varint(w, e[k].seq);
			wr_varint(w, e[k].hollow);
		}
	}
	return w->full ? LD_E_TOOBIG : 0;
}

/* Appends to e, which has room for max in all. Returns the number now. */
static int rd_group(struct reader *r, struct ld_vector_entry *e, unsigned n, unsigned max)
{
	struct ld_stream s = {.cls = (uint8_t)rd_be(r, 1)};
	uint64_t more;

	rd_copy(r, s.board.b, sizeof(s.board.b));
	more = rd_varint(r);
	if (r->bad || s.cls >= LD_N_CLASSES || more == 0)
		return LD_E_CORRUPT;
	if (more > max - n)
		return LD_E_TOOBIG;
	for (; more > 0; more--, n++) {
		s.incarnation = rd_be(r, 8);
		e[n].stream = s;
		e[n].seq = rd_varint(r);
		e[n].hollow = rd_varint(r);
		if (r->bad || (n > 0 && ld_stream_cmp(&e[n - 1].stream, &s) >= 0))
			return LD_E_CORRUPT;
	}
	return (int)n;
}

static int rd_vector(struct reader *r, struct ld_vector_entry *e, unsigned max)
{
	int n = 0;

	while (r->p < r->end && n >= 0)
		n = rd_group(r, e, (unsigned)n, max);
	return n;
}

/* ---- OFFER, WANT, HEAD ---- */

/* One board and class for each entry is the worst case. */
static size_t vector_octets(unsigned n)
{
	return (size_t)n * (1 + 8 + 1 + 8 + 10 + 10);
}

static int put_vector_frame(struct ld_msg *m, uint8_t type, const uint8_t *prefix,
			    size_t prefix_len, const struct ld_vector_entry *e, unsigned n)
{
	size_t size = prefix_len + vector_octets(n);
	struct writer w;
	uint8_t *buf;
	int rc;

	if (n > LD_VECTOR_MAX)
		return LD_E_TOOBIG;
	buf = malloc(size ? size : 1);
	if (!buf)
		return LD_E_NOMEM;
	w = (struct writer){.p = buf, .end = buf + size};
	wr(&w, prefix, prefix_len);
	rc = wr_vector(&w, e, n);
	if (rc == 0)
		rc = msg_put(m, type, buf, (size_t)(w.p - buf));
	free(buf);
	return rc;
}

enum { OFFER_PREFIX = 1 + LD_DIGEST_LEN + LD_STREAM_LEN };

int ld_msg_put_offer(struct ld_msg *m, const struct ld_offer *o)
{
	uint8_t prefix[OFFER_PREFIX];
	struct writer w = {.p = prefix, .end = prefix + sizeof(prefix)};

	wr_be(&w, o->flags, 1);
	wr(&w, o->digest, sizeof(o->digest));
	wr_stream(&w, &o->after);
	return put_vector_frame(m, LD_FRAME_OFFER, prefix, sizeof(prefix), o->entries, o->n);
}

int ld_frame_get_offer(const struct ld_frame *f, struct ld_offer *ret)
{
	struct reader r = {.p = f->payload, .end = f->payload + f->len};
	struct ld_offer o = {0};
	unsigned max;
	int n;

	o.flags = (uint8_t)rd_be(&r, 1);
	rd_copy(&r, o.digest, sizeof(o.digest));
	rd_stream(&r, &o.after);
	if (r.bad)
		return LD_E_CORRUPT;
	/* An entry takes at least 10 octets: no memory for what cannot be there. */
	max = (unsigned)((size_t)(r.end - r.p) / 10);
	if (max > LD_VECTOR_MAX)
		max = LD_VECTOR_MAX;
	o.entries = calloc(max + 1, sizeof(*o.entries));
	if (!o.entries)
		return LD_E_NOMEM;
	n = rd_vector(&r, o.entries, max);
	if (n < 0) {
		free(o.entries);
		return n;
	}
	o.n = (unsigned)n;
	*ret = o;
	return 0;
}

int ld_msg_put_want(struct ld_msg *m, const struct ld_vector_entry *e, unsigned n)
{
	return put_vector_frame(m, LD_FRAME_WANT, NULL, 0, e, n);
}

int ld_frame_get_want(const struct ld_frame *f, struct ld_vector_entry *ret_entries, unsigned max)
{
	struct reader r = {.p = f->payload, .end = f->payload + f->len};

	return rd_vector(&r, ret_entries, max);
}

enum { HEAD_LEN = LD_STREAM_LEN + 8 + 1 + LD_HASH_LEN + LD_SIG_LEN };

int ld_msg_put_head(struct ld_msg *m, const struct ld_head *h)
{
	uint8_t buf[HEAD_LEN];
	struct writer w = {.p = buf, .end = buf + sizeof(buf)};

	wr_stream(&w, &h->stream);
	wr_be(&w, h->seq, 8);
	wr_be(&w, h->kept, 1);
	wr(&w, h->hash, sizeof(h->hash));
	wr(&w, h->sig, sizeof(h->sig));
	return msg_put(m, LD_FRAME_HEAD, buf, sizeof(buf));
}

int ld_frame_get_head(const struct ld_frame *f, struct ld_head *ret)
{
	struct reader r = {.p = f->payload, .end = f->payload + f->len};
	struct ld_head h = {0};
	uint64_t kept;

	rd_stream(&r, &h.stream);
	h.seq = rd_be(&r, 8);
	kept = rd_be(&r, 1);
	h.kept = kept == 1;
	rd_copy(&r, h.hash, sizeof(h.hash));
	rd_copy(&r, h.sig, sizeof(h.sig));
	if (r.bad || r.p != r.end || kept > 1 || h.seq == 0)
		return LD_E_CORRUPT;
	*ret = h;
	return 0;
}
