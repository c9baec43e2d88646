/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ward and two boards with real stores and no network. Messages are lost, repeated, delayed and
 * damaged, and nodes die between any two commits; in the end all hold the same, nothing twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/mesh/identity.h"
#include "laido/mesh/sync.h"

enum { WARD = 0, NODES = 4, FRESH = 3, PEOPLE = 40 };

struct node {
	struct ld_keypair key;
	struct ld_board_id id;
	char path[128];
	struct ld_store *st;
	struct ld_mesh *mesh;
	struct ld_mesh_peer *peer[NODES];
	uint64_t appended; /* facts committed here */
};

static struct ld_random_seeded rnd;
static struct ld_clock_manual wall;
static struct node nodes[NODES];
static char base[64];
static struct ld_id people[PEOPLE], learners[PEOPLE]; /* P and S */

static uint32_t below(uint32_t n)
{
	return ld_random_below(&rnd.random, n);
}

/* Who closed a learner. Others write on until the next exchange, not knowing it; afterwards nobody
 * does, as no dialogue would. */
static struct {
	bool closed;
	unsigned by;
	uint64_t exchange;
} closures[PEOPLE];
static uint64_t n_exchanges;
static bool closing; /* does anybody? */

/* ---- nodes ---- */

static void node_open(struct node *n)
{
	struct ld_store_cfg cfg = {.path = n->path,
				   .clock = &wall.clock,
				   .random = &rnd.random,
				   .author = &n->key,
				   .cache_kib = 256};
	struct ld_errmsg err;

	memcpy(cfg.ward_pk, nodes[WARD].key.pk, 32);
	if (ld_store_open(&n->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_mesh_new(&n->mesh, &wall.clock), 0);
	for (unsigned i = 0; i < NODES; i++)
		assert_non_null(n->peer[i] = ld_mesh_peer_new(nodes[i].key.pk));
}

static void node_close(struct node *n)
{
	ld_store_close(n->st);
	ld_mesh_free(n->mesh);
	for (unsigned i = 0; i < NODES; i++)
		ld_mesh_peer_free(n->peer[i]);
	n->st = NULL;
}

/* Power cut: whatever was not committed is gone, and so is all memory. */
static void node_restart(struct node *n)
{
	node_close(n);
	node_open(n);
}

static void append(struct node *n, const struct ld_fact *f)
{
	int rc = ld_store_append(n->st, f, NULL);

	if (rc == LD_E_DENIED)
		return;         /* of a learner whose closure has come here by now */
	assert_int_equal(rc, 0);
	n->appended++;
}

static void admit(unsigned who)
{
	struct ld_fact f = {.kind = LD_EV_MEMBER};

	f.u.member.board = nodes[who].id;
	memcpy(f.u.member.pk, nodes[who].key.pk, 32);
	snprintf(f.u.member.name, sizeof(f.u.member.name), "board %u", who);
	assert_int_equal(ld_store_begin(nodes[WARD].st), 0);
	append(&nodes[WARD], &f);
	assert_int_equal(ld_store_commit(nodes[WARD].st), 0);
}

static struct ld_id open_learner(const struct node *n)
{
	unsigned i = 0;

	do
		i = i == 0 ? below(PEOPLE) : i - 1;
	while (i > 0 && closures[i].closed &&
	       (closures[i].by == (unsigned)(n - nodes) || closures[i].exchange != n_exchanges));
	return learners[i]; /* number 0 is never closed */
}

static void some_closure(const struct node *n, struct ld_fact *f)
{
	unsigned i = 1 + below(PEOPLE - 1);

	f->kind = LD_EV_CLOSE;
	f->subject = people[i];
	f->u.close.why = LD_CLOSE_ERASE;
	f->u.close.slot = 1;
	f->u.close.s = learners[i];
	if (!closures[i].closed) {
		closures[i].closed = true;
		closures[i].by = (unsigned)(n - nodes);
		closures[i].exchange = n_exchanges;
	}
}

static void some_fact(const struct node *n, struct ld_fact *f)
{
	static const uint16_t kinds[] = {LD_EV_INVITED, LD_EV_ANSWER,   LD_EV_ANSWER, LD_EV_ANSWER,
					 LD_EV_ENROL,   LD_EV_COMPLETE, LD_EV_OPTOUT, LD_EV_HELP};

	memset(f, 0, sizeof(*f));
	if (closing && below(150) == 0) {
		some_closure(n, f);
		return;
	}
	f->kind = kinds[below(LD_ARRAY_SIZE(kinds))];
	f->subject =
		ld_kind_info(f->kind)->subject == 'P' ? people[below(PEOPLE)] : open_learner(n);
	switch (f->kind) {
	case LD_EV_ANSWER:
		snprintf(f->u.answer.course, LD_COURSE_MAX, "VNEID");
		f->u.answer.lesson = (uint8_t)(1 + below(10));
		f->u.answer.option = (uint8_t)(1 + below(3));
		f->u.answer.right = below(2);
		break;
	case LD_EV_ENROL:
		snprintf(f->u.enrol.course, LD_COURSE_MAX, "CAOTUOI");
		break;
	case LD_EV_COMPLETE:
		snprintf(f->u.complete.course, LD_COURSE_MAX, "VNEID");
		f->u.complete.score = (uint8_t)below(11);
		f->u.complete.total = 10;
		break;
	default:
		break;
	}
}

static void write_some(struct node *n, unsigned count)
{
	struct ld_fact f;

	assert_int_equal(ld_store_begin(n->st), 0);
	for (unsigned i = 0; i < count; i++) {
		ld_clock_manual_advance(&wall, below(1000));
		some_fact(n, &f);
		append(n, &f);
	}
	assert_int_equal(ld_store_commit(n->st), 0);
}

/* ---- exchanges over a bad line ---- */

struct octets {
	uint8_t *p;
	size_t len;
};

/* Old requests that arrive once more, or only now. */
static struct {
	struct octets msg;
	unsigned from, to;
} stash[8];

static unsigned faults; /* in a hundred */
static uint64_t n_lost, n_again, n_damaged, n_crashes;

static bool trouble(void)
{
	return below(100) < faults;
}

static struct octets copy_of(const uint8_t *p, size_t len)
{
	struct octets o = {malloc(len + 1), len};

	if (len)
		memcpy(o.p, p, len);
	return o;
}

static void damage(struct octets *o)
{
	if (o->len == 0)
		return;
	n_damaged++;
	if (below(2))
		o->len = below((uint32_t)o->len);
	else
		o->p[below((uint32_t)o->len)] ^= (uint8_t)(1u << below(8));
}

/* All steps over one message. The node may die after any of them; -1 then. */
static int work_off(struct node *n, struct ld_mesh_io *io)
{
	int rc;

	do {
		bool die = faults && below(60) == 0;

		assert_int_equal(ld_store_begin(n->st), 0);
		rc = ld_mesh_step(n->mesh, n->st, io);
		if (die || (faults && below(30) == 0)) {
			assert_int_equal(ld_store_rollback(n->st), 0);
			if (die) {
				n_crashes++;
				return -1;
			}
			rc = LD_MESH_MORE; /* undone: the same step once more */
			continue;
		}
		assert_int_equal(ld_store_commit(n->st), 0);
		if (rc < 0)
			return rc;
		ld_mesh_io_accept(io);
	} while (rc == LD_MESH_MORE);
	return rc;
}

/* A message, as it comes in: whole or in pieces. */
static int take_in(struct node *n, struct ld_mesh_io *io, struct octets o)
{
	size_t len = 0;
	int rc;

	if (below(2)) {
		ld_mesh_io_feed(io, o.p, o.len);
		return work_off(n, io);
	}
	ld_mesh_io_expect(io, o.p);
	do {
		bool whole = len == o.len;

		if (!whole)
			len += 1 + below((uint32_t)(below(4) ? o.len - len : 1));
		ld_mesh_io_grow(io, len, whole);
		rc = work_off(n, io);
		assert_true(rc == LD_MESH_WAIT || whole || rc < 0);
	} while (rc == LD_MESH_WAIT);
	return rc;
}

/* The answer of `to`, or no octets when it died or refused. */
static struct octets answer(unsigned from, unsigned to, struct octets request)
{
	struct ld_mesh_io *io = ld_mesh_io_new(nodes[from].key.pk, NULL);
	struct octets o = {0};
	int rc;

	rc = take_in(&nodes[to], io, request);
	if (rc == LD_MESH_SEND)
		o = copy_of(ld_mesh_io_message(io)->data, ld_mesh_io_message(io)->len);
	ld_mesh_io_free(io);
	if (rc == -1)
		node_restart(&nodes[to]);
	return o;
}

/* Over the line; the answer is empty when anything went wrong. */
static struct octets post(unsigned from, unsigned to, struct octets request)
{
	unsigned slot = below(LD_ARRAY_SIZE(stash));
	struct octets got = {0};

	/* Not to the asker itself: it may die of an answer, and its exchange is under way here. */
	if (stash[slot].msg.p && stash[slot].to != from && trouble()) {
		n_again++;
		free(answer(stash[slot].from, stash[slot].to, stash[slot].msg).p);
	}
	if (faults) {
		free(stash[slot].msg.p);
		stash[slot].msg = copy_of(request.p, request.len);
		stash[slot].from = from;
		stash[slot].to = to;
	}
	if (trouble())
		damage(&request);
	if (trouble())
		n_lost++;
	else
		got = answer(from, to, request);
	if (got.p && trouble()) {
		n_lost++;
		got.len = 0;
	}
	if (trouble())
		damage(&got);
	return got;
}

/* One exchange until it ends or the line fails. 0 even, 1 not. */
static int exchange(unsigned from, unsigned to)
{
	struct node *n = &nodes[from];
	struct ld_mesh_io *io = ld_mesh_io_new(nodes[to].key.pk, n->peer[to]);
	struct ld_mesh_progress progress = {0};
	struct octets got = {0};
	unsigned rounds = 0;
	int rc;

	n_exchanges++;
	ld_mesh_io_feed(io, NULL, 0);
	for (rc = work_off(n, io); rc == LD_MESH_SEND; rc = take_in(n, io, got)) {
		const struct ld_msg *m = ld_mesh_io_message(io);
		struct octets request = copy_of(m->data, m->len);

		assert_true(++rounds < 1000);
		assert_true(m->len <= LD_MESH_MESSAGE_MAX);
		free(got.p);
		got = post(from, to, request);
		free(request.p);
		if (got.len == 0)
			break;
	}
	if (rc == LD_MESH_DONE)
		ld_mesh_peer_progress(n->peer[to], &progress);
	free(got.p);
	ld_mesh_io_free(io);
	if (rc == -1)
		node_restart(n);
	return rc == LD_MESH_DONE && progress.even ? 0 : 1;
}

/* ---- what must hold ---- */

struct summary {
	uint64_t events;
	uint8_t digest[LD_DIGEST_LEN];
	uint8_t dump[32];
};

static int add_stream(void *arg, const struct ld_stream_state *s)
{
	struct summary *sum = arg;

	sum->events += s->seq;
	assert_int_equal(s->seq, s->head_seq);
	ld_digest_next(sum->digest, &(struct ld_vector_entry){s->stream, s->seq, s->hollow});
	return 0;
}

static void add_line(void *arg, const char *line)
{
	struct summary *sum = arg;
	struct ld_span spans[] = {{sum->dump, 32}, {line, strlen(line)}};

	if (getenv("DUMP"))
		printf("# %s\n", line);
	ld_hash(sum->dump, 32, NULL, 0, spans, 2);
}

static struct summary summarise(struct node *n)
{
	struct summary s = {0};

	assert_int_equal(ld_store_streams(n->st, add_stream, &s), 0);
	assert_true(ld_store_dump(n->st, add_line, &s) >= 0);
	return s;
}

static void heal(unsigned upto)
{
	faults = 0;
	/* What was damaged twice rests for up to ten minutes, and a damaged list is believed until the
	 * next one. */
	ld_clock_manual_advance(&wall, 11 * 60 * 1000);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 1; i < upto; i++)
			exchange(i, WARD);
	for (unsigned i = 1; i < upto; i++)
		assert_int_equal(exchange(i, WARD), 0);
}

