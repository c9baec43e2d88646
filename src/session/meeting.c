/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a group head writes to her group: a meeting, a word to those who have not begun. She sees
 * before how many get it and how many parts it costs, and takes it back by TO BO and its number. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLACE_LETTERS = 19, EVENTS_MAX = 8, ID_TRIES = 16 };

#define WEEK_MS (7 * SES_DAY_MS)

static const char *enter(struct ses *x)
{
	const char *no = ses_guard(x, LD_DUTY_HEAD);

	if (ses_on_duty(x, LD_DUTY_HEAD))
		ses_value_number(x, "tdp", x->who.duty[LD_DUTY_HEAD].tdp);
	return no;
}

static struct ld_session_notice draft(const struct ses *x, const char *message)
{
	struct ld_session_notice n = { .tdp = x->who.duty[LD_DUTY_HEAD].tdp };

	ses_copy(n.message, sizeof(n.message), message);
	if (strcmp(message, "REMIND_MEET") != 0)
		return n;
	n.at_ms = ses_local_time(x, x->s.meet_day, x->s.meet_minute);
	ses_copy(n.place, sizeof(n.place), x->s.meet_place);
	return n;
}

static void preview(struct ses *x, const struct ld_session_notice *n)
{
	const struct ld_session_others *o = x->env->others;
	unsigned people = 0, parts = 0;

	if (o && o->preview)
		o->preview(o->arg, n, &people, &parts);
	ses_value_number(x, "people", people);
	ses_value_number(x, "parts", parts);
}

/* ---- those who have not begun: once a week ---- */

static bool this_week(const struct ses *x)
{
	const struct ld_session_others *o = x->env->others;
	struct ld_session_sent sent;

	return o && o->notice && o->notice(o->arg, &x->who.p, 0, &sent) == 0 && !sent.ended &&
	       x->env->now_ms - sent.made_ms < WEEK_MS;
}

const char *ses_do_head_start_ask(struct ses *x, const char *arg)
{
	const char *no = enter(x);
	struct ld_session_notice n;

	(void)arg;
	if (no)
		return no;
	if (this_week(x))
		return "week";
	n = draft(x, "REMIND_START");
	preview(x, &n);
	return "ok";
}

/* ---- a meeting: date, hour, place ---- */

/* Two numbers with something between them: "25/11", "25-11", "19h30". Keys of a handset that give
 * digits, * and # alone do as well: "25*11", "2511", "1930", "730". Returns how many there are. */
static int read_pair(const char *text, long *ret_a, long *ret_b)
{
	static const char between[] = "/-.: hH*#";
	size_t digits = strspn(text, "0123456789");
	char *end;

	*ret_a = strtol(text, &end, 10);
	*ret_b = 0;
	if (digits == 0)
		return 0;
	if (*end && strchr(between, *end) && end[1] >= '0' && end[1] <= '9') {
		*ret_b = strtol(end + 1, NULL, 10);
		return 2;
	}
	if (digits != 3 && digits != 4)
		return 1;
	*ret_b = *ret_a % 100;
	*ret_a /= 100;
	return 2;
}

/* Also with the year. Three digits may be two dates. */
static bool read_date(const struct ses *x, const char *text, uint32_t *ret_day)
{
	long day, month;

	return strspn(text, "0123456789") != 3 && read_pair(text, &day, &month) == 2 &&
	       ses_day_ahead(x, (int)day, (int)month, ret_day);
}

/* Also "19 gio" and "7". Nobody meets before six; whoever says 3 may mean the afternoon. */
static bool read_hour(const char *text, uint16_t *ret_minute)
{
	long hour, minute;
	int n = read_pair(text, &hour, &minute);

	if (n == 0 || hour > 23 || minute > 59 || (n == 1 && hour < 6))
		return false;
	*ret_minute = (uint16_t)(hour * 60 + minute);
	return true;
}

const char *ses_do_meet_day(struct ses *x, const char *arg)
{
	const char *no = enter(x);

	if (no)
		return no;
	return read_date(x, arg, &x->s.meet_day) ? "ok" : "bad";
}

const char *ses_do_meet_hour(struct ses *x, const char *arg)
{
	const char *no = enter(x);

	if (no)
		return no;
	if (!read_hour(arg, &x->s.meet_minute) ||
	    ses_local_time(x, x->s.meet_day, x->s.meet_minute) <= x->env->now_ms)
		return "bad";
	return "ok";
}

static void place(struct ses *x, const char *arg)
{
	if (strcmp(arg, "1") == 0)
		snprintf(x->s.meet_place, sizeof(x->s.meet_place), "nhà sinh hoạt tổ %u",
			 x->who.duty[LD_DUTY_HEAD].tdp);
	else if (strcmp(arg, "2") == 0)
		ses_copy(x->s.meet_place, sizeof(x->s.meet_place), "trụ sở phường");
	else if (ld_text_normalise(arg, x->s.meet_place, sizeof(x->s.meet_place)) < 0)
		x->s.meet_place[0] = '\0';
}

