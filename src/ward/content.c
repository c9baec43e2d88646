/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ward's own use of the content: messages and reminders are all it needs of it. What it
 * publishes it uses itself, like every board. */
#include <systemd/sd-daemon.h>

#include "laido/content/check.h"
#include "laido/ops/ctl/publish.h"
#include "laido/osmo/log.h"
#include "ward.h"

static void found(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		LOGP(DWARD, LOGL_NOTICE, "%s:%d: %s\n", f->file, f->line, f->message);
}

static void note(void *arg, const char *line)
{
	(void)arg;
	LOGP(DWARD, LOGL_NOTICE, "%s\n", line);
}

static struct ld_content *put(void *arg, struct ld_content *next)
{
	struct ward *w = arg;
	struct ld_content *old = w->content;

	w->content = next;
	return old;
}

static int use(void *arg, struct ld_content *c)
{
	return ld_live_swap(((struct ward *)arg)->worker, c, put, arg);
}

void content_open(struct ward *w)
{
	struct ld_live_cfg cfg = { .clock = &w->clock.clock, .dir = w->conf.content_dir,
				   .use = use, .use_arg = w, .found = found, .note = note };

	if (ld_live_open(&w->live, &cfg, w->store, &w->content) < 0)
		LOGP(DWARD, LOGL_NOTICE, "%s cannot be used; correct it, or publish good content\n",
		     w->conf.content_dir);
}

static void on_tick(void *arg)
{
	struct ward *w = arg;

	ld_live_tick(w->live);
	sd_notify(0, "WATCHDOG=1");
	erased_tick(w);
	status_tick(w);
	if (w->reports)
		web_tick(w);
	osmo_timer_schedule(&w->tick, 1, 0);
}

void content_start(struct ward *w)
{
	ld_live_worker(w->live, w->worker);
	osmo_timer_setup(&w->tick, on_tick, w);
	osmo_timer_schedule(&w->tick, 1, 0);
}

void content_stop(struct ward *w)
{
	osmo_timer_del(&w->tick);
}

void content_close(struct ward *w)
{
	ld_content_free(w->content);
	ld_live_free(w->live);
}

bool content_known(const struct ward *w)
{
	struct ld_live_status s;

	ld_live_status(w->live, &s);
	return s.screens > 0;
}

const struct ld_content *content_of(void *ward)
{
	return ((const struct ward *)ward)->content;
}

void content_dress(const struct ward *w, struct ld_ward_report *r)
{
	struct ld_ward_figure *f = &r->figure[LD_FIG_COURSE];
	int en;

	if (!w->content)
		return;
	en = ld_content_lang(w->content, "en");
	r->part_vnd = (unsigned)w->content->part_vnd;
	for (unsigned i = 0; i < f->n; i++) {
		const struct ld_course *c = ld_content_course(w->content, f->row[i].label);

		if (!c)
			continue;
		snprintf(f->row[i].name[0], sizeof(f->row[i].name[0]), "%s", c->name[0]);
		if (en > 0 && c->name[en])
			snprintf(f->row[i].name[1], sizeof(f->row[i].name[1]), "%s", c->name[en]);
	}
}

void content_publish(struct ld_ctl_req *req, const json_t *in, void *ward)
{
	struct ward *w = ward;
	struct ld_ctl_publish to = {
		.worker = w->worker, .clock = &w->clock.clock,
		.utc_offset_min = w->conf.utc_offset_min, .ward = true, .dir = w->conf.content_dir,
		.live = w->live, .content = content_of, .arg = w,
	};

	ld_ctl_publish(req, in, &to);
}
