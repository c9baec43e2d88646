/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outbox: the policy between what is to be sent and the channels that carry it. Rows live in the
 * store; a row is an intent before a channel sees it, and leaves that state by a result only. */
#ifndef LAIDO_OUTBOX_OUTBOX_H
#define LAIDO_OUTBOX_OUTBOX_H

#include "laido/store/store.h"

enum {
	LD_OUT_TRIES_MAX = 5,
	LD_OUT_UNKNOWN_MS = 60 * 1000,  /* an intent older than that, with nobody to ask */
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
	int utc_offset_min;
	bool quiet;                     /* only replies and help may go now */
};

/* May a message of so many parts go out by this channel today? 1 yes, and it is counted; 0 no. */
int ld_outbox_admit(struct ld_store *st, const char *channel, const struct ld_outbox_limits *l,
		    enum ld_prio prio, unsigned parts, int64_t now_ms);

/* The most urgent row for this channel becomes an intent. LD_E_UNKNOWN: nothing may go now. */
int ld_outbox_pick(struct ld_store *st, const char *channel, const struct ld_outbox_limits *l,
		   int64_t now_ms, struct ld_out_row *ret);

/* Why a queued row still waits, as far as the store knows: "" when nothing holds it. */
int ld_outbox_explain(struct ld_store *st, const struct ld_out_row *r,
		      const struct ld_outbox_limits *l, int64_t now_ms, char *ret, size_t size);

/* A channel's word on a row, in any order and as often as it likes. jitter_ms spreads retries. */
int ld_outbox_result(struct ld_store *st, const struct ld_sent *s, int64_t jitter_ms,
		     int64_t now_ms);

/* Intents that nobody can settle any more become "unknown". Returns how many. */
int ld_outbox_give_up(struct ld_store *st, int64_t older_than_ms, int64_t now_ms);

/* What a row's state means, for `laido message show`. */
const char *ld_out_state_name(enum ld_out_state s);

#endif
