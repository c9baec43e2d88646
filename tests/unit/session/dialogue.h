/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A resident with a telephone and a store of one person, for tests of the dialogue engine. The
 * store applies facts to a struct ld_person by itself, not by the engine's code, and checks with
 * every step what must hold always (see check_step()). */
#ifndef LAIDO_TESTS_DIALOGUE_H
#define LAIDO_TESTS_DIALOGUE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "laido/session/session.h"

enum { SEPTETS = 128, UNITS = 56, RANDOM_MAX = 16 };

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define START_MS INT64_C(1795316400000)         /* Sunday 22/11/2026 10:00 in Hanoi */

/* Gives the values it was handed, then those of a seed. */
struct script_random {
	struct ld_random random;
	struct ld_random_seeded seeded;
	unsigned n, next;
	uint32_t value[RANDOM_MAX];
};

static void script_fill(struct ld_random *r, void *buf, size_t len)
{
	struct script_random *s = (struct script_random *)r;

	if (len == sizeof(uint32_t) && s->next < s->n)
		memcpy(buf, &s->value[s->next++], len);
	else
		ld_random_fill(&s->seeded.random, buf, len);
}

struct world {
	struct ld_content *content;
	struct ld_ward_keys keys;
	struct script_random random;
};

struct phone {
	struct world *w;
	struct ld_person who;
	uint8_t blob[LD_SESSION_BLOB_MAX];
	size_t len;
	int64_t now_ms;
	enum ld_channel_kind kind;
	uint16_t septets, units;
	uint64_t dots;                  /* events written so far */
	unsigned n_events[64];          /* by kind */
	struct ld_fact last[64];        /* newest of each kind */
	const struct ld_session_others *others;
	struct ld_outcome out;
};

/* ---- wrong codes, which the store counts by number, kind and day ---- */

static struct guesses {
	struct ld_id p;
	enum ld_guess what;
	uint32_t day;
	int n;
} dialogue_guess[8];

static inline struct guesses *dialogue_guesses_of(const struct ld_id *p, enum ld_guess what)
{
	struct guesses *g = dialogue_guess;

	while (g->n && !(ld_id_eq(&g->p, p) && g->what == what))
		g++;
	assert_true(g < dialogue_guess + 7);
	return g;
}

static inline int dialogue_guesses(void *arg, const struct ld_id *p, enum ld_guess what, uint32_t day)
{
	const struct guesses *g = dialogue_guesses_of(p, what);

	(void)arg;
	return g->n && g->day == day ? g->n : 0;
}

static inline void dialogue_guessed(const struct ld_id *p, enum ld_guess what, uint32_t day)
{
	struct guesses *g = dialogue_guesses_of(p, what);

	*g = (struct guesses){ *p, what, day, g->n && g->day == day ? g->n + 1 : 1 };
}

/* ---- the world ---- */

static inline void print_finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		fprintf(stderr, "# %s:%d: %s\n", f->file, f->line, f->message);
}

static inline int world_open(struct world *w, bool approve_all, uint64_t seed)
{
	struct ld_content_options o = { .approve_all = approve_all, .now_ms = START_MS,
					.actions = ld_session_actions(),
					.outcomes = ld_session_outcomes() };

	memset(w, 0, sizeof(*w));
	memset(&w->keys, 7, sizeof(w->keys));
	w->keys.completion_epoch = 4;
	w->random.random.fill = script_fill;
	ld_random_seeded_init(&w->random.seeded, seed);
	if (ld_crypto_init() < 0)
		return -1;
	return ld_content_load("conf/content", &o, print_finding, NULL, &w->content);
}

static inline void world_close(struct world *w)
{
	ld_content_free(w->content);
}

static inline void phone_identify(struct phone *p)
{
	ld_pseudonym_p(&p->who.p, &p->w->keys, &p->who.msisdn);
	ld_pseudonym_s(&p->who.s, &p->w->keys, &p->who.msisdn, p->who.slot, &p->who.epoch);
}

static inline void phone_init(struct phone *p, struct world *w, enum ld_channel_kind kind)
{
	memset(p, 0, sizeof(*p));
	memset(dialogue_guess, 0, sizeof(dialogue_guess));
	p->w = w;
	p->kind = kind;
	p->now_ms = START_MS;
	p->septets = SEPTETS;
	p->units = UNITS;
	p->who.slot = 1;
	memcpy(p->who.msisdn.digits, "84912345678", 12);
	phone_identify(p);
}

/* ---- the store ---- */

static inline struct ld_dot phone_dot(struct phone *p)
{
	struct ld_dot d = { .stream = { .incarnation = 1, .cls = LD_CLASS_LEARNING },
			    .seq = ++p->dots };
	return d;
}

