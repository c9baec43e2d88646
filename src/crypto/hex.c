/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "laido/crypto/crypto.h"

void ld_hex(char *ret, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		*ret++ = digits[p[i] >> 4];
		*ret++ = digits[p[i] & 15];
	}
	*ret = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ld_unhex(void *ret, size_t len, const char *hex)
{
	uint8_t *p = ret;

	if (strlen(hex) != 2 * len)
		return false;
	for (size_t i = 0; i < 2 * len; i++)
		if (nibble(hex[i]) < 0)
			return false;
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return true;
}
