/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Learning by message: order of lessons, limit, review, results, repeats, rest, settings, help. */
#include "dialogue.h"

static struct world w, reviewed_only;
static struct phone p;

static int setup(void **state)
{
	(void)state;
	phone_init(&p, &w, LD_CHAN_SMS);
	return 0;
}

static void answer(const char *course, unsigned n, bool right)
{
	sms(&p, option(&p, course, n, right));
}

static void one_lesson_after_the_other(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "TIEP");
	expect(&p, "1/10 Phim xanh");
	assert_non_null(strstr(heard(&p), "\nNhan 1, 2 hoac 3"));
	assert_string_equal(p.out.sends[0].what, "A CAOTUOI 1");
	sms(&p, "tiep");
	expect(&p, "1/10 Phim xanh");
	answer("CAOTUOI", 1, false);
	expect(&p, "Chua dung, dap an: Phim xanh. ");
	expect_facts(&p, "ANSWER");
	assert_false(p.last[LD_EV_ANSWER].u.answer.right);
	/* The question is closed. */
	sms(&p, "2");
	expect(&p, "Chua co cau hoi nao dang mo.");
	sms(&p, "2");
	expect_silence(&p);
	sms(&p, "tiep nhe");
	expect(&p, "2/10 Co tin nhan");
	assert_null(strstr(heard(&p), "Nhan 1, 2 hoac 3"));
}

static void five_lessons_a_day(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	for (unsigned n = 1; n <= 5; n++) {
		sms(&p, "TIEP");
		answer("CAOTUOI", n, true);
	}
	sms(&p, "TIEP");
	expect(&p, "Hom nay bac da hoc 5 bai, rat tot.");
	dial(&p);
	type(&p, "201");
	expect(&p, "Hom nay da hoc 5 bai, rat tot.");
	/* Until midnight in Hanoi, not in Greenwich. */
	p.now_ms = START_MS + 14 * HOUR_MS - 1;
	sms(&p, "TIEP");
	expect(&p, "Hom nay");
	p.now_ms++;
	sms(&p, "TIEP");
	expect(&p, "6/10 ");
}

static void course_passed_at_once(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	phone_answered(&p, "CAOTUOI", 1, 9, true);
	sms(&p, "TIEP");
	answer("CAOTUOI", 10, true);
	expect_facts(&p, "ANSWER COMPLETE");
	assert_int_equal(p.last[LD_EV_COMPLETE].u.complete.score, 10);
	assert_int_equal(p.out.n_sends, 2);
	assert_null(strstr(p.out.sends[0].text, "TIEP"));
	assert_non_null(strstr(p.out.sends[1].text, "Chuc mung bac! Xong Dung dien thoai, dung 10/10."));
	assert_string_equal(p.out.sends[1].what, "COURSE_DONE");
	/* Only once; then another course is offered. */
	sms(&p, "TIEP");
	expect(&p, "Chon khoa:");
	sms(&p, "DIEM");
	expect(&p, "Dung dien thoai: bai 10/10, dung 10 cau.");
	sms(&p, "LAI");
	expect(&p, "10/10 ");
	answer("CAOTUOI", 10, false);
	expect(&p, "Chua dung");
	expect_facts(&p, "ANSWER");
	dial(&p);
	type(&p, "202");
	expect(&p, "Ma hoc xong Dung dien thoai: 46");
}

static void reviews_then_pass(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	phone_answered(&p, "CAOTUOI", 1, 8, true);
	phone_answered(&p, "CAOTUOI", 2, 3, false);
	phone_answered(&p, "CAOTUOI", 9, 9, true);
	sms(&p, "TIEP");
	answer("CAOTUOI", 10, true);
	assert_int_equal(p.out.n_sends, 1);
	assert_non_null(strstr(heard(&p), "Bai sau: TIEP"));
	sms(&p, "TIEP");
	expect(&p, "On lai: Hinh phong bi");
	answer("CAOTUOI", 2, false);
	expect(&p, "Chua dung, dap an: Tin nhan moi. On lai: Tra loi bai");
	answer("CAOTUOI", 3, true);
	expect(&p, "Dung roi. Chuc mung bac! Xong Dung dien thoai, dung 9/10.");
	expect_facts(&p, "ANSWER COMPLETE");
}

