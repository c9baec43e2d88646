/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model/ids: the names of people, boards, streams and events. Plain data. */
#ifndef LAIDO_MODEL_IDS_H
#define LAIDO_MODEL_IDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A pseudonym: P (a number), S (a learner), or the epoch that S is derived with (DESIGN 4). */
struct ld_id {
	uint8_t b[16];
};

static inline bool ld_id_eq(const struct ld_id *x, const struct ld_id *y)
{
	return memcmp(x->b, y->b, sizeof(x->b)) == 0;
}

static inline bool ld_id_is_zero(const struct ld_id *x)
{
	static const struct ld_id zero;
	return ld_id_eq(x, &zero);
}

/* A telephone number in E.164, digits only, without '+': "84912345678". Empty: none. */
struct ld_msisdn {
	char digits[16];
};

/* First 8 octets of BLAKE2b over the board's Ed25519 public key. */
struct ld_board_id {
	uint8_t b[8];
};

/* Classes of streams in order of urgency. */
enum ld_class {
	LD_CLASS_RIGHTS = 0,    /* opt-out, erasure, wrong person, membership */
	LD_CLASS_COMMAND = 1,   /* homes, heartbeats, content versions, pause */
	LD_CLASS_LEARNING = 2,  /* consent, enrolment, answers, completions, help */
	LD_CLASS_BULK = 3,      /* content chunks, audit, delivery statistics */
	LD_N_CLASSES
};

/* A stream of events: one author, one process start, one class. */
struct ld_stream {
	struct ld_board_id board;
	uint64_t incarnation;
	uint8_t cls;
};

static inline bool ld_stream_eq(const struct ld_stream *x, const struct ld_stream *y)
{
	return memcmp(x->board.b, y->board.b, sizeof(x->board.b)) == 0 &&
	       x->incarnation == y->incarnation && x->cls == y->cls;
}

/* Names one event for ever; registers list the dots they overwrite. */
struct ld_dot {
	struct ld_stream stream;
	uint64_t seq;
};

/* Hybrid logical clock: 46 bits of UTC milliseconds, 16 bits of counter, lowest bit "the author's
 * clock was trusted"; so that plain integers compare as (ms, counter, trusted). */
typedef int64_t ld_hlc;

static inline int64_t ld_hlc_ms(ld_hlc h) { return h >> 17; }
static inline bool ld_hlc_trusted(ld_hlc h) { return h & 1; }
static inline ld_hlc ld_hlc_make(int64_t ms, uint16_t counter, bool trusted)
{
	return (int64_t)((uint64_t)ms << 17 | (uint64_t)counter << 1 | (trusted ? 1u : 0u));
}

#endif
