/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simulated handset as the gateway and as its program see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osmocom/core/talloc.h>

#include "laido/chan/phone.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"

enum { KEEP = 64 };

/* Both ends of the channel: the gateway's and the program's. */
struct bench {
	void *ctx;
	struct ld_channel *ch;
	struct ld_config cfg;
	int refuse;                     /* what inbound() returns */
	bool at_once;                   /* commit inside inbound() */
	unsigned n_in, n_sent, n_msgs, ended;
	struct ld_inbound in[KEEP];
	struct ld_sent sent[4 * KEEP];
	json_t *msgs[KEEP];
};

static struct bench *bench;             /* a channel knows no more of its host */

static int on_inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	if (bench->refuse)
		return bench->refuse;
	assert_true(bench->n_in < KEEP);
	bench->in[bench->n_in++] = *in;
	if (bench->at_once)
		ch->ops->committed(ch, in->ref);
	return 0;
}

static void on_sent(struct ld_channel *ch, const struct ld_sent *sent)
{
	(void)ch;
	assert_true(bench->n_sent < 4 * KEEP);
	bench->sent[bench->n_sent++] = *sent;
}

static void on_state(struct ld_channel *ch, enum ld_channel_state state, const char *why)
{
	(void)ch;
	assert_int_equal(state, LD_CHANNEL_UP);
	assert_string_equal(why, "");
}

static void on_push(void *arg, json_t *msg)
{
	struct bench *b = arg;

	assert_non_null(msg);
	assert_true(b->n_msgs < KEEP);
	b->msgs[b->n_msgs++] = msg;
}

static void on_end(void *arg, json_t *msg)
{
	bench->ended++;
	on_push(arg, msg);
}

static const struct ld_phone_door *door(void)
{
	static struct ld_phone_door d = { on_push, on_end, NULL };

	d.arg = bench;
	return &d;
}

static void forget(struct bench *b)
{
	while (b->n_msgs > 0)
		json_decref(b->msgs[--b->n_msgs]);
	b->n_in = b->n_sent = 0;
}

