/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "laido/base/err.h"
#include "laido/text/text.h"

/* Lines that real modems say unasked and libgammu does not know. */
static const char *const foreign[] = {
	"MISSED_CALL: 11:42AM 0000", "VOICE CALL: END: 000012", "+QIND: SMS DONE", "*ECAV: 1,6,0",
	"^DSCI: 1,1,0", "+CIEV: 2,1", "+CGEV: ME PDN ACT 1", "PB DONE", "SMS DONE", "Call Ready",
	"+CPIN: READY", "OVER-VOLTAGE WARNING", "$QCSQ: 5", "#STN: 33", "&NONSENSE: 1", "random text",
};

static void answer(struct sim *s, int client, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void answer(struct sim *s, int client, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vdprintf(s->clients[client].fd, fmt, ap);
	va_end(ap);
}

static unsigned used(const struct slot *slots, unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += slots[i].used;
	return sum;
}

unsigned sim_used(const struct sim *s)
{
	return used(s->slots, s->n_slots);
}

struct slot *sim_storage(struct sim *s, unsigned *ret_n)
{
	*ret_n = s->sr_first ? SIM_SR : s->n_slots;
	return s->sr_first ? s->sr : s->slots;
}

/* 1.. where it lies now; 0: full. */
static unsigned put(struct slot *slots, unsigned n, const char *hex)
{
	for (unsigned i = 0; i < n; i++) {
		if (slots[i].used)
			continue;
		slots[i].used = true;
		slots[i].read = false;
		snprintf(slots[i].hex, sizeof(slots[i].hex), "%s", hex);
		return i + 1;
	}
	return 0;
}

bool sim_store(struct sim *s, const char *hex)
{
	unsigned at = s->no_sim ? 0 : put(s->slots, s->n_slots, hex);

	if (at) {
		if (s->cnmi[1] == 1)
			sim_say(s, 0, "\r\n+CMTI: \"SM\",%u\r\n", at);
		return true;
	}
	if (s->n_held == SIM_HELD || !(s->held[s->n_held] = strdup(hex)))
		return false;
	sim_event(s, "held, %u wait in the network", ++s->n_held);
	return true;
}

void sim_unhold(struct sim *s)
{
	unsigned n = s->n_held, done = 0;

	while (done < n && sim_used(s) < s->n_slots && !s->no_sim) {
		char *hex = s->held[done++];

		sim_store(s, hex);
		free(hex);
	}
	s->n_held -= done;
	memmove(s->held, s->held + done, s->n_held * sizeof(s->held[0]));
}

void sim_stored_report(struct sim *s, const char *hex)
{
	unsigned at = s->has_sr ? put(s->sr, SIM_SR, hex) : put(s->slots, s->n_slots, hex);

	if (at && s->cnmi[3] == 2)
		sim_say(s, 0, "\r\n+CDSI: \"%s\",%u\r\n", s->has_sr ? "SR" : "SM", at);
}

static bool store(struct sim *s, const char *hex)
{
	return sim_store(s, hex) && (!s->twice || sim_store(s, hex));
}

/* "\n" in the argument is a line end. */
static void unescape(const char *in, char *ret, size_t size)
{
	size_t n = 0;

	for (; *in && n + 1 < size; in++) {
		if (in[0] == '\\' && (in[1] == 'n' || in[1] == '\\')) {
			in++;
			ret[n++] = *in == 'n' ? '\n' : '\\';
		} else {
			ret[n++] = *in;
		}
	}
	ret[n] = 0;
}

static int message(struct sim *s, const char *from, const char *text, bool ucs2)
{
	struct ld_measure m;
	enum ld_alphabet alphabet;
	char part[1024], hex[SIM_PDU_HEX];
	size_t start, len;
	unsigned n = 0;
	int ref;

	ld_text_measure(text, &m);
	alphabet = ucs2 ? LD_UCS2 : m.alphabet;
	while (ld_text_part(text, alphabet, n, &start, &len) == 0 && start + len <= strlen(text))
		n++;
	ref = n > 1 ? ++s->mr : -1;
	for (unsigned i = 0; i < n; i++) {
		ld_text_part(text, alphabet, i, &start, &len);
		if (len >= sizeof(part))
			return -1;
		memcpy(part, text + start, len);
		part[len] = 0;
		if (!sim_make_deliver(from, part, alphabet == LD_UCS2, ref, n, i + 1, hex) || !store(s, hex))
			return -1;
	}
	return (int)n;
}

static void do_sms(struct sim *s, int client, const char *arg, bool ucs2)
{
	char from[24], text[4096];
	int used = 0, n;

	if (sscanf(arg, "%23s %n", from, &used) != 1 || !arg[used]) {
		answer(s, client, "error sms FROM TEXT\n");
		return;
	}
	unescape(arg + used, text, sizeof(text));
	sim_event(s, "text from=%s", from);
	n = message(s, from, text, ucs2);
	if (n < 0)
		answer(s, client, "error the SIM is full\n");
	else
		answer(s, client, "ok %d parts\n", n);
}

static void c_sms(struct sim *s, int client, const char *arg)
{
	do_sms(s, client, arg, false);
}

static void c_ucs2(struct sim *s, int client, const char *arg)
{
	do_sms(s, client, arg, true);
}

static void c_part(struct sim *s, int client, const char *arg)
{
	char from[24], hex[SIM_PDU_HEX];
	unsigned ref, total, part;
	struct ld_measure m;
	int used = 0;

	if (sscanf(arg, "%23s %u %u %u %n", from, &ref, &total, &part, &used) != 4 || !used) {
		answer(s, client, "error part FROM REF TOTAL PART TEXT\n");
		return;
	}
	ld_text_measure(arg + used, &m);
	if (sim_make_deliver(from, arg + used, m.alphabet == LD_UCS2, (int)ref, total, part, hex) &&
	    store(s, hex))
		answer(s, client, "ok\n");
	else
		answer(s, client, "error too long, or the SIM is full\n");
}

static void c_pdu(struct sim *s, int client, const char *arg)
{
	answer(s, client, strlen(arg) < SIM_PDU_HEX && store(s, arg) ? "ok\n" : "error\n");
}

static void c_call(struct sim *s, int client, const char *arg)
{
	snprintf(s->caller, sizeof(s->caller), "%s", arg);
	s->rings_left = 5;
	s->ring_ms = 0;
	answer(s, client, "ok\n");
}

static void c_urc(struct sim *s, int client, const char *arg)
{
	sim_say(s, 0, "\r\n%s\r\n", arg);
	answer(s, client, "ok\n");
}

static void c_storm(struct sim *s, int client, const char *arg)
{
	unsigned long n = strtoul(arg, NULL, 10);

	for (unsigned long i = 0; i < n && i < 1000; i++)
		sim_say(s, (unsigned)i, "\r\n%s\r\n", foreign[1 + i % (LD_ARRAY_SIZE(foreign) - 1)]);
	answer(s, client, "ok\n");
}

static bool on(const char *arg)
{
	return strcmp(arg, "off") != 0;
}

static void c_mute(struct sim *s, int client, const char *arg)
{
	s->mute = on(arg);
	answer(s, client, "ok\n");
}

static void c_twice(struct sim *s, int client, const char *arg)
{
	s->twice = on(arg);
	answer(s, client, "ok\n");
}

static void c_number(struct sim *s, int client, const char *arg, unsigned *where)
{
	*where = (unsigned)strtoul(arg, NULL, 10);
	answer(s, client, "ok\n");
}

static void c_slow(struct sim *s, int client, const char *arg)
{
	c_number(s, client, arg, &s->slow_ms);
}

static void c_network(struct sim *s, int client, const char *arg)
{
	c_number(s, client, arg, &s->network_ms);
}

static void c_drop(struct sim *s, int client, const char *arg)
{
	c_number(s, client, arg, &s->drop);
}

static void c_silent(struct sim *s, int client, const char *arg)
{
	c_number(s, client, arg, &s->silent_left);
}

static void c_cms(struct sim *s, int client, const char *arg)
{
	s->cms_left = 1;
	sscanf(arg, "%d %u", &s->cms, &s->cms_left);
	answer(s, client, "ok\n");
}

static void c_reports(struct sim *s, int client, const char *arg)
{
	s->reports = strncmp(arg, "first", 5) == 0 ? REPORTS_FIRST :
		     strncmp(arg, "never", 5) == 0 ? REPORTS_NEVER :
		     strncmp(arg, "asked", 5) == 0 ? REPORTS_ASKED : REPORTS_AFTER;
	sscanf(arg, "after %u", &s->report_ms);
	answer(s, client, "ok\n");
}

static void c_report(struct sim *s, int client, const char *arg)
{
	(void)arg;
	sim_owed_report(s);
	answer(s, client, "ok\n");
}

static void c_hangup(struct sim *s, int client, const char *arg)
{
	(void)arg;
	sim_unplug(s);
	answer(s, client, "ok\n");
}

static void c_plug(struct sim *s, int client, const char *arg)
{
	(void)arg;
	sim_restart(s);
	answer(s, client, sim_plug(s) < 0 ? "error\n" : "ok\n");
}

static void c_restart(struct sim *s, int client, const char *arg)
{
	(void)arg;
	sim_restart(s);
	sim_say(s, 0, "\r\nRDY\r\n");
	answer(s, client, "ok\n");
}

static void c_pin(struct sim *s, int client, const char *arg)
{
	s->pin_tries = 3;
	s->pin[0] = 0;
	sscanf(arg, "%11s %u", s->pin, &s->pin_tries);
	answer(s, client, "ok\n");
}

static void word(struct sim *s, int client, const char *arg, char *ret, size_t size)
{
	snprintf(ret, size, "%s", arg);
	answer(s, client, "ok\n");
}

static void c_puk(struct sim *s, int client, const char *arg)
{
	s->puk = on(arg);
	answer(s, client, "ok\n");
}

static void c_nosim(struct sim *s, int client, const char *arg)
{
	s->no_sim = on(arg);
	answer(s, client, "ok\n");
}

static void c_count(struct sim *s, int client, const char *arg)
{
	word(s, client, arg, s->count_by, sizeof(s->count_by));
}

static void c_imei(struct sim *s, int client, const char *arg)
{
	word(s, client, arg, s->imei, sizeof(s->imei));
}

static void c_imsi(struct sim *s, int client, const char *arg)
{
	word(s, client, arg, s->imsi, sizeof(s->imsi));
}

static void c_oper(struct sim *s, int client, const char *arg)
{
	word(s, client, arg, s->oper, sizeof(s->oper));
}

static void c_balance(struct sim *s, int client, const char *arg)
{
	unescape(arg, s->balance, sizeof(s->balance));
	answer(s, client, "ok\n");
}

static void c_ussd(struct sim *s, int client, const char *arg)
{
	word(s, client, arg, s->ussd, sizeof(s->ussd));
}

static void c_signal(struct sim *s, int client, const char *arg)
{
	c_number(s, client, arg, &s->signal);
}

static void c_creg(struct sim *s, int client, const char *arg)
{
	c_number(s, client, arg, &s->registration);
}

static void c_slots(struct sim *s, int client, const char *arg)
{
	unsigned n = (unsigned)strtoul(arg, NULL, 10);

	s->n_slots = n && n <= SIM_SLOTS ? n : 50;
	answer(s, client, "ok\n");
}

static void c_ds(struct sim *s, int client, const char *arg)
{
	s->only_ds = arg[0] >= '0' && arg[0] <= '2' ? arg[0] - '0' : -1;
	s->has_sr = strstr(arg, "SR") != NULL;
	answer(s, client, "ok\n");
}

static void c_barred(struct sim *s, int client, const char *arg)
{
	s->barred = (int)strtol(arg, NULL, 10);
	answer(s, client, "ok\n");
}

static void c_prompt(struct sim *s, int client, const char *arg)
{
	s->no_prompt = !on(arg);
	answer(s, client, "ok\n");
}

static void c_loop(struct sim *s, int client, const char *arg)
{
	s->loop = on(arg);
	s->looping = s->looping && s->loop;
	answer(s, client, "ok\n");
}

static void c_babble(struct sim *s, int client, const char *arg)
{
	c_number(s, client, arg, &s->babble_ms);
}

static void c_held(struct sim *s, int client, const char *arg)
{
	(void)arg;
	answer(s, client, "ok %u held\n", s->n_held);
}

static void c_trace(struct sim *s, int client, const char *arg)
{
	s->trace = on(arg);
	answer(s, client, "ok\n");
}

static void c_stored(struct sim *s, int client, const char *arg)
{
	(void)arg;
	answer(s, client, "ok %u stored\n", sim_used(s));
}

static void c_log(struct sim *s, int client, const char *arg)
{
	unsigned from = s->n_log > SIM_LOG ? s->n_log - SIM_LOG : 0;

	(void)arg;
	for (unsigned i = from; i < s->n_log; i++)
		answer(s, client, "%s\n", s->log[i % SIM_LOG]);
	answer(s, client, "ok %u sent\n", s->n_sent);
}

static void c_events(struct sim *s, int client, const char *arg)
{
	(void)arg;
	s->clients[client].events = true;
	answer(s, client, "ok\n");
}

struct verb {
	const char *name;
	void (*run)(struct sim *s, int client, const char *arg);
	const char *help;
};

static void c_help(struct sim *s, int client, const char *arg);

static const struct verb verbs[] = {
	{ "sms",     c_sms,     "FROM TEXT: a message arrives, in as many parts as it needs" },
	{ "ucs2",    c_ucs2,    "FROM TEXT: the same, in UCS-2 though it need not be" },
	{ "part",    c_part,    "FROM REF TOTAL PART TEXT: one part of a message" },
	{ "pdu",     c_pdu,     "HEX: this PDU is stored, whatever it is" },
	{ "call",    c_call,    "FROM|-: it rings until it is hung up, five times at most" },
	{ "urc",     c_urc,     "LINE: the modem says this unasked" },
	{ "storm",   c_storm,   "N: N lines that nobody knows" },
	{ "mute",    c_mute,    "on|off: takes nothing, says nothing" },
	{ "slow",    c_slow,    "MS: between any two lines" },
	{ "network", c_network, "MS: how long a submission takes" },
	{ "drop",    c_drop,    "N: the next N octets are lost" },
	{ "silent",  c_silent,  "N: the next N messages go out, but the modem never says so" },
	{ "cms",     c_cms,     "CODE [N]: the next N messages are refused" },
	{ "twice",   c_twice,   "on|off: every message arrives twice" },
	{ "reports", c_reports, "after [MS]|first|never|asked: delivery reports" },
	{ "report",  c_report,  "the last one that waits to be asked for" },
	{ "hangup",  c_hangup,  "the modem is unplugged" },
	{ "plug",    c_plug,    "and plugged in again" },
	{ "restart", c_restart, "it restarts by itself and forgets its settings" },
	{ "babble",  c_babble,  "MS: says a line that nobody asked for, so often; 0 ends it" },
	{ "loop",    c_loop,    "on|off: a listing of messages never ends" },
	{ "prompt",  c_prompt,  "on|off: whether AT+CMGS gets its prompt" },
	{ "barred",  c_barred,  "CODE|0: receives, but refuses every message with this error" },
	{ "pin",     c_pin,     "CODE [TRIES]: the SIM wants it" },
	{ "puk",     c_puk,     "on|off: the SIM is blocked and wants its PUK" },
	{ "nosim",   c_nosim,   "on|off: no SIM" },
	{ "count",   c_count,   "+CPINR|+SPIC|+QPINC|^CPIN|none: what tells the tries that are left" },
	{ "imei",    c_imei,    "DIGITS: of the modem" },
	{ "imsi",    c_imsi,    "DIGITS: of the SIM; another one is another SIM" },
	{ "oper",    c_oper,    "NAME: the network's" },
	{ "signal",  c_signal,  "0-31|99" },
	{ "creg",    c_creg,    "0-5: registration, 1 is home" },
	{ "balance", c_balance, "TEXT: what *101# is answered; \\n is a line end" },
	{ "ussd",    c_ussd,    "ucs2|text|packed|never: how" },
	{ "slots",   c_slots,   "N: messages that the SIM holds, 255 at most" },
	{ "ds",      c_ds,      "any|0|1|2 [SR]: the way of reports it offers, and whether there is an SR" },
	{ "held",    c_held,    "how many messages wait in the network since the SIM is full" },
	{ "trace",   c_trace,   "on|off: every AT command is an event" },
	{ "stored",  c_stored,  "how many messages are on the SIM" },
	{ "log",     c_log,     "the events so far" },
	{ "events",  c_events,  "this connection gets every event from now on" },
	{ "help",    c_help,    "this" },
};

static void c_help(struct sim *s, int client, const char *arg)
{
	(void)arg;
	for (size_t i = 0; i < LD_ARRAY_SIZE(verbs); i++)
		answer(s, client, "%-8s %s\n", verbs[i].name, verbs[i].help);
	answer(s, client, "ok\n");
}

void sim_command(struct sim *s, int client, const char *line)
{
	size_t n = strcspn(line, " ");

	for (size_t i = 0; i < LD_ARRAY_SIZE(verbs); i++) {
		if (strlen(verbs[i].name) != n || strncmp(line, verbs[i].name, n) != 0)
			continue;
		verbs[i].run(s, client, line[n] ? line + n + 1 : "");
		return;
	}
	answer(s, client, "error no such command; try help\n");
}
