/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

#include "laido/base/err.h"

int ld_ucs2_units(const char *text)
{
	return (int)ld_text_length(text, SIZE_MAX, LD_UCS2);
}

static uint8_t *put_unit(uint8_t *p, uint32_t unit)
{
	*p++ = (uint8_t)(unit >> 8);
	*p++ = (uint8_t)unit;
	return p;
}

int ld_ucs2_encode(const char *text, uint8_t *ret, size_t size)
{
	size_t octets = 2 * (size_t)ld_ucs2_units(text);
	uint32_t cp;

	if (octets > size)
		return LD_E_TOOBIG;
	for (size_t n; (n = ld_utf8_next(text, &cp)) > 0; text += n) {
		if (ld_ucs2_char(cp) == 2) {
			ret = put_unit(ret, 0xd800 + ((cp - 0x10000) >> 10));
			ret = put_unit(ret, 0xdc00 + ((cp - 0x10000) & 0x3ff));
		} else if (ld_ucs2_char(cp) == 1) {
			ret = put_unit(ret, cp);
		}
	}
	return (int)octets;
}

static uint32_t unit_at(const uint8_t *octets, size_t len, size_t i)
{
	return i + 1 < len ? (uint32_t)octets[i] << 8 | octets[i + 1] : 0;
}

int ld_ucs2_decode(const uint8_t *octets, size_t len, char *ret, size_t size)
{
	struct ld_out o = { ret, size, 0, size == 0 };

	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t unit = unit_at(octets, len, i), low = unit_at(octets, len, i + 2);

		if (unit == 0)
			continue;       /* would end our string */
		if (unit < 0xd800 || unit > 0xdfff) {
			ld_out_char(&o, unit);
		} else if (unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
			ld_out_char(&o, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
			i += 2;
		}
	}
	return ld_out_end(&o);
}
