/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 32 * 1024 };

struct chunk {
	struct chunk *next;
	size_t size, used;
	_Alignas(max_align_t) char octets[];
};

struct ld_arena {
	struct chunk *chunks;
	bool failed;
};

struct ld_arena *ld_arena_new(void)
{
	return calloc(1, sizeof(struct ld_arena));
}

void ld_arena_free(struct ld_arena *a)
{
	if (!a)
		return;
	while (a->chunks) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	free(a);
}

static void *take(struct ld_arena *a, size_t len, size_t align)
{
	struct chunk *c = a->chunks;
	size_t start = c ? (c->used + align - 1) / align * align : 0;

	if (!c || start > c->size || c->size - start < len) {
		size_t size = len > CHUNK ? len : CHUNK;

		c = calloc(1, sizeof(*c) + size);
		if (!c) {
			a->failed = true;
			return NULL;
		}
		c->size = size;
		c->next = a->chunks;
		a->chunks = c;
		start = 0;
	}
	c->used = start + len;
	return c->octets + start;
}

void *ld_arena_array(struct ld_arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / 2 / size) {
		a->failed = true;
		return NULL;
	}
	return take(a, n * size, _Alignof(max_align_t));
}

const char *ld_arena_string(struct ld_arena *a, const char *s)
{
	size_t len = strlen(s);
	char *copy;

	if (len == 0)
		return "";
	copy = take(a, len + 1, 1);
	if (!copy)
		return "";
	memcpy(copy, s, len + 1);
	return copy;
}

bool ld_arena_failed(const struct ld_arena *a)
{
	return a->failed;
}
