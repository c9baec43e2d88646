/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Charts as SVG within the page: no scripts, no files. They are drawn for 360 units of width, a
 * phone's, so that their words can be read there; on a desk and on paper they grow. */
#include <inttypes.h>
#include <stdlib.h>

#include "page.h"

enum { WIDTH = 360, MONTHS = 12 };

static uint64_t shown(const struct ld_ward_cell *c)
{
	return c->hidden ? 0 : c->n;
}

static void begin(FILE *f, int height, const char *title)
{
	fprintf(f, "<svg class=chart viewBox=\"0 0 %d %d\" role=img><title>", WIDTH, height);
	page_put(f, title);
	fputs("</title>\n", f);
}

void chart_funnel(FILE *f, const struct words *w, const struct chart_bar *bar, unsigned n)
{
	enum { STEP = 30, LABEL = 108, NUMBER = 62 };
	uint64_t most = 1;

	for (unsigned i = 0; i < n; i++)
		most = shown(bar[i].cell) > most ? shown(bar[i].cell) : most;
	begin(f, (int)n * STEP + 4, w->funnel);
	for (unsigned i = 0; i < n; i++) {
		int y = (int)i * STEP;
		int len = (int)(shown(bar[i].cell) * (WIDTH - LABEL - NUMBER) / most);

		fprintf(f, "<text x=0 y=%d>%s</text><rect x=%d y=%d width=%d height=16 rx=2 />"
			"<text x=%d y=%d class=n>", y + 18, bar[i].name, LABEL, y + 6,
			len ? len : 1, LABEL + len + 5, y + 18);
		page_cell(f, bar[i].cell, w);
		fputs("</text>\n", f);
	}
	fputs("</svg>\n", f);
}

/* Months since the year 0 of "2026-11". */
static int month_of(const char *label)
{
	char *end;
	long year = strtol(label, &end, 10);

	return *end == '-' ? (int)(year * 12 + strtol(end + 1, NULL, 10) - 1) : 0;
}

/* What had come to be by the end of that month. Rows stand newest first, months without news have
 * none. */
static const struct ld_ward_cell *by_month(const struct ld_ward_figure *months, unsigned column,
					   int month)
{
	static const struct ld_ward_cell none;

	for (unsigned i = 0; i < months->n; i++)
		if (month_of(months->row[i].label) <= month)
			return &months->row[i].cell[column];
	return &none;
}

static void put_month(FILE *f, const struct words *w, const struct ld_ward_cell *c, int month, int x,
		      int y, int floor)
{
	fprintf(f, "<text x=%d y=%d class=m>", x, y);
	page_cell(f, c, w);
	fprintf(f, "</text><text x=%d y=%d class=m>%02d/%02d</text>", x, floor + 15,
		month % 12 + 1, month / 12 % 100);
}

void chart_months(FILE *f, const struct words *w, const struct ld_ward_figure *months,
		  unsigned column, unsigned goal, int last)
{
	enum { TOP = 18, HIGH = 110, FLOOR = TOP + HIGH };
	int first = month_of(months->row[months->n - 1].label), n, wide;
	uint64_t most = 1;

	if (first < last - MONTHS + 1)
		first = last - MONTHS + 1;
	n = last < first ? 1 : last - first + 1;
	/* Since it only rises. */
	if (shown(by_month(months, column, last)) > most)
		most = shown(by_month(months, column, last));
	if (goal && goal <= 4 * most && goal > most)
		most = goal;
	wide = WIDTH / n;
	begin(f, FLOOR + 22, w->rising);
	for (int i = 0; i < n; i++) {
		const struct ld_ward_cell *c = by_month(months, column, first + i);
		int x = i * wide, high = (int)(shown(c) * HIGH / most);

		fprintf(f, "<rect x=%d y=%d width=%d height=%d />", x + 3, FLOOR - high, wide - 6,
			high ? high : 1);
		/* Words of twelve columns would run into each other. */
		if (n <= 6 || i % 2 == (n - 1) % 2)
			put_month(f, w, c, first + i, x + wide / 2, FLOOR - high - 4, FLOOR);
		fputc('\n', f);
	}
	if (goal == most) {
		fprintf(f, "<path d=\"M0 %dH%d\" class=goal /><text x=%d y=%d class=e>100%% = ", TOP,
			WIDTH, WIDTH, TOP - 5);
		page_number(f, goal, w);
		fputs("</text>", f);
	}
	fputs("</svg>\n", f);
}

void chart_cell(FILE *f, uint64_t pale, uint64_t dark)
{
	pale = pale > 100 ? 100 : pale;
	dark = dark > pale ? pale : dark;
	fprintf(f, "<svg class=b viewBox=\"0 0 100 10\" preserveAspectRatio=none aria-hidden=true>"
		"<rect class=t width=100 height=10 /><rect class=p width=%" PRIu64 " height=10 />"
		"<rect width=%" PRIu64 " height=10 /></svg>", pale, dark);
}
