/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Erasure to its end: she is told when every board of the ward holds nothing of her any more. */
#include "nodes.h"

static const struct ld_msisdn number = { "84900000001" };

static void admit(struct node *ward, const struct node *n, const char *name)
{
	struct ld_fact f = { .kind = LD_EV_MEMBER };

	ld_board_id_of(&f.u.member.board, n->key.pk);
	memcpy(f.u.member.pk, n->key.pk, sizeof(f.u.member.pk));
	snprintf(f.u.member.name, sizeof(f.u.member.name), "%s", name);
	append(ward, &f, NULL);
}

static void agree(struct node *n)
{
	struct ld_fact f = { .kind = LD_EV_CONSENT };
	struct ld_person p;

	assert_int_equal(ld_store_person(n->st, &keys, &number, 1, &p), 0);
	f.subject = p.s;
	f.u.consent.p = p.p;
	f.u.consent.slot = 1;
	f.u.consent.epoch = p.epoch;
	append(n, &f, NULL);
}

static void close_her(struct node *n)
{
	struct ld_fact f = { .kind = LD_EV_CLOSE };
	struct ld_person p;

	assert_int_equal(ld_store_person(n->st, &keys, &number, 1, &p), 0);
	f.subject = p.p;
	f.u.close.why = LD_CLOSE_ERASE;
	f.u.close.slot = 1;
	f.u.close.s = p.s;
	append(n, &f, NULL);
}

/* Agrees, and wants to be erased: what is left to be told about her. */
static void erase(struct node *n, struct ld_farewell *ret)
{
	struct ld_person p;

	agree(n);
	assert_int_equal(ld_store_person(n->st, &keys, &number, 1, &p), 0);
	close_her(n);
	*ret = (struct ld_farewell){ .s = p.s, .p = p.p, .number_len = 60, .text = "gone",
				     .due_ms = ld_clock_utc_ms(&n->clock.clock, NULL) + 1000 };
	assert_int_equal(ld_store_farewell_add(n->st, ret), 0);
}

static int tell(struct node *n)
{
	int rc;

	assert_int_equal(ld_store_begin(n->st), 0);
	rc = ld_store_erased_tell(n->st);
	assert_int_equal(ld_store_commit(n->st), 0);
	return rc;
}

static int ready(struct node *n)
{
	struct ld_farewell f;

	return ld_store_farewell_ready(n->st, &f);
}

static void test_every_board(void **state)
{
	struct node ward, a, b;
	struct ld_farewell f;
	char name[32];

	(void)state;
	node_init_ward(&ward, 1);
	node_init_ward(&a, 2);
	node_init_ward(&b, 3);
	admit(&ward, &a, "cho");
	admit(&ward, &b, "truong");
	sync_to(&ward, &a, false);
	sync_to(&ward, &b, false);
	erase(&a, &f);
	assert_int_equal(ready(&a), LD_E_UNKNOWN);
	assert_int_equal(tell(&a), 1);
	assert_int_equal(tell(&a), 0);
	sync_to(&a, &ward, true);
	assert_int_equal(tell(&ward), 1);
	sync_to(&ward, &a, false);
	assert_int_equal(ready(&a), LD_E_UNKNOWN);      /* one has not heard of it */
	assert_int_equal(ld_store_farewell_late(a.st, f.due_ms, name), 0);
	assert_int_equal(ld_store_farewell_late(a.st, f.due_ms + 1, name), 1);
	assert_string_equal(name, "truong");
	sync_to(&ward, &b, true);
	assert_int_equal(tell(&b), 1);
	sync_to(&b, &a, false);
	assert_int_equal(ready(&a), 0);
	sync_to(&b, &ward, false);
	same_projections(&a, &b);
	same_projections(&a, &ward);
	rebuilds_to_the_same(&a);
	assert_int_equal(ld_store_farewell_drop(a.st, &f.s), 0);
	assert_int_equal(ready(&a), LD_E_UNKNOWN);
	node_end(&ward);
	node_end(&a);
	node_end(&b);
}

