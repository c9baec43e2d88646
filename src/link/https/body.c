/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/link/https/body.h"

#include <stdlib.h>
#include <string.h>

#include "laido/base/err.h"

int ld_body_add(struct ld_body **b, const void *data, size_t len, size_t announced)
{
	struct ld_body *x = *b;
	size_t cap = x ? x->cap : announced ? announced : 4096;

	if (x ? x->stays && len > cap - x->len : announced && len > announced)
		return LD_E_TOOBIG;
	while (cap < (x ? x->len : 0) + len)
		cap *= 2;
	if (!x || cap != x->cap) {
		x = realloc(x, sizeof(*x) + cap);
		if (!x)
			return LD_E_NOMEM;
		if (!*b)
			*x = (struct ld_body){ .owners = 1, .stays = announced > 0 };
		x->cap = cap;
		*b = x;
	}
	memcpy(x->data + x->len, data, len);
	x->len += len;
	return 0;
}

struct ld_body *ld_body_ref(struct ld_body *b)
{
	b->owners++;
	return b;
}

void ld_body_drop(struct ld_body *b)
{
	if (b && --b->owners == 0)
		free(b);
}
