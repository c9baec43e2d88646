/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* errno of connect(), and what it means at 2 a.m. */
static const struct {
	int code;
	const char *text;
} reasons[] = {
	{ ENOENT, "there is no such socket. Start the daemon (systemctl start laidod, or make run "
		  "in the source tree), or name its socket: --socket PATH, --config FILE" },
	{ ECONNREFUSED, "the daemon that made this socket is gone. Start it again (systemctl start "
			"laidod) and look why it ended (journalctl -u laidod)" },
	{ EACCES, "you may not use it. Call laido as root, or join the group that owns it" },
	{ ENOTDIR, "there is no such folder" },
	{ EAGAIN, "the daemon does not take connections; it may hang (journalctl -u laidod)" },
};

static int no_door(const char *path, int code)
{
	const char *text = strerror(code);

	for (size_t i = 0; i < LD_ARRAY_SIZE(reasons); i++)
		if (reasons[i].code == code)
			text = reasons[i].text;
	return complain(EXIT_NO_DAEMON, "no daemon answers at %s: %s", path, text);
}

int door_open(struct door *d, struct cli *cli)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(cli->socket);

	if (len == 0 || len >= sizeof(addr.sun_path))
		return complain(EXIT_USAGE, "%s: a socket's path has 1 to %zu octets", cli->socket,
				sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, cli->socket, len);
	d->cli = cli;
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return complain(EXIT_NO_DAEMON, "no socket: %s", strerror(errno));
	if (connect(d->fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int code = errno;
		close(d->fd);
		return no_door(cli->socket, code);
	}
	ld_ctl_lines_init(&d->in, LD_CTL_ANSWER_MAX);
	return EXIT_DONE;
}

void door_close(struct door *d)
{
	close(d->fd);
	ld_ctl_lines_release(&d->in);
}

int door_send(struct door *d, json_t *msg)
{
	char *line = NULL;
	int len = msg ? ld_ctl_encode(msg, LD_CTL_REQUEST_MAX, &line) : LD_E_NOMEM;
	int sent = 0;

	json_decref(msg);
	while (len > 0 && sent < len) {
		ssize_t n = send(d->fd, line + sent, (size_t)(len - sent), MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			len = LD_E_PEER;
		else
			sent += (int)n;
	}
	free(line);
	return len < 0 ? len : 0;
}

/* 1: something was read, 0: time is up, LD_E_PEER, LD_E_NOMEM. */
static int fill(struct door *d, int64_t until_ms)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };
	int64_t left = until_ms - cli_mono_ms(d->cli);
	char *at;
	size_t len;
	ssize_t n;

	if (poll(&p, 1, left > 0 ? (int)left : 0) <= 0)
		return left > 0 ? 1 : 0; /* a signal: look again */
	if (ld_ctl_lines_room(&d->in, &at, &len) < 0)
		return LD_E_NOMEM;
	n = read(d->fd, at, len);
	if (n < 0 && errno == EINTR)
		return 1;
	if (n <= 0)
		return LD_E_PEER;
	ld_ctl_lines_fed(&d->in, (size_t)n);
	return 1;
}

int door_next(struct door *d, int timeout_ms, json_t **ret)
{
	int64_t until = cli_mono_ms(d->cli) + timeout_ms;
	struct ld_errmsg err;

	for (;;) {
		int rc = ld_ctl_lines_next(&d->in, ret, &err);

		if (rc != 0)
			return rc == 1 ? 1 : LD_E_SYNTAX;
		rc = fill(d, until);
		if (rc <= 0)
			return rc;
	}
}

static int judge(json_t *answer)
{
	const char *error = member_text(answer, "error", NULL);

	if (json_is_true(json_object_get(answer, "ok")))
		return EXIT_DONE;
	return complain(EXIT_CHECK, "the daemon says: %s", error ? error : "no, without a reason");
}

int door_ask(struct cli *cli, json_t *request, int timeout_ms, json_t **ret)
{
	struct door d;
	int code = door_open(&d, cli);
	int rc;

	*ret = NULL;
	if (code != EXIT_DONE) {
		json_decref(request);
		return code;
	}
	rc = door_send(&d, request);
	/* Refused at the door, the answer is there although the daemon does not read. */
	if (rc == 0 || rc == LD_E_PEER)
		rc = door_next(&d, timeout_ms, ret);
	door_close(&d);
	if (rc == 1)
		return judge(*ret);
	if (rc == 0)
		return complain(EXIT_NO_DAEMON, "the daemon did not answer in %d s",
				timeout_ms / 1000);
	return complain(EXIT_NO_DAEMON, "the daemon hung up: %s", ld_strerror(rc));
}
