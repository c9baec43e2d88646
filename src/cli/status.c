/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido status. Every member may be missing: another version of the daemon may answer. */
#include "cli.h"

#include <string.h>

enum { STATUS_MS = 10000, LINE_MAX_ = 72 };

static void heading(const char *text)
{
	printf("%-10s", text);
}

static void safe(const char *text)
{
	put_safe(stdout, text, strlen(text));
}

static void show_head(struct cli *cli, const json_t *o)
{
	const json_t *clock = json_object_get(o, "clock");
	int64_t up_s = member_int(o, "uptime_ms", 0) / 1000;
	char when[24];

	heading(member_text(o, "kind", "board"));
	safe(member_text(o, "name", "?"));
	printf(", version ");
	safe(member_text(o, "version", "?"));
	printf(", up %lld d %02lld:%02lld\n", (long long)(up_s / 86400),
	       (long long)(up_s / 3600 % 24), (long long)(up_s / 60 % 60));
	if (!clock)
		return;
	heading("clock");
	printf("%s, %s\n", show_time(cli, member_int(clock, "utc_ms", 0), when),
	       json_is_true(json_object_get(clock, "trusted")) ?
		       "trusted" :
		       "NOT trusted: nothing unasked is sent until it is set");
}

/* What is not zero, in lines of readable length. */
static void show_metrics(json_t *metrics)
{
	const char *name;
	size_t column = 0;
	json_t *n;

	json_object_foreach(metrics, name, n) {
		size_t len = strlen(name) + 8;

		if (!json_is_integer(n) || json_integer_value(n) == 0)
			continue;
		if (column && column + len > LINE_MAX_) {
			printf(",\n");
			column = 0;
		}
		if (column == 0)
			heading("");
		printf("%s", column ? ", " : "  ");
		safe(name);
		printf(" %lld", (long long)json_integer_value(n));
		column += len;
	}
	if (column)
		putchar('\n');
}

static void show_channels(const json_t *o)
{
	const json_t *list = json_object_get(o, "channels"), *c;
	size_t i;

	json_array_foreach(list, i, c) {
		const char *why = member_text(c, "why", "");

		heading(i == 0 ? "channels" : "");
		safe(member_text(c, "name", "?"));
		printf(" (");
		safe(member_text(c, "kind", "?"));
		printf("): ");
		safe(member_text(c, "state", "?"));
		if (*why) {
			printf(", ");
			safe(why);
		}
		putchar('\n');
		show_metrics(json_object_get(c, "metrics"));
	}
}

/* {"queued": 3, "sent": 7}: one line, in the daemon's order. */
static void show_counts(const json_t *o, const char *key)
{
	json_t *counts = json_object_get(o, key), *n;
	const char *name;
	bool any = false;

	json_object_foreach(counts, name, n) {
		if (!json_is_integer(n))
			continue;
		if (!any)
			heading(key);
		printf("%s%lld ", any ? ", " : "", (long long)json_integer_value(n));
		safe(name);
		any = true;
	}
	if (any)
		putchar('\n');
}

static void show_lanes(const json_t *o)
{
	const json_t *list = json_object_get(o, "lanes"), *l;
	size_t i;

	json_array_foreach(list, i, l) {
		heading(i == 0 ? "queues" : "");
		safe(member_text(l, "name", "?"));
		printf(": %lld of %lld, at most %lld, %lld refused\n",
		       (long long)member_int(l, "length", 0),
		       (long long)member_int(l, "capacity", 0),
		       (long long)member_int(l, "high_water", 0),
		       (long long)member_int(l, "refused", 0));
	}
}

static void show_ward(struct cli *cli, const json_t *o)
{
	const json_t *w = json_object_get(o, "ward");
	const char *why;
	char when[24];

	if (!w)
		return;
	why = member_text(w, "why", "");
	heading("ward");
	safe(member_text(w, "state", "?"));
	if (*why) {
		printf(", ");
		safe(why);
	}
	printf(", last contact %s\n", show_time(cli, member_int(w, "last_ms", 0), when));
}

static void show_lrs(struct cli *cli, const json_t *o)
{
	const json_t *l = json_object_get(o, "lrs");
	char when[24];

	if (!l)
		return;
	heading("lrs");
	printf("%lld statements wait, %lld refused, last taken %s\n",
	       (long long)member_int(l, "waiting", 0), (long long)member_int(l, "refused", 0),
	       show_time(cli, member_int(l, "last_ms", 0), when));
}

static void show_content(struct cli *cli, const json_t *o)
{
	const json_t *c = json_object_get(o, "content");
	char when[24];

	if (!c)
		return;
	heading("content");
	if (member_int(c, "edition", 0))
		printf("edition %lld", (long long)member_int(c, "edition", 0));
	else
		safe(member_text(c, "dir", "?"));
	printf(", %lld screens, %lld courses", (long long)member_int(c, "screens", 0),
	       (long long)member_int(c, "courses", 0));
	if (member_int(c, "next", 0))
		printf("; edition %lld from %s on", (long long)member_int(c, "next", 0),
		       show_time(cli, member_int(c, "next_ms", 0), when));
	if (member_int(c, "coming", 0))
		printf("; of edition %lld %lld of %lld pieces are still to come",
		       (long long)member_int(c, "coming", 0), (long long)member_int(c, "missing", 0),
		       (long long)member_int(c, "pieces", 0));
	putchar('\n');
}

static void show_money(const json_t *o)
{
	const json_t *m = json_object_get(o, "money");

	if (!m)
		return;
	heading("money");
	printf("this month %lld parts, %lld VND; about %lld VND by its end",
	       (long long)member_int(m, "parts", 0), (long long)member_int(m, "vnd", 0),
	       (long long)member_int(m, "forecast_vnd", 0));
	if (member_int(m, "budget_vnd", 0))
		printf(" of %lld", (long long)member_int(m, "budget_vnd", 0));
	putchar('\n');
}

static void show_troubles(const json_t *o)
{
	const json_t *list = json_object_get(o, "trouble"), *t;
	size_t i;

	json_array_foreach(list, i, t) {
		heading(i == 0 ? "TROUBLE" : "");
		put_line(stdout, json_string_value(t) ? json_string_value(t) : "?");
	}
}

int run_status(struct cli *cli, int argc, char **argv)
{
	bool json = false;
	const struct cli_option options[] = {
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 0);
	json_t *o = NULL;

	if (code >= 0)
		return code;
	code = door_ask(cli, json_pack("{s:s}", "cmd", "status"), STATUS_MS, &o);
	if (code == EXIT_DONE && json) {
		code = print_json(o);
	} else if (code == EXIT_DONE) {
		show_head(cli, o);
		show_channels(o);
		show_counts(o, "outbox");
		show_counts(o, "database");
		show_content(cli, o);
		show_money(o);
		show_lanes(o);
		show_ward(cli, o);
		show_lrs(cli, o);
		show_troubles(o);
	}
	json_decref(o);
	return code;
}
