/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Consent, opt-out, erasure, wrong person: what must hold whatever is open and whatever comes. */
#include "dialogue.h"

#include "internal.h"
#include "seed.h"

static struct world w;
static struct phone p;
static uint64_t seed;

static int setup(void **state)
{
	(void)state;
	phone_init(&p, &w, LD_CHAN_SMS);
	w.random.n = w.random.next = 0;
	return 0;
}

/* ---- consent ---- */

static void consent_with_evidence(void **state)
{
	const struct ld_fact *f = &p.last[LD_EV_CONSENT];

	(void)state;
	p.who.epoch.b[3] = 9;
	phone_identify(&p);
	sms(&p, "dk 6");
	expect(&p, "Lop hoc so phuong");
	expect_facts(&p, "INVITED");
	assert_string_equal(p.last[LD_EV_INVITED].u.invited.course, "CAOTUOI");
	sms(&p, "hoc");
	expect(&p, "Chua ghi nhan gi.");
	sms(&p, "vang");
	expect(&p, "Chua ghi nhan gi.");
	sms(&p, "vang a");
	expect_silence(&p);
	sms(&p, "3");
	expect(&p, "Phuong luu so may, to, khoa, diem,");
	assert_false(p.who.consented);
	sms(&p, " Đồng  ý ạ! ");
	expect_facts(&p, "CONSENT ENROL SET");
	expect(&p, "1/10 Phim xanh");
	assert_int_equal(f->u.consent.slot, 1);
	assert_true(ld_id_eq(&f->u.consent.epoch, &p.who.epoch));
	assert_int_equal(f->u.consent.text_version, w.content->consent_version);
	assert_int_equal(f->u.consent.channel, LD_CHAN_SMS);
	assert_non_null(strstr(f->u.consent.raw, "Đồng  ý ạ!"));
	assert_int_equal(f->u.consent.over.n, 0);
}

static void nothing_is_agreed_by_chance(void **state)
{
	static const char *const no[] = { "ok", "co", "dongyy", "4", "1 2", "so 4", "DUNG", "" };

	(void)state;
	sms(&p, "hoc");
	for (size_t i = 0; i < LD_ARRAY_SIZE(no); i++) {
		sms(&p, no[i]);
		assert_false(p.who.consented);
	}
	/* An old question is asked again. */
	p.now_ms += 49 * HOUR_MS;
	sms(&p, "1");
	expect(&p, "Lop hoc so phuong");
	assert_false(p.who.consented);
	sms(&p, "2");
	expect(&p, "Phuong khong luu va khong nhan nua.");
	expect_facts(&p, "REFUSED");
	/* After a no, the word alone is not enough. */
	sms(&p, "dong y");
	expect(&p, "Lop hoc so phuong");
	assert_false(p.who.consented);
}

static void consent_by_screen(void **state)
{
	(void)state;
	snprintf(p.who.invited_course, LD_COURSE_MAX, "VNEID");
	dial(&p);
	type(&p, "1");
	expect(&p, "Da ghi dong y. Bai 1 khoa VNeID dang gui qua tin nhan.\n1.Vao hoc luon");
	expect_facts(&p, "CONSENT ENROL SET");
	assert_string_equal(p.out.sends[0].what, "A VNEID 1");
	assert_int_equal(p.last[LD_EV_CONSENT].u.consent.channel, LD_CHAN_USSD);
	assert_string_equal(p.last[LD_EV_CONSENT].u.consent.raw, "1");
	type(&p, "9");
	type(&p, "0");
	expect(&p, "Da ghi dong y. Bai 1 khoa VNeID");
	expect_facts(&p, "");
	type(&p, "1");
	expect(&p, "1/10 So dinh danh");
	assert_int_equal(p.n_events[LD_EV_CONSENT], 1);
}

/* ---- opt-out ---- */

