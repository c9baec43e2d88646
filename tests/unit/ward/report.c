/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ward's figures: counted from events, small cells hidden, shown without anything that people
 * wrote turning into markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "on_engine.h"
#include "laido/ward/report.h"

struct fixture {
	char base[64], path[100];
	struct ld_keypair key;
	struct ld_board_id id;
	struct ld_clock_manual clock;
	struct ld_store *st;
	struct ld_ward_config conf;
	struct ld_ward_report r;
	unsigned next;
};

static json_t *as_json(struct fixture *f);

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct ld_store_cfg cfg = {.path = f->path,
				   .clock = &f->clock.clock,
				   .random = ld_random_sys(),
				   .author = &f->key};
	struct ld_errmsg err;

	snprintf(f->base, sizeof(f->base), "/tmp/laido-report.XXXXXX");
	assert_non_null(mkdtemp(f->base));
	snprintf(f->path, sizeof(f->path), "%s/laido.db", f->base);
	ld_keypair_from_seed(&f->key, (const uint8_t[32]){3});
	ld_board_id_of(&f->id, f->key.pk);
	ld_clock_manual_init(&f->clock, 1800000000000);
	memcpy(cfg.ward_pk, f->key.pk, 32);
	if (engine_open(&f->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	ld_ward_config_default(&f->conf);
	f->conf.n_tdp = 2;
	f->conf.tdp[0] = (struct ld_conf_tdp){28, 200};
	f->conf.tdp[1] = (struct ld_conf_tdp){1, 100};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[100];

	ld_store_close(f->st);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->base);
	assert_int_equal(system(cmd), 0);
	free(f);
	return 0;
}

static void append(struct fixture *f, const struct ld_fact *fact)
{
	assert_int_equal(ld_store_begin(f->st), 0);
	assert_int_equal(ld_store_append(f->st, fact, NULL), 0);
	assert_int_equal(ld_store_commit(f->st), 0);
}

/* A resident of a group who went so far: 1 consent, 2 enrolled, 3 active, 4 completed. */
static void resident(struct fixture *f, unsigned tdp, unsigned so_far)
{
	struct ld_id s = {{'S', (uint8_t)++f->next, (uint8_t)(f->next >> 8)}};
	struct ld_fact c = {.kind = LD_EV_CONSENT, .subject = s};
	struct ld_fact t = {.kind = LD_EV_SET, .subject = s};
	struct ld_fact e = {.kind = LD_EV_ENROL, .subject = s};
	struct ld_fact a = {.kind = LD_EV_ANSWER, .subject = s};
	struct ld_fact d = {.kind = LD_EV_COMPLETE, .subject = s};

	c.u.consent.p = (struct ld_id){{'P', (uint8_t)f->next, (uint8_t)(f->next >> 8)}};
	c.u.consent.slot = 1;
	append(f, &c);
	t.u.set.reg = LD_REG_TDP;
	snprintf(t.u.set.value, sizeof(t.u.set.value), "%u", tdp);
	if (tdp)
		append(f, &t);
	snprintf(e.u.enrol.course, LD_COURSE_MAX, "VNEID");
	if (so_far >= 2)
		append(f, &e);
	snprintf(a.u.answer.course, LD_COURSE_MAX, "VNEID");
	a.u.answer.lesson = a.u.answer.option = 1;
	if (so_far >= 3)
		append(f, &a);
	snprintf(d.u.complete.course, LD_COURSE_MAX, "VNEID");
	if (so_far >= 4)
		append(f, &d);
}

static void gather(struct fixture *f)
{
	assert_int_equal(ld_ward_report_gather(&f->r, f->st, &f->conf, &f->id, f->clock.utc), 0);
}

