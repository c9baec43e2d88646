/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "publish.h"

struct diff {
	const struct ld_content *c, *old;
	struct tally_diff n;
	char parts[160];                /* of one thing: what of it has changed */
};

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* A line, and its place in the sum. */
static void line(struct diff *d, char sign, const char *what, const char *name, const char *more)
{
	*(sign == '+' ? &d->n.added : sign == '-' ? &d->n.removed : &d->n.changed) += 1;
	printf("%c %s ", sign, what);
	put_safe(stdout, name, strlen(name));
	if (more[0]) {
		printf(": ");
		put_safe(stdout, more, strlen(more));
	}
	putchar('\n');
}

static void part(struct diff *d, bool changed, const char *name)
{
	size_t used = strlen(d->parts);

	if (changed)
		snprintf(d->parts + used, sizeof(d->parts) - used, "%s%s", used ? ", " : "", name);
}

/* Texts in all languages, of which one may be new. */
static void texts(struct diff *d, const char *const a[LD_LANGS_MAX],
		  const char *const b[LD_LANGS_MAX], const char *name)
{
	for (unsigned i = 0; i < d->c->n_langs; i++) {
		int was = ld_content_lang(d->old, d->c->langs[i].code);
		char what[48];

		snprintf(what, sizeof(what), "%s %s", name, d->c->langs[i].code);
		part(d, was < 0 ? a[i] != NULL : !same_text(a[i], b[was]), what);
	}
}

/* ---- screens ---- */

static const struct ld_option *option_of(const struct ld_screen *s, char key)
{
	for (unsigned i = 0; i < s->n_options; i++)
		if (s->options[i].key == key)
			return &s->options[i];
	return NULL;
}

static bool same_option(const struct diff *d, const struct ld_option *a, const struct ld_option *b)
{
	return b && same_text(d->c->screens[a->to].id, d->old->screens[b->to].id) &&
	       same_text(a->arg, b->arg) && same_text(a->label[LD_LANG_VI], b->label[LD_LANG_VI]);
}

static void options(struct diff *d, const struct ld_screen *s, const struct ld_screen *was)
{
	for (char key = '1'; key <= '9'; key++) {
		const struct ld_option *a = option_of(s, key), *b = option_of(was, key);
		char what[16];

		snprintf(what, sizeof(what), "%skey %c", !b ? "+" : !a ? "-" : "", key);
		part(d, (a != NULL) != (b != NULL) || (a && !same_option(d, a, b)), what);
	}
}

static bool same_rest(const struct diff *d, const struct ld_screen *a, const struct ld_screen *b)
{
	bool same = same_text(a->action, b->action) && same_text(a->arg, b->arg) &&
		    a->role == b->role && a->end == b->end && a->input == b->input &&
		    a->input_min == b->input_min && a->input_max == b->input_max && a->n_on == b->n_on;

	for (unsigned i = 0; same && i < a->n_on; i++)
		same = same_text(a->on[i].outcome, b->on[i].outcome) &&
		       same_text(d->c->screens[a->on[i].to].id, d->old->screens[b->on[i].to].id);
	return same;
}

static void screens(struct diff *d)
{
	for (unsigned i = 0; i < d->c->n_screens; i++) {
		const struct ld_screen *s = &d->c->screens[i];
		int at = ld_content_screen(d->old, s->id);

		d->parts[0] = '\0';
		if (at < 0) {
			line(d, '+', "screen", s->id, "");
			continue;
		}
		texts(d, s->text, d->old->screens[at].text, "text");
		options(d, s, &d->old->screens[at]);
		part(d, !same_rest(d, s, &d->old->screens[at]), "what it does");
		if (d->parts[0])
			line(d, '~', "screen", s->id, d->parts);
	}
	for (unsigned i = 0; i < d->old->n_screens; i++)
		if (ld_content_screen(d->c, d->old->screens[i].id) < 0)
			line(d, '-', "screen", d->old->screens[i].id, "");
}

/* ---- messages, codes ---- */

static void messages(struct diff *d)
{
	const char *name;

	for (unsigned i = 0; (name = ld_content_message_name(d->c, i)) != NULL; i++) {
		const char *a[LD_LANGS_MAX] = { NULL }, *b[LD_LANGS_MAX] = { NULL };

		for (unsigned k = 0; k < d->c->n_langs; k++)
			a[k] = ld_content_message(d->c, name, (enum ld_lang)k);
		for (unsigned k = 0; k < d->old->n_langs; k++)
			b[k] = ld_content_message(d->old, name, (enum ld_lang)k);
		d->parts[0] = '\0';
		if (!b[LD_LANG_VI])
			line(d, '+', "message", name, a[LD_LANG_VI]);
		else
			texts(d, a, b, "text");
		if (d->parts[0])
			line(d, '~', "message", name, d->parts);
	}
	for (unsigned i = 0; (name = ld_content_message_name(d->old, i)) != NULL; i++)
		if (!ld_content_message(d->c, name, LD_LANG_VI))
			line(d, '-', "message", name, "");
}

