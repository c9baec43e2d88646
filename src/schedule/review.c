/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spaced repetition: wrong answers come back after 1, 3 and 7 days (ADR 0007). */
#include "impl.h"

enum { LESSONS = 64, STEPS = 3 };

_Static_assert(STEPS < (int)LD_ANSWERS_EACH, "one more than is repeated is still told apart");

static const int64_t wait_days[STEPS] = { 1, 3, 7 };

unsigned ld_schedule_review(const struct ld_answer *answers, unsigned n, uint64_t mask,
			    int64_t *ret_due_ms)
{
	unsigned wrong[LESSONS + 1] = { 0 }, best = 0;  /* in a row, up to the last answer */
	int64_t last[LESSONS + 1] = { 0 };

	for (unsigned i = 0; i < n; i++) {
		unsigned lesson = answers[i].lesson;

		if (lesson < 1 || lesson > LESSONS)
			continue;
		wrong[lesson] = answers[i].right ? 0 : wrong[lesson] + 1;
		last[lesson] = answers[i].at_ms;
	}
	for (unsigned lesson = 1; lesson <= LESSONS; lesson++) {
		int64_t due;

		if (!(mask >> (lesson - 1) & 1) || wrong[lesson] < 1 || wrong[lesson] > STEPS)
			continue;
		due = last[lesson] + wait_days[wrong[lesson] - 1] * LD_SCHED_DAY_MS;
		if (best == 0 || due < *ret_due_ms) {
			best = lesson;
			*ret_due_ms = due;
		}
	}
	return best;
}
