/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Editions: what is packed comes out again, a change of one file needs that file's pieces only, and
 * whatever is damaged or made up is refused within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "laido/wire/event.h"
#include "laido/wire/pack.h"
#include "seed.h"

static uint64_t rnd;

static void some_name(char ret[LD_FOLDER_NAME], unsigned i)
{
	snprintf(ret, LD_FOLDER_NAME, "%sf%u-%u.conf", i % 2 ? "courses/" : "",
		 seed_below(&rnd, 1000), i);
}

/* Text that packs neither to nothing nor not at all. */
static void some_folder(struct ld_folder *f, unsigned n, unsigned max)
{
	char name[LD_FOLDER_NAME], *text = malloc(max + 1);

	memset(f, 0, sizeof(*f));
	for (unsigned i = 0; i < n; i++) {
		unsigned len = seed_below(&rnd, max + 1);

		for (unsigned k = 0; k < len; k++)
			text[k] = (char)('a' + seed_below(&rnd, 20));
		some_name(name, i);
		assert_int_equal(ld_folder_add(f, name, text, len), 0);
	}
	free(text);
}

static void test_there_and_back(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		struct ld_folder f, g = { 0 };
		struct ld_pack p = { 0 }, again = { 0 };

		some_folder(&f, 1 + seed_below(&rnd, 12), 20000);
		assert_int_equal(ld_pack_folder(&f, &p), 0);
		for (unsigned i = 0; i < p.n; i++) {
			assert_true(p.piece[i].len > 0 && p.piece[i].len <= LD_PIECE_MAX);
			assert_int_equal(ld_pack_add(&again, p.data + p.piece[i].at,
						     p.piece[i].len), 0);
			assert_memory_equal(again.piece[i].id, p.piece[i].id, LD_CHUNK_ID);
		}
		assert_int_equal(ld_unpack(&again, &g), 0);
		assert_true(ld_folder_same(&f, &g));
		ld_pack_release(&p);
		ld_pack_release(&again);
		ld_folder_release(&f);
		ld_folder_release(&g);
	}
}

static bool has(const struct ld_pack *p, const uint8_t *id)
{
	for (unsigned i = 0; i < p->n; i++)
		if (memcmp(p->piece[i].id, id, LD_CHUNK_ID) == 0)
			return true;
	return false;
}

static void test_one_file_changes(void **state)
{
	struct ld_folder f;
	struct ld_pack a = { 0 }, b = { 0 }, alone = { 0 };
	struct ld_folder one = { 0 };
	unsigned fresh = 0;

	(void)state;
	some_folder(&f, 8, 30000);
	assert_int_equal(ld_pack_folder(&f, &a), 0);
	assert_true(f.file[3].len > 0);
	f.file[3].text[0] = '!';
	assert_int_equal(ld_pack_folder(&f, &b), 0);
	assert_int_equal(ld_folder_add(&one, f.file[3].name, f.file[3].text, f.file[3].len), 0);
	assert_int_equal(ld_pack_folder(&one, &alone), 0);
	for (unsigned i = 0; i < b.n; i++)
		fresh += !has(&a, b.piece[i].id);
	assert_true(fresh > 0 && fresh <= alone.n);
	ld_pack_release(&a);
	ld_pack_release(&b);
	ld_pack_release(&alone);
	ld_folder_release(&one);
	ld_folder_release(&f);
}

static void test_names(void **state)
{
	static const char *const good[] = { "menu.conf", "courses/dvc.conf", "a-b_9.conf" };
	static const char *const bad[] = { "", ".conf", "menu", "Menu.conf", "../menu.conf",
		"/etc/x.conf", "courses/../x.conf", "courses/a/b.conf", "other/a.conf", "a b.conf",
		"menu.conf\n", "courses/.conf", "menu.conf.conf" };
	struct ld_folder f = { 0 };

	(void)state;
	for (size_t i = 0; i < LD_ARRAY_SIZE(good); i++)
		assert_true(ld_folder_name_ok(good[i]));
	for (size_t i = 0; i < LD_ARRAY_SIZE(bad); i++) {
		assert_false(ld_folder_name_ok(bad[i]));
		assert_int_equal(ld_folder_add(&f, bad[i], "x", 1), LD_E_RANGE);
	}
	assert_int_equal(ld_folder_add(&f, "menu.conf", "x", 1), 0);
	assert_int_equal(ld_folder_add(&f, "menu.conf", "y", 1), LD_E_TOOBIG);
	ld_folder_release(&f);
}

/* A frame with this name and so many octets behind it. */
static int unpack_made_up(const char *name, size_t len)
{
	size_t head = strlen(name) + 1, bound = ZSTD_compressBound(head + len), n;
	char *plain = calloc(1, head + len), *packed = malloc(bound);
	struct ld_pack p = { 0 };
	struct ld_folder f = { 0 };
	int rc;

	memcpy(plain, name, head);
	n = ZSTD_compress(packed, bound, plain, head + len, 3);
	assert_false(ZSTD_isError(n));
	for (size_t at = 0; at < n; at += LD_PIECE_MAX)
		assert_int_equal(ld_pack_add(&p, packed + at, n - at < LD_PIECE_MAX ? n - at
					     : LD_PIECE_MAX), 0);
	rc = ld_unpack(&p, &f);
	ld_folder_release(&f);
	ld_pack_release(&p);
	free(plain);
	free(packed);
	return rc;
}

