/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several learners of one telephone, and words for the ward, as the engine sees them. */
#include "dialogue.h"

static struct world w;
static struct phone p;
static struct ld_person other;
static struct ld_session_others see;

static int sibling(void *arg, const struct ld_id *id, unsigned slot, struct ld_person *ret)
{
	(void)arg, (void)id;
	*ret = other;
	ret->slot = (uint8_t)slot;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	see = (struct ld_session_others){ .sibling = sibling };
	phone_init(&p, &w, LD_CHAN_SMS);
	p.others = &see;
	phone_enrolled(&p, "LUADAO");
	p.who.learns[0] = p.who.may_add = true;
	return 0;
}

static unsigned slot(void)
{
	bool adding;

	return ld_session_slot(p.blob, p.len, p.now_ms, &adding);
}

/* What the gateway loads for the next step. */
static void load(unsigned n, bool consented)
{
	p.who.slot = (uint8_t)n;
	p.who.consented = consented;
	p.who.n_courses = 0;
	memset(p.who.reg, 0, sizeof(p.who.reg));
	phone_identify(&p);
}

static void added_by_message(void **state)
{
	(void)state;
	sms(&p, "707");
	expect(&p, "Ai dang hoc?");
	sms(&p, "4");
	expect(&p, "Go ten goi nguoi moi");
	sms(&p, "Bà Lan");
	expect(&p, "Lop hoc so phuong");
	expect_facts(&p, "");
	assert_int_equal(slot(), 2);
	load(2, false);
	sms(&p, "1");
	expect_facts(&p, "CONSENT ENROL SET");
	assert_int_equal(p.out.facts[0].u.consent.slot, 2);
	assert_string_equal(p.out.name, "Bà Lan");
	expect(&p, "Ba Lan: 1/10 ");
	assert_int_equal(slot(), 2);
	sms(&p, "HV 2");                /* who learns already keeps her question */
	expect(&p, "Nay Nguoi 2 hoc");   /* the store knows her name, this test does not */
	sms(&p, "2");
	expect_facts(&p, "ANSWER");
}

/* With accents the question has pages: a word by text after its first one is no yes. */
static void added_after_the_whole_question(void **state)
{
	static const struct ld_register full = { .live = { .n = 1 }, .value = "full" };

	(void)state;
	p.who.reg[LD_REG_SCRIPT] = full;
	dial(&p);
	type(&p, "707");
	type(&p, "4");
	type(&p, "Bà Lan");
	load(2, false);
	p.who.reg[LD_REG_SCRIPT] = full;
	sms(&p, "DONGY");
	expect_facts(&p, "");
	sms(&p, "DONGY");
	expect_facts(&p, "CONSENT ENROL SET");
}

static void who_does_not_answer_is_not_added(void **state)
{
	(void)state;
	sms(&p, "707");
	sms(&p, "4");
	sms(&p, "Bà Lan");
	assert_int_equal(slot(), 2);
	p.now_ms += 2 * HOUR_MS;
	assert_int_equal(slot(), 1);
	sms(&p, "TIEP");
	expect(&p, "1/10 ");
	assert_int_equal(slot(), 1);
}

static void names(void **state)
{
	static const char *const bad[] = { "B", "Nguyễn Thị Phương Thảo", "Lan 2", "0912345678" };

	(void)state;
	dial(&p);
	type(&p, "707");
	type(&p, "4");
	for (size_t i = 0; i < 2; i++) {
		type(&p, bad[i]);
		expect(&p, "Chua ro ten.");
	}
	cut(&p);
	for (size_t i = 2; i < 4; i++) {
		dial(&p);
		type(&p, "00");
		type(&p, "707");
		type(&p, "4");
		type(&p, bad[i]);
		expect(&p, "Chua ro ten.");
		cut(&p);
	}
	assert_int_equal(slot(), 1);
}

static void no_room_or_not_here(void **state)
{
	(void)state;
	p.who.may_add = false;
	sms(&p, "707");
	sms(&p, "4");
	expect(&p, "Chua them duoc o day.");
	memset(p.who.learns, 1, sizeof(p.who.learns));
	p.who.may_add = true;
	sms(&p, "707");
	sms(&p, "4");
	expect(&p, "Nguoi 1: May nay da du 4 nguoi hoc.");
}

