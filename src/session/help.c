/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A person, please: the call for help, and the bridge to whoever helps. The call is recorded before
 * she is asked whether a helper may see her number: without an answer the ward calls. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#define BRIDGE_MS (48 * SES_HOUR_MS)    /* the question; the number is shown so long, too */
#define ENOUGH_MS (2 * SES_HOUR_MS)     /* for a helper to call: else a later time is promised */

enum { MORNING_ENDS = 11, AFTERNOON_ENDS = 17 };

static bool waiting(const struct ses *x)
{
	return x->who.help_pin != 0 && x->who.help_due_ms > x->env->now_ms;
}

enum ses_help_question ses_help_question(const struct ses *x)
{
	const struct ld_person *w = &x->who;

	if (w->help_pin == 0 || w->helper.until_ms <= x->env->now_ms)
		return SES_HELP_NOTHING;
	if (w->helper.step >= LD_HELPER_DONE)
		return SES_HELP_IS_DONE;
	return w->helper.name[0] && (w->helper.step == LD_HELPER_OFFERED ||
				     w->helper.step == LD_HELPER_TAKEN) ?
	       SES_HELP_MAY_SEE : SES_HELP_NOTHING;
}

static void values(struct ses *x)
{
	char time[24];

	ses_format_time(x, x->who.help_due_ms, time, sizeof(time));
	ses_value(x, "time", time);
	ses_value_number(x, "pin", x->who.help_pin);
	ses_value(x, "name", x->who.helper.name);
	ses_value(x, "helper", x->who.helper.name);
}

static void file(struct ses *x, unsigned visit)
{
	bool words = x->match.rule && strcmp(x->match.rule->intent, "HELP_HUMAN") == 0;

	ses_fact_help(x, words ? x->in->text : "", visit, false);
}

static void note(struct ses *x, enum ld_helper_step step, const struct ld_id *p, int64_t until_ms)
{
	struct ld_fact f = { .kind = LD_EV_HELPER, .subject = x->who.s };

	f.u.helper.pin = x->who.help_pin;
	f.u.helper.step = (uint8_t)step;
	f.u.helper.until_ms = until_ms;
	f.u.helper.channel = (uint8_t)x->in->kind;
	if (p)
		f.u.helper.p = *p;
	ses_fact_own(x, &f);
	x->who.helper.step = (uint8_t)step;
	x->who.helper.p = f.u.helper.p;
	x->who.helper.until_ms = until_ms;
}

/* Somebody serves the place where she lives: the call, and the question about that helper. Whoever
 * has not consented is the ward's to call. */
static bool offer(struct ses *x)
{
	const struct ld_session_others *o = x->env->others;
	const char *tdp = ses_reg(x, LD_REG_TDP);
	struct ld_id p;
	char name[LD_NAME_MAX];

	if (!ses_member(x) || !o || !o->helper ||
	    o->helper(o->arg, tdp[0] ? (unsigned)strtoul(tdp, NULL, 10) : 0, &p, name) < 0)
		return false;
	file(x, 0);
	note(x, LD_HELPER_OFFERED, &p, x->env->now_ms + BRIDGE_MS);
	ses_copy(x->who.helper.name, sizeof(x->who.helper.name), name);
	return true;
}

/* What was promised for today evening cannot be kept by whoever is asked now. */
static void promise(struct ses *x)
{
	if (x->who.help_due_ms - x->env->now_ms < ENOUGH_MS)
		file(x, 0);
}

static void allow(struct ses *x)
{
	struct ld_id p = x->who.helper.p;
	int64_t until;

	promise(x);
	until = x->env->now_ms + BRIDGE_MS;
	note(x, LD_HELPER_ALLOWED, &p, x->who.help_due_ms < until ? x->who.help_due_ms : until);
}

static void ward(struct ses *x)
{
	promise(x);
	note(x, LD_HELPER_WARD, NULL, 0);
}

/* ---- screens ---- */

const char *ses_do_help_bridge(struct ses *x, const char *arg)
{
	const char *outcome = "ok";

	(void)arg;
	if (ses_help_question(x) != SES_HELP_MAY_SEE) {
		if (waiting(x))
			outcome = "waiting";
		else if (!offer(x))
			return "ward";
	}
	values(x);
	return outcome;
}

const char *ses_do_help_allow(struct ses *x, const char *arg)
{
	bool asked = ses_help_question(x) == SES_HELP_MAY_SEE;

	(void)arg;
	if (!asked && !waiting(x))
		return "ward";
	if (asked)
		allow(x);
	values(x);
	return asked ? "ok" : "waiting";
}

const char *ses_do_help(struct ses *x, const char *arg)
{
	bool wait = waiting(x);

	(void)arg;
	if (ses_help_question(x) == SES_HELP_MAY_SEE) {
		ward(x);
		wait = false;
	} else if (!wait) {
		file(x, 0);
	}
	values(x);
	return wait ? "waiting" : "ok";
}

