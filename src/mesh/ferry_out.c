/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a ferry file. */
#include <stdlib.h>
#include <string.h>

#include "ferry.h"
#include "sync_impl.h"

/* What looking for the start of a stream counts of a slice. */
enum { SEEK_COST = 16 };

enum out_stage { OUT_HEADER, OUT_RIGHTS, OUT_RUNS, OUT_LIST, OUT_END };

struct out_cursor {
	enum out_stage stage;
	struct ld_row row;
	uint64_t no;            /* of the next chunk */
	unsigned item;          /* of list */
	uint64_t first;         /* next to give of that stream; 0: not looked for yet */
	struct ld_ferry_written written;
};

struct ld_ferry_out {
	struct ld_ferry_out_cfg cfg;
	uint8_t key[LD_ROW_KEY], salt[FERRY_SALT];
	uint8_t id[32];                 /* hash over the header */
	uint8_t digest[LD_DIGEST_LEN];
	unsigned n, n_boxes;
	struct ld_vector_entry *list;   /* what this node held when it began */
	struct ld_msg body;
	size_t out_len;
	struct out_cursor cur, next;
	uint8_t plain[FERRY_BODY_MAX + FERRY_SIG], out[LD_FERRY_OUT_MAX];
};

struct ld_ferry_out *ld_ferry_out_new(const struct ld_ferry_out_cfg *cfg)
{
	struct ld_ferry_out *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->cfg = *cfg;
	ld_random_fill(cfg->random, f->key, sizeof(f->key));
	ld_random_fill(cfg->random, f->salt, sizeof(f->salt));
	ld_msg_init(&f->body, FERRY_BODY_MAX);
	return f;
}

void ld_ferry_out_free(struct ld_ferry_out *f)
{
	if (!f)
		return;
	ld_msg_release(&f->body);
	free(f->list);
	ld_crypto_wipe(f, sizeof(*f));
	free(f);
}

const uint8_t *ld_ferry_out_octets(const struct ld_ferry_out *f, size_t *ret_len)
{
	*ret_len = f->out_len;
	return f->out;
}

void ld_ferry_out_accept(struct ld_ferry_out *f)
{
	f->cur = f->next;
}

void ld_ferry_out_written(const struct ld_ferry_out *f, struct ld_ferry_written *ret)
{
	*ret = f->cur.written;
}

/* A chunk behind what is put out already. */
static void put_chunk(struct ld_ferry_out *f, const uint8_t *body, size_t len, bool last)
{
	struct out_cursor *c = &f->next;
	uint8_t what[FERRY_SIGNED];
	size_t box = len + FERRY_SIG + LD_ROW_EXTRA;
	uint8_t *to = f->out + f->out_len;

	ferry_signed(what, f->id, c->no++, last, body, len);
	memcpy(f->plain, body, len);
	ld_sign(f->plain + len, f->cfg.key, what, sizeof(what));
	ferry_put_be(to, box, FERRY_LENGTH);
	ld_row_put(&c->row, to + FERRY_LENGTH, f->plain, len + FERRY_SIG, last);
	f->out_len += FERRY_LENGTH + box;
}

/* ---- the header ---- */

struct wrap {
	struct ld_ferry_out *f;
	struct ld_store *st;
};

/* A key that no box can be sealed to is no board's: it gets none. */
static int wrap_one(void *arg, const struct ld_member *m)
{
	const struct wrap *w = arg;
	struct ld_ferry_out *f = w->f;
	uint8_t *box = f->out + FERRY_FIXED + (size_t)f->n_boxes * FERRY_BOX;
	int rc = ld_store_revoked(w->st, &m->board);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (f->n_boxes == LD_FERRY_BOXES_MAX)
		return LD_E_TOOBIG;
	ferry_tag(box, f->salt, m->pk);
	f->n_boxes += ld_seal(box + FERRY_TAG, m->pk, f->key, sizeof(f->key)) == 0;
	return 0;
}

static int keep_list(struct ld_ferry_out *f)
{
	const struct ld_mesh *m = f->cfg.mesh;

	free(f->list);
	f->list = calloc(m->n_mine + 1, sizeof(*f->list));
	if (!f->list)
		return LD_E_NOMEM;
	for (unsigned i = 0; i < m->n_mine; i++)
		f->list[i] = m->mine[i].e;
	f->n = m->n_mine;
	memcpy(f->digest, m->digest, sizeof(f->digest));
	return 0;
}

