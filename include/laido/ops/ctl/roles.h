/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ops/ctl/roles: the commands role.set and role.list of the control socket, the same on the ward's
 * server and on a board that is a ward of its own (docs/FORMATS.md, "Control socket"). */
#ifndef LAIDO_OPS_CTL_ROLES_H
#define LAIDO_OPS_CTL_ROLES_H

#include "laido/gateway/worker.h"
#include "laido/mesh/identity.h"
#include "laido/ops/ctl.h"

struct ld_ctl_roles {
	struct ld_worker *worker;
	struct ld_random *random;
	const struct ld_ward_keys *keys;        /* borrowed while jobs may run */
	const struct ld_node *ward;             /* NULL: this node is not the ward */
};

/* Give, change or take back one duty of one number. Refused where this node is not the ward. */
void ld_ctl_role_set(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_roles *to);
/* Every duty, with numbers: only the ward can open them. */
void ld_ctl_role_list(struct ld_ctl_req *req, const struct ld_ctl_roles *to);

#endif