static inline struct ld_progress *phone_course(struct phone *p, const char *key)
{
	struct ld_progress *g = (struct ld_progress *)ld_person_course(&p->who, key);

	if (g)
		return g;
	assert_true(p->who.n_courses < LD_PERSON_COURSES);
	g = &p->who.course[p->who.n_courses++];
	memset(g, 0, sizeof(*g));
	assert_true(strlen(key) < sizeof(g->course));
	memcpy(g->course, key, strlen(key));
	return g;
}

static inline void same_dots(const struct ld_dots *x, const struct ld_dots *y)
{
	assert_int_equal(x->n, y->n);
	for (unsigned i = 0; i < x->n; i++)
		assert_int_equal(x->dot[i].seq, y->dot[i].seq);
}

static inline void apply_set(struct phone *p, const struct ld_fact *f)
{
	struct ld_register *r = &p->who.reg[f->u.set.reg];

	assert_in_range(f->u.set.reg, 1, LD_N_REGS_ - 1);
	same_dots(&f->u.set.over, &r->live);
	memcpy(r->value, f->u.set.value, sizeof(r->value));
	r->live.n = 1;
	r->live.dot[0] = phone_dot(p);
}

static inline void apply_close(struct phone *p, const struct ld_fact *f)
{
	assert_true(p->who.consented);
	assert_true(ld_id_eq(&f->u.close.s, &p->who.s));
	p->who.consented = false;
	p->who.n_courses = 0;
	memset(p->who.reg, 0, sizeof(p->who.reg));
	p->who.epoch.b[0]++;
	phone_identify(p);
}

static inline void apply(struct phone *p, const struct ld_fact *f)
{
	struct ld_person *w = &p->who;
	struct ld_progress *g;

	switch (f->kind) {
	case LD_EV_INVITED:
		memcpy(w->invited_course, f->u.invited.course, LD_COURSE_MAX);
		w->refused = false;
		break;
	case LD_EV_REFUSED:
		w->refused = true;
		w->invited_course[0] = '\0';
		break;
	case LD_EV_OPTOUT:
		if (w->optouts.n < LD_DOTS_MAX)
			w->optouts.dot[w->optouts.n++] = phone_dot(p);
		break;
	case LD_EV_CLOSE:
		apply_close(p, f);
		break;
	case LD_EV_CONSENT:
		assert_true(ld_id_eq(&f->u.consent.p, &w->p));
		same_dots(&f->u.consent.over, &w->optouts);
		if (w->slot >= 1 && w->slot <= LD_SLOTS_MAX)
			w->learns[w->slot - 1] = true;
		w->consented = true;
		w->consent_ms = p->now_ms;
		w->optouts.n = 0;
		w->refused = false;
		break;
	case LD_EV_ENROL:
		phone_course(p, f->u.enrol.course)->enrolled = true;
		break;
	case LD_EV_ANSWER:
		assert_in_range(f->u.answer.lesson, 1, 64);
		assert_in_range(f->u.answer.option, 1, 3);
		g = phone_course(p, f->u.answer.course);
		g->answered |= UINT64_C(1) << (f->u.answer.lesson - 1);
		if (f->u.answer.right)
			g->right |= UINT64_C(1) << (f->u.answer.lesson - 1);
		break;
	case LD_EV_COMPLETE:
		g = phone_course(p, f->u.complete.course);
		assert_false(g->completed);
		g->completed = true;
		break;
	case LD_EV_SET:
		apply_set(p, f);
		break;
	case LD_EV_HELP:
		w->help_pin = f->u.help.withdrawn ? 0 : f->u.help.pin;
		w->help_due_ms = f->u.help.due_ms;
		memset(&w->helper, 0, sizeof(w->helper));
		break;
	case LD_EV_HELPER:
		assert_int_equal(f->u.helper.pin, w->help_pin);
		w->helper.step = f->u.helper.step;
		w->helper.p = f->u.helper.p;
		w->helper.until_ms = f->u.helper.until_ms;
		snprintf(w->helper.name, sizeof(w->helper.name), "%s",
			 ld_id_is_zero(&f->u.helper.p) ? "" : "Trần Thu Hà");
		break;
	case LD_EV_HELP_STEP:
		if (f->u.help_step.pin == w->help_pin)
			w->help_pin = 0;
		break;
	case LD_EV_AUDIT:
	case LD_EV_NOTICE:
		break;
	case LD_EV_TICKET:
		w->ticket = f->u.ticket.code;
		w->ticket_until_ms = f->u.ticket.until_ms;
		break;
	case LD_EV_REQUEST:
		assert_int_equal(w->request_due_ms, 0);
		w->request_due_ms = f->u.request.due_ms;
		break;
	case LD_EV_FEEDBACK:
	case LD_EV_SAME:
		break;
	case LD_EV_GUARDIAN:
		w->guardian = !f->u.guardian.off;
		break;
	default:
		fail_msg("a fact of kind %u", f->kind);
	}
}

