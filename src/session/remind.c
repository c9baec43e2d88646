/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reminders that residents switch on and off: menu 3, NHAC x, TAT x. */
#include "internal.h"

#include <stdio.h>

#include "laido/base/err.h"

static const struct {
	enum ld_reg reg;
	const char *arg, *word, *what;
} kinds[] = {
	[LD_REMIND_TAX] = { LD_REG_REMIND_TAX, "tax", "THUE", "khai thuế quý" },
	[LD_REMIND_FEE] = { LD_REG_REMIND_FEE, "fee", "CHO", "phí chợ" },
	[LD_REMIND_MEETING] = { LD_REG_REMIND_MEET, "meeting", "HOP", "họp tổ" },
	[LD_REMIND_HEALTH] = { LD_REG_REMIND_HEALTH, "health", "TIEM", "tiêm và khám" },
};

static int kind_of(const char *arg)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].arg, arg) == 0 || strcmp(kinds[i].word, arg) == 0)
			return (int)i;
	return -1;
}

/* Market number n (0..) of the ward's list, the first reminder of each; NULL past the last. */
static const struct ld_reminder *market_at(const struct ses *x, unsigned n)
{
	for (unsigned i = 0; i < x->c->n_reminders; i++) {
		const struct ld_reminder *r = &x->c->reminders[i];

		if (r->kind == LD_REMIND_FEE && n-- == 0)
			return r;
	}
	return NULL;
}

/* Hers; who has not said gets the first. */
static const struct ld_reminder *market(const struct ses *x)
{
	const char *own = ses_reg(x, LD_REG_MARKET);
	const struct ld_reminder *r;

	for (unsigned i = 0; own[0] && (r = market_at(x, i)); i++)
		if (strcmp(r->market, own) == 0)
			return r;
	return market_at(x, 0);
}

const char *ses_do_remind_card(struct ses *x, const char *arg)
{
	const struct ld_reminder *m = market(x);
	int kind = kind_of(arg);
	bool on = kind >= 0 && strcmp(ses_reg(x, kinds[kind].reg), "on") == 0;

	ses_value(x, "state", on ? "bật" : "tắt");
	ses_value(x, "market", m ? m->market : "");
	ses_value(x, "day", m ? m->day : "");
	return "ok";
}

static void set(struct ses *x, int kind, bool on)
{
	if (!ses_member(x))
		return;
	if (strcmp(ses_reg(x, kinds[kind].reg), on ? "on" : "off") != 0)
		ses_fact_set(x, kinds[kind].reg, on ? "on" : "off");
}

static const char *toggle(struct ses *x, const char *arg, bool on)
{
	int kind = kind_of(arg);

	if (kind < 0)
		return "ok";
	set(x, kind, on);
	ses_value(x, "what", kinds[kind].what);
	ses_value(x, "kw", kinds[kind].word);
	return "ok";
}

const char *ses_do_remind_on(struct ses *x, const char *arg)
{
	return toggle(x, arg, true);
}

const char *ses_do_remind_off(struct ses *x, const char *arg)
{
	return toggle(x, arg, false);
}

const char *ses_do_remind_none(struct ses *x, const char *arg)
{
	(void)arg;
	for (size_t i = 0; i < LD_ARRAY_SIZE(kinds); i++)
		set(x, (int)i, false);
	return "ok";
}

const char *ses_do_markets(struct ses *x, const char *arg)
{
	const struct ld_reminder *one = market_at(x, 0), *two = market_at(x, 1);

	(void)arg;
	ses_value(x, "market1", one ? one->market : "");
	ses_value(x, "market2", two ? two->market : "");
	return "ok";
}

const char *ses_do_market(struct ses *x, const char *arg)
{
	const struct ld_reminder *m = market_at(x, arg[0] == '2' ? 1 : 0);

	if (m && ses_member(x))
		ses_fact_set(x, LD_REG_MARKET, m->market);
	ses_value(x, "market", m ? m->market : "");
	return "ok";
}

/* ---- NHAC x, TAT x ---- */

/* The last word: a kind; -1: none; -2: all. */
static int wanted(const struct ses *x)
{
	const char *last = strrchr(x->match.folded, ' ');
	const char *word = last ? last + 1 : "";

	return strcmp(word, "HET") == 0 ? -2 : kind_of(word);
}

static void on_message(struct ses *x, const struct ld_command *cmd)
{
	int kind = wanted(x);

	(void)cmd;
	if (kind >= 0)
		ses_do_remind_on(x, kinds[kind].arg);
	ses_send_message(x, kind >= 0 ? "REMIND_ON" : "REMIND_LIST");
}

static void off_message(struct ses *x, const struct ld_command *cmd)
{
	const struct ld_screen *all = ses_by_action(x, "remind_none");
	int kind = wanted(x);

	(void)cmd;
	if (kind >= 0)
		ses_do_remind_off(x, kinds[kind].arg);
	if (kind == -2 && all)
		ses_goto(x, (int)(all - x->c->screens), NULL, SES_GATED);
	else
		ses_send_message(x, kind >= 0 ? "REMIND_OFF" : "REMIND_LIST");
}

static void switch_screen(struct ses *x, const struct ld_command *cmd, const char *action)
{
	int kind = wanted(x);

	if (kind >= 0)
		ses_go_action(x, action, kinds[kind].arg, cmd);
	else if (kind == -2)
		ses_go_action(x, "remind_none", NULL, cmd);
	else
		ses_goto(x, cmd->screen, NULL, SES_GATED);
}

static void on_screen(struct ses *x, const struct ld_command *cmd)
{
	switch_screen(x, cmd, "remind_on");
}

static void off_screen(struct ses *x, const struct ld_command *cmd)
{
	switch_screen(x, cmd, "remind_off");
}

const struct ses_intent ses_intents_remind[] = {
	{ "REMIND_ON",  on_message,  on_screen,  false, false },
	{ "REMIND_OFF", off_message, off_screen, false, false },
	{ NULL, NULL, NULL, false, false },
};

/* ---- a ward that rests ---- */

/* What must work all the same: stopping, erasing, one's data, emergencies. */
static bool works_always(const struct ses_intent *intent)
{
	static const char *const names[] = { "ERASE", "DATA", "STOP_UNCLEAR", "REMIND_OFF", "REST" };

	for (size_t i = 0; i < LD_ARRAY_SIZE(names); i++)
		if (strcmp(intent->name, names[i]) == 0)
			return true;
	return intent->urgent;
}

bool ses_closed(struct ses *x, const struct ses_intent *intent)
{
	if (!x->env->paused)
		x->s.closed_told = false;
	if (!x->env->paused || (intent && works_always(intent)))
		return false;
	if (x->live) {
		ses_clear_stack(x);
		if (!ses_goto_id(x, "err.closed", SES_OPEN))
			ses_leave(x);
	} else if (!x->s.closed_told) {
		x->s.closed_told = true;
		ses_send_message(x, "WARD_PAUSE");
	}
	return true;
}
