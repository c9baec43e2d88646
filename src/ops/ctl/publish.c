/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/ops/ctl/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/crypto/crypto.h"
#include "laido/mesh/identity.h"
#include "laido/schedule/calendar.h"
#include "laido/schedule/check.h"

enum { LIST_MAX = 50, FETCH_MAX = 24, FINDINGS_MAX = 200, MINUTE_MS = 60000 };

#define DAY_MS INT64_C(86400000)

struct job {
	struct ld_job job;
	struct ld_ctl_publish to;
	struct ld_ctl_req *req;         /* NULL: the client has gone */
	struct ld_live_status live;
	json_t *answer;
	int refused;                    /* nothing was written then */
	struct ld_errmsg err;
	int64_t number;                 /* list: none; else of the edition */
	int64_t at_ms;
	unsigned from;                  /* fetch: the first piece */
	char who[LD_NAME_MAX];
	/* a new one */
	unsigned pieces;                /* that the client announced */
	bool dry, working;
	struct ld_pack pack;
	struct ld_content *content;
	json_t *findings;
	/* of a search */
	bool found;
	int64_t newest;
	struct ld_edition edition;
	uint8_t parts[LD_EDITION_PARTS * LD_CHUNK_ID];
};

static void free_job(struct job *j)
{
	ld_pack_release(&j->pack);
	ld_content_free(j->content);
	json_decref(j->findings);
	free(j);
}

static void fail(struct job *j, int rc, const char *why)
{
	if (j->req)
		ld_ctl_fail(j->req, rc, why, json_pack("{s:O}", "findings", j->findings));
	free_job(j);
}

static void done(struct ld_job *job, int rc)
{
	struct job *j = (struct job *)job;

	if (rc == 0 && j->refused == 0 && j->req) {
		json_object_set(j->answer, "findings", j->findings);
		ld_ctl_answer(j->req, j->answer);
		free_job(j);
		return;
	}
	json_decref(j->answer);
	fail(j, rc < 0 ? rc : j->refused, rc < 0 ? NULL : j->err.text);
}

static void submit(struct job *j, int (*run)(struct ld_job *, struct ld_store *))
{
	int rc;

	j->job = (struct ld_job){ .run = run, .done = done };
	rc = ld_worker_submit(j->to.worker, LD_LANE_LONG, &j->job);
	if (rc < 0)
		fail(j, rc, NULL);
}

static json_t *fresh_answer(struct job *j)
{
	json_decref(j->answer);         /* of a run that was rolled back */
	j->answer = json_object();
	j->refused = 0;
	return j->answer;
}

/* What the client did wrong; the job itself is done. */
static int refuse(struct job *j, int rc)
{
	j->refused = rc;
	return 0;
}

/* ---- list ---- */

static const char *state_of(const struct job *j, const struct ld_edition *e)
{
	const struct ld_live_status *s = &j->live;

	if (e->number == s->number)
		return "in use";
	if (e->number == s->refused)
		return "refused";
	if (e->number == s->coming)
		return "incomplete";
	return e->number > s->number ? "waits" : "replaced";
}

static int add_edition(void *arg, const struct ld_edition *e)
{
	struct job *j = arg;
	json_t *list = json_object_get(j->answer, "editions");
	char hash[17];

	ld_hex(hash, e->hash, 8);
	json_array_append_new(list, json_pack("{s:I,s:s,s:I,s:I,s:s,s:s,s:i}", "edition",
		(json_int_t)e->number, "state", state_of(j, e), "at_ms", (json_int_t)e->at_ms,
		"published_ms", (json_int_t)ld_hlc_ms(e->hlc), "who", e->who, "hash", hash,
		"pieces", (int)e->n));
	return json_array_size(list) == LIST_MAX;
}

static int list_run(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;
	json_t *o = fresh_answer(j);
	int rc;

	json_object_set_new(o, "editions", json_array());
	json_object_set_new(o, "in_use", json_integer(j->live.number));
	json_object_set_new(o, "refused", json_integer(j->live.refused));
	json_object_set_new(o, "why", json_string(j->live.refused ? j->live.why : ""));
	json_object_set_new(o, "dir", json_string(j->to.dir));
	json_object_set_new(o, "ward", json_boolean(j->to.ward));
	json_object_set_new(o, "approve_all", json_boolean(j->to.opt.approve_all));
	rc = ld_store_editions(st, 0, add_edition, j);
	return rc < 0 ? rc : 0;
}

