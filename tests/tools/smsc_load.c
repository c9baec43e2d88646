/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message centre that loads whoever binds to it with texts from residents, and measures how long
 * their answers take: for bench and bench-peers. Speaks just enough SMPP 3.4, fast.
 *
 *   smsc_load PORT --steps N [--rate PER-SECOND | --inflight N] [--people N] [--first N]
 *             [--pair] [--wait FIFO]
 *
 * --first: the number of the first person. What a bind brings again after it broke is taken for the
 * same, so that each run needs people of its own. Listens on 127.0.0.1:PORT; when a transceiver (--pair: transmitter and receiver) has bound, writes
 * "bound" to FIFO, waits for a line there, and begins. Every person writes HOC, then 1 (agrees),
 * then 2, TIEP, 2, TIEP...; the next only when the answer to the last one is here whole. A step is
 * over with the submit_sm of its answer (the last part of it). With a rate, time counts from when a
 * step was due. Prints "steps=N lost=N parts=N seconds=S p50_us=T p99_us=T max_us=T refused=N
 * others=N": texts it refused, and messages for people who wait for none. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "laido/base/err.h"

enum {
	PEOPLE_MAX = 100000, LINKS = 2, BUF = 1 << 20, PDU_LONGEST = 4096, GIVE_UP_MS = 10000,
	TRANSMITTER = 2, RECEIVER = 1, TRANSCEIVER = 9, SUBMIT = 4, DELIVER = 5, UNBIND = 6,
	ENQUIRE = 0x15, RESP = (int)0x80000000u, UDHI = 0x40,
};

struct person {
	unsigned step;                  /* inputs so far */
	unsigned parts;                 /* of the answer that are still to come; 0: not begun */
	int64_t due_us;                 /* of the input; 0: not waiting */
};

struct link {
	int fd;
	uint32_t role;                  /* 0: not bound */
	size_t n_in, n_out;
	uint8_t in[BUF], out[BUF];
};

static struct {
	unsigned steps, rate, inflight, n_people, first;
	bool pair;
	const char *fifo;
	uint16_t port;
	struct link link[LINKS];
	struct person person[PEOPLE_MAX];
	unsigned next_person, begun, done, lost, waiting, refused, others, parts;
	int64_t start_us;
	uint32_t seq, id;
	uint32_t *took_us;
} t = { .steps = 1000, .n_people = 1000 };

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

__attribute__((noreturn)) static void die(const char *why)
{
	fprintf(stderr, "smsc_load: %s\n", why);
	exit(1);
}

/* ---- octets ---- */

