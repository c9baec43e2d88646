/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido_sql.h"
#include "walfile.h"

enum { BUSY_MS = 500 };

struct db {
	sqlite3 *s;
	sqlite3_stmt *stmt[N_STATEMENTS];
	int wal_pages;                  /* written since the last checkpoint */
	bool migrated;                  /* an older file was brought up to this schema */
	char error[256];
};

static const char *const sql[N_STATEMENTS] = {
#define X(name, text) [Q_##name] = text,
	STATEMENTS(X)
#undef X
};

static int failed(struct db *db)
{
	int code = sqlite3_errcode(db->s);

	snprintf(db->error, sizeof(db->error), "%s", sqlite3_errmsg(db->s));
	switch (code & 0xff) {
	case SQLITE_FULL: return LD_E_FULL;
	case SQLITE_READONLY: return LD_E_READONLY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return LD_E_CORRUPT;
	case SQLITE_NOMEM: return LD_E_NOMEM;
	case SQLITE_IOERR:
		switch (sqlite3_system_errno(db->s)) {
		case ENOSPC:
		case EDQUOT:
		case EFBIG: return LD_E_FULL;
		case EROFS: return LD_E_READONLY;
		default: return LD_E_STORE;
		}
	default: return LD_E_STORE;
	}
}

static int ready(struct db *db, enum stmt q)
{
	if (db->stmt[q])
		return 0;
	if (sqlite3_prepare_v3(db->s, sql[q], -1, SQLITE_PREPARE_PERSISTENT, &db->stmt[q], NULL))
		return failed(db);
	return 0;
}

static int bind(struct db *db, sqlite3_stmt *s, const char *types, va_list ap)
{
	int rc = 0;

	for (int i = 0; types[i] && rc == SQLITE_OK; i++) {
		const void *p;

		switch (types[i]) {
		case 'i':
			rc = sqlite3_bind_int64(s, i + 1, va_arg(ap, int64_t));
			break;
		case 's':
			rc = sqlite3_bind_text(s, i + 1, va_arg(ap, const char *), -1, SQLITE_STATIC);
			break;
		default:
			ld_assert(types[i] == 'b');
			p = va_arg(ap, const void *);
			rc = sqlite3_bind_blob64(s, i + 1, p, va_arg(ap, size_t), SQLITE_STATIC);
		}
	}
	return rc ? failed(db) : 0;
}

static int start(struct db *db, enum stmt q, const char *types, va_list ap)
{
	int rc = ready(db, q);

	return rc < 0 ? rc : bind(db, db->stmt[q], types, ap);
}

void db_done(struct db *db, enum stmt q)
{
	sqlite3_reset(db->stmt[q]);
}

int db_next(struct db *db, enum stmt q)
{
	int rc = sqlite3_step(db->stmt[q]);

	if (rc == SQLITE_ROW)
		return 1;
	rc = rc == SQLITE_DONE ? 0 : failed(db);
	db_done(db, q);
	return rc;
}

int db_query(struct db *db, enum stmt q, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = start(db, q, types, ap);
	va_end(ap);
	return rc;
}

int db_first(struct db *db, enum stmt q, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = start(db, q, types, ap);
	va_end(ap);
	return rc < 0 ? rc : db_next(db, q);
}

int db_run(struct db *db, enum stmt q, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = start(db, q, types, ap);
	va_end(ap);
	if (rc == 0)
		rc = db_next(db, q);
	ld_assert(rc <= 0);
	return rc;
}

int64_t db_int(struct db *db, enum stmt q, int col)
{
	return sqlite3_column_int64(db->stmt[q], col);
}

const char *db_text(struct db *db, enum stmt q, int col)
{
	const unsigned char *t = sqlite3_column_text(db->stmt[q], col);

	return t ? (const char *)t : "";
}

const void *db_blob(struct db *db, enum stmt q, int col, size_t *ret_len)
{
	const void *p = sqlite3_column_blob(db->stmt[q], col);

	*ret_len = (size_t)sqlite3_column_bytes(db->stmt[q], col);
	return p;
}

int db_fixed(struct db *db, enum stmt q, int col, void *ret, size_t len)
{
	size_t n;
	const void *p = db_blob(db, q, col, &n);

	if (n != len) {
		snprintf(db->error, sizeof(db->error), "a value of the wrong length in the database");
		return LD_E_CORRUPT;
	}
	memcpy(ret, p, len);
	return 0;
}

bool db_null(struct db *db, enum stmt q, int col)
{
	return sqlite3_column_type(db->stmt[q], col) == SQLITE_NULL;
}

int64_t db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->s);
}

int db_changes(struct db *db)
{
	return sqlite3_changes(db->s);
}

bool db_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(db->s);
}

const char *db_error(const struct db *db)
{
	return db->error;
}

int db_script(struct db *db, const char *text)
{
	return sqlite3_exec(db->s, text, NULL, NULL, NULL) ? failed(db) : 0;
}

int db_checkpoint(struct db *db)
{
	db->wal_pages = 0;
	return sqlite3_wal_checkpoint_v2(db->s, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL)
		? failed(db) : 0;
}

