/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model/event: what can happen. Adding a kind: a row in LD_EVENT_KINDS, a struct in
 * union ld_fact_body, its fields in src/wire/event.c, its fold in src/store/fold.c, and its line
 * in docs/FORMATS.md (see docs/ADD-AN-EVENT.md). */
#ifndef LAIDO_MODEL_EVENT_H
#define LAIDO_MODEL_EVENT_H

#include <stddef.h>

#include "laido/model/ids.h"

enum {
	LD_BODY_MAX = 4096,     /* octets of an event's body */
	LD_DOTS_MAX = 8,        /* dots a register write can list */
	LD_COURSE_MAX = 12,     /* octets of a course's key with its NUL: "CAOTUOI" */
	LD_RAW_MAX = 64,        /* octets of a raw answer kept as evidence, with its NUL */
	LD_WORDS_MAX = 320,     /* octets of what somebody wrote to the ward, with its NUL */
	LD_VALUE_MAX = 48,      /* octets of a register's value with its NUL */
	LD_WHEN_MAX = 192,      /* octets of the words that say when, with the NUL */
	LD_PEOPLE_MAX = 96,     /* of those that say to whom */
	LD_VALUES_MAX = 320,    /* of a campaign's values, "name=text" a line */
	LD_ALSO_MAX = 2,        /* other numbers of one person */
	LD_CALL_MAX = 44,       /* octets of what a learner is called, with its NUL: 14 letters */
	LD_SLOTS_MAX = 4,       /* learners of one number */
	LD_EDITION_PARTS = 240, /* pieces of an edition of the content */
	LD_CHUNK_ID = 16,       /* octets of a piece's name */
	LD_OLDS_MAX = 8,        /* boards that a new home waits for */
	LD_NAME_MAX = 40,       /* octets of the name of somebody with a duty, with its NUL */
};

/*        name       number  class              subject */
#define LD_EVENT_KINDS(X) \
	X(OPEN,       1, LD_CLASS_ANY,      NONE) /* first event of every stream */ \
	X(MEMBER,     2, LD_CLASS_RIGHTS,   NONE) /* ward: a board is admitted */ \
	X(REVOKE,     3, LD_CLASS_RIGHTS,   NONE) /* ward: a board is cut off */ \
	X(WARRANT,    4, LD_CLASS_RIGHTS,   NONE) /* root, carried by anybody: this is the ward's key */ \
	X(OPTOUT,    10, LD_CLASS_RIGHTS,   P)    /* nothing more to this number */ \
	X(CLOSE,     11, LD_CLASS_RIGHTS,   P)    /* closes a learner S for ever */ \
	X(ROLE,      20, LD_CLASS_COMMAND,  P)    /* ward: a duty is given or taken back */ \
	X(PAUSE,     21, LD_CLASS_COMMAND,  NONE) /* ward: nothing unasked any more, or again */ \
	X(CAMPAIGN,  22, LD_CLASS_COMMAND,  NONE) /* ward: approved, to be sent by the home boards */ \
	X(CAMPAIGN_END, 23, LD_CLASS_COMMAND, NONE) /* ward: what has not gone stays */ \
	X(CAMPAIGN_PACE, 24, LD_CLASS_COMMAND, NONE) /* ward: on hold, or so many an hour */ \
	X(HEARTBEAT, 25, LD_CLASS_COMMAND,  NONE) /* ward: homes may send unasked for 14 days more */ \
	X(HOME,      26, LD_CLASS_COMMAND,  S)    /* ward: another board is her home from now on */ \
	X(RELEASE,   27, LD_CLASS_COMMAND,  S)    /* the board before: nothing unasked any more */ \
	X(GOAL,      28, LD_CLASS_COMMAND,  NONE) /* ward: what 100 % means in reports */ \
	X(INVITED,   30, LD_CLASS_LEARNING, P)    /* consent was asked */ \
	X(REFUSED,   31, LD_CLASS_LEARNING, P)    /* consent was refused */ \
	X(CONSENT,   32, LD_CLASS_LEARNING, S)    /* consent with its evidence */ \
	X(NUMBER,    33, LD_CLASS_LEARNING, S)    /* number, sealed to ward and home board */ \
	X(ENROL,     34, LD_CLASS_LEARNING, S) \
	X(ANSWER,    35, LD_CLASS_LEARNING, S) \
	X(COMPLETE,  36, LD_CLASS_LEARNING, S) \
	X(SET,       37, LD_CLASS_LEARNING, S)    /* writes one register of enum ld_reg */ \
	X(HELP,      38, LD_CLASS_LEARNING, S)    /* a person, please */ \
	X(HELP_STEP, 39, LD_CLASS_LEARNING, S)    /* what became of a call for help */ \
	X(FEEDBACK,  40, LD_CLASS_LEARNING, S)    /* words for the ward */ \
	X(EDITION,   50, LD_CLASS_COMMAND,  NONE) /* ward: the content of all boards, and from when */ \
	X(CHUNK,     51, LD_CLASS_BULK,     NONE) /* ward: a piece of it */ \
	X(REQUEST,   41, LD_CLASS_LEARNING, S)    /* what is stored of me? and that it was answered */ \
	X(GUARDIAN,  42, LD_CLASS_LEARNING, S)    /* a parent agrees, or no longer */ \
	X(NAME,      43, LD_CLASS_LEARNING, S)    /* what a learner is called, sealed */ \
	X(ATTEST,    44, LD_CLASS_LEARNING, S)    /* somebody with a duty has seen it herself */ \
	X(HELPER,    45, LD_CLASS_LEARNING, S)    /* who helps her, and may see her number */ \
	X(SPENT,     53, LD_CLASS_BULK,     NONE) /* what this board sent on a day */ \
	X(AUDIT,     46, LD_CLASS_BULK,     P)    /* somebody with a duty has seen others' data */ \
	X(ERASED,    54, LD_CLASS_BULK,     NONE) /* this board holds nothing of a learner any more */ \
	X(COUNTERSIGN, 55, LD_CLASS_LEARNING, S)  /* ward: it knows of a completion, and the answers bear it out */ \
	X(TICKET,    47, LD_CLASS_LEARNING, S)    /* what a guardian has to name */ \
	X(NOTICE,    48, LD_CLASS_COMMAND,  P)    /* a group head writes to her group */ \
	X(SAME,      49, LD_CLASS_LEARNING, S)    /* a learner under two numbers is one person */

