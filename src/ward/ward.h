/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward: laido-ward, the ward's server. It is one more peer of the mesh, the one that holds the
 * ward's signing key, and shows the report. */
#ifndef LAIDO_WARD_WARD_H
#define LAIDO_WARD_WARD_H

#include <osmocom/core/timer.h>

#include "laido/config/config.h"
#include "laido/content/content.h"
#include "laido/gateway/live.h"
#include "laido/gateway/worker.h"
#include "laido/link/https/httpd.h"
#include "laido/link/https/peers.h"
#include "laido/mesh/identity.h"
#include "laido/mesh/sync.h"
#include "laido/ops/ctl.h"
#include "laido/ward/report.h"
#include "lrs.h"

struct ward {
	struct ld_ward_config conf;
	struct ld_clock_sys clock;
	int64_t started_ms;          /* monotonic */
	struct ld_node node;
	struct ld_store *store; /* the work thread's once that runs */
	struct ld_worker *worker;
	struct ld_live *live;           /* which content is in use */
	struct ld_content *content;  /* of messages and reminders; NULL: unreadable */
	struct ld_mesh *mesh;
	bool ferry_busy;             /* a ferry file is written or read */
	struct ld_peers *door;       /* for boards */
	struct ld_httpd *page;       /* for people */
	struct reports *reports;
	struct lrs *lrs;             /* NULL: none is set */
	struct admin *admin;         /* for `laido-ward --invite` */
	struct osmo_timer_list tick;
	unsigned ticks;
	uint64_t failures;              /* of the database, as the last tick saw them */
	int64_t failed_ms;              /* the last one, UTC; 0 none */
	struct ld_ctl *ctl;             /* for `laido import` and `laido export` */
};

/* ---- invite.c: admitting a board ---- */

struct invitation {
	struct ld_invitee to;
	char host[LD_HOST_HINT_MAX]; /* where boards reach the ward; "" unknown */
};

/* Read "KEYHEX NAME" (name may hold blanks). LD_E_RANGE with words. */
int invitation_parse(struct invitation *ret, const char *pk_hex, const char *name, const char *host,
		     struct ld_errmsg *err);
/* Append the MEMBER event (unless it stands already) and write the invite to ret (LD_INVITE_MAX).
 * Inside a transaction. */
int invitation_grant(const struct ld_node *ward, struct ld_store *st, const struct invitation *inv,
		     char *ret, struct ld_errmsg *err);

/* ---- admin.c: the socket STATE/admin.sock (mode 0600), a line in, a text out ---- */

struct admin;
int admin_start(struct admin **ret, struct ward *w, struct ld_errmsg *err);
void admin_stop(struct admin *a);
/* Ask a running laido-ward. 1: it runs, its answer is in ret (LD_INVITE_MAX) and *ret_ok says
 * whether it is the invite or words of refusal; 0: none runs; or -errno. */
int admin_ask(const char *state_dir, const struct invitation *inv, char *ret, bool *ret_ok);

/* ---- main.c: where boards reach the ward, "HOST:PORT"; "" when the settings do not say ---- */

void ward_address(const struct ward *w, char *ret, size_t size);

/* ---- ctl.c: the socket STATE/ctl.sock, as a board's control socket (docs/FORMATS.md) ---- */

int ctl_start(struct ward *w, struct ld_errmsg *err);

/* ---- status.c ---- */

void ward_status(struct ld_ctl_req *req, const json_t *in, void *ward);
void status_tick(struct ward *w);       /* once a second */
json_t *lrs_json(const struct lrs_status *s);

/* ---- content.c: names of courses, messages and reminders; what is published ---- */

/* The content in use, if any can be; before the work thread starts. */
void content_open(struct ward *w);
/* Looks for new editions once a second, until content_stop(). */
void content_start(struct ward *w);
void content_stop(struct ward *w);
void content_close(struct ward *w);
bool content_known(const struct ward *w);
/* Of the work thread. */
const struct ld_content *content_of(void *ward);
/* What a report takes from the content: names of courses, the price of a part. Work thread. */
void content_dress(const struct ward *w, struct ld_ward_report *r);
void content_publish(struct ld_ctl_req *req, const json_t *in, void *ward);

/* ---- goals.c: commands of the control socket ---- */

void goal_set(struct ld_ctl_req *req, const json_t *in, void *ward);
void goal_list(struct ld_ctl_req *req, const json_t *in, void *ward);

/* ---- erased.c: once a second ---- */

void erased_tick(struct ward *w);

/* ---- web.c ---- */

struct reports;
int web_start(struct ward *w, struct ld_errmsg *err);
void web_tick(struct ward *w); /* once a second */
void web_stop(struct ward *w);
void web_free(struct ward *w); /* when the worker has stopped */

#endif
