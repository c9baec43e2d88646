/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which content is in use: what the ward published; before that, the folder of the settings. It is
 * compiled as a whole; on any error the running tree stays. */
#include "daemon.h"

#include "laido/ops/ctl/publish.h"
#include "laido/schedule/check.h"
#include "laido/session/session.h"

static struct ld_content_options options_of(const struct daemon *d)
{
	return (struct ld_content_options){
		.approve_all = d->conf.approve_all,
		.now_ms = ld_clock_utc_ms(&d->clock.clock, NULL),
		.actions = ld_session_actions(),
		.outcomes = ld_session_outcomes(),
	};
}

/* What the loader has to say it says; here is what else there is to check. */
int daemon_check_content(const struct daemon *d)
{
	struct ld_content_options opt = options_of(d);
	struct ld_content *c;
	unsigned errors;

	if (ld_content_load(d->conf.content_dir, &opt, daemon_log_finding, NULL, &c) < 0)
		return LD_E_SYNTAX;
	errors = ld_schedule_check(c, daemon_log_finding, NULL);
	ld_content_free(c);
	return errors ? LD_E_SYNTAX : 0;
}

void daemon_log_finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	LOGP(DMAIN, f->error ? LOGL_ERROR : LOGL_NOTICE, "%s:%d: %s: %s\n", f->file, f->line,
	     f->error ? "error" : "warning", f->message);
}

static void note(void *arg, const char *line)
{
	(void)arg;
	LOGP(DMAIN, LOGL_NOTICE, "%s\n", line);
}

static int use(void *arg, struct ld_content *c)
{
	return ld_gateway_set_content(((struct daemon *)arg)->gw, c);
}

int daemon_first_content(struct daemon *d, struct ld_content **ret)
{
	struct ld_live_cfg cfg = { .clock = &d->clock.clock, .dir = d->conf.content_dir,
				   .opt = options_of(d), .check = ld_schedule_check, .use = use,
				   .use_arg = d, .found = daemon_log_finding, .note = note };

	return ld_live_open(&d->live, &cfg, d->store, ret);
}

int daemon_reload(struct daemon *d, ld_finding_cb cb, void *arg, unsigned *ret_screens,
		  unsigned *ret_courses)
{
	int rc = ld_live_reload(d->live, cb, arg, ret_screens, ret_courses);

	if (rc < 0)
		LOGP(DMAIN, LOGL_ERROR, "%s was not taken over: %s; the content that runs stays\n",
		     d->conf.content_dir, rc == LD_E_DENIED ? "the ward has published its content" :
		     ld_strerror(rc));
	else
		LOGP(DMAIN, LOGL_NOTICE, "%s is now in use\n", d->conf.content_dir);
	return rc;
}

json_t *daemon_content_status(const struct daemon *d, json_t *trouble)
{
	struct ld_live_status s;

	ld_live_status(d->live, &s);
	if (s.refused)
		json_array_append_new(trouble, json_sprintf("Edition %lld of the content cannot be "
			"used here, the one before stays: %s.", (long long)s.refused, s.why));
	return json_pack("{s:I,s:s,s:i,s:i,s:I,s:I,s:I,s:i,s:i,s:I}", "edition",
			 (json_int_t)s.number, "dir", d->conf.content_dir, "screens",
			 (int)s.screens, "courses", (int)s.courses, "next", (json_int_t)s.next,
			 "next_ms", (json_int_t)s.next_ms, "coming", (json_int_t)s.coming,
			 "pieces", (int)s.pieces, "missing", (int)s.missing, "refused",
			 (json_int_t)s.refused);
}

static const struct ld_content *content_of(void *arg)
{
	return ld_gateway_content(((const struct daemon *)arg)->gw);
}

void daemon_publish(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	struct ld_ctl_publish to = {
		.worker = d->worker, .clock = &d->clock.clock,
		.utc_offset_min = d->conf.utc_offset_min, .ward = ld_node_is_ward(&d->node),
		.dir = d->conf.content_dir, .opt = options_of(d), .live = d->live,
		.content = content_of, .arg = d,
	};

	ld_ctl_publish(req, in, &to);
}
