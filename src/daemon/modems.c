/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What operators see of modems and do about them: modems, modems.test, modems.trace, modems.accept,
 * and the telnet door's show modems. */
#include "daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/chan/modem.h"
#include "laido/text/text.h"

static const char *const states[] = { "down", "up", "receives, cannot send" };

static bool is_modem(const struct ld_channel *ch)
{
	return strcmp(ch->ops->kind, "modem") == 0;
}

struct ld_channel *daemon_modem(const struct daemon *d, const char *name)
{
	for (unsigned i = 0; name && i < d->n_channels; i++)
		if (strcmp(d->channel[i]->name, name) == 0 && is_modem(d->channel[i]))
			return d->channel[i];
	return NULL;
}

bool daemon_modem_todo(const struct daemon *d, const char *name, char *ret, size_t size)
{
	const struct ld_channel *ch = daemon_modem(d, name);
	struct ld_chan_modem_info i;

	if (!ch)
		return false;
	ld_chan_modem_info(ch, &i);
	snprintf(ret, size, "Modem %s: %s", name, i.todo);
	return i.todo[0];
}

/* IMEI and IMSI name a device and a person's contract: their ends tell SIMs apart. */
static void masked(const char *digits, char ret[12])
{
	size_t n = strlen(digits);

	snprintf(ret, 12, "%s%.3s", n > 3 ? "***" : "", n > 3 ? digits + n - 3 : digits);
}

static json_t *modem_of(const struct ld_channel *ch)
{
	struct ld_chan_modem_info i;
	char imei[12], imsi[12];
	json_t *o;

	ld_chan_modem_info(ch, &i);
	masked(i.imei, imei);
	masked(i.imsi, imsi);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "name", ch->name, "state",
		      states[i.state], "why", i.why, "todo", i.todo, "device", i.device,
		      "manufacturer", i.manufacturer, "model", i.model, "operator", i.oper, "imei",
		      imei, "imsi", imsi, "last_error", i.last_error);
	json_object_update_new(o, json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:b,s:i,s:i,s:I,s:I}",
		"signal", i.signal <= 31 ? i.signal : -1, "registration", i.registration, "sim_used",
		i.sim_used, "sim_size", i.sim_size, "sent_hour", (int)i.sent_hour, "failed_hour",
		(int)i.failed_hour, "received_hour", (int)i.received_hour, "calls_hour",
		(int)i.calls_hour, "sim_changed", i.sim_changed, "restarts", (int)i.restarts,
		"power_cycles", (int)i.power_cycles, "last_error_ms", (json_int_t)i.last_error_ms,
		"cannot_send_ms", (json_int_t)i.cannot_send_ms));
	json_object_update_new(o, json_pack("{s:I,s:I,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I}", "credit_vnd",
		(json_int_t)i.credit, "credit_ms", (json_int_t)i.credit_ms, "credit_text",
		i.credit_text, "credit_low", i.credit_low, "sent", (json_int_t)i.sent, "failed",
		(json_int_t)i.failed, "unknown", (json_int_t)i.unknown, "received",
		(json_int_t)i.received, "calls", (json_int_t)i.calls, "calls_ignored",
		(json_int_t)i.calls_ignored));
	return o;
}

void daemon_modems(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	const struct daemon *d = arg;
	json_t *list = json_array();

	(void)in;
	for (unsigned i = 0; i < d->n_channels; i++)
		if (is_modem(d->channel[i]))
			json_array_append_new(list, modem_of(d->channel[i]));
	ld_ctl_answer(req, json_pack("{s:o}", "modems", list));
}

/* The modem that a request names; else it has been answered. */
static struct ld_channel *named(struct ld_ctl_req *req, const json_t *in, const struct daemon *d)
{
	struct ld_channel *ch = daemon_modem(d, json_string_value(json_object_get(in, "modem")));

	if (!ch)
		ld_ctl_fail(req, LD_E_UNKNOWN, "no modem has this name; see laido modems", NULL);
	return ch;
}

void daemon_modem_accept(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ld_channel *ch = named(req, in, arg);
	int rc;

	if (!ch)
		return;
	rc = ld_chan_modem_accept(ch);
	if (rc == LD_E_UNKNOWN)
		ld_ctl_fail(req, rc, "modem and SIM have not told who they are yet; try again when "
			    "laido modems shows IMEI and IMSI", NULL);
	else if (rc < 0)
		ld_ctl_fail(req, rc, NULL, NULL);
	else
		ld_ctl_answer(req, json_pack("{s:o}", "modem", modem_of(ch)));
}

/* ---- test ---- */

struct test {
	struct ld_job job;
	struct daemon *d;
	struct ld_ctl_req *req;
	struct ld_out_row row;
	int64_t id;
	bool opted_out;
};

/* Like any message, so that it is journalled, counted and sent once; only the way is fixed. */
static int test_run(struct ld_job *job, struct ld_store *st)
{
	struct test *t = (struct test *)job;
	int rc = ld_store_opted_out(st, &t->row.p);

	t->opted_out = rc > 0;
	return rc ? (rc < 0 ? rc : 0) : ld_outbox_add(st, &t->row, &t->id);
}

static void test_done(struct ld_job *job, int rc)
{
	struct test *t = (struct test *)job;

	if (rc < 0)
		ld_ctl_fail(t->req, rc, NULL, NULL);
	else if (t->opted_out)
		ld_ctl_fail(t->req, LD_E_DENIED, "who has this number has stopped all messages; take "
			    "another one", NULL);
	else
		ld_ctl_answer(t->req, json_pack("{s:I}", "message", (json_int_t)t->id));
	free(t);
}

