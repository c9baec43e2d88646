/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The product's work threads in lockstep with the simulation: a thread runs only while it holds the
 * baton, and gives it back wherever it would wait (poll). pthread_create, pthread_join and poll of
 * gateway/worker.c end here by the linker's --wrap; nothing of the product is changed. */
#ifndef SIM_BATON_H
#define SIM_BATON_H

#include <stdbool.h>

struct baton;

/* Of the thread that was made last. */
struct baton *baton_latest(void);
/* Let it run until it would wait. true: it waits for work; false: it only paused between two
 * batches, or it has ended. */
bool baton_run(struct baton *b);
/* It waits, and not for time to pass. */
bool baton_asleep(const struct baton *b);

#endif
