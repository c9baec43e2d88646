/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

#include <string.h>

#include "laido/base/err.h"

enum { CR = 0x0d };

/* TS 23.038 6.2.1. The septet 0x1b leads to the extension table. */
static const uint16_t basic[128] = {
	'@',    0xa3,   '$',    0xa5,   0xe8,   0xe9,   0xf9,   0xec,   /* @ pound $ yen è é ù ì */
	0xf2,   0xc7,   '\n',   0xd8,   0xf8,   '\r',   0xc5,   0xe5,   /* ò Ç LF Ø ø CR Å å */
	0x0394, '_',    0x03a6, 0x0393, 0x039b, 0x03a9, 0x03a0, 0x03a8, /* Greek capitals */
	0x03a3, 0x0398, 0x039e, 0,      0xc6,   0xe6,   0xdf,   0xc9,   /* ... ESC Æ æ ß É */
	' ', '!', '"', '#', 0xa4, '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
	0xa1, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 0xc4, 0xd6, 0xd1, 0xdc, 0xa7,
	0xbf, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0xe4, 0xf6, 0xf1, 0xfc, 0xe0,
};

/* TS 23.038 6.2.1.1 */
static const struct {
	uint8_t septet;
	uint16_t cp;
} extension[] = {
	{ 0x0a, '\f' }, { 0x14, '^' }, { 0x28, '{' }, { 0x29, '}' }, { 0x2f, '\\' },
	{ 0x3c, '[' },  { 0x3d, '~' }, { 0x3e, ']' }, { 0x40, '|' }, { 0x65, 0x20ac },
};

/* Most characters of most texts: one octet and one septet, the same. */
static bool is_same(char c)
{
	return (unsigned char)c - 1u < 127 && basic[(unsigned char)c] == (unsigned char)c;
}

unsigned ld_gsm7_char(uint32_t cp, uint8_t *ret_septet)
{
	uint8_t dummy;

	if (!ret_septet)
		ret_septet = &dummy;
	if (cp == 0)
		return 0;
	if (cp < 128 && is_same((char)cp)) {
		*ret_septet = (uint8_t)cp;
		return 1;
	}
	for (uint8_t i = 0; i < LD_ARRAY_SIZE(extension); i++)
		if (extension[i].cp == cp) {
			*ret_septet = extension[i].septet;
			return 2;
		}
	for (uint8_t i = 0; i < LD_ARRAY_SIZE(basic); i++)
		if (basic[i] == cp) {
			*ret_septet = i;
			return 1;
		}
	return 0;
}

int ld_gsm7_septets(const char *text)
{
	unsigned sum = 0;
	uint32_t cp;

	for (size_t n; (n = ld_utf8_next(text, &cp)) > 0; text += n) {
		unsigned septets = is_same(*text) ? 1 : ld_gsm7_char(cp, NULL);

		if (septets == 0)
			return LD_E_ALPHABET;
		sum += septets;
	}
	return (int)sum;
}

int ld_gsm7_encode(const char *text, uint8_t *ret, size_t size)
{
	int total = ld_gsm7_septets(text);
	uint32_t cp;

	if (total < 0)
		return total;
	if ((size_t)total > size)
		return LD_E_TOOBIG;
	for (size_t n; (n = ld_utf8_next(text, &cp)) > 0; text += n) {
		uint8_t septet = (uint8_t)cp;

		if (!is_same(*text) && ld_gsm7_char(cp, &septet) == 2)
			*ret++ = LD_GSM7_ESC;
		*ret++ = septet;
	}
	return total;
}

/* 6.2.1: a code that is not in the extension table shows its character of the basic one; a second
 * escape, reserved for further tables, and one that nothing follows show a blank. */
static uint32_t after_escape(uint8_t septet)
{
	if (septet == LD_GSM7_ESC)
		return ' ';
	for (size_t i = 0; i < LD_ARRAY_SIZE(extension); i++)
		if (extension[i].septet == septet)
			return extension[i].cp;
	return basic[septet];
}

int ld_gsm7_decode(const uint8_t *septets, size_t n, char *ret, size_t size)
{
	struct ld_out o = { ret, size, 0, size == 0 };

	for (size_t i = 0; i < n; i++) {
		uint8_t septet = septets[i] & 0x7f;
		if (septet != LD_GSM7_ESC)
			ld_out_char(&o, basic[septet]);
		else
			ld_out_char(&o, ++i < n ? after_escape(septets[i] & 0x7f) : ' ');
	}
	return ld_out_end(&o);
}

/* The lowest bit of every character goes first (6.1.2.1.1). */
static void put_septet(uint8_t *octets, size_t bit, uint8_t septet)
{
	unsigned pair = (septet & 0x7fu) << bit % 8;

	octets[bit / 8] |= (uint8_t)pair;
	if (bit % 8 > 1)
		octets[bit / 8 + 1] = (uint8_t)(pair >> 8);
}

int ld_gsm7_pack(const uint8_t *septets, size_t n, unsigned fill_bits, bool ussd, uint8_t *ret,
		 size_t size)
{
	size_t bits = fill_bits + 7 * n, bit = fill_bits;
	bool pad;

	if (fill_bits > 6)
		return LD_E_RANGE;
	/* Seven spare bits would read as '@', and a wanted CR at the very end as padding. */
	pad = ussd && n > 0 && (bits % 8 == 1 || (bits % 8 == 0 && septets[n - 1] == CR));
	if ((bits + (pad ? 7 : 0) + 7) / 8 > size)
		return LD_E_TOOBIG;
	memset(ret, 0, (bits + (pad ? 7 : 0) + 7) / 8);
	for (size_t i = 0; i < n; i++, bit += 7)
		put_septet(ret, bit, septets[i]);
	if (pad)
		put_septet(ret, bit, CR);
	return (int)((bits + (pad ? 7 : 0) + 7) / 8);
}

int ld_gsm7_unpack(const uint8_t *octets, size_t len, unsigned fill_bits, size_t n, uint8_t *ret,
		   size_t size)
{
	if (fill_bits > 6 || n > len * 8 / 7 || fill_bits + 7 * n > len * 8)
		return LD_E_RANGE;
	if (n > size)
		return LD_E_TOOBIG;
	for (size_t i = 0, bit = fill_bits; i < n; i++, bit += 7) {
		unsigned pair = octets[bit / 8];
		if (bit % 8 > 1)
			pair |= (unsigned)octets[bit / 8 + 1] << 8;
		ret[i] = (pair >> bit % 8) & 0x7f;
	}
	return (int)n;
}

size_t ld_gsm7_ussd_septets(const uint8_t *octets, size_t len)
{
	size_t n = len * 8 / 7;
	bool padded = len > 0 && len % 7 == 0 && octets[len - 1] >> 1 == CR;

	return n - (padded ? 1 : 0);
}
