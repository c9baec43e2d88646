/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link/https/peers: everybody a node exchanges with: its own server for those who ask, a link to
 * each that is configured, and to each member heard by HELLO on a network it is attached to
 * (docs/MESH.md 3). I/O thread only. */
#ifndef LAIDO_LINK_HTTPS_PEERS_H
#define LAIDO_LINK_HTTPS_PEERS_H

#include "laido/link/https.h"
#include "laido/link/https/hello.h"

enum { LD_PEERS_MAX = 32 }; /* links of one node, configured ones included */

struct ld_peers;

struct ld_peers_cfg {
	const struct ld_keypair *key; /* ours; borrowed */
	struct ld_board_id ward;      /* of whose members we are: of the root key, if there is one */
	struct ld_board_id also;      /* as those say it who do not know the root key yet */
	struct ld_worker *worker;
	struct ld_mesh *mesh;
	const struct ld_clock *clock;
	struct ld_random *random;
	const char *host;    /* numeric address of our server */
	uint16_t port;       /* 0: we answer nobody */
	uint16_t hello_port; /* UDP; 0: no HELLO is sent or heard */
	int every_ms;        /* ask even without news; 0: 30 s */
	bool links;          /* ask those that are heard; false: they ask us */
};

/* Begins to listen. LD_E_NOMEM, LD_E_PEER, -errno with words. */
int ld_peers_start(struct ld_peers **ret, const struct ld_peers_cfg *cfg, struct ld_errmsg *err);
/* A peer whose address is known; the first link by that key stays. LD_E_TOOBIG: too many. */
int ld_peers_add(struct ld_peers *p, const char *host, uint16_t port, const uint8_t pk[32],
		 struct ld_errmsg *err);
/* Look whether there is news (ld_worker_version()): once each time jobs were collected. */
void ld_peers_look(struct ld_peers *p);
/* No more than ld_link_stop() says; before the worker stops. NULL is fine. */
void ld_peers_stop(struct ld_peers *p);

struct ld_peer_status {
	uint8_t pk[32];
	const char *host;
	uint16_t port;
	bool heard; /* by HELLO; else configured */
	struct ld_link_status link;
};
/* The link number i (0..), or LD_E_UNKNOWN past the last. */
int ld_peers_get(const struct ld_peers *p, unsigned i, struct ld_peer_status *ret);
uint16_t ld_peers_port(const struct ld_peers *p);
/* Zeros where there is no server, no HELLO. */
void ld_peers_stats(const struct ld_peers *p, struct ld_link_server_stats *ret_server,
		    struct ld_hello_stats *ret_hello);

#endif
