/* SPDX-License-Identifier: GPL-2.0-or-later */
/*   resting --news--> turning: a turn on the work thread --batch--> POST --> turning ...
 *                        nothing left --> resting        no good answer --> waiting --> turning
 *
 * A turn is one transaction: what became of the last batch, statements of new events, the next
 * batch. A batch is marked as tried and committed before it is sent; one that was sent and not
 * settled when the process died is sent again, the same octets under the same ids, which an LRS
 * takes as one it has (xAPI part 3, 2.1.2). */
#include "lrs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <osmocom/core/timer.h>

#include "laido/link/https/post.h"
#include "laido/osmo/log.h"
#include "xapi.h"

enum {
	LOOK_MS = 2000,                 /* for news, while resting */
	RETRY_MS = 1000,
	RETRY_MAX_MS = 5 * 60 * 1000,
	ALARM_MS = 10 * 60 * 1000,      /* somebody has to do something first */
	AFTER_MAX_S = 3600,             /* of Retry-After */
	EVENTS_A_TURN = 256,
	BATCH_OCTETS = 512 * 1024,
	ANSWER_MAX = 64 * 1024,
	BATCH_MAX = 500,
};

/* Statements first..last of those that wait, as one JSON array. */
struct batch {
	char *text;
	size_t len, cap;
	int64_t first, last;
	unsigned n;
	struct ld_id id[BATCH_MAX];
};

struct lrs {
	struct ld_job job;
	struct lrs_cfg cfg;
	struct xapi xapi;
	struct ld_post *post;
	struct osmo_timer_list timer;
	struct batch batch;
	unsigned limit;                 /* of the next batch */
	bool settle;                    /* the next turn stores what became of these */
	int64_t settle_first, settle_last; /* a turn that fails has its next batch in batch already */
	enum ld_xapi_state verdict;
	char verdict_why[160];
	uint64_t version;               /* of the store, as of the turn that found nothing more */
	uint64_t turn_version;
	bool more;                      /* events are left to look at */
	bool restored;                  /* the LRS may have what is made here again */
	bool in_flight, stopped, resting;
	int retry_ms;
	int64_t due_ms;                 /* monotonic, of the timer */
	int64_t counts[LD_N_XAPI_STATES];
	struct lrs_status status;
};

/* ---- time ---- */

static int64_t now_ms(const struct lrs *l)
{
	return ld_clock_monotonic_ms(l->cfg.clock);
}

static void schedule(struct lrs *l, int64_t in_ms)
{
	l->due_ms = now_ms(l) + in_ms;
	osmo_timer_schedule(&l->timer, (int)(in_ms / 1000), (int)(in_ms % 1000 * 1000));
}

static void wait_for(struct lrs *l, int64_t ms, const char *why)
{
	int64_t jitter = ms / 4;

	ms += (int64_t)ld_random_below(l->cfg.random, (uint32_t)(2 * jitter + 1)) - jitter;
	if (strncmp(why, l->status.why, sizeof(l->status.why) - 1) != 0)
		LOGP(DWARD, LOGL_NOTICE, "LRS: %s; next try in %lld s or less\n", why,
		     (long long)ms / 1000 + 1);
	snprintf(l->status.why, sizeof(l->status.why), "%s", why);
	l->status.failures++;
	schedule(l, ms);
}

/* Again after a time that doubles, and not before the server wants it. */
static void back_off(struct lrs *l, int64_t after_s, const char *why)
{
	int64_t ms = l->retry_ms;

	if (after_s > AFTER_MAX_S)
		after_s = AFTER_MAX_S;
	if (ms < after_s * 1000 * 4 / 3)
		ms = after_s * 1000 * 4 / 3 + 1; /* less a quarter by chance it is still enough */
	l->retry_ms = l->retry_ms > RETRY_MAX_MS / 2 ? RETRY_MAX_MS : 2 * l->retry_ms;
	wait_for(l, ms, why);
}

