/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of the tty as a trace may show it: of numbers (telephones, IMEI, IMSI) their last three
 * digits, of messages their length, of PINs nothing; what steers a terminal as dots. Pure. */
#ifndef LAIDO_MODEMD_MASK_H
#define LAIDO_MODEMD_MASK_H

#include <stddef.h>

void ld_mask_line(const char *line, char *ret, size_t size);

#endif
