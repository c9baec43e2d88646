/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What words mean, second part: learning and help. */
#include "internal.h"

#include <stdio.h>

/* ---- courses by name ---- */

/* Without blanks: "LUA DAO" and "LUADAO" are one name. */
static void squeeze(const char *in, char *ret, size_t size)
{
	char folded[LD_INPUT_MAX];
	size_t used = 0;

	ld_text_fold(in, folded, sizeof(folded));
	for (const char *p = folded; *p && used + 1 < size; p++)
		if (*p != ' ')
			ret[used++] = *p;
	ret[used] = '\0';
}

static bool same_name(const char *typed, const char *name)
{
	char plain[80];

	squeeze(name, plain, sizeof(plain));
	return strcmp(typed, plain) == 0;
}

/* "4", "LUADAO", "khoa chong lua dao"; NULL: no such course. */
static const struct ld_course *course_named(const struct ses *x, const char *text)
{
	char typed[80];
	const char *p = typed;

	squeeze(text, typed, sizeof(typed));
	if (strncmp(p, "KHOA", 4) == 0)
		p += 4;
	if (p[0] >= '0' && p[0] <= '9' && p[1] == '\0')
		return ld_content_course_by_menu(x->c, (unsigned)(p[0] - '0'));
	for (unsigned i = 0; *p && i < x->c->n_courses; i++) {
		const struct ld_course *c = &x->c->courses[i];

		if (same_name(p, c->key) || same_name(p, c->name_short) ||
		    same_name(p, c->name[LD_LANG_VI]))
			return c;
	}
	return NULL;
}

static const char *rest_of(const struct ses *x)
{
	size_t n = strlen(x->match.folded);

	return x->match.rule && x->match.rule->kind == LD_MATCH_PREFIX && x->match.rest <= n ?
	       x->match.folded + x->match.rest : "";
}

/* ---- DK ---- */

static void remember(struct ses *x, const struct ld_course *c)
{
	if (c)
		ses_copy(x->s.course, sizeof(x->s.course), c->key);
}

static void enrol_message(struct ses *x, const struct ld_command *cmd)
{
	const struct ld_course *c = course_named(x, rest_of(x));
	struct ses_learning l;
	bool here;

	(void)cmd;
	remember(x, c);
	if (!ses_member(x)) {
		ses_ask_consent(x, "CONSENT_ASK");
		return;
	}
	if (!c) {
		ses_send_message(x, "ENROL_WHICH");
		return;
	}
	if (!ses_may_learn(x, c)) {
		ses_ticket(x, c);
		ses_send_message(x, "GUARDIAN_NEEDED");
		return;
	}
	here = ses_current_course(x) == c;
	x->s.course[0] = '\0';
	ses_choose_course(x, c);
	ses_end_rest(x);
	ses_look(x, c, &l);
	if (here && l.done > 0 && !l.completed) {
		ses_value_number(x, "n", l.done);
		ses_value_number(x, "total", c->n_lessons);
		ses_value(x, "course", c->name_short);
		ses_send_message(x, "ENROL_ALREADY");
		return;
	}
	ses_send_next(x);
}

static void enrol_screen(struct ses *x, const struct ld_command *cmd)
{
	const struct ld_course *c = course_named(x, rest_of(x));

	remember(x, c);
	if (!ses_member(x))
		ses_ask_consent(x, "CONSENT_ASK");
	else if (c)
		ses_go_action(x, "enrol", c->key, cmd);
	else
		ses_goto(x, cmd->screen, NULL, SES_GATED);
}

/* ---- TIEP, LAI, NGHI ---- */

static void next_message(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	ses_end_rest(x);
	ses_send_next(x);
}

static void next_screen(struct ses *x, const struct ld_command *cmd)
{
	ses_go_action(x, "lesson", "go", cmd);
}

/* The lesson to repeat: the question that is open, the one answered last, the highest answered.
 * After a course that was not passed: the wrong ones again. 0: nothing yet. */
static unsigned again(struct ses *x, const struct ses_learning *l, bool *ret_review)
{
	const struct ses_prompt *p = &x->s.prompt;
	unsigned n = 0;

	*ret_review = false;
	if (p->kind == LD_PROMPT_QUIZ && strcmp(p->course, l->course->key) == 0) {
		*ret_review = p->review;
		return p->lesson;
	}
	if (l->next == 0 && l->wrong && !l->completed) {
		ses_start_review(x, l->course);
		*ret_review = ses_learn_item(l, 0, &n) == SES_ITEM_REVIEW;
		return n;
	}
	if (strcmp(x->s.last_course, l->course->key) == 0 && x->s.last_lesson)
		return x->s.last_lesson;
	return l->answered ? 64 - (unsigned)__builtin_clzll(l->answered) : 0;
}

/* "LAI CAOTUOI" turns to that course first. */
static bool named_course(struct ses *x, struct ses_learning *ret)
{
	const char *last = strrchr(x->match.folded, ' ');
	const struct ld_course *c = last ? ld_content_course(x->c, last + 1) : NULL;
	const struct ld_progress *g = c ? ld_person_course(&x->who, c->key) : NULL;

	if (g && g->enrolled)
		ses_choose_course(x, c);
	return ses_look(x, NULL, ret);
}

