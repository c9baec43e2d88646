/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When something is, in the words an operator types, and the days that follow from them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "laido/schedule/calendar.h"
#include "laido/text/text.h"

enum { NINE = 9 * 60, LUNAR_YEARS = 10, MONTHS = 24 };

struct words {
	unsigned n;
	char *w[8];
	char text[LD_MOMENT_MAX];
};

static int split(const char *text, struct words *ret)
{
	char *rest = ret->text, *p;

	if (strlen(text) >= sizeof(ret->text))
		return LD_E_TOOBIG;
	if (ld_text_unaccent(text, ret->text, sizeof(ret->text)) < 0)
		return LD_E_TOOBIG;
	for (p = ret->text; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	ret->n = 0;
	while ((p = strsep(&rest, " "))) {
		if (*p == '\0')
			continue;
		if (ret->n == LD_ARRAY_SIZE(ret->w))
			return LD_E_TOOBIG;
		ret->w[ret->n++] = p;
	}
	return ret->n ? 0 : LD_E_SYNTAX;
}

/* Exactly so many numbers in this form, nothing behind them. */
static bool reads(const char *w, const char *digits_and_marks, int *a, int *b, int *c)
{
	int *to[] = { a, b, c };
	int i = 0;

	for (const char *f = digits_and_marks; *f; f++) {
		int v = 0, n = 0;

		if (*f != '#') {
			if (*w++ != *f)
				return false;
			continue;
		}
		while (isdigit((unsigned char)*w) && n++ < 4)
			v = v * 10 + (*w++ - '0');
		if (n == 0)
			return false;
		*to[i++] = v;
	}
	return *w == '\0';
}

static bool day_and_month(int day, int month, bool lunar)
{
	static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month >= 1 && month <= 12 && day >= 1 && day <= (lunar ? 30 : lengths[month - 1]);
}

static bool once(struct ld_moment *m, int year, int month, int day)
{
	m->base = LD_AT_DATE;
	m->year = year;
	m->month = month;
	m->day = day;
	return ld_date_valid(year, month, day);
}

/* "5", "10/3" behind "day" or "lunar". */
static bool day_word(struct ld_moment *m, const char *w, bool lunar)
{
	int none;

	if (reads(w, "#", &m->day, &none, &none)) {
		m->base = lunar ? LD_AT_LUNAR_MONTHLY : LD_AT_MONTHLY;
		return m->day >= 1 && m->day <= (lunar ? 30 : 31);
	}
	m->base = LD_AT_LUNAR_YEARLY;
	return lunar && reads(w, "#/#", &m->day, &m->month, &none) &&
	       day_and_month(m->day, m->month, true);
}

static bool named(struct ld_moment *m, enum ld_moment_base base, int month, int day)
{
	m->base = base;
	m->month = month;
	m->day = day;
	return true;
}

/* The words that say which day; how many they were, 0: not understood. */
static unsigned base_words(const struct words *k, int64_t today, struct ld_moment *m,
			   struct ld_errmsg *err)
{
	const char *w = k->w[0], *next = k->n > 1 ? k->w[1] : "";
	struct ld_date d = ld_date_of_day(today);
	int a, b, c;

	if (strcmp(w, "today") == 0 || strcmp(w, "now") == 0) {
		m->minute = w[0] == 'n' ? -1 : m->minute;
		return once(m, d.year, d.month, d.day);
	}
	if (reads(w, "#/#/#", &a, &b, &c))
		return once(m, c, b, a);
	if (reads(w, "#-#-#", &a, &b, &c))
		return once(m, a, b, c);
	if (reads(w, "#/#", &m->day, &m->month, &c)) {
		m->base = LD_AT_YEARLY;
		return day_and_month(m->day, m->month, false);
	}
	if (strcmp(w, "tet") == 0)
		return named(m, LD_AT_LUNAR_YEARLY, 1, 1);
	if (strcmp(w, "ram") == 0)
		return named(m, LD_AT_LUNAR_MONTHLY, 0, 15);
	if (strcmp(w, "mung1") == 0)
		return named(m, LD_AT_LUNAR_MONTHLY, 0, 1);
	if (strcmp(w, "day") == 0 || strcmp(w, "lunar") == 0)
		return day_word(m, next, w[0] == 'l') ? 2 : 0;
	if (strcmp(w, "rrule") != 0 || ld_rrule_check(next, err) < 0)
		return 0;
	m->base = LD_AT_RRULE;
	for (size_t i = 0; i < sizeof(m->rule) && (i == 0 || next[i - 1]); i++)
		m->rule[i] = (char)toupper((unsigned char)next[i]);
	return 2;
}

static bool other_word(const char *w, struct ld_moment *m)
{
	int a, b, c;

	if (strcmp(w, "workday") == 0 || strcmp(w, "workday-") == 0) {
		m->shift = w[7] ? -1 : 1;
		return true;
	}
	if (strcmp(w, "now") == 0) {
		m->minute = -1;
		return true;
	}
	if (reads(w, "#:#", &a, &b, &c)) {
		m->minute = a * 60 + b;
		return a < 24 && b < 60;
	}
	if (reads(w, "-#d", &a, &b, &c))
		m->plus = -a;
	else if (reads(w, "+#d", &a, &b, &c))
		m->plus = a;
	else
		return false;
	return a <= 60;
}

int ld_moment_parse(const char *text, int64_t today, struct ld_moment *ret, struct ld_errmsg *err)
{
	struct ld_moment m = { .minute = NINE };
	struct words k;
	unsigned i;

	if (err)
		err->text[0] = '\0';
	if (split(text, &k) < 0)
		return ld_fail(err, LD_E_SYNTAX, "say when in one to eight words");
	i = base_words(&k, today, &m, err);
	if (i == 0 && err && err->text[0])
		return LD_E_SYNTAX;
	if (i == 0)
		return ld_fail(err, LD_E_SYNTAX, "\"%.60s\": which day? Write 24/12/2026, 30/4, "
			       "day 5, lunar 15, lunar 10/3, tet, rrule FREQ=..., or now", text);
	for (; i < k.n; i++)
		if (!other_word(k.w[i], &m))
			return ld_fail(err, LD_E_SYNTAX, "\"%.30s\" is not understood; behind the "
				       "day stand -7d, +1d, workday, workday-, 09:00 or now",
				       k.w[i]);
	*ret = m;
	return 0;
}

/* ---- the days ---- */

static int yearly(const struct ld_moment *m, int64_t from, int64_t *ret)
{
	struct ld_date d = ld_date_of_day(from);

	for (int y = d.year; y <= d.year + 8; y++) {
		if (!ld_date_valid(y, m->month, m->day))
			continue;       /* 29 February */
		*ret = ld_day_of_date(y, m->month, m->day);
		if (*ret >= from)
			return 0;
	}
	return LD_E_UNKNOWN;
}

static int monthly(const struct ld_moment *m, int64_t from, int64_t *ret)
{
	struct ld_date d = ld_date_of_day(from);

	for (int i = 0; i < MONTHS; i++) {
		int y = d.year + (d.month - 1 + i) / 12, month = (d.month - 1 + i) % 12 + 1;

		if (!ld_date_valid(y, month, m->day))
			continue;
		*ret = ld_day_of_date(y, month, m->day);
		if (*ret >= from)
			return 0;
	}
	return LD_E_UNKNOWN;
}

static int lunar_yearly(const struct ld_moment *m, int64_t from, int64_t *ret)
{
	struct ld_lunar l;
	int rc = ld_lunar_of_day(from, &l);

	for (int i = 0; i < LUNAR_YEARS && rc == 0; i++, l.year++) {
		struct ld_lunar want = { l.year, m->month, m->day, false };
		int64_t day;

		if (ld_day_of_lunar(&want, &day) < 0 || day < from)
			continue;
		*ret = day;
		return 0;
	}
	return LD_E_UNKNOWN;
}

static int lunar_monthly(const struct ld_moment *m, int64_t from, int64_t *ret)
{
	for (int64_t day = from; day < from + 32 * MONTHS;) {
		struct ld_lunar l;

		if (ld_lunar_of_day(day, &l) < 0)
			break;
		if (l.day == m->day) {
			*ret = day;
			return 0;
		}
		/* Never past the day wanted: the shortest month has 29. */
		day += l.day < m->day ? m->day - l.day : 30 - l.day;
		day += l.day == 30;
	}
	return LD_E_UNKNOWN;
}

static int base_day(const struct ld_moment *m, int64_t start, int64_t from, int64_t *ret)
{
	switch (m->base) {
	case LD_AT_DATE:
		*ret = ld_day_of_date(m->year, m->month, m->day);
		return *ret >= from ? 0 : LD_E_UNKNOWN;
	case LD_AT_YEARLY: return yearly(m, from, ret);
	case LD_AT_MONTHLY: return monthly(m, from, ret);
	case LD_AT_LUNAR_YEARLY: return lunar_yearly(m, from, ret);
	case LD_AT_LUNAR_MONTHLY: return lunar_monthly(m, from, ret);
	case LD_AT_RRULE: return ld_rrule_next(m->rule, start, from, ret);
	}
	return LD_E_UNKNOWN;
}

int ld_moment_next(const struct ld_moment *m, const struct ld_holidays *h, int64_t start,
		   int64_t after, struct ld_occurrence *ret)
{
	int64_t base;
	int rc = base_day(m, start, after + 1, &base);

	if (rc < 0)
		return rc;
	ret->base = base;
	ret->day = m->shift ? ld_workday_shift(base, h, m->shift) : base;
	ret->send = ret->day + m->plus;
	return 0;
}
