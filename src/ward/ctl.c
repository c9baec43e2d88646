/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket STATE/ctl.sock: what `laido import roles` and `laido export roles` ask. */
#include <stdio.h>

#include "laido/ops/ctl/remind.h"
#include "laido/ops/ctl/roles.h"
#include "laido/osmo/log.h"
#include "ward.h"

static struct ld_ctl_roles roles_of(const struct ward *w)
{
	return (struct ld_ctl_roles){ .worker = w->worker, .random = ld_random_sys(),
				      .keys = &w->node.ward, .ward = &w->node.key };
}

static void role_set(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ld_ctl_roles to = roles_of(arg);

	ld_ctl_role_set(req, in, &to);
}

static void role_list(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct ld_ctl_roles to = roles_of(arg);

	(void)in;
	ld_ctl_role_list(req, &to);
}

/* The boards send; how many SIMs they have is not known here, so one is counted. */
static void reminders(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	enum { QUIET_FROM = 21 * 60, QUIET_TO = 7 * 60 + 30, UNASKED_A_DAY = 90 };
	struct ward *w = arg;
	struct ld_ctl_remind to = {
		.worker = w->worker, .clock = &w->clock.clock, .content = content_of, .arg = w,
		.desk = { .random = ld_random_sys(), .utc_offset_min = w->conf.utc_offset_min,
			  .ward = true, .quiet_from_min = QUIET_FROM, .quiet_to_min = QUIET_TO,
			  .parts_per_day = UNASKED_A_DAY, .sims = 1 },
	};

	if (content_known(w))
		ld_ctl_remind(req, in, &to);
	else
		ld_ctl_fail(req, LD_E_SYNTAX, "the ward's content_dir could not be read when "
			    "laido-ward started; correct it (laido check), or publish "
			    "a good one (laido publish)", NULL);
}

static const struct ld_ctl_command commands[] = {
	{ "reminders", reminders },
	{ "publish", content_publish },
	{ "role.set", role_set },
	{ "role.list", role_list },
	{ NULL, NULL },
};

int ctl_start(struct ward *w, struct ld_errmsg *err)
{
	char path[LD_CONF_PATH + 16];

	snprintf(path, sizeof(path), "%s/ctl.sock", w->conf.state_dir);
	return ld_ctl_new(&w->ctl, NULL, path, commands, w, err);
}
