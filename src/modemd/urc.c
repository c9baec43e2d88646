/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "urc.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "laido/base/err.h"
#include "pdu.h"

enum { DROP = -1, USSD_MAX = 600 };

struct known {
	const char *prefix;
	int event;              /* enum ld_urc_event or DROP */
	bool two_lines;
};

/* Unsolicited lines that mean something, and those without "+NAME:" form that would otherwise be
 * taken for a reply. What is not here and looks like "+NAME:" is judged by the pending command. */
static const struct known known[] = {
	{ "+CMTI:",             LD_URC_NEW_SMS,   false },
	{ "+CDSI: \"SR\"",      LD_URC_NEW_REPORT, false },
	{ "+CDSI:",             LD_URC_NEW_SMS,   false },
	{ "+CUSD:",             LD_URC_USSD,      false },
	{ "+SMSFULL",           LD_URC_NEW_SMS,   false },
	{ "^SMMEMFULL:",        LD_URC_NEW_SMS,   false },
	{ "+QIND: \"SMSFULL\"", LD_URC_NEW_SMS,   false },
	{ "+CMT:",              LD_URC_PDU,       true },
	{ "+CDS:",              LD_URC_PDU,       true },
	{ "+CBM:",              DROP,             true },
	{ "RING",               LD_URC_RING,      false },
	{ "+CRING:",            LD_URC_RING,      false },
	{ "+CLIP:",             LD_URC_CLIP,      false },
	{ "MISSED_CALL:",       LD_URC_MISSED,    false },
	{ "NO CARRIER",         LD_URC_CALL_END,  false },
	{ "NO ANSWER",          LD_URC_CALL_END,  false },
	{ "BUSY",               LD_URC_CALL_END,  false },
	{ "VOICE CALL:",        DROP,             false },
	{ "RDY",                LD_URC_RESTARTED, false },
	{ "START",              DROP,             false },
	{ "PB DONE",            DROP,             false },
	{ "SMS DONE",           DROP,             false },
	{ "Call Ready",         DROP,             false },
	{ "SMS Ready",          DROP,             false },
	{ "NORMAL POWER DOWN",  DROP,             false },
	{ "UNDER-VOLTAGE",      DROP,             false },
	{ "OVER-VOLTAGE",       DROP,             false },
};

/* How a reply ends, besides OK and ERROR. */
static const char *const finals[] = {
	"+CME ERROR:", "+CMS ERROR:", "COMMAND NOT SUPPORT", "MODEM ERROR:",
};

void ld_urc_init(struct ld_urc *u, const struct ld_urc_ops *ops, void *arg)
{
	memset(u, 0, sizeof(*u));
	u->ops = ops;
	u->arg = arg;
}

void ld_urc_silence(struct ld_urc *u, const char *drop)
{
	u->drop = drop;
}

static void command_char(struct ld_urc *u, char c)
{
	if (c == 0x1b) {
		u->typing = u->pending = u->data = u->submitted = false;
		u->cmd_len = 0;
	} else if (c == '\r' || c == '\n') {
		if (u->typing) {
			u->typing = u->echoed = u->submitted = false;
			u->pending = true;
		}
	} else {
		if (!u->typing) {
			u->typing = true;
			u->cmd_len = 0;
		}
		if (u->cmd_len < sizeof(u->cmd) - 1)
			u->cmd[u->cmd_len++] = (char)toupper((unsigned char)c);
		u->cmd[u->cmd_len] = 0;
	}
}

void ld_urc_typed(struct ld_urc *u, const char *octets, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!u->data) {
			command_char(u, octets[i]);
		} else if (octets[i] == 0x1a) {
			u->data = false;
			u->submitted = true;
		} else if (octets[i] == 0x1b) {
			u->data = u->pending = false;
		}
	}
}

bool ld_urc_idle(const struct ld_urc *u)
{
	return !u->typing && !u->pending;
}

void ld_urc_own(struct ld_urc *u, const char *cmd)
{
	u->cmd_len = 0;
	for (; cmd[u->cmd_len] && u->cmd_len < sizeof(u->cmd) - 1; u->cmd_len++)
		u->cmd[u->cmd_len] = (char)toupper((unsigned char)cmd[u->cmd_len]);
	u->cmd[u->cmd_len] = 0;
	u->pending = u->own = true;
	u->reply_len = 0;
	u->reply[0] = 0;
}

void ld_urc_give_up(struct ld_urc *u)
{
	u->typing = u->pending = u->own = u->data = u->submitted = false;
}

