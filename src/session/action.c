/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What screens do, first part: the table, consent, stopping, erasing, resuming. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "laido/base/err.h"

/* ---- consent ---- */

const char *ses_do_consent_yes(struct ses *x, const char *arg)
{
	const struct ld_course *c;

	(void)arg;
	if (!ses_member(x)) {
		if (!ses_begin_learning(x))
			return "guardian";
		ses_send_next(x);
	}
	c = ses_current_course(x);
	ses_value(x, "course", c ? c->name_short : "");
	return "ok";
}

const char *ses_do_consent_no(struct ses *x, const char *arg)
{
	(void)arg;
	if (x->s.adding[0]) {
		ses_switch(x, 1);
		return "back";
	}
	if (!ses_member(x))
		ses_fact_refused(x);
	ses_forget_question(x);
	return "ok";
}

const char *ses_do_optout(struct ses *x, const char *arg)
{
	(void)arg;
	ses_record_optout(x);
	return "ok";
}

/* ---- erasure: a word and a code, never a single digit ---- */

const char *ses_do_erase_ask(struct ses *x, const char *arg)
{
	struct ses_state *s = &x->s;

	(void)arg;
	if (s->erase_code == 0 || x->env->now_ms > s->erase_until_ms) {
		s->erase_code = (uint16_t)(1000 + ld_random_below(x->env->random, 9000));
		s->erase_until_ms = x->env->now_ms + SES_ERASE_AGE_MS;
	}
	ses_value_number(x, "erase", s->erase_code);
	return "ok";
}

static bool erase_code_right(const struct ses *x, const char *text)
{
	char folded[LD_INPUT_MAX], *end;
	long code;

	ld_text_fold(text, folded, sizeof(folded));
	if (strncmp(folded, "XOA ", 4) != 0 || x->s.erase_code == 0 ||
	    x->env->now_ms > x->s.erase_until_ms)
		return false;
	code = strtol(folded + 4, &end, 10);
	return *end == '\0' && end - folded == 8 && code == x->s.erase_code;
}

static void write_last(struct ses *x, const char *key, struct ld_session_send *ret)
{
	struct ld_outcome *o = x->out;
	unsigned n = o->n_sends;

	ses_send_message(x, key);
	if (o->n_sends > n)
		*ret = o->sends[--o->n_sends];
}

/* In her own language and script, which are forgotten with the rest. */
static void write_farewell(struct ses *x)
{
	struct ld_outcome *o = x->out;

	write_last(x, "ERASE_DONE", &o->farewell);
	write_last(x, "ERASE_SHARED", &o->farewell_shared);
	o->farewell_due_ms = x->env->now_ms + SES_ERASE_DAYS * SES_DAY_MS;
}

/* The dialogue is forgotten too; a live session keeps nothing but its place. */
const char *ses_do_erase(struct ses *x, const char *arg)
{
	char date[16];

	if (!erase_code_right(x, arg))
		return "bad";
	write_farewell(x);
	if (x->who.consented)
		ses_fact_close(x, LD_CLOSE_ERASE);
	ses_forget_all(x);
	x->s.live = x->live;
	ses_format_date(x, x->env->now_ms + SES_ERASE_DAYS * SES_DAY_MS, date, sizeof(date));
	ses_value(x, "date", date);
	return "ok";
}

/* ---- messages ---- */

const char *ses_do_send_message(struct ses *x, const char *arg)
{
	ses_send_message(x, arg);
	return "ok";
}

/* ---- after a cut session ---- */

const char *ses_do_resume_go(struct ses *x, const char *arg)
{
	struct ses_state *s = &x->s;
	const struct ld_screen *to;

	(void)arg;
	s->overlay = SES_PLAIN;
	if (!x->live || s->depth == 0)
		return "gone";
	to = ses_resumed(x);
	if (!to)
		return "gone";
	ses_goto(x, (int)(to - x->c->screens), NULL, SES_GATED);
	return NULL;
}

/* ---- the table ---- */

#define ROW(name, outcomes, acts) { #name, ses_do_##name, acts },
static const struct ses_action actions[] = { SES_ACTIONS(ROW) };
#undef ROW

const struct ses_action *ses_action(const char *name)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

const char *const *ld_session_actions(void)
{
#define NAME(name, outcomes, acts) #name,
	static const char *const names[] = { SES_ACTIONS(NAME) NULL };
#undef NAME
	return names;
}

const char *const *ld_session_outcomes(void)
{
#define OUTCOMES(name, outcomes, acts) outcomes,
	static const char *const said[] = { SES_ACTIONS(OUTCOMES) NULL };
#undef OUTCOMES
	return said;
}
