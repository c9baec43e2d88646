/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A day of boards whose links are up a tenth of the time: how long does an event take to everybody, and
 * how long would it take if whoever meets somebody gave all that he has in no time at all? Steps, engine
 * and pace (mesh/pace) are the product's; HELLOs and links that come and go are played here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/mesh/pace.h"
#include "sim.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };
enum {
	NEIGHBOURS = 4,         /* each board is near so many; who is near is that for both */
	UP_ONE_IN = 10,
	EVENTS = 2000,          /* in the first half of the day */
	RATE_KBIT = 1000,
	HELLO_MS = 10 * 1000,   /* +-25 %, as link/https/hello.c */
};

struct contact {
	int64_t from_ms, to_ms;
};

struct way {
	unsigned a, b;
	bool up;
	int64_t flip_ms;
	struct contact *contact;
	unsigned n;
};

struct event {
	struct ld_dot dot;
	unsigned at;
	int64_t ms;
	int64_t held_ms[NODES_MAX];
};

struct day {
	unsigned n_ways, n_events, contact_s;
	struct way way[NODES_MAX * NODES_MAX / 2];
	bool near[NODES_MAX][NODES_MAX];
	struct ld_pace pace[NODES_MAX][NODES_MAX];
	uint64_t version[NODES_MAX];
	bool relayed[NODES_MAX];
	int64_t hello_ms[NODES_MAX], write_ms;
	struct event event[EVENTS];
};

/* ---- who is near whom ---- */

static void join(struct day *d, unsigned a, unsigned b)
{
	if (a == b || d->near[a][b])
		return;
	d->near[a][b] = d->near[b][a] = true;
	d->way[d->n_ways++] = (struct way){ .a = a, .b = b };
}

static unsigned reach(const struct day *d, unsigned n, bool *in)
{
	unsigned stack[NODES_MAX], top = 0, found = 1;

	memset(in, 0, n * sizeof(*in));
	stack[top++] = 0;
	in[0] = true;
	while (top > 0) {
		unsigned a = stack[--top];

		for (unsigned b = 0; b < n; b++)
			if (d->near[a][b] && !in[b]) {
				in[b] = true;
				found++;
				stack[top++] = b;
			}
	}
	return found;
}

/* On a map: the nearest ones, and between islands the shortest ways. */
static void map(struct world *w)
{
	struct day *d = w->day;
	uint32_t x[NODES_MAX], y[NODES_MAX];
	bool in[NODES_MAX];

	for (unsigned i = 0; i < w->n; i++) {
		x[i] = below(w, 10000);
		y[i] = below(w, 10000);
	}
#define FAR(a, b) (((int64_t)x[a] - x[b]) * ((int64_t)x[a] - x[b]) + \
		   ((int64_t)y[a] - y[b]) * ((int64_t)y[a] - y[b]))
	for (unsigned i = 0; i < w->n; i++)
		for (unsigned k = 0; k < NEIGHBOURS; k++) {
			unsigned best = i;

			for (unsigned j = 0; j < w->n; j++)
				if (j != i && !d->near[i][j] && (best == i || FAR(i, j) < FAR(i, best)))
					best = j;
			join(d, i, best);
		}
	while (reach(d, w->n, in) < w->n) {
		unsigned a = 0, b = 0;

		for (unsigned i = 0; i < w->n; i++)
			for (unsigned j = 0; j < w->n; j++)
				if (in[i] && !in[j] && (a == b || FAR(i, j) < FAR(a, b))) {
					a = i;
					b = j;
				}
		join(d, a, b);
	}
#undef FAR
}

/* ---- links that come and go ---- */

/* Between half of it and one and a half. */
static int64_t about(struct world *w, int64_t ms)
{
	return ms / 2 + below(w, (uint32_t)ms);
}

static void flip(struct world *w, struct way *y)
{
	int64_t up_ms = (int64_t)w->day->contact_s * 1000;

	y->up = !y->up;
	w->cut[y->a][y->b] = w->cut[y->b][y->a] = !y->up;
	y->flip_ms = w->now_ms + about(w, y->up ? up_ms : up_ms * (UP_ONE_IN - 1));
	if (!y->up)
		return;
	y->contact = realloc(y->contact, (y->n + 1) * sizeof(*y->contact));
	ld_assert(y->contact);
	y->contact[y->n++] = (struct contact){ w->now_ms, y->flip_ms };
}

static void ways_begin(struct world *w)
{
	struct day *d = w->day;

	for (unsigned i = 0; i < w->n; i++)
		for (unsigned j = 0; j < w->n; j++)
			w->cut[i][j] = true;
	for (unsigned i = 0; i < d->n_ways; i++) {
		struct way *y = &d->way[i];

		y->up = !once_in(w, UP_ONE_IN);
		flip(w, y);
		/* Somewhere in the middle of it. */
		y->flip_ms = w->now_ms + 1 + below(w, (uint32_t)(y->flip_ms - w->now_ms));
		if (y->up)
			y->contact[0].to_ms = y->flip_ms;
	}
}

