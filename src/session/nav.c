/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving between screens: the stack, the gate, keys and typed input. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "laido/base/err.h"

enum { HOPS_MAX = 8 };  /* an action leads to a screen whose action leads on ... */

/* ---- looking ---- */

const struct ld_screen *ses_screen(const struct ses *x, int index)
{
	return index >= 0 && (unsigned)index < x->c->n_screens ? &x->c->screens[index] : NULL;
}

static const struct ld_screen *by_id(const struct ses *x, const char *id)
{
	return ses_screen(x, ld_content_screen(x->c, id));
}

const struct ld_screen *ses_by_action(const struct ses *x, const char *action)
{
	for (unsigned i = 0; i < x->c->n_screens; i++)
		if (x->c->screens[i].action && strcmp(x->c->screens[i].action, action) == 0)
			return &x->c->screens[i];
	return NULL;
}

static bool agrees(const struct ld_screen *to)
{
	return to && to->action && strcmp(to->action, "consent_yes") == 0;
}

bool ses_asks_consent(const struct ses *x, const struct ld_screen *sc)
{
	for (unsigned i = 0; sc && i < sc->n_options; i++)
		if (agrees(ses_screen(x, sc->options[i].to)))
			return true;
	return false;
}

const struct ld_screen *ses_current(const struct ses *x)
{
	if (x->s.overlay == SES_RESUME)
		return by_id(x, "resume");
	return x->s.depth ? by_id(x, x->s.stack[x->s.depth - 1].screen) : NULL;
}

/* Group heads have a ninth key. */
static const struct ld_screen *start(const struct ses *x)
{
	const struct ld_screen *longer = ses_on_duty(x, LD_DUTY_HEAD) ? by_id(x, "root.head") : NULL;

	return longer ? longer : ses_screen(x, x->c->start);
}

/* Strangers begin at the question for consent. */
static const struct ld_screen *home(const struct ses *x)
{
	const struct ld_screen *consent = by_id(x, "consent");

	return ses_member(x) || x->anonymous || !consent ? start(x) : consent;
}

/* ---- the stack ---- */

void ses_clear_stack(struct ses *x)
{
	x->s.depth = 0;
	x->s.overlay = SES_PLAIN;
	x->s.page = 0;
	x->s.tries = 0;
	x->s.kept_len = 0;
}

/* A screen that is open already is returned to: the stack cannot grow in circles. */
static void push(struct ses *x, const struct ld_screen *sc, bool result)
{
	struct ses_state *s = &x->s;
	unsigned at = 0;

	while (at < s->depth && strcmp(s->stack[at].screen, sc->id) != 0)
		at++;
	if (at == SES_STACK_MAX) {
		memmove(&s->stack[1], &s->stack[2], (SES_STACK_MAX - 2) * sizeof(s->stack[0]));
		at = SES_STACK_MAX - 1;
	}
	ses_copy(s->stack[at].screen, sizeof(s->stack[at].screen), sc->id);
	s->stack[at].result = result;
	s->depth = (uint8_t)(at + 1);
	s->overlay = SES_PLAIN;
	s->page = 0;
	s->tries = 0;
	s->kept_len = 0;
	if (result)
		ses_keep_values(x, sc);
}

static bool named(const char *text, const char *name)
{
	char mark[40];

	snprintf(mark, sizeof(mark), "{%s}", name);
	return text && strstr(text, mark);
}

static bool used_by(const struct ld_screen *sc, const char *name)
{
	for (unsigned i = 0; i < sc->n_options; i++)
		if (named(sc->options[i].label[LD_LANG_VI], name))
			return true;
	return named(sc->text[LD_LANG_VI], name);
}

void ses_keep_values(struct ses *x, const struct ld_screen *sc)
{
	struct ses_state *s = &x->s;

	s->kept_len = 0;
	for (unsigned i = 0; i < x->n_values; i++) {
		const struct ses_value *v = &x->value[i];
		size_t n = strlen(v->name) + 1, t = strlen(v->text) + 1;

		if (!used_by(sc, v->name) || s->kept_len + n + t > SES_KEPT_MAX)
			continue;
		memcpy(s->kept + s->kept_len, v->name, n);
		memcpy(s->kept + s->kept_len + n, v->text, t);
		s->kept_len = (uint8_t)(s->kept_len + n + t);
	}
}

void ses_restore_values(struct ses *x)
{
	const char *p = x->s.kept, *end = p + x->s.kept_len;

	while (p < end) {
		size_t n = strnlen(p, (size_t)(end - p));
		const char *text = p + n + 1;
		size_t t = text < end ? strnlen(text, (size_t)(end - text)) : 0;

		if (text >= end || text + t >= end)
			return;
		ses_value(x, p, text);
		p = text + t + 1;
	}
}

