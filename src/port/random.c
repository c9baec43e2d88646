/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/port/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "laido/base/err.h"

uint32_t ld_random_below(struct ld_random *r, uint32_t bound)
{
	uint32_t limit = UINT32_MAX - UINT32_MAX % bound;
	uint32_t v;

	do
		ld_random_fill(r, &v, sizeof(v));
	while (v >= limit);
	return v % bound;
}

uint64_t ld_random_u64(struct ld_random *r)
{
	uint64_t v;

	ld_random_fill(r, &v, sizeof(v));
	return v;
}

static void sys_fill(struct ld_random *r, void *buf, size_t len)
{
	uint8_t *p = buf;

	(void)r;
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);
		if (n < 0) {
			ld_assert(errno == EINTR);
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
}

struct ld_random *ld_random_sys(void)
{
	static struct ld_random sys = { sys_fill };
	return &sys;
}

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void seeded_fill(struct ld_random *r, void *buf, size_t len)
{
	struct ld_random_seeded *s = (struct ld_random_seeded *)r;
	uint8_t *p = buf;

	while (len > 0) {
		uint64_t v = splitmix64(&s->state);
		size_t n = len < sizeof(v) ? len : sizeof(v);
		memcpy(p, &v, n);
		p += n;
		len -= n;
	}
}

void ld_random_seeded_init(struct ld_random_seeded *r, uint64_t seed)
{
	r->random.fill = seeded_fill;
	r->state = seed;
}
