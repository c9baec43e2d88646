/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ops/vty: the telnet door of the Osmocom family, on loopback: `show ...` of the daemon's table and
 * libosmocore's logging commands. It reads only; nothing of residents is shown here. Everything
 * runs on the I/O thread. */
#ifndef LAIDO_OPS_VTY_H
#define LAIDO_OPS_VTY_H

#include <stdint.h>

#include "laido/base/err.h"

struct ld_vty_out;

/* One line to the terminal, without its end; control characters become dots. */
void ld_vty_line(struct ld_vty_out *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

struct ld_vty_show {
	const char *name;       /* one word, lower case: "channels" makes "show channels" */
	const char *help;       /* one line */
	/* Prints at once: it must not wait for the work thread. */
	void (*print)(struct ld_vty_out *out, void *arg);
};

/* Listen on 127.0.0.1:port with commands of the table, which ends with a row without name and is
 * borrowed like arg. Once a process, after ld_log_init(): libosmovty keeps its state in globals.
 * 0, LD_E_NOMEM, or LD_E_LOCKED when the port is taken; err says what to do. */
int ld_vty_start(void *ctx, const char *version, uint16_t port, const struct ld_vty_show *table,
		 void *arg, struct ld_errmsg *err);

/* Close the door and its connections. */
void ld_vty_stop(void);

#endif
