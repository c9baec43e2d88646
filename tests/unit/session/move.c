/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One person over two telephones, as the engine sees them. */
#include "dialogue.h"

static struct world w;
static struct phone old, new;
static struct ld_session_others see;

static int move(void *arg, const char *code, struct ld_person *ret)
{
	(void)arg;
	if (strncmp(old.who.reg[LD_REG_MOVE].value, code, 6) != 0)
		return -1;
	*ret = old.who;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	see = (struct ld_session_others){ .move = move, .guesses = dialogue_guesses };
	phone_init(&old, &w, LD_CHAN_SMS);
	phone_init(&new, &w, LD_CHAN_SMS);
	memcpy(new.who.msisdn.digits, "84912345679", 12);
	phone_identify(&new);
	new.others = &see;
	phone_enrolled(&old, "VNEID");
	phone_answered(&old, "VNEID", 1, 4, true);
	snprintf(old.who.reg[LD_REG_TDP].value, LD_VALUE_MAX, "28");
	return 0;
}

static char code[8];
static const char *doi_so(void)
{
	static char text[24];

	sms(&old, "đổi số");
	expect(&old, "Ma doi so ");
	expect_facts(&old, "SET");
	snprintf(code, sizeof(code), "%.6s", old.who.reg[LD_REG_MOVE].value);
	snprintf(text, sizeof(text), "DOI SO %s", code);
	return text;
}

static unsigned count_same(const struct phone *p, bool foreign)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->out.n_facts; i++)
		n += p->out.facts[i].kind == LD_EV_SAME && (p->out.foreign >> i & 1) == foreign;
	return n;
}

/* A learner under both: settings of the new number stay, what is missing comes over. */
static void two_learners(void **state)
{
	const char *text = doi_so();

	(void)state;
	phone_enrolled(&new, "LUADAO");
	phone_answered(&new, "LUADAO", 1, 1, true);
	snprintf(new.who.reg[LD_REG_SCRIPT].value, LD_VALUE_MAX, "ascii");
	sms(&new, text);
	expect(&new, "Da noi voi so cu.");
	assert_int_equal(count_same(&new, false), 1);
	assert_int_equal(count_same(&new, true), 1);
	assert_true(ld_id_eq(&new.last[LD_EV_SAME].u.same.other, &old.who.s) ||
		    ld_id_eq(&new.last[LD_EV_SAME].u.same.other, &new.who.s));
	assert_string_equal(new.who.reg[LD_REG_TDP].value, "28");
	assert_string_equal(new.who.reg[LD_REG_COURSE].value, "VNEID");
}

/* Nothing about her is stored before she has agreed on this telephone. */
static void a_stranger_is_asked_first(void **state)
{
	const char *text = doi_so();

	(void)state;
	sms(&new, text);
	expect_facts(&new, "INVITED");
	expect(&new, "Lop hoc so phuong");
	sms(&new, "1");
	assert_int_equal(new.out.n_sends, 2);
	assert_string_equal(new.out.sends[0].what, "MOVE_OK");
	assert_string_equal(new.out.sends[1].what, "A VNEID 5");
	assert_int_equal(count_same(&new, false), 1);
	assert_string_equal(new.who.reg[LD_REG_COURSE].value, "VNEID");
}

static void wrong_old_and_spent(void **state)
{
	char text[24];

	(void)state;
	snprintf(text, sizeof(text), "%s", doi_so());
	phone_enrolled(&new, "LUADAO");
	old.who.reg[LD_REG_MOVE].value[0] ^= 1;
	sms(&new, text);
	expect(&new, "Ma doi so chua dung");
	old.who.reg[LD_REG_MOVE].value[0] ^= 1;
	new.now_ms += DAY_MS;
	sms(&new, text);
	expect(&new, "Ma doi so chua dung");
	expect_facts(&new, "");
	new.now_ms -= DAY_MS;
	sms(&new, text);
	expect(&new, "Da noi voi so cu.");
	/* One of the facts takes the code back. */
	assert_true(new.out.facts[new.out.n_facts - 1].kind == LD_EV_SET);
	assert_true(new.out.foreign >> (new.out.n_facts - 1) & 1);
	assert_string_equal(new.out.facts[new.out.n_facts - 1].u.set.value, "");
}

static void guessing_ends(void **state)
{
	char text[24];

	(void)state;
	snprintf(text, sizeof(text), "%s", doi_so());
	phone_enrolled(&new, "LUADAO");
	for (unsigned i = 0; i < 5; i++) {
		sms(&new, "DOI SO 000000");
		expect(&new, "Ma doi so chua dung");
	}
	sms(&new, text);
	expect(&new, "Ma doi so chua dung");
	expect_facts(&new, "");
	new.len = 0;                    /* the dialogue is lost */
	sms(&new, text);
	expect(&new, "Ma doi so chua dung");
	expect_facts(&new, "");
	new.now_ms += DAY_MS - HOUR_MS;
	sms(&new, text);
	expect(&new, "Da noi voi so cu.");
}

