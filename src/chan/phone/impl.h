/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of chan/phone share. */
#ifndef CHAN_PHONE_IMPL_H
#define CHAN_PHONE_IMPL_H

#include <osmocom/core/linuxlist.h>
#include <osmocom/core/timer.h>

#include "laido/chan/phone.h"

enum {
	BUCKETS = 256,          /* handsets by number; also the low octet of sessions and refs */
	HANDSETS_MAX = 4096,
	REFS_MAX = 16,          /* inputs of a handset that are not settled yet */
	WAITING_NUMBER_MAX = 50,
	WAITING_MAX = 2000,
	RESULTS_MAX = 4096,
	SESSION_S = 120,        /* a person at a keyboard; real networks wait 30 s and less */
};

struct phone {
	struct ld_channel channel;
	const struct ld_config *cfg;
	uint64_t serial;                        /* of sessions and refs */
	struct llist_head handsets[BUCKETS];
	struct llist_head waiting;              /* struct waiting, oldest first */
	struct llist_head results;              /* struct result */
	unsigned n_results;
	struct osmo_timer_list results_due;
	struct ld_phone_stats stats;
};

struct handset {
	struct llist_head entry;
	struct phone *phone;
	struct ld_phone_door door;
	struct ld_msisdn number;
	unsigned bucket;
	struct ld_budget screen;
	bool once;                              /* ends when its one input is settled */
	uint64_t session;                       /* 0: none is open */
	struct osmo_timer_list session_ends;
	unsigned n_refs;
	uint64_t refs[REFS_MAX];                /* oldest first */
};

static inline struct phone *phone_of(struct ld_channel *ch)
{
	return ch->priv;
}

/* waiting.c: messages for numbers that nobody is attached as. */
struct waiting {
	struct llist_head entry;
	struct ld_send send;
};
int waiting_add(struct phone *ph, const struct ld_send *s);
/* The oldest one for the number, unlinked and the caller's to talloc_free(); or NULL. */
struct waiting *waiting_take(struct phone *ph, const struct ld_msisdn *number);
unsigned waiting_count(struct phone *ph, const struct ld_msisdn *number);

/* phone.c */
/* Tell the gateway of a message, from the loop: never from inside its own call of send(). */
void result_later(struct phone *ph, int64_t id, enum ld_sent_what what, unsigned parts,
		  const char *why);
/* Parts of a text in that alphabet, or LD_E_ALPHABET. */
int count_parts(const char *text, enum ld_alphabet alphabet);
bool same_number(const char *to, const struct ld_msisdn *number);

/* handset.c */
struct handset *handset_find(struct phone *ph, const char *e164);
struct handset *handset_by_session(struct phone *ph, uint64_t session);
struct handset *handset_by_ref(struct phone *ph, uint64_t ref);
int handset_screen(struct handset *h, const struct ld_reply *reply);
void handset_sms(struct handset *h, const struct ld_send *s);
void handset_settled(struct handset *h, uint64_t ref);
/* Ends it; answer is taken over, NULL when its program has gone. */
void handset_end(struct handset *h, json_t *answer);

#endif
