/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a peer is asked: at intervals, soon after news, seldom when it does not answer, and again as
 * soon as it is heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laido/mesh/pace.h"

static struct ld_random_seeded dice;

static void begin(struct ld_pace *p)
{
	ld_random_seeded_init(&dice, 1);
	ld_pace_init(p, &(struct ld_pace_cfg){ .gather_ms = 200 }, 1000);
	assert_int_equal(p->due_ms, 1000);
}

static void at_intervals_and_after_news(void **state)
{
	struct ld_pace p;

	(void)state;
	begin(&p);
	assert_false(ld_pace_begin(&p));
	ld_pace_rest(&p, 2000);
	assert_int_equal(p.due_ms, 32000);
	ld_pace_poke(&p, 5000);
	assert_int_equal(p.due_ms, 5200);
	ld_pace_poke(&p, 5100);                 /* gathered, not put off */
	assert_int_equal(p.due_ms, 5200);
	assert_true(ld_pace_begin(&p));
	ld_pace_poke(&p, 5300);                 /* written meanwhile */
	ld_pace_rest(&p, 6000);
	assert_int_equal(p.due_ms, 6200);
	assert_true(ld_pace_begin(&p));
	ld_pace_rest(&p, 7000);
	assert_false(ld_pace_begin(&p));
}

/* They may have reached the peer by the time: so it is compared first. */
static void others_news_wait_a_little(void **state)
{
	struct ld_pace p;

	(void)state;
	begin(&p);
	ld_pace_begin(&p);
	ld_pace_rest(&p, 0);
	for (unsigned i = 0; i < 100; i++) {
		ld_pace_relay(&p, 1000, &dice.random);
		assert_in_range(p.due_ms, 1500, 2500);
		assert_false(ld_pace_begin(&p));
		ld_pace_relay(&p, 1000, &dice.random);
		ld_pace_rest(&p, 2000);
		assert_in_range(p.due_ms, 2500, 3500);
		ld_pace_begin(&p);
		ld_pace_rest(&p, 0);
	}
}

static void failures_make_the_pause_longer(void **state)
{
	static const int64_t pauses[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
	struct ld_pace p;

	(void)state;
	begin(&p);
	for (unsigned i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		ld_pace_begin(&p);
		ld_pace_fail(&p, 0, &dice.random);
		assert_in_range(p.due_ms, pauses[i] * 3 / 4, pauses[i] * 5 / 4);
		ld_pace_poke(&p, 1);            /* news do not shorten it */
		ld_pace_relay(&p, 1, &dice.random);
		assert_in_range(p.due_ms, pauses[i] * 3 / 4, pauses[i] * 5 / 4);
	}
	ld_pace_begin(&p);
	ld_pace_rest(&p, 0);
	ld_pace_begin(&p);
	ld_pace_fail(&p, 0, &dice.random);
	assert_in_range(p.due_ms, 750, 1250);
}

static void who_is_heard_is_asked(void **state)
{
	struct ld_pace p;
	int64_t due;

	(void)state;
	begin(&p);
	for (unsigned i = 0; i < 8; i++) {
		ld_pace_begin(&p);
		ld_pace_fail(&p, 0, &dice.random);
	}
	ld_pace_heard(&p, 1000);                /* however often somebody says it: */
	assert_int_equal(p.due_ms, 5000);
	ld_pace_begin(&p);
	ld_pace_fail(&p, 5000, &dice.random);
	ld_pace_heard(&p, 12000);
	assert_int_equal(p.due_ms, 12000);
	ld_pace_begin(&p);
	ld_pace_rest(&p, 13000);
	due = p.due_ms;
	ld_pace_heard(&p, 14000);               /* a link that works is left alone */
	assert_int_equal(p.due_ms, due);
}

/* Both sides give and take in an exchange, whoever began it. */
static void who_was_answered_is_not_asked(void **state)
{
	struct ld_pace p;

	(void)state;
	begin(&p);
	ld_pace_begin(&p);
	ld_pace_rest(&p, 0);
	ld_pace_asked(&p, 29000);
	assert_int_equal(p.due_ms, 59000);
	for (unsigned i = 0; i < 10; i++)
		ld_pace_asked(&p, 29000 + 10000 * i);
	assert_int_equal(p.due_ms, 120000);     /* now and then all the same */
	ld_pace_begin(&p);
	ld_pace_rest(&p, 0);
	ld_pace_asked(&p, 29000);
	ld_pace_relay(&p, 29500, &dice.random); /* it may be at it still, and take them with it */
	assert_in_range(p.due_ms, 31500, 32500);
	ld_pace_poke(&p, 29600);                /* own news do not wait */
	assert_int_equal(p.due_ms, 29800);
	ld_pace_asked(&p, 29700);
	assert_int_equal(p.due_ms, 29800);
	ld_pace_begin(&p);
	ld_pace_fail(&p, 40000, &dice.random);
	ld_pace_asked(&p, 40100);
	ld_pace_heard(&p, 40200);
	assert_int_equal(p.due_ms, 45100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_intervals_and_after_news),
		cmocka_unit_test(others_news_wait_a_little),
		cmocka_unit_test(failures_make_the_pause_longer),
		cmocka_unit_test(who_is_heard_is_asked),
		cmocka_unit_test(who_was_answered_is_not_asked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
