/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ambassadors and group heads: whom they may ask, what a PIN guards, what they may see. */
#include "town.h"

static struct world w;
static struct town t;
static struct phone p;

static int fresh(void **state)
{
	(void)state;
	town_init(&t, &w);
	phone_init(&p, &w, LD_CHAN_USSD);
	return 0;
}

static void no_invitation(void)
{
	assert_int_equal(p.out.n_facts, 0);
	for (unsigned i = 0; i < p.out.n_sends; i++)
		assert_string_equal(p.out.sends[i].to.digits, "");
}

static void invitation_by_message(void **state)
{
	const struct ld_session_send *m = &p.out.sends[0];
	const struct ld_fact *f = &p.out.facts[0];

	(void)state;
	town_appoint(&t, &p, LD_DUTY_AMBASSADOR);
	snprintf(p.who.reg[LD_REG_SCRIPT].value, LD_VALUE_MAX, "full");
	sms(&p, "gt 0912 345 679");
	expect_facts(&p, "INVITED");
	assert_int_equal(p.out.foreign, 1);
	assert_memory_equal(&f->subject, &t.stranger.p, sizeof(f->subject));
	assert_memory_equal(&f->u.invited.by, &p.who.p, sizeof(p.who.p));
	assert_string_equal(f->u.invited.course, "LUADAO");
	assert_int_equal(f->u.invited.tdp, 28);
	assert_int_equal(p.out.n_sends, 2);
	assert_string_equal(m->to.digits, "84912345679");
	assert_true(m->asks_consent);
	/* Her own letters are hers: the other's telephone gets plain ones. */
	assert_int_equal(m->alphabet, LD_GSM7);
	assert_string_equal(m->text, "Nguyen Minh Quang moi hoc lop so P. Dinh Cong. Khong hoc phi, "
			    "tin gui di tinh cuoc. Phuong luu so may, to, diem. 1 dong y, 2 khong. "
			    "Hoi 024 3000 0000");
	assert_string_equal(p.out.sends[1].to.digits, "");
	assert_string_equal(p.out.sends[1].what, "AMB_OK");
}

/* An operator's list: the same rules, no name in the text. */
static void invitation_by_operator(void **state)
{
	struct ld_session_env env = { .content = w.content, .keys = &w.keys, .now_ms = START_MS,
				      .random = &w.random.random, .utc_offset_min = 420 };
	static struct ld_outcome out;

	(void)state;
	assert_null(ld_session_invite(&env, &t.stranger, "CAOTUOI", 14, &out));
	assert_int_equal(out.n_facts, 1);
	assert_int_equal(out.facts[0].u.invited.channel, LD_CHAN_OPERATOR);
	assert_int_equal(out.facts[0].u.invited.tdp, 14);
	assert_true(ld_id_is_zero(&out.facts[0].u.invited.by));
	assert_memory_equal(&out.facts[0].subject, &t.stranger.p, sizeof(t.stranger.p));
	assert_int_equal(out.n_sends, 1);
	assert_string_equal(out.sends[0].what, "CONSENT_ASK");
	assert_string_equal(out.sends[0].to.digits, t.stranger.msisdn.digits);
	assert_non_null(ld_session_invite(&env, &t.stranger, "HOCSINH", 14, &out));
	assert_non_null(ld_session_invite(&env, &t.stranger, "KHONG", 14, &out));
	t.stranger.refused = true;
	assert_string_equal(ld_session_invite(&env, &t.stranger, "", 14, &out), "said no");
	assert_int_equal(out.n_facts + out.n_sends, 0);
}

