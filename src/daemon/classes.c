/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who learned in a class, from an operator's list: noted for learners who agreed, counted apart from
 * what the lessons give. */
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "laido/schedule/calendar.h"

#define DAY_MS INT64_C(86400000)

struct note {
	struct ld_job job;
	struct daemon *d;
	struct ld_ctl_req *req;
	struct ld_msisdn phone;
	struct ld_fact f;
	bool commit;
	const char *why;                /* it is left out */
};

static int run(struct ld_job *job, struct ld_store *st)
{
	struct note *n = (struct note *)job;
	struct ld_person who;
	int rc = ld_store_person(st, &n->d->node.ward, &n->phone, 1, &who);

	n->why = NULL;
	if (rc == 0 && !who.consented)
		n->why = "has not agreed to take part: nothing is noted of her";
	else if (rc == 0 && (rc = ld_store_attested(st, &who.s, LD_ATTEST_CLASS)) > 0)
		n->why = "is noted already";
	if (rc < 0 || n->why || !n->commit)
		return rc < 0 ? rc : 0;
	n->f.subject = who.s;
	return ld_store_append(st, &n->f, NULL);
}

static void done(struct ld_job *job, int rc)
{
	struct note *n = (struct note *)job;

	if (rc < 0)
		ld_ctl_fail(n->req, rc, NULL, NULL);
	else
		ld_ctl_answer(n->req, n->why ? json_pack("{s:s,s:s}", "change", "same", "why", n->why)
					     : json_pack("{s:s}", "change", "new"));
	free(n);
}

/* "23/11/2026", a day that is not to come. */
static bool read_day(const struct daemon *d, const char *text, int64_t *ret)
{
	int64_t now = ld_clock_utc_ms(&d->clock.clock, NULL) + d->conf.utc_offset_min * INT64_C(60000);
	char *at;
	long day = text ? strtol(text, &at, 10) : 0, month, year;
	struct ld_date t;

	if (day < 1 || day > 31 || *at != '/')
		return false;
	month = strtol(at + 1, &at, 10);
	if (month < 1 || month > 12 || *at != '/')
		return false;
	year = strtol(at + 1, &at, 10);
	if (year < 2020 || year > 9999 || *at)
		return false;
	*ret = ld_day_of_date((int)year, (int)month, (int)day);
	t = ld_date_of_day(*ret);
	return t.day == day && *ret <= now / DAY_MS;
}

void daemon_class(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	const char *phone = json_string_value(json_object_get(in, "phone"));
	struct note *n = calloc(1, sizeof(*n));
	int rc = n ? 0 : LD_E_NOMEM;
	const char *why = NULL;

	if (n && (!phone || ld_e164_parse(phone, &n->phone) != LD_ADDR_MOBILE))
		why = "phone: not a mobile number";
	else if (n && !read_day(d, json_string_value(json_object_get(in, "day")),
				&n->f.u.attest.day))
		why = "day: as 23/11/2026, not in the future";
	if (n && !why) {
		n->job = (struct ld_job){ .run = run, .done = done };
		n->d = d;
		n->req = req;
		n->commit = json_is_true(json_object_get(in, "commit"));
		n->f.kind = LD_EV_ATTEST;
		n->f.u.attest.what = LD_ATTEST_CLASS;
		n->f.u.attest.channel = LD_CHAN_OPERATOR;
		rc = ld_worker_submit(d->worker, LD_LANE_LONG, &n->job);
	}
	if (rc < 0 || why) {
		free(n);
		ld_ctl_fail(req, why ? LD_E_RANGE : rc, why, NULL);
	}
}
