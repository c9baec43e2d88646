/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log: chains, heads and runs between two stores; projections independent of order. */
#include <sqlite3.h>

#include "nodes.h"

static const struct ld_msisdn resident = { "84900000001" };

static void person(struct node *n, struct ld_person *ret)
{
	assert_int_equal(ld_store_person(n->st, &keys, &resident, 1, ret), 0);
}

static void consent(struct node *n, struct ld_dot *ret)
{
	struct ld_fact f = { .kind = LD_EV_CONSENT };
	struct ld_person p;

	person(n, &p);
	f.subject = p.s;
	f.u.consent.p = p.p;
	f.u.consent.slot = 1;
	f.u.consent.epoch = p.epoch;
	f.u.consent.channel = LD_CHAN_SMS;
	memcpy(f.u.consent.raw, "1", 2);
	f.u.consent.over = p.optouts;
	append(n, &f, ret);
}

static void set_tdp(struct node *n, const char *value, struct ld_dot *ret)
{
	struct ld_fact f = { .kind = LD_EV_SET };
	struct ld_person p;

	person(n, &p);
	f.subject = p.s;
	f.u.set.reg = LD_REG_TDP;
	snprintf(f.u.set.value, sizeof(f.u.set.value), "%s", value);
	f.u.set.over = p.reg[LD_REG_TDP].live;
	append(n, &f, ret);
}

static void answer(struct node *n, uint8_t lesson, bool right)
{
	struct ld_fact f = { .kind = LD_EV_ANSWER };
	struct ld_person p;

	person(n, &p);
	f.subject = p.s;
	memcpy(f.u.answer.course, "VNEID", 6);
	f.u.answer.lesson = lesson;
	f.u.answer.right = right;
	append(n, &f, NULL);
}

static void by_p(struct node *n, uint16_t kind)
{
	struct ld_fact f = { .kind = kind };
	struct ld_person p;

	person(n, &p);
	f.subject = p.p;
	if (kind == LD_EV_CLOSE) {
		f.u.close.why = LD_CLOSE_ERASE;
		f.u.close.slot = 1;
		f.u.close.s = p.s;
	}
	append(n, &f, NULL);
}

static void test_life_of_a_learner(void **state)
{
	struct node a;
	struct ld_person p;

	(void)state;
	node_init(&a, 1);
	by_p(&a, LD_EV_OPTOUT);
	person(&a, &p);
	assert_int_equal(p.optouts.n, 1);
	consent(&a, NULL);
	set_tdp(&a, "12", NULL);
	set_tdp(&a, "28", NULL);
	answer(&a, 1, false);
	answer(&a, 1, true);
	answer(&a, 3, false);
	person(&a, &p);
	assert_true(p.consented);
	assert_int_equal(p.optouts.n, 0);
	assert_string_equal(p.reg[LD_REG_TDP].value, "28");
	assert_int_equal(p.reg[LD_REG_TDP].live.n, 1);
	assert_int_equal(p.course[0].answered, 5);
	assert_int_equal(p.course[0].right, 1);
	by_p(&a, LD_EV_OPTOUT);
	person(&a, &p);
	assert_int_equal(p.optouts.n, 1);
	rebuilds_to_the_same(&a);
	node_end(&a);
}

