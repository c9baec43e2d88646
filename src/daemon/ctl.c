/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the control socket (docs/FORMATS.md, "Control socket"). What needs the database
 * is a job; its answer is made on the work thread and given on the I/O thread. */
#include "daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/chan/phone.h"
#include "laido/ops/ctl/home.h"
#include "laido/ops/ctl/remind.h"

struct ask {
	struct ld_job job;
	struct daemon *d;
	struct ld_ctl_req *req;
	int (*fill)(struct ask *, struct ld_store *);   /* work thread: makes answer */
	void (*complete)(struct ask *);                 /* I/O thread: adds to it; may be NULL */
	json_t *answer;
	int64_t number;
	struct daemon_money money;
	unsigned late;
	struct ld_term term;
	int unerased;                   /* who waits for word of it longer than promised */
	char unerased_at[32];           /* a board that has not said so */
	int state;
	char text[32];
	struct ld_msisdn msisdn;
};

static int ask_run(struct ld_job *job, struct ld_store *st)
{
	struct ask *a = (struct ask *)job;

	json_decref(a->answer);         /* of a run that was rolled back */
	a->answer = json_object();
	return a->fill(a, st);
}

static void ask_done(struct ld_job *job, int rc)
{
	struct ask *a = (struct ask *)job;

	if (rc == 0 && a->complete)
		a->complete(a);
	if (rc == 0) {
		ld_ctl_answer(a->req, a->answer);
	} else {
		json_decref(a->answer);
		ld_ctl_fail(a->req, rc, NULL, NULL);
	}
	free(a);
}

static void ask(struct daemon *d, struct ld_ctl_req *req, enum ld_lane lane, const struct ask *what)
{
	struct ask *a = malloc(sizeof(*a));
	int rc = a ? 0 : LD_E_NOMEM;

	if (a) {
		*a = *what;
		a->job = (struct ld_job){ .run = ask_run, .done = ask_done };
		a->d = d;
		a->req = req;
		rc = ld_worker_submit(d->worker, lane, &a->job);
	}
	if (rc < 0) {
		free(a);
		ld_ctl_fail(req, rc, NULL, NULL);
	}
}

/* ---- status ---- */

static void put_metric(void *arg, const char *name, int64_t value)
{
	json_object_set_new(arg, name, json_integer((json_int_t)value));
}

static json_t *metrics_of(const struct daemon *d, const char *channel)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < d->n_channels; i++)
		if (strcmp(d->channel[i]->name, channel) == 0 && d->channel[i]->ops->metrics)
			d->channel[i]->ops->metrics(d->channel[i], put_metric, o);
	return o;
}

static json_t *channels_of(const struct daemon *d, json_t *trouble)
{
	static const char *const states[] = { "down", "up", "receives, cannot send" };
	json_t *list = json_array();
	struct ld_gateway_channel_status s;
	char line[400];

	for (unsigned i = 0; ld_gateway_channel(d->gw, i, &s) == 0; i++) {
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:i,s:o}",
			"name", s.name, "kind", s.kind, "state", states[s.state], "why", s.why,
			"received", (json_int_t)s.received, "sent", (json_int_t)s.sent,
			"failed", (json_int_t)s.failed, "in_flight", (int)s.in_flight,
			"metrics", metrics_of(d, s.name)));
		if (daemon_modem_todo(d, s.name, line, sizeof(line))) {
			json_array_append_new(trouble, json_string(line));
		} else if (s.state != LD_CHANNEL_UP) {
			snprintf(line, sizeof(line), "Channel %s %s%s%s.", s.name,
				 s.state == LD_CHANNEL_DOWN ? "is down" : "cannot send",
				 s.why[0] ? ": " : "", s.why);
			json_array_append_new(trouble, json_string(line));
		}
	}
	return list;
}

