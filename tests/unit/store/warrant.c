/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ward's key is replaced by the root key's word (ADR 0014): whatever arrives first, every node
 * believes the new key, and the old one only as far as its successor lets it. */
#include "nodes.h"

static struct ld_keypair key_of(uint8_t who)
{
	struct ld_keypair k;

	ld_keypair_from_seed(&k, (const uint8_t[32]){ who });
	return k;
}

static struct ld_warrant warrant(uint8_t root, int64_t number, uint8_t who)
{
	struct ld_keypair r = key_of(root);
	struct ld_warrant w = { .number = number };

	memcpy(w.pk, key_of(who).pk, sizeof(w.pk));
	ld_warrant_sign(&w, &r);
	return w;
}

enum { ROOT = 100, OTHER_ROOT = 101, OLD = 1, NEW = 9 };

/* Opens n as a node that was told of this key, by that root (0: none). */
static void told(struct node *n, uint8_t ward, int64_t number, uint8_t root)
{
	struct ld_store_cfg cfg = { .path = n->path, .clock = &n->clock.clock,
				    .random = &n->random.random, .author = &n->key,
				    .ward_number = number };
	struct ld_errmsg err;

	ld_store_close(n->st);
	memcpy(cfg.ward_pk, key_of(ward).pk, sizeof(cfg.ward_pk));
	if (root)
		memcpy(cfg.root_pk, key_of(root).pk, sizeof(cfg.root_pk));
	assert_int_equal(engine_open(&n->st, &cfg, &err), 0);
	assert_int_equal(ld_store_begin(n->st), 0);
	assert_int_equal(ld_store_commit(n->st), 0);
}

static void node_told(struct node *n, uint8_t who, uint8_t ward, int64_t number, uint8_t root)
{
	node_init(n, who);
	told(n, ward, number, root);
}

static struct ld_board_id id_of(uint8_t who)
{
	struct ld_board_id id;

	ld_board_id_of(&id, key_of(who).pk);
	return id;
}

static void admit(struct node *by, uint8_t who)
{
	struct ld_fact f = { .kind = LD_EV_MEMBER };

	f.u.member.board = id_of(who);
	memcpy(f.u.member.pk, key_of(who).pk, sizeof(f.u.member.pk));
	snprintf(f.u.member.name, sizeof(f.u.member.name), "b%u", who);
	append(by, &f, NULL);
}

/* As a thief would write it: his own store would refuse. */
static void cut_off(struct node *by, uint8_t who)
{
	struct ld_fact f = { .kind = LD_EV_REVOKE };

	f.u.revoke.board = id_of(who);
	append(by, &f, NULL);
}

static void order_pause(struct node *by, bool paused)
{
	struct ld_fact f = { .kind = LD_EV_PAUSE };

	f.u.pause.paused = paused;
	append(by, &f, NULL);
}

static int say(struct node *n, struct ld_warrant w)
{
	int rc;

	assert_int_equal(ld_store_begin(n->st), 0);
	rc = ld_store_warrant(n->st, &w);
	assert_int_equal(ld_store_commit(n->st), 0);
	return rc;
}

static int64_t number_at(struct node *n)
{
	struct ld_warrant w;
	int rc;

	assert_int_equal(ld_store_begin(n->st), 0);
	rc = ld_store_ward(n->st, &w);
	assert_int_equal(ld_store_commit(n->st), 0);
	assert_true(rc == 0 || rc == LD_E_UNKNOWN);
	assert_true(rc < 0 || ld_warrant_verify(&w));
	return rc < 0 ? 0 : w.number;
}

static bool is_revoked(struct node *n, uint8_t who)
{
	struct ld_board_id id = id_of(who);
	int rc = ld_store_revoked(n->st, &id);

	assert_true(rc >= 0);
	return rc;
}

static bool is_member(struct node *n, uint8_t who)
{
	struct ld_board_id id = id_of(who);
	struct ld_member m;

	return ld_store_member(n->st, &id, &m) == 0;
}

static void enthrone(struct node *n, const struct ld_warrant *w, unsigned count)
{
	assert_int_equal(ld_store_begin(n->st), 0);
	assert_int_equal(ld_store_enthrone(n->st, w, count), 0);
	assert_int_equal(ld_store_commit(n->st), 0);
}

