/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shipped content compiles, and every kind of mistake in it is refused with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "csv.h"
#include "folder.h"

static struct folder folder;

static int make(void **state)
{
	(void)state;
	folder_make(&folder);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

static struct ld_content *load_shipped(bool approve_all, int64_t now_ms)
{
	struct ld_content *c = NULL;

	if (folder_load(&folder, approve_all, now_ms, &c) != 0 || folder.n_found) {
		folder_print(&folder);
		fail_msg("the shipped content has findings");
	}
	return c;
}

/* ---- what is shipped ---- */

static void shipped_content_is_complete(void **state)
{
	struct ld_content *c = load_shipped(true, 0);
	const struct ld_screen *root = &c->screens[c->start];
	unsigned lessons = 0;

	(void)state;
	assert_string_equal(root->id, "root");
	assert_true(root->n_options >= 6);
	assert_int_equal(root->options[0].key, '1');
	assert_string_equal(c->screens[root->options[0].to].id, "learn");
	assert_int_equal(c->n_courses, 7);
	assert_string_equal(c->default_course->key, "LUADAO");
	assert_string_equal(ld_content_course(c, "CAOTUOI")->xung, "bac");
	assert_string_equal(ld_content_course_by_menu(c, 2)->key, "VNEID");
	assert_null(ld_content_course_by_menu(c, 9));
	for (unsigned i = 0; i < c->n_courses; i++)
		lessons += c->courses[i].n_lessons;
	assert_int_equal(lessons, 64);
	assert_true(ld_content_course(c, "HOCSINH")->guardian);
	assert_false(ld_content_course(c, "DVC")->guardian);
	assert_true(c->consent_version >= 1);
	assert_string_equal(ld_content_value(c, "ward_phone"), "024 3000 0000");
	assert_null(ld_content_value(c, "nothing"));
	assert_string_equal(ld_content_message(c, "NEXT_TAIL", LD_LANG_VI), " Bài sau: TIEP");
	assert_string_equal(ld_content_message(c, "ACK", LD_LANG_EN), "");
	assert_null(ld_content_message(c, "NOTHING", LD_LANG_VI));
	assert_int_equal(ld_content_screen(c, "nothing"), -1);
	ld_content_free(c);
}

static void codes_lead_where_the_card_says(void **state)
{
	struct ld_content *c = load_shipped(true, 0);
	const struct ld_code *code = ld_content_code(c, "161");

	(void)state;
	assert_non_null(code);
	assert_string_equal(c->screens[code->to].id, "learn.c.1");
	assert_string_equal(code->arg, "CAOTUOI");
	assert_null(ld_content_code(c, "115"));
	assert_null(ld_content_code(c, ""));
	ld_content_free(c);
}

/* A code is the path of keys: what it opens is what the keys open. */
static void codes_are_paths(void **state)
{
	struct ld_content *c = load_shipped(true, 0);

	(void)state;
	for (unsigned i = 0; i < c->n_codes; i++) {
		const char *code = c->codes[i].code;
		char keys[4] = { code[0], code[2] && code[1] != '0' ? code[1] : code[2],
				 code[2] && code[1] != '0' ? code[2] : '\0', '\0' };
		/* Key 9 of the start screen is there for group heads only. */
		int at = keys[0] == '9' ? ld_content_screen(c, "root.head") : c->start;
		const char *arg = "";

		for (const char *k = keys; *k; k++) {
			const struct ld_screen *s = &c->screens[at];
			int to = -1;

			for (unsigned o = 0; o < s->n_options; o++) {
				if (s->options[o].key != *k)
					continue;
				to = s->options[o].to;
				if (s->options[o].arg[0])
					arg = s->options[o].arg;
			}
			if (to < 0)
				fail_msg("code %s: screen %s has no key %c", code, s->id, *k);
			at = to;
		}
		if (at != c->codes[i].to)
			fail_msg("code %s opens %s, the keys open %s", code,
				 c->screens[c->codes[i].to].id, c->screens[at].id);
		if (c->codes[i].arg[0])
			assert_string_equal(c->codes[i].arg, arg);
	}
	ld_content_free(c);
}

static void labels_come_from_above(void **state)
{
	struct ld_content *c = load_shipped(true, 0);

	(void)state;
	assert_string_equal(c->screens[ld_content_screen(c, "help.wait.1")].label[LD_LANG_EN], "Help");
	assert_string_equal(c->screens[ld_content_screen(c, "resume")].label[LD_LANG_VI],
			    "Trang chính");
	for (unsigned i = 0; i < c->n_screens; i++)
		assert_non_null(c->screens[i].label[LD_LANG_VI]);
	ld_content_free(c);
}

/* Nothing of a person is asked or stored behind a screen that is open to everybody, and what must
 * be open is. */
static void roles_are_as_promised(void **state)
{
	static const char *const open[] = { "emerg", "help", "help.1.2", "scam", "acct.5.ok",
					    "acct.6.ok", "consent.1" };
	static const char *const closed[] = { "learn", "lesson", "quiz.answer", "score", "acct",
					      "acct.8", "acct.1.ok", "learn.c.1" };
	struct ld_content *c = load_shipped(true, 0);

	(void)state;
	for (unsigned i = 0; i < sizeof(open) / sizeof(*open); i++)
		assert_int_equal(c->screens[ld_content_screen(c, open[i])].role, LD_ROLE_ANY);
	for (unsigned i = 0; i < sizeof(closed) / sizeof(*closed); i++)
		assert_int_equal(c->screens[ld_content_screen(c, closed[i])].role, LD_ROLE_LEARNER);
	ld_content_free(c);
}

/* ---- command words ---- */

static enum ld_prompt_kind prompt_of(const char *name)
{
	if (strcmp(name, "consent") == 0)
		return LD_PROMPT_CONSENT;
	if (strcmp(name, "quiz") == 0)
		return LD_PROMPT_QUIZ;
	if (strcmp(name, "menu") == 0)
		return LD_PROMPT_MENU;
	return strcmp(name, "none") == 0 ? LD_PROMPT_NONE : LD_PROMPT_BRIDGE;
}

static void collisions_are_decided_as_agreed(void **state)
{
	struct ld_content *c = load_shipped(true, 0);
	struct csv v = csv_read("tests/vectors/collisions.csv");

	(void)state;
	for (unsigned i = 0; i < v.n_rows; i++) {
		const char *expected = csv_get(&v, i, "expected_intent");
		struct ld_matched m;

		/* The list is about rules alone; undoing Telex keys is part of matching. */
		if (strcmp(csv_get(&v, i, "text"), "ddawng kys 4") == 0)
			expected = "ENROL";
		ld_match(c->rules, c->n_rules, csv_get(&v, i, "text"),
			 prompt_of(csv_get(&v, i, "open_prompt")), &m);
		if (strcmp(m.rule ? m.rule->intent : "UNKNOWN", expected) != 0)
			fail_msg("\"%s\": %s, expected %s", csv_get(&v, i, "text"),
				 m.rule ? m.rule->intent : "UNKNOWN", expected);
	}
	csv_free(&v);
	ld_content_free(c);
}

/* The table of the specification, row by row. */
static void rules_are_those_of_the_table(void **state)
{
	struct ld_content *c = load_shipped(true, 0);
	struct csv v = csv_read("tests/vectors/commands.csv");

	(void)state;
	assert_int_equal(c->n_rules, v.n_rows);
	for (unsigned i = 0; i < v.n_rows; i++) {
		char words[2048] = "";
		size_t used = 0;

		for (unsigned w = 0; w < c->rules[i].n_words; w++)
			used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s",
						 w ? "|" : "", c->rules[i].words[w]);
		assert_string_equal(c->rules[i].intent, csv_get(&v, i, "intent"));
		assert_string_equal(words, csv_get(&v, i, "folded_keywords"));
	}
	csv_free(&v);
	ld_content_free(c);
}