static void optout_and_return(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	phone_answered(&p, "CAOTUOI", 1, 3, true);
	sms(&p, "TIEP");
	sms(&p, "hủy đăng ký giúp tôi");
	expect(&p, "Da ngung gui moi tin toi so nay.");
	expect_facts(&p, "OPTOUT");
	sms(&p, "STOP");
	expect(&p, "Da ngung gui moi tin toi so nay.");
	assert_int_equal(p.who.optouts.n, 2);
	sms(&p, "2");
	expect(&p, "Chua co cau hoi nao dang mo.");
	sms(&p, "TIEP");
	expect(&p, "Lop hoc so phuong");
	sms(&p, "1");
	/* The consent names both opt-outs; the course goes on where it stood. */
	assert_int_equal(p.last[LD_EV_CONSENT].u.consent.over.n, 2);
	expect_facts(&p, "CONSENT");
	expect(&p, "4/10 ");
}

/* Recorded on another board, it holds here from the moment it is known. */
static void optout_from_elsewhere(void **state)
{
	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "TIEP");
	p.who.optouts.n = 1;
	sms(&p, option(&p, "CAOTUOI", 1, true));
	expect(&p, "Chua co cau hoi nao dang mo.");
	expect_facts(&p, "");
	p.who.optouts.n = 0;
	dial(&p);
	type(&p, "201");
	type(&p, "1");
	p.who.optouts.n = 1;
	type(&p, "1");
	expect(&p, "Lop hoc so phuong");
	expect_facts(&p, "INVITED");
}

static void optout_while_consent_is_asked(void **state)
{
	(void)state;
	sms(&p, "hoc");
	sms(&p, "thoi");
	expect(&p, "Phuong khong luu va khong nhan nua.");
	expect_facts(&p, "REFUSED OPTOUT");
	setup(NULL);
	dial(&p);
	type(&p, "huy");
	expect(&p, "Phuong khong luu va khong nhan gi.");
	assert_true(p.who.refused && p.who.optouts.n == 1);
}

static void a_digit_never_opts_out(void **state)
{
	char digit[2] = "0";

	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	for (char d = '0'; d <= '9'; d++) {
		dial(&p);
		type(&p, "705");
		expect(&p, "Thoi nhan moi tin cua lop hoc?");
		digit[0] = d;
		type(&p, digit);
		assert_int_equal(p.n_events[LD_EV_OPTOUT], 0);
	}
	type(&p, "705");
	type(&p, "Hủy");
	expect(&p, "Da thoi gui moi tin.");
	assert_int_equal(p.out.n_sends, 0);
	expect_facts(&p, "OPTOUT");
	type(&p, "0");
	expect(&p, "Lop hoc so phuong");
}

/* ---- erasure and wrong person ---- */

static void erasure(void **state)
{
	struct ld_id s;

	(void)state;
	phone_enrolled(&p, "CAOTUOI");
	s = p.who.s;
	w.random.value[w.random.n++] = 3821;
	sms(&p, "xoa");
	expect(&p, "Xoa het so may va ket qua hoc? Khong lay lai duoc. Nhan XOA 4821");
	p.now_ms += DAY_MS + 1;
	sms(&p, "xoa 4821");
	expect(&p, "Ma xoa chua khop");
	w.random.value[w.random.n++] = 6350;
	dial(&p);
	type(&p, "706");
	expect(&p, "Xoa het du lieu? Khong lay lai duoc. Go XOA 7350 roi Gui.\n2.Khong xoa");
	type(&p, "7350");
	expect(&p, "Sai chu hoac sai ma, chua xoa gi. Go XOA 7350");
	type(&p, "xoa 7351");
	expect(&p, "Sai chu hoac sai ma");
	type(&p, "xoa");
	expect(&p, "Thu 3 lan chua duoc.");
	assert_int_equal(p.n_events[LD_EV_CLOSE], 0);
	sms(&p, "Xóa 7350");
	expect(&p, "Da nhan yeu cau xoa. Da ngung gui bai. Xoa xong cham nhat 13/12/2026");
	expect_facts(&p, "CLOSE");
	assert_int_equal(p.last[LD_EV_CLOSE].u.close.why, LD_CLOSE_ERASE);
	assert_true(ld_id_eq(&p.last[LD_EV_CLOSE].u.close.s, &s));
	/* The dialogue is forgotten. */
	assert_int_equal(p.len, 0);
	sms(&p, "1");
	assert_false(p.who.consented);
}

