/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of this board alone: sessions, duplicates, settings, the outbox. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

/* Copies the blob of column 0, at most size octets of it. */
static int copy_blob(struct ld_store *st, enum stmt q, void *ret, size_t size)
{
	size_t n;
	const void *p = db_blob(st->db, q, 0, &n);
	int rc = n <= size ? (int)n : LD_E_TOOBIG;

	if (rc > 0)
		memcpy(ret, p, n);
	db_done(st->db, q);
	return rc;
}

int ld_store_session_get(struct ld_store *st, const struct ld_id *p, uint8_t *ret, size_t size)
{
	int rc = db_first(st->db, Q_SESSION_GET, "b", ID(p));

	return rc <= 0 ? rc : copy_blob(st, Q_SESSION_GET, ret, size);
}

int ld_store_session_put(struct ld_store *st, const struct ld_id *p, const uint8_t *blob,
			 size_t len, int64_t now_ms)
{
	return len == 0 ? db_run(st->db, Q_SESSION_DROP, "b", ID(p))
		: db_run(st->db, Q_SESSION_PUT, "bbi", ID(p), blob, len, now_ms);
}

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define SEEN_MS (7 * DAY_MS)

int ld_store_seen(struct ld_store *st, const char *channel, const char *key, int64_t now_ms)
{
	int64_t h;
	uint8_t hash[16];
	int rc;

	ld_hash(hash, sizeof(hash), NULL, 0,
		(struct ld_span[]){ { channel, strlen(channel) + 1 }, { key, strlen(key) } }, 2);
	memcpy(&h, hash, sizeof(h));
	rc = db_first(st->db, Q_SEEN_GET, "i", h);
	if (rc == 1) {
		bool fresh = db_int(st->db, Q_SEEN_GET, 0) > now_ms - SEEN_MS;

		db_done(st->db, Q_SEEN_GET);
		if (fresh)
			return 1;
	}
	return rc < 0 ? rc : db_run(st->db, Q_SEEN_PUT, "ii", h, now_ms);
}

int ld_store_setting_get(struct ld_store *st, const char *name, void *ret, size_t size)
{
	int rc = db_first(st->db, Q_SETTING_GET, "s", name);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	return copy_blob(st, Q_SETTING_GET, ret, size);
}

int ld_store_setting_put(struct ld_store *st, const char *name, const void *value, size_t len)
{
	return db_run(st->db, Q_SETTING_PUT, "sb", name, value, len);
}

/* ---- outbox ---- */

int ld_store_out_add(struct ld_store *st, const struct ld_out_row *r, int64_t *ret_id)
{
	int rc = db_run(st->db, Q_OUT_ADD, "biiissssiiiiis", ID(&r->p), (int64_t)r->state,
			(int64_t)r->prio, (int64_t)r->alphabet, r->channel, r->to, r->what, r->why,
			(int64_t)r->parts, (int64_t)r->tries, r->created_ms, r->due_ms,
			r->changed_ms, r->text);

	if (rc == 0)
		*ret_id = db_last_id(st->db);
	return rc;
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
	snprintf(r->text, sizeof(r->text), "%s", db_text(db, q, 14));
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

int ld_store_out_next(struct ld_store *st, const char *channel, int64_t now_ms,
		      unsigned parts_reply, unsigned parts_other, struct ld_out_row *ret)
{
	return one_row(st, Q_OUT_NEXT, db_first(st->db, Q_OUT_NEXT, "isii", now_ms, channel,
						(int64_t)parts_reply, (int64_t)parts_other), ret);
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

int ld_store_quota_add(struct ld_store *st, const char *channel, int64_t day, unsigned parts)
{
	return db_run(st->db, Q_QUOTA_ADD, "sii", channel, day, (int64_t)parts);
}

int ld_store_out_set(struct ld_store *st, int64_t id, enum ld_out_state state, const char *channel,
		     const char *why, int64_t due_ms, int64_t now_ms)
{
	return db_run(st->db, Q_OUT_SET, "iissii", id, (int64_t)state, channel, why ? why : "",
		      due_ms, now_ms);
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

int ld_store_out_list(struct ld_store *st, int state, unsigned limit,
		      int (*cb)(void *arg, const struct ld_out_row *), void *arg)
{
	return each_row(st, Q_OUT_LIST, db_query(st->db, Q_OUT_LIST, "ii", (int64_t)state,
						 (int64_t)limit), cb, arg);
}

int ld_store_out_cancel(struct ld_store *st, const struct ld_id *p, int64_t now_ms)
{
	int rc = db_run(st->db, Q_OUT_CANCEL, "bi", ID(p), now_ms);

	return rc < 0 ? rc : db_changes(st->db);
}

int ld_store_out_counts(struct ld_store *st, uint64_t ret_counts[LD_OUT_CANCELLED + 1])
{
	int rc = db_query(st->db, Q_OUT_COUNTS, "");

	memset(ret_counts, 0, sizeof(uint64_t) * (LD_OUT_CANCELLED + 1));
	while (rc == 0 && (rc = db_next(st->db, Q_OUT_COUNTS)) == 1) {
		int64_t state = db_int(st->db, Q_OUT_COUNTS, 0);

		if (state >= 0 && state <= LD_OUT_CANCELLED)
			ret_counts[state] = (uint64_t)db_int(st->db, Q_OUT_COUNTS, 1);
		rc = 0;
	}
	return rc;
}

int ld_store_purge(struct ld_store *st, int64_t now_ms)
{
	int rc = db_run(st->db, Q_SEEN_PURGE, "i", now_ms - SEEN_MS);

	if (rc == 0)
		rc = db_run(st->db, Q_SESSION_PURGE, "i", now_ms - 7 * DAY_MS);
	if (rc == 0)
		rc = db_run(st->db, Q_OUT_PURGE, "ii", now_ms - 90 * DAY_MS, now_ms - 7 * DAY_MS);
	if (rc == 0)
		rc = db_run(st->db, Q_REMINDED_PURGE, "i", now_ms / DAY_MS - 800);
	if (rc == 0)
		rc = db_run(st->db, Q_QUOTA_PURGE, "i", now_ms / DAY_MS - 90);
	return rc;
}
