/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward/page: what the pages share: words in two languages, safe text, charts, and how each figure is
 * counted. */
#ifndef LAIDO_WARD_PAGE_H
#define LAIDO_WARD_PAGE_H

#include <stdio.h>

#include "figures.h"

struct words {
	const char *lang, *title, *other, *other_query, *goal, *by_tdp, *tdp, *unknown, *all,
		*adults;
	const char *invited, *consented, *enrolled, *active, *completed, *percent, *confirmed, *attested, *merged;
	const char *boards, *board, *contact, *never, *ago_now, *ago_min, *ago_hour, *ago_day;
	const char *help, *asked, *answered, *median, *late, *overdue, *minutes;
	const char *user, *password, *enter, *leave, *wrong, *later;
	const char *rest, *parts, *dong, *per_completed, *no_boards, *fewer, *hidden, *made, *how_title, *reach, *funnel, *few, *log, *core, *rising, *bars;
};

/* ---- words.c ---- */

extern const struct words words_vi, words_en;

/* One figure: what it is called, what it says, which events of the log it comes from. */
struct figure_how {
	const char *key;                /* anchor; as in JSON and CSV where it stands there */
	const char *name[2], *text[2];  /* Vietnamese, English */
	const char *events;
};
extern const struct figure_how figure_how[]; /* ends with key NULL */

/* ---- page.c ---- */

/* Names come from people: nothing in them may become markup. */
void page_put(FILE *f, const char *s);
void page_head(FILE *f, const struct ld_ward_config *conf, const struct words *w, bool again);
/* A link to how `key` is counted, around `text` (ours, no markup in it). */
void page_link(FILE *f, const struct words *w, const char *key, const char *text);
/* Hundredths of a percent; -1 when it is not known or not to be told. */
int64_t page_share(const struct ld_ward_cell *c, unsigned of);
/* In groups of three. */
void page_number(FILE *f, uint64_t n, const struct words *w);
void page_cell(FILE *f, const struct ld_ward_cell *c, const struct words *w);
void page_percent(FILE *f, int64_t hundredths, const struct words *w);

/* ---- chart.c: drawings by the server; what they show stands beside them as text, too ---- */

/* The columns of a report's first row, one bar below the other, longest first. */
struct chart_bar {
	const char *name;
	const struct ld_ward_cell *cell;
};
void chart_funnel(FILE *f, const struct words *w, const struct chart_bar *bar, unsigned n);
/* A column for each month of twelve or less that end with `last` (months since the year 0); a line at
 * `goal` when it is near. The figure has a row. */
void chart_months(FILE *f, const struct words *w, const struct ld_ward_figure *months,
		  unsigned column, unsigned goal, int last);
/* For a cell of a table: of 100, `pale` and before it `dark`. */
void chart_cell(FILE *f, uint64_t pale, uint64_t dark);

#endif
