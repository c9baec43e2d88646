/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which channel a message leaves. A number keeps to the SIM she knows; one that nobody has sent
 * to yet is drawn by whichever is free. When her SIM cannot send, what she asked for takes another
 * at once, everything else waits; when it stays away for long, another takes over and says so. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"
#include "laido/schedule/campaign.h"

enum {
	FAILOVER_MS = 10 * 1000,        /* a worker that is started again is back sooner */
	TAKE_OVER_MS = 24 * 3600 * 1000,
	MOVES_A_SLICE = 32, QUEUES_MAX = 128,
	SICK_AT = 5,                    /* of the last eight messages, not carried */
	PROBE_MS = 60 * 1000,
};

/* ---- what a channel can do: the I/O thread says it, both read it ---- */

static bool is_phone(const struct slot *s)
{
	return strcmp(s->ch->ops->kind, "phone") == 0;
}

static bool sends(const struct slot *s)
{
	return s->ch->ops->send && s->lane.window > 0;
}

bool route_sick(const struct slot *s)
{
	return __builtin_popcount(s->recent) >= SICK_AT;
}

void route_judge(struct slot *s)
{
	bool usable = sends(s) && s->status.state == LD_CHANNEL_UP && !route_sick(s);
	struct ld_gateway *gw = gateway_of(s->ch);
	int64_t since = atomic_load(&s->gone_ms);

	if (usable && since)
		atomic_store(&s->gone_ms, 0);
	else if (!usable && !since)
		atomic_store(&s->gone_ms, ld_clock_monotonic_ms(gw->cfg.clock) | 1);
}

void route_learn(struct slot *s, enum ld_sent_what what)
{
	bool carried = what == LD_SENT_OK || what == LD_SENT_FAILED;
	int history;

	if (what == LD_SENT_DELIVERED || what == LD_SENT_UNDELIVERED)
		return;
	history = what == LD_SENT_OK ? 0 : s->recent << 1 | !carried;
	s->recent = (uint8_t)history;
	if (route_sick(s))
		s->probe_ms = ld_clock_monotonic_ms(gateway_of(s->ch)->cfg.clock) + PROBE_MS;
	route_judge(s);
}

bool route_usable(const struct slot *s)
{
	return atomic_load(&s->gone_ms) == 0;
}

/* ---- choosing: any thread ---- */

static int64_t gone_for(const struct ld_gateway *gw, const struct slot *s)
{
	int64_t since = atomic_load(&s->gone_ms);

	return since ? ld_clock_monotonic_ms(gw->cfg.clock) - since : 0;
}

struct slot *route_any(struct ld_gateway *gw, bool phone, const struct slot *prefer)
{
	struct slot *any = NULL;

	for (unsigned i = 0; i < gw->n_slots; i++) {
		struct slot *s = &gw->slot[i];

		if (!sends(s) || is_phone(s) != phone)
			continue;
		if (s == prefer && route_usable(s))
			return s;
		if (!any || (!route_usable(any) && (s == prefer || route_usable(s))))
			any = s;
	}
	return any;
}

struct slot *route_other(struct ld_gateway *gw, const struct slot *s)
{
	for (unsigned i = 0; i < gw->n_slots; i++) {
		struct slot *x = &gw->slot[i];

		if (x != s && sends(x) && is_phone(x) == is_phone(s) && route_usable(x))
			return x;
	}
	return NULL;
}

static struct slot *named(struct ld_gateway *gw, const char *channel)
{
	for (unsigned i = 0; i < gw->n_slots; i++)
		if (strcmp(gw->slot[i].ch->name, channel) == 0)
			return &gw->slot[i];
	return NULL;
}

bool route_away(const struct ld_gateway *gw, const char *channel)
{
	const struct slot *s = named((struct ld_gateway *)(uintptr_t)gw, channel);

	return !s || gone_for(gw, s) > TAKE_OVER_MS;
}

void row_fill(struct ld_out_row *r, const struct ld_session_send *m, const char *digits)
{
	struct ld_measure size;

	ld_text_measure(m->text, &size);
	r->prio = m->prio;
	r->alphabet = m->alphabet;
	r->parts = (uint8_t)size.parts;
	snprintf(r->to, sizeof(r->to), "+%s", digits);
	snprintf(r->what, sizeof(r->what), "%s", m->what);
	snprintf(r->text, sizeof(r->text), "%s", m->text);
}

