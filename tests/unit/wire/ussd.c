/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USSD components: known answers, every length, hostile octets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "laido/base/err.h"
#include "laido/wire/ussd.h"
#include "seed.h"

static size_t from_hex(const char *hex, uint8_t *ret)
{
	size_t n = 0;

	for (; hex[0] && hex[1]; hex += 2) {
		char two[3] = { hex[0], hex[1], '\0' };

		ret[n++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

struct known {
	const char *hex;
	struct ld_ussd u;       /* without the data */
	const char *text;
};

/* Written out from TS 24.080; "*123#" packs to AA986C3602. */
static const struct known knowns[] = {
	/* a phone dials; its invoke id is 5 */
	{ "a11202010502013b300a04010f0405aa986c3602",
	  { .type = LD_USSD_INVOKE, .has_id = true, .id = 5, .has_op = true, .op = 59,
	    .has_text = true, .dcs = 0x0f }, "*123#" },
	/* we ask in UCS-2: Hạ */
	{ "a11102010102013c30090401480404" "00481ea1",
	  { .type = LD_USSD_INVOKE, .has_id = true, .id = 1, .has_op = true, .op = 60,
	    .has_text = true, .dcs = 0x48 }, "H\xe1\xba\xa1" },
	/* it answers "1" */
	{ "a21002010130" "0b02013c300604010f040131",
	  { .type = LD_USSD_RESULT, .has_id = true, .id = 1, .has_op = true, .op = 60,
	    .has_text = true, .dcs = 0x0f }, "1" },
	/* an answer without anything */
	{ "a203020101", { .type = LD_USSD_RESULT, .has_id = true, .id = 1 }, "" },
	/* USSD busy */
	{ "a306020105020148",
	  { .type = LD_USSD_ERROR, .has_id = true, .id = 5, .error = LD_USSD_ERR_BUSY }, "" },
	/* Reject of an operation, and of something without an id */
	{ "a406020105810101",
	  { .type = LD_USSD_REJECT, .has_id = true, .id = 5, .problem_tag = 0x81, .problem = 1 },
	  "" },
	{ "a4050500800102",
	  { .type = LD_USSD_REJECT, .problem_tag = 0x80, .problem = 2 }, "" },
	/* negative invoke ids are ids, too */
	{ "a306020180020122",
	  { .type = LD_USSD_ERROR, .has_id = true, .id = 0x80,
	    .error = LD_USSD_ERR_SYSTEM_FAILURE }, "" },
};

static void assert_same(const struct ld_ussd *got, const struct ld_ussd *want)
{
	assert_int_equal(got->type, want->type);
	assert_int_equal(got->has_id, want->has_id);
	assert_int_equal(got->id, want->id);
	assert_int_equal(got->has_op, want->has_op);
	assert_int_equal(got->op, want->op);
	assert_int_equal(got->has_text, want->has_text);
	assert_int_equal(got->dcs, want->dcs);
	assert_int_equal(got->error, want->error);
	assert_int_equal(got->problem_tag, want->problem_tag);
	assert_int_equal(got->problem, want->problem);
}

static void known_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(knowns); i++) {
		const struct known *k = &knowns[i];
		uint8_t octets[256], built[LD_USSD_BUILT_MAX];
		size_t len = from_hex(k->hex, octets);
		struct ld_ussd u;
		char text[512];

		assert_int_equal(ld_ussd_parse(octets, len, &u), 0);
		assert_same(&u, &k->u);
		assert_int_equal(ld_ussd_text(&u, text, sizeof(text)), (int)strlen(k->text));
		assert_string_equal(text, k->text);
		assert_int_equal(ld_ussd_build(&u, built, sizeof(built)), (int)len);
		assert_memory_equal(built, octets, len);
	}
}

/* What networks send and we never would. */
static void tolerated(void **state)
{
	static const struct {
		const char *hex, *text;
	} cases[] = {
		/* long lengths, one and two octets */
		{ "a1811202010502013b300a04010f0405aa986c3602", "*123#" },
		{ "a182001402010502013b3082000a04010f0405aa986c3602", "*123#" },
		/* linked id, alerting pattern and MSISDN behind the string */
		{ "a11502010580010102013b300a04010f0405aa986c3602", "*123#" },
		{ "a11502010502013b300d04010f0405aa986c3602040107", "*123#" },
		/* 7 septets, padded by CR */
		{ "a21602010130" "1102013c300c04010f040731d98c56b3dd1a", "1234567" },
		/* octets as Latin-1; UCS-2 behind the language "vi" */
		{ "a21102010130" "0c02013c30070401440402" "31e9", "1\xc3\xa9" },
		{ "a21302010130" "0e02013c3009040111040476340032", "2" },
		/* other seven-bit schemes, message classes */
		{ "a21002010130" "0b02013c3006040100040131", "1" },
		{ "a21002010130" "0b02013c30060401f0040131", "1" },
		{ "a21002010130" "0b02013c30060401f4040131", "1" },
		{ "a21002010130" "0b02013c3006040140040131", "1" },
		/* components behind the first are not ours to read */
		{ "a203020101a203020102", "" },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		uint8_t octets[256];
		size_t len = from_hex(cases[i].hex, octets);
		struct ld_ussd u;
		char text[512];

		assert_int_equal(ld_ussd_parse(octets, len, &u), 0);
		assert_true(ld_ussd_text(&u, text, sizeof(text)) >= 0);
		assert_string_equal(text, cases[i].text);
	}
}

/* Refused; the invoke id stays known where it was readable. */
static void refused(void **state)
{
	static const struct {
		const char *hex;
		bool has_id;
	} cases[] = {
		{ "", false },
		{ "a1", false },
		{ "00ff", false },
		{ "a180020105" "02013b0000", false },           /* indefinite length */
		{ "a184000000030201", false },                  /* four octets of length */
		{ "a1ff0201", false },
		{ "a103020105", true },                         /* no operation */
		{ "a10602010502013b", true },                   /* no string */
		{ "a10b02010502013b300304010f", true },
		{ "a11202010502013b300a04010f0406aa986c3602", true },
		{ "a10702020105" "02013b", false },             /* two octets of id */
		{ "a4050500840102", false },                    /* problem tag 84 */
	};
	struct ld_ussd u;
	uint8_t octets[256];
	char text[8];

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		size_t len = from_hex(cases[i].hex, octets);

		assert_int_equal(ld_ussd_parse(octets, len, &u), LD_E_CORRUPT);
		assert_int_equal(u.has_id, cases[i].has_id);
	}
	/* compressed text, and an answer that does not fit */
	u = (struct ld_ussd){ .has_text = true, .dcs = 0x68, .data_len = 2 };
	assert_int_equal(ld_ussd_text(&u, text, sizeof(text)), LD_E_ALPHABET);
	u = (struct ld_ussd){ .has_text = true, .dcs = 0x0f, .data_len = 20 };
	assert_int_equal(ld_ussd_text(&u, text, sizeof(text)), LD_E_TOOBIG);
}

