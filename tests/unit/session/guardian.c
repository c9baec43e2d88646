/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pupil and a parent on two telephones (dialogue 7 of the content pack), and what a prankster
 * would try. */
#include "dialogue.h"

static struct world w;
static struct phone pupil, parent;
static struct ld_session_others see;

/* What the store knows of tickets: the pupil's own one. */
static int find_ticket(void *arg, unsigned code, struct ld_session_learner *ret)
{
	(void)arg;
	if (code != pupil.who.ticket || pupil.who.ticket_until_ms <= parent.now_ms)
		return LD_E_UNKNOWN;
	*ret = (struct ld_session_learner){ pupil.who.s, pupil.who.p, pupil.who.slot, "HOCSINH" };
	return 0;
}

static int find_guarded(void *arg, const struct ld_id *guardian, unsigned code,
			struct ld_session_learner *ret)
{
	const struct ld_fact *f = &parent.last[LD_EV_GUARDIAN];

	if (!pupil.who.guardian || f->u.guardian.ticket != code ||
	    !ld_id_eq(guardian, &f->u.guardian.p))
		return LD_E_UNKNOWN;
	return find_ticket(arg, pupil.who.ticket, ret);
}

static int setup(void **state)
{
	(void)state;
	see = (struct ld_session_others){ .ticket = find_ticket, .guarded = find_guarded,
					  .guesses = dialogue_guesses };
	w.random.n = w.random.next = 0;
	phone_init(&pupil, &w, LD_CHAN_SMS);
	phone_init(&parent, &w, LD_CHAN_SMS);
	memcpy(parent.who.msisdn.digits, "84912345679", 12);
	phone_identify(&parent);
	pupil.others = parent.others = &see;
	phone_enrolled(&pupil, "LUADAO");
	return 0;
}

static void con(struct phone *p, unsigned code, const char *tail)
{
	char text[40];

	snprintf(text, sizeof(text), "Con %u%s", code, tail);
	sms(p, text);
}

/* The store takes the guardian's fact in, then the pupil's dialogue hears of it. */
static void reach_pupil(void)
{
	struct ld_session_env env = { .content = w.content, .keys = &w.keys,
				      .random = &w.random.random, .now_ms = parent.now_ms,
				      .time_trusted = true, .utc_offset_min = 420 };
	struct ld_wake wake = parent.out.wake;
	uint8_t blob[LD_SESSION_BLOB_MAX];

	pupil.who.guardian = !parent.last[LD_EV_GUARDIAN].u.guardian.off;
	if (wake.what == LD_WAKE_NOBODY)
		return;
	ld_session_wake(&env, &pupil.who, pupil.blob, pupil.len, &wake, &pupil.out, blob,
			&pupil.len);
	memcpy(pupil.blob, blob, pupil.len);
	for (unsigned i = 0; i < pupil.out.n_facts; i++)
		apply(&pupil, &pupil.out.facts[i]);
}

static void agreed(void)
{
	sms(&pupil, "dk hocsinh");
	con(&parent, pupil.who.ticket, "");
	sms(&parent, "1");
	reach_pupil();
}

static void dialogue_of_the_pack(void **state)
{
	char bad[8];
	struct ld_fact f;

	(void)state;
	sms(&pupil, "dk hocsinh");
	expect_facts(&pupil, "TICKET");
	expect(&pupil, "Em can bo me dong y. Nho bo hoac me nhan CON ");
	assert_in_range(pupil.who.ticket, 1000, 9999);
	snprintf(bad, sizeof(bad), "%u", pupil.who.ticket);
	assert_non_null(strstr(heard(&pupil), bad));
	sms(&parent, "con oi me day");
	expect(&parent, "May chua hieu");
	con(&parent, pupil.who.ticket, "");
	expect_facts(&parent, "");
	expect(&parent, "P. Dinh Cong: con xin hoc ky nang so");
	sms(&parent, "1");
	expect(&parent, "Da ghi bo me dong y. Muon rut lai luc nao cung duoc: nhan CON ");
	expect_facts(&parent, "GUARDIAN");
	f = parent.out.facts[0];
	assert_int_equal(parent.out.foreign, 1);
	assert_true(ld_id_eq(&f.subject, &pupil.who.s));
	assert_true(ld_id_eq(&f.u.guardian.p, &parent.who.p));
	assert_int_equal(f.u.guardian.ticket, pupil.who.ticket);
	assert_int_equal(f.u.guardian.channel, LD_CHAN_SMS);
	assert_int_equal(f.u.guardian.text_version, w.content->consent_version);
	assert_string_equal(f.u.guardian.raw, "1");
	reach_pupil();
	expect(&pupil, "1/8 Em hoc xong moi choi");
	expect_facts(&pupil, "ENROL SET");
	sms(&pupil, "2");
	expect(&pupil, "Dung roi: Mot gio.");
}

