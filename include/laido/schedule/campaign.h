/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schedule/campaign: to whom a reminder goes, and what it says. Pure functions; who sends it and
 * when is the gateway's business. */
#ifndef LAIDO_SCHEDULE_CAMPAIGN_H
#define LAIDO_SCHEDULE_CAMPAIGN_H

#include "laido/content/content.h"
#include "laido/model/message.h"
#include "laido/model/person.h"
#include "laido/schedule/calendar.h"
#include "laido/store/store.h"

/* A segment: all of its conditions hold. */
struct ld_people {
	unsigned tdp;                   /* 0: any */
	char market[LD_VALUE_MAX];      /* folded; "" any */
	char begun[LD_COURSE_MAX];      /* "" any */
	char not_begun[LD_COURSE_MAX];
	bool idle;                      /* has answered nothing at all */
	unsigned asked;                 /* register that must be "on"; 0 none */
	bool unsaid_market;             /* who has named no market is meant too */
};

/* "all learners", or any of: "tổ 12", "market Định Công", "begun VNEID", "not begun VNEID", "not begun" (anything), one
 * behind the other. Accents and case do not matter; chợ is market, tat ca is all. LD_E_SYNTAX with
 * words. */
int ld_people_parse(const char *text, struct ld_people *ret, struct ld_errmsg *err);
/* The segment of a reminder of reminders.conf. */
void ld_people_of_reminder(const struct ld_content *c, const struct ld_reminder *r,
			   struct ld_people *ret);
/* Is she meant, and may she get it now: consent, no opt-out, no rest, not switched off? message
 * says which switch is hers. */
bool ld_people_meant(const struct ld_people *people, const struct ld_person *who,
		     const char *message, int64_t now_ms);

/* May a campaign send this message? Its name begins with REMIND_, or it is one of the ward's own
 * words: SCAM_WARN, BROADCAST. */
bool ld_campaign_message(const struct ld_content *c, const char *message);
/* It comes on the day it is meant for, whatever else she is reminded of then. */
bool ld_campaign_urgent(const char *message);
/* A campaign's values, behind those that come by themselves: {course}, {ward_phone}. */
void ld_campaign_values(const struct ld_content *c, const char *values, const struct ld_person *who,
			char *ret, size_t size);
/* A message that is none, a {word} without a value, or a link in one. */
int ld_campaign_check(const struct ld_content *c, const char *message, const char *values,
		      struct ld_errmsg *err);
/* What she gets, in her script. {date}, {year} (the year before) and {tdp} come by themselves. */
enum ld_alphabet ld_campaign_text(const char *message, const char *values,
				  const struct ld_person *who, int64_t day, char *ret,
				  size_t size);

/* ld_out_row.what of a message of a reminder: name is the reminder's key, the campaign's number, or
 * that of a group head's notice, ld_notice_name(). Operators read and write "reminder tax-q1",
 * "campaign 856058", "notice 1372 of 3fa94c", "again 1372 of 3fa94c" (the day before a meeting);
 * words that are none of these, and names of other messages, stay as they are. */
enum { LD_REMIND_WHAT = 24, LD_REMIND_WORDS = 36, LD_NOTICE_NAME = 20 };
/* head: her P. again: as it comes the day before. */
void ld_notice_name(const struct ld_id *head, int64_t id, bool again, char ret[LD_NOTICE_NAME]);
void ld_remind_what(const char *name, char ret[LD_REMIND_WHAT]);
void ld_remind_words(const char *what, char ret[LD_REMIND_WORDS]);
void ld_remind_of_words(const char *words, char ret[LD_REMIND_WHAT]);

/* ld_content.holidays, read; wrong ones are left out. */
void ld_campaign_holidays(const struct ld_content *c, struct ld_holidays *ret);

#endif
