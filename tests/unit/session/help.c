/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bridge between who calls for help and who helps: both dialogues, each as its board sees it. */
#include "town.h"

static struct world w;
static struct town t;
static struct phone p;          /* who calls */
static struct phone h;          /* who helps */

static int fresh(void **state)
{
	struct ld_msisdn m = { "84987654320" };

	(void)state;
	w.random.n = w.random.next = 0;
	town_init(&t, &w);
	phone_init(&p, &w, LD_CHAN_SMS);
	p.others = &t.see;
	phone_enrolled(&p, "CAOTUOI");
	snprintf(p.who.reg[LD_REG_TDP].value, LD_VALUE_MAX, "28");
	snprintf(p.who.reg[LD_REG_XUNG].value, LD_VALUE_MAX, "cu");
	phone_init(&h, &w, LD_CHAN_SMS);
	h.who.msisdn = m;
	phone_identify(&h);
	town_appoint(&t, &h, LD_DUTY_HELPER);
	t.helper = h.who.p;
	w.random.value[0] = 372;
	w.random.n = 1;
	return 0;
}

/* What stands in the store of the caller's call, as the helper's board shows it. */
static void sees(uint8_t step, bool mine)
{
	t.n_calls = 1;
	t.call[0] = (struct ld_session_call){
		.s = p.who.s, .pin = 472, .tdp = 28, .step = step, .mine = mine, .masked = "***678",
		.due_ms = p.who.help_due_ms, .until_ms = p.now_ms + HOUR_MS,
	};
	if (mine && step == LD_HELPER_ALLOWED)
		t.call[0].number = p.who.msisdn;
}

/* The other side's word comes by the log; her board passes it on. */
static void comes(struct phone *to, const struct ld_fact *f, struct ld_wake *wake)
{
	struct ld_session_env env = { .content = w.content, .keys = &w.keys, .now_ms = to->now_ms,
				      .random = &w.random.random, .utc_offset_min = 420,
				      .others = to->others };
	uint8_t after[LD_SESSION_BLOB_MAX];

	if (f)
		apply(to, f);
	ld_session_wake(&env, &to->who, to->blob, to->len, wake, &to->out, after, &to->len);
	memcpy(to->blob, after, to->len);
}

static const struct ld_fact *word(struct phone *of, unsigned step)
{
	const struct ld_fact *f = &of->last[LD_EV_HELPER];

	assert_int_equal(f->kind, LD_EV_HELPER);
	assert_int_equal(f->u.helper.step, step);
	assert_int_equal(f->u.helper.pin, 472);
	return f;
}

static void asked(struct phone *x)
{
	struct ld_wake wake = { .what = LD_WAKE_HELP, .pin = 472 };

	comes(x, &h.out.facts[0], &wake);
}

static void bridge_by_message(void **state)
{
	const struct ld_fact *f;
	struct ld_wake wake = { .what = LD_WAKE_HELPER, .pin = 472, .tdp = 28 };

	(void)state;
	sms(&p, "giup toi doc tin");
	expect(&p, "Tran Thu Ha co the giup. Cho Tran Thu Ha xem so may nay? 1 cho xem, 2 de phuong goi.");
	/* The call stands in the log before she has answered: nobody answers, the ward calls. */
	expect_facts(&p, "HELP HELPER");
	assert_int_equal(p.out.sends[0].prio, LD_PRIO_HELP);
	f = word(&p, LD_HELPER_OFFERED);
	assert_true(ld_id_eq(&f->u.helper.p, &h.who.p));
	sms(&p, "3");
	expect(&p, "Tran Thu Ha co the giup.");
	sms(&p, "1");
	expect(&p, "Tran Thu Ha goi cham nhat 17:00 23/11. Nguoi goi hoac den phai noi truoc ma hen 472.");
	expect_facts(&p, "HELPER");
	word(&p, LD_HELPER_ALLOWED);
	wake.phone = p.who.msisdn;
	comes(&h, NULL, &wake);
	expect(&h, "Giup nguoi hoc: 0912 345 678, to 28. Noi truoc ma hen 472. Khong hoi OTP, khong "
	       "giu may. Xong nhan XONG 472.");
	sees(LD_HELPER_ALLOWED, true);
	sms(&h, "xong 472");
	expect_silence(&h);
	expect_facts(&h, "HELPER");
	assert_int_equal(h.out.foreign, 1);
	assert_true(ld_id_eq(&h.out.facts[0].subject, &p.who.s));
	word(&h, LD_HELPER_DONE);
	asked(&p);
	expect(&p, "Phuong hoi lai: Tran Thu Ha da giup xong chua? 1 xong roi, 2 chua.");
	sms(&p, "1");
	expect(&p, "Cam on cu da cho biet.");
	expect_facts(&p, "HELP_STEP");
	assert_int_equal(p.who.help_pin, 0);
	sms(&p, "1");
	expect(&p, "Chua co cau hoi nao dang mo.");
}

