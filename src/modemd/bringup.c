/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	WAKE_TRIES = 10,
	WAKE_MS = 1000,
	SIM_TRIES = 20,
	SIM_WAIT_MS = 500,
};

/* What libgammu and we rely on. Errors are ignored: old modems know no CLIP, new ones no CMEE. */
static const char *const settings[] = {
	"ATE1",                 /* libgammu finds its reply by the echo */
	"AT+CMEE=1",
	"AT+CMGF=0",
	"AT+CLIP=1",
	"AT+CREG=0",
};

/* How to be told of new messages; the first that the modem takes. ds=1: reports come over the
 * line; ds=2: they are stored; ds=0: they are found by polling, if at all. */
static const char indications[] =
	"2,1,0,1,0\n2,1,0,2,0\n2,1,0,1,1\n2,1,0,0,0\n1,1,0,1,0\n1,1,0,0,0\n2,1";

static void pause_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* laidod's watch on silence strikes before our own patience ends. */
int ld_agent_chat(struct ld_agent *a, const char *cmd, char *reply, size_t size)
{
	return ld_line_chat(a->line, cmd, (int)a->cfg.command_ms + 5000, reply, size);
}

/* The first line of a reply without "+NAME: ". */
static int ask(struct ld_agent *a, const char *cmd, char *ret, size_t size)
{
	char reply[LD_URC_REPLY_MAX];
	char *line = reply;
	int rc = ld_agent_chat(a, cmd, reply, sizeof(reply));

	if (rc < 0)
		return rc;
	reply[strcspn(reply, "\n")] = 0;
	if (reply[0] == '+' && strchr(reply, ':')) {
		line = strchr(reply, ':') + 1;
		line += strspn(line, " ");
	}
	if (strcmp(line, "OK") == 0)
		line[0] = 0;
	snprintf(ret, size, "%s", line);
	return 0;
}

/* The first quoted string of a reply. */
static void quoted(const char *line, char *ret, size_t size)
{
	const char *from = strchr(line, '"');
	const char *to = from ? strchr(from + 1, '"') : NULL;

	if (to)
		snprintf(ret, size, "%.*s", (int)(to - from - 1), from + 1);
}

static int wake(struct ld_agent *a, struct ld_errmsg *err)
{
	char reply[LD_URC_REPLY_MAX];

	for (int i = 0; i < WAKE_TRIES; i++)
		if (ld_line_chat(a->line, "AT", WAKE_MS, reply, sizeof(reply)) == 0)
			return 0;
	return ld_fail(err, LD_E_TIMEOUT, "no answer to AT on %s: is it the modem's command port?",
		       a->cfg.device);
}

/* The next of several lines, into ret; NULL when there is none. */
static const char *line_of(const char *p, char *ret, size_t size)
{
	size_t n;

	p += strspn(p, "\n");
	n = strcspn(p, "\n");
	snprintf(ret, size, "%.*s", (int)n, p);
	return n ? p + n : NULL;
}

/* The profile's own commands. */
static void profile(struct ld_agent *a)
{
	char cmd[sizeof(a->cfg.init)], reply[LD_URC_REPLY_MAX];

	for (const char *p = a->cfg.init; (p = line_of(p, cmd, sizeof(cmd))) != NULL;)
		if (ld_agent_chat(a, cmd, reply, sizeof(reply)) < 0)
			ld_agent_log(a, 1, "the modem does not take the profile's %s", cmd);
}

/* Where messages are stored, and whether reports have a storage of their own. */
static void storage(struct ld_agent *a)
{
	char cmd[64], reply[LD_URC_REPLY_MAX];
	const char *s = a->cfg.storage;

	if (s[0]) {
		snprintf(cmd, sizeof(cmd), "AT+CPMS=\"%s\",\"%s\",\"%s\"", s, s, s);
		if (ld_agent_chat(a, cmd, reply, sizeof(reply)) < 0)
			ld_agent_log(a, 1, "the modem does not store messages in %s as its profile "
				     "says", s);
	}
	a->has_sr = ld_agent_chat(a, "AT+CPMS=?", reply, sizeof(reply)) == 0 &&
		    strstr(reply, "\"SR\"") != NULL;
}

void ld_bringup_settings(struct ld_agent *a)
{
	char cmd[64] = "AT+CNMI=", reply[LD_URC_REPLY_MAX];
	const char *p = a->cfg.cnmi[0] ? a->cfg.cnmi : indications;

	for (size_t i = 0; i < LD_ARRAY_SIZE(settings); i++)
		ld_agent_chat(a, settings[i], reply, sizeof(reply));
	profile(a);
	storage(a);
	while ((p = line_of(p, cmd + 8, sizeof(cmd) - 8)) != NULL)
		if (ld_agent_chat(a, cmd, reply, sizeof(reply)) == 0)
			return;
	ld_agent_log(a, 1, "the modem announces no messages; they are found by polling");
}

