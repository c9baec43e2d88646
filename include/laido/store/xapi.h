/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/xapi: statements for an LRS; local to laido-ward. Return values as store.h says. */
#ifndef LAIDO_STORE_XAPI_H
#define LAIDO_STORE_XAPI_H

#include "laido/store/store.h"

enum ld_xapi_state {
	LD_XAPI_WAITS = 0,
	LD_XAPI_STORED = 1,     /* the LRS has it, or it is of no use any more */
	LD_XAPI_REFUSED = 2,    /* the LRS does not take it; for somebody to look at */
	LD_N_XAPI_STATES
};
struct ld_xapi {
	int64_t no;
	struct ld_id id;        /* the statement's UUID */
	const char *body, *why; /* borrowed */
};
/* At most `limit` events that were not given before, or only without their contents, most urgent
 * streams first; they count as given when the transaction commits. Their number, or what cb returned below 0. */
int ld_store_xapi_events(struct ld_store *st, unsigned limit,
			 int (*cb)(void *arg, const struct ld_event *), void *arg);
/* Queue a statement about learner s (NULL: about nobody). 1: queued, 0: that id is known. */
int ld_store_xapi_add(struct ld_store *st, const struct ld_id *id, const struct ld_id *s,
		      const char *body);
/* Drop everything kept of s; cb for each statement that the LRS may have. */
int ld_store_xapi_forget(struct ld_store *st, const struct ld_id *s,
			 int (*cb)(void *arg, const struct ld_id *id), void *arg);
/* Those that wait, in order, until cb returns other than 0. */
int ld_store_xapi_next(struct ld_store *st, unsigned limit,
		       int (*cb)(void *arg, const struct ld_xapi *), void *arg);
/* first..last of those that wait are being sent; what became of those that wait among them. */
int ld_store_xapi_tried(struct ld_store *st, int64_t first, int64_t last);
int ld_store_xapi_result(struct ld_store *st, int64_t first, int64_t last,
			 enum ld_xapi_state state, const char *why);
int ld_store_xapi_refused(struct ld_store *st, unsigned limit,
			  int (*cb)(void *arg, const struct ld_xapi *), void *arg);
/* The refused ones wait once more; how many. */
int ld_store_xapi_again(struct ld_store *st);
/* How many wait and are refused; those that are stored are not counted. */
int ld_store_xapi_counts(struct ld_store *st, int64_t ret[LD_N_XAPI_STATES]);
/* 1: this database came back from a copy once, so that the LRS may have statements of it that are
 * made here again. */
int ld_store_xapi_restored(struct ld_store *st);
/* Courses begun and not completed by the learners of number p. */
int ld_store_open_courses(struct ld_store *st, const struct ld_id *p,
			  int (*cb)(void *arg, const struct ld_id *s, const char *course),
			  void *arg);
/* The to dan pho of a learner as reports count it; 0: not told. */
int ld_store_tdp(struct ld_store *st, const struct ld_id *s, unsigned *ret);

#endif
