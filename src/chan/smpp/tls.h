/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS 1.2 or 1.3 under a connection to a message centre, by GnuTLS on a socket that never blocks.
 * Whom to believe: the one key that is pinned, which needs no clock; else who has a certificate for
 * the host's name from an authority of the file. */
#ifndef LAIDO_CHAN_SMPP_TLS_H
#define LAIDO_CHAN_SMPP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "laido/base/err.h"

/* What connections of one bind share. */
struct smpp_tls;
struct smpp_tls_cfg {
	const char *host;               /* a name or an address, as in the certificate */
	const char *ca_file;            /* PEM */
	const uint8_t *pin;             /* 32 octets, SHA-256 of the public key; NULL: ca_file */
};
/* cfg and what it points to are borrowed. 0; LD_E_UNKNOWN for the file, LD_E_NOMEM; with err. */
int smpp_tls_new(struct smpp_tls **ret, const struct smpp_tls_cfg *cfg, struct ld_errmsg *err);
void smpp_tls_free(struct smpp_tls *t);         /* after its wires; NULL is fine */

/* One connection. */
struct smpp_wire;
/* fd stays the caller's. NULL: out of memory. */
struct smpp_wire *smpp_wire_new(struct smpp_tls *t, int fd);
void smpp_wire_free(struct smpp_wire *w);       /* says good-bye; NULL is fine */

enum smpp_shake { SHAKE_DONE, SHAKE_READS, SHAKE_WRITES, SHAKE_REFUSED };
/* Go on with the handshake. READS, WRITES: call again when the socket can. REFUSED: why, a sentence
 * for operators. */
enum smpp_shake smpp_wire_shake(struct smpp_wire *w, char *why, size_t size);

/* As read(2) and write(2): octets, 0 at the end, or -1 with errno, EAGAIN for "not now". A read
 * takes what the socket has and GnuTLS holds: call it until EAGAIN. */
ssize_t smpp_wire_read(struct smpp_wire *w, void *ret, size_t size);
ssize_t smpp_wire_write(struct smpp_wire *w, const void *octets, size_t len);

#endif
