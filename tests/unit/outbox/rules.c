/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may go when: every rule holds back what it should, says why and until when, and the pick
 * obeys it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "laido/outbox/outbox.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOON INT64_C(1795323600000)     /* 12:00 in Hanoi, a Sunday */

struct bench {
	char dir[64], path[80];
	struct ld_clock_manual clock;
	struct ld_keypair key;
	struct ld_store *st;
	struct ld_outbox_now now;
	struct ld_outbox_lane lane;
};

/* 21:00 to 07:30 */
static int64_t quiet_until(const void *arg, int64_t at_ms)
{
	int64_t of_day = (at_ms + 7 * HOUR) % DAY, day = at_ms - of_day;

	(void)arg;
	if (of_day < 450 * MINUTE)
		return day + 450 * MINUTE;
	return of_day < 21 * HOUR ? 0 : day + DAY + 450 * MINUTE;
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	uint8_t seed[32] = { 1 };
	struct ld_errmsg err = { "" };
	struct ld_store_cfg cfg = { .path = b->path, .clock = &b->clock.clock,
				    .random = ld_random_sys(), .author = &b->key };

	snprintf(b->dir, sizeof(b->dir), "/tmp/laido-outbox-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->path, sizeof(b->path), "%s/laido.db", b->dir);
	ld_clock_manual_init(&b->clock, NOON);
	ld_keypair_from_seed(&b->key, seed);
	if (ld_store_open(&b->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_store_begin(b->st), 0);
	b->now = (struct ld_outbox_now){ .ms = NOON, .trusted = true, .utc_offset_min = 420,
					 .quiet_until = quiet_until, .messages_per_person = 3,
					 .parts_per_person = 9 };
	b->lane = (struct ld_outbox_lane){ .channel = "sim1", .limits = { 10, 40 }, .shared = true,
					   .up = true };
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	char cmd[128];

	assert_int_equal(ld_store_commit(b->st), 0);
	ld_store_close(b->st);
	snprintf(cmd, sizeof(cmd), "rm -r '%s'", b->dir);
	assert_int_equal(system(cmd), 0);
	free(b);
	return 0;
}

/* A message to the n-th person. */
static int64_t put(struct bench *b, unsigned n, enum ld_prio prio, unsigned parts,
		   const char *channel)
{
	struct ld_out_row r = { .prio = prio, .parts = (uint8_t)parts, .created_ms = b->now.ms,
				.due_ms = b->now.ms, .changed_ms = b->now.ms, .text = "x" };
	int64_t id;

	memcpy(r.p.b, &n, sizeof(n));
	snprintf(r.channel, sizeof(r.channel), "%s", channel);
	snprintf(r.to, sizeof(r.to), "+849%08u", n);
	assert_int_equal(ld_outbox_add(b->st, &r, &id), 0);
	return id;
}

static struct ld_out_row get(struct bench *b, int64_t id)
{
	struct ld_out_row r;

	assert_int_equal(ld_store_out_get(b->st, id, &r), 0);
	return r;
}

/* The id that goes next, 0: none. */
static int64_t pick(struct bench *b)
{
	struct ld_out_row r;
	int rc = ld_outbox_pick(b->st, &b->lane, &b->now, &r);

	if (rc == LD_E_UNKNOWN)
		return 0;
	assert_int_equal(rc, 0);
	return r.id;
}

static void result(struct bench *b, int64_t id, enum ld_sent_what what, unsigned parts)
{
	struct ld_sent s = { .id = id, .what = what, .parts = (uint8_t)parts, .why = "so it was" };

	assert_int_equal(ld_outbox_result(b->st, &s, 0, &b->now), 0);
}

static struct ld_out_answer why(struct bench *b, int64_t id)
{
	struct ld_out_row r = get(b, id);
	struct ld_out_answer a;

	assert_int_equal(ld_outbox_explain(b->st, &b->now, &b->lane, 1, &r, &a), 0);
	return a;
}

/* ---- every rule ---- */

static void make_late(struct bench *b, int64_t id)
{
	(void)id;
	b->now.ms += DAY;
}

static void make_opted_out(struct bench *b, int64_t id)
{
	struct ld_fact f = { .kind = LD_EV_OPTOUT, .subject = get(b, id).p };

	assert_int_equal(ld_store_append(b->st, &f, NULL), 0);
}

/* She agreed elsewhere, under the name that her number has here. */
static void make_moved(struct bench *b, int64_t id)
{
	struct ld_fact f = { .kind = LD_EV_CONSENT, .subject = { { 9 } } };

	f.u.consent.p = get(b, id).p;
	f.u.consent.slot = 1;
	assert_int_equal(ld_store_append(b->st, &f, NULL), 0);
	f = (struct ld_fact){ .kind = LD_EV_NUMBER, .subject = { { 9 } } };
	f.u.number.home = (struct ld_board_id){ { 7 } };
	f.u.number.len = 60;
	assert_int_equal(ld_store_append(b->st, &f, NULL), 0);
}

static void make_ended(struct bench *b, int64_t id)
{
	(void)id;
	b->now.ended = true;
	b->now.heard_ms = 1;
}

static void make_untrusted(struct bench *b, int64_t id)
{
	(void)id;
	b->now.trusted = false;
}

static void make_restored(struct bench *b, int64_t id)
{
	(void)id;
	b->now.restored = true;
}

static void make_paused(struct bench *b, int64_t id)
{
	(void)id;
	b->now.paused = true;
}

static void make_night(struct bench *b, int64_t id)
{
	(void)id;
	b->now.ms += 10 * HOUR;
}

static void make_active(struct bench *b, int64_t id)
{
	struct ld_id p = get(b, id).p;

	b->now.ms += MINUTE;
	assert_int_equal(ld_store_session_put(b->st, &p, (const uint8_t *)"x", 1, b->now.ms), 0);
}

static void make_capped(struct bench *b, int64_t id)
{
	struct ld_route r = { .channel = "sim1", .messages = 3, .parts = 3,
			      .day = (NOON + 7 * HOUR) / DAY };
	struct ld_id p = get(b, id).p;

	assert_int_equal(ld_store_route_set(b->st, &p, &r), 0);
}

static void make_early(struct bench *b, int64_t id)
{
	assert_int_equal(ld_store_out_defer(b->st, id, NULL, LD_CHOSEN_UNKNOWN, NOON + HOUR), 0);
}

static void make_down(struct bench *b, int64_t id)
{
	(void)id;
	b->lane.up = false;
	snprintf(b->lane.why, sizeof(b->lane.why), "SIM to be re-verified");
}

static void make_used_up(struct bench *b, int64_t id)
{
	(void)id;
	assert_int_equal(ld_store_quota_add(b->st, "sim1", (NOON + 7 * HOUR) / DAY, 6), 0);
}

static void make_paced(struct bench *b, int64_t id)
{
	(void)id;
	b->lane.wait_ms = 5000;
}

static void make_full(struct bench *b, int64_t id)
{
	(void)id;
	b->lane.full = true;
}

static void make_second(struct bench *b, int64_t id)
{
	(void)id;
	put(b, 2, LD_PRIO_REPLY, 1, "sim1");
}

/* until: after noon; 0: nobody knows; -1: it never goes. lets: the pick takes it all the same, since
 * the I/O thread asks for one only when the channel has room. */
static const struct rule_case {
	const char *rule;
	void (*make)(struct bench *, int64_t id);
	const char *says;
	int64_t until;
	bool lets;
} cases[] = {
	{ "late", make_late, "too late", -1, false },
	{ "opted-out", make_opted_out, "opted out", -1, false },
	{ "home", make_moved, "another board is her home", -1, false },
	{ "clock", make_untrusted, "the clock is not trusted", 0, false },
	{ "restored", make_restored, "restored from a backup", 0, false },
	{ "paused", make_paused, "the ward has paused", 0, false },
	{ "term", make_ended, "no heartbeat of the ward for 14 days", 0, false },
	{ "quiet", make_night, "at night", 19 * HOUR + 30 * MINUTE, false },
	{ "active", make_active, "she has just written", 11 * MINUTE, false },
	{ "cap", make_capped, "3 messages today", 19 * HOUR + 30 * MINUTE, false },
	{ "due", make_early, "not due yet", HOUR, false },
	{ "channel", make_down, "sim1 cannot send: SIM to be re-verified", 0, true },
	{ "quota", make_used_up, "but for the share of replies", 19 * HOUR + 30 * MINUTE, false },
	{ "spacing", make_paced, "at its pace", 5000, true },
	{ "window", make_full, "sending another", 1000, true },
	{ "turn", make_second, "1 more urgent", 0 + 1, true },
};

static void test_every_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		const struct rule_case *c = &cases[i];
		struct ld_out_answer a;
		struct bench *b;
		void *s;
		int64_t id, got;

		print_message("# %s\n", c->rule);
		assert_string_equal(ld_out_rules[i].name, c->rule);
		set_up(&s);
		b = s;
		id = put(b, 1, LD_PRIO_LESSON, 2, "sim1");
		c->make(b, id);
		a = why(b, id);
		assert_non_null(strstr(a.why, c->says));
		assert_int_equal(a.never, c->until < 0);
		if (c->until != 1)
			assert_int_equal(a.until_ms, c->until > 0 ? NOON + c->until : 0);
		got = pick(b);
		assert_int_equal(got == id, c->lets && strcmp(c->rule, "turn") != 0);
		if (c->until < 0)
			assert_int_equal(get(b, id).state, LD_OUT_CANCELLED);
		tear_down(&s);
	}
	assert_null(ld_out_rules[LD_ARRAY_SIZE(cases)].name);
}

