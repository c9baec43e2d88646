/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A year of a ward on a clock of our own: residents of mixed kinds with habits, through the real
 * gateway, store, engine and content, in one process. SEED=N repeats a year; it takes 60 s. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/session/session.h"
#include "simple.h"

#include "recount.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define START_MS INT64_C(1798736400000)         /* Friday 1/1/2027 00:00 in Hanoi */

#ifdef __SANITIZE_ADDRESS__
enum { RESIDENTS = 100, DAYS = 90, ALL_COURSES = 0 };
#else
enum { RESIDENTS = 2000, DAYS = 365, ALL_COURSES = 1 };
#endif
enum { SIMS = 3, PARTS_A_DAY = 900, REPLY_PERCENT = 40, TDPS = 30, COURSES_MAX = 8,
	QUESTIONS_MAX = 128 };

/* Habits, in parts of a thousand. */
struct kind {
	const char *name;
	unsigned share;
	unsigned answers;               /* of the questions that come */
	unsigned right;
	int64_t delay_ms;               /* to an answer, at most */
	unsigned more;                  /* asks for the next lesson after an answer */
	unsigned another;               /* begins another course after one */
	unsigned rests, leaves, returns;/* a day */
	bool ussd;
};
static const struct kind kinds[] = {
	{ "elder",     250, 850, 700,  5 * HOUR_MS,     0, 300, 3, 1, 20, false },
	{ "trader",    200, 950, 800, 30 * MINUTE_MS, 150, 600, 1, 1, 50, false },
	{ "pupil",     100, 990, 900, 10 * MINUTE_MS, 400, 900, 1, 0, 50, false },
	{ "caller",    100, 900, 750,  2 * HOUR_MS,     0, 500, 1, 1, 30, true },
	{ "forgetful", 150, 450, 600, 50 * HOUR_MS,     0, 200, 5, 2, 10, false },
	{ "silent",    100,   0,   0,            0,     0,   0, 0, 0,  0, false },
	{ "leaver",     50, 900, 700,  1 * HOUR_MS,     0,   0, 0, 30, 15, false },
	{ "refuser",    50,   0,   0,            0,     0,   0, 0, 0,  0, false },
};

struct resident {
	char number[16];
	const struct kind *kind;
	int64_t joins_ms;
	int64_t act_ms;                 /* INT64_MAX: nothing planned */
	char act[24];                   /* a text; "!call" */
	bool joined, member, out, resting;
	int64_t last_in_ms;
	int64_t unasked_day;
	unsigned question;              /* the one she was asked last: index, 1..; 0 none */
	unsigned done;                  /* courses completed, bits by menu key */
	unsigned began;                 /* the course she asked for last, by menu key */
	int64_t rest_until_ms;
	bool told_tdp;
};

struct question {
	char text[LD_TEXT_MAX];         /* without accents, as it arrives */
	uint8_t answer;
};

struct year {
	char dir[64], path[80];
	uint64_t seed;
	struct ld_random_seeded random;
	struct ld_clock_manual clock;
	struct ld_keypair key;
	struct ld_ward_keys keys;
	struct ld_store *st;
	struct ld_worker *worker;
	struct ld_gateway *gw;
	struct ld_channel ch[SIMS];
	unsigned n_questions;
	struct question question[QUESTIONS_MAX];
	unsigned n_courses;
	unsigned menu_key[COURSES_MAX];
	char course_name[COURSES_MAX][64];
	struct resident who[RESIDENTS];
	struct ld_reply reply;
	uint64_t ref;
	/* counted as it happened */
	unsigned unasked, reminders, repetitions, replies, completions, parts_today[SIMS];
	int64_t parts_day;
};

static int64_t local_day(int64_t ms)
{
	return (ms + 420 * MINUTE_MS) / DAY_MS;
}

static int local_minute(int64_t ms)
{
	return (int)((ms + 420 * MINUTE_MS) % DAY_MS / MINUTE_MS);
}

static bool chance(struct year *y, unsigned per_mille)
{
	return ld_random_below(&y->random.random, 1000) < per_mille;
}

