/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several learners of one number: who learns now, and how another one is added. Who is named here
 * steps from the next input on: the gateway loads her by ld_session_slot(). */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "laido/base/err.h"

enum { NAME_MIN = 2, NAME_MAX = 14 };           /* letters */
#define ADDING_AGE_MS SES_HOUR_MS               /* then the telephone is the first learner's again */

/* ---- who learns now ---- */

static unsigned active(const struct ses_state *s)
{
	return s->slot ? s->slot : 1;
}

unsigned ld_session_slot(const uint8_t *blob, size_t len, int64_t now_ms, bool *ret_adding)
{
	struct ses_state s;

	ses_unpack(&s, blob, len);
	*ret_adding = s.adding[0] && now_ms - s.asked_ms < ADDING_AGE_MS;
	return s.adding[0] && !*ret_adding ? 1 : active(&s);
}

void ses_switch(struct ses *x, unsigned slot)
{
	struct ses_state *s = &x->s;
	uint32_t today = ses_today(x);

	if (slot == active(s) && !s->adding[0])
		return;         /* her own question stays open */
	if (s->lessons_day != today) {
		memset(s->lessons_of, 0, sizeof(s->lessons_of));
		s->lessons = 0;
	}
	s->lessons_day = today;
	s->lessons_of[active(s) - 1] = s->lessons;
	s->lessons = s->lessons_of[slot - 1];
	s->slot = (uint8_t)(slot > 1 ? slot : 0);
	s->last_lesson = 0;
	s->reviewed = 0;
	s->erase_code = 0;
	s->course[0] = s->last_course[0] = s->review_course[0] = s->adding[0] = '\0';
	memset(&s->prompt, 0, sizeof(s->prompt));
}

void ses_load(struct ses *x, const uint8_t *blob, size_t len)
{
	unsigned slot = x->who.slot > 1 ? x->who.slot : 1;

	ses_unpack(&x->s, blob, len);
	if (slot <= LD_SLOTS_MAX && slot != active(&x->s))
		ses_switch(x, slot);
}

/* ---- names ---- */

static const char *called(const struct ses *x, unsigned slot)
{
	static const char *const nameless[] = { "Người 1", "Người 2", "Người 3", "Người 4" };
	const char *name = x->who.called[slot - 1];

	return name[0] ? name : nameless[slot - 1];
}

static unsigned learners(const struct ses *x)
{
	unsigned n = 0;

	for (unsigned i = 0; i < LD_SLOTS_MAX; i++)
		n += x->who.learns[i];
	return n;
}

const char *ses_called(const struct ses *x)
{
	unsigned slot = x->who.slot;

	return slot >= 1 && slot <= LD_SLOTS_MAX && learners(x) > 1 && ses_member(x) ?
	       called(x, slot) : "";
}

void ses_added(struct ses *x)
{
	unsigned slot = x->who.slot;

	if (slot < 1 || slot > LD_SLOTS_MAX)
		return;
	x->who.learns[slot - 1] = true;
	if (!x->s.adding[0])
		return;
	ses_copy(x->out->name, sizeof(x->out->name), x->s.adding);
	ses_copy(x->who.called[slot - 1], LD_CALL_MAX, x->s.adding);
	x->s.adding[0] = '\0';
}

/* ---- switching ---- */

const char *ses_do_learners(struct ses *x, const char *arg)
{
	static const char *const names[] = { "learner1", "learner2", "learner3" };

	(void)arg;
	for (unsigned i = 0; i < LD_ARRAY_SIZE(names); i++)
		ses_value(x, names[i], x->who.learns[i] ? called(x, i + 1) : "-");
	return "ok";
}

/* 0: nobody learns there. */
static unsigned known(const struct ses *x, const char *text)
{
	unsigned slot = (unsigned)strtoul(text, NULL, 10);

	return slot >= 1 && slot <= LD_SLOTS_MAX && x->who.learns[slot - 1] ? slot : 0;
}

