/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido mesh: who belongs to the ward and who is reached. init and join work on a board's state
 * folder before its first start; the rest asks the running daemon. */
#include "cli.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "laido/mesh/root.h"

enum { MESH_MS = 30000 };

/* ---- the state folder ---- */

static int open_node(struct cli *cli, struct ld_node *ret)
{
	const char *dir = cli->config.state_dir;
	struct ld_errmsg err;

	if (mkdir(dir, 0750) < 0 && errno != EEXIST)
		return complain(EXIT_CHECK, "%s: %s", dir, strerror(errno));
	return ld_node_open(ret, dir, ld_random_sys(), &err) < 0 ? complain(EXIT_CHECK, "%s", err.text)
								 : EXIT_DONE;
}

static int run_init(struct cli *cli)
{
	char hex[LD_HEX_PK];
	struct ld_node node;
	int code = open_node(cli, &node);

	if (code != EXIT_DONE)
		return code;
	ld_hex(hex, node.key.pk, sizeof(node.key.pk));
	puts(hex);
	ld_node_wipe(&node);
	return EXIT_DONE;
}

static int run_join(struct cli *cli)
{
	struct ld_errmsg err;
	struct ld_node node;
	int code = open_node(cli, &node);

	if (code != EXIT_DONE)
		return code;
	if (ld_node_join_file(&node, cli->args[1], NULL, &err) < 0)
		code = complain(EXIT_CHECK, "%s", err.text);
	else
		printf("This board belongs to the ward \"%s\" now%s%s. Start laidod, or restart it.\n",
		       node.ward_name, node.ward_host[0] ? "; the ward is at " : "",
		       node.ward_host);
	ld_node_wipe(&node);
	return code;
}

/* ---- what the daemon says ---- */

static void show_members(struct cli *cli, const json_t *o)
{
	const json_t *m;
	char when[24];
	size_t i;

	json_array_foreach(json_object_get(o, "members"), i, m) {
		bool revoked = json_is_true(json_object_get(m, "revoked"));

		printf("%-32s %.16s  %s\n", member_text(m, "name", "?"), member_text(m, "key", "?"),
		       revoked ? "REVOKED" : member_int(m, "asked_ms", 0)
			       ? show_time(cli, member_int(m, "asked_ms", 0), when) : "-");
	}
}

/* May this board send lessons and reminders? */
static void show_term(struct cli *cli, const json_t *t)
{
	int64_t heard = member_int(t, "heard_ms", 0);
	char from[24], until[24];

	if (!t)
		return;
	if (!heard)
		printf("no heartbeat of the ward has come yet: lessons and reminders wait, replies go on\n");
	else if (json_is_true(json_object_get(t, "gap")))
		printf("not all that the ward has ordered is here yet: lessons and reminders wait, replies "
		       "go on\n");
	else
		printf("the ward's heartbeat of %s: lessons and reminders %s %s\n",
		       show_time(cli, heard, from), json_is_true(json_object_get(t, "runs")) ?
		       "may go out until" : "wait, replies go on; since",
		       show_time(cli, member_int(t, "until_ms", 0), until));
}

static void show_status(struct cli *cli, const json_t *o)
{
	static const char *const refusals[] = {
		"gaps", "bad_frame", "bad_signature", "bad_chain", "bad_author", "bad_hollow",
		"revoked", "denied", "unreadable",
	};
	const json_t *c = json_object_get(o, "counters");

	printf("ward \"%s\", key %s\n", member_text(o, "ward", "?"), member_text(o, "ward_key", "?"));
	if (*member_text(o, "root", ""))
		printf("by the word of root key %s: key number %lld\n", member_text(o, "root", ""),
		       (long long)member_int(o, "ward_number", 0));
	printf("this %s, key %s\n", json_is_true(json_object_get(o, "is_ward")) ? "is the ward"
									       : "board",
	       member_text(o, "key", "?"));
	if (!json_is_true(json_object_get(o, "is_ward")))
		show_term(cli, json_object_get(o, "term"));
	printf("%lld events in %lld streams, %lld of them erased\n\n",
	       (long long)member_int(o, "events", 0), (long long)member_int(o, "streams", 0),
	       (long long)member_int(o, "hollow", 0));
	printf("%-32s %-16s  %s\n", "MEMBER", "KEY", "ASKED US LAST");
	show_members(cli, o);
	for (size_t i = 0; i < LD_ARRAY_SIZE(refusals); i++)
		if (member_int(c, refusals[i], 0))
			printf("refused since the start: %s %lld\n", refusals[i],
			       (long long)member_int(c, refusals[i], 0));
}

