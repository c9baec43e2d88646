/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TS 23.040 PDUs, both ways, written against the standard and not with the program's own code:
 * what the worker and libgammu agree on is thus checked by a third. */
#include "sim.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "laido/port/clock.h"
#include "laido/text/text.h"

struct pdu {
	uint8_t octet[256];
	size_t n;
};

static void put(struct pdu *p, unsigned v)
{
	if (p->n < sizeof(p->octet))
		p->octet[p->n++] = (uint8_t)v;
}

static void to_hex(const struct pdu *p, char *ret)
{
	for (size_t i = 0; i < p->n; i++)
		snprintf(ret + 2 * i, 3, "%02X", p->octet[i]);
}

static bool from_hex(const char *hex, struct pdu *ret)
{
	size_t len = strlen(hex);

	ret->n = 0;
	if (len % 2 || len / 2 > sizeof(ret->octet))
		return false;
	for (size_t i = 0; i < len; i += 2) {
		char two[3] = { hex[i], hex[i + 1], 0 };

		if (!isxdigit((unsigned char)two[0]) || !isxdigit((unsigned char)two[1]))
			return false;
		put(ret, (unsigned)strtoul(two, NULL, 16));
	}
	return true;
}

unsigned sim_hex_octets(const char *hex)
{
	return (unsigned)(strlen(hex) / 2);
}

static void put_address(struct pdu *p, const char *addr)
{
	const char *d = addr[0] == '+' ? addr + 1 : addr;
	size_t n = strlen(d);

	if (d[strspn(d, "0123456789")] != 0) {          /* a name */
		uint8_t septets[11], packed[11];
		int k = ld_gsm7_encode(addr, septets, sizeof(septets));
		int octets = k < 0 ? 0 : ld_gsm7_pack(septets, (size_t)k, 0, false, packed, sizeof(packed));

		put(p, (unsigned)((k < 0 ? 0 : k) * 7 + 3) / 4);
		put(p, 0xd0);
		for (int i = 0; i < octets; i++)
			put(p, packed[i]);
		return;
	}
	put(p, (unsigned)n);
	put(p, addr[0] == '+' ? 0x91 : 0x81);
	for (size_t i = 0; i < n; i += 2)
		put(p, (unsigned)(d[i] - '0') | (i + 1 < n ? (unsigned)(d[i + 1] - '0') : 0xfu) << 4);
}

static unsigned swapped(int v)
{
	return (unsigned)(v % 10 << 4 | v / 10 % 10);
}

static void put_time(struct pdu *p)
{
	struct ld_clock_sys clock;
	struct tm tm;
	time_t t;

	ld_clock_sys_init(&clock, true);
	t = (time_t)(ld_clock_utc_ms(&clock.clock, NULL) / 1000) + 7 * 3600;
	gmtime_r(&t, &tm);
	put(p, swapped(tm.tm_year % 100));
	put(p, swapped(tm.tm_mon + 1));
	put(p, swapped(tm.tm_mday));
	put(p, swapped(tm.tm_hour));
	put(p, swapped(tm.tm_min));
	put(p, swapped(tm.tm_sec));
	put(p, swapped(28));                            /* quarters of an hour: +7 h */
}

static bool put_gsm7(struct pdu *p, const char *text, bool header, const uint8_t *udh)
{
	uint8_t septets[160], packed[140];
	int n = ld_gsm7_encode(text, septets, header ? 153 : 160);
	int octets;

	if (n < 0)
		return false;
	octets = ld_gsm7_pack(septets, (size_t)n, header ? 1 : 0, false, packed, sizeof(packed));
	if (octets < 0)
		return false;
	put(p, (unsigned)n + (header ? 7u : 0u));
	for (int i = 0; header && i < 6; i++)
		put(p, udh[i]);
	for (int i = 0; i < octets; i++)
		put(p, packed[i]);
	return true;
}