static void the_root_is_known_by_the_wards_word_for_itself_alone(void **state)
{
	struct ld_warrant first = warrant(ROOT, 1, OLD), theirs = warrant(OTHER_ROOT, 1, OLD);
	struct node ward, thief, b;

	(void)state;
	node_told(&ward, OLD, OLD, 1, ROOT);
	node_told(&thief, 3, OLD, 1, OTHER_ROOT);
	node_told(&b, 2, OLD, 0, 0);
	enthrone(&ward, &first, 1);
	assert_int_equal(say(&thief, theirs), 0);
	assert_int_equal(say(&b, first), LD_E_DENIED); /* it knows no root */
	/* Another board's word for a root is nothing. */
	sync_to(&thief, &b, false);
	assert_int_equal(number_at(&b), 0);
	sync_to(&ward, &b, false);
	assert_int_equal(number_at(&b), 1);
	assert_int_equal(say(&b, theirs), LD_E_DENIED);
	/* Nor does another start forget it. */
	told(&b, OLD, 0, 0);
	assert_int_equal(say(&b, theirs), LD_E_DENIED);
	assert_int_equal(say(&b, first), 0);
	rebuilds_to_the_same(&b);
	node_end(&ward);
	node_end(&thief);
	node_end(&b);
}

/* The second key's warrant comes before the root is known that stands behind it. */
static void a_root_that_is_known_late_counts_for_what_came_before(void **state)
{
	struct ld_warrant w[2] = { warrant(ROOT, 1, OLD), warrant(ROOT, 2, NEW) };
	struct node ward, b, c;

	(void)state;
	node_told(&ward, OLD, OLD, 1, ROOT);
	node_told(&b, 2, OLD, 1, ROOT);
	node_told(&c, 3, OLD, 0, 0);
	enthrone(&ward, w, 1);
	assert_int_equal(say(&b, w[1]), 0);
	sync_to(&b, &c, false);
	assert_int_equal(number_at(&c), 0);
	sync_to(&ward, &c, false);
	assert_int_equal(number_at(&c), 2);
	rebuilds_to_the_same(&c);
	node_end(&ward);
	node_end(&b);
	node_end(&c);
}

struct realm {
	struct node old, new, board;
	struct ld_warrant w[2];
};

/* Before the theft: one board is admitted. Then the ward goes on under key 2, from what it holds, and
 * board 2 passes the root's word on; the thief goes on under key 1. */
static void make_realm(struct realm *r)
{
	r->w[0] = warrant(ROOT, 1, OLD);
	r->w[1] = warrant(ROOT, 2, NEW);
	node_told(&r->old, OLD, OLD, 1, ROOT);
	node_told(&r->board, 2, OLD, 1, ROOT);
	node_told(&r->new, NEW, NEW, 2, ROOT);
	enthrone(&r->old, r->w, 1);
	admit(&r->old, 2);
	order_pause(&r->old, true);
	sync_to(&r->old, &r->new, false);
	sync_to(&r->old, &r->board, false);
	ld_clock_manual_advance(&r->new.clock, 100000);
	ld_clock_manual_advance(&r->board.clock, 100000);
	enthrone(&r->new, r->w, 2);
	admit(&r->new, 4);
	order_pause(&r->new, true);
	assert_int_equal(say(&r->board, r->w[1]), 0);
	ld_clock_manual_advance(&r->old.clock, 200000);
	order_pause(&r->old, false);
	admit(&r->old, 5);
	cut_off(&r->old, 2);
	cut_off(&r->old, NEW);
}

static void free_realm(struct realm *r)
{
	node_end(&r->old);
	node_end(&r->new);
	node_end(&r->board);
}

static void check_realm(struct node *n)
{
	assert_int_equal(number_at(n), 2);
	assert_true(is_revoked(n, OLD));
	assert_false(is_revoked(n, NEW));
	assert_false(is_revoked(n, 2));
	assert_true(is_member(n, 2));
	assert_true(is_member(n, 4));
	assert_false(is_member(n, 5));
	assert_int_equal(ld_store_paused(n->st), 1);
	rebuilds_to_the_same(n);
}

/* The database was put back to what it was before, the note beside it that names the key was not. */
static void who_is_told_of_a_key_believes_nobody_who_cut_it_off(void **state)
{
	struct realm r;
	struct node c;

	(void)state;
	make_realm(&r);
	node_told(&c, 20, OLD, 1, ROOT);
	sync_to(&r.old, &c, false);
	assert_true(is_revoked(&c, NEW));
	told(&c, NEW, 2, ROOT);
	assert_false(is_revoked(&c, NEW));
	sync_to(&r.new, &c, false);
	sync_to(&r.board, &c, false);
	check_realm(&c);
	node_end(&c);
	free_realm(&r);
}

