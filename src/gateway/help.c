/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bridge between who calls for help and who helps, over all boards. What one side did is an
 * event; the board that can read the other side's number passes it on, once: that it did is in the
 * same transaction as the message. Nothing here depends on which board took the step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"

enum { HELPERS_MAX = 16, CALLS_MAX = 256, TODO_MAX = 16, DIGITS_LEN = 16, SLOTS = 5 };

_Static_assert(sizeof(((struct ld_call *)0)->number) == DIGITS_LEN + LD_SEAL_EXTRA, "sealed digits");

/* ---- where a helper can be reached ---- */

static bool is_self(const struct ld_gateway *gw, const struct ld_board_id *id)
{
	struct ld_board_id self;

	ld_board_id_of(&self, gw->cfg.board->pk);
	return memcmp(&self, id, sizeof(self)) == 0;
}

static bool own_ward(const struct ld_gateway *gw)
{
	return memcmp(gw->cfg.board->pk, gw->cfg.keys->ward_pk, sizeof(gw->cfg.keys->ward_pk)) == 0;
}

/* The home board of a helper who learns herself; else the ward, where this board is that.
 * LD_E_UNKNOWN: nobody here can write to her. */
static int reach(const struct ld_gateway *gw, struct ld_store *st, const struct ld_id *p,
		 struct ld_board_id *ret, uint8_t ret_pk[32])
{
	struct ld_person who;
	struct ld_member m;
	uint8_t sealed[64];
	int rc = ld_store_learner(st, p, 1, &who);

	if (rc < 0)
		return rc;
	rc = who.consented ? ld_store_number(st, &who.s, ret, sealed) : LD_E_UNKNOWN;
	if (rc == LD_E_UNKNOWN && own_ward(gw))
		ld_board_id_of(ret, gw->cfg.board->pk);
	else if (rc < 0)
		return rc;
	if (is_self(gw, ret)) {
		memcpy(ret_pk, gw->cfg.board->pk, 32);
		return 0;
	}
	rc = ld_store_member(st, ret, &m);
	memcpy(ret_pk, m.pk, rc < 0 ? 0 : sizeof(m.pk));
	return rc;
}

static bool open_digits(const struct ld_gateway *gw, const uint8_t box[64], struct ld_msisdn *ret)
{
	char digits[DIGITS_LEN];

	if (ld_unseal((uint8_t *)digits, gw->cfg.board, box, DIGITS_LEN + LD_SEAL_EXTRA) < 0)
		return false;
	memcpy(ret->digits, digits, sizeof(ret->digits) < DIGITS_LEN ? sizeof(ret->digits) : DIGITS_LEN);
	ret->digits[sizeof(ret->digits) - 1] = '\0';
	return ret->digits[0] && strspn(ret->digits, "0123456789") == strlen(ret->digits);
}

struct of_role {
	const struct ld_id *p;
	uint8_t number[64];
	bool found;
};

static int note_role(void *arg, const struct ld_role_row *r)
{
	struct of_role *o = arg;

	if (!ld_id_eq(&r->p, o->p))
		return 0;
	memcpy(o->number, r->number, sizeof(o->number));
	o->found = true;
	return 0;
}

/* 1: the helper's number can be read here, 0: not. */
static int helper_number(const struct ld_gateway *gw, struct ld_store *st, const struct ld_id *p,
			 struct ld_msisdn *ret)
{
	struct of_role o = { .p = p };
	struct ld_board_id home;
	struct ld_person who;
	uint8_t sealed[64];
	int rc = ld_store_learner(st, p, 1, &who);

	if (rc < 0)
		return rc;
	rc = who.consented ? ld_store_number(st, &who.s, &home, sealed) : LD_E_UNKNOWN;
	if (rc >= 0 && is_self(gw, &home))
		return senders_number(gw, sealed, (size_t)rc, ret);
	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	rc = own_ward(gw) ? ld_store_roles(st, note_role, &o) : 0;
	return rc < 0 ? rc : o.found && open_digits(gw, o.number, ret);
}

/* ---- what the engine asks ---- */

