/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/log: the log of a store: what is appended, given away and taken in, and whose word counts in
 * it. Return values as store.h says, which includes this. */
#ifndef LAIDO_STORE_LOG_H
#define LAIDO_STORE_LOG_H

#include "laido/crypto/crypto.h"
#include "laido/model/event.h"
#include "laido/wire/event.h"

struct ld_store;

/* ---- the log ---- */

/* Append a fact to this process's own stream of its class (opened on first use by an OPEN event),
 * and fold it. LD_E_DENIED when its learner is closed. ret_dot may be NULL. */
int ld_store_append(struct ld_store *st, const struct ld_fact *f, struct ld_dot *ret_dot);

/* Events appended or applied since open: a cheap way to see that there is something to offer. */
uint64_t ld_store_version(const struct ld_store *st);

/* Sign heads for what own streams have gained since their newest head. */
int ld_store_sign_heads(struct ld_store *st);

/* What this store holds of a stream. */
struct ld_stream_state {
	struct ld_stream stream;
	uint64_t seq;                   /* last event held; 0 none */
	uint64_t head_seq;              /* newest head held: what can be given away */
	uint64_t hollow;                /* events without contents */
	ld_hlc began;                   /* of its first event */
	uint8_t hash[LD_HASH_LEN];      /* chain at seq */
};
/* Every stream, in order of class, board, incarnation; stops and returns cb's value if not 0. */
int ld_store_streams(struct ld_store *st, int (*cb)(void *arg, const struct ld_stream_state *),
		     void *arg);
/* The streams that gained heads or lost contents since the last call, some perhaps twice; then
 * forgets them. LD_E_TOOBIG: not told one by one, look at every stream (so at first, and after
 * anything was undone or a board revoked). Not within cb of ld_store_streams(). */
int ld_store_changed(struct ld_store *st, int (*cb)(void *arg, const struct ld_stream_state *),
		     void *arg);
/* One stream; LD_E_UNKNOWN when nothing of it is held (ret is then filled with seq 0). */
int ld_store_stream(struct ld_store *st, const struct ld_stream *s, struct ld_stream_state *ret);

/* The events from `first` up to the next kept head or the newest one, with that head.
 * LD_E_UNKNOWN when no head lies at or after first. Release by ld_run_release(). */
int ld_store_run(struct ld_store *st, const struct ld_stream *s, uint64_t first,
		 struct ld_run *ret_run, struct ld_head *ret_head);

/* Subject and salt of event ret->since of a stream. LD_E_UNKNOWN: not held, or hollow. */
int ld_store_subject_at(struct ld_store *st, const struct ld_stream *s, struct ld_run_subject *ret);

/* Take a run in: verifies that it continues what is held, recomputes commitments and chain, and
 * that it ends in head->hash; appends and folds what is new. The caller has verified the head's
 * signature. Returns the number of new events; LD_E_GAP when events before run->first are
 * missing, LD_E_FORGED or LD_E_CORRUPT when it does not verify (nothing was written then). Fills
 * the commitments of the run's events and hollows those of closed learners. LD_E_RANGE: a hollow
 * event of a kind that is never erased. */
int ld_store_apply(struct ld_store *st, struct ld_run *run, const struct ld_head *head);
/* Contents for events that are held hollow although nobody erased them: those that their
 * commitments prove. Returns how many; LD_E_FORGED when one is something else. */
int ld_store_fill(struct ld_store *st, const struct ld_run *run);
/* How many of a stream's events up to `last` are hollow. */
int ld_store_hollows(struct ld_store *st, const struct ld_stream_state *s, uint64_t last,
		     uint64_t *ret);
/* The first hollow event of a stream; LD_E_UNKNOWN. */
int ld_store_first_hollow(struct ld_store *st, const struct ld_stream *s, uint64_t *ret_seq);

/* Where a stream goes on, of its first `upto` events, from what was surely written before since_ms
 * (UTC): behind the last event of a trusted clock that is older. An author without a clock is given
 * from the start. upto + 1: all of it is older. */
int ld_store_since(struct ld_store *st, const struct ld_stream *s, uint64_t upto, int64_t since_ms,
		   uint64_t *ret_first);

/* The ward cuts a board off: nothing counts but what is held here of its streams now. Returns how
 * many streams it has; LD_E_DENIED when this is not the ward, or of the ward itself, LD_E_UNKNOWN
 * when it was never admitted. */
int ld_store_revoke(struct ld_store *st, const struct ld_board_id *id);
/* Whose word is the ward's, as the log says: the root key's newest warrant (ADR 0014). LD_E_UNKNOWN:
 * it holds none. */
int ld_store_ward(struct ld_store *st, struct ld_warrant *ret);
/* Pass the root's word on by an event of this board, unless it is known here. LD_E_FORGED: it is not
 * signed so, LD_E_DENIED: by another root, or none is known here. */
int ld_store_warrant(struct ld_store *st, const struct ld_warrant *w);
/* The ward's first act under a new key, once; nothing elsewhere: says by which warrants it and those
 * before it are the ward, and cuts the latter off at what is held here of them. */
int ld_store_enthrone(struct ld_store *st, const struct ld_warrant *w, unsigned n);
/* 1: a former key of the ward's, of which its successor has not said yet how far it counts. Nothing of
 * it is taken meanwhile. 0, negative. */
int ld_store_awaits(struct ld_store *st, const struct ld_board_id *id);
/* Does this process write it? Whoever holds it has heard of this board since it started. */
bool ld_store_is_mine(const struct ld_store *st, const struct ld_stream *s);
/* Is it a stream of the ward's rights (who is a member, who was revoked)? */
bool ld_store_is_wards(const struct ld_store *st, const struct ld_stream *s);
/* 1 when that board was cut off, or is a former key of the ward's; 0, negative. */
int ld_store_revoked(struct ld_store *st, const struct ld_board_id *id);
/* The last event of a stream that counts; UINT64_MAX: all of them. */
int ld_store_last_valid(struct ld_store *st, const struct ld_stream *s, uint64_t *ret);

/* Forget every projection and fold the whole log anew, within the caller's transaction. */
int ld_store_rebuild(struct ld_store *st);
/* Every row of every projection in a fixed order, one line a row, to cb. All nodes that hold the same
 * log say the same, but for the lines LD_DUMP_OWN: of a ward's store (no_history) there are none. */
#define LD_DUMP_OWN "history|"
int ld_store_dump(struct ld_store *st, void (*cb)(void *arg, const char *line), void *arg);

struct ld_member {
	struct ld_board_id board;
	uint8_t pk[32];
	char name[32];
};
/* The admitted board; LD_E_UNKNOWN. The ward itself is a member once ward_pk is known. */
int ld_store_member(struct ld_store *st, const struct ld_board_id *id, struct ld_member *ret);
int ld_store_members(struct ld_store *st, int (*cb)(void *arg, const struct ld_member *), void *arg);

#endif
