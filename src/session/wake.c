/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody else did, as it reaches a person's own dialogue. */
#include "internal.h"

#include "laido/base/err.h"

/* The pupil begins at once; a menu that stood open must not take the answer. */
static void guardian(struct ses *x, const struct ld_wake *w)
{
	const struct ld_course *c = ld_content_course(x->c, w->who.course);

	if (!c || !ses_member(x) || !ses_may_learn(x, c))
		return;
	ses_clear_stack(x);
	x->s.live = x->s.cut = false;
	ses_choose_course(x, c);
	ses_end_rest(x);
	ses_send_next(x);
}

static void (*const wakes[])(struct ses *x, const struct ld_wake *w) = {
	[LD_WAKE_GUARDIAN] = guardian,
	[LD_WAKE_HELP] = ses_wake_help,
	[LD_WAKE_HELPER] = ses_wake_helper,
};

void ld_session_wake(const struct ld_session_env *env, const struct ld_person *person,
		     const uint8_t *blob, size_t len, const struct ld_wake *w,
		     struct ld_outcome *ret, uint8_t ret_blob[LD_SESSION_BLOB_MAX],
		     size_t *ret_len)
{
	static const struct ld_inbound nothing;
	struct ses x;

	memset(ret, 0, sizeof(*ret));
	ses_init(&x, env, person, &nothing, ret);
	x.anonymous = false;            /* known by P, even where the number cannot be read */
	ses_load(&x, blob, len);
	if ((unsigned)w->what < LD_ARRAY_SIZE(wakes) && wakes[w->what])
		wakes[w->what](&x, w);
	*ret_len = ses_pack(&x.s, ret_blob);
}
