/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chan/smpp against a message centre played octet by octet: binds, windows, lost answers, reports
 * of every shape, long messages in and out, USSD, and what no message centre would send. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <talloc.h>

#include "impl.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"
#include "seed.h"

enum {
	C_NACK = 0x80000000u, C_BIND_RX = 1, C_BIND_TX = 2, C_SUBMIT = 4, C_DELIVER = 5,
	C_UNBIND = 6, C_BIND_TRX = 9, C_ENQUIRE = 0x15, C_ALERT = 0x102, C_DATA = 0x103,
	RESP = 0x80000000u,
};

/* ---- the gateway's side ---- */

static struct {
	unsigned n_in, n_sent;
	struct ld_inbound in[64];
	struct ld_sent sent[64];
	enum ld_channel_state state;
	char why[160];
	bool is_busy, commit_at_once;
} host;

static int on_inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	if (host.is_busy)
		return LD_E_BUSY;
	assert_true(host.n_in < 64);
	host.in[host.n_in++] = *in;
	if (host.commit_at_once && in->ref)
		ch->ops->committed(ch, in->ref);
	return 0;
}

static void on_sent(struct ld_channel *ch, const struct ld_sent *s)
{
	(void)ch;
	assert_true(host.n_sent < 64);
	host.sent[host.n_sent++] = *s;
}

static void on_state(struct ld_channel *ch, enum ld_channel_state st, const char *why)
{
	(void)ch;
	host.state = st;
	snprintf(host.why, sizeof(host.why), "%s", why);
}

static const struct ld_channel_host channel_host = { on_inbound, on_sent, on_state };

/* ---- the message centre's side ---- */

struct peer {
	int fd;
	size_t n;
	uint8_t in[65536];
};

struct pdu {
	uint32_t id, status, seq;
	size_t len;
	uint8_t body[8192];
};

static struct {
	void *ctx;
	int listener;
	struct ld_clock_manual clock;
	struct ld_random_seeded random;
	struct ld_channel *ch;
	struct ld_chan_smpp_cfg cfg;
	struct peer peer, peer2;
	char file[64];
} t;

static void turn(void)
{
	ld_loop_turn(ld_clock_monotonic_ms(&t.clock.clock), 5);
}

/* Time passes only here. The tick is every 200 ms. */
static void pass(int ms)
{
	for (; ms > 0; ms -= 200) {
		ld_clock_manual_advance(&t.clock, ms < 200 ? ms : 200);
		ld_loop_turn(ld_clock_monotonic_ms(&t.clock.clock), 0);
		ld_loop_turn(ld_clock_monotonic_ms(&t.clock.clock), 0);
	}
}

static bool readable_within(struct peer *p, size_t want)
{
	for (int i = 0; i < 200 && p->n < want; i++) {
		ssize_t n = recv(p->fd, p->in + p->n, sizeof(p->in) - p->n, MSG_DONTWAIT);

		if (n > 0)
			p->n += (size_t)n;
		else if (n == 0)
			return false;
		else
			turn();
	}
	return p->n >= want;
}

