/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a message may go: every rule in one table. */
#include "rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int64_t out_local_day(const struct ld_outbox_now *now)
{
	int64_t local = now->ms + (int64_t)now->utc_offset_min * 60000;

	return local / OUT_DAY_MS - (local % OUT_DAY_MS < 0);
}

int64_t out_next_day_ms(const struct ld_outbox_now *now)
{
	return (out_local_day(now) + 1) * OUT_DAY_MS - (int64_t)now->utc_offset_min * 60000;
}

int out_parts_left(struct ld_store *st, const struct ld_outbox_lane *lane,
		   const struct ld_outbox_now *now, enum ld_prio prio, unsigned *ret)
{
	unsigned used, all = lane->limits.parts_per_day;
	unsigned mine = out_unasked(prio) ? all - all * lane->limits.reply_percent / 100 : all;
	int rc = all ? ld_store_quota_get(st, lane->channel, out_local_day(now), &used) : 0;

	if (rc < 0)
		return rc;
	*ret = all == 0 ? UINT16_MAX : used < mine ? mine - used : 0;
	return 0;
}

__attribute__((format(printf, 3, 4)))
static int wait(struct ld_out_answer *ret, int64_t until_ms, const char *fmt, ...)
{
	va_list ap;

	ret->never = false;
	ret->until_ms = until_ms;
	va_start(ap, fmt);
	vsnprintf(ret->why, sizeof(ret->why), fmt, ap);
	va_end(ap);
	return 1;
}

static int never(struct ld_out_answer *ret, const char *why)
{
	ret->never = true;
	ret->until_ms = 0;
	snprintf(ret->why, sizeof(ret->why), "%s", why);
	return 1;
}

/* ---- of one message ---- */

static int late(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	if (q->row->expires_ms == 0 || q->now->ms < q->row->expires_ms)
		return 0;
	return never(ret, "too late: nobody could carry it in time");
}

/* She may have opted out elsewhere since it was queued. What she asked for is answered: the
 * confirmation of the opt-out itself, for one. */
static int opted_out(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	int rc = out_unasked(q->row->prio) ? ld_store_opted_out(q->st, &q->row->p) : 0;

	return rc <= 0 ? rc : never(ret, "opted out");
}

/* The ward may have moved her to another board, or here from one that may not have stopped yet. */
static int elsewhere(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	int64_t began = 0;
	int rc = out_unasked(q->row->prio) ? ld_store_home_of(q->st, &q->row->p, &began) : 1;

	if (rc == 0)
		return never(ret, "another board is her home now");
	if (rc < 0 || began <= q->now->ms)
		return rc < 0 ? rc : 0;
	return wait(ret, began, "the board that was her home may not have stopped yet");
}

/* Not into the middle of something: what she did after it was queued puts it off. */
static int active(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	int64_t at;
	int rc;

	if (!out_unasked(q->row->prio))
		return 0;
	rc = ld_store_session_changed(q->st, &q->row->p, &at);
	if (rc < 0)
		return rc;
	if (at <= q->row->created_ms || q->now->ms >= at + LD_OUT_ACTIVE_MS)
		return 0;
	return wait(ret, at + LD_OUT_ACTIVE_MS, "she has just written; nothing unasked leaves "
		    "within ten minutes of that");
}

static int cap(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	const struct ld_outbox_now *now = q->now;
	struct ld_route r;
	int rc = out_unasked(q->row->prio) ? ld_store_route_get(q->st, &q->row->p, &r) : LD_E_UNKNOWN;

	if (rc < 0 || r.day != out_local_day(now))
		return rc == LD_E_UNKNOWN || rc == 0 ? 0 : rc;
	if (now->messages_per_person && r.messages >= now->messages_per_person)
		return wait(ret, out_next_day_ms(now), "she has had %u messages today that she did "
			    "not ask for", r.messages);
	/* One that is longer than a whole day's share goes alone. */
	if (now->parts_per_person && r.parts && r.parts + q->row->parts > now->parts_per_person)
		return wait(ret, out_next_day_ms(now), "she has had %u parts today that she did not "
			    "ask for", r.parts);
	return 0;
}

