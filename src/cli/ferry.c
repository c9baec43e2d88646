/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido ferry: records as a file, for boards whose links never come. The daemon has the records and
 * the keys, this side has the file: so the daemon sees no stick, and waits for none. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "laido/crypto/crypto.h"
#include "laido/schedule/calendar.h"

/* A step is a matter of milliseconds; a revocation that comes by the file folds the whole log. */
enum { STEP_MS = 10 * 60 * 1000, PART_OCTETS = 8000, OUT_OCTETS = LD_CTL_ANSWER_MAX / 2 };

#define DAY_MS INT64_C(86400000)

struct ferry {
	struct cli *cli;
	struct door door;
	const char *file;
	int fd;
	json_t *last;           /* what the daemon said last; owned */
};

/* ---- the daemon ---- */

static int lost(const struct ferry *f)
{
	return complain(EXIT_NO_DAEMON, "%s: the daemon does not answer any more", f->file);
}

/* One word to the daemon, one from it into f->last. */
static int ask(struct ferry *f, json_t *word)
{
	json_decref(f->last);
	f->last = NULL;
	if (door_send(&f->door, word) < 0 || door_next(&f->door, STEP_MS, &f->last) != 1)
		return lost(f);
	return EXIT_DONE;
}

static bool is_over(const struct ferry *f)
{
	return json_object_get(f->last, "ok") != NULL;
}

static int verdict(const struct ferry *f)
{
	if (json_is_true(json_object_get(f->last, "ok")))
		return EXIT_DONE;
	return complain(EXIT_CHECK, "%s: %s", f->file, member_text(f->last, "error", "refused"));
}

/* ---- writing ---- */

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int cannot_write(const struct ferry *f, int code)
{
	if (code == ENOSPC || code == EDQUOT)
		return complain(EXIT_CHECK, "%s: the stick is full; nothing of that name was written. "
				"Take another one, or write less: --since", f->file);
	if (code == EFBIG)
		return complain(EXIT_CHECK, "%s: larger than a file on this stick may be (FAT: 4 GB); "
				"write less: --since, or format the stick otherwise", f->file);
	return complain(EXIT_CHECK, "%s: %s", f->file, strerror(code));
}

/* The octets of one word into the file. */
static int keep_part(struct ferry *f)
{
	const char *hex = member_text(f->last, "part", "");
	size_t n = strlen(hex) / 2;
	uint8_t *p = malloc(n + 1);
	int rc = p && n > 0 && n <= OUT_OCTETS && ld_unhex(p, n, hex) ? write_all(f->fd, p, n)
								       : -EPROTO;

	free(p);
	return rc < 0 ? cannot_write(f, -rc) : EXIT_DONE;
}

static int receive(struct ferry *f, int64_t since_ms)
{
	int code = ask(f, json_pack("{s:s, s:s, s:I}", "cmd", "ferry", "do", "export", "since_ms",
				    (json_int_t)since_ms));

	while (code == EXIT_DONE && !is_over(f)) {
		code = keep_part(f);
		if (code == EXIT_DONE)
			code = ask(f, json_pack("{s:b}", "next", 1));
	}
	if (code == EXIT_DONE)
		code = verdict(f);
	return code == EXIT_DONE ? keep_part(f) : code; /* the last one comes with the last word */
}

/* Some file systems of sticks cannot sync a folder; the file itself is safe by then. */
static void sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static bool is_other(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Under its name stands the whole file or what stood there before. */
static int write_file(struct ferry *f, int64_t since_ms)
{
	char tmp[PATH_MAX];
	int code;

	if (is_other(f->file))
		return complain(EXIT_USAGE, "%s: not a file; name one that is to be written, such as "
				"/media/stick/ward.ferry", f->file);
	if (snprintf(tmp, sizeof(tmp), "%s.part", f->file) >= (int)sizeof(tmp))
		return complain(EXIT_USAGE, "%s: the path is too long", f->file);
	f->fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd < 0)
		return cannot_write(f, errno);
	code = receive(f, since_ms);
	if (code == EXIT_DONE && fsync(f->fd) < 0)
		code = cannot_write(f, errno);
	if (close(f->fd) < 0 && code == EXIT_DONE)
		code = cannot_write(f, errno);
	if (code == EXIT_DONE && rename(tmp, f->file) < 0)
		code = cannot_write(f, errno);
	if (code == EXIT_DONE)
		sync_folder(f->file);
	else
		unlink(tmp);
	return code;
}

static int export_file(struct ferry *f, int64_t since_ms)
{
	int code = write_file(f, since_ms);

	if (code != EXIT_DONE)
		return code;
	printf("%s: %lld events, %lld octets, for %lld boards. Unmount the stick before you take it "
	       "out.\n", f->file, (long long)member_int(f->last, "events", 0),
	       (long long)member_int(f->last, "octets", 0),
	       (long long)member_int(f->last, "boards", 0));
	if (member_int(f->last, "unreadable", 0))
		return complain(EXIT_CHECK, "%lld stretches could not be read from this board's "
				"database: it is damaged; the others are in the file",
				(long long)member_int(f->last, "unreadable", 0));
	return EXIT_DONE;
}

/* ---- reading ---- */

