/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter: libgammu hears its replies and nothing else; what matters becomes an event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calls.h"
#include "pdu.h"
#include "urc.h"
#include "laido/base/err.h"
#include "seed.h"

static struct ld_urc urc;
static char heard[8192];                /* what libgammu got */
static char events[8192];

static void on_forward(void *arg, const char *octets, size_t len)
{
	(void)arg;
	if (strlen(heard) + len < sizeof(heard))
		strncat(heard, octets, len);
}

static void on_event(void *arg, enum ld_urc_event ev, const char *text, bool ok)
{
	size_t n = strlen(events);

	(void)arg;
	snprintf(events + n, sizeof(events) - n, "%d%s(%s)", ev, ok ? "" : "!", text);
}

static const struct ld_urc_ops ops = { on_forward, on_event };

static int setup(void **state)
{
	(void)state;
	heard[0] = events[0] = 0;
	ld_urc_init(&urc, &ops, NULL);
	return 0;
}

static void typed(const char *s) { ld_urc_typed(&urc, s, strlen(s)); }
static void modem(const char *s) { ld_urc_heard(&urc, s, strlen(s)); }

static const char *const noise[] = {
	"MISSED_CALL: 11:42AM 0912345678", "VOICE CALL: END: 000012", "+QIND: SMS DONE", "RDY",
	"*ECAV: 1,6,0", "^DSCI: 1,1,0", "+CIEV: 2,1", "PB DONE", "Call Ready", "$QCSQ: 5", "#X: 1",
	"+CMTI: \"SM\",3", "RING", "NO CARRIER", "+CREG: 2",
};

/* Between, before and inside replies: libgammu's view is the same. */
static void test_noise(void **state)
{
	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(noise); i++)
		for (int where = 0; where < 3; where++) {
			char line[128];

			setup(NULL);
			snprintf(line, sizeof(line), "\r\n%s\r\n", noise[i]);
			if (where == 0)
				modem(line);
			typed("AT+CPMS?\r");
			if (where == 1)
				modem(line);
			modem("AT+CPMS?\r");
			modem("\r\n+CPMS: \"SM\",1,50\r\n");
			if (where == 2)
				modem(line);
			modem("\r\nOK\r\n");
			assert_string_equal(heard, where == 0 ? "AT+CPMS?\r\n+CPMS: \"SM\",1,50\r\n\r\nOK\r\n"
					    : where == 1      ? "AT+CPMS?\r\n+CPMS: \"SM\",1,50\r\n\r\nOK\r\n"
							      : "AT+CPMS?\r\n+CPMS: \"SM\",1,50\r\n\r\n\r\nOK\r\n");
			assert_true(ld_urc_idle(&urc));
		}
}

static void test_plain_noise_before_echo(void **state)
{
	(void)state;
	typed("AT+CGMM\r");
	modem("\r\nwhat nobody knows\r\n");
	modem("AT+CGMM\r\r\nSIM7600E\r\n\r\nOK\r\n");
	assert_string_equal(heard, "AT+CGMM\r\nSIM7600E\r\n\r\nOK\r\n");
}

static void test_events(void **state)
{
	(void)state;
	modem("\r\n+CMTI: \"SM\",1\r\n");
	modem("\r\nRING\r\n\r\n+CLIP: \"84912345678\",145,,,,0\r\n\r\n+CLIP: \"0912\",129\r\n+CLIP: \"\",128\r\n");
	modem("MISSED_CALL: 11:42AM 0912345678\r\n");
	modem("\r\nNO CARRIER\r\nRDY\r\n");
	assert_string_equal(events, "0()2()3(+84912345678)3(0912)3()4(0912345678)5()6()");
	assert_string_equal(heard, "");
}

/* An operator's answer may have lines of its own; one that never ends takes nobody's reply. */
static void test_ussd(void **state)
{
	(void)state;
	typed("AT+CUSD=1,\"*101#\",15\r");
	modem("AT+CUSD=1,\"*101#\",15\r\r\nOK\r\n");
	modem("\r\n+CUSD: 0,\"TKC: 5.000d\r\nOK den 1/2\r\nhet\",15\r\n");
	assert_string_equal(events, "9( 0,\"TKC: 5.000d\r\nOK den 1/2\r\nhet\",15)");
	events[0] = heard[0] = 0;
	typed("AT+CUSD?\r");
	modem("AT+CUSD?\r\r\n+CUSD: 2\r\n\r\nOK\r\n");
	assert_string_equal(events, "9( 2)");
	assert_string_equal(heard, "AT+CUSD?\r\n\r\nOK\r\n");
	events[0] = heard[0] = 0;
	typed("AT+CSQ\r");
	modem("AT+CSQ\r\r\n+CUSD: 0,\"never ends\r\n+CSQ: 21,99\r\n\r\nOK\r\n");
	assert_string_equal(heard, "AT+CSQ\r\n+CSQ: 21,99\r\n\r\nOK\r\n");
	assert_string_equal(events, "9( 0,\"never ends)");
	typed("AT\r");
	modem("\r\n+CUSD: 0,\"never ends\r\nOK\r\n");
	assert_true(ld_urc_idle(&urc));
}

