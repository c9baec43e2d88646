/* SPDX-License-Identifier: GPL-2.0-or-later */
/* commands.conf: words people send; codes.conf: digits that open a screen. */
#include "impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- commands ---- */

static const char *const kinds[] = {
	[LD_MATCH_EXACT] = "exact",
	[LD_MATCH_PREFIX] = "prefix",
	[LD_MATCH_PATTERN] = "pattern",
	[LD_MATCH_FUZZY] = "fuzzy",
	[LD_MATCH_ANY] = "any",
};

static void load_kind(struct ld_loader *l, const config_setting_t *s, struct ld_rule *ret)
{
	const char *name = ld_reader_string(&l->reader, s, "match", true);

	if (!name)
		return;
	for (unsigned i = 0; i < LD_ARRAY_SIZE(kinds); i++) {
		if (strcmp(name, kinds[i]) == 0) {
			ret->kind = (enum ld_match_kind)i;
			return;
		}
	}
	ld_reader_error(&l->reader, s, "match \"%s\" must be exact, prefix, pattern, fuzzy or any",
			name);
}

/* Words are compared with folded text: what fold would change could never match. Words without
 * letters or digits ("?") are compared with the raw text. */
static void check_word(struct ld_loader *l, const config_setting_t *s, const char *word)
{
	char folded[LD_INPUT_MAX];

	ld_text_fold(word, folded, sizeof(folded));
	if (folded[0] && strcmp(folded, word) != 0)
		ld_reader_error(&l->reader, s, "\"%s\" can never match; write \"%s\"", word, folded);
}

static const char *const *load_words(struct ld_loader *l, const config_setting_t *s,
				     const char *name, bool folded, unsigned *ret_n)
{
	const config_setting_t *list = ld_reader_strings(&l->reader, s, name, false);
	unsigned n = ld_reader_length(list);
	const char **words = ld_arena_array(l->impl->arena, n, sizeof(*words));

	for (unsigned i = 0; words && i < n; i++) {
		const char *word = config_setting_get_string_elem(list, (int)i);

		if (folded)
			check_word(l, ld_reader_elem(list, i), word);
		words[i] = ld_arena_string(l->impl->arena, word);
	}
	*ret_n = words ? n : 0;
	return words;
}

static void load_rule(struct ld_loader *l, const config_setting_t *s, struct ld_rule *ret)
{
	const char *intent = ld_reader_string(&l->reader, s, "intent", true);
	bool pattern;
	unsigned bad;

	ret->intent = ld_arena_string(l->impl->arena, intent ? intent : "");
	load_kind(l, s, ret);
	pattern = ret->kind == LD_MATCH_PATTERN;
	ret->words = load_words(l, s, "words", !pattern, &ret->n_words);
	ret->tail = load_words(l, s, "tail", true, &ret->n_tail);
	ret->except = load_words(l, s, "except", true, &ret->n_except);
	if (ret->kind != LD_MATCH_ANY && ret->n_words == 0)
		ld_reader_error(&l->reader, s, "a rule needs \"words\"");
	if (ret->n_tail && ret->kind != LD_MATCH_EXACT)
		ld_reader_error(&l->reader, s, "only \"exact\" has a \"tail\"");
	if (ret->n_except && ret->kind != LD_MATCH_PREFIX)
		ld_reader_error(&l->reader, s, "only \"prefix\" has an \"except\"");
	if (pattern && ret->n_words != 1)
		ld_reader_error(&l->reader, s, "a pattern is one word");
	else if (ld_rules_compile(ret, 1, &bad) < 0)
		ld_reader_error(&l->reader, s, "\"%s\" is no regular expression", ret->words[0]);
}

static const char *message_name_at(const void *arg, unsigned i)
{
	return ((const struct ld_names *)arg)->v[i].name;
}

static void load_answer(struct ld_loader *l, const config_setting_t *s, struct ld_command *ret)
{
	const struct ld_names *messages = &l->impl->messages;
	const char *reply = ld_reader_string(&l->reader, s, "reply", false);

	if (reply && !ld_names_find(messages, reply)) {
		const char *near = ld_nearest(reply, messages->n, message_name_at, messages);

		ld_reader_error(&l->reader, config_setting_get_member(s, "reply"),
				near ? "there is no message %s; did you mean %s?" :
				"there is no message %s", reply, near);
	}
	ret->reply = ld_arena_string(l->impl->arena, reply ? reply : "");
	ret->screen = -1;
	if (config_setting_get_member(s, "screen"))
		ret->screen = ld_load_screen_ref(l, s, "screen");
	ld_reader_bool(&l->reader, s, "learner", &ret->learner);
}

