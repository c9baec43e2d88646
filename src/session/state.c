/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packing the state. Screens are kept by name, so that a dialogue survives a change of content.
 * The first octet is the version: another one begins anew. */
#include "internal.h"

#include "laido/base/err.h"

enum { BLOB_VERSION = 3 };

struct cursor {
	uint8_t *out;           /* packing */
	const uint8_t *in;      /* unpacking */
	size_t pos, len;
	bool bad;
};

static void num(struct cursor *k, uint64_t *v, unsigned octets)
{
	if (k->bad || k->len - k->pos < octets) {
		k->bad = true;
		return;
	}
	if (k->out) {
		for (unsigned i = 0; i < octets; i++)
			k->out[k->pos + i] = (uint8_t)(*v >> (8 * i));
	} else {
		*v = 0;
		for (unsigned i = 0; i < octets; i++)
			*v |= (uint64_t)k->in[k->pos + i] << (8 * i);
	}
	k->pos += octets;
}

#define FIELD(name, type, octets) \
	static void name(struct cursor *k, type *v) \
	{ \
		uint64_t n = (uint64_t)*v; \
		num(k, &n, octets); \
		if (k->in && !k->bad) \
			*v = (type)n; \
	}
FIELD(u8, uint8_t, 1)
FIELD(u16, uint16_t, 2)
FIELD(u32, uint32_t, 4)
FIELD(u64, uint64_t, 8)

/* UTC ms. What no clock can have shown is damage, and would overflow where times are compared. */
static void when(struct cursor *k, int64_t *v)
{
	uint64_t n = (uint64_t)*v;

	num(k, &n, 8);
	if (k->in && n >> 52)
		k->bad = true;
	else if (k->in && !k->bad)
		*v = (int64_t)n;
}

static void flag(struct cursor *k, bool *v)
{
	uint8_t n = *v;

	u8(k, &n);
	if (k->in)
		*v = n != 0;
}

/* size octets with the NUL; a name never holds one itself. */
static void name(struct cursor *k, char *text, size_t size)
{
	uint8_t n = (uint8_t)strnlen(text, size - 1);

	u8(k, &n);
	if (k->bad || n >= size || k->len - k->pos < n) {
		k->bad = true;
		return;
	}
	if (k->out) {
		memcpy(k->out + k->pos, text, n);
	} else {
		memset(text, 0, size);
		memcpy(text, k->in + k->pos, n);
	}
	k->pos += n;
}

static void prompt(struct cursor *k, struct ses_prompt *p)
{
	u8(k, &p->kind);
	flag(k, &p->review);
	flag(k, &p->unclear);
	u8(k, &p->lesson);
	name(k, p->course, sizeof(p->course));
	name(k, p->screen, sizeof(p->screen));
	u8(k, &p->ask);
	u16(k, &p->ref);
	when(k, &p->opened_ms);
}

static void stack(struct cursor *k, struct ses_state *s)
{
	u8(k, &s->depth);
	if (s->depth > SES_STACK_MAX)
		k->bad = true;
	for (unsigned i = 0; !k->bad && i < s->depth; i++) {
		name(k, s->stack[i].screen, sizeof(s->stack[i].screen));
		flag(k, &s->stack[i].result);
	}
}

static void kept(struct cursor *k, struct ses_state *s)
{
	u8(k, &s->kept_len);
	if (k->bad || s->kept_len > SES_KEPT_MAX || k->len - k->pos < s->kept_len) {
		k->bad = true;
		return;
	}
	if (k->out)
		memcpy(k->out + k->pos, s->kept, s->kept_len);
	else
		memcpy(s->kept, k->in + k->pos, s->kept_len);
	k->pos += s->kept_len;
}

