/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lessons that come by themselves, end to end: two boards with real stores, content and engine,
 * and channels that only note. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "laido/session/session.h"
#include "simple.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define MONDAY_MS INT64_C(1795402800000)        /* 23/11/2026 10:00 in Hanoi */

enum { MESSAGES = 64 };

static const char mobile[] = "0912345678";

struct board {
	char dir[64], path[80];
	struct ld_keypair key;
	struct ld_ward_keys keys;
	const struct ld_clock_manual *clock;
	struct ld_store *st;
	struct ld_worker *worker;
	struct ld_gateway *gw;
	struct ld_channel ch;
	unsigned n_sends, next_ref;
	struct ld_send send[MESSAGES];
	enum ld_channel_state state;
};

struct ward {
	struct ld_clock_manual clock;
	struct board a, b;
};

static int ch_start(struct ld_channel *ch)
{
	struct board *b = ch->priv;

	ch->host->state(ch, b->state, "");
	return 0;
}

static int ch_send(struct ld_channel *ch, const struct ld_send *s)
{
	struct board *b = ch->priv;
	struct ld_sent sent = { .id = s->id, .what = LD_SENT_OK };

	assert_true(b->n_sends < MESSAGES);
	b->send[b->n_sends++] = *s;
	ch->host->sent(ch, &sent);
	return 0;
}

static const struct ld_channel_ops ops = { "modem", ch_start, simple_stop, simple_reply, ch_send, NULL, NULL };

static bool nobody_is_simulated(const void *arg, const struct ld_msisdn *m)
{
	(void)arg;
	(void)m;
	return false;
}

static void note(void *arg, const char *line)
{
	(void)arg;
	assert_null(strstr(line, mobile + 1));
}

static void finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		fail_msg("%s:%d: %s", f->file, f->line, f->message);
}

static void start(struct board *b)
{
	struct ld_errmsg err = { "" };
	struct ld_content_options opt = { .approve_all = true, .now_ms = b->clock->utc,
					  .actions = ld_session_actions(),
					  .outcomes = ld_session_outcomes() };
	struct ld_store_cfg store = { .path = b->path, .clock = &b->clock->clock,
				      .random = ld_random_sys(), .author = &b->key };
	struct ld_gateway_cfg cfg = { .clock = &b->clock->clock, .random = ld_random_sys(),
				      .keys = &b->keys, .board = &b->key, .utc_offset_min = 420,
				      .quiet_from_min = 21 * 60, .quiet_to_min = 7 * 60 + 30,
				      .replies_per_hour = 30, .note = note,
				      .is_simulated = nobody_is_simulated };
	struct ld_gateway_lane lane = { .window = 4, .spacing_ms = 0, .burst = 4 };

	memcpy(store.ward_pk, b->key.pk, sizeof(store.ward_pk));        /* a ward of its own */
	if (ld_store_open(&b->st, &store, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_content_load("conf/content", &opt, finding, NULL, &cfg.content), 0);
	assert_int_equal(ld_worker_start(&b->worker, b->st, 64), 0);
	ld_worker_gather(b->worker, 0);
	cfg.worker = b->worker;
	assert_int_equal(ld_gateway_new(&b->gw, &cfg), 0);
	b->ch = (struct ld_channel){ .ops = &ops, .host = ld_gateway_host(b->gw), .name = "sim1",
				     .priv = b };
	assert_int_equal(ld_gateway_add(b->gw, &b->ch, &lane), 0);
}

static void stop(struct board *b)
{
	ld_worker_stop(b->worker);
	ld_gateway_free(b->gw);
	ld_store_close(b->st);
}

static void ticks(struct board *b)
{
	for (int i = 0; i < 10; i++)
		ld_gateway_tick(b->gw);
	simple_settle(b->worker);
}

/* To this local time: days after Monday, hour and minute; a tick every quarter of an hour. */
static void until(struct ward *w, int day, int hour, int minute)
{
	int64_t at = MONDAY_MS + day * DAY_MS + (hour - 10) * HOUR_MS + minute * MINUTE_MS;

	while (w->clock.utc < at) {
		int64_t left = at - w->clock.utc;

		ld_clock_manual_advance(&w->clock, left < 15 * MINUTE_MS ? left : 15 * MINUTE_MS);
		ticks(&w->a);
		ticks(&w->b);
	}
}

static void text(struct board *b, const char *words)
{
	struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .ref = ++b->next_ref,
				 .budget = { false, 160, 70, 3 } };

	snprintf(in.from, sizeof(in.from), "%s", mobile);
	snprintf(in.text, sizeof(in.text), "%s", words);
	assert_int_equal(b->ch.host->inbound(&b->ch, &in), 0);
	simple_settle(b->worker);
}

