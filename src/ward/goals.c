/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What 100 % means, as the ward enters it: goal and goal.list of the control socket. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ward.h"

static const struct {
	const char *key, *people;
} kinds[LD_N_GOALS] = {
	[LD_GOAL_TDP] = { "tdp", "adults" },
	[LD_GOAL_MARKET] = { "market", "traders" },
	[LD_GOAL_SCHOOL] = { "school", "pupils" },
};

struct goal_job {
	struct ld_job job;
	struct ld_ctl_req *req;
	struct ld_fact f;
	bool commit;
	const char *change;
	json_t *list;                   /* of goal.list */
};

static void done(struct ld_job *job, int rc)
{
	struct goal_job *g = (struct goal_job *)job;

	if (rc < 0)
		ld_ctl_fail(g->req, rc, NULL, NULL);
	else if (g->list)
		ld_ctl_answer(g->req, json_pack("{s:O}", "goals", g->list));
	else
		ld_ctl_answer(g->req, json_pack("{s:s}", "change", g->change));
	json_decref(g->list);
	free(g);
}

static void submit(struct goal_job *g, const struct ward *w)
{
	int rc = ld_worker_submit(w->worker, LD_LANE_LONG, &g->job);

	if (rc < 0)
		done(&g->job, rc);
}

static int run_set(struct ld_job *job, struct ld_store *st)
{
	struct goal_job *g = (struct goal_job *)job;
	unsigned old, now = (unsigned)g->f.u.goal.people;
	int rc = ld_store_goal(st, g->f.u.goal.what, g->f.u.goal.name, &old);

	g->change = old == now ? "same" : old == 0 ? "new" : now == 0 ? "off" : "changed";
	if (rc < 0 || old == now || !g->commit)
		return rc;
	return ld_store_append(st, &g->f, NULL);
}

/* "28" or a name. NULL, or what is wrong. */
static const char *parse_name(struct ld_fact *f, const json_t *name)
{
	const char *text = json_string_value(name);

	if (f->u.goal.what == LD_GOAL_TDP) {
		json_int_t n = json_integer_value(name);

		if (n < 1 || n > LD_CONF_TDP)
			return "tdp: 1 to 99";
		snprintf(f->u.goal.name, sizeof(f->u.goal.name), "%d", (int)n);
		return NULL;
	}
	if (!text || !text[0] || strlen(text) >= sizeof(f->u.goal.name) || strpbrk(text, "{}\n\r\t"))
		return "name: 1 to 47 octets, no control codes or braces; as residents see it";
	memcpy(f->u.goal.name, text, strlen(text) + 1);
	return NULL;
}

static const char *parse(struct goal_job *g, const json_t *in)
{
	const json_t *name = NULL, *people;
	const char *text;

	g->f.kind = LD_EV_GOAL;
	for (unsigned k = 1; k < LD_N_GOALS; k++) {
		const json_t *at = json_object_get(in, kinds[k].key);

		text = json_string_value(at);
		if (!at || (text && !text[0]) ||
		    (json_is_integer(at) && json_integer_value(at) == 0))
			continue;       /* an empty cell */
		if (name)
			return "one of tdp, market and school in a row";
		name = at;
		g->f.u.goal.what = (uint8_t)k;
	}
	if (!name)
		return "tdp, market or school: missing";
	people = json_object_get(in, kinds[g->f.u.goal.what].people);
	if (!json_is_integer(people) || json_integer_value(people) < 0 ||
	    json_integer_value(people) > LD_GOAL_MAX)
		return "how many is missing: adults beside tdp, traders beside market, pupils beside "
		       "school";
	g->f.u.goal.people = json_integer_value(people);
	return parse_name(&g->f, name);
}

void goal_set(struct ld_ctl_req *req, const json_t *in, void *ward)
{
	struct goal_job *g = calloc(1, sizeof(*g));
	const char *wrong = g ? parse(g, in) : NULL;

	if (!g || wrong) {
		ld_ctl_fail(req, g ? LD_E_RANGE : LD_E_NOMEM, wrong, NULL);
		free(g);
		return;
	}
	g->job = (struct ld_job){ .run = run_set, .done = done };
	g->req = req;
	g->commit = json_is_true(json_object_get(in, "commit"));
	submit(g, ward);
}

static int add_goal(void *arg, const struct ld_goal *goal)
{
	if (goal->what >= LD_N_GOALS)
		return 0;
	json_array_append_new(arg, goal->what == LD_GOAL_TDP
		? json_pack("{s:i,s:i}", kinds[goal->what].key, (int)strtol(goal->name, NULL, 10),
			    kinds[goal->what].people, (int)goal->people)
		: json_pack("{s:s,s:i}", kinds[goal->what].key, goal->name,
			    kinds[goal->what].people, (int)goal->people));
	return 0;
}

static int run_list(struct ld_job *job, struct ld_store *st)
{
	struct goal_job *g = (struct goal_job *)job;

	json_array_clear(g->list);
	return ld_store_goals(st, add_goal, g->list);
}

void goal_list(struct ld_ctl_req *req, const json_t *in, void *ward)
{
	struct goal_job *g = calloc(1, sizeof(*g));

	(void)in;
	if (!g)
		return ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
	g->job = (struct ld_job){ .run = run_list, .done = done };
	g->req = req;
	g->list = json_array();
	submit(g, ward);
}
