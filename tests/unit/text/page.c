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

static void append(char *to, size_t size, const char *what, size_t len)
{
	size_t at = strlen(to);

	assert_true(at + len < size);
	memcpy(to + at, what, len);
	to[at + len] = '\0';
}

/* The pages of the text must be these, separated by '#'. */
static void assert_pages(const char *text, enum ld_alphabet alphabet, unsigned limit,
			 const char *expected)
{
	char pages[1024] = "";

	while (*text) {
		size_t next, len = ld_text_page(text, alphabet, limit, &next);

		assert_true(len > 0 && next >= len);
		if (*pages)
			append(pages, sizeof(pages), "#", 1);
		append(pages, sizeof(pages), text, len);
		text += next;
	}
	assert_string_equal(pages, expected);
}

static void lines_first(void **state)
{
	(void)state;
	assert_pages("", LD_GSM7, 10, "");
	assert_pages("abc", LD_GSM7, 10, "abc");
	assert_pages("Chon:\n1 Co\n2 Khong\n3 Thoi", LD_GSM7, 10, "Chon:\n1 Co#2 Khong#3 Thoi");
	assert_pages("Chon:\n1 Co\n2 Khong\n3 Thoi", LD_GSM7, 16, "Chon:\n1 Co#2 Khong\n3 Thoi");
	assert_pages("Chon:\n1 Co\n2 Khong\n3 Thoi", LD_GSM7, 18, "Chon:\n1 Co\n2 Khong#3 Thoi");
	assert_pages("mot dong rat dai\n1 Co", LD_GSM7, 10, "mot dong#rat dai#1 Co");
	assert_pages("abc   \n  def", LD_GSM7, 3, "abc#def");
	assert_pages("ab\nabc   \ndef", LD_GSM7, 6, "ab\nabc#def");
	assert_pages("a\n\n\nb", LD_GSM7, 2, "a#b");
	assert_pages("abc   ", LD_GSM7, 3, "abc");
}

static void then_words(void **state)
{
	(void)state;
	assert_pages("hoc bai moi ngay", LD_GSM7, 8, "hoc bai#moi ngay");
	assert_pages("hoc bai moi ngay", LD_GSM7, 7, "hoc bai#moi#ngay");
	assert_pages("hoc bai moi ngay", LD_GSM7, 6, "hoc#bai#moi#ngay");
	assert_pages("học bài mới ngày", LD_UCS2, 8, "học bài#mới ngày");
}

static void then_characters(void **state)
{
	(void)state;
	assert_pages("abcdefgh", LD_GSM7, 3, "abc#def#gh");
	assert_pages("ab cdefgh", LD_GSM7, 3, "ab#cde#fgh");
	assert_pages("a[[b", LD_GSM7, 2, "a#[#[#b");
	assert_pages("a👍👍", LD_UCS2, 2, "a#👍#👍");
	assert_pages("xe\xcc\x82\xcc\x81y", LD_UCS2, 3, "x#e\xcc\x82\xcc\x81#y");
	/* too narrow for one of them: it is shown all the same */
	assert_pages("a👍b", LD_UCS2, 1, "a#👍#b");
	assert_pages("a[b", LD_GSM7, 1, "a#[#b");
	assert_pages("e\xcc\x82\xcc\x81", LD_UCS2, 2, "e\xcc\x82#\xcc\x81");
}

