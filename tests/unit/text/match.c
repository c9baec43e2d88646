/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command words, by the content's own table and its list of collisions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "csv.h"
#include "seed.h"
#include "laido/base/err.h"
#include "laido/text/text.h"

enum { RULES_MAX = 64 };

static uint64_t seed;
static struct csv commands;
static struct ld_rule rules[RULES_MAX];
static unsigned n_rules;

/* ---- the table ---- */

/* Splits in place; the list is the caller's to free. */
static const char *const *split(char *text, const char *by, unsigned *ret_n)
{
	const char **list = calloc(32, sizeof(*list));
	unsigned n = 0;

	for (char *word; (word = strsep(&text, by)) && n < 32;)
		list[n++] = word;
	*ret_n = n;
	return list;
}

static enum ld_match_kind kind_of(const char *name)
{
	static const char *const names[] = { "exact", "prefix", "pattern", "fuzzy", "any" };

	for (unsigned i = 0; i < LD_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum ld_match_kind)i;
	fail_msg("no kind '%s'", name);
	return LD_MATCH_ANY;
}

static void set_rule(struct ld_rule *r, unsigned row)
{
	static const char *const weather[] = { "KHONG NHAN DUOC", "THOI TIET", "THOI GIAN" };
	const char *argument = csv_get(&commands, row, "argument");

	r->intent = csv_get(&commands, row, "intent");
	r->kind = kind_of(csv_get(&commands, row, "match"));
	r->words = split((char *)csv_get(&commands, row, "folded_keywords"),
			 r->kind == LD_MATCH_PATTERN ? "\n" : "|", &r->n_words);
	if (strncmp(argument, "tail ", 5) == 0)
		r->tail = split((char *)argument + 5, " ", &r->n_tail);
	/* "I do not receive" is a complaint, whatever its first words say. */
	if (r->kind == LD_MATCH_PREFIX && strcmp(r->intent, "HELP_HUMAN") != 0) {
		r->except = weather;
		r->n_except = strcmp(r->intent, "STOP_UNCLEAR") == 0 ? 3 : 1;
	}
}

static int load(void **state)
{
	unsigned bad;

	(void)state;
	commands = csv_read("tests/vectors/commands.csv");
	for (n_rules = 0; n_rules < commands.n_rows; n_rules++)
		set_rule(&rules[n_rules], n_rules);
	return ld_rules_compile(rules, n_rules, &bad);
}

static int unload(void **state)
{
	(void)state;
	ld_rules_release(rules, n_rules);
	for (unsigned i = 0; i < n_rules; i++) {
		free((void *)rules[i].words);
		free((void *)rules[i].tail);
	}
	csv_free(&commands);
	return 0;
}

/* ---- helpers ---- */

static enum ld_prompt_kind prompt_of(const char *name)
{
	static const char *const names[] = { "none", "consent", "quiz", "menu", "bridge" };

	for (unsigned i = 0; i < LD_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum ld_prompt_kind)i;
	fail_msg("no prompt '%s'", name);
	return LD_PROMPT_NONE;
}

static const char *intent_of(const char *text, enum ld_prompt_kind open)
{
	struct ld_matched m;

	ld_match(rules, n_rules, text, open, &m);
	return m.rule ? m.rule->intent : "UNKNOWN";
}

static void assert_intent(const char *text, enum ld_prompt_kind open, const char *intent)
{
	if (strcmp(intent_of(text, open), intent) != 0)
		fail_msg("'%s' with prompt %d: %s, not %s", text, (int)open, intent_of(text, open),
			 intent);
}

/* ---- tests ---- */

static void collisions(void **state)
{
	struct csv c = csv_read("tests/vectors/collisions.csv");
	unsigned telex = 0;

	(void)state;
	assert_int_equal(c.n_rows, 97);
	for (unsigned i = 0; i < c.n_rows; i++) {
		const char *text = csv_get(&c, i, "text"),
			   *expected = csv_get(&c, i, "expected_intent");

		/* The list was made for rules alone, on texts whose Telex keys are undone. Undoing
		 * them is our part, so that what it calls UNKNOWN is an enrolment. */
		if (strcmp(text, "ddawng kys 4") == 0) {
			assert_string_equal(expected, "UNKNOWN");
			expected = "ENROL";
			telex++;
		}
		assert_intent(text, prompt_of(csv_get(&c, i, "open_prompt")), expected);
	}
	assert_int_equal(telex, 1);
	csv_free(&c);
}

