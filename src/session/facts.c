/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened. Each fact is applied to the working copy of the person at once, as the store
 * will after the commit, so that the rest of the step sees it. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "laido/base/err.h"

static struct ld_fact *fact(struct ses *x, uint16_t kind, const struct ld_id *subject)
{
	struct ld_fact *f;

	/* The longest step is a consent that joins three numbers: 17. */
	ld_assert(x->out->n_facts < LD_SESSION_FACTS);
	f = &x->out->facts[x->out->n_facts++];
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	f->subject = *subject;
	return f;
}

/* What she wrote, as evidence: valid UTF-8, cut at a character. */
static void raw(const struct ses *x, char ret[LD_RAW_MAX])
{
	char text[LD_TEXT_MAX];

	if (ld_text_normalise(x->in->text, text, sizeof(text)) < 0)
		text[0] = '\0';
	ld_text_cut(text, LD_RAW_MAX - 1);
	ses_copy(ret, LD_RAW_MAX, text);
}

static struct ld_progress *progress(struct ses *x, const char *course)
{
	struct ld_progress *g;

	for (unsigned i = 0; i < x->who.n_courses; i++)
		if (strcmp(x->who.course[i].course, course) == 0)
			return &x->who.course[i];
	if (x->who.n_courses == LD_PERSON_COURSES)
		return NULL;
	g = &x->who.course[x->who.n_courses++];
	memset(g, 0, sizeof(*g));
	ses_copy(g->course, sizeof(g->course), course);
	return g;
}

void ses_fact_invited(struct ses *x, const char *course)
{
	struct ld_fact *f = fact(x, LD_EV_INVITED, &x->who.p);

	f->u.invited.channel = (uint8_t)x->in->kind;
	ses_copy(f->u.invited.course, sizeof(f->u.invited.course), course);
	ses_copy(x->who.invited_course, sizeof(x->who.invited_course), course);
	x->who.refused = false;
}

void ses_fact_refused(struct ses *x)
{
	fact(x, LD_EV_REFUSED, &x->who.p)->u.refused.channel = (uint8_t)x->in->kind;
	x->who.refused = true;
	x->who.invited_course[0] = '\0';
}

void ses_fact_consent(struct ses *x)
{
	struct ld_fact *f = fact(x, LD_EV_CONSENT, &x->who.s);

	f->u.consent.p = x->who.p;
	f->u.consent.slot = x->who.slot;
	f->u.consent.epoch = x->who.epoch;
	f->u.consent.text_version = x->c->consent_version;
	f->u.consent.channel = (uint8_t)x->in->kind;
	raw(x, f->u.consent.raw);
	f->u.consent.over = x->who.optouts;
	x->who.consented = true;
	x->who.consent_ms = x->env->now_ms;
	x->who.optouts.n = 0;
	x->who.refused = false;
}

void ses_fact_optout(struct ses *x)
{
	struct ld_fact *f = fact(x, LD_EV_OPTOUT, &x->who.p);

	f->u.optout.channel = (uint8_t)x->in->kind;
	raw(x, f->u.optout.raw);
	if (x->who.optouts.n == 0) {
		memset(&x->who.optouts, 0, sizeof(x->who.optouts));
		x->who.optouts.n = 1;
	}
	for (unsigned i = 0; i < x->who.n_also; i++) {
		struct ld_fact also = *f;

		also.subject = x->who.also[i].p;
		ses_fact_other(x, &also);
	}
}

void ses_fact_close(struct ses *x, enum ld_close_why why)
{
	struct ld_fact *f = fact(x, LD_EV_CLOSE, &x->who.p);

	/* A number that is not hers any more takes nothing from her under the others. */
	for (unsigned i = 0; why == LD_CLOSE_ERASE && i < x->who.n_also; i++) {
		const struct ld_also *a = &x->who.also[i];
		struct ld_fact also = { .kind = LD_EV_CLOSE, .subject = a->p };

		also.u.close.why = (uint8_t)why;
		also.u.close.slot = a->slot;
		also.u.close.s = a->s;
		ses_fact_other(x, &also);
	}
	f->u.close.why = (uint8_t)why;
	f->u.close.slot = x->who.slot;
	f->u.close.s = x->who.s;
	x->who.consented = false;
	x->who.n_courses = x->who.n_also = 0;
	x->who.second = false;
	memset(x->who.reg, 0, sizeof(x->who.reg));
	x->xung_written = false;
}

