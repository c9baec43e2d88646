/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store: the log, its projections and the local tables, in one database. The only user of sqlite3 and
 * libpq. Not thread-safe: one store belongs to one thread, the work thread.
 *
 * All functions return 0 or a count, or a negative code; LD_E_STORE, LD_E_FULL and LD_E_READONLY
 * come from the database and ld_store_error() has its words. After such an error in a transaction the
 * only legal call is ld_store_rollback(). */
#ifndef LAIDO_STORE_STORE_H
#define LAIDO_STORE_STORE_H

#include "laido/base/err.h"
#include "laido/crypto/crypto.h"
#include "laido/model/event.h"
#include "laido/model/message.h"
#include "laido/model/person.h"
#include "laido/port/clock.h"
#include "laido/port/random.h"
#include "laido/store/log.h"
#include "laido/wire/event.h"

/* Whoever names the second one links libpq. */
struct ld_store_engine;
extern const struct ld_store_engine ld_store_sqlite, ld_store_postgres;

struct ld_store_cfg {
	const struct ld_store_engine *engine;   /* NULL: SQLite */
	const char *path;               /* of the database file; its folder must exist. PostgreSQL: where
	                                 * it is, as libpq reads it ("host=/run/postgresql dbname=x") */
	const struct ld_clock *clock;
	struct ld_random *random;
	const struct ld_keypair *author;/* whose streams this store writes; borrowed */
	uint8_t ward_pk[32];            /* whose membership events count; zero: none known yet */
	uint8_t root_pk[32];            /* whose warrants count; zero: none known yet */
	int64_t ward_number;            /* of the warrant for ward_pk; 0: none */
	bool no_history;                /* a ward's: nobody asks ld_store_answers() there */
	unsigned cache_kib;             /* SQLite page cache; 0: 2048 */
};

/* Open or create, migrate to this version's schema, take the lock. LD_E_LOCKED when another
 * process has it; err says what to do. */
int ld_store_open(struct ld_store **ret, const struct ld_store_cfg *cfg, struct ld_errmsg *err);
void ld_store_close(struct ld_store *st);
const char *ld_store_error(const struct ld_store *st);

int ld_store_begin(struct ld_store *st);
int ld_store_commit(struct ld_store *st);
int ld_store_rollback(struct ld_store *st);
/* A point inside an open transaction: work after it can be undone (back) or kept (unmark) while
 * the work before it stays. One at a time. Where back fails, all is lost: roll back. */
int ld_store_mark(struct ld_store *st);
int ld_store_unmark(struct ld_store *st);
int ld_store_back(struct ld_store *st);
/* A passive checkpoint, when at least min_pages stand in the WAL: 1 when idle, more when busy. */
int ld_store_checkpoint(struct ld_store *st, int min_pages);

/* ---- copies (no store is open for these) ---- */

/* Everything of one database to another one that is empty, from SQLite to PostgreSQL; then both are
 * compared. All or nothing. How many rows were compared. LD_E_DENIED: there is something already. */
int ld_store_migrate(const struct ld_store_cfg *from, const struct ld_store_cfg *to,
		     uint64_t *ret_rows, struct ld_errmsg *err);

/* Copy the database `from`, which may be in use, to the file `to` as of one moment; checked and
 * durable. -errno, LD_E_FULL, LD_E_STORE, LD_E_CORRUPT with words. */
int ld_store_backup(const char *from, const char *to, struct ld_errmsg *err);
/* Is that file a whole database of ours? LD_E_CORRUPT with words. */
int ld_store_backup_check(const char *path, struct ld_errmsg *err);
/* The first thing after a restore, in a transaction: what waited or was on its way in the backup
 * may have gone out since and does not go again; lessons and reminders go on from now. hold: and
 * nothing unasked goes out before ld_store_met(), since an opt-out may be missing. From then on
 * ld_store_xapi_restored() is 1. */
int ld_store_after_restore(struct ld_store *st, bool hold, int64_t now_ms);
/* 1: restored, and nobody was met since. */
int ld_store_restored(struct ld_store *st);
/* This store is even with somebody else's: it has every opt-out that is known there. */
int ld_store_met(struct ld_store *st);

/* ---- people ---- */

/* All that is known of the slot's current learner of this number. */
int ld_store_person(struct ld_store *st, const struct ld_ward_keys *keys, const struct ld_msisdn *m,
		    uint8_t slot, struct ld_person *ret);

/* The slot's current learner of a number known by P alone: msisdn stays empty, and without a
 * learner nothing but P and slot is filled in. */
