/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One step end to end: real store, real content, real engine, a channel that only notes. */
#include "bench.h"

static void test_first_lesson_by_sms(void **state)
{
	struct bench *b = *state;

	text(b, "hoc", "k1");
	assert_int_equal(b->n_sends, 1);
	assert_non_null(strstr(b->send[0].text, "Nhan 1 dong y, 2 khong"));
	assert_string_equal(b->send[0].to, "+84912345678");
	assert_int_equal(b->n_committed, 1);
	assert_int_equal(count(b, "SELECT count(*) FROM person"), 0);   /* nothing before consent */
	assert_int_equal(count(b, "SELECT count(*) FROM number"), 0);
	result(b, b->send[0].id, LD_SENT_OK);
	text(b, "1", "k2");
	assert_int_equal(b->n_sends, 2);
	assert_int_equal(strncmp(b->send[1].text, "1/10 ", 5), 0);
	assert_int_equal(count(b, "SELECT count(*) FROM person"), 1);
	assert_int_equal(count(b, "SELECT count(*) FROM number"), 1);
	assert_int_equal(count(b, "SELECT count(*) FROM progress WHERE enrolled > 0"), 1);
	result(b, b->send[1].id, LD_SENT_OK);
	text(b, "2", "k3");
	assert_int_equal(count(b, "SELECT count(*) FROM progress WHERE answered = 1"), 1);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE state = 2"), 2);
}

static void test_durable_before_it_leaves(void **state)
{
	struct bench *b = *state;

	text(b, "hoc", "k1");
	assert_int_equal(b->n_sends, 1);
	assert_int_equal(b->events_at_send, 1);         /* born as an intent, seen by another reader */
}

static void key(struct bench *b, enum ld_inbound_what what, const char *keys)
{
	struct ld_inbound in = { .what = what, .kind = LD_CHAN_USSD, .session = 7,
				 .from = "0912345678", .budget = { true, 128, 56, 1 } };

	snprintf(in.text, sizeof(in.text), "%s", keys);
	assert_int_equal(b->ch.host->inbound(&b->ch, &in), 0);
	settle(b);
}

/* Turning menus over waits for no disk; a consent does. */
static void test_live_session(void **state)
{
	struct bench *b = *state;
	struct ld_worker_stats before, after;

	key(b, LD_IN_BEGIN, "*123#");
	assert_int_equal(b->n_replies, 1);
	key(b, LD_IN_TEXT, "1");
	assert_int_equal(b->n_replies, 2);
	assert_int_equal(b->people_at_reply, 1);
	key(b, LD_IN_TEXT, "00");
	assert_non_null(strstr(b->reply.text, "1.Hoc bai"));
	ld_worker_stats(b->worker, &before);
	key(b, LD_IN_TEXT, "6");
	key(b, LD_IN_TEXT, "4");
	ld_worker_stats(b->worker, &after);
	assert_int_equal(b->n_replies, 5);
	assert_true(after.commits - before.commits <= 1);
	close_all(b);                   /* but an orderly end keeps where she was */
	open_all(b);
	key(b, LD_IN_BEGIN, "*123#");
	assert_non_null(strstr(b->reply.text, "Lan truoc dang o"));
}

/* A number that the network did not tell: information, and nothing stored. */
static void test_anonymous_session(void **state)
{
	struct bench *b = *state;
	struct ld_inbound in = { .what = LD_IN_BEGIN, .kind = LD_CHAN_USSD, .session = 9,
				 .budget = { true, 128, 56, 1 }, .text = "*123#" };
	static const char *const keys[] = { "6", "4" };

	assert_int_equal(b->ch.host->inbound(&b->ch, &in), 0);
	settle(b);
	in.what = LD_IN_TEXT;
	for (size_t i = 0; i < LD_ARRAY_SIZE(keys); i++) {
		snprintf(in.text, sizeof(in.text), "%s", keys[i]);
		assert_int_equal(b->ch.host->inbound(&b->ch, &in), 0);
		settle(b);
	}
	assert_int_equal(b->n_replies, 3);
	assert_non_null(strstr(b->reply.text, "Khong so. Khong tham."));       /* scam, 4 */
	assert_int_equal(count(b, "SELECT count(*) FROM event"), 0);
	assert_int_equal(count(b, "SELECT count(*) FROM session"), 0);
}

