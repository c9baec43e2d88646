/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/backup: a node's state as a folder, and back: the database, the secrets (key, ward) and who
 * may look at the ward's page. The folder is as secret as the state is: mode 0700. */
#ifndef LAIDO_MESH_BACKUP_H
#define LAIDO_MESH_BACKUP_H

#include "laido/base/err.h"

/* Into the folder `to`, which is made; a copy that is there is replaced when the new one is whole.
 * The program may go on meanwhile. Words on failure. */
int ld_state_backup(const char *state_dir, const char *to, struct ld_errmsg *err);

/* From that folder into state_dir (made when missing). What is there is kept aside under names
 * that end with ".before-restore". LD_E_LOCKED while a program uses the state, LD_E_DENIED when
 * the state is another node's, LD_E_CORRUPT when the backup is damaged: nothing has changed then.
 * Call ld_store_after_restore() next. */
int ld_state_restore(const char *from, const char *state_dir, struct ld_errmsg *err);

#endif
