/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USSD through an operator's message centre: service_type "USSD", the step in TLV ussd_service_op
 * (SMPP 3.4 5.3.2.44), the session in a TLV that every vendor chooses for himself. The phone begins
 * with a PSSR indication; we answer with USSR requests and end with the PSSR response. */
#include "impl.h"

#include <stdio.h>
#include <string.h>

#include <osmocom/core/talloc.h>
#include <smpp34.h>

#include "laido/osmo/log.h"
#include "laido/text/text.h"

enum op {
	OP_PSSD_IND = 0, OP_PSSR_IND = 1, OP_USSR_REQ = 2, OP_PSSR_RESP = 17, OP_USSR_CONF = 18,
	OP_USSN_CONF = 19,
};

enum { ITS_END = 0x01 };        /* of the second octet of its_session_info */

bool ussd_is_one(const struct pdu_sm *sm)
{
	const uint8_t *value;
	size_t len;

	return strcmp(sm->service, "USSD") == 0 || pdu_tlv(sm, TLVID_ussd_service_op, &value, &len);
}

/* ---- the table ---- */

/* The second octet of its_session_info counts within the session. */
static size_t key_of(const struct smpp *s, size_t len)
{
	return s->cfg.conf.session_tlv == TLVID_its_session_info && len > 1 ? 1 : len;
}

static struct llist_head *slot_of(struct smpp *s, const char *src)
{
	return &s->by_key[keep_hash(0, src, strlen(src)) % SESSION_SLOTS];
}

static struct session *by_key(struct smpp *s, const char *src, const uint8_t *key, size_t len)
{
	size_t n = key_of(s, len);
	struct session *x;

	llist_for_each_entry(x, slot_of(s, src), entry)
		if (strcmp(x->src, src) == 0 && key_of(s, x->key_len) == n &&
		    memcmp(x->key, key, n) == 0)
			return x;
	return NULL;
}

static struct session *by_id(struct smpp *s, uint64_t id)
{
	struct session *x;

	llist_for_each_entry(x, &s->sessions, by_age)
		if (x->id == id)
			return x;
	return NULL;
}

static void touch(struct smpp *s, struct session *x)
{
	x->until_ms = smpp_now(s) + s->cfg.conf.session_ms;
	llist_move_tail(&x->by_age, &s->sessions);
}

static void fill(struct session *x, const struct pdu_sm *sm, const uint8_t *key, size_t len)
{
	memcpy(x->src, sm->src, sizeof(x->src));
	memcpy(x->dst, sm->dst, sizeof(x->dst));
	x->src_ton = sm->src_ton;
	memcpy(x->key, key, len);
	x->key_len = len;
	deliver_address(sm, x->from);
}

static struct session *session_new(struct smpp *s, const struct pdu_sm *sm, const uint8_t *key,
				   size_t len)
{
	struct session *x = s->stats.sessions < s->cfg.max_sessions ?
			    talloc_zero(s, struct session) : NULL;

	if (!x)
		return NULL;
	fill(x, sm, key, len);
	x->id = ++s->next_session;
	llist_add_tail(&x->entry, slot_of(s, x->src));
	llist_add_tail(&x->by_age, &s->sessions);
	touch(s, x);
	if (++s->stats.sessions > s->stats.sessions_high_water)
		s->stats.sessions_high_water = s->stats.sessions;
	return x;
}

static void session_free(struct smpp *s, struct session *x)
{
	llist_del(&x->entry);
	llist_del(&x->by_age);
	s->stats.sessions--;
	talloc_free(x);
}

/* ---- to the gateway ---- */

static struct ld_budget budget_of(const struct smpp *s)
{
	uint16_t n = s->cfg.conf.ussd_septets;

	return (struct ld_budget){ .live = true, .septets = n, .parts = 1,
				   .units = (uint16_t)((n * 7 + 7) / 8 / 2) };
}

