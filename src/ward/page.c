/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ward's page for officials, in Vietnamese or English, on screen and paper, no scripts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "figures.h"
#include "login.h"
#include "ward.h"

struct words {
	const char *lang, *title, *other, *other_query, *goal, *by_tdp, *tdp, *unknown, *all,
		*adults;
	const char *invited, *enrolled, *active, *completed, *percent, *confirmed, *attested, *merged;
	const char *boards, *board, *contact, *never, *ago_now, *ago_min, *ago_hour, *ago_day;
	const char *help, *asked, *answered, *median, *late, *overdue, *minutes;
	const char *user, *password, *enter, *leave, *wrong, *later;
	const char *rest, *parts, *dong, *per_completed, *no_boards, *fewer, *hidden, *made, *how;
};

static const struct words vi = {
	.lang = "vi",
	.title = "Học số",
	.other = "English",
	.other_query = "?lang=en",
	.goal = "hoàn thành trên số người lớn của các tổ đã khai báo",
	.by_tdp = "Theo tổ dân phố",
	.tdp = "Tổ",
	.unknown = "Chưa rõ",
	.all = "Toàn phường",
	.adults = "Người lớn",
	.invited = "Đã mời",
	.enrolled = "Đăng ký",
	.active = "Đang học",
	.completed = "Hoàn thành",
	.percent = "Đạt",
	.confirmed = "Xác nhận quốc gia",
	.attested = "Học ở lớp",
	.merged = "Hai số máy",
	.boards = "Trạm",
	.board = "Trạm",
	.contact = "Liên lạc lần cuối",
	.never = "chưa lần nào",
	.ago_now = "vừa xong",
	.ago_min = "phút trước",
	.ago_hour = "giờ trước",
	.ago_day = "ngày trước",
	.help = "Nhờ giúp",
	.asked = "Lượt nhờ",
	.answered = "Đã giúp",
	.median = "Thường mất",
	.late = "Trễ hẹn",
	.overdue = "Đang quá hạn",
	.minutes = "phút",
	.user = "Tên",
	.password = "Mật khẩu của trang này",
	.enter = "Vào xem",
	.leave = "Thoát",
	.wrong = "Tên hoặc mật khẩu chưa đúng.",
	.later = "Sai nhiều lần quá. Chờ vài phút rồi thử lại.",
	.rest = "Còn lại",
	.parts = "Đã gửi (số tin)",
	.dong = "đồng",
	.per_completed = "đồng cho mỗi người hoàn thành",
	.no_boards = "Chưa mời trạm nào.",
	.fewer = "“ít”: dưới",
	.hidden = "người; các số khác làm tròn xuống theo bội số đó, để không nhận ra ai.",
	.made = "Lập lúc",
	.how = "Đã mời: đã được hỏi ý kiến. Đăng ký: đã vào một khóa. Đang học: đã trả "
	       "lời ít nhất một câu. Hoàn thành: xong ít nhất một khóa. Đạt: hoàn thành trên số "
	       "người lớn. Xác nhận quốc gia: tổ trưởng đã xem tận mắt trên VNeID. Học ở "
	       "lớp: tổ trưởng đã ghi. Cả hai tính riêng. Hai số máy: học trên hai máy, chỉ đếm một lần.",
};
static const struct words en = {
	.lang = "en",
	.title = "Digital learning",
	.other = "Tiếng Việt",
	.other_query = "?lang=vi",
	.goal = "completed, of the adults of the groups that gave their number",
	.by_tdp = "By neighbourhood group",
	.tdp = "Group",
	.unknown = "Not told",
	.all = "Whole ward",
	.adults = "Adults",
	.invited = "Invited",
	.enrolled = "Enrolled",
	.active = "Active",
	.completed = "Completed",
	.percent = "Reached",
	.confirmed = "Confirmed nationally",
	.attested = "In a class",
	.merged = "Two numbers",
	.boards = "Boards",
	.board = "Board",
	.contact = "Last contact",
	.never = "never",
	.ago_now = "just now",
	.ago_min = "min ago",
	.ago_hour = "h ago",
	.ago_day = "days ago",
	.help = "Calls for help",
	.asked = "Asked",
	.answered = "Answered",
	.median = "Median",
	.late = "Late",
	.overdue = "Overdue now",
	.minutes = "min",
	.user = "Name",
	.password = "Password of this page",
	.enter = "Log in",
	.leave = "Log out",
	.wrong = "Name or password is not right.",
	.later = "Too many wrong tries. Wait some minutes, then try again.",
	.rest = "All others",
	.parts = "Parts sent",
	.dong = "VND",
	.per_completed = "VND for each who completed",
	.no_boards = "No board has been invited yet.",
	.fewer = "“few”: fewer than",
	.hidden = "people; all other counts are rounded down to a multiple of it, so that nobody "
		  "can be recognised.",
	.made = "Made at",
	.how = "Invited: asked for consent. Enrolled: in a course. Active: answered "
	       "at least one question. Completed: finished at least one course. Reached: "
	       "completed, of the "
	       "adults. Confirmed nationally: a group head has seen it in VNeID. In a class: "
	       "a group head has noted it. Both are counted apart from completed. Two numbers: "
	       "learns under two telephones, counted once.",
};

