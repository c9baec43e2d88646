/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames: what is written is read back; whatever is damaged or made up is refused within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "laido/base/err.h"
#include "laido/wire/frame.h"

static uint64_t rnd;
static struct ld_zip *zip;

/* splitmix64: this room may not use port/random, which is of its own level. */
static uint64_t next(void)
{
	uint64_t z = (rnd += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(next() % n);
}

static void fill(void *p, size_t n)
{
	for (uint8_t *at = p; n > 0; n--)
		*at++ = (uint8_t)next();
}

static struct ld_stream some_stream(void)
{
	struct ld_stream s = {.incarnation = next(), .cls = (uint8_t)below(LD_N_CLASSES)};

	fill(s.board.b, sizeof(s.board.b));
	return s;
}

/* A run as a store would give it: subjects in no order, some events hollow. */
static struct ld_run some_run(unsigned n, unsigned n_subjects, unsigned body_max)
{
	struct ld_run r = {.stream = some_stream(), .first = 1 + below(100000), .n = n};
	size_t at = 0;
	bool used[LD_RUN_EVENTS_MAX] = {false};

	r.events = calloc(n, sizeof(*r.events));
	r.subjects = calloc(n_subjects + 1, sizeof(*r.subjects));
	r.bodies = malloc((size_t)n * body_max + 1);
	for (unsigned i = 0; i < n_subjects; i++)
		fill(&r.subjects[i], sizeof(r.subjects[i]));
	for (unsigned i = 0; i < n; i++) {
		struct ld_event *e = &r.events[i];
		unsigned row = i < n_subjects ? i : n_subjects ? below(n_subjects) : 0;

		e->stream = r.stream;
		e->seq = r.first + i;
		e->hlc = (ld_hlc)(next() >> below(60));
		e->kind = (uint16_t)below(65536);
		e->hollow = n_subjects == 0 || (i >= n_subjects && below(4) == 0);
		e->body = r.bodies + at;
		if (e->hollow) {
			fill(e->commitment, sizeof(e->commitment));
			continue;
		}
		used[row] = true;
		e->subject = r.subjects[row].subject;
		e->body_len = below(body_max + 1);
		fill(r.bodies + at, e->body_len);
		if (below(2))
			memset(r.bodies + at, 'x', e->body_len);
		at += e->body_len;
	}
	for (unsigned i = 0; i < n_subjects; i++)
		assert_true(used[i]);
	r.n_subjects = n_subjects;
	return r;
}

static void same_runs(const struct ld_run *a, const struct ld_run *b)
{
	assert_true(ld_stream_eq(&a->stream, &b->stream));
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->n_subjects, b->n_subjects);
	for (unsigned i = 0; i < a->n; i++) {
		const struct ld_event *x = &a->events[i], *y = &b->events[i];

		assert_int_equal(x->seq, y->seq);
		assert_true(x->hlc == y->hlc);
		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->hollow, y->hollow);
		assert_true(ld_stream_eq(&x->stream, &y->stream));
		if (x->hollow) {
			assert_memory_equal(x->commitment, y->commitment, LD_HASH_LEN);
			continue;
		}
		assert_memory_equal(&x->subject, &y->subject, sizeof(x->subject));
		assert_int_equal(x->body_len, y->body_len);
		assert_memory_equal(x->body, y->body, x->body_len);
	}
	for (unsigned i = 0; i < a->n_subjects; i++) {
		unsigned j = 0;

		while (j < b->n_subjects &&
		       !ld_id_eq(&a->subjects[i].subject, &b->subjects[j].subject))
			j++;
		assert_true(j < b->n_subjects);
		assert_memory_equal(a->subjects[i].salt, b->subjects[j].salt, LD_SALT_LEN);
	}
}

