/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket's codec: lines however they are cut, bounded, hostile ones refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/random.h>

#include "laido/wire/ctl.h"

/* Feeds octets in steps of at most `step` and counts what comes out. */
struct seen {
	int objects, syntax, toobig;
	json_int_t sum;         /* of the members "n" */
};

static void drain(struct ld_ctl_lines *l, struct seen *s)
{
	struct ld_errmsg err;
	json_t *o = NULL;
	int rc;

	while ((rc = ld_ctl_lines_next(l, &o, &err)) != 0) {
		if (rc == 1) {
			s->objects++;
			s->sum += json_integer_value(json_object_get(o, "n"));
			json_decref(o);
		} else if (rc == LD_E_SYNTAX) {
			s->syntax++;
			assert_true(strlen(err.text) > 0);
		} else {
			assert_int_equal(rc, LD_E_TOOBIG);
			s->toobig++;
		}
	}
}

static void feed(struct ld_ctl_lines *l, const char *in, size_t len, size_t step, struct seen *s)
{
	size_t at = 0;

	while (at < len) {
		char *room;
		size_t n;

		assert_int_equal(ld_ctl_lines_room(l, &room, &n), 0);
		assert_true(n > 0);
		if (n > step)
			n = step;
		if (n > len - at)
			n = len - at;
		memcpy(room, in + at, n);
		ld_ctl_lines_fed(l, n);
		at += n;
		drain(l, s);
	}
}

static void lines_however_they_are_cut(void **state)
{
	static const char in[] = "{\"n\":1}\n\n  \r\n{\"n\":20}\n{\"n\":300,\"t\":\"Định Công\"}\n{\"n\":4";

	(void)state;
	for (size_t step = 1; step < sizeof(in); step++) {
		struct ld_ctl_lines l;
		struct seen s = { 0 };

		ld_ctl_lines_init(&l, 64);
		feed(&l, in, sizeof(in) - 1, step, &s);
		assert_int_equal(s.objects, 3);
		assert_int_equal(s.sum, 321);
		assert_int_equal(s.syntax + s.toobig, 0);
		ld_ctl_lines_release(&l);
	}
}

static void a_long_line_costs_only_itself(void **state)
{
	char in[4000];

	(void)state;
	for (size_t step = 1; step < 700; step += 13) {
		struct ld_ctl_lines l;
		struct seen s = { 0 };

		memset(in, 'x', sizeof(in));
		memcpy(in, "{\"n\":1}\n", 8);
		memcpy(in + 3000, "\n{\"n\":2}\n", 9);
		ld_ctl_lines_init(&l, 256);
		feed(&l, in, 3009, step, &s);
		assert_int_equal(s.objects, 2);
		assert_int_equal(s.sum, 3);
		assert_int_equal(s.toobig, 1);
		assert_true(l.size <= 256);
		ld_ctl_lines_release(&l);
	}
}

/* A line of exactly max octets with its end passes; one more does not. */
static void the_bound_is_exact(void **state)
{
	(void)state;
	for (int extra = 0; extra <= 1; extra++) {
		struct ld_ctl_lines l;
		struct seen s = { 0 };
		char in[128];
		int n = snprintf(in, sizeof(in), "{\"n\":7,\"t\":\"%*s\"}\n", 48 + extra, "x");

		ld_ctl_lines_init(&l, (size_t)(n - extra));
		feed(&l, in, (size_t)n, (size_t)n, &s);
		assert_int_equal(s.objects, 1 - extra);
		assert_int_equal(s.toobig, extra);
		ld_ctl_lines_release(&l);
	}
}

static void hostile_lines_are_refused(void **state)
{
	static const char *const bad[] = {
		"nonsense\n", "[1,2]\n", "\"text\"\n", "{\"a\":1}{\"b\":2}\n", "{\"a\":1,\"a\":2}\n",
		"{\"a\":\"\\u0000\"}\n", "{\"a\":\"\xff\xfe\"}\n", "{\"a\":99999999999999999999}\n",
		"{\"a\":1e999}\n", "{\"a\"\n", "\x01\x02\n", "{\"a\":\"\\ud800\"}\n",
	};
	char deep[8002];
	struct ld_ctl_lines l;
	struct seen s = { 0 };

	(void)state;
	ld_ctl_lines_init(&l, LD_CTL_REQUEST_MAX);
	for (size_t i = 0; i < LD_ARRAY_SIZE(bad); i++)
		feed(&l, bad[i], strlen(bad[i]), 1000, &s);
	assert_int_equal(s.syntax, LD_ARRAY_SIZE(bad));
	memset(deep, '[', sizeof(deep));
	memcpy(deep, "{\"a\":", 5);
	deep[sizeof(deep) - 1] = '\n';
	feed(&l, deep, sizeof(deep), 1000, &s);
	assert_int_equal(s.syntax, LD_ARRAY_SIZE(bad) + 1);
	feed(&l, "{\"n\":5}\n", 8, 8, &s);
	assert_int_equal(s.objects, 1);
	ld_ctl_lines_release(&l);
}

