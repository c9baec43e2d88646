/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config/reader: a libconfig file read for people. Every problem is reported with file and line,
 * and reading goes on, so that one run shows them all; unknown settings are problems and name the
 * nearest known one. Used by config itself and by content. */
#ifndef LAIDO_CONFIG_READER_H
#define LAIDO_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>

#include <libconfig.h>

/* message: what is wrong and what to do, without file and line. */
typedef void (*ld_reader_report)(void *arg, const char *file, int line, bool error,
				 const char *message);

struct ld_reader {
	config_t cfg;
	const char *file;       /* borrowed */
	ld_reader_report report;
	void *arg;
	unsigned errors;
};

enum { LD_READER_MAX = 16 << 20 };      /* octets of a file */

/* A whole file as text with a NUL behind it; free() it. -errno, LD_E_TOOBIG, LD_E_NOMEM. */
int ld_reader_file(const char *file, char **ret, size_t *ret_len);

/* Parse the file; `file` stays borrowed until the reader is closed. 0; LD_E_SYNTAX when it is no
 * libconfig text or holds a NUL, LD_E_TOOBIG, or -errno: each reported too. Close it in any case. */
int ld_reader_open(struct ld_reader *r, const char *file, ld_reader_report report, void *arg);
/* The same for what is in memory; file names it in reports. */
int ld_reader_open_text(struct ld_reader *r, const char *file, const char *text, size_t len,
			ld_reader_report report, void *arg);
void ld_reader_close(struct ld_reader *r);

/* Report at the line of `at` (NULL: the file as a whole) and count. */
void ld_reader_error(struct ld_reader *r, const config_setting_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void ld_reader_warn(struct ld_reader *r, const config_setting_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Report every member of the group that is not in the NULL-terminated list. */
void ld_reader_known(struct ld_reader *r, const config_setting_t *group, const char *const *names);

/* The members of a group, checked for type and range. NULL or false when missing or wrong; a
 * missing one is a problem when `required`. Strings are borrowed from the tree. */
const char *ld_reader_string(struct ld_reader *r, const config_setting_t *group, const char *name,
			     bool required);
bool ld_reader_int(struct ld_reader *r, const config_setting_t *group, const char *name,
		   bool required, int lo, int hi, int *ret);
bool ld_reader_bool(struct ld_reader *r, const config_setting_t *group, const char *name,
		    bool *ret);
/* A group ( { ... } ), a list of groups ( ( {...}, {...} ) ) or an array of strings ( [ ... ] ). */
const config_setting_t *ld_reader_group(struct ld_reader *r, const config_setting_t *group,
					const char *name, bool required);
const config_setting_t *ld_reader_list(struct ld_reader *r, const config_setting_t *group,
				       const char *name, bool required);
const config_setting_t *ld_reader_strings(struct ld_reader *r, const config_setting_t *group,
					  const char *name, bool required);

/* Number of members or elements; 0 for NULL. Element i of any of the above. */
unsigned ld_reader_length(const config_setting_t *s);
const config_setting_t *ld_reader_elem(const config_setting_t *s, unsigned i);

/* The name nearest to a mistyped one, or NULL when none is near. at(arg, i) gives name i. */
const char *ld_nearest(const char *name, unsigned n, const char *(*at)(const void *arg, unsigned i),
		       const void *arg);

#endif
