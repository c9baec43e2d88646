/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Missed calls (nhay may): a caller lets it ring and pays nothing. A call is told once, as soon as
 * its number is known or 3 s have passed without one, and is hung up unanswered. Pure. */
#ifndef LAIDO_MODEMD_CALLS_H
#define LAIDO_MODEMD_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "urc.h"

struct ld_calls {
	bool active;
	bool told;
	bool hang_up;           /* the owner is to hang up, and clears it */
	int64_t first_ms;
	int64_t last_ms;
	int64_t hung_up_ms;     /* when that was asked for */
	char number[24];
};

/* Feed an event, or LD_URC_OWN_DONE as a mere tick. True when a missed call is to be told: its
 * number is in c->number, "" when withheld. */
bool ld_calls_feed(struct ld_calls *c, enum ld_urc_event ev, const char *number, int64_t now_ms);

#endif
