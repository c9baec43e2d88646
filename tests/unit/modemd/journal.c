/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal: what it promised before a crash it knows after it, at every cut of the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "journal.h"
#include "laido/base/err.h"

static char folder[] = "/tmp/laido-journal-XXXXXX";
static char path[64];
static struct ld_journal *j;

static int setup(void **state)
{
	(void)state;
	unlink(path);
	return ld_journal_open(&j, path);
}

static int teardown(void **state)
{
	(void)state;
	ld_journal_close(j);
	return 0;
}

static void reopen(void)
{
	ld_journal_close(j);
	assert_int_equal(ld_journal_open(&j, path), 0);
}

static struct ld_wmsg_send message(int64_t id, uint8_t parts)
{
	struct ld_wmsg_send s = { .id = id, .n_parts = parts, .to = "+84912345678", .text = "x" };

	return s;
}

static uint8_t begin(int64_t id, uint8_t parts)
{
	struct ld_wmsg_send s = message(id, parts);
	uint8_t ref = 0;

	assert_int_equal(ld_journal_begin(j, &s, &ref), 0);
	return ref;
}

static enum ld_verdict verdict(int64_t id)
{
	unsigned parts;

	return ld_journal_verdict(j, id, &parts);
}

static void start(int64_t id, unsigned part)
{
	assert_int_equal(ld_journal_start(j, id, part, 1000), 0);
}

static void done(int64_t id, unsigned part, enum ld_part_state state, uint8_t mr)
{
	assert_int_equal(ld_journal_done(j, id, part, state, mr), 0);
}

/* Each step of a message of two parts, with a crash after it. */
static void test_every_point(void **state)
{
	uint8_t ref = begin(7, 2);

	(void)state;
	reopen();
	assert_int_equal(verdict(7), LD_V_NEVER);
	begin(7, 2);
	start(7, 0);
	reopen();
	assert_int_equal(verdict(7), LD_V_DOUBT);
	done(7, 0, LD_PART_OK, 41);
	reopen();
	assert_int_equal(verdict(7), LD_V_NEVER);       /* the second part may go on */
	assert_int_equal(begin(7, 2), ref);             /* under the same reference */
	assert_int_equal(ld_journal_part(j, 7, 0), LD_PART_OK);
	assert_int_equal(ld_journal_part(j, 7, 1), LD_PART_NONE);
	start(7, 1);
	reopen();
	assert_int_equal(verdict(7), LD_V_DOUBT);
	done(7, 1, LD_PART_OK, 42);
	reopen();
	assert_int_equal(verdict(7), LD_V_OK);
}

static void test_results(void **state)
{
	(void)state;
	begin(1, 1);
	start(1, 0);
	done(1, 0, LD_PART_LATER, 0);
	assert_int_equal(verdict(1), LD_V_NEVER);
	begin(2, 1);
	start(2, 0);
	done(2, 0, LD_PART_REFUSED, 0);
	assert_int_equal(verdict(2), LD_V_REFUSED);
	begin(3, 1);
	start(3, 0);
	done(3, 0, LD_PART_DOUBT, 0);
	reopen();
	assert_int_equal(verdict(1), LD_V_NEVER);
	assert_int_equal(verdict(2), LD_V_REFUSED);
	assert_int_equal(verdict(3), LD_V_DOUBT);
	assert_int_equal(verdict(4), LD_V_NEVER);
}

/* A database that was set back gives an old id to a new message. */
static void test_other_text(void **state)
{
	struct ld_wmsg_send s = message(5, 1);
	uint8_t ref;

	(void)state;
	begin(5, 1);
	start(5, 0);
	done(5, 0, LD_PART_OK, 9);
	s.text[0] = 'y';
	assert_int_equal(ld_journal_begin(j, &s, &ref), 0);
	assert_int_equal(ld_journal_part(j, 5, 0), LD_PART_NONE);
}

