/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

#include "laido/base/err.h"

/* An SMS holds 140 octets; a part of several loses 6 to its header (TS 23.040 9.2.3.24.1). */
static const struct {
	unsigned single, part;
} limits[] = {
	[LD_GSM7] = { 160, 153 },
	[LD_UCS2] = { 70, 67 },
};

void ld_text_measure(const char *text, struct ld_measure *ret)
{
	int septets = ld_gsm7_septets(text);
	enum ld_alphabet alphabet = septets >= 0 ? LD_GSM7 : LD_UCS2;
	unsigned length = (unsigned)(septets >= 0 ? septets : ld_ucs2_units(text));

	*ret = (struct ld_measure){ alphabet, length, 1 };
	if (length <= limits[alphabet].single)
		return;
	ret->parts = 0;
	for (size_t n; (n = ld_text_fit(text, alphabet, limits[alphabet].part)) > 0; text += n)
		ret->parts++;
}

int ld_text_part(const char *text, enum ld_alphabet alphabet, unsigned index, size_t *ret_start,
		 size_t *ret_len)
{
	size_t start = 0, len = ld_text_fit(text, alphabet, limits[alphabet].single);

	if (text[len] != '\0') {
		len = ld_text_fit(text, alphabet, limits[alphabet].part);
		for (; index > 0 && len > 0; index--) {
			start += len;
			len = ld_text_fit(text + start, alphabet, limits[alphabet].part);
		}
		if (len == 0)
			return LD_E_RANGE;
	}
	if (index > 0)
		return LD_E_RANGE;
	*ret_start = start;
	*ret_len = len;
	return 0;
}
