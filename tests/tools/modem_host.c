/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chan/modem with a gateway of paper, for tests: orders from stdin, what happens to stdout.
 *
 *   modem_host DEVICE WORKER JOURNAL [NAME=VALUE...]
 *
 * DEVICE "-": none, found by imei and ttys.
 * NAMEs: smsc pin imei ttys sims power profile (DIR/NAME) operators (DIR), and every ..._ms and
 * power_after of struct ld_chan_modem_cfg
 * Orders: accept; trace on|off; send ID TO gsm7|ucs2|auto TEXT; settle ID; commit on|off (on: everything received is
 * committed at once); committed REF; full on|off (inbound is refused as by a full queue); info; quit */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "laido/base/err.h"
#include "laido/chan/modem.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"
#include "laido/port/clock.h"
#include "laido/text/text.h"

struct host {
	struct ld_channel *ch;
	struct osmo_fd in;
	char line[4096];
	size_t len;
	bool commit, full, quit;
};

static struct host host = { .commit = true };

static void escape(const char *in, char *ret, size_t size)
{
	size_t n = 0;

	for (; *in && n + 3 < size; in++) {
		if (*in == '\n' || *in == '\\')
			ret[n++] = '\\';
		ret[n++] = *in == '\n' ? 'n' : *in;
	}
	ret[n] = 0;
}

static int on_inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	char text[2 * LD_INPUT_MAX];

	if (host.full) {
		printf("refused\n");
		return LD_E_BUSY;
	}
	escape(in->text, text, sizeof(text));
	if (in->what == LD_IN_CALL)
		printf("call from=%s\n", in->from);
	else
		printf("inbound from=%s ref=%llu dedupe=%s budget=%u/%u/%u text=%s\n", in->from,
		       (unsigned long long)in->ref, in->dedupe, in->budget.septets, in->budget.units,
		       in->budget.parts, text);
	if (host.commit && in->ref)
		ch->ops->committed(ch, in->ref);
	return 0;
}

static void on_sent(struct ld_channel *ch, const struct ld_sent *sent)
{
	static const char *const what[] = { "?", "ok", "failed", "retry", "unknown", "delivered",
					    "undelivered", "barred" };

	(void)ch;
	printf("sent id=%lld what=%s parts=%u why=%s\n", (long long)sent->id, what[sent->what], sent->parts,
	       sent->why);
}

static void on_state(struct ld_channel *ch, enum ld_channel_state state, const char *why)
{
	(void)ch;
	printf("state %s %s\n", state == LD_CHANNEL_UP ? "up" : state == LD_CHANNEL_DOWN ? "down" : "mute",
	       why);
}

static const struct ld_channel_host channel_host = { on_inbound, on_sent, on_state };

static void do_send(const char *arg)
{
	struct ld_send s = { .prio = LD_PRIO_REPLY };
	struct ld_measure m;
	char alphabet[8];
	long long id;
	int used = 0;
	size_t n = 0;

	if (sscanf(arg, "%lld %23s %7s %n", &id, s.to, alphabet, &used) != 3 || !used) {
		printf("error send\n");
		return;
	}
	for (arg += used; *arg && n < sizeof(s.text) - 1; arg++) {
		if (arg[0] == '\\' && arg[1])
			arg++;
		s.text[n++] = arg[0] == 'n' && arg[-1] == '\\' ? '\n' : *arg;
	}
	ld_text_measure(s.text, &m);
	s.id = id;
	s.alphabet = strcmp(alphabet, "ucs2") == 0 ? LD_UCS2 : strcmp(alphabet, "gsm7") == 0 ? LD_GSM7 : m.alphabet;
	printf("send id=%lld rc=%s\n", id, ld_strerror(host.ch->ops->send(host.ch, &s)));
}

static void do_info(void)
{
	struct ld_chan_modem_info i;

	ld_chan_modem_info(host.ch, &i);
	printf("info state=%d pid=%d restarts=%u model=%s imei=%s imsi=%s oper=%s signal=%u reg=%u sim=%u/%u "
	       "dropped=%u sent=%llu received=%llu calls=%llu ignored=%llu hour=%u/%u/%u/%u power=%u "
	       "credit=%lld low=%d device=%s changed=%d last=%s todo=%s why=%s\n", i.state, i.worker_pid, i.restarts,
	       i.model, i.imei, i.imsi, i.oper, i.signal, i.registration, i.sim_used, i.sim_size,
	       i.urcs_dropped, (unsigned long long)i.sent, (unsigned long long)i.received,
	       (unsigned long long)i.calls, (unsigned long long)i.calls_ignored, i.sent_hour, i.failed_hour,
	       i.received_hour, i.calls_hour, i.power_cycles, (long long)i.credit, i.credit_low, i.device,
	       i.sim_changed, i.last_error, i.todo, i.why);
}

static void on_traced(void *arg, bool to_modem, const char *line)
{
	(void)arg;
	printf("trace %c %s\n", to_modem ? '>' : '<', line);
}