/* ---- what boards do ---- */

void day_exchanged(struct node *from, struct node *to, bool well)
{
	struct world *w = from->w;
	struct ld_pace *p = &w->day->pace[from->i][to->i];

	if (well)
		ld_pace_rest(p, w->now_ms);
	else
		ld_pace_fail(p, w->now_ms, &from->random.random);
}

void day_asked(struct node *at, unsigned by)
{
	ld_pace_asked(&at->w->day->pace[at->i][by], at->w->now_ms);
}

void day_held(struct node *n, const struct ld_stream *s, uint64_t from, uint64_t to)
{
	struct day *d = n->w->day;

	d->relayed[n->i] |= memcmp(&s->board, &n->id, sizeof(n->id)) != 0;
	for (unsigned i = 0; i < d->n_events; i++) {
		struct event *e = &d->event[i];

		if (e->dot.seq < from || e->dot.seq > to || !ld_stream_eq(&e->dot.stream, s) ||
		    e->held_ms[n->i] >= 0)
			continue;
		e->held_ms[n->i] = n->w->now_ms;
	}
}

static int write_event(struct node *n, struct ld_store *st, uint64_t arg)
{
	struct day *d = n->w->day;
	struct ld_fact f = { .kind = LD_EV_ANSWER };
	struct event *e = &d->event[d->n_events];
	int rc;

	memcpy(f.subject.b, &arg, sizeof(arg));
	snprintf(f.u.answer.course, sizeof(f.u.answer.course), "LUADAO");
	f.u.answer.lesson = 1;
	rc = ld_store_append(st, &f, &e->dot);
	if (rc < 0)
		return rc;
	e->at = n->i;
	e->ms = n->w->now_ms;
	for (unsigned i = 0; i < n->w->n; i++)
		e->held_ms[i] = i == n->i ? e->ms : -1;
	d->n_events++;
	return 0;
}

/* As ld_peers_look(). */
static void look(struct world *w, struct node *n)
{
	struct day *d = w->day;
	uint64_t version = ld_worker_version(n->worker);

	if (version == d->version[n->i])
		return;
	d->version[n->i] = version;
	for (unsigned j = 0; j < w->n; j++) {
		if (d->near[n->i][j] && d->relayed[n->i])
			ld_pace_relay(&d->pace[n->i][j], w->now_ms, &n->random.random);
		else if (d->near[n->i][j])
			ld_pace_poke(&d->pace[n->i][j], w->now_ms);
	}
	d->relayed[n->i] = false;
}

static void say_hello(struct world *w, unsigned i)
{
	struct day *d = w->day;

	d->hello_ms[i] = w->now_ms + HELLO_MS * 3 / 4 + below(w, HELLO_MS / 2);
	for (unsigned j = 0; j < w->n; j++)
		if (!w->cut[i][j])
			ld_pace_heard(&d->pace[j][i], w->now_ms);
}

static void ask(struct world *w, unsigned i, unsigned j)
{
	struct ld_pace *p = &w->day->pace[i][j];

	if (p->state == LD_PACE_TALKING || p->due_ms > w->now_ms)
		return;
	ld_mesh_peer_compare(net_peer(w->node[i], w->node[j]), !ld_pace_begin(p));
	net_ask(w->node[i], w->node[j]);
	node_run(w->node[i]);
}

/* ---- the day ---- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_ms(const struct world *w)
{
	const struct day *d = w->day;
	int64_t next = sooner(net_next_ms(w), d->write_ms);

	for (unsigned i = 0; i < w->n; i++)
		next = sooner(next, d->hello_ms[i]);
	for (unsigned i = 0; i < d->n_ways; i++) {
		const struct way *y = &d->way[i];
		const struct ld_pace *there = &d->pace[y->a][y->b], *back = &d->pace[y->b][y->a];

		next = sooner(next, y->flip_ms);
		/* Who talks is waited for by its letters, or gives up: looked at each second. */
		next = sooner(next, there->state == LD_PACE_TALKING ? w->now_ms + 1000 : there->due_ms);
		next = sooner(next, back->state == LD_PACE_TALKING ? w->now_ms + 1000 : back->due_ms);
	}
	return next > w->now_ms ? next : w->now_ms + 1;
}

static void moment(struct world *w)
{
	struct day *d = w->day;

	advance(w, next_ms(w) - w->now_ms);
	for (unsigned i = 0; i < d->n_ways; i++)
		if (d->way[i].flip_ms <= w->now_ms)
			flip(w, &d->way[i]);
	for (unsigned i = 0; i < w->n; i++)
		if (d->hello_ms[i] <= w->now_ms)
			say_hello(w, i);
	if (d->write_ms <= w->now_ms) {
		struct node *n = w->node[below(w, w->n)];

		node_do(n, write_event, d->n_events + 1);
		node_run(n);
		d->write_ms = d->n_events < EVENTS ? w->now_ms + about(w, DAY_MS / 2 / EVENTS) : INT64_MAX;
	}
	net_turn(w);
	for (unsigned i = 0; i < w->n; i++)
		look(w, w->node[i]);
	for (unsigned i = 0; i < d->n_ways; i++) {
		ask(w, d->way[i].a, d->way[i].b);
		ask(w, d->way[i].b, d->way[i].a);
	}
}