/* One text whatever the reason, and nothing written: it must not tell who learns. */
static void refusals_sound_alike(void **state)
{
	const struct ld_person asked = t.stranger;

	(void)state;
	sms(&p, "GT " TOWN_STRANGER);
	expect(&p, "Chua gui duoc loi moi cho so nay.");
	no_invitation();
	town_appoint(&t, &p, LD_DUTY_HEAD);
	sms(&p, "GT " TOWN_STRANGER);
	expect(&p, "Chua gui duoc loi moi");
	town_appoint(&t, &p, LD_DUTY_AMBASSADOR);
	sms(&p, "GT " TOWN_LEARNER);
	expect(&p, "Chua gui duoc loi moi");
	no_invitation();
	sms(&p, "GT 0212345678");
	expect(&p, "Chua gui duoc loi moi");
	for (unsigned i = 0; i < 5; i++) {
		t.stranger = asked;
		t.stranger.refused = i == 0;
		t.stranger.optouts.n = i == 1;
		t.stranger.invitation_ms = i == 2 ? p.now_ms - 364 * DAY_MS : 0;
		t.stranger.epoch.b[0] = i == 3;
		t.invitations.since = i == 4 ? 20 : 19;
		sms(&p, "GT " TOWN_STRANGER);
		expect(&p, "Chua gui duoc loi moi");
		no_invitation();
	}
	t.stranger = asked;
	t.stranger.invitation_ms = p.now_ms - 366 * DAY_MS;
	t.invitations.since = 19;
	sms(&p, "GT " TOWN_STRANGER);
	expect_facts(&p, "INVITED");
	assert_non_null(strstr(p.out.sends[1].text, "con 0 luot"));
	p.who.duty[LD_DUTY_AMBASSADOR].on = false;
	sms(&p, "GT " TOWN_STRANGER);
	no_invitation();
}

static void invitation_by_screen(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_AMBASSADOR);
	dial(&p);
	type(&p, "801");
	expect(&p, "Hoi y nguoi do truoc.");
	type(&p, "12");
	expect(&p, "Chua du 10 so.");
	type(&p, TOWN_LEARNER);
	expect(&p, "So nay khong gui loi moi duoc nua.");
	type(&p, "1");
	type(&p, "0912 345 679");
	expect(&p, "Moi 0912 345 679, to 28, khoa Chong lua dao?");
	type(&p, "3");
	expect(&p, "Moi hoc khoa nao?");
	type(&p, "6");
	expect(&p, "Moi 0912 345 679, to 28, khoa Dung dien thoai?");
	type(&p, "1");
	expect(&p, "Da gui loi moi. Ho phai tu tra loi. Hom nay con 19 luot.");
	expect_facts(&p, "INVITED");
	assert_string_equal(p.last[LD_EV_INVITED].u.invited.course, "CAOTUOI");
	assert_int_equal(p.out.n_sends, 1);
	/* Turning the page or coming back never sends it twice. */
	type(&p, "98");
	no_invitation();
	type(&p, "0");
	no_invitation();
	t.invitations.since = 20;
	type(&p, "801");
	expect(&p, "Hom nay da moi du 20 nguoi.");
}

static void a_pin_guards_other_people(void **state)
{
	static const char *const guarded[] = { "80", "802", "90", "901", "903", "904" };

	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_AMBASSADOR);
	town_appoint(&t, &p, LD_DUTY_HEAD);
	dial(&p);
	for (size_t i = 0; i < LD_ARRAY_SIZE(guarded); i++) {
		type(&p, guarded[i]);
		expect(&p, "Nhap PIN phuong cap, 4 so.");
		if (i + 1 < LD_ARRAY_SIZE(guarded))
			type(&p, "00");
	}
	type(&p, TOWN_PIN);
	expect(&p, "Nhap so may nguoi da co xac nhan");         /* 904, asked for last */
	type(&p, "0");
	expect(&p, "Dinh Cong hoc so");                 /* not the question for the PIN again */
	type(&p, "9");
	expect(&p, "To truong to 28");
	p.now_ms += 15 * 60000 + 1;
	type(&p, "3");
	expect(&p, "Nhap PIN");
}

