/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statements on their way to an LRS while the disk refuses what became of the last ones. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <osmocom/core/select.h>

#include "on_engine.h"
#include "laido/link/https/httpd.h"
#include "lrs.h"

enum { WAIT_MS = 20000, MOST = 8 };

struct fixture {
	char base[64], path[100];
	struct ld_keypair key;
	struct ld_clock_sys clock;
	struct ld_store *st;
	struct ld_worker *worker;
	struct osmo_fd ofd;
	struct ld_httpd *httpd;
	struct ld_conf_lrs conf;
	struct lrs *lrs;
	char got[MOST][2048];           /* what the LRS was sent */
	unsigned n;
	bool break_disk;                /* when the first batch has come */
};

/* Nothing can be written to any file; or again. */
static void disk(bool full)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = full ? 1 : r.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void on_head(void *arg, struct ld_http *r)
{
	(void)arg;
	(void)r;
}

static void on_body(void *arg, struct ld_http *r)
{
	struct fixture *f = arg;
	const struct ld_body *body = ld_http_body(r);

	assert_true(f->n < MOST);
	snprintf(f->got[f->n++], sizeof(f->got[0]), "%.*s", (int)body->len,
		 (const char *)body->data);
	if (f->break_disk)
		disk(true);
	f->break_disk = false;
	ld_http_answer(r, 204, "text/plain", "", 0);
}

static int collect(struct osmo_fd *ofd, unsigned what)
{
	(void)what;
	ld_worker_collect(ofd->data);
	return 0;
}

static void append(struct fixture *f, struct ld_fact x)
{
	x.subject = (struct ld_id){ "S1" };
	assert_int_equal(ld_store_begin(f->st), 0);
	assert_int_equal(ld_store_append(f->st, &x, NULL), 0);
	assert_int_equal(ld_store_commit(f->st), 0);
}

static void open_store(struct fixture *f)
{
	struct ld_store_cfg cfg = { .path = f->path, .clock = &f->clock.clock,
				    .random = ld_random_sys(), .author = &f->key };
	struct ld_errmsg err;

	snprintf(f->base, sizeof(f->base), "/tmp/laido-lrs.XXXXXX");
	assert_non_null(mkdtemp(f->base));
	snprintf(f->path, sizeof(f->path), "%s/laido.db", f->base);
	ld_keypair_from_seed(&f->key, (const uint8_t[32]){ 3 });
	ld_clock_sys_init(&f->clock, true);
	memcpy(cfg.ward_pk, f->key.pk, 32);
	if (engine_open(&f->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	append(f, (struct ld_fact){ .kind = LD_EV_CONSENT, .u.consent = { .slot = 1 } });
	append(f, (struct ld_fact){ .kind = LD_EV_ENROL, .u.enrol.course = "VNEID" });
	append(f, (struct ld_fact){ .kind = LD_EV_ANSWER,
				    .u.answer = { .course = "VNEID", .lesson = 1, .option = 2 } });
}

static int setup(void **state)
{
	static const struct ld_httpd_ops ops = { .head = on_head, .body = on_body };
	struct fixture *f = calloc(1, sizeof(*f));
	struct ld_httpd_cfg web = { .host = "127.0.0.1", .body_max = 4096, .connections_max = 4,
				    .idle_s = 30, .ops = &ops, .arg = f };
	struct lrs_cfg cfg = { .conf = &f->conf, .clock = &f->clock.clock,
			       .random = ld_random_sys(), .seed = f->key.seed };
	struct ld_errmsg err;

	signal(SIGXFSZ, SIG_IGN);
	open_store(f);
	assert_int_equal(ld_worker_start(&f->worker, f->st, 64), 0);
	osmo_fd_setup(&f->ofd, ld_worker_fd(f->worker), OSMO_FD_READ, collect, f->worker, 0);
	assert_int_equal(osmo_fd_register(&f->ofd), 0);
	assert_int_equal(ld_httpd_start(&f->httpd, &web, &err), 0);
	f->conf.batch = 1;
	snprintf(f->conf.url, sizeof(f->conf.url), "http://127.0.0.1:%u/", ld_httpd_port(f->httpd));
	snprintf(f->conf.home_page, sizeof(f->conf.home_page), "https://ward.example");
	cfg.worker = f->worker;
	assert_int_equal(lrs_start(&f->lrs, &cfg, &err), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[100];

	lrs_stop(f->lrs);
	ld_httpd_stop(f->httpd);
	osmo_fd_unregister(&f->ofd);
	ld_worker_stop(f->worker);
	ld_store_close(f->st);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->base);
	assert_int_equal(system(cmd), 0);
	free(f);
	return 0;
}

static struct lrs_status until(struct fixture *f, bool (*done)(const struct lrs_status *))
{
	int64_t end = ld_clock_monotonic_ms(&f->clock.clock) + WAIT_MS;
	struct lrs_status s;

	do {
		osmo_select_main(0);
		lrs_status(f->lrs, &s);
	} while (!done(&s) && ld_clock_monotonic_ms(&f->clock.clock) < end);
	assert_true(done(&s));
	return s;
}

static bool failed(const struct lrs_status *s)
{
	return s->failures > 0;
}

static bool all_told(const struct lrs_status *s)
{
	return s->waiting == 0;
}

static bool was_told(const struct fixture *f, const char *verb)
{
	for (unsigned i = 0; i < f->n; i++)
		if (strstr(f->got[i], verb))
			return true;
	return false;
}

/* The next batch was taken in the turn that could not be stored: it is not what the LRS has. */
static void what_was_not_sent_is_not_settled(void **state)
{
	struct fixture *f = *state;

	/* A server's disk is not this process's to fill. */
	if (on_server())
		return;
	f->break_disk = true;
	until(f, failed);
	disk(false);
	until(f, all_told);
	assert_true(was_told(f, "verbs/registered"));
	assert_true(was_told(f, "verbs/initialized"));
	assert_true(was_told(f, "verbs/answered"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_not_sent_is_not_settled, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
