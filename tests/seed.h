/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/seed: repeatable randomness for tests of rooms below port. The seed is printed first and
 * taken from SEED= in the environment. */
#ifndef LAIDO_TESTS_SEED_H
#define LAIDO_TESTS_SEED_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static inline uint64_t seed_start(void)
{
	const char *given = getenv("SEED");
	uint64_t seed = 0;

	if (given)
		seed = strtoull(given, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = 1;
	printf("# SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* splitmix64 */
static inline uint64_t seed_u64(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 0..bound-1 */
static inline uint32_t seed_below(uint64_t *state, uint32_t bound)
{
	return (uint32_t)(seed_u64(state) % bound);
}

#endif