static bool starts(const char *line, const char *prefix)
{
	return strncasecmp(line, prefix, strlen(prefix)) == 0;
}

/* "+NAME:" is a reply when the pending command names it; a sigil makes it ours to judge. */
static bool solicited_name(const struct ld_urc *u, const char *line)
{
	size_t n = strcspn(line, ": ");
	char name[32];

	if (n >= sizeof(name) || !u->pending)
		return false;
	for (size_t i = 0; i < n; i++)
		name[i] = (char)toupper((unsigned char)line[i]);
	name[n] = 0;
	return strstr(u->cmd, name) != NULL;
}

/* The caller in: +CLIP: "0912345678",129,... */
static void clip_number(const char *line, char *ret, size_t size)
{
	const char *from = strchr(line, '"');
	const char *to = from ? strchr(from + 1, '"') : NULL;
	bool international;

	ret[0] = 0;
	if (!to || (size_t)(to - from) > size - 2)
		return;
	international = to[1] == ',' && strncmp(to + 2, "145", 3) == 0 && from[1] != '+';
	snprintf(ret, size, "%s%.*s", international ? "+" : "", (int)(to - from - 1), from + 1);
}

/* MISSED_CALL: 11:42AM 0912345678 */
static void missed_number(const char *line, char *ret, size_t size)
{
	const char *last = strrchr(line, ' ');

	snprintf(ret, size, "%s", last ? last + 1 : "");
}

static void emit(struct ld_urc *u, const struct known *k, const char *line)
{
	char number[32];

	if (k->event == DROP) {
		u->dropped++;
		return;
	}
	if (k->event == LD_URC_CLIP)
		clip_number(line, number, sizeof(number));
	else if (k->event == LD_URC_MISSED)
		missed_number(line, number, sizeof(number));
	else
		number[0] = 0;
	if (k->event == LD_URC_USSD)
		u->ops->event(u->arg, LD_URC_USSD, line + strlen(k->prefix), true);
	else
		u->ops->event(u->arg, (enum ld_urc_event)k->event, number, true);
}

