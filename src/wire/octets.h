/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded reading and writing of octets, big-endian numbers and varints (LEB128). A reader or
 * writer that failed once stays failed, so that a row of calls needs one check at its end. */
#ifndef LAIDO_WIRE_OCTETS_H
#define LAIDO_WIRE_OCTETS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const uint8_t *p, *end;
	bool bad;
};

struct writer {
	uint8_t *p, *end;
	bool full;
};

/* n octets, or NULL (then the reader is bad). */
static inline const uint8_t *rd(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline void rd_copy(struct reader *r, void *ret, size_t n)
{
	const uint8_t *p = rd(r, n);

	if (p)
		memcpy(ret, p, n);
	else
		memset(ret, 0, n);
}

static inline uint64_t rd_be(struct reader *r, unsigned octets)
{
	const uint8_t *p = rd(r, octets);
	uint64_t v = 0;

	for (unsigned i = 0; p && i < octets; i++)
		v = v << 8 | p[i];
	return v;
}

/* At most 10 octets; more bits than 64 and needless zero octets at the end are refused, so that a
 * number has one form only. */
static inline uint64_t rd_varint(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		const uint8_t *p = rd(r, 1);

		if (!p)
			return 0;
		if ((shift == 63 && *p > 1) || (shift > 0 && *p == 0))
			break;
		v |= (uint64_t)(*p & 0x7f) << shift;
		if (!(*p & 0x80))
			return v;
	}
	r->bad = true;
	return 0;
}

static inline void wr(struct writer *w, const void *data, size_t n)
{
	if (w->full || (size_t)(w->end - w->p) < n) {
		w->full = true;
		return;
	}
	if (n > 0)
		memcpy(w->p, data, n);
	w->p += n;
}

static inline void wr_be(struct writer *w, uint64_t v, unsigned octets)
{
	uint8_t b[8];

	for (unsigned i = octets; i-- > 0; v >>= 8)
		b[i] = (uint8_t)v;
	wr(w, b, octets);
}

static inline void wr_varint(struct writer *w, uint64_t v)
{
	uint8_t b[10];
	unsigned n = 0;

	for (; v >= 0x80; v >>= 7)
		b[n++] = (uint8_t)(v | 0x80);
	b[n++] = (uint8_t)v;
	wr(w, b, n);
}

/* Small numbers of either sign become small varints. */
static inline uint64_t zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static inline int64_t unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (~(v & 1) + 1));
}

#endif
