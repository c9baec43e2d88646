/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was printed or learnt by heart keeps its meaning: a folder against the one it replaces. */
#include "checker.h"

#include <string.h>

static const struct ld_option *option_of(const struct ld_screen *s, char key)
{
	for (unsigned i = 0; i < s->n_options; i++)
		if (s->options[i].key == key)
			return &s->options[i];
	return NULL;
}

static bool same_goal(const struct ld_content *c, int to, const char *arg,
		      const struct ld_content *old, int old_to, const char *old_arg)
{
	return strcmp(c->screens[to].id, old->screens[old_to].id) == 0 && strcmp(arg, old_arg) == 0;
}

static void check_options(struct ld_checker *k, const struct ld_content *old)
{
	for (unsigned i = 0; i < k->c->n_screens; i++) {
		const struct ld_screen *s = &k->c->screens[i], *was;
		int at = ld_content_screen(old, s->id);

		if (at < 0)
			continue;
		was = &old->screens[at];
		k->file = s->file;
		k->line = s->line;
		for (unsigned o = 0; o < was->n_options; o++) {
			const struct ld_option *a = &was->options[o], *b = option_of(s, a->key);

			if (!b)
				ld_check_warn(k, "screen %s: key %c (\"%s\") is gone", s->id, a->key,
					      a->label[LD_LANG_VI]);
			else if (!same_goal(k->c, b->to, b->arg, old, a->to, a->arg))
				ld_check_error(k, "screen %s: key %c was \"%s\" (%s) and is now "
					       "\"%s\" (%s); people know it by heart, take a free key",
					       s->id, a->key, a->label[LD_LANG_VI],
					       old->screens[a->to].id, b->label[LD_LANG_VI],
					       k->c->screens[b->to].id);
		}
	}
}

static void check_codes(struct ld_checker *k, const struct ld_content *old)
{
	k->file = ld_impl(k->c)->codes_file;
	k->line = 0;
	for (unsigned i = 0; i < old->n_codes; i++) {
		const struct ld_code *a = &old->codes[i], *b = ld_content_code(k->c, a->code);

		if (!b)
			ld_check_error(k, "code %s (\"%s\") is gone; it stands on printed cards",
				       a->code, a->label);
		else if (!same_goal(k->c, b->to, b->arg, old, a->to, a->arg))
			ld_check_error(k, "code %s was \"%s\" (%s) and is now \"%s\" (%s); it stands "
				       "on printed cards, take a free code", a->code, a->label,
				       old->screens[a->to].id, b->label, k->c->screens[b->to].id);
	}
}

/* Results are kept by course and number of the lesson; completion codes hold the menu key. */
static void check_courses(struct ld_checker *k, const struct ld_content *old)
{
	for (unsigned i = 0; i < old->n_courses; i++) {
		const struct ld_course *a = &old->courses[i], *b = ld_content_course(k->c, a->key);

		k->file = b ? b->lessons[0].file : "courses";
		k->line = 0;
		if (!b) {
			ld_check_error(k, "course %s is gone; its learners would lose their place", a->key);
			continue;
		}
		if (a->menu_key != b->menu_key)
			ld_check_error(k, "course %s: menu_key was %u and is now %u; completion codes "
				       "hold it", a->key, a->menu_key, b->menu_key);
		if (b->n_lessons < a->n_lessons)
			ld_check_error(k, "course %s: %u lessons instead of %u; results are kept by "
				       "number, give a lesson a valid_until instead", a->key,
				       b->n_lessons, a->n_lessons);
		for (unsigned n = 0; n < a->n_lessons && n < b->n_lessons; n++) {
			k->line = b->lessons[n].line;
			if (strcmp(a->lessons[n].title, b->lessons[n].title) != 0)
				ld_check_warn(k, "%s lesson %u was \"%s\" and is now \"%s\"; answers "
					      "given before count for it", a->key, n + 1,
					      a->lessons[n].title, b->lessons[n].title);
		}
	}
}

unsigned ld_content_check_change(const struct ld_content *c, const struct ld_content *old,
				 ld_finding_cb cb, void *arg)
{
	struct ld_checker k = { .c = c, .impl = ld_impl(c), .cb = cb, .arg = arg };

	check_options(&k, old);
	check_codes(&k, old);
	check_courses(&k, old);
	return k.errors;
}
