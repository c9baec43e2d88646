/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SIM's PIN: three wrong ones lock it, so that no try is spent twice on the same PIN, over
 * restarts and power cuts, and the last one never. */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_TRIES = 1 };        /* left to a person with a phone */

int ld_number_in(const char *line, unsigned at)
{
	while (*line) {
		size_t n = strspn(line, "0123456789");

		if (n && --at == 0)
			return n > 6 ? -1 : (int)strtol(line, NULL, 10);
		line += n ? n : 1;
	}
	return -1;
}

/* Tries that are left, by the profile's command; -1: the modem does not tell. */
static int tries_left(struct ld_agent *a)
{
	char reply[LD_URC_REPLY_MAX];
	const char *values;

	if (!a->cfg.pin_count[0] ||
	    ld_agent_chat(a, a->cfg.pin_count, reply, sizeof(reply)) < 0)
		return -1;
	values = strchr(reply, ':');
	return values ? ld_number_in(values, a->cfg.pin_count_at) : -1;
}

static int may_try(struct ld_agent *a, struct ld_errmsg *err)
{
	bool refused;
	int left;

	if (!a->cfg.pin[0])
		return ld_fail(err, LD_E_DENIED, "the SIM wants a PIN: set pin, or switch it off");
	pthread_mutex_lock(&a->journal_lock);
	refused = ld_journal_pin_refused(a->journal, a->cfg.pin);
	pthread_mutex_unlock(&a->journal_lock);
	if (refused)
		return ld_fail(err, LD_E_DENIED, "the SIM refused this PIN before; it is not tried "
			       "again, correct pin");
	left = tries_left(a);
	if (left >= 0 && left <= LAST_TRIES)
		return ld_fail(err, LD_E_DENIED, "the SIM has %d PIN tries left and none is risked: "
			       "unlock it in a phone, then put it back", left);
	return 0;
}

/* The try is on the disk before it is made. */
int ld_agent_enter_pin(struct ld_agent *a, struct ld_errmsg *err)
{
	char cmd[32], reply[LD_URC_REPLY_MAX];
	int rc = may_try(a, err);

	if (rc < 0)
		return rc;
	pthread_mutex_lock(&a->journal_lock);
	rc = ld_journal_try_pin(a->journal, a->cfg.pin);
	pthread_mutex_unlock(&a->journal_lock);
	if (rc < 0)
		return ld_fail(err, rc, "the PIN is not tried, since it could not be noted: %s",
			       ld_strerror(rc));
	snprintf(cmd, sizeof(cmd), "AT+CPIN=\"%s\"", a->cfg.pin);
	if (ld_agent_chat(a, cmd, reply, sizeof(reply)) == 0)
		return 0;
	pthread_mutex_lock(&a->journal_lock);
	ld_journal_refuse_pin(a->journal, a->cfg.pin);
	pthread_mutex_unlock(&a->journal_lock);
	return ld_fail(err, LD_E_DENIED, "the SIM refused the PIN: correct pin");
}

void ld_agent_pin_was_right(struct ld_agent *a)
{
	pthread_mutex_lock(&a->journal_lock);
	ld_journal_accept_pin(a->journal);
	pthread_mutex_unlock(&a->journal_lock);
}