int ld_store_learner(struct ld_store *st, const struct ld_id *p, uint8_t slot,
		     struct ld_person *ret);
/* The learner who was given this code (six digits) to prove another number hers; whether it still
 * holds stands in register MOVE. LD_E_UNKNOWN: none, or more than one. */
int ld_store_move(struct ld_store *st, const char *code, struct ld_person *ret);
/* Closes the learners of this board who were erased under another number of theirs, where that was
 * not known yet. Returns how many. */
int ld_store_same_close(struct ld_store *st, const struct ld_board_id *home);

/* ---- erasure to its end ---- */

/* Says of each erased learner that this board holds nothing of her any more, when that is so: no
 * message to her is under way, and what the outbox kept of her and her dialogue are forgotten here.
 * Returns how many. */
int ld_store_erased_tell(struct ld_store *st);

/* Who is still to be told that she is erased; this board's own rows. */
struct ld_farewell {
	struct ld_id s, p;
	int64_t due_ms;                 /* promised by then */
	enum ld_alphabet alphabet;
	uint8_t number[64];             /* E.164 digits, sealed to this board */
	size_t number_len;
	bool others;                    /* somebody learns on this number: text would not be true */
	char text[LD_TEXT_MAX], shared[LD_TEXT_MAX];
};
int ld_store_farewell_add(struct ld_store *st, const struct ld_farewell *f);
/* One whom every board that belongs to the ward has erased; LD_E_UNKNOWN. */
int ld_store_farewell_ready(struct ld_store *st, struct ld_farewell *ret);
int ld_store_farewell_drop(struct ld_store *st, const struct ld_id *s);
/* How many wait longer than promised, and the name of a board they wait for. Rows go ten days
 * after their promise, told or not. */
int ld_store_farewell_late(struct ld_store *st, int64_t now_ms, char ret_board[32]);

/* 1 while an opt-out of this number holds, 0, or negative. */
int ld_store_opted_out(struct ld_store *st, const struct ld_id *p);

/* One answer, as repetition looks at it. */
struct ld_answer {
	uint8_t lesson;
	bool right;
	int64_t at_ms;
};
enum {
	LD_ANSWER_LESSONS = 63,         /* of a course, at most */
	LD_ANSWERS_EACH = 4,            /* of a lesson: so many wrong ones in a row are told apart */
};
/* The learner's answers in a course, under all her numbers, in order of time: of each lesson and number
 * the newest right one and the wrong ones after it, the newest LD_ANSWERS_EACH; of all the newest `max`.
 * Returns how many. */
int ld_store_answers(struct ld_store *st, const struct ld_id *s, const char *course,
		     struct ld_answer *ret, unsigned max);

/* Whose completion this code is: the learner who completed that course (number: its digit in the
 * code). *ret_s and *ret_ms, when. LD_E_UNKNOWN: nobody's. Looks at every completion of the course. */
int ld_store_verify(struct ld_store *st, const struct ld_ward_keys *keys, const char *course,
		    uint8_t number, const char *code, struct ld_id *ret_s, int64_t *ret_ms);

/* The ward says of completions that it knows them and that the answers it holds bear them out.
 * Returns how many, at most 64 at once; 0 where this is not the ward. */
int ld_store_countersign(struct ld_store *st);
/* When the ward first said so, UTC; 0: it has not, or that is not known here. */
int ld_store_countersigned(struct ld_store *st, const struct ld_id *s, const char *course,
			   int64_t *ret_ms);

/* 1 when that was noted of a learner (enum ld_attest_what), 0, negative. */
int ld_store_attested(struct ld_store *st, const struct ld_id *s, unsigned what);

/* Counts for the report, by to dan pho; tdp 0: not told. */
struct ld_report_row {
	unsigned tdp;
	uint64_t invited, consented, enrolled, active, completed;
	uint64_t confirmed;             /* nationally, as somebody has seen; never completed */
	uint64_t attested;              /* learned in a class, as somebody has noted; never completed */
	uint64_t merged;                /* people who learn under more than one number; counted once */
	uint64_t core;                  /* completed every course of the core set */
};
/* core: keys of courses between blanks, " VNEID DVC "; n_core of them, 0: there is no core set. */
int ld_store_report(struct ld_store *st, const char *core, unsigned n_core, int (*cb)(void *arg, const struct ld_report_row *),
		    void *arg);

