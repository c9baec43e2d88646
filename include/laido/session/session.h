/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session: the dialogue engine. One function, pure: what is known of the person, what was open,
 * what she did and the time, give what to show, what to send and what happened. It stores
 * nothing, sends nothing, logs nothing, and is the same for USSD, SMS and missed calls. */
#ifndef LAIDO_SESSION_SESSION_H
#define LAIDO_SESSION_SESSION_H

#include "laido/content/content.h"
#include "laido/crypto/crypto.h"
#include "laido/model/message.h"
#include "laido/model/person.h"
#include "laido/port/random.h"

enum { LD_SESSION_FACTS = 20, LD_SESSION_SENDS = 4 };

/* What a person with a duty may learn of others, read only. Each returns 0 or a negative code. */
struct ld_session_group {
	unsigned idle, enrolled, completed, confirmed;
};
struct ld_session_invitations {
	unsigned all, since, agreed, waiting;
};
/* A learner whom a step of somebody else is about. */
struct ld_session_learner {
	struct ld_id s, p;
	uint8_t slot;
	char course[LD_COURSE_MAX];     /* a ticket is for */
};
/* An open call for help, as somebody who may help sees it. */
struct ld_session_call {
	struct ld_id s;
	uint16_t pin;
	uint8_t step;                   /* enum ld_helper_step; 0: nobody yet */
	uint8_t visit, tdp;
	bool mine;                      /* that step is hers */
	int64_t due_ms, until_ms;
	char masked[8];                 /* "***" when her number is another board's */
	struct ld_msisdn number;        /* allowed to her, and can be read here; else empty */
};
/* What a group head writes to her group. */
struct ld_session_notice {
	uint8_t tdp;
	char message[24];               /* REMIND_MEET, REMIND_START */
	int64_t at_ms;                  /* of the meeting, UTC; 0 */
	char place[LD_VALUE_MAX];
};
/* One that she wrote before. */
struct ld_session_sent {
	int64_t made_ms;
	bool ended;
	unsigned n;                     /* messages of it that left this board */
};
enum ld_session_event_kind { LD_EVENT_ANY, LD_EVENT_MEETING, LD_EVENT_SESSION };
struct ld_session_event {
	char title[LD_VALUE_MAX], time[LD_VALUE_MAX], place[LD_VALUE_MAX];
};
struct ld_session_others {
	void *arg;
	/* LD_E_DENIED: a number that she has nothing to do with. */
	int (*person)(void *arg, const struct ld_msisdn *m, struct ld_person *ret);
	int (*invitations)(void *arg, const struct ld_id *by, int64_t since_ms,
			   struct ld_session_invitations *ret);
	int (*group)(void *arg, unsigned tdp, struct ld_session_group *ret);
	/* Masked numbers with a blank between them: of whom she invited and who has not answered;
	 * of the group's learners who have not begun. */
	int (*waiting)(void *arg, const struct ld_id *by, char *ret, size_t size);
	int (*idle)(void *arg, unsigned tdp, char *ret, size_t size);
	/* When somebody completed the course with this code; LD_E_UNKNOWN: nobody did. */
	int (*completed)(void *arg, const char *course, uint8_t number, const char *code,
			 int64_t *ret_ms);
	/* The learner of a valid ticket; LD_E_UNKNOWN. */
	int (*ticket)(void *arg, unsigned code, struct ld_session_learner *ret);
	/* The learner for whom this number agreed by that ticket, however old; LD_E_UNKNOWN. */
	int (*guarded)(void *arg, const struct ld_id *guardian, unsigned code,
		       struct ld_session_learner *ret);
	/* The learner who was given this code for another number of hers; LD_E_UNKNOWN. */
	int (*move)(void *arg, const char *code, struct ld_person *ret);
	/* Who may help in a to dan pho (0: not told) and can be reached; LD_E_UNKNOWN: nobody. */
	int (*helper)(void *arg, unsigned tdp, struct ld_id *ret_p, char ret_name[LD_NAME_MAX]);
	/* 0: the learner has had this appointment code, or an open call has it. */
	int (*pin_free)(void *arg, const struct ld_id *s, unsigned pin);
	/* Open calls that she may take by her duty, and those she took, due first. Returns how many. */
	int (*calls)(void *arg, const struct ld_person *helper, struct ld_session_call *ret,
		     unsigned max);
	/* Whom it would reach now, and at how many parts. */
	int (*preview)(void *arg, const struct ld_session_notice *n, unsigned *ret_people,
		       unsigned *ret_parts);
	/* Hers of that number; 0: her newest REMIND_START. LD_E_UNKNOWN. */
	int (*notice)(void *arg, const struct ld_id *head, int64_t id, struct ld_session_sent *ret);
	/* What comes next in that to dan pho or in the whole ward, nth from 0; LD_E_UNKNOWN. */
	int (*event)(void *arg, enum ld_session_event_kind kind, unsigned tdp, unsigned nth,
		     struct ld_session_event *ret);
	/* Wrong ones of a kind that this number named on that day; negative when it cannot be read. */
	int (*guesses)(void *arg, const struct ld_id *p, enum ld_guess what, uint32_t day);
	/* Another learner of the number that writes. */
	int (*sibling)(void *arg, const struct ld_id *p, unsigned slot, struct ld_person *ret);
};

struct ld_session_env {
	const struct ld_content *content;
	const struct ld_ward_keys *keys;
	struct ld_random *random;
	int64_t now_ms;                 /* UTC */
	bool time_trusted;
	unsigned lessons_per_day;       /* of her own asking; 0: 5 */
	bool paused;                    /* the ward has stopped everything unasked */
	int utc_offset_min;             /* 420 in Hanoi */
	const struct ld_session_others *others; /* NULL: nothing is known of anybody else */
};

