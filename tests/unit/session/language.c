/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screens and messages in the language a learner chose; lessons keep theirs. */
#include "dialogue.h"

static struct world w;
static struct phone p;

static int setup(void **state)
{
	(void)state;
	phone_init(&p, &w, LD_CHAN_SMS);
	phone_enrolled(&p, "LUADAO");
	return 0;
}

static void by_message(void **state)
{
	(void)state;
	sms(&p, "ngôn ngữ en");
	expect(&p, "Screens and messages are in English now.");
	expect_facts(&p, "SET");
	assert_string_equal(p.who.reg[LD_REG_LANG].value, "en");
	sms(&p, "TIEP");
	expect(&p, "1/10 Nho 4 khong:");
	assert_non_null(strstr(heard(&p), "\nText 1, 2 or 3"));
	sms(&p, option(&p, "LUADAO", 1, true));
	expect(&p, "Right: Cup may.");
	sms(&p, "Tiếng Việt");
	expect(&p, "Tu nay nhan bang tieng Viet.");
	sms(&p, "TIEP");
	sms(&p, option(&p, "LUADAO", 2, false));
	expect(&p, "Chua dung, dap an: ");
}

static void by_screen(void **state)
{
	(void)state;
	dial(&p);
	type(&p, "ENGLISH");
	expect(&p, "Dinh Cong learns digital\n1.Lessons\n");
	assert_non_null(strstr(heard(&p), "\n0.Back 00.Home"));
	type(&p, "1");
	expect(&p, "Lessons\n1.Next lesson\n");
	cut(&p);
	dial(&p);
	expect(&p, "Last time you were at: Lessons.");
	type(&p, "2");
	type(&p, "language fr");
	expect(&p, "Not understood.");
	type(&p, "LANGUAGE VIETNAMESE");
	expect(&p, "Dinh Cong hoc so\n1.Hoc bai\n");
}

static void chosen_on_a_screen(void **state)
{
	(void)state;
	dial(&p);
	type(&p, "734");
	expect(&p, "Ngon ngu\n1.Tieng Viet\n2.English\n");
	type(&p, "2");
	expect_facts(&p, "SET");
	expect(&p, "Screens and messages are in English now.");
	type(&p, "00");
	expect(&p, "Dinh Cong learns digital\n1.Lessons\n");
	type(&p, "734");
	type(&p, "1");
	expect(&p, "Tu nay la tieng Viet.");
}

static void which_ones_there_are(void **state)
{
	static const char *const asks[] = { "NGON NGU", "NGON NGU FR", "language" };

	(void)state;
	for (unsigned i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
		sms(&p, asks[i]);
		expect(&p, "Chon ngon ngu: nhan NGON NGU VI hoac NGON NGU EN.");
		expect_facts(&p, "");
	}
}

/* Nothing about a stranger is kept, not even the language. */
static void strangers(void **state)
{
	(void)state;
	phone_init(&p, &w, LD_CHAN_SMS);
	sms(&p, "NGON NGU EN");
	expect(&p, "Lop hoc so");
	assert_int_equal(p.n_events[LD_EV_SET], 0);
}

/* Chosen on a board whose operator has since taken the language away. */
static void a_language_that_is_gone(void **state)
{
	(void)state;
	snprintf(p.who.reg[LD_REG_LANG].value, LD_VALUE_MAX, "km");
	p.who.reg[LD_REG_LANG].live.n = 1;
	p.who.reg[LD_REG_LANG].live.dot[0] = phone_dot(&p);
	dial(&p);
	expect(&p, "Dinh Cong hoc so\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(by_message, setup),
		cmocka_unit_test_setup(by_screen, setup),
		cmocka_unit_test_setup(chosen_on_a_screen, setup),
		cmocka_unit_test_setup(which_ones_there_are, setup),
		cmocka_unit_test_setup(strangers, setup),
		cmocka_unit_test_setup(a_language_that_is_gone, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
