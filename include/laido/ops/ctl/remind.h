/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ops/ctl/remind: the command reminders of the control socket, the same on the ward's server and
 * on a board (docs/FORMATS.md, "Control socket"). */
#ifndef LAIDO_OPS_CTL_REMIND_H
#define LAIDO_OPS_CTL_REMIND_H

#include "laido/gateway/worker.h"
#include "laido/ops/ctl.h"
#include "laido/schedule/desk.h"

struct ld_ctl_remind {
	struct ld_worker *worker;
	const struct ld_clock *clock;
	/* The content now in use, asked for on the work thread. */
	const struct ld_content *(*content)(void *arg);
	void *arg;
	struct ld_desk desk;            /* st, content and now_ms are filled in */
};

void ld_ctl_remind(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_remind *to);

#endif
