/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers get new owners. After a long silence whoever writes is asked whether she is still the
 * learner before she is told anything of a result. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#define SILENCE_MS (100 * SES_DAY_MS)

static int64_t last_sign(const struct ses *x)
{
	int64_t at = x->who.consent_ms > x->s.last_ms ? x->who.consent_ms : x->s.last_ms;
	int64_t confirmed = strtoll(ses_reg(x, LD_REG_CONFIRMED), NULL, 10);

	for (unsigned i = 0; i < x->who.n_courses; i++)
		if (ld_hlc_ms(x->who.course[i].last) > at)
			at = ld_hlc_ms(x->who.course[i].last);
	return confirmed > at ? confirmed : at;
}

bool ses_silent(const struct ses *x)
{
	return ses_member(x) && x->env->now_ms - last_sign(x) >= SILENCE_MS;
}

static bool asks(const struct ses *x)
{
	return (x->s.silent || ses_silent(x)) && ses_member(x) && ses_current_course(x);
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static void ask_by_message(struct ses *x)
{
	ses_do_recheck(x, "");
	ses_send_message(x, "NUMBER_RECHECK");
	x->s.prompt = (struct ses_prompt){ .kind = LD_PROMPT_BRIDGE, .ask = SES_ASK_RECHECK,
					   .opened_ms = x->env->now_ms };
}

bool ses_recheck_word(struct ses *x, const struct ses_intent *intent)
{
	static const char *const personal[] = { "SCORE", "DATA", NULL };

	if (!is_one_of(intent->name, personal) || !asks(x))
		return false;
	x->s.go_on[0] = '\0';
	ask_by_message(x);
	return true;
}

bool ses_recheck_screen(struct ses *x, const struct ld_screen *to)
{
	static const char *const personal[] = { "score", "code", "mydata", "data_request",
						"learners", "review", "learn_next", "lesson",
						"course_card", NULL };

	if (!to->action || !is_one_of(to->action, personal) || !asks(x))
		return false;
	ses_copy(x->s.go_on, sizeof(x->s.go_on), to->id);
	if (!x->live)
		ask_by_message(x);
	else if (!ses_goto_id(x, "recheck", SES_GATED))
		ses_home(x);
	return true;
}

/* ---- the answer ---- */

const char *ses_do_recheck(struct ses *x, const char *arg)
{
	const struct ld_course *c = ses_current_course(x);

	(void)arg;
	ses_value(x, "course", c ? c->name_short : "");
	return "ok";
}

static void is_she(struct ses *x)
{
	char now[24];

	snprintf(now, sizeof(now), "%lld", (long long)x->env->now_ms);
	ses_fact_set(x, LD_REG_CONFIRMED, now);
	x->s.silent = false;
}

const char *ses_do_recheck_yes(struct ses *x, const char *arg)
{
	int to = ld_content_screen(x->c, x->s.go_on);

	(void)arg;
	x->s.go_on[0] = '\0';
	is_she(x);
	if (to < 0)
		return "gone";
	ses_goto(x, to, NULL, SES_GATED);
	return NULL;
}

const char *ses_do_recheck_no(struct ses *x, const char *arg)
{
	(void)arg;
	if (x->who.consented)
		ses_fact_close(x, LD_CLOSE_RECYCLED);
	ses_forget_all(x);
	return "ok";
}

void ses_recheck_answer(struct ses *x, unsigned digit)
{
	static const struct ld_command plain = { "", -1, false };

	if (digit > 2) {
		ses_unclear(x, &plain);
		return;
	}
	memset(&x->s.prompt, 0, sizeof(x->s.prompt));
	if (digit == 2) {
		ses_do_recheck_no(x, "");
		ses_send_message(x, "WRONG_PERSON");
	} else if (x->s.go_on[0]) {
		ses_do_recheck_yes(x, "");
	} else {
		is_she(x);
		ses_intent("SCORE")->message(x, &plain);
	}
}
