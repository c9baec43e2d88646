/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a ferry file. Whoever made it, it costs a bounded amount: nothing is looked at before it
 * opens under the file's key and its writer has signed it, and its frames go the way of every
 * message (take.c). */
#include <stdlib.h>
#include <string.h>

#include "ferry.h"
#include "sync_impl.h"

enum in_part { IN_FIXED, IN_BOXES, IN_LENGTH, IN_CHUNK, IN_END };

struct in_cursor {
	struct ld_row row;
	uint64_t no;                    /* of the next chunk */
	bool heard;                     /* the writer knew of this process */
	bool open;                      /* plain holds the chunk that is worked off */
	struct ld_ferry_read read;
};

struct ld_ferry_in {
	struct ld_mesh *m;
	const struct ld_keypair *key;
	struct ld_mesh_io *io;
	uint8_t id[32];                 /* hash over the header */
	enum in_part part;
	bool ready;                     /* the chunk in `in` waits to be worked off */
	bool last;                      /* and is the last one */
	size_t have, want;              /* octets of this part */
	size_t body_len;                /* of plain, without the signature */
	struct in_cursor cur, next;
	uint8_t in[LD_FERRY_OUT_MAX], plain[LD_FERRY_OUT_MAX];
};

struct ld_ferry_in *ld_ferry_in_new(struct ld_mesh *mesh, const struct ld_keypair *key)
{
	struct ld_ferry_in *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->m = mesh;
	f->key = key;
	f->want = FERRY_FIXED;
	f->io = ld_mesh_io_new(key->pk, NULL);
	if (!f->io) {
		free(f);
		return NULL;
	}
	return f;
}

void ld_ferry_in_free(struct ld_ferry_in *f)
{
	if (!f)
		return;
	ld_mesh_io_free(f->io);
	ld_crypto_wipe(f, sizeof(*f));
	free(f);
}

void ld_ferry_in_read(const struct ld_ferry_in *f, struct ld_ferry_read *ret)
{
	*ret = f->cur.read;
}

/* ---- parts ---- */

static int read_fixed(struct ld_ferry_in *f, struct ld_errmsg *err)
{
	size_t boxes = (size_t)ferry_get_be(f->in + FERRY_FIXED - 2, 2);

	if (memcmp(f->in, FERRY_MAGIC, 7) != 0)
		return ld_fail(err, LD_E_SYNTAX, "this is no ferry file (laido ferry export writes "
			       "one)");
	if (f->in[7] != FERRY_MAGIC[7])
		return ld_fail(err, LD_E_VERSION, "a ferry file of a newer version: update this one");
	if (boxes == 0 || boxes > LD_FERRY_BOXES_MAX)
		return ld_fail(err, LD_E_TOOBIG, "the beginning of the file is damaged");
	f->part = IN_BOXES;
	f->want = FERRY_FIXED + boxes * FERRY_BOX;
	return 0;
}

static int read_boxes(struct ld_ferry_in *f, struct ld_errmsg *err)
{
	uint8_t tag[FERRY_TAG], key[LD_ROW_KEY];
	int rc = LD_E_DENIED;

	ferry_tag(tag, f->in + 8, f->key->pk);
	for (size_t at = FERRY_FIXED; at < f->want && rc < 0; at += FERRY_BOX)
		if (memcmp(f->in + at, tag, FERRY_TAG) == 0)
			rc = ld_unseal(key, f->key, f->in + at + FERRY_TAG, FERRY_BOX - FERRY_TAG);
	if (rc < 0)
		return ld_fail(err, LD_E_DENIED, "this file is not for this board: it is another "
			       "ward's, or damaged, or its writer did not know this board yet or "
			       "knows it as revoked. Have it written anew by the ward, or by a board "
			       "that shows this one in laido mesh status");
	ld_hash(f->id, sizeof(f->id), NULL, 0, &(struct ld_span){ f->in, f->want }, 1);
	ld_row_read(&f->cur.row, key, f->in + 8 + FERRY_SALT);
	ld_crypto_wipe(key, sizeof(key));
	f->cur.read.octets = f->want;
	f->part = IN_LENGTH;
	f->have = 0;
	f->want = FERRY_LENGTH;
	return 0;
}

