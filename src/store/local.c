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

int ld_store_session_changed(struct ld_store *st, const struct ld_id *p, int64_t *ret_ms)
{
	int rc = db_first(st->db, Q_SESSION_CHANGED, "b", ID(p));

	if (rc < 0)
		return rc;
	*ret_ms = rc ? db_int(st->db, Q_SESSION_CHANGED, 0) : 0;
	db_done(st->db, Q_SESSION_CHANGED);
	return 0;
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
	int rc = db_first(st->db, Q_SEEN_GET, "ss", key, channel);

	if (rc == 1) {
		bool fresh = db_int(st->db, Q_SEEN_GET, 0) > now_ms - SEEN_MS;

		db_done(st->db, Q_SEEN_GET);
		if (fresh)
			return 1;
	}
	return rc < 0 ? rc : db_run(st->db, Q_SEEN_PUT, "ssi", key, channel, now_ms);
}

int ld_store_guesses(struct ld_store *st, const struct ld_id *p, enum ld_guess what, uint32_t day)
{
	int rc = db_first(st->db, Q_GUESSES, "bii", p->b, sizeof(p->b), (int64_t)what, (int64_t)day);

	if (rc != 1)
		return rc;
	rc = (int)db_int(st->db, Q_GUESSES, 0);
	db_done(st->db, Q_GUESSES);
	return rc;
}

int ld_store_guess(struct ld_store *st, const struct ld_id *p, enum ld_guess what, uint32_t day)
{
	return db_run(st->db, Q_GUESS_ADD, "bii", p->b, sizeof(p->b), (int64_t)what, (int64_t)day);
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

int ld_store_purge(struct ld_store *st, int64_t now_ms)
{
	int rc = db_run(st->db, Q_SEEN_PURGE, "i", now_ms - SEEN_MS);

	if (rc == 0)
		rc = db_run(st->db, Q_SESSION_PURGE, "i", now_ms - 7 * DAY_MS);
	if (rc == 0)
		rc = db_run(st->db, Q_STRANGER_PURGE, "i", now_ms - 7 * DAY_MS);
	if (rc == 0)
		rc = outbox_floor(st);
	if (rc == 0)
		rc = db_run(st->db, Q_OUT_PURGE, "ii", now_ms - 90 * DAY_MS, now_ms - 7 * DAY_MS);
	if (rc == 0)
		rc = db_run(st->db, Q_REMINDED_PURGE, "i", now_ms / DAY_MS - 800);
	if (rc == 0)
		rc = db_run(st->db, Q_QUOTA_PURGE, "i", now_ms / DAY_MS - 90);
	if (rc == 0)
		rc = db_run(st->db, Q_ROUTE_PURGE, "i", now_ms / DAY_MS - 8);
	if (rc == 0)
		rc = db_run(st->db, Q_OUT_FAREWELLS, "");
	if (rc == 0)
		rc = db_run(st->db, Q_FAREWELL_PURGE, "i", now_ms - 10 * DAY_MS);
	if (rc == 0)
		rc = db_run(st->db, Q_GUESS_PURGE, "i", now_ms / DAY_MS);
	if (rc == 0)
		rc = db_run(st->db, Q_HELP_TOLD_PURGE, "i", now_ms - 90 * DAY_MS);
	return rc;
}
