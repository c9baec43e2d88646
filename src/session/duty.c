/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ambassadors: whom they may invite, and the PIN before whatever shows other people's data. */
#include "internal.h"

#include <stdio.h>

#include "laido/base/err.h"

enum {
	INVITATIONS_A_DAY = 20,
	PIN_TRIES = 3,
	PIN_LEN = 4,
};
#define AGAIN_MS (365 * SES_DAY_MS)             /* one invitation a number in that time */
#define PIN_OK_MS (15 * INT64_C(60000))
#define PIN_LOCK_MS SES_DAY_MS
#define VERIFY_EXAMPLE "4123-4567-890"

bool ses_on_duty(const struct ses *x, enum ld_duty_kind kind)
{
	return !x->anonymous && x->who.duty[kind].on;
}

void ses_fact_other(struct ses *x, const struct ld_fact *f)
{
	ld_assert(x->out->n_facts < LD_SESSION_FACTS);
	x->out->foreign |= 1u << x->out->n_facts;
	x->out->facts[x->out->n_facts++] = *f;
}

/* ---- the PIN ---- */

/* The ward unlocks by giving the duty anew. */
static bool locked(const struct ses *x)
{
	const struct ses_state *s = &x->s;

	for (unsigned i = 1; i < LD_N_DUTIES; i++)
		if (x->who.duty[i].given_ms > s->pin_locked_ms - PIN_LOCK_MS)
			return false;
	return x->env->now_ms < s->pin_locked_ms;
}

static const char *say_locked(struct ses *x)
{
	char time[24];

	ses_format_time(x, x->s.pin_locked_ms, time, sizeof(time));
	ses_value(x, "time", time);
	return "lock";
}

const char *ses_guard(struct ses *x, enum ld_duty_kind kind)
{
	int64_t left = x->s.pin_until_ms - x->env->now_ms;

	if (!ses_on_duty(x, kind))
		return "no";
	if (left > 0 && left <= PIN_OK_MS)
		return NULL;
	if (locked(x))
		return say_locked(x);
	ses_copy(x->s.pin_to, sizeof(x->s.pin_to), x->entering ? x->entering : "");
	return "pin";
}

static bool pin_right(const struct ses *x, const char *typed)
{
	bool right = false;
	uint8_t hash[16];

	for (unsigned i = 1; i < LD_N_DUTIES; i++) {
		const struct ld_duty *d = &x->who.duty[i];

		if (!d->on || !d->has_pin)
			continue;
		ld_pin_hash(hash, x->env->keys, &x->who.p, d->salt, typed);
		right |= ld_crypto_equal(hash, d->pin, sizeof(hash));
	}
	return right;
}

/* What has not four digits (a code, a word) is no attempt. */
static const char *pin_wrong(struct ses *x, const char *typed)
{
	struct ses_state *s = &x->s;

	s->pin_wrong = (uint8_t)(s->pin_wrong + (strlen(typed) == PIN_LEN));
	if (s->pin_wrong < PIN_TRIES) {
		ses_value_number(x, "tries", PIN_TRIES - s->pin_wrong);
		return "bad";
	}
	s->pin_wrong = 0;
	s->pin_locked_ms = x->env->now_ms + PIN_LOCK_MS;
	ses_fact_audit(x, LD_AUDIT_LOCKED, NULL, 0, 0);
	ses_note(x, "three wrong PINs: locked for a day");
	return say_locked(x);
}

/* Neither the question nor her typing stays behind what she comes to. */
static void drop_pin_screens(struct ses *x)
{
	struct ses_state *s = &x->s;

	while (s->depth > 0 && strncmp(s->stack[s->depth - 1].screen, "amb.pin", 7) == 0)
		s->depth--;
}