static void test_erasure(void **state)
{
	struct node a, b;
	struct ld_person before, after;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	consent(&a, NULL);
	set_tdp(&a, "12", NULL);
	answer(&a, 1, true);
	person(&a, &before);
	sync_to(&a, &b, false);
	by_p(&a, LD_EV_CLOSE);
	person(&a, &after);
	assert_false(after.consented);
	assert_int_equal(after.n_courses, 0);
	assert_memory_not_equal(&before.s, &after.s, sizeof(after.s));
	rebuilds_to_the_same(&a);
	sync_to(&a, &b, false);         /* b had the contents and loses them */
	same_projections(&a, &b);
	node_end(&b);
	node_init(&b, 3);
	sync_to(&a, &b, true);          /* b gets a hollow chain that still verifies */
	same_projections(&a, &b);
	rebuilds_to_the_same(&b);
	{
		struct ld_fact late = { .kind = LD_EV_ENROL, .subject = before.s };

		assert_int_equal(ld_store_begin(a.st), 0);
		assert_int_equal(ld_store_append(a.st, &late, NULL), LD_E_DENIED);
		assert_int_equal(ld_store_rollback(a.st), 0);
	}
	consent(&a, NULL);              /* the same number again is somebody new */
	person(&a, &after);
	assert_true(after.consented);
	assert_int_equal(after.n_courses, 0);
	node_end(&a);
	node_end(&b);
}

/* The pupil asks one board, the parent answers another; an erasure takes both away. */
static void test_ticket_and_guardian(void **state)
{
	struct node a, b;
	struct ld_person pupil, p;
	struct ld_ward_of who;
	struct ld_fact f = { .kind = LD_EV_TICKET };
	int64_t until;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	consent(&a, NULL);
	person(&a, &pupil);
	until = a.clock.utc + 1000000;
	f.subject = pupil.s;
	f.u.ticket.code = 4821;
	f.u.ticket.until_ms = until;
	memcpy(f.u.ticket.course, "HOCSINH", 8);
	append(&a, &f, NULL);
	assert_int_equal(ld_store_ticket(b.st, 4821, until - 1, &who), LD_E_UNKNOWN);
	sync_to(&a, &b, false);
	assert_int_equal(ld_store_ticket(b.st, 4821, until - 1, &who), 0);
	assert_true(ld_id_eq(&who.s, &pupil.s));
	assert_true(ld_id_eq(&who.p, &pupil.p));
	assert_string_equal(who.course, "HOCSINH");
	assert_int_equal(ld_store_ticket(b.st, 4821, until, &who), LD_E_UNKNOWN);
	assert_int_equal(ld_store_ticket(b.st, 4822, until - 1, &who), LD_E_UNKNOWN);

	f = (struct ld_fact){ .kind = LD_EV_GUARDIAN, .subject = pupil.s };
	memset(f.u.guardian.p.b, 9, sizeof(f.u.guardian.p.b));
	f.u.guardian.ticket = 4821;
	memcpy(f.u.guardian.raw, "dong y", 7);
	append(&b, &f, NULL);
	assert_int_equal(ld_store_guarded(b.st, &f.u.guardian.p, 4821, &who), 0);
	assert_int_equal(ld_store_guarded(b.st, &f.u.guardian.p, 4822, &who), LD_E_UNKNOWN);
	assert_int_equal(ld_store_guarded(b.st, &pupil.p, 4821, &who), LD_E_UNKNOWN);
	person(&a, &p);
	assert_false(p.guardian);
	sync_to(&b, &a, true);
	person(&a, &p);
	assert_true(p.guardian);
	assert_int_equal(p.ticket, 4821);
	f.u.guardian.off = true;
	append(&b, &f, NULL);
	sync_to(&b, &a, false);
	person(&a, &p);
	assert_false(p.guardian);
	same_projections(&a, &b);
	rebuilds_to_the_same(&a);
	rebuilds_to_the_same(&b);

	by_p(&a, LD_EV_CLOSE);
	sync_to(&a, &b, false);
	assert_int_equal(ld_store_ticket(b.st, 4821, until - 1, &who), LD_E_UNKNOWN);
	assert_int_equal(ld_store_guarded(b.st, &f.u.guardian.p, 4821, &who), LD_E_UNKNOWN);
	same_projections(&a, &b);
	node_end(&a);
	node_end(&b);
}

