/* SPDX-License-Identifier: GPL-2.0-or-later */
/* port/random: the only door to randomness. Keys and salts come from the system's source, a test
 * gives a seeded one and prints its seed first. */
#ifndef LAIDO_PORT_RANDOM_H
#define LAIDO_PORT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct ld_random {
	void (*fill)(struct ld_random *, void *buf, size_t len);
};

static inline void ld_random_fill(struct ld_random *r, void *buf, size_t len)
{
	r->fill(r, buf, len);
}

/* Evenly distributed in 0..bound-1; bound > 0. */
uint32_t ld_random_below(struct ld_random *r, uint32_t bound);
uint64_t ld_random_u64(struct ld_random *r);

/* getrandom(2). */
struct ld_random *ld_random_sys(void);

/* Repeatable: the same seed gives the same octets (splitmix64). For tests. */
struct ld_random_seeded {
	struct ld_random random;
	uint64_t state;
};
void ld_random_seeded_init(struct ld_random_seeded *r, uint64_t seed);

#endif
