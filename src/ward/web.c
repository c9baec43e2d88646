/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /, /report.json, /report.csv, /report.txt: read only, for whoever login.h lets in. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/osmo/log.h"
#include "figures.h"
#include "login.h"
#include "ward.h"

struct view {
	const char *path, *type;
	char *(*html)(const struct ld_ward_report *, const struct ld_ward_config *, bool, size_t *);
	char *(*render)(const struct ld_ward_report *, const struct ld_ward_config *, size_t *);
};

static const struct view views[] = {
	{"/", "text/html; charset=utf-8", ld_ward_report_html, NULL},
	{"/how", "text/html; charset=utf-8", ld_ward_how_html, NULL},
	{"/report.json", "application/json", NULL, ld_ward_report_json},
	{"/report.csv", "text/csv; charset=utf-8", NULL, ld_ward_report_csv},
	{"/report.txt", "text/plain; charset=utf-8", NULL, ld_ward_report_text},
};

/* A report that is quick to make is made anew for whoever looks. One that takes long is shown as it
 * was, and made again by itself, at most a twentieth of the time, once there is news or somebody has
 * looked: so nobody waits for it, however many look and however big the ward is. */
enum { QUICK_MS = 20, SHARE = 20 };

struct look {
	struct look *next;      /* they wait for the same report */
	struct ld_http *r;      /* NULL: the browser went away */
	struct ward *w;
	const struct view *view;
	bool english;
	enum user_role role;
	bool session;
	int table;              /* which breakdown as CSV; -1: the table by to dan pho */
};

struct reports {
	struct ld_ward_report *last;    /* NULL: none yet */
	struct ld_ward_report *seen;    /* its copy as one reader sees it */
	struct login *login;
	char *cert, *key;               /* PEM; NULL: HTTP */
	int64_t made_ms, cost_ms;       /* monotonic; how long it took */
	uint64_t version;               /* of the store, when it was made */
	bool looked;                    /* since it was made */
	bool in_making;
	struct look *waiting;
};

struct making {
	struct ld_job job;
	struct ward *w;
	int64_t now_ms, cost_ms;
	uint64_t version;
	struct ld_ward_report *report;
};

static int run_making(struct ld_job *job, struct ld_store *st)
{
	struct making *m = (struct making *)job;
	int64_t from = ld_clock_monotonic_ms(&m->w->clock.clock);
	int rc = ld_ward_report_gather(m->report, st, &m->w->conf, &m->w->node.id, m->now_ms);

	m->version = ld_store_version(st);
	content_dress(m->w, m->report);
	m->cost_ms = ld_clock_monotonic_ms(&m->w->clock.clock) - from;
	return rc;
}

/* Who may not see all sees no names. */
static void show(struct ld_http *r, const struct look *k, const struct ld_ward_report *report)
{
	const struct ld_ward_config *conf = &k->w->conf;
	struct ld_ward_report *seen = k->w->reports->seen;
	size_t len = 0;
	char *text;

	*seen = *report;
	seen->leave = k->session;
	if (k->role < USER_OPERATOR)
		seen->figure[LD_FIG_AMBASSADOR].n = 0;
	text = k->view->html   ? k->view->html(seen, conf, k->english, &len)
	       : k->table >= 0 ? figures_csv(seen, (unsigned)k->table, conf->min_cell, &len)
			       : k->view->render(seen, conf, &len);
	if (text)
		ld_http_answer(r, MHD_HTTP_OK, k->view->type, text, len);
	else
		ld_http_say(r, MHD_HTTP_INTERNAL_SERVER_ERROR, ld_strerror(LD_E_NOMEM));
	free(text);
}

static void answer_all(struct ward *w, int rc)
{
	struct reports *all = w->reports;
	struct look *k;

	while ((k = all->waiting)) {
		all->waiting = k->next;
		if (k->r) {
			ld_http_set_user(k->r, NULL);
			if (rc == 0)
				show(k->r, k, all->last);
			else
				ld_http_say(k->r, MHD_HTTP_INTERNAL_SERVER_ERROR, ld_strerror(rc));
		}
		free(k);
	}
}

static void done_making(struct ld_job *job, int rc)
{
	struct making *m = (struct making *)job;
	struct reports *all = m->w->reports;

	all->in_making = false;
	if (rc == 0) {
		free(all->last);
		all->last = m->report;
		all->made_ms = ld_clock_monotonic_ms(&m->w->clock.clock);
		all->cost_ms = m->cost_ms;
		all->version = m->version;
		all->looked = false;
	} else {
		free(m->report);
	}
	answer_all(m->w, rc);
	free(m);
}

static int start_making(struct ward *w)
{
	struct making *m = calloc(1, sizeof(*m));
	int rc = LD_E_NOMEM;

	if (m) {
		m->job = (struct ld_job){ .run = run_making, .done = done_making };
		m->w = w;
		m->now_ms = ld_clock_utc_ms(&w->clock.clock, NULL);
		m->report = malloc(sizeof(*m->report));
	}
	if (m && m->report)
		rc = ld_worker_submit(w->worker, LD_LANE_LIVE, &m->job);
	w->reports->in_making = rc == 0;
	if (rc < 0) {
		if (m)
			free(m->report);
		free(m);
	}
	return rc;
}

void web_tick(struct ward *w)
{
	struct reports *all = w->reports;
	int64_t age = ld_clock_monotonic_ms(&w->clock.clock) - all->made_ms;

	if (all->in_making || (all->last && all->cost_ms <= QUICK_MS))
		return;
	if (!all->last || (age >= SHARE * all->cost_ms &&
			   (all->looked || ld_worker_version(w->worker) != all->version)))
		start_making(w);
}

