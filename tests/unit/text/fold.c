/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "csv.h"
#include "seed.h"
#include "laido/base/err.h"
#include "laido/text/text.h"

enum { ROUNDS = 20000 };

static uint64_t seed;

static const char accented[] =
	"àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
	"ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐ";

static void assert_normal(const char *in, const char *expected)
{
	char out[256];

	assert_int_equal(ld_text_normalise(in, out, sizeof(out)), (int)strlen(expected));
	assert_string_equal(out, expected);
}

static void assert_unaccented(const char *in, const char *expected)
{
	char out[256];

	assert_int_equal(ld_text_unaccent(in, out, sizeof(out)), (int)strlen(expected));
	assert_string_equal(out, expected);
}

static void assert_folded(const char *in, const char *expected)
{
	char out[256];

	assert_int_equal(ld_text_fold(in, out, sizeof(out)), (int)strlen(expected));
	assert_string_equal(out, expected);
}

static void put_utf8(char *to, uint32_t cp)
{
	to[utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)to)] = '\0';
}

static void upper(const char *in, char *ret)
{
	do
		*ret++ = (char)toupper((unsigned char)*in);
	while (*in++);
}

static void table(void **state)
{
	struct csv c = csv_read("tests/vectors/fold_table.csv");

	(void)state;
	assert_int_equal(c.n_rows, 268);
	for (unsigned i = 0; i < c.n_rows; i++) {
		const char *ascii = csv_get(&c, i, "ascii");
		char in[8] = "a", expected[8];
		bool is_mark = ascii[0] == '\0';

		put_utf8(in + is_mark,
			 (uint32_t)strtoul(csv_get(&c, i, "codepoint_hex"), NULL, 16));
		assert_unaccented(in, is_mark ? "a" : ascii);
		upper(is_mark ? "a" : ascii, expected);
		assert_folded(in, expected);
	}
	csv_free(&c);
}

static void vectors(void **state)
{
	struct csv c = csv_read("tests/vectors/vectors_fold.csv");

	(void)state;
	for (unsigned i = 0; i < c.n_rows; i++)
		assert_folded(csv_get(&c, i, "input"), csv_get(&c, i, "folded"));
	csv_free(&c);
}

static void folds(void **state)
{
	(void)state;
	assert_folded("", "");
	assert_folded(" .,!? \n\t", "");
	assert_folded("Đ.K  số  4", "D K SO 4");
	assert_folded("tie\xcc\x82\xcc\x81p", "TIEP");
	assert_folded("tie\xcc\x81\xcc\x82p", "TIEP");
	assert_folded("ＨＵＹ　４", "HUY 4");
	assert_folded("1\xef\xb8\x8f\xe2\x83\xa3", "1");        /* keycap */
	assert_folded("①", "1");
	assert_folded("hu\xe2\x80\x8by", "HUY");                 /* zero width space */
	assert_folded("500.000₫", "500 000D");
	assert_folded("👍 ok 👍🏽", "OK");
	assert_folded("Привет 5", "5");
	assert_folded("\xff\xfehuy\x80", "HUY");
	assert_folded("hu\xc3", "HU");
	assert_folded("\xed\xa0\x80\xc0\xaf\xf8\x88\x80\x80\x80 x", "X");
}

static void fold_is_cut(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(ld_text_fold("abc defghij", out, sizeof(out)), 7);
	assert_string_equal(out, "ABC DEF");
	/* no blank at the end */
	assert_int_equal(ld_text_fold("abcdef ghij", out, sizeof(out)), 6);
	assert_string_equal(out, "ABCDEF");
	assert_int_equal(ld_text_fold("abcde g hij", out, sizeof(out)), 7);
	assert_string_equal(out, "ABCDE G");
	assert_int_equal(ld_text_fold("x", out, 1), 0);
	assert_string_equal(out, "");
	out[0] = 'k';
	assert_int_equal(ld_text_fold("x", out, 0), 0);
	assert_int_equal(out[0], 'k');
}

