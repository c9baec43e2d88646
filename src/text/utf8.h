/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text/utf8: characters of hostile UTF-8, shared by the files of this room. Plain C. */
#ifndef LAIDO_TEXT_UTF8_H
#define LAIDO_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/text/text.h"

enum {
	LD_BAD_CHAR = 0xfffd,   /* stands for every octet that is no UTF-8 */
	LD_GSM7_ESC = 0x1b,
};

/* The character at s: octets taken, 0 at the end of the text. A bad octet is one LD_BAD_CHAR. */
size_t ld_utf8_next_wide(const char *s, uint32_t *ret_cp);
static inline size_t ld_utf8_next(const char *s, uint32_t *ret_cp)
{
	unsigned char c = (unsigned char)*s;

	if (c >= 0x80)
		return ld_utf8_next_wide(s, ret_cp);
	*ret_cp = c;
	return c != 0;
}

/* Output that always leaves room for a NUL; `full` once something did not fit. */
struct ld_out {
	char *p;
	size_t size;            /* > 0 */
	size_t len;
	bool full;
};
/* A character goes in whole or not at all; LD_BAD_CHAR is dropped. */
void ld_out_char(struct ld_out *o, uint32_t cp);
/* Whole characters, as they are. */
void ld_out_octets(struct ld_out *o, const char *octets, size_t n);
/* Set the NUL: octets written, or LD_E_TOOBIG and an empty string when something was left out. */
int ld_out_end(struct ld_out *o);

/* What is never split: a character with its marks, an emoji joined to another, a flag. A flood of
 * marks is cut into several, so that none is longer than 20 code units. */
struct ld_cluster {
	size_t octets;
	unsigned length;        /* septets or code units */
	uint32_t first;         /* its first character */
};
/* false at the end of the text. */
bool ld_cluster_next(const char *s, enum ld_alphabet alphabet, struct ld_cluster *ret);

/* Octets of the longest start of the text, of whole clusters, that is at most limit long. Where not
 * even one fits, characters are counted instead, and one is taken in any case. 0 at the end of the
 * text or when limit is 0. */
size_t ld_text_fit(const char *text, enum ld_alphabet alphabet, unsigned limit);

/* Septets of one character (1 or 2), 0 when the default alphabet has it not. ret_septet, which may
 * be NULL, gets the last septet: what follows LD_GSM7_ESC when there are two. */
unsigned ld_gsm7_char(uint32_t cp, uint8_t *ret_septet);

/* UTF-16 code units: 0 for LD_BAD_CHAR, which no output carries. */
static inline unsigned ld_ucs2_char(uint32_t cp)
{
	return cp == LD_BAD_CHAR ? 0 : cp >= 0x10000 ? 2 : 1;
}

#endif
