/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ward's word on a completion: its own alone counts, and only where answers bear it out. */
#include "nodes.h"

static const struct ld_msisdn number = { "84900000001" };

static struct ld_id learner(struct node *n)
{
	struct ld_fact f = { .kind = LD_EV_CONSENT };
	struct ld_person p;

	assert_int_equal(ld_store_person(n->st, &keys, &number, 1, &p), 0);
	f.subject = p.s;
	f.u.consent.p = p.p;
	f.u.consent.slot = 1;
	f.u.consent.epoch = p.epoch;
	append(n, &f, NULL);
	return p.s;
}

static void answers(struct node *n, const struct ld_id *s, unsigned from, unsigned to)
{
	struct ld_fact f = { .kind = LD_EV_ANSWER, .subject = *s };

	memcpy(f.u.answer.course, "VNEID", 6);
	f.u.answer.right = true;
	for (unsigned i = from; i <= to; i++) {
		f.u.answer.lesson = (uint8_t)i;
		append(n, &f, NULL);
	}
}

static void complete(struct node *n, const struct ld_id *s, uint8_t score)
{
	struct ld_fact f = { .kind = LD_EV_COMPLETE, .subject = *s };

	memcpy(f.u.complete.course, "VNEID", 6);
	f.u.complete.score = score;
	f.u.complete.total = 10;
	append(n, &f, NULL);
}

static int sign(struct node *n)
{
	int rc;

	assert_int_equal(ld_store_begin(n->st), 0);
	rc = ld_store_countersign(n->st);
	assert_int_equal(ld_store_commit(n->st), 0);
	return rc;
}

static int64_t signed_at(struct node *n, const struct ld_id *s)
{
	int64_t ms;

	assert_int_equal(ld_store_countersigned(n->st, s, "VNEID", &ms), 0);
	return ms;
}

static void the_ward_signs(void **state)
{
	struct ld_fact forged = { .kind = LD_EV_COUNTERSIGN }, close = { .kind = LD_EV_CLOSE };
	struct ld_person p;
	struct node ward, a;
	struct ld_id s;

	(void)state;
	node_init_ward(&ward, 1);
	node_init_ward(&a, 2);
	s = learner(&a);
	answers(&a, &s, 1, 7);
	complete(&a, &s, 8);
	forged.subject = s;
	memcpy(forged.u.countersign.course, "VNEID", 6);
	append(&a, &forged, NULL);
	assert_int_equal(signed_at(&a, &s), 0);         /* a board's word is none */
	assert_int_equal(sign(&a), 0);
	sync_to(&a, &ward, false);
	assert_int_equal(sign(&ward), 0);               /* seven answers, a score of eight */
	answers(&a, &s, 8, 8);
	sync_to(&a, &ward, false);
	assert_int_equal(sign(&ward), 1);
	assert_int_equal(sign(&ward), 0);
	sync_to(&ward, &a, true);
	assert_true(signed_at(&a, &s) > 0);
	assert_int_equal(signed_at(&a, &s), signed_at(&ward, &s));
	same_projections(&a, &ward);
	rebuilds_to_the_same(&a);
	assert_int_equal(ld_store_person(a.st, &keys, &number, 1, &p), 0);
	close.subject = p.p;
	close.u.close.why = LD_CLOSE_ERASE;
	close.u.close.slot = 1;
	close.u.close.s = s;
	append(&a, &close, NULL);
	assert_int_equal(signed_at(&a, &s), 0);
	sync_to(&a, &ward, true);
	assert_int_equal(signed_at(&ward, &s), 0);
	assert_int_equal(sign(&ward), 0);
	same_projections(&a, &ward);
	rebuilds_to_the_same(&ward);
	node_end(&ward);
	node_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ward_signs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
