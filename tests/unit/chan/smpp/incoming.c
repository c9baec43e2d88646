/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binds, what no message centre would send, and messages that come in. */
#include "peer.h"

/* ---- links ---- */

static void binds(void **state)
{
	struct pdu p;

	(void)state;
	open_channel();
	take_connection(&t.peer);
	expect(&t.peer, C_BIND_TRX, &p);
	assert_memory_equal(p.body, "ward\0secret\0\0\x34\0\0", 15);
	assert_int_equal(send_text(1, LD_GSM7, "too early"), LD_E_BUSY);
	put(&t.peer, C_BIND_TRX | RESP, 0, p.seq, "smsc", 5);
	while (host.state != LD_CHANNEL_UP)
		turn();
	put(&t.peer, C_ENQUIRE, 0, 77, NULL, 0);
	expect(&t.peer, C_ENQUIRE | RESP, &p);
	assert_int_equal(p.seq, 77);
}

static void binds_as_a_pair(void **state)
{
	uint32_t first, second;

	(void)state;
	snprintf(t.cfg.conf.bind, sizeof(t.cfg.conf.bind), "pair");
	open_channel();
	first = accept_bind(&t.peer);
	assert_int_not_equal(host.state, first == C_BIND_RX ? LD_CHANNEL_UP : LD_CHANNEL_DOWN);
	second = accept_bind(&t.peer2);
	assert_int_equal(first + second, C_BIND_RX + C_BIND_TX);
	assert_int_equal(host.state, LD_CHANNEL_UP);
	/* The transmitter goes: receiving goes on. */
	close(first == C_BIND_TX ? t.peer.fd : t.peer2.fd);
	for (int i = 0; i < 20 && host.state == LD_CHANNEL_UP; i++)
		turn();
	assert_int_equal(host.state, LD_CHANNEL_RECEIVE_ONLY);
	close(first == C_BIND_TX ? t.peer2.fd : t.peer.fd);
	t.peer.fd = -1;
}

static void a_refused_bind_waits_longer(void **state)
{
	struct pdu p;

	(void)state;
	open_channel();
	take_connection(&t.peer);
	get(&t.peer, &p);
	put(&t.peer, p.id | RESP, 0x0e, p.seq, NULL, 0);        /* no body, as many do */
	assert_true(is_closed(&t.peer));
	assert_string_equal(host.why, "bind refused: wrong password (0xe)");
	close(t.peer.fd);
	pass(9000);
	assert_int_equal(stats().bind_refused, 1);
	assert_int_equal(stats().binds, 0);
	pass(12000);
	assert_int_equal(accept_bind(&t.peer), C_BIND_TRX);
	assert_int_equal(host.state, LD_CHANNEL_UP);
}

static void silence_is_asked_about_then_given_up(void **state)
{
	struct pdu p;

	(void)state;
	bound();
	pass(31000);
	expect(&t.peer, C_ENQUIRE, &p);
	put(&t.peer, C_ENQUIRE | RESP, 0, p.seq, NULL, 0);
	pass(31000);
	expect(&t.peer, C_ENQUIRE, &p);
	assert_int_equal(host.state, LD_CHANNEL_UP);
	pass(11000);
	assert_true(is_closed(&t.peer));
	assert_int_equal(host.state, LD_CHANNEL_DOWN);
	assert_string_equal(host.why, "enquire_link was not answered");
}

static void an_unbind_is_answered(void **state)
{
	struct pdu p;

	(void)state;
	bound();
	put(&t.peer, C_UNBIND, 0, 5, NULL, 0);
	expect(&t.peer, C_UNBIND | RESP, &p);
	assert_true(is_closed(&t.peer));
	close(t.peer.fd);
	pass(1600);
	assert_int_equal(accept_bind(&t.peer), C_BIND_TRX);
}

static void an_unanswered_bind_is_given_up(void **state)
{
	struct pdu p;

	(void)state;
	open_channel();
	take_connection(&t.peer);
	get(&t.peer, &p);
	put(&t.peer, C_DELIVER, 0, 9, NULL, 0);
	expect(&t.peer, C_NACK, &p);
	assert_int_equal(p.status, 4);
	pass(10400);
	assert_true(is_closed(&t.peer));
}

/* ---- hostile octets ---- */

