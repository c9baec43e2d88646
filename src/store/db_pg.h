/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/db_pg: what the files of the engine for PostgreSQL share. */
#ifndef LAIDO_STORE_DB_PG_H
#define LAIDO_STORE_DB_PG_H

#include <libpq-fe.h>

#include "engine.h"

/* Types of a server's catalogue that never change (pg_type.dat), and whose numbers libpq's headers
 * leave out. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25, OID_NUMERIC = 1700 };

struct pg {
	struct db db;
	PGconn *c;
	char *where;                    /* may hold a password: in no message */
	const struct ld_clock *clock;
	bool prepared[N_STATEMENTS];
	PGresult *rows[N_STATEMENTS];
	int row[N_STATEMENTS];
	int changes;
	unsigned unread;                /* statements sent whose answers nobody has read yet */
	int late;                       /* what the first of such has failed with; 0: none */
	char out[8192];                 /* of a COPY, on its way */
	size_t out_len;
	bool has_functions;             /* made by this program */
	bool in_transaction;            /* as the store sees it, also when the connection is gone */
	int64_t again_ms, wait_ms;      /* monotonic: not before then; and then so long */
};

static inline struct pg *pg_of(struct db *db)
{
	return (struct pg *)db;
}

/* ---- db_pg.c ---- */

/* Notes the words of the result, or of the connection when there is none; LD_E_*. */
int pg_failed(struct pg *p, const PGresult *r);
bool pg_is_good(const PGresult *r);
/* There is a connection, if need be a new one. Tried again ever more seldom. Never inside a
 * transaction: what it had done is gone. */
int pg_connected(struct pg *p);
/* ...and nothing unread on it. */
int pg_quiet(struct pg *p);
int pg_script(struct db *db, const char *text);
/* One number, as text in the first column. */
int pg_one_number(struct pg *p, const char *text, int *ret);

/* ---- db_pg_ask.c: one statement ---- */

/* The answer to it, to be cleared. Or what an earlier one has failed with. */
int pg_ask(struct pg *p, enum stmt q, const char *types, va_list ap, PGresult **ret);
/* One without rows, inside a transaction: its answer is read by whoever comes next. */
int pg_send(struct pg *p, enum stmt q, const char *types, va_list ap);
/* Read what is unread. What failed is told again until pg_forgive(): so long the server refuses
 * everything else. */
int pg_settle(struct pg *p);
/* The transaction, or what came after a mark, is taken back. */
void pg_forgive(struct pg *p);
/* The server refuses what is not UTF-8, and a text that was cut may end in half a character: a copy
 * with '?' there, to be freed; NULL: it is good as it is. */
char *pg_scrubbed(const char *text);

/* ---- db_pg_copy.c: rows in bulk ---- */

int pg_copy_begin(struct db *db, const char *table, const struct db_cell *cells, int n);
int pg_copy_row(struct db *db, const struct db_cell *cells, int n);
int pg_copy_end(struct db *db);

/* ---- db_pg_schema.c ---- */

int pg_migrate(struct db *db, int number, const char *text);
int pg_version(struct db *db, int *ret);

#endif
