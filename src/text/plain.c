/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plain.h"

#include <stddef.h>

#include "laido/base/err.h"

/* Sorted. ZWJ (U+200D) stays: it joins emoji. */
static const struct {
	uint16_t first, last;
	char to[4];
} plain[] = {
	{ 0x0001, 0x0008, "" },    { 0x0009, 0x0009, " " },   { 0x000b, 0x000c, "" },
	{ 0x000d, 0x000d, "\n" },  { 0x000e, 0x001f, "" },    { 0x0060, 0x0060, "'" },
	{ 0x007f, 0x0084, "" },    { 0x0085, 0x0085, "\n" },  { 0x0086, 0x009f, "" },
	{ 0x00a0, 0x00a0, " " },   { 0x00ab, 0x00ab, "\"" },  { 0x00ad, 0x00ad, "" },
	{ 0x00b4, 0x00b4, "'" },   { 0x00b7, 0x00b7, "-" },   { 0x00bb, 0x00bb, "\"" },
	{ 0x00d7, 0x00d7, "x" },   { 0x02b9, 0x02b9, "'" },   { 0x02bb, 0x02bd, "'" },
	{ 0x2000, 0x200a, " " },   { 0x200b, 0x200c, "" },    { 0x200e, 0x200f, "" },
	{ 0x2010, 0x2015, "-" },   { 0x2018, 0x201b, "'" },   { 0x201c, 0x201f, "\"" },
	{ 0x2022, 0x2023, "-" },   { 0x2024, 0x2024, "." },   { 0x2025, 0x2025, ".." },
	{ 0x2026, 0x2026, "..." }, { 0x2027, 0x2027, "-" },   { 0x2028, 0x2029, "\n" },
	{ 0x202a, 0x202e, "" },    { 0x202f, 0x202f, " " },   { 0x2032, 0x2032, "'" },
	{ 0x2033, 0x2033, "\"" },  { 0x2039, 0x203a, "'" },   { 0x2043, 0x2043, "-" },
	{ 0x2044, 0x2044, "/" },   { 0x205f, 0x205f, " " },   { 0x2060, 0x206f, "" },
	{ 0x20ab, 0x20ab, "d" },   { 0x2192, 0x2192, "->" },  { 0x2212, 0x2212, "-" },
	{ 0x2215, 0x2215, "/" },   { 0x2219, 0x2219, "-" },   { 0x2264, 0x2264, "<=" },
	{ 0x2265, 0x2265, ">=" },  { 0x25cf, 0x25cf, "-" },   { 0x3000, 0x3000, " " },
	{ 0xfeff, 0xfeff, "" },
};

const char *ld_plain(uint32_t cp)
{
	size_t low = 0, high = LD_ARRAY_SIZE(plain);

	if (cp > 0x1f && cp < 0x7f && cp != '`')
		return NULL;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (cp > plain[mid].last)
			low = mid + 1;
		else if (cp < plain[mid].first)
			high = mid;
		else
			return plain[mid].to;
	}
	return NULL;
}

char ld_plain_d(uint32_t cp)
{
	switch (cp) {
	case 0x00d0:    /* Eth and African D, which keyboards confuse with D with stroke */
	case 0x0110:
	case 0x0189:
		return 'D';
	case 0x00f0:
	case 0x0111:
	case 0x0256:
		return 'd';
	default:
		return 0;
	}
}
