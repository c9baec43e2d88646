/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ward/users: who may look at the ward's page: STATE/users, mode 0600, a line each:
 * ROLE HASH NAME. Written by `laido-ward --user`, read at each login. */
#ifndef LAIDO_WARD_USERS_H
#define LAIDO_WARD_USERS_H

#include <stdbool.h>

#include "laido/base/err.h"
#include "laido/crypto/crypto.h"

enum { USERS_MAX = 64, USER_NAME_MAX = 40, PASSWORD_MIN = 10, PASSWORD_MAX = 128 };

enum user_role {
	USER_VIEWER,    /* the figures */
	USER_OPERATOR,  /* and what names people who work for the ward */
};

struct user {
	enum user_role role;
	char name[USER_NAME_MAX];
	char hash[LD_PASSWORD_HASH];
};
struct users {
	unsigned n;
	struct user user[USERS_MAX];
};

/* No file: nobody. LD_E_SYNTAX or -errno with words. */
int users_load(struct users *ret, const char *state_dir, struct ld_errmsg *err);
const struct user *users_find(const struct users *u, const char *name);

/* What `laido-ward --user NAME --role ROLE` does: asks for a password on the terminal, or reads a
 * line of standard input. role NULL: as it was, viewer for a new one. */
int users_set(const char *state_dir, const char *name, const char *role, struct ld_errmsg *err);
int users_remove(const char *state_dir, const char *name, struct ld_errmsg *err);

#endif
