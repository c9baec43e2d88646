/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The others that somebody with a duty asks about: two known numbers, counts set by the test. */
#ifndef LAIDO_TESTS_TOWN_H
#define LAIDO_TESTS_TOWN_H

#include "dialogue.h"

#define TOWN_STRANGER "0912345679"
#define TOWN_LEARNER "0912345680"
#define TOWN_PIN "4821"

struct town {
	const struct world *w;
	struct ld_session_others see;
	struct ld_session_invitations invitations;
	struct ld_session_group group;
	struct ld_person stranger;      /* what is known of TOWN_STRANGER */
	const char *list;
	char code[LD_CODE_DIGITS + 1];
	struct ld_id helper;            /* zero: nobody helps */
	unsigned n_calls;
	struct ld_session_call call[8];
	int64_t reminded_ms;            /* she reminded the group then; 0 never */
	bool taken_back;
	unsigned n_events;
};

static inline void town_person(const struct world *w, const struct ld_msisdn *m,
			       struct ld_person *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->msisdn = *m;
	ret->slot = 1;
	ld_pseudonym_p(&ret->p, &w->keys, m);
	ld_pseudonym_s(&ret->s, &w->keys, m, 1, &ret->epoch);
}

static inline int town_find(void *arg, const struct ld_msisdn *m, struct ld_person *ret)
{
	const struct town *t = arg;

	town_person(t->w, m, ret);
	if (strcmp(m->digits, t->stranger.msisdn.digits) == 0)
		*ret = t->stranger;
	else
		ret->consented = true;
	return 0;
}

static inline int town_invitations(void *arg, const struct ld_id *by, int64_t since_ms,
				   struct ld_session_invitations *ret)
{
	(void)by, (void)since_ms;
	*ret = ((const struct town *)arg)->invitations;
	return 0;
}

static inline int town_group(void *arg, unsigned tdp, struct ld_session_group *ret)
{
	(void)tdp;
	*ret = ((const struct town *)arg)->group;
	return 0;
}

static inline int town_waiting(void *arg, const struct ld_id *by, char *ret, size_t size)
{
	(void)by;
	snprintf(ret, size, "%s", ((const struct town *)arg)->list);
	return 0;
}

static inline int town_idle(void *arg, unsigned tdp, char *ret, size_t size)
{
	(void)tdp;
	return town_waiting(arg, NULL, ret, size);
}

/* One person has completed a course: code is hers. */
static inline int town_completed(void *arg, const char *course, uint8_t number, const char *code,
				 int64_t *ret_ms)
{
	const struct town *t = arg;

	(void)course, (void)number;
	*ret_ms = START_MS - 3 * DAY_MS;
	return strcmp(code, t->code) == 0 ? 0 : LD_E_UNKNOWN;
}

static inline int town_helper(void *arg, unsigned tdp, struct ld_id *ret_p, char ret[LD_NAME_MAX])
{
	const struct town *t = arg;

	if (ld_id_is_zero(&t->helper) || tdp != 28)
		return LD_E_UNKNOWN;
	*ret_p = t->helper;
	snprintf(ret, LD_NAME_MAX, "Trần Thu Hà");
	return 0;
}

static inline int town_calls(void *arg, const struct ld_person *who, struct ld_session_call *ret,
			     unsigned max)
{
	const struct town *t = arg;

	(void)who;
	assert_true(t->n_calls <= max);
	memcpy(ret, t->call, t->n_calls * sizeof(*ret));
	return (int)t->n_calls;
}

static inline int town_preview(void *arg, const struct ld_session_notice *n, unsigned *ret_people,
			       unsigned *ret_parts)
{
	const struct town *t = arg;

	(void)n;
	*ret_people = *ret_parts = t->group.idle;
	return 0;
}

/* 7012 is hers. */
static inline int town_notice(void *arg, const struct ld_id *head, int64_t id,
			      struct ld_session_sent *ret)
{
	const struct town *t = arg;

	(void)head;
	*ret = (struct ld_session_sent){ t->reminded_ms, t->taken_back, 4 };
	return id == 7012 || (id == 0 && t->reminded_ms) ? 0 : LD_E_UNKNOWN;
}

static inline int town_event(void *arg, enum ld_session_event_kind kind, unsigned tdp, unsigned nth,
			     struct ld_session_event *ret)
{
	const struct town *t = arg;

	(void)kind, (void)tdp;
	if (nth >= t->n_events)
		return LD_E_UNKNOWN;
	snprintf(ret->title, sizeof(ret->title), "Tập huấn VNeID");
	snprintf(ret->time, sizeof(ret->time), "%u:00 25/11", 17 + nth);
	snprintf(ret->place, sizeof(ret->place), "nhà sinh hoạt tổ 28");
	return 0;
}

/* Two calls: one that anybody may take, one that is hers. */
static inline void town_calls_wait(struct town *t, const struct phone *p)
{
	struct ld_session_call c = { .s = { { 5 } }, .pin = 472, .tdp = 28, .masked = "***678",
				     .due_ms = p->now_ms + DAY_MS, .until_ms = p->now_ms + DAY_MS };

	t->n_calls = 2;
	t->call[0] = c;
	c.s.b[0] = 6;
	c.pin = 473;
	c.visit = 1;
	c.mine = true;
	c.step = LD_HELPER_ALLOWED;
	snprintf(c.number.digits, sizeof(c.number.digits), "84912345679");
	t->call[1] = c;
}

static inline void town_init(struct town *t, const struct world *w)
{
	struct ld_msisdn m = { "84912345679" };

	memset(t, 0, sizeof(*t));
	t->w = w;
	t->see = (struct ld_session_others){
		.arg = t, .person = town_find, .invitations = town_invitations,
		.group = town_group, .completed = town_completed, .waiting = town_waiting, .idle = town_idle,
		.helper = town_helper, .calls = town_calls, .preview = town_preview,
		.notice = town_notice, .event = town_event, .guesses = dialogue_guesses,
	};
	t->list = "***679 ***681";
	town_person(w, &m, &t->stranger);
}

/* Somebody with this duty in to 28 and the PIN above. */
static inline void town_appoint(struct town *t, struct phone *p, enum ld_duty_kind kind)
{
	struct ld_duty *d = &p->who.duty[kind];

	p->others = &t->see;
	d->on = d->has_pin = true;
	d->tdp = 28;
	d->given_ms = START_MS - 30 * DAY_MS;
	snprintf(d->name, sizeof(d->name), "Nguyễn Minh Quang");
	memset(d->salt, 3, sizeof(d->salt));
	ld_pin_hash(d->pin, &p->w->keys, &p->who.p, d->salt, TOWN_PIN);
}

#endif
