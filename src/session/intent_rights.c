/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What words mean: stopping, erasing, emergencies, consent. */
#include "internal.h"

#include <stdio.h>

/* ---- stopping ---- */

/* HUY alone, where a name is asked for: one question back. */
static bool perhaps_name(struct ses *x, const struct ld_screen *sc)
{
	const struct ld_screen *to = sc && sc->input == LD_INPUT_TEXT ?
				     ses_screen(x, sc->input_to) : NULL;

	if (!to || strcmp(x->match.folded, "HUY") != 0)
		return false;
	ses_copy(x->s.go_on, sizeof(x->s.go_on), to->id);
	return ses_goto_id(x, "stop.name", SES_OPEN);
}

const char *ses_do_name_huy(struct ses *x, const char *arg)
{
	int to = ld_content_screen(x->c, x->s.go_on);

	(void)arg;
	x->s.go_on[0] = '\0';
	if (to < 0)
		return "gone";
	ses_goto(x, to, "Huy", SES_GATED);
	return NULL;
}

static void optout_message(struct ses *x, const struct ld_command *cmd)
{
	bool refusal = ses_consent_asked(x);

	(void)cmd;
	if (x->s.prompt.kind == LD_PROMPT_MENU &&
	    perhaps_name(x, ses_screen(x, ld_content_screen(x->c, x->s.prompt.screen))))
		return;
	if (refusal)
		ses_fact_refused(x);
	ses_record_optout(x);
	ses_send_message(x, refusal ? "CONSENT_NO" : "OPTOUT_OK");
}

static void optout_screen(struct ses *x, const struct ld_command *cmd)
{
	const struct ld_screen *to;
	bool refusal = !ses_member(x) && ses_asks_consent(x, ses_current(x));

	if (perhaps_name(x, ses_current(x)))
		return;
	ses_record_optout(x);
	to = refusal ? ses_by_action(x, "consent_no") : ses_screen(x, cmd->screen);
	ses_clear_stack(x);
	if (to)
		ses_goto(x, (int)(to - x->c->screens), NULL, SES_OPEN);
	else
		ses_show_message(x, "OPTOUT_OK", true);
}

static void stop_unclear(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	if (ses_once_a_day(x, &x->s.optout_ask_day))
		ses_send_message(x, "OPTOUT_ASK");
}

static void wrong_person(struct ses *x)
{
	if (x->who.consented)
		ses_fact_close(x, LD_CLOSE_WRONG_PERSON);
	ses_record_optout(x);
	ses_forget_all(x);
}

static void wrong_person_message(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	wrong_person(x);
	ses_send_message(x, "WRONG_PERSON");
}

static void wrong_person_screen(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	wrong_person(x);
	if (!ses_show_message(x, "WRONG_PERSON", true))
		ses_leave(x);
}

/* ---- erasure ---- */

static bool has_code(const struct ses *x)
{
	return strncmp(x->match.folded, "XOA ", 4) == 0 && x->match.folded[4] >= '0' &&
	       x->match.folded[4] <= '9';
}

static void erase_message(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	if (!has_code(x)) {
		/* Asked anew by word: a new code (a screen shows the one that is open). */
		x->s.erase_code = 0;
		ses_do_erase_ask(x, "");
		ses_send_message(x, "ERASE_ASK");
		return;
	}
	if (strcmp(ses_do_erase(x, x->match.folded), "ok") == 0)
		ses_send_message(x, "ERASE_OK");
	else
		ses_send_message(x, "ERASE_BAD");
}

static void erase_screen(struct ses *x, const struct ld_command *cmd)
{
	ses_go_action(x, has_code(x) ? "erase" : "erase_ask", has_code(x) ? x->match.folded : NULL, cmd);
}

/* ---- emergencies ---- */

static void emergency_message(struct ses *x, const struct ld_command *cmd)
{
	ses_note_text(x, "emergency");
	if (x->s.emergency_ms && x->env->now_ms - x->s.emergency_ms < SES_HOUR_MS)
		return;
	x->s.emergency_ms = x->env->now_ms;
	ses_say(x, cmd);
}

static void emergency_screen(struct ses *x, const struct ld_command *cmd)
{
	ses_note_text(x, "emergency");
	if (ses_screen(x, cmd->screen))
		ses_goto(x, cmd->screen, NULL, SES_OPEN);
	else if (!ses_show_message(x, cmd->reply, false))
		ses_mistake(x);
}

/* ---- consent ---- */

void ses_consent_yes(struct ses *x)
{
	if (ses_begin_learning(x))
		ses_send_next(x);
	else
		ses_send_message(x, "GUARDIAN_NEEDED");
}

void ses_consent_no(struct ses *x)
{
	if (x->s.adding[0]) {
		ses_switch(x, 1);
		ses_send_message(x, "SWITCH_NO");
		return;
	}
	ses_fact_refused(x);
	ses_forget_question(x);
	ses_send_message(x, "CONSENT_NO");
}

static void consent_message(struct ses *x, const struct ld_command *cmd)
{
	/* Of one who is being added it counts from her name, not from the end of the question. */
	bool invited = x->s.asked_ms && x->env->now_ms - x->s.asked_ms < SES_INVITE_AGE_MS &&
		       !x->s.adding[0] && !x->who.refused;

	(void)cmd;
	if (ses_member(x))
		return;
	if (ses_consent_asked(x) || invited)
		ses_consent_yes(x);
	else
		ses_ask_consent(x, "CONSENT_ASK");
}

static void consent_screen(struct ses *x, const struct ld_command *cmd)
{
	if (!ses_member(x) && ses_asks_consent(x, ses_current(x)) && !ses_read_through(x))
		ses_show_more(x);
	else if (!ses_member(x) && ses_asks_consent(x, ses_current(x)))
		ses_go_action(x, "consent_yes", NULL, cmd);
	else if (!ses_member(x))
		ses_ask_consent(x, "CONSENT_ASK");
	else
		ses_mistake(x);
}

/* ---- the table ---- */

const struct ses_intent ses_intents_rights[] = {
	{ "OPTOUT",         optout_message,       optout_screen,       true,  true  },
	{ "EMERGENCY",      emergency_message,    emergency_screen,    true,  true  },
	{ "WRONG_PERSON",   wrong_person_message, wrong_person_screen, true,  true  },
	{ "ERASE",          erase_message,        erase_screen,        false, true  },
	{ "CONSENT",        consent_message,      consent_screen,      false, true  },
	{ "STOP_UNCLEAR",   stop_unclear,         NULL,                false, true  },
	{ NULL, NULL, NULL, false, false },
};
