/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ward published: editions, and their pieces where the log has them. */
#include <stdio.h>
#include <string.h>

#include "laido/wire/pack.h"
#include "store_impl.h"

int ld_store_editions(struct ld_store *st, int64_t upto,
		      int (*cb)(void *arg, const struct ld_edition *), void *arg)
{
	const enum stmt q = Q_EDITION_EACH;
	int rc = db_query(st->db, q, "i", upto ? upto : INT64_MAX);

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_edition e = { .number = db_int(st->db, q, 0),
					.hlc = db_int(st->db, q, 1), .at_ms = db_int(st->db, q, 2) };
		size_t len;

		snprintf(e.who, sizeof(e.who), "%s", db_text(st->db, q, 4));
		rc = db_fixed(st->db, q, 3, e.hash, sizeof(e.hash));
		e.parts = db_blob(st->db, q, 5, &len);
		e.n = (unsigned)(len / LD_CHUNK_ID);
		if (rc == 0)
			rc = cb(arg, &e);
	}
	db_done(st->db, q);
	return rc;
}

int ld_store_chunk(struct ld_store *st, const uint8_t id[LD_CHUNK_ID])
{
	int rc = db_first(st->db, Q_CHUNK_GET, "b", id, (size_t)LD_CHUNK_ID);

	if (rc == 1)
		db_done(st->db, Q_CHUNK_GET);
	return rc;
}

static int add_piece(struct ld_store *st, const uint8_t *id, struct ld_pack *ret)
{
	const enum stmt q = Q_CHUNK_GET;
	struct ld_event e = { .seq = 1 };
	struct ld_fact f;
	int rc = db_first(st->db, q, "b", id, (size_t)LD_CHUNK_ID);

	if (rc <= 0)
		return rc;
	e.kind = (uint16_t)db_int(st->db, q, 0);
	e.body = db_blob(st->db, q, 1, &e.body_len);
	rc = ld_fact_decode(&e, &f);
	if (rc == 0)
		rc = ld_pack_add(ret, f.u.chunk.data.p, f.u.chunk.data.len);
	db_done(st->db, q);
	return rc;
}

int ld_store_edition_pack(struct ld_store *st, const struct ld_edition *e, struct ld_pack *ret)
{
	uint8_t hash[32];
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < e->n && rc == 0; i++)
		rc = add_piece(st, e->parts + i * LD_CHUNK_ID, ret);
	if (rc == 0 && ret->n == e->n) {
		ld_pack_hash(hash, ret);
		rc = memcmp(hash, e->hash, sizeof(hash)) == 0 ? 0 : LD_E_FORGED;
	}
	if (rc < 0)
		ld_pack_release(ret);
	return rc;
}

int ld_store_edition_due(struct ld_store *st, const struct ld_edition *e, int64_t now_ms,
			 bool trusted)
{
	int rc;

	if (e->at_ms <= ld_hlc_ms(e->hlc))
		return 1;
	if (trusted)
		return e->at_ms <= now_ms;
	rc = db_first(st->db, Q_WARD_HLC, "b", st->ward.b, sizeof(st->ward.b));
	if (rc == 1) {
		rc = ld_hlc_ms(db_int(st->db, Q_WARD_HLC, 0)) >= e->at_ms;
		db_done(st->db, Q_WARD_HLC);
	}
	return rc;
}
