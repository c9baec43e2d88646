/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido report: the ward's tables, from the /report.json of laido-ward's page or its socket. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

enum { REPORT_MAX = 4 * 1024 * 1024, REPORT_MS = 15000 };

struct page {
	char *text;
	size_t len;
};

static size_t take(char *data, size_t one, size_t len, void *arg)
{
	struct page *p = arg;
	char *text;

	(void)one;
	if (p->len + len > REPORT_MAX)
		return 0;
	text = realloc(p->text, p->len + len + 1);
	if (!text)
		return 0;
	memcpy(text + p->len, data, len);
	p->text = text;
	p->len += len;
	return len;
}

/* EXIT_DONE with the page, or complains. */
static int fetch(const char *url, struct page *ret)
{
	CURL *c = curl_easy_init();
	CURLcode rc;
	long status = 0;

	if (!c)
		return complain(EXIT_CHECK, "out of memory");
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)REPORT_MS);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, ret);
	rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	if (rc == CURLE_COULDNT_CONNECT)
		return complain(
			EXIT_NO_DAEMON,
			"no ward answers at %s. Start it (systemctl start laido-ward), or name "
			"its page: --ward http://HOST:PORT",
			url);
	if (rc != CURLE_OK)
		return complain(EXIT_CHECK, "%s: %s", url, curl_easy_strerror(rc));
	if (status == 401)
		return complain(EXIT_CHECK, "%s asks for a password: on the ward's server use its "
				"socket, --ward STATE_DIR/ctl.sock", url);
	if (status != 200)
		return complain(EXIT_CHECK, "%s: the ward answers with HTTP status %ld", url,
				status);
	return EXIT_DONE;
}

static const struct {
	const char *key, *title;
} columns[] = {
	{ "adults", "adults" },     { "invited", "invited" }, { "consented", "agreed" },
	{ "enrolled", "enrolled" }, { "active", "active" },   { "completed", "completed" },
	{ "national_confirmed", "confirmed" }, { "attested", "in class" },
	{ "merged", "2 numbers" }, { "core", "core set" },
};

/* A member that is null is a small cell that the ward keeps to itself. */
static void show_row(const char *name, const json_t *row)
{
	printf("%-10.10s", name);
	for (size_t i = 0; i < LD_ARRAY_SIZE(columns); i++) {
		const json_t *n = json_object_get(row, columns[i].key);

		if (json_is_integer(n))
			printf(" %10lld", (long long)json_integer_value(n));
		else
			printf(" %10s", json_is_null(n) ? "few" : "-");
	}
	putchar('\n');
}

static const char *const help_keys[] = { "asked", "answered", "median_minutes", "late", "overdue" };

static void show_calls(const json_t *o)
{
	if (member_int(o, "asked", 0) == 0)
		return;
	printf("calls for help: %lld, answered %lld, median %lld min, late %lld, overdue %lld\n",
	       (long long)member_int(o, "asked", 0), (long long)member_int(o, "answered", 0),
	       (long long)member_int(o, "median_minutes", 0), (long long)member_int(o, "late", 0),
	       (long long)member_int(o, "overdue", 0));
}

/* A table of its own behind the other one. */
static void csv_calls(const json_t *o)
{
	if (member_int(o, "asked", 0) == 0)
		return;
	printf("\r\n");
	for (size_t i = 0; i < LD_ARRAY_SIZE(help_keys); i++)
		printf("%shelp_%s", i ? "," : "", help_keys[i]);
	printf("\r\n");
	for (size_t i = 0; i < LD_ARRAY_SIZE(help_keys); i++)
		printf("%s%lld", i ? "," : "", (long long)member_int(o, help_keys[i], 0));
	printf("\r\n");
}

static void show_table(const json_t *o)
{
	const json_t *row;
	size_t i;

	if (member_text(o, "ward", NULL))
		put_line(stdout, member_text(o, "ward", ""));
	printf("%-10s", "to");
	for (i = 0; i < LD_ARRAY_SIZE(columns); i++)
		printf(" %10s", columns[i].title);
	putchar('\n');
	json_array_foreach(json_object_get(o, "rows"), i, row) {
		int64_t tdp = member_int(row, "tdp", 0);
		char name[16];

		snprintf(name, sizeof(name), "%lld", (long long)tdp);
		show_row(tdp > 0 ? name : "not told", row);
	}
	if (json_object_get(o, "total"))
		show_row("all", json_object_get(o, "total"));
	show_calls(json_object_get(o, "help"));
}

/* RFC 4180. A small cell that the ward keeps to itself says "few", as in the table. */
static void csv_row(const char *name, const json_t *row)
{
	printf("%s", name);
	for (size_t i = 0; i < LD_ARRAY_SIZE(columns); i++) {
		const json_t *n = json_object_get(row, columns[i].key);

		if (json_is_integer(n))
			printf(",%lld", (long long)json_integer_value(n));
		else
			printf(",%s", json_is_null(n) ? "few" : "");
	}
	printf("\r\n");
}

