/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channel from inside. link.c keeps connections and binds, submit.c sends messages, deliver.c
 * takes what comes and acknowledges it, join.c puts parts together, receipt.c reads reports,
 * ussd.c holds sessions, keep.c remembers over a restart, tls.c hides what passes, coding.c and
 * pdu.c know octets. */
#ifndef LAIDO_CHAN_SMPP_IMPL_H
#define LAIDO_CHAN_SMPP_IMPL_H

#include <osmocom/core/linuxlist.h>
#include <osmocom/core/select.h>
#include <osmocom/core/timer.h>

#include "laido/chan/smpp.h"

#include "coding.h"
#include "keep.h"
#include "pdu.h"
#include "tls.h"

enum {
	LINK_OUT_MAX = 65536,           /* a peer that reads no more is given up */
	ANSWERS_MAX = 256,              /* inputs the gateway has not stored yet */
	EARLY_MAX = 64,                 /* reports that came before the response */
	SESSION_SLOTS = 256,
	SESSION_KEY_MAX = 8,            /* octets of a session id */
	SCREEN_MAX = 512,
	PARTS_MAX = 16,                 /* of a message, in or out */
};

struct smpp;

enum link_state { LINK_IDLE, LINK_CONNECTING, LINK_SECURING, LINK_BINDING, LINK_BOUND };

struct link {
	struct smpp *s;
	uint32_t bind;                  /* BIND_TRANSCEIVER, _TRANSMITTER or _RECEIVER */
	enum link_state state;
	struct osmo_fd ofd;
	struct smpp_wire *wire;         /* NULL without TLS */
	bool broken;                    /* to be dropped as soon as nobody holds it */
	char why[96];
	unsigned failures, generation;
	int64_t next_ms;                /* IDLE: connect; before BOUND: give up */
	int64_t heard_ms;
	int64_t asked_ms;               /* enquire_link without an answer so far; 0: none */
	size_t skip, n_in, n_out;
	uint8_t in[PDU_MAX];
	uint8_t out[LINK_OUT_MAX];
};

enum flight_state { FLIGHT_FREE, FLIGHT_READY, FLIGHT_OUT, FLIGHT_DOUBT };

/* A message between send() and its result. One part at a time, so that order is kept and nothing
 * follows a refused part. */
struct flight {
	enum flight_state state;
	uint32_t seq;
	uint8_t part, parts, tries;
	uint16_t umr;                   /* of part 0 */
	uint16_t ref;                   /* of a long message */
	int64_t until_ms;
	enum ld_alphabet alphabet;
	struct ld_send msg;
};

/* A deliver_sm that waits for committed(). */
struct answer {
	bool used;
	uint32_t serial;
	struct link *link;              /* NULL: nothing to answer (any more) */
	unsigned generation;
	uint32_t seq, resp_id;
	int64_t until_ms;
	struct keep_input *input;
	bool has_set;                   /* parts to free, and whose */
	struct keep_part set;
};

struct early {
	int64_t at_ms;                  /* 0: free */
	uint32_t to;
	bool delivered;
	char name[PDU_ID_MAX], why[32];
};

struct session {
	struct llist_head entry, by_age;
	uint64_t id;
	char from[LD_ADDR_MAX];         /* as the gateway knows it */
	char src[66], dst[66];          /* as the network does */
	uint8_t src_ton;
	uint8_t key[SESSION_KEY_MAX];
	size_t key_len;
	bool our_turn;
	uint32_t seq;                   /* of the screen whose response is open; 0: none */
	int64_t until_ms;
};

struct smpp {
	struct ld_channel ch;
	struct ld_chan_smpp_cfg cfg;
	enum coding_default coding;
	enum { LONG_UDH, LONG_SAR, LONG_PAYLOAD } long_by;
	bool trust_ids;                 /* message_id means something */
	char text_busy[SCREEN_MAX], text_timeout[SCREEN_MAX];
	bool started;
	struct smpp_tls *tls;           /* NULL: not wanted */
	unsigned n_links;
	struct link link[2];            /* the first one transmits */
	uint32_t seq;
	struct osmo_timer_list tick;
	struct keep keep;
	enum ld_channel_state state;
	bool told;
	char why[128];

	unsigned pauses;                /* in a row */
	int64_t paused_until_ms;        /* 0: not */
	uint16_t long_ref;
	struct flight flight[LD_SMPP_WINDOW_MAX];
	struct early early[EARLY_MAX];
	unsigned next_early;

	uint32_t serial;
	struct answer answer[ANSWERS_MAX];

	uint64_t next_session;
	struct llist_head by_key[SESSION_SLOTS];
	struct llist_head sessions;     /* the next to time out first */

