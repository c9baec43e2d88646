/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link/https/body: what comes in over HTTP. The connection writes on behind len while the work thread
 * reads what was there before; whoever of its owners is last frees it. I/O thread only, but data. */
#ifndef LAIDO_LINK_HTTPS_BODY_H
#define LAIDO_LINK_HTTPS_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a message of the mesh that is still coming, so much is worth a step of its engine. */
enum { LD_BODY_PART = 16 * 1024 };

struct ld_body {
	unsigned owners;
	bool stays; /* its length was announced: data will not be moved */
	size_t len, cap;
	uint8_t data[];
};

/* More of it; *b NULL: the first of it, announced octets in all (0: not known). 0, LD_E_NOMEM, or
 * LD_E_TOOBIG for more than was announced. */
int ld_body_add(struct ld_body **b, const void *data, size_t len, size_t announced);
struct ld_body *ld_body_ref(struct ld_body *b);
void ld_body_drop(struct ld_body *b); /* NULL is fine */

#endif
