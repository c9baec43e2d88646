/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A learner is closed: every event that speaks of her loses its contents and keeps its commitment. */
#include <string.h>

#include "store_impl.h"

#define ID(x) (x)->b, sizeof((x)->b)

static int hollow_in(struct ld_store *st, int64_t no, const struct ld_id *s,
		     const uint8_t salt[LD_SALT_LEN])
{
	int64_t seq = 0;
	int rc;

	while ((rc = db_first(st->db, Q_EVENT_OF, "ibi", no, ID(s), seq)) == 1) {
		uint8_t c[LD_HASH_LEN];
		size_t len;
		const uint8_t *body = db_blob(st->db, Q_EVENT_OF, 1, &len);

		seq = db_int(st->db, Q_EVENT_OF, 0);
		ld_commitment(c, salt, (uint64_t)seq, s, body, len);
		db_done(st->db, Q_EVENT_OF);
		rc = db_run(st->db, Q_EVENT_HOLLOW, "iib", no, seq, c, sizeof(c));
		if (rc == 0)
			rc = log_hollow(st, no, 1);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int hollow_all(struct ld_store *st, const struct ld_id *s)
{
	struct { int64_t no; uint8_t salt[LD_SALT_LEN]; } at[64];
	unsigned n;
	int rc;

	do {
		n = 0;
		rc = db_query(st->db, Q_SALT_OF, "b", ID(s));
		while (rc == 0 && n < LD_ARRAY_SIZE(at) && (rc = db_next(st->db, Q_SALT_OF)) == 1) {
			at[n].no = db_int(st->db, Q_SALT_OF, 0);
			rc = db_fixed(st->db, Q_SALT_OF, 1, at[n].salt, LD_SALT_LEN);
			n++;
		}
		db_done(st->db, Q_SALT_OF);
		for (unsigned i = 0; i < n && rc == 0; i++) {
			rc = hollow_in(st, at[i].no, s, at[i].salt);
			if (rc == 0)
				rc = db_run(st->db, Q_SALT_DROP_ONE, "bi", ID(s), at[i].no);
		}
	} while (rc == 0 && n == LD_ARRAY_SIZE(at));
	return rc;
}
