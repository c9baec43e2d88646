/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statements for an LRS: from the log in order of arrival, kept until the LRS has them. */
#include <stdlib.h>
#include <string.h>

#include "laido/store/xapi.h"
#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

/* The stream that has the most urgent events nobody has looked at yet. */
static int next_stream(struct ld_store *st, int64_t *ret_no, uint64_t *ret_from, uint64_t *ret_to)
{
	const enum stmt q = Q_XAPI_STREAM;
	int rc = db_first(st->db, q, "");

	if (rc <= 0)
		return rc;
	*ret_no = db_int(st->db, q, 0);
	*ret_from = (uint64_t)db_int(st->db, q, 1) + 1;
	*ret_to = (uint64_t)db_int(st->db, q, 2);
	db_done(st->db, q);
	return 1;
}

static int one_event(struct ld_store *st, int64_t no, uint64_t seq, struct ld_event *e)
{
	const enum stmt q = Q_EVENT_RANGE;
	int rc = db_first(st->db, q, "iii", no, (int64_t)seq, (int64_t)seq);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_CORRUPT;
	e->seq = seq;
	e->hlc = db_int(st->db, q, 1);
	e->kind = (uint16_t)db_int(st->db, q, 2);
	e->hollow = db_null(st->db, q, 3);
	if (e->hollow)
		return 0;
	e->body = db_blob(st->db, q, 4, &e->body_len);
	return db_fixed(st->db, q, 3, e->subject.b, sizeof(e->subject.b));
}

/* One event to cb, from octets of our own: cb may look at the log itself. */
static int give_one(struct ld_store *st, int64_t no, uint64_t seq, struct ld_event *e,
		    int (*cb)(void *arg, const struct ld_event *), void *arg)
{
	uint8_t body[LD_BODY_MAX];
	int rc;

	e->body_len = 0;
	rc = one_event(st, no, seq, e);
	if (rc == 0 && e->body_len > sizeof(body))
		rc = LD_E_CORRUPT;
	if (rc == 0 && e->body_len)
		memcpy(body, e->body, e->body_len);
	e->body = body;
	db_done(st->db, Q_EVENT_RANGE);
	if (rc == 0)
		rc = cb(arg, e);
	e->body = NULL;
	return rc;
}

static int give_stream(struct ld_store *st, int64_t no, uint64_t from, uint64_t to,
		       int (*cb)(void *arg, const struct ld_event *), void *arg)
{
	struct ld_event e = { 0 };
	int rc = log_stream_of(st, no, &e.stream);

	for (uint64_t seq = from; rc == 0 && seq <= to; seq++)
		rc = give_one(st, no, seq, &e, cb, arg);
	return rc < 0 ? rc : db_run(st->db, Q_XAPI_SEEN, "ii", no, (int64_t)to);
}

/* Of what came without contents when its stream was looked at, and has them now, the first. 1: was
 * given; 0: there is none. */
static int give_late(struct ld_store *st, int (*cb)(void *arg, const struct ld_event *), void *arg)
{
	struct ld_event e = { 0 };
	int64_t no, seq;
	int rc = db_first(st->db, Q_XAPI_LATE, "");

	if (rc <= 0)
		return rc;
	no = db_int(st->db, Q_XAPI_LATE, 0);
	seq = db_int(st->db, Q_XAPI_LATE, 1);
	db_done(st->db, Q_XAPI_LATE);
	rc = log_stream_of(st, no, &e.stream);
	if (rc == 0)
		rc = give_one(st, no, (uint64_t)seq, &e, cb, arg);
	if (rc == 0)
		rc = db_run(st->db, Q_XAPI_LATE_DROP, "ii", no, seq);
	return rc < 0 ? rc : 1;
}

int ld_store_xapi_events(struct ld_store *st, unsigned limit,
			 int (*cb)(void *arg, const struct ld_event *), void *arg)
{
	unsigned n = 0;
	int rc = log_flush(st);

	while (rc == 0 && n < limit) {
		uint64_t from, to;
		int64_t no;

		rc = give_late(st, cb, arg);
		if (rc == 1) {
			n++;
			rc = 0;
			continue;
		}
		if (rc == 0)
			rc = next_stream(st, &no, &from, &to);
		if (rc <= 0)
			break;
		if (to - from >= limit - n)
			to = from + (limit - n) - 1;
		n += (unsigned)(to - from + 1);
		rc = give_stream(st, no, from, to, cb, arg);
	}
	return rc < 0 ? rc : (int)n;
}

