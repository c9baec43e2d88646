/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One person under several numbers: what she knows unites, she is counted once, and whoever erases
 * her under one number reaches the others, in whatever order boards hear of it. */
#include "nodes.h"

static const struct ld_msisdn number[] = { { "84900000001" }, { "84900000002" },
					   { "84900000003" } };

static void load(struct node *n, unsigned who, struct ld_person *ret)
{
	assert_int_equal(ld_store_person(n->st, &keys, &number[who], 1, ret), 0);
}

static void fact(struct node *n, unsigned who, struct ld_fact f)
{
	struct ld_person p;

	load(n, who, &p);
	f.subject = f.kind == LD_EV_CLOSE ? p.p : p.s;
	if (f.kind == LD_EV_CONSENT) {
		f.u.consent.p = p.p;
		f.u.consent.slot = 1;
		f.u.consent.epoch = p.epoch;
		f.u.consent.channel = LD_CHAN_SMS;
		memcpy(f.u.consent.raw, "1", 2);
	} else if (f.kind == LD_EV_CLOSE) {
		f.u.close.slot = 1;
		f.u.close.s = p.s;
	} else if (f.kind == LD_EV_NUMBER) {
		ld_board_id_of(&f.u.number.home, n->key.pk);
		f.u.number.len = 60;
	}
	append(n, &f, NULL);
}

static void learner(struct node *n, unsigned who)
{
	fact(n, who, (struct ld_fact){ .kind = LD_EV_CONSENT });
	fact(n, who, (struct ld_fact){ .kind = LD_EV_NUMBER });
}

static void answer(struct node *n, unsigned who, uint8_t lesson, bool right)
{
	struct ld_fact f = { .kind = LD_EV_ANSWER };

	memcpy(f.u.answer.course, "VNEID", 6);
	f.u.answer.lesson = lesson;
	f.u.answer.right = right;
	fact(n, who, f);
}

/* As the engine writes it: an event about each. */
static void same(struct node *n, unsigned old, unsigned new)
{
	struct ld_fact f = { .kind = LD_EV_SAME };
	struct ld_person a, b;

	load(n, old, &a);
	load(n, new, &b);
	f.u.same.other = b.s;
	fact(n, old, f);
	f.u.same.other = a.s;
	f.u.same.here = true;
	fact(n, new, f);
}

static void close_one(struct node *n, unsigned who, enum ld_close_why why)
{
	struct ld_fact f = { .kind = LD_EV_CLOSE };

	f.u.close.why = (uint8_t)why;
	fact(n, who, f);
}

static int add_row(void *arg, const struct ld_report_row *r)
{
	struct ld_report_row *sum = arg;

	sum->consented += r->consented;
	sum->active += r->active;
	sum->completed += r->completed;
	sum->merged += r->merged;
	return 0;
}

static struct ld_report_row report(struct node *n)
{
	struct ld_report_row sum = { 0 };

	assert_int_equal(ld_store_report(n->st, "", 0, add_row, &sum), 0);
	return sum;
}

static unsigned seconds(struct node *n, unsigned numbers)
{
	struct ld_person p;
	unsigned k = 0;

	for (unsigned i = 0; i < numbers; i++) {
		load(n, i, &p);
		k += p.consented && p.second;
	}
	return k;
}

static void they_unite(void **state)
{
	struct node a, b;
	struct ld_answer all[8];
	struct ld_person p;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	learner(&a, 0);
	learner(&a, 1);
	answer(&a, 0, 1, true);
	answer(&a, 0, 2, false);
	answer(&a, 1, 2, true);
	assert_int_equal(report(&a).consented, 2);
	assert_int_equal(report(&a).merged, 0);
	same(&a, 0, 1);
	answer(&a, 0, 3, true);                 /* the old telephone goes on */
	for (unsigned who = 0; who < 2; who++) {
		load(&a, who, &p);
		assert_int_equal(p.course[0].answered, 7);
		assert_int_equal(p.course[0].right, 7);
		assert_int_equal(p.n_also, 1);
		assert_int_equal(p.second, who == 0);
		assert_int_equal(ld_store_answers(a.st, &p.s, "VNEID", all, 8), 4);
		assert_int_equal(all[1].lesson, 2);
		assert_false(all[1].right);
		assert_true(all[2].right);
	}
	assert_int_equal(report(&a).consented, 1);
	assert_int_equal(report(&a).active, 1);
	assert_int_equal(report(&a).merged, 1);
	rebuilds_to_the_same(&a);
	sync_to(&a, &b, true);
	same_projections(&a, &b);
	same(&b, 1, 0);                         /* and back to the old one */
	sync_to(&b, &a, false);
	same_projections(&a, &b);
	load(&a, 0, &p);
	assert_false(p.second);
	assert_int_equal(seconds(&a, 2), 1);
	rebuilds_to_the_same(&a);
	node_end(&a);
	node_end(&b);
}