/* ---- what must hold always ---- */

static inline bool long_number(const char *text)
{
	unsigned digits = 0;

	for (; *text; text++) {
		digits = *text >= '0' && *text <= '9' ? digits + 1 : 0;
		if (digits >= 4)
			return true;
	}
	return false;
}

static inline bool before_consent(uint16_t kind)
{
	return kind == LD_EV_INVITED || kind == LD_EV_REFUSED || kind == LD_EV_OPTOUT ||
	       kind == LD_EV_CONSENT || kind == LD_EV_HELP || kind == LD_EV_HELPER ||
	       kind == LD_EV_HELP_STEP || kind == LD_EV_AUDIT || kind == LD_EV_NOTICE;
}

static inline bool subject_is_p(uint16_t kind)
{
	return kind == LD_EV_INVITED || kind == LD_EV_REFUSED || kind == LD_EV_OPTOUT ||
	       kind == LD_EV_CLOSE || kind == LD_EV_HELP || kind == LD_EV_AUDIT ||
	       kind == LD_EV_NOTICE;
}

static inline void check_reply(const struct phone *p, const struct ld_reply *r)
{
	unsigned n = ld_text_length(r->text, strlen(r->text), r->alphabet);

	if (n > (r->alphabet == LD_GSM7 ? p->septets : p->units))
		fail_msg("a screen of %u: %s", n, r->text);
	assert_true(r->text[0] != '\0');
	assert_null(strchr(r->text, '{'));
	if (r->alphabet == LD_GSM7)
		assert_true(ld_gsm7_septets(r->text) >= 0);
}

static inline void check_send(const struct phone *p, const struct ld_session_send *m)
{
	struct ld_measure size;

	ld_text_measure(m->text, &size);
	assert_true(m->text[0] != '\0');
	assert_null(strchr(m->text, '{'));
	assert_int_equal(m->alphabet, size.alphabet);
	if (strcmp(p->who.reg[LD_REG_SCRIPT].value, "full") == 0)
		return;
	assert_int_equal(m->alphabet, LD_GSM7);
	/* A name in front may need a second one. */
	if (size.parts > (p->who.learns[1] ? 2u : 1u))
		fail_msg("%u parts: %s", size.parts, m->text);
}

static inline void check_step(const struct phone *p, const struct ld_inbound *in, bool consented)
{
	const struct ld_outcome *o = &p->out;
	bool live = in->what == LD_IN_BEGIN || (in->what == LD_IN_TEXT && in->budget.live);

	assert_int_equal(o->has_reply, live);
	assert_true(p->len <= LD_SESSION_BLOB_MAX);
	assert_true(o->n_facts <= LD_SESSION_FACTS && o->n_sends <= LD_SESSION_SENDS);
	assert_false(long_number(o->note));
	if (o->has_reply)
		check_reply(p, &o->reply);
	for (unsigned i = 0; i < o->n_facts; i++) {
		const struct ld_fact *f = &o->facts[i];

		if (o->foreign >> i & 1) {
			assert_false(ld_id_eq(&f->subject, &p->who.p));
			assert_false(ld_id_eq(&f->subject, &p->who.s));
			assert_false(ld_id_is_zero(&f->subject));
			continue;
		}
		consented = consented || f->kind == LD_EV_CONSENT;
		if (!consented)
			assert_true(before_consent(f->kind));
		if (f->kind == LD_EV_HELP && !consented)
			assert_string_equal(f->u.help.text, "");
		assert_true(ld_id_eq(&f->subject, subject_is_p(f->kind) ? &p->who.p : &p->who.s));
	}
	if (in->what == LD_IN_ENDED)
		assert_int_equal(o->n_sends + o->n_facts, 0);
	if (p->who.msisdn.digits[0] == '\0')
		assert_int_equal(o->n_sends + o->n_facts, 0);
}

/* ---- doing something ---- */

