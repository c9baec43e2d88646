/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was handed to the network, so that after a crash of either process nothing is sent twice.
 *
 * A line is on the disk before a part is submitted and after its result is known:
 *
 *   S id part total reference text recipient ms     about to submit
 *   D id part result mr                             what the modem answered
 *   R id part delivered                             a delivery report
 *   P hash                                          the SIM refused this PIN; 0: none
 *   T hash                                          this PIN is about to be tried; 0: it was right
 *
 * each with a checksum; a torn last line is cut off. Texts and numbers stand there as hashes only.
 * The newest messages are kept in memory; an id that has been forgotten counts as in doubt. The
 * file is locked: two workers never share a modem. Not thread-safe, the caller locks. */
#ifndef LAIDO_MODEMD_JOURNAL_H
#define LAIDO_MODEMD_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "laido/wire/worker.h"

enum { LD_JOURNAL_MESSAGES = 1024 };

enum ld_part_state {
	LD_PART_NONE = 0,
	LD_PART_STARTED,        /* no result: in doubt */
	LD_PART_OK,
	LD_PART_REFUSED,        /* the network will not have it */
	LD_PART_LATER,          /* nothing went out, may be tried again */
	LD_PART_DOUBT,          /* no answer in time */
	LD_PART_BARRED,         /* nothing went out: this SIM may not send */
	LD_N_PART_STATES
};

/* What is known of a message as a whole. */
enum ld_verdict {
	LD_V_NEVER,             /* no part was started, or all that were may be tried again */
	LD_V_OK,                /* every part went out */
	LD_V_REFUSED,
	LD_V_DOUBT,
	LD_V_BARRED,            /* a part was, and none is in doubt */
};

struct ld_journal;

/* Opens, locks, reads and compacts. LD_E_LOCKED, LD_E_NOMEM or -errno. */
int ld_journal_open(struct ld_journal **ret, const char *path);
void ld_journal_close(struct ld_journal *j);

/* The message is to be sent: finds it or makes room for it. An id that comes with another text or
 * recipient is another message. *ret_ref is its concatenation reference. */
int ld_journal_begin(struct ld_journal *j, const struct ld_wmsg_send *s, uint8_t *ret_ref);
enum ld_part_state ld_journal_part(const struct ld_journal *j, int64_t id, unsigned part);

/* Durable when they return 0. */
int ld_journal_start(struct ld_journal *j, int64_t id, unsigned part, int64_t utc_ms);
int ld_journal_done(struct ld_journal *j, int64_t id, unsigned part, enum ld_part_state result,
		    uint8_t mr);

enum ld_verdict ld_journal_verdict(const struct ld_journal *j, int64_t id, unsigned *ret_parts_ok);

/* A delivery report for this recipient and message reference. The part is found by reference, or,
 * when its answer never came, as the only one in doubt for this recipient (then it also counts as
 * sent). Returns 1 when the message is now delivered as a whole, or this part was given up
 * (*ret_delivered); 0 when more is due; LD_E_UNKNOWN when no part fits (the answer may be still on
 * its way). */
int ld_journal_report(struct ld_journal *j, const char *to, uint8_t mr, bool delivered,
		      int64_t *ret_id, bool *ret_delivered);

/* A PIN that was refused, or whose try ended with the power, is never tried again. Each durable
 * when it returns 0. */
bool ld_journal_pin_refused(const struct ld_journal *j, const char *pin);
int ld_journal_try_pin(struct ld_journal *j, const char *pin);
int ld_journal_refuse_pin(struct ld_journal *j, const char *pin);
/* The SIM is open: what was tried last was right. Writes only when something was tried. */
int ld_journal_accept_pin(struct ld_journal *j);

#endif