static bool put_ucs2(struct pdu *p, const char *text, bool header, const uint8_t *udh)
{
	uint8_t octets[140];
	int n = ld_ucs2_encode(text, octets, header ? 134 : 140);

	if (n < 0)
		return false;
	put(p, (unsigned)n + (header ? 6u : 0u));
	for (int i = 0; header && i < 6; i++)
		put(p, udh[i]);
	for (int i = 0; i < n; i++)
		put(p, octets[i]);
	return true;
}

bool sim_make_deliver(const char *from, const char *text, bool ucs2, int ref, unsigned total,
		      unsigned part, char *ret_hex)
{
	const uint8_t udh[] = { 5, 0, 3, (uint8_t)ref, (uint8_t)total, (uint8_t)part };
	struct pdu p = { .n = 0 };
	bool ok;

	put(&p, 7);                                     /* the message centre: +84980200030 */
	put(&p, 0x91);
	for (unsigned i = 0; i < 6; i++)
		put(&p, (const uint8_t[]){ 0x48, 0x89, 0x20, 0x00, 0x30, 0xf0 }[i]);
	put(&p, ref >= 0 ? 0x44 : 0x04);
	put_address(&p, from);
	put(&p, 0);
	put(&p, ucs2 ? 8 : 0);
	put_time(&p);
	ok = ucs2 ? put_ucs2(&p, text, ref >= 0, udh) : put_gsm7(&p, text, ref >= 0, udh);
	to_hex(&p, ret_hex);
	return ok;
}

void sim_make_report(const char *to, uint8_t mr, uint8_t status, char *ret_hex)
{
	struct pdu p = { .n = 0 };

	put(&p, 0);
	put(&p, 2);
	put(&p, mr);
	put_address(&p, to);
	put_time(&p);
	put_time(&p);
	put(&p, status);
	to_hex(&p, ret_hex);
}

/* ---- what we are given to send ---- */

struct submit {
	char to[24];
	char text[512];
	bool ucs2, srr;
	unsigned ref, total, part, octets;
};

static bool take_address(const struct pdu *p, size_t *pos, char ret[24])
{
	size_t digits, n = 0;

	if (*pos + 2 > p->n || p->octet[*pos] > 20)
		return false;
	digits = p->octet[(*pos)++];
	if ((p->octet[(*pos)++] & 0x70) == 0x10)
		ret[n++] = '+';
	for (size_t i = 0; i < digits; i++) {
		if (*pos + i / 2 >= p->n)
			return false;
		ret[n++] = (char)('0' + (i % 2 ? p->octet[*pos + i / 2] >> 4 : p->octet[*pos + i / 2] & 15));
	}
	ret[n] = 0;
	*pos += (digits + 1) / 2;
	return true;
}

static bool take_text(const uint8_t *ud, size_t udl, size_t left, bool header, struct submit *ret)
{
	size_t head = header && left > 0 ? (size_t)ud[0] + 1 : 0;
	size_t octets = ret->ucs2 ? udl : (udl * 7 + 7) / 8;
	uint8_t septets[256];

	if (octets != left || octets > 140 || head > left)
		return false;
	ret->octets = (unsigned)octets;
	ret->total = ret->part = 1;
	if (head == 6 && ud[1] == 0 && ud[2] == 3) {
		ret->ref = ud[3];
		ret->total = ud[4];
		ret->part = ud[5];
	}
	if (ret->ucs2)
		return ld_ucs2_decode(ud + head, udl - head, ret->text, sizeof(ret->text)) >= 0;
	size_t skip = (head * 8 + 6) / 7;
	unsigned fill = (unsigned)(skip * 7 - head * 8);

	if (udl < skip ||
	    ld_gsm7_unpack(ud + head, left - head, fill, udl - skip, septets, sizeof(septets)) < 0)
		return false;
	return ld_gsm7_decode(septets, udl - skip, ret->text, sizeof(ret->text)) >= 0;
}

