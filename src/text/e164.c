/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/text/text.h"

#include <stdio.h>
#include <string.h>

#include "laido/base/err.h"

enum {
	DIGITS_MAX = 15,        /* E.164 */
	MOBILE_LEN = 9,         /* national digits without the trunk 0 */
	FOREIGN_MIN = 7,
	SHORT_MAX = 6,
};

/* First two national digits of the mobile numbers in use. */
static const char mobile[] = " 32 33 34 35 36 37 38 39 52 55 56 58 59 70 76 77 78 79 81 82 83 84 "
			     "85 86 87 88 89 90 91 92 93 94 96 97 98 99 ";

/* The renumbering of 2018: ten national digits became nine. */
static const struct {
	char from[4], to[3];
} renumbered[] = {
	{ "120", "70" }, { "121", "79" }, { "122", "77" }, { "123", "83" }, { "124", "84" },
	{ "125", "85" }, { "126", "76" }, { "127", "81" }, { "128", "78" }, { "129", "82" },
	{ "162", "32" }, { "163", "33" }, { "164", "34" }, { "165", "35" }, { "166", "36" },
	{ "167", "37" }, { "168", "38" }, { "169", "39" }, { "186", "56" }, { "188", "58" },
	{ "199", "59" },
};

/* Collects the digits: LD_ADDR_ALPHA when there are letters, LD_ADDR_INVALID when it is no number,
 * LD_ADDR_MOBILE when it may be one. */
static enum ld_addr_kind scan(const char *addr, char ret[DIGITS_MAX + 6], bool *ret_plus)
{
	size_t n = 0;
	bool good = true;

	*ret_plus = false;
	for (const char *p = addr; *p; p++) {
		if (*p >= '0' && *p <= '9') {
			if (n < DIGITS_MAX + 5)
				ret[n++] = *p;
			else
				good = false;
		} else if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') {
			return LD_ADDR_ALPHA;
		} else if ((unsigned char)*p >= 0x80) {
			return LD_ADDR_ALPHA;
		} else if (*p == '+' && n == 0 && !*ret_plus) {
			*ret_plus = true;
		} else if (!strchr(" .-()/", *p)) {
			good = false;
		}
	}
	ret[n] = '\0';
	return good && n > 0 ? LD_ADDR_MOBILE : LD_ADDR_INVALID;
}

/* `digits` are national, without the trunk 0. */
static enum ld_addr_kind national(const char *digits, struct ld_msisdn *ret)
{
	char prefix[] = " .. ";
	const char *rest = digits + 2;

	if (strlen(digits) == MOBILE_LEN) {
		memcpy(prefix + 1, digits, 2);
	} else if (strlen(digits) == MOBILE_LEN + 1) {
		rest = digits + 3;
		for (size_t i = 0; i < LD_ARRAY_SIZE(renumbered); i++)
			if (memcmp(digits, renumbered[i].from, 3) == 0)
				memcpy(prefix + 1, renumbered[i].to, 2);
	}
	if (!strstr(mobile, prefix))
		return LD_ADDR_INVALID;
	snprintf(ret->digits, sizeof(ret->digits), "84%.2s%s", prefix + 1, rest);
	return LD_ADDR_MOBILE;
}

/* Up to six digits, or a service number 1800..., 1900...: nobody who can be taught. */
static bool is_shortcode(const char *digits)
{
	size_t len = strlen(digits);
	bool service = strncmp(digits, "1800", 4) == 0 || strncmp(digits, "1900", 4) == 0;

	return digits[0] != '0' && (len <= SHORT_MAX || (service && len <= 10));
}

enum ld_addr_kind ld_e164_parse(const char *addr, struct ld_msisdn *ret_msisdn)
{
	char buf[DIGITS_MAX + 6];
	const char *digits = buf;
	bool international;
	enum ld_addr_kind kind = scan(addr, buf, &international);

	if (kind != LD_ADDR_MOBILE)
		return kind;
	if (!international && strncmp(digits, "00", 2) == 0) {
		international = true;
		digits += 2;
	}
	if (!international && is_shortcode(digits))
		return LD_ADDR_SHORTCODE;
	if (international && strncmp(digits, "84", 2) != 0)
		return digits[0] != '0' && strlen(digits) >= FOREIGN_MIN &&
		       strlen(digits) <= DIGITS_MAX ? LD_ADDR_FOREIGN : LD_ADDR_INVALID;
	if (international || (strncmp(digits, "84", 2) == 0 && strlen(digits) > MOBILE_LEN))
		return national(digits + 2 + (digits[2] == '0'), ret_msisdn);
	if (digits[0] == '0')
		return national(digits + 1, ret_msisdn);
	return strlen(digits) == MOBILE_LEN ? national(digits, ret_msisdn) : LD_ADDR_INVALID;
}

void ld_e164_mask(const struct ld_msisdn *m, char ret[8])
{
	size_t len = strnlen(m->digits, sizeof(m->digits) - 1);

	/* Three digits of a very short number would be most of it. */
	snprintf(ret, 8, "***%.3s", len >= FOREIGN_MIN ? m->digits + len - 3 : "");
}

void ld_e164_local(const struct ld_msisdn *m, char ret[16])
{
	const char *d = m->digits;

	if (strncmp(d, "84", 2) == 0 && strlen(d) == 2 + MOBILE_LEN)
		snprintf(ret, 16, "0%.3s %.3s %.3s", d + 2, d + 5, d + 8);
	else
		snprintf(ret, 16, "%.15s", d);
}
