/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events become statements: each once, in the names of nobody, with octets that stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "on_engine.h"
#include "xapi.h"

struct fixture {
	char base[64], path[100];
	struct ld_keypair key;
	struct ld_clock_manual clock;
	struct ld_store *st;
	struct ld_conf_lrs conf;
	struct xapi x;
};

enum { NOW_S = 1800000000 };

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct ld_store_cfg cfg = { .path = f->path, .clock = &f->clock.clock,
				    .random = ld_random_sys(), .author = &f->key };
	struct ld_errmsg err;

	snprintf(f->base, sizeof(f->base), "/tmp/laido-xapi.XXXXXX");
	assert_non_null(mkdtemp(f->base));
	snprintf(f->path, sizeof(f->path), "%s/laido.db", f->base);
	ld_keypair_from_seed(&f->key, (const uint8_t[32]){ 3 });
	ld_clock_manual_init(&f->clock, NOW_S * INT64_C(1000) + 250);
	f->clock.trusted = true;
	memcpy(cfg.ward_pk, f->key.pk, 32);
	if (engine_open(&f->st, &cfg, &err) < 0)
		fail_msg("%s", err.text);
	snprintf(f->conf.home_page, sizeof(f->conf.home_page), "https://ward.example");
	f->x = (struct xapi){ .conf = &f->conf, .now_ms = NOW_S * INT64_C(1000) + 60000 };
	xapi_key(f->x.key, f->key.seed);
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

/* ---- what happened ---- */

static const struct ld_id she = { "S1" }, number = { "P1" };

static void append(struct fixture *f, const struct ld_fact *fact)
{
	assert_int_equal(ld_store_begin(f->st), 0);
	assert_int_equal(ld_store_append(f->st, fact, NULL), 0);
	assert_int_equal(ld_store_commit(f->st), 0);
}

static void consents(struct fixture *f)
{
	struct ld_fact x = { .kind = LD_EV_CONSENT, .subject = she };

	x.u.consent.p = number;
	x.u.consent.slot = 1;
	x.u.consent.channel = LD_CHAN_SMS;
	append(f, &x);
}

static void enrols(struct fixture *f)
{
	struct ld_fact x = { .kind = LD_EV_ENROL, .subject = she, .u.enrol.course = "VNEID" };

	append(f, &x);
}

static void answers(struct fixture *f, uint8_t lesson, bool right)
{
	struct ld_fact x = { .kind = LD_EV_ANSWER, .subject = she,
			     .u.answer = { .course = "VNEID", .lesson = lesson, .option = 2,
					   .right = right, .channel = LD_CHAN_USSD } };

	append(f, &x);
}

static void completes(struct fixture *f)
{
	struct ld_fact x = { .kind = LD_EV_COMPLETE, .subject = she,
			     .u.complete = { .course = "VNEID", .score = 8, .total = 10 } };

	append(f, &x);
}

static void closes(struct fixture *f)
{
	struct ld_fact x = { .kind = LD_EV_CLOSE, .subject = number,
			     .u.close = { .why = LD_CLOSE_ERASE, .slot = 1, .s = she } };

	append(f, &x);
}

static int make(struct fixture *f)
{
	int n;

	assert_int_equal(ld_store_begin(f->st), 0);
	n = xapi_make(&f->x, f->st, 100);
	assert_int_equal(ld_store_commit(f->st), 0);
	return n;
}

/* ---- what is said of it ---- */

static int gather(void *arg, const struct ld_xapi *x)
{
	json_t *s = json_loads(x->body, 0, NULL);

	assert_non_null(s);
	json_array_append_new(arg, s);
	return 0;
}

static json_t *waiting(struct fixture *f)
{
	json_t *list = json_array();

	assert_int_equal(ld_store_xapi_next(f->st, 500, gather, list), 0);
	return list;
}

static const char *at(const json_t *o, const char *path)
{
	char key[128];

	snprintf(key, sizeof(key), "%s", path);
	for (char *p = key, *end; o && p; p = end) {
		end = strchr(p, '.');
		if (end)
			*end++ = '\0';
		o = json_object_get(o, p);
	}
	return json_is_string(o) ? json_string_value(o) : "(none)";
}

static void verbs_are(struct fixture *f, const char *want)
{
	json_t *list = waiting(f), *s;
	char got[256] = "";
	size_t i;

	json_array_foreach(list, i, s) {
		size_t n = strlen(got);

		snprintf(got + n, sizeof(got) - n, "%s%s", n ? " " : "",
			 strrchr(at(s, "verb.id"), '/') + 1);
	}
	assert_string_equal(got, want);
	json_decref(list);
}

