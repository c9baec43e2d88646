/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A GSM modem on a pty, for tests and demonstrations.
 *
 *   atsim [--link PATH] [--control SOCKET] [--imei N] [--imsi N]
 *                          run; prints "tty PATH"; PATH becomes a link to the pty
 *   atsim --ask SOCKET COMMAND...    one command; prints the answer; exit 0 when it was "ok"
 *   atsim --events SOCKET            print every event until the simulator ends
 *
 * Control protocol: a stream socket; one command a line; the answer ends with a line that begins
 * with "ok" or "error". Every command works at any time, and a fault holds until it is taken back:
 *
 *   comes in    sms FROM TEXT, ucs2 FROM TEXT, part FROM REF TOTAL PART TEXT, pdu HEX, call FROM|-,
 *               urc LINE, storm N (N foreign lines)
 *   the line    mute on|off, slow MS, drop N (octets lost), babble MS, hangup, plug, restart
 *   sending     network MS, silent N (after Ctrl-Z), cms CODE [N], barred CODE|0, prompt on|off,
 *               reports after [MS]|first|never|asked, report (it is asked for), ds any|0|1|2 [SR]
 *               (how reports are offered)
 *   receiving   twice on|off, slots N, held, stored, loop on|off (a listing without end)
 *   the SIM     pin CODE [TRIES], puk on|off, nosim on|off, count +CPINR|+SPIC|+QPINC|^CPIN|none,
 *               imei N, imsi N
 *   the network oper NAME, signal N, creg N, balance TEXT, ussd ucs2|text|packed|never
 *   watching    log, events, trace on|off, help (every command in a line)
 *
 * Events: "sent to=... alphabet=gsm7|ucs2 parts=N octets=N text=..." for each whole outgoing
 * message, "part ..." for each part, "repeated ..." (a part came twice), "malformed ...", "refused
 * with N", "text from=..." (one comes in), "deleted, N left", "held, N wait in the network", "hungup
 * from=...", "pin refused, N tries left", "ussd ...". */
#include "atsim/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "laido/base/err.h"
#include "laido/port/clock.h"

enum { PTY, CTL, CLIENTS, N_FDS = CLIENTS + SIM_CLIENTS, RING_MS = 1000 };

/* ---- the line ---- */

void sim_say(struct sim *s, unsigned after_ms, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int64_t due;
	unsigned i;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	if (s->mute || s->n_out == SIM_OUT) {
		free(text);
		return;
	}
	due = s->now_ms + after_ms;
	if (s->slow_ms) {
		if (due < s->last_due_ms + s->slow_ms)
			due = s->last_due_ms + s->slow_ms;
		s->last_due_ms = due;
	}
	for (i = s->n_out++; i > 0 && s->out[i - 1].due_ms > due; i--)
		s->out[i] = s->out[i - 1];
	s->out[i] = (struct out){ due, text };
}

static void write_line(struct sim *s, const char *text)
{
	size_t n = strlen(text);

	if (s->drop >= n) {
		s->drop -= (unsigned)n;
		return;
	}
	text += s->drop;
	n -= s->drop;
	s->drop = 0;
	while (n > 0 && s->pty >= 0) {
		ssize_t w = write(s->pty, text, n);

		if (w <= 0)
			return;         /* nobody is there */
		text += w;
		n -= (size_t)w;
	}
}

static void write_due(struct sim *s)
{
	unsigned n = 0;

	while (n < s->n_out && s->out[n].due_ms <= s->now_ms) {
		write_line(s, s->out[n].text);
		free(s->out[n++].text);
	}
	s->n_out -= n;
	memmove(s->out, s->out + n, s->n_out * sizeof(s->out[0]));
}

static void ring(struct sim *s)
{
	if (s->rings_left <= 0 || s->now_ms < s->ring_ms)
		return;
	s->ring_ms = s->now_ms + RING_MS;
	if (s->rings_left-- == 1) {
		s->caller[0] = 0;
		sim_say(s, 0, "\r\nNO CARRIER\r\n");
		return;
	}
	sim_say(s, 0, "\r\nRING\r\n");
	if (s->clip && strcmp(s->caller, "-") != 0)
		sim_say(s, 0, "\r\n+CLIP: \"%s\",%d,,,,0\r\n", s->caller[0] == '+' ? s->caller + 1 : s->caller,
			s->caller[0] == '+' ? 145 : 129);
}

