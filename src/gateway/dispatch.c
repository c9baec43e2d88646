/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on their way to channels and results on their way back. A message is handed to a
 * channel only as a durable intent: either born as one in its own step, when its channel had room
 * (dispatch_reserve), or picked from the queue (dispatch_kick). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"

static int64_t mono(const struct ld_gateway *gw)
{
	return ld_clock_monotonic_ms(gw->cfg.clock);
}

static bool has_room(const struct slot *s)
{
	if (route_sick(s) && (s->status.in_flight || mono(gateway_of(s->ch)) < s->probe_ms))
		return false;
	return s->lane.window > s->status.in_flight && s->status.state == LD_CHANNEL_UP &&
	       s->ch->ops->send;
}

void dispatch_lane(const struct slot *s, struct ld_outbox_lane *ret)
{
	struct ld_gateway *gw = gateway_of(s->ch);

	*ret = (struct ld_outbox_lane){
		.limits = s->lane.limits, .up = route_usable(s),
		.shared = strcmp(s->ch->ops->kind, "phone") != 0,
		.full = s->status.in_flight >= s->lane.window,
		.wait_ms = ld_bucket_wait_ms(&s->bucket, mono(gw)),
	};
	memcpy(ret->channel, s->ch->name, sizeof(ret->channel));
	snprintf(ret->why, sizeof(ret->why), "%s", s->status.why[0] || !route_sick(s) ? s->status.why :
		 "it carries nothing of late; one message a minute tries");
}

static int64_t quiet_until(const void *arg, int64_t at_ms)
{
	return ld_schedule_quiet_until(arg, at_ms);
}

int dispatch_now(const struct ld_gateway *gw, struct ld_store *st, struct ld_outbox_now *ret)
{
	int paused = ld_store_paused(st), restored = ld_store_restored(st), rc;
	struct ld_term term;

	if (paused < 0 || restored < 0)
		return paused < 0 ? paused : restored;
	rc = ld_store_term(st, ld_clock_utc_ms(gw->cfg.clock, NULL), &term);
	if (rc < 0)
		return rc;
	*ret = (struct ld_outbox_now){
		.paused = paused, .restored = restored, .ended = !term.runs,
		.heard_ms = term.heard_ms, .utc_offset_min = gw->cfg.utc_offset_min,
		.quiet_until = quiet_until, .quiet_arg = &gw->schedule,
		.messages_per_person = gw->cfg.unasked_per_day,
		.parts_per_person = gw->cfg.unasked_per_day * UNASKED_PARTS,
	};
	ret->ms = ld_clock_utc_ms(gw->cfg.clock, &ret->trusted);
	return 0;
}

void dispatch_reserve(struct step *s)
{
	struct slot *out = s->out;

	/* For its first message; places that nothing leaves by would send others through the queue. */
	if (!out || out->backlog || !has_room(out) || !ld_bucket_take(&out->bucket, 1, mono(s->gw)))
		return;
	out->status.in_flight++;
	s->reserved = true;
}

void dispatch_unreserve(struct slot *slot, unsigned n)
{
	slot->status.in_flight -= n;
	ld_bucket_give_back(&slot->bucket, n);
}

/* ---- results ---- */

struct result {
	struct ld_job job;
	struct result *next;
	struct ld_gateway *gw;
	bool told;
	char other[32];                 /* a channel that can send when this one is barred; "" none */
	struct ld_sent sent;
};

/* What she asked for does not wait until somebody has seen to the SIM. Parts that are out stay. */
static int take_other(const struct result *r, struct ld_store *st, int64_t now_ms)
{
	struct ld_out_row row;
	int rc = ld_store_out_get(st, r->sent.id, &row);

	if (rc < 0 || row.state != LD_OUT_QUEUED || row.prio > LD_PRIO_HELP || row.gone)
		return rc == LD_E_UNKNOWN ? 0 : rc;
	/* At once the first time; two that are barred must not throw it to and fro. */
	return ld_store_out_defer(st, row.id, r->other, LD_CHOSEN_STANDIN,
				  row.tries > 1 ? row.due_ms : now_ms);
}

