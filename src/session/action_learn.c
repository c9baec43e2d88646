/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What screens do, second part: learning. By message, a lesson is message A and no screen. */
#include "internal.h"

#include <stdio.h>

/* ---- what comes next ---- */

static const char *finished(struct ses *x, struct ses_learning *l, enum ses_item item)
{
	if (item == SES_ITEM_DONE && !l->completed) {
		ses_fact_complete(x, l);
		l->completed = true;
	}
	ses_course_values(x, l);
	return item == SES_ITEM_DONE ? "done" : "fail";
}

static const char *due(struct ses *x, struct ses_learning *l, unsigned *ret_lesson,
		       bool *ret_review)
{
	enum ses_item item = ses_due(x, l, ret_lesson);

	*ret_review = item == SES_ITEM_REVIEW;
	switch (item) {
	case SES_ITEM_NONE:
		return "none";
	case SES_ITEM_LESSON:
		if (!ses_over_limit(x))
			return "lesson";
		ses_value_number(x, "n", x->s.lessons);
		return "limit";
	case SES_ITEM_REVIEW:
		return "lesson";
	default:
		return finished(x, l, item);
	}
}

const char *ses_do_learn_next(struct ses *x, const char *arg)
{
	struct ses_learning l;

	(void)arg;
	if (!ses_look(x, NULL, &l))
		return "none";
	ses_value(x, "course", l.course->name_short);
	ses_value_number(x, "n", l.next ? l.next : l.done);
	ses_value_number(x, "total", l.course->n_lessons);
	return "ok";
}

const char *ses_do_lesson(struct ses *x, const char *arg)
{
	struct ses_learning l;
	const char *what;
	bool review, go = strcmp(arg, "go") == 0;
	unsigned n;

	if (ses_resting(x) && !go && x->live)
		return "rest";
	ses_end_rest(x);
	if (!x->live) {
		ses_send_next(x);
		return NULL;
	}
	what = due(x, &l, &n, &review);
	if (strcmp(what, "lesson") != 0)
		return what;
	ses_open_quiz(x, l.course, n, review);
	ses_lesson_values(x, l.course, n);
	return "ok";
}

const char *ses_do_after(struct ses *x, const char *arg)
{
	struct ses_learning l;
	bool review;
	unsigned n;
	const char *what = due(x, &l, &n, &review);

	(void)arg;
	/* No course is left: the lesson's screen knows what to say. */
	return strcmp(what, "none") == 0 ? "lesson" : what;
}

const char *ses_do_lesson_sms(struct ses *x, const char *arg)
{
	struct ses_learning l;
	unsigned n = 0;

	(void)arg;
	ses_end_rest(x);
	if (ses_due(x, &l, &n) == SES_ITEM_NONE)
		n = 0;
	ses_send_next(x);
	if (!x->live)
		return NULL;
	ses_value_number(x, "n", n ? n : 1);
	return "ok";
}

/* ---- the question ---- */

const char *ses_do_quiz(struct ses *x, const char *arg)
{
	const struct ses_prompt *p = &x->s.prompt;
	const struct ld_course *c = p->kind == LD_PROMPT_QUIZ ?
				    ld_content_course(x->c, p->course) : NULL;
	struct ses_learning l;
	bool review;
	unsigned n;

	(void)arg;
	if (!x->live) {
		ses_send_next(x);
		return NULL;
	}
	if (!ses_lesson(c, p->lesson)) {
		if (strcmp(due(x, &l, &n, &review), "lesson") != 0)
			return "none";
		ses_open_quiz(x, l.course, n, review);
	}
	ses_lesson_values(x, ld_content_course(x->c, p->course), p->lesson);
	return "ok";
}

const char *ses_do_answer(struct ses *x, const char *arg)
{
	const struct ses_prompt was = x->s.prompt;
	unsigned option = arg[0] >= '1' && arg[0] <= '3' ? (unsigned)(arg[0] - '0') : 0;
	const struct ld_course *c = was.kind == LD_PROMPT_QUIZ ?
				    ld_content_course(x->c, was.course) : NULL;
	bool right = false;

	if (ses_member(x) && option && ses_lesson(c, was.lesson)) {
		ses_lesson_values(x, c, was.lesson);
		right = ses_answer(x, option);
	} else {
		/* Answered meanwhile by message: show the verdict of the last one again. */
		c = ld_content_course(x->c, x->s.last_course);
		ses_lesson_values(x, c, x->s.last_lesson);
	}
	return right ? "right" : "wrong";
}

