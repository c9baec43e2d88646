/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LD_PRELOAD: a program's minute takes some seconds. Its clocks run faster, and what it waits for in
 * vain ends sooner; what others do for it takes as long as ever. Programs that share LAIDO_FAST and
 * were started on the same machine agree on the time.
 *
 *   LAIDO_FAST="FACTOR BEGIN"     BEGIN: CLOCK_MONOTONIC in seconds when the clocks were equal
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BILLION = 1000000000, FASTEST = 1000 };

static long factor = 1;
static int64_t begin_ns;

__attribute__((constructor)) static void set_up(void)
{
	const char *order = getenv("LAIDO_FAST");
	long long begin;

	if (order && sscanf(order, "%ld %lld", &factor, &begin) == 2 && factor >= 1 && factor <= FASTEST)
		begin_ns = begin * BILLION;
	else
		factor = 1;
}

static int64_t really(clockid_t clock)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, clock, &ts);
	return (int64_t)ts.tv_sec * BILLION + ts.tv_nsec;
}

/* ---- clocks ---- */

static int64_t gained(void)
{
	return (really(CLOCK_MONOTONIC) - begin_ns) * (factor - 1);
}

static bool runs_faster(clockid_t clock)
{
	return factor > 1 && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
			      clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_BOOTTIME ||
			      clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int64_t ns;

	if (!runs_faster(clock))
		return (int)syscall(SYS_clock_gettime, clock, ret);
	ns = really(clock) + gained();
	ret->tv_sec = ns / BILLION;
	ret->tv_nsec = ns % BILLION;
	return 0;
}

int gettimeofday(struct timeval *ret, void *zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	ret->tv_sec = ts.tv_sec;
	ret->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ret)
		*ret = ts.tv_sec;
	return ts.tv_sec;
}

/* ---- waiting ---- */

static struct timespec sooner(int64_t ns)
{
	ns /= factor;
	return (struct timespec){ ns / BILLION, ns % BILLION };
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct timespec ts = sooner((int64_t)timeout_ms * 1000000);

	return (int)syscall(SYS_ppoll, fds, n, timeout_ms < 0 ? NULL : &ts, NULL, 0);
}

/* What poll() is under _FORTIFY_SOURCE. */
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size)
{
	(void)size;
	return poll(fds, n, timeout_ms);
}

int select(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *timeout)
{
	struct timespec ts = { 0 };

	if (timeout)
		ts = sooner((int64_t)timeout->tv_sec * BILLION + (int64_t)timeout->tv_usec * 1000);
	return (int)syscall(SYS_pselect6, n, r, w, e, timeout ? &ts : NULL, NULL);
}

int nanosleep(const struct timespec *want, struct timespec *left)
{
	struct timespec ts = sooner((int64_t)want->tv_sec * BILLION + want->tv_nsec);

	if (left)
		*left = (struct timespec){ 0 };
	return (int)syscall(SYS_nanosleep, &ts, NULL);
}

int usleep(useconds_t us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	return nanosleep(&ts, NULL);
}

unsigned sleep(unsigned s)
{
	struct timespec ts = { s, 0 };

	nanosleep(&ts, NULL);
	return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *want, struct timespec *left)
{
	(void)clock;
	if (flags == TIMER_ABSTIME) {
		errno = EINVAL;         /* nobody here does */
		return EINVAL;
	}
	return nanosleep(want, left) < 0 ? errno : 0;
}
