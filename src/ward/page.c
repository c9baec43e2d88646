/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ward's page for officials, in Vietnamese or English, on screen and paper, no scripts. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "login.h"
#include "page.h"
#include "ward.h"

static const char style[] =
	":root{color-scheme:light}*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:64rem;padding:1rem;font:1rem/1.45 system-ui,sans-serif;"
	"color:#1c2733;background:#f6f7f9}"
	"header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem}"
	"h1{font-size:1.35rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.8rem 0 .5rem}"
	"a{color:#0b5cad}small,footer{color:#4c5863}"
	"th a,h2 a,.tile a{color:inherit;text-decoration:underline dotted;text-underline-offset:.2em}"
	".tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:.6rem;margin:1rem 0}"
	".tile{background:#fff;border:1px solid #dde2e8;border-radius:.5rem;padding:.6rem .8rem}"
	".tile b{display:block;font-size:1.6rem;line-height:1.2}"
	".two{display:grid;grid-template-columns:1fr 1fr;gap:0 2rem}"
	"svg{fill:#1f7a4d}svg.chart{overflow:visible;width:100%;max-width:34rem;background:#fff;padding:.5rem;"
	"border:1px solid #dde2e8;border-radius:.5rem}svg text{font-size:13px;fill:#1c2733}"
	"svg .n{font-weight:600}svg .m{text-anchor:middle;font-size:11px}svg .e{text-anchor:end;"
	"font-size:11px;fill:#8a3b12}svg .goal{stroke:#8a3b12;stroke-dasharray:5 4}"
	"svg.b{display:block;width:100%;min-width:4rem;height:.7rem}"
	"svg .t{fill:#e6eaef}svg .p{fill:#a9cdb9}"
	".scroll{overflow-x:auto}"
	"table{width:100%;border-collapse:collapse;background:#fff;border:1px solid #dde2e8;"
	"font-variant-numeric:tabular-nums}"
	"th,td{padding:.4rem .5rem;text-align:right;border-top:1px solid #edf0f3;font-weight:400}"
	"thead th{font-weight:600;font-size:.85rem;color:#44505c;vertical-align:bottom}"
	"th:first-child,td:first-child{text-align:left}"
	".sum tbody tr:last-child>*{font-weight:600;border-top:2px solid #b9c3cd}"
	"tbody th{min-width:5.5rem}.l td,.l th{text-align:left}.few{color:#6a7681}td.b{width:24%}"
	"label{display:block;margin:.8rem 0}input,button{font:inherit;padding:.4rem .6rem;"
	"max-width:100%}.wrong{color:#a3261b;font-weight:600}footer form{display:inline}"
	"footer{margin-top:1.8rem;font-size:.85rem}dt{font-weight:600;margin-top:1rem}dd{margin:0}"
	"dt:target{background:#fff2c4}"
	"@page{margin:14mm}"
	"@media print{body{max-width:none;padding:0;background:#fff;font-size:.78rem}"
	"header a,footer a,.csv{display:none}th a,h2 a,.tile a{text-decoration:none}"
	"tr,h2,svg.chart,.tiles{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}"
	"thead th{font-size:.7rem}footer{font-size:.7rem}svg.chart{max-width:11cm}svg,.tile{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}.scroll{overflow:visible}th,td{padding:.2rem .35rem}}"
	"@media(max-width:36rem){body{padding:.6rem}.tiles{grid-template-columns:1fr 1fr}"
	".tile:last-child{grid-column:span 2}tbody th{min-width:6rem}svg.b{min-width:3rem}.two{display:block}h1{font-size:1.15rem}"
	"th,td{padding:.4rem .35rem;font-size:.85rem}thead th{font-size:.75rem}"
	"th:first-child{position:sticky;left:0;background:#fff}}";

/* Names come from people: nothing in them may become markup. */
void page_put(FILE *f, const char *s)
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

void page_number(FILE *f, uint64_t n, const struct words *w)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			fputc(w == &words_vi ? '.' : ',', f);
		fputc(digits[i], f);
	}
}

