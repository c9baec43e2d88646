/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include "calls.h"
#include "laido/base/err.h"

enum {
	TTY = 0, PTY = 1, WAKE = 2,
	WRITE_WAIT_MS = 2000,
	HANG_UP_MS = 5000,
};

/* One direction of the tty, cut into lines for the trace. */
struct traced {
	char line[LD_URC_LINE_MAX];
	size_t len;
};

enum chat_state { CHAT_NONE, CHAT_WAITING, CHAT_RUNNING, CHAT_DONE };

struct ld_line {
	int tty, pty, slave, wake;
	char pty_name[64];
	const struct ld_line_ops *ops;
	void *arg;
	struct ld_urc urc;
	struct ld_calls calls;
	int64_t now_ms;                 /* of this turn */
	int64_t asked_ms, heard_ms;     /* last octet written to and read from the modem */
	int64_t idle_ms, owed_ms;       /* when the modem owed us nothing, something, for the last time */
	bool trace;
	struct traced to, from;
	bool lost;
	bool hanging_up;                /* the running own command is the hang-up */
	bool hang_up_otherwise;         /* the modem does not know AT+CHUP */
	int64_t own_until_ms;

	pthread_mutex_t lock;           /* the rest is shared with ld_line_chat() */
	pthread_cond_t done;
	enum chat_state chat;
	int chat_rc;
	int chat_timeout_ms;
	char chat_cmd[520];
	char chat_reply[LD_URC_REPLY_MAX];
};

static void write_all(struct ld_line *l, int fd, const char *octets, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, octets, len);

		if (n > 0) {
			octets += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			if (poll(&p, 1, WRITE_WAIT_MS) > 0 && !(p.revents & (POLLERR | POLLHUP)))
				continue;
		} else if (n < 0 && errno == EINTR) {
			continue;
		}
		l->lost = l->lost || fd == l->tty;
		return;
	}
}

static void trace(struct ld_line *l, struct traced *t, const char *octets, size_t len)
{
	for (size_t i = 0; i < len && l->trace; i++) {
		bool end = octets[i] == '\n' || octets[i] == '\r' || octets[i] == 0x1a;

		if (!end && t->len < sizeof(t->line) - 1)
			t->line[t->len++] = octets[i];
		if (!end || t->len == 0)
			continue;
		t->line[t->len] = 0;
		t->len = 0;
		l->ops->traced(l->arg, t == &l->to, t->line);
	}
}

static void to_modem(struct ld_line *l, const char *octets, size_t len)
{
	trace(l, &l->to, octets, len);
	l->asked_ms = l->now_ms;
	write_all(l, l->tty, octets, len);
}

/* ---- what the filter finds ---- */

static void on_forward(void *arg, const char *octets, size_t len)
{
	struct ld_line *l = arg;

	write_all(l, l->pty, octets, len);
}

static void finish_chat(struct ld_line *l, int rc, const char *reply)
{
	pthread_mutex_lock(&l->lock);
	if (l->chat == CHAT_RUNNING) {
		l->chat = CHAT_DONE;
		l->chat_rc = rc;
		snprintf(l->chat_reply, sizeof(l->chat_reply), "%s", reply);
		pthread_cond_signal(&l->done);
	}
	pthread_mutex_unlock(&l->lock);
}

static void on_event(void *arg, enum ld_urc_event ev, const char *text, bool ok)
{
	struct ld_line *l = arg;

	switch (ev) {
	case LD_URC_NEW_SMS:
		l->ops->new_sms(l->arg);
		break;
	case LD_URC_NEW_REPORT:
		l->ops->new_report(l->arg);
		break;
	case LD_URC_USSD:
		l->ops->ussd(l->arg, text);
		break;
	case LD_URC_PDU:
		l->ops->pdu(l->arg, text);
		break;
	case LD_URC_RESTARTED:
		l->ops->restarted(l->arg);
		break;
	case LD_URC_OWN_DONE:
		if (!l->hanging_up)
			finish_chat(l, ok ? 0 : LD_E_PEER, text);
		else
			l->hang_up_otherwise = !ok && !l->hang_up_otherwise;
		l->hanging_up = false;
		break;
	default:
		if (ld_calls_feed(&l->calls, ev, text, l->now_ms))
			l->ops->call(l->arg, l->calls.number);
		break;
	}
}

