/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/mesh/home.h"

#include <string.h>

#include "laido/mesh/admit.h"

struct move {
	const struct ld_node *ward;
	struct ld_store *st;
	const struct ld_home_move *what;
	struct ld_home_moved *ret;
};

static bool same(const struct ld_board_id *a, const struct ld_board_id *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* What is sealed to the ward, sealed to the new home. LD_E_FORGED: the ward cannot read it. */
static int reseal(const struct move *m, const uint8_t *box, size_t len, uint8_t *ret)
{
	uint8_t clear[LD_CALL_MAX];
	int rc = len > LD_SEAL_EXTRA && len <= sizeof(clear) + LD_SEAL_EXTRA ?
		ld_node_unseal(m->ward, clear, box, len) : LD_E_FORGED;

	if (rc == 0)
		rc = ld_seal(ret, m->ret->to.pk, clear, len - LD_SEAL_EXTRA);
	ld_crypto_wipe(clear, sizeof(clear));
	return rc < 0 ? LD_E_FORGED : 0;
}

/* Whom the new home waits for: those who may still send, and the board that she leaves. */
static unsigned olds(const struct move *m, const struct ld_homed *h,
		     struct ld_board_id ret[LD_OLDS_MAX])
{
	unsigned n = 0;

	if (!m->what->dead && !same(&h->home, &m->ret->to.board))
		ret[n++] = h->home;
	for (unsigned i = 0; i < h->n_olds && n < LD_OLDS_MAX; i++)
		if (!same(&h->olds[i], &h->home) && !same(&h->olds[i], &m->ret->to.board))
			ret[n++] = h->olds[i];
	return n;
}

static int move_one(const struct move *m, const struct ld_homed *h)
{
	struct ld_fact f = { .kind = LD_EV_HOME, .subject = h->s };
	uint8_t number[sizeof(h->number)], name[sizeof(h->name)];
	struct ld_board_id wait[LD_OLDS_MAX];
	int rc = reseal(m, h->number, h->number_len, number);

	if (rc < 0)
		return rc;
	f.u.home.home = m->ret->to.board;
	f.u.home.for_ward = (struct ld_octets){ h->number, h->number_len };
	f.u.home.for_home = (struct ld_octets){ number, h->number_len };
	f.u.home.olds = (struct ld_octets){ wait[0].b,
					    (uint16_t)(olds(m, h, wait) * sizeof(wait[0])) };
	if (h->named && reseal(m, h->name, sizeof(h->name), name) == 0) {
		f.u.home.name_ward = (struct ld_octets){ h->name, sizeof(h->name) };
		f.u.home.name_home = (struct ld_octets){ name, sizeof(name) };
	}
	return ld_store_append(m->st, &f, NULL);
}

static int move_some(const struct move *m)
{
	const struct ld_home_move *w = m->what;
	struct ld_id after = { { 0 } };
	struct ld_homed h;
	int rc = 0;

	while (m->ret->moved < w->max && rc == 0) {
		rc = ld_store_homed(m->st, w->from ? NULL : &w->p, &m->ret->from.board, &after,
				    w->now_ms, &h);
		if (rc < 0)
			break;
		after = h.s;
		if (same(&h.home, &m->ret->to.board))
			continue;
		rc = move_one(m, &h);
		m->ret->moved += rc == 0;
		if (rc == LD_E_FORGED)
			rc = 0;
	}
	return rc == LD_E_UNKNOWN ? 0 : rc;
}

static int count_left(void *arg, const struct ld_home_count *c)
{
	struct ld_home_moved *r = arg;

	if (same(&c->board, &r->from.board))
		r->left = c->learners;
	return 0;
}

static int check(const struct move *m, struct ld_errmsg *err)
{
	int rc;

	if (!ld_node_is_ward(m->ward))
		return ld_fail(err, LD_E_DENIED, "only the ward moves learners, and this node is not "
			       "it: name the socket of laido-ward (--socket STATE_DIR/ctl.sock)");
	rc = m->what->from ? ld_mesh_find(m->st, m->what->from, &m->ret->from, err) : 0;
	if (rc == 0)
		rc = ld_mesh_find(m->st, m->what->to, &m->ret->to, err);
	if (rc < 0)
		return rc;
	if (m->what->from && same(&m->ret->from.board, &m->ret->to.board))
		return ld_fail(err, LD_E_RANGE, "that is the same board");
	if (!m->what->serves && same(&m->ret->to.board, &m->ward->id))
		return ld_fail(err, LD_E_RANGE, "the ward's server has no channels: nobody can live "
			       "there");
	rc = ld_store_revoked(m->st, &m->ret->to.board);
	return rc > 0 ? ld_fail(err, LD_E_DENIED, "%s was revoked: nobody can live there",
				m->ret->to.name) : rc;
}

int ld_mesh_move_home(const struct ld_node *ward, struct ld_store *st,
		      const struct ld_home_move *what, struct ld_home_moved *ret,
		      struct ld_errmsg *err)
{
	struct move m = { ward, st, what, ret };
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = check(&m, err);
	if (rc < 0)
		return rc;
	rc = move_some(&m);
	if (rc == 0 && what->from)
		rc = ld_store_home_counts(st, what->now_ms, count_left, ret);
	return rc < 0 ? ld_fail(err, rc, "%s (%s)", ld_store_error(st), ld_strerror(rc)) : 0;
}
