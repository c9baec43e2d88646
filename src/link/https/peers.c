/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/link/https/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osmocom/core/timer.h>

#include "laido/osmo/log.h"

enum {
	STRANGERS = 32, /* keys that were looked up in vain, remembered */
	STRANGER_MS = 15 * 1000,
	HOME_S = 20,
	HOME_AFTER = 3, /* failures */
};

struct peer {
	uint8_t pk[32];
	char host[80];
	uint16_t port;
	bool heard; /* only by HELLO */
	char home_host[80]; /* of the settings; "" none */
	uint16_t home_port;
	struct ld_link *link;
};

struct ld_peers {
	struct ld_peers_cfg cfg;
	struct ld_link_server *server;
	struct ld_hellos *hellos;
	struct peer peer[LD_PEERS_MAX];
	unsigned n;
	uint64_t version; /* ld_worker_version() the links know of */
	bool relayed;     /* the newest of it came from a peer */
	struct stranger {
		uint8_t pk[32];
		int64_t until_ms;
	} stranger[STRANGERS];
	struct who *asking;
	struct osmo_timer_list timer;
};

/* ---- links ---- */

static void on_news(void *arg)
{
	((struct ld_peers *)arg)->relayed = true;
}

static struct peer *find(struct ld_peers *p, const uint8_t pk[32])
{
	for (unsigned i = 0; i < p->n; i++)
		if (memcmp(p->peer[i].pk, pk, 32) == 0)
			return &p->peer[i];
	return NULL;
}

static void on_asked(void *arg, const uint8_t pk[32])
{
	struct peer *x = find(arg, pk);

	if (x)
		ld_link_asked(x->link);
}

static int start_link(struct ld_peers *p, struct peer *x, struct ld_errmsg *err)
{
	struct ld_link_cfg cfg = {
		.host = x->host,
		.port = x->port,
		.key = p->cfg.key,
		.worker = p->cfg.worker,
		.mesh = p->cfg.mesh,
		.clock = p->cfg.clock,
		.random = p->cfg.random,
		.pace.every_ms = p->cfg.every_ms,
		.news = on_news,
		.arg = p,
	};

	memcpy(cfg.peer_pk, x->pk, sizeof(cfg.peer_pk));
	return ld_link_start(&x->link, &cfg, err);
}

static int add(struct ld_peers *p, const char *host, uint16_t port, const uint8_t pk[32], bool heard,
	       struct ld_errmsg *err)
{
	struct peer *x = &p->peer[p->n];
	int rc;

	if (find(p, pk))
		return 0;
	if (p->n == LD_PEERS_MAX)
		return ld_fail(err, LD_E_TOOBIG, "more than %d peers", LD_PEERS_MAX);
	memset(x, 0, sizeof(*x));
	memcpy(x->pk, pk, sizeof(x->pk));
	snprintf(x->host, sizeof(x->host), "%s", host);
	x->port = port;
	x->heard = heard;
	if (!heard) {
		snprintf(x->home_host, sizeof(x->home_host), "%s", host);
		x->home_port = port;
	}
	rc = start_link(p, x, err);
	p->n += rc == 0;
	return rc;
}

int ld_peers_add(struct ld_peers *p, const char *host, uint16_t port, const uint8_t pk[32],
		 struct ld_errmsg *err)
{
	return add(p, host, port, pk, false, err);
}

/* ---- HELLO ---- */

/* Is it a member? Asked of the store, one key at a time. */
struct who {
	struct ld_job job;
	struct ld_peers *p; /* NULL: stopped meanwhile */
	uint8_t pk[32], own[32];
	char host[LD_HELLO_HOST_MAX];
	uint16_t port;
	int verdict;
};

static int run_who(struct ld_job *job, struct ld_store *st)
{
	struct who *w = (struct who *)job;

	w->verdict = ld_mesh_admits(st, w->pk);
	/* Who does not know the ward's members yet lets anybody introduce them. */
	if (w->verdict == 0)
		w->verdict = !ld_mesh_admits(st, w->own);
	return w->verdict < 0 ? w->verdict : 0;
}

