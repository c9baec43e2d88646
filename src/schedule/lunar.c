/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Vietnamese lunar calendar, computed.
 *
 * A month begins on the local day of a new moon; the month with the winter solstice is the 11th;
 * where thirteen new moons lie between two such months, the first of them in which the sun enters
 * no sign (no multiple of 30 degrees) is the leap month and repeats the number before it. Local is
 * UTC+7: an hour less than in China, which is why the two calendars part now and then.
 *
 * New moons follow the series of Meeus, Astronomical Algorithms, chapter 49 (periodic and planetary
 * terms: good to seconds), the sun's apparent longitude his chapter 25 (good to 0.01 degree, 15
 * minutes of time). Dynamical time less UT is interpolated from the values of NASA's eclipse pages. */
#include <math.h>
#include <stddef.h>

#include "laido/schedule/calendar.h"

enum { VIETNAM_MIN = 420, YEAR_MIN = 1900, YEAR_MAX = 2100 };

#define JD_1970 2440587.5
#define RAD (3.14159265358979323846 / 180.0)

/* ---- days ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years of this count begin on 1 March, so that the leap day is their last; 400 of them have
 * 146,097 days. */
int64_t ld_day_of_date(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2), era = floor_div(y, 400), yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct ld_date ld_date_of_day(int64_t day)
{
	int64_t z = day + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	return (struct ld_date){ (int)(yoe + era * 400 + (month <= 2)), month,
				 (int)(doy - (153 * mp + 2) / 5 + 1) };
}

bool ld_date_valid(int year, int month, int day)
{
	struct ld_date d;

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	d = ld_date_of_day(ld_day_of_date(year, month, day));
	return d.day == day && d.month == month;
}

int ld_weekday(int64_t day)
{
	return (int)((day % 7 + 10) % 7);       /* 1 January 1970 was a Thursday: 3 */
}

/* ---- sky ---- */

/* Seconds of dynamical time ahead of UT, every 20 years from 1880. */
static double delta_t_days(double jd)
{
	static const double at[] = { -5.4, -2.8, 21.2, 24.3, 33.1, 50.5, 63.8, 71.6, 78.0, 88.0,
				     100.0, 115.0, 130.0 };
	double i = (jd - 2407716.5) / (20 * 365.25);

	if (i < 0)
		return at[0] / 86400;
	if (i >= (double)LD_ARRAY_SIZE(at) - 1)
		return at[LD_ARRAY_SIZE(at) - 1] / 86400;
	return (at[(int)i] + (i - floor(i)) * (at[(int)i + 1] - at[(int)i])) / 86400;
}

/* Multiples of the sun's anomaly, the moon's anomaly, her argument of latitude. */
static const struct {
	double days;
	int sun, moon, lat;
} periodic[] = {
	{ -0.40720, 0, 1, 0 }, { 0.17241, 1, 0, 0 }, { 0.01608, 0, 2, 0 }, { 0.01039, 0, 0, 2 },
	{ 0.00739, -1, 1, 0 }, { -0.00514, 1, 1, 0 }, { 0.00208, 2, 0, 0 }, { -0.00111, 0, 1, -2 },
	{ -0.00057, 0, 1, 2 }, { 0.00056, 1, 2, 0 }, { -0.00042, 0, 3, 0 }, { 0.00042, 1, 0, 2 },
	{ 0.00038, 1, 0, -2 }, { -0.00024, -1, 2, 0 }, { -0.00007, 2, 1, 0 }, { 0.00004, 0, 2, -2 },
	{ 0.00004, 3, 0, 0 }, { 0.00003, 1, 1, -2 }, { 0.00003, 0, 2, 2 }, { -0.00003, 1, 1, 2 },
	{ 0.00003, -1, 1, 2 }, { -0.00002, -1, 1, -2 }, { -0.00002, 1, 3, 0 }, { 0.00002, 0, 4, 0 },
};

static const struct {
	double days, at, per_moon;
} planetary[] = {
	{ 325e-6, 299.77, 0.107408 }, { 165e-6, 251.88, 0.016321 }, { 164e-6, 251.83, 26.651886 },
	{ 126e-6, 349.42, 36.412478 }, { 110e-6, 84.66, 18.206239 }, { 62e-6, 141.74, 53.303771 },
	{ 60e-6, 207.14, 2.453732 }, { 56e-6, 154.84, 7.306860 }, { 47e-6, 34.52, 27.261239 },
	{ 42e-6, 207.19, 0.121824 }, { 40e-6, 291.34, 1.844379 }, { 37e-6, 161.72, 24.198154 },
	{ 35e-6, 239.56, 25.513099 }, { 23e-6, 331.55, 3.592518 },
};

/* Julian day in UT of new moon number k; 0 is that of 6 January 2000. */
static double new_moon(int k)
{
	double t = k / 1236.85, e = 1 - 0.002516 * t - 0.0000074 * t * t;
	double jd = 2451550.09766 + 29.530588861 * k + 0.00015437 * t * t - 0.00000015 * t * t * t;
	double sun = 2.5534 + 29.10535670 * k - 0.0000014 * t * t;
	double moon = 201.5643 + 385.81693528 * k + 0.0107582 * t * t + 0.00001238 * t * t * t;
	double lat = 160.7108 + 390.67050284 * k - 0.0016118 * t * t - 0.00000227 * t * t * t;
	double node = 124.7746 - 1.56375588 * k + 0.0020672 * t * t;

	for (size_t i = 0; i < LD_ARRAY_SIZE(periodic); i++) {
		double a = periodic[i].sun * sun + periodic[i].moon * moon + periodic[i].lat * lat;
		int s = periodic[i].sun < 0 ? -periodic[i].sun : periodic[i].sun;

		jd += periodic[i].days * (s == 0 ? 1 : s == 1 ? e : e * e) * sin(a * RAD);
	}
	jd -= 0.00017 * sin(node * RAD);
	for (size_t i = 0; i < LD_ARRAY_SIZE(planetary); i++)
		jd += planetary[i].days * sin((planetary[i].at + planetary[i].per_moon * k) * RAD);
	return jd - delta_t_days(jd);
}

