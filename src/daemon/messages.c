/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.show, message.list and message.cancel: where messages are, why, and when they will go.
 * Channels are looked at on the I/O thread, then the work thread asks the outbox's rules. */
#include "daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/schedule/campaign.h"
#include "laido/text/text.h"

enum { LIST_DEFAULT = 50, LIST_MAX = 500 };

struct ask {
	struct ld_job job;
	struct daemon *d;
	struct ld_ctl_req *req;
	int (*fill)(struct ask *, struct ld_store *);
	json_t *answer;
	const char *why;                /* of a failure, in words */
	int64_t id;
	struct ld_outbox_now now;
	unsigned n_lanes;
	struct ld_outbox_lane lane[LD_GATEWAY_LANES];
	struct ld_out_filter filter;
	struct ld_id p;
	char channel[32], what[LD_REMIND_WHAT];
};

static int run(struct ld_job *job, struct ld_store *st)
{
	struct ask *a = (struct ask *)job;
	int rc = ld_gateway_now(a->d->gw, st, &a->now);

	json_decref(a->answer);         /* of a run that was rolled back */
	a->answer = json_object();
	return rc < 0 ? rc : a->fill(a, st);
}

static void done(struct ld_job *job, int rc)
{
	struct ask *a = (struct ask *)job;

	if (rc == 0) {
		ld_ctl_answer(a->req, a->answer);
	} else {
		json_decref(a->answer);
		ld_ctl_fail(a->req, rc, a->why, NULL);
	}
	free(a);
}

static struct ask *ask_new(struct daemon *d, struct ld_ctl_req *req,
			   int (*fill)(struct ask *, struct ld_store *))
{
	struct ask *a = calloc(1, sizeof(*a));

	if (!a) {
		ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
		return NULL;
	}
	a->job = (struct ld_job){ .run = run, .done = done };
	a->d = d;
	a->req = req;
	a->fill = fill;
	a->n_lanes = ld_gateway_lanes(d->gw, a->lane);
	return a;
}

static void submit(struct ask *a)
{
	int rc = ld_worker_submit(a->d->worker, LD_LANE_LONG, &a->job);

	if (rc < 0)
		done(&a->job, rc);
}

/* goes_ms: when it will go, for what waits; 0: that depends on somebody. */
static int message_of(struct ask *a, struct ld_store *st, const struct ld_out_row *r, json_t **ret)
{
	struct ld_out_answer why;
	struct ld_msisdn m;
	char masked[8] = "?", what[LD_REMIND_WORDS];
	int rc = ld_outbox_explain(st, &a->now, a->lane, a->n_lanes, r, &why);

	if (rc < 0)
		return rc;
	if (ld_e164_parse(r->to, &m) == LD_ADDR_MOBILE)
		ld_e164_mask(&m, masked);
	ld_remind_words(r->what, what);
	*ret = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:i,s:i}",
		"message", (json_int_t)r->id, "state", ld_out_state_name(r->state), "why", why.why,
		"to", masked, "channel", r->channel,
		"chosen", ld_out_chosen_text(r->chosen), "what", what, "prio", ld_prio_name(r->prio),
		"goes_ms", (json_int_t)why.until_ms,
		"created_ms", (json_int_t)r->created_ms, "due_ms", (json_int_t)r->due_ms,
		"changed_ms", (json_int_t)r->changed_ms, "expires_ms", (json_int_t)r->expires_ms,
		"parts", (int)r->parts, "tries", (int)r->tries);
	return 0;
}

/* ---- one ---- */

/* Numbers in a text keep their last three digits: "0912 345 678" becomes "**** *** 678". Codes and
 * dates are shorter. */
static void mask_numbers(char *text)
{
	enum { NUMBER_MIN = 9, SHOWN = 3 };

	for (char *p = text, *end; *p; p = end) {
		unsigned n = 0;

		for (end = p; (*end >= '0' && *end <= '9') ||
			      (n && *end == ' ' && end[1] >= '0' && end[1] <= '9'); end++)
			n += *end != ' ';
		if (n < NUMBER_MIN) {
			end += end == p;
			continue;
		}
		for (char *q = p; q < end && n > SHOWN; q++)
			if (*q != ' ') {
				*q = '*';
				n--;
			}
	}
}