static void all(struct cursor *k, struct ses_state *s)
{
	stack(k, s);
	u8(k, &s->overlay);
	u8(k, &s->page);
	u8(k, &s->tries);
	flag(k, &s->live);
	flag(k, &s->cut);
	flag(k, &s->asked_again);
	name(k, s->course, sizeof(s->course));
	name(k, s->last_course, sizeof(s->last_course));
	u8(k, &s->last_lesson);
	name(k, s->review_course, sizeof(s->review_course));
	u64(k, &s->reviewed);
	prompt(k, &s->prompt);
	u32(k, &s->unknown_day);
	u32(k, &s->optout_ask_day);
	u32(k, &s->code_day);
	u32(k, &s->answer_none_day);
	u32(k, &s->lessons_day);
	u8(k, &s->lessons);
	u16(k, &s->erase_code);
	when(k, &s->erase_until_ms);
	when(k, &s->asked_ms);
	when(k, &s->emergency_ms);
	when(k, &s->last_ms);
	flag(k, &s->closed_told);
	flag(k, &s->silent);
	name(k, s->go_on, sizeof(s->go_on));
	u8(k, &s->slot);
	for (unsigned i = 0; i < LD_SLOTS_MAX; i++)
		u8(k, &s->lessons_of[i]);
	name(k, s->adding, sizeof(s->adding));
	u32(k, &s->move);
	u32(k, &s->not_allowed_day);
	when(k, &s->pin_until_ms);
	when(k, &s->pin_locked_ms);
	u8(k, &s->pin_wrong);
	name(k, s->pin_to, sizeof(s->pin_to));
	name(k, s->other.digits, sizeof(s->other.digits));
	name(k, s->other_course, sizeof(s->other_course));
	for (unsigned i = 0; i < SES_JOBS; i++)
		u16(k, &s->jobs[i]);
	u16(k, &s->job);
	u32(k, &s->meet_day);
	u16(k, &s->meet_minute);
	name(k, s->meet_place, sizeof(s->meet_place));
	u8(k, &s->event);
	kept(k, s);
}

/* Worst case of all(): six frames of 25, prompt of 48, four courses, kept values. */
_Static_assert(1 + 1 + SES_STACK_MAX * (SES_SCREEN_MAX + 1) + 3 + 3 + 3 * LD_COURSE_MAX + 1 + 8 +
	       12 + LD_COURSE_MAX + SES_SCREEN_MAX + 21 + 2 + 32 + 1 + SES_KEPT_MAX +
	       21 + SES_SCREEN_MAX + 16 + LD_COURSE_MAX + 8 +
	       5 + 5 + 4 + LD_CALL_MAX + 1 + SES_SCREEN_MAX + 2 * SES_JOBS + 2 +
	       4 + 2 + LD_VALUE_MAX + 1 <=
	       LD_SESSION_BLOB_MAX, "a packed session must fit");

static size_t pack(const struct ses_state *s, uint8_t ret[LD_SESSION_BLOB_MAX])
{
	struct ses_state copy = *s;
	struct cursor k = { .out = ret, .len = LD_SESSION_BLOB_MAX };
	uint8_t version = BLOB_VERSION;

	u8(&k, &version);
	all(&k, &copy);
	ld_assert(!k.bad);
	return k.pos;
}

size_t ses_pack(const struct ses_state *s, uint8_t ret[LD_SESSION_BLOB_MAX])
{
	uint8_t nothing[LD_SESSION_BLOB_MAX];
	struct ses_state empty;
	size_t len = pack(s, ret), n;

	memset(&empty, 0, sizeof(empty));
	empty.last_ms = s->last_ms;
	n = pack(&empty, nothing);
	return len == n && memcmp(ret, nothing, n) == 0 ? 0 : len;
}

void ses_unpack(struct ses_state *ret, const uint8_t *blob, size_t len)
{
	struct cursor k = { .in = blob, .len = len };
	uint8_t version = 0;

	memset(ret, 0, sizeof(*ret));
	if (!blob || len == 0)
		return;
	u8(&k, &version);
	if (version == BLOB_VERSION)
		all(&k, ret);
	if (version != BLOB_VERSION || k.bad || k.pos != len ||
	    ret->prompt.kind > LD_PROMPT_BRIDGE || ret->prompt.ask >= SES_N_ASKS ||
	    ret->slot > LD_SLOTS_MAX || ret->overlay >= SES_N_OVERLAYS)
		memset(ret, 0, sizeof(*ret));
}
