/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "csv.h"
#include "seed.h"
#include "laido/base/err.h"
#include "laido/text/text.h"

static uint64_t seed;

static void assert_number(const char *addr, const char *digits)
{
	struct ld_msisdn m = { "" };

	assert_int_equal(ld_e164_parse(addr, &m), LD_ADDR_MOBILE);
	assert_string_equal(m.digits, digits);
}

static void assert_none(const char *addr, enum ld_addr_kind kind)
{
	struct ld_msisdn m = { "untouched" };

	assert_int_equal(ld_e164_parse(addr, &m), kind);
	assert_string_equal(m.digits, "untouched");
}

static void vectors(void **state)
{
	static const struct {
		const char *name;
		enum ld_addr_kind kind;
	} kinds[] = {
		{ "INVALID", LD_ADDR_INVALID },
		{ "FOREIGN", LD_ADDR_FOREIGN },
		{ "SHORTCODE(no reply)", LD_ADDR_SHORTCODE },
		{ "ALPHA(no reply)", LD_ADDR_ALPHA },
	};
	struct csv c = csv_read("tests/vectors/vectors_phone.csv");

	(void)state;
	for (unsigned i = 0; i < c.n_rows; i++) {
		const char *expected = csv_get(&c, i, "expected");
		unsigned met = 0;

		for (size_t k = 0; k < LD_ARRAY_SIZE(kinds); k++)
			if (strcmp(expected, kinds[k].name) == 0) {
				assert_none(csv_get(&c, i, "input"), kinds[k].kind);
				met++;
			}
		if (expected[0] == '+') {
			assert_number(csv_get(&c, i, "input"), expected + 1);
			met++;
		}
		assert_int_equal(met, 1);
	}
	csv_free(&c);
}

/* The mobile prefixes are those of the table, and no others. */
static void prefixes(void **state)
{
	struct csv c = csv_read("tests/vectors/vn_prefixes.csv");
	bool known[100] = { false };

	(void)state;
	for (unsigned i = 0; i < c.n_rows; i++)
		for (const char *p = csv_get(&c, i, "prefixes_0xx"); *p; p += strspn(p, " ")) {
			known[strtoul(p, NULL, 10)] = true;
			p += 3;
		}
	for (unsigned i = 10; i < 100; i++) {
		char addr[16], full[16];

		snprintf(addr, sizeof(addr), "0%02u1234567", i);
		snprintf(full, sizeof(full), "84%02u1234567", i);
		if (known[i])
			assert_number(addr, full);
		else
			assert_none(addr, LD_ADDR_INVALID);
	}
	csv_free(&c);
}

static void renumbering(void **state)
{
	struct csv c = csv_read("tests/vectors/vn_old_11digit.csv");

	(void)state;
	assert_int_equal(c.n_rows, 21);
	for (unsigned i = 0; i < c.n_rows; i++) {
		const char *from = csv_get(&c, i, "old_prefix_11"),
			   *to = csv_get(&c, i, "new_prefix_10");
		char addr[24], full[16];

		snprintf(full, sizeof(full), "84%s1234567", to + 1);
		snprintf(addr, sizeof(addr), "%s1234567", from);
		assert_number(addr, full);
		snprintf(addr, sizeof(addr), "+84%s1234567", from + 1);
		assert_number(addr, full);
		snprintf(addr, sizeof(addr), "84%s1234567", from + 1);
		assert_number(addr, full);
	}
	csv_free(&c);
}

static void others(void **state)
{
	(void)state;
	assert_number("+84 (0) 912 345 678", "84912345678");
	assert_number("840912345678", "84912345678");
	assert_number("00840912345678", "84912345678");
	assert_none("+", LD_ADDR_INVALID);
	assert_none("++84912345678", LD_ADDR_INVALID);
	assert_none("84+912345678", LD_ADDR_INVALID);
	assert_none("+8", LD_ADDR_INVALID);
	assert_none("+84", LD_ADDR_INVALID);
	assert_none("00", LD_ADDR_INVALID);
	assert_none("*101#", LD_ADDR_INVALID);
	assert_none("+0912345678", LD_ADDR_INVALID);
	assert_none("+123456", LD_ADDR_INVALID);
	assert_none("+1234567", LD_ADDR_FOREIGN);
	assert_none("+123456789012345", LD_ADDR_FOREIGN);
	assert_none("+1234567890123456", LD_ADDR_INVALID);
	assert_none("0012025550123", LD_ADDR_FOREIGN);
	assert_none("0912345678901234567890123456789", LD_ADDR_INVALID);
	assert_none("191", LD_ADDR_SHORTCODE);
	assert_none("18008098", LD_ADDR_SHORTCODE);
	assert_none("1900123456", LD_ADDR_SHORTCODE);
	assert_none("85512345678", LD_ADDR_INVALID);
	assert_none("Viettel 098", LD_ADDR_ALPHA);
	assert_none("VT-NET", LD_ADDR_ALPHA);
	assert_none("Phường", LD_ADDR_ALPHA);
	assert_none("09123\xff" "45678", LD_ADDR_ALPHA);
}

static void shown(void **state)
{
	struct ld_msisdn m = { "84912345678" };
	char mask[8], local[16];

	(void)state;
	ld_e164_mask(&m, mask);
	assert_string_equal(mask, "***678");
	ld_e164_local(&m, local);
	assert_string_equal(local, "0912 345 678");
	m = (struct ld_msisdn){ "855123456789012" };
	ld_e164_mask(&m, mask);
	assert_string_equal(mask, "***012");
	ld_e164_local(&m, local);
	assert_string_equal(local, "855123456789012");
	m = (struct ld_msisdn){ "1414" };
	ld_e164_mask(&m, mask);
	assert_string_equal(mask, "***");
	m = (struct ld_msisdn){ "" };
	ld_e164_mask(&m, mask);
	assert_string_equal(mask, "***");
	ld_e164_local(&m, local);
	assert_string_equal(local, "");
}

/* Whatever comes: a mobile number is 84 and nine digits, and stays itself. */
static void random_addresses(void **state)
{
	static const char from[] = "0123456789012345678900008484849912+ .-()*a";

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		char addr[40] = "", local[16];
		struct ld_msisdn m = { "" }, again = { "" };
		size_t len = seed_below(&seed, 24);

		for (size_t k = 0; k < len; k++)
			addr[k] = from[seed_below(&seed, sizeof(from) - 1)];
		if (ld_e164_parse(addr, &m) != LD_ADDR_MOBILE) {
			assert_string_equal(m.digits, "");
			continue;
		}
		assert_int_equal(strlen(m.digits), 11);
		assert_int_equal(ld_e164_parse(m.digits, &again), LD_ADDR_MOBILE);
		assert_string_equal(m.digits, again.digits);
		ld_e164_local(&m, local);
		assert_int_equal(ld_e164_parse(local, &again), LD_ADDR_MOBILE);
		assert_string_equal(m.digits, again.digits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(renumbering),
		cmocka_unit_test(others),
		cmocka_unit_test(shown),
		cmocka_unit_test(random_addresses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	seed = seed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
