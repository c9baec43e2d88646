/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/engine: what stands below store/db. An engine is a table of functions; each begins its own
 * struct with struct db. */
#ifndef LAIDO_STORE_ENGINE_H
#define LAIDO_STORE_ENGINE_H

#include <stdarg.h>

#include "db.h"

enum { DB_LINE = 16384 };               /* octets of a line of db_lines(); the rest is cut */

struct db {
	const struct ld_store_engine *engine;
	bool outdated;                  /* its projections are of an older schema */
	unsigned session;               /* counts connections */
	char name[256];                 /* in messages: a path, or what is said of a server */
	char error[256];
};

/* The text of each statement. Engines understand the same text; parameters are ?N, or ? for the next
 * one. Beyond standard SQL it uses whole(), min() and max() of two, hex(), instr(), zeroblob(),
 * strftime(). */
extern const char *const db_sql[N_STATEMENTS];

/* One value of a row on its way to another engine. */
struct db_cell {
	const char *column;
	char type;                      /* as in db_run(), or 0: null */
	int64_t number;
	const void *p;                  /* of s and b */
	size_t len;
};
typedef int (*db_row_cb)(void *arg, const char *table, const struct db_cell *cells, int n);

struct ld_store_engine {
	/* *ret is set as soon as there is something to close. Takes the lock: LD_E_LOCKED. */
	int (*open)(struct db **ret, const struct ld_store_cfg *cfg, struct ld_errmsg *err);
	void (*close)(struct db *db);
	int (*version)(struct db *db, int *ret);
	/* Run the text of a migration and note its number, in the open transaction. */
	int (*migrate)(struct db *db, int number, const char *text);
	/* As db_query() and so on. */
	int (*start)(struct db *db, enum stmt q, const char *types, va_list ap);
	/* As db_run(); NULL: start and next do it. */
	int (*run)(struct db *db, enum stmt q, const char *types, va_list ap);
	int (*next)(struct db *db, enum stmt q);
	void (*done)(struct db *db, enum stmt q);
	int (*changes)(struct db *db);
	bool (*in_transaction)(struct db *db);
	int64_t (*integer)(struct db *db, enum stmt q, int col);
	const char *(*text)(struct db *db, enum stmt q, int col);
	const void *(*blob)(struct db *db, enum stmt q, int col, size_t *ret_len);
	bool (*null)(struct db *db, enum stmt q, int col);
	int (*script)(struct db *db, const char *text);
	int (*lines)(struct db *db, const char *text, db_line_cb cb, void *arg);
	int (*checkpoint)(struct db *db, int min_pages);        /* NULL: there is none */
	/* Every row of every table, of an engine that can be left; NULL: it cannot. */
	int (*rows)(struct db *db, db_row_cb cb, void *arg);
	/* Rows in bulk, of an engine that can be gone to. Between begin and end nothing else. */
	int (*copy_begin)(struct db *db, const char *table, const struct db_cell *cells, int n);
	int (*copy_row)(struct db *db, const struct db_cell *cells, int n);
	int (*copy_end)(struct db *db);
};

#endif