static void all_the_same(unsigned upto)
{
	struct summary ward = summarise(&nodes[WARD]);

	for (unsigned i = 1; i < upto; i++) {
		struct summary s = summarise(&nodes[i]);

		assert_int_equal(s.events, ward.events);
		assert_memory_equal(s.digest, ward.digest, sizeof(s.digest));
		assert_memory_equal(s.dump, ward.dump, sizeof(s.dump));
	}
}

/* Every fact once: what was appended plus one OPEN a stream. */
static int count_stream(void *arg, const struct ld_stream_state *s)
{
	(void)s;
	(*(uint64_t *)arg)++;
	return 0;
}

static void nothing_lost_or_doubled(void)
{
	uint64_t facts = 0, streams = 0;
	struct summary s = summarise(&nodes[WARD]);

	for (unsigned i = 0; i < NODES; i++)
		facts += nodes[i].appended;
	assert_int_equal(ld_store_streams(nodes[WARD].st, count_stream, &streams), 0);
	assert_int_equal(s.events, facts + streams);
}

/* ---- fixture ---- */

static int setup(void **state)
{
	(void)state;
	/* Thousands of commits, and none of them about the disk. */
	snprintf(base, sizeof(base), "%s/laido-sync.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(base));
	ld_clock_manual_init(&wall, 1800000000000);
	ld_random_fill(&rnd.random, people, sizeof(people));
	ld_random_fill(&rnd.random, learners, sizeof(learners));
	memset(nodes, 0, sizeof(nodes));
	memset(closures, 0, sizeof(closures));
	for (unsigned i = 0; i < NODES; i++) {
		uint8_t seed[32];

		ld_random_fill(&rnd.random, seed, sizeof(seed));
		ld_keypair_from_seed(&nodes[i].key, seed);
		ld_board_id_of(&nodes[i].id, nodes[i].key.pk);
		snprintf(nodes[i].path, sizeof(nodes[i].path), "%s/%u.db", base, i);
	}
	for (unsigned i = 0; i < NODES; i++)
		node_open(&nodes[i]);
	for (unsigned i = 1; i < NODES; i++)
		admit(i);
	faults = 0;
	closing = true;
	return 0;
}

static int teardown(void **state)
{
	char cmd[128];

	(void)state;
	for (unsigned i = 0; i < NODES; i++)
		node_close(&nodes[i]);
	for (unsigned i = 0; i < LD_ARRAY_SIZE(stash); i++) {
		free(stash[i].msg.p);
		stash[i].msg.p = NULL;
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s", base);
	return system(cmd);
}

/* ---- tests ---- */

static void a_board_and_its_ward_become_even(void **state)
{
	struct ld_mesh_progress p;
	int64_t ms;

	(void)state;
	write_some(&nodes[1], 1000);
	write_some(&nodes[WARD], 3);
	assert_int_equal(exchange(1, WARD), 0);
	all_the_same(2);
	ld_mesh_peer_progress(nodes[1].peer[WARD], &p);
	assert_int_equal(p.waiting, 0);
	assert_int_equal(p.stuck, 0);
	assert_int_equal(ld_mesh_last_contact(nodes[WARD].st, &nodes[1].id, &ms), 0);
	assert_true(ms == wall.utc);
	nothing_lost_or_doubled();
}

/* With nothing new one short question and answer are enough; one event goes in one round. */
static void what_is_even_costs_little(void **state)
{
	struct ld_mesh_stats before, after;

	(void)state;
	write_some(&nodes[1], 300);
	assert_int_equal(exchange(1, WARD), 0);
	ld_mesh_stats(nodes[WARD].mesh, &before);
	assert_int_equal(exchange(1, WARD), 0);
	ld_mesh_stats(nodes[WARD].mesh, &after);
	assert_int_equal(after.messages_in - before.messages_in, 1);
	assert_true(after.octets_in - before.octets_in < 100);
	assert_true(after.octets_out - before.octets_out < 100);
	write_some(&nodes[1], 1);
	assert_int_equal(exchange(1, WARD), 0);
	ld_mesh_stats(nodes[WARD].mesh, &before);
	assert_int_equal(before.messages_in - after.messages_in, 1);
	assert_true(before.octets_in - after.octets_in < 600);
	all_the_same(2);
}

/* Octets that the ward and board 1 said to each other until they were even. */
static uint64_t octets_to_even(void)
{
	struct ld_mesh_stats before, after;

	ld_mesh_stats(nodes[WARD].mesh, &before);
	assert_int_equal(exchange(1, WARD), 0);
	ld_mesh_stats(nodes[WARD].mesh, &after);
	return after.octets_in + after.octets_out - before.octets_in - before.octets_out;
}

/* What so many starts of a board leave behind it, made without starting it: streams of one event,
 * here of a kind of tomorrow. */
static void had_started(unsigned who, unsigned times, struct node *at, struct node *and_at)
{
	assert_int_equal(ld_store_begin(at->st), 0);
	if (and_at)
		assert_int_equal(ld_store_begin(and_at->st), 0);
	for (unsigned i = 0; i < times; i++) {
		struct ld_stream s = {nodes[who].id, ld_random_u64(&rnd.random), 2};
		struct ld_event e = {.stream = s, .seq = 1, .hollow = true, .kind = 999};
		struct ld_run r = {.stream = s, .first = 1, .n = 1, .events = &e};
		struct ld_head h = {.stream = s, .seq = 1};

		ld_clock_manual_advance(&wall, 1000);
		e.hlc = ld_hlc_make(wall.utc, 0, true);
		ld_chain_first(h.hash, &s);
		ld_chain_next(h.hash, e.seq, e.hlc, e.kind, e.commitment);
		ld_head_sign(&h, &nodes[who].key);
		assert_int_equal(ld_store_apply(at->st, &r, &h), 1);
		if (and_at)
			assert_int_equal(ld_store_apply(and_at->st, &r, &h), 1);
	}
	assert_int_equal(ld_store_commit(at->st), 0);
	if (and_at)
		assert_int_equal(ld_store_commit(and_at->st), 0);
}

static void start_often(unsigned who, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		write_some(&nodes[who], 3);
		node_restart(&nodes[who]);
	}
}

/* Each start opens new streams. A board that is back after a year of somebody's daily starts gets
 * what it lacks, and is told nothing of those that both hold. (Nobody closes here: a group of which
 * one side alone has hollowed something is listed whole, 4 kB for these.) */
static void old_starts_cost_nothing(void **state)
{
	uint64_t lists, few;

	(void)state;
	closing = false;
	assert_int_equal(exchange(2, WARD), 0);
	had_started(2, 365, &nodes[2], &nodes[WARD]);
	assert_int_equal(exchange(1, WARD), 0);
	node_restart(&nodes[1]); /* it has forgotten what the ward holds: there has to be a list */
	node_restart(&nodes[WARD]);
	write_some(&nodes[WARD], 1);
	lists = octets_to_even();
	printf("# one event after 365 starts: %llu octets\n", (unsigned long long)lists);
	assert_true(lists < 2000);
	/* Both have gone on meanwhile: groups of which neither is the other's beginning. */
	start_often(2, 5);
	assert_int_equal(exchange(2, 1), 0);
	start_often(2, 5);
	assert_int_equal(exchange(2, WARD), 0);
	start_often(1, 5);
	few = octets_to_even();
	printf("# 15 starts more: %llu octets\n", (unsigned long long)few);
	assert_true(few < 20 * 15 * 30); /* heads and runs of the new ones */
	exchange(2, WARD);
	all_the_same(3);
	nothing_lost_or_doubled();
}

/* More streams of one board than a list can show. */
static void a_board_that_starts_all_the_time(void **state)
{
	(void)state;
	assert_int_equal(exchange(1, WARD), 0);
	had_started(1, 2, &nodes[1], NULL); /* so that neither's is the other's beginning */
	had_started(1, LD_VECTOR_MAX, &nodes[1], &nodes[WARD]);
	had_started(1, 2, &nodes[WARD], NULL); /* others carried them there */
	write_some(&nodes[WARD], 10);
	assert_int_equal(exchange(1, WARD), 0);
	all_the_same(2);
}

/* Passes on what `from` holds of its own learning, without contents. */
static int pass_on_hollow(void *arg, const struct ld_stream_state *s)
{
	struct node **both = arg;
	struct ld_run r;
	struct ld_head h;

	if (s->stream.cls != 2 || memcmp(&s->stream.board, &both[0]->id, sizeof(both[0]->id)) != 0)
		return 0;
	for (uint64_t at = 1; at <= s->head_seq; at = h.seq + 1) {
		assert_int_equal(ld_store_run(both[0]->st, &s->stream, at, &r, &h), 0);
		for (unsigned i = 0; i < r.n; i++) {
			struct ld_event *e = &r.events[i];
			const struct ld_run_subject *x = r.subjects;

			while (!e->hollow && !ld_id_eq(&x->subject, &e->subject))
				x++;
			if (e->hollow || ld_kind_info(e->kind)->subject != 'S')
				continue;
			ld_commitment(e->commitment, x->salt, e->seq, &e->subject, e->body,
				      e->body_len);
			e->hollow = true;
		}
		assert_true(ld_store_apply(both[1]->st, &r, &h) > 0);
		ld_run_release(&r);
	}
	return 0;
}

enum { KEPT_BACK = 40 };

/* The ward holds all but the last of what board 2 has written, and its contents were kept back. */
static void keep_back(void)
{
	struct node *both[] = {&nodes[2], &nodes[WARD]};
	struct ld_fact f = {.kind = LD_EV_ENROL, .subject = learners[0]};

	snprintf(f.u.enrol.course, LD_COURSE_MAX, "VNEID");
	assert_int_equal(exchange(1, WARD), 0);
	assert_int_equal(exchange(2, WARD), 0);
	for (unsigned i = 0; i < KEPT_BACK; i++) {
		assert_int_equal(ld_store_begin(nodes[2].st), 0);
		append(&nodes[2], &f);
		assert_int_equal(ld_store_commit(nodes[2].st), 0);
	}
	assert_int_equal(ld_store_begin(nodes[2].st), 0);
	assert_int_equal(ld_store_sign_heads(nodes[2].st), 0);
	assert_int_equal(ld_store_begin(nodes[WARD].st), 0);
	assert_int_equal(ld_store_streams(nodes[2].st, pass_on_hollow, both), 0);
	assert_int_equal(ld_store_commit(nodes[WARD].st), 0);
	append(&nodes[2], &f);
	assert_int_equal(ld_store_commit(nodes[2].st), 0);
}

/* Subjects go as numbers of earlier events, and the ward holds these without contents: it cannot
 * take what comes next, until it comes in full. */
static void what_names_the_past_comes_again_in_full(void **state)
{
	struct ld_mesh_stats stats;

	(void)state;
	keep_back();
	node_restart(&nodes[2]); /* it asks what the ward holds, and goes on from there */
	assert_int_equal(exchange(2, WARD), 0);
	ld_mesh_stats(nodes[WARD].mesh, &stats);
	assert_true(stats.unknown_past > 0 && stats.filled == KEPT_BACK);
	exchange(1, WARD);
	all_the_same(3);
	nothing_lost_or_doubled();
}

/* Who holds more of a revoked board than counts has no head where that ends, and gives what counts
 * all the same. */
static void contents_before_a_mark_come_too(void **state)
{
	struct ld_mesh_stats stats;

	(void)state;
	keep_back();
	assert_int_equal(exchange(2, 1), 0);
	assert_int_equal(ld_store_begin(nodes[WARD].st), 0);
	assert_true(ld_store_revoke(nodes[WARD].st, &nodes[2].id) > 0);
	assert_int_equal(ld_store_commit(nodes[WARD].st), 0);
	exchange(1, WARD); /* gives what counts no more, twice: that stream rests then */
	ld_clock_manual_advance(&wall, 11 * 60 * 1000);
	assert_int_equal(exchange(1, WARD), 0);
	ld_mesh_stats(nodes[WARD].mesh, &stats);
	assert_int_equal(stats.filled, KEPT_BACK);
	all_the_same(2);
}

/* Gives a stretch of the own learning with one thing in it changed. */
static int give_changed(void *arg, const struct ld_stream_state *s)
{
	struct node **both = arg;
	struct ld_run r;
	struct ld_head h;

	if (s->stream.cls != 2 || memcmp(&s->stream.board, &both[0]->id, sizeof(both[0]->id)) != 0)
		return 0;
	for (uint64_t at = 1; at <= KEPT_BACK; at = h.seq + 1) {
		assert_int_equal(ld_store_run(both[0]->st, &s->stream, at, &r, &h), 0);
		if (h.seq % 2)
			r.events[r.n - 1].hlc += 2;
		else
			r.events[r.n - 1].kind = LD_EV_FEEDBACK;
		assert_int_equal(ld_store_fill(both[1]->st, &r), LD_E_FORGED);
		ld_run_release(&r);
	}
	return 0;
}

/* The commitment proves the contents alone. */
static void contents_that_come_late_keep_their_time_and_kind(void **state)
{
	struct node *both[] = {&nodes[2], &nodes[WARD]};

	(void)state;
	keep_back();
	assert_int_equal(ld_store_begin(nodes[2].st), 0);
	assert_int_equal(ld_store_begin(nodes[WARD].st), 0);
	assert_int_equal(ld_store_streams(nodes[2].st, give_changed, both), 0);
	ld_store_rollback(nodes[WARD].st);
	ld_store_rollback(nodes[2].st);
}

/* What board 2 wrote the ward has from board 2: board 1 does not bring it with its own news. */
static void own_news_bring_no_others(void **state)
{
	struct ld_mesh_stats before, after;

	(void)state;
	write_some(&nodes[2], 5);
	assert_int_equal(exchange(2, WARD), 0);
	assert_int_equal(exchange(1, WARD), 0); /* knows now what the ward holds */
	write_some(&nodes[2], 5);
	assert_int_equal(exchange(2, 1), 0);
	assert_int_equal(exchange(2, WARD), 0);
	write_some(&nodes[1], 5);
	ld_mesh_stats(nodes[WARD].mesh, &before);
	assert_int_equal(exchange(1, WARD), 0);
	ld_mesh_stats(nodes[WARD].mesh, &after);
	assert_true(after.runs_in > before.runs_in);
	assert_int_equal(after.duplicates, before.duplicates);
	assert_int_equal(exchange(2, WARD), 0);
	all_the_same(3);
}

static uint64_t duplicates(const struct node *n)
{
	struct ld_mesh_stats s;

	ld_mesh_stats(n->mesh, &s);
	return s.duplicates;
}

/* The same, when board 1 passes on what board 2 wrote, and the ward has something new as well. */
static void what_others_wrote_is_named_first(void **state)
{
	(void)state;
	assert_int_equal(exchange(2, WARD), 0);
	assert_int_equal(exchange(1, WARD), 0);
	write_some(&nodes[2], 5);
	assert_int_equal(exchange(2, 1), 0);
	assert_int_equal(exchange(2, WARD), 0);
	write_some(&nodes[WARD], 5);
	ld_mesh_peer_compare(nodes[1].peer[WARD], true);
	assert_int_equal(exchange(1, WARD), 0);
	assert_int_equal(duplicates(&nodes[WARD]), 0);
	write_some(&nodes[2], 5);
	assert_int_equal(exchange(2, 1), 0);
	assert_int_equal(exchange(1, WARD), 0); /* the only way */
	assert_int_equal(duplicates(&nodes[WARD]), 0);
	all_the_same(3);
}

/* Board 2 went between them while they did not see each other. */
static void old_memory_is_not_trusted(void **state)
{
	(void)state;
	assert_int_equal(exchange(2, WARD), 0);
	assert_int_equal(exchange(1, WARD), 0);
	write_some(&nodes[1], 5);
	assert_int_equal(exchange(2, 1), 0);
	assert_int_equal(exchange(2, WARD), 0);
	ld_clock_manual_advance(&wall, 60000);
	write_some(&nodes[WARD], 5);
	assert_int_equal(exchange(1, WARD), 0);
	assert_int_equal(duplicates(&nodes[WARD]), 0);
	assert_int_equal(exchange(2, WARD), 0);
	all_the_same(3);
}

static void boards_carry_for_each_other(void **state)
{
	(void)state;
	write_some(&nodes[1], 400);
	write_some(&nodes[2], 400);
	assert_int_equal(exchange(2, WARD), 0); /* 2 learns who is a member */
	write_some(&nodes[2], 100);
	assert_int_equal(exchange(1, WARD), 0);
	assert_int_equal(exchange(2, 1), 0); /* 2 has no link now; 1 carries */
	assert_int_equal(exchange(1, WARD), 0);
	all_the_same(3);
	nothing_lost_or_doubled();
}

static void much_goes_in_bounded_messages(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++)
		write_some(&nodes[1], 1000);
	assert_int_equal(exchange(1, WARD), 0);
	assert_int_equal(exchange(2, WARD), 0); /* the same the other way */
	all_the_same(3);
	nothing_lost_or_doubled();
}