/* A modem that has lost its mind. */
static void babble(struct sim *s)
{
	if ((s->babble_ms == 0 && !s->looping) || s->now_ms < s->babble_due_ms)
		return;
	s->babble_due_ms = s->now_ms + (s->looping ? 10 : s->babble_ms);
	if (s->looping)
		sim_say(s, 0, "\r\n+CMGL: 1,1,,2\r\n00040181F000040000000000000000\r\n");
	else
		sim_say(s, 0, "\r\n^RSSI: 20\r\n");
}

/* The slave is not kept open: that a client comes and goes must not end us, so a hang-up on the
 * master is just waited out. */
int sim_plug(struct sim *s)
{
	struct termios t;

	sim_unplug(s);
	s->pty = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (s->pty < 0 || grantpt(s->pty) < 0 || unlockpt(s->pty) < 0 ||
	    ptsname_r(s->pty, s->tty, sizeof(s->tty)) != 0 || tcgetattr(s->pty, &t) < 0)
		return -errno;
	cfmakeraw(&t);
	tcsetattr(s->pty, TCSANOW, &t);
	if (s->link) {
		unlink(s->link);
		if (symlink(s->tty, s->link) < 0)
			return -errno;
	}
	printf("tty %s\n", s->tty);
	fflush(stdout);
	return 0;
}

void sim_unplug(struct sim *s)
{
	if (s->pty >= 0)
		close(s->pty);
	s->pty = -1;
	if (s->link)
		unlink(s->link);
	for (unsigned i = 0; i < s->n_out; i++)
		free(s->out[i].text);
	s->n_out = 0;
}

/* ---- the puppeteer ---- */

void sim_event(struct sim *s, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	for (int i = 0; i < SIM_CLIENTS; i++)
		if (s->clients[i].fd >= 0 && s->clients[i].events)
			dprintf(s->clients[i].fd, "%s\n", text);
	free(s->log[s->n_log % SIM_LOG]);
	s->log[s->n_log++ % SIM_LOG] = text;
}

static int connect_or_bind(const char *path, bool server)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (server)
		unlink(path);
	rc = server ? bind(fd, (struct sockaddr *)&a, sizeof(a)) : connect(fd, (struct sockaddr *)&a, sizeof(a));
	if (rc == 0 && server)
		rc = listen(fd, SIM_CLIENTS);
	if (rc < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

static void welcome(struct sim *s)
{
	int fd = accept(s->ctl, NULL, NULL);

	for (int i = 0; i < SIM_CLIENTS && fd >= 0; i++)
		if (s->clients[i].fd < 0) {
			memset(&s->clients[i], 0, sizeof(s->clients[i]));
			s->clients[i].fd = fd;
			return;
		}
	if (fd >= 0)
		close(fd);
}

static void listen_to(struct sim *s, int i)
{
	char buf[1024];
	ssize_t n = read(s->clients[i].fd, buf, sizeof(buf));

	if (n <= 0) {
		close(s->clients[i].fd);
		s->clients[i].fd = -1;
		return;
	}
	for (ssize_t k = 0; k < n; k++) {
		if (buf[k] == '\n') {
			s->clients[i].line[s->clients[i].len] = 0;
			s->clients[i].len = 0;
			sim_command(s, i, s->clients[i].line);
		} else if (s->clients[i].len < sizeof(s->clients[i].line) - 1) {
			s->clients[i].line[s->clients[i].len++] = buf[k];
		}
	}
}

/* ---- the loop ---- */

static int next_wait_ms(const struct sim *s)
{
	int64_t due = s->now_ms + 1000;

	if (s->n_out && s->out[0].due_ms < due)
		due = s->out[0].due_ms;
	if (s->rings_left && s->ring_ms < due)
		due = s->ring_ms;
	if ((s->babble_ms || s->looping) && s->babble_due_ms < due)
		due = s->babble_due_ms;
	return due > s->now_ms ? (int)(due - s->now_ms) : 0;
}

static void serve_pty(struct sim *s, short revents)
{
	char buf[512];
	ssize_t n;

	if (!(revents & POLLIN))
		return;
	n = read(s->pty, buf, sizeof(buf));
	if (n > 0)
		sim_heard(s, buf, (size_t)n);
}

static void run(struct sim *s, const volatile sig_atomic_t *stop)
{
	struct ld_clock_sys clock;
	bool nobody = false;

	ld_clock_sys_init(&clock, true);
	while (!*stop) {
		struct pollfd fds[N_FDS];
		int wait_ms = next_wait_ms(s);

		/* a pty without a client reports its hang-up all the time */
		fds[PTY] = (struct pollfd){ .fd = nobody ? -1 : s->pty, .events = POLLIN };
		fds[CTL] = (struct pollfd){ .fd = s->ctl, .events = POLLIN };
		for (int i = 0; i < SIM_CLIENTS; i++)
			fds[CLIENTS + i] = (struct pollfd){ .fd = s->clients[i].fd, .events = POLLIN };
		poll(fds, N_FDS, nobody && wait_ms > 20 ? 20 : wait_ms);
		nobody = !nobody && (fds[PTY].revents & POLLHUP) && !(fds[PTY].revents & POLLIN);
		s->now_ms = ld_clock_monotonic_ms(&clock.clock);
		serve_pty(s, fds[PTY].revents);
		if (fds[CTL].revents & POLLIN)
			welcome(s);
		for (int i = 0; i < SIM_CLIENTS; i++)
			if (fds[CLIENTS + i].revents)
				listen_to(s, i);
		ring(s);
		babble(s);
		write_due(s);
	}
}

/* ---- the client ---- */

static int ask(const char *path, char **words)
{
	int fd = connect_or_bind(path, false);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[16384];

	if (!f) {
		fprintf(stderr, "atsim: %s: %s\n", path, ld_strerror(fd));
		return 2;
	}
	for (char **w = words; *w; w++)
		dprintf(fd, "%s%s", w == words ? "" : " ", *w);
	dprintf(fd, "\n");
	while (fgets(line, sizeof(line), f)) {
		fputs(line, stdout);
		if (strncmp(line, "ok", 2) == 0)
			return 0;
		if (strncmp(line, "error", 5) == 0)
			return 1;
	}
	return 2;
}

static int follow(const char *path)
{
	int fd = connect_or_bind(path, false);
	char buf[4096];
	ssize_t n;

	if (fd < 0 || dprintf(fd, "events\n") < 0)
		return 2;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(STDOUT_FILENO, buf, (size_t)n) < 0)
			return 2;
	return 0;
}

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static int usage(void)
{
	fprintf(stderr, "usage: atsim [--link PATH] [--control SOCKET] [--imei N] [--imsi N]\n"
			"       atsim --ask SOCKET COMMAND...\n       atsim --events SOCKET\n");
	return 2;
}