/* ---- entering ---- */

static bool allowed(const struct ses *x, const struct ld_screen *sc)
{
	if (x->anonymous)
		return sc->role == LD_ROLE_ANY && !sc->action;
	if (ses_member(x))
		return true;
	return sc->role == LD_ROLE_ANY && sc != start(x);
}

static void refuse(struct ses *x)
{
	if (!x->anonymous) {
		ses_ask_consent(x, "CONSENT_ASK");
		return;
	}
	if (!ses_goto_id(x, "err.anon", SES_OPEN))
		ses_leave(x);
}

static const struct ld_screen *led_on(const struct ses *x, const struct ld_screen *sc,
				      const char *outcome)
{
	for (unsigned i = 0; i < sc->n_on; i++)
		if (strcmp(sc->on[i].outcome, outcome) == 0)
			return ses_screen(x, sc->on[i].to);
	return NULL;
}

static void open_screen(struct ses *x, const struct ld_screen *sc, bool result)
{
	if (!x->live) {
		ses_send_screen(x, sc);
		return;
	}
	push(x, sc, result);
	ses_show(x);
}

const char *ses_goto(struct ses *x, int screen, const char *arg, int gate)
{
	const struct ld_screen *sc = screen == x->c->start ? start(x) : ses_screen(x, screen);
	const char *outcome, *first = NULL;
	bool ran = false;

	ses_values_clear(x);
	for (unsigned hops = 0; sc && hops < HOPS_MAX; hops++) {
		const struct ses_action *a = sc->action ? ses_action(sc->action) : NULL;
		const struct ld_screen *next = NULL;

		if (gate == SES_GATED && !allowed(x, sc)) {
			refuse(x);
			return "";
		}
		if (ses_recheck_screen(x, sc))
			return "";
		if (a) {
			x->entering = sc->id;
			outcome = a->run(x, arg && arg[0] ? arg : sc->arg ? sc->arg : "");
			first = first ? first : outcome;
			if (!outcome)
				return "";
			ran = true;
			next = led_on(x, sc, outcome);
		}
		if (!next && sc->text[LD_LANG_VI]) {
			open_screen(x, sc, a ? a->acts : ran);
			return first ? first : "";
		}
		sc = next;
		arg = NULL;
	}
	/* A screen that vanished with a change of content, or a circle of actions. */
	if (x->live)
		ses_home(x);
	return first ? first : "";
}

bool ses_goto_id(struct ses *x, const char *id, int gate)
{
	int screen = ld_content_screen(x->c, id);

	if (screen < 0)
		return false;
	ses_goto(x, screen, NULL, gate);
	return true;
}

void ses_go_action(struct ses *x, const char *action, const char *arg,
		   const struct ld_command *cmd)
{
	const struct ld_screen *to = ses_by_action(x, action);

	if (!to)
		to = ses_screen(x, cmd->screen);
	if (to)
		ses_goto(x, (int)(to - x->c->screens), arg, SES_GATED);
	else
		ses_mistake(x);
}

const struct ld_screen *ses_resumed(const struct ses *x)
{
	const struct ld_screen *top = x->s.depth ? by_id(x, x->s.stack[x->s.depth - 1].screen) : NULL;
	const struct ld_screen *rest = ses_by_action(x, "more");

	/* Her answer was judged, and the rest of that lesson has not been read. */
	if (top && rest && top->action && strcmp(top->action, "quiz") == 0 &&
	    x->s.prompt.kind != LD_PROMPT_QUIZ && x->s.last_lesson)
		return rest;
	return top;
}

void ses_refresh(struct ses *x)
{
	const struct ld_screen *sc = ses_current(x);
	const struct ses_action *a = sc && sc->action ? ses_action(sc->action) : NULL;
	char where[LD_TEXT_MAX];

	if (x->s.overlay == SES_RESUME) {
		const struct ld_screen *top = ses_resumed(x);

		if (top && top->action && strcmp(top->action, "more") == 0)
			ses_do_more(x, "");
		if (top && top->label[ses_lang(x)]) {
			ses_expand(x, top->label[ses_lang(x)], where, sizeof(where));
			ses_value(x, "where", where);
		}
		return;
	}
	if (x->s.depth && x->s.stack[x->s.depth - 1].result)
		ses_restore_values(x);
	else if (a && !a->acts)
		a->run(x, sc->arg ? sc->arg : "");
}

/* ---- the engine's own keys ---- */