static void plan(struct year *y, struct resident *r, const char *act, int64_t in_ms)
{
	snprintf(r->act, sizeof(r->act), "%s", act);
	r->act_ms = y->clock.utc + in_ms;
}

static int64_t some_of(struct year *y, int64_t ms)
{
	return ms < MINUTE_MS ? MINUTE_MS
		: MINUTE_MS * (1 + ld_random_below(&y->random.random, (uint32_t)(ms / MINUTE_MS)));
}

/* ---- what arrives ---- */

static struct resident *resident_of(struct year *y, const char *to)
{
	long n = strtol(to + strlen(to) - 6, NULL, 10);

	assert_in_range(n, 0, RESIDENTS - 1);
	return &y->who[n];
}

static unsigned question_in(const struct year *y, const char *text)
{
	for (unsigned i = 0; i < y->n_questions; i++)
		if (strstr(text, y->question[i].text))
			return i + 1;
	return 0;
}

/* The rules that hold for everybody, whatever she is like. */
static void check_send(struct year *y, struct resident *r, const struct ld_send *s)
{
	int minute = local_minute(y->clock.utc);

	if (s->prio == LD_PRIO_REPLY) {
		assert_int_equal(r->last_in_ms, y->clock.utc);
		y->replies++;
		return;
	}
	y->unasked++;
	if (minute < 7 * 60 + 30 || minute >= 21 * 60)
		fail_msg("%s got \"%s\" at minute %d", r->number, s->text, minute);
	if (r->unasked_day >= local_day(y->clock.utc))
		fail_msg("%s got two unasked on a day: %s", r->number, s->text);
	if (r->out || r->resting || !r->member)
		fail_msg("%s (out %d, resting %d, member %d) got \"%s\"", r->number, r->out,
			 r->resting, r->member, s->text);
	if (y->clock.utc - r->last_in_ms < 10 * MINUTE_MS)
		fail_msg("%s wrote %" PRId64 " ms before she got \"%s\"", r->number,
			 y->clock.utc - r->last_in_ms, s->text);
	r->unasked_day = local_day(y->clock.utc);
	y->reminders += s->prio == LD_PRIO_REMINDER;
	y->repetitions += strncmp(s->text, "On lai", 6) == 0;
}

static void answer_question(struct year *y, struct resident *r)
{
	const struct question *q = &y->question[r->question - 1];
	char digit[2] = { 0 };

	digit[0] = (char)('0' + q->answer);
	if (!chance(y, r->kind->right))
		digit[0] = (char)('1' + q->answer % 3);
	plan(y, r, digit, some_of(y, r->kind->delay_ms));
}

static void another_course(struct year *y, struct resident *r)
{
	unsigned first = ld_random_below(&y->random.random, y->n_courses);
	char text[24];

	for (unsigned i = 0; i < y->n_courses; i++) {
		unsigned key = y->menu_key[(first + i) % y->n_courses];

		if (r->done >> key & 1)
			continue;
		snprintf(text, sizeof(text), "DK %u", key);
		plan(y, r, text, some_of(y, 10 * DAY_MS));
		return;
	}
}

static void finished(struct year *y, struct resident *r, const char *text)
{
	y->completions++;
	for (unsigned i = 0; i < y->n_courses; i++)
		if (strstr(text, y->course_name[i]))
			r->done |= 1u << y->menu_key[i];
	if (chance(y, r->kind->another))
		another_course(y, r);
}

static void read_text(struct year *y, struct resident *r, const char *text)
{
	unsigned q = question_in(y, text);

	if (strstr(text, "Nhan 1 dong y, 2 khong")) {
		plan(y, r, strcmp(r->kind->name, "refuser") == 0 ? "2" : "1",
		     some_of(y, 3 * HOUR_MS));
		return;
	}
	if (strstr(text, "Chuc mung"))
		finished(y, r, text);
	if (q) {
		r->question = q;
		if (chance(y, r->kind->answers))
			answer_question(y, r);
	} else if (strstr(text, "Bai sau: TIEP") && chance(y, r->kind->more)) {
		plan(y, r, r->kind->ussd ? "!call" : "TIEP", some_of(y, HOUR_MS));
	} else if (strstr(text, "Nhan LAI de on")) {
		plan(y, r, "LAI", some_of(y, DAY_MS));
	} else if (strstr(text, "Chon khoa: nhan DK") && r->began) {
		r->done |= 1u << r->began;      /* by the menu, which said so */
		another_course(y, r);
	} else if (strstr(text, "TIEP de hoc, NGHI") && chance(y, r->kind->answers)) {
		plan(y, r, "TIEP", some_of(y, DAY_MS));
	}
}

