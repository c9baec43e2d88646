/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The school, for both channels: which course, which lesson, the question that is open. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

const struct ld_course *ses_current_course(const struct ses *x)
{
	const struct ld_course *c = ld_content_course(x->c, ses_reg(x, LD_REG_COURSE));
	const struct ld_course *any = NULL;

	if ((c && ses_may_learn(x, c)) || !ses_member(x))
		return c;
	for (unsigned i = 0; i < x->who.n_courses; i++) {
		const struct ld_progress *g = &x->who.course[i];

		c = g->enrolled ? ld_content_course(x->c, g->course) : NULL;
		if (c && !ses_may_learn(x, c))
			continue;
		if (c && !g->completed)
			return c;
		any = c ? c : any;
	}
	return any;
}

bool ses_look(const struct ses *x, const struct ld_course *c, struct ses_learning *ret)
{
	c = c ? c : ses_current_course(x);
	if (!c)
		return false;
	ses_learn_look(c, ld_person_course(&x->who, c->key), ret);
	return true;
}

static uint64_t reviewed(const struct ses *x, const struct ld_course *c)
{
	return strcmp(x->s.review_course, c->key) == 0 ? x->s.reviewed : 0;
}

enum ses_item ses_due(struct ses *x, struct ses_learning *ret, unsigned *ret_lesson)
{
	*ret_lesson = 0;
	if (!ses_look(x, NULL, ret))
		return SES_ITEM_NONE;
	return ses_learn_item(ret, reviewed(x, ret->course), ret_lesson);
}

bool ses_over_limit(const struct ses *x)
{
	unsigned most = x->env->lessons_per_day ? x->env->lessons_per_day : SES_DAILY_LESSONS;

	return x->s.lessons_day == ses_today(x) && x->s.lessons >= most;
}

void ses_choose_course(struct ses *x, const struct ld_course *c)
{
	const struct ld_progress *g = ld_person_course(&x->who, c->key);

	/* Whoever named it: an invitation, an older menu. */
	if (!ses_may_learn(x, c))
		return;
	if (!g || !g->enrolled)
		ses_fact_enrol(x, c->key);
	if (strcmp(ses_reg(x, LD_REG_COURSE), c->key) != 0)
		ses_fact_set(x, LD_REG_COURSE, c->key);
}

/* Who invited her said where she lives; she may say otherwise. */
static void settle(struct ses *x)
{
	char tdp[4];

	if (x->who.invited_tdp == 0 || ses_reg(x, LD_REG_TDP)[0])
		return;
	snprintf(tdp, sizeof(tdp), "%u", x->who.invited_tdp);
	ses_fact_set(x, LD_REG_TDP, tdp);
}

/* The course she asked for, was learning, was invited to; else the ward's default. */
bool ses_begin_learning(struct ses *x)
{
	const struct ld_course *c = ld_content_course(x->c, x->s.course);

	x->s.prompt.kind = LD_PROMPT_NONE;
	ses_fact_consent(x);
	ses_added(x);
	if (x->s.move)
		ses_send_message(x, ses_move(x) ? "MOVE_OK" : "MOVE_BAD");
	settle(x);
	ses_end_rest(x);
	c = c ? c : ses_current_course(x);
	c = c ? c : ld_content_course(x->c, x->who.invited_course);
	c = c ? c : x->c->default_course;
	x->s.course[0] = '\0';
	if (c)
		ses_choose_course(x, c);
	if (!c || ses_may_learn(x, c))
		return true;
	ses_ticket(x, c);
	ses_copy(x->s.course, sizeof(x->s.course), c->key);
	return false;
}

bool ses_resting(const struct ses *x)
{
	const char *v = ses_reg(x, LD_REG_REST);

	return v[0] && (strcmp(v, "0") == 0 || strtoll(v, NULL, 10) > x->env->now_ms);
}

void ses_end_rest(struct ses *x)
{
	if (ses_resting(x))
		ses_fact_set(x, LD_REG_REST, "");
}

/* ---- the open question ---- */

void ses_open_quiz(struct ses *x, const struct ld_course *c, unsigned lesson, bool review)
{
	struct ses_prompt *p = &x->s.prompt;

	memset(p, 0, sizeof(*p));
	p->kind = LD_PROMPT_QUIZ;
	p->review = review;
	p->lesson = (uint8_t)lesson;
	p->opened_ms = x->env->now_ms;
	ses_copy(p->course, sizeof(p->course), c->key);
}

void ses_start_review(struct ses *x, const struct ld_course *c)
{
	ses_copy(x->s.review_course, sizeof(x->s.review_course), c->key);
	x->s.reviewed = 0;
}

static void count_lesson(struct ses *x)
{
	uint32_t today = ses_today(x);

	if (x->s.lessons_day != today)
		x->s.lessons = 0;
	x->s.lessons_day = today;
	if (x->s.lessons < UINT8_MAX)
		x->s.lessons++;
}