static void runs_come_back(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		unsigned n = 1 + below(LD_RUN_EVENTS_MAX);
		struct ld_run r = some_run(n, below(n + 1), 200), got = {0};
		struct ld_msg m;
		struct ld_frame f;
		struct ld_run_peek peek;
		size_t pos = 0;

		ld_msg_init(&m, 1 << 20);
		assert_int_equal(ld_msg_put_run(&m, zip, &r), 0);
		assert_int_equal(ld_frame_next(m.data, m.len, &pos, &f), 1);
		assert_int_equal(f.type, LD_FRAME_RUN);
		assert_int_equal(ld_frame_peek_run(&f, &peek), 0);
		assert_int_equal(peek.n, n);
		assert_int_equal(peek.first, r.first);
		assert_int_equal(ld_frame_get_run(&f, zip, &got), 0);
		same_runs(&r, &got);
		assert_int_equal(ld_frame_next(m.data, m.len, &pos, &f), 0);
		ld_run_release(&got);
		ld_run_release(&r);
		ld_msg_release(&m);
	}
}

/* What the other side holds of a run's stream. */
static int from_run(void *arg, const struct ld_stream *s, struct ld_run_subject *ret)
{
	const struct ld_run *r = arg;

	assert_true(ld_stream_eq(s, &r->stream));
	assert_in_range(ret->since, 1, r->first - 1);
	for (unsigned i = 0; i < r->n_subjects; i++)
		if (r->subjects[i].since == ret->since) {
			*ret = r->subjects[i];
			return 0;
		}
	return LD_E_UNKNOWN;
}

static void subjects_of_earlier_events_cost_little(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		unsigned n = 1 + below(LD_RUN_EVENTS_MAX), k = below(n + 1), earlier = 0;
		struct ld_run r = some_run(n, k, 0), got;
		struct ld_past past = {from_run, &r};
		struct ld_msg on, full;
		struct ld_frame f;
		size_t pos = 0;

		for (unsigned i = 0; i < k; i++) {
			r.subjects[i].since = below(4) == 0 ? 0 : below(4) == 0 ? r.first + i : 7 * i + 1;
			earlier += r.subjects[i].since > 0 && r.subjects[i].since < r.first;
		}
		ld_msg_init(&on, 1 << 20);
		ld_msg_init(&full, 1 << 20);
		assert_int_equal(ld_msg_put_run_on(&on, zip, &r), 0);
		assert_int_equal(ld_msg_put_run(&full, zip, &r), 0);
		assert_true(on.len + earlier * 28 <= full.len + 64);
		assert_int_equal(ld_frame_next(on.data, on.len, &pos, &f), 1);
		assert_int_equal(ld_frame_get_run_on(&f, zip, &past, &got), 0);
		same_runs(&r, &got);
		ld_run_release(&got);
		if (earlier > 0) { /* who does not hold them */
			assert_int_equal(ld_frame_get_run(&f, zip, &got), LD_E_UNKNOWN);
			for (unsigned i = 0; i < k; i++)
				r.subjects[i].since += r.first;
			assert_int_equal(ld_frame_get_run_on(&f, zip, &past, &got), LD_E_UNKNOWN);
		}
		ld_run_release(&r);
		ld_msg_release(&on);
		ld_msg_release(&full);
	}
}

/* The largest a store may build between two kept heads still fits, even if nothing packs. */
static void the_largest_run_fits(void **state)
{
	struct ld_run r = some_run(LD_RUN_EVENTS_MAX, LD_RUN_EVENTS_MAX, 0), got = {0};
	size_t each = LD_RUN_OCTETS_MAX / LD_RUN_EVENTS_MAX - 16;
	struct ld_msg m;
	struct ld_frame f;
	size_t pos = 0;

	(void)state;
	free(r.bodies);
	r.bodies = malloc(each * r.n);
	fill(r.bodies, each * r.n);
	for (unsigned i = 0; i < r.n; i++) {
		r.events[i].body = r.bodies + each * i;
		r.events[i].body_len = each;
	}
	ld_msg_init(&m, 1 << 20);
	assert_int_equal(ld_msg_put_run(&m, zip, &r), 0);
	assert_int_equal(ld_frame_next(m.data, m.len, &pos, &f), 1);
	assert_int_equal(ld_frame_get_run(&f, zip, &got), 0);
	same_runs(&r, &got);
	ld_run_release(&got);
	ld_run_release(&r);
	ld_msg_release(&m);
}

static int by_stream(const void *a, const void *b)
{
	return ld_stream_cmp(&((const struct ld_vector_entry *)a)->stream,
			     &((const struct ld_vector_entry *)b)->stream);
}

