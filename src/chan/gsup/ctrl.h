/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of Osmocom's CTRL interface, as much as a lookup needs: GET over one TCP connection
 * with IPA framing, several at a time, matched by id, opened again when it breaks. */
#ifndef LAIDO_CHAN_GSUP_CTRL_H
#define LAIDO_CHAN_GSUP_CTRL_H

#include <osmocom/core/select.h>

#include "retry.h"

enum {
	CTRL_RX_MAX = 4096,     /* an answer longer than this breaks the connection */
	CTRL_TX_MAX = 65536,    /* questions not yet sent */
};

struct ctrl {
	const char *host;       /* borrowed */
	uint16_t port;
	void (*up)(void *arg);  /* connected: ask what waits */
	/* value is NULL when the other side answers ERROR. */
	void (*answer)(void *arg, unsigned id, const char *value);
	void *arg;

	bool is_up;
	struct osmo_fd ofd;     /* fd is -1 while there is no socket */
	struct retry retry;
	size_t rx_len, tx_len;
	char rx[CTRL_RX_MAX + 1];
	char *tx;
};

/* The fields above the blank line are set by the caller, the rest is zero. */
int ctrl_start(struct ctrl *c, struct ld_random *random);
void ctrl_stop(struct ctrl *c);

/* Ask for a variable. 0, or LD_E_BUSY while not connected or with too much waiting. */
int ctrl_get(struct ctrl *c, unsigned id, const char *variable);

/* The HLR is there again: do not wait for the next attempt. */
void ctrl_hurry(struct ctrl *c);

/* Nothing came back: the connection may be dead without saying so. Opens a new one. */
void ctrl_suspect(struct ctrl *c);

/* "GET_REPLY 7 variable value" or "ERROR 7 text", NUL-terminated, cut up in place. *ret_value
 * points into msg, or is NULL for ERROR. LD_E_CORRUPT for anything else. */
int ctrl_parse(char *msg, unsigned *ret_id, const char **ret_value);

#endif
