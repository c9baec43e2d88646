/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ambassadors and helpers: calls for help that wait, taking one, reporting it done. The number is
 * shown after the learner has allowed it, to that helper only. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#define TAKE_MS (2 * SES_HOUR_MS)       /* for the learner to answer, then others may take it */
#define REPORT_MS (7 * SES_DAY_MS)      /* for the learner to confirm */

static const char *enter(struct ses *x)
{
	return ses_guard(x, ses_on_duty(x, LD_DUTY_HELPER) ? LD_DUTY_HELPER : LD_DUTY_AMBASSADOR);
}

static bool is_free(const struct ses *x, const struct ld_session_call *c)
{
	switch (c->step) {
	case 0:
	case LD_HELPER_BACK:
		return true;
	case LD_HELPER_OFFERED:
	case LD_HELPER_TAKEN:
		return c->until_ms <= x->env->now_ms;
	default:
		return false;
	}
}

static bool is_hers(const struct ses *x, const struct ld_session_call *c)
{
	return c->mine && c->until_ms > x->env->now_ms &&
	       (c->step == LD_HELPER_OFFERED || c->step == LD_HELPER_TAKEN ||
		c->step == LD_HELPER_ALLOWED);
}

static bool takes(const struct ses *x, const struct ld_session_call *c)
{
	return is_free(x, c) || is_hers(x, c);
}

/* Also when her time is over: she may have called all the same. */
static bool reports(const struct ses *x, const struct ld_session_call *c)
{
	(void)x;
	return c->mine && c->step == LD_HELPER_ALLOWED;
}

static unsigned calls(struct ses *x, struct ld_session_call ret[SES_CALLS_MAX],
		      bool (*wanted)(const struct ses *, const struct ld_session_call *))
{
	const struct ld_session_others *o = x->env->others;
	int n = o && o->calls ? o->calls(o->arg, &x->who, ret, SES_CALLS_MAX) : 0;
	unsigned kept = 0;

	for (int i = 0; i < n; i++)
		if (wanted(x, &ret[i]))
			ret[kept++] = ret[i];
	return kept;
}

/* The call of that code; false: it is not among those she may have. */
static bool find(struct ses *x, unsigned pin, struct ld_session_call *ret,
		 bool (*wanted)(const struct ses *, const struct ld_session_call *))
{
	struct ld_session_call c[SES_CALLS_MAX];
	unsigned n = calls(x, c, wanted);

	for (unsigned i = 0; i < n && pin; i++)
		if (c[i].pin == pin) {
			*ret = c[i];
			return true;
		}
	return false;
}

static void note(struct ses *x, const struct ld_session_call *c, enum ld_helper_step step,
		 int64_t hold_ms)
{
	struct ld_fact f = { .kind = LD_EV_HELPER, .subject = c->s };

	f.u.helper.pin = c->pin;
	f.u.helper.step = (uint8_t)step;
	f.u.helper.p = x->who.p;
	f.u.helper.until_ms = hold_ms ? x->env->now_ms + hold_ms : 0;
	f.u.helper.channel = (uint8_t)x->in->kind;
	ses_fact_other(x, &f);
}

/* ---- screens ---- */

/* {job1} ... and the codes behind the keys. */
static const char *list(struct ses *x,
			bool (*wanted)(const struct ses *, const struct ld_session_call *))
{
	static const char *const names[SES_JOBS] = { "job1", "job2", "job3", "job4" };
	struct ld_session_call c[SES_CALLS_MAX];
	unsigned n = calls(x, c, wanted);
	char job[40];

	memset(x->s.jobs, 0, sizeof(x->s.jobs));
	for (unsigned i = 0; i < SES_JOBS; i++) {
		job[0] = '\0';
		if (i < n) {
			snprintf(job, sizeof(job), "%s tổ %u, %s", c[i].masked, c[i].tdp,
				 c[i].visit ? "tại nhà" : "gọi lại");
			x->s.jobs[i] = c[i].pin;
		}
		ses_value(x, names[i], job);
	}
	ses_value_number(x, "n", n);
	if (n)
		ses_fact_audit(x, LD_AUDIT_CALLS, NULL, 0, n < SES_JOBS ? n : SES_JOBS);
	return n ? "ok" : "none";
}

