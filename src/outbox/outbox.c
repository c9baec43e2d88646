/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules.h"

#include <string.h>

/* ---- spacing ---- */

static int64_t capacity_ms(const struct ld_bucket *b)
{
	return (int64_t)b->spacing_ms * b->burst;
}

bool ld_bucket_take(struct ld_bucket *b, unsigned n, int64_t now_ms)
{
	int64_t from = b->full_ms > now_ms ? b->full_ms : now_ms;
	int64_t full = from + (int64_t)b->spacing_ms * n;

	if (b->spacing_ms == 0)
		return true;
	/* A message of more parts than the burst goes when the bucket is full. */
	if (full - now_ms > capacity_ms(b) && from > now_ms)
		return false;
	b->full_ms = full;
	return true;
}

void ld_bucket_give_back(struct ld_bucket *b, unsigned n)
{
	b->full_ms -= (int64_t)b->spacing_ms * n;
}

void ld_bucket_charge(struct ld_bucket *b, unsigned n)
{
	b->full_ms += (int64_t)b->spacing_ms * n;
}

int64_t ld_bucket_wait_ms(const struct ld_bucket *b, int64_t now_ms)
{
	int64_t wait = b->full_ms + b->spacing_ms - capacity_ms(b) - now_ms;

	return b->spacing_ms == 0 || wait < 0 ? 0 : wait;
}

/* ---- what goes in ---- */

/* After so long it helps nobody any more. */
static const int64_t life_ms[LD_N_PRIOS] = {
	[LD_PRIO_REPLY] = OUT_DAY_MS,
	[LD_PRIO_HELP] = 2 * OUT_DAY_MS,
	[LD_PRIO_LESSON] = OUT_DAY_MS,
	[LD_PRIO_REMINDER] = 3 * OUT_DAY_MS,
	[LD_PRIO_BROADCAST] = 14 * OUT_DAY_MS,
};

int ld_outbox_add(struct ld_store *st, struct ld_out_row *row, int64_t *ret_id)
{
	row->expires_ms = row->due_ms + life_ms[row->prio];
	return ld_store_out_add(st, row, ret_id);
}

/* ---- what goes out ---- */

int ld_outbox_admit(struct ld_store *st, const struct ld_outbox_lane *lane,
		    const struct ld_outbox_now *now, enum ld_prio prio, unsigned parts)
{
	unsigned left;
	int rc = out_parts_left(st, lane, now, prio, &left);

	if (rc < 0)
		return rc;
	if (parts > left)
		return 0;
	rc = ld_store_quota_add(st, lane->channel, out_local_day(now), (int)parts);
	return rc < 0 ? rc : 1;
}

/* Whose number she knows now, and what she has had today without asking. */
static int note_route(struct ld_store *st, const struct ld_outbox_lane *lane,
		      const struct ld_outbox_now *now, const struct ld_out_row *row, bool drawn)
{
	struct ld_route r;
	int64_t day = out_local_day(now);
	int rc;

	if (!drawn && !out_unasked(row->prio))
		return 0;
	rc = ld_store_route_get(st, &row->p, &r);
	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	if (rc == LD_E_UNKNOWN) {
		memset(&r, 0, sizeof(r));
		memcpy(r.channel, lane->channel, sizeof(r.channel));
	}
	if (r.day != day)
		r.messages = r.parts = 0;
	r.day = day;
	if (out_unasked(row->prio) && row->gone == 0) {
		r.messages++;
		r.parts += row->parts;
	}
	return ld_store_route_set(st, &row->p, &r);
}

/* It did not go out after all. */
static int forget_route(struct ld_store *st, const struct ld_outbox_now *then,
			const struct ld_out_row *row)
{
	struct ld_route r;
	int rc = out_unasked(row->prio) ? ld_store_route_get(st, &row->p, &r) : LD_E_UNKNOWN;

	if (rc < 0 || r.day != out_local_day(then) || r.messages == 0)
		return rc == LD_E_UNKNOWN || rc == 0 ? 0 : rc;
	r.messages--;
	r.parts -= r.parts < row->parts ? r.parts : row->parts;
	return ld_store_route_set(st, &row->p, &r);
}

/* A message that any channel may carry, to somebody who knows another of our numbers by now: it is
 * that channel's. 1 it was handed on, 0, negative. */
static int hand_on(struct ld_store *st, const struct ld_outbox_lane *lane,
		   const struct ld_out_row *row)
{
	struct ld_route r;
	int rc = ld_store_route_get(st, &row->p, &r);

	if (rc < 0 || strcmp(r.channel, lane->channel) == 0)
		return rc == LD_E_UNKNOWN || rc == 0 ? 0 : rc;
	rc = ld_store_out_defer(st, row->id, r.channel, LD_CHOSEN_KNOWN, row->due_ms);
	return rc < 0 ? rc : 1;
}

/* In one pick, so that no menu waits: the rest at the next look. */
enum { PUT_OFF_MAX = 256 };

