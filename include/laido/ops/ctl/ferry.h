/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ops/ctl/ferry: the command "ferry" of a board's and of the ward's control socket: records as a
 * file, out and in (docs/FORMATS.md, "ferry"). The client has the file, this side the records and
 * the keys; neither sends before the other is done, so that a slow stick holds up nobody. */
#ifndef LAIDO_OPS_CTL_FERRY_H
#define LAIDO_OPS_CTL_FERRY_H

#include "laido/gateway/worker.h"
#include "laido/mesh/ferry.h"
#include "laido/ops/ctl.h"

struct ld_ctl_ferry {
	struct ld_worker *worker;
	const struct ld_clock *clock;
	struct ld_random *random;
	const struct ld_keypair *key;   /* of this node; borrowed, as the rest, while jobs may run */
	struct ld_mesh *mesh;
	bool *busy;                     /* one at a time: each takes memory */
};

/* in.do: export (since_ms) or import. */
void ld_ctl_ferry(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_ferry *to);

#endif
