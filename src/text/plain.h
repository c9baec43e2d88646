/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text/plain: characters that stand for plainer ones. */
#ifndef LAIDO_TEXT_PLAIN_H
#define LAIDO_TEXT_PLAIN_H

#include <stdint.h>

/* What to write instead of the character, "" for nothing, or NULL: it stays. All plain ones are
 * ASCII, so that none of them forces a text into UCS-2. */
const char *ld_plain(uint32_t cp);

/* Unaccented d for the letters that look like "đ" and have no decomposition, else 0. */
char ld_plain_d(uint32_t cp);

#endif