/* Breakdowns of a report: rows of a label and counts. */
enum ld_figure {
	LD_FIG_MONTH,           /* "2026-11", newest first: consents, enrolments, completions, people
				 * who completed their first course */
	LD_FIG_COURSE,          /* enrolled, active, completed */
	LD_FIG_LESSON,          /* "VNEID 03": answered, not right yet, gone no further, ever wrong */
	LD_FIG_MARKET,          /* traders who named it, enrolled, active, completed */
	LD_FIG_SCHOOL,          /* pupils of it, enrolled, active, completed */
	LD_FIG_AMBASSADOR,      /* by name: invited, consented, active, completed */
	LD_FIG_SPENT,           /* "2026-11", newest first: parts sent, boards, completions */
	LD_N_FIGURES
};
enum { LD_FIG_COUNTS = 4 };             /* 0 where a breakdown has fewer */
struct ld_figure_row {
	const char *label;      /* borrowed */
	uint64_t n[LD_FIG_COUNTS];
};
/* Until cb returns other than 0. */
int ld_store_figure(struct ld_store *st, enum ld_figure which, int utc_offset_min,
		    int (*cb)(void *arg, const struct ld_figure_row *), void *arg);

/* What 100 % means, as the ward entered it (enum ld_goal_kind). */
struct ld_goal {
	unsigned what;
	const char *name;       /* borrowed */
	unsigned people;
};
/* Until cb returns other than 0. */
int ld_store_goals(struct ld_store *st, int (*cb)(void *arg, const struct ld_goal *), void *arg);
/* Of one; *ret 0: not known. */
int ld_store_goal(struct ld_store *st, unsigned what, const char *name, unsigned *ret);

/* ---- people with duties, and whom they ask about ---- */

/* Every duty that was ever given, also those taken back. */
struct ld_role_row {
	struct ld_id p;
	uint8_t kind;                   /* enum ld_duty_kind */
	struct ld_duty duty;
	uint8_t number[64];             /* sealed to the ward, as in ROLE */
};
int ld_store_roles(struct ld_store *st, int (*cb)(void *arg, const struct ld_role_row *), void *arg);

/* What somebody invited: all, those since a time, who agreed, who has not answered. */
struct ld_invitation_counts {
	unsigned all, since, agreed, waiting;
};
int ld_store_invitations(struct ld_store *st, const struct ld_id *by, int64_t since_ms,
			 struct ld_invitation_counts *ret);
/* Those without an answer whose invitation went out from this board, newest first: numbers. */
int ld_store_invited_waiting(struct ld_store *st, const struct ld_id *by, unsigned max,
			     int (*cb)(void *arg, const char *dest, unsigned tdp), void *arg);

/* Learners of a to dan pho that have not opted out, the first consent first. */
struct ld_group_row {
	bool enrolled, active, completed, confirmed;
	struct ld_id p;
	uint8_t slot;
	struct ld_board_id home;        /* zero: the number is not known */
	const uint8_t *for_home;        /* number sealed to it; borrowed */
	size_t for_home_len;
};
int ld_store_group(struct ld_store *st, unsigned tdp,
		   int (*cb)(void *arg, const struct ld_group_row *), void *arg);

/* ---- pupils and their guardians ---- */

/* A learner, named by what somebody else knows of her. */
struct ld_ward_of {
	struct ld_id s, p;
	uint8_t slot;
	char course[LD_COURSE_MAX];     /* she wants to learn; "" not told */
};
/* The learner whose ticket this is; LD_E_UNKNOWN when none or more than one is valid. */
int ld_store_ticket(struct ld_store *st, unsigned code, int64_t now_ms, struct ld_ward_of *ret);
/* The learner for whom this number agreed by that ticket, however old; LD_E_UNKNOWN. */
int ld_store_guarded(struct ld_store *st, const struct ld_id *guardian, unsigned code,
		     struct ld_ward_of *ret);
/* A learner's number, sealed to its home board: octets copied, LD_E_UNKNOWN when not known. */
int ld_store_number(struct ld_store *st, const struct ld_id *s, struct ld_board_id *ret_home,
		    uint8_t ret_for_home[64]);

/* ---- what the ward orders ---- */

/* Has the ward stopped everything unasked? 1, 0, negative. */
int ld_store_paused(struct ld_store *st);

/* ---- homes: who may send what nobody asked for (ADR 0013) ---- */

#define LD_HEARTBEAT_MS (6 * INT64_C(3600000))          /* the ward's, while it runs */
#define LD_TERM_MS (14 * 24 * INT64_C(3600000))         /* a home may send so long after one */
#define LD_HOME_WAIT_MS (15 * 24 * INT64_C(3600000))    /* a new home waits so long at most: BEGAN */

