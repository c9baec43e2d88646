/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies between two boards, as link/https uses it: a question, an answer, and all that can
 * happen to them. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* CONNECT_MS, SLOW_MS: as link/https/post.c gives up; ANSWER_MS: the longest way of the slowest link. */
enum { CONNECT_MS = 10 * 1000, SLOW_MS = 30 * 1000, ANSWER_MS = 120 * 1000 };
enum { LOST = 20, TWICE = 20, CUT_OFF = 40, FLIPPED = 40, LATE = 12 };

struct letter {
	struct letter *next;
	unsigned from, to;
	bool answer;
	uint64_t ask;                   /* which one it belongs to */
	int64_t due_ms;
	size_t len;
	uint8_t data[];
};

/* The asking side of one exchange, as in link/https/client.c. */
struct ask {
	struct ld_job job;
	struct node *from, *to;
	struct ld_mesh_io *io;
	uint8_t *answer;
	uint64_t number;                /* of the question that waits for an answer */
	int64_t until_ms;               /* no longer */
	int verdict;
	bool in_flight, over;
};

/* The answering side, as in link/https/server.c. */
struct serve {
	struct ld_job job;
	struct node *at;
	unsigned from;
	uint64_t number;
	struct ld_mesh_io *io;
	uint8_t *body;
	int verdict;
};

/* ---- letters ---- */

static void deliver_at(struct world *w, unsigned from, unsigned to, bool answer, uint64_t number,
		       const uint8_t *data, size_t len)
{
	struct letter *l = malloc(sizeof(*l) + len + 1);
	unsigned kbit = w->rate_kbit[from] < w->rate_kbit[to] ? w->rate_kbit[from]
							      : w->rate_kbit[to];

	ld_assert(l);
	*l = (struct letter){ .from = from, .to = to, .answer = answer, .ask = number, .len = len };
	memcpy(l->data, data, len);
	l->due_ms = w->now_ms + (int64_t)len * 8 / kbit;
	if (w->faults && once_in(w, LATE))
		l->due_ms += below(w, ANSWER_MS);
	if (w->faults && once_in(w, CUT_OFF))
		l->len = below(w, (uint32_t)len + 1);
	if (w->faults && once_in(w, FLIPPED) && l->len > 0)
		for (unsigned i = 1 + below(w, 3); i > 0; i--)
			l->data[below(w, (uint32_t)l->len)] ^= (uint8_t)(1u << below(w, 8));
	l->next = w->letters;
	w->letters = l;
}

/* What somebody makes of a run who does not want others to know what was said of learners. */
static void hollow_run(struct ld_run *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		struct ld_event *e = &r->events[i];
		const struct ld_kind_info *k = ld_kind_info(e->kind);

		for (unsigned s = 0; s < r->n_subjects && !e->hollow; s++)
			if (ld_id_eq(&r->subjects[s].subject, &e->subject))
				ld_commitment(e->commitment, r->subjects[s].salt, e->seq,
					      &e->subject, e->body, e->body_len);
		e->hollow |= k && k->subject == 'S';
	}
	for (unsigned s = 0; s < r->n_subjects; s++) {
		bool used = false;

		for (unsigned i = 0; i < r->n && !used; i++)
			used = !r->events[i].hollow &&
			       ld_id_eq(&r->subjects[s].subject, &r->events[i].subject);
		if (used)
			continue;
		memmove(&r->subjects[s], &r->subjects[s + 1],
			(r->n_subjects - s - 1) * sizeof(r->subjects[0]));
		r->n_subjects--;
		s--;
	}
}

static int subject_at(void *arg, const struct ld_stream *s, struct ld_run_subject *ret)
{
	return ld_store_subject_at(arg, s, ret);
}

static int hollow_frame(struct node *from, struct ld_msg *to, const struct ld_frame *f)
{
	struct ld_past past = { subject_at, from->st };
	struct world *w = from->w;
	struct ld_run r;
	int rc = ld_frame_get_run_on(f, w->zip, &past, &r);

	if (rc < 0)
		return rc;
	hollow_run(&r);
	rc = ld_msg_put_run(to, w->zip, &r);
	ld_run_release(&r);
	return rc;
}

