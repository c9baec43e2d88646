/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

enum { WRAP = 36 };     /* columns of a handset's screen */

/* One character: its octets, and its columns, or -1 when it must not reach a terminal. */
static size_t next_char(const char *text, size_t octets, int *ret_columns)
{
	mbstate_t state = { 0 };
	wchar_t wc = 0;
	size_t n = mbrtowc(&wc, text, octets, &state);

	if (n == 0 || n == (size_t)-1 || n == (size_t)-2) {
		*ret_columns = -1;
		return 1;
	}
	*ret_columns = iswcntrl((wint_t)wc) ? -1 : wcwidth(wc);
	return n;
}

/* Returns columns. */
static int put_columns(FILE *out, const char *text, size_t octets)
{
	int columns = 0;

	while (octets > 0) {
		int width;
		size_t n = next_char(text, octets, &width);

		if (width < 0) {
			if (out)
				fputc('.', out);
			width = 1;
		} else if (out) {
			fwrite(text, 1, n, out);
		}
		columns += width;
		text += n;
		octets -= n;
	}
	return columns;
}

void put_safe(FILE *out, const char *text, size_t octets)
{
	put_columns(out, text, octets);
}

void put_line(FILE *out, const char *text)
{
	put_safe(out, text, strlen(text));
	fputc('\n', out);
}

/* Octets of the next display line; *ret_skip more are not shown (line end, blank). Lines break at
 * a blank where there is one. */
static size_t display_line(const char *text, size_t *ret_skip)
{
	size_t at = 0, blank = 0;
	int columns = 0;

	while (text[at] != '\0' && text[at] != '\n') {
		int width;
		size_t n = next_char(text + at, strlen(text + at), &width);

		columns += width < 0 ? 1 : width;
		if (columns > WRAP) {
			*ret_skip = blank > 0 ? 1 : 0;
			return blank > 0 ? blank : at;
		}
		if (text[at] == ' ')
			blank = at;
		at += n;
	}
	*ret_skip = text[at] == '\n' ? 1 : 0;
	return at;
}

static void repeat(FILE *out, const char *s, int n)
{
	while (n-- > 0)
		fputs(s, out);
}

struct look {
	const char *top_left, *top_right, *low_left, *low_right, *across, *down, *join_l, *join_r;
};
static const struct look looks[] = {
	{ "+", "+", "+", "+", "-", "|", "+", "+" },
	{ "┌", "┐", "└", "┘", "─", "│", "├", "┤" },
};

static void row(FILE *out, const struct look *k, const char *text, size_t octets)
{
	fprintf(out, "%s ", k->down);
	repeat(out, " ", WRAP - put_columns(out, text, octets));
	fprintf(out, " %s\n", k->down);
}

void draw_frame(struct cli *cli, FILE *out, const char *title, const char *text,
		const char *caption)
{
	const struct look *k = &looks[cli->utf8 ? 1 : 0];

	fprintf(out, "%s%s", k->top_left, k->across);
	if (*title)
		fprintf(out, " %s ", title);
	repeat(out, k->across,
	       WRAP + 1 - (*title ? put_columns(NULL, title, strlen(title)) + 2 : 0));
	fprintf(out, "%s\n", k->top_right);
	while (*text) {
		size_t skip, len = display_line(text, &skip);

		row(out, k, text, len);
		text += len + skip;
	}
	if (*caption) {
		fputs(k->join_l, out);
		repeat(out, k->across, WRAP + 2);
		fprintf(out, "%s\n", k->join_r);
		row(out, k, caption, strlen(caption));
	}
	fputs(k->low_left, out);
	repeat(out, k->across, WRAP + 2);
	fprintf(out, "%s\n", k->low_right);
}

const char *show_time(struct cli *cli, int64_t utc_ms, char ret[24])
{
	time_t at = (time_t)(utc_ms / 1000 + (int64_t)cli->config.utc_offset_min * 60);
	struct tm tm;

	if (utc_ms == 0 || !gmtime_r(&at, &tm) || !strftime(ret, 24, "%F %T", &tm))
		snprintf(ret, 24, "-");
	return ret;
}

const char *member_text(const json_t *o, const char *key, const char *dflt)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : dflt;
}

int64_t member_int(const json_t *o, const char *key, int64_t dflt)
{
	const json_t *n = json_object_get(o, key);

	return json_is_integer(n) ? json_integer_value(n) : dflt;
}

int print_json(const json_t *o)
{
	if (json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) < 0)
		return complain(EXIT_CHECK, "the output could not be written");
	putchar('\n');
	return EXIT_DONE;
}
