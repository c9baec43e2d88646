/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

#include <string.h>

#include "laido/base/err.h"

size_t ld_utf8_next_wide(const char *s, uint32_t *ret_cp)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t min;           /* anything smaller is overlong */
	} forms[] = { { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	const uint8_t *p = (const uint8_t *)s;

	*ret_cp = LD_BAD_CHAR;
	for (size_t n = 0; n < LD_ARRAY_SIZE(forms); n++) {
		uint32_t cp = p[0] & (uint32_t)(uint8_t)~forms[n].mask;

		if ((p[0] & forms[n].mask) != forms[n].lead)
			continue;
		for (size_t i = 1; i <= n + 1; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 1;
			cp = cp << 6 | (p[i] & 0x3fu);
		}
		if (cp < forms[n].min || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
			return 1;
		*ret_cp = cp;
		return n + 2;
	}
	return 1;
}

static size_t encode(uint32_t cp, char ret[4])
{
	if (cp < 0x80) {
		ret[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		ret[0] = (char)(0xc0 | cp >> 6);
		ret[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		ret[0] = (char)(0xe0 | cp >> 12);
		ret[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		ret[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	ret[0] = (char)(0xf0 | cp >> 18);
	ret[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	ret[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	ret[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

void ld_out_octets(struct ld_out *o, const char *octets, size_t n)
{
	if (o->full || o->len + n >= o->size) {
		o->full = true;
		return;
	}
	memcpy(o->p + o->len, octets, n);
	o->len += n;
}

void ld_out_char(struct ld_out *o, uint32_t cp)
{
	char octets[4];

	if (cp != LD_BAD_CHAR)
		ld_out_octets(o, octets, encode(cp, octets));
}

int ld_out_end(struct ld_out *o)
{
	if (o->size == 0)
		return LD_E_TOOBIG;
	if (o->full)
		o->len = 0;
	o->p[o->len] = '\0';
	return o->full ? LD_E_TOOBIG : (int)o->len;
}

void ld_text_cut(char *text, size_t max)
{
	uint32_t cp;

	if (strnlen(text, max + 1) <= max)
		return;
	for (size_t back = 1; back <= 3 && back <= max; back++) {
		if (((uint8_t)text[max - back] & 0xc0) == 0x80)
			continue;
		if (ld_utf8_next(text + max - back, &cp) > back)
			max -= back;    /* a character that would be cut through */
		break;
	}
	text[max] = '\0';
}
