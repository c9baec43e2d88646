/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes unasked is the same as what is asked for; after long silence, who is it? */
#include "dialogue.h"

static struct world w;
static struct phone p;

static int setup(void **state)
{
	(void)state;
	phone_init(&p, &w, LD_CHAN_SMS);
	return 0;
}

static struct ld_session_env env_now(void)
{
	return (struct ld_session_env){ .content = w.content, .keys = &w.keys,
					.random = &w.random.random, .now_ms = p.now_ms,
					.time_trusted = true, .utc_offset_min = 420 };
}

static void unasked(enum ld_unasked what, const char *course, unsigned lesson)
{
	struct ld_session_env env = env_now();
	uint8_t blob[LD_SESSION_BLOB_MAX];
	size_t len = p.len;

	memcpy(blob, p.blob, len);
	ld_session_unasked(&env, &p.who, blob, len, what, course, lesson, &p.out, p.blob, &p.len);
	assert_int_equal(p.out.n_facts, 0);
	assert_false(p.out.has_reply);
	for (unsigned i = 0; i < p.out.n_sends; i++)
		check_send(&p, &p.out.sends[i]);
}

static void same_as_asked_for(void **state)
{
	char text[LD_TEXT_MAX];

	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "TIEP");
	memcpy(text, heard(&p), sizeof(text));
	setup(NULL);
	phone_enrolled(&p, "CAOTUOI");
	unasked(LD_UNASKED_LESSON, "CAOTUOI", 1);
	assert_string_equal(heard(&p), text);
	assert_string_equal(p.out.sends[0].what, "A CAOTUOI 1");
	assert_int_equal(p.out.sends[0].prio, LD_PRIO_LESSON);
	sms(&p, option(&p, "CAOTUOI", 1, true));
	expect(&p, "Dung roi: ");
	expect_facts(&p, "ANSWER");
}

static void closes_a_menu(void **state)
{
	struct ld_session_env env;
	struct ld_session_peek peek;

	(void)state;
	phone_enrolled(&p, "VNEID");
	sms(&p, "menu");
	unasked(LD_UNASKED_LESSON, "VNEID", 3);
	env = env_now();
	ld_session_peek(&env, &p.who, p.blob, p.len, &peek);
	assert_true(peek.asked);
	assert_int_equal(peek.asked_lesson, 3);
	assert_int_equal(peek.asked_ms, p.now_ms);
	assert_string_equal(peek.course->key, "VNEID");
	assert_int_equal(peek.open, (1 << 10) - 1);
	sms(&p, "1");
	expect_facts(&p, "ANSWER");
	assert_int_equal(p.last[LD_EV_ANSWER].u.answer.lesson, 3);
}

static void repetition(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	phone_answered(&p, "CAOTUOI", 1, 10, true);
	phone_answered(&p, "CAOTUOI", 4, 4, false);
	unasked(LD_UNASKED_REVIEW, "CAOTUOI", 4);
	expect(&p, "On lai: ");
	sms(&p, option(&p, "CAOTUOI", 4, true));
	expect(&p, "Dung roi. Chuc mung bac!");
	expect_facts(&p, "ANSWER COMPLETE");
}

static void reminder(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	unasked(LD_UNASKED_IDLE, "VNEID", 4);
	assert_string_equal(heard(&p), "P. Dinh Cong: bai 4 khoa VNeID dang cho. TIEP de hoc, NGHI tam nghi, "
			    "HUY thoi han. Khong phai nguoi hoc: NHAM.");
	sms(&p, "nham so roi");
	expect(&p, "Xin loi da lam phien.");
	expect_facts(&p, "CLOSE OPTOUT");
}

static void never_to_those_who_stopped(void **state)
{
	(void)state;
	unasked(LD_UNASKED_LESSON, "VNEID", 1);         /* never agreed */
	assert_int_equal(p.out.n_sends, 0);
	phone_enrolled(&p, "VNEID");
	sms(&p, "HUY");
	for (int what = LD_UNASKED_LESSON; what <= LD_UNASKED_IDLE; what++) {
		unasked(what, "VNEID", 1);
		assert_int_equal(p.out.n_sends, 0);
	}
	setup(NULL);
	phone_enrolled(&p, "VNEID");
	unasked(LD_UNASKED_LESSON, "VNEID", 60);        /* gone from the content */
	assert_int_equal(p.out.n_sends, 0);
	unasked(LD_UNASKED_LESSON, "XYZ", 1);
	assert_int_equal(p.out.n_sends, 0);
}

