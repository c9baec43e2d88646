/* SPDX-License-Identifier: GPL-2.0-or-later */
/* content/check: what the loader lets pass but people would stumble over. The loader refuses a
 * folder that cannot work; this finds screens nobody reaches, texts that do not fit, words that
 * read as something else without accents, answers that read as commands. */
#ifndef LAIDO_CONTENT_CHECK_H
#define LAIDO_CONTENT_CHECK_H

#include "laido/content/content.h"

enum {
	LD_CHECK_SCREEN_SEPTETS = 120,  /* of a screen without its navigation line */
	LD_CHECK_PAGE_SEPTETS = 130,    /* with it; the rest becomes a second page (FACTS F2) */
	LD_CHECK_PART_SEPTETS = 160,    /* one part of an SMS */
	LD_CHECK_ANSWER_SEPTETS = 24,   /* an answer of a question */
};

/* Findings go to cb, file by file. Returns the number of errors among them. */
unsigned ld_content_check(const struct ld_content *c, ld_finding_cb cb, void *arg);

/* What people know by heart or have on paper must keep its meaning: keys of screens, codes, courses
 * and lesson numbers of c against those of `old`, which it replaces. Returns the number of errors. */
unsigned ld_content_check_change(const struct ld_content *c, const struct ld_content *old,
				 ld_finding_cb cb, void *arg);

#endif
