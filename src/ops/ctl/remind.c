/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/ops/ctl/remind.h"

#include <stdlib.h>

struct job {
	struct ld_job job;
	struct ld_ctl_remind to;
	struct ld_ctl_req *req;
	json_t *in, *answer;
	int refused;
	struct ld_errmsg err;
};

/* The store's own trouble undoes the job; a refusal has written nothing. */
static bool of_store(int rc)
{
	return rc == LD_E_STORE || rc == LD_E_FULL || rc == LD_E_READONLY || rc == LD_E_NOMEM;
}

static int run(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;

	json_decref(j->answer);         /* of a run that was rolled back */
	j->answer = NULL;
	j->to.desk.st = st;
	j->to.desk.content = j->to.content(j->to.arg);
	j->to.desk.now_ms = ld_clock_utc_ms(j->to.clock, NULL);
	j->refused = ld_desk_ask(&j->to.desk, j->in, &j->answer, &j->err);
	return of_store(j->refused) ? j->refused : 0;
}

static void done(struct ld_job *job, int rc)
{
	struct job *j = (struct job *)job;

	if (rc == 0 && j->refused == 0) {
		ld_ctl_answer(j->req, j->answer);
	} else {
		json_decref(j->answer);
		ld_ctl_fail(j->req, rc < 0 ? rc : j->refused, rc < 0 ? NULL : j->err.text, NULL);
	}
	json_decref(j->in);
	free(j);
}

void ld_ctl_remind(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_remind *to)
{
	struct job *j = calloc(1, sizeof(*j));
	int rc = j ? 0 : LD_E_NOMEM;

	if (j) {
		j->job = (struct ld_job){ .run = run, .done = done };
		j->to = *to;
		j->req = req;
		j->in = json_deep_copy(in);
		rc = ld_worker_submit(to->worker, LD_LANE_LONG, &j->job);
	}
	if (rc < 0) {
		if (j)
			json_decref(j->in);
		free(j);
		ld_ctl_fail(req, rc, NULL, NULL);
	}
}