/* Rights and help wait for neither night nor pause nor what she has just done. */
static void test_what_was_asked_for_goes(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		int64_t id = put(b, 1, LD_PRIO_HELP, 1, "sim1");

		if (ld_out_rules[i].scope == LD_OUT_CLASS || strcmp(cases[i].rule, "opted-out") == 0 ||
		    strcmp(cases[i].rule, "active") == 0 || strcmp(cases[i].rule, "cap") == 0)
			cases[i].make(b, id);
		assert_int_equal(pick(b), id);
		result(b, id, LD_SENT_OK, 1);
		b->lane.limits.parts_per_day = 0;
	}
}

/* A question that is queued opens her dialogue: that is nothing she did. */
static void test_own_question_holds_nothing_up(void **state)
{
	struct bench *b = *state;
	int64_t id = put(b, 1, LD_PRIO_LESSON, 1, "sim1");
	struct ld_id p = get(b, id).p;

	assert_int_equal(ld_store_session_put(b->st, &p, (const uint8_t *)"x", 1, b->now.ms), 0);
	assert_int_equal(pick(b), id);
}

/* What lets a message go may be followed by something else that does not. */
static void test_when_it_will_go(void **state)
{
	struct bench *b = *state;
	int64_t id;

	b->now.ms += 8 * HOUR;                  /* 20:00; the day's parts are used up */
	make_used_up(b, 0);
	id = put(b, 1, LD_PRIO_LESSON, 1, "sim1");
	assert_non_null(strstr(why(b, id).why, "used up"));
	assert_int_equal(why(b, id).until_ms, NOON + 19 * HOUR + 30 * MINUTE);
	assert_int_equal(pick(b), 0);
	b->now.ms = NOON + 19 * HOUR + 30 * MINUTE;
	assert_int_equal(pick(b), id);
	/* A channel that is not there, and one that anybody may carry. */
	id = put(b, 3, LD_PRIO_REPLY, 1, "sim7");
	assert_non_null(strstr(why(b, id).why, "sim7 is no channel of this board any more"));
	id = put(b, 3, LD_PRIO_REPLY, 1, "");
	assert_non_null(strstr(why(b, id).why, "it is next"));
	b->lane.shared = false;
	assert_non_null(strstr(why(b, id).why, "no channel can send to this number"));
}