static json_t *lanes_of(const struct daemon *d)
{
	static const char *const names[LD_N_LANES] = { "live", "send", "mesh", "long" };
	struct ld_worker_stats s;
	json_t *list = json_array();

	ld_worker_stats(d->worker, &s);
	for (unsigned i = 0; i < LD_N_LANES; i++)
		json_array_append_new(list, json_pack("{s:s,s:i,s:i,s:i,s:I}", "name", names[i],
			"length", (int)s.lane[i].length, "capacity", (int)s.lane[i].capacity,
			"high_water", (int)s.lane[i].high_water,
			"refused", (json_int_t)s.lane[i].refused));
	return list;
}

static json_t *ward_of(const struct daemon *d, json_t *trouble)
{
	struct ld_link_status s;
	char line[256];

	if (!daemon_ward_link(d, &s))
		return json_pack("{s:s,s:s,s:I}", "state", "none", "why",
				 "this board is a ward of its own", "last_ms", (json_int_t)0);
	if (s.error[0]) {
		snprintf(line, sizeof(line), "The ward is not reached: %s.", s.error);
		json_array_append_new(trouble, json_string(line));
	}
	return json_pack("{s:s,s:s,s:I,s:I}", "state", s.error[0] ? "not reached" : "in contact",
			 "why", s.error, "last_ms", (json_int_t)s.contact_ms, "waiting",
			 (json_int_t)s.progress.waiting);
}

static json_t *database_of(const struct daemon *d)
{
	struct ld_worker_stats w;
	struct ld_gateway_stats g;

	ld_worker_stats(d->worker, &w);
	ld_gateway_stats(d->gw, &g);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "events", (json_int_t)
		ld_worker_version(d->worker), "steps", (json_int_t)g.steps, "commits",
		(json_int_t)w.commits, "jobs", (json_int_t)w.jobs, "rollbacks",
		(json_int_t)w.rollbacks, "duplicates", (json_int_t)g.duplicates, "failed",
		(json_int_t)g.failed);
}

static int fill_status(struct ask *a, struct ld_store *st)
{
	uint64_t counts[LD_N_OUT_STATES];
	json_t *o = json_object();
	int rc = ld_store_out_counts(st, counts);

	for (unsigned i = 0; i < LD_N_OUT_STATES && rc == 0; i++)
		if (counts[i])
			json_object_set_new(o, ld_out_state_name((enum ld_out_state)i),
					    json_integer((json_int_t)counts[i]));
	json_object_set_new(a->answer, "outbox", o);
	if (rc == 0)
		rc = daemon_requests_late(a->d, st, &a->late);
	if (rc == 0)
		a->unerased = rc = ld_store_farewell_late(st, ld_clock_utc_ms(&a->d->clock.clock, NULL),
							  a->unerased_at);
	if (rc >= 0)
		rc = daemon_money(a->d, st, &a->money);
	if (rc >= 0)
		rc = ld_store_term(st, ld_clock_utc_ms(&a->d->clock.clock, NULL), &a->term);
	return rc;
}

int64_t daemon_up_ms(const struct daemon *d)
{
	return ld_clock_monotonic_ms(&d->clock.clock) - d->started_ms;
}

static void complete_status(struct ask *a)
{
	struct daemon *d = a->d;
	json_t *trouble = json_array(), *o = a->answer;
	bool trusted;
	int64_t now = ld_clock_utc_ms(&d->clock.clock, &trusted);
	char words[256];

	ld_ctl_term_words(&a->term, d->conf.utc_offset_min, words, sizeof(words));
	if (*words)
		json_array_append_new(trouble, json_string(words));
	json_object_set_new(o, "name", json_string(d->conf.name));
	json_object_set_new(o, "version", json_string(LAIDO_VERSION));
	json_object_set_new(o, "uptime_ms", json_integer(daemon_up_ms(d)));
	json_object_set_new(o, "clock", json_pack("{s:I,s:b}", "utc_ms", (json_int_t)now, "trusted",
						  trusted));
	json_object_set_new(o, "channels", channels_of(d, trouble));
	json_object_set_new(o, "lanes", lanes_of(d));
	json_object_set_new(o, "database", database_of(d));
	json_object_set_new(o, "content", daemon_content_status(d, trouble));
	json_object_set_new(o, "money", daemon_money_status(d, &a->money, trouble));
	json_object_set_new(o, "ward", ward_of(d, trouble));
	if (a->late)
		json_array_append_new(trouble, json_sprintf("%u requests for data or help are answered "
			"later than promised: see laido requests.", a->late));
	if (a->unerased > 0)
		json_array_append_new(trouble, json_sprintf("%d who wanted to be erased cannot be told "
			"that it is done, though it was promised: %s, for one, has not said so. Bring "
			"that board into contact, or revoke it.", a->unerased, a->unerased_at));
	if (!trusted)
		json_array_append_new(trouble, json_string("The clock is not trusted."));
	json_object_set_new(o, "trouble", trouble);
}

