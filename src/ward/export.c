/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for programs: JSON, CSV and plain text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "figures.h"
#include "ward.h"

json_t *ld_ward_cell_json(const struct ld_ward_cell *c)
{
	return c->hidden ? json_null() : json_integer((json_int_t)c->n);
}

void ld_ward_cell_csv(FILE *f, const struct ld_ward_cell *c, unsigned min_cell)
{
	if (c->hidden)
		fprintf(f, ",<%u", min_cell);
	else
		fprintf(f, ",%" PRIu64, c->n);
}

static json_t *row_json(const struct ld_ward_row *row, bool total)
{
	json_t *o = json_object();

	if (!total)
		json_object_set_new(o, "tdp", json_integer(row->tdp));
	if (row->adults > 0)
		json_object_set_new(o, "adults", json_integer(row->adults));
	for (unsigned i = 0; i < LD_N_COLS; i++)
		json_object_set_new(o, ld_ward_report_keys[i],
				    ld_ward_cell_json(&row->cell[i]));
	return o;
}

/* Calls for help of the whole ward; null when they are few. */
static json_t *help_json(const struct ld_ward_report *r)
{
	const struct ld_help_times *h = &r->help;

	if (r->help_hidden)
		return json_null();
	return json_pack("{s:i,s:i,s:I,s:i,s:i,s:i}", "asked", (int)h->asked, "answered",
			 (int)h->answered, "median_minutes", (json_int_t)(h->median_ms / 60000),
			 "late", (int)h->late, "overdue", (int)h->overdue, "withdrawn",
			 (int)h->withdrawn);
}

static json_t *money_json(const struct ld_ward_report *r)
{
	struct ward_money m;

	figures_money(r, &m);
	return json_pack("{s:I, s:i, s:I, s:I}", "parts", (json_int_t)m.parts, "part_vnd",
			 (int)r->part_vnd, "vnd", (json_int_t)m.vnd, "vnd_per_completed",
			 (json_int_t)m.vnd_per_completed);
}

char *ld_ward_report_json(const struct ld_ward_report *r, const struct ld_ward_config *conf,
			  size_t *ret_len)
{
	json_t *rows = json_array(), *boards = json_array(), *o;
	char *text;

	for (unsigned i = 0; i < r->n; i++)
		json_array_append_new(rows, row_json(&r->row[i], false));
	for (unsigned i = 0; i < r->n_boards; i++)
		json_array_append_new(
			boards, json_pack("{s:s, s:o}", "name", r->board[i].name, "last_contact_ms",
					  r->board[i].contact_ms == 0
						  ? json_null()
						  : json_integer(r->board[i].contact_ms)));
	o = json_pack("{s:s, s:I, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "ward", conf->name,
		      "made_ms",
		      (json_int_t)r->now_ms, "min_cell", (int)conf->min_cell, "core_set",
		      conf->core, "rows", rows, "total", row_json(&r->total, true), "of_adults",
		      row_json(&r->goal, true), "boards", boards, "help", help_json(r),
		      "tables", figures_json(r), "money", money_json(r));
	if (!o)
		return NULL;
	text = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	json_decref(o);
	*ret_len = text ? strlen(text) : 0;
	return text;
}

static void csv_row(FILE *f, const struct ld_ward_row *row, const char *name, unsigned min_cell)
{
	fprintf(f, "%s,", name);
	if (row->adults > 0)
		fprintf(f, "%u", row->adults);
	for (unsigned i = 0; i < LD_N_COLS; i++)
		ld_ward_cell_csv(f, &row->cell[i], min_cell);
	fputs("\r\n", f);
}

static void tdp_name(char ret[16], unsigned tdp)
{
	if (tdp > 0)
		snprintf(ret, 16, "%u", tdp);
	else
		snprintf(ret, 16, "?");
}

char *ld_ward_report_csv(const struct ld_ward_report *r, const struct ld_ward_config *conf,
			 size_t *ret_len)
{
	char *text = NULL, name[16];
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		return NULL;
	fputs("tdp,adults", f);
	for (unsigned i = 0; i < LD_N_COLS; i++)
		fprintf(f, ",%s", ld_ward_report_keys[i]);
	fputs("\r\n", f);
	for (unsigned i = 0; i < r->n; i++) {
		tdp_name(name, r->row[i].tdp);
		csv_row(f, &r->row[i], name, conf->min_cell);
	}
	csv_row(f, &r->total, "total", conf->min_cell);
	if (r->help.asked && !r->help_hidden)
		fprintf(f, "\r\nhelp_asked,help_answered,help_median_minutes,help_late,help_overdue\r\n"
			"%u,%u,%" PRId64 ",%u,%u\r\n", r->help.asked, r->help.answered,
			r->help.median_ms / 60000, r->help.late, r->help.overdue);
	return fclose(f) == 0 ? text : NULL;
}

static void text_row(FILE *f, const struct ld_ward_row *row, const char *name)
{
	fprintf(f, "%-8s", name);
	if (row->adults > 0)
		fprintf(f, " %9u", row->adults);
	else
		fprintf(f, " %9s", "-");
	for (unsigned i = 0; i < LD_N_COLS; i++) {
		if (row->cell[i].hidden)
			fprintf(f, " %9s", "few");
		else
			fprintf(f, " %9" PRIu64, row->cell[i].n);
	}
	fputc('\n', f);
}

char *ld_ward_report_text(const struct ld_ward_report *r, const struct ld_ward_config *conf,
			  size_t *ret_len)
{
	char *text = NULL, name[16];
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		return NULL;
	fprintf(f, "%s\n%-8s %9s", conf->name, "to", "adults");
	for (unsigned i = 0; i < LD_N_COLS; i++)
		fprintf(f, " %9s", ld_ward_report_keys[i]);
	fputc('\n', f);
	for (unsigned i = 0; i < r->n; i++) {
		tdp_name(name, r->row[i].tdp);
		text_row(f, &r->row[i], name);
	}
	text_row(f, &r->total, "total");
	if (r->help.asked && !r->help_hidden)
		fprintf(f, "calls for help: %u, answered %u, median %" PRId64 " min, late %u, overdue %u\n",
			r->help.asked, r->help.answered, r->help.median_ms / 60000, r->help.late,
			r->help.overdue);
	return fclose(f) == 0 ? text : NULL;
}
