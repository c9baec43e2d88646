/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every lesson, message and screen as people get it, in both alphabets, with the pages it takes at
 * every size of screen in use. tests/vectors/golden holds what was looked at and found good;
 * `make golden` writes it anew, and version control shows what has changed. */
#include "compare.h"
#include "dialogue.h"

#include "internal.h"

enum { ROW_MAX = 512 };

static const struct {
	enum ld_alphabet alphabet;
	const char *name, *script;
	unsigned limits[5];
} budgets[] = {
	/* HLR's limits, one SMS, a whole USSD string. */
	{ LD_GSM7, "gsm7", "", { 128, 130, 160, 182, 0 } },
	{ LD_UCS2, "ucs2", "full", { 56, 57, 67, 70, 80 } },
};

static struct world w;
static struct phone p;
/* ---- a step's context without a step ---- */

static struct ses x;
static struct ld_session_env env;
static struct ld_inbound in;
static struct ld_outcome out;

static void context(const char *course)
{
	phone_init(&p, &w, LD_CHAN_USSD);
	phone_enrolled(&p, course);
	env = (struct ld_session_env){ .content = w.content, .keys = &w.keys, .now_ms = START_MS,
				       .random = &w.random.random, .utc_offset_min = 420,
				       .time_trusted = true };
	memset(&x, 0, sizeof(x));
	memset(&in, 0, sizeof(in));
	x.env = &env;
	x.c = w.content;
	x.in = &in;
	x.out = &out;
	x.who = p.who;
	x.live = true;
}

static void put_script(const char *script)
{
	snprintf(x.who.reg[LD_REG_SCRIPT].value, LD_VALUE_MAX, "%s", script);
}

/* Every {word} of the template at its longest. */
static void longest_values(const char *template)
{
	for (const char *at = strchr(template, '{'); at; at = strchr(at + 1, '{')) {
		size_t n = strcspn(at, "}");
		char name[32];
		const char *v;

		if (n - 1 >= sizeof(name))
			continue;
		memcpy(name, at + 1, n - 1);
		name[n - 1] = '\0';
		v = ld_content_longest(w.content, name);
		if (v)
			ses_value(&x, name, v);
	}
}

/* ---- pages ---- */

/* Letters and signs only: blanks and line ends go where a page ends. */
static size_t squeeze(const char *text, size_t n, char *ret)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (text[i] != ' ' && text[i] != '\n')
			ret[len++] = text[i];
	ret[len] = '\0';
	return len;
}

/* "63+58" at this limit; nothing lost, no page over it. */
static void pages(const char *what, const char *accented, bool end, enum ld_alphabet alphabet,
		  unsigned limit, char *row, size_t size)
{
	char whole[LD_TEXT_MAX], all[LD_TEXT_MAX], shown[4 * LD_TEXT_MAX];
	size_t len = 0;

	in.budget.live = true;
	in.budget.septets = in.budget.units = (uint16_t)limit;
	ses_copy(whole, sizeof(whole), accented);
	ses_script(&x, whole, sizeof(whole));
	for (unsigned n = 0; n < 32; n++) {
		unsigned length;
		const char *nav;

		x.s.page = (uint8_t)n;
		ses_show_text(&x, accented, end);
		if (x.s.page != n && !out.reply.end)
			break;
		/* A text without any accent needs no UCS-2 even for who wants accents. */
		if (alphabet == LD_GSM7)
			assert_int_equal(out.reply.alphabet, LD_GSM7);
		length = ld_text_length(out.reply.text, strlen(out.reply.text), out.reply.alphabet);
		if (length > limit || (out.reply.alphabet == LD_GSM7 &&
				       ld_gsm7_septets(out.reply.text) < 0))
			fail_msg("%s: a page of %u at %u: %s", what, length, limit, out.reply.text);
		snprintf(row + strlen(row), size - strlen(row), "%s%u", n ? "+" : "", length);
		nav = strstr(out.reply.text, "\n0.");
		len += squeeze(out.reply.text, nav ? (size_t)(nav - out.reply.text) :
			       strlen(out.reply.text), shown + len);
		if (out.reply.end)
			break;
	}
	squeeze(whole, strlen(whole), all);
	if (strcmp(all, shown) != 0)
		fail_msg("%s at %u: shown \"%s\" of \"%s\"", what, limit, shown, all);
}