/* In the database, while its board stands still. */
static int64_t sql(struct board *b, const char *words)
{
	sqlite3 *s;
	sqlite3_stmt *q;
	int64_t n;

	assert_int_equal(sqlite3_open(b->path, &s), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(s, words, -1, &q, NULL), SQLITE_OK);
	n = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : -1;
	sqlite3_finalize(q);
	sqlite3_close(s);
	return n;
}

/* ---- from board to board ---- */

struct streams {
	unsigned n;
	struct ld_stream s[32];
};

static int list(void *arg, const struct ld_stream_state *s)
{
	struct streams *l = arg;

	assert_true(l->n < LD_ARRAY_SIZE(l->s));
	l->s[l->n++] = s->stream;
	return 0;
}

struct sync {
	struct ld_job job;
	struct ld_store *from;
	bool done;
};

static int take_stream(struct ld_store *from, struct ld_store *to, const struct ld_stream *s)
{
	struct ld_stream_state have;
	struct ld_run run;
	struct ld_head head;
	int rc = ld_store_stream(to, s, &have);

	assert_true(rc == 0 || rc == LD_E_UNKNOWN);
	while ((rc = ld_store_run(from, s, have.seq + 1, &run, &head)) == 0) {
		assert_true(ld_store_apply(to, &run, &head) > 0);
		ld_run_release(&run);
		assert_int_equal(ld_store_stream(to, s, &have), 0);
	}
	return rc == LD_E_UNKNOWN ? 0 : rc;
}

static int sync_run(struct ld_job *job, struct ld_store *st)
{
	struct sync *s = (struct sync *)job;
	struct streams l = { 0 };
	int rc = ld_store_streams(s->from, list, &l);

	for (unsigned i = 0; i < l.n && rc == 0; i++)
		rc = take_stream(s->from, st, &l.s[i]);
	return rc;
}

static int sign_run(struct ld_job *job, struct ld_store *st)
{
	(void)job;
	return ld_store_sign_heads(st);
}

static void job_done(struct ld_job *job, int rc)
{
	assert_int_equal(rc, 0);
	((struct sync *)job)->done = true;
}

/* `from` has nothing to do meanwhile, so its store may be read from the other's thread. */
static void sync_to(struct board *from, struct board *to)
{
	struct sync sign = { .job = { .run = sign_run, .done = job_done } };
	struct sync take = { .job = { .run = sync_run, .done = job_done }, .from = from->st };

	assert_int_equal(ld_worker_submit(from->worker, LD_LANE_MESH, &sign.job), 0);
	simple_settle(from->worker);
	assert_int_equal(ld_worker_submit(to->worker, LD_LANE_MESH, &take.job), 0);
	simple_settle(to->worker);
	assert_true(sign.done && take.done);
}

/* ---- set-up ---- */

