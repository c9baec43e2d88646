/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates at their longest: every {word} gets the longest value it can have. */
#include "checker.h"

#include <string.h>

enum { NAME_LEN = 24, DEPTH = 3 };

static const char *const forms[] = { "", "em", "anh chị", "bác", "cụ" };

struct fill {
	const struct ld_checker *k;
	enum ld_lang lang;
	const struct ld_lesson *lesson;
	const char *form;               /* of address */
	char unknown[NAME_LEN];         /* the first {word} without a value */
	char *text;
	size_t used, size;
};

static void put(struct fill *f, const char *text, size_t n)
{
	if (n > f->size - 1 - f->used)
		n = f->size - 1 - f->used;
	memcpy(f->text + f->used, text, n);
	f->used += n;
	f->text[f->used] = '\0';
}

static const char *longest_option(const struct ld_lesson *l)
{
	const char *longest = l->opt[0];

	for (unsigned i = 1; i < 3; i++)
		if (ld_text_length(l->opt[i], strlen(l->opt[i]), LD_UCS2) >
		    ld_text_length(longest, strlen(longest), LD_UCS2))
			longest = l->opt[i];
	return longest;
}

static const char *lesson_word(const struct ld_lesson *l, const char *name)
{
	if (strcmp(name, "key") == 0)
		return l->key;
	if (strcmp(name, "question") == 0)
		return l->question;
	if (strcmp(name, "more") == 0)
		return l->more;
	if (strcmp(name, "a") == 0 || strcmp(name, "answer") == 0)
		return longest_option(l);
	if (strncmp(name, "opt", 3) == 0 && name[3] >= '1' && name[3] <= '3' && name[4] == '\0')
		return l->opt[name[3] - '1'];
	return NULL;
}

bool ld_check_of_lesson(const char *template)
{
	static const struct ld_lesson any = { .opt = { "", "", "" }, .key = "", .question = "",
					      .more = "" };
	char name[NAME_LEN];

	for (const char *p = strchr(template, '{'); p; p = strchr(p + 1, '{')) {
		size_t n = strcspn(p, "}");

		if (n - 1 >= sizeof(name))
			continue;
		memcpy(name, p + 1, n - 1);
		name[n - 1] = '\0';
		if (lesson_word(&any, name) || strcmp(name, "verdict") == 0)
			return true;
	}
	return false;
}

static const char *lookup(const struct fill *f, const char *name)
{
	const struct ld_content_impl *impl = f->k->impl;
	const char *word = f->lesson ? lesson_word(f->lesson, name) : NULL;
	const struct ld_named *v;

	if (word)
		return word;
	if (f->lesson && strcmp(name, "verdict") == 0)
		return ld_content_message(f->k->c, "VERDICT_WRONG", f->lang);
	v = ld_names_find(&impl->longest, name);
	if (!v)
		v = ld_names_find(&impl->ward, name);
	return v ? v->text[LD_LANG_VI] : NULL;
}

/* {xung}: with nobody known the word goes with the blank before it, {Xung} with the one after. */
static const char *put_form(struct fill *f, bool upper, const char *after)
{
	if (f->form[0])
		put(f, f->form, strlen(f->form));
	else if (upper)
		after += *after == ' ';
	else if (f->used && f->text[f->used - 1] == ' ')
		f->text[--f->used] = '\0';
	return after;
}

static void expand(struct fill *f, const char *t, unsigned depth)
{
	while (*t) {
		size_t plain = strcspn(t, "{"), n;
		char name[NAME_LEN] = "";
		const char *v;

		put(f, t, plain);
		t += plain;
		if (*t == '\0')
			return;
		n = strcspn(t, "}");
		if (t[n] == '}' && n - 1 < sizeof(name))
			memcpy(name, t + 1, n - 1);
		t += t[n] == '}' ? n + 1 : n;
		if (strcmp(name, "xung") == 0 || strcmp(name, "Xung") == 0) {
			t = put_form(f, name[0] == 'X', t);
			continue;
		}
		v = lookup(f, name);
		if (v && depth < DEPTH)
			expand(f, v, depth + 1);
		else if (f->unknown[0] == '\0')
			memcpy(f->unknown, name[0] ? name : "?", name[0] ? sizeof(name) : 2);
	}
}

void ld_check_fill(const struct ld_checker *k, enum ld_lang lang, const char *template,
		   const struct ld_lesson *lesson, char *ret, size_t size)
{
	struct fill f = { .k = k, .lang = lang, .lesson = lesson, .form = "", .text = ret,
			  .size = size };

	ret[0] = '\0';
	expand(&f, template, 0);
}

/* The first character that is not in the GSM alphabet, for the finding. */
static void name_stranger(const char *text, char ret[5])
{
	for (const char *p = text; *p;) {
		size_t n = 1;

		while ((p[n] & 0xc0) == 0x80)
			n++;
		n = n > 4 ? 4 : n;
		memcpy(ret, p, n);
		ret[n] = '\0';
		if (ld_gsm7_septets(ret) < 0)
			return;
		p += n;
	}
	ret[0] = '\0';
}

int ld_check_length(struct ld_checker *k, const char *what, enum ld_lang lang, const char *template,
		    const struct ld_lesson *lesson)
{
	char text[LD_TEXT_MAX], plain[LD_TEXT_MAX], stranger[5];
	int longest = 0;

	for (unsigned i = 0; i < LD_ARRAY_SIZE(forms); i++) {
		struct fill f = { .k = k, .lang = lang, .lesson = lesson, .form = forms[i],
				  .text = text, .size = sizeof(text) };
		int septets;

		text[0] = '\0';
		expand(&f, template, 0);
		if (f.unknown[0]) {
			ld_check_error(k, "%s: {%s} has no longest value in values.conf", what,
				       f.unknown);
			return -1;
		}
		if (ld_text_unaccent(text, plain, sizeof(plain)) < 0)
			return LD_TEXT_MAX;
		septets = ld_gsm7_septets(plain);
		if (septets < 0) {
			name_stranger(plain, stranger);
			ld_check_error(k, "%s: \"%s\" is no letter of phones (GSM alphabet); the "
				       "whole text would cost double", what, stranger);
			return -1;
		}
		longest = septets > longest ? septets : longest;
	}
	return longest;
}