/* An answer to the invitation that the erased learner once got must not open a new one. */
static void an_old_invitation_is_spent(void **state)
{
	(void)state;
	snprintf(p.who.invited_course, LD_COURSE_MAX, "VNEID");
	sms(&p, "1");
	assert_true(p.who.consented);
	w.random.value[w.random.n++] = 3821;
	sms(&p, "xoa");
	sms(&p, "xoa 4821");
	assert_string_equal(p.who.invited_course, "VNEID");
	sms(&p, "1");
	assert_false(p.who.consented);
}

static void wrong_person(void **state)
{
	(void)state;
	sms(&p, "nham so");
	expect(&p, "Xin loi da lam phien.");
	expect_facts(&p, "OPTOUT");
	setup(NULL);
	phone_enrolled(&p, "CAOTUOI");
	sms(&p, "TIEP");
	sms(&p, "nham nguoi roi");
	expect_facts(&p, "CLOSE OPTOUT");
	assert_int_equal(p.last[LD_EV_CLOSE].u.close.why, LD_CLOSE_WRONG_PERSON);
	sms(&p, "2");
	expect(&p, "Chua co cau hoi nao dang mo.");
	setup(NULL);
	phone_enrolled(&p, "CAOTUOI");
	dial(&p);
	type(&p, "NHAM");
	expect(&p, "Xin loi da lam phien.");
	assert_true(p.out.reply.end);
	expect_facts(&p, "CLOSE OPTOUT");
}

/* ---- random dialogues ---- */

static const char *const words[] = {
	"1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "00", "98", "1", "2", "3", "hoc", "TIEP",
	"lai", "lai vneid", "nghi", "diem", "dk 2", "dk 6", "dk", "giup toi 0912345678", "?", "hd",
	"menu", "101", "106", "201", "202", "203", "302", "501", "604", "701", "705", "706", "708",
	"732", "731", "733", "12", "to 5", "gio 8", "gio", "du lieu", "lich", "gopy", "nhac thue",
	"con 4821", "hv 2", "to", "ma DC7K-4M92", "xoa", "xoa 4821", "dong y", "DONGY", "ok", "d",
	"dung", "114", "co chay", "", " ", "*", "\xff\xfe", "{xung}", "{course", "Đồng ý ạ",
	"Huy oi", "tien", "xung", "caotuoi", "\n1\n", "1.", "so 3", "999", "moi 0912345678",
};
static const char *const stops[] = {
	"HUY", "hủy", "thôi", "STOP", "huy dang ky", "Thôi nhé", "tu choi", "tc", "ngung gui", "huy dk",
};

/* Noise is a word to stop now and then: "}Tc". */
enum word { GOES_ON, STOPS, NOISE };

static const char *random_word(enum word *ret)
{
	static char noise[LD_INPUT_MAX];
	uint32_t what = seed_below(&seed, 40);
	unsigned n;

	*ret = what == 0 ? STOPS : what == 1 ? NOISE : GOES_ON;
	if (*ret == STOPS)
		return stops[seed_below(&seed, LD_ARRAY_SIZE(stops))];
	if (*ret == GOES_ON)
		return words[seed_below(&seed, LD_ARRAY_SIZE(words))];
	n = seed_below(&seed, sizeof(noise));
	for (unsigned i = 0; i < n; i++)
		noise[i] = (char)(1 + seed_below(&seed, 255));
	noise[n] = '\0';
	return noise;
}

static bool consent_was_shown(const struct phone *q)
{
	for (unsigned i = 0; i < q->out.n_sends; i++)
		if (strncmp(q->out.sends[i].what, "CONSENT_A", 9) == 0 ||
		    strcmp(q->out.sends[i].what, "CONSENT_INFO") == 0 ||
		    strcmp(q->out.sends[i].what, "MISSED_CALL") == 0)
			return true;
	/* Pages of accented screens hold the options last: the digit is none before. */
	return q->out.has_reply && (strstr(q->out.reply.text, "1.Dong y") ||
				    strstr(q->out.reply.text, "1.Đồng ý") ||
				    strstr(q->out.reply.text, "1.I agree"));
}

