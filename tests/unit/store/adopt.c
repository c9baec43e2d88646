/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Learners of this board who are in no list of what is due, as after a restore: all are found, in
 * slices of any size, others' never. */
#include "node.h"

enum { LEARNERS = 250 };

static void learner(struct node *n, unsigned i, const struct ld_board_id *home)
{
	struct ld_fact f = { .kind = LD_EV_CONSENT };
	struct ld_id s = { { 0 } };

	ld_hash(s.b, sizeof(s.b), NULL, 0, (struct ld_span[]){ { &i, sizeof(i) } }, 1);
	f.subject = f.u.consent.p = s;
	f.u.consent.slot = 1;
	assert_int_equal(ld_store_append(n->st, &f, NULL), 0);
	memset(&f, 0, sizeof(f));
	f.kind = LD_EV_NUMBER;
	f.subject = s;
	f.u.number.home = *home;
	f.u.number.len = 1;
	assert_int_equal(ld_store_append(n->st, &f, NULL), 0);
}

static unsigned adopt(struct node *n, const struct ld_board_id *home, unsigned slice)
{
	struct ld_id cursor = { { 0 } };
	unsigned slices = 1;
	int rc;

	while ((rc = ld_store_due_adopt(n->st, home, 1800000000000, slice, &cursor)) == 1)
		assert_true(slices++ <= LEARNERS / slice + 1);
	assert_int_equal(rc, 0);
	return slices;
}

/* How many are due; they are taken out. */
static unsigned drain(struct node *n)
{
	struct ld_due d;
	unsigned found = 0;

	while (ld_store_due_next(n->st, INT64_MAX, &d) == 0) {
		assert_true(d.open);
		assert_int_equal(d.sent_ms, 1800000000000);
		assert_int_equal(ld_store_due_drop(n->st, &d.s), 0);
		found++;
	}
	return found;
}

static void test_all_are_found(void **state)
{
	static const unsigned slices[] = { 1, 7, 125, LEARNERS, LEARNERS + 1, 10000 };
	struct ld_board_id own, other = { { 9 } };
	struct ld_id cursor = { { 0 } };
	struct node n;

	(void)state;
	node_init(&n, 1);
	ld_board_id_of(&own, n.key.pk);
	assert_int_equal(ld_store_begin(n.st), 0);
	for (unsigned i = 0; i < LEARNERS; i++)
		learner(&n, i, i % 5 ? &own : &other);
	for (unsigned i = 0; i < LD_ARRAY_SIZE(slices); i++) {
		assert_true(adopt(&n, &own, slices[i]) >= LEARNERS / slices[i]);
		assert_int_equal(drain(&n), LEARNERS / 5 * 4);
	}
	/* Who is there stays as she is. */
	adopt(&n, &own, 100);
	assert_int_equal(ld_store_due_adopt(n.st, &own, 1900000000000, 10000, &cursor), 0);
	assert_int_equal(drain(&n), LEARNERS / 5 * 4);
	assert_int_equal(ld_store_commit(n.st), 0);
	node_end(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all_are_found) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
