/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/identity: who a node is, and how a ward admits it (docs/MESH.md 2).
 *
 * A node's state folder holds two small text files, both mode 0600: `key`, the seed of its Ed25519
 * key, made on first start; and `ward`, the secrets of the ward it belongs to, and the root key that
 * stands behind it, if it has one (mesh/root.h). A ward that changed its key has `keys-before`, too. The node whose own
 * key is the ward's key *is* the ward: laido-ward, or a lone board, which is a ward of one.
 * An invite is a text file that carries the ward's secrets to one board: sealed to that board's
 * key, signed by the ward. It may travel in the open. */
#ifndef LAIDO_MESH_IDENTITY_H
#define LAIDO_MESH_IDENTITY_H

#include "laido/base/err.h"
#include "laido/crypto/crypto.h"
#include "laido/port/random.h"

enum {
	LD_NODE_DIR_MAX = 256,
	LD_MEMBER_NAME_MAX = 32, /* octets with the NUL, as in struct ld_member */
	LD_WARD_NAME_MAX = 64,
	LD_HOST_HINT_MAX = 96, /* "host:port" */
	LD_INVITE_MAX = 2048,  /* octets of an invite's text with the NUL */
	LD_HEX_PK = 65,        /* a public key as hex with its NUL */
	LD_KEYS_BEFORE = 16,   /* former keys of a ward */
};

struct ld_node {
	char dir[LD_NODE_DIR_MAX];
	struct ld_keypair key;
	struct ld_board_id id;
	bool joined; /* `ward` below is known */
	struct ld_ward_keys ward;
	bool rooted; /* the ward's root key is known, and: */
	struct ld_warrant warrant; /* by which ward.ward_pk is the ward's key */
	unsigned n_before; /* former keys of this ward, the oldest first */
	struct ld_keypair before[LD_KEYS_BEFORE];
	char ward_name[LD_WARD_NAME_MAX];
	char ward_host[LD_HOST_HINT_MAX]; /* where the invite says the ward is; "" unknown */
};

/* Read the state folder, which must exist; makes the key on first start. -errno, LD_E_DENIED when
 * others may read the secrets, LD_E_SYNTAX for a damaged file; err names the file and what to do.
 */
int ld_node_open(struct ld_node *ret, const char *dir, struct ld_random *random,
		 struct ld_errmsg *err);
void ld_node_wipe(struct ld_node *n);

/* Make this node a ward: new name key and completion key. LD_E_DENIED when it belongs to one. */
int ld_node_found(struct ld_node *n, const char *ward_name, struct ld_random *random,
		  struct ld_errmsg *err);

/* The log knows by which warrant the ward has the key of now, or which root stands behind it: keep
 * that, for the next start. 1: this is news, 0: it was known. LD_E_DENIED: by another root. */
int ld_node_warrant(struct ld_node *n, const struct ld_warrant *w, struct ld_errmsg *err);

/* Open what was sealed to this node's key, or to a key that this ward had before. LD_E_FORGED. */
int ld_node_unseal(const struct ld_node *n, uint8_t *ret, const uint8_t *box, size_t len);

/* Whether this node holds the ward's signing key. */
bool ld_node_is_ward(const struct ld_node *n);

/* The invite for one board. host: where boards reach the ward ("host:port"), or "". Returns its
 * length; ret has LD_INVITE_MAX octets. LD_E_DENIED when this node is not the ward, LD_E_RANGE
 * for a name or key that cannot be. */
struct ld_invitee {
	uint8_t pk[32];
	char name[LD_MEMBER_NAME_MAX];
};
int ld_invite_make(const struct ld_node *ward, const struct ld_invitee *to, const char *host,
		   char *ret, struct ld_errmsg *err);

/* Open an invite and keep what it brings. ward_pk: the only ward that is accepted, or NULL for
 * any. Opening the same invite twice is harmless. LD_E_SYNTAX, LD_E_FORGED (altered, or for
 * another board), LD_E_DENIED (this node belongs to another ward), -errno. */
int ld_node_join(struct ld_node *n, const char *text, size_t len, const uint8_t *ward_pk,
		 struct ld_errmsg *err);
int ld_node_join_file(struct ld_node *n, const char *path, const uint8_t *ward_pk,
		      struct ld_errmsg *err);

/* A board's name is 1..31 octets of UTF-8 without control characters. */
bool ld_member_name_ok(const char *name);

#endif
