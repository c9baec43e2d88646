/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chan/modem: SMS and missed calls through a modem, as a channel of port/channel.h.
 *
 * Each modem has a process of its own (laido-modem), because libgammu blocks, crashes and may not
 * be linked here. It is started over a socketpair, watched by heartbeats, killed when it hangs and
 * started again with back-off. Its journal tells after a crash of either side what became of a
 * message: never started (LD_SENT_RETRY), gone out, refused, or in doubt; a doubt waits settle_ms
 * for a delivery report before it becomes LD_SENT_UNKNOWN. Runs on libosmocore's loop. */
#ifndef LAIDO_CHAN_MODEM_H
#define LAIDO_CHAN_MODEM_H

#include "laido/port/channel.h"

enum { LD_MODEM_SETTLING = 64 };        /* messages that can wait for the journal at once */

struct ld_chan_modem_cfg {
	char name[32];                  /* of the channel */
	char device[128];               /* the tty; by-path names, never ttyUSBn */
	char worker[256];               /* path of laido-modem */
	char journal[256];              /* its file; its folder exists */
	char smsc[LD_ADDR_MAX];         /* "": the SIM's own */
	char pin[12];                   /* "": none. Never logged */
	char init[512];                 /* commands of the modem's profile, one a line */
	char connection[16];            /* libgammu's; "": "dku2at". Old modems that lose octets
	                                 * need "at", which starts and sends slower */
	/* 0 takes the default in brackets; in ms */
	unsigned beat_ms;               /* heartbeats [1000] */
	unsigned poll_ms;               /* signal, storage, forgotten messages [60000] */
	unsigned command_ms;            /* a silent modem is given up [30000] */
	unsigned submit_ms;             /* the same while the network takes a message [120000] */
	unsigned gap_ms;                /* then incomplete messages are delivered [900000] */
	unsigned settle_ms;             /* wait for a report before "unknown" [60000] */
	unsigned restart_ms;            /* first pause before a restart, doubled each time [1000] */
	unsigned restart_max_ms;        /* [60000] */
};

/* What is known of the modem, for `laido modems`. */
struct ld_chan_modem_info {
	enum ld_channel_state state;
	char why[160];                  /* when not up */
	char manufacturer[32], model[48], firmware[64], imei[20], imsi[20], oper[32];
	uint8_t signal;                 /* +CSQ: 0..31, 99 unknown */
	uint8_t registration;           /* +CREG: 1 home, 5 roaming */
	uint16_t sim_used, sim_size;
	uint32_t restarts;              /* of the worker */
	uint32_t urcs_dropped;
	uint64_t sent, failed, unknown, received, calls;
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

#endif
