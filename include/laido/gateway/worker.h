/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gateway/worker: the work thread. It owns the store and all state behind it; the I/O thread
 * owns sockets. They meet in jobs: run() on the work thread inside a transaction shared by a
 * batch, done() on the I/O thread after that transaction is durable. Nothing is answered or shown
 * to a peer before done(). */
#ifndef LAIDO_GATEWAY_WORKER_H
#define LAIDO_GATEWAY_WORKER_H

#include "laido/base/queue.h"
#include "laido/store/store.h"

/* Strict order: a menu never waits for the mesh, nor the mesh for long work. SEND runs at the end of
 * each batch of live jobs, however many there are: what they have queued leaves with it. */
enum ld_lane { LD_LANE_LIVE = 0, LD_LANE_SEND, LD_LANE_MESH, LD_LANE_LONG, LD_N_LANES };

struct ld_job {
	/* Work thread. 0, or a negative code: then all it wrote is undone and done() gets the
	 * code. May be called again after a roll-back of the batch it was in, so it must not
	 * consume its inputs. */
	int (*run)(struct ld_job *, struct ld_store *);

	/* I/O thread, exactly once: rc 0 after the commit, else nothing of it was stored.
	 * Frees the job. */
	void (*done)(struct ld_job *, int rc);

	/* run() may set it: more is left to do; after this batch's commit the job runs again
	 * before done() is called. For long work in slices of a few milliseconds. */
	bool again;

	/* run() may set it: losing what it wrote in a crash does no harm (a menu was turned over).
	 * When every job of a batch says so, done() comes at once and the commit comes with the
	 * next batch, or when the thread is idle. */
	bool lazy;

	/* Who submits it may set it: nobody waits for it (a message was sent). It neither wakes
	 * the thread from a short sleep nor needs a commit of its own, and done() follows the next
	 * one: within some 400 ms. */
	bool patient;

	int rc_;                /* the worker's own */
	struct ld_job *next_;
};

struct ld_worker;

/* Starts the thread; the store is handed over to it until ld_worker_stop(). capacity is of each
 * lane. The store is checkpointed when the thread is idle. */
int ld_worker_start(struct ld_worker **ret, struct ld_store *st, unsigned capacity);

/* How long a small batch is followed by a pause in which the next one gathers; 2 ms at first, and ten
 * times as long while small batches of live jobs follow each other and it brings more than one. 0:
 * none, and nobody is patient. */
void ld_worker_gather(struct ld_worker *w, int ms);

/* 0, or LD_E_BUSY when the lane is full or the worker is ending: the caller keeps the job. I/O
 * thread. */
int ld_worker_submit(struct ld_worker *w, enum ld_lane lane, struct ld_job *job);

/* Readable when finished jobs wait for ld_worker_collect(). */
int ld_worker_fd(const struct ld_worker *w);
/* Call done() of every finished job. I/O thread. */
void ld_worker_collect(struct ld_worker *w);

/* Lets the queued jobs run, joins the thread, calls the last done()s. */
void ld_worker_stop(struct ld_worker *w);

/* ld_store_version() as of the last commit. Any thread. */
uint64_t ld_worker_version(const struct ld_worker *w);

/* What the database, not a job, has refused. */
struct ld_worker_failure {
	uint64_t times;         /* batches */
	int rc;                 /* the last one */
	char why[160];          /* in words of the database */
};
/* Any thread. */
void ld_worker_failure(struct ld_worker *w, struct ld_worker_failure *ret);

struct ld_worker_stats {
	struct ld_queue_stats lane[LD_N_LANES];
	uint64_t batches, jobs, commits, rollbacks;
	unsigned largest_batch;
	unsigned in_flight;     /* submitted, done() not called yet */
};
/* I/O thread. */
void ld_worker_stats(struct ld_worker *w, struct ld_worker_stats *ret);

#endif
