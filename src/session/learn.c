/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is due in a course: pure functions of the course and the learner's progress. */
#include "internal.h"

enum { MASK_BITS = 64 };

static uint64_t bit(unsigned lesson)
{
	return lesson >= 1 && lesson <= MASK_BITS ? UINT64_C(1) << (lesson - 1) : 0;
}

static unsigned lowest(uint64_t mask)
{
	return mask ? (unsigned)__builtin_ctzll(mask) + 1 : 0;
}

const struct ld_lesson *ses_lesson(const struct ld_course *c, unsigned n)
{
	for (unsigned i = 0; c && i < c->n_lessons; i++)
		if (c->lessons[i].n == n)
			return &c->lessons[i];
	return NULL;
}

void ses_learn_look(const struct ld_course *c, const struct ld_progress *progress,
		    struct ses_learning *ret)
{
	uint64_t known = 0, sendable = 0, counts;

	memset(ret, 0, sizeof(*ret));
	ret->course = c;
	for (unsigned i = 0; i < c->n_lessons; i++) {
		known |= bit(c->lessons[i].n);
		if (c->lessons[i].sendable)
			sendable |= bit(c->lessons[i].n);
	}
	if (progress) {
		ret->answered = progress->answered & known;
		ret->right = progress->right & ret->answered;
		ret->completed = progress->completed;
	}
	counts = sendable | ret->answered;
	ret->wrong = ret->answered & ~ret->right & sendable;
	ret->total = (unsigned)__builtin_popcountll(counts);
	ret->done = (unsigned)__builtin_popcountll(ret->answered);
	ret->score = (unsigned)__builtin_popcountll(ret->right);
	/* Lessons that nobody reviewed or that expired are held back: without scaling, a learner
	 * who knows everything could never pass. */
	ret->pass = c->n_lessons == 0 ? 0 :
		    (c->pass_mark * ret->total + c->n_lessons - 1) / c->n_lessons;
	ret->next = lowest(sendable & ~ret->answered);
}

enum ses_item ses_learn_item(const struct ses_learning *l, uint64_t reviewed, unsigned *ret_lesson)
{
	uint64_t review = l->wrong & ~reviewed;

	if (l->total == 0)
		return SES_ITEM_NONE;
	if (l->next > 0) {
		*ret_lesson = l->next;
		return SES_ITEM_LESSON;
	}
	if (l->completed)
		return SES_ITEM_DONE;
	if (review) {
		*ret_lesson = lowest(review);
		return SES_ITEM_REVIEW;
	}
	return l->score >= l->pass ? SES_ITEM_DONE : SES_ITEM_FAIL;
}