static void events_become_figures(void **state)
{
	struct fixture *f = *state;
	struct ld_fact i = {.kind = LD_EV_INVITED, .subject = {{'Q'}}};
	struct ld_fact w = {.kind = LD_EV_ATTEST};

	append(f, &i);
	resident(f, 1, 4);
	resident(f, 1, 3);
	w.subject = (struct ld_id){{'S', (uint8_t)f->next, (uint8_t)(f->next >> 8)}};
	w.u.attest.what = LD_ATTEST_NATIONAL;
	append(f, &w);
	append(f, &w);
	w.subject = (struct ld_id){{'S', (uint8_t)(f->next - 1), (uint8_t)((f->next - 1) >> 8)}};
	w.u.attest.what = LD_ATTEST_CLASS;
	w.u.attest.day = 20780;
	append(f, &w);
	resident(f, 28, 2);
	resident(f, 0, 1);
	resident(f, 7, 4);
	gather(f);
	assert_int_equal(f->r.n, 4);
	assert_int_equal(f->r.row[0].tdp, 1);
	assert_int_equal(f->r.row[1].tdp, 7);
	assert_int_equal(f->r.row[2].tdp, 28);
	assert_int_equal(f->r.row[3].tdp, 0); /* not told comes last */
	assert_int_equal(f->r.row[0].adults, 100);
	assert_int_equal(f->r.row[0].cell[LD_COL_ACTIVE].n, 2);
	assert_int_equal(f->r.row[0].cell[LD_COL_COMPLETED].n, 1);
	assert_int_equal(f->r.row[0].cell[LD_COL_CONFIRMED].n, 1); /* and not completed */
	assert_int_equal(f->r.total.cell[LD_COL_CONFIRMED].n, 1);
	assert_int_equal(f->r.row[0].cell[LD_COL_ATTESTED].n, 1); /* nor is this */
	assert_int_equal(f->r.row[1].cell[LD_COL_ATTESTED].n, 0);
	assert_int_equal(f->r.total.cell[LD_COL_MERGED].n, 0);
	assert_int_equal(f->r.row[2].cell[LD_COL_ENROLLED].n, 1);
	assert_int_equal(f->r.total.cell[LD_COL_INVITED].n, 6);
	assert_int_equal(f->r.total.cell[LD_COL_CONSENTED].n, 5);
	assert_int_equal(f->r.total.adults, 300);
	assert_int_equal(f->r.goal.cell[LD_COL_COMPLETED].n, 1); /* group 7 has no denominator */
}

static void small_cells_hide_and_others_come_in_steps(void **state)
{
	struct fixture *f = *state;

	f->conf.min_cell = 5;
	for (unsigned i = 0; i < 3; i++)
		resident(f, 1, 1);
	for (unsigned i = 0; i < 6; i++)
		resident(f, 28, 1);
	for (unsigned i = 0; i < 9; i++)
		resident(f, 2, 1);
	gather(f);
	assert_true(f->r.row[0].cell[LD_COL_CONSENTED].hidden); /* 3 of group 1 */
	assert_int_equal(f->r.row[1].cell[LD_COL_CONSENTED].n, 5);
	assert_int_equal(f->r.row[2].cell[LD_COL_CONSENTED].n, 5);
	assert_int_equal(f->r.total.cell[LD_COL_CONSENTED].n, 15); /* 18: of 8, 13 say nothing */
	assert_false(f->r.row[0].cell[LD_COL_COMPLETED].hidden); /* nobody is nobody */
}

/* Whoever has all tables of today and of tomorrow, when one more has consented somewhere: for
 * every hidden or rounded cell at least five people remain possible. */
static void differences_tell_of_nobody(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 200; n++) {
		struct ld_ward_cell today = { .n = n }, tomorrow = { .n = n + 1 };

		ld_ward_blur(&today, 5);
		ld_ward_blur(&tomorrow, 5);
		assert_true(today.hidden || today.n % 5 == 0);
		if (!today.hidden && !tomorrow.hidden)
			assert_true(tomorrow.n - today.n == 0 || tomorrow.n - today.n == 5);
	}
}

/* ---- breakdowns, recounted by hand ---- */

static const struct ld_ward_figure_row *figure_row(struct fixture *f, enum ld_figure k,
						   const char *label)
{
	for (unsigned i = 0; i < f->r.figure[k].n; i++)
		if (strcmp(f->r.figure[k].row[i].label, label) == 0)
			return &f->r.figure[k].row[i];
	fail_msg("no row \"%s\"", label);
	return NULL;
}

