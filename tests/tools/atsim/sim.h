/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A GSM modem with SIM and network, on a pty. atsim.c has the loop and the pty, at.c the commands,
 * pdu.c the messages, control.c the puppeteer's strings. */
#ifndef ATSIM_SIM_H
#define ATSIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SIM_SLOTS = 255,                /* SM has 50 of them, unless told otherwise */
	SIM_SR = 20,
	SIM_HELD = 300,                 /* what the network keeps while the SIM is full */
	SIM_PDU_HEX = 400,
	SIM_CLIENTS = 8,
	SIM_LOG = 512,
	SIM_GROUPS = 32,
	SIM_PARTS = 40,
	SIM_OUT = 512,
};

enum report_mode { REPORTS_AFTER, REPORTS_FIRST, REPORTS_NEVER, REPORTS_ASKED };

struct slot {
	bool used;
	bool read;
	char hex[SIM_PDU_HEX];
};

/* Something to be written to the modem's line later. */
struct out {
	int64_t due_ms;
	char *text;
};

/* Parts of one outgoing message that have arrived. */
struct group {
	char to[24];
	unsigned ref, total, have, octets;
	bool ucs2;
	char *part[SIM_PARTS];
};

struct sim {
	/* the line */
	int pty;
	const char *link;
	char tty[64];
	char line[1024];
	size_t len;
	bool echo;
	bool data;                      /* between prompt and Ctrl-Z */
	unsigned announced;             /* octets of the PDU that AT+CMGS promised */
	struct out out[SIM_OUT];
	unsigned n_out;
	int64_t now_ms;
	int64_t last_due_ms;

	/* the modem */
	char imei[20], imsi[20];
	char pin[12];                   /* what the SIM wants; "": nothing */
	unsigned pin_tries;
	char charset[8];
	int cnmi[5];
	int clip;
	bool puk, no_sim;
	char count_by[12];              /* the command that tells how many tries are left */
	int only_ds;                    /* the one way of reports it offers; -1: all */
	bool has_sr;
	bool sr_first;                  /* AT+CPMS chose SR: CMGL, CMGR and CMGD mean it */
	unsigned n_slots;
	struct slot slots[SIM_SLOTS];
	struct slot sr[SIM_SR];
	unsigned signal, registration;
	char oper[24];
	char balance[160];
	char ussd[8];                   /* how it answers: ucs2, text, packed, never */
	char caller[24];                /* rings; "": none */
	int rings_left;
	int64_t ring_ms;

	/* the network */
	unsigned n_held;
	char *held[SIM_HELD];
	uint8_t mr;
	struct group groups[SIM_GROUPS];
	unsigned n_sent;

	/* faults */
	bool mute;
	bool twice;
	bool no_prompt;
	int barred;                     /* refuses every message with this; 0: none */
	bool loop, looping;             /* a listing that never ends; it is under way */
	unsigned babble_ms;             /* a line nobody asked for, so often */
	int64_t babble_due_ms;
	unsigned slow_ms, network_ms, report_ms;
	unsigned drop;                  /* octets of output to lose */
	unsigned cms_left;
	int cms;
	unsigned silent_left;
	enum report_mode reports;
	char owed[24];                  /* to whom went what has no report yet; "": nobody */
	uint8_t owed_mr;
	bool trace;

	/* the puppeteer */
	const char *ctl_path;
	int ctl;
	struct { int fd; char line[8192]; size_t len; bool events; } clients[SIM_CLIENTS];
	char *log[SIM_LOG];
	unsigned n_log;
};

/* atsim.c */
void sim_say(struct sim *s, unsigned after_ms, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void sim_event(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int sim_plug(struct sim *s);
void sim_unplug(struct sim *s);

/* at.c: octets from the other side of the line */
void sim_heard(struct sim *s, const char *octets, size_t len);
void sim_restart(struct sim *s);

/* The report that was kept for somebody to ask for. */
void sim_owed_report(struct sim *s);

/* pdu.c */
/* A message for the SIM. ref < 0: not concatenated. False when it does not fit into one part. */
bool sim_make_deliver(const char *from, const char *text, bool ucs2, int ref, unsigned total,
		      unsigned part, char *ret_hex);
/* A submitted PDU; false when it is malformed. */
bool sim_take_submit(struct sim *s, const char *hex, unsigned announced, char *ret_to, bool *ret_srr);
void sim_make_report(const char *to, uint8_t mr, uint8_t status, char *ret_hex);
unsigned sim_hex_octets(const char *hex);

/* control.c: one line from the puppeteer; the answer is written to fd */
void sim_command(struct sim *s, int client, const char *line);
/* Stores and announces; what a full SIM has no room for stays in the network. False when that is
 * full, too. */
bool sim_store(struct sim *s, const char *hex);
/* The storage that CMGL, CMGR and CMGD mean. */
struct slot *sim_storage(struct sim *s, unsigned *ret_n);
/* There is room again: what the network has kept comes. */
void sim_unhold(struct sim *s);
unsigned sim_used(const struct sim *s);
/* A delivery report that is not sent over the line: into SR, or among the messages. */
void sim_stored_report(struct sim *s, const char *hex);

#endif
