/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/wire/ctl.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_FIRST = 1024 };

void ld_ctl_lines_init(struct ld_ctl_lines *l, size_t max)
{
	*l = (struct ld_ctl_lines){ .max = max };
}

void ld_ctl_lines_release(struct ld_ctl_lines *l)
{
	free(l->buf);
	*l = (struct ld_ctl_lines){ .max = l->max };
}

/* Moves what is unread to the front, so that reading goes on behind it. */
static void compact(struct ld_ctl_lines *l)
{
	if (l->start == 0)
		return;
	memmove(l->buf, l->buf + l->start, l->end - l->start);
	l->end -= l->start;
	l->looked -= l->start;
	l->start = 0;
}

static int grow(struct ld_ctl_lines *l)
{
	size_t size = l->size ? 2 * l->size : LINES_FIRST;
	char *buf;

	if (size > l->max)
		size = l->max;
	buf = realloc(l->buf, size);
	if (!buf)
		return LD_E_NOMEM;
	l->buf = buf;
	l->size = size;
	return 0;
}

int ld_ctl_lines_room(struct ld_ctl_lines *l, char **ret_at, size_t *ret_len)
{
	int rc = 0;

	compact(l);
	/* next() never leaves a full buffer of the largest size: that is a line too long. */
	if (l->end == l->size)
		rc = grow(l);
	if (rc < 0)
		return rc;
	*ret_at = l->buf + l->end;
	*ret_len = l->size - l->end;
	return 0;
}

void ld_ctl_lines_fed(struct ld_ctl_lines *l, size_t n)
{
	l->end += n;
}

/* No line end in what we have. 0, or LD_E_TOOBIG once for a line that cannot fit. */
static int unfinished(struct ld_ctl_lines *l, struct ld_errmsg *err)
{
	if (l->skipping) {
		l->start = l->looked = l->end = 0;
		return 0;
	}
	l->looked = l->end;
	if (l->end - l->start < l->max)
		return 0;
	l->skipping = true;
	l->start = l->looked = l->end = 0;
	return ld_fail(err, LD_E_TOOBIG, "a line is longer than %zu octets", l->max);
}

static bool blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

/* jansson bounds the depth and refuses invalid UTF-8, NUL characters and numbers out of range. */
static int parse(const char *line, size_t len, json_t **ret, struct ld_errmsg *err)
{
	json_error_t why;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);

	if (!object)
		return ld_fail(err, LD_E_SYNTAX, "not JSON: %s (octet %d)", why.text, why.position);
	if (!json_is_object(object)) {
		json_decref(object);
		return ld_fail(err, LD_E_SYNTAX, "a message is a JSON object");
	}
	*ret = object;
	return 1;
}

int ld_ctl_lines_next(struct ld_ctl_lines *l, json_t **ret, struct ld_errmsg *err)
{
	for (;;) {
		const char *line = l->buf + l->start;
		const char *end = NULL;
		size_t len;
		bool skipped = l->skipping;

		if (l->looked < l->end)
			end = memchr(l->buf + l->looked, '\n', l->end - l->looked);
		if (!end)
			return unfinished(l, err);
		len = (size_t)(end - line);
		l->start = l->looked = l->start + len + 1;
		l->skipping = false;
		if (!skipped && !blank(line, len))
			return parse(line, len, ret, err);
	}
}

int ld_ctl_encode(const json_t *object, size_t max, char **ret)
{
	const size_t flags = JSON_COMPACT;
	size_t len = json_dumpb(object, NULL, 0, flags);
	char *line;

	if (len == 0)
		return LD_E_NOMEM;
	if (len + 1 > max)
		return LD_E_TOOBIG;
	line = malloc(len + 1);
	if (!line)
		return LD_E_NOMEM;
	if (json_dumpb(object, line, len, flags) != len) {
		free(line);
		return LD_E_NOMEM;
	}
	line[len] = '\n';
	*ret = line;
	return (int)(len + 1);
}

int ld_ctl_get_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t dflt,
		   int64_t *ret, struct ld_errmsg *err)
{
	const json_t *field = json_object_get(object, key);
	int64_t value = dflt;

	if (field) {
		value = json_integer_value(field);
		if (!json_is_integer(field) || value < min || value > max)
			return ld_fail(err, LD_E_RANGE,
				       "\"%s\" must be a whole number from %lld to %lld", key,
				       (long long)min, (long long)max);
	}
	*ret = value;
	return 0;
}

int ld_ctl_get_bool(const json_t *object, const char *key, bool dflt, bool *ret,
		    struct ld_errmsg *err)
{
	const json_t *field = json_object_get(object, key);

	if (field && !json_is_boolean(field))
		return ld_fail(err, LD_E_RANGE, "\"%s\" must be true or false", key);
	*ret = field ? json_is_true(field) : dflt;
	return 0;
}

int ld_ctl_get_text(const json_t *object, const char *key, const char *dflt, const char **ret,
		    struct ld_errmsg *err)
{
	const json_t *field = json_object_get(object, key);

	if (field && !json_is_string(field))
		return ld_fail(err, LD_E_RANGE, "\"%s\" must be a text", key);
	*ret = field ? json_string_value(field) : dflt;
	return 0;
}
