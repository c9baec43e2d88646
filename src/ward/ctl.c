/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket STATE/ctl.sock: what `laido import roles` and `laido export roles` ask. */
#include <stdio.h>

#include "laido/ops/ctl/roles.h"
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

static const struct ld_ctl_command commands[] = {
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