/* ---- one edition ---- */

/* The edition of that number; with 0 the newest one. */
static int match(void *arg, const struct ld_edition *e)
{
	struct job *j = arg;

	if (j->newest == 0)
		j->newest = e->number;
	if (j->number != 0 && e->number != j->number)
		return 0;
	j->found = true;
	j->edition = *e;
	memcpy(j->parts, e->parts, (size_t)e->n * LD_CHUNK_ID);
	j->edition.parts = j->parts;
	return 1;
}

/* 1, or 0 with words. */
static int find(struct job *j, struct ld_store *st)
{
	int rc;

	j->found = false;
	j->newest = 0;
	rc = ld_store_editions(st, 0, match, j);
	if (rc >= 0 && !j->found)
		ld_fail(&j->err, LD_E_UNKNOWN, "there is no edition %lld; see: laido publish --list",
			(long long)j->number);
	return rc < 0 ? rc : j->found;
}

/* All of its pieces are here, and right: 1; or 0 with words. */
static int whole(struct job *j, struct ld_store *st, struct ld_pack *ret)
{
	int rc = ld_store_edition_pack(st, &j->edition, ret);

	if (rc == 0 && ret->n == j->edition.n)
		return 1;
	if (rc == 0)
		ld_pack_release(ret);
	if (rc < 0 && rc != LD_E_FORGED)
		return rc;
	ld_fail(&j->err, LD_E_UNKNOWN, "edition %lld is not here as a whole%s",
		(long long)j->edition.number, rc < 0 ? "; its pieces are damaged" : " yet");
	return 0;
}

static int fetch_run(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;
	json_t *o = fresh_answer(j), *list = json_array();
	char hex[2 * LD_PIECE_MAX + 1];
	struct ld_pack pack;
	int rc = find(j, st);

	json_object_set_new(o, "pieces", list);
	if (rc > 0)
		rc = whole(j, st, &pack);
	if (rc <= 0)
		return rc < 0 ? rc : refuse(j, LD_E_UNKNOWN);
	for (unsigned i = j->from; i < pack.n && i < j->from + FETCH_MAX; i++) {
		ld_hex(hex, pack.data + pack.piece[i].at, pack.piece[i].len);
		json_array_append_new(list, json_string(hex));
	}
	json_object_set_new(o, "n", json_integer(pack.n));
	ld_pack_release(&pack);
	return 0;
}

/* ---- publishing ---- */

static int append(struct job *j, struct ld_store *st, const struct ld_octets *parts,
		  const uint8_t hash[32])
{
	struct ld_fact f = { .kind = LD_EV_EDITION };

	f.u.edition.number = j->newest + 1;
	f.u.edition.at_ms = j->at_ms;
	memcpy(f.u.edition.hash, hash, sizeof(f.u.edition.hash));
	memcpy(f.u.edition.who, j->who, sizeof(f.u.edition.who));
	f.u.edition.parts = *parts;
	json_object_set_new(j->answer, "edition", json_integer(f.u.edition.number));
	json_object_set_new(j->answer, "at_ms", json_integer(j->at_ms));
	return j->dry ? 0 : ld_store_append(st, &f, NULL);
}

/* The pieces that nobody has yet; their names. */
static int add_pieces(struct job *j, struct ld_store *st)
{
	unsigned added = 0, octets = 0;
	int rc = 0;

	for (unsigned i = 0; i < j->pack.n && rc == 0; i++) {
		const struct ld_piece *c = &j->pack.piece[i];
		struct ld_fact f = { .kind = LD_EV_CHUNK };

		memcpy(j->parts + i * LD_CHUNK_ID, c->id, LD_CHUNK_ID);
		f.u.chunk.data = (struct ld_octets){ j->pack.data + c->at, c->len };
		rc = ld_store_chunk(st, c->id);
		if (rc != 0) {
			rc = rc < 0 ? rc : 0;
			continue;
		}
		added++;
		octets += c->len;
		rc = j->dry ? 0 : ld_store_append(st, &f, NULL);
	}
	json_object_set_new(j->answer, "new_pieces", json_integer(added));
	json_object_set_new(j->answer, "new_octets", json_integer(octets));
	return rc;
}