void page_cell(FILE *f, const struct ld_ward_cell *c, const struct words *w)
{
	if (c->hidden)
		fputs(w->few, f);
	else
		page_number(f, c->n, w);
}

/* 0: not known. */
static void put_people(FILE *f, unsigned n, const struct words *w)
{
	fputs("<td>", f);
	if (n)
		page_number(f, n, w);
	else
		fputs("–", f);
	fputs("</td>", f);
}

static void put_cell(FILE *f, const struct ld_ward_cell *c, const struct words *w)
{
	fprintf(f, "<td%s>", c->hidden ? " class=few" : "");
	page_cell(f, c, w);
	fputs("</td>", f);
}

int64_t page_share(const struct ld_ward_cell *c, unsigned of)
{
	return of == 0 || c->hidden ? -1 : (int64_t)(c->n * 10000 / of);
}

void page_link(FILE *f, const struct words *w, const char *key, const char *text)
{
	fprintf(f, "<a href=\"/how%s#%s\">%s</a>", w == &words_en ? "?lang=en" : "", key, text);
}

void page_percent(FILE *f, int64_t hundredths, const struct words *w)
{
	if (hundredths < 0)
		fputs("–", f);
	else
		fprintf(f, "%" PRId64 "%c%" PRId64 "%%", hundredths / 100, w == &words_vi ? ',' : '.',
			hundredths % 100 / 10);
}

/* A heading that leads to how its section is counted. */
static void put_title(FILE *f, const struct words *w, const char *key, const char *title)
{
	fprintf(f, "<h2 id=%s>", key);
	page_link(f, w, key, title);
	fputs("</h2>\n", f);
}

static void put_th(FILE *f, const struct words *w, const char *key, const char *text)
{
	fputs("<th scope=col>", f);
	page_link(f, w, key, text);
}

/* Of the table by to dan pho; the names are members of struct words. */
static const struct {
	enum ld_ward_column column;
	const char *key;
	size_t name;
} shown[] = {
#define SHOWN(column, key, name) { column, key, offsetof(struct words, name) }
	SHOWN(LD_COL_INVITED, "invited", invited),
	SHOWN(LD_COL_CONSENTED, "consented", consented),
	SHOWN(LD_COL_ACTIVE, "active", active),
	SHOWN(LD_COL_COMPLETED, "completed", completed),
	SHOWN(LD_COL_CORE, "core", core),
	SHOWN(LD_COL_CONFIRMED, "national_confirmed", confirmed),
	SHOWN(LD_COL_ATTESTED, "attested", attested),
	SHOWN(LD_COL_MERGED, "merged", merged),
};
enum { FUNNEL = 5 };                    /* the first of them */

static const char *name_of(const struct words *w, size_t i)
{
	const char *name;

	memcpy(&name, (const char *)w + shown[i].name, sizeof(name));
	return name;
}

static void put_row(FILE *f, const struct ld_ward_row *row, const char *name, int64_t reached,
		    const struct words *w)
{
	fputs("<tr><th scope=row>", f);
	if (name)
		fputs(name, f);
	else
		fprintf(f, "%u", row->tdp);
	fputs("</th>", f);
	put_people(f, row->adults, w);
	fputs("<td class=b>", f);
	if (reached >= 0)
		chart_cell(f, (uint64_t)reached / 100, (uint64_t)reached / 100);
	fputs("</td><td>", f);
	page_percent(f, reached, w);
	fputs("</td>", f);
	for (size_t i = 0; i < LD_ARRAY_SIZE(shown); i++)
		put_cell(f, &row->cell[shown[i].column], w);
	fputs("</tr>\n", f);
}