static void board_init(struct board *b, const struct ld_clock_manual *clock, uint8_t who)
{
	uint8_t seed[32] = { who };

	snprintf(b->dir, sizeof(b->dir), "/tmp/laido-unasked-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->path, sizeof(b->path), "%s/laido.db", b->dir);
	b->clock = clock;
	b->state = LD_CHANNEL_UP;
	ld_keypair_from_seed(&b->key, seed);
	seed[0] = 1;
	memcpy(b->keys.ward_pk, b->key.pk, 32);
	start(b);
}

static int set_up(void **state)
{
	struct ward *w = calloc(1, sizeof(*w));

	ld_clock_manual_init(&w->clock, MONDAY_MS);
	board_init(&w->a, &w->clock, 1);
	board_init(&w->b, &w->clock, 2);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct ward *w = *state;
	char cmd[192];

	stop(&w->a);
	stop(&w->b);
	snprintf(cmd, sizeof(cmd), "rm -r '%s' '%s'", w->a.dir, w->b.dir);
	assert_int_equal(system(cmd), 0);
	free(w);
	return 0;
}

/* LUADAO 1 on Monday, answered. */
static void enrol_at(struct board *b)
{
	text(b, "hoc");
	text(b, "1");
	assert_int_equal(b->n_sends, 2);
	assert_int_equal(strncmp(b->send[1].text, "1/10 ", 5), 0);
	text(b, "2");
	b->n_sends = 0;
}

static void enrol(struct ward *w)
{
	enrol_at(&w->a);
}

/* ---- tests ---- */

static void test_lesson_by_itself(void **state)
{
	struct ward *w = *state;

	enrol(w);
	until(w, 2, 18, 45);
	assert_int_equal(w->a.n_sends, 0);
	until(w, 2, 19, 30);
	assert_int_equal(w->a.n_sends, 1);
	assert_int_equal(w->a.send[0].prio, LD_PRIO_LESSON);
	assert_int_equal(strncmp(w->a.send[0].text, "2/10 ", 5), 0);
	assert_string_equal(w->a.send[0].to, "+84912345678");
	text(&w->a, "1");               /* its question is open */
	assert_int_equal(w->a.n_sends, 2);
	assert_true(strncmp(w->a.send[1].text, "Dung roi", 8) == 0 ||
		    strncmp(w->a.send[1].text, "Chua dung", 9) == 0);
	until(w, 3, 22, 0);
	assert_int_equal(w->a.n_sends, 2);
	until(w, 4, 22, 0);
	assert_int_equal(w->a.n_sends, 3);
}

static void test_closes_an_open_menu(void **state)
{
	struct ward *w = *state;

	enrol(w);
	until(w, 2, 18, 45);
	text(&w->a, "menu");
	assert_non_null(strstr(w->a.send[0].text, "1.Hoc bai"));
	until(w, 2, 19, 30);
	assert_int_equal(w->a.n_sends, 2);
	text(&w->a, "1");
	assert_null(strstr(w->a.send[2].text, "Bai tiep theo"));
	stop(&w->a);
	assert_int_equal(sql(&w->a, "SELECT count(*) FROM progress WHERE answered & 2"), 1);
	start(&w->a);
}

/* NGHI takes back the lesson that waits, and its question with it; one that she has stays open. */
static void test_rest_closes_what_was_not_sent(void **state)
{
	struct ward *w = *state;

	enrol(w);
	until(w, 2, 18, 45);
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_DOWN, "so that the lesson waits");
	until(w, 2, 19, 30);
	assert_int_equal(w->a.n_sends, 0);
	text(&w->a, "nghi");
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_UP, "");
	ticks(&w->a);
	assert_int_equal(w->a.n_sends, 1);
	assert_non_null(strstr(w->a.send[0].text, "TIEP"));
	text(&w->a, "1");
	assert_int_equal(w->a.n_sends, 2);
	assert_null(strstr(w->a.send[1].text, "Chua dung"));
	assert_null(strstr(w->a.send[1].text, "Dung roi"));
	text(&w->a, "tiep");
	assert_int_equal(strncmp(w->a.send[2].text, "2/10 ", 5), 0);
	text(&w->a, "nghi");            /* she has it: her answer counts */
	text(&w->a, "1");
	assert_true(strncmp(w->a.send[4].text, "Dung roi", 8) == 0 ||
		    strncmp(w->a.send[4].text, "Chua dung", 9) == 0);
}