static void a_bad_line_and_dying_nodes_lose_nothing(void **state)
{
	(void)state;
	faults = 12;
	for (unsigned round = 0; round < 250; round++) {
		unsigned a = below(3), b = below(3);

		write_some(&nodes[a], below(below(8) == 0 ? 600 : 12));
		if (below(15) == 0)
			node_restart(&nodes[below(3)]);
		if (a != b)
			exchange(a, b);
	}
	printf("# lost %llu, repeated %llu, damaged %llu, crashes %llu\n",
	       (unsigned long long)n_lost, (unsigned long long)n_again,
	       (unsigned long long)n_damaged, (unsigned long long)n_crashes);
	assert_true(n_lost > 10 && n_again > 10 && n_damaged > 10 && n_crashes > 2);
	heal(3);
	all_the_same(3);
	nothing_lost_or_doubled();
	/* A board that starts from nothing checks every chain and head, hollow events too. */
	heal(NODES);
	all_the_same(NODES);
	for (unsigned i = 0; i < NODES; i++)
		assert_int_equal(ld_store_rebuild(nodes[i].st), 0);
	all_the_same(NODES);
}

static void strangers_are_not_heard(void **state)
{
	uint8_t seed[32] = {99};
	struct ld_keypair stranger;
	struct ld_mesh_io *io;
	struct ld_mesh_stats stats;

	(void)state;
	ld_keypair_from_seed(&stranger, seed);
	io = ld_mesh_io_new(stranger.pk, NULL);
	ld_mesh_io_feed(io, (const uint8_t *)"x", 1);
	assert_int_equal(ld_store_begin(nodes[WARD].st), 0);
	assert_int_equal(ld_mesh_step(nodes[WARD].mesh, nodes[WARD].st, io), LD_E_DENIED);
	assert_int_equal(ld_store_rollback(nodes[WARD].st), 0);
	assert_int_equal(ld_mesh_io_message(io)->len, 0);
	ld_mesh_io_free(io);
	ld_mesh_stats(nodes[WARD].mesh, &stats);
	assert_int_equal(stats.denied, 1);
}

