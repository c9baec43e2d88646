/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages and lessons: do they fit one part, do answers read as commands. */
#include "checker.h"

#include <stdio.h>
#include <string.h>

/* First messages to strangers, whose form of address nobody knows. */
static const char *const to_strangers[] = { "CONSENT_ASK", "CONSENT_INFO", "MISSED_CALL" };

static const char *template_of(const struct ld_checker *k, const char *key, enum ld_lang lang)
{
	const char *text = ld_content_message(k->c, key, lang);

	return text ? text : "";
}

static void check_part(struct ld_checker *k, const char *what, enum ld_lang lang, const char *text,
		       const struct ld_lesson *lesson)
{
	int septets = ld_check_length(k, what, lang, text, lesson);

	if (septets > LD_CHECK_PART_SEPTETS)
		ld_check_error(k, "%s: %d letters without accents, %d fit in one part", what, septets,
			       LD_CHECK_PART_SEPTETS);
}

/* ---- messages ---- */

/* A word that only a translation fills in is a slip of the pen. */
static void check_same_words(struct ld_checker *k, const struct ld_named *m, enum ld_lang lang)
{
	const char *vi = m->text[LD_LANG_VI];

	for (const char *p = strchr(m->text[lang], '{'); p; p = strchr(p + 1, '{')) {
		size_t n = strcspn(p, "}") + 1;
		char word[32];

		if (n >= sizeof(word))
			continue;
		memcpy(word, p, n);
		word[n] = '\0';
		if (!strstr(vi, word))
			ld_check_error(k, "%s: \"%s\" has %s, \"vi\" has not", m->name,
				       k->c->langs[lang].code, word);
	}
}

static void check_message(struct ld_checker *k, const struct ld_named *m)
{
	char what[80], filled[LD_TEXT_MAX];

	for (unsigned i = 0; i < LD_ARRAY_SIZE(to_strangers); i++)
		if (strcmp(m->name, to_strangers[i]) == 0 && strcasestr(m->text[LD_LANG_VI], "{xung}"))
			ld_check_error(k, "%s: nobody knows how to address a stranger", m->name);
	for (unsigned lang = 0; lang < k->c->n_langs; lang++) {
		const char *text = m->text[lang];

		check_same_words(k, m, (enum ld_lang)lang);
		if (ld_check_of_lesson(text))
			continue;       /* checked with every lesson */
		snprintf(what, sizeof(what), "%s (%s)", m->name, k->c->langs[lang].code);
		ld_check_fill(k, (enum ld_lang)lang, text, NULL, filled, sizeof(filled));
		ld_check_prose(k, what, (enum ld_lang)lang, text, filled);
		check_part(k, what, (enum ld_lang)lang, text, NULL);
	}
}

void ld_check_messages(struct ld_checker *k)
{
	const struct ld_names *messages = &k->impl->messages;

	k->file = messages->file;
	for (unsigned i = 0; i < messages->n; i++) {
		k->line = messages->v[i].line;
		check_message(k, &messages->v[i]);
	}
}

/* ---- lessons ---- */

/* Message A, B right, B wrong, the review, and the result behind the last verdict. */
static void check_parts(struct ld_checker *k, const struct ld_course *course,
			const struct ld_lesson *l, enum ld_lang lang)
{
	static const struct {
		const char *first, *second, *name;
		uint8_t only;           /* lesson; 0 all */
	} compositions[] = {
		{ "LESSON_A", "", "message A", 0 },
		{ "LESSON_A", "LESSON_FIRST_TAIL", "message A with its tail", 1 },
		{ "LESSON_B_RIGHT", "", "message B after a right answer", 0 },
		{ "LESSON_B_WRONG", "", "message B after a wrong answer", 0 },
		{ "REVIEW", "", "the review", 0 },
		{ "VERDICT_WRONG", "COURSE_DONE", "COURSE_DONE behind the verdict", 0 },
		{ "VERDICT_WRONG", "COURSE_FAIL", "COURSE_FAIL behind the verdict", 0 },
	};

	for (unsigned i = 0; i < LD_ARRAY_SIZE(compositions); i++) {
		char text[LD_TEXT_MAX], what[96];

		if (compositions[i].only && compositions[i].only != l->n)
			continue;
		snprintf(text, sizeof(text), "%s%s", template_of(k, compositions[i].first, lang),
			 template_of(k, compositions[i].second, lang));
		snprintf(what, sizeof(what), "%s lesson %u, %s (%s)", course->key, l->n,
			 compositions[i].name, k->c->langs[lang].code);
		check_part(k, what, lang, text, l);
	}
}

/* The command word that a text begins with, or NULL. */
static const char *leading_word(const struct ld_content *c, const char *folded)
{
	for (unsigned r = 0; r < c->n_rules; r++) {
		if (c->rules[r].kind == LD_MATCH_PATTERN)
			continue;
		for (unsigned i = 0; i < c->rules[r].n_words; i++) {
			const char *word = c->rules[r].words[i];
			size_t n = strlen(word);

			if (n > 0 && strncmp(folded, word, n) == 0 &&
			    (folded[n] == ' ' || folded[n] == '\0'))
				return word;
		}
	}
	return NULL;
}

