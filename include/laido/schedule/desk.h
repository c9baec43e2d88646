/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schedule/desk: what operators ask about reminders and campaigns, as the control socket carries it
 * (docs/FORMATS.md, "reminders"): JSON in, JSON out. On the thread that owns the store, inside a
 * transaction. The same for a board that is its own ward and for the ward's server. */
#ifndef LAIDO_SCHEDULE_DESK_H
#define LAIDO_SCHEDULE_DESK_H

#include <jansson.h>

#include "laido/port/random.h"
#include "laido/schedule/campaign.h"

struct ld_desk {
	struct ld_store *st;
	const struct ld_content *content;
	struct ld_random *random;
	int64_t now_ms;
	int utc_offset_min;
	bool ward;                      /* this program may order: it holds the ward's key */
	int quiet_from_min, quiet_to_min;
	unsigned parts_per_day;         /* of a SIM, unasked ones; 0: no limit */
	unsigned sims;                  /* 1 when they are elsewhere */
};

/* "do": list, add, preview, approve, cancel, hold, rate, pause, resume. 0 and *ret is the caller's; a refusal
 * has words in err and nothing was written; LD_E_STORE and the like: roll back. */
int ld_desk_ask(const struct ld_desk *d, const json_t *in, json_t **ret, struct ld_errmsg *err);

#endif
