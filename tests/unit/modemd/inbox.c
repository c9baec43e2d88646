/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reassembly: every message once, whole if it can be, and nothing deleted before it is committed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inbox.h"
#include "laido/base/err.h"
#include "laido/text/text.h"
#include "seed.h"

enum { GAP_MS = 1000 };

static struct ld_inbox *box;
static struct ld_wmsg_inbound in;

static int setup(void **state)
{
	(void)state;
	box = ld_inbox_new(GAP_MS);
	return box ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	ld_inbox_free(box);
	return 0;
}

static struct ld_inbox_sms sms(int location, const char *from, unsigned ref, unsigned total, unsigned part,
			       const char *text)
{
	struct ld_inbox_sms s = { .location = location, .stamp = "20261122200000", .reference = (uint16_t)ref,
				  .total = (uint8_t)total, .part = (uint8_t)part };

	snprintf(s.from, sizeof(s.from), "%s", from);
	s.n_units = (uint16_t)(ld_ucs2_encode(text, s.text, sizeof(s.text)) / 2);
	return s;
}

static void found(struct ld_inbox_sms s, int64_t now)
{
	assert_int_equal(ld_inbox_found(box, &s, now), 0);
}

static void test_single(void **state)
{
	int location;
	char dedupe[LD_DEDUPE_MAX];

	(void)state;
	found(sms(3, "+84912", 0, 1, 1, "Đăng ký 😀"), 0);
	assert_int_equal(ld_inbox_next(box, 0, &in), 1);
	assert_string_equal(in.text, "Đăng ký 😀");
	assert_string_equal(in.from, "+84912");
	memcpy(dedupe, in.dedupe, sizeof(dedupe));
	assert_memory_equal(dedupe, "20261122200000:", 15); /* in the order of time */
	assert_int_equal(ld_inbox_next(box, 0, &in), 0);
	assert_int_equal(ld_inbox_deletable(box, &location), 0);
	ld_inbox_committed(box, in.ref + 1);
	assert_int_equal(ld_inbox_deletable(box, &location), 0);
	ld_inbox_committed(box, in.ref);
	assert_int_equal(ld_inbox_deletable(box, &location), 1);
	assert_int_equal(location, 3);
	ld_inbox_deleted(box, 3);
	assert_int_equal(ld_inbox_deletable(box, &location), 0);
	/* the network brings it again: the same key */
	found(sms(3, "+84912", 0, 1, 1, "Đăng ký 😀"), 5);
	assert_int_equal(ld_inbox_next(box, 5, &in), 1);
	assert_string_equal(in.dedupe, dedupe);
}

/* Late, doubled, out of order, of two senders with one reference. */
static void test_parts(void **state)
{
	int location, n = 0;

	(void)state;
	found(sms(1, "+84912", 9, 3, 2, "hai "), 0);
	found(sms(2, "+84999", 9, 3, 1, "cua nguoi khac"), 0);
	found(sms(3, "+84912", 9, 3, 3, "ba"), 0);
	found(sms(4, "+84912", 9, 3, 2, "hai "), 10);
	assert_int_equal(ld_inbox_next(box, 10, &in), 0);
	found(sms(5, "+84912", 9, 3, 1, "mot "), 500);
	assert_int_equal(ld_inbox_next(box, 500, &in), 1);
	assert_string_equal(in.text, "mot hai ba");
	ld_inbox_committed(box, in.ref);
	while (ld_inbox_deletable(box, &location) == 1) {
		assert_int_not_equal(location, 2);
		ld_inbox_deleted(box, location);
		n++;
	}
	assert_int_equal(n, 4);
	/* the other sender's waits, then comes with its gaps */
	assert_int_equal(ld_inbox_next(box, 999, &in), 0);
	assert_int_equal(ld_inbox_next(box, 1000, &in), 1);
	assert_string_equal(in.text, "cua nguoi khac [...]  [...] ");
	assert_string_equal(in.from, "+84999");
}

