/* SPDX-License-Identifier: GPL-2.0-or-later */
/* people: residents who learn while the daemon is killed under them.
 *
 *   people [--people N] [--kills N] [--inputs N] SOCKET PIDFILE FILE
 *
 * Attaches N handsets, half of them by text, half in menus, and lets each learn by what it is
 * shown. After a random number of inputs the daemon of PIDFILE is killed, at a random moment; when
 * somebody has started it again everybody goes on where she was. After the last kill come INPUTS
 * more; then SIGTERM, in the middle, and the time until it is gone. Writes to FILE, between tabs:
 *
 *   given    NUMBER LESSON OPTION    an answer that was sent
 *   verdict  NUMBER LESSON OPTION    an answer whose verdict was shown
 *   sms      NUMBER TEXT             a message that was shown, line ends as spaces
 *
 * and prints counts. Everything random comes from SEED=, printed first. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "laido/port/clock.h"
#include "laido/wire/ctl.h"
#include "seed.h"

enum {
	PEOPLE_MAX = 200,
	INPUTS_A_NUMBER = 40,
	GIVE_UP_MS = 20000,
	OLD_TEXTS_MS = 100,     /* those that waited for the handset are through by then */
	PATIENCE_MS = 1000,
};

struct person {
	unsigned number, inputs;        /* of this number */
	bool live;                      /* by menus, not by text */
	bool busy, leaves, open;        /* open: a session */
	bool asked;                     /* since she was attached */
	char text[1200];                /* what was shown last; "" nothing */
	unsigned lesson;                /* named last */
	unsigned option;                /* an answer is out; 0: none */
	int64_t patient_ms;             /* a text may take until then to be answered */
};

struct people {
	const char *socket, *pidfile;
	FILE *out;
	struct ld_clock_sys clock;
	uint64_t seed;
	unsigned n, kills, inputs, next_number;
	int fd;
	struct ld_ctl_lines in;
	struct person person[PEOPLE_MAX];
	unsigned long sent, given, shown, resumed, cut, strange;
};

static int64_t now_ms(const struct people *p)
{
	return ld_clock_monotonic_ms(&p->clock.clock);
}

static unsigned below(struct people *p, unsigned n)
{
	return seed_below(&p->seed, n);
}

static _Noreturn void fail(const char *what)
{
	printf("people: %s\n", what);
	exit(1);
}

static bool has(const struct person *x, const char *part)
{
	return strstr(x->text, part) != NULL;
}

/* ---- saying ---- */

static void say(struct people *p, const struct person *x, const char *members)
{
	char line[160];
	int n = snprintf(line, sizeof(line), "{\"id\":%u,%s}\n", (unsigned)(x - p->person) + 1,
			 members);

	/* Not said: the daemon is gone; the next read tells. */
	if (send(p->fd, line, (size_t)n, MSG_NOSIGNAL) != n)
		p->cut++;
}

static void new_number(struct people *p, struct person *x)
{
	bool live = x->live;

	memset(x, 0, sizeof(*x));
	x->live = live;
	x->number = p->next_number++;
}

static void attach(struct people *p, struct person *x)
{
	char members[64];

	if (x->leaves)
		new_number(p, x);
	snprintf(members, sizeof(members), "\"cmd\":\"phone\",\"number\":\"0990%06u\"", x->number);
	x->open = x->asked = false;
	x->busy = true;
	x->option = 0;
	x->text[0] = '\0';
	/* What was left over comes first. */
	x->patient_ms = x->live ? 0 : now_ms(p) + OLD_TEXTS_MS;
	say(p, x, members);
}

static void input(struct people *p, struct person *x, const char *what, const char *text)
{
	char members[64];

	snprintf(members, sizeof(members), "\"do\":\"%s\",\"text\":\"%s\"", what, text);
	x->busy = x->asked = true;
	x->option = 0;
	x->text[0] = '\0';
	x->patient_ms = x->live ? 0 : now_ms(p) + PATIENCE_MS;
	x->inputs++;
	p->sent++;
	say(p, x, members);
}

static void answer(struct people *p, struct person *x)
{
	char digit[2] = { (char)('1' + below(p, 3)), '\0' };

	input(p, x, x->live ? "text" : "sms", digit);
	x->option = (unsigned)(digit[0] - '0');
	p->given++;
	fprintf(p->out, "given\t0990%06u\t%u\t%u\n", x->number, x->lesson, x->option);
}

/* ---- deciding ---- */

static bool is_verdict(const struct person *x)
{
	return strncmp(x->text, "Dung roi", 8) == 0 || strncmp(x->text, "Chua dung", 9) == 0;
}

