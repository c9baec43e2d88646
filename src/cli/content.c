/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The content folder, compiled as the daemon would compile it; needs no daemon. */
#include "cli.h"

#include "laido/session/session.h"

struct tally {
	unsigned errors;
};

static void to_stderr(void *arg, const struct ld_finding *f)
{
	struct tally *t = arg;

	if (!f->error)
		return;
	t->errors++;
	fprintf(stderr, "%s:%d: error: ", f->file, f->line);
	put_line(stderr, f->message);
}

const char *cli_content_dir(const struct cli *cli)
{
	return cli->n_args > 0 ? cli->args[0] : cli->config.content_dir;
}

struct ld_content_options cli_content_options(const struct cli *cli)
{
	return (struct ld_content_options){
		.approve_all = cli->config.approve_all,
		.now_ms = ld_clock_utc_ms(&cli->clock.clock, NULL),
		.actions = ld_session_actions(),
		.outcomes = ld_session_outcomes(),
	};
}

int cli_content_load(struct cli *cli, const char *dir, ld_finding_cb cb, void *arg,
		     struct ld_content **ret)
{
	const struct ld_content_options opt = cli_content_options(cli);

	return ld_content_load(dir, &opt, cb, arg, ret);
}

int cli_content(struct cli *cli, struct ld_content **ret)
{
	const char *dir = cli_content_dir(cli);
	struct tally tally = { 0 };
	int rc = cli_content_load(cli, dir, to_stderr, &tally, ret);

	if (rc == 0)
		return EXIT_DONE;
	if (tally.errors == 0)
		return complain(EXIT_CHECK, "%s: %s", dir, ld_strerror(rc));
	return complain(EXIT_CHECK, "%s: %u errors; `laido check` tells more", dir, tally.errors);
}
