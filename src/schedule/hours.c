/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Local days, quiet hours and the hours of lessons. */
#include "impl.h"

#include <stdlib.h>

#define MINUTE_MS INT64_C(60000)

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t sched_day(const struct ld_schedule_cfg *cfg, int64_t ms)
{
	return floor_div(ms + cfg->utc_offset_min * MINUTE_MS, LD_SCHED_DAY_MS);
}

static int64_t at_minute(const struct ld_schedule_cfg *cfg, int64_t day, int minute)
{
	return day * LD_SCHED_DAY_MS + (minute - cfg->utc_offset_min) * MINUTE_MS;
}

/* Day 0, 1/1/1970, was a Thursday: days 4, 6 and 8 a Monday, a Wednesday and a Friday. */
static bool lesson_day(int64_t day)
{
	int64_t weekday = ((day - 4) % 7 + 7) % 7;

	return weekday == 0 || weekday == 2 || weekday == 4;
}

int64_t ld_schedule_quiet_until(const struct ld_schedule_cfg *cfg, int64_t now_ms)
{
	int64_t day = sched_day(cfg, now_ms);
	int64_t from = at_minute(cfg, day, cfg->quiet_from_min);
	int64_t to = at_minute(cfg, day, cfg->quiet_to_min);

	if (from == to)
		return 0;
	if (from < to)
		return now_ms >= from && now_ms < to ? to : 0;
	if (now_ms < to)
		return to;
	return now_ms >= from ? to + LD_SCHED_DAY_MS : 0;
}

/* Her hour, else the course's; one that lies in the quiet hours waits for their end. */
static int64_t slot(const struct ld_schedule_cfg *cfg, const struct ld_person *p,
		    const struct ld_course *c, int64_t day)
{
	const char *own = p->reg[LD_REG_HOUR].value;
	long hour = own[0] ? strtol(own, NULL, 10) : c ? c->hour : 0;
	int64_t at;

	if (hour < 1 || hour > 23)
		hour = DEFAULT_HOUR;
	at = at_minute(cfg, day, (int)hour * 60);
	return ld_schedule_quiet_until(cfg, at) ? at_minute(cfg, day, cfg->quiet_to_min) : at;
}

int64_t sched_slot_from(const struct ld_schedule_cfg *cfg, const struct ld_person *p,
			const struct ld_course *c, int64_t from_ms)
{
	int64_t day = sched_day(cfg, from_ms);

	while (!lesson_day(day) || slot(cfg, p, c, day) < from_ms)
		day++;
	return slot(cfg, p, c, day);
}

bool sched_in_slot(const struct ld_schedule_cfg *cfg, const struct ld_person *p,
		   const struct ld_course *c, int64_t now_ms)
{
	int64_t day = sched_day(cfg, now_ms);

	return lesson_day(day) && now_ms >= slot(cfg, p, c, day) &&
	       ld_schedule_quiet_until(cfg, now_ms) == 0;
}
