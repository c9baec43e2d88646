/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket STATE/ctl.sock: what `laido --socket STATE/ctl.sock` asks of the ward. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/ops/ctl/home.h"
#include "laido/ops/ctl/ferry.h"
#include "laido/ops/ctl/mesh.h"
#include "laido/ops/ctl/remind.h"
#include "laido/ops/ctl/roles.h"
#include "laido/osmo/log.h"
#include "ward.h"
#include "xapi.h"

static struct ld_ctl_roles roles_of(const struct ward *w)
{
	return (struct ld_ctl_roles){ .worker = w->worker, .random = ld_random_sys(),
				      .keys = &w->node.ward, .ward = &w->node };
}

static void role_set(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ld_ctl_roles to = roles_of(arg);

	ld_ctl_role_set(req, in, &to);
}

static void role_list(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ld_ctl_roles to = roles_of(arg);

	(void)in;
	ld_ctl_role_list(req, &to);
}

/* The boards send; how many SIMs they have is not known here, so one is counted. */
static void reminders(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	enum { QUIET_FROM = 21 * 60, QUIET_TO = 7 * 60 + 30, UNASKED_A_DAY = 90 };
	struct ward *w = arg;
	struct ld_ctl_remind to = {
		.worker = w->worker, .clock = &w->clock.clock, .content = content_of, .arg = w,
		.desk = { .random = ld_random_sys(), .utc_offset_min = w->conf.utc_offset_min,
			  .ward = true, .quiet_from_min = QUIET_FROM, .quiet_to_min = QUIET_TO,
			  .parts_per_day = UNASKED_A_DAY, .sims = 1 },
	};

	if (content_known(w))
		ld_ctl_remind(req, in, &to);
	else
		ld_ctl_fail(req, LD_E_SYNTAX, "the ward's content_dir could not be read when "
			    "laido-ward started; correct it (laido check), or publish "
			    "a good one (laido publish)", NULL);
}

/* ---- laido report ---- */

struct report_look {
	struct ld_job job;
	struct ld_ctl_req *req;
	const struct ward *w;
	int64_t now_ms;
	struct ld_ward_report report;
};

static int run_report_look(struct ld_job *job, struct ld_store *st)
{
	struct report_look *k = (struct report_look *)job;
	int rc = ld_ward_report_gather(&k->report, st, &k->w->conf, &k->w->node.id, k->now_ms);

	content_dress(k->w, &k->report);
	return rc;
}

static void done_report_look(struct ld_job *job, int rc)
{
	struct report_look *k = (struct report_look *)job;
	size_t len = 0;
	char *text = rc == 0 ? ld_ward_report_json(&k->report, &k->w->conf, &len) : NULL;
	json_t *o = text ? json_loadb(text, len, 0, NULL) : NULL;

	free(text);
	if (o)
		ld_ctl_answer(k->req, o);
	else
		ld_ctl_fail(k->req, rc < 0 ? rc : LD_E_NOMEM, NULL, NULL);
	free(k);
}

static void report(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	const struct ward *w = arg;
	struct report_look *k = calloc(1, sizeof(*k));

	(void)in;
	if (!k)
		return ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
	k->job = (struct ld_job){ .run = run_report_look, .done = done_report_look };
	k->req = req;
	k->w = w;
	k->now_ms = ld_clock_utc_ms(&w->clock.clock, NULL);
	if (ld_worker_submit(w->worker, LD_LANE_LIVE, &k->job) < 0)
		done_report_look(&k->job, LD_E_BUSY);
}

/* ---- laido lrs ---- */

struct lrs_look {
	struct ld_job job;
	struct ld_ctl_req *req;
	const struct ward *w;
	bool retry;
	int again;
	json_t *refused;
};

static int add_refused(void *arg, const struct ld_xapi *x)
{
	struct lrs_look *k = arg;
	char id[XAPI_UUID_LEN];

	xapi_uuid_text(id, &x->id);
	json_array_append_new(k->refused, json_pack("{s:s, s:s, s:s}", "statement", id, "why",
						    x->why, "body", x->body));
	return 0;
}