static unsigned some_vector(struct ld_vector_entry *e, unsigned n)
{
	struct ld_stream s = some_stream();

	for (unsigned i = 0; i < n; i++) {
		if (below(5) == 0)
			s = some_stream();
		s.incarnation = next();
		e[i].stream = s;
		e[i].seq = next() >> below(64);
	}
	qsort(e, n, sizeof(*e), by_stream);
	return n;
}

/* Of some of the entries' groups, and of some others. */
static unsigned some_bases(struct ld_vector_base *b, const struct ld_vector_entry *e, unsigned n)
{
	unsigned n_bases = 0;

	for (unsigned i = 0; i < n && n_bases < LD_BASE_MAX; i++) {
		struct ld_stream g = ld_stream_group(&e[i].stream);

		if (n_bases > 0 && ld_stream_cmp(&b[n_bases - 1].group, &g) >= 0)
			continue;
		if (below(3) == 0)
			g.board.b[7] ^= 1;
		if (n_bases > 0 && ld_stream_cmp(&b[n_bases - 1].group, &g) >= 0)
			continue;
		b[n_bases] = (struct ld_vector_base){.group = g, .n = below(3) ? next() >> below(64) : 0};
		if (b[n_bases].n > 0)
			fill(b[n_bases].digest, sizeof(b[n_bases].digest));
		n_bases++;
	}
	return n_bases;
}

/* Decoded, every group has a base: what was said, or 0. */
static void same_bases(const struct ld_offer *said, const struct ld_offer *got)
{
	unsigned k = 0;

	for (unsigned i = 0; i < got->n_bases; i++) {
		const struct ld_vector_base *b = &got->bases[i];

		if (k < said->n_bases && ld_stream_eq(&said->bases[k].group, &b->group))
			assert_memory_equal(&said->bases[k++], b, sizeof(*b));
		else
			assert_true(b->n == 0);
	}
	assert_int_equal(k, said->n_bases);
}

static void vectors_come_back(void **state)
{
	static struct ld_vector_base bases[LD_BASE_MAX];
	static struct ld_vector_entry e[LD_VECTOR_MAX], got[LD_VECTOR_MAX];

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		unsigned n = some_vector(e, round < 2 ? round * LD_VECTOR_MAX : below(300));
		struct ld_offer o = {.flags = (uint8_t)(below(2) ? LD_OFFER_LIST : 0),
				     .n = n,
				     .entries = e,
				     .n_bases = some_bases(bases, e, n),
				     .bases = bases};
		struct ld_offer back;
		struct ld_msg m;
		struct ld_frame f;
		size_t pos = 0;

		fill(o.digest, sizeof(o.digest));
		fill(o.rights, sizeof(o.rights));
		if (o.flags)
			o.after = some_stream();
		ld_msg_init(&m, 1 << 20);
		assert_int_equal(ld_msg_put_offer(&m, &o), 0);
		assert_int_equal(ld_msg_put_want(&m, e, n), 0);
		assert_int_equal(ld_frame_next(m.data, m.len, &pos, &f), 1);
		assert_int_equal(ld_frame_get_offer(&f, &back), 0);
		assert_int_equal(back.flags, o.flags);
		assert_memory_equal(back.digest, o.digest, sizeof(o.digest));
		assert_memory_equal(back.rights, o.rights, sizeof(o.rights));
		same_bases(&o, &back);
		assert_true(ld_stream_eq(&back.after, &o.after));
		assert_int_equal(back.n, n);
		for (unsigned i = 0; i < n; i++) {
			assert_true(ld_stream_eq(&back.entries[i].stream, &e[i].stream));
			assert_true(back.entries[i].seq == e[i].seq);
		}
		ld_offer_release(&back);
		assert_int_equal(ld_frame_next(m.data, m.len, &pos, &f), 1);
		assert_int_equal(ld_frame_get_want(&f, got, LD_VECTOR_MAX), n);
		if (n > 0)
			assert_int_equal(ld_frame_get_want(&f, got, n - 1), LD_E_TOOBIG);
		ld_msg_release(&m);
	}
	e[1] = e[0];
	struct ld_msg m;
	ld_msg_init(&m, 1 << 20);
	assert_int_equal(ld_msg_put_want(&m, e, 2), LD_E_RANGE);
	bases[1] = bases[0];
	assert_int_equal(ld_msg_put_offer(&m, &(struct ld_offer){.n_bases = 2, .bases = bases}),
			 LD_E_RANGE);
	assert_int_equal(m.len, 0);
	ld_msg_release(&m);
}

