/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/link/https/httpd.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/core/linuxlist.h>
#include <osmocom/core/select.h>
#include <osmocom/core/timer.h>

#include "tls.h"

struct ld_httpd {
	struct ld_httpd_cfg cfg;
	struct tls_id id;
	struct MHD_Daemon *mhd;
	struct osmo_fd ofd;
	struct osmo_timer_list timer;
	struct llist_head held;
	uint16_t port;
	bool stopping;
};

/* What of an answer waits for the line while more is being made. */
struct flow {
	uint8_t *data;
	size_t len, cap;
	bool ended, broken;
};

enum { FLOW_BLOCK = 16 * 1024 };

enum phase { PHASE_NEW = 0, PHASE_BODY, PHASE_ASKED, PHASE_SENT };

struct ld_http {
	struct ld_httpd *h;
	struct MHD_Connection *conn;
	const char *method, *path;
	enum phase phase;
	bool held;
	bool head_again;         /* held in head(): libmicrohttpd repeats that call */
	struct llist_head entry; /* of h->held */
	struct MHD_Response *response;
	unsigned status;
	const char *extra[LD_HTTP_EXTRA_MAX][2];
	unsigned n_extra;
	struct flow flow;
	struct ld_body *body;
	size_t dropped;
	void *user;
};

/* ---- the loop ---- */

static void turn(struct ld_httpd *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(h->mhd);
	if (MHD_get_timeout(h->mhd, &ms) == MHD_YES)
		osmo_timer_schedule(&h->timer, (int)(ms / 1000), (int)(ms % 1000 * 1000));
	else
		osmo_timer_del(&h->timer);
}

static int readable(struct osmo_fd *ofd, unsigned what)
{
	(void)what;
	turn(ofd->data);
	return 0;
}

static void timer_due(void *arg)
{
	turn(arg);
}

/* ---- answers ---- */

static const char *const every_answer[][2] = {
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cache-Control", "no-store"},
	{"Content-Security-Policy",
	 "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
	 "frame-ancestors 'none'"},
};

static void hold(struct ld_http *r)
{
	r->held = true;
	llist_add_tail(&r->entry, &r->h->held);
	MHD_suspend_connection(r->conn);
}

static void wake(struct ld_http *r)
{
	if (!r->held)
		return;
	r->held = false;
	llist_del(&r->entry);
	MHD_resume_connection(r->conn);
	osmo_timer_schedule(&r->h->timer, 0, 0);
}

static void respond(struct ld_http *r, unsigned status, const char *type, struct MHD_Response *with)
{
	r->response = with;
	r->status = status;
	if (with) {
		MHD_add_response_header(with, "Content-Type", type);
		for (size_t i = 0; i < LD_ARRAY_SIZE(every_answer); i++)
			MHD_add_response_header(with, every_answer[i][0], every_answer[i][1]);
		for (unsigned i = 0; i < r->n_extra; i++)
			MHD_add_response_header(with, r->extra[i][0], r->extra[i][1]);
	}
	wake(r);
}

void ld_http_answer(struct ld_http *r, unsigned status, const char *type, const void *data,
		    size_t len)
{
	if (!r->response)
		respond(r, status, type, MHD_create_response_from_buffer(len, (void *)data,
									 MHD_RESPMEM_MUST_COPY));
}

/* libmicrohttpd wants octets; when there are none yet, the connection waits. What was made before the
 * answer broke still goes. */
static ssize_t flow_out(void *arg, uint64_t pos, char *ret, size_t max)
{
	struct ld_http *r = arg;
	struct flow *f = &r->flow;
	size_t n = f->len < max ? f->len : max;

	(void)pos;
	if (n == 0) {
		if (f->broken || r->h->stopping)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (f->ended)
			return MHD_CONTENT_READER_END_OF_STREAM;
		hold(r);
		return 0;
	}
	memcpy(ret, f->data, n);
	f->len -= n;
	memmove(f->data, f->data + n, f->len);
	return (ssize_t)n;
}

static void flow_in(struct flow *f, const void *data, size_t len)
{
	if (f->len + len > f->cap) {
		size_t cap = f->len + len + FLOW_BLOCK;
		uint8_t *longer = realloc(f->data, cap);

		f->broken |= !longer;
		f->data = longer ? longer : f->data;
		f->cap = longer ? cap : f->cap;
	}
	if (f->broken || len == 0)
		return;
	memcpy(f->data + f->len, data, len);
	f->len += len;
}

void ld_http_more(struct ld_http *r, const char *type, const void *data, size_t len)
{
	flow_in(&r->flow, data, len);
	if (r->response)
		wake(r);
	else
		respond(r, MHD_HTTP_OK, type,
			MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, FLOW_BLOCK, flow_out, r,
							  NULL));
}

void ld_http_end(struct ld_http *r, bool whole)
{
	r->flow.ended = true;
	r->flow.broken |= !whole;
	wake(r);
}

