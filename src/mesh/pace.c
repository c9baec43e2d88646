/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/mesh/pace.h"

enum {
	EVERY_MS = 30 * 1000,
	GATHER_MS = 100,
	RETRY_MS = 1000,
	RETRY_MAX_MS = 60 * 1000,
	RELAY_MS = 1000,
	HEARD_MS = 5 * 1000,
	ASKED_MS = 2 * 1000,
	ASKED_MOST = 4, /* intervals */
};

static void set_or(int *v, int otherwise)
{
	if (*v <= 0)
		*v = otherwise;
}

void ld_pace_init(struct ld_pace *p, const struct ld_pace_cfg *cfg, int64_t now_ms)
{
	*p = (struct ld_pace){ .cfg = *cfg, .due_ms = now_ms };
	set_or(&p->cfg.every_ms, EVERY_MS);
	set_or(&p->cfg.gather_ms, GATHER_MS);
	set_or(&p->cfg.retry_ms, RETRY_MS);
	set_or(&p->cfg.retry_max_ms, RETRY_MAX_MS);
	p->retry_ms = p->cfg.retry_ms;
}

bool ld_pace_begin(struct ld_pace *p)
{
	bool own = p->own_news;

	p->state = LD_PACE_TALKING;
	p->own_news = false;
	return own;
}

void ld_pace_rest(struct ld_pace *p, int64_t now_ms)
{
	p->state = LD_PACE_RESTING;
	p->ended_ms = now_ms;
	p->retry_ms = p->cfg.retry_ms;
	p->due_ms = now_ms + (p->poked ? p->cfg.gather_ms : p->relay_ms ? p->relay_ms
									: p->cfg.every_ms);
	p->own_news = p->poked;
	p->poked = false;
	p->relay_ms = 0;
}

void ld_pace_fail(struct ld_pace *p, int64_t now_ms, struct ld_random *r)
{
	p->state = LD_PACE_RETRYING;
	p->ended_ms = now_ms;
	p->due_ms = now_ms + p->retry_ms - p->retry_ms / 4 +
		    ld_random_below(r, (uint32_t)(p->retry_ms / 2 + 1));
	p->heard_from_ms = now_ms + HEARD_MS;
	p->retry_ms = p->retry_ms > p->cfg.retry_max_ms / 2 ? p->cfg.retry_max_ms : 2 * p->retry_ms;
	p->poked = false;
	p->relay_ms = 0;
}

void ld_pace_poke(struct ld_pace *p, int64_t now_ms)
{
	p->poked |= p->state == LD_PACE_TALKING;
	p->own_news |= p->state == LD_PACE_RESTING;
	if (p->state == LD_PACE_RESTING && p->due_ms - now_ms > p->cfg.gather_ms)
		p->due_ms = now_ms + p->cfg.gather_ms;
}

void ld_pace_relay(struct ld_pace *p, int64_t now_ms, struct ld_random *r)
{
	int in_ms = RELAY_MS / 2 + (int)ld_random_below(r, RELAY_MS);

	if (p->asked_ms > now_ms)
		in_ms += (int)(p->asked_ms - now_ms);
	if (p->state == LD_PACE_TALKING)
		p->relay_ms = in_ms;
	else if (p->state == LD_PACE_RESTING && p->due_ms - now_ms > in_ms)
		p->due_ms = now_ms + in_ms;
}

void ld_pace_asked(struct ld_pace *p, int64_t now_ms)
{
	int64_t due = now_ms + p->cfg.every_ms, last = p->ended_ms + ASKED_MOST * p->cfg.every_ms;

	p->asked_ms = now_ms + ASKED_MS;
	if (p->state == LD_PACE_RETRYING)
		p->heard_from_ms = now_ms + HEARD_MS;
	due = due < last ? due : last;
	if (p->state != LD_PACE_TALKING && !p->own_news && p->due_ms < due)
		p->due_ms = due;
}

void ld_pace_heard(struct ld_pace *p, int64_t now_ms)
{
	int64_t from = now_ms > p->heard_from_ms ? now_ms : p->heard_from_ms;

	if (p->state == LD_PACE_RETRYING && p->due_ms > from)
		p->due_ms = from;
}
