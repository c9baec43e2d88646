/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Campaigns: to whom, what it says, what operators may do, and how the ward's orders fold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "laido/schedule/desk.h"

#define NOW_MS INT64_C(1795316400000)           /* Sunday 22/11/2026 10:00 in Hanoi */

struct bench {
	struct ld_content *content;
	struct ld_store *st;
	struct ld_clock_manual clock;
	struct ld_random_seeded random;
	struct ld_keypair key;
	char dir[64];
};

static void finding(void *arg, const struct ld_finding *f)
{
	(void)arg;
	if (f->error)
		print_message("%s:%d: %s\n", f->file, f->line, f->message);
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct ld_content_options opt = { .approve_all = true, .now_ms = NOW_MS };
	struct ld_store_cfg cfg = { .random = &b->random.random };
	struct ld_errmsg err;
	char path[96];

	snprintf(b->dir, sizeof(b->dir), "/tmp/laido-campaign-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(path, sizeof(path), "%s/db", b->dir);
	ld_crypto_init();
	ld_random_seeded_init(&b->random, 7);
	ld_clock_manual_init(&b->clock, NOW_MS);
	ld_keypair_from_seed(&b->key, (const uint8_t[32]){ 7 });
	cfg.path = path;
	cfg.clock = &b->clock.clock;
	cfg.author = &b->key;
	memcpy(cfg.ward_pk, b->key.pk, sizeof(cfg.ward_pk));
	if (ld_store_open(&b->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ld_content_load("conf/content", &opt, finding, NULL, &b->content), 0);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { "db", "db-wal", "db-shm", "db.lock" };
	struct bench *b = *state;
	char path[96];

	ld_content_free(b->content);
	ld_store_close(b->st);
	for (size_t i = 0; i < LD_ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", b->dir, files[i]);
		unlink(path);
	}
	rmdir(b->dir);
	free(b);
	return 0;
}

/* ---- to whom ---- */

static void segments(void **state)
{
	static const char *const wrong[] = { "", "nobody", "to", "to 0", "to 100", "to x", "market",
		"begun", "all learners to 12", "to 12 fly", "begun AVERYLONGCOURSENAME" };
	struct ld_people k;
	struct ld_errmsg err;

	(void)state;
	assert_int_equal(ld_people_parse("T\u1ea5t c\u1ea3", &k, NULL), 0);
	assert_true(k.tdp == 0 && k.market[0] == '\0');
	assert_int_equal(ld_people_parse("t\u1ed5 12 not begun vneid", &k, NULL), 0);
	assert_int_equal(k.tdp, 12);
	assert_string_equal(k.not_begun, "VNEID");
	assert_false(k.idle);
	assert_int_equal(ld_people_parse("to 12 not begun", &k, NULL), 0);
	assert_true(k.idle && k.not_begun[0] == '\0');
	assert_int_equal(ld_people_parse("ch\u1ee3 \u0110\u1ecbnh C\u00f4ng Th\u01b0\u1ee3ng to 3",
					 &k, NULL), 0);
	assert_string_equal(k.market, "DINH CONG THUONG");
	assert_int_equal(k.tdp, 3);
	for (size_t i = 0; i < LD_ARRAY_SIZE(wrong); i++) {
		err.text[0] = '\0';
		if (ld_people_parse(wrong[i], &k, &err) == 0)
			fail_msg("taken: %s", wrong[i]);
		assert_true(err.text[0]);
	}
}

static struct ld_person learner(void)
{
	struct ld_person p;

	memset(&p, 0, sizeof(p));
	p.consented = true;
	strcpy(p.reg[LD_REG_TDP].value, "12");
	strcpy(p.reg[LD_REG_MARKET].value, "\u0110\u1ecbnh C\u00f4ng");
	return p;
}

static bool meant(const char *people, const struct ld_person *p, const char *message)
{
	struct ld_people k;

	assert_int_equal(ld_people_parse(people, &k, NULL), 0);
	return ld_people_meant(&k, p, message, NOW_MS);
}

static void who_is_meant(void **state)
{
	struct ld_person p = learner();

	(void)state;
	assert_true(meant("all learners", &p, "REMIND_EVENT"));
	assert_true(meant("to 12", &p, "REMIND_EVENT"));
	assert_false(meant("to 1", &p, "REMIND_EVENT"));
	assert_true(meant("market dinh cong", &p, "REMIND_FEE"));
	assert_false(meant("market dinh cong thuong", &p, "REMIND_FEE"));
	assert_true(meant("to 12 not begun VNEID", &p, "REMIND_EVENT"));
	strcpy(p.course[p.n_courses++].course, "VNEID");
	assert_true(meant("not begun VNEID", &p, "REMIND_EVENT"));
	p.course[0].answered = 1;
	assert_false(meant("not begun VNEID", &p, "REMIND_EVENT"));
	assert_true(meant("begun VNEID", &p, "REMIND_EVENT"));
	/* A switch that is off holds for its own kind only. */
	strcpy(p.reg[LD_REG_REMIND_MEET].value, "off");
	assert_false(meant("all", &p, "REMIND_MEET"));
	assert_false(meant("all", &p, "REMIND_EVENT"));
	assert_true(meant("all", &p, "REMIND_HEALTH"));
}

static void who_must_not_be_woken(void **state)
{
	struct ld_person p = learner();

	(void)state;
	p.optouts.n = 1;
	assert_false(meant("all", &p, "REMIND_EVENT"));
	p = learner();
	p.consented = false;
	assert_false(meant("all", &p, "REMIND_EVENT"));
	p = learner();
	strcpy(p.reg[LD_REG_REST].value, "0");
	assert_false(meant("all", &p, "REMIND_EVENT"));
	snprintf(p.reg[LD_REG_REST].value, LD_VALUE_MAX, "%lld", (long long)NOW_MS + 1);
	assert_false(meant("all", &p, "REMIND_EVENT"));
	snprintf(p.reg[LD_REG_REST].value, LD_VALUE_MAX, "%lld", (long long)NOW_MS - 1);
	assert_true(meant("all", &p, "REMIND_EVENT"));
}

static void reminders_go_to_who_asked(void **state)
{
	const struct bench *b = *state;
	struct ld_person p = learner();

	for (unsigned i = 0; i < b->content->n_reminders; i++) {
		const struct ld_reminder *r = &b->content->reminders[i];
		bool first = strcmp(r->key, "fee-dinhcong") == 0;
		struct ld_people k;
		struct ld_moment m;

		assert_int_equal(ld_moment_parse(r->when, 0, &m, NULL), 0);
		assert_int_equal(ld_campaign_check(b->content, r->message,
				 r->kind == LD_REMIND_FEE ? "market=x\n" : r->values, NULL), 0);
		ld_people_of_reminder(b->content, r, &k);
		p = learner();
		assert_false(ld_people_meant(&k, &p, r->message, NOW_MS));
		strcpy(p.reg[k.asked].value, "on");
		assert_int_equal(ld_people_meant(&k, &p, r->message, NOW_MS),
				 r->kind != LD_REMIND_FEE || first);
		p.reg[LD_REG_MARKET].value[0] = '\0';
		assert_int_equal(ld_people_meant(&k, &p, r->message, NOW_MS),
				 r->kind != LD_REMIND_FEE || first);
	}
	assert_true(b->content->n_reminders > 5);
}

/* ---- what it says ---- */

static void texts(void **state)
{
	struct ld_person p = learner();
	char text[LD_TEXT_MAX];
	int64_t day = ld_day_of_date(2027, 1, 31);

	(void)state;
	assert_int_equal(ld_campaign_text("T\u1ed5 {tdp}: {x}, {date}, {year} {none}", "y=1\nx=a b\n",
					  &p, day, text, sizeof(text)), LD_GSM7);
	assert_string_equal(text, "To 12: a b, 31/1/2027, 2026 ");
	strcpy(p.reg[LD_REG_SCRIPT].value, "full");
	assert_int_equal(ld_campaign_text("T\u1ed5 {tdp}", "", &p, day, text, sizeof(text)), LD_UCS2);
	assert_string_equal(text, "T\u1ed5 12");
	ld_campaign_text("{x", "x=1\n", &p, day, text, 4);
	assert_true(strlen(text) < 4);
}

/* ---- the desk ---- */

static int ask(struct bench *b, bool ward, json_t *in, json_t **ret, struct ld_errmsg *err)
{
	struct ld_desk d = { .st = b->st, .content = b->content, .random = &b->random.random,
			     .now_ms = NOW_MS, .utc_offset_min = 420, .ward = ward,
			     .quiet_from_min = 21 * 60, .quiet_to_min = 450,
			     .parts_per_day = 90, .sims = 1 };
	int rc;

	assert_int_equal(ld_store_begin(b->st), 0);
	rc = ld_desk_ask(&d, in, ret, err);
	assert_int_equal(ld_store_commit(b->st), 0);
	json_decref(in);
	return rc;
}

static json_t *add(const char *message, const char *to, const char *when, const char *values)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "do", "add", "message", message, "to", to, "when",
			 when, "values", values);
}

