/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gateway: what its files share. I/O thread unless said otherwise. */
#ifndef LAIDO_GATEWAY_IMPL_H
#define LAIDO_GATEWAY_IMPL_H

#include <stdatomic.h>

#include "laido/gateway/gateway.h"
#include "laido/schedule/schedule.h"
#include "laido/session/session.h"

enum { CHANNELS_MAX = 24, WINDOW_MAX = 64, RETRY_MAX = 256, GUARD_SLOTS = 1024,
	STRANGERS_MAX = 64, UNASKED_PARTS = 3, GUARD_WAYS = 4, PING_PONG_LEN = 16,
	PING_PONG_TIMES = 3, PACES_MAX = 192, SPARE_MAX = 64 };

struct slot {
	struct ld_channel *ch;
	struct ld_gateway_lane lane;
	struct ld_bucket bucket;
	struct ld_gateway_channel_status status;
	unsigned n_flying;      /* handed over, no result yet; in_flight counts reserved places too */
	int64_t flying[WINDOW_MAX];
	bool picking;           /* a pick job is on its way */
	bool backlog;           /* rows wait for this channel: new ones stand behind them */
	bool behind;            /* a text that found no place came after that job */
	bool look;              /* some may have become due: look, and hold nothing up meanwhile */
	uint8_t recent;         /* a bit a message, newest lowest: the channel could not carry it */
	int64_t probe_ms;       /* monotonic: a channel that carries nothing is tried again */
	atomic_int_least64_t gone_ms;   /* monotonic: since when it cannot send; 0: it can */
};

/* Replies to one number this hour, and how often it has sent the very same text: what stops two
 * robots from thanking each other for ever. */
struct guard {
	struct ld_id p;
	int64_t hour;
	unsigned n;
	struct ld_id text;              /* hash of the last long one */
	unsigned same;
};

/* Where a caller without a number stands in the menus: only in memory, only while she calls. */
struct stranger {
	const struct slot *from;
	uint64_t session;
	size_t len;
	uint8_t blob[LD_SESSION_BLOB_MAX];
};

/* Content that was in use before, for the live sessions that began with it. Work thread. */
enum { PINS = 256 };
struct trees {
	struct ld_content *before;      /* NULL: none is left */
	int64_t swapped_ms;             /* monotonic */
	unsigned number;                /* of the content in use */
	struct pin {
		const struct slot *from;
		uint64_t session;
		unsigned number;        /* of the content it began with */
	} pin[PINS];
};

/* What the ward said of a campaign's pace, as far as this process has followed it. */
struct pace {
	int64_t id;
	ld_hlc paced;                   /* done on the queue */
	int64_t next_ms;                /* when another message may be queued */
};

struct ld_gateway {
	struct ld_channel_host host;
	struct ld_gateway_cfg cfg;
	unsigned n_slots;
	struct slot slot[CHANNELS_MAX];
	struct step *retry[RETRY_MAX];
	unsigned n_retry;
	int64_t ticks;
	bool reminding;                         /* a job of remind.c is on its way */
	uint64_t reminded;                      /* ld_worker_version() when it last was */
	bool helping;                           /* a job of help.c is on its way */
	uint64_t helped;                        /* ld_worker_version() when it last was */
	bool looking;                           /* a job of unasked.c is on its way */
	uint64_t homes;                         /* ld_store_homes() as unasked.c saw it; work thread */
	bool rerouting;                         /* a job of route.c is on its way */
	bool queueing;                          /* a job of queue.c is on its way */
	unsigned n_queues;
	struct ld_gateway_queue queue[LD_GATEWAY_QUEUES];
	struct ld_schedule_cfg schedule;
	struct result *results;                 /* of messages, to be stored yet */
	struct ld_gateway_stats stats;
	struct ld_content *content;             /* work thread */
	struct trees trees;
	struct guard guard[GUARD_SLOTS];        /* work thread */
	struct pace pace[PACES_MAX];            /* work thread */
	unsigned n_paces;
	struct ld_sealer to_both[2];    /* ward and board; work thread */
	struct step *spare;                     /* steps to be used again */
	unsigned n_spare;
	struct stranger stranger[STRANGERS_MAX];        /* work thread */
	unsigned next_stranger;
};