/* Each word of the table means its own row, or one before it. */
static void every_word(void **state)
{
	unsigned own[RULES_MAX] = { 0 };

	(void)state;
	for (unsigned i = 0; i < n_rules; i++) {
		for (unsigned k = 0; k < rules[i].n_words && rules[i].kind <= LD_MATCH_PREFIX;
		     k++) {
			struct ld_matched m;
			ld_match(rules, n_rules, rules[i].words[k], LD_PROMPT_QUIZ, &m);
			assert_non_null(m.rule);
			assert_true(m.rule <= &rules[i]);
			own[i] += m.rule == &rules[i];
		}
		assert_true(own[i] > 0 || rules[i].kind > LD_MATCH_PREFIX);
	}
}

static void arguments(void **state)
{
	static const struct {
		const char *text, *intent, *rest;
	} rows[] = {
		{ "đăng ký chợ số!", "ENROL", "CHO SO" },
		{ "dk 4", "ENROL", "4" },
		{ "DK", "ENROL", "" },
		{ "ddawng kys 4", "ENROL", "4" },
		{ "d9a8ng ky1 4", "ENROL", "4" },
		{ "góp ý: đèn ngõ 5 hỏng", "FEEDBACK", "DEN NGO 5 HONG" },
		{ "Giúp tôi với", "HELP_HUMAN", "TOI VOI" },
		{ "hủy nhé ạ", "OPTOUT", "NHE A" },
		{ "xoa 4821", "ERASE", "" },
		{ "gi do", "UNKNOWN", "" },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(rows); i++) {
		struct ld_matched m;
		ld_match(rules, n_rules, rows[i].text, LD_PROMPT_NONE, &m);
		assert_string_equal(m.rule->intent, rows[i].intent);
		assert_string_equal(m.folded + m.rest, rows[i].rest);
	}
}

/* The longest phrase counts, not the first. */
static void longest_phrase(void **state)
{
	const char *const words[] = { "GOI", "GOI LAI", "GOI LAI DI" };
	struct ld_rule r = { .intent = "X", .kind = LD_MATCH_PREFIX, .n_words = 3, .words = words };
	struct ld_matched m;

	(void)state;
	ld_match(&r, 1, "gọi lại đi nhé", LD_PROMPT_NONE, &m);
	assert_ptr_equal(m.rule, &r);
	assert_string_equal(m.folded + m.rest, "NHE");
	ld_match(&r, 1, "gọilại", LD_PROMPT_NONE, &m);
	assert_null(m.rule);
	assert_string_equal(m.folded, "GOILAI");
}

static void tails(void **state)
{
	(void)state;
	assert_intent("huy di nhe", LD_PROMPT_NONE, "OPTOUT");
	assert_intent("huy di nhe a", LD_PROMPT_NONE, "STOP_UNCLEAR");
	assert_intent("huy nheo", LD_PROMPT_NONE, "STOP_UNCLEAR");
	assert_intent("huyd", LD_PROMPT_NONE, "UNKNOWN");
	assert_intent("xoa nhe", LD_PROMPT_NONE, "ERASE");
	assert_intent("du lieu nhe", LD_PROMPT_NONE, "UNKNOWN");
}

static void typed(void **state)
{
	(void)state;
	assert_intent("huyr", LD_PROMPT_NONE, "OPTOUT");
	assert_intent("huy3", LD_PROMPT_NONE, "OPTOUT");
	assert_intent("tuwf choois", LD_PROMPT_CONSENT, "OPTOUT");
	assert_intent("ddoongf ys", LD_PROMPT_CONSENT, "CONSENT");
	assert_intent("tieeps tucj", LD_PROMPT_NONE, "NEXT");
	assert_intent("nhaws nhaamf", LD_PROMPT_NONE, "UNKNOWN");
	/* what the plain words say goes first */
	assert_intent("next", LD_PROMPT_NONE, "NEXT");
	assert_intent("huy bus", LD_PROMPT_NONE, "STOP_UNCLEAR");
	assert_intent("yes", LD_PROMPT_NONE, "ACK");
	/* and undone keys go before a near miss: LICHJ is a letter off LICH as well */
	assert_intent("lichj hopj", LD_PROMPT_NONE, "CALENDAR");
}

