/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The telnet door: shows what its table says, on loopback, and nothing that steers a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/core/talloc.h>

#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"
#include "laido/ops/vty.h"

static void print_status(struct ld_vty_out *out, void *arg)
{
	ld_vty_line(out, "serial %d", *(int *)arg);
	ld_vty_line(out, "esc\033[2Jape");
}

static const struct ld_vty_show table[] = {
	{ "status", "What the daemon does", print_status },
	{ NULL, NULL, NULL },
};

static struct sockaddr_in loopback(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* A port that is taken, as long as the descriptor is open. */
static int take_port(uint16_t *ret_port)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

/* Turns the loop until the text has come. */
static void expect(int fd, char *got, size_t size, const char *text)
{
	size_t len = strlen(got);

	for (int turn = 0; turn < 1000 && !strstr(got, text); turn++) {
		ssize_t n;

		ld_loop_turn(1000 + turn, 10);
		n = recv(fd, got + len, size - 1 - len, MSG_DONTWAIT);
		if (n > 0)
			len += (size_t)n;
		got[len] = '\0';
	}
	assert_non_null(strstr(got, text));
}

static void shows_its_table(void **state)
{
	void *ctx = talloc_named_const(NULL, 0, "test");
	struct ld_errmsg err = { "" };
	struct sockaddr_in a;
	char got[8192] = "";
	int serial = 4711;
	uint16_t port;
	int fd = take_port(&port);

	(void)state;
	assert_int_equal(ld_log_init(ctx, NULL), 0);
	ld_loop_init(1000);
	close(fd);
	assert_int_equal(ld_vty_start(ctx, "1", port, table, &serial, &err), 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	a = loopback(port);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	expect(fd, got, sizeof(got), "laidod>");
	assert_int_equal(send(fd, "show status\r\n", 13, 0), 13);
	expect(fd, got, sizeof(got), "esc.[2Jape");
	assert_non_null(strstr(got, "serial 4711"));
	assert_int_equal(send(fd, "show nonsense\r\n", 15, 0), 15);
	expect(fd, got, sizeof(got), "Unknown command");
	assert_int_equal(send(fd, "logging enable\r\n", 16, 0), 16);
	serial = 5;
	assert_int_equal(send(fd, "show status\r\n", 13, 0), 13);
	expect(fd, got, sizeof(got), "serial 5");
	assert_null(strstr(got + 1, "\033[2J"));
	/* Nobody gets to the commands that write files. */
	assert_int_equal(send(fd, "enable\r\n", 8, 0), 8);
	expect(fd, got, sizeof(got), "Password:");
	memset(got, 0, sizeof(got));
	assert_int_equal(send(fd, "\r\n\r\n\r\nlist\r\n", 12, 0), 12);
	expect(fd, got, sizeof(got), "show status");
	assert_null(strstr(got, "laidod#"));
	close(fd);
	ld_loop_turn(5000, 0);
	ld_vty_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_its_table),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ops/vty", tests, NULL, NULL);
}
