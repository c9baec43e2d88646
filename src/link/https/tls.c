/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "laido/base/err.h"

/* Every node has the same name, so that a client's certificate seems to come from the issuer that
 * the server names; who it is, its key tells. */
static const char name[] = "laido";

static const time_t valid_from = 1577836800;    /* 2020-01-01 */
static const time_t valid_until = 253402300799; /* 9999-12-31 */

static int fill_cert(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	static const uint8_t serial = 1;
	int rc;

	if ((rc = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (rc = gnutls_x509_crt_set_serial(crt, &serial, 1)) < 0 ||
	    (rc = gnutls_x509_crt_set_activation_time(crt, valid_from)) < 0 ||
	    (rc = gnutls_x509_crt_set_expiration_time(crt, valid_until)) < 0 ||
	    (rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
						sizeof(name) - 1)) < 0 ||
	    (rc = gnutls_x509_crt_set_key(crt, key)) < 0)
		return rc;
	return gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_UNKNOWN, 0);
}

static char *to_text(gnutls_datum_t *pem)
{
	char *s = malloc(pem->size + 1);

	if (s) {
		memcpy(s, pem->data, pem->size);
		s[pem->size] = '\0';
	}
	ld_crypto_wipe(pem->data, pem->size);
	gnutls_free(pem->data);
	return s;
}

static int export_pems(struct tls_id *ret, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	gnutls_datum_t cert_pem, key_pem;

	if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &cert_pem) < 0)
		return LD_E_PEER;
	ret->cert_pem = to_text(&cert_pem);
	if (gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
					      &key_pem) < 0)
		return LD_E_PEER;
	ret->key_pem = to_text(&key_pem);
	return ret->cert_pem && ret->key_pem ? 0 : LD_E_NOMEM;
}

int tls_id_make(struct tls_id *ret, const struct ld_keypair *pair)
{
	gnutls_datum_t x = {(unsigned char *)pair->pk, sizeof(pair->pk)};
	gnutls_datum_t k = {(unsigned char *)pair->seed, sizeof(pair->seed)};
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	struct tls_id id = {0};
	int rc = LD_E_NOMEM;

	if (gnutls_x509_privkey_init(&key) == 0 && gnutls_x509_crt_init(&crt) == 0) {
		rc = LD_E_PEER;
		if (gnutls_x509_privkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_ED25519, &x, NULL,
						       &k) == 0 &&
		    fill_cert(crt, key) >= 0)
			rc = export_pems(&id, crt, key);
	}
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (key)
		gnutls_x509_privkey_deinit(key);
	if (rc == 0)
		*ret = id;
	else
		tls_id_release(&id);
	return rc;
}

void tls_id_release(struct tls_id *id)
{
	if (id->key_pem)
		ld_crypto_wipe(id->key_pem, strlen(id->key_pem));
	free(id->key_pem);
	free(id->cert_pem);
	memset(id, 0, sizeof(*id));
}

static bool key_of_cert(gnutls_x509_crt_t crt, uint8_t ret[32])
{
	gnutls_pubkey_t pub;
	gnutls_ecc_curve_t curve;
	gnutls_datum_t x = {0}, y = {0};
	bool ok = false;

	if (gnutls_pubkey_init(&pub) < 0)
		return false;
	if (gnutls_pubkey_import_x509(pub, crt, 0) == 0 &&
	    gnutls_pubkey_get_pk_algorithm(pub, NULL) == GNUTLS_PK_EDDSA_ED25519 &&
	    gnutls_pubkey_export_ecc_raw(pub, &curve, &x, &y) == 0) {
		ok = curve == GNUTLS_ECC_CURVE_ED25519 && x.size == 32;
		if (ok)
			memcpy(ret, x.data, 32);
		gnutls_free(x.data);
		gnutls_free(y.data);
	}
	gnutls_pubkey_deinit(pub);
	return ok;
}

bool tls_peer_key(gnutls_session_t session, uint8_t ret[32])
{
	unsigned n = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t crt;
	bool ok;

	if (!list || n == 0 || gnutls_x509_crt_init(&crt) < 0)
		return false;
	ok = gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER) == 0 &&
	     key_of_cert(crt, ret);
	gnutls_x509_crt_deinit(crt);
	return ok;
}

int tls_pin(char ret[TLS_PIN_LEN], const uint8_t pk[32])
{
	/* RFC 8410: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 octets } */
	uint8_t spki[44] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	uint8_t digest[32];
	gnutls_datum_t raw = {digest, sizeof(digest)}, text;

	memcpy(spki + 12, pk, 32);
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, spki, sizeof(spki), digest) < 0 ||
	    gnutls_base64_encode2(&raw, &text) < 0)
		return LD_E_PEER;
	snprintf(ret, TLS_PIN_LEN, "sha256//%.*s", (int)text.size, text.data);
	gnutls_free(text.data);
	return 0;
}

int tls_id_file(const struct tls_id *id)
{
	int fd = memfd_create("laido-tls", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%s%s", id->cert_pem, id->key_pem) < 0) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}
