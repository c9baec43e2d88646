/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: reading and writing tables (CSV). */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli.h"

enum { TABLE_COLUMNS = 16 };

struct table {
	const char *file;
	char *text, *at, *cut;
	char separator;
	unsigned line;          /* where reading stands */
	unsigned row_line;      /* where the row that was read last begins */
};

/* EXIT_DONE, or complains. */
int table_open(struct table *t, const char *file);
void table_close(struct table *t);
/* The next row that is not empty: 1, 0 at the end, -1 when a quote is never closed. Cells are
 * trimmed and live as long as the table; those past the sixteenth are dropped. */
int table_next(struct table *t, char *cell[TABLE_COLUMNS], unsigned *ret_n);
/* One cell, quoted where it has to be. */
void table_put(FILE *out, const char *text);

#endif
