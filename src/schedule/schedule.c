/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision about one learner. Each question of the order below either ends it with the time
 * of the next look, or leaves it to the next one. */
#include "impl.h"

#include <stdlib.h>
#include <string.h>

struct sched {
	const struct ld_schedule_cfg *cfg;
	const struct ld_schedule_look *k;
	struct ld_schedule_plan *plan;
	int64_t since;                  /* her last sign that she is learning */
};

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Look again at the first lesson hour from then on. */
static bool wait_until(struct sched *x, int64_t ms)
{
	int64_t latest = x->k->now_ms + LD_SCHED_LOOK_MS;
	int64_t from = max64(ms, x->k->now_ms + 1);

	x->plan->at_ms = sched_slot_from(x->cfg, x->k->person, x->k->course,
					 from < latest ? from : latest);
	return true;
}

static bool wait_exactly(struct sched *x, int64_t ms)
{
	x->plan->at_ms = ms;
	return true;
}

/* ---- may she get anything at all? ---- */

static bool nobody(struct sched *x)
{
	const struct ld_person *p = x->k->person;

	if (p->consented && p->optouts.n == 0 && x->k->course)
		return false;
	return wait_until(x, x->k->now_ms + LD_SCHED_LOOK_MS);
}

/* UTC ms until which she rests; INT64_MAX: until she writes; 0: not. */
static int64_t rest_until(const struct ld_person *p)
{
	const char *v = p->reg[LD_REG_REST].value;

	return strcmp(v, "0") == 0 ? INT64_MAX : v[0] ? strtoll(v, NULL, 10) : 0;
}

static bool resting(struct sched *x)
{
	int64_t until = rest_until(x->k->person);

	return until > x->k->now_ms && wait_until(x, until);
}

/* ---- is it the time? ---- */

static bool just_active(struct sched *x)
{
	int64_t quiet_from = x->k->due->activity_ms + LD_SCHED_PAUSE_MS;

	return x->k->now_ms < quiet_from && wait_exactly(x, quiet_from);
}

static bool not_her_hour(struct sched *x)
{
	return !sched_in_slot(x->cfg, x->k->person, x->k->course, x->k->now_ms) &&
	       wait_until(x, x->k->now_ms);
}

static int64_t last_answer(const struct ld_person *p)
{
	int64_t last = 0;

	for (unsigned i = 0; i < p->n_courses; i++)
		last = max64(last, ld_hlc_ms(p->course[i].last));
	return last;
}

/* One lesson a day, whoever asked for it. */
static bool enough_today(struct sched *x)
{
	const struct ld_schedule_look *k = x->k;
	int64_t newest = max64(k->due->sent_ms, last_answer(k->person));

	newest = max64(newest, k->person->consent_ms);
	if (k->asked)
		newest = max64(newest, k->asked_ms);
	return sched_day(x->cfg, newest) >= sched_day(x->cfg, k->now_ms) &&
	       wait_until(x, (sched_day(x->cfg, k->now_ms) + 1) * LD_SCHED_DAY_MS -
				  x->cfg->utc_offset_min * INT64_C(60000));
}

/* When the question before was asked, while it stands unanswered; 0: none. */
static int64_t unanswered(const struct ld_schedule_look *k)
{
	const struct ld_due *d = k->due;
	const struct ld_progress *g = ld_person_course(k->person, d->course);
	int64_t at = k->asked ? k->asked_ms : 0;
	bool lesson = d->course[0] && d->lesson >= 1 && d->lesson <= 64;

	if (lesson && !(g && g->answered >> (d->lesson - 1) & 1))
		at = max64(at, d->sent_ms);
	return at;
}

static bool held(struct sched *x)
{
	int64_t at = unanswered(x->k), until = at + LD_SCHED_HOLD_MS;

	if (at == 0 || x->k->now_ms >= until)
		return false;
	if (sched_day(x->cfg, until) == sched_day(x->cfg, x->k->now_ms) &&
	    sched_in_slot(x->cfg, x->k->person, x->k->course, until))
		return wait_exactly(x, until);
	return wait_until(x, until);
}

/* ---- what is it? ---- */