static void test_twice_delivered_once_answered(void **state)
{
	struct bench *b = *state;

	text(b, "hoc", "same");
	text(b, "hoc", "same");
	assert_int_equal(b->n_sends, 1);
	assert_int_equal(b->n_committed, 2);            /* the second copy may be deleted too */
}

static void test_optout_empties_the_queue(void **state)
{
	struct bench *b = *state;

	text(b, "hoc", "1");
	result(b, b->send[0].id, LD_SENT_OK);
	text(b, "1", "2");
	b->busy = true;                                 /* nothing leaves now */
	result(b, b->send[1].id, LD_SENT_OK);
	text(b, "2", "3");
	text(b, "diem", "4");
	assert_true(count(b, "SELECT count(*) FROM outbox WHERE state = 0") >= 1);
	text(b, "HUY", "5");
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE state = 0"
			       " AND what <> 'OPTOUT_OK'"), 0);
	assert_int_equal(count(b, "SELECT count(*) FROM optout"), 1);
}

static void test_robots_do_not_thank_for_ever(void **state)
{
	struct bench *b = *state;
	char key[16];

	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "%d", i);
		text(b, i % 2 ? "menu" : "hd", key);
		if (b->n_sends > 0)
			result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
		if (b->n_sends > 1)
			result(b, b->send[b->n_sends - 2].id, LD_SENT_OK);
	}
	assert_true(count(b, "SELECT count(*) FROM outbox") <= 20);
	assert_int_equal(b->n_committed, 40);
	/* But whoever writes that much and then wants to be left alone is. */
	text(b, "HUY", "stop");
	assert_int_equal(count(b, "SELECT count(*) FROM optout"), 1);
}

static void test_results_in_any_order(void **state)
{
	struct bench *b = *state;

	text(b, "hoc", "1");
	result(b, b->send[0].id, LD_SENT_DELIVERED);    /* the report overtakes the response */
	result(b, b->send[0].id, LD_SENT_OK);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE state = 3"), 1);
	result(b, b->send[0].id, LD_SENT_RETRY);        /* too late to be true */
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE state = 3"), 1);
	assert_int_equal(b->n_sends, 1);
}

static void test_unknown_is_not_resent(void **state)
{
	struct bench *b = *state;

	text(b, "hoc", "1");
	close_all(b);                                   /* dies with an intent */
	b->n_sends = 0;
	ld_clock_manual_advance(&b->clock, LD_OUT_UNKNOWN_MS + 1000);
	open_all(b);
	for (int i = 0; i < 31; i++)
		ld_gateway_tick(b->gw);
	settle(b);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE state = 5"), 1);
	assert_int_equal(b->n_sends, 0);
}

static void test_foreign_and_odd_senders(void **state)
{
	static const char *const odd[] = { "VIETTEL", "1414", "+85512345678", "garbage!", "02438643333" };
	struct bench *b = *state;

	for (size_t i = 0; i < LD_ARRAY_SIZE(odd); i++) {
		struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS,
					 .ref = ++b->next_ref, .budget = { false, 160, 70, 3 },
					 .text = "hoc" };

		snprintf(in.from, sizeof(in.from), "%s", odd[i]);
		assert_int_equal(b->ch.host->inbound(&b->ch, &in), 0);
		settle(b);
	}
	assert_int_equal(b->n_sends, 0);
	assert_int_equal(b->n_committed, LD_ARRAY_SIZE(odd));
	assert_int_equal(count(b, "SELECT count(*) FROM event"), 0);
}

