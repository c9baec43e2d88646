/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chan/modem: SMS and missed calls through a modem, as a channel of port/channel.h.
 *
 * Each modem has a process of its own (laido-modem), because libgammu blocks, crashes and may not
 * be linked here. It is started over a socketpair, watched by heartbeats, killed when it hangs and
 * started again with back-off. Its journal tells after a crash of either side what became of a
 * message: never started (LD_SENT_RETRY), gone out, refused, or in doubt; a doubt waits settle_ms
 * for a delivery report before it becomes LD_SENT_UNKNOWN. Runs on libosmocore's loop.
 *
 * A modem that stays down has its power cut for a moment, when there is a command for that. One
 * that receives but cannot send is LD_CHANNEL_RECEIVE_ONLY: its SIM is another one than before, the
 * network refuses what it sends, or there is no network. A refusing network is tried with one
 * message every probe_ms; a changed SIM waits for ld_chan_modem_accept(), since one that is seen in
 * another device loses outgoing service until its owner verifies it again [F1]. */
#ifndef LAIDO_CHAN_MODEM_H
#define LAIDO_CHAN_MODEM_H

#include "laido/config/modem.h"
#include "laido/port/channel.h"
#include "laido/port/clock.h"
#include "laido/port/random.h"

enum { LD_MODEM_SETTLING = 64 };        /* messages that can wait for the journal at once */

struct ld_chan_modem_cfg {
	char name[32];                  /* of the channel */
	char device[128];               /* the tty; by-path names, never ttyUSBn; "": by imei */
	char imei[20];                  /* only this modem; "": whichever is there */
	char ttys[128];                 /* where it is looked for, a glob(3) pattern */
	char worker[256];               /* path of laido-modem */
	char journal[256];              /* its file; its folder exists */
	char smsc[LD_ADDR_MAX];         /* "": the SIM's own */
	char pin[12];                   /* "": none. Never logged */
	struct ld_modem_profile profile;
	const struct ld_modem_operators *operators;     /* borrowed; NULL: credit is not asked for */
	char sims[256];                 /* file that remembers which SIM is in which modem, shared by
	                                 * all modems of a board; "": nothing is remembered */
	char power[256];                /* shell command; it finds LAIDO_MODEM and LAIDO_DEVICE in its
	                                 * environment; "": none */
	const struct ld_clock *clock;   /* borrowed, as random */
	struct ld_random *random;
	int utc_offset_min;             /* for times of day in sentences */
	/* 0 takes the default in brackets; in ms */
	unsigned beat_ms;               /* heartbeats [1000] */
	unsigned poll_ms;               /* signal, storage, forgotten messages [60000] */
	unsigned command_ms;            /* a silent modem is given up [30000] */
	unsigned submit_ms;             /* the same while the network takes a message [120000] */
	unsigned gap_ms;                /* then incomplete messages are delivered [900000] */
	unsigned settle_ms;             /* wait for a report before "unknown" [60000] */
	unsigned restart_ms;            /* first pause before a restart, doubled each time, give or
	                                 * take a quarter [1000] */
	unsigned restart_max_ms;        /* [60000] */
	unsigned power_after;           /* its power is cut after so many failures in a row [5] */
	unsigned power_pause_ms;        /* and not again before [600000] */
	unsigned probe_ms;              /* [900000] */
	unsigned credit_ms;             /* the SIM's credit is asked for so often [86400000] */
	unsigned credit_first_ms;       /* and so long after the start [30000] */
	unsigned same_call_ms;          /* a number that calls again within it is not heard [60000] */
};

/* What is known of the modem, for `laido modems`. */
struct ld_chan_modem_info {
	enum ld_channel_state state;
	char why[160];                  /* when not up */
	char todo[320];                 /* what somebody should do, in sentences; "": nothing */
	char device[128];               /* where it was found */
	bool sim_changed;
	int64_t cannot_send_ms;         /* since then, UTC; 0: it can */
	char last_error[96];            /* of a message that did not go, "" none */
	int64_t last_error_ms;
	int64_t credit;                 /* VND; -1: unknown */
	int64_t credit_ms;              /* when it was told, UTC */
	char credit_text[96];           /* as the operator said it */
	bool credit_low;
	uint32_t power_cycles;
	unsigned sent_hour, failed_hour, received_hour, calls_hour;     /* of the last 60 minutes */
	char manufacturer[32], model[48], firmware[64], imei[20], imsi[20], oper[32];
	uint8_t signal;                 /* +CSQ: 0..31, 99 unknown */
	uint8_t registration;           /* +CREG: 1 home, 5 roaming */
	uint16_t sim_used, sim_size;
	uint32_t restarts;              /* of the worker */
	uint32_t urcs_dropped;
	uint64_t sent, failed, unknown, received, calls, calls_ignored;
	int worker_pid;                 /* 0: none */
};

/* A channel for this modem; NULL when out of memory. cfg is copied; host stays the caller's. Then
 * ops->start(). ld_chan_modem_free() stops it first; NULL is fine. */
struct ld_channel *ld_chan_modem_new(void *ctx, const struct ld_chan_modem_cfg *cfg,
				     const struct ld_channel_host *host);
void ld_chan_modem_free(struct ld_channel *ch);

/* After the gateway's own restart: what became of this message of the outbox, which has an intent
 * and no result? The answer comes by host->sent(), exactly once, also when the modem is gone.
 * LD_E_BUSY when too many wait; ask again later. */
int ld_chan_modem_settle(struct ld_channel *ch, int64_t id);

void ld_chan_modem_info(const struct ld_channel *ch, struct ld_chan_modem_info *ret);

/* The operator says that the SIM that is in the modem belongs there. LD_E_UNKNOWN when modem or SIM
 * have not told who they are; -errno when it cannot be remembered. */
int ld_chan_modem_accept(struct ld_channel *ch);

/* One that cannot send tries with the next message, whenever that would have been. */
void ld_chan_modem_probe(struct ld_channel *ch);

/* Every line between worker and modem from now on, numbers masked; one watcher at a time (LD_E_BUSY).
 * line NULL: no more. It goes on over restarts of the worker. */
typedef void (*ld_chan_modem_trace_cb)(void *arg, bool to_modem, const char *line);
int ld_chan_modem_trace(struct ld_channel *ch, ld_chan_modem_trace_cb line, void *arg);

#endif
