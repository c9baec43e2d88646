/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random text of all of Unicode, for properties; and what must not begin a part or a page. */
#ifndef LAIDO_TESTS_UNICODE_H
#define LAIDO_TESTS_UNICODE_H

#include <stdbool.h>
#include <string.h>

#include "seed.h"

/* Ranges to draw from: each as often as the others, so that what is awkward comes often. */
static const struct {
	uint32_t first, last;
} unicode_ranges[] = {
	{ 1, 0x7f }, { 0x20, 0x7e }, { 0x61, 0x7a }, { 0x80, 0xff }, { 0x100, 0x24f },
	{ 0x370, 0x3ff }, { 0x0e01, 0x0e4e }, { 0x1e00, 0x1eff }, { 0x2000, 0x206f },
	{ 0x20a0, 0x20bf }, { 0x3040, 0x30ff }, { 0xac00, 0xd7a3 }, { 0xe000, 0xffff },
	{ 0x1f1e6, 0x1f1ff }, { 0x1f300, 0x1f64f }, { 0x10000, 0x10ffff }, { 0x80, 0xd7ff },
};
static const uint32_t unicode_marks[] = {
	0x300, 0x301, 0x302, 0x303, 0x306, 0x309, 0x31b, 0x323, 0x327, 0x36f, 0x20e3, 0x200d, 0xfe0f,
	0x1f3fb, 0x1f3ff,
};

static inline size_t unicode_put(char *ret, uint32_t c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t head[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; c >>= 6)
		ret[i] = (char)(0x80 | (c & 0x3f));
	ret[0] = (char)(head[n] | c);
	return n;
}

/* The character there; 0 at the end. The text is valid. */
static inline uint32_t unicode_at(const char *s)
{
	uint8_t a = (uint8_t)s[0];
	unsigned n = a < 0x80 ? 0 : a < 0xe0 ? 1 : a < 0xf0 ? 2 : 3;
	uint32_t c = n == 0 ? a : a & (0x3fu >> n);

	for (unsigned i = 1; i <= n; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
}

/* Up to n letters, some with marks; some octets that are no UTF-8. */
static inline void unicode_random(uint64_t *seed, char *ret, size_t size, unsigned n)
{
	size_t len = 0;

	for (n = seed_below(seed, n + 1); n > 0 && len + 40 < size; n--) {
		unsigned r = seed_below(seed, sizeof(unicode_ranges) / sizeof(*unicode_ranges));
		uint32_t first = unicode_ranges[r].first, last = unicode_ranges[r].last;

		len += unicode_put(ret + len, first + seed_below(seed, last - first + 1));
		for (unsigned k = seed_below(seed, 3) ? 0 : seed_below(seed, 4); k > 0; k--)
			len += unicode_put(ret + len, unicode_marks[seed_below(seed,
					   sizeof(unicode_marks) / sizeof(*unicode_marks))]);
		if (seed_below(seed, 64) == 0)
			ret[len++] = (char)(0x80 | seed_below(seed, 128));
	}
	ret[len] = '\0';
}

static inline const char *unicode_before(const char *s)
{
	do
		s--;
	while (((uint8_t)*s & 0xc0) == 0x80);
	return s;
}

/* What joins the character before it, as the room counts it. */
static const struct {
	uint32_t first, last;
} unicode_joining[] = {
	{ 0x300, 0x36f }, { 0x483, 0x489 }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200d, 0x200d },
	{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0x1f3fb, 0x1f3ff },
	{ 0xe0020, 0xe007f }, { 0xe0100, 0xe01ef },
};

/* The character at s belongs to the one before it. */
static inline bool unicode_joins(const char *text, const char *s)
{
	uint32_t c = unicode_at(s);

	if (s == text)
		return false;
	if (unicode_at(unicode_before(s)) == 0x200d)
		return true;
	for (size_t i = 0; i < sizeof(unicode_joining) / sizeof(*unicode_joining); i++)
		if (c >= unicode_joining[i].first && c <= unicode_joining[i].last)
			return true;
	return false;
}

static inline bool unicode_is_flag(uint32_t c)
{
	return c >= 0x1f1e6 && c <= 0x1f1ff;
}

/* The cut before s is inside a character, or inside a sequence of up to nine, which is what is kept
 * together. */
static inline bool unicode_inside(const char *text, const char *s)
{
	unsigned joined = 0;

	if (s == text || *s == '\0')
		return false;
	if (((uint8_t)*s & 0xc0) == 0x80)
		return true;
	for (; unicode_joins(text, s); s = unicode_before(s))
		joined++;
	/* The letter may be the second half of a flag. */
	if (joined > 0 && s > text && unicode_is_flag(unicode_at(s)) &&
	    unicode_is_flag(unicode_at(unicode_before(s))))
		joined++;
	return joined > 0 && joined <= 8;
}

#endif
