/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Projections are nothing but folds of the log: thrown away and made anew, they are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_impl.h"

/* Every projection, with the order of its dump. Streams are named by what they are to everyone. */
static const struct {
	const char *table, *dump;
} projections[] = {
	{ "member", "SELECT 'member', board, pk, name FROM member ORDER BY board" },
	{ "warrant", "SELECT 'warrant', number, pk, sig FROM warrant ORDER BY number, pk" },
	{ "revoked", "SELECT 'revoked', board, hlc FROM revoked ORDER BY board" },
	{ "mark", "SELECT 'mark', board, incarnation, cls, seq FROM mark ORDER BY 2, 3, 4" },
	{ "person", "SELECT 'person', x.s, x.p, x.slot, x.epoch, x.hlc, t.board, t.incarnation, x.seq,"
	  " x.text_version, x.channel, x.raw FROM person AS x JOIN stream AS t ON t.no = x.stream"
	  " ORDER BY x.s" },
	{ "closed", "SELECT 'closed', s, id, p, slot, why FROM closed ORDER BY s, id" },
	{ "countersign", "SELECT 'countersign', s, course, hlc FROM countersign ORDER BY s, course" },
	{ "erased", "SELECT 'erased', s, board FROM erased ORDER BY s, board" },
	{ "invited", "SELECT 'invited', p, hlc, course, refused FROM invited ORDER BY p" },
	{ "number", "SELECT 'number', s, hlc, home, for_ward, for_home, moved FROM number ORDER BY s" },
	{ "moved", "SELECT 'moved', s, old, hlc FROM moved ORDER BY s, old" },
	{ "released", "SELECT 'released', s, board, move, at, sent, first, course, lesson, idle"
	  " FROM released ORDER BY s, board" },
	{ "heartbeat", "SELECT 'heartbeat', incarnation, seq, issued FROM heartbeat ORDER BY 2, 3" },
	{ "opening", "SELECT 'opening', incarnation, prev, prev_seq FROM opening ORDER BY 2" },
	{ "optout", "SELECT 'optout', x.p, t.board, t.incarnation, x.seq FROM optout AS x"
	  " JOIN stream AS t ON t.no = x.stream ORDER BY 2, 3, 4, 5" },
	{ "optin", "SELECT 'optin', x.s, x.p, t.board, t.incarnation, x.seq FROM optin AS x"
	  " JOIN stream AS t ON t.no = x.stream ORDER BY 2, 3, 4, 5, 6" },
	{ "register", "SELECT 'register', x.s, x.reg, t.board, t.incarnation, x.seq, x.hlc, x.value"
	  " FROM register AS x JOIN stream AS t ON t.no = x.stream ORDER BY 2, 3, 4, 5, 6" },
	{ "progress", "SELECT 'progress', s, course, enrolled, answered, \"right\", last, completed, score,"
	  " wrong FROM progress ORDER BY s, course" },
	/* Of the same rows, since a ward's have none. */
	{ NULL, "SELECT 'history', s, course, history FROM progress WHERE length(history) > 0"
	  " ORDER BY s, course" },
	{ "campaign", "SELECT 'campaign', id, hlc, message, people, moment, vals, ended, paced, held,"
	  " rate FROM campaign ORDER BY id" },
	{ "goal", "SELECT 'goal', what, name, hlc, people FROM goal ORDER BY what, name" },
	{ "edition", "SELECT 'edition', number, hlc, at, hash, who, parts FROM edition"
	  " ORDER BY number" },
	{ "chunk", "SELECT DISTINCT 'chunk', id FROM chunk ORDER BY id" },
	{ "spent", "SELECT 'spent', board, day, parts FROM spent ORDER BY board, day" },
	{ "pause", "SELECT 'pause', hlc, paused FROM pause" },
	{ "help", "SELECT 'help', s, hlc, pin, due, withdrawn, text, visit FROM help ORDER BY s" },
	{ "help_call", "SELECT 'help_call', s, pin, due, asked, withdrawn FROM help_call"
	  " ORDER BY s, pin, due" },
	{ "helper", "SELECT 'helper', s, pin, hlc, step, p, until, board, number FROM helper"
	  " ORDER BY s, pin" },
	{ "audit", "SELECT 'audit', t.board, t.incarnation, x.seq, x.hlc, x.p, x.what, x.s, x.tdp, x.n"
	  " FROM audit AS x JOIN stream AS t ON t.no = x.stream ORDER BY 2, 3, 4" },
	{ "notice", "SELECT 'notice', p, id, hlc, tdp, message, at, place, ended FROM notice"
	  " ORDER BY p, id" },
	{ "role", "SELECT 'role', p, duty, hlc, tdp, off, name, salt, pin, number FROM role"
	  " ORDER BY p, duty" },
	{ "invitation", "SELECT 'invitation', p, inviter, hlc, course, tdp FROM invitation"
	  " ORDER BY p, inviter" },
	{ "help_step", "SELECT 'help_step', s, pin, step, hlc FROM help_step ORDER BY s, pin, step" },
	{ "feedback", "SELECT 'feedback', x.s, t.board, t.incarnation, x.seq, x.hlc, x.channel, x.text"
	  " FROM feedback AS x JOIN stream AS t ON t.no = x.stream ORDER BY 2, 3, 4, 5" },
	{ "request", "SELECT 'request', s, due, asked, answered FROM request ORDER BY s, due" },
	{ "name", "SELECT 'name', s, hlc, home, for_ward, for_home FROM name ORDER BY s" },
	{ "ticket", "SELECT 'ticket', s, hlc, code, until, course FROM ticket ORDER BY s" },
	{ "guardian", "SELECT 'guardian', s, p, hlc, off, code, text_version, channel, raw"
	  " FROM guardian ORDER BY s, p" },
	{ "same", "SELECT 'same', s, other, here FROM same ORDER BY s, other" },
	{ "attest", "SELECT 'attest', s, what, hlc, witness, day FROM attest ORDER BY s, what" },
};

