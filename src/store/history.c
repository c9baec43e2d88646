/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What repetition goes by, in the row of the progress: of each lesson the newest right answer and the
 * wrong ones after it, the newest few. What is left out makes no difference, whatever comes later, so
 * that the order in which answers arrive makes none either. The same answer twice within a millisecond
 * is one. */
#include <string.h>

#include "store_impl.h"

enum {
	ENTRY = 1 + 6,                  /* lesson, with RIGHT; UTC ms, big endian */
	RIGHT = 0x80,
	ALL_MAX = LD_ANSWER_LESSONS * LD_ANSWERS_EACH,
};
_Static_assert(ALL_MAX * ENTRY == HISTORY_MAX, "a history fits");
_Static_assert(LD_ANSWER_LESSONS < (int)RIGHT, "a lesson's number fits beside the bit");

/* In order of lesson and time. */
struct history {
	unsigned n;
	struct ld_answer a[ALL_MAX + 1];
};

/* Of two at one moment the right one is the later. */
static bool is_before(const struct ld_answer *a, const struct ld_answer *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->right < b->right;
}

static int unpack(struct ld_store *st, enum stmt q, int col, struct history *ret)
{
	size_t len;
	const uint8_t *p = db_blob(st->db, q, col, &len);

	if (len > HISTORY_MAX || len % ENTRY != 0)
		return LD_E_CORRUPT;
	for (ret->n = 0; len > 0; len -= ENTRY, p += ENTRY) {
		struct ld_answer *a = &ret->a[ret->n++];

		*a = (struct ld_answer){ .lesson = p[0] & (RIGHT - 1), .right = p[0] & RIGHT };
		for (unsigned i = 1; i < ENTRY; i++)
			a->at_ms = a->at_ms << 8 | p[i];
	}
	return 0;
}

static int pack(const struct history *h, uint8_t *ret)
{
	uint8_t *p = ret;

	for (unsigned k = 0; k < h->n; k++, p += ENTRY) {
		p[0] = (uint8_t)(h->a[k].lesson | (h->a[k].right ? RIGHT : 0));
		for (unsigned i = 1; i < ENTRY; i++)
			p[i] = (uint8_t)(h->a[k].at_ms >> 8 * (ENTRY - 1 - i));
	}
	return (int)(p - ret);
}

static void add(struct history *h, const struct ld_answer *a)
{
	unsigned first = 0, at, keep, end;

	while (first < h->n && h->a[first].lesson < a->lesson)
		first++;
	for (at = first; at < h->n && h->a[at].lesson == a->lesson && is_before(&h->a[at], a); at++)
		;
	if (at < h->n && h->a[at].lesson == a->lesson && !is_before(a, &h->a[at]))
		return;
	memmove(h->a + at + 1, h->a + at, (h->n++ - at) * sizeof(h->a[0]));
	h->a[at] = *a;
	for (end = keep = first; end < h->n && h->a[end].lesson == a->lesson; end++)
		if (h->a[end].right)
			keep = end;
	if (end - keep > LD_ANSWERS_EACH)
		keep = end - LD_ANSWERS_EACH;
	memmove(h->a + first, h->a + keep, (h->n - keep) * sizeof(h->a[0]));
	h->n -= keep - first;
}

int history_with(struct ld_store *st, const struct ld_id *s, const char *course,
		 const struct ld_answer *a, uint8_t ret[HISTORY_MAX])
{
	struct history h = { .n = 0 };
	int rc;

	if (st->no_history)
		return 0;
	rc = db_first(st->db, Q_HISTORY_GET, "bs", s->b, sizeof(s->b), course);
	if (rc == 1) {
		rc = unpack(st, Q_HISTORY_GET, 0, &h);
		db_done(st->db, Q_HISTORY_GET);
	}
	if (rc < 0)
		return rc;
	add(&h, a);
	return pack(&h, ret);
}

static unsigned put(struct ld_answer *ret, unsigned n, unsigned max, const struct ld_answer *a)
{
	unsigned at;

	if (n == max) {
		if (max == 0 || is_before(a, ret))
			return n;
		memmove(ret, ret + 1, sizeof(*ret) * --n);
	}
	for (at = n; at > 0 && is_before(a, &ret[at - 1]); at--)
		ret[at] = ret[at - 1];
	ret[at] = *a;
	return n + 1;
}

int ld_store_answers(struct ld_store *st, const struct ld_id *s, const char *course,
		     struct ld_answer *ret, unsigned max)
{
	const enum stmt q = Q_HISTORY_EACH;
	struct history h;
	unsigned n = 0;
	int rc = db_query(st->db, q, "bs", s->b, sizeof(s->b), course);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		rc = unpack(st, q, 0, &h);
		for (unsigned i = 0; i < h.n && rc == 0; i++)
			n = put(ret, n, max, &h.a[i]);
	}
	db_done(st->db, q);
	return rc < 0 ? rc : (int)n;
}
