/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XOA from the word to the last message: promised, kept back while anything of hers is left, not in
 * the night, sent once, and then even her number is forgotten. */
#include "bench.h"

/* She agrees and erases herself; nothing has been reported sent yet. */
static void erase(struct bench *b)
{
	const char *code;
	char words[16];

	text(b, "hoc", "a");
	result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	text(b, "1", "b");
	result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	text(b, "xoa", "c");
	code = strstr(b->send[b->n_sends - 1].text, "Nhan XOA ");
	assert_non_null(code);
	snprintf(words, sizeof(words), "XOA %.4s", code + 9);
	result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	text(b, words, "d");
	assert_non_null(strstr(b->send[b->n_sends - 1].text, "Da nhan yeu cau xoa"));
	assert_non_null(strstr(b->send[b->n_sends - 1].text, "se bao mot tin cuoi"));
}

static int64_t rows(struct bench *b, const char *where)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", where);
	commit_now(b);
	return count(b, sql);
}

static void test_told_once(void **state)
{
	struct bench *b = *state;
	unsigned n;

	erase(b);
	n = b->n_sends;
	ticks(b, 65);
	assert_int_equal(b->n_sends, n);        /* the answer to her wish is under way */
	assert_int_equal(rows(b, "erased"), 0);
	result(b, b->send[n - 1].id, LD_SENT_OK);
	ticks(b, 65);
	assert_int_equal(b->n_sends, n + 1);
	assert_string_equal(b->send[n].text, "Da xoa xong du lieu cua so nay. Chi con so lieu khong "
			    "ten. Phuong khong nhan nua.");
	result(b, b->send[n].id, LD_SENT_OK);
	assert_int_equal(rows(b, "farewell"), 0);
	assert_int_equal(rows(b, "outbox WHERE dest LIKE '%912345678'"), 1);
	ticks(b, 3700);
	assert_int_equal(b->n_sends, n + 1);
	assert_int_equal(rows(b, "outbox WHERE dest LIKE '%912345678' OR text <> ''"), 0);
	assert_int_equal(rows(b, "session"), 0);
}

static void test_not_at_night(void **state)
{
	struct bench *b = *state;
	unsigned n;

	close_all(b);
	b->nights = true;
	open_all(b);
	ld_clock_manual_advance(&b->clock, 11 * 3600000);       /* 22:00 */
	erase(b);
	n = b->n_sends;
	result(b, b->send[n - 1].id, LD_SENT_OK);
	ticks(b, 65);
	assert_int_equal(b->n_sends, n);
	assert_int_equal(rows(b, "outbox WHERE what = 'ERASE_DONE' AND state = 0"), 1);
	ld_clock_manual_advance(&b->clock, 10 * 3600000);
	ticks(b, 65);
	assert_int_equal(b->n_sends, n + 1);
}

/* "No more texts come" would not be true of somebody who has begun anew, nor of the others who learn
 * on a telephone: they are told that what was stored before is gone. */
static const char shared[] = "Da xoa xong du lieu cua nguoi hoc xin xoa tren may nay. Chi con so lieu "
			     "khong ten.";

static void test_back_again(void **state)
{
	struct bench *b = *state;
	unsigned n;

	erase(b);
	result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	text(b, "hoc", "e");
	result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	text(b, "1", "f");
	result(b, b->send[b->n_sends - 1].id, LD_SENT_OK);
	n = b->n_sends;
	ticks(b, 65);
	assert_int_equal(b->n_sends, n + 1);
	assert_string_equal(b->send[n].text, shared);
	assert_int_equal(rows(b, "farewell"), 0);
	assert_int_equal(rows(b, "outbox WHERE what = 'ERASE_DONE'"), 0);
}

static void say(struct bench *b, const char *words, const char *key)
{
	unsigned n = b->n_sends;

	text(b, words, key);
	while (n < b->n_sends)
		result(b, b->send[n++].id, LD_SENT_OK);
}

static void test_others_stay(void **state)
{
	struct bench *b = *state;
	char words[16];
	unsigned n;

	say(b, "hoc", "a");
	say(b, "1", "b");
	say(b, "707", "c");             /* a second learner */
	say(b, "4", "d");
	say(b, "Lan", "e");
	say(b, "1", "f");
	assert_int_equal(rows(b, "person"), 2);
	say(b, "xoa", "g");
	snprintf(words, sizeof(words), "XOA %.4s",
		 strstr(b->send[b->n_sends - 1].text, "Nhan XOA ") + 9);
	say(b, words, "h");
	assert_int_equal(rows(b, "farewell"), 1);
	assert_int_equal(rows(b, "farewell WHERE text LIKE '%Lan%' OR shared LIKE '%Lan%'"), 0);
	n = b->n_sends;
	ticks(b, 65);
	assert_int_equal(b->n_sends, n + 1);
	assert_string_equal(b->send[n].text, shared);
	assert_int_equal(rows(b, "person"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_told_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_at_night, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_back_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others_stay, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
