/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/gateway/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"

struct ld_gateway *gateway_of(const struct ld_channel *ch)
{
	/* host is the first member */
	return (struct ld_gateway *)(uintptr_t)ch->host;
}

struct slot *gateway_slot(struct ld_gateway *gw, const struct ld_channel *ch)
{
	for (unsigned i = 0; i < gw->n_slots; i++)
		if (gw->slot[i].ch == ch)
			return &gw->slot[i];
	ld_assert(!"a channel that was not added");
	return NULL;
}

/* ---- one step ---- */

/* Large, and the dialogue engine clears what it fills. */
static struct step *step_new(struct ld_gateway *gw)
{
	struct step *s = gw->spare;

	if (s) {
		gw->spare = s->next;
		gw->n_spare--;
	} else if (!(s = malloc(sizeof(*s)))) {
		return NULL;
	}
	memset(s, 0, offsetof(struct step, out_come));
	s->gw = gw;
	return s;
}

static void step_free(struct step *s)
{
	struct ld_gateway *gw = s->gw;

	if (gw->n_spare == SPARE_MAX) {
		free(s);
		return;
	}
	s->next = gw->spare;
	gw->spare = s;
	gw->n_spare++;
}

static void release(struct step *s)
{
	for (unsigned i = 0; i < s->n_rows; i++) {
		struct ld_send send = { .id = s->row_id[i], .prio = s->out_come.sends[i].prio,
					.alphabet = s->out_come.sends[i].alphabet,
					.parts = s->row_parts[i] };

		if (!s->row_now[i]) {
			if (s->out)
				s->out->backlog = true;
			continue;
		}
		s->reserved = false;
		ld_bucket_charge(&s->out->bucket, s->row_parts[i] - 1u);
		snprintf(send.to, sizeof(send.to), "+%s", s->msisdn.digits);
		memcpy(send.text, s->out_come.sends[i].text, sizeof(send.text));
		dispatch_send(s->gw, s->out, &send);
	}
}

static void step_note(struct step *s)
{
	char masked[8], line[256];

	if (s->verdict == STEP_DONE && !s->out_come.note[0])
		return;
	ld_e164_mask(&s->msisdn, masked);
	snprintf(line, sizeof(line), "%s %s: %s", s->from->ch->name, masked,
		 s->verdict == STEP_DUPLICATE ? "delivered twice by the network, answered once" :
		 s->verdict == STEP_IGNORED ? "not a mobile number of ours, not answered" :
		 s->verdict == STEP_LOOP ? "too many messages this hour, not answered: a robot?" :
		 s->out_come.note);
	s->gw->cfg.note(s->gw->cfg.note_arg, line);
}

static void step_ok(struct step *s)
{
	const struct ld_channel_ops *ops = s->from->ch->ops;
	struct ld_gateway_stats *stats = &s->gw->stats;

	stats->steps++;
	stats->duplicates += s->verdict == STEP_DUPLICATE;
	stats->ignored += s->verdict == STEP_IGNORED;
	stats->looped += s->verdict == STEP_LOOP;
	if (s->verdict == STEP_DONE && s->out_come.has_reply && s->in.session)
		ops->reply(s->from->ch, s->in.session, &s->out_come.reply);
	release(s);
	if (s->woke)
		dispatch_wake(s->gw);
	step_note(s);
	if (ops->committed && s->in.ref)
		ops->committed(s->from->ch, s->in.ref);
}

static const char busy_text[] = "He thong dang ban, chua ghi duoc. Xin goi lai sau it phut.";

static void tell_busy(struct slot *from, uint64_t session)
{
	struct ld_reply r = { .end = true, .alphabet = LD_GSM7 };

	memcpy(r.text, busy_text, sizeof(busy_text));
	from->ch->ops->reply(from->ch, session, &r);
}

/* Nothing was stored. A live session is told so; anything else is tried again until it works. */
static bool step_failed(struct step *s, int rc)
{
	char line[160];

	s->gw->stats.failed++;
	s->failures++;
	/* At 1, 2, 4, 8 … tries: a disk may stay full all night. */
	if ((s->failures & (s->failures - 1)) == 0) {
		snprintf(line, sizeof(line), "%s: a step could not be stored: %s (try %u)",
			 s->from->ch->name, ld_strerror(rc), s->failures);
		s->gw->cfg.note(s->gw->cfg.note_arg, line);
	}
	if (s->in.budget.live) {
		if (s->in.what != LD_IN_ENDED)
			tell_busy(s->from, s->in.session);
		/* Nothing is kept of it anywhere: the channel has heard all there is to come. */
		if (s->from->ch->ops->committed && s->in.ref)
			s->from->ch->ops->committed(s->from->ch, s->in.ref);
		return false;
	}
	if (s->gw->n_retry == RETRY_MAX)
		return false;
	s->gw->retry[s->gw->n_retry++] = s;
	return true;
}

static void step_done(struct ld_job *job, int rc)
{
	struct step *s = (struct step *)job;
	struct slot *out = s->out;
	bool keep = false;

	if (rc == 0)
		step_ok(s);
	else
		keep = step_failed(s, rc);
	if (out && s->reserved)
		dispatch_unreserve(out, 1);
	s->reserved = false;
	if (out)
		dispatch_kick(s->gw, out);
	if (!keep)
		step_free(s);
}