const char *ses_do_amb_calls(struct ses *x, const char *arg)
{
	const char *no = enter(x);

	(void)arg;
	return no ? no : list(x, takes);
}

const char *ses_do_amb_taken(struct ses *x, const char *arg)
{
	const char *no = enter(x);

	(void)arg;
	return no ? no : list(x, reports);
}

static void values(struct ses *x, const struct ld_session_call *c)
{
	char time[24], phone[16];

	ses_format_time(x, c->due_ms, time, sizeof(time));
	ld_e164_local(&c->number, phone);
	ses_value(x, "masked", c->masked);
	ses_value_number(x, "tdp", c->tdp);
	ses_value(x, "time", time);
	ses_value(x, "phone", phone);
	ses_value_number(x, "pin", c->pin);
}

static bool any(const struct ses *x, const struct ld_session_call *c)
{
	return takes(x, c) || reports(x, c);
}

/* arg: the key of a list. Without one (the page is shown again): the call chosen before. */
const char *ses_do_amb_call(struct ses *x, const char *arg)
{
	const char *no = enter(x);
	struct ld_session_call c;

	if (no)
		return no;
	if (arg[0] >= '1' && arg[0] < '1' + SES_JOBS)
		x->s.job = x->s.jobs[arg[0] - '1'];
	if (!find(x, x->s.job, &c, any))
		return "none";
	values(x, &c);
	return "ok";
}

const char *ses_do_amb_take(struct ses *x, const char *arg)
{
	const char *no = enter(x);
	struct ld_session_call c;

	(void)arg;
	if (no)
		return no;
	if (!find(x, x->s.job, &c, takes))
		return "none";
	values(x, &c);
	if (is_hers(x, &c) && c.number.digits[0]) {
		ses_fact_audit(x, LD_AUDIT_NUMBER, &c.s, c.tdp, 1);
		return "shown";
	}
	if (!is_hers(x, &c))
		note(x, &c, LD_HELPER_TAKEN, TAKE_MS);
	return "ok";
}

const char *ses_do_amb_leave(struct ses *x, const char *arg)
{
	const char *no = enter(x);
	struct ld_session_call c;

	(void)arg;
	if (no)
		return no;
	if (find(x, x->s.job, &c, is_hers))
		note(x, &c, LD_HELPER_BACK, 0);
	return "ok";
}

const char *ses_do_amb_report(struct ses *x, const char *arg)
{
	static const struct {
		const char *arg;
		enum ld_helper_step step;
	} results[] = {
		{ "done", LD_HELPER_DONE }, { "missed", LD_HELPER_MISSED },
		{ "ward", LD_HELPER_PASSED },
	};
	const char *no = enter(x);
	struct ld_session_call c;

	if (no)
		return no;
	if (!find(x, x->s.job, &c, reports))
		return "none";
	for (size_t i = 0; i < LD_ARRAY_SIZE(results); i++)
		if (strcmp(arg, results[i].arg) == 0)
			note(x, &c, results[i].step, REPORT_MS);
	return "ok";
}

/* ---- XONG 472: shows nothing, so it needs no PIN. The learner is asked, the helper is not
 * answered ---- */

static bool reported(const struct ses *x, const struct ld_session_call *c)
{
	(void)x;
	return c->mine && c->step >= LD_HELPER_DONE;
}

void ses_xong_message(struct ses *x, const struct ld_command *cmd)
{
	bool duty = ses_on_duty(x, LD_DUTY_HELPER) || ses_on_duty(x, LD_DUTY_AMBASSADOR);
	unsigned pin = (unsigned)strtoul(x->match.folded + 5, NULL, 10);
	struct ld_session_call c;

	if (duty && find(x, pin, &c, reports))
		note(x, &c, LD_HELPER_DONE, REPORT_MS);
	else if (!(duty && find(x, pin, &c, reported)) &&
		 ses_once_a_day(x, &x->s.not_allowed_day))
		ses_say(x, cmd);
}