static void add_finding(void *arg, const struct ld_finding *f)
{
	struct job *j = arg;

	if (json_array_size(j->findings) < FINDINGS_MAX)
		json_array_append_new(j->findings, json_pack("{s:s,s:i,s:s,s:s}", "file", f->file,
			"line", f->line, "level", f->error ? "error" : "warning", "message",
			f->message));
}

static int new_run(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;
	const struct ld_content *old = j->to.content(j->to.arg);
	int64_t wanted = j->number;
	struct ld_octets parts = { j->parts, (uint16_t)(j->pack.n * LD_CHUNK_ID) };
	uint8_t hash[32];
	int rc;

	fresh_answer(j);
	json_array_clear(j->findings);
	j->number = 0;
	rc = find(j, st);
	j->number = wanted;
	if (rc < 0)
		return rc;
	if (wanted != j->newest + 1) {
		ld_fail(&j->err, LD_E_BUSY, "somebody else has published edition %lld meanwhile; "
			"look at the difference again", (long long)j->newest);
		return refuse(j, LD_E_BUSY);
	}
	if (old && ld_content_check_change(j->content, old, add_finding, j) > 0) {
		ld_fail(&j->err, LD_E_SYNTAX, "what people know by heart would change its meaning");
		return refuse(j, LD_E_SYNTAX);
	}
	ld_pack_hash(hash, &j->pack);
	rc = add_pieces(j, st);
	return rc < 0 ? rc : append(j, st, &parts, hash);
}

/* When: "" at once. */
static bool read_at(struct job *j, const char *text)
{
	int64_t now = ld_clock_utc_ms(j->to.clock, NULL);
	int64_t offset = (int64_t)j->to.utc_offset_min * MINUTE_MS;
	struct ld_moment m;

	if (text[0] == '\0')
		return true;
	if (ld_moment_parse(text, (now + offset) / DAY_MS, &m, NULL) < 0 ||
	    m.base != LD_AT_DATE || m.plus != 0 || m.shift != 0 || m.minute < 0) {
		ld_fail(&j->err, LD_E_SYNTAX, "when? Write a day and a time: 24/12/2026 06:00, "
			"today 22:00");
		return false;
	}
	j->at_ms = ld_day_of_date(m.year, m.month, m.day) * DAY_MS + m.minute * MINUTE_MS - offset;
	if (j->at_ms <= now)
		ld_fail(&j->err, LD_E_RANGE, "%s is past; leave --at out to switch at once", text);
	return j->at_ms > now;
}

/* ---- pieces come in ---- */

static void gone(void *arg)
{
	struct job *j = arg;

	j->req = NULL;
	if (!j->working)
		free_job(j);
}

/* All are here: compiled and checked as a board would, before anything is written. */
static void all_here(struct job *j)
{
	struct ld_content_options opt = j->to.opt;
	struct ld_folder folder = { 0 };
	int rc = ld_unpack(&j->pack, &folder);

	if (rc < 0) {
		fail(j, rc, "these are not the files of a content folder");
		return;
	}
	opt.now_ms = ld_clock_utc_ms(j->to.clock, NULL);
	rc = ld_content_compile(&folder, "draft", &opt, add_finding, j, &j->content);
	ld_folder_release(&folder);
	if (rc < 0)
		j->content = NULL;
	else if (ld_schedule_check(j->content, add_finding, j) > 0)
		rc = LD_E_SYNTAX;
	if (rc < 0) {
		fail(j, rc, "it has errors");
		return;
	}
	j->working = true;
	submit(j, new_run);
}

static void more(void *arg, const json_t *in)
{
	struct job *j = arg;
	const char *hex = json_string_value(json_object_get(in, "piece"));
	size_t n = hex ? strlen(hex) / 2 : 0;
	uint8_t piece[LD_PIECE_MAX];

	if (j->working)
		return;
	if (n == 0 || n > sizeof(piece) || !ld_unhex(piece, n, hex) ||
	    ld_pack_add(&j->pack, piece, n) < 0)
		fail(j, LD_E_SYNTAX, "a piece is no piece");
	else if (j->pack.n == j->pieces)
		all_here(j);
}

/* ---- an old one again ---- */

/* The edition that was in use before, with other contents; if the newest still waits, the one in
 * use itself. */
struct back {
	struct job *j;
	bool seen;
	uint8_t hash[32];
	int64_t replaced_ms;            /* when those after it took over */
};