int ld_store_dump(struct ld_store *st, void (*cb)(void *arg, const char *line), void *arg)
{
	int rc = 0;

	for (size_t i = 0; i < LD_ARRAY_SIZE(projections) && rc == 0; i++)
		rc = db_lines(st->db, projections[i].dump, cb, arg);
	return rc;
}

/* The log of one stream, folded in slices: a fold may not run under an open cursor of itself. */
enum { SLICE = 64 };

struct slice {
	unsigned n;
	struct ld_event e[SLICE];
	uint8_t body[SLICE][LD_BODY_MAX];
};

static int read_slice(struct ld_store *st, int64_t no, const struct ld_stream *id, uint64_t after,
		      struct slice *ret)
{
	const enum stmt q = Q_EVENT_ALL;
	int rc = db_query(st->db, q, "ii", no, (int64_t)after);

	ret->n = 0;
	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_event *e = &ret->e[ret->n];
		size_t len;
		const void *p = db_blob(st->db, q, 5, &len);

		memset(e, 0, sizeof(*e));
		e->stream = *id;
		e->seq = (uint64_t)db_int(st->db, q, 1);
		e->hlc = db_int(st->db, q, 2);
		e->kind = (uint16_t)db_int(st->db, q, 3);
		rc = len <= LD_BODY_MAX ? db_fixed(st->db, q, 4, e->subject.b, sizeof(e->subject.b))
					: LD_E_CORRUPT;
		if (rc == 0 && len)
			memcpy(ret->body[ret->n], p, len);
		e->body = ret->body[ret->n++];
		e->body_len = len;
	}
	db_done(st->db, q);
	return rc;
}

static int fold_stream(struct ld_store *st, int64_t no, const struct ld_stream *id,
		       struct slice *slice)
{
	uint64_t after = 0;
	int rc;

