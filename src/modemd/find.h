/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tty belongs to the modem with an IMEI? USB numbers change, IMEIs do not.
 *
 * Only ttys of one pattern are asked, and what is asked is AT+CGSN: the operator (or the udev
 * rules of hw/) names those that belong to modems, so that no other device is written to. A tty
 * that another program holds is left alone. */
#ifndef LAIDO_MODEMD_FIND_H
#define LAIDO_MODEMD_FIND_H

#include "laido/base/err.h"
#include "laido/wire/worker.h"

enum { LD_FIND_TTYS = 64 };

/* The device to open: cfg->device when no IMEI is asked for, or when it answers with it, else the
 * tty of cfg->ttys that does. alive() is called between two ttys, each of which may take 2 s.
 * LD_E_UNKNOWN when there is none, LD_E_BUSY when none is and some were in use, with err. */
int ld_find_modem(const struct ld_wmsg_config *cfg, void (*alive)(void *arg), void *arg,
		  char ret[sizeof(cfg->device)], struct ld_errmsg *err);

/* The IMEI in an answer to AT+CGSN: fifteen digits that stand alone. False: none. */
bool ld_find_imei(const char *text, char ret[16]);

#endif