static int damaged(const struct ld_ferry_in *f, int rc, struct ld_errmsg *err)
{
	return ld_fail(err, rc, "the file is damaged behind octet %llu; what came before stands",
		       (unsigned long long)f->cur.read.octets);
}

static int read_length(struct ld_ferry_in *f, struct ld_errmsg *err)
{
	uint64_t len = ferry_get_be(f->in, FERRY_LENGTH);

	if (len < LD_ROW_EXTRA + FERRY_SIG || len > FERRY_CHUNK_MAX)
		return damaged(f, LD_E_TOOBIG, err);
	f->part = IN_CHUNK;
	f->have = 0;
	f->want = (size_t)len;
	return 0;
}

/* The part in `in` is there as a whole. */
static int read_part(struct ld_ferry_in *f, struct ld_errmsg *err)
{
	switch (f->part) {
	case IN_FIXED:
		return read_fixed(f, err);
	case IN_BOXES:
		return read_boxes(f, err);
	case IN_LENGTH:
		return read_length(f, err);
	default:
		f->ready = true;
		return 0;
	}
}

int ld_ferry_in_feed(struct ld_ferry_in *f, const uint8_t *data, size_t len, bool *ret_ready,
		     struct ld_errmsg *err)
{
	size_t used = 0;

	while (used < len && !f->ready) {
		size_t n = f->want - f->have < len - used ? f->want - f->have : len - used;
		int rc = 0;

		if (f->part == IN_END)
			return ld_fail(err, LD_E_CORRUPT, "something stands behind the end of the "
				       "file; the file itself was whole");
		memcpy(f->in + f->have, data + used, n);
		f->have += n;
		used += n;
		if (f->have == f->want)
			rc = read_part(f, err);
		if (rc < 0)
			return rc;
	}
	*ret_ready = f->ready;
	return (int)used;
}

/* ---- chunks ---- */

/* The first chunk says who writes; each is signed by that one. */
static int open_chunk(struct ld_ferry_in *f)
{
	struct in_cursor *c = &f->next;
	uint8_t what[FERRY_SIGNED];
	int rc = ld_row_get(&c->row, f->plain, f->in, f->want, &f->last);

	if (rc < 0)
		return rc;
	f->body_len = f->want - LD_ROW_EXTRA - FERRY_SIG;
	if (c->no == 0 && f->body_len != FERRY_FIRST)
		return LD_E_CORRUPT;
	if (c->no == 0) {
		memcpy(c->read.writer, f->plain, 32);
		c->read.made_ms = (int64_t)ferry_get_be(f->plain + 32, 8);
		c->read.since_ms = (int64_t)ferry_get_be(f->plain + 40, 8);
	}
	ferry_signed(what, f->id, c->no++, f->last, f->plain, f->body_len);
	if (!ld_verify(f->plain + f->body_len, c->read.writer, what, sizeof(what)))
		return LD_E_FORGED;
	c->read.known = c->open = true;
	ld_mesh_io_feed(f->io, f->plain, f->body_len);
	return 0;
}

/* A member's file is taken, a stranger's only as far as it has the ward's rights: they may say who
 * it is. A revoked one's is not. */
static int judge_writer(struct ld_ferry_in *f, struct ld_store *st, struct ld_errmsg *err)
{
	struct ld_ferry_read *r = &f->next.read;
	struct ld_member m = { .name = "" };
	struct ld_board_id id;
	int rc;

	ld_board_id_of(&id, r->writer);
	rc = ld_store_revoked(st, &id);
	if (rc == 1)
		return ld_fail(err, LD_E_DENIED, "the board that wrote this file was revoked; "
			       "nothing more is taken of it");
	if (rc == 0)
		rc = ld_store_member(st, &id, &m);
	if (rc < 0 && rc != LD_E_UNKNOWN)
		return rc;
	f->io->rights_only = rc < 0 || memcmp(m.pk, r->writer, 32) != 0;
	memcpy(r->name, m.name, sizeof(r->name));
	return 0;
}

