/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as octets of a short message, by the operator's profile. SMPP 3.4 5.2.19; TS 23.038. */
#ifndef LAIDO_CHAN_SMPP_CODING_H
#define LAIDO_CHAN_SMPP_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/model/message.h"

/* What data_coding 0 means to this operator. */
enum coding_default {
	CODING_SEPTETS,                 /* one septet of GSM 03.38 an octet */
	CODING_PACKED,                  /* eight septets in seven octets */
	CODING_LATIN1,                  /* ISO 8859-1, and 3 is what we send */
};
/* By the name in the configuration; -1 for none. */
int coding_by_name(const char *name);

/* The alphabet the text can really be sent in. */
enum ld_alphabet coding_alphabet(enum coding_default d, enum ld_alphabet wanted, const char *text);

/* n octets of UTF-8, after udh_len octets of header which packing aligns to. Returns octets;
 * LD_E_ALPHABET, LD_E_TOOBIG. */
int coding_encode(enum coding_default d, enum ld_alphabet a, const char *text, size_t n,
		  size_t udh_len, uint8_t *ret, size_t size, uint8_t *ret_dcs);

/* UTF-8 of octets by their data_coding; of binary and unknown codings "". Never fails: what does
 * not fit is cut at a character. false when the coding is not known. */
bool coding_decode(enum coding_default d, uint8_t dcs, const uint8_t *octets, size_t len,
		   char *ret, size_t size);
/* Packed septets behind a header, each in an octet of its own; other codings are copied. Returns
 * octets; size is at least len * 8 / 7. */
size_t coding_flatten(enum coding_default d, uint8_t dcs, size_t udh_len, const uint8_t *octets,
		      size_t len, uint8_t *ret, size_t size);
/* For what coding_flatten() gave. */
bool coding_decode_flat(enum coding_default d, uint8_t dcs, const uint8_t *octets, size_t len,
			char *ret, size_t size);

#endif
