/* SPDX-License-Identifier: GPL-2.0-or-later */
/* courses/NAME.conf: one course each. */
#include "impl.h"

#include <stdio.h>
#include <string.h>

enum {
	LESSONS_MAX = 64,                       /* bits of ld_progress.answered */
	MENU_KEY_MIN = 2, MENU_KEY_MAX = 9,     /* key 1 of the list is "next lesson" */
};

static const int64_t day_ms = 86400000;
/* Days begin at midnight in Vietnam, wherever the board is. */
static const int64_t vietnam_ms = 7 * 3600 * 1000;

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(int y, int m, int d)
{
	int64_t era_year = m <= 2 ? y - 1 : y;
	int64_t era = era_year / 400, yoe = era_year - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* The beginning of the day "2026-12-31" in UTC ms; false when there is none. */
static bool load_day(struct ld_loader *l, const config_setting_t *s, const char *name, int64_t *ret)
{
	const char *text = ld_reader_string(&l->reader, s, name, false);
	int y, m, d;
	char end;

	if (!text || text[0] == '\0')
		return false;
	if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d%c", &y, &m, &d, &end) != 3 ||
	    y < 2000 || m < 1 || m > 12 || d < 1 || d > 31) {
		ld_reader_error(&l->reader, s, "\"%s\" must be a day like \"2026-12-31\"", name);
		return false;
	}
	*ret = days_of(y, m, d) * day_ms - vietnam_ms;
	return true;
}

/* DESIGN 6: what nobody has reviewed is not sent, nor what is not yet or no longer true. */
void ld_load_validity(struct ld_loader *l, const config_setting_t *s, struct ld_validity *ret)
{
	const char *confidence = ld_reader_string(&l->reader, s, "confidence", true);
	const char *reviewed_by = ld_reader_string(&l->reader, s, "reviewed_by", false);
	int64_t from = 0, until = 0;
	bool has_from = load_day(l, s, "valid_from", &from);
	bool has_until = load_day(l, s, "valid_until", &until);
	bool sure = confidence && strcmp(confidence, "sure") == 0;

	if (confidence && !sure && strcmp(confidence, "likely") != 0 &&
	    strcmp(confidence, "verify") != 0)
		ld_reader_error(&l->reader, s, "confidence \"%s\" must be \"sure\", \"likely\" or "
				"\"verify\"", confidence);
	ld_reader_string(&l->reader, s, "source", true);
	if (has_from && has_until && until < from)
		ld_reader_error(&l->reader, s, "valid_until lies before valid_from");
	*ret = (struct ld_validity){ .from_ms = has_from ? from : INT64_MIN,
				     .until_ms = has_until ? until + day_ms : INT64_MAX };
	if (!sure && !(reviewed_by && reviewed_by[0]) && !l->opt->approve_all)
		*ret = (struct ld_validity){ .from_ms = INT64_MAX, .until_ms = INT64_MIN };
}

static void load_lesson(struct ld_loader *l, const config_setting_t *s, struct ld_lesson *ret)
{
	static const char *const names[] = { "title", "key", "question", "options", "answer", "more",
					     "confidence", "source", "valid_from", "valid_until",
					     "reviewed_by", NULL };
	const config_setting_t *options;
	int answer = 0;

	ld_reader_known(&l->reader, s, names);
	ret->title = ld_load_text(l, s, "title", true);
	ret->key = ld_load_text(l, s, "key", true);
	ret->question = ld_load_text(l, s, "question", true);
	ret->more = ld_load_text(l, s, "more", true);
	options = ld_reader_strings(&l->reader, s, "options", true);
	if (options && ld_reader_length(options) != 3)
		ld_reader_error(&l->reader, options, "\"options\" must be three answers");
	for (unsigned i = 0; i < 3 && i < ld_reader_length(options); i++) {
		char text[LD_TEXT_MAX];

		if (ld_text_normalise(config_setting_get_string_elem(options, (int)i), text,
				      sizeof(text)) > 0)
			ret->opt[i] = ld_arena_string(l->impl->arena, text);
		else
			ld_reader_error(&l->reader, options, "answer %u is empty or far too long",
					i + 1);
	}
	if (ld_reader_int(&l->reader, s, "answer", true, 1, 3, &answer))
		ret->answer = (uint8_t)answer;
	ld_load_validity(l, s, &ret->validity);
}

