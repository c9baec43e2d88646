/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may send what nobody asked for (ADR 0013), watched from outside: once a board to which the
 * ward has moved a learner has sent to her, the boards before never do; and no two of them send her
 * the same words within a day. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static bool same_board(const struct ld_board_id *a, const struct ld_board_id *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* In the order in which they were written; a roll-back gives a dot to another event. */
void homes_note(struct node *n, const struct ld_fact *f, const struct ld_dot *dot)
{
	struct world *w = n->w;
	struct claim *c;

	for (unsigned i = 0; i < w->n_claims; i++)
		if (w->claim[i].dot.seq == dot->seq &&
		    ld_stream_eq(&w->claim[i].dot.stream, &dot->stream))
			w->claim[i].lost = true;
	if (f->kind != LD_EV_NUMBER && f->kind != LD_EV_HOME)
		return;
	if (w->n_claims == w->cap_claims) {
		w->cap_claims = w->cap_claims ? 2 * w->cap_claims : 256;
		w->claim = realloc(w->claim, w->cap_claims * sizeof(*w->claim));
		ld_assert(w->claim);
	}
	c = &w->claim[w->n_claims++];
	*c = (struct claim){ .dot = *dot, .s = f->subject };
	if (f->kind == LD_EV_NUMBER) {
		c->home = f->u.number.home;
		return;
	}
	c->home = f->u.home.home;
	c->n_olds = f->u.home.olds.len / sizeof(c->home);
	memcpy(c->olds, f->u.home.olds.p, f->u.home.olds.len);
	w->moves++;
}

static bool holds(struct node *n, const struct ld_dot *d)
{
	struct ld_stream_state s;

	return ld_store_stream(n->st, &d->stream, &s) == 0 && s.seq >= d->seq;
}

/* The newest claim by which n may think that it is home of s. */
static struct claim *claim_of(struct node *n, const struct ld_id *s)
{
	for (unsigned i = n->w->n_claims; i > 0; i--) {
		struct claim *c = &n->w->claim[i - 1];

		if (!c->lost && ld_id_eq(&c->s, s) && same_board(&c->home, &n->id) &&
		    holds(n, &c->dot))
			return c;
	}
	return NULL;
}

static bool was_home(const struct claim *c, const struct ld_board_id *id)
{
	for (unsigned i = 0; i < c->n_olds; i++)
		if (same_board(&c->olds[i], id))
			return true;
	return false;
}

static void check_words(struct node *n, const struct claim *own, const struct said *now)
{
	struct world *w = n->w;

	for (unsigned i = 0; i < w->n_said; i++)
		if (w->said[i].at_ms > now->at_ms - DAY_MS && was_home(own, &w->said[i].board) &&
		    ld_id_eq(&w->said[i].s, &now->s) && ld_id_eq(&w->said[i].text, &now->text))
			fail(w, "board %u sends what the board before has sent within a day", n->i);
	w->said[w->next_said++ % SAID_MAX] = *now;
	w->n_said += w->n_said < SAID_MAX;
}

/* A card that was put back knows nothing of what it has promised since, and a ward's least of all. */
void homes_sent(struct node *n, const struct ld_id *p, const struct ld_send *s)
{
	struct world *w = n->w;
	struct said now = { .board = n->id, .at_ms = w->now_ms };
	struct ld_person who;
	struct claim *own;

	if (n->imaged || w->node[0]->imaged || ld_store_learner(n->st, p, 1, &who) < 0 ||
	    !who.consented)
		return;
	own = claim_of(n, &who.s);
	if (!own) {
		fail(w, "board %u sends to a learner who was never at home there", n->i);
		return;
	}
	for (struct claim *c = own + 1; c < w->claim + w->n_claims; c++)
		if (!c->lost && c->begun && ld_id_eq(&c->s, &who.s) && was_home(c, &n->id))
			fail(w, "board %u sends although the board after it has begun", n->i);
	now.s = who.s;
	ld_hash(now.text.b, sizeof(now.text.b), NULL, 0,
		(struct ld_span[]){ { s->text, strlen(s->text) } }, 1);
	check_words(n, own, &now);
	w->begun += own->n_olds && !own->begun;
	own->begun |= own->n_olds > 0;
	w->unasked++;
}