/* ---- a turn, on the work thread ---- */

static int append(struct batch *b, const char *text, size_t len)
{
	if (b->len + len > b->cap) {
		size_t cap = b->cap ? 2 * b->cap : 4096;
		char *p;

		while (cap < b->len + len)
			cap *= 2;
		p = realloc(b->text, cap);
		if (!p)
			return LD_E_NOMEM;
		b->text = p;
		b->cap = cap;
	}
	memcpy(b->text + b->len, text, len);
	b->len += len;
	return 0;
}

static int add_statement(void *arg, const struct ld_xapi *x)
{
	struct batch *b = arg;
	size_t len = strlen(x->body);
	int rc;

	if (b->n && b->len + len > BATCH_OCTETS)
		return 1;
	rc = append(b, b->n ? "," : "[", 1);
	if (rc == 0)
		rc = append(b, x->body, len);
	if (rc < 0)
		return rc;
	if (!b->n)
		b->first = x->no;
	b->last = x->no;
	b->id[b->n++] = x->id;
	return 0;
}

static int take_batch(struct lrs *l, struct ld_store *st)
{
	struct batch *b = &l->batch;
	int rc;

	b->n = 0;
	b->len = 0;
	rc = ld_store_xapi_next(st, l->limit, add_statement, b);
	if (rc == 0 && b->n) {
		rc = append(b, "]", 1);
		if (rc == 0)
			rc = ld_store_xapi_tried(st, b->first, b->last);
	}
	return rc;
}

/* Without trusted time nothing is made: what a statement says of when stays for ever. */
static int make(struct lrs *l, struct ld_store *st)
{
	bool trusted;
	int rc;

	l->xapi.now_ms = ld_clock_utc_ms(l->cfg.clock, &trusted);
	l->more = false;
	if (!trusted)
		return 0;
	rc = xapi_make(&l->xapi, st, EVENTS_A_TURN);
	l->more = rc == EVENTS_A_TURN;
	return rc < 0 ? rc : 0;
}

static int run_turn(struct ld_job *job, struct ld_store *st)
{
	struct lrs *l = (struct lrs *)job;
	int rc = 0;

	l->turn_version = ld_store_version(st);
	if (l->settle)
		rc = ld_store_xapi_result(st, l->settle_first, l->settle_last, l->verdict,
					  l->verdict_why);
	if (rc == 0)
		rc = make(l, st);
	if (rc == 0)
		rc = take_batch(l, st);
	if (rc == 0)
		rc = ld_store_xapi_restored(st);
	l->restored = rc > 0;
	return rc < 0 ? rc : ld_store_xapi_counts(st, l->counts);
}

static void free_lrs(struct lrs *l)
{
	free(l->batch.text);
	free(l);
}

static void turn(struct lrs *l)
{
	l->resting = false;
	l->in_flight = ld_worker_submit(l->cfg.worker, LD_LANE_LONG, &l->job) == 0;
	if (!l->in_flight)
		back_off(l, 0, "the work thread has too much to do");
}

static void rest(struct lrs *l)
{
	l->version = l->turn_version;
	l->resting = true;
	l->status.why[0] = '\0';
	schedule(l, LOOK_MS);
}

static void done_turn(struct ld_job *job, int rc)
{
	struct lrs *l = (struct lrs *)job;

	l->in_flight = false;
	if (l->stopped)
		return free_lrs(l);
	if (rc < 0)
		return back_off(l, 0, ld_strerror(rc));
	l->settle = false;
	l->status.waiting = l->counts[LD_XAPI_WAITS];
	l->status.refused = l->counts[LD_XAPI_REFUSED];
	if (l->batch.n) {
		l->status.requests++;
		if (ld_post_send(l->post, l->batch.text, l->batch.len) < 0)
			back_off(l, 0, "libcurl does not take the request");
	} else if (l->more) {
		turn(l);
	} else {
		rest(l);
	}
}

/* ---- answers ---- */

