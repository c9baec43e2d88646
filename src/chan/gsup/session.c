/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "impl.h"

#include <string.h>

#include <osmocom/core/talloc.h>

const char *mask_imsi(const char *imsi)
{
	size_t len = strlen(imsi);

	return len > 3 ? imsi + len - 3 : "";
}

static struct hlist_head *slot_of_call(struct gsup_channel *g, const struct dialogue_id *call)
{
	return &g->by_call[(lookup_hash(call->imsi) ^ call->session_id) % SESSION_SLOTS];
}

static struct hlist_head *slot_of_id(struct gsup_channel *g, uint64_t id)
{
	return &g->by_id[id % SESSION_SLOTS];
}

struct session *session_by_call(struct gsup_channel *g, const struct dialogue_id *call)
{
	struct session *s;

	hlist_for_each_entry(s, slot_of_call(g, call), by_call)
		if (s->call.session_id == call->session_id &&
		    strcmp(s->call.imsi, call->imsi) == 0)
			return s;
	return NULL;
}

struct session *session_by_id(struct gsup_channel *g, uint64_t id)
{
	struct session *s;

	hlist_for_each_entry(s, slot_of_id(g, id), by_id)
		if (s->id == id)
			return s;
	return NULL;
}

struct session *session_new(struct gsup_channel *g, const struct dialogue_id *call)
{
	struct session *s;

	if (g->stats.sessions >= g->cfg.max_sessions)
		return NULL;
	s = talloc_zero(g, struct session);
	if (!s)
		return NULL;
	s->g = g;
	s->call = *call;
	s->id = g->next_id++;
	if (s->id == 0)
		s->id = g->next_id++;
	hlist_add_head(&s->by_call, slot_of_call(g, call));
	hlist_add_head(&s->by_id, slot_of_id(g, s->id));
	if (++g->stats.sessions > g->stats.sessions_high_water)
		g->stats.sessions_high_water = g->stats.sessions;
	return s;
}

void session_free(struct session *s)
{
	osmo_timer_del(&s->timer);
	lookup_forget(&s->wait);
	hlist_del(&s->by_call);
	hlist_del(&s->by_id);
	s->g->stats.sessions--;
	talloc_free(s);
}

void session_for_all(struct gsup_channel *g, void (*each)(struct session *))
{
	struct hlist_node *tmp;
	struct session *s;

	for (size_t i = 0; i < SESSION_SLOTS; i++)
		hlist_for_each_entry_safe(s, tmp, &g->by_id[i], by_id)
			each(s);
}