static void only_blanks(void **state)
{
	size_t next;

	(void)state;
	assert_int_equal(ld_text_page("     ", LD_GSM7, 3, &next), 3);
	assert_int_equal(next, 5);
	assert_int_equal(ld_text_page("abc", LD_GSM7, 0, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(ld_text_page("", LD_GSM7, 5, &next), 0);
	assert_int_equal(next, 0);
}

/* 10,000 characters of each awkward kind end after a plausible number of pages. */
static void long_texts(void **state)
{
	static const struct {
		const char *fill;
		unsigned pages;
	} rows[] = {
		{ " ", 1 }, { "x", 77 }, { "x ", 77 }, { "\n", 1 }, { "x\n", 77 }, { "\xff", 77 },
	};
	static char text[10001];

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(rows); i++) {
		unsigned pages = 0;
		size_t next;

		for (size_t at = 0; at < sizeof(text) - 1; at++)
			text[at] = rows[i].fill[at % strlen(rows[i].fill)];
		for (const char *p = text; *p; p += next, pages++)
			assert_true(ld_text_page(p, LD_GSM7, 130, &next) > 0);
		assert_int_equal(pages, rows[i].pages);
	}
}

/* ---- properties over random texts ---- */

static const char *const pieces[] = {
	"a", "b", "c", "dd", " ", " ", "\n", "  ", "[", "€", "à", "đ", "ợ", "e\xcc\x82\xcc\x81",
	"👍", "👍🏽", "🇻🇳", "\xff", "\t",
};

static size_t random_text(char *ret, size_t size, unsigned n_pieces)
{
	size_t len = 0;

	for (unsigned n = seed_below(&seed, 200); n > 0; n--) {
		const char *piece = pieces[seed_below(&seed, n_pieces)];
		if (len + strlen(piece) + 1 > size)
			break;
		memcpy(ret + len, piece, strlen(piece));
		len += strlen(piece);
	}
	ret[len] = '\0';
	return len;
}

static void nothing_is_lost(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		char text[1024];
		enum ld_alphabet alphabet = seed_below(&seed, 2) ? LD_UCS2 : LD_GSM7;
		unsigned limit = 8 + seed_below(&seed, 60);
		size_t total = random_text(text, sizeof(text), LD_ARRAY_SIZE(pieces)), at = 0, next;

		while (text[at]) {
			size_t len = ld_text_page(text + at, alphabet, limit, &next);
			assert_true(len > 0 && len <= next && at + next <= total);
			assert_true(ld_text_length(text + at, len, alphabet) <= limit);
			assert_int_equal(strspn(text + at + len, " \n\t\r") >= next - len, true);
			at += next;
			assert_null(strchr(" \n\t\r", text[at] ? text[at] : 'x'));
			assert_true(strncmp(text + at, "\xcc", 1) != 0);
			assert_true(strncmp(text + at, "🏽", 4) != 0);
		}
		assert_int_equal(at, total);
	}
}

/* The rule of the content's own tools: lines while they fit, a longer line by its words. For lines
 * of single blanks, whose words are shorter than a page. */
static void pages_slowly(char *text, unsigned limit, char *ret, size_t size)
{
	char page[1024] = "", longer[1024];

	*ret = '\0';
	for (char *line; (line = strsep(&text, "\n"));) {
		bool first = *page == '\0';

		snprintf(longer, sizeof(longer), "%.500s\n%.500s", page, line);
		if (!first && strlen(longer) <= limit) {
			snprintf(page, sizeof(page), "%s", longer);
			continue;
		}
		append(ret, size, page, strlen(page));
		append(ret, size, "#", !first);
		*page = '\0';
		for (char *word; (word = strsep(&line, " "));) {
			snprintf(longer, sizeof(longer), "%.500s%s%.500s", page, *page ? " " : "",
				 word);
			if (strlen(longer) > limit) {
				append(ret, size, page, strlen(page));
				append(ret, size, "#", 1);
				snprintf(longer, sizeof(longer), "%.500s", word);
			}
			snprintf(page, sizeof(page), "%s", longer);
		}
	}
	append(ret, size, page, strlen(page));
}

static void as_content_expects(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		char text[600] = "", copy[600], slowly[1200];
		unsigned limit = 9 + seed_below(&seed, 40);

		for (unsigned n = 1 + seed_below(&seed, 40); n > 0; n--) {
			append(text, sizeof(text), "abcdefghi", 1 + seed_below(&seed, 9));
			append(text, sizeof(text), seed_below(&seed, 4) ? " " : "\n", n > 1);
		}
		memcpy(copy, text, sizeof(text));
		pages_slowly(copy, limit, slowly, sizeof(slowly));
		assert_pages(text, LD_GSM7, limit, slowly);
	}
}

static void any_unicode_is_paged(void **state)
{
	static char raw[4096], text[3 * sizeof(raw)];

	(void)state;
	for (unsigned i = 0; i < 8000; i++) {
		enum ld_alphabet alphabet = seed_below(&seed, 2) ? LD_UCS2 : LD_GSM7;
		unsigned limit = 24 + seed_below(&seed, 60);
		size_t at = 0, next;

		unicode_random(&seed, raw, sizeof(raw), 300);
		assert_true(ld_text_normalise(raw, text, sizeof(text)) >= 0);
		for (; text[at]; at += next) {
			size_t len = ld_text_page(text + at, alphabet, limit, &next);

			assert_true(len > 0 && len <= next);
			assert_true(ld_text_length(text + at, len, alphabet) <= limit);
			assert_true(strspn(text + at + len, " \n\t\r") >= next - len);
			assert_true(text[at + next] == '\0' || next > len ||
				    !unicode_inside(text, text + at + next));
		}
		assert_int_equal(at, strlen(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_first),
		cmocka_unit_test(then_words),
		cmocka_unit_test(then_characters),
		cmocka_unit_test(only_blanks),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(any_unicode_is_paged),
		cmocka_unit_test(as_content_expects),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	seed = seed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
