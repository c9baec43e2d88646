/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/config/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/base/err.h"

static void report(struct ld_reader *r, const config_setting_t *at, int line, bool error,
		   const char *fmt, va_list ap)
{
	char message[256];

	vsnprintf(message, sizeof(message), fmt, ap);
	if (error)
		r->errors++;
	if (at)
		line = (int)config_setting_source_line(at);
	r->report(r->arg, r->file, line, error, message);
}

void ld_reader_error(struct ld_reader *r, const config_setting_t *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(r, at, 0, true, fmt, ap);
	va_end(ap);
}

void ld_reader_warn(struct ld_reader *r, const config_setting_t *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(r, at, 0, false, fmt, ap);
	va_end(ap);
}

__attribute__((format(printf, 3, 4)))
static void error_at(struct ld_reader *r, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(r, NULL, line, true, fmt, ap);
	va_end(ap);
}

/* libconfig's scanner ends the whole program when a read fails (a folder, a bad disk): so the
 * file is read here and handed over as a string. */
static int slurp(FILE *f, char **ret, size_t *ret_len)
{
	size_t cap = 64 * 1024, len = 0;
	char *text = malloc(cap);

	while (text) {
		len += fread(text + len, 1, cap - len - 1, f);
		if (ferror(f) || feof(f))
			break;
		if (len + 1 < cap)
			continue;
		if (cap > LD_READER_MAX) {
			free(text);
			return LD_E_TOOBIG;
		}
		char *more = realloc(text, cap *= 2);
		if (!more)
			free(text);
		text = more;
	}
	if (!text)
		return LD_E_NOMEM;
	if (ferror(f)) {
		int rc = -errno;

		free(text);
		return rc;
	}
	text[len] = '\0';
	*ret = text;
	*ret_len = len;
	return 0;
}