static void settle(struct lrs *l, enum ld_xapi_state state, const char *why)
{
	l->settle = true;
	l->settle_first = l->batch.first;
	l->settle_last = l->batch.last;
	l->verdict = state;
	snprintf(l->verdict_why, sizeof(l->verdict_why), "%s", why);
	l->retry_ms = RETRY_MS;
	if (state == LD_XAPI_STORED) {
		if (l->status.why[0])
			LOGP(DWARD, LOGL_NOTICE, "LRS: takes statements again\n");
		l->status.why[0] = '\0';
		l->status.contact_ms = ld_clock_utc_ms(l->cfg.clock, NULL);
		l->status.stored += l->batch.n;
		l->limit = l->limit > l->cfg.conf->batch / 2 ? l->cfg.conf->batch : 2 * l->limit;
	}
	turn(l);
}

static bool is_ours(const struct batch *b, const char *text)
{
	struct ld_id id;

	if (!xapi_uuid_parse(&id, text))
		return false;
	for (unsigned i = 0; i < b->n; i++)
		if (ld_id_eq(&b->id[i], &id))
			return true;
	return false;
}

/* An LRS answers with an array of ids, of all or of those that were new to it. A portal that
 * wants a login answers 200 as well. */
static void on_ok(struct lrs *l, const struct ld_post_answer *a)
{
	json_t *ids = a->body ? json_loadb((const char *)a->body->data, a->body->len, 0, NULL) : NULL;
	json_t *id;
	bool ok = json_is_array(ids);
	size_t i;

	json_array_foreach(ids, i, id)
		ok = ok && json_is_string(id) && is_ours(&l->batch, json_string_value(id));
	json_decref(ids);
	if (ok)
		settle(l, LD_XAPI_STORED, "");
	else
		back_off(l, 0, "what answers 200 is no LRS: a portal or proxy in between?");
}

static void on_no_content(struct lrs *l, const struct ld_post_answer *a)
{
	(void)a;
	settle(l, LD_XAPI_STORED, "");
}

/* The server's words, as far as they can be shown on a screen. */
static void words_of(const struct ld_post_answer *a, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, "HTTP %ld: ", a->status);

	for (size_t i = 0; a->body && i < a->body->len && n + 1 < size; i++) {
		unsigned char c = a->body->data[i];

		ret[n++] = (char)(c < 0x20 || c >= 0x7f ? ' ' : c);
	}
	ret[n] = '\0';
}

/* One of them is wrong: half as many find out which. */
static void on_refusal(struct lrs *l, const struct ld_post_answer *a)
{
	char why[160];

	words_of(a, why, sizeof(why));
	if (l->batch.n > 1) {
		l->limit = l->batch.n / 2;
		turn(l);
		return;
	}
	LOGP(DWARD, LOGL_ERROR, "LRS: a statement is refused and put aside (laido lrs): %s\n", why);
	settle(l, LD_XAPI_REFUSED, why);
}

/* Ids come from events and registrations, under a key of this ward. One that the LRS has with other
 * octets was told by this ward before its database came back from a copy: it stays as it was. */
static void on_conflict(struct lrs *l, const struct ld_post_answer *a)
{
	if (l->batch.n > 1 || !l->restored)
		return on_refusal(l, a);
	LOGP(DWARD, LOGL_NOTICE, "LRS: has a statement from before the restore, and keeps that one\n");
	settle(l, LD_XAPI_STORED, "");
}

static void on_login(struct lrs *l, const struct ld_post_answer *a)
{
	char why[160];

	snprintf(why, sizeof(why), "it does not let us in (HTTP %ld): correct user and password of "
		 "lrs, then laido lrs retry, or restart laido-ward", a->status);
	wait_for(l, ALARM_MS, why);
}

static void on_not_here(struct lrs *l, const struct ld_post_answer *a)
{
	char why[160];

	snprintf(why, sizeof(why), "HTTP %ld: no statements are taken at that address: correct url "
		 "of lrs (what stands before /statements)", a->status);
	wait_for(l, ALARM_MS, why);
}

