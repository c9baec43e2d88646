/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modem.h"

#include <stdio.h>
#include <string.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"
#include "laido/text/text.h"

enum { OFFER_AGAIN_MS = 500 };

static const struct ld_budget sms_budget = { .live = false, .septets = 160, .units = 70, .parts = 3 };

/* ---- outgoing ---- */

static int split(const struct ld_send *s, struct ld_wmsg_send *ret)
{
	size_t start, len, end = 0, text_len = strlen(s->text);
	int rc;

	for (ret->n_parts = 0; end < text_len; ret->n_parts++) {
		if (ret->n_parts == LD_WMSG_PARTS)
			return LD_E_TOOBIG;
		rc = ld_text_part(s->text, s->alphabet, ret->n_parts, &start, &len);
		if (rc < 0)
			return rc;
		end = start + len;
		ret->end[ret->n_parts] = (uint16_t)end;
	}
	return ret->n_parts ? 0 : LD_E_RANGE;
}

int ld_modem_send(struct ld_channel *ch, const struct ld_send *s)
{
	struct modem *m = ch->priv;
	struct ld_wmsg msg = { .type = LD_WMSG_SEND };
	int rc;

	if (!m->ready || m->in_flight || m->info.state != LD_CHANNEL_UP)
		return LD_E_BUSY;
	if (s->alphabet == LD_GSM7 && ld_gsm7_septets(s->text) < 0)
		return LD_E_ALPHABET;
	msg.u.send.id = s->id;
	msg.u.send.alphabet = (uint8_t)s->alphabet;
	memcpy(msg.u.send.to, s->to, sizeof(msg.u.send.to));
	memcpy(msg.u.send.text, s->text, sizeof(msg.u.send.text));
	rc = split(s, &msg.u.send);
	if (rc < 0)
		return rc;
	rc = ld_process_write(&m->proc, &msg);
	if (rc == LD_E_RANGE || rc == LD_E_TOOBIG)
		return rc;
	if (rc < 0)
		return LD_E_BUSY;
	m->in_flight = s->id;
	memcpy(m->in_flight_to, s->to, sizeof(m->in_flight_to));
	return 0;
}

static void tell(struct modem *m, int64_t id, enum ld_sent_what what, unsigned parts, const char *why)
{
	struct ld_sent sent = { .id = id, .what = what, .parts = (uint8_t)parts };

	if (what != LD_SENT_DELIVERED && what != LD_SENT_UNDELIVERED)
		ld_modem_note_result(m, what, why);
	snprintf(sent.why, sizeof(sent.why), "%s", why);
	m->info.sent += what == LD_SENT_OK;
	m->info.failed += what == LD_SENT_FAILED;
	m->info.unknown += what == LD_SENT_UNKNOWN;
	LOGP(DMODEM, what == LD_SENT_FAILED || what == LD_SENT_UNKNOWN || what == LD_SENT_BARRED ?
	     LOGL_NOTICE : LOGL_INFO,
	     "%s: message %lld: %s %s\n", m->ch.name, (long long)id,
	     (const char *const[]){ "?", "sent", "failed", "to be tried again", "in doubt", "delivered",
				    "undelivered", "barred" }[what], why);
	m->ch.host->sent(&m->ch, &sent);
}

/* ---- settling ---- */

static struct settling *settling_of(struct modem *m, int64_t id)
{
	for (unsigned i = 0; i < LD_MODEM_SETTLING; i++)
		if (m->settling[i].id == id)
			return &m->settling[i];
	return NULL;
}

static void settled(struct settling *s)
{
	osmo_timer_del(&s->until);
	s->id = 0;
}

static void on_unsettled(void *data)
{
	struct settling *s = data;
	int64_t id = s->id;

	settled(s);
	tell(s->modem, id, LD_SENT_UNKNOWN, 0, "neither journal nor report told");
}

static void query(struct modem *m, int64_t id)
{
	struct ld_wmsg msg = { .type = LD_WMSG_QUERY };

	msg.u.query.id = id;
	ld_process_write(&m->proc, &msg);       /* no worker: the next one is asked */
}

/* Until the journal has answered, an earlier worker may still be finishing the submission. */
static int begin_settling(struct modem *m, int64_t id)
{
	struct settling *s = settling_of(m, 0);

	if (!s)
		return LD_E_BUSY;
	s->id = id;
	s->doubted = false;
	s->modem = m;
	osmo_timer_setup(&s->until, on_unsettled, s);
	ld_modem_timer(&s->until, m->cfg.submit_ms + m->cfg.settle_ms);
	return 0;
}

int ld_chan_modem_settle(struct ld_channel *ch, int64_t id)
{
	struct modem *m = ch->priv;
	int rc;

	if (id <= 0)
		return LD_E_RANGE;
	if (m->in_flight == id || settling_of(m, id))
		return 0;
	rc = begin_settling(m, id);
	if (rc == 0)
		query(m, id);
	return rc;
}

void ld_modem_unsettle(struct modem *m)
{
	int64_t id = m->in_flight;

	m->in_flight = 0;
	if (id && begin_settling(m, id) < 0)
		tell(m, id, LD_SENT_UNKNOWN, 0, "too many messages in doubt");
}

void ld_modem_ask(struct modem *m)
{
	for (unsigned i = 0; i < LD_MODEM_SETTLING; i++)
		if (m->settling[i].id)
			query(m, m->settling[i].id);
}

void ld_modem_forget(struct modem *m)
{
	for (unsigned i = 0; i < LD_MODEM_SETTLING; i++)
		if (m->settling[i].id)
			settled(&m->settling[i]);
	osmo_timer_del(&m->offer);
	m->in_flight = 0;
	m->n_held = 0;
}