/* The first of this urgency that may go; what may not is put off or cancelled on the way. */
static int first_of(struct ld_store *st, const struct ld_outbox_lane *lane,
		    const struct ld_outbox_now *now, const char *list, enum ld_prio prio,
		    struct ld_out_row *ret)
{
	struct ld_out_question q = { .st = st, .now = now, .lane = lane, .row = ret };
	struct ld_out_answer a;
	int rc;

	for (unsigned i = 0; i < PUT_OFF_MAX; i++) {
		rc = ld_store_out_first(st, list, prio, now->ms, ret);
		if (rc == 0 && !list[0])
			rc = hand_on(st, lane, ret);
		if (rc == 1)
			continue;
		if (rc == 0)
			rc = ld_outbox_ask(&q, LD_OUT_ROW, &a);
		if (rc <= 0)
			return rc;
		rc = a.never ? ld_store_out_set(st, ret->id, LD_OUT_CANCELLED, NULL, a.why, 0, now->ms)
			     : ld_store_out_defer(st, ret->id, NULL, LD_CHOSEN_UNKNOWN, a.until_ms);
		if (rc < 0)
			return rc;
	}
	return LD_E_UNKNOWN;
}

static int take(struct ld_store *st, const struct ld_outbox_lane *lane,
		const struct ld_outbox_now *now, bool drawn, struct ld_out_row *row)
{
	int rc = note_route(st, lane, now, row, drawn);

	if (rc == 0)
		rc = ld_store_quota_add(st, lane->channel, out_local_day(now),
					(int)row->parts - (int)row->gone);
	if (rc < 0)
		return rc;
	row->state = LD_OUT_INTENT;
	return ld_store_out_set(st, row->id, LD_OUT_INTENT, lane->channel, "", row->due_ms, now->ms);
}

int ld_outbox_pick(struct ld_store *st, const struct ld_outbox_lane *lane,
		   const struct ld_outbox_now *now, struct ld_out_row *ret)
{
	const char *const lists[] = { lane->channel, "" };
	struct ld_out_row unasked = { .prio = LD_PRIO_LESSON };
	struct ld_out_question q = { .st = st, .now = now, .lane = lane, .row = &unasked };
	struct ld_out_answer a;
	unsigned left;
	int rc, held = ld_outbox_ask(&q, LD_OUT_CLASS, &a);

	if (held < 0)
		return held;
	for (int prio = 0; prio < LD_N_PRIOS && !(held && out_unasked((enum ld_prio)prio)); prio++) {
		rc = out_parts_left(st, lane, now, (enum ld_prio)prio, &left);
		for (int l = 0; l < (lane->shared ? 2 : 1) && rc == 0 && left > 0; l++) {
			rc = first_of(st, lane, now, lists[l], (enum ld_prio)prio, ret);
			if (rc == 0 && (unsigned)ret->parts - ret->gone <= left)
				return take(st, lane, now, l > 0, ret);
			/* The first does not fit into what is left of the day: none jumps the queue. */
			rc = rc == LD_E_UNKNOWN ? 0 : rc;
		}
		if (rc < 0)
			return rc;
	}
	return LD_E_UNKNOWN;
}

/* ---- results ---- */

static int64_t backoff_ms(unsigned tries, int64_t jitter_ms)
{
	int64_t ms = 15000;

	for (unsigned i = 1; i < tries && i < 8; i++)
		ms *= 2;
	return ms + jitter_ms;
}

/* What follows from a result, by the state the row is in: a report may overtake the response, a
 * late response must not undo a report, and only an intent can be tried again. */
static enum ld_out_state next_state(const struct ld_out_row *r, enum ld_sent_what what)
{
	bool open = r->state == LD_OUT_INTENT || r->state == LD_OUT_UNKNOWN;

	switch (what) {
	case LD_SENT_OK: return LD_OUT_SENT;            /* only from open: ld_store_out_sent() */
	case LD_SENT_FAILED: return open ? LD_OUT_FAILED : r->state;
	case LD_SENT_UNKNOWN: return open ? LD_OUT_UNKNOWN : r->state;
	case LD_SENT_DELIVERED: return LD_OUT_DELIVERED;
	case LD_SENT_UNDELIVERED: return r->state == LD_OUT_DELIVERED ? r->state : LD_OUT_FAILED;
	case LD_SENT_RETRY:
		if (!open)
			return r->state;
		return r->tries >= LD_OUT_TRIES_MAX ? LD_OUT_FAILED : LD_OUT_QUEUED;
	case LD_SENT_BARRED:    /* not its fault: it waits for its SIM until it expires */
		return open ? LD_OUT_QUEUED : r->state;
	}
	return r->state;
}