static void the_ward_calls(void **state)
{
	(void)state;
	sms(&p, "GIUP");
	sms(&p, "2");
	expect(&p, "Phuong goi cham nhat 17:00 23/11. Nguoi goi phai noi truoc ma hen 472.");
	expect_facts(&p, "HELPER");
	word(&p, LD_HELPER_WARD);
	assert_true(ld_id_is_zero(&p.last[LD_EV_HELPER].u.helper.p));
	/* Her wish stands: no helper is offered again for this call. */
	sms(&p, "GIUP");
	expect(&p, "Phuong goi cham nhat 17:00 23/11.");
	assert_int_equal(p.out.n_facts, 0);
	/* Nobody serves the place: at once. */
	fresh(NULL);
	memset(&t.helper, 0, sizeof(t.helper));
	sms(&p, "GIUP");
	expect(&p, "Phuong goi cham nhat");
	expect_facts(&p, "HELP");
	fresh(NULL);
	snprintf(p.who.reg[LD_REG_TDP].value, LD_VALUE_MAX, "14");
	sms(&p, "GIUP");
	expect(&p, "Phuong goi cham nhat");
}

/* Not done: the call is open again, for the ward; a promise that is over is made anew. */
static void not_done(void **state)
{
	(void)state;
	sms(&p, "GIUP");
	sms(&p, "1");
	sees(LD_HELPER_ALLOWED, true);
	p.now_ms += DAY_MS + 8 * HOUR_MS;
	h.now_ms = p.now_ms;
	sms(&h, "XONG 472");
	asked(&p);
	sms(&p, "2");
	expect(&p, "Phuong goi cham nhat 17:00 24/11.");
	expect_facts(&p, "HELP HELPER");
	assert_int_equal(p.last[LD_EV_HELPER].u.helper.step, LD_HELPER_WARD);
	assert_true(p.who.help_pin != 0);
}

static void refused(struct phone *x)
{
	x->now_ms += DAY_MS;
	sms(x, "XONG 472");
	expect(x, "Muc nay chi danh cho nguoi duoc phuong phan cong.");
	assert_int_equal(x->out.n_facts, 0);
}

static void only_her_own_call_is_reported(void **state)
{
	(void)state;
	sms(&p, "GIUP");
	sms(&p, "1");
	sees(LD_HELPER_ALLOWED, false);
	refused(&h);
	sees(LD_HELPER_TAKEN, true);
	refused(&h);
	sees(LD_HELPER_ALLOWED, true);
	t.call[0].pin = 473;
	refused(&h);
	sees(LD_HELPER_ALLOWED, true);
	h.who.duty[LD_DUTY_HELPER].on = false;
	refused(&h);
	refused(&p);
	h.who.duty[LD_DUTY_HELPER].on = true;
	sees(LD_HELPER_DONE, true);
	sms(&h, "XONG 472");
	expect_silence(&h);
	assert_int_equal(h.out.n_facts, 0);
}

/* A question that is older than the helper's offer, or whose helper lost the duty. */
static void late_answers(void **state)
{
	(void)state;
	sms(&p, "GIUP");
	p.who.helper.name[0] = '\0';
	sms(&p, "1");
	expect(&p, "Phuong goi cham nhat");
	assert_int_equal(p.out.n_facts, 0);
	fresh(NULL);
	sms(&p, "GIUP");
	p.now_ms += 49 * HOUR_MS;
	sms(&p, "1");
	expect(&p, "Chua co cau hoi nao dang mo.");
	assert_int_equal(p.out.n_facts, 0);
}

