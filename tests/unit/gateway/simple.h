/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What boards of these tests have in common: a channel that is up and shows no screens, waiting for
 * the worker, and a folder that goes. */
#ifndef SIMPLE_H
#define SIMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "laido/gateway/gateway.h"

static inline int simple_start(struct ld_channel *ch)
{
	ch->host->state(ch, LD_CHANNEL_UP, "");
	return 0;
}

static inline void simple_stop(struct ld_channel *ch)
{
	(void)ch;
}

static inline int simple_reply(struct ld_channel *ch, uint64_t session, const struct ld_reply *r)
{
	(void)ch;
	(void)session;
	(void)r;
	return 0;
}

/* Let the worker finish what it was given. */
static inline void simple_settle(struct ld_worker *worker)
{
	struct pollfd p = { .fd = ld_worker_fd(worker), .events = POLLIN };
	struct ld_worker_stats s;

	for (;;) {
		ld_worker_collect(worker);
		ld_worker_stats(worker, &s);
		if (s.in_flight == 0)
			return;
		assert_int_equal(poll(&p, 1, 20000), 1);
	}
}

static inline void simple_remove(const char *dir)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -r '%s'", dir);
	assert_int_equal(system(cmd), 0);
}

#endif