static void normal_form(void **state)
{
	(void)state;
	assert_normal("", "");
	assert_normal("Đa\xcc\x86ng ky\xcc\x81", "Đăng ký");
	assert_normal("o\xcc\x9b\xcc\xa3", "ợ");
	assert_normal("o\xcc\xa3\xcc\x9b", "ợ");
	assert_normal("“Học” ‘số’ – 1—2… a\xc2\xa0" "b", "\"Học\" 'số' - 1-2... a b");
	assert_normal("5₫ `x` • 2×3 ≤ 7", "5d 'x' - 2x3 <= 7");
	assert_normal("a\r\nb\rc\td\x01\x7f\xc2\x80" "e", "a\nb\nc de");
	assert_normal("a\xe2\x80\x8b" "b\xc2\xad\xef\xbb\xbf" "c", "abc");
	/* overlong, surrogate, past the last: no characters */
	assert_normal("\xc1\xa1\xe0\x81\xa1\xf0\x80\x81\xa1\xed\xa0\x80\xf4\x90\x80\x80x", "x");
	assert_normal("\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc"); /* never composed */
	assert_normal("a\xff" "b\xe1\xba" "c\xef\xbf\xbd", "abc");
	assert_normal("\xe1\xbf\xaf\xcd\xbe", "';");            /* singletons of NFC */
	assert_normal("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "한");
	assert_normal("👨\xe2\x80\x8d👩 🇻🇳", "👨\xe2\x80\x8d👩 🇻🇳");
}

static void unaccented(void **state)
{
	(void)state;
	assert_unaccented("Đăng ký!", "Dang ky!");
	assert_unaccented("“Chợ số” – 5₫…", "\"Cho so\" - 5d...");
	assert_unaccented("Ð ð đ Đ", "D d d D");
	assert_unaccented("\xcc\x81" "a\xcc\x81\xcc\x81", "a");
	assert_unaccented("Й Δ й", "Й Δ й");
	assert_unaccented("дом\xcc\x81", "дом\xcc\x81");
}

/* Every accented letter, composed and decomposed, in any order of its marks. */
static void all_letters(void **state)
{
	uint32_t cp;
	size_t letters = 0;

	(void)state;
	for (const char *p = accented; *p; letters++) {
		char composed[8] = "", out[8];
		utf8proc_uint8_t *nfd;
		int n = (int)utf8proc_iterate((const utf8proc_uint8_t *)p, -1,
					      (utf8proc_int32_t *)&cp);

		memcpy(composed, p, (size_t)n);
		assert_normal(composed, composed);
		nfd = utf8proc_NFD((const utf8proc_uint8_t *)composed);
		assert_normal((const char *)nfd, composed);
		assert_int_equal(ld_text_unaccent((const char *)nfd, out, sizeof(out)), 1);
		assert_true(isalpha((unsigned char)out[0]));
		free(nfd);
		p += n;
	}
	assert_int_equal(letters, 134);
}

static void sizes(void **state)
{
	char out[8] = "before";

	(void)state;
	assert_int_equal(ld_text_normalise("abcdefg", out, 8), 7);
	assert_int_equal(ld_text_normalise("abcdefgh", out, 8), LD_E_TOOBIG);
	assert_string_equal(out, "");
	assert_int_equal(ld_text_normalise("ab…", out, 6), 5);
	assert_int_equal(ld_text_normalise("ab…", out, 5), LD_E_TOOBIG);
	assert_int_equal(ld_text_normalise("a", out, 0), LD_E_TOOBIG);
	assert_int_equal(ld_text_unaccent("ợợợ", out, 4), 3);
	assert_int_equal(ld_text_unaccent("ợợợ", out, 3), LD_E_TOOBIG);
}

/* Somebody's text with thousands of marks on one letter. */
static void flood(void **state)
{
	static char in[20001], out[60004], again[60004];

	(void)state;
	in[0] = 'e';
	for (size_t i = 1; i + 2 < sizeof(in); i += 2)
		memcpy(in + i, i % 4 == 1 ? "\xcc\x81" : "\xcc\xa3", 2);
	assert_in_range(ld_text_normalise(in, out, sizeof(out)), 1, 20);
	assert_true(ld_text_normalise(out, again, sizeof(again)) > 0);
	assert_string_equal(out, again);
	assert_folded(in, "E");
}

/* ---- properties over random texts ---- */

static uint32_t random_cp(void)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x20, 0x7e }, { 0x20, 0x7e }, { 0x1, 0x24f }, { 0x300, 0x36f }, { 0x300, 0x345 },
		{ 0x1e00, 0x1eff }, { 0x2000, 0x206f }, { 0x1100, 0x11ff }, { 0xac00, 0xd7a3 },
		{ 0x900, 0xdff }, { 0x1f00, 0x1fff }, { 0xf900, 0xffff }, { 0x1f1e6, 0x1f64f },
		{ 0x1d15e, 0x1d1c0 }, { 0x1, 0xd7ff }, { 0xe000, 0x10ffff },
	};
	unsigned r = seed_below(&seed, sizeof(ranges) / sizeof(ranges[0]));

	return ranges[r].first + seed_below(&seed, ranges[r].last - ranges[r].first + 1);
}