void ses_fact_enrol(struct ses *x, const char *course)
{
	struct ld_fact *f = fact(x, LD_EV_ENROL, &x->who.s);
	struct ld_progress *g = progress(x, course);

	ses_copy(f->u.enrol.course, sizeof(f->u.enrol.course), course);
	if (g)
		g->enrolled = true;
}

void ses_fact_answer(struct ses *x, const char *course, unsigned lesson, unsigned option,
		     bool right)
{
	struct ld_fact *f = fact(x, LD_EV_ANSWER, &x->who.s);
	struct ld_progress *g = progress(x, course);
	uint64_t bit = lesson >= 1 && lesson <= 64 ? UINT64_C(1) << (lesson - 1) : 0;

	ses_copy(f->u.answer.course, sizeof(f->u.answer.course), course);
	f->u.answer.lesson = (uint8_t)lesson;
	f->u.answer.option = (uint8_t)option;
	f->u.answer.right = right;
	f->u.answer.channel = (uint8_t)x->in->kind;
	if (!g)
		return;
	g->answered |= bit;
	if (right)
		g->right |= bit;
}

void ses_fact_complete(struct ses *x, const struct ses_learning *l)
{
	struct ld_fact *f = fact(x, LD_EV_COMPLETE, &x->who.s);
	struct ld_progress *g = progress(x, l->course->key);

	ses_copy(f->u.complete.course, sizeof(f->u.complete.course), l->course->key);
	f->u.complete.score = (uint8_t)l->score;
	f->u.complete.total = (uint8_t)l->total;
	if (g)
		g->completed = true;
}

void ses_fact_own(struct ses *x, const struct ld_fact *f)
{
	*fact(x, f->kind, &x->who.s) = *f;
}

/* What this step wrote to that register already; NULL. It has no dot yet that a second write could
 * name: both would live. */
static struct ld_fact *set_before(struct ses *x, enum ld_reg reg)
{
	for (unsigned i = x->out->n_facts; i-- > 0;) {
		struct ld_fact *f = &x->out->facts[i];

		if (f->kind == LD_EV_CLOSE)
			return NULL;
		if (f->kind == LD_EV_SET && f->u.set.reg == reg && !(x->out->foreign >> i & 1))
			return f;
	}
	return NULL;
}

void ses_fact_set(struct ses *x, enum ld_reg reg, const char *value)
{
	struct ld_fact *f = set_before(x, reg);

	f = f ? f : fact(x, LD_EV_SET, &x->who.s);

	f->u.set.reg = (uint8_t)reg;
	ses_copy(f->u.set.value, sizeof(f->u.set.value), value);
	f->u.set.over = x->who.reg[reg].live;
	ses_copy(x->who.reg[reg].value, sizeof(x->who.reg[reg].value), value);
	if (reg == LD_REG_XUNG)
		x->xung_written = true;
}

const char *ses_reg(const struct ses *x, enum ld_reg reg)
{
	return x->who.reg[reg].value;
}

/* Three digits that are no telephone number anyone knows, and no other call's as far as is known. */
static uint16_t new_pin(const struct ses *x)
{
	const struct ld_session_others *o = x->env->others;
	unsigned tries = 0;
	uint16_t pin;

	do
		pin = (uint16_t)(100 + ld_random_below(x->env->random, 900));
	while ((pin >= 110 && pin <= 119) || pin == 156 ||
	       (o && o->pin_free && ++tries < 32 && o->pin_free(o->arg, &x->who.s, pin) == 0));
	return pin;
}

void ses_fact_help(struct ses *x, const char *text, unsigned visit, bool withdrawn)
{
	struct ld_fact *f = fact(x, LD_EV_HELP, &x->who.p);
	char masked[LD_INPUT_MAX];

	if (!withdrawn) {
		x->who.help_pin = new_pin(x);
		x->who.help_due_ms = ses_visit_ends(x, visit);
		x->who.helper.step = 0;
	}
	f->u.help.visit = (uint8_t)visit;
	f->u.help.pin = x->who.help_pin;
	f->u.help.due_ms = x->who.help_due_ms;
	f->u.help.channel = (uint8_t)x->in->kind;
	f->u.help.withdrawn = withdrawn;
	/* Words are about a person: they are kept for members only. */
	if (ses_member(x)) {
		ses_mask_digits(text, masked, sizeof(masked));
		ld_text_cut(masked, LD_RAW_MAX - 1);
		ses_copy(f->u.help.text, sizeof(f->u.help.text), masked);
	}
	if (withdrawn)
		x->who.help_pin = 0;
}

