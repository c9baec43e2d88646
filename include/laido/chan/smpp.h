/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chan/smpp: SMS and USSD through an operator's message centre (SMPP 3.4 issue 1.2), as its client.
 *
 * Binds as transceiver or as a transmitter and receiver pair, keeps the links alive and comes back
 * with growing pauses. A deliver_sm is acknowledged only after committed(); what is not stored in
 * ack_ms is answered with a temporary error, so that the message centre brings it again, and a
 * file beside the database remembers what was not acknowledged, so that it is answered once.
 *
 * A message whose response is lost is in doubt: a delivery report within settle_ms proves that it
 * went out, else it is LD_SENT_UNKNOWN. It is never sent again. After a crash the file tells which
 * messages the message centre has, which were never handed to a link (they go now), and whose reports
 * are; of the rest the gateway's own time-out says the same.
 *
 * With conf.tls nothing is said before the message centre has proved who it is (src/chan/smpp/tls.h).
 * Runs on libosmocore's loop. */
#ifndef LAIDO_CHAN_SMPP_H
#define LAIDO_CHAN_SMPP_H

#include "laido/base/err.h"
#include "laido/config/config.h"
#include "laido/port/channel.h"
#include "laido/port/clock.h"
#include "laido/port/random.h"

enum { LD_SMPP_WINDOW_MAX = 64 };

struct ld_chan_smpp_cfg {
	struct ld_conf_smpp conf;       /* host: best an IP address, names are resolved blocking */
	char file[256];                 /* what must survive a restart; its folder exists */
	const struct ld_clock *clock;
	struct ld_random *random;

	/* 0 takes the default in brackets; in ms */
	int bind_ms;                    /* connecting, and the answer to a bind [10000] */
	int submit_ms;                  /* the answer to a submit_sm [30000] */
	int settle_ms;                  /* then for a report before "unknown" [60000] */
	int ack_ms;                     /* for the gateway to store what came [4000] */
	int gap_ms;                     /* then incomplete messages are delivered [900000] */
	int retry_ms;                   /* first pause before a reconnect, doubled [1000] */
	int retry_max_ms;               /* [60000] */
	int pause_ms;                   /* first pause when throttled, doubled to 30 s [1000] */
	unsigned max_sessions;          /* USSD sessions [1000]; one more is told to dial again */

	/* Last screens, in the GSM alphabet. NULL: an empty one. Copied. */
	const char *text_busy;
	const char *text_timeout;
};

/*           name, what happened */
#define LD_CHAN_SMPP_COUNTERS(X) \
	X(binds)                /* times a link was bound */ \
	X(bind_refused) \
	X(lost_links)           /* bound links that broke */ \
	X(enquired)             /* enquire_link sent after silence */ \
	X(enquire_answered) \
	X(submitted)            /* submit_sm with a part of a message */ \
	X(accepted)             /* of them, taken by the message centre */ \
	X(refused)              /* of them, for good */ \
	X(throttled)            /* pauses that the message centre asked for */ \
	X(doubts)               /* responses that did not come */ \
	X(received)             /* messages handed to the gateway */ \
	X(redelivered)          /* brought again since our answer was lost or late */ \
	X(not_stored)           /* answered with a temporary error */ \
	X(parts)                /* parts of long messages that came in */ \
	X(incomplete)           /* long messages delivered without all parts */ \
	X(reports)              /* delivery reports that named a message of ours */ \
	X(reports_early)        /* came before the response to their submit_sm */ \
	X(reports_unmatched) \
	X(evicted)              /* messages whose report can no longer be matched: file full */ \
	X(sessions_begun) \
	X(answers)              /* of phones, in a session */ \
	X(screens) \
	X(timeouts)             /* sessions ended by our timer */ \
	X(lost)                 /* sessions ended by the network or a broken link */ \
	X(busy)                 /* sessions refused: no room here or in the gateway */ \
	X(bad_length)           /* PDUs shorter than a header, or too long */ \
	X(bad_pdu)              /* PDUs that could not be read */ \
	X(unknown_pdu) \
	X(unexpected)           /* well-formed, but not now; dropped or refused */ \
	X(nacks)                /* generic_nack received */ \
	X(alerts)               /* alert_notification, which nobody asked for */

struct ld_chan_smpp_stats {
#define LD_CHAN_SMPP_FIELD_(name) uint64_t name;
	LD_CHAN_SMPP_COUNTERS(LD_CHAN_SMPP_FIELD_)
#undef LD_CHAN_SMPP_FIELD_
	unsigned sessions, sessions_high_water;
	unsigned in_flight, in_flight_high_water;
	unsigned enquire_ms;            /* the last answer to enquire_link took so long */
	unsigned last_error;            /* command_status of the last refusal */
};

/* A channel for this bind; then ops->start(). cfg is copied; clock, random and host are borrowed
 * until ops->stop(). 0; LD_E_NOMEM; LD_E_RANGE for a setting no bind can have; -errno when the
 * file cannot be used; what smpp_tls_new() says; with err, which may be NULL. */
int ld_chan_smpp_new(struct ld_channel **ret, void *ctx, const struct ld_chan_smpp_cfg *cfg,
		     const struct ld_channel_host *host, struct ld_errmsg *err);

/* An intent of an earlier process, committed at since_ms (UTC): if the file knows what became of it,
 * that is told by host->sent(): the message centre has it, or it never left and may go. Else
 * LD_E_UNKNOWN. */
int ld_chan_smpp_settle(struct ld_channel *ch, int64_t id, int64_t since_ms);
/* All such intents were asked for, except perhaps those up to last_id. */
void ld_chan_smpp_settled(struct ld_channel *ch, int64_t last_id);

/* Stops it first; NULL is fine. */
void ld_chan_smpp_free(struct ld_channel *ch);

void ld_chan_smpp_stats(const struct ld_channel *ch, struct ld_chan_smpp_stats *ret);

#endif