/* A member that sends what it likes: forged heads, streams of unknown authors, gaps, overlong
 * lists, unknown frames. Each is counted, nothing is stored, the next honest message works. */
static void send_raw(const struct ld_msg *m)
{
	struct octets got = answer(1, WARD, (struct octets){m->data, m->len});

	assert_non_null(got.p); /* refused streams never end an exchange */
	free(got.p);
}

static void put_forged(struct ld_msg *m, struct ld_zip *zip, const struct ld_stream *s,
		       uint64_t first, const struct ld_keypair *signer, uint16_t kind)
{
	struct ld_event e = {.stream = *s, .seq = first, .hollow = true, .kind = kind};
	struct ld_run r = {.stream = *s, .first = first, .n = 1, .events = &e};
	struct ld_head h = {.stream = *s, .seq = first};

	if (signer)
		ld_head_sign(&h, signer);
	assert_int_equal(ld_msg_put_run(m, zip, &r), 0);
	assert_int_equal(ld_msg_put_head(m, &h), 0);
}

static void hostile_members_move_nothing(void **state)
{
	struct ld_stream mine = {.board = nodes[1].id, .incarnation = 5, .cls = 2};
	struct ld_stream wards = {.board = nodes[WARD].id, .incarnation = 6, .cls = 0};
	struct ld_stream nobody = {.incarnation = 7, .cls = 2};
	struct summary before, after;
	struct ld_mesh_stats stats;
	struct ld_zip *zip = ld_zip_new();
	struct ld_msg m;

	(void)state;
	write_some(&nodes[1], 50);
	assert_int_equal(exchange(1, WARD), 0);
	before = summarise(&nodes[WARD]);
	ld_msg_init(&m, LD_MESH_MESSAGE_MAX);
	put_forged(&m, zip, &wards, 1, &nodes[1].key, 999); /* in the ward's name */
	put_forged(&m, zip, &mine, 1, NULL, 999);           /* not signed */
	put_forged(&m, zip, &mine, 9, &nodes[1].key, 999);  /* a gap */
	put_forged(&m, zip, &mine, 1, &nodes[1].key, 999);  /* signed, but no such chain */
	put_forged(&m, zip, &mine, 1, &nodes[1].key, LD_EV_OPTOUT); /* never erased */
	put_forged(&m, zip, &nobody, 1, &nodes[1].key, 999);
	m.data[m.len - 1] ^= 1;
	send_raw(&m);
	m.data[0] = 200; /* a frame of tomorrow */
	send_raw(&m);
	after = summarise(&nodes[WARD]);
	assert_int_equal(after.events, before.events);
	assert_memory_equal(after.digest, before.digest, sizeof(before.digest));
	ld_mesh_stats(nodes[WARD].mesh, &stats);
	assert_int_equal(stats.bad_signature, 3);
	assert_int_equal(stats.gaps, 2);
	assert_int_equal(stats.bad_chain, 2);
	assert_int_equal(stats.bad_author, 2);
	assert_int_equal(stats.bad_hollow, 2);
	assert_int_equal(stats.unknown_frames, 1);
	ld_msg_release(&m);
	ld_zip_free(zip);
	write_some(&nodes[1], 5);
	assert_int_equal(exchange(1, WARD), 0);
}

