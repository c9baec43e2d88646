/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lunar calendar against published dates.
 *
 * Sources. Tet 1968 (29 January, in the North, which had taken UTC+7 the year before; the South
 * kept the 30th), 1985 (21 January, a month before the Chinese one) and 2007 (17 February) are
 * known from newspapers of the day; the years 1968, 1969, 1985, 2007, 2030 and 2053 as those that
 * part from China were named by the official in charge of the calendar (viet-jo.com, 6 July 2006)
 * and stand in Ho Ngoc Duc's published tables, with which all new years, leap months and first days
 * of months from 1968 to 2053 agree. Before 1968 Vietnam counted by other meridians. In 2054, 2077
 * and 2085 a new moon falls within a minute or two of midnight, where tables still differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laido/schedule/calendar.h"

static void days_are_counted(void **state)
{
	(void)state;
	assert_int_equal(ld_day_of_date(1970, 1, 1), 0);
	assert_int_equal(ld_day_of_date(2000, 3, 1), 11017);
	assert_int_equal(ld_weekday(0), 3);
	assert_int_equal(ld_weekday(ld_day_of_date(2026, 11, 22)), 6);
	assert_true(ld_date_valid(2024, 2, 29));
	assert_false(ld_date_valid(2025, 2, 29));
	assert_false(ld_date_valid(2100, 2, 29));
	assert_false(ld_date_valid(2025, 4, 31));
	for (int64_t day = -30000; day < 60000; day++) {
		struct ld_date d = ld_date_of_day(day);

		assert_int_equal(ld_day_of_date(d.year, d.month, d.day), day);
	}
}

static void tet_is_on(int year, int month, int day)
{
	int64_t got;

	assert_int_equal(ld_tet(year, &got), 0);
	if (got != ld_day_of_date(year, month, day))
		fail_msg("Tet %d is not on %d/%d", year, day, month);
}

static void tet_of_published_years(void **state)
{
	static const struct { int16_t year; int8_t month, day; } tet[] = {
		{ 1968, 1, 29 }, { 1969, 2, 16 }, { 1970, 2, 6 }, { 1975, 2, 11 }, { 1976, 1, 31 },
		{ 1980, 2, 16 }, { 1984, 2, 2 }, { 1985, 1, 21 }, { 1986, 2, 9 }, { 1987, 1, 29 },
		{ 1990, 1, 27 }, { 1995, 1, 31 }, { 1996, 2, 19 }, { 1997, 2, 7 }, { 1998, 1, 28 },
		{ 1999, 2, 16 }, { 2000, 2, 5 }, { 2001, 1, 24 }, { 2002, 2, 12 }, { 2003, 2, 1 },
		{ 2004, 1, 22 }, { 2005, 2, 9 }, { 2006, 1, 29 }, { 2007, 2, 17 }, { 2008, 2, 7 },
		{ 2009, 1, 26 }, { 2010, 2, 14 }, { 2011, 2, 3 }, { 2012, 1, 23 }, { 2013, 2, 10 },
		{ 2014, 1, 31 }, { 2015, 2, 19 }, { 2016, 2, 8 }, { 2017, 1, 28 }, { 2018, 2, 16 },
		{ 2019, 2, 5 }, { 2020, 1, 25 }, { 2021, 2, 12 }, { 2022, 2, 1 }, { 2023, 1, 22 },
		{ 2024, 2, 10 }, { 2025, 1, 29 }, { 2026, 2, 17 }, { 2027, 2, 6 }, { 2028, 1, 26 },
		{ 2029, 2, 13 }, { 2030, 2, 2 }, { 2033, 1, 31 }, { 2034, 2, 19 }, { 2053, 2, 18 },
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(tet); i++)
		tet_is_on(tet[i].year, tet[i].month, tet[i].day);
}

/* The years of which the whole world knows that Hanoi and Beijing part. */
static void tet_parts_from_china(void **state)
{
	static const int years[] = { 1968, 1969, 1985, 2007, 2030, 2053 };
	size_t n = 0;

	(void)state;
	for (int year = 1968; year <= 2060; year++) {
		int64_t here, there;

		assert_int_equal(ld_tet(year, &here), 0);
		assert_int_equal(ld_tet_at(year, 480, &there), 0);
		if (here == there)
			continue;
		assert_true(n < LD_ARRAY_SIZE(years));
		assert_int_equal(year, years[n++]);
		assert_int_equal(there - here, year == 1985 ? 30 : 1);
	}
	assert_int_equal(n, LD_ARRAY_SIZE(years));
}

