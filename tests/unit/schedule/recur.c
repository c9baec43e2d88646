/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that recur, working days and moments: what they mean, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "laido/port/clock.h"
#include "laido/schedule/calendar.h"

static int64_t day_of(int year, int month, int day)
{
	return ld_day_of_date(year, month, day);
}

static struct ld_holidays holidays(void)
{
	static const char *const list[] = { "1/1", "lunar 1/1 -1", "lunar 1/1", "lunar 2/1",
		"lunar 3/1", "lunar 4/1", "lunar 10/3", "30/4", "1/5", "2/9", "4/5/2026" };
	struct ld_holidays h = { 0 };

	for (size_t i = 0; i < LD_ARRAY_SIZE(list); i++)
		assert_int_equal(ld_holiday_parse(list[i], &h.h[h.n++], NULL), 0);
	return h;
}

/* ---- working days ---- */

static void working_days(void **state)
{
	struct ld_holidays h = holidays();

	(void)state;
	assert_true(ld_is_workday(day_of(2026, 11, 23), &h));
	assert_false(ld_is_workday(day_of(2026, 11, 22), &h));          /* Sunday */
	assert_false(ld_is_workday(day_of(2026, 4, 30), &h));
	assert_false(ld_is_workday(day_of(2026, 4, 26), &h));           /* 10/3 lunar */
	assert_false(ld_is_workday(day_of(2026, 2, 16), &h));           /* the day before Tet */
	assert_false(ld_is_workday(day_of(2026, 2, 20), &h));
	assert_false(ld_is_workday(day_of(2026, 5, 4), &h));            /* this year only */
	assert_true(ld_is_workday(day_of(2027, 5, 4), &h));
	/* Thursday 30/4, Friday 1/5, a weekend, and Monday taken by decree. */
	assert_int_equal(ld_workday_shift(day_of(2026, 4, 30), &h, 1), day_of(2026, 5, 5));
	assert_int_equal(ld_workday_shift(day_of(2026, 4, 30), &h, -1), day_of(2026, 4, 29));
	assert_int_equal(ld_workday_shift(day_of(2026, 11, 23), &h, 1), day_of(2026, 11, 23));
	assert_int_equal(ld_workday_shift(day_of(2026, 11, 22), NULL, 1), day_of(2026, 11, 23));
}

static void holidays_that_are_none(void **state)
{
	static const char *const wrong[] = { "", "30", "30/13", "32/1", "lunar 31/1", "29/2/2025",
		"30/4 x", "lunar", "tet", "1/1/20266", "30/4 +99", "lunar lunar 1/1",
		"1111111111111111111111111/1" };
	struct ld_errmsg err;
	struct ld_holiday h;

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(wrong); i++) {
		err.text[0] = '\0';
		assert_int_equal(ld_holiday_parse(wrong[i], &h, &err), LD_E_SYNTAX);
		assert_true(err.text[0]);
	}
}

/* ---- rules ---- */

static void rules_expand(void **state)
{
	static const struct { const char *rule; int y, m, d, fy, fm, fd; } t[] = {
		{ "FREQ=MONTHLY;BYMONTHDAY=5", 2026, 11, 6, 2026, 12, 5 },
		{ "freq=monthly;bymonthday=5", 2026, 11, 5, 2026, 11, 5 },
		{ "FREQ=WEEKLY;BYDAY=MO", 2026, 11, 22, 2026, 11, 23 },
		{ "FREQ=MONTHLY;BYDAY=-1FR", 2026, 11, 1, 2026, 11, 27 },
		{ "FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=-1", 2026, 2, 1, 2026, 4, 30 },
		{ "FREQ=DAILY;INTERVAL=10", 2026, 1, 2, 2026, 1, 11 },
		{ "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 2026, 1, 1, 2028, 2, 29 },
	};
	int64_t got;

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(t); i++) {
		assert_int_equal(ld_rrule_check(t[i].rule, NULL), 0);
		assert_int_equal(ld_rrule_next(t[i].rule, day_of(2026, 1, 1),
				 day_of(t[i].y, t[i].m, t[i].d), &got), 0);
		assert_int_equal(got, day_of(t[i].fy, t[i].fm, t[i].fd));
	}
}

static void rules_end(void **state)
{
	int64_t got = 5, start = day_of(2026, 1, 1);

	(void)state;
	assert_int_equal(ld_rrule_next("FREQ=DAILY;COUNT=3", start, start + 2, &got), 0);
	assert_int_equal(got, start + 2);
	assert_int_equal(ld_rrule_next("FREQ=DAILY;COUNT=3", start, start + 3, &got),
			 LD_E_UNKNOWN);
	assert_int_equal(ld_rrule_next("FREQ=WEEKLY;UNTIL=20260301", start, day_of(2026, 3, 2),
				       &got), LD_E_UNKNOWN);
}

/* Refused with words, and soon: a second is a thousand times what it may take. */
static void hostile_rules(void **state)
{
	static const char *const wrong[] = { "", "X", "FREQ=", "FREQ=NEVER", "FREQ=SECONDLY",
		"FREQ=HOURLY", "FREQ=MINUTELY;INTERVAL=0", "FREQ=DAILY;INTERVAL=0",
		"FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=-4", "BYDAY=MO;FREQ=WEEKLY",
		"FREQ=DAILY;BYHOUR=3", "FREQ=DAILY;BYSECOND=1", "FREQ=YEARLY;RSCALE=CHINESE",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=99",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
		"FREQ=DAILY\nX:1", "FREQ=DAILY;\"", "FREQ=DAILY;BYMONTHDAY=99",
		"FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1", "FREQ=DAILY;INTERVAL=99999",
		"FREQ=YEARLY;INTERVAL=400;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
		"FREQ=DAILY;BYMONTHDAY=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,"
		"24,25,26,27,28,29,30,31;BYDAY=MO,TU,WE,TH,FR,SA,SU" };
	struct ld_clock_sys clock;
	struct ld_errmsg err;
	int64_t from;

	(void)state;
	ld_clock_sys_init(&clock, true);
	from = ld_clock_monotonic_ms(&clock.clock);
	for (size_t i = 0; i < LD_ARRAY_SIZE(wrong); i++) {
		err.text[0] = '\0';
		if (ld_rrule_check(wrong[i], &err) == 0)
			fail_msg("taken: %s", wrong[i]);
		assert_true(err.text[0]);
	}
	assert_true(ld_clock_monotonic_ms(&clock.clock) - from < 5000);
}