static void random_text(char *ret, size_t size)
{
	size_t at = 0, want = seed_below(&seed, (uint32_t)size - 8);

	while (at < want) {
		if (seed_below(&seed, 40) == 0) {
			ret[at++] = (char)(1 + seed_below(&seed, 255));
		} else {
			put_utf8(ret + at, random_cp());
			at += strlen(ret + at);
		}
	}
	ret[at] = '\0';
}

static void normal_form_is_stable(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		char in[120], once[360], twice[360], folded[720], other[720];

		random_text(in, sizeof(in));
		assert_true(ld_text_normalise(in, once, sizeof(once)) >= 0);
		assert_true(ld_text_normalise(once, twice, sizeof(twice)) >= 0);
		assert_string_equal(once, twice);
		ld_text_fold(in, folded, sizeof(folded));
		ld_text_fold(once, other, sizeof(other));
		assert_string_equal(folded, other);
		assert_true(ld_text_unaccent(in, once, sizeof(once)) >= 0);
		assert_true(ld_text_unaccent(once, twice, sizeof(twice)) >= 0);
		assert_string_equal(once, twice);
		ld_text_fold(once, other, sizeof(other));
		assert_string_equal(folded, other);
	}
}

/* Against the library's own whole-text function, on letters with few marks and nothing plain. */
static void normal_form_is_nfc(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		char in[200] = "", out[600];
		utf8proc_uint8_t *nfc;

		for (unsigned k = seed_below(&seed, 12); k > 0; k--) {
			put_utf8(in + strlen(in), seed_below(&seed, 2)
							  ? 0x1e00 + seed_below(&seed, 0x100)
							  : 'a' + seed_below(&seed, 26));
			for (unsigned m = seed_below(&seed, 5); m > 0; m--) {
				uint32_t mark = 0x300 + seed_below(&seed, 0x70);

				/* U+0344 is two: with a few of it there are more marks than are kept. */
				put_utf8(in + strlen(in), mark == 0x344 ? 0x301 : mark);
			}
		}
		nfc = utf8proc_NFC((const utf8proc_uint8_t *)in);
		assert_true(ld_text_normalise(in, out, sizeof(out)) >= 0);
		assert_string_equal(out, (const char *)nfc);
		free(nfc);
	}
}

static void fold_alphabet(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		char in[120], out[64];
		size_t size = 1 + seed_below(&seed, sizeof(out));
		int n;

		random_text(in, sizeof(in));
		n = ld_text_fold(in, out, size);
		assert_int_equal(n, (int)strlen(out));
		assert_true((size_t)n < size);
		assert_int_equal(strspn(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "), n);
		assert_null(strstr(out, "  "));
		assert_true(n == 0 || (out[0] != ' ' && out[n - 1] != ' '));
	}
}

/* However a letter is written, in one character or several: what is known without Unicode's tables
 * and what is asked of them must be the same. */
static void composed_as_decomposed(void **state)
{
	unsigned n = 0;

	(void)state;
	for (utf8proc_int32_t cp = 0xa0; cp < 0x2000; cp++) {
		utf8proc_uint8_t one[8] = "", *apart;
		char a[64], b[64];

		one[utf8proc_encode_char(cp, one)] = '\0';
		apart = utf8proc_NFD(one);
		assert_non_null(apart);
		n += strcmp((char *)one, (char *)apart) != 0;
		assert_true(ld_text_unaccent((char *)one, a, sizeof(a)) >= 0);
		assert_true(ld_text_unaccent((char *)apart, b, sizeof(b)) >= 0);
		assert_string_equal(a, b);
		assert_true(ld_text_normalise((char *)one, a, sizeof(a)) >= 0);
		assert_true(ld_text_normalise((char *)apart, b, sizeof(b)) >= 0);
		assert_string_equal(a, b);
		free(apart);
	}
	assert_true(n > 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(vectors),
		cmocka_unit_test(folds),
		cmocka_unit_test(fold_is_cut),
		cmocka_unit_test(normal_form),
		cmocka_unit_test(unaccented),
		cmocka_unit_test(all_letters),
		cmocka_unit_test(sizes),
		cmocka_unit_test(flood),
		cmocka_unit_test(normal_form_is_stable),
		cmocka_unit_test(normal_form_is_nfc),
		cmocka_unit_test(fold_alphabet),
		cmocka_unit_test(composed_as_decomposed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	seed = seed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
