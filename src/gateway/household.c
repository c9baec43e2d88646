/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several learners of one number: who of them steps, and what they are called. Work thread. */
#include <stdio.h>
#include <string.h>

#include "impl.h"

struct household {
	const struct ld_keypair *board;
	struct ld_board_id self;
	struct ld_person *who;
	unsigned rows;
};

static int add(void *arg, const struct ld_household_row *r)
{
	struct household *h = arg;
	uint8_t name[sizeof(r->name)];
	char *to;

	if (r->slot < 1 || r->slot > LD_SLOTS_MAX)
		return 0;
	to = h->who->called[r->slot - 1];
	h->who->learns[r->slot - 1] = true;
	h->who->may_add |= memcmp(&h->self, &r->home, sizeof(h->self)) == 0;
	if (to[0] || memcmp(&h->self, &r->name_home, sizeof(h->self)) != 0 ||
	    ld_unseal(name, h->board, r->name, sizeof(r->name)) < 0)
		return 0;
	snprintf(to, LD_CALL_MAX, "%.*s", LD_CALL_MAX - 1, (const char *)name);
	return 0;
}

int household_load(const struct ld_gateway *gw, struct ld_store *st, struct ld_person *who)
{
	struct household h = { .board = gw->cfg.board, .who = who };

	ld_board_id_of(&h.self, gw->cfg.board->pk);
	return ld_store_household(st, &who->p, add, &h);
}

int household_person(struct step *s, struct ld_store *st, const uint8_t *blob, size_t len,
		     int64_t now_ms, struct ld_person *ret)
{
	const struct ld_gateway_cfg *cfg = &s->gw->cfg;
	uint8_t first = s->simulated && !cfg->simulated_counts ? 0 : 1;
	bool adding;
	unsigned slot = ld_session_slot(blob, len, now_ms, &adding);
	int rc = 0;

	if (slot > 1 && first == 1)
		rc = ld_store_person(st, cfg->keys, &s->msisdn, (uint8_t)slot, ret);
	/* Nobody is there any more: the telephone is the first learner's. */
	if (rc == 0 && (slot <= 1 || first == 0 || (!ret->consented && !adding)))
		rc = ld_store_person(st, cfg->keys, &s->msisdn, first, ret);
	return rc < 0 ? rc : household_load(s->gw, st, ret);
}

int household_name(const struct ld_gateway *gw, struct ld_store *st, const struct ld_id *learner,
		   const char *name)
{
	struct ld_fact f = { .kind = LD_EV_NAME, .subject = *learner };
	char padded[LD_CALL_MAX] = "";
	int rc;

	_Static_assert(sizeof(f.u.name.for_home) == LD_CALL_MAX + LD_SEAL_EXTRA, "sealed name");
	snprintf(padded, sizeof(padded), "%s", name);
	ld_board_id_of(&f.u.name.home, gw->cfg.board->pk);
	rc = ld_seal(f.u.name.for_ward, gw->cfg.keys->ward_pk, padded, sizeof(padded));
	if (rc == 0)
		rc = ld_seal(f.u.name.for_home, gw->cfg.board->pk, padded, sizeof(padded));
	return rc < 0 ? rc : ld_store_append(st, &f, NULL);
}
