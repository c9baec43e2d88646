/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line to the modem: the real tty on one side, a pty for libgammu on the other, the filter of
 * urc.h between them, and our own commands in libgammu's pauses. All of it is served by the I/O
 * thread; only ld_line_chat() may be called from another one. */
#ifndef LAIDO_MODEMD_LINE_H
#define LAIDO_MODEMD_LINE_H

#include <poll.h>
#include <stdint.h>

#include "laido/wire/worker.h"
#include "urc.h"

enum { LD_LINE_FDS = 3 };

struct ld_line;

struct ld_line_ops {
	void (*new_sms)(void *arg);                     /* look into the storage */
	void (*new_report)(void *arg);                  /* look into SR */
	void (*ussd)(void *arg, const char *text);      /* what follows "+CUSD: " */
	void (*pdu)(void *arg, const char *hex);        /* a message or report, stored nowhere */
	void (*call)(void *arg, const char *from);      /* missed; being hung up */
	void (*restarted)(void *arg);                   /* the modem lost its settings */
	bool (*submit)(void *arg);                      /* Ctrl-Z is next, may it go out? */
	/* Every line of the tty, as it is; only while ld_line_trace() is on. */
	void (*traced)(void *arg, bool to_modem, const char *line);
};

/* Open the tty (8N1, raw, 115200) and a pty. -errno, LD_E_LOCKED when another program has it. */
int ld_line_open(struct ld_line **ret, const char *device, const struct ld_line_ops *ops, void *arg);
/* Just the tty, opened, locked and set up: a descriptor, or as above. */
int ld_line_tty(const char *device);

/* The profile's further lines to drop, one a line; borrowed. */
void ld_line_silence(struct ld_line *l, const char *drop);
void ld_line_trace(struct ld_line *l, bool on);

/* libgammu's end. */
const char *ld_line_pty(const struct ld_line *l);

/* What to poll for, and what to do after. ld_line_serve() returns -EIO when the tty hung up. */
void ld_line_fds(const struct ld_line *l, struct pollfd fds[LD_LINE_FDS]);
int ld_line_serve(struct ld_line *l, const struct pollfd fds[LD_LINE_FDS], int64_t now_ms);

/* What the modem owes us, for the heartbeat. Silent: no octet has come; of an idle line, nobody has
 * asked anything. Pending: there was always something owed. */
enum ld_wmsg_op ld_line_waiting(const struct ld_line *l, int64_t now_ms, uint32_t *ret_silent_ms,
				uint32_t *ret_pending_ms);
uint32_t ld_line_dropped(const struct ld_line *l);

/* One of our own commands, without its CR. Waits for the final result. reply: the lines between
 * echo and end, and the end. 0 for OK, LD_E_PEER for an error reply, LD_E_TIMEOUT. */
int ld_line_chat(struct ld_line *l, const char *cmd, int timeout_ms, char *reply, size_t size);

#endif