void ses_home(struct ses *x)
{
	const struct ld_screen *sc = home(x);

	ses_clear_stack(x);
	if (!sc) {
		ses_leave(x);
		return;
	}
	push(x, sc, false);
	ses_refresh(x);
	ses_show(x);
}

void ses_leave(struct ses *x)
{
	ses_clear_stack(x);
	if (!ses_show_message(x, "BYE", true))
		ses_show_text(x, "Cảm ơn.", true);
}

/* The question for consent is not asked again who has said yes. */
static bool answered(const struct ses *x)
{
	return ses_member(x) && ses_asks_consent(x, ses_current(x));
}

void ses_back(struct ses *x)
{
	struct ses_state *s = &x->s;
	const struct ld_screen *top = ses_current(x), *first = home(x);
	int screen;

	if (s->overlay == SES_ERROR) {
		s->overlay = SES_PLAIN;
		ses_refresh(x);
		ses_show(x);
		return;
	}
	if (s->overlay == SES_RESUME) {
		ses_home(x);
		return;
	}
	if (s->depth > 0)
		s->depth--;
	while (s->depth > 0 && (s->stack[s->depth - 1].result || answered(x)))
		s->depth--;
	if (s->depth > 0) {
		/* Taken off first: one whose action leads on would stay below where it leads to, and
		 * lead there again for ever. */
		screen = ld_content_screen(x->c, s->stack[--s->depth].screen);
		ses_goto(x, screen, NULL, SES_GATED);
	} else if (top && top == first) {
		ses_leave(x);
	} else {
		ses_home(x);
	}
}

/* ---- keys and typed input ---- */

bool ses_screen_key(struct ses *x, const struct ld_screen *sc, const char *text)
{
	const struct ld_option *o = NULL;
	const struct ld_screen *to;

	for (unsigned i = 0; i < sc->n_options && !o; i++)
		if (text[0] == sc->options[i].key && text[1] == '\0')
			o = &sc->options[i];
	if (!o)
		return false;
	to = ses_screen(x, o->to);
	/* Nobody agrees to what she has not seen: the rest of the question first. */
	if (x->live && agrees(to) && !ses_read_through(x)) {
		ses_show_more(x);
		return true;
	}
	if (x->s.overlay == SES_RESUME &&
	    !(to && to->action && strcmp(to->action, "resume_go") == 0))
		ses_clear_stack(x);
	ses_goto(x, o->to, o->arg, SES_GATED);
	return true;
}

/* "28", "to 28", "so 28": the digits, or NULL. */
static const char *typed_number(const char *text, char folded[LD_INPUT_MAX])
{
	const char *p = folded;

	ld_text_fold(text, folded, LD_INPUT_MAX);
	if (strncmp(p, "TO ", 3) == 0 || strncmp(p, "SO ", 3) == 0)
		p += 3;
	return *p && strspn(p, "0123456789") == strlen(p) ? p : NULL;
}

static bool in_range(const struct ld_screen *sc, const char *digits)
{
	long v = strtol(digits, NULL, 10);

	return v >= sc->input_min && v <= sc->input_max;
}

bool ses_screen_input(struct ses *x, const struct ld_screen *sc, const char *text)
{
	char folded[LD_INPUT_MAX];
	unsigned tries = x->s.tries + 1u, max = sc->input_tries ? sc->input_tries : SES_TRIES;
	const char *arg = text;

	if (sc->input == LD_INPUT_NONE || text[0] == '\0')
		return false;
	if (sc->input == LD_INPUT_NUMBER)
		arg = typed_number(text, folded);
	/* Messages come at any time and may mean something else: no number, or a code. */
	if (!x->live && (!arg || (!in_range(sc, arg) && ld_content_code(x->c, arg))))
		return false;
	if (!x->live)
		x->s.prompt.kind = LD_PROMPT_NONE;
	/* What cannot be read goes to the action too: it has the kinder words for it. */
	if (strcmp(ses_goto(x, sc->input_to, arg ? arg : "?", SES_GATED), "bad") != 0)
		return true;
	if (x->live && tries >= max)
		ses_goto_id(x, "err.three", SES_OPEN);
	else
		x->s.tries = (uint8_t)tries;
	return true;
}

void ses_mistake(struct ses *x)
{
	const struct ld_screen *sc = ses_current(x);
	unsigned max = sc && sc->input_tries ? sc->input_tries : SES_TRIES;

	if (++x->s.tries >= max && ses_goto_id(x, "err.three", SES_OPEN))
		return;
	if (x->s.overlay == SES_PLAIN)
		x->s.overlay = SES_ERROR;
	ses_refresh(x);
	ses_show(x);
}