static void again_message(struct ses *x, const struct ld_command *cmd)
{
	struct ses_learning l;
	bool review;
	unsigned n = named_course(x, &l) ? again(x, &l, &review) : 0;

	(void)cmd;
	ses_end_rest(x);
	if (n)
		ses_send_lesson(x, l.course, n, "", review);
	else
		ses_send_next(x);
}

static void again_screen(struct ses *x, const struct ld_command *cmd)
{
	struct ses_learning l;
	bool review;
	unsigned n = named_course(x, &l) ? again(x, &l, &review) : 0;

	ses_end_rest(x);
	if (n)
		ses_open_quiz(x, l.course, n, review);
	ses_go_action(x, n ? "quiz" : "lesson", n ? NULL : "go", cmd);
}

static void rest_message(struct ses *x, const struct ld_command *cmd)
{
	ses_do_rest(x, "0");
	ses_send_message(x, cmd->reply[0] ? cmd->reply : "PAUSE_OK");
}

/* ---- GIO ---- */

/* The hour in the text, or "". */
static const char *hour_of(const struct ses *x)
{
	return x->match.folded + strcspn(x->match.folded, "0123456789");
}

static void slot_message(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	if (!ses_hour(hour_of(x), NULL)) {
		ses_send_message(x, "SLOT_ASK");
		return;
	}
	ses_do_hour(x, hour_of(x));
	ses_send_message(x, "SLOT_OK");
}

static void slot_screen(struct ses *x, const struct ld_command *cmd)
{
	if (ses_hour(hour_of(x), NULL))
		ses_go_action(x, "hour", hour_of(x), cmd);
	else
		ses_goto(x, cmd->screen, NULL, SES_GATED);
}

/* ---- DIEM, DU LIEU, GIUP, MENU ---- */

static void score_message(struct ses *x, const struct ld_command *cmd)
{
	struct ses_learning l;

	if (!ses_look(x, NULL, &l)) {
		ses_send_message(x, "ENROL_WHICH");
		return;
	}
	ses_course_values(x, &l);
	ses_value_number(x, "n", l.done);
	ses_value_number(x, "total", l.course->n_lessons);
	ses_send_message(x, cmd->reply[0] ? cmd->reply : "SCORE");
}

static void data_message(struct ses *x, const struct ld_command *cmd)
{
	ses_do_data_request(x, "");
	if (cmd->reply[0])
		ses_send_message(x, cmd->reply);
}

static bool letter(char ch)
{
	return ((unsigned char)ch & 0xc0) != 0x80 && ch != ' ';
}

/* The text as it was written, behind the words of the command: as many letters are left out as the
 * command has without accents. */
static void words(const struct ses *x, char ret[LD_TEXT_MAX])
{
	const char *rest = x->match.folded + x->match.rest, *p = ret;
	unsigned skip = 0;

	if (ld_text_normalise(x->in->text, ret, LD_TEXT_MAX) < 0)
		ret[0] = '\0';
	for (const char *f = x->match.folded; f < rest && *f; f++)
		skip += *f != ' ';
	while (*p && skip > 0)
		skip -= letter(*p++);
	while (((unsigned char)*p & 0xc0) == 0x80 || *p == ' ' || *p == ':')
		p++;
	memmove(ret, p, strlen(p) + 1);
}

/* The key of the message that answers GOPY. */
static const char *feedback(struct ses *x)
{
	char text[LD_TEXT_MAX];

	words(x, text);
	if (text[0] == '\0' || x->anonymous)
		return "FEEDBACK_HOW";
	/* Words are about a person: they are kept for members only; the operators see them now. */
	if (ses_member(x))
		ses_fact_feedback(x, text);
	ses_note_text(x, "feedback");
	return "FEEDBACK_OK";
}

static void feedback_message(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	ses_send_message(x, feedback(x));
}

static void feedback_screen(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	ses_show_message(x, feedback(x), true);
}

static void menu_message(struct ses *x, const struct ld_command *cmd)
{
	ses_goto(x, cmd->screen >= 0 ? cmd->screen : x->c->start, NULL, SES_GATED);
}

static void menu_screen(struct ses *x, const struct ld_command *cmd)
{
	(void)cmd;
	ses_home(x);
}

const struct ses_intent ses_intents_learn[] = {
	{ "ENROL",      enrol_message, enrol_screen, false, true  },
	{ "NEXT",       next_message,  next_screen,  false, false },
	{ "AGAIN",      again_message, again_screen, false, false },
	{ "REST",       rest_message,  NULL,         false, false },
	{ "SLOT",       slot_message,  slot_screen,  false, false },
	{ "SCORE",      score_message, NULL,         false, false },
	{ "DATA",       data_message,  NULL,         false, false },
	{ "FEEDBACK",   feedback_message, feedback_screen, false, true },
	{ "HELP_HUMAN", ses_help_message, NULL,         false, true  },
	{ "MENU",       menu_message,  menu_screen,  false, true  },
	{ NULL, NULL, NULL, false, false },
};
