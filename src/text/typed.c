/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "typed.h"

#include <stdbool.h>
#include <string.h>

/* All syllables of Vietnamese are an initial, a vowel group and a final from these lists; the check
 * against them keeps English words, names and codes as they are. Blanks around each entry. */
static const char initials[] = "  B C CH D G GH GI H K KH L M N NG NGH NH P PH Q QU R S T TH TR "
			       "V X ";
static const char finals[] = "  C CH M N NG NH P T ";
static const char vowels[] = " A E I O U Y OA OE UA UE UO UY ";        /* with a final or without */
static const char vowels_closed[] = " IE UYE YE ";                     /* only with */
static const char vowels_open[] = " AI AO AU AY EO EU IA IEU IU OAI OAO OAY OEO OI UAO UAY UEO UI "
				  "UOI UOU UU UYA UYU YEU ";           /* only without */

enum { PIECE_MAX = 4 };

struct piece {
	unsigned n;
	char letters[PIECE_MAX];        /* NUL-terminated */
};

struct syllable {
	struct piece initial, vowel, final;
	unsigned telex, vni;            /* keys seen of each method */
	char tone;                      /* its key, or 0 */
	bool stroke, hat;               /* keys that a syllable has at most once */
	unsigned horns;                 /* twice in "huwowng" */
};

static bool push(struct piece *p, char c)
{
	if (p->n + 1 >= PIECE_MAX)
		return false;
	p->letters[p->n++] = c;
	return true;
}

static bool listed(const char *list, const struct piece *p)
{
	char entry[PIECE_MAX + 2] = " ";

	memcpy(entry + 1, p->letters, p->n);
	entry[p->n + 1] = ' ';
	return strstr(list, entry) != NULL;
}

/* Use up a key that may be given once. */
static bool once(bool *used)
{
	bool first = !*used;

	*used = true;
	return first;
}

static bool has_vowel(const struct syllable *s, const char *any)
{
	return strpbrk(s->vowel.letters, any) != NULL;
}

static bool take_tone(struct syllable *s, char key)
{
	bool first = s->tone == 0;

	s->tone = key;
	return first && s->vowel.n > 0;
}

/* d9 or dd: anywhere after the d */
static bool stroke(struct syllable *s)
{
	return strcmp(s->initial.letters, "D") == 0 && once(&s->stroke);
}

static bool take_digit(struct syllable *s, char c)
{
	s->vni++;
	switch (c) {
	case '6':
		return has_vowel(s, "AEO") && once(&s->hat);
	case '7':
		return has_vowel(s, "OU") && s->horns++ < 2;
	case '8':
		return has_vowel(s, "A") && once(&s->hat);
	case '9':
		return stroke(s);
	default:
		return take_tone(s, c);
	}
}

/* w: horn or breve, and the letter u with horn where there is no vowel before it */
static bool take_w(struct syllable *s)
{
	s->telex++;
	if (s->vowel.n == 0)
		s->horns++;
	return s->vowel.n == 0 ? push(&s->vowel, 'U') : has_vowel(s, "AOU") && s->horns++ < 2;
}

/* A second a, e or o is a circumflex: right behind the first or at the end of the syllable. */
static bool take_vowel(struct syllable *s, char c)
{
	bool again = s->vowel.n > 0 && strchr("AEO", c) &&
		     (s->final.n > 0 ? strchr(s->vowel.letters, c) != NULL :
				       s->vowel.letters[s->vowel.n - 1] == c);

	if (again) {
		s->telex++;
		return once(&s->hat);
	}
	return s->final.n == 0 && push(&s->vowel, c);
}

static bool take(struct syllable *s, char c)
{
	if (c >= '0' && c <= '9')
		return take_digit(s, c);
	if (c == 'W')
		return take_w(s);
	if (strchr("AEIOUY", c))
		return take_vowel(s, c);
	if (c == 'D' && s->initial.n > 0) {
		s->telex++;
		return stroke(s);
	}
	if (s->vowel.n > 0 && strchr("SFRXJZ", c)) {
		s->telex++;
		return take_tone(s, c);
	}
	return push(s->vowel.n > 0 ? &s->final : &s->initial, c);
}

static bool is_vowel(const struct piece *vowel, const struct piece *final)
{
	return listed(vowels, vowel) || listed(final->n ? vowels_closed : vowels_open, vowel);
}

static bool is_syllable(const struct syllable *s)
{
	struct piece rest = { 0 };

	if (!listed(initials, &s->initial) || !listed(finals, &s->final) || s->vowel.n == 0)
		return false;
	/* A stopped syllable has the tones sac and nang only: "text" is no left-over. */
	if (s->tone && s->final.n > 0 && strchr("CHPT", s->final.letters[s->final.n - 1]) &&
	    strcmp(s->final.letters, "NH") != 0 && !strchr("SJZ150", s->tone))
		return false;
	if (is_vowel(&s->vowel, &s->final))
		return true;
	/* "gi" and "qu" are initials whose vowel letter was counted with the vowels. */
	if (strcmp(s->initial.letters, "G") != 0 && strcmp(s->initial.letters, "Q") != 0)
		return false;
	rest.n = s->vowel.n - 1;
	memcpy(rest.letters, s->vowel.letters + 1, rest.n);
	return rest.n > 0 && is_vowel(&rest, &s->final);
}

static size_t put(char *to, const struct piece *p)
{
	memcpy(to, p->letters, p->n);
	return p->n;
}

/* Writes the syllable over the word, which is longer; octets written, 0 when it is none or has
 * keys of no method or of both. A lone w is a letter. */
static size_t undo_word(char *word, size_t len)
{
	struct syllable s = { 0 };
	char *to = word;

	for (size_t i = 0; i < len; i++)
		if (!take(&s, word[i]))
			return 0;
	if (len < 2 || (s.telex > 0) == (s.vni > 0) || !is_syllable(&s))
		return 0;
	to += put(to, &s.initial);
	to += put(to, &s.vowel);
	to += put(to, &s.final);
	return (size_t)(to - word);
}

size_t ld_typed_undo(char *folded)
{
	char *to = folded, *from = folded;

	while (*from) {
		size_t len = strcspn(from, " "), undone = undo_word(from, len);

		memmove(to, from, undone ? undone : len);
		to += undone ? undone : len;
		from += len;
		if (*from)
			*to++ = *from++;
	}
	*to = '\0';
	return (size_t)(to - folded);
}