static const char style[] =
	":root{color-scheme:light}*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:60rem;padding:1rem;font:1rem/1.45 system-ui,sans-serif;"
	"color:#1c2733;background:#f6f7f9}"
	"header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem}"
	"h1{font-size:1.35rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.6rem 0 .5rem}"
	"a{color:#0b5cad}small,footer{color:#5a6773}"
	".tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:.6rem;margin:1rem 0}"
	".tile{background:#fff;border:1px solid #dde2e8;border-radius:.5rem;padding:.6rem .8rem}"
	".tile b{display:block;font-size:1.6rem;line-height:1.2}"
	".bar{height:.6rem;background:#dfe5ec;border-radius:.3rem;overflow:hidden}"
	".bar i{display:block;height:100%;background:#1f7a4d}"
	"table{width:100%;border-collapse:collapse;background:#fff;border:1px solid #dde2e8;"
	"font-variant-numeric:tabular-nums}"
	"th,td{padding:.4rem .5rem;text-align:right;border-top:1px solid #edf0f3}"
	"th{font-weight:600;font-size:.85rem;color:#44505c}"
	"th:first-child,td:first-child{text-align:left}tbody tr:last-child td{font-weight:600;"
	"border-top:2px solid #b9c3cd}.l td,.l th{text-align:left}.l tbody tr:last-child td"
	"{font-weight:400;border-top:1px solid #edf0f3}td.few{color:#7a8691}"
	".f td.b{width:30%;padding-right:1rem}.f td.b i{display:block;height:.6rem;"
	"background:#1f7a4d;border-radius:.3rem;min-width:1px}"
	".f tbody tr:last-child td{font-weight:400;border-top:1px solid #edf0f3}"
	"label{display:block;margin:.8rem 0}input,button{font:inherit;padding:.4rem .6rem;"
	"max-width:100%}.wrong{color:#a3261b;font-weight:600}footer form{display:inline}"
	"footer{margin-top:1.6rem;font-size:.85rem}"
	"@media print{body{max-width:none;background:#fff;font-size:.8rem}header a,footer a{display:none}"
	"tr,h2{break-inside:avoid}.bar i,.f td.b i{print-color-adjust:exact}}"
	"@media(max-width:36rem){body{padding:.6rem}.tiles{grid-template-columns:1fr 1fr}"
	"th,td{padding:.35rem .3rem;font-size:.85rem}th{font-size:.72rem}"
	"table{display:block;overflow-x:auto}tbody,thead{width:100%}td:first-child{white-space:nowrap}}";

/* Names come from people: nothing in them may become markup. */
static void put(FILE *f, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*s, f);
		}
	}
}

