/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/text/text.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/base/err.h"

enum { FUZZY_MIN = 4 };         /* letters; shorter words are near too many others */

struct input {
	const char *raw;                /* without blanks at its ends */
	size_t raw_len;
	const char *folded;
	enum ld_prompt_kind open;
};

/* How sure we are, in rising order. */
enum grade { GRADE_NONE, GRADE_ANY, GRADE_FUZZY, GRADE_SURE };

struct found {
	const struct ld_rule *rule;
	enum grade grade;
	const char *word;               /* FUZZY: the word it was taken for */
	size_t rest;
};

/* ---- one rule ---- */

/* Where in text the words after the phrase begin, or 0 when it does not begin with it. */
static size_t after_phrase(const char *text, const char *phrase)
{
	size_t len = strlen(phrase);

	if (len == 0 || strncmp(text, phrase, len) != 0)
		return 0;
	return text[len] == ' ' ? len + 1 : text[len] == '\0' ? len : 0;
}

static bool has_word(const char *const *words, unsigned n, const char *word, size_t len)
{
	for (unsigned i = 0; i < n; i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return true;
	return false;
}

/* At most two words, all of them of the tail. */
static bool is_tail(const struct ld_rule *r, const char *text)
{
	for (unsigned n = 0; *text; n++) {
		size_t len = strcspn(text, " ");
		if (n == 2 || !has_word(r->tail, r->n_tail, text, len))
			return false;
		text += len + (text[len] == ' ');
	}
	return true;
}

static bool hit_exact(const struct ld_rule *r, const struct input *in, size_t *ret_rest)
{
	/* '?' has no folded form. */
	if (in->raw_len > 0 && has_word(r->words, r->n_words, in->raw, in->raw_len))
		return true;
	for (unsigned i = 0; i < r->n_words; i++) {
		size_t rest = after_phrase(in->folded, r->words[i]);
		if (rest > 0 && is_tail(r, in->folded + rest)) {
			*ret_rest = rest;
			return true;
		}
	}
	return false;
}

/* The longest phrase wins, so that no word of it is taken for an argument. */
static bool hit_prefix(const struct ld_rule *r, const struct input *in, size_t *ret_rest)
{
	size_t longest = 0;

	for (unsigned i = 0; i < r->n_except; i++)
		if (strncmp(in->folded, r->except[i], strlen(r->except[i])) == 0)
			return false;
	for (unsigned i = 0; i < r->n_words; i++) {
		size_t rest = after_phrase(in->folded, r->words[i]);
		if (rest > longest)
			longest = rest;
	}
	if (longest > 0)
		*ret_rest = longest;
	return longest > 0;
}

static bool hit_pattern(const struct ld_rule *r, const struct input *in, size_t *ret_rest)
{
	(void)ret_rest;
	return r->pattern && regexec(r->pattern, in->folded, 0, NULL, 0) == 0;
}

static bool hit_any(const struct ld_rule *r, const struct input *in, size_t *ret_rest)
{
	(void)r;
	(void)in;
	(void)ret_rest;
	return true;
}

/* FUZZY has its own way, since it looks at all other rules. */
static bool (*const hit_kind[])(const struct ld_rule *, const struct input *, size_t *) = {
	[LD_MATCH_EXACT] = hit_exact,
	[LD_MATCH_PREFIX] = hit_prefix,
	[LD_MATCH_PATTERN] = hit_pattern,
	[LD_MATCH_ANY] = hit_any,
};

/* ---- rules that need to know more than the folded text ---- */

/* Two or three answers in one text: a key pressed twice. */
static bool is_stutter(const char *folded)
{
	unsigned n = 0;

	for (; *folded; folded++) {
		if (*folded == ' ')
			continue;
		if (*folded < '1' || *folded > '3')
			return false;
		n++;
	}
	return n == 2 || n == 3;
}

static bool only_digits(const struct input *in)
{
	for (size_t i = 0; i < in->raw_len; i++)
		if (in->raw[i] < '0' || in->raw[i] > '9')
			return false;
	return in->raw_len > 0;
}

/* While a question is open: a list of words, "" among them, without tails; or a stutter. */
static bool hit_answer_unclear(const struct ld_rule *r, const struct input *in, size_t *ret_rest)
{
	(void)ret_rest;
	return in->open == LD_PROMPT_QUIZ &&
	       (has_word(r->words, r->n_words, in->folded, strlen(in->folded)) ||
		is_stutter(in->folded));
}

/* Digits only as they came, so that a balance code "*101#" is none. */
static bool hit_menu_code(const struct ld_rule *r, const struct input *in, size_t *ret_rest)
{
	return only_digits(in) && !(in->open == LD_PROMPT_QUIZ && is_stutter(in->folded)) &&
	       hit_pattern(r, in, ret_rest);
}

static const struct {
	const char *intent;
	bool (*hit)(const struct ld_rule *, const struct input *, size_t *);
} special[] = {
	{ "ANSWER_UNCLEAR", hit_answer_unclear },
	{ "MENU_CODE", hit_menu_code },
};

static bool hit(const struct ld_rule *r, const struct input *in, size_t *ret_rest)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(special); i++)
		if (strcmp(r->intent, special[i].intent) == 0)
			return special[i].hit(r, in, ret_rest);
	return hit_kind[r->kind](r, in, ret_rest);
}

