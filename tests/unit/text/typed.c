/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telex and VNI keys left in a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "csv.h"
#include "laido/base/err.h"
#include "laido/text/text.h"

static void assert_typed(const char *in, const char *expected)
{
	char out[256];

	assert_int_equal(ld_text_fold_typed(in, out, sizeof(out)), (int)strlen(expected));
	assert_string_equal(out, expected);
}

static void vectors(void **state)
{
	struct csv c = csv_read("tests/vectors/vectors_telex.csv");

	(void)state;
	for (unsigned i = 0; i < c.n_rows; i++) {
		assert_typed(csv_get(&c, i, "intended"), csv_get(&c, i, "folded"));
		assert_typed(csv_get(&c, i, "telex"), csv_get(&c, i, "folded"));
		assert_typed(csv_get(&c, i, "vni"), csv_get(&c, i, "folded"));
	}
	csv_free(&c);
}

/* Keys in the order in which fast typists give them. */
static void orders(void **state)
{
	static const char *const pairs[][2] = {
		{ "ddawng kys 4", "DANG KY 4" },
		{ "DDAWNG KYS 4", "DANG KY 4" },
		{ "vieejt vietej vieetj", "VIET VIET VIET" },
		{ "vie65t viet65 vie6t5", "VIET VIET VIET" },
		{ "dduowcj duowcdj duowjcd dduwowcj", "DUOC DUOC DUOC DUOC" },
		{ "tuwf twf tuwr", "TU TU TU" },
		{ "nghir ngowi", "NGHI NGOI" },
		{ "gix giuwx giaa giaos gieengs giuwowng", "GI GIU GIA GIAO GIENG GIUONG" },
		{ "quar quoocs quys quyeenf quays quowr", "QUA QUOC QUY QUYEN QUAY QUO" },
		{ "nguwowif nguoi72 ngu7o7i2", "NGUOI NGUOI NGUOI" },
		{ "hoaf huynhf khuyax khuya", "HOA HUYNH KHUYA KHUYA" },
		{ "uoongs yeeu ieef", "UONG YEU IEEF" },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(pairs); i++)
		assert_typed(pairs[i][0], pairs[i][1]);
}

static void others_stay(void **state)
{
	static const char *const stay[] = {
		"", "VNEID", "DVC", "ZALO", "FACEBOOK", "WIFI", "SMS", "YES", "THANKS", "TKS",
		"STOP", "PAUSE", "NEXT", "MENU", "DK 4", "HV 2", "TO 12", "TO12", "GIO8", "4821",
		"0912345678", "DC7K 4M92", "MA DC7K4M92", "XONG 472", "1", "12", "W", "D", "S",
		"A B C", "LUADAO", "CAOTUOI", "HUYSS", "HUYSR", "HUY12", "HUYS1", "DDA8NG", "WWW",
		"ADD", "TEXT", "ABCDEFGHIJKLMNOP",
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(stay); i++)
		assert_typed(stay[i], stay[i]);
}

/* Every word of the command table that is no Vietnamese syllable with a tone key stays itself. */
static void command_words_stay(void **state)
{
	struct csv c = csv_read("tests/vectors/commands.csv");

	(void)state;
	for (unsigned i = 0; i < c.n_rows; i++) {
		char words[1024];

		if (!strcmp(csv_get(&c, i, "match"), "pattern"))
			continue;
		snprintf(words, sizeof(words), "%s", csv_get(&c, i, "folded_keywords"));
		for (char *at = words, *word; (word = strsep(&at, "|"));)
			if (strcmp(word, "?") != 0)
				assert_typed(word, word);
	}
	csv_free(&c);
}

static void is_cut(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(ld_text_fold_typed("kys ddawng kys", out, sizeof(out)), 5);
	assert_string_equal(out, "KY DA");
	assert_int_equal(ld_text_fold_typed("kys", out, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(orders),
		cmocka_unit_test(others_stay),
		cmocka_unit_test(command_words_stay),
		cmocka_unit_test(is_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
