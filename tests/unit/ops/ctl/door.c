/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket: answers now, later and to nobody; streams; bounds; its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <osmocom/core/talloc.h>

#include "laido/ops/ctl.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"

struct door {
	char dir[32], path[64];
	void *ctx;
	struct ld_ctl *ctl;
	struct ld_ctl_req *later;       /* answered by the test */
	unsigned more, gone;
	int64_t now;
};

static void cmd_echo(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	(void)arg;
	ld_ctl_answer(req, json_pack("{s:O}", "got", json_object_get(in, "say")));
}

static void cmd_later(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct door *d = arg;

	(void)in;
	d->later = req;
}

static void cmd_fail(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	(void)in;
	(void)arg;
	ld_ctl_fail(req, LD_E_FULL, NULL, json_pack("{s:i}", "extra", 3));
}

static void on_more(void *arg, const json_t *in)
{
	struct door *d = arg;

	d->more++;
	if (json_object_get(in, "stop"))
		ld_ctl_answer(d->later, NULL);
	else
		ld_ctl_push(d->later, json_pack("{s:O}", "back", json_object_get(in, "n")));
}

static void on_gone(void *arg)
{
	struct door *d = arg;

	d->gone++;
}

static void cmd_stream(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct door *d = arg;

	(void)in;
	d->later = req;
	ld_ctl_keep(req, on_more, on_gone, d);
}

static void cmd_big(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	size_t len = (size_t)json_integer_value(json_object_get(in, "n"));
	char *text = malloc(len + 1);

	(void)arg;
	memset(text, 'x', len);
	text[len] = '\0';
	ld_ctl_answer(req, json_pack("{s:s}", "text", text));
	free(text);
}

static const struct ld_ctl_command table[] = {
	{ "echo", cmd_echo },     { "later", cmd_later }, { "fail", cmd_fail },
	{ "stream", cmd_stream }, { "big", cmd_big },     { NULL, NULL },
};

static void turn(struct door *d, int n)
{
	while (n-- > 0)
		ld_loop_turn(d->now += 10, 0);
}