static int tell(struct smpp *s, const struct session *x, enum ld_inbound_what what,
		const char *text)
{
	struct ld_inbound in = { .what = what, .kind = LD_CHAN_USSD, .session = x->id,
				 .budget = budget_of(s) };

	snprintf(in.from, sizeof(in.from), "%s", x->from);
	snprintf(in.text, sizeof(in.text), "%s", text);
	return s->ch.host->inbound(&s->ch, &in);
}

static void lost(struct smpp *s, struct session *x)
{
	s->stats.lost++;
	tell(s, x, LD_IN_ENDED, "");
	session_free(s, x);
}

/* ---- screens ---- */

/* What of the text fits: a screen over its budget is the engine's fault, but she who waits for it
 * gets at least its beginning. */
static int encode(struct smpp *s, const struct ld_reply *r, uint8_t *octets, size_t size,
		  struct pdu_submit *p)
{
	struct ld_budget b = budget_of(s);
	enum ld_alphabet a = coding_alphabet(s->coding, r->alphabet, r->text);
	char plain[LD_TEXT_MAX];
	const char *text = r->text;
	size_t next, n;
	int len;

	if (a == LD_GSM7 && s->coding != CODING_LATIN1 && ld_gsm7_septets(text) < 0) {
		if (ld_text_unaccent(text, plain, sizeof(plain)) < 0)
			return LD_E_TOOBIG;
		text = plain;
	}
	n = ld_text_page(text, a, a == LD_UCS2 ? b.units : b.septets, &next);
	len = coding_encode(s->coding, a, text, n, 0, octets, size, &p->dcs);
	p->text = octets;
	p->text_len = len < 0 ? 0 : (size_t)len;
	return len;
}

static int show(struct smpp *s, struct session *x, const struct ld_reply *r)
{
	uint8_t octets[255], pdu[PDU_OUT_MAX], key[SESSION_KEY_MAX];
	struct pdu_submit p = { .seq = smpp_next_seq(s), .service = "USSD", .src = x->dst,
				.dst = x->src, .dst_ton = x->src_ton, .dst_npi = 1, .has_op = true,
				.ussd_op = r->end ? OP_PSSR_RESP : OP_USSR_REQ,
				.session_tag = s->cfg.conf.session_tlv, .session = key,
				.session_len = x->key_len };
	int len = encode(s, r, octets, sizeof(octets) - 1, &p);

	if (len < 0)
		return len;
	memcpy(key, x->key, sizeof(key));
	if (s->cfg.conf.session_tlv == TLVID_its_session_info && x->key_len == 2)
		key[1] = (uint8_t)((key[1] & ~ITS_END) | (r->end ? ITS_END : 0));
	p.src_npi = 1;
	x->seq = p.seq;
	x->our_turn = false;
	len = pdu_build_submit(&p, pdu, sizeof(pdu));
	if (len > 0)
		len = smpp_link_write(&s->link[0], pdu, (size_t)len);
	s->stats.screens += len == 0;
	return len;
}

static void show_text(struct smpp *s, struct session *x, const char *text)
{
	struct ld_reply r = { .end = true, .alphabet = LD_GSM7 };

	snprintf(r.text, sizeof(r.text), "%s", text);
	show(s, x, &r);
}

static void show_last(struct smpp *s, struct session *x, const char *text)
{
	show_text(s, x, text);
	session_free(s, x);
}

int ussd_reply(struct ld_channel *ch, uint64_t session, const struct ld_reply *reply)
{
	struct smpp *s = ch->priv;
	struct session *x = by_id(s, session);
	int rc;

	if (!x)
		return LD_E_UNKNOWN;
	rc = show(s, x, reply);
	if (reply->end)
		session_free(s, x);
	else
		touch(s, x);
	return rc;
}

/* ---- what the phone does ---- */

/* The gateway's answer may come from within, so the session may be gone afterwards. */
static void pass_on(struct smpp *s, struct session *x, enum ld_inbound_what what, const char *text)
{
	uint64_t id = x->id;

	x->our_turn = true;
	touch(s, x);
	s->stats.sessions_begun += what == LD_IN_BEGIN;
	s->stats.answers += what == LD_IN_TEXT;
	if (tell(s, x, what, text) == 0)
		return;
	x = by_id(s, id);
	if (!x)
		return;
	s->stats.busy++;
	if (what != LD_IN_BEGIN)
		tell(s, x, LD_IN_ENDED, "");
	show_last(s, x, s->text_busy);
}

