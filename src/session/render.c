/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: {placeholders}, the form of address, the person's script. */
#include "internal.h"

#include <stdio.h>

enum { NAME_MAX_ = 24, DEPTH_MAX = 2 };

void ses_copy(char *ret, size_t size, const char *text)
{
	size_t n = strnlen(text, size);

	if (n < size) {
		memmove(ret, text, n + 1);
		return;
	}
	memmove(ret, text, size - 1);
	ret[size - 1] = '\0';
	/* The character that was cut begins at most three octets before. */
	for (n = size - 1; n > 0 && ((uint8_t)ret[n - 1] & 0xc0) == 0x80; n--)
		;
	if (n > 0 && (uint8_t)ret[n - 1] >= 0xc0)
		ret[n - 1] = '\0';
}

/* ---- values ---- */

static const char *keep(struct ses *x, const char *text)
{
	size_t n = strlen(text) + 1;
	char *to = x->arena + x->arena_used;

	if (n > sizeof(x->arena) - x->arena_used)
		return "";
	memcpy(to, text, n);
	x->arena_used += n;
	return to;
}

void ses_value(struct ses *x, const char *name, const char *text)
{
	struct ses_value *v = NULL;

	for (unsigned i = 0; i < x->n_values && !v; i++)
		if (strcmp(x->value[i].name, name) == 0)
			v = &x->value[i];
	if (!v && x->n_values < SES_VALUES) {
		v = &x->value[x->n_values++];
		v->name = keep(x, name);
	}
	if (v)
		v->text = keep(x, text);
}

void ses_value_number(struct ses *x, const char *name, unsigned v)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", v);
	ses_value(x, name, text);
}

void ses_values_clear(struct ses *x)
{
	x->n_values = 0;
	x->arena_used = 0;
}

/* ---- the form of address ---- */

/* The register's forms, as they are written with accents. */
static const char *const forms[][2] = {
	{ "em", "em" }, { "anh chi", "anh chị" }, { "bac", "bác" }, { "cu", "cụ" },
};

/* "" for strangers and for whoever wants none. */
static const char *address(const struct ses *x)
{
	const struct ld_course *course = ses_current_course(x);
	const char *form = ses_reg(x, LD_REG_XUNG);

	if (!ses_member(x))
		return "";
	if (form[0] == '\0' && !x->xung_written && course)
		form = course->xung;
	for (size_t i = 0; i < LD_ARRAY_SIZE(forms); i++)
		if (strcmp(forms[i][0], form) == 0)
			return forms[i][1];
	return "";
}

/* Octets of one capital letter, written to ret; covers the letters Vietnamese words begin with. */
static size_t capital(const char *p, char ret[4])
{
	uint8_t a = (uint8_t)p[0], b = a ? (uint8_t)p[1] : 0;
	size_t n = a < 0x80 ? 1 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;

	n = strnlen(p, n);
	memcpy(ret, p, n);
	if (a >= 'a' && a <= 'z')
		ret[0] = (char)(a - 'a' + 'A');
	else if (a == 0xc3 && b >= 0xa0)
		ret[1] = (char)(b - 0x20);
	else if ((a == 0xc4 && (b == 0x91 || b == 0x83)) || (a == 0xc6 && b == 0xa1))
		ret[1] = (char)(b - 1);
	else if (a == 0xc6 && b == 0xb0)
		ret[1] = (char)0xaf;
	else if (a == 0xe1 && (b == 0xba || b == 0xbb) && n == 3 && (p[2] & 1))
		ret[2] = (char)(p[2] - 1);
	return n;
}

/* ---- expansion ---- */

struct sink {
	char *text;
	size_t used, size;
};

static void put(struct sink *k, const char *text, size_t n)
{
	if (n > k->size - 1 - k->used)
		n = k->size - 1 - k->used;
	memcpy(k->text + k->used, text, n);
	k->used += n;
	k->text[k->used] = '\0';
}

