/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine of boards, and of a ward that asks for no other: SQLite in a file. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine.h"
#include "walfile.h"

enum { BUSY_MS = 500, CACHE_KIB = 2048 };

struct lite {
	struct db db;
	sqlite3 *s;
	sqlite3_stmt *stmt[N_STATEMENTS];
	int wal_pages;                  /* written since the last checkpoint */
	int lock_fd;
};

static struct lite *lite_of(struct db *db)
{
	return (struct lite *)db;
}

static int failed(struct lite *l)
{
	int code = sqlite3_errcode(l->s);

	snprintf(l->db.error, sizeof(l->db.error), "%s", sqlite3_errmsg(l->s));
	switch (code & 0xff) {
	case SQLITE_FULL: return LD_E_FULL;
	case SQLITE_READONLY: return LD_E_READONLY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return LD_E_CORRUPT;
	case SQLITE_NOMEM: return LD_E_NOMEM;
	case SQLITE_IOERR:
		switch (sqlite3_system_errno(l->s)) {
		case ENOSPC:
		case EDQUOT:
		case EFBIG: return LD_E_FULL;
		case EROFS: return LD_E_READONLY;
		default: return LD_E_STORE;
		}
	default: return LD_E_STORE;
	}
}

/* ---- statements ---- */

static int ready(struct lite *l, enum stmt q)
{
	if (l->stmt[q])
		return 0;
	if (sqlite3_prepare_v3(l->s, db_sql[q], -1, SQLITE_PREPARE_PERSISTENT, &l->stmt[q], NULL))
		return failed(l);
	return 0;
}

static int bind(struct lite *l, sqlite3_stmt *s, const char *types, va_list ap)
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
	return rc ? failed(l) : 0;
}

static int lite_start(struct db *db, enum stmt q, const char *types, va_list ap)
{
	struct lite *l = lite_of(db);
	int rc = ready(l, q);

	return rc < 0 ? rc : bind(l, l->stmt[q], types, ap);
}

static void lite_done(struct db *db, enum stmt q)
{
	sqlite3_reset(lite_of(db)->stmt[q]);
}

static int lite_next(struct db *db, enum stmt q)
{
	struct lite *l = lite_of(db);
	int rc = sqlite3_step(l->stmt[q]);

	if (rc == SQLITE_ROW)
		return 1;
	rc = rc == SQLITE_DONE ? 0 : failed(l);
	lite_done(db, q);
	return rc;
}

static int64_t lite_int(struct db *db, enum stmt q, int col)
{
	return sqlite3_column_int64(lite_of(db)->stmt[q], col);
}

static const char *lite_text(struct db *db, enum stmt q, int col)
{
	return (const char *)sqlite3_column_text(lite_of(db)->stmt[q], col);
}

static const void *lite_blob(struct db *db, enum stmt q, int col, size_t *ret_len)
{
	sqlite3_stmt *s = lite_of(db)->stmt[q];
	const void *p = sqlite3_column_blob(s, col);

	*ret_len = (size_t)sqlite3_column_bytes(s, col);
	return p;
}

static bool lite_null(struct db *db, enum stmt q, int col)
{
	return sqlite3_column_type(lite_of(db)->stmt[q], col) == SQLITE_NULL;
}

static int lite_changes(struct db *db)
{
	return sqlite3_changes(lite_of(db)->s);
}

static bool lite_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(lite_of(db)->s);
}

static int lite_script(struct db *db, const char *text)
{
	return sqlite3_exec(lite_of(db)->s, text, NULL, NULL, NULL) ? failed(lite_of(db)) : 0;
}

/* ---- the write-ahead log ---- */

static int lite_checkpoint(struct db *db, int min_pages)
{
	struct lite *l = lite_of(db);

	if (l->wal_pages < min_pages)
		return 0;
	l->wal_pages = 0;
	return sqlite3_wal_checkpoint_v2(l->s, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL)
		? failed(l) : 0;
}

