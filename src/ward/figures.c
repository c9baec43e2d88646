/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report's breakdowns: one table of what they are, one way to write each. */
#include "figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct figure_words figure_words[LD_N_FIGURES] = {
	[LD_FIG_MONTH] = {
		.key = "month",
		.events = "CONSENT, ENROL, COMPLETE",
		.column_key = { "consents", "enrolments", "completions", "completed_so_far" },
		.title = { "Theo tháng", "By month" }, .label = { "Tháng", "Month" },
		.column = { { "Đồng ý", "Agreed" }, { "Lượt đăng ký", "Enrolments" },
			    { "Lượt hoàn thành", "Completions" },
			    { "Cộng dồn số người", "People so far" } },
		.how = { "Người đồng ý học trong tháng; lượt vào khóa; lượt học xong khóa (một người "
			 "học hai khóa là hai lượt); số người đã xong ít nhất một khóa tính đến cuối "
			 "tháng.",
			 "People who agreed in the month; courses joined; courses completed (two "
			 "courses of one person are two); people who had completed at least one course "
			 "by the end of the month." },
		.bar = 2, .month = true },
	[LD_FIG_COURSE] = {
		.events = "ENROL, ANSWER, COMPLETE",
		.key = "course", .column_key = { "enrolled", "active", "completed" },
		.title = { "Theo khóa học", "By course" }, .label = { "Khóa", "Course" },
		.column = { { "Đăng ký", "Enrolled" }, { "Đang học", "Active" },
			    { "Hoàn thành", "Completed" } },
		.how = { "Số người đã vào khóa, đã trả lời ít nhất một câu, đã học xong khóa đó.",
			 "People who joined the course, answered at least one question of it, "
			 "completed it." },
		.bar = 2 },
	[LD_FIG_LESSON] = {
		.events = "ANSWER, COMPLETE",
		.key = "lesson", .column_key = { "answered", "not_right", "stopped", "wrong" },
		.title = { "Theo bài và câu hỏi", "By lesson and question" },
		.label = { "Bài", "Lesson" },
		.column = { { "Đã trả lời", "Answered" }, { "Chưa đúng", "Not right yet" },
			    { "Dừng ở đây", "Stopped here" }, { "Từng sai", "Ever wrong" } },
		.how = { "Mỗi bài có một câu hỏi. Người đã trả lời câu hỏi của bài; trong đó người "
			 "chưa trả lời đúng lần nào; người chưa làm bài nào sau bài này và chưa xong "
			 "khóa; người đã trả lời sai ít nhất một lần.",
			 "Each lesson has one question. People who answered it; of them those who never "
			 "did so rightly; those who went no further and have not completed the course; "
			 "those who answered wrongly at least once." },
		.bar = 3 },
	[LD_FIG_MARKET] = {
		.events = "CONSENT, SET 11, ENROL, ANSWER, COMPLETE, GOAL",
		.key = "market", .column_key = { "residents", "enrolled", "active", "completed" },
		.title = { "Tiểu thương theo chợ", "Traders by market" }, .label = { "Chợ", "Market" },
		.column = { { "Đã đồng ý", "Agreed" }, { "Đăng ký", "Enrolled" },
			    { "Đang học", "Active" }, { "Hoàn thành", "Completed" } },
		.how = { "Người đồng ý học đã khai chợ nơi mình buôn bán; trong đó người đã vào một "
			 "khóa, đã trả lời ít nhất một câu, đã xong ít nhất một khóa. Đạt: hoàn thành "
			 "trên số tiểu thương do phường nhập.",
			 "People who agreed and named the market where they trade; of them those who "
			 "joined a course, answered at least one question, completed at least one "
			 "course. Reached: completed, of the traders that the ward entered." },
		.goal = { "Tiểu thương", "Traders" }, .goal_kind = LD_GOAL_MARKET, .bar = 3,
		.merge = true },
	[LD_FIG_SCHOOL] = {
		.events = "CONSENT, SET 15, ENROL, ANSWER, COMPLETE, GOAL",
		.key = "school", .column_key = { "pupils", "enrolled", "active", "completed" },
		.title = { "Học sinh theo trường", "Pupils by school" },
		.label = { "Trường", "School" },
		.column = { { "Đã đồng ý", "Agreed" }, { "Đăng ký", "Enrolled" },
			    { "Đang học", "Active" }, { "Hoàn thành", "Completed" } },
		.how = { "Học sinh đã đồng ý học mà trường hoặc phường đã ghi trường; trong đó em đã "
			 "vào một khóa, đã trả lời ít nhất một câu, đã xong ít nhất một khóa. Đạt: hoàn "
			 "thành trên số học sinh do phường nhập.",
			 "Pupils who agreed and whose school was noted; of them those who joined a "
			 "course, answered at least one question, completed at least one course. "
			 "Reached: completed, of the pupils that the ward entered." },
		.goal = { "Học sinh", "Pupils" }, .goal_kind = LD_GOAL_SCHOOL, .bar = 3,
		.merge = true },
	[LD_FIG_AMBASSADOR] = {
		.events = "ROLE, INVITED, CONSENT, ANSWER, COMPLETE",
		.key = "ambassador", .column_key = { "invited", "consented", "active", "completed" },
		.title = { "Đại sứ số", "Digital ambassadors" }, .label = { "Tên", "Name" },
		.column = { { "Đã mời", "Invited" }, { "Đồng ý", "Agreed" },
			    { "Đang học", "Active" }, { "Hoàn thành", "Completed" } },
		.how = { "Số máy mà đại sứ đã mời; trong đó máy có người đồng ý học, đã trả lời ít "
			 "nhất một câu, đã xong ít nhất một khóa.",
			 "Numbers that the ambassador invited; of them those where somebody agreed, "
			 "answered at least one question, completed at least one course." },
		.bar = 3 },
	[LD_FIG_SPENT] = {
		.events = "SPENT, COMPLETE",
		.key = "spent", .column_key = { "parts", "boards", "completions" },
		.title = { "Tin nhắn đã gửi", "Messages sent" }, .label = { "Tháng", "Month" },
		.column = { { "Số tin", "Parts" }, { "Trạm", "Boards" },
			    { "Lượt hoàn thành", "Completions" } },
		.how = { "Số tin nhắn (tính theo phần) mà các trạm đã gửi trong tháng; số trạm đã báo; "
			 "lượt học xong khóa trong tháng. Tiền: số tin nhân giá một tin; cho mỗi người: "
			 "chia cho số người hoàn thành.",
			 "Parts that the boards sent in the month; boards that told; courses completed "
			 "in it. Money: parts times the price of a part; for each person: divided by "
			 "the people who completed." },
		.work = { true, true }, .month = true },
};