static void figure_is(struct fixture *f, enum ld_figure k, const char *label, uint64_t a,
		      uint64_t b, uint64_t c, uint64_t d)
{
	const struct ld_ward_figure_row *row = figure_row(f, k, label);

	assert_int_equal(row->cell[0].n, a);
	assert_int_equal(row->cell[1].n, b);
	assert_int_equal(row->cell[2].n, c);
	assert_int_equal(row->cell[3].n, d);
}

static void answer(struct fixture *f, uint8_t lesson, bool right)
{
	struct ld_fact a = {.kind = LD_EV_ANSWER,
			    .subject = {{'S', (uint8_t)f->next, (uint8_t)(f->next >> 8)}}};

	snprintf(a.u.answer.course, LD_COURSE_MAX, "VNEID");
	a.u.answer.lesson = lesson;
	a.u.answer.option = 1;
	a.u.answer.right = right;
	append(f, &a);
}

static void in_market(struct fixture *f, const char *name)
{
	struct ld_fact m = {.kind = LD_EV_SET,
			    .subject = {{'S', (uint8_t)f->next, (uint8_t)(f->next >> 8)}}};

	m.u.set.reg = LD_REG_MARKET;
	snprintf(m.u.set.value, sizeof(m.u.set.value), "%s", name);
	append(f, &m);
}

static void breakdowns_are_what_happened(void **state)
{
	struct fixture *f = *state;

	resident(f, 1, 4);
	in_market(f, "Chợ Đại Từ");
	resident(f, 1, 3); /* lesson 1, wrong */
	answer(f, 2, true);
	answer(f, 3, false);
	resident(f, 2, 2);
	in_market(f, "Chợ Đại Từ");
	ld_clock_manual_advance(&f->clock, INT64_C(40) * 86400000);
	resident(f, 2, 4);
	gather(f);
	figure_is(f, LD_FIG_COURSE, "VNEID", 4, 3, 2, 0);
	figure_is(f, LD_FIG_LESSON, "VNEID 01", 3, 3, 0, 3);
	figure_is(f, LD_FIG_LESSON, "VNEID 02", 1, 0, 0, 0);
	figure_is(f, LD_FIG_LESSON, "VNEID 03", 1, 1, 1, 1);
	figure_is(f, LD_FIG_MONTH, "2027-01", 3, 3, 1, 1);
	figure_is(f, LD_FIG_MONTH, "2027-02", 1, 1, 1, 2);
	figure_is(f, LD_FIG_MARKET, "Chợ Đại Từ", 2, 2, 1, 1);
}

static void markets_of_few_are_one_row(void **state)
{
	struct fixture *f = *state;

	f->conf.min_cell = 2;
	resident(f, 1, 1);
	in_market(f, "Sạp nhà bà Lan");
	for (unsigned i = 0; i < 2; i++) {
		resident(f, 1, 1);
		in_market(f, "Chợ Đại Từ");
	}
	gather(f);
	assert_int_equal(f->r.figure[LD_FIG_MARKET].n, 2);
	assert_string_equal(f->r.figure[LD_FIG_MARKET].row[1].label, "");
	assert_true(f->r.figure[LD_FIG_MARKET].row[1].cell[0].hidden);
}

static void goal(struct fixture *f, unsigned what, const char *name, unsigned people)
{
	struct ld_fact g = {.kind = LD_EV_GOAL, .u.goal = {.what = (uint8_t)what, .people = people}};

	snprintf(g.u.goal.name, sizeof(g.u.goal.name), "%s", name);
	append(f, &g);
}

static void in_school(struct fixture *f, const char *name)
{
	struct ld_fact s = {.kind = LD_EV_SET,
			    .subject = {{'S', (uint8_t)f->next, (uint8_t)(f->next >> 8)}}};

	s.u.set.reg = LD_REG_SCHOOL;
	snprintf(s.u.set.value, sizeof(s.u.set.value), "%s", name);
	append(f, &s);
}

