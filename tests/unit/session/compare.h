/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of tests/vectors/golden: written by put(), compared line by line with what was looked at. */
#ifndef LAIDO_TESTS_COMPARE_H
#define LAIDO_TESTS_COMPARE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char golden[1 << 20];
static size_t used;

static inline void put(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void put(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(golden + used, sizeof(golden) - used, fmt, ap);
	va_end(ap);
	assert_in_range(n, 0, sizeof(golden) - used - 1);
	used += (size_t)n;
}

/* The file must be as it was; GOLDEN in the environment writes it anew. */
static inline void golden_compare(const char *name)
{
	char path[96], seen[] = P_tmpdir "/laido-golden-XXXXXX", command[256], line[1024];
	bool write = getenv("GOLDEN") != NULL;
	FILE *f, *diff;
	int fd = -1;
	bool same = true;

	snprintf(path, sizeof(path), "tests/vectors/golden/%s.txt", name);
	if (!write)
		fd = mkstemp(seen);
	f = write ? fopen(path, "w") : fdopen(fd, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(golden, 1, used, f), used);
	assert_int_equal(fclose(f), 0);
	if (write)
		return;
	snprintf(command, sizeof(command), "diff -u %s %s 2>&1", path, seen);
	diff = popen(command, "r");
	assert_non_null(diff);
	while (fgets(line, sizeof(line), diff))
		printf("# %s", line);
	same = pclose(diff) == 0;
	unlink(seen);
	if (!same)
		fail_msg("%s is not as it was. When the change is meant: make golden, look at the "
			 "difference, commit it", path);
}

/* Before each file. */
static inline int golden_begin(void **state)
{
	(void)state;
	used = 0;
	return 0;
}

#endif
