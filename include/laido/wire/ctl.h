/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire/ctl: the control socket's codec, for both of its ends: one JSON object a line, UTF-8, with
 * bounded length (docs/FORMATS.md, "Control socket"). Pure: no sockets. */
#ifndef LAIDO_WIRE_CTL_H
#define LAIDO_WIRE_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "laido/base/err.h"

enum {
	LD_CTL_REQUEST_MAX = 16 * 1024,         /* octets of a request with its line end */
	LD_CTL_ANSWER_MAX = 256 * 1024,         /* octets of an answer with its line end */
};

/* Cuts a stream of octets into lines. Memory grows with what was received, up to max; of a line
 * that is longer, everything up to its end is thrown away. */
struct ld_ctl_lines {
	char *buf;
	size_t start, end, size;        /* buf[start..end) was not read yet */
	size_t looked;                  /* no line end before buf[looked] */
	size_t max;
	bool skipping;
};

void ld_ctl_lines_init(struct ld_ctl_lines *l, size_t max);
void ld_ctl_lines_release(struct ld_ctl_lines *l);

/* Room for the next read: at least one octet at *ret_at. 0, or LD_E_NOMEM. Call it only when
 * ld_ctl_lines_next() has returned 0. */
int ld_ctl_lines_room(struct ld_ctl_lines *l, char **ret_at, size_t *ret_len);
void ld_ctl_lines_fed(struct ld_ctl_lines *l, size_t n);

/* The next object. 1: *ret holds it, the caller's to json_decref(). 0: no whole line is left.
 * LD_E_SYNTAX: a line was no JSON object; LD_E_TOOBIG: a line was longer than max; that line is
 * gone, err says why, the next call goes on behind it. Empty lines are skipped. */
int ld_ctl_lines_next(struct ld_ctl_lines *l, json_t **ret, struct ld_errmsg *err);

/* One object as a line with its line end, in *ret (free() it). Octets, or LD_E_TOOBIG beyond max,
 * LD_E_NOMEM. */
int ld_ctl_encode(const json_t *object, size_t max, char **ret);

/* Fields of a message from outside. A missing field leaves the default; one of the wrong type or
 * outside its range is LD_E_RANGE with err naming it. */
int ld_ctl_get_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t dflt,
		   int64_t *ret, struct ld_errmsg *err);
int ld_ctl_get_bool(const json_t *object, const char *key, bool dflt, bool *ret,
		    struct ld_errmsg *err);
/* The string stays the object's; dflt may be NULL. */
int ld_ctl_get_text(const json_t *object, const char *key, const char *dflt, const char **ret,
		    struct ld_errmsg *err);

#endif
