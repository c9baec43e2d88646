/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compile: how long a content folder takes to compile and check, and what it keeps (make bench).
 *
 *   compile CONTENT_DIR [ROUNDS]
 *
 * Prints one line: screens=N compile_ms=N check_ms=N heap_kb=N, times of the best round, heap as
 * the compiled tree holds it afterwards. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "laido/content/check.h"
#include "laido/session/session.h"

static void complain(void *arg, const struct ld_finding *f)
{
	unsigned *errors = arg;

	*errors += f->error;
	if (f->error)
		fprintf(stderr, "%s:%d: %s\n", f->file, f->line, f->message);
}

static double ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	struct ld_content_options opt = { .approve_all = true, .now_ms = 1795320000000,
					  .actions = ld_session_actions(),
					  .outcomes = ld_session_outcomes() };
	double compile = 1e9, check = 1e9;
	unsigned errors = 0, screens = 0;
	size_t heap = 0;
	long rounds = argc == 3 ? strtol(argv[2], NULL, 10) : 5;

	if (argc < 2 || argc > 3 || rounds < 1) {
		fprintf(stderr, "Usage: compile CONTENT_DIR [ROUNDS]\n");
		return 2;
	}
	for (long i = 0; i < rounds; i++) {
		size_t before = mallinfo2().uordblks;
		double start = ms_now(), loaded, checked;
		struct ld_content *c = NULL;

		if (ld_content_load(argv[1], &opt, complain, &errors, &c) < 0)
			return 1;
		loaded = ms_now();
		heap = mallinfo2().uordblks - before;
		ld_content_check(c, complain, &errors);
		checked = ms_now();
		compile = loaded - start < compile ? loaded - start : compile;
		check = checked - loaded < check ? checked - loaded : check;
		screens = c->n_screens;
		ld_content_free(c);
	}
	printf("screens=%u compile_ms=%.1f check_ms=%.1f heap_kb=%zu\n", screens, compile, check,
	       heap / 1024);
	return errors ? 1 : 0;
}
