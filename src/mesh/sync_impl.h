/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the engine share: sync.c (steps), take.c (reading a message), plan.c and
 * answer.c (what to say), held.c (what is held here), peer.c (memory of a peer), and the ferry, which
 * reads and gives as they do. */
#ifndef LAIDO_MESH_SYNC_IMPL_H
#define LAIDO_MESH_SYNC_IMPL_H

#include "laido/mesh/sync.h"

/* A stream as the peer holds it, and how it went with it. */
struct peer_stream {
	struct ld_stream stream;
	uint64_t seq;    /* what the peer holds, as far as known */
	uint64_t hollow; /* so many of it without contents */
	uint64_t pushed; /* what we gave up to; 0: nothing not yet answered */
	uint8_t strikes; /* tries that moved nothing */
};
enum { STRIKES_OUT = 2 };

struct ld_mesh_peer {
	uint8_t pk[32];
	bool known;                     /* bases and v say what the peer holds after `after`... */
	bool cut;                       /* ...up to `upto` only */
	bool whole;                     /* of all groups; false: only of those in bases */
	bool resumes;                   /* other groups, after `resume`, are to be looked at yet */
	bool fresh;                     /* that was learnt in this exchange */
	bool listed;                    /* the last round brought a list */
	bool again;                     /* ...or a first refusal: to be tried in full */
	bool stranger;                  /* not (yet) known as a member here: nothing is given */
	bool compare;                   /* look at the digest before giving anything */
	bool moved;                     /* the last round moved an event */
	unsigned idle;                  /* rounds since something moved */
	int64_t listed_ms, forgiven_ms, heard_ms; /* monotonic */
	struct ld_stream after, upto, resume;
	unsigned n_bases;
	struct ld_vector_base *bases; /* in the order of groups */
	unsigned n, cap;
	struct peer_stream *v; /* in the order of streams */
	struct ld_mesh_progress progress;
};

/* The row of a stream, or NULL. */
struct peer_stream *peer_find(struct ld_mesh_peer *p, const struct ld_stream *s);
/* The same, added when it is missing; NULL when there is no room. */
struct peer_stream *peer_row(struct ld_mesh_peer *p, const struct ld_stream *s);
/* What the peer says of a group, or NULL. */
const struct ld_vector_base *peer_base(const struct ld_mesh_peer *p, const struct ld_stream *group);
/* The peer's list replaces what was known, strikes excepted; takes the bases. 0 or LD_E_NOMEM. */
int peer_list(struct ld_mesh_peer *p, struct ld_offer *o);
/* News about single streams, in answer to what we gave. */
void peer_news(struct ld_mesh_peer *p, const struct ld_offer *o);
/* The peer holds just what we hold. */
int peer_even(struct ld_mesh_peer *p, const struct ld_mesh *m);
/* Is this stream in what the last list was about? */
bool peer_covers(const struct ld_mesh_peer *p, const struct ld_stream *s);
void peer_strike(struct ld_mesh_peer *p, const struct ld_stream *s);
/* Try once more what was refused: the peer may know the author by now. */
void peer_forgive(struct ld_mesh_peer *p);

/* ---- what is held here ---- */

/* In the order of streams. */
struct holding {
	struct ld_vector_entry e;
	ld_hlc began;
	/* Not of this stream, but at this place of its group: which of them began as first, second,
	 * third and so on, and the digest up to that one. */
	unsigned nth;
	uint8_t digest[LD_DIGEST_LEN];
};

struct group {
	struct ld_stream id; /* incarnation 0 */
	unsigned first, n;   /* holdings */
	unsigned digested;   /* so many digests are right */
};

