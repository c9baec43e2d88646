/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long messages that come in parts: by a user data header (TS 23.040 9.2.3.24.1 and .8) or by
 * sar_* TLVs (SMPP 3.4 5.3.2.22 to 24). Message centres wait for the answer to one part before they
 * bring the next, so a part is acknowledged by itself, once it is on the disk. */
#include "impl.h"

#include <string.h>

#include <smpp34.h>

#include "laido/osmo/log.h"

enum { IEI_REF8 = 0x00, IEI_REF16 = 0x08 };
enum { KIND_REF8 = 1, KIND_REF16, KIND_SAR };

static void read_header(const uint8_t *udh, size_t len, struct join *ret)
{
	for (size_t at = 1; at + 2 <= len; at += 2u + udh[at + 1]) {
		const uint8_t *ie = udh + at;

		if (at + 2u + ie[1] > len)
			return;
		if (ie[0] == IEI_REF8 && ie[1] == 3)
			*ret = (struct join){ KIND_REF8, ie[3], ie[4], ie[2], ret->udh_len };
		else if (ie[0] == IEI_REF16 && ie[1] == 4)
			*ret = (struct join){ KIND_REF16, ie[4], ie[5],
					      (uint16_t)(ie[2] << 8 | ie[3]), ret->udh_len };
	}
}

void join_read(const struct pdu_sm *sm, struct join *ret)
{
	uint32_t ref, total, seq;

	memset(ret, 0, sizeof(*ret));
	if ((sm->esm & SMPP34_UDHI_IND) && sm->text_len > 0) {
		ret->udh_len = sm->text[0] + 1u;
		if (ret->udh_len > sm->text_len)
			ret->udh_len = sm->text_len;    /* nothing but a damaged header */
		read_header(sm->text, ret->udh_len, ret);
	} else if (pdu_tlv_number(sm, TLVID_sar_msg_ref_num, &ref) &&
		   pdu_tlv_number(sm, TLVID_sar_total_segments, &total) &&
		   pdu_tlv_number(sm, TLVID_sar_segment_seqnum, &seq) && total < 256 && seq < 256) {
		*ret = (struct join){ KIND_SAR, (uint8_t)total, (uint8_t)seq, (uint16_t)ref, 0 };
	}
	if (ret->total < 2 || ret->seq == 0 || ret->seq > ret->total)
		ret->total = 0;
}

bool join_is_same_set(const struct keep_part *a, const struct keep_part *b)
{
	return a->kind == b->kind && a->ref == b->ref && a->total == b->total &&
	       strcmp(a->from, b->from) == 0;
}

static struct keep_part *find(struct smpp *s, const struct keep_part *set, unsigned seq)
{
	for (unsigned i = 0; i < KEEP_PARTS; i++) {
		struct keep_part *p = &s->keep.part[i];

		if (p->from[0] && p->seq == seq && join_is_same_set(p, set))
			return p;
	}
	return NULL;
}

bool join_text(struct smpp *s, const struct keep_part *set, char *ret, size_t size,
	       struct delivery_key *ret_key)
{
	uint8_t all[PARTS_MAX * KEEP_PART_OCTETS];
	struct delivery_key key = { .hash = keep_hash(0, set->from, strlen(set->from)) };
	size_t len = 0;
	unsigned n = 0;
	uint8_t dcs = 0;

	for (unsigned seq = 1; seq <= set->total; seq++) {
		const struct keep_part *p = find(s, set, seq);

		if (!p || len + p->len > sizeof(all))
			continue;
		if (n++ == 0) {
			dcs = p->dcs;
			key.at_ms = p->at_ms;
		}
		memcpy(all + len, p->octets, p->len);
		len += p->len;
		key.hash = keep_hash(key.hash, &p->at_ms, sizeof(p->at_ms));
		key.hash = keep_hash(key.hash, p->octets, p->len);
	}
	coding_decode_flat(s->coding, dcs, all, len, ret, size);
	*ret_key = key;
	return n == set->total;
}

int join_add(struct smpp *s, const struct keep_part *p)
{
	struct keep_part *old = find(s, p, p->seq);
	char text[LD_INPUT_MAX];
	struct delivery_key key;

	if (old && old->len == p->len && memcmp(old->octets, p->octets, p->len) == 0)
		return 1;
	if (old) {
		/* The sender has begun to count anew: the former message will not be whole. */
		if (!join_text(s, p, text, sizeof(text), &key))
			deliver_set(s, p);
		return LD_E_BUSY;
	}
	return keep_part_add(&s->keep, p) ? 0 : LD_E_BUSY;
}

void join_free(struct smpp *s, const struct keep_part *set)
{
	for (unsigned i = 0; i < KEEP_PARTS; i++)
		if (s->keep.part[i].from[0] && join_is_same_set(&s->keep.part[i], set))
			keep_part_free(&s->keep, &s->keep.part[i]);
}

void join_tick(struct smpp *s)
{
	int64_t now = smpp_utc(s);

	for (unsigned i = 0; i < KEEP_PARTS; i++) {
		struct keep_part *p = &s->keep.part[i];

		/* The clock may have been set back, too. */
		if (p->from[0] && (now - p->at_ms > s->cfg.gap_ms || p->at_ms - now > s->cfg.gap_ms))
			deliver_set(s, p);
	}
}
