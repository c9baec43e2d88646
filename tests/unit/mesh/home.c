/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Homes (ADR 0013): terms run on the ward's heartbeats, learners move with their numbers and with
 * what was sent to them, and a new home waits for the ones before; whatever arrives first. */
#include "../store/nodes.h"

#include "laido/mesh/home.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

static const struct ld_msisdn hoa = { "84900000001" };

struct town {
	struct node ward, b[3];
	struct ld_node keys;
};

static struct ld_board_id id_of(const struct node *n)
{
	struct ld_board_id id;

	ld_board_id_of(&id, n->key.pk);
	return id;
}

static void admit(struct town *t, const struct node *n, const char *name)
{
	struct ld_fact f = { .kind = LD_EV_MEMBER };

	f.u.member.board = id_of(n);
	memcpy(f.u.member.pk, n->key.pk, sizeof(f.u.member.pk));
	snprintf(f.u.member.name, sizeof(f.u.member.name), "%s", name);
	append(&t->ward, &f, NULL);
}

static void begin(struct town *t)
{
	memset(&t->keys, 0, sizeof(t->keys));
	node_init_ward(&t->ward, 1);
	t->keys.key = t->ward.key;
	t->keys.id = id_of(&t->ward);
	t->keys.joined = true;
	t->keys.ward = keys;
	memcpy(t->keys.ward.ward_pk, t->ward.key.pk, 32);
	for (uint8_t i = 0; i < 3; i++) {
		char name[] = { (char)('a' + i), '\0' };

		node_init_ward(&t->b[i], (uint8_t)(2 + i));
		admit(t, &t->b[i], name);
	}
}

static void end(struct town *t)
{
	node_end(&t->ward);
	for (unsigned i = 0; i < 3; i++)
		node_end(&t->b[i]);
}

static void pass(struct town *t, int64_t ms)
{
	ld_clock_manual_advance(&t->ward.clock, ms);
	for (unsigned i = 0; i < 3; i++)
		ld_clock_manual_advance(&t->b[i].clock, ms);
}

static int beat(struct town *t)
{
	int rc;

	assert_int_equal(ld_store_begin(t->ward.st), 0);
	rc = ld_store_heartbeat(t->ward.st);
	assert_int_equal(ld_store_commit(t->ward.st), 0);
	return rc;
}

static bool runs(struct node *n)
{
	struct ld_term term;

	assert_int_equal(ld_store_term(n->st, n->clock.utc, &term), 0);
	return term.runs;
}

/* ---- terms ---- */

static void a_term_runs_on_heartbeats(void **state)
{
	struct town t;
	struct ld_term term;

	(void)state;
	begin(&t);
	assert_true(runs(&t.ward));
	assert_int_equal(beat(&t), 1);
	assert_int_equal(beat(&t), 0);
	assert_false(runs(&t.b[0]));
	sync_to(&t.ward, &t.b[0], false);
	assert_true(runs(&t.b[0]));
	pass(&t, LD_TERM_MS - HOUR_MS);
	assert_true(runs(&t.b[0]));
	pass(&t, 2 * HOUR_MS);
	assert_false(runs(&t.b[0]));
	/* By a clock that may be wrong the ward says nothing. */
	t.ward.clock.trusted = false;
	assert_int_equal(beat(&t), 0);
	t.ward.clock.trusted = true;
	assert_int_equal(beat(&t), 1);
	sync_to(&t.ward, &t.b[0], false);
	assert_true(runs(&t.b[0]));
	/* Nor does one count that is still to come. */
	ld_clock_manual_advance(&t.b[0].clock, -3 * HOUR_MS - LD_TERM_MS);
	assert_int_equal(ld_store_term(t.b[0].st, t.b[0].clock.utc, &term), 0);
	assert_true(term.heard_ms <= t.b[0].clock.utc + HOUR_MS);
	end(&t);
}

static void nobody_hears_a_lone_ward(void **state)
{
	struct node n;

	(void)state;
	node_init_ward(&n, 1);
	assert_int_equal(ld_store_begin(n.st), 0);
	assert_int_equal(ld_store_heartbeat(n.st), 0);
	assert_int_equal(ld_store_commit(n.st), 0);
	assert_true(runs(&n));
	node_end(&n);
}