void ld_http_with(struct ld_http *r, const char *name, const char *value)
{
	if (r->n_extra == LD_HTTP_EXTRA_MAX)
		return;
	r->extra[r->n_extra][0] = name;
	r->extra[r->n_extra++][1] = value;
}

void ld_http_say(struct ld_http *r, unsigned status, const char *text)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "%s\n", text);

	ld_http_answer(r, status, "text/plain; charset=utf-8", line,
		       len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

void ld_http_hold(struct ld_http *r)
{
	if (!r->held && !r->response)
		hold(r);
}

void ld_http_go(struct ld_http *r)
{
	wake(r);
}

/* ---- requests ---- */

/* Content-Length; 0: not told. */
static unsigned long long announced(const struct ld_http *r)
{
	const char *s = ld_http_header(r, "Content-Length");

	return s ? strtoull(s, NULL, 10) : 0;
}

/* For a body that is looked at while it comes, and so must not be moved. */
static size_t room(const struct ld_http *r)
{
	size_t all = (size_t)announced(r);

	return all || !r->h->cfg.ops->part ? all : r->h->cfg.body_max;
}

/* What is refused is still read to its end, to a limit: only then a client takes the answer. */
static enum MHD_Result more_body(struct ld_http *r, const char *data, size_t *len)
{
	size_t have = r->body ? r->body->len : 0;

	if (!r->response && *len > r->h->cfg.body_max - have)
		ld_http_say(r, MHD_HTTP_CONTENT_TOO_LARGE, "too long");
	if (r->response) {
		r->dropped += *len;
		if (r->dropped > 2 * r->h->cfg.body_max + 65536)
			return MHD_NO;
	} else if (ld_body_add(&r->body, data, *len, room(r)) < 0) {
		return MHD_NO;
	} else if (r->body->stays && r->h->cfg.ops->part) {
		r->h->cfg.ops->part(r->h->cfg.arg, r);
	}
	*len = 0;
	return MHD_YES;
}

static enum MHD_Result send_answer(struct ld_http *r)
{
	r->phase = PHASE_SENT;
	return MHD_queue_response(r->conn, r->status, r->response);
}

static enum MHD_Result new_request(struct ld_httpd *h, struct MHD_Connection *conn, const char *url,
				   const char *method, void **con_cls)
{
	struct ld_http *r = calloc(1, sizeof(*r));

	if (!r || h->stopping) {
		free(r);
		return MHD_NO;
	}
	r->h = h;
	r->conn = conn;
	r->path = url;
	r->method = method;
	*con_cls = r;
	if (announced(r) > h->cfg.body_max)
		ld_http_say(r, MHD_HTTP_CONTENT_TOO_LARGE, "too long");
	else
		h->cfg.ops->head(h->cfg.arg, r);
	r->phase = PHASE_BODY;
	r->head_again = r->held;
	return r->response && !r->held ? send_answer(r) : MHD_YES;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *conn, const char *url,
				 const char *method, const char *version, const char *data,
				 size_t *len, void **con_cls)
{
	struct ld_http *r = *con_cls;
	struct ld_httpd *h = cls;

	(void)version;
	if (!r)
		return new_request(h, conn, url, method, con_cls);
	if (h->stopping || r->phase == PHASE_SENT)
		return MHD_NO;
	if (*len > 0)
		return more_body(r, data, len);
	if (r->head_again) {
		r->head_again = false;
		return r->response ? send_answer(r) : MHD_YES;
	}
	if (!r->response && r->phase == PHASE_BODY) {
		r->phase = PHASE_ASKED;
		h->cfg.ops->body(h->cfg.arg, r);
	}
	if (r->response)
		return send_answer(r);
	return r->held ? MHD_YES : MHD_NO;
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
			 enum MHD_RequestTerminationCode why)
{
	struct ld_httpd *h = cls;
	struct ld_http *r = *con_cls;

	(void)conn;
	(void)why;
	if (!r)
		return;
	*con_cls = NULL;
	if (r->held)
		llist_del(&r->entry);
	if (h->cfg.ops->over)
		h->cfg.ops->over(h->cfg.arg, r);
	if (r->response)
		MHD_destroy_response(r->response);
	ld_body_drop(r->body);
	free(r->flow.data);
	free(r);
}

static void on_connection(void *cls, struct MHD_Connection *conn, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	(void)cls;
	(void)conn;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_context = calloc(1, sizeof(unsigned));
	} else {
		free(*socket_context);
		*socket_context = NULL;
	}
}

const char *ld_http_method(const struct ld_http *r)
{
	return r->method;
}

const char *ld_http_path(const struct ld_http *r)
{
	return r->path;
}

const char *ld_http_header(const struct ld_http *r, const char *name)
{
	return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

const char *ld_http_query(const struct ld_http *r, const char *name)
{
	return MHD_lookup_connection_value(r->conn, MHD_GET_ARGUMENT_KIND, name);
}

bool ld_http_peer_key(const struct ld_http *r, uint8_t ret[32])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info && info->tls_session && tls_peer_key(info->tls_session, ret);
}

