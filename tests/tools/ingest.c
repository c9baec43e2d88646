/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ingest: how fast a store takes in what the mesh brings, for `make bench`.
 *
 *   ingest DIR EVENTS FILE | ingest DIR EVENTS "host=..."
 *
 * Takes the first EVENTS events of the filled state folder DIR into an empty database of SQLite or,
 * where the name has a '=', of PostgreSQL: run by run, some runs a transaction, as they come from a
 * peer. Reading them is not counted. Prints one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "laido/mesh/identity.h"
#include "laido/store/store.h"

enum { STREAMS_MAX = 64, BATCH = 2 /* runs: what one step of the mesh takes in */ };

struct ingest {
	struct ld_clock_sys clock;
	struct ld_node node;
	struct ld_store *from, *to;
	unsigned n_streams;
	struct ld_stream_state stream[STREAMS_MAX];
	unsigned n;                     /* runs that wait */
	struct ld_run run[BATCH];
	struct ld_head head[BATCH];
	uint64_t events, most;
	int64_t wall_us, cpu_us;
};

static int64_t us(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static int64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return us(u.ru_utime) + us(u.ru_stime);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int take_batch(struct ingest *g)
{
	int64_t wall = now_us(), cpu = cpu_us();
	int rc = ld_store_begin(g->to);

	for (unsigned i = 0; i < g->n && rc >= 0; i++) {
		rc = ld_store_apply(g->to, &g->run[i], &g->head[i]);
		g->events += rc > 0 ? (uint64_t)rc : 0;
	}
	if (rc >= 0)
		rc = ld_store_commit(g->to);
	g->wall_us += now_us() - wall;
	g->cpu_us += cpu_us() - cpu;
	while (g->n > 0)
		ld_run_release(&g->run[--g->n]);
	return rc < 0 ? rc : ld_store_checkpoint(g->to, 1000);
}

static int take_stream(struct ingest *g, const struct ld_stream_state *s)
{
	uint64_t first = 1;
	int rc = 0;

	while (first <= s->head_seq && g->events < g->most && rc == 0) {
		rc = ld_store_run(g->from, &s->stream, first, &g->run[g->n], &g->head[g->n]);
		if (rc < 0)
			return rc;
		first += g->run[g->n++].n;
		if (g->n == BATCH)
			rc = take_batch(g);
	}
	return rc == 0 && g->n > 0 ? take_batch(g) : rc;
}

static int note_stream(void *arg, const struct ld_stream_state *s)
{
	struct ingest *g = arg;

	if (g->n_streams == STREAMS_MAX)
		return LD_E_TOOBIG;
	g->stream[g->n_streams++] = *s;
	return 0;
}

static int open_both(struct ingest *g, const char *dir, const char *to, struct ld_errmsg *err)
{
	char path[512];
	struct ld_store_cfg cfg = { .path = path, .clock = &g->clock.clock,
				    .random = ld_random_sys(), .author = &g->node.key,
				    .no_history = true };    /* as laido-ward has it */
	int rc = ld_node_open(&g->node, dir, ld_random_sys(), err);

	memcpy(cfg.ward_pk, g->node.ward.ward_pk, sizeof(cfg.ward_pk));
	snprintf(path, sizeof(path), "%s/laido.db", dir);
	if (rc == 0)
		rc = ld_store_open(&g->from, &cfg, err);
	cfg.path = to;
	if (strchr(to, '='))
		cfg.engine = &ld_store_postgres;
	return rc < 0 ? rc : ld_store_open(&g->to, &cfg, err);
}

int main(int argc, char **argv)
{
	static struct ingest g;
	struct ld_errmsg err = { "" };
	int rc;

	if (argc != 4) {
		fprintf(stderr, "Usage: ingest DIR EVENTS FILE|CONNECTION\n");
		return 2;
	}
	g.most = strtoull(argv[2], NULL, 10);
	ld_crypto_init();
	ld_clock_sys_init(&g.clock, true);
	rc = open_both(&g, argv[1], argv[3], &err);
	if (rc == 0)
		rc = ld_store_streams(g.from, note_stream, &g);
	for (unsigned i = 0; i < g.n_streams && rc == 0; i++)
		rc = take_stream(&g, &g.stream[i]);
	if (rc < 0)
		fprintf(stderr, "ingest: %s %s\n", err.text[0] ? err.text : ld_strerror(rc),
			g.to ? ld_store_error(g.to) : "");
	else
		printf("events=%llu per_second=%lld cpu_us=%lld\n", (unsigned long long)g.events,
		       (long long)((int64_t)g.events * 1000000 / (g.wall_us ? g.wall_us : 1)),
		       (long long)(g.cpu_us / (int64_t)(g.events ? g.events : 1)));
	ld_store_close(g.from);
	ld_store_close(g.to);
	return rc < 0;
}
