/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido import and export: lists of people, as tables. Each row is one request and one transaction;
 * a row that stands already changes nothing, so that a list can be given again after a mistake. */
#include <stdlib.h>
#include <string.h>

#include "laido/text/text.h"
#include "table.h"

enum { ROW_MS = 30 * 1000, LIST_MS = 60 * 1000, WORD_MAX = 64 };

enum column { PHONE, ROLE, TDP, NAME, PIN, ACTIVE, COURSE, DAY, SCHOOL, MARKET, ADULTS, TRADERS,
	      PUPILS, N_COLUMNS };

static const char *const names[N_COLUMNS] = { "phone", "role", "tdp", "name", "pin", "active",
					      "course", "day", "school", "market",
					      "adults", "traders", "pupils" };

/* As people head their columns, folded: without accents, in capitals. */
static const struct {
	const char *word;
	enum column column;
} heads[] = {
	{ "PHONE", PHONE }, { "NUMBER", PHONE }, { "SO MAY", PHONE }, { "SO DIEN THOAI", PHONE },
	{ "DIEN THOAI", PHONE }, { "SDT", PHONE },
	{ "ROLE", ROLE }, { "DUTY", ROLE }, { "VAI TRO", ROLE }, { "NHIEM VU", ROLE },
	{ "TDP", TDP }, { "TO", TDP }, { "TO DAN PHO", TDP }, { "GROUP", TDP },
	{ "NAME", NAME }, { "TEN", NAME }, { "HO TEN", NAME }, { "HO VA TEN", NAME },
	{ "PIN", PIN }, { "MA PIN", PIN },
	{ "ACTIVE", ACTIVE }, { "CON LAM", ACTIVE }, { "HOAT DONG", ACTIVE },
	{ "DAY", DAY }, { "DATE", DAY }, { "NGAY", DAY },
	{ "SCHOOL", SCHOOL }, { "TRUONG", SCHOOL }, { "TEN TRUONG", SCHOOL },
	{ "MARKET", MARKET }, { "CHO", MARKET }, { "TEN CHO", MARKET },
	{ "ADULTS", ADULTS }, { "NGUOI LON", ADULTS }, { "SO NGUOI LON", ADULTS },
	{ "TRADERS", TRADERS }, { "TIEU THUONG", TRADERS }, { "SO TIEU THUONG", TRADERS },
	{ "PUPILS", PUPILS }, { "HOC SINH", PUPILS }, { "SO HOC SINH", PUPILS },
	{ "COURSE", COURSE }, { "KHOA", COURSE }, { "KHOA HOC", COURSE },
};

static const struct {
	const char *word, *role;
} roles[] = {
	{ "AMBASSADOR", "ambassador" }, { "DAI SU", "ambassador" }, { "DAI SU SO", "ambassador" },
	{ "HEAD", "head" }, { "TO TRUONG", "head" },
	{ "HELPER", "helper" }, { "NGUOI GIUP", "helper" },
	{ "OPERATOR", "operator" }, { "NGUOI VAN HANH", "operator" },
};

static const struct {
	const char *word;
	bool yes;
} answers[] = {
	{ "YES", true }, { "CO", true }, { "1", true }, { "TRUE", true }, { "", true },
	{ "NO", false }, { "KHONG", false }, { "0", false }, { "FALSE", false },
};

/* One kind of list. */
static const struct kind {
	const char *name, *cmd;
	bool uses[N_COLUMNS], needs[N_COLUMNS];
} kinds[] = {
	{ "roles", "role.set",
	  { [PHONE] = true, [ROLE] = true, [TDP] = true, [NAME] = true, [PIN] = true,
	    [ACTIVE] = true }, { [PHONE] = true, [ROLE] = true } },
	{ "invitations", "invite",
	  { [PHONE] = true, [TDP] = true, [COURSE] = true }, { [PHONE] = true } },
	{ "classes", "class",
	  { [PHONE] = true, [DAY] = true }, { [PHONE] = true, [DAY] = true } },
	{ "schools", "school",
	  { [PHONE] = true, [SCHOOL] = true }, { [PHONE] = true, [SCHOOL] = true } },
	/* A list of each: groups, markets, schools. */
	{ "goals", "goal",
	  { [TDP] = true, [MARKET] = true, [SCHOOL] = true, [ADULTS] = true, [TRADERS] = true,
	    [PUPILS] = true }, { false } },
};

