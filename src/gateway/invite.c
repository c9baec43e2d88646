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
	char channel[32];               /* by which it leaves */
	const char *why;                /* not invited; NULL: done */
	struct ld_outcome out_come;
};

static int add_row(struct invite *v, struct ld_store *st, int64_t now_ms)
{
	const struct ld_session_send *m = &v->out_come.sends[0];
	struct ld_out_row r = { .state = LD_OUT_QUEUED, .prio = m->prio, .alphabet = m->alphabet,
				.created_ms = now_ms, .due_ms = now_ms, .changed_ms = now_ms };
	struct ld_measure size;
	int64_t id;
	int rc = others_row(v->gw, st, m, &r);

	if (rc <= 0)
		return rc;
	ld_text_measure(m->text, &size);
	r.parts = (uint8_t)size.parts;
	snprintf(r.channel, sizeof(r.channel), "%s", v->channel);
	snprintf(r.to, sizeof(r.to), "+%s", m->to.digits);
	snprintf(r.what, sizeof(r.what), "%s", m->what);
	snprintf(r.text, sizeof(r.text), "%s", m->text);
	return ld_store_out_add(st, &r, &id);
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
	for (unsigned i = 0; i < v->gw->n_slots; i++) {
		v->gw->slot[i].backlog = true;
		dispatch_kick(v->gw, &v->gw->slot[i]);
	}
	free(v);
}

/* Numbers of the simulated handset by that one only; others by whatever is up, else waits. */
static bool choose_channel(struct invite *v)
{
	const struct ld_gateway_cfg *cfg = &v->gw->cfg;
	bool simulated = cfg->is_simulated(cfg->simulated_arg, &v->what.to);
	bool up = false;

	for (unsigned i = 0; i < v->gw->n_slots && !up; i++) {
		const struct slot *s = &v->gw->slot[i];

		if (!s->ch->ops->send || (strcmp(s->ch->ops->kind, "phone") == 0) != simulated)
			continue;
		up = s->status.state == LD_CHANNEL_UP;
		if (up || !v->channel[0])
			snprintf(v->channel, sizeof(v->channel), "%s", s->ch->name);
	}
	return v->channel[0] != '\0';
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
	rc = choose_channel(v) ? gateway_submit(gw, LD_LANE_LONG, &v->job) : LD_E_UNKNOWN;
	if (rc < 0)
		free(v);
	return rc;
}