static int64_t draft(struct bench *b)
{
	struct ld_errmsg err;
	json_t *o = NULL;
	int64_t id;

	assert_int_equal(ask(b, true, add("REMIND_EVENT", "to 12", "24/12/2026 09:00",
			     "title=T\ntime=9:00\nplace=P\n"), &o, &err), 0);
	id = json_integer_value(json_object_get(o, "campaign"));
	assert_in_range(id, 100000, 999999);
	json_decref(o);
	return id;
}

static int order(struct bench *b, bool ward, const char *what, int64_t id, struct ld_errmsg *err)
{
	json_t *o = NULL;
	int rc = ask(b, ward, json_pack("{s:s,s:I}", "do", what, "campaign", (json_int_t)id), &o,
		     err);

	if (rc == 0)
		json_decref(o);
	return rc;
}

static void desk_refuses_with_words(void **state)
{
	static const char *const wrong[][4] = {
		{ "CONSENT_ASK", "all", "now", "" }, { "REMIND_LIST", "all", "now", "" },
		{ "REMIND_EVENT", "nobody", "now", "title=a\ntime=b\nplace=c\n" },
		{ "REMIND_EVENT", "all", "soon", "title=a\ntime=b\nplace=c\n" },
		{ "REMIND_EVENT", "all", "now", "title=a\n" },
		{ "REMIND_EVENT", "all", "today 22:00", "title=a\ntime=b\nplace=c\n" },
		{ "REMIND_EVENT", "all", "rrule FREQ=HOURLY", "title=a\ntime=b\nplace=c\n" },
		{ "REMIND_EVENTREMIND_EVENTREMIND_EVENT", "all", "now", "" },
		{ "BROADCAST", "all", "now", "" },
		{ "BROADCAST", "all", "now", "text=Xem http://dinhcong\n" },
		{ "BROADCAST", "all", "now", "text=Tải app dinhcong.vn\n" },
		{ "BROADCAST", "all", "now", "text=Mất nước.Có xe bồn\n" },
		{ "SCAM_WARNING", "all", "now", "" },
	};
	struct bench *b = *state;
	struct ld_errmsg err;
	json_t *o = NULL;

	for (size_t i = 0; i < LD_ARRAY_SIZE(wrong); i++) {
		assert_true(ask(b, true, add(wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3]), &o,
				&err) < 0);
		assert_true(err.text[0]);
	}
	assert_true(ask(b, true, json_object(), &o, &err) < 0 && err.text[0]);
	assert_true(order(b, true, "approve", 7, &err) < 0 && strstr(err.text, "no campaign 7"));
	assert_true(order(b, false, "approve", draft(b), &err) < 0 &&
		    strstr(err.text, "only the ward"));
	assert_true(order(b, false, "pause", 0, &err) < 0);
	assert_int_equal(ld_store_paused(b->st), 0);
}

