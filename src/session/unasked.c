/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that nobody asked for: lessons by the calendar, repetitions, the reminder. When they go
 * out is not decided here. */
#include "internal.h"

void ld_session_peek(const struct ld_session_env *env, const struct ld_person *person,
		     const uint8_t *blob, size_t len, struct ld_session_peek *ret)
{
	static const struct ld_inbound nothing;
	struct ld_outcome out;
	struct ses_learning l;
	struct ses x;

	memset(ret, 0, sizeof(*ret));
	out.n_sends = out.n_facts = 0;
	ses_init(&x, env, person, &nothing, &out);
	x.anonymous = false;            /* known by P; the number is still sealed */
	ses_load(&x, blob, len);
	ret->asked = ses_open_prompt(&x) == LD_PROMPT_QUIZ;
	if (ret->asked) {
		ses_copy(ret->asked_course, sizeof(ret->asked_course), x.s.prompt.course);
		ret->asked_lesson = x.s.prompt.lesson;
		ret->asked_ms = x.s.prompt.opened_ms;
	}
	if (!ses_look(&x, NULL, &l))
		return;
	ret->course = l.course;
	for (unsigned i = 0; i < l.course->n_lessons; i++) {
		const struct ld_lesson *one = &l.course->lessons[i];
		uint64_t bit = one->n >= 1 && one->n <= 64 ? UINT64_C(1) << (one->n - 1) : 0;

		if (!one->sendable)
			continue;
		if (l.answered & bit)
			ret->answered |= bit;
		else
			ret->open |= bit;
	}
}

size_t ld_session_unsent(uint8_t blob[LD_SESSION_BLOB_MAX], size_t len)
{
	struct ses_state s;

	ses_unpack(&s, blob, len);
	if (s.prompt.kind != LD_PROMPT_QUIZ)
		return len;
	memset(&s.prompt, 0, sizeof(s.prompt));
	return ses_pack(&s, blob);
}

/* A menu that stood open must not take the digits that answer the lesson. */
static void lesson(struct ses *x, const struct ld_course *c, unsigned n, bool review)
{
	if (!ses_lesson(c, n) || !ses_lesson(c, n)->sendable)
		return;
	ses_clear_stack(x);
	x->s.live = x->s.cut = false;
	ses_send_lesson(x, c, n, "", review);
}

static void idle(struct ses *x, const struct ld_course *c, unsigned n)
{
	ses_value_number(x, "n", n);
	ses_value(x, "course", c->name_short);
	ses_send_message(x, "REMIND_IDLE");
}

void ld_session_unasked(const struct ld_session_env *env, const struct ld_person *person,
			const uint8_t *blob, size_t len, enum ld_unasked what, const char *course,
			unsigned n, struct ld_outcome *ret,
			uint8_t ret_blob[LD_SESSION_BLOB_MAX], size_t *ret_len)
{
	static const struct ld_inbound nothing;
	const struct ld_course *c = ld_content_course(env->content, course);
	struct ses x;

	memset(ret, 0, sizeof(*ret));
	ses_init(&x, env, person, &nothing, ret);
	ses_load(&x, blob, len);
	if (!c || !ses_member(&x) || !ses_may_learn(&x, c))
		c = NULL;
	if (c && what == LD_UNASKED_IDLE)
		idle(&x, c, n);
	else if (c)
		lesson(&x, c, n, what == LD_UNASKED_REVIEW);
	for (unsigned i = 0; i < ret->n_sends; i++)
		ret->sends[i].prio = what == LD_UNASKED_IDLE ? LD_PRIO_REMINDER : LD_PRIO_LESSON;
	*ret_len = ses_pack(&x.s, ret_blob);
}
