/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Months in the life of learners on a clock of our own: what comes unasked, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "laido/schedule/schedule.h"

#define MINUTE_MS INT64_C(60000)
#define START_MS INT64_C(1795402800000)         /* Monday 23/11/2026 10:00 in Hanoi */

enum { LESSONS = 10, SENT_MAX = 200, ANSWERS_MAX = 200 };

static const struct ld_schedule_cfg cfg = { 420, 21 * 60, 7 * 60 + 30 };
static const struct ld_course course = { .key = "VNEID", .name_short = "VNeID", .hour = 19,
					 .n_lessons = LESSONS };

struct sent {
	enum ld_schedule_what what;
	unsigned lesson;
	int64_t at_ms;
};

/* A learner who answers `after_ms` after a lesson came; -1: never. Every `wrong_every`th answer is
 * wrong. */
struct learner {
	struct ld_person who;
	struct ld_due due;
	int64_t now_ms, activity_ms, answer_at_ms, after_ms;
	unsigned wrong_every, n_answered;
	bool asked;
	unsigned asked_lesson;
	int64_t asked_ms;
	unsigned n_answers, n_sent;
	struct ld_answer answers[ANSWERS_MAX];
	struct sent sent[SENT_MAX];
};

static void ask(struct learner *l, unsigned lesson)
{
	l->asked = true;
	l->asked_lesson = lesson;
	l->asked_ms = l->now_ms;
	l->answer_at_ms = l->after_ms < 0 ? INT64_MAX : l->now_ms + l->after_ms;
}

static void answer(struct learner *l, bool right)
{
	struct ld_progress *g = &l->who.course[0];
	uint64_t bit = UINT64_C(1) << (l->asked_lesson - 1);

	assert_true(l->n_answers < ANSWERS_MAX);
	l->answers[l->n_answers++] = (struct ld_answer){ (uint8_t)l->asked_lesson, right,
							 l->now_ms };
	g->answered |= bit;
	g->right |= right ? bit : 0;
	g->last = ld_hlc_make(l->now_ms, 0, true);
	l->asked = false;
	l->answer_at_ms = INT64_MAX;
	l->activity_ms = l->now_ms;
	/* As the gateway does it with every answer. */
	if (l->due.at_ms > l->now_ms + 3 * LD_SCHED_DAY_MS)
		l->due.at_ms = l->now_ms + 3 * LD_SCHED_DAY_MS;
}

static void begin(struct learner *l, int64_t after_ms)
{
	memset(l, 0, sizeof(*l));
	l->now_ms = START_MS;
	l->after_ms = after_ms;
	l->who.consented = true;
	l->who.consent_ms = l->activity_ms = START_MS;
	l->who.n_courses = 1;
	memcpy(l->who.course[0].course, "VNEID", 6);
	l->who.course[0].enrolled = true;
	l->due.at_ms = l->due.active_ms = START_MS;
	ask(l, 1);                      /* consent brings the first lesson at once */
}

static void wish(struct learner *l)
{
	l->activity_ms = l->due.active_ms = l->now_ms;
	l->due.at_ms = l->now_ms + LD_SCHED_PAUSE_MS;
}

static void look(struct learner *l)
{
	uint64_t all = (UINT64_C(1) << LESSONS) - 1;
	struct ld_due due = l->due;
	struct ld_schedule_look k = {
		.now_ms = l->now_ms, .person = &l->who, .due = &due, .course = &course,
		.open = all & ~l->who.course[0].answered, .answered = l->who.course[0].answered,
		.n_answers = l->n_answers, .answers = l->answers, .asked = l->asked,
		.asked_course = "VNEID", .asked_lesson = l->asked_lesson, .asked_ms = l->asked_ms,
	};
	struct ld_schedule_plan plan;

	due.activity_ms = l->activity_ms;
	ld_schedule_look(&cfg, &k, &plan);
	assert_true(plan.at_ms > l->now_ms);
	assert_true(plan.at_ms <= l->now_ms + 11 * LD_SCHED_DAY_MS);
	ld_schedule_note(&k, &plan, &due);
	due.activity_ms = 0;
	l->due = due;
	if (plan.what == LD_DUE_NOTHING)
		return;
	assert_true(l->n_sent < SENT_MAX);
	l->sent[l->n_sent++] = (struct sent){ plan.what, plan.lesson, l->now_ms };
	if (plan.what != LD_DUE_IDLE)
		ask(l, plan.lesson);
}

