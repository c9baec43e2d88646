/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USSD as modems write it: the same code and answer look different with every maker. Pure. */
#ifndef LAIDO_MODEMD_USSD_H
#define LAIDO_MODEMD_USSD_H

#include <stdbool.h>
#include <stddef.h>

/* AT+CUSD= for a code of digits, * and #. coding: the profile's "text", "packed" or "ucs2"; a modem
 * whose character set (AT+CSCS) is UCS2 gets that whatever the profile says. LD_E_SYNTAX for
 * anything else, which could end the command; LD_E_TOOBIG. */
int ld_ussd_command(const char *code, const char *coding, const char *charset, char *ret,
		    size_t size);

/* What follows "+CUSD: ": M[,"TEXT"[,DCS]]. The text in UTF-8, line ends as '\n'. *ret_open: the
 * network waits for an answer. LD_E_SYNTAX when it cannot be read; 0. */
int ld_ussd_text(const char *urc, const char *coding, const char *charset, bool *ret_open,
		 char *ret, size_t size);

#endif