/* Sign of the zodiac, 0..11, in which the sun stands; 9 begins at the winter solstice. */
static int sign(double jd)
{
	double t = (jd + delta_t_days(jd) - 2451545.0) / 36525;
	double m = (357.52911 + 35999.05029 * t - 0.0001537 * t * t) * RAD;
	double c = (1.914602 - 0.004817 * t) * sin(m) + (0.019993 - 0.000101 * t) * sin(2 * m) +
		   0.000289 * sin(3 * m);
	double l = 280.46646 + 36000.76983 * t + 0.0003032 * t * t + c - 0.00569 -
		   0.00478 * sin((125.04 - 1934.136 * t) * RAD);

	return (int)floor((l - 360 * floor(l / 360)) / 30);
}

/* ---- months ---- */

static int64_t moon_day(int k, int utc_offset_min)
{
	return (int64_t)floor(new_moon(k) - JD_1970 + utc_offset_min / 1440.0);
}

static int sign_on(int64_t day, int utc_offset_min)
{
	return sign((double)day + JD_1970 - utc_offset_min / 1440.0);
}

/* The new moon at or before a day. */
static int moon_before(int64_t day, int utc_offset_min)
{
	int k = (int)floor(((double)day + JD_1970 - 2451550.09766) / 29.530588861) + 1;

	while (moon_day(k, utc_offset_min) > day)
		k--;
	return k;
}

/* The new moon that begins the 11th month of a year: at the start of 22 December of our times the
 * sun may not be there yet, at the start of the 23rd it is. */
static int month_11(int year, int off)
{
	int64_t day = ld_day_of_date(year, 12, 20);

	while (sign_on(day + 1, off) != 9)
		day++;
	return moon_before(day, off);
}

/* Which month after the one at `from` has no sign of its own; 13 moons lie in between. */
static int leap_after(int from, int off)
{
	int i = 1;

	while (i < 13 && sign_on(moon_day(from + i, off), off) !=
			 sign_on(moon_day(from + i + 1, off), off))
		i++;
	return i;
}

/* Moon k lies between the 11th months at a and b: its number, its year, is it the leap one? */
static void name_month(int k, int a, int b, int year, int off, struct ld_lunar *ret)
{
	int i = k - a, leap = b - a == 13 ? leap_after(a, off) : 99;

	ret->leap = i == leap;
	i -= i >= leap;
	ret->month = (i + 10) % 12 + 1;
	ret->year = i < 2 ? year - 1 : year;
}

int ld_lunar_of_day(int64_t day, struct ld_lunar *ret)
{
	struct ld_date d = ld_date_of_day(day);
	int k, a, b, year = d.year;

	if (day < ld_day_of_date(YEAR_MIN, 1, 31) || d.year > YEAR_MAX)
		return LD_E_RANGE;
	k = moon_before(day, VIETNAM_MIN);
	b = month_11(year, VIETNAM_MIN);
	if (k >= b) {
		a = b;
		b = month_11(++year, VIETNAM_MIN);
	} else {
		a = month_11(year - 1, VIETNAM_MIN);
	}
	name_month(k, a, b, year, VIETNAM_MIN, ret);
	ret->day = (int)(day - moon_day(k, VIETNAM_MIN)) + 1;
	return 0;
}

int ld_day_of_lunar(const struct ld_lunar *l, int64_t *ret)
{
	int year = l->month >= 11 ? l->year + 1 : l->year;      /* of the 11th month that ends it */
	int a, b, i, leap;
	int64_t first;

	if (l->year < YEAR_MIN || l->year >= YEAR_MAX || l->month < 1 || l->month > 12 ||
	    l->day < 1 || l->day > 30)
		return LD_E_RANGE;
	a = month_11(year - 1, VIETNAM_MIN);
	b = month_11(year, VIETNAM_MIN);
	leap = b - a == 13 ? leap_after(a, VIETNAM_MIN) : 99;
	i = (l->month + 1) % 12;
	if (l->leap && i + 1 != leap)
		return LD_E_RANGE;
	i += l->leap || i >= leap;
	first = moon_day(a + i, VIETNAM_MIN);
	if (first + l->day > moon_day(a + i + 1, VIETNAM_MIN))
		return LD_E_RANGE;
	*ret = first + l->day - 1;
	return 0;
}

int ld_tet_at(int year, int utc_offset_min, int64_t *ret)
{
	int a, b;

	if (year < YEAR_MIN || year > YEAR_MAX)
		return LD_E_RANGE;
	a = month_11(year - 1, utc_offset_min);
	b = month_11(year, utc_offset_min);
	*ret = moon_day(a + 2 + (b - a == 13 && leap_after(a, utc_offset_min) <= 2),
			utc_offset_min);
	return 0;
}

int ld_tet(int year, int64_t *ret)
{
	return ld_tet_at(year, VIETNAM_MIN, ret);
}
