/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions with screens: the engine's keys, pages, mistakes, cut sessions, callers without number. */
#include "dialogue.h"

static struct world w;
static struct phone p;

static int setup(void **state)
{
	(void)state;
	phone_init(&p, &w, LD_CHAN_USSD);
	return 0;
}

static void learner(void)
{
	phone_enrolled(&p, "VNEID");
	dial(&p);
	expect(&p, "Dinh Cong hoc so\n1.Hoc bai");
}

static void back_home_and_good_bye(void **state)
{
	(void)state;
	learner();
	type(&p, "7");
	expect(&p, "Tai khoan\n");
	type(&p, "2");
	expect(&p, "Gio nhan tin\n");
	type(&p, "0");
	expect(&p, "Tai khoan\n");
	type(&p, "0");
	expect(&p, "Dinh Cong hoc so\n");
	type(&p, "7");
	type(&p, "3");
	type(&p, "00");
	expect(&p, "Dinh Cong hoc so\n");
	assert_false(p.out.reply.end);
	type(&p, "0");
	assert_true(p.out.reply.end);
	expect(&p, "Cam on anh chi. Hen gap lai.");
	/* A good-bye leaves nothing to resume. */
	dial(&p);
	expect(&p, "Dinh Cong hoc so\n");
}

static void results_are_not_entered_again(void **state)
{
	(void)state;
	learner();
	type(&p, "7");
	type(&p, "2");
	type(&p, "1");
	expect(&p, "Da dat gio nhan bai: 8 gio sang.\n0.Ve 00.Dau");
	expect_facts(&p, "SET");
	type(&p, "9");
	expect(&p, "Chua ro. Chon mot so");
	/* Back from the error shows the result from kept values, and sets nothing again. */
	type(&p, "0");
	expect(&p, "Da dat gio nhan bai: 8 gio sang.\n0.Ve 00.Dau");
	expect_facts(&p, "");
	type(&p, "0");
	expect(&p, "Gio nhan tin\n");
	expect_facts(&p, "");
	assert_int_equal(p.n_events[LD_EV_SET], 1);
}

static void three_tries(void **state)
{
	(void)state;
	learner();
	type(&p, "7");
	type(&p, "9");
	expect(&p, "Chua ro. Chon mot so");
	/* The keys of the screen below still work. */
	type(&p, "3");
	expect(&p, "Chu trong tin nhan\n");
	type(&p, "x");
	type(&p, "");
	expect(&p, "Chua ro. Chon mot so");
	type(&p, "*");
	expect(&p, "Thu 3 lan chua duoc. Khong sao ca.\n1.Nho nguoi giup");
	type(&p, "2");
	expect(&p, "Dinh Cong hoc so\n");
}

static void typed_numbers(void **state)
{
	(void)state;
	learner();
	type(&p, "701");
	expect(&p, "Nhap so to dan pho");
	type(&p, "0123");
	expect(&p, "Chua ro so to.");
	type(&p, "to 28");
	expect(&p, "Da doi sang to 28.");
	assert_string_equal(p.who.reg[LD_REG_TDP].value, "28");
	type(&p, "701");
	type(&p, "0x1");
	type(&p, "100");
	expect(&p, "Chua ro so to.");
	type(&p, "muoi hai");
	expect(&p, "Thu 3 lan chua duoc.");
	assert_int_equal(p.n_events[LD_EV_SET], 1);
}

static void resume_after_a_cut(void **state)
{
	(void)state;
	learner();
	type(&p, "7");
	cut(&p);
	p.now_ms += 23 * HOUR_MS;
	dial(&p);
	expect(&p, "Lan truoc dang o: Tai khoan.\n1.Vao cho do\n2.Trang chinh\n0.Ve 00.Dau");
	type(&p, "5");
	expect(&p, "Lan truoc dang o: Tai khoan.");
	type(&p, "1");
	expect(&p, "Tai khoan\n");
	/* The network does not tell of a hang-up: dialling again is one. */
	type(&p, "2");
	dial(&p);
	expect(&p, "Lan truoc dang o: Tai khoan.");
	type(&p, "2");
	expect(&p, "Dinh Cong hoc so\n");
	type(&p, "7");
	cut(&p);
	p.now_ms += 25 * HOUR_MS;
	dial(&p);
	expect(&p, "Dinh Cong hoc so\n");
}

