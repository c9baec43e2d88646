/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One modem as laidod sees it. modem.c starts and watches the worker, carry.c carries messages. */
#ifndef LAIDO_CHAN_MODEM_MODEM_H
#define LAIDO_CHAN_MODEM_MODEM_H

#include <osmocom/core/timer.h>

#include "laido/chan/modem.h"
#include "process.h"

enum { LD_MODEM_HELD = 16 };    /* inbound that the gateway had no room for */

struct modem;

/* A message whose fate the journal or a report has yet to tell. */
struct settling {
	struct modem *modem;
	int64_t id;                     /* 0: unused */
	bool doubted;                   /* the journal cannot tell; a report may */
	struct osmo_timer_list until;
};

struct modem {
	struct ld_channel ch;
	struct ld_chan_modem_cfg cfg;
	struct ld_chan_modem_info info;
	struct ld_process proc;
	bool running;                   /* between start() and stop() */
	bool ready;                     /* the worker takes messages */
	uint32_t generation;            /* of the worker, in the upper half of every inbound ref */
	unsigned restarts_in_row;
	char kill_why[96];              /* we ended it, and this is why */
	struct osmo_timer_list restart;
	struct osmo_timer_list watchdog;
	struct osmo_timer_list stable;  /* it has run long enough to forget earlier failures */

	int64_t in_flight;              /* 0: none */
	struct settling settling[LD_MODEM_SETTLING];

	unsigned n_held;
	struct ld_inbound held[LD_MODEM_HELD];
	struct osmo_timer_list offer;
};

void ld_modem_timer(struct osmo_timer_list *t, unsigned ms);

/* carry.c */
int ld_modem_send(struct ld_channel *ch, const struct ld_send *s);
void ld_modem_committed(struct ld_channel *ch, uint64_t ref);
void ld_modem_on_sent(struct modem *m, const struct ld_wmsg *msg);
void ld_modem_on_inbound(struct modem *m, const struct ld_wmsg *msg);
void ld_modem_on_call(struct modem *m, const struct ld_wmsg *msg);
/* The worker has died: what it was sending is to be settled. */
void ld_modem_unsettle(struct modem *m);
/* A new worker: ask its journal. */
void ld_modem_ask(struct modem *m);
void ld_modem_forget(struct modem *m);

#endif
