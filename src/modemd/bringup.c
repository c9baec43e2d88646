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
static const char *const indications[] = {
	"AT+CNMI=2,1,0,1,0", "AT+CNMI=2,1,0,2,0", "AT+CNMI=2,1,0,1,1", "AT+CNMI=2,1,0,0,0",
	"AT+CNMI=1,1,0,1,0", "AT+CNMI=1,1,0,0,0", "AT+CNMI=2,1",
};

static void pause_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* laidod's watch on silence strikes before our own patience ends. */
static int chat(struct ld_agent *a, const char *cmd, char *reply, size_t size)
{
	return ld_line_chat(a->line, cmd, (int)a->cfg.command_ms + 5000, reply, size);
}

/* The first line of a reply without "+NAME: ". */
static int ask(struct ld_agent *a, const char *cmd, char *ret, size_t size)
{
	char reply[LD_URC_REPLY_MAX];
	char *line = reply;
	int rc = chat(a, cmd, reply, sizeof(reply));

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

/* The profile's own commands, one a line. */
static void profile(struct ld_agent *a)
{
	char cmd[sizeof(a->cfg.init)], reply[LD_URC_REPLY_MAX];

	for (const char *p = a->cfg.init; *p; p += strspn(p, "\n")) {
		size_t n = strcspn(p, "\n");

		snprintf(cmd, sizeof(cmd), "%.*s", (int)n, p);
		if (n > 0 && chat(a, cmd, reply, sizeof(reply)) < 0)
			ld_agent_log(a, 1, "the modem does not take the profile's %s", cmd);
		p += n;
	}
}

void ld_bringup_settings(struct ld_agent *a)
{
	char reply[LD_URC_REPLY_MAX];

	for (size_t i = 0; i < LD_ARRAY_SIZE(settings); i++)
		chat(a, settings[i], reply, sizeof(reply));
	profile(a);
	for (size_t i = 0; i < LD_ARRAY_SIZE(indications); i++)
		if (chat(a, indications[i], reply, sizeof(reply)) == 0)
			return;
	ld_agent_log(a, 1, "the modem announces no messages; they are found by polling");
}

static int enter_pin(struct ld_agent *a, struct ld_errmsg *err)
{
	char cmd[32], reply[LD_URC_REPLY_MAX];
	bool refused;

	if (!a->cfg.pin[0])
		return ld_fail(err, LD_E_DENIED, "the SIM wants a PIN: set pin, or switch it off");
	pthread_mutex_lock(&a->journal_lock);
	refused = ld_journal_pin_refused(a->journal, a->cfg.pin);
	pthread_mutex_unlock(&a->journal_lock);
	if (refused)
		return ld_fail(err, LD_E_DENIED, "the SIM refused this PIN before; it is not tried "
			       "again, correct pin");
	snprintf(cmd, sizeof(cmd), "AT+CPIN=\"%s\"", a->cfg.pin);
	if (chat(a, cmd, reply, sizeof(reply)) == 0)
		return 0;
	pthread_mutex_lock(&a->journal_lock);
	ld_journal_refuse_pin(a->journal, a->cfg.pin);
	pthread_mutex_unlock(&a->journal_lock);
	return ld_fail(err, LD_E_DENIED, "the SIM refused the PIN: correct pin");
}

static int unlock_sim(struct ld_agent *a, struct ld_errmsg *err)
{
	char state[64] = "";

	for (int i = 0; i < SIM_TRIES; i++) {
		int rc = ask(a, "AT+CPIN?", state, sizeof(state));

		if (rc == 0 && strcmp(state, "READY") == 0)
			return 0;
		if (rc == 0 && strcmp(state, "SIM PIN") == 0 && (rc = enter_pin(a, err)) < 0)
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
	memcpy(id->smsc, a->cfg.smsc, sizeof(id->smsc));
	if (!id->smsc[0] && ask(a, "AT+CSCA?", line, sizeof(line)) == 0)
		quoted(line, id->smsc, sizeof(id->smsc));
	m.u.ident = *id;
	ld_wmsg_write(a->fd, &m, 0);
	return id->smsc[0] ? 0 : ld_fail(err, LD_E_UNKNOWN, "the SIM knows no message centre: set "
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
	if (ask(a, "AT+COPS?", line, sizeof(line)) == 0)
		quoted(line, s->oper, sizeof(s->oper));
	if (ask(a, "AT+CPMS?", line, sizeof(line)) == 0) {
		s->sim_used = (uint16_t)number_after(line, 1, UINT16_MAX);
		s->sim_size = (uint16_t)number_after(line, 2, UINT16_MAX);
	}
	s->urcs_dropped = ld_line_dropped(a->line);
	ld_wmsg_write(a->fd, &m, MSG_DONTWAIT);
}
