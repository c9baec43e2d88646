/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls for help, who helps, how fast; who has seen what; what group heads write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

int calls_load(struct ld_store *st, struct ld_person *x)
{
	const enum stmt q = Q_HELPER_GET;
	int rc = db_first(st->db, q, "bi", ID(&x->s), (int64_t)x->help_pin);

	if (rc != 1)
		return rc;
	x->helper.step = (uint8_t)db_int(st->db, q, 0);
	rc = db_fixed(st->db, q, 1, x->helper.p.b, sizeof(x->helper.p.b));
	x->helper.until_ms = db_int(st->db, q, 2);
	snprintf(x->helper.name, sizeof(x->helper.name), "%s", db_text(st->db, q, 3));
	db_done(st->db, q);
	return rc;
}

/* ---- open calls: CALL_COLUMNS ---- */

static int call_helper(struct ld_store *st, enum stmt q, struct ld_call *c)
{
	int rc = db_fixed(st->db, q, 7, c->helper.b, sizeof(c->helper.b));

	c->until_ms = db_int(st->db, q, 8);
	c->hlc = db_int(st->db, q, 9);
	if (rc == 0)
		rc = db_fixed(st->db, q, 10, c->board.b, sizeof(c->board.b));
	if (rc == 0)
		rc = db_fixed(st->db, q, 11, c->number, sizeof(c->number));
	snprintf(c->helper_name, sizeof(c->helper_name), "%s", db_text(st->db, q, 15));
	return rc;
}

static int call_number(struct ld_store *st, enum stmt q, struct ld_call *c)
{
	size_t len;
	const void *box = db_blob(st->db, q, 13, &len);

	if (len > sizeof(c->for_home))
		return LD_E_CORRUPT;
	memcpy(c->for_home, box, len);
	c->for_home_len = (uint8_t)len;
	return db_fixed(st->db, q, 12, c->home.b, sizeof(c->home.b));
}

static int call_row(struct ld_store *st, enum stmt q, struct ld_call *c)
{
	int rc;

	memset(c, 0, sizeof(*c));
	rc = db_fixed(st->db, q, 0, c->s.b, sizeof(c->s.b));
	c->pin = (uint16_t)db_int(st->db, q, 1);
	c->due_ms = db_int(st->db, q, 2);
	c->visit = (uint8_t)db_int(st->db, q, 3);
	c->asked_ms = ld_hlc_ms(db_int(st->db, q, 4));
	if (rc == 0 && !db_null(st->db, q, 5))
		rc = db_fixed(st->db, q, 5, c->p.b, sizeof(c->p.b));
	c->step = (uint8_t)db_int(st->db, q, 6);
	if (rc == 0 && c->step)
		rc = call_helper(st, q, c);
	if (rc == 0 && !db_null(st->db, q, 12))
		rc = call_number(st, q, c);
	c->tdp = (uint8_t)db_int(st->db, q, 14);
	return rc;
}

int ld_store_calls(struct ld_store *st, unsigned max, int (*cb)(void *arg, const struct ld_call *),
		   void *arg)
{
	const enum stmt q = Q_CALL_EACH;
	struct ld_call c;
	int rc = db_query(st->db, q, "i", (int64_t)max);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		rc = call_row(st, q, &c);
		if (rc == 0)
			rc = cb(arg, &c);
	}
	db_done(st->db, q);
	return rc;
}

int ld_store_calls_todo(struct ld_store *st, const struct ld_board_id *self, int64_t now_ms,
			struct ld_call *ret, unsigned max)
{
	const enum stmt q = Q_CALL_TODO;
	unsigned n = 0;
	int rc = db_query(st->db, q, "ibi", now_ms, ID(self), (int64_t)max);

	while (rc == 0 && n < max && (rc = db_next(st->db, q)) == 1)
		rc = call_row(st, q, &ret[n++]);
	db_done(st->db, q);
	return rc < 0 ? rc : (int)n;
}

int ld_store_call_told(struct ld_store *st, const struct ld_call *c, int64_t now_ms)
{
	return db_run(st->db, Q_HELP_TOLD_ADD, "bii", ID(&c->s), c->hlc, now_ms);
}

int ld_store_call_pin_free(struct ld_store *st, const struct ld_id *s, unsigned pin)
{
	int rc = db_first(st->db, Q_HELP_PIN_USED, "bi", ID(s), (int64_t)pin);

	if (rc == 1)
		db_done(st->db, Q_HELP_PIN_USED);
	return rc < 0 ? rc : rc == 0;
}

int ld_store_helpers(struct ld_store *st, unsigned tdp, const struct ld_id *not_p, int64_t now_ms,
		     struct ld_helper *ret, unsigned max)
{
	const enum stmt q = Q_HELPER_FIND;
	unsigned n = 0;
	/* 0 is "the whole ward" in a duty, "not told" of a learner. */
	int rc = db_query(st->db, q, "ibi", tdp ? (int64_t)tdp : (int64_t)-1, ID(not_p), now_ms);