/* The ward says that it is there, when its last word is older than LD_HEARTBEAT_MS. 1: said; 0: not
 * yet, or not the ward, nobody to tell, a clock that is not trusted, or a copy that was restored
 * and has met nobody. */
int ld_store_heartbeat(struct ld_store *st);

struct ld_term {
	bool runs;                      /* this board may send unasked */
	bool gap;                       /* what the ward wrote before its newest heartbeat is not all here */
	int64_t heard_ms;               /* issue of the newest heartbeat; 0: none is here */
	int64_t until_ms;               /* the term ends, or has ended */
};
/* The ward's own board is its own word. */
int ld_store_term(struct ld_store *st, int64_t now_ms, struct ld_term *ret);

/* Lets go, by RELEASE, of learners whom the ward has moved away from here. Returns how many, at most
 * max. Nothing may be picked for them any more by then. */
int ld_store_release(struct ld_store *st, unsigned max);

/* Has the number no learner, or one who is at home here? 1 yes: *ret_began_ms since when this board
 * may send to her; 0: another board is home of all of them. */
int ld_store_home_of(struct ld_store *st, const struct ld_id *p, int64_t *ret_began_ms);

/* Changes when somebody's home may have. */
uint64_t ld_store_homes(const struct ld_store *st);

/* A learner whom the ward may move, sealed to it. */
struct ld_homed {
	struct ld_id s;
	struct ld_board_id home;
	uint8_t number[64];
	uint8_t number_len;
	bool named;
	uint8_t name[LD_CALL_MAX + LD_SEAL_EXTRA];
	unsigned n_olds;                /* boards that may still send to her, but for home */
	struct ld_board_id olds[LD_OLDS_MAX];
};
/* The next one after this S: of that number (p), or whose home that board is. LD_E_UNKNOWN. */
int ld_store_homed(struct ld_store *st, const struct ld_id *p, const struct ld_board_id *home,
		   const struct ld_id *after, int64_t now_ms, struct ld_homed *ret);

/* When a board wrote the newest event that is here, by a trusted clock; 0: none. */
int ld_store_last_word(struct ld_store *st, const struct ld_board_id *id, int64_t *ret_ms);

struct ld_home_count {
	struct ld_board_id board;
	unsigned learners, waiting;     /* who get nothing unasked before the board may begin */
	int64_t until_ms;               /* it begins at the latest with all of them; 0 */
};
int ld_store_home_counts(struct ld_store *st, int64_t now_ms,
			 int (*cb)(void *arg, const struct ld_home_count *), void *arg);

/* A campaign, or a draft (hlc 0). */
struct ld_campaign {
	int64_t id;
	ld_hlc hlc;                     /* of its approval */
	int64_t made_ms;                /* of a draft */
	ld_hlc paced;                   /* of the ward's last word on held and rate; 0: none */
	bool ended, held;
	unsigned rate;                  /* messages an hour; 0: no limit */
	char message[24];
	char people[LD_PEOPLE_MAX];
	char when[LD_WHEN_MAX];
	char values[LD_VALUES_MAX];
};
/* All of them, drafts first; stops at cb's value that is not 0. */
int ld_store_campaigns(struct ld_store *st, int (*cb)(void *arg, const struct ld_campaign *),
		       void *arg);
int ld_store_draft_add(struct ld_store *st, const struct ld_campaign *c);
int ld_store_draft_drop(struct ld_store *st, int64_t id);

/* How far the campaign or reminder of that name is here. LD_E_UNKNOWN: never looked at. */
int ld_store_occasion_get(struct ld_store *st, const char *name, int64_t *ret_after,
			  struct ld_id *ret_cursor);
int ld_store_occasion_set(struct ld_store *st, const char *name, int64_t after,
			  const struct ld_id *cursor);
/* Somebody who may be meant. */
struct ld_recipient {
	struct ld_id s, p;
	uint8_t slot;
	struct ld_board_id home;
	int64_t activity_ms;
	int64_t began_ms;               /* the home may send to her since then; 0: always */
	uint8_t for_home[64];
	uint8_t for_home_len;
};
/* The next learner after this S whose home that board is (NULL: any); LD_E_UNKNOWN: the last one
 * was given. */
int ld_store_recipient(struct ld_store *st, const struct ld_id *after,
		       const struct ld_board_id *home, struct ld_recipient *ret);
/* Notes that she is reminded of that occurrence on that local day. 1: noted, 0: it was before, or
 * she is reminded of something else on that day; urgent ones come beside that. */
int ld_store_remind(struct ld_store *st, const struct ld_id *s, const char *name, int64_t base,
		    int64_t day, bool urgent);