static void three_wrong_pins_lock(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_AMBASSADOR);
	dial(&p);
	type(&p, "8");
	type(&p, "1111");
	expect(&p, "Sai PIN, con 2 lan.");
	type(&p, "abcd");
	expect(&p, "Sai PIN, con 2 lan.");      /* no attempt */
	type(&p, "802");
	expect(&p, "Sai PIN, con 2 lan.");
	type(&p, "0000");
	expect(&p, "Sai PIN, con 1 lan.");
	type(&p, "2222");
	expect(&p, "Sai PIN 3 lan, khoa den 10:00 23/11.");
	type(&p, "80");
	expect(&p, "Sai PIN 3 lan");
	/* Forgetting the dialogue does not forget the lock. */
	sms(&p, "NHAM");
	phone_enrolled(&p, "VNEID");
	p.who.optouts.n = 0;
	dial(&p);
	type(&p, "80");
	expect(&p, "Sai PIN 3 lan");
	/* The ward opens it by giving the duty anew; so does a day. */
	p.who.duty[LD_DUTY_AMBASSADOR].given_ms = p.now_ms + 1000;
	type(&p, "80");
	expect(&p, "Nhap PIN");
	p.who.duty[LD_DUTY_AMBASSADOR].given_ms = 0;
	p.now_ms += DAY_MS;
	dial(&p);
	type(&p, "80");
	type(&p, TOWN_PIN);
	expect(&p, "Dai su so");
}

static void what_an_ambassador_sees(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_AMBASSADOR);
	t.invitations = (struct ld_session_invitations){ .all = 5, .agreed = 2, .waiting = 3 };
	dial(&p);
	type(&p, "8");
	type(&p, TOWN_PIN);
	expect(&p, "Dai su so\n1.Gui loi moi\n2.Nguoi toi moi");
	type(&p, "2");
	expect(&p, "Da moi 5: 2 dong y, 3 chua tra loi.");
	type(&p, "1");
	expect(&p, "Chua tra loi:\n***679 ***681");
	sms(&p, "TO");
	expect(&p, "Muc nay chi danh cho nguoi duoc phuong phan cong.");
	sms(&p, "TO");
	expect_silence(&p);
}

static void what_a_group_head_sees(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_HEAD);
	t.group = (struct ld_session_group){ .idle = 7, .enrolled = 12, .completed = 4 };
	p.septets = 130;                        /* a first USSD screen: the ninth key just fits */
	dial(&p);
	assert_non_null(strstr(heard(&p), "9.Quan ly to"));
	type(&p, "8");
	expect(&p, "Anh chi chua la dai su so.");
	type(&p, "901");
	type(&p, TOWN_PIN);
	expect(&p, "Da dong y ma chua bat dau: 7 nguoi.");
	type(&p, "1");
	expect(&p, "To 28 chua bat dau:\n***679 ***681");
	type(&p, "903");
	expect(&p, "To 28: 12 da dang ky, duoi 5 hoc xong, 0 co xac nhan quoc gia.");
	sms(&p, "TO");
	expect(&p, "To truong to 28");
	sms(&p, "3");
	expect(&p, "To 28: 12 da dang ky");
}

/* Many keys give nothing but digits, * and # in a menu. */
static void a_date_and_an_hour_by_keys(void **state)
{
	static const struct {
		const char *day, *hour, *read;
	} typed[] = {
		{ "2511", "1930", "Moi hop 19:30 25/11," }, { "25*11", "19*30", "Moi hop 19:30 25/11," },
		{ "0112", "730", "Moi hop 07:30 1/12," }, { "25.11.2026", "19", "Moi hop 19:00 25/11," },
		{ "251", "1930", NULL }, { "3113", "1930", NULL }, { "2511", "1", NULL },
		{ "2511", "2430", NULL }, { "25", "1930", NULL }, { "25/", "1930", NULL },
	};

	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_HEAD);
	dial(&p);
	type(&p, "902");
	type(&p, TOWN_PIN);
	for (size_t i = 0; i < LD_ARRAY_SIZE(typed); i++) {
		type(&p, "902");
		type(&p, typed[i].day);
		type(&p, typed[i].hour);
		if (typed[i].read) {
			type(&p, "2");
			expect(&p, typed[i].read);
		} else {
			expect(&p, "Chua ro");
		}
	}
}

