/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving stretches of the log away and taking them in. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "store_impl.h"

/* ---- what is held ---- */

static int state_row(struct ld_store *st, enum stmt q, struct ld_stream_state *ret)
{
	int rc;

	ret->stream.cls = (uint8_t)db_int(st->db, q, 0);
	ret->stream.incarnation = (uint64_t)db_int(st->db, q, 2);
	ret->seq = (uint64_t)db_int(st->db, q, 3);
	ret->head_seq = (uint64_t)db_int(st->db, q, 5);
	ret->hollow = (uint64_t)db_int(st->db, q, 7);
	ret->began = db_int(st->db, q, 8);
	rc = db_fixed(st->db, q, 1, ret->stream.board.b, sizeof(ret->stream.board.b));
	return rc < 0 ? rc : db_fixed(st->db, q, 4, ret->hash, sizeof(ret->hash));
}

/* What table stream does not say yet of an own stream within a transaction. */
static void freshen(const struct ld_store *st, struct ld_stream_state *s)
{
	const struct own_stream *o = &st->own[s->stream.cls < LD_N_CLASSES ? s->stream.cls : 0];

	if (o->no && ld_stream_eq(&o->id, &s->stream)) {
		s->seq = o->seq;
		s->head_seq = o->head_seq;
		memcpy(s->hash, o->hash, sizeof(s->hash));
	}
}

int ld_store_streams(struct ld_store *st, int (*cb)(void *arg, const struct ld_stream_state *),
		     void *arg)
{
	struct ld_stream_state s;
	int rc = log_flush(st);

	if (rc == 0)
		rc = db_query(st->db, Q_STREAM_EACH, "");
	if (rc < 0)
		return rc;
	while ((rc = db_next(st->db, Q_STREAM_EACH)) == 1) {
		rc = state_row(st, Q_STREAM_EACH, &s);
		if (rc == 0) {
			freshen(st, &s);
			rc = cb(arg, &s);
		}
		if (rc != 0) {
			db_done(st->db, Q_STREAM_EACH);
			break;
		}
	}
	return rc;
}

int ld_store_changed(struct ld_store *st, int (*cb)(void *arg, const struct ld_stream_state *),
		     void *arg)
{
	unsigned n = st->n_changed;
	bool all = st->changed_all;
	int rc = log_flush(st);

	st->n_changed = 0;
	st->changed_all = false;
	for (unsigned i = 0; i < n && rc == 0 && !all; i++) {
		struct ld_stream_state s;

		rc = db_first(st->db, Q_STREAM_NOW, "i", st->changed[i]);
		if (rc == 1) {
			rc = state_row(st, Q_STREAM_NOW, &s);
			db_done(st->db, Q_STREAM_NOW);
			if (rc == 0)
				rc = cb(arg, &s);
		}
	}
	st->changed_all |= rc < 0;
	return rc < 0 ? rc : all ? LD_E_TOOBIG : 0;
}

static int find_stream(struct ld_store *st, const struct ld_stream *s, int64_t *ret_no,
		       struct ld_stream_state *ret, ld_hlc *ret_hlc)
{
	int rc = db_first(st->db, Q_STREAM_FIND, "ibi", (int64_t)s->cls, s->board.b,
			  sizeof(s->board.b), (int64_t)s->incarnation);

	memset(ret, 0, sizeof(*ret));
	ret->stream = *s;
	ld_chain_first(ret->hash, s);
	*ret_no = 0;
	*ret_hlc = 0;
	if (rc <= 0)
		return rc;
	*ret_no = db_int(st->db, Q_STREAM_FIND, 0);
	ret->seq = (uint64_t)db_int(st->db, Q_STREAM_FIND, 1);
	rc = db_fixed(st->db, Q_STREAM_FIND, 2, ret->hash, sizeof(ret->hash));
	*ret_hlc = db_int(st->db, Q_STREAM_FIND, 3);
	ret->head_seq = (uint64_t)db_int(st->db, Q_STREAM_FIND, 4);
	ret->hollow = (uint64_t)db_int(st->db, Q_STREAM_FIND, 5);
	db_done(st->db, Q_STREAM_FIND);
	freshen(st, ret);
	return rc;
}

