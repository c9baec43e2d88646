/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes in, and its acknowledgement: only after committed(), or as a temporary error when that
 * takes too long, so that the message centre never forgets what we have not stored. */
#include "impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <smpp34.h>

#include "laido/osmo/log.h"

enum {
	ANSWER_KEPT_MS = 600 * 1000,    /* committed() may come late */
	TON_INTERNATIONAL = 1,
};

static const struct ld_budget sms_budget = { .live = false, .septets = 160, .units = 70,
					     .parts = 3 };

void deliver_address(const struct pdu_sm *sm, char ret[LD_ADDR_MAX])
{
	size_t n = 0;

	if (sm->src_ton == TON_INTERNATIONAL && sm->src[0] != '+')
		ret[n++] = '+';
	for (const char *p = sm->src; *p && n < LD_ADDR_MAX - 1; p++)
		ret[n++] = *p >= ' ' && *p <= '~' ? *p : '?';
	ret[n] = '\0';
}

/* ---- who waits for committed() ---- */

static uint64_t ref_of(const struct smpp *s, const struct answer *a)
{
	return (uint64_t)a->serial << 16 | (uint64_t)(a - s->answer);
}

static struct answer *answer_of(struct smpp *s, uint64_t ref)
{
	struct answer *a = &s->answer[(ref & 0xffff) % ANSWERS_MAX];

	return a->used && ref_of(s, a) == ref ? a : NULL;
}

static struct answer *answer_new(struct smpp *s)
{
	for (unsigned i = 0; i < ANSWERS_MAX; i++) {
		struct answer *a = &s->answer[i];

		if (a->used)
			continue;
		memset(a, 0, sizeof(*a));
		a->used = true;
		a->serial = ++s->serial;
		a->until_ms = smpp_now(s) + s->cfg.ack_ms;
		return a;
	}
	return NULL;
}

void deliver_committed(struct ld_channel *ch, uint64_t ref)
{
	struct smpp *s = ch->priv;
	struct answer *a = answer_of(s, ref);

	if (!a)
		return;
	if (a->has_set)
		join_free(s, &a->set);
	if (a->link && a->link->generation == a->generation) {
		smpp_link_answer(a->link, a->resp_id, ESME_ROK, a->seq);
		if (a->input)
			keep_input_acked(&s->keep, a->input, smpp_utc(s));
	} else if (a->input) {
		keep_input_doubt(&s->keep, a->input, smpp_utc(s));
	}
	a->used = false;
}

void deliver_link_lost(struct link *l)
{
	struct smpp *s = l->s;

	for (unsigned i = 0; i < ANSWERS_MAX; i++)
		if (s->answer[i].link == l)
			s->answer[i].link = NULL;
	if (l == &s->link[s->n_links - 1])
		keep_inputs_doubt(&s->keep, smpp_utc(s));
}

void deliver_tick(struct smpp *s)
{
	int64_t now = smpp_now(s);

	for (unsigned i = 0; i < ANSWERS_MAX; i++) {
		struct answer *a = &s->answer[i];

		if (!a->used || now < a->until_ms)
			continue;
		if (a->link) {
			s->stats.not_stored++;
			smpp_link_answer(a->link, a->resp_id, ESME_RX_T_APPN, a->seq);
			a->link = NULL;
		}
		if (now >= a->until_ms + ANSWER_KEPT_MS)
			a->used = false;
	}
}

/* ---- to the gateway ---- */

static int tell(struct smpp *s, const char *from, const char *text, const struct delivery_key *key,
		uint64_t ref)
{
	struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .ref = ref,
				 .budget = sms_budget };
	int rc;

	snprintf(in.from, sizeof(in.from), "%s", from);
	snprintf(in.text, sizeof(in.text), "%s", text);
	snprintf(in.dedupe, sizeof(in.dedupe), "%012" PRIx64 ":%016" PRIx64,
		 (uint64_t)key->at_ms, key->hash);
	s->stats.received++;
	rc = s->ch.host->inbound(&s->ch, &in);
	s->stats.received -= rc < 0;
	return rc;
}

static bool is_with_gateway(struct smpp *s, const struct keep_part *set)
{
	for (unsigned i = 0; i < ANSWERS_MAX; i++)
		if (s->answer[i].used && s->answer[i].has_set &&
		    join_is_same_set(&s->answer[i].set, set))
			return true;
	return false;
}

/* `a` is taken over. */
static int tell_set(struct smpp *s, struct answer *a, const struct keep_part *set)
{
	char text[LD_INPUT_MAX], from[LD_ADDR_MAX];
	struct delivery_key key;
	int rc;

	snprintf(from, sizeof(from), "%s", set->from);
	a->has_set = true;
	a->set = *set;
	if (!join_text(s, set, text, sizeof(text), &key))
		s->stats.incomplete++;
	rc = tell(s, from, text, &key, ref_of(s, a));
	if (rc < 0)
		a->used = false;
	return rc;
}

int deliver_set(struct smpp *s, const struct keep_part *set)
{
	struct answer *a = is_with_gateway(s, set) ? NULL : answer_new(s);

	if (!a)
		return is_with_gateway(s, set) ? 0 : LD_E_BUSY;
	return tell_set(s, a, set);
}

/* ---- one message ---- */

struct incoming {
	struct link *link;
	const struct pdu_header *h;
	const struct pdu_sm *sm;
	uint64_t content;
	char from[LD_ADDR_MAX];
};

static void answer_now(const struct incoming *m, uint32_t status)
{
	struct smpp *s = m->link->s;

	s->stats.not_stored += status == ESME_RX_T_APPN;
	smpp_link_answer(m->link, m->h->id | 0x80000000u, status, m->h->seq);
}