static void fuzzy(void **state)
{
	static const struct {
		const char *text, *word, *intent;
	} rows[] = {
		{ "tien", "TIEP", "NEXT" },       { "tiepp", "TIEP", "NEXT" },
		{ "tieep", "TIEEP", "NEXT" },     { "guip", "GUIP", "UNKNOWN" },
		{ "gúp", "GUP", "UNKNOWN" },      { "giupp", "GIUP", "HELP_HUMAN" },
		{ "mennu", "MENU", "MENU" },      { "nenu", "MENU", "MENU" },
		{ "gopyy", "GOPY", "FEEDBACK" },  { "diem nhe em", "DIEM NHE EM", "UNKNOWN" },
		{ "diemnn", "DIEMNN", "UNKNOWN" },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(rows); i++) {
		struct ld_matched m;

		assert_intent(rows[i].text, LD_PROMPT_NONE, rows[i].intent);
		ld_match(rules, n_rules, rows[i].text, LD_PROMPT_NONE, &m);
		if (strcmp(rows[i].text, "tieep") != 0)
			assert_string_equal(m.folded, rows[i].word);
		else
			assert_string_equal(m.folded, "TIEP");  /* undone, not near */
	}
}

/* No single slip of a finger opts out, erases, consents, rests or involves a guardian. The slips
 * are no Telex keys and make no other word of the table. */
static void slips_destroy_nothing(void **state)
{
	static const char *const never[] = { "OPTOUT", "ERASE", "CONSENT", "REST", "GUARDIAN" };
	static const char letters[] = "BKLPQV";

	(void)state;
	for (unsigned i = 0; i < n_rules; i++) {
		for (unsigned k = 0; k < rules[i].n_words && rules[i].kind == LD_MATCH_EXACT; k++) {
			const char *word = rules[i].words[k], *intent;
			char slip[64];
			size_t at = strlen(word) ? seed_below(&seed, (uint32_t)strlen(word)) : 0;

			snprintf(slip, sizeof(slip), "%.*s%c%s", (int)at, word,
				 letters[seed_below(&seed, sizeof(letters) - 1)], word + at);
			intent = intent_of(slip, LD_PROMPT_NONE);
			for (size_t m = 0; m < LD_ARRAY_SIZE(never); m++)
				if (strcmp(intent, never[m]) == 0)
					fail_msg("'%s', a slip of '%s', means %s", slip, word,
						 intent);
		}
	}
}

/* ---- any edit of any word ---- */

static bool destroys(const struct ld_rule *r)
{
	return r && (strcmp(r->intent, "OPTOUT") == 0 || strcmp(r->intent, "ERASE") == 0);
}

static bool ends_so(const struct ld_rule *r, const char *rest)
{
	char words[128], *next = words;
	unsigned n = 0;

	if (r->kind == LD_MATCH_PREFIX)
		return *rest == '\0' || *rest == ' ';
	snprintf(words, sizeof(words), "%s", rest);
	for (char *word; (word = strsep(&next, " "));) {
		bool known = *word == '\0' && n == 0;

		for (unsigned i = 0; i < r->n_tail; i++)
			known = known || (n > 0 && strcmp(word, r->tail[i]) == 0);
		if (!known)
			return false;
		n++;
	}
	return n <= 3;
}

/* By the table alone: the folded text is one of the rule's words, with what the rule allows behind
 * it. */
static bool says(const struct ld_rule *r, const char *folded)
{
	for (unsigned i = 0; i < r->n_words; i++) {
		size_t n = strlen(r->words[i]);

		if (n > 0 && strncmp(folded, r->words[i], n) == 0 && ends_so(r, folded + n))
			return true;
	}
	return false;
}

