/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may send what nobody asked for: the ward's heartbeats, terms, and learners who change homes
 * (ADR 0013). */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

/* The clocks of two boards that are trusted differ by less. */
#define AHEAD_MS INT64_C(3600000)

uint64_t ld_store_homes(const struct ld_store *st)
{
	return st->homes;
}

/* ---- heartbeats ---- */

struct beat {
	int64_t incarnation, seq, issued_ms;
};

/* One that is still to come was written by a clock that was wrong then: it counts when its time is
 * there. */
static int newest_beat(struct ld_store *st, int64_t now_ms, struct beat *ret)
{
	const enum stmt q = Q_HEARTBEAT_NEWEST;
	int rc = db_first(st->db, q, "i", now_ms + AHEAD_MS);

	if (rc <= 0)
		return rc;
	*ret = (struct beat){ db_int(st->db, q, 0), db_int(st->db, q, 1), db_int(st->db, q, 2) };
	db_done(st->db, q);
	return 1;
}

static int yes(struct ld_store *st, enum stmt q, int rc)
{
	if (rc == 1)
		db_done(st->db, q);
	return rc;
}

/* 1: it is time, and there is somebody to hear it. */
static int beat_is_due(struct ld_store *st, int64_t now_ms)
{
	struct beat last;
	int rc = newest_beat(st, now_ms, &last);

	if (rc != 0 && (rc < 0 || last.issued_ms > now_ms - LD_HEARTBEAT_MS))
		return rc < 0 ? rc : 0;
	rc = ld_store_restored(st);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	return yes(st, Q_MEMBER_OTHER, db_first(st->db, Q_MEMBER_OTHER, "b", ID(&st->ward)));
}

int ld_store_heartbeat(struct ld_store *st)
{
	struct ld_fact f = { .kind = LD_EV_HEARTBEAT };
	bool trusted;
	int rc;

	f.u.heartbeat.issued_ms = ld_clock_utc_ms(st->clock, &trusted);
	rc = ward_is_here(st) && trusted ? beat_is_due(st, f.u.heartbeat.issued_ms) : 0;
	if (rc <= 0)
		return rc;
	rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? rc : 1;
}

int ld_store_term(struct ld_store *st, int64_t now_ms, struct ld_term *ret)
{
	struct beat b;
	int rc;

	*ret = (struct ld_term){ .runs = ward_is_here(st), .heard_ms = now_ms, .until_ms = INT64_MAX };
	if (ret->runs)
		return 0;
	*ret = (struct ld_term){ .runs = false };
	rc = newest_beat(st, now_ms, &b);
	if (rc <= 0)
		return rc;
	ret->heard_ms = b.issued_ms;
	ret->until_ms = b.issued_ms + LD_TERM_MS;
	rc = yes(st, Q_WARD_GAP, db_first(st->db, Q_WARD_GAP, "bii", ID(&st->ward), b.incarnation,
					  b.seq));
	ret->gap = rc == 1;
	ret->runs = rc == 0 && now_ms < ret->until_ms;
	return rc < 0 ? rc : 0;
}

/* ---- letting go ---- */

static int release_one(struct ld_store *st)
{
	const enum stmt q = Q_RELEASE_TODO;
	struct ld_fact f = { .kind = LD_EV_RELEASE };
	int rc = db_first(st->db, q, "b", ID(&st->board));

	if (rc <= 0)
		return rc;
	f.u.release.move = db_int(st->db, q, 1);
	f.u.release.sent_ms = db_int(st->db, q, 2);
	f.u.release.first_ms = db_int(st->db, q, 3);
	snprintf(f.u.release.course, sizeof(f.u.release.course), "%s", db_text(st->db, q, 4));
	f.u.release.lesson = (uint8_t)db_int(st->db, q, 5);
	f.u.release.idle = (uint8_t)db_int(st->db, q, 6);
	rc = db_fixed(st->db, q, 0, ID(&f.subject));
	db_done(st->db, q);
	if (rc == 0)
		rc = db_run(st->db, Q_DUE_DROP, "b", ID(&f.subject));
	if (rc == 0)
		rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? rc : 1;
}

