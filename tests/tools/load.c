/* SPDX-License-Identifier: GPL-2.0-or-later */
/* load: many residents at once, through a daemon's control socket and its simulated handsets.
 *
 *   load [--rate N | --inflight N] [--sms] [--steps N] [--handsets N] [--residents N]
 *        [--wait FIFO] SOCKET
 *
 * Attaches handsets with scattered numbers (84990000000 up to --residents), then lets them hold
 * a dialogue, one after the other: menus and a lesson by USSD, or with --sms lessons by text, where
 * every step writes to the disk before its answer leaves. A step is an input up to "settled": the
 * screen has come and what happened is durable. --rate sends so many a second whatever the
 * answers do, and measures from when an input was due; --inflight sends the next as soon as one
 * is settled. --wait: when the handsets stand ready, write a line to FIFO and read one from it
 * before the first step. Prints one line: steps, seconds, p50_us, p99_us, max_us, refused.
 * SEED= (1). */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "laido/base/err.h"
#include "laido/port/random.h"
#include "laido/wire/ctl.h"

enum { A_CONN = 128, CONNS_MAX = 32, HANDSETS_MAX = A_CONN * CONNS_MAX, GIVE_UP_S = 30 };

/* Dial, lessons, the next lesson, its question, an answer, on, and away. */
static const char *const ussd[] = { "*123#", "1", "1", "1", "1", "2", "2", "00", NULL };
static const char *const sms[] = { "TIEP", "1", "TIEP", "2", NULL };

struct handset {
	unsigned at;            /* next of script */
	bool busy, open;        /* an input is out; a session is open */
	int64_t due_us;         /* of that input */
};

struct conn {
	int fd;
	struct ld_ctl_lines in;
};

struct load {
	unsigned rate, inflight, handsets, residents;
	unsigned long steps;
	const char *socket, *wait;
	const char *const *script;
	struct conn conn[CONNS_MAX];
	unsigned n_conns;
	struct handset handset[HANDSETS_MAX];
	unsigned ring[HANDSETS_MAX], front, n_idle;
	unsigned attached, flying;
	unsigned long sent, done, refused;
	int64_t *took_us;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int fail(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	return 1;
}

static int connect_one(struct load *l)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct conn *c = &l->conn[l->n_conns];

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", l->socket);
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	ld_ctl_lines_init(&c->in, LD_CTL_ANSWER_MAX);
	l->n_conns++;
	return 0;
}

/* Lines are written by hand here: the load program shares the machine with what it measures. */
static void say(struct load *l, unsigned h, const char *members)
{
	char line[160];
	int n = snprintf(line, sizeof(line), "{\"id\":%u,%s}\n", h % A_CONN + 1, members);

	if (write(l->conn[h / A_CONN].fd, line, (size_t)n) != n)
		l->refused++;
}

static void send_step(struct load *l, unsigned h, int64_t due_us)
{
	struct handset *x = &l->handset[h];
	char members[96];

	/* Whoever lost the session dials again; the script goes round. */
	if (!x->open || !l->script[x->at])
		x->at = 0;
	if (x->open && x->at == 0 && l->script == ussd) {
		say(l, h, "\"do\":\"hangup\"");
		x->open = false;
	} else {
		snprintf(members, sizeof(members), "\"do\":\"%s\",\"text\":\"%s\"",
			 l->script == sms ? "sms" : x->at == 0 ? "dial" : "text",
			 l->script[x->at]);
		say(l, h, members);
		x->at++;
		x->open = l->script == ussd || l->script[x->at];
	}
	x->busy = true;
	x->due_us = due_us;
	l->flying++;
	l->sent++;
}

/* Idle handsets stand in a ring: one in the middle of a dialogue goes on first, one that has ended
 * goes to the back, so that a few talk while the many rest, as residents do. */
static void idle(struct load *l, unsigned h)
{
	const struct handset *x = &l->handset[h];

	if (x->open)
		l->front = (l->front + HANDSETS_MAX - 1) % HANDSETS_MAX;
	l->ring[(l->front + (x->open ? 0 : l->n_idle)) % HANDSETS_MAX] = h;
	l->n_idle++;
}

