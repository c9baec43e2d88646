/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fields.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "laido/config/config.h"
#include "laido/text/text.h"

enum { FIELDS_MAX = 40 };

static const char *const levels[] = { "debug", "info", "notice", "error" };

static void read_string(struct ld_reader *r, const config_setting_t *s, const struct ld_field *f,
			const char *text, char *ret)
{
	size_t len = strlen(text);

	if (len < (size_t)f->lo)
		ld_reader_error(r, s, "\"%s\" must not be empty", f->name);
	else if (len >= (size_t)f->hi)
		ld_reader_error(r, s, "\"%s\" is longer than %d characters", f->name, f->hi - 1);
	else
		memcpy(ret, text, len + 1);
}

static void read_clock(struct ld_reader *r, const config_setting_t *s, const struct ld_field *f,
		       const char *text, int *ret)
{
	unsigned hour, minute;
	char end;

	if (strlen(text) == 5 && sscanf(text, "%2u:%2u%c", &hour, &minute, &end) == 2 &&
	    hour < 24 && minute < 60)
		*ret = (int)(hour * 60 + minute);
	else
		ld_reader_error(r, s, "\"%s\" must be a time of day like \"07:30\"", f->name);
}

static void read_level(struct ld_reader *r, const config_setting_t *s, const struct ld_field *f,
		       const char *text, enum ld_log_level *ret)
{
	for (unsigned i = 0; i < LD_ARRAY_SIZE(levels); i++) {
		if (strcmp(text, levels[i]) == 0) {
			*ret = (enum ld_log_level)i;
			return;
		}
	}
	ld_reader_error(r, s, "\"%s\" must be \"debug\", \"info\", \"notice\" or \"error\"", f->name);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)((p - digits) % 16) : -1;
}

static void read_key(struct ld_reader *r, const config_setting_t *s, const struct ld_field *f,
		     const char *text, uint8_t *ret)
{
	uint8_t key[32];
	bool ok = strlen(text) == 2 * sizeof(key);

	if (text[0] == '\0')
		return;
	for (unsigned i = 0; ok && i < sizeof(key); i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		ok = high >= 0 && low >= 0;
		key[i] = (uint8_t)(high << 4 | (low & 15));
	}
	if (ok)
		memcpy(ret, key, sizeof(key));
	else
		ld_reader_error(r, s, "\"%s\" must be 64 hexadecimal digits", f->name);
}

static void read_number(struct ld_reader *r, const config_setting_t *s, const struct ld_field *f,
			const char *text, struct ld_msisdn *ret)
{
	struct ld_msisdn m;

	if (ld_e164_parse(text, &m) == LD_ADDR_MOBILE)
		*ret = m;
	else
		ld_reader_error(r, s, "\"%s\" must be a mobile number like \"0990000000\"", f->name);
}

static void read_text(struct ld_reader *r, const config_setting_t *group, const struct ld_field *f,
		      void *at)
{
	const config_setting_t *s = config_setting_get_member(group, f->name);
	const char *text = ld_reader_string(r, group, f->name, false);

	if (!text)
		return;
	switch (f->kind) {
	case LD_FIELD_CLOCK: read_clock(r, s, f, text, at); break;
	case LD_FIELD_LEVEL: read_level(r, s, f, text, at); break;
	case LD_FIELD_KEY32: read_key(r, s, f, text, at); break;
	case LD_FIELD_NUMBER: read_number(r, s, f, text, at); break;
	default: read_string(r, s, f, text, at); break;
	}
}

static void read_integer(struct ld_reader *r, const config_setting_t *group,
			 const struct ld_field *f, void *at)
{
	int v;

	if (!ld_reader_int(r, group, f->name, false, f->lo, f->hi, &v))
		return;
	switch (f->kind) {
	case LD_FIELD_U16: *(uint16_t *)at = (uint16_t)v; break;
	case LD_FIELD_U8: *(uint8_t *)at = (uint8_t)v; break;
	case LD_FIELD_UINT: *(unsigned *)at = (unsigned)v; break;
	default: *(int *)at = v; break;
	}
}

