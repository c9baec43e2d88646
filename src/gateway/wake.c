/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A step reaches somebody else: a guardian's consent begins the pupil's lessons. Her dialogue takes
 * it in as one more step of her own, within the same transaction. The facts are written by any
 * board; her session and her number are her home board's alone. */
#include <stdio.h>
#include <string.h>

#include "impl.h"

/* ---- whom the engine may ask for ---- */

static int64_t utc_ms(const struct others *o)
{
	return ld_clock_utc_ms(o->s->gw->cfg.clock, NULL);
}

static void learner(struct ld_session_learner *ret, const struct ld_ward_of *w)
{
	*ret = (struct ld_session_learner){ w->s, w->p, w->slot, "" };
	memcpy(ret->course, w->course, sizeof(ret->course));
}

int wake_ticket(void *arg, unsigned code, struct ld_session_learner *ret)
{
	struct others *o = arg;
	struct ld_ward_of w;
	int rc = ld_store_ticket(o->st, code, utc_ms(o), &w);

	if (rc == 0)
		learner(ret, &w);
	return rc;
}

int wake_guarded(void *arg, const struct ld_id *guardian, unsigned code,
		 struct ld_session_learner *ret)
{
	struct others *o = arg;
	struct ld_ward_of w;
	int rc = ld_store_guarded(o->st, guardian, code, &w);

	if (rc == 0)
		learner(ret, &w);
	return rc;
}

int wake_sibling(void *arg, const struct ld_id *p, unsigned slot, struct ld_person *ret)
{
	struct others *o = arg;
	int rc = ld_store_learner(o->st, p, (uint8_t)slot, ret);

	ret->msisdn = o->s->msisdn;
	return rc < 0 ? rc : household_load(o->s->gw, o->st, ret);
}

/* ---- her step ---- */

struct woken {
	struct step *s;
	struct ld_store *st;
	int64_t now_ms;
	struct ld_person who;
	struct ld_outcome out;
};

/* 1: her number can be read here, 0: another board's business. */
static int open_number(struct woken *k)
{
	const struct ld_keypair *board = k->s->gw->cfg.board;
	struct ld_board_id self, home;
	uint8_t sealed[64], digits[64];
	int rc = ld_store_number(k->st, &k->who.s, &home, sealed);
	size_t n;

	ld_board_id_of(&self, board->pk);
	if (rc < 0)
		return rc == LD_E_UNKNOWN ? 0 : rc;
	if (memcmp(&self, &home, sizeof(self)) != 0 || (size_t)rc <= LD_SEAL_EXTRA ||
	    (size_t)rc - LD_SEAL_EXTRA >= sizeof(k->who.msisdn.digits) ||
	    ld_unseal(digits, board, sealed, (size_t)rc) < 0)
		return 0;
	n = (size_t)rc - LD_SEAL_EXTRA;
	memcpy(k->who.msisdn.digits, digits, n);
	k->who.msisdn.digits[n] = '\0';
	return strspn(k->who.msisdn.digits, "0123456789") == n;
}

static int append(struct woken *k)
{
	int rc = 0;

	for (unsigned i = 0; i < k->out.n_facts && rc == 0; i++) {
		struct ld_fact f = k->out.facts[i];

		if (!(k->out.foreign >> i & 1))
			f.subject = ld_kind_info(f.kind)->subject == 'P' ? k->who.p : k->who.s;
		rc = ld_store_append(k->st, &f, NULL);
		if (rc == LD_E_DENIED)
			rc = 0;
	}
	if (rc == 0 && k->out.n_facts)
		rc = ld_store_due_touch(k->st, &k->who.s, k->now_ms + LD_SCHED_PAUSE_MS, k->now_ms);
	return rc;
}

static int send(struct woken *k)
{
	char channel[32];
	int rc = route_of(k->s->gw, k->st, &k->who.msisdn, &k->who.p, channel), chosen = rc;

	if (rc <= 0)
		return rc;
	rc = 0;
	for (unsigned i = 0; i < k->out.n_sends && rc == 0; i++) {
		const struct ld_session_send *m = &k->out.sends[i];
		int64_t id;
		struct ld_out_row r = { .p = k->who.p, .created_ms = k->now_ms,
					.due_ms = k->now_ms, .changed_ms = k->now_ms,
					.chosen = (uint8_t)chosen };

		row_fill(&r, m, k->who.msisdn.digits);
		snprintf(r.channel, sizeof(r.channel), "%s", channel);
		rc = ld_outbox_add(k->st, &r, &id);
	}
	return rc;
}

static int step(struct woken *k, const struct ld_wake *w)
{
	uint8_t before[LD_SESSION_BLOB_MAX], after[LD_SESSION_BLOB_MAX];
	struct ld_session_env env;
	size_t len = 0;
	int home, had, rc;

	home = open_number(k);
	had = home < 0 ? home : ld_store_session_get(k->st, &k->who.p, before, sizeof(before));
	if (had < 0 && had != LD_E_TOOBIG)
		return had;
	gateway_env(k->s->gw, k->now_ms, &env);
	ld_session_wake(&env, &k->who, before, had > 0 ? (size_t)had : 0, w, &k->out, after, &len);
	rc = append(k);
	if (rc < 0 || !home)
		return rc;
	rc = send(k);
	k->s->woke = k->out.n_sends > 0;
	return rc < 0 ? rc : ld_store_session_put(k->st, &k->who.p, after, len, k->now_ms);
}

int wake(struct step *s, struct ld_store *st, const struct ld_wake *w, int64_t now_ms)
{
	struct woken k = { .s = s, .st = st, .now_ms = now_ms };
	int rc = ld_store_learner(st, &w->who.p, w->who.slot, &k.who);

	if (rc == 0)
		rc = household_load(s->gw, st, &k.who);

	/* Opted out or gone meanwhile: what was decided stands in the log, nothing is sent. */
	if (rc < 0 || !k.who.consented || k.who.optouts.n > 0)
		return rc < 0 ? rc : 0;
	return step(&k, w);
}
