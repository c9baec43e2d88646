/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Screens: is each reached, does each show something, does each fit. */
#include "checker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the program opens by itself, besides the start screen. */
static const char *const entries[] = {
	"consent", "resume", "err.input", "err.three", "err.anon", "err.closed", "root.head",
	"stop.name", "recheck",
};

/* Actions whose argument names something. */
static const char *const course_actions[] = { "course_card", "enrol", "sample" };

/* ---- reach ---- */

/* Screens seen, and those whose ways on are still to be followed. */
struct walk {
	bool *seen;
	int *todo;
	unsigned n;
};

static bool walk_init(struct walk *w, unsigned n_screens)
{
	w->seen = calloc(n_screens, sizeof(*w->seen));
	w->todo = calloc(n_screens, sizeof(*w->todo));
	w->n = 0;
	return w->seen && w->todo;
}

static void walk_release(struct walk *w)
{
	free(w->seen);
	free(w->todo);
}

static void walk_to(struct walk *w, int screen)
{
	if (screen < 0 || w->seen[screen])
		return;
	w->seen[screen] = true;
	w->todo[w->n++] = screen;
}

static void walk_from_doors(struct walk *w, const struct ld_content *c)
{
	walk_to(w, c->start);
	for (unsigned i = 0; i < LD_ARRAY_SIZE(entries); i++)
		walk_to(w, ld_content_screen(c, entries[i]));
	for (unsigned i = 0; i < c->n_rules; i++)
		walk_to(w, c->commands[i].screen);
	for (unsigned i = 0; i < c->n_codes; i++)
		walk_to(w, c->codes[i].to);
}

static void check_reach(struct ld_checker *k)
{
	const struct ld_content *c = k->c;
	struct walk w;

	if (!walk_init(&w, c->n_screens))
		goto out;
	walk_from_doors(&w, c);
	while (w.n > 0) {
		const struct ld_screen *s = &c->screens[w.todo[--w.n]];

		for (unsigned i = 0; i < s->n_on; i++)
			walk_to(&w, s->on[i].to);
		for (unsigned i = 0; i < s->n_options; i++)
			walk_to(&w, s->options[i].to);
		walk_to(&w, s->input_to);
	}
	for (unsigned i = 0; i < c->n_screens; i++) {
		k->file = c->screens[i].file;
		k->line = c->screens[i].line;
		if (!w.seen[i])
			ld_check_error(k, "screen %s cannot be reached", c->screens[i].id);
	}
out:
	walk_release(&w);
}

/* Whether following words of actions through screens without text comes back to this screen:
 * then nothing would ever be shown. */
static bool turns_round(const struct ld_content *c, int screen)
{
	struct walk w;
	bool found = false;

	if (walk_init(&w, c->n_screens))
		w.todo[w.n++] = screen;
	while (w.n > 0) {
		const struct ld_screen *s = &c->screens[w.todo[--w.n]];

		for (unsigned i = 0; i < s->n_on; i++)
			if (!c->screens[s->on[i].to].text[LD_LANG_VI])
				walk_to(&w, s->on[i].to);
	}
	found = w.seen && w.seen[screen];
	walk_release(&w);
	return found;
}

/* ---- one screen ---- */

static bool is_course_action(const char *action)
{
	for (unsigned i = 0; i < LD_ARRAY_SIZE(course_actions); i++)
		if (strcmp(action, course_actions[i]) == 0)
			return true;
	return false;
}

static void check_arg(struct ld_checker *k, const struct ld_screen *target, const char *arg)
{
	if (arg[0] == '\0')
		return;
	if (!target->action)
		ld_check_error(k, "\"%s\" is handed to screen %s, which has no action", arg, target->id);
	else if (is_course_action(target->action) && !ld_content_course(k->c, arg))
		ld_check_error(k, "\"%s\" is handed to screen %s, but there is no such course", arg,
			       target->id);
	else if (strcmp(target->action, "lang") == 0 && ld_content_lang(k->c, arg) < 0)
		ld_check_error(k, "\"%s\" is handed to screen %s, but values.conf has no such "
			       "language", arg, target->id);
	else if (strcmp(target->action, "send_message") == 0 &&
		 !ld_content_message(k->c, arg, LD_LANG_VI))
		ld_check_error(k, "\"%s\" is handed to screen %s, but there is no such message", arg,
			       target->id);
}

static bool leads_to_language(const struct ld_content *c, const struct ld_screen *s, const char *code)
{
	for (unsigned o = 0; o < s->n_options; o++) {
		const struct ld_screen *to = &c->screens[s->options[o].to];

		if (to->action && strcmp(to->action, "lang") == 0 &&
		    strcmp(s->options[o].arg, code) == 0)
			return true;
	}
	return false;
}

