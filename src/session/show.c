/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What leaves: messages, and screens with their navigation line, page by page. */
#include "internal.h"

#include <stdio.h>

enum { NAV_MAX = 64, PAGES_MAX = 32 };

/* ---- messages ---- */

void ses_send(struct ses *x, enum ld_prio prio, const char *what, const char *accented)
{
	struct ld_session_send *m;
	const char *name;

	if (x->anonymous || accented[0] == '\0')
		return;
	if (x->out->n_sends == LD_SESSION_SENDS) {
		ses_note(x, "more than %d messages in a step: %s left out", LD_SESSION_SENDS, what);
		return;
	}
	m = &x->out->sends[x->out->n_sends++];
	memset(m, 0, offsetof(struct ld_session_send, text));
	m->prio = prio;
	ses_copy(m->what, sizeof(m->what), what);
	/* Who is meant, where several learn on one telephone; SWITCH_ says it itself, and the last
	 * text to somebody who was erased must not keep her name. */
	name = strncmp(what, "SWITCH_", 7) == 0 || strcmp(what, "ERASE_DONE") == 0 ||
	       strcmp(what, "ERASE_SHARED") == 0 ? "" : ses_called(x);
	snprintf(m->text, sizeof(m->text), "%s%s%s", name, name[0] ? ": " : "", accented);
	m->alphabet = ses_script(x, m->text, sizeof(m->text));
}

static const char *message(struct ses *x, const char *key)
{
	const char *template = ses_text(x, key);

	if (!template)
		ses_note(x, "the content has no message %s", key);
	return template;
}

void ses_send_message(struct ses *x, const char *key)
{
	ses_send_prio(x, LD_PRIO_REPLY, key);
}

void ses_send_prio(struct ses *x, enum ld_prio prio, const char *key)
{
	const char *template = message(x, key);
	char text[LD_TEXT_MAX];

	if (!template)
		return;
	ses_expand(x, template, text, sizeof(text));
	ses_send(x, prio, key, text);
}

/* ---- screens ---- */

static const char *word(const struct ses *x, const char *key, const char *otherwise)
{
	const char *w = ses_text(x, key);

	return w ? w : otherwise;
}

/* "\n0.Ve 00.Dau 98.Tiep", in the alphabet of the page. */
static void nav_line(const struct ses *x, bool more, enum ld_alphabet alphabet, char ret[NAV_MAX])
{
	char plain[NAV_MAX];

	snprintf(ret, NAV_MAX, "\n0.%s 00.%s", word(x, "NAV_BACK", "Về"),
		 word(x, "NAV_HOME", "Đầu"));
	if (more) {
		size_t n = strlen(ret);
		snprintf(ret + n, NAV_MAX - n, " 98.%s", word(x, "NAV_MORE", "Tiếp"));
	}
	if (alphabet == LD_GSM7 && ld_text_unaccent(ret, plain, sizeof(plain)) >= 0)
		ses_copy(ret, NAV_MAX, plain);
}

static unsigned room(const struct ses *x, enum ld_alphabet alphabet, const char *nav)
{
	unsigned limit = alphabet == LD_GSM7 ? x->in->budget.septets : x->in->budget.units;
	unsigned used = ld_text_length(nav, strlen(nav), alphabet);

	return limit > used ? limit - used : 1;
}

/* Cuts out the page wanted (or the last one) and adds the navigation line. True: more follow. */
static bool page(struct ses *x, const char *text, enum ld_alphabet alphabet, bool end,
		 struct ld_reply *ret)
{
	char last_nav[NAV_MAX] = "", more_nav[NAV_MAX];
	const char *p = text, *nav = more_nav;
	size_t take = 0, next = 0;
	bool more = true;

	nav_line(x, true, alphabet, more_nav);
	if (!end)
		nav_line(x, false, alphabet, last_nav);
	for (unsigned n = 0; n < PAGES_MAX; n++) {
		size_t left = strlen(p);

		take = left;
		more = ld_text_length(p, left, alphabet) > room(x, alphabet, last_nav);
		if (more)
			take = ld_text_page(p, alphabet, room(x, alphabet, more_nav), &next);
		else
			nav = last_nav;
		if (!more || n == x->s.page || next == 0) {
			x->s.page = (uint8_t)n;
			break;
		}
		p += next;
	}
	ret->end = end && !more;
	ret->alphabet = alphabet;
	snprintf(ret->text, sizeof(ret->text), "%.*s%s", (int)take, p, nav);
	return more;
}

static void reply(struct ses *x, char *text, size_t size, bool end)
{
	enum ld_alphabet alphabet = ses_script(x, text, size);

	x->out->has_reply = true;
	page(x, text, alphabet, end, &x->out->reply);
	if (x->out->reply.end) {
		x->s.live = false;
		x->s.cut = false;
		ses_clear_stack(x);
	}
}

void ses_show_text(struct ses *x, const char *accented, bool end)
{
	char text[LD_TEXT_MAX];

	ses_copy(text, sizeof(text), accented);
	reply(x, text, sizeof(text), end);
}

bool ses_show_message(struct ses *x, const char *key, bool end)
{
	const char *template = message(x, key);
	char text[LD_TEXT_MAX];

	if (!template)
		return false;
	ses_expand(x, template, text, sizeof(text));
	reply(x, text, sizeof(text), end);
	return true;
}

void ses_send_screen(struct ses *x, const struct ld_screen *sc)
{
	char text[LD_TEXT_MAX];

	ses_screen_text(x, sc, text, sizeof(text));
	ses_send(x, LD_PRIO_REPLY, sc->id, text);
	if (sc->n_options == 0 && sc->input == LD_INPUT_NONE)
		return;
	x->s.prompt = (struct ses_prompt){ .kind = LD_PROMPT_MENU,
					   .opened_ms = x->env->now_ms };
	ses_copy(x->s.prompt.screen, sizeof(x->s.prompt.screen), sc->id);
}

bool ses_read_through(struct ses *x)
{
	const struct ld_screen *sc = ses_current(x);
	struct ld_reply last;
	char text[LD_TEXT_MAX];

	if (!sc || x->s.overlay == SES_ERROR)
		return false;
	ses_refresh(x);
	ses_screen_text(x, sc, text, sizeof(text));
	return !page(x, text, ses_script(x, text, sizeof(text)), sc->end, &last);
}

void ses_show_more(struct ses *x)
{
	if (x->s.overlay == SES_ERROR)
		x->s.overlay = SES_PLAIN;
	else if (x->s.page < UINT8_MAX)
		x->s.page++;
	ses_refresh(x);
	ses_show(x);
}

void ses_show(struct ses *x)
{
	const struct ld_screen *sc = ses_current(x);
	const struct ld_screen *over = NULL;
	char text[LD_TEXT_MAX];

	if (!sc)
		return;
	if (x->s.overlay == SES_ERROR)
		over = ses_screen(x, ld_content_screen(x->c, "err.input"));
	ses_screen_text(x, over ? over : sc, text, sizeof(text));
	reply(x, text, sizeof(text), over ? false : sc->end);
	if (!ses_member(x) && ses_asks_consent(x, sc) && ses_read_through(x))
		x->s.asked_ms = x->env->now_ms;
}
