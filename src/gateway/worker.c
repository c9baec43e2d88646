/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/gateway/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	LIVE_A_BATCH = 64,
	SENDS_A_BATCH = 8,
	BATCH_MAX = LIVE_A_BATCH + SENDS_A_BATCH,
	MESH_A_BATCH = 4,       /* a batch with much mesh work in it would hold up the next menu */
	IDLE_MS = 200,
	GATHER_MS = 2,          /* after a small batch: spares a card hundreds of commits a second */
	SMALL_BATCH = 8,
	SMALL_IN_A_ROW = 8,     /* small ones of live jobs, none idle in between: then */
	GATHER_MORE = 10,       /* so many times as long */
	BUSY_WAL_PAGES = 4096,  /* 4 MiB: then a checkpoint does not wait for idleness */
	LAZY_BATCHES_MAX = 64,  /* without a commit */
};

enum sleep { AWAKE, NAPS, SLEEPS };

struct ld_worker {
	struct ld_store *st;
	pthread_t thread;
	struct ld_queue *lane[LD_N_LANES];
	struct ld_queue *done;
	int wake_fd;
	atomic_int sleep;               /* enum sleep: only then is a wake-up worth a system call */
	atomic_bool stopping;
	atomic_uint_fast64_t version;
	atomic_int gather_ms;
	unsigned in_flight;             /* I/O thread: submitted, not collected */
	struct ld_job *again;           /* work thread: long work with more slices */
	unsigned lazy;                  /* work thread: batches in the open transaction; 0: none */
	unsigned small;                 /* work thread: batches in a row */
	struct ld_job *patient;         /* work thread: jobs in it that wait for its end */
	pthread_mutex_t lock;           /* of the rest */
	struct ld_worker_stats stats;
	struct ld_worker_failure failure;
};

struct batch {
	unsigned n;
	unsigned patient;       /* of them */
	bool all_live;          /* none of the mesh, no long work */
	struct ld_job *job[BATCH_MAX];
};

static void gather(struct ld_worker *w, struct batch *b)
{
	static const struct {
		unsigned most, full;    /* of the lane's; none when the batch has so many already */
	} lanes[LD_N_LANES] = {
		[LD_LANE_LIVE] = { LIVE_A_BATCH, BATCH_MAX },
		[LD_LANE_SEND] = { SENDS_A_BATCH, BATCH_MAX },
		[LD_LANE_MESH] = { MESH_A_BATCH, LIVE_A_BATCH },
		[LD_LANE_LONG] = { 1, LIVE_A_BATCH },
	};

	unsigned n_live = 0;

	b->n = b->patient = 0;
	for (unsigned l = 0; l < LD_N_LANES; l++) {
		struct ld_job *job;

		if (l == LD_LANE_LONG && w->again && b->n < lanes[l].full) {
			b->job[b->n++] = w->again;
			w->again = NULL;
			continue;
		}
		for (unsigned i = 0; i < lanes[l].most && b->n < lanes[l].full; i++) {
			if (!(job = ld_queue_pop(w->lane[l], 0)))
				break;
			b->job[b->n++] = job;
			b->patient += job->patient;
		}
		if (l == LD_LANE_SEND)
			n_live = b->n;
	}
	b->all_live = b->n == n_live;
}

/* How long to wait for company after this batch. */
static int gather_ms(struct ld_worker *w, const struct batch *b)
{
	int ms = atomic_load(&w->gather_ms);
	unsigned n = b->n - b->patient;

	if (n >= SMALL_BATCH) {
		w->small = 0;
		return 0;
	}
	if (!b->all_live)
		return ms;
	/* The long wait before this batch brought no company: somebody waits for each answer. */
	if (w->small == SMALL_IN_A_ROW && n < 2)
		w->small = 0;
	w->small += w->small < SMALL_IN_A_ROW;
	return w->small < SMALL_IN_A_ROW ? ms : ms * GATHER_MORE;
}

static void count_commit(struct ld_worker *w, bool done)
{
	pthread_mutex_lock(&w->lock);
	w->stats.commits += done;
	w->stats.rollbacks += !done;
	pthread_mutex_unlock(&w->lock);
}

/* Before the roll-back, which has words of its own. */
static void note_failure(struct ld_worker *w, int rc)
{
	if (rc != LD_E_STORE && rc != LD_E_FULL && rc != LD_E_READONLY && rc != LD_E_LOCKED)
		return;
	pthread_mutex_lock(&w->lock);
	w->failure.times++;
	w->failure.rc = rc;
	snprintf(w->failure.why, sizeof(w->failure.why), "%s", ld_store_error(w->st));
	pthread_mutex_unlock(&w->lock);
}