/* Was it ever in use, or did a later one come before its time? */
static bool was_used(struct back *b, const struct ld_edition *e)
{
	int64_t start = ld_hlc_ms(e->hlc) > e->at_ms ? ld_hlc_ms(e->hlc) : e->at_ms;
	bool used = start < b->replaced_ms;

	if (used)
		b->replaced_ms = start;
	return used;
}

static int match_back(void *arg, const struct ld_edition *e)
{
	struct back *b = arg;
	int64_t in_use = b->j->live.number;

	if (b->j->newest == 0)
		b->j->newest = e->number;
	if (e->number > in_use || !was_used(b, e))
		return 0;
	if (e->number == in_use && b->j->newest == in_use) {
		memcpy(b->hash, e->hash, sizeof(b->hash));
		b->seen = true;
		return 0;
	}
	if (b->seen && memcmp(b->hash, e->hash, sizeof(b->hash)) == 0)
		return 0;
	b->j->number = e->number;
	return 1;
}

static int rollback_run(struct ld_job *job, struct ld_store *st)
{
	struct job *j = (struct job *)job;
	struct back b = { .j = j, .replaced_ms = INT64_MAX };
	struct ld_octets parts = { .p = j->parts };
	struct ld_pack pack;
	int rc = 0;

	fresh_answer(j);
	j->newest = 0;
	if (j->number == 0)
		rc = ld_store_editions(st, 0, match_back, &b);
	if (rc >= 0 && j->number == 0) {
		ld_fail(&j->err, LD_E_UNKNOWN, "there is no earlier edition to go back to; before "
			"the first one content_dir of the settings was in use: publish that folder");
		return refuse(j, LD_E_UNKNOWN);
	}
	if (rc >= 0)
		rc = find(j, st);
	if (rc > 0)
		rc = whole(j, st, &pack);
	if (rc <= 0)
		return rc < 0 ? rc : refuse(j, LD_E_UNKNOWN);
	ld_pack_release(&pack);
	parts.len = (uint16_t)(j->edition.n * LD_CHUNK_ID);
	json_object_set_new(j->answer, "as", json_integer(j->edition.number));
	return append(j, st, &parts, j->edition.hash);
}

/* ---- the command ---- */

static const char *text_of(const json_t *in, const char *name)
{
	const char *t = json_string_value(json_object_get(in, name));

	return t ? t : "";
}

static void start(struct job *j, const json_t *in)
{
	const char *what = text_of(in, "do");
	json_int_t pieces = json_integer_value(json_object_get(in, "pieces"));
	json_int_t from = json_integer_value(json_object_get(in, "from"));

	if (strcmp(what, "list") == 0) {
		submit(j, list_run);
	} else if (strcmp(what, "fetch") == 0) {
		j->from = from > 0 && from < LD_EDITION_PARTS ? (unsigned)from : 0;
		submit(j, fetch_run);
	} else if (!j->to.ward) {
		fail(j, LD_E_DENIED, "this board belongs to a ward, and only the ward publishes: "
		     "name the socket of laido-ward (--socket STATE_DIR/ctl.sock)");
	} else if (!read_at(j, text_of(in, "at"))) {
		fail(j, LD_E_SYNTAX, j->err.text);
	} else if (strcmp(what, "rollback") == 0) {
		submit(j, rollback_run);
	} else if (strcmp(what, "new") == 0 && pieces > 0 && pieces <= LD_EDITION_PARTS) {
		j->pieces = (unsigned)pieces;
		ld_ctl_keep(j->req, more, gone, j);
	} else {
		fail(j, LD_E_SYNTAX, "do: list, fetch, new with 1 to 240 pieces, or rollback");
	}
}

void ld_ctl_publish(struct ld_ctl_req *req, const json_t *in, const struct ld_ctl_publish *to)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j) {
		ld_ctl_fail(req, LD_E_NOMEM, NULL, NULL);
		return;
	}
	j->to = *to;
	j->req = req;
	j->findings = json_array();
	j->number = json_integer_value(json_object_get(in, "edition"));
	j->dry = json_is_true(json_object_get(in, "dry"));
	snprintf(j->who, sizeof(j->who), "%s", text_of(in, "who"));
	ld_live_status(to->live, &j->live);
	start(j, in);
}
