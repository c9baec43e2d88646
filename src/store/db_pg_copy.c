/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows in bulk: COPY in its binary form. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_pg.h"

static int flush(struct pg *p)
{
	int n = (int)p->out_len;

	p->out_len = 0;
	return n == 0 || PQputCopyData(p->c, p->out, n) == 1 ? 0 : pg_failed(p, NULL);
}

/* In few large messages: each costs both sides as much as a row. */
static int put(struct pg *p, const void *octets, size_t len)
{
	int rc = p->out_len + len <= sizeof(p->out) ? 0 : flush(p);

	if (rc < 0)
		return rc;
	if (len > sizeof(p->out))
		return PQputCopyData(p->c, octets, (int)len) == 1 ? 0 : pg_failed(p, NULL);
	if (len)
		memcpy(p->out + p->out_len, octets, len);
	p->out_len += len;
	return 0;
}

int pg_copy_begin(struct db *db, const char *table, const struct db_cell *cells, int n)
{
	static const char head[19] = "PGCOPY\n\377\r\n\0";  /* signature, flags, no extension */
	struct pg *p = pg_of(db);
	char text[512];
	size_t at = (size_t)snprintf(text, sizeof(text), "COPY %s (", table);
	PGresult *r;
	int rc = pg_quiet(p);

	if (rc < 0)
		return rc;
	for (int i = 0; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\"%s\"%s", cells[i].column,
				       i + 1 < n ? ", " : ") FROM STDIN (FORMAT binary)");
	ld_assert(at < sizeof(text));
	r = PQexec(p->c, text);
	rc = PQresultStatus(r) == PGRES_COPY_IN ? 0 : pg_failed(p, r);
	PQclear(r);
	p->out_len = 0;
	return rc == 0 ? put(p, head, sizeof(head)) : rc;
}

static int put_cell(struct pg *p, const struct db_cell *c)
{
	uint64_t number = htobe64((uint64_t)c->number);
	uint32_t len = htobe32(c->type == 0 ? UINT32_MAX : c->type == 'i' ? 8 : (uint32_t)c->len);
	char *copy = c->type == 's' ? pg_scrubbed(c->p) : NULL;
	int rc = put(p, &len, sizeof(len));

	if (rc == 0 && c->type)
		rc = c->type == 'i' ? put(p, &number, 8) : put(p, copy ? copy : c->p, c->len);
	free(copy);
	return rc;
}

int pg_copy_row(struct db *db, const struct db_cell *cells, int n)
{
	uint16_t fields = htobe16((uint16_t)n);
	int rc = put(pg_of(db), &fields, sizeof(fields));

	for (int i = 0; i < n && rc == 0; i++)
		rc = put_cell(pg_of(db), &cells[i]);
	return rc;
}

int pg_copy_end(struct db *db)
{
	static const uint16_t end = 0xffff;
	struct pg *p = pg_of(db);
	PGresult *r;
	int rc = put(p, &end, sizeof(end));

	if (rc == 0)
		rc = flush(p);
	if (rc == 0 && PQputCopyEnd(p->c, NULL) != 1)
		rc = pg_failed(p, NULL);
	while ((r = PQgetResult(p->c))) {
		if (rc == 0 && !pg_is_good(r))
			rc = pg_failed(p, r);
		PQclear(r);
	}
	return rc;
}
