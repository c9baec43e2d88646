/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channels that the configuration names. Adding a kind: docs/ADD-A-CHANNEL.md. */
#include "daemon.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#include "laido/chan/gsup.h"
#include "laido/chan/modem.h"
#include "laido/chan/phone.h"
#include "laido/chan/smpp.h"

static const char text_busy[] = "He thong dang ban. Xin goi lai sau it phut.";
static const char text_timeout[] = "Da het gio cho tra loi. Bam lai de vao tiep cho cu.";

static int add(struct daemon *d, struct ld_channel *ch, const struct ld_gateway_lane *lane,
	       struct ld_errmsg *err)
{
	int rc;

	if (!ch)
		return ld_fail(err, LD_E_NOMEM, "a channel: %s", ld_strerror(LD_E_NOMEM));
	d->channel[d->n_channels++] = ch;
	rc = ld_gateway_add(d->gw, ch, lane);
	return rc < 0 ? ld_fail(err, rc, "channel %s did not start: %s", ch->name, ld_strerror(rc))
		      : 0;
}

static int add_phone(struct daemon *d, struct ld_errmsg *err)
{
	/* Nothing is spent on a simulated handset, so nothing is spaced. */
	struct ld_gateway_lane lane = { .window = 64, .spacing_ms = 0, .burst = 1 };

	if (!d->conf.phone.enable)
		return 0;
	d->phone = ld_phone_new(d->ctx, &d->conf, ld_gateway_host(d->gw));
	return add(d, d->phone, &lane, err);
}

static int add_gsup(struct daemon *d, struct ld_errmsg *err)
{
	struct ld_gateway_lane lane = { .window = 0 };
	struct ld_chan_gsup_cfg cfg = {
		.name = "gsup", .conf = d->conf.gsup, .clock = &d->clock.clock,
		.random = ld_random_sys(), .ctx = d->ctx,
		.text_busy = text_busy, .text_timeout = text_timeout,
	};
	struct ld_channel *ch;
	int rc;

	if (!d->conf.gsup.enable)
		return 0;
	ch = talloc_zero(d->ctx, struct ld_channel);
	rc = ch ? ld_chan_gsup_init(ch, &cfg, ld_gateway_host(d->gw)) : LD_E_NOMEM;
	if (rc < 0)
		return ld_fail(err, rc, "gsup: %s", ld_strerror(rc));
	return add(d, ch, &lane, err);
}

/* Beside laidod itself unless the configuration says otherwise. */
static void modem_program(const struct daemon *d, char *ret, size_t size)
{
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (d->conf.modem_program[0] || n <= 0) {
		snprintf(ret, size, "%s", d->conf.modem_program[0] ? d->conf.modem_program
								   : "laido-modem");
		return;
	}
	self[n] = '\0';
	snprintf(ret, size, "%s/laido-modem", dirname(self));
}

static int set_price(const struct daemon *d, const char *name, const struct ld_conf_price *p,
		     struct ld_gateway_lane *ret, struct ld_errmsg *err)
{
	const char *operator = ld_modem_operator_name(&d->operators, p->operator);

	if (p->operator[0] && !operator[0])
		return ld_fail(err, LD_E_RANGE, "%s: no operator \"%s\" in %s/operators.conf", name,
			       p->operator, d->conf.modems_dir);
	snprintf(ret->operator, sizeof(ret->operator), "%s", operator);
	ret->own_vnd = p->own_vnd;
	ret->other_vnd = p->other_vnd;
	return 0;
}

static int add_modem(struct daemon *d, const struct ld_conf_modem *m, struct ld_errmsg *err)
{
	struct ld_gateway_lane lane = {
		.window = 1, .spacing_ms = d->conf.outbox.spacing_ms, .burst = d->conf.outbox.burst,
		.limits = { d->conf.outbox.parts_per_day, REPLY_PERCENT },
	};
	struct ld_chan_modem_cfg cfg = {
		.operators = &d->operators, .clock = &d->clock.clock, .random = ld_random_sys(),
		.utc_offset_min = d->conf.utc_offset_min,
	};
	int n, rc = ld_modem_profile_load(d->conf.modems_dir, m->profile, &cfg.profile, err);

	if (rc == 0)
		rc = set_price(d, m->name, &m->price, &lane, err);
	if (rc < 0)
		return rc;

	snprintf(cfg.name, sizeof(cfg.name), "%s", m->name);
	snprintf(cfg.smsc, sizeof(cfg.smsc), "%s", m->smsc);
	snprintf(cfg.pin, sizeof(cfg.pin), "%s", m->pin);
	snprintf(lane.number, sizeof(lane.number), "%s", m->number);
	modem_program(d, cfg.worker, sizeof(cfg.worker));
	n = snprintf(cfg.journal, sizeof(cfg.journal), "%s/%s.journal", d->conf.state_dir, m->name);
	snprintf(cfg.imei, sizeof(cfg.imei), "%s", m->imei);
	snprintf(cfg.power, sizeof(cfg.power), "%s", m->power);
	snprintf(cfg.sims, sizeof(cfg.sims), "%s/sims", d->conf.state_dir);
	if (n >= (int)sizeof(cfg.journal) ||
	    snprintf(cfg.ttys, sizeof(cfg.ttys), "%s", d->conf.modem_ttys) >= (int)sizeof(cfg.ttys) ||
	    snprintf(cfg.device, sizeof(cfg.device), "%s", m->device) >= (int)sizeof(cfg.device))
		return ld_fail(err, LD_E_TOOBIG, "modem %s: its device, modem_ttys or state_dir is "
			       "too long a path", m->name);
	return add(d, ld_chan_modem_new(d->ctx, &cfg, ld_gateway_host(d->gw)), &lane, err);
}

