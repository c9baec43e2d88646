/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a PDU fit for libgammu? Its decoder trusts lengths inside the PDU: a user data header longer
 * than its buffer or 255 septets write past the end, and both can be sent by anyone with a phone.
 * So every PDU is walked here first (TS 23.040 9.2.2). */
#ifndef LAIDO_MODEMD_PDU_H
#define LAIDO_MODEMD_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LD_PDU_MAX = 176 + 13 };         /* octets: a SIM's record with the SMSC's address */

/* An empty 8-bit message, which takes the place of a damaged one so that it can be deleted. */
#define LD_PDU_HARMLESS "00040181F000040000000000000000"

/* Octets of a hexadecimal line, or LD_E_SYNTAX, LD_E_TOOBIG. */
int ld_pdu_from_hex(const char *hex, size_t len, uint8_t *ret, size_t size);

/* SMS-DELIVER, SMS-SUBMIT or SMS-STATUS-REPORT with its SMSC address, every length inside. */
bool ld_pdu_sane(const uint8_t *pdu, size_t len);

#endif
