/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A board with real store, content and engine, and one or two SIMs that only note. */
#ifndef BENCH_H
#define BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/session/session.h"
#include "simple.h"

enum { MESSAGES = 64 };

struct bench {
	char dir[64], path[80];
	struct ld_clock_manual clock;
	struct ld_keypair key;
	struct ld_ward_keys keys;
	struct ld_store *st;
	struct ld_worker *worker;
	struct ld_gateway *gw;
	struct ld_channel ch, other;    /* other: a second SIM, when there are two */
	bool two, priced, nights;               /* nights: quiet from 21:00 to 07:30 */
	const char *by[MESSAGES];       /* the channel of each message */
	unsigned n_replies, n_sends, n_committed;
	struct ld_reply reply;
	struct ld_send send[MESSAGES];
	int events_at_send;             /* rows another connection saw when the message left */
	int people_at_reply;
	bool busy;
	uint64_t next_ref;
};

/* What is durable, seen from outside. */
static int64_t count(const struct bench *b, const char *sql)
{
	sqlite3 *s;
	sqlite3_stmt *q;
	int64_t n;

	assert_int_equal(sqlite3_open_v2(b->path, &s, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(s, sql, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(s);
	return n;
}

static int ch_reply(struct ld_channel *ch, uint64_t session, const struct ld_reply *r)
{
	struct bench *b = ch->priv;

	(void)session;
	b->reply = *r;
	b->n_replies++;
	b->people_at_reply = (int)count(b, "SELECT count(*) FROM person");
	return 0;
}

static int ch_send(struct ld_channel *ch, const struct ld_send *s)
{
	struct bench *b = ch->priv;

	if (b->busy)
		return LD_E_BUSY;
	assert_true(b->n_sends < MESSAGES);
	b->by[b->n_sends] = ch->name;
	b->send[b->n_sends++] = *s;
	b->events_at_send = (int)count(b, "SELECT count(*) FROM outbox WHERE state = 1");
	return 0;
}

static void ch_committed(struct ld_channel *ch, uint64_t ref)
{
	struct bench *b = ch->priv;

	assert_int_equal(ref, b->next_ref);
	b->n_committed++;
}

static const struct ld_channel_ops ops = { "modem", simple_start, simple_stop, ch_reply, ch_send,
					   ch_committed, NULL };

static bool nobody_is_simulated(const void *arg, const struct ld_msisdn *m)
{
	(void)arg;
	(void)m;
	return false;
}

static void note(void *arg, const char *line)
{
	(void)arg;
	assert_null(strstr(line, "912345678"));         /* never a whole number */
}

/* Whose a number is: by its service centre when that is told, else as it was given. */
static const char *operator_of(const void *arg, const char *smsc, const struct ld_msisdn *m)
{
	const char *digits = smsc ? smsc + 1 : m->digits;

	(void)arg;
	return strncmp(digits, "8498", 4) == 0 ? "Viettel" :
	       strncmp(digits, "8491", 4) == 0 ? "VinaPhone" : "";
}

static void finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		fail_msg("%s:%d: %s", f->file, f->line, f->message);
}

static void open_all(struct bench *b)
{
	struct ld_errmsg err = { "" };
	struct ld_content_options opt = { .approve_all = true, .now_ms = b->clock.utc,
					  .actions = ld_session_actions(),
					  .outcomes = ld_session_outcomes() };
	struct ld_store_cfg store = { .path = b->path, .clock = &b->clock.clock,
				      .random = ld_random_sys(), .author = &b->key };
	struct ld_gateway_cfg cfg = { .clock = &b->clock.clock, .random = ld_random_sys(),
				      .keys = &b->keys, .board = &b->key, .utc_offset_min = 420,
				      .replies_per_hour = 20, .is_simulated = nobody_is_simulated,
				      .note = note, .operator_of = operator_of,
				      .quiet_from_min = b->nights ? 21 * 60 : 0,
				      .quiet_to_min = b->nights ? 7 * 60 + 30 : 0 };
	struct ld_gateway_lane lane = { .window = 2, .spacing_ms = 1000, .burst = 3 };

	memcpy(store.ward_pk, b->key.pk, sizeof(store.ward_pk));        /* a ward of its own */
	if (ld_store_open(&b->st, &store, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_content_load("conf/content", &opt, finding, NULL, &cfg.content), 0);
	assert_int_equal(ld_worker_start(&b->worker, b->st, 64), 0);
	ld_worker_gather(b->worker, 0);
	cfg.worker = b->worker;
	assert_int_equal(ld_gateway_new(&b->gw, &cfg), 0);
	b->ch = (struct ld_channel){ .ops = &ops, .host = ld_gateway_host(b->gw), .name = "sim1",
				     .priv = b };
	if (b->priced) {
		lane.own_vnd = 100;
		lane.other_vnd = 300;
		snprintf(lane.operator, sizeof(lane.operator), "VinaPhone");
	}
	assert_int_equal(ld_gateway_add(b->gw, &b->ch, &lane), 0);
	if (!b->two)
		return;
	b->other = (struct ld_channel){ .ops = &ops, .host = ld_gateway_host(b->gw),
					.name = "sim2", .priv = b };
	if (b->priced)
		snprintf(lane.operator, sizeof(lane.operator), "Viettel");
	assert_int_equal(ld_gateway_add(b->gw, &b->other, &lane), 0);
}

static void close_all(struct bench *b)
{
	ld_worker_stop(b->worker);
	ld_gateway_free(b->gw);
	ld_store_close(b->st);
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	uint8_t seed[32] = { 1 };

	snprintf(b->dir, sizeof(b->dir), "/tmp/laido-step-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->path, sizeof(b->path), "%s/laido.db", b->dir);
	ld_clock_manual_init(&b->clock, 1795320000000);         /* a Saturday noon in Hanoi */
	ld_keypair_from_seed(&b->key, seed);
	memcpy(b->keys.ward_pk, b->key.pk, 32);
	b->next_ref = 1;
	open_all(b);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	close_all(b);
	simple_remove(b->dir);
	free(b);
	return 0;
}

static void settle(struct bench *b)
{
	simple_settle(b->worker);
}

static void text_to(struct bench *b, struct ld_channel *ch, const char *words, const char *key)
{
	struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .ref = ++b->next_ref,
				 .from = "0912345678", .budget = { false, 160, 70, 3 } };

	snprintf(in.text, sizeof(in.text), "%s", words);
	snprintf(in.dedupe, sizeof(in.dedupe), "%s", key);
	assert_int_equal(ch->host->inbound(ch, &in), 0);
	settle(b);
	ld_clock_manual_advance(&b->clock, 2000);
}

static inline void text(struct bench *b, const char *words, const char *key)
{
	text_to(b, &b->ch, words, key);
}

static int nothing_run(struct ld_job *job, struct ld_store *st)
{
	(void)job;
	(void)st;
	return 0;
}

static void nothing_done(struct ld_job *job, int rc)
{
	(void)job;
	assert_int_equal(rc, 0);
}

/* Results ride the next commit: make one, so that they can be seen from outside. */
static void commit_now(struct bench *b)
{
	struct ld_job job = { .run = nothing_run, .done = nothing_done };

	assert_int_equal(ld_worker_submit(b->worker, LD_LANE_LIVE, &job), 0);
	settle(b);
}

/* Time goes on, a second a tick. */
static inline void ticks(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		ld_clock_manual_advance(&b->clock, 1000);
		ld_gateway_tick(b->gw);
		settle(b);
	}
}

static void result(struct bench *b, int64_t id, enum ld_sent_what what)
{
	struct ld_sent s = { .id = id, .what = what, .parts = 1 };

	b->ch.host->sent(b->two && strcmp(b->by[b->n_sends - 1], "sim2") == 0 ? &b->other : &b->ch, &s);
	settle(b);
	commit_now(b);
}

static inline void limit_file_size(rlim_t size)
{
	struct rlimit r;

	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* A disk that is full: nothing is answered, nothing is acknowledged; when there is room again the
 * message is answered once. */

#endif