/* A link or another line in what she types must not go out in the ward's name. */
static bool place_good(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p == '.' && p[1] != '\0' && p[1] != ' ')
			return false;
	return text[0] && !strpbrk(text, "\n/{}<>") &&
	       ld_text_length(text, strlen(text), LD_UCS2) <= PLACE_LETTERS;
}

const char *ses_do_meet_place(struct ses *x, const char *arg)
{
	const char *no = enter(x);
	struct ld_session_notice n;
	char time[24];

	if (no)
		return no;
	place(x, arg);
	n = draft(x, "REMIND_MEET");
	if (!place_good(x->s.meet_place) || n.at_ms <= x->env->now_ms)
		return "bad";
	ses_format_time(x, n.at_ms, time, sizeof(time));
	ses_value(x, "time", time);
	ses_value(x, "place", n.place);
	preview(x, &n);
	return "ok";
}

/* ---- sending it, and taking it back ---- */

static int64_t new_id(const struct ses *x)
{
	const struct ld_session_others *o = x->env->others;
	struct ld_session_sent sent;
	int64_t id;
	unsigned tries = 0;

	do
		id = 1000 + ld_random_below(x->env->random, 9000);
	while (o->notice(o->arg, &x->who.p, id, &sent) == 0 && ++tries < ID_TRIES);
	return id;
}

static void note(struct ses *x, const struct ld_session_notice *n, int64_t id, bool off)
{
	struct ld_fact f = { .kind = LD_EV_NOTICE, .subject = x->who.p };

	f.u.notice.id = id;
	f.u.notice.off = off;
	if (n) {
		f.u.notice.tdp = n->tdp;
		f.u.notice.at_ms = n->at_ms;
		memcpy(f.u.notice.message, n->message, sizeof(f.u.notice.message));
		memcpy(f.u.notice.place, n->place, sizeof(f.u.notice.place));
	}
	ses_fact_own(x, &f);
}

/* arg: "start" or "meet". */
const char *ses_do_head_send(struct ses *x, const char *arg)
{
	const struct ld_session_others *o = x->env->others;
	bool meet = strcmp(arg, "meet") == 0;
	const char *no = enter(x);
	struct ld_session_notice n;
	int64_t id;

	if (no)
		return no;
	n = draft(x, meet ? "REMIND_MEET" : "REMIND_START");
	if (!o || !o->notice || (meet && (!place_good(n.place) || n.at_ms <= x->env->now_ms)) ||
	    (!meet && this_week(x)))
		return "gone";
	id = new_id(x);
	note(x, &n, id, false);
	preview(x, &n);
	ses_value_number(x, "id", (unsigned)id);
	x->s.meet_day = 0;
	x->s.meet_place[0] = '\0';
	return "ok";
}

/* "TO BO 7012". */
bool ses_group_undo(struct ses *x)
{
	const struct ld_session_others *o = x->env->others;
	int64_t id = strncmp(x->match.folded, "TO BO ", 6) == 0 ?
		     strtoll(x->match.folded + 6, NULL, 10) : 0;
	struct ld_session_sent sent;

	if (!id || !o || !o->notice || !ses_on_duty(x, LD_DUTY_HEAD) ||
	    o->notice(o->arg, &x->who.p, id, &sent) < 0)
		return false;
	if (!sent.ended)
		note(x, NULL, id, true);
	ses_value_number(x, "n", sent.n);
	ses_send_message(x, "GROUP_UNDO");
	return true;
}

/* ---- what comes next: meetings of her group, the ward's sessions ---- */

static bool event(struct ses *x, enum ld_session_event_kind kind, unsigned nth)
{
	const struct ld_session_others *o = x->env->others;
	unsigned tdp = (unsigned)strtoul(ses_reg(x, LD_REG_TDP), NULL, 10);
	struct ld_session_event e;

	if (!o || !o->event || o->event(o->arg, kind, tdp, nth, &e) < 0)
		return false;
	ses_value(x, "title", e.title);
	ses_value(x, "time", e.time);
	ses_value(x, "place", e.place);
	return true;
}

const char *ses_do_meeting_next(struct ses *x, const char *arg)
{
	(void)arg;
	return event(x, LD_EVENT_MEETING, 0) ? "ok" : "none";
}

/* arg "more": the one after the one shown, round again after the last. */
const char *ses_do_session_next(struct ses *x, const char *arg)
{
	int after = strcmp(arg, "more") == 0 ? (x->s.event + 1) % EVENTS_MAX : 0;

	if (x->entering)
		x->s.event = (uint8_t)after;
	if (event(x, LD_EVENT_SESSION, x->s.event))
		return "ok";
	x->s.event = 0;
	return event(x, LD_EVENT_SESSION, 0) ? "ok" : "none";
}

void ses_calendar_message(struct ses *x, const struct ld_command *cmd)
{
	if (event(x, LD_EVENT_ANY, 0))
		ses_send_message(x, "CALENDAR");
	else
		ses_say(x, cmd);
}