static void load_lessons(struct ld_loader *l, const config_setting_t *root, const char *file,
			 struct ld_course *ret)
{
	const config_setting_t *list = ld_reader_list(&l->reader, root, "lessons", true);
	unsigned n = ld_reader_length(list);
	struct ld_lesson *lessons;

	if (!list)
		return;
	if (n < 1 || n > LESSONS_MAX) {
		ld_reader_error(&l->reader, list, "a course has 1 to %d lessons", LESSONS_MAX);
		return;
	}
	lessons = ld_arena_array(l->impl->arena, n, sizeof(*lessons));
	for (unsigned i = 0; lessons && i < n; i++) {
		const config_setting_t *s = ld_reader_elem(list, i);

		lessons[i].n = (uint8_t)(i + 1);
		lessons[i].file = file;
		lessons[i].line = (int)config_setting_source_line(s);
		load_lesson(l, s, &lessons[i]);
	}
	ret->lessons = lessons;
	ret->n_lessons = (uint8_t)(lessons ? n : 0);
}

/* The form of address as the register XUNG has it: "anh chị" is "anh chi". */
static const char *load_xung(struct ld_loader *l, const config_setting_t *root)
{
	static const char *const forms[] = { "", "em", "anh chi", "bac", "cu" };
	const char *text = ld_reader_string(&l->reader, root, "xung", true);
	char plain[64];

	if (!text)
		return "";
	for (unsigned i = 0; i < LD_ARRAY_SIZE(forms); i++)
		if (ld_text_unaccent(text, plain, sizeof(plain)) >= 0 &&
		    strcmp(plain, forms[i]) == 0)
			return forms[i];
	ld_reader_error(&l->reader, config_setting_get_member(root, "xung"),
			"xung must be \"em\", \"anh chị\", \"bác\", \"cụ\" or \"\"");
	return "";
}

static bool is_course_key(const char *key)
{
	size_t len = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return len > 0 && len < LD_COURSE_MAX && key[len] == '\0';
}

void ld_load_course(struct ld_loader *l, const char *file, struct ld_course *ret)
{
	static const char *const names[] = { "key", "menu_key", "name", "short", "pass_mark", "xung",
					     "hour", "guardian", "lessons", NULL };
	const config_setting_t *root = config_root_setting(&l->reader.cfg);
	struct ld_reader *r = &l->reader;
	const char *key = ld_reader_string(r, root, "key", true);
	int menu_key = 0, pass = 0, hour = 19;

	ld_reader_known(r, root, names);
	if (key && !is_course_key(key))
		ld_reader_error(r, config_setting_get_member(root, "key"),
				"key \"%s\" must be 1 to %d plain capitals or digits", key,
				LD_COURSE_MAX - 1);
	ret->key = key ? ld_arena_string(l->impl->arena, key) : NULL;
	ld_reader_int(r, root, "menu_key", true, MENU_KEY_MIN, MENU_KEY_MAX, &menu_key);
	ret->menu_key = (uint8_t)menu_key;
	ld_load_langs(l, root, "name", LD_EMPTY_NO, ret->name);
	ret->name_short = ld_load_text(l, root, "short", true);
	ret->xung = load_xung(l, root);
	ld_reader_int(r, root, "hour", false, 8, 19, &hour);
	ret->hour = (uint8_t)hour;
	ld_reader_bool(r, root, "guardian", &ret->guardian);
	load_lessons(l, root, file, ret);
	if (ret->n_lessons &&
	    ld_reader_int(r, root, "pass_mark", true, 1, ret->n_lessons, &pass))
		ret->pass_mark = (uint8_t)pass;
}