void ld_load_commands(struct ld_loader *l, const char *file)
{
	static const char *const top[] = { "rules", NULL };
	static const char *const names[] = { "intent", "match", "words", "tail", "except", "reply",
					     "screen", "learner", NULL };
	const config_setting_t *root = config_root_setting(&l->reader.cfg);
	const config_setting_t *list = ld_reader_list(&l->reader, root, "rules", true);
	struct ld_content_impl *impl = l->impl;
	unsigned n = ld_reader_length(list);
	struct ld_rule *rules = ld_arena_array(impl->arena, n, sizeof(*rules));
	struct ld_command *commands = ld_arena_array(impl->arena, n, sizeof(*commands));

	ld_reader_known(&l->reader, root, top);
	impl->commands_file = file;
	impl->command_lines = ld_arena_array(impl->arena, n, sizeof(*impl->command_lines));
	if (!rules || !commands || !impl->command_lines)
		return;
	impl->content.rules = rules;
	impl->content.commands = commands;
	for (unsigned i = 0; i < n; i++) {
		const config_setting_t *s = ld_reader_elem(list, i);

		ld_reader_known(&l->reader, s, names);
		impl->command_lines[i] = (int)config_setting_source_line(s);
		load_rule(l, s, &rules[i]);
		load_answer(l, s, &commands[i]);
		impl->content.n_rules = i + 1;
	}
	if (list && (n == 0 || rules[n - 1].kind != LD_MATCH_ANY))
		ld_reader_error(&l->reader, list, "the last rule must be match = \"any\"");
}

/* ---- codes ---- */

enum { CODES_MAX = 990 };       /* 10 to 999 */

bool ld_code_reserved(const char *code)
{
	static const char *const numbers[] = { "98", "99", "156", "197", "198", "199" };

	if (strlen(code) == 3 && code[0] == '1' && code[1] == '1')
		return true;    /* 110 to 119: police, fire, ambulance and their neighbours */
	for (unsigned i = 0; i < LD_ARRAY_SIZE(numbers); i++)
		if (strcmp(code, numbers[i]) == 0)
			return true;
	return false;
}

static bool is_code(const char *code)
{
	size_t len = strspn(code, "0123456789");

	return code[len] == '\0' && (len == 2 || len == 3) && code[0] != '0' &&
	       !ld_code_reserved(code);
}

static int by_code(const void *a, const void *b)
{
	return strcmp(((const struct ld_code *)a)->code, ((const struct ld_code *)b)->code);
}

static bool load_code(struct ld_loader *l, const config_setting_t *s, struct ld_code *ret)
{
	static const char *const names[] = { "code", "to", "arg", "label", NULL };
	const char *code = ld_reader_string(&l->reader, s, "code", true);
	const char *arg = ld_reader_string(&l->reader, s, "arg", false);

	ld_reader_known(&l->reader, s, names);
	ret->to = ld_load_screen_ref(l, s, "to");
	ret->arg = ld_arena_string(l->impl->arena, arg ? arg : "");
	ret->label = ld_load_text(l, s, "label", true);
	if (!code)
		return false;
	if (!is_code(code)) {
		ld_reader_error(&l->reader, s, "code \"%s\" must be two or three digits, not "
				"beginning with 0, and no emergency or service number", code);
		return false;
	}
	ret->code = ld_arena_string(l->impl->arena, code);
	return true;
}

void ld_load_codes(struct ld_loader *l, const char *file)
{
	static const char *const top[] = { "codes", NULL };
	const config_setting_t *root = config_root_setting(&l->reader.cfg);
	const config_setting_t *list = ld_reader_list(&l->reader, root, "codes", true);
	unsigned n = ld_reader_length(list), kept = 0;
	struct ld_code *codes = ld_arena_array(l->impl->arena, n, sizeof(*codes));

	ld_reader_known(&l->reader, root, top);
	l->impl->codes_file = file;
	if (n > CODES_MAX) {
		ld_reader_error(&l->reader, list, "there are only %d codes", CODES_MAX);
		return;
	}
	for (unsigned i = 0; codes && i < n; i++) {
		const config_setting_t *s = ld_reader_elem(list, i);

		if (!load_code(l, s, &codes[kept]))
			continue;
		for (unsigned k = 0; k < kept; k++)
			if (strcmp(codes[k].code, codes[kept].code) == 0)
				ld_reader_error(&l->reader, s, "code %s stands twice",
						codes[kept].code);
		kept++;
	}
	if (!codes)
		return;
	qsort(codes, kept, sizeof(*codes), by_code);
	l->impl->content.codes = codes;
	l->impl->content.n_codes = kept;
}
