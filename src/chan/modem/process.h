/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker process with its socket, on libosmocore's loop. */
#ifndef LAIDO_CHAN_MODEM_PROCESS_H
#define LAIDO_CHAN_MODEM_PROCESS_H

#include <osmocom/core/select.h>
#include <sys/types.h>

#include "laido/wire/worker.h"

struct ld_process {
	pid_t pid;                      /* 0: none */
	struct osmo_fd sock;
	struct osmo_fd exit;            /* a pidfd, readable when the process has ended */
	void (*message)(void *arg, const struct ld_wmsg *m);
	void (*ended)(void *arg, int status);   /* as from waitpid(); all messages were read */
	void *arg;
};

/* Start `path --fd 3` with the other end of a SOCK_SEQPACKET pair. The callbacks must be set. */
int ld_process_start(struct ld_process *p, const char *path);

/* It hangs: end it for good; ended() follows. */
void ld_process_kill(struct ld_process *p);

/* Let go without waiting: the worker sees the closed socket, finishes the part that the network is
 * taking, and ends. ended() does not follow. */
void ld_process_leave(struct ld_process *p);

/* 0, -EAGAIN when the worker does not read, or another negative code. */
int ld_process_write(struct ld_process *p, const struct ld_wmsg *m);

#endif
