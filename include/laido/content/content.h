/* SPDX-License-Identifier: GPL-2.0-or-later */
/* content: menus, courses, messages and command words, compiled from the libconfig files of one
 * folder into an immutable tree. A new tree is compiled and checked as a whole, then swapped. */
#ifndef LAIDO_CONTENT_CONTENT_H
#define LAIDO_CONTENT_CONTENT_H

#include "laido/base/err.h"
#include "laido/text/text.h"
#include "laido/wire/pack.h"

/* An index of ld_content.langs. Vietnamese is always the first and the only one with lessons. */
enum ld_lang { LD_LANG_VI = 0, LD_LANG_EN, LD_LANGS_MAX = 6 };

/* A language of screens and messages, as values.conf lists them. */
struct ld_language {
	const char *code;               /* "en", as in texts and in the register LANG */
	unsigned n_words;
	const char *const *words;       /* folded: what people call it behind NGON NGU */
};

enum ld_role { LD_ROLE_ANY = 0, LD_ROLE_LEARNER };      /* ANY: open also without consent */

enum ld_input_kind { LD_INPUT_NONE = 0, LD_INPUT_NUMBER, LD_INPUT_TEXT };

struct ld_option {
	char key;                       /* '1'..'9' */
	const char *label[LD_LANGS_MAX];  /* may hold {placeholders} */
	int to;                         /* index of a screen */
	const char *arg;                /* handed to the target's action; "" none */
};

struct ld_on {
	const char *outcome;            /* what the action said */
	int to;
};

/* A screen. Entering it runs its action, if it has one; the action fills {placeholders} and names
 * an outcome; `on` may lead elsewhere by that outcome, otherwise the screen's text is shown. */
struct ld_screen {
	const char *id;
	const char *text[LD_LANGS_MAX];   /* NULL: only an action, every outcome leads on */
	const char *label[LD_LANGS_MAX];  /* short name, for "last time you were at {where}" */
	enum ld_role role;
	bool end;                       /* on a live channel the session closes after it */
	const char *action;             /* NULL: none; a name of session/action.c's table */
	const char *arg;                /* default argument of the action; "" none */
	unsigned n_on;
	const struct ld_on *on;
	unsigned n_options;
	const struct ld_option *options;
	enum ld_input_kind input;       /* what is typed instead of a key */
	int input_min, input_max;       /* value of a number, characters of a text */
	uint8_t input_tries;
	int input_to;                   /* screen that receives it; its action gets the text as arg */
	const char *file;               /* where it was defined */
	int line;
};

/* When something that was approved is true, in UTC ms: from.. until before. What nobody has approved
 * never is. */
struct ld_validity {
	int64_t from_ms, until_ms;
};

struct ld_lesson {
	uint8_t n;                      /* from 1 */
	const char *title, *key, *question, *opt[3], *more;     /* accented Vietnamese */
	uint8_t answer;                 /* 1..3 */
	bool sendable;                  /* sure or reviewed, and valid today (DESIGN 6) */
	struct ld_validity validity;
	const char *file;
	int line;
};

struct ld_course {
	const char *key;                /* "VNEID" */
	uint8_t menu_key;               /* 2..8, also the number of DK and of completion codes */
	const char *name[LD_LANGS_MAX], *name_short;
	uint8_t pass_mark;
	const char *xung;               /* default form of address, "" none */
	uint8_t hour;                   /* default hour of lessons */
	bool guardian;                  /* nobody enrols before a guardian's consent is kept */
	uint8_t n_lessons;
	const struct ld_lesson *lessons;
};

struct ld_code {
	const char *code;               /* "101" */
	int to;
	const char *arg;                /* "" none */
	const char *label;              /* what the printed card says */
};

/* A reminder that residents switch on (reminders.conf). */
enum ld_reminder_kind { LD_REMIND_TAX = 0, LD_REMIND_FEE, LD_REMIND_MEETING, LD_REMIND_HEALTH };

struct ld_reminder {
	const char *key;
	enum ld_reminder_kind kind;
	const char *message;            /* REMIND_... of messages.conf */
	const char *when;               /* schedule/calendar.h, ld_moment_parse() */
	const char *values;             /* "name=text" a line */
	const char *market, *day;       /* of a fee: whose traders, and how they say when */
	bool sendable;
	struct ld_validity validity;
	int line;
};

/* What follows when a text meets a rule of commands.conf. */
struct ld_command {
	const char *reply;              /* key of a message; "" none */
	int screen;                     /* shown instead on a live channel; -1 none */
	bool learner;                   /* needs consent: without, it is asked first */
};

