/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A copy of conf/content in a folder of its own, to be changed and loaded. */
#ifndef LAIDO_TESTS_CONTENT_FOLDER_H
#define LAIDO_TESTS_CONTENT_FOLDER_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "laido/content/check.h"

enum { FOLDER_FOUND_MAX = 64 };

static const char *const folder_files[] = {
	"menu.conf", "messages.conf", "commands.conf", "codes.conf", "values.conf",
	"courses/vneid.conf", "courses/dvc.conf", "courses/luadao.conf", "courses/choso.conf",
	"courses/caotuoi.conf", "courses/hocsinh.conf", "courses/giadinh.conf",
};
enum { FOLDER_FILES = sizeof(folder_files) / sizeof(folder_files[0]) };

enum { FOLDER_ACTIONS_MAX = 128 };

struct folder {
	char dir[64];
	unsigned n_found, errors;
	struct ld_finding found[FOLDER_FOUND_MAX];
	char files[FOLDER_FOUND_MAX][160];
	unsigned n_actions;
	const char *actions[FOLDER_ACTIONS_MAX], *outcomes[FOLDER_ACTIONS_MAX];
	char *shipped;          /* menu.conf, cut into words: what the two above point into */
};

static inline char *folder_slurp(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, 1 << 20);

	if (!f || !text || fread(text, 1, (1 << 20) - 1, f) == 0) {
		printf("Bail out! %s cannot be read; run tests from the top of the repository\n",
		       path);
		exit(2);
	}
	fclose(f);
	return text;
}

static inline void folder_write(const struct folder *d, const char *name, const char *text,
				size_t len)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(text, 1, len, f) != len) {
		printf("Bail out! %s cannot be written\n", path);
		exit(2);
	}
	fclose(f);
}

static inline void folder_restore(const struct folder *d, const char *name)
{
	char path[160], *text;

	snprintf(path, sizeof(path), "conf/content/%s", name);
	text = folder_slurp(path);
	folder_write(d, name, text, strlen(text));
	free(text);
}

/* The engine's table as the shipped menu uses it: `do` of every screen, and the words of its `on`.
 * The engine itself stands above this room. */
static inline void folder_learn_action(struct folder *d, char *screen)
{
	char *name = strstr(screen, " do = \""), *on = strstr(screen, " on = {"), *words;
	unsigned i = 0;

	if (!name)
		return;
	name += strlen(" do = \"");
	name[strcspn(name, "\"")] = '\0';
	while (i < d->n_actions && strcmp(d->actions[i], name) != 0)
		i++;
	if (i == d->n_actions) {
		d->actions[d->n_actions++] = name;
		d->outcomes[i] = strdup("");
	}
	if (!on)
		return;
	words = calloc(1, strlen(d->outcomes[i]) + strlen(on) + 2);
	strcpy(words, d->outcomes[i]);
	for (on += strlen(" on = {"); *on && *on != '}'; on++) {
		size_t n = strspn(on, "abcdefghijklmnopqrstuvwxyz_");

		if (n == 0)
			continue;
		strcat(words, " ");
		strncat(words, on, n);
		on += strcspn(on, ";}");
	}
	free((char *)d->outcomes[i]);
	d->outcomes[i] = words;
}

static inline void folder_learn_actions(struct folder *d)
{
	char *screen, *next;

	d->shipped = folder_slurp("conf/content/menu.conf");
	for (screen = strstr(d->shipped, "{ id = "); screen; screen = next) {
		next = strstr(screen + 1, "{ id = ");
		if (next)
			next[-1] = '\0';
		if (d->n_actions + 1 < FOLDER_ACTIONS_MAX)
			folder_learn_action(d, screen);
	}
}

static inline void folder_make(struct folder *d)
{
	char courses[80];

	memset(d, 0, sizeof(*d));
	snprintf(d->dir, sizeof(d->dir), "%s/laido-content-XXXXXX", P_tmpdir);
	if (!mkdtemp(d->dir)) {
		printf("Bail out! no temporary folder\n");
		exit(2);
	}
	snprintf(courses, sizeof(courses), "%s/courses", d->dir);
	mkdir(courses, 0700);
	for (unsigned i = 0; i < FOLDER_FILES; i++)
		folder_restore(d, folder_files[i]);
	folder_learn_actions(d);
}

static inline void folder_remove(struct folder *d)
{
	char path[160];

	for (unsigned i = 0; i < FOLDER_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", d->dir, folder_files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/courses", d->dir);
	rmdir(path);
	rmdir(d->dir);
	for (unsigned i = 0; i < d->n_actions; i++)
		free((char *)d->outcomes[i]);
	free(d->shipped);
}

static inline void folder_found(void *arg, const struct ld_finding *f)
{
	struct folder *d = arg;

	d->errors += f->error;
	if (d->n_found == FOLDER_FOUND_MAX)
		return;
	d->found[d->n_found] = *f;
	snprintf(d->files[d->n_found++], sizeof(d->files[0]), "%s", f->file);
}

static inline void folder_print(const struct folder *d)
{
	for (unsigned i = 0; i < d->n_found; i++)
		printf("# %s:%d: %s: %s\n", d->files[i], d->found[i].line,
		       d->found[i].error ? "error" : "warning", d->found[i].message);
}

static inline int folder_load(struct folder *d, bool approve_all, int64_t now_ms,
			      struct ld_content **ret)
{
	struct ld_content_options opt = { .approve_all = approve_all, .now_ms = now_ms,
					  .actions = d->actions, .outcomes = d->outcomes };

	d->n_found = d->errors = 0;
	return ld_content_load(d->dir, &opt, folder_found, d, ret);
}

/* Replace the first `from` behind the first `after` (NULL: the beginning) in a fresh copy of the
 * file. Returns the line where `from` stood. */
static inline int folder_change(const struct folder *d, const char *name, const char *after,
				const char *from, const char *to)
{
	char path[160], *text, *at, *out;
	int line = 1;

	snprintf(path, sizeof(path), "conf/content/%s", name);
	text = folder_slurp(path);
	at = after ? strstr(text, after) : text;
	at = at ? strstr(at, from) : NULL;
	if (!at) {
		printf("Bail out! %s has no \"%s\" behind \"%s\"\n", name, from, after ? after : "");
		exit(2);
	}
	for (const char *p = text; p < at; p++)
		line += *p == '\n';
	out = malloc(strlen(text) + strlen(to) + 1);
	memcpy(out, text, (size_t)(at - text));
	memcpy(out + (at - text), to, strlen(to));
	memcpy(out + (at - text) + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
	folder_write(d, name, out, strlen(out));
	free(out);
	free(text);
	return line;
}

/* Whether an error with these words stands at this line of the file (line 0: anywhere in it). */
static inline bool folder_has(const struct folder *d, bool error, const char *name, int line,
			      const char *words)
{
	for (unsigned i = 0; i < d->n_found; i++) {
		const struct ld_finding *f = &d->found[i];
		size_t n = strlen(d->files[i]), m = strlen(name);

		if (f->error == error && (line == 0 || f->line == line) && n > m &&
		    strcmp(d->files[i] + n - m, name) == 0 && strstr(f->message, words))
			return true;
	}
	return false;
}

#endif
