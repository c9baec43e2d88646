/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

#include "laido/base/err.h"

enum {
	MARKS_MAX = 8,          /* characters joined to the first one */
	ZWJ = 0x200d,
};

/* Marks of the Latin script and of emoji: all that Vietnamese handsets send. The marks of other
 * scripts count as letters; a part that begins with one is joined again by the handset. */
static const struct {
	uint32_t first, last;
} joining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ ZWJ, ZWJ }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
	{ 0x1f3fb, 0x1f3ff }, { 0xe0020, 0xe007f }, { 0xe0100, 0xe01ef },
};

static bool joins(uint32_t cp)
{
	if (cp < joining[0].first)
		return false;
	for (size_t i = 0; i < LD_ARRAY_SIZE(joining); i++)
		if (cp >= joining[i].first && cp <= joining[i].last)
			return true;
	return false;
}

/* Two regional indicators make a flag. */
static bool is_flag(uint32_t cp)
{
	return cp >= 0x1f1e6 && cp <= 0x1f1ff;
}

static unsigned char_length(uint32_t cp, enum ld_alphabet alphabet)
{
	unsigned septets;

	if (alphabet == LD_UCS2)
		return ld_ucs2_char(cp);
	septets = ld_gsm7_char(cp, NULL);
	return septets ? septets : 1;
}

bool ld_cluster_next(const char *s, enum ld_alphabet alphabet, struct ld_cluster *ret)
{
	uint32_t cp, before;
	size_t n = ld_utf8_next(s, &cp);

	if (n == 0)
		return false;
	*ret = (struct ld_cluster){ n, char_length(cp, alphabet), cp };
	before = cp;
	for (unsigned joined = 0; joined < MARKS_MAX; joined++) {
		n = ld_utf8_next(s + ret->octets, &cp);
		if (n == 0 || !(joins(cp) || before == ZWJ ||
				(joined == 0 && is_flag(before) && is_flag(cp))))
			break;
		ret->octets += n;
		ret->length += char_length(cp, alphabet);
		before = cp;
	}
	return true;
}

/* As ld_text_fit() where not even one cluster fits. */
static size_t fit_chars(const char *text, enum ld_alphabet alphabet, unsigned limit)
{
	size_t at = 0, n;
	uint32_t cp;

	while ((n = ld_utf8_next(text + at, &cp)) > 0) {
		unsigned length = char_length(cp, alphabet);
		if (at > 0 && length > limit)
			break;
		at += n;
		limit -= length < limit ? length : limit;
	}
	return at;
}

size_t ld_text_fit(const char *text, enum ld_alphabet alphabet, unsigned limit)
{
	struct ld_cluster c;
	size_t at = 0;
	unsigned left = limit;

	if (limit == 0)
		return 0;
	while (ld_cluster_next(text + at, alphabet, &c) && c.length <= left) {
		at += c.octets;
		left -= c.length;
	}
	return at > 0 ? at : fit_chars(text, alphabet, limit);
}

unsigned ld_text_length(const char *text, size_t octets, enum ld_alphabet alphabet)
{
	unsigned length = 0;
	size_t at = 0, n;
	uint32_t cp;

	while (at < octets && (n = ld_utf8_next(text + at, &cp)) > 0) {
		length += char_length(cp, alphabet);
		at += n;
	}
	return length;
}
