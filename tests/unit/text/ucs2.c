/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "seed.h"
#include "laido/base/err.h"
#include "laido/text/text.h"

static uint64_t seed;

static void known_answers(void **state)
{
	uint8_t out[32];

	(void)state;
	assert_int_equal(ld_ucs2_units(""), 0);
	assert_int_equal(ld_ucs2_units("Đăng ký"), 7);
	assert_int_equal(ld_ucs2_units("👍"), 2);
	assert_int_equal(ld_ucs2_units("a\xff\xef\xbf\xbd"), 1);
	assert_int_equal(ld_ucs2_encode("Đợ👍", out, sizeof(out)), 8);
	assert_memory_equal(out, "\x01\x10\x1e\xe3\xd8\x3d\xdc\x4d", 8);
	assert_int_equal(ld_ucs2_encode("a\xff" "b", out, sizeof(out)), 4);
	assert_memory_equal(out, "\0a\0b", 4);
}

static void sizes(void **state)
{
	uint8_t out[8] = { 7 };
	char back[8] = "old";

	(void)state;
	assert_int_equal(ld_ucs2_encode("ab👍", out, 8), 8);
	out[0] = 7;
	assert_int_equal(ld_ucs2_encode("ab👍", out, 7), LD_E_TOOBIG);
	assert_int_equal(out[0], 7);
	assert_int_equal(ld_ucs2_encode("", out, 0), 0);
	assert_int_equal(ld_ucs2_decode((const uint8_t *)"\x1e\xe3\0a", 4, back, 5), 4);
	assert_string_equal(back, "ợa");
	assert_int_equal(ld_ucs2_decode((const uint8_t *)"\x1e\xe3\0a", 4, back, 4), LD_E_TOOBIG);
	assert_string_equal(back, "");
	assert_int_equal(ld_ucs2_decode((const uint8_t *)"\0a", 2, back, 0), LD_E_TOOBIG);
}

static void damaged(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		const char *text;
	} rows[] = {
		{ "", 0, "" },
		{ "\0a\0", 3, "a" },                            /* an odd octet */
		{ "\xd8\x3d\0a", 4, "a" },                      /* high without low */
		{ "\xdc\x4d\0a", 4, "a" },                      /* low alone */
		{ "\xd8\x3d\xd8\x3d\xdc\x4d", 6, "👍" },
		{ "\xdc\x4d\xd8\x3d", 4, "" },                  /* the wrong way round */
		{ "\0a\xd8\x3d", 4, "a" },                      /* cut in the pair */
		{ "\0a\xd8\x3d\xdc", 5, "a" },
		{ "\0a\0\0\0b", 6, "ab" },                      /* NUL */
		{ "\xff\xfd\0b", 4, "b" },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(rows); i++) {
		char back[32];
		assert_int_equal(ld_ucs2_decode((const uint8_t *)rows[i].octets, rows[i].len, back,
						sizeof(back)), (int)strlen(rows[i].text));
		assert_string_equal(back, rows[i].text);
	}
}

/* All characters there are, and random octets, which must decode to what encodes again. */
static void round_trip(void **state)
{
	(void)state;
	for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
		uint8_t in[4] = { (uint8_t)(cp >> 8), (uint8_t)cp }, again[4];
		size_t len = cp < 0x10000 ? 2 : 4;
		char text[8];

		if ((cp >= 0xd800 && cp <= 0xdfff) || cp == 0xfffd)
			continue;
		if (len == 4) {
			in[0] = (uint8_t)(0xd8 | (cp - 0x10000) >> 18);
			in[1] = (uint8_t)((cp - 0x10000) >> 10);
			in[2] = (uint8_t)(0xdc | (cp >> 8 & 3));
			in[3] = (uint8_t)cp;
		}
		assert_true(ld_ucs2_decode(in, len, text, sizeof(text)) > 0);
		assert_int_equal(ld_ucs2_units(text), len / 2);
		assert_int_equal(ld_ucs2_encode(text, again, len), len);
		assert_memory_equal(in, again, len);
	}
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t in[40], again[40];
		char text[64], twice[64];
		size_t len = seed_below(&seed, sizeof(in));
		int n;

		for (size_t k = 0; k < len; k++)
			in[k] = (uint8_t)(seed_below(&seed, 3) ? seed_u64(&seed)
							       : 0xd8 | seed_below(&seed, 8));
		assert_true(ld_ucs2_decode(in, len, text, sizeof(text)) >= 0);
		n = ld_ucs2_encode(text, again, sizeof(again));
		assert_in_range(n, 0, len);
		assert_true(ld_ucs2_decode(again, (size_t)n, twice, sizeof(twice)) >= 0);
		assert_string_equal(text, twice);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(sizes),
		cmocka_unit_test(damaged),
		cmocka_unit_test(round_trip),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	seed = seed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
