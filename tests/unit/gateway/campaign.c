/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A broadcast under way: held, resumed, slowed down, ended. */
#include "bench.h"

enum { PEOPLE = 6, ID = 123456 };

struct order {
	struct ld_job job;
	struct ld_fact f;
};

static int order_run(struct ld_job *job, struct ld_store *st)
{
	return ld_store_append(st, &((struct order *)job)->f, NULL);
}

static void order_done(struct ld_job *job, int rc)
{
	(void)job;
	assert_int_equal(rc, 0);
}

static void order(struct bench *b, const struct ld_fact *f)
{
	struct order o = { .job = { .run = order_run, .done = order_done }, .f = *f };

	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &o.job), 0);
	settle(b);
}

static void pace(struct bench *b, bool held, unsigned rate)
{
	struct ld_fact f = { .kind = LD_EV_CAMPAIGN_PACE,
			     .u.campaign_pace = { ID, held, (uint16_t)rate } };

	order(b, &f);
}

static int64_t rows(struct bench *b, unsigned state)
{
	char sql[96];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM outbox WHERE what = 'R %d' AND state = %u", ID,
		 state);
	commit_now(b);
	return count(b, sql);
}

static int set_up_people(void **state)
{
	struct bench *b;

	set_up(state);
	b = *state;
	for (unsigned i = 0; i < PEOPLE; i++)
		for (unsigned k = 0; k < 2; k++) {
			struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS,
						 .ref = ++b->next_ref,
						 .budget = { false, 160, 70, 3 } };

			snprintf(in.from, sizeof(in.from), "091200000%u", i);
			snprintf(in.text, sizeof(in.text), "%s", k ? "1" : "hoc");
			b->n_sends = 0;
			assert_int_equal(b->ch.host->inbound(&b->ch, &in), 0);
			settle(b);
			ld_clock_manual_advance(&b->clock, 5000);
			if (b->n_sends)
				result(b, b->send[0].id, LD_SENT_OK);
		}
	assert_int_equal(count(b, "SELECT count(*) FROM number"), PEOPLE);
	b->ch.host->state(&b->ch, LD_CHANNEL_DOWN, "so that messages wait");
	ld_clock_manual_advance(&b->clock, 3600000);
	return 0;
}

static void start(struct bench *b)
{
	struct ld_fact f = { .kind = LD_EV_CAMPAIGN, .u.campaign = {
		.id = ID, .message = "REMIND_EVENT", .people = "all learners", .when = "now",
		.values = "title=Hop\ntime=19:00\nplace=Nha van hoa\n" } };

	order(b, &f);
}

static void test_hold_and_resume(void **state)
{
	struct bench *b = *state;

	start(b);
	ticks(b, 6);
	assert_int_equal(rows(b, LD_OUT_QUEUED), PEOPLE);
	pace(b, true, 0);
	ticks(b, 6);
	assert_int_equal(rows(b, LD_OUT_HELD), PEOPLE);
	b->ch.host->state(&b->ch, LD_CHANNEL_UP, "");
	b->n_sends = 0;
	ticks(b, 20);
	assert_int_equal(b->n_sends, 0);
	pace(b, false, 0);
	ticks(b, 20);
	assert_true(b->n_sends > 0);
	assert_int_equal(rows(b, LD_OUT_HELD), 0);
}

static void test_held_before_it_began(void **state)
{
	struct bench *b = *state;

	pace(b, true, 0);       /* events come in any order */
	start(b);
	ticks(b, 12);
	assert_int_equal(rows(b, LD_OUT_QUEUED), 0);
	pace(b, false, 0);
	ticks(b, 6);
	assert_int_equal(rows(b, LD_OUT_QUEUED), PEOPLE);
}

static void test_rate(void **state)
{
	struct bench *b = *state;
	struct ld_fact end = { .kind = LD_EV_CAMPAIGN_END, .u.campaign_end = { ID } };

	pace(b, false, 60);
	start(b);
	ticks(b, 10);
	assert_in_range(rows(b, LD_OUT_QUEUED), 1, 2);
	ticks(b, 120);
	assert_in_range(rows(b, LD_OUT_QUEUED), 3, 4);
	/* A day later it goes on where it was. */
	ld_clock_manual_advance(&b->clock, 24 * 3600000 - 131000);
	ticks(b, 70);
	assert_in_range(rows(b, LD_OUT_QUEUED), 4, 5);
	pace(b, false, 0);
	ticks(b, 10);
	assert_int_equal(rows(b, LD_OUT_QUEUED), PEOPLE);
	order(b, &end);
	ticks(b, 10);
	assert_int_equal(rows(b, LD_OUT_QUEUED), 0);
	assert_int_equal(rows(b, LD_OUT_CANCELLED), PEOPLE);
}

