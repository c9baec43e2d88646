/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion codes: every wrong digit and every swap of neighbours is noticed; pseudonyms and seals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "laido/base/err.h"
#include "laido/crypto/crypto.h"

static const struct ld_ward_keys keys = { .name_key = { 1 }, .completion_key = { 2 },
					  .completion_epoch = 3 };

static void code_of(uint8_t who, char ret[LD_CODE_DIGITS + 1])
{
	struct ld_id s = { { who } };

	ld_completion_code(ret, &keys, &s, 4);
}

static void test_misreading_is_noticed(void **state)
{
	char code[LD_CODE_DIGITS + 1], bad[LD_CODE_DIGITS + 1], got[LD_CODE_DIGITS + 1];

	(void)state;
	for (unsigned who = 0; who < 200; who++) {
		code_of((uint8_t)who, code);
		assert_true(ld_completion_parse(code, got));
		assert_string_equal(got, code);
		assert_int_equal(code[0], '3');
		assert_int_equal(code[1], '4');
		for (int i = 0; i < LD_CODE_DIGITS; i++) {
			memcpy(bad, code, sizeof(bad));
			bad[i] = (char)('0' + (code[i] - '0' + 1 + (int)who % 9) % 10);
			assert_false(ld_completion_parse(bad, got));
			if (i == 0 || code[i - 1] == code[i])
				continue;
			memcpy(bad, code, sizeof(bad));
			bad[i] = code[i - 1];
			bad[i - 1] = code[i];
			assert_false(ld_completion_parse(bad, got));
		}
	}
}

static void test_as_people_write_it(void **state)
{
	char code[LD_CODE_DIGITS + 1], got[LD_CODE_DIGITS + 1];
	char spaced[24];

	(void)state;
	code_of(7, code);
	snprintf(spaced, sizeof(spaced), "%.4s %.4s-%.3s", code, code + 4, code + 8);
	assert_true(ld_completion_parse(spaced, got));
	assert_string_equal(got, code);
	assert_false(ld_completion_parse("", got));
	assert_false(ld_completion_parse("0000000000", got));
	assert_false(ld_completion_parse("000000000000", got));
	assert_false(ld_completion_parse("3412x678901", got));
}

static void test_codes_differ(void **state)
{
	char a[LD_CODE_DIGITS + 1], b[LD_CODE_DIGITS + 1];
	struct ld_ward_keys other = keys;
	struct ld_id s = { { 9 } };

	(void)state;
	code_of(9, a);
	other.completion_key[31] ^= 1;
	ld_completion_code(b, &other, &s, 4);
	assert_string_not_equal(a, b);
	ld_completion_code(b, &keys, &s, 5);
	assert_string_not_equal(a + 2, b + 2);
}

static void test_pseudonyms(void **state)
{
	struct ld_msisdn m = { "84912345678" };
	struct ld_ward_keys other = keys;
	struct ld_id p, s1, s2, s3, epoch = { { 0 } };

	(void)state;
	ld_pseudonym_p(&p, &keys, &m);
	ld_pseudonym_s(&s1, &keys, &m, 1, &epoch);
	ld_pseudonym_s(&s2, &keys, &m, 2, &epoch);
	epoch.b[0] = 1;
	ld_pseudonym_s(&s3, &keys, &m, 1, &epoch);
	assert_false(ld_id_eq(&p, &s1) || ld_id_eq(&s1, &s2) || ld_id_eq(&s1, &s3));
	other.name_key[0] ^= 1;
	ld_pseudonym_p(&s1, &other, &m);
	assert_false(ld_id_eq(&p, &s1));
}

static void test_seals(void **state)
{
	struct ld_keypair ward, board;
	uint8_t seed[32] = { 5 }, box[11 + LD_SEAL_EXTRA], open[11];

	(void)state;
	ld_keypair_from_seed(&ward, seed);
	seed[0] = 6;
	ld_keypair_from_seed(&board, seed);
	assert_int_equal(ld_seal(box, ward.pk, "84912345678", 11), 0);
	assert_int_equal(ld_unseal(open, &ward, box, sizeof(box)), 0);
	assert_memory_equal(open, "84912345678", 11);
	assert_int_equal(ld_unseal(open, &board, box, sizeof(box)), LD_E_FORGED);
	for (size_t i = 0; i < sizeof(box); i++) {
		box[i] ^= 0x10;
		assert_int_equal(ld_unseal(open, &ward, box, sizeof(box)), LD_E_FORGED);
		box[i] ^= 0x10;
	}
	assert_int_equal(ld_unseal(open, &ward, box, 10), LD_E_FORGED);
}

/* Both owners read it and neither the other's box; the next message has another ephemeral key, and
 * who remembers keys seals to those he is given. */
static void test_seals_to_both(void **state)
{
	struct ld_keypair key[2];
	struct ld_sealer sealer[2] = { { .known = false } };
	uint8_t seed[32] = { 5 }, box[2][11 + LD_SEAL_EXTRA], before[32] = { 0 }, open[11];

	(void)state;
	ld_keypair_from_seed(&key[0], seed);
	seed[0] = 6;
	ld_keypair_from_seed(&key[1], seed);
	for (int i = 0; i < 4; i++) {
		const struct ld_keypair *to[] = { &key[i & 1], &key[(i + 1) & 1] };
		const uint8_t *const pk[] = { to[0]->pk, to[1]->pk };

		assert_int_equal(ld_seal_both(sealer, (uint8_t *const[]){ box[0], box[1] }, pk,
					      "84912345678", 11), 0);
		assert_memory_equal(box[0], box[1], 32);
		assert_memory_not_equal(box[0] + 32, box[1] + 32, 16 + 11);
		assert_memory_not_equal(box[0], before, 32);
		memcpy(before, box[0], 32);
		for (int k = 0; k < 2; k++) {
			assert_int_equal(ld_unseal(open, to[k], box[k], sizeof(box[k])), 0);
			assert_memory_equal(open, "84912345678", 11);
			assert_int_equal(ld_unseal(open, to[!k], box[k], sizeof(box[k])), LD_E_FORGED);
		}
	}
	memset(seed, 0xff, sizeof(seed));
	for (int i = 0; i < 4; i++)     /* no key, in either place; nor remembered as one */
		assert_int_equal(ld_seal_both(sealer, (uint8_t *const[]){ box[0], box[1] },
					      (const uint8_t *const[]){ i & 1 ? key[0].pk : seed,
									i & 1 ? seed : key[0].pk },
					      "84912345678", 11), LD_E_FORGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misreading_is_noticed),
		cmocka_unit_test(test_as_people_write_it),
		cmocka_unit_test(test_codes_differ),
		cmocka_unit_test(test_pseudonyms),
		cmocka_unit_test(test_seals),
		cmocka_unit_test(test_seals_to_both),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
