/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text/typed: Vietnamese keystrokes that no input method turned into letters. */
#ifndef LAIDO_TEXT_TYPED_H
#define LAIDO_TEXT_TYPED_H

#include <stddef.h>

/* In place, in a folded text: every word that is a syllable typed by Telex or VNI, with at least
 * one key that is no letter of it, becomes that syllable. Returns the octets left. */
size_t ld_typed_undo(char *folded);

#endif
