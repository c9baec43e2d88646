/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward: laido-ward, the ward's server. It is one more peer of the mesh, the one that holds the
 * ward's signing key, and shows the report. */
#ifndef LAIDO_WARD_WARD_H
#define LAIDO_WARD_WARD_H

#include "laido/config/config.h"
#include "laido/gateway/worker.h"
#include "laido/link/httpd.h"
#include "laido/link/https.h"
#include "laido/mesh/identity.h"
#include "laido/mesh/sync.h"

struct ward {
	struct ld_ward_config conf;
	struct ld_clock_sys clock;
	struct ld_node node;
	struct ld_store *store;         /* the work thread's once that runs */
	struct ld_worker *worker;
	struct ld_mesh *mesh;
	struct ld_link_server *door;    /* for boards */
	struct ld_httpd *page;          /* for people */
	struct admin *admin;            /* for `laido-ward --invite` */
};

/* ---- invite.c: admitting a board ---- */

struct invitation {
	struct ld_invitee to;
	char host[LD_HOST_HINT_MAX];    /* where boards reach the ward; "" unknown */
};

/* Read "KEYHEX NAME" (name may hold blanks). LD_E_RANGE with words. */
int invitation_parse(struct invitation *ret, const char *pk_hex, const char *name,
		     const char *host, struct ld_errmsg *err);
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

/* ---- report.c: the figures, gathered on the work thread ---- */

enum column { COL_INVITED, COL_CONSENTED, COL_ENROLLED, COL_ACTIVE, COL_COMPLETED, N_COLUMNS };

struct cell {
	uint64_t n;
	bool hidden;                    /* too few people, or it would tell of a neighbour cell */
};
struct report_row {
	unsigned tdp;                   /* 0: not told */
	unsigned adults;                /* what 100 % means; 0: not known */
	struct cell cell[N_COLUMNS];
};
struct report_board {
	char name[LD_MEMBER_NAME_MAX];
	int64_t contact_ms;             /* UTC; 0: never */
};
enum { REPORT_ROWS = LD_CONF_TDP + 1, REPORT_BOARDS = 128 };
struct report {
	unsigned n, n_boards;
	int64_t now_ms;
	struct report_row total;        /* adults: of the groups that tell them */
	uint64_t reached;               /* completed in those groups */
	struct report_row row[REPORT_ROWS];
	struct report_board board[REPORT_BOARDS];
};
/* Fills ret from the store and the ward's denominators; hides small cells. */
int report_gather(struct report *ret, struct ld_store *st, const struct ld_ward_config *conf,
		  const struct ld_board_id *self, int64_t now_ms);
extern const char *const report_keys[N_COLUMNS];        /* names in JSON and CSV */

/* ---- page.c, export.c: the report as text; the caller frees it. NULL: out of memory ---- */

char *report_html(const struct report *r, const struct ld_ward_config *conf, bool english,
		  size_t *ret_len);
char *report_json(const struct report *r, const struct ld_ward_config *conf, size_t *ret_len);
char *report_csv(const struct report *r, const struct ld_ward_config *conf, size_t *ret_len);
char *report_text(const struct report *r, const struct ld_ward_config *conf, size_t *ret_len);

/* ---- web.c ---- */

int web_start(struct ward *w, struct ld_errmsg *err);

#endif