int db_wal_pages(const struct db *db)
{
	return db->wal_pages;
}

static int wal_hook(void *arg, sqlite3 *s, const char *name, int pages)
{
	(void)s;
	(void)name;
	((struct db *)arg)->wal_pages = pages;
	return SQLITE_OK;
}

static void line_of(sqlite3_stmt *s, char *line, size_t size)
{
	size_t n = 0;

	line[0] = '\0';
	for (int c = 0; c < sqlite3_column_count(s) && n < size; c++) {
		n += (size_t)snprintf(line + n, size - n, c ? "|" : "");
		if (sqlite3_column_type(s, c) != SQLITE_BLOB) {
			const unsigned char *t = sqlite3_column_text(s, c);
			n += (size_t)snprintf(line + n, size - n, "%s", t ? (const char *)t : "-");
			continue;
		}
		const uint8_t *b = sqlite3_column_blob(s, c);
		for (int i = 0; i < sqlite3_column_bytes(s, c) && n < size; i++)
			n += (size_t)snprintf(line + n, size - n, "%02x", b[i]);
	}
}

int db_lines(struct db *db, const char *text, void (*cb)(void *arg, const char *line), void *arg)
{
	sqlite3_stmt *s;
	char line[1024];
	int rc;

	if (sqlite3_prepare_v2(db->s, text, -1, &s, NULL))
		return failed(db);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		line_of(s, line, sizeof(line));
		cb(arg, line);
	}
	rc = rc == SQLITE_DONE ? 0 : failed(db);
	sqlite3_finalize(s);
	return rc;
}

static int user_version(struct db *db, int *ret)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db->s, "PRAGMA user_version", -1, &s, NULL))
		return failed(db);
	*ret = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : -1;
	sqlite3_finalize(s);
	return *ret < 0 ? failed(db) : 0;
}

static int migrate_to(struct db *db, int number, const char *text)
{
	char set[48];
	int rc;

	snprintf(set, sizeof(set), "PRAGMA user_version = %d", number);
	rc = db_script(db, "BEGIN IMMEDIATE");
	if (rc == 0)
		rc = db_script(db, text);
	if (rc == 0)
		rc = db_script(db, set);
	return rc == 0 ? db_script(db, "COMMIT") : rc;
}

static int migrate(struct db *db, struct ld_errmsg *err, const char *path)
{
	int newest = migrations[LD_ARRAY_SIZE(migrations) - 1].number;
	int have = 0;
	int rc = user_version(db, &have);

	if (rc < 0)
		return ld_fail(err, rc, "%s: %s (%s)", path, db->error, ld_strerror(rc));
	if (have > newest)
		return ld_fail(err, LD_E_VERSION, "%s has schema %d, this program knows %d; install "
			       "the newer version again", path, have, newest);
	for (size_t i = 0; i < LD_ARRAY_SIZE(migrations); i++) {
		int number = migrations[i].number;

		if (number <= have)
			continue;
		rc = migrate_to(db, number, migrations[i].sql);
		if (rc < 0)
			return ld_fail(err, rc, "%s: migration to schema %d: %s (%s)", path, number,
				       db->error, ld_strerror(rc));
	}
	return 0;
}

/* FULL: a row that a neighbour has seen must survive a power cut. 1024: fewest octets written a
 * step. Checkpoints are ours, when idle (FACTS F5). */
static int set_up(struct db *db, unsigned cache_kib)
{
	char text[256];
	int one = 1;

	snprintf(text, sizeof(text),
		 "PRAGMA busy_timeout=2000;"    /* first: somebody may look while we recover */
		 "PRAGMA page_size=1024; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		 "PRAGMA cache_size=-%u;"
		 "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
		 "PRAGMA journal_size_limit=8388608;", cache_kib);
	int rc = db_script(db, text);
	if (rc == 0)
		sqlite3_file_control(db->s, "main", SQLITE_FCNTL_PERSIST_WAL, &one);
	return rc;
}

int db_open(struct db **ret, const char *path, unsigned cache_kib, struct ld_errmsg *err)
{
	struct db *db = calloc(1, sizeof(*db));
	int rc;

	if (!db)
		return ld_fail(err, LD_E_NOMEM, "%s: out of memory", path);
	if (sqlite3_open_v2(path, &db->s, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			    SQLITE_OPEN_NOMUTEX, walfile_vfs())) {
		rc = ld_fail(err, failed(db), "%s: %s", path, sqlite3_errmsg(db->s));
		db_close(db);
		return rc;
	}
	sqlite3_extended_result_codes(db->s, 1);
	/* Who looks with sqlite3 while the WAL is recovered holds a lock for a moment. */
	sqlite3_busy_timeout(db->s, BUSY_MS);
	sqlite3_wal_hook(db->s, wal_hook, db);
	rc = set_up(db, cache_kib);
	if (rc < 0)
		ld_fail(err, rc, "%s: %s (%s)", path, db->error, ld_strerror(rc));
	else
		rc = migrate(db, err, path);
	if (rc < 0) {
		db_close(db);
		return rc;
	}
	*ret = db;
	return 0;
}

bool db_migrated(const struct db *db)
{
	return db->migrated;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->s);
	free(db);
}
