/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A board that does nothing but write events and carry them to its ward:
 *
 *   mesh_board identity DIR
 *   mesh_board join DIR INVITE
 *   mesh_board run DIR HOST PORT [EVENTS_A_SECOND [PIN_HEX]]   until SIGTERM
 *   mesh_board count DIR                   events held, streams and a digest of all projections
 *
 * `run` writes one line "written N" a second (durable events of this process) and a line for each
 * change of the link's state. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <osmocom/core/timer.h>
#include <talloc.h>

#include "laido/link/https.h"
#include "laido/mesh/identity.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"

enum { WRITE_EVERY_MS = 50, PEOPLE = 50 };

struct board {
	struct ld_clock_sys clock;
	struct ld_node node;
	struct ld_store *st;
	struct ld_worker *worker;
	struct ld_mesh *mesh;
	struct ld_link *link;
	struct osmo_timer_list timer;
	int per_second;
	double owed;
	uint64_t written;
	unsigned turns;
	char shown[192];
};

static volatile sig_atomic_t over;

static void on_signal(int sig)
{
	(void)sig;
	over = 1;
}

static int die(const char *text)
{
	fprintf(stderr, "mesh_board: %s\n", text);
	return 1;
}

static int open_store(struct board *b, const char *dir, struct ld_errmsg *err)
{
	char path[300];
	struct ld_store_cfg cfg = {.path = path,
				   .clock = &b->clock.clock,
				   .random = ld_random_sys(),
				   .author = &b->node.key};

	snprintf(path, sizeof(path), "%s/laido.db", dir);
	memcpy(cfg.ward_pk, b->node.ward.ward_pk, 32);
	return ld_store_open(&b->st, &cfg, err);
}

/* ---- writing ---- */

struct write_job {
	struct ld_job job;
	struct board *b;
	unsigned n;
	uint64_t first;
};

static int run_write(struct ld_job *job, struct ld_store *st)
{
	struct write_job *w = (struct write_job *)job;
	int rc = 0;

	for (unsigned i = 0; i < w->n && rc == 0; i++) {
		struct ld_fact f = {.kind = LD_EV_ANSWER};
		uint64_t k = w->first + i;

		f.subject.b[0] = 's';
		f.subject.b[1] = (uint8_t)(k % PEOPLE);
		snprintf(f.u.answer.course, LD_COURSE_MAX, "VNEID");
		f.u.answer.lesson = (uint8_t)(1 + k / PEOPLE % 10);
		f.u.answer.option = (uint8_t)(1 + k % 3);
		f.u.answer.right = k % 2;
		rc = ld_store_append(st, &f, NULL);
	}
	return rc;
}

static void done_write(struct ld_job *job, int rc)
{
	struct write_job *w = (struct write_job *)job;

	if (rc == 0)
		w->b->written += w->n;
	else
		fprintf(stderr, "mesh_board: %s\n", ld_strerror(rc));
	if (w->b->link)
		ld_link_poke(w->b->link);
	free(w);
}

static void show(struct board *b)
{
	struct ld_link_status s;
	char line[sizeof(b->shown)];

	ld_link_status(b->link, &s);
	snprintf(line, sizeof(line), "%s", s.error[0] ? s.error : s.contact_ms ? "contact" : "");
	if (strcmp(line, b->shown) != 0) {
		printf("link %s\n", line);
		memcpy(b->shown, line, sizeof(line));
	}
	if (b->turns++ % (1000 / WRITE_EVERY_MS) == 0)
		printf("written %llu waiting %lld\n", (unsigned long long)b->written,
		       (long long)s.progress.waiting);
	fflush(stdout);
}

static void on_timer(void *arg)
{
	struct board *b = arg;
	struct write_job *w;

	b->owed += b->per_second * (double)WRITE_EVERY_MS / 1000;
	if (b->owed >= 1 && (w = calloc(1, sizeof(*w)))) {
		w->job.run = run_write;
		w->job.done = done_write;
		w->b = b;
		w->n = (unsigned)b->owed;
		w->first = b->written;
		b->owed -= w->n;
		if (ld_worker_submit(b->worker, LD_LANE_LIVE, &w->job) < 0)
			free(w);
	}
	show(b);
	osmo_timer_schedule(&b->timer, 0, WRITE_EVERY_MS * 1000);
}

static int on_done(struct osmo_fd *fd, unsigned what)
{
	(void)what;
	ld_worker_collect(fd->data);
	return 0;
}

