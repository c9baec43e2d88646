/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a, to recognise and to detect torn writes; it protects nothing against an attacker. */
#ifndef LAIDO_MODEMD_HASH_H
#define LAIDO_MODEMD_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LD_HASH_START 0xcbf29ce484222325u

static inline uint64_t ld_hash(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

/* With its NUL, so that "ab","c" and "a","bc" differ. */
static inline uint64_t ld_hash_str(uint64_t h, const char *s)
{
	return ld_hash(h, s, strlen(s) + 1);
}

#endif
