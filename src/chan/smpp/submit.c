/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on their way out. Exactly one result each: taken, refused, not now, or in doubt when a
 * response is lost; then only a delivery report can prove that it went out. */
#include "impl.h"

#include <stdio.h>
#include <string.h>

#include <smpp34.h>

#include "laido/osmo/log.h"
#include "laido/text/text.h"

enum { PAUSE_MAX_MS = 30000, PART_TRIES = 8, UDH_LEN = 6 };

enum { TON_UNKNOWN_ = 0, TON_INTL = 1, TON_ALPHA = 5, NPI_NONE = 0, NPI_ISDN = 1 };

void submit_source(const struct smpp *s, struct pdu_submit *p)
{
	const struct ld_conf_smpp *c = &s->cfg.conf;
	const char *src = c->source;

	p->src_ton = TON_UNKNOWN_;
	p->src_npi = NPI_ISDN;
	if (*src == '+') {
		p->src_ton = TON_INTL;
		src++;
	} else if (strspn(src, "0123456789") != strlen(src)) {
		p->src_ton = TON_ALPHA;
		p->src_npi = NPI_NONE;
	}
	if (c->source_ton >= 0)
		p->src_ton = (uint8_t)c->source_ton;
	if (c->source_npi >= 0)
		p->src_npi = (uint8_t)c->source_npi;
	p->src = src;
}

/* ---- results ---- */

static void finish(struct smpp *s, struct flight *f, enum ld_sent_what what, const char *why)
{
	static const char *const names[] = {
		[LD_SENT_OK] = "sent", [LD_SENT_FAILED] = "failed:", [LD_SENT_RETRY] = "later:",
		[LD_SENT_UNKNOWN] = "in doubt:", [LD_SENT_BARRED] = "barred:",
	};
	/* part: those before it were taken. */
	struct ld_sent sent = { .id = f->msg.id, .what = what, .parts = f->part };

	snprintf(sent.why, sizeof(sent.why), "%s", why);
	f->state = FLIGHT_FREE;
	s->stats.in_flight--;
	if (f->part == 0 && (what == LD_SENT_FAILED || what == LD_SENT_RETRY || what == LD_SENT_BARRED))
		keep_free_message(&s->keep, f->msg.id, f->umr, f->parts);
	LOGP(DSMPP, what == LD_SENT_OK ? LOGL_INFO : LOGL_NOTICE, "%s ***%s: message %lld: %s %s\n",
	     s->ch.name, smpp_mask(f->msg.to), (long long)sent.id, names[what], sent.why);
	s->ch.host->sent(&s->ch, &sent);
}

static void doubt(struct smpp *s, struct flight *f)
{
	s->stats.doubts++;
	f->state = FLIGHT_DOUBT;
	f->until_ms = smpp_now(s) + s->cfg.settle_ms;
}

/* ---- one part ---- */

static int fill_text(struct smpp *s, struct flight *f, struct pdu_submit *p, uint8_t *octets,
		     size_t size)
{
	size_t start = 0, len = strlen(f->msg.text), udh = 0;
	bool whole = f->parts == 1;
	int n, rc;

	rc = whole ? 0 : ld_text_part(f->msg.text, f->alphabet, f->part, &start, &len);
	if (rc < 0)
		return rc;
	if (!whole && s->long_by == LONG_UDH) {
		const uint8_t header[UDH_LEN] = { UDH_LEN - 1, 0, 3, (uint8_t)f->ref, f->parts,
						  (uint8_t)(f->part + 1) };

		udh = UDH_LEN;
		memcpy(octets, header, udh);
		p->esm = SMPP34_UDHI_IND;
	} else if (!whole) {
		p->sar_ref = f->ref;
		p->sar_total = f->parts;
		p->sar_seq = (uint8_t)(f->part + 1);
	}
	n = coding_encode(s->coding, f->alphabet, f->msg.text + start, len, udh, octets + udh,
			  size - udh, &p->dcs);
	if (n < 0)
		return n;
	p->text = octets;
	p->text_len = udh + (size_t)n;
	/* A whole message of several parts' length. */
	p->as_payload = s->long_by == LONG_PAYLOAD &&
			ld_text_length(f->msg.text, strlen(f->msg.text), f->alphabet) >
			(f->alphabet == LD_UCS2 ? 70 : 160);
	return 0;
}

static int build(struct smpp *s, struct flight *f, uint8_t *pdu, size_t size)
{
	const char *to = f->msg.to[0] == '+' ? f->msg.to + 1 : f->msg.to;
	uint8_t octets[PDU_PAYLOAD_MAX];
	struct pdu_submit p = { .seq = smpp_next_seq(s), .service = "", .dst = to,
				.dst_ton = TON_INTL, .dst_npi = NPI_ISDN, .report = true,
				.has_umr = true, .umr = (uint16_t)(f->umr + f->part) };
	int rc = fill_text(s, f, &p, octets, sizeof(octets));

	if (rc < 0)
		return rc;
	submit_source(s, &p);
	f->seq = p.seq;
	return pdu_build_submit(&p, pdu, size);
}

