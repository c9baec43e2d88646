/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nobody asked for: the work thread looks at the learners that are due, in slices. What it
 * decides, the message, the question that is open now and the time of the next look are one
 * transaction: a crash neither loses a lesson nor sends one twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"

enum { LOOKS_A_SLICE = 16, TICKS = 10, ADOPT_TICKS = 600, ADOPTIONS_A_SLICE = 512, RELEASES_A_SLICE = 64 };

/* Looked at again meanwhile: the board before may stop earlier. */
#define HOME_LOOK_MS INT64_C(600000)

struct unasked {
	struct ld_job job;
	struct ld_gateway *gw;
	bool adopt;
	struct ld_id adopted;           /* so far */
	struct ld_board_id home;        /* this board */
	unsigned n_sent;
};

/* One learner. */
struct look {
	struct unasked *u;
	struct ld_store *st;
	int64_t now_ms;
	struct ld_session_env env;
	struct ld_due due;
	struct ld_person who;
	struct ld_session_peek peek;
	struct ld_answer answers[256];
	uint8_t blob[LD_SESSION_BLOB_MAX];
	size_t len;
	struct ld_outcome out_come;
};

/* ---- sending ---- */

bool senders_number(const struct ld_gateway *gw, const uint8_t *box, size_t n,
		    struct ld_msisdn *ret)
{
	uint8_t digits[64];

	if (n <= LD_SEAL_EXTRA || n - LD_SEAL_EXTRA >= sizeof(ret->digits) ||
	    ld_unseal(digits, gw->cfg.board, box, n) < 0)
		return false;
	n -= LD_SEAL_EXTRA;
	memcpy(ret->digits, digits, n);
	ret->digits[n] = '\0';
	return strspn(ret->digits, "0123456789") == n;
}

static int add_row(struct look *k, const struct ld_session_send *m, const char *channel,
		   int chosen)
{
	int64_t id;
	struct ld_out_row r = { .p = k->who.p, .created_ms = k->now_ms, .due_ms = k->now_ms,
				.changed_ms = k->now_ms, .chosen = (uint8_t)chosen };

	row_fill(&r, m, k->who.msisdn.digits);
	snprintf(r.channel, sizeof(r.channel), "%s", channel);
	return ld_outbox_add(k->st, &r, &id);
}

/* 1: queued, 0: it cannot be sent now, negative: the store. */
static int send(struct look *k, const struct ld_schedule_plan *plan)
{
	static const enum ld_unasked whats[] = {
		[LD_DUE_LESSON] = LD_UNASKED_LESSON, [LD_DUE_REVIEW] = LD_UNASKED_REVIEW,
		[LD_DUE_IDLE] = LD_UNASKED_IDLE,
	};
	uint8_t after[LD_SESSION_BLOB_MAX];
	size_t len = 0;
	char channel[32];
	int rc = senders_number(k->u->gw, k->due.for_home, k->due.for_home_len, &k->who.msisdn) ?
		route_of(k->u->gw, k->st, &k->who.msisdn, &k->who.p, channel) : 0;
	int chosen = rc;

	if (rc <= 0)
		return rc;
	rc = 0;
	ld_session_unasked(&k->env, &k->who, k->blob, k->len, whats[plan->what],
			   k->peek.course->key, plan->lesson, &k->out_come, after, &len);
	for (unsigned i = 0; i < k->out_come.n_sends && rc == 0; i++)
		rc = add_row(k, &k->out_come.sends[i], channel, chosen);
	if (rc == 0 && k->out_come.n_sends == 0)
		return 0;
	/* The session's time is that of what she did herself. */
	if (rc == 0)
		rc = ld_store_session_put(k->st, &k->who.p, after, len,
					  k->due.activity_ms ? k->due.activity_ms : k->now_ms);
	k->u->n_sent += rc == 0;
	return rc < 0 ? rc : 1;
}

/* ---- looking ---- */

static int load(struct look *k)
{
	int rc = ld_store_learner(k->st, &k->due.p, k->due.slot, &k->who);

	if (rc == 0)
		rc = household_load(k->u->gw, k->st, &k->who);
	if (rc == 0)
		rc = ld_store_session_get(k->st, &k->due.p, k->blob, sizeof(k->blob));
	if (rc < 0 && rc != LD_E_TOOBIG)
		return rc;
	k->len = rc > 0 ? (size_t)rc : 0;
	ld_session_peek(&k->env, &k->who, k->blob, k->len, &k->peek);
	return 0;
}