static int unlock_sim(struct ld_agent *a, struct ld_errmsg *err)
{
	char state[64] = "";

	for (int i = 0; i < SIM_TRIES; i++) {
		int rc = ask(a, "AT+CPIN?", state, sizeof(state));

		if (rc == 0 && strcmp(state, "READY") == 0) {
			ld_agent_pin_was_right(a);
			return 0;
		}
		if (rc == 0 && strcmp(state, "SIM PIN") == 0 && (rc = ld_agent_enter_pin(a, err)) < 0)
			return rc;
		if (rc == 0 && strcmp(state, "SIM PUK") == 0)
			return ld_fail(err, LD_E_DENIED, "the SIM wants its PUK: unlock it in a phone");
		pause_ms(SIM_WAIT_MS);
	}
	return ld_fail(err, LD_E_PEER, "no SIM, or it does not get ready: %s", state);
}

static int identify(struct ld_agent *a, struct ld_errmsg *err)
{
	struct ld_wmsg_ident *id = &a->ident;
	struct ld_wmsg m = { .type = LD_WMSG_IDENT };
	char line[LD_URC_REPLY_MAX];

	ask(a, "AT+CGMI", id->manufacturer, sizeof(id->manufacturer));
	ask(a, "AT+CGMM", id->model, sizeof(id->model));
	ask(a, "AT+CGMR", id->firmware, sizeof(id->firmware));
	ask(a, "AT+CGSN", id->imei, sizeof(id->imei));
	for (int i = 0; i < SIM_TRIES && !id->imsi[0]; i++)
		if (ask(a, "AT+CIMI", id->imsi, sizeof(id->imsi)) < 0)
			pause_ms(SIM_WAIT_MS);
	memcpy(id->device, a->cfg.device, sizeof(id->device));
	memcpy(id->smsc, a->cfg.smsc, sizeof(id->smsc));
	if (!id->smsc[0] && ask(a, "AT+CSCA?", line, sizeof(line)) == 0)
		quoted(line, id->smsc, sizeof(id->smsc));
	m.u.ident = *id;
	ld_wmsg_write(a->fd, &m, 0);
	return id->smsc[0] ? 0 : ld_fail(err, LD_E_RANGE, "the SIM knows no message centre: set "
					 "smsc to the operator's");
}

int ld_bringup(struct ld_agent *a, struct ld_errmsg *err)
{
	int rc = wake(a, err);

	if (rc == 0)
		rc = unlock_sim(a, err);
	if (rc == 0) {
		ld_bringup_settings(a);         /* a locked SIM takes no CNMI */
		rc = identify(a, err);
	}
	if (rc == 0)
		rc = ld_gammu_open(&a->gammu, ld_line_pty(a->line), a->cfg.connection, err);
	return rc;
}

static unsigned number_after(const char *line, unsigned commas, unsigned max)
{
	unsigned long v;

	while (commas-- > 0) {
		line = strchr(line, ',');
		if (!line)
			return max;
		line++;
	}
	v = strtoul(line, NULL, 10);
	return v > max ? max : (unsigned)v;
}

void ld_bringup_poll(struct ld_agent *a)
{
	struct ld_wmsg m = { .type = LD_WMSG_STATUS };
	struct ld_wmsg_status *s = &m.u.status;
	char line[LD_URC_REPLY_MAX];

	s->signal = 99;
	if (ask(a, "AT+CSQ", line, sizeof(line)) == 0)
		s->signal = (uint8_t)number_after(line, 0, 99);
	if (ask(a, "AT+CREG?", line, sizeof(line)) == 0)
		s->registration = (uint8_t)number_after(line, 1, 255);
	/* on LTE alone: TS 27.007 10.1.22 */
	if ((s->registration == 0 || s->registration == 4) &&
	    ask(a, "AT+CEREG?", line, sizeof(line)) == 0)
		s->registration = (uint8_t)number_after(line, 1, 255);
	if (ask(a, "AT+COPS?", line, sizeof(line)) == 0)
		quoted(line, s->oper, sizeof(s->oper));
	if (ask(a, "AT+CPMS?", line, sizeof(line)) == 0) {
		s->sim_used = (uint16_t)number_after(line, 1, UINT16_MAX);
		s->sim_size = (uint16_t)number_after(line, 2, UINT16_MAX);
	}
	s->urcs_dropped = ld_line_dropped(a->line);
	ld_wmsg_write(a->fd, &m, MSG_DONTWAIT);
}
