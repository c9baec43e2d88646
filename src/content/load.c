/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of libconfig files becomes one immutable tree. Each file's own tree lives only while
 * it is compiled. */
#include "impl.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void found(void *arg, const char *file, int line, bool error, const char *message)
{
	struct ld_loader *l = arg;
	struct ld_finding f = { .file = file, .line = line, .error = error };

	if (error)
		l->errors++;
	snprintf(f.message, sizeof(f.message), "%s", message);
	l->cb(l->arg, &f);
}

/* ---- text ---- */

/* Half of all text is English, and in order as it is. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((*text < ' ' || *text > '~') && *text != '\n')
			return false;
	return true;
}

const char *ld_load_text(struct ld_loader *l, const config_setting_t *group, const char *name,
			 bool required)
{
	const char *raw = ld_reader_string(&l->reader, group, name, required);
	const config_setting_t *s;
	char text[LD_TEXT_MAX];

	if (!raw)
		return NULL;
	if (strlen(raw) < sizeof(text) && is_plain(raw))
		return ld_arena_string(l->impl->arena, raw);
	s = config_setting_get_member(group, name);
	if (ld_text_normalise(raw, text, sizeof(text)) < 0) {
		ld_reader_error(&l->reader, s, "\"%s\" is far too long", name);
		return NULL;
	}
	if (strcmp(raw, text) != 0)
		ld_reader_warn(&l->reader, s, "\"%s\" has a typographic or damaged character; "
			       "\"%.60s\" is used", name, text);
	return ld_arena_string(l->impl->arena, text);
}

bool ld_load_langs_of(struct ld_loader *l, const config_setting_t *s, enum ld_empty empty,
		      const char *ret[LD_LANGS_MAX])
{
	const struct ld_content *c = &l->impl->content;
	const char *names[LD_LANGS_MAX + 1] = { NULL }, *text[LD_LANGS_MAX] = { NULL };

	for (unsigned i = 0; i < c->n_langs; i++)
		names[i] = c->langs[i].code;
	ld_reader_known(&l->reader, s, names);
	for (unsigned i = 0; i < c->n_langs; i++) {
		text[i] = ld_load_text(l, s, names[i], true);
		if (text[i] && text[i][0] == '\0' && empty == LD_EMPTY_NO)
			ld_reader_error(&l->reader, s, "\"%s\" is empty", names[i]);
		/* Was said once; what names this text need not be told that it is missing. */
		if (!text[i])
			text[i] = text[LD_LANG_VI];
	}
	if (text[LD_LANG_VI])
		memcpy(ret, text, sizeof(text));
	return text[LD_LANG_VI] != NULL;
}

bool ld_load_langs(struct ld_loader *l, const config_setting_t *group, const char *name,
		   enum ld_empty empty, const char *ret[LD_LANGS_MAX])
{
	const config_setting_t *s = ld_reader_group(&l->reader, group, name, true);

	return s && ld_load_langs_of(l, s, empty, ret);
}

/* ---- files ---- */

static const char *path_of(struct ld_loader *l, const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", l->dir, name);
	return ld_arena_string(l->impl->arena, path);
}

static bool open_file(struct ld_loader *l, const char *name, const char *file)
{
	const struct ld_folder_file *f = ld_folder_find(l->folder, name);

	memset(&l->reader, 0, sizeof(l->reader));
	if (!f && !l->said)
		found(l, file, 0, true, "is missing");
	return f && ld_reader_open_text(&l->reader, file, f->text, f->len, found, l) == 0;
}

static void load_file(struct ld_loader *l, const char *name,
		      void (*compile)(struct ld_loader *, const char *file))
{
	const char *file = path_of(l, name);

	if (open_file(l, name, file))
		compile(l, file);
	ld_reader_close(&l->reader);
}

static int course_order(const void *a, const void *b)
{
	const struct ld_course *x = a, *y = b;

	return (int)x->menu_key - (int)y->menu_key;
}

static void differ(struct ld_loader *l, const struct ld_course *a, const struct ld_course *b)
{
	if (strcmp(a->key, b->key) == 0)
		ld_reader_error(&l->reader, NULL, "another course has the key %s", b->key);
	if (a->menu_key == b->menu_key)
		ld_reader_error(&l->reader, NULL, "menu_key %u is taken by %s", b->menu_key, a->key);
}