static void finish(struct ld_worker *w, struct ld_job *job, int rc)
{
	job->rc_ = rc;
	if (rc == 0 && job->again && !w->again) {
		w->again = job;
		return;
	}
	rc = ld_queue_push(w->done, job);
	ld_assert(rc == 0);
}

static void ended(struct ld_worker *w, int rc)
{
	struct ld_job *job;

	count_commit(w, rc == 0);
	w->lazy = 0;
	while ((job = w->patient)) {
		w->patient = job->next_;
		finish(w, job, rc);
	}
}

static int commit(struct ld_worker *w)
{
	int rc = ld_store_commit(w->st);

	if (rc < 0) {
		note_failure(w, rc);
		ld_store_rollback(w->st);
	}
	ended(w, rc);
	return rc;
}

/* What lazy and patient jobs left open; when the disk refuses it, only menus were lost. */
static void settle_lazy(struct ld_worker *w)
{
	if (w->lazy)
		commit(w);
}

/* Undo the batch that failed, but not the lazy ones before it: their screens are shown. */
static void undo(struct ld_worker *w, int rc)
{
	note_failure(w, rc);
	if (w->lazy && ld_store_back(w->st) == 0) {
		settle_lazy(w);
		return;
	}
	ld_store_rollback(w->st);
	ended(w, rc);
}

static int run_jobs(struct ld_worker *w, struct ld_job **jobs, unsigned n)
{
	int rc = w->lazy ? ld_store_mark(w->st) : ld_store_begin(w->st);
	bool lazy = true;

	for (unsigned i = 0; i < n && rc >= 0; i++) {
		jobs[i]->again = jobs[i]->lazy = false;
		rc = jobs[i]->run(jobs[i], w->st);
		lazy = lazy && (jobs[i]->lazy || jobs[i]->patient);
	}
	if (rc >= 0 && w->lazy)
		rc = ld_store_unmark(w->st);
	if (rc < 0) {
		undo(w, rc);
		return rc;
	}
	if (lazy && w->lazy < LAZY_BATCHES_MAX) {
		w->lazy++;
		return 0;
	}
	return commit(w);
}

static void finish_in_time(struct ld_worker *w, struct ld_job *job, int rc)
{
	if (rc < 0 || !job->patient || !w->lazy) {
		finish(w, job, rc);
		return;
	}
	job->next_ = w->patient;
	w->patient = job;
}

/* One bad job must not take the others' work with it, nor the lazy ones before it theirs: then each
 * gets a transaction of its own. */
static void run_batch(struct ld_worker *w, struct batch *b)
{
	bool alone = b->n == 1 && !w->lazy;
	int rc = run_jobs(w, b->job, b->n);

	atomic_store(&w->version, ld_store_version(w->st));
	pthread_mutex_lock(&w->lock);
	w->stats.batches++;
	w->stats.jobs += b->n;
	if (b->n > w->stats.largest_batch)
		w->stats.largest_batch = b->n;
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < b->n; i++) {
		int own = rc;

		if (rc < 0 && !alone) {
			own = run_jobs(w, &b->job[i], 1);
			atomic_store(&w->version, ld_store_version(w->st));
		}
		finish_in_time(w, b->job[i], own);
	}
}

static bool has_work(struct ld_worker *w)
{
	struct ld_queue_stats q;

	for (unsigned l = 0; l < LD_N_LANES; l++) {
		ld_queue_stats(w->lane[l], &q);
		if (q.length > 0)
			return true;
	}
	return atomic_load(&w->stopping);
}

/* Waits for work, at a nap only IDLE_MS; false when it timed out. Whoever submits after `sleep` is
 * set sees it. */
static bool wait_for_work(struct ld_worker *w, enum sleep how)
{
	struct pollfd p = { .fd = w->wake_fd, .events = POLLIN };
	eventfd_t n;
	int rc;

	atomic_store(&w->sleep, how);
	if (has_work(w) && atomic_exchange(&w->sleep, AWAKE) != AWAKE)
		return true;
	do
		rc = poll(&p, 1, how == NAPS ? IDLE_MS : -1);
	while (rc < 0 && errno == EINTR);
	if (rc > 0 || atomic_exchange(&w->sleep, AWAKE) == AWAKE)
		eventfd_read(w->wake_fd, &n);
	return rc > 0;
}

