/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/on_engine: ld_store_open() on the engine of the day. With LAIDO_PG in the environment, which
 * says how libpq reaches a database, each path of a store becomes a schema there. */
#ifndef LAIDO_TESTS_ON_ENGINE_H
#define LAIDO_TESTS_ON_ENGINE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

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

static inline void schema_of(const char *path, char ret[24])
{
	unsigned long long h = 14695981039346656037u;

	while (*path)
		h = (h ^ (unsigned char)*path++) * 1099511628211u;
	snprintf(ret, 24, "s%016llx", h);
}

static inline int engine_open(struct ld_store **ret, const struct ld_store_cfg *cfg,
			      struct ld_errmsg *err)
{
	struct ld_store_cfg on = *cfg;
	char schema[24], text[600];

	if (!on_server())
		return ld_store_open(ret, cfg, err);
	schema_of(cfg->path, schema);
	snprintf(text, sizeof(text), "SET client_min_messages = error; CREATE SCHEMA IF NOT EXISTS %s",
		 schema);
	PQfinish(server_run(text));
	snprintf(text, sizeof(text), "%s options=-csearch_path=%s", getenv("LAIDO_PG"), schema);
	on.engine = &ld_store_postgres;
	on.path = text;
	return ld_store_open(ret, &on, err);
}

#endif