static void load_courses(struct ld_loader *l)
{
	struct ld_content *c = &l->impl->content;
	struct ld_course *courses = ld_arena_array(l->impl->arena, l->folder->n, sizeof(*courses));
	unsigned n = 0;

	for (unsigned i = 0; courses && i < l->folder->n; i++) {
		const char *name = l->folder->file[i].name, *file;

		if (strncmp(name, "courses/", 8) != 0)
			continue;
		file = path_of(l, name);
		if (open_file(l, name, file))
			ld_load_course(l, file, &courses[n]);
		for (unsigned k = 0; k < n && courses[n].key; k++)
			if (courses[k].key)
				differ(l, &courses[k], &courses[n]);
		ld_reader_close(&l->reader);
		n++;
	}
	if (n == 0)
		found(l, path_of(l, "courses"), 0, true,
		      "no course is there; a course is a file NAME.conf");
	if (l->errors || !courses)
		return;
	qsort(courses, n, sizeof(*courses), course_order);
	c->courses = courses;
	c->n_courses = n;
}

/* ---- the whole ---- */

/* "none limit done" cut into words. */
static void copy_outcomes(struct ld_arena *arena, struct ld_action *a, const char *words)
{
	unsigned n = 0;

	for (const char *p = words; *p; p++)
		n += *p != ' ' && (p == words || p[-1] == ' ');
	a->outcomes = ld_arena_array(arena, n + 1, sizeof(*a->outcomes));
	while (a->outcomes && *words) {
		size_t len = strcspn(words, " ");
		char word[64];

		if (len > 0 && len < sizeof(word)) {
			memcpy(word, words, len);
			word[len] = '\0';
			a->outcomes[a->n_outcomes++] = ld_arena_string(arena, word);
		}
		words += len + (words[len] == ' ');
	}
}

static void copy_actions(struct ld_content_impl *impl, const struct ld_content_options *opt)
{
	unsigned n = 0;

	while (opt->actions && opt->actions[n])
		n++;
	impl->actions = ld_arena_array(impl->arena, n, sizeof(*impl->actions));
	for (unsigned i = 0; impl->actions && i < n; i++) {
		impl->actions[i].name = ld_arena_string(impl->arena, opt->actions[i]);
		copy_outcomes(impl->arena, &impl->actions[i],
			      opt->outcomes && opt->outcomes[i] ? opt->outcomes[i] : "");
		impl->n_actions++;
	}
}

static struct ld_content_impl *impl_new(void)
{
	struct ld_arena *arena = ld_arena_new();
	struct ld_content_impl *impl = arena ? ld_arena_array(arena, 1, sizeof(*impl)) : NULL;

	if (!impl) {
		ld_arena_free(arena);
		return NULL;
	}
	impl->arena = arena;
	impl->content.impl = impl;
	return impl;
}

static int compile(struct ld_loader *l, struct ld_content **ret)
{
	bool broken;
	int rc = 0;

	l->impl = impl_new();
	if (!l->impl)
		return LD_E_NOMEM;
	copy_actions(l->impl, l->opt);
	load_file(l, "values.conf", ld_load_languages);
	broken = l->errors > 0;
	load_courses(l);
	if (!broken)    /* else all was said already */
		load_file(l, "values.conf", ld_load_values);
	load_file(l, "messages.conf", ld_load_messages);
	load_file(l, "menu.conf", ld_load_menu);
	load_file(l, "commands.conf", ld_load_commands);
	load_file(l, "codes.conf", ld_load_codes);
	/* A ward may have none. */
	if (ld_folder_find(l->folder, "reminders.conf"))
		load_file(l, "reminders.conf", ld_load_reminders);
	/* The trees of a large folder leave 12 MB of holes; a board has 512 MB in all. */
	malloc_trim(0);
	if (ld_arena_failed(l->impl->arena))
		rc = LD_E_NOMEM;
	else if (l->errors)
		rc = LD_E_SYNTAX;
	if (rc == 0) {
		ld_content_today(&l->impl->content, l->opt->now_ms);
		*ret = &l->impl->content;
	} else {
		ld_content_free(&l->impl->content);
	}
	return rc;
}

int ld_content_compile(const struct ld_folder *folder, const char *name,
		       const struct ld_content_options *opt, ld_finding_cb cb, void *arg,
		       struct ld_content **ret)
{
	struct ld_loader l = { .opt = opt, .folder = folder, .dir = name, .cb = cb, .arg = arg };

	return compile(&l, ret);
}

int ld_content_load(const char *dir, const struct ld_content_options *opt, ld_finding_cb cb,
		    void *arg, struct ld_content **ret)
{
	struct ld_folder folder = { 0 };
	struct ld_loader l = { .opt = opt, .folder = &folder, .dir = dir, .cb = cb, .arg = arg };
	int rc = ld_content_read(dir, cb, arg, &folder);

	if (rc >= 0) {
		l.errors = (unsigned)rc;
		l.said = rc > 0;
		rc = compile(&l, ret);
	}
	ld_folder_release(&folder);
	return rc;
}