static void live(struct learner *l, int64_t for_ms)
{
	int64_t end = l->now_ms + for_ms;

	for (; l->now_ms < end; l->now_ms += MINUTE_MS) {
		if (l->asked && l->now_ms >= l->answer_at_ms) {
			l->n_answered++;
			answer(l, !l->wrong_every || l->n_answered % l->wrong_every);
		}
		if (l->due.at_ms <= l->now_ms)
			look(l);
	}
}

static int64_t local(int64_t ms)
{
	return ms + 420 * MINUTE_MS;
}

static int64_t day(int64_t ms)
{
	return local(ms) / LD_SCHED_DAY_MS;
}

static int minute_of_day(int64_t ms)
{
	return (int)(local(ms) % LD_SCHED_DAY_MS / MINUTE_MS);
}

/* What must hold of everybody. */
static void check(const struct learner *l)
{
	for (unsigned i = 0; i < l->n_sent; i++) {
		int64_t weekday = (day(l->sent[i].at_ms) + 3) % 7;      /* 0: Monday */

		assert_true(weekday == 0 || weekday == 2 || weekday == 4);
		assert_in_range(minute_of_day(l->sent[i].at_ms), 7 * 60 + 30, 21 * 60 - 1);
		assert_true(i == 0 || day(l->sent[i].at_ms) > day(l->sent[i - 1].at_ms));
	}
}

static unsigned count(const struct learner *l, enum ld_schedule_what what)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n_sent; i++)
		n += l->sent[i].what == what;
	return n;
}

static void test_a_month_of_one_who_answers(void **state)
{
	static struct learner l;

	(void)state;
	begin(&l, 20 * MINUTE_MS);
	live(&l, 28 * LD_SCHED_DAY_MS);
	check(&l);
	/* Lesson 1 by consent, then nine lessons, three a week, at seven in the evening. */
	assert_int_equal(l.n_sent, 9);
	for (unsigned i = 0; i < 9; i++) {
		assert_int_equal(l.sent[i].what, LD_DUE_LESSON);
		assert_int_equal(l.sent[i].lesson, i + 2);
		assert_int_equal(minute_of_day(l.sent[i].at_ms), 19 * 60);
	}
	assert_int_equal(day(l.sent[8].at_ms) - day(START_MS), 21);
}

static void test_one_who_never_answers(void **state)
{
	static struct learner l;

	(void)state;
	begin(&l, -1);
	live(&l, 120 * LD_SCHED_DAY_MS);
	check(&l);
	/* Two more lessons in the first week; the reminders; silence. */
	assert_int_equal(count(&l, LD_DUE_LESSON), 2);
	assert_int_equal(l.sent[0].lesson, 2);
	assert_int_equal(l.sent[1].lesson, 3);
	assert_int_equal(count(&l, LD_DUE_IDLE), 2);
	assert_int_equal(l.n_sent, 4);
	assert_in_range(l.sent[2].at_ms - START_MS, 7 * LD_SCHED_DAY_MS, 8 * LD_SCHED_DAY_MS);
	assert_in_range(l.sent[3].at_ms - START_MS, 21 * LD_SCHED_DAY_MS, 22 * LD_SCHED_DAY_MS);
	assert_int_equal(l.sent[2].lesson, 4);          /* "lesson 4 waits" */
}

static void test_an_answer_wakes(void **state)
{
	static struct learner l;

	(void)state;
	begin(&l, -1);
	live(&l, 60 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 4);
	answer(&l, true);
	l.after_ms = 30 * MINUTE_MS;
	live(&l, 7 * LD_SCHED_DAY_MS);
	check(&l);
	assert_in_range(l.n_sent, 6, 7);
	assert_int_equal(l.sent[4].what, LD_DUE_LESSON);
	assert_int_equal(l.sent[4].lesson, 1);          /* the lowest that is unanswered */
}

