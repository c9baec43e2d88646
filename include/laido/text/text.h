/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: Vietnamese text as phones and networks see it. Pure functions on UTF-8; no allocation, no
 * state, no logging. Invalid UTF-8 is never an error: each bad octet counts as U+FFFD on input
 * and is dropped on output. All take time in proportion to the text. After LD_E_TOOBIG a text
 * buffer holds "" (septets and octets: what was there). Input and output must not overlap.
 * Only fold.c uses utf8proc; what the modem worker needs is plain C. */
#ifndef LAIDO_TEXT_TEXT_H
#define LAIDO_TEXT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/model/message.h"

/* ---- fold.c: for matching and for unaccented text ---- */

/* Normal form of everything we store or send: NFC; typographic quotes, dashes, ellipsis, NBSP,
 * the dong sign and other characters that would force UCS-2 become plain ones (src/text/plain.c);
 * CR and CR LF become '\n', TAB a blank; other control characters, marks of writing direction and
 * all beyond eight marks on one letter are dropped. Doing it twice changes nothing. Never longer
 * than 3 times the input. Returns the octets written without NUL, or LD_E_TOOBIG. */
int ld_text_normalise(const char *in, char *ret, size_t size);

/* The normal form without accents, case and punctuation kept: "Đăng ký!" -> "Dang ky!". All of the
 * result is in the GSM alphabet when the input was Vietnamese; letters other than Latin ones keep
 * their marks. Returns octets, or LD_E_TOOBIG. */
int ld_text_unaccent(const char *in, char *ret, size_t size);

/* For matching: unaccented, upper case, every run of anything but A-Z 0-9 one blank, none at the
 * ends: "  D.K  LUADAO!! " -> "D K LUADAO". Forms of letters and digits (full width, circled) count
 * as these. A text and its normal form fold alike. Returns octets, cut to size (never
 * LD_E_TOOBIG). */
int ld_text_fold(const char *in, char *ret, size_t size);

/* Undo Telex and VNI left-overs in a text typed without an input method, and fold:
 * "ddawng kys 4" -> "DANG KY 4". Words that are no left-over, which is to say no Vietnamese
 * syllable with a key of one of the two methods too many, are only folded. */
int ld_text_fold_typed(const char *in, char *ret, size_t size);

/* ---- gsm7.c, ucs2.c: 3GPP TS 23.038 ---- */

/* Septets of the text in the default alphabet (extension characters count two), or
 * LD_E_ALPHABET when some character is not in it. */
int ld_gsm7_septets(const char *text);

/* One septet per octet, escape pairs included. Returns septets; LD_E_ALPHABET, LD_E_TOOBIG. */
int ld_gsm7_encode(const char *text, uint8_t *ret, size_t size);

/* UTF-8 of n septets (one per octet). Unknown extension codes give the base character, an escape
 * before another or at the end a blank (6.2.1). Returns octets written; LD_E_TOOBIG. */
int ld_gsm7_decode(const uint8_t *septets, size_t n, char *ret, size_t size);

/* Pack septets into octets after `fill_bits` (0..6, else LD_E_RANGE) zero bits, which align what
 * follows a user data header. Returns octets; LD_E_TOOBIG. ussd = true pads by TS 23.038 6.1.2.3.1:
 * with n = 8k+7 septets a CR takes the spare bits, which would read as '@'; a CR that ends a full
 * last octet is doubled. */
int ld_gsm7_pack(const uint8_t *septets, size_t n, unsigned fill_bits, bool ussd, uint8_t *ret,
		 size_t size);
/* The first n septets of packed octets; LD_E_RANGE when there are fewer. */
int ld_gsm7_unpack(const uint8_t *octets, size_t len, unsigned fill_bits, size_t n, uint8_t *ret,
		   size_t size);
/* How many septets a USSD string of len octets holds, without the padding that pack() added. */
size_t ld_gsm7_ussd_septets(const uint8_t *octets, size_t len);

/* UTF-16 code units of the text. */
int ld_ucs2_units(const char *text);
/* UTF-16BE octets. Returns octets; LD_E_TOOBIG. */
int ld_ucs2_encode(const char *text, uint8_t *ret, size_t size);
/* UTF-8 of UTF-16BE octets; lone surrogates and an odd octet are dropped. */
int ld_ucs2_decode(const uint8_t *octets, size_t len, char *ret, size_t size);

/* ---- segment.c: SMS parts, TS 23.040 9.2.3.24.1 ---- */

struct ld_measure {
	enum ld_alphabet alphabet;      /* GSM7 when every character is in the default alphabet */
	unsigned length;                /* septets or code units */
	unsigned parts;                 /* 160/153 septets, 70/67 units; escape and surrogate pairs
	                                 * and combining sequences are never split */
};
void ld_text_measure(const char *text, struct ld_measure *ret);