/* The answer comes now, or the request is held until it is made. */
static void look_at(struct look *look, struct ld_http *r)
{
	struct reports *all = look->w->reports;
	struct look *k;

	if (all->last && all->cost_ms > QUICK_MS) {
		all->looked = true;
		return show(r, look, all->last);
	}
	k = malloc(sizeof(*k));
	if (!k || (!all->in_making && start_making(look->w) < 0)) {
		free(k);
		return ld_http_say(r, MHD_HTTP_SERVICE_UNAVAILABLE, "busy: try again");
	}
	*k = *look;
	k->r = r;
	k->next = all->waiting;
	all->waiting = k;
	ld_http_set_user(r, k);
	ld_http_hold(r);
}

/* A page of another site must not read ours through a name that it points at this machine. */
static bool host_is_ours(const struct ward *w, const struct ld_http *r)
{
	const char *const local[] = {"localhost", "127.0.0.1", "[::1]", w->conf.web_host};
	const char *host = ld_http_header(r, "Host");

	if (!ld_ward_config_local(&w->conf))
		return true; /* whoever may look has a password */
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

/* A browser is sent to the form, a program told. */
static void ask_login(struct ld_http *r, const struct view *view)
{
	if (!view->html)
		return ld_http_say(r, MHD_HTTP_UNAUTHORIZED, "log in first: /login");
	ld_http_with(r, "Location", "/login");
	ld_http_say(r, MHD_HTTP_SEE_OTHER, "/login");
}

static void on_head(void *arg, struct ld_http *r)
{
	struct ward *w = arg;
	const struct view *view = find_view(ld_http_path(r));
	const char *lang = ld_http_query(r, "lang"), *table = ld_http_query(r, "table");
	struct look look = { .w = w, .view = view, .english = lang && strcmp(lang, "en") == 0,
			     .table = table ? figures_find(table) : -1 };
	int role;

	if (!host_is_ours(w, r))
		return ld_http_say(r, MHD_HTTP_FORBIDDEN, "ask for localhost");
	if (login_head(w->reports->login, r))
		return;
	if (strcmp(ld_http_method(r), "GET") != 0)
		return ld_http_say(r, MHD_HTTP_METHOD_NOT_ALLOWED, "GET");
	if (!view)
		return ld_http_say(r, MHD_HTTP_NOT_FOUND, "/ /report.json /report.csv /report.txt");
	if (table && (view->render != ld_ward_report_csv || look.table < 0))
		return ld_http_say(r, MHD_HTTP_NOT_FOUND, "no such table: see tables of /report.json");
	role = login_role(w->reports->login, r, &look.session);
	if (role < 0)
		return ask_login(r, view);
	look.role = (enum user_role)role;
	look_at(&look, r);
}

/* Only reached when the answer was held in head(): it will come. */
static void on_body(void *arg, struct ld_http *r)
{
	struct ward *w = arg;

	if (login_body(w->reports->login, r))
		return;
	if (ld_http_user(r))
		ld_http_hold(r);
	else
		ld_http_say(r, MHD_HTTP_BAD_REQUEST, "no body is expected");
}

static void on_over(void *arg, struct ld_http *r)
{
	struct ward *w = arg;
	struct look *k = ld_http_user(r);

	if (!login_over(w->reports->login, r) && k)
		k->r = NULL;
}

/* The whole of a file as text; NULL with words. */
static char *read_text(const char *path, struct ld_errmsg *err)
{
	enum { MOST = 64 * 1024 };
	char *text = malloc(MOST);
	FILE *f = text ? fopen(path, "re") : NULL;
	size_t n = f ? fread(text, 1, MOST - 1, f) : 0;

	if (f)
		fclose(f);
	if (n == 0) {
		ld_fail(err, LD_E_RANGE, "%s: cannot be read, or is empty", path);
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

/* The files as they are now; a new certificate needs a restart. */
static int read_tls(struct ward *w, struct ld_httpd_cfg *cfg, struct ld_errmsg *err)
{
	if (!w->conf.web_cert[0])
		return 0;
	cfg->cert_pem = w->reports->cert = read_text(w->conf.web_cert, err);
	if (!cfg->cert_pem)
		return LD_E_RANGE;
	cfg->key_pem = w->reports->key = read_text(w->conf.web_key, err);
	return cfg->key_pem ? 0 : LD_E_RANGE;
}

int web_start(struct ward *w, struct ld_errmsg *err)
{
	static const struct ld_httpd_ops ops = { .head = on_head, .body = on_body, .over = on_over };
	struct ld_httpd_cfg cfg = {
		.host = w->conf.web_host,
		.port = w->conf.web_port,
		.body_max = 1024,
		.connections_max = 32,
		.idle_s = 30,
		.ops = &ops,
		.arg = w,
	};

	int rc;

	w->reports = calloc(1, sizeof(*w->reports));
	if (w->reports)
		w->reports->seen = malloc(sizeof(*w->reports->seen));
	if (!w->reports || !w->reports->seen)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	rc = login_new(&w->reports->login, w, err);
	if (rc == 0)
		rc = read_tls(w, &cfg, err);
	return rc < 0 ? rc : ld_httpd_start(&w->page, &cfg, err);
}

void web_stop(struct ward *w)
{
	ld_httpd_stop(w->page);
}

void web_free(struct ward *w)
{
	if (!w->reports)
		return;
	answer_all(w, LD_E_BUSY); /* their browsers are gone */
	login_free(w->reports->login);
	if (w->reports->key)
		ld_crypto_wipe(w->reports->key, strlen(w->reports->key));
	free(w->reports->key);
	free(w->reports->cert);
	free(w->reports->seen);
	free(w->reports->last);
	free(w->reports);
}
