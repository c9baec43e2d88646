/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Residents at several stages, from whom walks through the menu begin. */
#ifndef LAIDO_TESTS_STAGES_H
#define LAIDO_TESTS_STAGES_H

#include "town.h"

enum { STAGES = 10 };

static const char *const stage_names[STAGES] = {
	"stranger", "learner", "all answered, one wrong", "one left, resting",
	"completed, four learners", "failed", "no course", "ambassador and group head",
	"the same, invited twenty today", "silent for a hundred days",
};
static struct town town;
static struct ld_session_others moving;

/* Codes that differ would look like screens that differ. */
static inline void same_fill(struct ld_random *r, void *buf, size_t len)
{
	const uint32_t value = 372;

	(void)r;
	memset(buf, 0, len);
	memcpy(buf, &value, len < sizeof(value) ? len : sizeof(value));
}

/* Her other telephone, which was given a code. */
static inline int other_phone(void *arg, const char *code, struct ld_person *ret)
{
	memset(ret, 0, sizeof(*ret));
	memset(ret->p.b, 9, sizeof(ret->p.b));
	memset(ret->s.b, 9, sizeof(ret->s.b));
	ret->slot = 1;
	ret->consented = true;
	snprintf(ret->reg[LD_REG_MOVE].value, LD_VALUE_MAX, "%.6s %lld", code,
		 (long long)((struct phone *)arg)->now_ms + 1);
	return 0;
}

static inline void stage(struct phone *p, struct world *w, unsigned n)
{
	phone_init(p, w, LD_CHAN_USSD);
	if (n == 0)
		return;
	phone_enrolled(p, "CAOTUOI");
	moving = (struct ld_session_others){ .arg = p, .move = other_phone };
	p->others = n == 1 ? &moving : NULL;
	p->who.learns[0] = true;
	p->who.may_add = n != 3;
	for (unsigned i = 0; n == 4 && i < LD_SLOTS_MAX; i++)
		p->who.learns[i] = true;
	if (n == 2) {
		phone_answered(p, "CAOTUOI", 1, 10, true);
		phone_answered(p, "CAOTUOI", 4, 4, false);
	}
	if (n == 3) {
		phone_answered(p, "CAOTUOI", 1, 9, false);
		snprintf(p->who.reg[LD_REG_REST].value, LD_VALUE_MAX, "0");
	}
	if (n == 5)
		phone_answered(p, "CAOTUOI", 1, 10, false);
	if (n == 6) {
		memset(p->who.reg, 0, sizeof(p->who.reg));
		p->who.n_courses = 0;
	}
	if (n == 9)
		p->who.consent_ms -= 100 * DAY_MS;
	if (n == 7 || n == 8) {
		town_init(&town, w);
		town.group.idle = town.group.enrolled = 12;
		town.invitations.since = n == 8 ? 20 : 0;
		if (n == 7)
			town_calls_wait(&town, p);
		memset(town.helper.b, 8, sizeof(town.helper.b));
		snprintf(p->who.reg[LD_REG_TDP].value, LD_VALUE_MAX, "28");
		town.n_events = n == 7 ? 2 : 0;
		town.reminded_ms = n == 8 ? p->now_ms - DAY_MS : 0;
		town_appoint(&town, p, LD_DUTY_AMBASSADOR);
		town_appoint(&town, p, LD_DUTY_HEAD);
	}
	if (n == 4) {
		phone_answered(p, "CAOTUOI", 1, 10, true);
		phone_course(p, "CAOTUOI")->completed = true;
	}
}

#endif