/* One thing a person did, on its way through both threads. */
struct step {
	struct ld_job job;
	struct ld_gateway *gw;
	struct slot *from;
	struct slot *out;               /* where its messages leave; NULL: nowhere now */
	struct step *next;              /* among the spare ones */
	unsigned failures;              /* times it could not be stored */
	bool reserved;                  /* a place in out's window is taken for it */
	bool simulated;
	struct ld_inbound in;
	struct ld_msisdn msisdn;
	enum ld_addr_kind addr;
	bool counted, robot;            /* by the loop guard */
	bool begun;                     /* from a stranger, who is kept in memory: see before */
	struct stranger before;         /* as it was when the first run began */
	/* filled by run() */
	enum { STEP_DONE, STEP_DUPLICATE, STEP_IGNORED, STEP_LOOP } verdict;
	unsigned n_rows;
	int64_t row_id[LD_SESSION_SENDS];
	uint8_t row_parts[LD_SESSION_SENDS];
	bool row_now[LD_SESSION_SENDS]; /* born as an intent */
	bool rested;                    /* a lesson that waited for her was taken back */
	bool woke;                      /* messages to somebody else wait in the queue */
	struct ld_outcome out_come;
};

/* step.c, work thread */
int step_run(struct ld_job *job, struct ld_store *st);

/* tree.c, work thread */
const struct ld_content *tree_of(struct step *s);
void tree_tidy(struct ld_gateway *gw);

/* What the dialogue engine is told of this board. Work thread. */
void gateway_env(const struct ld_gateway *gw, int64_t now_ms, struct ld_session_env *ret);

/* route.c: what a channel can do; I/O thread, but usable() on any. */
void route_judge(struct slot *s);
void route_learn(struct slot *s, enum ld_sent_what what);
bool route_sick(const struct slot *s);
bool route_usable(const struct slot *s);
/* The channel preferred if it can send, else one that can, else any that may later; NULL: none ever.
 * Any thread. */
struct slot *route_any(struct ld_gateway *gw, bool phone, const struct slot *prefer);
/* Another one that can send now; NULL: none. Any thread. */
struct slot *route_other(struct ld_gateway *gw, const struct slot *s);
/* Gone for so long that another takes over. Any thread. */
bool route_away(const struct ld_gateway *gw, const char *channel);
/* The channel for a message to this number: which of the rules chose it (enum ld_out_chosen) and its
 * name ("": whichever is free), 0: none carries such numbers. Work thread. */
int route_of(struct ld_gateway *gw, struct ld_store *st, const struct ld_msisdn *m,
	     const struct ld_id *p, char ret[32]);
/* She wrote to this channel's number: that is the one she knows; smsc says whose hers is ("": not
 * told). Work thread. */
int route_heard(struct ld_gateway *gw, struct ld_store *st, const struct slot *from,
		const struct ld_id *p, const char *smsc, int64_t now_ms);
/* Once a second. */
void route_tick(struct ld_gateway *gw);

/* queue.c: once a second */
void queue_tick(struct ld_gateway *gw);

/* The text and measure of a row to this number; whose it is, its channel and times are the
 * caller's. */
void row_fill(struct ld_out_row *r, const struct ld_session_send *m, const char *digits);

/* Opens a number sealed to this board; false: it cannot be read here. */
bool senders_number(const struct ld_gateway *gw, const uint8_t *box, size_t n,
		    struct ld_msisdn *ret);

/* remind.c: once a second */
void remind_tick(struct ld_gateway *gw);

/* unasked.c: once a second */
void unasked_tick(struct ld_gateway *gw);

/* others.c, work thread */
struct others {
	struct step *s;
	struct ld_store *st;
	struct ld_session_others see;
};
void others_init(struct others *ret, struct step *s, struct ld_store *st);
/* A message to somebody else: whose it is and when it may go; the question it asks opens in her
 * dialogue. 1; 0: she opted out. r->due_ms is now. */
int others_row(struct ld_gateway *gw, struct ld_store *st, const struct ld_session_send *m,
	       struct ld_out_row *r);

