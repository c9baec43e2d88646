/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a course costs: ten lessons answered by SMS, three of them wrongly, through real store,
 * content and engine; the parts are counted in the outbox, where the operator's bill begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/session/session.h"
#include "simple.h"

enum { PARTS_MAX = 25, LESSONS = 10, PAUSE_MS = 6 * 3600 * 1000 };

struct learner {
	char dir[64], path[80];
	struct ld_clock_manual clock;
	struct ld_keypair key;
	struct ld_ward_keys keys;
	struct ld_content *content;     /* the gateway's */
	struct ld_store *st;
	struct ld_worker *worker;
	struct ld_gateway *gw;
	struct ld_channel ch;
	uint64_t ref;
	struct ld_send sent;            /* the newest message */
	unsigned n_sent;
};

/* ---- a channel that sends everything at once ---- */

static int ch_send(struct ld_channel *ch, const struct ld_send *s)
{
	struct learner *l = ch->priv;

	l->sent = *s;
	l->n_sent++;
	return 0;
}

static void ch_committed(struct ld_channel *ch, uint64_t ref)
{
	(void)ch;
	(void)ref;
}

static const struct ld_channel_ops ops = { "modem", simple_start, simple_stop, simple_reply, ch_send,
					   ch_committed, NULL };

static bool nobody(const void *arg, const struct ld_msisdn *m)
{
	(void)arg;
	(void)m;
	return false;
}

static void note(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		fail_msg("%s:%d: %s", f->file, f->line, f->message);
}

/* ---- one board ---- */

static int set_up(void **state)
{
	struct learner *l = calloc(1, sizeof(*l));
	struct ld_errmsg err = { "" };
	struct ld_content_options opt = { .approve_all = true, .actions = ld_session_actions(),
					  .outcomes = ld_session_outcomes() };
	struct ld_store_cfg store = { .clock = &l->clock.clock, .random = ld_random_sys(),
				      .author = &l->key };
	struct ld_gateway_cfg cfg = { .clock = &l->clock.clock, .random = ld_random_sys(),
				      .keys = &l->keys, .board = &l->key, .utc_offset_min = 420,
				      .replies_per_hour = 20, .is_simulated = nobody,
				      .note = note };
	struct ld_gateway_lane lane = { .window = 4, .spacing_ms = 0, .burst = 100 };
	uint8_t seed[32] = { 1 };

	snprintf(l->dir, sizeof(l->dir), P_tmpdir "/laido-cost-XXXXXX");
	assert_non_null(mkdtemp(l->dir));
	snprintf(l->path, sizeof(l->path), "%s/laido.db", l->dir);
	store.path = l->path;
	ld_clock_manual_init(&l->clock, 1795320000000);
	opt.now_ms = l->clock.utc;
	ld_keypair_from_seed(&l->key, seed);
	memcpy(l->keys.ward_pk, l->key.pk, 32);
	memcpy(store.ward_pk, l->key.pk, sizeof(store.ward_pk));        /* a ward of its own */
	if (ld_store_open(&l->st, &store, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_content_load("conf/content", &opt, finding, NULL, &l->content), 0);
	cfg.content = l->content;
	assert_int_equal(ld_worker_start(&l->worker, l->st, 64), 0);
	cfg.worker = l->worker;
	assert_int_equal(ld_gateway_new(&l->gw, &cfg), 0);
	l->ch = (struct ld_channel){ .ops = &ops, .host = ld_gateway_host(l->gw), .name = "sim1",
				     .priv = l };
	assert_int_equal(ld_gateway_add(l->gw, &l->ch, &lane), 0);
	*state = l;
	return 0;
}

static int tear_down(void **state)
{
	struct learner *l = *state;

	ld_worker_stop(l->worker);
	ld_gateway_free(l->gw);
	ld_store_close(l->st);
	simple_remove(l->dir);
	free(l);
	return 0;
}

/* She writes; what comes back is sent and reported as sent. Hours pass. */
static void write_text(struct learner *l, const char *words)
{
	struct ld_inbound in = { .what = LD_IN_TEXT, .kind = LD_CHAN_SMS, .ref = ++l->ref,
				 .from = "0912345678", .budget = { false, 160, 70, 3 } };
	unsigned before = l->n_sent;

	snprintf(in.text, sizeof(in.text), "%s", words);
	snprintf(in.dedupe, sizeof(in.dedupe), "k%llu", (unsigned long long)l->ref);
	assert_int_equal(l->ch.host->inbound(&l->ch, &in), 0);
	simple_settle(l->worker);
	if (l->n_sent == before)
		fail_msg("no answer to \"%s\" after \"%s\"", words, l->sent.text);
	struct ld_sent s = { .id = l->sent.id, .what = LD_SENT_OK, .parts = 1 };
	l->ch.host->sent(&l->ch, &s);
	simple_settle(l->worker);
	ld_clock_manual_advance(&l->clock, PAUSE_MS);
}

static void expect(const struct learner *l, const char *words)
{
	if (!strstr(l->sent.text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, l->sent.text);
}

/* Rows and parts of the outbox, seen from outside once all is committed. */
static void bill(struct learner *l, int *ret_rows, int *ret_parts)
{
	sqlite3 *s;
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_open_v2(l->path, &s, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(s, "SELECT count(*), sum(parts) FROM outbox", -1, &q,
					    NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	*ret_rows = sqlite3_column_int(q, 0);
	*ret_parts = sqlite3_column_int(q, 1);
	sqlite3_finalize(q);
	sqlite3_close(s);
}

/* The key of lesson n, right or wrong. */
static const char *answer(const struct ld_course *c, unsigned n, bool right)
{
	static const char *const keys[] = { "1", "2", "3" };

	return keys[(c->lessons[n - 1].answer - 1 + (right ? 0 : 1)) % 3];
}

static void ten_lessons(void **state)
{
	struct learner *l = *state;
	static const unsigned wrong[] = { 3, 6, 9 };
	const struct ld_course *c = ld_content_course(l->content, "LUADAO");
	int rows = 0, parts = 0;
	unsigned w = 0;

	assert_int_equal(c->n_lessons, LESSONS);
	write_text(l, "HOC");
	expect(l, "Nhan 1 dong y");
	write_text(l, "1");
	for (unsigned n = 1; n <= LESSONS; n++) {
		bool right = !(w < LD_ARRAY_SIZE(wrong) && n == wrong[w]);
		char head[16];

		if (n > 1)
			write_text(l, "TIEP");
		snprintf(head, sizeof(head), "%u/%d ", n, LESSONS);
		expect(l, head);
		write_text(l, answer(c, n, right));
		expect(l, right ? "Dung roi: " : "Chua dung, dap an: ");
		w += !right;
	}
	write_text(l, "TIEP");
	for (w = 0; w < LD_ARRAY_SIZE(wrong); w++) {
		expect(l, "On lai: ");
		write_text(l, answer(c, wrong[w], true));
	}
	expect(l, "Xong Chong lua dao, dung 10/10");
	bill(l, &rows, &parts);
	print_message("# %d messages, %d parts\n", rows, parts);
	assert_int_equal(rows, 1 + LESSONS + LESSONS + 3 + 1);
	assert_in_range(parts, rows, PARTS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ten_lessons, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