/* ---- what it costs: work thread ---- */

static unsigned price(const struct ld_gateway *gw, const struct slot *s, const char *operator)
{
	int vnd = strcmp(s->lane.operator, operator) == 0 ? s->lane.own_vnd : s->lane.other_vnd;

	return vnd < 0 ? gw->content->part_vnd : (unsigned)vnd;
}

/* What waits counts, too: else a broadcast would all wait for one SIM while others are idle. */
static int has_room_today(const struct ld_gateway *gw, struct ld_store *st, const struct slot *s)
{
	int64_t local = ld_clock_utc_ms(gw->cfg.clock, NULL) +
			gw->cfg.utc_offset_min * INT64_C(60000);
	struct ld_out_row last = { .prio = LD_N_PRIOS, .due_ms = INT64_MAX };
	unsigned parts = 0;
	int rc;

	if (s->lane.limits.parts_per_day == 0)
		return 1;
	snprintf(last.channel, sizeof(last.channel), "%s", s->ch->name);
	rc = ld_store_quota_get(st, s->ch->name, local / LD_SCHED_DAY_MS, &parts);
	if (rc == 0)
		rc = ld_store_out_ahead(st, &last, INT64_MAX);
	return rc < 0 ? rc : parts + (unsigned)rc < s->lane.limits.parts_per_day;
}

/* *ret: the cheapest that can send now to this number, evenly among those that cost the same; NULL
 * when all do, when nobody knows whose number it is, or when it has no room today. */
static int cheapest(const struct ld_gateway *gw, struct ld_store *st, const struct ld_id *p,
		    const char *learned, const struct ld_msisdn *m, const struct slot **ret)
{
	const struct slot *best[CHANNELS_MAX];
	const char *operator = learned;
	unsigned n = 0, least = UINT_MAX, most = 0;

	*ret = NULL;
	if (!operator[0] && gw->cfg.operator_of)
		operator = gw->cfg.operator_of(gw->cfg.operator_arg, NULL, m);
	for (unsigned i = 0; operator[0] && i < gw->n_slots; i++) {
		const struct slot *s = &gw->slot[i];
		unsigned vnd = price(gw, s, operator);
		int rc;

		if (!sends(s) || is_phone(s) || !route_usable(s))
			continue;
		most = vnd > most ? vnd : most;
		rc = vnd <= least ? has_room_today(gw, st, s) : 0;
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		n = vnd < least ? 0 : n;
		least = vnd;
		best[n++] = s;
	}
	if (n && least < most)
		*ret = best[p->b[0] % n];
	return 0;
}

/* ---- taking over: work thread ---- */

static int announce(struct ld_gateway *gw, struct ld_store *st, const struct ld_id *p,
		    const struct ld_msisdn *m, const struct slot *old, const struct slot *s)
{
	const char *t = ld_content_message(gw->content, "NUMBER_CHANGED", LD_LANG_VI);
	int64_t now_ms = ld_clock_utc_ms(gw->cfg.clock, NULL), id;
	char values[64];
	struct ld_person who;
	struct ld_measure size;
	struct ld_out_row r = { .p = *p, .prio = LD_PRIO_LESSON, .created_ms = now_ms,
				.changed_ms = now_ms, .due_ms = now_ms - 1, .what = "NUMBER_CHANGED",
				.chosen = LD_CHOSEN_HEIR };
	int rc = ld_store_learner(st, p, 1, &who);

	if (rc < 0 || !who.consented || !t)
		return rc;
	snprintf(values, sizeof(values), "old=%s", old && old->lane.number[0] ? old->lane.number
									      : "số cũ");
	r.alphabet = ld_campaign_text(t, values, &who,
				      (now_ms + gw->cfg.utc_offset_min * INT64_C(60000)) /
				      LD_SCHED_DAY_MS, r.text, sizeof(r.text));
	ld_text_measure(r.text, &size);
	r.parts = (uint8_t)size.parts;
	snprintf(r.channel, sizeof(r.channel), "%s", s->ch->name);
	snprintf(r.to, sizeof(r.to), "+%s", m->digits);
	return ld_outbox_add(st, &r, &id);
}