/* 0, LD_E_BUSY, or what is wrong with the message itself. */
static int transmit(struct smpp *s, struct flight *f)
{
	struct keep_sent r = { .id = f->msg.id, .at_ms = smpp_utc(s), .part = f->part,
			       .parts = f->parts, .to = keep_number_hash(f->msg.to),
			       .umr = (uint16_t)(f->umr + f->part) };
	uint8_t pdu[PDU_OUT_MAX];
	int len;

	if (!smpp_link_can_send(s))
		return LD_E_BUSY;
	len = build(s, f, pdu, sizeof(pdu));
	if (len < 0)
		return len;
	keep_add(&s->keep, &r);
	s->stats.evicted = s->keep.evicted;
	if (smpp_link_write(&s->link[0], pdu, (size_t)len) < 0)
		return LD_E_BUSY;
	s->stats.submitted++;
	f->state = FLIGHT_OUT;
	f->until_ms = smpp_now(s) + s->cfg.submit_ms;
	return 0;
}

/* ---- send() ---- */

static int count_parts(const struct smpp *s, const struct flight *f)
{
	size_t start, len;
	unsigned n = 0;
	int rc;

	if (s->long_by == LONG_PAYLOAD || (f->msg.parts == 1 && f->alphabet == f->msg.alphabet))
		return 1;
	while ((rc = ld_text_part(f->msg.text, f->alphabet, n, &start, &len)) == 0)
		if (++n > PARTS_MAX)
			return LD_E_TOOBIG;
	return n ? (int)n : rc;
}

static struct flight *free_flight(struct smpp *s)
{
	for (unsigned i = 0; i < LD_SMPP_WINDOW_MAX; i++)
		if (s->flight[i].state == FLIGHT_FREE)
			return &s->flight[i];
	return NULL;
}

int submit_message(struct ld_channel *ch, const struct ld_send *msg)
{
	struct smpp *s = ch->priv;
	struct flight *f = free_flight(s);
	int rc;

	if (!f || !smpp_link_can_send(s) || s->paused_until_ms ||
	    s->stats.in_flight >= s->cfg.conf.window)
		return LD_E_BUSY;
	memset(f, 0, sizeof(*f));
	f->msg = *msg;
	f->alphabet = coding_alphabet(s->coding, msg->alphabet, msg->text);
	rc = count_parts(s, f);
	if (rc > 0) {
		f->parts = (uint8_t)rc;
		f->umr = keep_umr(&s->keep, f->parts);
		f->ref = s->long_ref++;
		f->state = FLIGHT_READY;
		rc = transmit(s, f);
	}
	if (rc == LD_E_BUSY) {
		keep_free_message(&s->keep, f->msg.id, f->umr, f->parts);
		f->state = FLIGHT_FREE;
		return rc;
	}
	if (++s->stats.in_flight > s->stats.in_flight_high_water)
		s->stats.in_flight_high_water = s->stats.in_flight;
	if (rc < 0)
		finish(s, f, LD_SENT_FAILED, ld_strerror(rc));
	return 0;
}

/* ---- answers ---- */

static void pause_sending(struct smpp *s)
{
	int64_t ms = (int64_t)s->cfg.pause_ms << (s->pauses < 16 ? s->pauses : 16);

	if (s->paused_until_ms)
		return;
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	ms = ms * 3 / 4 + ld_random_below(s->cfg.random, (uint32_t)(ms / 2 + 1));
	s->pauses++;
	s->stats.throttled++;
	s->paused_until_ms = smpp_now(s) + ms;
	smpp_tell_state(s);
}

static void accepted(struct smpp *s, struct flight *f, const char *name)
{
	struct keep_sent *r = keep_by_umr(&s->keep, (uint16_t)(f->umr + f->part), f->msg.id);
	bool last = f->part + 1 == f->parts;
	int rc;

	s->stats.accepted++;
	s->pauses = 0;
	f->tries = 0;
	f->part++;
	if (r)
		keep_taken(&s->keep, r, s->trust_ids ? name : "");
	if (last) {
		finish(s, f, LD_SENT_OK, "");
	} else {
		f->state = FLIGHT_READY;
		f->until_ms = smpp_now(s) + s->cfg.settle_ms;
		rc = s->paused_until_ms ? LD_E_BUSY : transmit(s, f);
		if (rc < 0 && rc != LD_E_BUSY)
			finish(s, f, LD_SENT_FAILED, ld_strerror(rc));
	}
	if (r && r->name[0])
		receipt_named(s, r);
}

