/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ward with a root key: invites name it, another key is made and signed, boards follow the higher
 * number and no other; whatever is altered, old or of another root is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/mesh/root.h"

struct fixture {
	char base[64], ward_dir[96], board_dir[96], stick[96];
	struct ld_node ward, board;
	struct ld_errmsg err;
	char before[LD_INVITE_MAX];     /* an invite of before there was a root key */
};

static void invite(struct fixture *f, const struct ld_node *by, char *ret)
{
	struct ld_invitee to = {.name = "Chợ"};

	memcpy(to.pk, f->board.key.pk, 32);
	if (ld_invite_make(by, &to, "ward.example:7443", ret, &f->err) < 0)
		fail_msg("%s", f->err.text);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->base, sizeof(f->base), "/tmp/laido-root.XXXXXX");
	assert_non_null(mkdtemp(f->base));
	snprintf(f->ward_dir, sizeof(f->ward_dir), "%s/ward", f->base);
	snprintf(f->board_dir, sizeof(f->board_dir), "%s/board", f->base);
	snprintf(f->stick, sizeof(f->stick), "%s/stick", f->base);
	mkdir(f->ward_dir, 0700);
	mkdir(f->board_dir, 0700);
	mkdir(f->stick, 0700);
	assert_int_equal(ld_node_open(&f->ward, f->ward_dir, ld_random_sys(), &f->err), 0);
	assert_int_equal(ld_node_found(&f->ward, "Định Công", ld_random_sys(), &f->err), 0);
	assert_int_equal(ld_node_open(&f->board, f->board_dir, ld_random_sys(), &f->err), 0);
	invite(f, &f->ward, f->before);
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

static void make_root(struct fixture *f)
{
	if (ld_root_make(&f->ward, f->stick, ld_random_sys(), &f->err) < 0)
		fail_msg("%s", f->err.text);
}

static int rekey(struct fixture *f, const char *dir, struct ld_node *ret)
{
	return ld_root_rekey(dir, f->stick, ld_random_sys(), ret, &f->err);
}

/* What a file of the ward's holds. */
static void slurp(const char *dir, const char *name, char *ret, size_t size)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "r");
	assert_non_null(file);
	ret[fread(ret, 1, size - 1, file)] = '\0';
	fclose(file);
}

static void a_root_names_the_wards_key(void **state)
{
	struct fixture *f = *state;
	struct ld_node again;
	struct ld_warrants all;
	char text[LD_INVITE_MAX], other[256];

	make_root(f);
	assert_true(f->ward.rooted);
	assert_int_equal(f->ward.warrant.number, 1);
	assert_memory_equal(f->ward.warrant.pk, f->ward.key.pk, 32);
	assert_int_equal(ld_node_open(&again, f->ward_dir, ld_random_sys(), &f->err), 0);
	assert_true(ld_node_is_ward(&again) && again.rooted);
	assert_int_equal(ld_warrants_load(&all, f->ward_dir, &f->err), 0);
	assert_int_equal(all.n, 1);
	assert_int_equal(ld_root_make(&again, f->stick, ld_random_sys(), &f->err), LD_E_DENIED);
	/* The root's seed is on the stick only. */
	slurp(f->stick, "laido-root", text, sizeof(text));
	snprintf(other, sizeof(other), "grep -rqF '%.69s' %.90s", strstr(text, "seed "), f->ward_dir);
	assert_int_not_equal(system(other), 0);
	invite(f, &f->ward, text);
	assert_int_equal(strncmp(text, "laido-invite 2\n", 15), 0);
	assert_int_equal(join(f, text), 0);
	assert_true(f->board.rooted);
	assert_memory_equal(f->board.warrant.root, f->ward.warrant.root, 32);
	assert_int_equal(join(f, text), 0);
	/* Its key may be named by the root, too. */
	assert_int_equal(ld_node_join(&f->board, text, strlen(text), f->ward.warrant.root, &f->err), 0);
}

