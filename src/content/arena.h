/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is taken piece by piece and freed at once. When it runs out it stays failed, gives
 * NULL, and the loader says so once at its end. */
#ifndef LAIDO_CONTENT_ARENA_H
#define LAIDO_CONTENT_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct ld_arena;

struct ld_arena *ld_arena_new(void);
void ld_arena_free(struct ld_arena *a);

/* n zeroed pieces of `size` octets, aligned for anything; NULL when memory ran out. */
void *ld_arena_array(struct ld_arena *a, size_t n, size_t size);

/* A copy; "" for an empty string and when memory ran out. Never NULL. */
const char *ld_arena_string(struct ld_arena *a, const char *s);

bool ld_arena_failed(const struct ld_arena *a);

#endif