static void test_only_her_home_sends(void **state)
{
	struct ward *w = *state;

	enrol(w);
	sync_to(&w->a, &w->b);
	until(w, 2, 22, 0);
	assert_int_equal(w->a.n_sends, 1);
	assert_int_equal(w->b.n_sends, 0);
	/* She writes to the other board, which answers, but stays a guest. */
	text(&w->b, "diem");
	assert_int_equal(w->b.n_sends, 1);
	until(w, 4, 18, 45);
	assert_int_equal(w->a.n_sends, 1);
	until(w, 4, 22, 0);                     /* 48 hours without an answer are over */
	assert_int_equal(w->a.n_sends, 2);
	assert_int_equal(strncmp(w->a.send[1].text, "3/10 ", 5), 0);
	assert_int_equal(w->b.n_sends, 1);
}

/* Board b is new, knows nobody yet and lets her agree once more. When they have met, she is a's. */
static void test_agreeing_again_moves_nobody(void **state)
{
	struct ward *w = *state;

	enrol(w);
	until(w, 0, 11, 0);
	enrol_at(&w->b);
	sync_to(&w->b, &w->a);
	sync_to(&w->a, &w->b);
	until(w, 14, 22, 0);
	assert_true(w->a.n_sends > 1);
	assert_int_equal(w->b.n_sends, 0);
}

static void test_untrusted_clock(void **state)
{
	struct ward *w = *state;

	enrol(w);
	w->clock.trusted = false;
	until(w, 2, 20, 0);
	assert_int_equal(w->a.n_sends, 0);
	w->clock.trusted = true;
	until(w, 2, 20, 30);
	assert_int_equal(w->a.n_sends, 1);
}

static void test_stopped_before_it_left(void **state)
{
	struct ward *w = *state;

	enrol(w);
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_DOWN, "no network");
	until(w, 2, 19, 30);
	assert_int_equal(w->a.n_sends, 0);
	stop(&w->a);
	assert_int_equal(sql(&w->a, "SELECT count(*) FROM outbox WHERE state = 0 AND prio = 2"), 1);
	start(&w->a);
	until(w, 2, 20, 30);
	assert_int_equal(w->a.n_sends, 1);
	until(w, 3, 12, 0);
	assert_int_equal(w->a.n_sends, 1);
}

static void test_not_at_night_and_not_days_late(void **state)
{
	struct ward *w = *state;

	enrol(w);
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_DOWN, "no network");
	until(w, 2, 21, 15);
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_UP, "");
	simple_settle(w->a.worker);
	until(w, 3, 7, 15);
	assert_int_equal(w->a.n_sends, 0);
	text(&w->a, "diem");            /* what she asks for is answered at any hour */
	assert_int_equal(w->a.n_sends, 1);
	until(w, 3, 7, 30);
	assert_int_equal(w->a.n_sends, 2);
	assert_int_equal(strncmp(w->a.send[1].text, "2/10 ", 5), 0);
	text(&w->a, "2");
	w->a.n_sends = 0;
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_DOWN, "no network");
	until(w, 6, 12, 0);
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_UP, "");
	until(w, 6, 13, 0);
	assert_int_equal(w->a.n_sends, 0);
	stop(&w->a);
	assert_int_equal(sql(&w->a, "SELECT count(*) FROM outbox WHERE state = 6"
			     " AND why LIKE 'too late%'"), 1);
	start(&w->a);
}

static void test_rows_that_are_lost_are_made_anew(void **state)
{
	struct ward *w = *state;

	enrol(w);
	until(w, 2, 18, 0);
	stop(&w->a);
	sql(&w->a, "DELETE FROM due");
	start(&w->a);
	until(w, 2, 22, 0);
	assert_int_equal(w->a.n_sends, 0);      /* who knows what she got this morning */
	until(w, 4, 22, 0);
	assert_int_equal(w->a.n_sends, 1);
}

