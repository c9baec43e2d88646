/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report, counted once more from the log as another program would read it. */
#ifndef LAIDO_TESTS_RECOUNT_H
#define LAIDO_TESTS_RECOUNT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "laido/store/store.h"

struct tally {
	struct ld_id id;
	bool used, consented, enrolled, active, completed, invited;
	unsigned tdp;
	uint8_t slot;
	struct ld_id p;
};

struct recount {
	unsigned size;
	struct tally *people, *numbers; /* by S and by P */
};

static inline struct tally *tally_of(struct recount *c, struct tally *table, const struct ld_id *id)
{
	uint32_t at;

	memcpy(&at, id->b, sizeof(at));
	for (;; at++) {
		struct tally *t = &table[at % c->size];

		if (!t->used) {
			t->used = true;
			t->id = *id;
		}
		if (ld_id_eq(&t->id, id))
			return t;
	}
}

static inline void recount_fact(struct recount *c, const struct ld_fact *f)
{
	struct tally *t;

	if (f->kind == LD_EV_INVITED) {
		tally_of(c, c->numbers, &f->subject)->invited = true;
		return;
	}
	if (ld_kind_info(f->kind)->subject != 'S')
		return;
	t = tally_of(c, c->people, &f->subject);
	if (f->kind == LD_EV_CONSENT) {
		t->consented = true;
		t->slot = f->u.consent.slot;
		t->p = f->u.consent.p;
	}
	t->enrolled |= f->kind == LD_EV_ENROL;
	t->active |= f->kind == LD_EV_ANSWER;
	t->completed |= f->kind == LD_EV_COMPLETE;
	if (f->kind == LD_EV_SET && f->u.set.reg == LD_REG_TDP)
		t->tdp = (unsigned)strtoul(f->u.set.value, NULL, 10);
}

/* The log as another program would read it. */
static inline void read_log(const char *path, struct recount *c)
{
	sqlite3 *s;
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_open_v2(path, &s, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(s, "SELECT kind, subject, body FROM event"
					    " WHERE subject IS NOT NULL ORDER BY hlc", -1, &q, NULL),
			 SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW) {
		struct ld_event e = { .kind = (uint16_t)sqlite3_column_int(q, 0),
				      .body = sqlite3_column_blob(q, 2),
				      .body_len = (size_t)sqlite3_column_bytes(q, 2) };
		struct ld_fact f;

		memcpy(e.subject.b, sqlite3_column_blob(q, 1), sizeof(e.subject.b));
		assert_int_equal(ld_fact_decode(&e, &f), 0);
		recount_fact(c, &f);
	}
	sqlite3_finalize(q);
	sqlite3_close(s);
}

static inline void compare_row(const struct ld_report_row *a, const struct ld_report_row *b)
{
	assert_int_equal(a->invited, b->invited);
	assert_int_equal(a->consented, b->consented);
	assert_int_equal(a->enrolled, b->enrolled);
	assert_int_equal(a->active, b->active);
	assert_int_equal(a->completed, b->completed);
}

struct report {
	struct ld_report_row row[100];
};

static inline int add_row(void *arg, const struct ld_report_row *r)
{
	struct report *rep = arg;

	assert_in_range(r->tdp, 0, 99);
	rep->row[r->tdp] = *r;
	return 0;
}

/* The store's report against a recount of the log in the same file, which nobody writes meanwhile.
 * Returns how many learners have completed a course. */
static inline uint64_t recount_report(struct ld_store *st, const char *path, unsigned size)
{
	static struct report told, counted;
	struct recount c = { .size = size };
	uint64_t completed = 0;

	c.people = calloc(c.size, sizeof(*c.people));
	c.numbers = calloc(c.size, sizeof(*c.numbers));
	assert_non_null(c.people);
	assert_non_null(c.numbers);
	read_log(path, &c);
	for (unsigned i = 0; i < c.size; i++) {
		const struct tally *t = &c.people[i];
		struct ld_report_row *r = &counted.row[t->tdp];

		if (!t->used || !t->consented || t->slot == 0)
			continue;
		r->invited++;
		r->consented++;
		r->enrolled += t->enrolled;
		r->active += t->active;
		r->completed += t->completed;
		tally_of(&c, c.numbers, &t->p)->consented = true;
		completed += t->completed;
	}
	for (unsigned i = 0; i < c.size; i++)
		counted.row[0].invited += c.numbers[i].invited && !c.numbers[i].consented;
	assert_int_equal(ld_store_report(st, "", 0, add_row, &told), 0);
	for (unsigned i = 0; i < 100; i++)
		compare_row(&told.row[i], &counted.row[i]);
	free(c.people);
	free(c.numbers);
	return completed;
}

/* The first number of the first row. */
static inline int64_t recount_sql(const char *path, const char *sql)
{
	sqlite3 *s;
	sqlite3_stmt *q;
	int64_t n;

	assert_int_equal(sqlite3_open_v2(path, &s, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(s, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(s);
	return n;
}

#endif
