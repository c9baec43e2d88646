/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POST /mesh/2: each request is worked off by jobs of the work thread, from when the first of it has
 * come; when all has, its connection is held. A long answer goes out while it is made. A peer must be a
 * member before the first octet of its message is kept. */
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "laido/link/https/httpd.h"
#include "laido/link/https.h"
#include "laido/osmo/log.h"

enum {
	CONNECTIONS_MAX = 64,
	IDLE_S = 90, /* peers compare every 30 s on a kept connection */
	MARK_MEMBER = 1,
};

struct ld_link_server {
	struct ld_link_server_cfg cfg;
	struct ld_httpd *httpd;
	struct ld_link_server_stats stats;
	unsigned in_flight;
	bool stopped;
};

/* One request's work. It owns what the work thread looks at, since the request may end before. */
struct task {
	struct ld_job job;
	struct ld_link_server *s;
	struct ld_http *r; /* NULL: the connection is gone */
	struct ld_mesh *mesh;
	struct ld_mesh_io *io; /* NULL: only asks who it is */
	uint8_t pk[32];
	struct ld_body *body;
	size_t fed;      /* so much of it is with the engine */
	size_t given;    /* so much of the answer is with the connection */
	bool whole;      /* all of it has come */
	bool at_work;    /* a job is with the work thread */
	int verdict;     /* of the step, or of the membership */
	uint64_t events; /* of the engine before, to see that something came in */
	bool news;
};

static void free_task(struct task *t)
{
	struct ld_link_server *s = t->s;

	if (t->r)
		ld_http_set_user(t->r, NULL);
	ld_mesh_io_free(t->io);
	ld_body_drop(t->body);
	free(t);
	if (--s->in_flight == 0 && s->stopped)
		free(s);
}

static struct task *new_task(struct ld_link_server *s, struct ld_http *r, const uint8_t pk[32])
{
	struct task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->s = s;
	t->r = r;
	t->mesh = s->cfg.mesh;
	memcpy(t->pk, pk, sizeof(t->pk));
	ld_http_set_user(r, t);
	s->in_flight++;
	return t;
}

static void refuse(struct ld_link_server *s, struct ld_http *r, unsigned status, const char *why)
{
	if (status == MHD_HTTP_FORBIDDEN)
		s->stats.strangers++;
	else if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		s->stats.busy++;
	else if (status == MHD_HTTP_INTERNAL_SERVER_ERROR)
		s->stats.failed++;
	else
		s->stats.bad++;
	ld_http_say(r, status, why);
}

static const char octets[] = "application/octet-stream";
static const char stranger[] = "not a member: the ward invites boards by laido mesh invite";

/* ---- who is it ---- */

static int run_who(struct ld_job *job, struct ld_store *st)
{
	struct task *t = (struct task *)job;

	t->verdict = ld_mesh_admits(st, t->pk);
	return t->verdict < 0 ? t->verdict : 0;
}

static void done_who(struct ld_job *job, int rc)
{
	struct task *t = (struct task *)job;
	struct ld_http *r = t->r;

	if (r && rc < 0)
		refuse(t->s, r, MHD_HTTP_INTERNAL_SERVER_ERROR, ld_strerror(rc));
	else if (r && !t->verdict)
		refuse(t->s, r, MHD_HTTP_FORBIDDEN, stranger);
	else if (r)
		*ld_http_mark(r) = MARK_MEMBER;
	free_task(t);
	if (r)
		ld_http_go(r);
}

static void submit(struct task *t)
{
	t->at_work = ld_worker_submit(t->s->cfg.worker, LD_LANE_MESH, &t->job) == 0;
	if (t->at_work && t->whole && t->r)
		ld_http_hold(t->r);
	if (t->at_work || (t->r && !t->whole))  /* else with the next part */
		return;
	if (t->r && t->given > 0)
		ld_http_end(t->r, false);
	else if (t->r)
		refuse(t->s, t->r, MHD_HTTP_SERVICE_UNAVAILABLE, "busy: try again");
	free_task(t);
}

