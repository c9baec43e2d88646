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

bool ses_recheck(struct ses *x, const struct ses_intent *intent)
{
	static const char *const personal[] = { "SCORE", "DATA", "MENU_CODE" };
	const struct ld_course *c = ses_current_course(x);
	bool asks = false;

	for (size_t i = 0; i < sizeof(personal) / sizeof(personal[0]); i++)
		asks |= strcmp(intent->name, personal[i]) == 0;
	if (!asks || !c || !ses_member(x) || x->env->now_ms - last_sign(x) < SILENCE_MS)
		return false;
	ses_value(x, "course", c->name_short);
	ses_send_message(x, "NUMBER_RECHECK");
	x->s.prompt = (struct ses_prompt){ .kind = LD_PROMPT_BRIDGE, .ask = SES_ASK_RECHECK,
					   .opened_ms = x->env->now_ms };
	return true;
}

void ses_recheck_answer(struct ses *x, unsigned digit)
{
	static const struct ld_command plain = { "", -1, false };
	char now[24];

	if (digit > 2) {
		ses_unclear(x, &plain);
		return;
	}
	memset(&x->s.prompt, 0, sizeof(x->s.prompt));
	if (digit == 2) {
		ses_fact_close(x, LD_CLOSE_RECYCLED);
		ses_forget_all(x);
		ses_send_message(x, "WRONG_PERSON");
		return;
	}
	snprintf(now, sizeof(now), "%lld", (long long)x->env->now_ms);
	ses_fact_set(x, LD_REG_CONFIRMED, now);
	ses_intent("SCORE")->message(x, &plain);
}
