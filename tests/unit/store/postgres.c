/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only a server can do to a store: go away. Without one (LAIDO_PG) there is nothing to test;
 * tests/integ/postgres.t brings one. */
#include "nodes.h"

static void enrol(struct node *n, uint8_t who, struct ld_dot *ret)
{
	struct ld_fact f = { .kind = LD_EV_ENROL, .subject = { { who } } };

	snprintf(f.u.enrol.course, sizeof(f.u.enrol.course), "VNEID");
	append(n, &f, ret);
}

/* Every other connection of this test's server but one. */
static void cut_all(PGconn *but)
{
	char text[256];

	snprintf(text, sizeof(text), "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
		 " WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %d)",
		 but ? PQbackendPID(but) : 0);
	PQfinish(server_run(text));
}

static int count(void *arg, const struct ld_stream_state *s)
{
	*(uint64_t *)arg += s->seq;
	return 0;
}

static uint64_t events(struct node *n)
{
	uint64_t all = 0;

	assert_int_equal(ld_store_streams(n->st, count, &all), 0);
	return all;
}

/* Nothing is half there, and what follows goes into a stream that nobody knows yet. */
static void lost_inside_a_transaction(void **state)
{
	struct ld_fact f = { .kind = LD_EV_ENROL, .subject = { { 2 } } };
	struct ld_dot before, after;
	struct node a, b;

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	enrol(&a, 1, &before);
	assert_int_equal(ld_store_begin(a.st), 0);
	assert_int_equal(ld_store_append(a.st, &f, NULL), 0);
	cut_all(NULL);
	assert_int_equal(ld_store_commit(a.st), LD_E_STORE);
	assert_int_equal(ld_store_append(a.st, &f, NULL), LD_E_STORE);
	assert_int_equal(ld_store_rollback(a.st), 0);
	enrol(&a, 3, &after);
	assert_true(before.stream.incarnation != after.stream.incarnation);
	assert_int_equal(events(&a), 4);        /* two streams, each with its first event */
	sync_to(&a, &b, false);
	same_projections(&a, &b);
	rebuilds_to_the_same(&a);
	node_end(&a);
	node_end(&b);
}

/* The first to notice goes on without an error. */
static void lost_between_transactions(void **state)
{
	struct ld_dot before, after;
	struct node a;

	(void)state;
	node_init(&a, 1);
	enrol(&a, 1, &before);
	cut_all(NULL);
	enrol(&a, 2, &after);
	assert_true(before.stream.incarnation != after.stream.incarnation);
	node_end(&a);
}

/* While another ward has the lock this one stays out, and looks again only after a while. */
static void another_takes_over(void **state)
{
	char schema[24], text[256];
	struct ld_dot dot;
	PGconn *other;
	struct node a;

	(void)state;
	node_init(&a, 1);
	enrol(&a, 1, &dot);
	schema_of(a.path, schema);
	snprintf(text, sizeof(text), "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
		 " WHERE application_name = 'laido-ward'; SELECT pg_advisory_lock(%d, hashtext('%s'))",
		 0x6c646f, schema);
	other = server_run(text);
	assert_int_equal(ld_store_begin(a.st), LD_E_LOCKED);
	assert_non_null(strstr(ld_store_error(a.st), "in use by another program"));
	PQfinish(other);
	assert_int_equal(ld_store_begin(a.st), LD_E_STORE);
	ld_clock_manual_advance(&a.clock, 60000);
	cut_all(NULL);                          /* waits until the other's session has ended */
	enrol(&a, 2, &dot);
	assert_int_equal(events(&a), 4);
	node_end(&a);
}

/* An error inside a mark costs what came after it, and no more. Whoever only writes need not hear of
 * it at once; whoever asks for something does. */
static void error_inside_a_mark(void **state)
{
	struct ld_campaign c = { .id = 7, .message = "M" };
	struct node a;
	char value[4];

	(void)state;
	node_init(&a, 1);
	assert_int_equal(ld_store_begin(a.st), 0);
	assert_int_equal(ld_store_draft_add(a.st, &c), 0);
	assert_int_equal(ld_store_mark(a.st), 0);
	ld_store_draft_add(a.st, &c);
	ld_store_setting_put(a.st, "x", "y", 1);
	assert_int_equal(ld_store_unmark(a.st), LD_E_STORE);
	assert_non_null(strstr(ld_store_error(a.st), "duplicate key"));
	assert_int_equal(ld_store_back(a.st), 0);
	assert_int_equal(ld_store_setting_put(a.st, "x", "z", 1), 0);
	assert_int_equal(ld_store_mark(a.st), 0);
	ld_store_draft_add(a.st, &c);
	assert_int_equal(ld_store_setting_get(a.st, "x", value, sizeof(value)), LD_E_STORE);
	assert_int_equal(ld_store_setting_put(a.st, "x", "y", 1), LD_E_STORE);
	assert_int_equal(ld_store_back(a.st), 0);
	assert_int_equal(ld_store_commit(a.st), 0);
	assert_int_equal(ld_store_setting_get(a.st, "x", value, sizeof(value)), 1);
	assert_int_equal(value[0], 'z');
	assert_int_equal(ld_store_begin(a.st), 0);
	ld_store_draft_add(a.st, &c);
	assert_int_equal(ld_store_commit(a.st), LD_E_STORE);
	assert_int_equal(ld_store_rollback(a.st), 0);
	node_end(&a);
}

/* A text cut inside a character is stored with a mark where the server would refuse it. */
static void half_a_character(void **state)
{
	struct ld_out_row r = { .to = "+84900000001", .text = "đ\xc4 \xed\xa0\x80 \xf0\x9f\x98\x80" };
	struct ld_out_row got;
	struct node a;
	int64_t id;

	(void)state;
	node_init(&a, 1);
	assert_int_equal(ld_store_begin(a.st), 0);
	assert_int_equal(ld_store_out_add(a.st, &r, &id), 0);
	assert_int_equal(ld_store_out_get(a.st, id, &got), 0);
	assert_string_equal(got.text, "đ? ??? \xf0\x9f\x98\x80");
	assert_int_equal(ld_store_commit(a.st), 0);
	node_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lost_inside_a_transaction),
		cmocka_unit_test(lost_between_transactions),
		cmocka_unit_test(another_takes_over),
		cmocka_unit_test(error_inside_a_mark),
		cmocka_unit_test(half_a_character),
	};

	if (!on_server()) {
		puts("1..0 # SKIP tests/integ/postgres.t runs it");
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
