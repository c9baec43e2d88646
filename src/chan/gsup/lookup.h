/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From IMSI to telephone number: a bounded cache in front of the HLR's CTRL interface. */
#ifndef LAIDO_CHAN_GSUP_LOOKUP_H
#define LAIDO_CHAN_GSUP_LOOKUP_H

#include <osmocom/core/linuxlist.h>

#include "laido/model/ids.h"
#include "laido/port/clock.h"

#include "ctrl.h"

enum {
	IMSI_MAX = 16,          /* 6..15 digits and NUL */
	CACHE_SLOTS = 1024,     /* powers of two */
};

struct lookup {
	void *ctx;              /* talloc */
	const struct ld_clock *clock;
	int wait_ms;
	int64_t cache_ms;
	unsigned max_cached;

	struct ctrl ctrl;
	unsigned last_id;
	struct llist_head waits;        /* oldest first, as answers come */
	unsigned n_cached;
	struct llist_head cached;       /* oldest first */
	struct hlist_head by_imsi[CACHE_SLOTS];
};

/* One question; embed in zeroed memory. */
struct lookup_wait {
	struct lookup *lookup;  /* NULL: not waiting */
	struct llist_head list;
	struct osmo_timer_list timer;
	unsigned id;
	char imsi[IMSI_MAX];
	void (*done)(void *arg, const char *msisdn);
	void *arg;
};

/* The fields above the blank line, and ctrl.host and ctrl.port, are set by the caller. */
int lookup_start(struct lookup *l, struct ld_random *random);
void lookup_stop(struct lookup *l);

/* The number of an IMSI, digits, from the cache. False when it is not there or too old. */
bool lookup_cached(struct lookup *l, const char *imsi, struct ld_msisdn *ret);

/* Ask. done() is called once, never from within: with digits, or NULL when the HLR knows none or
 * does not answer in time. */
void lookup_ask(struct lookup *l, struct lookup_wait *w, const char *imsi,
		void (*done)(void *arg, const char *msisdn), void *arg);

/* done() will not be called. Harmless when nothing was asked. */
void lookup_forget(struct lookup_wait *w);

/* The msisdn line of a subscriber's info. LD_E_UNKNOWN when there is none with 3..15 digits. */
int lookup_info_msisdn(const char *info, struct ld_msisdn *ret);

uint32_t lookup_hash(const char *imsi);

#endif
