/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One person over several telephones. The old one gets a code of six digits; named from the new one
 * it proves that both are hers. Then she is one person: what she has learnt counts under both, and
 * what nobody asked for comes to the new one. An operator who knows her may say so instead. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "laido/base/err.h"

enum { CODE_DIGITS = 6 };

/* ---- the code, on the old telephone ---- */

static int64_t code_until(const char *reg)
{
	return strlen(reg) > CODE_DIGITS ? strtoll(reg + CODE_DIGITS, NULL, 10) : 0;
}

const char *ses_do_move_code(struct ses *x, const char *arg)
{
	char value[LD_VALUE_MAX], code[CODE_DIGITS + 1];

	(void)arg;
	if (!ses_member(x))
		return "ok";
	if (code_until(ses_reg(x, LD_REG_MOVE)) <= x->env->now_ms) {
		snprintf(value, sizeof(value), "%06u %lld",
			 100000 + ld_random_below(x->env->random, 900000),
			 (long long)(x->env->now_ms + SES_DAY_MS));
		ses_fact_set(x, LD_REG_MOVE, value);
	}
	snprintf(code, sizeof(code), "%.*s", CODE_DIGITS, ses_reg(x, LD_REG_MOVE));
	ses_value(x, "move", code);
	return "ok";
}

/* ---- joining two ---- */

struct all {
	unsigned n;
	struct ld_also one[2 * (LD_ALSO_MAX + 1)];
};

static void add(struct all *a, const struct ld_also *m)
{
	for (unsigned i = 0; i < a->n; i++)
		if (ld_id_eq(&a->one[i].s, &m->s))
			return;
	a->one[a->n++] = *m;
}

static void add_person(struct all *a, const struct ld_person *p)
{
	add(a, &(struct ld_also){ p->s, p->p, p->slot });
	for (unsigned i = 0; i < p->n_also; i++)
		add(a, &p->also[i]);
}

static bool known(const struct ld_person *p, const struct ld_id *s)
{
	for (unsigned i = 0; i < p->n_also; i++)
		if (ld_id_eq(&p->also[i].s, s))
			return true;
	return false;
}

static void same(struct ses *x, const struct ld_id *s, const struct ld_id *other, bool here)
{
	struct ld_fact f = { .kind = LD_EV_SAME, .subject = *s };

	f.u.same.other = *other;
	f.u.same.here = here;
	f.u.same.channel = (uint8_t)x->in->kind;
	if (ld_id_eq(s, &x->who.s))
		ses_fact_own(x, &f);
	else
		ses_fact_other(x, &f);
}

/* Everybody knows everybody: whichever is closed, the others stay one person. The one of this step
 * is named last, so that it gets what nobody asked for. */
static void join(struct ses *x, const struct all *a)
{
	for (unsigned i = 1; i < a->n; i++)
		for (unsigned k = i + 1; k < a->n; k++) {
			same(x, &a->one[i].s, &a->one[k].s, false);
			same(x, &a->one[k].s, &a->one[i].s, false);
		}
	for (unsigned i = 1; i < a->n; i++) {
		same(x, &a->one[i].s, &x->who.s, false);
		same(x, &x->who.s, &a->one[i].s, true);
	}
}

/* What she had said under the old number and not under this one. */
static void copy_settings(struct ses *x, const struct ld_person *old)
{
	static const enum ld_reg regs[] = { LD_REG_TDP, LD_REG_XUNG, LD_REG_SCRIPT, LD_REG_HOUR,
					    LD_REG_MARKET, LD_REG_SCHOOL, LD_REG_LANG };

	for (size_t i = 0; i < LD_ARRAY_SIZE(regs); i++)
		if (!ses_reg(x, regs[i])[0] && old->reg[regs[i]].value[0])
			ses_fact_set(x, regs[i], old->reg[regs[i]].value);
	/* The course she is in the middle of, wherever the new number began. */
	if (old->reg[LD_REG_COURSE].value[0] &&
	    strcmp(ses_reg(x, LD_REG_COURSE), old->reg[LD_REG_COURSE].value) != 0)
		ses_fact_set(x, LD_REG_COURSE, old->reg[LD_REG_COURSE].value);
}

static void learn_from(struct ld_person *who, const struct ld_person *old)
{
	for (unsigned i = 0; i < old->n_courses; i++) {
		const struct ld_progress *from = &old->course[i];
		struct ld_progress *to = (struct ld_progress *)ld_person_course(who, from->course);

		if (!to && who->n_courses < LD_PERSON_COURSES) {
			to = &who->course[who->n_courses++];
			memset(to, 0, sizeof(*to));
			memcpy(to->course, from->course, sizeof(to->course));
		}
		if (!to)
			continue;
		to->enrolled |= from->enrolled;
		to->answered |= from->answered;
		to->right |= from->right;
		to->completed |= from->completed;
	}
	who->guardian |= old->guardian;
	who->national |= old->national;
}