/* Two noted the same class on boards that had not met: the first counts, everywhere. */
static void in_a_class(void **state)
{
	struct ld_fact f = { .kind = LD_EV_ATTEST };
	struct ld_person p;
	struct node a, b;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	learner(&a, 0);
	sync_to(&a, &b, false);
	f.u.attest.what = LD_ATTEST_CLASS;
	f.u.attest.day = 20781;
	f.u.attest.by.b[0] = 1;
	fact(&a, 0, f);
	f.u.attest.day = 20780;
	f.u.attest.by.b[0] = 2;
	fact(&b, 0, f);
	sync_to(&a, &b, true);
	sync_to(&b, &a, false);
	same_projections(&a, &b);
	rebuilds_to_the_same(&a);
	load(&a, 0, &p);
	assert_int_equal(ld_store_attested(a.st, &p.s, LD_ATTEST_CLASS), 1);
	assert_int_equal(ld_store_attested(a.st, &p.s, LD_ATTEST_NATIONAL), 0);
	assert_false(p.national);
	close_one(&a, 0, LD_CLOSE_ERASE);
	assert_int_equal(ld_store_attested(a.st, &p.s, LD_ATTEST_CLASS), 0);
	rebuilds_to_the_same(&a);
	node_end(&a);
	node_end(&b);
}

/* A code shown on paper stays true. */
static void completion(void **state)
{
	char code[LD_CODE_DIGITS + 1];
	struct ld_fact f = { .kind = LD_EV_COMPLETE };
	struct node a;
	struct ld_person p;
	struct ld_id s;
	int64_t ms;

	(void)state;
	node_init(&a, 1);
	learner(&a, 0);
	learner(&a, 1);
	memcpy(f.u.complete.course, "VNEID", 6);
	f.u.complete.score = f.u.complete.total = 10;
	fact(&a, 0, f);
	same(&a, 0, 1);
	for (unsigned who = 0; who < 2; who++) {
		load(&a, who, &p);
		assert_true(p.course[0].completed);
		ld_completion_code(code, &keys, &p.s, 2);
		assert_int_equal(ld_store_verify(a.st, &keys, "VNEID", 2, code, &s, &ms), 0);
	}
	assert_int_equal(report(&a).completed, 1);
	node_end(&a);
}

/* The number got another owner: she keeps what the new one knows, and nothing is left of the old. */
static void old_number_given_away(void **state)
{
	struct node a;
	struct ld_person p;

	(void)state;
	node_init(&a, 1);
	learner(&a, 0);
	learner(&a, 1);
	answer(&a, 1, 2, true);
	same(&a, 0, 1);
	close_one(&a, 1, LD_CLOSE_WRONG_PERSON);
	load(&a, 0, &p);
	assert_true(p.consented);
	assert_false(p.second);                 /* nobody else is left */
	assert_int_equal(p.n_also, 0);
	assert_int_equal(p.n_courses, 0);
	assert_int_equal(report(&a).consented, 1);
	assert_int_equal(ld_store_begin(a.st), 0);
	struct ld_board_id home;
	ld_board_id_of(&home, a.key.pk);
	assert_int_equal(ld_store_same_close(a.st, &home), 0);
	assert_int_equal(ld_store_commit(a.st), 0);
	rebuilds_to_the_same(&a);
	node_end(&a);
}