static void stopping_needs_no_consent(void **state)
{
	struct ld_content *c = load_shipped(true, 0);

	(void)state;
	for (unsigned i = 0; i < c->n_rules; i++) {
		const char *intent = c->rules[i].intent;

		if (strcmp(intent, "OPTOUT") == 0 || strcmp(intent, "ERASE") == 0 ||
		    strcmp(intent, "WRONG_PERSON") == 0 || strcmp(intent, "EMERGENCY") == 0 ||
		    strcmp(intent, "HELP_HUMAN") == 0)
			assert_false(c->commands[i].learner);
		if (strcmp(intent, "NEXT") == 0 || strcmp(intent, "ENROL") == 0)
			assert_true(c->commands[i].learner);
		if (c->commands[i].reply[0])
			assert_non_null(ld_content_message(c, c->commands[i].reply, LD_LANG_VI));
	}
	ld_content_free(c);
}

/* ---- what may be sent ---- */

static unsigned sendable(const struct ld_content *c, const char *course)
{
	const struct ld_course *k = ld_content_course(c, course);
	unsigned n = 0;

	for (unsigned i = 0; i < k->n_lessons; i++)
		n += k->lessons[i].sendable;
	return n;
}

static void unreviewed_lessons_wait(void **state)
{
	struct ld_content *c = load_shipped(false, 0);

	(void)state;
	assert_int_equal(sendable(c, "VNEID"), 6);      /* 2 likely, 2 to verify */
	assert_int_equal(sendable(c, "CAOTUOI"), 8);
	assert_int_equal(sendable(c, "LUADAO"), 9);
	ld_content_free(c);
	c = load_shipped(true, 0);
	assert_int_equal(sendable(c, "VNEID"), 10);
	ld_content_free(c);
	folder_change(&folder, "courses/luadao.conf", "confidence = \"verify\";", "source",
		      "reviewed_by = \"Trần Thu Hà\"; source");
	c = load_shipped(false, 0);
	assert_int_equal(sendable(c, "LUADAO"), 10);
	ld_content_free(c);
	folder_restore(&folder, "courses/luadao.conf");
}