static void status(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ask a = { .fill = fill_status, .complete = complete_status };

	(void)in;
	ask(arg, req, LD_LANE_LIVE, &a);
}

/* ---- reminders ---- */

static const struct ld_content *content_of(void *arg)
{
	return ld_gateway_content(arg);
}

static void reminders(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	struct ld_ctl_remind to = {
		.worker = d->worker, .clock = &d->clock.clock, .content = content_of,
		.arg = d->gw, .desk = {
			.random = ld_random_sys(), .utc_offset_min = d->conf.utc_offset_min,
			.ward = ld_node_is_ward(&d->node),
			.quiet_from_min = d->conf.outbox.quiet_from_min,
			.quiet_to_min = d->conf.outbox.quiet_to_min,
			.parts_per_day = d->conf.outbox.parts_per_day * (100 - REPLY_PERCENT) / 100,
			.sims = d->conf.n_modems,
		},
	};

	ld_ctl_remind(req, in, &to);
}

/* ---- completion codes ---- */

static int fill_verify(struct ask *a, struct ld_store *st)
{
	struct ld_gateway_verdict v;
	int rc = ld_gateway_verify(a->d->gw, st, a->text, a->number ? &a->msisdn : NULL, &v);

	if (rc < 0)
		return rc;
	json_object_set_new(a->answer, "readable", json_boolean(v.readable));
	json_object_set_new(a->answer, "genuine", json_boolean(v.genuine));
	json_object_set_new(a->answer, "course", json_string(v.course));
	json_object_set_new(a->answer, "completed_ms", json_integer(v.at_ms));
	json_object_set_new(a->answer, "ward_ms", json_integer(v.ward_ms));
	if (a->number)
		json_object_set_new(a->answer, "owner", json_boolean(v.owner));
	return 0;
}

static void verify(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	const char *code = json_string_value(json_object_get(in, "code"));
	const char *number = json_string_value(json_object_get(in, "number"));
	struct ask a = { .fill = fill_verify, .number = number != NULL };

	snprintf(a.text, sizeof(a.text), "%s", code ? code : "");
	if (number && ld_e164_parse(number, &a.msisdn) != LD_ADDR_MOBILE)
		ld_ctl_fail(req, LD_E_RANGE, "that is no mobile number", NULL);
	else
		ask(arg, req, LD_LANE_LONG, &a);
}

/* ---- rebuild ---- */

struct digest {
	uint64_t rows;
	uint8_t hash[32], own[32];      /* what all nodes say; what is this one's own */
};

static void add_row(void *arg, const char *line)
{
	struct digest *g = arg;
	bool own = strncmp(line, LD_DUMP_OWN, strlen(LD_DUMP_OWN)) == 0;
	uint8_t *hash = own ? g->own : g->hash;

	ld_hash(hash, sizeof(g->hash), NULL, 0,
		(struct ld_span[]){ { hash, sizeof(g->hash) }, { line, strlen(line) } }, 2);
	g->rows++;
}

