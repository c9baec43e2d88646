/* SPDX-License-Identifier: GPL-2.0-or-later */
/* messages.conf and values.conf: names and texts. */
#include "impl.h"

#include <stdlib.h>
#include <string.h>

/* What the program sends by name: a folder without one of them is refused. */
static const char *const needed[] = {
	"ACK", "ANSWER_NONE", "ANSWER_UNCLEAR", "BYE", "CODE_UNKNOWN", "CONSENT_AGAIN",
	"CONSENT_ASK", "CONSENT_INFO", "CONSENT_NO", "COURSE_DONE", "COURSE_FAIL",
	"DATA_REPLY",
	"EMERGENCY_HINT", "ENROL_ALREADY", "ENROL_WHICH", "ERASE_ASK", "ERASE_BAD", "ERASE_DONE",
	"ERASE_OK", "ERASE_SHARED",
	"HELP_QUEUED_WARD", "HELP_TEXT", "LESSON_A", "LESSON_B_RIGHT", "LESSON_B_WRONG",
	"LESSON_FIRST_TAIL", "LIMIT", "MISSED_CALL", "NAV_BACK", "NAV_HOME", "NAV_MORE",
	"NEXT_TAIL", "OPTOUT_ASK", "OPTOUT_OK", "PAUSE_OK", "REVIEW", "SCORE", "SLOT_ASK",
	"SLOT_OK", "UNKNOWN", "VERDICT_RIGHT", "VERDICT_WRONG", "WRONG_PERSON",
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ld_named *)a)->name, ((const struct ld_named *)b)->name);
}

void ld_load_messages(struct ld_loader *l, const char *file)
{
	static const char *const names[] = { "consent_version", "messages", NULL };
	const config_setting_t *root = config_root_setting(&l->reader.cfg);
	const config_setting_t *group = ld_reader_group(&l->reader, root, "messages", true);
	struct ld_names *m = &l->impl->messages;
	unsigned n = ld_reader_length(group);
	int version = 0;

	ld_reader_known(&l->reader, root, names);
	if (ld_reader_int(&l->reader, root, "consent_version", true, 1, 65535, &version))
		l->impl->content.consent_version = (uint16_t)version;
	m->file = file;
	m->v = ld_arena_array(l->impl->arena, n, sizeof(*m->v));
	for (unsigned i = 0; m->v && i < n; i++) {
		const config_setting_t *s = ld_reader_elem(group, i);
		struct ld_named *e = &m->v[m->n];

		e->name = ld_arena_string(l->impl->arena, config_setting_name(s));
		e->line = (int)config_setting_source_line(s);
		if (!config_setting_is_group(s))
			ld_reader_error(&l->reader, s, "%s must be { vi = \"...\"; en = \"...\"; }",
					e->name);
		else if (ld_load_langs_of(l, s, LD_EMPTY_OK, e->text))
			m->n++;
		else
			continue;
		for (unsigned k = 1; config_setting_is_group(s) && k < l->impl->content.n_langs; k++)
			if ((e->text[LD_LANG_VI][0] == '\0') != (e->text[k][0] == '\0'))
				ld_reader_error(&l->reader, s, "%s is empty in one language", e->name);
	}
	if (!m->v)
		return;
	qsort(m->v, m->n, sizeof(*m->v), by_name);
	for (unsigned i = 0; i < LD_ARRAY_SIZE(needed); i++)
		if (!ld_names_find(m, needed[i]) &&
		    (!group || !config_setting_get_member(group, needed[i])))
			ld_reader_error(&l->reader, group, "the program needs a message %s",
					needed[i]);
}

/* ---- languages ---- */

static bool is_code(const char *code)
{
	size_t len = strspn(code, "abcdefghijklmnopqrstuvwxyz");

	return len >= 2 && len <= 3 && code[len] == '\0';
}

