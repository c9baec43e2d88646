/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channel from inside. link.c keeps the connection to the HLR, lookup.c and ctrl.c find
 * numbers, session.c keeps the table, dialogue.c speaks with phone and gateway. */
#ifndef LAIDO_CHAN_GSUP_IMPL_H
#define LAIDO_CHAN_GSUP_IMPL_H

#include <osmocom/core/msgb.h>
#include <osmocom/gsm/gsup.h>
#include <osmocom/gsm/ipa.h>
#include <osmocom/gsupclient/gsup_client.h>

#include "laido/chan/gsup.h"
#include "laido/wire/ussd.h"

#include "lookup.h"

enum { SESSION_SLOTS = 4096, TEXT_MAX = 512 };

enum session_state {
	SESSION_LOOKUP,         /* the number is being asked; the gateway knows nothing yet */
	SESSION_ENGINE,         /* the gateway has the turn */
	SESSION_PHONE,          /* the phone has the turn */
};

/* What names a dialogue in the network, and must be echoed to it. */
struct dialogue_id {
	char imsi[IMSI_MAX];
	uint32_t session_id;
	enum osmo_gsup_message_class message_class;
};

struct session {
	struct hlist_node by_call;      /* IMSI and the network's session id */
	struct hlist_node by_id;
	struct gsup_channel *g;
	struct dialogue_id call;
	uint64_t id;                    /* ours: ld_inbound.session */
	enum session_state state;
	uint8_t phone_invoke;           /* of the phone's ProcessUnstructuredSS-Request */
	uint8_t our_invoke;             /* of our latest UnstructuredSS-Request */
	struct ld_msisdn msisdn;        /* "": anonymous */
	struct osmo_timer_list timer;
	struct lookup_wait wait;
	char dialled[64];
};

struct gsup_link {
	struct osmo_gsup_client *client;
	struct ipaccess_unit *unit;
	struct retry retry;
	struct osmo_timer_list settle;  /* connecting, then exchanging identities */
	bool tcp_up;
	bool is_up;
};

struct gsup_channel {
	struct ld_channel *ch;
	struct ld_chan_gsup_cfg cfg;
	char code[16];                  /* without '#' at its end */
	char text_busy[TEXT_MAX], text_timeout[TEXT_MAX];
	uint16_t septets, units;        /* budget of any screen */
	struct gsup_link link;
	struct lookup lookup;
	uint64_t next_id;
	struct hlist_head by_call[SESSION_SLOTS];
	struct hlist_head by_id[SESSION_SLOTS];
	struct ld_chan_gsup_stats stats;
};

/* "***678/0x20000001", for logs. */
#define CALL_FMT "***%s/0x%08x"
#define CALL_ARGS(call) mask_imsi((call)->imsi), (call)->session_id
const char *mask_imsi(const char *imsi);

/* ---- session.c ---- */
struct session *session_by_call(struct gsup_channel *g, const struct dialogue_id *call);
struct session *session_by_id(struct gsup_channel *g, uint64_t id);
/* NULL when the table is full. */
struct session *session_new(struct gsup_channel *g, const struct dialogue_id *call);
void session_free(struct session *s);
void session_for_all(struct gsup_channel *g, void (*each)(struct session *));

/* ---- dialogue.c ---- */
void dialogue_rx(struct gsup_channel *g, struct msgb *msg);
int dialogue_reply(struct session *s, const struct ld_reply *reply);
/* The network no longer knows the session: tell the gateway, forget it. */
void dialogue_lost(struct session *s);

/* ---- link.c ---- */
int link_start(struct gsup_channel *g);
void link_stop(struct gsup_channel *g);
/* LD_E_BUSY while the link is down. */
int link_send(struct gsup_channel *g, const struct dialogue_id *call,
	      enum osmo_gsup_session_state state, const struct ld_ussd *component);

#endif
