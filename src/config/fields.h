/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration as a table: one row a setting. Adding a setting is a row here, a member in
 * config.h and its lines in the example under conf/. */
#ifndef LAIDO_CONFIG_FIELDS_H
#define LAIDO_CONFIG_FIELDS_H

#include "laido/config/reader.h"

enum ld_field_kind {
	LD_FIELD_END = 0,
	LD_FIELD_STRING,        /* char[hi]; at least lo characters */
	LD_FIELD_LINES,         /* char[hi]; the file has an array of strings, each becomes a line */
	LD_FIELD_BOOL,
	LD_FIELD_INT,           /* int, lo..hi */
	LD_FIELD_UINT,          /* unsigned */
	LD_FIELD_U16,
	LD_FIELD_U8,
	LD_FIELD_SECONDS,       /* int of milliseconds; the file has seconds, also 0.5 */
	LD_FIELD_CLOCK,         /* int of minutes; the file has "21:30" */
	LD_FIELD_LEVEL,         /* enum ld_log_level by name */
	LD_FIELD_KEY32,         /* uint8_t[32]; 64 hex digits, "" leaves it zero */
	LD_FIELD_NUMBER,        /* struct ld_msisdn; a Vietnamese mobile number */
	LD_FIELD_GROUP,         /* sub, at the same base */
	LD_FIELD_LIST,          /* sub, hi entries of stride octets; their number at count_at */
};

struct ld_field {
	enum ld_field_kind kind;
	const char *name;
	size_t offset;
	int lo, hi;
	const struct ld_field *sub;
	size_t stride, count_at;
};

/* Fill `base` from the group by the table; problems go to the reader. */
void ld_fields_read(struct ld_reader *r, const config_setting_t *group,
		    const struct ld_field *fields, void *base);

/* Collects problems as lines of one ld_errmsg. */
void ld_fields_to_errmsg(void *arg, const char *file, int line, bool error, const char *message);

#endif
