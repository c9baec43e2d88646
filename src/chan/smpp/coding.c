/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coding.h"

#include <string.h>

#include "laido/base/err.h"
#include "laido/text/text.h"

enum { DCS_DEFAULT = 0, DCS_ASCII = 1, DCS_LATIN1 = 3, DCS_UCS2 = 8, LONGEST = LD_TEXT_MAX };

int coding_by_name(const char *name)
{
	static const char *const names[] = { "septets", "packed", "latin1" };

	for (unsigned i = 0; i < LD_ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

/* ISO 8859-1 of valid UTF-8; LD_E_ALPHABET past U+00FF. */
static int latin1_encode(const char *text, size_t n, uint8_t *ret, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c >= 0x80) {
			if ((c & 0xfe) != 0xc2 || i + 1 >= n)
				return LD_E_ALPHABET;
			c = (uint8_t)(c << 6 | ((uint8_t)text[++i] & 0x3f));
		}
		if (len == size)
			return LD_E_TOOBIG;
		ret[len++] = c;
	}
	return (int)len;
}

static void latin1_decode(const uint8_t *octets, size_t len, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 3 <= size; i++) {
		if (octets[i] >= 0x80) {
			ret[n++] = (char)(0xc0 | octets[i] >> 6);
			ret[n++] = (char)(0x80 | (octets[i] & 0x3f));
		} else if (octets[i]) {
			ret[n++] = (char)octets[i];
		}
	}
	ret[n] = '\0';
}

enum ld_alphabet coding_alphabet(enum coding_default d, enum ld_alphabet wanted, const char *text)
{
	uint8_t octets[LONGEST];

	if (wanted == LD_GSM7 && d == CODING_LATIN1 &&
	    latin1_encode(text, strlen(text), octets, sizeof(octets)) < 0)
		return LD_UCS2;
	return wanted;
}

static int encode_gsm7(enum coding_default d, const char *text, size_t udh_len, uint8_t *ret,
		       size_t size)
{
	uint8_t septets[LONGEST];
	int n = ld_gsm7_encode(text, septets, sizeof(septets));

	if (n < 0)
		return n;
	if (d == CODING_PACKED)
		return ld_gsm7_pack(septets, (size_t)n, (unsigned)((7 - udh_len * 8 % 7) % 7), false,
				    ret, size);
	if ((size_t)n > size)
		return LD_E_TOOBIG;
	memcpy(ret, septets, (size_t)n);
	return n;
}

int coding_encode(enum coding_default d, enum ld_alphabet a, const char *text, size_t n,
		  size_t udh_len, uint8_t *ret, size_t size, uint8_t *ret_dcs)
{
	char part[LD_TEXT_MAX];

	if (n >= sizeof(part))
		return LD_E_TOOBIG;
	memcpy(part, text, n);
	part[n] = '\0';
	*ret_dcs = a == LD_UCS2 ? DCS_UCS2 : d == CODING_LATIN1 ? DCS_LATIN1 : DCS_DEFAULT;
	if (a == LD_UCS2)
		return ld_ucs2_encode(part, ret, size);
	if (d == CODING_LATIN1)
		return latin1_encode(part, n, ret, size);
	return encode_gsm7(d, part, udh_len, ret, size);
}

enum meaning { MEANS_DEFAULT, MEANS_LATIN1, MEANS_UCS2, MEANS_BINARY, MEANS_NOTHING };

/* The values of SMPP, then the groups of TS 23.038 that message centres hand through: with and
 * without message class, 0x48 for UCS-2 and 0x0f of USSD. */
static enum meaning meaning_of(uint8_t dcs)
{
	static const struct { uint8_t mask, value; enum meaning means; } row[] = {
		{ 0xff, 0x00, MEANS_DEFAULT }, { 0xff, 0x01, MEANS_LATIN1 },
		{ 0xff, 0x03, MEANS_LATIN1 }, { 0xff, 0x08, MEANS_UCS2 },
		{ 0xff, 0x02, MEANS_BINARY }, { 0xff, 0x04, MEANS_BINARY },
		{ 0xff, 0x0f, MEANS_DEFAULT }, { 0xff, 0x48, MEANS_UCS2 },
		{ 0xfc, 0x10, MEANS_DEFAULT }, { 0xfc, 0x18, MEANS_UCS2 },
		{ 0xfc, 0xf0, MEANS_DEFAULT }, { 0xfc, 0xf4, MEANS_BINARY },
	};

	for (unsigned i = 0; i < LD_ARRAY_SIZE(row); i++)
		if ((dcs & row[i].mask) == row[i].value)
			return row[i].means;
	return MEANS_NOTHING;
}

size_t coding_flatten(enum coding_default d, uint8_t dcs, size_t udh_len, const uint8_t *octets,
		      size_t len, uint8_t *ret, size_t size)
{
	unsigned fill = (unsigned)((7 - udh_len * 8 % 7) % 7);
	size_t n = len * 8 < fill ? 0 : (len * 8 - fill) / 7;

	if (d == CODING_PACKED && meaning_of(dcs) == MEANS_DEFAULT && n <= size &&
	    ld_gsm7_unpack(octets, len, fill, n, ret, size) >= 0)
		/* Seven spare bits read as '@'. */
		return n > 0 && ret[n - 1] == 0 && (len * 8 - fill) % 7 == 0 ? n - 1 : n;
	if (len > size)
		len = size;
	memcpy(ret, octets, len);
	return len;
}

bool coding_decode_flat(enum coding_default d, uint8_t dcs, const uint8_t *octets, size_t len,
			char *ret, size_t size)
{
	enum meaning m = meaning_of(dcs);
	char text[3 * LONGEST + 1] = "";        /* no octet becomes more than three */

	if (len > LONGEST)
		len = LONGEST;
	if (m == MEANS_DEFAULT && d == CODING_LATIN1)
		m = MEANS_LATIN1;
	if (m == MEANS_DEFAULT)
		ld_gsm7_decode(octets, len, text, sizeof(text));
	else if (m == MEANS_LATIN1)
		latin1_decode(octets, len, text, sizeof(text));
	else if (m == MEANS_UCS2)
		ld_ucs2_decode(octets, len, text, sizeof(text));
	ld_text_cut(text, size - 1);
	memcpy(ret, text, strlen(text) + 1);
	return m != MEANS_NOTHING && m != MEANS_BINARY;
}

bool coding_decode(enum coding_default d, uint8_t dcs, const uint8_t *octets, size_t len,
		   char *ret, size_t size)
{
	uint8_t flat[LONGEST];
	size_t n = coding_flatten(d, dcs, 0, octets, len, flat, sizeof(flat));

	return coding_decode_flat(d, dcs, flat, n, ret, size);
}