static unsigned lowest(uint64_t mask)
{
	return mask ? (unsigned)__builtin_ctzll(mask) + 1 : 0;
}

/* The lowest lesson that is open; past one that was asked and left unanswered, as long as there
 * is another. */
static unsigned next_lesson(const struct ld_schedule_look *k)
{
	unsigned asked = 0;
	uint64_t past;

	if (k->asked && strcmp(k->asked_course, k->course->key) == 0)
		asked = k->asked_lesson;
	else if (strcmp(k->due->course, k->course->key) == 0)
		asked = k->due->lesson;
	if (asked < 1 || asked > 63 || !(k->open >> (asked - 1) & 1))
		return lowest(k->open);
	past = k->open >> asked << asked;
	return lowest(past ? past : k->open);
}

/* Since when she is silent: the time in which nothing was asked does not count. 0: she is not. */
static int64_t silent_from(const struct sched *x)
{
	int64_t first = x->k->due->first_ms;

	if (first == 0 || first <= x->since)
		return 0;
	return first > x->since + 4 * LD_SCHED_DAY_MS ? first : x->since;
}

/* Asleep: two reminders, then nothing until she is heard of. */
static bool asleep(struct sched *x, unsigned lesson)
{
	const struct ld_schedule_look *k = x->k;
	int64_t from = silent_from(x), again;

	if (from == 0 || k->now_ms < from + LD_SCHED_IDLE_MS)
		return false;
	again = max64(from + LD_SCHED_IDLE2_MS,
		      k->due->sent_ms + LD_SCHED_IDLE2_MS - LD_SCHED_IDLE_MS);
	if (k->due->idle >= 2)
		return wait_until(x, k->now_ms + LD_SCHED_LOOK_MS);
	if (k->due->idle == 1 && k->now_ms < again)
		return wait_until(x, again);
	x->plan->what = LD_DUE_IDLE;
	x->plan->lesson = lesson;
	return wait_until(x, k->now_ms);
}

static bool something(struct sched *x)
{
	const struct ld_schedule_look *k = x->k;
	int64_t due = 0;
	unsigned next = next_lesson(k);
	unsigned review = ld_schedule_review(k->answers, k->n_answers, k->answered, &due);

	/* Repetitions after the lessons, so that each brings the next with its verdict (ADR 0007). */
	if (next == 0 && (review == 0 || due > k->now_ms))
		return wait_until(x, review ? due : k->now_ms + LD_SCHED_LOOK_MS);
	if (asleep(x, next ? next : review))
		return true;
	x->plan->what = next ? LD_DUE_LESSON : LD_DUE_REVIEW;
	x->plan->lesson = next ? next : review;
	return wait_until(x, k->now_ms);
}

/* Her last sign that she is learning: consent, an answer, a wish, the end of a rest. */
static int64_t heard(const struct ld_schedule_look *k)
{
	int64_t rested = rest_until(k->person);
	int64_t at = max64(k->person->consent_ms, last_answer(k->person));

	at = max64(at, k->due->active_ms);
	return rested < k->now_ms ? max64(at, rested) : at;
}

void ld_schedule_look(const struct ld_schedule_cfg *cfg, const struct ld_schedule_look *look,
		      struct ld_schedule_plan *ret)
{
	static bool (*const questions[])(struct sched *) = {
		nobody, resting, not_her_hour, just_active, enough_today, held, something,
	};
	struct sched x = { cfg, look, ret, heard(look) };

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < LD_ARRAY_SIZE(questions); i++)
		if (questions[i](&x))
			return;
}

void ld_schedule_note(const struct ld_schedule_look *look, const struct ld_schedule_plan *plan,
		      struct ld_due *due)
{
	due->at_ms = plan->at_ms;
	if (plan->what == LD_DUE_NOTHING)
		return;
	if (due->first_ms <= heard(look)) {
		due->first_ms = look->now_ms;
		due->idle = 0;
	}
	due->sent_ms = look->now_ms;
	if (plan->what == LD_DUE_IDLE) {
		due->idle++;
		return;
	}
	due->lesson = (uint8_t)plan->lesson;
	memcpy(due->course, look->course->key, strlen(look->course->key) + 1);
}
