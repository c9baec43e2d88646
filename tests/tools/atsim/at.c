/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "laido/base/err.h"

static void ok(struct sim *s)
{
	sim_say(s, 0, "\r\nOK\r\n");
}

static void error(struct sim *s)
{
	sim_say(s, 0, "\r\nERROR\r\n");
}

static void info(struct sim *s, const char *line)
{
	sim_say(s, 0, "\r\n%s\r\n", line);
	ok(s);
}

/* ---- SIM and modem ---- */

static bool locked(struct sim *s)
{
	if (s->pin[0])
		sim_say(s, 0, "\r\n+CME ERROR: 11\r\n");
	return s->pin[0] != 0;
}

static void cpin(struct sim *s, const char *arg)
{
	char given[12] = "";

	if (arg[0] == '?') {
		info(s, s->pin[0] == 0 ? "+CPIN: READY" : s->pin_tries ? "+CPIN: SIM PIN" : "+CPIN: SIM PUK");
		return;
	}
	sscanf(arg, "=\"%11[0-9]\"", given);
	if (s->pin[0] && s->pin_tries && strcmp(given, s->pin) == 0) {
		s->pin[0] = 0;
		s->pin_tries = 3;
		ok(s);
		return;
	}
	if (s->pin_tries)
		s->pin_tries--;
	sim_event(s, "pin refused, %u tries left", s->pin_tries);
	sim_say(s, 0, "\r\n+CME ERROR: 16\r\n");
}

static void cimi(struct sim *s, const char *arg)
{
	(void)arg;
	if (!locked(s))
		info(s, s->imsi);
}

static void cgsn(struct sim *s, const char *arg)
{
	(void)arg;
	info(s, s->imei);
}

static void cscs(struct sim *s, const char *arg)
{
	char line[64];

	if (strcmp(arg, "=?") == 0) {
		info(s, "+CSCS: (\"IRA\",\"GSM\",\"UCS2\")");
	} else if (arg[0] == '?') {
		snprintf(line, sizeof(line), "+CSCS: \"%s\"", s->charset);
		info(s, line);
	} else if (sscanf(arg, "=\"%7[A-Z0-9]\"", s->charset) == 1) {
		ok(s);
	} else {
		error(s);
	}
}

static void cpms(struct sim *s, const char *arg)
{
	char line[96];
	unsigned n = sim_used(s);

	if (locked(s))
		return;
	if (strcmp(arg, "=?") == 0) {
		info(s, "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")");
		return;
	}
	if (arg[0] == '=' && strstr(arg, "\"SM\"") == NULL) {
		error(s);
		return;
	}
	if (arg[0] == '?')
		snprintf(line, sizeof(line), "+CPMS: \"SM\",%u,%d,\"SM\",%u,%d,\"SM\",%u,%d", n, SIM_SLOTS,
			 n, SIM_SLOTS, n, SIM_SLOTS);
	else
		snprintf(line, sizeof(line), "+CPMS: %u,%d,%u,%d,%u,%d", n, SIM_SLOTS, n, SIM_SLOTS, n,
			 SIM_SLOTS);
	info(s, line);
}

static void cnmi(struct sim *s, const char *arg)
{
	int v[5] = { 0 };

	if (locked(s))
		return;
	if (strcmp(arg, "=?") == 0) {
		info(s, "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)");
	} else if (sscanf(arg, "=%d,%d,%d,%d,%d", &v[0], &v[1], &v[2], &v[3], &v[4]) >= 1) {
		memcpy(s->cnmi, v, sizeof(v));
		ok(s);
	} else {
		error(s);
	}
}

static void clip(struct sim *s, const char *arg)
{
	s->clip = arg[0] == '=' && arg[1] == '1';
	ok(s);
}

static void cmgf(struct sim *s, const char *arg)
{
	if (strcmp(arg, "=0") == 0)
		ok(s);
	else
		error(s);
}

static void echo(struct sim *s, const char *arg)
{
	s->echo = arg[0] != '0';
	ok(s);
}

/* ---- stored messages ---- */