static void nonsense_is_counted_and_answered(void **state)
{
	struct pdu p;
	struct body b;

	(void)state;
	bound();
	put(&t.peer, 0x00010203, 0, 3, "abc", 3);
	expect(&t.peer, C_NACK, &p);
	assert_int_equal(p.status, 3);
	assert_int_equal(p.seq, 3);
	put(&t.peer, 0x80010203, 0, 4, "abc", 3);       /* an answer gets none */
	put(&t.peer, C_SUBMIT | RESP, 0, 4711, "x", 2);
	put(&t.peer, C_SUBMIT | RESP, 8, 4711, NULL, 0);
	put(&t.peer, C_NACK, 3, 4711, NULL, 0);
	put(&t.peer, C_ALERT, 0, 6, "\1\1" "84912345678\0\1\1" "8888", 19);
	assert_true(is_silent(&t.peer));
	put(&t.peer, C_DELIVER, 0, 5, "no end", 6);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.status, 0x65);
	sm(&b, "", "84912345678", 0, 0, "x", 1);
	add(&b, "\x02\x04\xff\xff", 4);                 /* a TLV longer than the PDU */
	put(&t.peer, C_DELIVER, 0, 6, b.o, b.len);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.status, 0x65);
	assert_int_equal(stats().unknown_pdu, 2);
	assert_int_equal(stats().bad_pdu, 2);
	assert_int_equal(stats().alerts, 1);
	assert_int_equal(stats().nacks, 1);
	assert_int_equal(host.n_in, 0);
	assert_int_equal(host.state, LD_CHANNEL_UP);
}

static void long_pdus_are_skipped_impossible_ones_end_the_link(void **state)
{
	static uint8_t much[20000];
	struct pdu p;

	(void)state;
	bound();
	put(&t.peer, C_DELIVER, 0, 8, much, sizeof(much));
	expect(&t.peer, C_NACK, &p);
	assert_int_equal(p.status, 2);
	assert_int_equal(p.seq, 8);
	deliver_text(9, "1");
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.seq, 9);
	put_raw(&t.peer, "\0\0\0\7\0\0\0\5\0\0\0\0\0\0\0\1", 16);
	expect(&t.peer, C_NACK, &p);
	assert_true(is_closed(&t.peer));
	assert_int_equal(stats().bad_length, 2);
}

static void random_octets_do_no_harm(void **state)
{
	uint8_t noise[600];
	struct body b;

	(void)state;
	for (int round = 0; round < 150; round++) {
		uint32_t id = (uint32_t[]){ C_DELIVER, C_DATA, C_SUBMIT | RESP, C_ENQUIRE | RESP,
					    C_BIND_TRX | RESP, 0x1234 }[ld_random_below(&t.random.random, 6)];

		if (round % 30 == 0) {
			if (round)
				ld_chan_smpp_free(t.ch), close(t.peer.fd);
			bound();
		}
		host.n_in = 0;
		ld_random_fill(&t.random.random, noise, sizeof(noise));
		sm(&b, round % 3 ? "" : "USSD", "84912345678", noise[0], noise[1], noise + 2, noise[2]);
		tlv(&b, 0x020c + ld_random_below(&t.random.random, 4), noise, noise[3] % 8u);
		tlv(&b, 0x0501, noise + 5, noise[4] % 3u);
		for (unsigned k = noise[5] % 4u; k > 0; k--)
			b.o[ld_random_below(&t.random.random, (uint32_t)b.len)] = noise[5 + k];
		put(&t.peer, id, noise[6] % 3u ? 0 : noise[7], 1000u + (uint32_t)round, b.o,
		    b.len - noise[8] % 20u);
		turn();
		while (recv(t.peer.fd, t.peer.in, sizeof(t.peer.in), MSG_DONTWAIT) > 0)
			turn();
	}
	assert_int_equal(host.state, LD_CHANNEL_UP);
}

/* ---- messages in ---- */

static void a_message_is_acknowledged_after_the_commit(void **state)
{
	struct pdu p;

	(void)state;
	host.commit_at_once = false;
	bound();
	deliver_text(21, "1");
	while (host.n_in == 0)
		turn();
	assert_string_equal(host.in[0].from, "+84912345678");
	assert_string_equal(host.in[0].text, "1");
	assert_int_equal(host.in[0].kind, LD_CHAN_SMS);
	assert_int_equal(strlen(host.in[0].dedupe), 12 + 1 + 16);
	assert_true(is_silent(&t.peer));
	t.ch->ops->committed(t.ch, host.in[0].ref);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.status, 0);
	assert_int_equal(p.seq, 21);
	/* The same words again, after that, are a new message, and its key comes after the other. */
	pass(1);
	deliver_text(22, "1");
	while (host.n_in == 1)
		turn();
	assert_true(strcmp(host.in[0].dedupe, host.in[1].dedupe) < 0);
}