/* One stream of the ward's commands alone. */
static void carry(struct node *from, struct node *to, uint64_t incarnation)
{
	struct ld_stream s = { id_of(from), incarnation, LD_CLASS_COMMAND };
	struct ld_head head;
	struct ld_run run;

	assert_int_equal(ld_store_begin(from->st), 0);
	assert_int_equal(ld_store_sign_heads(from->st), 0);
	assert_int_equal(ld_store_commit(from->st), 0);
	assert_int_equal(ld_store_run(from->st, &s, 1, &run, &head), 0);
	assert_int_equal(ld_store_begin(to->st), 0);
	assert_true(ld_store_apply(to->st, &run, &head) > 0);
	assert_int_equal(ld_store_commit(to->st), 0);
	ld_run_release(&run);
}

struct newest {
	uint64_t old, incarnation;
};

static int note_stream(void *arg, const struct ld_stream_state *s)
{
	struct newest *n = arg;

	if (s->stream.cls == LD_CLASS_COMMAND && s->stream.incarnation != n->old)
		n->incarnation = s->stream.incarnation;
	return 0;
}

/* The ward was started anew: its first word counts when all that it had ordered before is here. */
static void what_was_ordered_before_comes_first(void **state)
{
	struct ld_fact f = { .kind = LD_EV_PAUSE };
	struct newest n = { 0, 0 }, next;
	struct ld_store_cfg cfg;
	struct ld_errmsg err;
	struct ld_term term;
	struct town t;

	(void)state;
	begin(&t);
	append(&t.ward, &f, NULL);
	assert_int_equal(ld_store_streams(t.ward.st, note_stream, &n), 0);
	ld_store_close(t.ward.st);
	cfg = (struct ld_store_cfg){ .path = t.ward.path, .clock = &t.ward.clock.clock,
				     .random = &t.ward.random.random, .author = &t.ward.key };
	memcpy(cfg.ward_pk, t.ward.key.pk, sizeof(cfg.ward_pk));
	assert_int_equal(ld_store_open(&t.ward.st, &cfg, &err), 0);
	assert_int_equal(beat(&t), 1);
	next = (struct newest){ n.incarnation, 0 };
	assert_int_equal(ld_store_streams(t.ward.st, note_stream, &next), 0);
	carry(&t.ward, &t.b[0], next.incarnation);
	assert_int_equal(ld_store_term(t.b[0].st, t.b[0].clock.utc, &term), 0);
	assert_true(term.gap && term.heard_ms > 0 && !term.runs);
	carry(&t.ward, &t.b[0], n.incarnation);
	assert_true(runs(&t.b[0]));
	end(&t);
}

/* ---- moving ---- */

static struct ld_id learner(struct node *n)
{
	struct ld_fact f = { .kind = LD_EV_CONSENT };
	struct ld_keypair ward;
	struct ld_person p;
	char name[LD_CALL_MAX] = "Hoa";
	size_t len = strlen(hoa.digits);

	assert_int_equal(ld_store_person(n->st, &keys, &hoa, 1, &p), 0);
	f.subject = p.s;
	f.u.consent.p = p.p;
	f.u.consent.slot = 1;
	append(n, &f, NULL);
	ld_keypair_from_seed(&ward, (const uint8_t[32]){ 1 });
	f = (struct ld_fact){ .kind = LD_EV_NUMBER, .subject = p.s };
	f.u.number.home = id_of(n);
	f.u.number.len = (uint8_t)(len + LD_SEAL_EXTRA);
	assert_int_equal(ld_seal(f.u.number.for_ward, ward.pk, hoa.digits, len), 0);
	assert_int_equal(ld_seal(f.u.number.for_home, n->key.pk, hoa.digits, len), 0);
	append(n, &f, NULL);
	f = (struct ld_fact){ .kind = LD_EV_NAME, .subject = p.s };
	f.u.name.home = id_of(n);
	assert_int_equal(ld_seal(f.u.name.for_ward, ward.pk, name, sizeof(name)), 0);
	assert_int_equal(ld_seal(f.u.name.for_home, n->key.pk, name, sizeof(name)), 0);
	append(n, &f, NULL);
	return p.s;
}

