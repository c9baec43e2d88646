/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ops/ctl: the daemon's control socket, the door of operators' programs (docs/FORMATS.md,
 * "Control socket"). Lines of JSON over a Unix socket of mode 0660; a peer must be root, the
 * daemon's own user or a member of its group. Commands are rows of the daemon's table; each
 * answers now or later, or keeps its request open as a stream. Everything runs on the I/O thread.
 *
 * Bounds: 64 connections (more are turned away), 256 open requests each, requests of
 * LD_CTL_REQUEST_MAX octets, and 1 MiB that a slow reader may leave unread before it is cut off. */
#ifndef LAIDO_OPS_CTL_H
#define LAIDO_OPS_CTL_H

#include <stdint.h>

#include <jansson.h>

#include "laido/base/err.h"
#include "laido/wire/ctl.h"

struct ld_ctl;

/* A request that waits for its answer. It lives until it is answered, also when its client has
 * gone and when the socket is closed: late answers are then dropped. */
struct ld_ctl_req;

struct ld_ctl_command {
	const char *name;
	/* in is borrowed until the return; keep it by json_incref(). Ends in exactly one
	 * ld_ctl_answer() or ld_ctl_fail(), now or later. arg is of ld_ctl_new(). */
	void (*handle)(struct ld_ctl_req *req, const json_t *in, void *arg);
};

/* Listen at path; a socket file that nobody answers at any more is replaced. table ends with a row
 * without name; table and arg are borrowed. ld_ctl_free() before ctx goes.
 * LD_E_LOCKED: another daemon answers there; LD_E_TOOBIG: the path is too long for a socket;
 * LD_E_DENIED: something that is no socket stands there; -errno; err says what to do. */
int ld_ctl_new(struct ld_ctl **ret, void *ctx, const char *path,
	       const struct ld_ctl_command *table, void *arg, struct ld_errmsg *err);

/* Close all connections, stop listening, remove the socket file. NULL is fine. */
void ld_ctl_free(struct ld_ctl *ctl);

/* The last word to a request, which is freed. Takes over `answer`, an object or NULL; "id" and
 * "ok":true are added. */
void ld_ctl_answer(struct ld_ctl_req *req, json_t *answer);
/* The same with "ok":false and "error": why, or ld_strerror(rc) when why is NULL or empty; extra
 * is an object with more members, taken over, or NULL. */
void ld_ctl_fail(struct ld_ctl_req *req, int rc, const char *why, json_t *extra);

/* Make the request a stream: messages of the client that bear its id and no "cmd" go to more();
 * gone() comes once when the client hangs up, and the request is freed behind it: no answer then.
 * Until one of these, ld_ctl_push() sends and ld_ctl_answer() ends. */
void ld_ctl_keep(struct ld_ctl_req *req, void (*more)(void *arg, const json_t *in),
		 void (*gone)(void *arg), void *arg);
/* One message to the client before the last one; takes over msg and adds "id". */
void ld_ctl_push(struct ld_ctl_req *req, json_t *msg);

struct ld_ctl_stats {
	unsigned connections;
	unsigned connections_high_water;
	uint64_t requests;
	uint64_t refused;               /* connections: too many, or not allowed */
	uint64_t cut_off;               /* connections: read too slowly */
	size_t unsent_high_water;       /* octets waiting for one client */
};
void ld_ctl_stats(const struct ld_ctl *ctl, struct ld_ctl_stats *ret);

#endif