static void a_hundred_days(int days)
{
	setup(NULL);
	phone_enrolled(&p, "VNEID");
	phone_answered(&p, "VNEID", 1, 2, true);
	phone_course(&p, "VNEID")->last = ld_hlc_make(p.now_ms, 0, true);
	p.now_ms += days * DAY_MS;
}

static void still_the_same(void **state)
{
	(void)state;
	a_hundred_days(99);
	sms(&p, "DIEM");
	expect(&p, "VNeID: bai 2/10");
	a_hundred_days(100);
	sms(&p, "DIEM");
	expect(&p, "P. Dinh Cong: so nay con la nguoi hoc VNeID khong? 1 van hoc, 2 khong phai.");
	sms(&p, "DU LIEU");                             /* nothing personal before the answer */
	expect(&p, "P. Dinh Cong: so nay con la nguoi hoc");
	sms(&p, "201");
	expect(&p, "P. Dinh Cong: so nay con la nguoi hoc");
	sms(&p, "3");
	expect(&p, "Chua ro chon so nao");
	sms(&p, "1");
	expect_facts(&p, "SET");
	expect(&p, "3/10 ");                            /* where the last word led */
	p.now_ms += 99 * DAY_MS;
	sms(&p, "DIEM");
	expect(&p, "VNeID: bai 2/10");
}

/* The call itself is no answer to it, nor is hanging up. */
static void still_the_same_on_a_screen(void **state)
{
	(void)state;
	a_hundred_days(100);
	dial(&p);
	expect(&p, "Dinh Cong hoc so");
	type(&p, "2");
	expect(&p, "So nay con la nguoi hoc VNeID khong?");
	cut(&p);
	p.now_ms += DAY_MS;
	dial(&p);
	type(&p, "7");
	type(&p, "8");
	expect(&p, "So nay con la nguoi hoc VNeID khong?");
	type(&p, "1");
	expect_facts(&p, "SET");
	expect(&p, "Phuong luu: so may");
	type(&p, "00");
	type(&p, "2");
	expect(&p, "Da hoc 2 bai");
}

static void somebody_else_on_a_screen(void **state)
{
	(void)state;
	a_hundred_days(100);
	dial(&p);
	type(&p, "201");
	expect(&p, "So nay con la nguoi hoc VNeID khong?");
	type(&p, "2");
	expect(&p, "Xin loi da lam phien.");
	expect_facts(&p, "CLOSE");
	assert_int_equal(p.out.facts[0].u.close.why, LD_CLOSE_RECYCLED);
	assert_true(p.out.reply.end);
	dial(&p);
	expect(&p, "Lop hoc so phuong Dinh Cong");      /* a stranger again */
}

static void somebody_else_now(void **state)
{
	(void)state;
	a_hundred_days(150);
	sms(&p, "DIEM");
	sms(&p, "2");
	expect_facts(&p, "CLOSE");
	assert_int_equal(p.last[LD_EV_CLOSE].u.close.why, LD_CLOSE_RECYCLED);
	expect(&p, "Xin loi da lam phien.");
	sms(&p, "DIEM");                                /* a stranger like any other */
	expect(&p, "Lop hoc so phuong Dinh Cong");
	/* Who wants to stop is not asked anything before. */
	a_hundred_days(150);
	sms(&p, "HUY");
	expect(&p, "Da ngung gui moi tin");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(same_as_asked_for, setup),
		cmocka_unit_test_setup(closes_a_menu, setup),
		cmocka_unit_test_setup(repetition, setup),
		cmocka_unit_test_setup(reminder, setup),
		cmocka_unit_test_setup(never_to_those_who_stopped, setup),
		cmocka_unit_test_setup(still_the_same, setup),
		cmocka_unit_test_setup(still_the_same_on_a_screen, setup),
		cmocka_unit_test_setup(somebody_else_on_a_screen, setup),
		cmocka_unit_test_setup(somebody_else_now, setup),
	};
	int rc;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
