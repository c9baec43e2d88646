/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modem.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <talloc.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"

enum {
	BEAT_SLACK_MS = 5000,           /* a slow disk may hold up the worker's start */
	SUBMIT_SLACK_MS = 10000,        /* the worker gives up by itself first */
	BUSY_MAX_MS = 900000,           /* libgammu may list for minutes, not for ever */
	PENDING_TIMES = 4,              /* so often command_ms while something comes, or nothing is owed */
};

void ld_modem_timer(struct osmo_timer_list *t, unsigned ms)
{
	osmo_timer_schedule(t, (int)(ms / 1000), (int)(ms % 1000 * 1000));
}

void ld_modem_set_state(struct modem *m, enum ld_channel_state state, const char *why)
{
	static const char *const names[] = { "down: ", "up", "receives, cannot send: " };
	bool same = m->info.state == state && strcmp(m->info.why, why) == 0;

	m->info.state = state;
	snprintf(m->info.why, sizeof(m->info.why), "%s", why);
	if (same)
		return;
	LOGP(DMODEM, state == LD_CHANNEL_UP ? LOGL_NOTICE : LOGL_ERROR, "%s: %s%s\n", m->ch.name,
	     names[state], why);
	m->ch.host->state(&m->ch, state, m->info.why);
}

/* ---- the worker's life ---- */

static void hang(struct modem *m, const char *why)
{
	snprintf(m->kill_why, sizeof(m->kill_why), "%s; the worker is started again", why);
	LOGP(DMODEM, LOGL_ERROR, "%s: %s\n", m->ch.name, m->kill_why);
	ld_process_kill(&m->proc);
}

static void on_watchdog(void *data)
{
	hang(data, "the worker does not answer");
}

static void expect_beat(struct modem *m)
{
	ld_modem_timer(&m->watchdog, 3 * m->cfg.beat_ms + BEAT_SLACK_MS);
}

static void on_beat(struct modem *m, const struct ld_wmsg *msg)
{
	uint32_t silent_ms = msg->u.beat.silent_ms, busy_ms = msg->u.beat.busy_ms;
	uint32_t stands_ms = silent_ms < busy_ms ? silent_ms : busy_ms;

	expect_beat(m);
	if (m->kill_why[0])
		return;
	if (msg->u.beat.op == LD_WOP_COMMAND && silent_ms > m->cfg.command_ms)
		hang(m, "the modem does not answer");
	else if (msg->u.beat.op == LD_WOP_COMMAND &&
		 msg->u.beat.pending_ms > PENDING_TIMES * m->cfg.command_ms)
		hang(m, "the modem does not end an answer");
	else if (msg->u.beat.op == LD_WOP_SUBMIT && silent_ms > m->cfg.submit_ms + SUBMIT_SLACK_MS)
		hang(m, "the network does not take a message");
	else if (msg->u.beat.op == LD_WOP_IDLE && stands_ms > PENDING_TIMES * m->cfg.command_ms)
		hang(m, "libgammu stands still, though the modem owes nothing");
	else if (busy_ms > BUSY_MAX_MS)
		hang(m, "libgammu hangs");
}

static void on_stable(void *data)
{
	struct modem *m = data;

	m->restarts_in_row = 0;
}

static void schedule_restart(struct modem *m)
{
	unsigned ms = m->cfg.restart_ms;

	for (unsigned i = 0; i < m->restarts_in_row && ms < m->cfg.restart_max_ms; i++)
		ms *= 2;
	if (ms > m->cfg.restart_max_ms || m->wants_person)
		ms = m->cfg.restart_max_ms;
	m->restarts_in_row++;
	/* eight modems of one hub that fail together do not start together */
	ms = ms - ms / 4 + ld_random_below(m->cfg.random, ms / 2 + 1);
	ld_modem_timer(&m->restart, ms);
	ld_modem_power(m);
}

static void on_ended(void *arg, int status)
{
	struct modem *m = arg;
	char why[96];

	osmo_timer_del(&m->watchdog);
	osmo_timer_del(&m->stable);
	m->info.worker_pid = 0;
	m->info.restarts++;
	if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "the worker died of signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof(why), "the worker ended");
	if (m->kill_why[0])
		ld_modem_set_state(m, LD_CHANNEL_DOWN, m->kill_why);
	else if (m->ready || m->info.state == LD_CHANNEL_UP || !m->info.why[0])
		ld_modem_set_state(m, LD_CHANNEL_DOWN, why);     /* else it has said why itself */
	if (m->health.probing) {                /* nothing is known that was not before */
		m->health.probing = false;
		ld_modem_timer(&m->health.probe, m->cfg.probe_ms);
	}
	m->ready = false;
	m->kill_why[0] = 0;
	ld_modem_unsettle(m);
	schedule_restart(m);
}

