/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of the database while it is in use, and what a copy must not do when it comes back. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "laido/store/xapi.h"
#include "store_impl.h"

enum { BUSY_MS = 5000 };

static const char held[] = "restored", once[] = "restored_once";

static int sql_failed(struct ld_errmsg *err, const char *path, sqlite3 *s)
{
	return ld_fail(err, (sqlite3_errcode(s) & 0xff) == SQLITE_FULL ? LD_E_FULL : LD_E_STORE,
		       "%s: %s", path, s ? sqlite3_errmsg(s) : "out of memory");
}

static int open_file(sqlite3 **ret, const char *path, int flags, struct ld_errmsg *err)
{
	if (sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return sql_failed(err, path, *ret);
	sqlite3_busy_timeout(*ret, BUSY_MS);
	return 0;
}

static int exec(sqlite3 *s, const char *path, const char *sql, struct ld_errmsg *err)
{
	return sqlite3_exec(s, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_failed(err, path, s);
}

/* The whole of it as of one moment; writers go on meanwhile. */
static int copy(sqlite3 *to, sqlite3 *from, const char *path, struct ld_errmsg *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");

	if (!b)
		return sql_failed(err, path, to);
	sqlite3_backup_step(b, -1);
	return sqlite3_backup_finish(b) == SQLITE_OK ? 0 : sql_failed(err, path, to);
}

static int sync_file(const char *path, struct ld_errmsg *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = fd < 0 ? -1 : fsync(fd);
	int e = errno;

	if (fd >= 0)
		close(fd);
	return rc < 0 ? ld_fail(err, -e, "%s: %s", path, strerror(e)) : 0;
}

int ld_store_backup(const char *from, const char *to, struct ld_errmsg *err)
{
	sqlite3 *src = NULL, *dst = NULL;
	int rc;

	if (access(from, F_OK) < 0)
		return ld_fail(err, -errno, "%s: %s", from, strerror(errno));
	if (unlink(to) < 0 && errno != ENOENT)
		return ld_fail(err, -errno, "%s: %s", to, strerror(errno));
	rc = open_file(&src, from, SQLITE_OPEN_READWRITE, err);
	if (rc == 0)
		rc = open_file(&dst, to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
	if (rc == 0)
		rc = copy(dst, src, to, err);
	/* One file, without a log beside it. */
	if (rc == 0)
		rc = exec(dst, to, "PRAGMA journal_mode=DELETE", err);
	sqlite3_close(dst);
	sqlite3_close(src);
	if (rc == 0)
		rc = sync_file(to, err);
	return rc < 0 ? rc : ld_store_backup_check(to, err);
}

static int one_text(sqlite3 *s, const char *sql, char *ret, size_t size)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s, sql, -1, &q, NULL);

	ret[0] = '\0';
	if (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		snprintf(ret, size, "%s", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	return ret[0] ? 0 : LD_E_CORRUPT;
}

int ld_store_backup_check(const char *path, struct ld_errmsg *err)
{
	sqlite3 *s = NULL;
	char text[200];
	int rc = open_file(&s, path, SQLITE_OPEN_READONLY, err);

	if (rc == 0 && (one_text(s, "PRAGMA quick_check(1)", text, sizeof(text)) < 0 ||
			strcmp(text, "ok") != 0))
		rc = ld_fail(err, LD_E_CORRUPT, "%s is damaged: %s", path,
			     text[0] ? text : sqlite3_errmsg(s));
	if (rc == 0 && one_text(s, "SELECT count(*) FROM event", text, sizeof(text)) < 0)
		rc = ld_fail(err, LD_E_CORRUPT, "%s: not a database of laidod or laido-ward", path);
	sqlite3_close(s);
	return rc;
}

/* ---- after it came back ---- */

int ld_store_after_restore(struct ld_store *st, bool hold, int64_t now_ms)
{
	const uint8_t yes = 1;
	int rc = db_run(st->db, Q_RESTORED_OUTBOX, "i", now_ms);

	if (rc == 0)
		rc = db_run(st->db, Q_RESTORED_DUE, "");
	if (rc == 0)
		rc = db_run(st->db, Q_RESTORED_OCCASION, "i", now_ms);
	if (rc == 0 && hold)
		rc = ld_store_setting_put(st, held, &yes, sizeof(yes));
	if (rc == 0)
		rc = ld_store_setting_put(st, once, &yes, sizeof(yes));
	return rc < 0 ? rc : 0;
}

static int is_set(struct ld_store *st, const char *name)
{
	uint8_t yes = 0;
	int rc = ld_store_setting_get(st, name, &yes, sizeof(yes));

	return rc == LD_E_UNKNOWN ? 0 : rc < 0 ? rc : yes;
}

int ld_store_restored(struct ld_store *st)
{
	return is_set(st, held);
}

int ld_store_xapi_restored(struct ld_store *st)
{
	return is_set(st, once);
}

int ld_store_met(struct ld_store *st)
{
	const uint8_t no = 0;
	int rc = ld_store_restored(st);

	return rc <= 0 ? rc : ld_store_setting_put(st, held, &no, sizeof(no));
}