/* Her SIM is gone for long: the cheapest other one that can send is hers from now on, with all that waits for her.
 * 1: *r names it, 0: there is none now. */
static int take_over(struct ld_gateway *gw, struct ld_store *st, const struct ld_id *p,
		     const struct ld_msisdn *m, struct ld_route *r)
{
	const struct slot *old = named(gw, r->channel), *s = route_any(gw, false, NULL);
	const struct slot *cheap;
	char before[sizeof(r->channel)];
	int rc = cheapest(gw, st, p, r->operator, m, &cheap);

	if (rc < 0)
		return rc;
	s = cheap ? cheap : s;
	if (!s || s == old || !route_usable(s))
		return 0;
	memcpy(before, r->channel, sizeof(before));
	snprintf(r->channel, sizeof(r->channel), "%s", s->ch->name);
	rc = ld_store_route_set(st, p, r);
	if (rc == 0)
		rc = ld_store_out_move_person(st, p, before, r->channel);
	if (rc >= 0)
		rc = announce(gw, st, p, m, old, s);
	return rc < 0 ? rc : 1;
}

struct choice {
	struct ld_gateway *gw;
	struct ld_store *st;
	const struct ld_msisdn *m;
	const struct ld_id *p;
	bool phone, known;
	struct ld_route r;              /* when known */
	char *ret;
};

static int take(struct choice *c, const char *channel)
{
	snprintf(c->ret, 32, "%s", channel);
	return 1;
}

static int by_handset(struct choice *c)
{
	return c->phone ? take(c, route_any(c->gw, true, NULL)->ch->name) : 0;
}

static int by_heir(struct choice *c)
{
	int rc = c->known && route_away(c->gw, c->r.channel) ?
		take_over(c->gw, c->st, c->p, c->m, &c->r) : 0;

	return rc <= 0 ? rc : take(c, c->r.channel);
}

static int by_known(struct choice *c)
{
	return c->known && named(c->gw, c->r.channel) ? take(c, c->r.channel) : 0;
}

static int by_price(struct choice *c)
{
	const struct slot *cheap = NULL;
	int rc = c->known ? 0 : cheapest(c->gw, c->st, c->p, "", c->m, &cheap);

	return rc < 0 || !cheap ? rc : take(c, cheap->ch->name);
}

static int by_chance(struct choice *c)
{
	return take(c, "");
}

/* The first that takes one has chosen: 1, 0, negative. Which it was is kept with the message, and
 * told by `laido message show`. An answer to a text goes back where that came from: step.c. */
static const struct {
	enum ld_out_chosen chosen;
	int (*choose)(struct choice *c);
} choices[] = {
	{ LD_CHOSEN_HANDSET,    by_handset },
	{ LD_CHOSEN_HEIR,       by_heir },
	{ LD_CHOSEN_KNOWN,      by_known },
	{ LD_CHOSEN_CHEAPEST,   by_price },
	{ LD_CHOSEN_FREE,       by_chance },
};

int route_of(struct ld_gateway *gw, struct ld_store *st, const struct ld_msisdn *m,
	     const struct ld_id *p, char ret[32])
{
	struct choice c = { .gw = gw, .st = st, .m = m, .p = p, .ret = ret,
			    .phone = gw->cfg.is_simulated(gw->cfg.simulated_arg, m) };
	int rc;

	if (!route_any(gw, c.phone, NULL))
		return 0;
	rc = c.phone ? LD_E_UNKNOWN : ld_store_route_get(st, p, &c.r);
	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	c.known = rc == 0;
	rc = 0;
	for (unsigned i = 0; i < LD_ARRAY_SIZE(choices) && rc == 0; i++) {
		rc = choices[i].choose(&c);
		rc = rc > 0 ? (int)choices[i].chosen : rc;
	}
	return rc;
}

int route_heard(struct ld_gateway *gw, struct ld_store *st, const struct slot *from,
		const struct ld_id *p, const char *smsc, int64_t now_ms)
{
	const char *operator = smsc[0] && gw->cfg.operator_of ?
		gw->cfg.operator_of(gw->cfg.operator_arg, smsc, NULL) : "";
	struct ld_route r = { .messages = 0 };
	int rc;

	if (!sends(from) || is_phone(from))
		return 0;
	rc = ld_store_route_get(st, p, &r);
	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	if (rc == 0 && strcmp(r.channel, from->ch->name) == 0 &&
	    (!operator[0] || strcmp(r.operator, operator) == 0))
		return 0;
	snprintf(r.channel, sizeof(r.channel), "%s", from->ch->name);
	if (operator[0])
		snprintf(r.operator, sizeof(r.operator), "%s", operator);
	if (rc == LD_E_UNKNOWN)
		r.day = (now_ms + gw->cfg.utc_offset_min * INT64_C(60000)) / LD_SCHED_DAY_MS;
	return ld_store_route_set(st, p, &r);
}