void ses_fact_audit(struct ses *x, enum ld_audit_what what, const struct ld_id *about, unsigned tdp,
		    unsigned n)
{
	struct ld_fact *f = x->entering ? fact(x, LD_EV_AUDIT, &x->who.p) : NULL;

	if (!f)
		return;
	f->u.audit.what = (uint8_t)what;
	f->u.audit.tdp = (uint8_t)tdp;
	f->u.audit.n = (uint16_t)n;
	f->u.audit.channel = (uint8_t)x->in->kind;
	if (about)
		f->u.audit.s = *about;
}

void ses_fact_feedback(struct ses *x, const char *text)
{
	struct ld_fact *f = fact(x, LD_EV_FEEDBACK, &x->who.s);

	f->u.feedback.channel = (uint8_t)x->in->kind;
	ses_mask_digits(text, f->u.feedback.text, sizeof(f->u.feedback.text));
}

int64_t ses_fact_request(struct ses *x)
{
	struct ld_fact *f;

	if (x->who.request_due_ms)
		return x->who.request_due_ms;
	f = fact(x, LD_EV_REQUEST, &x->who.s);
	x->who.request_due_ms = ses_second_working_day(x);
	f->u.request.due_ms = x->who.request_due_ms;
	f->u.request.channel = (uint8_t)x->in->kind;
	return x->who.request_due_ms;
}

/* who->ticket holds it already. */
void ses_fact_ticket(struct ses *x, const char *course)
{
	struct ld_fact *f = fact(x, LD_EV_TICKET, &x->who.s);

	f->u.ticket.code = x->who.ticket;
	f->u.ticket.until_ms = x->who.ticket_until_ms;
	ses_copy(f->u.ticket.course, sizeof(f->u.ticket.course), course);
}

void ses_fact_guardian(struct ses *x, const struct ld_session_learner *pupil, unsigned ticket,
		       bool off)
{
	struct ld_fact *f = fact(x, LD_EV_GUARDIAN, &pupil->s);

	if (!ld_id_eq(&pupil->s, &x->who.s))
		x->out->foreign |= 1u << (x->out->n_facts - 1);
	else
		x->who.guardian = !off;
	f->u.guardian.p = x->who.p;
	f->u.guardian.ticket = (uint16_t)ticket;
	f->u.guardian.off = off;
	f->u.guardian.text_version = x->c->consent_version;
	f->u.guardian.channel = (uint8_t)x->in->kind;
	raw(x, f->u.guardian.raw);
}

static bool digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* A run: digits with at most one blank, dot or dash between them. */
static size_t run(const char *p, unsigned *ret_digits)
{
	size_t n = 0;

	*ret_digits = 0;
	for (;;) {
		if (digit(p[n])) {
			(*ret_digits)++;
			n++;
		} else if (n > 0 && (p[n] == ' ' || p[n] == '.' || p[n] == '-') && digit(p[n + 1])) {
			n++;
		} else {
			return n;
		}
	}
}

void ses_mask_digits(const char *in, char *ret, size_t size)
{
	char text[LD_TEXT_MAX];
	size_t used = 0;

	if (ld_text_normalise(in, text, sizeof(text)) < 0)
		text[0] = '\0';
	for (const char *p = text; *p && used + 1 < size;) {
		unsigned digits;
		size_t n = run(p, &digits);

		for (size_t i = 0; i < n && used + 1 < size; i++)
			ret[used++] = digits >= 4 && digit(p[i]) ? '*' : p[i];
		p += n;
		if (n == 0)
			ret[used++] = *p++;
	}
	ret[used] = '\0';
	ld_text_cut(ret, size - 1);
}

void ses_note(struct ses *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(x->out->note, sizeof(x->out->note), fmt, ap);
	va_end(ap);
	ld_text_cut(x->out->note, sizeof(x->out->note) - 1);
}
