/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward/figures: the breakdowns of the report. Another one is a row of figure_words and a statement
 * of the store (enum ld_figure). */
#ifndef LAIDO_WARD_FIGURES_H
#define LAIDO_WARD_FIGURES_H

#include <jansson.h>
#include <stdio.h>

#include "laido/ward/report.h"

struct figure_words {
	/* In JSON, CSV, the page's address and its account of how things are counted. NULL: it has
	 * fewer columns. */
	const char *key, *column_key[LD_FIG_COUNTS];
	/* Vietnamese, English */
	const char *title[2], *label[2], *column[LD_FIG_COUNTS][2], *how[2];
	const char *events;             /* of the log, that it is made of */
	const char *goal[2];            /* what 100 % means; NULL: there is no such thing */
	unsigned goal_kind;             /* enum ld_goal_kind */
	unsigned bar;                   /* the column whose bar stands before that of the first */
	bool work[LD_FIG_COUNTS];       /* counts no people: told as it is */
	bool month;                     /* rows are months, "2026-11" */
	bool merge;                     /* rows of few people say nothing of their own */
};
extern const struct figure_words figure_words[LD_N_FIGURES];

int figures_gather(struct ld_ward_report *r, struct ld_store *st,
		   const struct ld_ward_config *conf);
unsigned figures_columns(unsigned which);
/* What was sent in all; 0 where it is not known or not to be told. */
struct ward_money {
	uint64_t parts, vnd, vnd_per_completed;
};
void figures_money(const struct ld_ward_report *r, struct ward_money *ret);
/* -1: no breakdown has that key. */
int figures_find(const char *key);
json_t *figures_json(const struct ld_ward_report *r);
char *figures_csv(const struct ld_ward_report *r, unsigned which, unsigned min_cell,
		  size_t *ret_len);

/* export.c: a cell, null or "<5" when it is hidden. */
json_t *ld_ward_cell_json(const struct ld_ward_cell *c);
void ld_ward_cell_csv(FILE *f, const struct ld_ward_cell *c, unsigned min_cell);

#endif
