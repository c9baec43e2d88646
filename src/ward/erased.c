/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ward says by itself: like every board, that it holds nothing of an erased learner any
 * more; that it knows of a completion; and that it is there, so that homes may send. */
#include <stdlib.h>

#include "ward.h"

enum { EVERY_S = 30 };

static int run(struct ld_job *job, struct ld_store *st)
{
	int rc = ld_store_erased_tell(st);

	if (rc >= 0)
		rc = ld_store_countersign(st);
	if (rc >= 0)
		rc = ld_store_heartbeat(st);
	(void)job;
	return rc < 0 ? rc : 0;
}

static void done(struct ld_job *job, int rc)
{
	(void)rc;       /* it is tried again */
	free(job);
}

void erased_tick(struct ward *w)
{
	struct ld_job *job = ++w->ticks % EVERY_S == 1 ? calloc(1, sizeof(*job)) : NULL;

	if (!job)
		return;
	*job = (struct ld_job){ .run = run, .done = done };
	if (ld_worker_submit(w->worker, LD_LANE_LONG, job) < 0)
		free(job);
}