/* The ward's own words, with its telephone; only whoever rests or has opted out is left out. */
static void the_wards_words(void **state)
{
	struct bench *b = *state;
	struct ld_people k = { .tdp = 0 };
	struct ld_person p = learner();
	char values[256], text[LD_TEXT_MAX];
	struct ld_errmsg err;
	json_t *o = NULL;

	assert_int_equal(ask(b, true, add("SCAM_WARN", "all", "now", ""), &o, &err), 0);
	json_decref(o);
	assert_int_equal(ask(b, true, add("BROADCAST", "to 12", "now", "text=Mất nước. Có xe bồn\n"),
			     &o, &err), 0);
	json_decref(o);
	ld_campaign_values(b->content, "text=mất nước\n", &p, values, sizeof(values));
	ld_campaign_text(ld_content_message(b->content, "BROADCAST", LD_LANG_VI), values, &p, 0, text,
			 sizeof(text));
	assert_string_equal(text, "P. Dinh Cong: mat nuoc. Hoi 024 3000 0000");
	for (int reg = LD_REG_REMIND_TAX; reg <= LD_REG_REMIND_HEALTH; reg++)
		strcpy(p.reg[reg].value, "off");
	assert_true(ld_people_meant(&k, &p, "SCAM_WARN", NOW_MS));
	assert_true(ld_people_meant(&k, &p, "BROADCAST", NOW_MS));
	strcpy(p.reg[LD_REG_REST].value, "0");
	assert_false(ld_people_meant(&k, &p, "SCAM_WARN", NOW_MS));
	p = learner();
	p.optouts.n = 1;
	assert_false(ld_people_meant(&k, &p, "SCAM_WARN", NOW_MS));
}

static int count_state(void *arg, const struct ld_campaign *c)
{
	int *n = arg;

	n[c->ended ? 2 : c->hlc ? 1 : 0]++;
	return 0;
}

