/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What state the modem is in, beyond its worker's: can it send? And what should somebody do? */
#include <stdio.h>
#include <string.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"
#include "modem.h"

enum {
	BARRED_ROW = 2,         /* refusals that blame the SIM, to more than one number */
	BARRED_ONE = 6,         /* the same, all to one: it may be that number's fault */
	NO_NETWORK_ROW = 2,     /* polls; one may meet a change of cells */
	RATE_SLOT_MS = 300000,
};

/* ---- rates ---- */

static int64_t slot_now(const struct modem *m)
{
	return ld_clock_monotonic_ms(m->cfg.clock) / RATE_SLOT_MS;
}

void ld_modem_count(struct modem *m, enum ld_modem_rate what)
{
	int64_t now = slot_now(m);

	if (now - m->rate_slot > LD_MODEM_RATE_SLOTS)
		m->rate_slot = now - LD_MODEM_RATE_SLOTS;
	while (m->rate_slot < now) {
		m->rate_slot++;
		for (unsigned r = 0; r < LD_N_RATES; r++)
			m->rate[r][m->rate_slot % LD_MODEM_RATE_SLOTS] = 0;
	}
	m->rate[what][now % LD_MODEM_RATE_SLOTS]++;
}

static unsigned last_hour(const struct modem *m, enum ld_modem_rate what)
{
	unsigned sum = 0;

	/* slots after the newest were not begun: nothing happened in them */
	for (int64_t s = slot_now(m) - LD_MODEM_RATE_SLOTS + 1; s <= m->rate_slot; s++)
		if (s >= 0)
			sum += m->rate[what][s % LD_MODEM_RATE_SLOTS];
	return sum;
}

/* ---- the verdict ---- */

static void time_of_day(const struct modem *m, int64_t utc_ms, char ret[6])
{
	int64_t min = (utc_ms / 60000 + m->cfg.utc_offset_min) % 1440;

	min = min < 0 ? min + 1440 : min;
	ret[0] = (char)('0' + min / 600);
	ret[1] = (char)('0' + min / 60 % 10);
	ret[2] = ':';
	ret[3] = (char)('0' + min % 60 / 10);
	ret[4] = (char)('0' + min % 10);
	ret[5] = '\0';
}

/* Short enough for the gateway's line of status; what to do stands in info.todo at length. */
void ld_modem_judge(struct modem *m)
{
	char why[sizeof(m->info.why)] = "", since[6];
	bool mute = true;

	if (!m->ready)
		return;
	time_of_day(m, m->info.cannot_send_ms, since);
	if (m->info.sim_changed)
		snprintf(why, sizeof(why), "its SIM is not the one it had. Put that back, or have "
			 "this one verified, then: laido modems accept %.20s", m->ch.name);
	else if (m->health.cannot_send && !m->health.probing)
		snprintf(why, sizeof(why), "every message is refused since %s (%.50s): verify the "
			 "SIM, or pay", since, m->health.said);
	else if (m->health.no_network >= NO_NETWORK_ROW)
		snprintf(why, sizeof(why), "no network (signal %u of 31): look at the antenna",
			 m->info.signal == 99 ? 0 : m->info.signal);
	else
		mute = false;
	ld_modem_set_state(m, mute ? LD_CHANNEL_RECEIVE_ONLY : LD_CHANNEL_UP, why);
}

static void on_probe(void *data)
{
	struct modem *m = data;

	m->health.probing = true;
	LOGP(DMODEM, LOGL_INFO, "%s: tries whether it can send again\n", m->ch.name);
	ld_modem_judge(m);
}

void ld_chan_modem_probe(struct ld_channel *ch)
{
	struct modem *m = ch->priv;

	if (m->health.cannot_send)
		on_probe(m);
}

static void can_send(struct modem *m)
{
	m->health.barred = 0;
	m->health.to_others = m->health.probing = false;
	if (!m->health.cannot_send)
		return;
	m->health.cannot_send = false;
	m->info.cannot_send_ms = 0;
	osmo_timer_del(&m->health.probe);
	LOGP(DMODEM, LOGL_NOTICE, "%s: can send again\n", m->ch.name);
	ld_modem_judge(m);
}

