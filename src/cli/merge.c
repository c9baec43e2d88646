/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido merge: two numbers, one person. */
#include "cli.h"

#include <string.h>

enum { MERGE_MS = 30000 };

static int said(const json_t *o, bool commit)
{
	const char *why = member_text(o, "why", "");

	if (*why) {
		printf("Not joined: %s.\n", why);
		return EXIT_CHECK;
	}
	printf(commit ? "Joined: results count for both, lessons come to the second number.\n"
		      : "They can be joined. Nothing is changed yet; with --commit it is.\n");
	return EXIT_DONE;
}

int run_merge(struct cli *cli, int argc, char **argv)
{
	bool json = false, commit = false;
	const struct cli_option options[] = {
		{ .name = "commit", .flag = &commit, .help = "do it; without, it only looks" },
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 2, 2);
	json_t *o = NULL;

	if (code >= 0)
		return code;
	code = door_ask(cli, json_pack("{s:s,s:s,s:s,s:b}", "cmd", "merge", "from", cli->args[0],
				       "to", cli->args[1], "commit", commit), MERGE_MS, &o);
	if (code == EXIT_DONE)
		code = json ? print_json(o) : said(o, commit);
	json_decref(o);
	return code;
}
