/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido reload and rebuild. */
#include "cli.h"

enum { RELOAD_MS = 60 * 1000, REBUILD_MS = 60 * 60 * 1000 };

static const struct cli_option no_options[] = { { .name = NULL } };

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
