/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What words mean: digits, which answer the numbered question that was sent last. */
#include "internal.h"

#include <stdio.h>

static void digit_consent(struct ses *x, unsigned digit)
{
	bool old = x->s.prompt.kind == LD_PROMPT_CONSENT &&
		   x->env->now_ms - x->s.prompt.opened_ms > SES_ANSWER_AGE_MS;

	if (old)
		ses_ask_consent(x, "CONSENT_ASK");
	else if (digit == 1)
		ses_consent_yes(x);
	else if (digit == 2)
		ses_consent_no(x);
	else
		ses_send_message(x, "CONSENT_INFO");
}

static void verdict(struct ses *x, bool right, char *ret, size_t size)
{
	const char *t = ses_text(x, right ? "VERDICT_RIGHT" : "VERDICT_WRONG");

	ret[0] = '\0';
	if (t)
		ses_expand(x, t, ret, size);
}

/* Message B; the tail that names TIEP only when a part still holds it. */
static void send_b(struct ses *x, const struct ses_prompt *was, bool right, bool tail)
{
	const char *t = ses_text(x, right ? "LESSON_B_RIGHT" : "LESSON_B_WRONG");
	const char *next = ses_text(x, "NEXT_TAIL");
	char text[LD_TEXT_MAX], longer[LD_TEXT_MAX], what[24];
	struct ld_measure m;

	if (!t)
		return;
	ses_expand(x, t, text, sizeof(text));
	if (tail && next) {
		snprintf(longer, sizeof(longer), "%s%s", text, next);
		ses_script(x, longer, sizeof(longer));
		ld_text_measure(longer, &m);
		if (m.parts <= 1)
			ses_copy(text + strlen(text), sizeof(text) - strlen(text), next);
	}
	snprintf(what, sizeof(what), "B %s %s %u", right ? "right" : "wrong", was->course,
		 was->lesson);
	ses_send(x, LD_PRIO_REPLY, what, text);
}

static void answered(struct ses *x, const struct ses_prompt *was, bool right, bool completed_before)
{
	struct ses_learning l;
	const struct ld_course *c = ld_content_course(x->c, was->course);
	char front[LD_TEXT_MAX];
	unsigned n = 0;
	enum ses_item item;
	bool result;

	ses_lesson_values(x, c, was->lesson);
	ses_look(x, c, &l);
	item = ses_learn_item(&l, strcmp(x->s.review_course, c->key) == 0 ? x->s.reviewed : 0, &n);
	result = item == SES_ITEM_FAIL || (item == SES_ITEM_DONE && !completed_before);
	if (!was->review || item == SES_ITEM_LESSON || (item == SES_ITEM_DONE && !result)) {
		send_b(x, was, right, item == SES_ITEM_LESSON || item == SES_ITEM_REVIEW);
		if (result)
			ses_send_result(x, &l, "");
		return;
	}
	verdict(x, right, front, sizeof(front));
	if (result)
		ses_send_result(x, &l, front);
	else
		ses_send_lesson(x, c, n, front, true);
}

static void digit_quiz(struct ses *x, unsigned digit)
{
	struct ses_prompt was = x->s.prompt;
	const struct ld_course *c = ld_content_course(x->c, was.course);
	const struct ld_progress *g = c ? ld_person_course(&x->who, c->key) : NULL;
	bool completed = g && g->completed;

	if (!ses_lesson(c, was.lesson))
		ses_send_next(x);
	else if (x->env->now_ms - was.opened_ms > SES_ANSWER_AGE_MS)
		ses_send_lesson(x, c, was.lesson, "", was.review);
	else
		answered(x, &was, ses_answer(x, digit), completed);
}

void ses_unclear(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	if (!x->s.prompt.unclear)
		ses_send_message(x, "ANSWER_UNCLEAR");
	x->s.prompt.unclear = true;
}

static void answer_message(struct ses *x, const struct ld_command *cmd)
{
	const char *t = x->match.folded;
	unsigned digit = (unsigned)(t[strlen(t) - 1] - '0');

	(void)cmd;
	switch (ses_open_prompt(x)) {
	case LD_PROMPT_CONSENT:
		digit_consent(x, digit);
		break;
	case LD_PROMPT_QUIZ:
		digit_quiz(x, digit);
		break;
	case LD_PROMPT_BRIDGE:
		if (x->s.prompt.ask == SES_ASK_RECHECK)
			ses_recheck_answer(x, digit);
		else if (x->s.prompt.ask != SES_ASK_GUARDIAN)
			ses_help_answer(x, digit);
		else
			ses_guardian_answer(x, digit);
		break;
	case LD_PROMPT_MENU:    /* no such option */
		ses_unclear(x, cmd);
		break;
	default:
		if (ses_once_a_day(x, &x->s.answer_none_day))
			ses_send_message(x, "ANSWER_NONE");
	}
}

const struct ses_intent ses_intents_answer[] = {
	{ "ANSWER",         answer_message, ses_wrong_key, false, true  },
	{ "ANSWER_UNCLEAR", ses_unclear,    ses_wrong_key, false, true  },
	{ NULL, NULL, NULL, false, false },
};