int ld_store_release(struct ld_store *st, unsigned max)
{
	unsigned n = 0;
	/* Of a board that was cut off nothing counts, not even here: it would say it for ever. */
	int rc = ld_store_revoked(st, &st->board);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	while (n < max && (rc = release_one(st)) == 1)
		n++;
	return rc < 0 ? rc : (int)n;
}

int ld_store_home_of(struct ld_store *st, const struct ld_id *p, int64_t *ret_began_ms)
{
	const enum stmt q = Q_HOME_OF;
	int rc = db_first(st->db, q, "bb", ID(p), ID(&st->board));

	*ret_began_ms = 0;
	if (rc <= 0)
		return rc < 0 ? rc : 1;
	rc = db_null(st->db, q, 0) || db_int(st->db, q, 0) != 0;
	*ret_began_ms = db_int(st->db, q, 1);
	db_done(st->db, q);
	return rc;
}

/* ---- moving, at the ward ---- */

static int sealed(struct ld_store *st, enum stmt q, int col, void *ret, size_t size)
{
	size_t len;
	const void *p = db_blob(st->db, q, col, &len);

	if (len > size)
		return LD_E_CORRUPT;
	if (len)
		memcpy(ret, p, len);
	return (int)len;
}

static int read_homed(struct ld_store *st, enum stmt q, struct ld_homed *ret)
{
	int rc = db_fixed(st->db, q, 0, ID(&ret->s)), n;

	if (rc == 0 && q == Q_HOME_ONE)
		rc = db_fixed(st->db, q, 5, ID(&ret->home));
	n = rc < 0 ? rc : sealed(st, q, 2, ret->number, sizeof(ret->number));
	ret->number_len = n > 0 ? (uint8_t)n : 0;
	if (n >= 0)
		n = sealed(st, q, 4, ret->name, sizeof(ret->name));
	ret->named = n == sizeof(ret->name);
	return n < 0 ? n : 0;
}

static int read_olds(struct ld_store *st, int64_t hlc, struct ld_homed *ret)
{
	const enum stmt q = Q_MOVED_WAITS;
	int rc = db_query(st->db, q, "bi", ID(&ret->s), hlc);

	while (rc == 0 && ret->n_olds < LD_OLDS_MAX && (rc = db_next(st->db, q)) == 1) {
		rc = db_fixed(st->db, q, 0, ID(&ret->olds[ret->n_olds]));
		ret->n_olds++;
	}
	db_done(st->db, q);
	return rc < 0 ? rc : 0;
}

int ld_store_homed(struct ld_store *st, const struct ld_id *p, const struct ld_board_id *home,
		   const struct ld_id *after, int64_t now_ms, struct ld_homed *ret)
{
	const enum stmt q = p ? Q_HOME_ONE : Q_HOME_NEXT;
	int rc = p ? db_first(st->db, q, "bb", ID(p), ID(after))
		   : db_first(st->db, q, "bb", ID(home), ID(after));
	int64_t hlc, began;

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	memset(ret, 0, sizeof(*ret));
	if (home)
		ret->home = *home;
	rc = read_homed(st, q, ret);
	hlc = db_int(st->db, q, 1);
	began = db_int(st->db, q, 3);
	db_done(st->db, q);
	return rc < 0 || began <= now_ms ? rc : read_olds(st, hlc, ret);
}

int ld_store_last_word(struct ld_store *st, const struct ld_board_id *id, int64_t *ret_ms)
{
	int rc = db_first(st->db, Q_WARD_HLC, "b", ID(id));

	if (rc <= 0)
		return rc;
	*ret_ms = ld_hlc_ms(db_int(st->db, Q_WARD_HLC, 0));
	db_done(st->db, Q_WARD_HLC);
	return 0;
}

int ld_store_home_counts(struct ld_store *st, int64_t now_ms,
			 int (*cb)(void *arg, const struct ld_home_count *), void *arg)
{
	const enum stmt q = Q_HOME_COUNTS;
	int rc = db_query(st->db, q, "i", now_ms);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_home_count c = { .learners = (unsigned)db_int(st->db, q, 1),
					   .waiting = (unsigned)db_int(st->db, q, 2) };

		c.until_ms = c.waiting ? db_int(st->db, q, 3) : 0;
		rc = db_fixed(st->db, q, 0, ID(&c.board));
		if (rc == 0)
			rc = cb(arg, &c);
	}
	db_done(st->db, q);
	return rc;
}