/* ---- all rules ---- */

/* Edit distance exactly 1. */
static bool is_near(const char *text, const char *word)
{
	size_t n = strlen(text), m = strlen(word), same = 0;

	if (n < FUZZY_MIN)
		return false;
	while (text[same] && text[same] == word[same])
		same++;
	/* The lengths of what is compared tell apart more than one letter of difference. */
	if (n == m)
		return same < n && strcmp(text + same + 1, word + same + 1) == 0;
	return n > m ? strcmp(text + same + 1, word + same) == 0 :
		       strcmp(text + same, word + same + 1) == 0;
}

static struct found find_sure(const struct ld_rule *rules, unsigned n, const struct input *in)
{
	struct found f = { .rest = strlen(in->folded) };

	for (unsigned i = 0; i < n; i++) {
		if (rules[i].kind == LD_MATCH_FUZZY || !hit(&rules[i], in, &f.rest))
			continue;
		f.rule = &rules[i];
		f.grade = rules[i].kind == LD_MATCH_ANY ? GRADE_ANY : GRADE_SURE;
		break;
	}
	return f;
}

/* The text taken for a word of a FUZZY rule, where that word has a rule of its own. */
static struct found find_near(const struct ld_rule *rules, unsigned n, const struct ld_rule *fuzzy,
			      const struct input *in)
{
	for (unsigned i = 0; i < fuzzy->n_words; i++) {
		const char *word = fuzzy->words[i];
		struct input as = { word, strlen(word), word, in->open };
		struct found f;

		if (!is_near(in->folded, word))
			continue;
		f = find_sure(rules, n, &as);
		if (f.grade == GRADE_SURE) {
			f.grade = GRADE_FUZZY;
			f.word = word;
			return f;
		}
	}
	return (struct found){ 0 };
}

static struct found find(const struct ld_rule *rules, unsigned n, const struct input *in)
{
	struct found sure = find_sure(rules, n, in);

	for (unsigned i = 0; i < n && &rules[i] != sure.rule; i++) {
		struct found near;
		if (rules[i].kind != LD_MATCH_FUZZY)
			continue;
		near = find_near(rules, n, &rules[i], in);
		if (near.grade == GRADE_FUZZY)
			return near;
	}
	return sure;
}

void ld_match(const struct ld_rule *rules, unsigned n, const char *raw, enum ld_prompt_kind open,
	      struct ld_matched *ret)
{
	char typed[LD_INPUT_MAX];
	struct input in = { .open = open };
	struct found plain, undone;

	in.raw = raw + strspn(raw, " \t\r\n");
	in.raw_len = strlen(in.raw);
	while (in.raw_len > 0 && strchr(" \t\r\n", in.raw[in.raw_len - 1]))
		in.raw_len--;

	ld_text_fold(raw, ret->folded, sizeof(ret->folded));
	in.folded = ret->folded;
	plain = find(rules, n, &in);
	if (plain.grade < GRADE_SURE) {
		ld_text_fold_typed(raw, typed, sizeof(typed));
		in.folded = typed;
		undone = strcmp(typed, ret->folded) == 0 ? plain : find(rules, n, &in);
		if (undone.grade > plain.grade) {
			plain = undone;
			memcpy(ret->folded, typed, sizeof(typed));
		}
	}
	if (plain.word)
		snprintf(ret->folded, sizeof(ret->folded), "%s", plain.word);
	ret->rule = plain.rule;
	ret->rest = plain.rest;
}

/* ---- patterns ---- */

static int compile(struct ld_rule *r)
{
	regex_t *re;
	char *whole = NULL;
	int rc;

	if (r->n_words != 1)
		return LD_E_SYNTAX;
	re = calloc(1, sizeof(*re));
	if (!re || asprintf(&whole, "^(%s)$", r->words[0]) < 0) {
		free(re);
		return LD_E_NOMEM;
	}
	rc = regcomp(re, whole, REG_EXTENDED | REG_NOSUB);
	free(whole);
	if (rc != 0) {
		free(re);
		return rc == REG_ESPACE ? LD_E_NOMEM : LD_E_SYNTAX;
	}
	r->pattern = re;
	return 0;
}

int ld_rules_compile(struct ld_rule *rules, unsigned n, unsigned *ret_bad)
{
	for (unsigned i = 0; i < n; i++)
		rules[i].pattern = NULL;
	for (unsigned i = 0; i < n; i++) {
		int rc = rules[i].kind == LD_MATCH_PATTERN ? compile(&rules[i]) : 0;
		if (rc < 0) {
			ld_rules_release(rules, n);
			*ret_bad = i;
			return rc;
		}
	}
	return 0;
}

void ld_rules_release(struct ld_rule *rules, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (rules[i].pattern) {
			regfree(rules[i].pattern);
			free(rules[i].pattern);
			rules[i].pattern = NULL;
		}
	}
}