struct import {
	struct cli *cli;
	const struct kind *kind;
	struct table table;
	struct door door;
	int column[TABLE_COLUMNS];      /* enum column of each; -1: not ours */
	unsigned n_columns;
	bool commit;
	unsigned n_new, n_changed, n_off, n_same, n_wrong;
};

static int wrong(struct import *m, const char *text)
{
	m->n_wrong++;
	put_safe(stdout, m->table.file, strlen(m->table.file));
	printf(":%u: error: ", m->table.row_line);
	put_line(stdout, text);
	return -1;
}

/* ---- the first line ---- */

static int column_of(const char *head)
{
	char word[WORD_MAX];

	ld_text_fold(head, word, sizeof(word));
	for (size_t i = 0; i < LD_ARRAY_SIZE(heads); i++)
		if (strcmp(heads[i].word, word) == 0)
			return heads[i].column;
	return -1;
}

static int read_heads(struct import *m)
{
	char *cell[TABLE_COLUMNS], text[96];
	bool have[N_COLUMNS] = { false };

	if (table_next(&m->table, cell, &m->n_columns) != 1)
		return wrong(m, "the table is empty");
	for (unsigned i = 0; i < m->n_columns; i++) {
		int c = cell[i][0] ? column_of(cell[i]) : -1;

		m->column[i] = -1;
		if (cell[i][0] == '\0')
			continue;       /* office programs leave empty columns behind */
		if (c < 0 || !m->kind->uses[c]) {
			snprintf(text, sizeof(text), "column \"%.40s\" is none of this list",
				 cell[i]);
			return wrong(m, text);
		}
		if (have[c])
			return wrong(m, "a column stands twice");
		have[c] = true;
		m->column[i] = c;
	}
	for (int c = 0; c < N_COLUMNS; c++)
		if (m->kind->needs[c] && !have[c]) {
			snprintf(text, sizeof(text), "the column \"%s\" is missing", names[c]);
			return wrong(m, text);
		}
	return 0;
}

/* ---- a row ---- */

static const char *set_number(json_t *o, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (text[0] && (*end || n < 1 || n > 99))
		return "tdp: 1 to 99, or nothing";
	json_object_set_new(o, "tdp", json_integer(n));
	return NULL;
}

static const char *set_people(json_t *o, const char *key, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (text[0] == '\0')
		return NULL;
	if (*end || n < 0 || n > LD_GOAL_MAX)
		return "how many: a whole number without dots, up to 1000000; 0 takes it back";
	json_object_set_new(o, key, json_integer(n));
	return NULL;
}

static const char *set_role(json_t *o, const char *text)
{
	char word[WORD_MAX];

	ld_text_fold(text, word, sizeof(word));
	for (size_t i = 0; i < LD_ARRAY_SIZE(roles); i++)
		if (strcmp(roles[i].word, word) == 0) {
			json_object_set_new(o, "role", json_string(roles[i].role));
			return NULL;
		}
	return "role: ambassador (dai su), head (to truong), helper or operator";
}

static const char *set_active(json_t *o, const char *text)
{
	char word[WORD_MAX];

	ld_text_fold(text, word, sizeof(word));
	for (size_t i = 0; i < LD_ARRAY_SIZE(answers); i++)
		if (strcmp(answers[i].word, word) == 0) {
			json_object_set_new(o, "active", json_boolean(answers[i].yes));
			return NULL;
		}
	return "active: yes (co) or no (khong)";
}

