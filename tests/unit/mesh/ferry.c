/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files between a ward and its boards: what an exchange brings a file brings too; cut, damaged,
 * made up or for somebody else, it brings what verified and nothing more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ferry.h"
#include "laido/mesh/sync.h"

enum { WARD = 0, A, B, C, NODES, PEOPLE = 30, FILE_MAX = 8 << 20 };
#define DAY_MS INT64_C(86400000)

struct node {
	struct ld_keypair key;
	struct ld_board_id id;
	char path[128];
	struct ld_store *st;
	struct ld_mesh *mesh;
};

static struct ld_random_seeded rnd;
static struct ld_clock_manual wall;
static struct node nodes[NODES];
static char base[64];
static struct ld_id learners[PEOPLE];
static unsigned crashes; /* in a hundred steps */

static uint32_t below(uint32_t n)
{
	return ld_random_below(&rnd.random, n);
}

static void append(struct node *n, const struct ld_fact *f)
{
	assert_int_equal(ld_store_begin(n->st), 0);
	assert_int_equal(ld_store_append(n->st, f, NULL), 0);
	assert_int_equal(ld_store_commit(n->st), 0);
}

static void admit(unsigned who)
{
	struct ld_fact f = { .kind = LD_EV_MEMBER };

	f.u.member.board = nodes[who].id;
	memcpy(f.u.member.pk, nodes[who].key.pk, 32);
	snprintf(f.u.member.name, sizeof(f.u.member.name), "board %u", who);
	append(&nodes[WARD], &f);
}

static void opt_out(struct node *n)
{
	struct ld_fact f = { .kind = LD_EV_OPTOUT };

	f.subject = learners[below(PEOPLE)];
	append(n, &f);
}

static void answers(struct node *n, unsigned count)
{
	assert_int_equal(ld_store_begin(n->st), 0);
	for (unsigned i = 0; i < count; i++) {
		struct ld_fact f = { .kind = LD_EV_ANSWER, .subject = learners[below(PEOPLE)] };

		ld_clock_manual_advance(&wall, below(1000));
		snprintf(f.u.answer.course, LD_COURSE_MAX, "VNEID");
		f.u.answer.lesson = (uint8_t)(1 + below(10));
		f.u.answer.option = (uint8_t)(1 + below(3));
		f.u.answer.right = below(2);
		assert_int_equal(ld_store_append(n->st, &f, NULL), 0);
	}
	assert_int_equal(ld_store_commit(n->st), 0);
}

/* ---- files ---- */

struct file {
	uint8_t *p;
	size_t len;
};

static struct file file_new(void)
{
	struct file f = { malloc(FILE_MAX), 0 };

	assert_non_null(f.p);
	return f;
}

static struct ld_ferry_written written;

/* As `writer` would write what n holds. Some steps are undone and run again. */
static struct file write_as(struct node *n, const struct ld_keypair *writer, int64_t since_ms)
{
	struct ld_ferry_out_cfg cfg = { .mesh = n->mesh, .key = writer, .random = &rnd.random,
					.now_ms = wall.utc, .since_ms = since_ms };
	struct ld_ferry_out *out = ld_ferry_out_new(&cfg);
	struct file f = file_new();
	int rc;

	do {
		const uint8_t *p;
		size_t len;

		assert_int_equal(ld_store_begin(n->st), 0);
		rc = ld_ferry_out_step(out, n->st);
		assert_true(rc == LD_MESH_MORE || rc == LD_MESH_DONE);
		if (below(100) < crashes) {
			assert_int_equal(ld_store_rollback(n->st), 0);
			rc = LD_MESH_MORE;
			continue;
		}
		assert_int_equal(ld_store_commit(n->st), 0);
		p = ld_ferry_out_octets(out, &len);
		assert_true(len <= LD_FERRY_OUT_MAX && f.len + len <= FILE_MAX);
		memcpy(f.p + f.len, p, len);
		f.len += len;
		ld_ferry_out_accept(out);
	} while (rc == LD_MESH_MORE);
	ld_ferry_out_written(out, &written);
	assert_int_equal(written.octets, f.len);
	ld_ferry_out_free(out);
	return f;
}

