/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Group heads: who has not begun, the figures of the group, who has the national
 * confirmation, who learned in a class. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { FEW = 5, LIST_MAX = 512 };

static unsigned tdp(const struct ses *x)
{
	return x->who.duty[LD_DUTY_HEAD].tdp;
}

/* The group is not the one she learns in: it may be another. */
static const char *enter(struct ses *x)
{
	const char *no = ses_guard(x, LD_DUTY_HEAD);

	if (ses_on_duty(x, LD_DUTY_HEAD))
		ses_value_number(x, "tdp", tdp(x));
	return no;
}

const char *ses_do_head(struct ses *x, const char *arg)
{
	const char *no = enter(x);

	(void)arg;
	return no ? no : "ok";
}

static void count(struct ses *x, struct ld_session_group *ret)
{
	const struct ld_session_others *o = x->env->others;

	memset(ret, 0, sizeof(*ret));
	if (o)
		o->group(o->arg, tdp(x), ret);
}

const char *ses_do_head_idle(struct ses *x, const char *arg)
{
	const char *no = enter(x);
	struct ld_session_group g;

	(void)arg;
	if (no)
		return no;
	count(x, &g);
	ses_value_number(x, "n", g.idle);
	return "ok";
}

const char *ses_do_head_list(struct ses *x, const char *arg)
{
	const struct ld_session_others *o = x->env->others;
	const char *no = enter(x);
	char list[LIST_MAX] = "";

	(void)arg;
	if (no)
		return no;
	if (o)
		o->idle(o->arg, tdp(x), list, sizeof(list));
	ses_value(x, "list", list[0] ? list : "không có ai");
	ses_fact_audit(x, LD_AUDIT_IDLE, NULL, tdp(x), ses_count_listed(list));
	return "ok";
}

/* A few people could be told apart. */
static void figure(struct ses *x, const char *name, unsigned n)
{
	if (n > 0 && n < FEW)
		ses_value(x, name, "dưới 5");
	else
		ses_value_number(x, name, n);
}

const char *ses_do_head_figures(struct ses *x, const char *arg)
{
	const char *no = enter(x);
	struct ld_session_group g;

	(void)arg;
	if (no)
		return no;
	count(x, &g);
	figure(x, "enrolled", g.enrolled);
	figure(x, "done", g.completed);
	figure(x, "confirmed", g.confirmed);
	return "ok";
}

/* ---- the national confirmation: seen by her own eyes, of her own group ---- */

/* A learner of this group, or one who has not said where she lives. */
static bool find(struct ses *x, const struct ld_msisdn *m, struct ld_person *ret)
{
	const struct ld_session_others *o = x->env->others;
	const char *lives;

	if (!o || o->person(o->arg, m, ret) < 0 || !ret->consented || ret->optouts.n > 0)
		return false;
	lives = ret->reg[LD_REG_TDP].value;
	return lives[0] == '\0' || strtoul(lives, NULL, 10) == tdp(x);
}

static void masked(struct ses *x)
{
	char text[8];

	ld_e164_mask(&x->s.other, text);
	ses_value(x, "masked", text);
}

const char *ses_do_head_check(struct ses *x, const char *arg)
{
	const char *no = enter(x);
	struct ld_msisdn m;
	struct ld_person p;

	x->s.other.digits[0] = '\0';
	if (no)
		return no;
	if (ld_e164_parse(strcmp(arg, "?") == 0 ? x->in->text : arg, &m) != LD_ADDR_MOBILE ||
	    !find(x, &m, &p))
		return "bad";
	x->s.other = m;
	ses_fact_audit(x, LD_AUDIT_PERSON, &p.s, tdp(x), 1);
	masked(x);
	return "ok";
}

/* "class 0": she learned in a class today, "class 1" yesterday; else the national confirmation. */
static void attest(struct ses *x, const char *arg, struct ld_fact *ret)
{
	bool class = strncmp(arg, "class ", 6) == 0;

	ret->u.attest.what = class ? LD_ATTEST_CLASS : LD_ATTEST_NATIONAL;
	if (class)
		ret->u.attest.day = (int64_t)ses_today(x) - 1 - strtol(arg + 6, NULL, 10);
	ret->u.attest.by = x->who.p;
	ret->u.attest.channel = (uint8_t)x->in->kind;
}

const char *ses_do_head_attest(struct ses *x, const char *arg)
{
	struct ld_fact f = { .kind = LD_EV_ATTEST };
	const char *no = enter(x);
	struct ld_person p;

	if (no)
		return no;
	if (x->s.other.digits[0] == '\0' || !find(x, &x->s.other, &p))
		return "bad";
	f.subject = p.s;
	attest(x, arg, &f);
	if (!p.national || f.u.attest.what != LD_ATTEST_NATIONAL)
		ses_fact_other(x, &f);
	masked(x);
	x->s.other.digits[0] = '\0';
	return "ok";
}
