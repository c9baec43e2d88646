/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido publish: the draft becomes what every board of the ward shows. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "laido/crypto/crypto.h"
#include "laido/schedule/check.h"
#include "publish.h"

enum { PUBLISH_MS = 120 * 1000 };

struct publish {
	struct cli *cli;
	const char *at, *dir;
	bool dry_run, rollback, list, json;
	json_t *known;                  /* answer of list */
	struct ld_folder files, old_files;
	struct ld_content *c, *old;     /* old: what is in use; NULL: not known */
	struct ld_pack pack;
	unsigned errors;
};

static json_t *ask(const char *what, int64_t number)
{
	return json_pack("{s:s,s:s,s:I}", "cmd", "publish", "do", what, "edition",
			 (json_int_t)number);
}

/* As the journal shows it; the ward need not know more. */
static const char *user(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *p = sudo ? NULL : getpwuid(getuid());

	return sudo ? sudo : p ? p->pw_name : "";
}

static void on_finding(void *arg, const struct ld_finding *f)
{
	struct publish *p = arg;

	p->errors += f->error;
	if (f->error)
		put_finding(f->file, f->line, "error", f->message);
}

static void ignore(void *arg, const struct ld_finding *f)
{
	(void)arg;
	(void)f;
}

/* ---- --list ---- */

static int list(struct publish *p)
{
	const json_t *rows = json_object_get(p->known, "editions"), *row;
	char from[24], made[24];
	size_t i;

	if (p->json)
		return print_json(p->known);
	if (json_array_size(rows) == 0)
		printf("Nothing has been published; %s is in use.\n",
		       member_text(p->known, "dir", "the folder of the settings"));
	json_array_foreach(rows, i, row) {
		int64_t at = member_int(row, "at_ms", 0);

		printf("%5lld  %-10s  published %s by ", (long long)member_int(row, "edition", 0),
		       member_text(row, "state", "?"),
		       show_time(p->cli, member_int(row, "published_ms", 0), made));
		put_safe(stdout, member_text(row, "who", ""), strlen(member_text(row, "who", "")));
		if (at)
			printf(", from %s on", show_time(p->cli, at, from));
		printf("  [%s]\n", member_text(row, "hash", ""));
	}
	if (member_text(p->known, "why", "")[0]) {
		printf("Edition %lld was refused: ", (long long)member_int(p->known, "refused", 0));
		put_line(stdout, member_text(p->known, "why", ""));
	}
	return EXIT_DONE;
}

/* ---- what is in use ---- */

static int take_pieces(const json_t *pieces, struct ld_pack *ret)
{
	const json_t *piece;
	uint8_t data[LD_PIECE_MAX];
	int rc = 0;
	size_t i;

	json_array_foreach(pieces, i, piece) {
		const char *hex = json_string_value(piece);
		size_t n = hex ? strlen(hex) / 2 : 0;

		if (n > sizeof(data) || !ld_unhex(data, n, hex ? hex : ""))
			rc = LD_E_SYNTAX;
		if (rc == 0)
			rc = ld_pack_add(ret, data, n);
	}
	return rc < 0 ? complain(EXIT_CHECK, "the pieces of the edition in use: %s",
				 ld_strerror(rc)) : EXIT_DONE;
}

static int fetch(struct publish *p, int64_t number)
{
	struct ld_pack pack = { 0 };
	int64_t n = 1;
	int code = EXIT_DONE, rc;

	while (code == EXIT_DONE && pack.n < n) {
		json_t *in = ask("fetch", number), *o = NULL;

		json_object_set_new(in, "from", json_integer(pack.n));
		code = door_ask(p->cli, in, PUBLISH_MS, &o);
		if (code == EXIT_DONE) {
			n = member_int(o, "n", 0);
			if (json_array_size(json_object_get(o, "pieces")) == 0)
				n = 0;
			code = take_pieces(json_object_get(o, "pieces"), &pack);
		}
		json_decref(o);
	}
	rc = code == EXIT_DONE ? ld_unpack(&pack, &p->old_files) : 0;
	ld_pack_release(&pack);
	return rc < 0 ? complain(EXIT_CHECK, "edition %lld: %s", (long long)number,
				 ld_strerror(rc)) : code;
}