/* ---- tests ---- */

/* RFC 4122 4.3: version and variant. */
static void a_uuid_is_of_version_5(void **state)
{
	struct ld_id a, b;
	char text[XAPI_UUID_LEN];

	(void)state;
	xapi_uuid(&a, &(struct ld_span){ "one", 3 }, 1);
	xapi_uuid(&b, (const struct ld_span[]){ { "o", 1 }, { "ne", 2 } }, 2);
	assert_true(ld_id_eq(&a, &b));
	xapi_uuid_text(text, &a);
	assert_int_equal(text[14], '5');
	assert_non_null(strchr("89ab", text[19]));
	assert_true(xapi_uuid_parse(&b, text));
	assert_true(ld_id_eq(&a, &b));
	text[8] = '0';
	assert_false(xapi_uuid_parse(&b, text));
}

static void a_course_in_statements(void **state)
{
	struct fixture *f = *state;

	consents(f);
	enrols(f);
	answers(f, 1, true);
	answers(f, 2, false);
	enrols(f);
	completes(f);
	completes(f);
	make(f);
	verbs_are(f, "registered initialized answered answered completed passed");
	assert_int_equal(make(f), 0);
	verbs_are(f, "registered initialized answered answered completed passed");
}

static void an_answer_to_the_letter(void **state)
{
	struct fixture *f = *state;
	json_t *list, *s;

	consents(f);
	enrols(f);
	answers(f, 3, false);
	make(f);
	list = waiting(f);
	s = json_array_get(list, 2);
	assert_string_equal(at(s, "actor.account.homePage"), "https://ward.example");
	assert_int_equal(strlen(at(s, "actor.account.name")), 32);
	assert_string_equal(at(s, "object.id"), "https://ward.example/courses/VNEID/3");
	assert_string_equal(at(s, "object.definition.interactionType"), "choice");
	assert_string_equal(at(s, "result.response"), "2");
	assert_true(json_is_false(json_object_get(json_object_get(s, "result"), "success")));
	assert_string_equal(at(s, "context.platform"), "ussd");
	assert_string_equal(at(s, "context.language"), "vi");
	assert_string_equal(at(s, "timestamp"), "2027-01-15T08:00:00.250Z");
	assert_string_equal(at(s, "context.registration"),
			    at(json_array_get(list, 0), "context.registration"));
	json_decref(list);
}

static void a_passed_course_has_the_score(void **state)
{
	struct fixture *f = *state;
	json_t *list, *score;

	consents(f);
	completes(f);
	make(f);
	list = waiting(f);
	score = json_object_get(json_object_get(json_array_get(list, 1), "result"), "score");
	assert_int_equal(json_integer_value(json_object_get(score, "raw")), 8);
	assert_int_equal(json_integer_value(json_object_get(score, "max")), 10);
	assert_true(json_number_value(json_object_get(score, "scaled")) > 0.79 &&
		    json_number_value(json_object_get(score, "scaled")) < 0.81);
	json_decref(list);
}

/* An untrusted clock says nothing, nor does one that is ahead: the LRS says when it heard of it, and
 * however often a statement is made, its octets are the same. */
static void nothing_is_dated_by_a_clock_that_lies(void **state)
{
	struct fixture *f = *state;
	json_t *list;

	f->clock.trusted = false;
	f->clock.utc = 86400000;
	consents(f);
	enrols(f);
	f->clock.trusted = true;
	f->clock.utc = f->x.now_ms + 3600 * 1000;
	answers(f, 1, true);
	make(f);
	list = waiting(f);
	assert_string_equal(at(json_array_get(list, 0), "timestamp"), "(none)");
	assert_string_equal(at(json_array_get(list, 2), "timestamp"), "(none)");
	json_decref(list);
}

static void an_opt_out_terminates_what_is_open(void **state)
{
	struct fixture *f = *state;
	struct ld_fact x = { .kind = LD_EV_OPTOUT, .subject = number };

	consents(f);
	enrols(f);
	make(f);
	append(f, &x);
	make(f);
	append(f, &x);
	make(f);
	verbs_are(f, "registered terminated");
}

static int first_and_last(void *arg, const struct ld_xapi *x)
{
	int64_t *range = arg;

	if (!range[0])
		range[0] = x->no;
	range[1] = x->no;
	return 0;
}