struct ld_session_send {
	enum ld_prio prio;
	enum ld_alphabet alphabet;
	struct ld_msisdn to;            /* somebody else; empty: the person who wrote */
	bool asks_consent;              /* unasked: not in quiet hours; opens that question in hers */
	char what[24];                  /* "OPTOUT_OK", "A VNEID 3": for `laido message show` */
	char text[LD_TEXT_MAX];
};

enum ld_wake_what {
	LD_WAKE_NOBODY = 0,
	LD_WAKE_GUARDIAN,               /* a guardian agreed to the course */
	LD_WAKE_HELP,                   /* a helper wants the learner's call, or says it is done */
	LD_WAKE_HELPER,                 /* the helper may call: she is told whom */
};
struct ld_wake {
	enum ld_wake_what what;
	struct ld_session_learner who;
	uint16_t pin;                   /* of the call */
	uint8_t tdp;
	struct ld_msisdn phone;         /* HELPER: the learner's */
};

struct ld_outcome {
	bool has_reply;                 /* a live session gets this screen */
	struct ld_reply reply;
	unsigned n_sends;
	struct ld_session_send sends[LD_SESSION_SENDS];
	unsigned n_facts;
	struct ld_fact facts[LD_SESSION_FACTS];
	struct ld_session_send farewell;        /* once she is erased everywhere; text "": none */
	struct ld_session_send farewell_shared; /* instead, when somebody learns on this number then */
	int64_t farewell_due_ms;        /* promised by then */
	unsigned foreign;               /* bit i: the subject of facts[i] is somebody else */
	enum ld_guess guessed;          /* a wrong one of that kind, on guessed_day; 0: none */
	uint32_t guessed_day;           /* counts in local days */
	char name[LD_CALL_MAX];         /* of the learner who consented, to be sealed; "" none */
	struct ld_wake wake;            /* somebody else's dialogue hears of this step, after it */
	char note[160];                 /* for the operators' log; no number, "" none */
};

/* The packed form of a session, as the store keeps it. */
enum { LD_SESSION_BLOB_MAX = 768 };

/* Which learner of the number steps next: 1 to 4. *ret_adding: she has been named and asked, and has
 * not consented yet. */
unsigned ld_session_slot(const uint8_t *blob, size_t len, int64_t now_ms, bool *ret_adding);

/* One step. blob/len is the packed session of this number (NULL, 0: none yet); *ret_len is 0 when
 * nothing needs to be kept. Never fails: whatever is damaged begins anew. */
void ld_session_step(const struct ld_session_env *env, const struct ld_person *person,
		     const uint8_t *blob, size_t len, const struct ld_inbound *in,
		     struct ld_outcome *ret, uint8_t ret_blob[LD_SESSION_BLOB_MAX],
		     size_t *ret_len);

/* A lesson that was queued did not go out: its question is closed in a packed session. Returns the
 * new length; in place. */
size_t ld_session_unsent(uint8_t blob[LD_SESSION_BLOB_MAX], size_t len);

/* ---- what nobody asked for ---- */

/* Where a learner stands, for whoever decides what she gets next. */
struct ld_session_peek {
	const struct ld_course *course; /* the one she is learning; NULL: none */
	uint64_t open;                  /* its lessons that can be sent, never answered */
	uint64_t answered;              /* answered, and can be sent again */
	bool asked;                     /* a question of a lesson stands open */
	char asked_course[LD_COURSE_MAX];
	unsigned asked_lesson;
	int64_t asked_ms;
};
void ld_session_peek(const struct ld_session_env *env, const struct ld_person *person,
		     const uint8_t *blob, size_t len, struct ld_session_peek *ret);

enum ld_unasked { LD_UNASKED_LESSON = 1, LD_UNASKED_REVIEW, LD_UNASKED_IDLE };

/* A message that she did not ask for, by the same templates as those she asks for: the lesson or
 * the repetition, whose question is open then and which closes an open menu; or the reminder that
 * it waits. The course is a key. Nothing is sent when the content has no such lesson, or when she
 * has not consented or has opted out. */
void ld_session_unasked(const struct ld_session_env *env, const struct ld_person *person,
			const uint8_t *blob, size_t len, enum ld_unasked what, const char *course,
			unsigned lesson, struct ld_outcome *ret,
			uint8_t ret_blob[LD_SESSION_BLOB_MAX], size_t *ret_len);

/* An operator invites this person to a course ("" the default one) of a to dan pho (0: not told):
 * NULL with the fact and the message in ret, or why not. */
const char *ld_session_invite(const struct ld_session_env *env, const struct ld_person *person,
			      const char *course, unsigned tdp, struct ld_outcome *ret);

/* An operator knows that two learners are one person: NULL with the facts in ret, or why not. What
 * nobody asked for comes to `to`. */
const char *ld_session_merge(const struct ld_session_env *env, const struct ld_person *to,
			     const struct ld_person *from, struct ld_outcome *ret);

/* The dialogue of somebody who was just asked for consent on another's behalf; opened_ms: when the
 * question reaches her. Returns the length of what is to be kept. */
size_t ld_session_asked(const uint8_t *blob, size_t len, int64_t opened_ms,
			uint8_t ret[LD_SESSION_BLOB_MAX]);

/* What somebody else did reaches this person's dialogue. Of the outcome only facts and sends are
 * used. Never fails. */
void ld_session_wake(const struct ld_session_env *env, const struct ld_person *person,
		     const uint8_t *blob, size_t len, const struct ld_wake *wake,
		     struct ld_outcome *ret, uint8_t ret_blob[LD_SESSION_BLOB_MAX],
		     size_t *ret_len);

/* The table of actions, for ld_content_options. */
const char *const *ld_session_actions(void);
const char *const *ld_session_outcomes(void);

#endif
