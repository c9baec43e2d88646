/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/wire/ussd.h"

#include <string.h>

#include "laido/base/err.h"
#include "laido/text/text.h"

enum {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_NULL = 0x05,
	TAG_SEQUENCE = 0x30,
	TAG_LINKED_ID = 0x80,
	SEPTETS_MAX = LD_USSD_DATA_MAX * 8 / 7,
};

/* ---- reading ---- */

struct span {
	const uint8_t *at;
	size_t len;
};

static bool take_length(struct span *in, size_t *ret)
{
	size_t n_octets, value = 0;

	if (in->len < 1)
		return false;
	value = *in->at++;
	in->len--;
	if (value < 0x80) {
		*ret = value;
		return true;
	}
	n_octets = value & 0x7f;        /* 0 is the indefinite form, which TS 24.080 excludes */
	if (n_octets < 1 || n_octets > 2 || in->len < n_octets)
		return false;
	value = 0;
	for (size_t i = 0; i < n_octets; i++)
		value = value << 8 | *in->at++;
	in->len -= n_octets;
	*ret = value;
	return true;
}

/* The next element with this tag; nothing is taken otherwise. */
static bool take(struct span *in, uint8_t tag, struct span *ret)
{
	struct span rest = *in;
	size_t len;

	if (rest.len < 1 || *rest.at != tag)
		return false;
	rest.at++;
	rest.len--;
	if (!take_length(&rest, &len) || len > rest.len)
		return false;
	*ret = (struct span){ rest.at, len };
	*in = (struct span){ rest.at + len, rest.len - len };
	return true;
}

static bool take_octet(struct span *in, uint8_t tag, uint8_t *ret)
{
	struct span value;

	if (!take(in, tag, &value) || value.len != 1)
		return false;
	*ret = *value.at;
	return true;
}

/* USSD-Arg and USSD-Res: the coding scheme, the string, then what we do not need. */
static bool read_text(struct span *in, struct ld_ussd *u)
{
	struct span arg, data;

	if (!take(in, TAG_SEQUENCE, &arg) || !take_octet(&arg, TAG_OCTETS, &u->dcs) ||
	    !take(&arg, TAG_OCTETS, &data) || data.len > sizeof(u->data))
		return false;
	memcpy(u->data, data.at, data.len);
	u->data_len = (uint8_t)data.len;
	u->has_text = true;
	return true;
}

static bool op_has_text(uint8_t op)
{
	return op == LD_USSD_OP_PROCESS || op == LD_USSD_OP_REQUEST || op == LD_USSD_OP_NOTIFY;
}

static bool read_invoke(struct span *in, struct ld_ussd *u)
{
	uint8_t linked;

	take_octet(in, TAG_LINKED_ID, &linked);
	if (!take_octet(in, TAG_INTEGER, &u->op))
		return false;
	u->has_op = true;
	return !op_has_text(u->op) || read_text(in, u);
}

static bool read_result(struct span *in, struct ld_ussd *u)
{
	struct span seq;

	if (in->len == 0)
		return true;
	if (!take(in, TAG_SEQUENCE, &seq) || !take_octet(&seq, TAG_INTEGER, &u->op))
		return false;
	u->has_op = true;
	return seq.len == 0 || !op_has_text(u->op) || read_text(&seq, u);
}

static bool read_error(struct span *in, struct ld_ussd *u)
{
	return take_octet(in, TAG_INTEGER, &u->error);
}

static bool read_reject(struct span *in, struct ld_ussd *u)
{
	u->problem_tag = in->len > 0 ? *in->at : 0;
	return u->problem_tag >= LD_USSD_PROBLEM_GENERAL &&
	       u->problem_tag <= LD_USSD_PROBLEM_ERROR &&
	       take_octet(in, u->problem_tag, &u->problem);
}

static const struct kind {
	uint8_t type;
	bool (*read)(struct span *, struct ld_ussd *);
} kinds[] = {
	{ LD_USSD_INVOKE, read_invoke },
	{ LD_USSD_RESULT, read_result },
	{ LD_USSD_ERROR, read_error },
	{ LD_USSD_REJECT, read_reject },
};

int ld_ussd_parse(const uint8_t *octets, size_t len, struct ld_ussd *ret)
{
	struct span in = { octets, len }, body, null;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < LD_ARRAY_SIZE(kinds); i++) {
		if (!take(&in, kinds[i].type, &body))
			continue;
		ret->type = kinds[i].type;
		ret->has_id = take_octet(&body, TAG_INTEGER, &ret->id);
		if (!ret->has_id && !(ret->type == LD_USSD_REJECT && take(&body, TAG_NULL, &null)))
			return LD_E_CORRUPT;
		return kinds[i].read(&body, ret) ? 0 : LD_E_CORRUPT;
	}
	return LD_E_CORRUPT;
}

/* ---- writing ---- */

/* Filled from the end, so that every length is known when its octet is written. */
struct back {
	uint8_t octets[256];
	size_t at;
};

static void put(struct back *b, uint8_t octet)
{
	ld_assert(b->at > 0);
	b->octets[--b->at] = octet;
}

static void put_octets(struct back *b, const uint8_t *data, size_t len)
{
	ld_assert(b->at >= len);
	b->at -= len;
	memcpy(b->octets + b->at, data, len);
}

static void put_octet(struct back *b, uint8_t tag, uint8_t value)
{
	put(b, value);
	put(b, 1);
	put(b, tag);
}

