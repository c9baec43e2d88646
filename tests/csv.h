/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/csv: the vectors of tests/vectors as rows with named columns (RFC 4180). A file that is
 * missing or broken ends the test. */
#ifndef LAIDO_TESTS_CSV_H
#define LAIDO_TESTS_CSV_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CSV_COLS_MAX = 40 };

struct csv {
	char *text;                     /* all fields point into it */
	const char *path;
	unsigned n_cols, n_rows;
	const char **cells;             /* the header row first */
};

static inline void csv_die(const char *path, const char *what)
{
	printf("Bail out! %s: %s\n", path, what);
	exit(2);
}

static inline char *csv_slurp(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t len = 0, n;

	if (!f)
		csv_die(path, "cannot open; run tests from the top of the repository");
	do {
		text = realloc(text, len + 65536 + 1);
		n = fread(text + len, 1, 65536, f);
		len += n;
	} while (n > 0);
	fclose(f);
	text[len] = '\0';
	return text;
}

/* One field, unquoted in place; *at moves past it and its separator; true at the end of a row. */
static inline bool csv_field(char **at, const char **ret)
{
	char *from = *at, *to = *at, end;

	*ret = to;
	if (*from == '"') {
		for (from++; *from && !(*from == '"' && from[1] != '"'); from++) {
			from += *from == '"';
			*to++ = *from;
		}
		from += *from == '"';
	} else {
		while (*from && *from != ',' && *from != '\n' && *from != '\r')
			*to++ = *from++;
	}
	if (*from == '\r')
		from++;
	end = *from;
	*at = from + (end != '\0');
	*to = '\0';
	return end != ',';
}

static inline struct csv csv_read(const char *path)
{
	struct csv c = { .text = csv_slurp(path), .path = path };
	unsigned n = 0;

	for (char *at = c.text; *at;) {
		unsigned first = n;
		bool end;
		do {
			if (n % CSV_COLS_MAX == 0)
				c.cells = realloc(c.cells, (n + CSV_COLS_MAX) * sizeof(*c.cells));
			end = csv_field(&at, &c.cells[n++]);
		} while (!end);
		if (c.n_cols == 0)
			c.n_cols = n;
		if (n - first != c.n_cols)
			csv_die(path, "a row with another number of fields than the first");
		c.n_rows++;
	}
	if (c.n_rows < 2)
		csv_die(path, "no rows");
	c.n_rows--;
	return c;
}

/* The field of row 0.. in the named column. */
static inline const char *csv_get(const struct csv *c, unsigned row, const char *column)
{
	for (unsigned i = 0; i < c->n_cols; i++)
		if (strcmp(c->cells[i], column) == 0)
			return c->cells[(row + 1) * c->n_cols + i];
	csv_die(c->path, column);
	return NULL;
}

static inline void csv_free(struct csv *c)
{
	free(c->cells);
	free(c->text);
}

#endif
