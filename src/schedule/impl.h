/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schedule: what its files share. */
#ifndef LAIDO_SCHEDULE_IMPL_H
#define LAIDO_SCHEDULE_IMPL_H

#include "laido/schedule/schedule.h"

enum { DEFAULT_HOUR = 19 };

/* Number of the local day. */
int64_t sched_day(const struct ld_schedule_cfg *cfg, int64_t ms);
/* The first lesson hour of the calendar at or after from_ms. */
int64_t sched_slot_from(const struct ld_schedule_cfg *cfg, const struct ld_person *p,
			const struct ld_course *c, int64_t from_ms);
/* Is this a day of lessons, at or after her hour, and not quiet? */
bool sched_in_slot(const struct ld_schedule_cfg *cfg, const struct ld_person *p,
		   const struct ld_course *c, int64_t now_ms);

#endif