static void on_state(struct modem *m, const struct ld_wmsg *msg)
{
	if (msg->u.state.state == LD_WSTATE_READY) {
		m->ready = true;
		m->wants_person = false;
		m->health.no_network = 0;
		ld_modem_timer(&m->stable, m->cfg.restart_max_ms);
		ld_modem_credit_start(m);
		ld_modem_judge(m);
	} else if (msg->u.state.state == LD_WSTATE_FAILED) {
		m->ready = false;
		m->wants_person = msg->u.state.person;
		ld_modem_set_state(m, LD_CHANNEL_DOWN, msg->u.state.why);
	}
}

/* Copied field by field: the texts come from the modem. */
static void on_ident(struct modem *m, const struct ld_wmsg *msg)
{
	const struct ld_wmsg_ident *id = &msg->u.ident;

	snprintf(m->info.manufacturer, sizeof(m->info.manufacturer), "%s", id->manufacturer);
	snprintf(m->info.model, sizeof(m->info.model), "%s", id->model);
	snprintf(m->info.firmware, sizeof(m->info.firmware), "%s", id->firmware);
	snprintf(m->info.imei, sizeof(m->info.imei), "%s", id->imei);
	snprintf(m->info.imsi, sizeof(m->info.imsi), "%s", id->imsi);
	snprintf(m->info.device, sizeof(m->info.device), "%s", id->device);
	memcpy(m->found, m->info.device, sizeof(m->found));
	LOGP(DMODEM, LOGL_INFO, "%s: %s %s on %s\n", m->ch.name, id->manufacturer, id->model,
	     id->device);
	ld_modem_check_sim(m);
}

static void on_status(struct modem *m, const struct ld_wmsg *msg)
{
	const struct ld_wmsg_status *s = &msg->u.status;

	m->info.signal = s->signal;
	m->info.registration = s->registration;
	m->info.sim_used = s->sim_used;
	m->info.sim_size = s->sim_size;
	m->info.urcs_dropped = s->urcs_dropped;
	snprintf(m->info.oper, sizeof(m->info.oper), "%s", s->oper);
	ld_modem_note_status(m);
}

static void on_log(struct modem *m, const struct ld_wmsg *msg)
{
	static const unsigned levels[] = { LOGL_INFO, LOGL_NOTICE, LOGL_ERROR };

	LOGP(DMODEM, levels[msg->u.log.level], "%s: %s\n", m->ch.name, msg->u.log.text);
}

static void on_traced(struct modem *m, const struct ld_wmsg *msg)
{
	if (m->trace_line)
		m->trace_line(m->trace_arg, msg->u.traced.to_modem, msg->u.traced.text);
}

static void on_message(void *arg, const struct ld_wmsg *msg)
{
	static void (*const take[])(struct modem *, const struct ld_wmsg *) = {
		[LD_WMSG_IDENT] = on_ident,
		[LD_WMSG_STATE] = on_state,
		[LD_WMSG_BEAT] = on_beat,
		[LD_WMSG_INBOUND] = ld_modem_on_inbound,
		[LD_WMSG_CALL] = ld_modem_on_call,
		[LD_WMSG_SENT] = ld_modem_on_sent,
		[LD_WMSG_STATUS] = on_status,
		[LD_WMSG_LOG] = on_log,
		[LD_WMSG_USSD_TEXT] = ld_modem_on_ussd,
		[LD_WMSG_TRACED] = on_traced,
	};

	if (msg->type < LD_ARRAY_SIZE(take) && take[msg->type])
		take[msg->type](arg, msg);
}

#define COPY(to, from) \
	do { \
		_Static_assert(sizeof(to) == sizeof(from), "one is longer"); \
		memcpy(to, from, sizeof(to)); \
	} while (0)

static void configure(const struct modem *m, struct ld_wmsg_config *ret)
{
	const struct ld_chan_modem_cfg *c = &m->cfg;
	const struct ld_modem_profile *p = &c->profile;

	COPY(ret->device, c->device);
	if (c->imei[0] && m->found[0])
		COPY(ret->device, m->found);
	COPY(ret->imei, c->imei);
	COPY(ret->ttys, c->ttys);
	COPY(ret->journal, c->journal);
	COPY(ret->smsc, c->smsc);
	COPY(ret->pin, c->pin);
	COPY(ret->connection, p->connection);
	COPY(ret->init, p->init);
	COPY(ret->storage, p->storage);
	COPY(ret->cnmi, p->cnmi);
	COPY(ret->drop, p->drop);
	COPY(ret->ussd, p->ussd);
	COPY(ret->pin_count, p->pin_count);
	ret->pin_count_at = p->pin_count_at;
	ret->beat_ms = c->beat_ms;
	ret->poll_ms = c->poll_ms;
	ret->command_ms = c->command_ms;
	ret->submit_ms = c->submit_ms;
	ret->gap_ms = c->gap_ms;
}

static void tell_trace(struct modem *m)
{
	struct ld_wmsg msg = { .type = LD_WMSG_TRACE };

	msg.u.trace.on = m->trace_line != NULL;
	ld_process_write(&m->proc, &msg);
}