/* Close the element that reaches from here to `end`. */
static void put_header(struct back *b, uint8_t tag, size_t end)
{
	put(b, (uint8_t)(end - b->at));
	put(b, tag);
}

static void put_text(struct back *b, const struct ld_ussd *u)
{
	size_t end = b->at;

	if (!u->has_text)
		return;
	put_octets(b, u->data, u->data_len);
	put_header(b, TAG_OCTETS, end);
	put_octet(b, TAG_OCTETS, u->dcs);
	put_header(b, TAG_SEQUENCE, end);
}

static void put_body(struct back *b, const struct ld_ussd *u)
{
	size_t end = b->at;

	switch (u->type) {
	case LD_USSD_INVOKE:
		put_text(b, u);
		put_octet(b, TAG_INTEGER, u->op);
		break;
	case LD_USSD_RESULT:
		if (!u->has_op)
			break;
		put_text(b, u);
		put_octet(b, TAG_INTEGER, u->op);
		put_header(b, TAG_SEQUENCE, end);
		break;
	case LD_USSD_ERROR:
		put_octet(b, TAG_INTEGER, u->error);
		break;
	case LD_USSD_REJECT:
		put_octet(b, u->problem_tag, u->problem);
		break;
	}
}

int ld_ussd_build(const struct ld_ussd *u, uint8_t *ret, size_t size)
{
	struct back b = { .at = sizeof(b.octets) };
	size_t len;

	if (u->type < LD_USSD_INVOKE || u->type > LD_USSD_REJECT ||
	    (!u->has_id && u->type != LD_USSD_REJECT))
		return LD_E_RANGE;
	if (u->data_len > LD_USSD_DATA_MAX)
		return LD_E_TOOBIG;
	put_body(&b, u);
	if (u->has_id) {
		put_octet(&b, TAG_INTEGER, u->id);
	} else {
		put(&b, 0);
		put(&b, TAG_NULL);
	}
	len = sizeof(b.octets) - b.at;
	if (len > LD_USSD_BUILT_MAX - 2 || len + 2 > size)
		return LD_E_TOOBIG;
	put_header(&b, u->type, sizeof(b.octets));
	memcpy(ret, b.octets + b.at, len + 2);
	return (int)(len + 2);
}

/* ---- text ---- */

int ld_ussd_set_text(struct ld_ussd *u, enum ld_alphabet alphabet, const char *text)
{
	uint8_t septets[SEPTETS_MAX];
	int n;

	if (alphabet == LD_UCS2) {
		n = ld_ucs2_encode(text, u->data, sizeof(u->data));
	} else {
		n = ld_gsm7_encode(text, septets, sizeof(septets));
		if (n >= 0)
			n = ld_gsm7_pack(septets, (size_t)n, 0, true, u->data, sizeof(u->data));
	}
	if (n < 0)
		return n;
	u->dcs = alphabet == LD_UCS2 ? LD_USSD_DCS_UCS2 : LD_USSD_DCS_GSM7;
	u->data_len = (uint8_t)n;
	u->has_text = true;
	return 0;
}

static int get_gsm7(const uint8_t *data, size_t len, char *ret, size_t size)
{
	uint8_t septets[SEPTETS_MAX];
	size_t n = ld_gsm7_ussd_septets(data, len);
	int rc = ld_gsm7_unpack(data, len, 0, n, septets, sizeof(septets));

	return rc < 0 ? rc : ld_gsm7_decode(septets, n, ret, size);
}

static int get_octets(const uint8_t *data, size_t len, char *ret, size_t size)
{
	uint8_t units[2 * LD_USSD_DATA_MAX];

	for (size_t i = 0; i < len; i++) {
		units[2 * i] = 0;
		units[2 * i + 1] = data[i];
	}
	return ld_ucs2_decode(units, 2 * len, ret, size);
}

static int get_ucs2(const uint8_t *data, size_t len, char *ret, size_t size)
{
	return ld_ucs2_decode(data, len, ret, size);
}

static int get_ucs2_lang(const uint8_t *data, size_t len, char *ret, size_t size)
{
	size_t skip = len < 2 ? len : 2;

	return ld_ucs2_decode(data + skip, len - skip, ret, size);
}

/* Coding schemes by range, TS 23.038 5. Compressed text (bit 5 of 01xx xxxx) is not there. */
static const struct {
	uint8_t mask, value;
	int (*get)(const uint8_t *data, size_t len, char *ret, size_t size);
} schemes[] = {
	{ 0xf0, 0x00, get_gsm7 },       /* a language, 0x0f: unspecified */
	{ 0xff, 0x11, get_ucs2_lang },
	{ 0xf0, 0x20, get_gsm7 },       /* more languages */
	{ 0xf0, 0x30, get_gsm7 },
	{ 0xec, 0x40, get_gsm7 },       /* general: alphabet in bits 3 and 2 */
	{ 0xec, 0x44, get_octets },
	{ 0xec, 0x48, get_ucs2 },
	{ 0xf4, 0xf0, get_gsm7 },       /* with message class */
	{ 0xf4, 0xf4, get_octets },
};

int ld_ussd_text(const struct ld_ussd *u, char *ret, size_t size)
{
	if (!u->has_text) {
		if (size < 1)
			return LD_E_TOOBIG;
		*ret = '\0';
		return 0;
	}
	for (size_t i = 0; i < LD_ARRAY_SIZE(schemes); i++)
		if ((u->dcs & schemes[i].mask) == schemes[i].value)
			return schemes[i].get(u->data, u->data_len, ret, size);
	return LD_E_ALPHABET;
}