static int fill_show(struct ask *a, struct ld_store *st)
{
	struct ld_out_row r;
	json_t *o = NULL;
	int rc = ld_store_out_get(st, a->id, &r);

	if (rc == 0)
		rc = message_of(a, st, &r, &o);
	if (rc < 0)
		return rc;
	mask_numbers(r.text);
	json_object_set_new(o, "text", json_string(r.text));
	json_object_update(a->answer, o);
	json_decref(o);
	return 0;
}

static int fill_cancel(struct ask *a, struct ld_store *st)
{
	int rc = ld_outbox_cancel(st, a->id, a->now.ms);

	if (rc == LD_E_DENIED)
		a->why = "only a message that still waits can be taken back; see laido message show";
	return rc < 0 ? rc : fill_show(a, st);
}

static void one(struct ld_ctl_req *req, const json_t *in, struct daemon *d,
		int (*fill)(struct ask *, struct ld_store *))
{
	struct ask *a = ask_new(d, req, fill);

	if (!a)
		return;
	a->id = json_integer_value(json_object_get(in, "message"));
	submit(a);
}

void daemon_message_show(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	one(req, in, arg, fill_show);
}

void daemon_message_cancel(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	one(req, in, arg, fill_cancel);
}

/* ---- many ---- */

struct rows {
	unsigned n;
	struct ld_out_row row[];
};

/* The rows first: the rules ask the store, too. */
static int add_row(void *arg, const struct ld_out_row *r)
{
	struct rows *rows = arg;

	rows->row[rows->n++] = *r;
	return 0;
}

static int fill_list(struct ask *a, struct ld_store *st)
{
	struct rows *rows = calloc(1, sizeof(*rows) + sizeof(rows->row[0]) * a->filter.limit);
	json_t *list = json_array(), *o;
	unsigned limit = a->filter.limit - 1;
	int rc = rows ? ld_store_out_list(st, &a->filter, add_row, rows) : LD_E_NOMEM;

	for (unsigned i = 0; rows && i < rows->n && i < limit && rc == 0; i++) {
		rc = message_of(a, st, &rows->row[i], &o);
		if (rc == 0)
			json_array_append_new(list, o);
	}
	json_object_set_new(a->answer, "messages", list);
	json_object_set_new(a->answer, "more", json_boolean(rows && rows->n > limit));
	free(rows);
	return rc;
}

/* A member that must be one of some words; false with an answer. */
static bool word(struct ld_ctl_req *req, const json_t *in, const char *member,
		 int (*of)(const char *), const char *which, int *ret)
{
	const char *text = json_string_value(json_object_get(in, member));

	*ret = text ? of(text) : -1;
	if (!text || *ret >= 0)
		return true;
	ld_ctl_fail(req, LD_E_UNKNOWN, which, NULL);
	return false;
}

static bool filter(struct ask *a, const json_t *in)
{
	const char *channel = json_string_value(json_object_get(in, "channel"));
	const char *what = json_string_value(json_object_get(in, "what"));
	const char *phone = json_string_value(json_object_get(in, "phone"));
	json_int_t limit = json_integer_value(json_object_get(in, "limit"));
	struct ld_out_filter *f = &a->filter;
	struct ld_msisdn m;

	if (!word(a->req, in, "state", ld_out_state_of, "no such state: queued, held, intent, sent, "
		  "delivered, failed, unknown or cancelled", &f->state) ||
	    !word(a->req, in, "prio", ld_prio_of, "no such urgency: reply, help, lesson, reminder or "
		  "broadcast", &f->prio))
		return false;
	if (phone && ld_e164_parse(phone, &m) != LD_ADDR_MOBILE) {
		ld_ctl_fail(a->req, LD_E_RANGE, "that is no mobile number", NULL);
		return false;
	}
	if (phone) {
		ld_pseudonym_p(&a->p, &a->d->node.ward, &m);
		f->p = &a->p;
	}
	snprintf(a->channel, sizeof(a->channel), "%s", channel ? channel : "");
	ld_remind_of_words(what ? what : "", a->what);
	f->channel = channel ? a->channel : NULL;
	f->what = what ? a->what : NULL;
	f->limit = 1 + (unsigned)(limit > 0 && limit <= LIST_MAX ? limit : LIST_DEFAULT);
	return true;
}

void daemon_message_list(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ask *a = ask_new(arg, req, fill_list);

	if (!a)
		return;
	if (filter(a, in))
		submit(a);
	else
		free(a);
}