/* ---- what waits for a channel that cannot send ---- */

struct reroute {
	struct ld_job job;
	struct ld_gateway *gw;
	unsigned moved;
	unsigned n;
	struct ld_out_queue queue[QUEUES_MAX];
};

static int note_queue(void *arg, const struct ld_out_queue *q)
{
	struct reroute *u = arg;

	if (u->n < QUEUES_MAX)
		u->queue[u->n++] = *q;
	return 0;
}

static int move_all(struct reroute *u, struct ld_store *st, const char *from)
{
	struct ld_out_row row;
	struct ld_route r;
	struct ld_msisdn m;
	char to[32];
	int rc = ld_store_out_movable(st, from, &row);

	for (unsigned i = 0; rc == 0 && i < MOVES_A_SLICE; i++) {
		if (ld_e164_parse(row.to, &m) != LD_ADDR_MOBILE)
			return ld_store_out_set(st, row.id, LD_OUT_FAILED, NULL, "no mobile number", 0,
						ld_clock_utc_ms(u->gw->cfg.clock, NULL));
		rc = ld_store_route_get(st, &row.p, &r);
		if (rc == LD_E_UNKNOWN) {
			memset(&r, 0, sizeof(r));
			snprintf(r.channel, sizeof(r.channel), "%s", from);
			rc = 0;
		}
		if (rc == 0)
			rc = route_of(u->gw, st, &m, &row.p, to);
		if (rc <= 0 || strcmp(to, from) == 0)
			return rc < 0 ? rc : 0;
		rc = ld_store_out_move_person(st, &row.p, from, to);
		u->moved++;
		if (rc >= 0)
			rc = ld_store_out_movable(st, from, &row);
	}
	u->job.again |= rc == 0;
	return rc == LD_E_UNKNOWN ? 0 : rc;
}

static int reroute_run(struct ld_job *job, struct ld_store *st)
{
	struct reroute *u = (struct reroute *)job;
	struct ld_gateway *gw = u->gw;
	int rc;

	u->n = u->moved = 0;
	job->again = false;
	rc = ld_store_out_queues(st, note_queue, u);
	for (unsigned i = 0; i < u->n && rc >= 0; i++) {
		const char *from = u->queue[i].channel;
		const struct slot *s = named(gw, from), *to = route_any(gw, s && is_phone(s), NULL);

		if (!from[0] || !to || !route_usable(to) || (s && gone_for(gw, s) < FAILOVER_MS))
			continue;
		if (route_away(gw, from))
			rc = move_all(u, st, from);
		else if (u->queue[i].prio <= LD_PRIO_HELP)
			rc = ld_store_out_move(st, from, to->ch->name, LD_PRIO_HELP);
		u->moved += rc > 0;
	}
	return rc < 0 ? rc : 0;
}

static void reroute_done(struct ld_job *job, int rc)
{
	struct reroute *u = (struct reroute *)job;

	u->gw->rerouting = false;
	if (rc == 0 && u->moved)
		dispatch_wake(u->gw);
	free(u);
}

void route_tick(struct ld_gateway *gw)
{
	bool gone = gw->ticks % 60 == 4;        /* for channels that are configured no more */
	struct reroute *u;

	for (unsigned i = 0; i < gw->n_slots; i++)
		gone |= gw->ticks % 5 == 4 && sends(&gw->slot[i]) && !route_usable(&gw->slot[i]);
	if (!gone || gw->rerouting || !(u = calloc(1, sizeof(*u))))
		return;
	u->job = (struct ld_job){ .run = reroute_run, .done = reroute_done };
	u->gw = gw;
	gw->rerouting = gateway_submit(gw, LD_LANE_LONG, &u->job) == 0;
	if (!gw->rerouting)
		free(u);
}
