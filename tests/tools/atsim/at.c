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
	if (s->no_sim)
		sim_say(s, 0, "\r\n+CME ERROR: 10\r\n");
	else if (s->puk)
		sim_say(s, 0, "\r\n+CME ERROR: 12\r\n");
	else if (s->pin[0])
		sim_say(s, 0, "\r\n+CME ERROR: 11\r\n");
	return s->no_sim || s->puk || s->pin[0];
}

/* As many commands tell it as there are makers. False: that is none of them. */
static bool pin_count(struct sim *s, const char *line)
{
	static const struct { const char *name, *before, *after; } forms[] = {
		{ "+CPINR", "+CPINR: SIM PIN,", ",3" }, { "+SPIC", "+SPIC: ", ",10,3,10" },
		{ "+QPINC", "+QPINC: \"SC\",", ",10" }, { "^CPIN", "^CPIN: SIM PIN,3,10,", ",10,3" },
	};
	char text[64];

	for (size_t i = 0; i < LD_ARRAY_SIZE(forms); i++) {
		if (strcmp(s->count_by, forms[i].name) != 0 ||
		    strncasecmp(line, forms[i].name, strlen(forms[i].name)) != 0)
			continue;
		snprintf(text, sizeof(text), "%s%u%s", forms[i].before, s->pin_tries, forms[i].after);
		info(s, text);
		return true;
	}
	return false;
}

static void cpinr(struct sim *s, const char *arg)
{
	(void)arg;
	error(s);                       /* the modem counts by another command */
}