static int run(struct board *b, char **argv, int n, struct ld_errmsg *err)
{
	struct ld_link_cfg cfg = {.host = argv[0],
				  .key = &b->node.key,
				  .clock = &b->clock.clock,
				  .random = ld_random_sys(),
				  .pace.retry_ms = 200,
				  .pace.retry_max_ms = 1000,
				  .pace.every_ms = 2000};
	struct osmo_fd jobs = {0};
	int rc;

	cfg.port = (uint16_t)strtol(argv[1], NULL, 10);
	b->per_second = n > 2 ? (int)strtol(argv[2], NULL, 10) : 0;
	memcpy(cfg.peer_pk, b->node.ward.ward_pk, 32);
	if (n > 3 && !ld_unhex(cfg.peer_pk, 32, argv[3]))
		return ld_fail(err, LD_E_RANGE, "PIN_HEX");
	if ((rc = ld_mesh_new(&b->mesh, &b->clock.clock)) < 0 ||
	    (rc = ld_worker_start(&b->worker, b->st, 256)) < 0)
		return rc;
	cfg.worker = b->worker;
	cfg.mesh = b->mesh;
	ld_log_init(talloc_named_const(NULL, 0, "mesh_board"), NULL);
	ld_loop_init(ld_clock_monotonic_ms(&b->clock.clock));
	rc = ld_link_start(&b->link, &cfg, err);
	if (rc < 0)
		return rc;
	osmo_fd_setup(&jobs, ld_worker_fd(b->worker), OSMO_FD_READ, on_done, b->worker, 0);
	osmo_fd_register(&jobs);
	osmo_timer_setup(&b->timer, on_timer, b);
	on_timer(b);
	while (!over)
		ld_loop_turn(ld_clock_monotonic_ms(&b->clock.clock), 100);
	osmo_timer_del(&b->timer);
	ld_link_stop(b->link);
	b->link = NULL;
	ld_worker_stop(b->worker);
	ld_mesh_free(b->mesh);
	osmo_fd_unregister(&jobs);
	return 0;
}

/* ---- counting ---- */

struct count {
	uint64_t events, streams;
	uint8_t hash[32];
};

static int add_stream(void *arg, const struct ld_stream_state *s)
{
	struct count *c = arg;

	c->events += s->seq;
	c->streams++;
	return 0;
}

static void add_line(void *arg, const char *line)
{
	struct count *c = arg;

	/* A ward has none of these. */
	if (strncmp(line, LD_DUMP_OWN, strlen(LD_DUMP_OWN)) == 0)
		return;
	ld_hash(c->hash, 32, NULL, 0, (struct ld_span[]){{c->hash, 32}, {line, strlen(line)}}, 2);
}

static int count(struct board *b)
{
	struct count c = {0};
	char hex[17];
	int rc = ld_store_streams(b->st, add_stream, &c);

	if (rc == 0)
		rc = ld_store_dump(b->st, add_line, &c);
	ld_hex(hex, c.hash, 8);
	printf("events %llu streams %llu projections %s\n", (unsigned long long)c.events,
	       (unsigned long long)c.streams, hex);
	return rc;
}

int main(int argc, char **argv)
{
	static struct board b;
	struct ld_errmsg err = {""};
	const char *verb = argc > 2 ? argv[1] : "";
	char hex[LD_HEX_PK];
	int rc;

	signal(SIGTERM, on_signal);
	if (!*verb || ld_crypto_init() < 0)
		return die("usage: mesh_board identity|join|run|count DIR ...");
	ld_clock_sys_init(&b.clock, true);
	mkdir(argv[2], 0700);
	rc = ld_node_open(&b.node, argv[2], ld_random_sys(), &err);
	if (rc == 0 && strcmp(verb, "identity") == 0) {
		ld_hex(hex, b.node.key.pk, 32);
		puts(hex);
		return 0;
	}
	if (rc == 0 && strcmp(verb, "join") == 0 && argc > 3)
		return ld_node_join_file(&b.node, argv[3], NULL, &err) < 0 ? die(err.text) : 0;
	if (rc == 0 && !b.node.joined)
		return die("join first");
	if (rc == 0)
		rc = open_store(&b, argv[2], &err);
	if (rc == 0 && strcmp(verb, "run") == 0 && argc > 4)
		rc = run(&b, argv + 3, argc - 3, &err);
	else if (rc == 0 && strcmp(verb, "count") == 0)
		rc = count(&b);
	ld_store_close(b.st);
	return rc < 0 ? die(err.text[0] ? err.text : ld_strerror(rc)) : 0;
}
