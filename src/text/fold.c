/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

#include <string.h>
#include <utf8proc.h>

#include "laido/base/err.h"
#include "plain.h"
#include "typed.h"

enum {
	RAW_MAX = 16,           /* characters of a chunk as they come in */
	CHUNK_MAX = 9,          /* and decomposed: a letter with its marks; more are dropped */
	DECOMPOSED_MAX = 32,    /* of one character: 18 in Unicode, by compatibility */
};

static bool is_mark(uint32_t cp)
{
	utf8proc_category_t c;

	if (cp < 0x300)
		return false;
	c = utf8proc_category((utf8proc_int32_t)cp);
	return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_ME || c == UTF8PROC_CATEGORY_MC;
}

/* Vowels and finals of Hangul compose with the letter before, as marks do. */
static bool is_joined(uint32_t cp)
{
	return is_mark(cp) || (cp >= 0x1160 && cp <= 0x11ff);
}

static bool is_alnum(uint32_t cp)
{
	return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
}

/* ---- normal form ---- */

/* A text is composed piece by piece, so that no buffer of its size is needed. */
struct chunk {
	struct ld_out out;
	bool strip;             /* without accents */
	unsigned n;
	utf8proc_int32_t cp[RAW_MAX];
};

static void put_plain(struct ld_out *o, uint32_t cp)
{
	const char *plain = ld_plain(cp);

	if (!plain)
		ld_out_char(o, cp);
	else
		for (; *plain; plain++)
			ld_out_char(o, (unsigned char)*plain);
}

static int combining_class(utf8proc_int32_t cp)
{
	return utf8proc_get_property(cp)->combining_class;
}

/* Canonical order (Unicode 3.11): by combining class, never across a letter. */
static void sort_marks(utf8proc_int32_t *cp, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		utf8proc_int32_t mark = cp[i];
		int ccc = combining_class(mark);
		unsigned k = i;

		for (; ccc > 0 && k > 0 && combining_class(cp[k - 1]) > ccc; k--)
			cp[k] = cp[k - 1];
		cp[k] = mark;
	}
}

static unsigned decompose(const struct chunk *c, utf8proc_int32_t ret[CHUNK_MAX])
{
	utf8proc_int32_t one[DECOMPOSED_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < c->n; i++) {
		utf8proc_ssize_t k = utf8proc_decompose_char(c->cp[i], one, DECOMPOSED_MAX,
							     UTF8PROC_DECOMPOSE, NULL);
		for (utf8proc_ssize_t m = 0; m < k && n < CHUNK_MAX; m++)
			ret[n++] = one[m];
	}
	sort_marks(ret, n);
	return n;
}

/* Takes the marks from a Latin letter, and away where they stand alone; the rest stays. */
static unsigned strip_marks(utf8proc_int32_t *cp, unsigned n)
{
	unsigned kept = 0;

	if (n > 0 && ld_plain_d((uint32_t)cp[0]))
		cp[0] = ld_plain_d((uint32_t)cp[0]);
	if (n == 0 || (cp[0] >= 0x80 && !is_mark((uint32_t)cp[0]) && !ld_plain((uint32_t)cp[0])))
		return n;
	for (unsigned i = 0; i < n; i++)
		if (!is_mark((uint32_t)cp[i]))
			cp[kept++] = cp[i];
	return kept;
}

static void compose(struct chunk *c)
{
	utf8proc_int32_t cp[CHUNK_MAX];
	unsigned n = decompose(c, cp);
	utf8proc_ssize_t composed;

	if (c->strip)
		n = strip_marks(cp, n);
	composed = utf8proc_normalize_utf32(cp, (utf8proc_ssize_t)n,
					    UTF8PROC_COMPOSE | UTF8PROC_STABLE);
	/* Some characters turn into one that has a plainer form only now (U+1FEF is '`'). */
	for (utf8proc_ssize_t i = 0; i < composed; i++)
		put_plain(&c->out, (uint32_t)cp[i]);
}

/* The letters of U+00C0..01B1 and U+1EA0..1EF9 without their marks, blank: none. Nearly all that is
 * not ASCII is one of these, in normal form already: Unicode's own tables need not be asked. */
static const char latin[] =
	"AAAAAA CEEEEIIIIDNOOOOO  UUUUY  aaaaaa ceeeeiiiidnooooo  uuuuy y"
	"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHh  IiIiIiIiI   JjKk LlLlLl "
	"   NnNnNn   OoOoOo  RrRrRrSsSsSsSsTtTt  UuUuUuUuUuUuWwYyYZzZzZz "
	"                                Oo             Uu ",
	vietnamese[] =
	"AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOo"
	"OoOoUuUuUuUuUuUuUuYyYyYyYy";