const char *ses_do_pin(struct ses *x, const char *arg)
{
	struct ses_state *s = &x->s;
	char to[SES_SCREEN_MAX];

	if (locked(x))
		return say_locked(x);
	if (!pin_right(x, arg))
		return pin_wrong(x, arg);
	s->pin_wrong = 0;
	s->pin_locked_ms = 0;
	s->pin_until_ms = x->env->now_ms + PIN_OK_MS;
	ses_copy(to, sizeof(to), s->pin_to);
	s->pin_to[0] = '\0';
	drop_pin_screens(x);
	if (!ses_goto_id(x, to, SES_GATED) && x->live)
		ses_home(x);
	return NULL;
}

/* ---- inviting ---- */

static int64_t midnight(const struct ses *x)
{
	int64_t offset = (int64_t)x->env->utc_offset_min * 60000;

	return (int64_t)(ses_today(x) - 1) * SES_DAY_MS - offset;
}

static unsigned left_today(const struct ses *x)
{
	const struct ld_session_others *o = x->env->others;
	struct ld_session_invitations n;

	if (!o || o->invitations(o->arg, &x->who.p, midnight(x), &n) < 0)
		return 0;
	return n.since < INVITATIONS_A_DAY ? INVITATIONS_A_DAY - n.since : 0;
}

/* Whoever belongs to the class, said no, or was asked this year is left alone. */
static const char *not_to_be_asked(const struct ld_person *p, int64_t now_ms)
{
	if (p->consented)
		return "learns already";
	if (p->optouts.n > 0 || !ld_id_is_zero(&p->epoch))
		return "wants no messages, or was erased";
	if (p->refused)
		return "said no";
	if (p->invitation_ms && now_ms - p->invitation_ms <= AGAIN_MS)
		return "was invited less than 12 months ago";
	return NULL;
}

const char *ses_may_invite(struct ses *x, const char *number)
{
	const struct ld_session_others *o = x->env->others;
	struct ld_msisdn m;
	struct ld_person p;

	x->s.other.digits[0] = '\0';
	if (!ses_on_duty(x, LD_DUTY_AMBASSADOR))
		return "no";
	if (ld_e164_parse(number, &m) != LD_ADDR_MOBILE)
		return "bad";
	if (left_today(x) == 0)
		return "cap";
	if (o->person(o->arg, &m, &p) < 0 || not_to_be_asked(&p, x->env->now_ms))
		return "dup";
	x->s.other = m;
	return "ok";
}

static const struct ld_course *invited_course(const struct ses *x)
{
	const struct ld_course *c = ld_content_course(x->c, x->s.other_course);

	return c && !c->guardian ? c : x->c->default_course;
}

static void values(struct ses *x)
{
	const struct ld_course *c = invited_course(x);
	char phone[16];

	ld_e164_local(&x->s.other, phone);
	ses_value(x, "phone", phone);
	ses_value(x, "course", c ? c->name_short : "");
	ses_value_number(x, "tdp", x->who.duty[LD_DUTY_AMBASSADOR].tdp);
}

static void record(struct ses *x, const struct ld_person *other)
{
	struct ld_fact f = { .kind = LD_EV_INVITED, .subject = other->p };
	const struct ld_course *c = invited_course(x);

	f.u.invited.channel = (uint8_t)x->in->kind;
	f.u.invited.by = x->who.p;
	f.u.invited.tdp = x->who.duty[LD_DUTY_AMBASSADOR].tdp;
	if (c)
		ses_copy(f.u.invited.course, sizeof(f.u.invited.course), c->key);
	ses_fact_other(x, &f);
}

/* Nobody knows what letters the other's telephone shows: without accents. */
static void send_other(struct ses *x, const char *key, const struct ld_msisdn *to)
{
	const char *t = ld_content_message(x->c, key, LD_LANG_VI);
	char text[LD_TEXT_MAX];
	struct ld_session_send *m;

	if (!t || x->out->n_sends == LD_SESSION_SENDS)
		return;
	ses_expand(x, t, text, sizeof(text));
	m = &x->out->sends[x->out->n_sends++];
	memset(m, 0, sizeof(*m));
	m->prio = LD_PRIO_LESSON;
	m->alphabet = LD_GSM7;
	m->to = *to;
	m->asks_consent = true;
	ses_copy(m->what, sizeof(m->what), key);
	if (ld_text_unaccent(text, m->text, sizeof(m->text)) < 0)
		ses_copy(m->text, sizeof(m->text), text);
}

