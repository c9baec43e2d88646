/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mask.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	NUMBER_DIGITS = 6,      /* from so many on it may be somebody's; codes are shorter */
	SHOWN = 3,
	HEX_DIGITS = 20,        /* a PDU, or a text in hexadecimal */
};

/* Whatever follows these is not for anybody's eyes. */
static const char *const secret[] = { "AT+CPIN=", "AT+CLCK=", "AT+CPWD=", "AT+CUSD=1,", "+CUSD:" };

struct out {
	char *at;
	size_t left;
};

static void put(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->at, o->left, fmt, ap);
	va_end(ap);
	n = n < 0 ? 0 : (size_t)n < o->left ? n : (int)o->left - 1;
	o->at += n;
	o->left -= (size_t)n;
}

/* A run of digits, perhaps with a plus before it: both look the same to others. */
static size_t number(struct out *o, const char *p)
{
	size_t n = strspn(p, "0123456789");

	if (n >= NUMBER_DIGITS)
		put(o, "***%.*s", SHOWN, p + n - SHOWN);
	else
		put(o, "%.*s", (int)n, p);
	return n;
}

void ld_mask_line(const char *line, char *ret, size_t size)
{
	struct out o = { ret, size };

	ret[0] = '\0';
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		if (strncasecmp(line, secret[i], strlen(secret[i])) != 0)
			continue;
		put(&o, "%s[%zu]", secret[i], strlen(line) - strlen(secret[i]));
		return;
	}
	for (const char *p = line; *p && o.left > 1;) {
		size_t hex = strspn(p, "0123456789ABCDEFabcdef");

		if (hex >= HEX_DIGITS) {
			put(&o, "[%zu octets]", hex / 2);
			p += hex;
		} else if (isdigit((unsigned char)*p)) {
			p += number(&o, p);
		} else {
			put(&o, "%c", (unsigned char)*p < ' ' || (unsigned char)*p > '~' ? '.' : *p);
			p++;
		}
	}
}