static off_t size_of(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* Torn at every octet: the whole lines count, nothing crashes, and writing goes on. */
static void test_torn(void **state)
{
	off_t first, all;

	(void)state;
	begin(1, 1);
	start(1, 0);
	first = size_of();
	done(1, 0, LD_PART_OK, 3);
	all = size_of();
	ld_journal_close(j);
	for (off_t cut = 0; cut <= all; cut++) {
		char copy[80], buf[512];
		struct ld_journal *torn;
		unsigned parts;
		FILE *in = fopen(path, "r"), *out;
		size_t n = fread(buf, 1, sizeof(buf), in);

		fclose(in);
		assert_int_equal(n, all);
		snprintf(copy, sizeof(copy), "%s.torn", path);
		out = fopen(copy, "w");
		fwrite(buf, 1, (size_t)cut, out);
		fclose(out);
		assert_int_equal(ld_journal_open(&torn, copy), 0);
		assert_int_equal(ld_journal_verdict(torn, 1, &parts),
				 cut == all ? LD_V_OK : cut >= first ? LD_V_DOUBT : LD_V_NEVER);
		struct ld_wmsg_send s = message(2, 1);
		uint8_t ref;
		assert_int_equal(ld_journal_begin(torn, &s, &ref), 0);
		assert_int_equal(ld_journal_start(torn, 2, 0, 5), 0);
		ld_journal_close(torn);
		assert_int_equal(ld_journal_open(&torn, copy), 0);
		assert_int_equal(ld_journal_verdict(torn, 2, &parts), LD_V_DOUBT);
		ld_journal_close(torn);
		unlink(copy);
	}
	assert_int_equal(ld_journal_open(&j, path), 0);
}

static void test_reports(void **state)
{
	int64_t id = 0;
	bool delivered = false;

	(void)state;
	begin(1, 2);
	start(1, 0);
	done(1, 0, LD_PART_OK, 10);
	start(1, 1);
	done(1, 1, LD_PART_OK, 11);
	assert_int_equal(ld_journal_report(j, "0912345678", 10, true, &id, &delivered), 0);
	assert_int_equal(ld_journal_report(j, "0912345678", 10, true, &id, &delivered), 0);
	assert_int_equal(ld_journal_report(j, "+84987654321", 11, true, &id, &delivered), LD_E_UNKNOWN);
	assert_int_equal(ld_journal_report(j, "+84912345678", 99, true, &id, &delivered), LD_E_UNKNOWN);
	reopen();
	assert_int_equal(ld_journal_report(j, "+84912345678", 11, true, &id, &delivered), 1);
	assert_int_equal(id, 1);
	assert_true(delivered);
	assert_int_equal(ld_journal_report(j, "+84912345678", 11, true, &id, &delivered), 0);

	/* a doubt is settled by the only report that fits */
	begin(2, 1);
	start(2, 0);
	done(2, 0, LD_PART_DOUBT, 0);
	assert_int_equal(ld_journal_report(j, "+84912345678", 77, true, &id, &delivered), 1);
	assert_int_equal(id, 2);
	assert_int_equal(verdict(2), LD_V_OK);

	/* two doubts: nobody can tell */
	begin(3, 1);
	start(3, 0);
	begin(4, 1);
	start(4, 0);
	assert_int_equal(ld_journal_report(j, "+84912345678", 78, true, &id, &delivered), LD_E_UNKNOWN);
}

static void test_lock_and_pin(void **state)
{
	struct ld_journal *other;

	(void)state;
	assert_int_equal(ld_journal_open(&other, path), LD_E_LOCKED);
	assert_false(ld_journal_pin_refused(j, "1234"));
	assert_int_equal(ld_journal_refuse_pin(j, "1234"), 0);
	reopen();
	assert_true(ld_journal_pin_refused(j, "1234"));
	assert_false(ld_journal_pin_refused(j, "4321"));
	/* the power goes between the try and the SIM's word: not tried again, unless it opened */
	assert_int_equal(ld_journal_try_pin(j, "4321"), 0);
	reopen();
	assert_true(ld_journal_pin_refused(j, "4321"));
	assert_true(ld_journal_pin_refused(j, "1234"));
	assert_int_equal(ld_journal_accept_pin(j), 0);
	reopen();
	assert_false(ld_journal_pin_refused(j, "4321"));
	assert_true(ld_journal_pin_refused(j, "1234"));
}

/* More than memory holds, and a file that grew: what is remembered stays right, what is not counts
 * as in doubt. */
static void test_many(void **state)
{
	enum { N = LD_JOURNAL_MESSAGES + 900 };
	off_t before;

	(void)state;
	for (int64_t id = 1; id <= N; id++) {
		begin(id, 1);
		start(id, 0);
		done(id, 0, LD_PART_LATER, 0);
		start(id, 0);
		done(id, 0, LD_PART_OK, (uint8_t)id);
	}
	before = size_of();
	assert_true(before > 256 * 1024);
	reopen();
	assert_true(size_of() < before);
	assert_int_equal(verdict(N), LD_V_OK);
	assert_int_equal(verdict(N - LD_JOURNAL_MESSAGES + 1), LD_V_OK);
	assert_int_equal(verdict(N - LD_JOURNAL_MESSAGES), LD_V_DOUBT);
	assert_int_equal(verdict(N + 1), LD_V_NEVER);
	reopen();
	assert_int_equal(verdict(1), LD_V_DOUBT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_point, setup, teardown),
		cmocka_unit_test_setup_teardown(test_results, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reports, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock_and_pin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/journal", folder);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return failed;
}
