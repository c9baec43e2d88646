/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osmo/log: the log of every program that runs libosmocore. One line a message on stderr:
 *
 *   2026-11-22T19:57:24.123Z GSUP NOTICE ussd.c:12 the text
 *
 * Use LOGP(DGSUP, LOGL_NOTICE, "text %d\n", n), from any thread. Rooms below level 5 do not log.
 * Telephone numbers appear only masked. */
#ifndef LAIDO_OSMO_LOG_H
#define LAIDO_OSMO_LOG_H

#include <stdint.h>

#include <osmocom/core/logging.h>

/* enum, name, what it is about */
#define LD_LOG_CATEGORIES(X) \
	X(DMAIN,  "MAIN",  "start, stop, configuration") \
	X(DCHAN,  "CHAN",  "channels and the gateway") \
	X(DGSUP,  "GSUP",  "USSD through a core network") \
	X(DMODEM, "MODEM", "modems and their workers") \
	X(DSMPP,  "SMPP",  "binds to operators' message centres") \
	X(DSTORE, "STORE", "the database") \
	X(DMESH,  "MESH",  "replication between boards") \
	X(DWARD,  "WARD",  "the ward's server") \
	X(DCTL,   "CTL",   "operators' doors") \
	X(DSESS,  "SESS",  "dialogues")

enum ld_log_category {
#define LD_LOG_ENUM_(id, name, about) id,
	LD_LOG_CATEGORIES(LD_LOG_ENUM_)
#undef LD_LOG_ENUM_
	LD_N_LOG_CATEGORIES
};

/* Where the time stamps come from: UTC in ms. The loop makes libosmocore's own clock monotonic, so
 * that it cannot tell the time of day. NULL prints no time stamp (journald has its own). */
struct ld_log_cfg {
	int64_t (*utc_ms)(const void *arg);
	const void *arg;
};

/* Open the log at level "notice" ("error" for the libraries' own categories), safe for several
 * threads. Once a process, before anything else of libosmocore is used; ctx is the talloc root
 * that keeps it, cfg is copied and may be NULL. 0 or LD_E_NOMEM. */
int ld_log_init(void *ctx, const struct ld_log_cfg *cfg);

/* Set the level ("debug", "info", "notice", "error", "fatal") of one category by its name, be it
 * ours ("GSUP") or a library's ("DLGSUP"), or of all ours when category is NULL. 0, or
 * LD_E_UNKNOWN for an unknown name or level. */
int ld_log_level(const char *category, const char *level);

#endif
