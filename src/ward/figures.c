/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report's breakdowns: one table of what they are, one way to write each. */
#include "figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct figure_words figure_words[LD_N_FIGURES] = {
	[LD_FIG_COURSE] = {
		"course", { "enrolled", "active", "completed" },
		{ "Theo khóa học", "By course" }, { "Khóa", "Course" },
		{ { "Đăng ký", "Enrolled" }, { "Đang học", "Active" }, { "Hoàn thành", "Completed" } },
		{ "Số người đã vào khóa, đã trả lời ít nhất một câu, đã học xong khóa đó.",
		  "People who joined the course, answered at least one question of it, completed it." } },
	[LD_FIG_LESSON] = {
		"lesson", { "answered", "not_right", "stopped" },
		{ "Theo bài", "By lesson" }, { "Bài", "Lesson" },
		{ { "Đã trả lời", "Answered" }, { "Chưa đúng", "Not right yet" },
		  { "Dừng ở đây", "Stopped here" } },
		{ "Người đã trả lời câu hỏi của bài; trong đó người chưa trả lời đúng lần nào; người "
		  "chưa làm bài nào sau bài này và chưa xong khóa.",
		  "People who answered the lesson's question; of them those who never did so rightly; "
		  "those who went no further and have not completed the course." } },
	[LD_FIG_MONTH] = {
		"month", { "consents", "enrolments", "completions" },
		{ "Theo tháng", "By month" }, { "Tháng", "Month" },
		{ { "Đồng ý", "Agreed" }, { "Lượt đăng ký", "Enrolments" },
		  { "Lượt hoàn thành", "Completions" } },
		{ "Người đồng ý học trong tháng; lượt vào khóa; lượt học xong khóa. Một người học "
		  "hai khóa là hai lượt.",
		  "People who agreed in the month; courses joined; courses completed. Two courses of "
		  "one person are two." } },
	[LD_FIG_MARKET] = {
		"market", { "residents", "active", "completed" },
		{ "Theo chợ", "By market" }, { "Chợ", "Market" },
		{ { "Tiểu thương", "Traders" }, { "Đang học", "Active" }, { "Hoàn thành", "Completed" } },
		{ "Người đã khai chợ nơi mình buôn bán; trong đó người đã trả lời ít nhất một câu, "
		  "người đã xong ít nhất một khóa.",
		  "People who named the market where they trade; of them those who answered at least "
		  "one question, who completed at least one course." } },
	[LD_FIG_SPENT] = {
		"spent", { "parts", "boards", "completions" },
		{ "Tin nhắn đã gửi", "Messages sent" }, { "Tháng", "Month" },
		{ { "Số tin", "Parts" }, { "Trạm", "Boards" }, { "Lượt hoàn thành", "Completions" } },
		{ "Số tin nhắn (tính theo phần) mà các trạm đã gửi trong tháng; số trạm đã báo; lượt học "
		  "xong khóa trong tháng.",
		  "Parts that the boards sent in the month; boards that told; courses completed in it." } },
	[LD_FIG_AMBASSADOR] = {
		"ambassador", { "invited", "consented", "completed" },
		{ "Đại sứ số", "Digital ambassadors" }, { "Tên", "Name" },
		{ { "Đã mời", "Invited" }, { "Đồng ý", "Agreed" }, { "Hoàn thành", "Completed" } },
		{ "Số máy mà đại sứ đã mời; trong đó người đồng ý học, người đã xong ít nhất một khóa.",
		  "Numbers that the ambassador invited; of them those who agreed, who completed at "
		  "least one course." } },
};

/* ---- gathering ---- */

struct gathering {
	struct ld_ward_figure *f;
	unsigned min_cell;
	bool merge;             /* rows of few people say nothing of their own */
	struct ld_ward_figure_row others;
};

static void add(struct ld_ward_figure_row *to, const uint64_t n[LD_FIG_COUNTS])
{
	for (unsigned i = 0; i < LD_FIG_COUNTS; i++)
		to->cell[i].n += n[i];
}

