/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "retry.h"

enum { FIRST_MS = 1000, LAST_MS = 30000 };

void retry_init(struct retry *r, struct ld_random *random, void (*again)(void *arg), void *arg)
{
	r->random = random;
	osmo_timer_setup(&r->timer, again, arg);
}

void retry_if_not_within(struct retry *r, int ms)
{
	osmo_timer_schedule(&r->timer, ms / 1000, ms % 1000 * 1000);
}

int retry_later(struct retry *r)
{
	int ms = FIRST_MS << r->failures;

	if (ms < LAST_MS)
		r->failures++;
	else
		ms = LAST_MS;
	ms = ms * 3 / 4 + (int)ld_random_below(r->random, (uint32_t)ms / 2);
	retry_if_not_within(r, ms);
	return ms;
}

void retry_succeeded(struct retry *r)
{
	r->failures = 0;
	osmo_timer_del(&r->timer);
}

void retry_stop(struct retry *r)
{
	osmo_timer_del(&r->timer);
}
