/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pdu.h"

#include "laido/base/err.h"

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int ld_pdu_from_hex(const char *hex, size_t len, uint8_t *ret, size_t size)
{
	if (len % 2)
		return LD_E_SYNTAX;
	if (len / 2 > size)
		return LD_E_TOOBIG;
	for (size_t i = 0; i < len / 2; i++) {
		int hi = nibble(hex[2 * i]), lo = nibble(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return LD_E_SYNTAX;
		ret[i] = (uint8_t)(hi << 4 | lo);
	}
	return (int)(len / 2);
}

/* TS 23.038 4: how the user data is measured. */
static bool is_gsm7(uint8_t dcs)
{
	if ((dcs & 0xc0) == 0)
		return (dcs & 0x0c) == 0;
	if ((dcs & 0xf0) == 0xf0)
		return (dcs & 0x04) == 0;
	return (dcs & 0xf0) == 0xc0 || (dcs & 0xf0) == 0xd0;
}

/* User data from TP-UDL on. */
static bool data_sane(const uint8_t *p, size_t left, uint8_t dcs, bool header)
{
	size_t udl, octets;

	if (left < 1)
		return false;
	udl = p[0];
	if (udl > (is_gsm7(dcs) ? 160 : 140))
		return false;
	octets = is_gsm7(dcs) ? (udl * 7 + 7) / 8 : udl;
	if (left - 1 < octets)
		return false;
	return !header || (octets >= 1 && (size_t)p[1] + 1 <= octets);
}

bool ld_pdu_sane(const uint8_t *pdu, size_t len)
{
	size_t pos;
	uint8_t first, type, digits;

	if (len < 2 || len > LD_PDU_MAX || pdu[0] > 12 || (size_t)pdu[0] + 1 >= len)
		return false;
	pos = (size_t)pdu[0] + 1;
	first = pdu[pos++];
	type = first & 3;
	if (type == 3)
		return false;
	if (type != 0)
		pos++;                          /* TP-MR */
	if (pos >= len)
		return false;
	digits = pdu[pos];
	if (digits > 20)
		return false;
	pos += 2u + (digits + 1u) / 2u;         /* length, type, semi-octets */
	if (type == 2)                          /* two time stamps and the status */
		return pos + 7 + 7 + 1 <= len;
	if (pos + 2 > len)
		return false;
	uint8_t dcs = pdu[pos + 1];
	pos += 2;                               /* TP-PID, TP-DCS */
	if (type == 0)
		pos += 7;                       /* time stamp */
	else
		pos += (first & 0x18) == 0 ? 0 : (first & 0x18) == 0x10 ? 1 : 7;
	return pos < len && data_sane(pdu + pos, len - pos, dcs, first & 0x40);
}