static void test_reports_and_silence(void **state)
{
	(void)state;
	modem("\r\n+CDSI: \"SR\",3\r\n\r\n+CDSI: \"SM\",3\r\n\r\n^SMMEMFULL: \"SM\"\r\n");
	assert_string_equal(events, "8()0()0()");
	ld_urc_silence(&urc, "NONSENSE\nPOWERED");
	typed("AT+CPMS?\r");
	modem("AT+CPMS?\r\r\nnonsense of the modem\r\nPOWERED DOWN\r\n+CPMS: \"SM\",1,50\r\n\r\nOK\r\n");
	assert_string_equal(heard, "AT+CPMS?\r\n+CPMS: \"SM\",1,50\r\n\r\nOK\r\n");
}

/* The same line answers a question and comes unasked. */
static void test_solicited(void **state)
{
	(void)state;
	typed("AT+CLIP?\r");
	modem("AT+CLIP?\r\r\n+CLIP: 1,1\r\n\r\nOK\r\n");
	assert_string_equal(events, "");
	assert_non_null(strstr(heard, "+CLIP: 1,1"));
	modem("OK\r\n");                                /* late: nobody asked */
	assert_int_equal(urc.dropped, 1);
}

static void test_submit(void **state)
{
	(void)state;
	typed("AT+CMGS=23\r");
	modem("AT+CMGS=23\r\r\n> ");
	assert_string_equal(heard, "AT+CMGS=23\r\n> ");
	typed("0011AT+X\r");
	assert_false(ld_urc_idle(&urc));
	assert_false(urc.submitted);
	typed("\x1a");
	assert_true(urc.submitted);
	modem("\r\n+CDS: 25\r\n0002050B914819325476F842113232323282421132323232820000\r\n");
	modem("\r\n+CMGS: 5\r\n\r\nOK\r\n");
	assert_true(ld_urc_idle(&urc));
	assert_non_null(strstr(heard, "+CMGS: 5\r\n"));
	assert_null(strstr(heard, "CDS"));
}

static void test_own_command(void **state)
{
	(void)state;
	assert_true(ld_urc_idle(&urc));
	ld_urc_own(&urc, "AT+CSQ");
	assert_false(ld_urc_idle(&urc));
	modem("AT+CSQ\r\r\n+CSQ: 21,99\r\n\r\n+CMTI: \"SM\",1\r\n\r\nOK\r\n");
	assert_string_equal(events, "0()7(+CSQ: 21,99\nOK)");
	assert_string_equal(heard, "");
	ld_urc_own(&urc, "AT+CHUP");
	modem("\r\n+CME ERROR: 3\r\n");
	assert_non_null(strstr(events, "7!(+CME ERROR: 3)"));
}

static void test_hostile(void **state)
{
	char line[3000];

	(void)state;
	typed("AT+CMGL=4\r");
	modem("AT+CMGL=4\r\r\n");
	memset(line, 'A', sizeof(line));
	ld_urc_heard(&urc, line, sizeof(line));         /* no end in sight */
	modem("\r\n");
	assert_string_equal(heard, "AT+CMGL=4\r\n");
	/* a user data header that claims 255 octets: replaced by something harmless */
	modem("+CMGL: 1,0,,20\r\n0044048112340008421132323232820AFF0301020102030405\r\n");
	modem("\r\nOK\r\n");
	assert_string_equal(heard, "AT+CMGL=4\r\n+CMGL: 1,0,,20\r\n" LD_PDU_HARMLESS "\r\n\r\nOK\r\n");
	modem("\r\n+CDS: 5\r\nnot hex\r\n");
	assert_string_equal(events, "");
	assert_int_equal(urc.damaged, 2);
}

