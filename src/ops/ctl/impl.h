/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of ops/ctl share. */
#ifndef OPS_CTL_IMPL_H
#define OPS_CTL_IMPL_H

#include <sys/stat.h>

#include <osmocom/core/linuxlist.h>
#include <osmocom/core/select.h>
#include <osmocom/core/timer.h>

#include "laido/ops/ctl.h"

enum {
	CONNS_MAX = 64,
	REQS_MAX = 256,                 /* open at a time, of one connection */
	UNSENT_PAUSE = LD_CTL_ANSWER_MAX,       /* no more requests are read beyond this */
	UNSENT_MAX = 1024 * 1024,       /* the client is cut off beyond this */
};

struct ld_ctl {
	const struct ld_ctl_command *table;
	void *arg;
	struct osmo_fd listener;
	char path[108];
	struct stat file;               /* of the socket file we made */
	struct llist_head conns;
	struct ld_ctl_stats stats;
};

struct conn {
	struct llist_head entry;
	struct ld_ctl *ctl;
	struct osmo_fd ofd;
	struct ld_ctl_lines in;
	struct llist_head reqs;
	unsigned n_reqs;
	char *out;                      /* out[sent..queued) waits to be written */
	size_t sent, queued, size;
	struct osmo_timer_list reap;    /* a connection never frees itself inside a callback */
	bool closing;
};

/* Takes over the descriptor. NULL when out of memory. */
struct conn *conn_new(struct ld_ctl *ctl, int fd);
/* Streams get their gone(), other requests become orphans. */
void conn_free(struct conn *c);

#endif