void ld_http_peer_address(const struct ld_http *r, char ret[LD_HTTP_ADDRESS])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info ? info->client_addr : NULL;
	socklen_t len = a && a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						      : sizeof(struct sockaddr_in);

	if (!a || getnameinfo(a, len, ret, LD_HTTP_ADDRESS, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(ret, LD_HTTP_ADDRESS, "?");
}

void ld_http_set_user(struct ld_http *r, void *user)
{
	r->user = user;
}

void *ld_http_user(const struct ld_http *r)
{
	return r->user;
}

unsigned *ld_http_mark(struct ld_http *r)
{
	static unsigned none;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	none = 0; /* out of memory when the connection began: nothing is remembered */
	return info && info->socket_context ? info->socket_context : &none;
}

struct ld_body *ld_http_body(const struct ld_http *r)
{
	return r->body;
}

/* ---- start and stop ---- */

static int listen_on(const char *host, uint16_t port, int *ret_family, struct ld_errmsg *err)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *a;
	char service[8];
	int fd, rc, on = 1;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &a) != 0)
		return ld_fail(err, LD_E_RANGE, "%s: not a numeric address to listen on", host);
	*ret_family = a->ai_family;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = fd;
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		rc = bind(fd, a->ai_addr, a->ai_addrlen);
		if (rc == 0)
			rc = listen(fd, 64);
	}
	if (rc < 0) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		fd = ld_fail(err, rc, "%s port %u: %s%s", host, port, strerror(-rc),
			     rc == -EADDRINUSE ? "; another program listens there" : "");
	}
	freeaddrinfo(a);
	return fd;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return 0;
	return ntohs(ss.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&ss)->sin6_port
					      : ((struct sockaddr_in *)&ss)->sin_port);
}

static struct MHD_Daemon *start_mhd(struct ld_httpd *h, int fd, int family)
{
	const struct ld_httpd_cfg *c = &h->cfg;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_KEY, 0, c->tls ? h->id.key_pem : (void *)c->key_pem},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, c->tls ? h->id.cert_pem : (void *)c->cert_pem},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(c->tls ? TLS_PRIORITIES : "NORMAL")},
		{MHD_OPTION_HTTPS_MEM_TRUST, 0, h->id.cert_pem}, /* so that clients are asked */
		{MHD_OPTION_END, 0, NULL},
	};

	if (!c->tls)
		tls[c->cert_pem ? 3 : 0] = tls[4];
	if (c->tls || c->cert_pem)
		flags |= MHD_USE_TLS;
	if (family == AF_INET6)
		flags |= MHD_USE_IPv6;
	return MHD_start_daemon(flags, 0, NULL, NULL, on_access, h, MHD_OPTION_LISTEN_SOCKET, fd,
				MHD_OPTION_CONNECTION_LIMIT, c->connections_max,
				MHD_OPTION_CONNECTION_TIMEOUT, c->idle_s,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_ARRAY,
				tls, MHD_OPTION_END);
}

int ld_httpd_start(struct ld_httpd **ret, const struct ld_httpd_cfg *cfg, struct ld_errmsg *err)
{
	struct ld_httpd *h = calloc(1, sizeof(*h));
	const union MHD_DaemonInfo *info;
	int fd, family = AF_INET, rc = 0;

	if (!h)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	h->cfg = *cfg;
	INIT_LLIST_HEAD(&h->held);
	if (cfg->tls)
		rc = tls_id_make(&h->id, cfg->tls);
	if (rc < 0) {
		free(h);
		return ld_fail(err, rc, "no certificate could be made (GnuTLS)");
	}
	fd = rc = listen_on(cfg->host, cfg->port, &family, err);
	if (fd >= 0) {
		h->port = port_of(fd);
		h->mhd = start_mhd(h, fd, family);
	}
	if (!h->mhd) {
		tls_id_release(&h->id);
		if (fd >= 0) {
			close(fd);
			rc = ld_fail(err, LD_E_NOMEM, "the HTTP server could not start");
		}
		free(h);
		return rc;
	}
	info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	osmo_timer_setup(&h->timer, timer_due, h);
	osmo_fd_setup(&h->ofd, info->epoll_fd, OSMO_FD_READ, readable, h, 0);
	osmo_fd_register(&h->ofd);
	*ret = h;
	return 0;
}

uint16_t ld_httpd_port(const struct ld_httpd *h)
{
	return h->port;
}

void ld_httpd_stop(struct ld_httpd *h)
{
	struct ld_http *r, *next;

	if (!h)
		return;
	h->stopping = true;
	osmo_fd_unregister(&h->ofd);
	llist_for_each_entry_safe(r, next, &h->held, entry) wake(r);
	MHD_run(h->mhd); /* a daemon with suspended connections must not be stopped */
	MHD_stop_daemon(h->mhd);
	osmo_timer_del(&h->timer);
	tls_id_release(&h->id);
	free(h);
}