/* What the ward enters: the newest counts, goes before the settings, and 0 takes it back. */
static void what_a_hundred_percent_means(void **state)
{
	struct fixture *f = *state;

	goal(f, LD_GOAL_TDP, "7", 50);
	goal(f, LD_GOAL_TDP, "1", 120);
	goal(f, LD_GOAL_TDP, "1", 130);
	goal(f, LD_GOAL_MARKET, "Định Công", 40);
	goal(f, LD_GOAL_SCHOOL, "THCS Định Công", 800);
	goal(f, LD_GOAL_SCHOOL, "THCS Tân Định", 700);
	goal(f, LD_GOAL_SCHOOL, "THCS Tân Định", 0);
	f->conf.min_cell = 5;
	for (unsigned i = 0; i < 7; i++) {
		resident(f, 7, 4);
		in_school(f, "THCS Định Công");
	}
	resident(f, 7, 4);
	in_market(f, "Định Công");
	resident(f, 99, 4);
	gather(f);
	assert_int_equal(f->r.total.adults, 200 + 130 + 50);
	assert_int_equal(f->r.goal.cell[LD_COL_COMPLETED].n, 5);
	assert_int_equal(f->r.figure[LD_FIG_SCHOOL].n, 1);
	assert_int_equal(figure_row(f, LD_FIG_SCHOOL, "THCS Định Công")->goal, 800);
	figure_is(f, LD_FIG_SCHOOL, "THCS Định Công", 5, 5, 5, 5);
	/* The ward named it, so it may stand alone; how few they are is not told. */
	assert_int_equal(figure_row(f, LD_FIG_MARKET, "Định Công")->goal, 40);
	assert_true(figure_row(f, LD_FIG_MARKET, "Định Công")->cell[0].hidden);
}

static void completes(struct fixture *f, const char *course)
{
	struct ld_fact d = {.kind = LD_EV_COMPLETE,
			    .subject = {{'S', (uint8_t)f->next, (uint8_t)(f->next >> 8)}}};

	snprintf(d.u.complete.course, LD_COURSE_MAX, "%s", course);
	append(f, &d);
}

static void the_core_set_is_all_of_its_courses(void **state)
{
	struct fixture *f = *state;

	snprintf(f->conf.core, sizeof(f->conf.core), "VNEID DVC");
	resident(f, 1, 4);
	completes(f, "DVC");
	resident(f, 1, 4);
	completes(f, "VNE");
	resident(f, 1, 1);
	completes(f, "DVC");
	gather(f);
	assert_int_equal(f->r.row[0].cell[LD_COL_CORE].n, 1);
	f->conf.core[0] = '\0';
	gather(f);
	assert_int_equal(f->r.row[0].cell[LD_COL_CORE].n, 0); /* there is none */
}

/* Every link to how something is counted leads somewhere, in both languages. */
static void every_figure_says_how_it_is_counted(void **state)
{
	struct fixture *f = *state;
	unsigned links = 0;

	what_a_hundred_percent_means(state);
	for (unsigned english = 0; english < 2; english++) {
		size_t len;
		char *html = ld_ward_report_html(&f->r, &f->conf, english, &len);
		char *how = ld_ward_how_html(&f->r, &f->conf, english, &len);

		for (const char *at = html; (at = strstr(at, "href=\"/how")); links++) {
			char id[64];

			at = strchr(at, '#') + 1;
			snprintf(id, sizeof(id), "<dt id=%.*s>", (int)strcspn(at, "\""), at);
			if (!strstr(how, id))
				fail_msg("nothing says how it is counted: %s", id);
		}
		free(html);
		free(how);
	}
	assert_true(links > 40);
}

static void ambassadors_and_whom_they_brought(void **state)
{
	struct fixture *f = *state;
	struct ld_fact a = {.kind = LD_EV_ROLE, .subject = {{'A'}}};
	struct ld_fact i = {.kind = LD_EV_INVITED};

	a.u.role.duty = LD_DUTY_AMBASSADOR;
	snprintf(a.u.role.name, sizeof(a.u.role.name), "Thu Hà");
	append(f, &a);
	i.u.invited.by = a.subject;
	for (unsigned n = 1; n <= 3; n++) {
		i.subject = (struct ld_id){{'P', (uint8_t)n}};
		append(f, &i);
	}
	resident(f, 1, 4);
	resident(f, 1, 1);
	gather(f);
	figure_is(f, LD_FIG_AMBASSADOR, "Thu Hà", 3, 2, 1, 1);
}