/* With accents the question takes several pages: a digit is no consent before the last one. */
static void consent_is_read_first(void **state)
{
	(void)state;
	snprintf(p.who.reg[LD_REG_SCRIPT].value, LD_VALUE_MAX, "full");
	dial(&p);
	assert_non_null(strstr(p.out.reply.text, "Lớp học số"));
	assert_null(strstr(p.out.reply.text, "1.Đồng ý"));
	while (!strstr(p.out.reply.text, "1.Đồng ý")) {
		assert_non_null(strstr(p.out.reply.text, "98."));
		type(&p, "1");
		expect_facts(&p, "");
	}
	type(&p, "9");                  /* a mistake lies over it: it is shown again first */
	type(&p, "1");
	assert_int_equal(p.n_events[LD_EV_CONSENT], 0);
	for (int i = 0; i < 4 && !p.n_events[LD_EV_CONSENT]; i++) {
		bool read = strstr(p.out.reply.text, "1.Đồng ý");

		type(&p, "1");
		assert_int_equal(p.n_events[LD_EV_CONSENT], read);
	}
	assert_int_equal(p.n_events[LD_EV_CONSENT], 1);
}

/* The word neither; but no is no on any page. */
static void no_needs_no_page(void **state)
{
	(void)state;
	snprintf(p.who.reg[LD_REG_SCRIPT].value, LD_VALUE_MAX, "full");
	dial(&p);
	type(&p, "2");
	assert_int_equal(p.n_events[LD_EV_REFUSED], 1);
	dial(&p);
	while (!strstr(p.out.reply.text, "1.Đồng ý")) {
		type(&p, "dong y");
		expect_facts(&p, "");
	}
	type(&p, "dong y");
	assert_int_equal(p.n_events[LD_EV_CONSENT], 1);
}

static unsigned count(const struct phone *q, uint16_t kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->out.n_facts; i++)
		n += q->out.facts[i].kind == kind;
	return n;
}

/* One random step. Returns what was said. */
static enum word random_step(struct phone *q)
{
	uint32_t what = seed_below(&seed, 20);
	enum word kind = GOES_ON;
	const char *word = random_word(&kind);

	q->now_ms += (int64_t)seed_below(&seed, 3) * seed_below(&seed, 30) * HOUR_MS;
	if (what == 0) {
		phone_do(q, LD_IN_CALL, "");
		return GOES_ON;
	}
	if (what <= 2 && q->kind == LD_CHAN_USSD) {
		cut(q);
		return GOES_ON;
	}
	if (what <= 4) {
		dial(q);
		return GOES_ON;
	}
	q->kind = what <= 8 ? LD_CHAN_SMS : what <= 12 ? LD_CHAN_USSD : q->kind;
	type(q, word);
	return kind;
}

/* Whether the question of a name that is also a word to stop waits for its answer. It may wait
 * through steps that say nothing of it: thanks, a cut, a missed call. */
static bool asked_back(const struct phone *q)
{
	struct ses_state s;
	bool open;

	ses_unpack(&s, q->blob, q->len);
	open = s.prompt.kind == LD_PROMPT_MENU && strcmp(s.prompt.screen, "stop.name") == 0;
	for (unsigned i = 0; i < s.depth; i++)
		open = open || strcmp(s.stack[i].screen, "stop.name") == 0;
	return open;
}