static char letter_below(uint32_t cp)
{
	char base = cp >= 0xc0 && cp - 0xc0 < sizeof(latin) - 1 ? latin[cp - 0xc0] :
		    cp >= 0x1ea0 && cp - 0x1ea0 < sizeof(vietnamese) - 1 ? vietnamese[cp - 0x1ea0] :
		    ' ';

	return base == ' ' ? 0 : base;
}

static void flush(struct chunk *c)
{
	uint32_t cp = (uint32_t)c->cp[0];
	char base;

	if (c->n == 1 && cp < 0x80)
		ld_out_char(&c->out, cp);
	else if (c->n == 1 && (base = letter_below(cp)))
		ld_out_char(&c->out, c->strip ? (unsigned char)base : cp);
	else if (c->n > 0)
		compose(c);
	c->n = 0;
}

static void add(struct chunk *c, uint32_t cp)
{
	if (cp < 0x300 || !is_joined(cp))
		flush(c);
	if (c->n < RAW_MAX)
		c->cp[c->n++] = (utf8proc_int32_t)cp;
}

/* So many octets stay what they are, most of most texts: ASCII before ASCII. After the last one a mark
 * may follow, if only behind what is dropped. */
static size_t unchanged(const char *s)
{
	size_t n = 0;

	while (s[n] > 0x1f && s[n] < 0x7f && s[n] != '`')
		n++;
	return n > 0 ? n - 1 : 0;
}

static int convert(const char *in, char *ret, size_t size, bool strip)
{
	struct chunk c = { .out = { ret, size, 0, size == 0 }, .strip = strip };
	uint32_t cp;

	for (size_t n; (n = ld_utf8_next(in, &cp)) > 0; in += n) {
		size_t run = unchanged(in);

		if (run > 0) {
			flush(&c);
			ld_out_octets(&c.out, in, run);
			n = run;
			continue;
		}
		const char *plain = letter_below(cp) ? NULL : ld_plain(cp);

		if (cp == LD_BAD_CHAR || (cp == '\r' && in[1] == '\n'))
			continue;
		if (!plain) {
			add(&c, cp);
			continue;
		}
		for (; *plain; plain++)
			add(&c, (unsigned char)*plain);
	}
	flush(&c);
	return ld_out_end(&c.out);
}

int ld_text_normalise(const char *in, char *ret, size_t size)
{
	return convert(in, ret, size, false);
}

int ld_text_unaccent(const char *in, char *ret, size_t size)
{
	return convert(in, ret, size, true);
}

/* ---- folding ---- */

struct folding {
	struct ld_out out;
	bool gap;               /* a blank is due before the next letter */
};

static void fold_ascii(struct folding *f, uint32_t cp)
{
	if (!is_alnum(cp)) {
		f->gap = true;
		return;
	}
	if (f->gap && f->out.len > 0) {
		if (f->out.len + 2 >= f->out.size)
			f->out.full = true;     /* never a blank at the end */
		ld_out_char(&f->out, ' ');
	}
	f->gap = false;
	ld_out_char(&f->out, cp >= 'a' ? cp - ('a' - 'A') : cp);
}

static void fold_char(struct folding *f, uint32_t cp)
{
	utf8proc_int32_t one[DECOMPOSED_MAX];
	utf8proc_ssize_t n;

	if (ld_plain_d(cp)) {
		fold_ascii(f, (unsigned char)ld_plain_d(cp));
		return;
	}
	n = utf8proc_decompose_char((utf8proc_int32_t)cp, one, DECOMPOSED_MAX,
				    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, NULL);
	for (utf8proc_ssize_t i = 0; i < n && i < DECOMPOSED_MAX; i++)
		if (!is_mark((uint32_t)one[i]))
			fold_ascii(f, (uint32_t)one[i]);
}

int ld_text_fold(const char *in, char *ret, size_t size)
{
	struct folding f = { .out = { ret, size, 0, size == 0 } };
	uint32_t cp;

	for (size_t n; !f.out.full && (n = ld_utf8_next(in, &cp)) > 0; in += n) {
		const char *plain = ld_plain(cp);

		if (plain)
			for (; *plain; plain++)
				fold_ascii(&f, (unsigned char)*plain);
		else if (cp < 0x80)
			fold_ascii(&f, cp);
		else if (cp != LD_BAD_CHAR)
			fold_char(&f, cp);
	}
	f.out.full = false;     /* cut, not refused */
	return size == 0 ? 0 : ld_out_end(&f.out);
}

int ld_text_fold_typed(const char *in, char *ret, size_t size)
{
	int len = ld_text_fold(in, ret, size);

	return len > 0 ? (int)ld_typed_undo(ret) : len;
}