bool ld_store_is_mine(const struct ld_store *st, const struct ld_stream *s)
{
	return s->incarnation == st->incarnation &&
	       memcmp(s->board.b, st->board.b, sizeof(st->board.b)) == 0;
}

int ld_store_stream(struct ld_store *st, const struct ld_stream *s, struct ld_stream_state *ret)
{
	int64_t no;
	ld_hlc hlc;
	int rc = find_stream(st, s, &no, ret, &hlc);

	return rc < 0 ? rc : ret->seq ? 0 : LD_E_UNKNOWN;
}

/* ---- giving ---- */

static int next_head(struct ld_store *st, int64_t no, uint64_t first, struct ld_head *ret)
{
	int rc = db_first(st->db, Q_HEAD_NEXT, "ii", no, (int64_t)first);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	ret->seq = (uint64_t)db_int(st->db, Q_HEAD_NEXT, 0);
	ret->kept = db_int(st->db, Q_HEAD_NEXT, 1);
	rc = db_fixed(st->db, Q_HEAD_NEXT, 2, ret->hash, sizeof(ret->hash));
	if (rc == 0)
		rc = db_fixed(st->db, Q_HEAD_NEXT, 3, ret->sig, sizeof(ret->sig));
	db_done(st->db, Q_HEAD_NEXT);
	return rc;
}

static int add_subject(struct ld_store *st, int64_t no, struct ld_run *r, const struct ld_event *e)
{
	const struct ld_id *id = &e->subject;

	for (unsigned i = 0; i < r->n_subjects; i++)
		if (ld_id_eq(&r->subjects[i].subject, id))
			return 0;
	r->subjects[r->n_subjects].subject = *id;
	return log_salt(st, no, e->seq, &r->subjects[r->n_subjects++]);
}

static int add_event(struct ld_store *st, int64_t no, struct ld_run *r, size_t *octets)
{
	struct ld_event *e = &r->events[r->n];
	size_t len;
	const void *p;
	int rc;

	e->stream = r->stream;
	e->seq = (uint64_t)db_int(st->db, Q_EVENT_RANGE, 0);
	e->hlc = db_int(st->db, Q_EVENT_RANGE, 1);
	e->kind = (uint16_t)db_int(st->db, Q_EVENT_RANGE, 2);
	e->hollow = db_null(st->db, Q_EVENT_RANGE, 3);
	if (e->seq != r->first + r->n)
		return LD_E_CORRUPT;
	r->n++;
	if (e->hollow)
		return db_fixed(st->db, Q_EVENT_RANGE, 5, e->commitment, sizeof(e->commitment));
	rc = db_fixed(st->db, Q_EVENT_RANGE, 3, e->subject.b, sizeof(e->subject.b));
	p = db_blob(st->db, Q_EVENT_RANGE, 4, &len);
	if (rc < 0 || *octets + len > LD_RUN_OCTETS_MAX)
		return rc < 0 ? rc : LD_E_CORRUPT;
	if (len)
		memcpy(r->bodies + *octets, p, len);
	e->body = r->bodies + *octets;
	e->body_len = len;
	*octets += len;
	return add_subject(st, no, r, e);
}

int ld_store_run(struct ld_store *st, const struct ld_stream *s, uint64_t first,
		 struct ld_run *ret_run, struct ld_head *ret_head)
{
	struct ld_run r = { .stream = *s, .first = first };
	struct ld_head h = { .stream = *s };
	struct ld_stream_state state;
	size_t octets = 0;
	int64_t no;
	ld_hlc hlc;
	int rc = find_stream(st, s, &no, &state, &hlc);

