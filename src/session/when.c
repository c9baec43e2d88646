/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dates as people read them. Local time is UTC plus a fixed offset: Vietnam has no summer time. */
#include "internal.h"

#include <stdio.h>

enum { WORK_ENDS_HOUR = 17, MINUTE_MS = 60000 };

static int64_t local_ms(const struct ses *x, int64_t ms)
{
	return ms + (int64_t)x->env->utc_offset_min * MINUTE_MS;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

uint32_t ses_today(const struct ses *x)
{
	int64_t day = floor_div(local_ms(x, x->env->now_ms), SES_DAY_MS) + 1;

	return day < 1 ? 1 : day > UINT32_MAX ? UINT32_MAX : (uint32_t)day;
}

struct date {
	int year, month, day, hour, minute;
};

/* Gregorian date of a day number, by eras of 400 years that begin on 1 March. */
static struct date date_of(const struct ses *x, int64_t ms)
{
	int64_t local = local_ms(x, ms), days = floor_div(local, SES_DAY_MS);
	int64_t minutes = (local - days * SES_DAY_MS) / MINUTE_MS;
	int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	return (struct date){ .year = (int)(yoe + era * 400 + (month <= 2)), .month = month,
			      .day = (int)(doy - (153 * mp + 2) / 5 + 1),
			      .hour = (int)(minutes / 60), .minute = (int)(minutes % 60) };
}

void ses_format_time(const struct ses *x, int64_t ms, char *ret, size_t size)
{
	struct date d = date_of(x, ms);

	snprintf(ret, size, "%02d:%02d %d/%d", d.hour, d.minute, d.day, d.month);
}

void ses_format_day(const struct ses *x, int64_t ms, char *ret, size_t size)
{
	struct date d = date_of(x, ms);

	snprintf(ret, size, "%d/%d", d.day, d.month);
}

void ses_format_date(const struct ses *x, int64_t ms, char *ret, size_t size)
{
	struct date d = date_of(x, ms);

	snprintf(ret, size, "%d/%d/%d", d.day, d.month, d.year);
}

/* Day 0, 1/1/1970, was a Thursday. */
static bool weekend(int64_t day)
{
	int64_t weekday = ((day + 3) % 7 + 7) % 7;      /* 0: Monday */

	return weekday >= 5;
}

static int64_t working_day(const struct ses *x, unsigned n)
{
	int64_t day = floor_div(local_ms(x, x->env->now_ms), SES_DAY_MS);

	for (; n > 0; n--) {
		day++;
		while (weekend(day))
			day++;
	}
	return day * SES_DAY_MS + WORK_ENDS_HOUR * SES_HOUR_MS -
	       (int64_t)x->env->utc_offset_min * MINUTE_MS;
}

int64_t ses_next_working_day(const struct ses *x)
{
	return working_day(x, 1);
}

int64_t ses_second_working_day(const struct ses *x)
{
	return working_day(x, 2);
}

int64_t ses_local_time(const struct ses *x, uint32_t day, unsigned minute)
{
	return ((int64_t)day - 1) * SES_DAY_MS + ((int64_t)minute - x->env->utc_offset_min) * MINUTE_MS;
}

/* Looked for among the days of a year: it knows which months have which days. */
bool ses_day_ahead(const struct ses *x, int day, int month, uint32_t *ret)
{
	uint32_t today = ses_today(x);

	for (uint32_t i = 0; i < 366; i++) {
		struct date d = date_of(x, ses_local_time(x, today + i, 0));

		if (d.day != day || d.month != month)
			continue;
		*ret = today + i;
		return true;
	}
	return false;
}
