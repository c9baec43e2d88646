/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole store from one engine to another: table by table, then compared. */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "store_impl.h"

/* ---- what a database says, in one number ---- */

struct sum {
	uint8_t hash[32];
	uint64_t lines;
};

static void add_line(void *arg, const char *line)
{
	struct sum *s = arg;

	ld_hash(s->hash, sizeof(s->hash), NULL, 0,
		(struct ld_span[]){ { s->hash, sizeof(s->hash) }, { line, strlen(line) } }, 2);
	s->lines++;
}

static int sum_up(struct ld_store *st, struct sum *ret)
{
	static const char *const log[] = {
		"SELECT no, cls, board, incarnation, seq, hash, hlc, head_seq, hollow,"
		" began FROM stream"
		" ORDER BY no",
		"SELECT stream, seq, hlc, kind, subject, body, commitment FROM event"
		" ORDER BY stream, seq",
		"SELECT subject, stream, salt, since FROM salt ORDER BY subject, stream",
		"SELECT stream, seq, kept, hash, sig FROM head ORDER BY stream, seq",
	};
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < LD_ARRAY_SIZE(log) && rc == 0; i++)
		rc = db_lines(st->db, log[i], add_line, ret);
	return rc == 0 ? ld_store_dump(st, add_line, ret) : rc;
}

static int compare(struct ld_store *from, struct ld_store *to, uint64_t *ret_rows)
{
	struct sum a, b;
	int rc = sum_up(from, &a);

	if (rc == 0)
		rc = sum_up(to, &b);
	if (rc < 0)
		return rc;
	*ret_rows = a.lines;
	return a.lines == b.lines && memcmp(a.hash, b.hash, sizeof(a.hash)) == 0 ? 0 : LD_E_CORRUPT;
}

/* ---- row by row ---- */

struct way {
	struct db *to;
	char table[64];                 /* open for rows; "" none */
};

static int end_table(struct way *w)
{
	bool open = w->table[0];

	w->table[0] = '\0';
	return open ? w->to->engine->copy_end(w->to) : 0;
}

static int row(void *arg, const char *table, const struct db_cell *cells, int n)
{
	struct way *w = arg;
	int rc = 0;

	if (strcmp(w->table, table) != 0) {
		rc = end_table(w);
		if (rc == 0)
			rc = w->to->engine->copy_begin(w->to, table, cells, n);
		if (rc == 0)
			snprintf(w->table, sizeof(w->table), "%s", table);
	}
	return rc == 0 ? w->to->engine->copy_row(w->to, cells, n) : rc;
}

static int copy(struct ld_store *from, struct ld_store *to)
{
	struct way w = { .to = to->db };
	int rc = from->db->engine->rows(from->db, row, &w);

	return rc == 0 ? end_table(&w) : rc;
}

/* What is there of itself: who the ward is. */
static int is_empty(void *arg, const struct ld_stream_state *s)
{
	(void)arg;
	(void)s;
	return LD_E_DENIED;
}

static int move_all(struct ld_store *from, struct ld_store *to, uint64_t *ret_rows)
{
	int rc = ld_store_streams(to, is_empty, NULL);

	if (rc == 0)
		rc = db_script(to->db, "DELETE FROM member");
	if (rc == 0)
		rc = copy(from, to);
	return rc == 0 ? compare(from, to, ret_rows) : rc;
}

static void say_why(int rc, const struct ld_store *from, const struct ld_store *to,
		    struct ld_errmsg *err)
{
	const char *where = db_name(to->db);

	if (rc == LD_E_DENIED)
		ld_fail(err, rc, "%s already holds a log: give the ward an empty database", where);
	else if (rc == LD_E_CORRUPT)
		ld_fail(err, rc, "%s would not say the same as %s: nothing was changed", where,
			db_name(from->db));
	else
		ld_fail(err, rc, "%s: %s (%s): nothing was changed", where,
			db_error(to->db)[0] ? db_error(to->db) : db_error(from->db), ld_strerror(rc));
}

int ld_store_migrate(const struct ld_store_cfg *from_cfg, const struct ld_store_cfg *to_cfg,
		     uint64_t *ret_rows, struct ld_errmsg *err)
{
	struct ld_store *from = NULL, *to = NULL;
	int rc = ld_store_open(&from, from_cfg, err);

	if (rc == 0)
		rc = ld_store_open(&to, to_cfg, err);
	if (rc == 0) {
		rc = ld_store_begin(to);
		if (rc == 0)
			rc = move_all(from, to, ret_rows);
		if (rc == 0)
			rc = ld_store_commit(to);
		if (rc < 0)
			say_why(rc, from, to, err);
	}
	ld_store_close(to);
	ld_store_close(from);
	return rc;
}