static int count_ledger(void *arg, const struct ld_ledger_row *r)
{
	unsigned *n = arg;

	n[r->what]++;
	if (r->what == LD_LEDGER_DATA)
		assert_int_equal(r->due_ms, 5000);
	if (r->what == LD_LEDGER_FEEDBACK)
		assert_string_equal(r->text, "den hong");
	return 0;
}

static int count_household(void *arg, const struct ld_household_row *r)
{
	unsigned *n = arg;

	assert_int_equal(r->slot, 1);
	assert_int_equal(r->name[0], 7);
	(*n)++;
	return 0;
}

/* Answers and names cross boards, the answer to a request even before the request. */
static void test_ledger_and_names(void **state)
{
	struct node a, b;
	struct ld_person p;
	struct ld_fact f = { .kind = LD_EV_REQUEST };
	unsigned n[4] = { 0 }, names = 0;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	consent(&a, NULL);
	person(&a, &p);
	f.subject = p.s;
	f.u.request.due_ms = 5000;
	append(&a, &f, NULL);
	person(&a, &p);
	assert_int_equal(p.request_due_ms, 5000);
	f = (struct ld_fact){ .kind = LD_EV_FEEDBACK, .subject = p.s };
	memcpy(f.u.feedback.text, "den hong", 9);
	append(&a, &f, NULL);
	f = (struct ld_fact){ .kind = LD_EV_NAME, .subject = p.s };
	memset(f.u.name.for_home, 7, sizeof(f.u.name.for_home));
	memset(f.u.name.for_ward, 8, sizeof(f.u.name.for_ward));
	append(&a, &f, NULL);
	assert_int_equal(ld_store_ledger(a.st, 0, count_ledger, n), 0);
	assert_int_equal(n[LD_LEDGER_DATA], 1);
	assert_int_equal(n[LD_LEDGER_FEEDBACK], 1);
	assert_int_equal(ld_store_household(a.st, &p.p, count_household, &names), 0);
	assert_int_equal(names, 1);

	f = (struct ld_fact){ .kind = LD_EV_HELP_STEP, .subject = p.s };
	f.u.help_step.pin = 472;
	f.u.help_step.step = LD_HELP_ANSWERED;
	append(&b, &f, NULL);
	f = (struct ld_fact){ .kind = LD_EV_HELP, .subject = p.s };
	f.u.help.pin = 472;
	append(&a, &f, NULL);
	person(&a, &p);
	assert_int_equal(p.help_pin, 472);
	f = (struct ld_fact){ .kind = LD_EV_REQUEST, .subject = p.s };
	f.u.request.due_ms = 5000;
	f.u.request.answered = true;
	append(&b, &f, NULL);
	sync_to(&a, &b, true);
	sync_to(&b, &a, false);
	person(&a, &p);
	assert_int_equal(p.request_due_ms, 0);
	assert_int_equal(p.help_pin, 0);
	same_projections(&a, &b);
	rebuilds_to_the_same(&a);
	rebuilds_to_the_same(&b);
	by_p(&a, LD_EV_CLOSE);
	sync_to(&a, &b, false);
	memset(n, 0, sizeof(n));
	assert_int_equal(ld_store_ledger(b.st, 0, count_ledger, n), 0);
	assert_int_equal(n[LD_LEDGER_DATA] + n[LD_LEDGER_FEEDBACK], 0);
	same_projections(&a, &b);
	node_end(&a);
	node_end(&b);
}

static void test_contents_after_closure(void **state)
{
	struct node a, b, c;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	node_init(&c, 3);
	consent(&a, NULL);
	answer(&a, 1, true);
	sync_to(&a, &b, false);
	by_p(&b, LD_EV_CLOSE);
	sync_to(&b, &c, false);         /* c hears of the closure, and everything of a, from b */
	sync_to(&a, &c, false);
	same_projections(&b, &c);
	sync_to(&b, &a, false);
	same_projections(&a, &c);
	node_end(&a);
	node_end(&b);
	node_end(&c);
}