	if (rc == 0)
		rc = no && first > 0 ? next_head(st, no, first, &h) : LD_E_UNKNOWN;
	if (rc < 0)
		return rc;
	if (h.seq - first >= LD_RUN_EVENTS_MAX)
		return LD_E_CORRUPT;
	r.events = calloc(h.seq - first + 1, sizeof(*r.events));
	r.subjects = calloc(h.seq - first + 1, sizeof(*r.subjects));
	r.bodies = malloc(LD_RUN_OCTETS_MAX);
	rc = r.events && r.subjects && r.bodies ? 0 : LD_E_NOMEM;
	if (rc == 0)
		rc = db_query(st->db, Q_EVENT_RANGE, "iii", no, (int64_t)first, (int64_t)h.seq);
	while (rc == 0 && (rc = db_next(st->db, Q_EVENT_RANGE)) == 1) {
		rc = add_event(st, no, &r, &octets);
		if (rc < 0)
			db_done(st->db, Q_EVENT_RANGE);
	}
	if (rc == 0 && r.n != h.seq - first + 1)
		rc = LD_E_CORRUPT;
	if (rc < 0) {
		ld_run_release(&r);
		return rc;
	}
	*ret_run = r;
	*ret_head = h;
	return 0;
}

int ld_store_subject_at(struct ld_store *st, const struct ld_stream *s, struct ld_run_subject *ret)
{
	int rc = db_first(st->db, Q_SALT_AT, "ibii", (int64_t)s->cls, s->board.b,
			  sizeof(s->board.b), (int64_t)s->incarnation, (int64_t)ret->since);

	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	rc = db_fixed(st->db, Q_SALT_AT, 0, ret->subject.b, sizeof(ret->subject.b));
	if (rc == 0)
		rc = db_fixed(st->db, Q_SALT_AT, 1, ret->salt, sizeof(ret->salt));
	db_done(st->db, Q_SALT_AT);
	return rc;
}

/* ---- taking ---- */

static const struct ld_run_subject *subject_of(const struct ld_run *r, const struct ld_id *id)
{
	for (unsigned i = 0; i < r->n_subjects; i++)
		if (ld_id_eq(&r->subjects[i].subject, id))
			return &r->subjects[i];
	return NULL;
}

/* Only what was said of learners is ever erased: an opt-out or a closing without its contents is a
 * peer's work, not the law's. */
static bool may_be_hollow(uint16_t kind)
{
	const struct ld_kind_info *k = ld_kind_info(kind);

	return !k || k->subject == 'S';
}

/* Does the run lead from chain to head? Fills the commitments. Writes nothing. */
static int verify(struct ld_run *r, uint64_t have, const uint8_t *chain_at_have,
		  const struct ld_head *head)
{
	uint8_t chain[LD_HASH_LEN];

	memcpy(chain, chain_at_have, sizeof(chain));
	for (unsigned i = 0; i < r->n; i++) {
		struct ld_event *e = &r->events[i];

		if (e->seq != r->first + i || (!e->hollow && e->body_len > LD_BODY_MAX))
			return LD_E_CORRUPT;
		if (e->seq <= have)
			continue;
		if (e->hollow && !may_be_hollow(e->kind))
			return LD_E_RANGE;
		if (!e->hollow) {
			const struct ld_run_subject *s = subject_of(r, &e->subject);
			if (!s)
				return LD_E_CORRUPT;
			ld_commitment(e->commitment, s->salt, e->seq, &e->subject, e->body,
				      e->body_len);
		}
		ld_chain_next(chain, e->seq, e->hlc, e->kind, e->commitment);
	}
	return ld_crypto_equal(chain, head->hash, sizeof(chain)) ? 0 : LD_E_FORGED;
}

static void hollow_of(struct ld_run *r, const struct ld_id *s)
{
	for (unsigned k = 0; k < r->n; k++)
		if (!r->events[k].hollow && ld_id_eq(&r->events[k].subject, s))
			r->events[k].hollow = true;
}

