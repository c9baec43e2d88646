/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LAIDO_CONTENT_CHECKER_H
#define LAIDO_CONTENT_CHECKER_H

#include "impl.h"
#include "laido/content/check.h"

struct ld_checker {
	const struct ld_content *c;
	const struct ld_content_impl *impl;
	ld_finding_cb cb;
	void *arg;
	unsigned errors;
	/* Where findings belong just now. */
	const char *file;
	int line;
};

void ld_check_error(struct ld_checker *k, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void ld_check_warn(struct ld_checker *k, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Septets of a template without accents, the longest over all forms of address, with the longest
 * values and, when lesson is given, its words. Negative after a finding about an unknown
 * placeholder or a character outside the alphabet; what names the text in it. */
int ld_check_length(struct ld_checker *k, const char *what, enum ld_lang lang, const char *template,
		    const struct ld_lesson *lesson);

/* The template with values filled in and accents kept, no form of address. */
void ld_check_fill(const struct ld_checker *k, enum ld_lang lang, const char *template,
		   const struct ld_lesson *lesson, char *ret, size_t size);

/* Whether the template names a word of a lesson. */
bool ld_check_of_lesson(const char *template);

/* Words that mislead without accents, links, domain names, forms of address at a wrong place. */
void ld_check_prose(struct ld_checker *k, const char *what, enum ld_lang lang, const char *template,
		    const char *filled);

void ld_check_screens(struct ld_checker *k);
void ld_check_messages(struct ld_checker *k);
void ld_check_lessons(struct ld_checker *k);

#endif
