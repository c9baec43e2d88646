/* SPDX-License-Identifier: GPL-2.0-or-later */
/* daemon: what the parts of laidod share. Everything here belongs to the I/O thread. */
#ifndef LAIDO_DAEMON_H
#define LAIDO_DAEMON_H

#include "laido/config/config.h"
#include "laido/config/modem.h"
#include "laido/gateway/gateway.h"
#include "laido/gateway/live.h"
#include "laido/link/https/peers.h"
#include "laido/mesh/identity.h"
#include "laido/ops/ctl.h"
#include "laido/ops/vty.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"

#include <osmocom/core/timer.h>

enum { REPLY_PERCENT = 40 };     /* of a SIM's day, kept for replies (DESIGN 6) */

struct daemon {
	void *ctx;                              /* talloc root of the I/O thread */
	struct ld_config conf;
	struct ld_clock_sys clock;
	struct ld_node node;
	struct ld_store *store;                 /* the work thread's, once worker is set */
	struct ld_worker *worker;
	struct ld_live *live;                   /* which content is in use */
	struct ld_gateway *gw;
	struct ld_ctl *ctl;
	bool has_vty;
	struct ld_modem_operators operators;    /* whose SIMs are asked for their credit, and how */
	struct ld_channel *phone;
	struct ld_channel *channel[LD_CONF_MODEMS + LD_CONF_SMPP + 2];
	unsigned n_channels;
	struct ld_mesh *mesh;
	bool ferry_busy;                        /* a ferry file is written or read */
	struct ld_peers *peers;                 /* NULL: it exchanges with nobody */
	struct osmo_fd done_fd;
	struct osmo_timer_list tick;
	int64_t started_ms;                     /* monotonic: a clock may be set meanwhile */
	unsigned ticks;
	bool again;                             /* it is to end and start anew */
};

/* channels.c: make and add what the configuration names. A channel that cannot start is logged
 * and left out of nothing else. */
int daemon_channels(struct daemon *d, struct ld_errmsg *err);
/* Ask the modems' journals about intents of before the start. */
void daemon_settle(struct daemon *d);
void daemon_channels_stop(struct daemon *d);

/* content.c: what is in use; findings go to the log. */
int daemon_first_content(struct daemon *d, struct ld_content **ret);
int daemon_check_content(const struct daemon *d);
json_t *daemon_content_status(const struct daemon *d, json_t *trouble);
void daemon_publish(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_log_finding(void *arg, const struct ld_finding *f);
int daemon_reload(struct daemon *d, ld_finding_cb cb, void *arg, unsigned *ret_screens,
		  unsigned *ret_courses);

/* people.c: commands of the control socket */
void daemon_role_set(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_role_list(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_invite(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_class(struct ld_ctl_req *req, const json_t *in, void *arg); /* classes.c */
void daemon_school(struct ld_ctl_req *req, const json_t *in, void *arg); /* classes.c */
void daemon_merge(struct ld_ctl_req *req, const json_t *in, void *arg);

/* messages.c: commands of the control socket */
void daemon_message_show(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_message_list(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_message_cancel(struct ld_ctl_req *req, const json_t *in, void *arg);

/* modems.c: commands of the control socket and of the telnet door; what somebody should do about a
 * modem, in a sentence: false when there is nothing, or no such modem. */
struct ld_channel *daemon_modem(const struct daemon *d, const char *name);
bool daemon_modem_todo(const struct daemon *d, const char *name, char *ret, size_t size);
void daemon_modems(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_modem_test(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_modem_trace(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_modem_accept(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_show_modems(struct ld_vty_out *out, void *arg);
void daemon_show_queue(struct ld_vty_out *out, void *arg);

/* mesh.c: the ward and other boards; a command of the control socket. */
int daemon_mesh_start(struct daemon *d, struct ld_errmsg *err);
/* The link to the ward; false: there is none. */
bool daemon_ward_link(const struct daemon *d, struct ld_link_status *ret);
/* Has the ward another key by now? Then `again` is set a little later. */
void daemon_look_ward(struct daemon *d);
void daemon_home(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_mesh(struct ld_ctl_req *req, const json_t *in, void *arg);
void daemon_ferry(struct ld_ctl_req *req, const json_t *in, void *arg);

/* audit.c: who has seen what of others. */
void daemon_audit(struct ld_ctl_req *req, const json_t *in, void *arg);

/* requests.c: the ledger of what people ask of the ward; how many are overdue. */
void daemon_requests(struct ld_ctl_req *req, const json_t *in, void *arg);
int daemon_requests_late(const struct daemon *d, struct ld_store *st, unsigned *ret_late);

/* money.c: this month's. The first on the work thread; sentences go to trouble. */
struct daemon_money {
	int64_t parts, forecast_parts;  /* so far, and by its end if it goes on so */
	unsigned part_vnd;
};
int daemon_money(const struct daemon *d, struct ld_store *st, struct daemon_money *ret);
json_t *daemon_money_status(const struct daemon *d, const struct daemon_money *m, json_t *trouble);

/* ctl.c: the commands of the control socket; how long it has been running. */
int64_t daemon_up_ms(const struct daemon *d);
extern const struct ld_ctl_command daemon_commands[];

/* vty.c: the commands of the telnet door. */
extern const struct ld_vty_show daemon_shows[];

#endif
