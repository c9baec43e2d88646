/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/sync: who lacks what, and how it gets there (docs/MESH.md 4). No sockets and no threads of
 * its own: messages go in, messages come out.
 *
 * An exchange is a row of questions and answers. The asking side remembers its peer (struct
 * ld_mesh_peer), the answering side remembers nothing. A message may be lost, repeated or come
 * late at any point: what a store holds decides, not what was said before.
 *
 * Everything here runs on the work thread, inside a transaction of the store. A step does a slice
 * of a few milliseconds; what it put out may leave only after that transaction is durable:
 *
 *   ld_mesh_io_feed(io, in, len);                    (asking: NULL, 0 begins an exchange)
 *   do {
 *           begin; rc = ld_mesh_step(m, st, io); commit; ld_mesh_io_accept(io);
 *   } while (rc == LD_MESH_MORE);                    (LD_MESH_WAIT: when more of it has come in)
 *   send io's message when rc == LD_MESH_SEND
 *
 * A step whose transaction was undone is simply run again, without ld_mesh_io_accept(). */
#ifndef LAIDO_MESH_SYNC_H
#define LAIDO_MESH_SYNC_H

#include "laido/store/store.h"
#include "laido/wire/frame.h"

enum {
	LD_MESH_MESSAGE_MAX = 352 * 1024, /* octets of one message, in or out */
	LD_MESH_GIVE_OCTETS = 256 * 1024, /* no RUN is begun beyond this */
	LD_MESH_LIST_MAX = 512,           /* streams that one message asks for or gives */
	LD_MESH_SLICE = 512,              /* events in one step */
};

/* Plain counters; a refusal never ends an exchange, its stream just does not move. */
#define LD_MESH_COUNTERS(X) \
	X(messages_in) X(messages_out) X(octets_in) X(octets_out) \
	X(runs_in) X(events_in) X(runs_out) X(events_out) \
	X(duplicates)     /* runs that brought nothing new */ \
	X(gaps)           /* runs that began beyond what is held */ \
	X(bad_frame)      /* frames that could not be read */ \
	X(bad_signature)  /* heads not signed by their author */ \
	X(bad_chain)      /* runs that do not lead to their head */ \
	X(bad_author)     /* streams of authors that are no members here */ \
	X(bad_hollow)     /* runs with hollow events of a kind that is never erased */ \
	X(revoked)        /* messages of revoked boards, and runs beyond their last event */ \
	X(unknown_past)   /* runs that name events which are not held whole: asked for in full */ \
	X(filled)         /* events whose contents came later than they */ \
	X(unknown_frames) /* of newer versions: skipped */ \
	X(denied)         /* messages of peers that are no members */ \
	X(unreadable)     /* own stretches that could not be given: a damaged database */
struct ld_mesh_stats {
#define LD_MESH_COUNTER_(name) uint64_t name;
	LD_MESH_COUNTERS(LD_MESH_COUNTER_)
#undef LD_MESH_COUNTER_
};

/* The engine: one for a store. */
struct ld_mesh;
int ld_mesh_new(struct ld_mesh **ret, const struct ld_clock *clock);
void ld_mesh_free(struct ld_mesh *m);
/* Work thread only, as everything here. */
void ld_mesh_stats(const struct ld_mesh *m, struct ld_mesh_stats *ret);

/* What the asking side remembers of a peer: hints only, wrong ones cost a round. */
struct ld_mesh_peer;
struct ld_mesh_peer *ld_mesh_peer_new(const uint8_t pk[32]);
void ld_mesh_peer_free(struct ld_mesh_peer *p);
/* The next exchanges compare first and give then: for news of others, which the peer may have from
 * them by now. false: give what this process wrote at once. Not while a step of an exchange with it
 * is under way. */
void ld_mesh_peer_compare(struct ld_mesh_peer *p, bool first);

struct ld_mesh_progress {
	bool even;         /* both held the same when the exchange ended */
	int64_t waiting;   /* events held here that the peer lacks; -1: not known */
	uint64_t received; /* events taken in during this exchange */
	unsigned stuck;    /* streams that one side refuses */
};
void ld_mesh_peer_progress(const struct ld_mesh_peer *p, struct ld_mesh_progress *ret);

/* One exchange. peer: asking; NULL: answering the member with key pk. NULL when out of memory. */
struct ld_mesh_io;
struct ld_mesh_io *ld_mesh_io_new(const uint8_t pk[32], struct ld_mesh_peer *peer);
void ld_mesh_io_free(struct ld_mesh_io *io);

/* The message received; borrowed until the last step. The message under construction is emptied. */
void ld_mesh_io_feed(struct ld_mesh_io *io, const uint8_t *in, size_t len);
/* The same for a message that is still coming in: nothing of it is there yet; then, never while a step
 * is under way, the first len octets are, and with whole no more will come. */
void ld_mesh_io_expect(struct ld_mesh_io *io, const uint8_t *in);
void ld_mesh_io_grow(struct ld_mesh_io *io, size_t len, bool whole);

enum ld_mesh_verdict {
	LD_MESH_SEND = 0, /* the message is complete */
	LD_MESH_MORE = 1, /* commit, accept, and step again */
	LD_MESH_DONE = 2, /* asking: the exchange is over, nothing to send */
	LD_MESH_WAIT = 3, /* all that came in is worked off: commit, accept, grow, and step again */
};
/* An ld_mesh_verdict, or LD_E_DENIED (the peer is no member), LD_E_CORRUPT or LD_E_TOOBIG (the
 * message cannot be read on), LD_E_NOMEM, or an error of the store: then the transaction must be
 * rolled back. */
int ld_mesh_step(struct ld_mesh *m, struct ld_store *st, struct ld_mesh_io *io);
/* The step's transaction is durable. */
void ld_mesh_io_accept(struct ld_mesh_io *io);

/* The message; valid until the next feed. */
const struct ld_msg *ld_mesh_io_message(const struct ld_mesh_io *io);

/* May the owner of this key ask and be asked: a member that was not revoked? 1, 0, negative. */
int ld_mesh_admits(struct ld_store *st, const uint8_t pk[32]);

/* When a member last asked us anything, UTC ms (noted at most once a minute). LD_E_UNKNOWN. */
int ld_mesh_last_contact(struct ld_store *st, const struct ld_board_id *id, int64_t *ret_ms);

#endif
