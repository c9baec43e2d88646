/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two SIMs: one number for each resident, another one when hers is gone, robots, and results that
 * a full disk refuses. */
#include "bench.h"
#include "impl.h"

static int set_up_two(void **state)
{
	struct bench *b;

	set_up(state);
	b = *state;
	close_all(b);
	b->two = true;
	open_all(b);
	return 0;
}

/* Messages that wait, as a job of the work thread. */
struct queueing {
	struct ld_job job;
	struct ld_out_row row;
	unsigned n;
	int64_t id;
};

static int queue_run(struct ld_job *job, struct ld_store *st)
{
	struct queueing *q = (struct queueing *)job;
	int rc = 0;

	for (unsigned i = 0; i < q->n && rc == 0; i++)
		rc = ld_outbox_add(st, &q->row, &q->id);
	return rc;
}

static void queue_done(struct ld_job *job, int rc)
{
	(void)job;
	assert_int_equal(rc, 0);
}

static int64_t queue(struct bench *b, enum ld_prio prio, const char *channel, const char *to)
{
	struct ld_msisdn m;
	struct queueing q = { .job = { .run = queue_run, .done = queue_done }, .n = 1 };
	struct ld_out_row *r = &q.row;

	assert_int_equal(ld_e164_parse(to, &m), LD_ADDR_MOBILE);
	r->prio = prio;
	r->parts = 1;
	r->created_ms = r->due_ms = r->changed_ms = b->clock.utc;
	ld_pseudonym_p(&r->p, &b->keys, &m);
	snprintf(r->channel, sizeof(r->channel), "%s", channel);
	snprintf(r->to, sizeof(r->to), "+%s", m.digits);
	snprintf(r->text, sizeof(r->text), "x");
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &q.job), 0);
	settle(b);
	return q.id;
}

static void down(struct bench *b, struct ld_channel *ch)
{
	(void)b;
	ch->host->state(ch, LD_CHANNEL_RECEIVE_ONLY, "SIM to be re-verified");
}

static int64_t chosen(struct bench *b, int64_t id)
{
	char sql[80];

	snprintf(sql, sizeof(sql), "SELECT chosen FROM outbox WHERE id = %lld", (long long)id);
	return count(b, sql);
}

static void test_her_number_stays(void **state)
{
	struct bench *b = *state;

	text_to(b, &b->other, "hoc", "1");
	assert_int_equal(b->n_sends, 1);
	assert_string_equal(b->by[0], "sim2");
	result(b, b->send[0].id, LD_SENT_OK);
	queue(b, LD_PRIO_REMINDER, "", "0912345678");   /* any may draw it: hers takes it */
	ld_clock_manual_advance(&b->clock, 3600000);
	ticks(b, 12);
	assert_int_equal(b->n_sends, 2);
	assert_string_equal(b->by[1], "sim2");
	assert_int_equal(chosen(b, b->send[1].id), LD_CHOSEN_KNOWN);
	result(b, b->send[1].id, LD_SENT_OK);
	/* She writes to the other one: then that is the number she knows. */
	text(b, "hd", "2");
	assert_string_equal(b->by[2], "sim1");
	assert_int_equal(count(b, "SELECT count(*) FROM route WHERE channel = 'sim1'"), 1);
}

static void test_free_sims_share_the_queue(void **state)
{
	struct bench *b = *state;
	char to[16];
	unsigned one = 0;

	for (unsigned i = 0; i < 12; i++) {
		snprintf(to, sizeof(to), "091234%04u", i);
		queue(b, LD_PRIO_REMINDER, "", to);
	}
	for (unsigned i = 0; i < 60 && b->n_sends < 12; i++) {
		unsigned before = b->n_sends;

		ticks(b, 1);
		for (unsigned k = before; k < b->n_sends; k++) {
			struct ld_sent s = { .id = b->send[k].id, .what = LD_SENT_OK, .parts = 1 };
			struct ld_channel *ch = strcmp(b->by[k], "sim1") == 0 ? &b->ch : &b->other;

			ch->host->sent(ch, &s);
			settle(b);
		}
	}
	assert_int_equal(b->n_sends, 12);
	for (unsigned i = 0; i < 12; i++)
		one += strcmp(b->by[i], "sim1") == 0;
	assert_in_range(one, 4, 8);
	assert_int_equal(count(b, "SELECT count(*) FROM route"), 12);
}

