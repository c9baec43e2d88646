/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "store_impl.h"

static int open_parts(struct ld_store *st, const struct ld_store_cfg *cfg, struct ld_errmsg *err)
{
	int rc = db_open(&st->db, cfg, err);

	if (rc < 0)
		return rc;
	rc = ld_store_begin(st);
	if (rc == 0 && db_outdated(st->db))
		rc = ld_store_rebuild(st);
	if (rc == 0)
		rc = ld_store_commit(st);
	if (rc < 0)
		return ld_fail(err, rc, "%s: %s (%s)", db_name(st->db), db_error(st->db),
			       ld_strerror(rc));
	return 0;
}

int ld_store_open(struct ld_store **ret, const struct ld_store_cfg *cfg, struct ld_errmsg *err)
{
	static const uint8_t zero[32];
	struct ld_store *st = calloc(1, sizeof(*st));
	int rc;

	if (!st)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	st->out_last = -1;
	st->clock = cfg->clock;
	st->random = cfg->random;
	st->author = cfg->author;
	st->no_history = cfg->no_history;
	ld_board_id_of(&st->board, cfg->author->pk);
	st->has_ward = memcmp(cfg->ward_pk, zero, sizeof(zero)) != 0;
	memcpy(st->told.pk, cfg->ward_pk, sizeof(st->told.pk));
	st->told.number = cfg->ward_number;
	st->root_told = memcmp(cfg->root_pk, zero, sizeof(zero)) != 0;
	memcpy(st->root, cfg->root_pk, sizeof(st->root));
	st->changed_all = true;
	rc = open_parts(st, cfg, err);
	if (rc < 0) {
		ld_store_close(st);
		return rc;
	}
	*ret = st;
	return 0;
}

void ld_store_close(struct ld_store *st)
{
	if (!st)
		return;
	if (st->db && db_in_transaction(st->db))
		ld_store_rollback(st);
	db_close(st->db);
	free(st);
}

const char *ld_store_error(const struct ld_store *st)
{
	return db_error(st->db);
}

static void save(const struct ld_store *st, struct saved *ret)
{
	ret->is = true;
	memcpy(ret->own, st->own, sizeof(ret->own));
	ret->incarnation = st->incarnation;
	ret->hlc = st->hlc;
	ret->version = st->version;
	ret->session = st->session;
}

/* A begin that failed has saved nothing: what an earlier one saved is long since overtaken. */
static void restore(struct ld_store *st, struct saved *from)
{
	st->changed_all = true;
	st->wards_known = false;
	if (!from->is)
		return;
	memcpy(st->own, from->own, sizeof(st->own));
	st->incarnation = from->incarnation;
	st->hlc = from->hlc;
	st->version = from->version;
	st->session = from->session;
	st->refold = st->revoked_known = false;
	from->is = false;
}

/* A connection was made: this process's streams begin anew, as after a restart, since nobody knows
 * how much of the last commit came to be. */
static int new_session(struct ld_store *st)
{
	int rc;

	log_begin_anew(st);
	st->out_last = -1;
	st->revoked_known = false;
	st->changed_all = true;
	rc = ward_load(st);
	if (rc == 0)
		rc = ward_members(st);
	if (rc == 0)
		rc = log_open(st);
	if (rc == 0)
		rc = revoke_check(st);
	if (rc == 0)
		st->session = db_session(st->db);
	return rc;
}

int ld_store_begin(struct ld_store *st)
{
	int rc = db_run(st->db, Q_BEGIN, "");

	if (rc < 0)
		return rc;
	save(st, &st->at_begin);
	if (st->session != db_session(st->db))
		rc = new_session(st);
	else if (!st->wards_known)
		rc = ward_load(st);
	if (rc < 0)
		ld_store_rollback(st);
	return rc;
}

int ld_store_commit(struct ld_store *st)
{
	int rc = log_flush(st);

	if (rc == 0)
		rc = db_run(st->db, Q_COMMIT, "");
	if (rc == 0)
		st->at_begin.is = false;
	return rc;
}

int ld_store_rollback(struct ld_store *st)
{
	restore(st, &st->at_begin);
	/* SQLite may have rolled back by itself (disk full): then there is nothing left to do. */
	return db_in_transaction(st->db) ? db_run(st->db, Q_ROLLBACK, "") : 0;
}

int ld_store_mark(struct ld_store *st)
{
	int rc = db_run(st->db, Q_MARK, "");

	if (rc == 0)
		save(st, &st->at_mark);
	return rc;
}

int ld_store_unmark(struct ld_store *st)
{
	return db_run(st->db, Q_UNMARK, "");
}

int ld_store_back(struct ld_store *st)
{
	int rc = db_in_transaction(st->db) ? db_run(st->db, Q_BACK, "") : LD_E_STORE;

	if (rc == 0)
		restore(st, &st->at_mark);
	if (rc == 0)
		rc = ward_load(st);
	return rc == 0 ? db_run(st->db, Q_UNMARK, "") : rc;
}

int ld_store_checkpoint(struct ld_store *st, int min_pages)
{
	return db_checkpoint(st->db, min_pages);
}

uint64_t ld_store_version(const struct ld_store *st)
{
	return st->version;
}