static int wal_hook(void *arg, sqlite3 *s, const char *name, int pages)
{
	(void)s;
	(void)name;
	((struct lite *)arg)->wal_pages = pages;
	return SQLITE_OK;
}

/* ---- lines ---- */

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

static int lite_lines(struct db *db, const char *text, db_line_cb cb, void *arg)
{
	sqlite3_stmt *s;
	char line[DB_LINE];
	int rc;

	if (sqlite3_prepare_v2(lite_of(db)->s, text, -1, &s, NULL))
		return failed(lite_of(db));
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		line_of(s, line, sizeof(line));
		cb(arg, line);
	}
	rc = rc == SQLITE_DONE ? 0 : failed(lite_of(db));
	sqlite3_finalize(s);
	return rc;
}

/* ---- every row ---- */

enum { CELLS_MAX = 32 };

static void cell_of(sqlite3_stmt *s, int i, struct db_cell *c)
{
	int type = sqlite3_column_type(s, i);

	c->column = sqlite3_column_name(s, i);
	c->type = type == SQLITE_INTEGER ? 'i' : type == SQLITE_BLOB ? 'b' : type == SQLITE_NULL ? 0 : 's';
	c->number = type == SQLITE_INTEGER ? sqlite3_column_int64(s, i) : 0;
	c->p = type == SQLITE_BLOB ? sqlite3_column_blob(s, i) : (const void *)sqlite3_column_text(s, i);
	c->len = (size_t)sqlite3_column_bytes(s, i);
}

static int rows_of(struct lite *l, const char *table, db_row_cb cb, void *arg)
{
	struct db_cell cells[CELLS_MAX];
	char text[128];
	sqlite3_stmt *s;
	int rc;

	snprintf(text, sizeof(text), "SELECT * FROM %s", table);
	if (sqlite3_prepare_v2(l->s, text, -1, &s, NULL))
		return failed(l);
	ld_assert(sqlite3_column_count(s) <= CELLS_MAX);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(s); i++)
			cell_of(s, i, &cells[i]);
		rc = cb(arg, table, cells, sqlite3_column_count(s));
		if (rc != 0)
			break;
	}
	rc = rc == SQLITE_DONE ? 0 : rc < 0 ? rc : failed(l);
	sqlite3_finalize(s);
	return rc;
}

static int lite_rows(struct db *db, db_row_cb cb, void *arg)
{
	struct lite *l = lite_of(db);
	sqlite3_stmt *s;
	int rc;

	if (sqlite3_prepare_v2(l->s, "SELECT name FROM sqlite_master WHERE type = 'table'", -1, &s,
			       NULL))
		return failed(l);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		rc = rows_of(l, (const char *)sqlite3_column_text(s, 0), cb, arg);
		if (rc != 0)
			break;
	}
	rc = rc == SQLITE_DONE ? 0 : rc;
	sqlite3_finalize(s);
	return rc;
}

/* ---- opening ---- */

static int lite_version(struct db *db, int *ret)
{
	struct lite *l = lite_of(db);
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(l->s, "PRAGMA user_version", -1, &s, NULL))
		return failed(l);
	*ret = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : -1;
	sqlite3_finalize(s);
	return *ret < 0 ? failed(l) : 0;
}

static int lite_migrate(struct db *db, int number, const char *text)
{
	char set[48];
	int rc = lite_script(db, text);

	snprintf(set, sizeof(set), "PRAGMA user_version = %d", number);
	return rc == 0 ? lite_script(db, set) : rc;
}

/* FULL: a row that a neighbour has seen must survive a power cut. 1024: fewest octets written a
 * step. Checkpoints are ours, when idle (FACTS F5). */
static int set_up(struct lite *l, unsigned cache_kib)
{
	char text[256];
	int one = 1;

	snprintf(text, sizeof(text),
		 "PRAGMA busy_timeout=2000;"    /* first: somebody may look while we recover */
		 "PRAGMA page_size=1024; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		 "PRAGMA cache_size=-%u;"
		 "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
		 "PRAGMA journal_size_limit=8388608;", cache_kib);
	int rc = lite_script(&l->db, text);
	if (rc == 0)
		sqlite3_file_control(l->s, "main", SQLITE_FCNTL_PERSIST_WAL, &one);
	return rc;
}