/* The asking side meets a ward that answers nonsense. */
static void hostile_answers_end_the_exchange(void **state)
{
	struct node *n = &nodes[1];

	(void)state;
	write_some(n, 10);
	for (unsigned kind = 0; kind < 4; kind++) {
		struct ld_mesh_io *io = ld_mesh_io_new(nodes[WARD].key.pk, n->peer[WARD]);
		unsigned rounds = 0;
		int rc;

		ld_mesh_io_feed(io, NULL, 0);
		while ((rc = work_off(n, io)) == LD_MESH_SEND && rounds++ < 500) {
			static struct ld_msg m;
			struct ld_vector_entry e = {{nodes[WARD].id, rounds, 0}, 1u << 30, 0};
			struct ld_offer o = {.flags = kind, .n = 1, .entries = &e};

			ld_msg_release(&m);
			ld_msg_init(&m, 1000);
			ld_random_fill(&rnd.random, o.digest, sizeof(o.digest));
			if (kind == 1)
				o.flags = LD_OFFER_LIST;
			if (kind == 2)
				o.flags = LD_OFFER_LIST | LD_OFFER_CUT;
			if (kind != 3)
				assert_int_equal(ld_msg_put_offer(&m, &o), 0);
			else
				assert_int_equal(ld_msg_put_want(&m, &e, 1), 0);
			ld_mesh_io_feed(io, m.data, m.len);
		}
		assert_true(rounds < 200);
		assert_true(rc == LD_MESH_DONE || rc == LD_E_PEER);
		ld_mesh_io_free(io);
	}
	assert_int_equal(exchange(1, WARD), 0);
	all_the_same(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_board_and_its_ward_become_even, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_even_costs_little, setup, teardown),
		cmocka_unit_test_setup_teardown(old_starts_cost_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_board_that_starts_all_the_time, setup, teardown),
		cmocka_unit_test_setup_teardown(what_names_the_past_comes_again_in_full, setup,
						teardown),
		cmocka_unit_test_setup_teardown(contents_before_a_mark_come_too, setup, teardown),
		cmocka_unit_test_setup_teardown(contents_that_come_late_keep_their_time_and_kind, setup,
						teardown),
		cmocka_unit_test_setup_teardown(own_news_bring_no_others, setup, teardown),
		cmocka_unit_test_setup_teardown(what_others_wrote_is_named_first, setup, teardown),
		cmocka_unit_test_setup_teardown(old_memory_is_not_trusted, setup, teardown),
		cmocka_unit_test_setup_teardown(boards_carry_for_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(much_goes_in_bounded_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(a_bad_line_and_dying_nodes_lose_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(strangers_are_not_heard, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_members_move_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_answers_end_the_exchange, setup, teardown),
	};
	uint64_t seed =
		getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) : ld_random_u64(ld_random_sys());

	printf("# SEED=%llu\n", (unsigned long long)seed);
	ld_random_seeded_init(&rnd, seed);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