static bool same_place(const char *a, const char *b)
{
	char *x = realpath(a, NULL), *y = realpath(b, NULL);
	bool same = x && y && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

/* Before the first edition it is the daemon's folder, if it can be read and is another one. */
static int read_old(struct publish *p)
{
	struct ld_content_options opt = cli_content_options(p->cli);
	int64_t number = member_int(p->known, "in_use", 0);
	const char *dir = member_text(p->known, "dir", "");
	int code = EXIT_DONE;

	if (number)
		code = fetch(p, number);
	else if (same_place(dir, p->dir) || ld_content_read(dir, ignore, NULL, &p->old_files) != 0)
		ld_folder_release(&p->old_files);
	if (code == EXIT_DONE && p->old_files.n > 0 &&
	    ld_content_compile(&p->old_files, "in use", &opt, ignore, NULL, &p->old) < 0)
		p->old = NULL;
	return code;
}

/* ---- the draft ---- */

static int read_draft(struct publish *p)
{
	struct ld_content_options opt = cli_content_options(p->cli);
	int rc = ld_content_read(p->dir, on_finding, p, &p->files);

	if (rc == 0 && p->errors == 0)
		rc = ld_content_compile(&p->files, p->dir, &opt, on_finding, p, &p->c);
	if (rc == 0 && p->c)
		ld_schedule_check(p->c, on_finding, p);
	if (p->errors || !p->c)
		return complain(EXIT_CHECK, "%s has errors; nothing was published. `laido check` "
				"tells more", p->dir);
	rc = ld_pack_folder(&p->files, &p->pack);
	return rc < 0 ? complain(EXIT_CHECK, "%s: %s", p->dir, rc == LD_E_TOOBIG ?
				 "it is too large to be published: at most 960,000 octets "
				 "compressed" : ld_strerror(rc)) : EXIT_DONE;
}

/* EXIT_DONE, or what people know by heart has changed. */
static int compare(struct publish *p)
{
	int64_t number = member_int(p->known, "in_use", 0);
	struct tally_diff n = { 0 };

	if (!p->old) {
		printf("All of %s is new: %u screens, %u courses, %u codes.\n", p->dir,
		       p->c->n_screens, p->c->n_courses, p->c->n_codes);
		return EXIT_DONE;
	}
	diff_content(p->c, &p->files, p->old, &p->old_files, &n);
	if (number)
		printf("Against edition %lld, which is in use: ", (long long)number);
	else
		printf("Against %s, which is in use: ", member_text(p->known, "dir", "?"));
	printf("%u added, %u changed, %u removed.\n", n.added, n.changed, n.removed);
	ld_content_check_change(p->c, p->old, on_finding, p);
	return p->errors ? complain(EXIT_CHECK, "what people know by heart or have on paper would "
				    "change its meaning; nothing was published") : EXIT_DONE;
}

/* ---- sending it ---- */

static int64_t newest(const struct publish *p)
{
	return member_int(json_array_get(json_object_get(p->known, "editions"), 0), "edition", 0);
}

static int send_pieces(struct publish *p, struct door *d)
{
	char hex[2 * LD_PIECE_MAX + 1];
	int rc = 0;

	for (unsigned i = 0; i < p->pack.n && rc == 0; i++) {
		ld_hex(hex, p->pack.data + p->pack.piece[i].at, p->pack.piece[i].len);
		rc = door_send(d, json_pack("{s:i,s:s}", "id", 1, "piece", hex));
	}
	return rc;
}

static int send_new(struct publish *p, json_t **ret)
{
	json_t *in = ask("new", newest(p) + 1);
	struct door d;
	int code = door_open(&d, p->cli), rc;

	json_object_update_new(in, json_pack("{s:i,s:i,s:b,s:s,s:s}", "id", 1, "pieces",
		(int)p->pack.n, "dry", p->dry_run, "at", p->at ? p->at : "", "who", user()));
	if (code != EXIT_DONE) {
		json_decref(in);
		return code;
	}
	rc = door_send(&d, in);
	if (rc == 0)
		send_pieces(p, &d);
	/* Refused before all were sent: the answer says why. */
	rc = door_next(&d, PUBLISH_MS, ret);
	door_close(&d);
	if (rc != 1)
		return complain(EXIT_NO_DAEMON, "the daemon did not answer");
	return json_is_true(json_object_get(*ret, "ok")) ? EXIT_DONE :
		complain(EXIT_CHECK, "the daemon says: %s", member_text(*ret, "error", "no"));
}

static void show_result(struct publish *p, const json_t *o)
{
	int64_t number = member_int(o, "edition", 0), at = member_int(o, "at_ms", 0);
	char from[24];

	if (json_object_get(o, "new_pieces"))
		printf("%lld new pieces, %lld octets, go to each board.\n",
		       (long long)member_int(o, "new_pieces", 0),
		       (long long)member_int(o, "new_octets", 0));
	if (member_int(o, "as", 0))
		printf("As edition %lld. ", (long long)member_int(o, "as", 0));
	if (p->dry_run)
		printf("It would be edition %lld. Nothing was published.\n", (long long)number);
	else if (at)
		printf("Edition %lld is published; boards use it from %s on.\n", (long long)number,
		       show_time(p->cli, at, from));
	else
		printf("Edition %lld is published; each board uses it as soon as it has it.\n",
		       (long long)number);
}

static void show_findings(const json_t *o)
{
	const json_t *f;
	size_t i;

	json_array_foreach(json_object_get(o, "findings"), i, f)
		if (strcmp(member_text(f, "level", ""), "error") == 0)
			put_finding(member_text(f, "file", "?"), (int)member_int(f, "line", 0),
				    "error", member_text(f, "message", "?"));
}

static int publish(struct publish *p)
{
	json_t *o = NULL;
	int code = json_is_true(json_object_get(p->known, "ward")) ? read_draft(p) :
		complain(EXIT_CHECK, "this board belongs to a ward, and only the ward publishes: "
			 "name the socket of laido-ward (--socket STATE_DIR/ctl.sock)");

	if (code == EXIT_DONE)
		code = read_old(p);
	if (code == EXIT_DONE && p->old && newest(p) == member_int(p->known, "in_use", 0) &&
	    newest(p) && ld_folder_same(&p->files, &p->old_files)) {
		printf("Nothing to do: %s is edition %lld, which is in use.\n", p->dir,
		       (long long)newest(p));
		return EXIT_DONE;
	}
	if (code == EXIT_DONE)
		code = compare(p);
	if (code == EXIT_DONE)
		code = send_new(p, &o);
	show_findings(o);
	if (code == EXIT_DONE)
		show_result(p, o);
	json_decref(o);
	return code;
}

static int rollback(struct publish *p)
{
	json_t *in = ask("rollback", p->cli->n_args ? strtoll(p->cli->args[0], NULL, 10) : 0);
	json_t *o = NULL;
	int code;

	json_object_update_new(in, json_pack("{s:b,s:s,s:s}", "dry", p->dry_run, "at",
					     p->at ? p->at : "", "who", user()));
	code = door_ask(p->cli, in, PUBLISH_MS, &o);
	if (code == EXIT_DONE)
		show_result(p, o);
	json_decref(o);
	return code;
}

static int act(struct publish *p)
{
	json_t *o = NULL;
	int code = door_ask(p->cli, ask("list", 0), PUBLISH_MS, &o);

	p->known = o;
	p->dir = cli_content_dir(p->cli);
	/* Which lessons are sent is a matter of that node's settings, not of ours. */
	p->cli->config.approve_all = json_is_true(json_object_get(o, "approve_all"));
	if (code == EXIT_DONE)
		code = p->list ? list(p) : p->rollback ? rollback(p) : publish(p);
	json_decref(p->known);
	ld_content_free(p->c);
	ld_content_free(p->old);
	ld_folder_release(&p->files);
	ld_folder_release(&p->old_files);
	ld_pack_release(&p->pack);
	return code;
}

int run_publish(struct cli *cli, int argc, char **argv)
{
	struct publish p = { .cli = cli };
	const struct cli_option table[] = {
		{ .name = "at", .value = "TIME", .text = &p.at,
		  .help = "boards switch then: \"24/12/2026 06:00\", \"today 22:00\"; left out: at once" },
		{ .name = "dry-run", .flag = &p.dry_run, .help = "shows the difference, publishes nothing" },
		{ .name = "rollback", .flag = &p.rollback,
		  .help = "the edition before again, or the one whose number is given" },
		{ .name = "list", .flag = &p.list, .help = "the editions there are" },
		{ .name = "json", .flag = &p.json, .help = "with --list: for programs" },
		{ .name = NULL },
	};
	int code = cli_options(cli, table, argc, argv, 0, 1);

	if (code >= 0)
		return code;
	if (p.list && p.rollback)
		return complain(EXIT_USAGE, "--list or --rollback, not both");
	if (p.rollback && cli->n_args && strspn(cli->args[0], "0123456789") != strlen(cli->args[0]))
		return complain(EXIT_USAGE, "--rollback takes the number of an edition; see: laido "
				"publish --list");
	return act(&p);
}
