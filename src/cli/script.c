/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transcripts: what is typed, what must come back, and the difference where it does not. */
#include "phone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An input and its answer. The first step has no input: what was waiting. */
struct step {
	int line;
	char *input;                    /* as typed; NULL: none */
	struct lines want;
};

struct script {
	const char *file;
	size_t n;
	struct step *steps;
};

static void script_release(struct script *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->steps[i].input);
		lines_clear(&s->steps[i].want);
	}
	free(s->steps);
}

/* prefix is "" or "/". */
static int add_step(struct script *s, int line, const char *prefix, const char *text)
{
	struct step *steps = realloc(s->steps, (s->n + 1) * sizeof(*steps));
	struct step *step;

	if (!steps)
		return LD_E_NOMEM;
	s->steps = steps;
	step = &steps[s->n];
	memset(step, 0, sizeof(*step));
	step->line = line;
	if (text && asprintf(&step->input, "%s%s", prefix, text) < 0)
		return LD_E_NOMEM;
	s->n++;
	return 0;
}

/* One line without its end. 0, LD_E_SYNTAX, LD_E_TOOBIG, LD_E_NOMEM. */
static int parse_line(struct script *s, int number, const char *line)
{
	const char *rest = line + 1 + (line[0] && line[1] == ' ' ? 1 : 0);
	struct lines *want = &s->steps[s->n - 1].want;

	if (strlen(line) >= SCRIPT_LINE_MAX)
		return LD_E_TOOBIG;
	switch (line[0]) {
	case '\0':
	case '#':
		return 0;
	case '>':
		return add_step(s, number, "", rest);
	case '!':
		return add_step(s, number, "/", rest);
	case '<':
		if (want->n == ANSWER_LINES)
			return LD_E_TOOBIG;
		lines_add(want, rest, strlen(rest));
		return 0;
	default:
		return LD_E_SYNTAX;
	}
}

static int parse(struct script *s, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int number = 0;
	int rc = add_step(s, 0, "", NULL);

	while (rc == 0 && (len = getline(&line, &size, in)) >= 0) {
		number++;
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		rc = parse_line(s, number, line);
	}
	free(line);
	if (rc == LD_E_SYNTAX)
		complain(0, "%s:%d: a line begins with >, <, ! or #; see `laido phone --help`",
			 s->file, number);
	else if (rc < 0)
		complain(0, "%s:%d: %s", s->file, number, ld_strerror(rc));
	return rc;
}

static int load(struct script *s, const char *file)
{
	bool from_stdin = strcmp(file, "-") == 0;
	FILE *in = from_stdin ? stdin : fopen(file, "re");
	int rc;

	s->file = from_stdin ? "stdin" : file;
	if (!in) {
		complain(0, "%s: %s", file, strerror(errno));
		return -errno;
	}
	rc = parse(s, in);
	if (!from_stdin)
		fclose(in);
	return rc;
}

/* ---- comparing ---- */

static bool any_lines(const char *want)
{
	return strcmp(want, "...") == 0;
}

static bool line_matches(const char *want, const char *got)
{
	size_t len = strlen(want);

	if (len > 3 && memcmp(want + len - 3, "...", 3) == 0)
		return strncmp(want, got, len - 3) == 0;
	return strcmp(want, got) == 0;
}

/* cost[i][j]: fewest lines that differ between want[i..] and got[j..]. */
struct table {
	size_t width;
	unsigned short *cost;
};

static unsigned short *cell(const struct table *t, size_t i, size_t j)
{
	return &t->cost[i * t->width + j];
}

static unsigned short cost_of(const struct table *t, const struct lines *want,
			      const struct lines *got, size_t i, size_t j)
{
	unsigned short best, other;

	if (i == want->n)
		return (unsigned short)(got->n - j);
	if (any_lines(want->v[i])) {
		best = *cell(t, i + 1, j);
		other = j < got->n ? *cell(t, i, j + 1) : best;
		return other < best ? other : best;
	}
	if (j == got->n)
		return (unsigned short)(*cell(t, i + 1, j) + 1);
	if (line_matches(want->v[i], got->v[j]))
		return *cell(t, i + 1, j + 1);
	best = *cell(t, i + 1, j);
	other = *cell(t, i, j + 1);
	return (unsigned short)((other < best ? other : best) + 1);
}

static int fill_table(struct table *t, const struct lines *want, const struct lines *got)
{
	t->width = (size_t)got->n + 1;
	t->cost = malloc(((size_t)want->n + 1) * t->width * sizeof(*t->cost));
	if (!t->cost)
		return LD_E_NOMEM;
	for (size_t i = (size_t)want->n + 1; i-- > 0;)
		for (size_t j = t->width; j-- > 0;)
			*cell(t, i, j) = cost_of(t, want, got, i, j);
	return 0;
}

static void diff_line(char mark, const char *text)
{
	putchar(mark);
	put_line(stdout, text);
}

/* Walks the table from its start and prints what it decided. */
static void print_diff(const struct table *t, const struct lines *want, const struct lines *got)
{
	size_t i = 0, j = 0;

	while (i < want->n || j < got->n) {
		unsigned short here = *cell(t, i, j);
		bool any = i < want->n && any_lines(want->v[i]);

		if (any && *cell(t, i + 1, j) == here) {
			i++;
		} else if (any) {
			diff_line(' ', got->v[j++]);
		} else if (i < want->n && j < got->n && line_matches(want->v[i], got->v[j])) {
			diff_line(' ', got->v[j++]);
			i++;
		} else if (i < want->n && *cell(t, i + 1, j) + 1 == here) {
			diff_line('-', want->v[i++]);
		} else {
			diff_line('+', got->v[j++]);
		}
	}
}

/* -1: as wanted, or an exit code. */
static int compare(const struct script *s, const struct step *step, const struct lines *got)
{
	struct table t;

	if (fill_table(&t, &step->want, got) < 0)
		return complain(EXIT_CHECK, "out of memory");
	if (*cell(&t, 0, 0) == 0) {
		free(t.cost);
		return -1;
	}
	printf("%s:%d: the answer to %s%s differs\n--- expected\n+++ answer\n", s->file, step->line,
	       step->input ? "> " : "nothing", step->input ? step->input : "");
	print_diff(&t, &step->want, got);
	free(t.cost);
	return EXIT_CHECK;
}

static int play_step(struct handset *h, const struct script *s, const struct step *step)
{
	int code = -1;

	if (step->input) {
		if (h->style != STYLE_QUIET)
			phone_echo(step->input);
		code = handset_typed(h, step->input);
	}
	if (code < 0 && h->unsettled > 0)
		code = complain(EXIT_CHECK, "%s:%d: no answer in time", s->file, step->line);
	if (code < 0 && step->want.n > 0)
		code = compare(s, step, &h->got);
	return code;
}

int script_play(struct handset *h, const char *file)
{
	struct script s = { 0 };
	int code = -1;

	if (load(&s, file) < 0)
		code = EXIT_USAGE;
	for (size_t i = 0; i < s.n && code < 0; i++)
		code = play_step(h, &s, &s.steps[i]);
	script_release(&s);
	return code < 0 ? EXIT_DONE : code;
}
