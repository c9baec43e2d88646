/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /, /report.json, /report.csv, /report.txt: read only, no cookies, no password; it listens on
 * this machine unless a proxy guards it. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/osmo/log.h"
#include "figures.h"
#include "ward.h"

struct view {
	const char *path, *type;
	char *(*html)(const struct ld_ward_report *, const struct ld_ward_config *, bool, size_t *);
	char *(*render)(const struct ld_ward_report *, const struct ld_ward_config *, size_t *);
};

static const struct view views[] = {
	{"/", "text/html; charset=utf-8", ld_ward_report_html, NULL},
	{"/report.json", "application/json", NULL, ld_ward_report_json},
	{"/report.csv", "text/csv; charset=utf-8", NULL, ld_ward_report_csv},
	{"/report.txt", "text/plain; charset=utf-8", NULL, ld_ward_report_text},
};

/* A report that took long is shown again until twenty times as long has passed: reports take at
 * most a twentieth of the work thread, however many look and however big the ward is. One that was
 * quick is always made anew. */
enum { QUICK_MS = 20, SHARE = 20 };

struct reports {
	struct ld_ward_report *last;    /* NULL: none yet */
	int64_t made_ms, cost_ms;       /* monotonic; how long it took */
	bool in_making;
};

struct look {
	struct ld_job job;
	struct ld_http *r; /* NULL: the browser went away */
	struct ward *w;
	const struct view *view;
	bool english;
	int table;              /* which breakdown as CSV; -1: the table by to dan pho */
	int64_t now_ms, cost_ms;
	struct ld_ward_report *report;
};

static int run_look(struct ld_job *job, struct ld_store *st)
{
	struct look *k = (struct look *)job;
	int64_t from = ld_clock_monotonic_ms(&k->w->clock.clock);
	int rc = ld_ward_report_gather(k->report, st, &k->w->conf, &k->w->node.id, k->now_ms);

	/* Swapped on this thread only. */
	k->report->part_vnd = k->w->content ? (unsigned)k->w->content->part_vnd : 0;
	k->cost_ms = ld_clock_monotonic_ms(&k->w->clock.clock) - from;
	return rc;
}

static void show(struct ld_http *r, const struct look *k, const struct ld_ward_report *report)
{
	const struct ld_ward_config *conf = &k->w->conf;
	size_t len = 0;
	char *text = k->view->html ? k->view->html(report, conf, k->english, &len)
		     : k->table >= 0
			     ? figures_csv(report, (unsigned)k->table, conf->min_cell, &len)
			     : k->view->render(report, conf, &len);

	if (text)
		ld_http_answer(r, MHD_HTTP_OK, k->view->type, text, len);
	else
		ld_http_say(r, MHD_HTTP_INTERNAL_SERVER_ERROR, ld_strerror(LD_E_NOMEM));
	free(text);
}

static void done_look(struct ld_job *job, int rc)
{
	struct look *k = (struct look *)job;
	struct reports *all = k->w->reports;

	all->in_making = false;
	if (k->r) {
		ld_http_set_user(k->r, NULL);
		if (rc == 0)
			show(k->r, k, k->report);
		else
			ld_http_say(k->r, MHD_HTTP_INTERNAL_SERVER_ERROR, ld_strerror(rc));
	}
	if (rc == 0) {
		free(all->last);
		all->last = k->report;
		all->made_ms = ld_clock_monotonic_ms(&k->w->clock.clock);
		all->cost_ms = k->cost_ms;
	} else {
		free(k->report);
	}
	free(k);
}

static bool is_fresh(const struct ward *w)
{
	const struct reports *all = w->reports;
	int64_t age = ld_clock_monotonic_ms(&w->clock.clock) - all->made_ms;

	return all->last && all->cost_ms > QUICK_MS &&
	       (all->in_making || age < SHARE * all->cost_ms);
}

