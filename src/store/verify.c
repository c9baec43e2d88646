/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a completion code true? A code says nothing of its owner, so it is compared with everybody's. */
#include <stdio.h>
#include <string.h>

#include "store_impl.h"

enum { COUNTERSIGN_MAX = 64 };          /* in one go: others wait for the thread */

static int sign_one(struct ld_store *st)
{
	const enum stmt q = Q_COUNTERSIGN_TODO;
	struct ld_fact f = { .kind = LD_EV_COUNTERSIGN };
	int rc = db_first(st->db, q, "");

	if (rc <= 0)
		return rc;
	rc = db_fixed(st->db, q, 0, f.subject.b, sizeof(f.subject.b));
	snprintf(f.u.countersign.course, sizeof(f.u.countersign.course), "%s", db_text(st->db, q, 1));
	db_done(st->db, q);
	if (rc == 0)
		rc = ld_store_append(st, &f, NULL);
	return rc < 0 ? rc : 1;
}

int ld_store_countersign(struct ld_store *st)
{
	int n = 0, rc = 0;

	if (!ward_is_here(st))
		return 0;
	while (n < COUNTERSIGN_MAX && (rc = sign_one(st)) == 1)
		n++;
	return rc < 0 ? rc : n;
}

int ld_store_countersigned(struct ld_store *st, const struct ld_id *s, const char *course,
			   int64_t *ret_ms)
{
	int rc = db_first(st->db, Q_COUNTERSIGN_GET, "bs", s->b, sizeof(s->b), course);

	*ret_ms = rc == 1 ? ld_hlc_ms(db_int(st->db, Q_COUNTERSIGN_GET, 0)) : 0;
	if (rc == 1)
		db_done(st->db, Q_COUNTERSIGN_GET);
	return rc < 0 ? rc : 0;
}

int ld_store_verify(struct ld_store *st, const struct ld_ward_keys *keys, const char *course,
		    uint8_t number, const char *code, struct ld_id *ret_s, int64_t *ret_ms)
{
	const enum stmt q = Q_COMPLETED_EACH;
	int rc = db_query(st->db, q, "s", course);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		char own[LD_CODE_DIGITS + 1];
		struct ld_id s;

		rc = db_fixed(st->db, q, 0, s.b, sizeof(s.b));
		if (rc < 0)
			break;
		ld_completion_code(own, keys, &s, number);
		if (!ld_crypto_equal(own, code, LD_CODE_DIGITS))
			continue;
		*ret_s = s;
		*ret_ms = ld_hlc_ms(db_int(st->db, q, 1));
		db_done(st->db, q);
		return 0;
	}
	db_done(st->db, q);
	return rc < 0 ? rc : LD_E_UNKNOWN;
}
