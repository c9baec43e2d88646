/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pupils learn when a guardian agrees. The pupil gets a ticket of four digits; the guardian names
 * it from another telephone, is asked there, and her answer reaches the pupil's dialogue. */
#include "internal.h"

#include <stdlib.h>

#include "laido/base/err.h"

enum { GUESSES_A_DAY = 5 };     /* wrong ones of a kind from one number: digits can be guessed */
#define TICKET_AGE_MS (7 * SES_DAY_MS)

bool ses_may_learn(const struct ses *x, const struct ld_course *c)
{
	return !c->guardian || x->who.guardian;
}

static int find(const struct ses *x, unsigned code, struct ld_session_learner *ret)
{
	const struct ld_session_others *o = x->env->others;

	return o && o->ticket ? o->ticket(o->arg, code, ret) : LD_E_UNKNOWN;
}

/* ---- the pupil's side ---- */

/* One that nobody else has, as far as this board knows. */
static uint16_t new_code(const struct ses *x)
{
	struct ld_session_learner other;
	uint16_t code;
	unsigned tries = 0;

	do
		code = (uint16_t)(1000 + ld_random_below(x->env->random, 9000));
	while (find(x, code, &other) == 0 && ++tries < 16);
	return code;
}

void ses_ticket(struct ses *x, const struct ld_course *c)
{
	struct ld_person *who = &x->who;

	if (who->ticket == 0 || who->ticket_until_ms <= x->env->now_ms) {
		who->ticket = new_code(x);
		who->ticket_until_ms = x->env->now_ms + TICKET_AGE_MS;
		ses_fact_ticket(x, c->key);
	}
	ses_value_number(x, "ticket", who->ticket);
}

static const struct ld_course *wanted(const struct ses *x)
{
	const struct ld_course *c = ld_content_course(x->c, x->s.course);

	for (unsigned i = 0; !(c && c->guardian) && i < x->c->n_courses; i++)
		c = &x->c->courses[i];
	return c && c->guardian ? c : NULL;
}

const char *ses_do_guardian_ticket(struct ses *x, const char *arg)
{
	const struct ld_course *c = wanted(x);

	(void)arg;
	if (c && ses_member(x))
		ses_ticket(x, c);
	return "ok";
}

/* The parent holds the pupil's telephone: the answer is kept like any other's. */
const char *ses_do_guardian_here(struct ses *x, const char *arg)
{
	const struct ld_course *c = wanted(x);
	struct ld_session_learner self = { x->who.s, x->who.p, x->who.slot, "" };

	(void)arg;
	if (!c || !ses_member(x) || x->who.guardian)
		return "ok";
	ses_copy(x->s.course, sizeof(x->s.course), c->key);
	ses_ticket(x, c);
	ses_fact_guardian(x, &self, x->who.ticket, false);
	ses_send_message(x, "GUARDIAN_OK");
	return "ok";
}

/* ---- the guardian's side ---- */

static unsigned typed_code(const struct ses *x)
{
	return (unsigned)strtoul(x->match.folded + 4, NULL, 10);
}

static bool withdraws(const struct ses *x)
{
	return strlen(x->match.folded) > 8;
}

bool ses_guesses(const struct ses *x, enum ld_guess what)
{
	const struct ld_session_others *o = x->env->others;
	int n = o && o->guesses ? o->guesses(o->arg, &x->who.p, what, ses_today(x)) : 0;

	return n < 0 || n >= GUESSES_A_DAY;
}

void ses_guessed(struct ses *x, enum ld_guess what)
{
	x->out->guessed = what;
	x->out->guessed_day = ses_today(x);
}

/* The pupil who asked, unless the ticket comes back from the pupil's own telephone. */
static bool pupil(struct ses *x, unsigned code, struct ld_session_learner *ret)
{
	bool known = !ses_guesses(x, LD_GUESS_CODE) && find(x, code, ret) == 0;

	if (known && (!ld_id_eq(&ret->p, &x->who.p) || ret->slot > 1))
		return true;
	ses_guessed(x, LD_GUESS_CODE);
	return false;
}

static void withdraw(struct ses *x, unsigned code, struct ld_session_learner *ret, bool *ret_known)
{
	const struct ld_session_others *o = x->env->others;

	*ret_known = !ses_guesses(x, LD_GUESS_CODE) && o && o->guarded &&
		     o->guarded(o->arg, &x->who.p, code, ret) == 0;
	if (*ret_known)
		ses_fact_guardian(x, ret, code, true);
	else
		ses_guessed(x, LD_GUESS_CODE);
}

/* The key of the message that answers CON. */
static const char *con(struct ses *x)
{
	struct ld_session_learner who;
	unsigned code = typed_code(x);
	bool known;

	ses_value_number(x, "ticket", code);
	if (withdraws(x)) {
		withdraw(x, code, &who, &known);
		return known ? "GUARDIAN_OFF" : "GUARDIAN_BAD";
	}
	if (!pupil(x, code, &who))
		return "GUARDIAN_BAD";
	x->s.prompt = (struct ses_prompt){ .kind = LD_PROMPT_BRIDGE, .ask = SES_ASK_GUARDIAN,
					   .ref = (uint16_t)code, .opened_ms = x->env->now_ms };
	return "GUARDIAN_ASK";
}

static void con_message(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	ses_send_message(x, con(x));
}

/* The question is answered by message: it says so itself. */
static void con_screen(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	if (x->anonymous)
		ses_goto_id(x, "err.anon", SES_OPEN);
	else
		ses_show_message(x, con(x), true);
}

void ses_guardian_answer(struct ses *x, unsigned digit)
{
	struct ses_prompt was = x->s.prompt;
	struct ld_session_learner who;

	ses_value_number(x, "ticket", was.ref);
	if (digit == 3 || x->env->now_ms - was.opened_ms > SES_ANSWER_AGE_MS) {
		x->s.prompt.opened_ms = x->env->now_ms;
		ses_send_message(x, "GUARDIAN_ASK");
		return;
	}
	memset(&x->s.prompt, 0, sizeof(x->s.prompt));
	if (digit == 2) {
		ses_send_message(x, "GUARDIAN_NO");
	} else if (!pupil(x, was.ref, &who)) {
		ses_send_message(x, "GUARDIAN_BAD");
	} else {
		ses_fact_guardian(x, &who, was.ref, false);
		x->out->wake = (struct ld_wake){ .what = LD_WAKE_GUARDIAN, .who = who };
		ses_send_message(x, "GUARDIAN_OK");
	}
}

const struct ses_intent ses_intents_people[] = {
	{ "GUARDIAN", con_message, con_screen, false, true },
	{ "SWITCH", ses_switch_message, ses_switch_screen, false, true },
	{ NULL, NULL, NULL, false, false },
};
