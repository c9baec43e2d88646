/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chan/phone: the simulated handset as a channel. Programs attach as a number of the configured
 * test range through a door (the control socket) and dial, type, text and call; screens and
 * messages go back to them (docs/FORMATS.md, "Control socket", has every message).
 *
 * A message for a number that nobody is attached as waits, at most 50 a number and 2,000 in all;
 * the oldest is given up first. It counts as sent when taken, as delivered when shown. */
#ifndef LAIDO_CHAN_PHONE_H
#define LAIDO_CHAN_PHONE_H

#include <jansson.h>

#include "laido/base/err.h"
#include "laido/config/config.h"
#include "laido/port/channel.h"

/* A channel named "phone", not started. cfg and host are borrowed. Free it by talloc_free() after
 * ops->stop(). NULL when out of memory. */
struct ld_channel *ld_phone_new(void *ctx, const struct ld_config *cfg,
				const struct ld_channel_host *host);

/* The way back to the program at the other end. Both take over msg. */
struct ld_phone_door {
	void (*push)(void *arg, json_t *msg);
	void (*end)(void *arg, json_t *msg);    /* the last message; the handset is gone */
	void *arg;
};

/* Attach with the fields of `in`: "number", optional "septets" and "units" (the budget of a
 * screen). With a "do" in it, that one input is done and the handset ends when it is settled; else
 * it stays until ld_phone_gone(), its own "detach" or the channel's stop. 0, then *ret_handset is
 * what the two functions below want, or NULL when it has ended already. On failure the door is
 * not used: LD_E_RANGE, LD_E_DENIED (no test number), LD_E_BUSY (in use; too many), with err. */
int ld_phone_attach(struct ld_channel *ch, const json_t *in, const struct ld_phone_door *door,
		    void **ret_handset, struct ld_errmsg *err);

/* What the program sends next, and its hanging up; shaped for ld_ctl_keep(). */
void ld_phone_more(void *handset, const json_t *in);
void ld_phone_gone(void *handset);

struct ld_phone_stats {
	unsigned attached, attached_high_water;
	unsigned waiting, waiting_high_water;   /* messages */
	uint64_t given_up;                      /* messages that no longer wait */
	uint64_t refused;                       /* inputs the gateway had no room for */
};
void ld_phone_stats(const struct ld_channel *ch, struct ld_phone_stats *ret);

#endif
