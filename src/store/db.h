/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/db: rows and statements, and nothing of an engine's own types: what the folds are written
 * on. Which engine stands below is store/engine's. */
#ifndef LAIDO_STORE_DB_H
#define LAIDO_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/store/store.h"

struct db;

/* Q_NAME: its text is X(NAME, ...) in stmt/. */
enum stmt {
#define X(name, text) Q_##name,
#include "stmt/all.def"
#undef X
	N_STATEMENTS
};

/* Open with the lock, migrate. */
int db_open(struct db **ret, const struct ld_store_cfg *cfg, struct ld_errmsg *err);
/* Was this an older database? Then projections that are new in this schema are still empty. */
bool db_outdated(const struct db *db);
void db_close(struct db *db);
const char *db_error(const struct db *db);
const char *db_name(const struct db *db);       /* in messages */
int db_script(struct db *db, const char *sql);
int db_checkpoint(struct db *db, int min_pages);
/* Another number: the connection was lost meanwhile, and with it perhaps what was being committed,
 * perhaps not. */
unsigned db_session(const struct db *db);
int db_changes(struct db *db);                  /* rows, by the last statement; or its failure */
bool db_in_transaction(struct db *db);

/* Bind by `types`, one letter a parameter: i int64_t; b const void *, size_t (NULL: null);
 * s const char * (NULL: null). */

/* Run a statement without rows. Inside a transaction an engine may send it and not wait: its failure
 * is then told by the next call that has an answer, at the latest by the end of the transaction or
 * mark. */
int db_run(struct db *db, enum stmt q, const char *types, ...);
/* Start a statement with rows; then db_next() until it gives 0 (or an error). A statement that is
 * left before its end must be given to db_done(). */
int db_query(struct db *db, enum stmt q, const char *types, ...);
int db_next(struct db *db, enum stmt q);        /* 1 a row, 0 the end, negative */
void db_done(struct db *db, enum stmt q);
/* db_query and the first db_next: 1, 0 (already done), negative. */
int db_first(struct db *db, enum stmt q, const char *types, ...);

/* After db_first() of a statement that gives one number: that number, or the error. */
int db_returned(struct db *db, enum stmt q, int rc, int64_t *ret);

int64_t db_int(struct db *db, enum stmt q, int col);
/* Valid until the next step; a missing text is "". */
const char *db_text(struct db *db, enum stmt q, int col);
const void *db_blob(struct db *db, enum stmt q, int col, size_t *ret_len);
/* Copy a blob of exactly len octets; LD_E_CORRUPT when it has another length. */
int db_fixed(struct db *db, enum stmt q, int col, void *ret, size_t len);
bool db_null(struct db *db, enum stmt q, int col);

/* Rows of any SELECT as one line of text each, for dumps and migrations. */
typedef void (*db_line_cb)(void *arg, const char *line);
int db_lines(struct db *db, const char *sql, db_line_cb cb, void *arg);

#endif
