/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire/frame: the frames that boards exchange (docs/MESH.md to the octet). A message is a row of
 * frames: OFFER (what I hold), WANT (what I lack), RUN (a stretch of one stream, zstd) and HEAD
 * (the author's signature under the stretch before it).
 *
 * Everything decoded here comes from outside: every length is checked, memory is bounded by the
 * constants below whatever a frame claims, and a frame is either taken whole or refused. */
#ifndef LAIDO_WIRE_FRAME_H
#define LAIDO_WIRE_FRAME_H

#include "laido/wire/event.h"

enum {
	LD_FRAME_HEADER = 4,        /* type, length (24 bits) */
	LD_FRAME_MAX = 128 * 1024,  /* octets of a frame's payload */
	LD_STREAM_LEN = 17,         /* board, incarnation, class */
	LD_RUN_RAW_MAX = 80 * 1024, /* a RUN's payload unpacked */
	LD_VECTOR_MAX = 4096,       /* entries of an OFFER or a WANT */
	LD_BASE_MAX = 2000,         /* groups of an OFFER */
	LD_DIGEST_LEN = 16,
	LD_ZIP_WINDOW_LOG = 17, /* 128 KiB: what a small board can afford */
};

enum ld_frame_type {
	LD_FRAME_OFFER = 1,
	LD_FRAME_WANT = 2,
	LD_FRAME_RUN = 3,
	LD_FRAME_HEAD = 4,
};

/* A message under construction. max is never exceeded; data is the caller's to free, and does not move
 * while the message grows. */
struct ld_msg {
	uint8_t *data;
	size_t len, max;
};
void ld_msg_init(struct ld_msg *m, size_t max_octets);
void ld_msg_release(struct ld_msg *m);

/* A frame inside a message; payload is borrowed from it. */
struct ld_frame {
	uint8_t type; /* may be one that this version does not know */
	const uint8_t *payload;
	size_t len;
};

/* The frame at *pos, which moves behind it. 1: a frame, 0: the end of the message, LD_E_TOOBIG or
 * LD_E_CORRUPT (cut off): the rest of the message cannot be read. */
int ld_frame_next(const uint8_t *msg, size_t len, size_t *pos, struct ld_frame *ret);

/* Order of streams on the wire: class, board, incarnation (as unsigned). */
int ld_stream_cmp(const struct ld_stream *a, const struct ld_stream *b);
/* The group that a stream belongs to: itself with incarnation 0, which is before all of them. */
struct ld_stream ld_stream_group(const struct ld_stream *s);

/* "Of this stream I hold everything up to seq, so many of it hollow", or in a WANT "give me from
 * seq on", with LD_WANT_FULL instead of hollow "and I lack contents of what is before". */
enum { LD_WANT_FULL = 1 };
struct ld_vector_entry {
	struct ld_stream stream;
	uint64_t seq;
	uint64_t hollow;
};

/* A group: the streams of one board and class, in the order in which they began (HLC of the first
 * event, then incarnation). "Of its first n I hold what makes this digest." */
struct ld_vector_base {
	struct ld_stream group; /* its incarnation is 0 */
	uint64_t n;             /* 0: nothing is said, digest is zeros */
	uint8_t digest[LD_DIGEST_LEN];
};

/* A digest grows stream by stream: BLAKE2b-128(digest || stream || seq || hollow), from zeros on.
 * Not a sum: what is added could be chosen so that it does not show. */
void ld_digest_next(uint8_t digest[LD_DIGEST_LEN], const struct ld_vector_entry *e);

enum ld_offer_flags {
	LD_OFFER_ASK = 1,  /* if your digest differs, list what you hold after `after` */
	LD_OFFER_LIST = 2, /* this lists all that I hold after `after`... */
	LD_OFFER_CUT = 4,  /* ...up to the last entry only: ask on from there */
};

/* Without LD_OFFER_LIST the entries are news about single streams. */
struct ld_offer {
	uint8_t flags;                 /* unknown bits are ignored */
	uint8_t digest[LD_DIGEST_LEN]; /* over every stream that I hold something of */
	uint8_t rights[LD_DIGEST_LEN]; /* over those of class 0, with hollow 0 */
	struct ld_stream after;        /* zero: from the first stream; only with ASK or LIST */
	unsigned n_bases;              /* at most LD_BASE_MAX */
	/* ASK: of these groups only, and what goes beyond; LIST: all that I hold of a group is
	 * what its base says, and its entries. Ascending, none twice. When decoded there is one
	 * for each group, malloc'd as the entries are. */
	struct ld_vector_base *bases;
	unsigned n;
	struct ld_vector_entry *entries; /* ascending, no stream twice */
};
void ld_offer_release(struct ld_offer *o); /* of a decoded one */

/* The ld_msg_put functions append one frame. 0, LD_E_TOOBIG when the message would grow beyond
 * its max (it is as before then), LD_E_RANGE for what cannot be said on the wire, LD_E_NOMEM. */
int ld_msg_put_offer(struct ld_msg *m, const struct ld_offer *o);
int ld_msg_put_want(struct ld_msg *m, const struct ld_vector_entry *e, unsigned n);
int ld_msg_put_head(struct ld_msg *m, const struct ld_head *h);

/* The ld_frame_get functions read a payload. 0, or LD_E_CORRUPT, LD_E_TOOBIG, LD_E_NOMEM. */
int ld_frame_get_offer(const struct ld_frame *f, struct ld_offer *ret); /* ld_offer_release() */
/* ret_entries has room for max entries, more are LD_E_TOOBIG. Returns how many. */
int ld_frame_get_want(const struct ld_frame *f, struct ld_vector_entry *ret_entries, unsigned max);
int ld_frame_get_head(const struct ld_frame *f, struct ld_head *ret);

/* Compression contexts, kept because setting them up costs more than a small run. Not
 * thread-safe. NULL when out of memory. */
struct ld_zip;
struct ld_zip *ld_zip_new(void);
void ld_zip_free(struct ld_zip *z);

int ld_msg_put_run(struct ld_msg *m, struct ld_zip *z, const struct ld_run *r);
/* For who holds all of the stream before it: subjects of earlier events go as numbers of these. */
int ld_msg_put_run_on(struct ld_msg *m, struct ld_zip *z, const struct ld_run *r);

/* What a RUN says before it is unpacked: enough to refuse it cheaply. */
struct ld_run_peek {
	struct ld_stream stream;
	uint64_t first;
	unsigned n; /* 1..LD_RUN_EVENTS_MAX */
};
int ld_frame_peek_run(const struct ld_frame *f, struct ld_run_peek *ret);
/* The whole run; ld_run_release() afterwards. Every non-hollow event's subject is in the table,
 * every table row is used, subjects ascend. */
int ld_frame_get_run(const struct ld_frame *f, struct ld_zip *z, struct ld_run *ret);
/* The same where earlier events are held: of() fills in subject and salt of event ret->since of the
 * stream. A negative code of its own is returned; without of, LD_E_UNKNOWN. */
struct ld_past {
	int (*of)(void *arg, const struct ld_stream *s, struct ld_run_subject *ret);
	void *arg;
};
int ld_frame_get_run_on(const struct ld_frame *f, struct ld_zip *z, const struct ld_past *past,
			struct ld_run *ret);

#endif
