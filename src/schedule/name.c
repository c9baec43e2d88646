/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the outbox calls a message of a reminder, and what operators call it. */
#include <stdio.h>
#include <string.h>

#include "laido/schedule/campaign.h"

enum { HEAD_DIGITS = 6 };

static const char mark[] = "R ";

void ld_remind_what(const char *name, char ret[LD_REMIND_WHAT])
{
	snprintf(ret, LD_REMIND_WHAT, "%s%s", mark, name);
}

/* First letter of a notice's name, before her digits and its number: the first time, and again. */
enum { NOTICE = 'G', AGAIN = 'H' };

void ld_notice_name(const struct ld_id *head, int64_t id, bool again, char ret[LD_NOTICE_NAME])
{
	snprintf(ret, LD_NOTICE_NAME, "%c%02x%02x%02x%lld", again ? AGAIN : NOTICE, head->b[0],
		 head->b[1], head->b[2], (long long)id);
}

static bool is_notice(const char *name)
{
	size_t digits = strspn(name + 1, "0123456789abcdef");

	return (name[0] == NOTICE || name[0] == AGAIN) && digits > HEAD_DIGITS &&
	       name[1 + digits] == '\0';
}

void ld_remind_words(const char *what, char ret[LD_REMIND_WORDS])
{
	const char *name = what + strlen(mark);

	if (strncmp(what, mark, strlen(mark)) != 0 || !*name)
		snprintf(ret, LD_REMIND_WORDS, "%s", what);
	else if (name[strspn(name, "0123456789")] == '\0')
		snprintf(ret, LD_REMIND_WORDS, "campaign %s", name);
	else if (is_notice(name))
		snprintf(ret, LD_REMIND_WORDS, "%s %s of %.*s", name[0] == NOTICE ? "notice" : "again",
			 name + 1 + HEAD_DIGITS, HEAD_DIGITS, name + 1);
	else
		snprintf(ret, LD_REMIND_WORDS, "reminder %s", name);
}

void ld_remind_of_words(const char *words, char ret[LD_REMIND_WHAT])
{
	char kind[10], name[LD_REMIND_WHAT], head[HEAD_DIGITS + 1];
	int n = sscanf(words, "%9s %23s of %6s", kind, name, head);

	if (n == 2 && (strcmp(kind, "campaign") == 0 || strcmp(kind, "reminder") == 0))
		snprintf(ret, LD_REMIND_WHAT, "%s%.21s", mark, name);
	else if (n == 3 && (strcmp(kind, "notice") == 0 || strcmp(kind, "again") == 0))
		snprintf(ret, LD_REMIND_WHAT, "%s%c%s%.14s", mark, kind[0] == 'n' ? NOTICE : AGAIN, head,
			 name);
	else
		snprintf(ret, LD_REMIND_WHAT, "%.23s", words);
}