/* ---- the network ---- */

static int ch_reply(struct ld_channel *ch, uint64_t session, const struct ld_reply *r)
{
	struct year *y = ch->priv;

	(void)session;
	y->reply = *r;
	return 0;
}

static int ch_send(struct ld_channel *ch, const struct ld_send *s)
{
	struct year *y = ch->priv;
	struct resident *r = resident_of(y, s->to);
	struct ld_measure size;
	struct ld_sent sent = { .id = s->id, .what = LD_SENT_OK };
	unsigned *parts = &y->parts_today[ch - y->ch];

	ld_text_measure(s->text, &size);
	if (y->parts_day != local_day(y->clock.utc))
		memset(y->parts_today, 0, sizeof(y->parts_today));
	y->parts_day = local_day(y->clock.utc);
	*parts += size.parts;
	assert_true(*parts <= PARTS_A_DAY);
	assert_int_equal(size.parts, 1);
	check_send(y, r, s);
	read_text(y, r, s->text);
	ch->host->sent(ch, &sent);
	return 0;
}

static const struct ld_channel_ops ops = { "modem", simple_start, simple_stop, ch_reply, ch_send, NULL, NULL };

static void hand_in(struct year *y, struct resident *r, struct ld_inbound *in)
{
	struct ld_channel *ch = &y->ch[(r - y->who) % SIMS];

	snprintf(in->from, sizeof(in->from), "%s", r->number);
	r->last_in_ms = y->clock.utc;
	assert_int_equal(ch->host->inbound(ch, in), 0);
}

/* ---- what residents do ---- */

static void text(struct year *y, struct resident *r, const char *words)
{
	struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .ref = ++y->ref,
				 .budget = { false, 160, 70, 3 } };

	snprintf(in.text, sizeof(in.text), "%s", words);
	hand_in(y, r, &in);
}

static void call(struct year *y, struct resident *r)
{
	struct ld_inbound in = { .what = LD_IN_CALL, .kind = LD_CHAN_CALL, .ref = ++y->ref,
				 .budget = { false, 160, 70, 3 } };

	hand_in(y, r, &in);
}

static void screen(struct year *y, struct resident *r, enum ld_inbound_what what, const char *keys)
{
	struct ld_inbound in = { .what = what, .kind = LD_CHAN_USSD,
				 .session = 1 + (uint64_t)(r - y->who),
				 .budget = { true, 128, 56, 1 } };

	snprintf(in.text, sizeof(in.text), "%s", keys);
	hand_in(y, r, &in);
	simple_settle(y->worker);
}

/* A lesson by the menu: forward with 1, the question is answered, then the line is cut. */
static void dial(struct year *y, struct resident *r)
{
	screen(y, r, LD_IN_BEGIN, "*123*101#");
	for (int i = 0; i < 6 && !y->reply.end; i++) {
		unsigned q = question_in(y, y->reply.text);
		char digit[2] = "1";

		if (q)
			digit[0] = (char)(chance(y, r->kind->right) ? '0' + y->question[q - 1].answer
					  : '1' + y->question[q - 1].answer % 3);
		screen(y, r, LD_IN_TEXT, digit);
		if (q)
			break;
	}
	if (!y->reply.end)
		screen(y, r, LD_IN_ENDED, "");
}

static void consequences(struct resident *r, const char *act)
{
	if (strcmp(act, "1") == 0 && !r->member) {
		r->member = true;
		r->out = r->resting = false;    /* who agrees anew wants to learn */
	} else if (strncmp(act, "HUY", 3) == 0) {
		r->out = true;
		r->member = false;
	} else if (strcmp(act, "NGHI") == 0) {
		r->resting = true;
	} else if (strcmp(act, "TIEP") == 0 || strncmp(act, "DK", 2) == 0 ||
		   strcmp(act, "!call") == 0 || strcmp(act, "LAI") == 0 ||
		   strcmp(act, "!dial") == 0) {
		r->resting = false;
	}
}

