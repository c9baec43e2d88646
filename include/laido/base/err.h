/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/err: error codes and the text an operator reads.
 *
 * Functions return 0 (or a count) on success and a negative code on failure: either -errno of the
 * system or one of enum ld_err. Outputs named ret_x are untouched on failure. */
#ifndef LAIDO_BASE_ERR_H
#define LAIDO_BASE_ERR_H

#include <stddef.h>

/* code, text for the operator: what is wrong and what to do */
#define LD_ERRORS(X) \
	X(LD_E_SYNTAX,    "the text could not be read; see the position given") \
	X(LD_E_RANGE,     "a value is outside its range") \
	X(LD_E_TOOBIG,    "larger than allowed") \
	X(LD_E_ALPHABET,  "a character that this alphabet cannot carry") \
	X(LD_E_CORRUPT,   "damaged data; nothing of it was used") \
	X(LD_E_FORGED,    "a signature or hash does not match; nothing of it was used") \
	X(LD_E_UNKNOWN,   "nothing is known by that name") \
	X(LD_E_GAP,       "earlier records are missing; they will be asked for first") \
	X(LD_E_BUSY,      "too much work waiting; try again") \
	X(LD_E_LOCKED,    "another program holds this state; stop it first") \
	X(LD_E_VERSION,   "made by a newer version; update this program") \
	X(LD_E_STORE,     "the database refused; see the log") \
	X(LD_E_FULL,      "the disk is full; free some space") \
	X(LD_E_READONLY,  "the database or its folder is read-only; check owner and mount") \
	X(LD_E_DENIED,    "not allowed") \
	X(LD_E_PEER,      "the other side answered something unexpected") \
	X(LD_E_TIMEOUT,   "no answer in time") \
	X(LD_E_NOMEM,     "out of memory")

enum ld_err {
	LD_E_FIRST_ = -2000,
#define LD_ERR_ENUM_(code, text) code,
	LD_ERRORS(LD_ERR_ENUM_)
#undef LD_ERR_ENUM_
	LD_E_LAST_
};

/* Text for any negative return code (enum ld_err or -errno). Never NULL; static storage. */
const char *ld_strerror(int rc);

/* A message for a person: what, where (file:line when it has one) and what to do. */
struct ld_errmsg {
	char text[512];
};

/* Set err->text (cut to size) and return rc, so that `return ld_fail(err, rc, ...)` reads well.
 * err may be NULL. */
int ld_fail(struct ld_errmsg *err, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Assertions are for our own bugs only, never for input; they stay on in release builds. */
#define ld_assert(cond) \
	do { if (!(cond)) ld_assert_failed(#cond, __FILE__, __LINE__); } while (0)
void ld_assert_failed(const char *cond, const char *file, int line) __attribute__((noreturn));

#define LD_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
