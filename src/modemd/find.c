/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "find.h"

#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "laido/port/clock.h"
#include "line.h"

enum { ANSWER_MS = 1000, TRIES = 2, ANSWER_MAX = 512, IMEI_DIGITS = 15 };

bool ld_find_imei(const char *text, char ret[16])
{
	for (const char *p = text; *p; p++) {
		size_t n = strspn(p, "0123456789");

		if (n == IMEI_DIGITS) {
			memcpy(ret, p, n);
			ret[n] = 0;
			return true;
		}
		if (n)
			p += n - 1;
	}
	return false;
}

/* The answer to one AT+CGSN, as much as comes in time. */
static bool ask_imei(int fd, const struct ld_clock *clock, char ret[16])
{
	static const char question[] = "\x1b\rAT+CGSN\r";
	int64_t until = ld_clock_monotonic_ms(clock) + ANSWER_MS;
	char text[ANSWER_MAX + 1];
	size_t n = 0;

	if (write(fd, question, sizeof(question) - 1) < 0)
		return false;
	for (int64_t left = ANSWER_MS; left > 0 && n < ANSWER_MAX;
	     left = until - ld_clock_monotonic_ms(clock)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&p, 1, (int)left) != 1)
			break;
		got = read(fd, text + n, ANSWER_MAX - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = 0;
		/* its last digits may still be on their way: wait for what follows them */
		if (strstr(text, "OK\r") && ld_find_imei(text, ret))
			return true;
	}
	return false;
}

/* 1 it is this modem, 0 it is not, or a negative code. */
static int is_it(const char *device, const char *imei, const struct ld_clock *clock)
{
	int fd = ld_line_tty(device), found = 0;
	char answer[16];

	if (fd < 0)
		return fd;
	/* the first question may meet a modem that sleeps, or half a command */
	for (int i = 0; i < TRIES && !found; i++)
		found = ask_imei(fd, clock, answer) && strcmp(answer, imei) == 0;
	close(fd);
	return found;
}

struct search {
	const struct ld_wmsg_config *cfg;
	struct ld_clock_sys clock;
	unsigned asked, busy;
};

static bool try_tty(struct search *s, const char *device, char *ret)
{
	int rc;

	if (!device[0] || strlen(device) >= sizeof(s->cfg->device))
		return false;
	rc = is_it(device, s->cfg->imei, &s->clock.clock);
	s->asked++;
	s->busy += rc == LD_E_LOCKED;
	if (rc == 1)
		memcpy(ret, device, strlen(device) + 1);
	return rc == 1;
}

static int not_found(const struct search *s, struct ld_errmsg *err)
{
	const char *end = s->cfg->imei + (strlen(s->cfg->imei) > 4 ? strlen(s->cfg->imei) - 4 : 0);

	return ld_fail(err, s->busy ? LD_E_BUSY : LD_E_UNKNOWN, "no tty of %s answers as the modem "
		       "with the IMEI ...%s (%u asked, %u in use by others): is it plugged in and "
		       "switched on?", s->cfg->ttys[0] ? s->cfg->ttys : s->cfg->device, end,
		       s->asked, s->busy);
}

int ld_find_modem(const struct ld_wmsg_config *cfg, void (*alive)(void *arg), void *arg,
		  char ret[sizeof(cfg->device)], struct ld_errmsg *err)
{
	struct search s = { .cfg = cfg };
	bool found;
	glob_t g;

	if (!cfg->imei[0]) {
		memcpy(ret, cfg->device, sizeof(cfg->device));
		return 0;
	}
	ld_clock_sys_init(&s.clock, true);
	found = try_tty(&s, cfg->device, ret);
	alive(arg);
	if (found || !cfg->ttys[0] || glob(cfg->ttys, 0, NULL, &g) != 0)
		return found ? 0 : not_found(&s, err);
	for (size_t i = 0; i < g.gl_pathc && i < LD_FIND_TTYS && !found; i++) {
		if (strcmp(g.gl_pathv[i], cfg->device) != 0)
			found = try_tty(&s, g.gl_pathv[i], ret);
		alive(arg);
	}
	globfree(&g);
	return found ? 0 : not_found(&s, err);
}
