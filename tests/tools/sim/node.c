/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

enum { HOUR_MS = 3600 * 1000 };

static struct node *opened[NODES_MAX];

struct node *node_of(const struct ld_store *st)
{
	for (unsigned i = 0; i < NODES_MAX; i++)
		if (opened[i] && opened[i]->st == st)
			return opened[i];
	return NULL;
}

void person_number(unsigned person, struct ld_msisdn *ret)
{
	snprintf(ret->digits, sizeof(ret->digits), "8491%07u", 1000000 + person);
}

/* ---- what the product's own functions tell us ---- */

int __real_ld_store_append(struct ld_store *, const struct ld_fact *, struct ld_dot *);
int __real_ld_store_apply(struct ld_store *, struct ld_run *, const struct ld_head *);
int __wrap_ld_store_append(struct ld_store *, const struct ld_fact *, struct ld_dot *);
int __wrap_ld_store_apply(struct ld_store *, struct ld_run *, const struct ld_head *);

static void note_recent(struct node *n, const struct ld_stream *s, uint64_t from, uint64_t to)
{
	if (n->w->day)
		day_held(n, s, from, to);
	if (n->n_recent < RECENT)
		n->recent[n->n_recent++] = (struct recent){ *s, from, to };
}

int __wrap_ld_store_append(struct ld_store *st, const struct ld_fact *f, struct ld_dot *ret)
{
	struct node *n = node_of(st);
	struct ld_dot dot;
	int rc = __real_ld_store_append(st, f, &dot);

	if (rc < 0)
		return rc;
	if (n) {
		n->own[dot.stream.cls] = dot.stream;
		n->has_own[dot.stream.cls] = true;
		note_recent(n, &dot.stream, dot.seq, dot.seq);
		rights_note(n, f, &dot);
		homes_note(n, f, &dot);
	}
	if (ret)
		*ret = dot;
	return rc;
}

int __wrap_ld_store_apply(struct ld_store *st, struct ld_run *run, const struct ld_head *head)
{
	struct node *n = node_of(st);
	int rc = __real_ld_store_apply(st, run, head);

	if (rc > 0 && n)
		note_recent(n, &run->stream, run->first, head->seq);
	return rc;
}

/* ---- the channel: a network of text messages ---- */

struct result {
	struct result *next;
	struct node *n;
	struct ld_sent sent;
};

static int ch_start(struct ld_channel *ch)
{
	(void)ch;
	return 0;
}

static void ch_stop(struct ld_channel *ch)
{
	(void)ch;
}

static int ch_reply(struct ld_channel *ch, uint64_t session, const struct ld_reply *r)
{
	(void)ch;
	(void)session;
	(void)r;
	return LD_E_UNKNOWN;
}

static uint8_t *handed(struct node *n, int64_t id)
{
	size_t at = (size_t)id;

	if (at >= n->handed_cap) {
		size_t cap = 2 * at + 64;

		n->handed = realloc(n->handed, cap);
		ld_assert(n->handed);
		memset(n->handed + n->handed_cap, 0, cap - n->handed_cap);
		n->handed_cap = cap;
	}
	return &n->handed[at];
}

static void check_send(struct node *n, const struct ld_send *s)
{
	struct ld_msisdn m;
	struct ld_id p;

	snprintf(m.digits, sizeof(m.digits), "%s", s->to + 1);
	ld_pseudonym_p(&p, &n->w->keys, &m);
	if (s->prio >= LD_PRIO_LESSON && rights_out(n, &p, true))
		fail(n->w, "board %u sent message %lld (priority %d) after an opt-out it knew of",
		     n->i, (long long)s->id, s->prio);
	if (s->prio >= LD_PRIO_LESSON)
		homes_sent(n, &p, s);
	if (*handed(n, s->id) && !n->imaged)
		fail(n->w, "board %u sent message %lld twice", n->i, (long long)s->id);
}

/* The result comes at once, or never: the worker may be told by a crash only. */
static int ch_send(struct ld_channel *ch, const struct ld_send *s)
{
	struct node *n = ch->priv;
	struct world *w = n->w;
	struct ld_sent sent = { .id = s->id, .what = LD_SENT_OK, .parts = 1 };

	if (disk_dead(n->disk))
		return LD_E_BUSY;
	check_send(n, s);
	if (w->faults && once_in(w, 20))
		return LD_E_BUSY;
	w->sends++;
	*handed(n, s->id) = 1;
	if (w->faults && once_in(w, 20))
		sent.what = LD_SENT_FAILED;
	else if (w->faults && once_in(w, 20)) {
		sent.what = LD_SENT_RETRY;
		*handed(n, s->id) = 0;
	}
	ch->host->sent(ch, &sent);
	return 0;
}

static void ch_committed(struct ld_channel *ch, uint64_t ref)
{
	struct node *n = ch->priv;

	for (unsigned i = 0; i < SMS_MAX; i++)
		if (n->sms[i].ref == ref)
			n->sms[i].ref = 0;
}

