/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recurrence by libical, which is the only one to know RFC 5545; here are the bounds. A rule is
 * typed by an operator, but it may come by the mesh: it must cost little whatever it says. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

#include "laido/schedule/calendar.h"

enum { YEARS = 20 };

/* libical's default is to abort the program at a text it cannot read. */
static void tame(void)
{
	icalerror_set_errors_are_fatal(false);
	icalerror_clear_errno();
}

/* Built from text: libical walks for ever from a time whose parts were set one by one. */
static struct icaltimetype ical_day(int64_t day)
{
	struct ld_date d = ld_date_of_day(day);
	char text[16];

	snprintf(text, sizeof(text), "%04d%02d%02d", d.year % 10000, d.month, d.day);
	return icaltime_from_string(text);
}

/* What RFC 5545 has and a reminder has no use for, or a way to be expensive. */
static const struct {
	const char *part, *why;
} refused[] = {
	{ "FREQ=SECONDLY", "nobody is reminded every second" },
	{ "FREQ=MINUTELY", "nobody is reminded every minute" },
	{ "FREQ=HOURLY", "nobody is reminded every hour; at most once a day" },
	{ "BYSECOND", "the time of day stands behind the rule, as 09:00" },
	{ "BYMINUTE", "the time of day stands behind the rule, as 09:00" },
	{ "BYHOUR", "the time of day stands behind the rule, as 09:00" },
	{ "RSCALE", "for the lunar calendar write lunar 15 or lunar 10/3" },
	{ "BYEASTER", "Easter is unknown here" },
};

static int shape(const char *rule, char upper[LD_RRULE_MAX], struct ld_errmsg *err)
{
	size_t n = strlen(rule);

	if (n == 0 || n >= LD_RRULE_MAX)
		return ld_fail(err, LD_E_SYNTAX, "a rule has 1 to %d characters", LD_RRULE_MAX - 1);
	for (size_t i = 0; i <= n; i++) {
		upper[i] = (char)toupper((unsigned char)rule[i]);
		if (rule[i] && !isalnum((unsigned char)rule[i]) && !strchr("=;,+-", rule[i]))
			return ld_fail(err, LD_E_SYNTAX, "a rule has letters, digits and = ; , + -"
				       " only");
	}
	for (size_t i = 0; i < LD_ARRAY_SIZE(refused); i++)
		if (strstr(upper, refused[i].part))
			return ld_fail(err, LD_E_SYNTAX, "%s: %s", refused[i].part, refused[i].why);
	if (strncmp(upper, "FREQ=", 5) != 0)
		return ld_fail(err, LD_E_SYNTAX, "a rule begins with FREQ=, for example "
			       "FREQ=MONTHLY;BYMONTHDAY=5");
	return 0;
}

static int read_rule(const char *rule, struct icalrecurrencetype *ret, struct ld_errmsg *err)
{
	char upper[LD_RRULE_MAX];
	int rc = shape(rule, upper, err);

	if (rc < 0)
		return rc;
	tame();
	*ret = icalrecurrencetype_from_string(upper);
	free(ret->rscale);
	ret->rscale = NULL;
	if (ret->freq == ICAL_NO_RECURRENCE || icalerrno != ICAL_NO_ERROR)
		return ld_fail(err, LD_E_SYNTAX, "the rule \"%.60s\" is not understood; try "
			       "FREQ=MONTHLY;BYMONTHDAY=5 or FREQ=WEEKLY;BYDAY=MO", upper);
	/* libical walks a daily rule day by day until a BY part lets one through, if ever. */
	if ((strncmp(upper, "FREQ=DAILY", 10) == 0 && strstr(upper, ";BY")) ||
	    (strncmp(upper, "FREQ=WEEKLY", 11) == 0 && strstr(upper, ";BYM")))
		return ld_fail(err, LD_E_SYNTAX, "a daily rule has no BY part and a weekly one only "
			       "BYDAY; write FREQ=WEEKLY;BYDAY=MO or FREQ=MONTHLY;BYMONTHDAY=5");
	if (ret->count < 0 || ret->interval < 1 || ret->interval > 400)
		return ld_fail(err, LD_E_SYNTAX, "COUNT and INTERVAL must be small numbers from 1");
	return 0;
}

int ld_rrule_check(const char *rule, struct ld_errmsg *err)
{
	struct icalrecurrencetype r;
	int64_t day;
	int rc = read_rule(rule, &r, err);

	if (rc == 0 && ld_rrule_next(rule, ld_day_of_date(2024, 1, 1), 0, &day) < 0 &&
	    icaltime_is_null_time(r.until))
		return ld_fail(err, LD_E_SYNTAX, "no day ever meets the rule \"%.60s\"", rule);
	return rc;
}

int ld_rrule_next(const char *rule, int64_t start, int64_t from, int64_t *ret)
{
	struct icalrecurrencetype r;
	struct icaltimetype t, last;
	icalrecur_iterator *it;
	int64_t found = -1;
	int rc = read_rule(rule, &r, NULL);

	if (rc < 0)
		return rc;
	if (from < start)
		from = start;
	last = ical_day(from + YEARS * 366);
	if (r.count == 0 && (icaltime_is_null_time(r.until) ||
			     icaltime_compare(r.until, last) > 0))
		r.until = last;
	it = icalrecur_iterator_new(r, ical_day(start));
	if (!it)
		return LD_E_SYNTAX;
	for (int i = 0; i < LD_RRULE_STEPS && found < from; i++) {
		t = icalrecur_iterator_next(it);
		if (icaltime_is_null_time(t))
			break;
		found = ld_day_of_date(t.year, t.month, t.day);
	}
	icalrecur_iterator_free(it);
	if (found < from)
		return LD_E_UNKNOWN;
	*ret = found;
	return 0;
}
