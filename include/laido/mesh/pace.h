/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/pace: when a node asks a peer (docs/MESH.md 3), without timers and sockets, so that links and
 * simulated ones keep one rule. All times are monotonic ms; the caller begins an exchange when due_ms
 * has come, and looks at it again after each call.
 *
 *   resting --due--> talking --rest--> resting
 *                       fail --> retrying --due--> talking
 */
#ifndef LAIDO_MESH_PACE_H
#define LAIDO_MESH_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "laido/port/random.h"

/* 0: the usual. */
struct ld_pace_cfg {
	int every_ms;               /* compare even without news; 30 s */
	int gather_ms;              /* from own news to the exchange; 100 ms */
	int retry_ms, retry_max_ms; /* back-off, doubled each time, +-25 %; 1 s, 60 s */
};

enum ld_pace_state {
	LD_PACE_RESTING = 0, /* the last exchange ended well */
	LD_PACE_TALKING,
	LD_PACE_RETRYING, /* waits after a failure */
};

struct ld_pace {
	struct ld_pace_cfg cfg;
	enum ld_pace_state state;
	int64_t due_ms;
	int64_t ended_ms;      /* the last exchange, well or not */
	int64_t heard_from_ms; /* retrying: not before, even if the peer is heard */
	int64_t asked_ms;      /* the peer may still be at its own exchange: others' news wait */
	int retry_ms;          /* of the next failure */
	int relay_ms;          /* others' news while talking: wait so long then; 0 none */
	bool poked;            /* own news while talking */
	bool own_news;         /* the next exchange gives at once */
};

/* Due at once. */
void ld_pace_init(struct ld_pace *p, const struct ld_pace_cfg *cfg, int64_t now_ms);
/* It is due: talking. true: give own news at once, false: compare first (ld_mesh_peer_compare()). */
bool ld_pace_begin(struct ld_pace *p);
/* The exchange ended well. */
void ld_pace_rest(struct ld_pace *p, int64_t now_ms);
/* It did not. */
void ld_pace_fail(struct ld_pace *p, int64_t now_ms, struct ld_random *r);
/* This node has written something. */
void ld_pace_poke(struct ld_pace *p, int64_t now_ms);
/* Others' news came in: who brought them tells the peer, too, so it may have them by the time. */
void ld_pace_relay(struct ld_pace *p, int64_t now_ms, struct ld_random *r);
/* The peer was answered, and its exchange is as good as ours: both sides give and take in it. What it
 * holds is only known after one of our own, though: there is one in four intervals at least. */
void ld_pace_asked(struct ld_pace *p, int64_t now_ms);
/* The peer was heard: after a failure the rest of the pause is spared, all but its first 5 s. */
void ld_pace_heard(struct ld_pace *p, int64_t now_ms);

#endif