static void on_trouble(struct lrs *l, const struct ld_post_answer *a)
{
	char why[160];

	words_of(a, why, sizeof(why));
	back_off(l, a->retry_after_s, why);
}

/* The first row that holds for a status; what none holds for is trouble. */
static const struct {
	long from, to;
	void (*then)(struct lrs *l, const struct ld_post_answer *a);
} answers[] = {
	{ 200, 200, on_ok },         { 204, 204, on_no_content }, { 400, 400, on_refusal },
	{ 401, 401, on_login },      { 403, 403, on_login },      { 404, 405, on_not_here },
	{ 409, 409, on_conflict },   { 412, 413, on_refusal },    { 422, 422, on_refusal },
	{ 0, 999, on_trouble },
};

static void on_answer(void *arg, const struct ld_post_answer *a)
{
	struct lrs *l = arg;

	if (!a->status)
		return back_off(l, 0, a->why);
	for (size_t i = 0; i < LD_ARRAY_SIZE(answers); i++)
		if (a->status >= answers[i].from && a->status <= answers[i].to)
			return answers[i].then(l, a);
}

/* ---- the outside ---- */

static void due(void *arg)
{
	struct lrs *l = arg;

	if (l->resting && ld_worker_version(l->cfg.worker) == l->version)
		schedule(l, LOOK_MS);
	else
		turn(l);
}

void lrs_poke(struct lrs *l)
{
	if (osmo_timer_pending(&l->timer)) {
		osmo_timer_del(&l->timer);
		turn(l);
	}
}

void lrs_status(const struct lrs *l, struct lrs_status *ret)
{
	*ret = l->status;
	ret->retry_in_ms = !l->resting && osmo_timer_pending(&l->timer) && l->due_ms > now_ms(l)
				   ? l->due_ms - now_ms(l) : 0;
}

static int open_post(struct lrs *l, struct ld_errmsg *err)
{
	static const char *const headers[] = { "Content-Type: application/json",
					       "X-Experience-API-Version: 1.0.3",
					       "Accept: application/json", "Expect:", NULL };
	const struct ld_conf_lrs *c = l->cfg.conf;
	char url[LD_CONF_PATH + 16], login[sizeof(c->user) + sizeof(c->password) + 1];
	struct ld_post_cfg post = {
		.url = url, .who = c->url, .headers = headers, .answer_max = ANSWER_MAX,
		.login = c->user[0] ? login : NULL, .ca = c->ca[0] ? c->ca : NULL,
		.done = on_answer, .arg = l,
	};
	size_t n = strlen(c->url);
	int rc;

	snprintf(url, sizeof(url), "%s%sstatements", c->url, c->url[n - 1] == '/' ? "" : "/");
	snprintf(login, sizeof(login), "%s:%s", c->user, c->password);
	rc = ld_post_new(&l->post, &post, err);
	ld_crypto_wipe(login, sizeof(login));
	return rc;
}

int lrs_start(struct lrs **ret, const struct lrs_cfg *cfg, struct ld_errmsg *err)
{
	struct lrs *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	l->cfg = *cfg;
	l->job.run = run_turn;
	l->job.done = done_turn;
	l->limit = cfg->conf->batch;
	l->retry_ms = RETRY_MS;
	l->status.waiting = -1;
	l->xapi.conf = cfg->conf;
	xapi_key(l->xapi.key, cfg->seed);
	osmo_timer_setup(&l->timer, due, l);
	rc = open_post(l, err);
	if (rc < 0) {
		free_lrs(l);
		return rc;
	}
	schedule(l, 0);
	*ret = l;
	return 0;
}

void lrs_stop(struct lrs *l)
{
	if (!l)
		return;
	ld_post_free(l->post);
	osmo_timer_del(&l->timer);
	l->stopped = true;
	if (!l->in_flight)
		free_lrs(l);
}
