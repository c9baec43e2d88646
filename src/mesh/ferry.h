/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of a ferry file (docs/MESH.md 10), for its writer and its reader. */
#ifndef LAIDO_MESH_FERRY_PRIVATE_H
#define LAIDO_MESH_FERRY_PRIVATE_H

#include "laido/mesh/ferry.h"

#define FERRY_MAGIC "LDFERRY1"

enum {
	FERRY_SALT = 16,
	FERRY_FIXED = 8 + FERRY_SALT + LD_ROW_HEADER + 2, /* magic, salt, row, number of boxes */
	FERRY_TAG = 8,
	FERRY_BOX = FERRY_TAG + LD_ROW_KEY + LD_SEAL_EXTRA,
	FERRY_LENGTH = 4,
	FERRY_CHUNK_MAX = LD_FERRY_OUT_MAX - FERRY_LENGTH,
	FERRY_SIG = 64,
	FERRY_BODY_MAX = FERRY_CHUNK_MAX - LD_ROW_EXTRA - FERRY_SIG,
	FERRY_FIRST = 32 + 8 + 8, /* the first body: writer, made, since */
	FERRY_LIST = 512,         /* streams in one list */
	FERRY_SIGNED = 13 + 32 + 8 + 1 + 32,
};

_Static_assert(FERRY_FIXED + LD_FERRY_BOXES_MAX * FERRY_BOX + FERRY_LENGTH + LD_ROW_EXTRA +
		       FERRY_SIG + FERRY_FIRST <= LD_FERRY_OUT_MAX, "the first step fits");

static inline void ferry_put_be(uint8_t *p, uint64_t v, unsigned octets)
{
	while (octets-- > 0) {
		p[octets] = (uint8_t)v;
		v >>= 8;
	}
}

static inline uint64_t ferry_get_be(const uint8_t *p, unsigned octets)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < octets; i++)
		v = v << 8 | p[i];
	return v;
}

/* How a node finds its box without trying each; to others it says nothing. */
static inline void ferry_tag(uint8_t ret[FERRY_TAG], const uint8_t salt[FERRY_SALT],
			     const uint8_t pk[32])
{
	uint8_t h[16];

	ld_hash(h, sizeof(h), "laido ferry 1", 13,
		(struct ld_span[]){ { salt, FERRY_SALT }, { pk, 32 } }, 2);
	memcpy(ret, h, FERRY_TAG);
}

/* What the writer signs: this body, at this place of this file. */
static inline void ferry_signed(uint8_t ret[FERRY_SIGNED], const uint8_t id[32], uint64_t no,
				bool last, const uint8_t *body, size_t len)
{
	memcpy(ret, "laido ferry 1", 13);
	memcpy(ret + 13, id, 32);
	ferry_put_be(ret + 45, no, 8);
	ret[53] = last;
	ld_hash(ret + 54, 32, NULL, 0, &(struct ld_span){ body, len }, 1);
}

#endif
