/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ward orders, and how far this board is with it. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

int ld_store_paused(struct ld_store *st)
{
	int rc = db_first(st->db, Q_PAUSE_GET, "");

	if (rc == 1) {
		rc = db_int(st->db, Q_PAUSE_GET, 0) != 0;
		db_done(st->db, Q_PAUSE_GET);
	}
	return rc;
}

int ld_store_campaigns(struct ld_store *st, int (*cb)(void *arg, const struct ld_campaign *),
		       void *arg)
{
	const enum stmt q = Q_CAMPAIGN_EACH;
	int rc = db_query(st->db, q, "");

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_campaign c = { .id = db_int(st->db, q, 0), .hlc = db_int(st->db, q, 1),
					 .ended = db_int(st->db, q, 6) != 0,
					 .made_ms = db_int(st->db, q, 7),
					 .paced = db_int(st->db, q, 8),
					 .held = db_int(st->db, q, 9) != 0,
					 .rate = (unsigned)db_int(st->db, q, 10) };

		snprintf(c.message, sizeof(c.message), "%s", db_text(st->db, q, 2));
		snprintf(c.people, sizeof(c.people), "%s", db_text(st->db, q, 3));
		snprintf(c.when, sizeof(c.when), "%s", db_text(st->db, q, 4));
		snprintf(c.values, sizeof(c.values), "%s", db_text(st->db, q, 5));
		rc = cb(arg, &c);
	}
	db_done(st->db, q);
	return rc;
}

int ld_store_draft_add(struct ld_store *st, const struct ld_campaign *c)
{
	return db_run(st->db, Q_DRAFT_ADD, "iissss", c->id, c->made_ms, c->message, c->people,
		      c->when, c->values);
}

int ld_store_draft_drop(struct ld_store *st, int64_t id)
{
	return db_run(st->db, Q_DRAFT_DROP, "i", id);
}

int ld_store_occasion_get(struct ld_store *st, const char *name, int64_t *ret_after,
			  struct ld_id *ret_cursor)
{
	const enum stmt q = Q_OCCASION_GET;
	int rc = db_first(st->db, q, "s", name);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	*ret_after = db_int(st->db, q, 0);
	memset(ret_cursor, 0, sizeof(*ret_cursor));
	rc = db_null(st->db, q, 1) ? 0 : db_fixed(st->db, q, 1, ret_cursor->b,
						  sizeof(ret_cursor->b));
	db_done(st->db, q);
	return rc;
}

int ld_store_occasion_set(struct ld_store *st, const char *name, int64_t after,
			  const struct ld_id *cursor)
{
	return db_run(st->db, Q_OCCASION_SET, "sib", name, after, ID(cursor));
}

int ld_store_recipient(struct ld_store *st, const struct ld_id *after,
		       const struct ld_board_id *home, struct ld_recipient *ret)
{
	const enum stmt q = Q_RECIPIENT_NEXT;
	const void *box;
	size_t len;
	int rc = db_first(st->db, q, "bb", ID(after), home ? (const void *)home->b : NULL,
			  sizeof(home->b));

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	memset(ret, 0, sizeof(*ret));
	rc = db_fixed(st->db, q, 0, ret->s.b, sizeof(ret->s.b));
	if (rc == 0)
		rc = db_fixed(st->db, q, 1, ret->home.b, sizeof(ret->home.b));
	box = db_blob(st->db, q, 2, &len);
	if (rc == 0 && len <= sizeof(ret->for_home)) {
		memcpy(ret->for_home, box, len);
		ret->for_home_len = (uint8_t)len;
	}
	if (rc == 0)
		rc = db_fixed(st->db, q, 3, ret->p.b, sizeof(ret->p.b));
	ret->slot = (uint8_t)db_int(st->db, q, 4);
	ret->activity_ms = db_int(st->db, q, 5);
	ret->began_ms = db_int(st->db, q, 6);
	db_done(st->db, q);
	return rc;
}

int ld_store_reminded(struct ld_store *st, const struct ld_id *s, const char *name, int64_t base)
{
	int rc = db_first(st->db, Q_REMINDED_OF, "bsi", ID(s), name, base);

	if (rc == 1)
		db_done(st->db, Q_REMINDED_OF);
	return rc;
}

int ld_store_remind(struct ld_store *st, const struct ld_id *s, const char *name, int64_t base,
		    int64_t day, bool urgent)
{
	int rc = db_run(st->db, Q_REMINDED_ADD, "bsiii", ID(s), name, base, day, (int64_t)urgent);

	return rc < 0 ? rc : db_changes(st->db) > 0;
}

int ld_store_out_cancel_what(struct ld_store *st, const char *what, int64_t now_ms)
{
	int rc = db_run(st->db, Q_OUT_CANCEL_WHAT, "si", what, now_ms);

	return rc < 0 ? rc : db_changes(st->db);
}

int ld_store_out_gone_what(struct ld_store *st, const char *what)
{
	int rc = db_first(st->db, Q_OUT_GONE_WHAT, "s", what);

	if (rc != 1)
		return rc < 0 ? rc : 0;
	rc = (int)db_int(st->db, Q_OUT_GONE_WHAT, 0);
	db_done(st->db, Q_OUT_GONE_WHAT);
	return rc;
}
