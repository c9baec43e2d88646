/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido verify: is a completion code true, and is it of whoever shows it? */
#include "cli.h"

#include <string.h>

enum { VERIFY_MS = 30000 };

static bool is(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static int verdict(struct cli *cli, const json_t *o)
{
	char when[24];

	if (!is(o, "readable")) {
		printf("NOT a code: eleven digits are wanted, and these do not fit together. Misread?\n");
		return EXIT_CHECK;
	}
	if (!is(o, "genuine")) {
		printf("NOT genuine: nobody known to this board has this code.\n");
		return EXIT_CHECK;
	}
	printf("Genuine: course %s, completed %s.\n", member_text(o, "course", "?"),
	       show_time(cli, member_int(o, "completed_ms", 0), when));
	if (member_int(o, "ward_ms", 0))
		printf("Confirmed by the ward %s.\n", show_time(cli, member_int(o, "ward_ms", 0), when));
	else
		printf("Not yet known to the ward, or this board has not heard so.\n");
	if (!json_object_get(o, "owner"))
		return EXIT_DONE;
	printf(is(o, "owner") ? "It belongs to a learner of that number.\n"
			      : "It does NOT belong to that number.\n");
	return is(o, "owner") ? EXIT_DONE : EXIT_CHECK;
}

int run_verify(struct cli *cli, int argc, char **argv)
{
	bool json = false;
	const struct cli_option options[] = {
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 1, 2);
	json_t *ask, *o = NULL;

	if (code >= 0)
		return code;
	ask = json_pack("{s:s,s:s}", "cmd", "verify", "code", cli->args[0]);
	if (cli->n_args > 1)
		json_object_set_new(ask, "number", json_string(cli->args[1]));
	code = door_ask(cli, ask, VERIFY_MS, &o);
	if (code == EXIT_DONE)
		code = json ? print_json(o) : verdict(cli, o);
	json_decref(o);
	return code;
}
