/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An operator's invitation: under the ambassadors' rules, in one transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"

struct invite {
	struct ld_job job;
	struct ld_gateway *gw;
	struct ld_gateway_invitation what;
	const char *why;                /* not invited; NULL: done */
	struct ld_outcome out_come;
};

static int add_row(struct invite *v, struct ld_store *st, int64_t now_ms)
{
	const struct ld_session_send *m = &v->out_come.sends[0];
	struct ld_out_row r = { .created_ms = now_ms, .due_ms = now_ms, .changed_ms = now_ms };
	int64_t id;
	int rc = others_row(v->gw, st, m, &r);

	if (rc <= 0)
		return rc;
	row_fill(&r, m, m->to.digits);
	rc = route_of(v->gw, st, &m->to, &r.p, r.channel);
	if (rc < 0)
		return rc;
	r.chosen = (uint8_t)rc;
	return ld_outbox_add(st, &r, &id);
}

static int invite_run(struct ld_job *job, struct ld_store *st)
{
	struct invite *v = (struct invite *)job;
	const struct ld_gateway_cfg *cfg = &v->gw->cfg;
	int64_t now_ms = ld_clock_utc_ms(cfg->clock, NULL);
	bool simulated = cfg->is_simulated(cfg->simulated_arg, &v->what.to);
	struct ld_session_env env;
	struct ld_person p;
	int rc = ld_store_person(st, cfg->keys, &v->what.to,
				 simulated && !cfg->simulated_counts ? 0 : 1, &p);

	if (rc < 0)
		return rc;
	gateway_env(v->gw, now_ms, &env);
	v->why = ld_session_invite(&env, &p, v->what.course, v->what.tdp, &v->out_come);
	if (v->why || !v->what.commit)
		return 0;
	if (p.slot > 0)
		rc = ld_store_append(st, &v->out_come.facts[0], NULL);
	return rc < 0 ? rc : add_row(v, st, now_ms);
}

static void invite_done(struct ld_job *job, int rc)
{
	struct invite *v = (struct invite *)job;

	v->what.done(v->what.arg, rc, v->why);
	dispatch_wake(v->gw);
	free(v);
}

int ld_gateway_invite(struct ld_gateway *gw, const struct ld_gateway_invitation *what)
{
	struct invite *v = calloc(1, sizeof(*v));
	int rc;

	if (!v)
		return LD_E_NOMEM;
	v->job = (struct ld_job){ .run = invite_run, .done = invite_done };
	v->gw = gw;
	v->what = *what;
	rc = route_any(gw, gw->cfg.is_simulated(gw->cfg.simulated_arg, &what->to), NULL) ?
	     gateway_submit(gw, LD_LANE_LONG, &v->job) : LD_E_UNKNOWN;
	if (rc < 0)
		free(v);
	return rc;
}