void ses_invite(struct ses *x)
{
	const struct ld_session_others *o = x->env->others;
	struct ld_person p;

	if (o->person(o->arg, &x->s.other, &p) < 0)
		return;
	record(x, &p);
	ses_value(x, "name", x->who.duty[LD_DUTY_AMBASSADOR].name);
	send_other(x, "AMB_INVITE", &x->s.other);
	values(x);
	/* The store does not know of this one yet. */
	ses_value_number(x, "left", left_today(x) - 1);
	x->s.other.digits[0] = '\0';
	x->s.other_course[0] = '\0';
}

const char *ld_session_invite(const struct ld_session_env *env, const struct ld_person *person,
			      const char *course, unsigned tdp, struct ld_outcome *ret)
{
	const struct ld_course *c = course[0] ? ld_content_course(env->content, course) :
				    env->content->default_course;
	const char *why = not_to_be_asked(person, env->now_ms);
	struct ld_inbound in = { .kind = LD_CHAN_OPERATOR };
	struct ld_fact f = { .kind = LD_EV_INVITED, .subject = person->p };
	struct ses x;

	memset(ret, 0, sizeof(*ret));
	if (why)
		return why;
	if (!c || c->guardian)
		return "there is no such course to be invited to";
	ses_init(&x, env, person, &in, ret);
	f.u.invited.channel = LD_CHAN_OPERATOR;
	f.u.invited.tdp = (uint8_t)tdp;
	ses_copy(f.u.invited.course, sizeof(f.u.invited.course), c->key);
	ses_fact_other(&x, &f);
	send_other(&x, "CONSENT_ASK", &person->msisdn);
	return NULL;
}

/* ---- screens ---- */

const char *ses_do_amb(struct ses *x, const char *arg)
{
	/* Helpers find their calls here. */
	const char *no = ses_guard(x, ses_on_duty(x, LD_DUTY_HELPER) ? LD_DUTY_HELPER :
				   LD_DUTY_AMBASSADOR);

	(void)arg;
	return no ? no : "ok";
}

const char *ses_do_amb_new(struct ses *x, const char *arg)
{
	(void)arg;
	return !ses_on_duty(x, LD_DUTY_AMBASSADOR) ? "no" : left_today(x) == 0 ? "cap" : "ok";
}

const char *ses_do_amb_check(struct ses *x, const char *arg)
{
	/* "0912 345 678" is no plain number to the screen's input. */
	const char *why = ses_may_invite(x, strcmp(arg, "?") == 0 ? x->in->text : arg);

	if (strcmp(why, "ok") == 0)
		values(x);
	return why;
}

const char *ses_do_amb_course(struct ses *x, const char *arg)
{
	if (x->s.other.digits[0] == '\0')
		return "no";
	ses_copy(x->s.other_course, sizeof(x->s.other_course), arg);
	values(x);
	return "ok";
}

const char *ses_do_amb_invite(struct ses *x, const char *arg)
{
	struct ld_msisdn m = x->s.other;
	const char *why = ses_may_invite(x, m.digits);

	(void)arg;
	if (strcmp(why, "bad") == 0)
		return "dup";           /* nothing was typed: an old screen */
	if (strcmp(why, "ok") == 0)
		ses_invite(x);
	return why;
}

const char *ses_do_amb_mine(struct ses *x, const char *arg)
{
	const struct ld_session_others *o = x->env->others;
	const char *no = ses_guard(x, LD_DUTY_AMBASSADOR);
	struct ld_session_invitations n = { 0 };

	(void)arg;
	if (no)
		return no;
	if (o)
		o->invitations(o->arg, &x->who.p, 0, &n);
	ses_value_number(x, "n", n.all);
	ses_value_number(x, "ok", n.agreed);
	ses_value_number(x, "wait", n.waiting);
	return "ok";
}

