/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "unicode.h"
#include "laido/base/err.h"
#include "laido/text/text.h"

static uint64_t seed;

static void assert_measure(const char *text, enum ld_alphabet alphabet, unsigned length,
			   unsigned parts)
{
	struct ld_measure m;
	size_t start, len, end = 0;

	ld_text_measure(text, &m);
	assert_int_equal(m.alphabet, alphabet);
	assert_int_equal(m.length, length);
	assert_int_equal(m.parts, parts);
	for (unsigned i = 0; i < parts; i++) {
		assert_int_equal(ld_text_part(text, alphabet, i, &start, &len), 0);
		assert_int_equal(start, end);
		end = start + len;
	}
	assert_int_equal(end, strlen(text));
	start = len = 77;
	assert_int_equal(ld_text_part(text, alphabet, parts, &start, &len), LD_E_RANGE);
	assert_int_equal(ld_text_part(text, alphabet, 1000, &start, &len), LD_E_RANGE);
	assert_true(start == 77 && len == 77);
}

/* n times `fill`, then `tail`, then m times `fill`; static storage. */
static const char *text_of(const char *fill, unsigned n, const char *tail, unsigned m)
{
	static char text[16384];
	size_t len = 0;

	for (unsigned i = 0; i < n + 1 + m; i++) {
		const char *piece = i == n ? tail : fill;
		assert_true(len + strlen(piece) < sizeof(text));
		memcpy(text + len, piece, strlen(piece));
		len += strlen(piece);
	}
	text[len] = '\0';
	return text;
}

static void boundaries_gsm7(void **state)
{
	(void)state;
	assert_measure("", LD_GSM7, 0, 1);
	assert_measure(text_of("a", 160, "", 0), LD_GSM7, 160, 1);
	assert_measure(text_of("a", 161, "", 0), LD_GSM7, 161, 2);
	for (unsigned n = 2; n < 9; n++) {
		assert_measure(text_of("a", 153 * n, "", 0), LD_GSM7, 153 * n, n);
		assert_measure(text_of("a", 153 * n + 1, "", 0), LD_GSM7, 153 * n + 1, n + 1);
	}
	assert_measure(text_of("à", 160, "", 0), LD_GSM7, 160, 1);
	assert_measure(text_of("€", 80, "", 0), LD_GSM7, 160, 1);
	/* 76 pairs fill 152 septets of a part; the pair that would straddle moves on */
	assert_measure(text_of("€", 81, "", 0), LD_GSM7, 162, 2);
	assert_measure(text_of("€", 152, "", 0), LD_GSM7, 304, 2);
	assert_measure(text_of("€", 153, "", 0), LD_GSM7, 306, 3);
}

static void escape_at_the_edge(void **state)
{
	size_t start, len;

	(void)state;
	for (unsigned before = 150; before <= 154; before++) {
		const char *text = text_of("a", before, "€", 20);

		assert_int_equal(ld_text_part(text, LD_GSM7, 0, &start, &len), 0);
		assert_int_equal(ld_text_length(text, len, LD_GSM7), before == 152 ? 152 : 153);
		assert_int_equal(ld_text_part(text, LD_GSM7, 1, &start, &len), 0);
		if (before == 152)
			assert_memory_equal(text + start, "€", 3);
	}
	/* one septet too many only because of the pair */
	assert_measure(text_of("a", 159, "€", 0), LD_GSM7, 161, 2);
	assert_measure(text_of("a", 158, "€", 0), LD_GSM7, 160, 1);
	assert_measure(text_of("a", 152, "€", 152), LD_GSM7, 306, 3);
	assert_measure(text_of("a", 151, "€", 153), LD_GSM7, 306, 2);
}