/* Remembers what must be answered once the gateway has it. NULL: no room, and that is said. */
static struct answer *expect(const struct incoming *m, struct keep_input *in)
{
	struct answer *a = answer_new(m->link->s);

	if (!a) {
		answer_now(m, ESME_RX_T_APPN);
		return NULL;
	}
	a->link = m->link;
	a->generation = m->link->generation;
	a->seq = m->h->seq;
	a->resp_id = m->h->id | 0x80000000u;
	a->input = in;
	return a;
}

static struct keep_input *note_input(const struct incoming *m, bool *ret_again)
{
	struct smpp *s = m->link->s;
	struct keep_input *in = keep_input(&s->keep, m->content, ld_random_u64(s->cfg.random),
					   smpp_utc(s), ret_again);

	s->stats.redelivered += in && *ret_again;
	return in;
}

static void take_whole(const struct incoming *m, const struct join *j)
{
	struct smpp *s = m->link->s;
	const struct pdu_sm *sm = m->sm;
	bool again;
	struct keep_input *in = note_input(m, &again);
	struct answer *a = in ? expect(m, in) : NULL;
	uint8_t flat[LD_TEXT_MAX];
	char text[LD_INPUT_MAX];
	struct delivery_key key;
	size_t len;

	if (!a) {
		if (!in)
			answer_now(m, ESME_RX_T_APPN);
		return;
	}
	len = coding_flatten(s->coding, sm->dcs, j->udh_len, sm->text + j->udh_len,
			     sm->text_len - j->udh_len, flat, sizeof(flat));
	if (!coding_decode_flat(s->coding, sm->dcs, flat, len, text, sizeof(text)))
		LOGP(DSMPP, LOGL_NOTICE, "%s ***%s: data_coding 0x%02x cannot be read\n", s->ch.name,
		     smpp_mask(m->from), sm->dcs);
	key = (struct delivery_key){ in->at_ms, in->key };
	if (tell(s, m->from, text, &key, ref_of(s, a)) == 0)
		return;
	a->used = false;
	if (!again)
		keep_input_free(&s->keep, in);
	answer_now(m, ESME_RX_T_APPN);
}

/* 0 when the part is kept. */
static int keep_this(const struct incoming *m, const struct join *j, struct keep_part *ret)
{
	struct smpp *s = m->link->s;
	const struct pdu_sm *sm = m->sm;
	uint8_t flat[LD_TEXT_MAX];
	size_t len = coding_flatten(s->coding, sm->dcs, j->udh_len, sm->text + j->udh_len,
				    sm->text_len - j->udh_len, flat, sizeof(flat));

	memset(ret, 0, sizeof(*ret));
	if (len > sizeof(ret->octets) || j->total > PARTS_MAX || !m->from[0])
		return LD_E_TOOBIG;
	ret->at_ms = smpp_utc(s);
	memcpy(ret->from, m->from, sizeof(ret->from));
	ret->ref = j->ref;
	ret->kind = j->kind;
	ret->total = j->total;
	ret->seq = j->seq;
	ret->dcs = sm->dcs;
	ret->len = (uint16_t)len;
	memcpy(ret->octets, flat, len);
	return join_add(s, ret);
}

static void take_part(const struct incoming *m, const struct join *j)
{
	struct smpp *s = m->link->s;
	bool again = keep_input_is_open(&s->keep, m->content, smpp_utc(s));
	struct keep_part part;
	char text[LD_INPUT_MAX];
	struct keep_input *in;
	struct answer *a;
	struct delivery_key key;
	int rc;

	s->stats.parts++;
	rc = keep_this(m, j, &part);
	if (rc == 0 && again) {
		/* Its set was delivered, only the acknowledgement was lost. */
		join_free(s, &part);
		s->stats.redelivered++;
		answer_now(m, ESME_ROK);
		return;
	}
	if (rc < 0) {
		answer_now(m, rc == LD_E_TOOBIG ? ESME_RX_P_APPN : ESME_RX_T_APPN);
		return;
	}
	in = note_input(m, &again);
	if (!join_text(s, &part, text, sizeof(text), &key) || is_with_gateway(s, &part)) {
		answer_now(m, ESME_ROK);
		if (in)
			keep_input_acked(&s->keep, in, smpp_utc(s));
		return;
	}
	a = expect(m, in);
	if (a && tell_set(s, a, &part) < 0)
		answer_now(m, ESME_RX_T_APPN);
}

/* ---- deliver_sm, data_sm ---- */

void deliver(struct link *l, const struct pdu_header *h, const uint8_t *body, size_t len)
{
	struct incoming m = { .link = l, .h = h };
	struct receipt receipt;
	struct pdu_sm sm;
	struct join join;

	m.sm = &sm;
	if (pdu_read_sm(h->id == DATA_SM, body, len, &sm) < 0) {
		l->s->stats.bad_pdu++;
		answer_now(&m, ESME_RX_P_APPN);
		return;
	}
	if (receipt_is_one(&sm)) {
		receipt_read(&sm, &receipt);
		receipt_take(l->s, &receipt);
		answer_now(&m, ESME_ROK);
		return;
	}
	if (ussd_is_one(&sm)) {
		/* A live session has no second delivery: there is nothing to wait for. */
		answer_now(&m, ESME_ROK);
		ussd_take(l->s, &sm);
		return;
	}
	deliver_address(&sm, m.from);
	m.content = keep_hash(0, body, len);
	join_read(&sm, &join);
	if (join.total)
		take_part(&m, &join);
	else
		take_whole(&m, &join);
}