static unsigned pick(struct load *l)
{
	unsigned h = l->ring[l->front];

	if (l->n_idle == 0)
		return HANDSETS_MAX;
	l->front = (l->front + 1) % HANDSETS_MAX;
	l->n_idle--;
	return h;
}

static void settled(struct load *l, unsigned h)
{
	struct handset *x = &l->handset[h];

	idle(l, h);
	if (!x->busy) {
		l->attached++;  /* the first word after attaching */
		return;
	}
	x->busy = false;
	l->flying--;
	if (l->done < l->steps)
		l->took_us[l->done++] = now_us() - x->due_us;
}

static void heard(struct load *l, unsigned conn, const json_t *msg)
{
	const char *ev = json_string_value(json_object_get(msg, "ev"));
	json_int_t id = json_integer_value(json_object_get(msg, "id"));
	unsigned h = conn * A_CONN + (unsigned)id - 1;

	if (id < 1 || id > A_CONN || h >= l->handsets)
		return;
	if (!ev) {      /* no event: the daemon's last word to this handset */
		const char *why = json_string_value(json_object_get(msg, "error"));

		fprintf(stderr, "load: handset %u: %s\n", h, why ? why : "ended");
		l->refused++;
	} else if (strcmp(ev, "settled") == 0) {
		settled(l, h);
	} else if (strcmp(ev, "refused") == 0) {
		l->refused++;
	} else if (strcmp(ev, "closed") == 0 ||
		   (strcmp(ev, "screen") == 0 && json_is_true(json_object_get(msg, "end")))) {
		l->handset[h].open = false;
	}
}

static int hear(struct load *l, unsigned c)
{
	struct ld_errmsg err;
	json_t *msg;
	char *at;
	size_t len;
	ssize_t n;

	if (ld_ctl_lines_room(&l->conn[c].in, &at, &len) < 0)
		return LD_E_NOMEM;
	n = read(l->conn[c].fd, at, len);
	if (n <= 0)
		return LD_E_PEER;
	ld_ctl_lines_fed(&l->conn[c].in, (size_t)n);
	while (ld_ctl_lines_next(&l->conn[c].in, &msg, &err) == 1) {
		heard(l, c, msg);
		json_decref(msg);
	}
	return 0;
}

static int turn(struct load *l, int64_t until_us)
{
	struct pollfd p[CONNS_MAX];
	int64_t left_us = until_us - now_us();
	struct timespec t = { left_us > 0 ? left_us / 1000000 : 0,
			      left_us > 0 ? left_us % 1000000 * 1000 : 0 };

	for (unsigned i = 0; i < l->n_conns; i++)
		p[i] = (struct pollfd){ .fd = l->conn[i].fd, .events = POLLIN };
	if (ppoll(p, l->n_conns, &t, NULL) <= 0)
		return 0;
	for (unsigned i = 0; i < l->n_conns; i++)
		if (p[i].revents && hear(l, i) < 0)
			return LD_E_PEER;
	return 0;
}

/* Numbers step through the residents by a stride that is prime to any round count. */
static int attach_all(struct load *l, unsigned first)
{
	int64_t until = now_us() + GIVE_UP_S * INT64_C(1000000);

	for (unsigned h = 0; h < l->handsets; h++) {
		unsigned long who = (first + h * 7919ul) % l->residents;
		char members[64];

		if (h % A_CONN == 0 && connect_one(l) < 0)
			return LD_E_PEER;
		snprintf(members, sizeof(members), "\"cmd\":\"phone\",\"number\":\"0990%06lu\"", who);
		say(l, h, members);
		if (turn(l, now_us()) < 0)
			return LD_E_PEER;
	}
	while (l->attached < l->handsets && now_us() < until)
		if (turn(l, until) < 0)
			return LD_E_PEER;
	return l->attached == l->handsets ? 0 : LD_E_BUSY;
}