static void not_two_people(void **state)
{
	char text[24];

	(void)state;
	snprintf(text, sizeof(text), "%s", doi_so());
	old.others = &see;
	sms(&old, text);                /* with herself */
	expect(&old, "Ma doi so chua dung");
	expect_facts(&old, "");
	phone_enrolled(&new, "LUADAO");
	new.who.slot = 0;               /* a simulated one */
	sms(&new, text);
	expect_facts(&new, "");
}

static void on_screens(void **state)
{
	(void)state;
	dial(&old);
	type(&old, "775");
	type(&old, "1");
	expect(&old, "Ma ");
	type(&old, "0");
	type(&old, "1");                /* the same one while it holds */
	expect_facts(&old, "");
	snprintf(code, sizeof(code), "%.6s", old.who.reg[LD_REG_MOVE].value);
	phone_enrolled(&new, "LUADAO");
	dial(&new);
	type(&new, "7");
	type(&new, "7");
	type(&new, "5");
	type(&new, "2");
	type(&new, "999");
	expect(&new, "Ma chua dung hoac da het han.");
	type(&new, code);
	expect(&new, "Da noi voi so cu.");
	assert_int_equal(count_same(&new, true), 1);
}

static void join(struct phone *p)
{
	p->who.n_also = 1;
	p->who.also[0] = (struct ld_also){ old.who.s, old.who.p, 1 };
}

/* Erasing and stopping are hers, not her number's; a wrong number is not. */
static void rights_reach_all(void **state)
{
	char text[16];

	(void)state;
	phone_enrolled(&new, "LUADAO");
	join(&new);
	sms(&new, "HUY");
	expect_facts(&new, "OPTOUT OPTOUT");
	assert_true(ld_id_eq(&new.out.facts[1].subject, &old.who.p));
	setup(NULL);
	phone_enrolled(&new, "LUADAO");
	join(&new);
	sms(&new, "XOA");
	snprintf(text, sizeof(text), "XOA %.4s", strstr(heard(&new), "Nhan XOA ") + 9);
	sms(&new, text);
	expect_facts(&new, "CLOSE CLOSE");
	assert_true(ld_id_eq(&new.out.facts[1].u.close.s, &old.who.s));
	assert_true(ld_id_eq(&new.out.facts[1].subject, &old.who.p));
	setup(NULL);
	phone_enrolled(&new, "LUADAO");
	join(&new);
	sms(&new, "NHAM");
	expect_facts(&new, "CLOSE OPTOUT");
}

static void three_at_most(void **state)
{
	char text[24];

	(void)state;
	snprintf(text, sizeof(text), "%s", doi_so());
	old.who.n_also = 2;
	memset(old.who.also, 3, sizeof(old.who.also));
	old.who.also[1].s.b[0] = 4;
	phone_enrolled(&new, "LUADAO");
	sms(&new, text);
	expect(&new, "Ma doi so chua dung");
	old.who.n_also = 1;
	sms(&new, text);
	expect(&new, "Da noi voi so cu.");
	assert_int_equal(count_same(&new, false), 2);
	assert_int_equal(count_same(&new, true), 4);
}

/* The last written value is the only one: no second live dot until the next write. The course comes
 * over from the old number, and then the one she had asked for here takes its place. */
static void written_twice_in_one_step(void **state)
{
	char text[24];
	unsigned n = 0;

	(void)state;
	snprintf(text, sizeof(text), "%s", doi_so());
	sms(&new, "DK 4");
	sms(&new, text);
	sms(&new, "1");
	for (unsigned i = 0; i < new.out.n_facts; i++)
		n += new.out.facts[i].kind == LD_EV_SET &&
		     new.out.facts[i].u.set.reg == LD_REG_COURSE;
	assert_int_equal(n, 1);
	assert_string_equal(new.who.reg[LD_REG_COURSE].value, "LUADAO");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(two_learners, setup),
		cmocka_unit_test_setup(a_stranger_is_asked_first, setup),
		cmocka_unit_test_setup(wrong_old_and_spent, setup),
		cmocka_unit_test_setup(guessing_ends, setup),
		cmocka_unit_test_setup(not_two_people, setup),
		cmocka_unit_test_setup(on_screens, setup),
		cmocka_unit_test_setup(rights_reach_all, setup),
		cmocka_unit_test_setup(three_at_most, setup),
		cmocka_unit_test_setup(written_twice_in_one_step, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