static void optout_wins_over_everything(void **state)
{
	unsigned optouts = 0, consents = 0, answers = 0;

	(void)state;
	for (unsigned person = 0; person < 60; person++) {
		bool asked = false;

		setup(NULL);
		for (unsigned step = 0; step < 300; step++) {
			bool out = p.who.optouts.n > 0, back = asked_back(&p);
			enum word word = random_step(&p);

			/* Where a name is asked for, HUY alone is asked back. */
			if (word == STOPS && !asked_back(&p))
				assert_int_equal(count(&p, LD_EV_OPTOUT), 1);
			if (out && p.kind == LD_CHAN_CALL)
				assert_int_equal(p.out.n_sends, 0);
			/* Opted out, only questions for consent and answers about rights come. */
			for (unsigned i = 0; out && !p.who.consented && i < p.out.n_sends; i++)
				assert_true(strncmp(p.out.sends[i].what, "A ", 2) != 0);
			if (count(&p, LD_EV_CONSENT) && !asked)
				fail_msg("person %u, step %u: %s", person, step,
					 p.last[LD_EV_CONSENT].u.consent.raw);
			if (count(&p, LD_EV_OPTOUT) || count(&p, LD_EV_CLOSE) ||
			    count(&p, LD_EV_REFUSED) || count(&p, LD_EV_CONSENT))
				asked = false;
			if (word == GOES_ON && !back)
				assert_int_equal(count(&p, LD_EV_OPTOUT), 0);
			asked = asked || consent_was_shown(&p);
			p.who.optouts.n = p.who.optouts.n > 4 ? 4 : p.who.optouts.n;
		}
		optouts += p.n_events[LD_EV_OPTOUT];
		consents += p.n_events[LD_EV_CONSENT];
		answers += p.n_events[LD_EV_ANSWER];
	}
	/* The dialogues reached what they are about. */
	assert_true(optouts > 100 && consents > 30 && answers > 30);
}

/* Any octet but the one by which a mark that nobody filled is known. */
static uint8_t damage(void)
{
	uint8_t b = (uint8_t)seed_below(&seed, 256);

	return b == '{' ? '}' : b;
}

static void damaged_states_do_no_harm(void **state)
{
	uint8_t blob[LD_SESSION_BLOB_MAX], version;

	(void)state;
	ld_session_asked(NULL, 0, 1, blob);
	version = blob[0];
	for (unsigned person = 0; person < 60; person++) {
		setup(NULL);
		if (seed_below(&seed, 2))
			phone_enrolled(&p, "VNEID");
		for (unsigned step = 0; step < 200; step++) {
			uint32_t how = seed_below(&seed, 4);

			random_step(&p);
			if (how == 0 && p.len > 0)
				p.blob[seed_below(&seed, (uint32_t)p.len)] = damage();
			else if (how == 1 && p.len > 0)
				p.len = seed_below(&seed, (uint32_t)p.len);
			else if (how == 2 && seed_below(&seed, 10) == 0) {
				p.len = seed_below(&seed, LD_SESSION_BLOB_MAX + 1);
				for (size_t i = 0; i < p.len; i++)
					p.blob[i] = damage();
				if (p.len > 0)
					p.blob[0] = version;    /* or nobody reads on */
			}
			p.who.optouts.n = p.who.optouts.n > 4 ? 4 : p.who.optouts.n;
		}
	}
}

/* What no clock has shown is damage, not a question of then: nobody agrees by it. */
static void a_time_that_never_was_begins_anew(void **state)
{
	static const int64_t never[] = { INT64_MIN, -1, INT64_C(1) << 52, INT64_MAX };

	(void)state;
	for (unsigned i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		setup(NULL);
		p.len = ld_session_asked(NULL, 0, never[i], p.blob);
		sms(&p, "1");
		assert_int_equal(p.n_events[LD_EV_CONSENT], 0);
	}
	setup(NULL);
	p.len = ld_session_asked(NULL, 0, p.now_ms, p.blob);
	sms(&p, "1");
	assert_int_equal(p.n_events[LD_EV_CONSENT], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(consent_with_evidence, setup),
		cmocka_unit_test_setup(nothing_is_agreed_by_chance, setup),
		cmocka_unit_test_setup(consent_by_screen, setup),
		cmocka_unit_test_setup(consent_is_read_first, setup),
		cmocka_unit_test_setup(no_needs_no_page, setup),
		cmocka_unit_test_setup(optout_and_return, setup),
		cmocka_unit_test_setup(optout_from_elsewhere, setup),
		cmocka_unit_test_setup(optout_while_consent_is_asked, setup),
		cmocka_unit_test_setup(a_digit_never_opts_out, setup),
		cmocka_unit_test_setup(erasure, setup),
		cmocka_unit_test_setup(an_old_invitation_is_spent, setup),
		cmocka_unit_test_setup(wrong_person, setup),
		cmocka_unit_test(optout_wins_over_everything),
		cmocka_unit_test(damaged_states_do_no_harm),
		cmocka_unit_test(a_time_that_never_was_begins_anew),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	seed = seed_start();
	if (world_open(&w, true, seed) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