static void order(const char *line)
{
	if (strncmp(line, "send ", 5) == 0)
		do_send(line + 5);
	else if (strncmp(line, "settle ", 7) == 0)
		printf("settle rc=%d\n", ld_chan_modem_settle(host.ch, strtoll(line + 7, NULL, 10)));
	else if (strncmp(line, "committed ", 10) == 0)
		host.ch->ops->committed(host.ch, strtoull(line + 10, NULL, 10));
	else if (strncmp(line, "commit ", 7) == 0)
		host.commit = strcmp(line + 7, "on") == 0;
	else if (strncmp(line, "full ", 5) == 0)
		host.full = strcmp(line + 5, "on") == 0;
	else if (strcmp(line, "accept") == 0)
		printf("accept rc=%d\n", ld_chan_modem_accept(host.ch));
	else if (strncmp(line, "trace ", 6) == 0)
		printf("trace rc=%d\n", ld_chan_modem_trace(host.ch, strcmp(line + 6, "on") == 0 ?
							    on_traced : NULL, NULL));
	else if (strcmp(line, "info") == 0)
		do_info();
	else if (strcmp(line, "quit") == 0)
		host.quit = true;
	else
		printf("error %s\n", line);
}

static int on_input(struct osmo_fd *ofd, unsigned what)
{
	char buf[1024];
	ssize_t n = read(ofd->fd, buf, sizeof(buf));

	(void)what;
	if (n == 0)
		host.quit = true;
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\n') {
			host.line[host.len] = 0;
			host.len = 0;
			order(host.line);
		} else if (host.len < sizeof(host.line) - 1) {
			host.line[host.len++] = buf[i];
		}
	}
	return 0;
}

static int data_option(struct ld_chan_modem_cfg *c, const char *arg)
{
	static struct ld_modem_operators operators;
	struct ld_errmsg err = { "" };
	char dir[200];
	int rc = -EINVAL;

	if (strncmp(arg, "profile=", 8) == 0 && strrchr(arg, '/')) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(arg, '/') - arg - 8), arg + 8);
		rc = ld_modem_profile_load(dir, strrchr(arg, '/') + 1, &c->profile, &err);
	} else if (strncmp(arg, "operators=", 10) == 0) {
		rc = ld_modem_operators_load(arg + 10, &operators, &err);
		c->operators = &operators;
	}
	if (rc < 0)
		fprintf(stderr, "modem_host: %s: %s\n", arg, err.text);
	return rc;
}

static int option(struct ld_chan_modem_cfg *c, const char *arg)
{
	const struct { const char *name; unsigned *value; } numbers[] = {
		{ "beat_ms=", &c->beat_ms }, { "poll_ms=", &c->poll_ms },
		{ "command_ms=", &c->command_ms }, { "submit_ms=", &c->submit_ms },
		{ "gap_ms=", &c->gap_ms }, { "settle_ms=", &c->settle_ms },
		{ "restart_ms=", &c->restart_ms }, { "restart_max_ms=", &c->restart_max_ms },
		{ "power_after=", &c->power_after }, { "power_pause_ms=", &c->power_pause_ms },
		{ "probe_ms=", &c->probe_ms }, { "credit_ms=", &c->credit_ms },
		{ "credit_first_ms=", &c->credit_first_ms }, { "same_call_ms=", &c->same_call_ms },
	};
	const struct { const char *name; char *value; size_t size; } texts[] = {
		{ "smsc=", c->smsc, sizeof(c->smsc) }, { "pin=", c->pin, sizeof(c->pin) },
		{ "imei=", c->imei, sizeof(c->imei) }, { "ttys=", c->ttys, sizeof(c->ttys) },
		{ "sims=", c->sims, sizeof(c->sims) }, { "power=", c->power, sizeof(c->power) },
	};

	for (size_t i = 0; i < LD_ARRAY_SIZE(numbers); i++)
		if (strncmp(arg, numbers[i].name, strlen(numbers[i].name)) == 0) {
			*numbers[i].value = (unsigned)strtoul(arg + strlen(numbers[i].name), NULL, 10);
			return 0;
		}
	for (size_t i = 0; i < LD_ARRAY_SIZE(texts); i++)
		if (strncmp(arg, texts[i].name, strlen(texts[i].name)) == 0) {
			snprintf(texts[i].value, texts[i].size, "%s", arg + strlen(texts[i].name));
			return 0;
		}
	return data_option(c, arg);
}

int main(int argc, char **argv)
{
	struct ld_chan_modem_cfg cfg = { .name = "sim1" };
	struct ld_log_cfg log = { 0 };
	struct ld_clock_sys clock;
	void *ctx = talloc_named_const(NULL, 0, "modem_host");

	if (argc < 4)
		return 2;
	if (strcmp(argv[1], "-") != 0)
		snprintf(cfg.device, sizeof(cfg.device), "%s", argv[1]);
	snprintf(cfg.worker, sizeof(cfg.worker), "%s", argv[2]);
	snprintf(cfg.journal, sizeof(cfg.journal), "%s", argv[3]);
	for (int i = 4; i < argc; i++)
		if (option(&cfg, argv[i]) < 0)
			return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	ld_clock_sys_init(&clock, true);
	cfg.clock = &clock.clock;
	cfg.random = ld_random_sys();
	cfg.utc_offset_min = 420;
	ld_loop_init(ld_clock_monotonic_ms(&clock.clock));
	if (ld_log_init(ctx, &log) < 0)
		return 1;
	host.ch = ld_chan_modem_new(ctx, &cfg, &channel_host);
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	osmo_fd_setup(&host.in, STDIN_FILENO, OSMO_FD_READ, on_input, NULL, 0);
	if (!host.ch || osmo_fd_register(&host.in) < 0)
		return 1;
	host.ch->ops->start(host.ch);
	while (!host.quit)
		ld_loop_turn(ld_clock_monotonic_ms(&clock.clock), -1);
	ld_chan_modem_free(host.ch);
	osmo_fd_unregister(&host.in);
	talloc_free(ctx);
	return 0;
}
