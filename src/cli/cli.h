/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of `laido` share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "laido/base/err.h"
#include "laido/config/config.h"
#include "laido/content/content.h"
#include "laido/port/clock.h"
#include "laido/wire/ctl.h"

/* Exit codes, the same for every command. */
enum { EXIT_DONE = 0, EXIT_CHECK = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3 };

struct cli;

struct cli_command {
	const char *name;
	const char *args;       /* "NUMBER [OPTIONS]" */
	const char *summary;    /* one line */
	const char *help;       /* paragraphs for --help, without the options */
	int (*run)(struct cli *cli, int argc, char **argv);
};

/* An option of a command; a table of them ends with a row without name. */
struct cli_option {
	const char *name;       /* "timeout" for --timeout */
	const char *value;      /* "SECONDS" in the help; NULL: a flag */
	const char *help;
	bool *flag;             /* one of the three is set */
	const char **text;
	int *number;
	int min, max;           /* of number */
};

struct cli {
	const struct cli_command *cmd;
	struct ld_clock_sys clock;
	const char *socket;             /* --socket, or the configuration's */
	const char *config_file;        /* --config; NULL: built in */
	struct ld_config config;
	bool utf8;                      /* the terminal says so */
	int n_args;
	char **args;                    /* what is no option */
};

/* Reads options and the configuration. -1: go on with cli->args, from min to max of them; else
 * the code to exit with (--help, or a complaint on stderr). */
int cli_options(struct cli *cli, const struct cli_option *table, int argc, char **argv, int min,
		int max);

/* A line on stderr behind "laido: ", then code is returned. */
int complain(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

int64_t cli_mono_ms(struct cli *cli);

/* ---- door.c: the connection to the daemon ---- */

struct door {
	int fd;
	struct cli *cli;
	struct ld_ctl_lines in;
};

/* EXIT_DONE, or complains and returns EXIT_NO_DAEMON. */
int door_open(struct door *d, struct cli *cli);
void door_close(struct door *d);
/* Takes over msg. 0, or LD_E_PEER when the daemon has gone. */
int door_send(struct door *d, json_t *msg);
/* The next message, within the time. 1: *ret is the caller's to json_decref(); 0: nothing came
 * in time; LD_E_PEER: the daemon has gone; LD_E_SYNTAX: it says nonsense. */
int door_next(struct door *d, int timeout_ms, json_t **ret);
/* One question, one answer. EXIT_DONE with the answer in *ret (json_decref() it); else complains:
 * EXIT_CHECK when the daemon says no (*ret has its answer all the same, or is NULL),
 * EXIT_NO_DAEMON. Takes over request. */
int door_ask(struct cli *cli, json_t *request, int timeout_ms, json_t **ret);

/* ---- draw.c: text on a terminal ---- */

/* Control characters and what is no UTF-8 become dots: text from outside never steers the
 * terminal. */
void put_safe(FILE *out, const char *text, size_t octets);
void put_line(FILE *out, const char *text);
/* A handset's screen or message in a frame, with a caption below (may be ""). */
void draw_frame(struct cli *cli, FILE *out, const char *title, const char *text,
		const char *caption);
/* "2026-11-22 20:15:03" at the board's offset from UTC; "-" for 0. */
const char *show_time(struct cli *cli, int64_t utc_ms, char ret[24]);

/* Members of answers, with defaults: an older or newer daemon may not send them. */
const char *member_text(const json_t *o, const char *key, const char *dflt);
int64_t member_int(const json_t *o, const char *key, int64_t dflt);

int print_json(const json_t *o);

/* A finding of a folder on stdout: FILE:LINE: level: message. */
void put_finding(const char *file, int line, const char *level, const char *message);

/* ---- content.c: the content folder ---- */

/* The folder that was named, or the configured one. */
const char *cli_content_dir(const struct cli *cli);
/* ld_content_load() as the daemon would call it today. */
int cli_content_load(struct cli *cli, const char *dir, ld_finding_cb cb, void *arg,
		     struct ld_content **ret);
struct ld_content_options cli_content_options(const struct cli *cli);
/* EXIT_DONE with the folder compiled (ld_content_free() it); else its errors are on stderr. */
int cli_content(struct cli *cli, struct ld_content **ret);

/* ---- the commands ---- */

int run_status(struct cli *cli, int argc, char **argv);
int run_phone(struct cli *cli, int argc, char **argv);
int run_message(struct cli *cli, int argc, char **argv);
int run_report(struct cli *cli, int argc, char **argv);
int run_check(struct cli *cli, int argc, char **argv);
int run_graph(struct cli *cli, int argc, char **argv);
int run_plan(struct cli *cli, int argc, char **argv);
int run_card(struct cli *cli, int argc, char **argv);
int run_reminders(struct cli *cli, int argc, char **argv);
int run_lrs(struct cli *cli, int argc, char **argv);
int run_rebuild(struct cli *cli, int argc, char **argv);
int run_audit(struct cli *cli, int argc, char **argv);
int run_requests(struct cli *cli, int argc, char **argv);
int run_home(struct cli *cli, int argc, char **argv);
int run_mesh(struct cli *cli, int argc, char **argv);
int run_ferry(struct cli *cli, int argc, char **argv);
int run_modems(struct cli *cli, int argc, char **argv);
int run_merge(struct cli *cli, int argc, char **argv);
int run_verify(struct cli *cli, int argc, char **argv);
int run_reload(struct cli *cli, int argc, char **argv);
int run_publish(struct cli *cli, int argc, char **argv);
int run_import(struct cli *cli, int argc, char **argv);
int run_export(struct cli *cli, int argc, char **argv);

#endif
