/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xapi.h"

#include <gnutls/crypto.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "laido/mesh/identity.h"
#include "laido/wire/event.h"

#define VERBS "http://adlnet.gov/expapi/verbs/"
#define TYPES "http://adlnet.gov/expapi/activities/"

enum verb { REGISTERED, INITIALIZED, ANSWERED, COMPLETED, PASSED, TERMINATED, VOIDED };

static const struct verb_words {
	const char *name, *vi;
} verbs[] = {
	[REGISTERED] = { "registered", "đã ghi danh" },
	[INITIALIZED] = { "initialized", "bắt đầu học" },
	[ANSWERED] = { "answered", "đã trả lời" },
	[COMPLETED] = { "completed", "học xong" },
	[PASSED] = { "passed", "đạt" },
	[TERMINATED] = { "terminated", "thôi học" },
	[VOIDED] = { "voided", "hủy" },
};

/* What is said, before it is JSON. */
struct saying {
	enum verb verb;
	const struct ld_event *of;
	struct ld_id s;
	const char *course;
	unsigned lesson;        /* 0: the course itself */
	uint8_t channel;        /* enum ld_channel_kind; 0: not known */
	json_t *result;         /* owned; NULL: none */
};

/* ---- names ---- */

void xapi_key(uint8_t ret[32], const uint8_t seed[32])
{
	ld_hash(ret, 32, seed, 32, &(struct ld_span){ "laido xapi", 10 }, 1);
}

void xapi_uuid(struct ld_id *ret, const struct ld_span *name, unsigned n)
{
	/* Drawn once by chance for this project. */
	static const uint8_t space[16] = { 0x9c, 0x3e, 0x51, 0x0b, 0x5d, 0x7a, 0x4e, 0x0f,
					   0xa4, 0x43, 0x2b, 0x6e, 0x1f, 0x86, 0xd7, 0x90 };
	uint8_t sum[20];
	gnutls_hash_hd_t h;

	ld_assert(gnutls_hash_init(&h, GNUTLS_DIG_SHA1) == 0);
	gnutls_hash(h, space, sizeof(space));
	for (unsigned i = 0; i < n; i++)
		gnutls_hash(h, name[i].data, name[i].len);
	gnutls_hash_deinit(h, sum);
	memcpy(ret->b, sum, sizeof(ret->b));
	ret->b[6] = (uint8_t)((ret->b[6] & 0x0f) | 0x50);
	ret->b[8] = (uint8_t)((ret->b[8] & 0x3f) | 0x80);
}

void xapi_uuid_text(char ret[XAPI_UUID_LEN], const struct ld_id *id)
{
	char hex[33];

	ld_hex(hex, id->b, sizeof(id->b));
	snprintf(ret, XAPI_UUID_LEN, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
}

bool xapi_uuid_parse(struct ld_id *ret, const char *text)
{
	char hex[33];
	size_t n = 0;

	if (strlen(text) != XAPI_UUID_LEN - 1)
		return false;
	for (size_t i = 0; text[i]; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (text[i] == '-'))
			return false;
		if (!dash)
			hex[n++] = text[i];
	}
	hex[n] = '\0';
	return ld_unhex(ret->b, sizeof(ret->b), hex);
}

static void registration_of(const struct xapi *x, struct ld_id *ret, const struct ld_id *s,
			    const char *course)
{
	const struct ld_span name[] = {
		{ x->key, sizeof(x->key) }, { s->b, sizeof(s->b) }, { course, strlen(course) } };

	xapi_uuid(ret, name, LD_ARRAY_SIZE(name));
}

/* Once a registration, by its verb; else by the event that it comes from. */
static void id_of(const struct xapi *x, struct ld_id *ret, const struct saying *say)
{
	const struct verb_words *v = &verbs[say->verb];
	struct ld_id reg;
	uint8_t where[17];

	if (say->verb != ANSWERED) {
		const struct ld_span name[] = {
			{ reg.b, sizeof(reg.b) }, { v->name, strlen(v->name) } };

		registration_of(x, &reg, &say->s, say->course);
		xapi_uuid(ret, name, LD_ARRAY_SIZE(name));
		return;
	}
	for (unsigned i = 0; i < 8; i++) {
		where[i] = (uint8_t)(say->of->stream.incarnation >> (56 - 8 * i));
		where[8 + i] = (uint8_t)(say->of->seq >> (56 - 8 * i));
	}
	where[16] = say->of->stream.cls;
	xapi_uuid(ret, (const struct ld_span[]){ { say->of->stream.board.b, 8 }, { where, 17 } }, 2);
}

/* ---- a statement ---- */

static json_t *agent(const struct xapi *x, const char *name)
{
	return json_pack("{s:s, s:{s:s, s:s}}", "objectType", "Agent", "account", "homePage",
			 x->conf->home_page, "name", name);
}