/* mydata.c, work thread: requests for one's data whose time is nearly over */
int mydata_run(struct ld_gateway *gw, struct ld_store *st);

/* farewell.c, work thread: what is kept for the message that ends an erasure, and those that every
 * board has carried out. */
int farewell_add(struct step *s, struct ld_store *st, const struct ld_person *who);
int farewell_run(struct ld_gateway *gw, struct ld_store *st);

/* help.c: once a second */
void help_tick(struct ld_gateway *gw);
/* help.c, work thread: what the engine asks about helpers and calls */
int help_helper(void *arg, unsigned tdp, struct ld_id *ret_p, char ret_name[LD_NAME_MAX]);
int help_pin_free(void *arg, const struct ld_id *s, unsigned pin);
int help_calls(void *arg, const struct ld_person *helper, struct ld_session_call *ret, unsigned max);
/* A number allowed to a helper is sealed to the board that can write to her. Other facts: nothing. */
int help_seal(const struct ld_gateway *gw, struct ld_store *st, const struct ld_msisdn *m,
	      struct ld_fact *f);

/* notice.c, work thread: what group heads write, as a campaign of their group; and what comes next */
struct ld_campaign;
/* again: the day before, for those who asked to be told. */
void notice_campaign(const struct ld_gateway *gw, const struct ld_notice *n, bool again,
		     struct ld_campaign *ret);
bool notice_comes_again(const struct ld_gateway *gw, const struct ld_notice *n);
int notice_preview(void *arg, const struct ld_session_notice *what, unsigned *ret_people,
		   unsigned *ret_parts);
int notice_find(void *arg, const struct ld_id *head, int64_t id, struct ld_session_sent *ret);
int notice_event(void *arg, enum ld_session_event_kind kind, unsigned tdp, unsigned nth,
		 struct ld_session_event *ret);

/* household.c, work thread: several learners of one number */
/* The learner who steps, by the session of her number. */
int household_person(struct step *s, struct ld_store *st, const uint8_t *blob, size_t len,
		     int64_t now_ms, struct ld_person *ret);
/* Fills who->learns, called and may_add. */
int household_load(const struct ld_gateway *gw, struct ld_store *st, struct ld_person *who);
int household_name(const struct ld_gateway *gw, struct ld_store *st, const struct ld_id *learner,
		   const char *name);

/* wake.c, work thread: a step of somebody else that follows from this one, in its transaction. */
int wake(struct step *s, struct ld_store *st, const struct ld_wake *w, int64_t now_ms);
int wake_ticket(void *arg, unsigned code, struct ld_session_learner *ret);
int wake_sibling(void *arg, const struct ld_id *p, unsigned slot, struct ld_person *ret);
int wake_guarded(void *arg, const struct ld_id *guardian, unsigned code,
		 struct ld_session_learner *ret);

/* dispatch.c */
void dispatch_reserve(struct step *s);
/* The text found no place: its answer is picked in the same transaction, if there is one by then. */
void dispatch_expect(struct ld_gateway *gw, struct slot *slot);
void dispatch_unreserve(struct slot *slot, unsigned n);
void dispatch_send(struct ld_gateway *gw, struct slot *slot, const struct ld_send *send);
void dispatch_kick(struct ld_gateway *gw, struct slot *slot);
void dispatch_sent(struct ld_channel *ch, const struct ld_sent *sent);
/* New rows wait, for whatever channel. */
void dispatch_wake(struct ld_gateway *gw);
/* Results that could not be stored are tried again. */
void dispatch_again(struct ld_gateway *gw);
void dispatch_forget(struct ld_gateway *gw);
void dispatch_lane(const struct slot *slot, struct ld_outbox_lane *ret);
/* Work thread. */
int dispatch_now(const struct ld_gateway *gw, struct ld_store *st, struct ld_outbox_now *ret);
/* ld_worker_submit(), also when the work thread has ended. */
int gateway_submit(struct ld_gateway *gw, enum ld_lane lane, struct ld_job *job);
struct slot *gateway_slot(struct ld_gateway *gw, const struct ld_channel *ch);
struct ld_gateway *gateway_of(const struct ld_channel *ch);

#endif
