/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outbox: the policy between what is to be sent and the channels that carry it. Rows live in the
 * store; a row is an intent before a channel sees it, and leaves that state by a result only. What
 * may go when is one table of rules (rules.c): the pick obeys it, and the same table says why a
 * message waits. */
#ifndef LAIDO_OUTBOX_OUTBOX_H
#define LAIDO_OUTBOX_OUTBOX_H

#include "laido/store/store.h"

enum {
	LD_OUT_TRIES_MAX = 5,
	/* An intent older than that, with nobody to ask: longer than a channel may wait for the
	 * network and then for a report. */
	LD_OUT_UNKNOWN_MS = 240 * 1000,
	LD_OUT_ACTIVE_MS = 10 * 60 * 1000,      /* nothing unasked so soon after what she did */
};

/* Spacing of parts on one SIM: `burst` at once, then one per spacing_ms. Times are monotonic. */
struct ld_bucket {
	int spacing_ms;                 /* 0: no limit */
	unsigned burst;
	int64_t full_ms;                /* when it will be full again */
};
/* Takes n parts when they may go now. */
bool ld_bucket_take(struct ld_bucket *b, unsigned n, int64_t now_ms);
void ld_bucket_give_back(struct ld_bucket *b, unsigned n);
/* It turned out to be n parts more; the bucket may run into debt. */
void ld_bucket_charge(struct ld_bucket *b, unsigned n);
/* Milliseconds until one part may go; 0 now. */
int64_t ld_bucket_wait_ms(const struct ld_bucket *b, int64_t now_ms);

/* What a SIM may send on a local day. The share for replies is kept free of everything else, so
 * that lessons never leave a question unanswered. */
struct ld_outbox_limits {
	unsigned parts_per_day;         /* 0: no limit */
	unsigned reply_percent;
};

/* What holds for the whole board at a moment. */
struct ld_outbox_now {
	int64_t ms;                     /* UTC */
	bool trusted;                   /* the clock: else nothing unasked goes out */
	bool restored;                  /* from a backup, and nobody was met since */
	bool paused;                    /* so says the ward */
	bool ended;                     /* this board's term: no word of the ward for too long */
	int64_t heard_ms;               /* the ward's last word; 0: never */
	int utc_offset_min;
	/* When unasked messages may go again, seen at that time; 0: they may. NULL: always. */
	int64_t (*quiet_until)(const void *arg, int64_t at_ms);
	const void *quiet_arg;
	/* To one number on a local day, unasked; 0: no limit. Replies are never counted. */
	unsigned messages_per_person, parts_per_person;
};

/* A channel as the I/O thread saw it; for the pick only channel and limits count. */
struct ld_outbox_lane {
	char channel[32];
	struct ld_outbox_limits limits;
	bool shared;                    /* draws what any channel may carry */
	bool up;
	bool full;                      /* as many are under way as it takes */
	int64_t wait_ms;                /* until its spacing lets the next part go */
	char why[128];                  /* when not up */
};

/* Insert a queued row, or one that is born as an intent. Sets when it expires, by what it is. */
int ld_outbox_add(struct ld_store *st, struct ld_out_row *row, int64_t *ret_id);

/* May a message of so many parts go out by this channel today? 1 yes, and it is counted; 0 no. */
int ld_outbox_admit(struct ld_store *st, const struct ld_outbox_lane *lane,
		    const struct ld_outbox_now *now, enum ld_prio prio, unsigned parts);

/* The most urgent row that may leave by this channel becomes an intent. LD_E_UNKNOWN: none. Rows
 * that may not go yet are put off, those that may not go at all are cancelled. */
int ld_outbox_pick(struct ld_store *st, const struct ld_outbox_lane *lane,
		   const struct ld_outbox_now *now, struct ld_out_row *ret);

/* ---- the rules ---- */

enum ld_out_scope {
	LD_OUT_ROW,     /* of one message: looked at when it is picked */
	LD_OUT_CLASS,   /* of all that nobody asked for */
	LD_OUT_LANE,    /* of its channel */
	LD_OUT_TURN,    /* nothing holds it but its place: tells, never holds back */
};

struct ld_out_question {
	struct ld_store *st;
	const struct ld_outbox_now *now;
	const struct ld_outbox_lane *lane;      /* NULL: no channel can carry it */
	const struct ld_out_row *row;
	bool before;                            /* asked at a later time than the present */
};

struct ld_out_answer {
	bool never;                     /* it is not sent at all */
	int64_t until_ms;               /* when to ask again; 0: nobody knows */
	char why[160];
};

/* check: 1 it holds the row back and *ret is filled, 0, negative. */
struct ld_out_rule {
	const char *name;
	enum ld_out_scope scope;
	int (*check)(const struct ld_out_question *q, struct ld_out_answer *ret);
};
/* In the order in which they are looked at; ends with a NULL name. */
extern const struct ld_out_rule ld_out_rules[];

/* The first rule of that scope that holds it back: 1, 0, negative. */
int ld_outbox_ask(const struct ld_out_question *q, enum ld_out_scope scope,
		  struct ld_out_answer *ret);

/* Why a row is where it is. For a queued one ret->why names the rule that will hold it longest, and
 * ret->until_ms the earliest moment when all rules let it go (now's, when they do already; 0: that
 * depends on somebody). lanes: every channel that sends. */
int ld_outbox_explain(struct ld_store *st, const struct ld_outbox_now *now,
		      const struct ld_outbox_lane *lanes, unsigned n_lanes,
		      const struct ld_out_row *row, struct ld_out_answer *ret);

/* ---- results ---- */

/* A channel's word on a row, in any order and as often as it likes. jitter_ms spreads retries. */
int ld_outbox_result(struct ld_store *st, const struct ld_sent *s, int64_t jitter_ms,
		     const struct ld_outbox_now *now);

/* An operator takes a message back. LD_E_DENIED: it is out already, or over. */
int ld_outbox_cancel(struct ld_store *st, int64_t id, int64_t now_ms);

/* Intents that nobody can settle any more become "unknown". Returns how many. */
int ld_outbox_give_up(struct ld_store *st, int64_t older_than_ms, int64_t now_ms);

/* Why a row has its channel (row.chosen); "" when that was not noted. */
const char *ld_out_chosen_text(uint8_t chosen);
/* What a row's state means, for `laido message show`; the state of a name, or -1. */
const char *ld_out_state_name(enum ld_out_state s);
int ld_out_state_of(const char *name);
/* "reply", "help", "lesson", "reminder", "broadcast"; the urgency of a name, or -1. */
const char *ld_prio_name(enum ld_prio p);
int ld_prio_of(const char *name);

#endif
