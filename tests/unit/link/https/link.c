/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The asking side against servers that misbehave, over real TLS on loopback. Each failure is named
 * in words and followed by a back-off; afterwards an honest server is reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <talloc.h>

#include "laido/link/https/httpd.h"
#include "laido/link/https.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"

enum { WAIT_MS = 10000 };

struct side {
	struct ld_keypair key;
	char path[100];
	struct ld_store *st;
	struct ld_worker *worker;
	struct ld_mesh *mesh;
	struct osmo_fd jobs;
};

static struct ld_clock_sys sys_clock;
static char base[64];
static struct side ward, board;
static const struct ld_clock *clk = &sys_clock.clock;

static int on_done(struct osmo_fd *fd, unsigned what)
{
	(void)what;
	ld_worker_collect(fd->data);
	return 0;
}

static void side_open(struct side *s, const char *name)
{
	struct ld_store_cfg cfg = {
		.path = s->path, .clock = clk, .random = ld_random_sys(), .author = &s->key};
	struct ld_errmsg err;

	snprintf(s->path, sizeof(s->path), "%s/%s.db", base, name);
	memcpy(cfg.ward_pk, ward.key.pk, 32);
	if (ld_store_open(&s->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_mesh_new(&s->mesh, clk), 0);
	assert_int_equal(ld_worker_start(&s->worker, s->st, 64), 0);
	memset(&s->jobs, 0, sizeof(s->jobs));
	osmo_fd_setup(&s->jobs, ld_worker_fd(s->worker), OSMO_FD_READ, on_done, s->worker, 0);
	osmo_fd_register(&s->jobs);
}

static void side_close(struct side *s)
{
	osmo_fd_unregister(&s->jobs);
	ld_worker_stop(s->worker);
	ld_mesh_free(s->mesh);
	ld_store_close(s->st);
}

struct fact_job {
	struct ld_job job;
	struct ld_fact fact;
	bool done;
};

static int run_fact(struct ld_job *job, struct ld_store *st)
{
	return ld_store_append(st, &((struct fact_job *)job)->fact, NULL);
}

static void done_fact(struct ld_job *job, int rc)
{
	assert_int_equal(rc, 0);
	((struct fact_job *)job)->done = true;
}

static void turn(void)
{
	ld_loop_turn(ld_clock_monotonic_ms(clk), 20);
}

static void append(struct side *s, const struct ld_fact *f)
{
	struct fact_job j = {.job = {.run = run_fact, .done = done_fact}, .fact = *f};

	assert_int_equal(ld_worker_submit(s->worker, LD_LANE_LIVE, &j.job), 0);
	while (!j.done)
		turn();
}

static int setup(void **state)
{
	struct ld_fact f = {.kind = LD_EV_MEMBER};

	(void)state;
	snprintf(base, sizeof(base), "/tmp/laido-link.XXXXXX");
	assert_non_null(mkdtemp(base));
	ld_keypair_from_seed(&ward.key, (const uint8_t[32]){1});
	ld_keypair_from_seed(&board.key, (const uint8_t[32]){2});
	side_open(&ward, "ward");
	side_open(&board, "board");
	ld_board_id_of(&f.u.member.board, board.key.pk);
	memcpy(f.u.member.pk, board.key.pk, 32);
	snprintf(f.u.member.name, sizeof(f.u.member.name), "board");
	append(&ward, &f);
	return 0;
}

static int teardown(void **state)
{
	char cmd[100];

	(void)state;
	side_close(&ward);
	side_close(&board);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", base);
	return system(cmd);
}

static struct ld_link *link_to(uint16_t port)
{
	struct ld_link_cfg cfg = {
		.host = "127.0.0.1",
		.port = port,
		.key = &board.key,
		.worker = board.worker,
		.mesh = board.mesh,
		.clock = clk,
		.random = ld_random_sys(),
		.pace.every_ms = 200,
		.pace.gather_ms = 5,
		.pace.retry_ms = 20,
		.pace.retry_max_ms = 80,
	};
	struct ld_link *l;

	memcpy(cfg.peer_pk, ward.key.pk, 32);
	assert_int_equal(ld_link_start(&l, &cfg, NULL), 0);
	return l;
}

/* Until the link says these words and has tried again a few times. */
static void expect_failure(uint16_t port, const char *words)
{
	int64_t end = ld_clock_monotonic_ms(clk) + WAIT_MS;
	struct ld_link *l = link_to(port);
	struct ld_link_status s = {0};

	while (s.failures < 3 && ld_clock_monotonic_ms(clk) < end) {
		turn();
		ld_link_status(l, &s);
	}
	ld_link_stop(l);
	assert_int_equal(s.exchanges, 0);
	if (s.failures < 3 || !strstr(s.error, words))
		fail_msg("\"%s\" is not in \"%s\" (%u failures)", words, s.error,
			 (unsigned)s.failures);
}

/* ---- a server that says what it is told to say ---- */

struct liar {
	unsigned status;
	const char *type;
	const uint8_t *data;
	size_t len;
	unsigned pieces;        /* 0: whole; else so many times, and the line is cut */
};

static void lie(void *arg, struct ld_http *r)
{
	const struct liar *l = arg;

	if (!l->pieces)
		return ld_http_answer(r, l->status, l->type, l->data, l->len);
	for (unsigned i = 0; i < l->pieces; i++)
		ld_http_more(r, l->type, l->data, l->len);
	ld_http_end(r, false);
}

static void read_on(void *arg, struct ld_http *r)
{
	(void)arg;
	(void)r;
}

static void expect_of_liar(struct liar l, const char *words)
{
	static const struct ld_httpd_ops ops = { .head = read_on, .body = lie };
	struct ld_httpd_cfg cfg = {.host = "127.0.0.1",
				   .tls = &ward.key,
				   .body_max = 100000,
				   .connections_max = 8,
				   .idle_s = 10,
				   .ops = &ops,
				   .arg = &l};
	struct ld_httpd *h;

	assert_int_equal(ld_httpd_start(&h, &cfg, NULL), 0);
	expect_failure(ld_httpd_port(h), words);
	ld_httpd_stop(h);
}

static void lies_are_named(void **state)
{
	static uint8_t big[LD_MESH_MESSAGE_MAX + 1];
	static const uint8_t html[] = "<html>Please sign in to the cafe's network</html>";
	static const char mesh[] = "application/octet-stream";

	(void)state;
	expect_of_liar((struct liar){200, "text/html", html, sizeof(html) - 1, 0}, "portal");
	expect_of_liar((struct liar){413, "text/plain", html, 5, 0}, "HTTP 413");
	expect_of_liar((struct liar){403, "text/plain", (const uint8_t *)"not a\x1b[31m member",
				     17, 0},
		       "HTTP 403: not a?[31m member");
	expect_of_liar((struct liar){302, "text/plain", html, 0, 0}, "HTTP 302");
	expect_of_liar((struct liar){200, mesh, html, 0, 0}, "an empty answer");
	expect_of_liar((struct liar){200, mesh, html, sizeof(html) - 1, 0}, "its answer");
	expect_of_liar((struct liar){200, mesh, big, sizeof(big), 0}, "longer than allowed");
	expect_of_liar((struct liar){200, mesh, big, 4000, 0}, "its answer");
	expect_of_liar((struct liar){200, mesh, big, 4000, 1}, "broke off");
	expect_of_liar((struct liar){200, mesh, big, 40000, 10}, "longer than allowed");
}

/* ---- below HTTP ---- */

static void other_keys_and_no_server(void **state)
{
	static const struct ld_httpd_ops ops = { .head = lie, .body = lie };
	struct liar l = {200, "application/octet-stream", NULL, 0, 0};
	struct ld_httpd_cfg cfg = {.host = "127.0.0.1",
				   .tls = &board.key,
				   .body_max = 1000,
				   .connections_max = 8,
				   .idle_s = 10,
				   .ops = &ops,
				   .arg = &l};
	struct ld_httpd *h;
	uint16_t port;

	(void)state;
	assert_int_equal(ld_httpd_start(&h, &cfg, NULL), 0);
	port = ld_httpd_port(h);
	expect_failure(port, "another key");
	ld_httpd_stop(h);
	expect_failure(port, "no connection");
	cfg.tls = NULL;
	assert_int_equal(ld_httpd_start(&h, &cfg, NULL), 0);
	expect_failure(ld_httpd_port(h), "no TLS");
	ld_httpd_stop(h);
}

/* ---- the real server ---- */

static struct ld_link_server *real_server(void)
{
	struct ld_link_server_cfg cfg = {
		.host = "127.0.0.1", .key = &ward.key, .worker = ward.worker, .mesh = ward.mesh};
	struct ld_link_server *s;

	assert_int_equal(ld_link_server_start(&s, &cfg, NULL), 0);
	return s;
}

static void what_is_written_arrives(void **state)
{
	struct ld_fact f = {.kind = LD_EV_INVITED};
	struct ld_link_server *s = real_server();
	struct ld_link *l = link_to(ld_link_server_port(s));
	int64_t end = ld_clock_monotonic_ms(clk) + WAIT_MS;
	struct ld_link_status status = {0};
	struct ld_link_server_stats stats;
	uint64_t before = ld_worker_version(ward.worker);

	(void)state;
	for (unsigned i = 0; i < 700; i++) {
		f.subject.b[0] = (uint8_t)i;
		f.subject.b[15] = 1;
		append(&board, &f);
		ld_link_poke(l);
	}
	while (ld_clock_monotonic_ms(clk) < end && ld_worker_version(ward.worker) < before + 701)
		turn();
	ld_link_status(l, &status);
	assert_string_equal(status.error, "");
	assert_true(status.contact_ms > 0);
	assert_int_equal(ld_worker_version(ward.worker), before + 701);
	ld_link_server_stats(s, &stats);
	assert_int_equal(stats.strangers, 0);
	assert_int_equal(stats.bad, 0);
	assert_true(stats.answered > 0);
	/* In the middle of an exchange: both ends still close cleanly. */
	append(&board, &f);
	ld_link_poke(l);
	for (unsigned i = 0; i < 3; i++)
		turn();
	ld_link_server_stop(s);
	ld_link_stop(l);
}

/* ---- a line that breaks after so many octets, whatever they are ---- */

enum { LINE_OCTETS = 60000 };

struct line {
	struct osmo_fd fd[2];
	size_t left;
};

static struct {
	struct osmo_fd door;
	uint16_t port, to;
	struct line line[8];
	unsigned broken;
} proxy;

static void hang_up(struct line *x)
{
	for (unsigned i = 0; i < 2; i++) {
		osmo_fd_unregister(&x->fd[i]);
		close(x->fd[i].fd);
	}
	x->left = 0;
}

/* So little that no buffer is ever full. */
static int carry(struct osmo_fd *ofd, unsigned what)
{
	struct line *x = ofd->data;
	uint8_t data[4096];
	ssize_t n = recv(ofd->fd, data, x->left < sizeof(data) ? x->left : sizeof(data), 0);

	(void)what;
	if (n > 0 && send(x->fd[ofd == &x->fd[0]].fd, data, (size_t)n, MSG_NOSIGNAL) == n)
		x->left -= (size_t)n;
	else
		x->left = 0;
	if (x->left == 0) {
		proxy.broken += n > 0;
		hang_up(x);
	}
	return 0;
}

static int come_in(struct osmo_fd *ofd, unsigned what)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(proxy.to),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct line *x = proxy.line;
	int fd[2];

	(void)what;
	while (x->left)
		assert_true(++x < proxy.line + LD_ARRAY_SIZE(proxy.line));
	fd[0] = accept(ofd->fd, NULL, NULL);
	fd[1] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd[1], (struct sockaddr *)&to, sizeof(to)), 0);
	x->left = LINE_OCTETS;
	for (unsigned i = 0; i < 2; i++) {
		osmo_fd_setup(&x->fd[i], fd[i], OSMO_FD_READ, carry, x, 0);
		osmo_fd_register(&x->fd[i]);
	}
	return 0;
}

