/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward/report: what officials look at: who was invited, enrolled, is active, has completed, by to
 * dan pho, and when each board was last heard. Gathered on the work thread, written as text
 * anywhere. */
#ifndef LAIDO_WARD_REPORT_H
#define LAIDO_WARD_REPORT_H

#include "laido/config/config.h"
#include "laido/mesh/identity.h"
#include "laido/store/store.h"

enum ld_ward_column {
	LD_COL_INVITED,
	LD_COL_CONSENTED,
	LD_COL_ENROLLED,
	LD_COL_ACTIVE,
	LD_COL_COMPLETED,
	LD_COL_CONFIRMED, /* nationally, seen by a witness; apart from completed */
	LD_COL_ATTESTED,  /* learned in a class, noted by a witness; apart from completed */
	LD_COL_MERGED,    /* people with more than one number, each counted once */
	LD_COL_CORE,      /* completed the core set */
	LD_N_COLS
};

struct ld_ward_cell {
	uint64_t n;
	bool hidden; /* too few people */
};
/* Counts of a few people are hidden, all others are told in steps of min_cell, rounded down: so
 * neither a sum less its parts, nor this report less yesterday's or another one, tells of fewer
 * people than that (docs/adr/0010). min_cell 0 and 1 tell all. */
void ld_ward_blur(struct ld_ward_cell *c, unsigned min_cell);

struct ld_ward_row {
	unsigned tdp;    /* 0: not told */
	unsigned adults; /* what 100 % means; 0: not known */
	struct ld_ward_cell cell[LD_N_COLS];
};
struct ld_ward_board {
	char name[LD_MEMBER_NAME_MAX];
	int64_t contact_ms; /* UTC; 0: never */
};
/* A breakdown: by course, by month and so on. */
enum { LD_WARD_FIG_ROWS = 128 };
struct ld_ward_figure_row {
	char label[64];         /* "": all others */
	char name[2][48];       /* for people, Vietnamese and English; "": the label */
	unsigned goal;          /* what 100 % means: traders, pupils; 0: not known */
	struct ld_ward_cell cell[LD_FIG_COUNTS];
};
struct ld_ward_figure {
	unsigned n;
	struct ld_ward_figure_row row[LD_WARD_FIG_ROWS];
};
enum { LD_WARD_ROWS = LD_CONF_TDP + 1, LD_WARD_BOARDS = 128 };
struct ld_ward_report {
	unsigned n, n_boards;
	int64_t now_ms;
	struct ld_ward_row total; /* adults: of the groups that tell them */
	struct ld_ward_row goal;  /* what those groups alone have done */
	struct ld_ward_row row[LD_WARD_ROWS];
	struct ld_help_times help;      /* calls for help of the whole ward */
	bool help_hidden;               /* so few that they would tell of people */
	struct ld_ward_board board[LD_WARD_BOARDS];
	struct ld_ward_figure figure[LD_N_FIGURES];
	bool leave;               /* the page offers to log out */
	unsigned part_vnd;        /* what a part costs; 0: not known. Filled by content_dress() */
};
/* Fills ret from the store and the ward's denominators, blurred. */
int ld_ward_report_gather(struct ld_ward_report *ret, struct ld_store *st,
			  const struct ld_ward_config *conf, const struct ld_board_id *self,
			  int64_t now_ms);
extern const char *const ld_ward_report_keys[LD_N_COLS]; /* names in JSON and CSV */

/* The report as text; the caller frees it. NULL: out of memory. */

char *ld_ward_report_html(const struct ld_ward_report *r, const struct ld_ward_config *conf,
			  bool english, size_t *ret_len);
/* How each figure is counted; a heading or a column links to its anchor there. */
char *ld_ward_how_html(const struct ld_ward_report *r, const struct ld_ward_config *conf,
		       bool english, size_t *ret_len);
char *ld_ward_report_json(const struct ld_ward_report *r, const struct ld_ward_config *conf,
			  size_t *ret_len);
char *ld_ward_report_csv(const struct ld_ward_report *r, const struct ld_ward_config *conf,
			 size_t *ret_len);
char *ld_ward_report_text(const struct ld_ward_report *r, const struct ld_ward_config *conf,
			  size_t *ret_len);

#endif
