/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

#include <string.h>

static bool is_blank(uint32_t cp)
{
	return cp == ' ' || cp == '\n' || cp == '\t' || cp == '\r';
}

/* Where the start of a text may end, in octets; 0: nowhere yet. */
struct ends {
	size_t line;            /* after its last whole line that fits */
	size_t word;            /* after its last whole word that fits */
};

/* Blanks at the end of a line take no room, so only other characters can overflow. */
static struct ends find_ends(const char *text, enum ld_alphabet alphabet, unsigned limit)
{
	struct ends e = { 0, 0 };
	struct ld_cluster c;
	size_t word_end = 0;    /* after the last character that is no blank */
	unsigned length = 0;

	for (size_t at = 0; ld_cluster_next(text + at, alphabet, &c); at += c.octets) {
		length += c.length;
		if (is_blank(c.first)) {
			e.word = word_end;
			if (c.first == '\n')
				e.line = word_end;
		} else if (length > limit) {
			return e;
		} else {
			word_end = at + c.octets;
		}
	}
	e.line = e.word = word_end;
	return e;
}

size_t ld_text_page(const char *text, enum ld_alphabet alphabet, unsigned limit, size_t *ret_next)
{
	struct ends e = find_ends(text, alphabet, limit);
	size_t len = e.line ? e.line : e.word ? e.word : ld_text_fit(text, alphabet, limit);

	if (limit == 0)
		len = 0;
	*ret_next = len;
	if (limit > 0)
		*ret_next += strspn(text + len, " \n\t\r");
	return len;
}
