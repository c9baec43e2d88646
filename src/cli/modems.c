/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido modems: what they do, and what to do about them. */
#include "cli.h"

#include <string.h>
#include <time.h>

enum { MODEMS_MS = 10000, POLL_MS = 500, TRACE_STREAM = 1 };

/* ---- the table ---- */

static void credit_text(const json_t *m, char *ret, size_t size)
{
	int64_t vnd = member_int(m, "credit_vnd", -1);

	if (vnd >= 0)
		snprintf(ret, size, "%lld", (long long)vnd);
	else
		snprintf(ret, size, "%s", *member_text(m, "credit_text", "") ? "see below" : "-");
}

static void row(const json_t *m)
{
	char credit[24], signal[8], rates[40];

	credit_text(m, credit, sizeof(credit));
	snprintf(signal, sizeof(signal), "%lld", (long long)member_int(m, "signal", -1));
	snprintf(rates, sizeof(rates), "%lld/%lld/%lld/%lld", (long long)member_int(m, "sent_hour", 0),
		 (long long)member_int(m, "failed_hour", 0),
		 (long long)member_int(m, "received_hour", 0),
		 (long long)member_int(m, "calls_hour", 0));
	printf("%-12.20s %-6s %6s  %-14.14s %-7s %-7s %-16s %-10s ", member_text(m, "name", "?"),
	       strcmp(member_text(m, "state", "?"), "up") == 0 ? "up" :
	       strcmp(member_text(m, "state", "?"), "down") == 0 ? "DOWN" : "MUTE",
	       member_int(m, "signal", -1) < 0 ? "-" : signal, member_text(m, "operator", ""),
	       member_text(m, "imei", ""), member_text(m, "imsi", ""), rates, credit);
	put_line(stdout, member_text(m, "model", ""));
}

static void details(struct cli *cli, const json_t *m)
{
	const char *name = member_text(m, "name", "?");
	char when[24];

	if (*member_text(m, "last_error", "")) {
		printf("%s: last error %s: ", name,
		       show_time(cli, member_int(m, "last_error_ms", 0), when));
		put_line(stdout, member_text(m, "last_error", ""));
	}
	if (member_int(m, "credit_vnd", -1) < 0 && *member_text(m, "credit_text", "")) {
		printf("%s: its credit was not understood, correct operators.conf: ", name);
		put_line(stdout, member_text(m, "credit_text", ""));
	}
	if (*member_text(m, "todo", "")) {
		printf("%s: ", name);
		put_line(stdout, member_text(m, "todo", ""));
	}
}

static void table(struct cli *cli, const json_t *o)
{
	const json_t *list = json_object_get(o, "modems"), *m;
	size_t i;

	if (json_array_size(list) == 0) {
		printf("This board has no modems; see \"modems\" in its settings.\n");
		return;
	}
	printf("%-12s %-6s %6s  %-14s %-7s %-7s %-16s %-10s %s\n", "modem", "state", "signal",
	       "operator", "IMEI", "IMSI", "hour s/f/r/calls", "credit", "model");
	json_array_foreach(list, i, m)
		row(m);
	json_array_foreach(list, i, m)
		details(cli, m);
}

/* ---- test ---- */

static bool is_open(const char *state)
{
	return strcmp(state, "queued") == 0 || strcmp(state, "intent") == 0;
}

static void pause_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* Until it has left, or the time is over. */
static int follow(struct cli *cli, int64_t id, int seconds)
{
	int64_t until = cli_mono_ms(cli) + seconds * INT64_C(1000);

	for (;;) {
		json_t *m = NULL;
		int code = door_ask(cli, json_pack("{s:s,s:I}", "cmd", "message.show", "message",
						   (json_int_t)id), MODEMS_MS, &m);
		const char *state = member_text(m, "state", "?");
		bool over = code != EXIT_DONE || !is_open(state) || cli_mono_ms(cli) > until;

		if (over && code == EXIT_DONE) {
			printf("message %lld: ", (long long)id);
			printf("%s%s", state, *member_text(m, "why", "") ? ", " : "");
			put_line(stdout, member_text(m, "why", ""));
			code = strcmp(state, "sent") == 0 || strcmp(state, "delivered") == 0 ?
			       EXIT_DONE : EXIT_CHECK;
		}
		json_decref(m);
		if (over)
			return code;
		pause_ms(POLL_MS);
	}
}

