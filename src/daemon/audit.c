/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who with a duty has seen what of others, for the operator who answers for it. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon.h"

enum { DAYS = 90, DAYS_MAX = 3660, ROWS_MAX = 500, REF_OCTETS = 6 };

#define DAY_MS INT64_C(86400000)

struct job {
	struct ld_job job;
	struct daemon *d;
	struct ld_ctl_req *req;
	json_t *answer;
	int64_t days;
};

static void hex(const struct ld_id *id, unsigned octets, char *ret)
{
	for (unsigned i = 0; i < octets; i++)
		snprintf(ret + 2 * i, 3, "%02x", id->b[i]);
}

/* The name in `laido requests` of a call: "h" and the beginning of S. */
static int add(void *arg, const struct ld_audit_row *r)
{
	static const char *const whats[LD_N_AUDITS] = {
		"?", "invited", "not begun", "calls", "number", "person", "locked",
	};
	char who[9], about[2 + 2 * REF_OCTETS] = "";

	hex(&r->p, 4, who);
	if (!ld_id_is_zero(&r->s)) {
		about[0] = 'h';
		hex(&r->s, REF_OCTETS, about + 1);
	}
	json_array_append_new(arg, json_pack("{s:I,s:s,s:s,s:s,s:s,s:i,s:i}", "at_ms",
		(json_int_t)r->at_ms, "who", who, "name", r->name, "what",
		whats[r->what < LD_N_AUDITS ? r->what : 0], "about", about, "tdp", (int)r->tdp,
		"people", (int)r->n));
	return 0;
}

static int run(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;
	json_t *rows = json_array();
	int64_t now_ms = ld_clock_utc_ms(&j->d->clock.clock, NULL);

	json_decref(j->answer);         /* of a run that was rolled back */
	j->answer = json_pack("{s:o}", "audit", rows);
	return ld_store_audit(st, now_ms - j->days * DAY_MS, ROWS_MAX, add, rows);
}

static void done(struct ld_job *job, int rc)
{
	struct job *j = (struct job *)job;

	if (rc == 0) {
		ld_ctl_answer(j->req, j->answer);
	} else {
		json_decref(j->answer);
		ld_ctl_fail(j->req, rc, NULL, NULL);
	}
	free(j);
}

void daemon_audit(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	json_int_t days = json_integer_value(json_object_get(in, "days"));
	struct job *j;
	int rc;

	if (days < 0 || days > DAYS_MAX) {
		ld_ctl_fail(req, LD_E_RANGE, "days: 1 to 3660", NULL);
		return;
	}
	j = calloc(1, sizeof(*j));
	rc = j ? 0 : LD_E_NOMEM;
	if (j) {
		j->job = (struct ld_job){ .run = run, .done = done };
		j->d = d;
		j->req = req;
		j->days = days ? days : DAYS;
		rc = ld_worker_submit(d->worker, LD_LANE_LONG, &j->job);
	}
	if (rc < 0) {
		free(j);
		ld_ctl_fail(req, rc, NULL, NULL);
	}
}