static const char *set_phone(json_t *o, const char *text)
{
	struct ld_msisdn m;

	/* Office programs take the first 0 of a number away; ld_e164_parse() minds that. */
	if (ld_e164_parse(text, &m) != LD_ADDR_MOBILE)
		return "phone: not a mobile number";
	json_object_set_new(o, "phone", json_string(m.digits));
	return NULL;
}

static const char *set_course(json_t *o, const char *text)
{
	char word[WORD_MAX];

	ld_text_fold(text, word, sizeof(word));
	json_object_set_new(o, "course", json_string(word));
	return NULL;
}

static const char *set_text(json_t *o, const char *key, const char *text)
{
	json_t *v = json_string(text);

	if (!v)
		return "not UTF-8: save the table as \"CSV UTF-8\"";
	json_object_set_new(o, key, v);
	return NULL;
}

static const char *set(json_t *o, int column, const char *text)
{
	switch ((enum column)column) {
	case PHONE: return set_phone(o, text);
	case ROLE: return set_role(o, text);
	case TDP: return set_number(o, text);
	case ACTIVE: return set_active(o, text);
	case COURSE: return set_course(o, text);
	case ADULTS:
	case TRADERS:
	case PUPILS: return set_people(o, names[column], text);
	default: return set_text(o, names[column], text);
	}
}

static void count(struct import *m, const json_t *answer)
{
	const char *change = member_text(answer, "change", "?");
	const char *why = member_text(answer, "why", "");

	m->n_new += strcmp(change, "new") == 0;
	m->n_changed += strcmp(change, "changed") == 0;
	m->n_off += strcmp(change, "off") == 0;
	m->n_same += strcmp(change, "same") == 0;
	if (!why[0])
		return;
	put_safe(stdout, m->table.file, strlen(m->table.file));
	printf(":%u: left out: ", m->table.row_line);
	put_line(stdout, why);
}

/* Takes over o. Negative: the daemon is gone. */
static int ask(struct import *m, json_t *o)
{
	json_t *answer = NULL;
	int rc = door_send(&m->door, o);

	if (rc == 0)
		rc = door_next(&m->door, ROW_MS, &answer);
	if (rc != 1)
		return complain(-1, "%s:%u: the daemon does not answer any more", m->table.file,
				m->table.row_line);
	if (json_is_true(json_object_get(answer, "ok")))
		count(m, answer);
	else
		wrong(m, member_text(answer, "error", "refused"));
	json_decref(answer);
	return 0;
}

static bool blank(char **cell, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (cell[i][0])
			return false;
	return true;
}

static int import_row(struct import *m, char **cell, unsigned n)
{
	json_t *o = json_pack("{s:s,s:b}", "cmd", m->kind->cmd, "commit", m->commit);
	const char *why = n > m->n_columns ? "more cells than columns" : NULL;

	for (unsigned i = 0; i < n && i < m->n_columns && !why; i++)
		if (m->column[i] >= 0)
			why = set(o, m->column[i], cell[i]);
		else if (cell[i][0])
			why = "a cell stands in a column without a name";
	if (!why && m->kind->needs[PHONE] && !json_object_get(o, "phone"))
		why = "phone: missing";
	if (!why)
		return ask(m, o);
	json_decref(o);
	wrong(m, why);
	return 0;
}