/* NULL: they are one now; else why not. */
static const char *merge(struct ses *x, const struct ld_person *old)
{
	struct all a = { 0 };

	if (!old->consented || !x->who.consented)
		return "both have to be learners who agreed";
	if (ld_id_eq(&old->p, &x->who.p))
		return "two learners of one number are two people";
	if ((old->slot == 0) != (x->who.slot == 0))
		return "a simulated learner is no real one";
	if (known(&x->who, &old->s) && !x->who.second)
		return "they are one already";
	add_person(&a, &x->who);
	add_person(&a, old);
	if (a.n > LD_ALSO_MAX + 1)
		return "one person has three numbers at most";
	join(x, &a);
	copy_settings(x, old);
	learn_from(&x->who, old);
	x->who.second = false;
	x->who.n_also = a.n - 1;
	memcpy(x->who.also, &a.one[1], x->who.n_also * sizeof(a.one[0]));
	return NULL;
}

/* ---- the code, on the new telephone ---- */

static bool find(struct ses *x, const char *code, struct ld_person *ret)
{
	const struct ld_session_others *o = x->env->others;
	const char *given = ret->reg[LD_REG_MOVE].value;

	return !ses_guesses(x, LD_GUESS_CODE) && o && o->move && o->move(o->arg, code, ret) == 0 &&
	       strncmp(given, code, CODE_DIGITS) == 0 && given[CODE_DIGITS] == ' ' &&
	       code_until(given) > x->env->now_ms;
}

/* A code counts once. */
static void spend(struct ses *x, const struct ld_person *old)
{
	struct ld_fact f = { .kind = LD_EV_SET, .subject = old->s };

	f.u.set.reg = LD_REG_MOVE;
	f.u.set.over = old->reg[LD_REG_MOVE].live;
	ses_fact_other(x, &f);
}

static bool moved(struct ses *x, const char *code)
{
	struct ld_person old;

	memset(&old, 0, sizeof(old));
	if (!find(x, code, &old)) {
		ses_guessed(x, LD_GUESS_CODE);
		return false;
	}
	if (merge(x, &old))
		return false;
	spend(x, &old);
	return true;
}

bool ses_move(struct ses *x)
{
	char code[12];

	if (x->s.move == 0)
		return false;
	snprintf(code, sizeof(code), "%06u", (unsigned)x->s.move);
	x->s.move = 0;
	return moved(x, code);
}

/* "482913" of "DOI SO 482913" or of what was typed alone; NULL. */
static const char *typed(const char *text, char folded[LD_INPUT_MAX])
{
	const char *p = folded;

	ld_text_fold(text, folded, LD_INPUT_MAX);
	p += strcspn(p, "0123456789");
	return strspn(p, "0123456789") == CODE_DIGITS && p[CODE_DIGITS] == '\0' ? p : NULL;
}

const char *ses_do_move(struct ses *x, const char *arg)
{
	char folded[LD_INPUT_MAX];
	const char *code = typed(arg, folded);

	return code && ses_member(x) && moved(x, code) ? "ok" : "bad";
}

/* Who has not agreed here yet is asked first; her yes brings the rest (ses_move()). */
static void ask_first(struct ses *x, const char *code)
{
	x->s.move = (uint32_t)strtoul(code, NULL, 10);
	ses_ask_consent(x, "CONSENT_ASK");
}

static void move_message(struct ses *x, const struct ld_command *cmd)
{
	char folded[LD_INPUT_MAX];
	const char *code = typed(x->match.folded, folded);

	(void)cmd;
	if (!ses_member(x) && code) {
		ask_first(x, code);
	} else if (!ses_member(x)) {
		ses_send_message(x, "MOVE_HOW");
	} else if (code) {
		ses_send_message(x, moved(x, code) ? "MOVE_OK" : "MOVE_BAD");
	} else {
		ses_do_move_code(x, "");
		ses_send_message(x, "MOVE_CODE");
	}
}

static void move_screen(struct ses *x, const struct ld_command *cmd)
{
	char folded[LD_INPUT_MAX];
	const char *code = typed(x->match.folded, folded);

	if (x->anonymous)
		ses_goto_id(x, "err.anon", SES_OPEN);
	else if (!ses_member(x) && code)
		ask_first(x, code);
	else if (!ses_member(x))
		ses_ask_consent(x, "CONSENT_ASK");
	else
		ses_go_action(x, code ? "move" : "move_code", code, cmd);
}

const struct ses_intent ses_intents_move[] = {
	{ "MOVE", move_message, move_screen, false, true },
	{ NULL, NULL, NULL, false, false },
};

/* ---- by an operator ---- */

const char *ld_session_merge(const struct ld_session_env *env, const struct ld_person *to,
			     const struct ld_person *from, struct ld_outcome *ret)
{
	static const struct ld_inbound nobody = { .kind = LD_CHAN_OPERATOR };
	struct ses x;

	memset(ret, 0, sizeof(*ret));
	ses_init(&x, env, to, &nobody, ret);
	x.anonymous = false;
	return merge(&x, from);
}