static unsigned move(struct town *t, const char *from, const char *to, bool dead)
{
	struct ld_home_move what = { .from = from, .to = to, .dead = dead, .max = 32,
				     .now_ms = t->ward.clock.utc };
	struct ld_home_moved moved;
	struct ld_errmsg err;
	int rc;

	ld_clock_manual_advance(&t->ward.clock, 1000);
	assert_int_equal(ld_store_begin(t->ward.st), 0);
	rc = ld_mesh_move_home(&t->keys, t->ward.st, &what, &moved, &err);
	if (rc < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_store_commit(t->ward.st), 0);
	assert_int_equal(moved.left, 0);
	return moved.moved;
}

static int release(struct node *n)
{
	int rc;

	assert_int_equal(ld_store_begin(n->st), 0);
	rc = ld_store_release(n->st, 8);
	assert_int_equal(ld_store_commit(n->st), 0);
	return rc;
}

/* May that board send to her? */
static bool may(struct node *n)
{
	int64_t began;
	struct ld_id p;
	int rc;

	ld_pseudonym_p(&p, &keys, &hoa);
	rc = ld_store_home_of(n->st, &p, &began);
	assert_true(rc >= 0);
	return rc && began <= n->clock.utc;
}

static bool adopts(struct node *n, struct ld_due *ret)
{
	struct ld_board_id id = id_of(n);
	struct ld_id cursor = { { 0 } };
	bool found;

	assert_int_equal(ld_store_begin(n->st), 0);
	assert_int_equal(ld_store_due_adopt(n->st, &id, n->clock.utc, 100, &cursor), 0);
	found = ld_store_due_next(n->st, INT64_MAX, ret) == 0;
	assert_int_equal(ld_store_commit(n->st), 0);
	return found;
}

static void even(struct town *t, bool backwards)
{
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 3; i++) {
			sync_to(&t->b[i], &t->ward, backwards);
			sync_to(&t->ward, &t->b[i], backwards);
		}
	for (unsigned i = 0; i < 3; i++)
		same_projections(&t->ward, &t->b[i]);
	rebuilds_to_the_same(&t->b[1]);
}

/* The old board stops, and says what it has sent; the new one goes on there. */
static void she_moves_with_all_that_was_sent(void **state)
{
	struct ld_due d = { .course = "VNEID", .lesson = 3, .sent_ms = 1799999000000, .idle = 1 };
	uint8_t box[64], digits[64];
	struct ld_board_id home;
	struct town t;
	struct ld_id s;
	int len;

	(void)state;
	begin(&t);
	s = learner(&t.b[0]);
	even(&t, false);
	assert_int_equal(ld_store_due_add(t.b[0].st, &s, 1, 1), 0);
	d.s = s;
	assert_int_equal(ld_store_due_set(t.b[0].st, &d), 0);
	assert_int_equal(move(&t, "a", "b", false), 1);
	assert_int_equal(move(&t, "a", "b", false), 0);
	sync_to(&t.ward, &t.b[1], false);
	assert_false(may(&t.b[1]) || may(&t.b[2]) || adopts(&t.b[1], &d));
	assert_true(may(&t.b[0]));              /* it has not heard of it */
	sync_to(&t.ward, &t.b[0], false);
	assert_false(may(&t.b[0]));
	assert_int_equal(release(&t.b[0]), 1);
	assert_int_equal(release(&t.b[0]), 0);
	pass(&t, 60000);
	even(&t, true);
	assert_true(may(&t.b[1]) && !may(&t.b[0]));
	len = ld_store_number(t.b[1].st, &s, &home, box);
	assert_true(len > 0 && ld_unseal(digits, &t.b[1].key, box, (size_t)len) == 0);
	assert_memory_equal(digits, hoa.digits, strlen(hoa.digits));
	assert_true(adopts(&t.b[1], &d));
	assert_string_equal(d.course, "VNEID");
	assert_int_equal(d.lesson, 3);
	assert_int_equal(d.sent_ms, 1799999000000);
	assert_int_equal(d.idle, 1);
	assert_false(adopts(&t.b[0], &d));
	end(&t);
}

/* A new board had nothing of her yet and asked her to agree again: she stays where she was, and
 * what the ward has said since holds as well. A clock that is wrong makes nobody the first. */