static int build_text(uint8_t type, enum ld_alphabet alphabet, unsigned n, uint8_t *ret,
		      char *ret_text)
{
	struct ld_ussd u = { .type = type, .has_id = true, .id = 5, .has_op = true, .op = 60 };
	char *p = ret_text;
	int rc;

	for (unsigned i = 0; i < n; i++) {
		const char *c = alphabet == LD_UCS2 ? "\xe1\xba\xa1" : i % 7 ? "x" : "@";

		memcpy(p, c, strlen(c));
		p += strlen(c);
	}
	*p = '\0';
	rc = ld_ussd_set_text(&u, alphabet, ret_text);
	return rc < 0 ? rc : ld_ussd_build(&u, ret, LD_USSD_BUILT_MAX);
}

/* Every length survives the round trip, up to the budget exactly. */
static void every_length(void **state)
{
	static const struct {
		uint8_t type;
		enum ld_alphabet alphabet;
		unsigned budget;
	} kinds[] = {
		{ LD_USSD_INVOKE, LD_GSM7, LD_USSD_INVOKE_SEPTETS },
		{ LD_USSD_INVOKE, LD_UCS2, LD_USSD_INVOKE_UNITS },
		{ LD_USSD_RESULT, LD_GSM7, LD_USSD_RESULT_SEPTETS },
		{ LD_USSD_RESULT, LD_UCS2, LD_USSD_RESULT_UNITS },
	};

	(void)state;
	for (size_t k = 0; k < LD_ARRAY_SIZE(kinds); k++)
		for (unsigned n = 0; n <= 200; n++) {
			uint8_t octets[LD_USSD_BUILT_MAX];
			char want[1024], got[1024];
			struct ld_ussd u;
			int len = build_text(kinds[k].type, kinds[k].alphabet, n, octets, want);

			if (n > kinds[k].budget) {
				assert_int_equal(len, LD_E_TOOBIG);
				continue;
			}
			assert_in_range(len, 2, LD_USSD_BUILT_MAX);
			assert_int_equal(octets[1], len - 2);   /* one octet of length */
			assert_int_equal(ld_ussd_parse(octets, (size_t)len, &u), 0);
			assert_true(ld_ussd_text(&u, got, sizeof(got)) >= 0);
			assert_string_equal(got, want);
		}
}

