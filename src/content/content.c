/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking things up in a compiled tree. */
#include "impl.h"

#include <stdlib.h>
#include <string.h>

static int screen_order(const void *key, const void *screen)
{
	return strcmp(key, ((const struct ld_screen *)screen)->id);
}

int ld_content_screen(const struct ld_content *c, const char *id)
{
	const struct ld_screen *s = NULL;

	if (c->n_screens > 0)
		s = bsearch(id, c->screens, c->n_screens, sizeof(*s), screen_order);
	return s ? (int)(s - c->screens) : -1;
}

static bool valid(const struct ld_validity *v, int64_t now_ms)
{
	return now_ms >= v->from_ms && now_ms < v->until_ms;
}

void ld_content_today(struct ld_content *c, int64_t now_ms)
{
	/* What is const for readers lies in the tree's own memory. */
	for (unsigned i = 0; i < c->n_courses; i++) {
		struct ld_lesson *l = (struct ld_lesson *)c->courses[i].lessons;

		for (unsigned n = 0; n < c->courses[i].n_lessons; n++)
			l[n].sendable = valid(&l[n].validity, now_ms);
	}
	for (unsigned i = 0; i < c->n_reminders; i++) {
		struct ld_reminder *r = (struct ld_reminder *)&c->reminders[i];

		r->sendable = valid(&r->validity, now_ms);
	}
}

const struct ld_course *ld_content_course(const struct ld_content *c, const char *key)
{
	for (unsigned i = 0; i < c->n_courses; i++)
		if (strcmp(c->courses[i].key, key) == 0)
			return &c->courses[i];
	return NULL;
}

const struct ld_course *ld_content_course_by_menu(const struct ld_content *c, unsigned menu_key)
{
	for (unsigned i = 0; i < c->n_courses; i++)
		if (c->courses[i].menu_key == menu_key)
			return &c->courses[i];
	return NULL;
}

bool ld_content_offers(const struct ld_content *c, const struct ld_course *course)
{
	for (unsigned i = 0; i < c->n_screens; i++)
		for (unsigned o = 0; o < c->screens[i].n_options; o++)
			if (strcmp(c->screens[i].options[o].arg, course->key) == 0)
				return true;
	return false;
}

static int code_order(const void *key, const void *code)
{
	return strcmp(key, ((const struct ld_code *)code)->code);
}

const struct ld_code *ld_content_code(const struct ld_content *c, const char *digits)
{
	if (c->n_codes == 0)
		return NULL;
	return bsearch(digits, c->codes, c->n_codes, sizeof(*c->codes), code_order);
}

static int name_order(const void *key, const void *named)
{
	return strcmp(key, ((const struct ld_named *)named)->name);
}

const struct ld_named *ld_names_find(const struct ld_names *names, const char *name)
{
	if (names->n == 0)
		return NULL;
	return bsearch(name, names->v, names->n, sizeof(*names->v), name_order);
}

int ld_content_lang(const struct ld_content *c, const char *code)
{
	for (unsigned i = 0; i < c->n_langs; i++)
		if (strcmp(c->langs[i].code, code) == 0)
			return (int)i;
	return -1;
}

int ld_content_lang_named(const struct ld_content *c, const char *word)
{
	for (unsigned i = 0; i < c->n_langs; i++)
		for (unsigned w = 0; w < c->langs[i].n_words; w++)
			if (strcmp(c->langs[i].words[w], word) == 0)
				return (int)i;
	return -1;
}

const char *ld_content_message(const struct ld_content *c, const char *key, enum ld_lang lang)
{
	const struct ld_named *m = ld_names_find(&ld_impl(c)->messages, key);

	if (!m)
		return NULL;
	return m->text[lang] ? m->text[lang] : m->text[LD_LANG_VI];
}

const char *ld_content_value(const struct ld_content *c, const char *name)
{
	const struct ld_named *v = ld_names_find(&ld_impl(c)->ward, name);

	return v ? v->text[LD_LANG_VI] : NULL;
}

const char *ld_content_longest(const struct ld_content *c, const char *name)
{
	const struct ld_named *v = ld_names_find(&ld_impl(c)->longest, name);

	return v ? v->text[LD_LANG_VI] : NULL;
}

const char *ld_content_message_name(const struct ld_content *c, unsigned i)
{
	const struct ld_names *m = &ld_impl(c)->messages;

	return i < m->n ? m->v[i].name : NULL;
}

const struct ld_action *ld_action_find(const struct ld_content_impl *impl, const char *name)
{
	for (unsigned i = 0; i < impl->n_actions; i++)
		if (strcmp(impl->actions[i].name, name) == 0)
			return &impl->actions[i];
	return NULL;
}

bool ld_action_says(const struct ld_action *a, const char *outcome)
{
	for (unsigned i = 0; i < a->n_outcomes; i++)
		if (strcmp(a->outcomes[i], outcome) == 0)
			return true;
	return strcmp(outcome, "ok") == 0;
}

void ld_content_free(struct ld_content *c)
{
	struct ld_arena *arena;

	if (!c)
		return;
	ld_rules_release(c->rules, c->n_rules);
	arena = ((struct ld_content_impl *)c->impl)->arena;
	ld_arena_free(arena);
}