static void proxy_start(uint16_t to)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&proxy, 0, sizeof(proxy));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	proxy.port = ntohs(at.sin_port);
	proxy.to = to;
	osmo_fd_setup(&proxy.door, fd, OSMO_FD_READ, come_in, NULL, 0);
	osmo_fd_register(&proxy.door);
}

static void proxy_stop(void)
{
	for (unsigned i = 0; i < LD_ARRAY_SIZE(proxy.line); i++)
		if (proxy.line[i].left)
			hang_up(&proxy.line[i]);
	osmo_fd_unregister(&proxy.door);
	close(proxy.door.fd);
}

/* Nothing of it packs well. */
static int run_many(struct ld_job *job, struct ld_store *st)
{
	struct fact_job *j = (struct fact_job *)job;
	int rc = 0;

	for (unsigned i = 0; i < 500 && rc == 0; i++) {
		ld_random_fill(ld_random_sys(), &j->fact.subject, sizeof(j->fact.subject));
		rc = ld_store_append(st, &j->fact, NULL);
	}
	return rc;
}

static void append_many(struct side *s)
{
	for (unsigned i = 0; i < 20; i++) {
		struct fact_job j = {.job = {.run = run_many, .done = done_fact},
				     .fact.kind = LD_EV_INVITED};

		assert_int_equal(ld_worker_submit(s->worker, LD_LANE_LIVE, &j.job), 0);
		while (!j.done)
			turn();
	}
}