/* Days of Vietnam: 2026-12-31 is from 30 December 17:00 UTC to 31 December 17:00 UTC. */
static void lessons_have_their_days(void **state)
{
	static const int64_t begins = INT64_C(1798650000000);   /* 2026-12-30T17:00Z */
	static const int64_t day = 86400000;
	struct ld_content *c;

	(void)state;
	folder_change(&folder, "courses/luadao.conf", NULL, "; source",
		      "; valid_from = \"2026-12-31\"; valid_until = \"2026-12-31\"; source");
	c = load_shipped(true, begins - 1);
	assert_false(ld_content_course(c, "LUADAO")->lessons[0].sendable);
	ld_content_free(c);
	c = load_shipped(true, begins);
	assert_true(ld_content_course(c, "LUADAO")->lessons[0].sendable);
	ld_content_free(c);
	c = load_shipped(true, begins + day - 1);
	assert_true(ld_content_course(c, "LUADAO")->lessons[0].sendable);
	ld_content_free(c);
	c = load_shipped(true, begins + day);
	assert_false(ld_content_course(c, "LUADAO")->lessons[0].sendable);
	/* While a board runs, days come and go. */
	ld_content_today(c, begins + day - 1);
	assert_true(ld_content_course(c, "LUADAO")->lessons[0].sendable);
	ld_content_today(c, begins - 1);
	assert_false(ld_content_course(c, "LUADAO")->lessons[0].sendable);
	assert_true(ld_content_course(c, "LUADAO")->lessons[1].sendable);
	ld_content_free(c);
	c = load_shipped(false, begins);
	ld_content_today(c, begins);
	assert_false(ld_content_course(c, "VNEID")->lessons[3].sendable);
	ld_content_free(c);
	folder_restore(&folder, "courses/luadao.conf");
}

/* ---- mistakes ---- */

/* In the file, behind the words `after`, `from` becomes `to`: the finding stands at the line of
 * `from`, or `down` lines below, or anywhere in the file (down -1). */
