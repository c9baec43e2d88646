/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link/https: carries the mesh's messages by HTTPS between nodes that know each other's keys
 * (docs/MESH.md 3). I/O thread only; the engine's steps are jobs of the work thread, and nothing
 * leaves before their commit.
 *
 * Order at the end: stop links and server, then ld_worker_stop(), then ld_mesh_free(). */
#ifndef LAIDO_LINK_HTTPS_H
#define LAIDO_LINK_HTTPS_H

#include "laido/gateway/worker.h"
#include "laido/mesh/pace.h"
#include "laido/mesh/sync.h"

/* ---- asking: one connection to one peer, kept ---- */

struct ld_link;

struct ld_link_cfg {
	const char *host; /* name or address; copied */
	uint16_t port;
	uint8_t peer_pk[32];          /* the only key that is believed */
	const struct ld_keypair *key; /* ours; borrowed */
	struct ld_worker *worker;
	struct ld_mesh *mesh;
	const struct ld_clock *clock;
	struct ld_random *random;   /* for the jitter */
	struct ld_pace_cfg pace;
	/* Something came in with an answer; may be NULL. */
	void (*news)(void *arg);
	void *arg;
};

struct ld_link_status {
	enum ld_pace_state state;
	int64_t contact_ms;  /* UTC of the last answer, its or ours; 0: none since start */
	int64_t retry_in_ms; /* after a failure, else 0 */
	char error[192];     /* why the last try failed, in words; "" it did not */
	struct ld_mesh_progress progress;
	uint64_t exchanges, failures;
	struct ld_mesh_stats mesh; /* of the engine, as of the last step here */
};

/* Begins at once. 0, LD_E_NOMEM, or LD_E_PEER when TLS cannot be set up. */
int ld_link_start(struct ld_link **ret, const struct ld_link_cfg *cfg, struct ld_errmsg *err);
/* Something was written here, others' news came in, the peer was answered, it was heard:
 * ld_pace_poke(), ld_pace_relay(), ld_pace_asked(), ld_pace_heard(). */
void ld_link_poke(struct ld_link *l);
void ld_link_relay(struct ld_link *l);
void ld_link_asked(struct ld_link *l);
void ld_link_heard(struct ld_link *l);
void ld_link_status(const struct ld_link *l, struct ld_link_status *ret);
/* Closes the connection; its memory goes with its last job. NULL is fine. */
void ld_link_stop(struct ld_link *l);

/* ---- answering ---- */

struct ld_link_server;

struct ld_link_server_cfg {
	const char *host; /* numeric address to listen on */
	uint16_t port;    /* 0: any */
	const struct ld_keypair *key;
	struct ld_worker *worker;
	struct ld_mesh *mesh;
	/* Something came in; a member was answered. May be NULL. */
	void (*news)(void *arg);
	void (*asked)(void *arg, const uint8_t pk[32]);
	void *arg;
};

struct ld_link_server_stats {
	uint64_t requests;
	uint64_t answered;
	uint64_t strangers; /* no key, or of no member: 403 */
	uint64_t bad;       /* 400, 404, 405, 413, 415 */
	uint64_t busy;      /* 503: our queue was full */
	uint64_t failed;    /* 500: our store refused */
};

int ld_link_server_start(struct ld_link_server **ret, const struct ld_link_server_cfg *cfg,
			 struct ld_errmsg *err);
uint16_t ld_link_server_port(const struct ld_link_server *s);
void ld_link_server_stats(const struct ld_link_server *s, struct ld_link_server_stats *ret);
void ld_link_server_stop(struct ld_link_server *s);

#endif
