/* SPDX-License-Identifier: GPL-2.0-or-later */
/* laido: what an operator types. The commands are one table. */
#include "cli.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_command commands[] = {
	{ "status", "[--json]", "what the daemon does, what waits, what is wrong",
	  "Shows the daemon's channels, its outbox, its database, its link to the ward, and in\n"
	  "sentences what needs attention.\n",
	  run_status },
	{ "phone", "NUMBER [--script FILE]", "a simulated handset: dial, text, call",
	  "A handset with one of the daemon's test numbers. Type:\n"
	  "  *123#         dial a code; then what you type answers its screens\n"
	  "  HOC           with no session open: sends a text message\n"
	  "  /sms TEXT     sends a text message, whatever is open\n"
	  "  /call         a missed call\n"
	  "  /hangup       ends the session\n"
	  "  /quit         (or Ctrl-D)\n"
	  "\n"
	  "--script plays a transcript and compares: exit 0 when every answer is as written,\n"
	  "1 with a difference at the first that is not. Its lines:\n"
	  "  > INPUT       typed as above\n"
	  "  < LINE        one line of the answer; \"...\" at its end stands for any rest of the\n"
	  "                line, a line of only \"...\" for any number of lines\n"
	  "  < (sms)       before the lines of a text message; \"< (end)\" before those of a last\n"
	  "                screen; \"< (nothing)\": no answer\n"
	  "  ! call | ! hangup | ! dial CODE | ! sms TEXT\n"
	  "  ! wait SECONDS        for a message that comes by itself\n"
	  "  # comment\n"
	  "An input without \"<\" lines is sent and its answer not compared.\n",
	  run_phone },
	{ "message", "show ID | cancel ID | list", "outgoing messages: where they are and why",
	  "list shows the newest messages, of one state with --state: queued, intent, sent,\n"
	  "delivered, failed, unknown, cancelled. show tells all about one: why it waits or\n"
	  "failed.\n",
	  run_message },
	{ "report", "[--by WHAT] [--json | --csv] [--ward URL]", "the ward's table by to dan pho",
	  "Asks laido-ward for invited, enrolled, active and completed residents; with --by course,\n"
	  "lesson, month, market, spent or ambassador for those tables. Counts below min_cell are \"few\",\n"
	  "all others are rounded down to a multiple of it.\n",
	  run_report },
	{ "check", "[DIR] [--json] [--against OLDDIR]",
	  "check menus, lessons and messages; needs no daemon",
	  "Compiles the content of a folder (the configured one by default) and prints every\n"
	  "problem as FILE:LINE: level: message. Exit 1 when one of them is an error.\n",
	  run_check },
	{ "graph", "[DIR]", "the menu as a drawing, for Graphviz",
	  "Prints the screens and the ways between them: laido graph | dot -Tsvg > menu.svg\n"
	  "Full lines are keys, dashed ones what an action says, dotted ones what is typed. Green\n"
	  "screens are open without consent; a double frame ends the session.\n",
	  run_graph },
	{ "plan", "[DIR] [--learners N] [--sims N] [--pace N] [--budget VND]",
	  "how many learners the SIMs carry, and the money",
	  "Counts the parts of every course as they would be sent, with the prices of values.conf\n"
	  "and the limits of laidod.conf.\n",
	  run_plan },
	{ "card", "[DIR] [--booklet | --course KEY]", "menu card and course booklet to print",
	  "Prints a page of HTML in large type: laido card --booklet > card.html; open it in a\n"
	  "browser and print it. A booklet holds the lessons that are sent, with the answers at\n"
	  "its end.\n",
	  run_card },
	{ "import", "roles|invitations|classes|schools|goals FILE [--commit]",
	  "people from a table (CSV), and what 100 % means",
	  "roles: columns phone (so may), role (vai tro: ambassador, head, helper, operator), tdp\n"
	  "(to), name (ho ten), pin, active (con lam: yes or no). Roles are the ward's: on a board\n"
	  "that belongs to a ward, name the ward's socket: --socket STATE_DIR/ctl.sock\n"
	  "invitations: columns phone, course (khoa), tdp. The board asks each number for consent.\n"
	  "classes: columns phone, day (ngay, 23/11/2026): learned in a class, counted apart.\n"
	  "schools: columns phone, school (truong): which school a pupil goes to.\n"
	  "goals: what 100 % means in reports: columns tdp, adults (to, nguoi lon), or market, traders\n"
	  "(cho, tieu thuong), or school, pupils (truong, hoc sinh); 0 takes it back. The ward's: name\n"
	  "its socket.\n"
	  "Separated by comma or ;, with or without a byte order mark. Without --commit it only looks\n"
	  "and prints FILE:LINE: error: ... for every row that is wrong. A row that stands already\n"
	  "changes nothing. An empty pin keeps the old one; a new pin opens what was locked.\n",
	  run_import },
	{ "export", "roles|goals", "the people with duties, or what 100 % means, as a table (CSV)",
	  "Prints what `laido import` reads. PINs are kept nowhere and are empty.\n",
	  run_export },
	{ "merge", "OLD NEW [--commit]", "two numbers of one person",
	  "For somebody whom you know: results under both numbers unite, the report counts one, and\n"
	  "lessons come to NEW. Both have to be learners: she agrees from NEW first. Whoever still has\n"
	  "the old telephone does it alone: DOI SO there, then DOI SO and the code from the new one.\n",
	  run_merge },
	{ "publish", "[DIR] [--at TIME] [--dry-run] | --rollback [EDITION] | --list",
	  "makes a content folder what every board of the ward shows",
	  "Checks the folder (the configured one by default), shows what it adds, changes and removes,\n"
	  "and publishes it. Boards take it over by themselves, at the time given, without a restart;\n"
	  "who is in a menu just then sees the old one to its end. A board that cannot use it keeps\n"
	  "the edition before and says why (laido status). Keys, codes, courses and lessons must keep\n"
	  "their meaning. Only the ward may: on a board that belongs to one, name the ward's socket:\n"
	  "--socket STATE_DIR/ctl.sock\n",
	  run_publish },
	{ "reload", "", "read the content again; the old one stays on any error",
	  "The daemon compiles its content folder anew. With an error nothing changes: residents\n"
	  "keep the old menus, and the problems are printed. Try `laido check` first.\n",
	  run_reload },
	{ "reminders", "list | add | preview | approve | hold | resume | rate | cancel ID ... | pause | resume",
	  "what the ward tells its people, and the pause of everything",
	  "add makes a draft: a message of messages.conf that begins with REMIND_, SCAM_WARN or\n"
	  "BROADCAST (text=..., free words without a link), to whom and when. preview counts people, parts, money and days. Nothing goes\n"
	  "out before approve. hold ID stops what has not gone yet until resume ID, cancel ID for\n"
	  "good; rate ID N sends so many an hour from each board. pause stops everything unasked\n"
	  "in the whole ward until resume. Only the ward may: on a board that belongs to one, name\n"
	  "the ward's socket: --socket STATE_DIR/ctl.sock\n",
	  run_reminders },
	{ "mesh", "init | join FILE | invite KEY NAME | revoke BOARD | status | peers",
	  "who belongs to the ward, and which boards are reached",
	  "init makes the key of a new board in its state folder and prints it. invite, on the ward,\n"
	  "admits the board with that key and prints a file for it; join takes that file on the board,\n"
	  "before its first start. revoke cuts a stolen or lost board off for good: nothing counts that\n"
	  "the ward does not hold of it by now, nobody exchanges with it any more. BOARD is its name, or\n"
	  "its key (8 digits or more). Only the ward admits and revokes: --socket STATE_DIR/ctl.sock\n"
	  "status lists the members and what was refused; peers shows the links of this board.\n",
	  run_mesh },
	{ "home", "list | move --from BOARD --to BOARD [--dead] | move --number N --to BOARD",
	  "which board sends to whom; learners of a lost board move to another",
	  "A learner gets lessons and reminders from one board, her home: the one where she agreed.\n"
	  "Any board answers her. list counts the learners of each, when it was heard of, and how long\n"
	  "it may send on what it took then. move makes another board their home: it begins when the\n"
	  "one before has stopped, or after 15 days when that one is silent; with --dead at once. Only\n"
	  "the ward moves: --socket STATE_DIR/ctl.sock\n",
	  run_home },
	{ "ferry", "export FILE [--since DAY] | import FILE",
	  "carries records on a stick to boards whose links never come",
	  "export writes what this board (or the ward: --socket STATE_DIR/ctl.sock) holds into FILE,\n"
	  "encrypted to every board of the ward that was not revoked: whoever finds the stick can read\n"
	  "nothing. With --since, records from before that day are left out, except rights (opt-outs,\n"
	  "erasures, members). import takes such a file in and says what came and what was refused;\n"
	  "twice does no harm. Carry a file each way: what happened here goes back by export.\n"
	  "Exit 1 when the file is damaged, or when something that its writer held is still missing.\n",
	  run_ferry },
	{ "modems", "[test NAME NUMBER | trace NAME | accept NAME] [--json]",
	  "modems: state, signal, SIM, rates, what to do",
	  "Without a word: all modems, and in sentences what somebody should do. test sends a message\n"
	  "by that modem and waits for what becomes of it. trace shows every line between the modem and\n"
	  "its program, numbers masked and messages by their length, until Ctrl-C. accept says that the\n"
	  "SIM which is in the modem now belongs there, after it was changed.\n",
	  run_modems },
	{ "requests", "", "who waits for an answer: data, help, feedback",
	  "People who asked what is stored of them (open ones), who called for help (with the code the\n"
	  "caller must say first), and what they wrote in the last 90 days. The number is shown where\n"
	  "this board is its home. When somebody was called: laido requests --answered REF. Of a request\n"
	  "for data it sends the answer by text; without it the board does, a day before its time ends.\n",
	  run_requests },
	{ "audit", "", "who with a duty has seen what of others",
	  "Lists and masked numbers that ambassadors and group heads looked at, numbers that were\n"
	  "shown to helpers, and who was locked out by three wrong PINs. The eight letters stand for\n"
	  "the number of who looked; h... is a call's name in laido requests. No number is shown.\n",
	  run_audit },
	{ "verify", "CODE [NUMBER]", "a completion code: genuine, and of that number?",
	  "CODE is the eleven digits a learner shows in person; NUMBER is her telephone. Exit 0 when\n"
	  "the code is genuine (and hers), 1 when not. Nothing of her but the course is shown.\n",
	  run_verify },
	{ "lrs", "[list | retry]", "what a learning record store was told, and what it refuses",
	  "Asks laido-ward: laido lrs --socket STATE_DIR/ctl.sock. list shows how many statements\n"
	  "wait and the refused ones with the server's reason; retry sends those once more, and does\n"
	  "not wait for the next try.\n",
	  run_lrs },
	{ "rebuild", "", "fold the event log into its tables again and compare",
	  "The daemon empties every table derived from the event log and derives it again.\n"
	  "Prints whether both are equal; exit 1 when not. Messages wait meanwhile.\n",
	  run_rebuild },
};