static const struct ld_channel_ops ops = { .kind = "modem", .start = ch_start, .stop = ch_stop,
					   .reply = ch_reply, .send = ch_send,
					   .committed = ch_committed };

void node_text(struct node *n, unsigned person, const char *text)
{
	struct ld_msisdn m;
	struct sms *x = NULL;

	for (unsigned i = 0; i < SMS_MAX && !x; i++)
		x = n->sms[i].ref ? NULL : &n->sms[i];
	if (!x)
		return;
	memset(x, 0, sizeof(*x));
	person_number(person, &m);
	x->ref = ++n->w->next_ref;
	x->in = (struct ld_inbound){ .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .ref = x->ref,
				     .budget = { .septets = 160, .units = 70, .parts = 3 } };
	snprintf(x->in.from, sizeof(x->in.from), "+%s", m.digits);
	snprintf(x->in.dedupe, sizeof(x->in.dedupe), "%llu", (unsigned long long)x->ref);
	snprintf(x->in.text, sizeof(x->in.text), "%s", text);
	n->w->inputs++;
	if (n->up)
		n->ch.host->inbound(&n->ch, &x->in);
}

/* ---- work ---- */

struct task {
	struct ld_job job;
	struct node *n;
	node_run_cb run;
	uint64_t arg;
};

static int task_run(struct ld_job *job, struct ld_store *st)
{
	struct task *t = (struct task *)job;
	int rc = t->run(t->n, st, t->arg);

	return rc == LD_E_DENIED ? 0 : rc;
}

static void task_done(struct ld_job *job, int rc)
{
	(void)rc;
	free(job);
}

void node_do(struct node *n, node_run_cb run, uint64_t arg)
{
	struct task *t = calloc(1, sizeof(*t));

	ld_assert(t);
	*t = (struct task){ { .run = task_run, .done = task_done }, n, run, arg };
	if (!n->up || ld_worker_submit(n->worker, LD_LANE_LIVE, &t->job) < 0)
		free(t);
}

/* What it answers for grows when its store does. */
static void note_acked(struct node *n)
{
	if (n->version == ld_store_version(n->st))
		return;
	n->version = ld_store_version(n->st);
	check_acked(n);
}

void node_run(struct node *n)
{
	struct ld_worker_stats s;
	bool idle;

	if (!n->up)
		return;
	ld_worker_stats(n->worker, &s);
	if (s.in_flight == 0 && baton_asleep(n->baton) && !disk_dead(n->disk))
		return;
	for (;;) {
		n->n_recent = 0;
		idle = baton_run(n->baton);
		ld_worker_collect(n->worker);
		note_acked(n);
		ld_worker_stats(n->worker, &s);
		if (disk_dead(n->disk) || (idle && s.in_flight == 0))
			break;
	}
	if (disk_dead(n->disk))
		node_crash(n);
}

/* ---- life ---- */

static void note(void *arg, const char *line)
{
	struct node *n = arg;

	if (n->w->verbose)
		printf("# board %u: %s\n", n->i, line);
}

static bool nobody(const void *arg, const struct ld_msisdn *m)
{
	(void)arg;
	(void)m;
	return false;
}

static void finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		fprintf(stderr, "%s:%d: %s\n", f->file, f->line, f->message);
}

void __real_ld_content_free(struct ld_content *);
void __wrap_ld_content_free(struct ld_content *);

/* Compiled once for all boards of all worlds: nothing changes it. */
static struct ld_content *content;

void __wrap_ld_content_free(struct ld_content *c)
{
	if (c != content)
		__real_ld_content_free(c);
}

void node_content(void)
{
	struct ld_content_options opt = { .approve_all = true, .now_ms = START_MS };

	if (ld_content_load("conf/content", &opt, finding, NULL, &content) < 0)
		exit(2);
}

static void open_gateway(struct node *n)
{
	struct ld_gateway_cfg cfg = { .clock = &n->clock.clock, .random = &n->random.random,
				      .worker = n->worker, .keys = &n->w->keys, .board = &n->key,
				      .utc_offset_min = 420, .quiet_from_min = 21 * 60,
				      .quiet_to_min = 450, .replies_per_hour = 100,
				      .is_simulated = nobody, .note = note, .note_arg = n,
				      .content = content };
	struct ld_gateway_lane lane = { .window = 4, .burst = 64,
					.limits = { .parts_per_day = 0 } };

	if (ld_gateway_new(&n->gw, &cfg) < 0)
		exit(2);
	n->ch = (struct ld_channel){ .ops = &ops, .host = ld_gateway_host(n->gw), .name = "sim",
				     .priv = n };
	ld_gateway_add(n->gw, &n->ch, &lane);
	n->ch.host->state(&n->ch, LD_CHANNEL_UP, NULL);
	for (unsigned i = 0; i < SMS_MAX; i++)
		if (n->sms[i].ref)
			n->ch.host->inbound(&n->ch, &n->sms[i].in);
}

