/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PDUs of SMPP 3.4. Binds are written by libsmpp34. Read here: its reader takes no deliver_sm with a
 * validity period, believes the tag rather than the length of an integer TLV, and ends payloads at
 * 1,024 octets, so that one odd PDU of a lawful message centre would come again for ever. */
#ifndef LAIDO_CHAN_SMPP_PDU_H
#define LAIDO_CHAN_SMPP_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PDU_HEADER = 16,
	PDU_MAX = 8192,                 /* larger ones are refused unread */
	PDU_OUT_MAX = 2048,             /* of those we write */
	PDU_PAYLOAD_MAX = 1024,         /* of a message_payload that we write */
	PDU_ID_MAX = 66,                /* message_id with its NUL */
};

struct pdu_header {
	uint32_t len, id, status, seq;
};
void pdu_read_header(const uint8_t octets[PDU_HEADER], struct pdu_header *ret);

/* A deliver_sm or data_sm. Pointers lead into the PDU. */
struct pdu_sm {
	char service[7];
	uint8_t src_ton;
	char src[66], dst[66];
	uint8_t esm, dcs;
	const uint8_t *text;            /* short_message, or message_payload */
	size_t text_len;
	const uint8_t *tlv;             /* well-formed */
	size_t tlv_len;
};
/* LD_E_CORRUPT when it ends too early, a string does not end, or a TLV is longer than the rest. */
int pdu_read_sm(bool is_data_sm, const uint8_t *body, size_t len, struct pdu_sm *ret);
/* The first TLV of this tag. */
bool pdu_tlv(const struct pdu_sm *sm, uint16_t tag, const uint8_t **ret, size_t *ret_len);
/* The same as a number of 1, 2 or 4 octets. */
bool pdu_tlv_number(const struct pdu_sm *sm, uint16_t tag, uint32_t *ret);
/* The C string a submit_sm_resp may begin with; "" when it has none. */
void pdu_read_id(const uint8_t *body, size_t len, char ret[PDU_ID_MAX]);

/* Below: octets written, or LD_E_TOOBIG. */

/* Header only, and the responses with an empty message_id. */
int pdu_build(uint32_t id, uint32_t status, uint32_t seq, uint8_t *ret, size_t size);

struct pdu_bind {
	uint32_t id, seq;
	const char *system_id, *password, *system_type;
};
int pdu_build_bind(const struct pdu_bind *b, uint8_t *ret, size_t size);

struct pdu_submit {
	uint32_t seq;
	const char *service;
	const char *src, *dst;
	uint8_t src_ton, src_npi, dst_ton, dst_npi;
	uint8_t esm, dcs;
	bool report;
	bool as_payload;
	const uint8_t *text;
	size_t text_len;
	bool has_umr;
	uint16_t umr;
	uint8_t sar_total, sar_seq;     /* total 0: none */
	uint16_t sar_ref;
	bool has_op;
	uint8_t ussd_op;
	uint16_t session_tag;           /* 0: none */
	const uint8_t *session;
	size_t session_len;
};
int pdu_build_submit(const struct pdu_submit *s, uint8_t *ret, size_t size);

#endif