static void until_even(struct ld_link *l)
{
	int64_t end = ld_clock_monotonic_ms(clk) + 6 * WAIT_MS;
	struct ld_link_status s = {0};

	do {
		turn();
		ld_link_status(l, &s);
	} while (!(s.progress.even && s.state == LD_PACE_RESTING) &&
		 ld_clock_monotonic_ms(clk) < end);
	assert_true(s.progress.even);
}

/* 400 kB each way, over contacts that carry 60 kB: what came before the line broke stands. */
static void a_contact_may_be_shorter_than_a_message(void **state)
{
	struct ld_link_server *s = real_server();
	struct ld_mesh_stats there, here;
	struct ld_link *l;

	(void)state;
	proxy_start(ld_link_server_port(s));
	append_many(&board);
	l = link_to(proxy.port);
	until_even(l);
	assert_true(proxy.broken >= 6);
	proxy.broken = 0;
	ld_link_stop(l);
	append_many(&ward);
	l = link_to(proxy.port);
	until_even(l);
	assert_true(proxy.broken >= 6);
	ld_link_stop(l);
	ld_mesh_stats(ward.mesh, &there);
	ld_mesh_stats(board.mesh, &here);
	assert_true(there.events_in >= 10000 && here.events_in >= 10000);
	proxy_stop();
	ld_link_server_stop(s);
}