/* In every order of the three, and of the streams of each. */
static void a_new_key_holds_whatever_comes_first(void **state)
{
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					  { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	struct node *from[3], c, first;
	struct realm r;

	(void)state;
	make_realm(&r);
	from[0] = &r.old;
	from[1] = &r.new;
	from[2] = &r.board;
	for (unsigned i = 0; i < 12; i++) {
		node_told(&c, (uint8_t)(20 + i), OLD, 1, ROOT);
		for (unsigned k = 0; k < 3; k++)
			sync_to(from[orders[i / 2][k]], &c, i % 2);
		check_realm(&c);
		if (i == 0) {
			first = c;
			continue;
		}
		same_projections(&first, &c);
		node_end(&c);
	}
	/* Who was invited under the new key knows no other. */
	node_told(&c, 40, NEW, 2, ROOT);
	sync_to(&r.new, &c, false);
	sync_to(&r.old, &c, true);
	check_realm(&c);
	node_end(&c);
	node_end(&first);
	free_realm(&r);
}

static void nothing_more_is_taken_before_the_new_key_says_how_far(void **state)
{
	struct ld_board_id old = id_of(OLD), new = id_of(NEW);
	struct realm r;

	(void)state;
	make_realm(&r);
	assert_int_equal(ld_store_awaits(r.board.st, &old), 1);
	assert_int_equal(ld_store_awaits(r.board.st, &new), 0);
	assert_int_equal(ld_store_awaits(r.new.st, &old), 0);
	sync_to(&r.new, &r.board, false);
	assert_int_equal(ld_store_awaits(r.board.st, &old), 0);
	free_realm(&r);
}

static void forged_replayed_and_older_warrants_change_nothing(void **state)
{
	struct ld_warrant w = warrant(ROOT, 3, 7), beyond = warrant(ROOT, LD_WARRANT_MAX + 1, 7);
	struct ld_fact f = { .kind = LD_EV_WARRANT };
	struct realm r;

	(void)state;
	make_realm(&r);
	w.number = 4;
	assert_int_equal(say(&r.board, w), LD_E_FORGED);
	w.number = 3;
	w.pk[0] ^= 1;
	assert_int_equal(say(&r.board, w), LD_E_FORGED);
	assert_int_equal(say(&r.board, beyond), LD_E_FORGED);
	assert_int_equal(say(&r.board, warrant(OTHER_ROOT, 3, 7)), LD_E_DENIED);
	/* In the log of a board that does not check. */
	memcpy(f.u.warrant.root, w.root, 32);
	memcpy(f.u.warrant.pk, w.pk, 32);
	memcpy(f.u.warrant.sig, w.sig, 64);
	f.u.warrant.number = 3;
	append(&r.old, &f, NULL);
	sync_to(&r.new, &r.board, false);
	sync_to(&r.old, &r.board, false);
	check_realm(&r.board);
	assert_int_equal(say(&r.board, r.w[0]), 0); /* known */
	assert_int_equal(say(&r.board, r.w[1]), 0);
	check_realm(&r.board);
	/* One that was left out, and one that came after. */
	assert_int_equal(say(&r.board, warrant(ROOT, 5, 7)), 0);
	assert_int_equal(number_at(&r.board), 5);
	assert_true(is_revoked(&r.board, NEW));
	assert_int_equal(say(&r.board, warrant(ROOT, 4, 8)), 0);
	assert_int_equal(number_at(&r.board), 5);
	rebuilds_to_the_same(&r.board);
	free_realm(&r);
}

/* Named anew under another start: whatever comes first. */
static void of_two_names_of_a_board_the_newer_one_counts(void **state)
{
	struct ld_fact f = { .kind = LD_EV_MEMBER };
	struct ld_board_id id = id_of(5);
	struct node ward, b, c;
	struct ld_member m;

	(void)state;
	node_told(&ward, OLD, OLD, 0, 0);
	node_told(&b, 2, OLD, 0, 0);
	node_told(&c, 3, OLD, 0, 0);
	admit(&ward, 5);
	told(&ward, OLD, 0, 0);
	f.u.member.board = id;
	memcpy(f.u.member.pk, key_of(5).pk, sizeof(f.u.member.pk));
	snprintf(f.u.member.name, sizeof(f.u.member.name), "a newer name");
	append(&ward, &f, NULL);
	sync_to(&ward, &b, false);
	sync_to(&ward, &c, true);
	assert_int_equal(ld_store_member(b.st, &id, &m), 0);
	assert_string_equal(m.name, "a newer name");
	same_projections(&b, &c);
	rebuilds_to_the_same(&b);
	node_end(&ward);
	node_end(&b);
	node_end(&c);
}

/* More streams than one event can name: all of them count up to what the ward held, and no further. */
static void a_board_of_many_starts_is_cut_off(void **state)
{
	enum { STARTS = 230 };
	struct ld_fact f = { .kind = LD_EV_INVITED, .subject = { { 'p' } } };
	struct ld_board_id id = id_of(2);
	struct ld_stream_state s;
	struct node ward, b, c;
	struct ld_dot dot;
	uint64_t last;

	(void)state;
	if (on_server())
		skip(); /* a minute of connecting */
	node_told(&ward, OLD, OLD, 0, 0);
	node_told(&b, 2, OLD, 0, 0);
	node_told(&c, 3, OLD, 0, 0);
	admit(&ward, 2);
	for (unsigned i = 0; i < STARTS; i++) {
		told(&b, OLD, 0, 0);
		append(&b, &f, &dot);
	}
	sync_to(&b, &ward, false);
	append(&b, &f, &dot);
	sync_to(&b, &c, false);
	assert_int_equal(ld_store_begin(ward.st), 0);
	assert_int_equal(ld_store_revoke(ward.st, &id), STARTS);
	assert_int_equal(ld_store_commit(ward.st), 0);
	sync_to(&ward, &c, true);
	assert_int_equal(ld_store_last_valid(c.st, &dot.stream, &last), 0);
	assert_int_equal(last, dot.seq - 1);
	assert_int_equal(ld_store_stream(c.st, &dot.stream, &s), 0);
	assert_int_equal(s.seq, dot.seq);
	same_projections(&ward, &c);
	node_end(&ward);
	node_end(&b);
	node_end(&c);
}

/* The ward's commands are one chain across its keys: who lacks the end of the old one may not send. */
static void homes_wait_for_what_the_old_key_ordered(void **state)
{
	struct ld_term term;
	struct realm r;
	struct node c;

	(void)state;
	make_realm(&r);
	node_told(&c, 6, NEW, 2, ROOT);
	assert_int_equal(ld_store_begin(r.new.st), 0);
	r.new.clock.trusted = true;
	assert_int_equal(ld_store_heartbeat(r.new.st), 1);
	assert_int_equal(ld_store_commit(r.new.st), 0);
	/* The new key's streams alone, first. */
	{
		struct want w = { .n = 0 };

		assert_int_equal(ld_store_begin(r.new.st), 0);
		assert_int_equal(ld_store_sign_heads(r.new.st), 0);
		assert_int_equal(ld_store_commit(r.new.st), 0);
		assert_int_equal(ld_store_streams(r.new.st, list, &w), 0);
		assert_int_equal(ld_store_begin(c.st), 0);
		for (unsigned i = 0; i < w.n; i++) {
			struct ld_board_id new = id_of(NEW);
			struct ld_run run;
			struct ld_head head;

			if (memcmp(w.s[i].board.b, new.b, sizeof(new.b)) != 0)
				continue;
			assert_int_equal(ld_store_run(r.new.st, &w.s[i], 1, &run, &head), 0);
			assert_true(ld_store_apply(c.st, &run, &head) > 0);
			ld_run_release(&run);
		}
		assert_int_equal(ld_store_commit(c.st), 0);
	}
	assert_int_equal(ld_store_term(c.st, ld_clock_utc_ms(&r.new.clock.clock, NULL), &term), 0);
	assert_true(term.gap);
	sync_to(&r.new, &c, false);
	assert_int_equal(ld_store_term(c.st, ld_clock_utc_ms(&r.new.clock.clock, NULL), &term), 0);
	assert_true(term.runs);
	node_end(&c);
	free_realm(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_known_by_the_wards_word_for_itself_alone),
		cmocka_unit_test(a_root_that_is_known_late_counts_for_what_came_before),
		cmocka_unit_test(who_is_told_of_a_key_believes_nobody_who_cut_it_off),
		cmocka_unit_test(a_new_key_holds_whatever_comes_first),
		cmocka_unit_test(nothing_more_is_taken_before_the_new_key_says_how_far),
		cmocka_unit_test(forged_replayed_and_older_warrants_change_nothing),
		cmocka_unit_test(of_two_names_of_a_board_the_newer_one_counts),
		cmocka_unit_test(a_board_of_many_starts_is_cut_off),
		cmocka_unit_test(homes_wait_for_what_the_old_key_ordered),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