/* Has she been reminded of it? 1, 0. */
int ld_store_reminded(struct ld_store *st, const struct ld_id *s, const char *name, int64_t base);
/* Queued messages of that kind are cancelled; how many. */
/* How many of that kind have left, or may have. */
int ld_store_out_gone_what(struct ld_store *st, const char *what);
int ld_store_out_cancel_what(struct ld_store *st, const char *what, int64_t now_ms);

/* ---- the content that the ward published ---- */

struct ld_edition {
	int64_t number;                 /* from 1 */
	ld_hlc hlc;                     /* of its publication */
	int64_t at_ms;                  /* 0: at once */
	uint8_t hash[32];
	char who[LD_NAME_MAX];
	unsigned n;                     /* pieces */
	const uint8_t *parts;           /* their names, LD_CHUNK_ID each; borrowed */
};
/* All of them up to that number (0: any), the newest first; stops at cb's value that is not 0. */
int ld_store_editions(struct ld_store *st, int64_t upto,
		      int (*cb)(void *arg, const struct ld_edition *), void *arg);
/* Whether a piece is here. 1, 0. */
int ld_store_chunk(struct ld_store *st, const uint8_t id[LD_CHUNK_ID]);
/* The pieces, as many as are here (ret->n); ld_pack_release() them. LD_E_FORGED: all are here, and
 * are not what the edition says. */
struct ld_pack;
int ld_store_edition_pack(struct ld_store *st, const struct ld_edition *e, struct ld_pack *ret);
/* Is it time? A clock that is not trusted counts as far as the ward's own events do. 1, 0. */
int ld_store_edition_due(struct ld_store *st, const struct ld_edition *e, int64_t now_ms,
			 bool trusted);

/* ---- what people ask of the ward ---- */

/* STRANGER: a call for help of somebody who has not agreed; s is her P, known here alone. */
enum ld_ledger_what { LD_LEDGER_DATA = 1, LD_LEDGER_HELP, LD_LEDGER_FEEDBACK, LD_LEDGER_STRANGER };

struct ld_ledger_row {
	enum ld_ledger_what what;
	struct ld_id s;
	int64_t asked_ms;
	int64_t due_ms;                 /* 0: none */
	const char *text;               /* borrowed */
	uint16_t pin;                   /* HELP */
	struct ld_board_id home;        /* zero: the number is not known */
	const uint8_t *for_home;        /* borrowed */
	size_t for_home_len;
};
/* Open requests for data, then open calls for help, then feedback since a time; the due first. */
int ld_store_ledger(struct ld_store *st, int64_t since_ms,
		    int (*cb)(void *arg, const struct ld_ledger_row *), void *arg);

/* A call for help of somebody who has not agreed: a row of this board, for seven days. */
struct ld_stranger_call {
	struct ld_id p;
	int64_t asked_ms, due_ms;       /* UTC */
	uint16_t pin;                   /* 0: withdrawn */
	const uint8_t *number;          /* E.164 digits, sealed to this board */
	size_t number_len;
};
int ld_store_stranger_call(struct ld_store *st, const struct ld_stranger_call *c);
/* Withdrawn, or answered. */
int ld_store_stranger_drop(struct ld_store *st, const struct ld_id *p);

/* ---- calls for help and who helps ---- */

/* An open call, with the newest word of HELPER. Pointers are borrowed. */
struct ld_call {
	struct ld_id s, p;              /* p zero: she has not consented */
	uint16_t pin;
	uint8_t visit;
	uint8_t tdp;                    /* she lives in; 0 not told */
	int64_t asked_ms, due_ms;
	uint8_t step;                   /* enum ld_helper_step; 0: nobody yet */
	struct ld_id helper;
	char helper_name[LD_NAME_MAX];  /* "" when that duty is taken back */
	int64_t until_ms;
	ld_hlc hlc;                     /* of that word */
	struct ld_board_id board;
	uint8_t number[64];             /* sealed to board, as in HELPER */
	struct ld_board_id home;        /* of her number; zero: not known */
	uint8_t for_home[64];
	uint8_t for_home_len;
};
/* The open calls, due first. */
int ld_store_calls(struct ld_store *st, unsigned max, int (*cb)(void *arg, const struct ld_call *),
		   void *arg);
/* Calls of which this board has to pass on the newest word, the oldest first: to the helper, or as
 * a question to the learner. Returns how many. */
int ld_store_calls_todo(struct ld_store *st, const struct ld_board_id *self, int64_t now_ms,
			struct ld_call *ret, unsigned max);