static int line_of(const char *text, size_t offset)
{
	int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

/* The line of the first @include, or 0. One file is one text here; and libconfig would end the
 * program on an include that cannot be read. */
static int include_line(const char *text)
{
	int line = 1;

	for (const char *p = text; p; line++) {
		p += strspn(p, " \t");
		if (strncmp(p, "@include", 8) == 0)
			return line;
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	return 0;
}

static int parse(struct ld_reader *r, const char *text, size_t len)
{
	size_t end = strlen(text);
	int include = include_line(text);

	if (end != len) {
		error_at(r, line_of(text, end), "a NUL octet; is this a text file?");
		return LD_E_SYNTAX;
	}
	if (include) {
		error_at(r, include, "@include is not known here; put the text into this file");
		return LD_E_SYNTAX;
	}
	if (config_read_string(&r->cfg, text) == CONFIG_TRUE)
		return 0;
	error_at(r, config_error_line(&r->cfg),
		 "%s; look here and at the line before for a missing ; , \" or bracket",
		 config_error_text(&r->cfg));
	return LD_E_SYNTAX;
}

int ld_reader_file(const char *file, char **ret, size_t *ret_len)
{
	FILE *f = fopen(file, "re");
	int rc = f ? slurp(f, ret, ret_len) : -errno;

	if (f)
		fclose(f);
	return rc;
}

static void prepare(struct ld_reader *r, const char *file, ld_reader_report rep, void *arg)
{
	memset(r, 0, sizeof(*r));
	config_init(&r->cfg);
	r->file = file;
	r->report = rep;
	r->arg = arg;
}

int ld_reader_open_text(struct ld_reader *r, const char *file, const char *text, size_t len,
			ld_reader_report rep, void *arg)
{
	prepare(r, file, rep, arg);
	return parse(r, text, len);
}

int ld_reader_open(struct ld_reader *r, const char *file, ld_reader_report rep, void *arg)
{
	char *text = NULL;
	size_t len = 0;
	int rc;

	prepare(r, file, rep, arg);
	rc = ld_reader_file(file, &text, &len);
	if (rc < 0) {
		error_at(r, 0, "cannot be read: %s", ld_strerror(rc));
		return rc;
	}
	rc = parse(r, text, len);
	free(text);
	return rc;
}

void ld_reader_close(struct ld_reader *r)
{
	config_destroy(&r->cfg);
}

unsigned ld_reader_length(const config_setting_t *s)
{
	return s ? (unsigned)config_setting_length(s) : 0;
}

const config_setting_t *ld_reader_elem(const config_setting_t *s, unsigned i)
{
	return config_setting_get_elem(s, i);
}

static const char *name_at(const void *arg, unsigned i)
{
	return ((const char *const *)arg)[i];
}

void ld_reader_known(struct ld_reader *r, const config_setting_t *group, const char *const *names)
{
	unsigned n = 0;

	while (names[n])
		n++;
	for (unsigned i = 0; i < ld_reader_length(group); i++) {
		const config_setting_t *s = ld_reader_elem(group, i);
		const char *name = config_setting_name(s), *near;
		unsigned k = 0;

		while (k < n && strcmp(names[k], name) != 0)
			k++;
		if (k < n)
			continue;
		near = ld_nearest(name, n, name_at, names);
		if (near)
			ld_reader_error(r, s, "there is no setting \"%s\"; did you mean \"%s\"?",
					name, near);
		else
			ld_reader_error(r, s, "there is no setting \"%s\" here", name);
	}
}

static const config_setting_t *member(struct ld_reader *r, const config_setting_t *group,
				      const char *name, bool required)
{
	const config_setting_t *s = config_setting_get_member(group, name);

	if (!s && required)
		ld_reader_error(r, group, "\"%s\" is missing here", name);
	return s;
}

const char *ld_reader_string(struct ld_reader *r, const config_setting_t *group, const char *name,
			     bool required)
{
	const config_setting_t *s = member(r, group, name, required);

	if (!s)
		return NULL;
	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		ld_reader_error(r, s, "\"%s\" must be text in quotes", name);
		return NULL;
	}
	return config_setting_get_string(s);
}

bool ld_reader_int(struct ld_reader *r, const config_setting_t *group, const char *name,
		   bool required, int lo, int hi, int *ret)
{
	const config_setting_t *s = member(r, group, name, required);
	long long v;

	if (!s)
		return false;
	if (config_setting_type(s) != CONFIG_TYPE_INT && config_setting_type(s) != CONFIG_TYPE_INT64) {
		ld_reader_error(r, s, "\"%s\" must be a whole number without quotes", name);
		return false;
	}
	v = config_setting_get_int64(s);
	if (v < lo || v > hi) {
		ld_reader_error(r, s, "\"%s\" must be from %d to %d", name, lo, hi);
		return false;
	}
	*ret = (int)v;
	return true;
}

bool ld_reader_bool(struct ld_reader *r, const config_setting_t *group, const char *name, bool *ret)
{
	const config_setting_t *s = member(r, group, name, false);

	if (!s)
		return false;
	if (config_setting_type(s) != CONFIG_TYPE_BOOL) {
		ld_reader_error(r, s, "\"%s\" must be true or false", name);
		return false;
	}
	*ret = config_setting_get_bool(s) == CONFIG_TRUE;
	return true;
}

const config_setting_t *ld_reader_group(struct ld_reader *r, const config_setting_t *group,
					const char *name, bool required)
{
	const config_setting_t *s = member(r, group, name, required);

	if (s && !config_setting_is_group(s)) {
		ld_reader_error(r, s, "\"%s\" must be { ... }", name);
		return NULL;
	}
	return s;
}

/* "( )" is a list of groups; libconfig also allows other things in it. */
const config_setting_t *ld_reader_list(struct ld_reader *r, const config_setting_t *group,
				       const char *name, bool required)
{
	const config_setting_t *s = member(r, group, name, required);

	if (s && !config_setting_is_list(s)) {
		ld_reader_error(r, s, "\"%s\" must be ( { ... }, { ... } )", name);
		return NULL;
	}
	for (unsigned i = 0; i < ld_reader_length(s); i++) {
		const config_setting_t *e = ld_reader_elem(s, i);

		if (!config_setting_is_group(e)) {
			ld_reader_error(r, e, "every entry of \"%s\" must be { ... }", name);
			return NULL;
		}
	}
	return s;
}

const config_setting_t *ld_reader_strings(struct ld_reader *r, const config_setting_t *group,
					  const char *name, bool required)
{
	const config_setting_t *s = member(r, group, name, required);
	bool ok = true;

	if (!s)
		return NULL;
	ok = config_setting_is_array(s) || config_setting_is_list(s);
	for (unsigned i = 0; ok && i < ld_reader_length(s); i++)
		ok = config_setting_type(ld_reader_elem(s, i)) == CONFIG_TYPE_STRING;
	if (!ok)
		ld_reader_error(r, s, "\"%s\" must be [ \"...\", \"...\" ]", name);
	return ok ? s : NULL;
}