static void cmgl(struct sim *s, const char *arg)
{
	(void)arg;
	if (locked(s))
		return;
	for (int i = 0; i < SIM_SLOTS; i++) {
		struct slot *slot = &s->slots[i];

		if (!slot->used)
			continue;
		sim_say(s, 0, "\r\n+CMGL: %d,%d,,%u\r\n%s", i + 1, slot->read,
			sim_hex_octets(slot->hex), slot->hex);
		slot->read = true;
	}
	sim_say(s, 0, "\r\n");
	ok(s);
}

static struct slot *slot_of(struct sim *s, const char *arg)
{
	long n = arg[0] == '=' ? strtol(arg + 1, NULL, 10) : 0;

	return n >= 1 && n <= SIM_SLOTS ? &s->slots[n - 1] : NULL;
}

static void cmgr(struct sim *s, const char *arg)
{
	struct slot *slot = slot_of(s, arg);

	if (!slot || !slot->used) {
		sim_say(s, 0, "\r\n+CMS ERROR: 321\r\n");
		return;
	}
	sim_say(s, 0, "\r\n+CMGR: %d,,%u\r\n%s\r\n", slot->read, sim_hex_octets(slot->hex), slot->hex);
	slot->read = true;
	ok(s);
}

static void cmgd(struct sim *s, const char *arg)
{
	struct slot *slot = slot_of(s, arg);

	if (!slot) {
		sim_say(s, 0, "\r\n+CMS ERROR: 321\r\n");
		return;
	}
	if (slot->used)
		sim_event(s, "deleted, %u left", sim_used(s) - 1);
	slot->used = false;
	ok(s);
}

/* ---- sending ---- */

static void cmgs(struct sim *s, const char *arg)
{
	if (locked(s))
		return;
	s->announced = (unsigned)strtoul(arg, NULL, 10);
	s->data = true;
	s->len = 0;
	sim_say(s, 0, "\r\n> ");
}

static void report(struct sim *s, const char *to, unsigned after_ms)
{
	char hex[SIM_PDU_HEX];

	if (s->cnmi[3] != 1)
		return;
	sim_make_report(to, s->mr, 0, hex);
	sim_say(s, after_ms, "\r\n+CDS: %u\r\n%s\r\n", sim_hex_octets(hex) - 1, hex);
}

/* Ctrl-Z: the network has the message from here on, whatever we answer. */
static void submit(struct sim *s)
{
	char to[24];
	bool srr;

	s->data = false;
	s->line[s->len] = 0;
	s->len = 0;
	if (s->cms_left > 0) {
		s->cms_left--;
		sim_event(s, "refused with %d", s->cms);
		sim_say(s, s->network_ms, "\r\n+CMS ERROR: %d\r\n", s->cms);
		return;
	}
	if (!sim_take_submit(s, s->line, s->announced, to, &srr)) {
		sim_event(s, "malformed %s", s->line);
		sim_say(s, 0, "\r\n+CMS ERROR: 304\r\n");
		return;
	}
	if (s->silent_left > 0) {
		s->silent_left--;
		if (srr && s->reports != REPORTS_NEVER)
			report(s, to, s->network_ms + s->report_ms);
		return;
	}
	if (srr && s->reports == REPORTS_FIRST)
		report(s, to, s->network_ms);
	sim_say(s, s->network_ms, "\r\n+CMGS: %u\r\n", s->mr);
	sim_say(s, s->network_ms, "\r\nOK\r\n");
	if (srr && s->reports == REPORTS_AFTER)
		report(s, to, s->network_ms + s->report_ms);
}

/* ---- calls and USSD ---- */

static void hang_up(struct sim *s, const char *arg)
{
	(void)arg;
	if (s->caller[0])
		sim_event(s, "hungup from=%s", s->caller);
	s->caller[0] = 0;
	s->rings_left = 0;
	ok(s);
}

static void chup(struct sim *s, const char *arg)
{
	if (arg[0])
		error(s);               /* AT+CHUP=? */
	else
		hang_up(s, arg);
}

