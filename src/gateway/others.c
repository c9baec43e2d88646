/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the dialogue engine may learn of others on behalf of somebody with a duty, and what it sends
 * them. Work thread, inside the step's transaction. */
#include <stdio.h>
#include <string.h>

#include "impl.h"

enum { LIST_MAX = 40 };

/* Numbers of the simulated handset and of real people have nothing to do with each other. */
static int person(void *arg, const struct ld_msisdn *m, struct ld_person *ret)
{
	struct others *o = arg;
	const struct ld_gateway_cfg *cfg = &o->s->gw->cfg;

	if (cfg->is_simulated(cfg->simulated_arg, m) != o->s->simulated)
		return LD_E_DENIED;
	return ld_store_person(o->st, cfg->keys, m,
			       o->s->simulated && !cfg->simulated_counts ? 0 : 1, ret);
}

static int invitations(void *arg, const struct ld_id *by, int64_t since_ms,
		       struct ld_session_invitations *ret)
{
	struct others *o = arg;
	struct ld_invitation_counts n;
	int rc = ld_store_invitations(o->st, by, since_ms, &n);

	if (rc == 0)
		*ret = (struct ld_session_invitations){ n.all, n.since, n.agreed, n.waiting };
	return rc;
}

/* ---- lists of masked numbers ---- */

struct list {
	const struct step *s;
	char *text;
	size_t size, len;
	unsigned n;
};

static void add(struct list *l, const struct ld_msisdn *m)
{
	char masked[8];

	ld_e164_mask(m, masked);
	if (l->n == LIST_MAX || l->len + strlen(masked) + 2 > l->size)
		return;
	l->len += (size_t)snprintf(l->text + l->len, l->size - l->len, "%s%s", l->n ? " " : "",
				   masked);
	l->n++;
}

static int add_dest(void *arg, const char *dest, unsigned tdp)
{
	struct ld_msisdn m;

	(void)tdp;
	if (ld_e164_parse(dest, &m) == LD_ADDR_MOBILE)
		add(arg, &m);
	return 0;
}

static int waiting(void *arg, const struct ld_id *by, char *ret, size_t size)
{
	struct others *o = arg;
	struct list l = { .s = o->s, .text = ret, .size = size };

	return ld_store_invited_waiting(o->st, by, LIST_MAX, add_dest, &l);
}

/* Only the home board of a learner can open her number. */
static int add_idle(void *arg, const struct ld_group_row *r)
{
	struct list *l = arg;
	const struct ld_keypair *board = l->s->gw->cfg.board;
	struct ld_board_id self;
	struct ld_msisdn m = { "" };

	ld_board_id_of(&self, board->pk);
	if (r->active || memcmp(&self, &r->home, sizeof(self)) != 0 ||
	    r->for_home_len <= LD_SEAL_EXTRA ||
	    r->for_home_len - LD_SEAL_EXTRA >= sizeof(m.digits))
		return 0;
	if (ld_unseal((uint8_t *)m.digits, board, r->for_home, r->for_home_len) == 0)
		add(l, &m);
	return 0;
}

static int idle(void *arg, unsigned tdp, char *ret, size_t size)
{
	struct others *o = arg;
	struct list l = { .s = o->s, .text = ret, .size = size };

	return ld_store_group(o->st, tdp, add_idle, &l);
}

static int count(void *arg, const struct ld_group_row *r)
{
	struct ld_session_group *g = arg;

	g->idle += !r->active;
	g->enrolled += r->enrolled;
	g->completed += r->completed;
	g->confirmed += r->confirmed;
	return 0;
}

static int group(void *arg, unsigned tdp, struct ld_session_group *ret)
{
	struct others *o = arg;

	memset(ret, 0, sizeof(*ret));
	return ld_store_group(o->st, tdp, count, ret);
}

static int completed(void *arg, const char *course, uint8_t number, const char *code,
		     int64_t *ret_ms)
{
	struct others *o = arg;
	struct ld_id s;

	return ld_store_verify(o->st, o->s->gw->cfg.keys, course, number, code, &s, ret_ms);
}

static int move(void *arg, const char *code, struct ld_person *ret)
{
	struct others *o = arg;

	return ld_store_move(o->st, code, ret);
}

static int guesses(void *arg, const struct ld_id *p, enum ld_guess what, uint32_t day)
{
	struct others *o = arg;

	return ld_store_guesses(o->st, p, what, day);
}

void others_init(struct others *ret, struct step *s, struct ld_store *st)
{
	*ret = (struct others){
		.s = s, .st = st,
		.see = { .arg = ret, .person = person, .invitations = invitations, .group = group,
			 .completed = completed, .waiting = waiting, .idle = idle,
			 .ticket = wake_ticket, .guarded = wake_guarded, .sibling = wake_sibling,
			 .helper = help_helper, .pin_free = help_pin_free, .calls = help_calls,
			 .preview = notice_preview, .notice = notice_find, .event = notice_event,
			 .move = move, .guesses = guesses },
	};
}

static int open_question(struct ld_store *st, const struct ld_out_row *r)
{
	uint8_t before[LD_SESSION_BLOB_MAX], after[LD_SESSION_BLOB_MAX];
	int had = ld_store_session_get(st, &r->p, before, sizeof(before));
	size_t len;

	if (had < 0 && had != LD_E_TOOBIG)
		return had;
	len = ld_session_asked(before, had > 0 ? (size_t)had : 0, r->due_ms, after);
	return ld_store_session_put(st, &r->p, after, len, r->created_ms);
}

int others_row(struct ld_gateway *gw, struct ld_store *st, const struct ld_session_send *m,
	       struct ld_out_row *r)
{
	int64_t until = ld_schedule_quiet_until(&gw->schedule, r->due_ms);
	int rc;

	ld_pseudonym_p(&r->p, gw->cfg.keys, &m->to);
	rc = ld_store_opted_out(st, &r->p);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (!m->asks_consent)
		return 1;
	if (until)
		r->due_ms = until;
	rc = open_question(st, r);
	return rc < 0 ? rc : 1;
}