/* A lost board says nothing any more: the ward cuts it off. */
static void test_revoked(void **state)
{
	struct node ward, b;
	struct ld_board_id id;
	struct ld_farewell f;

	(void)state;
	node_init_ward(&ward, 1);
	node_init_ward(&b, 2);
	admit(&ward, &b, "mat");
	erase(&ward, &f);
	assert_int_equal(tell(&ward), 1);
	assert_int_equal(ready(&ward), LD_E_UNKNOWN);
	ld_board_id_of(&id, b.key.pk);
	assert_int_equal(ld_store_begin(ward.st), 0);
	assert_true(ld_store_revoke(ward.st, &id) >= 0);
	assert_int_equal(ld_store_commit(ward.st), 0);
	assert_int_equal(ready(&ward), 0);
	node_end(&ward);
	node_end(&b);
}

/* What `to` holds hollow and `from` whole. */
static void fill_from(struct node *from, struct node *to, int want)
{
	struct want w = { .n = 0 };
	int filled = 0;

	assert_int_equal(ld_store_streams(from->st, list, &w), 0);
	assert_int_equal(ld_store_begin(to->st), 0);
	for (unsigned i = 0; i < w.n; i++) {
		struct ld_run run;
		struct ld_head head;
		uint64_t at = 1;
		int rc;

		for (; ld_store_run(from->st, &w.s[i], at, &run, &head) == 0; at = head.seq + 1) {
			rc = ld_store_fill(to->st, &run);
			assert_true(rc >= 0);
			filled += rc;
			ld_run_release(&run);
		}
	}
	assert_int_equal(ld_store_commit(to->st), 0);
	assert_int_equal(filled, want);
}

/* A stolen board closed her, and that counts no more: she learns on, and what was hollowed comes
 * back. One stream cannot hold two salts of hers. */
static void test_closed_by_a_thief(void **state)
{
	struct node ward, a, b, thief;
	struct ld_board_id id;

	(void)state;
	node_init_ward(&ward, 1);
	node_init_ward(&a, 2);
	node_init_ward(&thief, 3);
	node_init_ward(&b, 4);
	admit(&ward, &a, "cho");
	admit(&ward, &thief, "mat");
	sync_to(&ward, &a, false);
	sync_to(&ward, &thief, false);
	agree(&a);
	sync_to(&a, &ward, false);
	close_her(&thief);
	sync_to(&thief, &a, false);
	ld_board_id_of(&id, thief.key.pk);
	assert_int_equal(ld_store_begin(ward.st), 0);
	assert_true(ld_store_revoke(ward.st, &id) >= 0);
	assert_int_equal(ld_store_commit(ward.st), 0);
	sync_to(&ward, &a, false);
	agree(&a);
	fill_from(&ward, &a, 1);
	sync_to(&a, &ward, false);
	sync_to(&a, &b, false);
	same_projections(&a, &ward);
	same_projections(&a, &b);
	rebuilds_to_the_same(&a);
	node_end(&ward);
	node_end(&a);
	node_end(&b);
	node_end(&thief);
}

/* What the outbox holds of her is data, too; it stays counted. */
static void test_outbox(void **state)
{
	struct ld_out_row r = { .state = LD_OUT_QUEUED, .to = "+84900000001", .text = "xin chao",
				.parts = 1 };
	struct ld_farewell f;
	struct node a;
	int64_t id, now;

	(void)state;
	node_init_ward(&a, 1);
	erase(&a, &f);
	r.p = f.p;
	now = r.created_ms = r.changed_ms = f.due_ms;
	assert_int_equal(ld_store_out_add(a.st, &r, &id), 0);
	assert_int_equal(tell(&a), 0);          /* the answer to her wish is still to go */
	assert_int_equal(ld_store_out_set(a.st, id, LD_OUT_INTENT, NULL, "", now, now), 0);
	assert_int_equal(tell(&a), 0);
	assert_int_equal(ld_store_out_set(a.st, id, LD_OUT_SENT, NULL, "", now, now), 0);
	assert_int_equal(tell(&a), 1);
	assert_int_equal(ld_store_out_get(a.st, id, &r), 0);
	assert_string_equal(r.to, "");
	assert_string_equal(r.text, "");
	assert_int_equal(r.parts, 1);
	assert_false(ld_id_eq(&r.p, &f.p));
	assert_int_equal(ready(&a), 0);
	node_end(&a);
}