static int due(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	const struct ld_out_row *r = q->row;

	if (r->due_ms <= q->now->ms)
		return 0;
	if (r->why[0])
		return wait(ret, r->due_ms, "%s; tried %u times", r->why, (unsigned)r->tries);
	return wait(ret, r->due_ms, "it is not due yet");
}

/* ---- of everything unasked ---- */

static int untrusted(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	if (!out_unasked(q->row->prio) || q->now->trusted)
		return 0;
	return wait(ret, 0, "the clock is not trusted, so nothing unasked goes out: it might be night");
}

static int restored(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	if (!out_unasked(q->row->prio) || !q->now->restored)
		return 0;
	return wait(ret, 0, "restored from a backup: it waits until the ward or a board was met, "
		    "since somebody may have opted out meanwhile");
}

static int paused(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	if (!out_unasked(q->row->prio) || !q->now->paused)
		return 0;
	return wait(ret, 0, "the ward has paused everything unasked: laido reminders resume");
}

static int ended(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	if (!out_unasked(q->row->prio) || !q->now->ended)
		return 0;
	return wait(ret, 0, q->now->heard_ms ?
		    "no heartbeat of the ward for 14 days: another board may be her home by now" :
		    "no heartbeat of the ward has come yet");
}

static int quiet(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	int64_t until = out_unasked(q->row->prio) && q->now->quiet_until ?
		q->now->quiet_until(q->now->quiet_arg, q->now->ms) : 0;

	return until ? wait(ret, until, "nothing unasked goes out at night") : 0;
}

/* ---- of the channel ---- */

static int no_channel(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	if (!q->lane && !q->row->channel[0])
		return wait(ret, 0, "no channel can send to this number now");
	if (!q->lane)
		return wait(ret, 0, "%s is no channel of this board any more", q->row->channel);
	if (!q->lane->up)
		return wait(ret, 0, "%s cannot send%s%s", q->lane->channel,
			    q->lane->why[0] ? ": " : "", q->lane->why);
	return 0;
}

static int quota(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	const struct ld_outbox_lane *l = q->lane;
	unsigned mine, all;
	int rc;

	if (!l || l->limits.parts_per_day == 0)
		return 0;
	rc = out_parts_left(q->st, l, q->now, q->row->prio, &mine);
	if (rc == 0)
		rc = out_parts_left(q->st, l, q->now, LD_PRIO_REPLY, &all);
	if (rc < 0 || (unsigned)q->row->parts - q->row->gone <= mine)
		return rc;
	return wait(ret, out_next_day_ms(q->now), "today's %u parts of %s are used up%s",
		    l->limits.parts_per_day, l->channel,
		    q->row->parts <= all ? " but for the share of replies" : "");
}

static int spacing(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	if (!q->lane || q->before || q->lane->wait_ms <= 0)
		return 0;
	return wait(ret, q->now->ms + q->lane->wait_ms, "%s sends at its pace", q->lane->channel);
}

static int window(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	if (!q->lane || q->before || !q->lane->full)
		return 0;
	return wait(ret, q->now->ms + 1000, "%s is sending another message", q->lane->channel);
}

static int turn(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	int n = ld_store_out_ahead(q->st, q->row, q->now->ms);

	if (n < 0)
		return n;
	if (n == 0)
		return wait(ret, q->now->ms, "it is next");
	return wait(ret, q->now->ms, "%d%s more urgent or older ones go first", n,
		    n == 1000 ? " or more" : "");
}