static void boundaries_ucs2(void **state)
{
	(void)state;
	assert_measure(text_of("ơ", 70, "", 0), LD_UCS2, 70, 1);
	assert_measure(text_of("ơ", 71, "", 0), LD_UCS2, 71, 2);
	for (unsigned n = 2; n < 9; n++) {
		assert_measure(text_of("ơ", 67 * n, "", 0), LD_UCS2, 67 * n, n);
		assert_measure(text_of("ơ", 67 * n + 1, "", 0), LD_UCS2, 67 * n + 1, n + 1);
	}
	assert_measure(text_of("👍", 35, "", 0), LD_UCS2, 70, 1);
	assert_measure(text_of("👍", 36, "", 0), LD_UCS2, 72, 2);
	assert_measure(text_of("👍", 66, "", 0), LD_UCS2, 132, 2);
	assert_measure(text_of("👍", 67, "", 0), LD_UCS2, 134, 3);
	assert_measure(text_of("a", 69, "👍", 0), LD_UCS2, 71, 2);
}

/* What belongs together stands whole in the second part when it does not fit into the first. */
static void together_at_the_edge(void **state)
{
	static const struct {
		const char *what;
		unsigned units;
	} rows[] = {
		{ "👍", 2 },
		{ "e\xcc\x82\xcc\x81", 3 },                     /* NFD of ế */
		{ "o\xcc\x9b\xcc\xa3", 3 },
		{ "👍🏽", 4 },
		{ "🇻🇳", 4 },
		{ "👨\xe2\x80\x8d👩\xe2\x80\x8d👧", 8 },
		{ "1\xef\xb8\x8f\xe2\x83\xa3", 3 },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(rows); i++) {
		for (unsigned before = 67 - rows[i].units - 1; before <= 68; before++) {
			const char *text = text_of("ơ", before, rows[i].what, 20);
			size_t at = before * strlen("ơ"), start, len;
			bool fits = before + rows[i].units <= 67;

			assert_int_equal(ld_ucs2_units(rows[i].what), rows[i].units);
			assert_int_equal(ld_text_part(text, LD_UCS2, 0, &start, &len), 0);
			if (fits)
				assert_true(len >= at + strlen(rows[i].what));
			else
				assert_int_equal(len, before < 67 ? at : 67 * strlen("ơ"));
		}
	}
}

/* A part that could not hold one cluster must not stop us. */
static void floods(void **state)
{
	static char text[10001];

	(void)state;
	text[0] = 'o';
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xcc\xa3", 2);
	assert_measure(text, LD_UCS2, 5000, 80);        /* seven clusters of nine in each */
	memset(text, 'x', sizeof(text) - 1);
	assert_measure(text, LD_GSM7, 10000, 66);
	memset(text, '\xff', sizeof(text) - 1);
	assert_measure(text, LD_UCS2, 0, 1);
	memset(text, '[', sizeof(text) - 1);
	assert_measure(text, LD_GSM7, 20000, 132);
}

static void lengths(void **state)
{
	(void)state;
	assert_int_equal(ld_text_length("a€b", SIZE_MAX, LD_GSM7), 4);
	assert_int_equal(ld_text_length("a€b", 4, LD_GSM7), 3);
	assert_int_equal(ld_text_length("a€b", 4, LD_UCS2), 2);
	assert_int_equal(ld_text_length("aăb", SIZE_MAX, LD_GSM7), 3);
	assert_int_equal(ld_text_length("👍", SIZE_MAX, LD_UCS2), 2);
	assert_int_equal(ld_text_length("abc", 0, LD_GSM7), 0);
}

static void cuts(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *expected;
	} rows[] = {
		{ "abc", 3, "abc" }, { "abc", 2, "ab" }, { "abc", 0, "" }, { "", 0, "" },
		{ "aợb", 4, "aợ" }, { "aợb", 3, "a" }, { "aợb", 2, "a" }, { "aợb", 1, "a" },
		{ "👍x", 4, "👍" }, { "👍x", 3, "" }, { "đđ", 3, "đ" },
		{ "\x80\x80\x80\x80\x80", 4, "\x80\x80\x80\x80" },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(rows); i++) {
		char text[32];
		snprintf(text, sizeof(text), "%s", rows[i].text);
		ld_text_cut(text, rows[i].max);
		assert_string_equal(text, rows[i].expected);
	}
}

