/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdu.h"

#include <stdio.h>
#include <string.h>

#include <smpp34.h>
#include <smpp34_structs.h>
#include <smpp34_params.h>

#include "laido/base/err.h"

/* ---- reading ---- */

static uint32_t be32(const uint8_t *o)
{
	return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

static uint16_t be16(const uint8_t *o)
{
	return (uint16_t)(o[0] << 8 | o[1]);
}

void pdu_read_header(const uint8_t octets[PDU_HEADER], struct pdu_header *ret)
{
	*ret = (struct pdu_header){ be32(octets), be32(octets + 4), be32(octets + 8),
				    be32(octets + 12) };
}

struct reader {
	const uint8_t *p;
	size_t left;
	bool bad;
};

static const uint8_t *take(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return p;
}

static uint8_t u8(struct reader *r)
{
	const uint8_t *p = take(r, 1);

	return p ? *p : 0;
}

/* A C string; longer ones than fit are damaged. ret may be NULL. */
static void string(struct reader *r, char *ret, size_t size)
{
	const uint8_t *end = r->bad ? NULL : memchr(r->p, 0, r->left);
	size_t n = end ? (size_t)(end - r->p) : 0;

	if (!end || (ret && n >= size)) {
		r->bad = true;
		return;
	}
	if (ret)
		memcpy(ret, r->p, n + 1);
	take(r, n + 1);
}

/* The next TLV of a list; false at its end or where it is damaged. */
static bool next_tlv(struct reader *r, uint16_t *ret_tag, const uint8_t **ret, size_t *ret_len)
{
	const uint8_t *head = r->left ? take(r, 4) : NULL;

	if (!head)
		return false;
	*ret_tag = be16(head);
	*ret_len = be16(head + 2);
	*ret = take(r, *ret_len);
	return !r->bad;
}

bool pdu_tlv(const struct pdu_sm *sm, uint16_t tag, const uint8_t **ret, size_t *ret_len)
{
	struct reader r = { sm->tlv, sm->tlv_len, false };
	const uint8_t *value;
	uint16_t found;
	size_t len;

	while (next_tlv(&r, &found, &value, &len))
		if (found == tag) {
			*ret = value;
			*ret_len = len;
			return true;
		}
	return false;
}

bool pdu_tlv_number(const struct pdu_sm *sm, uint16_t tag, uint32_t *ret)
{
	const uint8_t *o;
	size_t len;

	if (!pdu_tlv(sm, tag, &o, &len) || (len != 1 && len != 2 && len != 4))
		return false;
	*ret = len == 1 ? o[0] : len == 2 ? be16(o) : be32(o);
	return true;
}

static bool tlvs_are_whole(const struct pdu_sm *sm)
{
	struct reader r = { sm->tlv, sm->tlv_len, false };
	const uint8_t *value;
	uint16_t tag;
	size_t len;

	while (next_tlv(&r, &tag, &value, &len))
		;
	return !r.bad;
}

/* 4.4.1 and 4.6.1 (deliver_sm has the fields of submit_sm). */
int pdu_read_sm(bool is_data_sm, const uint8_t *body, size_t len, struct pdu_sm *ret)
{
	struct reader r = { body, len, false };
	struct pdu_sm sm = { .esm = 0 };
	const uint8_t *payload;
	size_t payload_len;

	string(&r, sm.service, sizeof(sm.service));
	sm.src_ton = u8(&r);
	u8(&r);
	string(&r, sm.src, sizeof(sm.src));
	take(&r, 2);
	string(&r, sm.dst, sizeof(sm.dst));
	sm.esm = u8(&r);
	if (is_data_sm) {
		u8(&r);                         /* registered_delivery */
		sm.dcs = u8(&r);
	} else {
		take(&r, 2);                    /* protocol_id, priority_flag */
		string(&r, NULL, 0);            /* schedule_delivery_time */
		string(&r, NULL, 0);            /* validity_period */
		take(&r, 2);                    /* registered_delivery, replace_if_present_flag */
		sm.dcs = u8(&r);
		u8(&r);                         /* sm_default_msg_id */
		sm.text_len = u8(&r);
		sm.text = take(&r, sm.text_len);
	}
	sm.tlv = r.p;
	sm.tlv_len = r.left;
	if (r.bad || !tlvs_are_whole(&sm))
		return LD_E_CORRUPT;
	if (sm.text_len == 0 && pdu_tlv(&sm, TLVID_message_payload, &payload, &payload_len)) {
		sm.text = payload;
		sm.text_len = payload_len;
	}
	*ret = sm;
	return 0;
}

void pdu_read_id(const uint8_t *body, size_t len, char ret[PDU_ID_MAX])
{
	size_t n = strnlen((const char *)body, len < PDU_ID_MAX - 1 ? len : PDU_ID_MAX - 1);

	memcpy(ret, body, n);
	ret[n] = '\0';
}

/* ---- writing ---- */

static int pack(void *pdu, uint8_t *ret, size_t size)
{
	int len = 0;

	return smpp34_pack2(ret, (int)size, &len, pdu) == 0 ? len : LD_E_TOOBIG;
}

static void put32(uint8_t *ret, uint32_t value)
{
	ret[0] = (uint8_t)(value >> 24);
	ret[1] = (uint8_t)(value >> 16);
	ret[2] = (uint8_t)(value >> 8);
	ret[3] = (uint8_t)value;
}

/* Not by libsmpp34, which writes no sequence number of 0 or above 0x7fffffff: an answer must have
 * that of its request, however odd. */
int pdu_build(uint32_t id, uint32_t status, uint32_t seq, uint8_t *ret, size_t size)
{
	bool has_id = id == DELIVER_SM_RESP || id == DATA_SM_RESP;
	uint32_t len = PDU_HEADER + has_id;

	if (len > size)
		return LD_E_TOOBIG;
	put32(ret, len);
	put32(ret + 4, id);
	put32(ret + 8, status);
	put32(ret + 12, seq);
	if (has_id)
		ret[PDU_HEADER] = 0;    /* message_id */
	return (int)len;
}

static void put(uint8_t *ret, size_t size, const char *text)
{
	snprintf((char *)ret, size, "%s", text);
}

int pdu_build_bind(const struct pdu_bind *b, uint8_t *ret, size_t size)
{
	struct bind_transceiver_t t;    /* all three binds have the same fields */

	memset(&t, 0, sizeof(t));
	t.command_id = b->id;
	t.sequence_number = b->seq;
	t.interface_version = SMPP_VERSION;
	put(t.system_id, sizeof(t.system_id), b->system_id);
	put(t.password, sizeof(t.password), b->password);
	put(t.system_type, sizeof(t.system_type), b->system_type);
	return pack(&t, ret, size);
}

/* ---- submit_sm: by hand, since libsmpp34 formats every field for a log that nobody keeps, which
 * took longer than all else that a message needs here ---- */

struct writer {
	uint8_t *o;
	size_t n, size;                 /* n > size: it did not fit */
};

static void add(struct writer *w, const void *octets, size_t len)
{
	if (w->n <= w->size && len <= w->size - w->n && len > 0)
		memcpy(w->o + w->n, octets, len);
	w->n += len;
}

static void add8(struct writer *w, uint8_t value)
{
	add(w, &value, 1);
}

static void add16(struct writer *w, uint16_t value)
{
	add(w, (const uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

/* A C-octet string of at most max octets, its end counted. */
static void add_string(struct writer *w, const char *text, size_t max)
{
	add(w, text, strnlen(text, max - 1));
	add8(w, 0);
}

static void add_tlv(struct writer *w, uint16_t tag, const uint8_t *octets, size_t len)
{
	add16(w, tag);
	add16(w, (uint16_t)len);
	add(w, octets, len);
}

static void add_tlv8(struct writer *w, uint16_t tag, uint8_t value)
{
	add_tlv(w, tag, &value, 1);
}

static void add_tlv16(struct writer *w, uint16_t tag, uint16_t value)
{
	add_tlv(w, tag, (const uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static void add_tlvs(struct writer *w, const struct pdu_submit *s)
{
	if (s->has_op)
		add_tlv8(w, TLVID_ussd_service_op, s->ussd_op);
	if (s->session_tag && s->session_len)
		add_tlv(w, s->session_tag, s->session, s->session_len);
	if (s->has_umr)
		add_tlv16(w, TLVID_user_message_reference, s->umr);
	if (s->sar_total) {
		add_tlv16(w, TLVID_sar_msg_ref_num, s->sar_ref);
		add_tlv8(w, TLVID_sar_total_segments, s->sar_total);
		add_tlv8(w, TLVID_sar_segment_seqnum, s->sar_seq);
	}
	if (s->as_payload)
		add_tlv(w, TLVID_message_payload, s->text, s->text_len);
}

/* SMPP 3.4, 4.4.1. */
int pdu_build_submit(const struct pdu_submit *s, uint8_t *ret, size_t size)
{
	struct writer w = { ret, PDU_HEADER, size };

	if (s->text_len > (s->as_payload ? PDU_PAYLOAD_MAX : 254) || s->session_len > 16)
		return LD_E_TOOBIG;
	add_string(&w, s->service, 6);
	add8(&w, s->src_ton);
	add8(&w, s->src_npi);
	add_string(&w, s->src, 21);
	add8(&w, s->dst_ton);
	add8(&w, s->dst_npi);
	add_string(&w, s->dst, 21);
	add8(&w, s->esm);
	add(&w, (const uint8_t[4]){ 0 }, 4);    /* protocol_id, priority; deliver now, for any time */
	add8(&w, s->report ? SMPP34_DELIVERY_RECEIPT_ON : 0);
	add8(&w, 0);                            /* replaces nothing */
	add8(&w, s->dcs);
	add8(&w, 0);                            /* no predefined message */
	add8(&w, s->as_payload ? 0 : (uint8_t)s->text_len);
	if (!s->as_payload)
		add(&w, s->text, s->text_len);
	add_tlvs(&w, s);
	if (w.n > size)
		return LD_E_TOOBIG;
	put32(ret, (uint32_t)w.n);
	put32(ret + 4, SUBMIT_SM);
	put32(ret + 8, 0);
	put32(ret + 12, s->seq);
	return (int)w.n;
}
