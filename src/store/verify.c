/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a completion code true? A code says nothing of its owner, so it is compared with everybody's. */
#include <string.h>

#include "store_impl.h"

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
