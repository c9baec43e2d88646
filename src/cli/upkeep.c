/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido reload, rebuild and check. */
#include "cli.h"

#include <string.h>

#include "laido/content/check.h"
#include "laido/session/session.h"

enum { RELOAD_MS = 60 * 1000, REBUILD_MS = 60 * 60 * 1000 };

static const struct cli_option no_options[] = { { .name = NULL } };

static void put_finding(const char *file, int line, const char *level, const char *message)
{
	put_safe(stdout, file, strlen(file));
	printf(":%d: ", line);
	put_safe(stdout, level, strlen(level));
	printf(": ");
	put_line(stdout, message);
}

int run_reload(struct cli *cli, int argc, char **argv)
{
	int code = cli_options(cli, no_options, argc, argv, 0, 0);
	json_t *o = NULL, *f;
	size_t i;

	if (code >= 0)
		return code;
	code = door_ask(cli, json_pack("{s:s}", "cmd", "reload"), RELOAD_MS, &o);
	json_array_foreach(json_object_get(o, "findings"), i, f)
		put_finding(member_text(f, "file", "?"), (int)member_int(f, "line", 0),
			    member_text(f, "level", "?"), member_text(f, "message", "?"));
	if (code == EXIT_DONE)
		printf("Read again: %lld screens, %lld courses.\n",
		       (long long)member_int(o, "screens", 0),
		       (long long)member_int(o, "courses", 0));
	else if (o)
		printf("Nothing has changed; the old content stays.\n");
	json_decref(o);
	return code;
}

int run_rebuild(struct cli *cli, int argc, char **argv)
{
	int code = cli_options(cli, no_options, argc, argv, 0, 0);
	json_t *o = NULL;

	if (code >= 0)
		return code;
	code = door_ask(cli, json_pack("{s:s}", "cmd", "rebuild"), REBUILD_MS, &o);
	if (code == EXIT_DONE) {
		bool equal = json_is_true(json_object_get(o, "equal"));

		printf("before  %8lld rows  %s\n", (long long)member_int(o, "rows_before", -1),
		       member_text(o, "digest_before", "?"));
		printf("after   %8lld rows  %s\n", (long long)member_int(o, "rows_after", -1),
		       member_text(o, "digest_after", "?"));
		printf("%s (%lld ms)\n",
		       equal ? "Equal: the tables were as the event log says."
			     : "NOT equal: the tables had gone wrong and are right now. Please "
			       "report "
			       "this.",
		       (long long)member_int(o, "ms", 0));
		code = equal ? EXIT_DONE : EXIT_CHECK;
	}
	json_decref(o);
	return code;
}

struct tally {
	unsigned errors, warnings;
};

static void on_finding(void *arg, const struct ld_finding *f)
{
	struct tally *t = arg;

	*(f->error ? &t->errors : &t->warnings) += 1;
	put_finding(f->file, f->line, f->error ? "error" : "warning", f->message);
}

int run_check(struct cli *cli, int argc, char **argv)
{
	int code = cli_options(cli, no_options, argc, argv, 0, 1);
	struct ld_content_options opt = { .actions = ld_session_actions(),
					  .outcomes = ld_session_outcomes() };
	struct ld_content *content = NULL;
	struct tally tally = { 0 };
	const char *dir;
	int rc;

	if (code >= 0)
		return code;
	dir = cli->n_args > 0 ? cli->args[0] : cli->config.content_dir;
	opt.approve_all = cli->config.approve_all;
	opt.now_ms = ld_clock_utc_ms(&cli->clock.clock, NULL);
	rc = ld_content_load(dir, &opt, on_finding, &tally, &content);
	if (rc < 0 && tally.errors == 0)
		return complain(EXIT_CHECK, "%s: %s", dir, ld_strerror(rc));
	if (rc == 0) {
		ld_content_check(content, on_finding, &tally);
		printf("%s: %u screens, %u courses, %u codes\n", dir, content->n_screens,
		       content->n_courses, content->n_codes);
	}
	ld_content_free(content);
	printf("%u errors, %u warnings\n", tally.errors, tally.warnings);
	return rc < 0 || tally.errors > 0 ? EXIT_CHECK : EXIT_DONE;
}
