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
	return s->lane.window > s->status.in_flight && s->status.state == LD_CHANNEL_UP &&
	       s->ch->ops->send;
}

void dispatch_reserve(struct step *s)
{
	struct slot *out = s->out;

	if (!out || out->backlog)
		return;
	while (s->reserved < LD_SESSION_SENDS && has_room(out) &&
	       ld_bucket_take(&out->bucket, 1, mono(s->gw))) {
		out->status.in_flight++;
		s->reserved++;
	}
}

void dispatch_unreserve(struct slot *slot, unsigned n)
{
	slot->status.in_flight -= n;
	ld_bucket_give_back(&slot->bucket, n);
}

/* ---- results ---- */

struct result {
	struct ld_job job;
	struct ld_gateway *gw;
	struct ld_sent sent;
};

static int result_run(struct ld_job *job, struct ld_store *st)
{
	struct result *r = (struct result *)job;

	/* A report that a crash loses leaves the message as sent, which is true too. */
	r->job.lazy = r->sent.what == LD_SENT_DELIVERED || r->sent.what == LD_SENT_UNDELIVERED;
	return ld_outbox_result(st, &r->sent, ld_random_below(r->gw->cfg.random, 10000),
				ld_clock_utc_ms(r->gw->cfg.clock, NULL));
}

static void result_done(struct ld_job *job, int rc)
{
	struct result *r = (struct result *)job;
	char line[160];

	if (rc < 0) {
		snprintf(line, sizeof(line), "result of message %lld was not stored: %s",
			 (long long)r->sent.id, ld_strerror(rc));
		r->gw->cfg.note(r->gw->cfg.note_arg, line);
	}
	free(r);
}

static void result_submit(struct ld_gateway *gw, const struct ld_sent *sent)
{
	struct result *r = calloc(1, sizeof(*r));

	ld_assert(r);
	r->job = (struct ld_job){ .run = result_run, .done = result_done };
	r->gw = gw;
	r->sent = *sent;
	/* Full: the intent stays open and is settled as unknown later, never resent. */
	if (gateway_submit(gw, LD_LANE_LIVE, &r->job) < 0)
		result_done(&r->job, LD_E_BUSY);
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
		slot->backlog |= sent->what == LD_SENT_RETRY;
	}
	result_submit(gw, sent);
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
	snprintf(sent.why, sizeof(sent.why), "%s: %s", slot->ch->name, ld_strerror(rc));
	result_submit(gw, &sent);
}

/* ---- picking ---- */

/* So many in one transaction: one at a time, a queue would grow faster than it is worked off. */
enum { PICKS_MAX = 32 };

struct pick {
	struct ld_job job;
	struct ld_gateway *gw;
	struct slot *slot;
	unsigned n, found;              /* places taken, rows for them */
	struct ld_out_row row[];
};

/* Unasked messages that waited too long for a channel, or whose receiver has opted out meanwhile
 * (perhaps elsewhere), do not go. NULL: it goes. */
static const char *why_not(struct ld_store *st, const struct ld_out_row *r, int64_t now_ms,
			   int *ret_rc)
{
	*ret_rc = r->prio <= LD_PRIO_HELP ? 0 : ld_store_opted_out(st, &r->p);
	if (*ret_rc > 0)
		return "opted out";
	return r->prio == LD_PRIO_LESSON && now_ms - r->created_ms > LD_SCHED_DAY_MS ?
	       "a day too late" : NULL;
}

/* 1 a row, 0 it was cancelled instead, negative: nothing there, or the store. */
static int pick_one(struct pick *p, struct ld_store *st, const struct ld_outbox_limits *limits,
		    int64_t now_ms, struct ld_out_row *ret)
{
	const char *why;
	int rc = ld_outbox_pick(st, p->slot->ch->name, limits, now_ms, ret);

	if (rc < 0)
		return rc;
	why = why_not(st, ret, now_ms, &rc);
	if (rc < 0 || !why)
		return rc < 0 ? rc : 1;
	return ld_store_out_set(st, ret->id, LD_OUT_CANCELLED, NULL, why, 0, now_ms);
}

static int pick_run(struct ld_job *job, struct ld_store *st)
{
	struct pick *p = (struct pick *)job;
	struct ld_outbox_limits limits = p->slot->lane.limits;
	int64_t now_ms = ld_clock_utc_ms(p->gw->cfg.clock, NULL);
	int rc = 0;

	limits.quiet = ld_schedule_quiet_until(&p->gw->schedule, now_ms) != 0;
	rc = ld_store_paused(st);
	limits.quiet |= rc > 0;
	rc = rc < 0 ? rc : 0;
	p->found = 0;
	while (p->found < p->n && rc >= 0) {
		rc = pick_one(p, st, &limits, now_ms, &p->row[p->found]);
		p->found += rc > 0;
	}
	return rc == LD_E_UNKNOWN || rc > 0 ? 0 : rc;
}

static void send_picked(struct pick *p, const struct ld_out_row *r)
{
	struct ld_send send = { .id = r->id, .prio = r->prio, .alphabet = r->alphabet };

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
	p->slot->backlog = rc < 0 || found == p->n;
	p->slot->look = false;
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
	if (gateway_submit(gw, LD_LANE_LIVE, &p->job) < 0) {
		dispatch_unreserve(slot, n);
		free(p);
		return;
	}
	slot->picking = true;
}