/* xorshift; this room may not use port/random. */
static uint32_t below(uint64_t *x, uint32_t bound)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (uint32_t)(*x % bound);
}

/* Damaged traffic never upsets the reader: afterwards a good line is read as ever. */
static void random_octets(void **state)
{
	const char *env = getenv("SEED");
	uint64_t seed = 1;

	(void)state;
	if (env)
		seed = strtoull(env, NULL, 0);
	else
		assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	seed |= 1;
	print_message("SEED=%llu\n", (unsigned long long)seed);
	for (int round = 0; round < 200; round++) {
		static const char pool[] = "{}[]\":,n0123456789\\u\n\n\xc4\x90 tfe";
		struct ld_ctl_lines l;
		struct seen s = { 0 };
		char in[2000];

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = pool[below(&seed, sizeof(pool) - 1)];
		ld_ctl_lines_init(&l, 128);
		feed(&l, in, sizeof(in), 1 + below(&seed, 300), &s);
		s = (struct seen){ 0 };
		feed(&l, "\n{\"n\":9}\n", 9, 9, &s);
		assert_int_equal(s.sum, 9);
		ld_ctl_lines_release(&l);
	}
}

static void objects_go_out_as_lines(void **state)
{
	json_t *o = json_pack("{s:i,s:s}", "n", 1, "t", "dòng\nhai");
	char *line = NULL;
	int n = ld_ctl_encode(o, 100, &line);

	(void)state;
	assert_true(n > 0);
	assert_int_equal(line[n - 1], '\n');
	assert_ptr_equal(memchr(line, '\n', (size_t)n), line + n - 1);
	free(line);
	line = NULL;
	assert_int_equal(ld_ctl_encode(o, (size_t)n - 1, &line), LD_E_TOOBIG);
	assert_null(line);
	json_decref(o);
}

static void fields_are_checked(void **state)
{
	json_t *o = json_pack("{s:i,s:s,s:b,s:n}", "i", 5, "t", "x", "b", 1, "z");
	struct ld_errmsg err = { "" };
	const char *text = "before";
	int64_t i = -1;
	bool b = false;

	(void)state;
	assert_int_equal(ld_ctl_get_int(o, "i", 0, 9, 1, &i, &err), 0);
	assert_int_equal(i, 5);
	assert_int_equal(ld_ctl_get_int(o, "none", 0, 9, 1, &i, &err), 0);
	assert_int_equal(i, 1);
	assert_int_equal(ld_ctl_get_int(o, "i", 0, 4, 1, &i, &err), LD_E_RANGE);
	assert_non_null(strstr(err.text, "\"i\""));
	assert_int_equal(ld_ctl_get_int(o, "t", 0, 9, 1, &i, &err), LD_E_RANGE);
	assert_int_equal(ld_ctl_get_int(o, "z", 0, 9, 1, &i, &err), LD_E_RANGE);
	assert_int_equal(i, 1);
	assert_int_equal(ld_ctl_get_text(o, "t", NULL, &text, &err), 0);
	assert_string_equal(text, "x");
	assert_int_equal(ld_ctl_get_text(o, "i", NULL, &text, &err), LD_E_RANGE);
	assert_string_equal(text, "x");
	assert_int_equal(ld_ctl_get_text(o, "none", NULL, &text, &err), 0);
	assert_null(text);
	assert_int_equal(ld_ctl_get_bool(o, "b", false, &b, &err), 0);
	assert_true(b);
	assert_int_equal(ld_ctl_get_bool(o, "i", false, &b, &err), LD_E_RANGE);
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_however_they_are_cut),
		cmocka_unit_test(a_long_line_costs_only_itself),
		cmocka_unit_test(the_bound_is_exact),
		cmocka_unit_test(hostile_lines_are_refused),
		cmocka_unit_test(random_octets),
		cmocka_unit_test(objects_go_out_as_lines),
		cmocka_unit_test(fields_are_checked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wire/ctl", tests, NULL, NULL);
}