const char *ses_do_help_cancel(struct ses *x, const char *arg)
{
	(void)arg;
	if (x->who.help_pin)
		ses_fact_help(x, "", 0, true);
	return "ok";
}

/* A visit needs a place. */
const char *ses_do_help_home(struct ses *x, const char *arg)
{
	(void)arg;
	if (waiting(x)) {
		values(x);
		return "waiting";
	}
	return ses_reg(x, LD_REG_TDP)[0] ? "ok" : "tdp";
}

/* arg: "1" the morning, "2" the afternoon of the next working day. */
const char *ses_do_help_visit(struct ses *x, const char *arg)
{
	bool morning = arg[0] == '1', wait = waiting(x);
	char time[32], day[16];

	if (!wait)
		file(x, morning ? 1 : 2);
	values(x);
	if (wait)
		return "waiting";
	ses_format_day(x, x->who.help_due_ms, day, sizeof(day));
	snprintf(time, sizeof(time), "%s %s", morning ? "sáng" : "chiều", day);
	ses_value(x, "time", time);
	return "ok";
}

int64_t ses_visit_ends(const struct ses *x, unsigned visit)
{
	int64_t evening = ses_next_working_day(x);

	return visit == 1 ? evening - (AFTERNOON_ENDS - MORNING_ENDS) * SES_HOUR_MS : evening;
}

/* ---- by message ---- */

static void ask(struct ses *x, const char *key)
{
	values(x);
	x->s.prompt = (struct ses_prompt){ .kind = LD_PROMPT_BRIDGE, .ask = SES_ASK_HELP,
					   .opened_ms = x->env->now_ms };
	ses_send_prio(x, LD_PRIO_HELP, key);
}

static void queued(struct ses *x)
{
	values(x);
	ses_send_prio(x, LD_PRIO_HELP, x->who.helper.step == LD_HELPER_ALLOWED &&
		      x->who.helper.until_ms > x->env->now_ms ? "HELP_QUEUED" : "HELP_QUEUED_WARD");
}

void ses_help_message(struct ses *x, const struct ld_command *cmd)
{
	const char *outcome = ses_do_help_bridge(x, "");

	(void)cmd;
	if (strcmp(outcome, "ok") == 0) {
		ask(x, "HELP_BRIDGE");
		return;
	}
	if (strcmp(outcome, "ward") == 0)
		ses_do_help(x, "");
	queued(x);
}

static void may_see(struct ses *x, unsigned digit)
{
	if (digit == 3) {
		ask(x, "HELP_BRIDGE");
		return;
	}
	memset(&x->s.prompt, 0, sizeof(x->s.prompt));
	if (digit == 1)
		allow(x);
	else
		ward(x);
	queued(x);
}

static void is_done(struct ses *x, unsigned digit)
{
	struct ld_fact f = { .kind = LD_EV_HELP_STEP, .subject = x->who.s };

	if (digit == 3) {
		ask(x, "HELP_DONE_ASK");
		return;
	}
	memset(&x->s.prompt, 0, sizeof(x->s.prompt));
	if (digit == 2) {
		ward(x);
		queued(x);
		return;
	}
	f.u.help_step.pin = x->who.help_pin;
	f.u.help_step.step = LD_HELP_ANSWERED;
	f.u.help_step.channel = (uint8_t)x->in->kind;
	ses_fact_own(x, &f);
	x->who.help_pin = 0;
	ses_send_prio(x, LD_PRIO_HELP, "HELP_DONE_OK");
}

void ses_help_answer(struct ses *x, unsigned digit)
{
	switch (ses_help_question(x)) {
	case SES_HELP_MAY_SEE:
		may_see(x, digit);
		break;
	case SES_HELP_IS_DONE:
		is_done(x, digit);
		break;
	default:
		/* Closed, or given to somebody else meanwhile. */
		memset(&x->s.prompt, 0, sizeof(x->s.prompt));
		if (waiting(x))
			queued(x);
		else
			ses_send_message(x, "ANSWER_NONE");
	}
}

/* ---- what others do ---- */

/* A helper wants her call, or reports it. A menu that stood open must not take the answer. */
void ses_wake_help(struct ses *x, const struct ld_wake *w)
{
	enum ses_help_question q = ses_help_question(x);

	if (x->who.help_pin != w->pin || q == SES_HELP_NOTHING || x->who.optouts.n > 0)
		return;
	ses_clear_stack(x);
	x->s.live = x->s.cut = false;
	ask(x, q == SES_HELP_MAY_SEE ? "HELP_BRIDGE" : "HELP_DONE_ASK");
}

/* The helper is told whom to call. */
void ses_wake_helper(struct ses *x, const struct ld_wake *w)
{
	char phone[16], tdp[8];

	ld_e164_local(&w->phone, phone);
	snprintf(tdp, sizeof(tdp), "%u", w->tdp);
	ses_value(x, "phone", phone);
	ses_value(x, "tdp", w->tdp ? tdp : "chưa rõ");
	ses_value_number(x, "pin", w->pin);
	ses_send_prio(x, LD_PRIO_HELP, "HELP_TO_HELPER");
}
