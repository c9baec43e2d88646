/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido lrs: what laido-ward tells a learning record store, and what that does not take. */
#include "cli.h"

#include <string.h>

enum { LRS_MS = 10000 };

static void list(struct cli *cli, const json_t *o)
{
	const json_t *l = json_object_get(o, "lrs"), *rows = json_object_get(o, "refused"), *r;
	char when[24];
	size_t i;

	printf("LRS: %lld wait, %lld refused, last taken %s\n",
	       (long long)member_int(l, "waiting", 0), (long long)member_int(l, "refused", 0),
	       show_time(cli, member_int(l, "last_ms", 0), when));
	if (*member_text(l, "why", ""))
		put_line(stdout, member_text(l, "why", ""));
	json_array_foreach(rows, i, r) {
		printf("%s  ", member_text(r, "statement", "?"));
		put_line(stdout, member_text(r, "why", ""));
		put_line(stdout, member_text(r, "body", ""));
	}
}

int run_lrs(struct cli *cli, int argc, char **argv)
{
	bool json = false;
	const struct cli_option options[] = {
		{ .name = "json", .flag = &json, .help = "the server's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 1);
	const char *verb = code < 0 && cli->n_args ? cli->args[0] : "list";
	json_t *o = NULL;

	if (code >= 0)
		return code;
	if (strcmp(verb, "list") != 0 && strcmp(verb, "retry") != 0)
		return complain(EXIT_USAGE, "lrs %s: list or retry", verb);
	code = door_ask(cli, json_pack("{s:s, s:s}", "cmd", "lrs", "do", verb), LRS_MS, &o);
	if (code == EXIT_DONE && json)
		code = print_json(o);
	else if (code == EXIT_DONE && strcmp(verb, "retry") == 0)
		printf("%lld wait once more.\n", (long long)member_int(o, "again", 0));
	else if (code == EXIT_DONE)
		list(cli, o);
	json_decref(o);
	return code;
}
