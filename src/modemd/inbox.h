/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on the SIM: which belong together, which are delivered, which may be deleted.
 *
 * Parts are joined on (sender, reference, total), never by libgammu, which joins parts of
 * different senders [F3]. Everything stays on the SIM until laidod has committed it, so that a
 * crash costs nothing. Pure: the caller reads and deletes. */
#ifndef LAIDO_MODEMD_INBOX_H
#define LAIDO_MODEMD_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/wire/worker.h"

enum {
	LD_INBOX_MAX = 512,             /* messages and parts on SIM and modem */
	LD_INBOX_WINDOW = 8,            /* delivered and not yet committed */
	LD_INBOX_UNITS = 160,           /* UTF-16 units of one part */
	LD_INBOX_NOWHERE = -1,          /* location of what only came over the line */
};

struct ld_inbox_sms {
	int location;                   /* libgammu's, or LD_INBOX_NOWHERE */
	char from[LD_ADDR_MAX];
	char smsc[LD_ADDR_MAX];         /* of the sender's operator [3GPP TS 23.040 3.2.9] */
	char stamp[24];                 /* the SMSC's time stamp, as text */
	uint16_t reference;
	uint8_t total;                  /* 1: not concatenated */
	uint8_t part;                   /* 1..total */
	uint16_t n_units;
	uint8_t text[2 * LD_INBOX_UNITS];       /* UTF-16, big-endian */
};

struct ld_inbox;

struct ld_inbox *ld_inbox_new(uint32_t gap_ms);
void ld_inbox_free(struct ld_inbox *b);

/* A listing of SIM and modem: begin, every message found, end. Entries that are no longer there
 * are forgotten by end. ld_inbox_found(): 0, or LD_E_BUSY when it is full. */
void ld_inbox_begin(struct ld_inbox *b);
int ld_inbox_found(struct ld_inbox *b, const struct ld_inbox_sms *sms, int64_t mono_ms);
void ld_inbox_end(struct ld_inbox *b);

/* The next message to deliver: whole, or incomplete for longer than gap_ms, its gaps marked
 * " [...] ". 1, or 0 when there is none or the window is full. */
int ld_inbox_next(struct ld_inbox *b, int64_t mono_ms, struct ld_wmsg_inbound *ret);

/* laidod has it. Then ld_inbox_deletable() gives the locations one by one, ld_inbox_deleted()
 * forgets them. 1, or 0 when there is none. */
void ld_inbox_committed(struct ld_inbox *b, uint64_t ref);
int ld_inbox_deletable(struct ld_inbox *b, int *ret_location);
void ld_inbox_deleted(struct ld_inbox *b, int location);

#endif