/* People type the answer itself: it must not stop their lessons. */
static void check_option(struct ld_checker *k, const char *what, const char *option)
{
	char folded[LD_INPUT_MAX], filled[LD_INPUT_MAX];
	struct ld_matched m;
	const char *word;

	ld_text_fold(option, folded, sizeof(folded));
	snprintf(filled, sizeof(filled), "1.%s", option);
	ld_check_prose(k, what, LD_LANG_VI, option, filled);
	ld_match(k->c->rules, k->c->n_rules, option, LD_PROMPT_NONE, &m);
	word = leading_word(k->c, folded);
	if (m.rule && m.rule->kind != LD_MATCH_ANY)
		ld_check_error(k, "%s: \"%s\" reads as the command %s", what, option, m.rule->intent);
	else if (word)
		ld_check_error(k, "%s: \"%s\" begins with the command word %s", what, option, word);
	if (option[0] >= '0' && option[0] <= '9')
		ld_check_error(k, "%s: \"%s\" begins with a digit", what, option);
	if (ld_check_length(k, what, LD_LANG_VI, option, NULL) > LD_CHECK_ANSWER_SEPTETS)
		ld_check_error(k, "%s: \"%s\" is longer than %d letters", what, option,
			       LD_CHECK_ANSWER_SEPTETS);
}

static void check_lesson(struct ld_checker *k, const struct ld_course *course,
			 const struct ld_lesson *l)
{
	char what[64], folded[3][LD_INPUT_MAX], filled[LD_TEXT_MAX];
	const char *const texts[] = { l->key, l->question, l->more };

	snprintf(what, sizeof(what), "%s lesson %u", course->key, l->n);
	for (unsigned i = 0; i < LD_ARRAY_SIZE(texts); i++) {
		ld_check_fill(k, LD_LANG_VI, texts[i], NULL, filled, sizeof(filled));
		ld_check_prose(k, what, LD_LANG_VI, texts[i], filled);
	}
	for (unsigned i = 0; i < 3; i++) {
		ld_text_fold(l->opt[i], folded[i], sizeof(folded[i]));
		check_option(k, what, l->opt[i]);
		for (unsigned j = 0; j < i; j++)
			if (strcmp(folded[i], folded[j]) == 0)
				ld_check_error(k, "%s: two answers read the same: \"%s\"", what, l->opt[i]);
	}
	for (unsigned lang = 0; lang < k->c->n_langs; lang++)
		check_parts(k, course, l, (enum ld_lang)lang);
}

/* Nobody should pass by always pressing the same key. */
static void check_spread(struct ld_checker *k, const struct ld_course *course)
{
	unsigned count[4] = { 0 };

	for (unsigned i = 0; i < course->n_lessons; i++) {
		const struct ld_lesson *l = &course->lessons[i];

		k->line = l->line;
		count[l->answer]++;
		if (i >= 2 && l->answer == l[-1].answer && l->answer == l[-2].answer)
			ld_check_warn(k, "%s lesson %u: the third answer %u running", course->key, l->n,
				      l->answer);
	}
	k->line = course->lessons[0].line;
	for (unsigned a = 1; a <= 3; a++)
		if (count[a] * 2 > course->n_lessons)
			ld_check_warn(k, "%s: answer %u is right in more than half of the lessons",
				      course->key, a);
}

/* A course that nobody can find is not taught. */
static void check_offered(struct ld_checker *k, const struct ld_course *course)
{
	const char *list = template_of(k, "ENROL_WHICH", LD_LANG_VI);
	bool option = false;
	char line[96];

	for (unsigned i = 0; i < k->c->n_screens; i++)
		for (unsigned o = 0; o < k->c->screens[i].n_options; o++)
			option = option || (k->c->screens[i].options[o].key == '0' + course->menu_key &&
					    strcmp(k->c->screens[i].options[o].arg, course->key) == 0);
	if (!option)
		ld_check_warn(k, "course %s: no screen of menu.conf has an option with key \"%u\" and "
			      "arg \"%s\"", course->key, course->menu_key, course->key);
	snprintf(line, sizeof(line), "\n%u %s", course->menu_key, course->name_short);
	if (!strstr(list, line))
		ld_check_warn(k, "course %s: ENROL_WHICH of messages.conf does not list \"%s\"",
			      course->key, line + 1);
}

void ld_check_lessons(struct ld_checker *k)
{
	for (unsigned i = 0; i < k->c->n_courses; i++) {
		const struct ld_course *course = &k->c->courses[i];

		k->file = course->lessons[0].file;
		for (unsigned n = 0; n < course->n_lessons; n++) {
			k->line = course->lessons[n].line;
			check_lesson(k, course, &course->lessons[n]);
		}
		check_spread(k, course);
		check_offered(k, course);
	}
}
