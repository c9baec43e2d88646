/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido phone: a handset on a terminal. */
#include "phone.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

struct keyboard {
	size_t len;
	bool ended, too_long;
	char buf[SCRIPT_LINE_MAX];
};

/* The next typed line without its end, in line[]; false when no whole line is there. */
static bool next_line(struct keyboard *k, char line[SCRIPT_LINE_MAX])
{
	char *end = memchr(k->buf, '\n', k->len);
	size_t len = end ? (size_t)(end - k->buf) : k->len;
	size_t used = end ? len + 1 : len;

	if (!end && (!k->ended || k->len == 0))
		return false;
	memcpy(line, k->buf, len);
	line[len] = '\0';
	if (len > 0 && line[len - 1] == '\r')
		line[len - 1] = '\0';
	k->len -= used;
	memmove(k->buf, k->buf + used, k->len);
	return true;
}

static void read_keys(struct keyboard *k)
{
	size_t room = sizeof(k->buf) - 1 - k->len;
	ssize_t n = read(STDIN_FILENO, k->buf + k->len, room);

	if (n > 0)
		k->len += (size_t)n;
	else if (n == 0 || errno != EINTR)
		k->ended = true;
	if (k->len == sizeof(k->buf) - 1 && !memchr(k->buf, '\n', k->len)) {
		k->too_long = true;
		k->len = 0;
	}
}

static void prompt(const struct handset *h)
{
	if (!isatty(STDIN_FILENO))
		return;
	printf(h->in_session ? "answer> " : "%s> ", h->number);
	fflush(stdout);
}

/* Waits for keys or for something from the network. */
static int idle(struct handset *h, struct keyboard *k)
{
	struct pollfd p[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = h->door.fd, .events = POLLIN },
	};

	fflush(stdout);         /* somebody may be reading along */
	if (poll(p, 2, -1) < 0)
		return -1;
	if (p[0].revents)
		read_keys(k);
	if (!p[1].revents)
		return -1;
	h->shown = 0;
	if (isatty(STDIN_FILENO))
		putchar('\n');
	if (handset_poll(h) < 0) {
		prompt(h);
		return -1;
	}
	return EXIT_NO_DAEMON;
}

void phone_echo(const char *line)
{
	fputs(line[0] == '/' ? "! " : "> ", stdout);
	put_line(stdout, line + (line[0] == '/'));
}

static int interact(struct handset *h)
{
	static struct keyboard k;
	static char line[SCRIPT_LINE_MAX];
	int code = -1;

	if (h->style == STYLE_FRAMES && isatty(STDIN_FILENO))
		code = handset_typed(h, "/help");
	prompt(h);
	while (code < 0) {
		if (next_line(&k, line)) {
			if (line[0] != '\0' && h->style != STYLE_QUIET && !isatty(STDIN_FILENO))
				phone_echo(line);
			if (line[0] != '\0')
				code = handset_typed(h, line);
			if (code < 0)
				prompt(h);
		} else if (k.ended) {
			code = EXIT_DONE;
		} else {
			code = idle(h, &k);
			if (k.too_long)
				complain(0, "a line has at most %d octets", SCRIPT_LINE_MAX - 2);
			k.too_long = false;
		}
	}
	return code;
}

int run_phone(struct cli *cli, int argc, char **argv)
{
	static struct handset h;
	const char *script = NULL;
	bool frames = false, plain = false, quiet = false;
	int septets = 128, units = 56, timeout_s = 10;
	const struct cli_option options[] = {
		{ .name = "script", .value = "FILE", .text = &script,
		  .help = "play this transcript (\"-\": stdin) and compare" },
		{ .name = "ussd", .flag = &h.only_ussd, .help = "never text, only dial" },
		{ .name = "sms", .flag = &h.only_sms, .help = "never dial, only text" },
		{ .name = "plain", .flag = &plain, .help = "show a transcript for --script" },
		{ .name = "frames", .flag = &frames, .help = "draw screens, also with --script" },
		{ .name = "quiet", .flag = &quiet, .help = "show differences only" },
		{ .name = "septets", .value = "N", .number = &septets, .min = 20, .max = 182,
		  .help = "budget of a screen in GSM-7 (128)" },
		{ .name = "units", .value = "N", .number = &units, .min = 10, .max = 91,
		  .help = "budget of a screen in UCS-2 (56)" },
		{ .name = "timeout", .value = "SECONDS", .number = &timeout_s, .min = 1, .max = 600,
		  .help = "how long to wait for an answer (10)" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 1, 1);

	if (code >= 0)
		return code;
	h.cli = cli;
	h.number = cli->args[0];
	h.timeout_ms = timeout_s * 1000;
	h.style = quiet ? STYLE_QUIET : plain || (script && !frames) ? STYLE_PLAIN : STYLE_FRAMES;
	code = handset_open(&h, septets, units);
	if (code >= 0)
		return code;
	code = script ? script_play(&h, script) : interact(&h);
	handset_close(&h);
	return code;
}