/* ---- properties over random texts ---- */

static const char *const pieces[] = {
	"a", "b", " ", "Z", "0", ".", "\n", "[", "€", "~", "à", "É", "Δ", "@", "đ", "ă", "ợ", "Ế",
	"e\xcc\x82\xcc\x81", "o\xcc\x9b", "👍", "👍🏽", "🇻🇳", "👨\xe2\x80\x8d👩", "한", "“", "…",
	"\xe2\x82\xab", "\xff", "x\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87",
};

static void random_text(char *ret, size_t size, bool gsm)
{
	unsigned n = seed_below(&seed, 900);

	ret[0] = '\0';
	for (size_t len = 0; n > 0; n--) {
		const char *piece = pieces[seed_below(&seed, gsm ? 14 : LD_ARRAY_SIZE(pieces))];
		if (len + strlen(piece) + 1 > size)
			return;
		memcpy(ret + len, piece, strlen(piece) + 1);
		len += strlen(piece);
	}
}

/* One part over the air and back, added to `joined`. */
static void carry(const char *part, size_t len, enum ld_alphabet alphabet, bool several,
		  char *joined)
{
	char text[1024], back[1024];
	uint8_t septets[160], octets[140];
	int n;

	memcpy(text, part, len);
	text[len] = '\0';
	if (alphabet == LD_GSM7) {
		size_t header = several ? 6 : 0;
		n = ld_gsm7_encode(text, septets, sizeof(septets));
		assert_in_range(n, 0, several ? 153 : 160);
		assert_true(n == 0 || septets[n - 1] != 0x1b);
		assert_true(ld_gsm7_pack(septets, (size_t)n, several ? 1 : 0, false, octets,
					 140 - header) >= 0);
		assert_int_equal(ld_gsm7_unpack(octets, 140 - header, several ? 1 : 0, (size_t)n,
						septets, sizeof(septets)),
				 n);
		n = ld_gsm7_decode(septets, (size_t)n, back, sizeof(back));
	} else {
		n = ld_ucs2_encode(text, octets, several ? 134 : 140);
		assert_true(n >= 0);
		n = ld_ucs2_decode(octets, (size_t)n, back, sizeof(back));
	}
	assert_int_equal(n, (int)len);
	memcpy(joined + strlen(joined), back, (size_t)n + 1);
}

static void carried_whole(const char *raw)
{
	static char text[8192], joined[8192];
	struct ld_measure m;
	size_t start, len;
	unsigned i;

	assert_true(ld_text_normalise(raw, text, sizeof(text)) >= 0);
	ld_text_measure(text, &m);
	joined[0] = '\0';
	for (i = 0; ld_text_part(text, m.alphabet, i, &start, &len) == 0; i++) {
		assert_int_equal(start, strlen(joined));
		assert_false(unicode_inside(text, text + start));
		carry(text + start, len, m.alphabet, m.parts > 1, joined);
	}
	assert_int_equal(i, m.parts);
	assert_string_equal(joined, text);
	/* no more parts than the sum of what may stay empty at the ends */
	assert_true(m.parts <= 1 + m.length / (m.alphabet == LD_GSM7 ? 152 : 67 - 12));
}

static void parts_join_again(void **state)
{
	static char raw[4096];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		random_text(raw, sizeof(raw), i % 2);
		carried_whole(raw);
	}
}

static void any_unicode_joins_again(void **state)
{
	static char raw[4096];

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		unicode_random(&seed, raw, sizeof(raw), i % 400);
		carried_whole(raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boundaries_gsm7),
		cmocka_unit_test(escape_at_the_edge),
		cmocka_unit_test(boundaries_ucs2),
		cmocka_unit_test(together_at_the_edge),
		cmocka_unit_test(floods),
		cmocka_unit_test(lengths),
		cmocka_unit_test(cuts),
		cmocka_unit_test(parts_join_again),
		cmocka_unit_test(any_unicode_joins_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	seed = seed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