	do {
		rc = read_slice(st, no, id, after, slice);
		for (unsigned i = 0; i < slice->n && rc == 0; i++) {
			rc = fold_event(st, &slice->e[i], no);
			after = slice->e[i].seq;
		}
	} while (rc == 0 && slice->n == SLICE);
	return rc;
}

/* Every stream, in order. */
struct list {
	unsigned n, room;
	struct ld_stream *id;
	int64_t *no;
};

static void make_room(struct list *l)
{
	if (l->n < l->room)
		return;
	l->room = l->room ? l->room * 2 : 64;
	l->no = realloc(l->no, l->room * sizeof(*l->no));
	l->id = realloc(l->id, l->room * sizeof(*l->id));
	ld_assert(l->no && l->id);
}

static int list_streams(struct ld_store *st, struct list *l)
{
	const enum stmt q = Q_STREAM_EACH;
	int rc = db_query(st->db, q, "");

	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		struct ld_stream *id;

		make_room(l);
		id = &l->id[l->n];
		id->cls = (uint8_t)db_int(st->db, q, 0);
		id->incarnation = (uint64_t)db_int(st->db, q, 2);
		l->no[l->n++] = db_int(st->db, q, 6);
		rc = db_fixed(st->db, q, 1, id->board.b, sizeof(id->board.b));
	}
	db_done(st->db, q);
	return rc;
}

static int clear(struct ld_store *st)
{
	char sql[64];
	int rc = 0;

	for (size_t i = 0; i < LD_ARRAY_SIZE(projections) && rc == 0; i++) {
		if (!projections[i].table)
			continue;
		snprintf(sql, sizeof(sql), "DELETE FROM %s", projections[i].table);
		rc = db_script(st->db, sql);
	}
	return rc;
}

static int fold_rights(struct ld_store *st, const struct list *l, struct slice *slice)
{
	int rc = 0;

	for (unsigned i = 0; i < l->n && rc == 0; i++)
		if (l->id[i].cls == LD_CLASS_RIGHTS)
			rc = fold_stream(st, l->no[i], &l->id[i], slice);
	return rc;
}

/* Who speaks for the ward, then whom it has cut off, its newest key first: a key before may be cut off
 * by it. */
static int fold_wards(struct ld_store *st, const struct list *l, struct slice *slice)
{
	int rc = ward_load(st);
	bool rooted = st->has_root;

	st->only = LD_EV_WARRANT;
	if (rc == 0)
		rc = fold_rights(st, l, slice);
	/* The root that one of them made known may stand behind those before it. */
	if (rc == 0 && !rooted && st->has_root)
		rc = fold_rights(st, l, slice);
	if (rc == 0)
		rc = ward_members(st);
	st->only = LD_EV_REVOKE;
	for (unsigned k = 0; k < st->n_wards; k++)
		for (unsigned i = 0; i < l->n && rc == 0; i++)
			if (l->id[i].cls == LD_CLASS_RIGHTS &&
			    ward_rank(st, &l->id[i].board) == (int)k)
				rc = fold_stream(st, l->no[i], &l->id[i], slice);
	st->only = 0;
	return rc;
}

int ld_store_rebuild(struct ld_store *st)
{
	struct slice *slice = malloc(sizeof(*slice));
	struct list l = { .n = 0 };
	int rc = slice ? log_flush(st) : LD_E_NOMEM;

	if (rc == 0)
		rc = clear(st);
	if (rc == 0)
		rc = list_streams(st, &l);
	st->rebuilding = true;
	st->revoked_known = false;
	if (rc == 0)
		rc = fold_wards(st, &l, slice);
	/* In order of class: rights are known before what they take away. */
	for (unsigned i = 0; i < l.n && rc == 0; i++)
		rc = fold_stream(st, l.no[i], &l.id[i], slice);
	st->rebuilding = false;
	st->only = 0;
	/* Marks that wait for a write which has come before them. */
	if (rc == 0)
		rc = db_run(st->db, Q_REG_SWEEP, "");
	free(l.no);
	free(l.id);
	free(slice);
	return rc;
}