/* A lock of our own beside the file: SQLite's would also shut out readers. */
static int take_lock(struct lite *l, const char *path, struct ld_errmsg *err)
{
	char lock[512];

	if (snprintf(lock, sizeof(lock), "%s.lock", path) >= (int)sizeof(lock))
		return ld_fail(err, LD_E_TOOBIG, "%s: the path is too long", path);
	l->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (l->lock_fd < 0) {
		int rc = errno == EROFS || errno == EACCES ? LD_E_READONLY : -errno;
		return ld_fail(err, rc, "%s: %s: %s", lock, strerror(errno), ld_strerror(rc));
	}
	if (flock(l->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return ld_fail(err, LD_E_LOCKED, "%s is in use by another program: stop the other "
			       "laidod or laido-ward first, or give this one its own state folder",
			       path);
	return 0;
}

/* CAST(x AS INTEGER), by a name that every engine can give. */
static void whole(sqlite3_context *to, int n, sqlite3_value **v)
{
	(void)n;
	sqlite3_result_int64(to, sqlite3_value_int64(v[0]));
}

static int open_file(struct lite *l, const struct ld_store_cfg *cfg, struct ld_errmsg *err)
{
	int rc;

	/* It would count each piece of memory, under a lock. Too late for it is no harm. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(cfg->path, &l->s, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			    SQLITE_OPEN_NOMUTEX, walfile_vfs()))
		return ld_fail(err, failed(l), "%s: %s", cfg->path, sqlite3_errmsg(l->s));
	sqlite3_extended_result_codes(l->s, 1);
	/* Who looks with sqlite3 while the WAL is recovered holds a lock for a moment. */
	sqlite3_busy_timeout(l->s, BUSY_MS);
	sqlite3_wal_hook(l->s, wal_hook, l);
	rc = set_up(l, cfg->cache_kib ? cfg->cache_kib : CACHE_KIB);
	if (rc == 0 && sqlite3_create_function_v2(l->s, "whole", 1, SQLITE_UTF8 |
						  SQLITE_DETERMINISTIC, NULL, whole, NULL, NULL, NULL))
		rc = failed(l);
	return rc < 0 ? ld_fail(err, rc, "%s: %s (%s)", cfg->path, l->db.error, ld_strerror(rc)) : 0;
}

static int lite_open(struct db **ret, const struct ld_store_cfg *cfg, struct ld_errmsg *err)
{
	struct lite *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return ld_fail(err, LD_E_NOMEM, "%s: out of memory", cfg->path);
	l->lock_fd = -1;
	l->db.session = 1;
	snprintf(l->db.name, sizeof(l->db.name), "%s", cfg->path);
	*ret = &l->db;
	rc = take_lock(l, cfg->path, err);
	if (rc < 0)
		return rc;
	if (access(cfg->path, F_OK) == 0 && access(cfg->path, W_OK) < 0)
		return ld_fail(err, LD_E_READONLY, "%s: %s", cfg->path, ld_strerror(LD_E_READONLY));
	return open_file(l, cfg, err);
}

static void lite_close(struct db *db)
{
	struct lite *l = lite_of(db);

	for (int i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(l->stmt[i]);
	sqlite3_close(l->s);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	free(l);
}

const struct ld_store_engine ld_store_sqlite = {
	.open = lite_open, .close = lite_close, .version = lite_version, .migrate = lite_migrate,
	.start = lite_start, .next = lite_next, .done = lite_done, .changes = lite_changes,
	.in_transaction = lite_in_transaction, .integer = lite_int, .text = lite_text,
	.blob = lite_blob, .null = lite_null, .script = lite_script, .lines = lite_lines,
	.checkpoint = lite_checkpoint, .rows = lite_rows,
};
