/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card in memory below SQLite: a VFS that knows what was synced and what was not. When the power
 * goes, of what was written since the last sync anything may be there, torn, or lost. */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct disk;

/* Registers the VFS as SQLite's default; once. seed: what SQLite's own randomness comes from. */
void disk_init(void);
void disk_seed(uint64_t seed);

/* Every file below this folder lies on this card. */
struct disk *disk_new(const char *dir);
void disk_free(struct disk *d);

/* The power goes before the n-th write, sync or truncation from now; 0: not. */
void disk_fail_at(struct disk *d, unsigned n);
/* So many writes from now are refused as by a full card. */
void disk_full(struct disk *d, unsigned n);
bool disk_dead(const struct disk *d);
/* The power comes back: what was not synced is kept, torn or lost, by the seed. */
void disk_restart(struct disk *d, uint64_t *seed);

/* An image of the card as it is after a power cut, and its way back (also onto another card). */
struct disk_image;
struct disk_image *disk_image_take(const struct disk *d);
void disk_image_put(struct disk *d, const struct disk_image *i);
void disk_image_free(struct disk_image *i);

uint64_t disk_writes(const struct disk *d);

#endif
