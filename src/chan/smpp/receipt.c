/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivery reports. SMPP 3.4 leaves their text to the vendor (appendix B): the message id may be
 * hexadecimal where the response was decimal, have lost its zeros, stand in a TLV, or be missing.
 * What is sure is tried first: id and number, then our own user_message_reference, then the only
 * message on its way to this number. */
#include "impl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <smpp34.h>

#include "laido/osmo/log.h"

enum { ESM_TYPE = 0x3c, ESM_INTERMEDIATE = 0x20, EARLY_MS = 60 * 1000 };

bool receipt_is_one(const struct pdu_sm *sm)
{
	uint8_t type = sm->esm & ESM_TYPE;

	return type == SMPP34_DELIVERY_RECEIPT || type == SMPP34_DELIVERY_ACK ||
	       type == ESM_INTERMEDIATE;
}

/* The word behind "name:" in the text. */
static bool field(const struct pdu_sm *sm, const char *name, char *ret, size_t size)
{
	size_t n = strlen(name), len = 0;
	const char *t = (const char *)sm->text;

	for (size_t i = 0; i + n < sm->text_len; i++) {
		if ((i > 0 && t[i - 1] != ' ') || strncasecmp(t + i, name, n) != 0)
			continue;
		for (i += n; i < sm->text_len && t[i] > ' ' && t[i] <= '~' && len < size - 1; i++)
			ret[len++] = t[i];
		ret[len] = '\0';
		return len > 0;
	}
	return false;
}

static const struct { uint8_t tlv; char text[8]; enum receipt_says says; } states[] = {
	{ 2, "DELIVRD", RECEIPT_DELIVERED }, { 3, "EXPIRED", RECEIPT_UNDELIVERED },
	{ 4, "DELETED", RECEIPT_UNDELIVERED }, { 5, "UNDELIV", RECEIPT_UNDELIVERED },
	{ 8, "REJECTD", RECEIPT_UNDELIVERED },
	/* ENROUTE, ACCEPTD, UNKNOWN: nothing yet */
};

static void read_state(const struct pdu_sm *sm, struct receipt *ret)
{
	uint32_t tlv = 0;
	bool has = pdu_tlv_number(sm, TLVID_message_state, &tlv);

	field(sm, "stat:", ret->state, sizeof(ret->state));
	for (unsigned i = 0; i < LD_ARRAY_SIZE(states); i++) {
		if (has ? states[i].tlv != tlv
			: strncasecmp(states[i].text, ret->state, strlen(states[i].text)) != 0)
			continue;
		ret->says = states[i].says;
		snprintf(ret->state, sizeof(ret->state), "%s", states[i].text);
	}
}

void receipt_read(const struct pdu_sm *sm, struct receipt *ret)
{
	const uint8_t *tlv;
	uint32_t umr;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	if (pdu_tlv(sm, TLVID_receipted_message_id, &tlv, &len))
		pdu_read_id(tlv, len, ret->name);
	if (!ret->name[0])
		field(sm, "id:", ret->name, sizeof(ret->name));
	ret->has_umr = pdu_tlv_number(sm, TLVID_user_message_reference, &umr) && umr <= UINT16_MAX;
	ret->umr = ret->has_umr ? (uint16_t)umr : 0;
	ret->to = keep_number_hash(sm->src);
	if ((sm->esm & ESM_TYPE) != ESM_INTERMEDIATE)
		read_state(sm, ret);
}

/* Our own number of 16 bits comes round again: it must be the same telephone, too. */
static struct keep_sent *by_umr(struct smpp *s, const struct receipt *r)
{
	struct keep_sent *x = r->has_umr ? keep_by_umr(&s->keep, r->umr, 0) : NULL;

	return x && x->to == r->to ? x : NULL;
}

static struct keep_sent *match(struct smpp *s, const struct receipt *r)
{
	struct keep_sent *x = s->trust_ids ? keep_by_name(&s->keep, r->name, r->to) : NULL;

	if (!x)
		x = by_umr(s, r);
	if (!x && (!r->name[0] || !s->trust_ids) && !r->has_umr)
		x = keep_only(&s->keep, r->to);
	return x;
}

static void apply(struct smpp *s, struct keep_sent *x, bool delivered, const char *why)
{
	struct ld_sent sent = { .id = x->id, .parts = x->parts };
	unsigned part = x->part, parts = x->parts;
	uint16_t umr0 = (uint16_t)(x->umr - part);

	s->stats.reports++;
	if (x->state >= KEEP_DELIVERED)
		return;
	snprintf(sent.why, sizeof(sent.why), "%s", delivered ? "" : why);
	/* It went out, even if the response never came. May answer the message. */
	submit_proved(s, sent.id, part);
	x = keep_by_umr(&s->keep, (uint16_t)(umr0 + part), sent.id);
	if (delivered && (!x || !keep_delivered(&s->keep, x)))
		return;
	sent.what = delivered ? LD_SENT_DELIVERED : LD_SENT_UNDELIVERED;
	if (!delivered)
		keep_close_message(&s->keep, sent.id, umr0, parts);
	LOGP(DSMPP, LOGL_INFO, "%s: message %lld: %s %s\n", s->ch.name, (long long)sent.id,
	     delivered ? "delivered" : "not delivered:", sent.why);
	s->ch.host->sent(&s->ch, &sent);
}

/* Reports overtake responses: kept until the response gives the name. */
static void keep_early(struct smpp *s, const struct receipt *r)
{
	struct early *e = &s->early[s->next_early++ % EARLY_MAX];

	if (e->at_ms)
		s->stats.reports_unmatched++;
	*e = (struct early){ .at_ms = smpp_now(s) + 1, .to = r->to,
			     .delivered = r->says == RECEIPT_DELIVERED };
	memcpy(e->name, r->name, sizeof(e->name));
	snprintf(e->why, sizeof(e->why), "%s", r->state);
}

static bool may_be_early(const struct smpp *s, const struct receipt *r)
{
	for (unsigned i = 0; i < LD_SMPP_WINDOW_MAX && r->name[0] && s->trust_ids; i++)
		if (s->flight[i].state == FLIGHT_OUT || s->flight[i].state == FLIGHT_DOUBT)
			return true;
	return false;
}

void receipt_take(struct smpp *s, const struct receipt *r)
{
	struct keep_sent *x;

	if (r->says == RECEIPT_NOTHING_YET)
		return;
	x = match(s, r);
	if (x) {
		apply(s, x, r->says == RECEIPT_DELIVERED, r->state);
	} else if (may_be_early(s, r)) {
		keep_early(s, r);
	} else {
		s->stats.reports_unmatched++;
		LOGP(DSMPP, LOGL_INFO, "%s: a delivery report for no message of ours\n", s->ch.name);
	}
}

void receipt_named(struct smpp *s, const struct keep_sent *part)
{
	for (unsigned i = 0; i < EARLY_MAX; i++) {
		struct early *e = &s->early[i], copy = *e;
		struct keep_sent *x;

		if (!e->at_ms || smpp_now(s) - e->at_ms > EARLY_MS)
			continue;
		x = keep_by_name(&s->keep, e->name, e->to);
		if (x != part)
			continue;
		e->at_ms = 0;
		s->stats.reports_early++;
		apply(s, x, copy.delivered, copy.why);
		return;
	}
}
