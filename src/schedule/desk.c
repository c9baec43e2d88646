/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/schedule/desk.h"

#include <stdio.h>
#include <string.h>

enum { DAYS_AHEAD = 3, RATE_MAX = 3600 };

#define DAY_MS INT64_C(86400000)

static int64_t today(const struct ld_desk *d)
{
	return (d->now_ms + d->utc_offset_min * INT64_C(60000)) / DAY_MS;
}

static const char *text_of(const json_t *in, const char *name)
{
	const char *t = json_string_value(json_object_get(in, name));

	return t ? t : "";
}

/* ---- finding one ---- */

struct search {
	int64_t id;
	bool found;
	struct ld_campaign c;
};

static int match(void *arg, const struct ld_campaign *c)
{
	struct search *s = arg;

	if (c->id != s->id)
		return 0;
	s->found = true;
	s->c = *c;
	return 0;
}

/* 1: it is in *ret, 0: there is none. */
static int find(const struct ld_desk *d, int64_t id, struct ld_campaign *ret)
{
	struct search s = { .id = id };
	int rc = ld_store_campaigns(d->st, match, &s);

	*ret = s.c;
	return rc < 0 ? rc : s.found;
}

static int asked_for(const struct ld_desk *d, const json_t *in, struct ld_campaign *ret,
		     struct ld_errmsg *err)
{
	int64_t id = json_integer_value(json_object_get(in, "campaign"));
	int rc = find(d, id, ret);

	if (rc == 0)
		return ld_fail(err, LD_E_UNKNOWN, "there is no campaign %lld; see: laido reminders "
			       "list", (long long)id);
	return rc < 0 ? rc : 0;
}

/* ---- what it means ---- */

struct plan {
	struct ld_people people;
	struct ld_moment moment;
	struct ld_holidays holidays;
	int64_t start;
};

