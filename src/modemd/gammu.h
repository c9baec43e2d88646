/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libgammu, and nothing else of this program, behind five verbs. One thread only: libgammu keeps
 * static buffers. Every call may block until the modem answers. */
#ifndef LAIDO_MODEMD_GAMMU_H
#define LAIDO_MODEMD_GAMMU_H

#include "inbox.h"
#include "laido/base/err.h"

struct ld_gammu;

/* connection: "dku2at" or "at". 0, or LD_E_PEER with the reason. */
int ld_gammu_open(struct ld_gammu **ret, const char *pty, const char *connection,
		  struct ld_errmsg *err);

struct ld_gammu_part {
	const char *smsc;
	const char *to;
	enum ld_alphabet alphabet;
	const char *text;               /* of this part, UTF-8 */
	size_t len;
	uint8_t ref, total, part;       /* part 1..total */
};

/* Hand one part to the network and wait for its word. 0 and the message reference; LD_E_PEER and
 * the +CMS error (-1: a bare ERROR); LD_E_BUSY when the modem gave no prompt, so that nothing went
 * out; LD_E_TIMEOUT when the network's word never came; LD_E_ALPHABET. */
int ld_gammu_send(struct ld_gammu *g, const struct ld_gammu_part *part, int timeout_ms,
		  uint8_t *ret_mr, int *ret_cms);

enum ld_gammu_kind {
	LD_GAMMU_TEXT,
	LD_GAMMU_REPORT,
	LD_GAMMU_USELESS,               /* binary or damaged: to be deleted */
	LD_GAMMU_FOREIGN,               /* not ours to touch: drafts */
};

struct ld_gammu_sms {
	enum ld_gammu_kind kind;
	struct ld_inbox_sms sms;        /* location, and of TEXT all of it */
	uint8_t mr;                     /* of REPORT; sms.from is the recipient */
	bool pending;                   /* REPORT: the network is still trying */
	bool delivered;
};

/* Everything on SIM and modem. 0, LD_E_PEER. */
int ld_gammu_list(struct ld_gammu *g, void (*found)(void *arg, const struct ld_gammu_sms *),
		  void *arg);
/* 0 also when it is gone already. */
int ld_gammu_delete(struct ld_gammu *g, int location);

/* A PDU with its SMSC address, checked by ld_pdu_sane(). */
int ld_gammu_decode(struct ld_gammu *g, const uint8_t *pdu, size_t len, struct ld_gammu_sms *ret);

#endif
