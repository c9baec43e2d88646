/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is the same above every engine. */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "laido_sql.h"
#include "stmt/parts.h"

const char *const db_sql[N_STATEMENTS] = {
#define X(name, text) [Q_##name] = text,
#include "stmt/all.def"
#undef X
};

void db_done(struct db *db, enum stmt q)
{
	db->engine->done(db, q);
}

int db_next(struct db *db, enum stmt q)
{
	return db->engine->next(db, q);
}

int db_query(struct db *db, enum stmt q, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = db->engine->start(db, q, types, ap);
	va_end(ap);
	return rc;
}

int db_first(struct db *db, enum stmt q, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = db->engine->start(db, q, types, ap);
	va_end(ap);
	return rc < 0 ? rc : db_next(db, q);
}

int db_run(struct db *db, enum stmt q, const char *types, ...)
{
	const struct ld_store_engine *e = db->engine;
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = e->run ? e->run(db, q, types, ap) : e->start(db, q, types, ap);
	va_end(ap);
	if (rc == 0 && !e->run)
		rc = db_next(db, q);
	ld_assert(rc <= 0);
	return rc;
}

int db_returned(struct db *db, enum stmt q, int rc, int64_t *ret)
{
	if (rc <= 0)
		return rc < 0 ? rc : LD_E_STORE;
	*ret = db_int(db, q, 0);
	db_done(db, q);
	return 0;
}

int64_t db_int(struct db *db, enum stmt q, int col)
{
	return db->engine->integer(db, q, col);
}

const char *db_text(struct db *db, enum stmt q, int col)
{
	const char *t = db->engine->text(db, q, col);

	return t ? t : "";
}

const void *db_blob(struct db *db, enum stmt q, int col, size_t *ret_len)
{
	return db->engine->blob(db, q, col, ret_len);
}

int db_fixed(struct db *db, enum stmt q, int col, void *ret, size_t len)
{
	size_t n;
	const void *p = db_blob(db, q, col, &n);

	if (n != len) {
		snprintf(db->error, sizeof(db->error), "a value of the wrong length in the database");
		return LD_E_CORRUPT;
	}
	memcpy(ret, p, len);
	return 0;
}

bool db_null(struct db *db, enum stmt q, int col)
{
	return db->engine->null(db, q, col);
}

int db_changes(struct db *db)
{
	return db->engine->changes(db);
}

bool db_in_transaction(struct db *db)
{
	return db->engine->in_transaction(db);
}

const char *db_error(const struct db *db)
{
	return db->error;
}

const char *db_name(const struct db *db)
{
	return db->name;
}

unsigned db_session(const struct db *db)
{
	return db->session;
}

int db_script(struct db *db, const char *text)
{
	return db->engine->script(db, text);
}

int db_checkpoint(struct db *db, int min_pages)
{
	return db->engine->checkpoint ? db->engine->checkpoint(db, min_pages) : 0;
}

int db_lines(struct db *db, const char *text, db_line_cb cb, void *arg)
{
	return db->engine->lines(db, text, cb, arg);
}

/* ---- opening ---- */

static int migrate_to(struct db *db, int number, const char *text)
{
	int rc = db_run(db, Q_BEGIN, "");

	if (rc == 0)
		rc = db->engine->migrate(db, number, text);
	return rc == 0 ? db_run(db, Q_COMMIT, "") : rc;
}

static int migrate(struct db *db, struct ld_errmsg *err)
{
	const char *path = db->name;
	int newest = migrations[LD_ARRAY_SIZE(migrations) - 1].number;
	int have = 0;
	int rc = db->engine->version(db, &have);

	if (rc < 0)
		return ld_fail(err, rc, "%s: %s (%s)", path, db->error, ld_strerror(rc));
	if (have > newest)
		return ld_fail(err, LD_E_VERSION, "%s has schema %d, this program knows %d; install "
			       "the newer version again", path, have, newest);
	for (size_t i = 0; i < LD_ARRAY_SIZE(migrations); i++) {
		int number = migrations[i].number;

		if (number <= have)
			continue;
		rc = migrate_to(db, number, migrations[i].sql);
		if (rc < 0)
			return ld_fail(err, rc, "%s: migration to schema %d: %s (%s)", path, number,
				       db->error, ld_strerror(rc));
		db->outdated |= have > 0 && migrations[i].rebuild;
	}
	return 0;
}

int db_open(struct db **ret, const struct ld_store_cfg *cfg, struct ld_errmsg *err)
{
	const struct ld_store_engine *engine = cfg->engine ? cfg->engine : &ld_store_sqlite;
	struct db *db = NULL;
	int rc = engine->open(&db, cfg, err);

	if (db)
		db->engine = engine;
	if (rc == 0)
		rc = migrate(db, err);
	if (rc < 0) {
		db_close(db);
		return rc;
	}
	*ret = db;
	return 0;
}

bool db_outdated(const struct db *db)
{
	return db->outdated;
}

void db_close(struct db *db)
{
	if (db)
		db->engine->close(db);
}
