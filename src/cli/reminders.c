/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido reminders: what the ward tells its people, when, to whom, and the pause of everything. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { REMINDERS_MS = 60000, VALUES_MAX = 320 };

struct wanted {
	const char *message, *to, *when;
	bool json;
};

static void first_days(const json_t *o)
{
	const json_t *days = json_object_get(o, "days"), *day;
	size_t i;

	json_array_foreach(days, i, day)
		printf("%s%s", i ? " " : "", json_string_value(day));
	putchar('\n');
}

static void list(const json_t *o)
{
	const json_t *row;
	size_t i;

	if (json_is_true(json_object_get(o, "paused")))
		printf("The ward rests: nothing unasked goes out. `laido reminders resume` ends it.\n");
	json_array_foreach(json_object_get(o, "campaigns"), i, row) {
		printf("%-7lld %-10.10s %-14.23s ", (long long)member_int(row, "campaign", 0),
		       member_text(row, "state", "?"), member_text(row, "message", ""));
		put_safe(stdout, member_text(row, "to", ""), strlen(member_text(row, "to", "")));
		printf(" | %s | ", member_text(row, "when", ""));
		if (member_int(row, "rate", 0))
			printf("%lld an hour | ", (long long)member_int(row, "rate", 0));
		first_days(row);
	}
	json_array_foreach(json_object_get(o, "reminders"), i, row) {
		printf("%-18.18s %-8.8s %-9s %s | ", member_text(row, "key", ""),
		       member_text(row, "kind", ""), json_is_true(json_object_get(row, "sent")) ?
		       "sent" : "waits", member_text(row, "when", ""));
		first_days(row);
	}
}

/* Append "3 days", "1 day". */
static void counted(char *ret, size_t size, int64_t n, const char *one, const char *many)
{
	size_t used = strlen(ret);

	snprintf(ret + used, size - used, "%s%lld %s", used ? ", " : "", (long long)n,
		 n == 1 ? one : many);
}

static void preview(struct cli *cli, const json_t *o)
{
	char caption[160] = "";

	counted(caption, sizeof(caption), member_int(o, "people", 0), "person", "people");
	counted(caption, sizeof(caption), member_int(o, "parts", 0), "part", "parts");
	counted(caption, sizeof(caption), member_int(o, "vnd", 0), "VND", "VND");
	counted(caption, sizeof(caption), member_int(o, "days_to_send", 0), "day", "days");
	draw_frame(cli, stdout, "", member_text(o, "text", ""), caption);
	printf("goes on: ");
	first_days(json_object_get(o, "what"));
}

/* "name=text" words as lines; false: one is none. */
static bool values_of(const struct cli *cli, char ret[VALUES_MAX])
{
	size_t used = 0;

	ret[0] = '\0';
	for (int i = 1; i < cli->n_args; i++) {
		size_t n = strlen(cli->args[i]);

		if (!strchr(cli->args[i], '=') || strchr(cli->args[i], '\n') ||
		    used + n + 2 > VALUES_MAX)
			return false;
		memcpy(ret + used, cli->args[i], n);
		ret[used + n] = '\n';
		used += n + 1;
		ret[used] = '\0';
	}
	return true;
}

static json_t *request(const struct cli *cli, const struct wanted *w, int *ret_code)
{
	static const char *const of_one[] = { "preview", "approve", "cancel", "hold", "resume" };
	const char *what = cli->args[0];
	char values[VALUES_MAX], *end;
	long long id, rate;

	if (strcmp(what, "add") == 0) {
		if (!w->message || !w->to || !w->when || !values_of(cli, values)) {
			*ret_code = complain(EXIT_USAGE, "add --message REMIND_EVENT --to \"market "
					     "Dinh Cong\" --when \"24/12/2026 09:00\" title=... "
					     "time=... place=...");
			return NULL;
		}
		return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "cmd", "reminders", "do", what,
				 "message", w->message, "to", w->to, "when", w->when, "values",
				 values);
	}
	if (cli->n_args == 1 && (strcmp(what, "list") == 0 || strcmp(what, "pause") == 0 ||
				 strcmp(what, "resume") == 0))
		return json_pack("{s:s,s:s}", "cmd", "reminders", "do", what);
	id = cli->n_args >= 2 ? strtoll(cli->args[1], &end, 10) : 0;
	for (size_t i = 0; i < LD_ARRAY_SIZE(of_one) && id > 0 && *end == '\0'; i++)
		if (strcmp(what, of_one[i]) == 0 && cli->n_args == 2)
			return json_pack("{s:s,s:s,s:I}", "cmd", "reminders", "do", what, "campaign",
					 (json_int_t)id);
	if (id > 0 && *end == '\0' && strcmp(what, "rate") == 0 && cli->n_args == 3) {
		rate = strtoll(cli->args[2], &end, 10);
		if (end != cli->args[2] && *end == '\0')
			return json_pack("{s:s,s:s,s:I,s:I}", "cmd", "reminders", "do", what,
					 "campaign", (json_int_t)id, "rate", (json_int_t)rate);
	}
	*ret_code = complain(EXIT_USAGE, "list, add, preview ID, approve ID, cancel ID, hold ID, "
			     "resume ID, rate ID MESSAGES_AN_HOUR, pause or resume; `laido reminders "
			     "--help` tells more");
	return NULL;
}

static void show(struct cli *cli, const json_t *o)
{
	const char *what = cli->args[0];

	if (strcmp(what, "list") == 0)
		list(o);
	else if (strcmp(what, "preview") == 0)
		preview(cli, o);
	else if (strcmp(what, "add") == 0)
		printf("campaign %lld is a draft; look at it (preview), then approve it\n",
		       (long long)member_int(o, "campaign", 0));
	else if (strcmp(what, "pause") == 0)
		printf("nothing unasked goes out any more; `laido reminders resume` ends it\n");
	else
		printf("done\n");
}

int run_reminders(struct cli *cli, int argc, char **argv)
{
	struct wanted w = { 0 };
	const struct cli_option table[] = {
		{ .name = "message", .value = "NAME", .help = "of messages.conf, REMIND_..., SCAM_WARN, BROADCAST",
		  .text = &w.message },
		{ .name = "to", .value = "WHOM", .help = "all learners, to 12, market NAME, "
		  "not begun VNEID", .text = &w.to },
		{ .name = "when", .value = "WHEN", .help = "24/12/2026 09:00, day 5 -1d, lunar 15, "
		  "rrule FREQ=..., now", .text = &w.when },
		{ .name = "json", .help = "the daemon's answer as it is", .flag = &w.json },
		{ .name = NULL },
	};
	int code = cli_options(cli, table, argc, argv, 1, 16);
	json_t *in, *o = NULL;

	if (code >= 0)
		return code;
	in = request(cli, &w, &code);
	if (!in)
		return code;
	code = door_ask(cli, in, REMINDERS_MS, &o);
	if (code == EXIT_DONE && w.json)
		code = print_json(o);
	else if (code == EXIT_DONE)
		show(cli, o);
	json_decref(o);
	return code;
}
