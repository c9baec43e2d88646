/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/on_engine: ld_store_open() on the engine of the day. With LAIDO_PG in the environment, which
 * says how libpq reaches a database, each path of a store becomes a schema there. */
#ifndef LAIDO_TESTS_ON_ENGINE_H
#define LAIDO_TESTS_ON_ENGINE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "laido/store/store.h"

static inline bool on_server(void)
{
	return getenv("LAIDO_PG") != NULL;
}

/* Another connection to that database; the script is run there. */
static inline PGconn *server_run(const char *script)
{
	PGconn *c = PQconnectdb(getenv("LAIDO_PG"));
	PGresult *r = PQexec(c, script);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", script, PQerrorMessage(c));
	PQclear(r);
	return c;
}

/* A connection costs more than most that is done over it: one for all of this. A test may cut it. */
static inline void server_do(const char *script)
{
	static PGconn *c;
	PGresult *r;

	if (!c)
		c = PQconnectdb(getenv("LAIDO_PG"));
	r = PQexec(c, script);
	if (PQstatus(c) != CONNECTION_OK) {
		PQclear(r);
		PQreset(c);
		r = PQexec(c, script);
	}
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", script, PQerrorMessage(c));
	PQclear(r);
}

/* Making a schema takes long, emptying one does not: one whose store's folder is gone is used again. */
struct on_schema {
	char path[128], name[24];
};

static inline bool folder_is_gone(const char *path)
{
	char folder[128];
	char *slash;

	snprintf(folder, sizeof(folder), "%.127s", path);
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	return slash && access(folder, F_OK) < 0;
}

static inline void make_schema(struct on_schema *s, int number)
{
	char text[128];

	snprintf(s->name, sizeof(s->name), "t%d_%d", (int)getpid(), number);
	snprintf(text, sizeof(text), "CREATE SCHEMA %s", s->name);
	server_do(text);
}

static inline void empty_schema(const struct on_schema *s)
{
	char text[400];

	snprintf(text, sizeof(text), "DO $$DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables"
		 " WHERE schemaname = '%s' AND tablename <> 'schema_number' LOOP"
		 " EXECUTE format('DELETE FROM %s.%%I', t); END LOOP; END$$", s->name, s->name);
	server_do(text);
}

static inline void schema_of(const char *path, char ret[24])
{
	static struct on_schema all[32];
	struct on_schema *s = NULL;
	int i;

	for (i = 0; i < 32 && all[i].name[0] && strcmp(all[i].path, path) != 0; i++)
		if (!s && folder_is_gone(all[i].path))
			s = &all[i];
	if (i == 32 && !s)
		fail_msg("too many stores at once");
	if (i < 32 && all[i].name[0])
		s = &all[i];
	else if (s)
		empty_schema(s);
	else
		make_schema(s = &all[i], i);
	snprintf(s->path, sizeof(s->path), "%s", path);
	snprintf(ret, 24, "%s", s->name);
}

static inline int engine_open(struct ld_store **ret, const struct ld_store_cfg *cfg,
			      struct ld_errmsg *err)
{
	struct ld_store_cfg on = *cfg;
	char schema[24], text[600];

	if (!on_server())
		return ld_store_open(ret, cfg, err);
	schema_of(cfg->path, schema);
	snprintf(text, sizeof(text), "%s options=-csearch_path=%s", getenv("LAIDO_PG"), schema);
	on.engine = &ld_store_postgres;
	on.path = text;
	return ld_store_open(ret, &on, err);
}

#endif
