/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which content a step is answered from. A new one takes the place of the old one between two
 * steps; who is in a live session sees the old one to its end. Work thread. */
#include "impl.h"
#include "laido/gateway/live.h"

/* No session lasts longer: each of its screens waits for less than a minute. */
enum { OLD_TREE_MS = 10 * 60 * 1000 };

/* What was in use stays for the live sessions; what was in use before that goes. */
static struct ld_content *put(void *arg, struct ld_content *next)
{
	struct ld_gateway *gw = arg;
	struct trees *t = &gw->trees;
	struct ld_content *old = t->before;

	t->before = gw->content;
	t->swapped_ms = ld_clock_monotonic_ms(gw->cfg.clock);
	t->number++;
	gw->content = next;
	return old;
}

int ld_gateway_set_content(struct ld_gateway *gw, struct ld_content *content)
{
	return ld_live_swap(gw->cfg.worker, content, put, gw);
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