const char *ses_do_learner(struct ses *x, const char *arg)
{
	unsigned slot = known(x, arg);

	if (!slot)
		return "none";
	ses_switch(x, slot);
	ses_value(x, "learner", called(x, slot));
	return "ok";
}

static void list(struct ses *x)
{
	char text[LD_SLOTS_MAX * (LD_CALL_MAX + 4)] = "";
	size_t used = 0;

	for (unsigned i = 1; i <= LD_SLOTS_MAX; i++)
		if (x->who.learns[i - 1])
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u %s",
						 used ? "\n" : "", i, called(x, i));
	ses_value(x, "learners", text);
	ses_send_message(x, "SWITCH_LIST");
}

static const char *typed(const struct ses *x)
{
	return x->match.folded + strcspn(x->match.folded, "1234");
}

/* The rest of this step is hers already. */
static void become(struct ses *x, unsigned slot)
{
	const struct ld_session_others *o = x->env->others;
	struct ld_person other;

	if (slot != x->who.slot && o && o->sibling &&
	    o->sibling(o->arg, &x->who.p, slot, &other) == 0)
		x->who = other;
}

void ses_switch_message(struct ses *x, const struct ld_command *cmd)
{
	unsigned slot = known(x, typed(x));
	const struct ld_course *c;

	(void)cmd;
	if (learners(x) == 0) {
		ses_ask_consent(x, "CONSENT_ASK");
	} else if (!slot) {
		list(x);
	} else {
		ses_switch(x, slot);
		become(x, slot);
		c = ses_current_course(x);
		ses_value(x, "learner", called(x, slot));
		ses_value(x, "course", c ? c->name_short : "chưa chọn");
		ses_send_message(x, "SWITCH_OK");
	}
}

void ses_switch_screen(struct ses *x, const struct ld_command *cmd)
{
	if (known(x, typed(x)))
		ses_go_action(x, "learner", typed(x), cmd);
	else
		ses_go_action(x, "learners", NULL, cmd);
}

/* ---- adding ---- */

/* 0: all are taken. */
static unsigned free_slot(const struct ses *x)
{
	for (unsigned i = 1; i < LD_SLOTS_MAX; i++)
		if (!x->who.learns[i])
			return i + 1;
	return 0;
}

const char *ses_do_learner_room(struct ses *x, const char *arg)
{
	(void)arg;
	return !free_slot(x) ? "full" : !x->who.may_add ? "away" : "ok";
}

/* Letters and blanks. */
static bool read_name(const char *typed_text, char ret[LD_CALL_MAX])
{
	char text[LD_INPUT_MAX];
	unsigned letters = 0;
	size_t n;

	if (ld_text_normalise(typed_text, text, sizeof(text)) < 0)
		return false;
	n = strlen(text);
	while (n > 0 && text[n - 1] == ' ')
		text[--n] = '\0';
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)text[i];

		if (ch < 'A' && ch != ' ')
			return false;
		letters += (ch & 0xc0) != 0x80;
	}
	if (letters < NAME_MIN || letters > NAME_MAX || n >= LD_CALL_MAX)
		return false;
	ses_copy(ret, LD_CALL_MAX, text);
	return true;
}

const char *ses_do_learner_add(struct ses *x, const char *arg)
{
	const char *room = ses_do_learner_room(x, "");
	char name[LD_CALL_MAX];

	if (strcmp(room, "ok") != 0)
		return room;
	if (!read_name(arg, name))
		return "bad";
	ses_switch(x, free_slot(x));
	ses_copy(x->s.adding, sizeof(x->s.adding), name);
	x->s.asked_ms = x->env->now_ms;
	if (x->live) {
		ses_clear_stack(x);
		ses_goto_id(x, "consent", SES_OPEN);
		return NULL;
	}
	x->s.prompt = (struct ses_prompt){ .kind = LD_PROMPT_CONSENT, .opened_ms = x->env->now_ms };
	ses_send_message(x, "CONSENT_ASK");
	return NULL;
}