static int setup(void **state)
{
	struct door *d = calloc(1, sizeof(*d));
	struct ld_errmsg err = { "" };

	snprintf(d->dir, sizeof(d->dir), "/tmp/laido-ctl-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	snprintf(d->path, sizeof(d->path), "%s/ctl", d->dir);
	d->ctx = talloc_named_const(NULL, 0, "test");
	d->now = 1000;
	assert_int_equal(ld_ctl_new(&d->ctl, d->ctx, d->path, table, d, &err), 0);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct door *d = *state;

	ld_ctl_free(d->ctl);
	assert_int_equal(access(d->path, F_OK), -1);
	assert_int_equal(talloc_total_blocks(d->ctx), 1);
	talloc_free(d->ctx);
	rmdir(d->dir);
	free(d);
	return 0;
}

static int dial(const struct door *d)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", d->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The next answer, read octet by octet so that nothing of the one behind it is lost. */
static json_t *hear(struct door *d, int fd)
{
	static char line[LD_CTL_ANSWER_MAX];
	size_t len = 0;
	json_t *o;

	for (int idle = 0; idle < 100;) {
		ssize_t n = recv(fd, line + len, 1, MSG_DONTWAIT);

		if (n == 1 && line[len++] == '\n')
			break;
		if (n == 1)
			continue;
		idle++;
		turn(d, 1);
	}
	o = json_loadb(line, len, 0, NULL);
	assert_non_null(o);
	return o;
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool said_no(struct door *d, int fd, int id, const char *part)
{
	json_t *o = hear(d, fd);
	bool ok = number(o, "id") == id && json_is_false(json_object_get(o, "ok")) &&
		  strstr(json_string_value(json_object_get(o, "error")), part);

	if (!ok)
		json_dumpf(o, stderr, 0);
	json_decref(o);
	return ok;
}

static bool hung_up(struct door *d, int fd)
{
	char c;

	for (int i = 0; i < 100; i++) {
		if (recv(fd, &c, 1, MSG_DONTWAIT) == 0)
			return true;
		turn(d, 1);
	}
	return false;
}

static void answers_now_and_later(void **state)
{
	struct door *d = *state;
	int fd = dial(d);
	json_t *o;

	say(fd, "{\"cmd\":\"later\",\"id\":7}\n{\"cmd\":\"echo\",\"id\":8,\"say\":\"xin chào\"}\n");
	o = hear(d, fd);
	assert_int_equal(number(o, "id"), 8);
	assert_true(json_is_true(json_object_get(o, "ok")));
	assert_string_equal(json_string_value(json_object_get(o, "got")), "xin chào");
	json_decref(o);
	ld_ctl_answer(d->later, json_pack("{s:i}", "n", 5));
	o = hear(d, fd);
	assert_int_equal(number(o, "id"), 7);
	assert_int_equal(number(o, "n"), 5);
	json_decref(o);
	say(fd, "{\"cmd\":\"fail\",\"id\":9}\n");
	o = hear(d, fd);
	assert_int_equal(number(o, "extra"), 3);
	assert_string_equal(json_string_value(json_object_get(o, "error")), ld_strerror(LD_E_FULL));
	json_decref(o);
	close(fd);
	turn(d, 3);
}

static void a_late_answer_to_nobody_is_dropped(void **state)
{
	struct door *d = *state;
	struct ld_ctl_stats stats;
	int fd = dial(d);

	say(fd, "{\"cmd\":\"later\"}\n");
	turn(d, 5);
	assert_non_null(d->later);
	close(fd);
	turn(d, 5);
	ld_ctl_stats(d->ctl, &stats);
	assert_int_equal(stats.connections, 0);
	ld_ctl_push(d->later, json_object());
	ld_ctl_answer(d->later, json_object());
}

static void answers_outlive_the_socket(void **state)
{
	struct door *d = *state;
	struct ld_errmsg err;
	int fd = dial(d);

	say(fd, "{\"cmd\":\"later\"}\n");
	turn(d, 5);
	ld_ctl_free(d->ctl);
	ld_ctl_answer(d->later, NULL);
	close(fd);
	assert_int_equal(ld_ctl_new(&d->ctl, d->ctx, d->path, table, d, &err), 0);
}

static void streams_go_both_ways_and_end(void **state)
{
	struct door *d = *state;
	int fd = dial(d);
	json_t *o;

	say(fd, "{\"cmd\":\"stream\",\"id\":3}\n{\"id\":3,\"n\":1}\n{\"id\":3,\"n\":2}\n");
	o = hear(d, fd);
	assert_int_equal(number(o, "back"), 1);
	json_decref(o);
	o = hear(d, fd);
	assert_int_equal(number(o, "back"), 2);
	assert_null(json_object_get(o, "ok"));
	json_decref(o);
	say(fd, "{\"cmd\":\"echo\",\"id\":3}\n");
	assert_true(said_no(d, fd, 3, "in use"));
	say(fd, "{\"id\":3,\"stop\":1}\n{\"id\":3,\"n\":3}\n");
	o = hear(d, fd);
	assert_true(json_is_true(json_object_get(o, "ok")));
	json_decref(o);
	assert_true(said_no(d, fd, 3, "cmd"));
	assert_int_equal(d->more, 3);
	assert_int_equal(d->gone, 0);
	say(fd, "{\"cmd\":\"stream\",\"id\":4}\n");
	turn(d, 5);
	close(fd);
	turn(d, 5);
	assert_int_equal(d->gone, 1);
}

static void nonsense_gets_reasons(void **state)
{
	static char line[LD_CTL_REQUEST_MAX + 100];
	struct door *d = *state;
	int fd = dial(d);
	json_t *o;

	say(fd, "hello\n");
	assert_true(said_no(d, fd, 0, "JSON"));
	say(fd, "[]\n");
	assert_true(said_no(d, fd, 0, "object"));
	say(fd, "{\"id\":1}\n");
	assert_true(said_no(d, fd, 1, "cmd"));
	say(fd, "{\"id\":1,\"cmd\":\"make tea\"}\n");
	assert_true(said_no(d, fd, 1, "no such command"));
	say(fd, "{\"id\":-1,\"cmd\":\"echo\"}\n");
	assert_true(said_no(d, fd, 0, "\"id\""));
	say(fd, "{\"id\":1,\"cmd\":5}\n");
	assert_true(said_no(d, fd, 1, "\"cmd\""));
	memset(line, 'a', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	say(fd, line);
	assert_true(said_no(d, fd, 0, "longer"));
	say(fd, "{\"cmd\":\"echo\",\"say\":1}\n");
	o = hear(d, fd);
	assert_int_equal(number(o, "got"), 1);
	json_decref(o);
	close(fd);
	turn(d, 3);
}

static void too_many_are_turned_away(void **state)
{
	struct door *d = *state;
	struct ld_ctl_stats stats;
	int fd[65];

	for (int i = 0; i < 65; i++) {
		fd[i] = dial(d);
		turn(d, 2);
	}
	assert_true(said_no(d, fd[64], 0, "too many"));
	assert_true(hung_up(d, fd[64]));
	ld_ctl_stats(d->ctl, &stats);
	assert_int_equal(stats.connections, 64);
	assert_int_equal(stats.refused, 1);
	for (int i = 0; i < 65; i++)
		close(fd[i]);
	turn(d, 70);
	ld_ctl_stats(d->ctl, &stats);
	assert_int_equal(stats.connections, 0);
}

static void too_many_requests_are_refused(void **state)
{
	struct door *d = *state;
	int fd = dial(d);

	for (int i = 1; i <= 257; i++) {
		char line[64];

		snprintf(line, sizeof(line), "{\"cmd\":\"stream\",\"id\":%d}\n", i);
		say(fd, line);
		turn(d, 2);
	}
	assert_true(said_no(d, fd, 257, "too many open"));
	close(fd);
	turn(d, 3);
	assert_int_equal(d->gone, 256);
}

/* Requests are not read while answers pile up; pushes beyond the bound cut the reader off. */
static void slow_readers_are_bounded(void **state)
{
	struct door *d = *state;
	struct ld_ctl_stats stats;
	int fd = dial(d);
	json_t *o;

	for (int i = 0; i < 20; i++)
		say(fd, "{\"cmd\":\"big\",\"n\":200000}\n");
	turn(d, 100);
	ld_ctl_stats(d->ctl, &stats);
	assert_true(stats.unsent_high_water <= 2 * LD_CTL_ANSWER_MAX);
	assert_int_equal(stats.cut_off, 0);
	for (int i = 0; i < 20; i++) {
		o = hear(d, fd);
		assert_true(json_is_true(json_object_get(o, "ok")));
		json_decref(o);
	}
	say(fd, "{\"cmd\":\"big\",\"n\":300000,\"id\":2}\n");
	assert_true(said_no(d, fd, 2, "too long"));
	say(fd, "{\"cmd\":\"stream\",\"id\":1}\n");
	turn(d, 3);
	for (int i = 0; i < 40000; i++)
		ld_ctl_push(d->later,
			    json_pack("{s:s}", "t", "a message that nobody reads in time"));
	turn(d, 3);
	ld_ctl_stats(d->ctl, &stats);
	assert_int_equal(stats.cut_off, 1);
	assert_int_equal(stats.connections, 0);
	assert_int_equal(d->gone, 1);
	close(fd);
}

static void its_file_is_guarded(void **state)
{
	struct door *d = *state;
	struct ld_errmsg err = { "" };
	struct ld_ctl *second = NULL;
	struct stat st;
	char path[200];
	FILE *f;

	assert_int_equal(stat(d->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(ld_ctl_new(&second, d->ctx, d->path, table, d, &err), LD_E_LOCKED);
	assert_non_null(strstr(err.text, d->path));
	assert_int_equal(access(d->path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/file", d->dir);
	f = fopen(path, "w");
	fclose(f);
	assert_int_equal(ld_ctl_new(&second, d->ctx, path, table, d, &err), LD_E_DENIED);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	snprintf(path, sizeof(path), "%s/none/ctl", d->dir);
	assert_true(ld_ctl_new(&second, d->ctx, path, table, d, &err) < 0);
	assert_non_null(strstr(err.text, "folder"));
	memset(path, 'x', 150);
	path[150] = '\0';
	assert_int_equal(ld_ctl_new(&second, d->ctx, path, table, d, &err), LD_E_TOOBIG);
	assert_null(second);
}

/* What kill -9 leaves: a file that nobody listens at. */
static void a_stale_file_is_replaced(void **state)
{
	struct door *d = *state;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct ld_errmsg err = { "" };
	struct ld_ctl *again = NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/stale", d->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	close(fd);
	assert_int_equal(ld_ctl_new(&again, d->ctx, a.sun_path, table, d, &err), 0);
	/* A successor's file is not removed by its predecessor. */
	assert_int_equal(unlink(a.sun_path), 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ld_ctl_free(again);
	assert_int_equal(access(a.sun_path, F_OK), 0);
	close(fd);
	unlink(a.sun_path);
}

int main(void)
{
#define DOOR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		DOOR(answers_now_and_later),
		DOOR(a_late_answer_to_nobody_is_dropped),
		DOOR(answers_outlive_the_socket),
		DOOR(streams_go_both_ways_and_end),
		DOOR(nonsense_gets_reasons),
		DOOR(too_many_are_turned_away),
		DOOR(too_many_requests_are_refused),
		DOOR(slow_readers_are_bounded),
		DOOR(its_file_is_guarded),
		DOOR(a_stale_file_is_replaced),
	};

	ld_log_init(NULL, NULL);
	ld_log_level(NULL, "fatal");
	ld_loop_init(1000);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ops/ctl", tests, NULL, NULL);
}
