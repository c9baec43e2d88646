/* SPDX-License-Identifier: GPL-2.0-or-later */
/* menu.conf: screens. First the names are collected, so that every screen can be named before it
 * is described; then each is compiled, in the order of the file. */
#include "impl.h"

#include <stdlib.h>
#include <string.h>

/* What the program opens by itself. */
static const char *const needed[] = {
	"consent", "err.anon", "err.closed", "err.input", "err.three", "resume",
};

static const char *screen_name_at(const void *arg, unsigned i)
{
	return ((const struct ld_content *)arg)->screens[i].id;
}

int ld_load_screen_ref(struct ld_loader *l, const config_setting_t *group, const char *name)
{
	const struct ld_content *c = &l->impl->content;
	const char *id = ld_reader_string(&l->reader, group, name, true), *near;
	int i = id ? ld_content_screen(c, id) : -1;

	if (!id || i >= 0)
		return i;
	near = ld_nearest(id, c->n_screens, screen_name_at, c);
	ld_reader_error(&l->reader, config_setting_get_member(group, name),
			near ? "there is no screen \"%s\"; did you mean \"%s\"?" :
			"there is no screen \"%s\"", id, near);
	return -1;
}

/* ---- the parts of a screen ---- */

static void load_options(struct ld_loader *l, const config_setting_t *s, struct ld_screen *ret)
{
	static const char *const names[] = { "key", "label", "to", "arg", NULL };
	const config_setting_t *list = ld_reader_list(&l->reader, s, "options", false);
	unsigned n = ld_reader_length(list);
	struct ld_option *o = ld_arena_array(l->impl->arena, n, sizeof(*o));
	char last = '0';

	for (unsigned i = 0; o && i < n; i++) {
		const config_setting_t *e = ld_reader_elem(list, i);
		const char *key = ld_reader_string(&l->reader, e, "key", true);
		const char *arg;

		ld_reader_known(&l->reader, e, names);
		if (key && (key[0] < '1' || key[0] > '9' || key[1] != '\0'))
			ld_reader_error(&l->reader, e, "key \"%s\" must be \"1\" to \"9\"", key);
		else if (key && key[0] <= last)
			ld_reader_error(&l->reader, e, "key \"%s\" stands twice or out of order", key);
		if (key)
			last = o[i].key = key[0];
		ld_load_langs(l, e, "label", LD_EMPTY_NO, o[i].label);
		arg = ld_reader_string(&l->reader, e, "arg", false);
		o[i].arg = ld_arena_string(l->impl->arena, arg ? arg : "");
		o[i].to = ld_load_screen_ref(l, e, "to");
	}
	ret->options = o;
	ret->n_options = o ? n : 0;
}

static void load_input(struct ld_loader *l, const config_setting_t *s, struct ld_screen *ret)
{
	static const char *const names[] = { "kind", "min", "max", "tries", "to", NULL };
	const config_setting_t *in = ld_reader_group(&l->reader, s, "input", false);
	const char *kind;
	int tries = 3, max;

	if (!in)
		return;
	ld_reader_known(&l->reader, in, names);
	kind = ld_reader_string(&l->reader, in, "kind", true);
	if (kind && strcmp(kind, "number") == 0)
		ret->input = LD_INPUT_NUMBER;
	else if (kind && strcmp(kind, "text") == 0)
		ret->input = LD_INPUT_TEXT;
	else if (kind)
		ld_reader_error(&l->reader, in, "kind \"%s\" must be \"number\" or \"text\"", kind);
	max = ret->input == LD_INPUT_TEXT ? LD_VALUE_MAX - 1 : 999999999;
	ld_reader_int(&l->reader, in, "min", true, 0, max, &ret->input_min);
	if (ld_reader_int(&l->reader, in, "max", true, 0, max, &ret->input_max) &&
	    ret->input_max < ret->input_min)
		ld_reader_error(&l->reader, in, "max is smaller than min");
	ld_reader_int(&l->reader, in, "tries", false, 1, 9, &tries);
	ret->input_tries = (uint8_t)tries;
	ret->input_to = ld_load_screen_ref(l, in, "to");
}