/* That word was passed on (or cannot be). */
int ld_store_call_told(struct ld_store *st, const struct ld_call *c, int64_t now_ms);
/* May this appointment code be given to her: no open call has it, and she never had it. 1, 0. */
int ld_store_call_pin_free(struct ld_store *st, const struct ld_id *s, unsigned pin);
/* Somebody who may help in a to dan pho, those of the place first, then whoever has least to do. */
struct ld_helper {
	struct ld_id p;
	char name[LD_NAME_MAX];
	uint8_t number[64];             /* sealed to the ward, as in ROLE */
};
/* Returns how many; not_p is left out. */
int ld_store_helpers(struct ld_store *st, unsigned tdp, const struct ld_id *not_p, int64_t now_ms,
		     struct ld_helper *ret, unsigned max);
/* How fast calls asked since a time were answered. */
struct ld_help_times {
	unsigned asked, answered, withdrawn;
	unsigned late;                  /* answered after the promised time, or overdue at now_ms */
	unsigned overdue;               /* open and overdue */
	int64_t median_ms;              /* of the answered ones; 0: none */
};
int ld_store_help_times(struct ld_store *st, int64_t since_ms, int64_t now_ms,
			struct ld_help_times *ret);

/* ---- who has seen what ---- */

struct ld_audit_row {
	int64_t at_ms;
	struct ld_id p, s;              /* who; about whom, zero: nobody in particular */
	uint8_t what;                   /* enum ld_audit_what */
	uint8_t tdp;
	unsigned n;
	const char *name;               /* of who, "" not known any more; borrowed */
};
/* Newest first. */
int ld_store_audit(struct ld_store *st, int64_t since_ms, unsigned max,
		   int (*cb)(void *arg, const struct ld_audit_row *), void *arg);

/* ---- what group heads write to their groups ---- */

struct ld_notice {
	struct ld_id p;                 /* the head */
	int64_t id, made_ms;
	uint8_t tdp;
	bool ended;                     /* by her, or her duty has ended */
	char message[24];
	int64_t at_ms;                  /* of the meeting, UTC; 0 */
	char place[LD_VALUE_MAX];
};
/* Those made since a time, the oldest first. */
int ld_store_notices(struct ld_store *st, int64_t since_ms,
		     int (*cb)(void *arg, const struct ld_notice *), void *arg);

/* ---- several learners of one number ---- */

struct ld_household_row {
	uint8_t slot;                   /* from 1 */
	struct ld_board_id home;        /* zero: the number is not known */
	struct ld_board_id name_home;   /* zero: no name */
	uint8_t name[LD_CALL_MAX + LD_SEAL_EXTRA];      /* sealed to name_home */
};
/* Every learner of the number, by slot; aliases of one learner follow each other. */
int ld_store_household(struct ld_store *st, const struct ld_id *p,
		       int (*cb)(void *arg, const struct ld_household_row *), void *arg);

/* ---- local: sessions, inbound dedupe, settings ---- */

/* Wrong codes of a kind that this number named on that day (any count of local days that ends within a
 * day of UTC's, from 1), and one more of them. They outlive the dialogue and go with the day. */
int ld_store_guesses(struct ld_store *st, const struct ld_id *p, enum ld_guess what, uint32_t day);
int ld_store_guess(struct ld_store *st, const struct ld_id *p, enum ld_guess what, uint32_t day);
/* Octets copied (0: none), at most size. */
int ld_store_session_get(struct ld_store *st, const struct ld_id *p, uint8_t *ret, size_t size);
/* When she last did something in a dialogue that is remembered; 0: none is. */
int ld_store_session_changed(struct ld_store *st, const struct ld_id *p, int64_t *ret_ms);
int ld_store_session_put(struct ld_store *st, const struct ld_id *p, const uint8_t *blob,
			 size_t len, int64_t now_ms);

/* 1 when this key was seen in the last 7 days on that channel, else 0 and it is noted. */
int ld_store_seen(struct ld_store *st, const char *channel, const char *key, int64_t now_ms);

/* Small named values of this board. Octets copied, or LD_E_UNKNOWN. */
int ld_store_setting_get(struct ld_store *st, const char *name, void *ret, size_t size);
int ld_store_setting_put(struct ld_store *st, const char *name, const void *value, size_t len);

/* ---- local: what is due ---- */

