/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ops/ctl/publish: the command publish of the control socket, the same on the ward's server and on
 * a board (docs/FORMATS.md, "Control socket"): which editions there are, their pieces, and, where
 * this node is the ward, a new one or an old one again. */
#ifndef LAIDO_OPS_CTL_PUBLISH_H
#define LAIDO_OPS_CTL_PUBLISH_H

#include "laido/gateway/live.h"
#include "laido/gateway/worker.h"
#include "laido/ops/ctl.h"

struct ld_ctl_publish {
	struct ld_worker *worker;
	const struct ld_clock *clock;
	int utc_offset_min;
	bool ward;                              /* this node signs for the ward */
	const char *dir;                        /* the folder of the settings */
	struct ld_content_options opt;          /* now_ms is filled in */
	const struct ld_live *live;
	/* The content in use, asked for on the work thread; NULL: none. */
	const struct ld_content *(*content)(void *arg);
	void *arg;
};

void ld_ctl_publish(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_publish *to);

#endif