static uint32_t be(const uint8_t *o)
{
	return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

static void put_be(uint8_t *o, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		o[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void put(struct link *l, uint32_t id, uint32_t seq, const void *body, size_t len)
{
	uint8_t *o = l->out + l->n_out;

	if (l->n_out + 16 + len > sizeof(l->out))
		die("it reads no more");
	put_be(o, (uint32_t)(16 + len));
	put_be(o + 4, id);
	put_be(o + 8, 0);
	put_be(o + 12, seq);
	memcpy(o + 16, body, len);
	l->n_out += 16 + len;
}

static void flush(struct link *l)
{
	ssize_t n = l->n_out ? send(l->fd, l->out, l->n_out, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;

	if (n > 0) {
		l->n_out -= (size_t)n;
		memmove(l->out, l->out + n, l->n_out);
	}
}

/* ---- people ---- */

static struct link *bound_as(uint32_t role)
{
	for (int i = 0; i < LINKS; i++)
		if (t.link[i].role == role || t.link[i].role == TRANSCEIVER)
			return &t.link[i];
	return NULL;
}

static const char *words(const struct person *p)
{
	static const char *const first[] = { "HOC", "1", "2" }, *const on[] = { "TIEP", "2" };

	return p->step < 3 ? first[p->step] : on[(p->step - 3) % 2];
}

static void deliver(unsigned i, int64_t due_us)
{
	struct person *p = &t.person[i];
	const char *text = words(p);
	uint8_t body[128] = { 0, 1, 1 };
	size_t n = 3, len = strlen(text);

	n += (size_t)snprintf((char *)body + n, 32, "849%08u", t.first + i) + 1;
	memcpy(body + n, "\1\1" "8888\0" "\0\0\0" "\0\0" "\0\0\0\0", 16);
	n += 16;
	body[n++] = (uint8_t)len;
	memcpy(body + n, text, len);
	put(bound_as(RECEIVER), DELIVER, ++t.seq, body, n + len);
	p->step++;
	p->parts = 0;
	p->due_us = due_us;
	t.begun++;
	t.waiting++;
}

/* Somebody who is not waiting; false when all are. */
static bool next_writes(int64_t due_us)
{
	for (unsigned tries = 0; tries < t.n_people; tries++) {
		unsigned i = t.next_person++ % t.n_people;

		if (t.person[i].due_us)
			continue;
		deliver(i, due_us);
		return true;
	}
	return false;
}

/* ---- what it sends ---- */

static const uint8_t *skip_text(const uint8_t *o, const uint8_t *end)
{
	const uint8_t *nul = memchr(o, 0, (size_t)(end - o));

	if (!nul)
		die("a PDU without its end");
	return nul + 1;
}

/* How many parts the message has, from its UDH or sar_total_segments. */
static unsigned parts_of(uint8_t esm, const uint8_t *text, size_t len, const uint8_t *end)
{
	if (esm & UDHI && len >= 6 && text[1] == 0)
		return text[4];
	for (const uint8_t *o = text + len; o + 4 <= end; o += 4 + (o[2] << 8 | o[3]))
		if (o[0] == 0x02 && o[1] == 0x0e)
			return o[4];
	return 1;
}

static void submitted(const uint8_t *o, const uint8_t *end)
{
	unsigned i, parts;
	uint8_t esm;
	struct person *p;

	o = skip_text(skip_text(o, end) + 2, end) + 2;  /* service_type, source */
	i = (unsigned)strtoul((const char *)o + (*o == '+' ? 4 : 3), NULL, 10) - t.first;
	o = skip_text(o, end);
	esm = *o;
	o = skip_text(skip_text(o + 3, end), end) + 4;  /* times, flags */
	if (o >= end)
		die("a PDU without its text");
	t.parts++;
	if (i >= t.n_people || !t.person[i].due_us) {
		t.others++;
		return;
	}
	parts = parts_of(esm, o + 1, *o, end);
	p = &t.person[i];
	p->parts = (p->parts ? p->parts : parts) - 1;
	if (p->parts)
		return;
	t.took_us[t.done++] = (uint32_t)(now_us() - p->due_us);
	p->due_us = 0;
	t.waiting--;
}

static void on_pdu(struct link *l, const uint8_t *o, size_t len)
{
	uint32_t id = be(o + 4), seq = be(o + 12);
	char name[24];

	switch (id) {
	case TRANSMITTER: case RECEIVER: case TRANSCEIVER:
		l->role = id;
		put(l, id | (uint32_t)RESP, seq, "load", 5);
		break;
	case SUBMIT:
		submitted(o + 16, o + len);
		put(l, id | (uint32_t)RESP, seq, name,
		    (size_t)snprintf(name, sizeof(name), "%x", ++t.id) + 1);
		break;
	case ENQUIRE: case UNBIND:
		put(l, id | (uint32_t)RESP, seq, "", 0);
		break;
	default:
		if (!(id & (uint32_t)RESP))
			die("an unknown PDU");
		t.refused += be(o + 8) != 0;
	}
}

static void readable(struct link *l)
{
	ssize_t n = recv(l->fd, l->in + l->n_in, sizeof(l->in) - l->n_in, MSG_DONTWAIT);
	size_t at = 0, len;

	if (n == 0 || (n < 0 && errno != EAGAIN))
		die("it has hung up");
	l->n_in += n > 0 ? (size_t)n : 0;
	while (l->n_in - at >= 16 && (len = be(l->in + at)) <= l->n_in - at) {
		if (len < 16 || len > PDU_LONGEST)
			die("a PDU of a strange length");
		on_pdu(l, l->in + at, len);
		at += len;
	}
	l->n_in -= at;
	memmove(l->in, l->in + at, l->n_in);
}

static void turn(int listener, int timeout_ms)
{
	struct pollfd fds[LINKS + 1] = { { .fd = listener, .events = POLLIN } };

	for (int i = 0; i < LINKS; i++) {
		flush(&t.link[i]);
		fds[1 + i] = (struct pollfd){ .fd = t.link[i].fd,
			.events = (short)(POLLIN | (t.link[i].n_out ? POLLOUT : 0)) };
	}
	poll(fds, LINKS + 1, timeout_ms);
	for (int i = 0; i < LINKS; i++)
		if (fds[1 + i].fd >= 0 && fds[1 + i].revents)
			readable(&t.link[i]);
	if (fds[0].revents & POLLIN) {
		int one = 1, i = t.link[0].fd < 0 ? 0 : 1;

		if (t.link[i].fd >= 0)
			die("too many connections");
		t.link[i].fd = accept(listener, NULL, NULL);
		setsockopt(t.link[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
}

/* ---- the run ---- */

static int listen_on(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, LINKS) < 0)
		die(strerror(errno));
	return fd;
}

/* The door to the script that measures. */
static void rendezvous(void)
{
	char line[8];
	int fd;

	if (!t.fifo)
		return;
	fd = open(t.fifo, O_WRONLY);
	if (fd < 0 || write(fd, "bound\n", 6) != 6)
		die("the script is gone");
	close(fd);
	fd = open(t.fifo, O_RDONLY);
	if (fd < 0 || read(fd, line, sizeof(line)) <= 0)
		die("the script is gone");
	close(fd);
}

/* Steps that are due by now; returns how long until the next one, ms. */
static int begin_steps(void)
{
	int64_t now = now_us();

	while (t.begun < t.steps) {
		int64_t due = t.rate ? t.start_us + (int64_t)t.begun * 1000000 / t.rate : now;

		if (due > now)
			return (int)((due - now + 999) / 1000);
		if ((t.inflight && t.waiting >= t.inflight) || !next_writes(due))
			return 5;
	}
	return 100;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void report(double seconds)
{
	qsort(t.took_us, t.done, sizeof(t.took_us[0]), by_size);
	if (t.done == 0)
		die("no answer at all");
	printf("steps=%u lost=%u parts=%u seconds=%.2f p50_us=%u p99_us=%u max_us=%u refused=%u "
	       "others=%u\n",
	       t.done, t.begun - t.done, t.parts, seconds, t.took_us[t.done / 2],
	       t.took_us[t.done * 99 / 100], t.took_us[t.done - 1], t.refused,
	       t.others);
}

static bool options(int argc, char **argv)
{
	struct { const char *name; unsigned *value; } row[] = {
		{ "--steps", &t.steps }, { "--rate", &t.rate }, { "--inflight", &t.inflight },
		{ "--people", &t.n_people }, { "--first", &t.first },
	};

	if (argc < 2)
		return false;
	t.port = (uint16_t)strtoul(argv[1], NULL, 10);
	for (int i = 2; i < argc; i++) {
		bool known = false;

		if (strcmp(argv[i], "--pair") == 0) {
			t.pair = known = true;
		} else if (strcmp(argv[i], "--wait") == 0 && i + 1 < argc) {
			t.fifo = argv[++i];
			known = true;
		}
		for (size_t k = 0; k < LD_ARRAY_SIZE(row) && !known; k++)
			if (strcmp(argv[i], row[k].name) == 0 && i + 1 < argc) {
				*row[k].value = (unsigned)strtoul(argv[++i], NULL, 10);
				known = true;
			}
		if (!known)
			return false;
	}
	return t.port && t.steps && t.n_people >= 1 && t.n_people <= PEOPLE_MAX;
}

int main(int argc, char **argv)
{
	int64_t moved_us;
	unsigned moved = 0;
	int listener;

	if (!options(argc, argv))
		die("usage: smsc_load PORT --steps N [--rate N | --inflight N] [--people N] "
		    "[--first N] [--pair] [--wait FIFO]");
	t.took_us = calloc(t.steps + 1, sizeof(t.took_us[0]));
	t.link[0].fd = t.link[1].fd = -1;
	listener = listen_on(t.port);
	while (!bound_as(RECEIVER) || !bound_as(TRANSMITTER))
		turn(listener, 100);
	for (int i = 0; i < 20; i++)
		turn(listener, 10);
	rendezvous();
	t.start_us = moved_us = now_us();
	while (t.done < t.steps && now_us() - moved_us < GIVE_UP_MS * 1000) {
		turn(listener, begin_steps());
		if (t.done > moved) {
			moved = t.done;
			moved_us = now_us();
		}
	}
	report((double)(now_us() - t.start_us) / 1e6);
	for (int i = 0; i < 20; i++)    /* the last responses */
		turn(listener, 5);
	return 0;
}