static void copy_hollow(struct node *by, const struct ld_msg *m, struct ld_msg *ret)
{
	struct ld_frame f;
	size_t pos = 0, from = 0;

	ld_msg_init(ret, 4 * LD_MESH_MESSAGE_MAX);
	ret->data = malloc(ret->max);
	ld_assert(ret->data);
	while (ld_frame_next(m->data, m->len, &pos, &f) == 1) {
		if (f.type != LD_FRAME_RUN || hollow_frame(by, ret, &f) < 0) {
			ld_assert(ret->len + pos - from <= ret->max);
			memcpy(ret->data + ret->len, m->data + from, pos - from);
			ret->len += pos - from;
		}
		from = pos;
	}
}

static void post(struct world *w, unsigned from, unsigned to, bool answer, uint64_t number,
		 const struct ld_msg *m)
{
	struct ld_msg hollow = { .len = 0 };

	if (w->cut[from][to] || (w->faults && once_in(w, LOST)))
		return;
	if (w->faults && w->node[from]->hollows) {
		copy_hollow(w->node[from], m, &hollow);
		m = &hollow;
	}
	deliver_at(w, from, to, answer, number, m->data, m->len);
	if (w->faults && once_in(w, TWICE))
		deliver_at(w, from, to, answer, number, m->data, m->len);
	ld_msg_release(&hollow);
}

/* ---- asking ---- */

static bool is_peers_fault(int rc)
{
	return rc == LD_E_DENIED || rc == LD_E_CORRUPT || rc == LD_E_TOOBIG || rc == LD_E_PEER ||
	       rc == LD_E_RANGE;
}

static void ask_end(struct ask *a, bool well)
{
	struct world *w = a->from->w;

	a->from->ask[a->to->i] = NULL;
	w->exchanges++;
	w->failures += !well;
	if (w->day)
		day_exchanged(a->from, a->to, well);
	ld_mesh_io_free(a->io);
	free(a->answer);
	free(a);
}

static int ask_run(struct ld_job *job, struct ld_store *st)
{
	struct ask *a = (struct ask *)job;

	a->verdict = ld_mesh_step(a->from->mesh, st, a->io);
	return a->verdict < 0 && !is_peers_fault(a->verdict) ? a->verdict : 0;
}

static void ask_submit(struct ask *a)
{
	a->in_flight = ld_worker_submit(a->from->worker, LD_LANE_MESH, &a->job) == 0;
	if (!a->in_flight)
		ask_end(a, false);
}

static void ask_done(struct ld_job *job, int rc)
{
	struct ask *a = (struct ask *)job;
	struct world *w = a->from->w;

	a->in_flight = false;
	if (a->over || rc < 0 || a->verdict < 0) {
		ask_end(a, false);
		return;
	}
	ld_mesh_io_accept(a->io);
	if (a->verdict == LD_MESH_MORE) {
		ask_submit(a);
	} else if (a->verdict == LD_MESH_SEND) {
		a->number = ++w->next_ref;
		a->until_ms = w->now_ms + (w->cut[a->from->i][a->to->i] ? CONNECT_MS :
					       w->day ? SLOW_MS : ANSWER_MS);
		post(w, a->from->i, a->to->i, false, a->number, ld_mesh_io_message(a->io));
	} else {
		ask_end(a, true);
	}
}

struct ld_mesh_peer *net_peer(struct node *n, const struct node *of)
{
	if (!n->peer[of->i])
		n->peer[of->i] = ld_mesh_peer_new(of->key.pk);
	ld_assert(n->peer[of->i]);
	return n->peer[of->i];
}

void net_ask(struct node *from, struct node *to)
{
	struct ask *a;

	if (!from->up || from->ask[to->i])
		return;
	a = calloc(1, sizeof(*a));
	ld_assert(a);
	a->job = (struct ld_job){ .run = ask_run, .done = ask_done };
	a->from = from;
	a->to = to;
	a->io = ld_mesh_io_new(to->key.pk, net_peer(from, to));
	ld_assert(a->io);
	from->ask[to->i] = a;
	ld_mesh_io_feed(a->io, NULL, 0);
	ask_submit(a);
}

