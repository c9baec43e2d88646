/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schedule/calendar: days, the Vietnamese lunar calendar, rules that recur, working days, and the
 * moments of reminders. Pure functions; a day is a number of days since 1 January 1970, local. */
#ifndef LAIDO_SCHEDULE_CALENDAR_H
#define LAIDO_SCHEDULE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "laido/base/err.h"

struct ld_date {
	int year, month, day;           /* Gregorian; month and day from 1 */
};

int64_t ld_day_of_date(int year, int month, int day);
struct ld_date ld_date_of_day(int64_t day);
/* Is there such a day? */
bool ld_date_valid(int year, int month, int day);
/* 0 Monday to 6 Sunday. */
int ld_weekday(int64_t day);

/* ---- the lunar calendar, as Vietnam has it (UTC+7), from 1900 to 2100 ---- */

struct ld_lunar {
	int year, month, day;
	bool leap;                      /* the second month of this number in its year */
};

/* LD_E_RANGE outside 1900-01-31 .. 2100-12-31. */
int ld_lunar_of_day(int64_t day, struct ld_lunar *ret);
/* LD_E_RANGE: no such day (the 30th of a short month, no such leap month). */
int ld_day_of_lunar(const struct ld_lunar *l, int64_t *ret);
/* The first day of that lunar year. */
int ld_tet(int year, int64_t *ret);
/* The same computed for another meridian, for tests: 480 minutes is the Chinese one. */
int ld_tet_at(int year, int utc_offset_min, int64_t *ret);

/* ---- working days ---- */

enum { LD_HOLIDAYS_MAX = 48 };

/* A public holiday: every year (year 0), or once; by the sun or by the moon. */
struct ld_holiday {
	bool lunar;
	int16_t year;
	int8_t month, day;
	int8_t plus;                    /* days after it: the last day before Tet is 1/1 lunar - 1 */
};

struct ld_holidays {
	unsigned n;
	struct ld_holiday h[LD_HOLIDAYS_MAX];
};

/* "30/4", "4/5/2026", "lunar 10/3", "lunar 1/1 -1". LD_E_SYNTAX with words. */
int ld_holiday_parse(const char *text, struct ld_holiday *ret, struct ld_errmsg *err);
/* Monday to Friday and no holiday. */
bool ld_is_workday(int64_t day, const struct ld_holidays *h);
/* The day itself when it is a working day, else the next one (step 1) or the one before (-1). */
int64_t ld_workday_shift(int64_t day, const struct ld_holidays *h, int step);

/* ---- rules (RFC 5545, by libical) ---- */

enum { LD_RRULE_MAX = 128, LD_RRULE_STEPS = 5000 };

/* "FREQ=MONTHLY;BYMONTHDAY=5". Refused with words: no daily or slower rule, clauses that name
 * hours, more than LD_RRULE_MAX octets, whatever libical does not understand. */
int ld_rrule_check(const char *rule, struct ld_errmsg *err);
/* The first day of the rule at or after `from`, of a rule that began on `start`. LD_E_UNKNOWN:
 * none within 20 years, or within LD_RRULE_STEPS steps. */
int ld_rrule_next(const char *rule, int64_t start, int64_t from, int64_t *ret);

/* ---- moments ---- */

enum { LD_MOMENT_MAX = 192 };

enum ld_moment_base { LD_AT_DATE, LD_AT_YEARLY, LD_AT_MONTHLY, LD_AT_LUNAR_YEARLY,
		      LD_AT_LUNAR_MONTHLY, LD_AT_RRULE };

/* When something is, and when to say so. */
struct ld_moment {
	enum ld_moment_base base;
	int year, month, day;
	char rule[LD_RRULE_MAX];
	int shift;                      /* to a working day: 1 later, -1 earlier, 0 not at all */
	int plus;                       /* days after it (before: negative) the message goes */
	int minute;                     /* local minute of the day it goes; -1: at once */
};

/* Words separated by blanks, the first one says which day:
 *   24/12/2026 | 2026-12-24 | today      once (today: the day given)
 *   30/4                                 every year
 *   day 5                                every month
 *   lunar 10/3, tet                      every lunar year; tet is lunar 1/1
 *   lunar 15, ram, mung1                 every lunar month
 *   rrule FREQ=...                       by the rule
 * then any of: -7d (days before), +1d, workday (a day off moves to the next working day),
 * workday- (to the one before), 09:00 (when the message goes; 09:00 if not said), now (at once).
 * Accents and case do not matter. LD_E_SYNTAX with words. */
int ld_moment_parse(const char *text, int64_t today, struct ld_moment *ret, struct ld_errmsg *err);

struct ld_occurrence {
	int64_t base;                   /* the rule's own day: names the occurrence for ever */
	int64_t day;                    /* the day meant, after the shift */
	int64_t send;                   /* the day the message goes */
};
/* The first occurrence whose base is after `after`. start: where an RRULE begins. LD_E_UNKNOWN:
 * there is none any more. */
int ld_moment_next(const struct ld_moment *m, const struct ld_holidays *h, int64_t start,
		   int64_t after, struct ld_occurrence *ret);

#endif
