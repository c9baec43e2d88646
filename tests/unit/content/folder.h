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

/* The engine's actions as the head of menu.conf lists them. */
static const char *const folder_actions[] = {
	"consent_yes", "consent_no", "learn_next", "lesson", "quiz", "answer", "more", "after",
	"lesson_sms", "course_card", "enrol", "guardian_ticket",
	"guardian_here", "sample", "hour", "score", "code", "review",
	"review_start", "rest", "script", "xung", "tdp", "optout", "erase_ask", "erase", "help",
	"help_cancel", "send_message", "mydata", "resume_go", NULL
};
static const char *const folder_outcomes[] = {
	"guardian", "", "none", "none limit done fail rest", "none", "right wrong", "",
	"lesson limit done fail", "", "in out", "already guardian", "",
	"", "", "", "none", "none nocourse", "none",
	"ok none", "", "", "", "bad", "", "", "bad", "waiting", "", "", "", "gone", NULL
};

struct folder {
	char dir[64];
	unsigned n_found, errors;
	struct ld_finding found[FOLDER_FOUND_MAX];
	char files[FOLDER_FOUND_MAX][160];
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
					  .actions = folder_actions, .outcomes = folder_outcomes };

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