/* Events of a closed learner lose their contents on arrival; rights themselves never. */
static int hollow_closed(struct ld_store *st, struct ld_run *r)
{
	const enum stmt q = Q_CLOSED_AMONG;
	uint8_t all[LD_RUN_EVENTS_MAX][sizeof(struct ld_id)];
	int rc;

	ld_assert(r->n_subjects <= LD_RUN_EVENTS_MAX);
	for (unsigned i = 0; i < r->n_subjects; i++)
		memcpy(all[i], r->subjects[i].subject.b, sizeof(all[i]));
	rc = db_query(st->db, q, "b", all, r->n_subjects * sizeof(all[0]));
	while (rc == 0 && (rc = db_next(st->db, q)) == 1) {
		hollow_of(r, &r->subjects[db_int(st->db, q, 0)].subject);
		rc = 0;
	}
	return rc;
}

static int add_salts(struct ld_store *st, const struct ld_run *r, int64_t no)
{
	int rc = 0;

	for (unsigned i = 0; i < r->n_subjects && rc == 0; i++) {
		const struct ld_run_subject *s = &r->subjects[i];
		uint64_t since = 0;

		if (s->since > 0 && s->since < r->first)
			continue; /* held already */
		for (unsigned k = 0; k < r->n && !since; k++)
			if (!r->events[k].hollow && ld_id_eq(&r->events[k].subject, &s->subject))
				since = r->events[k].seq;
		if (since)
			rc = db_run(st->db, Q_SALT_ADD, "bibi", s->subject.b, sizeof(s->subject.b),
				    no, s->salt, (size_t)LD_SALT_LEN, (int64_t)since);
	}
	return rc;
}

static int put_event(struct ld_store *st, const struct ld_event *e, int64_t no)
{
	bool h = e->hollow;

	return db_run(st->db, Q_EVENT_ADD, "iiiibbb", no, (int64_t)e->seq, e->hlc,
		      (int64_t)e->kind, h ? NULL : e->subject.b, h ? 0 : sizeof(e->subject.b),
		      h ? NULL : e->body, h ? 0 : e->body_len, h ? e->commitment : NULL,
		      h ? sizeof(e->commitment) : 0);
}

static struct db_cell octets(const char *column, const void *p, size_t len)
{
	return (struct db_cell){ .column = column, .type = p ? 'b' : 0, .p = p, .len = len };
}

static struct db_cell number(const char *column, int64_t n)
{
	return (struct db_cell){ .column = column, .type = 'i', .number = n };
}

enum { EVENT_CELLS = 7 };

static void cells_of(struct db_cell c[EVENT_CELLS], const struct ld_event *e, int64_t no)
{
	bool h = e->hollow;

	c[0] = number("stream", no);
	c[1] = number("seq", (int64_t)e->seq);
	c[2] = number("hlc", e->hlc);
	c[3] = number("kind", e->kind);
	c[4] = octets("subject", h ? NULL : e->subject.b, sizeof(e->subject.b));
	c[5] = octets("body", h ? NULL : e->body, e->body_len);
	c[6] = octets("commitment", h ? e->commitment : NULL, sizeof(e->commitment));
}

/* In bulk, where the engine can. */
static int copy_events(struct ld_store *st, const struct ld_event *e, unsigned n, int64_t no)
{
	const struct ld_store_engine *engine = st->db->engine;
	struct db_cell c[EVENT_CELLS];
	int rc, end;

	cells_of(c, e, no);
	rc = engine->copy_begin(st->db, "event", c, EVENT_CELLS);
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < n && rc == 0; i++) {
		cells_of(c, &e[i], no);
		rc = engine->copy_row(st->db, c, EVENT_CELLS);
	}
	end = engine->copy_end(st->db);
	return rc < 0 ? rc : end;
}