static void begin(struct smpp *s, const struct pdu_sm *sm, const uint8_t *key, size_t len,
		  const char *text)
{
	struct session *x = session_new(s, sm, key, len);
	struct session full = { .id = 0 };

	if (x) {
		pass_on(s, x, LD_IN_BEGIN, text);
		return;
	}
	s->stats.busy++;
	fill(&full, sm, key, len);
	show_text(s, &full, s->text_busy);
}

/* In a session we do not know (any more): end it, or the phone waits for the network's time-out. */
static void stray(struct smpp *s, const struct pdu_sm *sm, const uint8_t *key, size_t len)
{
	struct session *x = session_new(s, sm, key, len);

	s->stats.unexpected++;
	if (x)
		show_last(s, x, s->text_timeout);
}

static bool says_ended(const struct smpp *s, uint32_t op, const uint8_t *key, size_t len)
{
	if (s->cfg.conf.session_tlv == TLVID_its_session_info && len == 2 && (key[1] & ITS_END))
		return true;
	return op != OP_USSR_CONF && op != OP_USSN_CONF;
}

void ussd_take(struct smpp *s, const struct pdu_sm *sm)
{
	const uint8_t *key = (const uint8_t *)"";
	char text[LD_INPUT_MAX];
	struct session *x;
	uint32_t op;
	size_t len = 0;

	if (!s->cfg.conf.session_tlv || !pdu_tlv(sm, s->cfg.conf.session_tlv, &key, &len) ||
	    len > SESSION_KEY_MAX)
		len = 0;
	x = by_key(s, sm->src, key, len);
	if (!pdu_tlv_number(sm, TLVID_ussd_service_op, &op))
		op = x ? OP_USSR_CONF : OP_PSSR_IND;
	coding_decode(s->coding, sm->dcs, sm->text, sm->text_len, text, sizeof(text));
	if (op == OP_PSSR_IND || op == OP_PSSD_IND) {
		if (x)
			lost(s, x);     /* begun anew: the former one is over */
		begin(s, sm, key, len, text);
	} else if (!x) {
		if (!says_ended(s, op, key, len))
			stray(s, sm, key, len);
	} else if (says_ended(s, op, key, len)) {
		lost(s, x);
	} else if (op == OP_USSR_CONF && !x->our_turn) {
		memcpy(x->key, key, len);
		pass_on(s, x, LD_IN_TEXT, text);
	} else {
		s->stats.unexpected++;
	}
}

/* ---- what the network does ---- */

void ussd_refused(struct smpp *s, uint32_t seq, uint32_t status)
{
	struct session *x;

	llist_for_each_entry(x, &s->sessions, by_age) {
		if (x->seq != seq)
			continue;
		LOGP(DSMPP, LOGL_INFO, "%s ***%s: a screen was refused: %s (0x%x)\n", s->ch.name,
		     smpp_mask(x->from), smpp_link_status_text(status), status);
		lost(s, x);
		return;
	}
}

void ussd_link_lost(struct smpp *s)
{
	while (!llist_empty(&s->sessions))
		lost(s, llist_first_entry(&s->sessions, struct session, by_age));
}

void ussd_tick(struct smpp *s)
{
	int64_t now = smpp_now(s);

	while (!llist_empty(&s->sessions)) {
		struct session *x = llist_first_entry(&s->sessions, struct session, by_age);

		if (now < x->until_ms)
			break;
		s->stats.timeouts++;
		tell(s, x, LD_IN_ENDED, "");
		show_last(s, x, s->text_timeout);
	}
}

void ussd_stop(struct smpp *s)
{
	while (!llist_empty(&s->sessions))
		session_free(s, llist_first_entry(&s->sessions, struct session, by_age));
}
