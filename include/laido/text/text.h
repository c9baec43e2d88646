/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: Vietnamese text as phones and networks see it. Pure functions on UTF-8; no allocation, no
 * state, no logging. Invalid UTF-8 is never an error: each bad octet counts as U+FFFD on input
 * and is dropped on output. The only user of utf8proc. */
#ifndef LAIDO_TEXT_TEXT_H
#define LAIDO_TEXT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/model/message.h"

/* ---- fold.c: for matching and for unaccented text ---- */

/* Normal form of everything we store or send: NFC; typographic quotes, dashes, ellipsis, NBSP,
 * the dong sign and other characters that would force UCS-2 become plain ones; control characters
 * except '\n' are dropped. Returns the octets written without NUL, or LD_E_TOOBIG. */
int ld_text_normalise(const char *in, char *ret, size_t size);

/* Vietnamese without accents, case and punctuation kept: "Đăng ký!" -> "Dang ky!". All of the
 * result is in the GSM alphabet when the input was Vietnamese. Returns octets, or LD_E_TOOBIG. */
int ld_text_unaccent(const char *in, char *ret, size_t size);

/* For matching: unaccented, upper case, every run of anything but A-Z 0-9 one blank, none at the
 * ends: "  D.K  LUADAO!! " -> "D K LUADAO". Returns octets, cut to size (never LD_E_TOOBIG). */
int ld_text_fold(const char *in, char *ret, size_t size);

/* Undo Telex and VNI left-overs in a text typed without an input method, then fold:
 * "ddawng kys 4" -> "DANG KY 4". Words that are no left-over are only folded. */
int ld_text_fold_typed(const char *in, char *ret, size_t size);

/* ---- gsm7.c, ucs2.c: 3GPP TS 23.038 ---- */

/* Septets of the text in the default alphabet (extension characters count two), or
 * LD_E_ALPHABET when some character is not in it. */
int ld_gsm7_septets(const char *text);

/* One septet per octet, escape pairs included. Returns septets; LD_E_ALPHABET, LD_E_TOOBIG. */
int ld_gsm7_encode(const char *text, uint8_t *ret, size_t size);

/* UTF-8 of n septets (one per octet). Unknown extension codes give the base character. Returns
 * octets written; LD_E_TOOBIG. */
int ld_gsm7_decode(const uint8_t *septets, size_t n, char *ret, size_t size);

/* Pack septets into octets after `fill_bits` (0..6) zero bits. Returns octets; LD_E_TOOBIG.
 * With n = 8k+7 septets a USSD string needs a CR as padding (TS 23.038 6.1.2.3.1): ussd = true. */
int ld_gsm7_pack(const uint8_t *septets, size_t n, unsigned fill_bits, bool ussd, uint8_t *ret,
		 size_t size);
/* The first n septets of packed octets; LD_E_RANGE when there are fewer. */
int ld_gsm7_unpack(const uint8_t *octets, size_t len, unsigned fill_bits, size_t n, uint8_t *ret,
		   size_t size);

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
	LD_ADDR_INVALID,
	LD_ADDR_FOREIGN,
	LD_ADDR_SHORTCODE,      /* never answered */
	LD_ADDR_ALPHA,          /* never answered */
};

/* What an address is; old 11-digit numbers become new ones (2018 renumbering). */
enum ld_addr_kind ld_e164_parse(const char *addr, struct ld_msisdn *ret_msisdn);

/* "***678", for logs: never a full number. */
void ld_e164_mask(const struct ld_msisdn *m, char ret[8]);

/* "0912 345 678". */
void ld_e164_local(const struct ld_msisdn *m, char ret[16]);

/* ---- match.c: command words ---- */

enum ld_match_kind { LD_MATCH_EXACT, LD_MATCH_PREFIX, LD_MATCH_PATTERN, LD_MATCH_FUZZY, LD_MATCH_ANY };

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
	void *pattern;                  /* compiled by ld_rules_compile() */
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
	size_t rest;                    /* PREFIX: where in folded the words after the phrase begin */
};

/* Compile the patterns of n rules, in place. LD_E_SYNTAX with the rule named in *ret_bad. */
int ld_rules_compile(struct ld_rule *rules, unsigned n, unsigned *ret_bad);
void ld_rules_release(struct ld_rule *rules, unsigned n);

/* The first rule, in order, that the text meets. */
void ld_match(const struct ld_rule *rules, unsigned n, const char *raw, enum ld_prompt_kind open,
	      struct ld_matched *ret);

#endif
