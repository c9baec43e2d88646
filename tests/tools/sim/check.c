/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* ---- what was answered for ---- */

static struct acked *acked_of(struct world *w, const struct ld_stream *s)
{
	for (unsigned i = w->n_acked; i > 0; i--)
		if (ld_stream_eq(&w->acked[i - 1].stream, s))
			return &w->acked[i - 1];
	if (w->n_acked == w->cap_acked) {
		w->cap_acked = w->cap_acked ? 2 * w->cap_acked : 256;
		w->acked = realloc(w->acked, w->cap_acked * sizeof(*w->acked));
		ld_assert(w->acked);
	}
	w->acked[w->n_acked] = (struct acked){ .stream = *s };
	return &w->acked[w->n_acked++];
}

void check_acked(struct node *n)
{
	struct ld_stream_state s;

	for (unsigned c = 0; c < LD_N_CLASSES; c++) {
		struct acked *a;

		if (!n->has_own[c] || ld_store_stream(n->st, &n->own[c], &s) < 0)
			continue;
		a = acked_of(n->w, &n->own[c]);
		if (s.seq <= a->seq)
			continue;
		a->seq = s.seq;
		memcpy(a->hash, s.hash, sizeof(a->hash));
	}
}

void check_bound(struct world *w)
{
	for (unsigned i = 0; i < w->n_acked; i++) {
		struct acked *a = &w->acked[i];
		struct ld_stream_state best = { .seq = 0 }, s;

		for (unsigned k = 0; k < w->n; k++)
			if (w->node[k]->up && !w->node[k]->revoked &&
			    ld_store_stream(w->node[k]->st, &a->stream, &s) == 0 && s.seq > best.seq)
				best = s;
		if (best.seq >= a->seq)
			continue;
		a->seq = best.seq;
		memcpy(a->hash, best.hash, sizeof(a->hash));
	}
}

/* ---- the same everywhere ---- */

struct sum {
	struct ld_store *st;
	uint8_t digest[16];
	uint64_t events;
};

static int add_stream(void *arg, const struct ld_stream_state *s)
{
	struct sum *sum = arg;
	struct ld_vector_entry e = { s->stream, s->head_seq, s->hollow };
	uint64_t last;

	ld_store_last_valid(sum->st, &s->stream, &last);
	ld_store_hollows(sum->st, s, last, &e.hollow);
	e.seq = e.seq < last ? e.seq : last;
	if (e.seq > 0)
		ld_digest_next(sum->digest, &e);
	sum->events += s->head_seq;
	return 0;
}

static struct sum sum_of(struct node *n)
{
	struct sum s = { .st = n->st };

	ld_store_streams(n->st, add_stream, &s);
	return s;
}

bool check_even(struct world *w)
{
	struct sum first = sum_of(w->node[0]);

	for (unsigned i = 1; i < w->n; i++) {
		struct sum s;

		if (w->node[i]->revoked)
			continue;
		if (!w->node[i]->up)
			return false;
		s = sum_of(w->node[i]);
		if (memcmp(s.digest, first.digest, sizeof(s.digest)) != 0)
			return false;
	}
	return true;
}

/* What two hold differently of one stream, as far as it counts. */
struct pair {
	struct node *a, *b;
	bool back;              /* only what a does not know */
};

static int print_uneven(void *arg, const struct ld_stream_state *s)
{
	struct pair *p = arg;
	struct node *n[2] = { p->a, p->b };
	struct ld_vector_entry e[2] = { { .seq = 0 } };

	for (int i = 0; i < 2; i++) {
		struct ld_stream_state t;
		uint64_t last;

		if (ld_store_stream(n[i]->st, &s->stream, &t) < 0)
			continue;
		if (p->back && i == 0)
			return 0;
		ld_store_last_valid(n[i]->st, &s->stream, &last);
		ld_store_hollows(n[i]->st, &t, last, &e[i].hollow);
		e[i].seq = t.head_seq < last ? t.head_seq : last;
	}
	if (e[0].seq == e[1].seq && (e[0].seq == 0 || e[0].hollow == e[1].hollow))
		return 0;
	printf("# stream %02x%02x %016llx class %u:", s->stream.board.b[0], s->stream.board.b[1],
	       (unsigned long long)s->stream.incarnation, s->stream.cls);
	for (int i = 0; i < 2; i++)
		printf(" board %u holds %llu, %llu of them hollow;", n[i]->i,
		       (unsigned long long)e[i].seq, (unsigned long long)e[i].hollow);
	printf("\n");
	return 0;
}