static void heads_come_back(void **state)
{
	uint8_t seed[32] = {7};
	struct ld_keypair key;
	struct ld_head h = {.stream = some_stream(), .seq = 512, .kept = true}, got;
	struct ld_msg m;
	struct ld_frame f;
	size_t pos = 0;

	(void)state;
	ld_keypair_from_seed(&key, seed);
	ld_board_id_of(&h.stream.board, key.pk);
	fill(h.hash, sizeof(h.hash));
	ld_head_sign(&h, &key);
	ld_msg_init(&m, 1 << 10);
	assert_int_equal(ld_msg_put_head(&m, &h), 0);
	assert_int_equal(ld_frame_next(m.data, m.len, &pos, &f), 1);
	assert_int_equal(ld_frame_get_head(&f, &got), 0);
	assert_true(ld_head_verify(&got, key.pk));
	for (size_t i = 0; i < f.len; i++) {
		m.data[LD_FRAME_HEADER + i] ^= 1;
		assert_false(ld_frame_get_head(&f, &got) == 0 && ld_head_verify(&got, key.pk));
		m.data[LD_FRAME_HEADER + i] ^= 1;
	}
	ld_msg_release(&m);
}

static void a_message_never_outgrows_its_max(void **state)
{
	struct ld_run r = some_run(200, 50, 100);
	struct ld_msg m;
	size_t before;
	int rc;

	(void)state;
	ld_msg_init(&m, 30000);
	do {
		before = m.len;
		rc = ld_msg_put_run(&m, zip, &r);
	} while (rc == 0);
	assert_int_equal(rc, LD_E_TOOBIG);
	assert_int_equal(m.len, before);
	assert_true(m.len <= 30000 && m.len > 0);
	ld_run_release(&r);
	ld_msg_release(&m);
}

static int any_subject(void *arg, const struct ld_stream *s, struct ld_run_subject *ret)
{
	(void)arg;
	(void)s;
	fill(&ret->subject, sizeof(ret->subject));
	return below(20) ? 0 : LD_E_UNKNOWN;
}
static const struct ld_past anybody = {any_subject, NULL};

/* Reads a message as a receiver would; everything it returns must be freeable and within bounds. */
static void read_all(const uint8_t *data, size_t len)
{
	static struct ld_vector_entry want[64];
	struct ld_frame f;
	struct ld_run run;
	struct ld_offer o;
	struct ld_head h;
	struct ld_run_peek peek;
	size_t pos = 0;
	int rc;

	while ((rc = ld_frame_next(data, len, &pos, &f)) == 1) {
		assert_true(pos <= len);
		if (ld_frame_peek_run(&f, &peek) == 0 &&
		    ld_frame_get_run_on(&f, zip, &anybody, &run) == 0) {
			assert_in_range(run.n, 1, LD_RUN_EVENTS_MAX);
			ld_run_release(&run);
		}
		if (ld_frame_get_offer(&f, &o) == 0) {
			assert_true(o.n <= LD_VECTOR_MAX && o.n_bases <= LD_BASE_MAX);
			ld_offer_release(&o);
		}
		rc = ld_frame_get_want(&f, want, 64);
		assert_true(rc <= 64);
		ld_frame_get_head(&f, &h);
	}
	assert_true(rc == 0 || rc == LD_E_CORRUPT || rc == LD_E_TOOBIG);
}

/* Copies to the exact size, so that the sanitizer sees one octet read too many. */
static void read_exact(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, data, len);
	read_all(copy, len);
	free(copy);
}

static struct ld_msg some_message(void)
{
	struct ld_vector_entry e[40];
	struct ld_run r = some_run(1 + below(60), 0, 30);
	struct ld_run r2 = some_run(50, 20, 30);
	struct ld_offer o = {.flags = 3, .entries = e};
	struct ld_head h = {.stream = some_stream(), .seq = 1};
	struct ld_msg m;