/* A simulated learner is offered simulated helpers only, as far as their numbers are known. */
static int fits(const struct others *o, const struct ld_id *p)
{
	const struct ld_gateway_cfg *cfg = &o->s->gw->cfg;
	struct ld_msisdn m = { "" };
	struct ld_board_id board;
	uint8_t pk[32];
	int rc = reach(o->s->gw, o->st, p, &board, pk);

	if (rc < 0)
		return rc == LD_E_UNKNOWN ? 0 : rc;
	rc = helper_number(o->s->gw, o->st, p, &m);
	return rc <= 0 ? rc == 0 : cfg->is_simulated(cfg->simulated_arg, &m) == o->s->simulated;
}

int help_helper(void *arg, unsigned tdp, struct ld_id *ret_p, char ret_name[LD_NAME_MAX])
{
	const struct others *o = arg;
	struct ld_helper h[HELPERS_MAX];
	struct ld_id self;
	int n, rc;

	ld_pseudonym_p(&self, o->s->gw->cfg.keys, &o->s->msisdn);
	n = ld_store_helpers(o->st, tdp, &self, ld_clock_utc_ms(o->s->gw->cfg.clock, NULL), h,
			     HELPERS_MAX);
	for (int i = 0; i < n; i++) {
		rc = fits(o, &h[i].p);
		if (rc < 0)
			return rc;
		if (rc == 0)
			continue;
		*ret_p = h[i].p;
		snprintf(ret_name, LD_NAME_MAX, "%s", h[i].name);
		return 0;
	}
	return n < 0 ? n : LD_E_UNKNOWN;
}

int help_pin_free(void *arg, const struct ld_id *s, unsigned pin)
{
	return ld_store_call_pin_free(((const struct others *)arg)->st, s, pin);
}

struct seen {
	const struct others *o;
	const struct ld_person *who;
	struct ld_session_call *ret;
	unsigned n, max;
};

static bool serves(const struct ld_person *who, unsigned tdp)
{
	const struct ld_duty *helper = &who->duty[LD_DUTY_HELPER];
	const struct ld_duty *amb = &who->duty[LD_DUTY_AMBASSADOR];

	return (helper->on && (helper->tdp == 0 || helper->tdp == tdp)) ||
	       (amb->on && amb->tdp == tdp && tdp != 0);
}

static void numbers(const struct seen *k, const struct ld_call *c, struct ld_session_call *to)
{
	const struct ld_gateway *gw = k->o->s->gw;
	struct ld_msisdn m;
	bool mine = to->mine && c->step == LD_HELPER_ALLOWED &&
		    c->until_ms > ld_clock_utc_ms(gw->cfg.clock, NULL);

	snprintf(to->masked, sizeof(to->masked), "***");
	if (is_self(gw, &c->home) && senders_number(gw, c->for_home, c->for_home_len, &m))
		ld_e164_mask(&m, to->masked);
	else if (!mine || !is_self(gw, &c->board) || !open_digits(gw, c->number, &m))
		return;
	if (mine)
		to->number = m;
}

static int see(void *arg, const struct ld_call *c)
{
	struct seen *k = arg;
	bool mine = c->step && ld_id_eq(&c->helper, &k->who->p);
	struct ld_session_call *to = &k->ret[k->n];
	int rc;

	if (k->n == k->max || (!mine && !serves(k->who, c->tdp)) || ld_id_eq(&c->p, &k->who->p))
		return 0;
	rc = ld_id_is_zero(&c->p) ? 0 : ld_store_opted_out(k->o->st, &c->p);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	*to = (struct ld_session_call){
		.s = c->s, .pin = c->pin, .step = c->step, .visit = c->visit, .tdp = c->tdp,
		.mine = mine, .due_ms = c->due_ms, .until_ms = c->until_ms,
	};
	numbers(k, c, to);
	k->n++;
	return 0;
}

int help_calls(void *arg, const struct ld_person *helper, struct ld_session_call *ret, unsigned max)
{
	struct seen k = { .o = arg, .who = helper, .ret = ret, .max = max };
	int rc = ld_store_calls(k.o->st, CALLS_MAX, see, &k);

	return rc < 0 ? rc : (int)k.n;
}

