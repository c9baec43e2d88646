/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/identity: what its files share. */
#ifndef LAIDO_MESH_IDENTITY_IMPL_H
#define LAIDO_MESH_IDENTITY_IMPL_H

#include "keep.h"
#include "laido/mesh/identity.h"

int identity_write_key(const char *path, bool fresh, const uint8_t seed[32], struct ld_errmsg *err);
/* -ENOENT when there is none. */
int identity_read_key(const char *path, struct ld_keypair *ret, struct ld_errmsg *err);

/* The lines root, number and warrant. */
int identity_warrant_text(const struct ld_warrant *w, char *ret, size_t size);
/* 1: they say that pk is the ward's key; 0: there are none; LD_E_SYNTAX, LD_E_FORGED. */
int identity_warrant_parse(const char *text, const uint8_t pk[32], struct ld_warrant *ret);

/* Write the file `ward`. */
int identity_save(const struct ld_node *n, bool fresh, struct ld_errmsg *err);
/* What a node is after it was saved; nothing has changed when that failed. Wipes `with`. */
int identity_take(struct ld_node *n, struct ld_node *with, bool fresh, struct ld_errmsg *err);

#endif