/* ---- the order ---- */

static void test_strict_order(void **state)
{
	struct bench *b = *state;
	int64_t id[LD_N_PRIOS];

	b->lane.limits.parts_per_day = 0;
	for (int prio = LD_N_PRIOS - 1; prio >= 0; prio--)
		id[prio] = put(b, 10 + (unsigned)prio, (enum ld_prio)prio, 1, prio % 2 ? "sim1" : "");
	put(b, 20, LD_PRIO_REPLY, 1, "sim2");
	for (int prio = 0; prio < LD_N_PRIOS; prio++)
		assert_int_equal(pick(b), id[prio]);
	assert_int_equal(pick(b), 0);
}

/* ---- counting parts ---- */

static unsigned used(struct bench *b, const char *channel)
{
	unsigned n;

	assert_int_equal(ld_store_quota_get(b->st, channel, (b->now.ms + 7 * HOUR) / DAY, &n), 0);
	return n;
}

static void test_share_of_replies(void **state)
{
	struct bench *b = *state;
	unsigned n = 0;

	for (unsigned i = 0; i < 5; i++)
		put(b, 1 + i, LD_PRIO_LESSON, 2, "sim1");
	while (pick(b))
		n += 2;
	assert_int_equal(n, 6);
	assert_int_equal(ld_outbox_admit(b->st, &b->lane, &b->now, LD_PRIO_REPLY, 3), 1);
	assert_int_equal(ld_outbox_admit(b->st, &b->lane, &b->now, LD_PRIO_REPLY, 2), 0);
	assert_int_equal(ld_outbox_admit(b->st, &b->lane, &b->now, LD_PRIO_HELP, 1), 1);
	assert_int_equal(used(b, "sim1"), 10);
	assert_int_equal(pick(b), 0);
	b->now.ms += 23 * HOUR;
	assert_true(pick(b) > 0);               /* a new day */
	assert_int_equal(used(b, "sim1"), 2);
}