static int run(struct load *l)
{
	int64_t start = now_us(), last = start;
	unsigned long before = 0;

	while (l->done < l->steps) {
		int64_t now = now_us(), next = now + 100000;

		while (l->sent < l->steps && (!l->inflight || l->flying < l->inflight)) {
			int64_t due = l->rate ? start + (int64_t)(l->sent * 1000000ul / l->rate) : now;
			unsigned h;

			if (due > now) {
				next = due;
				break;
			}
			if ((h = pick(l)) == HANDSETS_MAX)
				break;
			send_step(l, h, due);
		}
		if (turn(l, next) < 0)
			return LD_E_PEER;
		if (l->done != before) {
			before = l->done;
			last = now;
		} else if (now - last > GIVE_UP_S * INT64_C(1000000)) {
			return LD_E_BUSY;
		}
	}
	return 0;
}

/* Whoever measures takes its first reading now. */
static int wait_for_go(const char *fifo)
{
	char line[8];
	FILE *f = fopen(fifo, "w");

	if (!f || fputs("ready\n", f) < 0 || fclose(f) != 0)
		return LD_E_PEER;
	f = fopen(fifo, "r");
	if (!f)
		return LD_E_PEER;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return line[0] ? 0 : LD_E_PEER;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(struct load *l, int64_t us)
{
	qsort(l->took_us, l->done, sizeof(*l->took_us), by_value);
	printf("steps=%lu seconds=%.3f p50_us=%lld p99_us=%lld max_us=%lld refused=%lu\n", l->done,
	       (double)us / 1e6, (long long)l->took_us[l->done / 2],
	       (long long)l->took_us[l->done * 99 / 100], (long long)l->took_us[l->done - 1],
	       l->refused);
}

static int parse(struct load *l, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "rate", required_argument, NULL, 'r' }, { "inflight", required_argument, NULL, 'i' },
		{ "steps", required_argument, NULL, 's' }, { "handsets", required_argument, NULL, 'h' },
		{ "residents", required_argument, NULL, 'n' }, { "wait", required_argument, NULL, 'w' },
		{ "sms", no_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*l = (struct load){ .steps = 1000, .handsets = 1024, .residents = 100000,
			    .script = ussd };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		unsigned long n = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (c) {
		case 'r': l->rate = (unsigned)n; break;
		case 'i': l->inflight = (unsigned)n; break;
		case 's': l->steps = n; break;
		case 'h': l->handsets = (unsigned)n; break;
		case 'n': l->residents = (unsigned)n; break;
		case 'm': l->script = sms; break;
		case 'w': l->wait = optarg; break;
		default: return -1;
		}
	}
	l->socket = argv[optind];
	return l->socket && l->steps > 0 && l->handsets > 0 && l->handsets <= HANDSETS_MAX &&
	       l->residents > 0 && l->residents <= 1000000 && (l->rate == 0) != (l->inflight == 0) ?
	       0 : -1;
}

int main(int argc, char **argv)
{
	static struct load l;
	const char *seed = getenv("SEED");
	struct ld_random_seeded random;
	int64_t start;
	int rc;

	if (parse(&l, argc, argv) < 0)
		return fail("Usage: load --rate N | --inflight N [--steps N] [--handsets N] "
			    "[--residents N] SOCKET");
	ld_random_seeded_init(&random, seed ? strtoull(seed, NULL, 0) : 1);
	l.took_us = calloc(l.steps, sizeof(*l.took_us));
	if (!l.took_us)
		return fail("out of memory");
	if (attach_all(&l, ld_random_below(&random.random, l.residents)) < 0)
		return fail("the handsets could not be attached");
	if (l.wait && wait_for_go(l.wait) < 0)
		return fail("nobody is at the fifo");
	start = now_us();
	rc = run(&l);
	if (rc < 0)
		return fail(rc == LD_E_PEER ? "the daemon hung up" : "the daemon does not answer");
	report(&l, now_us() - start);
	free(l.took_us);
	return 0;
}