static void wake_up(struct ld_worker *w, bool patient)
{
	int naps = NAPS;

	if (patient && atomic_compare_exchange_strong(&w->sleep, &naps, NAPS))
		return;
	if (atomic_exchange(&w->sleep, AWAKE) != AWAKE)
		eventfd_write(w->wake_fd, 1);
}

static void *work(void *arg)
{
	struct ld_worker *w = arg;
	bool fresh = false;     /* something was written since the last idle checkpoint */
	struct batch b;

	for (;;) {
		gather(w, &b);
		if (b.n > 0) {
			run_batch(w, &b);
			if (!w->lazy) {
				ld_store_checkpoint(w->st, BUSY_WAL_PAGES);
				poll(NULL, 0, gather_ms(w, &b));
			}
			fresh = true;
			continue;
		}
		if (atomic_load(&w->stopping)) {
			settle_lazy(w);
			return NULL;
		}
		if (!wait_for_work(w, fresh ? NAPS : SLEEPS)) {
			settle_lazy(w);
			ld_store_checkpoint(w->st, 1);
			fresh = false;
			w->small = 0;
		}
	}
}

static void free_worker(struct ld_worker *w)
{
	for (unsigned l = 0; l < LD_N_LANES; l++)
		ld_queue_free(w->lane[l]);
	ld_queue_free(w->done);
	if (w->wake_fd >= 0)
		close(w->wake_fd);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int ld_worker_start(struct ld_worker **ret, struct ld_store *st, unsigned capacity)
{
	struct ld_worker *w = calloc(1, sizeof(*w));
	bool ok;

	if (!w)
		return LD_E_NOMEM;
	w->st = st;
	atomic_store(&w->gather_ms, GATHER_MS);
	pthread_mutex_init(&w->lock, NULL);
	w->wake_fd = eventfd(0, EFD_CLOEXEC);
	/* Whatever was submitted can finish: done has room for all of it. */
	w->done = ld_queue_new(capacity * LD_N_LANES + BATCH_MAX + 1);
	ok = w->wake_fd >= 0 && w->done;
	for (unsigned l = 0; l < LD_N_LANES; l++)
		ok = (w->lane[l] = ld_queue_new_quiet(capacity)) && ok;
	if (!ok || pthread_create(&w->thread, NULL, work, w) != 0) {
		free_worker(w);
		return LD_E_NOMEM;
	}
	*ret = w;
	return 0;
}

void ld_worker_gather(struct ld_worker *w, int ms)
{
	atomic_store(&w->gather_ms, ms);
}

int ld_worker_submit(struct ld_worker *w, enum ld_lane lane, struct ld_job *job)
{
	struct ld_queue_stats done;
	int rc;

	ld_queue_stats(w->done, &done);
	if (w->in_flight >= done.capacity || atomic_load(&w->stopping))
		return LD_E_BUSY;
	job->patient = job->patient && atomic_load(&w->gather_ms) > 0;
	rc = ld_queue_push(w->lane[lane], job);
	w->in_flight += rc == 0;
	wake_up(w, job->patient);
	return rc;
}

int ld_worker_fd(const struct ld_worker *w)
{
	return ld_queue_fd(w->done);
}

void ld_worker_collect(struct ld_worker *w)
{
	struct ld_job *job;

	while ((job = ld_queue_pop(w->done, 0))) {
		w->in_flight--;
		job->done(job, job->rc_);
	}
}

void ld_worker_stop(struct ld_worker *w)
{
	if (!w)
		return;
	atomic_store(&w->stopping, true);
	wake_up(w, false);
	pthread_join(w->thread, NULL);
	ld_worker_collect(w);
	free_worker(w);
}

uint64_t ld_worker_version(const struct ld_worker *w)
{
	return atomic_load(&w->version);
}

void ld_worker_failure(struct ld_worker *w, struct ld_worker_failure *ret)
{
	pthread_mutex_lock(&w->lock);
	*ret = w->failure;
	pthread_mutex_unlock(&w->lock);
}

void ld_worker_stats(struct ld_worker *w, struct ld_worker_stats *ret)
{
	pthread_mutex_lock(&w->lock);
	*ret = w->stats;
	pthread_mutex_unlock(&w->lock);
	ret->in_flight = w->in_flight;
	for (unsigned l = 0; l < LD_N_LANES; l++)
		ld_queue_stats(w->lane[l], &ret->lane[l]);
}