static int setup(void **state)
{
	static const struct ld_channel_host host = { on_inbound, on_sent, on_state };
	struct bench *b = calloc(1, sizeof(*b));

	b->ctx = talloc_named_const(NULL, 0, "test");
	ld_config_default(&b->cfg);
	bench = b;
	b->ch = ld_phone_new(b->ctx, &b->cfg, &host);
	assert_non_null(b->ch);
	assert_int_equal(b->ch->ops->start(b->ch), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	b->refuse = 0;
	b->ch->ops->stop(b->ch);
	talloc_free(b->ch->priv);
	assert_int_equal(talloc_total_blocks(b->ctx), 1);
	talloc_free(b->ctx);
	forget(b);
	free(b);
	return 0;
}

/* One time for all tests: the loop's never steps back. */
static void turn(int64_t ms)
{
	static int64_t now = 1000;

	ld_loop_turn(now += ms, 0);
	ld_loop_turn(now, 0);
}

static void *attach(struct bench *b, const char *number)
{
	json_t *in = json_pack("{s:s}", "number", number);
	struct ld_errmsg err = { "" };
	void *h = NULL;

	assert_int_equal(ld_phone_attach(b->ch, in, door(), &h, &err), 0);
	assert_non_null(h);
	json_decref(in);
	return h;
}

static void type(void *h, const char *what, const char *text)
{
	json_t *in = json_pack("{s:s,s:s}", "do", what, "text", text);

	ld_phone_more(h, in);
	json_decref(in);
}

static const char *member(const struct bench *b, unsigned i, const char *key)
{
	const char *text =
		i < b->n_msgs ? json_string_value(json_object_get(b->msgs[i], key)) : NULL;

	return text ? text : "";
}

static void deliver(struct bench *b, int64_t id, const char *to, const char *text)
{
	struct ld_send s = { .id = id, .alphabet = LD_GSM7 };

	snprintf(s.to, sizeof(s.to), "%s", to);
	snprintf(s.text, sizeof(s.text), "%s", text);
	assert_int_equal(b->ch->ops->send(b->ch, &s), 0);
}

static void a_session_from_dial_to_end(void **state)
{
	struct bench *b = *state;
	struct ld_reply r = { .alphabet = LD_GSM7, .text = "Menu" };
	void *h = attach(b, "0990000001");

	assert_string_equal(member(b, 0, "ev"), "attached");
	assert_string_equal(member(b, 0, "number"), "84990000001");
	assert_string_equal(member(b, 1, "ev"), "settled");
	forget(b);
	type(h, "dial", "*123#");
	assert_int_equal(b->n_in, 1);
	assert_int_equal(b->in[0].what, LD_IN_BEGIN);
	assert_int_equal(b->in[0].kind, LD_CHAN_USSD);
	assert_string_equal(b->in[0].text, "*123#");
	assert_string_equal(b->in[0].from, "+84990000001");
	assert_true(b->in[0].budget.live);
	assert_int_equal(b->in[0].budget.septets, 128);
	assert_int_equal(b->in[0].budget.units, 56);
	assert_true(b->in[0].session != 0 && b->in[0].ref != 0);
	assert_int_equal(b->n_msgs, 0);
	assert_int_equal(b->ch->ops->reply(b->ch, b->in[0].session, &r), 0);
	b->ch->ops->committed(b->ch, b->in[0].ref);
	assert_string_equal(member(b, 0, "ev"), "screen");
	assert_string_equal(member(b, 0, "text"), "Menu");
	assert_string_equal(member(b, 1, "ev"), "settled");
	type(h, "text", "1");
	assert_int_equal(b->in[1].what, LD_IN_TEXT);
	assert_int_equal(b->in[1].kind, LD_CHAN_USSD);
	assert_int_equal(b->in[1].session, b->in[0].session);
	r.end = true;
	assert_int_equal(b->ch->ops->reply(b->ch, b->in[0].session, &r), 0);
	assert_int_equal(b->ch->ops->reply(b->ch, b->in[0].session, &r), LD_E_UNKNOWN);
	turn(1000 * 1000);
	assert_int_equal(b->n_in, 2);
	ld_phone_gone(h);
	assert_int_equal(b->n_in, 2);
	assert_int_equal(b->ended, 0);
}

static void texts_and_calls(void **state)
{
	struct bench *b = *state;
	void *h = attach(b, "+84990000001");

	type(h, "sms", "HOC");
	type(h, "call", "");
	assert_int_equal(b->in[0].what, LD_IN_TEXT);
	assert_int_equal(b->in[0].kind, LD_CHAN_SMS);
	assert_int_equal(b->in[0].session, 0);
	assert_false(b->in[0].budget.live);
	assert_int_equal(b->in[0].budget.septets, 160);
	assert_int_equal(b->in[0].budget.parts, 3);
	assert_int_equal(b->in[1].what, LD_IN_CALL);
	assert_int_equal(b->in[1].kind, LD_CHAN_CALL);
	ld_phone_gone(h);
	/* What is settled after the program has gone is nobody's. */
	b->ch->ops->committed(b->ch, b->in[0].ref);
	b->ch->ops->committed(b->ch, b->in[1].ref);
	b->ch->ops->committed(b->ch, 12345);
}

static void long_texts_are_cut_at_a_character(void **state)
{
	struct bench *b = *state;
	void *h = attach(b, "0990000001");
	char text[10001];

	text[0] = 'x';
	for (size_t i = 1; i < 9999; i += 2)
		memcpy(text + i, "đ", 2);
	text[9999] = '\0';
	type(h, "sms", text);
	assert_int_equal(b->n_in, 1);
	assert_int_equal(strlen(b->in[0].text), LD_INPUT_MAX - 1);
	forget(b);
	memmove(text, text + 1, 9999);
	type(h, "sms", text);
	assert_int_equal(strlen(b->in[0].text), LD_INPUT_MAX - 2);
	type(h, "sms", "");
	assert_string_equal(b->in[1].text, "");
	ld_phone_gone(h);
}

static void ends_of_sessions_are_told(void **state)
{
	struct bench *b = *state;
	void *h = attach(b, "0990000001");

	type(h, "dial", "*123#");
	type(h, "hangup", "");
	assert_int_equal(b->in[1].what, LD_IN_ENDED);
	assert_int_equal(b->in[1].session, b->in[0].session);
	type(h, "dial", "*123#");
	assert_int_not_equal(b->in[2].session, b->in[0].session);
	turn(119 * 1000);
	assert_int_equal(b->n_in, 3);
	turn(2000);
	assert_int_equal(b->in[3].what, LD_IN_ENDED);
	assert_string_equal(member(b, b->n_msgs - 1, "ev"), "closed");
	type(h, "dial", "*123#");
	ld_phone_gone(h);
	assert_int_equal(b->in[5].what, LD_IN_ENDED);
}

static void refusals_say_why_and_settle(void **state)
{
	static const char *const bad[][2] = {
		{ "text", "1" },     { "hangup", "" },      { "dial", "123" }, { "dial", "*12a#" },
		{ "fly", "" },       { "dial", "*99999999999999999999999999999999999#" },
	};
	struct bench *b = *state;
	void *h = attach(b, "0990000001");

	for (size_t i = 0; i < LD_ARRAY_SIZE(bad); i++) {
		forget(b);
		type(h, bad[i][0], bad[i][1]);
		assert_int_equal(b->n_msgs, 2);
		assert_string_equal(member(b, 0, "ev"), "refused");
		assert_true(strlen(member(b, 0, "why")) > 5);
		assert_string_equal(member(b, 1, "ev"), "settled");
		assert_int_equal(b->n_in, 0);
	}
	forget(b);
	type(h, "dial", "*123#");
	type(h, "dial", "*123#");
	assert_string_equal(member(b, 0, "ev"), "refused");
	forget(b);
	b->refuse = LD_E_BUSY;
	type(h, "text", "1");
	assert_string_equal(member(b, 0, "ev"), "closed");
	assert_string_equal(member(b, 1, "ev"), "refused");
	type(h, "sms", "HOC");
	assert_string_equal(member(b, 3, "ev"), "refused");
	b->refuse = 0;
	forget(b);
	for (int i = 0; i < 17; i++)
		type(h, "sms", "HOC");
	assert_int_equal(b->n_in, 15); /* the dial is not settled either */
	assert_string_equal(member(b, 0, "ev"), "refused");
	ld_phone_gone(h);
}

static void screens_keep_their_budget(void **state)
{
	struct bench *b = *state;
	struct ld_reply r = { .alphabet = LD_GSM7 };
	void *h = attach(b, "0990000001");

	type(h, "dial", "*123#");
	memset(r.text, 'x', 128);
	assert_int_equal(b->ch->ops->reply(b->ch, b->in[0].session, &r), 0);
	r.text[127] = '{';      /* two septets */
	assert_int_equal(b->ch->ops->reply(b->ch, b->in[0].session, &r), LD_E_TOOBIG);
	assert_string_equal(member(b, b->n_msgs - 1, "ev"), "closed");
	type(h, "dial", "*123#");
	snprintf(r.text, sizeof(r.text), "Định");
	assert_int_equal(b->ch->ops->reply(b->ch, b->in[1].session, &r), LD_E_ALPHABET);
	ld_phone_gone(h);
}

static void messages_are_shown_and_reported(void **state)
{
	struct bench *b = *state;
	void *h = attach(b, "0990000001");
	struct ld_send s = {.id = 9, .alphabet = LD_GSM7, .to = "+84990000001", .text = "Định"};

	forget(b);
	deliver(b, 7, "+84990000001", "Chao");
	assert_string_equal(member(b, 0, "ev"), "sms");
	assert_string_equal(member(b, 0, "text"), "Chao");
	assert_int_equal(b->n_sent, 0); /* never from inside send() */
	turn(1);
	assert_int_equal(b->n_sent, 2);
	assert_int_equal(b->sent[0].id, 7);
	assert_int_equal(b->sent[0].what, LD_SENT_OK);
	assert_int_equal(b->sent[0].parts, 1);
	assert_int_equal(b->sent[1].what, LD_SENT_DELIVERED);
	assert_int_equal(b->ch->ops->send(b->ch, &s), 0);
	turn(1);
	assert_int_equal(b->sent[2].what, LD_SENT_FAILED);
	assert_int_equal(b->n_msgs, 1);
	s.alphabet = LD_UCS2;
	assert_int_equal(b->ch->ops->send(b->ch, &s), 0);
	assert_string_equal(member(b, 1, "alphabet"), "ucs2");
	ld_phone_gone(h);
}

static void messages_wait_within_bounds(void **state)
{
	struct bench *b = *state;
	struct ld_phone_stats stats;
	char text[32];
	void *h;

	for (int i = 1; i <= 53; i++) {
		snprintf(text, sizeof(text), "tin %d", i);
		deliver(b, i, "+84990000001", text);
		turn(1);
	}
	deliver(b, 100, "+84990000002", "khac");
	turn(1);
	ld_phone_stats(b->ch, &stats);
	assert_int_equal(stats.waiting, 51);
	assert_int_equal(stats.given_up, 3);
	assert_int_equal(b->n_sent, 54 + 3);
	b->n_sent = 0;
	h = attach(b, "0990000001");
	assert_int_equal(json_integer_value(json_object_get(b->msgs[0], "waiting")), 50);
	assert_int_equal(b->n_msgs, 52);
	assert_string_equal(member(b, 1, "text"), "tin 4");
	assert_string_equal(member(b, 50, "text"), "tin 53");
	assert_string_equal(member(b, 51, "ev"), "settled");
	turn(1);
	assert_int_equal(b->n_sent, 50);
	assert_int_equal(b->sent[0].what, LD_SENT_DELIVERED);
	assert_int_equal(b->sent[0].id, 4);
	ld_phone_gone(h);
}

static int try_attach(struct bench *b, json_t *in)
{
	struct ld_errmsg err = { "" };
	void *h = NULL;
	int rc = ld_phone_attach(b->ch, in, door(), &h, &err);

	json_decref(in);
	assert_int_equal(b->n_msgs, 0);
	assert_true(rc < 0 && strlen(err.text) > 5);
	return rc;
}

static void only_test_numbers_and_one_handset_each(void **state)
{
	struct bench *b = *state;
	void *h;

	assert_int_equal(try_attach(b, json_pack("{s:s}", "number", "0912345678")), LD_E_DENIED);
	assert_int_equal(try_attach(b, json_pack("{s:s}", "number", "VIETTEL")), LD_E_RANGE);
	assert_int_equal(try_attach(b, json_pack("{s:s}", "number", "8888")), LD_E_RANGE);
	assert_int_equal(try_attach(b, json_pack("{}")), LD_E_RANGE);
	assert_int_equal(try_attach(b, json_pack("{s:i}", "number", 5)), LD_E_RANGE);
	assert_int_equal(try_attach(b,
				    json_pack("{s:s,s:i}", "number", "0990000001", "septets", 500)),
			 LD_E_RANGE);
	h = attach(b, "0990000001");
	forget(b);
	assert_int_equal(try_attach(b, json_pack("{s:s}", "number", "0990000001")), LD_E_BUSY);
	ld_phone_gone(h);
	ld_phone_gone(attach(b, "0990000001"));
}

/* A load program needs no handset that stays: one request, one settled answer. */
static void one_input_in_one_request(void **state)
{
	struct bench *b = *state;
	struct ld_errmsg err = { "" };
	struct ld_phone_stats stats;
	void *h = NULL;
	json_t *in = json_pack("{s:s,s:s,s:s}", "number", "0990000001", "do", "sms", "text", "HOC");

	assert_int_equal(ld_phone_attach(b->ch, in, door(), &h, &err), 0);
	assert_non_null(h);
	assert_int_equal(b->n_msgs, 0);
	deliver(b, 1, "+84990000001", "Chao");
	b->ch->ops->committed(b->ch, b->in[0].ref);
	assert_string_equal(member(b, 0, "ev"), "sms");
	assert_string_equal(member(b, 1, "ev"), "settled");
	assert_int_equal(b->ended, 1);
	ld_phone_stats(b->ch, &stats);
	assert_int_equal(stats.attached, 0);
	/* Settled or refused before attach() returns: then there is no handset to keep. */
	b->at_once = true;
	assert_int_equal(ld_phone_attach(b->ch, in, door(), &h, &err), 0);
	assert_null(h);
	assert_int_equal(b->ended, 2);
	b->refuse = LD_E_BUSY;
	assert_int_equal(ld_phone_attach(b->ch, in, door(), &h, &err), 0);
	assert_null(h);
	assert_int_equal(b->ended, 3);
	json_decref(in);
}

static void detach_and_stop_end_it(void **state)
{
	struct bench *b = *state;
	void *h = attach(b, "0990000001");

	type(h, "dial", "*123#");
	type(h, "detach", "");
	assert_int_equal(b->ended, 1);
	assert_int_equal(b->in[1].what, LD_IN_ENDED);
	attach(b, "0990000001");
	b->ch->ops->stop(b->ch);
	assert_int_equal(b->ended, 2);
	assert_true(json_is_false(json_object_get(b->msgs[b->n_msgs - 1], "ok")));
}

int main(void)
{
#define PHONE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		PHONE(a_session_from_dial_to_end),
		PHONE(texts_and_calls),
		PHONE(long_texts_are_cut_at_a_character),
		PHONE(ends_of_sessions_are_told),
		PHONE(refusals_say_why_and_settle),
		PHONE(screens_keep_their_budget),
		PHONE(messages_are_shown_and_reported),
		PHONE(messages_wait_within_bounds),
		PHONE(only_test_numbers_and_one_handset_each),
		PHONE(one_input_in_one_request),
		PHONE(detach_and_stop_end_it),
	};

	ld_loop_init(1000);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("chan/phone", tests, NULL, NULL);
}