static void test_full_disk(void **state)
{
	struct bench *b = *state;

	signal(SIGXFSZ, SIG_IGN);
	limit_file_size(4096);
	text(b, "hoc", "1");
	assert_int_equal(b->n_sends, 0);
	assert_int_equal(b->n_committed, 0);
	limit_file_size(RLIM_INFINITY);
	for (int i = 0; i < 5; i++)
		ld_gateway_tick(b->gw);
	settle(b);
	assert_int_equal(b->n_sends, 1);
	assert_int_equal(b->n_committed, 1);
	assert_int_equal(count(b, "SELECT count(*) FROM event WHERE kind = 30"), 1);
}

static void test_spacing(void **state)
{
	struct bench *b = *state;
	char key[16];

	for (int i = 0; i < 6; i++) {                   /* burst 3, then one a second; 2 s a text */
		snprintf(key, sizeof(key), "%d", i);
		text(b, "menu", key);
		b->clock.mono_ms -= 2000;               /* as if all came at once */
		for (unsigned k = 0; k < b->n_sends; k++)
			result(b, b->send[k].id, LD_SENT_OK);
	}
	assert_int_equal(b->n_sends, 3);
	b->clock.mono_ms += 1000;
	for (int i = 0; i < 5; i++)
		ld_gateway_tick(b->gw);
	settle(b);
	assert_int_equal(b->n_sends, 4);
}

/* Shown in person: whose is it? */
static void test_completion_code(void **state)
{
	static const struct ld_msisdn me = { "84912345678" }, her = { "84987654321" };
	struct bench *b = *state;
	struct ld_fact f = { .kind = LD_EV_COMPLETE };
	struct ld_gateway_verdict v;
	struct ld_person p;
	char code[LD_CODE_DIGITS + 1];

	text(b, "hoc", "1");
	result(b, b->send[0].id, LD_SENT_OK);
	text(b, "1", "2");
	ld_worker_stop(b->worker);              /* the store is ours for a while */
	assert_int_equal(ld_store_begin(b->st), 0);
	assert_int_equal(ld_store_person(b->st, &b->keys, &me, 1, &p), 0);
	f.subject = p.s;
	memcpy(f.u.complete.course, "LUADAO", 7);
	assert_int_equal(ld_store_append(b->st, &f, NULL), 0);
	ld_completion_code(code, &b->keys, &p.s, 4);
	assert_int_equal(ld_gateway_verify(b->gw, b->st, code, &me, &v), 0);
	assert_true(v.readable && v.genuine && v.owner);
	assert_string_equal(v.course, "LUADAO");
	assert_int_equal(ld_gateway_verify(b->gw, b->st, code, &her, &v), 0);
	assert_true(v.genuine && !v.owner);
	code[5] = (char)('0' + (code[5] - '0' + 1) % 10);
	assert_int_equal(ld_gateway_verify(b->gw, b->st, code, NULL, &v), 0);
	assert_false(v.readable || v.genuine);
	ld_completion_code(code, &b->keys, &p.p, 4);
	assert_int_equal(ld_gateway_verify(b->gw, b->st, code, NULL, &v), 0);
	assert_true(v.readable && !v.genuine);
	assert_int_equal(ld_store_commit(b->st), 0);
	assert_int_equal(ld_worker_start(&b->worker, b->st, 64), 0);
}

/* ---- a batch that is rolled back ---- */

struct hold {
	struct ld_job job;
	int fd[2];
	bool over;              /* it is run again when it was in the others' batch */
};

/* Until both others wait: they are one batch then. */
static int hold_run(struct ld_job *job, struct ld_store *st)
{
	struct hold *h = (struct hold *)job;
	char c;

	(void)st;
	h->over = h->over || read(h->fd[0], &c, 1) == 1;
	return h->over ? 0 : LD_E_BUSY;
}

static int fail_run(struct ld_job *job, struct ld_store *st)
{
	(void)job;
	(void)st;
	return LD_E_FULL;
}

static void fail_done(struct ld_job *job, int rc)
{
	(void)job;
	assert_int_equal(rc, LD_E_FULL);
}

static void dial(struct bench *b, uint64_t session, int what, const char *text)
{
	struct ld_inbound in = { .kind = LD_CHAN_USSD, .session = session,
				 .budget = { true, 160, 70, 1 } };

	in.what = what;
	snprintf(in.text, sizeof(in.text), "%s", text);
	assert_int_equal(b->ch.host->inbound(&b->ch, &in), 0);
}