/* Cut at the verdict: the rest of that lesson comes first, then the next one. */
static void resume_after_a_verdict(void **state)
{
	(void)state;
	learner();
	phone_answered(&p, "VNEID", 1, 2, true);
	type(&p, "201");
	type(&p, "1");
	type(&p, option(&p, "VNEID", 3, true));
	expect(&p, "Dung roi: ");
	cut(&p);
	dial(&p);
	expect(&p, "Lan truoc dang o: Bai 3 VNeID.");
	type(&p, "1");
	expect_facts(&p, "");
	assert_non_null(strstr(heard(&p), "\n1.Bai tiep theo"));
	assert_null(strstr(heard(&p), "4/10"));
	type(&p, "1");
	expect(&p, "4/10 ");
}

static void resume_in_a_lesson(void **state)
{
	(void)state;
	learner();
	phone_answered(&p, "VNEID", 1, 2, true);
	type(&p, "201");
	expect(&p, "3/10 Muc 1 tu dang ky.");
	type(&p, "1");
	expect(&p, "Lam muc 2 o dau?\n1.Tru so cong an");
	cut(&p);
	dial(&p);
	expect(&p, "Lan truoc dang o: Bai 3 VNeID.");
	type(&p, "1");
	expect(&p, "Lam muc 2 o dau?\n1.Tru so cong an");
	type(&p, "1");
	expect(&p, "Dung roi: Tru so cong an.\n1.Doc them\n2.Bai tiep theo");
	expect_facts(&p, "ANSWER");
	/* The question is open by message too, until it is answered somewhere. */
	type(&p, "2");
	expect(&p, "4/10 ");
	cut(&p);
	sms(&p, option(&p, "VNEID", 4, true));
	expect(&p, "Dung roi: The can cuoc. ");
	expect_facts(&p, "ANSWER");
}

static void lesson_by_screens(void **state)
{
	(void)state;
	learner();
	type(&p, "1");
	type(&p, "1");
	expect(&p, "Bai 1/10 khoa VNeID.\n1.Vao hoc luon\n2.Gui qua tin nhan");
	type(&p, "1");
	expect(&p, "1/10 So dinh danh co 12 so");
	type(&p, "1");
	type(&p, "dung");
	expect(&p, "Chua ro.");
	type(&p, "1");
	expect(&p, "Chua dung, dap an: Muoi hai so.\n1.Doc them");
	type(&p, "1");
	expect(&p, "Lam giay to, kham benh,");
	type(&p, "1");
	expect(&p, "2/10 ");
	/* Back skips verdicts. */
	type(&p, "0");
	expect(&p, "Bai 2/10 khoa VNeID.");
	type(&p, "2");
	expect(&p, "Da gui bai 2.");
	assert_int_equal(p.out.n_sends, 1);
	assert_string_equal(p.out.sends[0].what, "A VNEID 2");
}

static void pages_with_accents(void **state)
{
	char all[2048] = "", root[2048];

	(void)state;
	phone_enrolled(&p, "VNEID");
	snprintf(p.who.reg[LD_REG_SCRIPT].value, LD_VALUE_MAX, "full");
	dial(&p);
	assert_int_equal(p.out.reply.alphabet, LD_UCS2);
	for (unsigned n = 0; n < 5; n++) {
		char *nav;

		snprintf(root, sizeof(root), "%s", heard(&p));
		nav = strrchr(root, '\n');
		assert_non_null(nav);
		strncat(all, root, (size_t)(nav - root));
		if (!strstr(nav, "98.Tiếp"))
			break;
		strcat(all, "\n");
		type(&p, "98");
	}
	assert_string_equal(all, "Định Công học số\n1.Học bài\n2.Điểm\n3.Nhắc việc\n4.Khẩn cấp\n5.Nhờ giúp\n"
			    "6.Báo lừa đảo\n7.Tài khoản\n8.Đại sứ số");
	/* Beyond the last page there is nothing new; keys work on every page. */
	type(&p, "98");
	assert_string_equal(heard(&p), root);
	type(&p, "7");
	expect(&p, "Tài khoản\n1.Đổi tổ");
	type(&p, "9");
	type(&p, "0");
	expect(&p, "Tài khoản\n1.Đổi tổ");
}

