/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/root: the root key of a ward and what it has signed (ADR 0014).
 *
 * The root key lies on a stick in a drawer, never on a machine that is connected: file `laido-root`
 * there. It signs warrants: this is the ward's key number N. All of them stand in `laido-warrants`,
 * beside it and as `warrants` in the ward's state folder; that file is for everybody to read. */
#ifndef LAIDO_MESH_ROOT_H
#define LAIDO_MESH_ROOT_H

#include "laido/mesh/identity.h"

enum {
	LD_WARRANTS_MAX = LD_KEYS_BEFORE,
	LD_WARRANTS_TEXT = 4096, /* octets of the text with its NUL */
};

/* Every warrant of one root, by number, from 1. */
struct ld_warrants {
	unsigned n;
	struct ld_warrant w[LD_WARRANTS_MAX];
};

/* Read and verify that text. LD_E_SYNTAX, LD_E_FORGED with words. */
int ld_warrants_parse(struct ld_warrants *ret, const char *text, struct ld_errmsg *err);
/* Its length; ret has LD_WARRANTS_TEXT octets. */
int ld_warrants_text(const struct ld_warrants *w, char *ret);
/* Those of a state folder; none is no error. */
int ld_warrants_load(struct ld_warrants *ret, const char *dir, struct ld_errmsg *err);

/* Make a root key in the folder `stick` for a ward, and pin it there. What was cut short is finished
 * when it is done again. LD_E_DENIED: this is not a ward, it has a root key, or the stick holds
 * another one. */
int ld_root_make(struct ld_node *ward, const char *stick, struct ld_random *random,
		 struct ld_errmsg *err);

/* Give the ward whose state folder is `dir` a new key, signed by the root key on the stick; its old one
 * stays in `keys-before`. In an empty folder the ward begins anew by what the stick knows. Nobody else
 * may have that state open. What was cut short is finished when it is done again. */
int ld_root_rekey(const char *dir, const char *stick, struct ld_random *random,
		  struct ld_node *ret, struct ld_errmsg *err);

#endif