static void test_two_days_for_an_answer(void **state)
{
	static struct learner l;

	(void)state;
	begin(&l, 20 * MINUTE_MS);
	live(&l, 2 * LD_SCHED_DAY_MS + 12 * LD_SCHED_HOUR_MS);  /* Wednesday 22:00: 2 came, answered */
	assert_int_equal(l.n_sent, 1);
	/* On Thursday at 20:00 she asks for lesson 3 and goes to bed: it stands open on Friday. */
	l.now_ms = START_MS + 3 * LD_SCHED_DAY_MS + 10 * LD_SCHED_HOUR_MS;
	l.after_ms = -1;
	ask(&l, 3);
	l.activity_ms = l.now_ms;
	live(&l, 4 * LD_SCHED_DAY_MS);                  /* until Monday 20:00 */
	check(&l);
	assert_int_equal(l.n_sent, 2);
	assert_int_equal((day(l.sent[1].at_ms) + 3) % 7, 0);
	assert_int_equal(l.sent[1].lesson, 4);
}

static void test_not_beside_a_lesson_of_her_own(void **state)
{
	static struct learner l;

	(void)state;
	begin(&l, 20 * MINUTE_MS);
	live(&l, 2 * LD_SCHED_DAY_MS);                  /* Wednesday 10:00 */
	ask(&l, 2);
	live(&l, 12 * LD_SCHED_HOUR_MS);
	assert_int_equal(l.n_sent, 0);
	live(&l, 2 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 1);
	assert_int_equal(l.sent[0].lesson, 3);
}

static void test_ten_minutes_after_activity(void **state)
{
	static struct learner l;
	int64_t slot;

	(void)state;
	begin(&l, 20 * MINUTE_MS);
	slot = START_MS + 2 * LD_SCHED_DAY_MS + 9 * LD_SCHED_HOUR_MS;
	live(&l, slot - START_MS);
	l.activity_ms = slot - 3 * MINUTE_MS;           /* the menu, at 18:57 */
	live(&l, LD_SCHED_HOUR_MS);
	assert_int_equal(l.n_sent, 1);
	assert_int_equal(l.sent[0].at_ms, slot + 7 * MINUTE_MS);
}

static void test_rest(void **state)
{
	static struct learner l;
	int64_t until;

	(void)state;
	begin(&l, 20 * MINUTE_MS);
	live(&l, 3 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 1);
	memcpy(l.who.reg[LD_REG_REST].value, "0", 2);
	wish(&l);
	live(&l, 60 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 1);
	l.who.reg[LD_REG_REST].value[0] = '\0';         /* TIEP */
	wish(&l);
	live(&l, 7 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 4);
	/* A rest with an end is no silence: lessons simply go on. */
	until = l.now_ms + 30 * LD_SCHED_DAY_MS;
	snprintf(l.who.reg[LD_REG_REST].value, LD_VALUE_MAX, "%lld", (long long)until);
	wish(&l);
	live(&l, 37 * LD_SCHED_DAY_MS);
	check(&l);
	assert_int_equal(l.n_sent, 7);
	assert_int_equal(count(&l, LD_DUE_IDLE), 0);
	assert_true(l.sent[4].at_ms >= until);
}

static void test_opt_out(void **state)
{
	static struct learner l;

	(void)state;
	begin(&l, 20 * MINUTE_MS);
	live(&l, 10 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 4);
	l.who.optouts.n = 1;
	live(&l, 90 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 4);
}

static void test_quiet_hours_at_both_edges(void **state)
{
	static struct learner l;
	int64_t wednesday = START_MS + 2 * LD_SCHED_DAY_MS - 10 * LD_SCHED_HOUR_MS;

	(void)state;
	/* A board that was off until 20:59 still sends; at 21:00 it waits for Friday. */
	begin(&l, 20 * MINUTE_MS);
	live(&l, MINUTE_MS * 30);
	l.now_ms = wednesday + 20 * LD_SCHED_HOUR_MS + 59 * MINUTE_MS;
	look(&l);
	assert_int_equal(l.n_sent, 1);
	begin(&l, 20 * MINUTE_MS);
	live(&l, MINUTE_MS * 30);
	l.now_ms = wednesday + 21 * LD_SCHED_HOUR_MS;
	look(&l);
	assert_int_equal(l.n_sent, 0);
	assert_int_equal(minute_of_day(l.due.at_ms), 19 * 60);
	assert_int_equal(day(l.due.at_ms), day(wednesday) + 2);
	/* An hour in the night waits for the morning. */
	begin(&l, 20 * MINUTE_MS);
	memcpy(l.who.reg[LD_REG_HOUR].value, "6", 2);
	live(&l, 3 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 1);
	assert_int_equal(minute_of_day(l.sent[0].at_ms), 7 * 60 + 30);
	assert_int_equal(ld_schedule_quiet_until(&cfg, wednesday), wednesday + 450 * MINUTE_MS);
	assert_int_equal(ld_schedule_quiet_until(&cfg, wednesday + 449 * MINUTE_MS),
			 wednesday + 450 * MINUTE_MS);
	assert_int_equal(ld_schedule_quiet_until(&cfg, wednesday + 450 * MINUTE_MS), 0);
	assert_int_equal(ld_schedule_quiet_until(&cfg, wednesday + 1260 * MINUTE_MS),
			 wednesday + 1890 * MINUTE_MS);
}