/* The words an action may say, each with the screen it leads to. */
static void load_on(struct ld_loader *l, const config_setting_t *s, const struct ld_action *a,
		    struct ld_screen *ret)
{
	const config_setting_t *group = ld_reader_group(&l->reader, s, "on", false);
	unsigned n = ld_reader_length(group);
	struct ld_on *on = ld_arena_array(l->impl->arena, n, sizeof(*on));

	if (group && !ret->action)
		ld_reader_error(&l->reader, group, "\"on\" needs an action in \"do\"");
	for (unsigned i = 0; on && i < n; i++) {
		const config_setting_t *e = ld_reader_elem(group, i);
		const char *outcome = config_setting_name(e);

		if (a && !ld_action_says(a, outcome))
			ld_reader_error(&l->reader, e, "action %s never says \"%s\"", a->name, outcome);
		on[i].outcome = ld_arena_string(l->impl->arena, outcome);
		on[i].to = ld_load_screen_ref(l, group, outcome);
	}
	ret->on = on;
	ret->n_on = on ? n : 0;
}

static bool has_on(const struct ld_screen *s, const char *outcome)
{
	for (unsigned i = 0; i < s->n_on; i++)
		if (strcmp(s->on[i].outcome, outcome) == 0)
			return true;
	return false;
}

static const char *action_name_at(const void *arg, unsigned i)
{
	return ((const struct ld_content_impl *)arg)->actions[i].name;
}

/* Without a table of actions (laido check of a folder alone) any name will do. */
static const struct ld_action *load_action(struct ld_loader *l, const config_setting_t *s,
					   struct ld_screen *ret)
{
	const char *name = ld_reader_string(&l->reader, s, "do", false), *near;
	const char *arg = ld_reader_string(&l->reader, s, "arg", false);
	const struct ld_action *a;

	ret->arg = ld_arena_string(l->impl->arena, arg ? arg : "");
	if (arg && !name)
		ld_reader_error(&l->reader, s, "\"arg\" needs an action in \"do\"");
	if (!name)
		return NULL;
	a = ld_action_find(l->impl, name);
	ret->action = a ? a->name : ld_arena_string(l->impl->arena, name);
	if (a || l->impl->n_actions == 0)
		return a;
	near = ld_nearest(name, l->impl->n_actions, action_name_at, l->impl);
	ld_reader_error(&l->reader, config_setting_get_member(s, "do"),
			near ? "there is no action \"%s\"; did you mean \"%s\"?" :
			"there is no action \"%s\"", name, near);
	return NULL;
}

static void check_shape(struct ld_loader *l, const config_setting_t *s, const struct ld_action *a,
			const struct ld_screen *ret)
{
	struct ld_reader *r = &l->reader;

	if (!ret->text[LD_LANG_VI] && !config_setting_get_member(s, "text")) {
		if (!ret->action)
			ld_reader_error(r, s, "screen %s has neither text nor action", ret->id);
		if (ret->n_options || ret->input)
			ld_reader_error(r, s, "screen %s has options or input but no text", ret->id);
		for (unsigned i = 0; a && i < a->n_outcomes; i++)
			if (!has_on(ret, a->outcomes[i]))
				ld_reader_error(r, s, "screen %s has no text, so it needs a place "
						"for \"%s\" in \"on\"", ret->id, a->outcomes[i]);
	}
	if (ret->end && (ret->n_options || ret->input))
		ld_reader_error(r, s, "screen %s ends the session: nobody could choose", ret->id);
}

static void load_screen(struct ld_loader *l, const config_setting_t *s, struct ld_screen *ret)
{
	static const char *const names[] = { "id", "text", "label", "options", "input", "do", "arg",
					     "on", "role", "end", NULL };
	struct ld_reader *r = &l->reader;
	const struct ld_action *a;
	const char *role;

	ld_reader_known(r, s, names);
	if (config_setting_get_member(s, "text"))
		ld_load_langs(l, s, "text", LD_EMPTY_NO, ret->text);
	if (config_setting_get_member(s, "label"))
		ld_load_langs(l, s, "label", LD_EMPTY_NO, ret->label);
	ret->role = LD_ROLE_LEARNER;
	role = ld_reader_string(r, s, "role", false);
	if (role && strcmp(role, "any") == 0)
		ret->role = LD_ROLE_ANY;
	else if (role && strcmp(role, "learner") != 0)
		ld_reader_error(r, s, "role \"%s\" must be \"any\" or \"learner\"", role);
	ld_reader_bool(r, s, "end", &ret->end);
	ret->input_to = -1;
	a = load_action(l, s, ret);
	load_on(l, s, a, ret);
	load_options(l, s, ret);
	load_input(l, s, ret);
	check_shape(l, s, a, ret);
}

