/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model/person: what the dialogue engine knows of the person who writes. Plain data, loaded by the
 * store from its projections in one go. */
#ifndef LAIDO_MODEL_PERSON_H
#define LAIDO_MODEL_PERSON_H

#include "laido/model/event.h"

enum { LD_PERSON_COURSES = 8 };

/* One course of one learner. Bit n-1 of a mask stands for lesson n. */
struct ld_progress {
	char course[LD_COURSE_MAX];
	bool enrolled;
	bool completed;
	uint64_t answered;
	uint64_t right;         /* answered rightly at least once: the best counts */
	ld_hlc last;            /* newest answer under this number */
};

struct ld_register {
	char value[LD_VALUE_MAX];       /* "" when never written */
	struct ld_dots live;            /* the writes a new one has to list */
};

/* What somebody could try to guess; wrong ones are counted a day and number. */
enum ld_guess {
	LD_GUESS_CODE = 1,              /* a guardian's ticket, the code of another telephone */
	LD_GUESS_CERTIFICATE,           /* a completion code */
};

/* A duty as the ward gave it. */
struct ld_duty {
	bool on;
	uint8_t tdp;                    /* 0: the whole ward */
	char name[LD_NAME_MAX];
	bool has_pin;
	uint8_t salt[16], pin[16];      /* ld_pin_hash() */
	int64_t given_ms;               /* UTC */
};

/* The same person under another number. */
struct ld_also {
	struct ld_id s, p;
	uint8_t slot;
};

struct ld_person {
	struct ld_msisdn msisdn;
	struct ld_id p;
	struct ld_id s;                 /* current learner of the slot; valid also before consent */
	struct ld_id epoch;
	uint8_t slot;                   /* 1..; 0: a simulated learner, in no report */
	bool consented;                 /* an open learner with consent */
	int64_t consent_ms;
	struct ld_dots optouts;         /* n > 0: opted out; wins over everything */
	bool refused;                   /* the last answer to an invitation was no */
	char invited_course[LD_COURSE_MAX];
	uint8_t invited_tdp;            /* where who invited her thinks she lives; 0: not told */
	int64_t invitation_ms;          /* newest invitation by somebody else, UTC; 0: none */
	bool national;                  /* somebody has seen her national confirmation */
	struct ld_duty duty[LD_N_DUTIES];       /* by enum ld_duty_kind */
	int64_t request_due_ms;         /* what is stored of her is to be told by then; 0: not asked */
	bool guardian;                  /* a guardian has agreed, and not taken it back */
	uint16_t ticket;                /* newest, for a guardian to name; 0: none */
	int64_t ticket_until_ms;
	/* Learners of this number, by slot - 1; names where this board can read them. */
	bool learns[LD_SLOTS_MAX];
	char called[LD_SLOTS_MAX][LD_CALL_MAX];
	bool may_add;                   /* this board gives out slots: it is the number's home */
	bool number_known;              /* sealed in the log for this learner */
	uint16_t help_pin;              /* an open request for help; 0: none */
	int64_t help_due_ms;
	struct {
		uint8_t step;           /* enum ld_helper_step of that request; 0: no helper */
		struct ld_id p;
		int64_t until_ms;       /* it holds so long, UTC */
		char name[LD_NAME_MAX]; /* "" when she has no such duty any more */
	} helper;
	struct ld_register reg[LD_N_REGS_];     /* by enum ld_reg */
	unsigned n_also;
	struct ld_also also[LD_ALSO_MAX];
	bool second;                    /* what nobody asked for goes to one of those instead */
	unsigned n_courses;
	struct ld_progress course[LD_PERSON_COURSES];
};

/* The learner's row for a course, or NULL. */
static inline const struct ld_progress *ld_person_course(const struct ld_person *p, const char *key)
{
	for (unsigned i = 0; i < p->n_courses; i++)
		if (strcmp(p->course[i].course, key) == 0)
			return &p->course[i];
	return NULL;
}

#endif
