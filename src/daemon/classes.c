/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who learned in a class, and pupils' schools, from an operator's list: noted for learners who
 * agreed. A class is counted apart from what the lessons give. */
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

/* The pupil of that telephone: the learner for whom a guardian agreed, else the first one. */
static int find_pupil(struct note *n, struct ld_store *st, struct ld_person *ret)
{
	int rc = 0;

	for (uint8_t slot = LD_SLOTS_MAX; slot >= 1 && rc == 0; slot--) {
		rc = ld_store_person(st, &n->d->node.ward, &n->phone, slot, ret);
		if (rc == 0 && ret->consented && ret->guardian)
			break;
	}
	return rc;
}

static int run_school(struct ld_job *job, struct ld_store *st)
{
	struct note *n = (struct note *)job;
	struct ld_person who;
	int rc = find_pupil(n, st, &who);

	n->why = NULL;
	if (rc == 0 && !who.consented)
		n->why = "has not agreed to take part: nothing is noted of her";
	else if (rc == 0 && strcmp(who.reg[LD_REG_SCHOOL].value, n->f.u.set.value) == 0)
		n->why = "is noted already";
	if (rc < 0 || n->why || !n->commit)
		return rc < 0 ? rc : 0;
	n->f.subject = who.s;
	n->f.u.set.over = who.reg[LD_REG_SCHOOL].live;
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

/* Takes over n; why: what is wrong with the request, NULL: nothing. */
static void submit(struct note *n, struct ld_ctl_req *req, const json_t *in, struct daemon *d,
		   const char *why)
{
	int rc = 0;

	n->d = d;
	n->req = req;
	n->commit = json_is_true(json_object_get(in, "commit"));
	if (!why)
		rc = ld_worker_submit(d->worker, LD_LANE_LONG, &n->job);
	if (rc < 0 || why) {
		free(n);
		ld_ctl_fail(req, why ? LD_E_RANGE : rc, why, NULL);
	}
}

static const char *read_phone(struct note *n, const json_t *in)
{
	const char *phone = json_string_value(json_object_get(in, "phone"));

	return phone && ld_e164_parse(phone, &n->phone) == LD_ADDR_MOBILE
		       ? NULL : "phone: not a mobile number";
}

void daemon_class(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct note *n = calloc(1, sizeof(*n));
	const char *why;

	if (!n)
		return ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
	why = read_phone(n, in);
	if (!why && !read_day(arg, json_string_value(json_object_get(in, "day")),
			      &n->f.u.attest.day))
		why = "day: as 23/11/2026, not in the future";
	n->job = (struct ld_job){ .run = run, .done = done };
	n->f.kind = LD_EV_ATTEST;
	n->f.u.attest.what = LD_ATTEST_CLASS;
	n->f.u.attest.channel = LD_CHAN_OPERATOR;
	submit(n, req, in, arg, why);
}

void daemon_school(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	const char *name = json_string_value(json_object_get(in, "school"));
	struct note *n = calloc(1, sizeof(*n));
	const char *why;

	if (!n)
		return ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
	why = read_phone(n, in);
	if (!why && (!name || !name[0] || strlen(name) >= sizeof(n->f.u.set.value) ||
		     strpbrk(name, "{}\n\r\t")))
		why = "school: its name, at most 47 octets, no control codes or braces";
	n->job = (struct ld_job){ .run = run_school, .done = done };
	n->f.kind = LD_EV_SET;
	n->f.u.set.reg = LD_REG_SCHOOL;
	if (!why)
		memcpy(n->f.u.set.value, name, strlen(name) + 1);
	submit(n, req, in, arg, why);
}