/* Does the modem's profile silence it? */
static bool silenced(const struct ld_urc *u, const char *line)
{
	for (const char *p = u->drop; p && *p; p += strspn(p, "\n")) {
		size_t n = strcspn(p, "\n");

		if (n && strncasecmp(line, p, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* The second line of +CMT and +CDS is a PDU, and libgammu will decode it. */
static void second_line(struct ld_urc *u, const struct known *k, const char *line)
{
	uint8_t pdu[LD_PDU_MAX];
	int n = ld_pdu_from_hex(line, strlen(line), pdu, sizeof(pdu));

	u->second = 0;
	if (k->event != LD_URC_PDU)
		u->dropped++;
	else if (n < 0 || !ld_pdu_sane(pdu, (size_t)n))
		u->damaged++;
	else
		u->ops->event(u->arg, LD_URC_PDU, line, true);
}

/* True when the line was unsolicited and has been dealt with. */
static bool unsolicited(struct ld_urc *u, const char *line)
{
	bool sigil = strchr("+^*#$%&", line[0]) != NULL;
	bool asked = sigil && solicited_name(u, line);

	if (u->second) {
		second_line(u, &known[u->second - 1], line);
		return true;
	}
	for (size_t i = 0; i < LD_ARRAY_SIZE(known); i++) {
		if (!starts(line, known[i].prefix))
			continue;
		if (asked && known[i].event != LD_URC_USSD)     /* AT+CUSD's reply has none */
			return false;
		if (known[i].two_lines)
			u->second = (int)i + 1;
		else
			emit(u, &known[i], line);
		return true;
	}
	if (asked)
		return false;
	if (u->pending && !(sigil && strchr(line, ':')) && !silenced(u, line))
		return false;
	u->dropped++;
	return true;
}

static bool is_final(const char *line)
{
	if (strcmp(line, "OK") == 0 || strcmp(line, "ERROR") == 0)
		return true;
	for (size_t i = 0; i < LD_ARRAY_SIZE(finals); i++)
		if (starts(line, finals[i]))
			return true;
	return false;
}

static void collect(struct ld_urc *u, const char *line)
{
	int n;

	if (line[0] == 0 || starts(line, u->cmd))       /* the echo */
		return;
	n = snprintf(u->reply + u->reply_len, sizeof(u->reply) - u->reply_len, "%s%s",
		     u->reply_len ? "\n" : "", line);
	if (n > 0 && (size_t)n < sizeof(u->reply) - u->reply_len)
		u->reply_len += (size_t)n;
	else
		u->reply[u->reply_len] = 0;
}

/* A stored message on its way to libgammu. */
static const char *guarded(struct ld_urc *u, const char *line)
{
	uint8_t pdu[LD_PDU_MAX];
	int n;

	if (!starts(u->cmd, "AT+CMGL") && !starts(u->cmd, "AT+CMGR"))
		return line;
	if (line[0] == 0 || line[strspn(line, "0123456789ABCDEFabcdef")] != 0)
		return line;
	n = ld_pdu_from_hex(line, strlen(line), pdu, sizeof(pdu));
	if (n >= 0 && ld_pdu_sane(pdu, (size_t)n))
		return line;
	u->damaged++;
	return LD_PDU_HARMLESS;
}

static void forward_line(struct ld_urc *u, const char *line)
{
	const char *safe = guarded(u, line);

	u->ops->forward(u->arg, safe, strlen(safe));
	u->ops->forward(u->arg, "\r\n", 2);
}

/* libgammu takes the first line for the echo, whatever it is. */
static bool too_early(struct ld_urc *u, const char *line, bool final)
{
	if (u->own || u->echoed || final)
		return false;
	u->echoed = starts(line, u->cmd);
	return !u->echoed;
}

/* A whole line without its end. */
static void judge(struct ld_urc *u, const char *line)
{
	bool final = is_final(line);

	if (line[0] == 0 && u->second)
		return;
	if (!final && line[0] != 0 && !starts(line, "AT") && unsolicited(u, line))
		return;
	u->second = 0;
	if (!u->pending || too_early(u, line, final)) {
		u->dropped += line[0] != 0;
		return;
	}
	if (final)
		u->pending = u->data = u->submitted = false;
	if (!u->own) {
		forward_line(u, line);
	} else {
		collect(u, line);
		if (final) {
			u->own = false;
			u->ops->event(u->arg, LD_URC_OWN_DONE, u->reply, strcmp(line, "OK") == 0);
		}
	}
}

static void cut_line(const struct ld_urc *u, size_t from, size_t to, char *ret)
{
	while (to > from && (u->line[to - 1] == '\r' || u->line[to - 1] == 0))
		to--;
	while (from < to && strchr("\r\x1b", u->line[from]))    /* and NUL: an echoed escape */
		from++;
	memcpy(ret, u->line + from, to - from);
	ret[to - from] = 0;
}

/* An operator's text may have lines of its own, within the quotes. One that never closes them ends
 * by its length, or before what can only be the modem's. */
static bool open_ussd(struct ld_urc *u)
{
	char line[LD_URC_LINE_MAX];
	unsigned quotes = 0;

	if (u->joined) {
		cut_line(u, u->joined, u->len, line);
		if (is_final(line) || line[0] == '+') {
			char text[LD_URC_LINE_MAX];

			cut_line(u, 0, u->joined - 1, text);
			judge(u, text);
			memmove(u->line, u->line + u->joined, u->len -= u->joined);
			u->joined = 0;
		}
	}
	cut_line(u, 0, u->len, line);
	for (const char *p = line; *p; p++)
		quotes += *p == '"';
	return starts(line, "+CUSD:") && quotes % 2 && u->len < USSD_MAX && !u->overlong;
}

static void end_of_line(struct ld_urc *u)
{
	char line[LD_URC_LINE_MAX];

	if (open_ussd(u)) {
		u->line[u->len++] = '\n';
		u->joined = u->len;
		return;
	}
	cut_line(u, 0, u->len, line);
	u->len = u->joined = 0;
	if (u->overlong)
		u->dropped++;
	else
		judge(u, line);
	u->overlong = false;
}

/* "> " has no line end; it asks for the PDU. */
static bool prompt(struct ld_urc *u)
{
	size_t from = 0;

	while (from < u->len && (u->line[from] == '\r'))
		from++;
	if (!u->pending || u->own || u->data || u->submitted || u->len - from != 2 ||
	    memcmp(u->line + from, "> ", 2) != 0 || !starts(u->cmd, "AT+CMGS"))
		return false;
	u->data = true;
	u->len = 0;
	u->ops->forward(u->arg, "> ", 2);
	return true;
}

void ld_urc_heard(struct ld_urc *u, const char *octets, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (octets[i] == '\n') {
			end_of_line(u);
			continue;
		}
		if (u->len == sizeof(u->line) - 1) {
			u->overlong = true;
			u->len = u->joined = 0;
		}
		u->line[u->len++] = octets[i];
		prompt(u);
	}
}
