/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/home: the ward moves learners from one board to another (ADR 0013). Work thread, inside a
 * transaction. */
#ifndef LAIDO_MESH_HOME_H
#define LAIDO_MESH_HOME_H

#include "laido/mesh/identity.h"
#include "laido/store/store.h"

struct ld_home_move {
	/* Boards, as ld_mesh_revoke() takes them; from NULL: the learners of number p. */
	const char *from, *to;
	struct ld_id p;
	bool serves;                    /* the ward's node has channels: people can live there */
	bool dead;                      /* from sends nothing any more: nobody waits for it */
	int64_t now_ms;
	unsigned max;                   /* learners at once */
};

struct ld_home_moved {
	struct ld_member from, to;      /* from: zeros when a number was named */
	unsigned moved;
	unsigned left;                  /* who are still at home there; some may be unreadable */
};

/* Writes HOME for each, her number and name sealed anew. LD_E_UNKNOWN, LD_E_DENIED, LD_E_RANGE with
 * words; ward's clock must be trusted. */
int ld_mesh_move_home(const struct ld_node *ward, struct ld_store *st,
		      const struct ld_home_move *what, struct ld_home_moved *ret,
		      struct ld_errmsg *err);

#endif
