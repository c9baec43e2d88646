/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reminders: those of reminders.conf and the campaigns that the ward approved. The work thread
 * goes through the learners whose home this board is, in slices; that she was reminded, the
 * message, and how far the slice came are one transaction, so that a crash neither loses nor
 * doubles a reminder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"
#include "laido/schedule/campaign.h"

enum { SLICE = 64, TICKS = 5, ITEMS_MAX = 192, MORNING_MIN = 8 * 60, DAYS_LATE = 3, NOTICE_DAYS = 90,
	CAMPAIGN_DAYS = 90, QUEUED_DAYS = 17 };

#define MINUTE_MS INT64_C(60000)

/* One source of messages, looked at in this run. */
struct item {
	char name[LD_NOTICE_NAME];         /* in tables occasion and reminded */
	char message[24];
	const char *values;
	struct ld_people people;
	struct ld_moment moment;
	int64_t start;                  /* local day it was made */
	int64_t made_ms;                /* UTC; of a reminder 0 */
	enum ld_prio prio;
	bool ended, held;
	struct pace *pace;              /* of one with a rate; NULL: as fast as can be */
	int64_t every_ms;
	bool idle;                      /* nothing of it is due in this run */
};

struct remind {
	struct ld_job job;
	struct ld_gateway *gw;
	struct ld_board_id home;
	/* of a run */
	struct ld_store *st;
	struct ld_holidays holidays;
	struct ld_session_env env;
	int64_t now_ms, today;
	unsigned left;                  /* learners it may still look at */
	unsigned n_queued;
	bool ends;                      /* look for cancelled ones too */
	unsigned n_items;
	struct item item[ITEMS_MAX];
	struct ld_campaign campaign[ITEMS_MAX];
	char notice[ITEMS_MAX][LD_NOTICE_NAME];    /* of a group head; "": the ward's campaign */
	bool again[ITEMS_MAX];          /* the day before, for those who asked */
	unsigned n_campaigns;
	/* What it was gathered from: slices of a run share it. */
	const struct ld_content *content;
	uint64_t version;
	int64_t day;
};

static int64_t local_day(const struct remind *u, int64_t ms)
{
	int64_t local = ms + u->env.utc_offset_min * MINUTE_MS;

	return local / LD_SCHED_DAY_MS - (local % LD_SCHED_DAY_MS < 0);
}

static int64_t at_minute(const struct remind *u, int64_t day, int minute)
{
	return day * LD_SCHED_DAY_MS + (minute - u->env.utc_offset_min) * MINUTE_MS;
}

/* ---- what there is ---- */

static void add_reminder(struct remind *u, const struct ld_reminder *r)
{
	struct item *k = &u->item[u->n_items];

	memset(k, 0, sizeof(*k));
	if (!r->sendable || u->n_items == ITEMS_MAX ||
	    ld_moment_parse(r->when, u->today, &k->moment, NULL) < 0)
		return;
	snprintf(k->name, sizeof(k->name), "%s", r->key);
	snprintf(k->message, sizeof(k->message), "%s", r->message);
	k->values = r->values;
	k->prio = LD_PRIO_REMINDER;
	k->start = ld_day_of_date(2026, 1, 1);
	ld_people_of_reminder(u->gw->content, r, &k->people);
	u->n_items++;
}

/* Long over, with all that was queued of it: it must not take the place of newer ones. */
static bool is_past(const struct remind *u, const struct ld_campaign *c)
{
	int64_t start = local_day(u, ld_hlc_ms(c->hlc));
	struct ld_occurrence o;
	struct ld_moment m;

	return ld_moment_parse(c->when, start, &m, NULL) < 0 ||
	       ld_moment_next(&m, &u->holidays, start, u->today - CAMPAIGN_DAYS, &o) < 0;
}

static int note_campaign(void *arg, const struct ld_campaign *c)
{
	struct remind *u = arg;

	if (c->hlc && u->n_campaigns < ITEMS_MAX && !is_past(u, c))
		u->campaign[u->n_campaigns++] = *c;
	return 0;
}

static void campaign_name(const struct remind *u, unsigned at, char ret[LD_NOTICE_NAME])
{
	if (u->notice[at][0])
		snprintf(ret, LD_NOTICE_NAME, "%s", u->notice[at]);
	else
		snprintf(ret, LD_NOTICE_NAME, "%lld", (long long)u->campaign[at].id);
}

