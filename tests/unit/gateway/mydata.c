/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DU LIEU: the answer comes within the promised time, even if nobody looks; once, in the daytime. */
#include "bench.h"

static const char want[] = "Phuong dang luu\nSo may 0912 345 678\nTo chua co\n"
			   "Khoa LUADAO, dung 1 cau\nDong y ngay 22/11/2026\nSua: GIUP. Xoa: XOA.";

static void say(struct bench *b, const char *words)
{
	text(b, words, words);
	result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
}

static unsigned told(const struct bench *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->n_sends; i++)
		n += strcmp(b->send[i].text, want) == 0;
	return n;
}

static void test_in_time(void **state)
{
	struct bench *b = *state;
	unsigned hours = 0;

	close_all(b);
	b->nights = true;
	open_all(b);
	say(b, "hoc");
	say(b, "1");
	say(b, "2");                    /* right */
	say(b, "DU LIEU");
	assert_non_null(strstr(b->send[b->n_sends - 1].text, "cham nhat 24/11/2026"));
	while (told(b) == 0 && hours++ < 7 * 24) {
		ld_clock_manual_advance(&b->clock, 3600000);
		ticks(b, 40);
		for (unsigned i = 0; i < b->n_sends; i++)
			result(b, b->send[i].id, LD_SENT_OK);
		if (told(b) == 0)
			b->n_sends = 0;
	}
	assert_in_range((b->clock.utc / 3600000 + 7) % 24, 7, 20);
	assert_true(b->clock.utc < 1795539600000);      /* 25/11, 00:00 */
	assert_int_equal(count(b, "SELECT count(*) FROM request WHERE answered > 0"), 1);
	ld_clock_manual_advance(&b->clock, 3600000);
	ticks(b, 65);
	assert_int_equal(told(b), 1);
	assert_int_equal(count(b, "SELECT count(*) FROM outbox WHERE what = 'DATA_REPLY'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_time, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