static void act(struct year *y, struct resident *r)
{
	char what[sizeof(r->act)];
	bool stops = strncmp(r->act, "HUY", 3) == 0 || strcmp(r->act, "NGHI") == 0;

	memcpy(what, r->act, sizeof(what));
	if (strncmp(what, "DK ", 3) == 0)
		r->began = (unsigned)strtoul(what + 3, NULL, 10);
	r->act_ms = INT64_MAX;
	if (!stops)
		consequences(r, what);
	if (strcmp(what, "!call") == 0)
		call(y, r);
	else if (strcmp(what, "!dial") == 0)
		dial(y, r);
	else
		text(y, r, what);
	if (!stops)
		return;
	simple_settle(y->worker);
	consequences(r, what);
	if (r->out && chance(y, r->kind->returns))
		plan(y, r, "HOC", some_of(y, 60 * DAY_MS));
	else if (!r->out)
		r->rest_until_ms = y->clock.utc + some_of(y, 40 * DAY_MS);
}

static void join(struct year *y, struct resident *r)
{
	r->joined = true;
	if (r->kind->ussd || chance(y, 200))
		plan(y, r, "!call", MINUTE_MS);
	else if (chance(y, 300))
		plan(y, r, "HOC", MINUTE_MS);
	else
		another_course(y, r);
}

/* Once a day, in the morning. */
static void wake_up(struct year *y, struct resident *r)
{
	const struct kind *k = r->kind;

	if (!r->joined) {
		if (y->clock.utc >= r->joins_ms)
			join(y, r);
		return;
	}
	if (r->act_ms != INT64_MAX || !r->member)
		return;
	if (chance(y, k->leaves))
		plan(y, r, chance(y, 500) ? "HUY" : "HUY nhe", some_of(y, 12 * HOUR_MS));
	else if (!r->resting && chance(y, k->rests))
		plan(y, r, "NGHI", some_of(y, 12 * HOUR_MS));
	else if (r->resting && y->clock.utc > r->rest_until_ms)
		plan(y, r, "TIEP", some_of(y, 12 * HOUR_MS));
	else if (k->ussd && !r->resting && chance(y, 150))
		plan(y, r, "!dial", some_of(y, 12 * HOUR_MS));
	else if (!r->told_tdp && r->question && chance(y, 50))
		plan(y, r, "701", some_of(y, 6 * HOUR_MS));
	else
		return;
	if (strcmp(r->act, "701") == 0)
		r->told_tdp = true;
}

static void tell_tdp(struct year *y, struct resident *r)
{
	char digits[8];

	simple_settle(y->worker);
	snprintf(digits, sizeof(digits), "%u", 10 + ld_random_below(&y->random.random, TDPS));
	plan(y, r, digits, MINUTE_MS);
}

static void turn(struct year *y, int64_t by_ms)
{
	unsigned n = 0;

	ld_clock_manual_advance(&y->clock, by_ms);
	for (unsigned i = 0; i < RESIDENTS; i++) {
		struct resident *r = &y->who[i];
		bool tdp = strcmp(r->act, "701") == 0;

		if (r->act_ms > y->clock.utc)
			continue;
		act(y, r);
		if (tdp)
			tell_tdp(y, r);
		if (++n % 64 == 0)
			simple_settle(y->worker);
	}
	simple_settle(y->worker);
	for (int i = 0; i < 10; i++)
		ld_gateway_tick(y->gw);
	simple_settle(y->worker);
}

static void one_day(struct year *y)
{
	int64_t midnight = y->clock.utc;

	while (y->clock.utc < midnight + DAY_MS) {
		int minute = local_minute(y->clock.utc);
		bool night = minute < 7 * 60 || minute >= 22 * 60;

		if (minute == 7 * 60)
			for (unsigned i = 0; i < RESIDENTS; i++)
				wake_up(y, &y->who[i]);
		turn(y, night ? HOUR_MS : 30 * MINUTE_MS);
	}
}

