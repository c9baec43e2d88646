/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of chan/smpp share: the gateway's side, and a message centre played octet by
 * octet. */
#ifndef LAIDO_TESTS_SMPP_PEER_H
#define LAIDO_TESTS_SMPP_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
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

static inline int on_inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	if (host.is_busy)
		return LD_E_BUSY;
	assert_true(host.n_in < 64);
	host.in[host.n_in++] = *in;
	if (host.commit_at_once && in->ref)
		ch->ops->committed(ch, in->ref);
	return 0;
}

static inline void on_sent(struct ld_channel *ch, const struct ld_sent *s)
{
	(void)ch;
	assert_true(host.n_sent < 64);
	host.sent[host.n_sent++] = *s;
}

static inline void on_state(struct ld_channel *ch, enum ld_channel_state st, const char *why)
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

static inline void turn(void)
{
	ld_loop_turn(ld_clock_monotonic_ms(&t.clock.clock), 5);
}

/* Time passes only here. The tick is every 200 ms. */
static inline void pass(int ms)
{
	for (; ms > 0; ms -= 200) {
		ld_clock_manual_advance(&t.clock, ms < 200 ? ms : 200);
		ld_loop_turn(ld_clock_monotonic_ms(&t.clock.clock), 0);
		ld_loop_turn(ld_clock_monotonic_ms(&t.clock.clock), 0);
	}
}

static inline bool readable_within(struct peer *p, size_t want)
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

static inline uint32_t be(const uint8_t *o)
{
	return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

static inline void get(struct peer *p, struct pdu *ret)
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

static inline void expect(struct peer *p, uint32_t id, struct pdu *ret)
{
	get(p, ret);
	if (ret->id != id)
		print_message("PDU 0x%08x instead of 0x%08x\n", ret->id, id);
	assert_true(ret->id == id);
}

static inline bool is_silent(struct peer *p)
{
	for (int i = 0; i < 6; i++)
		turn();
	return p->n == 0 && recv(p->fd, p->in, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
}

static inline bool is_closed(struct peer *p)
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

static inline void put_raw(struct peer *p, const void *octets, size_t len)
{
	assert_int_equal(send(p->fd, octets, len, MSG_NOSIGNAL), (ssize_t)len);
}

static inline void put(struct peer *p, uint32_t id, uint32_t status, uint32_t seq, const void *body,
		size_t len)
{
	uint32_t head[4] = { htonl((uint32_t)len + 16), htonl(id), htonl(status), htonl(seq) };

	put_raw(p, head, sizeof(head));
	if (len)
		put_raw(p, body, len);
}

static inline void take_connection(struct peer *p)
{
	struct timeval soon = { 0, 1000 };
	const int at_once = 1;

	memset(p, 0, sizeof(*p));
	setsockopt(t.listener, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	for (int i = 0; i < 200; i++) {
		p->fd = accept(t.listener, NULL, NULL);
		if (p->fd >= 0) {
			setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
			return;
		}
		turn();
	}
	fail_msg("nobody connects");
}

static inline uint32_t accept_bind(struct peer *p)
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

static inline void add(struct body *b, const void *octets, size_t len)
{
	memcpy(b->o + b->len, octets, len);
	b->len += len;
}

static inline void tlv(struct body *b, unsigned tag, const void *octets, size_t len)
{
	const uint8_t head[4] = { (uint8_t)(tag >> 8), (uint8_t)tag, (uint8_t)(len >> 8),
				  (uint8_t)len };

	add(b, head, 4);
	add(b, octets, len);
}

static inline void sm(struct body *b, const char *service, const char *from, uint8_t esm, uint8_t dcs,
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

static inline void deliver_text(uint32_t seq, const char *text)
{
	struct body b;

	sm(&b, "", "84912345678", 0, 0, text, strlen(text));
	put(&t.peer, C_DELIVER, 0, seq, b.o, b.len);
}

/* ---- set-up ---- */

static inline void open_channel(void)
{
	struct ld_errmsg err = { "" };

	if (ld_chan_smpp_new(&t.ch, t.ctx, &t.cfg, &channel_host, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(t.ch->ops->start(t.ch), 0);
}

static inline int set_up(void **state)
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

static inline void bound(void)
{
	open_channel();
	assert_int_equal(accept_bind(&t.peer), C_BIND_TRX);
	assert_int_equal(host.state, LD_CHANNEL_UP);
}

static inline int tear_down(void **state)
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
static inline void restart(void)
{
	ld_chan_smpp_free(t.ch);
	close(t.peer.fd);
	bound();
}

static inline struct ld_chan_smpp_stats stats(void)
{
	struct ld_chan_smpp_stats s;

	ld_chan_smpp_stats(t.ch, &s);
	return s;
}

static inline int send_text(int64_t id, enum ld_alphabet a, const char *text)
{
	struct ld_send m = { .id = id, .alphabet = a, .to = "+84912345678" };

	snprintf(m.text, sizeof(m.text), "%s", text);
	return t.ch->ops->send(t.ch, &m);
}

#endif
