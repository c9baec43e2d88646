/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire/worker: the messages between laidod and a laido-modem, over a SOCK_SEQPACKET socketpair.
 *
 * On the wire: length (u32, of what follows), version (u8), type (u8), then the fields of the
 * type's row in worker.c, integers big-endian, strings as u16 length and octets without NUL. One
 * message is one packet. Either side treats the other as hostile: a message is accepted whole or
 * not at all. Plain C: the worker may link nothing of libosmocore. */
#ifndef LAIDO_WIRE_WORKER_H
#define LAIDO_WIRE_WORKER_H

#include <stddef.h>
#include <stdint.h>

#include "laido/model/message.h"

enum {
	LD_WMSG_MAX = 8192,             /* octets of the largest message */
	LD_WMSG_PARTS = 32,             /* parts of one outgoing message */
	LD_WMSG_TEXT_MAX = 4096,        /* incoming text with its NUL, before laidod cuts it */
};

/*         name       number  sender, meaning */
#define LD_WMSG_TYPES(X) \
	X(CONFIG,      1)  /* laidod, first and once */ \
	X(SEND,        2)  /* laidod: carry this; parts that the journal knows as sent are skipped */ \
	X(QUERY,       3)  /* laidod: what does the journal say; answered by SENT */ \
	X(COMMITTED,   4)  /* laidod: the message with this ref is durable, delete the SIM's copies */ \
	X(USSD,        5)  /* laidod: ask the SIM's operator; USSD_TEXT follows, or nothing */ \
	X(TRACE,       6)  /* laidod: tell every line of the tty from now on, or no longer */ \
	X(IDENT,      16)  /* worker: who modem and SIM are */ \
	X(STATE,      17)  /* worker: ready, or why not */ \
	X(BEAT,       18)  /* worker: alive, and for how long it has been waiting for the modem */ \
	X(INBOUND,    19)  /* worker: a message, whole or with its gaps marked */ \
	X(CALL,       20)  /* worker: a missed call; from is empty when withheld */ \
	X(SENT,       21)  /* worker: result, journal's answer, or delivery report */ \
	X(STATUS,     22)  /* worker: signal, registration, storage */ \
	X(LOG,        23)  /* worker: a line for the log, numbers masked */ \
	X(USSD_TEXT,  24)  /* worker: what the operator says */ \
	X(TRACED,     25)  /* worker: a line of the tty, numbers masked */

enum ld_wmsg_type {
#define LD_WMSG_ENUM_(name, number) LD_WMSG_##name = number,
	LD_WMSG_TYPES(LD_WMSG_ENUM_)
#undef LD_WMSG_ENUM_
};

enum ld_wmsg_state {
	LD_WSTATE_STARTING = 0,
	LD_WSTATE_READY = 1,
	LD_WSTATE_FAILED = 2,           /* the worker is about to exit */
};

/* What the worker is waiting for, in BEAT. */
enum ld_wmsg_op { LD_WOP_IDLE = 0, LD_WOP_COMMAND = 1, LD_WOP_SUBMIT = 2 };

struct ld_wmsg_config {
	char device[128];               /* the tty; with imei: where to look first, may be "" */
	char imei[20];                  /* only the modem that answers with it; "": whichever */
	char ttys[128];                 /* where to look for it, a pattern for glob(3); "": nowhere */
	char journal[256];
	char connection[16];            /* libgammu's: "dku2at" (fast writes) or "at" */
	char smsc[LD_ADDR_MAX];         /* "": ask the SIM */
	char pin[12];                   /* "": the SIM wants none */
	char init[512];                 /* the modem profile's commands, one a line */
	char storage[8];                /* "SM", "ME"; "": as the modem has it */
	char cnmi[160];                 /* AT+CNMI= values to try, one a line; "": the usual ones */
	char drop[256];                 /* beginnings of unsolicited lines to drop, one a line */
	char ussd[8];                   /* how USSD is written: "text", "packed", "ucs2" */
	char pin_count[24];             /* tells how many PIN tries are left; "": nothing does */
	uint8_t pin_count_at;           /* its which number, from 1 */
	uint32_t beat_ms;
	uint32_t poll_ms;               /* signal, registration, forgotten messages */
	uint32_t command_ms;            /* no octet from the modem for so long: it hangs */
	uint32_t submit_ms;             /* the same while the network takes a message */
	uint32_t gap_ms;                /* then an incomplete message is delivered with gaps */
};