/* ---- after the year ---- */

static bool all_done(const struct year *y, const struct resident *r)
{
	for (unsigned i = 0; i < y->n_courses; i++)
		if (!(r->done >> y->menu_key[i] & 1))
			return false;
	return true;
}

/* From wherever the year left them, whoever wants to can finish her course. */
static void everybody_can_finish(struct year *y)
{
	static const struct kind keen = { "keen", 0, 1000, 1000, 0, 1000, 0, 0, 0, 0, false };
	unsigned tried = 0;

	for (unsigned i = 0; i < RESIDENTS; i++)
		y->who[i].act_ms = INT64_MAX;
	for (unsigned i = 0; i < RESIDENTS && tried < 60; i += 7) {
		struct resident *r = &y->who[i];
		unsigned before = y->completions;

		if (!r->member)
			continue;
		r->kind = &keen;
		tried++;
		another_course(y, r);
		for (int day = 0; day < 12 && y->completions == before; day++) {
			if (r->act_ms == INT64_MAX)
				plan(y, r, "TIEP", 0);
			for (int step = 0; step < 14 && r->act_ms != INT64_MAX; step++) {
				r->act_ms = 0;
				ld_clock_manual_advance(&y->clock, MINUTE_MS);
				act(y, r);
				simple_settle(y->worker);
			}
			if (r->act_ms == INT64_MAX && all_done(y, r))
				before--;
			ld_clock_manual_advance(&y->clock, 20 * HOUR_MS);
		}
		if (y->completions == before)
			fail_msg("%s (%u) cannot finish", r->number, i);
		r->act_ms = INT64_MAX;
	}
	assert_true(tried > 0);
}

/* ---- the world ---- */

static void note(void *arg, const char *line)
{
	(void)arg;
	if (strstr(line, "stored") || strstr(line, "could not"))
		fail_msg("%s", line);
}

static bool nobody_is_simulated(const void *arg, const struct ld_msisdn *m)
{
	(void)arg;
	(void)m;
	return false;
}

static void finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		fail_msg("%s:%d: %s", f->file, f->line, f->message);
}

static void learn_questions(struct year *y, const struct ld_content *c)
{
	for (unsigned i = 0; i < c->n_courses; i++) {
		const struct ld_course *k = &c->courses[i];

		if (strcmp(k->key, "HOCSINH") == 0)
			continue;       /* needs a guardian's telephone too: tests/unit/session */
		y->menu_key[y->n_courses] = k->menu_key;
		ld_text_unaccent(k->name_short, y->course_name[y->n_courses++],
				 sizeof(y->course_name[0]));
		for (unsigned j = 0; j < k->n_lessons; j++) {
			struct question *q = &y->question[y->n_questions++];

			assert_true(y->n_questions < QUESTIONS_MAX);
			assert_true(ld_text_unaccent(k->lessons[j].question, q->text,
						     sizeof(q->text)) >= 0);
			q->answer = k->lessons[j].answer;
		}
	}
}