static void test_registers_in_any_order(void **state)
{
	struct node a, b, c, d;
	struct ld_person p;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	node_init(&c, 3);
	node_init(&d, 4);
	consent(&a, NULL);
	set_tdp(&a, "1", NULL);
	sync_to(&a, &b, false);
	ld_clock_manual_advance(&b.clock, 60000);
	set_tdp(&b, "2", NULL);         /* overwrites a's */
	set_tdp(&a, "3", NULL);         /* concurrent with b's */
	sync_to(&b, &c, true);
	sync_to(&a, &c, false);
	sync_to(&a, &d, true);
	sync_to(&b, &d, true);
	same_projections(&c, &d);
	person(&c, &p);
	assert_int_equal(p.reg[LD_REG_TDP].live.n, 2);
	assert_string_equal(p.reg[LD_REG_TDP].value, "2");
	set_tdp(&c, "4", NULL);         /* settles both */
	sync_to(&c, &a, false);
	sync_to(&c, &b, false);
	sync_to(&c, &d, false);
	same_projections(&a, &b);
	same_projections(&a, &d);
	person(&d, &p);
	assert_int_equal(p.reg[LD_REG_TDP].live.n, 1);
	node_end(&a);
	node_end(&b);
	node_end(&c);
	node_end(&d);
}

static void test_optout_unseen_by_a_consent_wins(void **state)
{
	struct node a, b;
	struct ld_person p;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	by_p(&a, LD_EV_OPTOUT);
	ld_clock_manual_advance(&b.clock, 3600000);
	consent(&b, NULL);              /* later by the clock, but knew nothing of it */
	sync_to(&a, &b, false);
	person(&b, &p);
	assert_true(p.consented);
	assert_int_equal(p.optouts.n, 1);
	node_end(&a);
	node_end(&b);
}

static void test_incarnations_and_long_streams(void **state)
{
	struct node a, b;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	consent(&a, NULL);
	for (int i = 0; i < 700; i++) {
		answer(&a, (uint8_t)(1 + i % 60), i % 3 == 0);
		if (i % 250 == 249) {   /* as after a crash: no head was signed for the end */
			ld_store_close(a.st);
			ld_random_fill(&a.random.random, &(uint8_t){ 0 }, 1);
			node_start(&a);
		}
	}
	sync_to(&a, &b, false);
	same_projections(&a, &b);
	rebuilds_to_the_same(&b);
	node_end(&a);
	node_end(&b);
}

/* Incarnations are random numbers, and a rebuild folds them in that order: what overwrites often
 * comes before what it overwrites. */
static void test_registers_over_restarts(void **state)
{
	struct node a;
	char tdp[16];

	(void)state;
	node_init(&a, 1);
	consent(&a, NULL);
	for (int i = 0; i < 12; i++) {
		snprintf(tdp, sizeof(tdp), "%d", i + 1);
		set_tdp(&a, tdp, NULL);
		ld_store_close(a.st);
		node_start(&a);
	}
	rebuilds_to_the_same(&a);
	node_end(&a);
}

/* A locked database makes begin fail; going back to what an older begin saved would write numbers
 * that are taken. (On a server: postgres.c.) */