/* The preview comes before it is sent; what is sent has a number, by which it is taken back. */
static void a_meeting_is_called(void **state)
{
	const struct ld_fact *f = &p.last[LD_EV_NOTICE];

	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_HEAD);
	t.group.idle = 12;
	dial(&p);
	type(&p, "902");
	type(&p, TOWN_PIN);
	expect(&p, "Hop ngay nao? Go vi du 25/11 hay 2511.");
	type(&p, "31/11");
	expect(&p, "Chua ro ngay.");
	type(&p, "25/11");
	expect(&p, "May gio? Go vi du 19:30 hay 1930.");
	type(&p, "19:61");
	expect(&p, "Chua ro gio.");
	type(&p, "19h30");
	expect(&p, "Hop o dau?");
	type(&p, "3");
	type(&p, "http://x");
	expect(&p, "Go noi hop");
	type(&p, "hop o x.vn");
	expect(&p, "Go noi hop");
	type(&p, "đình làng");
	expect(&p, "Moi hop 19:30 25/11, dinh lang: 12 nguoi, 12 tin.\n1.Gui\n2.Sua lai");
	assert_int_equal(p.out.n_facts, 0);
	w.random.value[0] = 6012;
	w.random.n = 1;
	w.random.next = 0;
	type(&p, "1");
	expect_facts(&p, "NOTICE");
	/* 7012 is taken: the next one. */
	assert_true(f->u.notice.id >= 1000 && f->u.notice.id <= 9999 && f->u.notice.id != 7012);
	assert_string_equal(f->u.notice.message, "REMIND_MEET");
	assert_string_equal(f->u.notice.place, "đình làng");
	assert_int_equal(f->u.notice.tdp, 28);
	assert_int_equal(f->u.notice.at_ms, START_MS + 3 * DAY_MS + 9 * HOUR_MS + 30 * 60000);
	expect(&p, "Da xep gui 12 tin. Muon rut lai: nhan TO BO");
	/* Turning the page never sends it twice. */
	type(&p, "98");
	assert_int_equal(p.out.n_facts, 0);
	sms(&p, "TO BO 7012");
	expect(&p, "Da rut lai. So tin da kip gui: 4.");
	assert_true(f->u.notice.off);
	t.taken_back = true;
	sms(&p, "TO BO 7012");
	expect(&p, "Da rut lai.");
	assert_int_equal(p.out.n_facts, 0);
	sms(&p, "TO BO 7013");
	expect(&p, "Muc nay chi danh cho nguoi duoc phuong phan cong.");
	p.who.duty[LD_DUTY_HEAD].on = false;
	t.taken_back = false;
	sms(&p, "TO BO 7012");
	assert_int_equal(p.out.n_facts, 0);
}

static void who_has_not_begun_is_reminded_once_a_week(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_HEAD);
	t.group.idle = 12;
	dial(&p);
	type(&p, "901");
	type(&p, TOWN_PIN);
	type(&p, "2");
	expect(&p, "Nhac 12 nguoi, 12 tin. Gui chu?");
	type(&p, "1");
	expect(&p, "Da xep gui 12 tin.");
	assert_string_equal(p.last[LD_EV_NOTICE].u.notice.message, "REMIND_START");
	t.reminded_ms = p.now_ms;
	type(&p, "901");
	type(&p, "2");
	expect(&p, "Tuan nay da nhac mot lan.");
	p.now_ms += 7 * DAY_MS;
	type(&p, "901");
	type(&p, TOWN_PIN);
	type(&p, "2");
	expect(&p, "Nhac 12 nguoi");
}

static void what_comes_next(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	p.others = &t.see;
	sms(&p, "LICH");
	expect(&p, "Chua co lich moi.");
	t.n_events = 2;
	sms(&p, "LICH");
	expect(&p, "Tap huan VNeID: 17:00 25/11, tai nha sinh hoat to 28. Muon duoc bao: nhan NHAC HOP.");
	dial(&p);
	type(&p, "503");
	expect(&p, "Tap huan VNeID: 17:00 25/11, tai nha sinh hoat to 28.");
	type(&p, "2");
	expect(&p, "Tap huan VNeID: 18:00 25/11");
	type(&p, "2");
	expect(&p, "Tap huan VNeID: 17:00 25/11");
	type(&p, "1");
	expect(&p, "Da bat nhac hop to.");
	type(&p, "333");
	expect(&p, "Tap huan VNeID: 17:00 25/11");
	t.n_events = 0;
	type(&p, "333");
	expect(&p, "Chua co lich moi.\n1.Nhac khi co lich");
	type(&p, "503");
	expect(&p, "Chua co buoi moi.");
}

