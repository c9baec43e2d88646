/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ussd.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/base/err.h"
#include "laido/text/text.h"
#include "pdu.h"

enum {
	USSD_OCTETS = 160,              /* TS 24.080: of a ussd-DataCodingScheme and string */
	DCS_DEFAULT = 15,
};

static bool is_ucs2(const char *coding, const char *charset)
{
	return strcmp(coding, "ucs2") == 0 || strcmp(charset, "UCS2") == 0;
}

static size_t put_hex(char *ret, const uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(ret + 2 * i, 3, "%02X", octets[i]);
	return 2 * n;
}

int ld_ussd_command(const char *code, const char *coding, const char *charset, char *ret,
		    size_t size)
{
	size_t n = strlen(code);
	uint8_t octets[2 * USSD_OCTETS];
	char text[4 * USSD_OCTETS + 1];
	int rc;

	if (n == 0 || strspn(code, "0123456789*#") != n)
		return LD_E_SYNTAX;
	if (n > 32)
		return LD_E_TOOBIG;
	memcpy(text, code, n + 1);
	rc = 0;
	if (is_ucs2(coding, charset))
		rc = ld_ucs2_encode(code, octets, sizeof(octets));
	else if (strcmp(coding, "packed") == 0)
		rc = ld_gsm7_pack((const uint8_t *)code, n, 0, true, octets, sizeof(octets));
	if (rc < 0)
		return rc;
	if (rc > 0)
		put_hex(text, octets, (size_t)rc);
	rc = snprintf(ret, size, "AT+CUSD=1,\"%s\",%d", text, DCS_DEFAULT);
	return rc > 0 && (size_t)rc < size ? 0 : LD_E_TOOBIG;
}

/* TS 23.038 5: general group xx1x.., and the groups of language. */
static bool dcs_is_ucs2(int dcs)
{
	return dcs == 0x11 || ((dcs & 0xc0) == 0x40 && (dcs & 0x0c) == 0x08);
}

/* Line ends of networks and modems, and the padding of packed septets. */
static void tidy(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (*p != '\r')
			*to++ = *p;
		else if (p[1] != '\n' && p[1] != '\0')
			*to++ = '\n';
	}
	*to = '\0';
}

static int decode(const uint8_t *octets, size_t n, bool ucs2, char *ret, size_t size)
{
	uint8_t septets[3 * USSD_OCTETS];
	size_t n_septets;
	int rc;

	if (ucs2)
		return ld_ucs2_decode(octets, n & ~(size_t)1, ret, size);
	n_septets = ld_gsm7_ussd_septets(octets, n);
	rc = ld_gsm7_unpack(octets, n, 0, n_septets, septets, sizeof(septets));
	return rc < 0 ? rc : ld_gsm7_decode(septets, n_septets, ret, size);
}

/* Modems say neither which of the forms they use nor the same one always; what is all hexadecimal
 * digits is taken for them when the alphabet or the profile says so. */
int ld_ussd_text(const char *urc, const char *coding, const char *charset, bool *ret_open,
		 char *ret, size_t size)
{
	const char *from = strchr(urc, '"'), *to = from ? strrchr(from + 1, '"') : NULL;
	uint8_t octets[2 * USSD_OCTETS];
	int dcs = DCS_DEFAULT, n = -1;
	bool ucs2;

	urc += strspn(urc, " ");
	if (urc[0] < '0' || urc[0] > '5')
		return LD_E_SYNTAX;
	*ret_open = urc[0] == '1';
	if (!to) {
		ret[0] = '\0';
		return 0;
	}
	if (to[1] == ',')
		dcs = (int)strtol(to + 2, NULL, 10);
	ucs2 = dcs_is_ucs2(dcs) || is_ucs2(coding, charset);
	if (ucs2 || strcmp(coding, "packed") == 0)
		n = ld_pdu_from_hex(from + 1, (size_t)(to - from - 1), octets, sizeof(octets));
	if (n > 0) {
		n = decode(octets, (size_t)n, ucs2, ret, size);
		if (n >= 0)
			tidy(ret);
		return n < 0 ? n : 0;
	}
	n = snprintf(ret, size, "%.*s", (int)(to - from - 1), from + 1);
	if (n < 0 || (size_t)n >= size)
		return LD_E_TOOBIG;
	tidy(ret);
	return 0;
}
