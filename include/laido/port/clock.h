/* SPDX-License-Identifier: GPL-2.0-or-later */
/* port/clock: the only door to time. Everything that needs the time is given a clock; a test owns
 * its own and runs a year in a second. */
#ifndef LAIDO_PORT_CLOCK_H
#define LAIDO_PORT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct ld_clock {
	int64_t (*monotonic_ms)(const struct ld_clock *);       /* never steps back */
	int64_t (*utc_ms)(const struct ld_clock *, bool *ret_trusted);
};

static inline int64_t ld_clock_monotonic_ms(const struct ld_clock *c)
{
	return c->monotonic_ms(c);
}

/* ret_trusted may be NULL (DESIGN 3, trusted time). */
static inline int64_t ld_clock_utc_ms(const struct ld_clock *c, bool *ret_trusted)
{
	return c->utc_ms(c, ret_trusted);
}

/* The system's clocks. UTC counts as trusted when trust_system is set (make run), or when the
 * kernel says that a time service disciplines it (adjtimex). */
struct ld_clock_sys {
	struct ld_clock clock;
	bool trust_system;
};
void ld_clock_sys_init(struct ld_clock_sys *c, bool trust_system);

/* A clock that stands still until it is told to move. */
struct ld_clock_manual {
	struct ld_clock clock;
	int64_t mono_ms;
	int64_t utc;
	bool trusted;
};
void ld_clock_manual_init(struct ld_clock_manual *c, int64_t utc_ms);
void ld_clock_manual_advance(struct ld_clock_manual *c, int64_t by_ms);

#endif