static void note_stranger(struct ld_peers *p, const uint8_t pk[32])
{
	int64_t now = ld_clock_monotonic_ms(p->cfg.clock);
	struct stranger *s = &p->stranger[0];

	for (unsigned i = 0; i < STRANGERS; i++)
		if (p->stranger[i].until_ms < s->until_ms)
			s = &p->stranger[i];
	memcpy(s->pk, pk, sizeof(s->pk));
	s->until_ms = now + STRANGER_MS;
}

static void done_who(struct ld_job *job, int rc)
{
	struct who *w = (struct who *)job;
	struct ld_errmsg err;

	if (w->p)
		w->p->asking = NULL;
	if (w->p && rc == 0 && w->verdict == 0)
		note_stranger(w->p, w->pk);
	else if (w->p && rc == 0 && w->p->n < LD_PEERS_MAX &&
		 add(w->p, w->host, w->port, w->pk, true, &err) == 0)
		LOGP(DMESH, LOGL_NOTICE, "%s port %u: a board of the ward is here\n", w->host,
		     w->port);
	free(w);
}

static bool is_stranger(const struct ld_peers *p, const uint8_t pk[32])
{
	int64_t now = ld_clock_monotonic_ms(p->cfg.clock);

	for (unsigned i = 0; i < STRANGERS; i++)
		if (p->stranger[i].until_ms > now && memcmp(p->stranger[i].pk, pk, 32) == 0)
			return true;
	return false;
}

static void move(struct ld_peers *p, struct peer *x, const char *host, uint16_t port)
{
	struct ld_errmsg err;

	ld_link_stop(x->link);
	snprintf(x->host, sizeof(x->host), "%s", host);
	x->port = port;
	if (start_link(p, x, &err) < 0)
		*x = p->peer[--p->n];
}

/* A link that works is left alone, whatever somebody says; one that does not may work again, or be
 * elsewhere now. */
static void heard_again(struct ld_peers *p, struct peer *x, const char *host, uint16_t port)
{
	struct ld_link_status s;

	ld_link_status(x->link, &s);
	if (strcmp(x->host, host) == 0 && x->port == port)
		ld_link_heard(x->link);
	else if (s.error[0])
		move(p, x, host, port);
}

/* Who was heard before the members were known, and never answered as one, takes no place for ever. */
static void drop_silent(struct ld_peers *p)
{
	for (unsigned i = 0; i < p->n;) {
		struct peer *x = &p->peer[i];
		struct ld_link_status s;

		ld_link_status(x->link, &s);
		if (!x->heard || s.contact_ms || s.failures < HOME_AFTER || !s.error[0]) {
			i++;
			continue;
		}
		note_stranger(p, x->pk);
		ld_link_stop(x->link);
		*x = p->peer[--p->n];
	}
}

/* What was heard of a peer of the settings does not work any more: back to where they say it is. */
static void go_home(void *arg)
{
	struct ld_peers *p = arg;

	drop_silent(p);
	for (unsigned i = 0; i < p->n; i++) {
		struct peer *x = &p->peer[i];
		struct ld_link_status s;

		ld_link_status(x->link, &s);
		if (x->home_host[0] && s.failures >= HOME_AFTER && s.error[0] &&
		    (strcmp(x->host, x->home_host) != 0 || x->port != x->home_port))
			move(p, x, x->home_host, x->home_port);
	}
	osmo_timer_schedule(&p->timer, HOME_S, 0);
}

