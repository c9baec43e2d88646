/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys are made once and kept; an invite opens on its board only; every bad file says what it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/mesh/identity.h"

struct fixture {
	char base[64], ward_dir[96], board_dir[96];
	struct ld_node ward, board;
	struct ld_errmsg err;
	char invite[LD_INVITE_MAX];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct ld_invitee to = {.name = "Chợ Định Công"};

	snprintf(f->base, sizeof(f->base), "/tmp/laido-identity.XXXXXX");
	assert_non_null(mkdtemp(f->base));
	snprintf(f->ward_dir, sizeof(f->ward_dir), "%s/ward", f->base);
	snprintf(f->board_dir, sizeof(f->board_dir), "%s/board", f->base);
	mkdir(f->ward_dir, 0700);
	mkdir(f->board_dir, 0700);
	assert_int_equal(ld_node_open(&f->ward, f->ward_dir, ld_random_sys(), &f->err), 0);
	assert_int_equal(ld_node_found(&f->ward, "Định Công", ld_random_sys(), &f->err), 0);
	assert_int_equal(ld_node_open(&f->board, f->board_dir, ld_random_sys(), &f->err), 0);
	memcpy(to.pk, f->board.key.pk, 32);
	assert_true(ld_invite_make(&f->ward, &to, "ward.example:7443", f->invite, &f->err) > 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->base);
	assert_int_equal(system(cmd), 0);
	free(f);
	return 0;
}

static int join(struct fixture *f, const char *text)
{
	return ld_node_join(&f->board, text, strlen(text), NULL, &f->err);
}

static void spit(const char *dir, const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

static void a_key_is_made_once_and_kept(void **state)
{
	struct fixture *f = *state;
	struct ld_node again;
	char path[128];
	struct stat st;

	assert_int_equal(ld_node_open(&again, f->board_dir, ld_random_sys(), &f->err), 0);
	assert_memory_equal(again.key.pk, f->board.key.pk, 32);
	assert_false(again.joined);
	snprintf(path, sizeof(path), "%s/key", f->board_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ld_node_open(&again, f->ward_dir, ld_random_sys(), &f->err), 0);
	assert_true(ld_node_is_ward(&again));
	assert_memory_equal(&again.ward, &f->ward.ward, sizeof(again.ward));
	assert_string_equal(again.ward_name, "Định Công");
}

static void an_invite_brings_the_wards_secrets(void **state)
{
	struct fixture *f = *state;
	struct ld_node again;
	char *crlf = calloc(2, LD_INVITE_MAX), *to = crlf;

	assert_null(strstr(f->invite, "name-key"));
	for (const char *p = f->invite; *p; p++) {
		if (*p == '\n')
			*to++ = '\r';
		*to++ = *p;
	}
	assert_int_equal(join(f, crlf), 0);
	free(crlf);
	assert_true(f->board.joined);
	assert_false(ld_node_is_ward(&f->board));
	assert_memory_equal(&f->board.ward, &f->ward.ward, sizeof(f->ward.ward));
	assert_string_equal(f->board.ward_host, "ward.example:7443");
	assert_int_equal(ld_node_open(&again, f->board_dir, ld_random_sys(), &f->err), 0);
	assert_memory_equal(&again.ward, &f->ward.ward, sizeof(f->ward.ward));
	assert_int_equal(join(f, f->invite), 0); /* twice is harmless */
}

static void what_is_not_ours_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ld_invitee to = {.name = "x"};
	uint8_t other_ward[32] = {1};
	char text[LD_INVITE_MAX];

	memcpy(to.pk, f->ward.key.pk, 32); /* for someone else */
	assert_true(ld_invite_make(&f->ward, &to, "", text, &f->err) > 0);
	assert_int_equal(join(f, text), LD_E_FORGED);
	assert_non_null(strstr(f->err.text, "another board"));
	assert_int_equal(ld_node_join(&f->board, f->invite, strlen(f->invite), other_ward, &f->err),
			 LD_E_DENIED);
	assert_int_equal(ld_invite_make(&f->board, &to, "", text, &f->err), LD_E_DENIED);
	snprintf(to.name, sizeof(to.name), "a\nward 00");
	assert_int_equal(ld_invite_make(&f->ward, &to, "", text, &f->err), LD_E_RANGE);
	snprintf(to.name, sizeof(to.name), "x");
	assert_int_equal(ld_invite_make(&f->ward, &to, "a\nb", text, &f->err), LD_E_RANGE);
	memset(to.pk, 0, 32); /* no point of the curve to seal to */
	assert_int_equal(ld_invite_make(&f->ward, &to, "", text, &f->err), LD_E_RANGE);
	assert_false(f->board.joined);
	assert_int_equal(ld_node_found(&f->board, "của mình", ld_random_sys(), &f->err), 0);
	assert_int_equal(join(f, f->invite), LD_E_DENIED); /* a ward of one stays one */
}

static void every_altered_octet_is_noticed(void **state)
{
	struct fixture *f = *state;
	size_t len = strlen(f->invite);
	char text[LD_INVITE_MAX];

	for (size_t i = 0; i < len; i++) {
		memcpy(text, f->invite, len + 1);
		if (text[i] == '\n' || text[i] == ' ')
			continue;
		text[i] = text[i] == '5' ? '6' : '5';
		assert_true(join(f, text) < 0);
		assert_true(f->err.text[0] != '\0');
		assert_false(f->board.joined);
	}
	for (size_t n = 0; n + 1 < len; n++) {
		assert_true(ld_node_join(&f->board, f->invite, n, NULL, &f->err) < 0);
		assert_false(f->board.joined);
	}
	assert_int_equal(join(f, f->invite), 0);
}

static void bad_files_are_named(void **state)
{
	static const char *const keys[] = {"", "laido-key 1\n", "laido-key 2\nseed 00\n",
					   "laido-key 1\nseed zz\n", "\xff\xfe"};
	struct fixture *f = *state;
	struct ld_node n;
	char path[128], big[6000];

	for (size_t i = 0; i < LD_ARRAY_SIZE(keys); i++) {
		spit(f->board_dir, "key", keys[i], 0600);
		assert_int_equal(ld_node_open(&n, f->board_dir, ld_random_sys(), &f->err),
				 LD_E_SYNTAX);
		assert_non_null(strstr(f->err.text, "board/key"));
	}
	spit(f->ward_dir, "ward", "laido-ward 1\nname x\n", 0600);
	assert_int_equal(ld_node_open(&n, f->ward_dir, ld_random_sys(), &f->err), LD_E_SYNTAX);
	spit(f->ward_dir, "key", keys[3], 0644);
	assert_int_equal(ld_node_open(&n, f->ward_dir, ld_random_sys(), &f->err), LD_E_DENIED);
	assert_non_null(strstr(f->err.text, "chmod 600"));
	snprintf(path, sizeof(path), "%s/none", f->base);
	assert_int_equal(ld_node_open(&n, path, ld_random_sys(), &f->err), -2);
	assert_int_equal(ld_node_join_file(&f->board, path, NULL, &f->err), -2);
	assert_int_equal(ld_node_join_file(&f->board, f->base, NULL, &f->err), LD_E_SYNTAX);
	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	spit(f->base, "big", big, 0644);
	snprintf(path, sizeof(path), "%s/big", f->base);
	assert_int_equal(ld_node_join_file(&f->board, path, NULL, &f->err), LD_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_key_is_made_once_and_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(an_invite_brings_the_wards_secrets, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_not_ours_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(every_altered_octet_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_files_are_named, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