static int inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	struct ld_gateway *gw = gateway_of(ch);
	struct step *s = step_new(gw);
	int rc;

	if (!s)
		return LD_E_BUSY;
	s->job = (struct ld_job){ .run = step_run, .done = step_done };
	s->from = gateway_slot(gw, ch);
	s->in = *in;
	s->addr = in->from[0] ? ld_e164_parse(in->from, &s->msisdn) : LD_ADDR_INVALID;
	s->simulated = s->addr == LD_ADDR_MOBILE &&
		       gw->cfg.is_simulated(gw->cfg.simulated_arg, &s->msisdn);
	if (s->simulated && strcmp(ch->ops->kind, "phone") != 0)
		s->addr = LD_ADDR_INVALID;      /* nobody real has such a number */
	/* By the channel she wrote to when that can send, else at once by another. */
	s->out = route_any(gw, s->simulated, s->from);
	dispatch_reserve(s);
	rc = gateway_submit(gw, LD_LANE_LIVE, &s->job);
	if (rc < 0) {
		if (s->reserved)
			dispatch_unreserve(s->out, 1);
		s->from->status.refused++;
		step_free(s);
		return rc;
	}
	s->from->status.received++;
	if (s->out && !s->reserved && !in->budget.live)
		dispatch_expect(gw, s->out);
	return 0;
}

static void state(struct ld_channel *ch, enum ld_channel_state st, const char *why)
{
	struct ld_gateway *gw = gateway_of(ch);
	struct slot *slot = gateway_slot(gw, ch);
	static const char *const names[] = { "down", "up", "receives, cannot send" };
	char line[224];

	snprintf(slot->status.why, sizeof(slot->status.why), "%s", why ? why : "");
	if (slot->status.state != st) {
		snprintf(line, sizeof(line), "channel %s is %s%s%s", ch->name, names[st],
			 slot->status.why[0] ? ": " : "", slot->status.why);
		gw->cfg.note(gw->cfg.note_arg, line);
	}
	slot->status.state = st;
	route_judge(slot);
	slot->backlog = true;
	dispatch_kick(gw, slot);
}

/* ---- life ---- */

int ld_gateway_new(struct ld_gateway **ret, const struct ld_gateway_cfg *cfg)
{
	struct ld_gateway *gw = calloc(1, sizeof(*gw));

	if (!gw)
		return LD_E_NOMEM;
	gw->host = (struct ld_channel_host){ inbound, dispatch_sent, state };
	gw->cfg = *cfg;
	gw->content = cfg->content;
	gw->schedule = (struct ld_schedule_cfg){ cfg->utc_offset_min, cfg->quiet_from_min,
						 cfg->quiet_to_min };
	if (gw->cfg.unasked_per_day == 0)
		gw->cfg.unasked_per_day = 3;
	*ret = gw;
	return 0;
}

void ld_gateway_stop(struct ld_gateway *gw)
{
	if (gw)
		gw->cfg.worker = NULL;
}

int gateway_submit(struct ld_gateway *gw, enum ld_lane lane, struct ld_job *job)
{
	return gw->cfg.worker ? ld_worker_submit(gw->cfg.worker, lane, job) : LD_E_BUSY;
}

void ld_gateway_free(struct ld_gateway *gw)
{
	if (!gw)
		return;
	for (unsigned i = 0; i < gw->n_retry; i++)
		free(gw->retry[i]);
	while (gw->spare) {
		struct step *s = gw->spare;

		gw->spare = s->next;
		free(s);
	}
	dispatch_forget(gw);
	ld_content_free(gw->trees.before);
	ld_content_free(gw->content);
	free(gw);
}

const struct ld_channel_host *ld_gateway_host(const struct ld_gateway *gw)
{
	return &gw->host;
}

int ld_gateway_add(struct ld_gateway *gw, struct ld_channel *ch, const struct ld_gateway_lane *lane)
{
	struct slot *s = &gw->slot[gw->n_slots];
	int rc;

	if (gw->n_slots == CHANNELS_MAX || lane->window > WINDOW_MAX)
		return LD_E_TOOBIG;
	memset(s, 0, sizeof(*s));
	s->ch = ch;
	s->lane = *lane;
	s->bucket = (struct ld_bucket){ .spacing_ms = lane->spacing_ms, .burst = lane->burst };
	s->status.name = ch->name;
	s->status.kind = ch->ops->kind;
	s->backlog = true;
	route_judge(s);
	gw->n_slots++;
	rc = ch->ops->start(ch);
	if (rc < 0)
		gw->n_slots--;
	return rc;
}

/* ---- housekeeping ---- */

/* One job each: what one of them cannot do does not keep the others from theirs. */
struct chore_kind {
	const char *name;
	unsigned every_s;
	int (*run)(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms);
};

struct chore {
	struct ld_job job;
	struct ld_gateway *gw;
	const struct chore_kind *kind;
};