static json_t *learner(const struct xapi *x, const struct ld_id *s)
{
	uint8_t name[16];
	char hex[33];

	ld_hash(name, sizeof(name), x->key, sizeof(x->key), &(struct ld_span){ s->b, sizeof(s->b) },
		1);
	ld_hex(hex, name, sizeof(name));
	return agent(x, hex);
}

static json_t *verb(enum verb v)
{
	char iri[64];

	snprintf(iri, sizeof(iri), VERBS "%s", verbs[v].name);
	return json_pack("{s:s, s:{s:s, s:s}}", "id", iri, "display", "en", verbs[v].name, "vi",
			 verbs[v].vi);
}

/* LD_CONF_IRI and a short tail: always fits. */
static const char *iri(const struct xapi *x, char *ret, size_t size, const char *fmt,
		       const char *course, unsigned lesson)
{
	int n = snprintf(ret, size, "%s/", x->conf->home_page);

	if (lesson)
		snprintf(ret + n, size - (size_t)n, "%s/%s/%u", fmt, course, lesson);
	else
		snprintf(ret + n, size - (size_t)n, "%s/%s", fmt, course);
	return ret;
}

static json_t *activity(const struct xapi *x, const char *course, unsigned lesson)
{
	char id[LD_CONF_IRI + 64], name[LD_COURSE_MAX + 8];

	iri(x, id, sizeof(id), "courses", course, lesson);
	if (!lesson)
		return json_pack("{s:s, s:s, s:{s:s, s:{s:s}}}", "objectType", "Activity", "id", id,
				 "definition", "type", TYPES "course", "name", "vi", course);
	snprintf(name, sizeof(name), "%s %u", course, lesson);
	return json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s}}}", "objectType", "Activity", "id", id,
			 "definition", "type", TYPES "cmi.interaction", "interactionType", "choice",
			 "name", "vi", name);
}

static json_t *context(const struct xapi *x, struct ld_store *st, const struct saying *say,
		       int *ret_rc)
{
	static const char *const platforms[] = { [LD_CHAN_SMS] = "sms", [LD_CHAN_USSD] = "ussd",
						 [LD_CHAN_CALL] = "call",
						 [LD_CHAN_OPERATOR] = "operator" };
	char text[XAPI_UUID_LEN], board[17], key[LD_CONF_IRI + 64];
	struct ld_id reg;
	unsigned tdp;
	json_t *c, *ext;

	*ret_rc = ld_store_tdp(st, &say->s, &tdp);
	registration_of(x, &reg, &say->s, say->course);
	xapi_uuid_text(text, &reg);
	c = json_pack("{s:s, s:s}", "registration", text, "language", "vi");
	if (say->channel && say->channel < LD_ARRAY_SIZE(platforms))
		json_object_set_new(c, "platform", json_string(platforms[say->channel]));
	if (say->lesson)
		json_object_set_new(c, "contextActivities",
				    json_pack("{s:[o]}", "parent", activity(x, say->course, 0)));
	ld_hex(board, say->of->stream.board.b, sizeof(say->of->stream.board.b));
	ext = json_object();
	json_object_set_new(ext, iri(x, key, sizeof(key), "extensions", "gateway", 0),
			    json_string(board));
	if (tdp)
		json_object_set_new(ext, iri(x, key, sizeof(key), "extensions", "group", 0),
				    json_integer(tdp));
	json_object_set_new(c, "extensions", ext);
	return c;
}

/* ISO 8601 in UTC; nothing when the author's clock was not trusted, or is ahead of ours: then the LRS
 * says when it heard of it. What we could say of that would be another time each time we say it. */
static void add_timestamp(const struct xapi *x, json_t *o, ld_hlc hlc)
{
	int64_t ms = ld_hlc_ms(hlc);
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char text[40];
	size_t n;

	if (!ld_hlc_trusted(hlc) || ms >= x->now_ms)
		return;
	gmtime_r(&s, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(ms % 1000));
	json_object_set_new(o, "timestamp", json_string(text));
}

/* Takes over `statement`. */
static int queue(struct ld_store *st, const struct ld_id *id, const struct ld_id *s,
		 json_t *statement)
{
	char *text = json_dumps(statement, JSON_COMPACT | JSON_REAL_PRECISION(6));
	int rc = text ? ld_store_xapi_add(st, id, s, text) : LD_E_NOMEM;

	free(text);
	json_decref(statement);
	return rc < 0 ? rc : 0;
}