/* What every template may name. */
static const char *common(struct ses *x, const char *name, char *ret, size_t size)
{
	struct ses_learning l;

	if (strcmp(name, "ward_phone") == 0)
		return ld_content_value(x->c, name);
	if (strcmp(name, "tdp") == 0)
		return ses_reg(x, LD_REG_TDP);
	if (!ses_look(x, NULL, &l))
		return NULL;
	if (strcmp(name, "course") == 0)
		return l.course->name_short;
	if (strcmp(name, "total") == 0)
		snprintf(ret, size, "%u", (unsigned)l.course->n_lessons);
	else if (strcmp(name, "n") == 0)
		snprintf(ret, size, "%u", l.next ? l.next : l.done);
	else
		return NULL;
	return ret;
}

static const char *lookup(struct ses *x, const char *name, char *ret, size_t size)
{
	for (unsigned i = x->n_values; i-- > 0;)
		if (strcmp(x->value[i].name, name) == 0)
			return x->value[i].text;
	return common(x, name, ret, size);
}

/* {xung}, {Xung}; with nobody known the word goes with one blank. Returns octets of what follows
 * that were taken too. */
static size_t put_address(struct ses *x, struct sink *k, bool upper, const char *after)
{
	const char *form = address(x);
	char letter[4];
	size_t n;

	if (form[0]) {
		n = capital(form, letter);
		put(k, upper ? letter : form, n);
		put(k, form + n, strlen(form + n));
		return 0;
	}
	if (!upper) {
		if (k->used > 0 && k->text[k->used - 1] == ' ')
			k->text[--k->used] = '\0';
		return 0;
	}
	if (after[0] != ' ' || after[1] == '\0' || after[1] == '{')
		return after[0] == ' ';
	n = capital(after + 1, letter);
	put(k, letter, n);
	return n + 1;
}

static void expand(struct ses *x, struct sink *k, const char *t, unsigned depth)
{
	while (*t) {
		size_t plain = strcspn(t, "{"), n;
		char name[NAME_MAX_], number[12];
		const char *v;

		put(k, t, plain);
		t += plain;
		if (*t != '{')
			return;
		n = strcspn(t, "}");
		if (t[n] != '}' || n - 1 >= sizeof(name)) {
			put(k, t++, 1);
			continue;
		}
		memcpy(name, t + 1, n - 1);
		name[n - 1] = '\0';
		t += n + 1;
		if (strcmp(name, "xung") == 0 || strcmp(name, "Xung") == 0) {
			t += put_address(x, k, name[0] == 'X', t);
		} else {
			v = lookup(x, name, number, sizeof(number));
			if (v && depth < DEPTH_MAX)
				expand(x, k, v, depth + 1);
		}
	}
}

void ses_expand(struct ses *x, const char *template, char *ret, size_t size)
{
	struct sink k = { .text = ret, .size = size };

	ret[0] = '\0';
	expand(x, &k, template, 0);
	ld_text_cut(ret, size - 1);
}

enum ld_alphabet ses_script(const struct ses *x, char *text, size_t size)
{
	struct ld_measure m;
	char plain[LD_TEXT_MAX];

	if (strcmp(ses_reg(x, LD_REG_SCRIPT), "full") != 0 &&
	    ld_text_unaccent(text, plain, sizeof(plain)) >= 0)
		ses_copy(text, size, plain);
	ld_text_measure(text, &m);
	return m.alphabet;
}

void ses_screen_text(struct ses *x, const struct ld_screen *sc, char *ret, size_t size)
{
	struct sink k = { .text = ret, .size = size };
	enum ld_lang lang = ses_lang(x);
	char line[2] = { 0 };

	ret[0] = '\0';
	if (sc->text[lang])
		expand(x, &k, sc->text[lang], 0);
	for (unsigned i = 0; i < sc->n_options; i++) {
		size_t before = k.used, label;

		line[0] = sc->options[i].key;
		put(&k, "\n", 1);
		put(&k, line, 1);
		put(&k, ".", 1);
		label = k.used;
		expand(x, &k, sc->options[i].label[lang], 0);
		/* A list that is shorter than its keys. */
		if (k.used == label)
			k.text[k.used = before] = '\0';
	}
	ld_text_cut(ret, size - 1);
}