/* A learner this board is home of, with what was sent to her unasked. */
struct ld_due {
	struct ld_id s;
	int64_t at_ms;                  /* look at her then */
	int64_t active_ms;              /* last step that changed what is due; 0 none */
	int64_t sent_ms;                /* last unasked message; 0 none */
	int64_t first_ms;               /* first of those she has not answered since; 0 none */
	char course[LD_COURSE_MAX];     /* last unasked lesson or repetition; "" none */
	uint8_t lesson;
	uint8_t idle;                   /* reminders since the last lesson */
	/* from other tables: */
	bool open;                      /* still a learner whose number is known */
	struct ld_id p;
	uint8_t slot;
	int64_t activity_ms;            /* last step of her dialogue here; 0 none */
	int64_t began_ms;               /* the home may send to her since then, or from then on; 0: always */
	struct ld_board_id home;
	uint8_t for_home[64];
	uint8_t for_home_len;
};
/* The earliest that is due by now_ms; LD_E_UNKNOWN. */
int ld_store_due_next(struct ld_store *st, int64_t now_ms, struct ld_due *ret);
/* Remember what was decided: everything above "from other tables". */
int ld_store_due_set(struct ld_store *st, const struct ld_due *d);
int ld_store_due_drop(struct ld_store *st, const struct ld_id *s);
/* A new learner of this board. One that is there stays as she is. */
int ld_store_due_add(struct ld_store *st, const struct ld_id *s, int64_t at_ms, int64_t now_ms);
/* Look at her at at_ms if that is earlier, and note a later active_ms. Writes nothing when nothing
 * changes, or when this board is not her home. */
int ld_store_due_touch(struct ld_store *st, const struct ld_id *s, int64_t at_ms,
		       int64_t active_ms);
/* Rows for the learners whose home this is and who have none: after a restore, a rebuild, a move.
 * What was sent to them today is not known, so today counts as used. Looks at the next n learners
 * after *cursor (zeros: from the first) and moves it. Returns 1 when more may follow, else 0. */
int ld_store_due_adopt(struct ld_store *st, const struct ld_board_id *home, int64_t now_ms,
		       unsigned n, struct ld_id *cursor);

/* ---- local: outbox ---- */

enum ld_out_state {
	LD_OUT_QUEUED = 0,
	LD_OUT_INTENT = 1,      /* handed to a channel; the result is not known yet */
	LD_OUT_SENT = 2,
	LD_OUT_DELIVERED = 3,
	LD_OUT_FAILED = 4,
	LD_OUT_UNKNOWN = 5,     /* may have gone out: never resent by itself */
	LD_OUT_CANCELLED = 6,
	LD_OUT_HELD = 7,        /* its campaign is on hold */
	LD_N_OUT_STATES
};

/* The rule that chose its channel. */
enum ld_out_chosen {
	LD_CHOSEN_UNKNOWN = 0,
	LD_CHOSEN_HANDSET = 1,  /* the number is a simulated one */
	LD_CHOSEN_HEARD = 2,    /* she wrote to it, and this answers */
	LD_CHOSEN_KNOWN = 3,    /* she knows its number */
	LD_CHOSEN_HEIR = 4,     /* the one she knows is gone for long */
	LD_CHOSEN_CHEAPEST = 5,
	LD_CHOSEN_FREE = 6,     /* whichever is free draws it */
	LD_CHOSEN_STANDIN = 7,  /* hers cannot send now, and this does not wait */
	LD_N_CHOSEN
};

struct ld_out_row {
	int64_t id;
	struct ld_id p;
	enum ld_out_state state;
	enum ld_prio prio;
	enum ld_alphabet alphabet;
	char channel[32];               /* that has, had or will have it; "": any may draw it */
	char to[LD_ADDR_MAX];
	char what[24];
	char why[96];
	uint8_t parts;
	uint8_t tries;
	uint8_t gone;                   /* parts that went out for certain */
	uint8_t chosen;                 /* enum ld_out_chosen */
	int64_t created_ms, due_ms, changed_ms;
	int64_t expires_ms;             /* later it goes no more; 0: never */
	char text[LD_TEXT_MAX];
};

/* Insert; row->id is ignored. Returns 0 and the id. */
int ld_store_out_add(struct ld_store *st, const struct ld_out_row *row, int64_t *ret_id);
int ld_store_out_get(struct ld_store *st, int64_t id, struct ld_out_row *ret);
/* The first queued row of this urgency for exactly this channel ("": for any) that is due by
 * now_ms; LD_E_UNKNOWN. The cost does not depend on what else waits. */
int ld_store_out_first(struct ld_store *st, const char *channel, enum ld_prio prio, int64_t now_ms,
		       struct ld_out_row *ret);
/* A queued row waits until then, for that channel and why that one (NULL: the same). */
int ld_store_out_defer(struct ld_store *st, int64_t id, const char *channel,
		       enum ld_out_chosen chosen, int64_t due_ms);
