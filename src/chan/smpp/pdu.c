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

static void link_tlv(struct submit_sm_t *t, struct tlv_t *v, uint16_t tag, uint16_t len)
{
	v->tag = tag;
	v->length = len;
	v->next = t->tlv;
	t->tlv = v;
}

static void add_number(struct submit_sm_t *t, struct tlv_t *v, uint16_t tag, unsigned octets,
		       uint16_t value)
{
	if (octets == 1)
		v->value.val08 = (uint8_t)value;
	else
		v->value.val16 = value;
	link_tlv(t, v, tag, (uint16_t)octets);
}

static void add_octets(struct submit_sm_t *t, struct tlv_t *v, uint16_t tag, const uint8_t *octets,
		       size_t len)
{
	memcpy(v->value.octet, octets, len);
	link_tlv(t, v, tag, (uint16_t)len);
}

/* libsmpp34 writes these tags as numbers of its own size. */
static void add_session(struct submit_sm_t *t, struct tlv_t *v, const struct pdu_submit *s)
{
	if (s->session_tag == TLVID_its_session_info ||
	    s->session_tag == TLVID_user_message_reference)
		add_number(t, v, s->session_tag, 2, be16(s->session));
	else
		add_octets(t, v, s->session_tag, s->session, s->session_len);
}

static void add_tlvs(struct submit_sm_t *t, struct tlv_t v[7], const struct pdu_submit *s)
{
	if (s->as_payload)
		add_octets(t, &v[0], TLVID_message_payload, s->text, s->text_len);
	if (s->sar_total) {
		add_number(t, &v[1], TLVID_sar_segment_seqnum, 1, s->sar_seq);
		add_number(t, &v[2], TLVID_sar_total_segments, 1, s->sar_total);
		add_number(t, &v[3], TLVID_sar_msg_ref_num, 2, s->sar_ref);
	}
	if (s->has_umr)
		add_number(t, &v[4], TLVID_user_message_reference, 2, s->umr);
	if (s->session_tag && s->session_len)
		add_session(t, &v[5], s);
	if (s->has_op)
		add_octets(t, &v[6], TLVID_ussd_service_op, &s->ussd_op, 1);
}

int pdu_build_submit(const struct pdu_submit *s, uint8_t *ret, size_t size)
{
	struct tlv_t tlv[7];
	struct submit_sm_t t;

	if (s->text_len > (s->as_payload ? PDU_PAYLOAD_MAX : sizeof(t.short_message)) ||
	    s->session_len > 16 || (s->session_tag && s->session_len == 1))
		return LD_E_TOOBIG;
	memset(&t, 0, sizeof(t));
	memset(tlv, 0, sizeof(tlv));
	t.command_id = SUBMIT_SM;
	t.sequence_number = s->seq;
	put(t.service_type, sizeof(t.service_type), s->service);
	put(t.source_addr, sizeof(t.source_addr), s->src);
	put(t.destination_addr, sizeof(t.destination_addr), s->dst);
	t.source_addr_ton = s->src_ton;
	t.source_addr_npi = s->src_npi;
	t.dest_addr_ton = s->dst_ton;
	t.dest_addr_npi = s->dst_npi;
	t.esm_class = s->esm;
	t.data_coding = s->dcs;
	t.registered_delivery = s->report ? SMPP34_DELIVERY_RECEIPT_ON : 0;
	if (!s->as_payload) {
		t.sm_length = (uint8_t)s->text_len;
		memcpy(t.short_message, s->text, s->text_len);
	}
	add_tlvs(&t, tlv, s);
	return pack(&t, ret, size);
}