/* What she asked for takes another SIM at once; a lesson waits for hers. */
static void test_failover(void **state)
{
	struct bench *b = *state;
	const struct ld_gateway_queue *q;
	int64_t reply, lesson;

	text(b, "hoc", "1");
	result(b, b->send[0].id, LD_SENT_OK);
	down(b, &b->ch);
	text(b, "hd", "2");
	assert_int_equal(b->n_sends, 2);
	assert_string_equal(b->by[1], "sim2");
	result(b, b->send[1].id, LD_SENT_OK);
	reply = queue(b, LD_PRIO_REPLY, "sim1", "0912345678");
	lesson = queue(b, LD_PRIO_LESSON, "sim1", "0912345678");
	ticks(b, 5);
	assert_int_equal(b->n_sends, 2);        /* it may be back in a moment */
	assert_int_equal(ld_gateway_queues(b->gw, &q), 2);
	assert_string_equal(q[0].what.channel, "sim1");
	assert_int_equal(q[0].what.prio, LD_PRIO_REPLY);
	assert_int_equal(q[0].what.n, 1);
	assert_non_null(strstr(q[0].first.why, "sim1 cannot send: SIM to be re-verified"));
	ticks(b, 20);
	assert_int_equal(b->n_sends, 3);
	assert_int_equal(b->send[2].id, reply);
	assert_string_equal(b->by[2], "sim2");
	assert_int_equal(chosen(b, b->send[0].id), LD_CHOSEN_HEARD);
	assert_int_equal(chosen(b, b->send[1].id), LD_CHOSEN_STANDIN);
	assert_int_equal(chosen(b, reply), LD_CHOSEN_STANDIN);
	assert_int_equal(chosen(b, lesson), LD_CHOSEN_UNKNOWN);         /* this test chose */
	result(b, reply, LD_SENT_OK);
	ld_clock_manual_advance(&b->clock, 3600000);
	ticks(b, 20);
	assert_int_equal(b->n_sends, 3);
	b->ch.host->state(&b->ch, LD_CHANNEL_UP, "");
	ticks(b, 10);
	assert_int_equal(b->n_sends, 4);
	assert_int_equal(b->send[3].id, lesson);
	assert_string_equal(b->by[3], "sim1");
}

/* Her SIM may not send: the answer that it refused leaves by the other, a lesson waits. */
static void test_barred(void **state)
{
	struct bench *b = *state;
	struct ld_sent s = { .what = LD_SENT_BARRED, .why = "CMS 21" };

	text(b, "hoc", "1");
	s.id = b->send[0].id;
	b->ch.host->sent(&b->ch, &s);
	settle(b);
	ticks(b, 2);
	assert_int_equal(b->n_sends, 2);
	assert_int_equal(b->send[1].id, s.id);
	assert_string_equal(b->by[1], "sim2");
	result(b, s.id, LD_SENT_OK);
	ld_clock_manual_advance(&b->clock, 3600000);
	s.id = queue(b, LD_PRIO_LESSON, "sim1", "0912345678");
	ticks(b, 6);
	assert_int_equal(b->n_sends, 3);
	b->ch.host->sent(&b->ch, &s);
	settle(b);
	commit_now(b);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE state = 0 AND prio = 2"
			       " AND channel = 'sim1'"), 1);
}

/* A SIM that carries nothing, though its modem is well, is as good as gone. */
static void test_sick_sim(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 5; i++) {
		struct ld_sent s = { .what = LD_SENT_BARRED };

		s.id = queue(b, LD_PRIO_LESSON, "sim1", "0912000001");
		ticks(b, 6);
		b->ch.host->sent(&b->ch, &s);
		settle(b);
	}
	assert_true(b->n_sends >= 3);
	text(b, "hoc", "1");
	assert_string_equal(b->by[b->n_sends - 1], "sim2");
}

