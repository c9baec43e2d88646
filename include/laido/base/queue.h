/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/queue: a bounded queue of pointers between two threads.
 *
 * When it is full, a push is refused with LD_E_BUSY and counted: the caller decides what to drop
 * or whom to tell to try again. The reader either waits in ld_queue_pop() or watches
 * ld_queue_fd() in its select loop. */
#ifndef LAIDO_BASE_QUEUE_H
#define LAIDO_BASE_QUEUE_H

#include <stdint.h>

struct ld_queue;

struct ld_queue_stats {
	unsigned capacity;
	unsigned length;
	unsigned high_water;
	uint64_t pushed;
	uint64_t refused;
};

/* A queue for up to `capacity` items. NULL when out of memory or descriptors. */
struct ld_queue *ld_queue_new(unsigned capacity);
/* The same without a descriptor: its reader is woken by other means and never waits in
 * ld_queue_pop(). Saves two system calls an item. */
struct ld_queue *ld_queue_new_quiet(unsigned capacity);

/* Frees the queue, not the items: drain it first. NULL is fine. */
void ld_queue_free(struct ld_queue *q);

/* 0, or LD_E_BUSY when full; on success the queue's reader owns the item. Any thread. */
int ld_queue_push(struct ld_queue *q, void *item);

/* The oldest item, or NULL. timeout_ms: 0 does not wait, -1 waits for ever. */
void *ld_queue_pop(struct ld_queue *q, int timeout_ms);

/* An eventfd, readable while items wait. The queue resets it when it runs empty. */
int ld_queue_fd(const struct ld_queue *q);

void ld_queue_stats(struct ld_queue *q, struct ld_queue_stats *ret_stats);

#endif