/* Whoever looks at others' data leaves a trace: once a look, not a page. */
static void looks_are_noted(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_HEAD);
	dial(&p);
	type(&p, "901");
	type(&p, TOWN_PIN);
	assert_int_equal(p.n_events[LD_EV_AUDIT], 0);
	type(&p, "1");
	expect_facts(&p, "AUDIT");
	assert_int_equal(p.last[LD_EV_AUDIT].u.audit.what, LD_AUDIT_IDLE);
	assert_int_equal(p.last[LD_EV_AUDIT].u.audit.n, 2);
	type(&p, "98");
	assert_int_equal(p.out.n_facts, 0);
	type(&p, "904");
	type(&p, TOWN_LEARNER);
	expect_facts(&p, "AUDIT");
	assert_int_equal(p.last[LD_EV_AUDIT].u.audit.what, LD_AUDIT_PERSON);
	p.now_ms += HOUR_MS;
	type(&p, "901");
	for (unsigned i = 0; i < 3; i++)
		type(&p, "0000");
	expect_facts(&p, "AUDIT");
	assert_int_equal(p.last[LD_EV_AUDIT].u.audit.what, LD_AUDIT_LOCKED);
}

static void learned_in_a_class(void **state)
{
	const struct ld_fact *f = &p.out.facts[0];

	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_HEAD);
	dial(&p);
	type(&p, "905");
	expect(&p, "Nhap PIN");
	type(&p, TOWN_PIN);
	type(&p, TOWN_STRANGER);
	expect(&p, "So nay khong phai nguoi hoc cua to 28.");
	type(&p, TOWN_LEARNER);
	expect(&p, "May ***680: hoc o lop hom nao?");
	type(&p, "2");
	expect(&p, "Da ghi may ***680 hoc o lop.");
	expect_facts(&p, "ATTEST");
	assert_int_equal(p.out.foreign, 1);
	assert_int_equal(f->u.attest.what, LD_ATTEST_CLASS);
	assert_int_equal(f->u.attest.day, (p.now_ms + 420 * INT64_C(60000)) / INT64_C(86400000) - 1);
	assert_memory_equal(&f->u.attest.by, &p.who.p, sizeof(p.who.p));
}

static void national_confirmation(void **state)
{
	const struct ld_fact *f = &p.out.facts[0];

	(void)state;
	phone_enrolled(&p, "VNEID");
	town_appoint(&t, &p, LD_DUTY_HEAD);
	dial(&p);
	type(&p, "904");
	type(&p, TOWN_PIN);
	type(&p, TOWN_STRANGER);
	expect(&p, "So nay khong phai nguoi hoc cua to 28.");
	type(&p, TOWN_LEARNER);
	expect(&p, "May ***680: da xem tan mat");
	type(&p, "2");
	expect(&p, "To truong to 28");
	assert_int_equal(p.out.n_facts, 0);
	type(&p, "4");
	type(&p, TOWN_LEARNER);
	type(&p, "1");
	expect(&p, "Da ghi may ***680 dat xac nhan quoc gia.");
	expect_facts(&p, "ATTEST");
	assert_int_equal(p.out.foreign, 1);
	assert_int_equal(f->u.attest.what, LD_ATTEST_NATIONAL);
	assert_memory_equal(&f->u.attest.by, &p.who.p, sizeof(p.who.p));
	/* Another group's learner is none of hers. */
	t.stranger.consented = true;
	snprintf(t.stranger.reg[LD_REG_TDP].value, LD_VALUE_MAX, "14");
	type(&p, "904");
	type(&p, TOWN_STRANGER);
	expect(&p, "So nay khong phai nguoi hoc");
	snprintf(t.stranger.reg[LD_REG_TDP].value, LD_VALUE_MAX, "28");
	t.stranger.national = true;
	type(&p, TOWN_STRANGER);
	type(&p, "1");
	expect(&p, "Da ghi may ***679");
	assert_int_equal(p.out.n_facts, 0);     /* noted before */
}