static void cannot_be_built(void **state)
{
	struct ld_ussd u = { .type = LD_USSD_ERROR, .has_id = true, .id = 1, .error = 34 };
	uint8_t octets[LD_USSD_BUILT_MAX];

	(void)state;
	assert_int_equal(ld_ussd_build(&u, octets, 7), LD_E_TOOBIG);
	assert_int_equal(ld_ussd_build(&u, octets, 8), 8);
	u.has_id = false;
	assert_int_equal(ld_ussd_build(&u, octets, sizeof(octets)), LD_E_RANGE);
	u = (struct ld_ussd){ .type = 0xa7, .has_id = true };
	assert_int_equal(ld_ussd_build(&u, octets, sizeof(octets)), LD_E_RANGE);
	u = (struct ld_ussd){ .type = LD_USSD_INVOKE, .has_id = true, .data_len = 255 };
	assert_int_equal(ld_ussd_build(&u, octets, sizeof(octets)), LD_E_TOOBIG);
	assert_int_equal(ld_ussd_set_text(&u, LD_GSM7, "\xe1\xba\xa1"), LD_E_ALPHABET);
}

/* In a block of exactly its size, so that a sanitizer sees the first octet too far. */
static void try_parse(const uint8_t *octets, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct ld_ussd u;
	char text[1024];
	int rc;

	assert_non_null(exact);
	memcpy(exact, octets, len);
	rc = ld_ussd_parse(exact, len, &u);
	free(exact);
	assert_true(rc == 0 || rc == LD_E_CORRUPT);
	if (rc == 0) {
		uint8_t built[LD_USSD_BUILT_MAX];

		assert_true(u.data_len <= LD_USSD_DATA_MAX);
		rc = ld_ussd_text(&u, text, sizeof(text));
		assert_true(rc >= 0 || rc == LD_E_ALPHABET);
		rc = ld_ussd_build(&u, built, sizeof(built));
		assert_true(rc > 0 || rc == LD_E_TOOBIG);
	}
}

static void mangle(const uint8_t *octets, size_t len, uint64_t *seed)
{
	uint8_t bad[300];

	for (size_t cut = 0; cut < len; cut++)
		try_parse(octets, cut);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		memcpy(bad, octets, len);
		bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		try_parse(bad, len);
	}
	for (unsigned i = 0; i < 300; i++) {
		memcpy(bad, octets, len);
		for (unsigned k = 0; k < 3; k++)
			bad[seed_below(seed, (uint32_t)len)] = (uint8_t)seed_u64(seed);
		try_parse(bad, 1 + seed_below(seed, (uint32_t)len));
	}
}

static void hostile(void **state)
{
	uint64_t seed = seed_start();
	uint8_t octets[300];
	char text[1024];

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(knowns); i++)
		mangle(octets, from_hex(knowns[i].hex, octets), &seed);
	for (unsigned n = 1; n <= LD_USSD_RESULT_SEPTETS; n += 9) {
		int len = build_text(n % 2 ? LD_USSD_INVOKE : LD_USSD_RESULT, LD_GSM7, n, octets, text);

		assert_true(len > 0);
		mangle(octets, (size_t)len, &seed);
	}
	for (unsigned i = 0; i < 20000; i++) {
		for (size_t k = 0; k < sizeof(octets); k++)
			octets[k] = (uint8_t)seed_u64(&seed);
		octets[0] = (uint8_t)(LD_USSD_INVOKE + seed_below(&seed, 4));
		try_parse(octets, seed_below(&seed, sizeof(octets)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(tolerated),
		cmocka_unit_test(refused),
		cmocka_unit_test(every_length),
		cmocka_unit_test(cannot_be_built),
		cmocka_unit_test(hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ussd", tests, NULL, NULL);
}