static void say_writer(const struct ferry *f)
{
	const char *name = member_text(f->last, "name", ""), *key = member_text(f->last, "writer", "");
	int64_t since = member_int(f->last, "since_ms", 0);
	char when[24];

	printf("Written by ");
	if (*name)
		put_safe(stdout, name, strlen(name));
	else
		printf("a board that is no member here");
	printf(" (key %.16s) on %s", key, show_time(f->cli, member_int(f->last, "made_ms", 0), when));
	if (since)
		printf(", rights as a whole, everything else since %.10s",
		       show_time(f->cli, since, when));
	puts(".");
}

/* Why stretches were not taken, in sentences. */
static const struct {
	const char *counter, *text;
} refusals[] = {
	{ "gaps", "go on from something that this board lacks: have the file written with an earlier "
		  "--since, or without" },
	{ "bad_author", "are of boards that the ward has not admitted, as far as this board knows" },
	{ "denied", "were left out: the board that wrote the file is no member here" },
	{ "revoked", "are what a revoked board wrote after its last valid event" },
	{ "bad_signature", "are not signed by their author" },
	{ "bad_chain", "are not what their author signed" },
	{ "bad_hollow", "have lost contents that nobody may take away" },
	{ "bad_frame", "could not be read" },
};

static void say_taken(const struct ferry *f)
{
	const json_t *t = json_object_get(f->last, "taken");
	int64_t filled = member_int(t, "filled", 0);

	printf("%lld events are new here", (long long)(member_int(t, "events_in", 0) - filled));
	if (filled)
		printf(", %lld got the contents back that they had lacked", (long long)filled);
	printf("; %lld stretches were here already.\n", (long long)member_int(t, "duplicates", 0));
	for (size_t i = 0; i < LD_ARRAY_SIZE(refusals); i++)
		if (member_int(t, refusals[i].counter, 0))
			printf("Not taken: %lld stretches %s.\n",
			       (long long)member_int(t, refusals[i].counter, 0), refusals[i].text);
}

static int say_rest(const struct ferry *f)
{
	int64_t lacking = member_int(f->last, "lacking", 0);

	if (!json_is_true(json_object_get(f->last, "whole")))
		return EXIT_CHECK;
	if (lacking == 0) {
		puts("All that its writer held is here now.");
		return EXIT_DONE;
	}
	printf("Its writer held %lld events in %lld streams that are still missing here.\n",
	       (long long)lacking, (long long)member_int(f->last, "lacking_streams", 0));
	return EXIT_CHECK;
}

static int send_file(struct ferry *f)
{
	uint8_t octets[PART_OCTETS];
	char hex[2 * PART_OCTETS + 1];
	int code = ask(f, json_pack("{s:s, s:s}", "cmd", "ferry", "do", "import"));

	while (code == EXIT_DONE && !is_over(f)) {
		ssize_t n = read(f->fd, octets, sizeof(octets));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return complain(EXIT_CHECK, "%s: %s; what came before stands: try again, or "
					"another stick", f->file, strerror(errno));
		ld_hex(hex, octets, (size_t)(n > 0 ? n : 0));
		code = ask(f, n > 0 ? json_pack("{s:s}", "part", hex) : json_pack("{s:b}", "end", 1));
	}
	return code;
}

static int import_file(struct ferry *f)
{
	int code;

	if (is_other(f->file))
		return complain(EXIT_USAGE, "%s: not a file", f->file);
	f->fd = open(f->file, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0)
		return complain(EXIT_CHECK, "%s: %s", f->file, strerror(errno));
	code = send_file(f);
	close(f->fd);
	if (code != EXIT_DONE)
		return code;
	code = verdict(f);
	if (*member_text(f->last, "writer", "")) {
		say_writer(f);
		say_taken(f);
		code = say_rest(f);
	}
	return code;
}

/* ---- the command ---- */

/* The beginning of a local day; 0: none was named. */
static int read_since(struct cli *cli, const char *text, int64_t *ret_ms)
{
	int64_t offset = (int64_t)cli->config.utc_offset_min * 60000;
	int64_t now = ld_clock_utc_ms(&cli->clock.clock, NULL);
	struct ld_moment m;

	*ret_ms = 0;
	if (!*text)
		return EXIT_DONE;
	if (ld_moment_parse(text, (now + offset) / DAY_MS, &m, NULL) < 0 || m.base != LD_AT_DATE)
		return complain(EXIT_USAGE, "%s: since which day? 23/11/2026 or 2026-11-23", text);
	*ret_ms = (ld_day_of_date(m.year, m.month, m.day) + m.plus) * DAY_MS - offset;
	return EXIT_DONE;
}

int run_ferry(struct cli *cli, int argc, char **argv)
{
	struct ferry f = { .cli = cli };
	const char *since = "";
	int64_t since_ms;
	const struct cli_option options[] = {
		{ .name = "since", .value = "DAY", .text = &since,
		  .help = "export: leave out what was written before (23/11/2026)" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 2, 2);
	bool reads;

	if (code >= 0)
		return code;
	reads = strcmp(cli->args[0], "import") == 0;
	if ((!reads && strcmp(cli->args[0], "export") != 0) || (reads && *since))
		return complain(EXIT_USAGE, "laido ferry export FILE [--since DAY] | import FILE");
	f.file = cli->args[1];
	code = read_since(cli, since, &since_ms);
	if (code == EXIT_DONE)
		code = door_open(&f.door, cli);
	if (code != EXIT_DONE)
		return code;
	code = reads ? import_file(&f) : export_file(&f, since_ms);
	door_close(&f.door);
	json_decref(f.last);
	return code;
}