static void what_is_not_stored_in_time_comes_again(void **state)
{
	struct pdu p;

	(void)state;
	host.commit_at_once = false;
	bound();
	deliver_text(21, "1");
	while (host.n_in == 0)
		turn();
	pass(4600);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.status, 0x64);
	deliver_text(22, "1");
	while (host.n_in == 1)
		turn();
	assert_string_equal(host.in[0].dedupe, host.in[1].dedupe);
	t.ch->ops->committed(t.ch, host.in[0].ref);
	t.ch->ops->committed(t.ch, host.in[1].ref);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.seq, 22);
	assert_int_equal(p.status, 0);
	assert_int_equal(stats().redelivered, 1);
}

static void after_a_crash_the_same_message_has_the_same_key(void **state)
{
	struct pdu p;

	(void)state;
	host.commit_at_once = false;
	bound();
	deliver_text(21, "1");
	while (host.n_in == 0)
		turn();
	restart();
	deliver_text(1, "1");
	while (host.n_in == 1)
		turn();
	assert_string_equal(host.in[0].dedupe, host.in[1].dedupe);
	t.ch->ops->committed(t.ch, host.in[0].ref);     /* of the former life: nothing */
	assert_true(is_silent(&t.peer));
	t.ch->ops->committed(t.ch, host.in[1].ref);
	expect(&t.peer, C_DELIVER | RESP, &p);
}

/* Acknowledgements of the last seconds before a link broke may be lost, so that all of them are
 * remembered; but never at the cost of what comes new. */
static void a_link_that_breaks_under_load_leaves_room(void **state)
{
	char text[16];
	struct pdu p;

	(void)state;
	bound();
	for (uint32_t i = 0; i < KEEP_INPUTS + 300; i++) {
		host.n_in = 0;
		if (i == KEEP_INPUTS) {
			close(t.peer.fd);
			for (int k = 0; k < 6; k++)
				turn();
			pass(3000);
			assert_int_equal(accept_bind(&t.peer), C_BIND_TRX);
		}
		snprintf(text, sizeof(text), "tin %u", i);
		deliver_text(i + 1, text);
		expect(&t.peer, C_DELIVER | RESP, &p);
		assert_int_equal(p.status, 0);
	}
	host.n_in = 0;
	snprintf(text, sizeof(text), "tin %u", KEEP_INPUTS / 2);        /* again, as it was in doubt */
	deliver_text(5000, text);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(stats().redelivered, 1);
}

static void a_full_gateway_is_a_temporary_error(void **state)
{
	struct pdu p;

	(void)state;
	host.is_busy = true;
	bound();
	deliver_text(21, "1");
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.status, 0x64);
	host.is_busy = false;
	deliver_text(22, "1");
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.status, 0);
	assert_int_equal(host.n_in, 1);
}

static void alphabets_in(void **state)
{
	static const struct { uint8_t dcs; const char *octets; size_t len; const char *text; } row[] = {
		{ 0, "\x1b\x65 \x00" "A", 5, "€ @A" }, { 3, "caf\xe9", 4, "café" },
		{ 8, "\x1e\xa1\x00" "1", 4, "ạ1" }, { 0xf1, "A", 1, "A" }, { 0x18, "\0A", 2, "A" },
		{ 4, "\1\2", 2, "" }, { 0x99, "A", 1, "" }, { 0, "", 0, "" }, { 8, "\0", 1, "" },
	};
	struct body b;
	struct pdu p;

	(void)state;
	bound();
	for (unsigned i = 0; i < LD_ARRAY_SIZE(row); i++) {
		sm(&b, "", "84912345678", 0, row[i].dcs, row[i].octets, row[i].len);
		put(&t.peer, C_DELIVER, 0, i, b.o, b.len);
		expect(&t.peer, C_DELIVER | RESP, &p);
		assert_string_equal(host.in[i].text, row[i].text);
	}
}

static void a_payload_and_a_data_sm(void **state)
{
	char much[1500];
	struct body b;
	struct pdu p;

	(void)state;
	bound();
	memset(much, 'a', sizeof(much));
	sm(&b, "", "84912345678", 0, 0, "", 0);
	tlv(&b, 0x0424, much, sizeof(much));
	put(&t.peer, C_DELIVER, 0, 1, b.o, b.len);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(strlen(host.in[0].text), LD_INPUT_MAX - 1);
	b.len = 0;
	add(&b, "\0\1\1" "84912345678\0\1\1" "8888\0\0\0\0", 3 + 12 + 2 + 5 + 3);
	tlv(&b, 0x0424, "hi", 2);
	put(&t.peer, C_DATA, 0, 2, b.o, b.len);
	expect(&t.peer, C_DATA | RESP, &p);
	assert_int_equal(p.status, 0);
	assert_string_equal(host.in[1].text, "hi");
}