/* Numbers in a list, with a blank between them. */
unsigned ses_count_listed(const char *list)
{
	unsigned n = 0;

	for (const char *p = list; *p; p += strspn(p, " "), n++)
		p += strcspn(p, " ");
	return n;
}

const char *ses_do_amb_waiting(struct ses *x, const char *arg)
{
	const struct ld_session_others *o = x->env->others;
	const char *no = ses_guard(x, LD_DUTY_AMBASSADOR);
	char list[LD_RAW_MAX * 4] = "";

	(void)arg;
	if (no)
		return no;
	if (o)
		o->waiting(o->arg, &x->who.p, list, sizeof(list));
	ses_value(x, "list", list[0] ? list : "không có ai");
	ses_fact_audit(x, LD_AUDIT_INVITED, NULL, x->who.duty[LD_DUTY_AMBASSADOR].tdp,
		       ses_count_listed(list));
	return "ok";
}

/* ---- by message ---- */

/* The number after GT, GIOI THIEU, MOI. */
static const char *number_in(const struct ses *x)
{
	return x->match.folded + strcspn(x->match.folded, "0123456789");
}

/* Whatever the reason, one text: it must not tell who learns and who refused. */
static void invite_message(struct ses *x, const struct ld_command *cmd)
{
	if (strcmp(ses_may_invite(x, number_in(x)), "ok") != 0) {
		ses_say(x, cmd);
		return;
	}
	ses_invite(x);
	ses_send_message(x, "AMB_OK");
}

static void invite_screen(struct ses *x, const struct ld_command *cmd)
{
	ses_go_action(x, "amb_check", number_in(x), cmd);
}

static void group_message(struct ses *x, const struct ld_command *cmd)
{
	if (ses_on_duty(x, LD_DUTY_HEAD) && strcmp(x->match.folded, "TO") == 0)
		ses_go_action(x, "head", NULL, cmd);
	else if (!ses_group_undo(x) && ses_once_a_day(x, &x->s.not_allowed_day))
		ses_say(x, cmd);
}

/* ---- completion codes ---- */

/* Behind "MA". */
static void verify_message(struct ses *x, const struct ld_command *cmd)
{
	const struct ld_session_others *o = x->env->others;
	char code[LD_CODE_DIGITS + 1], date[16];
	const struct ld_course *c = NULL;
	int64_t at_ms = 0;

	if (!o || !(ses_on_duty(x, LD_DUTY_HEAD) || ses_on_duty(x, LD_DUTY_OPERATOR))) {
		if (ses_once_a_day(x, &x->s.not_allowed_day))
			ses_say(x, cmd);
		return;
	}
	if (ses_guesses(x, LD_GUESS_CERTIFICATE))
		return;
	if (ld_completion_parse(x->match.folded + 2, code))
		c = ld_content_course_by_menu(x->c, (unsigned)(code[1] - '0'));
	ses_value(x, "code", x->match.folded + 3);
	if (!c || o->completed(o->arg, c->key, c->menu_key, code, &at_ms) < 0) {
		ses_guessed(x, LD_GUESS_CERTIFICATE);
		ses_value(x, "code", VERIFY_EXAMPLE);
		ses_send_message(x, "VERIFY_BAD");
		return;
	}
	ses_format_date(x, at_ms, date, sizeof(date));
	ses_value(x, "course", c->name_short);
	ses_value(x, "date", date);
	ses_send_message(x, "VERIFY_CODE");
}

const struct ses_intent ses_intents_duty[] = {
	{ "VERIFY",         verify_message,       NULL,                false, true  },
	{ "AMB_INVITE",     invite_message,       invite_screen,       false, true  },
	{ "GROUP",          group_message,        NULL,                false, true  },
	{ "CALENDAR",       ses_calendar_message, NULL,                false, true  },
	{ "HELP_DONE",      ses_xong_message,     ses_wrong_key,       false, true  },
	{ NULL, NULL, NULL, false, false },
};
