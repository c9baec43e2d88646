/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/outbox/outbox.h"

#include <stdio.h>
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

/* ---- rows ---- */

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static int64_t local_day(const struct ld_outbox_limits *l, int64_t now_ms)
{
	return (now_ms + (int64_t)l->utc_offset_min * 60000) / DAY_MS;
}

/* Parts left today for replies and help, and for everything else. */
static int parts_left(struct ld_store *st, const char *channel, const struct ld_outbox_limits *l,
		      int64_t now_ms, unsigned *ret_reply, unsigned *ret_other)
{
	unsigned used, all = l->parts_per_day;
	unsigned other = all - all * l->reply_percent / 100;
	int rc = all ? ld_store_quota_get(st, channel, local_day(l, now_ms), &used) : 0;

	if (rc < 0)
		return rc;
	*ret_reply = all == 0 ? UINT8_MAX : used < all ? all - used : 0;
	*ret_other = l->quiet ? 0 : all == 0 ? UINT8_MAX : used < other ? other - used : 0;
	return 0;
}

int ld_outbox_admit(struct ld_store *st, const char *channel, const struct ld_outbox_limits *l,
		    enum ld_prio prio, unsigned parts, int64_t now_ms)
{
	unsigned reply, other;
	int rc = parts_left(st, channel, l, now_ms, &reply, &other);

	if (rc < 0)
		return rc;
	if (parts > (prio <= LD_PRIO_HELP ? reply : other))
		return 0;
	if (l->parts_per_day)
		rc = ld_store_quota_add(st, channel, local_day(l, now_ms), parts);
	return rc < 0 ? rc : 1;
}

int ld_outbox_explain(struct ld_store *st, const struct ld_out_row *r,
		      const struct ld_outbox_limits *l, int64_t now_ms, char *ret, size_t size)
{
	unsigned reply, other;
	int rc = parts_left(st, r->channel, l, now_ms, &reply, &other);

	ret[0] = '\0';
	if (rc < 0 || r->state != LD_OUT_QUEUED)
		return rc;
	if (r->why[0])
		snprintf(ret, size, "%s; tried %u times", r->why, (unsigned)r->tries);
	else if (l->quiet && r->prio > LD_PRIO_HELP)
		snprintf(ret, size, "nothing unasked goes out at night; it waits for the morning");
	else if (r->parts > (r->prio <= LD_PRIO_HELP ? reply : other))
		snprintf(ret, size, "today's %u parts of %s are used up%s; it goes after midnight",
			 l->parts_per_day, r->channel,
			 r->parts <= reply ? " but for the share of replies" : "");
	return 0;
}

int ld_outbox_pick(struct ld_store *st, const char *channel, const struct ld_outbox_limits *l,
		   int64_t now_ms, struct ld_out_row *ret)
{
	unsigned reply, other;
	int rc = parts_left(st, channel, l, now_ms, &reply, &other);

	if (rc == 0)
		rc = ld_store_out_next(st, channel, now_ms, reply, other, ret);
	if (rc == 0 && l->parts_per_day)
		rc = ld_store_quota_add(st, channel, local_day(l, now_ms), ret->parts);
	if (rc < 0)
		return rc;
	ret->state = LD_OUT_INTENT;
	return ld_store_out_set(st, ret->id, LD_OUT_INTENT, channel, "", ret->due_ms, now_ms);
}

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
	case LD_SENT_OK: return open ? LD_OUT_SENT : r->state;
	case LD_SENT_FAILED: return open ? LD_OUT_FAILED : r->state;
	case LD_SENT_UNKNOWN: return open ? LD_OUT_UNKNOWN : r->state;
	case LD_SENT_DELIVERED: return LD_OUT_DELIVERED;
	case LD_SENT_UNDELIVERED: return r->state == LD_OUT_DELIVERED ? r->state : LD_OUT_FAILED;
	case LD_SENT_RETRY:
		if (!open)
			return r->state;
		return r->tries >= LD_OUT_TRIES_MAX ? LD_OUT_FAILED : LD_OUT_QUEUED;
	}
	return r->state;
}

int ld_outbox_result(struct ld_store *st, const struct ld_sent *s, int64_t jitter_ms,
		     int64_t now_ms)
{
	struct ld_out_row r;
	enum ld_out_state next;
	int64_t due;
	int rc = ld_store_out_get(st, s->id, &r);

	if (rc < 0)
		return rc == LD_E_UNKNOWN ? 0 : rc;     /* purged meanwhile */
	next = next_state(&r, s->what);
	if (next == r.state)
		return 0;
	due = next == LD_OUT_QUEUED ? now_ms + backoff_ms(r.tries, jitter_ms) : r.due_ms;
	return ld_store_out_set(st, s->id, next, NULL, s->why, due, now_ms);
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

const char *ld_out_state_name(enum ld_out_state s)
{
	static const char *const names[] = {
		[LD_OUT_QUEUED] = "queued", [LD_OUT_INTENT] = "intent", [LD_OUT_SENT] = "sent",
		[LD_OUT_DELIVERED] = "delivered", [LD_OUT_FAILED] = "failed",
		[LD_OUT_UNKNOWN] = "unknown", [LD_OUT_CANCELLED] = "cancelled",
	};

	return (size_t)s < LD_ARRAY_SIZE(names) ? names[s] : "?";
}
