/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever heads an author signed and when: who took its stream can give it on. */
#include "node.h"

static struct ld_stream write_some(struct node *n, unsigned events, size_t octets)
{
	struct ld_dot dot = { .seq = 0 };

	assert_int_equal(ld_store_begin(n->st), 0);
	for (unsigned i = 0; i < events; i++) {
		struct ld_fact f = { .kind = LD_EV_FEEDBACK, .subject = { { 's' } } };

		memset(f.u.feedback.text, 'x', octets);
		assert_int_equal(ld_store_append(n->st, &f, &dot), 0);
	}
	assert_int_equal(ld_store_sign_heads(n->st), 0);
	assert_int_equal(ld_store_commit(n->st), 0);
	return dot.stream;
}

/* All that `to` lacks of it; how many runs that took. */
static unsigned give(struct node *from, struct node *to, const struct ld_stream *s)
{
	struct ld_stream_state have;
	struct ld_head h;
	struct ld_run r;
	unsigned n = 0;
	int rc;

	for (;; n++) {
		ld_store_stream(to->st, s, &have);
		rc = ld_store_run(from->st, s, have.seq + 1, &r, &h);
		if (rc == LD_E_UNKNOWN)
			return n;
		assert_int_equal(rc, 0);
		assert_true(n < 1000);
		assert_int_equal(ld_store_begin(to->st), 0);
		assert_true(ld_store_apply(to->st, &r, &h) > 0);
		assert_int_equal(ld_store_commit(to->st), 0);
		ld_run_release(&r);
	}
}

/* An author that is asked after every few events; each time somebody takes what is new. */
static void relay(unsigned times, unsigned events, size_t octets)
{
	struct node a, b, c;
	struct ld_stream_state at_a, at_c;
	struct ld_stream s;
	unsigned runs;

	node_init(&a, 1);
	node_init(&b, 2);
	node_init(&c, 3);
	for (unsigned i = 0; i < times; i++) {
		s = write_some(&a, events, octets);
		give(&a, &b, &s);
	}
	runs = give(&b, &c, &s);
	assert_int_equal(ld_store_stream(a.st, &s, &at_a), 0);
	assert_int_equal(ld_store_stream(c.st, &s, &at_c), 0);
	assert_int_equal(at_a.seq, at_c.seq);
	assert_memory_equal(at_a.hash, at_c.hash, sizeof(at_a.hash));
	/* Few heads are kept: a run holds what it can. */
	assert_true(runs <= 2 + times * events * (octets + 32) / 28000 + times * events / 128);
	node_end(&a);
	node_end(&b);
	node_end(&c);
}

static void test_many_octets(void **state)
{
	(void)state;
	for (unsigned events = 4; events < 24; events += 9)
		relay(400 / events, events, 300);
}

static void test_many_events(void **state)
{
	(void)state;
	for (unsigned events = 13; events < 256; events = events * 3 + 1)
		relay(600 / events, events, 1);
}

/* An author that never keeps a head, as an old or a hostile one may. */
static void test_author_keeps_none(void **state)
{
	struct node a, b, c;
	struct ld_stream s = { .incarnation = 5, .cls = LD_CLASS_LEARNING };
	struct ld_stream_state at;
	uint8_t chain[LD_HASH_LEN];

	(void)state;
	node_init(&a, 1);
	node_init(&b, 2);
	node_init(&c, 3);
	ld_board_id_of(&s.board, a.key.pk);
	ld_chain_first(chain, &s);
	for (unsigned first = 1; first < 900; first += 100) {
		struct ld_event e[100] = { 0 };
		struct ld_run r = { .stream = s, .first = first, .n = 100, .events = e };
		struct ld_head h = { .stream = s, .seq = first + 99 };

		for (unsigned i = 0; i < 100; i++) {
			e[i] = (struct ld_event){ .stream = s, .seq = first + i, .hlc = first + i,
						  .kind = 999, .hollow = true };
			ld_chain_next(chain, e[i].seq, e[i].hlc, e[i].kind, e[i].commitment);
		}
		memcpy(h.hash, chain, sizeof(chain));
		ld_head_sign(&h, &a.key);
		assert_int_equal(ld_store_begin(b.st), 0);
		assert_int_equal(ld_store_apply(b.st, &r, &h), 100);
		assert_int_equal(ld_store_commit(b.st), 0);
	}
	give(&b, &c, &s);
	assert_int_equal(ld_store_stream(c.st, &s, &at), 0);
	assert_int_equal(at.seq, 900);
	node_end(&a);
	node_end(&b);
	node_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_octets),
		cmocka_unit_test(test_many_events),
		cmocka_unit_test(test_author_keeps_none),
	};

	ld_crypto_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
