/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "impl.h"

#include <string.h>

#include <osmocom/abis/ipa.h>
#include <osmocom/core/talloc.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"

enum {
	CONNECT_MS = 10000,     /* for one attempt */
	/* The client says "up" on the TCP connection, before HLR and client have exchanged their
	 * identities, and has no sign for when they have. */
	EXCHANGE_MS = 300,
};

static void schedule_ms(struct osmo_timer_list *timer, int ms)
{
	osmo_timer_schedule(timer, ms / 1000, ms % 1000 * 1000);
}

static void set_state(struct gsup_channel *g, enum ld_channel_state state, const char *why)
{
	g->ch->host->state(g->ch, state, why);
}

/* Sessions do not survive the link: the HLR may have forgotten them. */
static void went_down(struct gsup_channel *g)
{
	g->link.is_up = g->link.tcp_up = false;
	osmo_timer_del(&g->link.settle);
	session_for_all(g, dialogue_lost);
}

static void try_later(struct gsup_channel *g)
{
	bool first = g->link.retry.failures == 0;
	unsigned level = first ? LOGL_NOTICE : LOGL_INFO;
	int ms = retry_later(&g->link.retry);

	LOGP(DGSUP, level, "no link to the HLR at %s:%u; next try in %d ms\n",
	     g->cfg.conf.host, g->cfg.conf.port, ms);
	if (first)
		set_state(g, LD_CHANNEL_DOWN,
			  "no link to the HLR; is it running, and gsup.host and port right?");
}

/* The client must not connect again by itself, it does not back off: hence false. */
static bool up_down(struct osmo_gsup_client *client, bool up)
{
	struct gsup_channel *g = client->data;

	if (g->link.tcp_up)
		went_down(g);   /* also when it came up anew without having gone down */
	g->link.tcp_up = up;
	if (up) {
		retry_stop(&g->link.retry);
		schedule_ms(&g->link.settle, EXCHANGE_MS);
	} else {
		osmo_timer_del(&g->link.settle);
		try_later(g);
	}
	return false;
}

static void settled(void *arg)
{
	struct gsup_channel *g = arg;

	if (!g->link.tcp_up) {
		try_later(g);
		return;
	}
	g->link.is_up = true;
	retry_succeeded(&g->link.retry);
	g->stats.links++;
	LOGP(DGSUP, LOGL_NOTICE, "registered with the HLR at %s:%u as %s\n", g->cfg.conf.host,
	     g->cfg.conf.port, g->link.unit->serno);
	ctrl_hurry(&g->lookup.ctrl);
	set_state(g, LD_CHANNEL_UP, "");
}

static int rx(struct osmo_gsup_client *client, struct msgb *msg)
{
	dialogue_rx(client->data, msg);
	msgb_free(msg);
	return 0;
}

/* What still waits for a lost link would be lost with its memory (libosmo-abis 1.3). */
static void drop_client(struct gsup_channel *g)
{
	if (!g->link.client)
		return;
	if (g->link.client->link)
		ipa_client_conn_clear_queue(g->link.client->link);
	osmo_gsup_client_destroy(g->link.client);
	g->link.client = NULL;
}

static void attempt(void *arg)
{
	struct gsup_channel *g = arg;
	struct osmo_gsup_client_config config = {
		.ipa_dev = g->link.unit,
		.ip_addr = g->cfg.conf.host,
		.tcp_port = g->cfg.conf.port,
		.read_cb = rx,
		.up_down_cb = up_down,
		.data = g,
	};

	drop_client(g);
	schedule_ms(&g->link.settle, CONNECT_MS);
	g->link.client = osmo_gsup_client_create3(g, &config);
	if (!g->link.client) {
		osmo_timer_del(&g->link.settle);
		try_later(g);
	}
}

int link_start(struct gsup_channel *g)
{
	struct ipaccess_unit *unit = talloc_zero(g, struct ipaccess_unit);

	if (!unit)
		return LD_E_NOMEM;
	/* The HLR goes by the serial number, and by this prefix. */
	unit->serno = talloc_asprintf(unit, "EUSE-%s", g->cfg.conf.euse);
	unit->unit_name = unit->serno;
	if (!unit->serno)
		return LD_E_NOMEM;
	g->link.unit = unit;
	retry_init(&g->link.retry, g->cfg.random, attempt, g);
	osmo_timer_setup(&g->link.settle, settled, g);
	attempt(g);
	return 0;
}

void link_stop(struct gsup_channel *g)
{
	retry_stop(&g->link.retry);
	osmo_timer_del(&g->link.settle);
	g->link.is_up = g->link.tcp_up = false;
	drop_client(g);
}

int link_send(struct gsup_channel *g, const struct dialogue_id *call,
	      enum osmo_gsup_session_state state, const struct ld_ussd *component)
{
	uint8_t octets[LD_USSD_BUILT_MAX];
	int len = ld_ussd_build(component, octets, sizeof(octets));
	struct osmo_gsup_message gsup = {
		.message_type = OSMO_GSUP_MSGT_PROC_SS_RESULT,
		.session_id = call->session_id,
		.session_state = state,
		.message_class = call->message_class,   /* without it the HLR drops the message */
		.ss_info = octets,
	};

	if (len < 0)
		return len;
	if (!g->link.is_up || !g->link.client->is_connected)
		return LD_E_BUSY;
	gsup.ss_info_len = (size_t)len;
	memcpy(gsup.imsi, call->imsi, sizeof(call->imsi));
	return osmo_gsup_client_enc_send(g->link.client, &gsup) < 0 ? LD_E_BUSY : 0;
}