/* What did not go out is not counted, neither by the SIM nor by the person; parts that did are
 * counted once and stay where they are. */
static void test_retry_counts_once(void **state)
{
	struct bench *b = *state;
	int64_t id = put(b, 1, LD_PRIO_LESSON, 3, "");
	struct ld_id p = get(b, id).p;
	struct ld_route r;

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pick(b), id);
		assert_int_equal(used(b, "sim1"), 3);
		result(b, id, LD_SENT_RETRY, 0);
		assert_int_equal(used(b, "sim1"), 0);
		assert_int_equal(get(b, id).state, LD_OUT_QUEUED);
		assert_int_equal(pick(b), 0);           /* not before its time */
		b->now.ms += HOUR;
	}
	assert_int_equal(pick(b), id);
	result(b, id, LD_SENT_RETRY, 1);
	assert_int_equal(used(b, "sim1"), 1);
	assert_int_equal(get(b, id).gone, 1);
	assert_int_equal(ld_store_out_move(b->st, "sim1", "sim2", LD_PRIO_BROADCAST), 0);
	b->now.ms += HOUR;
	assert_int_equal(pick(b), id);
	assert_int_equal(used(b, "sim1"), 3);
	result(b, id, LD_SENT_OK, 3);
	assert_int_equal(used(b, "sim1"), 3);
	assert_int_equal(ld_store_route_get(b->st, &p, &r), 0);
	assert_int_equal(r.messages, 1);
	assert_string_equal(r.channel, "sim1");
}

/* A message that any modem may carry goes as a whole to the one that draws it; once a part is out, no
 * other gets the rest, whoever's number she knows by then and however free the other one is. */
static void test_parts_stay_on_their_modem(void **state)
{
	struct bench *b = *state;
	int64_t id = put(b, 1, LD_PRIO_LESSON, 3, ""), other = put(b, 2, LD_PRIO_LESSON, 1, "");
	struct ld_id p = get(b, id).p;
	struct ld_outbox_lane one = b->lane, two = b->lane;
	struct ld_route r;

	memcpy(two.channel, "sim2", sizeof("sim2"));
	assert_int_equal(pick(b), id);
	b->lane = two;
	assert_int_equal(pick(b), other);
	b->lane = one;
	result(b, id, LD_SENT_RETRY, 1);
	b->now.ms += HOUR;
	assert_int_equal(ld_store_route_get(b->st, &p, &r), 0);
	memcpy(r.channel, "sim2", sizeof("sim2"));
	assert_int_equal(ld_store_route_set(b->st, &p, &r), 0);
	assert_int_equal(ld_store_out_move(b->st, "sim1", "sim2", LD_PRIO_BROADCAST), 0);
	assert_int_equal(ld_store_out_move_person(b->st, &p, "sim1", "sim2"), 0);
	assert_int_equal(ld_store_out_movable(b->st, "sim1", &(struct ld_out_row){ 0 }), LD_E_UNKNOWN);
	b->lane = two;
	assert_int_equal(pick(b), 0);
	b->lane = one;
	assert_int_equal(pick(b), id);
	assert_string_equal(get(b, id).channel, "sim1");
}