static void test_failed_begin_rewinds_nothing(void **state)
{
	struct node a, b;
	sqlite3 *other;

	(void)state;
	if (on_server())
		return;
	node_init(&a, 1);
	node_init(&b, 2);
	consent(&a, NULL);
	answer(&a, 1, true);
	assert_int_equal(sqlite3_open(a.path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_true(ld_store_begin(a.st) < 0);
	assert_int_equal(ld_store_rollback(a.st), 0);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	answer(&a, 2, true);
	sync_to(&a, &b, false);
	same_projections(&a, &b);
	node_end(&a);
	node_end(&b);
}

static void test_back_to_a_mark(void **state)
{
	struct node a, b;
	struct ld_fact f = { .kind = LD_EV_ENROL };
	struct ld_person p;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	consent(&a, NULL);
	person(&a, &p);
	f.subject = p.s;
	assert_int_equal(ld_store_begin(a.st), 0);
	memcpy(f.u.enrol.course, "KEPT", 5);
	assert_int_equal(ld_store_append(a.st, &f, NULL), 0);
	assert_int_equal(ld_store_mark(a.st), 0);
	memcpy(f.u.enrol.course, "UNDONE", 7);
	assert_int_equal(ld_store_append(a.st, &f, NULL), 0);
	assert_int_equal(ld_store_back(a.st), 0);
	assert_int_equal(ld_store_mark(a.st), 0);
	memcpy(f.u.enrol.course, "ALSO", 5);
	assert_int_equal(ld_store_append(a.st, &f, NULL), 0);
	assert_int_equal(ld_store_unmark(a.st), 0);
	assert_int_equal(ld_store_commit(a.st), 0);
	person(&a, &p);
	assert_non_null(ld_person_course(&p, "KEPT"));
	assert_null(ld_person_course(&p, "UNDONE"));
	assert_non_null(ld_person_course(&p, "ALSO"));
	sync_to(&a, &b, false);
	same_projections(&a, &b);
	node_end(&a);
	node_end(&b);
}

static void test_forgery_is_refused(void **state)
{
	struct node a, b;
	struct ld_stream_state have;
	struct want w = { 0 };
	struct ld_run run;
	struct ld_head head;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	consent(&a, NULL);
	for (int i = 1; i < 20; i++)
		answer(&a, (uint8_t)i, true);
	ld_store_begin(a.st);
	ld_store_sign_heads(a.st);
	ld_store_commit(a.st);
	ld_store_streams(a.st, list, &w);
	assert_int_equal(ld_store_run(a.st, &w.s[0], 1, &run, &head), 0);
	assert_true(ld_head_verify(&head, a.key.pk));
	assert_false(ld_head_verify(&head, b.key.pk));
	ld_store_begin(b.st);
	run.bodies[5] ^= 1;
	assert_int_equal(ld_store_apply(b.st, &run, &head), LD_E_FORGED);
	run.bodies[5] ^= 1;
	run.events[3].hlc++;
	assert_int_equal(ld_store_apply(b.st, &run, &head), LD_E_FORGED);
	run.events[3].hlc--;
	run.subjects[0].salt[0] ^= 1;
	assert_int_equal(ld_store_apply(b.st, &run, &head), LD_E_FORGED);
	run.subjects[0].salt[0] ^= 1;
	run.first = 2;
	run.events[0].seq = 2;
	assert_int_equal(ld_store_apply(b.st, &run, &head), LD_E_CORRUPT);
	run.first = 1;
	run.events[0].seq = 1;
	assert_int_equal(ld_store_stream(b.st, &w.s[0], &have), LD_E_UNKNOWN);
	assert_int_equal(ld_store_apply(b.st, &run, &head), run.n);
	ld_store_commit(b.st);
	ld_run_release(&run);
	assert_int_equal(ld_store_run(a.st, &w.s[0], head.seq + 1, &run, &head), LD_E_UNKNOWN);
	node_end(&a);
	node_end(&b);
}

static void test_rollback_forgets(void **state)
{
	struct node a, b;
	struct ld_fact f = { .kind = LD_EV_OPTOUT, .subject = { { 1 } } };

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	ld_store_begin(a.st);
	assert_int_equal(ld_store_append(a.st, &f, NULL), 0);
	ld_store_rollback(a.st);
	assert_int_equal(ld_store_version(a.st), 0);
	append(&a, &f, NULL);
	sync_to(&a, &b, false);
	same_projections(&a, &b);
	node_end(&a);
	node_end(&b);
}

static void test_second_program_is_refused(void **state)
{
	struct node a;
	struct ld_store *second = NULL;
	struct ld_errmsg err = { "" };
	struct ld_store_cfg cfg;

	(void)state;
	node_init(&a, 1);
	cfg = (struct ld_store_cfg){ .path = a.path, .clock = &a.clock.clock,
				     .random = &a.random.random, .author = &a.key };
	assert_int_equal(engine_open(&second, &cfg, &err), LD_E_LOCKED);
	assert_non_null(strstr(err.text, "in use by another program"));
	assert_null(second);
	node_end(&a);
}

static void test_local_tables(void **state)
{
	struct node a;
	struct ld_out_row r = { .prio = LD_PRIO_LESSON, .to = "+84900000001", .text = "A", .due_ms = 5 };
	struct ld_out_row got;
	uint64_t counts[LD_N_OUT_STATES];
	int64_t id1, id2;
	uint8_t blob[8];
	struct ld_id p = { { 3 } };

	(void)state;
	node_init(&a, 1);
	ld_store_begin(a.st);
	assert_int_equal(ld_store_seen(a.st, "sim1", "k", 1000), 0);
	assert_int_equal(ld_store_seen(a.st, "sim1", "k", 2000), 1);
	assert_int_equal(ld_store_seen(a.st, "sim2", "k", 2000), 0);
	assert_int_equal(ld_store_seen(a.st, "sim1", "k", 1000 + INT64_C(604800000)), 0);
	assert_int_equal(ld_store_session_put(a.st, &p, (const uint8_t *)"abc", 3, 1), 0);
	assert_int_equal(ld_store_session_get(a.st, &p, blob, sizeof(blob)), 3);
	r.p = p;
	assert_int_equal(ld_store_out_add(a.st, &r, &id1), 0);
	r.prio = LD_PRIO_REPLY;
	assert_int_equal(ld_store_out_add(a.st, &r, &id2), 0);
	assert_int_equal(ld_store_out_first(a.st, "", LD_PRIO_REPLY, 4, &got), LD_E_UNKNOWN);
	assert_int_equal(ld_store_out_first(a.st, "sim1", LD_PRIO_REPLY, 5, &got), LD_E_UNKNOWN);
	assert_int_equal(ld_store_out_first(a.st, "", LD_PRIO_LESSON, 5, &got), 0);
	assert_int_equal(got.id, id1);
	assert_int_equal(ld_store_out_first(a.st, "", LD_PRIO_REPLY, 5, &got), 0);
	assert_int_equal(got.id, id2);
	assert_int_equal(ld_store_out_set(a.st, id2, LD_OUT_INTENT, "sim1", NULL, 0, 6), 0);
	assert_int_equal(ld_store_out_cancel(a.st, &p, 7), 1);
	assert_int_equal(ld_store_out_counts(a.st, counts), 0);
	assert_int_equal(counts[LD_OUT_INTENT], 1);
	assert_int_equal(counts[LD_OUT_CANCELLED], 1);
	assert_int_equal(ld_store_out_get(a.st, id2, &got), 0);
	assert_string_equal(got.channel, "sim1");
	assert_int_equal(got.tries, 1);
	ld_store_commit(a.st);
	node_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life_of_a_learner),
		cmocka_unit_test(test_erasure),
		cmocka_unit_test(test_ticket_and_guardian),
		cmocka_unit_test(test_ledger_and_names),
		cmocka_unit_test(test_contents_after_closure),
		cmocka_unit_test(test_registers_in_any_order),
		cmocka_unit_test(test_optout_unseen_by_a_consent_wins),
		cmocka_unit_test(test_incarnations_and_long_streams),
		cmocka_unit_test(test_registers_over_restarts),
		cmocka_unit_test(test_failed_begin_rewinds_nothing),
		cmocka_unit_test(test_back_to_a_mark),
		cmocka_unit_test(test_forgery_is_refused),
		cmocka_unit_test(test_rollback_forgets),
		cmocka_unit_test(test_second_program_is_refused),
		cmocka_unit_test(test_local_tables),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