static void on_head(void *arg, struct ld_http *r)
{
	struct ld_link_server *s = arg;
	const char *type = ld_http_header(r, "Content-Type");
	uint8_t pk[32];
	struct task *t;

	s->stats.requests++;
	if (!ld_http_peer_key(r, pk))
		return refuse(s, r, MHD_HTTP_FORBIDDEN, "show the certificate of a board's key");
	if (strcmp(ld_http_path(r), "/mesh/2") != 0)
		return refuse(s, r, MHD_HTTP_NOT_FOUND, "only /mesh/2 is here");
	if (strcmp(ld_http_method(r), "POST") != 0)
		return refuse(s, r, MHD_HTTP_METHOD_NOT_ALLOWED, "POST");
	if (!type || strcmp(type, octets) != 0)
		return refuse(s, r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, octets);
	if (*ld_http_mark(r) == MARK_MEMBER)
		return;
	t = new_task(s, r, pk);
	if (!t)
		return refuse(s, r, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
	t->whole = true;
	t->job.run = run_who;
	t->job.done = done_who;
	submit(t);
}

/* ---- what does it say ---- */

/* What is wrong with the message is no reason to undo the others' work in the same batch. */
static bool is_peers_fault(int rc)
{
	return rc == LD_E_DENIED || rc == LD_E_CORRUPT || rc == LD_E_TOOBIG || rc == LD_E_RANGE;
}

static int run_step(struct ld_job *job, struct ld_store *st)
{
	struct task *t = (struct task *)job;
	struct ld_mesh_stats before, after;

	ld_mesh_stats(t->mesh, &before);
	t->verdict = ld_mesh_step(t->mesh, st, t->io);
	ld_mesh_stats(t->mesh, &after);
	t->news |= after.events_in > before.events_in;
	return t->verdict < 0 && !is_peers_fault(t->verdict) ? t->verdict : 0;
}

/* What stands of a long answer does not change any more. */
static void give(struct task *t)
{
	const struct ld_msg *m = ld_mesh_io_message(t->io);

	if (t->r && m->len > t->given)
		ld_http_more(t->r, octets, m->data + t->given, m->len - t->given);
	t->given = m->len;
}

static void answered(struct task *t)
{
	const struct ld_msg *m = ld_mesh_io_message(t->io);

	t->s->stats.answered++;
	if (t->s->cfg.asked)
		t->s->cfg.asked(t->s->cfg.arg, t->pk);
	if (t->given == 0)
		return ld_http_answer(t->r, MHD_HTTP_OK, octets, m->data, m->len);
	give(t);
	ld_http_end(t->r, true);
}

static void answer(struct task *t, int rc)
{
	if (rc == 0 && t->verdict >= 0)
		return answered(t);
	if (t->given > 0) {
		t->s->stats.failed++;
		ld_http_end(t->r, false);
	} else if (rc < 0) {
		refuse(t->s, t->r, MHD_HTTP_INTERNAL_SERVER_ERROR, ld_strerror(rc));
	} else if (t->verdict == LD_E_DENIED) {
		refuse(t->s, t->r, MHD_HTTP_FORBIDDEN, stranger);
	} else {
		refuse(t->s, t->r, MHD_HTTP_BAD_REQUEST, ld_strerror(t->verdict));
	}
}

/* What has come of the message goes to the engine, when that has worked off what it had; also what
 * came before a line broke. */
static void pass_on(struct task *t)
{
	size_t len = t->body ? t->body->len : 0;

	if (t->at_work && t->whole)
		ld_http_hold(t->r);
	if (t->at_work || (t->r && !t->whole && len - t->fed < LD_BODY_PART))
		return;
	if (!t->r && t->fed == len)
		return free_task(t);
	if (t->fed == 0)
		ld_mesh_io_expect(t->io, t->body ? t->body->data : NULL);
	t->fed = len;
	ld_mesh_io_grow(t->io, len, t->whole);
	submit(t);
}

static void done_step(struct ld_job *job, int rc)
{
	struct task *t = (struct task *)job;

	t->at_work = false;
	if (rc == 0 && t->verdict >= 0)
		ld_mesh_io_accept(t->io);
	if (t->news && t->s->cfg.news && !t->s->stopped) {
		t->news = false;
		t->s->cfg.news(t->s->cfg.arg);
	}
	if (rc == 0 && t->verdict == LD_MESH_MORE) {
		give(t);
		return submit(t);
	}
	if (rc == 0 && t->verdict == LD_MESH_WAIT)
		return pass_on(t);
	if (t->r)
		answer(t, rc);
	free_task(t);
}

static struct task *message_of(struct ld_link_server *s, struct ld_http *r)
{
	struct task *t = ld_http_user(r);
	uint8_t pk[32];

	if (t)
		return t;
	t = ld_http_peer_key(r, pk) ? new_task(s, r, pk) : NULL;
	if (!t)
		return NULL;
	t->io = ld_mesh_io_new(pk, NULL);
	t->body = ld_http_body(r) ? ld_body_ref(ld_http_body(r)) : NULL;
	t->job.run = run_step;
	t->job.done = done_step;
	if (t->io)
		return t;
	free_task(t);
	return NULL;
}

static void on_part(void *arg, struct ld_http *r)
{
	struct task *t = ld_http_body(r)->len < LD_BODY_PART ? NULL : message_of(arg, r);

	if (t)
		pass_on(t);
}

static void on_body(void *arg, struct ld_http *r)
{
	struct task *t = message_of(arg, r);

	if (!t)
		return refuse(arg, r, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
	t->whole = true;
	pass_on(t);
}

static void on_over(void *arg, struct ld_http *r)
{
	struct task *t = ld_http_user(r);

	(void)arg;
	if (t)
		t->r = NULL;
	if (t && !t->at_work)
		pass_on(t);
}

int ld_link_server_start(struct ld_link_server **ret, const struct ld_link_server_cfg *cfg,
			 struct ld_errmsg *err)
{
	static const struct ld_httpd_ops ops = { .head = on_head, .part = on_part, .body = on_body,
						 .over = on_over };
	struct ld_link_server *s = calloc(1, sizeof(*s));
	struct ld_httpd_cfg h = {
		.host = cfg->host,
		.port = cfg->port,
		.tls = cfg->key,
		.body_max = LD_MESH_MESSAGE_MAX,
		.connections_max = CONNECTIONS_MAX,
		.idle_s = IDLE_S,
		.ops = &ops,
		.arg = s,
	};
	int rc;

	if (!s)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	s->cfg = *cfg;
	rc = ld_httpd_start(&s->httpd, &h, err);
	if (rc < 0) {
		free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

uint16_t ld_link_server_port(const struct ld_link_server *s)
{
	return ld_httpd_port(s->httpd);
}

void ld_link_server_stats(const struct ld_link_server *s, struct ld_link_server_stats *ret)
{
	*ret = s->stats;
}

void ld_link_server_stop(struct ld_link_server *s)
{
	if (!s)
		return;
	ld_httpd_stop(s->httpd);
	s->stopped = true;
	if (s->in_flight == 0)
		free(s);
}