static const struct ld_urc_ops urc_ops = { on_forward, on_event };

/* ---- our own commands ---- */

static void run_own(struct ld_line *l, const char *cmd, int timeout_ms)
{
	ld_urc_own(&l->urc, cmd);
	l->own_until_ms = l->now_ms + timeout_ms;
	to_modem(l, cmd, strlen(cmd));
	to_modem(l, "\r", 1);
}

static void start_own(struct ld_line *l)
{
	if (!ld_urc_idle(&l->urc))
		return;
	if (l->calls.hang_up || l->hang_up_otherwise) {
		l->hanging_up = true;
		run_own(l, l->calls.hang_up ? "AT+CHUP" : "ATH", HANG_UP_MS);
		l->calls.hang_up = false;
		return;
	}
	pthread_mutex_lock(&l->lock);
	if (l->chat == CHAT_WAITING) {
		l->chat = CHAT_RUNNING;
		run_own(l, l->chat_cmd, l->chat_timeout_ms);
	}
	pthread_mutex_unlock(&l->lock);
}

static void end_overdue(struct ld_line *l)
{
	if (!l->urc.own || l->now_ms < l->own_until_ms)
		return;
	ld_urc_give_up(&l->urc);
	if (l->hanging_up)
		l->hanging_up = false;
	else
		finish_chat(l, LD_E_TIMEOUT, "");
}

int ld_line_chat(struct ld_line *l, const char *cmd, int timeout_ms, char *reply, size_t size)
{
	int rc;

	pthread_mutex_lock(&l->lock);
	snprintf(l->chat_cmd, sizeof(l->chat_cmd), "%s", cmd);
	l->chat_timeout_ms = timeout_ms;
	l->chat = CHAT_WAITING;
	eventfd_write(l->wake, 1);
	while (l->chat != CHAT_DONE)
		pthread_cond_wait(&l->done, &l->lock);
	l->chat = CHAT_NONE;
	rc = l->chat_rc;
	snprintf(reply, size, "%s", l->chat_reply);
	pthread_mutex_unlock(&l->lock);
	return rc;
}

/* ---- the loop's part ---- */

void ld_line_fds(const struct ld_line *l, struct pollfd fds[LD_LINE_FDS])
{
	fds[TTY] = (struct pollfd){ .fd = l->tty, .events = POLLIN };
	/* libgammu waits while our own command runs */
	fds[PTY] = (struct pollfd){ .fd = l->urc.own ? -1 : l->pty, .events = POLLIN };
	fds[WAKE] = (struct pollfd){ .fd = l->wake, .events = POLLIN };
}

static void from_gammu(struct ld_line *l)
{
	bool submitted = l->urc.submitted;
	char buf[512];
	ssize_t n = read(l->pty, buf, sizeof(buf));

	if (n <= 0)
		return;
	ld_urc_typed(&l->urc, buf, (size_t)n);
	if (l->urc.submitted && !submitted && !l->ops->submit(l->arg)) {
		l->urc.submitted = false;
		*(char *)memchr(buf, 0x1a, (size_t)n) = 0x1b;   /* escape: nothing is sent */
	}
	to_modem(l, buf, (size_t)n);
}