/* ---- moments ---- */

static void occurs(const char *text, int64_t after, int64_t base, int64_t day, int64_t send)
{
	struct ld_holidays h = holidays();
	struct ld_occurrence o;
	struct ld_errmsg err;
	struct ld_moment m;

	if (ld_moment_parse(text, day_of(2026, 11, 22), &m, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	if (ld_moment_next(&m, &h, day_of(2026, 1, 1), after, &o) < 0)
		fail_msg("%s: never", text);
	assert_int_equal(o.base, base);
	assert_int_equal(o.day, day);
	assert_int_equal(o.send, send);
}

static void moments(void **state)
{
	int64_t now = day_of(2026, 11, 21);

	(void)state;
	/* The tax on 30/4 2027, a holiday before a weekend: due on 3/5, said seven days before. */
	occurs("30/4 workday -7d", now, day_of(2027, 4, 30), day_of(2027, 5, 3),
	       day_of(2027, 4, 26));
	occurs("31/1 -7d", now, day_of(2027, 1, 31), day_of(2027, 1, 31), day_of(2027, 1, 24));
	occurs("day 5 -1d", now, day_of(2026, 12, 5), day_of(2026, 12, 5), day_of(2026, 12, 4));
	occurs("day 31", day_of(2026, 1, 31), day_of(2026, 3, 31), day_of(2026, 3, 31),
	       day_of(2026, 3, 31));
	occurs("t\u1ebft -10d", now, day_of(2027, 2, 6), day_of(2027, 2, 6), day_of(2027, 1, 27));
	occurs("R\u1eb0M 08:30", now, day_of(2026, 11, 23), day_of(2026, 11, 23),
	       day_of(2026, 11, 23));
	occurs("lunar 1", day_of(2026, 11, 10), day_of(2026, 12, 9), day_of(2026, 12, 9),
	       day_of(2026, 12, 9));
	occurs("mung1", day_of(2026, 11, 10), day_of(2026, 12, 9), day_of(2026, 12, 9),
	       day_of(2026, 12, 9));
	occurs("lunar 10/3 +1d", now, day_of(2027, 4, 16), day_of(2027, 4, 16),
	       day_of(2027, 4, 17));
	occurs("rrule FREQ=WEEKLY;BYDAY=SU workday-", now, day_of(2026, 11, 22),
	       day_of(2026, 11, 20), day_of(2026, 11, 20));
	occurs("24/12/2026 09:15", now, day_of(2026, 12, 24), day_of(2026, 12, 24),
	       day_of(2026, 12, 24));
	occurs("2026-12-24", now, day_of(2026, 12, 24), day_of(2026, 12, 24), day_of(2026, 12, 24));
	occurs("now", now, now + 1, now + 1, now + 1);
	occurs("29/2", now, day_of(2028, 2, 29), day_of(2028, 2, 29), day_of(2028, 2, 29));
}

/* Every full moon of ten years is found, in order, none twice. */
static void every_full_moon(void **state)
{
	int64_t after = day_of(2020, 1, 1), end = day_of(2030, 1, 1);
	struct ld_occurrence o;
	struct ld_moment m;
	unsigned n = 0;

	(void)state;
	assert_int_equal(ld_moment_parse("ram", after, &m, NULL), 0);
	while (ld_moment_next(&m, NULL, after, after, &o) == 0 && o.base < end) {
		struct ld_lunar l;

		assert_true(o.base > after);
		assert_int_equal(ld_lunar_of_day(o.base, &l), 0);
		assert_int_equal(l.day, 15);
		assert_in_range(o.base - after, 1, n ? 30 : 60);
		after = o.base;
		n++;
	}
	assert_in_range(n, 123, 125);
}

static void moments_that_are_none(void **state)
{
	static const char *const wrong[] = { "", " ", "soon", "31/2/2026", "32/1", "1/13", "day 0",
		"day 32", "lunar 31", "lunar 31/1", "lunar", "rrule", "rrule FREQ=HOURLY",
		"30/4 -7", "30/4 -70d", "30/4 25:00", "30/4 9", "24/12/2026 2026-12-24",
		"1 2 3 4 5 6 7 8 9", "99999/1", "2026-2-31", "day 5/6", "rrule FREQ=DAILY x" };
	struct ld_errmsg err;
	struct ld_moment m = { .day = 77 };

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(wrong); i++) {
		if (ld_moment_parse(wrong[i], 0, &m, &err) == 0)
			fail_msg("taken: %s", wrong[i]);
		assert_true(err.text[0]);
	}
	assert_int_equal(m.day, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(working_days),
		cmocka_unit_test(holidays_that_are_none),
		cmocka_unit_test(rules_expand),
		cmocka_unit_test(rules_end),
		cmocka_unit_test(hostile_rules),
		cmocka_unit_test(moments),
		cmocka_unit_test(every_full_moon),
		cmocka_unit_test(moments_that_are_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