/* The invited person: the question is open, her yes brings the course and the group. */
static void the_invited_agrees(void **state)
{
	(void)state;
	phone_init(&p, &w, LD_CHAN_SMS);
	sms(&p, "MENU");
	p.len = ld_session_asked(p.blob, p.len, p.now_ms, p.blob);
	snprintf(p.who.invited_course, LD_COURSE_MAX, "CAOTUOI");
	p.who.invited_tdp = 28;
	sms(&p, "1");
	expect_facts(&p, "CONSENT SET ENROL SET");
	assert_int_equal(p.out.facts[1].u.set.reg, LD_REG_TDP);
	assert_string_equal(p.out.facts[1].u.set.value, "28");
	expect(&p, "1/10 Phim xanh");
}

static void strangers_find_closed_doors(void **state)
{
	(void)state;
	phone_enrolled(&p, "VNEID");
	dial(&p);
	type(&p, "8");
	expect(&p, "Anh chi chua la dai su so. Muon tham gia?");
	type(&p, "2");
	expect(&p, "Dai su so moi, huong dan");
	type(&p, "801");
	expect(&p, "Anh chi chua la dai su so.");
	type(&p, "904");
	expect(&p, "Muc nay chi danh cho to truong.");
	type(&p, "amb.pin");
	/* A number that the network does not tell has no duty. */
	phone_init(&p, &w, LD_CHAN_USSD);
	p.who.msisdn.digits[0] = '\0';
	dial(&p);
	type(&p, "801");
	expect(&p, "Chua doc duoc so may.");
}

/* Group heads see whether a code is true; five wrong ones a day, so that guessing does not pay. */
static void completion_codes(void **state)
{
	struct ld_id s = { { 4 } };
	char ask[32], wrong[LD_CODE_DIGITS + 1];

	(void)state;
	ld_completion_code(t.code, &w.keys, &s, 2);
	s.b[0] = 5;
	ld_completion_code(wrong, &w.keys, &s, 2);
	phone_enrolled(&p, "VNEID");
	snprintf(ask, sizeof(ask), "MA %s", t.code);
	sms(&p, ask);
	expect(&p, "Muc nay chi danh cho nguoi duoc phuong phan cong");
	town_appoint(&t, &p, LD_DUTY_HEAD);
	snprintf(ask, sizeof(ask), "ma %.4s-%.4s-%.3s", t.code, t.code + 4, t.code + 8);
	sms(&p, ask);
	expect(&p, "Ma ");
	assert_non_null(strstr(heard(&p), "co that, khoa VNeID"));
	sms(&p, "ma DC7K-4M92");
	expect(&p, "Ma nay khong co hoac go nham.");
	snprintf(ask, sizeof(ask), "MA %s", wrong);
	for (int i = 0; i < 4; i++) {
		sms(&p, ask);
		expect(&p, "Ma nay khong co hoac go nham.");
	}
	snprintf(ask, sizeof(ask), "MA %s", t.code);
	sms(&p, ask);
	expect_silence(&p);
	p.now_ms += DAY_MS;
	sms(&p, ask);
	assert_non_null(strstr(heard(&p), "co that"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		TEST(invitation_by_message), TEST(invitation_by_operator),
		TEST(refusals_sound_alike), TEST(invitation_by_screen), TEST(a_pin_guards_other_people),
		TEST(three_wrong_pins_lock), TEST(what_an_ambassador_sees),
		TEST(what_a_group_head_sees), TEST(a_date_and_an_hour_by_keys),
		TEST(a_meeting_is_called),
		TEST(who_has_not_begun_is_reminded_once_a_week), TEST(what_comes_next),
		TEST(looks_are_noted), TEST(national_confirmation), TEST(learned_in_a_class),
		TEST(completion_codes), TEST(the_invited_agrees), TEST(strangers_find_closed_doors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