	struct ld_chan_smpp_stats stats;
};

static inline int64_t smpp_now(const struct smpp *s)
{
	return ld_clock_monotonic_ms(s->cfg.clock);
}
static inline int64_t smpp_utc(const struct smpp *s)
{
	return ld_clock_utc_ms(s->cfg.clock, NULL);
}

/* ---- channel.c ---- */
uint32_t smpp_next_seq(struct smpp *s);
/* What links and pauses add up to, told to the gateway when it changed. */
void smpp_tell_state(struct smpp *s);
/* The end of an address, for logs: "***%s". */
const char *smpp_mask(const char *address);

/* ---- link.c ---- */
void smpp_link_start(struct smpp *s);
void smpp_link_stop(struct smpp *s);
void smpp_link_tick(struct link *l);
bool smpp_link_can_send(const struct smpp *s);
bool smpp_link_can_receive(const struct smpp *s);
/* LD_E_BUSY when the link is not bound or cannot take more. */
int smpp_link_write(struct link *l, const uint8_t *pdu, size_t len);
void smpp_link_answer(struct link *l, uint32_t id, uint32_t status, uint32_t seq);
const char *smpp_link_status_text(uint32_t status);

/* ---- submit.c ---- */
int submit_message(struct ld_channel *ch, const struct ld_send *msg);
void submit_response(struct smpp *s, const struct pdu_header *h, const uint8_t *body, size_t len);
void submit_link_lost(struct smpp *s);
void submit_pump(struct smpp *s);
void submit_tick(struct smpp *s);
/* A report about this part has come: it must have gone out. */
void submit_proved(struct smpp *s, int64_t id, unsigned part);
/* Addresses of an outgoing PDU. */
void submit_source(const struct smpp *s, struct pdu_submit *p);

/* ---- deliver.c ---- */
void deliver(struct link *l, const struct pdu_header *h, const uint8_t *body, size_t len);
void deliver_committed(struct ld_channel *ch, uint64_t ref);
void deliver_link_lost(struct link *l);
void deliver_tick(struct smpp *s);
/* "+84..." or as it is; only what an address can hold. */
void deliver_address(const struct pdu_sm *sm, char ret[LD_ADDR_MAX]);
/* Hand over what there is of a set, with nothing to acknowledge but its parts to free. 0, also
 * when it is with the gateway already; LD_E_BUSY. */
int deliver_set(struct smpp *s, const struct keep_part *set);

/* ---- join.c ---- */
struct join {
	uint8_t kind, total, seq;       /* total 0: a message of one part */
	uint16_t ref;
	size_t udh_len;                 /* octets of header before the text */
};
void join_read(const struct pdu_sm *sm, struct join *ret);
/* What tells a delivery from others: when it came, and chance or a hash. Both are kept in the file. */
struct delivery_key {
	int64_t at_ms;
	uint64_t hash;
};
/* A set is known by from, kind, ref and total of any part. What there is of it, in order, as UTF-8,
 * and a key that is the same for the same parts; false when some are missing. */
bool join_text(struct smpp *s, const struct keep_part *set, char *ret, size_t size,
	       struct delivery_key *ret_key);
bool join_is_same_set(const struct keep_part *a, const struct keep_part *b);
/* 0 new, 1 it was here already, LD_E_BUSY no room. */
int join_add(struct smpp *s, const struct keep_part *p);
void join_free(struct smpp *s, const struct keep_part *set);
void join_tick(struct smpp *s);

/* ---- receipt.c ---- */
enum receipt_says { RECEIPT_NOTHING_YET, RECEIPT_DELIVERED, RECEIPT_UNDELIVERED };
struct receipt {
	char name[PDU_ID_MAX];
	bool has_umr;
	uint16_t umr;
	uint32_t to;
	enum receipt_says says;
	char state[16];                 /* for people: "EXPIRED" */
};
bool receipt_is_one(const struct pdu_sm *sm);
void receipt_read(const struct pdu_sm *sm, struct receipt *ret);
void receipt_take(struct smpp *s, const struct receipt *r);
/* A response has named a part: was its report faster? */
void receipt_named(struct smpp *s, const struct keep_sent *part);

/* ---- ussd.c ---- */
bool ussd_is_one(const struct pdu_sm *sm);
void ussd_take(struct smpp *s, const struct pdu_sm *sm);
int ussd_reply(struct ld_channel *ch, uint64_t session, const struct ld_reply *reply);
/* The message centre refused something that was no message: a screen? */
void ussd_refused(struct smpp *s, uint32_t seq, uint32_t status);
void ussd_link_lost(struct smpp *s);
void ussd_tick(struct smpp *s);
void ussd_stop(struct smpp *s);

#endif
