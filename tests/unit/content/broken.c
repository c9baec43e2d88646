/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Damaged files: whatever the damage, the folder is loaded whole or refused with a reason, and
 * checking what was loaded ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "folder.h"
#include "seed.h"

enum { ROUNDS = 300, LARGE = 2000 };

/* libconfig 1.5 loses its string buffer (64 octets) when the text ends inside quotes. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static struct folder folder;

static int make(void **state)
{
	(void)state;
	folder_make(&folder);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	folder_remove(&folder);
	return 0;
}

/* One to four pieces of damage: an octet changed, a piece cut out, doubled, or the end lost. */
static size_t damage(char *text, size_t len, uint64_t *seed)
{
	for (unsigned n = 1 + seed_below(seed, 4); n > 0 && len > 40; n--) {
		size_t at = seed_below(seed, (uint32_t)len - 20), piece = 1 + seed_below(seed, 19);

		switch (seed_below(seed, 8)) {
		case 0:
			len = at;
			break;
		case 1:
			memmove(text + at, text + at + piece, len - at - piece);
			len -= piece;
			break;
		case 2:
			memmove(text + at + piece, text + at, len - at);
			len += piece;
			break;
		case 3:
			text[at] = "\"{}();=#\\\n"[seed_below(seed, 10)];
			break;
		default:
			text[at] = (char)seed_below(seed, 256);
			break;
		}
	}
	return len;
}

static void damage_is_survived(void **state)
{
	uint64_t seed = seed_start();
	unsigned refused = 0;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		const char *name = folder_files[seed_below(&seed, FOLDER_FILES)];
		struct ld_content *c = NULL;
		char path[160], *text;
		int rc;

		snprintf(path, sizeof(path), "conf/content/%s", name);
		text = folder_slurp(path);
		folder_write(&folder, name, text, damage(text, strlen(text), &seed));
		free(text);
		rc = folder_load(&folder, true, 0, &c);
		if (rc == 0) {
			ld_content_check(c, folder_found, &folder);
			ld_content_free(c);
		} else {
			assert_true(folder.errors > 0);
			refused++;
		}
		folder_restore(&folder, name);
	}
	printf("# %u of %u refused\n", refused, (unsigned)ROUNDS);
	assert_true(refused > ROUNDS / 4);
}

/* 2,000 screens, each leading to the next, shuffled by their names. */
static void a_large_menu_loads(void **state)
{
	char *menu = folder_slurp("conf/content/menu.conf"), *end = strrchr(menu, ')');
	size_t used = (size_t)(end - menu), size = 1 << 20;
	struct ld_content *c = NULL;

	(void)state;
	for (unsigned i = 0; i < LARGE; i++)
		used += (size_t)snprintf(menu + used, size - used,
			",{ id = \"x%u\"; text = { vi = \"Trang %u\"; en = \"Page %u\"; }; options = ( "
			"{ key = \"1\"; label = { vi = \"Tiếp\"; en = \"Next\"; }; to = \"x%u\"; } ); }\n",
			i, i, i, (i + 7) % LARGE);
	used += (size_t)snprintf(menu + used, size - used, ");\n");
	folder_write(&folder, "menu.conf", menu, used);
	free(menu);
	assert_int_equal(folder_load(&folder, true, 0, &c), 0);
	for (unsigned i = 0; i < LARGE; i++) {
		char id[16], next[16];
		int at;

		snprintf(id, sizeof(id), "x%u", i);
		snprintf(next, sizeof(next), "x%u", (i + 7) % LARGE);
		at = ld_content_screen(c, id);
		assert_true(at >= 0);
		assert_string_equal(c->screens[c->screens[at].options[0].to].id, next);
	}
	/* None of them is reached from the start. */
	assert_int_equal(ld_content_check(c, folder_found, &folder), LARGE);
	ld_content_free(c);
	folder_restore(&folder, "menu.conf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(a_large_menu_loads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, drop);
}