static void who_agrees_again_stays_at_home(void **state)
{
	struct town t;

	(void)state;
	begin(&t);
	learner(&t.b[0]);
	pass(&t, HOUR_MS);
	learner(&t.b[1]);
	assert_true(may(&t.b[0]) && may(&t.b[1]));      /* until they meet */
	even(&t, false);
	assert_true(may(&t.b[0]) && !may(&t.b[1]));
	assert_int_equal(move(&t, "a", "c", true), 1);
	end(&t);

	begin(&t);
	learner(&t.b[0]);
	sync_to(&t.b[0], &t.ward, false);
	assert_int_equal(move(&t, "a", "c", true), 1);
	pass(&t, HOUR_MS);
	learner(&t.b[1]);
	even(&t, true);
	assert_true(may(&t.b[2]) && !may(&t.b[0]) && !may(&t.b[1]));
	end(&t);

	begin(&t);
	t.b[1].clock.trusted = false;
	learner(&t.b[1]);
	t.b[1].clock.trusted = true;
	pass(&t, HOUR_MS);
	learner(&t.b[0]);
	even(&t, false);
	assert_true(may(&t.b[0]) && !may(&t.b[1]));
	end(&t);
}

/* A board that is silent is waited for; one that is known to be dead is not. */
static void a_silent_board_is_waited_for(void **state)
{
	struct ld_due d;

	(void)state;
	for (int dead = 0; dead < 2; dead++) {
		struct town t;

		begin(&t);
		learner(&t.b[0]);
		even(&t, false);
		move(&t, "a", "b", dead);
		sync_to(&t.ward, &t.b[1], false);
		pass(&t, 60000);
		assert_int_equal(may(&t.b[1]), dead);
		pass(&t, LD_HOME_WAIT_MS - HOUR_MS);
		assert_int_equal(may(&t.b[1]), dead);
		pass(&t, HOUR_MS);
		assert_true(may(&t.b[1]) && adopts(&t.b[1], &d));
		/* What the old one had sent is not known: today counts as used. */
		assert_int_equal(d.sent_ms, t.b[1].clock.utc);
		end(&t);
	}
}

/* a to b to c, before a has stopped: c waits for both. */
static void who_moves_twice_waits_for_both(void **state)
{
	struct town t;

	(void)state;
	begin(&t);
	learner(&t.b[0]);
	even(&t, false);
	move(&t, "a", "b", false);
	move(&t, "b", "c", false);
	sync_to(&t.ward, &t.b[1], false);
	assert_int_equal(release(&t.b[1]), 1);
	pass(&t, 60000);
	sync_to(&t.b[1], &t.b[2], false);
	sync_to(&t.ward, &t.b[2], true);
	assert_false(may(&t.b[2]));
	sync_to(&t.ward, &t.b[0], true);
	assert_int_equal(release(&t.b[0]), 1);
	pass(&t, 60000);
	even(&t, true);
	assert_true(may(&t.b[2]));
	end(&t);
}

/* Only the ward moves anybody: what a board writes about it says nothing. */
static void nobody_else_moves_her(void **state)
{
	uint8_t box[60] = { 1 };
	struct ld_fact f = { .kind = LD_EV_HOME };
	struct ld_home_move what = { .from = "a", .to = "b", .max = 1 };
	struct ld_home_moved moved;
	struct ld_errmsg err;
	struct town t;

	(void)state;
	begin(&t);
	f.subject = learner(&t.b[0]);
	even(&t, false);
	f.u.home.home = id_of(&t.b[2]);
	f.u.home.for_ward = f.u.home.for_home = (struct ld_octets){ box, sizeof(box) };
	append(&t.b[2], &f, NULL);
	f = (struct ld_fact){ .kind = LD_EV_HEARTBEAT };
	f.u.heartbeat.issued_ms = t.b[2].clock.utc;
	append(&t.b[2], &f, NULL);
	pass(&t, 60000);
	even(&t, true);
	assert_true(may(&t.b[0]) && !may(&t.b[2]) && !runs(&t.b[2]));
	t.keys.key = t.b[2].key;
	assert_int_equal(ld_mesh_move_home(&t.keys, t.b[2].st, &what, &moved, &err), LD_E_DENIED);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_term_runs_on_heartbeats),
		cmocka_unit_test(nobody_hears_a_lone_ward),
		cmocka_unit_test(what_was_ordered_before_comes_first),
		cmocka_unit_test(she_moves_with_all_that_was_sent),
		cmocka_unit_test(who_agrees_again_stays_at_home),
		cmocka_unit_test(a_silent_board_is_waited_for),
		cmocka_unit_test(who_moves_twice_waits_for_both),
		cmocka_unit_test(nobody_else_moves_her),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
