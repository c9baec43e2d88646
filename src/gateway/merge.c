/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An operator who knows that two numbers are one person's says so. */
#include <stdlib.h>
#include <string.h>

#include "impl.h"

struct merge {
	struct ld_job job;
	struct ld_gateway *gw;
	struct ld_gateway_merger what;
	const char *why;                /* not one; NULL: done */
	struct ld_outcome out_come;
};

static int load(struct merge *m, struct ld_store *st, const struct ld_msisdn *number,
		struct ld_person *ret)
{
	const struct ld_gateway_cfg *cfg = &m->gw->cfg;
	bool simulated = cfg->is_simulated(cfg->simulated_arg, number);

	return ld_store_person(st, cfg->keys, number,
			       simulated && !cfg->simulated_counts ? 0 : 1, ret);
}

static int merge_run(struct ld_job *job, struct ld_store *st)
{
	struct merge *m = (struct merge *)job;
	struct ld_session_env env;
	struct ld_person from, to;
	int rc = load(m, st, &m->what.from, &from);

	if (rc == 0)
		rc = load(m, st, &m->what.to, &to);
	if (rc < 0)
		return rc;
	gateway_env(m->gw, ld_clock_utc_ms(m->gw->cfg.clock, NULL), &env);
	m->why = ld_session_merge(&env, &to, &from, &m->out_come);
	for (unsigned i = 0; !m->why && m->what.commit && i < m->out_come.n_facts && rc == 0; i++) {
		struct ld_fact *f = &m->out_come.facts[i];

		if (!(m->out_come.foreign >> i & 1))
			f->subject = to.s;
		rc = ld_store_append(st, f, NULL);
	}
	return rc;
}

static void merge_done(struct ld_job *job, int rc)
{
	struct merge *m = (struct merge *)job;

	m->what.done(m->what.arg, rc, m->why);
	free(m);
}

int ld_gateway_merge(struct ld_gateway *gw, const struct ld_gateway_merger *what)
{
	struct merge *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return LD_E_NOMEM;
	m->job = (struct ld_job){ .run = merge_run, .done = merge_done };
	m->gw = gw;
	m->what = *what;
	rc = gateway_submit(gw, LD_LANE_LONG, &m->job);
	if (rc < 0)
		free(m);
	return rc;
}
