/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hangs on a number and outlives its dialogue: wrong codes of a day, and who may stop whom when
 * one person has two numbers. */
#include "bench.h"

#define HOUR_MS INT64_C(3600000)

static char heard[LD_TEXT_MAX];         /* the last answer to it */

static void say(struct bench *b, const char *from, const char *words)
{
	struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .ref = ++b->next_ref,
				 .budget = { false, 160, 70, 3 } };

	snprintf(in.from, sizeof(in.from), "%s", from);
	snprintf(in.text, sizeof(in.text), "%s", words);
	b->n_sends = 0;
	heard[0] = '\0';
	assert_int_equal(b->ch.host->inbound(&b->ch, &in), 0);
	settle(b);
	ld_clock_manual_advance(&b->clock, 60000);
	for (unsigned i = 0; i < b->n_sends; i++) {
		snprintf(heard, sizeof(heard), "%s", b->send[i].text);
		result(b, b->send[i].id, LD_SENT_OK);
	}
}

static const char old[] = "0912345670", new[] = "0912345671";

static const char *code_for_another(struct bench *b)
{
	static char words[24];
	const char *code;

	say(b, old, "doi so");
	code = strstr(heard, "DOI SO ");
	assert_non_null(code);
	snprintf(words, sizeof(words), "%.13s", code);
	return words;
}

static void agree(struct bench *b, const char *from)
{
	say(b, from, "hoc");
	say(b, from, "1");
	assert_non_null(strstr(heard, "1/10"));
}

/* Five a day, whatever becomes of the dialogue: erased, begun anew, the board started anew. */
static void test_guesses_outlive_the_dialogue(void **state)
{
	struct bench *b = *state;
	char words[24], erase[16];

	agree(b, old);
	agree(b, new);
	snprintf(words, sizeof(words), "%s", code_for_another(b));
	for (int i = 0; i < 5; i++) {
		say(b, new, "DOI SO 000000");
		assert_non_null(strstr(heard, "Ma doi so chua dung"));
	}
	say(b, new, "xoa");
	snprintf(erase, sizeof(erase), "XOA %.4s", strstr(heard, "Nhan XOA ") + 9);
	say(b, new, erase);
	ticks(b, 65);
	for (unsigned i = 0; i < b->n_sends; i++)
		result(b, b->send[i].id, LD_SENT_OK);
	ticks(b, 65);
	commit_now(b);
	assert_int_equal(count(b, "SELECT count(*) FROM person"), 1);
	close_all(b);
	open_all(b);
	agree(b, new);
	say(b, new, words);
	assert_non_null(strstr(heard, "Ma doi so chua dung"));
	ld_clock_manual_advance(&b->clock, 13 * HOUR_MS);       /* tomorrow, one in the morning */
	say(b, new, words);
	assert_non_null(strstr(heard, "Da noi voi so cu"));
}

/* A stop from either number holds for both: who it is that stops is not known. Her word from her own
 * one begins again, and the old number, whose new owner it was, hears nothing. */
static void test_a_stop_from_the_old_number(void **state)
{
	struct bench *b = *state;

	agree(b, old);
	agree(b, new);
	say(b, new, code_for_another(b));
	assert_non_null(strstr(heard, "Da noi voi so cu"));
	say(b, old, "huy");
	say(b, new, "tiep");
	assert_non_null(strstr(heard, "1 dong y"));
	say(b, new, "1");
	assert_non_null(strstr(heard, "/10"));
	say(b, new, "diem");
	assert_non_null(strstr(heard, "Chong lua dao"));
	say(b, old, "diem");
	assert_non_null(strstr(heard, "1 dong y"));
}

/* NHAM takes the old number away and leaves her alone. */
static void test_a_wrong_person_leaves(void **state)
{
	struct bench *b = *state;

	agree(b, old);
	agree(b, new);
	say(b, new, code_for_another(b));
	say(b, old, "nham");
	say(b, new, "diem");
	assert_non_null(strstr(heard, "Chong lua dao"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		T(test_guesses_outlive_the_dialogue), T(test_a_stop_from_the_old_number),
		T(test_a_wrong_person_leaves),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