static void load_language(struct ld_loader *l, const config_setting_t *s, struct ld_language *ret)
{
	static const char *const names[] = { "code", "words", NULL };
	const char *code = ld_reader_string(&l->reader, s, "code", true);
	const config_setting_t *list = ld_reader_strings(&l->reader, s, "words", true);
	unsigned n = ld_reader_length(list);
	const char **words = ld_arena_array(l->impl->arena, n, sizeof(*words));

	ld_reader_known(&l->reader, s, names);
	if (code && !is_code(code))
		ld_reader_error(&l->reader, s, "code \"%s\" must be two or three small letters, such "
				"as \"en\"", code);
	ret->code = ld_arena_string(l->impl->arena, code ? code : "??");
	for (unsigned i = 0; words && i < n; i++) {
		char folded[LD_INPUT_MAX];

		ld_text_fold(config_setting_get_string_elem(list, (int)i), folded, sizeof(folded));
		words[i] = ld_arena_string(l->impl->arena, folded);
	}
	ret->words = words;
	ret->n_words = words ? n : 0;
}

void ld_load_languages(struct ld_loader *l, const char *file)
{
	const config_setting_t *root = config_root_setting(&l->reader.cfg);
	const config_setting_t *list = ld_reader_list(&l->reader, root, "languages", true);
	unsigned n = ld_reader_length(list);
	struct ld_content *c = &l->impl->content;

	(void)file;
	if (list && (n < 1 || n > LD_LANGS_MAX))
		ld_reader_error(&l->reader, list, "there are 1 to %d languages", LD_LANGS_MAX);
	for (unsigned i = 0; i < n && i < LD_LANGS_MAX; i++) {
		load_language(l, ld_reader_elem(list, i), &c->langs[i]);
		if (ld_content_lang(c, c->langs[i].code) >= 0)
			ld_reader_error(&l->reader, list, "language \"%s\" stands twice",
					c->langs[i].code);
		c->n_langs++;
	}
	if (n > 0 && strcmp(c->langs[0].code, "vi") != 0)
		ld_reader_error(&l->reader, list, "the first language must be \"vi\": lessons are "
				"written in it");
}

/* A group of name = "text". */
static void load_names(struct ld_loader *l, const config_setting_t *root, const char *name,
		       const char *file, struct ld_names *ret)
{
	const config_setting_t *group = ld_reader_group(&l->reader, root, name, true);
	unsigned n = ld_reader_length(group);

	ret->file = file;
	ret->v = ld_arena_array(l->impl->arena, n, sizeof(*ret->v));
	for (unsigned i = 0; ret->v && i < n; i++) {
		const config_setting_t *s = ld_reader_elem(group, i);
		struct ld_named *e = &ret->v[ret->n];

		e->text[LD_LANG_VI] = ld_load_text(l, group, config_setting_name(s), true);
		if (!e->text[LD_LANG_VI])
			continue;
		e->name = ld_arena_string(l->impl->arena, config_setting_name(s));
		e->line = (int)config_setting_source_line(s);
		ret->n++;
	}
	if (ret->v)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
}

static void load_money(struct ld_loader *l, const config_setting_t *root)
{
	static const char *const names[] = { "part_vnd", "text_vnd", NULL };
	const config_setting_t *group = ld_reader_group(&l->reader, root, "money", false);
	int part = 0, text = 0;

	if (!group)
		return;
	ld_reader_known(&l->reader, group, names);
	ld_reader_int(&l->reader, group, "part_vnd", true, 0, 1000000, &part);
	ld_reader_int(&l->reader, group, "text_vnd", true, 0, 1000000, &text);
	l->impl->content.part_vnd = (unsigned)part;
	l->impl->content.text_vnd = (unsigned)text;
}

void ld_load_values(struct ld_loader *l, const char *file)
{
	static const char *const names[] = { "default_course", "ward", "longest", "money",
					     "languages", NULL };
	const config_setting_t *root = config_root_setting(&l->reader.cfg);
	struct ld_content *c = &l->impl->content;
	const char *course;

	ld_reader_known(&l->reader, root, names);
	load_names(l, root, "ward", file, &l->impl->ward);
	load_names(l, root, "longest", file, &l->impl->longest);
	load_money(l, root);
	course = ld_reader_string(&l->reader, root, "default_course", true);
	if (!course)
		return;
	c->default_course = ld_content_course(c, course);
	if (!c->default_course && c->n_courses > 0)
		ld_reader_error(&l->reader, config_setting_get_member(root, "default_course"),
				"there is no course %s", course);
}
