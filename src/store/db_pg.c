/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine of a ward that asks for it: PostgreSQL, over libpq. A statement's rows are fetched at
 * once. */
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

/* Types of a server's catalogue that never change (pg_type.dat), and whose numbers libpq's headers
 * leave out. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25, OID_NUMERIC = 1700 };

enum {
	PARAMS_MAX = 24,
	SQL_MAX = 8192,                 /* octets of the longest statement */
	LOCK_CLASS = 0x6c646f,          /* of advisory locks: "ldo" */
	AGAIN_MIN_MS = 250, AGAIN_MAX_MS = 15000,
};

struct pg {
	struct db db;
	PGconn *c;
	char *where;                    /* may hold a password: in no message */
	const struct ld_clock *clock;
	bool prepared[N_STATEMENTS];
	PGresult *rows[N_STATEMENTS];
	int row[N_STATEMENTS];
	int changes;
	bool has_functions;             /* made by this program */
	bool in_transaction;            /* as the store sees it, also when the connection is gone */
	int64_t again_ms, wait_ms;      /* monotonic: not before then; and then so long */
};

static struct pg *pg_of(struct db *db)
{
	return (struct pg *)db;
}

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

/* Words of the result, or of the connection when there is none. */
static int failed(struct pg *p, const PGresult *r)
{
	const char *words = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	note(p, words ? words : PQerrorMessage(p->c));
	return code_of(r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL);
}

