/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "impl.h"

#include <stdio.h>
#include <string.h>

#include <osmocom/core/talloc.h>

#include "laido/base/err.h"
#include "laido/text/text.h"

enum {
	SESSION_MS_MAX = 25000, /* the MSC gives up after 30 s */
	DEFAULT_SESSIONS = 5000,
	DEFAULT_CACHED = 20000,
	DEFAULT_LOOKUP_MS = 2000,
	DEFAULT_CACHE_MS = 24 * 3600 * 1000,
};

static int start(struct ld_channel *ch)
{
	struct gsup_channel *g = ch->priv;
	int rc = lookup_start(&g->lookup, g->cfg.random);

	return rc < 0 ? rc : link_start(g);
}

static void stop(struct ld_channel *ch)
{
	struct gsup_channel *g = ch->priv;

	if (!g)
		return;
	session_for_all(g, session_free);
	link_stop(g);
	lookup_stop(&g->lookup);
	ch->priv = NULL;
	talloc_free(g);
}

static int reply(struct ld_channel *ch, uint64_t session, const struct ld_reply *screen)
{
	struct gsup_channel *g = ch->priv;
	struct session *s = g ? session_by_id(g, session) : NULL;

	return s ? dialogue_reply(s, screen) : LD_E_UNKNOWN;
}

static const struct ld_channel_ops ops = {
	.kind = "gsup",
	.start = start,
	.stop = stop,
	.reply = reply,
};

static bool copy_text(char *ret, const char *text)
{
	int septets = text ? ld_gsm7_septets(text) : 0;

	if (septets < 0 || septets > LD_USSD_RESULT_SEPTETS)
		return false;
	snprintf(ret, TEXT_MAX, "%s", text ? text : "");
	return true;
}

static uint16_t least(uint16_t a, uint16_t b)
{
	return a < b ? a : b;
}

/* Half of the session timer remains for the gateway. */
static int lookup_ms(const struct ld_chan_gsup_cfg *cfg)
{
	int ms = cfg->lookup_ms ? cfg->lookup_ms : DEFAULT_LOOKUP_MS;

	return ms < cfg->conf.session_ms / 2 ? ms : cfg->conf.session_ms / 2;
}

/* Any screen may turn out to be the last, so both budgets hold for it. */
static int take_config(struct gsup_channel *g, const struct ld_chan_gsup_cfg *cfg)
{
	const struct ld_conf_gsup *conf = &cfg->conf;
	size_t len = strnlen(conf->code, sizeof(conf->code));

	g->cfg = *cfg;
	g->cfg.name = g->cfg.text_busy = g->cfg.text_timeout = NULL;    /* kept elsewhere */
	g->septets = least(conf->menu_septets, conf->end_septets);
	g->units = least(LD_USSD_RESULT_UNITS, (uint16_t)(g->septets * 7 / 16));
	if (g->septets < 1 || conf->end_septets > LD_USSD_RESULT_SEPTETS ||
	    conf->menu_septets > LD_USSD_INVOKE_SEPTETS || conf->session_ms < 1 ||
	    conf->session_ms > SESSION_MS_MAX || len >= sizeof(g->code) ||
	    !copy_text(g->text_busy, cfg->text_busy) ||
	    !copy_text(g->text_timeout, cfg->text_timeout))
		return LD_E_RANGE;
	if (len > 0 && conf->code[len - 1] == '#')
		len--;
	memcpy(g->code, conf->code, len);
	if (!g->cfg.max_sessions)
		g->cfg.max_sessions = DEFAULT_SESSIONS;
	g->lookup = (struct lookup){
		.ctx = g,
		.clock = cfg->clock,
		.wait_ms = lookup_ms(cfg),
		.cache_ms = cfg->cache_ms ? cfg->cache_ms : DEFAULT_CACHE_MS,
		.max_cached = cfg->max_cached ? cfg->max_cached : DEFAULT_CACHED,
		.ctrl = { .host = g->cfg.conf.host, .port = conf->ctrl_port },
	};
	return 0;
}

int ld_chan_gsup_init(struct ld_channel *ret, const struct ld_chan_gsup_cfg *cfg,
		      const struct ld_channel_host *host)
{
	struct gsup_channel *g = talloc_zero(cfg->ctx, struct gsup_channel);
	int rc;

	if (!g)
		return LD_E_NOMEM;
	rc = take_config(g, cfg);
	if (rc < 0) {
		talloc_free(g);
		return rc;
	}
	/* Answers to sessions of a former start must not meet sessions of this one. */
	g->next_id = ld_random_u64(cfg->random);
	g->ch = ret;
	*ret = (struct ld_channel){ .ops = &ops, .host = host, .priv = g };
	snprintf(ret->name, sizeof(ret->name), "%s", cfg->name);
	return 0;
}

void ld_chan_gsup_stats(const struct ld_channel *ch, struct ld_chan_gsup_stats *ret)
{
	const struct gsup_channel *g = ch->priv;

	memset(ret, 0, sizeof(*ret));
	if (g)
		*ret = g->stats;
}