static int put_events(struct ld_store *st, const struct ld_event *e, unsigned n, int64_t no)
{
	enum { BULK = 16 };             /* fewer are sent before a COPY has begun */
	int rc = 0;

	if (st->db->engine->copy_begin && n >= BULK)
		return copy_events(st, e, n, no);
	for (unsigned i = 0; i < n && rc == 0; i++)
		rc = put_event(st, &e[i], no);
	return rc;
}

/* Folds what was put. Until its turn comes an event counts as not held (fold.c). */
static int fold_events(struct ld_store *st, const struct ld_event *e, unsigned n, int64_t no,
		       ld_hlc *ret_newest)
{
	int64_t hollow = 0;
	int rc = 0;

	st->taking_no = no;
	for (unsigned i = 0; i < n && rc == 0; i++) {
		st->taking_seq = e[i].seq;
		if (e[i].hollow)
			hollow++;
		else
			rc = fold_event(st, &e[i], no);
		log_follow(st, e[i].hlc);
		if (e[i].hlc > *ret_newest)
			*ret_newest = e[i].hlc;
	}
	st->taking_no = 0;
	return rc < 0 || hollow == 0 ? rc : log_hollow(st, no, hollow);
}

/* What of the run is new, and its head. */
static int take(struct ld_store *st, struct ld_run *r, const struct ld_head *head, int64_t no,
		uint64_t have)
{
	unsigned known = have < r->first ? 0 : (unsigned)(have + 1 - r->first), n = r->n - known;
	ld_hlc newest = 0;
	int rc = hollow_closed(st, r);

	if (rc == 0)
		rc = add_salts(st, r, no);
	if (rc == 0 && have == 0)
		rc = db_run(st->db, Q_STREAM_BEGAN, "ii", no, r->events[0].hlc);
	if (rc == 0)
		rc = put_events(st, r->events + known, n, no);
	if (rc == 0)
		rc = fold_events(st, r->events + known, n, no, &newest);
	if (rc == 0)
		rc = db_run(st->db, Q_STREAM_SET, "iibi", no, (int64_t)head->seq, head->hash,
			    sizeof(head->hash), newest);
	if (rc == 0)
		rc = log_put_head(st, no, head);
	st->version += n;
	return rc < 0 ? rc : (int)n;
}

int ld_store_apply(struct ld_store *st, struct ld_run *run, const struct ld_head *head)
{
	struct ld_stream_state s;
	int64_t no;
	ld_hlc hlc;
	int rc = find_stream(st, &run->stream, &no, &s, &hlc);

	if (rc < 0)
		return rc;
	if (run->stream.cls >= LD_N_CLASSES || !ld_stream_eq(&run->stream, &head->stream) ||
	    run->n == 0 || run->n > LD_RUN_EVENTS_MAX || run->first == 0 ||
	    head->seq != run->first + run->n - 1)
		return LD_E_CORRUPT;
	if (run->first > s.seq + 1)
		return LD_E_GAP;
	if (head->seq <= s.seq)
		return 0;
	rc = verify(run, s.seq, s.hash, head);
	if (rc == 0)
		rc = log_stream_no(st, &run->stream, &no);
	if (rc == 0)
		rc = take(st, run, head, no, s.seq);
	if (rc >= 0) {
		int refolded = revoke_settle(st);

		rc = refolded < 0 ? refolded : rc;
	}
	return rc;
}

/* ---- contents that came too late ---- */

/* 1: the event is hollow here and this is what it held. The chain vouches for the time and kind that
 * are here, the commitment for the contents. */
