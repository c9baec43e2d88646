/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link/https/hello: "I am here", signed, by multicast on every interface, so that boards on one
 * network find each other without settings. It carries no secret and opens nothing: whoever hears
 * one may ask at its address, where TLS shows whose key it is. I/O thread only. */
#ifndef LAIDO_LINK_HTTPS_HELLO_H
#define LAIDO_LINK_HTTPS_HELLO_H

#include "laido/base/err.h"
#include "laido/crypto/crypto.h"
#include "laido/port/clock.h"
#include "laido/port/random.h"

enum { LD_HELLO_LEN = 130, LD_HELLO_HOST_MAX = 64 };

/* What a HELLO says (docs/MESH.md 3 to the octet). */
struct ld_hello {
	uint8_t pk[32];
	struct ld_board_id ward; /* HELLOs of other wards are not looked at */
	uint64_t start;          /* random, of the sender's process */
	uint64_t count;          /* of its HELLOs, from 1 */
	uint16_t port;           /* TCP, of its server */
};
void ld_hello_sign(uint8_t ret[LD_HELLO_LEN], const struct ld_hello *h,
		   const struct ld_keypair *key);
/* LD_E_CORRUPT: not one, LD_E_FORGED: not signed by the key it names. */
int ld_hello_read(struct ld_hello *ret, const uint8_t *data, size_t len);

struct ld_hello_stats {
	uint64_t sent, heard;
	uint64_t bad;     /* not a HELLO, or of another ward */
	uint64_t forged;
	uint64_t crowded; /* more in a second than are looked at */
	uint64_t again;   /* repeated, or older than one heard before */
};

struct ld_hellos;
struct ld_hellos_cfg {
	const struct ld_keypair *key; /* borrowed */
	struct ld_board_id ward;      /* what is said */
	struct ld_board_id also;      /* what is heard, too */
	uint16_t udp_port, tcp_port;
	const struct ld_clock *clock;
	struct ld_random *random;
	/* host: its address with its interface, as fetch and curl take it; borrowed. */
	void (*heard)(void *arg, const struct ld_hello *h, const char *host);
	void *arg;
};
int ld_hellos_start(struct ld_hellos **ret, const struct ld_hellos_cfg *cfg,
		    struct ld_errmsg *err);
void ld_hellos_stats(const struct ld_hellos *h, struct ld_hello_stats *ret);
void ld_hellos_stop(struct ld_hellos *h);

#endif
