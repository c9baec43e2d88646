/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "impl.h"

#include <osmocom/core/talloc.h>

static void give_up(struct phone *ph, struct waiting *w)
{
	result_later(ph, w->send.id, LD_SENT_UNDELIVERED, 0, "nobody took the handset up in time");
	llist_del(&w->entry);
	talloc_free(w);
	ph->stats.waiting--;
	ph->stats.given_up++;
}

/* Makes room: the number's own oldest beyond its share, else the oldest of all. */
static void make_room(struct phone *ph, const char *to)
{
	struct waiting *w, *oldest = NULL;
	unsigned n = 0;

	llist_for_each_entry(w, &ph->waiting, entry) {
		if (strcmp(w->send.to, to) != 0)
			continue;
		if (!oldest)
			oldest = w;
		n++;
	}
	if (n >= WAITING_NUMBER_MAX)
		give_up(ph, oldest);
	else if (ph->stats.waiting >= WAITING_MAX)
		give_up(ph, llist_entry(ph->waiting.next, struct waiting, entry));
}

int waiting_add(struct phone *ph, const struct ld_send *s)
{
	struct waiting *w = talloc(ph, struct waiting);

	if (!w)
		return LD_E_BUSY;
	make_room(ph, s->to);
	w->send = *s;
	llist_add_tail(&w->entry, &ph->waiting);
	if (++ph->stats.waiting > ph->stats.waiting_high_water)
		ph->stats.waiting_high_water = ph->stats.waiting;
	return 0;
}

struct waiting *waiting_take(struct phone *ph, const struct ld_msisdn *number)
{
	struct waiting *w;

	llist_for_each_entry(w, &ph->waiting, entry) {
		if (same_number(w->send.to, number)) {
			llist_del(&w->entry);
			ph->stats.waiting--;
			return w;
		}
	}
	return NULL;
}

unsigned waiting_count(struct phone *ph, const struct ld_msisdn *number)
{
	struct waiting *w;
	unsigned n = 0;

	llist_for_each_entry(w, &ph->waiting, entry)
		n += same_number(w->send.to, number) ? 1 : 0;
	return n;
}