enum ld_event_kind {
#define LD_KIND_ENUM_(name, number, cls, subject) LD_EV_##name = number,
	LD_EVENT_KINDS(LD_KIND_ENUM_)
#undef LD_KIND_ENUM_
};

enum { LD_CLASS_ANY = LD_N_CLASSES };

/* Registers of a learner, written by SET. The number is on the wire: never reuse one. */
#define LD_REGISTERS(X) \
	X(TDP,    1)    /* to dan pho, "1".."99" */ \
	X(XUNG,   2)    /* form of address: "em", "anh chi", "bac", "cu", "" */ \
	X(SCRIPT, 3)    /* "ascii" or "full" (accented) */ \
	X(HOUR,   4)    /* hour of lessons, "8".."19" */ \
	X(REST,   5)    /* rests until this UTC ms; "" not resting; "0" until TIEP */ \
	X(COURSE, 6)    /* the course being learnt now */ \
	X(REMIND_TAX, 7)    /* "on", "off"; "" never said */ \
	X(REMIND_FEE, 8) \
	X(REMIND_MEET, 9) \
	X(REMIND_HEALTH, 10) \
	X(MARKET, 11)   /* name of the market, with accents */ \
	X(CONFIRMED, 12) /* UTC ms: said after a long silence that it is still she */ \
	X(MOVE, 13)     /* code that proves another number hers, and until when: "482913 UTCms" */ \
	X(LANG,  14)    /* language of screens and messages, "vi", "en"; "" not chosen */ \
	X(SCHOOL, 15)   /* name of a pupil's school, with accents */

enum ld_reg {
#define LD_REG_ENUM_(name, number) LD_REG_##name = number,
	LD_REGISTERS(LD_REG_ENUM_)
#undef LD_REG_ENUM_
	LD_N_REGS_ = 16
};

