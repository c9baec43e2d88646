/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {
#define LD_ERR_TEXT_(code, text) [code - LD_E_FIRST_] = text,
	LD_ERRORS(LD_ERR_TEXT_)
#undef LD_ERR_TEXT_
};

const char *ld_strerror(int rc)
{
	if (rc > LD_E_FIRST_ && rc < LD_E_LAST_)
		return texts[rc - LD_E_FIRST_];
	if (rc < 0 && rc > -2000)
		return strerror(-rc);
	return rc >= 0 ? "success" : "unknown error";
}

int ld_fail(struct ld_errmsg *err, int rc, const char *fmt, ...)
{
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
	}
	return rc;
}

void ld_assert_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, cond);
	abort();
}
