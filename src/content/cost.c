/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a course costs: its texts composed as the engine composes them, and their parts counted. */
#include "checker.h"

#include <stdio.h>

/* Parts of a message with these words; 0 when there is no such message. */
static unsigned parts(const struct ld_checker *k, const char *key, const char *tail,
		      const struct ld_lesson *lesson, bool accents)
{
	const char *head = ld_content_message(k->c, key, LD_LANG_VI);
	const char *end = tail ? ld_content_message(k->c, tail, LD_LANG_VI) : "";
	char template[LD_TEXT_MAX], text[LD_TEXT_MAX], plain[LD_TEXT_MAX];
	struct ld_measure m;

	if (!head)
		return 0;
	snprintf(template, sizeof(template), "%s%s", head, end ? end : "");
	ld_check_fill(k, LD_LANG_VI, template, lesson, text, sizeof(text));
	if (!accents && ld_text_unaccent(text, plain, sizeof(plain)) >= 0)
		ld_text_measure(plain, &m);
	else
		ld_text_measure(text, &m);
	return m.parts;
}

/* Behind REVIEW's {verdict} a review is longer than alone; the engine sends it so, but for the
 * first of a round. */
void ld_content_cost(const struct ld_content *c, const struct ld_course *course, bool accents,
		     unsigned wrong, struct ld_cost *ret)
{
	const struct ld_checker k = { .c = c, .impl = ld_impl(c) };
	double share = wrong / 100.0;

	*ret = (struct ld_cost){ .result = parts(&k, "COURSE_DONE", NULL, NULL, accents) };
	ret->invite = parts(&k, "AMB_INVITE", NULL, NULL, accents);
	if (ret->invite == 0)
		ret->invite = parts(&k, "CONSENT_ASK", NULL, NULL, accents);
	for (unsigned i = 0; i < course->n_lessons; i++) {
		const struct ld_lesson *l = &course->lessons[i];

		ret->lessons_a += parts(&k, "LESSON_A", i == 0 ? "LESSON_FIRST_TAIL" : NULL, l, accents);
		ret->lessons_b += share * parts(&k, "LESSON_B_WRONG", NULL, l, accents) +
				  (1 - share) * parts(&k, "LESSON_B_RIGHT", NULL, l, accents);
		ret->reviews += share * parts(&k, "REVIEW", NULL, l, accents);
	}
	ret->texts = 1 + course->n_lessons * (1 + share);
}

double ld_cost_parts(const struct ld_cost *cost)
{
	return cost->invite + cost->lessons_a + cost->lessons_b + cost->reviews + cost->result;
}