static void show_csv(const json_t *o)
{
	const json_t *row;
	size_t i;

	printf("to");
	for (i = 0; i < LD_ARRAY_SIZE(columns); i++)
		printf(",%s", columns[i].title);
	printf("\r\n");
	json_array_foreach(json_object_get(o, "rows"), i, row) {
		int64_t tdp = member_int(row, "tdp", 0);
		char name[24];

		snprintf(name, sizeof(name), "%lld", (long long)tdp);
		csv_row(tdp > 0 ? name : "not told", row);
	}
	if (json_object_get(o, "total"))
		csv_row("all", json_object_get(o, "total"));
	csv_calls(json_object_get(o, "help"));
}

/* ---- breakdowns: whatever columns the ward gives ---- */

static void show_cell(const json_t *n, bool csv)
{
	char text[24] = "few";

	if (json_is_integer(n))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(n));
	printf(csv ? ",%s" : " %11.11s", text);
}

/* The label has a name's quotes in CSV, doubled inside, and no beginning that a spreadsheet takes
 * for a formula. */
static void show_label(const char *label, bool csv)
{
	if (!csv) {
		printf("%-24s", *label ? label : "(others)");
		return;
	}
	printf("\"%s", strchr("=+-@", *label) && *label ? "'" : "");
	for (; *label; label++)
		printf(*label == '"' ? "\"\"" : "%c", *label);
	putchar('"');
}

static int show_breakdown(const json_t *o, const char *by, bool csv)
{
	json_t *rows = json_object_get(json_object_get(o, "tables"), by), *row, *n;
	const char *name;
	size_t i;

	if (!json_is_array(rows))
		return complain(EXIT_USAGE, "--by %s: course, lesson, month, market, school, spent or ambassador", by);
	json_array_foreach(rows, i, row) {
		if (i == 0) {
			printf(csv ? "%s" : "%-24s", by);
			json_object_foreach(row, name, n)
				if (!json_is_string(n))
					printf(csv ? ",%s" : " %11.11s", name);
			printf(csv ? "\r\n" : "\n");
		}
		show_label(member_text(row, "label", ""), csv);
		json_object_foreach(row, name, n)
			if (!json_is_string(n))
				show_cell(n, csv);
		printf(csv ? "\r\n" : "\n");
	}
	if (json_array_size(rows) == 0 && !csv)
		printf("Nothing yet.\n");
	return EXIT_DONE;
}

static int ask_page(const char *ward, json_t **ret)
{
	struct ld_ward_config config;
	struct page page = { 0 };
	json_error_t why;
	char url[512];
	int code;

	ld_ward_config_default(&config);
	if (ward)
		snprintf(url, sizeof(url), "%s%sreport.json", ward,
			 *ward && ward[strlen(ward) - 1] == '/' ? "" : "/");
	else
		snprintf(url, sizeof(url), "http://%s:%u/report.json", config.web_host,
			 config.web_port);
	code = fetch(url, &page);
	if (code == EXIT_DONE) {
		*ret = json_loadb(page.text ? page.text : "", page.len, 0, &why);
		if (!json_is_object(*ret))
			code = complain(EXIT_CHECK, "%s: that is no report: %s", url, why.text);
	}
	free(page.text);
	return code;
}

/* Of the socket, not an address. */
static bool is_path(const char *ward)
{
	return *ward == '/' || *ward == '.' || access(ward, F_OK) == 0;
}

static int ask_socket(struct cli *cli, const char *path, json_t **ret)
{
	cli->socket = path;
	return door_ask(cli, json_pack("{s:s}", "cmd", "report"), REPORT_MS, ret);
}

int run_report(struct cli *cli, int argc, char **argv)
{
	const char *ward = NULL, *by = NULL;
	bool json = false, csv = false;
	const struct cli_option options[] = {
		{ .name = "ward", .value = "URL", .text = &ward, .help = "of the ward's page, or the path of its control socket" },
		{ .name = "json", .flag = &json, .help = "as the ward gives it" },
		{ .name = "by", .value = "WHAT", .text = &by,
		  .help = "course, lesson, month, market, school, spent or ambassador instead of to dan pho" },
		{ .name = "csv", .flag = &csv, .help = "for a spreadsheet" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 0, 0);
	json_t *o = NULL;

	if (code >= 0)
		return code;
	if (json && csv)
		return complain(EXIT_USAGE, "--json or --csv, not both");
	code = ward && is_path(ward) ? ask_socket(cli, ward, &o) : ask_page(ward, &o);
	if (code == EXIT_DONE && json)
		code = print_json(o);
	else if (code == EXIT_DONE && by)
		code = show_breakdown(o, by, csv);
	else if (code == EXIT_DONE && csv)
		show_csv(o);
	else if (code == EXIT_DONE)
		show_table(o);
	json_decref(o);
	return code;
}