int ld_store_out_gone(struct ld_store *st, int64_t id, unsigned gone);
/* Parts of a channel on a local day (days since 1970). */
int ld_store_quota_get(struct ld_store *st, const char *channel, int64_t day, unsigned *ret_parts);
/* Less than zero gives parts back that did not go out. */
int ld_store_quota_add(struct ld_store *st, const char *channel, int64_t day, int parts);
int ld_store_out_set(struct ld_store *st, int64_t id, enum ld_out_state state, const char *channel,
		     const char *why, int64_t due_ms, int64_t now_ms);
/* It has gone out, unless its last word is known already. */
int ld_store_out_sent(struct ld_store *st, int64_t id, const char *why, int64_t now_ms);
/* Parts of the messages that have gone out since then, or may have, but by that channel. */
int ld_store_out_spent(struct ld_store *st, int64_t since_ms, const char *but_channel,
		       int64_t *ret_parts);
/* Append what was sent on each local day before `today` (days since 1970) that was not told yet,
 * but for one channel: the simulated handset's is no real one. Returns how many days. */
int ld_store_tell_spent(struct ld_store *st, int64_t today, const char *but_channel);
/* Every intent, oldest first. */
int ld_store_out_intents(struct ld_store *st, int (*cb)(void *arg, const struct ld_out_row *),
			 void *arg);
struct ld_out_filter {
	int state, prio;                /* -1: any */
	const char *channel, *what;     /* NULL: any */
	const struct ld_id *p;          /* NULL: any */
	unsigned limit;
};
/* Newest first. */
int ld_store_out_list(struct ld_store *st, const struct ld_out_filter *f,
		      int (*cb)(void *arg, const struct ld_out_row *), void *arg);
/* Queued messages of that kind are put on hold, or held ones queued again. How many. */
int ld_store_out_hold(struct ld_store *st, const char *what, bool held, int64_t now_ms);
/* Queued messages whose time has passed are cancelled. How many. */
int ld_store_out_expire(struct ld_store *st, int64_t now_ms);
/* Queued messages up to that urgency change channels; those that went out in part stay. */
int ld_store_out_move(struct ld_store *st, const char *from, const char *to, enum ld_prio last);
int ld_store_out_move_person(struct ld_store *st, const struct ld_id *p, const char *from,
			     const char *to);
/* Some message that waits for this channel and may move; LD_E_UNKNOWN. */
int ld_store_out_movable(struct ld_store *st, const char *channel, struct ld_out_row *ret);
/* What waits, by channel and urgency. */
struct ld_out_queue {
	char channel[32];
	enum ld_prio prio;
	uint64_t n;
	int64_t due_ms;                 /* of the first */
};
int ld_store_out_queues(struct ld_store *st, int (*cb)(void *arg, const struct ld_out_queue *),
			void *arg);
/* How many are due that its channel takes before this one; counted up to 1,000. */
int ld_store_out_ahead(struct ld_store *st, const struct ld_out_row *r, int64_t now_ms);

/* What a number has to do with this board's channels. */
struct ld_route {
	char channel[32];               /* whose number she knows */
	int64_t day;                    /* local; what went out unasked on it: */
	unsigned messages, parts;
	char operator[24];              /* whose number it is, learned from her texts; "": not yet */
};
/* LD_E_UNKNOWN: she knows none. */
int ld_store_route_get(struct ld_store *st, const struct ld_id *p, struct ld_route *ret);
int ld_store_route_set(struct ld_store *st, const struct ld_id *p, const struct ld_route *r);
/* The message names the number of learner s to somebody else: r->what, 14 octets at most, says whose.
 * It does not go after her opt-out, and says nothing any more after her erasure. */
void ld_store_out_about(struct ld_out_row *r, const struct ld_id *s);
/* Queued messages to P are cancelled (opt-out). Returns how many. */
int ld_store_out_cancel(struct ld_store *st, const struct ld_id *p, int64_t now_ms);
/* So are lessons and what asks her to go on: she rests from now on. */
int ld_store_out_rest(struct ld_store *st, const struct ld_id *p, int64_t now_ms);
/* Forget what is no longer needed: duplicates' keys after 7 days, sessions of strangers after 7
 * days, finished messages after 90 days, of people without consent after 7. */
int ld_store_purge(struct ld_store *st, int64_t now_ms);
/* Rows by state, for status. */
int ld_store_out_counts(struct ld_store *st, uint64_t ret_counts[LD_N_OUT_STATES]);

#endif