static void taken_back(void **state)
{
	(void)state;
	agreed();
	con(&parent, pupil.who.ticket, " huy");
	expect(&parent, "Da rut lai");
	assert_true(parent.out.facts[0].u.guardian.off);
	reach_pupil();
	sms(&pupil, "2");               /* the question that was open counts no more */
	expect_facts(&pupil, "");
	sms(&pupil, "TIEP");
	expect(&pupil, "1/10 ");
	con(&parent, pupil.who.ticket, " huy");
	expect(&parent, "So phieu CON");
}

static void refused_and_too_late(void **state)
{
	(void)state;
	sms(&pupil, "DK 7");
	con(&parent, pupil.who.ticket, "");
	sms(&parent, "2");
	expect(&parent, "Phuong khong ghi gi");
	expect_facts(&parent, "");
	con(&parent, pupil.who.ticket, "");
	parent.now_ms += 3 * DAY_MS;
	sms(&parent, "1");              /* asked again after two days */
	expect(&parent, "P. Dinh Cong: con xin");
	expect_facts(&parent, "");
	parent.now_ms += 5 * DAY_MS;
	con(&parent, pupil.who.ticket, "");
	expect(&parent, "So phieu CON");
	pupil.now_ms = parent.now_ms;
	sms(&pupil, "DK 7");            /* a new one */
	expect_facts(&pupil, "TICKET");
}

static void one_ticket_while_it_is_valid(void **state)
{
	uint16_t code;

	(void)state;
	sms(&pupil, "DK 7");
	code = pupil.who.ticket;
	sms(&pupil, "DK HOCSINH");
	expect_facts(&pupil, "");
	assert_int_equal(pupil.who.ticket, code);
}

static void guessing_and_oneself(void **state)
{
	(void)state;
	sms(&pupil, "DK 7");
	con(&pupil, pupil.who.ticket, "");
	expect(&pupil, "So phieu CON");
	for (unsigned i = 0; i < 5; i++) {
		con(&parent, (pupil.who.ticket + 1 + i) % 9000 + 1000, "");
		expect(&parent, "So phieu CON");
	}
	con(&parent, pupil.who.ticket, "");
	expect(&parent, "So phieu CON");
	sms(&parent, "NHAM");           /* to be forgotten makes no room for more */
	con(&parent, pupil.who.ticket, "");
	expect(&parent, "So phieu CON");
	parent.now_ms += DAY_MS;
	con(&parent, pupil.who.ticket, "");
	expect(&parent, "P. Dinh Cong: con xin");
}

/* By menu: the pupil is shown the ticket, or a parent agrees on that telephone. */
static void by_menu(void **state)
{
	(void)state;
	dial(&pupil);
	type(&pupil, "107");
	type(&pupil, "1");
	expect(&pupil, "Khoa hoc sinh. Ai dang dang ky?");
	type(&pupil, "2");
	expect(&pupil, "Can bo me dong y. Nho bo me nhan CON ");
	expect_facts(&pupil, "TICKET");
	type(&pupil, "0");              /* the course's card */
	type(&pupil, "1");
	type(&pupil, "1");
	expect(&pupil, "Bo me dong y cho con hoc?");
	type(&pupil, "1");
	expect_facts(&pupil, "GUARDIAN ENROL SET");
	assert_non_null(strstr(pupil.out.reply.text, "Da dang ky Hoc sinh"));
	assert_int_equal(pupil.out.n_sends, 2);
	assert_string_equal(pupil.out.sends[0].what, "GUARDIAN_OK");
	assert_string_equal(pupil.out.sends[1].what, "A HOCSINH 1");
}

/* A stranger who asks for the pupils' course consents for herself first. */
static void stranger(void **state)
{
	(void)state;
	phone_init(&pupil, &w, LD_CHAN_SMS);
	pupil.others = &see;
	sms(&pupil, "DK 7");
	expect(&pupil, "Lop hoc so phuong");
	sms(&pupil, "1");
	expect(&pupil, "Em can bo me dong y");
	expect_facts(&pupil, "CONSENT TICKET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(dialogue_of_the_pack, setup),
		cmocka_unit_test_setup(taken_back, setup),
		cmocka_unit_test_setup(refused_and_too_late, setup),
		cmocka_unit_test_setup(one_ticket_while_it_is_valid, setup),
		cmocka_unit_test_setup(guessing_and_oneself, setup),
		cmocka_unit_test_setup(by_menu, setup),
		cmocka_unit_test_setup(stranger, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