static void test_fill(struct test *t, const struct ld_channel *ch, const struct ld_msisdn *to)
{
	struct ld_out_row *r = &t->row;
	int64_t now = ld_clock_utc_ms(&t->d->clock.clock, NULL);
	int64_t minute = now / 60000 + t->d->conf.utc_offset_min;

	ld_pseudonym_p(&r->p, &t->d->node.ward, to);
	r->prio = LD_PRIO_REPLY;
	r->alphabet = LD_GSM7;
	r->parts = 1;
	r->created_ms = r->due_ms = r->changed_ms = now;
	snprintf(r->channel, sizeof(r->channel), "%s", ch->name);
	snprintf(r->what, sizeof(r->what), "test");
	snprintf(r->to, sizeof(r->to), "+%s", to->digits);
	snprintf(r->text, sizeof(r->text), "Lai Do: tin thu cua may %.20s luc %02d:%02d", ch->name,
		 (int)(minute / 60 % 24), (int)(minute % 60));
}

void daemon_modem_test(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	const char *number = json_string_value(json_object_get(in, "phone"));
	struct ld_channel *ch = named(req, in, d);
	struct ld_msisdn to;
	struct test *t;
	int rc;

	if (!ch)
		return;
	if (!number || ld_e164_parse(number, &to) != LD_ADDR_MOBILE ||
	    ld_config_phone_allows(&d->conf, &to)) {
		ld_ctl_fail(req, LD_E_RANGE, "that is no mobile number", NULL);
		return;
	}
	t = calloc(1, sizeof(*t));
	rc = t ? 0 : LD_E_NOMEM;
	if (t) {
		t->job = (struct ld_job){ .run = test_run, .done = test_done };
		t->d = d;
		t->req = req;
		test_fill(t, ch, &to);
		ld_chan_modem_probe(ch);
		rc = ld_worker_submit(d->worker, LD_LANE_LIVE, &t->job);
	}
	if (rc < 0) {
		free(t);
		ld_ctl_fail(req, rc, NULL, NULL);
	}
}

/* ---- trace ---- */

struct watch {
	struct ld_ctl_req *req;
	struct ld_channel *ch;
};

static void on_line(void *arg, bool to_modem, const char *line)
{
	struct watch *w = arg;

	ld_ctl_push(w->req, json_pack("{s:s,s:s}", "event", to_modem ? "to" : "from", "line", line));
}

static void watch_more(void *arg, const json_t *in)
{
	(void)arg;
	(void)in;
}

static void watch_gone(void *arg)
{
	struct watch *w = arg;

	ld_chan_modem_trace(w->ch, NULL, NULL);
	free(w);
}

void daemon_modem_trace(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ld_channel *ch = named(req, in, arg);
	struct watch *w = ch ? malloc(sizeof(*w)) : NULL;
	int rc;

	if (!ch)
		return;
	rc = LD_E_NOMEM;
	if (w) {
		*w = (struct watch){ req, ch };
		rc = ld_chan_modem_trace(ch, on_line, w);
	}
	if (rc == 0) {
		ld_ctl_keep(req, watch_more, watch_gone, w);
		return;
	}
	free(w);
	ld_ctl_fail(req, rc, rc == LD_E_BUSY ? "somebody else watches this modem" : NULL, NULL);
}

/* ---- the telnet door ---- */

void daemon_show_modems(struct ld_vty_out *out, void *arg)
{
	const struct daemon *d = arg;
	struct ld_chan_modem_info i;
	char imei[12], imsi[12];

	for (unsigned k = 0; k < d->n_channels; k++) {
		if (!is_modem(d->channel[k]))
			continue;
		ld_chan_modem_info(d->channel[k], &i);
		masked(i.imei, imei);
		masked(i.imsi, imsi);
		ld_vty_line(out, "%s: %s%s%s; %s %s at %s, IMEI %s, IMSI %s, %s, signal %d, "
			    "registration %u", d->channel[k]->name, states[i.state],
			    i.why[0] ? ", " : "", i.why, i.manufacturer, i.model, i.device, imei, imsi,
			    i.oper, i.signal <= 31 ? i.signal : -1, i.registration);
		ld_vty_line(out, "  last hour: sent %u, failed %u, received %u, calls %u; SIM %u of %u "
			    "places; restarts %u, power cut %u times; credit %lld VND", i.sent_hour,
			    i.failed_hour, i.received_hour, i.calls_hour, i.sim_used, i.sim_size,
			    i.restarts, i.power_cycles, (long long)i.credit);
		if (i.last_error[0])
			ld_vty_line(out, "  last error: %s", i.last_error);
		if (i.todo[0])
			ld_vty_line(out, "  to do: %s", i.todo);
	}
}

void daemon_show_queue(struct ld_vty_out *out, void *arg)
{
	const struct daemon *d = arg;
	const struct ld_gateway_queue *q;
	struct ld_outbox_lane lane[LD_GATEWAY_LANES];
	unsigned n = ld_gateway_lanes(d->gw, lane);

	for (unsigned i = 0; i < n; i++)
		ld_vty_line(out, "%s: %s%s%s; next part in %lld ms; %u parts a day%s", lane[i].channel,
			    !lane[i].up ? "sends nothing" : lane[i].full ? "is sending" : "is free",
			    lane[i].up || !lane[i].why[0] ? "" : ", ", lane[i].up ? "" : lane[i].why,
			    (long long)lane[i].wait_ms, lane[i].limits.parts_per_day,
			    lane[i].shared ? "; shares the queue with the others" : "");
	n = ld_gateway_queues(d->gw, &q);
	for (unsigned i = 0; i < n; i++)
		ld_vty_line(out, "%llu of kind %s wait for %s: %s", (unsigned long long)q[i].what.n,
			    ld_prio_name(q[i].what.prio),
			    q[i].what.channel[0] ? q[i].what.channel : "whichever is free",
			    q[i].first.why);
}
