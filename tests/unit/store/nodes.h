/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boards with a store each, on virtual clocks, that exchange what they hold: for tests of folds. */
#ifndef LAIDO_TESTS_NODES_H
#define LAIDO_TESTS_NODES_H

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

static const struct ld_ward_keys keys = { .name_key = { 7 }, .completion_key = { 9 } };

static inline void node_open(struct node *n, const uint8_t ward_pk[32])
{
	struct ld_errmsg err;
	struct ld_store_cfg cfg = { .path = n->path, .clock = &n->clock.clock,
				    .random = &n->random.random, .author = &n->key };

	memcpy(cfg.ward_pk, ward_pk, sizeof(cfg.ward_pk));
	if (engine_open(&n->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
}

/* Of no ward. */
static inline void node_start(struct node *n)
{
	static const uint8_t none[32];

	node_open(n, none);
}

static inline void node_make(struct node *n, uint8_t who)
{
	uint8_t seed[32] = { who };

	memset(n, 0, sizeof(*n));
	snprintf(n->dir, sizeof(n->dir), "/tmp/laido-log-XXXXXX");
	assert_non_null(mkdtemp(n->dir));
	snprintf(n->path, sizeof(n->path), "%.64s/laido.db", n->dir);
	ld_clock_manual_init(&n->clock, 1800000000000);
	ld_random_seeded_init(&n->random, who);
	ld_keypair_from_seed(&n->key, seed);
}

static inline void node_init(struct node *n, uint8_t who)
{
	node_make(n, who);
	node_start(n);
}

/* A node of the ward whose key is that of node 1. */
static inline void node_init_ward(struct node *n, uint8_t who)
{
	static const uint8_t seed[32] = { 1 };
	struct ld_keypair ward;

	node_make(n, who);
	ld_keypair_from_seed(&ward, seed);
	node_open(n, ward.pk);
}

static void node_end(struct node *n)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".lock" };
	char path[96];

	ld_store_close(n->st);
	for (size_t i = 0; i < LD_ARRAY_SIZE(suffix); i++) {
		snprintf(path, sizeof(path), "%s%s", n->path, suffix[i]);
		unlink(path);
	}
	rmdir(n->dir);
}

static void append(struct node *n, const struct ld_fact *f, struct ld_dot *ret)
{
	ld_clock_manual_advance(&n->clock, 1000);
	assert_int_equal(ld_store_begin(n->st), 0);
	assert_int_equal(ld_store_append(n->st, f, ret), 0);
	assert_int_equal(ld_store_commit(n->st), 0);
}

struct want {
	struct node *from, *to;
	unsigned moved;
	bool backwards;
	unsigned n;
	struct ld_stream s[512];
};

static int list(void *arg, const struct ld_stream_state *s)
{
	struct want *w = arg;

	assert_true(w->n < LD_ARRAY_SIZE(w->s));
	w->s[w->n++] = s->stream;
	return 0;
}

/* Everything that has a head goes over, stream by stream, in either order of streams. */
static void sync_to(struct node *from, struct node *to, bool backwards)
{
	struct want w = { .from = from, .to = to };

	assert_int_equal(ld_store_begin(from->st), 0);
	assert_int_equal(ld_store_sign_heads(from->st), 0);
	assert_int_equal(ld_store_commit(from->st), 0);
	assert_int_equal(ld_store_streams(from->st, list, &w), 0);
	assert_int_equal(ld_store_begin(to->st), 0);
	for (unsigned i = 0; i < w.n; i++) {
		const struct ld_stream *s = &w.s[backwards ? w.n - 1 - i : i];
		struct ld_stream_state have;
		struct ld_run run;
		struct ld_head head;

		for (;;) {
			int rc = ld_store_stream(to->st, s, &have);
			assert_true(rc == 0 || rc == LD_E_UNKNOWN);
			rc = ld_store_run(from->st, s, have.seq + 1, &run, &head);
			if (rc == LD_E_UNKNOWN)
				break;
			assert_int_equal(rc, 0);
			assert_true(ld_store_apply(to->st, &run, &head) > 0);
			assert_int_equal(ld_store_apply(to->st, &run, &head), 0);
			ld_run_release(&run);
		}
	}
	assert_int_equal(ld_store_commit(to->st), 0);
}

struct text {
	size_t len;
	char t[1 << 20];
};

static void add_line(void *arg, const char *line)
{
	struct text *t = arg;

	t->len += (size_t)snprintf(t->t + t->len, sizeof(t->t) - t->len, "%s\n", line);
	assert_true(t->len < sizeof(t->t));
}

static void same_projections(struct node *a, struct node *b)
{
	static struct text x, y;

	x.len = y.len = 0;
	assert_int_equal(ld_store_dump(a->st, add_line, &x), 0);
	assert_int_equal(ld_store_dump(b->st, add_line, &y), 0);
	assert_true(x.len > 0);
	assert_string_equal(x.t, y.t);
}

static void rebuilds_to_the_same(struct node *n)
{
	static struct text x, y;

	x.len = y.len = 0;
	assert_int_equal(ld_store_dump(n->st, add_line, &x), 0);
	assert_int_equal(ld_store_begin(n->st), 0);
	assert_int_equal(ld_store_rebuild(n->st), 0);
	assert_int_equal(ld_store_commit(n->st), 0);
	assert_int_equal(ld_store_dump(n->st, add_line, &y), 0);
	assert_string_equal(x.t, y.t);
}

#endif
