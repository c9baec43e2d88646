/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ops/ctl/mesh: the command "mesh" of a board's and of the ward's control socket: who belongs to
 * the ward, who is reached, inviting and revoking (docs/FORMATS.md). */
#ifndef LAIDO_OPS_CTL_MESH_H
#define LAIDO_OPS_CTL_MESH_H

#include "laido/gateway/worker.h"
#include "laido/mesh/identity.h"
#include "laido/mesh/sync.h"
#include "laido/ops/ctl.h"

struct ld_ctl_mesh {
	struct ld_worker *worker;
	const struct ld_node *node;   /* borrowed as long as the worker runs */
	const struct ld_mesh *mesh;
	char host[LD_HOST_HINT_MAX];  /* where boards reach this one, for invites; "" not known */
	int64_t now_ms;               /* UTC */
	json_t *links;                /* its links as an array; taken over */
};

/* in.do: status, peers, invite, revoke, warrant. Takes over to->links. */
void ld_ctl_mesh(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_mesh *to);

#endif
