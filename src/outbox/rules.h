/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outbox: what its files share. */
#ifndef LAIDO_OUTBOX_RULES_H
#define LAIDO_OUTBOX_RULES_H

#include "laido/outbox/outbox.h"

#define OUT_DAY_MS (INT64_C(24) * 3600 * 1000)

/* Nobody asked for it. */
static inline bool out_unasked(enum ld_prio prio)
{
	return prio > LD_PRIO_HELP;
}

int64_t out_local_day(const struct ld_outbox_now *now);
int64_t out_next_day_ms(const struct ld_outbox_now *now);

/* Parts that a channel may still send today at this urgency; UINT16_MAX: no limit. */
int out_parts_left(struct ld_store *st, const struct ld_outbox_lane *lane,
		   const struct ld_outbox_now *now, enum ld_prio prio, unsigned *ret);

#endif
