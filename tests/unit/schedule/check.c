/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido check knows the calendar: what is wrong in reminders.conf is said with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "laido/schedule/check.h"
#include "laido/wire/pack.h"

struct found {
	unsigned errors, warnings;
	int line;
	char text[600];
};

static void on_finding(void *arg, const struct ld_finding *f)
{
	struct found *t = arg;

	if (!f->error) {
		t->warnings++;
		return;
	}
	t->errors++;
	if (!t->text[0])
		t->line = f->line;
	snprintf(t->text, sizeof(t->text), "%s:%d: %s", f->file, f->line, f->message);
}

/* The line in which the n-th octet stands. */
static int line_at(const char *text, size_t n)
{
	int line = 1;

	for (size_t i = 0; i < n; i++)
		line += text[i] == '\n';
	return line;
}

/* The shipped reminders with one thing changed; its line. */
static int change(struct ld_folder *f, const char *find, const char *put)
{
	struct ld_folder_file *r = (struct ld_folder_file *)ld_folder_find(f, "reminders.conf");
	char *at = strstr(r->text, find), *text = malloc(r->len + strlen(put) + 1);
	size_t before = (size_t)(at - r->text);
	int line = line_at(r->text, before);

	assert_non_null(at);
	r->len = (size_t)snprintf(text, r->len + strlen(put) + 1, "%.*s%s%s", (int)before, r->text, put, at + strlen(find));
	free(r->text);
	r->text = text;
	return line;
}

static struct found check(const char *find, const char *put, int *ret_line)
{
	struct ld_content_options opt = { .approve_all = true, .now_ms = 1795300000000 };
	struct ld_folder f = { 0 };
	struct found t = { 0 };
	struct ld_content *c;
	unsigned errors;

	assert_int_equal(ld_content_read("conf/content", on_finding, &t, &f), 0);
	*ret_line = find ? change(&f, find, put) : 0;
	assert_int_equal(ld_content_compile(&f, "draft", &opt, on_finding, &t, &c), 0);
	errors = ld_schedule_check(c, on_finding, &t);
	assert_int_equal(errors, t.errors);
	ld_content_free(c);
	ld_folder_release(&f);
	return t;
}

static void test_shipped(void **state)
{
	int line;
	struct found t = check(NULL, NULL, &line);

	(void)state;
	assert_string_equal(t.text, "");
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *find, *put, *says;
		unsigned errors;
	} cases[] = {
		{ "when = \"30/4 workday -7d\"", "when = \"31/2 workday\"", "which day?", 1 },
		{ "when = \"30/4 workday -7d\"", "when = \"29/2 workday -7d\"", "", 0 },
		{ "when = \"30/4 workday -7d\"", "when = \"30/4 wrokday -7d\"", "\"wrokday\" is not understood", 1 },
		{ "when = \"30/4 workday -7d\"", "when = \"lunar 31/2\"", "which day?", 1 },
		{ "when = \"30/4 workday -7d\"", "when = \"lunar 10/3 -7d\"", "", 0 },
		{ "when = \"30/4 workday -7d\"", "when = \"soon\"", "which day?", 1 },
		{ "\"day 5 -1d\"", "\"rrule FREQ=MONTLY\"", "the rule \"FREQ=MONTLY\"", 1 },
		{ "\"day 5 -1d\"", "\"rrule FREQ=MONTHLY;BYMONTHDAY=5 -1d\"", "", 0 },
		{ "\"day 5 -1d\"", "\"rrule FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\"", "no day ever "
		  "meets", 1 },
		{ "values = [ \"q=1\" ];", "", "needs q=", 1 },
		{ "\"lunar 10/3\"", "\"lunar 10/33\"", "is no day of the calendar", 1 },
		{ "\"2/9\"", "\"2/9\", \"31/11\"", "is no day of the calendar", 1 },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(cases); i++) {
		int line;
		struct found t = check(cases[i].find, cases[i].put, &line);

		if (t.errors != cases[i].errors || !strstr(t.text, cases[i].says))
			fail_msg("%s: %u errors: %s", cases[i].put, t.errors, t.text);
		if (t.errors == 0)
			continue;
		assert_memory_equal(t.text, "draft/reminders.conf:", 21);
		/* A reminder is named by its first line, which is at most one above. */
		assert_true(t.line == line || t.line == line - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped), cmocka_unit_test(test_mistakes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
