/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The asking side: exchanges when mesh/pace says so, each a step on the work thread --> POST, which goes
 * out while further steps make the rest of it --> steps, from when the first of the answer has come -->
 * POST --> ... until a step has nothing more to send. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osmocom/core/timer.h>

#include "fetch.h"
#include "laido/link/https.h"
#include "laido/osmo/log.h"

struct ld_link {
	struct ld_job job;
	struct ld_link_cfg cfg;
	char host[80];
	struct fetch *fetch;
	struct ld_mesh_peer *peer;
	struct ld_mesh_io *io;
	struct ld_pace pace;
	struct osmo_timer_list timer;
	struct ld_body *answer; /* what the step on the work thread reads */
	size_t fed;             /* so much of it */
	bool receiving;         /* more of it comes */
	bool giving;            /* a question is on its way of which more is made */
	char broken[192];       /* why it does not, while what came is worked off; "" */
	int verdict;
	bool in_flight; /* a job is with the work thread */
	uint64_t received;
	bool stopped;
	struct ld_mesh_stats step_stats; /* written by run(), read by done() */
	struct ld_mesh_progress step_progress;
	struct ld_link_status status;
};

static int64_t now_ms(const struct ld_link *l)
{
	return ld_clock_monotonic_ms(l->cfg.clock);
}

/* After whatever may have moved it. */
static void wait_until_due(struct ld_link *l)
{
	int64_t in_ms = l->pace.due_ms - now_ms(l);

	if (l->pace.state == LD_PACE_TALKING)
		return;
	in_ms = in_ms > 0 ? in_ms : 0;
	osmo_timer_schedule(&l->timer, (int)(in_ms / 1000), (int)(in_ms % 1000 * 1000));
}

/* ---- the end of an exchange ---- */

static void drop_answer(struct ld_link *l)
{
	ld_body_drop(l->answer);
	l->answer = NULL;
	l->fed = 0;
	l->broken[0] = '\0';
}

static void rest(struct ld_link *l)
{
	drop_answer(l);
	if (l->status.error[0])
		LOGP(DMESH, LOGL_NOTICE, "%s: reached again\n", l->host);
	l->status.error[0] = '\0';
	l->status.exchanges++;
	ld_pace_rest(&l->pace, now_ms(l));
	wait_until_due(l);
}

static void fail(struct ld_link *l, const char *why)
{
	if (l->receiving)
		fetch_cancel(l->fetch);
	l->receiving = l->giving = false;
	drop_answer(l);
	ld_pace_fail(&l->pace, now_ms(l), l->cfg.random);
	wait_until_due(l);
	if (strncmp(why, l->status.error, sizeof(l->status.error) - 1) != 0)
		LOGP(DMESH, LOGL_NOTICE, "%s; next try in %d s or less\n", why,
		     (int)((l->pace.due_ms - now_ms(l)) / 1000) + 1);
	snprintf(l->status.error, sizeof(l->status.error), "%s", why);
	l->status.failures++;
}

static void fail_code(struct ld_link *l, const char *doing, int rc)
{
	char why[192];

	snprintf(why, sizeof(why), "%s: %s: %s", l->host, doing, ld_strerror(rc));
	fail(l, why);
}

/* ---- steps ---- */

/* The peer's mistakes are not the store's: nothing has to be undone for them. */
static bool is_peers_fault(int rc)
{
	return rc == LD_E_DENIED || rc == LD_E_CORRUPT || rc == LD_E_TOOBIG || rc == LD_E_PEER ||
	       rc == LD_E_RANGE;
}

static int run_step(struct ld_job *job, struct ld_store *st)
{
	struct ld_link *l = (struct ld_link *)job;

	l->verdict = ld_mesh_step(l->cfg.mesh, st, l->io);
	ld_mesh_stats(l->cfg.mesh, &l->step_stats);
	ld_mesh_peer_progress(l->peer, &l->step_progress);
	return l->verdict < 0 && !is_peers_fault(l->verdict) ? l->verdict : 0;
}

static void submit(struct ld_link *l)
{
	int rc = ld_worker_submit(l->cfg.worker, LD_LANE_MESH, &l->job);

	l->in_flight = rc == 0;
	if (rc < 0 && (!l->receiving || l->giving))     /* else with the next part */
		fail_code(l, "our own queue", rc);
}

/* What has come of the answer goes to the engine, when that has worked off what it had. */
static void pass_on(struct ld_link *l)
{
	if (l->in_flight || !l->answer ||
	    (l->receiving && l->answer->len - l->fed < LD_BODY_PART))
		return;
	if (l->fed == 0)
		ld_mesh_io_expect(l->io, l->answer->data);
	l->fed = l->answer->len;
	ld_mesh_io_grow(l->io, l->fed, !l->receiving && !l->broken[0]);
	submit(l);
}

static void free_link(struct ld_link *l)
{
	drop_answer(l);
	ld_mesh_io_free(l->io);
	ld_mesh_peer_free(l->peer);
	free(l);
}

/* whole: no step adds to it any more. False: it failed. */
static bool post(struct ld_link *l, bool whole)
{
	const struct ld_msg *m = ld_mesh_io_message(l->io);

	if (l->giving) {
		l->giving = !whole;
		fetch_more(l->fetch, m->len, whole);
		return true;
	}
	drop_answer(l);
	l->giving = !whole;
	l->receiving = (whole ? fetch_post(l->fetch, m->data, m->len)
			      : fetch_begin(l->fetch, m->data, m->len)) == 0;
	if (!l->receiving)
		fail_code(l, "sending", LD_E_PEER);
	return l->receiving;
}

