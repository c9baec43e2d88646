/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido check: what an operator should mend before residents see it. */
#include "cli.h"

#include <string.h>

#include "laido/schedule/check.h"

struct findings {
	unsigned errors, warnings;
	json_t *list;           /* NULL: print them at once */
};

void put_finding(const char *file, int line, const char *level, const char *message)
{
	put_safe(stdout, file, strlen(file));
	printf(":%d: ", line);
	put_safe(stdout, level, strlen(level));
	printf(": ");
	put_line(stdout, message);
}

static void on_finding(void *arg, const struct ld_finding *f)
{
	struct findings *t = arg;
	const char *level = f->error ? "error" : "warning";

	*(f->error ? &t->errors : &t->warnings) += 1;
	if (t->list)
		json_array_append_new(t->list, json_pack("{s:s, s:i, s:s, s:s}", "file", f->file,
							 "line", f->line, "level", level,
							 "message", f->message));
	else
		put_finding(f->file, f->line, level, f->message);
}

/* Compiles the folder to compare with; its own mistakes are not today's matter. */
static void ignore(void *arg, const struct ld_finding *f)
{
	(void)arg;
	(void)f;
}

static int against(struct cli *cli, const struct ld_content *c, const char *dir,
		   struct findings *found)
{
	struct ld_content *old = NULL;
	int rc = cli_content_load(cli, dir, ignore, NULL, &old);

	if (rc < 0)
		return complain(EXIT_CHECK, "%s: cannot be compiled, so nothing was compared: %s",
				dir, ld_strerror(rc));
	ld_content_check_change(c, old, on_finding, found);
	ld_content_free(old);
	return EXIT_DONE;
}

static int show(const struct ld_content *c, const char *dir, const struct findings *found, int code)
{
	bool failed = !c || found->errors > 0;

	if (found->list) {
		json_t *o = json_pack("{s:s, s:O, s:i, s:i}", "dir", dir, "findings", found->list,
				      "errors", (int)found->errors, "warnings",
				      (int)found->warnings);
		if (c)
			json_object_update_new(o, json_pack("{s:i, s:i, s:i}", "screens",
							    (int)c->n_screens, "courses",
							    (int)c->n_courses, "codes",
							    (int)c->n_codes));
		if (print_json(o) != EXIT_DONE)
			code = EXIT_CHECK;
		json_decref(o);
	} else {
		if (c)
			printf("%s: %u screens, %u courses, %u codes\n", dir, c->n_screens,
			       c->n_courses, c->n_codes);
		printf("%u errors, %u warnings\n", found->errors, found->warnings);
	}
	return failed ? EXIT_CHECK : code;
}

int run_check(struct cli *cli, int argc, char **argv)
{
	const char *old = NULL;
	bool json = false;
	const struct cli_option options[] = {
		{ .name = "against", .value = "OLDDIR", .text = &old,
		  .help = "also: no key, code or lesson of OLDDIR has changed its meaning" },
		{ .name = "json", .flag = &json, .help = "for programs" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 1);
	struct ld_content *content = NULL;
	struct findings found = { 0 };
	const char *dir;
	int rc;

	if (code >= 0)
		return code;
	dir = cli_content_dir(cli);
	found.list = json ? json_array() : NULL;
	rc = cli_content_load(cli, dir, on_finding, &found, &content);
	if (rc < 0 && found.errors == 0) {
		json_decref(found.list);
		return complain(EXIT_CHECK, "%s: %s", dir, ld_strerror(rc));
	}
	code = EXIT_DONE;
	if (rc == 0) {
		ld_schedule_check(content, on_finding, &found);
		if (old)
			code = against(cli, content, old, &found);
	}
	code = show(content, dir, &found, code);
	json_decref(found.list);
	ld_content_free(content);
	return code;
}