static void text_on(struct people *p, struct person *x)
{
	if (has(x, "1 dong y"))
		input(p, x, "sms", "1");
	else if (has(x, "\n3."))
		answer(p, x);
	else
		input(p, x, "sms", x->inputs == 0 ? "HOC" : "TIEP");
}

static void press_on(struct people *p, struct person *x)
{
	if (!x->open) {
		x->open = true;
		input(p, x, "dial", "*123#");
	} else if (below(p, 12) == 0 || !has(x, "1.")) {
		x->open = false;
		input(p, x, "hangup", "");
	} else if (has(x, "\n3.") && !has(x, "4.") && !has(x, "Hoi them") && !has(x, "On cau sai")) {
		answer(p, x);
	} else {
		p->resumed += has(x, "Lan truoc dang o");
		input(p, x, "text", is_verdict(x) ? "2" : "1");
	}
}

/* Whoever has had her lessons of today makes room for a neighbour. */
static void go_on(struct people *p, struct person *x)
{
	if (has(x, "Hom nay") || x->inputs >= INPUTS_A_NUMBER) {
		x->leaves = x->busy = true;
		say(p, x, "\"do\":\"detach\"");
	} else if (x->live) {
		press_on(p, x);
	} else {
		text_on(p, x);
	}
}

/* ---- hearing ---- */

static void show(struct people *p, struct person *x, const json_t *msg)
{
	const char *text = json_string_value(json_object_get(msg, "text"));
	unsigned lesson, total;

	snprintf(x->text, sizeof(x->text), "%s", text ? text : "");
	if (sscanf(x->text, "%u/%u ", &lesson, &total) == 2 ||
	    sscanf(x->text, "Lan truoc dang o: Bai %u", &lesson) == 1)
		x->lesson = lesson;
	if (x->option && is_verdict(x)) {
		fprintf(p->out, "verdict\t0990%06u\t%u\t%u\n", x->number, x->lesson, x->option);
		p->shown++;
		x->option = 0;
	}
}