	o.n = some_vector(e, below(40));
	ld_msg_init(&m, 1 << 20);
	assert_int_equal(ld_msg_put_offer(&m, &o), 0);
	assert_int_equal(ld_msg_put_want(&m, e, o.n), 0);
	assert_int_equal(ld_msg_put_run(&m, zip, &r), 0);
	for (unsigned i = 0; i < r2.n_subjects; i++)
		r2.subjects[i].since = i + 1;
	assert_int_equal(ld_msg_put_run_on(&m, zip, &r2), 0);
	assert_int_equal(ld_msg_put_head(&m, &h), 0);
	ld_run_release(&r);
	ld_run_release(&r2);
	return m;
}

static void damaged_messages_are_refused(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		struct ld_msg m = some_message();

		for (unsigned i = 0; i < 200; i++) {
			size_t at = below((uint32_t)m.len);
			uint8_t old = m.data[at];

			m.data[at] ^= (uint8_t)(1u << below(8));
			read_exact(m.data, m.len);
			m.data[at] = old;
		}
		for (size_t len = 0; len < m.len; len += 1 + below(40))
			read_exact(m.data, len);
		ld_msg_release(&m);
	}
}

static void noise_is_refused(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t buf[300];
		size_t len = below(sizeof(buf));

		fill(buf, len);
		if (len > LD_FRAME_HEADER && below(4)) {
			buf[0] = (uint8_t)(1 + below(4));
			buf[1] = 0;
			buf[2] = (uint8_t)((len - LD_FRAME_HEADER) >> 8);
			buf[3] = (uint8_t)(len - LD_FRAME_HEADER);
		}
		read_exact(buf, len);
	}
}

/* A RUN frame whose packed part is given, with a raw length that it claims. */
static int get_packed(const void *packed, size_t len, uint32_t raw_len)
{
	uint8_t *p = calloc(1, LD_STREAM_LEN + 8 + len), *at = p + LD_STREAM_LEN;
	struct ld_frame f = {.type = LD_FRAME_RUN, .payload = p};
	struct ld_run run;
	int rc;

	*at++ = 1; /* first */
	*at++ = 1; /* n */
	for (; raw_len >= 0x80; raw_len >>= 7)
		*at++ = (uint8_t)(raw_len | 0x80);
	*at++ = (uint8_t)raw_len;
	*at++ = 1; /* zstd */
	memcpy(at, packed, len);
	f.len = (size_t)(at - p) + len;
	rc = ld_frame_get_run(&f, zip, &run);
	if (rc == 0)
		ld_run_release(&run);
	free(p);
	return rc;
}

static void bombs_stay_small(void **state)
{
	size_t big = 64u << 20, cap = ZSTD_compressBound(big);
	void *zeros = calloc(1, big), *packed = malloc(cap);
	size_t len = ZSTD_compress(packed, cap, zeros, big, 19);

	(void)state;
	assert_false(ZSTD_isError(len));
	assert_true(len < 16384);
	assert_int_equal(get_packed(packed, len, LD_RUN_RAW_MAX), LD_E_CORRUPT);
	assert_int_equal(get_packed(packed, len, (uint32_t)big), LD_E_TOOBIG);
	assert_int_equal(get_packed(packed, len, 0), LD_E_CORRUPT);
	free(zeros);
	free(packed);
}

static uint64_t os_seed(void)
{
	uint64_t v = 1;

	if (getentropy(&v, sizeof(v)) < 0)
		perror("# getentropy");
	return v;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_come_back),
		cmocka_unit_test(subjects_of_earlier_events_cost_little),
		cmocka_unit_test(the_largest_run_fits),
		cmocka_unit_test(vectors_come_back),
		cmocka_unit_test(heads_come_back),
		cmocka_unit_test(a_message_never_outgrows_its_max),
		cmocka_unit_test(damaged_messages_are_refused),
		cmocka_unit_test(noise_is_refused),
		cmocka_unit_test(bombs_stay_small),
	};
	uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) : os_seed();
	int rc;

	printf("# SEED=%llu\n", (unsigned long long)seed);
	rnd = seed;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0 || !(zip = ld_zip_new()))
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	ld_zip_free(zip);
	return rc;
}