/* What laido-ward and laidod do before anything else. */
static int begin_as_told(struct node *n)
{
	struct ld_warrant w;
	int rc = ld_store_begin(n->st);

	opened[n->i] = n;
	if (rc == 0 && n->i == 0)
		rc = ld_store_enthrone(n->st, n->w->warrant, n->w->n_warrants);
	else if (rc == 0 && n != n->w->thief && ld_store_ward(n->st, &w) == 0)
		node_told(n, &w);
	if (rc == 0)
		rc = ld_store_commit(n->st);
	if (rc < 0)
		ld_store_rollback(n->st);
	return rc;
}

void node_open(struct node *n)
{
	struct ld_store_cfg cfg = { .path = n->path, .clock = &n->clock.clock,
				    .random = &n->random.random, .author = &n->key,
				    .cache_kib = 256 };
	struct ld_errmsg err = { "" };
	int rc;

	memcpy(cfg.ward_pk, n->rooted ? n->ward_pk : n->w->keys.ward_pk, sizeof(cfg.ward_pk));
	if (n->rooted)
		memcpy(cfg.root_pk, n->w->root.pk, sizeof(cfg.root_pk));
	cfg.ward_number = n->ward_number;
	memset(n->has_own, 0, sizeof(n->has_own));
	rc = ld_store_open(&n->st, &cfg, &err);
	if (rc == 0)
		rc = begin_as_told(n);
	if (rc == LD_E_FULL || disk_dead(n->disk)) {
		/* Somebody makes room, or the power went while it started. */
		opened[n->i] = NULL;
		ld_store_close(n->st);
		n->st = NULL;
		disk_restart(n->disk, &n->w->rng);
		return node_open(n);
	}
	if (rc < 0) {
		fail(n->w, "board %u does not start: %s", n->i, err.text);
		exit(1);
	}
	if (ld_mesh_new(&n->mesh, &n->clock.clock) < 0 ||
	    ld_worker_start(&n->worker, n->st, 1024) < 0)
		exit(2);
	n->baton = baton_latest();
	n->up = true;
	n->version = 0;
	if (n->i > 0)
		open_gateway(n);
}

static void add_stats(struct world *w, const struct ld_mesh *m)
{
	struct ld_mesh_stats s;
	uint64_t *to = (uint64_t *)&w->mesh;
	const uint64_t *from = (const uint64_t *)&s;

	ld_mesh_stats(m, &s);
	for (size_t i = 0; i < sizeof(s) / sizeof(uint64_t); i++)
		to[i] += from[i];
}

void node_close(struct node *n)
{
	if (!n->up)
		return;
	n->up = false;
	net_forget(n);
	ld_worker_stop(n->worker);
	if (n->gw)
		ld_gateway_stop(n->gw);
	check_acked(n);
	net_forget(n);
	add_stats(n->w, n->mesh);
	ld_mesh_free(n->mesh);
	ld_gateway_free(n->gw);
	n->gw = NULL;
	opened[n->i] = NULL;
	ld_store_close(n->st);
	n->st = NULL;
	for (unsigned i = 0; i < NODES_MAX; i++) {
		ld_mesh_peer_free(n->peer[i]);
		n->peer[i] = NULL;
	}
}

void node_crash(struct node *n)
{
	if (!n->up)
		return;
	n->w->crashes++;
	/* Dead first: what the orderly end below would write does not reach the card. */
	if (!disk_dead(n->disk)) {
		disk_fail_at(n->disk, 1);
		disk_full(n->disk, 0);
	}
	node_close(n);
	disk_restart(n->disk, &n->w->rng);
}

struct node *node_new(struct world *w, unsigned i, const struct ld_keypair *key)
{
	struct node *n = calloc(1, sizeof(*n));
	uint8_t seed[32] = { 0 };

	ld_assert(n);
	n->w = w;
	n->i = i;
	snprintf(n->dir, sizeof(n->dir), "%s/%u", w->dir, i);
	snprintf(n->path, sizeof(n->path), "%s/db", n->dir);
	mkdir(n->dir, 0700);
	n->disk = disk_new(n->dir);
	seed[0] = (uint8_t)i;
	seed[1] = 1;
	if (key)
		n->key = *key;
	else
		ld_keypair_from_seed(&n->key, seed);
	ld_board_id_of(&n->id, n->key.pk);
	ld_random_seeded_init(&n->random, seed_u64(&w->rng));
	ld_clock_manual_init(&n->clock, START_MS + w->now_ms);
	n->clock.mono_ms += w->now_ms;
	return n;
}

void node_free(struct node *n)
{
	char lock[160];

	node_close(n);
	disk_image_free(n->old);
	disk_free(n->disk);
	snprintf(lock, sizeof(lock), "%s.lock", n->path);
	unlink(lock);
	rmdir(n->dir);
	free(n->handed);
	free(n);
}