/* Channels as recorded in evidence; the numbers are on the wire. */
enum ld_channel_kind {
	LD_CHAN_NONE = 0,
	LD_CHAN_SMS = 1,
	LD_CHAN_USSD = 2,
	LD_CHAN_CALL = 3,
	LD_CHAN_OPERATOR = 4,
};

enum ld_close_why {
	LD_CLOSE_ERASE = 1,
	LD_CLOSE_WRONG_PERSON = 2,
	LD_CLOSE_RECYCLED = 3,
};

/* What a person does for the ward, as ROLE tells it; the numbers are on the wire. */
enum ld_duty_kind {
	LD_DUTY_AMBASSADOR = 1,
	LD_DUTY_HEAD = 2,               /* of a to dan pho */
	LD_DUTY_HELPER = 3,
	LD_DUTY_OPERATOR = 4,
	LD_N_DUTIES = 5
};

/* Of whom GOAL tells how many there are; the numbers are on the wire. */
enum ld_goal_kind {
	LD_GOAL_TDP = 1,                /* adults of a to dan pho */
	LD_GOAL_MARKET = 2,             /* traders of a market */
	LD_GOAL_SCHOOL = 3,             /* pupils of a school */
	LD_N_GOALS = 4
};
enum { LD_GOAL_MAX = 1000000 };         /* people */

/* What HELP_STEP says. */
enum ld_help_step {
	LD_HELP_ANSWERED = 1,           /* somebody has called or come */
};

/* What HELPER says of a call for help; the numbers are on the wire. */
enum ld_helper_step {
	LD_HELPER_OFFERED = 1,          /* the learner is asked whether this helper may see her number */
	LD_HELPER_TAKEN = 2,            /* a helper wants the call: the learner is to be asked */
	LD_HELPER_ALLOWED = 3,          /* the learner said yes */
	LD_HELPER_WARD = 4,             /* the ward is to call: the learner's wish */
	LD_HELPER_BACK = 5,             /* the helper leaves it to others */
	LD_HELPER_DONE = 6,             /* the helper says it is done: the learner is to be asked */
	LD_HELPER_MISSED = 7,           /* the helper has not met her: the same */
	LD_HELPER_PASSED = 8,           /* the helper asks the ward to help: the same */
};

/* What AUDIT says was seen; the numbers are on the wire. */
enum ld_audit_what {
	LD_AUDIT_INVITED = 1,           /* whom she invited and who has not answered */
	LD_AUDIT_IDLE = 2,              /* who of the group has not begun */
	LD_AUDIT_CALLS = 3,             /* calls for help of the group, masked */
	LD_AUDIT_NUMBER = 4,            /* the number of a learner who called for help */
	LD_AUDIT_PERSON = 5,            /* that a number belongs to a learner of the group */
	LD_AUDIT_LOCKED = 6,            /* nothing: three wrong PINs */
	LD_N_AUDITS = 7
};

/* What ATTEST says; never the same as the gateway's own COMPLETE. */
enum ld_attest_what {
	LD_ATTEST_NATIONAL = 1,         /* the confirmation in the national application */
	LD_ATTEST_CLASS = 2,            /* she learned in a class, on a day */
	LD_N_ATTESTS = 3
};

struct ld_dots {
	unsigned n;
	struct ld_dot dot[LD_DOTS_MAX];
};

/* Octets that stay where they are: who makes the fact keeps them until it is encoded; of a decoded
 * one they lie in the event's body. */
struct ld_octets {
	const uint8_t *p;
	uint16_t len;
};