/* ---- all of them ---- */

static int by_id(const void *a, const void *b)
{
	const struct ld_screen *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : x->line - y->line;
}

/* Names of all screens, sorted; the first of two that are alike stays. */
static struct ld_screen *collect(struct ld_loader *l, const config_setting_t *list, const char *file,
				 unsigned *ret_n)
{
	unsigned n = ld_reader_length(list), kept = 0;
	struct ld_screen *s = ld_arena_array(l->impl->arena, n, sizeof(*s));

	for (unsigned i = 0; s && i < n; i++) {
		const config_setting_t *e = ld_reader_elem(list, i);
		const char *id = ld_reader_string(&l->reader, e, "id", true);

		if (!id)
			continue;
		s[kept].id = ld_arena_string(l->impl->arena, id);
		s[kept].file = file;
		s[kept++].line = (int)config_setting_source_line(e);
	}
	if (!s)
		return NULL;
	qsort(s, kept, sizeof(*s), by_id);
	*ret_n = 0;
	for (unsigned i = 0; i < kept; i++)
		if (i == 0 || strcmp(s[*ret_n - 1].id, s[i].id) != 0)
			s[(*ret_n)++] = s[i];
	return s;
}

/* "help.wait" without a label has that of "help"; the last resort is the start screen's. */
static void inherit_label(const struct ld_content *c, struct ld_screen *s)
{
	char id[128];
	char *dot;

	ld_text_normalise(s->id, id, sizeof(id));
	while (!s->label[LD_LANG_VI] && (dot = strrchr(id, '.'))) {
		int up;

		*dot = '\0';
		up = ld_content_screen(c, id);
		if (up >= 0)
			memcpy(s->label, c->screens[up].label, sizeof(s->label));
	}
	for (unsigned i = 0; i < c->n_langs; i++)
		if (!s->label[i])
			s->label[i] = c->start >= 0 && c->screens[c->start].label[i] ?
				      c->screens[c->start].label[i] : s->id;
}

void ld_load_menu(struct ld_loader *l, const char *file)
{
	static const char *const names[] = { "start", "screens", NULL };
	const config_setting_t *root = config_root_setting(&l->reader.cfg);
	const config_setting_t *list = ld_reader_list(&l->reader, root, "screens", true);
	struct ld_content *c = &l->impl->content;
	struct ld_screen *screens;

	ld_reader_known(&l->reader, root, names);
	screens = list ? collect(l, list, file, &c->n_screens) : NULL;
	if (!screens)
		return;
	c->screens = screens;
	for (unsigned i = 0; i < ld_reader_length(list); i++) {
		const config_setting_t *e = ld_reader_elem(list, i), *id;
		int at;

		id = config_setting_get_member(e, "id");
		if (!id || config_setting_type(id) != CONFIG_TYPE_STRING)
			continue;
		at = ld_content_screen(c, config_setting_get_string(id));
		if (screens[at].arg)
			ld_reader_error(&l->reader, e, "screen %s stands already in line %d",
					screens[at].id, screens[at].line);
		else
			load_screen(l, e, &screens[at]);
	}
	c->start = ld_load_screen_ref(l, root, "start");
	for (unsigned i = 0; i < LD_ARRAY_SIZE(needed); i++)
		if (ld_content_screen(c, needed[i]) < 0)
			ld_reader_error(&l->reader, list, "the program needs a screen %s", needed[i]);
	for (unsigned i = 0; i < c->n_screens; i++)
		inherit_label(c, &screens[i]);
}