static int run_lrs_look(struct ld_job *job, struct ld_store *st)
{
	enum { SHOWN = 100 };
	struct lrs_look *k = (struct lrs_look *)job;

	if (k->retry) {
		k->again = ld_store_xapi_again(st);
		return k->again < 0 ? k->again : 0;
	}
	json_array_clear(k->refused);
	return ld_store_xapi_refused(st, SHOWN, add_refused, k);
}

static void done_lrs_look(struct ld_job *job, int rc)
{
	struct lrs_look *k = (struct lrs_look *)job;
	struct lrs_status s;

	if (k->w->lrs)
		lrs_status(k->w->lrs, &s);
	else
		rc = LD_E_BUSY; /* ending */
	if (rc < 0)
		ld_ctl_fail(k->req, rc, NULL, NULL);
	else if (k->retry)
		ld_ctl_answer(k->req, json_pack("{s:i}", "again", k->again));
	else
		ld_ctl_answer(k->req, json_pack("{s:o, s:O}", "lrs", lrs_json(&s), "refused",
						k->refused));
	if (rc == 0 && k->retry)
		lrs_poke(k->w->lrs);
	json_decref(k->refused);
	free(k);
}

static void lrs(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	const struct ward *w = arg;
	const char *verb = json_string_value(json_object_get(in, "do"));
	struct lrs_look *k;

	if (!w->lrs)
		return ld_ctl_fail(req, LD_E_UNKNOWN, "no LRS is set: see lrs in laido-ward.conf", NULL);
	k = calloc(1, sizeof(*k));
	if (!k)
		return ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
	*k = (struct lrs_look){ .job = { .run = run_lrs_look, .done = done_lrs_look }, .req = req,
				.w = w, .retry = verb && strcmp(verb, "retry") == 0,
				.refused = json_array() };
	if (ld_worker_submit(w->worker, LD_LANE_LIVE, &k->job) < 0)
		done_lrs_look(&k->job, LD_E_BUSY);
}

/* The ward asks nobody: boards come to it. */
static void mesh(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ward *w = arg;
	struct ld_ctl_mesh to = { .worker = w->worker, .node = &w->node, .mesh = w->mesh,
				  .now_ms = ld_clock_utc_ms(&w->clock.clock, NULL),
				  .links = json_array() };

	ward_address(w, to.host, sizeof(to.host));
	ld_ctl_mesh(req, in, &to);
}

static void home(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	const struct ward *w = arg;
	struct ld_ctl_home to = { .worker = w->worker, .node = &w->node, .clock = &w->clock.clock };

	ld_ctl_home(req, in, &to);
}

static void ferry(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ward *w = arg;
	struct ld_ctl_ferry to = { .worker = w->worker, .clock = &w->clock.clock,
				   .random = ld_random_sys(), .key = &w->node.key, .mesh = w->mesh,
				   .busy = &w->ferry_busy };

	ld_ctl_ferry(req, in, &to);
}

/* What is noted of learners by their numbers is noted where they are served. */
static void at_a_board(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	(void)in;
	(void)arg;
	ld_ctl_fail(req, LD_E_DENIED, "the ward's server does not do this, a board does: give it to "
		    "any board (laido ... --config /etc/laido/laidod.conf there), and the ward hears "
		    "of it", NULL);
}

static const struct ld_ctl_command commands[] = {
	{ "mesh", mesh },
	{ "home", home },
	{ "ferry", ferry },
	{ "status", ward_status },
	{ "lrs", lrs },
	{ "report", report },
	{ "reminders", reminders },
	{ "publish", content_publish },
	{ "goal", goal_set },
	{ "goal.list", goal_list },
	{ "role.set", role_set },
	{ "role.list", role_list },
	{ "class", at_a_board },
	{ "school", at_a_board },
	{ "invite", at_a_board },
	{ "merge", at_a_board },
	{ NULL, NULL },
};

int ctl_start(struct ward *w, struct ld_errmsg *err)
{
	char path[LD_CONF_PATH + 16];

	snprintf(path, sizeof(path), "%s/ctl.sock", w->conf.state_dir);
	return ld_ctl_new(&w->ctl, NULL, path, commands, w, err);
}