/* A board tells each local day once, when it is over; the simulated handset's is not counted. */
static void what_was_sent_is_told_once(void **state)
{
	struct fixture *f = *state;
	const int64_t today = f->clock.utc / 86400000;
	json_t *o, *money;

	assert_int_equal(ld_store_begin(f->st), 0);
	assert_int_equal(ld_store_quota_add(f->st, "sim1", today - 1, 7), 0);
	assert_int_equal(ld_store_quota_add(f->st, "sim2", today - 1, 5), 0);
	assert_int_equal(ld_store_quota_add(f->st, "phone", today - 1, 90), 0);
	assert_int_equal(ld_store_quota_add(f->st, "sim1", today - 2, 3), 0);
	assert_int_equal(ld_store_quota_add(f->st, "sim1", today, 50), 0);
	assert_int_equal(ld_store_tell_spent(f->st, today, "phone"), 2);
	assert_int_equal(ld_store_tell_spent(f->st, today, "phone"), 0);
	assert_int_equal(ld_store_commit(f->st), 0);
	gather(f);
	assert_int_equal(f->r.figure[LD_FIG_SPENT].n, 1);
	figure_is(f, LD_FIG_SPENT, "2027-01", 15, 1, 0, 0);
	resident(f, 1, 4);
	resident(f, 1, 4);
	gather(f);
	f->r.part_vnd = 300;
	o = as_json(f);
	money = json_object_get(o, "money");
	assert_int_equal(json_integer_value(json_object_get(money, "vnd")), 4500);
	assert_int_equal(json_integer_value(json_object_get(money, "vnd_per_completed")), 2250);
	json_decref(o);
}

static json_t *as_json(struct fixture *f)
{
	size_t len;
	char *text = ld_ward_report_json(&f->r, &f->conf, &len);
	json_t *o = json_loadb(text, len, 0, NULL);

	assert_non_null(o);
	free(text);
	return o;
}

static void names_stay_text(void **state)
{
	struct fixture *f = *state;
	struct ld_fact m = {.kind = LD_EV_MEMBER};
	const char *name = "<script>\"x\"&";
	size_t len;
	char *html, *csv;
	json_t *o;

	ld_board_id_of(&m.u.member.board, m.u.member.pk);
	snprintf(m.u.member.name, sizeof(m.u.member.name), "%s", name);
	append(f, &m);
	f->conf.min_cell = 5;
	resident(f, 1, 4);
	gather(f);
	for (unsigned english = 0; english < 2; english++) {
		html = ld_ward_report_html(&f->r, &f->conf, english, &len);
		assert_int_equal(strlen(html), len);
		assert_null(strstr(html, "<script>"));
		assert_non_null(strstr(html, "&lt;script&gt;&quot;x&quot;&amp;"));
		assert_non_null(strstr(html, english ? "Enrolled" : "Đăng ký"));
		free(html);
	}
	o = as_json(f);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(o, "boards"), 0), "name")),
			    name);
	assert_true(json_is_null(
		json_object_get(json_array_get(json_object_get(o, "rows"), 0), "completed")));
	json_decref(o);
	csv = ld_ward_report_csv(&f->r, &f->conf, &len);
	assert_non_null(strstr(csv, "1,100,<5,<5,<5,<5,<5,0,0,0,0\r\n"));
	free(csv);
	html = ld_ward_report_text(&f->r, &f->conf, &len);
	assert_non_null(strstr(html, "few"));
	free(html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_become_figures, setup, teardown),
		cmocka_unit_test_setup_teardown(small_cells_hide_and_others_come_in_steps, setup,
						teardown),
		cmocka_unit_test(differences_tell_of_nobody),
		cmocka_unit_test_setup_teardown(breakdowns_are_what_happened, setup, teardown),
		cmocka_unit_test_setup_teardown(markets_of_few_are_one_row, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_hundred_percent_means, setup, teardown),
		cmocka_unit_test_setup_teardown(the_core_set_is_all_of_its_courses, setup, teardown),
		cmocka_unit_test_setup_teardown(every_figure_says_how_it_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(ambassadors_and_whom_they_brought, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_sent_is_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(names_stay_text, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
