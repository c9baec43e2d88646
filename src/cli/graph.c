/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido graph: the menu as a picture, in the language of Graphviz. */
#include "cli.h"

#include <string.h>

/* A quoted string of DOT: quotes and backslashes escaped, lines kept. */
static void quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", stdout);
			continue;
		}
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static void node(const struct ld_content *c, const struct ld_screen *s)
{
	char label[LD_TEXT_MAX + 128];

	snprintf(label, sizeof(label), "%s%s%s%s%s", s->id, s->text[LD_LANG_VI] ? "\n" : "",
		 s->text[LD_LANG_VI] ? s->text[LD_LANG_VI] : "", s->action ? "\ndo " : "",
		 s->action ? s->action : "");
	printf("\t");
	quoted(s->id);
	printf(" [label=");
	quoted(label);
	if (s == &c->screens[c->start])
		printf(", penwidth=3");
	if (!s->text[LD_LANG_VI])
		printf(", shape=ellipse");
	if (s->end)
		printf(", peripheries=2");
	if (s->role == LD_ROLE_ANY)
		printf(", style=filled, fillcolor=\"#e8f4e8\"");
	printf("];\n");
}

static void edge(const struct ld_content *c, const struct ld_screen *s, int to, const char *label,
		 const char *style)
{
	printf("\t");
	quoted(s->id);
	printf(" -> ");
	quoted(c->screens[to].id);
	printf(" [label=");
	quoted(label);
	printf("%s];\n", style);
}

static void edges(const struct ld_content *c, const struct ld_screen *s)
{
	char label[LD_TEXT_MAX];

	for (unsigned i = 0; i < s->n_options; i++) {
		const struct ld_option *o = &s->options[i];

		snprintf(label, sizeof(label), "%c. %s%s%s", o->key, o->label[LD_LANG_VI],
			 o->arg[0] ? " / " : "", o->arg);
		edge(c, s, o->to, label, "");
	}
	for (unsigned i = 0; i < s->n_on; i++)
		edge(c, s, s->on[i].to, s->on[i].outcome, ", style=dashed");
	if (s->input != LD_INPUT_NONE)
		edge(c, s, s->input_to, s->input == LD_INPUT_NUMBER ? "number" : "text",
		     ", style=dotted");
}

int run_graph(struct cli *cli, int argc, char **argv)
{
	const struct cli_option options[] = { { .name = NULL } };
	int code = cli_options(cli, options, argc, argv, 0, 1);
	struct ld_content *c = NULL;

	if (code >= 0)
		return code;
	code = cli_content(cli, &c);
	if (code != EXIT_DONE)
		return code;
	printf("digraph laido {\n\trankdir=LR;\n"
	       "\tnode [shape=box, fontname=\"sans-serif\", fontsize=10];\n"
	       "\tedge [fontname=\"sans-serif\", fontsize=8];\n");
	for (unsigned i = 0; i < c->n_screens; i++)
		node(c, &c->screens[i]);
	for (unsigned i = 0; i < c->n_screens; i++)
		edges(c, &c->screens[i]);
	printf("}\n");
	ld_content_free(c);
	return EXIT_DONE;
}