static int is_what_lacks(struct ld_store *st, int64_t no, const struct ld_run *r,
			 const struct ld_event *e)
{
	const enum stmt q = Q_EVENT_FIRST_HOLLOW;
	uint8_t held[LD_HASH_LEN], c[LD_HASH_LEN];
	const struct ld_run_subject *s = subject_of(r, &e->subject);
	bool same;
	int rc = s ? db_first(st->db, q, "ii", no, (int64_t)e->seq) : 0;

	if (rc <= 0)
		return rc;
	if ((uint64_t)db_int(st->db, q, 0) != e->seq)
		rc = 0;
	else if (db_fixed(st->db, q, 1, held, sizeof(held)) < 0)
		rc = LD_E_CORRUPT;
	same = db_int(st->db, q, 2) == e->hlc && db_int(st->db, q, 3) == e->kind;
	db_done(st->db, q);
	if (rc <= 0)
		return rc;
	ld_commitment(c, s->salt, e->seq, &e->subject, e->body, e->body_len);
	return same && ld_crypto_equal(c, held, sizeof(c)) ? 1 : LD_E_FORGED;
}

static int fill(struct ld_store *st, int64_t no, const struct ld_run *r, const struct ld_event *e)
{
	int rc = db_run(st->db, Q_EVENT_FILL, "iibb", no, (int64_t)e->seq, e->subject.b,
			sizeof(e->subject.b), e->body, e->body_len);

	if (rc == 0)
		rc = db_run(st->db, Q_SALT_ADD, "bibi", e->subject.b, sizeof(e->subject.b), no,
			    subject_of(r, &e->subject)->salt, (size_t)LD_SALT_LEN, (int64_t)e->seq);
	if (rc == 0)
		rc = log_hollow(st, no, -1);
	if (rc == 0)
		rc = db_run(st->db, Q_XAPI_LATE_ADD, "ii", no, (int64_t)e->seq);
	return rc < 0 ? rc : fold_event(st, e, no);
}

int ld_store_fill(struct ld_store *st, const struct ld_run *r)
{
	struct ld_stream_state s;
	int64_t no;
	ld_hlc hlc;
	int n = 0, rc = find_stream(st, &r->stream, &no, &s, &hlc);

	for (unsigned i = 0; i < r->n && rc >= 0 && s.hollow > 0; i++) {
		const struct ld_event *e = &r->events[i];

		if (e->hollow || e->seq > s.seq || e->body_len > LD_BODY_MAX)
			continue;
		rc = fold_closed(st, &e->subject);
		if (rc == 0)
			rc = is_what_lacks(st, no, r, e);
		else if (rc > 0)
			continue;
		if (rc <= 0)
			continue;
		rc = fill(st, no, r, e);
		n += rc == 0;
		st->version += rc == 0;
	}
	return rc < 0 ? rc : n;
}

int ld_store_hollows(struct ld_store *st, const struct ld_stream_state *s, uint64_t last,
		     uint64_t *ret)
{
	int64_t no;
	int rc;

	*ret = s->hollow;
	if (s->hollow == 0 || s->seq <= last)
		return 0;
	rc = log_stream_no(st, &s->stream, &no);
	if (rc == 0)
		rc = db_first(st->db, Q_EVENT_HOLLOWS, "ii", no, (int64_t)last);
	if (rc <= 0)
		return rc;
	*ret = (uint64_t)db_int(st->db, Q_EVENT_HOLLOWS, 0);
	db_done(st->db, Q_EVENT_HOLLOWS);
	return 0;
}

int ld_store_first_hollow(struct ld_store *st, const struct ld_stream *s, uint64_t *ret_seq)
{
	struct ld_stream_state state;
	int64_t no;
	ld_hlc hlc;
	int rc = find_stream(st, s, &no, &state, &hlc);

	if (rc == 0)
		rc = no ? db_first(st->db, Q_EVENT_FIRST_HOLLOW, "ii", no, (int64_t)0) : 0;
	if (rc <= 0)
		return rc < 0 ? rc : LD_E_UNKNOWN;
	*ret_seq = (uint64_t)db_int(st->db, Q_EVENT_FIRST_HOLLOW, 0);
	db_done(st->db, Q_EVENT_FIRST_HOLLOW);
	return 0;
}