static bool quiet(const struct ld_desk *d, int minute)
{
	int from = d->quiet_from_min, to = d->quiet_to_min;

	if (from == to || minute < 0)
		return false;
	return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

static int read_plan(const struct ld_desk *d, const struct ld_campaign *c, struct plan *ret,
		     struct ld_errmsg *err)
{
	int64_t made = c->hlc ? ld_hlc_ms(c->hlc) : d->now_ms;
	int rc = ld_campaign_check(d->content, c->message, c->values, err);

	ret->start = (made + d->utc_offset_min * INT64_C(60000)) / DAY_MS;
	ld_campaign_holidays(d->content, &ret->holidays);
	if (rc == 0)
		rc = ld_people_parse(c->people, &ret->people, err);
	if (rc == 0)
		rc = ld_moment_parse(c->when, ret->start, &ret->moment, err);
	if (rc == 0 && quiet(d, ret->moment.minute))
		rc = ld_fail(err, LD_E_SYNTAX, "%02d:%02d lies in the quiet hours; choose a time of "
			     "the day", ret->moment.minute / 60, ret->moment.minute % 60);
	return rc;
}

static json_t *days_of(const struct plan *p, int64_t from)
{
	json_t *list = json_array();
	struct ld_occurrence o;
	int64_t after = from - 1 - (p->moment.plus > 0 ? p->moment.plus : 0);

	for (int i = 0; i < DAYS_AHEAD; i++) {
		char text[16];
		struct ld_date t;

		if (ld_moment_next(&p->moment, &p->holidays, p->start, after, &o) < 0)
			break;
		after = o.base;
		t = ld_date_of_day(o.send > from ? o.send : from);
		snprintf(text, sizeof(text), "%04d-%02d-%02d", t.year % 10000, t.month, t.day);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *describe(const struct ld_desk *d, const struct ld_campaign *c)
{
	struct plan p;
	bool sound = read_plan(d, c, &p, NULL) == 0;

	return json_pack("{s:I,s:s,s:I,s:s,s:s,s:s,s:s,s:o}", "campaign", (json_int_t)c->id, "state",
			 c->ended ? "cancelled" : !c->hlc ? "draft" : c->held ? "held" : "approved",
			 "rate", (json_int_t)c->rate, "message", c->message, "to", c->people, "when", c->when, "values", c->values, "days",
			 sound && !c->ended ? days_of(&p, today(d)) : json_array());
}

/* ---- the requests ---- */

struct listing {
	const struct ld_desk *d;
	json_t *list;
};

static int add_one(void *arg, const struct ld_campaign *c)
{
	struct listing *l = arg;

	if (json_array_size(l->list) < 500)
		json_array_append_new(l->list, describe(l->d, c));
	return 0;
}

static int do_list(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	static const char *const kinds[] = { "tax", "fee", "meeting", "health" };
	struct listing l = { d, json_array() };
	json_t *reminders = json_array();
	int paused = ld_store_paused(d->st);
	int rc = paused < 0 ? paused : ld_store_campaigns(d->st, add_one, &l);

	(void)in;
	(void)err;
	for (unsigned i = 0; i < d->content->n_reminders; i++) {
		const struct ld_reminder *r = &d->content->reminders[i];
		struct plan p = { .start = ld_day_of_date(2026, 1, 1) };
		bool sound = ld_moment_parse(r->when, today(d), &p.moment, NULL) == 0;

		ld_campaign_holidays(d->content, &p.holidays);
		json_array_append_new(reminders, json_pack("{s:s,s:s,s:s,s:s,s:b,s:o}", "key",
			r->key, "kind", kinds[r->kind], "message", r->message, "when", r->when,
			"sent", r->sendable && sound, "days",
			sound ? days_of(&p, today(d)) : json_array()));
	}
	json_object_set_new(out, "paused", json_boolean(paused > 0));
	json_object_set_new(out, "campaigns", l.list);
	json_object_set_new(out, "reminders", reminders);
	return rc < 0 ? rc : 0;
}

static bool fill(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		return false;
	memcpy(to, from, n + 1);
	return true;
}

/* Six digits that nobody has. */
static int new_id(const struct ld_desk *d, int64_t *ret)
{
	struct ld_campaign c;
	int rc;

	do {
		*ret = 100000 + ld_random_below(d->random, 900000);
		rc = find(d, *ret, &c);
	} while (rc > 0);
	return rc;
}

static int do_add(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	struct ld_campaign c = { .made_ms = d->now_ms };
	struct plan p;
	int rc;

	if (!fill(c.message, sizeof(c.message), text_of(in, "message")) ||
	    !fill(c.people, sizeof(c.people), text_of(in, "to")) ||
	    !fill(c.when, sizeof(c.when), text_of(in, "when")) ||
	    !fill(c.values, sizeof(c.values), text_of(in, "values")))
		return ld_fail(err, LD_E_TOOBIG, "too long: %d octets to whom, %d when, %d values",
			       LD_PEOPLE_MAX - 1, LD_WHEN_MAX - 1, LD_VALUES_MAX - 1);
	rc = read_plan(d, &c, &p, err);
	if (rc == 0)
		rc = new_id(d, &c.id);
	if (rc == 0)
		rc = ld_store_draft_add(d->st, &c);
	json_object_set_new(out, "campaign", json_integer((json_int_t)c.id));
	return rc;
}

/* How many people and parts, by counting them all. */
static int count(const struct ld_desk *d, const struct ld_campaign *c, const struct plan *p,
		 int64_t *ret_people, int64_t *ret_parts, char ret_text[LD_TEXT_MAX])
{
	const char *t = ld_content_message(d->content, c->message, LD_LANG_VI);
	char text[LD_TEXT_MAX], values[LD_VALUES_MAX + 128];
	struct ld_recipient r;
	struct ld_person who;
	struct ld_measure m;
	struct ld_id at;
	int rc;

	memset(&at, 0, sizeof(at));
	*ret_people = *ret_parts = 0;
	while ((rc = ld_store_recipient(d->st, &at, NULL, &r)) == 0) {
		at = r.s;
		rc = ld_store_learner(d->st, &r.p, r.slot, &who);
		if (rc < 0)
			return rc;
		if (!ld_id_eq(&who.s, &r.s) ||
		    !ld_people_meant(&p->people, &who, c->message, d->now_ms))
			continue;
		ld_campaign_values(d->content, c->values, &who, values, sizeof(values));
		ld_campaign_text(t, values, &who, today(d), text, sizeof(text));
		ld_text_measure(text, &m);
		if (*ret_people == 0)
			memcpy(ret_text, text, sizeof(text));
		*ret_people += 1;
		*ret_parts += m.parts;
	}
	return rc == LD_E_UNKNOWN ? 0 : rc;
}

static int do_preview(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	int64_t people = 0, parts = 0, days = 1;
	unsigned a_day = d->parts_per_day * (d->sims ? d->sims : 1);
	char text[LD_TEXT_MAX] = "", values[LD_VALUES_MAX + 128];
	struct ld_campaign c;
	struct ld_person nobody;
	struct plan p;
	int rc = asked_for(d, in, &c, err);

	if (rc == 0)
		rc = read_plan(d, &c, &p, err);
	if (rc == 0)
		rc = count(d, &c, &p, &people, &parts, text);
	if (rc < 0)
		return rc;
	if (a_day)
		days = (parts + a_day - 1) / a_day;
	memset(&nobody, 0, sizeof(nobody));
	ld_campaign_values(d->content, c.values, &nobody, values, sizeof(values));
	if (people == 0)
		ld_campaign_text(ld_content_message(d->content, c.message, LD_LANG_VI), values,
				 &nobody, today(d), text, sizeof(text));
	json_object_set_new(out, "what", describe(d, &c));
	json_object_set_new(out, "people", json_integer((json_int_t)people));
	json_object_set_new(out, "parts", json_integer((json_int_t)parts));
	json_object_set_new(out, "vnd", json_integer((json_int_t)parts *
						     d->content->part_vnd));
	json_object_set_new(out, "days_to_send", json_integer((json_int_t)days));
	json_object_set_new(out, "text", json_string(text));
	return 0;
}

static int order(const struct ld_desk *d, const struct ld_fact *f, struct ld_errmsg *err)
{
	if (!d->ward)
		return ld_fail(err, LD_E_DENIED, "only the ward orders this: ask its server, laido "
			       "reminders ... --socket STATE/ctl of laido-ward");
	return ld_store_append(d->st, f, NULL);
}

static int do_approve(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	struct ld_fact f = { .kind = LD_EV_CAMPAIGN };
	struct ld_campaign c;
	struct plan p;
	int rc = asked_for(d, in, &c, err);

	(void)out;
	if (rc == 0 && (c.hlc || c.ended))
		rc = ld_fail(err, LD_E_DENIED, "campaign %lld is %s already", (long long)c.id,
			     c.ended ? "cancelled" : "approved");
	if (rc == 0)
		rc = read_plan(d, &c, &p, err);
	if (rc < 0)
		return rc;
	f.u.campaign.id = c.id;
	memcpy(f.u.campaign.message, c.message, sizeof(c.message));
	memcpy(f.u.campaign.people, c.people, sizeof(c.people));
	memcpy(f.u.campaign.when, c.when, sizeof(c.when));
	memcpy(f.u.campaign.values, c.values, sizeof(c.values));
	rc = order(d, &f, err);
	return rc < 0 ? rc : ld_store_draft_drop(d->st, c.id);
}

static int do_cancel(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	struct ld_fact f = { .kind = LD_EV_CAMPAIGN_END };
	struct ld_campaign c;
	char what[LD_REMIND_WHAT], name[21];
	int rc = asked_for(d, in, &c, err);

	if (rc < 0)
		return rc;
	if (c.hlc == 0)
		return ld_store_draft_drop(d->st, c.id);
	f.u.campaign_end.id = c.id;
	rc = order(d, &f, err);
	if (rc < 0)
		return rc;
	/* Other boards do the same when they hear of it. */
	snprintf(name, sizeof(name), "%lld", (long long)c.id);
	ld_remind_what(name, what);
	rc = ld_store_out_cancel_what(d->st, what, d->now_ms);
	json_object_set_new(out, "stopped", json_integer(rc < 0 ? 0 : rc));
	return rc < 0 ? rc : 0;
}

static int pause_to(const struct ld_desk *d, bool paused, json_t *out, struct ld_errmsg *err)
{
	struct ld_fact f = { .kind = LD_EV_PAUSE };

	f.u.pause.paused = paused;
	json_object_set_new(out, "paused", json_boolean(paused));
	return order(d, &f, err);
}

static int do_pause(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	(void)in;
	return pause_to(d, true, out, err);
}

/* The ward's last word on one campaign; boards act on it when they hear of it. */
static int pace(const struct ld_desk *d, const json_t *in, int held, int64_t rate,
		struct ld_errmsg *err)
{
	struct ld_fact f = { .kind = LD_EV_CAMPAIGN_PACE };
	struct ld_campaign c;
	int rc = asked_for(d, in, &c, err);

	if (rc == 0 && (c.hlc == 0 || c.ended))
		rc = ld_fail(err, LD_E_DENIED, "campaign %lld is %s: there is nothing to hold or slow "
			     "down", (long long)c.id, c.ended ? "cancelled" : "a draft");
	if (rc < 0)
		return rc;
	f.u.campaign_pace.id = c.id;
	f.u.campaign_pace.held = held < 0 ? c.held : held;
	f.u.campaign_pace.rate = (uint16_t)(rate < 0 ? c.rate : rate);
	return order(d, &f, err);
}

static int do_hold(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	(void)out;
	return pace(d, in, true, -1, err);
}

static int do_rate(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	const json_t *rate = json_object_get(in, "rate");
	int64_t n = json_is_integer(rate) ? json_integer_value(rate) : -1;

	(void)out;
	if (n < 0 || n > RATE_MAX)
		return ld_fail(err, LD_E_RANGE, "a rate is 0 (no limit) to %d messages an hour", RATE_MAX);
	return pace(d, in, -1, n, err);
}

/* One campaign, or without its number what the whole ward has paused. */
static int do_resume(const struct ld_desk *d, const json_t *in, json_t *out, struct ld_errmsg *err)
{
	if (json_integer_value(json_object_get(in, "campaign")))
		return pace(d, in, false, -1, err);
	return pause_to(d, false, out, err);
}

static const struct {
	const char *name;
	int (*run)(const struct ld_desk *, const json_t *in, json_t *out, struct ld_errmsg *);
} requests[] = {
	{ "list", do_list }, { "add", do_add }, { "preview", do_preview },
	{ "approve", do_approve }, { "cancel", do_cancel }, { "pause", do_pause },
	{ "resume", do_resume }, { "hold", do_hold }, { "rate", do_rate },
};

int ld_desk_ask(const struct ld_desk *d, const json_t *in, json_t **ret, struct ld_errmsg *err)
{
	const char *what = text_of(in, "do");
	json_t *out = json_object();
	int rc = LD_E_UNKNOWN;

	err->text[0] = '\0';
	for (size_t i = 0; i < LD_ARRAY_SIZE(requests); i++)
		if (strcmp(requests[i].name, what) == 0) {
			rc = requests[i].run(d, in, out, err);
			break;
		}
	if (rc == LD_E_UNKNOWN && !err->text[0])
		ld_fail(err, rc, "\"do\" is list, add, preview, approve, cancel, hold, rate, "
			"pause or resume");
	if (rc < 0)
		json_decref(out);
	else
		*ret = out;
	return rc;
}