int help_seal(const struct ld_gateway *gw, struct ld_store *st, const struct ld_msisdn *m,
	      struct ld_fact *f)
{
	char padded[DIGITS_LEN] = "";
	uint8_t pk[32];
	int rc;

	if (f->kind != LD_EV_HELPER || f->u.helper.step != LD_HELPER_ALLOWED)
		return 0;
	rc = reach(gw, st, &f->u.helper.p, &f->u.helper.board, pk);
	if (rc < 0)     /* nobody can write to her: her time passes, then the ward calls */
		return rc == LD_E_UNKNOWN ? 0 : rc;
	snprintf(padded, sizeof(padded), "%s", m->digits);
	return ld_seal(f->u.helper.number, pk, padded, sizeof(padded));
}

/* ---- passing on ---- */

struct help {
	struct ld_job job;
	struct ld_gateway *gw;
	struct ld_board_id self;
	unsigned n_sent;
};

/* One call whose newest word this board passes on. */
struct word {
	struct help *u;
	struct ld_store *st;
	int64_t now_ms;
	const struct ld_call *c;
	struct ld_person who;           /* who is written to */
	struct ld_wake wake;
	struct ld_outcome out;
};

static int row(struct word *k, const struct ld_session_send *m)
{
	struct ld_gateway *gw = k->u->gw;
	int64_t quiet = ld_schedule_quiet_until(&gw->schedule, k->now_ms), id;
	struct ld_out_row r = { .p = k->who.p, .created_ms = k->now_ms,
				.due_ms = quiet ? quiet : k->now_ms, .changed_ms = k->now_ms };
	int rc;

	row_fill(&r, m, k->who.msisdn.digits);
	if (k->wake.what == LD_WAKE_HELPER)
		ld_store_out_about(&r, &k->c->s);
	rc = route_of(gw, k->st, &k->who.msisdn, &k->who.p, r.channel);
	k->u->n_sent++;
	if (rc < 0)
		return rc;
	r.chosen = (uint8_t)rc;
	return ld_outbox_add(k->st, &r, &id);
}

static int say(struct word *k, uint8_t blob[LD_SESSION_BLOB_MAX], size_t *len)
{
	uint8_t after[LD_SESSION_BLOB_MAX];
	struct ld_session_env env;
	int rc = household_load(k->u->gw, k->st, &k->who);

	gateway_env(k->u->gw, k->now_ms, &env);
	ld_session_wake(&env, &k->who, blob, *len, &k->wake, &k->out, after, len);
	memcpy(blob, after, *len);
	for (unsigned i = 0; i < k->out.n_sends && rc == 0; i++)
		rc = row(k, &k->out.sends[i]);
	return rc;
}

/* The learner behind S at this number: she may not have consented. LD_E_UNKNOWN: not any more. */
static int learner(struct word *k, const struct ld_msisdn *m)
{
	for (uint8_t slot = 0; slot < SLOTS; slot++) {
		int rc = ld_store_person(k->st, k->u->gw->cfg.keys, m, slot, &k->who);

		if (rc < 0 || ld_id_eq(&k->who.s, &k->c->s))
			return rc;
	}
	return LD_E_UNKNOWN;
}

static int ask_learner(struct word *k)
{
	uint8_t blob[LD_SESSION_BLOB_MAX];
	struct ld_msisdn m;
	size_t len;
	int rc = senders_number(k->u->gw, k->c->for_home, k->c->for_home_len, &m) ?
		 learner(k, &m) : LD_E_UNKNOWN;

	if (rc < 0 || k->who.optouts.n > 0)
		return rc == LD_E_UNKNOWN ? 0 : rc;
	rc = ld_store_session_get(k->st, &k->who.p, blob, sizeof(blob));
	if (rc < 0 && rc != LD_E_TOOBIG)
		return rc;
	len = rc > 0 ? (size_t)rc : 0;
	k->wake.what = LD_WAKE_HELP;
	rc = say(k, blob, &len);
	return rc < 0 || k->out.n_sends == 0 ? rc :
	       ld_store_session_put(k->st, &k->who.p, blob, len, k->now_ms);
}