static void test_person_cap(void **state)
{
	struct bench *b = *state;
	unsigned n = 0;
	int64_t id;

	b->lane.limits.parts_per_day = 0;
	for (unsigned i = 0; i < 5; i++)
		put(b, 1, LD_PRIO_REMINDER, 2, "sim1");
	while (pick(b))
		n++;
	assert_int_equal(n, 3);
	id = put(b, 1, LD_PRIO_REPLY, 1, "sim1");
	assert_int_equal(pick(b), id);
	b->now.ms += DAY;
	while (pick(b))
		n++;
	assert_int_equal(n, 5);
	b->now.ms += DAY;
	for (unsigned i = 0; i < 3; i++)
		put(b, 2, LD_PRIO_LESSON, 4, "sim1");
	n = 0;
	while (pick(b))
		n++;
	assert_int_equal(n, 2);                 /* twelve parts are too many */
}

/* ---- results ---- */

static void test_tries_are_bounded(void **state)
{
	struct bench *b = *state;
	int64_t id = put(b, 1, LD_PRIO_REPLY, 1, "sim1"), barred = put(b, 2, LD_PRIO_REPLY, 1, "sim1");
	int64_t last = 0;

	for (unsigned i = 1; i <= LD_OUT_TRIES_MAX; i++) {
		assert_int_equal(pick(b), id);
		assert_int_equal(pick(b), barred);
		result(b, id, LD_SENT_RETRY, 0);
		result(b, barred, LD_SENT_BARRED, 0);
		assert_int_equal(get(b, id).state, i < LD_OUT_TRIES_MAX ? LD_OUT_QUEUED : LD_OUT_FAILED);
		assert_non_null(strstr(why(b, barred).why, "so it was; tried"));
		assert_true(get(b, barred).due_ms - b->now.ms > last);  /* longer each time */
		last = get(b, barred).due_ms - b->now.ms;
		b->now.ms = get(b, barred).due_ms;
	}
	assert_int_equal(pick(b), barred);      /* not its fault: until it expires */
	b->now.ms += DAY;
	result(b, barred, LD_SENT_BARRED, 0);
	b->now.ms += HOUR;
	assert_int_equal(pick(b), 0);
	assert_int_equal(get(b, barred).state, LD_OUT_CANCELLED);
}

static void test_never_sent_twice(void **state)
{
	static const enum ld_sent_what ends[] = { LD_SENT_OK, LD_SENT_FAILED, LD_SENT_UNKNOWN,
						  LD_SENT_DELIVERED, LD_SENT_UNDELIVERED };
	struct bench *b = *state;

	b->lane.limits.parts_per_day = 0;
	for (size_t i = 0; i < LD_ARRAY_SIZE(ends); i++) {
		int64_t id = put(b, 1, LD_PRIO_REPLY, 1, "sim1");

		assert_int_equal(pick(b), id);
		result(b, id, ends[i], 1);
		for (enum ld_sent_what w = LD_SENT_OK; w <= LD_SENT_BARRED; w++)
			if (ends[i] != LD_SENT_UNKNOWN || (w != LD_SENT_RETRY && w != LD_SENT_BARRED))
				result(b, id, w, 1);
		b->now.ms += HOUR;
		assert_int_equal(pick(b), 0);
	}
	/* Only the journal's word that nothing went out lets a doubtful one go again. */
	put(b, 1, LD_PRIO_REPLY, 1, "sim1");
	assert_true(pick(b) > 0);
	assert_int_equal(ld_outbox_give_up(b->st, LD_OUT_UNKNOWN_MS, b->now.ms), 0);
	b->now.ms += LD_OUT_UNKNOWN_MS;
	assert_int_equal(ld_outbox_give_up(b->st, LD_OUT_UNKNOWN_MS, b->now.ms), 1);
	assert_int_equal(pick(b), 0);
}

