/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Editions in the log: only the ward's count, in whatever order they come; pieces that came by any
 * board; an edition whose pieces are not what it says. */
#include "laido/wire/pack.h"
#include "nodes.h"

/* A node of the ward whose key is that of node 1. */
static void init(struct node *n, uint8_t who)
{
	static const uint8_t seed[32] = { 1 };
	struct ld_store_cfg cfg = { .path = n->path, .clock = &n->clock.clock,
				    .random = &n->random.random, .author = &n->key };
	struct ld_keypair ward;
	struct ld_errmsg err;

	node_init(n, who);
	ld_store_close(n->st);
	ld_keypair_from_seed(&ward, seed);
	memcpy(cfg.ward_pk, ward.pk, sizeof(cfg.ward_pk));
	assert_int_equal(engine_open(&n->st, &cfg, &err), 0);
}

static void chunk(struct node *n, const char *text, uint8_t ret[LD_CHUNK_ID])
{
	struct ld_fact f = { .kind = LD_EV_CHUNK };

	f.u.chunk.data = (struct ld_octets){ (const uint8_t *)text, (uint16_t)strlen(text) };
	ld_chunk_id(ret, text, strlen(text));
	append(n, &f, NULL);
}

/* An edition of two pieces; the hash is of these texts. */
static void edition(struct node *n, int64_t number, const uint8_t *parts, const char *a,
		    const char *b)
{
	struct ld_fact f = { .kind = LD_EV_EDITION };
	struct ld_pack p = { 0 };

	assert_int_equal(ld_pack_add(&p, a, strlen(a)), 0);
	assert_int_equal(ld_pack_add(&p, b, strlen(b)), 0);
	ld_pack_hash(f.u.edition.hash, &p);
	ld_pack_release(&p);
	f.u.edition.number = number;
	f.u.edition.parts = (struct ld_octets){ parts, 2 * LD_CHUNK_ID };
	append(n, &f, NULL);
}

struct seen {
	struct node *n;
	unsigned editions;
	int64_t newest;
	int rc;                         /* of the newest one's pieces */
	unsigned pieces;
	char text[64];
};

static int see(void *arg, const struct ld_edition *e)
{
	struct seen *s = arg;
	struct ld_pack p;

	if (s->editions++ > 0)
		return 0;
	s->newest = e->number;
	s->rc = ld_store_edition_pack(s->n->st, e, &p);
	s->pieces = p.n;
	snprintf(s->text, sizeof(s->text), "%.*s", (int)p.len, p.data ? (char *)p.data : "");
	ld_pack_release(&p);
	return 0;
}

static struct seen look(struct node *n)
{
	struct seen s = { .n = n };

	assert_int_equal(ld_store_editions(n->st, 0, see, &s), 0);
	return s;
}

static void test_any_order(void **state)
{
	struct node ward, a, b;
	uint8_t parts[2 * LD_CHUNK_ID];
	struct seen s;

	(void)state;
	init(&ward, 1);
	init(&a, 2);
	init(&b, 3);
	chunk(&ward, "one ", parts);
	chunk(&ward, "two", parts + LD_CHUNK_ID);
	edition(&ward, 1, parts, "one ", "two");
	chunk(&ward, "three", parts + LD_CHUNK_ID);
	edition(&ward, 2, parts, "one ", "three");
	sync_to(&ward, &a, false);
	sync_to(&a, &b, true);          /* pieces before what they are pieces of, by a third board */
	same_projections(&ward, &a);
	same_projections(&ward, &b);
	s = look(&b);
	assert_int_equal(s.editions, 2);
	assert_int_equal(s.newest, 2);
	assert_int_equal(s.rc, 0);
	assert_string_equal(s.text, "one three");
	rebuilds_to_the_same(&b);
	assert_string_equal(look(&b).text, "one three");
	/* The same number again, from a ward that was set back: the newer one. */
	ld_chunk_id(parts + LD_CHUNK_ID, "two", 3);
	edition(&ward, 2, parts, "one ", "two");
	sync_to(&ward, &b, false);
	same_projections(&ward, &b);
	assert_string_equal(look(&b).text, "one two");
	rebuilds_to_the_same(&b);
	node_end(&ward);
	node_end(&a);
	node_end(&b);
}

static void test_only_the_ward(void **state)
{
	struct node ward, a;
	uint8_t parts[2 * LD_CHUNK_ID], id[LD_CHUNK_ID];

	(void)state;
	init(&ward, 1);
	init(&a, 2);
	chunk(&a, "evil ", parts);
	chunk(&a, "words", parts + LD_CHUNK_ID);
	edition(&a, 9, parts, "evil ", "words");
	assert_int_equal(look(&a).editions, 0);
	assert_int_equal(ld_store_chunk(a.st, parts), 0);
	sync_to(&a, &ward, false);
	assert_int_equal(look(&ward).editions, 0);
	ld_chunk_id(id, "evil ", 5);
	assert_int_equal(ld_store_chunk(ward.st, id), 0);
	node_end(&ward);
	node_end(&a);
}

static void test_missing_and_wrong(void **state)
{
	struct node ward;
	uint8_t parts[2 * LD_CHUNK_ID];
	struct ld_fact f = { .kind = LD_EV_EDITION };

	(void)state;
	init(&ward, 1);
	chunk(&ward, "one ", parts);
	ld_chunk_id(parts + LD_CHUNK_ID, "two", 3);
	edition(&ward, 1, parts, "one ", "two");
	assert_int_equal(look(&ward).rc, 0);
	assert_int_equal(look(&ward).pieces, 1);
	chunk(&ward, "two", parts + LD_CHUNK_ID);
	assert_int_equal(look(&ward).pieces, 2);
	edition(&ward, 2, parts, "one ", "other");
	assert_int_equal(look(&ward).rc, LD_E_FORGED);
	/* What cannot be an edition is none. */
	f.u.edition.number = 3;
	append(&ward, &f, NULL);
	f.u.edition.parts = (struct ld_octets){ parts, LD_CHUNK_ID - 1 };
	append(&ward, &f, NULL);
	f.u.edition.number = 0;
	f.u.edition.parts.len = LD_CHUNK_ID;
	append(&ward, &f, NULL);
	assert_int_equal(look(&ward).newest, 2);
	rebuilds_to_the_same(&ward);
	node_end(&ward);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order), cmocka_unit_test(test_only_the_ward),
		cmocka_unit_test(test_missing_and_wrong),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ld_crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
