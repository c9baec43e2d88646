/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables as office programs write them: CSV with or without a byte order mark, separated by ; or
 * comma (the first line tells which), quoted or not, ended by LF or CRLF. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 4 * 1024 * 1024 };

static int read_all(const char *file, char **ret)
{
	FILE *f = fopen(file, "rb");
	char *text = f ? malloc(FILE_MAX + 1) : NULL;
	size_t n = text ? fread(text, 1, FILE_MAX + 1, f) : 0;

	if (f)
		fclose(f);
	if (!text || n > FILE_MAX || memchr(text, '\0', n)) {
		free(text);
		return complain(EXIT_CHECK, "%s: %s", file, !f ? "cannot be read" :
				n > FILE_MAX ? "larger than 4 MiB" : "no table of text (save it as "
				"CSV, UTF-8)");
	}
	text[n] = '\0';
	*ret = text;
	return EXIT_DONE;
}

/* The first line alone tells: names of columns hold neither. */
static char separator(const char *text)
{
	size_t line = strcspn(text, "\r\n");
	const char *semi = memchr(text, ';', line);

	return semi ? ';' : memchr(text, '\t', line) ? '\t' : ',';
}

int table_open(struct table *t, const char *file)
{
	int code;

	memset(t, 0, sizeof(*t));
	t->file = file;
	code = read_all(file, &t->text);
	if (code != EXIT_DONE)
		return code;
	t->at = t->text;
	if (memcmp(t->at, "\xef\xbb\xbf", 3) == 0)
		t->at += 3;
	t->separator = separator(t->at);
	t->line = 1;
	return EXIT_DONE;
}

void table_close(struct table *t)
{
	free(t->text);
}

/* One field, unquoted in place; *ret_end is where the next begins. False: a quote stays open. */
static bool field(struct table *t, char **ret, char **ret_end)
{
	char *from = t->at, *to = t->at;
	bool quoted = *from == '"';

	*ret = to;
	from += quoted;
	for (;; from++) {
		if (*from == '\0' && quoted)
			return false;
		if (quoted && *from == '"' && from[1] == '"')
			from++;
		else if (quoted && *from == '"') {
			quoted = false;
			continue;
		} else if (!quoted && (*from == t->separator || strchr("\r\n", *from))) {
			break;
		}
		t->line += *from == '\n';
		*to++ = *from;
	}
	*ret_end = from;
	t->cut = to;
	return true;
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return text + strspn(text, " \t");
}

int table_next(struct table *t, char *cell[TABLE_COLUMNS], unsigned *ret_n)
{
	unsigned n = 0;

	while (*t->at == '\r' || *t->at == '\n')
		t->line += *t->at++ == '\n';
	if (*t->at == '\0')
		return 0;
	t->row_line = t->line;
	for (;;) {
		char *end, *text, stop;

		if (!field(t, &text, &end))
			return -1;
		stop = *end;
		*t->cut = '\0';
		if (n < TABLE_COLUMNS)
			cell[n++] = trim(text);
		t->at = end + (stop != '\0');
		if (stop != t->separator) {
			t->line += stop == '\n';
			break;
		}
	}
	*ret_n = n;
	return 1;
}

void table_put(FILE *out, const char *text)
{
	/* A cell that begins so would be a formula to whoever opens the file. */
	bool formula = text[0] && strchr("=+-@", text[0]);

	if (!formula && !strpbrk(text, ",;\"\r\n\t")) {
		fputs(text, out);
		return;
	}
	fputs(formula ? "\"'" : "\"", out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}
