/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mesh/ferry: records in a file, for boards whose links never come (docs/MESH.md 10). The frames are
 * those of an exchange, and are taken by the same code; the file is encrypted to every member that
 * was not revoked, and signed chunk by chunk by the node that wrote it.
 *
 * No files and no threads of its own: octets go in, octets come out, in a bounded amount. Steps run
 * on the work thread inside a transaction, as those of mesh/sync: what a step put out may leave, and
 * ld_ferry_*_accept() be called, only after the commit; a step that was undone is run again. */
#ifndef LAIDO_MESH_FERRY_H
#define LAIDO_MESH_FERRY_H

#include "laido/crypto/crypto.h"
#include "laido/mesh/sync.h"
#include "laido/port/random.h"

enum {
	LD_FERRY_BOXES_MAX = 1000,              /* members that one file is wrapped to */
	LD_FERRY_OUT_MAX = 120 * 1024,          /* octets that one step puts out, at most */
};

/* ---- writing ---- */

struct ld_ferry_out;
struct ld_ferry_out_cfg {
	struct ld_mesh *mesh;
	const struct ld_keypair *key;           /* of this node; borrowed */
	struct ld_random *random;
	int64_t now_ms;                         /* UTC */
	int64_t since_ms;       /* leave out what was surely written before; 0: nothing */
};
struct ld_ferry_written {
	unsigned boards;                        /* that can read it */
	uint64_t runs, events, octets;
	uint64_t unreadable;                    /* stretches that this database could not give */
};

struct ld_ferry_out *ld_ferry_out_new(const struct ld_ferry_out_cfg *cfg);
void ld_ferry_out_free(struct ld_ferry_out *f);
/* LD_MESH_MORE, LD_MESH_DONE with the last octets, LD_E_TOOBIG for too many members, LD_E_NOMEM, or
 * the store: then roll back. */
int ld_ferry_out_step(struct ld_ferry_out *f, struct ld_store *st);
/* What the last step put out; may be nothing. Valid until the next one. */
const uint8_t *ld_ferry_out_octets(const struct ld_ferry_out *f, size_t *ret_len);
void ld_ferry_out_accept(struct ld_ferry_out *f);
/* As of the last accept. */
void ld_ferry_out_written(const struct ld_ferry_out *f, struct ld_ferry_written *ret);

/* ---- reading ---- */

struct ld_ferry_in;
struct ld_ferry_read {
	bool known;                             /* the writer has shown who it is */
	uint8_t writer[32];                     /* public key */
	char name[32];       /* of that member; "" none here */
	int64_t made_ms, since_ms;              /* as the writer says; since 0: all */
	struct ld_mesh_stats taken;             /* what became of its runs */
	uint64_t lacking;                       /* events that the writer held and this store does not */
	unsigned lacking_streams;
	uint64_t octets;                        /* of the file, as far as it was good */
	bool whole;                             /* read to its end */
};

/* key: of this node; borrowed. NULL when out of memory. */
struct ld_ferry_in *ld_ferry_in_new(struct ld_mesh *mesh, const struct ld_keypair *key);
void ld_ferry_in_free(struct ld_ferry_in *f);
/* The next octets of the file. Returns how many were used; when *ret_ready is set, step until it
 * says no more before the rest is fed. LD_E_SYNTAX no ferry file, LD_E_VERSION, LD_E_TOOBIG,
 * LD_E_DENIED not wrapped to this node, LD_E_CORRUPT octets behind its end; err has words. */
int ld_ferry_in_feed(struct ld_ferry_in *f, const uint8_t *data, size_t len, bool *ret_ready,
		     struct ld_errmsg *err);
/* LD_MESH_MORE, 0 when the chunk is worked off; LD_E_FORGED, LD_E_CORRUPT, LD_E_TOOBIG, LD_E_DENIED:
 * the file goes no further, and what was taken before stands (err has words); LD_E_NOMEM, or the
 * store: then roll back. */
int ld_ferry_in_step(struct ld_ferry_in *f, struct ld_store *st, struct ld_errmsg *err);
void ld_ferry_in_accept(struct ld_ferry_in *f);
/* As of the last accept. */
void ld_ferry_in_read(const struct ld_ferry_in *f, struct ld_ferry_read *ret);

#endif