static void what_was_cut_short_is_finished(void **state)
{
	struct fixture *f = *state;
	struct ld_node ward = f->ward, next;
	char path[160], a[4096], b[4096];

	make_root(f);
	slurp(f->stick, "laido-root", a, sizeof(a));
	/* The state folder was not written any more. */
	assert_int_equal(ld_root_make(&ward, f->stick, ld_random_sys(), &f->err), 0);
	slurp(f->stick, "laido-root", b, sizeof(b));
	assert_string_equal(a, b);
	/* The next key was signed, and then the power went. */
	snprintf(path, sizeof(path), "%s/ward", f->ward_dir);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(rekey(f, f->ward_dir, &next), LD_E_DENIED);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(rekey(f, f->ward_dir, &next), 0);
	assert_int_equal(next.warrant.number, 2);
	assert_int_equal(next.n_before, 1);
}

static void a_board_follows_the_higher_number(void **state)
{
	struct fixture *f = *state;
	struct ld_node next, last;
	char one[LD_INVITE_MAX], two[LD_INVITE_MAX], three[LD_INVITE_MAX];
	uint8_t box[4 + LD_SEAL_EXTRA], clear[4];

	make_root(f);
	invite(f, &f->ward, one);
	assert_int_equal(join(f, one), 0);
	assert_int_equal(rekey(f, f->ward_dir, &next), 0);
	assert_true(ld_node_is_ward(&next));
	assert_memory_not_equal(next.key.pk, f->ward.key.pk, 32);
	assert_memory_equal(next.ward.name_key, f->ward.ward.name_key, 32);
	/* What was sealed to the old key stays readable for the ward. */
	assert_int_equal(ld_seal(box, f->ward.key.pk, "0912", 4), 0);
	assert_int_equal(ld_node_unseal(&next, clear, box, sizeof(box)), 0);
	assert_memory_equal(clear, "0912", 4);
	invite(f, &next, two);
	assert_int_equal(join(f, two), 0);
	assert_int_equal(f->board.warrant.number, 2);
	assert_memory_equal(f->board.ward.ward_pk, next.key.pk, 32);
	/* The old one replayed, and one that is not rooted. */
	assert_int_equal(join(f, one), LD_E_DENIED);
	assert_int_equal(join(f, f->before), LD_E_DENIED);
	assert_int_equal(ld_node_warrant(&f->board, &f->ward.warrant, &f->err), 0);
	assert_memory_equal(f->board.ward.ward_pk, next.key.pk, 32);
	assert_int_equal(rekey(f, f->ward_dir, &last), 0);
	assert_int_equal(last.warrant.number, 3);
	assert_int_equal(last.n_before, 2);
	assert_int_equal(ld_node_unseal(&last, clear, box, sizeof(box)), 0);
	assert_int_equal(ld_node_warrant(&f->board, &last.warrant, &f->err), 1);
	invite(f, &last, three);
	assert_int_equal(join(f, three), 0);
	assert_int_equal(ld_node_open(&next, f->board_dir, ld_random_sys(), &f->err), 0);
	assert_int_equal(next.warrant.number, 3);
}

static void a_board_without_a_root_takes_one_from_its_ward(void **state)
{
	struct fixture *f = *state;
	char text[LD_INVITE_MAX];

	assert_int_equal(join(f, f->before), 0);
	assert_false(f->board.rooted);
	make_root(f);
	assert_int_equal(join(f, f->before), 0);
	assert_false(f->board.rooted);
	invite(f, &f->ward, text);
	assert_int_equal(join(f, text), 0);
	assert_true(f->board.rooted);
}