/* Gone for more than a day: another takes over, says so once, and what waited follows. */
static void test_take_over(void **state)
{
	struct bench *b = *state;
	int64_t lesson;

	text(b, "hoc", "1");
	result(b, b->send[0].id, LD_SENT_OK);
	text(b, "1", "2");
	result(b, b->send[1].id, LD_SENT_OK);
	b->n_sends = 1;
	down(b, &b->ch);
	ld_clock_manual_advance(&b->clock, 25 * 3600000);
	lesson = queue(b, LD_PRIO_REMINDER, "sim1", "0912345678");
	for (unsigned i = 0; i < 90 && b->n_sends < 3; i++) {
		unsigned before = b->n_sends;

		ticks(b, 1);
		if (b->n_sends > before)
			result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	}
	assert_int_equal(b->n_sends, 3);
	assert_string_equal(b->by[1], "sim2");
	assert_non_null(strstr(b->send[1].text, "lop hoc so doi tu so cu sang so nay"));
	assert_null(strchr(b->send[1].text, '{'));
	assert_string_equal(b->by[2], "sim2");
	assert_int_equal(b->send[2].id, lesson);
	queue(b, LD_PRIO_REMINDER, "", "0912345678");
	ticks(b, 60);
	assert_int_equal(b->n_sends, 4);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE what = 'NUMBER_CHANGED'"), 1);
	assert_int_equal(count(b, "SELECT count(*) FROM route WHERE channel = 'sim2'"), 1);
}

/* ---- what it costs ---- */

static int set_up_priced(void **state)
{
	struct bench *b;

	set_up(state);
	b = *state;
	close_all(b);
	b->two = b->priced = true;
	open_all(b);
	return 0;
}

/* The channel of the next message to a number, as everything that queues one asks for it. */
struct asking {
	struct ld_job job;
	struct bench *b;
	struct ld_msisdn m;
	char channel[32];
	int chosen;
};

static int ask_run(struct ld_job *job, struct ld_store *st)
{
	struct asking *a = (struct asking *)job;
	struct ld_id p;

	ld_pseudonym_p(&p, &a->b->keys, &a->m);
	a->chosen = route_of(a->b->gw, st, &a->m, &p, a->channel);
	return a->chosen > 0 ? 0 : LD_E_RANGE;
}

static void assert_route(struct bench *b, const char *to, const char *channel,
			 enum ld_out_chosen why)
{
	struct asking a = { .job = { .run = ask_run, .done = queue_done }, .b = b };

	assert_int_equal(ld_e164_parse(to, &a.m), LD_ADDR_MOBILE);
	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &a.job), 0);
	settle(b);
	assert_string_equal(a.channel, channel);
	assert_int_equal(a.chosen, why);
}

static void text_through(struct bench *b, struct ld_channel *ch, const char *smsc, const char *key)
{
	struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .ref = ++b->next_ref,
				 .from = "0912345678", .text = "hoc", .budget = { false, 160, 70, 3 } };

	snprintf(in.smsc, sizeof(in.smsc), "%s", smsc);
	snprintf(in.dedupe, sizeof(in.dedupe), "%s", key);
	assert_int_equal(ch->host->inbound(ch, &in), 0);
	settle(b);
}

/* Who has not written yet: the cheapest that can send by her prefix, else whichever is free. */
static void test_cheapest(void **state)
{
	struct bench *b = *state;

	assert_route(b, "0912345678", "sim1", LD_CHOSEN_CHEAPEST);
	assert_route(b, "0981234567", "sim2", LD_CHOSEN_CHEAPEST);
	assert_route(b, "0901234567", "", LD_CHOSEN_FREE);      /* nobody's that is known */
	down(b, &b->other);
	assert_route(b, "0981234567", "", LD_CHOSEN_FREE);      /* not by one that is away */
	b->other.host->state(&b->other, LD_CHANNEL_UP, "");
	assert_route(b, "0981234567", "sim2", LD_CHOSEN_CHEAPEST);
}

static void test_same_price(void **state)
{
	struct bench *b = *state;

	assert_route(b, "0912345678", "", LD_CHOSEN_FREE);
	assert_route(b, "0981234567", "", LD_CHOSEN_FREE);
}