static void leap_months(void **state)
{
	static const struct { int16_t year; int8_t month; } leap[] = {
		{ 1971, 5 }, { 1974, 4 }, { 1976, 8 }, { 1979, 6 }, { 1982, 4 }, { 1985, 2 },
		{ 1987, 7 }, { 1990, 5 }, { 1993, 3 }, { 1995, 8 }, { 1998, 5 }, { 2001, 4 },
		{ 2004, 2 }, { 2006, 7 }, { 2009, 5 }, { 2012, 4 }, { 2014, 9 }, { 2017, 6 },
		{ 2020, 4 }, { 2023, 2 }, { 2025, 6 }, { 2028, 5 }, { 2031, 3 }, { 2033, 11 },
		{ 2036, 6 }, { 2039, 5 }, { 2042, 2 }, { 2044, 7 }, { 2047, 5 }, { 2050, 3 },
	};
	size_t next = 0;

	(void)state;
	for (int year = 1970; year <= 2050; year++)
		for (int month = 1; month <= 12; month++) {
			struct ld_lunar l = { year, month, 1, true };
			int64_t day;

			if (ld_day_of_lunar(&l, &day) < 0)
				continue;
			assert_true(next < LD_ARRAY_SIZE(leap));
			assert_int_equal(year, leap[next].year);
			assert_int_equal(month, leap[next].month);
			next++;
		}
	assert_int_equal(next, LD_ARRAY_SIZE(leap));
}

/* Every day of two centuries: the next one follows, and back again it is the same. */
static void every_day_and_back(void **state)
{
	int64_t last = ld_day_of_date(2099, 12, 31);
	struct ld_lunar before = { 0, 0, 0, false };

	(void)state;
	for (int64_t day = ld_day_of_date(1900, 1, 31); day < last; day++) {
		struct ld_lunar l;
		int64_t back;

		assert_int_equal(ld_lunar_of_day(day, &l), 0);
		assert_int_equal(ld_day_of_lunar(&l, &back), 0);
		assert_int_equal(back, day);
		if (before.year && l.day != 1)
			assert_true(l.day == before.day + 1 && l.month == before.month &&
				    l.leap == before.leap && l.year == before.year);
		else if (before.year)
			assert_true(before.day == 29 || before.day == 30);
		before = l;
	}
}

static void known_feasts(void **state)
{
	static const struct { struct ld_lunar l; int16_t year; int8_t month, day; } feasts[] = {
		{ { 2025, 3, 10, false }, 2025, 4, 7 },         /* the Hung kings */
		{ { 2025, 8, 15, false }, 2025, 10, 6 },        /* mid-autumn, after a leap month */
		{ { 2026, 8, 15, false }, 2026, 9, 25 },
		{ { 2026, 1, 15, false }, 2026, 3, 3 },
		{ { 2025, 12, 23, false }, 2026, 2, 10 },       /* the kitchen gods */
	};

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(feasts); i++) {
		int64_t day;

		assert_int_equal(ld_day_of_lunar(&feasts[i].l, &day), 0);
		assert_int_equal(day, ld_day_of_date(feasts[i].year, feasts[i].month,
						     feasts[i].day));
	}
}

static void what_is_not_there_is_refused(void **state)
{
	static const struct ld_lunar wrong[] = {
		{ 1850, 1, 1, false }, { 2300, 1, 1, false }, { 2025, 13, 1, false },
		{ 2025, 0, 1, false }, { 2025, 1, 31, false }, { 2025, 1, 0, false },
		{ 2026, 5, 1, true }, { 2025, 12, 30, false },
	};
	int64_t day = 7;
	struct ld_lunar l;

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(wrong); i++)
		assert_int_equal(ld_day_of_lunar(&wrong[i], &day), LD_E_RANGE);
	assert_int_equal(ld_lunar_of_day(-40000, &l), LD_E_RANGE);
	assert_int_equal(ld_lunar_of_day(INT64_MAX / 2000000000, &l), LD_E_RANGE);
	assert_int_equal(day, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_counted),
		cmocka_unit_test(tet_of_published_years),
		cmocka_unit_test(tet_parts_from_china),
		cmocka_unit_test(leap_months),
		cmocka_unit_test(every_day_and_back),
		cmocka_unit_test(known_feasts),
		cmocka_unit_test(what_is_not_there_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