static int usage(FILE *out, int code)
{
	fprintf(out, "laido: operate a Lai Do board\n\nUsage: laido COMMAND [OPTIONS]\n\n");
	for (size_t i = 0; i < LD_ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nlaido COMMAND --help tells more. Every command takes\n"
		     "  --socket PATH   the daemon's control socket\n"
		     "  --config FILE   the daemon's configuration, to find that socket\n"
		     "\nExit: 0 done, 1 a check failed, 2 wrong usage, 3 no daemon answers\n");
	return code;
}

int complain(int code, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("laido: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return code;
}

int64_t cli_mono_ms(struct cli *cli)
{
	return ld_clock_monotonic_ms(&cli->clock.clock);
}

int main(int argc, char **argv)
{
	static struct cli cli;
	const char *name = argc > 1 ? argv[1] : "";

	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, "");
	cli.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	/* Text is UTF-8 whatever the terminal says. */
	setlocale(LC_CTYPE, "C.UTF-8");
	ld_clock_sys_init(&cli.clock, true);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return usage(stdout, EXIT_DONE);
	for (size_t i = 0; i < LD_ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0) {
			int code;

			cli.cmd = &commands[i];
			code = commands[i].run(&cli, argc - 2, argv + 2);
			if (fflush(stdout) != 0 && code == EXIT_DONE)
				code = complain(EXIT_CHECK, "the output could not be written");
			return code;
		}
	}
	if (*name)
		complain(0, "there is no command \"%s\"", name);
	return usage(stderr, EXIT_USAGE);
}