static int import_rows(struct import *m)
{
	char *cell[TABLE_COLUMNS];
	unsigned n;
	int rc;

	while ((rc = table_next(&m->table, cell, &n)) == 1)
		if (!blank(cell, n) && import_row(m, cell, n) < 0)
			return EXIT_NO_DAEMON;
	if (rc < 0)
		wrong(m, "a quote is opened here and never closed");
	printf("%s: %u new, %u changed, %u taken back, %u as they were, %u errors\n",
	       m->commit ? "Done" : "Looked at, nothing changed", m->n_new, m->n_changed, m->n_off,
	       m->n_same, m->n_wrong);
	if (!m->commit && m->n_new + m->n_changed + m->n_off > 0)
		puts("With --commit it is done.");
	return m->n_wrong ? EXIT_CHECK : EXIT_DONE;
}

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int run_import(struct cli *cli, int argc, char **argv)
{
	struct import m = { .cli = cli };
	const struct cli_option options[] = {
		{ .name = "commit", .flag = &m.commit, .help = "do it; without, only look" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 2, 2);

	if (code >= 0)
		return code;
	m.kind = kind_of(cli->args[0]);
	if (!m.kind)
		return complain(EXIT_USAGE, "%s: roles, invitations, classes, schools or goals", cli->args[0]);
	code = table_open(&m.table, cli->args[1]);
	if (code != EXIT_DONE)
		return code;
	code = read_heads(&m) < 0 ? EXIT_CHECK : door_open(&m.door, cli);
	if (code == EXIT_DONE) {
		code = import_rows(&m);
		door_close(&m.door);
	}
	table_close(&m.table);
	return code;
}

/* ---- export ---- */

static void put_role(const json_t *r)
{
	char tdp[24] = "";
	int64_t n = member_int(r, "tdp", 0);

	if (n > 0)
		snprintf(tdp, sizeof(tdp), "%lld", (long long)n);
	table_put(stdout, member_text(r, "phone", ""));
	putchar(',');
	table_put(stdout, member_text(r, "role", ""));
	printf(",%s,", tdp);
	table_put(stdout, member_text(r, "name", ""));
	/* The PIN itself is kept nowhere. */
	printf(",,%s\r\n", json_is_true(json_object_get(r, "active")) ? "yes" : "no");
}

/* One list of each kind, as `import goals` takes it. */
static void put_goals(const json_t *list)
{
	static const struct {
		const char *key, *people;
	} kinds_of[] = { { "tdp", "adults" }, { "market", "traders" }, { "school", "pupils" } };
	const json_t *r, *n;
	size_t i;

	printf("tdp,adults,market,traders,school,pupils\r\n");
	json_array_foreach(list, i, r) {
		for (size_t k = 0; k < LD_ARRAY_SIZE(kinds_of); k++) {
			n = json_object_get(r, kinds_of[k].key);
			printf("%s", k ? "," : "");
			if (json_is_integer(n))
				printf("%lld", (long long)json_integer_value(n));
			else
				table_put(stdout, json_is_string(n) ? json_string_value(n) : "");
			n = json_object_get(r, kinds_of[k].people);
			printf(",");
			if (n)
				printf("%lld", (long long)json_integer_value(n));
		}
		printf("\r\n");
	}
}

int run_export(struct cli *cli, int argc, char **argv)
{
	const struct cli_option options[] = { { .name = NULL } };
	int code = cli_options(cli, options, argc, argv, 1, 1);
	bool goals = code < 0 && strcmp(cli->args[0], "goals") == 0;
	json_t *o = NULL, *r;
	size_t i;

	if (code >= 0)
		return code;
	if (!goals && strcmp(cli->args[0], "roles") != 0)
		return complain(EXIT_USAGE, "%s: roles or goals can be exported", cli->args[0]);
	code = door_ask(cli, json_pack("{s:s}", "cmd", goals ? "goal.list" : "role.list"), LIST_MS,
			&o);
	if (code == EXIT_DONE)
		fputs("\xef\xbb\xbf", stdout);
	if (code == EXIT_DONE && goals)
		put_goals(json_object_get(o, "goals"));
	if (code == EXIT_DONE && !goals) {
		printf("phone,role,tdp,name,pin,active\r\n");
		json_array_foreach(json_object_get(o, "roles"), i, r)
			put_role(r);
	}
	json_decref(o);
	return code;
}
