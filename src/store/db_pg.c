/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine of a ward that asks for it: PostgreSQL, over libpq. A statement's rows are fetched at
 * once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_pg.h"

enum {
	LOCK_CLASS = 0x6c646f,          /* of advisory locks: "ldo" */
	AGAIN_MIN_MS = 250, AGAIN_MAX_MS = 15000,
};

/* ---- errors ---- */

/* The first line; libpq's end with one. */
static void note(struct pg *p, const char *words)
{
	snprintf(p->db.error, sizeof(p->db.error), "%.*s", (int)strcspn(words, "\n"), words);
}

static int code_of(const char *state)
{
	static const struct {
		const char *state;
		int rc;
	} codes[] = {                   /* PostgreSQL 15, appendix A */
		{ "53100", LD_E_FULL },
		{ "53200", LD_E_NOMEM },
		{ "25006", LD_E_READONLY },
		{ "XX001", LD_E_CORRUPT },
		{ "XX002", LD_E_CORRUPT },
	};

	for (size_t i = 0; state && i < LD_ARRAY_SIZE(codes); i++)
		if (strcmp(state, codes[i].state) == 0)
			return codes[i].rc;
	return LD_E_STORE;
}

int pg_failed(struct pg *p, const PGresult *r)
{
	const char *words = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	note(p, words ? words : PQerrorMessage(p->c));
	return code_of(r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL);
}

