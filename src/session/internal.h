/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the dialogue engine: one step has a context `struct ses` that holds a working copy of the
 * person (facts are applied to it at once, so that what is shown is already true), the unpacked
 * state of the dialogue and the outcome being written. Nothing here allocates or fails. */
#ifndef LAIDO_SESSION_INTERNAL_H
#define LAIDO_SESSION_INTERNAL_H

#include "laido/session/session.h"

enum {
	SES_STACK_MAX = 6,
	SES_SCREEN_MAX = 24,            /* octets of a screen's id with its NUL */
	SES_KEPT_MAX = 120,             /* octets of values kept with a result screen */
	SES_VALUES = 24,
	SES_DAILY_LESSONS = 5,
	SES_TRIES = 3,                  /* of a screen that names no number */
	SES_JOBS = 4,                   /* calls for help on one screen */
	SES_CALLS_MAX = 64,             /* open calls that somebody with a duty looks at */
};

#define SES_HOUR_MS INT64_C(3600000)
#define SES_DAY_MS (24 * SES_HOUR_MS)
#define SES_ANSWER_AGE_MS (48 * SES_HOUR_MS)    /* an older prompt is asked again */
#define SES_RESUME_AGE_MS SES_DAY_MS
#define SES_ASK_PAUSE_MS (7 * SES_DAY_MS)       /* consent is not asked unbidden more often */
#define SES_INVITE_AGE_MS (30 * SES_DAY_MS)     /* DONGY counts so long after an invitation */
#define SES_ERASE_AGE_MS SES_DAY_MS
#define SES_ERASE_DAYS 20                       /* promised end of an erasure */

/* ---- the state of a dialogue, kept between steps (state.c) ---- */

/* A result is what an action left behind: it is shown again from kept values and never entered a
 * second time, because its action would act twice. */
struct ses_frame {
	char screen[SES_SCREEN_MAX];
	bool result;
};

/* Questions with 1 and 2 for an answer that are neither of the school nor of a menu. */
enum ses_ask { SES_ASK_NONE = 0, SES_ASK_GUARDIAN, SES_ASK_RECHECK, SES_ASK_HELP, SES_N_ASKS };

/* The numbered question that was asked last owns the digits. */
struct ses_prompt {
	uint8_t kind;                   /* enum ld_prompt_kind */
	bool review;                    /* QUIZ: of a wrong answer, at the end of a course */
	bool unclear;                   /* QUIZ: ANSWER_UNCLEAR was sent for it */
	uint8_t lesson;
	char course[LD_COURSE_MAX];
	char screen[SES_SCREEN_MAX];    /* MENU */
	uint8_t ask;                    /* BRIDGE: enum ses_ask */
	uint16_t ref;                   /* BRIDGE: the ticket it is about */
	int64_t opened_ms;
};

/* What lies over the top of the stack. */
enum ses_overlay { SES_PLAIN = 0, SES_RESUME, SES_ERROR, SES_N_OVERLAYS };

struct ses_state {
	uint8_t depth;
	struct ses_frame stack[SES_STACK_MAX];
	uint8_t overlay, page, tries;
	bool live;                      /* a session with screens is open */
	bool cut;                       /* the last one ended without a good-bye */
	bool asked_again;               /* CONSENT_AGAIN was sent for this question */
	char course[LD_COURSE_MAX];     /* the course the dialogue is about */
	char last_course[LD_COURSE_MAX];
	uint8_t last_lesson;            /* answered last: what "more" is about */
	char review_course[LD_COURSE_MAX];
	uint64_t reviewed;              /* lessons reviewed in this round */
	struct ses_prompt prompt;
	uint32_t unknown_day, optout_ask_day, code_day, answer_none_day, lessons_day;
	uint8_t lessons;                /* answered on lessons_day */
	uint16_t erase_code;            /* 0: none */
	int64_t erase_until_ms;
	int64_t asked_ms;               /* consent was asked */
	int64_t emergency_ms;           /* the hint was sent */
	int64_t last_ms;
	bool closed_told;               /* that the ward rests */
	bool silent;                    /* this session began after a long silence */
	char go_on[SES_SCREEN_MAX];     /* where the answer to a question in between leads */
	uint8_t slot;                   /* 2..: who learns now on this telephone; 0: the first */
	uint8_t lessons_of[LD_SLOTS_MAX];       /* of the others, on lessons_day */
	char adding[LD_CALL_MAX];       /* a new learner who has not consented yet */
	uint32_t move;                  /* the code she named before she agreed; 0: none */
	uint32_t not_allowed_day;
	int64_t pin_until_ms;           /* a right PIN counts until then */
	int64_t pin_locked_ms;          /* three wrong ones: locked until then; 0 */
	uint8_t pin_wrong;
	char pin_to[SES_SCREEN_MAX];    /* where the right PIN leads */
	struct ld_msisdn other;         /* whose number was typed, until it is confirmed */
	char other_course[LD_COURSE_MAX];       /* what she is invited to */
	uint16_t jobs[SES_JOBS];        /* appointment codes behind the keys of a list of calls */
	uint16_t job;                   /* the one chosen */
	uint32_t meet_day;              /* a meeting being called: day as in ses_today(); 0 none */
	uint16_t meet_minute;
	char meet_place[LD_VALUE_MAX];
	uint8_t event;                  /* which of the coming sessions is shown */
	uint8_t kept_len;               /* "name\0value\0..." of the result on top */
	char kept[SES_KEPT_MAX];
};

