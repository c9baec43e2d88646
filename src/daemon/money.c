/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this board has sent in this month, what that costs, and whether it will be enough. */
#include "daemon.h"

#include "laido/chan/phone.h"
#include "laido/schedule/calendar.h"

#define DAY_MS INT64_C(86400000)

/* The local month of a moment: its first day and the first of the next one. */
static void month_of(int64_t day, int64_t *ret_first, int64_t *ret_next)
{
	struct ld_date d = ld_date_of_day(day);

	*ret_first = ld_day_of_date(d.year, d.month, 1);
	*ret_next = d.month == 12 ? ld_day_of_date(d.year + 1, 1, 1)
				  : ld_day_of_date(d.year, d.month + 1, 1);
}

int daemon_money(const struct daemon *d, struct ld_store *st, struct daemon_money *ret)
{
	int64_t offset = d->conf.utc_offset_min * INT64_C(60000);
	int64_t local = ld_clock_utc_ms(&d->clock.clock, NULL) + offset, first, next, elapsed;
	int rc;

	month_of(local / DAY_MS, &first, &next);
	rc = ld_store_out_spent(st, first * DAY_MS - offset, d->phone ? d->phone->name : "",
				&ret->parts);
	/* One day says little about a month, an hour nothing. */
	elapsed = local - first * DAY_MS;
	elapsed = elapsed < DAY_MS ? DAY_MS : elapsed;
	ret->forecast_parts = (int64_t)((double)ret->parts * (double)((next - first) * DAY_MS) /
					(double)elapsed);
	ret->part_vnd = ld_gateway_content(d->gw)->part_vnd;
	return rc;
}

json_t *daemon_money_status(const struct daemon *d, const struct daemon_money *m, json_t *trouble)
{
	int64_t vnd = m->parts * m->part_vnd, forecast = m->forecast_parts * m->part_vnd;
	int64_t budget = d->conf.outbox.vnd_per_month;

	if (budget && vnd > budget)
		json_array_append_new(trouble, json_sprintf("The month's money is spent: %lld of "
			"%lld VND. Sending goes on; `laido reminders pause` stops what nobody asked "
			"for.", (long long)vnd, (long long)budget));
	else if (budget && forecast > budget)
		json_array_append_new(trouble, json_sprintf("The month's money will not be enough: "
			"%lld VND so far, about %lld by its end, %lld are there. See: laido plan.",
			(long long)vnd, (long long)forecast, (long long)budget));
	return json_pack("{s:I,s:I,s:I,s:I,s:i}", "parts", (json_int_t)m->parts, "vnd",
			 (json_int_t)vnd, "forecast_vnd", (json_int_t)forecast, "budget_vnd",
			 (json_int_t)budget, "part_vnd", (int)m->part_vnd);
}