static int test(struct cli *cli, int seconds)
{
	json_t *o = NULL;
	int code = door_ask(cli, json_pack("{s:s,s:s,s:s}", "cmd", "modems.test", "modem",
					   cli->args[1], "phone", cli->args[2]), MODEMS_MS, &o);
	int64_t id = member_int(o, "message", 0);

	json_decref(o);
	return code == EXIT_DONE ? follow(cli, id, seconds) : code;
}

/* ---- trace ---- */

static int show_trace(struct door *d, int seconds)
{
	int64_t until = cli_mono_ms(d->cli) + seconds * INT64_C(1000);

	while (seconds == 0 || cli_mono_ms(d->cli) < until) {
		json_t *m = NULL;
		int rc = door_next(d, POLL_MS, &m);

		if (rc < 0)
			return complain(EXIT_NO_DAEMON, "the daemon has gone");
		if (rc == 0)
			continue;
		if (json_object_get(m, "ok")) {
			int code = complain(EXIT_CHECK, "%s", member_text(m, "error", "it ended"));

			json_decref(m);
			return code;
		}
		printf("%s ", strcmp(member_text(m, "event", ""), "to") == 0 ? ">" : "<");
		put_line(stdout, member_text(m, "line", ""));
		fflush(stdout);
		json_decref(m);
	}
	return EXIT_DONE;
}

static int trace(struct cli *cli, int seconds)
{
	struct door d;
	int code = door_open(&d, cli);

	if (code != EXIT_DONE)
		return code;
	if (door_send(&d, json_pack("{s:s,s:i,s:s}", "cmd", "modems.trace", "id", TRACE_STREAM,
				    "modem", cli->args[1])) < 0)
		code = complain(EXIT_NO_DAEMON, "the daemon has gone");
	else
		code = show_trace(&d, seconds);
	door_close(&d);
	return code;
}

static int accept_sim(struct cli *cli)
{
	json_t *o = NULL;
	int code = door_ask(cli, json_pack("{s:s,s:s}", "cmd", "modems.accept", "modem",
					   cli->args[1]), MODEMS_MS, &o);

	if (code == EXIT_DONE)
		printf("The SIM %s belongs in %s from now on. Try it: laido modems test %s NUMBER\n",
		       member_text(json_object_get(o, "modem"), "imsi", "?"), cli->args[1],
		       cli->args[1]);
	json_decref(o);
	return code;
}

static int list(struct cli *cli, bool json)
{
	json_t *o = NULL;
	int code = door_ask(cli, json_pack("{s:s}", "cmd", "modems"), MODEMS_MS, &o);

	if (code == EXIT_DONE && json)
		code = print_json(o);
	else if (code == EXIT_DONE)
		table(cli, o);
	json_decref(o);
	return code;
}

int run_modems(struct cli *cli, int argc, char **argv)
{
	bool json = false;
	int seconds = -1;
	const struct cli_option options[] = {
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = "seconds", .value = "N", .number = &seconds, .min = 1, .max = 86400,
		  .help = "test: wait at most so long (120); trace: end after it" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 3);
	const char *word;

	if (code >= 0)
		return code;
	word = cli->n_args ? cli->args[0] : "";
	if (cli->n_args == 0)
		return list(cli, json);
	if (strcmp(word, "test") == 0 && cli->n_args == 3)
		return test(cli, seconds > 0 ? seconds : 120);
	if (strcmp(word, "trace") == 0 && cli->n_args == 2)
		return trace(cli, seconds > 0 ? seconds : 0);
	if (strcmp(word, "accept") == 0 && cli->n_args == 2)
		return accept_sim(cli);
	return complain(EXIT_USAGE, "laido modems: nothing, test NAME NUMBER, trace NAME, or accept "
			"NAME");
}