static void codes(struct diff *d)
{
	for (unsigned i = 0; i < d->c->n_codes; i++) {
		const struct ld_code *a = &d->c->codes[i], *b = ld_content_code(d->old, a->code);

		if (!b)
			line(d, '+', "code", a->code, a->label);
		else if (!same_text(a->label, b->label))
			line(d, '~', "code", a->code, a->label);
	}
	for (unsigned i = 0; i < d->old->n_codes; i++)
		if (!ld_content_code(d->c, d->old->codes[i].code))
			line(d, '-', "code", d->old->codes[i].code, "");
}

/* ---- courses and lessons ---- */

static void lesson(struct diff *d, const struct ld_course *course, const struct ld_lesson *a,
		   const struct ld_lesson *b)
{
	char name[48], more[200];

	snprintf(name, sizeof(name), "%s %u", course->key, a->n);
	snprintf(more, sizeof(more), "\"%.140s\"%s", a->title,
		 a->sendable ? "" : " (waits: not reviewed, or not valid today)");
	if (!b) {
		line(d, '+', "lesson", name, more);
		return;
	}
	d->parts[0] = '\0';
	part(d, !same_text(a->title, b->title), "title");
	part(d, !same_text(a->key, b->key), "key sentence");
	part(d, !same_text(a->question, b->question), "question");
	for (unsigned i = 0; i < 3; i++)
		part(d, !same_text(a->opt[i], b->opt[i]), (const char *[]){ "answer 1", "answer 2",
		     "answer 3" }[i]);
	part(d, a->answer != b->answer, "which answer is right");
	part(d, !same_text(a->more, b->more), "more");
	part(d, a->sendable != b->sendable, a->sendable ? "is sent now" : "is not sent any more");
	if (d->parts[0])
		line(d, '~', "lesson", name, d->parts);
}

static void courses(struct diff *d)
{
	for (unsigned i = 0; i < d->c->n_courses; i++) {
		const struct ld_course *a = &d->c->courses[i];
		const struct ld_course *b = ld_content_course(d->old, a->key);

		d->parts[0] = '\0';
		if (!b) {
			line(d, '+', "course", a->key, a->name[LD_LANG_VI]);
		} else {
			texts(d, a->name, b->name, "name");
			part(d, a->pass_mark != b->pass_mark, "pass mark");
			part(d, a->hour != b->hour || !same_text(a->xung, b->xung) ||
			     a->guardian != b->guardian, "for whom and when");
			if (d->parts[0])
				line(d, '~', "course", a->key, d->parts);
		}
		for (unsigned n = 0; n < a->n_lessons; n++)
			lesson(d, a, &a->lessons[n], b && n < b->n_lessons ? &b->lessons[n] : NULL);
	}
	for (unsigned i = 0; i < d->old->n_courses; i++)
		if (!ld_content_course(d->c, d->old->courses[i].key))
			line(d, '-', "course", d->old->courses[i].key, "");
}

/* ---- the whole ---- */

/* What is neither screen nor lesson; a file of courses in which only notes have changed is not worth
 * a line. */
static void other_files(struct diff *d, const struct ld_folder *files, const struct ld_folder *old)
{
	static const char *const names[] = { "commands.conf", "values.conf", "reminders.conf" };

	for (size_t i = 0; i < LD_ARRAY_SIZE(names); i++) {
		const struct ld_folder_file *a = ld_folder_find(files, names[i]);
		const struct ld_folder_file *b = ld_folder_find(old, names[i]);

		if (a && b && (a->len != b->len || memcmp(a->text, b->text, a->len) != 0))
			line(d, '~', "file", names[i], "");
		else if ((a != NULL) != (b != NULL))
			line(d, a ? '+' : '-', "file", names[i], "");
	}
}

void diff_content(const struct ld_content *c, const struct ld_folder *files,
		  const struct ld_content *old, const struct ld_folder *old_files,
		  struct tally_diff *ret)
{
	struct diff d = { .c = c, .old = old };

	if (old) {
		screens(&d);
		messages(&d);
		codes(&d);
		courses(&d);
		other_files(&d, files, old_files);
	}
	*ret = d.n;
}
