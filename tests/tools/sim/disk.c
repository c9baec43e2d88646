/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/base/err.h"
#include "seed.h"

enum { FILES = 4, DIR_LEN = 96, NAME_LEN = 32, SHM_MAX = 64 };

/* Something written since the last sync. */
struct change {
	struct change *next;
	bool cut;                       /* the file ends at `at` */
	sqlite3_int64 at;
	size_t len;
	uint8_t data[];
};

struct bytes {
	uint8_t *p;
	size_t len, cap;
};

struct file {
	char name[NAME_LEN];            /* "": free */
	struct bytes now, synced;
	struct change *first, **last;
	void *shm[SHM_MAX];
};

struct disk {
	struct disk *next;
	char dir[DIR_LEN];
	struct file file[FILES];
	unsigned fail_at, full;
	bool dead;
	uint64_t writes;
};

struct disk_image {
	struct { char name[NAME_LEN]; struct bytes b; } file[FILES];
};

struct handle {
	sqlite3_file base;
	struct disk *disk;
	struct file *file;
};

static struct disk *disks;
static uint64_t random_state;

/* ---- octets ---- */

static void grow(struct bytes *b, size_t len)
{
	if (len > b->cap) {
		b->cap = len > 2 * b->cap ? len : 2 * b->cap;
		b->p = realloc(b->p, b->cap);
		ld_assert(b->p);
	}
	if (len > b->len)
		memset(b->p + b->len, 0, len - b->len);
	b->len = len;
}

static void copy(struct bytes *to, const struct bytes *from)
{
	grow(to, from->len);
	if (from->len)
		memcpy(to->p, from->p, from->len);
	to->len = from->len;
}

static void apply(struct bytes *b, const struct change *c, size_t len)
{
	if (c->cut) {
		grow(b, (size_t)c->at);
		return;
	}
	if ((size_t)c->at + len > b->len)
		grow(b, (size_t)c->at + len);
	memcpy(b->p + c->at, c->data, len);
}

static void note(struct file *f, bool cut, const void *data, size_t len, sqlite3_int64 at)
{
	struct change *c = malloc(sizeof(*c) + len);

	ld_assert(c);
	*c = (struct change){ .cut = cut, .at = at, .len = len };
	if (len)
		memcpy(c->data, data, len);
	*f->last = c;
	f->last = &c->next;
	apply(&f->now, c, len);
}

static void forget(struct file *f)
{
	for (struct change *c = f->first, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	f->first = NULL;
	f->last = &f->first;
}

static void drop_shm(struct file *f)
{
	for (int i = 0; i < SHM_MAX; i++) {
		free(f->shm[i]);
		f->shm[i] = NULL;
	}
}

/* ---- the power ---- */

/* What a write finds: 0, or what SQLite is told. */
static int power(struct disk *d)
{
	d->writes++;
	if (!d->dead && d->fail_at > 0 && --d->fail_at == 0)
		d->dead = true;
	if (d->dead)
		return SQLITE_IOERR;
	if (d->full > 0) {
		d->full--;
		return SQLITE_FULL;
	}
	return SQLITE_OK;
}

void disk_fail_at(struct disk *d, unsigned n)
{
	d->fail_at = n;
}

void disk_full(struct disk *d, unsigned n)
{
	d->full = n;
}

bool disk_dead(const struct disk *d)
{
	return d->dead;
}

uint64_t disk_writes(const struct disk *d)
{
	return d->writes;
}

/* One cut in three loses all, one keeps all but a torn end, one keeps any of it. */
static void settle(struct file *f, uint64_t *seed)
{
	uint32_t how = seed_below(seed, 3), n = 0, keep;

	for (struct change *c = f->first; c; c = c->next)
		n++;
	keep = how == 0 || n == 0 ? 0 : seed_below(seed, n + 1);
	for (struct change *c = f->first; c && how > 0; c = c->next) {
		bool whole = how == 1 ? keep > 1 : seed_below(seed, 2);

		if (how == 1 && keep == 0)
			break;
		keep -= how == 1;
		if (whole)
			apply(&f->synced, c, c->len);
		else if (!c->cut && c->len)
			apply(&f->synced, c, seed_below(seed, (uint32_t)c->len));
	}
	forget(f);
	copy(&f->now, &f->synced);
}

void disk_restart(struct disk *d, uint64_t *seed)
{
	for (int i = 0; i < FILES; i++) {
		if (!d->file[i].name[0])
			continue;
		drop_shm(&d->file[i]);
		settle(&d->file[i], seed);
	}
	d->dead = false;
	d->fail_at = d->full = 0;
}

struct disk_image *disk_image_take(const struct disk *d)
{
	struct disk_image *im = calloc(1, sizeof(*im));

	ld_assert(im);
	for (int i = 0; i < FILES; i++) {
		memcpy(im->file[i].name, d->file[i].name, NAME_LEN);
		copy(&im->file[i].b, &d->file[i].synced);
	}
	return im;
}

void disk_image_put(struct disk *d, const struct disk_image *im)
{
	for (int i = 0; i < FILES; i++) {
		drop_shm(&d->file[i]);
		forget(&d->file[i]);
		memcpy(d->file[i].name, im->file[i].name, NAME_LEN);
		copy(&d->file[i].synced, &im->file[i].b);
		copy(&d->file[i].now, &im->file[i].b);
	}
	d->dead = false;
	d->fail_at = d->full = 0;
}

void disk_image_free(struct disk_image *im)
{
	for (int i = 0; im && i < FILES; i++)
		free(im->file[i].b.p);
	free(im);
}

/* ---- files ---- */

static struct file *file_of(struct disk *d, const char *name, bool make)
{
	for (int i = 0; i < FILES; i++)
		if (strcmp(d->file[i].name, name) == 0)
			return &d->file[i];
	for (int i = 0; make && i < FILES; i++) {
		if (d->file[i].name[0])
			continue;
		snprintf(d->file[i].name, NAME_LEN, "%s", name);
		return &d->file[i];
	}
	return NULL;
}

static struct disk *disk_of(const char *path, const char **ret_name)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	for (struct disk *d = disks; slash && d; d = d->next) {
		if (strlen(d->dir) != (size_t)(slash - path) ||
		    strncmp(d->dir, path, strlen(d->dir)) != 0)
			continue;
		*ret_name = slash + 1;
		return d;
	}
	return NULL;
}

