/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content is compiled as a whole; on any error the running tree stays. */
#include "daemon.h"

#include "laido/content/check.h"
#include "laido/session/session.h"

int daemon_load_content(const struct daemon *d, ld_finding_cb cb, void *arg,
			struct ld_content **ret)
{
	struct ld_content_options opt = {
		.approve_all = d->conf.approve_all,
		.now_ms = ld_clock_utc_ms(&d->clock.clock, NULL),
		.actions = ld_session_actions(),
		.outcomes = ld_session_outcomes(),
	};

	struct ld_content *c;
	int rc = ld_content_load(d->conf.content_dir, &opt, cb, arg, &c);

	if (rc < 0)
		return rc;
	if (ld_content_check(c, cb, arg) > 0) {
		ld_content_free(c);
		return LD_E_SYNTAX;
	}
	*ret = c;
	return 0;
}

void daemon_log_finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	LOGP(DMAIN, f->error ? LOGL_ERROR : LOGL_NOTICE, "%s:%d: %s: %s\n", f->file, f->line,
	     f->error ? "error" : "warning", f->message);
}

int daemon_reload(struct daemon *d, ld_finding_cb cb, void *arg, unsigned *ret_screens,
		  unsigned *ret_courses)
{
	struct ld_content *c;
	int rc = daemon_load_content(d, cb, arg, &c);

	if (rc == 0) {
		*ret_screens = c->n_screens;
		*ret_courses = c->n_courses;
		rc = ld_gateway_set_content(d->gw, c);
		if (rc < 0)
			ld_content_free(c);
	}
	if (rc < 0)
		LOGP(DMAIN, LOGL_ERROR, "%s was not taken over: %s; the content that runs stays\n",
		     d->conf.content_dir, ld_strerror(rc));
	else
		LOGP(DMAIN, LOGL_NOTICE, "%s is now in use\n", d->conf.content_dir);
	return rc;
}