static void cannot_send(struct modem *m)
{
	bool news = !m->health.cannot_send;

	m->health.cannot_send = true;
	m->health.probing = false;
	if (news)
		m->info.cannot_send_ms = ld_clock_utc_ms(m->cfg.clock, NULL);
	osmo_timer_setup(&m->health.probe, on_probe, m);
	ld_modem_timer(&m->health.probe, m->cfg.probe_ms);
	ld_modem_judge(m);
	if (news)
		ld_modem_credit_ask(m);         /* it may be as simple as that */
}

/* What is refused for good is the receiver's fault and says nothing of the SIM. */
static void count_refusal(struct modem *m, const char *why)
{
	struct ld_modem_health *h = &m->health;

	snprintf(h->said, sizeof(h->said), "%s", why);
	if (h->barred++ == 0)
		snprintf(h->barred_to, sizeof(h->barred_to), "%s", m->in_flight_to);
	else
		h->to_others |= strcmp(h->barred_to, m->in_flight_to) != 0;
	if (h->cannot_send || h->barred >= (h->to_others ? BARRED_ROW : BARRED_ONE))
		cannot_send(m);
}

void ld_modem_note_result(struct modem *m, enum ld_sent_what what, const char *why)
{
	if (what == LD_SENT_OK) {
		ld_modem_count(m, LD_RATE_SENT);
		can_send(m);
		return;
	}
	snprintf(m->info.last_error, sizeof(m->info.last_error), "%s", why);
	m->info.last_error_ms = ld_clock_utc_ms(m->cfg.clock, NULL);
	ld_modem_count(m, LD_RATE_FAILED);
	if (what == LD_SENT_BARRED)
		count_refusal(m, why);
	else if (m->health.probing)
		cannot_send(m);                 /* it told nothing; again later */
}

void ld_modem_note_status(struct modem *m)
{
	/* TS 27.007 7.2: registered, also for SMS only; 4 is "unknown" */
	static const uint16_t at_home = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 9 | 1 << 10;
	bool home = m->info.registration < 16 && (at_home >> m->info.registration & 1);

	m->health.no_network = home ? 0 : m->health.no_network + 1;
	ld_modem_judge(m);
}

void ld_modem_health_stop(struct modem *m)
{
	osmo_timer_del(&m->health.probe);
}

/* ---- for people ---- */

static void todo(const struct modem *m, struct ld_chan_modem_info *i)
{
	char since[6];

	time_of_day(m, i->cannot_send_ms, since);
	if (i->sim_changed)
		snprintf(i->todo, sizeof(i->todo), "%s. Since June 2026 a SIM that is seen in another "
			 "device loses outgoing service within two hours, until its owner verifies it "
			 "again. Put the old one back, or have the owner verify this one; then: laido "
			 "modems accept %.20s", m->sim_was, m->ch.name);
	else if (m->health.cannot_send)
		snprintf(i->todo, sizeof(i->todo), "Receives, cannot send since %s: the network "
			 "refuses every message. The SIM wants to be verified again by its owner, has "
			 "no credit, or is blocked for sending: ask the operator. It is tried with one "
			 "message every %u minutes.", since, m->cfg.probe_ms / 60000);
	else if (i->state == LD_CHANNEL_DOWN)
		snprintf(i->todo, sizeof(i->todo), "Down: %s.", i->why);
	else if (i->sim_size && i->sim_used >= i->sim_size)
		snprintf(i->todo, sizeof(i->todo), "The SIM's storage is full and does not empty: "
			 "what lies there are no received messages. Delete them with a phone.");
	else if (i->credit_low)
		snprintf(i->todo, sizeof(i->todo), "%lld VND are left on the SIM: pay in.",
			 (long long)i->credit);
	else if (i->state == LD_CHANNEL_RECEIVE_ONLY)
		snprintf(i->todo, sizeof(i->todo), "%s.", i->why);
}

void ld_chan_modem_info(const struct ld_channel *ch, struct ld_chan_modem_info *ret)
{
	const struct modem *m = ch->priv;

	*ret = m->info;
	ret->sent_hour = last_hour(m, LD_RATE_SENT);
	ret->failed_hour = last_hour(m, LD_RATE_FAILED);
	ret->received_hour = last_hour(m, LD_RATE_RECEIVED);
	ret->calls_hour = last_hour(m, LD_RATE_CALLS);
	todo(m, ret);
}