/* Any octets in any pieces: bounded, and afterwards a command still works. */
static void test_random(void **state)
{
	uint64_t r = seed_start();
	static const char alphabet[] = "\r\n\x1b\x1a +AT>:\"CMGSRINGOKDEU0123,A";

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char buf[64];
		size_t n = seed_below(&r, sizeof(buf)) + 1;

		for (size_t k = 0; k < n; k++)
			buf[k] = alphabet[seed_below(&r, sizeof(alphabet))];
		heard[0] = events[0] = 0;
		if (seed_below(&r, 4) == 0)
			ld_urc_typed(&urc, buf, n);
		else
			ld_urc_heard(&urc, buf, n);
	}
	typed("\x1b\x1b\r");
	ld_urc_give_up(&urc);
	modem("\r\n\r\nOK\r\n\r\nOK\r\n");
	heard[0] = 0;
	typed("AT\r");
	modem("AT\r\r\nOK\r\n");
	assert_string_equal(heard, "AT\r\nOK\r\n");
}

static void test_pdu(void **state)
{
	/* what is not fit for libgammu, each for one reason */
	static const struct { const char *hex; bool sane; } cases[] = {
		{ LD_PDU_HARMLESS, true },
		{ "000404811234000042113232323282051234567800", true },
		{ "000404811234000042113232323282A1", false },                /* 161 septets */
		{ "0004048112340008421132323232828D", false },                /* 141 octets */
		{ "00040481123400084211323232328203", false },                /* data missing */
		{ "004404811234000842113232323282030200", false },            /* header of 2 in 3? cut */
		{ "00440481123400084211323232328203020102", true },
		{ "00440481123400084211323232328203030102", false },          /* header longer than data */
		{ "0004FF811234", false },                                    /* address of 255 digits */
		{ "0D91", false }, { "00", false }, { "", false }, { "0003", false },
		{ "0002050B914819325476F84211323232328242113232323282", false },
		{ "0002050B914819325476F8421132323232824211323232328200", true },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		uint8_t pdu[LD_PDU_MAX];
		int n = ld_pdu_from_hex(cases[i].hex, strlen(cases[i].hex), pdu, sizeof(pdu));

		assert_true(n >= 0);
		if (ld_pdu_sane(pdu, (size_t)n) != cases[i].sane)
			fail_msg("case %zu: %s", i, cases[i].hex);
	}
}

static void test_calls(void **state)
{
	struct ld_calls c = { 0 };

	(void)state;
	assert_false(ld_calls_feed(&c, LD_URC_RING, "", 1000));
	assert_true(ld_calls_feed(&c, LD_URC_CLIP, "0912345678", 1100));
	assert_string_equal(c.number, "0912345678");
	assert_true(c.hang_up);
	assert_false(ld_calls_feed(&c, LD_URC_RING, "", 3000));         /* the same call */
	assert_false(ld_calls_feed(&c, LD_URC_CALL_END, "", 3500));
	assert_false(c.hang_up);
	assert_false(ld_calls_feed(&c, LD_URC_MISSED, "0912345678", 4000));
	assert_true(ld_calls_feed(&c, LD_URC_MISSED, "0987", 4100));    /* another one */
	assert_true(ld_calls_feed(&c, LD_URC_CLIP, "0912345678", 60000));
	assert_false(ld_calls_feed(&c, LD_URC_CALL_END, "", 60100));
	/* some modems do not say that a call is over: she calls again at once */
	assert_true(ld_calls_feed(&c, LD_URC_CLIP, "0912345678", 70000));
	assert_false(ld_calls_feed(&c, LD_URC_CLIP, "0912345678", 72000));
	c.hang_up = false;
	assert_true(ld_calls_feed(&c, LD_URC_CLIP, "0912345678", 73000));
	assert_true(c.hang_up);
	assert_false(ld_calls_feed(&c, LD_URC_CALL_END, "", 73100));
	/* withheld: told after 3 s without a number */
	assert_false(ld_calls_feed(&c, LD_URC_RING, "", 90000));
	assert_false(ld_calls_feed(&c, LD_URC_OWN_DONE, "", 92000));
	assert_true(ld_calls_feed(&c, LD_URC_OWN_DONE, "", 93100));
	assert_string_equal(c.number, "");
	assert_true(c.hang_up);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_noise, setup),
		cmocka_unit_test_setup(test_plain_noise_before_echo, setup),
		cmocka_unit_test_setup(test_events, setup), cmocka_unit_test_setup(test_solicited, setup),
		cmocka_unit_test_setup(test_submit, setup), cmocka_unit_test_setup(test_own_command, setup),
		cmocka_unit_test_setup(test_ussd, setup),
		cmocka_unit_test_setup(test_reports_and_silence, setup),
		cmocka_unit_test_setup(test_hostile, setup), cmocka_unit_test_setup(test_random, setup),
		cmocka_unit_test(test_pdu), cmocka_unit_test(test_calls),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
