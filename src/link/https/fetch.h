/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POSTs to a peer of the mesh, recognised by its key: link/https/post with our own key and the
 * mesh's kind of answers. I/O thread only. */
#ifndef LAIDO_LINK_FETCH_H
#define LAIDO_LINK_FETCH_H

#include "laido/base/err.h"
#include "laido/crypto/crypto.h"
#include "laido/link/https/body.h"

struct fetch;

struct fetch_cfg {
	const char *host;
	uint16_t port;
	const char *path;
	uint8_t peer_pk[32];
	const struct ld_keypair *key;
	size_t answer_max; /* octets; more breaks the answer off */
	/* More of the answer is there; what is will not be moved. */
	void (*part)(void *arg, struct ld_body *so_far);
	/* All of it, borrowed as in part(); or NULL and why it failed in words. */
	void (*done)(void *arg, struct ld_body *answer, const char *why);
	void *arg;
};

int fetch_new(struct fetch **ret, const struct fetch_cfg *cfg, struct ld_errmsg *err);
void fetch_free(struct fetch *f); /* breaks off what goes on, without done() */

/* data stays the caller's and must stay until done(). 0 or LD_E_PEER. */
int fetch_post(struct fetch *f, const uint8_t *data, size_t len);
/* As ld_post_begin() and ld_post_more(). */
int fetch_begin(struct fetch *f, const uint8_t *data, size_t len);
void fetch_more(struct fetch *f, size_t len, bool whole);
/* Breaks it off, without done(); not from within part(). */
void fetch_cancel(struct fetch *f);

#endif