bool pg_is_good(const PGresult *r)
{
	ExecStatusType s = PQresultStatus(r);

	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

/* ---- the connection ---- */

static int command(struct pg *p, const char *text)
{
	PGresult *r = PQexec(p->c, text);
	int rc = pg_is_good(r) ? 0 : pg_failed(p, r);

	PQclear(r);
	return rc;
}

int pg_one_number(struct pg *p, const char *text, int *ret)
{
	PGresult *r = PQexec(p->c, text);
	int rc = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 ? 0 : pg_failed(p, r);

	if (rc == 0)
		*ret = (int)strtoul(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return rc;
}

static void silent(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

/* A row that a board was told of survives whatever else the server is set to. */
static const char each_session[] =
	"SET synchronous_commit = on; SET jit = off; SET client_min_messages = error;"
	"SET default_transaction_isolation = 'repeatable read'";

static int take_lock(struct pg *p)
{
	char text[128];
	int got = 0, rc;

	snprintf(text, sizeof(text), "SELECT pg_try_advisory_lock(%d, hashtext(current_schema()))::int",
		 LOCK_CLASS);
	rc = pg_one_number(p, text, &got);
	if (rc == 0 && !got) {
		note(p, "in use by another program: stop the other laido-ward first, or give this one its "
			"own database");
		rc = LD_E_LOCKED;
	}
	return rc;
}

static int check_server(struct pg *p)
{
	const char *encoding = PQparameterStatus(p->c, "server_encoding");

	if (PQserverVersion(p->c) < 130000) {
		note(p, "PostgreSQL 13 or newer is needed");
		return LD_E_VERSION;
	}
	if (!encoding || strcmp(encoding, "UTF8") != 0) {
		note(p, "the database is not in UTF-8: make it by createdb -E UTF8 -T template0");
		return LD_E_ALPHABET;
	}
	return 0;
}

static int set_up(struct pg *p)
{
	int rc = PQstatus(p->c) == CONNECTION_OK ? check_server(p) : pg_failed(p, NULL);

	if (rc == 0)
		rc = command(p, each_session);
	return rc == 0 ? take_lock(p) : rc;
}

static void disconnect(struct pg *p)
{
	PQfinish(p->c);
	p->c = NULL;
	p->unread = 0;
	p->late = 0;
	memset(p->prepared, 0, sizeof(p->prepared));
}

/* What the operator wrote may set its own timeout, not the encoding. */
static int connect_to(struct pg *p)
{
	const char *const keys[] = { "connect_timeout", "dbname", "fallback_application_name",
				     "client_encoding", NULL };
	const char *const values[] = { "5", p->where, "laido-ward", "UTF8", NULL };
	int rc;

	disconnect(p);
	p->c = PQconnectdbParams(keys, values, 1);
	if (!p->c)
		return LD_E_NOMEM;
	PQsetNoticeReceiver(p->c, silent, NULL);
	rc = set_up(p);
	if (rc < 0)
		disconnect(p);
	return rc;
}

int pg_connected(struct pg *p)
{
	int64_t now;
	int rc;

	if (p->c && PQstatus(p->c) == CONNECTION_OK)
		return 0;
	now = ld_clock_monotonic_ms(p->clock);
	if (p->in_transaction || now < p->again_ms)
		return LD_E_STORE;
	rc = connect_to(p);
	if (rc == 0) {
		p->db.session++;
		p->wait_ms = AGAIN_MIN_MS;
		return 0;
	}
	p->again_ms = now + p->wait_ms;
	p->wait_ms = p->wait_ms * 2 < AGAIN_MAX_MS ? p->wait_ms * 2 : AGAIN_MAX_MS;
	return rc;
}

/* ---- statements ---- */

static void pg_done(struct db *db, enum stmt q)
{
	PQclear(pg_of(db)->rows[q]);
	pg_of(db)->rows[q] = NULL;
}

static int run(struct pg *p, enum stmt q, const char *types, va_list ap)
{
	int rc = pg_connected(p);
	PGresult *r;

	if (rc == 0)
		rc = pg_ask(p, q, types, ap, &r);
	if (rc < 0)
		return rc;
	pg_done(&p->db, q);
	p->rows[q] = r;
	p->row[q] = -1;
	return 0;
}

/* A transaction in which something failed is not committed, and the server calls that no error. */
static int commit(struct pg *p, const char *types, va_list ap)
{
	int rc = run(p, Q_COMMIT, types, ap);

	if (rc == 0 && strcmp(PQcmdStatus(p->rows[Q_COMMIT]), "COMMIT") != 0) {
		note(p, "the transaction had failed before its end");
		rc = LD_E_STORE;
	}
	if (rc == 0)
		p->in_transaction = false;
	return rc;
}

/* The first to see that the server was restarted goes on with the next connection. */
static int begin(struct pg *p, const char *types, va_list ap)
{
	int rc = run(p, Q_BEGIN, types, ap);

	if (rc < 0 && p->c && PQstatus(p->c) != CONNECTION_OK)
		rc = run(p, Q_BEGIN, types, ap);
	p->in_transaction = rc == 0;
	return rc;
}

static int rollback(struct pg *p, const char *types, va_list ap)
{
	int rc = 0;

	if (p->c && PQstatus(p->c) == CONNECTION_OK) {
		pg_forgive(p);
		rc = run(p, Q_ROLLBACK, types, ap);
	}
	/* One that cannot be rolled back goes with its connection. */
	if (rc < 0)
		disconnect(p);
	p->in_transaction = false;
	return 0;
}

static int pg_start(struct db *db, enum stmt q, const char *types, va_list ap)
{
	return run(pg_of(db), q, types, ap);
}

/* Where a transaction or a mark begins or ends it is known whether all before it went well. */
static bool is_waited_for(const struct pg *p, enum stmt q)
{
	return !p->in_transaction || q == Q_MARK || q == Q_UNMARK || q == Q_BACK;
}

static int run_one(struct pg *p, enum stmt q, const char *types, va_list ap)
{
	int rc = pg_connected(p);

	if (rc < 0)
		return rc;
	if (!is_waited_for(p, q))
		return pg_send(p, q, types, ap);
	if (q == Q_BACK)
		pg_forgive(p);
	rc = run(p, q, types, ap);
	pg_done(&p->db, q);
	return rc;
}

static int pg_run(struct db *db, enum stmt q, const char *types, va_list ap)
{
	struct pg *p = pg_of(db);

	return q == Q_BEGIN ? begin(p, types, ap) : q == Q_COMMIT ? commit(p, types, ap)
		: q == Q_ROLLBACK ? rollback(p, types, ap) : run_one(p, q, types, ap);
}

static int pg_next(struct db *db, enum stmt q)
{
	struct pg *p = pg_of(db);

	if (++p->row[q] < PQntuples(p->rows[q]))
		return 1;
	pg_done(db, q);
	return 0;
}

static int pg_changes(struct db *db)
{
	int rc = pg_settle(pg_of(db));

	return rc < 0 ? rc : pg_of(db)->changes;
}

static bool pg_in_transaction(struct db *db)
{
	struct pg *p = pg_of(db);

	if (p->c && PQstatus(p->c) == CONNECTION_OK)
		return PQtransactionStatus(p->c) != PQTRANS_IDLE;
	return p->in_transaction;
}

/* ---- columns ---- */

static bool pg_null(struct db *db, enum stmt q, int col)
{
	const PGresult *r = pg_of(db)->rows[q];

	return !r || PQgetisnull(r, pg_of(db)->row[q], col);
}

static uint64_t big_endian(const char *p, int octets)
{
	uint64_t v = 0;

	for (int i = 0; i < octets; i++)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

/* What sum() of bigint gives: digits to the base of 10,000 (numeric_send() of the server). */
static int64_t of_numeric(const char *p)
{
	int n = (int)big_endian(p, 2), weight = (int16_t)big_endian(p + 2, 2);
	bool negative = big_endian(p + 4, 2) == 0x4000;
	int64_t v = 0;

	for (int i = 0; i <= weight; i++)
		v = v * 10000 + (i < n ? (int64_t)big_endian(p + 8 + 2 * i, 2) : 0);
	return negative ? -v : v;
}

static int64_t pg_int(struct db *db, enum stmt q, int col)
{
	const PGresult *r = pg_of(db)->rows[q];
	const char *v;

	if (pg_null(db, q, col))
		return 0;
	v = PQgetvalue(r, pg_of(db)->row[q], col);
	switch (PQftype(r, col)) {
	case OID_INT8:
		return (int64_t)big_endian(v, 8);
	case OID_INT4:
		return (int32_t)big_endian(v, 4);
	case OID_BOOL:
		return v[0];
	case OID_NUMERIC:
		return of_numeric(v);
	default:
		ld_assert(!"a column that is no number");
	}
}

static const char *pg_text(struct db *db, enum stmt q, int col)
{
	return pg_null(db, q, col) ? NULL : PQgetvalue(pg_of(db)->rows[q], pg_of(db)->row[q], col);
}

static const void *pg_blob(struct db *db, enum stmt q, int col, size_t *ret_len)
{
	const char *v = pg_text(db, q, col);

	*ret_len = v ? (size_t)PQgetlength(pg_of(db)->rows[q], pg_of(db)->row[q], col) : 0;
	return v;
}

/* ---- texts that are no statement of the store ---- */

int pg_quiet(struct pg *p)
{
	int rc = pg_connected(p);

	return rc < 0 ? rc : pg_settle(p);
}

int pg_script(struct db *db, const char *text)
{
	int rc = pg_quiet(pg_of(db));

	return rc < 0 ? rc : command(pg_of(db), text);
}

static void line_of(const PGresult *r, char *line, size_t size)
{
	size_t n = 0;

	line[0] = '\0';
	for (int c = 0; c < PQnfields(r) && n < size; c++) {
		const char *v = PQgetisnull(r, 0, c) ? "-" : PQgetvalue(r, 0, c);

		if (PQftype(r, c) == OID_BYTEA && strncmp(v, "\\x", 2) == 0)
			v += 2;
		n += (size_t)snprintf(line + n, size - n, "%s%s", c ? "|" : "", v);
	}
}

/* Row by row, since a dump may be larger than memory. */
static int pg_lines(struct db *db, const char *text, db_line_cb cb, void *arg)
{
	struct pg *p = pg_of(db);
	char line[DB_LINE];
	PGresult *r;
	int rc = pg_quiet(p);

	if (rc == 0 && !PQsendQuery(p->c, text))
		rc = pg_failed(p, NULL);
	if (rc < 0)
		return rc;
	PQsetSingleRowMode(p->c);
	while ((r = PQgetResult(p->c))) {
		if (PQresultStatus(r) == PGRES_SINGLE_TUPLE) {
			line_of(r, line, sizeof(line));
			cb(arg, line);
		} else if (!pg_is_good(r)) {
			rc = pg_failed(p, r);
		}
		PQclear(r);
	}
	return rc;
}

/* ---- opening ---- */

static int pg_open(struct db **ret, const struct ld_store_cfg *cfg, struct ld_errmsg *err)
{
	struct pg *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	*ret = &p->db;
	p->db.session = 1;
	p->clock = cfg->clock;
	p->wait_ms = AGAIN_MIN_MS;
	snprintf(p->db.name, sizeof(p->db.name), "PostgreSQL");
	p->where = strdup(cfg->path);
	rc = p->where ? connect_to(p) : LD_E_NOMEM;
	return rc < 0 ? ld_fail(err, rc, "PostgreSQL: %s (%s)", p->db.error, ld_strerror(rc)) : 0;
}

static void pg_close(struct db *db)
{
	struct pg *p = pg_of(db);

	for (int q = 0; q < N_STATEMENTS; q++)
		pg_done(db, (enum stmt)q);
	disconnect(p);
	free(p->where);
	free(p);
}

const struct ld_store_engine ld_store_postgres = {
	.open = pg_open, .close = pg_close, .version = pg_version, .migrate = pg_migrate,
	.start = pg_start, .run = pg_run, .next = pg_next, .done = pg_done, .changes = pg_changes,
	.in_transaction = pg_in_transaction, .integer = pg_int, .text = pg_text, .blob = pg_blob,
	.null = pg_null, .script = pg_script, .lines = pg_lines, .copy_begin = pg_copy_begin,
	.copy_row = pg_copy_row, .copy_end = pg_copy_end,
};
