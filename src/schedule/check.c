/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/schedule/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "laido/schedule/campaign.h"

#define DAY_MS INT64_C(86400000)

struct checker {
	const struct ld_content *c;
	ld_finding_cb cb;
	void *arg;
	struct ld_holidays holidays;
	unsigned errors;
};

__attribute__((format(printf, 4, 5)))
static void report(struct checker *k, int line, bool error, const char *fmt, ...)
{
	struct ld_finding f = { .file = k->c->reminders_file, .line = line, .error = error };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f.message, sizeof(f.message), fmt, ap);
	va_end(ap);
	k->errors += error;
	k->cb(k->arg, &f);
}

static void check_holidays(struct checker *k)
{
	struct ld_holiday h;
	struct ld_errmsg err;

	for (unsigned i = 0; i < k->c->n_holidays; i++)
		if (ld_holiday_parse(k->c->holidays[i], &h, &err) < 0)
			report(k, k->c->holidays_line, true, "holidays: %.200s", err.text);
	if (k->c->n_holidays > LD_HOLIDAYS_MAX)
		report(k, k->c->holidays_line, true, "at most %d holidays", LD_HOLIDAYS_MAX);
	ld_campaign_holidays(k->c, &k->holidays);
}

/* Its first day from the day on which it begins to be true; a day that is written down with its
 * year may be past. */
static void check_days(struct checker *k, const struct ld_reminder *r, const struct ld_moment *m)
{
	bool waits = r->validity.from_ms == INT64_MAX;          /* for a review */
	int64_t from = r->validity.from_ms > 0 && !waits ? r->validity.from_ms / DAY_MS
							 : ld_day_of_date(2026, 1, 1);
	struct ld_occurrence o;

	if (ld_moment_next(m, &k->holidays, ld_day_of_date(2026, 1, 1), from - 1, &o) < 0)
		report(k, r->line, m->base != LD_AT_DATE, "reminder %s: when: \"%s\": there is no "
		       "such day%s", r->key, r->when, m->base == LD_AT_DATE ? " any more" : "");
	else if (!waits && o.send * DAY_MS >= r->validity.until_ms)
		report(k, r->line, false, "reminder %s: its first day comes after its valid_until",
		       r->key);
}

static void check_reminder(struct checker *k, const struct ld_reminder *r)
{
	struct ld_moment m;
	struct ld_errmsg err;

	if (ld_moment_parse(r->when, ld_day_of_date(2026, 1, 1), &m, &err) < 0)
		report(k, r->line, true, "reminder %s: when: %.200s", r->key, err.text);
	else
		check_days(k, r, &m);
	if (ld_campaign_check(k->c, r->message, r->values, &err) < 0)
		report(k, r->line, true, "reminder %s: %.200s", r->key, err.text);
}

unsigned ld_schedule_check(const struct ld_content *c, ld_finding_cb cb, void *arg)
{
	struct checker k = { .c = c, .cb = cb, .arg = arg };

	k.errors = ld_content_check(c, cb, arg);
	check_holidays(&k);
	for (unsigned i = 0; i < c->n_reminders; i++)
		check_reminder(&k, &c->reminders[i]);
	return k.errors;
}
