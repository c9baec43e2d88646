/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What modems make of texts and numbers: USSD in all its forms, what a trace may show, IMEIs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent.h"
#include "find.h"
#include "mask.h"
#include "ussd.h"
#include "seed.h"

static void test_commands(void **state)
{
	static const struct { const char *code, *coding, *charset, *cmd; } cases[] = {
		{ "*101#", "text", "GSM", "AT+CUSD=1,\"*101#\",15" },
		{ "*101#", "text", "UCS2", "AT+CUSD=1,\"002A0031003000310023\",15" },
		{ "*101#", "ucs2", "IRA", "AT+CUSD=1,\"002A0031003000310023\",15" },
		{ "*100#", "packed", "IRA", "AT+CUSD=1,\"AA180C3602\",15" },
	};
	char cmd[200];

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		assert_int_equal(ld_ussd_command(cases[i].code, cases[i].coding, cases[i].charset, cmd,
						 sizeof(cmd)), 0);
		assert_string_equal(cmd, cases[i].cmd);
	}
	assert_int_equal(ld_ussd_command("*1\"\r\nATH", "text", "GSM", cmd, sizeof(cmd)), LD_E_SYNTAX);
	assert_int_equal(ld_ussd_command("", "text", "GSM", cmd, sizeof(cmd)), LD_E_SYNTAX);
	assert_int_equal(ld_ussd_command("*101#", "text", "GSM", cmd, 10), LD_E_TOOBIG);
}

static void test_answers(void **state)
{
	static const struct { const char *urc, *coding, *charset, *text; bool open; } cases[] = {
		{ " 0,\"TKC: 50.000d\r\nhet\",15", "text", "GSM", "TKC: 50.000d\nhet", false },
		{ " 1,\"0054004B0043003A00200031\",72", "text", "GSM", "TKC: 1", true },
		{ " 0,\"00540069006501BF006E\",17", "packed", "IRA", "Tieƿn", false },
		{ " 0,\"0031\",15", "text", "UCS2", "1", false },
		{ " 0,\"AA180C3602\",15", "packed", "IRA", "*100#", false },
		/* hexadecimal digits that are none */
		{ " 0,\"DEAD\",15", "text", "GSM", "DEAD", false },
		{ " 0,\"0054 TKC\",72", "text", "GSM", "0054 TKC", false },
		{ " 2", "text", "GSM", "", false },
		{ " 0,\"an \"inner\" quote\",15", "text", "GSM", "an \"inner\" quote", false },
	};
	char text[200];
	bool open;

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		if (ld_ussd_text(cases[i].urc, cases[i].coding, cases[i].charset, &open, text,
				 sizeof(text)) != 0)
			fail_msg("case %zu", i);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(open, cases[i].open);
	}
	assert_int_equal(ld_ussd_text("", "text", "GSM", &open, text, sizeof(text)), LD_E_SYNTAX);
	assert_int_equal(ld_ussd_text(" x", "text", "GSM", &open, text, sizeof(text)), LD_E_SYNTAX);
	assert_true(ld_ussd_text(" 0,\"too long\",15", "text", "GSM", &open, text, 4) < 0);
}

/* Whatever a modem says: bounded, and a text when it is taken. */
static void test_random(void **state)
{
	static const char *const codings[] = { "text", "packed", "ucs2" };
	uint64_t r = seed_start();

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char urc[400], text[64];
		size_t n = seed_below(&r, sizeof(urc) - 1);
		bool open;

		for (size_t k = 0; k < n; k++)
			urc[k] = seed_below(&r, 3) ? "0123456789ABCDEF\", "[seed_below(&r, 19)]
						   : (char)(1 + seed_below(&r, 255));
		urc[n] = 0;
		if (n)
			urc[0] = (char)('0' + seed_below(&r, 6));
		if (ld_ussd_text(urc, codings[seed_below(&r, 3)], seed_below(&r, 2) ? "UCS2" : "GSM",
				 &open, text, sizeof(text)) == 0)
			assert_true(strlen(text) < sizeof(text));
		ld_mask_line(urc, text, sizeof(text));
		assert_true(strlen(text) < sizeof(text));
	}
}

static void test_mask(void **state)
{
	static const struct { const char *line, *shown; } cases[] = {
		{ "+CLIP: \"0912345678\",129", "+CLIP: \"***678\",129" },
		{ "+CLIP: \"+84912345678\",145", "+CLIP: \"+***678\",145" },
		{ "861234567890123", "***123" },
		{ "AT+CPIN=\"1234\"", "AT+CPIN=[6]" },
		{ "at+cpin=\"1234\"", "AT+CPIN=[6]" },
		{ "0011000B914819325476F80000AA0AE8329BFD4697D9EC37", "[24 octets]" },
		{ "+CUSD: 0,\"TKC: 50000\",15", "+CUSD:[18]" },
		{ "AT+CMGS=23", "AT+CMGS=23" },
		{ "+CMGL: 1,0,,30", "+CMGL: 1,0,,30" },
		{ "\x1b[2Jred", ".[2Jred" },
	};
	char shown[64];

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		ld_mask_line(cases[i].line, shown, sizeof(shown));
		assert_string_equal(shown, cases[i].shown);
	}
}

static void test_numbers(void **state)
{
	char imei[16] = "";

	(void)state;
	assert_true(ld_find_imei("AT+CGSN\r\r\n861234567890123\r\n\r\nOK\r\n", imei));
	assert_string_equal(imei, "861234567890123");
	assert_true(ld_find_imei("+CGSN: \"861234567890124\"", imei));
	assert_string_equal(imei, "861234567890124");
	assert_false(ld_find_imei("8612345678901234567", imei));       /* a SIM's number */
	assert_false(ld_find_imei("$GPGGA,12345.678,", imei));
	assert_int_equal(ld_number_in(": SIM PIN,3,10,2,10,3", 3), 2);
	assert_int_equal(ld_number_in(": \"SC\",3,10", 1), 3);
	assert_int_equal(ld_number_in(": READY,,10", 3), -1);
	assert_int_equal(ld_number_in(": 99999999999", 1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_random), cmocka_unit_test(test_mask),
		cmocka_unit_test(test_numbers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