static void put_pages(const char *what, const char *const texts[2], bool end)
{
	for (unsigned a = 0; a < 2; a++) {
		char row[ROW_MAX] = "";

		put_script(budgets[a].script);
		for (unsigned i = 0; i < 5 && budgets[a].limits[i]; i++) {
			unsigned limit = budgets[a].limits[i];

			snprintf(row + strlen(row), sizeof(row) - strlen(row), " %u:", limit);
			pages(what, texts[a], end, budgets[a].alphabet, limit, row, sizeof(row));
		}
		put("%s%s\n", budgets[a].name, row);
	}
}

/* A text, its plain form where that is not the same without accents, and its sizes, as a message too
 * when it is one. */
static void put_texts(const char *what, const char *plain, const char *accented, bool end,
		      bool message)
{
	struct ld_measure one, full;
	char unaccented[LD_TEXT_MAX];
	size_t title = used, body;

	put("== %s\n", what);
	body = used;
	put("%s\n", accented);
	assert_true(ld_text_unaccent(accented, unaccented, sizeof(unaccented)) >= 0);
	if (strcmp(plain, unaccented) != 0)
		put("--\n%s\n", plain);
	put("..\n");
	if (accented[0] == '\0')
		return;
	if (message) {
		ld_text_measure(plain, &one);
		ld_text_measure(accented, &full);
		put("parts gsm7 %u:%u, with accents %u:%u\n", one.length, one.parts, full.length,
		    full.parts);
		if (one.alphabet != LD_GSM7 || one.parts != 1)
			fail_msg("%s: %u parts without accents: %s", what, one.parts, plain);
	}
	put_pages(what, (const char *const[]){ plain, accented }, end);
	if (memmem(golden, title, golden + body, used - body))
		used = title;           /* the same in another language, or on another screen */
}

static void put_text(const char *what, const char *accented, bool end, bool message)
{
	char plain[LD_TEXT_MAX];

	assert_true(ld_text_unaccent(accented, plain, sizeof(plain)) >= 0);
	put_texts(what, plain, accented, end, message);
}

/* ---- lessons ---- */

/* The engine speaks Vietnamese; the same screen with the words of the other language. */
static struct ld_screen in_language(const struct ld_screen *sc, unsigned lang,
				    struct ld_option options[9])
{
	struct ld_screen s = *sc;

	s.text[LD_LANG_VI] = sc->text[lang];
	for (unsigned i = 0; i < sc->n_options; i++) {
		options[i] = sc->options[i];
		options[i].label[LD_LANG_VI] = sc->options[i].label[lang];
	}
	s.options = options;
	return s;
}

static void learner(const char *course, const char *script, const char *lang, unsigned answered)
{
	context(course);
	snprintf(p.who.reg[LD_REG_SCRIPT].value, LD_VALUE_MAX, "%s", script);
	p.who.reg[LD_REG_SCRIPT].live.n = script[0] != '\0';
	snprintf(p.who.reg[LD_REG_LANG].value, LD_VALUE_MAX, "%s", lang);
	phone_answered(&p, course, 1, answered, true);
}

enum kind { A, B_WRONG, B_RIGHT, REVIEW_OF, REVIEW_AFTER_WRONG, N_KINDS };
static const char *const kinds[] = { "A", "B wrong", "B right", "REVIEW", "REVIEW after wrong" };

/* What the engine sends by message, and that it is what it says it is. */
static void sent(const struct ld_course *c, unsigned n, enum kind kind, const char *what,
		 const char *script, const char *lang, char *ret)
{
	char meant[64];

	learner(c->key, script, lang, kind >= REVIEW_OF ? c->n_lessons : n - 1);
	if (kind >= REVIEW_OF)
		phone_answered(&p, c->key, kind == REVIEW_OF ? n : n - 1, n, false);
	sms(&p, "TIEP");
	if (kind == B_WRONG || kind == B_RIGHT)
		sms(&p, option(&p, c->key, n, kind == B_RIGHT));
	if (kind == REVIEW_AFTER_WRONG)
		sms(&p, option(&p, c->key, n - 1, false));
	assert_true(p.out.n_sends >= 1);
	snprintf(meant, sizeof(meant), "%s %s %u",
		 kind == REVIEW_AFTER_WRONG ? "REVIEW" : kinds[kind], c->key, n);
	if (strcmp(p.out.sends[0].what, meant) != 0)
		fail_msg("%s: sent %s", what, p.out.sends[0].what);
	snprintf(ret, LD_TEXT_MAX, "%s", p.out.sends[0].text);
}