static void reviews_then_fail_then_again(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	phone_answered(&p, "CAOTUOI", 1, 10, true);
	phone_answered(&p, "CAOTUOI", 1, 4, false);
	sms(&p, "TIEP");
	for (unsigned n = 1; n <= 4; n++)
		answer("CAOTUOI", n, false);
	expect(&p, "Chua dung, dap an: Bam *101#. Da hoc het Dung dien thoai, dung 6/10, con 1 cau nua");
	expect_facts(&p, "ANSWER");
	sms(&p, "TIEP");
	expect(&p, "Da hoc het");
	sms(&p, "LAI");
	expect(&p, "On lai: Phim nao");
	answer("CAOTUOI", 1, true);
	/* 7 of 10 would do, but the round goes on to its end. */
	expect(&p, "Dung roi. On lai:");
	expect_facts(&p, "ANSWER");
	for (unsigned n = 2; n <= 4; n++)
		answer("CAOTUOI", n, true);
	expect(&p, "Dung roi. Chuc mung bac!");
	assert_int_equal(p.n_events[LD_EV_COMPLETE], 1);
	assert_int_equal(p.last[LD_EV_COMPLETE].u.complete.score, 10);
}

static void review_by_screens(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	phone_answered(&p, "CAOTUOI", 1, 10, true);
	phone_answered(&p, "CAOTUOI", 1, 4, false);
	dial(&p);
	type(&p, "203");
	expect(&p, "Con 4 cau can on.");
	type(&p, "1");
	expect(&p, "Phim nao de nghe may?");
	for (unsigned n = 1; n <= 4; n++) {
		type(&p, option(&p, "CAOTUOI", n, n == 1));
		expect(&p, n == 1 ? "Dung roi:" : "Chua dung, dap an:");
		type(&p, "2");
		if (n < 4)
			type(&p, "1");
	}
	expect(&p, "Hoc xong Dung dien thoai, dung 7/10 cau.");
	assert_int_equal(p.n_events[LD_EV_COMPLETE], 1);
	type(&p, "1");
	expect(&p, "Ma hoc xong Dung dien thoai: 46");
}

static void old_question_is_asked_again(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "TIEP");
	p.now_ms += 48 * HOUR_MS + 1;
	answer("CAOTUOI", 1, true);
	expect(&p, "1/10 Phim xanh");
	expect_facts(&p, "");
	answer("CAOTUOI", 1, true);
	expect_facts(&p, "ANSWER");
}

static void unclear_once_per_question(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "TIEP");
	sms(&p, "4");
	expect(&p, "Chua ro chon so nao.");
	sms(&p, "12");
	expect_silence(&p);
	sms(&p, ".");
	expect_silence(&p);
	answer("CAOTUOI", 1, true);
	sms(&p, "TIEP");
	sms(&p, "");
	expect(&p, "Chua ro chon so nao.");
}

static void enrolling_by_name(void **state)
{
	static const char *const ways[] = { "dk 4", "DK LUADAO", "đăng ký lừa đảo", "DANG KY 4",
					    "dang ky khoa chong lua dao" };

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(ways); i++) {
		setup(NULL);
		phone_enrolled(&p, "CAOTUOI");
		sms(&p, ways[i]);
		expect(&p, "1/10 Nho 4 khong:");
		expect_facts(&p, "ENROL SET");
		assert_string_equal(p.who.reg[LD_REG_COURSE].value, "LUADAO");
	}
	answer("LUADAO", 1, true);
	sms(&p, "dk 4");
	expect(&p, "Dang hoc Chong lua dao, bai 1/10.");
	expect_facts(&p, "");
	sms(&p, "dk 6");
	expect(&p, "1/10 Phim xanh");
	expect_facts(&p, "SET");
	sms(&p, "dk 9");
	expect(&p, "Chon khoa:");
	sms(&p, "dk");
	expect(&p, "Chon khoa:");
	dial(&p);
	type(&p, "dk 2");
	expect(&p, "Da dang ky VNeID. Bai 1 dang gui qua tin nhan.");
	assert_string_equal(p.out.sends[0].what, "A VNEID 1");
}

/* Pupils learn with a guardian's consent only; no way of asking may get around it. */
static void no_pupil_without_guardian(void **state)
{
	static const char *const ways[] = { "DK 7", "DK HOCSINH", "dk khoa hoc sinh" };

	(void)state;
	phone_enrolled(&p, "LUADAO");
	for (unsigned i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		sms(&p, ways[i]);
		assert_int_equal(p.n_events[LD_EV_ENROL], 0);
		dial(&p);
		type(&p, ways[i]);
		assert_int_equal(p.n_events[LD_EV_ENROL], 0);
		cut(&p);
	}
	setup(NULL);
	snprintf(p.who.invited_course, sizeof(p.who.invited_course), "HOCSINH");
	sms(&p, "HOC");
	sms(&p, "1");
	assert_int_equal(p.n_events[LD_EV_CONSENT], 1);
	assert_int_equal(p.n_events[LD_EV_ENROL], 0);
}

