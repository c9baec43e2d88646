/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link/httpd: a small HTTP or HTTPS server in the program's select loop (libmicrohttpd's epoll
 * descriptor in an osmo_fd). I/O thread only. Requests may be held while another thread works.
 *
 * HTTPS is for machines that know each other by key (tls: the certificate is made in memory from
 * an Ed25519 key, clients are asked for theirs, and whom to let in is for the caller to say), or
 * for browsers (cert_pem, key_pem). */
#ifndef LAIDO_LINK_HTTPD_H
#define LAIDO_LINK_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/base/err.h"
#include "laido/crypto/crypto.h"
#include "laido/link/https/body.h"

struct ld_httpd;
struct ld_http; /* one request; valid until over() */

enum {
	LD_HTTP_EXTRA_MAX = 2,
	LD_HTTP_ADDRESS = 64,   /* octets of an address in words with its NUL */
};

struct ld_httpd_ops {
	/* The headers are there. ld_http_answer() it, ld_http_hold() it, or just return: then its
	 * body is read. */
	void (*head)(void *arg, struct ld_http *r);
	/* More of its body is there; what is will not be moved. May be NULL. */
	void (*part)(void *arg, struct ld_http *r);
	/* The body is there too. Answer or hold. */
	void (*body)(void *arg, struct ld_http *r);
	/* Answered, broken off, or the server stops: let go of r. May be NULL. */
	void (*over)(void *arg, struct ld_http *r);
};

struct ld_httpd_cfg {
	const char *host;             /* numeric address to listen on */
	uint16_t port;                /* 0: any free one, see ld_httpd_port() */
	const struct ld_keypair *tls; /* NULL: HTTP, or HTTPS as browsers know it with: */
	const char *cert_pem, *key_pem; /* certificate (chain) and key, borrowed; NULL: none */
	size_t body_max;              /* longer bodies get 413 */
	unsigned connections_max;
	unsigned idle_s; /* connections without traffic are closed */
	const struct ld_httpd_ops *ops;
	void *arg;
};

/* 0, or -errno or LD_E_RANGE with words in err. */
int ld_httpd_start(struct ld_httpd **ret, const struct ld_httpd_cfg *cfg, struct ld_errmsg *err);
/* Ends every request (over() is called for each) and frees the server. NULL is fine. */
void ld_httpd_stop(struct ld_httpd *h);
uint16_t ld_httpd_port(const struct ld_httpd *h);

const char *ld_http_method(const struct ld_http *r);
const char *ld_http_path(const struct ld_http *r);
const char *ld_http_header(const struct ld_http *r, const char *name); /* NULL: none */
const char *ld_http_query(const struct ld_http *r, const char *name);  /* NULL: none */
/* The Ed25519 key whose owner is at the other end; false when it showed none. */
bool ld_http_peer_key(const struct ld_http *r, uint8_t ret[32]);

/* "192.0.2.7"; "?" when it is not known. */
void ld_http_peer_address(const struct ld_http *r, char ret[LD_HTTP_ADDRESS]);

/* The caller's own pointer with the request. */
void ld_http_set_user(struct ld_http *r, void *user);
void *ld_http_user(const struct ld_http *r);
/* A number that stays with the connection, 0 at first. */
unsigned *ld_http_mark(struct ld_http *r);

/* The body as far as it is there; NULL when there is none. Borrowed until over(), or ld_body_ref(). */
struct ld_body *ld_http_body(const struct ld_http *r);

/* Nothing more happens to the request until ld_http_go() (held in head(): read on) or
 * ld_http_answer(). */
void ld_http_hold(struct ld_http *r);
void ld_http_go(struct ld_http *r);

/* A header of the answer to come, at most LD_HTTP_EXTRA_MAX; both borrowed until then. */
void ld_http_with(struct ld_http *r, const char *name, const char *value);
/* data is copied. Security headers are added to every answer. */
void ld_http_answer(struct ld_http *r, unsigned status, const char *type, const void *data,
		    size_t len);
/* 200 with an answer that goes out while it is made: each time its next octets, copied; then the end.
 * Not whole: the line is cut, so that nobody takes it for all. */
void ld_http_more(struct ld_http *r, const char *type, const void *data, size_t len);
void ld_http_end(struct ld_http *r, bool whole);
/* The same as ld_http_answer() with a line of plain text. */
void ld_http_say(struct ld_http *r, unsigned status, const char *text);

#endif