static int f_close(sqlite3_file *x)
{
	(void)x;
	return SQLITE_OK;
}

static int f_read(sqlite3_file *x, void *to, int len, sqlite3_int64 at)
{
	const struct bytes *b = &((struct handle *)x)->file->now;
	size_t have = (size_t)at >= b->len ? 0 : b->len - (size_t)at;

	if (((struct handle *)x)->disk->dead)
		return SQLITE_IOERR_READ;
	if (have >= (size_t)len) {
		memcpy(to, b->p + at, (size_t)len);
		return SQLITE_OK;
	}
	memset(to, 0, (size_t)len);
	if (have)
		memcpy(to, b->p + at, have);
	return SQLITE_IOERR_SHORT_READ;
}

static int f_write(sqlite3_file *x, const void *from, int len, sqlite3_int64 at)
{
	struct handle *h = (struct handle *)x;
	int rc = power(h->disk);

	/* The write during which the power goes may reach the card in part. */
	if (rc == SQLITE_OK || h->disk->fail_at == 0)
		if (rc != SQLITE_FULL)
			note(h->file, false, from, (size_t)len, at);
	return rc == SQLITE_IOERR ? SQLITE_IOERR_WRITE : rc;
}

static int f_truncate(sqlite3_file *x, sqlite3_int64 size)
{
	struct handle *h = (struct handle *)x;

	if (power(h->disk) == SQLITE_IOERR)
		return SQLITE_IOERR_TRUNCATE;
	if ((size_t)size < h->file->now.len)
		note(h->file, true, NULL, 0, size);
	return SQLITE_OK;
}

static int f_sync(sqlite3_file *x, int flags)
{
	struct handle *h = (struct handle *)x;

	(void)flags;
	if (power(h->disk) == SQLITE_IOERR)
		return SQLITE_IOERR_FSYNC;
	for (struct change *c = h->file->first; c; c = c->next)
		apply(&h->file->synced, c, c->len);
	forget(h->file);
	return SQLITE_OK;
}

static int f_size(sqlite3_file *x, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct handle *)x)->file->now.len;
	return SQLITE_OK;
}

static int f_lock(sqlite3_file *x, int how)
{
	(void)x;
	(void)how;
	return SQLITE_OK;
}

static int f_reserved(sqlite3_file *x, int *ret)
{
	(void)x;
	*ret = 0;
	return SQLITE_OK;
}

