/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gateway/live: which content is in use. The editions that the ward has published stand in the
 * log; the highest that is due, whole and good is used. Before the first one it is the folder of
 * the settings. A new one takes its place while the program runs; one that cannot be compiled here
 * is refused, with the reason, and what is in use stays. I/O thread, but for the first one. */
#ifndef LAIDO_GATEWAY_LIVE_H
#define LAIDO_GATEWAY_LIVE_H

#include "laido/content/content.h"
#include "laido/gateway/worker.h"

struct ld_live;

struct ld_live_cfg {
	const struct ld_clock *clock;
	const char *dir;                        /* borrowed: the folder of the settings */
	struct ld_content_options opt;          /* now_ms is filled in */
	/* More to check than the loader does: number of errors, which were told to cb. */
	unsigned (*check)(const struct ld_content *c, ld_finding_cb cb, void *arg);
	/* Uses the content from now on and takes it over, unless it returns a negative code. */
	int (*use)(void *arg, struct ld_content *c);
	void *use_arg;
	ld_finding_cb found;                    /* of editions and of the folder, for the log */
	void (*note)(void *arg, const char *line);
	void *note_arg;                         /* of found and note */
};

/* The content to begin with, before the work thread has the store. LD_E_SYNTAX: nothing that is
 * there can be used, *ret_first is NULL; *ret is there all the same, but for LD_E_NOMEM. */
int ld_live_open(struct ld_live **ret, const struct ld_live_cfg *cfg, struct ld_store *st,
		 struct ld_content **ret_first);
/* From then on ld_live_tick() looks for new editions. NULL: it must not any more. */
void ld_live_worker(struct ld_live *l, struct ld_worker *w);
/* Once a second. */
void ld_live_tick(struct ld_live *l);
/* After the work thread has ended. NULL is fine. */
void ld_live_free(struct ld_live *l);

/* Reads the folder again. LD_E_DENIED when an edition is in use: then the folder is a draft. */
int ld_live_reload(struct ld_live *l, ld_finding_cb cb, void *arg, unsigned *ret_screens,
		   unsigned *ret_courses);

/* Exchanges content between two jobs of the work thread: put() is called there, once, takes over
 * `next` and returns what is to be freed. Any program's use() may be made of it. LD_E_BUSY: not now
 * (or w is NULL), `next` is the caller's still. */
int ld_live_swap(struct ld_worker *w, struct ld_content *next,
		 struct ld_content *(*put)(void *arg, struct ld_content *next), void *arg);

struct ld_live_status {
	int64_t number;                 /* of the edition in use; 0: the folder */
	unsigned screens, courses;
	int64_t next, next_ms;          /* the next one, and when; 0: none */
	int64_t coming;                 /* one of which pieces are missing still; 0: none */
	unsigned pieces, missing;       /* of it */
	int64_t refused;                /* the newest that could not be used; 0: none */
	char why[256];
};
void ld_live_status(const struct ld_live *l, struct ld_live_status *ret);

#endif