static int decide(struct look *k)
{
	struct ld_schedule_look look = {
		.now_ms = k->now_ms, .person = &k->who, .due = &k->due, .answers = k->answers,
		.course = k->peek.course, .open = k->peek.open, .answered = k->peek.answered,
		.asked = k->peek.asked, .asked_lesson = k->peek.asked_lesson,
		.asked_ms = k->peek.asked_ms,
	};
	struct ld_schedule_plan plan;
	int rc = 0;

	memcpy(look.asked_course, k->peek.asked_course, sizeof(look.asked_course));
	if (k->peek.course && k->peek.open == 0)
		rc = ld_store_answers(k->st, &k->who.s, k->peek.course->key, k->answers,
				      LD_ARRAY_SIZE(k->answers));
	if (rc < 0)
		return rc;
	look.n_answers = (unsigned)rc;
	ld_schedule_look(&k->u->gw->schedule, &look, &plan);
	if (plan.what != LD_DUE_NOTHING) {
		rc = send(k, &plan);
		if (rc < 0)
			return rc;
		if (rc == 0) {
			plan.what = LD_DUE_NOTHING;
			plan.at_ms = k->now_ms + LD_SCHED_HOUR_MS;
		}
	}
	ld_schedule_note(&look, &plan, &k->due);
	return ld_store_due_set(k->st, &k->due);
}

static int look_at(struct look *k)
{
	int rc;

	if (!k->due.open ||
	    memcmp(k->due.home.b, k->u->home.b, sizeof(k->due.home.b)) != 0)
		return ld_store_due_drop(k->st, &k->due.s);
	/* Moved here: the board before may not have stopped yet. */
	if (k->due.began_ms > k->now_ms) {
		k->due.at_ms = k->due.began_ms < k->now_ms + HOME_LOOK_MS ?
			k->due.began_ms : k->now_ms + HOME_LOOK_MS;
		return ld_store_due_set(k->st, &k->due);
	}
	rc = load(k);
	if (rc < 0)
		return rc;
	/* Another name or number of the same learner stands for her. */
	if (!k->who.consented || !ld_id_eq(&k->who.s, &k->due.s) || k->who.second)
		return ld_store_due_drop(k->st, &k->due.s);
	return decide(k);
}

/* Whom the ward has moved away is let go before anybody is looked at: what was sent to her goes with
 * it. Whoever has come is adopted. Negative, or 1: there is more to do first. */
static int homes(struct unasked *u, struct ld_store *st)
{
	int rc;

	if (!u->adopt && ld_store_homes(st) == u->gw->homes)
		return 0;
	rc = ld_store_release(st, RELEASES_A_SLICE);
	if (rc < 0 || rc == RELEASES_A_SLICE)
		return rc < 0 ? rc : 1;
	u->gw->homes = ld_store_homes(st);
	u->adopt = true;
	return 0;
}

/* Slices of its own before those that look. What a roll-back undoes comes again with a later look. */
static int adopt(struct unasked *u, struct ld_store *st, int64_t now_ms)
{
	int rc = homes(u, st);

	if (rc != 0 || !u->adopt)
		return rc;
	rc = ld_store_due_adopt(st, &u->home, now_ms, ADOPTIONS_A_SLICE, &u->adopted);
	u->adopt = rc > 0;
	return rc;
}

static int unasked_run(struct ld_job *job, struct ld_store *st)
{
	struct unasked *u = (struct unasked *)job;
	struct ld_gateway *gw = u->gw;
	struct look k = { .u = u, .st = st, .now_ms = ld_clock_utc_ms(gw->cfg.clock, NULL) };
	struct ld_term term = { .runs = false };
	unsigned n = 0;
	int rc;

	u->n_sent = 0;
	gateway_env(gw, k.now_ms, &k.env);
	rc = adopt(u, st, k.now_ms);
	job->again = rc > 0;
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if ((rc = ld_store_paused(st)) > 0)
		return 0;
	if (rc == 0)
		rc = ld_store_term(st, k.now_ms, &term);
	/* Whose clock may be wrong must not wake anybody. */
	if (rc < 0 || !term.runs || !k.env.time_trusted || ld_schedule_quiet_until(&gw->schedule, k.now_ms))
		return rc < 0 ? rc : 0;
	for (; n < LOOKS_A_SLICE; n++) {
		rc = ld_store_due_next(st, k.now_ms, &k.due);
		if (rc == 0)
			rc = look_at(&k);
		if (rc < 0)
			break;
	}
	job->again = n == LOOKS_A_SLICE;
	return rc == LD_E_UNKNOWN ? 0 : rc;
}

static void unasked_done(struct ld_job *job, int rc)
{
	struct unasked *u = (struct unasked *)job;
	struct ld_gateway *gw = u->gw;
	char line[128];

	gw->looking = false;
	if (rc < 0) {
		snprintf(line, sizeof(line), "lessons that are due could not be prepared: %s",
			 ld_strerror(rc));
		gw->cfg.note(gw->cfg.note_arg, line);
	}
	dispatch_wake(gw);
	free(u);
}

/* ---- starting it ---- */

void unasked_tick(struct ld_gateway *gw)
{
	struct unasked *u;

	if (gw->looking || gw->ticks % TICKS != 1 || !(u = calloc(1, sizeof(*u))))
		return;
	u->job = (struct ld_job){ .run = unasked_run, .done = unasked_done };
	u->gw = gw;
	u->adopt = gw->ticks % ADOPT_TICKS == 1;
	ld_board_id_of(&u->home, gw->cfg.board->pk);
	gw->looking = gateway_submit(gw, LD_LANE_LONG, &u->job) == 0;
	if (!gw->looking)
		free(u);
}
