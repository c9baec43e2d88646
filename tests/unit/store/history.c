/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of a learner's answers says the same as all of them, in whatever order they came. */
#include "nodes.h"

enum { SEEDS = 5, NODES = 3, ROUNDS = 100, LESSONS = 3, ALL = LD_ANSWER_LESSONS * LD_ANSWERS_EACH };

static const struct ld_id learner = { { 5 } };

struct streak {
	unsigned wrong;                 /* in a row, up to the last answer; no more than are told apart */
	unsigned kept;
	int64_t last;
};

/* Nothing is cut here: the oracle. */
struct all {
	unsigned n;
	struct ld_answer a[ROUNDS];
};

static int by_time(const void *x, const void *y)
{
	const struct ld_answer *a = x, *b = y;

	return a->at_ms != b->at_ms ? (a->at_ms < b->at_ms ? -1 : 1) :
	       a->right != b->right ? a->right - b->right : a->lesson - b->lesson;
}

static void streaks(const struct ld_answer *a, unsigned n, struct streak ret[LESSONS + 1])
{
	memset(ret, 0, sizeof(*ret) * (LESSONS + 1));
	for (unsigned i = 0; i < n; i++) {
		struct streak *s = &ret[a[i].lesson];

		if (i > 0 && by_time(&a[i], &a[i - 1]) == 0)
			continue;       /* the same answer at the same moment is one */
		s->wrong = a[i].right ? 0 : s->wrong + 1;
		s->kept = a[i].right ? 1 : s->kept + (s->kept < LD_ANSWERS_EACH);
		s->last = a[i].at_ms;
	}
	for (unsigned i = 0; i <= LESSONS; i++)
		if (ret[i].wrong > LD_ANSWERS_EACH)
			ret[i].wrong = LD_ANSWERS_EACH;
}

static void answers(struct node *n, const struct ld_answer *a)
{
	struct ld_fact f = { .kind = LD_EV_ANSWER, .subject = learner };

	memcpy(f.u.answer.course, "VNEID", 6);
	f.u.answer.lesson = a->lesson;
	f.u.answer.right = a->right;
	ld_clock_manual_init(&n->clock, a->at_ms - 1000);       /* append waits for a second */
	append(n, &f, NULL);
}

static void same_streaks(struct node *n, struct all *all)
{
	struct streak is[LESSONS + 1], should[LESSONS + 1];
	struct ld_answer some[ALL];
	int k = ld_store_answers(n->st, &learner, "VNEID", some, ALL);
	unsigned kept = 0;

	assert_true(k > 0);
	qsort(all->a, all->n, sizeof(all->a[0]), by_time);
	streaks(all->a, all->n, should);
	streaks(some, (unsigned)k, is);
	for (unsigned i = 0; i <= LESSONS; i++) {
		assert_int_equal(is[i].wrong, should[i].wrong);
		assert_int_equal(is[i].last, should[i].last);
		kept += should[i].kept;
	}
	assert_int_equal(k, kept);
}

static void play(unsigned long seed)
{
	struct ld_random_seeded r;
	struct node n[NODES];
	struct all all = { 0 };

	printf("# SEED=%lu\n", seed);
	ld_random_seeded_init(&r, seed);
	for (uint8_t i = 0; i < NODES; i++)
		node_init(&n[i], 2 + i);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct ld_answer a = { .lesson = (uint8_t)(1 + ld_random_below(&r.random, LESSONS)),
				       .right = ld_random_below(&r.random, 4) == 0,
				       .at_ms = 1800000000000 + 5000 * (int64_t)(i / 2) };

		answers(&n[ld_random_below(&r.random, NODES)], &a);
		all.a[all.n++] = a;
	}
	for (unsigned i = 0; i < 2 * NODES; i++)
		sync_to(&n[i % NODES], &n[(i + 1) % NODES], i % 2);
	for (unsigned i = 0; i < NODES; i++) {
		same_streaks(&n[i], &all);
		same_projections(&n[0], &n[i]);
		rebuilds_to_the_same(&n[i]);
	}
	for (unsigned i = 0; i < NODES; i++)
		node_end(&n[i]);
}

static void as_if_nothing_were_cut(void **state)
{
	const char *env = getenv("SEED");

	(void)state;
	for (unsigned long i = 1; i <= (env ? 1 : SEEDS); i++)
		play(env ? strtoul(env, NULL, 0) : i);
}

/* Where many numbers are hers, the newest are looked at. */
static void the_newest_few(void **state)
{
	struct ld_answer some[2];
	struct node n;

	(void)state;
	node_init(&n, 2);
	for (unsigned i = 0; i < 4; i++)
		answers(&n, &(struct ld_answer){ .lesson = (uint8_t)(4 - i), .right = i % 2,
						 .at_ms = 1800000000000 + 5000 * (int64_t)(i + 1) });
	assert_int_equal(ld_store_answers(n.st, &learner, "VNEID", some, 2), 2);
	assert_int_equal(some[0].lesson, 2);
	assert_int_equal(some[1].lesson, 1);
	assert_true(some[0].at_ms < some[1].at_ms && some[1].right);
	assert_int_equal(ld_store_answers(n.st, &learner, "LUADAO", some, 2), 0);
	node_end(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_if_nothing_were_cut),
		cmocka_unit_test(the_newest_few),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