/* Her duty was taken back, or one of them wants no messages: the ward calls. */
static int give_back(struct word *k)
{
	struct ld_fact f = { .kind = LD_EV_HELPER, .subject = k->c->s };
	int rc;

	f.u.helper.pin = k->c->pin;
	f.u.helper.step = LD_HELPER_BACK;
	f.u.helper.p = k->c->helper;
	rc = ld_store_append(k->st, &f, NULL);
	return rc == LD_E_DENIED ? 0 : rc;
}

static int note_audit(struct word *k)
{
	struct ld_fact f = { .kind = LD_EV_AUDIT, .subject = k->c->helper };

	f.u.audit.what = LD_AUDIT_NUMBER;
	f.u.audit.s = k->c->s;
	f.u.audit.tdp = k->c->tdp;
	f.u.audit.n = 1;
	f.u.audit.channel = LD_CHAN_SMS;
	return ld_store_append(k->st, &f, NULL);
}

static int tell_helper(struct word *k)
{
	const struct ld_gateway *gw = k->u->gw;
	uint8_t blob[LD_SESSION_BLOB_MAX];
	struct ld_msisdn m;
	struct ld_id p;
	size_t len = 0;
	int rc, out = 0;

	if (!open_digits(gw, k->c->number, &k->wake.phone))
		return give_back(k);
	ld_pseudonym_p(&p, gw->cfg.keys, &k->wake.phone);
	rc = helper_number(gw, k->st, &k->c->helper, &m);
	if (rc > 0)
		out = ld_store_opted_out(k->st, &p);
	if (rc > 0 && out == 0)
		out = ld_store_opted_out(k->st, &k->c->helper);
	if (rc < 0 || out < 0)
		return rc < 0 ? rc : out;
	if (rc == 0 || out || !k->c->helper_name[0])
		return give_back(k);
	rc = ld_store_person(k->st, gw->cfg.keys, &m, 1, &k->who);
	k->wake.what = LD_WAKE_HELPER;
	k->wake.tdp = k->c->tdp;
	if (rc == 0)
		rc = say(k, blob, &len);
	return rc < 0 ? rc : note_audit(k);
}

static int pass_on(struct help *u, struct ld_store *st, const struct ld_call *c, int64_t now_ms)
{
	struct word k = { .u = u, .st = st, .now_ms = now_ms, .c = c, .wake = { .pin = c->pin } };
	int rc = c->step == LD_HELPER_ALLOWED ? tell_helper(&k) : ask_learner(&k);

	return rc < 0 ? rc : ld_store_call_told(st, c, now_ms);
}

static int help_run(struct ld_job *job, struct ld_store *st)
{
	struct help *u = (struct help *)job;
	int64_t now_ms = ld_clock_utc_ms(u->gw->cfg.clock, NULL);
	struct ld_call todo[TODO_MAX];
	int n = ld_store_calls_todo(st, &u->self, now_ms, todo, TODO_MAX), rc = 0;

	u->n_sent = 0;
	for (int i = 0; i < n && rc == 0; i++)
		rc = pass_on(u, st, &todo[i], now_ms);
	job->again = rc == 0 && n == TODO_MAX;
	return n < 0 ? n : rc;
}

static void help_done(struct ld_job *job, int rc)
{
	struct help *u = (struct help *)job;
	struct ld_gateway *gw = u->gw;
	char line[128];

	gw->helping = false;
	if (rc < 0) {
		snprintf(line, sizeof(line), "calls for help could not be passed on: %s",
			 ld_strerror(rc));
		gw->cfg.note(gw->cfg.note_arg, line);
		gw->helped = 0;
	}
	if (u->n_sent)
		dispatch_wake(gw);
	free(u);
}

void help_tick(struct ld_gateway *gw)
{
	uint64_t version = ld_worker_version(gw->cfg.worker);
	struct help *u;

	/* A word is an event: nothing new, nothing to pass on. */
	if (gw->helping || version == gw->helped || !(u = calloc(1, sizeof(*u))))
		return;
	u->job = (struct ld_job){ .run = help_run, .done = help_done };
	u->gw = gw;
	ld_board_id_of(&u->self, gw->cfg.board->pk);
	gw->helping = gateway_submit(gw, LD_LANE_LONG, &u->job) == 0;
	if (gw->helping)
		gw->helped = version;
	else
		free(u);
}