static void resting(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "nghi");
	expect(&p, "Da tam nghi, khong gui bai nua.");
	assert_string_equal(p.who.reg[LD_REG_REST].value, "0");
	dial(&p);
	type(&p, "201");
	expect(&p, "Dang tam nghi");
	type(&p, "1");
	expect(&p, "1/10 Phim xanh");
	assert_string_equal(p.who.reg[LD_REG_REST].value, "");
	type(&p, "704");
	type(&p, "1");
	assert_int_equal(atoll(p.who.reg[LD_REG_REST].value), p.now_ms + 7 * DAY_MS);
	sms(&p, "TIEP");
	expect(&p, "1/10 Phim xanh");
	expect_facts(&p, "SET");
	sms(&p, "TIEP");
	expect_facts(&p, "");
}

static void missed_calls(void **state)
{
	(void)state;
	p.kind = LD_CHAN_CALL;
	phone_do(&p, LD_IN_CALL, "");
	expect(&p, "So nay vua nhay may lop hoc so");
	expect_facts(&p, "INVITED");
	for (unsigned day = 0; day < 7; day++) {
		phone_do(&p, LD_IN_CALL, "");
		expect_silence(&p);
		p.now_ms += DAY_MS;
	}
	phone_do(&p, LD_IN_CALL, "");
	expect(&p, "So nay vua nhay may");
	sms(&p, "1");
	expect(&p, "1/10 Nho 4 khong");
	sms(&p, "nghi");
	phone_do(&p, LD_IN_CALL, "");
	expect(&p, "1/10 Nho 4 khong");
	expect_facts(&p, "SET");
	sms(&p, "stop");
	phone_do(&p, LD_IN_CALL, "");
	expect_silence(&p);
}

static void settings(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "gio 8");
	expect(&p, "Da dat gio nhan bai: 8 gio sang.");
	assert_string_equal(p.who.reg[LD_REG_HOUR].value, "8");
	sms(&p, "gio 9");
	expect(&p, "Nhan bai luc nao?");
	dial(&p);
	type(&p, "gio 9");
	expect(&p, "Gio nhan tin\n");
	type(&p, "733");
	expect(&p, "Goi the nao cho phai?");
	type(&p, "4");
	expect(&p, "Da ghi cach xung ho. Cam on cu.");
	type(&p, "733");
	type(&p, "5");
	expect(&p, "Da ghi cach xung ho. Cam on.");
	/* No address is a choice: the course's default does not come back. */
	type(&p, "0");
	type(&p, "00");
	type(&p, "0");
	expect(&p, "Cam on. Hen gap lai.");
	dial(&p);
	type(&p, "732");
	expect(&p, "Đã đổi chữ trong tin nhắn.");
	sms(&p, "DIEM");
	expect(&p, "Dùng điện thoại: bài 0/10, đúng 0 câu.");
	assert_int_equal(p.out.sends[0].alphabet, LD_UCS2);
	dial(&p);
	type(&p, "708");
	expect(&p, "Phường lưu: số máy, tổ chưa có, 1");
	type(&p, "731");
	expect(&p, "Da doi chu trong tin nhan.");
}

static void menu_by_message(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "menu");
	assert_string_equal(heard(&p), "Dinh Cong hoc so\n1.Hoc bai\n2.Diem\n3.Nhac viec\n4.Khan cap\n5.Nho giup\n"
			    "6.Bao lua dao\n7.Tai khoan\n8.Dai su so");
	sms(&p, "7");
	expect(&p, "Tai khoan\n");
	sms(&p, "9");
	expect(&p, "Chua ro chon so nao.");
	sms(&p, "1");
	expect(&p, "Nhap so to dan pho");
	sms(&p, "tổ 140");
	expect(&p, "Chua ro so to.");
	sms(&p, "tổ 14");
	expect(&p, "Da doi sang to 14.");
	sms(&p, "101");
	expect(&p, "Bai 1/10 khoa Dung dien thoai.");
	sms(&p, "so 1");
	expect(&p, "1/10 Phim xanh");
	answer("CAOTUOI", 1, true);
	expect_facts(&p, "ANSWER");
	sms(&p, "139");
	expect(&p, "Khong co muc so nay.");
	sms(&p, "604");
	expect(&p, "Khong so. Khong tham.");
	sms(&p, "702");
	p.now_ms += 48 * HOUR_MS + 1;
	sms(&p, "4");
	expect(&p, "Gio nhan tin\n");
	sms(&p, "4");
	expect(&p, "Da dat gio nhan bai: 7 gio toi.");
	sms(&p, "201");
	expect(&p, "2/10 ");
}