/* Octets written, at most LD_SESSION_BLOB_MAX; 0 when the state holds nothing. */
size_t ses_pack(const struct ses_state *s, uint8_t ret[LD_SESSION_BLOB_MAX]);
/* Damaged or unknown blobs give an empty state. */
void ses_unpack(struct ses_state *ret, const uint8_t *blob, size_t len);

/* ---- one step ---- */

struct ses_value {
	const char *name, *text;
};

struct ses {
	const struct ld_session_env *env;
	const struct ld_content *c;
	const struct ld_inbound *in;
	struct ld_outcome *out;
	struct ld_person who;           /* working copy */
	struct ses_state s;
	bool live;                      /* this step has a screen */
	bool anonymous;                 /* the network did not say who calls */
	bool optout_done;               /* recorded in this step */
	bool xung_written;              /* the register's "" means "no address", not "never set" */
	struct ld_matched match;
	const char *entering;           /* the screen whose action runs */
	unsigned n_values;
	struct ses_value value[SES_VALUES];
	size_t arena_used;
	char arena[3072];
};

/* Consented and not opted out. */
bool ses_member(const struct ses *x);
/* Day number in local time; from 1. */
uint32_t ses_today(const struct ses *x);

/* ---- when.c: dates as people read them, local time ---- */

void ses_format_time(const struct ses *x, int64_t ms, char *ret, size_t size);  /* 17:00 23/11 */
void ses_format_date(const struct ses *x, int64_t ms, char *ret, size_t size);  /* 23/11/2026 */
void ses_format_day(const struct ses *x, int64_t ms, char *ret, size_t size);   /* 23/11 */
/* The next such day, today included, as ses_today() counts; false: there is none. */
bool ses_day_ahead(const struct ses *x, int day, int month, uint32_t *ret);
/* UTC of a minute of that day. */
int64_t ses_local_time(const struct ses *x, uint32_t day, unsigned minute);
/* 17:00 of the next working day. Saturday and Sunday are none; public holidays are not known. */
int64_t ses_next_working_day(const struct ses *x);
/* 17:00 of the second working day from now. */
int64_t ses_second_working_day(const struct ses *x);

/* ---- learn.c: pure ---- */

struct ses_learning {
	const struct ld_course *course;
	uint64_t answered, right, wrong;        /* wrong: answered, never rightly, still sendable */
	unsigned total;                 /* lessons that count: sendable now, or answered before */
	unsigned done, score;           /* answered; right */
	unsigned pass;                  /* the course's mark, scaled when lessons are held back */
	unsigned next;                  /* lowest unanswered sendable lesson; 0: none */
	bool completed;
};

enum ses_item { SES_ITEM_NONE, SES_ITEM_LESSON, SES_ITEM_REVIEW, SES_ITEM_DONE, SES_ITEM_FAIL };

/* progress may be NULL: nothing done yet. */
void ses_learn_look(const struct ld_course *c, const struct ld_progress *progress,
		    struct ses_learning *ret);
/* What is due; *ret_lesson is set for LESSON and REVIEW. `reviewed` is the round's mask. */
enum ses_item ses_learn_item(const struct ses_learning *l, uint64_t reviewed,
			     unsigned *ret_lesson);
const struct ld_lesson *ses_lesson(const struct ld_course *c, unsigned n);