/* ---- beside what was possible ---- */

static int64_t first_contact(const struct way *y, int64_t from_ms)
{
	unsigned lo = 0, hi = y->n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (y->contact[mid].to_ms > from_ms)
			hi = mid;
		else
			lo = mid + 1;
	}
	if (lo == y->n)
		return INT64_MAX;
	return y->contact[lo].from_ms > from_ms ? y->contact[lo].from_ms : from_ms;
}

/* When an event could have been everywhere, if each contact passed it on in no time. */
static void ideal(const struct world *w, const struct event *e, int64_t *ret)
{
	const struct day *d = w->day;
	bool moved = true;

	for (unsigned i = 0; i < w->n; i++)
		ret[i] = i == e->at ? e->ms : INT64_MAX;
	while (moved) {
		moved = false;
		for (unsigned i = 0; i < 2 * d->n_ways; i++) {
			const struct way *y = &d->way[i / 2];
			unsigned from = i % 2 ? y->a : y->b, to = i % 2 ? y->b : y->a;
			int64_t at = ret[from] == INT64_MAX ? INT64_MAX : first_contact(y, ret[from]);

			if (at < ret[to]) {
				ret[to] = at;
				moved = true;
			}
		}
	}
}

static void report(struct world *w)
{
	const struct day *d = w->day;
	double took = 0, least = 0, all_took = 0, all_least = 0, up = 0, runs = 0, again = 0;
	unsigned pairs = 0, missing = 0;
	struct ld_mesh_stats m;
	uint64_t octets = 0;

	for (unsigned i = 0; i < w->n; i++) {
		ld_mesh_stats(w->node[i]->mesh, &m);
		runs += (double)m.runs_in;
		again += (double)m.duplicates;
		octets += m.octets_out;
	}

	for (unsigned i = 0; i < d->n_ways; i++)
		for (unsigned k = 0; k < d->way[i].n; k++)
			up += (double)(sooner(d->way[i].contact[k].to_ms, w->now_ms) -
				       d->way[i].contact[k].from_ms);
	for (unsigned i = 0; i < d->n_events; i++) {
		const struct event *e = &d->event[i];
		int64_t best[NODES_MAX], last = e->ms, first = e->ms;

		ideal(w, e, best);
		for (unsigned k = 0; k < w->n; k++) {
			missing += e->held_ms[k] < 0;
			if (k == e->at || e->held_ms[k] < 0)
				continue;
			took += (double)(e->held_ms[k] - e->ms);
			least += (double)(best[k] - e->ms);
			last = e->held_ms[k] > last ? e->held_ms[k] : last;
			first = best[k] > first ? best[k] : first;
			pairs++;
		}
		all_took += (double)(last - e->ms);
		all_least += (double)(first - e->ms);
	}
	if (missing || pairs == 0) {
		fail(w, "%u of %u events did not arrive within a day", missing, missing + pairs);
		return;
	}
	printf("# %u boards, %u links, contacts of %u s, up %.1f %%: %u events, %u exchanges "
	       "(%u failed)\n", w->boards, d->n_ways, d->contact_s,
	       100.0 * up / (double)w->now_ms / d->n_ways, d->n_events, w->exchanges, w->failures);
	printf("spread receptions %.3f octets-an-event-and-board %.0f\n", (runs + again) / runs,
	       (double)octets / d->n_events / w->n);
	printf("spread at-a-board-s %.0f ideal %.0f ratio %.3f\n", took / pairs / 1000,
	       least / pairs / 1000, took / least);
	printf("spread everywhere-s %.0f ideal %.0f ratio %.3f\n", all_took / d->n_events / 1000,
	       all_least / d->n_events / 1000, all_took / all_least);
}

struct day *day_new(unsigned contact_s)
{
	struct day *d = calloc(1, sizeof(*d));

	ld_assert(d);
	d->contact_s = contact_s;
	return d;
}

void day_free(struct day *d)
{
	for (unsigned i = 0; d && i < d->n_ways; i++)
		free(d->way[i].contact);
	free(d);
}

void day_play(struct world *w)
{
	struct day *d = w->day;

	map(w);
	ways_begin(w);
	for (unsigned i = 0; i < w->n; i++) {
		w->rate_kbit[i] = RATE_KBIT;
		d->hello_ms[i] = w->now_ms + below(w, HELLO_MS);
		for (unsigned j = 0; j < w->n; j++)
			ld_pace_init(&d->pace[i][j], &(struct ld_pace_cfg){ 0 }, w->now_ms);
	}
	while (w->now_ms < DAY_MS && !w->failed)
		moment(w);
	if (!w->failed)
		report(w);
}