/* The octet range of part `index` (0..) of the text. Returns 0, or LD_E_RANGE past the last. */
int ld_text_part(const char *text, enum ld_alphabet alphabet, unsigned index, size_t *ret_start,
		 size_t *ret_len);

/* ---- page.c: screens ---- */

/* The longest start of the text that fits: whole lines first, then words, then characters; never
 * inside an escape pair, surrogate pair or combining sequence. limit is in septets or code
 * units. Returns octets taken (0 only when limit is 0); *ret_next is the octet where the next
 * page begins (blanks and line ends between are skipped). */
size_t ld_text_page(const char *text, enum ld_alphabet alphabet, unsigned limit, size_t *ret_next);

/* Length in septets (characters outside the alphabet count 1) or code units. */
unsigned ld_text_length(const char *text, size_t octets, enum ld_alphabet alphabet);

/* Cut the text at a character so that it has at most max octets; in place. */
void ld_text_cut(char *text, size_t max);

/* ---- e164.c ---- */

enum ld_addr_kind {
	LD_ADDR_MOBILE,         /* a Vietnamese mobile number, in *ret_msisdn */
	LD_ADDR_INVALID,        /* no number, or a Vietnamese one but no mobile */
	LD_ADDR_FOREIGN,
	LD_ADDR_SHORTCODE,      /* up to six digits, 1800..., 1900...; never answered */
	LD_ADDR_ALPHA,          /* a name; never answered */
};

/* What an address is; old 11-digit numbers become new ones (2018 renumbering). Blanks . - ( ) / are
 * overlooked; +84, 0084, 84, 0 or nothing may stand before the national number. *ret_msisdn is set
 * for LD_ADDR_MOBILE only. */
enum ld_addr_kind ld_e164_parse(const char *addr, struct ld_msisdn *ret_msisdn);

/* "***678", for logs: never a full number; of fewer than seven digits none. */
void ld_e164_mask(const struct ld_msisdn *m, char ret[8]);

/* "0912 345 678"; any other number as its digits. */
void ld_e164_local(const struct ld_msisdn *m, char ret[16]);

/* ---- match.c: command words ---- */

enum ld_match_kind {
	LD_MATCH_EXACT,
	LD_MATCH_PREFIX,
	LD_MATCH_PATTERN,
	LD_MATCH_FUZZY,
	LD_MATCH_ANY,
};

/* One row of conf/commands.conf. */
struct ld_rule {
	const char *intent;             /* "OPTOUT" */
	enum ld_match_kind kind;
	unsigned n_words;
	const char *const *words;       /* folded, or one regular expression (POSIX extended) */
	unsigned n_tail;
	const char *const *tail;        /* EXACT: one or two of these may follow */
	unsigned n_except;
	const char *const *except;      /* PREFIX: texts beginning so are not meant */
	void *pattern;                  /* compiled by ld_rules_compile(), which sets it first */
};

/* What is open decides what a digit or "dung" means. */
enum ld_prompt_kind {
	LD_PROMPT_NONE = 0,
	LD_PROMPT_CONSENT,
	LD_PROMPT_QUIZ,
	LD_PROMPT_MENU,
	LD_PROMPT_BRIDGE,       /* any other numbered question */
};

struct ld_matched {
	const struct ld_rule *rule;     /* NULL: nothing matched (UNKNOWN) */
	char folded[LD_INPUT_MAX];      /* the folded text; for FUZZY the word it was taken for */
	size_t rest;                    /* PREFIX, EXACT: where in folded the words after the phrase
	                                 * begin; its length when there are none */
};

/* Compile the patterns of n rules, in place; ld_rules_release() frees them. LD_E_SYNTAX, also for a
 * pattern row without exactly one word, or LD_E_NOMEM, with the rule's index in *ret_bad and
 * nothing left to free. */
int ld_rules_compile(struct ld_rule *rules, unsigned n, unsigned *ret_bad);
void ld_rules_release(struct ld_rule *rules, unsigned n);

/* The first rule, in order, that the text meets.
 *   EXACT    the folded text is one of the words, with at most two words of the tail; or the text
 *            as it came, without blanks at its ends, is one of them ("?").
 *   PREFIX   it begins with one of the phrases and a blank, or is it; the longest counts.
 *   PATTERN  the expression matches all of it.
 *   FUZZY    it has four letters or more and differs by one from a word, which is then matched
 *            instead: `rule` is that word's.
 *   ANY      always.
 * Two intents know more: ANSWER_UNCLEAR is met only while a quiz is open, by its words ("" among
 * them) or by two or three digits 1-3; MENU_CODE only by digits as they came, and while a quiz is
 * open not by those. Where nothing better than FUZZY or ANY is met, the text is tried once more as
 * ld_text_fold_typed() gives it, which `folded` then holds. */
void ld_match(const struct ld_rule *rules, unsigned n, const char *raw, enum ld_prompt_kind open,
	      struct ld_matched *ret);

#endif