static void bridge_by_screen(void **state)
{
	(void)state;
	p.kind = LD_CHAN_USSD;
	dial(&p);
	type(&p, "501");
	expect(&p, "Tran Thu Ha co the goi. Cho Tran Thu Ha xem so?\n1.Cho xem\n2.Nho phuong goi");
	expect_facts(&p, "HELP HELPER");
	type(&p, "0");
	type(&p, "501");        /* asked again, not called for again */
	expect(&p, "Tran Thu Ha co the goi.");
	assert_int_equal(p.out.n_facts, 0);
	type(&p, "1");
	expect(&p, "Tran Thu Ha goi cham nhat 17:00 23/11, phai noi truoc ma hen 472.");
	expect_facts(&p, "HELPER");
	type(&p, "501");
	expect(&p, "Da ghi, goi cham nhat 17:00 23/11. Ma hen 472.");
	type(&p, "1");
	expect(&p, "Da bo yeu cau.");
	assert_true(p.last[LD_EV_HELP].u.help.withdrawn);
	type(&p, "501");
	type(&p, "2");
	expect(&p, "Phuong goi cham nhat 17:00 23/11");
	assert_int_equal(p.last[LD_EV_HELPER].u.helper.step, LD_HELPER_WARD);
}

static void a_visit(void **state)
{
	(void)state;
	p.kind = LD_CHAN_USSD;
	dial(&p);
	type(&p, "502");
	expect(&p, "Giup tai nha, to 28. Den luc nao?\n1.Buoi sang\n2.Buoi chieu\n3.Sai to dan pho");
	type(&p, "1");
	expect(&p, "Da ghi: sang 23/11. Nguoi den co the phuong va noi truoc ma hen 472.");
	expect_facts(&p, "HELP");
	assert_int_equal(p.last[LD_EV_HELP].u.help.visit, 1);
	assert_int_equal(p.who.help_due_ms, START_MS + 25 * HOUR_MS);
	type(&p, "502");
	expect(&p, "Da ghi, goi cham nhat 11:00 23/11.");
	p.who.reg[LD_REG_TDP].value[0] = '\0';
	p.who.help_pin = 0;
	type(&p, "502");
	expect(&p, "Nhap so to dan pho");
}

static void a_helper_takes_a_call(void **state)
{
	(void)state;
	memset(&t.helper, 0, sizeof(t.helper));
	sms(&p, "GIUP");
	sees(0, false);
	h.kind = LD_CHAN_USSD;
	phone_enrolled(&h, "VNEID");
	dial(&h);
	type(&h, "803");
	expect(&h, "Nhap PIN phuong cap, 4 so.");
	type(&h, TOWN_PIN);
	expect(&h, "1 viec dang cho\n1.***678 to 28, goi lai\n0.Ve");
	expect_facts(&h, "AUDIT");
	assert_int_equal(h.last[LD_EV_AUDIT].u.audit.what, LD_AUDIT_CALLS);
	type(&h, "3");          /* no such call */
	expect(&h, "1 viec dang cho");
	type(&h, "1");
	expect(&h, "***678 to 28, cham nhat 17:00 23/11.\n1.Nhan viec\n2.Nhuong nguoi khac");
	type(&h, "1");
	expect(&h, "Da nhan. Chua xem duoc so, doi nguoi hoc cho phep.");
	expect_facts(&h, "HELPER");
	word(&h, LD_HELPER_TAKEN);
	assert_null(strstr(heard(&h), "345"));
	asked(&p);
	expect(&p, "Tran Thu Ha co the giup.");
	sms(&p, "1");
	word(&p, LD_HELPER_ALLOWED);
	assert_true(ld_id_eq(&p.last[LD_EV_HELPER].u.helper.p, &h.who.p));
	sees(LD_HELPER_ALLOWED, true);
	type(&h, "803");
	type(&h, "1");
	type(&h, "1");
	expect(&h, "Goi 0912 345 678. Noi truoc ma hen 472. Khong hoi OTP, mat khau.");
	expect_facts(&h, "AUDIT");
	assert_int_equal(h.last[LD_EV_AUDIT].u.audit.what, LD_AUDIT_NUMBER);
	assert_true(ld_id_eq(&h.last[LD_EV_AUDIT].u.audit.s, &p.who.s));
	type(&h, "804");
	expect(&h, "Viec nao da xong?\n1.***678 to 28, goi lai");
	type(&h, "1");
	expect(&h, "Ket qua the nao?");
	type(&h, "2");
	expect(&h, "Da ghi. Nguoi hoc se duoc hoi lai. Cam on!");
	word(&h, LD_HELPER_MISSED);
	asked(&p);
	expect(&p, "Phuong hoi lai: Tran Thu Ha da giup xong chua?");
	/* Reported: it is in no list any more. */
	sees(LD_HELPER_MISSED, true);
	type(&h, "804");
	expect(&h, "Khong co viec nao dang nhan.");
	type(&h, "803");
	expect(&h, "Chua co viec nao dang cho.");
}

