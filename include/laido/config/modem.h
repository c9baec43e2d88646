/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config/modem: what differs between modems, and between operators, as data: conf/modems/NAME.conf
 * is a profile, conf/modems/operators.conf says how a SIM's credit is asked for. */
#ifndef LAIDO_CONFIG_MODEM_H
#define LAIDO_CONFIG_MODEM_H

#include <stdint.h>

#include "laido/base/err.h"

enum { LD_MODEM_OPERATORS = 16 };

/* Lists are one entry a line, without a last line end. */
struct ld_modem_profile {
	char title[64];                 /* which modems it is for */
	char init[512];                 /* commands at every start */
	char connection[16];            /* libgammu's: "dku2at", "at" */
	char storage[8];                /* "SM", "ME"; "": as the modem has it */
	char cnmi[160];                 /* AT+CNMI= values to try in this order; "": the usual ones */
	char drop[256];                 /* beginnings of unsolicited lines to drop */
	char ussd[8];                   /* "text", "packed", "ucs2" */
	char pin_count[24];             /* command that tells the PIN tries that are left; "": none */
	uint8_t pin_count_at;           /* its which number, from 1 */
};

struct ld_modem_operator {
	char name[24];
	char plmn[8];                   /* the first five digits of the IMSI */
	char code[32];                  /* USSD code that tells the credit; "": none */
	char balance[160];              /* POSIX extended regular expression on the answer without
	                                 * accents; its last ( ) is the amount in VND */
	unsigned low;                   /* less than that is trouble */
	char smsc[64];                  /* beginnings of its service centres' numbers, one a line */
	char prefixes[160];             /* of numbers it was given, one a line; both E.164 without + */
};

struct ld_modem_operators {
	unsigned n;
	struct ld_modem_operator list[LD_MODEM_OPERATORS];
};

/* What holds without any file: a modem that obeys the standards. */
extern const struct ld_modem_profile ld_modem_generic;

/* DIR/NAME.conf over the generic one, which needs no file itself. As ld_config_load(): LD_E_SYNTAX or -errno with lines in err;
 * LD_E_RANGE for a name that is none ("../x"). */
int ld_modem_profile_load(const char *dir, const char *name, struct ld_modem_profile *ret,
			  struct ld_errmsg *err);
/* DIR/operators.conf; without that file: none. */
int ld_modem_operators_load(const char *dir, struct ld_modem_operators *ret, struct ld_errmsg *err);

/* Whose service centre this is, as an SMS names it; "": nobody's that is listed. */
const char *ld_modem_operator_by_smsc(const struct ld_modem_operators *all, const char *smsc);
/* Who was given this number: only a hint, since numbers go along to another operator. "": nobody. */
const char *ld_modem_operator_by_prefix(const struct ld_modem_operators *all, const char *digits);
/* The name as the file writes it, whatever its case; "": no such operator. */
const char *ld_modem_operator_name(const struct ld_modem_operators *all, const char *name);

/* Whose SIM this is; NULL: nobody's that is listed. */
const struct ld_modem_operator *ld_modem_operator_of(const struct ld_modem_operators *all,
						     const char *imsi);

#endif