struct ld_content {
	unsigned n_langs;
	struct ld_language langs[LD_LANGS_MAX];
	unsigned n_screens;
	const struct ld_screen *screens;        /* sorted by id */
	int start;                              /* the root screen */
	unsigned n_courses;
	const struct ld_course *courses;        /* by menu_key */
	const struct ld_course *default_course;
	unsigned n_rules;
	struct ld_rule *rules;                  /* in order of precedence */
	const struct ld_command *commands;      /* one a rule, same order */
	unsigned n_codes;
	const struct ld_code *codes;            /* sorted */
	unsigned n_reminders;
	const struct ld_reminder *reminders;
	unsigned n_holidays;
	const char *const *holidays;            /* ld_holiday_parse() */
	int holidays_line;
	const char *reminders_file;             /* NULL when there is none */
	uint16_t consent_version;
	/* Money in VND: a part the ward sends, a text a resident sends. 0: values.conf does not say. */
	unsigned part_vnd, text_vnd;
	void *impl;                             /* arena; the loader's */
};

/* One finding of the loader or of `laido check`. */
struct ld_finding {
	const char *file;
	int line;
	bool error;                     /* else a warning */
	char message[256];
};
typedef void (*ld_finding_cb)(void *arg, const struct ld_finding *);

struct ld_content_options {
	bool approve_all;               /* demonstration: unreviewed lessons are sent too */
	int64_t now_ms;                 /* for valid_from and valid_until, UTC */
	const char *const *actions;     /* names a screen's `do` may use, NULL-terminated; */
	const char *const *outcomes;    /* same order: outcomes of each, separated by blanks */
};

/* Compile the folder's menu.conf, messages.conf, commands.conf, codes.conf, values.conf and
 * courses/ *.conf. Every problem goes to cb; LD_E_SYNTAX when one was an error (nothing is
 * returned then). The caller frees by ld_content_free(). */
int ld_content_load(const char *dir, const struct ld_content_options *opt, ld_finding_cb cb,
		    void *arg, struct ld_content **ret);
/* The same for files in memory; name stands for the folder in findings. Those that are none of the
 * above are passed over. */
int ld_content_compile(const struct ld_folder *folder, const char *name,
		       const struct ld_content_options *opt, ld_finding_cb cb, void *arg,
		       struct ld_content **ret);
/* Those files of a folder; ld_folder_release() them. What cannot be read goes to cb; returns the
 * number of such files, or LD_E_NOMEM. ret was zero. */
int ld_content_read(const char *dir, ld_finding_cb cb, void *arg, struct ld_folder *ret);
void ld_content_free(struct ld_content *c);
/* Lessons and reminders begin and end with their days, while the tree stays: sets `sendable` of
 * each. Cheap enough for every step; on the thread that reads the tree. */
void ld_content_today(struct ld_content *c, int64_t now_ms);

/* Index of the screen, or -1. */
int ld_content_screen(const struct ld_content *c, const char *id);
const struct ld_course *ld_content_course(const struct ld_content *c, const char *key);
/* Whether some key of a screen leads to it; one that none names waits. */
bool ld_content_offers(const struct ld_content *c, const struct ld_course *course);
const struct ld_course *ld_content_course_by_menu(const struct ld_content *c, unsigned menu_key);
/* By the digits typed, or NULL. */
const struct ld_code *ld_content_code(const struct ld_content *c, const char *digits);
/* The language with this code, or that this folded word names; -1: none. */
int ld_content_lang(const struct ld_content *c, const char *code);
int ld_content_lang_named(const struct ld_content *c, const char *word);
/* The accented template; NULL when there is no such message. lang falls back to Vietnamese. */
const char *ld_content_message(const struct ld_content *c, const char *key, enum ld_lang lang);
/* Is there a link in this text, or what a handset could take for one ("1.Co")? Also of text that
 * cannot be measured. */
bool ld_content_link(const char *text);
/* A ward-wide value such as "ward_phone", or NULL. */
const char *ld_content_value(const struct ld_content *c, const char *name);
/* The longest value a {word} can have, for measuring; NULL when values.conf does not say. */
const char *ld_content_longest(const struct ld_content *c, const char *name);

/* SMS of one learner who goes through a course and answers `wrong` of it wrongly the first time
 * (per cent): the invitation, each lesson's A and B, a review for each wrong answer, the result. */
struct ld_cost {
	double invite, lessons_a, lessons_b, reviews, result;   /* parts sent */
	double texts;                   /* the resident's: consent and answers */
};
void ld_content_cost(const struct ld_content *c, const struct ld_course *course, bool accents,
		     unsigned wrong, struct ld_cost *ret);
/* All parts of it. */
double ld_cost_parts(const struct ld_cost *cost);

/* The name of message i (0.., in order of names), or NULL past the last. */
const char *ld_content_message_name(const struct ld_content *c, unsigned i);

#endif