static void test_her_own_hour(void **state)
{
	static struct learner l;

	(void)state;
	begin(&l, 20 * MINUTE_MS);
	memcpy(l.who.reg[LD_REG_HOUR].value, "8", 2);
	live(&l, 5 * LD_SCHED_DAY_MS);
	assert_int_equal(l.n_sent, 2);
	assert_int_equal(minute_of_day(l.sent[1].at_ms), 8 * 60);
}

static void test_wrong_ones_come_back(void **state)
{
	static struct learner l;
	unsigned reviews;

	(void)state;
	begin(&l, 20 * MINUTE_MS);
	l.wrong_every = 3;              /* lessons 3, 6 and 9 */
	live(&l, 22 * LD_SCHED_DAY_MS);
	assert_int_equal(count(&l, LD_DUE_LESSON), 9);
	l.wrong_every = 0;
	live(&l, 30 * LD_SCHED_DAY_MS);
	check(&l);
	reviews = count(&l, LD_DUE_REVIEW);
	assert_int_equal(reviews, 3);
	assert_int_equal(l.sent[9].lesson, 3);
	assert_int_equal(l.sent[10].lesson, 6);
	assert_int_equal(l.sent[11].lesson, 9);
	assert_int_equal(count(&l, LD_DUE_IDLE), 0);
}

static void test_ladder_of_repetition(void **state)
{
	struct ld_answer a[8] = { { 1, true, 5 }, { 2, false, 10 } };
	int64_t due = -1;

	(void)state;
	assert_int_equal(ld_schedule_review(a, 2, 3, &due), 2);
	assert_int_equal(due, 10 + LD_SCHED_DAY_MS);
	assert_int_equal(ld_schedule_review(a, 2, 1, &due), 0);         /* held back meanwhile */
	a[2] = (struct ld_answer){ 2, false, 20 };
	assert_int_equal(ld_schedule_review(a, 3, 3, &due), 2);
	assert_int_equal(due, 20 + 3 * LD_SCHED_DAY_MS);
	a[3] = (struct ld_answer){ 2, false, 30 };
	assert_int_equal(ld_schedule_review(a, 4, 3, &due), 2);
	assert_int_equal(due, 30 + 7 * LD_SCHED_DAY_MS);
	a[4] = (struct ld_answer){ 2, false, 40 };      /* then only when she asks */
	assert_int_equal(ld_schedule_review(a, 5, 3, &due), 0);
	a[5] = (struct ld_answer){ 2, true, 50 };
	assert_int_equal(ld_schedule_review(a, 6, 3, &due), 0);
	a[6] = (struct ld_answer){ 1, false, 60 };      /* what was known was forgotten */
	assert_int_equal(ld_schedule_review(a, 7, 3, &due), 1);
	assert_int_equal(due, 60 + LD_SCHED_DAY_MS);
	a[7] = (struct ld_answer){ 200, false, 70 };    /* hostile */
	assert_int_equal(ld_schedule_review(a, 8, UINT64_MAX, &due), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_month_of_one_who_answers),
		cmocka_unit_test(test_one_who_never_answers),
		cmocka_unit_test(test_an_answer_wakes),
		cmocka_unit_test(test_two_days_for_an_answer),
		cmocka_unit_test(test_not_beside_a_lesson_of_her_own),
		cmocka_unit_test(test_ten_minutes_after_activity),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_opt_out),
		cmocka_unit_test(test_quiet_hours_at_both_edges),
		cmocka_unit_test(test_her_own_hour),
		cmocka_unit_test(test_wrong_ones_come_back),
		cmocka_unit_test(test_ladder_of_repetition),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
