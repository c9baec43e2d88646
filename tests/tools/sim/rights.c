/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may be written to, worked out again in the plainest way from what was appended. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static bool same_dot(const struct ld_dot *a, const struct ld_dot *b)
{
	return a->seq == b->seq && ld_stream_eq(&a->stream, &b->stream);
}

/* A roll-back gives a dot to another event: the newest counts. */
void rights_note(struct node *n, const struct ld_fact *f, const struct ld_dot *dot)
{
	struct world *w = n->w;
	struct right r = { .dot = *dot, .kind = f->kind };

	for (unsigned i = 0; i < w->n_right; i++)
		if (same_dot(&w->right[i].dot, dot))
			w->right[i--] = w->right[--w->n_right];
	switch (f->kind) {
	case LD_EV_OPTOUT:
		r.p = f->subject;
		break;
	case LD_EV_CLOSE:
		r.s = f->u.close.s;
		break;
	case LD_EV_CONSENT:
		r.p = f->u.consent.p;
		r.s = f->subject;
		r.over = f->u.consent.over;
		break;
	default:
		return;
	}
	if (w->n_right == w->cap_right) {
		w->cap_right = w->cap_right ? 2 * w->cap_right : 256;
		w->right = realloc(w->right, w->cap_right * sizeof(*w->right));
		ld_assert(w->right);
	}
	w->right[w->n_right++] = r;
}

static bool holds(struct node *n, const struct ld_dot *d, bool without_recent)
{
	struct ld_stream_state s;

	uint64_t last;

	if (ld_store_stream(n->st, &d->stream, &s) < 0 || s.seq < d->seq ||
	    ld_store_last_valid(n->st, &d->stream, &last) < 0 || last < d->seq)
		return false;
	for (unsigned i = 0; without_recent && i < n->n_recent; i++)
		if (ld_stream_eq(&n->recent[i].stream, &d->stream) &&
		    d->seq >= n->recent[i].from && d->seq <= n->recent[i].to)
			return false;
	return true;
}

/* A board may keep back the contents of its own events, and be revoked before anybody sees them. */
static bool is_whole(struct node *n, const struct ld_dot *d)
{
	struct ld_head h;
	struct ld_run r;
	bool whole;

	if (ld_store_run(n->st, &d->stream, d->seq, &r, &h) < 0)
		return true; /* just written here: no head yet */
	whole = !r.events[0].hollow;
	ld_run_release(&r);
	return whole;
}

bool rights_holds(struct node *n, const struct right *r)
{
	return holds(n, &r->dot, false);
}

static bool is_closed(struct node *n, const struct ld_id *s)
{
	for (unsigned i = 0; i < n->w->n_right; i++)
		if (n->w->right[i].kind == LD_EV_CLOSE && ld_id_eq(&n->w->right[i].s, s) &&
		    holds(n, &n->w->right[i].dot, false))
			return true;
	return false;
}

static bool is_over(struct node *n, const struct right *out)
{
	for (unsigned i = 0; i < n->w->n_right; i++) {
		const struct right *r = &n->w->right[i];

		if (r->kind != LD_EV_CONSENT || !ld_id_eq(&r->p, &out->p))
			continue;
		for (unsigned k = 0; k < r->over.n; k++)
			if (same_dot(&r->over.dot[k], &out->dot) && holds(n, &r->dot, false) &&
			    is_whole(n, &r->dot) && !is_closed(n, &r->s))
				return true;
	}
	return false;
}

bool rights_out(struct node *n, const struct ld_id *p, bool without_recent)
{
	for (unsigned i = 0; i < n->w->n_right; i++) {
		const struct right *r = &n->w->right[i];

		if (r->kind == LD_EV_OPTOUT && ld_id_eq(&r->p, p) &&
		    holds(n, &r->dot, without_recent) && !is_over(n, r))
			return true;
	}
	return false;
}
