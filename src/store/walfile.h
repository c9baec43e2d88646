/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store/walfile: the default file system of SQLite, with a write-ahead log that is written once a
 * transaction rather than twice a page. */
#ifndef LAIDO_STORE_WALFILE_H
#define LAIDO_STORE_WALFILE_H

/* The name for sqlite3_open_v2(), NULL for the default one when there is no memory. The first call
 * registers it, for the life of the process. */
const char *walfile_vfs(void);

#endif