static void heard(void *arg, const struct ld_hello *h, const char *host)
{
	struct ld_peers *p = arg;
	struct peer *x = find(p, h->pk);
	struct who *w;

	if (x) {
		heard_again(p, x, host, h->port);
		return;
	}
	if (!p->cfg.links || p->asking || p->n == LD_PEERS_MAX || is_stranger(p, h->pk))
		return;
	w = calloc(1, sizeof(*w));
	if (!w)
		return;
	w->job = (struct ld_job){.run = run_who, .done = done_who};
	w->p = p;
	w->port = h->port;
	memcpy(w->pk, h->pk, sizeof(w->pk));
	memcpy(w->own, p->cfg.key->pk, sizeof(w->own));
	snprintf(w->host, sizeof(w->host), "%s", host);
	if (ld_worker_submit(p->cfg.worker, LD_LANE_MESH, &w->job) < 0)
		free(w);
	else
		p->asking = w;
}

/* ---- news ---- */

void ld_peers_look(struct ld_peers *p)
{
	uint64_t version = ld_worker_version(p->cfg.worker);

	if (version == p->version)
		return;
	p->version = version;
	for (unsigned i = 0; i < p->n; i++)
		if (p->relayed)
			ld_link_relay(p->peer[i].link);
		else
			ld_link_poke(p->peer[i].link);
	p->relayed = false;
}

/* ---- life ---- */

static int start_server(struct ld_peers *p, struct ld_errmsg *err)
{
	struct ld_link_server_cfg cfg = {
		.host = p->cfg.host,
		.port = p->cfg.port,
		.key = p->cfg.key,
		.worker = p->cfg.worker,
		.mesh = p->cfg.mesh,
		.news = on_news,
		.asked = on_asked,
		.arg = p,
	};

	return p->cfg.port ? ld_link_server_start(&p->server, &cfg, err) : 0;
}

static int start_hellos(struct ld_peers *p, struct ld_errmsg *err)
{
	struct ld_hellos_cfg cfg = {
		.key = p->cfg.key,
		.ward = p->cfg.ward,
		.also = p->cfg.also,
		.udp_port = p->cfg.hello_port,
		.tcp_port = p->server ? ld_link_server_port(p->server) : 0,
		.clock = p->cfg.clock,
		.random = p->cfg.random,
		.heard = heard,
		.arg = p,
	};

	return p->cfg.hello_port ? ld_hellos_start(&p->hellos, &cfg, err) : 0;
}

int ld_peers_start(struct ld_peers **ret, const struct ld_peers_cfg *cfg, struct ld_errmsg *err)
{
	struct ld_peers *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	p->cfg = *cfg;
	osmo_timer_setup(&p->timer, go_home, p);
	osmo_timer_schedule(&p->timer, HOME_S, 0);
	rc = start_server(p, err);
	if (rc == 0)
		rc = start_hellos(p, err);
	if (rc < 0) {
		ld_peers_stop(p);
		return rc;
	}
	*ret = p;
	return 0;
}

int ld_peers_get(const struct ld_peers *p, unsigned i, struct ld_peer_status *ret)
{
	if (i >= p->n)
		return LD_E_UNKNOWN;
	memcpy(ret->pk, p->peer[i].pk, sizeof(ret->pk));
	ret->host = p->peer[i].host;
	ret->port = p->peer[i].port;
	ret->heard = p->peer[i].heard;
	ld_link_status(p->peer[i].link, &ret->link);
	return 0;
}

uint16_t ld_peers_port(const struct ld_peers *p)
{
	return p->server ? ld_link_server_port(p->server) : 0;
}

void ld_peers_stats(const struct ld_peers *p, struct ld_link_server_stats *ret_server,
		    struct ld_hello_stats *ret_hello)
{
	memset(ret_server, 0, sizeof(*ret_server));
	memset(ret_hello, 0, sizeof(*ret_hello));
	if (p->server)
		ld_link_server_stats(p->server, ret_server);
	if (p->hellos)
		ld_hellos_stats(p->hellos, ret_hello);
}

void ld_peers_stop(struct ld_peers *p)
{
	if (!p)
		return;
	osmo_timer_del(&p->timer);
	ld_hellos_stop(p->hellos);
	for (unsigned i = 0; i < p->n; i++)
		ld_link_stop(p->peer[i].link);
	ld_link_server_stop(p->server);
	if (p->asking)
		p->asking->p = NULL;
	free(p);
}
