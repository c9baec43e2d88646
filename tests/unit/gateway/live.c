/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which content is in use: editions come whole, in pieces, too early, broken; the program restarts. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/content/check.h"
#include "laido/gateway/live.h"
#include "laido/wire/pack.h"

struct world {
	char dir[64], path[80];
	struct ld_clock_manual clock;
	struct ld_random_seeded random;
	struct ld_keypair ward;
	struct ld_store *st;
	struct ld_worker *worker;
	struct ld_live *live;
	struct ld_content *in_use;
	unsigned swaps;
	char notes[4096];
};

static int use(void *arg, struct ld_content *c)
{
	struct world *w = arg;

	ld_content_free(w->in_use);
	w->in_use = c;
	w->swaps++;
	return 0;
}

static void no_finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	(void)f;
}

static void note(void *arg, const char *line)
{
	struct world *w = arg;
	size_t used = strlen(w->notes);

	snprintf(w->notes + used, sizeof(w->notes) - used, "%s\n", line);
}

static void start(struct world *w)
{
	struct ld_errmsg err;
	struct ld_store_cfg cfg = { .path = w->path, .clock = &w->clock.clock,
				    .random = &w->random.random, .author = &w->ward };
	struct ld_live_cfg live = { .clock = &w->clock.clock, .dir = "conf/content",
				    .check = ld_content_check, .use = use, .use_arg = w,
				    .found = no_finding, .note = note, .note_arg = w };

	memcpy(cfg.ward_pk, w->ward.pk, sizeof(cfg.ward_pk));
	if (ld_store_open(&w->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_live_open(&w->live, &live, w->st, &w->in_use), 0);
	assert_int_equal(ld_worker_start(&w->worker, w->st, 64), 0);
	ld_live_worker(w->live, w->worker);
}

static void stop(struct world *w)
{
	ld_worker_stop(w->worker);
	ld_live_free(w->live);
	ld_store_close(w->st);
	ld_content_free(w->in_use);
	w->in_use = NULL;
}

static int set_up(void **state)
{
	static const uint8_t seed[32] = { 1 };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	snprintf(w->dir, sizeof(w->dir), "/tmp/laido-live-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/laido.db", w->dir);
	ld_clock_manual_init(&w->clock, 1800000000000);
	ld_random_seeded_init(&w->random, 1);
	ld_keypair_from_seed(&w->ward, seed);
	start(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".lock" };
	struct world *w = *state;
	char path[96];

	stop(w);
	for (size_t i = 0; i < LD_ARRAY_SIZE(suffix); i++) {
		snprintf(path, sizeof(path), "%s%s", w->path, suffix[i]);
		unlink(path);
	}
	rmdir(w->dir);
	free(w);
	return 0;
}

/* ---- publishing ---- */

struct publish {
	struct ld_job job;
	int64_t number, at_ms;
	const struct ld_pack *pack;
	int without;                    /* a piece that is not there yet; -1: all are */
	int only;                       /* this piece and no edition; -1 */
	bool wrong_hash;
	bool done;
};

static int publish_run(struct ld_job *job, struct ld_store *st)
{
	struct publish *p = (struct publish *)job;
	uint8_t parts[LD_EDITION_PARTS * LD_CHUNK_ID];
	struct ld_fact f = { .kind = LD_EV_EDITION };
	int rc = 0;

	for (unsigned i = 0; i < p->pack->n && rc == 0; i++) {
		struct ld_fact c = { .kind = LD_EV_CHUNK };

		memcpy(parts + i * LD_CHUNK_ID, p->pack->piece[i].id, LD_CHUNK_ID);
		c.u.chunk.data = (struct ld_octets){ p->pack->data + p->pack->piece[i].at,
						     p->pack->piece[i].len };
		if ((int)i != p->without && (p->only < 0 || (int)i == p->only))
			rc = ld_store_append(st, &c, NULL);
	}
	f.u.edition.number = p->number;
	f.u.edition.at_ms = p->at_ms;
	ld_pack_hash(f.u.edition.hash, p->pack);
	f.u.edition.hash[0] ^= p->wrong_hash;
	f.u.edition.parts = (struct ld_octets){ parts, (uint16_t)(p->pack->n * LD_CHUNK_ID) };
	return rc < 0 || p->only >= 0 ? rc : ld_store_append(st, &f, NULL);
}

static void publish_done(struct ld_job *job, int rc)
{
	assert_int_equal(rc, 0);
	((struct publish *)job)->done = true;
}

static void turn(struct world *w)
{
	struct pollfd p = { .fd = ld_worker_fd(w->worker), .events = POLLIN };

	ld_live_tick(w->live);
	poll(&p, 1, 20);
	ld_worker_collect(w->worker);
}

static void publish(struct world *w, struct publish *p)
{
	p->job = (struct ld_job){ .run = publish_run, .done = publish_done };
	p->done = false;
	assert_int_equal(ld_worker_submit(w->worker, LD_LANE_LIVE, &p->job), 0);
	for (unsigned i = 0; i < 500 && !p->done; i++)
		turn(w);
	assert_true(p->done);
	ld_worker_collect(w->worker);
}

/* The shipped content, with the Vietnamese text of the first screen changed to this. */
static void edition(struct ld_pack *ret, const char *name, const char *find, const char *put)
{
	struct ld_folder f = { 0 }, g = { 0 };

	assert_int_equal(ld_content_read("conf/content", no_finding, NULL, &f), 0);
	for (unsigned i = 0; i < f.n; i++) {
		char *text = malloc(f.file[i].len + strlen(put) + 1);
		char *at = strcmp(f.file[i].name, name) == 0 ? strstr(f.file[i].text, find) : NULL;
		int n = !at ? snprintf(text, f.file[i].len + 1, "%s", f.file[i].text) :
			snprintf(text, f.file[i].len + strlen(put) + 1, "%.*s%s%s",
				 (int)(at - f.file[i].text), f.file[i].text, put,
				 at + strlen(find));

		assert_int_equal(ld_folder_add(&g, f.file[i].name, text, (size_t)n), 0);
		free(text);
	}
	memset(ret, 0, sizeof(*ret));
	assert_int_equal(ld_pack_folder(&g, ret), 0);
	ld_folder_release(&f);
	ld_folder_release(&g);
}

static const char *root_text(const struct world *w)
{
	return w->in_use->screens[w->in_use->start].text[LD_LANG_VI];
}

/* Waits until the edition of that number is in use, or refused (-n), or for a while (0). */
static void settle(struct world *w, int64_t number)
{
	struct ld_live_status s;

	for (unsigned i = 0; i < (number ? 500u : 10u); i++) {
		turn(w);
		ld_live_status(w->live, &s);
		if (number && (s.number == number || s.refused == -number))
			return;
	}
	assert_int_equal(number, 0);
}

static struct ld_live_status status(const struct world *w)
{
	struct ld_live_status s;

	ld_live_status(w->live, &s);
	return s;
}

static void test_before_the_first(void **state)
{
	struct world *w = *state;
	unsigned screens, courses;

	settle(w, 0);
	assert_int_equal(status(w).number, 0);
	assert_true(status(w).screens > 100);
	assert_int_equal(ld_live_reload(w->live, no_finding, NULL, &screens, &courses), 0);
	assert_int_equal(w->swaps, 1);
}

static void test_at_once_and_restart(void **state)
{
	struct world *w = *state;
	struct publish p = { .number = 1, .without = -1, .only = -1 };
	struct ld_pack pack;
	unsigned screens, courses;

	edition(&pack, "menu.conf", "Định Công học số", "Bản thứ nhất");
	p.pack = &pack;
	publish(w, &p);
	settle(w, 1);
	assert_string_equal(root_text(w), "Bản thứ nhất");
	settle(w, 0);
	assert_int_equal(w->swaps, 1);
	assert_int_equal(ld_live_reload(w->live, no_finding, NULL, &screens, &courses),
			 LD_E_DENIED);
	stop(w);
	start(w);
	assert_int_equal(status(w).number, 1);
	assert_string_equal(root_text(w), "Bản thứ nhất");
	settle(w, 0);
	assert_int_equal(w->swaps, 1);
	ld_pack_release(&pack);
}

static void test_at_a_time(void **state)
{
	struct world *w = *state;
	struct publish p = { .number = 1, .without = -1, .only = -1 };
	struct ld_pack pack;

	edition(&pack, "menu.conf", "Định Công học số", "Từ ngày mai");
	p.pack = &pack;
	p.at_ms = 1800000000000 + 3600000;
	publish(w, &p);
	settle(w, 0);
	assert_int_equal(status(w).number, 0);
	assert_int_equal(status(w).next, 1);
	assert_true(status(w).next_ms == p.at_ms);
	ld_clock_manual_advance(&w->clock, 3599999);
	settle(w, 0);
	assert_int_equal(w->swaps, 0);
	ld_clock_manual_advance(&w->clock, 1);
	settle(w, 1);
	assert_string_equal(root_text(w), "Từ ngày mai");
	assert_int_equal(status(w).next, 0);
	ld_pack_release(&pack);
}

/* Of two that wait the sooner one, whichever was published first. */
static void test_two_wait(void **state)
{
	struct world *w = *state;
	struct publish p = { .number = 1, .without = -1, .only = -1 };
	struct ld_pack pack, other;

	edition(&pack, "menu.conf", "Định Công học số", "Hai giờ nữa");
	edition(&other, "menu.conf", "Định Công học số", "Một giờ nữa");
	p.pack = &pack;
	p.at_ms = 1800000000000 + 7200000;
	publish(w, &p);
	p.number = 2;
	p.pack = &other;
	p.at_ms -= 3600000;
	publish(w, &p);
	settle(w, 0);
	assert_int_equal(status(w).number, 0);
	assert_int_equal(status(w).next, 2);
	ld_clock_manual_advance(&w->clock, 3600000);
	settle(w, 2);
	assert_string_equal(root_text(w), "Một giờ nữa");
	ld_pack_release(&pack);
	ld_pack_release(&other);
}

/* A clock that nobody trusts says anything; what the ward did since is something to go by. */
static void test_without_a_trusted_clock(void **state)
{
	struct world *w = *state;
	struct publish p = { .number = 1, .without = -1, .only = -1 };
	struct ld_pack pack, other;

	edition(&pack, "menu.conf", "Định Công học số", "Từ ngày mai");
	edition(&other, "menu.conf", "Định Công học số", "Ngày kia");
	p.pack = &pack;
	p.at_ms = 1800000000000 + 3600000;
	publish(w, &p);
	w->clock.trusted = false;
	ld_clock_manual_advance(&w->clock, 7200000);
	settle(w, 0);
	assert_int_equal(status(w).number, 0);
	w->clock.trusted = true;
	p = (struct publish){ .number = 2, .at_ms = INT64_C(4000000000000), .pack = &other,
			      .without = -1, .only = -1 };
	publish(w, &p);
	w->clock.trusted = false;
	settle(w, 1);
	assert_string_equal(root_text(w), "Từ ngày mai");
	ld_pack_release(&pack);
	ld_pack_release(&other);
}

static void test_in_pieces(void **state)
{
	struct world *w = *state;
	struct publish p = { .number = 1, .without = 2, .only = -1 };
	struct ld_pack pack;

	edition(&pack, "menu.conf", "Định Công học số", "Từng mảnh");
	p.pack = &pack;
	publish(w, &p);
	settle(w, 0);
	assert_int_equal(status(w).number, 0);
	assert_int_equal(status(w).coming, 1);
	assert_int_equal(status(w).missing, 1);
	assert_int_equal(status(w).pieces, pack.n);
	p.without = -1;
	p.only = 2;
	publish(w, &p);
	settle(w, 1);
	assert_int_equal(status(w).coming, 0);
	assert_string_equal(root_text(w), "Từng mảnh");
	ld_pack_release(&pack);
}

static void test_bad_ones(void **state)
{
	struct world *w = *state;
	struct publish p = { .number = 1, .without = -1, .only = -1 };
	struct ld_pack good, broken, trap;

	edition(&good, "menu.conf", "Định Công học số", "Tốt");
	edition(&broken, "menu.conf", "start =", "strat =");
	edition(&trap, "menu.conf", "Định Công học số", "Vào www.lua-dao.com");
	p.pack = &good;
	publish(w, &p);
	settle(w, 1);
	p = (struct publish){ .number = 2, .pack = &broken, .without = -1, .only = -1 };
	publish(w, &p);
	settle(w, -2);
	assert_non_null(strstr(status(w).why, "edition-2/menu.conf"));
	p = (struct publish){ .number = 3, .pack = &trap, .without = -1, .only = -1 };
	publish(w, &p);
	settle(w, -3);
	p = (struct publish){ .number = 4, .pack = &good, .without = -1, .only = -1,
			      .wrong_hash = true };
	publish(w, &p);
	settle(w, -4);
	settle(w, 0);
	assert_int_equal(status(w).number, 1);
	assert_string_equal(root_text(w), "Tốt");
	assert_int_equal(w->swaps, 1);

	/* A restart says so again, and goes on with the good one. */
	w->notes[0] = '\0';
	stop(w);
	start(w);
	assert_int_equal(status(w).number, 1);
	assert_int_equal(status(w).refused, 4);
	assert_non_null(strstr(w->notes, "edition 2 cannot be used"));
	p = (struct publish){ .number = 5, .pack = &good, .without = -1, .only = -1 };
	publish(w, &p);
	settle(w, 5);
	assert_int_equal(status(w).refused, 0);
	ld_pack_release(&good);
	ld_pack_release(&broken);
	ld_pack_release(&trap);
}

/* One that is there for later is overtaken by one that was published after it. */
static void test_overtaken(void **state)
{
	struct world *w = *state;
	struct publish p = { .number = 1, .without = -1, .only = -1,
			     .at_ms = 1800000000000 + 3600000 };
	struct ld_pack a, b;

	edition(&a, "menu.conf", "Định Công học số", "Cũ");
	edition(&b, "menu.conf", "Định Công học số", "Mới");
	p.pack = &a;
	publish(w, &p);
	p = (struct publish){ .number = 2, .pack = &b, .without = -1, .only = -1 };
	publish(w, &p);
	settle(w, 2);
	ld_clock_manual_advance(&w->clock, 7200000);
	settle(w, 0);
	assert_string_equal(root_text(w), "Mới");
	assert_int_equal(w->swaps, 1);
	ld_pack_release(&a);
	ld_pack_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_before_the_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_at_once_and_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_a_trusted_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_in_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_ones, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_overtaken, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ld_crypto_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
