/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long runs: their events are put into the log at once, where the engine can, and folded one by one. */
#include "nodes.h"

enum { LEARNERS = 5, ROUNDS = 12 };

static struct ld_id learner(unsigned i)
{
	return (struct ld_id){ { 's', (uint8_t)(i + 1) } };
}

static void set(struct node *n, unsigned i, const struct ld_dot *over, struct ld_dot *ret)
{
	struct ld_fact f = { .kind = LD_EV_SET, .subject = learner(i) };

	f.u.set.reg = LD_REG_TDP;
	snprintf(f.u.set.value, sizeof(f.u.set.value), "%u", 1 + i);
	if (over) {
		f.u.set.over.n = 1;
		f.u.set.over.dot[0] = *over;
	}
	append(n, &f, ret);
}

static void answer(struct node *n, unsigned i, unsigned lesson)
{
	struct ld_fact f = { .kind = LD_EV_ANSWER, .subject = learner(i) };

	snprintf(f.u.answer.course, sizeof(f.u.answer.course), "VNEID");
	f.u.answer.lesson = (uint8_t)lesson;
	f.u.answer.right = lesson % 2;
	append(n, &f, NULL);
}

/* Answers in turn; each tells her group over and over. */
static void live(struct node *n)
{
	struct ld_dot dot[LEARNERS];

	for (unsigned r = 0; r < ROUNDS; r++)
		for (unsigned i = 0; i < LEARNERS; i++)
			if (r % 3 == 0)
				set(n, i, r ? &dot[i] : NULL, &dot[i]);
			else
				answer(n, i, r);
}

static void from_hand_to_hand(void **state)
{
	struct node a, b, c;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	node_init(&c, 3);
	live(&a);
	sync_to(&a, &b, false);
	same_projections(&a, &b);
	sync_to(&b, &c, false);
	same_projections(&a, &c);
	rebuilds_to_the_same(&b);
	rebuilds_to_the_same(&c);
	node_end(&a);
	node_end(&b);
	node_end(&c);
}

/* A stretch of which some is known already. */
static void the_rest(void **state)
{
	struct node a, b;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	answer(&a, 0, 1);
	sync_to(&a, &b, false);
	live(&a);
	sync_to(&a, &b, false);
	same_projections(&a, &b);
	rebuilds_to_the_same(&b);
	node_end(&a);
	node_end(&b);
}

/* Of a learner who is closed here only commitments are kept, between the others' contents. */
static void closed_among_others(void **state)
{
	struct ld_fact f = { .kind = LD_EV_CLOSE, .subject = { { 'p' } } };
	struct ld_stream_state have;
	struct ld_dot dot;
	struct node a, b, c;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	node_init(&c, 3);
	live(&a);
	f.u.close.why = LD_CLOSE_ERASE;
	f.u.close.slot = 1;
	f.u.close.s = learner(2);
	append(&b, &f, NULL);
	answer(&a, 0, 1);
	set(&a, 0, NULL, &dot);
	sync_to(&a, &b, false);
	assert_int_equal(ld_store_stream(b.st, &dot.stream, &have), 0);
	assert_int_equal(have.hollow, ROUNDS);
	sync_to(&b, &c, false);
	same_projections(&b, &c);
	rebuilds_to_the_same(&b);
	node_end(&a);
	node_end(&b);
	node_end(&c);
}

/* An author that overwrites what it is only going to write: it comes dead, however it arrives. */
static void overwritten_beforehand(void **state)
{
	struct ld_dot dot;
	struct node a, b;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	live(&a);
	set(&a, 0, NULL, &dot);
	dot.seq += 3;
	set(&a, 1, &dot, NULL);
	set(&a, 1, NULL, NULL);
	set(&a, 1, NULL, NULL);                 /* that one */
	sync_to(&a, &b, false);
	same_projections(&a, &b);
	rebuilds_to_the_same(&b);
	node_end(&a);
	node_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_hand_to_hand),
		cmocka_unit_test(the_rest),
		cmocka_unit_test(closed_among_others),
		cmocka_unit_test(overwritten_beforehand),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