static void put_table(FILE *f, const struct ld_ward_report *r, const struct words *w)
{
	put_title(f, w, "percent", w->by_tdp);
	fprintf(f, "<div class=scroll><table class=sum><thead><tr><th scope=col>%s", w->tdp);
	put_th(f, w, "adults", w->adults);
	fputs("<th>", f);
	put_th(f, w, "percent", w->percent);
	for (size_t i = 0; i < LD_ARRAY_SIZE(shown); i++)
		put_th(f, w, shown[i].key, name_of(w, i));
	fputs("</tr></thead><tbody>\n", f);
	for (unsigned i = 0; i < r->n; i++) {
		const struct ld_ward_row *row = &r->row[i];

		put_row(f, row, row->tdp ? NULL : w->unknown,
			page_share(&row->cell[LD_COL_COMPLETED], row->adults), w);
	}
	put_row(f, &r->total, w->all, page_share(&r->goal.cell[LD_COL_COMPLETED], r->goal.adults), w);
	fputs("</tbody></table></div>\n", f);
}

static void put_tiles(FILE *f, const struct ld_ward_report *r, const struct words *w)
{
	fputs("<div class=tiles>", f);
	for (size_t i = 0; i < FUNNEL; i++) {
		const struct ld_ward_cell *c = &r->total.cell[shown[i].column];

		fputs("<div class=tile><b>", f);
		page_cell(f, c, w);
		fputs("</b>", f);
		page_link(f, w, shown[i].key, name_of(w, i));
		fputs("</div>", f);
	}
	fputs("</div>\n", f);
}

/* How far the ward is on its way to 100 %. */
static void put_goal(FILE *f, const struct ld_ward_report *r, const struct words *w)
{
	static const enum ld_ward_column of[] = { LD_COL_INVITED, LD_COL_COMPLETED };
	const char *const words[] = { w->reach, w->goal };

	for (size_t i = 0; i < LD_ARRAY_SIZE(of); i++) {
		int64_t share = page_share(&r->goal.cell[of[i]], r->goal.adults);

		if (share < 0)
			continue;
		fputs("<p>", f);
		chart_cell(f, (uint64_t)share / 100, i ? (uint64_t)share / 100 : 0);
		fputs("<b>", f);
		page_percent(f, share, w);
		fprintf(f, "</b> %s (", words[i]);
		page_number(f, r->goal.adults, w);
		fputs(")</p>\n", f);
	}
}

static void local_time(int64_t utc_ms, int offset_min, struct tm *ret)
{
	time_t t = (time_t)(utc_ms / 1000 + offset_min * 60);

	gmtime_r(&t, ret);
}

static void put_charts(FILE *f, const struct ld_ward_report *r, const struct ld_ward_config *conf,
		       const struct words *w)
{
	struct chart_bar bar[FUNNEL];
	struct tm now;

	for (size_t i = 0; i < FUNNEL; i++)
		bar[i] = (struct chart_bar){ name_of(w, i), &r->total.cell[shown[i].column] };
	fputs("<div class=two><section>", f);
	put_title(f, w, "completed", w->funnel);
	chart_funnel(f, w, bar, FUNNEL);
	fputs("</section><section>", f);
	if (r->figure[LD_FIG_MONTH].n >= 2) {
		put_title(f, w, "month", w->rising);
		local_time(r->now_ms, conf->utc_offset_min, &now);
		chart_months(f, w, &r->figure[LD_FIG_MONTH], LD_FIG_COUNTS - 1, r->total.adults,
			     (now.tm_year + 1900) * 12 + now.tm_mon);
	}
	fputs("</section></div>\n", f);
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
	char text[32];
	struct tm tm;

	local_time(utc_ms, offset_min, &tm);
	strftime(text, sizeof(text), "%H:%M %d/%m/%Y", &tm);
	fputs(text, f);
}

