/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Working days. Which days are holidays is data: the decrees move some of them every year. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/schedule/calendar.h"

enum { LEAP_YEAR = 2024 };     /* has every day that some year has */

int ld_holiday_parse(const char *text, struct ld_holiday *ret, struct ld_errmsg *err)
{
	struct ld_holiday h = { .lunar = strncmp(text, "lunar ", 6) == 0 };
	const char *p = text + (h.lunar ? 6 : 0);
	int day, month, year = 0, used = 0, plus = 0;

	if (strlen(text) > 24 || sscanf(p, "%2d/%2d%n", &day, &month, &used) != 2)
		return ld_fail(err, LD_E_SYNTAX, "\"%.24s\" is no holiday: write \"30/4\", "
			       "\"4/5/2026\", \"lunar 10/3\" or \"lunar 1/1 -1\"", text);
	p += used;
	used = 0;
	if (!h.lunar && sscanf(p, "/%4d%n", &year, &used) == 1)
		p += used;
	used = 0;
	if ((p[0] == ' ' && strchr("+-", p[1])) && sscanf(p, " %3d%n", &plus, &used) == 1)
		p += used;
	if (*p || plus < -30 || plus > 30 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    (h.lunar ? day > 30 : !ld_date_valid(year ? year : LEAP_YEAR, month, day)))
		return ld_fail(err, LD_E_SYNTAX, "\"%.24s\" is no day of the calendar", text);
	h.year = (int16_t)year;
	h.month = (int8_t)month;
	h.day = (int8_t)day;
	h.plus = (int8_t)plus;
	*ret = h;
	return 0;
}

static bool is_that(const struct ld_holiday *h, int64_t day)
{
	struct ld_date d;
	struct ld_lunar l;

	day -= h->plus;
	if (h->lunar)
		return ld_lunar_of_day(day, &l) == 0 && !l.leap && l.month == h->month &&
		       l.day == h->day;
	d = ld_date_of_day(day);
	return d.month == h->month && d.day == h->day && (h->year == 0 || h->year == d.year);
}

bool ld_is_workday(int64_t day, const struct ld_holidays *h)
{
	if (ld_weekday(day) >= 5)
		return false;
	for (unsigned i = 0; h && i < h->n; i++)
		if (is_that(&h->h[i], day))
			return false;
	return true;
}

int64_t ld_workday_shift(int64_t day, const struct ld_holidays *h, int step)
{
	/* No list makes a month without work. */
	for (int i = 0; i < 30 && !ld_is_workday(day, h); i++)
		day += step < 0 ? -1 : 1;
	return day;
}
