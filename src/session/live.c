/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions with screens. Order of what a text can mean: words that must always work, the engine's
 * keys, the screen's keys, its typed input, all other words. */
#include "internal.h"

#include <ctype.h>
#include <stdio.h>

/* ---- beginning and end ---- */

/* "*123*302#" dials straight to a code of the printed card. */
static const struct ld_code *dialled_code(const struct ses *x)
{
	const char *last = strrchr(x->in->text, '*');
	char digits[8];
	size_t n;

	if (!last || last == x->in->text)
		return NULL;
	n = strspn(last + 1, "0123456789");
	if (n == 0 || n >= sizeof(digits) || last[1 + n] != '#')
		return NULL;
	memcpy(digits, last + 1, n);
	digits[n] = '\0';
	return ld_content_code(x->c, digits);
}

/* Where a cut session can go on: a screen with a name that is not the first one. */
static bool resumable(struct ses *x)
{
	struct ses_state *s = &x->s;
	const struct ld_screen *top;

	while (s->depth > 0 && s->stack[s->depth - 1].result)
		s->depth--;
	s->overlay = SES_PLAIN;
	top = ses_current(x);
	return top && s->depth > 0 && top != ses_screen(x, x->c->start) && strcmp(top->id, "root.head") != 0 &&
	       !ses_asks_consent(x, top) && top->label[LD_LANG_VI] &&
	       ld_content_screen(x->c, "resume") >= 0;
}

void ses_live_begin(struct ses *x)
{
	struct ses_state *s = &x->s;
	const struct ld_code *code = dialled_code(x);
	bool cut = (s->live || s->cut) && x->env->now_ms - s->last_ms < SES_RESUME_AGE_MS;

	s->silent |= ses_silent(x);     /* this session itself is a sign of life */
	s->live = true;
	s->cut = false;
	s->page = 0;
	s->tries = 0;
	if (ses_closed(x, NULL))
		return;
	if (code) {
		ses_clear_stack(x);
		ses_goto(x, code->to, code->arg, SES_GATED);
	} else if (ses_member(x) && cut && resumable(x)) {
		s->overlay = SES_RESUME;
		ses_refresh(x);
		ses_show(x);
	} else if (ses_member(x) || x->anonymous) {
		ses_home(x);
	} else {
		ses_ask_consent(x, "CONSENT_ASK");
	}
}

void ses_live_ended(struct ses *x)
{
	if (!x->s.live)
		return;
	x->s.live = false;
	x->s.cut = true;
	if (x->anonymous)
		ses_clear_stack(x);
}

/* ---- a text ---- */

static enum ld_prompt_kind open_kind(const struct ses *x)
{
	const struct ld_screen *sc = ses_current(x);

	if (sc && sc->action && strcmp(sc->action, "quiz") == 0)
		return LD_PROMPT_QUIZ;
	if (!ses_member(x) && ses_asks_consent(x, sc))
		return LD_PROMPT_CONSENT;
	return LD_PROMPT_MENU;
}

static void trim(const char *in, char *ret, size_t size)
{
	size_t n;

	while (isspace((unsigned char)*in))
		in++;
	ses_copy(ret, size, in);
	n = strlen(ret);
	while (n > 0 && isspace((unsigned char)ret[n - 1]))
		ret[--n] = '\0';
}

static bool engine_key(struct ses *x, const char *text)
{
	if (strcmp(text, "0") == 0) {
		ses_back(x);
	} else if (strcmp(text, "00") == 0) {
		ses_home(x);
	} else if (strcmp(text, "98") == 0) {
		ses_show_more(x);
	} else {
		return false;
	}
	return true;
}

static void word(struct ses *x, const struct ses_intent *intent, const struct ld_command *cmd)
{
	if (cmd->learner && !intent->free && !ses_member(x)) {
		if (x->anonymous)
			ses_goto_id(x, "err.anon", SES_OPEN);
		else
			ses_ask_consent(x, "CONSENT_ASK");
	} else if (intent->screen) {
		intent->screen(x, cmd);
	} else if (cmd->screen >= 0) {
		ses_goto(x, cmd->screen, NULL, SES_GATED);
	} else {
		ses_mistake(x);
	}
}

void ses_live_text(struct ses *x)
{
	const struct ld_command *cmd;
	const struct ses_intent *intent = ses_read(x, open_kind(x), &cmd);
	const struct ld_screen *sc = ses_current(x);
	char text[LD_INPUT_MAX];

	if (intent->urgent && !x->anonymous) {
		intent->screen(x, cmd);
		return;
	}
	if (ses_closed(x, intent))
		return;
	/* The session's state is lost: a key would answer a question that was not shown. */
	if (!sc && x->anonymous) {
		sc = ses_screen(x, x->c->start);
	} else if (!sc) {
		ses_clear_stack(x);
		x->s.live = false;
		ses_live_begin(x);
		return;
	}
	x->s.live = true;
	trim(x->in->text, text, sizeof(text));
	if (engine_key(x, text) || (sc && ses_screen_key(x, sc, text)) ||
	    (sc && ses_screen_input(x, sc, text)))
		return;
	word(x, intent, cmd);
}
