/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link/https/post: HTTP POSTs to one place by libcurl's multi interface in libosmocore's select
 * loop: one at a time, the connection kept between them. I/O thread only. The only user of
 * libcurl among the daemons. */
#ifndef LAIDO_LINK_HTTPS_POST_H
#define LAIDO_LINK_HTTPS_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/base/err.h"
#include "laido/link/https/body.h"

struct ld_post;

struct ld_post_answer {
	long status;            /* HTTP's; 0: no answer came, why says it */
	const char *type;       /* Content-Type, "" when none */
	struct ld_body *body;   /* NULL: none; borrowed until part() or done() returns, or ld_body_ref() */
	int64_t retry_after_s;  /* what the server asks for; 0: nothing */
	const char *why;        /* in words what went wrong; "" with an answer */
};

struct ld_post_cfg {
	const char *url;                /* http or https; copied */
	const char *who;                /* how words of failure name the place; copied */
	const char *const *headers;     /* "Name: value", ended by NULL; copied */
	const char *login;              /* "user:password" for Basic, or NULL; copied */
	/* With a pin the peer is the key that it names and nothing else ("sha256//..."), and id_file
	 * has our own certificate and key; without one an authority must vouch for the host. */
	const char *pin, *id_file;
	const char *ca;                 /* file of authorities; NULL: the system's */
	size_t answer_max;              /* octets; more breaks the answer off */
	/* More of an answer is there; what is will not be moved. May be NULL. */
	void (*part)(void *arg, const struct ld_post_answer *);
	void (*done)(void *arg, const struct ld_post_answer *);
	void *arg;
};

/* LD_E_NOMEM or LD_E_PEER (libcurl refused a setting), with words. */
int ld_post_new(struct ld_post **ret, const struct ld_post_cfg *cfg, struct ld_errmsg *err);
void ld_post_free(struct ld_post *p); /* breaks off what goes on, without done() */

/* data stays the caller's and must stay until done(). 0 or LD_E_PEER. */
int ld_post_send(struct ld_post *p, const void *data, size_t len);
/* The same with a body that grows: len of it are there. Then ld_post_more() with what is there by then,
 * at last with whole; after done() it does nothing. */
int ld_post_begin(struct ld_post *p, const void *data, size_t len);
void ld_post_more(struct ld_post *p, size_t len, bool whole);
/* Breaks off what goes on, without done(); not from within part(). */
void ld_post_cancel(struct ld_post *p);

#endif
