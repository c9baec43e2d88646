/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A board that lost its state has its own RELEASEs back before the HOME that the last one obeys: it has
 * stopped for that one, so it has nothing more to say, and the new home waits for nobody. */
#include "nodes.h"

static const struct ld_id hoa = { { 's' } };

/* Names the board before, waits for it. */
static void move(struct node *ward, const struct ld_board_id *to, const struct ld_board_id *from)
{
	static const uint8_t box[60] = { 1 };
	struct ld_fact f = { .kind = LD_EV_HOME, .subject = hoa };

	f.u.home.home = *to;
	f.u.home.for_ward = f.u.home.for_home = (struct ld_octets){ box, sizeof(box) };
	f.u.home.olds = (struct ld_octets){ from->b, sizeof(from->b) };
	append(ward, &f, NULL);
}

static int release(struct node *n)
{
	int rc;

	ld_clock_manual_advance(&n->clock, 1000);
	assert_int_equal(ld_store_begin(n->st), 0);
	rc = ld_store_release(n->st, 8);
	assert_int_equal(ld_store_commit(n->st), 0);
	return rc;
}

/* What from wrote itself, and nothing else. */
static void sync_own(struct node *from, struct node *to)
{
	struct want w = { .from = from };

	assert_int_equal(ld_store_begin(from->st), 0);
	assert_int_equal(ld_store_sign_heads(from->st), 0);
	assert_int_equal(ld_store_commit(from->st), 0);
	assert_int_equal(ld_store_streams(from->st, list, &w), 0);
	assert_int_equal(ld_store_begin(to->st), 0);
	for (unsigned i = 0; i < w.n; i++) {
		struct ld_head head;
		struct ld_run run;

		if (!ld_store_is_mine(from->st, &w.s[i]))
			continue;
		assert_int_equal(ld_store_run(from->st, &w.s[i], 1, &run, &head), 0);
		assert_true(ld_store_apply(to->st, &run, &head) > 0);
		ld_run_release(&run);
	}
	assert_int_equal(ld_store_commit(to->st), 0);
}

static void a_later_release_stands_for_an_earlier_one(void **state)
{
	struct node ward, board, again;
	struct ld_board_id b, c = { { 3 } };

	(void)state;
	node_init_ward(&ward, 1);
	node_init_ward(&board, 2);
	node_init_ward(&again, 2);
	ld_board_id_of(&b, board.key.pk);
	move(&ward, &c, &b);
	sync_to(&ward, &board, false);
	sync_to(&ward, &again, false);
	assert_int_equal(release(&board), 1);
	move(&ward, &c, &b);
	sync_to(&ward, &board, false);
	assert_int_equal(release(&board), 1);
	assert_int_equal(release(&board), 0);
	sync_own(&board, &again);
	assert_int_equal(release(&again), 0);
	sync_to(&board, &again, false);
	assert_int_equal(release(&again), 0);
	same_projections(&board, &again);
	rebuilds_to_the_same(&again);
	node_end(&ward);
	node_end(&board);
	node_end(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_later_release_stands_for_an_earlier_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