static int result_run(struct ld_job *job, struct ld_store *st)
{
	struct result *r = (struct result *)job;
	struct ld_outbox_now now = { .ms = ld_clock_utc_ms(r->gw->cfg.clock, NULL),
				     .utc_offset_min = r->gw->cfg.utc_offset_min };
	bool again = r->sent.what == LD_SENT_RETRY || r->sent.what == LD_SENT_BARRED;
	int rc;

	rc = ld_outbox_result(st, &r->sent, again ? ld_random_below(r->gw->cfg.random, 10000) : 0, &now);
	return rc == 0 && r->other[0] ? take_other(r, st, now.ms) : rc;
}

/* Not lost because a disk is full: the channel says it only once. */
static void result_keep(struct result *r)
{
	r->next = r->gw->results;
	r->gw->results = r;
}

static void result_done(struct ld_job *job, int rc)
{
	struct result *r = (struct result *)job;
	char line[160];

	if (rc == 0) {
		if (r->other[0])
			dispatch_wake(r->gw);
		free(r);
		return;
	}
	if (!r->told) {
		snprintf(line, sizeof(line), "result of message %lld was not stored yet: %s",
			 (long long)r->sent.id, ld_strerror(rc));
		r->gw->cfg.note(r->gw->cfg.note_arg, line);
	}
	r->told = true;
	result_keep(r);
}

void dispatch_again(struct ld_gateway *gw)
{
	struct result *r = gw->results;

	gw->results = NULL;
	while (r) {
		struct result *next = r->next;

		if (gateway_submit(gw, LD_LANE_LIVE, &r->job) < 0)
			result_keep(r);
		r = next;
	}
}

void dispatch_forget(struct ld_gateway *gw)
{
	while (gw->results) {
		struct result *r = gw->results;

		gw->results = r->next;
		free(r);
	}
}

static void result_submit(struct ld_gateway *gw, const struct ld_sent *sent, const struct slot *other)
{
	struct result *r = calloc(1, sizeof(*r));

	ld_assert(r);
	r->job = (struct ld_job){ .run = result_run, .done = result_done };
	/* What a crash loses of these, the channel's journal tells again; a report it may lose. */
	r->job.patient = sent->what == LD_SENT_OK || sent->what == LD_SENT_DELIVERED ||
			 sent->what == LD_SENT_UNDELIVERED;
	r->gw = gw;
	r->sent = *sent;
	if (other)
		memcpy(r->other, other->ch->name, sizeof(r->other));
	if (gateway_submit(gw, LD_LANE_LIVE, &r->job) < 0)
		result_keep(r);
}

/* The channel has one message less; reports and settled intents name none that it has. */
static void land(struct slot *slot, int64_t id)
{
	for (unsigned i = 0; i < slot->n_flying; i++) {
		if (slot->flying[i] != id)
			continue;
		slot->flying[i] = slot->flying[--slot->n_flying];
		slot->status.in_flight--;
		return;
	}
}

void dispatch_sent(struct ld_channel *ch, const struct ld_sent *sent)
{
	struct ld_gateway *gw = gateway_of(ch);
	struct slot *slot = gateway_slot(gw, ch);

	if (sent->what != LD_SENT_DELIVERED && sent->what != LD_SENT_UNDELIVERED) {
		land(slot, sent->id);
		slot->status.sent += sent->what == LD_SENT_OK;
		slot->status.failed += sent->what == LD_SENT_FAILED;
		slot->backlog |= sent->what == LD_SENT_RETRY || sent->what == LD_SENT_BARRED;
		route_learn(slot, sent->what);
	}
	result_submit(gw, sent, sent->what == LD_SENT_BARRED ? route_other(gw, slot) : NULL);
	dispatch_kick(gw, slot);
}

