/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/osmo/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/select.h>

#include <osmocom/core/timer.h>

#include "laido/base/err.h"

/* Items of one queue served in a row before other descriptors have their turn. */
enum { QUEUE_BATCH = 64 };

static void set_time(int64_t mono_ms)
{
	osmo_gettimeofday_override_time.tv_sec = (time_t)(mono_ms / 1000);
	osmo_gettimeofday_override_time.tv_usec = (suseconds_t)(mono_ms % 1000 * 1000);
}

void ld_loop_init(int64_t mono_ms)
{
	struct rlimit files;

	osmo_gettimeofday_override = true;
	set_time(mono_ms);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);       /* a file at its limit is a full disk, not the end */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > FD_SETSIZE) {
		files.rlim_cur = FD_SETSIZE;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* Time to the next timer, at most max_ms (-1: no limit). Returns NULL to wait for ever. Kept in
 * microseconds: rounded down to whole milliseconds, the last one would be spent spinning. */
static struct timeval *wait_time(int max_ms, struct timeval *ret)
{
	const struct timeval *nearest;

	osmo_timers_prepare();
	nearest = osmo_timers_nearest();
	if (max_ms >= 0) {
		ret->tv_sec = max_ms / 1000;
		ret->tv_usec = max_ms % 1000 * 1000;
		if (!nearest || timercmp(ret, nearest, <))
			return ret;
	}
	if (!nearest)
		return NULL;
	*ret = *nearest;
	return ret;
}

/* osmo_select_main() can also wait, but then serves descriptors at the time of before the wait.
 * So only look here, and let the next turn serve. */
static void wait_ready(int max_ms)
{
	fd_set readable, writable, exceptional;
	struct timeval tv;
	struct timeval *wait = wait_time(max_ms, &tv);
	int high;

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_ZERO(&exceptional);
	high = osmo_fd_fill_fds(&readable, &writable, &exceptional);
	select(high + 1, &readable, &writable, &exceptional, wait);
}

static bool timer_due(void)
{
	const struct timeval *nearest;

	osmo_timers_prepare();
	nearest = osmo_timers_nearest();
	return nearest && !timerisset(nearest);
}

void ld_loop_turn(int64_t mono_ms, int max_wait_ms)
{
	bool worked;

	set_time(mono_ms);
	worked = timer_due();
	worked |= osmo_select_main_ctx(1) != 0;
	if (!worked && max_wait_ms != 0)
		wait_ready(max_wait_ms);
}

static int queue_readable(struct osmo_fd *ofd, unsigned int what)
{
	struct ld_queue_watch *w = ofd->data;

	(void)what;
	for (int i = 0; i < QUEUE_BATCH; i++) {
		void *item;

		/* take() may stop the watch. */
		if (!w->queue || !(item = ld_queue_pop(w->queue, 0)))
			break;
		w->take(w->arg, item);
	}
	return 0;
}

int ld_queue_watch_start(struct ld_queue_watch *w, struct ld_queue *queue,
			 void (*take)(void *arg, void *item), void *arg)
{
	w->queue = queue;
	w->take = take;
	w->arg = arg;
	osmo_fd_setup(&w->ofd, ld_queue_fd(queue), OSMO_FD_READ, queue_readable, w, 0);
	if (osmo_fd_register(&w->ofd) < 0) {
		w->queue = NULL;
		return -errno;
	}
	return 0;
}

void ld_queue_watch_stop(struct ld_queue_watch *w)
{
	if (!w->queue)
		return;
	osmo_fd_unregister(&w->ofd);
	w->queue = NULL;
}