static void test_her_number_stays_at_any_price(void **state)
{
	struct bench *b = *state;

	text_through(b, &b->ch, "+84980200030", "1");
	assert_int_equal(count(b, "SELECT count(*) FROM route WHERE channel = 'sim1'"
			       " AND operator = 'Viettel'"), 1);
	assert_route(b, "0912345678", "sim1", LD_CHOSEN_KNOWN);
	text_through(b, &b->ch, "", "2");       /* what is not told takes nothing away */
	commit_now(b);
	assert_int_equal(count(b, "SELECT count(*) FROM route WHERE operator = 'Viettel'"), 1);
}

/* Her number was VinaPhone's, her service centre is Viettel's: that counts when another SIM is to
 * take over. */
static void test_learned_beats_the_prefix(void **state)
{
	static const struct { const char *smsc, *channel; } rows[] = {
		{ "", "sim1" }, { "+84980200030", "sim2" },
	};
	struct ld_channel third = { .ops = &ops, .name = "sim3" };
	struct bench *b = *state;
	struct ld_gateway_lane lane = { .window = 2, .own_vnd = 500, .other_vnd = 500 };

	third.host = ld_gateway_host(b->gw);
	third.priv = b;
	assert_int_equal(ld_gateway_add(b->gw, &third, &lane), 0);
	for (unsigned i = 0; i < LD_ARRAY_SIZE(rows); i++) {
		third.host->state(&third, LD_CHANNEL_UP, "");
		text_through(b, &third, rows[i].smsc, rows[i].channel);
		assert_route(b, "0912345678", "sim3", LD_CHOSEN_KNOWN);
		down(b, &third);
		ld_clock_manual_advance(&b->clock, 25 * 3600000);
		assert_route(b, "0912345678", rows[i].channel, LD_CHOSEN_HEIR);
	}
}

/* ---- robots ---- */

static void test_ping_pong(void **state)
{
	static const char auto_reply[] = "Toi dang lai xe, se goi lai sau. Cam on.";
	struct bench *b = *state;
	struct ld_gateway_stats stats;
	char key[8];

	for (unsigned i = 0; i < 6; i++) {
		snprintf(key, sizeof(key), "p%u", i);
		text(b, auto_reply, key);
		if (b->n_sends > 0)
			result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	}
	assert_in_range(b->n_sends, 1, 2);
	ld_gateway_stats(b->gw, &stats);
	assert_int_equal(stats.looped, 4);
	/* Two honest answers that are equal are two answers. */
	b->n_sends = 0;
	for (unsigned i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "h%u", i);
		text(b, "hd", key);
		if (b->n_sends > 0)
			result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	}
	assert_true(b->n_sends >= 2);
	ld_gateway_stats(b->gw, &stats);
	assert_int_equal(stats.looped, 4);
}

/* ---- results ---- */

/* A result is told once: a disk that is full for a while must not lose it. */
static void test_results_are_not_lost(void **state)
{
	struct bench *b = *state;
	struct ld_sent s = { .what = LD_SENT_OK, .parts = 1 };

	ld_worker_gather(b->worker, 2);         /* with patience, as on a board */
	text(b, "hoc", "1");
	s.id = b->send[0].id;
	signal(SIGXFSZ, SIG_IGN);
	limit_file_size(4096);
	b->ch.host->sent(&b->ch, &s);
	settle(b);
	ticks(b, 12);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE state = 1"), 1);
	ticks(b, 6);
	commit_now(b);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE state = 2"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_two, tear_down)
		T(test_her_number_stays),
		T(test_free_sims_share_the_queue),
		T(test_failover),
		T(test_barred),
		T(test_sick_sim),
		T(test_take_over),
#define PRICED(name) cmocka_unit_test_setup_teardown(name, set_up_priced, tear_down)
		PRICED(test_cheapest),
		T(test_same_price),
		PRICED(test_her_number_stays_at_any_price),
		PRICED(test_learned_beats_the_prefix),
		T(test_ping_pong),
		T(test_results_are_not_lost),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
