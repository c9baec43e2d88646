/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model/message: what comes in through a channel and what goes out. Plain data; all text is UTF-8,
 * NUL-terminated and at most LD_TEXT_MAX octets long with its NUL. */
#ifndef LAIDO_MODEL_MESSAGE_H
#define LAIDO_MODEL_MESSAGE_H

#include "laido/model/event.h"

enum {
	LD_TEXT_MAX = 2048,     /* outgoing text */
	LD_INPUT_MAX = 1024,    /* incoming text; the channel cuts longer ones at a character */
	LD_ADDR_MAX = 24,       /* an address as the network gave it: digits, '+', or a name */
	LD_DEDUPE_MAX = 48,     /* a key that is the same when the network delivers twice */
};

enum ld_alphabet {
	LD_GSM7 = 0,            /* GSM 03.38 default alphabet with extension table */
	LD_UCS2 = 1,
};

/* What one answer of a channel can hold. */
struct ld_budget {
	bool live;              /* a session with screens (USSD), else stored messages (SMS) */
	uint16_t septets;       /* of one screen or part in GSM-7 */
	uint16_t units;         /* of one screen or part in UCS-2, UTF-16 code units */
	uint8_t parts;          /* parts that one message may take; 1 for live */
};

enum ld_inbound_what {
	LD_IN_TEXT = 1,         /* SMS, or an answer in a USSD session */
	LD_IN_BEGIN,            /* a USSD session was opened; text is the dialled code */
	LD_IN_ENDED,            /* a USSD session ended without us: hang-up, time-out */
	LD_IN_CALL,             /* a missed call */
};

/* Something a person did. */
struct ld_inbound {
	enum ld_inbound_what what;
	enum ld_channel_kind kind;
	uint64_t session;               /* of the channel; 0 for stored messages */
	uint64_t ref;                   /* the channel's own, given back by committed(); 0: none */
	char from[LD_ADDR_MAX];         /* as received */
	char smsc[LD_ADDR_MAX];         /* the service centre it came through; "": not told */
	/* The same for each copy of it; begins with its time, so that the keys of a day lie together in
	 * the store. "": cannot be delivered twice. */
	char dedupe[LD_DEDUPE_MAX];
	struct ld_budget budget;
	char text[LD_INPUT_MAX];
};

/* A screen for a live session. */
struct ld_reply {
	bool end;                       /* show it and close the session */
	enum ld_alphabet alphabet;
	char text[LD_TEXT_MAX];
};

enum ld_prio {
	LD_PRIO_REPLY = 0,      /* answers and rights */
	LD_PRIO_HELP,
	LD_PRIO_LESSON,
	LD_PRIO_REMINDER,
	LD_PRIO_BROADCAST,
	LD_N_PRIOS
};

/* A message for one number, to be carried by a channel. id is the outbox row: the channel keeps
 * it in its journal and names it in every result. */
struct ld_send {
	int64_t id;
	enum ld_prio prio;
	enum ld_alphabet alphabet;
	uint8_t parts;
	char to[LD_ADDR_MAX];           /* E.164 digits with leading '+' */
	char text[LD_TEXT_MAX];
};

enum ld_sent_what {
	LD_SENT_OK = 1,         /* the network took every part */
	LD_SENT_FAILED,         /* refused; nothing will go out; why says it */
	LD_SENT_RETRY,          /* nothing went out; may be tried again */
	LD_SENT_UNKNOWN,        /* may or may not have gone out: never resend blindly */
	LD_SENT_DELIVERED,      /* a delivery report: the handset has it */
	LD_SENT_UNDELIVERED,    /* a delivery report: given up */
	LD_SENT_BARRED,         /* nothing went out, and by this SIM nothing will until somebody acts */
};

struct ld_sent {
	int64_t id;
	enum ld_sent_what what;
	uint8_t parts;                  /* that went out */
	char why[96];
};

#endif
