/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One modem as laidod sees it. modem.c starts and watches the worker, carry.c carries messages,
 * health.c tells what state the modem is in and what to do, sims.c remembers SIMs, credit.c asks
 * for their credit, power.c cuts the power. */
#ifndef LAIDO_CHAN_MODEM_MODEM_H
#define LAIDO_CHAN_MODEM_MODEM_H

#include <osmocom/core/timer.h>

#include "laido/chan/modem.h"
#include "laido/config/config.h"
#include "process.h"

enum {
	LD_MODEM_HELD = 16,             /* inbound that the gateway had no room for */
	LD_MODEM_RATE_SLOTS = 12,       /* of five minutes each */
	LD_MODEM_CALLERS = 32,
};

enum ld_modem_rate {
	LD_RATE_SENT, LD_RATE_FAILED, LD_RATE_RECEIVED, LD_RATE_CALLS, LD_N_RATES
};

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
	bool wants_person;              /* the worker cannot start until somebody does something */
	char found[128];                /* where a modem known by its IMEI was last */
	bool trace;
	ld_chan_modem_trace_cb trace_line;
	void *trace_arg;
	char kill_why[96];              /* we ended it, and this is why */
	struct osmo_timer_list restart;
	struct osmo_timer_list watchdog;
	struct osmo_timer_list stable;  /* it has run long enough to forget earlier failures */

	struct ld_modem_health {
		unsigned barred;        /* refusals in a row that blame the SIM */
		char barred_to[LD_ADDR_MAX];    /* the first of them */
		bool to_others;         /* they were not all to the same number */
		bool cannot_send;       /* the verdict */
		bool probing;           /* one message may go, to see */
		unsigned no_network;    /* polls in a row */
		char said[96];          /* what the network said last */
		struct osmo_timer_list probe;
	} health;
	char sim_was[64];               /* the pair that was expected, masked */
	int64_t rate_slot;              /* the newest */
	unsigned rate[LD_N_RATES][LD_MODEM_RATE_SLOTS];
	struct { char from[LD_ADDR_MAX]; int64_t until_ms; } callers[LD_MODEM_CALLERS];
	const struct ld_modem_operator *operator;
	struct osmo_timer_list credit;
	struct {
		pid_t pid;              /* 0: not under way */
		struct osmo_fd exit;
		struct osmo_timer_list limit;
		bool done_before;
		int64_t last_ms;
	} power;

	int64_t in_flight;              /* 0: none */
	char in_flight_to[LD_ADDR_MAX];
	struct settling settling[LD_MODEM_SETTLING];

	unsigned n_held;
	struct ld_inbound held[LD_MODEM_HELD];
	struct osmo_timer_list offer;
};

void ld_modem_timer(struct osmo_timer_list *t, unsigned ms);
void ld_modem_set_state(struct modem *m, enum ld_channel_state state, const char *why);

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

/* health.c */
void ld_modem_judge(struct modem *m);
/* A message, to in_flight_to, had this result. */
void ld_modem_note_result(struct modem *m, enum ld_sent_what what, const char *why);
void ld_modem_note_status(struct modem *m);
void ld_modem_count(struct modem *m, enum ld_modem_rate what);
void ld_modem_health_stop(struct modem *m);

/* sims.c: IDENT has come. */
void ld_modem_check_sim(struct modem *m);

/* credit.c */
void ld_modem_credit_start(struct modem *m);
void ld_modem_credit_stop(struct modem *m);
void ld_modem_credit_ask(struct modem *m);
void ld_modem_on_ussd(struct modem *m, const struct ld_wmsg *msg);

/* power.c: cut the power if that is due; stop waiting for it. */
void ld_modem_power(struct modem *m);
void ld_modem_power_stop(struct modem *m);

#endif
