/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent is the thread that may block: it brings the modem up, owns libgammu, sends, lists and
 * deletes. The I/O thread (main.c) owns socket and line, and tells laidod when the agent hangs. */
#ifndef LAIDO_MODEMD_AGENT_H
#define LAIDO_MODEMD_AGENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "gammu.h"
#include "inbox.h"
#include "journal.h"
#include "laido/base/queue.h"
#include "laido/port/clock.h"
#include "line.h"

enum {
	LD_AGENT_JOBS = 256,
	LD_AGENT_REPORTS = 16,          /* reports that came before the answer they belong to */
};

struct ld_agent_job {
	enum { LD_JOB_WAKE, LD_JOB_SEND, LD_JOB_COMMITTED, LD_JOB_PDU, LD_JOB_ASK, LD_JOB_USSD } kind;
	union {
		struct ld_wmsg_send send;
		uint64_t ref;
		char pdu[LD_URC_LINE_MAX];      /* or what came after "+CUSD: " */
		char code[32];                  /* of USSD */
	} u;
};

struct ld_early_report {
	char to[LD_ADDR_MAX];
	uint8_t mr;
	bool delivered;
	int64_t until_ms;               /* 0: unused */
};

struct ld_agent_result {
	int64_t id;                     /* 0: laidod was told */
	enum ld_sent_what what;
	unsigned parts;
	char why[96];
};

struct ld_agent {
	int fd;                         /* to laidod */
	struct ld_wmsg_config cfg;
	struct ld_clock_sys clock;
	struct ld_line *line;
	struct ld_queue *jobs;

	pthread_mutex_t journal_lock;   /* the I/O thread answers queries */
	struct ld_journal *journal;

	/* written by the agent, read by the I/O thread */
	_Atomic int64_t busy_since_ms;  /* 0: idle */
	_Atomic int64_t sending_id;     /* 0: not between start and result */
	_Atomic unsigned sending_part;
	_Atomic bool finished;
	/* the other way */
	_Atomic bool look;              /* something new may be stored */
	_Atomic bool look_reports;      /* the same of SR */
	_Atomic bool restarted;
	_Atomic bool closing;           /* laidod is gone: begin nothing new */
	_Atomic int submit_rc;          /* the journal's word on the part being sent */

	/* the agent's own */
	bool has_sr;                    /* reports have a storage of their own */
	bool give_up;                   /* nothing can be trusted any more: end, to be started anew */
	struct ld_gammu *gammu;
	struct ld_inbox *inbox;
	struct ld_wmsg_ident ident;
	int64_t next_poll_ms;
	struct ld_early_report early[LD_AGENT_REPORTS];
	struct ld_agent_result result;
};

/* The thread. */
void *ld_agent_run(void *agent);

/* Any thread: a job for the agent; a full queue drops it (WAKE, PDU) or returns LD_E_BUSY. */
int ld_agent_push(struct ld_agent *a, const struct ld_agent_job *job);

/* The I/O thread, before Ctrl-Z goes to the modem: until then nothing can have been sent, so that
 * this is where the journal notes the start. 0 when it is durable. */
int ld_agent_note_start(struct ld_agent *a);

/* Any thread: answer a QUERY from the journal. */
void ld_agent_answer(struct ld_agent *a, int64_t id);

/* Any thread: a line for laidod's log. No telephone numbers. level: 0 info, 1 notice, 2 error. */
void ld_agent_log(struct ld_agent *a, uint8_t level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void ld_agent_ready(struct ld_agent *a);
/* rc tells whether a new start may help: not when a person has to correct something. */
void ld_agent_failed(struct ld_agent *a, int rc, const char *why);

/* bringup.c: from a bare tty to a modem that obeys. 0, or a negative code with the reason. */
int ld_bringup(struct ld_agent *a, struct ld_errmsg *err);
/* The settings a modem loses when it restarts. */
void ld_bringup_settings(struct ld_agent *a);
/* Signal, registration, storage: sends STATUS. */
void ld_bringup_poll(struct ld_agent *a);

/* A command of our own; waits for its end. As ld_line_chat(). */
int ld_agent_chat(struct ld_agent *a, const char *cmd, char *reply, size_t size);

/* A PDU in hexadecimal that the modem said, whatever it is. */
void ld_agent_take_pdu(struct ld_agent *a, const char *hex);

/* pin.c: the SIM wants it. LD_E_DENIED, with what to do, when it may not be tried or was wrong. */
int ld_agent_enter_pin(struct ld_agent *a, struct ld_errmsg *err);
/* The SIM is open. */
void ld_agent_pin_was_right(struct ld_agent *a);
/* The number at this place (1..) among those in a line; -1: there is none. */
int ld_number_in(const char *line, unsigned at);

/* reports.c: take what lies in SR. */
void ld_agent_reports(struct ld_agent *a);

/* sandbox.c: from now on, in every thread: no network, no other program, no memory that is both
 * written and run; trying ends the process at once (SIGSYS). LD_SANDBOX_CLOSED besides opens no
 * file or device any more; trying fails, since libraries look for translations and the like.
 * -errno when the kernel offers no seccomp. */
enum ld_sandbox { LD_SANDBOX_OPENING, LD_SANDBOX_CLOSED };
int ld_sandbox(enum ld_sandbox how);

#endif
