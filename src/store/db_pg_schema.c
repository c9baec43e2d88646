/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema on PostgreSQL: the same migrations, translated. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_pg.h"

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

int pg_migrate(struct db *db, int number, const char *text)
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

int pg_version(struct db *db, int *ret)
{
	int rc = pg_script(db, "CREATE TABLE IF NOT EXISTS schema_number (number bigint PRIMARY KEY)");

	return rc < 0 ? rc : pg_one_number(pg_of(db), "SELECT coalesce(max(number), 0) FROM schema_number",
					ret);
}