static void of_another_root_nothing_is_taken(void **state)
{
	struct fixture *f = *state;
	struct ld_node thief = f->ward, next;
	char text[LD_INVITE_MAX], dir[128], stick[128];
	uint8_t seed[32] = {7};
	struct ld_keypair root;
	struct ld_warrant w;

	make_root(f);
	invite(f, &f->ward, text);
	assert_int_equal(join(f, text), 0);
	/* Who has stolen the ward's key makes a root of his own. */
	snprintf(dir, sizeof(dir), "%s/thief", f->base);
	snprintf(stick, sizeof(stick), "%s/stick2", f->base);
	mkdir(dir, 0700);
	mkdir(stick, 0700);
	snprintf(thief.dir, sizeof(thief.dir), "%s", dir);
	assert_int_equal(ld_root_make(&thief, stick, ld_random_sys(), &f->err), 0);
	invite(f, &thief, text);
	assert_int_equal(join(f, text), LD_E_DENIED);
	assert_int_equal(ld_node_warrant(&f->board, &thief.warrant, &f->err), LD_E_DENIED);
	/* Or he says that the board's root had signed his key. */
	ld_keypair_from_seed(&root, seed);
	w = (struct ld_warrant){.number = 2};
	memcpy(w.pk, root.pk, 32);
	ld_warrant_sign(&w, &root);
	memcpy(w.root, f->board.warrant.root, 32);
	assert_int_equal(ld_node_warrant(&f->board, &w, &f->err), LD_E_DENIED);
	assert_int_equal(f->board.warrant.number, 1);
	/* His stick does not fit the ward, nor the ward's him. */
	assert_int_equal(ld_root_rekey(f->ward_dir, stick, ld_random_sys(), &next, &f->err),
			 LD_E_DENIED);
	assert_int_equal(rekey(f, f->board_dir, &next) < 0, 0);
}

static void a_ward_that_lost_everything_begins_by_the_stick(void **state)
{
	struct fixture *f = *state;
	struct ld_node next;
	char dir[128], text[LD_INVITE_MAX];

	make_root(f);
	invite(f, &f->ward, text);
	assert_int_equal(join(f, text), 0);
	snprintf(dir, sizeof(dir), "%s/new", f->base);
	mkdir(dir, 0700);
	assert_int_equal(rekey(f, dir, &next), 0);
	assert_true(ld_node_is_ward(&next));
	assert_string_equal(next.ward_name, "Định Công");
	assert_memory_equal(next.ward.name_key, f->ward.ward.name_key, 32);
	assert_int_equal(next.warrant.number, 2);
	assert_int_equal(next.n_before, 0);
	invite(f, &next, text);
	assert_int_equal(join(f, text), 0);
}

static void every_altered_digit_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct ld_warrants all;
	struct ld_node next;
	char text[LD_WARRANTS_TEXT], copy[LD_WARRANTS_TEXT];
	int len;

	make_root(f);
	assert_int_equal(rekey(f, f->ward_dir, &next), 0);
	assert_int_equal(ld_warrants_load(&all, f->ward_dir, &f->err), 0);
	assert_int_equal(all.n, 2);
	len = ld_warrants_text(&all, text);
	for (int i = 0; i < len; i++) {
		if (text[i] == '\n' || text[i] == ' ')
			continue;
		memcpy(copy, text, sizeof(copy));
		copy[i] = copy[i] == '5' ? '6' : '5';
		/* A line that is no warrant any more is skipped; none is believed. */
		assert_true(ld_warrants_parse(&all, copy, &f->err) < 0 || all.n < 2);
	}
	assert_int_equal(ld_warrants_parse(&all, "", &f->err), LD_E_SYNTAX);
	assert_int_equal(ld_warrants_parse(&all, text, &f->err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_root_names_the_wards_key, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_cut_short_is_finished, setup, teardown),
		cmocka_unit_test_setup_teardown(a_board_follows_the_higher_number, setup, teardown),
		cmocka_unit_test_setup_teardown(a_board_without_a_root_takes_one_from_its_ward, setup,
						teardown),
		cmocka_unit_test_setup_teardown(of_another_root_nothing_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(a_ward_that_lost_everything_begins_by_the_stick, setup,
						teardown),
		cmocka_unit_test_setup_teardown(every_altered_digit_is_noticed, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