void check_print_uneven(struct world *w)
{
	for (unsigned i = 1; i < w->n; i++) {
		struct pair p = { w->node[0], w->node[i], false };

		if (w->node[i]->revoked || !w->node[i]->up)
			continue;
		ld_store_streams(p.a->st, print_uneven, &p);
		p.back = true;
		ld_store_streams(p.b->st, print_uneven, &p);
	}
}

static void hash_line(void *arg, const char *line)
{
	uint8_t *h = arg;

	ld_hash(h, 32, NULL, 0, (struct ld_span[]){ { h, 32 }, { line, strlen(line) + 1 } }, 2);
}

static void dump(struct node *n, uint8_t ret[32])
{
	memset(ret, 0, 32);
	ld_store_dump(n->st, hash_line, ret);
}

static void print_line(void *arg, const char *line)
{
	fprintf(arg, "%s\n", line);
}

/* Both dumps as files, for diff. */
static void keep_dumps(struct node *a, struct node *b)
{
	struct node *n[2] = { a, b };

	for (int i = 0; i < 2; i++) {
		char path[64];
		FILE *f;

		snprintf(path, sizeof(path), "/tmp/laido-sim-%llu-board%u.txt",
			 (unsigned long long)a->w->seed, n[i]->i);
		f = fopen(path, "w");
		if (!f)
			return;
		ld_store_dump(n[i]->st, print_line, f);
		fclose(f);
		printf("# %s\n", path);
	}
}

static void check_dumps(struct world *w)
{
	uint8_t first[32], h[32];

	dump(w->node[0], first);
	for (unsigned i = 1; i < w->n; i++) {
		if (w->node[i]->revoked)
			continue;
		dump(w->node[i], h);
		if (memcmp(first, h, sizeof(h)) == 0)
			continue;
		fail(w, "board %u shows other projections than the ward", i);
		keep_dumps(w->node[0], w->node[i]);
		return;
	}
}

/* One that is a member still. */
static struct node *one_of(struct world *w)
{
	struct node *n;

	do
		n = w->node[below(w, w->n)];
	while (n->revoked);
	return n;
}

static void check_rebuild(struct world *w)
{
	struct node *n = one_of(w);
	uint8_t before[32], after[32];

	dump(n, before);
	if (ld_store_begin(n->st) < 0 || ld_store_rebuild(n->st) < 0)
		fail(w, "board %u: rebuild: %s", n->i, ld_store_error(n->st));
	dump(n, after);
	if (memcmp(before, after, sizeof(after)) != 0) {
		fail(w, "board %u: a rebuild shows other projections", n->i);
		keep_dumps(w->node[0], n);
	}
	ld_store_rollback(n->st);
}

/* ---- heads and what was answered for ---- */

struct walk {
	struct node *n;
	uint8_t chain[LD_HASH_LEN];
	const struct acked *a;          /* of this stream, or NULL */
	bool met;
};

static const uint8_t *salt_of(const struct ld_run *r, const struct ld_id *subject)
{
	for (unsigned i = 0; i < r->n_subjects; i++)
		if (ld_id_eq(&r->subjects[i].subject, subject))
			return r->subjects[i].salt;
	return NULL;
}

static void walk_run(struct walk *k, const struct ld_run *r)
{
	struct world *w = k->n->w;

	for (unsigned i = 0; i < r->n; i++) {
		const struct ld_event *e = &r->events[i];
		uint8_t c[LD_HASH_LEN];

		memcpy(c, e->commitment, sizeof(c));
		if (!e->hollow)
			ld_commitment(c, salt_of(r, &e->subject), e->seq, &e->subject, e->body,
				      e->body_len);
		for (unsigned x = 0; x < w->n_right && !e->hollow; x++)
			if (w->right[x].kind == LD_EV_CLOSE &&
			    ld_id_eq(&w->right[x].s, &e->subject) &&
			    rights_holds(k->n, &w->right[x]))
				fail(w, "board %u: an event of a closed learner is whole", k->n->i);
		ld_chain_next(k->chain, e->seq, e->hlc, e->kind, c);
		if (k->a && k->a->seq == e->seq)
			k->met = memcmp(k->chain, k->a->hash, sizeof(k->chain)) == 0;
	}
}

