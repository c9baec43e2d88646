/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ops/ctl/home: the command "home" of a board's and of the ward's control socket: which board sends
 * to whom, and moving learners to another one (docs/FORMATS.md, ADR 0013). */
#ifndef LAIDO_OPS_CTL_HOME_H
#define LAIDO_OPS_CTL_HOME_H

#include "laido/gateway/worker.h"
#include "laido/mesh/identity.h"
#include "laido/ops/ctl.h"
#include "laido/port/clock.h"
#include "laido/store/store.h"

struct ld_ctl_home {
	struct ld_worker *worker;
	const struct ld_node *node;     /* borrowed as long as the worker runs */
	const struct ld_clock *clock;
	bool sends;                     /* this node has channels: people can be at home at it */
};

/* in.do: list, move. */
void ld_ctl_home(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_home *to);

/* A sentence on why this board sends nothing unasked, or "": it may. */
void ld_ctl_term_words(const struct ld_term *t, int utc_offset_min, char *ret, size_t size);

#endif
