/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIN_OCTETS = 32 };

static const char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

struct smpp_tls {
	gnutls_certificate_credentials_t trust;
	char host[256];
	bool has_pin;
	uint8_t pin[PIN_OCTETS];
};

struct smpp_wire {
	struct smpp_tls *t;
	gnutls_session_t session;
	bool secure;                    /* the handshake is done */
	bool writing;                   /* GnuTLS holds octets of a write that it did not end */
};

/* ---- whom to believe ---- */

static int read_trust(struct smpp_tls *t, const struct smpp_tls_cfg *cfg, struct ld_errmsg *err)
{
	int n;

	t->has_pin = cfg->pin != NULL;
	if (t->has_pin) {
		memcpy(t->pin, cfg->pin, sizeof(t->pin));
		return 0;
	}
	n = gnutls_certificate_set_x509_trust_file(t->trust, cfg->ca_file, GNUTLS_X509_FMT_PEM);
	if (n > 0)
		return 0;
	return ld_fail(err, LD_E_UNKNOWN, "tls_ca: %s: %s; it must hold the certificate (PEM) of "
		       "the authority that vouches for the message centre", cfg->ca_file,
		       n < 0 ? gnutls_strerror(n) : "no certificate in it");
}

int smpp_tls_new(struct smpp_tls **ret, const struct smpp_tls_cfg *cfg, struct ld_errmsg *err)
{
	struct smpp_tls *t = calloc(1, sizeof(*t));
	int rc;

	if (!t || gnutls_certificate_allocate_credentials(&t->trust) < 0) {
		free(t);
		return ld_fail(err, LD_E_NOMEM, "%s", ld_strerror(LD_E_NOMEM));
	}
	snprintf(t->host, sizeof(t->host), "%s", cfg->host);
	rc = read_trust(t, cfg, err);
	if (rc < 0)
		smpp_tls_free(t);
	else
		*ret = t;
	return rc;
}

void smpp_tls_free(struct smpp_tls *t)
{
	if (!t)
		return;
	gnutls_certificate_free_credentials(t->trust);
	free(t);
}

/* GnuTLS asks: is this the one whose key we know? */
static int check_pin(gnutls_session_t session)
{
	const struct smpp_wire *w = gnutls_session_get_ptr(session);
	uint8_t id[PIN_OCTETS];
	size_t size = sizeof(id);
	unsigned n = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t crt;
	bool is_it;

	if (!list || n == 0 || gnutls_x509_crt_init(&crt) < 0)
		return GNUTLS_E_CERTIFICATE_ERROR;
	is_it = gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER) == 0 &&
		gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, id, &size) == 0 &&
		size == sizeof(id) && memcmp(id, w->t->pin, sizeof(id)) == 0;
	gnutls_x509_crt_deinit(crt);
	return is_it ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

/* ---- a connection ---- */

static bool is_address(const char *host)
{
	uint8_t octets[16];

	return inet_pton(AF_INET, host, octets) == 1 || inet_pton(AF_INET6, host, octets) == 1;
}

static int prepare(struct smpp_wire *w, int fd)
{
	const char *host = w->t->host;

	if (gnutls_init(&w->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
		return LD_E_NOMEM;
	if (gnutls_priority_set_direct(w->session, priorities, NULL) < 0 ||
	    gnutls_credentials_set(w->session, GNUTLS_CRD_CERTIFICATE, w->t->trust) < 0 ||
	    (!is_address(host) &&
	     gnutls_server_name_set(w->session, GNUTLS_NAME_DNS, host, strlen(host)) < 0)) {
		gnutls_deinit(w->session);
		return LD_E_NOMEM;
	}
	gnutls_session_set_ptr(w->session, w);
	if (w->t->has_pin)
		gnutls_session_set_verify_function(w->session, check_pin);
	else
		gnutls_session_set_verify_cert(w->session, host, 0);
	gnutls_transport_set_int(w->session, fd);
	return 0;
}

struct smpp_wire *smpp_wire_new(struct smpp_tls *t, int fd)
{
	struct smpp_wire *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->t = t;
	if (prepare(w, fd) == 0)
		return w;
	free(w);
	return NULL;
}

void smpp_wire_free(struct smpp_wire *w)
{
	if (!w)
		return;
	if (w->secure)
		gnutls_bye(w->session, GNUTLS_SHUT_WR);
	gnutls_deinit(w->session);
	free(w);
}

static void why_refused(const struct smpp_wire *w, int rc, char *why, size_t size)
{
	unsigned status = gnutls_session_get_verify_cert_status(w->session);
	gnutls_datum_t text;

	if (w->t->has_pin && rc == GNUTLS_E_CERTIFICATE_ERROR) {
		snprintf(why, size, "TLS: its key is not the one of tls_pin");
	} else if (rc == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR &&
		   gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text,
								0) == 0) {
		snprintf(why, size, "TLS: %s", text.data);
		gnutls_free(text.data);
	} else {
		snprintf(why, size, "TLS: %s; does this port speak it?", gnutls_strerror(rc));
	}
}

enum smpp_shake smpp_wire_shake(struct smpp_wire *w, char *why, size_t size)
{
	int rc = gnutls_handshake(w->session);

	w->secure = rc == GNUTLS_E_SUCCESS;
	if (w->secure)
		return SHAKE_DONE;
	if (!gnutls_error_is_fatal(rc))
		return gnutls_record_get_direction(w->session) ? SHAKE_WRITES : SHAKE_READS;
	why_refused(w, rc, why, size);
	return SHAKE_REFUSED;
}

/* An error of GnuTLS as one of read(2). */
static ssize_t failed(ssize_t rc)
{
	errno = gnutls_error_is_fatal((int)rc) ? ECONNRESET : EAGAIN;
	return -1;
}

ssize_t smpp_wire_read(struct smpp_wire *w, void *ret, size_t size)
{
	ssize_t n = gnutls_record_recv(w->session, ret, size);

	/* Closed without a good-bye: common, and every PDU says its own length. */
	if (n == GNUTLS_E_PREMATURE_TERMINATION)
		return 0;
	return n >= 0 ? n : failed(n);
}

ssize_t smpp_wire_write(struct smpp_wire *w, const void *octets, size_t len)
{
	/* What it holds already goes first; it says then how much of our octets that was. */
	ssize_t n = gnutls_record_send(w->session, w->writing ? NULL : octets,
				       w->writing ? 0 : len);

	w->writing = n < 0 && !gnutls_error_is_fatal((int)n);
	return n >= 0 ? n : failed(n);
}
