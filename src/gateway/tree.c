/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which content a step is answered from. A new one takes the place of the old one between two
 * steps; who is in a live session sees the old one to its end. Work thread. */
#include "impl.h"

#include <stdlib.h>

/* No session lasts longer: each of its screens waits for less than a minute. */
enum { OLD_TREE_MS = 10 * 60 * 1000 };

struct swap {
	struct ld_job job;
	struct ld_gateway *gw;
	bool swapped;                   /* also when the batch is run again */
	struct ld_content *next, *old;
};

static int swap_run(struct ld_job *job, struct ld_store *st)
{
	struct swap *s = (struct swap *)job;
	struct trees *t = &s->gw->trees;

	(void)st;
	if (!s->swapped) {
		s->old = t->before;
		t->before = s->gw->content;
		t->swapped_ms = ld_clock_monotonic_ms(s->gw->cfg.clock);
		t->number++;
		s->gw->content = s->next;
	}
	s->swapped = true;
	return 0;
}

static void swap_done(struct ld_job *job, int rc)
{
	struct swap *s = (struct swap *)job;

	(void)rc;
	ld_content_free(s->old);
	free(s);
}

int ld_gateway_set_content(struct ld_gateway *gw, struct ld_content *content)
{
	struct swap *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return LD_E_NOMEM;
	s->job = (struct ld_job){ .run = swap_run, .done = swap_done };
	s->gw = gw;
	s->next = content;
	rc = gateway_submit(gw, LD_LANE_LIVE, &s->job);
	if (rc < 0)
		free(s);
	return rc;
}

const struct ld_content *ld_gateway_content(const struct ld_gateway *gw)
{
	return gw->content;
}

const struct ld_content *tree_of(struct step *s)
{
	struct ld_gateway *gw = s->gw;
	struct trees *t = &gw->trees;
	struct pin *p = &t->pin[(s->in.session + (uint64_t)(s->from - gw->slot)) % PINS];
	int64_t now = ld_clock_monotonic_ms(gw->cfg.clock);

	if (!s->in.budget.live)
		return gw->content;
	if (s->in.what == LD_IN_BEGIN || p->from != s->from || p->session != s->in.session)
		*p = (struct pin){ s->from, s->in.session, t->number };
	return t->before && p->number + 1 == t->number && now - t->swapped_ms < OLD_TREE_MS
		? t->before : gw->content;
}

void tree_tidy(struct ld_gateway *gw)
{
	struct trees *t = &gw->trees;

	if (ld_clock_monotonic_ms(gw->cfg.clock) - t->swapped_ms < OLD_TREE_MS)
		return;
	ld_content_free(t->before);
	t->before = NULL;
}
