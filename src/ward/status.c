/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido status of the ward: what is wrong, in sentences. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "ward.h"

enum { PATIENCE_S = 5 /* laido waits ten */, LATELY_S = 300 };

/* Whether something can be stored now is found out by storing something. */
struct look {
	struct ld_job job;
	struct ld_ctl_req *req;         /* NULL: answered, since the database was too slow */
	struct ward *w;
	struct osmo_timer_list patience;
};

json_t *lrs_json(const struct lrs_status *s)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "why", s->why, "waiting",
			 (json_int_t)s->waiting, "refused", (json_int_t)s->refused, "last_ms",
			 (json_int_t)s->contact_ms, "retry_in_ms", (json_int_t)s->retry_in_ms,
			 "stored", (json_int_t)s->stored, "requests", (json_int_t)s->requests,
			 "failures", (json_int_t)s->failures);
}

static void add_trouble(json_t *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add_trouble(json_t *list, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(list, json_string(text));
}

/* What cannot be stored is not acknowledged, and boards keep it: but somebody has to know. */
static void add_disk(json_t *trouble, const char *dir)
{
	enum { LEAST_KIB = 1024 };
	struct statvfs v;

	if (statvfs(dir, &v) < 0)
		add_trouble(trouble, "%s: %s", dir, strerror(errno));
	else if (v.f_flag & ST_RDONLY)
		add_trouble(trouble, "%s can only be read: boards keep what is new until it can be "
			    "written", dir);
	else if (v.f_bavail * v.f_frsize / 1024 < LEAST_KIB)
		add_trouble(trouble, "The disk of %s is full: boards keep what is new until there is "
			    "room", dir);
}

void status_tick(struct ward *w)
{
	struct ld_worker_failure f;

	ld_worker_failure(w->worker, &f);
	if (f.times != w->failures)
		w->failed_ms = ld_clock_utc_ms(&w->clock.clock, NULL);
	w->failures = f.times;
}

/* A full disk may have room for one small thing: what was refused lately is told, too. */
static void add_database(json_t *trouble, const struct ward *w, int rc, int64_t now_ms)
{
	struct ld_worker_failure f;
	int64_t s = (now_ms - w->failed_ms) / 1000;

	ld_worker_failure(w->worker, &f);
	if (rc == -ETIMEDOUT)
		add_trouble(trouble, "The database has not answered for %d s: boards keep what is new",
			    PATIENCE_S);
	else if (rc < 0)
		add_trouble(trouble, "The database cannot be written: %s (%s). Boards keep what is "
			    "new until it can", ld_strerror(rc), f.why);
	else if (w->failed_ms && s < LATELY_S)
		add_trouble(trouble, "%lld s ago the database could not be written: %s (%s). Boards "
			    "bring again what it refused", (long long)s, ld_strerror(f.rc), f.why);
}

static void add_lrs(json_t *o, json_t *trouble, const struct ward *w)
{
	struct lrs_status lrs;

	if (!w->lrs)
		return;
	lrs_status(w->lrs, &lrs);
	json_object_set_new(o, "lrs", lrs_json(&lrs));
	if (lrs.why[0])
		add_trouble(trouble, "LRS: %s; %lld statements wait", lrs.why,
			    (long long)lrs.waiting);
	if (lrs.refused)
		add_trouble(trouble, "The LRS refuses %lld statements: laido lrs shows them and why",
			    (long long)lrs.refused);
}

/* rc: of the attempt to store something. */
static void answer(struct look *k, int rc)
{
	struct ward *w = k->w;
	bool trusted;
	int64_t now = ld_clock_utc_ms(&w->clock.clock, &trusted);
	int64_t up = ld_clock_monotonic_ms(&w->clock.clock) - w->started_ms;
	json_t *o = json_pack("{s:s, s:s, s:s, s:I, s:{s:I, s:b}}", "kind", "ward", "name",
			      w->conf.name, "version", LAIDO_VERSION, "uptime_ms", (json_int_t)up,
			      "clock", "utc_ms", (json_int_t)now, "trusted", trusted);
	json_t *trouble = json_array();

	status_tick(w);
	add_lrs(o, trouble, w);
	add_database(trouble, w, rc, now);
	add_disk(trouble, w->conf.state_dir);
	json_object_set_new(o, "trouble", trouble);
	ld_ctl_answer(k->req, o);
	k->req = NULL;
}

static int run_look(struct ld_job *job, struct ld_store *st)
{
	(void)job;
	return ld_store_setting_put(st, "status", "", 0);
}

static void done_look(struct ld_job *job, int rc)
{
	struct look *k = (struct look *)job;

	osmo_timer_del(&k->patience);
	if (k->req)
		answer(k, rc);
	free(k);
}

static void no_patience(void *arg)
{
	answer(arg, -ETIMEDOUT);
}

void ward_status(struct ld_ctl_req *req, const json_t *in, void *ward)
{
	struct ward *w = ward;
	struct look *k = calloc(1, sizeof(*k));

	(void)in;
	if (!k)
		return ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
	*k = (struct look){ .job = { .run = run_look, .done = done_look }, .req = req, .w = w };
	osmo_timer_setup(&k->patience, no_patience, k);
	osmo_timer_schedule(&k->patience, PATIENCE_S, 0);
	if (ld_worker_submit(w->worker, LD_LANE_LIVE, &k->job) < 0)
		done_look(&k->job, LD_E_BUSY);
}
