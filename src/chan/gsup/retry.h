/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trying again after 1, 2, 4 .. 30 s, each up to a quarter more or less, so that boards that lost
 * the same HLR do not come back in step. Embed in zeroed memory. */
#ifndef LAIDO_CHAN_GSUP_RETRY_H
#define LAIDO_CHAN_GSUP_RETRY_H

#include <osmocom/core/timer.h>

#include "laido/port/random.h"

struct retry {
	struct osmo_timer_list timer;
	struct ld_random *random;
	unsigned failures;
};

void retry_init(struct retry *r, struct ld_random *random, void (*again)(void *arg), void *arg);

/* Schedule the next attempt. Returns the wait in ms, for the log. */
int retry_later(struct retry *r);

/* Give an attempt that is under way this long. */
void retry_if_not_within(struct retry *r, int ms);

/* The attempt succeeded: begin at 1 s next time. */
void retry_succeeded(struct retry *r);

void retry_stop(struct retry *r);

#endif
