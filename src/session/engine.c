/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step: unpack, understand, answer, pack. */
#include "internal.h"

#include <stdio.h>

#include "laido/base/err.h"

bool ses_member(const struct ses *x)
{
	return !x->anonymous && x->who.consented && x->who.optouts.n == 0;
}

/* ---- consent and opt-out, for both channels ---- */

static void remember_asking(struct ses *x, bool message)
{
	struct ses_state *s = &x->s;
	bool lately = s->asked_ms != 0 && x->env->now_ms - s->asked_ms < SES_ASK_PAUSE_MS;
	bool other = s->course[0] && strcmp(s->course, x->who.invited_course) != 0;

	if (!s->slot && (!lately || other || x->who.refused)) {
		/* Without a new wish the invitation's course stands. */
		ses_fact_invited(x, s->course[0] ? s->course : x->who.invited_course);
		s->asked_again = false;
	}
	if (!message)
		return;         /* a screen may need several pages: ses_show() */
	s->asked_ms = x->env->now_ms;
	s->prompt = (struct ses_prompt){ .kind = LD_PROMPT_CONSENT, .opened_ms = x->env->now_ms };
}

static void ask_by_message(struct ses *x, const char *key)
{
	const struct ses_state *s = &x->s;
	int64_t age = x->env->now_ms - s->asked_ms;
	bool open = s->prompt.kind == LD_PROMPT_CONSENT && age < SES_ANSWER_AGE_MS;

	/* Asked a moment ago: the short reminder, not the whole text again. */
	if (open && strcmp(key, "CONSENT_ASK") == 0)
		key = "CONSENT_AGAIN";
	remember_asking(x, true);
	ses_send_message(x, key);
}

void ses_ask_consent(struct ses *x, const char *key)
{
	if (x->anonymous)
		return;
	if (!x->live) {
		ask_by_message(x, key);
		return;
	}
	remember_asking(x, false);
	ses_home(x);
}

void ses_record_optout(struct ses *x)
{
	struct ses_state *s = &x->s;

	if (x->optout_done || x->anonymous)
		return;
	x->optout_done = true;
	ses_fact_optout(x);
	if (s->adding[0])
		ses_switch(x, 1);
	ses_forget_question(x);
}

/* A screen that stands open meanwhile must not be answered any more either. */
void ses_forget_question(struct ses *x)
{
	memset(&x->s.prompt, 0, sizeof(x->s.prompt));
	x->s.course[0] = '\0';
	x->s.asked_ms = 0;
	if (!x->live)
		ses_clear_stack(x);
}

void ses_forget_all(struct ses *x)
{
	uint8_t pin_wrong = x->s.pin_wrong;
	int64_t pin_locked_ms = x->s.pin_locked_ms;

	memset(&x->s, 0, sizeof(x->s));
	x->s.pin_wrong = pin_wrong;
	x->s.pin_locked_ms = pin_locked_ms;
}

/* ---- stored messages ---- */

/* A guardian may have taken her consent back meanwhile. */
static bool may_answer(const struct ses *x)
{
	const struct ld_course *c = ld_content_course(x->c, x->s.prompt.course);

	return !c || ses_may_learn(x, c);
}

enum ld_prompt_kind ses_open_prompt(const struct ses *x)
{
	uint8_t kind = x->s.prompt.kind;
	const struct ld_person *p = &x->who;

	if (kind == LD_PROMPT_CONSENT && ses_member(x))
		return LD_PROMPT_NONE;
	if (kind == LD_PROMPT_QUIZ && (!ses_member(x) || !may_answer(x)))
		return LD_PROMPT_NONE;
	/* The invitation itself, sent by whichever board, ends with the numbered question. It is
	 * spent once a learner was closed: the epoch is no longer zero then. */
	if (kind == LD_PROMPT_NONE && !ses_member(x) && p->invited_course[0] && !p->refused &&
	    p->optouts.n == 0 && ld_id_is_zero(&p->epoch))
		return LD_PROMPT_CONSENT;
	/* The helper's question may have been asked by another board, or on a screen. */
	if (kind == LD_PROMPT_NONE && ses_help_question(x) != SES_HELP_NOTHING)
		return LD_PROMPT_BRIDGE;
	return (enum ld_prompt_kind)kind;
}

