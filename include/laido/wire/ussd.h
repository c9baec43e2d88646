/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire/ussd: the components of supplementary services that USSD needs, as the networks carry them
 * (3GPP TS 24.080 3.6 and 4.4, TS 29.002 17.7 for the operations). Pure: octets in, octets out.
 *
 * Written lengths are always a single octet below 128, because OsmoHLR refuses the valid 0x81
 * form; hence the budgets below. Read are also 0x81 and 0x82. */
#ifndef LAIDO_WIRE_USSD_H
#define LAIDO_WIRE_USSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "laido/model/message.h"

enum ld_ussd_type {
	LD_USSD_INVOKE = 0xa1,
	LD_USSD_RESULT = 0xa2,          /* ReturnResult */
	LD_USSD_ERROR = 0xa3,           /* ReturnError */
	LD_USSD_REJECT = 0xa4,
};

enum ld_ussd_op {
	LD_USSD_OP_PROCESS = 59,        /* ProcessUnstructuredSS-Request: the phone's */
	LD_USSD_OP_REQUEST = 60,        /* UnstructuredSS-Request: ours, asks for an answer */
	LD_USSD_OP_NOTIFY = 61,         /* UnstructuredSS-Notify */
};

/* Error codes, TS 29.002 17.6.6 (local values). */
enum ld_ussd_error {
	LD_USSD_ERR_SS_NOT_AVAILABLE = 18,
	LD_USSD_ERR_SYSTEM_FAILURE = 34,
	LD_USSD_ERR_UNEXPECTED_VALUE = 36,
	LD_USSD_ERR_UNKNOWN_ALPHABET = 71,
	LD_USSD_ERR_BUSY = 72,
};

/* Problem codes by tag, TS 24.080 3.6.7. */
enum ld_ussd_problem {
	LD_USSD_PROBLEM_GENERAL = 0x80,
	LD_USSD_PROBLEM_INVOKE = 0x81,
	LD_USSD_PROBLEM_RESULT = 0x82,
	LD_USSD_PROBLEM_ERROR = 0x83,
};
enum {
	LD_USSD_GENERAL_UNRECOGNISED = 0,       /* unrecognised component */
	LD_USSD_GENERAL_MISTYPED = 1,
	LD_USSD_GENERAL_BADLY_STRUCTURED = 2,
	LD_USSD_INVOKE_UNRECOGNISED_OP = 1,
	LD_USSD_RESULT_UNRECOGNISED_ID = 0,
};

/* Data coding schemes, TS 23.038 5. */
enum {
	LD_USSD_DCS_GSM7 = 0x0f,
	LD_USSD_DCS_UCS2_LANG = 0x11,   /* UCS-2 behind a language in two septets */
	LD_USSD_DCS_OCTETS = 0x44,
	LD_USSD_DCS_UCS2 = 0x48,
};

enum {
	LD_USSD_DATA_MAX = 160,         /* USSD-String, TS 29.002 maxUSSD-StringLength */
	LD_USSD_BUILT_MAX = 2 + 127,    /* octets of a component that we build */

	/* What fits in what we build. A screen that may become either keeps to the result's. */
	LD_USSD_INVOKE_OCTETS = 114,
	LD_USSD_INVOKE_SEPTETS = 130,
	LD_USSD_INVOKE_UNITS = 57,
	LD_USSD_RESULT_OCTETS = 112,
	LD_USSD_RESULT_SEPTETS = 128,
	LD_USSD_RESULT_UNITS = 56,
};

struct ld_ussd {
	uint8_t type;           /* enum ld_ussd_type */
	bool has_id;            /* false only for a Reject of something without an id */
	uint8_t id;             /* invoke id, the bit pattern of -128..127 */
	uint8_t op;             /* Invoke, and ReturnResult with has_op */
	bool has_op;            /* false for a ReturnResult without parameters */
	bool has_text;          /* dcs and data are there */
	uint8_t dcs;
	uint8_t data_len;       /* octets */
	uint8_t data[LD_USSD_DATA_MAX];
	uint8_t error;          /* ReturnError: enum ld_ussd_error */
	uint8_t problem_tag;    /* Reject: enum ld_ussd_problem */
	uint8_t problem;
};

/* The first component of len octets. Unknown parameters behind the known ones are skipped, as the
 * protocol extends that way. LD_E_CORRUPT: not a component; ret->has_id and ret->id are set even
 * then when the invoke id could be read, so that it can be rejected by name. */
int ld_ussd_parse(const uint8_t *octets, size_t len, struct ld_ussd *ret);

/* Write a component. Returns its octets; LD_E_TOOBIG when it does not fit in size or its content
 * in 127 octets; LD_E_RANGE for a type that cannot be built. */
int ld_ussd_build(const struct ld_ussd *u, uint8_t *ret, size_t size);

/* Set dcs and data from UTF-8 text. LD_E_TOOBIG past LD_USSD_DATA_MAX; LD_E_ALPHABET when the text
 * has characters that LD_GSM7 lacks. */
int ld_ussd_set_text(struct ld_ussd *u, enum ld_alphabet alphabet, const char *text);

/* UTF-8 of dcs and data: GSM-7, UCS-2, and plain octets as Latin-1. "" without text. Returns
 * octets; LD_E_ALPHABET for a coding scheme not known here, LD_E_TOOBIG. */
int ld_ussd_text(const struct ld_ussd *u, char *ret, size_t size);

#endif
