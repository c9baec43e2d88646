/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gateway: one step from what a person did to what she is answered. Channels on the I/O thread
 * hand in what came; each becomes a job that loads the person, runs the dialogue engine, appends
 * the facts, writes the outbox rows and the session, all in one transaction; after the commit the
 * reply is released, then the messages, then the channel is told that its copy may go. */
#ifndef LAIDO_GATEWAY_GATEWAY_H
#define LAIDO_GATEWAY_GATEWAY_H

#include "laido/content/content.h"
#include "laido/gateway/worker.h"
#include "laido/outbox/outbox.h"
#include "laido/port/channel.h"

struct ld_gateway;

struct ld_gateway_cfg {
	const struct ld_clock *clock;
	struct ld_random *random;               /* used on both threads: must allow it */
	struct ld_worker *worker;
	const struct ld_ward_keys *keys;        /* borrowed */
	const struct ld_keypair *board;         /* borrowed; home of the people who write here */
	struct ld_content *content;             /* taken over */
	int utc_offset_min;
	unsigned lessons_per_day;               /* of a learner's own asking; 0: 5 */
	int quiet_from_min, quiet_to_min;       /* local; nothing unasked leaves; equal: none */
	unsigned replies_per_hour;              /* to one number: the loop guard */
	unsigned unasked_per_day;               /* messages to one number; 0: 3 */
	/* The simulated handset's numbers: they leave by its channel only. Their learners have slot
	 * 0, which no report counts, unless simulated_counts is set (the demonstration). */
	bool (*is_simulated)(const void *arg, const struct ld_msisdn *m);
	const void *simulated_arg;
	bool simulated_counts;
	/* Whose number it is, by the service centre that its text came through, or with smsc NULL by
	 * its prefix; "": not known. NULL: nobody is asked. Work thread. */
	const char *(*operator_of)(const void *arg, const char *smsc, const struct ld_msisdn *m);
	const void *operator_arg;
	/* One line for the operators' log: category is the caller's business. */
	void (*note)(void *arg, const char *line);
	void *note_arg;
};

int ld_gateway_new(struct ld_gateway **ret, const struct ld_gateway_cfg *cfg);
/* After ld_worker_stop(), while channels may still speak: they get LD_E_BUSY from now on. */
void ld_gateway_stop(struct ld_gateway *gw);
/* After the channels that were added have been stopped; they are the caller's. */
void ld_gateway_free(struct ld_gateway *gw);

/* What channels are created with. */
const struct ld_channel_host *ld_gateway_host(const struct ld_gateway *gw);

/* How messages leave by a channel. */
struct ld_gateway_lane {
	unsigned window;                /* messages handed over without a result; 0: live only */
	int spacing_ms;
	unsigned burst;
	struct ld_outbox_limits limits;
	char number[24];                /* that residents see; "": not known */
	char operator[24];              /* whose channel it is; "": not told */
	int own_vnd, other_vnd;         /* of a part, to that operator's numbers and to others */
};
/* Adds and starts a channel. The channel's memory stays the caller's until ld_gateway_free(). */
int ld_gateway_add(struct ld_gateway *gw, struct ld_channel *ch,
		   const struct ld_gateway_lane *lane);

/* An operator invites a number, under the rules of ambassadors. done() on the I/O thread: rc of the
 * store, and why not (NULL: invited, or would be without commit). LD_E_UNKNOWN: no channel could
 * carry it. */
struct ld_gateway_invitation {
	struct ld_msisdn to;
	char course[LD_COURSE_MAX];     /* "": the default one */
	unsigned tdp;                   /* 0: not told */
	bool commit;                    /* else only looks */
	void (*done)(void *arg, int rc, const char *why);
	void *arg;
};
int ld_gateway_invite(struct ld_gateway *gw, const struct ld_gateway_invitation *what);

/* An operator knows that the first learners of two numbers are one person. done() on the I/O thread:
 * rc of the store, and why they cannot be joined (NULL: they are, or could be without commit). */
struct ld_gateway_merger {
	struct ld_msisdn from, to;      /* what nobody asked for comes to `to` */
	bool commit;                    /* else only looks */
	void (*done)(void *arg, int rc, const char *why);
	void *arg;
};
int ld_gateway_merge(struct ld_gateway *gw, const struct ld_gateway_merger *what);

/* Once a second: due messages, retries, housekeeping. */
void ld_gateway_tick(struct ld_gateway *gw);

/* Replace the content between two steps; the old tree is freed. Sessions go on by screen names. */
int ld_gateway_set_content(struct ld_gateway *gw, struct ld_content *content);

/* The content in use. Work thread only. */
const struct ld_content *ld_gateway_content(const struct ld_gateway *gw);

struct ld_gateway_channel_status {
	const char *name, *kind;
	enum ld_channel_state state;
	char why[128];
	uint64_t received, sent, failed, refused;
	unsigned in_flight;
};
/* Every channel that sends, as it is now; how many. For ld_outbox_explain(). */
enum { LD_GATEWAY_LANES = 24 };
unsigned ld_gateway_lanes(const struct ld_gateway *gw, struct ld_outbox_lane ret[LD_GATEWAY_LANES]);
/* What waits, by channel and urgency, and what holds the first of each: as of some seconds ago.
 * Borrowed until the next turn of the loop. */
enum { LD_GATEWAY_QUEUES = 64 };
struct ld_gateway_queue {
	struct ld_out_queue what;
	struct ld_out_answer first;
};
unsigned ld_gateway_queues(const struct ld_gateway *gw, const struct ld_gateway_queue **ret);
/* What holds for the whole board. Work thread. */
int ld_gateway_now(const struct ld_gateway *gw, struct ld_store *st, struct ld_outbox_now *ret);
/* The channel number i (0..), or LD_E_UNKNOWN past the last. */
int ld_gateway_channel(const struct ld_gateway *gw, unsigned i,
		       struct ld_gateway_channel_status *ret);

/* What a completion code says; m: the number of who shows it, or NULL. Work thread only. */
struct ld_gateway_verdict {
	bool readable;                  /* eleven digits that fit together */
	bool genuine;                   /* somebody completed that course and has this code */
	bool owner;                     /* it belongs to a learner of that number */
	char course[LD_COURSE_MAX];
	int64_t at_ms;
	int64_t ward_ms;                /* the ward has confirmed it; 0: not known here */
};
int ld_gateway_verify(struct ld_gateway *gw, struct ld_store *st, const char *code,
		      const struct ld_msisdn *m, struct ld_gateway_verdict *ret);

/* Steps done, and their time in the work thread, for metrics. */
/* Work thread: the learner of an open request for data is told what is stored of her, and the
 * request is answered by that. 1 done, 0 her number is not known here or nobody carries it. */
int ld_gateway_tell_data(struct ld_gateway *gw, struct ld_store *st, const struct ld_ledger_row *row);

struct ld_gateway_stats {
	uint64_t steps, duplicates, ignored, failed, looped;
};
void ld_gateway_stats(const struct ld_gateway *gw, struct ld_gateway_stats *ret);

#endif
