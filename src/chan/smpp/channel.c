/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "impl.h"

#include <stdio.h>
#include <string.h>

#include <osmocom/core/talloc.h>

#include "laido/osmo/log.h"

enum { TICK_MS = 200 };

/* What families of message centres do; a setting of the bind itself goes before it. */
static const struct profile {
	const char *name;
	bool trust_ids;         /* the message_id of responses comes back in reports */
} profiles[] = {
	{ "generic", true },
	{ "osmomsc", false },
};

static const struct profile *profile_named(const char *name)
{
	for (unsigned i = 0; i < LD_ARRAY_SIZE(profiles); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

static int long_by_name(const char *name)
{
	static const char *const names[] = { "udh", "sar", "payload" };

	for (unsigned i = 0; i < LD_ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

uint32_t smpp_next_seq(struct smpp *s)
{
	s->seq = s->seq >= 0x7fffffff ? 1 : s->seq + 1;
	return s->seq;
}

const char *smpp_mask(const char *address)
{
	size_t len = strlen(address);

	return len >= 7 ? address + len - 3 : "";
}

static const struct link *first_down(const struct smpp *s)
{
	for (unsigned i = 0; i < s->n_links; i++)
		if (s->link[i].state != LINK_BOUND)
			return &s->link[i];
	return NULL;
}

void smpp_tell_state(struct smpp *s)
{
	const struct link *down = first_down(s);
	enum ld_channel_state state = LD_CHANNEL_UP;
	char why[sizeof(s->why)] = "";

	if (!smpp_link_can_send(s))
		state = s->n_links > 1 && smpp_link_can_receive(s) ? LD_CHANNEL_RECEIVE_ONLY
							      : LD_CHANNEL_DOWN;
	else if (s->paused_until_ms)
		state = LD_CHANNEL_RECEIVE_ONLY;
	if (state == LD_CHANNEL_RECEIVE_ONLY && s->paused_until_ms)
		snprintf(why, sizeof(why), "the operator asked for a pause");
	else if (down)
		snprintf(why, sizeof(why), "%s%s", down->why[0] ? down->why : "connecting",
			 state == LD_CHANNEL_UP ? "; cannot receive" : "");
	if (s->told && s->state == state && strcmp(s->why, why) == 0)
		return;
	s->told = true;
	s->state = state;
	memcpy(s->why, why, sizeof(s->why));
	s->ch.host->state(&s->ch, state, s->why);
}

static void schedule(struct smpp *s)
{
	osmo_timer_schedule(&s->tick, TICK_MS / 1000, TICK_MS % 1000 * 1000);
}

static void on_tick(void *arg)
{
	struct smpp *s = arg;

	for (unsigned i = 0; i < s->n_links; i++)
		smpp_link_tick(&s->link[i]);
	submit_tick(s);
	deliver_tick(s);
	join_tick(s);
	ussd_tick(s);
	schedule(s);
}

static int start(struct ld_channel *ch)
{
	struct smpp *s = ch->priv;

	s->started = true;
	keep_inputs_doubt(&s->keep, smpp_utc(s));
	osmo_timer_setup(&s->tick, on_tick, s);
	schedule(s);
	smpp_link_start(s);
	return 0;
}

static void stop(struct ld_channel *ch)
{
	struct smpp *s = ch->priv;

	if (!s->started)
		return;
	s->started = false;
	osmo_timer_del(&s->tick);
	ussd_stop(s);
	smpp_link_stop(s);
	memset(s->flight, 0, sizeof(s->flight));
	memset(s->answer, 0, sizeof(s->answer));
	s->stats.in_flight = 0;
}

static void metrics(const struct ld_channel *ch, ld_metric_cb put, void *arg)
{
	const struct smpp *s = ch->priv;
	const struct ld_chan_smpp_stats *x = &s->stats;

	put(arg, "window", s->cfg.conf.window);
	put(arg, "in_flight", x->in_flight);
	put(arg, "in_flight_high_water", x->in_flight_high_water);
	put(arg, "enquire_ms", x->enquire_ms);
	put(arg, "last_error", x->last_error);
	put(arg, "sessions", x->sessions);
	put(arg, "sessions_high_water", x->sessions_high_water);
#define PUT(name) put(arg, #name, (int64_t)x->name);
	LD_CHAN_SMPP_COUNTERS(PUT)
#undef PUT
}

static const struct ld_channel_ops ops = {
	.kind = "smpp",
	.start = start,
	.stop = stop,
	.reply = ussd_reply,
	.send = submit_message,
	.committed = deliver_committed,
	.metrics = metrics,
};

static void defaults(struct ld_chan_smpp_cfg *c)
{
	static const struct { size_t at; int ms; } row[] = {
		{ offsetof(struct ld_chan_smpp_cfg, bind_ms), 10000 },
		{ offsetof(struct ld_chan_smpp_cfg, submit_ms), 30000 },
		{ offsetof(struct ld_chan_smpp_cfg, settle_ms), 60000 },
		{ offsetof(struct ld_chan_smpp_cfg, ack_ms), 4000 },
		{ offsetof(struct ld_chan_smpp_cfg, gap_ms), 900000 },
		{ offsetof(struct ld_chan_smpp_cfg, retry_ms), 1000 },
		{ offsetof(struct ld_chan_smpp_cfg, retry_max_ms), 60000 },
		{ offsetof(struct ld_chan_smpp_cfg, pause_ms), 1000 },
		{ offsetof(struct ld_chan_smpp_cfg, max_sessions), 1000 },
	};

	for (unsigned i = 0; i < LD_ARRAY_SIZE(row); i++) {
		int *ms = (int *)(void *)((char *)c + row[i].at);

		*ms = *ms ? *ms : row[i].ms;
	}
}

static int take_config(struct smpp *s, const struct ld_chan_smpp_cfg *cfg, struct ld_errmsg *err)
{
	const struct ld_conf_smpp *c = &cfg->conf;
	const struct profile *p = profile_named(c->profile);
	int coding = coding_by_name(c->alphabet), long_by = long_by_name(c->long_by);

	if (!p || coding < 0 || long_by < 0 || c->window < 1 || c->window > LD_SMPP_WINDOW_MAX ||
	    c->ussd_septets < 40 || c->ussd_septets > 182 || c->session_ms < 1 ||
	    c->enquire_ms < 1)
		return ld_fail(err, LD_E_RANGE, "smpp %s: a setting no bind can have; see "
			       "conf/laidod.conf", c->name);
	s->cfg = *cfg;
	defaults(&s->cfg);
	s->trust_ids = p->trust_ids;
	s->coding = (enum coding_default)coding;
	s->long_by = (unsigned)long_by;
	snprintf(s->text_busy, sizeof(s->text_busy), "%s", cfg->text_busy ? cfg->text_busy : "");
	snprintf(s->text_timeout, sizeof(s->text_timeout), "%s",
		 cfg->text_timeout ? cfg->text_timeout : "");
	s->cfg.text_busy = s->cfg.text_timeout = NULL;
	return 0;
}

static int take_tls(struct smpp *s, struct ld_errmsg *err)
{
	const struct ld_conf_smpp *c = &s->cfg.conf;
	static const uint8_t none[sizeof(c->tls_pin)];
	bool has_pin = memcmp(c->tls_pin, none, sizeof(none)) != 0;
	const struct smpp_tls_cfg tls = { .host = c->host, .ca_file = c->tls_ca,
					  .pin = has_pin ? c->tls_pin : NULL };

	return c->tls ? smpp_tls_new(&s->tls, &tls, err) : 0;
}

int ld_chan_smpp_new(struct ld_channel **ret, void *ctx, const struct ld_chan_smpp_cfg *cfg,
		     const struct ld_channel_host *host, struct ld_errmsg *err)
{
	struct smpp *s = talloc_zero(ctx, struct smpp);
	int rc;

	if (!s)
		return ld_fail(err, LD_E_NOMEM, "smpp: %s", ld_strerror(LD_E_NOMEM));
	rc = take_config(s, cfg, err);
	if (rc == 0)
		rc = take_tls(s, err);
	if (rc == 0)
		rc = keep_open(&s->keep, cfg->file, err);
	if (rc < 0) {
		smpp_tls_free(s->tls);
		talloc_free(s);
		return rc;
	}
	for (unsigned i = 0; i < SESSION_SLOTS; i++)
		INIT_LLIST_HEAD(&s->by_key[i]);
	INIT_LLIST_HEAD(&s->sessions);
	/* Answers to sessions of a former start must not meet those of this one, nor parts of long
	 * messages each other. */
	s->next_session = ld_random_u64(cfg->random) >> 1;
	s->serial = ld_random_below(cfg->random, 1u << 30);
	s->long_ref = (uint16_t)ld_random_below(cfg->random, 0x10000);
	s->ch = (struct ld_channel){ .ops = &ops, .host = host, .priv = s };
	snprintf(s->ch.name, sizeof(s->ch.name), "%s", cfg->conf.name);
	*ret = &s->ch;
	return 0;
}

void ld_chan_smpp_free(struct ld_channel *ch)
{
	struct smpp *s = ch ? ch->priv : NULL;

	if (!s)
		return;
	stop(ch);
	keep_close(&s->keep);
	smpp_tls_free(s->tls);
	talloc_free(s);
}

void ld_chan_smpp_stats(const struct ld_channel *ch, struct ld_chan_smpp_stats *ret)
{
	const struct smpp *s = ch->priv;

	*ret = s->stats;
}