/* In doubt: a delivery report may still tell. */
static void doubt(struct modem *m, int64_t id)
{
	struct settling *s;

	if (m->in_flight == id)
		ld_modem_unsettle(m);
	s = settling_of(m, id);
	if (!s || s->doubted)
		return;
	s->doubted = true;
	ld_modem_timer(&s->until, m->cfg.settle_ms);
}

void ld_modem_on_sent(struct modem *m, const struct ld_wmsg *msg)
{
	enum ld_sent_what what = (enum ld_sent_what)msg->u.sent.what;
	int64_t id = msg->u.sent.id;
	struct settling *s = id > 0 ? settling_of(m, id) : NULL;
	bool waited_for = s || (m->in_flight == id && id > 0);

	if (what < LD_SENT_OK || id <= 0)
		return;
	if (what == LD_SENT_UNKNOWN) {
		if (waited_for)
			doubt(m, id);
		return;
	}
	if (what == LD_SENT_DELIVERED || what == LD_SENT_UNDELIVERED) {
		if (s) {        /* the network must have had it */
			settled(s);
			tell(m, id, LD_SENT_OK, msg->u.sent.parts, "settled by its delivery report");
		}
		tell(m, id, what, msg->u.sent.parts, msg->u.sent.why);
		return;
	}
	if (!waited_for)
		return;
	if (s)
		settled(s);
	else
		m->in_flight = 0;
	tell(m, id, what, msg->u.sent.parts, msg->u.sent.why);
}

/* ---- incoming ---- */

static void on_offer(void *data)
{
	struct modem *m = data;

	while (m->n_held > 0) {
		if (m->ch.host->inbound(&m->ch, &m->held[0]) < 0) {
			ld_modem_timer(&m->offer, OFFER_AGAIN_MS);
			return;
		}
		m->n_held--;
		memmove(m->held, m->held + 1, m->n_held * sizeof(m->held[0]));
	}
}

/* What the gateway has no room for waits here in its order; the SIM keeps its copy anyway. */
static void offer(struct modem *m, const struct ld_inbound *in)
{
	if (m->n_held == 0 && m->ch.host->inbound(&m->ch, in) == 0)
		return;
	if (m->n_held == LD_MODEM_HELD) {
		LOGP(DMODEM, LOGL_ERROR, "%s: no room for what comes in; %s\n", m->ch.name,
		     in->ref ? "it stays on the SIM" : "a missed call is lost");
		return;
	}
	m->held[m->n_held++] = *in;
	if (m->n_held == 1) {
		osmo_timer_setup(&m->offer, on_offer, m);
		ld_modem_timer(&m->offer, OFFER_AGAIN_MS);
	}
}

void ld_modem_on_inbound(struct modem *m, const struct ld_wmsg *msg)
{
	struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .budget = sms_budget };
	char text[LD_WMSG_TEXT_MAX];

	m->info.received++;
	ld_modem_count(m, LD_RATE_RECEIVED);
	memcpy(text, msg->u.inbound.text, sizeof(text));
	ld_text_cut(text, sizeof(in.text) - 1);
	memcpy(in.text, text, strlen(text) + 1);
	memcpy(in.from, msg->u.inbound.from, sizeof(in.from));
	memcpy(in.smsc, msg->u.inbound.smsc, sizeof(in.smsc));
	memcpy(in.dedupe, msg->u.inbound.dedupe, sizeof(in.dedupe));
	in.ref = (uint64_t)m->generation << 32 | (uint32_t)msg->u.inbound.ref;
	offer(m, &in);
}

/* Who calls again at once (it was hung up on her, or a robot) asks for nothing more. */
static bool just_called(struct modem *m, const char *from)
{
	int64_t now = ld_clock_monotonic_ms(m->cfg.clock);
	unsigned oldest = 0;

	for (unsigned i = 0; i < LD_MODEM_CALLERS; i++) {
		if (strcmp(m->callers[i].from, from) == 0) {
			bool again = now < m->callers[i].until_ms;

			if (!again)
				m->callers[i].until_ms = now + m->cfg.same_call_ms;
			return again;
		}
		if (m->callers[i].until_ms < m->callers[oldest].until_ms)
			oldest = i;
	}
	snprintf(m->callers[oldest].from, sizeof(m->callers[oldest].from), "%s", from);
	m->callers[oldest].until_ms = now + m->cfg.same_call_ms;
	return false;
}

void ld_modem_on_call(struct modem *m, const struct ld_wmsg *msg)
{
	struct ld_inbound in = { .what = LD_IN_CALL, .kind = LD_CHAN_CALL, .budget = sms_budget };

	m->info.calls++;
	ld_modem_count(m, LD_RATE_CALLS);
	memcpy(in.from, msg->u.call.from, sizeof(in.from));
	if (in.from[0] != 0 && !just_called(m, in.from)) {
		offer(m, &in);
		return;
	}
	m->info.calls_ignored++;
	LOGP(DMODEM, LOGL_INFO, "%s: a call %s\n", m->ch.name, in.from[0] ? "again from who has just "
	     "called" : "without a number");
}

/* A worker counts its refs from 1: one of an earlier worker must not delete another message. */
void ld_modem_committed(struct ld_channel *ch, uint64_t ref)
{
	struct modem *m = ch->priv;
	struct ld_wmsg msg = { .type = LD_WMSG_COMMITTED };

	if (ref == 0 || ref >> 32 != m->generation)
		return;
	msg.u.committed.ref = (uint32_t)ref;
	ld_process_write(&m->proc, &msg);
}