/* A language that is on no screen is known to nobody but who reads the files. */
static void check_languages(struct ld_checker *k)
{
	const struct ld_content *c = k->c;
	const struct ld_screen *asks = NULL;

	for (unsigned i = 0; i < c->n_screens && !asks; i++)
		if (leads_to_language(c, &c->screens[i], c->langs[LD_LANG_VI].code))
			asks = &c->screens[i];
	for (unsigned lang = 1; asks && lang < c->n_langs; lang++) {
		k->file = asks->file;
		k->line = asks->line;
		if (!leads_to_language(c, asks, c->langs[lang].code))
			ld_check_warn(k, "no option of screen %s leads to the language \"%s\"",
				      asks->id, c->langs[lang].code);
	}
}

/* The screen as it is shown, placeholders kept. */
static void compose(const struct ld_screen *s, enum ld_lang lang, char *ret, size_t size)
{
	size_t used = (size_t)snprintf(ret, size, "%s", s->text[lang]);

	for (unsigned i = 0; i < s->n_options && used < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "\n%c.%s", s->options[i].key,
					 s->options[i].label[lang]);
}

/* "\n0.Ve 00.Dau" */
static int navigation_septets(struct ld_checker *k, enum ld_lang lang)
{
	const char *back = ld_content_message(k->c, "NAV_BACK", lang);
	const char *home = ld_content_message(k->c, "NAV_HOME", lang);
	char line[64];

	snprintf(line, sizeof(line), "\n0.%s 00.%s", back ? back : "", home ? home : "");
	return ld_check_length(k, "navigation", lang, line, NULL);
}

/* One text of a screen, with the words of one lesson or none; false: enough said. */
static bool check_size(struct ld_checker *k, const struct ld_screen *s, enum ld_lang lang,
		       const char *what, const char *text, const struct ld_lesson *lesson)
{
	int septets = ld_check_length(k, what, lang, text, lesson);
	int all = s->end ? septets : septets + navigation_septets(k, lang);

	if (septets > LD_CHECK_SCREEN_SEPTETS)
		ld_check_error(k, "%s: %d letters without accents, %d fit", what, septets,
			       LD_CHECK_SCREEN_SEPTETS);
	else if (all > LD_CHECK_PAGE_SEPTETS)
		ld_check_warn(k, "%s: %d letters with its last line; it is shown on two pages", what,
			      all);
	return septets >= 0;
}

static void check_shown(struct ld_checker *k, const struct ld_screen *s, enum ld_lang lang)
{
	char text[LD_TEXT_MAX], filled[LD_TEXT_MAX], what[128];
	const char *language = k->c->langs[lang].code;

	compose(s, lang, text, sizeof(text));
	snprintf(what, sizeof(what), "screen %s (%s)", s->id, language);
	if (!ld_check_of_lesson(text)) {
		ld_check_fill(k, lang, text, NULL, filled, sizeof(filled));
		ld_check_prose(k, what, lang, text, filled);
		check_size(k, s, lang, what, text, NULL);
		return;
	}
	for (unsigned i = 0; i < k->c->n_courses; i++) {
		const struct ld_course *course = &k->c->courses[i];

		for (unsigned n = 0; n < course->n_lessons; n++) {
			snprintf(what, sizeof(what), "screen %s (%s) with %s lesson %u", s->id,
				 language, course->key, n + 1);
			if (!check_size(k, s, lang, what, text, &course->lessons[n]))
				return;
		}
	}
}

void ld_check_screens(struct ld_checker *k)
{
	const struct ld_content *c = k->c;

	check_reach(k);
	check_languages(k);
	for (unsigned i = 0; i < c->n_screens; i++) {
		const struct ld_screen *s = &c->screens[i];

		k->file = s->file;
		k->line = s->line;
		if (s->action)
			check_arg(k, s, s->arg);
		for (unsigned o = 0; o < s->n_options; o++)
			check_arg(k, &c->screens[s->options[o].to], s->options[o].arg);
		if (s->input && !c->screens[s->input_to].action)
			ld_check_error(k, "what is typed at screen %s goes to screen %s, which has no "
				       "action", s->id, c->screens[s->input_to].id);
		if (!s->text[LD_LANG_VI] && turns_round(c, (int)i))
			ld_check_error(k, "screen %s can turn in a circle and show nothing", s->id);
		for (unsigned lang = 0; s->text[LD_LANG_VI] && lang < c->n_langs; lang++)
			check_shown(k, s, (enum ld_lang)lang);
	}
	k->file = ld_impl(c)->codes_file;
	k->line = 0;
	for (unsigned i = 0; i < c->n_codes; i++)
		check_arg(k, &c->screens[c->codes[i].to], c->codes[i].arg);
}