static int options(struct sim *s, char **argv)
{
	for (; argv[0]; argv += 2) {
		if (!argv[1])
			return usage();
		if (strcmp(argv[0], "--link") == 0)
			s->link = argv[1];
		else if (strcmp(argv[0], "--control") == 0)
			s->ctl_path = argv[1];
		else if (strcmp(argv[0], "--imei") == 0)
			snprintf(s->imei, sizeof(s->imei), "%s", argv[1]);
		else if (strcmp(argv[0], "--imsi") == 0)
			snprintf(s->imsi, sizeof(s->imsi), "%s", argv[1]);
		else
			return usage();
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct sim s = { .pty = -1, .ctl = -1, .imei = "861234567890123",
				.imsi = "452040123456789", .report_ms = 50, .count_by = "+CPINR",
				.only_ds = -1, .n_slots = 50, .signal = 21, .registration = 1,
				.oper = "Viettel", .balance = "TKC: 50.000", .ussd = "ucs2" };
	struct sigaction sa = { .sa_handler = on_signal };

	if (argc >= 4 && strcmp(argv[1], "--ask") == 0)
		return ask(argv[2], argv + 3);
	if (argc == 3 && strcmp(argv[1], "--events") == 0)
		return follow(argv[2]);
	if (options(&s, argv + 1) != 0)
		return 2;
	for (int i = 0; i < SIM_CLIENTS; i++)
		s.clients[i].fd = -1;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	sim_restart(&s);
	if (s.ctl_path && (s.ctl = connect_or_bind(s.ctl_path, true)) < 0) {
		fprintf(stderr, "atsim: %s: %s\n", s.ctl_path, ld_strerror(s.ctl));
		return 1;
	}
	if (sim_plug(&s) < 0) {
		fprintf(stderr, "atsim: no pty, or no link at %s\n", s.link ? s.link : "-");
		return 1;
	}
	run(&s, &stopped);
	sim_unplug(&s);
	if (s.ctl_path)
		unlink(s.ctl_path);
	for (unsigned i = 0; i < SIM_LOG; i++)
		free(s.log[i]);
	for (unsigned i = 0; i < s.n_held; i++)
		free(s.held[i]);
	return 0;
}
