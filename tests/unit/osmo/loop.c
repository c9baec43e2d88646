/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop runs timers on the time it is given, and never from before a wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <time.h>
#include <unistd.h>

#include <osmocom/core/timer.h>

#include "laido/base/err.h"
#include "laido/osmo/loop.h"
#include "laido/osmo/log.h"

static void count(void *data)
{
	(*(unsigned *)data)++;
}

static void timers_follow_the_given_time(void **state)
{
	static struct osmo_timer_list timer;
	unsigned fired = 0;

	(void)state;
	ld_loop_init(1000);
	osmo_timer_setup(&timer, count, &fired);
	osmo_timer_schedule(&timer, 25, 0);
	for (int64_t now = 1000; now < 26000; now += 100)
		ld_loop_turn(now, 0);
	assert_int_equal(fired, 0);
	ld_loop_turn(26000, 0);
	assert_int_equal(fired, 1);
	ld_loop_turn(90000, 0);
	assert_int_equal(fired, 1);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct late {
	struct osmo_timer_list timer;
	struct osmo_fd fd;
	bool called;
	unsigned fired;
};

static int set_a_timer(struct osmo_fd *ofd, unsigned what)
{
	struct late *l = ofd->data;

	(void)what;
	osmo_timerfd_disable(ofd);
	l->called = true;
	osmo_timer_setup(&l->timer, count, &l->fired);
	osmo_timer_schedule(&l->timer, 0, 20000);
	return 0;
}

/* A callback after a long wait counts its timer from now, not from before the wait: the turn that
 * waits serves nobody, the next one has a new time. */
static void callback_sees_the_time_after_the_wait(void **state)
{
	static struct late l;
	const struct timespec in_60_ms = { .tv_nsec = 60000000 }, once = { 0 };

	(void)state;
	ld_loop_init(1000);
	l.fd.fd = -1;
	assert_int_equal(osmo_timerfd_setup(&l.fd, set_a_timer, &l), 0);
	osmo_timerfd_schedule(&l.fd, &in_60_ms, &once);
	ld_loop_turn(1000, -1);
	assert_false(l.called);
	ld_loop_turn(2000, -1);
	assert_true(l.called);
	ld_loop_turn(2019, 0);
	assert_int_equal(l.fired, 0);
	ld_loop_turn(2020, 0);
	assert_int_equal(l.fired, 1);
	osmo_fd_close(&l.fd);
}

/* A timer between two milliseconds costs a handful of turns, not a spinning loop. */
static void waits_without_spinning(void **state)
{
	static struct osmo_timer_list timer;
	unsigned fired = 0, turns = 0;
	int64_t begin = now_ms();

	(void)state;
	ld_loop_init(begin);
	osmo_timer_setup(&timer, count, &fired);
	osmo_timer_schedule(&timer, 0, 30500);
	while (!fired && turns < 1000) {
		ld_loop_turn(now_ms(), -1);
		turns++;
	}
	assert_int_equal(fired, 1);
	assert_true(now_ms() - begin >= 30);
	assert_true(turns <= 8);
}

static void stop_from_within(void *arg, void *item)
{
	(void)item;
	ld_queue_watch_stop(arg);
}

static void a_watch_may_end_itself(void **state)
{
	static struct ld_queue_watch watch;
	struct ld_queue *q = ld_queue_new(4);
	int a = 1, b = 2;

	(void)state;
	assert_int_equal(ld_queue_watch_start(&watch, q, stop_from_within, &watch), 0);
	ld_queue_push(q, &a);
	ld_queue_push(q, &b);
	ld_loop_turn(now_ms(), 0);
	ld_loop_turn(now_ms(), 0);
	assert_ptr_equal(ld_queue_pop(q, 0), &b);
	ld_queue_free(q);
}

static int64_t fixed_utc(const void *arg)
{
	(void)arg;
	return 1795377444123;
}

/* Reads back what the log wrote to stderr. */
static void log_lines(void **state)
{
	static const struct ld_log_cfg cfg = { .utc_ms = fixed_utc };
	int fds[2], saved = dup(STDERR_FILENO);
	char got[1024] = { 0 };

	(void)state;
	assert_int_equal(ld_log_level(NULL, "notice"), LD_E_UNKNOWN); /* not open yet */
	assert_int_equal(ld_log_init(NULL, &cfg), 0);
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	LOGP(DGSUP, LOGL_NOTICE, "first %d\n", 1);
	LOGP(DGSUP, LOGL_DEBUG, "hidden\n");
	assert_int_equal(ld_log_level("gsup", "debug"), 0);
	LOGP(DGSUP, LOGL_DEBUG, "second\n");
	LOGP(DMAIN, LOGL_DEBUG, "hidden\n");
	dup2(saved, STDERR_FILENO);
	assert_true(read(fds[0], got, sizeof(got) - 1) > 0);
	assert_non_null(strstr(got, "2026-11-22T"));
	assert_non_null(strstr(got, ".123Z "));
	assert_non_null(strstr(got, "first 1\n"));
	assert_non_null(strstr(got, "second\n"));
	assert_null(strstr(got, "hidden"));
	assert_int_equal(ld_log_level("nobody", "debug"), LD_E_UNKNOWN);
	assert_int_equal(ld_log_level(NULL, "loud"), LD_E_UNKNOWN);
	close(fds[0]);
	close(fds[1]);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_follow_the_given_time),
		cmocka_unit_test(callback_sees_the_time_after_the_wait),
		cmocka_unit_test(waits_without_spinning),
		cmocka_unit_test(a_watch_may_end_itself),
		cmocka_unit_test(log_lines),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("osmo", tests, NULL, NULL);
}
