/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a command: the one table parses them and prints their help. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int help(const struct cli *cli, const struct cli_option *table)
{
	printf("Usage: laido %s %s\n\n%s", cli->cmd->name, cli->cmd->args, cli->cmd->help);
	printf("\nOptions:\n");
	for (const struct cli_option *o = table; o->name; o++) {
		char left[48];

		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value ? " " : "",
			 o->value ? o->value : "");
		printf("  %-20s %s\n", left, o->help);
	}
	printf("  %-20s %s\n", "--socket PATH", "the daemon's control socket");
	printf("  %-20s %s\n", "--config FILE", "the daemon's configuration, to find that socket");
	return EXIT_DONE;
}

static int bad(const struct cli *cli, const char *what, const char *arg)
{
	complain(0, "%s: %s", what, arg);
	return complain(EXIT_USAGE, "`laido %s --help` shows how", cli->cmd->name);
}

static const struct cli_option *find(const struct cli_option *table, const char *name, size_t len)
{
	for (const struct cli_option *o = table; o->name; o++)
		if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static int set_number(const struct cli_option *o, const char *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || n < o->min || n > o->max)
		return LD_E_RANGE;
	*o->number = (int)n;
	return 0;
}

/* argv[*i] is an option; moves *i over its value. -1 or an exit code. */
static int parse_option(const struct cli *cli, const struct cli_option *table,
			const struct cli_option *common, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	const struct cli_option *o = find(table, name, len);

	if (!o)
		o = find(common, name, len);
	if (!o)
		return bad(cli, "no such option", argv[*i]);
	if (o->flag) {
		if (value)
			return bad(cli, "takes no value", argv[*i]);
		*o->flag = true;
		return -1;
	}
	if (!value && *i + 1 >= argc)
		return bad(cli, "its value is missing", argv[*i]);
	if (!value)
		value = argv[++*i];
	if (o->text)
		*o->text = value;
	else if (set_number(o, value) < 0)
		return bad(cli, "not a number in its range", value);
	return -1;
}

static int load_config(struct cli *cli)
{
	struct ld_errmsg err = { "" };

	if (!cli->config_file) {
		ld_config_default(&cli->config);
	} else if (ld_config_load(cli->config_file, &cli->config, &err) < 0) {
		return complain(EXIT_USAGE, "%s", err.text);
	}
	if (!cli->socket)
		cli->socket = cli->config.ctl_socket;
	return -1;
}

int cli_options(struct cli *cli, const struct cli_option *table, int argc, char **argv, int min,
		int max)
{
	const struct cli_option common[] = {
		{ .name = "socket", .value = "PATH", .text = &cli->socket },
		{ .name = "config", .value = "FILE", .text = &cli->config_file },
		{ .name = NULL },
	};
	bool only_args = false;

	cli->args = argv; /* arguments move to the front of argv itself */
	for (int i = 0; i < argc; i++) {
		char *arg = argv[i];
		int code = -1;

		if (only_args || arg[0] != '-' || arg[1] == '\0')
			cli->args[cli->n_args++] = arg;
		else if (strcmp(arg, "--") == 0)
			only_args = true;
		else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
			return help(cli, table);
		else if (arg[1] != '-')
			code = bad(cli, "no such option", arg);
		else
			code = parse_option(cli, table, common, argc, argv, &i);
		if (code >= 0)
			return code;
	}
	if (cli->n_args < min)
		return bad(cli, "something is missing", cli->cmd->args);
	if (cli->n_args > max)
		return bad(cli, "too much", cli->args[max]);
	return load_config(cli);
}
