/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/admit: the ward's word on who belongs to it (docs/MESH.md 2). Work thread, inside a
 * transaction. */
#ifndef LAIDO_MESH_ADMIT_H
#define LAIDO_MESH_ADMIT_H

#include "laido/mesh/identity.h"
#include "laido/store/store.h"

/* Append the MEMBER event, unless it stands already, and write the invite to ret (LD_INVITE_MAX).
 * LD_E_RANGE, LD_E_DENIED (not the ward, or that key was revoked), or the store; err has words. */
int ld_mesh_admit(const struct ld_node *ward, struct ld_store *st, const struct ld_invitee *to,
		  const char *host, char *ret, struct ld_errmsg *err);

/* Cut a board off. which: its key, or at least 8 hex digits of its beginning, or its name when no
 * other member has it. LD_E_UNKNOWN, LD_E_DENIED; ret_who: who it was. */
int ld_mesh_revoke(const struct ld_node *ward, struct ld_store *st, const char *which,
		   struct ld_member *ret_who, struct ld_errmsg *err);

/* The member that `which` names, as above. */
int ld_mesh_find(struct ld_store *st, const char *which, struct ld_member *ret,
		 struct ld_errmsg *err);

#endif