/* Two on one day: the second one waits for tomorrow, but no warning does. */
static void test_a_warning_does_not_wait(void **state)
{
	struct bench *b = *state;
	struct ld_fact f = { .kind = LD_EV_CAMPAIGN, .u.campaign = {
		.id = 7, .message = "SCAM_WARN", .people = "all learners", .when = "now" } };
	char later[96];

	start(b);
	ticks(b, 12);
	snprintf(later, sizeof(later), "SELECT count(*) FROM outbox WHERE state = 0 AND due > %lld",
		 (long long)b->clock.utc + 3600000);
	order(b, &f);
	ticks(b, 12);
	commit_now(b);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE what = 'R 7'"), PEOPLE);
	assert_int_equal(count(b, later), 0);
	f.u.campaign.id = 8;
	snprintf(f.u.campaign.message, sizeof(f.u.campaign.message), "BROADCAST");
	snprintf(f.u.campaign.values, sizeof(f.u.campaign.values), "text=Mat nuoc\n");
	order(b, &f);
	ticks(b, 12);
	commit_now(b);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE what = 'R 8'"), PEOPLE);
	assert_int_equal(count(b, later), PEOPLE);
}

/* ---- what is long over makes room ---- */

enum { MANY = 200 };

static void test_after_many_campaigns(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < MANY; i++) {
		struct ld_fact f = { .kind = LD_EV_CAMPAIGN, .u.campaign = {
			.id = 200000 + i, .message = "REMIND_EVENT", .people = "all learners",
			.when = "now", .values = "title=Hop\ntime=19:00\nplace=Nha van hoa\n" } };

		order(b, &f);
	}
	ld_clock_manual_advance(&b->clock, 100 * INT64_C(86400000));
	start(b);
	ticks(b, 12);
	assert_int_equal(rows(b, LD_OUT_QUEUED), PEOPLE);
}

static const struct ld_id head = { "head" };

static void live_in(struct bench *b, const char *tdp)
{
	struct ld_fact f = { .kind = LD_EV_SET, .u.set.reg = LD_REG_TDP };
	sqlite3_stmt *q;
	sqlite3 *s;

	snprintf(f.u.set.value, sizeof(f.u.set.value), "%s", tdp);
	commit_now(b);
	assert_int_equal(sqlite3_open_v2(b->path, &s, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(s, "SELECT s FROM person", -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW) {
		memcpy(f.subject.b, sqlite3_column_blob(q, 0), sizeof(f.subject.b));
		order(b, &f);
	}
	sqlite3_finalize(q);
	sqlite3_close(s);
}

static void meeting(struct bench *b, int64_t id)
{
	struct ld_fact f = { .kind = LD_EV_NOTICE, .subject = head, .u.notice = {
		.id = id, .tdp = 28, .message = "REMIND_MEET", .place = "nha sinh hoat",
		.at_ms = b->clock.utc + INT64_C(86400000) } };

	order(b, &f);
}

static void test_after_many_notices(void **state)
{
	struct bench *b = *state;
	struct ld_fact role = { .kind = LD_EV_ROLE, .subject = head,
				.u.role = { .duty = LD_DUTY_HEAD, .tdp = 28, .name = "An" } };

	order(b, &role);
	live_in(b, "28");
	for (unsigned i = 0; i < MANY; i++)
		meeting(b, 1000 + i);
	ld_clock_manual_advance(&b->clock, 4 * INT64_C(86400000));
	meeting(b, 5000);
	ticks(b, 12);
	commit_now(b);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE what LIKE 'R G%5000'"), PEOPLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_people, tear_down)
		T(test_hold_and_resume),
		T(test_held_before_it_began),
		T(test_rate),
		T(test_a_warning_does_not_wait),
		T(test_after_many_campaigns),
		T(test_after_many_notices),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