union ld_fact_body {
	struct {
		int64_t day;                    /* local, days since 1970-01-01 */
		int64_t parts;
	} spent;
	struct {
		uint64_t prev_incarnation;      /* 0: none known */
		uint64_t prev_seq;              /* it reached at least this */
		uint8_t prev_hash[32];          /* chain hash at prev_seq */
	} open;
	struct {
		struct ld_board_id board;
		uint8_t pk[32];                 /* Ed25519 */
		char name[32];
	} member;
	struct {
		struct ld_board_id board;
		struct ld_octets last;          /* of its streams, what still counts: revoke.c */
	} revoke;
	struct {
		uint8_t root[32], pk[32];       /* struct ld_warrant */
		int64_t number;
		uint8_t sig[64];
	} warrant;
	struct {
		uint8_t channel;                /* enum ld_channel_kind */
		char raw[LD_RAW_MAX];
	} optout;
	struct {
		uint8_t why;                    /* enum ld_close_why */
		uint8_t slot;
		struct ld_id s;                 /* the learner that is closed */
	} close;
	struct {
		struct ld_id s;                 /* the learner who wanted it */
	} erased;
	struct {
		char course[LD_COURSE_MAX];
	} countersign;
	struct {
		uint8_t channel;
		char course[LD_COURSE_MAX];     /* "" when none was named */
		struct ld_id by;                /* P of the ambassador; zero: nobody's invitation */
		uint8_t tdp;                    /* where the invited person is thought to live; 0 */
	} invited;
	struct {
		uint8_t duty;                   /* enum ld_duty_kind */
		uint8_t tdp;                    /* 0: the whole ward */
		bool off;                       /* taken back */
		char name[LD_NAME_MAX];         /* as others see it */
		uint8_t salt[16], pin[16];      /* ld_pin_hash(); pin zero: none, nothing opens */
		uint8_t number[64];             /* E.164 digits, padded by NUL to 16, sealed to the ward */
	} role;
	struct {
		bool paused;
	} pause;
	struct {
		int64_t id;                     /* six digits */
		char message[24];               /* key of messages.conf, REMIND_... */
		char people[LD_PEOPLE_MAX];
		char when[LD_WHEN_MAX];
		char values[LD_VALUES_MAX];
	} campaign;
	struct {
		int64_t id;
	} campaign_end;
	struct {
		int64_t id;
		bool held;
		uint16_t rate;                  /* messages an hour and board; 0: no limit */
	} campaign_pace;
	struct {
		int64_t issued_ms;              /* UTC, by the ward's own clock */
	} heartbeat;
	struct {
		struct ld_board_id home;
		struct ld_octets for_ward;      /* her number, as in NUMBER */
		struct ld_octets for_home;
		struct ld_octets olds;          /* boards to wait for: their ids one behind the other */
		struct ld_octets name_ward;     /* what she is called, as in NAME; empty: no name */
		struct ld_octets name_home;
	} home;
	struct {
		int64_t move;                   /* HLC of the HOME that it obeys */
		int64_t sent_ms;                /* as in struct ld_due, what it has sent to her: */
		int64_t first_ms;
		char course[LD_COURSE_MAX];
		uint8_t lesson;
		uint8_t idle;
	} release;
	struct {
		uint8_t what;           /* enum ld_goal_kind */
		char name[LD_VALUE_MAX]; /* of the group ("28"), market or school */
		int64_t people;         /* adults, traders, pupils; 0: not known any more */
	} goal;
	struct {
		uint8_t channel;
	} refused;
	struct {
		struct ld_id p;
		uint8_t slot;
		struct ld_id epoch;
		uint16_t text_version;          /* of the consent text that was shown */
		uint8_t channel;
		char raw[LD_RAW_MAX];           /* the answer as it was given */
		struct ld_dots over;            /* opt-outs of P that this supersedes */
	} consent;
	struct {
		struct ld_board_id home;
		uint8_t for_ward[64];           /* libsodium sealed boxes over the E.164 digits */
		uint8_t for_home[64];
		uint8_t len;                    /* octets used of both */
	} number;
	struct {
		char course[LD_COURSE_MAX];
	} enrol;
	struct {
		char course[LD_COURSE_MAX];
		uint8_t lesson;                 /* from 1 */
		uint8_t option;                 /* 1..3 */
		bool right;
		uint8_t channel;
	} answer;
	struct {
		char course[LD_COURSE_MAX];
		uint8_t score;
		uint8_t total;
	} complete;
	struct {
		uint8_t reg;                    /* enum ld_reg */
		char value[LD_VALUE_MAX];
		struct ld_dots over;            /* the dots this write overwrites */
	} set;
	struct {
		uint16_t pin;                   /* appointment code (ma hen), 3 digits */
		int64_t due_ms;                 /* a call is promised by then, UTC */
		uint8_t channel;
		bool withdrawn;
		char text[LD_RAW_MAX];          /* digits of four and more masked */
		uint8_t visit;                  /* at home: 1 in the morning, 2 in the afternoon; 0 a call */
	} help;
	struct {
		uint16_t pin;                   /* of the call */
		uint8_t step;                   /* enum ld_helper_step */
		struct ld_id p;                 /* the helper; zero: none */
		int64_t until_ms;               /* it holds so long, UTC */
		struct ld_board_id board;       /* ALLOWED: which one writes to the helper */
		uint8_t number[64];             /* ALLOWED: the learner's, padded by NUL to 16, sealed to it */
		uint8_t channel;
	} helper;
	struct {
		uint8_t what;                   /* enum ld_audit_what */
		struct ld_id s;                 /* about whom; zero: nobody in particular */
		uint8_t tdp;
		uint16_t n;                     /* how many people it showed */
		uint8_t channel;
	} audit;
	struct {
		int64_t id;                     /* four digits */
		uint8_t tdp;
		bool off;                       /* taken back: what has not gone stays */
		char message[24];               /* REMIND_MEET, REMIND_START */
		int64_t at_ms;                  /* of the meeting, UTC; 0: none */
		char place[LD_VALUE_MAX];
	} notice;
	struct {
		uint16_t pin;                   /* of the call: its appointment code */
		uint8_t step;                   /* enum ld_help_step */
		uint8_t channel;
	} help_step;
	struct {
		uint8_t channel;
		char text[LD_WORDS_MAX];        /* digits of four and more masked */
	} feedback;
	struct {
		int64_t due_ms;                 /* an answer is promised by then, UTC; names the request */
		uint8_t channel;
		bool answered;
	} request;
	struct {
		struct ld_id p;                 /* the guardian's number */
		uint16_t ticket;                /* that she named; 0: on the pupil's telephone */
		bool off;                       /* taken back */
		uint16_t text_version;          /* as in consent */
		uint8_t channel;
		char raw[LD_RAW_MAX];
	} guardian;
	struct {
		uint16_t code;                  /* four digits */
		int64_t until_ms;               /* UTC */
		char course[LD_COURSE_MAX];     /* what the pupil wants to learn */
	} ticket;
	struct {
		struct ld_board_id home;
		uint8_t for_ward[LD_CALL_MAX + 48];     /* the name, padded by NUL, sealed */
		uint8_t for_home[LD_CALL_MAX + 48];
	} name;
	struct {
		struct ld_id other;             /* the same person's S under another number */
		bool here;                      /* what nobody asked for comes to this one from now on */
		uint8_t channel;
	} same;
	struct {
		int64_t number;                 /* from 1; the highest that is due counts */
		int64_t at_ms;                  /* UTC; 0: at once */
		uint8_t hash[32];               /* ld_pack_hash() of all its pieces */
		char who[LD_NAME_MAX];          /* published it */
		struct ld_octets parts;         /* names of its pieces, LD_CHUNK_ID each, in order */
	} edition;
	struct {
		struct ld_octets data;          /* ld_chunk_id() of it is its name */
	} chunk;
	struct {
		uint8_t what;                   /* enum ld_attest_what */
		struct ld_id by;                /* P of who saw it; zero: an operator's list */
		uint8_t channel;
		int64_t day;                    /* CLASS: local, days since 1970-01-01 */
	} attest;
};

/* Something that happened, before it has a place in the log. */
struct ld_fact {
	uint16_t kind;                  /* enum ld_event_kind */
	struct ld_id subject;           /* P or S by kind; zero: none */
	union ld_fact_body u;
};

/* An event as it stands in the log. */
struct ld_event {
	struct ld_stream stream;
	uint64_t seq;                   /* from 1 */
	ld_hlc hlc;
	uint16_t kind;                  /* unknown kinds are kept and forwarded */
	bool hollow;                    /* erased: subject and body are gone, commitment stays */
	struct ld_id subject;
	const uint8_t *body;            /* CBOR, borrowed */
	size_t body_len;
	uint8_t commitment[32];         /* valid when hollow */
};

#endif
