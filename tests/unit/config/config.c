/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings: the shipped examples load, mistakes are named with file and line, all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

#include "laido/config/config.h"

static char path[] = P_tmpdir "/laido-config-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_file(const void *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static int load(const char *text, struct ld_config *c, struct ld_errmsg *err)
{
	write_file(text, strlen(text));
	return ld_config_load(path, c, err);
}

/* err has a line "path:LINE: ...what...". */
static void assert_problem(const struct ld_errmsg *err, int line, const char *what)
{
	char start[64];
	const char *at;

	snprintf(start, sizeof(start), "%s:%d: ", path, line);
	at = strstr(err->text, start);
	if (!at || !strstr(at, what))
		fail_msg("no \"%s...%s\" in:\n%s", start, what, err->text);
}

static void examples_load(void **state)
{
	struct ld_config c;
	struct ld_ward_config w;
	struct ld_errmsg err;

	(void)state;
	if (ld_config_load("conf/laidod.conf", &c, &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(c.file, "conf/laidod.conf");
	assert_string_equal(c.name, "dinh-cong-1");
	assert_int_equal(c.n_modems, 1);
	assert_string_equal(c.modems[0].name, "sim1");
	assert_int_equal(c.gsup.session_ms, 25000);
	assert_int_equal(c.outbox.quiet_from_min, 21 * 60);
	assert_int_equal(c.outbox.quiet_to_min, 7 * 60 + 30);
	assert_string_equal(c.phone.ranges[0].first.digits, "84990000000");
	assert_false(c.approve_all);
	assert_false(c.ward.has_key);
	if (ld_ward_config_load("conf/laido-ward.conf", &w, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(w.n_tdp, 3);
	assert_int_equal(w.tdp[2].tdp, 28);
	assert_int_equal(w.tdp[2].adults, 455);
	assert_int_equal(w.min_cell, 5);
}

static void demonstration_switches_are_not_inherited(void **state)
{
	struct ld_config c;

	(void)state;
	ld_config_default(&c);
	assert_true(c.approve_all && c.trust_system_clock && c.phone.enable && c.phone.in_reports);
	assert_string_equal(c.file, "");
	assert_int_equal(load("", &c, NULL), 0);
	assert_false(c.approve_all || c.trust_system_clock || c.phone.enable ||
		     c.phone.in_reports || c.ward.enable);
	assert_int_equal(c.n_modems, 0);
	assert_int_equal(c.outbox.spacing_ms, 6000);
}

static void every_mistake_is_named(void **state)
{
	struct ld_config c = { .n_modems = 99 };
	struct ld_errmsg err;

	(void)state;
	assert_int_equal(load("name = 7;\n"
			      "stat_dir = \"x\";\n"
			      "gsup = {\n port = 70000;\n};\n"
			      "outbox = { quiet_from = \"25:00\"; };\n"
			      "ward = { key = \"abc\"; };\n", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 1, "\"name\" must be text");
	assert_problem(&err, 2, "did you mean \"state_dir\"?");
	assert_problem(&err, 4, "from 1 to 65535");
	assert_problem(&err, 6, "time of day");
	assert_problem(&err, 7, "64 hexadecimal digits");
	assert_int_equal(c.n_modems, 99);       /* untouched */
}

static void entries_are_checked_together(void **state)
{
	struct ld_config c;
	struct ld_errmsg err;

	(void)state;
	assert_int_equal(load("modems = (\n { name = \"a\"; device = \"x\"; },\n"
			      " { name = \"a\"; device = \"y\"; } );\n", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 1, "two modems are called \"a\"");
	assert_int_equal(load("modems = ( { name = \"a\"; } );", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 1, "needs a name, and a device or an imei");
	assert_int_equal(load("phone = { enable = true; };", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 1, "needs \"ranges\"");
	assert_int_equal(load("phone = { ranges = ( { first = \"0990000009\"; last = "
			      "\"0990000001\"; } ); };", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 1, "the smaller number first");
	assert_int_equal(load("ward = { host = \"laido.example:7443\"; };\n"
			      "mesh = { peers = ( { host = \"10.0.0.2:7445\"; } ); };", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 1, "write host = \"laido.example\"; port = 7443;");
	assert_problem(&err, 2, "write host = \"10.0.0.2\"; port = 7445;");
	assert_int_equal(load("ward = { host = \"fd4c::1\"; };", &c, &err), 0);
}

static void broken_files_are_refused(void **state)
{
	struct ld_config c;
	struct ld_errmsg err;
	static const char nul[] = "name = \"a\";\n\0log_level = \"debug\";\n";

	(void)state;
	assert_int_equal(ld_config_load("/nonexistent/laidod.conf", &c, &err), -ENOENT);
	assert_non_null(strstr(err.text, "cannot be read"));
	assert_int_equal(ld_config_load(".", &c, &err), -EISDIR);
	assert_int_equal(load("name = \"a\"\n= 5;\n", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 2, "syntax error");
	assert_int_equal(load("name = \"a\";\nname = \"b\";\n", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 2, "duplicate");
	assert_int_equal(load("name = \"a\";\n  @include \"/\"\n", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 2, "@include");
	write_file(nul, sizeof(nul) - 1);
	assert_int_equal(ld_config_load(path, &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 2, "NUL");
}

/* A parser that recurses for every bracket would end here. */
static void deep_nesting_is_refused(void **state)
{
	enum { DEPTH = 1000000 };
	static const char *const opens[] = { "(", "{ a = " };
	struct ld_config c;
	struct ld_errmsg err;
	char *text = malloc(DEPTH + 16);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		size_t used = (size_t)snprintf(text, 16, "modems = "), n = strlen(opens[i]);

		while (used + n < DEPTH) {
			memcpy(text + used, opens[i], n);
			used += n;
		}
		write_file(text, used);
		assert_int_equal(ld_config_load(path, &c, &err), LD_E_SYNTAX);
		assert_problem(&err, 1, "");
	}
	free(text);
}

static void long_values_are_refused(void **state)
{
	struct ld_config c;
	struct ld_errmsg err;
	char text[400];

	(void)state;
	snprintf(text, sizeof(text), "ctl_socket = \"%0*d\";", LD_CONF_SOCKET - 1, 7);
	assert_int_equal(load(text, &c, &err), 0);
	assert_int_equal(strlen(c.ctl_socket), LD_CONF_SOCKET - 1);
	snprintf(text, sizeof(text), "ctl_socket = \"%0*d\";", LD_CONF_SOCKET, 7);
	assert_int_equal(load(text, &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 1, "longer than 103");
	assert_int_equal(load("state_dir = \"\";", &c, &err), LD_E_SYNTAX);
	assert_problem(&err, 1, "must not be empty");
}

static void test_range_is_kept(void **state)
{
	struct ld_config c;
	struct ld_msisdn in = { "84990000500" }, out = { "84990001000" }, longer = { "849900005000" };

	(void)state;
	assert_int_equal(load("phone = { enable = true; ranges = ( { first = \"0990000000\"; "
			      "last = \"0990000999\"; } ); };", &c, NULL), 0);
	assert_true(ld_config_phone_allows(&c, &in));
	assert_false(ld_config_phone_allows(&c, &out));
	assert_false(ld_config_phone_allows(&c, &longer));
	c.phone.enable = false;
	assert_false(ld_config_phone_allows(&c, &in));
}

static void a_key_and_seconds_are_read(void **state)
{
	struct ld_config c;

	(void)state;
	assert_int_equal(load("ward = { key = \"000102030405060708090a0b0c0d0e0f1011121314151617"
			      "18191A1B1C1D1E1F\"; };\noutbox = { spacing_s = 0.5; };", &c, NULL), 0);
	assert_true(c.ward.has_key);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(c.ward.key[i], i);
	assert_int_equal(c.outbox.spacing_ms, 500);
}

static void ward_groups_are_checked(void **state)
{
	static const char text[] = "tdp = ( { tdp = 3; adults = 10; },\n{ tdp = 3; adults = 9; },\n"
				   "{ tdp = 100; adults = 9; } );";
	struct ld_ward_config w;
	struct ld_errmsg err;

	(void)state;
	write_file(text, strlen(text));
	assert_int_equal(ld_ward_config_load(path, &w, &err), LD_E_SYNTAX);
	assert_problem(&err, 3, "from 1 to 99");
	assert_problem(&err, 1, "stands twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_load),
		cmocka_unit_test(demonstration_switches_are_not_inherited),
		cmocka_unit_test(every_mistake_is_named),
		cmocka_unit_test(entries_are_checked_together),
		cmocka_unit_test(broken_files_are_refused),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(long_values_are_refused),
		cmocka_unit_test(test_range_is_kept),
		cmocka_unit_test(a_key_and_seconds_are_read),
		cmocka_unit_test(ward_groups_are_checked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