static uint32_t be(const uint8_t *o)
{
	return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

static void get(struct peer *p, struct pdu *ret)
{
	uint32_t len;

	assert_true(readable_within(p, 16));
	len = be(p->in);
	assert_in_range(len, 16, sizeof(ret->body));
	assert_true(readable_within(p, len));
	memset(ret, 0, sizeof(*ret));
	ret->id = be(p->in + 4);
	ret->status = be(p->in + 8);
	ret->seq = be(p->in + 12);
	ret->len = len - 16;
	memcpy(ret->body, p->in + 16, ret->len);
	p->n -= len;
	memmove(p->in, p->in + len, p->n);
}

static void expect(struct peer *p, uint32_t id, struct pdu *ret)
{
	get(p, ret);
	if (ret->id != id)
		print_message("PDU 0x%08x instead of 0x%08x\n", ret->id, id);
	assert_true(ret->id == id);
}

static bool is_silent(struct peer *p)
{
	for (int i = 0; i < 6; i++)
		turn();
	return p->n == 0 && recv(p->fd, p->in, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
}

static bool is_closed(struct peer *p)
{
	uint8_t octets[4096];

	for (int i = 0; i < 100; i++) {
		ssize_t n = recv(p->fd, octets, sizeof(octets), MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return true;
		turn();
	}
	return false;
}

static void put_raw(struct peer *p, const void *octets, size_t len)
{
	assert_int_equal(send(p->fd, octets, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void put(struct peer *p, uint32_t id, uint32_t status, uint32_t seq, const void *body,
		size_t len)
{
	uint32_t head[4] = { htonl((uint32_t)len + 16), htonl(id), htonl(status), htonl(seq) };

	put_raw(p, head, sizeof(head));
	if (len)
		put_raw(p, body, len);
}

static void take_connection(struct peer *p)
{
	struct timeval soon = { 0, 1000 };

	memset(p, 0, sizeof(*p));
	setsockopt(t.listener, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	for (int i = 0; i < 200; i++) {
		p->fd = accept(t.listener, NULL, NULL);
		if (p->fd >= 0)
			return;
		turn();
	}
	fail_msg("nobody connects");
}

static uint32_t accept_bind(struct peer *p)
{
	struct pdu bind;

	take_connection(p);
	get(p, &bind);
	put(p, bind.id | RESP, 0, bind.seq, "smsc", 5);
	for (int i = 0; i < 6; i++)
		turn();
	return bind.id;
}

/* ---- a deliver_sm ---- */

struct body {
	size_t len;
	uint8_t o[4096];
};

static void add(struct body *b, const void *octets, size_t len)
{
	memcpy(b->o + b->len, octets, len);
	b->len += len;
}

static void tlv(struct body *b, unsigned tag, const void *octets, size_t len)
{
	const uint8_t head[4] = { (uint8_t)(tag >> 8), (uint8_t)tag, (uint8_t)(len >> 8),
				  (uint8_t)len };

	add(b, head, 4);
	add(b, octets, len);
}

static void sm(struct body *b, const char *service, const char *from, uint8_t esm, uint8_t dcs,
	       const void *text, size_t len)
{
	const uint8_t ton[2] = { 1, 1 }, mid[3] = { esm, 0, 0 }, end[5] = { 0, 0, dcs, 0, (uint8_t)len };

	b->len = 0;
	add(b, service, strlen(service) + 1);
	add(b, ton, 2);
	add(b, from, strlen(from) + 1);
	add(b, ton, 2);
	add(b, "8888", 5);
	add(b, mid, 3);
	add(b, "", 1);
	add(b, "000000010000000R", 17); /* a validity period, which libsmpp34 would not read */
	add(b, end, 5);
	add(b, text, len);
}

static void deliver_text(uint32_t seq, const char *text)
{
	struct body b;

	sm(&b, "", "84912345678", 0, 0, text, strlen(text));
	put(&t.peer, C_DELIVER, 0, seq, b.o, b.len);
}

/* ---- set-up ---- */

static void open_channel(void)
{
	struct ld_errmsg err = { "" };

	if (ld_chan_smpp_new(&t.ch, t.ctx, &t.cfg, &channel_host, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(t.ch->ops->start(t.ch), 0);
}

static int set_up(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd;

	(void)state;
	memset(&host, 0, sizeof(host));
	memset(&t.cfg, 0, sizeof(t.cfg));
	host.commit_at_once = true;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	t.listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(t.listener, (struct sockaddr *)&at, sizeof(at)), 0);
	listen(t.listener, 4);
	getsockname(t.listener, (struct sockaddr *)&at, &len);
	snprintf(t.file, sizeof(t.file), "/tmp/laido-smpp.XXXXXX");
	fd = mkstemp(t.file);
	assert_true(fd >= 0);
	close(fd);
	t.cfg.conf = (struct ld_conf_smpp){
		.name = "op1", .host = "127.0.0.1", .port = ntohs(at.sin_port), .system_id = "ward",
		.password = "secret", .bind = "transceiver", .source = "8888", .source_ton = -1,
		.source_npi = -1, .profile = "generic", .alphabet = "septets", .long_by = "udh",
		.ussd_septets = 182, .session_ms = 25000, .enquire_ms = 30000, .window = 10,
	};
	snprintf(t.cfg.file, sizeof(t.cfg.file), "%s", t.file);
	t.cfg.clock = &t.clock.clock;
	t.cfg.random = &t.random.random;
	t.cfg.text_busy = "dang ban";
	t.cfg.text_timeout = "het gio";
	t.ctx = talloc_named_const(NULL, 0, "test");
	return 0;
}

static void bound(void)
{
	open_channel();
	assert_int_equal(accept_bind(&t.peer), C_BIND_TRX);
	assert_int_equal(host.state, LD_CHANNEL_UP);
}

static int tear_down(void **state)
{
	(void)state;
	ld_chan_smpp_free(t.ch);
	t.ch = NULL;
	close(t.peer.fd);
	close(t.listener);
	unlink(t.file);
	talloc_free(t.ctx);
	return 0;
}

/* As after a crash: what the process knew is gone, the file is not. */
static void restart(void)
{
	ld_chan_smpp_free(t.ch);
	close(t.peer.fd);
	bound();
}

static struct ld_chan_smpp_stats stats(void)
{
	struct ld_chan_smpp_stats s;

	ld_chan_smpp_stats(t.ch, &s);
	return s;
}

static int send_text(int64_t id, enum ld_alphabet a, const char *text)
{
	struct ld_send m = { .id = id, .alphabet = a, .to = "+84912345678" };

	snprintf(m.text, sizeof(m.text), "%s", text);
	return t.ch->ops->send(t.ch, &m);
}

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
	assert_int_equal(strlen(host.in[0].dedupe), 16);
	assert_true(is_silent(&t.peer));
	t.ch->ops->committed(t.ch, host.in[0].ref);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.status, 0);
	assert_int_equal(p.seq, 21);
	/* The same words again, after that, are a new message. */
	deliver_text(22, "1");
	while (host.n_in == 1)
		turn();
	assert_string_not_equal(host.in[0].dedupe, host.in[1].dedupe);
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

/* ---- messages out ---- */

/* The fields of a submit_sm that matter. */
struct submit {
	const char *service, *src, *dst;
	uint8_t esm, dcs, len, report;
	const uint8_t *text, *tlv;
	size_t tlv_len;
};

static void read_submit(const struct pdu *p, struct submit *ret)
{
	const uint8_t *o = p->body;

	ret->service = (const char *)o;
	o += strlen(ret->service) + 1 + 2;
	ret->src = (const char *)o;
	o += strlen(ret->src) + 1 + 2;
	ret->dst = (const char *)o;
	o += strlen(ret->dst) + 1;
	ret->esm = *o;
	o += 3 + 2;
	ret->report = o[0];
	ret->dcs = o[2];
	ret->len = o[4];
	ret->text = o + 5;
	ret->tlv = o + 5 + ret->len;
	ret->tlv_len = p->len - (size_t)(ret->tlv - p->body);
}

static const uint8_t *find_tlv(const struct submit *s, unsigned tag, size_t *ret_len)
{
	for (size_t i = 0; i + 4 <= s->tlv_len; i += 4u + (s->tlv[i + 2] << 8 | s->tlv[i + 3]))
		if ((unsigned)(s->tlv[i] << 8 | s->tlv[i + 1]) == tag) {
			*ret_len = (size_t)(s->tlv[i + 2] << 8 | s->tlv[i + 3]);
			return s->tlv + i + 4;
		}
	return NULL;
}

static void accept_submit(const struct pdu *p, const char *name)
{
	put(&t.peer, C_SUBMIT | RESP, 0, p->seq, name, strlen(name) + 1);
}

static void wait_sent(unsigned n)
{
	for (int i = 0; i < 200 && host.n_sent < n; i++)
		turn();
	assert_int_equal(host.n_sent, n);
}

static void receipt(uint32_t seq, const char *text, const struct body *tlvs)
{
	struct body b;
	struct pdu p;

	sm(&b, "", "84912345678", 4, 0, text, strlen(text));
	if (tlvs)
		add(&b, tlvs->o, tlvs->len);
	put(&t.peer, C_DELIVER, 0, seq, b.o, b.len);
	expect(&t.peer, C_DELIVER | RESP, &p);
	assert_int_equal(p.status, 0);
}

static void one_message_out(void **state)
{
	struct submit s;
	struct pdu p;

	(void)state;
	bound();
	assert_int_equal(send_text(11, LD_GSM7, "gia 5€ @"), 0);
	expect(&t.peer, C_SUBMIT, &p);
	read_submit(&p, &s);
	assert_string_equal(s.src, "8888");
	assert_string_equal(s.dst, "84912345678");
	assert_int_equal(s.dcs, 0);
	assert_int_equal(s.report, 1);
	assert_int_equal(s.len, 9);
	assert_memory_equal(s.text, "gia 5\x1b\x65 \0", 9);
	assert_int_equal(host.n_sent, 0);
	accept_submit(&p, "id1");
	wait_sent(1);
	assert_int_equal(host.sent[0].id, 11);
	assert_int_equal(host.sent[0].what, LD_SENT_OK);
	receipt(1, "id:id1 sub:001 dlvrd:000 submit date:2611221200 done date:2611221201 stat:ENROUTE err:000 text:x", NULL);
	assert_int_equal(host.n_sent, 1);
	receipt(2, "id:id1 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:x", NULL);
	assert_int_equal(host.n_sent, 2);
	assert_int_equal(host.sent[1].id, 11);
	assert_int_equal(host.sent[1].what, LD_SENT_DELIVERED);
	receipt(3, "id:id1 stat:DELIVRD", NULL);        /* twice */
	assert_int_equal(host.n_sent, 2);
	assert_int_equal(host.n_in, 0);
}

static void accents_and_latin1(void **state)
{
	struct submit s;
	struct pdu p;

	(void)state;
	snprintf(t.cfg.conf.alphabet, sizeof(t.cfg.conf.alphabet), "latin1");
	bound();
	send_text(1, LD_UCS2, "ạ1");
	expect(&t.peer, C_SUBMIT, &p);
	read_submit(&p, &s);
	assert_int_equal(s.dcs, 8);
	assert_memory_equal(s.text, "\x1e\xa1\0" "1", 4);
	send_text(2, LD_GSM7, "café");
	expect(&t.peer, C_SUBMIT, &p);
	read_submit(&p, &s);
	assert_int_equal(s.dcs, 3);
	assert_memory_equal(s.text, "caf\xe9", 4);
	send_text(3, LD_GSM7, "5€");                    /* not in Latin-1 */
	expect(&t.peer, C_SUBMIT, &p);
	read_submit(&p, &s);
	assert_int_equal(s.dcs, 8);
}

static void a_text_that_cannot_be_sent_fails_at_once(void **state)
{
	(void)state;
	bound();
	assert_int_equal(send_text(1, LD_GSM7, "ạ"), 0);
	assert_int_equal(host.n_sent, 1);
	assert_int_equal(host.sent[0].what, LD_SENT_FAILED);
	assert_int_equal(stats().in_flight, 0);
}

static void long_text(char *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (char)('a' + i % 26);
	ret[n] = '\0';
}

static void long_messages_by_header(void **state)
{
	struct submit s;
	struct pdu p;
	char text[400];
	uint8_t ref = 0;

	(void)state;
	bound();
	long_text(text, 350);
	send_text(5, LD_GSM7, text);
	for (unsigned i = 0; i < 3; i++) {
		expect(&t.peer, C_SUBMIT, &p);
		read_submit(&p, &s);
		assert_int_equal(s.esm, 0x40);
		ref = i == 0 ? s.text[3] : ref;
		assert_memory_equal(s.text, ((uint8_t[]){ 5, 0, 3, ref, 3, (uint8_t)(i + 1) }), 6);
		assert_int_equal(s.len, i < 2 ? 6 + 153 : 6 + 44);
		assert_memory_equal(s.text + 6, text + 153 * i, s.len - 6u);
		assert_true(is_silent(&t.peer));        /* part by part */
		accept_submit(&p, ((const char *[]){ "a1", "a2", "a3" })[i]);
	}
	wait_sent(1);
	assert_int_equal(host.sent[0].what, LD_SENT_OK);
	assert_int_equal(host.sent[0].parts, 3);
	receipt(1, "id:a3 stat:DELIVRD", NULL);
	receipt(2, "id:a1 stat:DELIVRD", NULL);
	assert_int_equal(host.n_sent, 1);
	receipt(3, "id:a2 stat:DELIVRD", NULL);
	assert_int_equal(host.n_sent, 2);
	assert_int_equal(host.sent[1].what, LD_SENT_DELIVERED);
}

static void long_messages_by_sar_and_payload(void **state)
{
	struct submit s;
	struct pdu p;
	char text[400];
	const uint8_t *v;
	size_t len;

	(void)state;
	snprintf(t.cfg.conf.long_by, sizeof(t.cfg.conf.long_by), "sar");
	bound();
	long_text(text, 200);
	send_text(5, LD_GSM7, text);
	expect(&t.peer, C_SUBMIT, &p);
	read_submit(&p, &s);
	assert_int_equal(s.esm, 0);
	assert_int_equal(s.len, 153);
	v = find_tlv(&s, 0x020c, &len);
	assert_true(v && len == 2);
	v = find_tlv(&s, 0x020e, &len);
	assert_true(v && len == 1 && *v == 2);
	v = find_tlv(&s, 0x020f, &len);
	assert_true(v && len == 1 && *v == 1);
	snprintf(t.cfg.conf.long_by, sizeof(t.cfg.conf.long_by), "payload");
	restart();
	send_text(6, LD_GSM7, text);
	expect(&t.peer, C_SUBMIT, &p);
	read_submit(&p, &s);
	assert_int_equal(s.len, 0);
	v = find_tlv(&s, 0x0424, &len);
	assert_true(v && len == 200);
	assert_memory_equal(v, text, 200);
}

static void packed_septets_behind_a_header(void **state)
{
	struct submit s;
	struct pdu p, in;
	char text[200];
	struct body b;

	(void)state;
	snprintf(t.cfg.conf.alphabet, sizeof(t.cfg.conf.alphabet), "packed");
	bound();
	long_text(text, 170);
	send_text(5, LD_GSM7, text);
	for (unsigned i = 0; i < 2; i++) {
		expect(&t.peer, C_SUBMIT, &p);
		read_submit(&p, &s);
		assert_int_equal(s.len, i == 0 ? 140 : 6 + 15);
		sm(&b, "", "84912345678", 0x40, 0, s.text, s.len);      /* and back again */
		put(&t.peer, C_DELIVER, 0, i, b.o, b.len);
		expect(&t.peer, C_DELIVER | RESP, &in);
		accept_submit(&p, "");
	}
	assert_int_equal(host.n_in, 1);
	assert_string_equal(host.in[0].text, text);
}

static void throttling_pauses(void **state)
{
	struct pdu p;

	(void)state;
	bound();
	send_text(1, LD_GSM7, "x");
	expect(&t.peer, C_SUBMIT, &p);
	put(&t.peer, C_SUBMIT | RESP, 0x58, p.seq, NULL, 0);
	wait_sent(1);
	assert_int_equal(host.sent[0].what, LD_SENT_RETRY);
	assert_int_equal(host.state, LD_CHANNEL_RECEIVE_ONLY);
	assert_int_equal(send_text(2, LD_GSM7, "x"), LD_E_BUSY);
	pass(1600);
	assert_int_equal(host.state, LD_CHANNEL_UP);
	assert_int_equal(send_text(2, LD_GSM7, "x"), 0);
}

static void a_throttled_second_part_goes_after_the_pause(void **state)
{
	struct pdu p;
	char text[200];

	(void)state;
	bound();
	long_text(text, 180);
	send_text(1, LD_GSM7, text);
	expect(&t.peer, C_SUBMIT, &p);
	accept_submit(&p, "p1");
	expect(&t.peer, C_SUBMIT, &p);
	put(&t.peer, C_SUBMIT | RESP, 0x14, p.seq, NULL, 0);
	assert_true(is_silent(&t.peer));
	assert_int_equal(host.n_sent, 0);
	pass(1600);
	expect(&t.peer, C_SUBMIT, &p);
	accept_submit(&p, "p2");
	wait_sent(1);
	assert_int_equal(host.sent[0].what, LD_SENT_OK);
	receipt(1, "id:p1 stat:DELIVRD", NULL);
	receipt(2, "id:p2 stat:DELIVRD", NULL);
	assert_int_equal(host.sent[1].what, LD_SENT_DELIVERED);
}

static void errors_for_good_and_for_now(void **state)
{
	static const struct { uint32_t status; enum ld_sent_what what; bool nack; } row[] = {
		{ 0x0b, LD_SENT_FAILED, false }, { 0x08, LD_SENT_RETRY, false },
		{ 0x45, LD_SENT_RETRY, false }, { 0x64, LD_SENT_RETRY, false },
		{ 0x66, LD_SENT_FAILED, false }, { 0x0400, LD_SENT_FAILED, false },
		{ 0x03, LD_SENT_FAILED, true },
	};
	struct pdu p;

	(void)state;
	bound();
	for (unsigned i = 0; i < LD_ARRAY_SIZE(row); i++) {
		assert_int_equal(send_text(i + 1, LD_GSM7, "x"), 0);
		expect(&t.peer, C_SUBMIT, &p);
		put(&t.peer, row[i].nack ? C_NACK : C_SUBMIT | RESP, row[i].status, p.seq, NULL, 0);
		wait_sent(i + 1);
		assert_int_equal(host.sent[i].what, row[i].what);
	}
	assert_string_equal(host.sent[0].why, "the operator answered: no such number (0xb)");
}

static void the_window_is_bounded(void **state)
{
	struct pdu p;

	(void)state;
	t.cfg.conf.window = 2;
	bound();
	assert_int_equal(send_text(1, LD_GSM7, "x"), 0);
	assert_int_equal(send_text(2, LD_GSM7, "x"), 0);
	assert_int_equal(send_text(3, LD_GSM7, "x"), LD_E_BUSY);
	expect(&t.peer, C_SUBMIT, &p);
	accept_submit(&p, "1");
	wait_sent(1);
	assert_int_equal(send_text(3, LD_GSM7, "x"), 0);
}

static void a_lost_answer_is_doubt_never_a_second_sending(void **state)
{
	struct body tlvs = { 0 };
	struct submit s;
	const uint8_t *umr;
	struct pdu p;
	size_t len;

	(void)state;
	bound();
	send_text(1, LD_GSM7, "x");
	send_text(2, LD_GSM7, "y");
	expect(&t.peer, C_SUBMIT, &p);
	read_submit(&p, &s);
	umr = find_tlv(&s, 0x0204, &len);
	assert_true(umr && len == 2);
	tlv(&tlvs, 0x0204, umr, 2);
	expect(&t.peer, C_SUBMIT, &p);
	close(t.peer.fd);
	for (int i = 0; i < 50 && host.state == LD_CHANNEL_UP; i++)
		turn();
	assert_int_equal(host.n_sent, 0);
	pass(1600);
	accept_bind(&t.peer);
	assert_true(is_silent(&t.peer));
	/* One is proved by its report, the other stays unknown. */
	receipt(1, "id:77 stat:DELIVRD", &tlvs);
	assert_int_equal(host.n_sent, 2);
	assert_int_equal(host.sent[0].what, LD_SENT_OK);
	assert_int_equal(host.sent[1].what, LD_SENT_DELIVERED);
	assert_int_equal(host.sent[1].id, 1);
	pass(50000);
	assert_int_equal(host.n_sent, 2);
	pass(10000);
	assert_int_equal(host.n_sent, 3);
	assert_int_equal(host.sent[2].id, 2);
	assert_int_equal(host.sent[2].what, LD_SENT_UNKNOWN);
	assert_int_equal(stats().submitted, 2);
}

static void a_late_answer_still_counts(void **state)
{
	struct pdu p;

	(void)state;
	bound();
	send_text(1, LD_GSM7, "x");
	expect(&t.peer, C_SUBMIT, &p);
	pass(29000);
	put(&t.peer, C_ENQUIRE | RESP, 0, 1, NULL, 0);
	pass(3000);
	assert_int_equal(stats().doubts, 1);
	accept_submit(&p, "1");
	wait_sent(1);
	assert_int_equal(host.sent[0].what, LD_SENT_OK);
}

/* ---- reports of every shape ---- */

static void names_of_every_shape(void **state)
{
	static const struct { const char *response, *report; bool in_tlv; } row[] = {
		{ "12ab", "12ab", false }, { "12AB", "12ab", false }, { "0000012ab", "12AB", false },
		{ "12ab", "0000000012AB", true }, { "4779", "12AB", false },    /* 0x12ab */
		{ "12AC", "4780", false }, { "000004781", "12ad", true },
		{ "12AE", "0004782", false },
		{ "a-b-c-1234567890-1234567890-1234567890-1234567890-1234567890-1",
		  "a-b-c-1234567890-1234567890-1234567890-1234567890-1234567890-1", true },
		{ "18446744073709551615", "ffffffffffffffff", false }, { "0", "000", false },
		{ "", "", false },      /* missing: the only one to this number */
	};
	struct body tlvs;
	char text[200];
	struct pdu p;

	(void)state;
	bound();
	for (unsigned i = 0; i < LD_ARRAY_SIZE(row); i++) {
		tlvs.len = 0;
		send_text(100 + i, LD_GSM7, "x");
		expect(&t.peer, C_SUBMIT, &p);
		accept_submit(&p, row[i].response);
		wait_sent(2 * i + 1);
		if (row[i].in_tlv) {
			tlv(&tlvs, 0x001e, row[i].report, strlen(row[i].report) + 1);
			tlv(&tlvs, 0x0427, "\2", 1);
			snprintf(text, sizeof(text), "nothing of use");
		} else {
			snprintf(text, sizeof(text), "id:%s sub:001 dlvrd:001 Stat:DELIVRD err:0",
				 row[i].report);
		}
		receipt(i, text, &tlvs);
		if (host.n_sent != 2 * i + 2)
			print_message("%s is not recognised as %s\n", row[i].report, row[i].response);
		wait_sent(2 * i + 2);
		assert_int_equal(host.sent[2 * i + 1].id, 100 + i);
		assert_int_equal(host.sent[2 * i + 1].what, LD_SENT_DELIVERED);
	}
}

static void a_report_of_failure(void **state)
{
	static const char *const states[] = { "EXPIRED", "UNDELIV", "REJECTD", "DELETED" };
	struct pdu p;
	char text[100];

	(void)state;
	bound();
	for (unsigned i = 0; i < 4; i++) {
		send_text(i + 1, LD_GSM7, "x");
		expect(&t.peer, C_SUBMIT, &p);
		accept_submit(&p, "55");
		wait_sent(2 * i + 1);
		snprintf(text, sizeof(text), "id:55 stat:%s err:011", states[i]);
		receipt(i, text, NULL);
		wait_sent(2 * i + 2);
		assert_int_equal(host.sent[2 * i + 1].what, LD_SENT_UNDELIVERED);
		assert_string_equal(host.sent[2 * i + 1].why, states[i]);
	}
}

static void a_report_before_the_response(void **state)
{
	struct pdu p;

	(void)state;
	bound();
	send_text(1, LD_GSM7, "x");
	expect(&t.peer, C_SUBMIT, &p);
	receipt(1, "id:0099 stat:DELIVRD", NULL);
	assert_int_equal(host.n_sent, 0);
	accept_submit(&p, "99");
	wait_sent(2);
	assert_int_equal(host.sent[0].what, LD_SENT_OK);
	assert_int_equal(host.sent[1].what, LD_SENT_DELIVERED);
	assert_int_equal(stats().reports_early, 1);
}

static void a_report_after_a_restart(void **state)
{
	struct pdu p;

	(void)state;
	bound();
	send_text(4711, LD_GSM7, "x");
	expect(&t.peer, C_SUBMIT, &p);
	accept_submit(&p, "abc");
	wait_sent(1);
	restart();
	receipt(1, "id:abc stat:DELIVRD", NULL);
	wait_sent(2);
	assert_int_equal(host.sent[1].id, 4711);
}

static void ids_that_mean_nothing(void **state)
{
	struct body tlvs = { 0 };
	struct submit s;
	struct pdu p[2];
	size_t len;

	(void)state;
	snprintf(t.cfg.conf.profile, sizeof(t.cfg.conf.profile), "osmomsc");
	bound();
	for (int i = 0; i < 2; i++) {
		send_text(i + 1, LD_GSM7, "x");
		expect(&t.peer, C_SUBMIT, &p[i]);
		accept_submit(&p[i], "1");      /* the same for all */
		wait_sent((unsigned)i + 1);
	}
	read_submit(&p[1], &s);
	tlv(&tlvs, 0x0204, find_tlv(&s, 0x0204, &len), 2);
	receipt(1, "id:1 stat:DELIVRD", &tlvs);
	wait_sent(3);
	assert_int_equal(host.sent[2].id, 2);
}

static void a_damaged_file_begins_anew(void **state)
{
	uint8_t noise[4096];
	int fd;

	(void)state;
	bound();
	ld_chan_smpp_free(t.ch);
	close(t.peer.fd);
	fd = open(t.file, O_WRONLY);
	ld_random_fill(&t.random.random, noise, sizeof(noise));
	for (off_t at = 16; at < 900000; at += 5000)
		assert_int_equal(pwrite(fd, noise, sizeof(noise), at), (ssize_t)sizeof(noise));
	close(fd);
	bound();
	receipt(1, "id:abc stat:DELIVRD", NULL);
	assert_int_equal(stats().reports_unmatched, 1);
	t.cfg.conf.window = 65;
	assert_int_equal(ld_chan_smpp_new(&(struct ld_channel *){ NULL }, t.ctx, &t.cfg, &channel_host,
					  NULL), LD_E_RANGE);
}

/* ---- USSD ---- */

static void ussd_in(uint32_t seq, uint8_t op, const char *session, const char *text)
{
	struct body b;
	struct pdu p;

	sm(&b, "USSD", "84912345678", 0, 0, text, strlen(text));
	tlv(&b, 0x0501, &op, 1);
	if (session)
		tlv(&b, 0x1383, session, 2);
	put(&t.peer, C_DELIVER, 0, seq, b.o, b.len);
	do {
		get(&t.peer, &p);
	} while (p.id != (C_DELIVER | RESP));
	assert_int_equal(p.status, 0);
}

static void screen(bool end, const char *text, const char *session)
{
	struct submit s;
	struct pdu p;
	const uint8_t *v;
	size_t len;

	expect(&t.peer, C_SUBMIT, &p);
	read_submit(&p, &s);
	assert_string_equal(s.service, "USSD");
	assert_string_equal(s.src, "8888");
	assert_string_equal(s.dst, "84912345678");
	v = find_tlv(&s, 0x0501, &len);
	assert_true(v && len == 1);
	assert_int_equal(*v, end ? 17 : 2);
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.text, text, s.len);
	if (session) {
		v = find_tlv(&s, 0x1383, &len);
		assert_true(v && len == 2);
		assert_memory_equal(v, session, 2);
	}
	put(&t.peer, C_SUBMIT | RESP, 0, p.seq, "u", 2);
}

static void reply(bool end, const char *text)
{
	struct ld_reply r = { .end = end };

	snprintf(r.text, sizeof(r.text), "%s", text);
	assert_int_equal(t.ch->ops->reply(t.ch, host.in[host.n_in - 1].session, &r), 0);
}

static void a_ussd_dialogue(void **state)
{
	(void)state;
	t.cfg.conf.session_tlv = 0x1383;
	bound();
	ussd_in(1, 1, "\x07\x00", "*123#");
	assert_int_equal(host.n_in, 1);
	assert_int_equal(host.in[0].what, LD_IN_BEGIN);
	assert_string_equal(host.in[0].text, "*123#");
	assert_true(host.in[0].budget.live);
	assert_int_equal(host.in[0].budget.septets, 182);
	assert_int_equal(host.in[0].budget.units, 80);
	reply(false, "1 Hoc");
	screen(false, "1 Hoc", "\x07\x00");
	ussd_in(2, 18, "\x07\x02", "1");
	assert_int_equal(host.in[1].what, LD_IN_TEXT);
	assert_int_equal(host.in[1].session, host.in[0].session);
	reply(true, "Het");
	screen(true, "Het", "\x07\x03");
	assert_int_equal(stats().sessions, 0);
	ussd_in(3, 18, "\x07\x04", "2");                /* a session that is over */
	screen(true, "het gio", NULL);
	assert_int_equal(host.n_in, 2);
}

static void ussd_that_goes_wrong(void **state)
{
	struct pdu p;

	(void)state;
	t.cfg.max_sessions = 1;
	bound();
	ussd_in(1, 1, NULL, "*123#");
	ussd_in(2, 1, NULL, "*123#");                   /* begun anew */
	assert_int_equal(host.in[1].what, LD_IN_ENDED);
	assert_int_equal(host.in[2].what, LD_IN_BEGIN);
	ussd_in(3, 18, NULL, "1");                      /* it is not her turn */
	assert_int_equal(host.n_in, 3);
	reply(false, "?");
	screen(false, "?", NULL);
	pass(25200);
	screen(true, "het gio", NULL);
	assert_int_equal(host.in[3].what, LD_IN_ENDED);
	ussd_in(4, 1, NULL, "*123#");
	reply(false, "?");
	expect(&t.peer, C_SUBMIT, &p);
	put(&t.peer, C_SUBMIT | RESP, 8, p.seq, NULL, 0);       /* the screen is refused */
	for (int i = 0; i < 50 && host.n_in < 6; i++)
		turn();
	assert_int_equal(host.in[5].what, LD_IN_ENDED);
	host.is_busy = true;
	ussd_in(5, 1, NULL, "*123#");
	screen(true, "dang ban", NULL);
	assert_int_equal(stats().sessions, 0);
	host.is_busy = false;
	ussd_in(6, 1, NULL, "*123#");
	ussd_in(7, 3, NULL, "");                        /* hung up */
	assert_int_equal(host.in[7].what, LD_IN_ENDED);
	ussd_in(8, 1, NULL, "*123#");
	close(t.peer.fd);
	for (int i = 0; i < 50 && host.n_in < 10; i++)
		turn();
	assert_int_equal(host.in[9].what, LD_IN_ENDED);
	t.peer.fd = -1;
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
		T(a_full_gateway_is_a_temporary_error), T(alphabets_in), T(a_payload_and_a_data_sm),
		T(parts_in_any_order_and_doubled), T(acknowledged_parts_survive_a_crash),
		T(sar_parts_and_a_set_that_stays_incomplete), T(one_message_out),
		T(accents_and_latin1), T(a_text_that_cannot_be_sent_fails_at_once),
		T(long_messages_by_header), T(long_messages_by_sar_and_payload),
		T(packed_septets_behind_a_header), T(throttling_pauses),
		T(a_throttled_second_part_goes_after_the_pause), T(errors_for_good_and_for_now),
		T(the_window_is_bounded), T(a_lost_answer_is_doubt_never_a_second_sending),
		T(a_late_answer_still_counts), T(names_of_every_shape), T(a_report_of_failure),
		T(a_report_before_the_response), T(a_report_after_a_restart),
		T(ids_that_mean_nothing), T(a_damaged_file_begins_anew), T(a_ussd_dialogue),
		T(ussd_that_goes_wrong),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ld_clock_manual_init(&t.clock, 1795000000000);
	ld_loop_init(ld_clock_monotonic_ms(&t.clock.clock));
	ld_log_init(NULL, NULL);
	ld_random_seeded_init(&t.random, seed_start());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