static int add_row(void *arg, const struct ld_figure_row *r)
{
	struct gathering *g = arg;
	struct ld_ward_figure_row *to;

	if (g->f->n == LD_WARD_FIG_ROWS - 1 || (g->merge && r->n[0] < g->min_cell)) {
		add(&g->others, r->n);
		return 0;
	}
	to = &g->f->row[g->f->n++];
	snprintf(to->label, sizeof(to->label), "%s", r->label);
	add(to, r->n);
	return 0;
}

int figures_gather(struct ld_ward_report *r, struct ld_store *st, const struct ld_ward_config *conf)
{
	for (unsigned k = 0; k < LD_N_FIGURES; k++) {
		struct gathering g = { .f = &r->figure[k], .min_cell = conf->min_cell,
				       .merge = k == LD_FIG_MARKET };
		int rc = ld_store_figure(st, k, conf->utc_offset_min, add_row, &g);

		if (rc < 0)
			return rc;
		if (g.others.cell[0].n)
			g.f->row[g.f->n++] = g.others; /* its label is "" */
		for (unsigned i = 0; i < g.f->n; i++)
			for (unsigned c = 0; c < LD_FIG_COUNTS; c++)
				ld_ward_blur(&g.f->row[i].cell[c], conf->min_cell);
	}
	return 0;
}

int figures_find(const char *key)
{
	for (int k = 0; k < LD_N_FIGURES; k++)
		if (strcmp(figure_words[k].key, key) == 0)
			return k;
	return -1;
}

void figures_money(const struct ld_ward_report *r, struct ward_money *ret)
{
	const struct ld_ward_figure *f = &r->figure[LD_FIG_SPENT];
	const struct ld_ward_cell *done = &r->total.cell[LD_COL_COMPLETED];

	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < f->n; i++)
		ret->parts += f->row[i].cell[0].n;
	ret->vnd = ret->parts * r->part_vnd;
	ret->vnd_per_completed = done->hidden || done->n == 0 ? 0 : ret->vnd / done->n;
}

/* ---- as JSON and CSV ---- */

json_t *figures_json(const struct ld_ward_report *r)
{
	json_t *all = json_object();

	for (unsigned k = 0; k < LD_N_FIGURES; k++) {
		json_t *rows = json_array();

		for (unsigned i = 0; i < r->figure[k].n; i++) {
			const struct ld_ward_figure_row *row = &r->figure[k].row[i];
			json_t *o = json_pack("{s:s}", "label", row->label);

			for (unsigned c = 0; c < LD_FIG_COUNTS; c++)
				json_object_set_new(o, figure_words[k].column_key[c],
						    ld_ward_cell_json(&row->cell[c]));
			json_array_append_new(rows, o);
		}
		json_object_set_new(all, figure_words[k].key, rows);
	}
	return all;
}

/* RFC 4180; a name that a spreadsheet would take for a formula gets a quote before it. */
static void csv_label(FILE *f, const char *s)
{
	fputc('"', f);
	if (*s && strchr("=+-@\t\r", *s))
		fputc('\'', f);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

char *figures_csv(const struct ld_ward_report *r, unsigned which, unsigned min_cell,
		  size_t *ret_len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		return NULL;
	fputs(figure_words[which].key, f);
	for (unsigned c = 0; c < LD_FIG_COUNTS; c++)
		fprintf(f, ",%s", figure_words[which].column_key[c]);
	fputs("\r\n", f);
	for (unsigned i = 0; i < r->figure[which].n; i++) {
		csv_label(f, r->figure[which].row[i].label);
		for (unsigned c = 0; c < LD_FIG_COUNTS; c++)
			ld_ward_cell_csv(f, &r->figure[which].row[i].cell[c], min_cell);
		fputs("\r\n", f);
	}
	return fclose(f) == 0 ? text : NULL;
}
