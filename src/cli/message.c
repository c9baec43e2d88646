/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido message: outgoing messages, where they are and why. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MS = 10000, LIST_LIMIT = 50 };

static void field(const char *name, const char *value)
{
	printf("%-10s", name);
	put_line(stdout, value);
}

static void number_field(const char *name, int64_t value)
{
	printf("%-10s%lld\n", name, (long long)value);
}

static void show(struct cli *cli, const json_t *m)
{
	static const char *const texts[] = { "state", "why", "to", "channel", "chosen", "what", "prio" };
	static const char *const times[] = { "goes", "created", "due", "changed", "expires" };
	char when[24], key[16];

	number_field("message", member_int(m, "message", 0));
	for (size_t i = 0; i < LD_ARRAY_SIZE(texts); i++)
		if (*member_text(m, texts[i], ""))
			field(texts[i], member_text(m, texts[i], ""));
	for (size_t i = 0; i < LD_ARRAY_SIZE(times); i++) {
		snprintf(key, sizeof(key), "%s_ms", times[i]);
		if (member_int(m, key, 0))
			field(times[i], show_time(cli, member_int(m, key, 0), when));
	}
	number_field("parts", member_int(m, "parts", 0));
	number_field("tries", member_int(m, "tries", 0));
	if (member_text(m, "text", NULL))
		draw_frame(cli, stdout, "", member_text(m, "text", ""), "");
}

static void list(struct cli *cli, const json_t *o)
{
	const json_t *rows = json_object_get(o, "messages"), *m;
	char when[24];
	size_t i;

	printf("%-8s %-10s %-8s %-22s %-20s %-20s %s\n", "message", "state", "to", "what", "changed",
	       "goes", "why");
	json_array_foreach(rows, i, m) {
		printf("%-8lld ", (long long)member_int(m, "message", 0));
		printf("%-10.10s ", member_text(m, "state", "?"));
		printf("%-8.8s ", member_text(m, "to", "?"));
		printf("%-22.35s ", member_text(m, "what", ""));
		printf("%-20s ", show_time(cli, member_int(m, "changed_ms", 0), when));
		printf("%-20s ", member_int(m, "goes_ms", 0) ?
		       show_time(cli, member_int(m, "goes_ms", 0), when) : "");
		put_line(stdout, member_text(m, "why", ""));
	}
	if (json_is_true(json_object_get(o, "more")))
		printf("... and more; the options choose\n");
}

/* What list chooses by: a member of the request each. */
enum { N_FILTERS = 5 };
static const char *const filters[N_FILTERS] = { "state", "prio", "channel", "what", "phone" };

static json_t *request(const struct cli *cli, const char *const by[N_FILTERS], int limit)
{
	const char *word = cli->args[0];
	char *end;
	long long id;

	if (strcmp(word, "list") == 0 && cli->n_args == 1) {
		json_t *o = json_pack("{s:s,s:i}", "cmd", "message.list", "limit", limit);

		for (int i = 0; i < N_FILTERS; i++)
			if (by[i])
				json_object_set_new(o, filters[i], json_string(by[i]));
		return o;
	}
	if ((strcmp(word, "show") != 0 && strcmp(word, "cancel") != 0) || cli->n_args != 2)
		return NULL;
	errno = 0;
	id = strtoll(cli->args[1], &end, 10);
	if (errno != 0 || *end != '\0' || id <= 0)
		return NULL;
	return json_pack("{s:s,s:I}", "cmd", word[0] == 'c' ? "message.cancel" : "message.show",
			 "message", (json_int_t)id);
}

int run_message(struct cli *cli, int argc, char **argv)
{
	const char *by[N_FILTERS] = { NULL };
	int limit = LIST_LIMIT;
	bool json = false;
	const struct cli_option options[] = {
		{ .name = "state", .value = "STATE", .text = &by[0],
		  .help = "list: queued, held, intent, sent, delivered, failed, unknown, cancelled" },
		{ .name = "prio", .value = "WORD", .text = &by[1],
		  .help = "list: reply, help, lesson, reminder, broadcast" },
		{ .name = "channel", .value = "NAME", .text = &by[2],
		  .help = "list: for this channel (\"\": for whichever is free)" },
		{ .name = "what", .value = "KIND", .text = &by[3],
		  .help = "list: of this kind, as the list names it: COURSE_DONE, \"campaign 7\"" },
		{ .name = "to", .value = "NUMBER", .text = &by[4], .help = "list: to this number" },
		{ .name = "limit", .value = "N", .number = &limit, .min = 1, .max = 500,
		  .help = "list: at most so many (50)" },
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 1, 2);
	json_t *o, *answer = NULL;

	if (code >= 0)
		return code;
	o = request(cli, by, limit);
	if (!o)
		return complain(EXIT_USAGE, "laido message: show ID, cancel ID, or list");
	code = door_ask(cli, o, MESSAGE_MS, &answer);
	if (code == EXIT_DONE && json)
		code = print_json(answer);
	else if (code == EXIT_DONE && json_object_get(answer, "messages"))
		list(cli, answer);
	else if (code == EXIT_DONE)
		show(cli, answer);
	json_decref(answer);
	return code;
}
