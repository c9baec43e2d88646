/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /, /report.json, /report.csv, /report.txt: read only, no cookies, no password; it listens on
 * this machine unless a proxy guards it. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/osmo/log.h"
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

struct look {
	struct ld_job job;
	struct ld_http *r; /* NULL: the browser went away */
	const struct ward *w;
	const struct view *view;
	bool english;
	int64_t now_ms;
	struct ld_ward_report report;
};

static int run_look(struct ld_job *job, struct ld_store *st)
{
	struct look *k = (struct look *)job;

	return ld_ward_report_gather(&k->report, st, &k->w->conf, &k->w->node.id, k->now_ms);
}

static void done_look(struct ld_job *job, int rc)
{
	struct look *k = (struct look *)job;
	char *text = NULL;
	size_t len = 0;

	if (k->r) {
		ld_http_set_user(k->r, NULL);
		if (rc == 0 && k->view->html)
			text = k->view->html(&k->report, &k->w->conf, k->english, &len);
		else if (rc == 0)
			text = k->view->render(&k->report, &k->w->conf, &len);
		if (text)
			ld_http_answer(k->r, MHD_HTTP_OK, k->view->type, text, len);
		else
			ld_http_say(k->r, MHD_HTTP_INTERNAL_SERVER_ERROR,
				    ld_strerror(rc < 0 ? rc : LD_E_NOMEM));
	}
	free(text);
	free(k);
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
	const char *lang = ld_http_query(r, "lang");
	struct look *k;

	if (!host_is_ours(w, r))
		return ld_http_say(r, MHD_HTTP_FORBIDDEN, "ask for localhost");
	if (strcmp(ld_http_method(r), "GET") != 0)
		return ld_http_say(r, MHD_HTTP_METHOD_NOT_ALLOWED, "GET");
	if (!view)
		return ld_http_say(r, MHD_HTTP_NOT_FOUND, "/ /report.json /report.csv /report.txt");
	k = calloc(1, sizeof(*k));
	if (!k)
		return ld_http_say(r, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
	k->r = r;
	k->w = w;
	k->view = view;
	k->english = lang && strcmp(lang, "en") == 0;
	k->now_ms = ld_clock_utc_ms(&w->clock.clock, NULL);
	k->job.run = run_look;
	k->job.done = done_look;
	if (ld_worker_submit(w->worker, LD_LANE_LIVE, &k->job) < 0) {
		free(k);
		return ld_http_say(r, MHD_HTTP_SERVICE_UNAVAILABLE, "busy: try again");
	}
	ld_http_set_user(r, k);
	ld_http_hold(r);
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

	return ld_httpd_start(&w->page, &cfg, err);
}
