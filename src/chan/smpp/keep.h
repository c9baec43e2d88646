/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must survive the process: messages whose delivery report is still to come, inputs that were
 * not acknowledged yet, and acknowledged parts of messages that are not whole. A file of fixed
 * size, mapped: what a killed process wrote is there for the next one. Parts are synchronised to
 * the disk before they are acknowledged; of the rest a power cut may cost the last seconds, which
 * means reports that are not matched, and at worst one message answered twice. Until the
 * system is started anew the file is also a journal: what is not in it was never handed to a link. A
 * damaged record is dropped. Telephone numbers are kept as hashes, except with parts (they are the sender's), which
 * are overwritten once delivered. */
#ifndef LAIDO_CHAN_SMPP_KEEP_H
#define LAIDO_CHAN_SMPP_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/base/err.h"
#include "laido/model/message.h"
#include "pdu.h"

enum {
	KEEP_SENT = 8192,               /* the oldest makes room */
	KEEP_INPUTS = 1024,             /* more than can be open at once: those in doubt make room */
	KEEP_PARTS = 128,
	KEEP_PART_OCTETS = 320,         /* 140 octets of septets, flattened, and UCS-2 */
	KEEP_BUCKETS = 4096,
	KEEP_BOOT = 40,
};

/* CLOSED: a report has said that the message fails; nothing more is told of it. */
enum keep_state { KEEP_OUT, KEEP_TAKEN, KEEP_DELIVERED, KEEP_CLOSED };

/* One part on its way out. */
struct keep_sent {
	int64_t id;                     /* of the outbox; 0: free */
	int64_t at_ms;                  /* UTC */
	uint32_t to;                    /* keep_number_hash() */
	uint16_t umr;                   /* of part 0, plus the part */
	uint8_t part, parts;
	uint8_t state;                  /* enum keep_state */
	char name[PDU_ID_MAX];          /* message_id; "" before the response or without one */
	uint32_t check;
};

/* An input that is not acknowledged, or was so just before its link broke. */
struct keep_input {
	uint64_t content;               /* hash of all of it; 0: free */
	uint64_t key;                   /* with at_ms ld_inbound.dedupe */
	int64_t at_ms;
	int64_t acked_ms;               /* 0: not yet; -T: at T, but perhaps that did not arrive */
	uint32_t check;
};

struct keep_part {
	int64_t at_ms;
	char from[LD_ADDR_MAX];         /* "": free */
	uint16_t ref;
	uint8_t kind, total, seq, dcs;  /* kind: where the reference came from */
	uint16_t len;
	uint8_t octets[KEEP_PART_OCTETS];
	uint32_t check;
};

struct keep_file;
struct keep {
	struct keep_file *file;
	int16_t by_name[KEEP_BUCKETS], by_umr[KEEP_BUCKETS];
	int16_t next_name[KEEP_SENT], next_umr[KEEP_SENT];
	struct keep_sent *sent;
	struct keep_input *input;
	unsigned next_input;
	struct keep_part *part;
	uint64_t evicted;
	char boot[KEEP_BOOT];           /* the kernel's name for this start of the system; "" none */
	bool is_journal;                /* of all that earlier processes handed out */
};

/* Make or map the file. -errno with err. A file of another size or version begins anew. */
int keep_open(struct keep *k, const char *path, struct ld_errmsg *err);
void keep_close(struct keep *k);

uint64_t keep_hash(uint64_t from, const void *octets, size_t len);      /* begin with 0 */
/* Of the last nine digits, so that 84..., +84... and 0... are one number. */
uint32_t keep_number_hash(const char *number);

/* The next user_message_reference of n consecutive ones. */
uint16_t keep_umr(struct keep *k, unsigned n);

/* The same part again (a resend after throttling) takes the record it has. */
void keep_add(struct keep *k, const struct keep_sent *s);
struct keep_sent *keep_by_umr(struct keep *k, uint16_t umr, int64_t id);        /* id 0: any */
/* The message centre has it, under this name; "": none that means anything. */
void keep_taken(struct keep *k, struct keep_sent *s, const char *name);
void keep_free_message(struct keep *k, int64_t id, uint16_t umr0, unsigned parts);
void keep_close_message(struct keep *k, int64_t id, uint16_t umr0, unsigned parts);
/* The part is delivered; true when all of its message are. */
bool keep_delivered(struct keep *k, struct keep_sent *s);
/* What became of a message that an earlier process was to send, since since_ms: LD_SENT_OK, the message
 * centre has all of it; LD_SENT_RETRY, nothing of it was ever handed to a link; else LD_SENT_UNKNOWN, now
 * and ever. */
enum ld_sent_what keep_verdict(struct keep *k, int64_t id, int64_t since_ms);
/* All were asked for but those up to last_id; from now on the file is a journal. */
void keep_settled(struct keep *k, int64_t last_id);
/* By a message_id in any of the forms operators give it; `to` decides between several. Without
 * that number only the very same form is believed. */
struct keep_sent *keep_by_name(struct keep *k, const char *name, uint32_t to);
/* The only part on its way to this number. */
struct keep_sent *keep_only(struct keep *k, uint32_t to);

/* "00a1F" -> "a1f". */
void keep_canonical(const char *name, char ret[PDU_ID_MAX]);

/* The record of an input, new unless the same one is open. NULL: no room. */
struct keep_input *keep_input(struct keep *k, uint64_t content, uint64_t new_key, int64_t now_ms,
			      bool *ret_again);
bool keep_input_is_open(const struct keep *k, uint64_t content, int64_t now_ms);
void keep_input_acked(struct keep *k, struct keep_input *in, int64_t now_ms);
/* It is stored, but the link to say so is gone. */
void keep_input_doubt(struct keep *k, struct keep_input *in, int64_t now_ms);
void keep_input_free(struct keep *k, struct keep_input *in);
/* Acknowledgements of the last seconds may not have arrived. */
void keep_inputs_doubt(struct keep *k, int64_t now_ms);

/* NULL: no room. Durable when it returns. */
struct keep_part *keep_part_add(struct keep *k, const struct keep_part *p);
void keep_part_free(struct keep *k, struct keep_part *p);

#endif
