/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a content folder. */
#include "impl.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const files[] = { "values.conf", "messages.conf", "menu.conf", "commands.conf",
				     "codes.conf" };
static const char optional[] = "reminders.conf";        /* a ward may have none */

struct reading {
	const char *dir;
	ld_finding_cb cb;
	void *arg;
	struct ld_folder *to;
	int errors;
};

static void complain(struct reading *r, const char *path, const char *what)
{
	struct ld_finding f = { .file = path, .error = true };

	snprintf(f.message, sizeof(f.message), "%s", what);
	r->errors++;
	r->cb(r->arg, &f);
}

static void read_one(struct reading *r, const char *name)
{
	char path[1024], what[128];
	char *text = NULL;
	size_t len = 0;
	int rc;

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	if (!ld_folder_name_ok(name)) {
		complain(r, path, "name the file with small letters, digits, - and _ only");
		return;
	}
	rc = ld_reader_file(path, &text, &len);
	if (rc == 0)
		rc = ld_folder_add(r->to, name, text, len);
	free(text);
	if (rc < 0) {
		snprintf(what, sizeof(what), "cannot be read: %s", ld_strerror(rc));
		complain(r, path, what);
	}
}

static int is_conf(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 && strcmp(d->d_name + len - 5, ".conf") == 0;
}

static void read_courses(struct reading *r)
{
	struct dirent **names = NULL;
	char path[1024];
	int n;

	snprintf(path, sizeof(path), "%s/courses", r->dir);
	n = scandir(path, &names, is_conf, alphasort);
	for (int i = 0; i < n; i++) {
		char name[300];

		snprintf(name, sizeof(name), "courses/%s", names[i]->d_name);
		read_one(r, name);
		free(names[i]);
	}
	free(names);
}

int ld_content_read(const char *dir, ld_finding_cb cb, void *arg, struct ld_folder *ret)
{
	struct reading r = { .dir = dir, .cb = cb, .arg = arg, .to = ret };
	char path[1024];

	for (size_t i = 0; i < LD_ARRAY_SIZE(files); i++)
		read_one(&r, files[i]);
	snprintf(path, sizeof(path), "%s/%s", dir, optional);
	if (access(path, F_OK) == 0)
		read_one(&r, optional);
	read_courses(&r);
	return r.errors;
}