static void show_peers(struct cli *cli, const json_t *o)
{
	const json_t *p;
	char when[24], where[80];
	size_t i;

	if (json_array_size(json_object_get(o, "peers")) == 0)
		printf("It asks nobody: others come to it.\n");
	json_array_foreach(json_object_get(o, "peers"), i, p) {
		const char *why = member_text(p, "why", "");

		snprintf(where, sizeof(where), "%s port %lld", member_text(p, "host", "?"),
			 (long long)member_int(p, "port", 0));
		printf("%.16s  %-8s %-40s %s  ", member_text(p, "key", "?"),
		       member_text(p, "found", "?"), where,
		       show_time(cli, member_int(p, "last_ms", 0), when));
		put_line(stdout, *why ? why : json_is_true(json_object_get(p, "even"))
						      ? "even" : "exchanging");
	}
}

/* The text of a small file. */
static int read_text(const char *path, char *ret, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t len = f ? fread(ret, 1, size, f) : 0;

	if (!f)
		return complain(EXIT_CHECK, "%s: %s", path, strerror(errno));
	fclose(f);
	if (len == size)
		return complain(EXIT_CHECK, "%s: too long for warrants", path);
	ret[len] = '\0';
	return EXIT_DONE;
}

static int ask(struct cli *cli, json_t *request, bool json)
{
	json_t *o = NULL;
	const char *verb = cli->args[0];
	int code = door_ask(cli, request, MESH_MS, &o);

	if (code == EXIT_DONE && json)
		code = print_json(o);
	else if (code == EXIT_DONE && strcmp(verb, "invite") == 0)
		fputs(member_text(o, "invite", ""), stdout);
	else if (code == EXIT_DONE && strcmp(verb, "revoke") == 0)
		printf("Revoked: %s, key %s. All boards will know when they next exchange.\n",
		       member_text(o, "name", "?"), member_text(o, "key", "?"));
	else if (code == EXIT_DONE && strcmp(verb, "warrant") == 0)
		printf("Known here: the ward has key number %lld. Other boards will know when they next "
		       "exchange.\n", (long long)member_int(o, "ward_number", 0));
	else if (code == EXIT_DONE && strcmp(verb, "peers") == 0)
		show_peers(cli, o);
	else if (code == EXIT_DONE)
		show_status(cli, o);
	json_decref(o);
	return code;
}

static int run_warrant(struct cli *cli, bool json)
{
	char text[LD_WARRANTS_TEXT];
	int code = read_text(cli->args[1], text, sizeof(text));

	return code != EXIT_DONE ? code
				 : ask(cli, json_pack("{s:s, s:s, s:s}", "cmd", "mesh", "do",
						      "warrant", "text", text), json);
}

int run_mesh(struct cli *cli, int argc, char **argv)
{
	static const struct { const char *verb; int args; } verbs[] = {
		{ "init", 0 }, { "join", 1 }, { "invite", 2 }, { "revoke", 1 }, { "status", 0 },
		{ "peers", 0 }, { "warrant", 1 },
	};
	const char *host = "", *state = NULL, *verb;
	bool json = false, known = false;
	const struct cli_option options[] = {
		{ .name = "host", .value = "HOST:PORT", .text = &host,
		  .help = "where the board reaches the ward (invite)" },
		{ .name = "state", .value = "DIR", .text = &state,
		  .help = "the state folder (init, join); without: the configured one" },
		{ .name = "json", .flag = &json, .help = "the daemon's whole answer" },
		{ .name = NULL },
	};
	int code = cli_options(cli, options, argc, argv, 1, 3);

	if (code >= 0)
		return code;
	verb = cli->args[0];
	for (size_t i = 0; i < LD_ARRAY_SIZE(verbs); i++)
		known |= strcmp(verb, verbs[i].verb) == 0 && cli->n_args == 1 + verbs[i].args;
	if (!known)
		return complain(EXIT_USAGE, "laido mesh init | join FILE | invite KEY NAME | revoke "
				"BOARD | warrant FILE | status | peers");
	if (state)
		snprintf(cli->config.state_dir, sizeof(cli->config.state_dir), "%s", state);
	if (strcmp(verb, "init") == 0)
		return run_init(cli);
	if (strcmp(verb, "join") == 0)
		return run_join(cli);
	if (strcmp(verb, "invite") == 0)
		return ask(cli, json_pack("{s:s, s:s, s:s, s:s, s:s}", "cmd", "mesh", "do", verb, "key",
					  cli->args[1], "name", cli->args[2], "host", host), json);
	if (strcmp(verb, "warrant") == 0)
		return run_warrant(cli, json);
	return ask(cli, json_pack("{s:s, s:s, s:s}", "cmd", "mesh", "do", verb, "board",
				  cli->n_args > 1 ? cli->args[1] : ""), json);
}
