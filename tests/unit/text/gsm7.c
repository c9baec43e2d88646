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

/* TS 23.038 6.2.1, septets 0..127 without the escape, and 6.2.1.1. */
static const char alphabet[] = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
static const char extension[] = "\f^{}\\[~]|€";
static const uint8_t extension_septets[] = { 0x0a, 0x14, 0x28, 0x29, 0x2f,
					     0x3c, 0x3d, 0x3e, 0x40, 0x65 };

static void whole_alphabet(void **state)
{
	uint8_t septets[256];
	char back[256];

	(void)state;
	assert_int_equal(ld_gsm7_septets(alphabet), 127);
	assert_int_equal(ld_gsm7_encode(alphabet, septets, sizeof(septets)), 127);
	for (unsigned i = 0; i < 127; i++)
		assert_int_equal(septets[i], i < 0x1b ? i : i + 1);
	assert_int_equal(ld_gsm7_decode(septets, 127, back, sizeof(back)), (int)strlen(alphabet));
	assert_string_equal(back, alphabet);
}

static void whole_extension(void **state)
{
	uint8_t septets[64];
	char back[64];

	(void)state;
	assert_int_equal(ld_gsm7_septets(extension), 20);
	assert_int_equal(ld_gsm7_encode(extension, septets, sizeof(septets)), 20);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(septets[2 * i], 0x1b);
		assert_int_equal(septets[2 * i + 1], extension_septets[i]);
	}
	assert_int_equal(ld_gsm7_decode(septets, 20, back, sizeof(back)), (int)strlen(extension));
	assert_string_equal(back, extension);
}

/* Nothing else in Unicode is in the alphabet. */
static void nothing_else(void **state)
{
	unsigned found = 0;

	(void)state;
	for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
		char in[5] = "";
		int n;

		if (cp < 0x80)
			in[0] = (char)cp;
		else if (cp < 0x800)
			memcpy(in, (char[]){ (char)(0xc0 | cp >> 6), (char)(0x80 | (cp & 63)) }, 2);
		else if (cp < 0x10000)
			memcpy(in, (char[]){ (char)(0xe0 | cp >> 12), (char)(0x80 | (cp >> 6 & 63)),
					     (char)(0x80 | (cp & 63)) }, 3);
		else
			memcpy(in,
			       (char[]){ (char)(0xf0 | cp >> 18), (char)(0x80 | (cp >> 12 & 63)),
					 (char)(0x80 | (cp >> 6 & 63)), (char)(0x80 | (cp & 63)) },
			       4);
		n = ld_gsm7_septets(in);
		assert_true(n == 1 || n == 2 || n == LD_E_ALPHABET);
		if (n > 0) {
			found++;
			assert_non_null(strstr(n == 1 ? alphabet : extension, in));
		}
	}
	assert_int_equal(found, 127 + 10);
}

static void refusals(void **state)
{
	uint8_t septets[4] = { 9, 9, 9, 9 };
	char back[4] = "old";

	(void)state;
	assert_int_equal(ld_gsm7_septets(""), 0);
	assert_int_equal(ld_gsm7_septets("ă"), LD_E_ALPHABET);
	assert_int_equal(ld_gsm7_septets("a\xff"), LD_E_ALPHABET);
	assert_int_equal(ld_gsm7_encode("abcă", septets, 4), LD_E_ALPHABET);
	assert_int_equal(ld_gsm7_encode("abc€", septets, 4), LD_E_TOOBIG);
	assert_int_equal(septets[0], 9);
	assert_int_equal(ld_gsm7_encode("ab€", septets, 4), 4);
	assert_int_equal(ld_gsm7_decode((const uint8_t *)"abc", 3, back, 4), 3);
	assert_int_equal(ld_gsm7_decode((const uint8_t *)"abcd", 4, back, 4), LD_E_TOOBIG);
	assert_string_equal(back, "");
	assert_int_equal(ld_gsm7_decode((const uint8_t *)"\x04", 1, back, 2), LD_E_TOOBIG);
	assert_int_equal(ld_gsm7_decode((const uint8_t *)"\x04", 1, back, 3), 2);
	assert_int_equal(ld_gsm7_decode((const uint8_t *)"a", 1, back, 0), LD_E_TOOBIG);
}

static void strange_septets(void **state)
{
	static const uint8_t in[] = { 0x1b, 'a', 0x1b, 0x1b, 'b', 0x80 | 'c', 0x1b, 0x00, 0x1b };
	char back[32];

	(void)state;
	assert_int_equal(ld_gsm7_decode(in, sizeof(in), back, sizeof(back)), 6);
	assert_string_equal(back, "a bc@ ");
}

static void assert_packed(const char *text, unsigned fill, bool ussd, const char *expected,
			  int octets)
{
	uint8_t septets[256], packed[256];
	int n = ld_gsm7_encode(text, septets, sizeof(septets));

	assert_int_equal(ld_gsm7_pack(septets, (size_t)n, fill, ussd, packed, sizeof(packed)),
			 octets);
	assert_memory_equal(packed, expected, (size_t)octets);
	assert_int_equal(ld_gsm7_pack(septets, (size_t)n, fill, ussd, packed, (size_t)octets),
			 octets);
	if (octets > 0)
		assert_int_equal(
			ld_gsm7_pack(septets, (size_t)n, fill, ussd, packed, (size_t)octets - 1),
			LD_E_TOOBIG);
}

