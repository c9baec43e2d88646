/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker.h"

#include <stdarg.h>
#include <stdio.h>

static void report(struct ld_checker *k, bool error, const char *fmt, va_list ap)
{
	struct ld_finding f = { .file = k->file, .line = k->line, .error = error };

	vsnprintf(f.message, sizeof(f.message), fmt, ap);
	if (error)
		k->errors++;
	k->cb(k->arg, &f);
}

void ld_check_error(struct ld_checker *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(k, true, fmt, ap);
	va_end(ap);
}

void ld_check_warn(struct ld_checker *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(k, false, fmt, ap);
	va_end(ap);
}

unsigned ld_content_check(const struct ld_content *c, ld_finding_cb cb, void *arg)
{
	struct ld_checker k = { .c = c, .impl = ld_impl(c), .cb = cb, .arg = arg };

	ld_check_screens(&k);
	ld_check_messages(&k);
	ld_check_lessons(&k);
	return k.errors;
}