/* What was never sent goes without a word; what was is voided, by the ward. */
static void erasure_voids_what_the_lrs_may_have(void **state)
{
	struct fixture *f = *state;
	int64_t range[2] = { 0, 0 };
	json_t *list, *s;
	char registered[XAPI_UUID_LEN];

	consents(f);
	enrols(f);
	make(f);
	list = waiting(f);
	snprintf(registered, sizeof(registered), "%s", at(json_array_get(list, 0), "id"));
	json_decref(list);
	assert_int_equal(ld_store_begin(f->st), 0);
	assert_int_equal(ld_store_xapi_next(f->st, 10, first_and_last, range), 0);
	assert_int_equal(ld_store_xapi_tried(f->st, range[0], range[1]), 0);
	assert_int_equal(ld_store_commit(f->st), 0);
	answers(f, 1, true);
	make(f);
	closes(f);
	make(f);
	verbs_are(f, "voided");
	list = waiting(f);
	s = json_array_get(list, 0);
	assert_string_equal(at(s, "object.objectType"), "StatementRef");
	assert_string_equal(at(s, "object.id"), registered);
	assert_string_equal(at(s, "actor.account.name"), "laido-ward");
	json_decref(list);
}

/* An answer that a third board brings after the erasure is hollow: nothing is said of it. */
static void nothing_is_said_after_erasure(void **state)
{
	struct fixture *f = *state;

	consents(f);
	enrols(f);
	answers(f, 1, true);
	closes(f);
	make(f);
	verbs_are(f, "");
}

/* ---- contents that a carrier kept back ---- */

static int open_ward(struct ld_store **ret, const struct fixture *f, const char *path)
{
	static struct ld_keypair other;
	struct ld_store_cfg cfg = { .path = path, .clock = &f->clock.clock,
				    .random = ld_random_sys(), .author = &other };
	struct ld_errmsg err;

	ld_keypair_from_seed(&other, (const uint8_t[32]){ 4 });
	memcpy(cfg.ward_pk, f->key.pk, 32);
	return ld_store_open(ret, &cfg, &err);
}

static int learning_stream(void *arg, const struct ld_stream_state *s)
{
	if (s->stream.cls == LD_CLASS_LEARNING)
		*(struct ld_stream *)arg = s->stream;
	return 0;
}

/* The stretch as a board would give it; hollow: all about learners is kept back. */
static void pass_on(struct ld_store *from, struct ld_store *to, const struct ld_stream *s,
		    bool hollow)
{
	struct ld_run run;
	struct ld_head head;

	assert_int_equal(ld_store_run(from, s, 1, &run, &head), 0);
	for (unsigned i = 0; i < run.n && hollow; i++) {
		struct ld_event *e = &run.events[i];

		for (unsigned k = 0; k < run.n_subjects; k++)
			if (ld_id_eq(&run.subjects[k].subject, &e->subject) && e->kind != LD_EV_OPEN) {
				ld_commitment(e->commitment, run.subjects[k].salt, e->seq,
					      &e->subject, e->body, e->body_len);
				e->hollow = true;
				break;
			}
	}
	assert_int_equal(ld_store_begin(to), 0);
	if (hollow)
		assert_true(ld_store_apply(to, &run, &head) > 0);
	else
		assert_true(ld_store_fill(to, &run) > 0);
	assert_int_equal(ld_store_commit(to), 0);
	ld_run_release(&run);
}

static void what_comes_late_is_told_late(void **state)
{
	struct fixture *f = *state;
	char path[120];
	struct ld_stream s = { .cls = LD_N_CLASSES };
	struct ld_store *board = f->st, *ward;

	consents(f);
	enrols(f);
	answers(f, 1, true);
	assert_int_equal(ld_store_begin(board), 0);
	assert_int_equal(ld_store_sign_heads(board), 0);
	assert_int_equal(ld_store_commit(board), 0);
	assert_int_equal(ld_store_streams(board, learning_stream, &s), 0);
	assert_int_equal(s.cls, LD_CLASS_LEARNING);
	snprintf(path, sizeof(path), "%s/ward.db", f->base);
	assert_int_equal(open_ward(&ward, f, path), 0);
	f->st = ward;
	pass_on(board, ward, &s, true);
	assert_true(make(f) > 0);
	verbs_are(f, "");
	pass_on(board, ward, &s, false);
	assert_int_equal(make(f), 3);
	verbs_are(f, "registered initialized answered");
	assert_int_equal(make(f), 0);
	f->st = board;
	ld_store_close(ward);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_uuid_is_of_version_5),
		T(a_course_in_statements),
		T(an_answer_to_the_letter),
		T(a_passed_course_has_the_score),
		T(nothing_is_dated_by_a_clock_that_lies),
		T(an_opt_out_terminates_what_is_open),
		T(erasure_voids_what_the_lrs_may_have),
		T(nothing_is_said_after_erasure),
		T(what_comes_late_is_told_late),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ld_crypto_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
