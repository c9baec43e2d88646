/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outbox, what each channel has sent today, and who knows which of our numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

/* ---- numbers of messages: one that was purged is not given again, journals know it ---- */

static const char floor_name[] = "outbox_floor";

static int in_use(struct ld_store *st, int64_t *ret)
{
	return db_returned(st->db, Q_OUT_LAST, db_first(st->db, Q_OUT_LAST, ""), ret);
}

static int floor_get(struct ld_store *st, int64_t *ret)
{
	char text[24] = "";
	int rc = ld_store_setting_get(st, floor_name, text, sizeof(text) - 1);

	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	*ret = strtoll(text, NULL, 10);
	return 0;
}

int outbox_floor(struct ld_store *st)
{
	char text[24];
	int64_t last, floor;
	int rc = in_use(st, &last);

	if (rc == 0)
		rc = floor_get(st, &floor);
	if (rc < 0 || last <= floor)
		return rc;
	snprintf(text, sizeof(text), "%lld", (long long)last);
	return ld_store_setting_put(st, floor_name, text, strlen(text));
}

/* Numbers of a transaction that did not come to its end are left out. */
static int last_known(struct ld_store *st)
{
	int64_t last, floor;
	int rc;

	if (st->out_last >= 0)
		return 0;
	rc = in_use(st, &last);
	if (rc == 0)
		rc = floor_get(st, &floor);
	if (rc == 0)
		st->out_last = last > floor ? last : floor;
	return rc;
}

int ld_store_out_add(struct ld_store *st, const struct ld_out_row *r, int64_t *ret_id)
{
	int rc = last_known(st);

	if (rc < 0)
		return rc;
	*ret_id = ++st->out_last;
	return db_run(st->db, Q_OUT_ADD, "ibiiissssiiiiiiisi", *ret_id, ID(&r->p),
		      (int64_t)r->state, (int64_t)r->prio, (int64_t)r->alphabet, r->channel, r->to,
		      r->what, r->why, (int64_t)r->parts, (int64_t)r->tries, r->created_ms, r->due_ms,
		      r->changed_ms, r->expires_ms, (int64_t)r->gone, r->text, (int64_t)r->chosen);
}

static int out_row(struct ld_store *st, enum stmt q, struct ld_out_row *r)
{
	struct db *db = st->db;

	memset(r, 0, sizeof(*r));
	r->id = db_int(db, q, 0);
	r->state = (enum ld_out_state)db_int(db, q, 2);
	r->prio = (enum ld_prio)db_int(db, q, 3);
	r->alphabet = (enum ld_alphabet)db_int(db, q, 4);
	snprintf(r->channel, sizeof(r->channel), "%s", db_text(db, q, 5));
	snprintf(r->to, sizeof(r->to), "%s", db_text(db, q, 6));
	snprintf(r->what, sizeof(r->what), "%s", db_text(db, q, 7));
	snprintf(r->why, sizeof(r->why), "%s", db_text(db, q, 8));
	r->parts = (uint8_t)db_int(db, q, 9);
	r->tries = (uint8_t)db_int(db, q, 10);
	r->created_ms = db_int(db, q, 11);
	r->due_ms = db_int(db, q, 12);
	r->changed_ms = db_int(db, q, 13);
	r->expires_ms = db_int(db, q, 14);
	r->gone = (uint8_t)db_int(db, q, 15);
	snprintf(r->text, sizeof(r->text), "%s", db_text(db, q, 16));
	r->chosen = (uint8_t)db_int(db, q, 17);
	return db_fixed(db, q, 1, r->p.b, sizeof(r->p.b));
}

static int one_row(struct ld_store *st, enum stmt q, int rc, struct ld_out_row *ret)
{
	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	rc = out_row(st, q, ret);
	db_done(st->db, q);
	return rc;
}

int ld_store_out_get(struct ld_store *st, int64_t id, struct ld_out_row *ret)
{
	return one_row(st, Q_OUT_GET, db_first(st->db, Q_OUT_GET, "i", id), ret);
}

