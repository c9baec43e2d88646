/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reminders.conf: what residents switch on, and the public holidays. The days are read by whoever
 * knows calendars. */
#include "impl.h"

#include <stdio.h>
#include <string.h>

enum { REMINDERS_MAX = 64, VALUES_MAX = 320 };

static const char *const kinds[] = { "tax", "fee", "meeting", "health" };

static bool load_kind(struct ld_loader *l, const config_setting_t *s, struct ld_reminder *ret)
{
	const char *kind = ld_reader_string(&l->reader, s, "kind", true);

	for (unsigned i = 0; kind && i < LD_ARRAY_SIZE(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0) {
			ret->kind = (enum ld_reminder_kind)i;
			return true;
		}
	if (kind)
		ld_reader_error(&l->reader, s, "kind \"%s\" must be tax, fee, meeting or health", kind);
	return false;
}

/* [ "q=1", ... ] as lines. */
static const char *load_values(struct ld_loader *l, const config_setting_t *s)
{
	const config_setting_t *list = ld_reader_strings(&l->reader, s, "values", false);
	char text[VALUES_MAX] = "";
	size_t used = 0;

	for (unsigned i = 0; i < ld_reader_length(list); i++) {
		const char *v = config_setting_get_string_elem(list, (int)i);
		size_t n = strlen(v);

		if (!strchr(v, '=') || strchr(v, '\n') || used + n + 2 > sizeof(text)) {
			ld_reader_error(&l->reader, list, "values are \"name=text\", %d letters in all",
					VALUES_MAX);
			break;
		}
		memcpy(text + used, v, n);
		text[used + n] = '\n';
		used += n + 1;
		text[used] = '\0';
	}
	return ld_arena_string(l->impl->arena, text);
}

/* A fee says by itself whose it is, and when. */
static const char *with_market(struct ld_loader *l, const char *values, const struct ld_reminder *r)
{
	char text[VALUES_MAX + 2 * LD_TEXT_MAX];

	if (r->kind != LD_REMIND_FEE)
		return values;
	snprintf(text, sizeof(text), "%smarket=%s\nday=%s\n", values, r->market, r->day);
	return ld_arena_string(l->impl->arena, text);
}

static const char *text_or_empty(struct ld_loader *l, const config_setting_t *s, const char *name,
				 bool required)
{
	const char *text = ld_load_text(l, s, name, required);

	return text ? text : "";
}

static void load_reminder(struct ld_loader *l, const config_setting_t *s, struct ld_reminder *ret)
{
	static const char *const names[] = { "key", "kind", "message", "when", "values", "market",
					     "day", "confidence", "source", "valid_from",
					     "valid_until", "reviewed_by", NULL };

	ld_reader_known(&l->reader, s, names);
	ret->line = (int)config_setting_source_line(s);
	ret->key = text_or_empty(l, s, "key", true);
	ret->message = text_or_empty(l, s, "message", true);
	ret->when = text_or_empty(l, s, "when", true);
	load_kind(l, s, ret);
	ret->market = text_or_empty(l, s, "market", ret->kind == LD_REMIND_FEE);
	ret->day = text_or_empty(l, s, "day", ret->kind == LD_REMIND_FEE);
	ret->values = with_market(l, load_values(l, s), ret);
	ld_load_validity(l, s, &ret->validity);
	if (strlen(ret->key) > 18)
		ld_reader_error(&l->reader, s, "the key \"%s\" has more than 18 letters", ret->key);
	if (strncmp(ret->message, "REMIND_", 7) != 0 ||
	    !ld_names_find(&l->impl->messages, ret->message))
		ld_reader_error(&l->reader, s, "there is no message %s that begins with REMIND_",
				ret->message);
}

void ld_load_reminders(struct ld_loader *l, const char *file)
{
	static const char *const names[] = { "holidays", "reminders", NULL };
	const config_setting_t *root = config_root_setting(&l->reader.cfg);
	const config_setting_t *days = ld_reader_strings(&l->reader, root, "holidays", false);
	const config_setting_t *list = ld_reader_list(&l->reader, root, "reminders", true);
	struct ld_content *c = &l->impl->content;
	unsigned n = ld_reader_length(list), n_days = ld_reader_length(days);
	struct ld_reminder *r;
	const char **h;

	ld_reader_known(&l->reader, root, names);
	c->reminders_file = file;
	c->holidays_line = days ? (int)config_setting_source_line(days) : 0;
	if (n > REMINDERS_MAX) {
		ld_reader_error(&l->reader, list, "at most %d reminders", REMINDERS_MAX);
		return;
	}
	r = ld_arena_array(l->impl->arena, n, sizeof(*r));
	h = ld_arena_array(l->impl->arena, n_days, sizeof(*h));
	for (unsigned i = 0; h && i < n_days; i++)
		h[c->n_holidays++] = ld_arena_string(l->impl->arena,
					config_setting_get_string_elem(days, (int)i));
	for (unsigned i = 0; r && i < n; i++) {
		load_reminder(l, ld_reader_elem(list, i), &r[i]);
		for (unsigned k = 0; k < i; k++)
			if (strcmp(r[k].key, r[i].key) == 0)
				ld_reader_error(&l->reader, ld_reader_elem(list, i),
						"two reminders have the key \"%s\"", r[i].key);
		c->n_reminders++;
	}
	c->reminders = r;
	c->holidays = h;
}
