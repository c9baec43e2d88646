/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by frame.c, frame_vector.c and frame_run.c only. */
#ifndef LAIDO_WIRE_FRAME_PRIVATE_H
#define LAIDO_WIRE_FRAME_PRIVATE_H

#include "laido/wire/frame.h"
#include "octets.h"

void wr_stream(struct writer *w, const struct ld_stream *s);
void rd_stream(struct reader *r, struct ld_stream *ret);

/* Append a frame of this type with this payload. */
int msg_put(struct ld_msg *m, uint8_t type, const uint8_t *payload, size_t len);

#endif