static int compare_list(struct ld_ferry_in *f, struct ld_store *st, const struct ld_offer *o)
{
	struct ld_ferry_read *r = &f->next.read;

	for (unsigned i = 0; i < o->n; i++) {
		struct ld_stream_state have;
		uint64_t last;
		int rc = ld_store_last_valid(st, &o->entries[i].stream, &last);

		if (rc == 0)
			rc = ld_store_stream(st, &o->entries[i].stream, &have);
		f->next.heard |= ld_store_is_mine(st, &o->entries[i].stream);
		if (rc < 0 && rc != LD_E_UNKNOWN)
			return rc;
		if (o->entries[i].seq < last)
			last = o->entries[i].seq;
		if (have.seq >= last)
			continue;
		r->lacking += last - have.seq;
		r->lacking_streams++;
	}
	return 0;
}

/* A list stands in a chunk of its own. 1: it was one. */
static int take_list(struct ld_ferry_in *f, struct ld_store *st)
{
	struct ld_offer o;
	struct ld_frame frame;
	size_t pos = 0;
	int rc = ld_frame_next(f->plain, f->body_len, &pos, &frame);

	if (rc <= 0 || frame.type != LD_FRAME_OFFER)
		return rc < 0 ? rc : 0;
	rc = ld_frame_get_offer(&frame, &o);
	if (rc < 0)
		return rc;
	rc = o.n > FERRY_LIST || !(o.flags & LD_OFFER_LIST) ? LD_E_CORRUPT
							    : compare_list(f, st, &o);
	ld_offer_release(&o);
	return rc < 0 ? rc : 1;
}

static int take_frames(struct ld_ferry_in *f, struct ld_store *st)
{
	struct ld_mesh_stats before, after;
	int rc = take_list(f, st);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	f->io->next = f->io->cur;
	ld_mesh_stats(f->m, &before);
	rc = mesh_take(f->m, st, f->io);
	ld_mesh_stats(f->m, &after);
#define ADD(name) f->next.read.taken.name += after.name - before.name;
	LD_MESH_COUNTERS(ADD)
#undef ADD
	return rc;
}

/* An answer: another member wrote it after it had heard of what this process wrote, and all that it
 * held is here. That is as much as an exchange says, whatever the clocks. */
static int settle(struct ld_ferry_in *f, struct ld_store *st)
{
	const struct ld_ferry_read *r = &f->next.read;
	bool other = memcmp(r->writer, f->key->pk, sizeof(r->writer)) != 0;

	return other && !f->io->rights_only && f->next.heard && r->lacking == 0 ? ld_store_met(st) : 0;
}

int ld_ferry_in_step(struct ld_ferry_in *f, struct ld_store *st, struct ld_errmsg *err)
{
	int rc = 0;

	f->next = f->cur;
	if (!f->next.open)
		rc = open_chunk(f);
	if (rc == LD_E_FORGED || rc == LD_E_CORRUPT)
		return damaged(f, rc, err);
	if (rc == 0)
		rc = judge_writer(f, st, err);
	if (rc == 0 && f->next.no > 1)
		rc = take_frames(f, st);
	if (rc == LD_E_CORRUPT || rc == LD_E_TOOBIG)
		return damaged(f, rc, err);
	if (rc != 0)
		return rc;
	f->next.open = false;
	f->next.read.whole = f->last;
	return f->last ? settle(f, st) : 0;
}

void ld_ferry_in_accept(struct ld_ferry_in *f)
{
	f->io->cur = f->io->next;
	f->cur = f->next;
	if (f->cur.open)
		return;
	f->cur.read.octets += FERRY_LENGTH + f->want;
	f->ready = false;
	f->have = 0;
	f->want = FERRY_LENGTH;
	f->part = f->last ? IN_END : IN_LENGTH;
}
