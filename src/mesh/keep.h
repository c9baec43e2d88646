/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small secret text files of "name value" lines, replaced as a whole. */
#ifndef LAIDO_MESH_KEEP_H
#define LAIDO_MESH_KEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "laido/base/err.h"

enum { KEEP_MAX = 4096, KEEP_PATH = 320, KEEP_HEX = 160 };

/* dir/name, with room for a suffix. LD_E_TOOBIG with words. */
int keep_path(char ret[KEEP_PATH], const char *dir, const char *name, struct ld_errmsg *err);

/* Read path into ret (KEEP_MAX octets, NUL added). secret: refuse it when others may read it.
 * Returns its length, or -errno, LD_E_TOOBIG, LD_E_DENIED. */
int keep_read(const char *path, bool secret, char *ret, struct ld_errmsg *err);

/* Write path, durable, mode 0600. fresh: fail with -EEXIST when it is there already. */
int keep_write(const char *path, bool fresh, const char *text, size_t len, struct ld_errmsg *err);

/* The value on the first line that begins with `name ` (without trailing blanks or CR), with NUL
 * in ret. false when there is none or it is longer than size - 1. */
bool keep_field(const char *text, const char *name, char *ret, size_t size);
/* The same of a value that is len octets in hexadecimal digits, at most KEEP_HEX. */
bool keep_hex(const char *text, const char *name, void *ret, size_t len);

#endif