/* Up to date; between the messages it only gathers what changed. */
int held_scan(struct ld_mesh *m, struct ld_store *st);
/* What is held of a stream; seq 0 when nothing. */
struct ld_vector_entry held(const struct ld_mesh *m, const struct ld_stream *s);
const struct group *held_group(const struct ld_mesh *m, const struct ld_stream *id);
/* The k-th (from 0) that began. */
const struct holding *held_nth(const struct ld_mesh *m, const struct group *g, unsigned k);
/* Of the first n of a group, at most all of them. */
void held_base(const struct ld_mesh *m, const struct group *g, unsigned n,
	       struct ld_vector_base *ret);
/* Is it as the base says? */
bool held_fits(const struct ld_mesh *m, const struct ld_vector_base *b);
int held_by_began(const struct holding *a, const struct holding *b);

enum stage { STAGE_READ = 0, STAGE_PLAN, STAGE_GIVE, STAGE_END };

struct ld_mesh {
	const struct ld_clock *clock;
	struct ld_zip *zip;
	struct ld_mesh_stats stats;
	/* What the store can give away. */
	unsigned n_mine, cap_mine, n_groups, cap_groups;
	unsigned n_known; /* of mine, in order */
	struct holding *mine;
	struct group *groups;
	uint8_t digest[LD_DIGEST_LEN], rights[LD_DIGEST_LEN];
	bool torn;           /* look at everything anew */
	bool unsorted;       /* streams came at its end */
	bool rights_changed; /* something of class 0 */
	struct ld_store *st; /* while it is gathered */
};

/* How far an exchange's message is worked off. */
struct cursor {
	enum stage stage;
	size_t pos;     /* of the message in */
	size_t out_len; /* of the message out */
	unsigned n_touched, n_send;
	unsigned item;  /* of send */
	uint64_t first; /* next to give of that item; 0: its seq */
};

struct ld_mesh_io {
	uint8_t pk[32];
	struct ld_mesh_peer *peer;
	const uint8_t *in;
	size_t in_len;
	size_t in_here; /* whole frames, each RUN with its HEAD */
	bool in_whole;
	struct ld_msg out;
	bool rights_only;               /* from one who is no member: take the ward's rights alone */
	struct cursor cur, next;
	bool heard;    /* the message in had an OFFER */
	uint8_t flags; /* of it */
	uint8_t digest[LD_DIGEST_LEN], rights[LD_DIGEST_LEN];
	struct ld_stream after;
	unsigned n_asked;
	struct ld_vector_base *asked; /* ASK is about these groups */
	/* Streams that RUNs came for, or that the peer named; in the first message of an exchange,
	 * those that are named. */
	struct ld_vector_entry touched[LD_MESH_LIST_MAX];
	struct ld_vector_entry send[LD_MESH_LIST_MAX];    /* give from seq on */
};

/* Read frames until the end or until the slice is used up. LD_MESH_MORE or 0 at the end. */
int mesh_take(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io);
/* Write OFFER and WANT, decide what to give. LD_MESH_SEND or LD_MESH_DONE. */
int mesh_plan(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io);
/* One RUN, in full for who may lack what is before it, and its HEAD. 1 when they are in the message, 0 when it is full, LD_E_UNKNOWN when
 * there is no more of this stream. */
int mesh_give_run(struct ld_mesh *m, struct ld_store *st, struct ld_msg *out,
		  const struct ld_stream *s, uint64_t first, bool full, struct ld_head *ret_head);
/* The end of this stream, or nothing that can be given (counted): others can. */
bool mesh_ends_stream(struct ld_mesh *m, int rc);
/* The same for the answering side. */
int mesh_answer(struct ld_mesh *m, struct ld_mesh_io *io);
/* Digests are put in. */
int mesh_put_offer(const struct ld_mesh *m, struct ld_mesh_io *io, struct ld_offer *o);
/* ...and the streams touched. */
void mesh_name(struct ld_mesh_io *io, struct ld_offer *o);
bool mesh_same_digest(const struct ld_mesh *m, const struct ld_mesh_io *io);
/* The author's key, or LD_E_UNKNOWN. */
int mesh_author(struct ld_store *st, const struct ld_board_id *id, struct ld_member *ret);

#endif