/* Erased at one board while another one, who had not heard, joined her numbers. */
static void erasure_reaches_both(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		struct node a, b, c;
		struct ld_board_id home;
		struct ld_person p;

		node_init(&a, 1);
		node_init(&b, 2);
		node_init(&c, 3);
		learner(&a, 0);
		learner(&b, 1);
		answer(&b, 1, 1, true);
		sync_to(&a, &b, false);
		sync_to(&b, &a, false);
		same(&b, first, !first);
		close_one(&a, 0, LD_CLOSE_ERASE);
		sync_to(&a, &b, false);
		sync_to(&b, &a, true);
		sync_to(&b, &c, true);
		sync_to(&a, &c, false);
		same_projections(&a, &b);
		same_projections(&a, &c);
		load(&a, 1, &p);
		assert_true(p.consented);
		/* b is the home of the second number and goes on by itself; a is not. */
		for (unsigned k = 0; k < 2; k++) {
			struct node *n = k ? &b : &a;

			ld_board_id_of(&home, n->key.pk);
			assert_int_equal(ld_store_begin(n->st), 0);
			assert_int_equal(ld_store_same_close(n->st, &home), k);
			assert_int_equal(ld_store_same_close(n->st, &home), 0);
			assert_int_equal(ld_store_commit(n->st), 0);
		}
		sync_to(&b, &a, false);
		sync_to(&b, &c, false);
		same_projections(&a, &b);
		same_projections(&b, &c);
		load(&c, 1, &p);
		assert_false(p.consented);
		assert_int_equal(p.n_courses, 0);
		assert_int_equal(report(&c).consented, 0);
		rebuilds_to_the_same(&b);
		rebuilds_to_the_same(&c);
		node_end(&a);
		node_end(&b);
		node_end(&c);
	}
}

/* Three numbers, named in any order on boards that meet in any order: exactly one counts. */
static void one_of_three(void **state)
{
	static const uint8_t orders[][2] = { { 0, 1 }, { 1, 2 }, { 2, 0 }, { 1, 0 }, { 2, 1 } };

	(void)state;
	for (unsigned from = 0; from < LD_ARRAY_SIZE(orders); from++) {
		struct node a, b;

		node_init(&a, 1);
		node_init(&b, 2);
		for (unsigned i = 0; i < 3; i++)
			learner(&a, i);
		same(&a, 0, 1);
		same(&a, 0, 2);
		same(&a, 1, 2);
		sync_to(&a, &b, false);
		for (unsigned i = 0; i < 3; i++)
			same(i % 2 ? &a : &b, orders[(from + i) % 5][0], orders[(from + i) % 5][1]);
		sync_to(&a, &b, from % 2);
		sync_to(&b, &a, !(from % 2));
		same_projections(&a, &b);
		assert_int_equal(seconds(&a, 3), 2);
		assert_int_equal(report(&a).consented, 1);
		rebuilds_to_the_same(&a);
		node_end(&a);
		node_end(&b);
	}
}

/* A code finds its learner while exactly one holds it. */
static void codes(void **state)
{
	struct ld_fact f = { .kind = LD_EV_SET };
	struct node a;
	struct ld_person p, who;

	(void)state;
	node_init(&a, 1);
	learner(&a, 0);
	learner(&a, 1);
	f.u.set.reg = LD_REG_MOVE;
	memcpy(f.u.set.value, "482913 1800000009999", 21);
	assert_int_equal(ld_store_move(a.st, "482913", &who), LD_E_UNKNOWN);
	fact(&a, 0, f);
	assert_int_equal(ld_store_move(a.st, "482913", &who), 0);
	load(&a, 0, &p);
	assert_true(ld_id_eq(&p.s, &who.s));
	assert_int_equal(ld_store_move(a.st, "48291", &who), LD_E_UNKNOWN);
	assert_int_equal(ld_store_move(a.st, "482914", &who), LD_E_UNKNOWN);
	fact(&a, 1, f);
	assert_int_equal(ld_store_move(a.st, "482913", &who), LD_E_UNKNOWN);
	close_one(&a, 1, LD_CLOSE_ERASE);
	assert_int_equal(ld_store_move(a.st, "482913", &who), 0);
	node_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_unite),
		cmocka_unit_test(completion),
		cmocka_unit_test(in_a_class),
		cmocka_unit_test(old_number_given_away),
		cmocka_unit_test(erasure_reaches_both),
		cmocka_unit_test(one_of_three),
		cmocka_unit_test(codes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
