/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loader's parts share, and what lies behind ld_content.impl. */
#ifndef LAIDO_CONTENT_IMPL_H
#define LAIDO_CONTENT_IMPL_H

#include "arena.h"
#include "laido/config/reader.h"
#include "laido/content/content.h"

/* A message, or a value (text[LD_LANG_VI] only). */
struct ld_named {
	const char *name;
	const char *text[LD_LANGS_MAX];
	int line;
};

struct ld_names {
	unsigned n;
	struct ld_named *v;             /* sorted by name */
	const char *file;
};

/* An action of the program with its outcomes. */
struct ld_action {
	const char *name;
	unsigned n_outcomes;
	const char **outcomes;
};

struct ld_content_impl {
	struct ld_content content;
	struct ld_arena *arena;
	struct ld_names messages, ward, longest;
	unsigned n_actions;
	struct ld_action *actions;      /* as ld_content_options gave them */
	const char *commands_file, *codes_file;
	int *command_lines;             /* one a rule */
};

static inline const struct ld_content_impl *ld_impl(const struct ld_content *c)
{
	return c->impl;
}

struct ld_loader {
	struct ld_content_impl *impl;
	const struct ld_content_options *opt;
	const struct ld_folder *folder;
	bool said;                      /* what the folder lacks was reported before */
	const char *dir;
	struct ld_reader reader;        /* of the file being read */
	ld_finding_cb cb;
	void *arg;
	unsigned errors;
};

/* Text in a setting: Unicode put in order, copied to the arena. NULL when missing or wrong. */
const char *ld_load_text(struct ld_loader *l, const config_setting_t *group, const char *name,
			 bool required);
/* A required { vi = ...; en = ...; }, a part for each language. EMPTY_OK: they may be "". */
enum ld_empty { LD_EMPTY_NO, LD_EMPTY_OK };
bool ld_load_langs(struct ld_loader *l, const config_setting_t *group, const char *name,
		   enum ld_empty empty, const char *ret[LD_LANGS_MAX]);
bool ld_load_langs_of(struct ld_loader *l, const config_setting_t *s, enum ld_empty empty,
		      const char *ret[LD_LANGS_MAX]);

/* The parts of a content folder. The reader holds the parsed file. */
void ld_load_menu(struct ld_loader *l, const char *file);
void ld_load_messages(struct ld_loader *l, const char *file);
void ld_load_values(struct ld_loader *l, const char *file);
/* The languages of values.conf, before everything else; texts have one part for each. */
void ld_load_languages(struct ld_loader *l, const char *file);
void ld_load_commands(struct ld_loader *l, const char *file);
void ld_load_reminders(struct ld_loader *l, const char *file);
void ld_load_codes(struct ld_loader *l, const char *file);
/* One course; the caller keeps the array. */
void ld_load_course(struct ld_loader *l, const char *file, struct ld_course *ret);

/* Sure or reviewed, and when: the settings confidence, source, reviewed_by, valid_*. */
void ld_load_validity(struct ld_loader *l, const config_setting_t *s, struct ld_validity *ret);

/* Index of a screen named by a setting, or -1 and a finding. */
int ld_load_screen_ref(struct ld_loader *l, const config_setting_t *group, const char *name);

const struct ld_named *ld_names_find(const struct ld_names *names, const char *name);
const struct ld_action *ld_action_find(const struct ld_content_impl *impl, const char *name);
/* "ok" is an outcome of every action. */
bool ld_action_says(const struct ld_action *a, const char *outcome);
/* Codes that stand for emergency numbers, service numbers and paging keys. */
bool ld_code_reserved(const char *code);

#endif
