/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits and why, looked at now and then: for doors that may not wait for the store. */
#include <stdlib.h>
#include <string.h>

#include "impl.h"

enum { TICKS = 10 };

struct look {
	struct ld_job job;
	struct ld_gateway *gw;
	unsigned n_lanes;
	struct ld_outbox_lane lane[LD_GATEWAY_LANES];
	unsigned n;
	struct ld_gateway_queue queue[LD_GATEWAY_QUEUES];
};

static int note_queue(void *arg, const struct ld_out_queue *q)
{
	struct look *u = arg;

	if (u->n < LD_GATEWAY_QUEUES)
		u->queue[u->n++].what = *q;
	return 0;
}

static int look_run(struct ld_job *job, struct ld_store *st)
{
	struct look *u = (struct look *)job;
	struct ld_outbox_now now;
	struct ld_out_row row;
	int rc = dispatch_now(u->gw, st, &now);

	u->n = 0;
	if (rc == 0)
		rc = ld_store_out_queues(st, note_queue, u);
	for (unsigned i = 0; i < u->n && rc == 0; i++) {
		struct ld_gateway_queue *q = &u->queue[i];

		rc = ld_store_out_first(st, q->what.channel, q->what.prio, INT64_MAX, &row);
		if (rc == 0)
			rc = ld_outbox_explain(st, &now, u->lane, u->n_lanes, &row, &q->first);
	}
	return rc < 0 ? rc : 0;
}

static void look_done(struct ld_job *job, int rc)
{
	struct look *u = (struct look *)job;

	u->gw->queueing = false;
	if (rc == 0) {
		u->gw->n_queues = u->n;
		memcpy(u->gw->queue, u->queue, sizeof(u->queue[0]) * u->n);
	}
	free(u);
}

void queue_tick(struct ld_gateway *gw)
{
	struct look *u;

	if (gw->queueing || gw->ticks % TICKS != 3 || !(u = calloc(1, sizeof(*u))))
		return;
	u->job = (struct ld_job){ .run = look_run, .done = look_done };
	u->gw = gw;
	u->n_lanes = ld_gateway_lanes(gw, u->lane);
	gw->queueing = gateway_submit(gw, LD_LANE_LONG, &u->job) == 0;
	if (!gw->queueing)
		free(u);
}

unsigned ld_gateway_queues(const struct ld_gateway *gw, const struct ld_gateway_queue **ret)
{
	*ret = gw->queue;
	return gw->n_queues;
}