static void known_answers(void **state)
{
	(void)state;
	assert_packed("", 0, false, "", 0);
	assert_packed("hellohello", 0, false, "\xe8\x32\x9b\xfd\x46\x97\xd9\xec\x37", 9);
	assert_packed("Test", 0, false, "\xd4\xf2\x9c\x0e", 4);
	assert_packed("@", 0, false, "\x00", 1);
	assert_packed("€", 0, false, "\x9b\x32", 2);
	assert_packed("*100#", 0, true, "\xaa\x18\x0c\x36\x02", 5);
	assert_packed("hello", 1, false, "\xd0\x65\x36\xfb\x0d", 5);
}

static void ussd_padding(void **state)
{
	static const struct {
		const char *text;
		unsigned octets, septets;
		uint8_t last;
	} rows[] = {
		{ "", 0, 0, 0 },
		{ "abcdef", 6, 6, 0x03 },         /* six spare bits stay zero */
		{ "abcdefg", 7, 7, 0x1b },        /* seven would read as '@': CR */
		{ "abcdefgh", 7, 8, 0xd1 },
		{ "abcdefg\r", 8, 9, 0x0d },      /* a wanted CR at the end is doubled */
		{ "abcdef\r", 7, 7, 0x1a },       /* a CR, then one as padding */
		{ "abcdefghabcdefg", 14, 15, 0x1b },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(rows); i++) {
		uint8_t septets[32], packed[32];
		int n = ld_gsm7_encode(rows[i].text, septets, sizeof(septets));

		assert_int_equal(ld_gsm7_pack(septets, (size_t)n, 0, true, packed, sizeof(packed)),
				 rows[i].octets);
		if (rows[i].octets > 0)
			assert_int_equal(packed[rows[i].octets - 1], rows[i].last);
		assert_int_equal(ld_gsm7_ussd_septets(packed, rows[i].octets), rows[i].septets);
	}
}

/* The same by single bits, as the standard draws it. */
static void pack_slowly(const uint8_t *septets, size_t n, unsigned fill, uint8_t *ret,
			size_t octets)
{
	memset(ret, 0, octets);
	for (size_t bit = 0; bit < 7 * n; bit++)
		if (septets[bit / 7] >> bit % 7 & 1)
			ret[(fill + bit) / 8] |= (uint8_t)(1u << (fill + bit) % 8);
}

static void all_lengths(void **state)
{
	(void)state;
	for (unsigned fill = 0; fill <= 6; fill++) {
		for (size_t n = 0; n <= 200; n++) {
			uint8_t septets[200], packed[200], slow[200], back[200];
			size_t octets = (fill + 7 * n + 7) / 8;

			for (size_t i = 0; i < n; i++)
				septets[i] = (uint8_t)seed_below(&seed, 128);
			memset(packed, 0xff, sizeof(packed));
			assert_int_equal(ld_gsm7_pack(septets, n, fill, false, packed, octets),
					 octets);
			pack_slowly(septets, n, fill, slow, octets);
			assert_memory_equal(packed, slow, octets);
			assert_int_equal(ld_gsm7_unpack(packed, octets, fill, n, back, n), n);
			assert_memory_equal(back, septets, n);
			if (n > 0) {
				assert_int_equal(
					ld_gsm7_unpack(packed, octets, fill, n, back, n - 1),
					LD_E_TOOBIG);
				assert_int_equal(
					ld_gsm7_unpack(packed, octets - 1, fill, n, back, n),
					LD_E_RANGE);
			}
		}
	}
}

/* Whatever a USSD string says comes back, whatever its length and last characters. */
static void ussd_round_trip(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		uint8_t septets[200], packed[200], back[200];
		size_t n = seed_below(&seed, 183), seen;
		int octets;

		for (size_t k = 0; k < n; k++)
			septets[k] = seed_below(&seed, 4) ? (uint8_t)seed_below(&seed, 128) : 0x0d;
		octets = ld_gsm7_pack(septets, n, 0, true, packed, sizeof(packed));
		assert_true(octets >= 0);
		seen = ld_gsm7_ussd_septets(packed, (size_t)octets);
		assert_int_equal(
			ld_gsm7_unpack(packed, (size_t)octets, 0, seen, back, sizeof(back)), seen);
		assert_memory_equal(back, septets, n);
		/* "The receiving entity will perform the carriage return function twice." */
		assert_true(seen == n ||
			    (seen == n + 1 && back[n] == 0x0d && septets[n - 1] == 0x0d));
	}
}

static void wrong_arguments(void **state)
{
	uint8_t out[8];

	(void)state;
	assert_int_equal(ld_gsm7_pack((const uint8_t *)"a", 1, 7, false, out, sizeof(out)),
			 LD_E_RANGE);
	assert_int_equal(ld_gsm7_unpack((const uint8_t *)"a", 1, 7, 1, out, sizeof(out)),
			 LD_E_RANGE);
	assert_int_equal(ld_gsm7_unpack((const uint8_t *)"a", 1, 0, SIZE_MAX, out, sizeof(out)),
			 LD_E_RANGE);
	assert_int_equal(ld_gsm7_unpack((const uint8_t *)"", 0, 3, 0, out, sizeof(out)),
			 LD_E_RANGE);
	assert_int_equal(ld_gsm7_unpack((const uint8_t *)"", 0, 0, 0, out, sizeof(out)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_alphabet),
		cmocka_unit_test(whole_extension),
		cmocka_unit_test(nothing_else),
		cmocka_unit_test(refusals),
		cmocka_unit_test(strange_septets),
		cmocka_unit_test(known_answers),
		cmocka_unit_test(ussd_padding),
		cmocka_unit_test(all_lengths),
		cmocka_unit_test(ussd_round_trip),
		cmocka_unit_test(wrong_arguments),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	seed = seed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
