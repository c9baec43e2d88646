/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/config/reader.h"

#include <string.h>

enum { NAME_MAX_LEN = 40 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edit distance of two short names. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_LEN + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > NAME_MAX_LEN || lb > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (unsigned j = 0; j <= lb; j++)
		row[j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1,
				      diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

const char *ld_nearest(const char *name, unsigned n, const char *(*at)(const void *arg, unsigned i),
		       const void *arg)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(name) / 3 + 2;

	for (unsigned i = 0; i < n; i++) {
		const char *candidate = at(arg, i);
		unsigned d = distance(name, candidate);

		if (d < least) {
			least = d;
			best = candidate;
		}
	}
	return best;
}