static void part(uint32_t seq, uint8_t ref, uint8_t total, uint8_t n, const char *text)
{
	const uint8_t udh[6] = { 5, 0, 3, ref, total, n };
	uint8_t octets[200];
	struct body b;

	memcpy(octets, udh, 6);
	memcpy(octets + 6, text, strlen(text));
	sm(&b, "", "84912345678", 0x40, 0, octets, 6 + strlen(text));
	put(&t.peer, C_DELIVER, 0, seq, b.o, b.len);
}

static void parts_in_any_order_and_doubled(void **state)
{
	struct pdu p;

	(void)state;
	host.commit_at_once = false;
	bound();
	part(1, 7, 3, 3, "ba");
	expect(&t.peer, C_DELIVER | RESP, &p);
	part(2, 7, 3, 1, "mot ");
	expect(&t.peer, C_DELIVER | RESP, &p);
	part(3, 7, 3, 1, "mot ");
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(host.n_in, 0);
	part(4, 7, 3, 2, "hai ");
	while (host.n_in == 0)
		turn();
	assert_string_equal(host.in[0].text, "mot hai ba");
	assert_true(is_silent(&t.peer));
	t.ch->ops->committed(t.ch, host.in[0].ref);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.seq, 4);
	/* The same reference, some time later, is another message. */
	part(5, 7, 2, 1, "x");
	expect(&t.peer, C_DELIVER | RESP, &p);
	part(6, 7, 2, 2, "y");
	while (host.n_in == 1)
		turn();
	assert_string_equal(host.in[1].text, "xy");
}

static void acknowledged_parts_survive_a_crash(void **state)
{
	struct pdu p;

	(void)state;
	host.commit_at_once = false;
	bound();
	part(1, 9, 2, 1, "mot ");
	expect(&t.peer, C_DELIVER | RESP, &p);
	restart();
	part(1, 9, 2, 2, "hai");
	while (host.n_in == 0)
		turn();
	assert_string_equal(host.in[0].text, "mot hai");
	/* Stored, but killed before the acknowledgement: the last part comes again. */
	restart();
	part(1, 9, 2, 2, "hai");
	while (host.n_in == 1)
		turn();
	assert_string_equal(host.in[0].dedupe, host.in[1].dedupe);
	t.ch->ops->committed(t.ch, host.in[1].ref);
	expect(&t.peer, C_DELIVER | RESP, &p);
	pass(1000000);
	assert_int_equal(host.n_in, 2);
}

static void sar_parts_and_a_set_that_stays_incomplete(void **state)
{
	struct body b;
	struct pdu p;

	(void)state;
	bound();
	sm(&b, "", "84912345678", 0, 8, "\0A", 2);
	tlv(&b, 0x020c, "\1\2", 2);
	tlv(&b, 0x020e, "\2", 1);
	tlv(&b, 0x020f, "\1", 1);
	put(&t.peer, C_DELIVER, 0, 1, b.o, b.len);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(host.n_in, 0);
	for (int i = 0; i < 920; i++) {
		ld_clock_manual_advance(&t.clock, 1000);
		put(&t.peer, C_ENQUIRE | RESP, 0, 1, NULL, 0);
		turn();
		turn();
	}
	assert_int_equal(host.n_in, 1);
	assert_string_equal(host.in[0].text, "A");
	assert_int_equal(stats().incomplete, 1);
	part(3, 1, 200, 1, "too many parts");
	expect(&t.peer, C_DELIVER | RESP, &p);
	while (p.seq != 3)
		get(&t.peer, &p);
	assert_int_equal(p.status, 0x65);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(binds), T(binds_as_a_pair), T(a_refused_bind_waits_longer),
		T(silence_is_asked_about_then_given_up), T(an_unbind_is_answered),
		T(an_unanswered_bind_is_given_up), T(nonsense_is_counted_and_answered),
		T(long_pdus_are_skipped_impossible_ones_end_the_link), T(random_octets_do_no_harm),
		T(a_message_is_acknowledged_after_the_commit),
		T(what_is_not_stored_in_time_comes_again),
		T(after_a_crash_the_same_message_has_the_same_key),
		T(a_link_that_breaks_under_load_leaves_room),
		T(a_full_gateway_is_a_temporary_error), T(alphabets_in),
		T(a_payload_and_a_data_sm), T(parts_in_any_order_and_doubled),
		T(acknowledged_parts_survive_a_crash),
		T(sar_parts_and_a_set_that_stays_incomplete),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ld_clock_manual_init(&t.clock, 1795000000000);
	ld_loop_init(ld_clock_monotonic_ms(&t.clock.clock));
	ld_log_init(NULL, NULL);
	ld_random_seeded_init(&t.random, seed_start());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