/* ---- facts.c: what happened, and at once in x->who ---- */

void ses_fact_invited(struct ses *x, const char *course);
void ses_fact_refused(struct ses *x);
void ses_fact_consent(struct ses *x);
void ses_fact_optout(struct ses *x);
void ses_fact_close(struct ses *x, enum ld_close_why why);
void ses_fact_enrol(struct ses *x, const char *course);
void ses_fact_answer(struct ses *x, const char *course, unsigned lesson, unsigned option,
		     bool right);
void ses_fact_complete(struct ses *x, const struct ses_learning *l);
void ses_fact_set(struct ses *x, enum ld_reg reg, const char *value);
/* visit: 0 a call, 1 at home in the morning, 2 in the afternoon. */
void ses_fact_help(struct ses *x, const char *text, unsigned visit, bool withdrawn);
/* Somebody with a duty sees what is of others; not when a page is only shown again. */
void ses_fact_audit(struct ses *x, enum ld_audit_what what, const struct ld_id *about, unsigned tdp,
		    unsigned n);
void ses_fact_feedback(struct ses *x, const char *text);
/* The promised day; one request at a time. */
int64_t ses_fact_request(struct ses *x);
void ses_fact_ticket(struct ses *x, const char *course);
void ses_fact_guardian(struct ses *x, const struct ld_session_learner *pupil, unsigned ticket,
		       bool off);