/* A message to her helper, of each state. */
static void tell_helper(struct node *n, const struct ld_id *s, int64_t ret[3])
{
	static const enum ld_out_state states[] = { LD_OUT_QUEUED, LD_OUT_INTENT, LD_OUT_SENT };

	for (unsigned i = 0; i < 3; i++) {
		struct ld_out_row r = { .p = { "helper" }, .state = states[i], .parts = 1,
					.to = "+84900000002", .what = "HELP_TO_HELPER",
					.text = "Giup nguoi hoc: 0900 000 001" };

		ld_store_out_about(&r, s);
		assert_int_equal(ld_store_out_add(n->st, &r, &ret[i]), 0);
	}
}

static struct ld_out_row row_of(struct node *n, int64_t id)
{
	struct ld_out_row r;

	assert_int_equal(ld_store_out_get(n->st, id, &r), 0);
	return r;
}

/* Her number waits for the morning in a message to somebody else. */
static void test_helper(void **state)
{
	struct ld_fact optout = { .kind = LD_EV_OPTOUT };
	struct ld_id nobody = { "nobody" };
	struct ld_farewell f;
	struct ld_person p;
	struct node a;
	int64_t id[3], other[3];

	(void)state;
	node_init_ward(&a, 1);
	assert_int_equal(ld_store_person(a.st, &keys, &number, 1, &p), 0);
	tell_helper(&a, &p.s, id);
	tell_helper(&a, &nobody, other);
	erase(&a, &f);
	assert_int_equal(row_of(&a, id[0]).state, LD_OUT_CANCELLED);
	assert_string_equal(row_of(&a, id[0]).text, "");
	assert_int_equal(row_of(&a, id[1]).state, LD_OUT_INTENT);
	assert_int_equal(row_of(&a, id[1]).expires_ms, 1);
	assert_string_equal(row_of(&a, id[2]).text, "");
	assert_int_equal(row_of(&a, id[2]).state, LD_OUT_SENT);
	assert_int_equal(row_of(&a, other[0]).state, LD_OUT_QUEUED);
	assert_true(row_of(&a, other[2]).text[0]);

	/* She came again, called again, and stops. */
	assert_int_equal(ld_store_person(a.st, &keys, &number, 1, &p), 0);
	tell_helper(&a, &p.s, id);
	optout.subject = p.p;
	append(&a, &(struct ld_fact){ .kind = LD_EV_CONSENT, .subject = p.s, .u.consent = {
		.p = p.p, .slot = 1, .epoch = p.epoch } }, NULL);
	append(&a, &optout, NULL);
	assert_int_equal(row_of(&a, id[0]).state, LD_OUT_CANCELLED);
	assert_int_equal(row_of(&a, id[2]).state, LD_OUT_SENT);
	assert_int_equal(row_of(&a, other[0]).state, LD_OUT_QUEUED);
	node_end(&a);
}

/* The row does not outlive its promise by more than ten days. */
static void test_purge(void **state)
{
	struct node ward, b;
	struct ld_farewell f;
	char name[32];

	(void)state;
	node_init_ward(&ward, 1);
	node_init_ward(&b, 2);
	admit(&ward, &b, "mat");
	erase(&ward, &f);
	assert_int_equal(ld_store_purge(ward.st, f.due_ms + INT64_C(864000000)), 0);
	assert_int_equal(ld_store_farewell_late(ward.st, f.due_ms + 1, name), 1);
	assert_int_equal(ld_store_purge(ward.st, f.due_ms + INT64_C(864000001)), 0);
	assert_int_equal(ld_store_farewell_late(ward.st, f.due_ms + 1, name), 0);
	node_end(&ward);
	node_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_board),
		cmocka_unit_test(test_revoked),
		cmocka_unit_test(test_closed_by_a_thief),
		cmocka_unit_test(test_outbox),
		cmocka_unit_test(test_helper),
		cmocka_unit_test(test_purge),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