static int add_smpp(struct daemon *d, const struct ld_conf_smpp *s, struct ld_errmsg *err)
{
	struct ld_gateway_lane lane = {
		.window = s->window, .spacing_ms = s->spacing_ms, .burst = s->window,
		.limits = { s->parts_per_day, REPLY_PERCENT },
	};
	struct ld_chan_smpp_cfg cfg = {
		.conf = *s, .clock = &d->clock.clock, .random = ld_random_sys(),
		.text_busy = text_busy, .text_timeout = text_timeout,
	};
	struct ld_channel *ch;
	int rc = set_price(d, s->name, &s->price, &lane, err);

	if (rc < 0)
		return rc;
	snprintf(lane.number, sizeof(lane.number), "%s", s->source);
	if (snprintf(cfg.file, sizeof(cfg.file), "%s/%s.smpp", d->conf.state_dir, s->name) >=
	    (int)sizeof(cfg.file))
		return ld_fail(err, LD_E_TOOBIG, "smpp %s: state_dir is too long a path", s->name);
	rc = ld_chan_smpp_new(&ch, d->ctx, &cfg, ld_gateway_host(d->gw), err);
	return rc < 0 ? rc : add(d, ch, &lane, err);
}

int daemon_channels(struct daemon *d, struct ld_errmsg *err)
{
	int rc = add_phone(d, err);

	if (rc == 0)
		rc = add_gsup(d, err);
	if (rc == 0 && d->conf.n_modems + d->conf.n_smpp)
		rc = ld_modem_operators_load(d->conf.modems_dir, &d->operators, err);
	for (unsigned i = 0; i < d->conf.n_modems && rc == 0; i++)
		rc = add_modem(d, &d->conf.modems[i], err);
	for (unsigned i = 0; i < d->conf.n_smpp && rc == 0; i++)
		rc = add_smpp(d, &d->conf.smpp[i], err);
	return rc;
}

static bool is_smpp(const struct ld_channel *ch)
{
	return strcmp(ch->ops->kind, "smpp") == 0;
}

void daemon_channels_stop(struct daemon *d)
{
	for (unsigned i = 0; i < d->n_channels; i++) {
		struct ld_channel *ch = d->channel[i];

		if (strcmp(ch->ops->kind, "modem") == 0) {
			ld_chan_modem_free(ch);
			continue;
		}
		if (is_smpp(ch)) {
			ld_chan_smpp_free(ch);
			continue;
		}
		ch->ops->stop(ch);
		talloc_free(ch);
	}
	d->n_channels = 0;
}

/* ---- intents of before the start ---- */

enum { SETTLE_MAX = 256 };              /* several binds' windows; more become "unknown" */

struct settle {
	struct ld_job job;
	struct daemon *d;
	unsigned n;
	int64_t beyond_id;              /* the last one there was no room for */
	struct { int64_t id, since_ms; char channel[32]; } row[SETTLE_MAX];
};

static int note_intent(void *arg, const struct ld_out_row *r)
{
	struct settle *s = arg;

	if (s->n == SETTLE_MAX) {
		s->beyond_id = r->id;
		return 0;
	}
	s->row[s->n].id = r->id;
	s->row[s->n].since_ms = r->changed_ms;
	snprintf(s->row[s->n].channel, sizeof(s->row[0].channel), "%s", r->channel);
	s->n++;
	return 0;
}

static int settle_run(struct ld_job *job, struct ld_store *st)
{
	struct settle *s = (struct settle *)job;

	s->n = 0;
	s->beyond_id = 0;
	return ld_store_out_intents(st, note_intent, s);
}

static struct ld_channel *smpp_of(const struct daemon *d, const char *name)
{
	for (unsigned i = 0; i < d->n_channels; i++)
		if (strcmp(d->channel[i]->name, name) == 0 && is_smpp(d->channel[i]))
			return d->channel[i];
	return NULL;
}

static const char *settle_one(const struct daemon *d, const char *channel, int64_t id, int64_t since_ms)
{
	struct ld_channel *modem = daemon_modem(d, channel), *bind = smpp_of(d, channel);

	if (modem) {
		ld_chan_modem_settle(modem, id);
		return "asking the modem's journal";
	}
	if (bind && ld_chan_smpp_settle(bind, id, since_ms) == 0)
		return "the bind's file tells";
	return "nobody knows whether it went out";
}

/* What nobody knows becomes "unknown" by the gateway's own time-out. */
static void settle_done(struct ld_job *job, int rc)
{
	struct settle *s = (struct settle *)job;

	for (unsigned i = 0; i < s->n && rc == 0; i++)
		LOGP(DMAIN, LOGL_NOTICE, "message %lld was being sent when laidod ended: %s\n",
		     (long long)s->row[i].id,
		     settle_one(s->d, s->row[i].channel, s->row[i].id, s->row[i].since_ms));
	for (unsigned i = 0; i < s->d->n_channels && rc == 0; i++)
		if (is_smpp(s->d->channel[i]))
			ld_chan_smpp_settled(s->d->channel[i], s->beyond_id);
	free(s);
}

void daemon_settle(struct daemon *d)
{
	struct settle *s = calloc(1, sizeof(*s));

	if (!s)
		return;
	s->job = (struct ld_job){ .run = settle_run, .done = settle_done };
	s->d = d;
	if (ld_worker_submit(d->worker, LD_LANE_LIVE, &s->job) < 0)
		free(s);
}
