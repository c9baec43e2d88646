/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido requests: who waits for an answer of the ward. */
#include "cli.h"

#include <string.h>

enum { REQUESTS_MS = 30000 };

static void list(struct cli *cli, const json_t *o)
{
	const json_t *rows = json_object_get(o, "requests"), *r;
	char asked[24], due[24];
	size_t i;

	if (json_array_size(rows) == 0)
		printf("Nobody waits for an answer.\n");
	json_array_foreach(rows, i, r) {
		int64_t due_ms = member_int(r, "due_ms", 0);

		show_time(cli, member_int(r, "asked_ms", 0), asked);
		printf("%-9s %-13s %-14s asked %s", member_text(r, "what", "?"),
		       member_text(r, "ref", "?"),
		       *member_text(r, "number", "") ? member_text(r, "number", "") : "(other board)",
		       asked);
		if (due_ms)
			printf(", due %s%s", show_time(cli, due_ms, due),
			       json_is_true(json_object_get(r, "late")) ? " LATE" : "");
		if (*member_text(r, "help", ""))
			printf(", %s%s%s", member_text(r, "helper", ""),
			       *member_text(r, "helper", "") ? ": " : "", member_text(r, "help", ""));
		printf("  ");
		put_line(stdout, member_text(r, "text", ""));
	}
}

int run_requests(struct cli *cli, int argc, char **argv)
{
	bool json = false;
	const char *answered = NULL;
	const struct cli_option options[] = {
		{ .name = "answered", .value = "REF", .text = &answered,
		  .help = "the request for data or the call for help was answered" },
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 0);
	json_t *ask, *o = NULL;

	if (code >= 0)
		return code;
	ask = json_pack("{s:s}", "cmd", "requests");
	if (answered)
		json_object_set_new(ask, "answered", json_string(answered));
	code = door_ask(cli, ask, REQUESTS_MS, &o);
	if (code == EXIT_DONE && json)
		code = print_json(o);
	else if (code == EXIT_DONE && answered)
		printf("Closed.\n");
	else if (code == EXIT_DONE)
		list(cli, o);
	json_decref(o);
	return code;
}
