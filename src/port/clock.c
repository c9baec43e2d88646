/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/port/clock.h"

#include <sys/timex.h>
#include <time.h>

static int64_t ms_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t sys_monotonic_ms(const struct ld_clock *c)
{
	(void)c;
	return ms_of(CLOCK_MONOTONIC);
}

static int64_t sys_utc_ms(const struct ld_clock *c, bool *ret_trusted)
{
	const struct ld_clock_sys *s = (const struct ld_clock_sys *)c;

	if (ret_trusted) {
		struct timex tx = { 0 };
		*ret_trusted = s->trust_system || adjtimex(&tx) != TIME_ERROR;
	}
	return ms_of(CLOCK_REALTIME);
}

void ld_clock_sys_init(struct ld_clock_sys *c, bool trust_system)
{
	c->clock.monotonic_ms = sys_monotonic_ms;
	c->clock.utc_ms = sys_utc_ms;
	c->trust_system = trust_system;
}

static int64_t manual_monotonic_ms(const struct ld_clock *c)
{
	return ((const struct ld_clock_manual *)c)->mono_ms;
}

static int64_t manual_utc_ms(const struct ld_clock *c, bool *ret_trusted)
{
	const struct ld_clock_manual *m = (const struct ld_clock_manual *)c;

	if (ret_trusted)
		*ret_trusted = m->trusted;
	return m->utc;
}

void ld_clock_manual_init(struct ld_clock_manual *c, int64_t utc_ms)
{
	c->clock.monotonic_ms = manual_monotonic_ms;
	c->clock.utc_ms = manual_utc_ms;
	c->mono_ms = 1;
	c->utc = utc_ms;
	c->trusted = true;
}

void ld_clock_manual_advance(struct ld_clock_manual *c, int64_t by_ms)
{
	c->mono_ms += by_ms;
	c->utc += by_ms;
}
