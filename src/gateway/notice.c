/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What group heads write to their groups: whom it reaches, how many have it; and what comes next.
 * remind.c sends it. Work thread. */
#include <stdio.h>
#include <string.h>

#include "impl.h"
#include "laido/schedule/campaign.h"

enum { NOTICE_DAYS = 60, CAMPAIGN_DAYS = 366 };

#define MINUTE_MS INT64_C(60000)

static int64_t day_of(const struct ld_gateway *gw, int64_t ms)
{
	int64_t local = ms + gw->cfg.utc_offset_min * MINUTE_MS;

	return local / LD_SCHED_DAY_MS - (local % LD_SCHED_DAY_MS < 0);
}

/* "19:30 25/11", as it stands in the message. */
static void time_text(const struct ld_gateway *gw, int64_t ms, char *ret, size_t size)
{
	struct ld_date d = ld_date_of_day(day_of(gw, ms));
	int64_t minute = (ms + gw->cfg.utc_offset_min * MINUTE_MS) / MINUTE_MS % (24 * 60);

	snprintf(ret, size, "%02d:%02d %d/%d", (int)(minute / 60), (int)(minute % 60), d.day, d.month);
}

void notice_campaign(const struct ld_gateway *gw, const struct ld_notice *n, bool again,
		     struct ld_campaign *ret)
{
	/* It is worth sending until then: a notice of the evening goes out in the morning. */
	int64_t made = day_of(gw, n->made_ms), day = n->at_ms ? day_of(gw, n->at_ms) : made + 2;
	struct ld_date d = ld_date_of_day(day);
	char time[24] = "";

	/* The head's board looked at the place; whoever has stolen that board has not. */
	bool link = ld_content_link(n->place);

	memset(ret, 0, sizeof(*ret));
	ret->hlc = ld_hlc_make(n->made_ms, 0, true);
	ret->ended = n->ended || link;
	snprintf(ret->message, sizeof(ret->message), "%s", n->message);
	snprintf(ret->people, sizeof(ret->people), n->at_ms ? "to %u" : "to %u not begun", n->tdp);
	if (n->at_ms)
		time_text(gw, n->at_ms, time, sizeof(time));
	snprintf(ret->values, sizeof(ret->values), "tdp=%u\ntime=%s\nplace=%s", n->tdp, time,
		 link ? "" : n->place);
	if (again)
		snprintf(ret->when, sizeof(ret->when), "%d/%d/%d -1d", d.day, d.month, d.year);
	else
		snprintf(ret->when, sizeof(ret->when), "%d/%d/%d %+lldd now", d.day, d.month, d.year,
			 (long long)(made - day));
}

bool notice_comes_again(const struct ld_gateway *gw, const struct ld_notice *n)
{
	return n->at_ms && day_of(gw, n->at_ms) - day_of(gw, n->made_ms) >= 2;
}

/* ---- before it is sent ---- */

struct reach {
	const struct others *o;
	struct ld_people people;
	struct ld_campaign c;
	const char *text;
	int64_t now_ms;
	unsigned n, parts;
};

static int reached(void *arg, const struct ld_group_row *r)
{
	struct reach *k = arg;
	struct ld_measure size;
	struct ld_person who;
	char text[LD_TEXT_MAX], values[LD_VALUES_MAX + 128];
	int rc = ld_store_learner(k->o->st, &r->p, r->slot, &who);

	if (rc < 0 || !ld_people_meant(&k->people, &who, k->c.message, k->now_ms))
		return rc;
	ld_campaign_values(k->o->s->gw->content, k->c.values, &who, values, sizeof(values));
	ld_campaign_text(k->text, values, &who, 0, text, sizeof(text));
	ld_text_measure(text, &size);
	k->n++;
	k->parts += size.parts;
	return 0;
}

int notice_preview(void *arg, const struct ld_session_notice *what, unsigned *ret_people,
		   unsigned *ret_parts)
{
	const struct others *o = arg;
	struct ld_gateway *gw = o->s->gw;
	struct reach k = { .o = o, .now_ms = ld_clock_utc_ms(gw->cfg.clock, NULL) };
	struct ld_notice n = { .made_ms = k.now_ms, .tdp = what->tdp, .at_ms = what->at_ms };
	int rc;

	snprintf(n.message, sizeof(n.message), "%s", what->message);
	snprintf(n.place, sizeof(n.place), "%s", what->place);
	notice_campaign(gw, &n, false, &k.c);
	k.text = ld_content_message(gw->content, k.c.message, LD_LANG_VI);
	if (!k.text || ld_people_parse(k.c.people, &k.people, NULL) < 0)
		return LD_E_UNKNOWN;
	rc = ld_store_group(o->st, n.tdp, reached, &k);
	*ret_people = k.n;
	*ret_parts = k.parts;
	return rc;
}

/* ---- after ---- */

struct find {
	const struct ld_id *p;
	int64_t id;                     /* 0: the newest REMIND_START */
	struct ld_notice n;
	bool found;
};

static int is_it(void *arg, const struct ld_notice *n)
{
	struct find *k = arg;

	if (!ld_id_eq(&n->p, k->p) ||
	    (k->id ? n->id != k->id : n->ended || strcmp(n->message, "REMIND_START") != 0))
		return 0;
	k->n = *n;
	k->found = true;
	return 0;
}

