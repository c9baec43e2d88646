/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/core/socket.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"

/* IPA: length of what follows behind the protocol (u16), protocol, its extension. */
enum { HEADER = 3, PROTO_OSMO = 0xee, EXT_CTRL = 0x00 };

enum { CONNECT_MS = 5000 };

int ctrl_parse(char *msg, unsigned *ret_id, const char **ret_value)
{
	char *save = NULL, *end;
	const char *verb = strtok_r(msg, " ", &save);
	const char *id = strtok_r(NULL, " ", &save);
	unsigned long n;
	bool is_error;

	if (!verb || !id)
		return LD_E_CORRUPT;
	n = strtoul(id, &end, 10);
	if (*end != '\0' || n > UINT32_MAX)
		return LD_E_CORRUPT;
	is_error = strcmp(verb, "ERROR") == 0;
	if (!is_error && (strcmp(verb, "GET_REPLY") != 0 || !strtok_r(NULL, " ", &save)))
		return LD_E_CORRUPT;
	*ret_id = (unsigned)n;
	*ret_value = is_error ? NULL : save;
	return 0;
}

static void close_socket(struct ctrl *c)
{
	if (c->ofd.fd >= 0)
		osmo_fd_close(&c->ofd);
	c->ofd.fd = -1;
	c->is_up = false;
	c->rx_len = c->tx_len = 0;
}

static void broken(struct ctrl *c, const char *why)
{
	unsigned level = c->retry.failures ? LOGL_INFO : LOGL_NOTICE;
	int ms = retry_later(&c->retry);

	close_socket(c);
	LOGP(DGSUP, level, "CTRL %s:%u: %s; next try in %d ms\n", c->host, c->port, why, ms);
}

static void connected(struct ctrl *c)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(c->ofd.fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err) {
		broken(c, strerror(err));
		return;
	}
	c->is_up = true;
	osmo_fd_write_disable(&c->ofd);
	retry_succeeded(&c->retry);
	LOGP(DGSUP, LOGL_INFO, "CTRL %s:%u is up\n", c->host, c->port);
	c->up(c->arg);
}

static void take_message(struct ctrl *c, char *msg, size_t len)
{
	char kept = msg[len];
	const char *value;
	unsigned id;

	msg[len] = '\0';
	if (ctrl_parse(msg, &id, &value) == 0)
		c->answer(c->arg, id, value);
	else
		LOGP(DGSUP, LOGL_INFO, "CTRL %s:%u: a message we did not ask for\n", c->host,
		     c->port);
	msg[len] = kept;
}

/* Returns octets used, or -1 for what is not IPA or too long. */
static int take_messages(struct ctrl *c)
{
	size_t at = 0;

	while (c->rx_len - at >= HEADER) {
		const uint8_t *head = (const uint8_t *)c->rx + at;
		size_t len = (size_t)(head[0] << 8 | head[1]);

		if (len + HEADER > CTRL_RX_MAX)
			return -1;
		if (c->rx_len - at < HEADER + len)
			break;
		if (len > 0 && head[2] == PROTO_OSMO && head[HEADER] == EXT_CTRL)
			take_message(c, c->rx + at + HEADER + 1, len - 1);
		at += HEADER + len;
	}
	return (int)at;
}

static void readable(struct ctrl *c)
{
	ssize_t n = read(c->ofd.fd, c->rx + c->rx_len, CTRL_RX_MAX - c->rx_len);
	int used;

	if (n <= 0) {
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		broken(c, n == 0 ? "closed by the HLR" : strerror(errno));
		return;
	}
	c->rx_len += (size_t)n;
	used = take_messages(c);
	if (used < 0) {
		broken(c, "not an answer of a CTRL interface");
		return;
	}
	c->rx_len -= (size_t)used;
	memmove(c->rx, c->rx + used, c->rx_len);
}

static void writable(struct ctrl *c)
{
	ssize_t n = write(c->ofd.fd, c->tx, c->tx_len);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			broken(c, strerror(errno));
		return;
	}
	c->tx_len -= (size_t)n;
	memmove(c->tx, c->tx + n, c->tx_len);
	if (c->tx_len == 0)
		osmo_fd_write_disable(&c->ofd);
}

static int ready(struct osmo_fd *ofd, unsigned int what)
{
	struct ctrl *c = ofd->data;

	if (!c->is_up) {
		connected(c);
		return 0;
	}
	if (what & OSMO_FD_READ)
		readable(c);
	if (c->is_up && (what & OSMO_FD_WRITE))
		writable(c);
	return 0;
}

static void connect_now(void *arg)
{
	struct ctrl *c = arg;
	int fd;

	close_socket(c);        /* an attempt that did not come through in time */
	fd = osmo_sock_init2(AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, NULL, 0, c->host, c->port,
				 OSMO_SOCK_F_CONNECT | OSMO_SOCK_F_NONBLOCK);

	if (fd < 0) {
		broken(c, "no connection");
		return;
	}
	osmo_fd_setup(&c->ofd, fd, OSMO_FD_READ | OSMO_FD_WRITE, ready, c, 0);
	if (osmo_fd_register(&c->ofd) < 0) {
		close(fd);
		c->ofd.fd = -1;
		broken(c, "no descriptor");
		return;
	}
	retry_if_not_within(&c->retry, CONNECT_MS);
}

int ctrl_start(struct ctrl *c, struct ld_random *random)
{
	c->ofd.fd = -1;
	c->tx = malloc(CTRL_TX_MAX);
	if (!c->tx)
		return LD_E_NOMEM;
	retry_init(&c->retry, random, connect_now, c);
	connect_now(c);
	return 0;
}

void ctrl_stop(struct ctrl *c)
{
	if (!c->tx)
		return;
	retry_stop(&c->retry);
	close_socket(c);
	free(c->tx);
	c->tx = NULL;
}

int ctrl_get(struct ctrl *c, unsigned id, const char *variable)
{
	char *at = c->tx + c->tx_len;
	size_t room = CTRL_TX_MAX - c->tx_len;
	int len;

	if (!c->is_up || room < HEADER + 2)
		return LD_E_BUSY;
	len = snprintf(at + HEADER + 1, room - HEADER - 1, "GET %u %s", id, variable);
	if (len < 0 || (size_t)len >= room - HEADER - 1)
		return LD_E_BUSY;
	at[0] = (char)((len + 1) >> 8);
	at[1] = (char)((len + 1) & 0xff);
	at[2] = (char)PROTO_OSMO;
	at[3] = EXT_CTRL;
	c->tx_len += HEADER + 1 + (size_t)len;
	osmo_fd_write_enable(&c->ofd);
	return 0;
}

void ctrl_hurry(struct ctrl *c)
{
	if (c->ofd.fd < 0)
		connect_now(c);
}

void ctrl_suspect(struct ctrl *c)
{
	if (c->is_up)
		broken(c, "no answer in time");
}
