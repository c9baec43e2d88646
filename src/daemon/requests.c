/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people ask of the ward, for those who answer: the ledger of requests for one's data, calls
 * for help, feedback. The whole number is shown where this board is its home: it has to be called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"

/* One answer of the control socket holds so many. */
enum { CALLS_MAX = 400, FEEDBACK_DAYS = 90, ROWS_MAX = 400, REF_OCTETS = 6, REF_SIZE = 1 + 2 * REF_OCTETS + 1 };

#define DAY_MS INT64_C(86400000)

struct job {
	struct ld_job job;
	struct daemon *d;
	struct ld_ctl_req *req;
	json_t *answer;
	char ref[REF_SIZE];   /* to be marked as answered; "": list */
};

/* Who helps with an open call. */
struct helps {
	struct ld_id s;
	const char *state;
	char name[LD_NAME_MAX];
};

struct ledger {
	const struct daemon *d;
	unsigned n_helps;
	struct helps *helps;            /* CALLS_MAX; NULL: not asked for */
	int64_t now_ms;
	json_t *rows;
	const char *ref;
	struct ld_fact found;           /* kind 0: none */
	struct ld_ledger_row data;      /* the request for data that was found */
	uint8_t box[64];
	bool stranger;                  /* found is a stranger's call: subject is her P */
	unsigned late;
};

/* "d", "h", "f" or "s" and the beginning of S, of a stranger that of P. */
static void ref_of(const struct ld_ledger_row *r, char ret[REF_SIZE])
{
	ret[0] = "?dhfs"[r->what];
	for (unsigned i = 0; i < REF_OCTETS; i++)
		snprintf(ret + 1 + 2 * i, 3, "%02x", r->s.b[i]);
}

/* "" where another board is the home. */
static void number_of(const struct daemon *d, const struct ld_ledger_row *r, char ret[24])
{
	uint8_t digits[64];
	struct ld_board_id self;
	size_t n = r->for_home_len;

	ret[0] = '\0';
	ld_board_id_of(&self, d->node.key.pk);
	if (memcmp(&self, &r->home, sizeof(self)) != 0 || n <= LD_SEAL_EXTRA ||
	    n - LD_SEAL_EXTRA > 15 || ld_unseal(digits, &d->node.key, r->for_home, n) < 0)
		return;
	snprintf(ret, 24, "+%.*s", (int)(n - LD_SEAL_EXTRA), (const char *)digits);
}

/* What marks it as answered. */
static void answer(const struct ld_ledger_row *r, struct ld_fact *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->subject = r->s;
	if (r->what == LD_LEDGER_DATA) {
		ret->kind = LD_EV_REQUEST;
		ret->u.request.due_ms = r->due_ms;
		ret->u.request.channel = LD_CHAN_OPERATOR;
		ret->u.request.answered = true;
	} else if (r->what == LD_LEDGER_HELP) {
		ret->kind = LD_EV_HELP_STEP;
		ret->u.help_step.pin = r->pin;
		ret->u.help_step.step = LD_HELP_ANSWERED;
		ret->u.help_step.channel = LD_CHAN_OPERATOR;
	}
}

static void keep_row(struct ledger *l, const struct ld_ledger_row *r)
{
	l->data = *r;
	if (l->data.for_home_len > sizeof(l->box))
		l->data.for_home_len = 0;
	if (l->data.for_home_len)
		memcpy(l->box, r->for_home, l->data.for_home_len);
	l->data.for_home = l->box;
}

/* A request for data is answered by a message where her number is known, else by whoever called. */
static int close_found(struct daemon *d, struct ld_store *st, const struct ledger *l)
{
	struct ld_board_id self;
	int rc = 0;

	ld_board_id_of(&self, d->node.key.pk);
	if (l->found.kind == LD_EV_REQUEST && memcmp(&self, &l->data.home, sizeof(self)) == 0)
		rc = ld_gateway_tell_data(d->gw, st, &l->data);
	return rc ? (rc < 0 ? rc : 0) : ld_store_append(st, &l->found, NULL);
}