static void from_modem(struct ld_line *l)
{
	char buf[512];
	ssize_t n = read(l->tty, buf, sizeof(buf));

	if (n > 0) {
		l->heard_ms = l->now_ms;
		trace(l, &l->from, buf, (size_t)n);
		ld_urc_heard(&l->urc, buf, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		l->lost = true;
	}
}

int ld_line_serve(struct ld_line *l, const struct pollfd fds[LD_LINE_FDS], int64_t now_ms)
{
	l->now_ms = now_ms;
	if (fds[TTY].revents & POLLIN)
		from_modem(l);
	else if (fds[TTY].revents & (POLLHUP | POLLERR | POLLNVAL))
		l->lost = true;
	if (fds[PTY].revents & POLLIN)
		from_gammu(l);
	if (fds[WAKE].revents & POLLIN) {
		eventfd_t n;
		eventfd_read(l->wake, &n);
	}
	if (ld_calls_feed(&l->calls, LD_URC_OWN_DONE, "", now_ms))
		l->ops->call(l->arg, l->calls.number);
	end_overdue(l);
	*(ld_urc_idle(&l->urc) ? &l->idle_ms : &l->owed_ms) = now_ms;
	start_own(l);
	return l->lost ? -EIO : 0;
}

void ld_line_silence(struct ld_line *l, const char *drop)
{
	ld_urc_silence(&l->urc, drop);
}

void ld_line_trace(struct ld_line *l, bool on)
{
	l->trace = on;
	l->to.len = l->from.len = 0;
}

enum ld_wmsg_op ld_line_waiting(const struct ld_line *l, int64_t now_ms, uint32_t *ret_silent_ms,
				uint32_t *ret_pending_ms)
{
	int64_t since = l->heard_ms > l->asked_ms ? l->heard_ms : l->asked_ms;
	bool idle = ld_urc_idle(&l->urc);

	*ret_silent_ms = *ret_pending_ms = 0;
	if (idle)
		since = l->asked_ms > l->owed_ms ? l->asked_ms : l->owed_ms;
	if (now_ms > since)
		*ret_silent_ms = (uint32_t)(now_ms - since);
	if (idle)
		return LD_WOP_IDLE;
	if (now_ms > l->idle_ms)
		*ret_pending_ms = (uint32_t)(now_ms - l->idle_ms);
	return l->urc.submitted ? LD_WOP_SUBMIT : LD_WOP_COMMAND;
}

uint32_t ld_line_dropped(const struct ld_line *l)
{
	return l->urc.dropped + l->urc.damaged;
}

const char *ld_line_pty(const struct ld_line *l)
{
	return l->pty_name;
}

/* ---- opening ---- */

int ld_line_tty(const char *device)
{
	struct termios t;
	int fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || tcgetattr(fd, &t) < 0) {
		int rc = errno == EWOULDBLOCK ? LD_E_LOCKED : -errno;

		close(fd);
		return rc;
	}
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)CRTSCTS;
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
	tcflush(fd, TCIOFLUSH);
	return fd;
}

/* The slave stays open here as well: without it the master would report a hang-up until libgammu
 * opens its end, and each time it reopens it. */
static int open_pty(struct ld_line *l)
{
	struct termios t;

	l->pty = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->pty < 0 || grantpt(l->pty) < 0 || unlockpt(l->pty) < 0 ||
	    ptsname_r(l->pty, l->pty_name, sizeof(l->pty_name)) != 0)
		return -errno;
	l->slave = open(l->pty_name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (l->slave < 0 || tcgetattr(l->slave, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	return tcsetattr(l->slave, TCSANOW, &t) < 0 ? -errno : 0;
}

int ld_line_open(struct ld_line **ret, const char *device, const struct ld_line_ops *ops, void *arg)
{
	struct ld_line *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return LD_E_NOMEM;
	l->pty = l->slave = -1;
	l->ops = ops;
	l->arg = arg;
	ld_urc_init(&l->urc, &urc_ops, l);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->done, NULL);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->tty = ld_line_tty(device);
	rc = l->tty < 0 ? l->tty : open_pty(l);
	if (rc < 0) {
		if (l->tty >= 0)
			close(l->tty);
		if (l->pty >= 0)
			close(l->pty);
		close(l->wake);
		free(l);
		return rc;
	}
	write_all(l, l->tty, "\x1b\r", 2);      /* out of a prompt that a dead worker left */
	*ret = l;
	return 0;
}
