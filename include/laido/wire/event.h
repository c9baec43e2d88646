/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire/event: bodies of events as CBOR, and what binds events together: commitments, the hash
 * chain and what a head signs (DESIGN 3; docs/FORMATS.md to the octet). Pure functions. */
#ifndef LAIDO_WIRE_EVENT_H
#define LAIDO_WIRE_EVENT_H

#include "laido/crypto/crypto.h"
#include "laido/model/event.h"

enum { LD_SALT_LEN = 16, LD_HASH_LEN = 32, LD_SIG_LEN = 64 };

/* Name, class and subject of a kind; NULL for one this version does not know. */
struct ld_kind_info {
	uint16_t kind;
	const char *name;
	uint8_t cls;            /* LD_CLASS_ANY for OPEN */
	char subject;           /* 'P', 'S' or '-' */
};
const struct ld_kind_info *ld_kind_info(uint16_t kind);
const char *ld_reg_name(unsigned reg);

/* CBOR body of a fact. Returns octets, LD_E_TOOBIG, or LD_E_UNKNOWN for an unknown kind. */
int ld_fact_encode(const struct ld_fact *f, uint8_t *ret, size_t size);

/* The fact that an event holds. Unknown keys of newer versions are skipped, missing ones are zero.
 * LD_E_UNKNOWN: unknown kind; LD_E_CORRUPT: not a body of that kind. */
int ld_fact_decode(const struct ld_event *e, struct ld_fact *ret);

/* BLAKE2b(key = salt || seq, subject || body): says nothing about an erased event. */
void ld_commitment(uint8_t ret[LD_HASH_LEN], const uint8_t salt[LD_SALT_LEN], uint64_t seq,
		   const struct ld_id *subject, const uint8_t *body, size_t body_len);

/* The chain before the first event of a stream, and its next link. */
void ld_chain_first(uint8_t ret[LD_HASH_LEN], const struct ld_stream *s);
void ld_chain_next(uint8_t chain[LD_HASH_LEN], uint64_t seq, ld_hlc hlc, uint16_t kind,
		   const uint8_t commitment[LD_HASH_LEN]);

/* A head: the author's signature under everything up to seq. */
struct ld_head {
	struct ld_stream stream;
	uint64_t seq;
	uint8_t hash[LD_HASH_LEN];
	bool kept;              /* stays beside the newest one; runs never cross it */
	uint8_t sig[LD_SIG_LEN];
};
void ld_head_sign(struct ld_head *h, const struct ld_keypair *author);
bool ld_head_verify(const struct ld_head *h, const uint8_t author_pk[32]);

/* A stretch of one stream that ends at a head, with the salts of its subjects. Owns its memory. */
struct ld_run_subject {
	struct ld_id subject;
	uint8_t salt[LD_SALT_LEN];
	uint64_t since;         /* an earlier event of the stream about it, or of the run; 0: unknown */
};
struct ld_run {
	struct ld_stream stream;
	uint64_t first;
	unsigned n;
	struct ld_event *events;        /* stream and seq are set too */
	unsigned n_subjects;
	struct ld_run_subject *subjects;
	uint8_t *bodies;                /* what events[].body points into */
};
enum {
	LD_RUN_EVENTS_MAX = 256,        /* events between two kept heads */
	LD_RUN_OCTETS_MAX = 60 * 1024,  /* of subjects and bodies between two kept heads */
};
void ld_run_release(struct ld_run *r);  /* frees what it owns, not r itself */

#endif