int ld_store_xapi_add(struct ld_store *st, const struct ld_id *id, const struct ld_id *s,
		      const char *body)
{
	int rc = db_run(st->db, Q_XAPI_ADD, "bbis", ID(id), s ? s->b : NULL, s ? sizeof(s->b) : 0,
			(int64_t)LD_XAPI_WAITS, body);

	return rc < 0 ? rc : db_changes(st->db) > 0;
}

int ld_store_xapi_forget(struct ld_store *st, const struct ld_id *s,
			 int (*cb)(void *arg, const struct ld_id *id), void *arg)
{
	const enum stmt q = Q_XAPI_OF;
	struct ld_id id;
	int rc = db_run(st->db, Q_XAPI_UNTRIED, "b", ID(s));

	/* Each one loses its owner before the next is looked for. */
	while (rc == 0 && (rc = db_first(st->db, q, "b", ID(s))) == 1) {
		rc = db_fixed(st->db, q, 0, id.b, sizeof(id.b));
		db_done(st->db, q);
		if (rc == 0)
			rc = db_run(st->db, Q_XAPI_DISOWN, "b", ID(&id));
		if (rc == 0)
			rc = cb(arg, &id);
	}
	return rc;
}

static int each(struct ld_store *st, enum stmt q, unsigned limit,
		int (*cb)(void *arg, const struct ld_xapi *), void *arg)
{
	int rc = db_query(st->db, q, "i", (int64_t)limit);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_xapi x = { .no = db_int(st->db, q, 0), .body = db_text(st->db, q, 2),
				     .why = db_text(st->db, q, 3) };

		rc = db_fixed(st->db, q, 1, x.id.b, sizeof(x.id.b));
		if (rc == 0)
			rc = cb(arg, &x);
		if (rc != 0)
			db_done(st->db, q);
	}
	return rc < 0 ? rc : 0;
}

int ld_store_xapi_next(struct ld_store *st, unsigned limit,
		       int (*cb)(void *arg, const struct ld_xapi *), void *arg)
{
	return each(st, Q_XAPI_NEXT, limit, cb, arg);
}

int ld_store_xapi_refused(struct ld_store *st, unsigned limit,
			  int (*cb)(void *arg, const struct ld_xapi *), void *arg)
{
	return each(st, Q_XAPI_REFUSED, limit, cb, arg);
}

int ld_store_xapi_tried(struct ld_store *st, int64_t first, int64_t last)
{
	return db_run(st->db, Q_XAPI_TRIED, "ii", first, last);
}

int ld_store_xapi_result(struct ld_store *st, int64_t first, int64_t last,
			 enum ld_xapi_state state, const char *why)
{
	return db_run(st->db, Q_XAPI_RESULT, "iiis", first, last, (int64_t)state, why);
}

int ld_store_xapi_again(struct ld_store *st)
{
	int rc = db_run(st->db, Q_XAPI_AGAIN, "");

	return rc < 0 ? rc : db_changes(st->db);
}

int ld_store_xapi_counts(struct ld_store *st, int64_t ret[LD_N_XAPI_STATES])
{
	const enum stmt q = Q_XAPI_COUNTS;
	int rc = db_query(st->db, q, "");

	memset(ret, 0, sizeof(*ret) * LD_N_XAPI_STATES);
	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		int64_t state = db_int(st->db, q, 0);

		if (state >= 0 && state < LD_N_XAPI_STATES)
			ret[state] = db_int(st->db, q, 1);
		rc = 0;
	}
	return rc;
}

int ld_store_open_courses(struct ld_store *st, const struct ld_id *p,
			  int (*cb)(void *arg, const struct ld_id *s, const char *course),
			  void *arg)
{
	const enum stmt q = Q_XAPI_OPEN;
	int rc = db_query(st->db, q, "b", ID(p));

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_id s;

		rc = db_fixed(st->db, q, 0, s.b, sizeof(s.b));
		if (rc == 0)
			rc = cb(arg, &s, db_text(st->db, q, 1));
		if (rc != 0)
			db_done(st->db, q);
	}
	return rc < 0 ? rc : 0;
}

int ld_store_tdp(struct ld_store *st, const struct ld_id *s, unsigned *ret)
{
	const enum stmt q = Q_XAPI_TDP;
	int rc = db_first(st->db, q, "b", ID(s));

	*ret = 0;
	if (rc <= 0)
		return rc;
	*ret = (unsigned)strtoul(db_text(st->db, q, 0), NULL, 10);
	db_done(st->db, q);
	return 0;
}
