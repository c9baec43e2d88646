/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates without an authority: self-signed, made from the node's Ed25519 key at each start,
 * recognised by that key alone. Dates and names in them mean nothing: boards may have no clock. */
#ifndef LAIDO_LINK_TLS_H
#define LAIDO_LINK_TLS_H

#include <gnutls/gnutls.h>

#include "laido/crypto/crypto.h"

struct tls_id {
	char *cert_pem, *key_pem;
};

/* 0 or LD_E_NOMEM, LD_E_PEER (GnuTLS refused). */
int tls_id_make(struct tls_id *ret, const struct ld_keypair *key);
void tls_id_release(struct tls_id *id);

/* The key that the peer of a session proved to own; false when it showed none or another kind. */
bool tls_peer_key(gnutls_session_t session, uint8_t ret[32]);

/* "sha256//BASE64" of the key's SubjectPublicKeyInfo, as curl wants it. */
enum { TLS_PIN_LEN = 64 };
int tls_pin(char ret[TLS_PIN_LEN], const uint8_t pk[32]);

/* Certificate and key in an anonymous file: this curl reads them from files only, and the key
 * need not lie on a disk a second time. Returns the descriptor or -errno. */
int tls_id_file(const struct tls_id *id);

#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3"

#endif