	while (rc == 0 && n < max && (rc = db_next(st->db, q)) == 1) {
		rc = db_fixed(st->db, q, 0, ret[n].p.b, sizeof(ret[n].p.b));
		snprintf(ret[n].name, sizeof(ret[n].name), "%s", db_text(st->db, q, 1));
		if (rc == 0)
			rc = db_fixed(st->db, q, 2, ret[n].number, sizeof(ret[n].number));
		n++;
	}
	db_done(st->db, q);
	return rc < 0 ? rc : (int)n;
}

/* ---- how fast ---- */

struct times {
	struct ld_help_times *to;
	int64_t *took;
	size_t n, room;
};

static int took(struct times *t, int64_t ms)
{
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		int64_t *more = realloc(t->took, room * sizeof(*more));

		if (!more)
			return LD_E_NOMEM;
		t->took = more;
		t->room = room;
	}
	t->took[t->n++] = ms > 0 ? ms : 0;
	return 0;
}

static int one_call(struct ld_store *st, struct times *t, int64_t now_ms)
{
	const enum stmt q = Q_HELP_TIMES;
	int64_t asked = ld_hlc_ms(db_int(st->db, q, 0)), due = db_int(st->db, q, 1);
	bool closed = !db_null(st->db, q, 3), said = !db_null(st->db, q, 4);
	int64_t end = closed ? ld_hlc_ms(db_int(st->db, q, said ? 4 : 3)) : now_ms;

	if (!closed && db_int(st->db, q, 2)) {
		t->to->withdrawn++;
		return 0;
	}
	t->to->asked++;
	t->to->answered += closed;
	t->to->late += due != 0 && end > due;
	t->to->overdue += !closed && due != 0 && end > due;
	return closed ? took(t, end - asked) : 0;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int ld_store_help_times(struct ld_store *st, int64_t since_ms, int64_t now_ms,
			struct ld_help_times *ret)
{
	const enum stmt q = Q_HELP_TIMES;
	struct times t = { .to = ret };
	int rc = db_query(st->db, q, "i", since_ms > 0 ? ld_hlc_make(since_ms, 0, false) : 0);

	memset(ret, 0, sizeof(*ret));
	while (rc == 0 && (rc = db_next(st->db, q)) == 1)
		rc = one_call(st, &t, now_ms);
	db_done(st->db, q);
	if (rc == 0 && t.n) {
		qsort(t.took, t.n, sizeof(*t.took), by_size);
		ret->median_ms = (t.took[(t.n - 1) / 2] + t.took[t.n / 2]) / 2;
	}
	free(t.took);
	return rc;
}

/* ---- who has seen what ---- */

int ld_store_audit(struct ld_store *st, int64_t since_ms, unsigned max,
		   int (*cb)(void *arg, const struct ld_audit_row *), void *arg)
{
	const enum stmt q = Q_AUDIT_EACH;
	int rc = db_query(st->db, q, "ii", ld_hlc_make(since_ms, 0, false), (int64_t)max);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_audit_row r = { .at_ms = ld_hlc_ms(db_int(st->db, q, 0)),
					  .what = (uint8_t)db_int(st->db, q, 2),
					  .tdp = (uint8_t)db_int(st->db, q, 4),
					  .n = (unsigned)db_int(st->db, q, 5),
					  .name = db_text(st->db, q, 6) };

		rc = db_fixed(st->db, q, 1, r.p.b, sizeof(r.p.b));
		if (rc == 0)
			rc = db_fixed(st->db, q, 3, r.s.b, sizeof(r.s.b));
		if (rc == 0)
			rc = cb(arg, &r);
	}
	db_done(st->db, q);
	return rc;
}

/* ---- what group heads write ---- */

int ld_store_notices(struct ld_store *st, int64_t since_ms,
		     int (*cb)(void *arg, const struct ld_notice *), void *arg)
{
	const enum stmt q = Q_NOTICE_EACH;
	int rc = db_query(st->db, q, "i", since_ms > 0 ? ld_hlc_make(since_ms, 0, false) : 0);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_notice n = { .id = db_int(st->db, q, 1),
				       .made_ms = ld_hlc_ms(db_int(st->db, q, 2)),
				       .tdp = (uint8_t)db_int(st->db, q, 3),
				       .at_ms = db_int(st->db, q, 5),
				       .ended = db_int(st->db, q, 7) != 0 || db_int(st->db, q, 8) == 0 };

		rc = db_fixed(st->db, q, 0, n.p.b, sizeof(n.p.b));
		snprintf(n.message, sizeof(n.message), "%s", db_text(st->db, q, 4));
		snprintf(n.place, sizeof(n.place), "%s", db_text(st->db, q, 6));
		if (rc == 0)
			rc = cb(arg, &n);
	}
	db_done(st->db, q);
	return rc;
}
