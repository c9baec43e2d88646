/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What words mean: how they are read, codes of the printed card, courtesies, the unknown. A word
 * without a row is not offered yet: it gets the reply or the screen that commands.conf names. */
#include "internal.h"

#include "laido/base/err.h"

/* ---- helpers ---- */

void ses_say(struct ses *x, const struct ld_command *cmd)
{
	if (cmd->reply[0])
		ses_send_message(x, cmd->reply);
}

bool ses_once_a_day(struct ses *x, uint32_t *day)
{
	uint32_t today = ses_today(x);
	bool first = *day != today;

	*day = today;
	return first;
}

void ses_note_text(struct ses *x, const char *what)
{
	char text[120];

	ses_mask_digits(x->in->text, text, sizeof(text));
	ses_note(x, "%s: %s", what, text);
}

bool ses_consent_asked(const struct ses *x)
{
	return !ses_member(x) && ses_open_prompt(x) == LD_PROMPT_CONSENT;
}

void ses_wrong_key(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	ses_mistake(x);
}

/* ---- codes of the printed card ---- */

static const struct ld_code *code(const struct ses *x)
{
	return ld_content_code(x->c, x->match.folded);
}

static void code_message(struct ses *x, const struct ld_command *cmd)
{
	const struct ld_code *k = code(x);

	(void)cmd;
	if (k)
		ses_goto(x, k->to, k->arg, SES_GATED);
	else if (ses_once_a_day(x, &x->s.code_day))
		ses_send_message(x, "CODE_UNKNOWN");
}

static void code_screen(struct ses *x, const struct ld_command *cmd)
{
	const struct ld_code *k = code(x);

	(void)cmd;
	if (!k) {
		ses_mistake(x);
		return;
	}
	ses_clear_stack(x);
	ses_goto(x, k->to, k->arg, SES_GATED);
}

/* ---- courtesies and the rest ---- */

static void ack_message(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	if (!ses_consent_asked(x) || x->s.asked_again)
		return;
	x->s.asked_again = true;
	ses_send_message(x, "CONSENT_AGAIN");
}

static void help_text_message(struct ses *x, const struct ld_command *cmd)
{
	if (ses_consent_asked(x))
		ses_send_message(x, "CONSENT_INFO");
	else
		ses_say(x, cmd);
}

/* With a question open, a lone sign is an answer that failed ("4", "", "z"). */
static void unknown_message(struct ses *x, const struct ld_command *cmd)
{
	enum ld_prompt_kind open = ses_open_prompt(x);

	if ((open == LD_PROMPT_QUIZ || open == LD_PROMPT_MENU) && strlen(x->match.folded) <= 1) {
		ses_unclear(x, cmd);
		return;
	}
	ses_note_text(x, "not understood");
	if (ses_once_a_day(x, &x->s.unknown_day))
		ses_send_message(x, "UNKNOWN");
}

/* ---- the table ---- */

static const struct ses_intent intents[] = {
	{ "MENU_CODE",      code_message,         code_screen,         false, true  },
	{ "ACK",            ack_message,          ses_wrong_key,       false, true  },
	{ "HELP_TEXT",      help_text_message,    NULL,                false, true  },
	{ "UNKNOWN",        unknown_message,      ses_wrong_key,       false, true  },
	{ NULL, NULL, NULL, false, false },
};

static const struct ses_intent other = { "", ses_say, NULL, false, false };

static const struct ses_intent *const tables[] = {
	ses_intents_rights, ses_intents_remind, ses_intents_answer, ses_intents_learn, ses_intents_duty,
	ses_intents_people, ses_intents_language, ses_intents_move, intents,
};

const struct ses_intent *ses_intent(const char *name)
{
	for (size_t t = 0; t < LD_ARRAY_SIZE(tables); t++)
		for (const struct ses_intent *i = tables[t]; i->name; i++)
			if (strcmp(i->name, name) == 0)
				return i;
	return &other;
}

bool ses_no_word(const struct ses_intent *intent)
{
	return strcmp(intent->name, "UNKNOWN") == 0;
}

const struct ses_intent *ses_read(struct ses *x, enum ld_prompt_kind open,
				  const struct ld_command **ret_cmd)
{
	static const struct ld_command nothing = { "", -1, false };
	char word[LD_INPUT_MAX];

	*ret_cmd = &nothing;
	ld_match(x->c->rules, x->c->n_rules, x->in->text, open, &x->match);
	if (x->match.rule && x->match.rule->kind == LD_MATCH_FUZZY) {
		ses_copy(word, sizeof(word), x->match.folded);
		ld_match(x->c->rules, x->c->n_rules, word, open, &x->match);
	}
	if (!x->match.rule)
		return ses_intent("UNKNOWN");
	*ret_cmd = &x->c->commands[x->match.rule - x->c->rules];
	return ses_intent(x->match.rule->intent);
}