static void put_cell(FILE *f, const struct ld_ward_cell *c, const struct words *w)
{
	if (c->hidden)
		fprintf(f, "<td class=few>%s</td>", w == &vi ? "ít" : "few");
	else
		fprintf(f, "<td>%" PRIu64 "</td>", c->n);
}

/* Hundredths of a percent; -1 when it is not known or not to be told. */
static int64_t share(const struct ld_ward_row *row, uint64_t completed)
{
	if (row->adults == 0 || row->cell[LD_COL_COMPLETED].hidden)
		return -1;
	return (int64_t)(completed * 10000 / row->adults);
}

static void put_percent(FILE *f, int64_t hundredths, const struct words *w)
{
	if (hundredths < 0)
		fputs("–", f);
	else
		fprintf(f, "%" PRId64 "%c%" PRId64 "%%", hundredths / 100, w == &vi ? ',' : '.',
			hundredths % 100 / 10);
}

static const enum ld_ward_column shown[] = {LD_COL_INVITED, LD_COL_ENROLLED, LD_COL_ACTIVE,
					    LD_COL_COMPLETED};

static void put_row(FILE *f, const struct ld_ward_row *row, const char *name, int64_t reached,
		    const struct words *w)
{
	fputs("<tr><td>", f);
	if (name)
		fputs(name, f);
	else
		fprintf(f, "%u", row->tdp);
	if (row->adults > 0)
		fprintf(f, "</td><td>%u</td>", row->adults);
	else
		fputs("</td><td>–</td>", f);
	for (size_t i = 0; i < LD_ARRAY_SIZE(shown); i++)
		put_cell(f, &row->cell[shown[i]], w);
	fputs("<td>", f);
	put_percent(f, reached, w);
	fputs("</td>", f);
	put_cell(f, &row->cell[LD_COL_CONFIRMED], w);
	put_cell(f, &row->cell[LD_COL_ATTESTED], w);
	put_cell(f, &row->cell[LD_COL_MERGED], w);
	fputs("</tr>\n", f);
}

static void put_table(FILE *f, const struct ld_ward_report *r, const struct words *w)
{
	fprintf(f,
		"<h2>%s</h2>\n<table><thead><tr><th>%s<th>%s<th>%s<th>%s<th>%s<th>%s<th>%s<th>%s"
		"<th>%s<th>%s"
		"</tr></thead><tbody>\n",
		w->by_tdp, w->tdp, w->adults, w->invited, w->enrolled, w->active, w->completed,
		w->percent, w->confirmed, w->attested, w->merged);
	for (unsigned i = 0; i < r->n; i++) {
		const struct ld_ward_row *row = &r->row[i];

		put_row(f, row, row->tdp ? NULL : w->unknown,
			share(row, row->cell[LD_COL_COMPLETED].n), w);
	}
	put_row(f, &r->total, w->all, share(&r->total, r->reached), w);
	fputs("</tbody></table>\n", f);
}

static void put_tiles(FILE *f, const struct ld_ward_report *r, const struct words *w)
{
	const char *const names[] = {w->invited, w->enrolled, w->active, w->completed};
	int64_t reached = share(&r->total, r->reached);

	fputs("<div class=tiles>", f);
	for (size_t i = 0; i < LD_ARRAY_SIZE(shown); i++) {
		const struct ld_ward_cell *c = &r->total.cell[shown[i]];

		if (c->hidden)
			fprintf(f, "<div class=tile><b>%s</b>%s</div>", w == &vi ? "ít" : "few",
				names[i]);
		else
			fprintf(f, "<div class=tile><b>%" PRIu64 "</b>%s</div>", c->n, names[i]);
	}
	fputs("</div>\n", f);
	if (reached < 0)
		return;
	fprintf(f, "<div class=bar><i style=\"width:%" PRId64 "%%\"></i></div>\n<small>",
		reached > 10000 ? 100 : reached / 100);
	put_percent(f, reached, w);
	fprintf(f, " %s</small>\n", w->goal);
}