int ld_store_out_first(struct ld_store *st, const char *channel, enum ld_prio prio, int64_t now_ms,
		       struct ld_out_row *ret)
{
	return one_row(st, Q_OUT_FIRST, db_first(st->db, Q_OUT_FIRST, "sii", channel, (int64_t)prio,
						 now_ms), ret);
}

int ld_store_quota_get(struct ld_store *st, const char *channel, int64_t day, unsigned *ret_parts)
{
	int rc = db_first(st->db, Q_QUOTA_GET, "si", channel, day);

	if (rc < 0)
		return rc;
	*ret_parts = rc ? (unsigned)db_int(st->db, Q_QUOTA_GET, 0) : 0;
	db_done(st->db, Q_QUOTA_GET);
	return 0;
}

int ld_store_quota_add(struct ld_store *st, const char *channel, int64_t day, int parts)
{
	return db_run(st->db, parts < 0 ? Q_QUOTA_BACK : Q_QUOTA_ADD, "sii", channel, day,
		      (int64_t)parts);
}

int ld_store_out_set(struct ld_store *st, int64_t id, enum ld_out_state state, const char *channel,
		     const char *why, int64_t due_ms, int64_t now_ms)
{
	return db_run(st->db, Q_OUT_SET, "iissii", id, (int64_t)state, channel, why ? why : "",
		      due_ms, now_ms);
}

int ld_store_out_sent(struct ld_store *st, int64_t id, const char *why, int64_t now_ms)
{
	return db_run(st->db, Q_OUT_SENT, "isi", id, why, now_ms);
}

int ld_store_out_defer(struct ld_store *st, int64_t id, const char *channel,
		       enum ld_out_chosen chosen, int64_t due_ms)
{
	return db_run(st->db, Q_OUT_DEFER, "isii", id, channel, due_ms, (int64_t)chosen);
}

int ld_store_out_gone(struct ld_store *st, int64_t id, unsigned gone)
{
	return db_run(st->db, Q_OUT_GONE, "ii", id, (int64_t)gone);
}

static int each_row(struct ld_store *st, enum stmt q, int rc,
		    int (*cb)(void *arg, const struct ld_out_row *), void *arg)
{
	struct ld_out_row r;

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		rc = out_row(st, q, &r);
		if (rc == 0)
			rc = cb(arg, &r);
	}
	db_done(st->db, q);
	return rc;
}

int ld_store_out_intents(struct ld_store *st, int (*cb)(void *arg, const struct ld_out_row *),
			 void *arg)
{
	return each_row(st, Q_OUT_INTENTS, db_query(st->db, Q_OUT_INTENTS, ""), cb, arg);
}

int ld_store_out_list(struct ld_store *st, const struct ld_out_filter *f,
		      int (*cb)(void *arg, const struct ld_out_row *), void *arg)
{
	int rc = db_query(st->db, Q_OUT_LIST, "iisbsi", (int64_t)f->state, (int64_t)f->prio,
			  f->channel, f->p ? f->p->b : NULL, sizeof(f->p->b), f->what,
			  (int64_t)f->limit);

	return each_row(st, Q_OUT_LIST, rc, cb, arg);
}

/* ---- many rows at once ---- */

static int changed(struct ld_store *st, int rc)
{
	return rc < 0 ? rc : db_changes(st->db);
}

int ld_store_out_hold(struct ld_store *st, const char *what, bool held, int64_t now_ms)
{
	return changed(st, db_run(st->db, held ? Q_OUT_HOLD : Q_OUT_RESUME, "si", what, now_ms));
}

int ld_store_out_expire(struct ld_store *st, int64_t now_ms)
{
	return changed(st, db_run(st->db, Q_OUT_EXPIRE, "i", now_ms));
}

int ld_store_out_move(struct ld_store *st, const char *from, const char *to, enum ld_prio last)
{
	return changed(st, db_run(st->db, Q_OUT_MOVE, "ssi", from, to, (int64_t)last));
}

