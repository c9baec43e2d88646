/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite writes a log frame as a head of 24 octets and a page, each with a system call of its own: on
 * small boards that is much of what a step costs. Here the frames of a transaction are gathered and
 * written at once. Nothing is lost by it: SQLite syncs the log before it tells anybody of the
 * frames (FULL), and whatever else is done with the file writes first what was gathered. */
#include "walfile.h"

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

enum { GATHER_MAX = 64 * 1024 };

struct walfile {
	sqlite3_file base;
	sqlite3_int64 at;               /* where in the file the gathered octets begin */
	int len;
	uint8_t *gathered;
	sqlite3_file *real;             /* behind this struct, in SQLite's memory */
};

static int flush(struct walfile *w)
{
	int len = w->len;

	w->len = 0;
	return len ? w->real->pMethods->xWrite(w->real, w->gathered, len, w->at) : SQLITE_OK;
}

#define REAL(f) ((struct walfile *)(f))->real
#define AFTER_FLUSH(f, call) \
	int rc_ = flush((struct walfile *)(f)); \
	return rc_ ? rc_ : REAL(f)->pMethods->call

static int wal_close(sqlite3_file *f)
{
	struct walfile *w = (struct walfile *)f;
	int rc = flush(w);
	int rc2 = w->real->pMethods->xClose(w->real);

	sqlite3_free(w->gathered);
	return rc ? rc : rc2;
}

static int wal_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	struct walfile *w = (struct walfile *)f;

	if (w->len && (at != w->at + w->len || w->len + n > GATHER_MAX)) {
		int rc = flush(w);
		if (rc)
			return rc;
	}
	if (n > GATHER_MAX)
		return w->real->pMethods->xWrite(w->real, data, n, at);
	if (w->len == 0)
		w->at = at;
	memcpy(w->gathered + w->len, data, (size_t)n);
	w->len += n;
	return SQLITE_OK;
}

static int wal_read(sqlite3_file *f, void *data, int n, sqlite3_int64 at)
{
	AFTER_FLUSH(f, xRead(REAL(f), data, n, at));
}

static int wal_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	AFTER_FLUSH(f, xTruncate(REAL(f), size));
}

static int wal_sync(sqlite3_file *f, int flags)
{
	AFTER_FLUSH(f, xSync(REAL(f), flags));
}

static int wal_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	AFTER_FLUSH(f, xFileSize(REAL(f), ret));
}

static int wal_lock(sqlite3_file *f, int kind) { return REAL(f)->pMethods->xLock(REAL(f), kind); }
static int wal_unlock(sqlite3_file *f, int kind)
{
	return REAL(f)->pMethods->xUnlock(REAL(f), kind);
}
static int wal_locked(sqlite3_file *f, int *ret)
{
	return REAL(f)->pMethods->xCheckReservedLock(REAL(f), ret);
}
static int wal_control(sqlite3_file *f, int op, void *arg)
{
	AFTER_FLUSH(f, xFileControl(REAL(f), op, arg));
}
static int wal_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int wal_device(sqlite3_file *f)
{
	return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, .xClose = wal_close, .xRead = wal_read, .xWrite = wal_write,
	.xTruncate = wal_truncate, .xSync = wal_sync, .xFileSize = wal_size, .xLock = wal_lock,
	.xUnlock = wal_unlock, .xCheckReservedLock = wal_locked, .xFileControl = wal_control,
	.xSectorSize = wal_sector, .xDeviceCharacteristics = wal_device,
};

static int open_any(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	struct walfile *w = (struct walfile *)f;
	sqlite3_vfs *below = vfs->pAppData;
	int rc;

	if (!(flags & SQLITE_OPEN_WAL))
		return below->xOpen(below, name, f, flags, ret_flags);
	memset(w, 0, sizeof(*w));
	w->real = (sqlite3_file *)(w + 1);
	w->gathered = sqlite3_malloc(GATHER_MAX);
	if (!w->gathered)
		return SQLITE_NOMEM;
	rc = below->xOpen(below, name, w->real, flags, ret_flags);
	if (rc)
		sqlite3_free(w->gathered);
	else
		w->base.pMethods = &methods;
	return rc;
}

const char *walfile_vfs(void)
{
	static const char name[] = "laido";
	sqlite3_vfs *vfs = sqlite3_vfs_find(name), *below = sqlite3_vfs_find(NULL);

	if (vfs)
		return name;
	vfs = below ? sqlite3_malloc(sizeof(*vfs)) : NULL;
	if (!vfs)
		return NULL;
	*vfs = *below;
	vfs->zName = name;
	vfs->szOsFile = (int)sizeof(struct walfile) + below->szOsFile;
	vfs->xOpen = open_any;
	vfs->pAppData = below;
	vfs->pNext = NULL;
	sqlite3_vfs_register(vfs, 0);
	return name;
}
