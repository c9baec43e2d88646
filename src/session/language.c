/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language of screens and messages. Lessons have one only. */
#include "internal.h"

enum ld_lang ses_lang(const struct ses *x)
{
	int lang = ld_content_lang(x->c, ses_reg(x, LD_REG_LANG));

	return lang < 0 ? LD_LANG_VI : (enum ld_lang)lang;
}

const char *ses_text(const struct ses *x, const char *key)
{
	return ld_content_message(x->c, key, ses_lang(x));
}

/* "NGON NGU EN" names it behind the phrase, "ENGLISH" is all of the text. -1: none of ours. */
static int named(const struct ses *x)
{
	const struct ld_matched *m = &x->match;
	size_t n = strlen(m->folded);
	bool behind = m->rule && m->rule->kind == LD_MATCH_PREFIX && m->rest < n;

	return ld_content_lang_named(x->c, m->folded + (behind ? m->rest : 0));
}

static bool choose(struct ses *x)
{
	int lang = named(x);

	if (lang < 0 || !ses_member(x))
		return false;
	ses_fact_set(x, LD_REG_LANG, x->c->langs[lang].code);
	return true;
}

const char *ses_do_lang(struct ses *x, const char *arg)
{
	if (ld_content_lang(x->c, arg) >= 0 && ses_member(x))
		ses_fact_set(x, LD_REG_LANG, arg);
	return "ok";
}

static void language_message(struct ses *x, const struct ld_command *cmd)
{
	if (choose(x))
		ses_send_message(x, "LANG_OK");
	else
		ses_say(x, cmd);
}

static void language_screen(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	if (choose(x))
		ses_home(x);
	else
		ses_mistake(x);
}

const struct ses_intent ses_intents_language[] = {
	{ "LANG", language_message, language_screen, false, false },
	{ NULL, NULL, NULL, false, false },
};
