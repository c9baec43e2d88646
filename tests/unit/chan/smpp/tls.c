/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS under a bind: whom it believes, and that nothing is lost when the socket is full. The other
 * side is GnuTLS here; tests/integ/smpp.t has OpenSSL there. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "tls.h"

static struct {
	gnutls_certificate_credentials_t cred;
	gnutls_session_t session;       /* of the server */
	int fd[2];                      /* client, server */
	uint8_t pin[32];
	char ca[32];
	struct smpp_tls *tls;
	struct smpp_wire *wire;
} t;

static void save(gnutls_x509_crt_t crt)
{
	gnutls_datum_t pem;
	int fd;

	snprintf(t.ca, sizeof(t.ca), "/tmp/laido-tls.XXXXXX");
	fd = mkstemp(t.ca);
	assert_true(fd >= 0);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), 0);
	assert_int_equal(write(fd, pem.data, pem.size), pem.size);
	gnutls_free(pem.data);
	close(fd);
}

static void make_certificate(void)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	size_t size = sizeof(t.pin);

	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&crt);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_EDDSA_ED25519, 256, 0), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "\1", 1);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 3600);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600);
	gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "smsc.example", 12, 0);
	gnutls_x509_crt_set_key(crt, key);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_UNKNOWN, 0), 0);
	assert_int_equal(gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, t.pin, &size), 0);
	save(crt);
	gnutls_certificate_allocate_credentials(&t.cred);
	assert_int_equal(gnutls_certificate_set_x509_key(t.cred, &crt, 1, key), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static int set_up(void **state)
{
	int small = 4096;

	(void)state;
	memset(&t, 0, sizeof(t));
	make_certificate();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, t.fd), 0);
	for (int i = 0; i < 2; i++)
		setsockopt(t.fd[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	gnutls_init(&t.session, GNUTLS_SERVER | GNUTLS_NONBLOCK);
	gnutls_set_default_priority(t.session);
	gnutls_credentials_set(t.session, GNUTLS_CRD_CERTIFICATE, t.cred);
	gnutls_transport_set_int(t.session, t.fd[1]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	smpp_wire_free(t.wire);
	smpp_tls_free(t.tls);
	gnutls_deinit(t.session);
	gnutls_certificate_free_credentials(t.cred);
	close(t.fd[0]);
	close(t.fd[1]);
	unlink(t.ca);
	return 0;
}

/* Shake hands until it is decided. */
static enum smpp_shake shake(const char *host, const char *ca, const uint8_t *pin, char why[128])
{
	const struct smpp_tls_cfg cfg = { .host = host, .ca_file = ca, .pin = pin };
	enum smpp_shake s = SHAKE_READS;

	assert_int_equal(smpp_tls_new(&t.tls, &cfg, NULL), 0);
	t.wire = smpp_wire_new(t.tls, t.fd[0]);
	assert_non_null(t.wire);
	for (int i = 0; i < 1000 && (s == SHAKE_READS || s == SHAKE_WRITES); i++) {
		s = smpp_wire_shake(t.wire, why, 128);
		gnutls_handshake(t.session);
	}
	return s;
}

static void a_pinned_key_needs_no_name(void **state)
{
	char why[128] = "";

	(void)state;
	assert_int_equal(shake("10.1.1.1", "", t.pin, why), SHAKE_DONE);
}

static void another_key_is_refused(void **state)
{
	char why[128] = "";

	(void)state;
	t.pin[31] ^= 1;
	assert_int_equal(shake("smsc.example", t.ca, t.pin, why), SHAKE_REFUSED);
	assert_non_null(strstr(why, "not the one of tls_pin"));
}

static void an_authority_vouches_for_a_name(void **state)
{
	char why[128] = "";

	(void)state;
	assert_int_equal(shake("smsc.example", t.ca, NULL, why), SHAKE_DONE);
}

static void not_for_another(void **state)
{
	char why[128] = "";

	(void)state;
	assert_int_equal(shake("other.example", t.ca, NULL, why), SHAKE_REFUSED);
	assert_non_null(strstr(why, "name"));
}

static void who_speaks_no_tls_is_explained(void **state)
{
	char why[128] = "";

	(void)state;
	assert_int_equal(write(t.fd[1], "\0\0\0\x10\x80\0\0\x09\0\0\0\0\0\0\0\1", 16), 16);
	assert_int_equal(shake("smsc.example", t.ca, NULL, why), SHAKE_REFUSED);
	assert_non_null(strstr(why, "does this port speak it"));
}

static void a_file_without_certificates_is_named(void **state)
{
	const struct smpp_tls_cfg cfg = { .host = "h", .ca_file = "/dev/null" };
	struct ld_errmsg err = { "" };

	(void)state;
	assert_int_equal(smpp_tls_new(&t.tls, &cfg, &err), LD_E_UNKNOWN);
	assert_non_null(strstr(err.text, "tls_ca: /dev/null"));
}

/* More than the socket takes at once, both ways, with GnuTLS in the middle of a record. */
static void a_full_socket_loses_nothing(void **state)
{
	enum { N = 300000 };
	uint8_t *out = malloc(N), *in = malloc(N);
	size_t sent = 0, got = 0, stalls = 0;
	char why[128];
	ssize_t n;

	(void)state;
	for (size_t i = 0; i < N; i++)
		out[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(shake("x", "", t.pin, why), SHAKE_DONE);
	while (got < N) {
		n = sent < N ? smpp_wire_write(t.wire, out + sent, N - sent) : 0;
		assert_true(n >= 0 || errno == EAGAIN);
		stalls += n < 0;
		sent += n > 0 ? (size_t)n : 0;
		n = gnutls_record_recv(t.session, in + got, N - got);
		got += n > 0 ? (size_t)n : 0;
	}
	assert_true(stalls > 0);
	assert_memory_equal(in, out, N);
	assert_int_equal(gnutls_record_send(t.session, "abc", 3), 3);
	assert_int_equal(smpp_wire_read(t.wire, in, N), 3);
	assert_int_equal(smpp_wire_read(t.wire, in, N), -1);
	assert_int_equal(errno, EAGAIN);
	gnutls_bye(t.session, GNUTLS_SHUT_WR);
	assert_int_equal(smpp_wire_read(t.wire, in, N), 0);
	free(in);
	free(out);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_pinned_key_needs_no_name), T(another_key_is_refused),
		T(an_authority_vouches_for_a_name), T(not_for_another),
		T(who_speaks_no_tls_is_explained), T(a_file_without_certificates_is_named),
		T(a_full_socket_loses_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