static int fill_rebuild(struct ask *a, struct ld_store *st)
{
	struct digest before = { 0 }, after = { 0 };
	char hex[2][17];
	int64_t from = ld_clock_monotonic_ms(&a->d->clock.clock);
	int rc = ld_store_dump(st, add_row, &before);

	if (rc == 0)
		rc = ld_store_rebuild(st);
	if (rc == 0)
		rc = ld_store_dump(st, add_row, &after);
	if (rc < 0)
		return rc;
	ld_hex(hex[0], before.hash, 8);
	ld_hex(hex[1], after.hash, 8);
	json_object_set_new(a->answer, "rows_before", json_integer((json_int_t)before.rows));
	json_object_set_new(a->answer, "rows_after", json_integer((json_int_t)after.rows));
	json_object_set_new(a->answer, "digest_before", json_string(hex[0]));
	json_object_set_new(a->answer, "digest_after", json_string(hex[1]));
	json_object_set_new(a->answer, "equal", json_boolean(before.rows == after.rows &&
			    memcmp(before.hash, after.hash, sizeof(after.hash)) == 0 &&
			    memcmp(before.own, after.own, sizeof(after.own)) == 0));
	json_object_set_new(a->answer, "ms", json_integer(
			    ld_clock_monotonic_ms(&a->d->clock.clock) - from));
	return 0;
}

static void rebuild(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ask a = { .fill = fill_rebuild };

	(void)in;
	ask(arg, req, LD_LANE_LONG, &a);
}

/* ---- reload ---- */

static void add_finding(void *arg, const struct ld_finding *f)
{
	daemon_log_finding(NULL, f);
	json_array_append_new(arg, json_pack("{s:s,s:i,s:s,s:s}", "file", f->file, "line", f->line,
					     "level", f->error ? "error" : "warning", "message",
					     f->message));
}

static void reload(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	json_t *findings = json_array(), *o;
	unsigned screens = 0, courses = 0;
	int rc = daemon_reload(arg, add_finding, findings, &screens, &courses);

	(void)in;
	o = json_pack("{s:o,s:i,s:i}", "findings", findings, "screens", (int)screens, "courses",
		      (int)courses);
	if (rc == 0)
		ld_ctl_answer(req, o);
	else
		ld_ctl_fail(req, rc, rc == LD_E_DENIED ? "the ward has published its content, and "
			    "content_dir is a draft: laido publish" : "the content has errors", o);
}

/* ---- phone ---- */

static void phone_push(void *arg, json_t *msg)
{
	ld_ctl_push(arg, msg);
}

static void phone_end(void *arg, json_t *msg)
{
	ld_ctl_answer(arg, msg);
}

static void phone(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	struct ld_phone_door door = { phone_push, phone_end, req };
	struct ld_errmsg err = { "" };
	void *handset = NULL;
	int rc;

	if (!d->phone) {
		ld_ctl_fail(req, LD_E_DENIED, "the simulated handset is off on this board; see "
			    "\"phone\" in its settings", NULL);
		return;
	}
	rc = ld_phone_attach(d->phone, in, &door, &handset, &err);
	if (rc < 0)
		ld_ctl_fail(req, rc, err.text, NULL);
	else if (handset)
		ld_ctl_keep(req, ld_phone_more, ld_phone_gone, handset);
}

const struct ld_ctl_command daemon_commands[] = {
	{ "status", status },
	{ "message.show", daemon_message_show },
	{ "message.list", daemon_message_list },
	{ "message.cancel", daemon_message_cancel },
	{ "modems", daemon_modems },
	{ "modems.test", daemon_modem_test },
	{ "modems.trace", daemon_modem_trace },
	{ "modems.accept", daemon_modem_accept },
	{ "reminders", reminders },
	{ "verify", verify },
	{ "requests", daemon_requests },
	{ "mesh", daemon_mesh },
	{ "home", daemon_home },
	{ "ferry", daemon_ferry },
	{ "audit", daemon_audit },
	{ "rebuild", rebuild },
	{ "publish", daemon_publish },
	{ "reload", reload },
	{ "phone", phone },
	{ "role.set", daemon_role_set },
	{ "role.list", daemon_role_list },
	{ "invite", daemon_invite },
	{ "merge", daemon_merge },
	{ "class", daemon_class },
	{ "school", daemon_school },
	{ NULL, NULL },
};