static void from_draft_to_end(void **state)
{
	struct bench *b = *state;
	struct ld_errmsg err;
	int64_t id = draft(b), other = draft(b);
	int n[3] = { 0 };

	assert_int_equal(order(b, true, "preview", id, &err), 0);
	assert_int_equal(order(b, true, "approve", id, &err), 0);
	assert_true(order(b, true, "approve", id, &err) < 0);
	assert_int_equal(order(b, true, "cancel", other, &err), 0);
	assert_int_equal(ld_store_campaigns(b->st, count_state, n), 0);
	assert_true(n[0] == 0 && n[1] == 1 && n[2] == 0);
	assert_int_equal(order(b, true, "cancel", id, &err), 0);
	memset(n, 0, sizeof(n));
	assert_int_equal(ld_store_campaigns(b->st, count_state, n), 0);
	assert_true(n[0] == 0 && n[1] == 0 && n[2] == 1);
	assert_int_equal(order(b, true, "pause", 0, &err), 0);
	assert_int_equal(ld_store_paused(b->st), 1);
	assert_int_equal(order(b, true, "resume", 0, &err), 0);
	assert_int_equal(ld_store_paused(b->st), 0);
}

/* ---- the ledger ---- */

static void once_each_and_once_a_day(void **state)
{
	struct bench *b = *state;
	struct ld_id s = { { 1 } };

	assert_int_equal(ld_store_begin(b->st), 0);
	assert_int_equal(ld_store_remind(b->st, &s, "a", 100, 100, false), 1);
	assert_int_equal(ld_store_remind(b->st, &s, "a", 100, 101, false), 0);
	assert_int_equal(ld_store_remind(b->st, &s, "b", 100, 100, false), 0);
	assert_int_equal(ld_store_reminded(b->st, &s, "b", 100), 0);
	assert_int_equal(ld_store_remind(b->st, &s, "b", 100, 101, false), 1);
	assert_int_equal(ld_store_reminded(b->st, &s, "b", 100), 1);
	assert_int_equal(ld_store_remind(b->st, &s, "a", 101, 102, false), 1);
	/* What cannot wait comes on the same day, and takes no day from what follows. */
	assert_int_equal(ld_store_remind(b->st, &s, "c", 100, 100, true), 1);
	assert_int_equal(ld_store_remind(b->st, &s, "d", 100, 100, true), 1);
	assert_int_equal(ld_store_remind(b->st, &s, "d", 100, 101, true), 0);
	assert_int_equal(ld_store_remind(b->st, &s, "e", 103, 103, true), 1);
	assert_int_equal(ld_store_remind(b->st, &s, "e", 104, 103, false), 1);
	assert_int_equal(ld_store_rollback(b->st), 0);
	assert_int_equal(ld_store_reminded(b->st, &s, "a", 100), 0);
}

static void lines(void *arg, const char *line)
{
	strncat(arg, line, 4000 - strlen(arg));
}

static void orders_survive_a_rebuild(void **state)
{
	static char before[4096], after[4096];
	struct bench *b = *state;
	struct ld_errmsg err;
	int64_t id = draft(b);

	before[0] = after[0] = '\0';
	assert_int_equal(order(b, true, "approve", id, &err), 0);
	assert_int_equal(order(b, true, "pause", 0, &err), 0);
	assert_int_equal(ld_store_begin(b->st), 0);
	assert_int_equal(ld_store_dump(b->st, lines, before), 0);
	assert_int_equal(ld_store_rebuild(b->st), 0);
	assert_int_equal(ld_store_dump(b->st, lines, after), 0);
	assert_int_equal(ld_store_commit(b->st), 0);
	assert_true(strstr(before, "campaign") && strstr(before, "pause"));
	assert_string_equal(before, after);
}

static void operators_read_words(void **state)
{
	static const char *const pairs[][2] = {
		{ "856058", "campaign 856058" }, { "tax-q1", "reminder tax-q1" },
		{ "Habitual", "reminder Habitual" }, { "fee-dinhcongthuong", "reminder fee-dinhcongthuong" },
		{ "G3fa94c1372", "notice 1372 of 3fa94c" }, { "H3fa94c1372", "again 1372 of 3fa94c" },
	};
	char what[LD_REMIND_WHAT], words[LD_REMIND_WORDS], back[LD_REMIND_WHAT];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ld_remind_what(pairs[i][0], what);
		ld_remind_words(what, words);
		assert_string_equal(words, pairs[i][1]);
		ld_remind_of_words(words, back);
		assert_string_equal(back, what);
	}
	ld_remind_words("HELP_TO_HELPER 3fa94c11", words);
	assert_string_equal(words, "HELP_TO_HELPER 3fa94c11");
	ld_remind_of_words(words, back);
	assert_string_equal(back, words);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments), cmocka_unit_test(who_is_meant),
		cmocka_unit_test(who_must_not_be_woken), T(reminders_go_to_who_asked),
		cmocka_unit_test(texts), T(desk_refuses_with_words), T(the_wards_words), T(from_draft_to_end),
		T(once_each_and_once_a_day), T(orders_survive_a_rebuild),
		cmocka_unit_test(operators_read_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