/* An array of strings; line ends between them. */
static void read_lines(struct ld_reader *r, const config_setting_t *group, const struct ld_field *f,
		       char *ret)
{
	const config_setting_t *list = ld_reader_strings(r, group, f->name, false);
	size_t used = 0;

	if (!list)
		return;
	ret[0] = '\0';
	for (unsigned i = 0; i < ld_reader_length(list); i++) {
		const char *line = config_setting_get_string(ld_reader_elem(list, i));
		size_t len = line ? strlen(line) : 0;

		if (len == 0 || strchr(line, '\n'))
			ld_reader_error(r, list, "\"%s\": each of its strings is one line", f->name);
		else if (used + len + 2 > (size_t)f->hi)
			ld_reader_error(r, list, "\"%s\" has more than %d characters in all", f->name,
					f->hi - 2);
		else
			used += (size_t)snprintf(ret + used, (size_t)f->hi - used, "%s%s",
						 used ? "\n" : "", line);
	}
}

/* Seconds, whole or not, within lo..hi. */
static void read_seconds(struct ld_reader *r, const config_setting_t *group,
			 const struct ld_field *f, int *ret)
{
	const config_setting_t *s = config_setting_get_member(group, f->name);
	double v;

	if (!s)
		return;
	if (config_setting_type(s) == CONFIG_TYPE_FLOAT)
		v = config_setting_get_float(s);
	else if (config_setting_type(s) == CONFIG_TYPE_INT)
		v = config_setting_get_int(s);
	else
		v = -1;
	if (v >= f->lo && v <= f->hi)
		*ret = (int)(v * 1000 + 0.5);
	else
		ld_reader_error(r, s, "\"%s\" must be from %d to %d seconds", f->name, f->lo, f->hi);
}

static void read_list(struct ld_reader *r, const config_setting_t *group, const struct ld_field *f,
		      char *base)
{
	const config_setting_t *list = ld_reader_list(r, group, f->name, false);
	unsigned n = ld_reader_length(list);
	char *entry = base + f->offset;

	if (!list)
		return;
	if (n > (unsigned)f->hi) {
		ld_reader_error(r, list, "\"%s\" has more than %d entries", f->name, f->hi);
		return;
	}
	/* What an entry leaves out stays as base has it. */
	for (unsigned i = 0; i < n; i++, entry += f->stride)
		ld_fields_read(r, ld_reader_elem(list, i), f->sub, entry);
	memcpy(base + f->count_at, &n, sizeof(n));
}

void ld_fields_read(struct ld_reader *r, const config_setting_t *group,
		    const struct ld_field *fields, void *base)
{
	const char *names[FIELDS_MAX + 1] = { NULL };

	for (unsigned i = 0; i < FIELDS_MAX && fields[i].kind; i++)
		names[i] = fields[i].name;
	ld_reader_known(r, group, names);
	for (const struct ld_field *f = fields; f->kind; f++) {
		void *at = (char *)base + f->offset;
		const config_setting_t *sub;

		switch (f->kind) {
		case LD_FIELD_BOOL:
			ld_reader_bool(r, group, f->name, at);
			break;
		case LD_FIELD_INT: case LD_FIELD_UINT: case LD_FIELD_U16: case LD_FIELD_U8:
			read_integer(r, group, f, at);
			break;
		case LD_FIELD_SECONDS:
			read_seconds(r, group, f, at);
			break;
		case LD_FIELD_LINES:
			read_lines(r, group, f, at);
			break;
		case LD_FIELD_GROUP:
			sub = ld_reader_group(r, group, f->name, false);
			if (sub)
				ld_fields_read(r, sub, f->sub, base);
			break;
		case LD_FIELD_LIST:
			read_list(r, group, f, base);
			break;
		default:
			read_text(r, group, f, at);
			break;
		}
	}
}

void ld_fields_to_errmsg(void *arg, const char *file, int line, bool error, const char *message)
{
	struct ld_errmsg *err = arg;
	size_t used;

	if (!err || !error)
		return;
	used = strlen(err->text);
	if (line > 0)
		snprintf(err->text + used, sizeof(err->text) - used, "%s%s:%d: %s",
			 used ? "\n" : "", file, line, message);
	else
		snprintf(err->text + used, sizeof(err->text) - used, "%s%s: %s",
			 used ? "\n" : "", file, message);
}
