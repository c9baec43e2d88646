/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host for chan/gsup without a gateway behind it: a small menu that exercises the channel.
 *
 *   gsup_echo HLR-ADDRESS SESSION-MS [MAX-SESSIONS]
 *
 * Prints what the channel reports, and on SIGTERM its counters. Screens: the menu asks; 1 asks in
 * GSM-7 at full budget, 2 ends in UCS-2 at full budget, 3 is a screen far too long, 4 is never
 * answered, 5 is refused as busy, 0 ends; any other text is asked back. Anonymous sessions end at
 * once. The menu comes from within inbound(), everything else later. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osmocom/core/talloc.h>
#include <osmocom/core/timer.h>

#include "laido/base/err.h"
#include "laido/chan/gsup.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"

static struct ld_channel channel;
static volatile sig_atomic_t stopping;

struct later {
	struct osmo_timer_list timer;
	uint64_t session;
	struct ld_reply reply;
};

static void send_later(void *arg)
{
	struct later *l = arg;
	int rc = channel.ops->reply(&channel, l->session, &l->reply);

	if (rc < 0)
		printf("reply: %s\n", ld_strerror(rc));
	free(l);
}

static void repeat(char *ret, size_t size, const char *what, unsigned times)
{
	size_t at = 0;

	while (times-- > 0 && at + strlen(what) < size) {
		memcpy(ret + at, what, strlen(what));
		at += strlen(what);
	}
	ret[at] = '\0';
}

static void make_reply(const char *text, struct ld_reply *r)
{
	if (strcmp(text, "0") == 0) {
		r->end = true;
		snprintf(r->text, sizeof(r->text), "Tam biet");
	} else if (strcmp(text, "1") == 0) {
		repeat(r->text, sizeof(r->text), "x", 128);
	} else if (strcmp(text, "2") == 0) {
		r->end = true;
		r->alphabet = LD_UCS2;
		repeat(r->text, sizeof(r->text), "ạ", 56);
	} else if (strcmp(text, "3") == 0) {
		repeat(r->text, sizeof(r->text), "mot hai ", 100);
	} else {
		snprintf(r->text, sizeof(r->text), "Ban viet: %.400s", text);
	}
}

static int inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	static const char *const names[] = {
		[LD_IN_TEXT] = "TEXT", [LD_IN_BEGIN] = "BEGIN", [LD_IN_ENDED] = "ENDED",
	};
	struct ld_reply menu = { .text = "Hoc so\n1 Bai hoc\n2 Diem\n0 Thoat" };
	struct later *l;

	printf("%s from=%s budget=%u/%u text=%s\n", names[in->what], in->from, in->budget.septets,
	       in->budget.units, in->text);
	fflush(stdout);
	if (in->what == LD_IN_ENDED)
		return 0;
	if (in->what == LD_IN_BEGIN) {
		if (!in->from[0]) {
			menu.end = true;
			snprintf(menu.text, sizeof(menu.text), "Khong biet so may");
		}
		return ch->ops->reply(ch, in->session, &menu);
	}
	if (strcmp(in->text, "4") == 0)
		return 0;
	if (strcmp(in->text, "5") == 0)
		return LD_E_BUSY;
	l = calloc(1, sizeof(*l));
	if (!l)
		return LD_E_NOMEM;
	l->session = in->session;
	make_reply(in->text, &l->reply);
	osmo_timer_setup(&l->timer, send_later, l);
	osmo_timer_schedule(&l->timer, 0, 1000);
	return 0;
}

static void sent(struct ld_channel *ch, const struct ld_sent *s)
{
	(void)ch;
	(void)s;
	printf("sent: nothing was to be sent\n");
}

static void state(struct ld_channel *ch, enum ld_channel_state st, const char *why)
{
	printf("%s %s\n", ch->name, st == LD_CHANNEL_UP ? "UP" : why);
	fflush(stdout);
}

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static int64_t utc_ms(const void *arg)
{
	return ld_clock_utc_ms(arg, NULL);
}

static void print_stats(void)
{
	struct ld_chan_gsup_stats s;

	ld_chan_gsup_stats(&channel, &s);
#define PRINT(name) printf(#name "=%" PRIu64 "\n", s.name);
	LD_CHAN_GSUP_COUNTERS(PRINT)
#undef PRINT
	printf("sessions=%u\nsessions_high_water=%u\n", s.sessions, s.sessions_high_water);
}

static int serve(const struct ld_clock *clock)
{
	int rc = channel.ops->start(&channel);

	/* The wait is bounded only for a signal that arrives just before it. */
	while (rc == 0 && !stopping)
		ld_loop_turn(ld_clock_monotonic_ms(clock), 200);
	print_stats();
	channel.ops->stop(&channel);
	channel.ops->stop(&channel);
	return rc < 0;
}

int main(int argc, char **argv)
{
	static const struct ld_channel_host host = { inbound, sent, state };
	struct ld_chan_gsup_cfg cfg = {
		.name = "gsup",
		.conf = { .enable = true, .port = 4222, .ctrl_port = 4259, .euse = "ward",
			  .code = "*123#", .menu_septets = 130, .end_septets = 128 },
		.text_timeout = "Het gio. Moi ban goi lai *123#",
	};
	struct ld_clock_sys clock;
	struct ld_log_cfg log = { .utc_ms = utc_ms, .arg = &clock.clock };
	int rc;

	if (argc < 3) {
		fprintf(stderr, "usage: gsup_echo HLR-ADDRESS SESSION-MS [MAX-SESSIONS]\n");
		return 2;
	}
	snprintf(cfg.conf.host, sizeof(cfg.conf.host), "%s", argv[1]);
	cfg.conf.session_ms = (int)strtol(argv[2], NULL, 10);
	cfg.max_sessions = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	ld_clock_sys_init(&clock, true);
	cfg.clock = &clock.clock;
	cfg.random = ld_random_sys();
	cfg.ctx = talloc_named_const(NULL, 0, "gsup_echo");
	ld_log_init(cfg.ctx, &log);
	ld_loop_init(ld_clock_monotonic_ms(&clock.clock));
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	rc = ld_chan_gsup_init(&channel, &cfg, &host);
	if (rc < 0) {
		fprintf(stderr, "gsup_echo: %s\n", ld_strerror(rc));
		return 2;
	}
	rc = serve(&clock.clock);
	talloc_free(cfg.ctx);
	return rc;
}