static const char *phone_name(const struct ld_gateway *gw)
{
	for (unsigned i = 0; i < gw->n_slots; i++)
		if (strcmp(gw->slot[i].ch->ops->kind, "phone") == 0)
			return gw->slot[i].ch->name;
	return "";
}

static int give_up(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	tree_tidy(gw);
	return ld_outbox_give_up(st, LD_OUT_UNKNOWN_MS, now_ms);
}

static int expire(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	(void)gw;
	return ld_store_out_expire(st, now_ms);
}

static int tell_spent(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	return ld_store_tell_spent(st, (now_ms + gw->cfg.utc_offset_min * INT64_C(60000)) /
				   LD_SCHED_DAY_MS, phone_name(gw));
}

static int purge(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	(void)gw;
	return ld_store_purge(st, now_ms);
}

static int close_same(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	struct ld_board_id home;

	(void)now_ms;
	ld_board_id_of(&home, gw->cfg.board->pk);
	return ld_store_same_close(st, &home);
}

static int farewell(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	(void)now_ms;
	return farewell_run(gw, st);
}

static int tell_data(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	(void)now_ms;
	return mydata_run(gw, st);
}

static int countersign(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	(void)gw;
	(void)now_ms;
	return ld_store_countersign(st);
}

static int heartbeat(struct ld_gateway *gw, struct ld_store *st, int64_t now_ms)
{
	(void)gw;
	(void)now_ms;
	return ld_store_heartbeat(st);
}

static const struct chore_kind chore_kinds[] = {
	{ "messages without a result", 30, give_up },
	{ "messages that are too late", 600, expire },
	{ "what was sent", 600, tell_spent },
	{ "what is kept for a time only", 3600, purge },
	{ "erasures under another number", 30, close_same },
	{ "last texts to erased learners", 30, farewell },
	{ "answers to requests for data", 30, tell_data },
	{ "countersigned completions", 30, countersign },
	{ "heartbeats of the ward", 30, heartbeat },
};

static int chore_run(struct ld_job *job, struct ld_store *st)
{
	struct chore *c = (struct chore *)job;
	int rc = c->kind->run(c->gw, st, ld_clock_utc_ms(c->gw->cfg.clock, NULL));

	return rc < 0 ? rc : 0;
}

static void chore_done(struct ld_job *job, int rc)
{
	struct chore *c = (struct chore *)job;

	char line[128];

	if (rc < 0 && c->gw->cfg.note) {
		snprintf(line, sizeof(line), "%s: %s; tried again later", c->kind->name,
			 ld_strerror(rc));
		c->gw->cfg.note(c->gw->cfg.note_arg, line);
	}
	free(c);
}

static void chores(struct ld_gateway *gw)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(chore_kinds); i++) {
		const struct chore_kind *k = &chore_kinds[i];
		struct chore *c = gw->ticks % k->every_s == 0 ? calloc(1, sizeof(*c)) : NULL;

		if (!c)
			continue;
		*c = (struct chore){ .job = { .run = chore_run, .done = chore_done }, .gw = gw,
				     .kind = k };
		if (gateway_submit(gw, LD_LANE_LONG, &c->job) < 0)
			free(c);
	}
}

static void try_again(struct ld_gateway *gw)
{
	unsigned n = gw->n_retry;
	struct step *again[RETRY_MAX];

	memcpy(again, gw->retry, sizeof(again[0]) * n);
	gw->n_retry = 0;
	for (unsigned i = 0; i < n; i++)
		if (gateway_submit(gw, LD_LANE_LIVE, &again[i]->job) < 0)
			gw->retry[gw->n_retry++] = again[i];
}

void ld_gateway_tick(struct ld_gateway *gw)
{
	gw->ticks++;
	for (unsigned i = 0; i < gw->n_slots; i++) {
		/* Rows become due by the clock alone. */
		gw->slot[i].look |= gw->ticks % 5 == 0;
		dispatch_kick(gw, &gw->slot[i]);
	}
	unasked_tick(gw);
	remind_tick(gw);
	help_tick(gw);
	route_tick(gw);
	queue_tick(gw);
	if (gw->ticks % 5 == 0) {
		try_again(gw);
		dispatch_again(gw);
	}
	chores(gw);
}

unsigned ld_gateway_lanes(const struct ld_gateway *gw, struct ld_outbox_lane ret[LD_GATEWAY_LANES])
{
	unsigned n = 0;

	for (unsigned i = 0; i < gw->n_slots; i++)
		if (gw->slot[i].ch->ops->send && gw->slot[i].lane.window)
			dispatch_lane(&gw->slot[i], &ret[n++]);
	return n;
}

int ld_gateway_now(const struct ld_gateway *gw, struct ld_store *st, struct ld_outbox_now *ret)
{
	return dispatch_now(gw, st, ret);
}

int ld_gateway_channel(const struct ld_gateway *gw, unsigned i,
		       struct ld_gateway_channel_status *ret)
{
	if (i >= gw->n_slots)
		return LD_E_UNKNOWN;
	*ret = gw->slot[i].status;
	return 0;
}

void ld_gateway_stats(const struct ld_gateway *gw, struct ld_gateway_stats *ret)
{
	*ret = gw->stats;
}