static void ask_answered(struct node *from, const struct letter *l)
{
	struct ask *a = from->ask[l->from];

	if (!a || a->number != l->ask || l->len == 0)
		return;
	a->number = 0;
	free(a->answer);
	a->answer = malloc(l->len);
	ld_assert(a->answer);
	memcpy(a->answer, l->data, l->len);
	ld_mesh_io_feed(a->io, a->answer, l->len);
	ask_submit(a);
}

/* ---- answering ---- */

static void serve_free(struct serve *s)
{
	ld_mesh_io_free(s->io);
	free(s->body);
	free(s);
}

static int serve_run(struct ld_job *job, struct ld_store *st)
{
	struct serve *s = (struct serve *)job;

	s->verdict = ld_mesh_step(s->at->mesh, st, s->io);
	return s->verdict < 0 && !is_peers_fault(s->verdict) ? s->verdict : 0;
}

static void serve_done(struct ld_job *job, int rc)
{
	struct serve *s = (struct serve *)job;

	if (rc == 0 && s->verdict >= 0)
		ld_mesh_io_accept(s->io);
	if (rc == 0 && s->verdict == LD_MESH_MORE &&
	    ld_worker_submit(s->at->worker, LD_LANE_MESH, job) == 0)
		return;
	if (rc == 0 && s->verdict == LD_MESH_SEND && s->at->w->day)
		day_asked(s->at, s->from);
	if (rc == 0 && s->verdict == LD_MESH_SEND)
		post(s->at->w, s->at->i, s->from, true, s->number, ld_mesh_io_message(s->io));
	serve_free(s);
}

static void serve(struct node *at, const struct letter *l)
{
	struct serve *s = calloc(1, sizeof(*s));

	ld_assert(s);
	*s = (struct serve){ { .run = serve_run, .done = serve_done }, at, l->from, l->ask,
			     ld_mesh_io_new(at->w->node[l->from]->key.pk, NULL), malloc(l->len + 1),
			     0 };
	ld_assert(s->io && s->body);
	memcpy(s->body, l->data, l->len);
	ld_mesh_io_feed(s->io, s->body, l->len);
	if (ld_worker_submit(at->worker, LD_LANE_MESH, &s->job) < 0)
		serve_free(s);
}

/* ---- turns ---- */

static void arrive(struct world *w, const struct letter *l)
{
	struct node *to = w->node[l->to];

	if (!to->up || w->cut[l->from][l->to] || w->now_ms < to->away_ms ||
	    w->now_ms < w->node[l->from]->away_ms)
		return;
	if (l->answer)
		ask_answered(to, l);
	else
		serve(to, l);
	node_run(to);
}

static void give_up(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		for (unsigned k = 0; k < w->n; k++) {
			struct ask *a = w->node[i]->ask[k];

			if (a && !a->in_flight && w->now_ms > a->until_ms)
				ask_end(a, false);
		}
}

void net_turn(struct world *w)
{
	struct letter **at = &w->letters, *due = NULL, *l;

	while ((l = *at)) {
		if (l->due_ms > w->now_ms) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		l->next = due;
		due = l;
	}
	while ((l = due)) {
		due = l->next;
		arrive(w, l);
		free(l);
	}
	give_up(w);
}

int64_t net_next_ms(const struct world *w)
{
	int64_t next = INT64_MAX;

	for (const struct letter *l = w->letters; l; l = l->next)
		next = l->due_ms < next ? l->due_ms : next;
	return next;
}

bool net_quiet(const struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		for (unsigned k = 0; k < w->n; k++)
			if (w->node[i]->ask[k])
				return false;
	return !w->letters;
}

void net_forget(struct node *n)
{
	struct letter **at = &n->w->letters, *l;

	while ((l = *at)) {
		if (l->from != n->i && l->to != n->i) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		free(l);
	}
	for (unsigned k = 0; k < n->w->n; k++) {
		struct ask *a = n->ask[k];

		if (a && a->in_flight)
			a->over = true;
		else if (a)
			ask_end(a, false);
	}
}
