/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One statement of the store on PostgreSQL: its text, its parameters, its answer. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_pg.h"

enum {
	PARAMS_MAX = 24,
	SQL_MAX = 8192,                 /* octets of the longest statement */
};

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
	rc = pg_settle(p);
	if (rc < 0)
		return rc;
	ld_assert(n <= PARAMS_MAX);
	for (int i = 0; i < n; i++)
		oids[i] = types[i] == 'i' ? OID_INT8 : types[i] == 's' ? OID_TEXT : OID_BYTEA;
	dollars(text, sizeof(text), q == Q_BEGIN ? "BEGIN" : db_sql[q]);
	snprintf(name, sizeof(name), "q%d", (int)q);
	r = PQprepare(p->c, name, text, n, oids);
	if (!pg_is_good(r))
		rc = pg_failed(p, r);
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

char *pg_scrubbed(const char *text)
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
	b->copy[i] = NULL;
	if (type == 'i') {
		b->number[i] = (int64_t)htobe64((uint64_t)va_arg(*ap, int64_t));
		b->value[i] = (const char *)&b->number[i];
		b->len[i] = sizeof(b->number[i]);
	} else if (type == 's') {
		b->value[i] = va_arg(*ap, const char *);
		b->copy[i] = b->value[i] ? pg_scrubbed(b->value[i]) : NULL;
		b->value[i] = b->copy[i] ? b->copy[i] : b->value[i];
		b->len[i] = b->value[i] ? (int)strlen(b->value[i]) : 0;
	} else {
		ld_assert(type == 'b');
		b->value[i] = va_arg(*ap, const void *);
		b->len[i] = (int)va_arg(*ap, size_t);
	}
}

static void bind_all(struct params *b, const char *types, va_list ap)
{
	va_list aq;

	b->n = 0;
	va_copy(aq, ap);
	for (; *types; types++)
		bind_one(b, *types, &aq);
	va_end(aq);
}

static void unbind(struct params *b)
{
	for (int i = 0; i < b->n; i++)
		free(b->copy[i]);
}

static int ask_now(struct pg *p, enum stmt q, const struct params *b, PGresult **ret)
{
	char name[8];
	PGresult *r;
	int rc = 0;

	snprintf(name, sizeof(name), "q%d", (int)q);
	r = PQexecPrepared(p->c, name, b->n, b->value, b->len, b->format, 1);
	if (pg_is_good(r)) {
		p->changes = (int)strtoul(PQcmdTuples(r), NULL, 10);
		*ret = r;
	} else {
		rc = pg_failed(p, r);
		PQclear(r);
	}
	return rc;
}

/* ---- sent now, read later (libpq's pipeline mode) ---- */

/* Each answer is followed by a NULL. The first failure is the reason of all others. */
static PGresult *read_one(struct pg *p)
{
	PGresult *r = PQgetResult(p->c);

	if (p->late == 0 && !pg_is_good(r))
		p->late = pg_failed(p, r);
	if (r)
		PQclear(PQgetResult(p->c));
	return r;
}

/* All answers; the last one to *ret_last, unless that is NULL. */
static int read_all(struct pg *p, PGresult **ret_last)
{
	PGresult *r = NULL;

	if (!PQpipelineSync(p->c) && p->late == 0)
		p->late = pg_failed(p, NULL);
	for (; p->unread > 0; p->unread--) {
		PQclear(r);
		r = read_one(p);
	}
	PQclear(PQgetResult(p->c));             /* the sync's */
	if (!PQexitPipelineMode(p->c) && p->late == 0)
		p->late = pg_failed(p, NULL);
	if (p->late == 0)
		p->changes = (int)strtoul(PQcmdTuples(r), NULL, 10);
	if (ret_last && p->late == 0)
		*ret_last = r;
	else
		PQclear(r);
	return p->late;
}

int pg_settle(struct pg *p)
{
	return p->unread > 0 ? read_all(p, NULL) : p->late;
}

void pg_forgive(struct pg *p)
{
	pg_settle(p);
	p->late = 0;
}

static int send_it(struct pg *p, enum stmt q, const struct params *b)
{
	char name[8];

	snprintf(name, sizeof(name), "q%d", (int)q);
	if ((p->unread == 0 && !PQenterPipelineMode(p->c)) ||
	    !PQsendQueryPrepared(p->c, name, b->n, b->value, b->len, b->format, 1))
		return p->late = pg_failed(p, NULL);
	p->unread++;
	return 0;
}

int pg_send(struct pg *p, enum stmt q, const char *types, va_list ap)
{
	enum { UNREAD_MAX = 256 };      /* their answers lie in memory */
	struct params b;
	int rc = p->unread < UNREAD_MAX ? p->late : pg_settle(p);

	if (rc == 0)
		rc = ready(p, q, types);
	if (rc < 0)
		return rc;
	bind_all(&b, types, ap);
	rc = send_it(p, q, &b);
	unbind(&b);
	return rc;
}

int pg_ask(struct pg *p, enum stmt q, const char *types, va_list ap, PGresult **ret)
{
	int rc = p->late < 0 ? p->late : ready(p, q, types);
	struct params b;

	if (rc < 0)
		return rc;
	bind_all(&b, types, ap);
	if (p->unread > 0) {
		rc = send_it(p, q, &b);
		rc = rc < 0 ? rc : read_all(p, ret);
	} else {
		rc = ask_now(p, q, &b, ret);
	}
	unbind(&b);
	return rc;
}