static void cpin(struct sim *s, const char *arg)
{
	char given[12] = "";

	if (arg[0] == '?') {
		if (s->no_sim)
			locked(s);
		else
			info(s, s->puk ? "+CPIN: SIM PUK" : s->pin[0] ? "+CPIN: SIM PIN" : "+CPIN: READY");
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
	s->puk = s->pin_tries == 0;
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
	unsigned n = sim_used(s), first, n_first = 0, size;
	const struct slot *slots;

	if (locked(s))
		return;
	if (strcmp(arg, "=?") == 0) {
		info(s, s->has_sr ? "+CPMS: (\"SM\",\"SR\"),(\"SM\"),(\"SM\")"
				  : "+CPMS: (\"SM\"),(\"SM\"),(\"SM\")");
		return;
	}
	if (arg[0] == '=' && strncmp(arg, "=\"SM\"", 5) != 0 &&
	    !(s->has_sr && strncmp(arg, "=\"SR\"", 5) == 0)) {
		error(s);
		return;
	}
	if (arg[0] == '=')
		s->sr_first = arg[3] == 'R';
	slots = sim_storage(s, &size);
	for (first = 0; first < size; first++)
		n_first += slots[first].used;
	if (arg[0] == '?')
		snprintf(line, sizeof(line), "+CPMS: \"%s\",%u,%u,\"SM\",%u,%u,\"SM\",%u,%u",
			 s->sr_first ? "SR" : "SM", n_first, size, n, s->n_slots, n, s->n_slots);
	else
		snprintf(line, sizeof(line), "+CPMS: %u,%u,%u,%u,%u,%u", n_first, size, n, s->n_slots, n,
			 s->n_slots);
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
		if (s->only_ds >= 0 && v[3] != s->only_ds) {
			error(s);
			return;
		}
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
	struct slot *slots;
	unsigned n;

	(void)arg;
	if (locked(s))
		return;
	slots = sim_storage(s, &n);
	s->looping = s->loop;
	for (unsigned i = 0; i < n; i++) {
		struct slot *slot = &slots[i];

		if (!slot->used)
			continue;
		sim_say(s, 0, "\r\n+CMGL: %u,%d,,%u\r\n%s", i + 1, slot->read,
			sim_hex_octets(slot->hex), slot->hex);
		slot->read = true;
	}
	sim_say(s, 0, "\r\n");
	if (!s->looping)
		ok(s);
}

static struct slot *slot_of(struct sim *s, const char *arg)
{
	long at = arg[0] == '=' ? strtol(arg + 1, NULL, 10) : 0;
	unsigned n;
	struct slot *slots = sim_storage(s, &n);

	return at >= 1 && at <= (long)n ? &slots[at - 1] : NULL;
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
		sim_event(s, "deleted, %u left", sim_used(s) - !s->sr_first);
	slot->used = false;
	ok(s);
	sim_unhold(s);
}

/* ---- sending ---- */

static void cmgs(struct sim *s, const char *arg)
{
	if (locked(s) || s->no_prompt)
		return;
	s->announced = (unsigned)strtoul(arg, NULL, 10);
	s->data = true;
	s->len = 0;
	sim_say(s, 0, "\r\n> ");
}

static void report_of(struct sim *s, const char *to, uint8_t mr, unsigned after_ms)
{
	char hex[SIM_PDU_HEX];

	sim_make_report(to, mr, 0, hex);
	if (s->cnmi[3] != 1) {
		sim_stored_report(s, hex);
		return;
	}
	sim_say(s, after_ms, "\r\n+CDS: %u\r\n%s\r\n", sim_hex_octets(hex) - 1, hex);
}

static void report(struct sim *s, const char *to, unsigned after_ms)
{
	if (s->reports != REPORTS_ASKED) {
		report_of(s, to, s->mr, after_ms);
		return;
	}
	snprintf(s->owed, sizeof(s->owed), "%s", to);
	s->owed_mr = s->mr;
}

void sim_owed_report(struct sim *s)
{
	if (s->owed[0])
		report_of(s, s->owed, s->owed_mr, 0);
	s->owed[0] = '\0';
}

/* Ctrl-Z: the network has the message from here on, whatever we answer. */
static void submit(struct sim *s)
{
	char to[24];
	bool srr;

	s->data = false;
	s->line[s->len] = 0;
	s->len = 0;
	if (s->cms_left > 0 || s->barred) {
		int code = s->barred ? s->barred : s->cms;

		s->cms_left -= s->cms_left > 0;
		sim_event(s, "refused with %d", code);
		sim_say(s, s->network_ms, "\r\n+CMS ERROR: %d\r\n", code);
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
	if (srr && (s->reports == REPORTS_AFTER || s->reports == REPORTS_ASKED))
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

/* TS 23.038 6.1.2.3.1, and hexadecimal digits. For letters that are the same in ASCII. */
static void packed(const char *text, char *ret, size_t size)
{
	unsigned bits = 0, n_bits = 0;
	size_t n = 0;

	for (; (*text || n_bits) && n + 3 < size; text += *text != 0) {
		if (*text) {
			bits |= (unsigned)(*text & 0x7f) << n_bits;
			n_bits += 7;
		}
		if (n_bits >= 8 || (!*text && n_bits)) {
			n += (size_t)snprintf(ret + n, size - n, "%02X", bits & 0xff);
			bits >>= 8;
			n_bits = n_bits > 8 ? n_bits - 8 : 0;
		}
	}
	ret[n] = 0;
}

static void as_ucs2(const char *text, char *ret, size_t size)
{
	for (size_t n = 0; *text && n + 5 < size; n += 4)
		snprintf(ret + n, size - n, "%04X", (unsigned char)*text++);
}

/* The operator's answer to *101#: in UCS-2 as most say it, or as the puppeteer wants it. */
static void cusd(struct sim *s, const char *arg)
{
	char text[700] = "";

	sim_event(s, "ussd %s", arg);
	ok(s);
	if (!strchr(arg, '"') || strcmp(s->ussd, "never") == 0)
		return;
	if (strcmp(s->ussd, "text") == 0)
		snprintf(text, sizeof(text), "%s", s->balance);
	else if (strcmp(s->ussd, "packed") == 0)
		packed(s->balance, text, sizeof(text));
	else
		as_ucs2(s->balance, text, sizeof(text));
	sim_say(s, s->network_ms + 100, "\r\n+CUSD: 0,\"%s\",%d\r\n", text,
		strcmp(s->ussd, "ucs2") == 0 ? 72 : 15);
}

static void csq(struct sim *s, const char *arg)
{
	char line[32];

	(void)arg;
	snprintf(line, sizeof(line), "+CSQ: %u,99", s->signal);
	info(s, line);
}

static void creg(struct sim *s, const char *arg)
{
	char line[32];

	(void)arg;
	snprintf(line, sizeof(line), "+CREG: 0,%u", s->registration);
	info(s, line);
}

static void cops(struct sim *s, const char *arg)
{
	char line[64];

	(void)arg;
	snprintf(line, sizeof(line), "+COPS: 0,0,\"%s\"", s->oper);
	info(s, line);
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
	{ "+CPINR",  cpinr, NULL },
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
	{ "+CSQ",    csq, NULL },
	{ "+CREG?",  creg, NULL },
	{ "+CREG=",  NULL, "" },
	{ "+COPS?",  cops, NULL },
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
	if (pin_count(s, line))
		return;
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
	s->sr_first = s->looping = false;
	snprintf(s->charset, sizeof(s->charset), "GSM");
}