/* The lesson is in Vietnamese; what stands around it in each language. */
static void by_message(const struct ld_course *c, unsigned n, const char *lang)
{
	char what[64], plain[LD_TEXT_MAX], accented[LD_TEXT_MAX];

	for (unsigned k = 0; k < N_KINDS; k++) {
		if (k == REVIEW_AFTER_WRONG && n == 1)
			continue;       /* of the lesson before */
		snprintf(what, sizeof(what), "%s %s %u %s", kinds[k], c->key, n, lang);
		sent(c, n, k, what, "", lang, plain);
		sent(c, n, k, what, "full", lang, accented);
		put_texts(what, plain, accented, false, true);
	}
}

static void by_screen(const struct ld_course *c, unsigned n, unsigned lang)
{
	static const char *const names[] = { "lesson", "quiz", "quiz.right", "quiz.wrong",
					     "quiz.more", "learn.c.2" };

	/* Only the first lesson is shown as a sample. */
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names) - (n > 1); i++) {
		int screen = ld_content_screen(w.content, names[i]);
		char text[LD_TEXT_MAX], what[64];
		struct ld_option options[9];
		struct ld_screen s;

		assert_true(screen >= 0);
		s = in_language(&w.content->screens[screen], lang, options);
		context(c->key);
		ses_lesson_values(&x, c, n);
		ses_screen_text(&x, &s, text, sizeof(text));
		snprintf(what, sizeof(what), "%s %s %u %s", names[i], c->key, n,
			 w.content->langs[lang].code);
		put_text(what, text, false, false);
	}
}

static void lessons(void **state)
{
	(void)state;
	for (unsigned i = 0; i < w.content->n_courses; i++) {
		const struct ld_course *c = &w.content->courses[i];

		for (unsigned n = 1; n <= c->n_lessons; n++) {
			for (unsigned lang = 0; lang < w.content->n_langs; lang++) {
				by_message(c, n, w.content->langs[lang].code);
				by_screen(c, n, lang);
			}
		}
	}
	golden_compare("lessons");
}

/* ---- messages and screens, words in { } at their longest ---- */

static bool of_a_lesson(const char *template)
{
	static const char *const words[] = { "{key}", "{question}", "{opt1}", "{more}", "{answer}",
					     "{a}", "{verdict}" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(template, words[i]))
			return true;
	return false;
}

static void messages(void **state)
{
	const char *name;

	(void)state;
	for (unsigned i = 0; (name = ld_content_message_name(w.content, i)); i++) {
		for (unsigned lang = 0; lang < w.content->n_langs; lang++) {
			const char *t = ld_content_message(w.content, name, (enum ld_lang)lang);
			char text[LD_TEXT_MAX], what[64];

			if (of_a_lesson(t))
				continue;       /* with every lesson, above */
			context("VNEID");       /* "anh chị", the longest form of address */
			longest_values(t);
			ses_expand(&x, t, text, sizeof(text));
			snprintf(what, sizeof(what), "%s %s", name, w.content->langs[lang].code);
			put_text(what, text, false, true);
		}
	}
	golden_compare("messages");
}

static void screens(void **state)
{
	(void)state;
	for (unsigned i = 0; i < w.content->n_screens; i++) {
		const struct ld_screen *sc = &w.content->screens[i];

		for (unsigned lang = 0; sc->text[LD_LANG_VI] && lang < w.content->n_langs; lang++) {
			struct ld_option options[9];
			struct ld_screen s = in_language(sc, lang, options);
			char text[LD_TEXT_MAX], what[64];

			if (of_a_lesson(s.text[LD_LANG_VI]))
				continue;
			context("VNEID");
			longest_values(s.text[LD_LANG_VI]);
			for (unsigned o = 0; o < s.n_options; o++)
				longest_values(options[o].label[LD_LANG_VI]);
			ses_screen_text(&x, &s, text, sizeof(text));
			snprintf(what, sizeof(what), "%s %s", s.id, w.content->langs[lang].code);
			put_text(what, text, s.end, false);
		}
	}
	golden_compare("screens");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lessons, golden_begin),
		cmocka_unit_test_setup(messages, golden_begin),
		cmocka_unit_test_setup(screens, golden_begin),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (world_open(&w, true, 1) < 0)
		return 1;
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_close(&w);
	return rc;
}