static int note_notice(void *arg, const struct ld_notice *n)
{
	struct remind *u = arg;
	int64_t last = local_day(u, n->at_ms ? n->at_ms : n->made_ms + 2 * LD_SCHED_DAY_MS);

	/* One that is taken back is looked at as long as something of it may be queued. */
	if (last + (n->ended ? QUEUED_DAYS : 0) < u->today)
		return 0;
	for (unsigned again = 0; again <= notice_comes_again(u->gw, n); again++) {
		unsigned at = u->n_campaigns;

		if (at == ITEMS_MAX)
			break;
		notice_campaign(u->gw, n, again, &u->campaign[at]);
		ld_notice_name(&n->p, n->id, again, u->notice[at]);
		u->again[at] = again;
		u->n_campaigns++;
	}
	return 0;
}

static struct pace *pace_of(struct ld_gateway *gw, int64_t id)
{
	for (unsigned i = 0; i < gw->n_paces; i++)
		if (gw->pace[i].id == id)
			return &gw->pace[i];
	if (gw->n_paces == PACES_MAX)
		return NULL;
	gw->pace[gw->n_paces] = (struct pace){ .id = id };
	return &gw->pace[gw->n_paces++];
}

/* What comes by the mesh is checked again. */
static void add_campaign(struct remind *u, unsigned at)
{
	const struct ld_campaign *c = &u->campaign[at];
	struct item *k = &u->item[u->n_items];

	memset(k, 0, sizeof(*k));
	k->made_ms = ld_hlc_ms(c->hlc);
	k->start = local_day(u, k->made_ms);
	if (u->n_items == ITEMS_MAX || !ld_campaign_message(u->gw->content, c->message) ||
	    ld_moment_parse(c->when, k->start, &k->moment, NULL) < 0 ||
	    ld_people_parse(c->people, &k->people, NULL) < 0)
		return;
	campaign_name(u, at, k->name);
	if (u->again[at])
		k->people.asked = LD_REG_REMIND_MEET;
	memcpy(k->message, c->message, sizeof(k->message));
	k->values = c->values;
	k->prio = LD_PRIO_BROADCAST;
	k->ended = c->ended;
	k->held = c->held;
	k->pace = c->rate ? pace_of(u->gw, c->id) : NULL;
	k->every_ms = c->rate ? 3600000 / (int64_t)c->rate : 0;
	u->n_items++;
}

static int gather(struct remind *u)
{
	const struct ld_content *c = u->gw->content;
	uint64_t version = ld_store_version(u->st);
	int rc;

	if (u->content == c && u->version == version && u->day == u->today)
		return 0;
	u->content = c;
	u->version = version;
	u->day = u->today;
	u->n_items = u->n_campaigns = 0;
	memset(u->notice, 0, sizeof(u->notice));
	memset(u->again, 0, sizeof(u->again));
	ld_campaign_holidays(c, &u->holidays);
	for (unsigned i = 0; i < c->n_reminders; i++)
		add_reminder(u, &c->reminders[i]);
	rc = ld_store_campaigns(u->st, note_campaign, u);
	if (rc == 0)
		rc = ld_store_notices(u->st, u->now_ms - NOTICE_DAYS * LD_SCHED_DAY_MS, note_notice, u);
	for (unsigned i = 0; i < u->n_campaigns; i++)
		add_campaign(u, i);
	return rc;
}

/* ---- one learner ---- */

static int queue(struct remind *u, const struct item *k, const struct ld_recipient *r,
		 const struct ld_person *who, int64_t meant, int64_t day)
{
	const char *t = ld_content_message(u->gw->content, k->message, LD_LANG_VI);
	int64_t wait = r->activity_ms + LD_SCHED_PAUSE_MS, id;
	char values[LD_VALUES_MAX + 128];
	struct ld_measure size;
	int rc;
	struct ld_out_row row = { .p = r->p, .state = LD_OUT_QUEUED, .prio = k->prio,
				  .created_ms = u->now_ms, .changed_ms = u->now_ms };

	ld_campaign_values(u->gw->content, k->values ? k->values : "", who, values, sizeof(values));
	row.alphabet = ld_campaign_text(t, values, who, meant, row.text, sizeof(row.text));
	ld_text_measure(row.text, &size);
	row.parts = (uint8_t)size.parts;
	row.due_ms = day > u->today ? at_minute(u, day, MORNING_MIN)
				    : wait > u->now_ms ? wait : u->now_ms;
	snprintf(row.to, sizeof(row.to), "+%s", who->msisdn.digits);
	ld_remind_what(k->name, row.what);
	rc = route_of(u->gw, u->st, &who->msisdn, &r->p, row.channel);
	if (rc < 0)
		return rc;
	row.chosen = (uint8_t)rc;
	u->n_queued++;
	if (k->pace)    /* looks are TICKS apart, and may make up for that */
		k->pace->next_ms = (k->pace->next_ms > u->now_ms - TICKS * 1000 ? k->pace->next_ms
				    : u->now_ms - TICKS * 1000) + k->every_ms;
	return ld_outbox_add(u->st, &row, &id);
}

