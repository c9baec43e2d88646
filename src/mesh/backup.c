/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/mesh/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keep.h"
#include "laido/store/store.h"

/* Small files that go along; the first must be there. */
static const char *const small[] = { "key", "ward", "warrants", "keys-before", "users" };

static int join(char ret[KEEP_PATH], const char *dir, const char *name, struct ld_errmsg *err)
{
	return snprintf(ret, KEEP_PATH, "%s/%s", dir, name) < KEEP_PATH
		       ? 0 : ld_fail(err, LD_E_TOOBIG, "%s: the path is too long", dir);
}

static int make_folder(const char *path, mode_t mode, struct ld_errmsg *err)
{
	return mkdir(path, mode) == 0 || errno == EEXIST
		       ? 0 : ld_fail(err, -errno, "%s: %s", path, strerror(errno));
}

static int copy_small(const char *from_dir, const char *to_dir, struct ld_errmsg *err)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(small); i++) {
		char from[KEEP_PATH], to[KEEP_PATH], text[KEEP_MAX];
		int rc = join(from, from_dir, small[i], err);

		if (rc == 0)
			rc = join(to, to_dir, small[i], err);
		if (rc < 0)
			return rc;
		if (i > 0 && access(from, F_OK) < 0)
			continue;
		rc = keep_read(from, false, text, err);
		if (rc >= 0)
			rc = keep_write(to, false, text, (size_t)rc, err);
		ld_crypto_wipe(text, sizeof(text));
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ld_state_backup(const char *state_dir, const char *to, struct ld_errmsg *err)
{
	char from[KEEP_PATH], tmp[KEEP_PATH], db[KEEP_PATH];
	int rc = make_folder(to, 0700, err);

	/* A stick's file system may know no owners: then whoever has the stick has the keys anyway. */
	if (rc == 0 && chmod(to, 0700) < 0 && errno != EPERM)
		rc = ld_fail(err, -errno, "%s: %s", to, strerror(errno));
	if (rc == 0)
		rc = join(from, state_dir, "laido.db", err);
	if (rc == 0)
		rc = join(tmp, to, "laido.db.new", err);
	if (rc == 0)
		rc = join(db, to, "laido.db", err);
	if (rc == 0)
		rc = ld_store_backup(from, tmp, err);
	if (rc == 0)
		rc = copy_small(state_dir, to, err);
	if (rc == 0 && rename(tmp, db) < 0)
		rc = ld_fail(err, -errno, "%s: %s", db, strerror(errno));
	return rc;
}

/* ---- back ---- */

/* The lock that an open store holds. The descriptor keeps it. */
static int lock_state(const char *dir, struct ld_errmsg *err)
{
	char path[KEEP_PATH];
	int fd, rc = join(path, dir, "laido.db.lock", err);

	if (rc < 0)
		return rc;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return ld_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return ld_fail(err, LD_E_LOCKED, "%s is in use: stop laidod or laido-ward first", dir);
	}
	return fd;
}

/* A state of one node must not become another's by mistake: its streams would have two authors. */
static int same_node(const char *from, const char *dir, struct ld_errmsg *err)
{
	char path[KEEP_PATH], theirs[KEEP_MAX], ours[KEEP_MAX];
	bool same = true;
	int rc = join(path, from, "key", err);

	if (rc == 0)
		rc = keep_read(path, false, theirs, err);
	if (rc >= 0)
		rc = join(path, dir, "key", err);
	if (rc >= 0 && access(path, F_OK) == 0) {
		rc = keep_read(path, true, ours, err);
		same = rc < 0 || strcmp(ours, theirs) == 0;
		ld_crypto_wipe(ours, sizeof(ours));
	}
	ld_crypto_wipe(theirs, sizeof(theirs));
	if (rc >= 0 && !same)
		rc = ld_fail(err, LD_E_DENIED, "%s is the state of another node than %s: move it away "
			     "first if you are sure", dir, from);
	return rc < 0 ? rc : 0;
}

/* What speaks of the state that goes: journals of modems and binds name messages by its numbers. */
static int put_aside(const char *dir, struct ld_errmsg *err)
{
	static const char *const patterns[] = { "laido.db", "laido.db-wal", "laido.db-shm",
						"*.journal", "*.smpp" };
	int rc = 0;

	for (size_t i = 0; i < LD_ARRAY_SIZE(patterns) && rc == 0; i++) {
		char pattern[KEEP_PATH], aside[KEEP_PATH + 16];
		glob_t found;

		rc = join(pattern, dir, patterns[i], err);
		if (rc < 0 || glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc && rc == 0; k++) {
			snprintf(aside, sizeof(aside), "%s.before-restore", found.gl_pathv[k]);
			if (rename(found.gl_pathv[k], aside) < 0)
				rc = ld_fail(err, -errno, "%s: %s", aside, strerror(errno));
		}
		globfree(&found);
	}
	return rc;
}

static int bring(const char *from, const char *dir, struct ld_errmsg *err)
{
	char db[KEEP_PATH], to[KEEP_PATH], tmp[KEEP_PATH];
	int rc = join(db, from, "laido.db", err);

	if (rc == 0)
		rc = ld_store_backup_check(db, err);
	if (rc == 0)
		rc = same_node(from, dir, err);
	if (rc == 0)
		rc = join(tmp, dir, "laido.db.restored", err);
	if (rc == 0)
		rc = join(to, dir, "laido.db", err);
	if (rc == 0)
		rc = ld_store_backup(db, tmp, err);
	if (rc == 0)
		rc = put_aside(dir, err);
	if (rc == 0)
		rc = copy_small(from, dir, err);
	if (rc == 0 && rename(tmp, to) < 0)
		rc = ld_fail(err, -errno, "%s: %s", to, strerror(errno));
	return rc;
}

int ld_state_restore(const char *from, const char *state_dir, struct ld_errmsg *err)
{
	int rc = make_folder(state_dir, 0750, err), lock;

	if (rc < 0)
		return rc;
	lock = lock_state(state_dir, err);
	if (lock < 0)
		return lock;
	rc = bring(from, state_dir, err);
	close(lock);
	return rc;
}
