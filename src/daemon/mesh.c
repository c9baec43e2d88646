/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom this board exchanges with: its ward, boards of the settings, boards heard nearby. */
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "laido/ops/ctl/home.h"
#include "laido/ops/ctl/ferry.h"
#include "laido/ops/ctl/mesh.h"

static int add_peers(struct daemon *d, struct ld_errmsg *err)
{
	int rc = 0;

	/* First, so that its link has the first place. */
	if (d->conf.ward.enable && !ld_node_is_ward(&d->node))
		rc = ld_peers_add(d->peers, d->conf.ward.host, d->conf.ward.port,
				  d->node.ward.ward_pk, err);
	for (unsigned i = 0; i < d->conf.mesh.n_peers && rc == 0; i++) {
		const struct ld_conf_peer *p = &d->conf.mesh.peers[i];

		rc = ld_peers_add(d->peers, p->host, p->port, p->key, err);
	}
	return rc;
}

int daemon_mesh_start(struct daemon *d, struct ld_errmsg *err)
{
	const struct ld_conf_mesh *c = &d->conf.mesh;
	struct ld_peers_cfg cfg = {
		.key = &d->node.key, .worker = d->worker, .clock = &d->clock.clock,
		.random = ld_random_sys(), .host = c->host, .port = c->listen ? c->port : 0,
		.hello_port = c->hello ? c->hello_port : 0, .links = true,
		.every_ms = c->every_ms,
	};
	bool asks = d->conf.ward.enable && !ld_node_is_ward(&d->node);
	int rc;

	/* Also without any link: records come and go as files. */
	if (ld_mesh_new(&d->mesh, &d->clock.clock) < 0)
		return ld_fail(err, LD_E_NOMEM, "mesh: %s", ld_strerror(LD_E_NOMEM));
	if (!asks && !c->listen && !c->hello && c->n_peers == 0)
		return 0;
	cfg.mesh = d->mesh;
	ld_board_id_of(&cfg.also, d->node.ward.ward_pk);
	ld_board_id_of(&cfg.ward, d->node.rooted ? d->node.warrant.root : d->node.ward.ward_pk);
	rc = ld_peers_start(&d->peers, &cfg, err);
	return rc < 0 ? rc : add_peers(d, err);
}

/* ---- another key of the ward's ---- */

struct look {
	struct ld_job job;
	struct daemon *d;
	struct ld_warrant warrant;
	int rc;
};

static int run_look(struct ld_job *job, struct ld_store *st)
{
	struct look *l = (struct look *)job;

	l->rc = ld_store_ward(st, &l->warrant);
	return l->rc == LD_E_UNKNOWN ? 0 : l->rc;
}

/* The work thread reads the node as it is: what is new is written down, and this process starts anew. */
static void done_look(struct ld_job *job, int rc)
{
	struct look *l = (struct look *)job;
	struct ld_node with = l->d->node;
	struct ld_errmsg err;

	if (rc == 0 && l->rc == 0 && ld_node_warrant(&with, &l->warrant, &err) > 0) {
		LOGP(DMESH, LOGL_NOTICE, "the ward has key number %lld now, by its root key's word: "
		     "starting anew\n", (long long)l->warrant.number);
		l->d->again = true;
	}
	ld_node_wipe(&with);
	free(l);
}

void daemon_look_ward(struct daemon *d)
{
	struct look *l = calloc(1, sizeof(*l));

	if (!l)
		return;
	l->job = (struct ld_job){ .run = run_look, .done = done_look };
	l->d = d;
	if (ld_worker_submit(d->worker, LD_LANE_LONG, &l->job) < 0)
		free(l);
}

bool daemon_ward_link(const struct daemon *d, struct ld_link_status *ret)
{
	struct ld_peer_status s;

	for (unsigned i = 0; d->peers && ld_peers_get(d->peers, i, &s) == 0; i++)
		if (memcmp(s.pk, d->node.ward.ward_pk, sizeof(s.pk)) == 0) {
			*ret = s.link;
			return true;
		}
	return false;
}

static json_t *links_of(const struct daemon *d)
{
	static const char *const states[] = { "resting", "talking", "retrying" };
	json_t *list = json_array();
	struct ld_peer_status s;
	char key[LD_HEX_PK];

	for (unsigned i = 0; d->peers && ld_peers_get(d->peers, i, &s) == 0; i++) {
		ld_hex(key, s.pk, sizeof(s.pk));
		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:i, s:s, s:s, s:s, s:I, s:b, s:I, s:I, s:I}", "key", key, "host",
			s.host, "port", (int)s.port, "found",
			memcmp(s.pk, d->node.ward.ward_pk, sizeof(s.pk)) == 0 ? "ward" :
			s.heard ? "heard" : "settings", "state", states[s.link.state], "why",
			s.link.error, "last_ms", (json_int_t)s.link.contact_ms, "even",
			s.link.progress.even, "waiting", (json_int_t)s.link.progress.waiting,
			"exchanges", (json_int_t)s.link.exchanges, "failures",
			(json_int_t)s.link.failures));
	}
	return list;
}

void daemon_mesh(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	struct ld_ctl_mesh to = { .worker = d->worker, .node = &d->node, .mesh = d->mesh,
				  .now_ms = ld_clock_utc_ms(&d->clock.clock, NULL),
				  .links = links_of(d) };

	ld_ctl_mesh(req, in, &to);
}

void daemon_home(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	struct ld_ctl_home to = { .worker = d->worker, .node = &d->node, .clock = &d->clock.clock,
				  .sends = true };

	ld_ctl_home(req, in, &to);
}

void daemon_ferry(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct daemon *d = arg;
	struct ld_ctl_ferry to = { .worker = d->worker, .clock = &d->clock.clock,
				   .random = ld_random_sys(), .key = &d->node.key, .mesh = d->mesh,
				   .busy = &d->ferry_busy };

	ld_ctl_ferry(req, in, &to);
}