/* Holds the giver's work thread in the middle of a long message, until the taker has some of it. */
struct gate {
	struct ld_job job;
	struct side *giver;
	struct ld_mesh_stats before;
	unsigned looks;                 /* since a part of it was made */
	bool too_late, came, done;
	atomic_bool through;
};

static int run_gate(struct ld_job *job, struct ld_store *st)
{
	struct gate *g = (struct gate *)job;
	struct ld_mesh_stats now;

	(void)st;
	ld_mesh_stats(g->giver->mesh, &now);
	g->looks += now.runs_out >= g->before.runs_out + 4;
	g->too_late = now.events_out >= g->before.events_out + 10000;
	job->again = g->looks < 2 && !g->too_late;      /* its own batch must be told first */
	for (unsigned i = 0; !job->again && !g->too_late && i < WAIT_MS / 10; i++) {
		g->came = atomic_load(&g->through);
		if (g->came)
			break;
		poll(NULL, 0, 10);
	}
	return 0;
}

static void done_gate(struct ld_job *job, int rc)
{
	assert_int_equal(rc, 0);
	((struct gate *)job)->done = true;
}

static void goes_while_it_is_made(struct side *giver, struct side *taker)
{
	struct ld_link_server *s = real_server();
	struct gate g = {.job = {.run = run_gate, .done = done_gate}, .giver = giver};
	struct ld_mesh_stats stats;
	struct ld_link *l;
	uint64_t had;

	append_many(giver);
	had = ld_worker_version(taker->worker);
	ld_mesh_stats(giver->mesh, &g.before);
	assert_int_equal(ld_worker_submit(giver->worker, LD_LANE_LONG, &g.job), 0);
	l = link_to(ld_link_server_port(s));
	while (!g.done) {
		turn();
		atomic_store(&g.through, ld_worker_version(taker->worker) > had + 1);
	}
	assert_false(g.too_late);
	assert_true(g.came);
	until_even(l);
	ld_link_stop(l);
	ld_link_server_stop(s);
	ld_mesh_stats(taker->mesh, &stats);
	assert_true(stats.events_in >= 10000);
}

static void a_long_answer_goes_out_while_it_is_made(void **state)
{
	(void)state;
	goes_while_it_is_made(&ward, &board);
}

static void so_does_a_long_question(void **state)
{
	(void)state;
	goes_while_it_is_made(&board, &ward);
}

static void strangers_get_no_further(void **state)
{
	struct ld_link_server *s = real_server();
	struct ld_link_server_stats stats;
	struct ld_keypair member = board.key;

	(void)state;
	ld_keypair_from_seed(&board.key, (const uint8_t[32]){77});
	expect_failure(ld_link_server_port(s), "HTTP 403: not a member");
	board.key = member;
	ld_link_server_stats(s, &stats);
	assert_true(stats.strangers >= 3);
	assert_int_equal(stats.answered, 0);
	ld_link_server_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lies_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(other_keys_and_no_server, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_written_arrives, setup, teardown),
		cmocka_unit_test_setup_teardown(a_contact_may_be_shorter_than_a_message, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_long_answer_goes_out_while_it_is_made, setup,
						teardown),
		cmocka_unit_test_setup_teardown(so_does_a_long_question, setup, teardown),
		cmocka_unit_test_setup_teardown(strangers_get_no_further, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	ld_clock_sys_init(&sys_clock, true);
	ld_log_init(talloc_named_const(NULL, 0, "link"), NULL);
	ld_log_level(NULL, "fatal");
	ld_loop_init(ld_clock_monotonic_ms(clk));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