/* A menu sent by message owns every single digit, and what its screen asks to be typed. */
static bool menu_takes(struct ses *x, const struct ses_intent *intent)
{
	const struct ld_screen *sc;
	char digit[2] = { 0 };
	bool name;

	if (ses_open_prompt(x) != LD_PROMPT_MENU || intent->urgent)
		return false;
	sc = ses_screen(x, ld_content_screen(x->c, x->s.prompt.screen));
	if (!sc)
		return false;
	if (x->env->now_ms - x->s.prompt.opened_ms > SES_ANSWER_AGE_MS) {
		bool one = strlen(x->match.folded) == 1 && x->match.folded[0] >= '1' &&
			   x->match.folded[0] <= '9';
		if (one)
			ses_goto(x, (int)(sc - x->c->screens), NULL, SES_GATED);
		return one;
	}
	if (strcmp(intent->name, "ANSWER") == 0)
		digit[0] = x->match.folded[strlen(x->match.folded) - 1];
	else if (strlen(x->match.folded) == 1)
		digit[0] = x->match.folded[0];
	if (digit[0] && ses_screen_key(x, sc, digit))
		return true;
	/* "Huy Hoang" is no wish to stop here. */
	name = ses_no_word(intent) || strcmp(intent->name, "STOP_UNCLEAR") == 0;
	return (sc->input == LD_INPUT_NUMBER || (sc->input == LD_INPUT_TEXT && name)) &&
	       ses_screen_input(x, sc, x->in->text);
}

static void message_text(struct ses *x)
{
	const struct ld_command *cmd;
	const struct ses_intent *intent;

	if (x->anonymous)
		return;
	intent = ses_read(x, ses_open_prompt(x), &cmd);
	if (ses_closed(x, intent) || menu_takes(x, intent))
		return;
	if (cmd->learner && !intent->free && !ses_member(x))
		ses_ask_consent(x, "CONSENT_ASK");
	else if (!ses_recheck_word(x, intent))
		intent->message(x, cmd);
}

/* A missed call costs the caller nothing: a learner gets the next lesson, a stranger is asked. */
static void missed_call(struct ses *x)
{
	if (x->anonymous || x->who.optouts.n > 0 || ses_closed(x, NULL))
		return;
	if (ses_member(x)) {
		ses_end_rest(x);
		ses_send_next(x);
	} else if (!x->who.refused && (x->s.asked_ms == 0 ||
		   x->env->now_ms - x->s.asked_ms >= SES_ASK_PAUSE_MS)) {
		ses_ask_consent(x, "MISSED_CALL");
	}
}

static void text(struct ses *x)
{
	if (x->live)
		ses_live_text(x);
	else
		message_text(x);
}

/* ---- the step ---- */

static void (*const handlers[])(struct ses *x) = {
	[LD_IN_TEXT] = text,
	[LD_IN_BEGIN] = ses_live_begin,
	[LD_IN_ENDED] = ses_live_ended,
	[LD_IN_CALL] = missed_call,
};

/* All but the rows that are written whole when they are taken, which is most of it. */
static void outcome_empty(struct ld_outcome *o)
{
	memset(o, 0, offsetof(struct ld_outcome, reply));
	o->reply.end = false;
	o->reply.text[0] = '\0';
	o->n_sends = o->n_facts = 0;
	o->farewell.text[0] = o->farewell_shared.text[0] = '\0';
	memset(&o->foreign, 0, sizeof(*o) - offsetof(struct ld_outcome, foreign));
}

void ses_init(struct ses *x, const struct ld_session_env *env, const struct ld_person *person,
	      const struct ld_inbound *in, struct ld_outcome *out)
{
	memset(x, 0, offsetof(struct ses, arena));
	x->env = env;
	x->c = env->content;
	x->in = in;
	x->out = out;
	x->who = *person;
	x->live = in->what == LD_IN_BEGIN || (in->what == LD_IN_TEXT && in->budget.live);
	x->anonymous = person->msisdn.digits[0] == '\0';
	x->xung_written = person->reg[LD_REG_XUNG].live.n > 0;
}

size_t ld_session_asked(const uint8_t *blob, size_t len, int64_t opened_ms,
			uint8_t ret[LD_SESSION_BLOB_MAX])
{
	struct ses_state s;

	ses_unpack(&s, blob, len);
	s.asked_ms = opened_ms;
	s.asked_again = false;
	s.prompt = (struct ses_prompt){ .kind = LD_PROMPT_CONSENT, .opened_ms = opened_ms };
	return ses_pack(&s, ret);
}

void ld_session_step(const struct ld_session_env *env, const struct ld_person *person,
		     const uint8_t *blob, size_t len, const struct ld_inbound *in,
		     struct ld_outcome *ret, uint8_t ret_blob[LD_SESSION_BLOB_MAX], size_t *ret_len)
{
	struct ses x;

	outcome_empty(ret);
	ses_init(&x, env, person, in, ret);
	ses_load(&x, blob, len);
	ses_restore_values(&x);
	if ((unsigned)in->what < LD_ARRAY_SIZE(handlers) && handlers[in->what])
		handlers[in->what](&x);
	/* A live session waits for a screen, whatever happened. */
	if (x.live && !ret->has_reply)
		ses_home(&x);
	if (x.live || in->what == LD_IN_ENDED)
		x.s.last_ms = env->now_ms;
	*ret_len = ses_pack(&x.s, ret_blob);
}