int notice_find(void *arg, const struct ld_id *head, int64_t id, struct ld_session_sent *ret)
{
	const struct others *o = arg;
	int64_t now_ms = ld_clock_utc_ms(o->s->gw->cfg.clock, NULL);
	struct find k = { .p = head, .id = id };
	int rc = ld_store_notices(o->st, now_ms - NOTICE_DAYS * LD_SCHED_DAY_MS, is_it, &k);
	char what[LD_REMIND_WHAT], name[LD_NOTICE_NAME];

	if (rc < 0 || !k.found)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	ld_notice_name(&k.n.p, k.n.id, false, name);
	ld_remind_what(name, what);
	rc = ld_store_out_gone_what(o->st, what);
	*ret = (struct ld_session_sent){ k.n.made_ms, k.n.ended, rc > 0 ? (unsigned)rc : 0 };
	return rc < 0 ? rc : 0;
}

/* ---- what comes next ---- */

struct coming {
	int64_t day, order;             /* minutes on that day, where known */
	struct ld_session_event e;
};

struct look {
	const struct others *o;
	enum ld_session_event_kind kind;
	unsigned tdp, nth;
	int64_t now_ms, today;
	struct ld_holidays holidays;
	struct coming after, best;      /* the earliest behind `after` */
	bool found;
};

static bool behind(const struct coming *a, const struct coming *b)
{
	return a->day != b->day ? a->day > b->day : a->order > b->order;
}

static void consider(struct look *k, const struct coming *c)
{
	if (!behind(c, &k->after) || (k->found && !behind(&k->best, c)))
		return;
	k->best = *c;
	k->found = true;
}

static int note_notice(void *arg, const struct ld_notice *n)
{
	struct look *k = arg;
	struct coming c = { .day = day_of(k->o->s->gw, n->at_ms), .order = n->at_ms % LD_SCHED_DAY_MS };

	if (n->ended || n->at_ms <= k->now_ms || n->tdp != k->tdp)
		return 0;
	snprintf(c.e.title, sizeof(c.e.title), "Họp tổ %u", n->tdp);
	time_text(k->o->s->gw, n->at_ms, c.e.time, sizeof(c.e.time));
	snprintf(c.e.place, sizeof(c.e.place), "%s", n->place);
	consider(k, &c);
	return 0;
}

static void value(const char *values, const char *name, char *ret, size_t size)
{
	size_t n = strlen(name);

	ret[0] = '\0';
	for (const char *p = values; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (strncmp(p, name, n) == 0 && p[n] == '=')
			snprintf(ret, size, "%.*s", (int)strcspn(p + n + 1, "\n"), p + n + 1);
	ld_text_cut(ret, size - 1);
}

/* A campaign for a market or a course is no place to go to for whoever asks. */
static bool open_to(const struct look *k, const struct ld_campaign *c)
{
	struct ld_people p;
	bool meeting = strcmp(c->message, "REMIND_MEET") == 0;

	return c->hlc && !c->ended && ld_people_parse(c->people, &p, NULL) == 0 &&
	       (p.tdp == 0 || p.tdp == k->tdp) && !p.market[0] && !p.begun[0] && !p.not_begun[0] &&
	       (meeting ? k->kind != LD_EVENT_SESSION : strcmp(c->message, "REMIND_EVENT") == 0 &&
		k->kind != LD_EVENT_MEETING);
}

static int note_campaign(void *arg, const struct ld_campaign *c)
{
	struct look *k = arg;
	int64_t start = day_of(k->o->s->gw, ld_hlc_ms(c->hlc));
	struct ld_occurrence o;
	struct ld_moment m;
	struct coming n = { .order = c->id };

	if (!open_to(k, c) || ld_moment_parse(c->when, start, &m, NULL) < 0 ||
	    ld_moment_next(&m, &k->holidays, start, k->today - 1, &o) < 0)
		return 0;
	n.day = o.day;
	value(c->values, "title", n.e.title, sizeof(n.e.title));
	value(c->values, "time", n.e.time, sizeof(n.e.time));
	value(c->values, "place", n.e.place, sizeof(n.e.place));
	if (!n.e.title[0])
		snprintf(n.e.title, sizeof(n.e.title), "Họp tổ");
	consider(k, &n);
	return 0;
}

int notice_event(void *arg, enum ld_session_event_kind kind, unsigned tdp, unsigned nth,
		 struct ld_session_event *ret)
{
	const struct others *o = arg;
	struct look k = { .o = o, .kind = kind, .tdp = tdp,
			  .now_ms = ld_clock_utc_ms(o->s->gw->cfg.clock, NULL) };
	int rc = 0;

	k.today = day_of(o->s->gw, k.now_ms);
	ld_campaign_holidays(o->s->gw->content, &k.holidays);
	for (unsigned i = 0; i <= nth && rc == 0; i++) {
		k.found = false;
		if (kind != LD_EVENT_SESSION && tdp)
			rc = ld_store_notices(o->st, k.now_ms - CAMPAIGN_DAYS * LD_SCHED_DAY_MS,
					      note_notice, &k);
		if (rc == 0)
			rc = ld_store_campaigns(o->st, note_campaign, &k);
		if (rc == 0 && !k.found)
			rc = LD_E_UNKNOWN;
		k.after = k.best;
	}
	if (rc == 0)
		*ret = k.best.e;
	return rc;
}