static inline void phone_do(struct phone *p, enum ld_inbound_what what, const char *text)
{
	struct ld_session_env env = { .content = p->w->content, .keys = &p->w->keys,
				      .random = &p->w->random.random, .now_ms = p->now_ms,
				      .time_trusted = true, .utc_offset_min = 420,
				      .others = p->others };
	struct ld_inbound in = { .what = what, .kind = p->kind };
	uint8_t blob[LD_SESSION_BLOB_MAX];
	size_t len = p->len;

	snprintf(in.text, sizeof(in.text), "%s", text);
	in.budget.live = p->kind == LD_CHAN_USSD;
	in.budget.septets = p->septets;
	in.budget.units = p->units;
	in.budget.parts = 1;
	/* Exactly as long as the blob is, so that reading past its end is seen. */
	uint8_t *exact = len ? malloc(len) : NULL;
	if (len)
		memcpy(exact, p->blob, len);
	memset(&p->out, 0xa5, sizeof(p->out));
	ld_session_step(&env, &p->who, exact, len, &in, &p->out, blob, &p->len);
	free(exact);
	memcpy(p->blob, blob, p->len);
	if (p->out.guessed)
		dialogue_guessed(&p->who.p, p->out.guessed, p->out.guessed_day);
	check_step(p, &in, p->who.consented);
	for (unsigned i = 0; i < p->out.n_facts; i++) {
		const struct ld_fact *f = &p->out.facts[i];

		p->n_events[f->kind]++;
		p->last[f->kind] = *f;
		if (!(p->out.foreign >> i & 1))
			apply(p, f);
	}
	for (unsigned i = 0; i < p->out.n_sends; i++)
		check_send(p, &p->out.sends[i]);
}

static inline void type(struct phone *p, const char *text)
{
	phone_do(p, LD_IN_TEXT, text);
}

static inline void sms(struct phone *p, const char *text)
{
	p->kind = LD_CHAN_SMS;
	phone_do(p, LD_IN_TEXT, text);
}

static inline void dial(struct phone *p)
{
	p->kind = LD_CHAN_USSD;
	phone_do(p, LD_IN_BEGIN, "*123#");
}

static inline void cut(struct phone *p)
{
	phone_do(p, LD_IN_ENDED, "");
}

/* What came back last: the screen, or the only message, or "". */
static inline const char *heard(const struct phone *p)
{
	if (p->out.has_reply)
		return p->out.reply.text;
	assert_true(p->out.n_sends <= 1);
	return p->out.n_sends ? p->out.sends[0].text : "";
}

static inline void expect(const struct phone *p, const char *beginning)
{
	if (strncmp(heard(p), beginning, strlen(beginning)) != 0)
		fail_msg("expected: %s\nheard: %s\nnote: %s", beginning, heard(p), p->out.note);
}

static inline void expect_silence(const struct phone *p)
{
	assert_string_equal(heard(p), "");
}

static inline void expect_facts(const struct phone *p, const char *kinds)
{
	char got[128] = "";

	for (unsigned i = 0; i < p->out.n_facts; i++) {
		size_t n = strlen(got);
		const char *name = "?";
#define NAME_(word, number, cls, subject) \
		name = p->out.facts[i].kind == number ? #word : name;
		LD_EVENT_KINDS(NAME_)
#undef NAME_
		snprintf(got + n, sizeof(got) - n, "%s%s", n ? " " : "", name);
	}
	assert_string_equal(got, kinds);
}

/* A learner since yesterday, in this course. */
static inline void phone_enrolled(struct phone *p, const char *course)
{
	const struct ld_course *c = ld_content_course(p->w->content, course);

	p->who.guardian = c && c->guardian;
	p->who.consented = true;
	p->who.consent_ms = p->now_ms - DAY_MS;
	phone_course(p, course)->enrolled = true;
	snprintf(p->who.reg[LD_REG_COURSE].value, LD_VALUE_MAX, "%s", course);
	p->who.reg[LD_REG_COURSE].live.n = 1;
	p->who.reg[LD_REG_COURSE].live.dot[0] = phone_dot(p);
}

static inline void phone_answered(struct phone *p, const char *course, unsigned from, unsigned to,
				  bool right)
{
	struct ld_progress *g = phone_course(p, course);

	for (unsigned n = from; n <= to; n++) {
		g->answered |= UINT64_C(1) << (n - 1);
		g->right &= ~(UINT64_C(1) << (n - 1));
		if (right)
			g->right |= UINT64_C(1) << (n - 1);
	}
}

/* The right option of a lesson; +1 or +2 (modulo 3) are wrong. */
static inline const char *option(const struct phone *p, const char *course, unsigned n, bool right)
{
	static const char *const digits[] = { "1", "2", "3" };
	const struct ld_course *c = ld_content_course(p->w->content, course);

	assert_non_null(c);
	return digits[(c->lessons[n - 1].answer - 1 + (right ? 0 : 1)) % 3];
}

#endif