/* The operator's answer to *101#, in UCS-2 as Vietnamese operators send it. */
static void cusd(struct sim *s, const char *arg)
{
	ok(s);
	if (strchr(arg, '"'))
		sim_say(s, s->network_ms + 100, "\r\n+CUSD: 0,\"0054004B0043003A002000350030002E003000300030\",72\r\n");
}

/* ---- the table ---- */

struct command {
	const char *prefix;
	void (*run)(struct sim *s, const char *arg);
	const char *info;       /* when run is NULL: this line and OK; "" only OK; NULL ERROR */
};

/* The longer prefix stands first. What is not here is answered ERROR, as MODE, CPROT, SYNCML and
 * TSSPCSW are by real modems. */
static const struct command commands[] = {
	{ "E",       echo, NULL },
	{ "H",       hang_up, NULL },
	{ "+CMEE",   NULL, "" },
	{ "+CFUN",   NULL, "" },
	{ "+CRC",    NULL, "" },
	{ "+CGMM",   NULL, "SIMULATED" },
	{ "+CGMI",   NULL, "Lai Do" },
	{ "+CGMR",   NULL, "atsim 1" },
	{ "+CGSN",   cgsn, NULL },
	{ "+CIMI",   cimi, NULL },
	{ "+CPIN",   cpin, NULL },
	{ "+CPMS",   cpms, NULL },
	{ "+CNMI",   cnmi, NULL },
	{ "+CSCS",   cscs, NULL },
	{ "+CSCA?",  NULL, "+CSCA: \"+84980200030\",145" },
	{ "+CMGF",   cmgf, NULL },
	{ "+CMGS=",  cmgs, NULL },
	{ "+CMGL",   cmgl, NULL },
	{ "+CMGR",   cmgr, NULL },
	{ "+CMGD",   cmgd, NULL },
	{ "+CLIP",   clip, NULL },
	{ "+CHUP",   chup, NULL },
	{ "+CUSD",   cusd, NULL },
	{ "+CSQ",    NULL, "+CSQ: 21,99" },
	{ "+CREG?",  NULL, "+CREG: 0,1" },
	{ "+CREG=",  NULL, "" },
	{ "+COPS?",  NULL, "+COPS: 0,0,\"Viettel\"" },
	{ "+CBC",    NULL, "+CBC: 0,100" },
};

static void command(struct sim *s, const char *line)
{
	if (s->trace)
		sim_event(s, "at %s", line);
	if (strncasecmp(line, "AT", 2) != 0)
		return;
	line += 2;
	if (line[0] == 0) {
		ok(s);
		return;
	}
	for (size_t i = 0; i < LD_ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		if (strncasecmp(line, c->prefix, strlen(c->prefix)) != 0)
			continue;
		if (c->run)
			c->run(s, line + strlen(c->prefix));
		else if (c->info[0])
			info(s, c->info);
		else
			ok(s);
		return;
	}
	error(s);
}

static void take_char(struct sim *s, char c)
{
	if (c == 0x1b) {
		s->data = false;
		s->len = 0;
	} else if (s->data && c == 0x1a) {
		submit(s);
	} else if (c == '\r' && !s->data) {
		char line[sizeof(s->line)];

		s->line[s->len] = 0;
		memcpy(line, s->line, s->len + 1);
		s->len = 0;
		if (s->echo)
			sim_say(s, 0, "%s\r", line);
		if (line[0])
			command(s, line);
	} else if (c != '\n' && c != '\r' && s->len < sizeof(s->line) - 1) {
		s->line[s->len++] = c;
	}
}

void sim_heard(struct sim *s, const char *octets, size_t len)
{
	for (size_t i = 0; i < len && !s->mute; i++)
		take_char(s, octets[i]);
}

/* Power back: everything that was set is lost. */
void sim_restart(struct sim *s)
{
	memset(s->cnmi, 0, sizeof(s->cnmi));
	s->clip = 0;
	s->echo = true;
	s->data = false;
	s->len = 0;
	snprintf(s->charset, sizeof(s->charset), "GSM");
}