static void put_boards(FILE *f, const struct ld_ward_report *r, const struct ld_ward_config *conf,
		       const struct words *w)
{
	put_title(f, w, "boards", w->boards);
	if (r->n_boards == 0) {
		fprintf(f, "<p>%s</p>\n", w->no_boards);
		return;
	}
	fprintf(f, "<table class=l><thead><tr><th scope=col>%s<th scope=col>%s</tr></thead><tbody>\n",
		w->board,
		w->contact);
	for (unsigned i = 0; i < r->n_boards; i++) {
		fputs("<tr><td>", f);
		page_put(f, r->board[i].name);
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
	put_title(f, w, "help", w->help);
	fprintf(f, "<table><thead><tr><th scope=col>%s<th scope=col>%s<th scope=col>%s"
		"<th scope=col>%s<th scope=col>%s</tr></thead><tbody>"
		"<tr><td>%u</td><td>%u</td><td>%" PRId64 " %s</td><td>%u</td><td>%u</td></tr>"
		"</tbody></table>\n", w->asked, w->answered, w->median, w->late, w->overdue,
		h->asked, h->answered, h->median_ms / 60000, w->minutes, h->late, h->overdue);
}

/* A bar against the largest of the table: the first count, and of it the one that matters most. */
static void put_figure_row(FILE *f, const struct ld_ward_figure_row *row,
			   const struct figure_words *t, unsigned columns, uint64_t most,
			   const struct words *w)
{
	const struct ld_ward_cell *all = &row->cell[0], *part = &row->cell[t->bar];

	const char *name = row->name[w == &words_en];

	fputs("<tr><th scope=row>", f);
	if (t->month)
		fprintf(f, "%s/%.4s", row->label + 5, row->label);
	else
		page_put(f, *name ? name : row->label[0] ? row->label : w->rest);
	fputs("</th><td class=b>", f);
	if (most && !all->hidden)
		chart_cell(f, all->n * 100 / most, part->hidden ? 0 : part->n * 100 / most);
	fputs("</td>", f);
	for (unsigned c = 0; c < columns; c++)
		put_cell(f, &row->cell[c], w);
	if (t->goal_kind) {
		put_people(f, row->goal, w);
		fputs("<td>", f);
		page_percent(f, page_share(&row->cell[columns - 1], row->goal), w);
		fputs("</td>", f);
	}
	fputs("</tr>\n", f);
}

static void put_figure_head(FILE *f, const struct figure_words *t, unsigned columns,
			    const struct words *w)
{
	unsigned lang = w == &words_en;

	put_title(f, w, t->key, t->title[lang]);
	fprintf(f, "<div class=scroll><table><thead><tr><th scope=col>%s<th>", t->label[lang]);
	for (unsigned c = 0; c < columns; c++)
		put_th(f, w, t->key, t->column[c][lang]);
	if (t->goal_kind) {
		put_th(f, w, t->key, t->goal[lang]);
		put_th(f, w, "percent", w->percent);
	}
	fputs("</tr></thead><tbody>\n", f);
}

static void put_figure(FILE *f, const struct ld_ward_report *r, unsigned k, const struct words *w)
{
	const struct ld_ward_figure *g = &r->figure[k];
	const struct figure_words *t = &figure_words[k];
	unsigned lang = w == &words_en, columns = figures_columns(k);
	uint64_t most = 0;

	if (g->n == 0)
		return;
	for (unsigned i = 0; i < g->n; i++)
		if (g->row[i].cell[0].n > most)
			most = g->row[i].cell[0].n;
	put_figure_head(f, t, columns, w);
	for (unsigned i = 0; i < g->n; i++)
		put_figure_row(f, &g->row[i], t, columns, most, w);
	fputs("</tbody></table></div>\n<small>", f);
	if (t->bar)
		fprintf(f, "%s: %s, %s", w->bars, t->column[0][lang], t->column[t->bar][lang]);
	fprintf(f, "<span class=csv>%s<a href=\"/report.csv?table=%s\">CSV</a></span></small>\n",
		t->bar ? " · " : "", t->key);
}

static void put_money(FILE *f, const struct ld_ward_report *r, const struct words *w)
{
	struct ward_money m;

	figures_money(r, &m);
	if (m.vnd == 0)
		return;
	fprintf(f, "<p>%s: ", w->parts);
	page_number(f, m.parts, w);
	fputs(" · ", f);
	page_number(f, m.vnd, w);
	fprintf(f, " %s", w->dong);
	if (m.vnd_per_completed) {
		fputs(" · ", f);
		page_number(f, m.vnd_per_completed, w);
		fprintf(f, " %s", w->per_completed);
	}
	fputs("</p>\n", f);
}

static void put_footer(FILE *f, const struct ld_ward_report *r, const struct ld_ward_config *conf,
		       const struct words *w)
{
	fputs("<footer><p>", f);
	page_link(f, w, "few", w->how_title);
	fputs("</p>", f);
	if (conf->min_cell > 1)
		fprintf(f, "<p>%s %u %s</p>", w->fewer, conf->min_cell, w->hidden);
	fprintf(f, "<p>%s ", w->made);
	put_time(f, r->now_ms, conf->utc_offset_min);
	fputs("<span class=csv>", f);
	if (r->leave)
		fprintf(f, " · <form method=post action=\"/logout\"><button>%s</button></form>",
			w->leave);
	fputs(" · <a href=\"/report.csv\">CSV</a> · <a "
	      "href=\"/report.json\">JSON</a></span></p></footer>\n",
	      f);
}

void page_head(FILE *f, const struct ld_ward_config *conf, const struct words *w, bool again)
{
	fprintf(f,
		"<!doctype html>\n<html lang=%s><meta charset=utf-8>"
		"<meta name=viewport content=\"width=device-width,initial-scale=1\">%s<title>%s – ",
		w->lang, again ? "<meta http-equiv=refresh content=60>" : "", w->title);
	page_put(f, conf->name);
	fprintf(f, "</title><style>%s</style>\n<header><h1>%s · ", style, w->title);
	page_put(f, conf->name);
	fputs("</h1>", f);
}

char *login_html(const struct ld_ward_config *conf, bool english, const char *wrong,
		 size_t *ret_len)
{
	const struct words *w = english ? &words_en : &words_vi;
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		return NULL;
	page_head(f, conf, w, false);
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
	const struct words *w = english ? &words_en : &words_vi;
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	if (!f)
		return NULL;
	page_head(f, conf, w, true);
	fprintf(f, "<a href=\"/%s\">%s</a></header>\n", w->other_query, w->other);
	put_tiles(f, r, w);
	put_goal(f, r, w);
	put_charts(f, r, conf, w);
	put_table(f, r, w);
	put_help(f, r, w);
	for (unsigned k = 0; k < LD_N_FIGURES; k++)
		put_figure(f, r, k, w);
	put_money(f, r, w);
	put_boards(f, r, conf, w);
	put_footer(f, r, conf, w);
	fputs("</html>\n", f);
	return fclose(f) == 0 ? text : NULL;
}

/* ---- how each figure is counted ---- */

static void put_how(FILE *f, const struct words *w, const char *key, const char *name,
		    const char *text, const char *events)
{
	fprintf(f, "<dt id=%s>%s</dt><dd>%s", key, name, text);
	if (events && *events)
		fprintf(f, " <small>%s: %s.</small>", w->log, events);
	fputs("</dd>\n", f);
}

char *ld_ward_how_html(const struct ld_ward_report *r, const struct ld_ward_config *conf,
		       bool english, size_t *ret_len)
{
	const struct words *w = english ? &words_en : &words_vi;
	char *text = NULL;
	FILE *f = open_memstream(&text, ret_len);

	(void)r;
	if (!f)
		return NULL;
	page_head(f, conf, w, false);
	fprintf(f, "<a href=\"/how%s\">%s</a></header>\n<p><a href=\"/%s\">← %s · ", w->other_query,
		w->other, english ? "?lang=en" : "", w->title);
	page_put(f, conf->name);
	fprintf(f, "</a></p>\n<h2>%s</h2><dl>\n", w->how_title);
	for (const struct figure_how *h = figure_how; h->key; h++)
		put_how(f, w, h->key, h->name[english], h->text[english], h->events);
	for (unsigned k = 0; k < LD_N_FIGURES; k++)
		put_how(f, w, figure_words[k].key, figure_words[k].title[english],
			figure_words[k].how[english], figure_words[k].events);
	fprintf(f, "</dl>\n<footer><p>%s: ", w->core);
	page_put(f, conf->core);
	fputs("</p>", f);
	if (conf->min_cell > 1)
		fprintf(f, "<p>%s %u %s</p>", w->fewer, conf->min_cell, w->hidden);
	fputs("</footer></html>\n", f);
	return fclose(f) == 0 ? text : NULL;
}