static struct file write_file(struct node *n, int64_t since_ms)
{
	return write_as(n, &n->key, since_ms);
}

static struct ld_errmsg said;

enum how { KEEP, ALL_UNDONE };

static int step(struct node *n, struct ld_ferry_in *in, enum how how)
{
	int rc;

	if (how == ALL_UNDONE)
		return ld_ferry_in_step(in, n->st, &said);
	for (;;) {
		assert_int_equal(ld_store_begin(n->st), 0);
		rc = ld_ferry_in_step(in, n->st, &said);
		if (below(100) >= crashes)
			break;
		assert_int_equal(ld_store_rollback(n->st), 0);
	}
	assert_int_equal(ld_store_commit(n->st), 0);
	return rc;
}

/* The octets in pieces of any size. 0 or what is wrong; r says what came. Stops for good before
 * step number `stop`. */
static int read_steps(struct node *n, const uint8_t *p, size_t len, struct ld_ferry_read *r,
		      enum how how, unsigned stop)
{
	struct ld_ferry_in *in = ld_ferry_in_new(n->mesh, &n->key);
	size_t at = 0;
	int rc = 0;

	said.text[0] = '\0';
	if (how == ALL_UNDONE)
		assert_int_equal(ld_store_begin(n->st), 0);
	while (rc >= 0 && at < len) {
		size_t part = 1 + below(below(2) ? 9000 : 90);
		bool ready = false;

		rc = ld_ferry_in_feed(in, p + at, part < len - at ? part : len - at, &ready, &said);
		if (rc < 0)
			break;
		at += (size_t)rc;
		while (ready && rc >= 0) {
			if (stop-- == 0)
				goto out;
			rc = step(n, in, how);
			if (rc < 0)
				break;
			ld_ferry_in_accept(in);
			ready = rc == LD_MESH_MORE;
		}
	}
	assert_true(rc >= 0 || said.text[0]);
out:
	ld_ferry_in_read(in, r);
	ld_ferry_in_free(in);
	if (how == ALL_UNDONE)
		assert_int_equal(ld_store_rollback(n->st), 0);
	return rc < 0 ? rc : 0;
}

static int read_file(struct node *n, struct file f, struct ld_ferry_read *r)
{
	return read_steps(n, f.p, f.len, r, KEEP, UINT32_MAX);
}

/* ---- exchanges, for comparison ---- */

static int work_off(struct node *n, struct ld_mesh_io *io)
{
	int rc;

	do {
		assert_int_equal(ld_store_begin(n->st), 0);
		rc = ld_mesh_step(n->mesh, n->st, io);
		assert_int_equal(ld_store_commit(n->st), 0);
		ld_mesh_io_accept(io);
	} while (rc == LD_MESH_MORE);
	return rc;
}

static void exchange(struct node *from, struct node *to)
{
	struct ld_mesh_peer *peer = ld_mesh_peer_new(to->key.pk);
	struct ld_mesh_io *ask = ld_mesh_io_new(to->key.pk, peer);
	struct ld_mesh_io *tell = ld_mesh_io_new(from->key.pk, NULL);

	ld_mesh_io_feed(ask, NULL, 0);
	while (work_off(from, ask) == LD_MESH_SEND) {
		ld_mesh_io_feed(tell, ld_mesh_io_message(ask)->data, ld_mesh_io_message(ask)->len);
		assert_int_equal(work_off(to, tell), LD_MESH_SEND);
		ld_mesh_io_feed(ask, ld_mesh_io_message(tell)->data, ld_mesh_io_message(tell)->len);
	}
	ld_mesh_io_free(ask);
	ld_mesh_io_free(tell);
	ld_mesh_peer_free(peer);
}

/* ---- what is held ---- */

struct summary {
	uint64_t events;
	uint8_t digest[LD_DIGEST_LEN];
	uint8_t dump[32];
};

