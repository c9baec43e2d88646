/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido home: which board sends lessons and reminders to whom, and moving learners to another. */
#include "cli.h"

#include <string.h>

enum { HOME_MS = 30000, SILENT_DAYS = 14 };

static void list(struct cli *cli, const json_t *o)
{
	char heard[24], term[24], until[24];
	int64_t now = ld_clock_utc_ms(&cli->clock.clock, NULL);
	const json_t *h;
	size_t i;

	printf("%-32s %-8s %8s %8s  %-19s  %s\n", "BOARD", "KEY", "LEARNERS", "WAITING", "HEARD LAST",
	       "MAY SEND UNTIL");
	json_array_foreach(json_object_get(o, "homes"), i, h) {
		put_safe(stdout, member_text(h, "name", "?"), strlen(member_text(h, "name", "?")));
		printf("%*s %.8s %8lld %8lld  ", 32 - (int)strlen(member_text(h, "name", "?")), "",
		       member_text(h, "key", "?"), (long long)member_int(h, "learners", 0),
		       (long long)member_int(h, "waiting", 0));
		if (json_is_true(json_object_get(h, "self")))
			printf("%-19s  -", "this one");
		else
			printf("%-19s  %s", show_time(cli, member_int(h, "heard_ms", 0), heard),
			       show_time(cli, member_int(h, "term_ms", 0), term));
		if (json_is_true(json_object_get(h, "revoked")))
			printf("  REVOKED");
		putchar('\n');
		if (member_int(h, "learners", 0) && !json_is_true(json_object_get(h, "self")) &&
		    member_int(h, "heard_ms", 0) < now - SILENT_DAYS * INT64_C(86400000))
			printf("  its learners get no lessons any more: nothing was heard of it for 14 "
			       "days. Bring it into contact, or move them\n");
		if (member_int(h, "waiting", 0))
			printf("  %lld wait until their board before has stopped, at the latest until "
			       "%s\n", (long long)member_int(h, "waiting", 0),
			       show_time(cli, member_int(h, "until_ms", 0), until));
	}
}

static void moved(struct cli *cli, const json_t *o, long long n, bool dead)
{
	char until[24];

	printf("%lld learners have moved to %s.", n, member_text(o, "to", "?"));
	if (n && dead)
		printf(" It sends to them as soon as it knows.\n");
	else if (n)
		printf(" It sends to them as soon as the board before has stopped, at the latest from "
		       "%s on.\n", show_time(cli, member_int(o, "until_ms", 0), until));
	else
		putchar('\n');
	if (member_int(o, "left", 0))
		printf("%lld could not be moved: their numbers cannot be read here.\n",
		       (long long)member_int(o, "left", 0));
}

/* So many at once that menus never wait: until nobody is left. */
static int move(struct cli *cli, const json_t *in, bool dead, bool json)
{
	long long all = 0, n = 1;
	int code = EXIT_DONE;
	json_t *o = NULL;

	while (code == EXIT_DONE && n > 0) {
		json_decref(o);
		o = NULL;
		code = door_ask(cli, json_deep_copy(in), HOME_MS, &o);
		n = code == EXIT_DONE ? (long long)member_int(o, "moved", 0) : 0;
		all += n;
	}
	if (code == EXIT_DONE) {
		json_object_set_new(o, "moved", json_integer((json_int_t)all));
		if (json)
			code = print_json(o);
		else
			moved(cli, o, all, dead);
	}
	json_decref(o);
	return code;
}

int run_home(struct cli *cli, int argc, char **argv)
{
	const char *from = "", *to = "", *number = "";
	bool dead = false, json = false;
	const struct cli_option options[] = {
		{ .name = "from", .value = "BOARD", .text = &from, .help = "all who live there (move)" },
		{ .name = "number", .value = "NUMBER", .text = &number,
		  .help = "the learners of one number (move)" },
		{ .name = "to", .value = "BOARD", .text = &to, .help = "where they go (move)" },
		{ .name = "dead", .flag = &dead, .help = "the board before sends nothing any more: "
		  "broken, switched off, or its SIMs are blocked; nobody waits for it (move)" },
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 1, 1);
	json_t *in, *o = NULL;

	if (code >= 0)
		return code;
	if (strcmp(cli->args[0], "move") == 0 && *to && (*from != '\0') != (*number != '\0')) {
		in = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b}", "cmd", "home", "do", "move", "from", from,
			       "to", to, "number", number, "dead", dead);
		code = move(cli, in, dead, json);
		json_decref(in);
		return code;
	}
	if (strcmp(cli->args[0], "list") != 0)
		return complain(EXIT_USAGE, "laido home list | move --from BOARD --to BOARD [--dead] | "
				"move --number NUMBER --to BOARD");
	code = door_ask(cli, json_pack("{s:s,s:s}", "cmd", "home", "do", "list"), HOME_MS, &o);
	if (code == EXIT_DONE && json)
		code = print_json(o);
	else if (code == EXIT_DONE)
		list(cli, o);
	json_decref(o);
	return code;
}