const char *ses_do_more(struct ses *x, const char *arg)
{
	(void)arg;
	ses_lesson_values(x, ld_content_course(x->c, x->s.last_course), x->s.last_lesson);
	return "ok";
}

/* ---- courses ---- */

/* The course an option names, or the one the dialogue is about. */
static const struct ld_course *about(struct ses *x, const char *arg)
{
	const struct ld_course *c = arg[0] ? ld_content_course(x->c, arg) : NULL;

	if (c)
		ses_copy(x->s.course, sizeof(x->s.course), c->key);
	c = c ? c : ld_content_course(x->c, x->s.course);
	c = c ? c : ses_current_course(x);
	return c ? c : x->c->default_course;
}

const char *ses_do_course_card(struct ses *x, const char *arg)
{
	const struct ld_course *c = about(x, arg);
	const struct ld_progress *g = c ? ld_person_course(&x->who, c->key) : NULL;
	struct ses_learning l;

	if (!c)
		return "out";
	ses_look(x, c, &l);
	ses_course_values(x, &l);
	ses_value_number(x, "n", l.done);
	ses_value_number(x, "total", c->n_lessons);
	return g && g->enrolled ? "in" : "out";
}

const char *ses_do_enrol(struct ses *x, const char *arg)
{
	const struct ld_course *c = about(x, arg);
	const struct ld_progress *g = c ? ld_person_course(&x->who, c->key) : NULL;
	bool already = g && g->enrolled;

	if (!ses_member(x) || !c)
		return "already";
	if (!ses_may_learn(x, c))
		return "guardian";
	ses_choose_course(x, c);
	ses_end_rest(x);
	ses_value(x, "course", c->name_short);
	if (already && x->live)
		return "already";
	ses_send_next(x);
	ses_value(x, "course", c->name_short);
	return x->live ? "ok" : NULL;
}

const char *ses_do_sample(struct ses *x, const char *arg)
{
	const struct ld_course *c = about(x, arg);
	const struct ld_lesson *l = ses_lesson(c, 1);

	ses_value(x, "key", l ? l->key : "");
	return "ok";
}

/* ---- results ---- */

const char *ses_do_score(struct ses *x, const char *arg)
{
	struct ses_learning l, one;
	unsigned done = 0, ok = 0;

	(void)arg;
	if (!ses_look(x, NULL, &l))
		return "none";
	for (unsigned i = 0; i < x->c->n_courses; i++) {
		ses_look(x, &x->c->courses[i], &one);
		done += one.done;
		ok += one.score;
	}
	ses_course_values(x, &l);
	ses_value_number(x, "done", done);
	ses_value_number(x, "ok", ok);
	ses_value_number(x, "p", l.total ? 100 * l.score / l.total : 0);
	return "ok";
}

const char *ses_do_code(struct ses *x, const char *arg)
{
	struct ses_learning l;

	(void)arg;
	if (!ses_look(x, NULL, &l))
		return "nocourse";
	for (unsigned i = 0; !l.completed && i < x->c->n_courses; i++) {
		struct ses_learning one;

		ses_look(x, &x->c->courses[i], &one);
		if (one.completed)
			l = one;
	}
	ses_course_values(x, &l);
	if (l.completed)
		return "ok";
	ses_value_number(x, "left", l.total - l.done);
	return "none";
}

const char *ses_do_review(struct ses *x, const char *arg)
{
	struct ses_learning l;

	(void)arg;
	if (!ses_look(x, NULL, &l) || l.wrong == 0)
		return "none";
	ses_value_number(x, "n", (unsigned)__builtin_popcountll(l.wrong));
	return "ok";
}

/* Wrong ones can be repeated at any time, not only at the end. */
const char *ses_do_review_start(struct ses *x, const char *arg)
{
	struct ses_learning l;

	(void)arg;
	if (!ses_look(x, NULL, &l) || l.wrong == 0)
		return "none";
	ses_start_review(x, l.course);
	ses_open_quiz(x, l.course, (unsigned)__builtin_ctzll(l.wrong) + 1, true);
	return "ok";
}
