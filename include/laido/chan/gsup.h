/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chan/gsup: USSD through a core network. We register with an OsmoHLR as an External USSD Entity
 * (EUSE) over GSUP and serve live sessions; there are no stored messages (ops->send is NULL).
 *
 * The network tells the IMSI only. The number is asked from the HLR's CTRL interface and kept 24 h
 * in memory; without an answer in time, or for an unknown IMSI, the session is anonymous
 * (inbound.from is ""). Nothing is keyed on the IMSI outside this room.
 *
 * The HLR needs: `euse ward`, `ussd route prefix *123 external ward`, and an `ncss-guard-timeout`
 * above our session timer. */
#ifndef LAIDO_CHAN_GSUP_H
#define LAIDO_CHAN_GSUP_H

#include "laido/config/config.h"
#include "laido/port/channel.h"
#include "laido/port/clock.h"
#include "laido/port/random.h"

struct ld_chan_gsup_cfg {
	const char *name;               /* of the channel, in logs and reports */
	struct ld_conf_gsup conf;       /* host: best an IP address, names are resolved blocking */
	const struct ld_clock *clock;
	struct ld_random *random;
	void *ctx;                      /* talloc parent, of the I/O thread */

	/* 0 means the default in brackets. */
	unsigned max_sessions;          /* [5000]; one more is told that USSD is busy */
	unsigned max_cached;            /* numbers kept [20000]; the oldest makes room */
	int lookup_ms;                  /* wait for the number [2000], at most half of session_ms */
	int64_t cache_ms;               /* keep a number [24 h] */

	/* Last screens, in the GSM alphabet, up to 128 septets. NULL: an error component, which most
	 * phones show in their own words. */
	const char *text_busy;          /* the gateway has no room; dial again */
	const char *text_timeout;       /* the session timer ran out */
};

/* Fill ret and make the channel; cfg is copied, the strings in it included; clock, random and
 * host are borrowed until ops->stop(). 0, LD_E_NOMEM, or LD_E_RANGE for a budget that no component
 * can carry, a session timer outside 1 ms..25 s, or a text that does not fit. */
int ld_chan_gsup_init(struct ld_channel *ret, const struct ld_chan_gsup_cfg *cfg,
		      const struct ld_channel_host *host);

/*           name, what happened */
#define LD_CHAN_GSUP_COUNTERS(X) \
	X(begun)                /* sessions the gateway took */ \
	X(answers)              /* answers of phones */ \
	X(screens)              /* screens sent, last ones included */ \
	X(ended)                /* sessions that we ended as asked */ \
	X(timeouts)             /* sessions ended by our timer */ \
	X(lost)                 /* ended by the network, a new BEGIN or a broken link */ \
	X(anonymous)            /* sessions served without a number */ \
	X(busy)                 /* refused: no room here or in the gateway */ \
	X(refused)              /* BEGIN with something we do not serve */ \
	X(bad_gsup)             /* messages that could not be read */ \
	X(bad_component)        /* components that could not be read */ \
	X(unexpected)           /* well-formed, but not now; dropped */ \
	X(cut)                  /* screens larger than their budget */ \
	X(links)                /* times the link to the HLR came up */ \
	X(cache_hits)

struct ld_chan_gsup_stats {
#define LD_CHAN_GSUP_FIELD_(name) uint64_t name;
	LD_CHAN_GSUP_COUNTERS(LD_CHAN_GSUP_FIELD_)
#undef LD_CHAN_GSUP_FIELD_
	unsigned sessions, sessions_high_water;
};
void ld_chan_gsup_stats(const struct ld_channel *ch, struct ld_chan_gsup_stats *ret);

#endif