/* Parts that were counted and did not go out are not counted any more, on the day they were. */
static int give_back(struct ld_store *st, const struct ld_outbox_now *now,
		     const struct ld_out_row *r, const struct ld_sent *s)
{
	struct ld_outbox_now then = *now;
	unsigned gone = s->parts > r->gone ? s->parts : r->gone;
	int rc = 0;

	then.ms = r->changed_ms;
	gone = gone < r->parts ? gone : r->parts;
	if (gone < r->parts)
		rc = ld_store_quota_add(st, r->channel, out_local_day(&then), (int)gone - (int)r->parts);
	if (rc == 0 && gone != r->gone)
		rc = ld_store_out_gone(st, r->id, gone);
	return rc == 0 && gone == 0 ? forget_route(st, &then, r) : rc;
}

int ld_outbox_result(struct ld_store *st, const struct ld_sent *s, int64_t jitter_ms,
		     const struct ld_outbox_now *now)
{
	bool not_out = s->what == LD_SENT_RETRY || s->what == LD_SENT_BARRED ||
		       s->what == LD_SENT_FAILED;
	struct ld_out_row r;
	enum ld_out_state next;
	int64_t due;
	int rc;

	/* Nearly always. */
	if (s->what == LD_SENT_OK)
		return ld_store_out_sent(st, s->id, s->why, now->ms);
	rc = ld_store_out_get(st, s->id, &r);
	if (rc < 0)
		return rc == LD_E_UNKNOWN ? 0 : rc;     /* purged meanwhile */
	next = next_state(&r, s->what);
	if (next == r.state)
		return 0;
	if (not_out)
		rc = give_back(st, now, &r, s);
	if (rc < 0)
		return rc;
	due = next == LD_OUT_QUEUED ? now->ms + backoff_ms(r.tries, jitter_ms) : r.due_ms;
	return ld_store_out_set(st, s->id, next, NULL, s->why, due, now->ms);
}

int ld_outbox_cancel(struct ld_store *st, int64_t id, int64_t now_ms)
{
	struct ld_out_row r;
	int rc = ld_store_out_get(st, id, &r);

	if (rc < 0)
		return rc;
	if (r.state != LD_OUT_QUEUED && r.state != LD_OUT_HELD)
		return LD_E_DENIED;
	return ld_store_out_set(st, id, LD_OUT_CANCELLED, NULL, "cancelled by an operator", r.due_ms,
				now_ms);
}

struct old {
	int64_t before_ms;
	unsigned n;
	int64_t id[64];
};

static int note_old(void *arg, const struct ld_out_row *r)
{
	struct old *o = arg;

	if (r->changed_ms <= o->before_ms && o->n < LD_ARRAY_SIZE(o->id))
		o->id[o->n++] = r->id;
	return 0;
}

int ld_outbox_give_up(struct ld_store *st, int64_t older_than_ms, int64_t now_ms)
{
	struct old o = { .before_ms = now_ms - older_than_ms };
	int rc = ld_store_out_intents(st, note_old, &o);

	for (unsigned i = 0; i < o.n && rc >= 0; i++)
		rc = ld_store_out_set(st, o.id[i], LD_OUT_UNKNOWN, NULL, "no result came; it may "
				      "have gone out, so it is not sent again", 0, now_ms);
	return rc < 0 ? rc : (int)o.n;
}

static const char *const states[LD_N_OUT_STATES] = {
	[LD_OUT_QUEUED] = "queued", [LD_OUT_INTENT] = "intent", [LD_OUT_SENT] = "sent",
	[LD_OUT_DELIVERED] = "delivered", [LD_OUT_FAILED] = "failed",
	[LD_OUT_UNKNOWN] = "unknown", [LD_OUT_CANCELLED] = "cancelled", [LD_OUT_HELD] = "held",
};

static const char *const prios[LD_N_PRIOS] = { "reply", "help", "lesson", "reminder", "broadcast" };

static int index_of(const char *word, const char *const *words, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

static const char *const chosen[LD_N_CHOSEN] = {
	[LD_CHOSEN_HANDSET] = "the number is a simulated handset's",
	[LD_CHOSEN_HEARD] = "she wrote to it",
	[LD_CHOSEN_KNOWN] = "she knows its number",
	[LD_CHOSEN_HEIR] = "the one whose number she knew is gone for long",
	[LD_CHOSEN_CHEAPEST] = "the cheapest one to her operator",
	[LD_CHOSEN_FREE] = "whichever is free first",
	[LD_CHOSEN_STANDIN] = "the one whose number she knows cannot send",
};

const char *ld_out_chosen_text(uint8_t c)
{
	return c < LD_N_CHOSEN && chosen[c] ? chosen[c] : "";
}

const char *ld_out_state_name(enum ld_out_state s)
{
	return (unsigned)s < LD_N_OUT_STATES ? states[s] : "?";
}

int ld_out_state_of(const char *name)
{
	return index_of(name, states, LD_N_OUT_STATES);
}

const char *ld_prio_name(enum ld_prio p)
{
	return (unsigned)p < LD_N_PRIOS ? prios[p] : "?";
}

int ld_prio_of(const char *name)
{
	return index_of(name, prios, LD_N_PRIOS);
}
