/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures of the report, by to dan pho. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "ward.h"

const char *const ld_ward_report_keys[LD_N_COLS] = {
	"invited", "consented", "enrolled", "active", "completed", "national_confirmed",
	"attested", "merged", "core",
};

static struct ld_ward_row *row_of(struct ld_ward_report *r, unsigned tdp)
{
	unsigned i;

	if (tdp > LD_CONF_TDP)
		tdp = 0;
	for (i = 0; i < r->n; i++)
		if (r->row[i].tdp == tdp)
			return &r->row[i];
	r->row[r->n].tdp = tdp; /* 1..99 and 0: LD_WARD_ROWS have room */
	return &r->row[r->n++];
}

static int add_counts(void *arg, const struct ld_report_row *c)
{
	struct ld_ward_report *r = arg;
	const uint64_t v[LD_N_COLS] = {c->invited, c->consented, c->enrolled, c->active,
				       c->completed, c->confirmed, c->attested, c->merged,
				       c->core};
	struct ld_ward_row *row = row_of(r, c->tdp);

	for (unsigned i = 0; i < LD_N_COLS; i++) {
		row->cell[i].n += v[i];
		r->total.cell[i].n += v[i];
	}
	return 0;
}

struct boards {
	struct ld_ward_report *r;
	const struct ld_board_id *self;
	unsigned n;
	struct ld_board_id id[LD_WARD_BOARDS];
};

static int add_board(void *arg, const struct ld_member *m)
{
	struct boards *b = arg;

	if (b->n == LD_WARD_BOARDS || memcmp(&m->board, b->self, sizeof(m->board)) == 0)
		return 0;
	b->id[b->n] = m->board;
	snprintf(b->r->board[b->n].name, sizeof(b->r->board[0].name), "%s", m->name);
	b->n++;
	return 0;
}

static int gather_boards(struct ld_ward_report *r, struct ld_store *st,
			 const struct ld_board_id *self)
{
	struct boards b = {.r = r, .self = self};
	int rc = ld_store_members(st, add_board, &b);

	r->n_boards = b.n;
	for (unsigned i = 0; i < b.n && rc == 0; i++) {
		rc = ld_mesh_last_contact(st, &b.id[i], &r->board[i].contact_ms);
		if (rc == LD_E_UNKNOWN)
			rc = 0;
	}
	return rc;
}

static int by_tdp(const void *a, const void *b)
{
	/* "not told" (0) comes last */
	unsigned x = ((const struct ld_ward_row *)a)->tdp - 1,
		 y = ((const struct ld_ward_row *)b)->tdp - 1;

	return (x > y) - (x < y);
}

void ld_ward_blur(struct ld_ward_cell *c, unsigned min_cell)
{
	c->hidden = c->n > 0 && c->n < min_cell;
	if (min_cell > 1 && !c->hidden)
		c->n -= c->n % min_cell;
}

static void blur_row(struct ld_ward_row *row, unsigned min_cell)
{
	for (unsigned c = 0; c < LD_N_COLS; c++)
		ld_ward_blur(&row->cell[c], min_cell);
}

/* What the ward has entered goes before what stands in the settings. */
static int add_goal(void *arg, const struct ld_goal *g)
{
	unsigned tdp = (unsigned)strtoul(g->name, NULL, 10);

	if (g->what == LD_GOAL_TDP && tdp > 0 && tdp <= LD_CONF_TDP)
		row_of(arg, tdp)->adults = g->people;
	return 0;
}

static int gather_goals(struct ld_ward_report *r, struct ld_store *st,
			const struct ld_ward_config *conf)
{
	int rc;

	for (unsigned i = 0; i < conf->n_tdp; i++)
		row_of(r, conf->tdp[i].tdp)->adults = conf->tdp[i].adults;
	rc = ld_store_goals(st, add_goal, r);
	for (unsigned i = 0; i < r->n; i++)
		r->total.adults += r->row[i].adults;
	r->goal.adults = r->total.adults;
	return rc;
}

/* By tdp, with the courses of the core set between blanks. */
static int gather_rows(struct ld_ward_report *r, struct ld_store *st, const char *courses)
{
	char core[sizeof(((struct ld_ward_config *)0)->core) + 2];
	unsigned n = 0;

	snprintf(core, sizeof(core), " %s ", courses);
	for (const char *c = core; c[1]; c++)
		n += c[0] == ' ' && c[1] != ' ';
	return ld_store_report(st, core, n, add_counts, r);
}

static void finish_rows(struct ld_ward_report *r, unsigned min_cell)
{
	for (unsigned i = 0; i < r->n; i++) {
		for (unsigned c = 0; c < LD_N_COLS && r->row[i].adults > 0; c++)
			r->goal.cell[c].n += r->row[i].cell[c].n;
		blur_row(&r->row[i], min_cell);
	}
	blur_row(&r->goal, min_cell);
	blur_row(&r->total, min_cell);
	qsort(r->row, r->n, sizeof(r->row[0]), by_tdp);
}

int ld_ward_report_gather(struct ld_ward_report *ret, struct ld_store *st,
			  const struct ld_ward_config *conf, const struct ld_board_id *self,
			  int64_t now_ms)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->now_ms = now_ms;
	rc = gather_goals(ret, st, conf);
	if (rc == 0)
		rc = gather_rows(ret, st, conf->core);
	if (rc == 0)
		rc = ld_store_help_times(st, 0, now_ms, &ret->help);
	ret->help_hidden = ret->help.asked > 0 && ret->help.asked < conf->min_cell;
	if (rc == 0)
		rc = gather_boards(ret, st, self);
	if (rc == 0)
		rc = figures_gather(ret, st, conf);
	if (rc < 0)
		return rc;
	finish_rows(ret, conf->min_cell);
	return 0;
}