static void test_cancel_hold_expire(void **state)
{
	struct bench *b = *state;
	int64_t a = put(b, 1, LD_PRIO_BROADCAST, 1, ""), c = put(b, 2, LD_PRIO_BROADCAST, 1, "");
	struct ld_id p = get(b, a).p;

	assert_int_equal(ld_outbox_cancel(b->st, a, b->now.ms), 0);
	assert_int_equal(ld_outbox_cancel(b->st, a, b->now.ms), LD_E_DENIED);
	assert_int_equal(ld_outbox_cancel(b->st, 99, b->now.ms), LD_E_UNKNOWN);
	assert_int_equal(ld_store_out_hold(b->st, "", true, b->now.ms), 1);
	assert_int_equal(pick(b), 0);
	assert_non_null(strstr(why(b, c).why, "on hold"));
	assert_int_equal(ld_store_out_hold(b->st, "", false, b->now.ms), 1);
	assert_int_equal(pick(b), c);
	assert_int_equal(ld_outbox_cancel(b->st, c, b->now.ms), LD_E_DENIED);
	/* Opting out ends what is on hold, too. */
	a = put(b, 1, LD_PRIO_BROADCAST, 1, "");
	assert_int_equal(ld_store_out_hold(b->st, "", true, b->now.ms), 1);
	assert_int_equal(ld_store_out_cancel(b->st, &p, b->now.ms), 1);
	put(b, 1, LD_PRIO_LESSON, 1, "sim7");
	assert_int_equal(ld_store_out_expire(b->st, b->now.ms + DAY - 1), 0);
	assert_int_equal(ld_store_out_expire(b->st, b->now.ms + DAY), 1);
}

/* ---- numbers ---- */

static void test_one_number_for_each(void **state)
{
	struct bench *b = *state;
	struct ld_outbox_lane two = b->lane;
	struct ld_out_row r;
	int64_t id = put(b, 1, LD_PRIO_LESSON, 1, ""), other;

	snprintf(two.channel, sizeof(two.channel), "sim2");
	assert_int_equal(ld_outbox_pick(b->st, &two, &b->now, &r), 0);
	assert_int_equal(r.id, id);
	/* She knows sim2 now: sim1 leaves her messages to it, and takes others'. */
	id = put(b, 1, LD_PRIO_LESSON, 1, "");
	other = put(b, 2, LD_PRIO_LESSON, 1, "");
	assert_int_equal(pick(b), other);
	assert_int_equal(pick(b), 0);
	assert_string_equal(get(b, id).channel, "sim2");
	assert_int_equal(ld_outbox_pick(b->st, &two, &b->now, &r), 0);
	assert_int_equal(r.id, id);
}

/* ---- cost ---- */

static unsigned steps;

static int count_steps(unsigned type, void *arg, void *stmt, void *x)
{
	(void)arg;
	(void)x;
	if (type == SQLITE_TRACE_PROFILE)
		steps += (unsigned)sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
	return 0;
}

/* SQLite's own work for one pick, in steps of its machine. */
static int watch(sqlite3 *db, char **err, const void *api)
{
	(void)err;
	(void)api;
	return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, count_steps, NULL);
}

static unsigned cost(struct bench *b)
{
	int64_t id = put(b, 1, LD_PRIO_REPLY, 1, "sim1");

	steps = 0;
	assert_int_equal(pick(b), id);
	return steps;
}

static void test_a_queue_holds_up_no_reply(void **state)
{
	struct bench *b;
	void *s;
	unsigned empty, behind, held;

	(void)state;
	sqlite3_auto_extension((void (*)(void))watch);
	set_up(&s);
	b = s;
	b->lane.limits.parts_per_day = 0;
	empty = cost(b);
	for (unsigned i = 0; i < 10000; i++)
		put(b, 100 + i, LD_PRIO_BROADCAST, 1, i % 3 == 0 ? "sim1" : i % 3 == 1 ? "" : "sim2");
	behind = cost(b);
	assert_true(empty > 50);                /* it was counted */
	assert_true(behind <= empty + empty / 4);
	/* Nor do they cost anything while they may not go. */
	b->now.paused = true;
	held = cost(b);
	assert_true(held <= empty + empty / 4);
	steps = 0;
	assert_int_equal(pick(b), 0);
	print_message("# a reply's pick: %u steps, behind 10,000: %u; in vain: %u\n", empty, behind,
		      steps);
	assert_true(steps <= 2 * empty);
	tear_down(&s);
	sqlite3_reset_auto_extension();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		cmocka_unit_test(test_every_rule),
		T(test_what_was_asked_for_goes),
		T(test_own_question_holds_nothing_up),
		T(test_when_it_will_go),
		T(test_strict_order),
		T(test_share_of_replies),
		T(test_retry_counts_once), T(test_parts_stay_on_their_modem),
		T(test_person_cap),
		T(test_tries_are_bounded),
		T(test_never_sent_twice),
		T(test_cancel_hold_expire),
		T(test_one_number_for_each),
		cmocka_unit_test(test_a_queue_holds_up_no_reply),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