static int f_control(sqlite3_file *x, int op, void *arg)
{
	(void)x;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int f_sector(sqlite3_file *x)
{
	(void)x;
	return 4096;
}

static int f_traits(sqlite3_file *x)
{
	(void)x;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;        /* as SQLite's own for Unix says */
}

/* One connection a file: memory shared with nobody, and locks that nobody else wants. */
static int f_shm_map(sqlite3_file *x, int i, int size, int extend, void volatile **ret)
{
	struct file *f = ((struct handle *)x)->file;

	ld_assert(i < SHM_MAX);
	if (!f->shm[i] && extend)
		f->shm[i] = calloc(1, (size_t)size);
	*ret = f->shm[i];
	return SQLITE_OK;
}

static int f_shm_lock(sqlite3_file *x, int offset, int n, int flags)
{
	(void)x;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void f_shm_barrier(sqlite3_file *x)
{
	(void)x;
}

static int f_shm_unmap(sqlite3_file *x, int drop)
{
	(void)drop;
	drop_shm(((struct handle *)x)->file);
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = f_close, .xRead = f_read, .xWrite = f_write,
	.xTruncate = f_truncate, .xSync = f_sync, .xFileSize = f_size, .xLock = f_lock,
	.xUnlock = f_lock, .xCheckReservedLock = f_reserved, .xFileControl = f_control,
	.xSectorSize = f_sector, .xDeviceCharacteristics = f_traits, .xShmMap = f_shm_map,
	.xShmLock = f_shm_lock, .xShmBarrier = f_shm_barrier, .xShmUnmap = f_shm_unmap,
};

/* ---- the VFS ---- */

static int v_open(sqlite3_vfs *v, const char *path, sqlite3_file *x, int flags, int *ret_flags)
{
	struct handle *h = (struct handle *)x;
	const char *name;

	(void)v;
	h->base.pMethods = NULL;
	h->disk = disk_of(path, &name);
	if (!h->disk || h->disk->dead)
		return SQLITE_CANTOPEN;
	h->file = file_of(h->disk, name, flags & SQLITE_OPEN_CREATE);
	if (!h->file)
		return SQLITE_CANTOPEN;
	h->base.pMethods = &methods;
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int v_delete(sqlite3_vfs *v, const char *path, int sync)
{
	const char *name;
	struct disk *d = disk_of(path, &name);
	struct file *f = d && !d->dead ? file_of(d, name, false) : NULL;

	(void)v;
	(void)sync;
	if (!f)
		return d && d->dead ? SQLITE_IOERR_DELETE : SQLITE_IOERR_DELETE_NOENT;
	forget(f);
	f->now.len = f->synced.len = 0;
	f->name[0] = '\0';
	return SQLITE_OK;
}

static int v_access(sqlite3_vfs *v, const char *path, int flags, int *ret)
{
	const char *name;
	struct disk *d = disk_of(path, &name);

	(void)v;
	(void)flags;
	*ret = d && file_of(d, name, false);
	return SQLITE_OK;
}

static int v_path(sqlite3_vfs *v, const char *path, int size, char *ret)
{
	(void)v;
	snprintf(ret, (size_t)size, "%s", path);
	return SQLITE_OK;
}

static int v_random(sqlite3_vfs *v, int len, char *ret)
{
	(void)v;
	for (int i = 0; i < len; i++)
		ret[i] = (char)seed_u64(&random_state);
	return len;
}

static int v_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	return us;
}

static int v_time(sqlite3_vfs *v, sqlite3_int64 *ret)
{
	(void)v;
	*ret = 0;
	return SQLITE_OK;
}

void disk_init(void)
{
	static sqlite3_vfs vfs = {
		.iVersion = 2, .szOsFile = sizeof(struct handle), .mxPathname = 256,
		.zName = "card", .xOpen = v_open, .xDelete = v_delete, .xAccess = v_access,
		.xFullPathname = v_path, .xRandomness = v_random, .xSleep = v_sleep,
		.xCurrentTimeInt64 = v_time,
	};

	sqlite3_initialize();
	sqlite3_vfs_register(&vfs, 1);
}

void disk_seed(uint64_t seed)
{
	random_state = seed;
	sqlite3_randomness(0, NULL);    /* it draws anew from the VFS */
}

struct disk *disk_new(const char *dir)
{
	struct disk *d = calloc(1, sizeof(*d));

	ld_assert(d);
	snprintf(d->dir, sizeof(d->dir), "%s", dir);
	for (int i = 0; i < FILES; i++)
		d->file[i].last = &d->file[i].first;
	d->next = disks;
	disks = d;
	return d;
}

void disk_free(struct disk *d)
{
	struct disk **at = &disks;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	for (int i = 0; i < FILES; i++) {
		forget(&d->file[i]);
		drop_shm(&d->file[i]);
		free(d->file[i].now.p);
		free(d->file[i].synced.p);
	}
	free(d);
}