static bool parse_submit(const char *hex, unsigned announced, struct submit *ret)
{
	struct pdu p;
	size_t pos;
	uint8_t first, dcs;

	if (!from_hex(hex, &p) || p.n < 2 || (size_t)p.octet[0] + 1 >= p.n)
		return false;
	pos = (size_t)p.octet[0] + 1;
	if (p.n - pos != announced)
		return false;
	first = p.octet[pos++];
	pos++;                                          /* TP-MR: the modem's own is used */
	if ((first & 3) != 1 || !take_address(&p, &pos, ret->to) || pos + 2 > p.n)
		return false;
	dcs = p.octet[pos + 1];
	pos += 2;
	pos += (first & 0x18) == 0 ? 0 : (first & 0x18) == 0x10 ? 1 : 7;
	if (pos >= p.n || (dcs != 0 && dcs != 8))
		return false;
	ret->ucs2 = dcs == 8;
	ret->srr = first & 0x20;
	return take_text(p.octet + pos + 1, p.octet[pos], p.n - pos - 1, first & 0x40, ret);
}

/* Line ends and backslashes escaped, so that an event stays a line. */
static void escape(const char *in, char *ret, size_t size)
{
	size_t n = 0;

	for (; *in && n + 3 < size; in++) {
		if (*in == '\n' || *in == '\r' || *in == '\\')
			ret[n++] = '\\';
		ret[n++] = *in == '\n' ? 'n' : *in == '\r' ? 'r' : *in;
	}
	ret[n] = 0;
}

static void announce(struct sim *s, const struct submit *m, const char *text, unsigned octets)
{
	char escaped[SIM_PARTS * 512];

	escape(text, escaped, sizeof(escaped));
	s->n_sent++;
	sim_event(s, "sent to=%s alphabet=%s parts=%u octets=%u text=%s", m->to,
		  m->ucs2 ? "ucs2" : "gsm7", m->total, octets, escaped);
}

static struct group *group_of(struct sim *s, const struct submit *m)
{
	struct group *idle = &s->groups[0];

	for (unsigned i = 0; i < SIM_GROUPS; i++) {
		struct group *g = &s->groups[i];

		if (g->total == m->total && g->ref == m->ref && strcmp(g->to, m->to) == 0)
			return g;
		if (g->total == 0)
			idle = g;
	}
	for (unsigned i = 0; i < SIM_PARTS; i++)
		free(idle->part[i]);
	memset(idle, 0, sizeof(*idle));
	memcpy(idle->to, m->to, sizeof(idle->to));
	idle->ref = m->ref;
	idle->total = m->total;
	return idle;
}

static void join(struct sim *s, const struct submit *m)
{
	struct group *g = group_of(s, m);
	char text[SIM_PARTS * 256] = "";
	size_t n = 0;

	if (m->part < 1 || m->part > m->total || m->total > SIM_PARTS)
		return;
	if (g->part[m->part - 1]) {
		sim_event(s, "repeated to=%s ref=%u part=%u", m->to, m->ref, m->part);
		return;
	}
	g->part[m->part - 1] = strdup(m->text);
	g->octets += m->octets;
	if (++g->have < g->total)
		return;
	for (unsigned i = 0; i < g->total; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", g->part[i]);
	announce(s, m, text, g->octets);
	for (unsigned i = 0; i < SIM_PARTS; i++)
		free(g->part[i]);
	memset(g, 0, sizeof(*g));
}

bool sim_take_submit(struct sim *s, const char *hex, unsigned announced, char *ret_to, bool *ret_srr)
{
	struct submit m = { .ref = 0 };

	if (!parse_submit(hex, announced, &m))
		return false;
	s->mr++;
	sim_event(s, "part to=%s ref=%u part=%u/%u mr=%u octets=%u srr=%d", m.to, m.ref, m.part,
		  m.total, s->mr, m.octets, m.srr);
	if (m.total == 1)
		announce(s, &m, m.text, m.octets);
	else
		join(s, &m);
	memcpy(ret_to, m.to, sizeof(m.to));
	*ret_srr = m.srr;
	return true;
}