static const struct {
	const char *file, *after, *from, *to;
	int down;
	const char *words;
} mistakes[] = {
	{ "menu.conf", "id = \"root\"", "to = \"learn\"", "to = \"lern\"", 0,
	  "there is no screen \"lern\"; did you mean \"learn\"?" },
	{ "menu.conf", NULL, "start = \"root\"", "start = \"top\"", 0, "there is no screen \"top\"" },
	{ "menu.conf", NULL, "id = \"acct.2\"", "id = \"acct.3\"", -1, "stands already in line" },
	{ "menu.conf", NULL, "id = \"resume\"", "id = \"again\"", -1, "the program needs a screen resume" },
	{ "menu.conf", NULL, "do = \"optout\"", "do = \"opt_out\"", 0, "did you mean \"optout\"?" },
	{ "menu.conf", NULL, "on = { none = \"learn.none\"; };", "on = { nobody = \"learn.none\"; };", 0,
	  "action learn_next never says \"nobody\"" },
	{ "menu.conf", "do = \"answer\"", "wrong = \"quiz.wrong\";", "", 0,
	  "needs a place for \"wrong\"" },
	{ "menu.conf", "id = \"root\"", "en = \"Lessons\";", "", 0, "\"en\" is missing here" },
	{ "menu.conf", "id = \"root\"", "vi = \"Học bài\"", "vi = \"\"", 0, "\"vi\" is empty" },
	{ "menu.conf", "id = \"root\"", "key = \"2\"", "key = \"1\"", 0, "stands twice" },
	{ "menu.conf", "id = \"root\"", "key = \"2\"", "key = \"0\"", 0, "must be \"1\" to \"9\"" },
	{ "menu.conf", "id = \"root\"", "role", "rol", 0, "did you mean \"role\"?" },
	{ "menu.conf", "id = \"root\"", "\"any\"", "\"all\"", 0, "must be \"any\" or \"learner\"" },
	{ "menu.conf", "id = \"acct.1\"", "kind = \"number\"", "kind = \"digits\"", 0,
	  "must be \"number\" or \"text\"" },
	{ "menu.conf", "id = \"acct.1\"", "min = 1", "min = 100", 0, "max is smaller than min" },
	{ "menu.conf", "id = \"acct.1\"", "tries = 3", "tries = 0", 0, "\"tries\" must be from 1 to 9" },
	{ "menu.conf", "id = \"acct.1\"", "max = 99", "max = \"99\"", 0, "must be a whole number" },
	{ "menu.conf", "id = \"help.4\"", "role = \"any\";", "role = \"any\"; on = { ok = \"root\"; };", 0,
	  "\"on\" needs an action" },
	{ "menu.conf", "id = \"help.4\"", "role = \"any\";", "role = \"any\"; arg = \"7\";", 0,
	  "\"arg\" needs an action" },
	{ "menu.conf", "id = \"quiz.next\"", "do = \"after\";", "", 0, "neither text nor action" },
	{ "menu.conf", "id = \"scam\"", "role = \"any\";", "role = \"any\"; end = true;", 0,
	  "nobody could choose" },
	{ "menu.conf", "id = \"root\"", "to = \"learn\"; }", "to = \"learn\"; ", 0, "syntax error" },
	{ "messages.conf", NULL, "LIMIT = {", "LIMITS = {", -1, "the program needs a message LIMIT" },
	{ "messages.conf", NULL, "consent_version = 1", "consent_version = 0", 0, "from 1 to 65535" },
	{ "messages.conf", "\nERASE_OK", "en =", "fr =", 0, "there is no setting \"fr\"" },
	{ "messages.conf", NULL, "\nERASE_DONE = {", "\nERASE_OK = {", -1, "duplicate" },
	{ "commands.conf", "match = \"any\"", "reply = \"UNKNOWN\"", "reply = \"UNKNWN\"", 0,
	  "did you mean UNKNOWN?" },
	{ "commands.conf", NULL, "screen = \"emerg\"", "screen = \"emergency\"", 0,
	  "there is no screen \"emergency\"" },
	{ "commands.conf", NULL, "match = \"exact\"", "match = \"equal\"", 0, "must be exact, prefix" },
	{ "commands.conf", NULL, "XOA [0-9]{4}", "XOA [0-9{4}", -1, "is no regular expression" },
	{ "commands.conf", NULL, "\"NHAM\"", "\"Nhầm\"", 0, "can never match; write \"NHAM\"" },
	{ "commands.conf", NULL, "match = \"any\"", "match = \"exact\"", -1, "the last rule must be" },
	{ "codes.conf", NULL, "code = \"101\"", "code = \"115\"", 0, "no emergency or service number" },
	{ "codes.conf", NULL, "code = \"101\"", "code = \"102\"", 1, "code 102 stands twice" },
	{ "codes.conf", NULL, "code = \"101\"", "code = \"1\"", 0, "must be two or three digits" },
	{ "codes.conf", NULL, "to = \"learn.1\"", "to = \"learn.9\"", 0, "there is no screen" },
	{ "values.conf", NULL, "default_course = \"LUADAO\"", "default_course = \"LUADA\"", 0,
	  "there is no course LUADA" },
	{ "courses/vneid.conf", NULL, "\nmenu_key = 2", "\nmenu_key = 4", -1, "menu_key 4 is taken by" },
	{ "courses/vneid.conf", NULL, "key = \"VNEID\";", "key = \"CAOTUOI\";", -1, "another course has the key" },
	{ "courses/vneid.conf", NULL, "key = \"VNEID\";", "key = \"vneid\";", 0, "plain capitals" },
	{ "courses/vneid.conf", NULL, "answer = 2", "answer = 4", 0, "from 1 to 3" },
	{ "courses/vneid.conf", "options", "\"Chín số\", ", "", 0, "three answers" },
	{ "courses/vneid.conf", NULL, "xung = \"anh chị\"", "xung = \"ông\"", 0, "xung must be" },
	{ "courses/vneid.conf", NULL, "pass_mark = 7", "pass_mark = 11", 0, "from 1 to 10" },
	{ "courses/vneid.conf", NULL, "confidence = \"sure\"", "confidence = \"yes\"", -1,
	  "must be \"sure\", \"likely\" or \"verify\"" },
	{ "courses/vneid.conf", NULL, "; source", "; valid_until = \"31/12/2026\"; source", -1,
	  "a day like \"2026-12-31\"" },
	{ "courses/vneid.conf", NULL, "title = ", "titel = ", 0, "did you mean \"title\"?" },
};

