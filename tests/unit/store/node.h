/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A board's store in a folder of its own. */
#ifndef LAIDO_TESTS_NODE_H
#define LAIDO_TESTS_NODE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/store/store.h"
#include "on_engine.h"

struct node {
	char dir[64], path[80];
	struct ld_clock_manual clock;
	struct ld_random_seeded random;
	struct ld_keypair key;
	struct ld_store *st;
};

static inline void node_init(struct node *n, uint8_t who)
{
	struct ld_errmsg err;
	struct ld_store_cfg cfg = { .path = n->path, .clock = &n->clock.clock,
				    .random = &n->random.random, .author = &n->key };

	memset(n, 0, sizeof(*n));
	snprintf(n->dir, sizeof(n->dir), "/tmp/laido-node-XXXXXX");
	assert_non_null(mkdtemp(n->dir));
	snprintf(n->path, sizeof(n->path), "%s/laido.db", n->dir);
	ld_clock_manual_init(&n->clock, 1800000000000);
	ld_random_seeded_init(&n->random, who);
	ld_keypair_from_seed(&n->key, (const uint8_t[32]){ who });
	assert_int_equal(engine_open(&n->st, &cfg, &err), 0);
}

static inline void node_end(struct node *n)
{
	char cmd[96];

	ld_store_close(n->st);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", n->dir);
	assert_int_equal(system(cmd), 0);
}

#endif