static int add_stream(void *arg, const struct ld_stream_state *s)
{
	struct summary *sum = arg;

	sum->events += s->seq;
	ld_digest_next(sum->digest, &(struct ld_vector_entry){ s->stream, s->seq, s->hollow });
	return 0;
}

static void add_line(void *arg, const char *line)
{
	struct summary *sum = arg;

	ld_hash(sum->dump, 32, NULL, 0,
		(struct ld_span[]){ { sum->dump, 32 }, { line, strlen(line) } }, 2);
}

static struct summary summarise(struct node *n)
{
	struct summary s = { 0 };

	assert_int_equal(ld_store_streams(n->st, add_stream, &s), 0);
	assert_true(ld_store_dump(n->st, add_line, &s) >= 0);
	return s;
}

static void same(struct node *x, struct node *y)
{
	struct summary a = summarise(x), b = summarise(y);

	assert_int_equal(a.events, b.events);
	assert_memory_equal(a.digest, b.digest, sizeof(a.digest));
	assert_memory_equal(a.dump, b.dump, sizeof(a.dump));
}

static void unchanged(struct node *n, const struct summary *was)
{
	struct summary is = summarise(n);

	assert_int_equal(is.events, was->events);
	assert_memory_equal(is.digest, was->digest, sizeof(is.digest));
	assert_memory_equal(is.dump, was->dump, sizeof(is.dump));
}

/* ---- fixture ---- */