/* The answer comes now, or the request is held until it is made. */
static void look_at(struct look *look, struct ld_http *r)
{
	struct reports *all = look->w->reports;
	struct look *k;

	if (is_fresh(look->w))
		return show(r, look, all->last);
	k = malloc(sizeof(*k));
	if (k) {
		*k = *look;
		k->r = r;
		k->job = (struct ld_job){ .run = run_look, .done = done_look };
		k->report = malloc(sizeof(*k->report));
	}
	if (!k || !k->report ||
	    ld_worker_submit(look->w->worker, LD_LANE_LIVE, &k->job) < 0) {
		if (k)
			free(k->report);
		free(k);
		return ld_http_say(r, MHD_HTTP_SERVICE_UNAVAILABLE, "busy: try again");
	}
	all->in_making = true;
	ld_http_set_user(r, k);
	ld_http_hold(r);
}

/* A page of another site must not read ours through a name that it points at this machine. */
static bool host_is_ours(const struct ward *w, const struct ld_http *r)
{
	static const char *const local[] = {"localhost", "127.0.0.1", "[::1]"};
	const char *host = ld_http_header(r, "Host");

	if (strcmp(w->conf.web_host, "127.0.0.1") != 0 && strcmp(w->conf.web_host, "::1") != 0)
		return true; /* behind a proxy: the names are its business */
	for (size_t i = 0; host && i < LD_ARRAY_SIZE(local); i++) {
		size_t n = strlen(local[i]);

		if (strncmp(host, local[i], n) == 0 && (host[n] == '\0' || host[n] == ':'))
			return true;
	}
	return false;
}

static const struct view *find_view(const char *path)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(views); i++)
		if (strcmp(path, views[i].path) == 0)
			return &views[i];
	return NULL;
}

static void on_head(void *arg, struct ld_http *r)
{
	struct ward *w = arg;
	const struct view *view = find_view(ld_http_path(r));
	const char *lang = ld_http_query(r, "lang"), *table = ld_http_query(r, "table");
	struct look look = { .w = w, .view = view, .english = lang && strcmp(lang, "en") == 0,
			     .table = table ? figures_find(table) : -1,
			     .now_ms = ld_clock_utc_ms(&w->clock.clock, NULL) };

	if (!host_is_ours(w, r))
		return ld_http_say(r, MHD_HTTP_FORBIDDEN, "ask for localhost");
	if (strcmp(ld_http_method(r), "GET") != 0)
		return ld_http_say(r, MHD_HTTP_METHOD_NOT_ALLOWED, "GET");
	if (!view)
		return ld_http_say(r, MHD_HTTP_NOT_FOUND, "/ /report.json /report.csv /report.txt");
	if (table && (view->render != ld_ward_report_csv || look.table < 0))
		return ld_http_say(r, MHD_HTTP_NOT_FOUND, "no such table: see tables of /report.json");
	look_at(&look, r);
}

/* Only reached when the answer was held in head(): it will come. */
static void on_body(void *arg, struct ld_http *r)
{
	(void)arg;
	if (ld_http_user(r))
		ld_http_hold(r);
	else
		ld_http_say(r, MHD_HTTP_BAD_REQUEST, "no body is expected");
}

static void on_over(void *arg, struct ld_http *r)
{
	struct look *k = ld_http_user(r);

	(void)arg;
	if (k)
		k->r = NULL;
}

int web_start(struct ward *w, struct ld_errmsg *err)
{
	static const struct ld_httpd_ops ops = {on_head, on_body, on_over};
	struct ld_httpd_cfg cfg = {
		.host = w->conf.web_host,
		.port = w->conf.web_port,
		.body_max = 0,
		.connections_max = 32,
		.idle_s = 30,
		.ops = &ops,
		.arg = w,
	};

	w->reports = calloc(1, sizeof(*w->reports));
	if (!w->reports)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	return ld_httpd_start(&w->page, &cfg, err);
}

void web_stop(struct ward *w)
{
	ld_httpd_stop(w->page);
}

void web_free(struct ward *w)
{
	if (w->reports)
		free(w->reports->last);
	free(w->reports);
}
