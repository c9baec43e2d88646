/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RUN frames. The events of a stretch are written column by column, since like stands beside like
 * then and packs well. */
#include "frame.h"

#include <stdlib.h>
#include <zstd.h>

#include "laido/base/err.h"

enum {
	ZIP_LEVEL = 3,
	PACK_NONE = 0,
	PACK_ZSTD = 1,
	RUN_PREFIX_MAX = LD_STREAM_LEN + 10 + 2 + 1 + 3,
};

struct ld_zip {
	ZSTD_CCtx *c;
	ZSTD_DCtx *d;
	uint8_t raw[LD_RUN_RAW_MAX];
	uint8_t packed[RUN_PREFIX_MAX + LD_RUN_RAW_MAX];
};

struct ld_zip *ld_zip_new(void)
{
	struct ld_zip *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->c = ZSTD_createCCtx();
	z->d = ZSTD_createDCtx();
	if (!z->c || !z->d) {
		ld_zip_free(z);
		return NULL;
	}
	ZSTD_CCtx_setParameter(z->c, ZSTD_c_compressionLevel, ZIP_LEVEL);
	ZSTD_CCtx_setParameter(z->c, ZSTD_c_windowLog, LD_ZIP_WINDOW_LOG);
	ZSTD_CCtx_setParameter(z->c, ZSTD_c_contentSizeFlag, 0);
	ZSTD_DCtx_setParameter(z->d, ZSTD_d_windowLogMax, LD_ZIP_WINDOW_LOG);
	return z;
}

void ld_zip_free(struct ld_zip *z)
{
	if (!z)
		return;
	ZSTD_freeCCtx(z->c);
	ZSTD_freeDCtx(z->d);
	free(z);
}

/* ---- writing ---- */

/* The table: first, ascending, those that go in full, so that a subject stands in it once; then,
 * ascending by their events, those that the other side has. */
struct table {
	unsigned n, n_full;
	struct row {
		const struct ld_run_subject *s;
		unsigned place;
	} row[LD_RUN_EVENTS_MAX], sought[LD_RUN_EVENTS_MAX]; /* as sent; all ascending */
};

static int by_subject(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return memcmp(x->s->subject.b, y->s->subject.b, sizeof(x->s->subject.b));
}

static int by_since(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->s->since > y->s->since) - (x->s->since < y->s->since);
}

static int to_table(struct table *t, const struct ld_run *r, bool on)
{
	unsigned known = r->n_subjects;

	if (r->n_subjects > LD_RUN_EVENTS_MAX)
		return LD_E_RANGE;
	t->n = r->n_subjects;
	t->n_full = 0;
	for (unsigned i = 0; i < t->n; i++) {
		const struct ld_run_subject *s = &r->subjects[i];
		bool there = on && s->since > 0 && s->since < r->first;

		t->row[there ? --known : t->n_full++].s = s;
	}
	qsort(t->row, t->n_full, sizeof(t->row[0]), by_subject);
	qsort(t->row + t->n_full, t->n - t->n_full, sizeof(t->row[0]), by_since);
	for (unsigned i = 0; i < t->n; i++)
		t->sought[i] = (struct row){t->row[i].s, i};
	qsort(t->sought, t->n, sizeof(t->sought[0]), by_subject);
	return 0;
}

/* Row of a subject, or LD_E_RANGE. */
static int find_row(const struct table *t, const struct ld_id *subject)
{
	struct ld_run_subject s = {.subject = *subject};
	const struct row key = {&s, 0};
	const struct row *found = bsearch(&key, t->sought, t->n, sizeof(key), by_subject);

	return found ? (int)found->place : LD_E_RANGE;
}

static void wr_table(struct writer *w, const struct table *t)
{
	uint64_t last = 0;

	wr_varint(w, t->n_full);
	for (unsigned i = 0; i < t->n_full; i++)
		wr(w, t->row[i].s->subject.b, sizeof(t->row[i].s->subject.b));
	for (unsigned i = 0; i < t->n_full; i++)
		wr(w, t->row[i].s->salt, LD_SALT_LEN);
	wr_varint(w, t->n - t->n_full);
	for (unsigned i = t->n_full; i < t->n; i++) {
		wr_varint(w, t->row[i].s->since - last);
		last = t->row[i].s->since;
	}
}

static void wr_times(struct writer *w, const struct ld_run *r)
{
	int64_t last = 0;

	for (unsigned i = 0; i < r->n; i++) {
		wr_varint(w, zigzag((int64_t)((uint64_t)r->events[i].hlc - (uint64_t)last)));
		last = r->events[i].hlc;
	}
}

/* Per event: 0 when hollow, else 1 + its row. */
static int wr_rows(struct writer *w, const struct table *t, const struct ld_run *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		int row = r->events[i].hollow ? -1 : find_row(t, &r->events[i].subject);

		if (row == LD_E_RANGE)
			return row;
		wr_varint(w, (uint64_t)(row + 1));
	}
	return 0;
}