static void sms(struct people *p, struct person *x, const json_t *msg)
{
	struct person as_shown = *x;
	char *c;

	show(p, &as_shown, msg);
	/* A person in a menu reads her messages, and goes on in the menu. */
	if (!x->live) {
		*x = as_shown;
		x->patient_ms = x->asked ? 0 : x->patient_ms;
	}
	for (c = as_shown.text; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	fprintf(p->out, "sms\t0990%06u\t%s\n", x->number, as_shown.text);
}

static void heard(struct people *p, const json_t *msg)
{
	const char *ev = json_string_value(json_object_get(msg, "ev"));
	json_int_t id = json_integer_value(json_object_get(msg, "id"));
	struct person *x = &p->person[id < 1 || id > p->n ? 0 : id - 1];

	if (!ev) {
		/* The last word to this handset: it was put down. Or the daemon ends. */
		if (json_is_true(json_object_get(msg, "ok")))
			attach(p, x);
	} else if (strcmp(ev, "screen") == 0) {
		show(p, x, msg);
		x->open = !json_is_true(json_object_get(msg, "end"));
	} else if (strcmp(ev, "sms") == 0) {
		sms(p, x, msg);
	} else if (strcmp(ev, "settled") == 0) {
		x->busy = false;
	} else if (strcmp(ev, "attached") != 0) {
		p->strange++;           /* closed, refused */
	}
}

/* false: the daemon is gone. */
static bool hear(struct people *p, int timeout_ms)
{
	struct pollfd fd = { .fd = p->fd, .events = POLLIN };
	struct ld_errmsg err;
	json_t *msg;
	char *at;
	size_t len;
	ssize_t n;

	if (poll(&fd, 1, timeout_ms) <= 0)
		return true;
	if (ld_ctl_lines_room(&p->in, &at, &len) < 0)
		fail("out of memory");
	n = read(p->fd, at, len);
	if (n <= 0)
		return false;
	ld_ctl_lines_fed(&p->in, (size_t)n);
	while (ld_ctl_lines_next(&p->in, &msg, &err) == 1) {
		heard(p, msg);
		json_decref(msg);
	}
	return true;
}

/* ---- the daemon ---- */

static pid_t daemon_pid(const struct people *p)
{
	FILE *f = fopen(p->pidfile, "r");
	int pid = 0;

	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

static bool connect_once(struct people *p)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", p->socket);
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd >= 0 && connect(p->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return true;
	close(p->fd);
	p->fd = -1;
	return false;
}

static void meet(struct people *p)
{
	int64_t until = now_ms(p) + GIVE_UP_MS;

	while (!connect_once(p)) {
		if (now_ms(p) > until)
			fail("the daemon does not come back");
		poll(NULL, 0, 5);
	}
	for (unsigned i = 0; i < p->n; i++)
		attach(p, &p->person[i]);
}

static void part(struct people *p)
{
	close(p->fd);
	p->fd = -1;
	ld_ctl_lines_release(&p->in);
}

/* Everybody who waits for nothing goes on, until so many inputs were sent. */
static void live_on(struct people *p, unsigned inputs)
{
	unsigned long until = p->sent + inputs;
	int64_t limit = now_ms(p) + GIVE_UP_MS;

	while (p->sent < until) {
		unsigned first = below(p, p->n);

		for (unsigned i = 0; i < p->n && p->sent < until; i++) {
			struct person *x = &p->person[(first + i) % p->n];

			if (!x->busy && now_ms(p) >= x->patient_ms)
				go_on(p, x);
		}
		if (p->sent < until && !hear(p, 20))
			fail("the daemon has ended by itself");
		if (now_ms(p) > limit)
			fail("the daemon does not answer");
	}
}

static void slay(struct people *p, pid_t pid)
{
	int64_t until = now_ms(p) + GIVE_UP_MS;

	if (pid <= 0 || kill(pid, SIGKILL) < 0)
		fail("the daemon cannot be killed");
	/* What it said with its last breath was said. */
	while (p->fd >= 0 && hear(p, 1000))
		if (now_ms(p) > until)
			fail("the dead daemon's socket stays open");
	while (daemon_pid(p) == pid || daemon_pid(p) == 0)
		if (poll(NULL, 0, 5) < 0 || now_ms(p) > until)
			fail("nobody starts the daemon again");
}

/* At once, or while answers are on their way; and some die before they can say a word. */
static void kill_it(struct people *p)
{
	for (unsigned i = below(p, 4); i > 0; i--)
		if (!hear(p, (int)below(p, 3)))
			fail("the daemon has ended by itself");
	slay(p, daemon_pid(p));
	part(p);
	while (below(p, 4) == 0) {
		poll(NULL, 0, (int)below(p, 60));
		slay(p, daemon_pid(p));
	}
}

static void end_it(struct people *p)
{
	int64_t from = now_ms(p);
	pid_t pid = daemon_pid(p);

	if (pid <= 0 || kill(pid, SIGTERM) < 0)
		fail("the daemon cannot be ended");
	while (hear(p, 10) || kill(pid, 0) == 0)
		if (now_ms(p) - from > GIVE_UP_MS)
			fail("SIGTERM does not end the daemon");
	printf("ended_ms=%lld\n", (long long)(now_ms(p) - from));
	part(p);
}

static int parse(struct people *p, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "people", required_argument, NULL, 'p' }, { "kills", required_argument, NULL, 'k' },
		{ "inputs", required_argument, NULL, 'i' }, { NULL, 0, NULL, 0 },
	};
	int c;

	*p = (struct people){ .n = 40, .kills = 10, .inputs = 200 };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		unsigned n = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;

		switch (c) {
		case 'p': p->n = n; break;
		case 'k': p->kills = n; break;
		case 'i': p->inputs = n; break;
		default: return -1;
		}
	}
	if (argc - optind != 3 || p->n < 1 || p->n > PEOPLE_MAX)
		return -1;
	p->socket = argv[optind];
	p->pidfile = argv[optind + 1];
	p->out = fopen(argv[optind + 2], "w");
	return p->out ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct people p;

	if (parse(&p, argc, argv) < 0)
		fail("Usage: people [--people N] [--kills N] [--inputs N] SOCKET PIDFILE FILE");
	ld_clock_sys_init(&p.clock, true);
	p.seed = seed_start();
	ld_ctl_lines_init(&p.in, LD_CTL_ANSWER_MAX);
	for (unsigned i = 0; i < p.n; i++) {
		p.person[i].live = i % 2;
		new_number(&p, &p.person[i]);
	}
	for (unsigned k = 0; k < p.kills; k++) {
		meet(&p);
		live_on(&p, 1 + below(&p, 2 * p.inputs));
		kill_it(&p);
	}
	meet(&p);
	live_on(&p, p.inputs);
	end_it(&p);
	fclose(p.out);
	printf("inputs=%lu answers=%lu verdicts=%lu resumed=%lu numbers=%u cut=%lu strange=%lu\n",
	       p.sent, p.given, p.shown, p.resumed, p.next_number, p.cut, p.strange);
	return 0;
}
