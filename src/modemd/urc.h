/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a modem says, line by line: replies go to whoever asked, everything unsolicited stays here.
 *
 * libgammu takes an unsolicited line that it does not know for the start of the next reply and then
 * waits 18.5 s in vain [F3]. So it is given nothing but replies to its own commands; the known
 * unsolicited lines become events, the others are counted and dropped. Our own commands run through
 * the same state between libgammu's. Pure: no descriptors, no clock. */
#ifndef LAIDO_MODEMD_URC_H
#define LAIDO_MODEMD_URC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LD_URC_LINE_MAX = 1024,         /* longer lines are dropped: no modem has any */
	LD_URC_REPLY_MAX = 2048,        /* reply to one of our own commands, cut */
};

enum ld_urc_event {
	LD_URC_NEW_SMS,                 /* something new is stored */
	LD_URC_PDU,                     /* arg: hex of a message or report that is stored nowhere */
	LD_URC_RING,
	LD_URC_CLIP,                    /* arg: the caller's number, may be empty */
	LD_URC_MISSED,                  /* arg: the caller's number */
	LD_URC_CALL_END,
	LD_URC_RESTARTED,               /* the modem has lost its settings */
	LD_URC_OWN_DONE,                /* arg: all of the reply; ok tells how it ended */
	LD_URC_NEW_REPORT,              /* a delivery report is stored in SR */
	LD_URC_USSD,                    /* arg: what follows "+CUSD: ", its lines joined */
};

struct ld_urc_ops {
	void (*forward)(void *arg, const char *octets, size_t len);
	void (*event)(void *arg, enum ld_urc_event ev, const char *text, bool ok);
};

struct ld_urc {
	const struct ld_urc_ops *ops;
	void *arg;
	char cmd[64];                   /* start of the pending command, upper case */
	size_t cmd_len;
	bool typing;                    /* a command is being written */
	bool pending;                   /* a final result is due */
	bool echoed;                    /* its echo came: what follows is the reply */
	bool own;                       /* of our own command */
	bool data;                      /* between the prompt and Ctrl-Z */
	const char *drop;               /* beginnings of lines to drop, one a line; borrowed */
	bool submitted;                 /* Ctrl-Z was written, the network has the word */
	int second;                     /* the next line belongs to the last: row of the table + 1 */
	char line[LD_URC_LINE_MAX];
	size_t len;
	size_t joined;                  /* where the last line of a text of several begins */
	bool overlong;
	char reply[LD_URC_REPLY_MAX];
	size_t reply_len;
	uint32_t dropped;
	uint32_t damaged;               /* PDUs that were unfit for libgammu */
};

void ld_urc_init(struct ld_urc *u, const struct ld_urc_ops *ops, void *arg);

/* What the modem's profile silences besides: beginnings of lines, one a line; borrowed. */
void ld_urc_silence(struct ld_urc *u, const char *drop);

/* libgammu wrote this; call it before the octets go to the modem. */
void ld_urc_typed(struct ld_urc *u, const char *octets, size_t len);

/* May our own command be written now? Then ld_urc_own() and write it, with a CR. */
bool ld_urc_idle(const struct ld_urc *u);
void ld_urc_own(struct ld_urc *u, const char *cmd);

/* Nobody waits for the pending reply any longer. */
void ld_urc_give_up(struct ld_urc *u);

/* The modem wrote this. */
void ld_urc_heard(struct ld_urc *u, const char *octets, size_t len);

#endif