static int setup(void **state)
{
	struct ld_errmsg err;

	(void)state;
	snprintf(base, sizeof(base), "/tmp/laido-ferry.XXXXXX");
	assert_non_null(mkdtemp(base));
	ld_clock_manual_init(&wall, 1800000000000);
	ld_random_fill(&rnd.random, learners, sizeof(learners));
	memset(nodes, 0, sizeof(nodes));
	crashes = 0;
	for (unsigned i = 0; i < NODES; i++) {
		struct node *n = &nodes[i];
		struct ld_store_cfg cfg = { .path = n->path, .clock = &wall.clock, .random = &rnd.random,
					    .author = &n->key, .cache_kib = 256 };
		uint8_t seed[32];

		ld_random_fill(&rnd.random, seed, sizeof(seed));
		ld_keypair_from_seed(&n->key, seed);
		ld_board_id_of(&n->id, n->key.pk);
		snprintf(n->path, sizeof(n->path), "%s/%u.db", base, i);
		memcpy(cfg.ward_pk, nodes[WARD].key.pk, 32);
		if (ld_store_open(&n->st, &cfg, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(ld_mesh_new(&n->mesh, &wall.clock), 0);
	}
	for (unsigned i = A; i < NODES; i++)
		admit(i);
	return 0;
}

static int teardown(void **state)
{
	char cmd[128];

	(void)state;
	for (unsigned i = 0; i < NODES; i++) {
		ld_store_close(nodes[i].st);
		ld_mesh_free(nodes[i].mesh);
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s", base);
	return system(cmd);
}

/* ---- tests ---- */

/* B knows nobody but the ward's key, as after its invite; its file comes from A. C takes the same
 * over the line. */
static void a_file_brings_what_an_exchange_does(void **state)
{
	struct ld_ferry_read r;
	struct summary before;
	struct file f;
	uint64_t version;

	(void)state;
	crashes = 20;
	exchange(&nodes[A], &nodes[WARD]);
	answers(&nodes[A], 3000);
	answers(&nodes[WARD], 20);
	opt_out(&nodes[A]);
	exchange(&nodes[A], &nodes[WARD]);
	exchange(&nodes[C], &nodes[WARD]);
	exchange(&nodes[A], &nodes[WARD]);
	f = write_file(&nodes[A], 0);
	assert_int_equal(written.boards, NODES);
	assert_int_equal(written.events, summarise(&nodes[C]).events);
	assert_int_equal(read_file(&nodes[B], f, &r), 0);
	assert_true(r.whole && r.lacking == 0 && r.octets == f.len && r.made_ms == wall.utc);
	assert_string_equal(r.name, "board 1");
	assert_memory_equal(r.writer, nodes[A].key.pk, 32);
	assert_int_equal(r.taken.events_in, written.events);
	same(&nodes[B], &nodes[C]);
	/* Twice changes nothing, and so does one's own file. */
	before = summarise(&nodes[B]);
	version = ld_store_version(nodes[B].st);
	assert_int_equal(read_file(&nodes[B], f, &r), 0);
	assert_int_equal(r.taken.events_in, 0);
	assert_int_equal(r.taken.duplicates, written.runs);
	assert_int_equal(ld_store_version(nodes[B].st), version);
	unchanged(&nodes[B], &before);
	assert_int_equal(read_file(&nodes[A], f, &r), 0);
	assert_true(r.whole && r.taken.events_in == 0);
	free(f.p);
}

/* Nothing of people or boards stands in the open. */
static void a_lost_stick_reveals_nothing(void **state)
{
	struct file f;

	(void)state;
	exchange(&nodes[A], &nodes[WARD]);
	answers(&nodes[A], 500);
	f = write_file(&nodes[A], 0);
	for (unsigned i = 0; i < NODES; i++) {
		assert_null(memmem(f.p, f.len, nodes[i].id.b, sizeof(nodes[i].id.b)));
		assert_null(memmem(f.p, f.len, nodes[i].key.pk, 32));
	}
	for (unsigned i = 0; i < PEOPLE; i++)
		assert_null(memmem(f.p, f.len, learners[i].b, 8));
	assert_null(memmem(f.p, f.len, "VNEID", 5));
	assert_null(memmem(f.p, f.len, "board", 5));
	free(f.p);
}

static void small_file(struct file *ret)
{
	exchange(&nodes[A], &nodes[WARD]);
	answers(&nodes[A], 20);
	*ret = write_file(&nodes[A], 0);
}

static void cut_anywhere_what_verified_stands(void **state)
{
	struct ld_ferry_read r;
	uint64_t most = 0;
	struct file f;

	(void)state;
	small_file(&f);
	for (size_t len = 0; len < f.len; len++) {
		assert_int_equal(read_steps(&nodes[B], f.p, len, &r, ALL_UNDONE, UINT32_MAX), 0);
		assert_false(r.whole);
		assert_true(r.octets <= len && r.taken.events_in >= most);
		most = r.taken.events_in;
	}
	assert_int_equal(most, written.events); /* only the end was missing */
	assert_int_equal(read_steps(&nodes[B], f.p, f.len, &r, KEEP, UINT32_MAX), 0);
	assert_true(r.whole);
	assert_int_equal(r.taken.events_in, written.events);
	f.p[f.len] = 0;
	assert_int_equal(read_steps(&nodes[B], f.p, f.len + 1, &r, KEEP, UINT32_MAX), LD_E_CORRUPT);
	free(f.p);
}

static void every_flipped_bit_is_noticed(void **state)
{
	struct ld_ferry_read r;
	struct file f;

	(void)state;
	small_file(&f);
	for (size_t at = 0; at < f.len; at++) {
		uint8_t bit = (uint8_t)(1u << below(8));

		f.p[at] ^= bit;
		read_steps(&nodes[B], f.p, f.len, &r, ALL_UNDONE, UINT32_MAX);
		assert_false(r.whole);
		assert_true(r.octets <= at + FERRY_CHUNK_MAX);
		if (at < FERRY_FIXED + NODES * FERRY_BOX)
			assert_int_equal(r.taken.events_in, 0);
		assert_int_equal(r.taken.bad_signature + r.taken.bad_chain + r.taken.bad_frame, 0);
		f.p[at] ^= bit;
	}
	assert_int_equal(read_file(&nodes[B], f, &r), 0);
	free(f.p);
}

static void it_opens_only_for_whom_it_is(void **state)
{
	struct ld_ferry_read r;
	struct file before, after;
	struct summary was;

	(void)state;
	exchange(&nodes[A], &nodes[WARD]);
	exchange(&nodes[B], &nodes[WARD]);
	answers(&nodes[B], 10);
	before = write_file(&nodes[B], 0);
	assert_int_equal(ld_store_begin(nodes[WARD].st), 0);
	assert_true(ld_store_revoke(nodes[WARD].st, &nodes[B].id) >= 0);
	assert_int_equal(ld_store_commit(nodes[WARD].st), 0);
	after = write_file(&nodes[WARD], 0);
	assert_int_equal(written.boards, NODES - 1);
	was = summarise(&nodes[B]);
	assert_int_equal(read_file(&nodes[B], after, &r), LD_E_DENIED);
	assert_non_null(strstr(said.text, "not for this board"));
	unchanged(&nodes[B], &was);
	/* Nor is anything taken of the one that was cut off, once that is known. */
	was = summarise(&nodes[WARD]);
	assert_int_equal(read_file(&nodes[WARD], before, &r), LD_E_DENIED);
	assert_non_null(strstr(said.text, "revoked"));
	unchanged(&nodes[WARD], &was);
	/* The same file says so to A, and the older one finds a closed door then. */
	assert_int_equal(read_file(&nodes[A], after, &r), 0);
	assert_int_equal(read_file(&nodes[A], before, &r), LD_E_DENIED);
	free(before.p);
	free(after.p);
}

/* Whoever knows the members' keys can wrap a file; of one who is none, only the ward's word. */
static void of_strangers_only_the_wards_rights(void **state)
{
	struct ld_keypair stranger;
	struct ld_ferry_read r;
	struct file f;

	(void)state;
	ld_keypair_from_seed(&stranger, (const uint8_t[32]){ 99 });
	answers(&nodes[WARD], 300);
	f = write_as(&nodes[WARD], &stranger, 0);
	assert_int_equal(read_file(&nodes[B], f, &r), 0);
	assert_true(r.whole && r.name[0] == '\0');
	assert_int_equal(r.taken.events_in, 1 + NODES - 1); /* OPEN and the members */
	assert_true(r.taken.denied > 0);
	assert_int_equal(r.lacking, 1 + 300);
	free(f.p);
}

static void since_a_day_leaves_out_what_is_older(void **state)
{
	struct ld_ferry_read r;
	struct file all, some, none;
	int64_t day;

	(void)state;
	exchange(&nodes[A], &nodes[WARD]);
	answers(&nodes[A], 1000);
	opt_out(&nodes[A]);
	all = write_file(&nodes[A], 0);
	ld_clock_manual_advance(&wall, 20 * DAY_MS);
	day = wall.utc;
	ld_clock_manual_advance(&wall, DAY_MS);
	answers(&nodes[A], 7);
	some = write_file(&nodes[A], day);
	assert_int_equal(written.events, 1 + NODES - 1 + 2 + 7); /* rights as a whole, and the new */
	none = write_file(&nodes[A], wall.utc + DAY_MS);
	assert_int_equal(written.events, 1 + NODES - 1 + 2);
	/* Who has not what came before is told so. */
	assert_int_equal(read_file(&nodes[B], some, &r), 0);
	assert_true(r.whole && r.since_ms == day && r.taken.gaps > 0);
	assert_int_equal(r.lacking, 1 + 1000 + 7);
	assert_int_equal(r.lacking_streams, 1);
	assert_int_equal(read_file(&nodes[B], none, &r), 0);
	assert_int_equal(r.lacking, 1 + 1000 + 7);
	assert_int_equal(read_file(&nodes[B], all, &r), 0);
	assert_int_equal(r.lacking, 0);
	assert_int_equal(read_file(&nodes[B], some, &r), 0);
	assert_int_equal(r.lacking, 0);
	same(&nodes[A], &nodes[B]);
	free(all.p);
	free(some.p);
	free(none.p);
}

/* Nobody can say when it was written: so it goes. */
static void without_a_clock_nothing_is_left_out(void **state)
{
	struct file f;

	(void)state;
	exchange(&nodes[A], &nodes[WARD]);
	wall.trusted = false;
	wall.utc -= 3000 * DAY_MS;
	answers(&nodes[A], 100);
	f = write_file(&nodes[A], 1800000000000);
	assert_int_equal(written.events, 1 + NODES - 1 + 1 + 100);
	free(f.p);
	/* With a clock from then on, what lies before a time that is surely older is older, too. */
	wall.trusted = true;
	wall.utc = 1800000000000;
	answers(&nodes[A], 1);
	ld_clock_manual_advance(&wall, 2 * DAY_MS);
	answers(&nodes[A], 5);
	f = write_file(&nodes[A], 1800000000000 + DAY_MS);
	assert_int_equal(written.events, 1 + NODES - 1 + 5);
	free(f.p);
}

/* After a restore an opt-out may be missing: only a file that answers one of after it counts as a
 * meeting, an older one or one's own does not. */
static void an_answer_is_a_meeting(void **state)
{
	struct ld_ferry_read r;
	struct file f, mine;

	(void)state;
	exchange(&nodes[B], &nodes[WARD]);
	assert_int_equal(ld_store_begin(nodes[B].st), 0);
	assert_int_equal(ld_store_after_restore(nodes[B].st, true, wall.utc), 0);
	assert_int_equal(ld_store_commit(nodes[B].st), 0);
	opt_out(&nodes[WARD]);
	f = write_file(&nodes[WARD], 0);
	assert_int_equal(read_file(&nodes[B], f, &r), 0);
	free(f.p);
	assert_true(r.whole && r.lacking == 0);
	assert_int_equal(ld_store_restored(nodes[B].st), 1);
	answers(&nodes[B], 3);
	mine = write_file(&nodes[B], 0);
	assert_int_equal(read_file(&nodes[B], mine, &r), 0);
	assert_int_equal(ld_store_restored(nodes[B].st), 1);
	assert_int_equal(read_file(&nodes[WARD], mine, &r), 0);
	free(mine.p);
	answers(&nodes[WARD], 3);
	ld_clock_manual_advance(&wall, 9 * DAY_MS);
	f = write_file(&nodes[WARD], wall.utc);         /* leaves out what B lacks */
	assert_int_equal(read_file(&nodes[B], f, &r), 0);
	free(f.p);
	assert_true(r.lacking > 0);
	assert_int_equal(ld_store_restored(nodes[B].st), 1);
	f = write_file(&nodes[WARD], 0);
	assert_int_equal(read_file(&nodes[B], f, &r), 0);
	free(f.p);
	assert_int_equal(ld_store_restored(nodes[B].st), 0);
}

/* Both sides stop anywhere and begin again. */
static void stopped_anywhere_it_goes_on(void **state)
{
	struct ld_ferry_read r;
	struct file f;

	(void)state;
	exchange(&nodes[A], &nodes[WARD]);
	crashes = 30;
	for (unsigned round = 0; round < 10; round++) {
		answers(&nodes[A], 1 + below(700));
		f = write_file(&nodes[A], 0);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(read_steps(&nodes[B], f.p, below((uint32_t)f.len), &r, KEEP,
						    below(30)), 0);
		if (round % 5 == 4) {
			assert_int_equal(read_file(&nodes[B], f, &r), 0);
			assert_true(r.whole && r.lacking == 0);
			same(&nodes[A], &nodes[B]);
		}
		free(f.p);
	}
	assert_int_equal(ld_store_rebuild(nodes[B].st), 0);
	same(&nodes[A], &nodes[B]);
}

/* ---- made up by a member ---- */

struct forge {
	struct file f;
	struct ld_row row;
	uint8_t id[32];
	uint64_t no;
	const struct ld_keypair *writer;
};

static void forge_chunk(struct forge *g, const void *body, size_t len, bool last)
{
	uint8_t what[FERRY_SIGNED], *plain = malloc(len + FERRY_SIG), *to = g->f.p + g->f.len;
	size_t box = len + FERRY_SIG + LD_ROW_EXTRA;

	memcpy(plain, body, len);
	ferry_signed(what, g->id, g->no++, last, plain, len);
	ld_sign(plain + len, g->writer, what, sizeof(what));
	ferry_put_be(to, box, FERRY_LENGTH);
	ld_row_put(&g->row, to + FERRY_LENGTH, plain, len + FERRY_SIG, last);
	g->f.len += FERRY_LENGTH + box;
	free(plain);
}

/* A file whose first chunk says this. */
static struct forge forge_as(const struct ld_keypair *writer, const struct node *to,
			     const void *first, size_t len)
{
	static const uint8_t key[LD_ROW_KEY] = { 7 };
	struct forge g = { .f = file_new(), .writer = writer };
	uint8_t *p = g.f.p;

	memcpy(p, "LDFERRY1salt salt salt16", 24);
	ld_row_write(&g.row, key, p + 24);
	ferry_put_be(p + 48, 1, 2);
	ferry_tag(p + 50, p + 8, to->key.pk);
	assert_int_equal(ld_seal(p + 58, to->key.pk, key, sizeof(key)), 0);
	g.f.len = 50 + 88;
	ld_hash(g.id, 32, NULL, 0, &(struct ld_span){ p, g.f.len }, 1);
	forge_chunk(&g, first, len, false);
	return g;
}

static struct forge forge_begin(const struct ld_keypair *writer, const struct node *to)
{
	uint8_t first[FERRY_FIRST] = { 0 };

	memcpy(first, writer->pk, 32);
	return forge_as(writer, to, first, sizeof(first));
}

static int read_forged(struct forge *g, struct ld_ferry_read *r)
{
	int rc = read_file(&nodes[WARD], g->f, r);

	free(g->f.p);
	return rc;
}

/* A run of its own stream that its author signed for. */
static void put_run(struct ld_msg *m, struct ld_zip *zip, unsigned pad)
{
	struct ld_stream s = { .board = nodes[A].id, .incarnation = 5, .cls = 2 };
	static uint8_t body[LD_BODY_MAX];
	struct ld_event e = { .stream = s, .seq = 1, .kind = 999, .body = body, .body_len = pad };
	struct ld_run_subject subject = { .subject = e.subject };
	struct ld_run r = { .stream = s, .first = 1, .n = 1, .events = &e, .n_subjects = 1,
			    .subjects = &subject };
	struct ld_head h = { .stream = s, .seq = 1 };

	ld_head_sign(&h, &nodes[A].key);
	assert_int_equal(ld_msg_put_run(m, zip, &r), 0);
	assert_int_equal(ld_msg_put_head(m, &h), 0);
}

static void made_up_by_a_member_it_moves_nothing(void **state)
{
	const struct ld_keypair *a = &nodes[A].key;
	struct ld_zip *zip = ld_zip_new();
	struct ld_ferry_read r;
	struct summary was;
	struct forge g;
	struct ld_msg m;

	(void)state;
	was = summarise(&nodes[WARD]);
	ld_msg_init(&m, FERRY_BODY_MAX);
	put_run(&m, zip, 4000); /* no such chain */
	put_run(&m, zip, 4000);
	m.data[4 + 17 + 1 + 1] = 0x20; /* claims to unpack to 32 octets, and is 4,000 */
	m.data[4 + 17 + 1 + 1 + 1] = 0x01;
	g = forge_begin(a, &nodes[WARD]);
	forge_chunk(&g, m.data, m.len, false);
	assert_int_equal(read_forged(&g, &r), 0);
	assert_int_equal(r.taken.bad_frame, 1);
	assert_int_equal(r.taken.bad_chain, 1);
	/* Frames that go on beyond their chunk. */
	g = forge_begin(a, &nodes[WARD]);
	forge_chunk(&g, m.data, m.len - 3, false);
	assert_int_equal(read_forged(&g, &r), LD_E_CORRUPT);
	/* Signed by one, written by another. */
	g = forge_begin(a, &nodes[WARD]);
	g.writer = &nodes[B].key;
	forge_chunk(&g, m.data, m.len, false);
	assert_int_equal(read_forged(&g, &r), LD_E_FORGED);
	/* A chunk at another place. */
	g = forge_begin(a, &nodes[WARD]);
	g.no++;
	forge_chunk(&g, m.data, m.len, false);
	assert_int_equal(read_forged(&g, &r), LD_E_FORGED);
	/* No frames at all; a first chunk that is none. */
	g = forge_begin(a, &nodes[WARD]);
	forge_chunk(&g, "", 0, true);
	assert_int_equal(read_forged(&g, &r), 0);
	assert_true(r.whole);
	g = forge_as(a, &nodes[WARD], m.data, m.len);
	assert_int_equal(read_forged(&g, &r), LD_E_CORRUPT);
	unchanged(&nodes[WARD], &was);
	ld_msg_release(&m);
	ld_zip_free(zip);
}

static void overlong_lengths_take_no_memory(void **state)
{
	static const uint32_t lengths[] = { 0, LD_ROW_EXTRA + FERRY_SIG - 1, FERRY_CHUNK_MAX + 1,
					    UINT32_MAX };
	static struct ld_vector_entry many[FERRY_LIST + 1];
	struct ld_offer o = { .flags = LD_OFFER_LIST, .n = FERRY_LIST + 1, .entries = many };
	struct ld_ferry_read r;
	struct forge g;
	struct ld_msg m;

	(void)state;
	for (unsigned i = 0; i < LD_ARRAY_SIZE(lengths); i++) {
		g = forge_begin(&nodes[A].key, &nodes[WARD]);
		ferry_put_be(g.f.p + g.f.len, lengths[i], 4);
		g.f.len += 4;
		assert_int_equal(read_forged(&g, &r), LD_E_TOOBIG);
	}
	g = forge_begin(&nodes[A].key, &nodes[WARD]);
	ferry_put_be(g.f.p + 48, LD_FERRY_BOXES_MAX + 1, 2);
	assert_int_equal(read_forged(&g, &r), LD_E_TOOBIG);
	for (unsigned i = 0; i < FERRY_LIST + 1; i++)
		many[i] = (struct ld_vector_entry){ { nodes[A].id, i, 1 }, 1, 0 };
	ld_msg_init(&m, FERRY_BODY_MAX);
	assert_int_equal(ld_msg_put_offer(&m, &o), 0);
	g = forge_begin(&nodes[A].key, &nodes[WARD]);
	forge_chunk(&g, m.data, m.len, true);
	assert_int_equal(read_forged(&g, &r), LD_E_CORRUPT);
	ld_msg_release(&m);
}

static void what_is_no_ferry_file_is_named_so(void **state)
{
	struct ld_ferry_read r;
	uint8_t text[200] = "phone,role,tdp,name,pin,active\r\n";

	(void)state;
	assert_int_equal(read_file(&nodes[A], (struct file){ text, sizeof(text) }, &r), LD_E_SYNTAX);
	memcpy(text, "LDFERRY2", 8);
	assert_int_equal(read_file(&nodes[A], (struct file){ text, sizeof(text) }, &r), LD_E_VERSION);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_file_brings_what_an_exchange_does),
		T(a_lost_stick_reveals_nothing),
		T(cut_anywhere_what_verified_stands),
		T(every_flipped_bit_is_noticed),
		T(it_opens_only_for_whom_it_is),
		T(of_strangers_only_the_wards_rights),
		T(since_a_day_leaves_out_what_is_older),
		T(without_a_clock_nothing_is_left_out),
		T(an_answer_is_a_meeting),
		T(stopped_anywhere_it_goes_on),
		T(made_up_by_a_member_it_moves_nothing),
		T(overlong_lengths_take_no_memory),
		T(what_is_no_ferry_file_is_named_so),
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