/* The day she gets it: one reminder a day, so perhaps not today, but what is urgent comes beside it.
 * LD_E_UNKNOWN: never, or before. */
static int take_day(struct remind *u, const struct item *k, const struct ld_id *s,
		    const struct ld_occurrence *o, int64_t *ret_day)
{
	bool urgent = ld_campaign_urgent(k->message);
	int64_t last = o->day > u->today ? o->day : u->today;
	int rc = ld_store_reminded(u->st, s, k->name, o->base);

	if (rc != 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	if (last > u->today + DAYS_LATE || o->day <= u->today)
		last = u->today + DAYS_LATE;
	for (int64_t day = u->today; day <= last; day++) {
		rc = ld_store_remind(u->st, s, k->name, o->base, day, urgent);
		if (rc != 0) {
			*ret_day = day;
			return rc < 0 ? rc : 0;
		}
	}
	return LD_E_UNKNOWN;
}

static int one(struct remind *u, const struct item *k, const struct ld_recipient *r,
	       const struct ld_occurrence *o)
{
	int64_t day, due = at_minute(u, o->send, k->moment.minute < 0 ? 0 : k->moment.minute);
	struct ld_person who;
	int rc;

	/* The board that was her home before may have sent it: rather not than twice. */
	if ((due > k->made_ms ? due : k->made_ms) < r->began_ms)
		return 0;
	rc = ld_store_learner(u->st, &r->p, r->slot, &who);
	if (rc < 0 || !ld_id_eq(&who.s, &r->s) || who.second ||
	    !ld_people_meant(&k->people, &who, k->message, u->now_ms) ||
	    !senders_number(u->gw, r->for_home, r->for_home_len, &who.msisdn) ||
	    !route_any(u->gw, u->gw->cfg.is_simulated(u->gw->cfg.simulated_arg, &who.msisdn), NULL))
		return rc < 0 ? rc : 0;
	rc = take_day(u, k, &r->s, o, &day);
	if (rc < 0)
		return rc == LD_E_UNKNOWN ? 0 : rc;
	return queue(u, k, r, &who, o->day, day);
}

/* ---- one source ---- */

/* Everybody from the cursor on, as far as the slice goes. */
static int expand(struct remind *u, const struct item *k, const struct ld_occurrence *o,
		  int64_t after, struct ld_id *cursor)
{
	struct ld_recipient r;
	int rc = 0;

	while (u->left > 0 && !(k->pace && u->now_ms < k->pace->next_ms)) {
		u->left--;
		rc = ld_store_recipient(u->st, cursor, &u->home, &r);
		if (rc < 0)
			break;
		*cursor = r.s;
		rc = one(u, k, &r, o);
		if (rc < 0)
			return rc;
	}
	if (rc == LD_E_UNKNOWN) {
		memset(cursor, 0, sizeof(*cursor));
		return ld_store_occasion_set(u->st, k->name, o->base, cursor);
	}
	return rc < 0 ? rc : ld_store_occasion_set(u->st, k->name, after, cursor);
}

/* Where a new source begins: what is still to come, counted from its own day. */
static int64_t first_after(const struct remind *u, const struct item *k)
{
	int64_t from = k->prio == LD_PRIO_BROADCAST ? k->start : u->today;

	return from - 1 - (k->moment.plus > 0 ? k->moment.plus : 0);
}

/* Nobody needs to hear of it any more. One that goes out slowly, or was held, is finished, unless
 * the day it speaks of is over. */
static bool is_over(const struct remind *u, const struct item *k, const struct ld_occurrence *o,
		    const struct ld_id *cursor)
{
	static const struct ld_id start;

	if ((o->day > o->send ? o->day : o->send) >= u->today)
		return false;
	return k->prio != LD_PRIO_BROADCAST || o->day > o->send || ld_id_eq(cursor, &start);
}

static int look_at(struct remind *u, struct item *k)
{
	struct ld_occurrence o;
	struct ld_id cursor;
	int64_t after;
	int rc;

	if (k->ended || k->held || k->idle)
		return 0;
	rc = ld_store_occasion_get(u->st, k->name, &after, &cursor);
	if (rc == LD_E_UNKNOWN) {
		after = first_after(u, k);
		memset(&cursor, 0, sizeof(cursor));
		rc = 0;
	}
	/* Occurrences that nobody needs to hear of any more are passed over. */
	while (rc == 0 && (rc = ld_moment_next(&k->moment, &u->holidays, k->start, after,
					       &o)) == 0 && is_over(u, k, &o, &cursor)) {
		after = o.base;
		memset(&cursor, 0, sizeof(cursor));
		rc = ld_store_occasion_set(u->st, k->name, after, &cursor);
	}
	k->idle = rc == LD_E_UNKNOWN || (rc == 0 && at_minute(u, o.send, k->moment.minute < 0 ?
							      0 : k->moment.minute) > u->now_ms);
	if (rc < 0 || k->idle)
		return rc == LD_E_UNKNOWN ? 0 : rc;
	return expand(u, k, &o, after, &cursor);
}

static int cancel_ended(struct remind *u)
{
	char what[LD_REMIND_WHAT], name[LD_NOTICE_NAME];
	int rc = 0;

	for (unsigned i = 0; i < u->n_campaigns && rc >= 0; i++) {
		if (!u->campaign[i].ended)
			continue;
		campaign_name(u, i, name);
		ld_remind_what(name, what);
		rc = ld_store_out_cancel_what(u->st, what, u->now_ms);
	}
	return rc < 0 ? rc : 0;
}

/* What is queued of a campaign follows the ward's last word. Done is what found nothing left to do:
 * the run before may have been rolled back. */
static int hold_held(struct remind *u)
{
	char what[LD_REMIND_WHAT], name[LD_NOTICE_NAME];
	int rc = 0;

	for (unsigned i = 0; i < u->n_campaigns && rc >= 0; i++) {
		const struct ld_campaign *c = &u->campaign[i];
		struct pace *p = c->paced ? pace_of(u->gw, c->id) : NULL;

		if (!p || p->paced == c->paced)
			continue;
		campaign_name(u, i, name);
		ld_remind_what(name, what);
		rc = ld_store_out_hold(u->st, what, c->held, u->now_ms);
		if (rc == 0)
			p->paced = c->paced;
	}
	return rc < 0 ? rc : 0;
}

static int remind_run(struct ld_job *job, struct ld_store *st)
{
	struct remind *u = (struct remind *)job;
	struct ld_gateway *gw = u->gw;
	struct ld_term term = { .runs = false };
	int rc;

	u->st = st;
	u->n_queued = 0;
	u->left = SLICE;
	u->now_ms = ld_clock_utc_ms(gw->cfg.clock, NULL);
	gateway_env(gw, u->now_ms, &u->env);
	u->today = local_day(u, u->now_ms);
	rc = gather(u);
	if (rc == 0 && u->ends)
		rc = cancel_ended(u);
	if (rc == 0)
		rc = hold_held(u);
	u->ends = rc < 0;
	if (rc == 0)
		rc = ld_store_paused(st);
	if (rc == 0)
		rc = ld_store_term(st, u->now_ms, &term);
	if (rc != 0 || !term.runs || !u->env.time_trusted || ld_schedule_quiet_until(&gw->schedule, u->now_ms))
		return rc < 0 ? rc : 0;
	for (unsigned i = 0; i < u->n_items && u->left > 0 && rc == 0; i++)
		rc = look_at(u, &u->item[i]);
	job->again = rc == 0 && u->left == 0;
	return rc;
}

static void remind_done(struct ld_job *job, int rc)
{
	struct remind *u = (struct remind *)job;
	struct ld_gateway *gw = u->gw;
	char line[128];

	gw->reminding = false;
	if (rc < 0) {
		snprintf(line, sizeof(line), "reminders that are due could not be prepared: %s",
			 ld_strerror(rc));
		gw->cfg.note(gw->cfg.note_arg, line);
	}
	dispatch_wake(gw);
	free(u);
}

void remind_tick(struct ld_gateway *gw)
{
	uint64_t version;
	struct remind *u;

	if (gw->reminding || gw->ticks % TICKS != 2 || !(u = calloc(1, sizeof(*u))))
		return;
	version = ld_worker_version(gw->cfg.worker);
	u->job = (struct ld_job){ .run = remind_run, .done = remind_done };
	u->gw = gw;
	/* A cancellation is an event: nothing new, nothing to look for. */
	u->ends = version != gw->reminded;
	gw->reminded = version;
	ld_board_id_of(&u->home, gw->cfg.board->pk);
	gw->reminding = gateway_submit(gw, LD_LANE_LONG, &u->job) == 0;
	if (!gw->reminding)
		free(u);
}