unsigned figures_columns(unsigned which)
{
	unsigned n = 0;

	while (n < LD_FIG_COUNTS && figure_words[which].column_key[n])
		n++;
	return n;
}

/* ---- gathering ---- */

struct gathering {
	struct ld_ward_figure *f;
	const struct figure_words *words;
	unsigned min_cell;
	struct ld_ward_figure_row others;
};

static void add(struct ld_ward_figure_row *to, const uint64_t n[LD_FIG_COUNTS])
{
	for (unsigned i = 0; i < LD_FIG_COUNTS; i++)
		to->cell[i].n += n[i];
}

static struct ld_ward_figure_row *new_row(struct gathering *g, const char *label)
{
	struct ld_ward_figure_row *row = &g->f->row[g->f->n];

	if (g->f->n == LD_WARD_FIG_ROWS - 1)
		return NULL;
	g->f->n++;
	snprintf(row->label, sizeof(row->label), "%s", label);
	return row;
}

/* The ward has named it: its row tells of nobody, however few there are. */
static int goal_row(void *arg, const struct ld_goal *goal)
{
	struct gathering *g = arg;
	struct ld_ward_figure_row *row;

	if (goal->what != g->words->goal_kind)
		return 0;
	row = new_row(g, goal->name);
	if (row)
		row->goal = goal->people;
	return 0;
}

static int add_row(void *arg, const struct ld_figure_row *r)
{
	struct gathering *g = arg;
	struct ld_ward_figure_row *to = NULL;

	for (unsigned i = 0; i < g->f->n && g->words->goal_kind && !to; i++)
		if (strcmp(g->f->row[i].label, r->label) == 0)
			to = &g->f->row[i];
	if (!to && !(g->words->merge && r->n[0] < g->min_cell))
		to = new_row(g, r->label);
	add(to ? to : &g->others, r->n);
	return 0;
}

/* People of a month become people up to its end; the newest month comes first. */
static void sum_up(struct ld_ward_figure *f, unsigned column)
{
	uint64_t sum = 0;

	for (unsigned i = f->n; i-- > 0; f->row[i].cell[column].n = sum)
		sum += f->row[i].cell[column].n;
}

static int gather_one(struct ld_ward_figure *f, struct ld_store *st, unsigned k,
		      const struct ld_ward_config *conf)
{
	struct gathering g = { .f = f, .words = &figure_words[k], .min_cell = conf->min_cell };
	int rc = g.words->goal_kind ? ld_store_goals(st, goal_row, &g) : 0;

	if (rc == 0)
		rc = ld_store_figure(st, k, conf->utc_offset_min, add_row, &g);
	if (rc < 0)
		return rc;
	if (g.others.cell[0].n)
		f->row[f->n++] = g.others; /* its label is "" */
	if (k == LD_FIG_MONTH)
		sum_up(f, LD_FIG_COUNTS - 1);
	for (unsigned i = 0; i < f->n; i++)
		for (unsigned c = 0; c < LD_FIG_COUNTS; c++)
			if (!g.words->work[c])
				ld_ward_blur(&f->row[i].cell[c], conf->min_cell);
	return 0;
}

int figures_gather(struct ld_ward_report *r, struct ld_store *st, const struct ld_ward_config *conf)
{
	int rc = 0;

	for (unsigned k = 0; k < LD_N_FIGURES && rc == 0; k++)
		rc = gather_one(&r->figure[k], st, k, conf);
	return rc;
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

			if (figure_words[k].goal_kind)
				json_object_set_new(o, "goal", json_integer(row->goal));
			for (unsigned c = 0; c < figures_columns(k); c++)
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
	if (figure_words[which].goal_kind)
		fputs(",goal", f);
	for (unsigned c = 0; c < figures_columns(which); c++)
		fprintf(f, ",%s", figure_words[which].column_key[c]);
	fputs("\r\n", f);
	for (unsigned i = 0; i < r->figure[which].n; i++) {
		csv_label(f, r->figure[which].row[i].label);
		if (figure_words[which].goal_kind)
			fprintf(f, ",%u", r->figure[which].row[i].goal);
		for (unsigned c = 0; c < figures_columns(which); c++)
			ld_ward_cell_csv(f, &r->figure[which].row[i].cell[c], min_cell);
		fputs("\r\n", f);
	}
	return fclose(f) == 0 ? text : NULL;
}