/* Takes over say->result. */
static int say_it(const struct xapi *x, struct ld_store *st, struct saying *say)
{
	json_t *o = json_object(), *c;
	char text[XAPI_UUID_LEN];
	struct ld_id id;
	int rc;

	id_of(x, &id, say);
	xapi_uuid_text(text, &id);
	c = context(x, st, say, &rc);
	json_object_set_new(o, "id", json_string(text));
	json_object_set_new(o, "actor", learner(x, &say->s));
	json_object_set_new(o, "verb", verb(say->verb));
	json_object_set_new(o, "object", activity(x, say->course, say->lesson));
	if (say->result)
		json_object_set_new(o, "result", say->result);
	say->result = NULL;
	json_object_set_new(o, "context", c);
	add_timestamp(x, o, say->of->hlc);
	if (rc < 0)
		json_decref(o);
	return rc < 0 ? rc : queue(st, &id, &say->s, o);
}

/* ---- events ---- */

struct making {
	const struct xapi *x;
	struct ld_store *st;
	const struct ld_event *of;
};

static int on_enrol(struct making *m, const struct ld_fact *f)
{
	struct saying say = { .verb = REGISTERED, .of = m->of, .s = f->subject,
			      .course = f->u.enrol.course };

	return say_it(m->x, m->st, &say);
}

static int on_answer(struct making *m, const struct ld_fact *f)
{
	char option[8];
	struct saying say = { .verb = INITIALIZED, .of = m->of, .s = f->subject,
			      .course = f->u.answer.course, .channel = f->u.answer.channel };
	int rc = say_it(m->x, m->st, &say);

	snprintf(option, sizeof(option), "%u", f->u.answer.option);
	say.verb = ANSWERED;
	say.lesson = f->u.answer.lesson;
	say.result = json_pack("{s:b, s:s}", "success", f->u.answer.right, "response", option);
	return rc < 0 ? rc : say_it(m->x, m->st, &say);
}

static int on_complete(struct making *m, const struct ld_fact *f)
{
	unsigned score = f->u.complete.score, total = f->u.complete.total;
	struct saying say = { .verb = COMPLETED, .of = m->of, .s = f->subject,
			      .course = f->u.complete.course,
			      .result = json_pack("{s:b}", "completion", 1) };
	int rc = say_it(m->x, m->st, &say);

	if (rc < 0 || total == 0 || score > total)
		return rc;
	say.verb = PASSED;
	say.result = json_pack("{s:b, s:{s:i, s:i, s:i, s:f}}", "success", 1, "score", "raw",
			       (int)score, "min", 0, "max", (int)total, "scaled",
			       (double)score / total);
	return say_it(m->x, m->st, &say);
}

static int terminate_course(void *arg, const struct ld_id *s, const char *course)
{
	struct making *m = arg;
	struct saying say = { .verb = TERMINATED, .of = m->of, .s = *s, .course = course };

	return say_it(m->x, m->st, &say);
}

static int on_optout(struct making *m, const struct ld_fact *f)
{
	return ld_store_open_courses(m->st, &f->subject, terminate_course, m);
}

/* Only the ward voids, by an actor of its own. */
static int void_one(void *arg, const struct ld_id *id)
{
	struct making *m = arg;
	char text[XAPI_UUID_LEN], void_text[XAPI_UUID_LEN];
	struct ld_id void_id;
	const struct ld_span name[] = { { id->b, sizeof(id->b) }, { "voided", 6 } };
	json_t *o;

	xapi_uuid(&void_id, name, LD_ARRAY_SIZE(name));
	xapi_uuid_text(text, id);
	xapi_uuid_text(void_text, &void_id);
	o = json_pack("{s:s, s:o, s:o, s:{s:s, s:s}}", "id", void_text, "actor",
		      agent(m->x, "laido-ward"), "verb", verb(VOIDED), "object", "objectType",
		      "StatementRef", "id", text);
	add_timestamp(m->x, o, m->of->hlc);
	return queue(m->st, &void_id, NULL, o);
}

static int on_close(struct making *m, const struct ld_fact *f)
{
	return ld_store_xapi_forget(m->st, &f->u.close.s, void_one, m);
}

static const struct {
	uint16_t kind;
	int (*make)(struct making *m, const struct ld_fact *f);
} makers[] = {
	{ LD_EV_ENROL, on_enrol },       { LD_EV_ANSWER, on_answer },
	{ LD_EV_COMPLETE, on_complete }, { LD_EV_OPTOUT, on_optout },
	{ LD_EV_CLOSE, on_close },
};

/* What a peer's event says and this version cannot read stays out; it is in the log. */
static int on_event(void *arg, const struct ld_event *e)
{
	struct making *m = arg;
	struct ld_fact f;

	m->of = e;
	for (size_t i = 0; i < LD_ARRAY_SIZE(makers); i++)
		if (makers[i].kind == e->kind)
			return e->hollow || ld_fact_decode(e, &f) < 0 ? 0 : makers[i].make(m, &f);
	return 0;
}

int xapi_make(const struct xapi *x, struct ld_store *st, unsigned limit)
{
	struct making m = { .x = x, .st = st };

	return ld_store_xapi_events(st, limit, on_event, &m);
}