static void codes_jump(void **state)
{
	(void)state;
	learner();
	type(&p, "603");
	expect(&p, "Ho lam dieu nao?");
	type(&p, "106");
	expect(&p, "Khoa Dung dien thoai: 10 bai");
	type(&p, "0");
	expect(&p, "Dinh Cong hoc so\n");
	type(&p, "999");
	expect(&p, "Chua ro.");
	phone_do(&p, LD_IN_BEGIN, "*123*604#");
	expect(&p, "Khong so. Khong tham.");
	phone_do(&p, LD_IN_BEGIN, "*123*60444444444444#");
	expect(&p, "Lan truoc");
}

static void strangers_see_consent_first(void **state)
{
	(void)state;
	dial(&p);
	expect(&p, "Lop hoc so phuong Dinh Cong, khong hoc phi.");
	expect_facts(&p, "INVITED");
	type(&p, "40");
	expect(&p, "Goi ngay, khong mat tien:");
	type(&p, "0");
	expect(&p, "Lop hoc so phuong Dinh Cong");
	type(&p, "101");
	expect(&p, "Lop hoc so phuong Dinh Cong");
	expect_facts(&p, "");
	type(&p, "DIEM");
	expect(&p, "Lop hoc so phuong Dinh Cong");
	type(&p, "ok");
	expect(&p, "Chua ro.");
	type(&p, "3");
	expect(&p, "Chi de day hoc va thong ke.");
	type(&p, "2");
	expect(&p, "Phuong khong luu va khong nhan gi.");
	assert_true(p.out.reply.end);
	expect_facts(&p, "REFUSED");
	assert_false(p.who.consented);
}

/* A digit must not agree to what was not shown. */
static void lost_state_is_no_consent(void **state)
{
	(void)state;
	dial(&p);
	p.len = 0;
	type(&p, "1");
	expect(&p, "Lop hoc so phuong Dinh Cong");
	assert_false(p.who.consented);
	type(&p, "1");
	assert_true(p.who.consented);
}

static void without_a_number(void **state)
{
	(void)state;
	memset(&p.who.msisdn, 0, sizeof(p.who.msisdn));
	dial(&p);
	expect(&p, "Dinh Cong hoc so\n");
	type(&p, "6");
	expect(&p, "Bao lua dao\n");
	type(&p, "4");
	expect(&p, "Khong so. Khong tham.");
	type(&p, "00");
	type(&p, "1");
	expect(&p, "Chua doc duoc so may.");
	assert_true(p.out.reply.end);
	assert_int_equal(p.len, 0);
	dial(&p);
	type(&p, "501");
	expect(&p, "Chua doc duoc so may.");
	dial(&p);
	type(&p, "dong y");
	assert_int_equal(p.out.n_facts, 0);
	type(&p, "huy");
	assert_int_equal(p.out.n_facts, 0);
	p.kind = LD_CHAN_SMS;
	type(&p, "hoc");
	expect_silence(&p);
	phone_do(&p, LD_IN_CALL, "");
	expect_silence(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(back_home_and_good_bye, setup),
		cmocka_unit_test_setup(results_are_not_entered_again, setup),
		cmocka_unit_test_setup(three_tries, setup),
		cmocka_unit_test_setup(typed_numbers, setup),
		cmocka_unit_test_setup(resume_after_a_cut, setup),
		cmocka_unit_test_setup(resume_after_a_verdict, setup),
		cmocka_unit_test_setup(resume_in_a_lesson, setup),
		cmocka_unit_test_setup(lesson_by_screens, setup),
		cmocka_unit_test_setup(pages_with_accents, setup),
		cmocka_unit_test_setup(codes_jump, setup),
		cmocka_unit_test_setup(strangers_see_consent_first, setup),
		cmocka_unit_test_setup(lost_state_is_no_consent, setup),
		cmocka_unit_test_setup(without_a_number, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
