/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store_impl.h"

static int hlc_at(struct ld_store *st, int64_t no, uint64_t seq, ld_hlc *ret)
{
	int rc = db_first(st->db, Q_EVENT_HLC, "ii", no, (int64_t)seq);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_CORRUPT;
	*ret = db_int(st->db, Q_EVENT_HLC, 0);
	db_done(st->db, Q_EVENT_HLC);
	return 0;
}

/* Times of a stream ascend: the last event before since_ms is found by halving. What came before a
 * trusted one was written before it, whatever the clock said then. */
int ld_store_since(struct ld_store *st, const struct ld_stream *s, uint64_t upto, int64_t since_ms,
		   uint64_t *ret_first)
{
	uint64_t older = 0, newer = upto + 1;
	ld_hlc hlc = 0, last = 0;
	int64_t no;
	int rc = log_stream_no(st, s, &no);

	while (rc == 0 && newer - older > 1) {
		uint64_t mid = older + (newer - older) / 2;

		rc = hlc_at(st, no, mid, &hlc);
		if (rc == 0 && ld_hlc_ms(hlc) < since_ms) {
			older = mid;
			last = hlc;
		} else {
			newer = mid;
		}
	}
	if (rc < 0)
		return rc;
	*ret_first = older > 0 && ld_hlc_trusted(last) ? older + 1 : 1;
	return 0;
}
