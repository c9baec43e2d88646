/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remind N: N traders who asked for the reminder of the market's fee, in a store of their own; the
 * day comes, and the gateway prepares and queues all messages. Prints
 * "people=N fill_ms=... queue_ms=... per_second=... outbox=N". */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "laido/gateway/gateway.h"

#define START_MS INT64_C(1796353200000)         /* 4/12/2026 10:00 in Hanoi: a day before the fee */

struct bench {
	char dir[64], path[80];
	struct ld_clock_manual clock;
	struct ld_clock_sys real;
	struct ld_random_seeded random;
	struct ld_keypair key;
	struct ld_ward_keys keys;
	struct ld_store *st;
	struct ld_worker *worker;
	struct ld_gateway *gw;
	struct ld_channel ch;
};

static void need(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "remind: %s: %s\n", what, ld_strerror(rc));
	exit(1);
}

static int append(struct bench *b, unsigned i)
{
	struct ld_fact f = { .kind = LD_EV_CONSENT };
	struct ld_msisdn m;
	struct ld_id s, epoch = { { 0 } };
	int rc;

	snprintf(m.digits, sizeof(m.digits), "8490%07u", i);
	ld_pseudonym_s(&s, &b->keys, &m, 1, &epoch);
	f.subject = s;
	ld_pseudonym_p(&f.u.consent.p, &b->keys, &m);
	f.u.consent.slot = 1;
	f.u.consent.text_version = 1;
	f.u.consent.channel = LD_CHAN_SMS;
	snprintf(f.u.consent.raw, sizeof(f.u.consent.raw), "1");
	rc = ld_store_append(b->st, &f, NULL);
	memset(&f, 0, sizeof(f));
	f.kind = LD_EV_NUMBER;
	f.subject = s;
	ld_board_id_of(&f.u.number.home, b->key.pk);
	f.u.number.len = (uint8_t)(strlen(m.digits) + LD_SEAL_EXTRA);
	ld_seal(f.u.number.for_home, b->key.pk, m.digits, strlen(m.digits));
	memcpy(f.u.number.for_ward, f.u.number.for_home, f.u.number.len);
	rc = rc < 0 ? rc : ld_store_append(b->st, &f, NULL);
	memset(&f, 0, sizeof(f));
	f.kind = LD_EV_SET;
	f.subject = s;
	f.u.set.reg = LD_REG_REMIND_FEE;
	snprintf(f.u.set.value, sizeof(f.u.set.value), "on");
	return rc < 0 ? rc : ld_store_append(b->st, &f, NULL);
}

static void fill(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		need(ld_store_begin(b->st), "begin");
		for (unsigned k = 0; k < 1000 && i < n; k++, i++)
			need(append(b, i), "append");
		need(ld_store_commit(b->st), "commit");
	}
}

static int started(struct ld_channel *ch) { (void)ch; return 0; }
static void stopped(struct ld_channel *ch) { (void)ch; }
static int carry(struct ld_channel *ch, const struct ld_send *s)
{
	(void)ch;
	(void)s;
	return LD_E_BUSY;
}
static const struct ld_channel_ops ops = { .kind = "modem", .start = started, .stop = stopped,
					   .send = carry };

static bool nobody(const void *arg, const struct ld_msisdn *m) { (void)arg; (void)m; return false; }
static void note(void *arg, const char *line) { (void)arg; fprintf(stderr, "%s\n", line); }
static void finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		fprintf(stderr, "%s:%d: %s\n", f->file, f->line, f->message);
}

static void open_gateway(struct bench *b)
{
	struct ld_content_options opt = { .approve_all = true, .now_ms = START_MS };
	struct ld_gateway_cfg cfg = { .clock = &b->clock.clock, .random = ld_random_sys(),
				      .keys = &b->keys, .board = &b->key, .utc_offset_min = 420,
				      .quiet_from_min = 21 * 60, .quiet_to_min = 450,
				      .replies_per_hour = 20, .is_simulated = nobody,
				      .note = note };
	struct ld_gateway_lane lane = { .window = 1, .burst = 1 };

	need(ld_content_load("conf/content", &opt, finding, NULL, &cfg.content), "conf/content");
	need(ld_worker_start(&b->worker, b->st, 1024), "worker");
	cfg.worker = b->worker;
	need(ld_gateway_new(&b->gw, &cfg), "gateway");
	b->ch = (struct ld_channel){ .ops = &ops, .host = ld_gateway_host(b->gw), .name = "sim1" };
	need(ld_gateway_add(b->gw, &b->ch, &lane), "channel");
}

/* Until the work thread has nothing left. */
static void drain(struct bench *b)
{
	struct pollfd p = { .fd = ld_worker_fd(b->worker), .events = POLLIN };
	struct ld_worker_stats s;

	for (;;) {
		ld_worker_collect(b->worker);
		ld_worker_stats(b->worker, &s);
		if (s.in_flight == 0)
			return;
		poll(&p, 1, 1000);
	}
}

static void clean(const struct bench *b)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	char path[96];

	for (size_t i = 0; i < LD_ARRAY_SIZE(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", b->path, ends[i]);
		unlink(path);
	}
	rmdir(b->dir);
}

int main(int argc, char **argv)
{
	static struct bench b;
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
	struct ld_store_cfg cfg = { .path = b.path, .clock = &b.clock.clock,
				    .random = &b.random.random, .author = &b.key };
	uint64_t counts[LD_N_OUT_STATES] = { 0 };
	struct ld_errmsg err = { "" };
	int64_t from, filled, queued;

	snprintf(b.dir, sizeof(b.dir), "/tmp/laido-remind-XXXXXX");
	if (!mkdtemp(b.dir) || n < 1 || n > 9999999)
		return 2;
	snprintf(b.path, sizeof(b.path), "%s/db", b.dir);
	ld_crypto_init();
	ld_random_seeded_init(&b.random, 1);
	ld_clock_manual_init(&b.clock, START_MS);
	ld_clock_sys_init(&b.real, true);
	ld_keypair_from_seed(&b.key, (const uint8_t[32]){ 1 });
	memcpy(b.keys.ward_pk, b.key.pk, sizeof(b.keys.ward_pk));
	memcpy(cfg.ward_pk, b.key.pk, sizeof(cfg.ward_pk));
	if (ld_store_open(&b.st, &cfg, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	from = ld_clock_monotonic_ms(&b.real.clock);
	fill(&b, n);
	filled = ld_clock_monotonic_ms(&b.real.clock);
	open_gateway(&b);
	/* The first tick is for lessons, the second for reminders. */
	ld_gateway_tick(b.gw);
	drain(&b);
	from += ld_clock_monotonic_ms(&b.real.clock) - filled;
	filled = ld_clock_monotonic_ms(&b.real.clock);
	ld_gateway_tick(b.gw);
	drain(&b);
	queued = ld_clock_monotonic_ms(&b.real.clock);
	ld_worker_stop(b.worker);
	ld_gateway_stop(b.gw);
	ld_gateway_free(b.gw);
	ld_store_out_counts(b.st, counts);
	ld_store_close(b.st);
	clean(&b);
	printf("people=%u fill_ms=%lld queue_ms=%lld per_second=%lld outbox=%llu\n", n,
	       (long long)(filled - from), (long long)(queued - filled),
	       (long long)n * 1000 / (queued - filled + 1),
	       (unsigned long long)counts[LD_OUT_QUEUED]);
	return counts[LD_OUT_QUEUED] == n ? 0 : 1;
}
