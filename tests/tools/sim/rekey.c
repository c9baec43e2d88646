/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ward's card is stolen with its key: the thief goes on as the ward, the ward goes on under
 * another key by the root key's word (ADR 0014), which is brought to one board by hand. */
#include <stdio.h>
#include <string.h>

#include "sim.h"

void rekey_begin(struct world *w)
{
	uint8_t seed[32] = { 0, 3 };

	w->rooted = w->seed % 3 == 0;
	if (!w->rooted)
		return;
	ld_keypair_from_seed(&w->root, seed);
	w->warrant[0].number = 1;
	memcpy(w->warrant[0].pk, w->node[0]->key.pk, 32);
	ld_warrant_sign(&w->warrant[0], &w->root);
	w->n_warrants = 1;
	/* Some were invited before there was a root key. */
	for (unsigned i = 0; i < w->n; i++)
		if (i == 0 || once_in(w, 2))
			node_told(w->node[i], &w->warrant[0]);
}

void node_told(struct node *n, const struct ld_warrant *warrant)
{
	n->rooted = true;
	memcpy(n->ward_pk, warrant->pk, sizeof(n->ward_pk));
	n->ward_number = warrant->number;
}

int rekey_tell(struct node *n, struct ld_store *st, uint64_t arg)
{
	(void)arg;
	return ld_store_warrant(st, &n->w->warrant[1]);
}

/* His own store would let him do what a ward does; he does not ask it. */
static int write_theft(struct node *n, struct ld_store *st, uint64_t what)
{
	struct node *x = n->w->node[below(n->w, n->w->n)];
	struct ld_fact f = { .kind = LD_EV_PAUSE };

	f.u.pause.paused = what % 2;
	if (what == 2) {
		f = (struct ld_fact){ .kind = LD_EV_REVOKE };
		f.u.revoke.board = x->id;
	} else if (what == 3) {
		f = (struct ld_fact){ .kind = LD_EV_MEMBER };
		ld_random_fill(&n->random.random, f.u.member.pk, sizeof(f.u.member.pk));
		ld_board_id_of(&f.u.member.board, f.u.member.pk);
		snprintf(f.u.member.name, sizeof(f.u.member.name), "nobody");
	}
	return ld_store_append(st, &f, NULL);
}

void rekey_theft(struct world *w)
{
	if (!w->thief || !w->thief->up || !once_in(w, 4))
		return;
	node_do(w->thief, write_theft, below(w, 4));
	node_run(w->thief);
}

static void steal(struct world *w)
{
	struct node *ward = w->node[0], *x = node_new(w, w->n, &ward->key);
	struct disk_image *card = disk_image_take(ward->disk);

	x->imaged = x->member = true;
	/* Or else he could lengthen the terms of boards that have not heard of him (ADR 0014, costs). */
	x->clock.trusted = false;
	node_told(x, &w->warrant[0]);
	disk_image_put(x->disk, card);
	disk_image_free(card);
	w->rate_kbit[x->i] = w->rate_kbit[0];
	w->node[w->n++] = w->thief = x;
	for (unsigned i = 1; i < w->n; i++)
		if (memcmp(&w->node[i]->id, &ward->id, sizeof(ward->id)) == 0)
			w->node[i]->revoked = true;
}

void rekey_now(struct world *w)
{
	struct node *ward = w->node[0];
	uint8_t seed[32] = { 0, 2 };

	for (unsigned i = 0; i < w->n; i++)
		node_close(w->node[i]);
	steal(w);
	/* Once more, so that all that it has written has its signature. */
	node_open(ward);
	node_close(ward);
	w->key_before = ward->key;
	ld_keypair_from_seed(&ward->key, seed);
	ld_board_id_of(&ward->id, ward->key.pk);
	w->warrant[1].number = 2;
	memcpy(w->warrant[1].pk, ward->key.pk, 32);
	ld_warrant_sign(&w->warrant[1], &w->root);
	w->n_warrants = 2;
	node_told(ward, &w->warrant[1]);
	w->rekeyed++;
}
