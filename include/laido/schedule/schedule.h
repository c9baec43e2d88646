/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schedule: when a learner gets something that she did not ask for, and what (DESIGN 6, ADR 0007).
 * Pure functions of the time, the learner and what was sent to her before; nothing is stored or
 * sent here. Days and hours are local: UTC plus a fixed offset. */
#ifndef LAIDO_SCHEDULE_SCHEDULE_H
#define LAIDO_SCHEDULE_SCHEDULE_H

#include "laido/content/content.h"
#include "laido/store/store.h"

#define LD_SCHED_HOUR_MS INT64_C(3600000)
#define LD_SCHED_DAY_MS (24 * LD_SCHED_HOUR_MS)
#define LD_SCHED_HOLD_MS (48 * LD_SCHED_HOUR_MS)        /* n+1 waits so long for n's answer */
#define LD_SCHED_PAUSE_MS (10 * INT64_C(60000))         /* after what she did last */
#define LD_SCHED_IDLE_MS (7 * LD_SCHED_DAY_MS)          /* without an answer: one reminder */
#define LD_SCHED_IDLE2_MS (21 * LD_SCHED_DAY_MS)        /* another; then silence */
#define LD_SCHED_LOOK_MS (7 * LD_SCHED_DAY_MS)          /* looked at at least so often */

struct ld_schedule_cfg {
	int utc_offset_min;
	/* Local minutes of the day; nothing unasked from..to. Equal: no quiet hours. */
	int quiet_from_min, quiet_to_min;
};

enum ld_schedule_what { LD_DUE_NOTHING = 0, LD_DUE_LESSON, LD_DUE_REVIEW, LD_DUE_IDLE };

/* What is known when a learner is looked at. */
struct ld_schedule_look {
	int64_t now_ms;
	const struct ld_person *person;
	const struct ld_due *due;
	const struct ld_course *course; /* the one she is learning; NULL: none */
	uint64_t open;                  /* its lessons that can be sent and were never answered */
	uint64_t answered;              /* those that were, and can be sent again */
	unsigned n_answers;
	const struct ld_answer *answers;/* in this course, in order */
	bool asked;                     /* a question is open in her dialogue */
	char asked_course[LD_COURSE_MAX];
	unsigned asked_lesson;
	int64_t asked_ms;
};

struct ld_schedule_plan {
	enum ld_schedule_what what;     /* to be sent now */
	unsigned lesson;                /* which, also of LD_DUE_IDLE */
	int64_t at_ms;                  /* when to look again */
};

void ld_schedule_look(const struct ld_schedule_cfg *cfg, const struct ld_schedule_look *look,
		      struct ld_schedule_plan *ret);

/* What was planned has been sent: *due as it is to be stored. Also when nothing was due. */
void ld_schedule_note(const struct ld_schedule_look *look, const struct ld_schedule_plan *plan,
		      struct ld_due *due);

/* 0 when unasked messages may go out now; else when they may again. */
int64_t ld_schedule_quiet_until(const struct ld_schedule_cfg *cfg, int64_t now_ms);

/* The lesson of the mask that repetition brings back: *ret_due_ms says when, perhaps in the
 * future; 0: none. */
unsigned ld_schedule_review(const struct ld_answer *answers, unsigned n, uint64_t mask,
			    int64_t *ret_due_ms);

#endif