static void test_made_up(void **state)
{
	struct ld_pack p = { 0 };
	struct ld_folder f = { 0 };

	(void)state;
	assert_int_equal(unpack_made_up("menu.conf", 10), 0);
	assert_int_equal(unpack_made_up("../../etc/passwd", 10), LD_E_CORRUPT);
	assert_int_equal(unpack_made_up("menu.conf", 64 << 20), LD_E_TOOBIG);
	/* a skippable frame, and no frame at all */
	assert_int_equal(ld_pack_add(&p, "\x50\x2a\x4d\x18\x02\0\0\0ab", 10), 0);
	assert_int_equal(ld_unpack(&p, &f), LD_E_CORRUPT);
	p.data[0] = 'x';
	assert_int_equal(ld_unpack(&p, &f), LD_E_CORRUPT);
	ld_pack_release(&p);
	assert_int_equal(ld_pack_add(&p, "", 0), LD_E_TOOBIG);
}

static void test_damage(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct ld_folder f, g = { 0 };
		struct ld_pack p = { 0 };

		some_folder(&f, 1 + seed_below(&rnd, 4), 300);
		assert_int_equal(ld_pack_folder(&f, &p), 0);
		if (seed_below(&rnd, 3) == 0)
			p.len = seed_below(&rnd, (uint32_t)p.len);
		else
			p.data[seed_below(&rnd, (uint32_t)p.len)] ^= (uint8_t)(1 +
				seed_below(&rnd, 255));
		ld_unpack(&p, &g);      /* refused or other text, never a crash */
		ld_folder_release(&g);
		ld_folder_release(&f);
		ld_pack_release(&p);
	}
}

/* ---- as events ---- */

static void test_events(void **state)
{
	struct ld_fact f = { .kind = LD_EV_EDITION }, back;
	uint8_t parts[LD_EDITION_PARTS * LD_CHUNK_ID], body[LD_BODY_MAX];
	struct ld_event e = { .kind = LD_EV_EDITION, .body = body };
	int len;

	(void)state;
	for (size_t i = 0; i < sizeof(parts); i++)
		parts[i] = (uint8_t)seed_u64(&rnd);
	f.u.edition.number = 12;
	f.u.edition.at_ms = 1800000000000;
	memset(f.u.edition.hash, 7, sizeof(f.u.edition.hash));
	memset(f.u.edition.who, 'a', sizeof(f.u.edition.who) - 1);
	f.u.edition.parts = (struct ld_octets){ parts, sizeof(parts) };
	len = ld_fact_encode(&f, body, sizeof(body));
	assert_true(len > 0);   /* the largest edition fits into an event */
	e.body_len = (size_t)len;
	assert_int_equal(ld_fact_decode(&e, &back), 0);
	assert_int_equal(back.u.edition.number, 12);
	assert_string_equal(back.u.edition.who, f.u.edition.who);
	assert_int_equal(back.u.edition.parts.len, sizeof(parts));
	assert_memory_equal(back.u.edition.parts.p, parts, sizeof(parts));
	assert_true(back.u.edition.parts.p > body && back.u.edition.parts.p < body + len);

	f = (struct ld_fact){ .kind = LD_EV_CHUNK };
	f.u.chunk.data = (struct ld_octets){ parts, LD_PIECE_MAX > sizeof(parts) ? sizeof(parts)
					     : LD_PIECE_MAX };
	len = ld_fact_encode(&f, body, sizeof(body));
	assert_true(len > 0);
	e.kind = LD_EV_CHUNK;
	e.body_len = (size_t)len;
	for (unsigned i = 0; i < 20000; i++) {
		unsigned at = seed_below(&rnd, (uint32_t)len);
		uint8_t was = body[at];

		body[at] = (uint8_t)seed_u64(&rnd);
		if (ld_fact_decode(&e, &back) == 0 && back.u.chunk.data.len > 0)
			assert_true(back.u.chunk.data.p >= body &&
				    back.u.chunk.data.p + back.u.chunk.data.len <= body + len);
		body[at] = was;
	}
}

/* A newer program may write more, also nested: {9: [1, {2: h'03'}], 1: h'0a0b', "x": h'0c',
 * 2: 5}. */
static void test_newer_events(void **state)
{
	static const uint8_t body[] = { 0xa4, 0x09, 0x82, 0x01, 0xa1, 0x02, 0x41, 0x03, 0x01, 0x42,
					0x0a, 0x0b, 0x61, 'x', 0x41, 0x0c, 0x02, 0x05 };
	struct ld_event e = { .kind = LD_EV_CHUNK, .body = body, .body_len = sizeof(body) };
	struct ld_fact f;

	(void)state;
	assert_int_equal(ld_fact_decode(&e, &f), 0);
	assert_int_equal(f.u.chunk.data.len, 2);
	assert_ptr_equal(f.u.chunk.data.p, body + 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_one_file_changes),
		cmocka_unit_test(test_names), cmocka_unit_test(test_made_up),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_events),
		cmocka_unit_test(test_newer_events),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	rnd = seed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