int ld_store_out_move_person(struct ld_store *st, const struct ld_id *p, const char *from,
			     const char *to)
{
	return changed(st, db_run(st->db, Q_OUT_MOVE_PERSON, "bss", ID(p), from, to));
}

int ld_store_out_movable(struct ld_store *st, const char *channel, struct ld_out_row *ret)
{
	return one_row(st, Q_OUT_MOVABLE, db_first(st->db, Q_OUT_MOVABLE, "s", channel), ret);
}

int ld_store_out_queues(struct ld_store *st, int (*cb)(void *arg, const struct ld_out_queue *),
			void *arg)
{
	const enum stmt q = Q_OUT_QUEUES;
	int rc = db_query(st->db, q, "");

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_out_queue one = { .prio = (enum ld_prio)db_int(st->db, q, 1),
					    .n = (uint64_t)db_int(st->db, q, 2),
					    .due_ms = db_int(st->db, q, 3) };

		snprintf(one.channel, sizeof(one.channel), "%s", db_text(st->db, q, 0));
		rc = cb(arg, &one);
	}
	db_done(st->db, q);
	return rc;
}

int ld_store_out_ahead(struct ld_store *st, const struct ld_out_row *r, int64_t now_ms)
{
	int rc = db_first(st->db, Q_OUT_AHEAD, "siiii", r->channel, (int64_t)r->prio, r->due_ms,
			  r->id, now_ms);

	if (rc <= 0)
		return rc;
	rc = (int)db_int(st->db, Q_OUT_AHEAD, 0);
	db_done(st->db, Q_OUT_AHEAD);
	return rc;
}

void ld_store_out_about(struct ld_out_row *r, const struct ld_id *s)
{
	size_t n = strlen(r->what);

	snprintf(r->what + n, sizeof(r->what) - n, " %02x%02x%02x%02x", s->b[0], s->b[1], s->b[2],
		 s->b[3]);
}

int ld_store_out_cancel(struct ld_store *st, const struct ld_id *p, int64_t now_ms)
{
	return changed(st, db_run(st->db, Q_OUT_CANCEL, "bi", ID(p), now_ms));
}

int ld_store_out_rest(struct ld_store *st, const struct ld_id *p, int64_t now_ms)
{
	return changed(st, db_run(st->db, Q_OUT_REST, "bii", ID(p), now_ms,
				  (int64_t)LD_PRIO_LESSON));
}

int ld_store_out_counts(struct ld_store *st, uint64_t ret_counts[LD_N_OUT_STATES])
{
	int rc = db_query(st->db, Q_OUT_COUNTS, "");

	memset(ret_counts, 0, sizeof(uint64_t) * LD_N_OUT_STATES);
	while (rc == 0 && (rc = db_next(st->db, Q_OUT_COUNTS)) == 1) {
		int64_t state = db_int(st->db, Q_OUT_COUNTS, 0);

		if (state >= 0 && state < LD_N_OUT_STATES)
			ret_counts[state] = (uint64_t)db_int(st->db, Q_OUT_COUNTS, 1);
		rc = 0;
	}
	return rc;
}

/* ---- who knows which of our numbers ---- */

int ld_store_route_get(struct ld_store *st, const struct ld_id *p, struct ld_route *ret)
{
	const enum stmt q = Q_ROUTE_GET;
	int rc = db_first(st->db, q, "b", ID(p));

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	snprintf(ret->channel, sizeof(ret->channel), "%s", db_text(st->db, q, 0));
	ret->day = db_int(st->db, q, 1);
	ret->messages = (unsigned)db_int(st->db, q, 2);
	ret->parts = (unsigned)db_int(st->db, q, 3);
	snprintf(ret->operator, sizeof(ret->operator), "%s", db_text(st->db, q, 4));
	db_done(st->db, q);
	return 0;
}

int ld_store_route_set(struct ld_store *st, const struct ld_id *p, const struct ld_route *r)
{
	return db_run(st->db, Q_ROUTE_SET, "bsiiis", ID(p), r->channel, r->day, (int64_t)r->messages,
		      (int64_t)r->parts, r->operator);
}