void dispatch_send(struct ld_gateway *gw, struct slot *slot, const struct ld_send *send)
{
	struct ld_sent sent = { .id = send->id, .what = LD_SENT_RETRY };
	int rc;

	ld_assert(slot->n_flying < WINDOW_MAX);
	slot->flying[slot->n_flying++] = send->id;      /* the result may come at once */
	rc = slot->ch->ops->send(slot->ch, send);
	if (rc == 0)
		return;
	land(slot, send->id);
	slot->backlog = true;
	ld_bucket_give_back(&slot->bucket, send->parts);
	snprintf(sent.why, sizeof(sent.why), "%s: %s", slot->ch->name, ld_strerror(rc));
	result_submit(gw, &sent, NULL);
}

/* ---- picking ---- */

/* So many in one transaction: one at a time, a queue would grow faster than it is worked off. */
enum { PICKS_MAX = 32 };

struct pick {
	struct ld_job job;
	struct ld_gateway *gw;
	struct slot *slot;
	struct ld_outbox_lane lane;
	unsigned n, found;              /* places taken, rows for them */
	struct ld_out_row row[];
};

static int pick_run(struct ld_job *job, struct ld_store *st)
{
	struct pick *p = (struct pick *)job;
	struct ld_outbox_now now;
	int rc = dispatch_now(p->gw, st, &now);

	p->found = 0;
	while (p->found < p->n && rc == 0) {
		rc = ld_outbox_pick(st, &p->lane, &now, &p->row[p->found]);
		p->found += rc == 0;
	}
	p->job.lazy = p->found == 0;
	return rc == LD_E_UNKNOWN ? 0 : rc;
}

static void send_picked(struct pick *p, const struct ld_out_row *r)
{
	struct ld_send send = { .id = r->id, .prio = r->prio, .alphabet = r->alphabet,
				.parts = r->parts };

	ld_bucket_charge(&p->slot->bucket, r->parts - 1u);
	memcpy(send.to, r->to, sizeof(send.to));
	memcpy(send.text, r->text, sizeof(send.text));
	dispatch_send(p->gw, p->slot, &send);
}

static void pick_done(struct ld_job *job, int rc)
{
	struct pick *p = (struct pick *)job;
	unsigned found = rc < 0 ? 0 : p->found;

	p->slot->picking = false;
	dispatch_unreserve(p->slot, p->n - found);
	p->slot->backlog = rc < 0 || found == p->n || p->slot->behind;
	p->slot->behind = p->slot->look = false;
	for (unsigned i = 0; i < found; i++)
		send_picked(p, &p->row[i]);
	if (rc == 0)
		dispatch_kick(p->gw, p->slot);
	free(p);
}

void dispatch_kick(struct ld_gateway *gw, struct slot *slot)
{
	struct pick *p;
	unsigned n = 0;

	if (!(slot->backlog || slot->look) || slot->picking)
		return;
	while (n < PICKS_MAX && has_room(slot) && ld_bucket_take(&slot->bucket, 1, mono(gw))) {
		slot->status.in_flight++;
		n++;
	}
	if (n == 0)
		return;
	p = calloc(1, sizeof(*p) + n * sizeof(p->row[0]));
	ld_assert(p);
	p->job = (struct ld_job){ .run = pick_run, .done = pick_done };
	p->gw = gw;
	p->slot = slot;
	p->n = n;
	dispatch_lane(slot, &p->lane);
	if (gateway_submit(gw, LD_LANE_SEND, &p->job) < 0) {
		dispatch_unreserve(slot, n);
		free(p);
		return;
	}
	slot->picking = true;
}

void dispatch_expect(struct ld_gateway *gw, struct slot *slot)
{
	slot->backlog = true;
	slot->behind = slot->picking;
	dispatch_kick(gw, slot);
}

void dispatch_wake(struct ld_gateway *gw)
{
	for (unsigned i = 0; i < gw->n_slots; i++) {
		gw->slot[i].backlog = true;
		dispatch_kick(gw, &gw->slot[i]);
	}
}