/* Nobody's number is known, so her place in the menu is in memory only. */
static void test_a_stranger_is_not_moved_twice(void **state)
{
	struct bench *b = *state;
	struct hold hold = { .job = { .run = hold_run, .done = nothing_done } };
	struct ld_job fail = { .run = fail_run, .done = fail_done };
	char want[LD_TEXT_MAX];

	dial(b, 1, LD_IN_BEGIN, "*123#");
	settle(b);
	dial(b, 1, LD_IN_TEXT, "4");
	settle(b);
	snprintf(want, sizeof(want), "%s", b->reply.text);
	dial(b, 2, LD_IN_BEGIN, "*123#");
	settle(b);
	assert_string_not_equal(b->reply.text, want);
	assert_int_equal(pipe(hold.fd), 0);
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &hold.job), 0);
	dial(b, 2, LD_IN_TEXT, "4");
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &fail), 0);
	assert_int_equal(write(hold.fd[1], "x", 1), 1);
	settle(b);
	close(hold.fd[0]);
	close(hold.fd[1]);
	assert_string_equal(b->reply.text, want);
}

/* ---- a job that can wait ---- */

struct told {
	struct ld_job job;
	const struct bench *b;
	const char *name;
	int rc;
	int64_t stored;         /* seen by others when done() came */
};

static int note_run(struct ld_job *job, struct ld_store *st)
{
	const struct told *t = (struct told *)job;

	return ld_store_setting_put(st, t->name, "", 0);
}

static void told(struct ld_job *job, int rc)
{
	struct told *t = (struct told *)job;
	char sql[80];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM setting WHERE name = '%s'", t->name);
	t->rc = rc;
	t->stored = count(t->b, sql);
}

/* It is told after a commit, though nobody else makes one, and another's failure is not its own. */
static void test_patience(void **state)
{
	struct bench *b = *state;
	struct told alone = { .job = { .run = note_run, .done = told, .patient = true }, .b = b,
			      .name = "alone" };
	struct told beside = alone;
	struct ld_job fail = { .run = fail_run, .done = fail_done };

	beside.name = "beside";
	ld_worker_gather(b->worker, 2);
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &alone.job), 0);
	settle(b);
	assert_int_equal(alone.rc, 0);
	assert_int_equal(alone.stored, 1);
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &beside.job), 0);
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &fail), 0);
	settle(b);
	assert_int_equal(beside.rc, 0);
	assert_int_equal(beside.stored, 1);
}

static int menu_run(struct ld_job *job, struct ld_store *st)
{
	job->lazy = true;
	return note_run(job, st);
}

static int look_run(struct ld_job *job, struct ld_store *st)
{
	(void)job;
	return ld_store_paused(st);
}

/* Who only looks ends the transaction that menus left open; that it cannot be stored is not hers. */
static void test_a_full_disk_does_not_blind(void **state)
{
	struct bench *b = *state;
	struct told menu = { .job = { .run = menu_run, .done = told }, .b = b, .name = "menu" };
	struct told look = { .job = { .run = look_run, .done = told }, .b = b, .name = "menu" };

	signal(SIGXFSZ, SIG_IGN);
	limit_file_size(4096);
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &menu.job), 0);
	settle(b);
	assert_int_equal(menu.rc, 0);
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &look.job), 0);
	settle(b);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(look.rc, 0);
	assert_int_equal(look.stored, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		T(test_first_lesson_by_sms),
		T(test_a_stranger_is_not_moved_twice),
		T(test_patience),
		T(test_a_full_disk_does_not_blind),
		T(test_durable_before_it_leaves),
		T(test_live_session),
		T(test_anonymous_session),
		T(test_twice_delivered_once_answered),
		T(test_optout_empties_the_queue),
		T(test_robots_do_not_thank_for_ever),
		T(test_results_in_any_order),
		T(test_unknown_is_not_resent),
		T(test_foreign_and_odd_senders),
		T(test_full_disk),
		T(test_spacing),
		T(test_completion_code),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
