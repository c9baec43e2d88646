/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward/lrs: tells a learning record store what xapi.h makes: in order, in batches, again after a
 * failure with the same octets, nothing twice. */
#ifndef LAIDO_WARD_LRS_H
#define LAIDO_WARD_LRS_H

#include "laido/config/config.h"
#include "laido/gateway/worker.h"

struct lrs;

struct lrs_cfg {
	const struct ld_conf_lrs *conf; /* all borrowed */
	struct ld_worker *worker;
	const struct ld_clock *clock;
	struct ld_random *random;
	const uint8_t *seed;            /* of the ward's signing key, 32 octets */
};

/* conf->url is not "". */
int lrs_start(struct lrs **ret, const struct lrs_cfg *cfg, struct ld_errmsg *err);
/* Before the worker stops; what goes on is broken off. NULL is fine. */
void lrs_stop(struct lrs *l);

struct lrs_status {
	char why[256];          /* what keeps it, in words; "" when nothing does */
	int64_t waiting;        /* statements; -1: not counted yet */
	int64_t refused;
	int64_t contact_ms;     /* UTC, when the LRS last took some; 0: never */
	int64_t retry_in_ms;    /* 0: at work or at rest */
	uint64_t stored, requests, failures;
};
void lrs_status(const struct lrs *l, struct lrs_status *ret);
/* Do not wait any longer: somebody has corrected something. */
void lrs_poke(struct lrs *l);

#endif