struct ld_wmsg_send {
	int64_t id;
	uint8_t alphabet;               /* enum ld_alphabet */
	char to[LD_ADDR_MAX];
	uint8_t n_parts;                /* 1..LD_WMSG_PARTS */
	uint16_t end[LD_WMSG_PARTS];    /* where each part ends in text, ascending, the last at its end */
	char text[LD_TEXT_MAX];
};

struct ld_wmsg_inbound {
	uint64_t ref;
	char from[LD_ADDR_MAX];
	char dedupe[LD_DEDUPE_MAX];
	char text[LD_WMSG_TEXT_MAX];
	char smsc[LD_ADDR_MAX];         /* the service centre it came through; "": not told */
};

struct ld_wmsg_ident {
	char manufacturer[32];
	char model[48];
	char firmware[64];
	char imei[20];
	char imsi[20];
	char smsc[LD_ADDR_MAX];
	char device[128];               /* where it was found */
};

struct ld_wmsg_status {
	uint8_t signal;                 /* +CSQ: 0..31, 99 unknown */
	uint8_t registration;           /* +CREG: 1 home, 5 roaming */
	char oper[32];
	uint16_t sim_used;
	uint16_t sim_size;
	uint32_t urcs_dropped;          /* unknown unsolicited lines kept from libgammu */
};

struct ld_wmsg {
	enum ld_wmsg_type type;
	union {
		struct ld_wmsg_config config;
		struct ld_wmsg_send send;
		struct { int64_t id; } query;
		struct { uint64_t ref; } committed;
		struct ld_wmsg_ident ident;
		/* person: it cannot work until somebody does something about it */
		struct { uint8_t state; uint8_t person; char why[160]; } state;
		/* op waits for its end since pending_ms, and for any octet since silent_ms; the
		 * agent is at its present work since busy_ms */
		struct { uint8_t op; uint32_t silent_ms; uint32_t pending_ms; uint32_t busy_ms; } beat;
		struct ld_wmsg_inbound inbound;
		struct { char from[LD_ADDR_MAX]; } call;
		struct { int64_t id; uint8_t what; uint8_t parts; char why[96]; } sent;
		struct ld_wmsg_status status;
		struct { uint8_t level; char text[240]; } log;  /* 0 info, 1 notice, 2 error */
		struct { char code[32]; } ussd;
		struct { uint8_t on; } trace;
		struct { char text[600]; } ussd_text;
		struct { uint8_t to_modem; char text[240]; } traced;
	} u;
};

/* Octets written, or LD_E_TOOBIG when size is too small, LD_E_RANGE for a message that the other
 * side would refuse. */
int ld_wmsg_encode(const struct ld_wmsg *m, uint8_t *ret, size_t size);

/* Octets taken; 0 when the message is not complete yet; LD_E_CORRUPT for anything that
 * ld_wmsg_encode() does not write, LD_E_VERSION for another version. ret is untouched then. */
int ld_wmsg_decode(const uint8_t *buf, size_t len, struct ld_wmsg *ret);

/* One message over the socket. flags as for send(2), e.g. MSG_DONTWAIT. 0 or a negative code. */
int ld_wmsg_write(int fd, const struct ld_wmsg *m, int flags);
/* 1, 0 when the other side closed, -EAGAIN, LD_E_CORRUPT, or -errno. */
int ld_wmsg_read(int fd, struct ld_wmsg *ret, int flags);

#endif