const char *ses_reg(const struct ses *x, enum ld_reg reg);
/* Runs of four digits and more, also in groups, become stars. */
void ses_mask_digits(const char *in, char *ret, size_t size);
void ses_note(struct ses *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- render.c: values and templates ---- */

/* Copies what fits, cut at a character. */
void ses_copy(char *ret, size_t size, const char *text);

/* name lives as long as the content; text is copied. Later values win. */
void ses_value(struct ses *x, const char *name, const char *text);
void ses_value_number(struct ses *x, const char *name, unsigned v);
void ses_values_clear(struct ses *x);
/* Fill {placeholders} and the form of address; accents stay. */
void ses_expand(struct ses *x, const char *template, char *ret, size_t size);
/* language.c: the one she chose, and a message in it (NULL: there is none). */
enum ld_lang ses_lang(const struct ses *x);
const char *ses_text(const struct ses *x, const char *key);
/* The person's script: without accents unless she chose otherwise. In place. */
enum ld_alphabet ses_script(const struct ses *x, char *text, size_t size);
/* Heading and options of a screen, with accents. */
void ses_screen_text(struct ses *x, const struct ld_screen *sc, char *ret, size_t size);

/* ---- show.c: what leaves ---- */

void ses_send(struct ses *x, enum ld_prio prio, const char *what, const char *accented);
void ses_send_message(struct ses *x, const char *key);
void ses_send_prio(struct ses *x, enum ld_prio prio, const char *key);
/* By message a screen is a text whose digits stay open, when it has any. */
void ses_send_screen(struct ses *x, const struct ld_screen *sc);
/* The screen on top of the stack, or what lies over it, at its page. */
void ses_show(struct ses *x);
/* Its next page, or the screen again that a mistake lies over. */
void ses_show_more(struct ses *x);
/* The last page of the current screen, and so all of it, has been shown. */
bool ses_read_through(struct ses *x);
/* A text with the navigation line; end: closes the session. */
void ses_show_text(struct ses *x, const char *accented, bool end);
bool ses_show_message(struct ses *x, const char *key, bool end);

/* ---- nav.c: moving between screens ---- */

enum { SES_GATED = 0, SES_OPEN = 1 };

const struct ld_screen *ses_screen(const struct ses *x, int index);
/* What the keys belong to now; NULL: no screen is open. */
const struct ld_screen *ses_current(const struct ses *x);
const struct ld_screen *ses_by_action(const struct ses *x, const char *action);
/* Where a cut session goes on; NULL: nowhere. */
const struct ld_screen *ses_resumed(const struct ses *x);
/* One of its keys records consent. */
bool ses_asks_consent(const struct ses *x, const struct ld_screen *sc);
/* Enter a screen: its action, where that leads, and what is shown. Returns the outcome of its
 * own action, "" when it has none. arg NULL: the screen's own. */
const char *ses_goto(struct ses *x, int screen, const char *arg, int gate);
bool ses_goto_id(struct ses *x, const char *id, int gate);
/* The screen with this action, else the command's, else a mistake. */
void ses_go_action(struct ses *x, const char *action, const char *arg,
		   const struct ld_command *cmd);
void ses_home(struct ses *x);
void ses_back(struct ses *x);
void ses_leave(struct ses *x);
void ses_clear_stack(struct ses *x);
/* Fill the values of what is shown now, without acting again. */
void ses_refresh(struct ses *x);
void ses_keep_values(struct ses *x, const struct ld_screen *sc);
void ses_restore_values(struct ses *x);
/* The key or typed text, for a screen on either channel. False: not for this screen. */
bool ses_screen_key(struct ses *x, const struct ld_screen *sc, const char *text);
bool ses_screen_input(struct ses *x, const struct ld_screen *sc, const char *text);
void ses_mistake(struct ses *x);

/* ---- engine.c, live.c ---- */

void ses_init(struct ses *x, const struct ld_session_env *env, const struct ld_person *person,
	      const struct ld_inbound *in, struct ld_outcome *out);

void ses_live_begin(struct ses *x);
void ses_live_text(struct ses *x);
void ses_live_ended(struct ses *x);
/* Consent is asked: the screen, or CONSENT_ASK (key) by message. */
void ses_ask_consent(struct ses *x, const char *key);
void ses_record_optout(struct ses *x);
void ses_forget_question(struct ses *x);
/* The whole dialogue, but for the wrong PINs: they would make room for more. */
void ses_forget_all(struct ses *x);

/* ---- duty*.c: ambassadors and group heads ---- */

bool ses_on_duty(const struct ses *x, enum ld_duty_kind kind);
/* Before what shows other people's data: NULL go on, else the outcome "no", "pin" or "lock". */
const char *ses_guard(struct ses *x, enum ld_duty_kind kind);
/* Copies *f with the subject of somebody else. */
void ses_fact_other(struct ses *x, const struct ld_fact *f);
/* The same for the learner of this step. */
void ses_fact_own(struct ses *x, const struct ld_fact *f);
unsigned ses_count_listed(const char *list);
/* "ok", or why not: "no" (no such duty), "bad" (no mobile number), "dup", "cap". */
const char *ses_may_invite(struct ses *x, const char *number);
/* What ses_may_invite() looked at, whatever it said. */
void ses_invite(struct ses *x);

/* ---- help.c: calls for help ---- */

/* What stands open between her and the helper of her call. */
enum ses_help_question { SES_HELP_NOTHING, SES_HELP_MAY_SEE, SES_HELP_IS_DONE };
enum ses_help_question ses_help_question(const struct ses *x);
/* When a visit of that part of the next working day is over. */
int64_t ses_visit_ends(const struct ses *x, unsigned visit);
void ses_help_message(struct ses *x, const struct ld_command *cmd);     /* GIUP */
void ses_help_answer(struct ses *x, unsigned digit);
void ses_wake_help(struct ses *x, const struct ld_wake *w);
void ses_wake_helper(struct ses *x, const struct ld_wake *w);
void ses_xong_message(struct ses *x, const struct ld_command *cmd);     /* duty_help.c: XONG 472 */

/* ---- meeting.c: what a group head writes, and what comes next ---- */

bool ses_group_undo(struct ses *x);     /* TO BO and a number of hers; false: it is none */
void ses_calendar_message(struct ses *x, const struct ld_command *cmd);         /* LICH */

/* ---- household.c: several learners of one number ---- */

/* ses_unpack(), and whoever steps now is the one who learns. */
void ses_load(struct ses *x, const uint8_t *blob, size_t len);
/* What the number's open question and menus were about is somebody else's now. */
void ses_switch(struct ses *x, unsigned slot);
/* The learner of this step, "" when she is alone on this telephone. */
const char *ses_called(const struct ses *x);
void ses_switch_message(struct ses *x, const struct ld_command *cmd);
void ses_switch_screen(struct ses *x, const struct ld_command *cmd);
/* The new learner has agreed: keep her name. */
void ses_added(struct ses *x);

/* ---- guardian.c: pupils and their guardians ---- */

/* A pupils' course needs a guardian's consent. */
bool ses_may_learn(const struct ses *x, const struct ld_course *c);
/* The ticket a guardian has to name, for {ticket}: the one that is valid, or a new one. */
void ses_ticket(struct ses *x, const struct ld_course *c);
/* Too many wrong ones came from this number today: nothing more is told. */
bool ses_guesses(const struct ses *x, enum ld_guess what);
void ses_guessed(struct ses *x, enum ld_guess what);
/* 1 or 2 to GUARDIAN_ASK. */
void ses_guardian_answer(struct ses *x, unsigned digit);

/* ---- move.c: one person over several telephones ---- */

/* She has agreed: the code she named before counts now. False: she named none, or it does not. */
bool ses_move(struct ses *x);

/* ---- intent*.c: what words mean ---- */

struct ses_intent {
	const char *name;
	void (*message)(struct ses *x, const struct ld_command *cmd);   /* stored messages */
	void (*screen)(struct ses *x, const struct ld_command *cmd);    /* NULL: the command's screen */
	bool urgent;                    /* before navigation, keys and input */
	bool free;                      /* no consent is needed, whatever the command says */
};

/* recheck.c: after a long silence, before something of a result is told. True: she was asked
 * instead whether it is still she; to is the screen, or NULL for a word that has none. */
bool ses_recheck_word(struct ses *x, const struct ses_intent *intent);
bool ses_recheck_screen(struct ses *x, const struct ld_screen *to);
bool ses_silent(const struct ses *x);
void ses_recheck_answer(struct ses *x, unsigned digit);
const struct ses_intent *ses_intent(const char *name);
/* The text is no word that means something by itself. */
bool ses_no_word(const struct ses_intent *intent);
extern const struct ses_intent ses_intents_rights[], ses_intents_answer[], ses_intents_learn[],
	ses_intents_remind[],
	ses_intents_duty[], ses_intents_people[],
	ses_intents_language[], ses_intents_move[];
/* Match the text with what is open; near misses are looked up as the word meant. */
const struct ses_intent *ses_read(struct ses *x, enum ld_prompt_kind open,
				  const struct ld_command **ret_cmd);
enum ld_prompt_kind ses_open_prompt(const struct ses *x);
/* The ward has stopped everything but the rights: it was said, once by message. intent may be
 * NULL. */
bool ses_closed(struct ses *x, const struct ses_intent *intent);
/* A stranger was asked and has not answered. */
bool ses_consent_asked(const struct ses *x);
void ses_consent_yes(struct ses *x);
void ses_consent_no(struct ses *x);
void ses_say(struct ses *x, const struct ld_command *cmd);
/* First time on this local day? Remembers it. */
bool ses_once_a_day(struct ses *x, uint32_t *day);
/* The text for the operators, numbers masked. */
void ses_note_text(struct ses *x, const char *what);
void ses_unclear(struct ses *x, const struct ld_command *cmd);
void ses_wrong_key(struct ses *x, const struct ld_command *cmd);

/* ---- action*.c: what screens do ---- */

/*        name        outcomes besides "ok"       entering again would act again */
#define SES_ACTIONS(X) \
	X(consent_yes,  "guardian",                  true)  \
	X(consent_no,   "back",                      true)  \
	X(learn_next,   "none",                      false) \
	X(lesson,       "none limit done fail rest", false) \
	X(quiz,         "none",                      false) \
	X(answer,       "right wrong",               true)  \
	X(more,         "",                          false) \
	X(after,        "lesson limit done fail",    false) \
	X(lesson_sms,   "",                          true)  \
	X(course_card,  "in out",                    false) \
	X(enrol,        "already guardian",          true)  \
	X(guardian_ticket, "",                       false) \
	X(guardian_here, "",                         true)  \
	X(learners,     "",                          false) \
	X(learner_room, "full away",                 false) \
	X(learner_add,  "bad full away",             true)  \
	X(learner,      "none",                      true)  \
	X(move_code,    "",                          false) \
	X(move,         "bad",                       true)  \
	X(sample,       "",                          false) \
	X(hour,         "",                          true)  \
	X(score,        "none",                      false) \
	X(code,         "none nocourse",             false) \
	X(review,       "none",                      false) \
	X(review_start, "ok none",                   true)  \
	X(rest,         "",                          true)  \
	X(script,       "",                          true)  \
	X(xung,         "",                          true)  \
	X(lang,         "",                          true)  \
	X(tdp,          "bad",                       true)  \
	X(optout,       "",                          true)  \
	X(erase_ask,    "",                          false) \
	X(erase,        "bad",                       true)  \
	X(help,         "waiting",                   true)  \
	X(help_cancel,  "",                          true)  \
	X(help_bridge,  "ward waiting",              false) \
	X(help_allow,   "ward waiting",              true)  \
	X(help_home,    "tdp waiting",               false) \
	X(help_visit,   "waiting",                   true)  \
	X(send_message, "",                          true)  \
	X(mydata,       "",                          false) \
	X(data_request, "",                          true)  \
	X(amb,          "no pin lock",               false) \
	X(amb_new,      "no cap",                    false) \
	X(amb_check,    "no bad dup cap",            true)  \
	X(amb_course,   "no",                        true)  \
	X(amb_invite,   "no dup cap",                true)  \
	X(amb_mine,     "no pin lock",               false) \
	X(amb_waiting,  "no pin lock",               false) \
	X(amb_calls,    "no pin lock none",          false) \
	X(amb_call,     "no pin lock none",          false) \
	X(amb_take,     "no pin lock none shown",    true)  \
	X(amb_leave,    "no pin lock",               true)  \
	X(amb_taken,    "no pin lock none",          false) \
	X(amb_report,   "no pin lock none",          true)  \
	X(pin,          "bad lock",                  true)  \
	X(head,         "no pin lock",               false) \
	X(head_idle,    "no pin lock",               false) \
	X(head_list,    "no pin lock",               false) \
	X(head_figures, "no pin lock",               false) \
	X(head_check,   "no pin lock bad",           true)  \
	X(head_attest,  "no pin lock bad",           true)  \
	X(head_start_ask, "no pin lock week",        false) \
	X(head_send,    "no pin lock gone",          true)  \
	X(meet_day,     "no pin lock bad",           true)  \
	X(meet_hour,    "no pin lock bad",           true)  \
	X(meet_place,   "no pin lock bad",           true)  \
	X(meeting_next, "none",                      false) \
	X(session_next, "none",                      false) \
	X(remind_card,  "",                          false) \
	X(remind_on,    "",                          true)  \
	X(remind_off,   "",                          true)  \
	X(remind_none,  "",                          true)  \
	X(markets,      "",                          false) \
	X(market,       "",                          true)  \
	X(name_huy,     "gone",                      true)  \
	X(recheck,      "",                          false) \
	X(recheck_yes,  "gone",                      true)  \
	X(recheck_no,   "",                          true)  \
	X(resume_go,    "gone",                      true)

struct ses_action {
	const char *name;
	/* The outcome; NULL when everything was said already. */
	const char *(*run)(struct ses *x, const char *arg);
	bool acts;
};
const struct ses_action *ses_action(const char *name);
#define SES_ACTION_(name, outcomes, acts) const char *ses_do_##name(struct ses *x, const char *arg);
SES_ACTIONS(SES_ACTION_)
#undef SES_ACTION_
/* "8", "8 GIO": the hour as the register holds it and as it is said; NULL: no such hour. */
const char *ses_hour(const char *text, const char **ret_words);

/* ---- course.c: the school, for both channels ---- */

const struct ld_course *ses_current_course(const struct ses *x);
/* Looks at the course; NULL course: the current one. False: there is none. */
bool ses_look(const struct ses *x, const struct ld_course *c, struct ses_learning *ret);
enum ses_item ses_due(struct ses *x, struct ses_learning *ret, unsigned *ret_lesson);
bool ses_over_limit(const struct ses *x);
void ses_choose_course(struct ses *x, const struct ld_course *c);
/* Right after consent. False: a guardian has to agree before there is anything to learn. */
bool ses_begin_learning(struct ses *x);
void ses_end_rest(struct ses *x);
bool ses_resting(const struct ses *x);
void ses_open_quiz(struct ses *x, const struct ld_course *c, unsigned lesson, bool review);
void ses_lesson_values(struct ses *x, const struct ld_course *c, unsigned lesson);
void ses_course_values(struct ses *x, const struct ses_learning *l);
void ses_send_lesson(struct ses *x, const struct ld_course *c, unsigned lesson, const char *verdict,
		     bool review);
void ses_send_next(struct ses *x);              /* TIEP by message */
void ses_send_result(struct ses *x, const struct ses_learning *l, const char *verdict);
/* The answer to the open question: facts, course's end; whether it was right. */
bool ses_answer(struct ses *x, unsigned option);
void ses_start_review(struct ses *x, const struct ld_course *c);
void ses_completion_code(const struct ses *x, const struct ld_course *c, char *ret, size_t size);

#endif
