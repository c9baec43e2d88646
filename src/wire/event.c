/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What binds the events of a stream together. Every number that is hashed is big endian and of
 * fixed length, so that no two inputs give the same octets. */
#include "laido/wire/event.h"

#include <stdlib.h>
#include <string.h>

static void put_be(uint8_t *p, uint64_t v, int octets)
{
	for (int i = octets - 1; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

enum { STREAM_LEN = 17 };

static void stream_octets(uint8_t ret[STREAM_LEN], const struct ld_stream *s)
{
	memcpy(ret, s->board.b, 8);
	put_be(ret + 8, s->incarnation, 8);
	ret[16] = s->cls;
}

void ld_commitment(uint8_t ret[LD_HASH_LEN], const uint8_t salt[LD_SALT_LEN], uint64_t seq,
		   const struct ld_id *subject, const uint8_t *body, size_t body_len)
{
	uint8_t key[LD_SALT_LEN + 8];

	memcpy(key, salt, LD_SALT_LEN);
	put_be(key + LD_SALT_LEN, seq, 8);
	ld_hash(ret, LD_HASH_LEN, key, sizeof(key),
		(struct ld_span[]){ { subject->b, sizeof(subject->b) }, { body, body_len } }, 2);
}

void ld_chain_first(uint8_t ret[LD_HASH_LEN], const struct ld_stream *s)
{
	uint8_t id[STREAM_LEN];

	stream_octets(id, s);
	ld_hash(ret, LD_HASH_LEN, "laido stream 1", 14, &(struct ld_span){ id, sizeof(id) }, 1);
}

void ld_chain_next(uint8_t chain[LD_HASH_LEN], uint64_t seq, ld_hlc hlc, uint16_t kind,
		   const uint8_t commitment[LD_HASH_LEN])
{
	uint8_t header[18];
	uint8_t next[LD_HASH_LEN];

	put_be(header, seq, 8);
	put_be(header + 8, (uint64_t)hlc, 8);
	put_be(header + 16, kind, 2);
	ld_hash(next, LD_HASH_LEN, NULL, 0,
		(struct ld_span[]){ { chain, LD_HASH_LEN }, { header, sizeof(header) },
				    { commitment, LD_HASH_LEN } }, 3);
	memcpy(chain, next, LD_HASH_LEN);
}

enum { HEAD_LEN = 12 + STREAM_LEN + 8 + LD_HASH_LEN + 1 };

static void head_octets(uint8_t ret[HEAD_LEN], const struct ld_head *h)
{
	uint8_t *p = ret;

	memcpy(p, "laido head 1", 12);
	stream_octets(p += 12, &h->stream);
	put_be(p += STREAM_LEN, h->seq, 8);
	memcpy(p += 8, h->hash, LD_HASH_LEN);
	p[LD_HASH_LEN] = h->kept;
}

void ld_head_sign(struct ld_head *h, const struct ld_keypair *author)
{
	uint8_t msg[HEAD_LEN];

	head_octets(msg, h);
	ld_sign(h->sig, author, msg, sizeof(msg));
}

bool ld_head_verify(const struct ld_head *h, const uint8_t author_pk[32])
{
	uint8_t msg[HEAD_LEN];
	struct ld_board_id id;

	ld_board_id_of(&id, author_pk);
	if (memcmp(id.b, h->stream.board.b, sizeof(id.b)) != 0)
		return false;
	head_octets(msg, h);
	return ld_verify(h->sig, author_pk, msg, sizeof(msg));
}

void ld_run_release(struct ld_run *r)
{
	free(r->events);
	free(r->subjects);
	free(r->bodies);
	memset(r, 0, sizeof(*r));
}