static void wr_bodies(struct writer *w, const struct ld_run *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (!r->events[i].hollow)
			wr_varint(w, r->events[i].body_len);
	for (unsigned i = 0; i < r->n; i++)
		if (!r->events[i].hollow)
			wr(w, r->events[i].body, r->events[i].body_len);
	for (unsigned i = 0; i < r->n; i++)
		if (r->events[i].hollow)
			wr(w, r->events[i].commitment, LD_HASH_LEN);
}

static int wr_raw(struct writer *w, const struct ld_run *r, bool on)
{
	struct table t;
	int rc = to_table(&t, r, on);

	if (rc < 0)
		return rc;
	wr_table(w, &t);
	wr_times(w, r);
	for (unsigned i = 0; i < r->n; i++)
		wr_varint(w, r->events[i].kind);
	rc = wr_rows(w, &t, r);
	wr_bodies(w, r);
	return rc < 0 ? rc : w->full ? LD_E_TOOBIG : 0;
}

static int put_run(struct ld_msg *m, struct ld_zip *z, const struct ld_run *r, bool on)
{
	struct writer raw = {.p = z->raw, .end = z->raw + sizeof(z->raw)};
	struct writer w = {.p = z->packed, .end = z->packed + sizeof(z->packed)};
	size_t raw_len, packed;
	int rc;

	if (r->n == 0 || r->n > LD_RUN_EVENTS_MAX || r->stream.cls >= LD_N_CLASSES || r->first == 0)
		return LD_E_RANGE;
	rc = wr_raw(&raw, r, on);
	if (rc < 0)
		return rc;
	raw_len = (size_t)(raw.p - z->raw);
	wr_stream(&w, &r->stream);
	wr_varint(&w, r->first);
	wr_varint(&w, r->n);
	wr_varint(&w, raw_len);
	/* Room for one octet less than the raw text: packing has to pay. */
	packed = ZSTD_compress2(z->c, w.p + 1, raw_len - 1, z->raw, raw_len);
	if (ZSTD_isError(packed)) {
		wr_be(&w, PACK_NONE, 1);
		wr(&w, z->raw, raw_len);
	} else {
		wr_be(&w, PACK_ZSTD, 1);
		w.p += packed;
	}
	return msg_put(m, LD_FRAME_RUN, z->packed, (size_t)(w.p - z->packed));
}

int ld_msg_put_run(struct ld_msg *m, struct ld_zip *z, const struct ld_run *r)
{
	return put_run(m, z, r, false);
}

int ld_msg_put_run_on(struct ld_msg *m, struct ld_zip *z, const struct ld_run *r)
{
	return put_run(m, z, r, true);
}

/* ---- reading ---- */

static int rd_prefix(struct reader *r, struct ld_run_peek *ret)
{
	uint64_t n;

	rd_stream(r, &ret->stream);
	ret->first = rd_varint(r);
	n = rd_varint(r);
	/* The last sequence must not wrap round. */
	if (r->bad || n == 0 || n > LD_RUN_EVENTS_MAX || ret->first == 0 ||
	    ret->first > INT64_MAX - LD_RUN_EVENTS_MAX)
		return LD_E_CORRUPT;
	ret->n = (unsigned)n;
	return 0;
}

int ld_frame_peek_run(const struct ld_frame *f, struct ld_run_peek *ret)
{
	struct reader r = {.p = f->payload, .end = f->payload + f->len};
	struct ld_run_peek peek;
	int rc = rd_prefix(&r, &peek);

	if (rc == 0)
		*ret = peek;
	return rc;
}

/* The columns, in z->raw or in the frame itself. The output buffer of z->raw bounds what a bomb
 * can unpack to. */
static int unpack(struct reader *r, struct ld_zip *z, struct reader *ret)
{
	uint64_t raw_len = rd_varint(r);
	uint64_t pack = rd_be(r, 1);
	size_t left = (size_t)(r->end - r->p), n;

	if (r->bad || raw_len == 0)
		return LD_E_CORRUPT;
	if (raw_len > LD_RUN_RAW_MAX)
		return LD_E_TOOBIG;
	if (pack == PACK_NONE && left == raw_len) {
		*ret = (struct reader){.p = r->p, .end = r->end};
		return 0;
	}
	if (pack != PACK_ZSTD)
		return LD_E_CORRUPT;
	n = ZSTD_decompressDCtx(z->d, z->raw, raw_len, r->p, left);
	if (ZSTD_isError(n) || n != raw_len)
		return LD_E_CORRUPT;
	*ret = (struct reader){.p = z->raw, .end = z->raw + n};
	return 0;
}