static void what_others_have_is_not_taken(void **state)
{
	static const struct {
		uint8_t step;
		bool mine, over, shown;
	} cases[] = {
		{ LD_HELPER_OFFERED, false, false, false }, { LD_HELPER_OFFERED, false, true, true },
		{ LD_HELPER_TAKEN, false, false, false }, { LD_HELPER_TAKEN, false, true, true },
		{ LD_HELPER_ALLOWED, false, false, false }, { LD_HELPER_ALLOWED, false, true, false },
		{ LD_HELPER_WARD, false, true, false }, { LD_HELPER_BACK, false, true, true },
		{ LD_HELPER_TAKEN, true, false, true }, { LD_HELPER_ALLOWED, true, false, true },
		{ LD_HELPER_ALLOWED, true, true, false }, { LD_HELPER_DONE, true, false, false },
	};

	(void)state;
	h.kind = LD_CHAN_USSD;
	phone_enrolled(&h, "VNEID");
	dial(&h);
	type(&h, "803");
	type(&h, TOWN_PIN);
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		sees(cases[i].step, cases[i].mine);
		if (cases[i].over)
			t.call[0].until_ms = h.now_ms;
		type(&h, "803");
		if (!!strstr(heard(&h), "1 viec dang cho") != cases[i].shown)
			fail_msg("case %zu: %s", i, heard(&h));
	}
	/* Given back: others may have it. */
	sees(LD_HELPER_ALLOWED, true);
	type(&h, "803");
	type(&h, "1");
	type(&h, "2");
	word(&h, LD_HELPER_BACK);
}

/* What stands open on the telephone of whoever opted out, or a call that is closed. */
static void nothing_reaches_who_stopped(void **state)
{
	struct ld_wake wake = { .what = LD_WAKE_HELP, .pin = 472 };

	(void)state;
	sms(&p, "GIUP");
	sms(&p, "HUY");
	comes(&p, NULL, &wake);
	assert_int_equal(p.out.n_sends, 0);
	fresh(NULL);
	sms(&p, "GIUP");
	wake.pin = 473;
	comes(&p, NULL, &wake);
	assert_int_equal(p.out.n_sends, 0);
}

/* Strangers call for help, too: no words of theirs are kept, a helper of the whole ward may call. */
static void a_stranger(void **state)
{
	(void)state;
	phone_init(&p, &w, LD_CHAN_SMS);
	p.others = &t.see;
	sms(&p, "GIUP toi voi");
	expect(&p, "Phuong goi cham nhat");
	expect_facts(&p, "HELP");
	assert_string_equal(p.last[LD_EV_HELP].u.help.text, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		TEST(bridge_by_message), TEST(the_ward_calls), TEST(not_done),
		TEST(only_her_own_call_is_reported), TEST(late_answers), TEST(bridge_by_screen),
		TEST(a_visit), TEST(a_helper_takes_a_call), TEST(what_others_have_is_not_taken),
		TEST(nothing_reaches_who_stopped), TEST(a_stranger),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
