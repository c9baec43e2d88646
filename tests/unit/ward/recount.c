/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every figure of the report, counted once more from the events of the log in plain C; and reports
 * that are one event apart, compared as a curious reader would. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>
#include <sqlite3.h>

#include "../../seed.h"
#include "on_engine.h"
#include "laido/wire/event.h"
#include "laido/ward/report.h"

enum { PEOPLE = 160, PAIRS = 12, EVENTS = 2400, COURSES = 3, LESSONS = 5, MONTHS = 24, AMBASSADORS = 3 };

static const char *const courses[COURSES] = { "VNEID", "DVC", "LUADAO" };
static const char *const markets[] = { "Định Công", "Định Công Thượng", "Sạp nhà bà Lan" };
static const char *const schools[] = { "THCS Định Công", "THCS Tân Định" };

struct fixture {
	char base[64], path[100];
	struct ld_keypair key;
	struct ld_board_id id;
	struct ld_clock_manual clock;
	struct ld_store *st;
	struct ld_ward_config conf;
	struct ld_ward_report r;
	uint64_t seed;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct ld_store_cfg cfg = { .path = f->path, .clock = &f->clock.clock,
				    .random = ld_random_sys(), .author = &f->key };
	struct ld_errmsg err;

	f->seed = seed_start();
	snprintf(f->base, sizeof(f->base), "/tmp/laido-recount.XXXXXX");
	assert_non_null(mkdtemp(f->base));
	snprintf(f->path, sizeof(f->path), "%s/laido.db", f->base);
	ld_keypair_from_seed(&f->key, (const uint8_t[32]){ 3 });
	ld_board_id_of(&f->id, f->key.pk);
	ld_clock_manual_init(&f->clock, 1800000000000);
	f->clock.trusted = true;
	memcpy(cfg.ward_pk, f->key.pk, 32);
	if (engine_open(&f->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	ld_ward_config_default(&f->conf);
	snprintf(f->conf.core, sizeof(f->conf.core), "VNEID DVC");
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

/* ---- what happens ---- */

static unsigned below(struct fixture *f, unsigned n)
{
	return (unsigned)(seed_u64(&f->seed) % n);
}

static struct ld_id name_of(char what, unsigned i)
{
	return (struct ld_id){ { (uint8_t)what, (uint8_t)i, (uint8_t)(i >> 8), 1 } };
}

static void set_value(struct fixture *f, struct ld_fact *x, enum ld_reg reg)
{
	x->kind = LD_EV_SET;
	x->u.set.reg = (uint8_t)reg;
	if (reg == LD_REG_TDP)
		snprintf(x->u.set.value, LD_VALUE_MAX, "%u", 1 + below(f, 4));
	else if (reg == LD_REG_MARKET)
		snprintf(x->u.set.value, LD_VALUE_MAX, "%s", markets[below(f, 3)]);
	else
		snprintf(x->u.set.value, LD_VALUE_MAX, "%s", schools[below(f, 2)]);
}

static void learns(struct fixture *f, struct ld_fact *x)
{
	const char *course = courses[below(f, COURSES)];

	x->kind = (const uint16_t[]){ LD_EV_ENROL, LD_EV_ANSWER, LD_EV_ANSWER, LD_EV_ANSWER,
				      LD_EV_COMPLETE }[below(f, 5)];
	if (x->kind == LD_EV_ENROL)
		snprintf(x->u.enrol.course, LD_COURSE_MAX, "%s", course);
	else if (x->kind == LD_EV_COMPLETE)
		snprintf(x->u.complete.course, LD_COURSE_MAX, "%s", course);
	else
		x->u.answer = (typeof(x->u.answer)){ .lesson = (uint8_t)(1 + below(f, LESSONS)),
						     .option = 1, .right = below(f, 2) };
	if (x->kind == LD_EV_ANSWER)
		snprintf(x->u.answer.course, LD_COURSE_MAX, "%s", course);
}

/* Something of somebody; who has not agreed only ever agrees or is invited. */
static void something(struct fixture *f, struct ld_fact *x)
{
	unsigned i = below(f, PEOPLE);

	memset(x, 0, sizeof(*x));
	x->subject = name_of('S', i);
	switch (below(f, 10)) {
	case 0:
		x->kind = LD_EV_INVITED;
		x->subject = name_of('P', i);
		if (below(f, 2))
			x->u.invited.by = name_of('A', below(f, AMBASSADORS));
		x->u.invited.tdp = (uint8_t)below(f, 4);
		break;
	case 1:
		set_value(f, x, (const enum ld_reg[]){ LD_REG_TDP, LD_REG_MARKET,
						       LD_REG_SCHOOL }[below(f, 3)]);
		break;
	case 2:
		x->kind = LD_EV_CONSENT;
		x->u.consent.p = name_of('P', i);
		x->u.consent.slot = 1;
		break;
	case 3:
		x->kind = LD_EV_ATTEST;
		x->u.attest.what = (uint8_t)(1 + below(f, 2));
		break;
	default:
		learns(f, x);
	}
}

static void happens(struct fixture *f, const struct ld_fact *x)
{
	ld_clock_manual_advance(&f->clock, (int64_t)below(f, 8 * 3600) * 1000);
	assert_int_equal(ld_store_begin(f->st), 0);
	assert_int_equal(ld_store_append(f->st, x, NULL), 0);
	assert_int_equal(ld_store_commit(f->st), 0);
}

static void some_life(struct fixture *f, unsigned events)
{
	struct ld_fact x;

	for (unsigned a = 0; a < AMBASSADORS; a++) {
		x = (struct ld_fact){ .kind = LD_EV_ROLE, .subject = name_of('A', a),
				      .u.role.duty = LD_DUTY_AMBASSADOR };
		snprintf(x.u.role.name, sizeof(x.u.role.name), "Đại sứ %u", a);
		happens(f, &x);
	}
	for (unsigned e = 0; e < events; e++) {
		something(f, &x);
		happens(f, &x);
	}
	/* The first ones are one person with two numbers each, in pairs. */
	for (unsigned i = 0; i < 2 * PAIRS; i++) {
		x = (struct ld_fact){ .kind = LD_EV_SAME, .subject = name_of('S', i),
				      .u.same = { name_of('S', i ^ 1), (i & 1) == 1, 1 } };
		happens(f, &x);
	}
}

/* ---- counted once more ---- */

struct one {
	bool invited, consented, attested[3], from[AMBASSADORS];
	int64_t invited_ms, consent_ms;
	unsigned invited_tdp, tdp;
	int market, school;             /* -1: not told */
	struct {
		int64_t enrolled_ms, completed_ms;
		unsigned answered, right, wrong; /* bits, from 1 */
	} in[COURSES];
};

static unsigned index_of(const struct ld_id *id)
{
	return id->b[1] | (unsigned)id->b[2] << 8;
}

static int which(const char *const *list, unsigned n, const char *value)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(list[i], value) == 0)
			return (int)i;
	return -1;
}

static void earliest(int64_t *t, int64_t ms)
{
	if (*t == 0 || ms < *t)
		*t = ms;
}

/* Events come in order of time. */
static void tell(struct one *all, const struct ld_fact *x, int64_t ms)
{
	struct one *o = &all[index_of(&x->subject)];
	int c;

	switch (x->kind) {
	case LD_EV_INVITED:
		o->invited = true;
		if (x->u.invited.by.b[0]) {
			o->from[index_of(&x->u.invited.by)] = true;
			o->invited_tdp = x->u.invited.tdp; /* the newest that somebody gave */
		}
		break;
	case LD_EV_CONSENT:
		o->consented = true;
		earliest(&o->consent_ms, ms);
		break;
	case LD_EV_ATTEST: o->attested[x->u.attest.what] = true; break;
	case LD_EV_SET:
		if (x->u.set.reg == LD_REG_TDP)
			o->tdp = (unsigned)strtoul(x->u.set.value, NULL, 10);
		else if (x->u.set.reg == LD_REG_MARKET)
			o->market = which(markets, LD_ARRAY_SIZE(markets), x->u.set.value);
		else
			o->school = which(schools, LD_ARRAY_SIZE(schools), x->u.set.value);
		break;
	case LD_EV_ENROL:
		earliest(&o->in[which(courses, COURSES, x->u.enrol.course)].enrolled_ms, ms);
		break;
	case LD_EV_COMPLETE:
		earliest(&o->in[which(courses, COURSES, x->u.complete.course)].completed_ms, ms);
		break;
	case LD_EV_ANSWER:
		c = which(courses, COURSES, x->u.answer.course);
		o->in[c].answered |= 1u << x->u.answer.lesson;
		if (x->u.answer.right)
			o->in[c].right |= 1u << x->u.answer.lesson;
		else
			o->in[c].wrong |= 1u << x->u.answer.lesson;
		break;
	default: break;
	}
}

static void take(struct one *all, struct ld_event *e, const void *subject)
{
	struct ld_fact x;

	memcpy(e->subject.b, subject, sizeof(e->subject.b));
	assert_int_equal(ld_fact_decode(e, &x), 0);
	if (index_of(&x.subject) < PEOPLE && (e->subject.b[0] == 'S' || e->subject.b[0] == 'P'))
		tell(all, &x, ld_hlc_ms(e->hlc));
}

static const char the_log[] = "SELECT kind, hlc, body, subject FROM event ORDER BY hlc";

static void read_file(const struct fixture *f, struct one *all)
{
	sqlite3 *s;
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_open_v2(f->path, &s, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(s, the_log, -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW) {
		struct ld_event e = { .kind = (uint16_t)sqlite3_column_int(q, 0),
				      .hlc = sqlite3_column_int64(q, 1),
				      .body = sqlite3_column_blob(q, 2),
				      .body_len = (size_t)sqlite3_column_bytes(q, 2) };

		take(all, &e, sqlite3_column_blob(q, 3));
	}
	sqlite3_finalize(q);
	sqlite3_close(s);
}

static int64_t number_at(const PGresult *r, int row, int col)
{
	uint64_t v;

	assert_int_equal(PQgetlength(r, row, col), sizeof(v));
	memcpy(&v, PQgetvalue(r, row, col), sizeof(v));
	return (int64_t)be64toh(v);
}

static void read_server(const struct fixture *f, struct one *all)
{
	char schema[24], text[64];
	PGconn *c;
	PGresult *r;

	schema_of(f->path, schema);
	snprintf(text, sizeof(text), "SET search_path = %s", schema);
	c = server_run(text);
	r = PQexecParams(c, the_log, 0, NULL, NULL, NULL, NULL, 1);
	assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
	assert_true(PQntuples(r) > 0);
	for (int i = 0; i < PQntuples(r); i++) {
		struct ld_event e = { .kind = (uint16_t)number_at(r, i, 0),
				      .hlc = number_at(r, i, 1),
				      .body = (const uint8_t *)PQgetvalue(r, i, 2),
				      .body_len = (size_t)PQgetlength(r, i, 2) };

		take(all, &e, PQgetvalue(r, i, 3));
	}
	PQclear(r);
	PQfinish(c);
}

static void read_log(const struct fixture *f, struct one *all)
{
	for (unsigned i = 0; i < PEOPLE; i++)
		all[i].market = all[i].school = -1;
	if (on_server())
		read_server(f, all);
	else
		read_file(f, all);
}

/* The other number of i, if both have agreed; -1. */
static int other_of(const struct one *all, unsigned i)
{
	return i < 2 * PAIRS && all[i ^ 1].consented ? (int)(i ^ 1) : -1;
}

/* Counts for the person: messages come to the odd one of a pair. */
static bool counts(const struct one *all, unsigned i)
{
	return all[i].consented && !(other_of(all, i) >= 0 && (i & 1) == 0);
}

/* What she has done under all numbers. Of a number whose other one has not agreed the records of
 * both count, too: they were joined. */
struct done {
	bool enrolled, active, completed, core, attested[3];
};

static struct done done_by(const struct one *all, unsigned i)
{
	struct done d = { .enrolled = false };
	unsigned core = 0;

	for (unsigned k = i; k <= PEOPLE; k = k == i && i < 2 * PAIRS ? i ^ 1 : PEOPLE + 1) {
		for (unsigned c = 0; c < COURSES; c++) {
			d.enrolled |= all[k].in[c].enrolled_ms > 0;
			d.active |= all[k].in[c].answered > 0;
			d.completed |= all[k].in[c].completed_ms > 0;
			if (all[k].in[c].completed_ms > 0)
				core |= 1u << c;
		}
		d.attested[1] |= all[k].attested[1];
		d.attested[2] |= all[k].attested[2];
		if (k != i)
			break;
	}
	d.core = (core & 3) == 3;
	return d;
}

static uint64_t cell(const struct fixture *f, unsigned tdp, enum ld_ward_column c)
{
	for (unsigned i = 0; i < f->r.n; i++)
		if (f->r.row[i].tdp == tdp)
			return f->r.row[i].cell[c].n;
	return 0;
}

static void rows_hold(const struct fixture *f, const struct one *all)
{
	uint64_t n[LD_CONF_TDP + 1][LD_N_COLS] = { { 0 } };

	for (unsigned i = 0; i < PEOPLE; i++) {
		const struct done d = done_by(all, i);
		uint64_t *row = n[all[i].tdp];

		if (all[i].invited && !all[i].consented)
			n[all[i].invited_tdp][LD_COL_INVITED]++;
		if (!counts(all, i))
			continue;
		row[LD_COL_INVITED]++;
		row[LD_COL_CONSENTED]++;
		row[LD_COL_ENROLLED] += d.enrolled;
		row[LD_COL_ACTIVE] += d.active;
		row[LD_COL_COMPLETED] += d.completed;
		row[LD_COL_CORE] += d.core;
		row[LD_COL_CONFIRMED] += d.attested[LD_ATTEST_NATIONAL];
		row[LD_COL_ATTESTED] += d.attested[LD_ATTEST_CLASS];
		row[LD_COL_MERGED] += other_of(all, i) >= 0;
	}
	for (unsigned t = 0; t <= 4; t++)
		for (unsigned c = 0; c < LD_N_COLS; c++)
			if (cell(f, t, c) != n[t][c])
				fail_msg("group %u, %s: %u instead of %u", t, ld_ward_report_keys[c],
					 (unsigned)cell(f, t, c), (unsigned)n[t][c]);
}

static uint64_t figure(const struct fixture *f, enum ld_figure k, const char *label, unsigned column)
{
	for (unsigned i = 0; i < f->r.figure[k].n; i++)
		if (strcmp(f->r.figure[k].row[i].label, label) == 0)
			return f->r.figure[k].row[i].cell[column].n;
	return 0;
}

static void is(const struct fixture *f, enum ld_figure k, const char *label, const unsigned n[4])
{
	for (unsigned c = 0; c < LD_FIG_COUNTS; c++)
		if (figure(f, k, label, c) != n[c])
			fail_msg("%s, column %u: %u instead of %u", label, c,
				 (unsigned)figure(f, k, label, c), n[c]);
}

/* Nobody is counted in the second number when the first has agreed: her bits are put together. */
static void lessons_hold(const struct fixture *f, const struct one *all)
{
	for (unsigned c = 0; c < COURSES; c++)
		for (unsigned l = 1; l <= LESSONS; l++) {
			unsigned n[4] = { 0 };
			char label[32];

			for (unsigned i = 0; i < PEOPLE; i++) {
				int o = other_of(all, i);
				unsigned answered = all[i].in[c].answered, right = all[i].in[c].right,
					 wrong = all[i].in[c].wrong;
				bool gone = all[i].in[c].completed_ms > 0;

				if (!all[i].consented || (o >= 0 && (i & 1)))
					continue;
				if (o >= 0) {
					answered |= all[o].in[c].answered;
					right |= all[o].in[c].right;
					wrong |= all[o].in[c].wrong;
				}
				if (i < 2 * PAIRS)
					gone |= all[i ^ 1].in[c].completed_ms > 0 ||
						all[i ^ 1].in[c].answered >> (l + 1);
				gone |= (answered >> (l + 1)) != 0;
				if (!(answered >> l & 1))
					continue;
				n[0]++;
				n[1] += !(right >> l & 1);
				n[2] += !gone;
				n[3] += wrong >> l & 1;
			}
			snprintf(label, sizeof(label), "%s %02u", courses[c], l);
			is(f, LD_FIG_LESSON, label, n);
		}
}

static void courses_hold(const struct fixture *f, const struct one *all)
{
	for (unsigned c = 0; c < COURSES; c++) {
		unsigned n[4] = { 0 };

		for (unsigned i = 0; i < PEOPLE; i++) {
			int o = other_of(all, i);
			bool two = o >= 0;

			if (!all[i].consented || (two && (i & 1)))
				continue;
			n[0] += all[i].in[c].enrolled_ms || (two && all[o].in[c].enrolled_ms);
			n[1] += all[i].in[c].answered || (two && all[o].in[c].answered);
			n[2] += all[i].in[c].completed_ms || (two && all[o].in[c].completed_ms);
		}
		is(f, LD_FIG_COURSE, courses[c], n);
	}
}

static void values_hold(const struct fixture *f, const struct one *all, enum ld_figure k,
			const char *const *names, unsigned n_names)
{
	for (unsigned v = 0; v < n_names; v++) {
		unsigned n[4] = { 0 };

		for (unsigned i = 0; i < PEOPLE; i++) {
			const struct done d = done_by(all, i);

			if (!counts(all, i) ||
			    (k == LD_FIG_MARKET ? all[i].market : all[i].school) != (int)v)
				continue;
			n[0]++;
			n[1] += d.enrolled;
			n[2] += d.active;
			n[3] += d.completed;
		}
		is(f, k, names[v], n);
	}
}

static void ambassadors_hold(const struct fixture *f, const struct one *all)
{
	for (unsigned a = 0; a < AMBASSADORS; a++) {
		unsigned n[4] = { 0 };
		char label[32];

		for (unsigned i = 0; i < PEOPLE; i++) {
			bool active = false, completed = false;

			if (!all[i].from[a])
				continue;
			for (unsigned c = 0; c < COURSES; c++) {
				active |= all[i].in[c].answered > 0;
				completed |= all[i].in[c].completed_ms > 0;
			}
			n[0]++;
			n[1] += all[i].consented;
			n[2] += all[i].consented && active;
			n[3] += all[i].consented && completed;
		}
		snprintf(label, sizeof(label), "Đại sứ %u", a);
		is(f, LD_FIG_AMBASSADOR, label, n);
	}
}

/* Months since 2027-01, in Hanoi. */
static unsigned month_of(int64_t ms)
{
	time_t t = (time_t)(ms / 1000 + 420 * 60);
	struct tm tm;

	gmtime_r(&t, &tm);
	return (unsigned)((tm.tm_year - 127) * 12 + tm.tm_mon);
}

static void months_hold(const struct fixture *f, const struct one *all)
{
	unsigned n[MONTHS][4] = { { 0 } }, so_far = 0;

	for (unsigned i = 0; i < PEOPLE; i++) {
		int64_t first = 0;
		int o = other_of(all, i);

		if (!all[i].consented)
			continue;
		n[month_of(all[i].consent_ms)][0] += counts(all, i);
		for (unsigned c = 0; c < COURSES; c++) {
			int64_t e = all[i].in[c].enrolled_ms, d = all[i].in[c].completed_ms;

			if (e)
				n[month_of(e)][1]++;
			if (d)
				n[month_of(d)][2]++;
			if (d)
				earliest(&first, d);
			if (o >= 0 && all[o].in[c].completed_ms)
				earliest(&first, all[o].in[c].completed_ms);
		}
		if (first && counts(all, i))
			n[month_of(first)][3]++;
	}
	for (unsigned m = 0; m < MONTHS; m++) {
		char label[16];

		so_far += n[m][3];
		if (!n[m][0] && !n[m][1] && !n[m][2] && !n[m][3])
			continue;
		n[m][3] = so_far;
		snprintf(label, sizeof(label), "%u-%02u", 2027 + m / 12, 1 + m % 12);
		is(f, LD_FIG_MONTH, label, n[m]);
	}
}

static void gather(struct fixture *f, unsigned min_cell)
{
	f->conf.min_cell = min_cell;
	assert_int_equal(ld_ward_report_gather(&f->r, f->st, &f->conf, &f->id, f->clock.utc), 0);
}

static void the_report_is_what_the_log_says(void **state)
{
	static struct one all[PEOPLE];
	struct fixture *f = *state;

	memset(all, 0, sizeof(all));
	some_life(f, EVENTS);
	gather(f, 0);
	read_log(f, all);
	rows_hold(f, all);
	courses_hold(f, all);
	lessons_hold(f, all);
	values_hold(f, all, LD_FIG_MARKET, markets, LD_ARRAY_SIZE(markets));
	values_hold(f, all, LD_FIG_SCHOOL, schools, LD_ARRAY_SIZE(schools));
	ambassadors_hold(f, all);
	months_hold(f, all);
}

/* ---- two reports, one event apart ---- */

static json_t *published(struct fixture *f)
{
	size_t len;
	char *text;
	json_t *o;

	gather(f, 5);
	text = ld_ward_report_json(&f->r, &f->conf, &len);
	o = json_loadb(text, len, 0, NULL);
	free(text);
	assert_non_null(o);
	return o;
}

/* What is no count of people. */
static bool is_told(const char *key)
{
	static const char *const told[] = { "tdp", "adults", "goal", "label", "parts", "boards",
					    "name", NULL };

	for (unsigned i = 0; told[i]; i++)
		if (strcmp(told[i], key) == 0)
			return true;
	return false;
}

/* Whatever stands in either: nothing between 0 and 5, nothing off the steps, and no step that is not
 * a whole one. A row may be there in one of them alone: with people enough, or none. */
static void no_count_tells(const json_t *now, const json_t *before, const char *key)
{
	const char *name;
	json_t *v;
	size_t i;

	if (json_is_object(now)) {
		json_object_foreach((json_t *)now, name, v)
			no_count_tells(v, json_object_get(before, name), name);
	} else if (json_is_array(now)) {
		json_array_foreach(now, i, v) {
			const json_t *same = NULL, *b;
			size_t k;

			json_array_foreach(before, k, b)
				if (json_equal(json_object_get(v, "label"), json_object_get(b, "label")) &&
				    json_equal(json_object_get(v, "tdp"), json_object_get(b, "tdp")))
					same = b;
			no_count_tells(v, same, key);
		}
	} else if (json_is_integer(now) && !is_told(key)) {
		json_int_t n = json_integer_value(now), was = json_integer_value(before);

		assert_int_equal(n % 5, 0);
		if (json_is_integer(before) && n != was)
			assert_int_equal(n > was ? n - was : was - n, 5);
	}
}

static void differences_tell_of_nobody(void **state)
{
	static const char *const parts[] = { "rows", "total", "of_adults", "tables" };
	struct fixture *f = *state;
	json_t *before, *now;
	struct ld_fact x;

	some_life(f, 300);
	before = published(f);
	for (unsigned e = 0; e < 150; e++) {
		something(f, &x);
		happens(f, &x);
		now = published(f);
		for (unsigned i = 0; i < LD_ARRAY_SIZE(parts); i++)
			no_count_tells(json_object_get(now, parts[i]),
				       json_object_get(before, parts[i]), parts[i]);
		json_decref(before);
		before = now;
	}
	json_decref(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_report_is_what_the_log_says, setup, teardown),
		cmocka_unit_test_setup_teardown(differences_tell_of_nobody, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