static void test_optout_known_elsewhere(void **state)
{
	struct ward *w = *state;

	enrol(w);
	sync_to(&w->a, &w->b);
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_DOWN, "no network");
	until(w, 2, 19, 30);                    /* queued */
	text(&w->b, "HUY");
	sync_to(&w->b, &w->a);
	w->a.ch.host->state(&w->a.ch, LD_CHANNEL_UP, "");
	simple_settle(w->a.worker);
	until(w, 30, 22, 0);
	assert_int_equal(w->a.n_sends, 0);
	stop(&w->a);
	assert_int_equal(sql(&w->a, "SELECT count(*) FROM outbox WHERE state = 6"
			     " AND why = 'opted out'"), 1);
	start(&w->a);
}

static void test_erasure_forgets_what_is_due(void **state)
{
	struct ward *w = *state;
	char code[32];
	const char *at;

	enrol(w);
	text(&w->a, "xoa");
	at = strstr(w->a.send[0].text, "XOA ");
	assert_non_null(at);
	snprintf(code, sizeof(code), "%.8s", at);
	text(&w->a, code);
	w->a.n_sends = 0;
	until(w, 10, 22, 0);
	assert_int_equal(w->a.n_sends, 1);      /* that it is done, and nothing else */
	assert_int_equal(strncmp(w->a.send[0].text, "Da xoa xong", 11), 0);
	stop(&w->a);
	assert_int_equal(sql(&w->a, "SELECT count(*) FROM due"), 0);
	assert_int_equal(sql(&w->a, "SELECT count(*) FROM progress"), 0);
	start(&w->a);
}

/* The answer to what came last; lessons 3, 6 and 9 wrongly the first time; "": it asks nothing. */
static const char *answer_to(const struct ld_content *c, const char *message)
{
	static const char *const digits[] = { "1", "2", "3" };
	const struct ld_course *k = ld_content_course(c, "CAOTUOI");
	bool again = strstr(message, "On lai: ") != NULL;

	for (unsigned i = 0; i < k->n_lessons; i++) {
		const struct ld_lesson *l = &k->lessons[i];
		char question[LD_TEXT_MAX];

		assert_true(ld_text_unaccent(l->question, question, sizeof(question)) >= 0);
		if (strstr(message, question))
			return digits[(l->answer - 1 + (l->n % 3 == 0 && !again)) % 3];
	}
	return "";
}

/* Ten lessons, three wrong answers, all by message and unasked: what the ward calculates with. */
static void test_a_course_costs_25_parts(void **state)
{
	struct ward *w = *state;
	struct ld_content_options opt = { .approve_all = true, .now_ms = w->clock.utc,
					  .actions = ld_session_actions(),
					  .outcomes = ld_session_outcomes() };
	struct ld_content *c;
	bool done = false;

	assert_int_equal(ld_content_load("conf/content", &opt, finding, NULL, &c), 0);
	text(&w->a, "DK 6");
	text(&w->a, "1");
	for (int hour = 0; hour < 60 * 24 && !done; hour++) {
		for (unsigned i = 0; i < w->a.n_sends; i++) {
			const char *digit = answer_to(c, w->a.send[i].text);

			done |= strstr(w->a.send[i].text, "Chuc mung") != NULL;
			w->a.send[i].text[0] = '\0';
			if (digit[0])
				text(&w->a, digit);
		}
		ld_clock_manual_advance(&w->clock, HOUR_MS);
		ticks(&w->a);
	}
	ld_content_free(c);
	assert_true(done);
	stop(&w->a);
	assert_int_equal(sql(&w->a, "SELECT count(*) FROM outbox WHERE what LIKE 'REVIEW%'"), 3);
	assert_int_equal(sql(&w->a, "SELECT sum(parts) FROM outbox"), 25);
	start(&w->a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lesson_by_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_closes_an_open_menu, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rest_closes_what_was_not_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_only_her_home_sends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_agreeing_again_moves_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_untrusted_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stopped_before_it_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_at_night_and_not_days_late, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_rows_that_are_lost_are_made_anew, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_optout_known_elsewhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_erasure_forgets_what_is_due, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_course_costs_25_parts, set_up, tear_down),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