static void open_gateway(struct year *y)
{
	struct ld_errmsg err = { "" };
	struct ld_content_options opt = { .approve_all = true, .now_ms = y->clock.utc,
					  .actions = ld_session_actions(),
					  .outcomes = ld_session_outcomes() };
	struct ld_store_cfg store = { .path = y->path, .clock = &y->clock.clock,
				      .random = ld_random_sys(), .author = &y->key };
	struct ld_gateway_cfg cfg = { .clock = &y->clock.clock, .random = ld_random_sys(),
				      .keys = &y->keys, .board = &y->key, .utc_offset_min = 420,
				      .quiet_from_min = 21 * 60, .quiet_to_min = 7 * 60 + 30,
				      .replies_per_hour = 30, .note = note,
				      .is_simulated = nobody_is_simulated };
	struct ld_gateway_lane lane = { .window = 60, .spacing_ms = 0, .burst = 60,
					.limits = { PARTS_A_DAY, REPLY_PERCENT } };

	memcpy(store.ward_pk, y->key.pk, sizeof(store.ward_pk));        /* a ward of its own */
	if (ld_store_open(&y->st, &store, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_content_load("conf/content", &opt, finding, NULL, &cfg.content), 0);
	learn_questions(y, cfg.content);
	assert_int_equal(ld_worker_start(&y->worker, y->st, 1024), 0);
	ld_worker_gather(y->worker, 0);
	cfg.worker = y->worker;
	assert_int_equal(ld_gateway_new(&y->gw, &cfg), 0);
	for (unsigned i = 0; i < SIMS; i++) {
		y->ch[i] = (struct ld_channel){ .ops = &ops, .host = ld_gateway_host(y->gw),
						.priv = y };
		snprintf(y->ch[i].name, sizeof(y->ch[i].name), "sim%u", i + 1);
		assert_int_equal(ld_gateway_add(y->gw, &y->ch[i], &lane), 0);
	}
}

static void populate(struct year *y)
{
	for (unsigned i = 0; i < RESIDENTS; i++) {
		struct resident *r = &y->who[i];
		unsigned pick = ld_random_below(&y->random.random, 1000), k = 0;

		while (pick >= kinds[k].share)
			pick -= kinds[k++].share;
		r->kind = &kinds[k];
		snprintf(r->number, sizeof(r->number), "0912%06u", i);
		r->joins_ms = START_MS + some_of(y, 60 * DAY_MS);
		r->act_ms = INT64_MAX;
		r->last_in_ms = r->unasked_day = 0;
	}
}

static int set_up(void **state)
{
	struct year *y = calloc(1, sizeof(*y));
	const char *seed = getenv("SEED");
	uint8_t key[32] = { 1 };

	y->seed = seed ? strtoull(seed, NULL, 0) : ld_random_u64(ld_random_sys()) % 1000000;
	printf("# SEED=%" PRIu64 "\n", y->seed);
	fflush(stdout);
	ld_random_seeded_init(&y->random, y->seed);
	/* In memory: a year of commits would wear a disk out for nothing. */
	snprintf(y->dir, sizeof(y->dir), "%s/laido-year-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(y->dir));
	snprintf(y->path, sizeof(y->path), "%s/laido.db", y->dir);
	ld_clock_manual_init(&y->clock, START_MS);
	ld_keypair_from_seed(&y->key, key);
	memcpy(y->keys.ward_pk, y->key.pk, 32);
	populate(y);
	open_gateway(y);
	*state = y;
	return 0;
}

static int tear_down(void **state)
{
	struct year *y = *state;

	if (y->worker)
		ld_worker_stop(y->worker);
	ld_gateway_free(y->gw);
	ld_store_close(y->st);
	simple_remove(y->dir);
	free(y);
	return 0;
}

static void test_the_year(void **state)
{
	struct year *y = *state;
	unsigned all = 0;

	for (int day = 0; day < DAYS; day++)
		one_day(y);
	printf("# unasked %u (reminders %u, repetitions %u), replies %u, completions %u\n",
	       y->unasked, y->reminders, y->repetitions, y->replies, y->completions);
	assert_true(y->unasked > RESIDENTS * 5);
	assert_true(y->reminders > 0);
	assert_true(y->repetitions > 0);
	for (unsigned i = 0; i < RESIDENTS; i++)
		all |= y->who[i].done;
	for (unsigned i = 0; ALL_COURSES && i < y->n_courses; i++)
		if (!(all >> y->menu_key[i] & 1))
			fail_msg("nobody finished %s", y->course_name[i]);
	assert_int_equal(recount_sql(y->path, "SELECT count(*) FROM outbox"
				     " WHERE state IN (1, 5)"), 0);
	/* Nobody's row of what is due was forgotten. */
	assert_int_equal(recount_sql(y->path, "SELECT count(*) FROM person"
				     " WHERE s NOT IN (SELECT s FROM due)"), 0);
	everybody_can_finish(y);
	ld_worker_stop(y->worker);
	y->worker = NULL;
	assert_true(recount_report(y->st, y->path, 4 * RESIDENTS) > RESIDENTS / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_year, set_up, tear_down),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