/* What an answer to submit_sm means for the message (SMPP 3.4 5.1.3); all others refuse it for good. */
static const struct meaning {
	uint32_t status;
	enum ld_sent_what what;
	bool pause;                     /* and send nothing for a while */
} meanings[] = {
	{ ESME_RSYSERR, LD_SENT_RETRY, false },
	{ ESME_RSUBMITFAIL, LD_SENT_RETRY, false },
	{ ESME_RX_T_APPN, LD_SENT_RETRY, false },
	{ ESME_RMSGQFUL, LD_SENT_RETRY, true },
	{ ESME_RTHROTTLED, LD_SENT_RETRY, true },
	/* Our own fault, or the contract's: any message would get it. */
	{ ESME_RINVBNDSTS, LD_SENT_BARRED, false },
	{ ESME_RINVSRCADR, LD_SENT_BARRED, false },
	{ ESME_RINVSRCTON, LD_SENT_BARRED, false },
	{ ESME_RINVSRCNPI, LD_SENT_BARRED, false },
	{ ESME_RINVSERTYP, LD_SENT_BARRED, false },
};

static const struct meaning *meaning_of(uint32_t status)
{
	static const struct meaning refused = { 0, LD_SENT_FAILED, false };

	for (size_t i = 0; i < LD_ARRAY_SIZE(meanings); i++)
		if (meanings[i].status == status)
			return &meanings[i];
	return &refused;
}

static void refused(struct smpp *s, struct flight *f, uint32_t status)
{
	const struct meaning *m = meaning_of(status);
	char why[96];

	s->stats.last_error = status;
	snprintf(why, sizeof(why), "the operator answered: %s (0x%x)", smpp_link_status_text(status),
		 status);
	if (m->pause)
		pause_sending(s);
	if (m->what != LD_SENT_FAILED && f->part == 0) {
		finish(s, f, m->what, why);
	} else if (m->pause && ++f->tries < PART_TRIES) {
		f->state = FLIGHT_READY;        /* the rest goes on after the pause */
		f->until_ms = smpp_now(s) + s->cfg.settle_ms;
	} else {
		s->stats.refused++;
		finish(s, f, LD_SENT_FAILED, why);
	}
}

void submit_response(struct smpp *s, const struct pdu_header *h, const uint8_t *body, size_t len)
{
	char name[PDU_ID_MAX] = "";

	for (unsigned i = 0; i < LD_SMPP_WINDOW_MAX; i++) {
		struct flight *f = &s->flight[i];

		if ((f->state != FLIGHT_OUT && f->state != FLIGHT_DOUBT) || f->seq != h->seq)
			continue;
		pdu_read_id(body, len, name);
		if (h->status == ESME_ROK)
			accepted(s, f, name);
		else
			refused(s, f, h->status);
		return;
	}
	if (h->status != ESME_ROK)
		ussd_refused(s, h->seq, h->status);
}

void submit_proved(struct smpp *s, int64_t id, unsigned part)
{
	for (unsigned i = 0; i < LD_SMPP_WINDOW_MAX; i++) {
		struct flight *f = &s->flight[i];

		if ((f->state == FLIGHT_OUT || f->state == FLIGHT_DOUBT) && f->msg.id == id &&
		    f->part == part) {
			accepted(s, f, "");
			return;
		}
	}
}

/* ---- intents of before the start ---- */

int ld_chan_smpp_settle(struct ld_channel *ch, int64_t id, int64_t since_ms)
{
	struct smpp *s = ch->priv;
	struct ld_sent sent = { .id = id, .what = keep_verdict(&s->keep, id, since_ms) };

	if (sent.what == LD_SENT_UNKNOWN)
		return LD_E_UNKNOWN;
	snprintf(sent.why, sizeof(sent.why), "%s", sent.what == LD_SENT_OK ?
		 "settled by the bind's file" : "laidod ended before it left");
	ch->host->sent(ch, &sent);
	return 0;
}

void ld_chan_smpp_settled(struct ld_channel *ch, int64_t last_id)
{
	struct smpp *s = ch->priv;

	keep_settled(&s->keep, last_id);
}

/* ---- time and links ---- */

void submit_pump(struct smpp *s)
{
	for (unsigned i = 0; i < LD_SMPP_WINDOW_MAX && !s->paused_until_ms; i++) {
		struct flight *f = &s->flight[i];
		int rc = f->state == FLIGHT_READY ? transmit(s, f) : 0;

		if (rc < 0 && rc != LD_E_BUSY)
			finish(s, f, LD_SENT_FAILED, ld_strerror(rc));
	}
}

void submit_link_lost(struct smpp *s)
{
	for (unsigned i = 0; i < LD_SMPP_WINDOW_MAX; i++)
		if (s->flight[i].state == FLIGHT_OUT)
			doubt(s, &s->flight[i]);
}

void submit_tick(struct smpp *s)
{
	int64_t now = smpp_now(s);

	if (s->paused_until_ms && now >= s->paused_until_ms) {
		s->paused_until_ms = 0;
		smpp_tell_state(s);
		submit_pump(s);
	}
	for (unsigned i = 0; i < LD_SMPP_WINDOW_MAX; i++) {
		struct flight *f = &s->flight[i];

		if (f->state == FLIGHT_FREE || now < f->until_ms)
			continue;
		if (f->state == FLIGHT_OUT)
			doubt(s, f);
		else if (f->state == FLIGHT_DOUBT)
			finish(s, f, LD_SENT_UNKNOWN, "neither response nor report came");
		else
			finish(s, f, LD_SENT_FAILED, "only its first parts went out");
	}
}