/* Huy is a name as well as a word that stops everything: one question, on either channel. */
static void called_huy(void **state)
{
	(void)state;
	for (unsigned live = 0; live < 2; live++) {
		for (unsigned name = 0; name < 2; name++) {
			setup(NULL);
			if (live)
				dial(&p);
			type(&p, "707");
			type(&p, "4");
			type(&p, "Huy");
			expect_facts(&p, "");
			expect(&p, "Huy la ten, hay muon thoi nhan tin?");
			type(&p, name ? "1" : "2");
			expect_facts(&p, name ? "" : "OPTOUT");
			expect(&p, name ? "Lop hoc so phuong" : "Da thoi gui");
			if (!name)
				continue;
			assert_int_equal(slot(), 2);
			p.who.slot = 2;
			p.who.consented = false;
			phone_identify(&p);
			type(&p, "1");
			assert_string_equal(p.out.name, "Huy");
		}
	}
}

/* What cannot be a name stops at once; a longer name is none of these words. */
static void a_name_with_huy(void **state)
{
	(void)state;
	sms(&p, "707");
	sms(&p, "4");
	sms(&p, "Huy Hoang");
	assert_int_equal(slot(), 2);
	setup(NULL);
	sms(&p, "707");
	sms(&p, "4");
	sms(&p, "huy dang ky");
	expect_facts(&p, "OPTOUT");
	setup(NULL);
	sms(&p, "707");
	sms(&p, "4");
	sms(&p, "huy");
	sms(&p, "huy");                 /* an answer to the question, too */
	expect_facts(&p, "OPTOUT");
}

/* The question of one is not answered by another; each has her own day of lessons. */
static void switching(void **state)
{
	(void)state;
	other = p.who;
	p.who.learns[1] = other.learns[1] = true;
	snprintf(p.who.called[1], LD_CALL_MAX, "Bà Lan");
	snprintf(other.called[1], LD_CALL_MAX, "Bà Lan");
	other.slot = 2;
	for (unsigned n = 1; n <= 5; n++) {
		sms(&p, "TIEP");
		sms(&p, option(&p, "LUADAO", n, true));
	}
	sms(&p, "TIEP");
	expect(&p, "Nguoi 1: Hom nay");
	sms(&p, "HV 2");
	expect(&p, "Nay Ba Lan hoc, khoa Chong lua dao.");
	assert_int_equal(slot(), 2);
	p.who = other;
	sms(&p, "TIEP");
	expect(&p, "Ba Lan: 1/10 ");
	sms(&p, "HV 1");
	sms(&p, "2");                   /* nothing is open for the first */
	expect_facts(&p, "");
	sms(&p, "HV 3");
	expect(&p, "Nguoi hoc tren may nay");
}

static void words_for_the_ward(void **state)
{
	(void)state;
	sms(&p, "Góp ý: đèn ngõ hỏng, gọi 0912 345 678");
	expect(&p, "Da nhan gop y.");
	expect_facts(&p, "FEEDBACK");
	assert_string_equal(p.out.facts[0].u.feedback.text, "đèn ngõ hỏng, gọi **** *** ***");
	sms(&p, "GOPY");
	expect(&p, "Nhan GOPY va noi dung.");
	expect_facts(&p, "");
	phone_init(&p, &w, LD_CHAN_SMS);
	sms(&p, "gop y den hong");      /* a stranger: nothing about her is kept */
	expect(&p, "Da nhan gop y.");
	expect_facts(&p, "");
}

/* Sunday: answered by Tuesday 17:00; asked once. */
static void what_is_stored_of_me(void **state)
{
	(void)state;
	sms(&p, "DU LIEU");
	expect(&p, "Da ghi yeu cau xem du lieu. Phuong tra loi cham nhat 24/11/2026");
	expect_facts(&p, "REQUEST");
	dial(&p);
	type(&p, "781");
	expect(&p, "Da ghi. Phuong tra loi cham nhat 24/11/2026.");
	expect_facts(&p, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(added_by_message, setup),
		cmocka_unit_test_setup(added_after_the_whole_question, setup),
		cmocka_unit_test_setup(who_does_not_answer_is_not_added, setup),
		cmocka_unit_test_setup(names, setup),
		cmocka_unit_test_setup(no_room_or_not_here, setup),
		cmocka_unit_test_setup(called_huy, setup),
		cmocka_unit_test_setup(a_name_with_huy, setup),
		cmocka_unit_test_setup(switching, setup),
		cmocka_unit_test_setup(words_for_the_ward, setup),
		cmocka_unit_test_setup(what_is_stored_of_me, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