static bool is_good(const PGresult *r)
{
	ExecStatusType s = PQresultStatus(r);

	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

/* ---- the connection ---- */

static int command(struct pg *p, const char *text)
{
	PGresult *r = PQexec(p->c, text);
	int rc = is_good(r) ? 0 : failed(p, r);

	PQclear(r);
	return rc;
}


/* One number, as text in the first column. */
static int one_number(struct pg *p, const char *text, int *ret)
{
	PGresult *r = PQexec(p->c, text);
	int rc = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 ? 0 : failed(p, r);

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
	rc = one_number(p, text, &got);
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
	int rc = PQstatus(p->c) == CONNECTION_OK ? check_server(p) : failed(p, NULL);

	if (rc == 0)
		rc = command(p, each_session);
	return rc == 0 ? take_lock(p) : rc;
}

static void disconnect(struct pg *p)
{
	PQfinish(p->c);
	p->c = NULL;
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

/* Tried again ever more seldom. Never inside a transaction: what it had done is gone. */
static int connected(struct pg *p)
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

/* ?N or ? of the common text becomes $N. */
static void dollars(char *to, size_t size, const char *from)
{
	unsigned last = 0;
	bool quoted = false;
	size_t n = 0;

	for (; *from && n + 8 < size; from++) {
		if (*from == '\'')
			quoted = !quoted;
		if (*from != '?' || quoted) {
			to[n++] = *from;
			continue;
		}
		if (from[1] >= '0' && from[1] <= '9') {
			char *end;

			last = (unsigned)strtoul(from + 1, &end, 10);
			from = end - 1;
		} else {
			last++;
		}
		n += (size_t)snprintf(to + n, size - n, "$%u", last);
	}
	ld_assert(!*from);
	to[n] = '\0';
}

static int ready(struct pg *p, enum stmt q, const char *types)
{
	char text[SQL_MAX], name[8];
	Oid oids[PARAMS_MAX];
	int n = (int)strlen(types);
	PGresult *r;
	int rc = 0;

	if (p->prepared[q])
		return 0;
	ld_assert(n <= PARAMS_MAX);
	for (int i = 0; i < n; i++)
		oids[i] = types[i] == 'i' ? OID_INT8 : types[i] == 's' ? OID_TEXT : OID_BYTEA;
	dollars(text, sizeof(text), q == Q_BEGIN ? "BEGIN" : db_sql[q]);
	snprintf(name, sizeof(name), "q%d", (int)q);
	r = PQprepare(p->c, name, text, n, oids);
	if (!is_good(r))
		rc = failed(p, r);
	else
		p->prepared[q] = true;
	PQclear(r);
	return rc;
}

/* Octets of the UTF-8 character there; 0: it is none (RFC 3629). */
static unsigned character(const unsigned char *t)
{
	unsigned n = t[0] < 0x80 ? 1 : t[0] < 0xc2 ? 0 : t[0] < 0xe0 ? 2 : t[0] < 0xf0 ? 3
		     : t[0] < 0xf5 ? 4 : 0;

	for (unsigned i = 1; i < n; i++)
		if ((t[i] & 0xc0) != 0x80)
			return 0;
	if ((t[0] == 0xe0 && t[1] < 0xa0) || (t[0] == 0xed && t[1] > 0x9f) ||
	    (t[0] == 0xf0 && t[1] < 0x90) || (t[0] == 0xf4 && t[1] > 0x8f))
		return 0;
	return n;
}

/* The server refuses what is not UTF-8, and a text that was cut may end in half a character: a copy
 * with '?' there, to be freed; NULL: it is good as it is. */
static char *scrubbed(const char *text)
{
	char *copy = NULL;

	for (size_t i = 0, n; text[i]; i += n ? n : 1) {
		n = character((const unsigned char *)text + i);
		if (n)
			continue;
		if (!copy && !(copy = strdup(text)))
			return NULL;
		copy[i] = '?';
	}
	return copy;
}

struct params {
	int n;
	const char *value[PARAMS_MAX];
	int len[PARAMS_MAX], format[PARAMS_MAX];
	int64_t number[PARAMS_MAX];
	char *copy[PARAMS_MAX];
};

static void bind_one(struct params *b, char type, va_list *ap)
{
	int i = b->n++;

	b->format[i] = 1;
	if (type == 'i') {
		b->number[i] = (int64_t)htobe64((uint64_t)va_arg(*ap, int64_t));
		b->value[i] = (const char *)&b->number[i];
		b->len[i] = sizeof(b->number[i]);
	} else if (type == 's') {
		b->value[i] = va_arg(*ap, const char *);
		b->copy[i] = b->value[i] ? scrubbed(b->value[i]) : NULL;
		b->value[i] = b->copy[i] ? b->copy[i] : b->value[i];
		b->len[i] = b->value[i] ? (int)strlen(b->value[i]) : 0;
	} else {
		ld_assert(type == 'b');
		b->value[i] = va_arg(*ap, const void *);
		b->len[i] = (int)va_arg(*ap, size_t);
	}
}

static PGresult *execute(struct pg *p, enum stmt q, const char *types, va_list ap)
{
	struct params b = { .n = 0 };
	char name[8];
	PGresult *r;
	va_list aq;

	va_copy(aq, ap);
	for (; *types; types++)
		bind_one(&b, *types, &aq);
	va_end(aq);
	snprintf(name, sizeof(name), "q%d", (int)q);
	r = PQexecPrepared(p->c, name, b.n, b.value, b.len, b.format, 1);
	for (int i = 0; i < b.n; i++)
		free(b.copy[i]);
	return r;
}

static void pg_done(struct db *db, enum stmt q)
{
	PQclear(pg_of(db)->rows[q]);
	pg_of(db)->rows[q] = NULL;
}

static int run(struct pg *p, enum stmt q, const char *types, va_list ap)
{
	int rc = connected(p);
	PGresult *r;

	if (rc == 0)
		rc = ready(p, q, types);
	if (rc < 0)
		return rc;
	r = execute(p, q, types, ap);
	if (!is_good(r)) {
		rc = failed(p, r);
		PQclear(r);
		return rc;
	}
	pg_done(&p->db, q);
	p->rows[q] = r;
	p->row[q] = -1;
	p->changes = (int)strtoul(PQcmdTuples(r), NULL, 10);
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
	int rc = p->c && PQstatus(p->c) == CONNECTION_OK ? run(p, Q_ROLLBACK, types, ap) : 0;

	/* One that cannot be rolled back goes with its connection. */
	if (rc < 0)
		disconnect(p);
	p->in_transaction = false;
	return 0;
}

static int pg_start(struct db *db, enum stmt q, const char *types, va_list ap)
{
	struct pg *p = pg_of(db);

	return q == Q_BEGIN ? begin(p, types, ap) : q == Q_COMMIT ? commit(p, types, ap)
		: q == Q_ROLLBACK ? rollback(p, types, ap) : run(p, q, types, ap);
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
	return pg_of(db)->changes;
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

static int pg_script(struct db *db, const char *text)
{
	int rc = connected(pg_of(db));

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
	int rc = connected(p);

	if (rc == 0 && !PQsendQuery(p->c, text))
		rc = failed(p, NULL);
	if (rc < 0)
		return rc;
	PQsetSingleRowMode(p->c);
	while ((r = PQgetResult(p->c))) {
		if (PQresultStatus(r) == PGRES_SINGLE_TUPLE) {
			line_of(r, line, sizeof(line));
			cb(arg, line);
		} else if (!is_good(r)) {
			rc = failed(p, r);
		}
		PQclear(r);
	}
	return rc;
}

/* ---- rows in bulk: COPY in its binary form ---- */

static int put(struct pg *p, const void *octets, size_t len)
{
	return PQputCopyData(p->c, octets, (int)len) == 1 ? 0 : failed(p, NULL);
}

static int pg_copy_begin(struct db *db, const char *table, const struct db_cell *cells, int n)
{
	static const char head[19] = "PGCOPY\n\377\r\n\0";  /* signature, flags, no extension */
	struct pg *p = pg_of(db);
	char text[512];
	size_t at = (size_t)snprintf(text, sizeof(text), "COPY %s (", table);
	PGresult *r;
	int rc;

	for (int i = 0; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\"%s\"%s", cells[i].column,
				       i + 1 < n ? ", " : ") FROM STDIN (FORMAT binary)");
	ld_assert(at < sizeof(text));
	r = PQexec(p->c, text);
	rc = PQresultStatus(r) == PGRES_COPY_IN ? 0 : failed(p, r);
	PQclear(r);
	return rc == 0 ? put(p, head, sizeof(head)) : rc;
}

static int put_cell(struct pg *p, const struct db_cell *c)
{
	uint64_t number = htobe64((uint64_t)c->number);
	uint32_t len = htobe32(c->type == 0 ? UINT32_MAX : c->type == 'i' ? 8 : (uint32_t)c->len);
	char *copy = c->type == 's' ? scrubbed(c->p) : NULL;
	int rc = put(p, &len, sizeof(len));

	if (rc == 0 && c->type)
		rc = c->type == 'i' ? put(p, &number, 8) : put(p, copy ? copy : c->p, c->len);
	free(copy);
	return rc;
}

static int pg_copy_row(struct db *db, const struct db_cell *cells, int n)
{
	uint16_t fields = htobe16((uint16_t)n);
	int rc = put(pg_of(db), &fields, sizeof(fields));

	for (int i = 0; i < n && rc == 0; i++)
		rc = put_cell(pg_of(db), &cells[i]);
	return rc;
}

static int pg_copy_end(struct db *db)
{
	static const uint16_t end = 0xffff;
	struct pg *p = pg_of(db);
	PGresult *r;
	int rc = put(p, &end, sizeof(end));

	if (rc == 0 && PQputCopyEnd(p->c, NULL) != 1)
		rc = failed(p, NULL);
	while ((r = PQgetResult(p->c))) {
		if (rc == 0 && !is_good(r))
			rc = failed(p, r);
		PQclear(r);
	}
	return rc;
}

/* ---- the schema ---- */

/* What the statements use beyond standard SQL and SQLite has of its own. */
static const char functions[] =
	"CREATE OR REPLACE FUNCTION max(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT"
	" AS 'SELECT greatest($1, $2)';"
	"CREATE OR REPLACE FUNCTION min(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT"
	" AS 'SELECT least($1, $2)';"
	"CREATE OR REPLACE FUNCTION whole(text) RETURNS bigint LANGUAGE sql IMMUTABLE"
	" AS $$SELECT coalesce(substring($1 FROM '^ *([+-]?[0-9]{1,18})'), '0')::bigint$$;"
	"CREATE OR REPLACE FUNCTION hex(bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT"
	" AS 'SELECT upper(encode($1, ''hex''))';"
	"CREATE OR REPLACE FUNCTION instr(text, text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT"
	" AS 'SELECT strpos($1, $2)::bigint';"
	"CREATE OR REPLACE FUNCTION zeroblob(integer) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT"
	" AS 'SELECT decode(repeat(''00'', $1), ''hex'')';"
	/* Of formats the one that is used. */
	"CREATE OR REPLACE FUNCTION strftime(text, bigint, text) RETURNS text LANGUAGE sql STRICT"
	" AS $$SELECT to_char(to_timestamp($2) AT TIME ZONE 'UTC',"
	" CASE $1 WHEN '%Y-%m' THEN 'YYYY-MM' END)$$;";

static bool is_word(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* SQLite's types as the server's; texts are compared by octets, as SQLite does it. */
static void translate(char *to, const char *from)
{
	static const char *const words[][2] = {
		{ "INTEGER", "bigint" }, { "BLOB", "bytea" }, { "TEXT", "text COLLATE \"C\"" },
		{ "WITHOUT ROWID", "" },
	};
	char before = ' ';

	while (*from) {
		const char *at = from;

		for (size_t i = 0; i < LD_ARRAY_SIZE(words) && at == from && !is_word(before); i++) {
			size_t n = strlen(words[i][0]);

			if (strncmp(from, words[i][0], n) == 0 && !is_word(from[n])) {
				size_t own = strlen(words[i][1]);

				memcpy(to, words[i][1], own);
				to += own;
				from += n;
			}
		}
		if (at == from)
			*to++ = *from++;
		before = from[-1];
	}
	*to = '\0';
}

static int pg_migrate(struct db *db, int number, const char *text)
{
	char *own = malloc(3 * strlen(text) + 1), note_it[80];
	int rc;

	if (!own)
		return LD_E_NOMEM;
	translate(own, text);
	snprintf(note_it, sizeof(note_it), "INSERT INTO schema_number VALUES (%d)", number);
	rc = pg_of(db)->has_functions ? 0 : pg_script(db, functions);
	if (rc == 0)
		rc = pg_script(db, own);
	pg_of(db)->has_functions = rc == 0;
	if (rc == 0)
		rc = pg_script(db, note_it);
	free(own);
	return rc;
}

static int pg_version(struct db *db, int *ret)
{
	int rc = pg_script(db, "CREATE TABLE IF NOT EXISTS schema_number (number bigint PRIMARY KEY)");

	return rc < 0 ? rc : one_number(pg_of(db), "SELECT coalesce(max(number), 0) FROM schema_number",
					ret);
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
	.start = pg_start, .next = pg_next, .done = pg_done, .changes = pg_changes,
	.in_transaction = pg_in_transaction, .integer = pg_int, .text = pg_text, .blob = pg_blob,
	.null = pg_null, .script = pg_script, .lines = pg_lines, .copy_begin = pg_copy_begin,
	.copy_row = pg_copy_row, .copy_end = pg_copy_end,
};