/* A surrogate pair that the sender split over two parts. */
static void test_split_pair(void **state)
{
	struct ld_inbox_sms a = sms(1, "+84912", 1, 2, 1, "a😀"), b = sms(2, "+84912", 1, 2, 2, "😀b");

	(void)state;
	a.n_units = 2;
	memmove(b.text, b.text + 2, 4);
	b.n_units = 2;
	found(a, 0);
	found(b, 0);
	assert_int_equal(ld_inbox_next(box, 0, &in), 1);
	assert_string_equal(in.text, "a😀b");
}

static void test_listing(void **state)
{
	(void)state;
	ld_inbox_begin(box);
	found(sms(1, "+84912", 0, 1, 1, "mot"), 0);
	found(sms(LD_INBOX_NOWHERE, "+84912", 0, 1, 1, "khong luu"), 0);
	ld_inbox_end(box);
	for (int i = 0; i < 3; i++) {                   /* seen again, not delivered again */
		ld_inbox_begin(box);
		found(sms(1, "+84912", 0, 1, 1, "mot"), 0);
		ld_inbox_end(box);
	}
	assert_int_equal(ld_inbox_next(box, 0, &in), 1);
	ld_inbox_begin(box);                            /* someone else deleted it */
	ld_inbox_end(box);
	assert_int_equal(ld_inbox_next(box, 0, &in), 1);
	assert_string_equal(in.text, "khong luu");
	ld_inbox_committed(box, in.ref);
	assert_int_equal(ld_inbox_next(box, 0, &in), 0);
}

static void test_window_and_limits(void **state)
{
	uint64_t refs[LD_INBOX_WINDOW + 1];
	char text[16];
	int n = 0;
	struct ld_inbox_sms bad = sms(600, "+84", 0, 0, 7, "dau vo nghia");

	(void)state;
	for (int i = 0; i < LD_INBOX_MAX - 1; i++) {
		snprintf(text, sizeof(text), "tin %d", i);
		found(sms(i, "+84912", 0, 1, 1, text), 0);
	}
	found(bad, 0);
	assert_int_equal(ld_inbox_found(box, &bad, 0), 0);
	bad.location++;
	assert_int_equal(ld_inbox_found(box, &bad, 0), LD_E_BUSY);
	while (ld_inbox_next(box, 0, &in) == 1)
		refs[n++] = in.ref;
	assert_int_equal(n, LD_INBOX_WINDOW);
	ld_inbox_committed(box, refs[2]);
	assert_int_equal(ld_inbox_next(box, 0, &in), 1);
	assert_int_equal(ld_inbox_next(box, 0, &in), 0);
}

/* Random messages in random order with copies: each text comes out exactly once. */
static void test_random(void **state)
{
	uint64_t r = seed_start();
	enum { N = 30 };
	int came[N] = { 0 };
	struct ld_inbox_sms all[N * 6];
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		unsigned total = 1 + seed_below(&r, 5);
		char from[24], text[32];

		snprintf(from, sizeof(from), "+849%u", seed_below(&r, 5));
		for (unsigned p = 1; p <= total; p++) {
			snprintf(text, sizeof(text), "%u/%u ", i, p);
			all[n] = sms((int)n, from, total > 1 ? i : 0, total, p, text);
			n++;
		}
	}
	for (unsigned k = n; k > 1; k--) {
		unsigned o = seed_below(&r, k);
		struct ld_inbox_sms t = all[o];

		all[o] = all[k - 1];
		all[k - 1] = t;
	}
	for (unsigned k = 0; k < n; k++) {
		found(all[k], k);
		if (seed_below(&r, 3) == 0) {
			struct ld_inbox_sms copy = all[k];

			copy.location += 300;
			found(copy, k);
		}
		while (ld_inbox_next(box, k, &in) == 1) {
			unsigned i = 0, last = 0, parts = 0, used = 0;

			for (const char *p = in.text; sscanf(p, "%u/%u %n", &i, &parts, (int *)&used) == 2; p += used)
				assert_int_equal(parts, ++last);
			assert_true(i < N);
			came[i]++;
			ld_inbox_committed(box, in.ref);
		}
	}
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(came[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_single, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split_pair, setup, teardown),
		cmocka_unit_test_setup_teardown(test_listing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window_and_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