static void help_by_a_person(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	w.random.n = w.random.next = 0;
	w.random.value[w.random.n++] = 15;      /* 115 */
	w.random.value[w.random.n++] = 56;      /* 156 */
	w.random.value[w.random.n++] = 372;
	sms(&p, "giup toi voi, may 0912 345 678 hong 12 hom");
	/* On a Sunday: Monday at five. */
	expect(&p, "Phuong goi cham nhat 17:00 23/11. Nguoi goi phai noi truoc ma hen 472.");
	expect_facts(&p, "HELP");
	assert_string_equal(p.last[LD_EV_HELP].u.help.text,
			    "giup toi voi, may **** *** *** hong 12 hom");
	sms(&p, "giup");
	expect(&p, "Phuong goi cham nhat 17:00 23/11. Nguoi goi phai noi truoc ma hen 472.");
	expect_facts(&p, "");
	dial(&p);
	type(&p, "501");
	expect(&p, "Da ghi, goi cham nhat 17:00 23/11. Ma hen 472.");
	type(&p, "1");
	expect(&p, "Da bo yeu cau.");
	assert_true(p.last[LD_EV_HELP].u.help.withdrawn);
	p.now_ms += 5 * DAY_MS;                 /* Friday */
	sms(&p, "giup");
	assert_non_null(strstr(heard(&p), "17:00 30/11"));
}

static void words_not_understood(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "toi hoi so 0912345678 cua ai");
	expect(&p, "May chua hieu tin nay.");
	assert_string_equal(p.out.note, "not understood: toi hoi so ********** cua ai");
	sms(&p, "");
	expect_silence(&p);
	p.now_ms += DAY_MS;
	sms(&p, "");
	expect(&p, "May chua hieu tin nay.");
	sms(&p, "tien");                        /* one letter off TIEP */
	expect(&p, "1/10 Phim xanh");
	sms(&p, "999");
	expect(&p, "Khong co muc so nay.");
	sms(&p, "998");
	expect_silence(&p);
}

/* Lessons that nobody reviewed are not sent, and nobody fails for it. */
static void unreviewed_lessons(void **state)
{
	const struct ld_course *c = ld_content_course(reviewed_only.content, "VNEID");
	unsigned sent = 0;

	(void)state;
	phone_init(&p, &reviewed_only, LD_CHAN_SMS);
	phone_enrolled(&p, "VNEID");
	for (unsigned n = 1; n <= c->n_lessons; n++) {
		char what[24];

		if (!c->lessons[n - 1].sendable)
			continue;
		p.now_ms += DAY_MS;
		sms(&p, "TIEP");
		snprintf(what, sizeof(what), "A VNEID %u", n);
		assert_string_equal(p.out.sends[0].what, what);
		sms(&p, option(&p, "VNEID", n, true));
		sent++;
	}
	assert_in_range(sent, 1, c->n_lessons - 1);
	assert_int_equal(p.n_events[LD_EV_COMPLETE], 1);
	assert_int_equal(p.last[LD_EV_COMPLETE].u.complete.total, sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_lesson_after_the_other, setup),
		cmocka_unit_test_setup(five_lessons_a_day, setup),
		cmocka_unit_test_setup(course_passed_at_once, setup),
		cmocka_unit_test_setup(reviews_then_pass, setup),
		cmocka_unit_test_setup(reviews_then_fail_then_again, setup),
		cmocka_unit_test_setup(review_by_screens, setup),
		cmocka_unit_test_setup(old_question_is_asked_again, setup),
		cmocka_unit_test_setup(unclear_once_per_question, setup),
		cmocka_unit_test_setup(enrolling_by_name, setup),
		cmocka_unit_test_setup(no_pupil_without_guardian, setup),
		cmocka_unit_test_setup(resting, setup),
		cmocka_unit_test_setup(missed_calls, setup),
		cmocka_unit_test_setup(settings, setup),
		cmocka_unit_test_setup(menu_by_message, setup),
		cmocka_unit_test_setup(help_by_a_person, setup),
		cmocka_unit_test_setup(words_not_understood, setup),
		cmocka_unit_test_setup(unreviewed_lessons, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0 || world_open(&reviewed_only, false, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	world_close(&reviewed_only);
	return rc;
}
