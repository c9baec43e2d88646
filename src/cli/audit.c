/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido audit: who with a duty has seen what of others. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { AUDIT_MS = 30000 };

static void list(struct cli *cli, const json_t *o)
{
	const json_t *rows = json_object_get(o, "audit"), *r;
	char at[24];
	size_t i;

	if (json_array_size(rows) == 0)
		printf("Nobody with a duty has looked at others' data in that time.\n");
	json_array_foreach(rows, i, r) {
		const char *about = member_text(r, "about", "");

		printf("%s  %s  %-9s %4lld", show_time(cli, member_int(r, "at_ms", 0), at),
		       member_text(r, "who", "?"), member_text(r, "what", "?"),
		       (long long)member_int(r, "people", 0));
		if (member_int(r, "tdp", 0))
			printf("  to %lld", (long long)member_int(r, "tdp", 0));
		if (*about)
			printf("  %s", about);
		printf("  ");
		put_line(stdout, member_text(r, "name", ""));
	}
}

int run_audit(struct cli *cli, int argc, char **argv)
{
	bool json = false;
	const char *days = NULL;
	const struct cli_option options[] = {
		{ .name = "days", .value = "N", .text = &days, .help = "so far back; 90" },
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 0);
	json_t *ask, *o = NULL;
	char *end = NULL;
	long n = days ? strtol(days, &end, 10) : 0;

	if (code >= 0)
		return code;
	if (days && (*end || n < 1))
		return complain(EXIT_USAGE, "--days: a number of days, 1 or more");
	ask = json_pack("{s:s,s:I}", "cmd", "audit", "days", (json_int_t)n);
	code = door_ask(cli, ask, AUDIT_MS, &o);
	if (code == EXIT_DONE && json)
		code = print_json(o);
	else if (code == EXIT_DONE)
		list(cli, o);
	json_decref(o);
	return code;
}