/* One to three letters more, fewer or other, or two changed over. */
static void edit(char *text, size_t size)
{
	static const char letters[] = "ABCDEGHIKLMNOPQRSTUVXY fjwz0123456789.,'";

	for (unsigned n = 1 + seed_below(&seed, 3); n > 0; n--) {
		size_t len = strlen(text), at = seed_below(&seed, (uint32_t)len + 1);
		char c = letters[seed_below(&seed, sizeof(letters) - 1)], other = text[at];
		unsigned how = seed_below(&seed, 4);

		if (how == 0 && len + 2 < size) {
			memmove(text + at + 1, text + at, len - at + 1);
			text[at] = c;
		} else if (how == 1 && at < len) {
			memmove(text + at, text + at + 1, len - at);
		} else if (how == 2 && at < len) {
			text[at] = c;
		} else if (how == 3 && at + 1 < len) {
			text[at] = text[at + 1];
			text[at + 1] = other;
		}
	}
}

/* Whatever a finger makes of a command, it stops or erases only where it says so in full: as
 * written, or with the keys of an input method undone. */
static void edits_destroy_nothing(void **state)
{
	unsigned met = 0;

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		const struct ld_rule *from = &rules[seed_below(&seed, n_rules)];
		char text[128], folded[128], undone[128];
		struct ld_matched m;

		if (from->n_words == 0 || from->kind == LD_MATCH_PATTERN)
			continue;
		snprintf(text, sizeof(text), "%s", from->words[seed_below(&seed, from->n_words)]);
		for (unsigned n = seed_below(&seed, 2) ? 0 : seed_below(&seed, 4); n > 0; n--)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
				 from->n_tail ? from->tail[seed_below(&seed, from->n_tail)] : "NHE");
		edit(text, sizeof(text));
		ld_match(rules, n_rules, text, (enum ld_prompt_kind)seed_below(&seed, 5), &m);
		if (!destroys(m.rule))
			continue;
		met++;
		ld_text_fold(text, folded, sizeof(folded));
		ld_text_fold_typed(text, undone, sizeof(undone));
		if (!says(m.rule, folded) && !says(m.rule, undone))
			fail_msg("'%s', an edit, means %s", text, m.rule->intent);
	}
	assert_true(met > 0);
}

static void prompts(void **state)
{
	(void)state;
	assert_intent("21", LD_PROMPT_QUIZ, "ANSWER_UNCLEAR");
	assert_intent("21", LD_PROMPT_NONE, "MENU_CODE");
	assert_intent("1.2.1", LD_PROMPT_QUIZ, "ANSWER_UNCLEAR");
	assert_intent("1111", LD_PROMPT_QUIZ, "UNKNOWN");
	assert_intent("121", LD_PROMPT_QUIZ, "ANSWER_UNCLEAR");
	assert_intent(" 702 \n", LD_PROMPT_QUIZ, "MENU_CODE");
	assert_intent("702.", LD_PROMPT_NONE, "UNKNOWN");
	assert_intent("#702", LD_PROMPT_NONE, "UNKNOWN");
	assert_intent("7 02", LD_PROMPT_NONE, "UNKNOWN");
	assert_intent("", LD_PROMPT_QUIZ, "ANSWER_UNCLEAR");
	assert_intent("", LD_PROMPT_NONE, "UNKNOWN");
	assert_intent("\xff\xfe", LD_PROMPT_NONE, "UNKNOWN");
	assert_intent(" ? ", LD_PROMPT_NONE, "HELP_TEXT");
	assert_intent("??", LD_PROMPT_NONE, "UNKNOWN");
	for (enum ld_prompt_kind p = LD_PROMPT_NONE; p <= LD_PROMPT_BRIDGE; p++) {
		assert_intent("STOP", p, "OPTOUT");
		assert_intent("Hủy đăng ký giúp tôi", p, "OPTOUT");
		assert_intent("115", p, "EMERGENCY");
	}
}