static int walk_stream(void *arg, const struct ld_stream_state *s)
{
	struct node *n = arg;
	struct walk k = { .n = n };
	uint64_t first = 1, last;

	ld_chain_first(k.chain, &s->stream);
	for (unsigned i = 0; i < n->w->n_acked && !k.a; i++)
		if (ld_stream_eq(&n->w->acked[i].stream, &s->stream))
			k.a = &n->w->acked[i];
	while (first <= s->head_seq) {
		struct ld_member author;
		struct ld_head h;
		struct ld_run r;
		int rc = ld_store_run(n->st, &s->stream, first, &r, &h);

		if (rc < 0) {
			fail(n->w, "board %u: a stretch cannot be read: %s", n->i, ld_strerror(rc));
			return 0;
		}
		walk_run(&k, &r);
		if (ld_store_member(n->st, &s->stream.board, &author) < 0 ||
		    !ld_head_verify(&h, author.pk) ||
		    memcmp(h.hash, k.chain, sizeof(k.chain)) != 0)
			fail(n->w, "board %u: a head does not verify", n->i);
		first = h.seq + 1;
		ld_run_release(&r);
	}
	ld_store_last_valid(n->st, &s->stream, &last);
	if (k.a && k.a->seq > 0 && k.a->seq <= last && !k.met)
		fail(n->w, "board %u: event %llu that a board answered for is another one", n->i,
		     (unsigned long long)k.a->seq);
	return 0;
}

static void check_heads(struct world *w, struct node *n)
{
	struct ld_stream_state s;

	for (unsigned i = 0; i < w->n_acked; i++) {
		const struct acked *a = &w->acked[i];
		uint64_t last;

		ld_store_last_valid(n->st, &a->stream, &last);
		if (a->seq > 0 && a->seq <= last && (ld_store_stream(n->st, &a->stream, &s) < 0 || s.seq < a->seq))
			fail(w, "board %u: %llu of %llu events that a board answered for (class %u)",
			     n->i, (unsigned long long)s.seq, (unsigned long long)a->seq,
			     a->stream.cls);
	}
	ld_store_streams(n->st, walk_stream, n);
}

static void check_rights(struct world *w)
{
	for (unsigned person = 0; person < PEOPLE; person++) {
		struct ld_msisdn m;
		struct ld_id p;
		bool out;

		person_number(person, &m);
		ld_pseudonym_p(&p, &w->keys, &m);
		out = rights_out(w->node[0], &p, false);
		for (unsigned i = 0; i < w->n; i++)
			if (!w->node[i]->revoked &&
			    (ld_store_opted_out(w->node[i]->st, &p) > 0) != out)
				fail(w, "board %u: person %u is %s out", i, person,
				     out ? "not" : "opted");
	}
}

/* Nothing that the thief wrote as the ward counts anywhere. */
static int not_his(void *arg, const struct ld_member *m)
{
	struct node *n = arg;

	if (strcmp(m->name, "nobody") == 0)
		fail(n->w, "board %u: a member whom a thief has admitted", n->i);
	return 0;
}

static void check_theft(struct world *w, struct node *n)
{
	for (unsigned i = 0; i < w->n; i++)
		if (ld_store_revoked(n->st, &w->node[i]->id) != w->node[i]->revoked)
			fail(w, "board %u: board %u %s cut off", n->i, i,
			     w->node[i]->revoked ? "is not" : "is");
	ld_store_members(n->st, not_his, n);
}

void check_all(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (!w->node[i]->revoked)
			check_theft(w, w->node[i]);
	check_dumps(w);
	check_heads(w, w->node[0]);
	check_heads(w, one_of(w));
	check_rights(w);
	check_rebuild(w);
}