static void put_ago(FILE *f, int64_t ms, const struct words *w)
{
	int64_t min = ms / 60000;

	if (min < 1)
		fputs(w->ago_now, f);
	else if (min < 60)
		fprintf(f, "%" PRId64 " %s", min, w->ago_min);
	else if (min < 48 * 60)
		fprintf(f, "%" PRId64 " %s", min / 60, w->ago_hour);
	else
		fprintf(f, "%" PRId64 " %s", min / 60 / 24, w->ago_day);
}

static void put_time(FILE *f, int64_t utc_ms, int offset_min)
{
	time_t t = (time_t)(utc_ms / 1000 + offset_min * 60);
	char text[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%H:%M %d/%m/%Y", &tm);
	fputs(text, f);
}

static void put_boards(FILE *f, const struct ld_ward_report *r, const struct ld_ward_config *conf,
		       const struct words *w)
{
	fprintf(f, "<h2>%s</h2>\n", w->boards);
	if (r->n_boards == 0) {
		fprintf(f, "<p>%s</p>\n", w->no_boards);
		return;
	}
	fprintf(f, "<table class=l><thead><tr><th>%s<th>%s</tr></thead><tbody>\n", w->board,
		w->contact);
	for (unsigned i = 0; i < r->n_boards; i++) {
		fputs("<tr><td>", f);
		put(f, r->board[i].name);
		fputs("</td><td>", f);
		if (r->board[i].contact_ms == 0) {
			fputs(w->never, f);
		} else {
			put_ago(f, r->now_ms - r->board[i].contact_ms, w);
			fputs(" <small>(", f);
			put_time(f, r->board[i].contact_ms, conf->utc_offset_min);
			fputs(")</small>", f);
		}
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table>\n", f);
}

static void put_help(FILE *f, const struct ld_ward_report *r, const struct words *w)
{
	const struct ld_help_times *h = &r->help;

	if (h->asked == 0 || r->help_hidden)
		return;
	fprintf(f, "<h2>%s</h2>\n<table><thead><tr><th>%s<th>%s<th>%s<th>%s<th>%s</tr></thead><tbody>"
		"<tr><td>%u</td><td>%u</td><td>%" PRId64 " %s</td><td>%u</td><td>%u</td></tr>"
		"</tbody></table>\n", w->help, w->asked, w->answered, w->median, w->late, w->overdue,
		h->asked, h->answered, h->median_ms / 60000, w->minutes, h->late, h->overdue);
}

/* A bar behind the first count, against the largest of its table. */
static void put_figure_row(FILE *f, const struct ld_ward_figure_row *row, uint64_t most,
			   const struct words *w)
{
	fputs("<tr><td>", f);
	put(f, row->label[0] ? row->label : w->rest);
	fputs("</td><td class=b>", f);
	if (most && !row->cell[0].hidden)
		fprintf(f, "<i style=\"width:%" PRIu64 "%%\"></i>", row->cell[0].n * 100 / most);
	fputs("</td>", f);
	for (unsigned c = 0; c < LD_FIG_COUNTS; c++)
		put_cell(f, &row->cell[c], w);
	fputs("</tr>\n", f);
}

static void put_figure(FILE *f, const struct ld_ward_figure *g, const struct figure_words *t,
		       const struct words *w)
{
	unsigned lang = w == &en;
	uint64_t most = 0;

	if (g->n == 0)
		return;
	for (unsigned i = 0; i < g->n; i++)
		if (g->row[i].cell[0].n > most)
			most = g->row[i].cell[0].n;
	fprintf(f, "<h2 id=%s>%s</h2>\n<table class=f><thead><tr><th>%s<th>", t->key,
		t->title[lang], t->label[lang]);
	for (unsigned c = 0; c < LD_FIG_COUNTS; c++)
		fprintf(f, "<th>%s", t->column[c][lang]);
	fputs("</tr></thead><tbody>\n", f);
	for (unsigned i = 0; i < g->n; i++)
		put_figure_row(f, &g->row[i], most, w);
	fprintf(f, "</tbody></table>\n<small>%s · <a href=\"/report.csv?table=%s\">CSV</a></small>\n",
		t->how[lang], t->key);
}

static void put_money(FILE *f, const struct ld_ward_report *r, const struct words *w)
{
	struct ward_money m;

	figures_money(r, &m);
	if (m.vnd == 0)
		return;
	fprintf(f, "<p>%s: %" PRIu64 " · %" PRIu64 " %s", w->parts, m.parts, m.vnd, w->dong);
	if (m.vnd_per_completed)
		fprintf(f, " · %" PRIu64 " %s", m.vnd_per_completed, w->per_completed);
	fputs("</p>\n", f);
}

static void put_footer(FILE *f, const struct ld_ward_report *r, const struct ld_ward_config *conf,
		       const struct words *w)
{
	fprintf(f, "<footer><p>%s</p>", w->how);
	if (conf->min_cell > 1)
		fprintf(f, "<p>%s %u %s</p>", w->fewer, conf->min_cell, w->hidden);
	fprintf(f, "<p>%s ", w->made);
	put_time(f, r->now_ms, conf->utc_offset_min);
	if (r->leave)
		fprintf(f, " · <form method=post action=\"/logout\"><button>%s</button></form>",
			w->leave);
	fputs(" · <a href=\"/report.csv\">CSV</a> · <a "
	      "href=\"/report.json\">JSON</a></p></footer>\n",
	      f);
}

static void put_head(FILE *f, const struct ld_ward_config *conf, const struct words *w, bool again)
{
	fprintf(f,
		"<!doctype html>\n<html lang=%s><meta charset=utf-8>"
		"<meta name=viewport content=\"width=device-width,initial-scale=1\">%s<title>%s – ",
		w->lang, again ? "<meta http-equiv=refresh content=60>" : "", w->title);
	put(f, conf->name);
	fprintf(f, "</title><style>%s</style>\n<header><h1>%s · ", style, w->title);
	put(f, conf->name);
	fputs("</h1>", f);
}

char *login_html(const struct ld_ward_config *conf, bool english, const char *wrong,
		 size_t *ret_len)
{
	const struct words *w = english ? &en : &vi;
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		return NULL;
	put_head(f, conf, w, false);
	fprintf(f, "<a href=\"/login%s\">%s</a></header>\n", w->other_query, w->other);
	if (*wrong)
		fprintf(f, "<p class=wrong>%s</p>\n",
			strcmp(wrong, "later") == 0 ? w->later : w->wrong);
	fprintf(f, "<form method=post action=\"/login?lang=%s\"><label>%s<br><input name=name "
		"autocomplete=username maxlength=%d required autofocus></label><label>%s<br>"
		"<input name=password type=password autocomplete=current-password maxlength=%d "
		"required></label><button>%s</button></form></html>\n", w->lang, w->user,
		USER_NAME_MAX - 1, w->password, PASSWORD_MAX - 1, w->enter);
	return fclose(f) == 0 ? text : NULL;
}

char *ld_ward_report_html(const struct ld_ward_report *r, const struct ld_ward_config *conf,
			  bool english, size_t *ret_len)
{
	const struct words *w = english ? &en : &vi;
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		return NULL;
	put_head(f, conf, w, true);
	fprintf(f, "<a href=\"/%s\">%s</a></header>\n", w->other_query, w->other);
	put_tiles(f, r, w);
	put_table(f, r, w);
	put_help(f, r, w);
	for (unsigned k = 0; k < LD_N_FIGURES; k++)
		put_figure(f, &r->figure[k], &figure_words[k], w);
	put_money(f, r, w);
	put_boards(f, r, conf, w);
	put_footer(f, r, conf, w);
	fputs("</html>\n", f);
	return fclose(f) == 0 ? text : NULL;
}
