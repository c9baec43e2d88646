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
	if (more > m->max - m->len)
		return LD_E_TOOBIG;
	if (!m->data)
		m->data = malloc(m->max);
	return m->data ? 0 : LD_E_NOMEM;
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
	w = (struct writer){.p = m->data + m->len, .end = m->data + m->max};
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

/* ---- HEAD ---- */

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