/* A helper whose time is over has lost the call to the ward. */
static int note_helps(void *arg, const struct ld_call *c)
{
	static const char *const states[] = {
		"", "asked", "asked", "may call", "the ward is to call", "given back", "says done",
		"not reached", "asks the ward",
	};
	struct ledger *l = arg;
	struct helps *h = &l->helps[l->n_helps];
	bool over = c->step <= LD_HELPER_ALLOWED && c->until_ms <= l->now_ms;

	if (!c->step || l->n_helps == CALLS_MAX)
		return 0;
	h->s = c->s;
	h->state = over ? "did not answer in time" :
		   c->step < LD_ARRAY_SIZE(states) ? states[c->step] : "";
	memcpy(h->name, c->helper_name, sizeof(h->name));
	l->n_helps++;
	return 0;
}

static const struct helps *helps_of(const struct ledger *l, const struct ld_ledger_row *r)
{
	static const struct helps nobody = { .state = "" };

	for (unsigned i = 0; r->what == LD_LEDGER_HELP && i < l->n_helps; i++)
		if (ld_id_eq(&l->helps[i].s, &r->s))
			return &l->helps[i];
	return &nobody;
}

static int add(void *arg, const struct ld_ledger_row *r)
{
	static const char *const whats[] = {
		[LD_LEDGER_DATA] = "data", [LD_LEDGER_HELP] = "help",
		[LD_LEDGER_FEEDBACK] = "feedback", [LD_LEDGER_STRANGER] = "help",
	};
	struct ledger *l = arg;
	bool late = r->due_ms && r->due_ms < l->now_ms;
	const struct helps *helps;
	char ref[REF_SIZE], number[24];

	ref_of(r, ref);
	l->late += late;
	if (l->ref && strcmp(ref, l->ref) == 0) {
		answer(r, &l->found);
		keep_row(l, r);
		l->stranger = r->what == LD_LEDGER_STRANGER;
	}
	if (!l->rows || json_array_size(l->rows) >= ROWS_MAX)
		return 0;
	number_of(l->d, r, number);
	helps = helps_of(l, r);
	json_array_append_new(l->rows, json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:b,s:s,s:s}", "helper",
		helps->name, "help", helps->state, "what",
		whats[r->what], "ref", ref, "asked_ms", (json_int_t)r->asked_ms, "due_ms",
		(json_int_t)r->due_ms, "late", late, "number", number, "text", r->text));
	return 0;
}

static int run(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;
	struct ledger l = { .d = j->d, .now_ms = ld_clock_utc_ms(&j->d->clock.clock, NULL),
			    .rows = json_array(), .ref = j->ref[0] ? j->ref : NULL,
			    .helps = calloc(CALLS_MAX, sizeof(*l.helps)) };
	int rc = l.helps ? ld_store_calls(st, CALLS_MAX, note_helps, &l) : LD_E_NOMEM;

	if (rc == 0)
		rc = ld_store_ledger(st, l.now_ms - FEEDBACK_DAYS * DAY_MS, add, &l);

	free(l.helps);
	json_decref(j->answer);         /* of a run that was rolled back */
	j->answer = json_pack("{s:o}", "requests", l.rows);
	if (rc == 0 && l.ref)
		rc = l.stranger ? ld_store_stranger_drop(st, &l.found.subject) :
		     l.found.kind ? close_found(j->d, st, &l) : LD_E_UNKNOWN;
	return rc;
}

static void done(struct ld_job *job, int rc)
{
	struct job *j = (struct job *)job;

	if (rc == 0) {
		ld_ctl_answer(j->req, j->answer);
	} else {
		json_decref(j->answer);
		ld_ctl_fail(j->req, rc, rc == LD_E_UNKNOWN ? "no request with this name is open: "
			    "see `laido requests`" : NULL, NULL);
	}
	free(j);
}

void daemon_requests(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	const char *ref = json_string_value(json_object_get(in, "answered"));
	struct job *j = calloc(1, sizeof(*j));
	int rc = j ? 0 : LD_E_NOMEM;

	if (j) {
		j->job = (struct ld_job){ .run = run, .done = done };
		j->d = d;
		j->req = req;
		snprintf(j->ref, sizeof(j->ref), "%s", ref ? ref : "");
		rc = ld_worker_submit(d->worker, LD_LANE_LONG, &j->job);
	}
	if (rc < 0) {
		free(j);
		ld_ctl_fail(req, rc, NULL, NULL);
	}
}

int daemon_requests_late(const struct daemon *d, struct ld_store *st, unsigned *ret_late)
{
	struct ledger l = { .d = d, .now_ms = ld_clock_utc_ms(&d->clock.clock, NULL) };
	int rc = ld_store_ledger(st, l.now_ms, add, &l);

	*ret_late = l.late;
	return rc;
}