/* What came before the line broke stands. */
static void pass_on_or_fail(struct ld_link *l)
{
	char why[sizeof(l->broken)];

	if (!l->broken[0] || (l->answer && l->fed < l->answer->len))
		return pass_on(l);
	snprintf(why, sizeof(why), "%s", l->broken);
	fail(l, why);
}

static void done_step(struct ld_job *job, int rc)
{
	struct ld_link *l = (struct ld_link *)job;

	l->in_flight = false;
	if (l->stopped) {
		free_link(l);
		return;
	}
	l->status.mesh = l->step_stats;
	l->status.progress = l->step_progress;
	if (l->step_progress.received > l->received && l->cfg.news)
		l->cfg.news(l->cfg.arg);
	l->received = l->step_progress.received;
	if (rc < 0)
		return fail_code(l, "our own store", rc);
	if (l->verdict < 0)
		return fail_code(l,
				 l->verdict == LD_E_DENIED ? "it is no member here" : "its answer",
				 l->verdict);
	ld_mesh_io_accept(l->io);
	/* It has answered before it was asked to the end, or the line is gone. */
	if (l->giving && !l->receiving) {
		l->giving = false;
		return pass_on_or_fail(l);
	}
	switch (l->verdict) {
	case LD_MESH_MORE:
		if (ld_mesh_io_message(l->io)->len == 0 || post(l, false))
			submit(l);
		break;
	case LD_MESH_SEND:
		post(l, true);
		break;
	case LD_MESH_WAIT:
		pass_on_or_fail(l);
		break;
	default:
		rest(l);
	}
}

static void on_part(void *arg, struct ld_body *so_far)
{
	struct ld_link *l = arg;

	if (!l->answer)
		l->answer = ld_body_ref(so_far);
	pass_on(l);
}

static void on_answer(void *arg, struct ld_body *answer, const char *why)
{
	struct ld_link *l = arg;

	l->receiving = false;
	if (answer)
		l->status.contact_ms = ld_clock_utc_ms(l->cfg.clock, NULL);
	else
		snprintf(l->broken, sizeof(l->broken), "%s", why);
	if (answer && !l->answer)
		l->answer = ld_body_ref(answer);
	if (!l->in_flight)
		pass_on_or_fail(l);
}

static void due(void *arg)
{
	struct ld_link *l = arg;

	l->received = 0;
	ld_mesh_peer_compare(l->peer, !ld_pace_begin(&l->pace));
	ld_mesh_io_feed(l->io, NULL, 0);
	submit(l);
}

/* ---- the outside ---- */

void ld_link_poke(struct ld_link *l)
{
	ld_pace_poke(&l->pace, now_ms(l));
	wait_until_due(l);
}

void ld_link_relay(struct ld_link *l)
{
	ld_pace_relay(&l->pace, now_ms(l), l->cfg.random);
	wait_until_due(l);
}

void ld_link_asked(struct ld_link *l)
{
	l->status.contact_ms = ld_clock_utc_ms(l->cfg.clock, NULL);
	ld_pace_asked(&l->pace, now_ms(l));
	wait_until_due(l);
}

void ld_link_heard(struct ld_link *l)
{
	ld_pace_heard(&l->pace, now_ms(l));
	wait_until_due(l);
}

void ld_link_status(const struct ld_link *l, struct ld_link_status *ret)
{
	*ret = l->status;
	ret->state = l->pace.state;
	if (l->pace.state == LD_PACE_RETRYING)
		ret->retry_in_ms = l->pace.due_ms > now_ms(l) ? l->pace.due_ms - now_ms(l) : 0;
}

int ld_link_start(struct ld_link **ret, const struct ld_link_cfg *cfg, struct ld_errmsg *err)
{
	struct ld_link *l = calloc(1, sizeof(*l));
	struct fetch_cfg f = {
		.host = cfg->host,
		.port = cfg->port,
		.path = "/mesh/2",
		.key = cfg->key,
		.answer_max = LD_MESH_MESSAGE_MAX,
		.part = on_part,
		.done = on_answer,
		.arg = l,
	};
	int rc;

	if (!l)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	l->cfg = *cfg;
	snprintf(l->host, sizeof(l->host), "%.64s:%u", cfg->host, cfg->port);
	memcpy(f.peer_pk, cfg->peer_pk, sizeof(f.peer_pk));
	l->peer = ld_mesh_peer_new(cfg->peer_pk);
	l->io = l->peer ? ld_mesh_io_new(cfg->peer_pk, l->peer) : NULL;
	rc = l->io ? fetch_new(&l->fetch, &f, err) : ld_fail(err, LD_E_NOMEM, "out of memory");
	if (rc < 0) {
		free_link(l);
		return rc;
	}
	l->job.run = run_step;
	l->job.done = done_step;
	ld_pace_init(&l->pace, &cfg->pace, now_ms(l));
	l->status.progress.waiting = -1;
	osmo_timer_setup(&l->timer, due, l);
	wait_until_due(l);
	*ret = l;
	return 0;
}

void ld_link_stop(struct ld_link *l)
{
	if (!l)
		return;
	osmo_timer_del(&l->timer);
	fetch_free(l->fetch);
	l->fetch = NULL;
	l->stopped = true;
	if (!l->in_flight)
		free_link(l);
}