static void without_rules(void **state)
{
	struct ld_matched m;

	(void)state;
	ld_match(NULL, 0, "Đăng ký", LD_PROMPT_NONE, &m);
	assert_null(m.rule);
	assert_string_equal(m.folded, "DANG KY");
	assert_int_equal(m.rest, 7);
}

static void bad_patterns(void **state)
{
	const char *const good[] = { "A|B" }, *const bad[] = { "(A" };
	struct ld_rule r[3] = {
		{ .intent = "G", .kind = LD_MATCH_PATTERN, .n_words = 1, .words = good },
		{ .intent = "B", .kind = LD_MATCH_PATTERN, .n_words = 1, .words = bad },
		{ .intent = "N", .kind = LD_MATCH_PATTERN, .n_words = 0 },
	};
	struct ld_matched m;
	unsigned at = 99;

	(void)state;
	assert_int_equal(ld_rules_compile(r, 1, &at), 0);
	assert_int_equal(at, 99);
	ld_match(r, 1, "b", LD_PROMPT_NONE, &m);
	assert_ptr_equal(m.rule, &r[0]);
	ld_match(r, 1, "ab", LD_PROMPT_NONE, &m);       /* all of the text, not a part */
	assert_null(m.rule);
	ld_rules_release(r, 1);
	ld_rules_release(r, 1);
	ld_match(r, 1, "b", LD_PROMPT_NONE, &m);
	assert_null(m.rule);
	assert_int_equal(ld_rules_compile(r, 2, &at), LD_E_SYNTAX);
	assert_int_equal(at, 1);
	assert_null(r[0].pattern);
	assert_int_equal(ld_rules_compile(r + 2, 1, &at), LD_E_SYNTAX);
	assert_int_equal(at, 0);
}

/* Texts far over LD_INPUT_MAX, and hostile to expressions. */
static void long_texts(void **state)
{
	static const char *const fills[] = {
		"x", "HUY ", "1", "0 ", "ợ", "\xcc\x81", " ", "w", "\xff", "CO ",
	};
	static char text[10001];

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(fills); i++) {
		struct ld_matched m;

		for (size_t at = 0; at < sizeof(text) - 1; at++)
			text[at] = fills[i][at % strlen(fills[i])];
		ld_match(rules, n_rules, text, LD_PROMPT_QUIZ, &m);
		assert_non_null(m.rule);
		assert_true(strlen(m.folded) < LD_INPUT_MAX && m.rest <= strlen(m.folded));
		assert_string_equal(m.rule->intent, i == 1 ? "STOP_UNCLEAR" :
				    i == 5 || i == 6 || i == 8 ? "ANSWER_UNCLEAR" : "UNKNOWN");
	}
	memset(text, ' ', sizeof(text) - 1);
	memcpy(text + 9000, "huy", 3);
	assert_intent(text, LD_PROMPT_NONE, "OPTOUT");
}

static void random_texts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		char text[64];
		struct ld_matched m;
		size_t len = seed_below(&seed, sizeof(text));

		for (size_t k = 0; k < len; k++)
			text[k] = seed_below(&seed, 3) ? "ABCDHINUYO 123\n?."[seed_below(&seed, 17)]
						       : (char)(1 + seed_below(&seed, 255));
		text[len] = '\0';
		ld_match(rules, n_rules, text, (enum ld_prompt_kind)seed_below(&seed, 5), &m);
		assert_true(m.rule >= rules && m.rule < rules + n_rules);
		assert_true(m.rest <= strlen(m.folded));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(collisions),
		cmocka_unit_test(every_word),
		cmocka_unit_test(arguments),
		cmocka_unit_test(longest_phrase),
		cmocka_unit_test(tails),
		cmocka_unit_test(typed),
		cmocka_unit_test(fuzzy),
		cmocka_unit_test(slips_destroy_nothing),
		cmocka_unit_test(edits_destroy_nothing),
		cmocka_unit_test(prompts),
		cmocka_unit_test(without_rules),
		cmocka_unit_test(bad_patterns),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(random_texts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	seed = seed_start();
	return cmocka_run_group_tests(tests, load, unload);
}
