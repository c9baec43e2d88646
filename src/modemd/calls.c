/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calls.h"

#include <stdio.h>
#include <string.h>

enum {
	NUMBER_WAIT_MS = 3000,  /* RING often comes before +CLIP */
	RING_GAP_MS = 8000,     /* no ring for so long: the call is over */
	HUNG_UP_MS = 2500,      /* a ring so long after we hung up is another call, or it failed */
	SAME_CALL_MS = 15000,   /* a MISSED_CALL line after the rings is the same call */
};

static void ring(struct ld_calls *c, int64_t now_ms)
{
	if (!c->active || (c->told && now_ms - c->hung_up_ms > HUNG_UP_MS)) {
		c->active = true;
		c->told = false;
		c->number[0] = 0;
		c->first_ms = now_ms;
	}
	c->last_ms = now_ms;
}

static bool tell(struct ld_calls *c)
{
	if (c->told)
		return false;
	c->told = true;
	return true;
}

static bool missed(struct ld_calls *c, const char *number, int64_t now_ms)
{
	bool same = c->told && now_ms - c->last_ms < SAME_CALL_MS &&
		    (c->number[0] == 0 || strcmp(c->number, number) == 0);

	c->active = false;
	if (same)
		return false;
	snprintf(c->number, sizeof(c->number), "%s", number);
	c->told = true;
	c->last_ms = now_ms;
	return true;
}

static bool tick(struct ld_calls *c, int64_t now_ms)
{
	if (!c->active)
		return false;
	if (now_ms - c->last_ms > RING_GAP_MS)
		c->active = c->hang_up = false;
	if (c->told || (c->number[0] == 0 && now_ms - c->first_ms < NUMBER_WAIT_MS))
		return false;
	c->hang_up = c->active;
	c->hung_up_ms = now_ms;
	return tell(c);
}

bool ld_calls_feed(struct ld_calls *c, enum ld_urc_event ev, const char *number, int64_t now_ms)
{
	switch (ev) {
	case LD_URC_CLIP:
		ring(c, now_ms);
		if (c->number[0] == 0)
			snprintf(c->number, sizeof(c->number), "%s", number);
		return tick(c, now_ms);
	case LD_URC_RING:
		ring(c, now_ms);
		return tick(c, now_ms);
	case LD_URC_MISSED:
		return missed(c, number, now_ms);
	case LD_URC_CALL_END:
		if (!c->active)
			return false;
		c->active = c->hang_up = false;
		return tell(c);
	default:
		return tick(c, now_ms);
	}
}