const struct ld_out_rule ld_out_rules[] = {
	{ "late",       LD_OUT_ROW,   late },
	{ "opted-out",  LD_OUT_ROW,   opted_out },
	{ "home",       LD_OUT_ROW,   elsewhere },
	{ "clock",      LD_OUT_CLASS, untrusted },
	{ "restored",   LD_OUT_CLASS, restored },
	{ "paused",     LD_OUT_CLASS, paused },
	{ "term",       LD_OUT_CLASS, ended },
	{ "quiet",      LD_OUT_CLASS, quiet },
	{ "active",     LD_OUT_ROW,   active },
	{ "cap",        LD_OUT_ROW,   cap },
	{ "due",        LD_OUT_ROW,   due },
	{ "channel",    LD_OUT_LANE,  no_channel },
	{ "quota",      LD_OUT_LANE,  quota },
	{ "spacing",    LD_OUT_LANE,  spacing },
	{ "window",     LD_OUT_LANE,  window },
	{ "turn",       LD_OUT_TURN,  turn },
	{ NULL, LD_OUT_TURN, NULL },
};

int ld_outbox_ask(const struct ld_out_question *q, enum ld_out_scope scope,
		  struct ld_out_answer *ret)
{
	int rc = 0;

	for (const struct ld_out_rule *r = ld_out_rules; r->name && rc == 0; r++)
		if (r->scope == scope)
			rc = r->check(q, ret);
	return rc;
}

/* ---- why ---- */

/* The lane it would leave by: its own, else the best of those it may take. */
static const struct ld_outbox_lane *lane_of(const struct ld_outbox_lane *lanes, unsigned n,
					    const struct ld_out_row *row)
{
	const struct ld_outbox_lane *best = NULL;

	for (unsigned i = 0; i < n; i++) {
		const struct ld_outbox_lane *l = &lanes[i];

		if (row->channel[0] ? strcmp(l->channel, row->channel) != 0 : !l->shared)
			continue;
		if (!best || l->up > best->up || (l->up == best->up && l->wait_ms < best->wait_ms))
			best = l;
	}
	return best;
}

/* All that holds it at one moment: the answer that holds longest, 0 being for ever. */
static int longest(const struct ld_out_question *q, struct ld_out_answer *ret)
{
	struct ld_out_answer a = { .why = "" };
	int rc, held = 0;

	for (const struct ld_out_rule *r = ld_out_rules; r->name; r++) {
		if (r->scope == LD_OUT_TURN && (held || q->before))
			continue;
		rc = r->check(q, &a);
		if (rc < 0)
			return rc;
		if (rc == 0 || (held && !a.never && (ret->never || ret->until_ms == 0 ||
						     (a.until_ms && a.until_ms <= ret->until_ms))))
			continue;
		held = 1;
		*ret = a;
		if (a.never)
			return 1;
	}
	return held;
}

static int explain_queued(struct ld_out_question *q, struct ld_out_answer *ret)
{
	struct ld_outbox_now then = *q->now;
	struct ld_out_answer later = { .why = "" };
	int rc = longest(q, ret);

	/* What lets it go at that time may be followed by something else: night after a full day. */
	q->now = &then;
	q->before = true;
	later.until_ms = ret->until_ms;
	for (unsigned i = 0; i < 16 && rc > 0 && !later.never && later.until_ms > then.ms; i++) {
		then.ms = later.until_ms;
		rc = longest(q, &later);
	}
	if (!ret->never)
		ret->until_ms = later.never ? 0 : rc > 0 ? later.until_ms : then.ms;
	return rc < 0 ? rc : 0;
}

int ld_outbox_explain(struct ld_store *st, const struct ld_outbox_now *now,
		      const struct ld_outbox_lane *lanes, unsigned n_lanes,
		      const struct ld_out_row *row, struct ld_out_answer *ret)
{
	struct ld_out_question q = { .st = st, .now = now, .row = row,
				     .lane = lane_of(lanes, n_lanes, row) };

	memset(ret, 0, sizeof(*ret));
	if (row->state == LD_OUT_QUEUED)
		return explain_queued(&q, ret);
	if (row->why[0])
		snprintf(ret->why, sizeof(ret->why), "%s", row->why);
	else if (row->state == LD_OUT_INTENT)
		snprintf(ret->why, sizeof(ret->why), "%s has it and has not said what became of it",
			 row->channel);
	return 0;
}