bool ses_answer(struct ses *x, unsigned option)
{
	struct ses_prompt p = x->s.prompt;
	const struct ld_course *c = ld_content_course(x->c, p.course);
	const struct ld_lesson *lesson = ses_lesson(c, p.lesson);
	const struct ld_progress *g = c ? ld_person_course(&x->who, c->key) : NULL;
	uint64_t bit = p.lesson >= 1 && p.lesson <= 64 ? UINT64_C(1) << (p.lesson - 1) : 0;
	struct ses_learning l;
	unsigned unused;
	bool right;

	if (!lesson)
		return false;
	right = option == lesson->answer;
	if (!g || !(g->answered & bit))
		count_lesson(x);
	ses_fact_answer(x, c->key, p.lesson, option, right);
	if (p.review) {
		if (strcmp(x->s.review_course, c->key) != 0)
			ses_start_review(x, c);
		x->s.reviewed |= bit;
	}
	memset(&x->s.prompt, 0, sizeof(x->s.prompt));
	ses_copy(x->s.last_course, sizeof(x->s.last_course), c->key);
	x->s.last_lesson = p.lesson;
	ses_look(x, c, &l);
	if (!l.completed && ses_learn_item(&l, reviewed(x, c), &unused) == SES_ITEM_DONE)
		ses_fact_complete(x, &l);
	return right;
}

/* ---- values ---- */

void ses_lesson_values(struct ses *x, const struct ld_course *c, unsigned n)
{
	const struct ld_lesson *l = ses_lesson(c, n);

	if (!l)
		return;
	ses_value_number(x, "n", n);
	ses_value_number(x, "total", c->n_lessons);
	ses_value(x, "course", c->name_short);
	ses_value(x, "key", l->key);
	ses_value(x, "question", l->question);
	ses_value(x, "opt1", l->opt[0]);
	ses_value(x, "opt2", l->opt[1]);
	ses_value(x, "opt3", l->opt[2]);
	ses_value(x, "more", l->more);
	if (l->answer >= 1 && l->answer <= 3) {
		ses_value(x, "answer", l->opt[l->answer - 1]);
		ses_value(x, "a", l->opt[l->answer - 1]);
	}
}

void ses_completion_code(const struct ses *x, const struct ld_course *c, char *ret, size_t size)
{
	char digits[LD_CODE_DIGITS + 1];

	ld_completion_code(digits, x->env->keys, &x->who.s, c->menu_key);
	snprintf(ret, size, "%.4s-%.4s-%.3s", digits, digits + 4, digits + 8);
}

void ses_course_values(struct ses *x, const struct ses_learning *l)
{
	char code[LD_CODE_DIGITS + 3];

	ses_value(x, "course", l->course->name_short);
	ses_value_number(x, "total", l->total);
	ses_value_number(x, "score", l->score);
	ses_value_number(x, "pass", l->pass);
	ses_value_number(x, "left", l->pass > l->score ? l->pass - l->score : 0);
	if (l->completed) {
		ses_completion_code(x, l->course, code, sizeof(code));
		ses_value(x, "code", code);
	}
}

/* ---- by message ---- */

void ses_send_lesson(struct ses *x, const struct ld_course *c, unsigned n, const char *verdict,
		     bool review)
{
	const char *t = ses_text(x, review ? "REVIEW" : "LESSON_A");
	const char *tail = ses_text(x, "LESSON_FIRST_TAIL");
	char text[LD_TEXT_MAX], what[24];
	size_t used;

	if (!t || !ses_lesson(c, n))
		return;
	ses_lesson_values(x, c, n);
	ses_value(x, "verdict", verdict);
	ses_expand(x, t, text, sizeof(text));
	used = strlen(text);
	if (!review && n == 1 && tail)
		ses_copy(text + used, sizeof(text) - used, tail);
	snprintf(what, sizeof(what), "%s %s %u", review ? "REVIEW" : "A", c->key, n);
	ses_send(x, LD_PRIO_REPLY, what, text);
	ses_open_quiz(x, c, n, review);
}

void ses_send_result(struct ses *x, const struct ses_learning *l, const char *verdict)
{
	const char *key = l->completed ? "COURSE_DONE" : "COURSE_FAIL";
	const char *t = ses_text(x, key);
	char text[LD_TEXT_MAX];
	size_t used;

	if (!t)
		return;
	ses_copy(text, sizeof(text), verdict);
	used = strlen(text);
	ses_course_values(x, l);
	ses_expand(x, t, text + used, sizeof(text) - used);
	ses_send(x, LD_PRIO_REPLY, key, text);
}

void ses_send_next(struct ses *x)
{
	struct ses_learning l;
	unsigned n;
	enum ses_item item = ses_due(x, &l, &n);

	switch (item) {
	case SES_ITEM_NONE:
		ses_send_message(x, "ENROL_WHICH");
		return;
	case SES_ITEM_LESSON:
		if (ses_over_limit(x)) {
			ses_value_number(x, "n", x->s.lessons);
			ses_send_message(x, "LIMIT");
			return;
		}
		ses_send_lesson(x, l.course, n, "", false);
		return;
	case SES_ITEM_REVIEW:
		ses_send_lesson(x, l.course, n, "", true);
		return;
	case SES_ITEM_DONE:
		/* Told before: what is left is another course. */
		if (l.completed) {
			ses_send_message(x, "ENROL_WHICH");
			return;
		}
		ses_fact_complete(x, &l);
		l.completed = true;
		break;
	case SES_ITEM_FAIL:
		break;
	}
	ses_send_result(x, &l, "");
}