static void every_mistake_is_refused_at_its_line(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct ld_content *c = (struct ld_content *)&folder;
		int line = folder_change(&folder, mistakes[i].file, mistakes[i].after,
					 mistakes[i].from, mistakes[i].to);
		int rc = folder_load(&folder, true, 0, &c);

		line = mistakes[i].down < 0 ? 0 : line + mistakes[i].down;
		if (rc != LD_E_SYNTAX ||
		    !folder_has(&folder, true, mistakes[i].file, line, mistakes[i].words)) {
			folder_print(&folder);
			fail_msg("mistake %u, \"%s\" for \"%s\": rc %d, wanted line %d \"%s\"", i,
				 mistakes[i].to, mistakes[i].from, rc, line, mistakes[i].words);
		}
		assert_ptr_equal(c, &folder);   /* untouched */
		folder_restore(&folder, mistakes[i].file);
	}
}

static void all_mistakes_are_named_at_once(void **state)
{
	struct ld_content *c = NULL;

	(void)state;
	folder_change(&folder, "menu.conf", NULL, "to = \"scam\"", "to = \"scm\"");
	folder_change(&folder, "codes.conf", NULL, "code = \"201\"", "code = \"099\"");
	folder_change(&folder, "courses/vneid.conf", NULL, "answer = 2", "answer = 0");
	assert_int_equal(folder_load(&folder, true, 0, &c), LD_E_SYNTAX);
	assert_int_equal(folder.errors, 3);
	assert_true(folder_has(&folder, true, "menu.conf", 0, "\"scm\""));
	assert_true(folder_has(&folder, true, "codes.conf", 0, "099"));
	assert_true(folder_has(&folder, true, "courses/vneid.conf", 0, "\"answer\""));
	folder_restore(&folder, "menu.conf");
	folder_restore(&folder, "codes.conf");
	folder_restore(&folder, "courses/vneid.conf");
}

static void typographic_characters_are_replaced(void **state)
{
	struct ld_content *c = NULL;
	int line = folder_change(&folder, "messages.conf", NULL, "Chưa ghi nhận gì.",
				 "“Chưa ghi nhận gì”…");

	(void)state;
	assert_int_equal(folder_load(&folder, true, 0, &c), 0);
	assert_true(folder_has(&folder, false, "messages.conf", line, "typographic"));
	assert_non_null(strstr(ld_content_message(c, "CONSENT_AGAIN", LD_LANG_VI),
			       "\"Chưa ghi nhận gì\"..."));
	ld_content_free(c);
	folder_restore(&folder, "messages.conf");
}

static void a_missing_folder_is_refused(void **state)
{
	struct folder none = { .dir = "nonexistent" };
	struct ld_content *c = NULL;

	(void)state;
	assert_int_equal(folder_load(&none, true, 0, &c), LD_E_SYNTAX);
	assert_true(folder_has(&none, true, "menu.conf", 0, "cannot be read"));
	assert_true(folder_has(&none, true, "courses", 0, "no course is there"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_content_is_complete),
		cmocka_unit_test(codes_lead_where_the_card_says),
		cmocka_unit_test(codes_are_paths),
		cmocka_unit_test(labels_come_from_above),
		cmocka_unit_test(roles_are_as_promised),
		cmocka_unit_test(collisions_are_decided_as_agreed),
		cmocka_unit_test(rules_are_those_of_the_table),
		cmocka_unit_test(stopping_needs_no_consent),
		cmocka_unit_test(unreviewed_lessons_wait),
		cmocka_unit_test(lessons_have_their_days),
		cmocka_unit_test(every_mistake_is_refused_at_its_line),
		cmocka_unit_test(all_mistakes_are_named_at_once),
		cmocka_unit_test(typographic_characters_are_replaced),
		cmocka_unit_test(a_missing_folder_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, drop);
}