int ld_chan_modem_trace(struct ld_channel *ch, ld_chan_modem_trace_cb line, void *arg)
{
	struct modem *m = ch->priv;

	if (line && m->trace_line)
		return LD_E_BUSY;
	m->trace_line = line;
	m->trace_arg = arg;
	tell_trace(m);
	return 0;
}

static void start_worker(void *data)
{
	struct modem *m = data;
	struct ld_wmsg msg = { .type = LD_WMSG_CONFIG };
	char why[160];
	int rc = ld_process_start(&m->proc, m->cfg.worker);

	if (rc < 0) {
		snprintf(why, sizeof(why), "cannot start %.100s: %s", m->cfg.worker, ld_strerror(rc));
		ld_modem_set_state(m, LD_CHANNEL_DOWN, why);
		schedule_restart(m);
		return;
	}
	m->generation++;
	m->info.worker_pid = m->proc.pid;
	configure(m, &msg.u.config);
	ld_process_write(&m->proc, &msg);
	tell_trace(m);
	ld_modem_ask(m);
	expect_beat(m);
}

/* ---- the channel ---- */

static int modem_start(struct ld_channel *ch)
{
	struct modem *m = ch->priv;

	if (m->running)
		return 0;
	m->running = true;
	osmo_timer_setup(&m->restart, start_worker, m);
	osmo_timer_setup(&m->watchdog, on_watchdog, m);
	osmo_timer_setup(&m->stable, on_stable, m);
	m->proc.message = on_message;
	m->proc.ended = on_ended;
	m->proc.arg = m;
	start_worker(m);
	return 0;
}

static void modem_stop(struct ld_channel *ch)
{
	struct modem *m = ch->priv;

	if (!m->running)
		return;
	m->running = m->ready = false;
	osmo_timer_del(&m->restart);
	osmo_timer_del(&m->watchdog);
	osmo_timer_del(&m->stable);
	ld_modem_credit_stop(m);
	ld_modem_health_stop(m);
	ld_modem_power_stop(m);
	ld_process_leave(&m->proc);
	ld_modem_forget(m);
}

static void metrics(const struct ld_channel *ch, ld_metric_cb put, void *arg)
{
	struct ld_chan_modem_info i;

	ld_chan_modem_info(ch, &i);
	if (i.signal <= 31)
		put(arg, "signal", i.signal);
	put(arg, "registration", i.registration);
	if (i.credit >= 0)
		put(arg, "credit_vnd", i.credit);
	put(arg, "sim_used", i.sim_used);
	put(arg, "sim_size", i.sim_size);
	put(arg, "sim_changed", i.sim_changed);
	put(arg, "sent_hour", i.sent_hour);
	put(arg, "failed_hour", i.failed_hour);
	put(arg, "received_hour", i.received_hour);
	put(arg, "calls", (int64_t)i.calls);
	put(arg, "calls_ignored", (int64_t)i.calls_ignored);
	put(arg, "unknown", (int64_t)i.unknown);
	put(arg, "restarts", i.restarts);
	put(arg, "power_cycles", i.power_cycles);
	put(arg, "urcs_dropped", i.urcs_dropped);
}

static const struct ld_channel_ops ops = {
	.kind = "modem",
	.start = modem_start,
	.stop = modem_stop,
	.send = ld_modem_send,
	.committed = ld_modem_committed,
	.metrics = metrics,
};

static void set_defaults(struct ld_chan_modem_cfg *c)
{
	const struct { unsigned *field, value; } defaults[] = {
		{ &c->beat_ms, 1000 }, { &c->poll_ms, 60000 }, { &c->command_ms, 30000 },
		{ &c->submit_ms, 120000 }, { &c->gap_ms, 900000 }, { &c->settle_ms, 60000 },
		{ &c->restart_ms, 1000 }, { &c->restart_max_ms, 60000 }, { &c->power_after, 5 },
		{ &c->power_pause_ms, 600000 }, { &c->probe_ms, 900000 },
		{ &c->credit_ms, 86400000 }, { &c->credit_first_ms, 30000 },
		{ &c->same_call_ms, 60000 },
	};

	for (size_t i = 0; i < LD_ARRAY_SIZE(defaults); i++)
		if (*defaults[i].field == 0)
			*defaults[i].field = defaults[i].value;
	if (!c->profile.connection[0])
		c->profile = ld_modem_generic;
}

struct ld_channel *ld_chan_modem_new(void *ctx, const struct ld_chan_modem_cfg *cfg,
				     const struct ld_channel_host *host)
{
	struct modem *m = talloc_zero(ctx, struct modem);

	if (!m)
		return NULL;
	m->cfg = *cfg;
	set_defaults(&m->cfg);
	m->info.state = LD_CHANNEL_DOWN;
	m->info.signal = 99;
	m->info.credit = -1;
	m->ch.ops = &ops;
	m->ch.host = host;
	m->ch.priv = m;
	memcpy(m->ch.name, cfg->name, sizeof(m->ch.name));
	return &m->ch;
}

void ld_chan_modem_free(struct ld_channel *ch)
{
	if (!ch)
		return;
	modem_stop(ch);
	talloc_free(ch->priv);
}
