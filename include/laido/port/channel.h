/* SPDX-License-Identifier: GPL-2.0-or-later */
/* port/channel: what a channel is to the gateway. A channel carries bytes and knows its network;
 * what is said, to whom and when is decided elsewhere. Everything here runs on the I/O thread.
 *
 * Contract: a channel reports what a person did by host->inbound(), which copies it. Once the
 * gateway has committed it, committed() is called with inbound.ref: only then may the channel
 * delete or acknowledge the network's copy. A live session gets its screen by reply(). A message
 * of the outbox arrives by send() and is answered by exactly one of LD_SENT_OK, _FAILED, _RETRY,
 * _BARRED or _UNKNOWN through host->sent(), and perhaps by delivery reports later. */
#ifndef LAIDO_PORT_CHANNEL_H
#define LAIDO_PORT_CHANNEL_H

#include "laido/model/message.h"

struct ld_channel;

/* name: static; lower-case letters, digits and '_'. */
typedef void (*ld_metric_cb)(void *arg, const char *name, int64_t value);

struct ld_channel_ops {
	const char *kind;               /* "modem", "gsup", "phone" */

	/* Begin; may finish in the background and report by host->state(). 0 or a negative code. */
	int (*start)(struct ld_channel *);

	/* End every session, release everything but the struct itself. */
	void (*stop)(struct ld_channel *);

	/* The screen for a live session; LD_E_UNKNOWN when the session is gone. */
	int (*reply)(struct ld_channel *, uint64_t session, const struct ld_reply *);

	/* Carry one message. 0: taken, a result will follow. LD_E_BUSY: not now.
	 * NULL: this channel has live sessions only. */
	int (*send)(struct ld_channel *, const struct ld_send *);

	/* inbound.ref is durable; that of a live session may also be merely over. NULL when the
	 * channel has nothing to acknowledge. */
	void (*committed)(struct ld_channel *, uint64_t ref);

	/* What it has counted and measured, for `laido status`. NULL: nothing. */
	void (*metrics)(const struct ld_channel *, ld_metric_cb put, void *arg);
};

struct ld_channel {
	const struct ld_channel_ops *ops;
	const struct ld_channel_host *host;
	char name[32];                  /* unique, from the configuration */
	void *priv;                     /* the channel's own */
};

enum ld_channel_state {
	LD_CHANNEL_DOWN = 0,    /* carries nothing; why says what to do */
	LD_CHANNEL_UP,
	LD_CHANNEL_RECEIVE_ONLY,
};

struct ld_channel_host {
	/* 0, or LD_E_BUSY when the gateway's queue is full: keep the network's copy, try later
	 * (a live session is told to dial again). */
	int (*inbound)(struct ld_channel *, const struct ld_inbound *);
	void (*sent)(struct ld_channel *, const struct ld_sent *);
	void (*state)(struct ld_channel *, enum ld_channel_state, const char *why);
};

#endif
