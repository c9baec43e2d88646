/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osmo/loop: libosmocore's select loop on monotonic time. Sole owner of osmo_select_main().
 *
 * libosmocore's timers run on the time of day, so that a step of the clock would fire or stall
 * them all. Here its clock is overridden with the monotonic one, which the caller gives each turn:
 *
 *   ld_loop_init(ld_clock_monotonic_ms(clock));
 *   while (running)
 *           ld_loop_turn(ld_clock_monotonic_ms(clock), -1);
 *
 * Plain osmo_timer_schedule() is then right everywhere; only keep timers in zeroed memory, since
 * osmo_timer_setup() leaves part of the struct as it was. */
#ifndef LAIDO_OSMO_LOOP_H
#define LAIDO_OSMO_LOOP_H

#include <stdint.h>

#include <osmocom/core/select.h>

#include "laido/base/queue.h"

/* Override libosmocore's clock and ignore SIGPIPE (a peer that hangs up is a return code). Once a
 * process, on the main thread, before any timer or descriptor. Also lowers the soft limit of open
 * files to FD_SETSIZE, which the waiting relies on. */
void ld_loop_init(int64_t mono_ms);

/* One turn at the time mono_ms: fires due timers and serves ready descriptors; when there was
 * nothing to do, waits for a descriptor or timer, at most max_wait_ms (-1: no limit; 0: not at
 * all). What the wait found is served by the next turn, which brings the time of then: a callback
 * that sets a timer never counts from before the wait. Signals end the wait early. */
void ld_loop_turn(int64_t mono_ms, int max_wait_ms);

/* Hands each item of a queue to take(), on the loop. Embed in zeroed memory. */
struct ld_queue_watch {
	struct osmo_fd ofd;
	struct ld_queue *queue;
	void (*take)(void *arg, void *item);    /* owns the item */
	void *arg;
};

/* Begin; the queue stays the caller's and must outlive the watch. 0 or -errno. */
int ld_queue_watch_start(struct ld_queue_watch *w, struct ld_queue *queue,
			 void (*take)(void *arg, void *item), void *arg);

/* End; items that wait stay in the queue. Harmless when never started. */
void ld_queue_watch_stop(struct ld_queue_watch *w);

#endif
