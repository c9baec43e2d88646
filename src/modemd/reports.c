/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivery reports that the modem stores in SR, a storage libgammu does not know. It is looked
 * into by our own commands, between libgammu's, and the storage libgammu reckons with is chosen
 * again before it goes on. */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pdu.h"

enum { ROUNDS = 8 };            /* a reply holds some 25 reports; the next turn takes more */

/* The first line of AT+CPMS?'s answer: +CPMS: "SM",... */
static bool chosen(struct ld_agent *a, char ret[8])
{
	char reply[LD_URC_REPLY_MAX];
	const char *from;

	if (ld_agent_chat(a, "AT+CPMS?", reply, sizeof(reply)) < 0)
		return false;
	from = strchr(reply, '"');
	return from && sscanf(from, "\"%7[A-Z]\"", ret) == 1;
}

static bool choose(struct ld_agent *a, const char *storage)
{
	char cmd[32], reply[LD_URC_REPLY_MAX];

	snprintf(cmd, sizeof(cmd), "AT+CPMS=\"%s\"", storage);
	return ld_agent_chat(a, cmd, reply, sizeof(reply)) == 0;
}

static void drop(struct ld_agent *a, int index)
{
	char cmd[24], reply[LD_URC_REPLY_MAX];

	snprintf(cmd, sizeof(cmd), "AT+CMGD=%d", index);
	ld_agent_chat(a, cmd, reply, sizeof(reply));
}

/* One listing, +CMGL: INDEX,... and the PDU in the next line. Returns how many were taken. */
static int take_listing(struct ld_agent *a, char *reply)
{
	int index[LD_URC_REPLY_MAX / 16], n = 0, at = -1;
	char *save, *line = strtok_r(reply, "\n", &save);

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "+CMGL:", 6) == 0) {
			at = (int)strtol(line + 6, NULL, 10);
		} else if (at > 0 && n < (int)LD_ARRAY_SIZE(index)) {
			ld_agent_take_pdu(a, line);     /* damaged ones too: out of the way */
			index[n++] = at;
			at = -1;
		}
	}
	for (int i = 0; i < n; i++)
		drop(a, index[i]);
	return n;
}

void ld_agent_reports(struct ld_agent *a)
{
	char reply[LD_URC_REPLY_MAX], before[8];

	if (!a->has_sr || !chosen(a, before))
		return;
	if (choose(a, "SR")) {
		for (int i = 0; i < ROUNDS; i++)
			if (ld_agent_chat(a, "AT+CMGL=4", reply, sizeof(reply)) < 0 ||
			    take_listing(a, reply) == 0)
				break;
	}
	if (!choose(a, strcmp(before, "SR") == 0 ? "SM" : before)) {
		ld_agent_log(a, 2, "the modem does not take its storage back; it is begun anew");
		a->give_up = true;
	}
}
