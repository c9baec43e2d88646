/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chain: does the log of a state folder hold, and do its tables follow from it?
 *
 *   chain DIR EMPTY_DIR
 *
 * For a daemon that has ended. Takes the whole log, stretch by stretch, into a new store in
 * EMPTY_DIR, as a peer would: every signature, hash and link is verified on the way. Then both
 * stores' tables must be the same line by line. Prints one line; exit 1 with what is wrong. */
#include <stdio.h>
#include <string.h>

#include "laido/mesh/identity.h"
#include "laido/store/store.h"

enum { STREAMS_MAX = 4096 };

struct chain {
	struct ld_clock_sys clock;
	struct ld_node node;
	struct ld_store *from, *to;
	unsigned n;
	struct ld_stream_state stream[STREAMS_MAX];
	uint64_t events;
};

struct digest {
	unsigned long rows;
	uint8_t hash[32];
};

static int fail(const char *what, int rc)
{
	printf("chain: %s: %s\n", what, ld_strerror(rc));
	return 1;
}

static int note_stream(void *arg, const struct ld_stream_state *s)
{
	struct chain *c = arg;

	if (c->n == STREAMS_MAX)
		return LD_E_TOOBIG;
	c->stream[c->n++] = *s;
	return 0;
}

static int copy_run(struct chain *c, const struct ld_stream_state *s, uint64_t *first)
{
	struct ld_run run;
	struct ld_head head;
	int rc = ld_store_run(c->from, &s->stream, *first, &run, &head);

	if (rc < 0)
		return rc;
	/* All that a board of one holds is its own. */
	rc = ld_head_verify(&head, c->node.key.pk) ? ld_store_apply(c->to, &run, &head)
						   : LD_E_FORGED;
	if (rc >= 0) {
		*first += run.n;
		c->events += (uint64_t)rc;
	}
	ld_run_release(&run);
	return rc < 0 ? rc : 0;
}

static int copy_all(struct chain *c)
{
	int rc = ld_store_begin(c->from);

	if (rc == 0)
		rc = ld_store_sign_heads(c->from);
	if (rc == 0)
		rc = ld_store_commit(c->from);
	if (rc == 0)
		rc = ld_store_streams(c->from, note_stream, c);
	if (rc == 0)
		rc = ld_store_begin(c->to);
	for (unsigned i = 0; i < c->n && rc == 0; i++) {
		uint64_t first = 1;

		while (first <= c->stream[i].seq && rc == 0)
			rc = copy_run(c, &c->stream[i], &first);
	}
	return rc < 0 ? rc : ld_store_commit(c->to);
}

static void add_row(void *arg, const char *line)
{
	struct digest *d = arg;
	struct ld_span parts[2] = { { d->hash, sizeof(d->hash) }, { line, strlen(line) } };
	uint8_t next[32];

	ld_hash(next, sizeof(next), NULL, 0, parts, 2);
	memcpy(d->hash, next, sizeof(next));
	d->rows++;
}

static int compare(struct chain *c)
{
	struct digest from = { 0 }, to = { 0 };
	int rc = ld_store_dump(c->from, add_row, &from);

	if (rc == 0)
		rc = ld_store_dump(c->to, add_row, &to);
	if (rc < 0)
		return fail("tables", rc);
	if (from.rows != to.rows || memcmp(from.hash, to.hash, sizeof(to.hash)) != 0) {
		printf("chain: the tables do not follow from the log: %lu rows here, %lu there\n",
		       from.rows, to.rows);
		return 1;
	}
	printf("streams=%u events=%llu rows=%lu: every link and signature holds\n", c->n,
	       (unsigned long long)c->events, from.rows);
	return 0;
}

static int open_both(struct chain *c, const char *dir, const char *temp)
{
	char path[512];
	struct ld_errmsg err = { "" };
	struct ld_store_cfg cfg = { .path = path, .clock = &c->clock.clock,
				    .random = ld_random_sys(), .author = &c->node.key };
	int rc = ld_node_open(&c->node, dir, ld_random_sys(), &err);

	memcpy(cfg.ward_pk, c->node.ward.ward_pk, sizeof(cfg.ward_pk));
	snprintf(path, sizeof(path), "%s/laido.db", dir);
	if (rc == 0)
		rc = ld_store_open(&c->from, &cfg, &err);
	snprintf(path, sizeof(path), "%s/laido.db", temp);
	if (rc == 0)
		rc = ld_store_open(&c->to, &cfg, &err);
	if (rc < 0)
		printf("chain: %s\n", err.text);
	return rc;
}

int main(int argc, char **argv)
{
	static struct chain c;
	int rc;

	if (argc != 3) {
		printf("Usage: chain DIR EMPTY_DIR\n");
		return 2;
	}
	ld_crypto_init();
	ld_clock_sys_init(&c.clock, true);
	rc = open_both(&c, argv[1], argv[2]);
	if (rc == 0) {
		rc = copy_all(&c);
		rc = rc < 0 ? fail("log", rc) : compare(&c);
	}
	ld_store_close(c.from);
	ld_store_close(c.to);
	return rc == 0 ? 0 : 1;
}
