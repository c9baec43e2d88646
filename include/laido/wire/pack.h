/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire/pack: a folder of text files as the octets of an edition (docs/FORMATS.md, "Editions").
 *
 * Each file is a zstd frame of its own, and no piece reaches from one into the next: who changes a
 * lesson publishes the pieces of one course anew, and no others. */
#ifndef LAIDO_WIRE_PACK_H
#define LAIDO_WIRE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "laido/base/err.h"
#include "laido/model/event.h"

enum {
	LD_FOLDER_FILES = 64,
	LD_FOLDER_NAME = 64,            /* octets of a file's name with its NUL */
	LD_FOLDER_OCTETS = 4 << 20,     /* of all files together */
	LD_PIECE_MAX = 4000,            /* octets of a piece: with its head it fits into an event */
};

struct ld_folder_file {
	char name[LD_FOLDER_NAME];      /* "menu.conf", "courses/dvc.conf" */
	size_t len;
	char *text;                     /* NUL behind it */
};

/* The files of a folder, in memory, in order of their names. */
struct ld_folder {
	unsigned n;
	struct ld_folder_file file[LD_FOLDER_FILES];
};

/* Small letters, digits, - and _, ending in .conf; at most one folder before it, "courses/". */
bool ld_folder_name_ok(const char *name);
/* Adds a copy of the file in its place. LD_E_RANGE: the name; LD_E_TOOBIG: too many files or
 * octets, or one is there already; LD_E_NOMEM. */
int ld_folder_add(struct ld_folder *f, const char *name, const char *text, size_t len);
const struct ld_folder_file *ld_folder_find(const struct ld_folder *f, const char *name);
bool ld_folder_same(const struct ld_folder *a, const struct ld_folder *b);
void ld_folder_release(struct ld_folder *f);

struct ld_piece {
	size_t at;
	uint16_t len;
	uint8_t id[LD_CHUNK_ID];
};

/* Pieces one behind the other. Zero it before its first use. */
struct ld_pack {
	size_t len;
	uint8_t *data;
	unsigned n;
	struct ld_piece piece[LD_EDITION_PARTS];
};

/* The name of a piece: what it holds. */
void ld_chunk_id(uint8_t ret[LD_CHUNK_ID], const void *data, size_t len);
/* LD_E_TOOBIG: too many pieces, or one is too long; LD_E_NOMEM. */
int ld_pack_add(struct ld_pack *p, const void *data, size_t len);
/* LD_E_TOOBIG: more than LD_EDITION_PARTS pieces. */
int ld_pack_folder(const struct ld_folder *f, struct ld_pack *ret);
void ld_pack_hash(uint8_t ret[32], const struct ld_pack *p);
void ld_pack_release(struct ld_pack *p);

/* The files again. LD_E_CORRUPT: they are not files of a folder; LD_E_TOOBIG; LD_E_NOMEM: nothing
 * is left in *ret then, which was zero. Memory is bounded whatever the octets are. */
int ld_unpack(const struct ld_pack *p, struct ld_folder *ret);

#endif