/* Subjects that earlier events have, by the numbers of these. */
static int rd_known(struct reader *r, struct ld_run *run, const struct ld_past *past)
{
	uint64_t n = rd_varint(r), last = 0;
	int rc = r->bad || n > run->n - run->n_subjects ? LD_E_CORRUPT : 0;

	for (; rc == 0 && n > 0; n--) {
		struct ld_run_subject *s = &run->subjects[run->n_subjects++];
		uint64_t more = rd_varint(r);

		if (r->bad || more == 0 || more >= run->first - last)
			return LD_E_CORRUPT;
		s->since = last += more;
		rc = past && past->of ? past->of(past->arg, &run->stream, s) : LD_E_UNKNOWN;
	}
	return rc;
}

static int rd_table(struct reader *r, struct ld_run *run, const struct ld_past *past)
{
	uint64_t n = rd_varint(r);

	if (r->bad || n > run->n)
		return LD_E_CORRUPT;
	run->n_subjects = (unsigned)n;
	run->subjects = calloc(run->n + 1, sizeof(*run->subjects));
	if (!run->subjects)
		return LD_E_NOMEM;
	for (unsigned i = 0; i < n; i++) {
		struct ld_run_subject *s = &run->subjects[i];

		rd_copy(r, s->subject.b, sizeof(s->subject.b));
		if (i > 0 && memcmp(s[-1].subject.b, s->subject.b, sizeof(s->subject.b)) >= 0)
			return LD_E_CORRUPT;
	}
	for (unsigned i = 0; i < n; i++)
		rd_copy(r, run->subjects[i].salt, LD_SALT_LEN);
	return r->bad ? LD_E_CORRUPT : rd_known(r, run, past);
}

static int rd_headers(struct reader *r, struct ld_run *run)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < run->n; i++) {
		last += (uint64_t)unzigzag(rd_varint(r));
		run->events[i].stream = run->stream;
		run->events[i].seq = run->first + i;
		run->events[i].hlc = (ld_hlc)last;
	}
	for (unsigned i = 0; i < run->n; i++) {
		uint64_t kind = rd_varint(r);

		if (kind > UINT16_MAX)
			return LD_E_CORRUPT;
		run->events[i].kind = (uint16_t)kind;
	}
	return r->bad ? LD_E_CORRUPT : 0;
}

static int rd_rows(struct reader *r, struct ld_run *run)
{
	bool used[LD_RUN_EVENTS_MAX] = {false};
	unsigned n_used = 0;

	for (unsigned i = 0; i < run->n; i++) {
		struct ld_event *e = &run->events[i];
		uint64_t row = rd_varint(r);

		if (row > run->n_subjects)
			return LD_E_CORRUPT;
		e->hollow = row == 0;
		if (e->hollow)
			continue;
		e->subject = run->subjects[row - 1].subject;
		n_used += !used[row - 1];
		used[row - 1] = true;
	}
	return r->bad || n_used != run->n_subjects ? LD_E_CORRUPT : 0;
}

static int rd_bodies(struct reader *r, struct ld_run *run)
{
	const uint8_t *from, *at;
	size_t total = 0;

	for (unsigned i = 0; i < run->n; i++) {
		uint64_t len = run->events[i].hollow ? 0 : rd_varint(r);

		if (len > LD_BODY_MAX)
			return LD_E_CORRUPT;
		run->events[i].body_len = (size_t)len;
		total += (size_t)len;
	}
	from = rd(r, total);
	if (!from)
		return LD_E_CORRUPT;
	run->bodies = malloc(total + 1);
	if (!run->bodies)
		return LD_E_NOMEM;
	memcpy(run->bodies, from, total);
	at = run->bodies;
	for (unsigned i = 0; i < run->n; i++) {
		run->events[i].body = at;
		at += run->events[i].body_len;
		if (run->events[i].hollow)
			rd_copy(r, run->events[i].commitment, LD_HASH_LEN);
	}
	return r->bad || r->p != r->end ? LD_E_CORRUPT : 0;
}

int ld_frame_get_run(const struct ld_frame *f, struct ld_zip *z, struct ld_run *ret)
{
	return ld_frame_get_run_on(f, z, NULL, ret);
}

int ld_frame_get_run_on(const struct ld_frame *f, struct ld_zip *z, const struct ld_past *past,
			struct ld_run *ret)
{
	struct reader r = {.p = f->payload, .end = f->payload + f->len};
	struct reader raw = {0};
	struct ld_run_peek peek;
	struct ld_run run = {0};
	int rc = rd_prefix(&r, &peek);

	if (rc == 0)
		rc = unpack(&r, z, &raw);
	if (rc < 0)
		return rc;
	run.stream = peek.stream;
	run.first = peek.first;
	run.n = peek.n;
	run.events = calloc(run.n, sizeof(*run.events));
	if (!run.events)
		return LD_E_NOMEM;
	rc = rd_table(&raw, &run, past);
	if (rc == 0)
		rc = rd_headers(&raw, &run);
	if (rc == 0)
		rc = rd_rows(&raw, &run);
	if (rc == 0)
		rc = rd_bodies(&raw, &run);
	if (rc < 0) {
		ld_run_release(&run);
		return rc;
	}
	*ret = run;
	return 0;
}