static int put_header(struct ld_ferry_out *f, struct ld_store *st)
{
	uint8_t first[FERRY_FIRST], *p = f->out;
	size_t len;
	int rc = held_scan(f->cfg.mesh, st);

	f->n_boxes = 0;
	if (rc == 0)
		rc = keep_list(f);
	if (rc == 0)
		rc = ld_store_members(st, wrap_one, &(struct wrap){ f, st });
	if (rc < 0)
		return rc;
	memcpy(p, FERRY_MAGIC, 8);
	memcpy(p + 8, f->salt, FERRY_SALT);
	ld_row_write(&f->next.row, f->key, p + 8 + FERRY_SALT);
	ferry_put_be(p + FERRY_FIXED - 2, f->n_boxes, 2);
	len = FERRY_FIXED + (size_t)f->n_boxes * FERRY_BOX;
	ld_hash(f->id, sizeof(f->id), NULL, 0, &(struct ld_span){ p, len }, 1);
	f->out_len = len;
	memcpy(first, f->cfg.key->pk, 32);
	ferry_put_be(first + 32, (uint64_t)f->cfg.now_ms, 8);
	ferry_put_be(first + 40, (uint64_t)f->cfg.since_ms, 8);
	put_chunk(f, first, sizeof(first), false);
	f->next.written.boards = f->n_boxes;
	f->next.stage = OUT_RIGHTS;
	return 0;
}

/* ---- runs ---- */

/* Rights go as a whole always: they are few, and without them nothing else is taken. */
static int find_first(struct ld_ferry_out *f, struct ld_store *st, const struct ld_vector_entry *e)
{
	f->next.first = 1;
	if (f->cfg.since_ms <= 0 || e->stream.cls == LD_CLASS_RIGHTS)
		return 0;
	return ld_store_since(st, &e->stream, e->seq, f->cfg.since_ms, &f->next.first);
}

/* The stretches of one stream, until chunk or slice is full (0) or the stream ends (1). */
static int put_stream(struct ld_ferry_out *f, struct ld_store *st, const struct ld_vector_entry *e,
		      unsigned *slice)
{
	struct out_cursor *c = &f->next;
	struct ld_head head;
	int rc = c->first == 0 ? find_first(f, st, e) : 0;

	*slice += SEEK_COST;
	while (rc == 0 && c->first <= e->seq && *slice < LD_MESH_SLICE) {
		rc = mesh_give_run(f->cfg.mesh, st, &f->body, &e->stream, c->first, true,
				   &head);
		if (rc == 0)
			return 0;
		if (mesh_ends_stream(f->cfg.mesh, rc)) {
			c->written.unreadable += rc != LD_E_UNKNOWN;
			return 1;
		}
		if (rc < 0)
			break;
		rc = 0;
		c->written.runs++;
		c->written.events += head.seq - c->first + 1;
		*slice += (unsigned)(head.seq - c->first) + 1;
		c->first = head.seq + 1;
	}
	return rc < 0 ? rc : c->first > e->seq;
}

/* The ward's rights in chunks of their own before all others: whoever knows no member yet learns
 * from them who the authors are. */
static int put_runs(struct ld_ferry_out *f, struct ld_store *st)
{
	struct out_cursor *c = &f->next;
	unsigned slice = 0;
	int rc = 1;

	f->body.len = 0;
	while (c->item < f->n && slice < LD_MESH_SLICE) {
		const struct ld_vector_entry *e = &f->list[c->item];

		if (ld_store_is_wards(st, &e->stream) == (c->stage == OUT_RIGHTS)) {
			rc = put_stream(f, st, e, &slice);
			if (rc <= 0)
				break;
		}
		c->item++;
		c->first = 0;
	}
	if (rc < 0)
		return rc;
	if (c->item == f->n) {
		c->item = 0;
		c->stage++;
	}
	if (f->body.len > 0)
		put_chunk(f, f->body.data, f->body.len, false);
	return 0;
}

/* ---- the list ---- */

/* What the writer held: the reader sees what it still lacks. */
static int put_list(struct ld_ferry_out *f)
{
	struct out_cursor *c = &f->next;
	unsigned n = f->n - c->item;
	struct ld_offer o = { .flags = LD_OFFER_LIST, .entries = f->list + c->item };
	int rc;

	if (n > FERRY_LIST) {
		n = FERRY_LIST;
		o.flags |= LD_OFFER_CUT;
	}
	o.n = n;
	if (c->item > 0)
		o.after = f->list[c->item - 1].stream;
	memcpy(o.digest, f->digest, sizeof(o.digest));
	f->body.len = 0;
	rc = ld_msg_put_offer(&f->body, &o);
	if (rc < 0)
		return rc;
	c->item += n;
	c->stage = c->item == f->n ? OUT_END : OUT_LIST;
	put_chunk(f, f->body.data, f->body.len, c->stage == OUT_END);
	return 0;
}

int ld_ferry_out_step(struct ld_ferry_out *f, struct ld_store *st)
{
	int rc;

	f->next = f->cur;
	f->out_len = 0;
	if (f->next.stage == OUT_HEADER)
		rc = put_header(f, st);
	else
		rc = f->next.stage == OUT_LIST ? put_list(f) : put_runs(f, st);
	f->next.written.octets += f->out_len;
	return rc < 0 ? rc : f->next.stage == OUT_END ? LD_MESH_DONE : LD_MESH_MORE;
}
