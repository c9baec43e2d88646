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

static const struct ld_content *content_of(void *arg)
{
	return ((const struct ward *)arg)->content;
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

	if (w->content)
		ld_ctl_remind(req, in, &to);
	else
		ld_ctl_fail(req, LD_E_SYNTAX, "the ward's content_dir could not be read when "
			    "laido-ward started; correct it (laido check) and start it again", NULL);
}

static void no_finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		LOGP(DWARD, LOGL_NOTICE, "%s:%d: %s\n", f->file, f->line, f->message);
}

/* Messages and reminders are all it needs of it. */
static void read_content(struct ward *w)
{
	struct ld_content_options opt = { .now_ms = ld_clock_utc_ms(&w->clock.clock, NULL) };

	if (ld_content_load(w->conf.content_dir, &opt, no_finding, NULL, &w->content) < 0)
		w->content = NULL;
}

static const struct ld_ctl_command commands[] = {
	{ "reminders", reminders },
	{ "role.set", role_set },
	{ "role.list", role_list },
	{ NULL, NULL },
};

int ctl_start(struct ward *w, struct ld_errmsg *err)
{
	char path[LD_CONF_PATH + 16];

	read_content(w);
	snprintf(path, sizeof(path), "%s/ctl.sock", w->conf.state_dir);
	return ld_ctl_new(&w->ctl, NULL, path, commands, w, err);
}
