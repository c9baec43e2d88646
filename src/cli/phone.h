/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simulated handset's own end: what phone.c, handset.c and script.c share. */
#ifndef CLI_PHONE_H
#define CLI_PHONE_H

#include "cli.h"

enum { ANSWER_LINES = 400, SCRIPT_LINE_MAX = 12 * 1024 };

/* Lines of an answer as a transcript writes them; what goes beyond ANSWER_LINES is not kept. */
struct lines {
	unsigned n;
	char *v[ANSWER_LINES];
};
void lines_add(struct lines *l, const char *text, size_t octets);
void lines_clear(struct lines *l);

enum phone_style { STYLE_FRAMES, STYLE_PLAIN, STYLE_QUIET };

struct handset {
	struct cli *cli;
	struct door door;
	const char *number;
	enum phone_style style;
	bool only_ussd, only_sms;
	int timeout_ms;
	bool attached;
	bool in_session;
	unsigned unsettled;             /* inputs whose answer is not complete yet */
	unsigned shown;                 /* screens, messages and notes since the last input */
	struct lines got;               /* their lines */
};

/* All return -1 to go on, or the code to exit with. */

/* Attach; shows what was waiting. */
int handset_open(struct handset *h, int septets, int units);
void handset_close(struct handset *h);
/* One line as typed, "/call" and the like included; sends it and shows the whole answer. */
int handset_typed(struct handset *h, const char *line);
/* Shows what has come by itself, without waiting. */
int handset_poll(struct handset *h);
/* Waits for something to be shown; EXIT_CHECK when nothing is. */
int handset_wait(struct handset *h, int timeout_ms);

/* An input as a transcript writes it. */
void phone_echo(const char *line);

/* A program of inputs and expected answers, "-" for stdin. */
int script_play(struct handset *h, const char *file);

#endif
