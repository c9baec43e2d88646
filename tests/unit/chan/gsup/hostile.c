/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the real HLR would never pass on: this test is the peer at the other end of the TCP
 * connection and sends damaged GSUP, components and framing, on a clock of its own. The dialogue
 * with a real HLR is tests/integ/gsup.t. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/core/msgb.h>
#include <osmocom/core/talloc.h>
#include <osmocom/gsm/gsup.h>

#include "laido/base/err.h"
#include "laido/chan/gsup.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"
#include "laido/wire/ussd.h"
#include "seed.h"

enum { MAX_SESSIONS = 40 };

static struct {
	struct ld_clock_manual clock;
	struct ld_random_seeded random;
	struct ld_channel ch;
	void *ctx;
	int listener, ctrl_listener, peer;
	enum ld_channel_state state;
	unsigned begun, ended_by_channel, ended_by_us;
	bool silent;            /* the gateway does not answer */
	uint64_t last_session;
} t;

/* ---- the gateway's side ---- */

static int inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	struct ld_reply r = { .text = "1 Hoc\n0 Thoat" };

	t.last_session = in->session;
	t.begun += in->what == LD_IN_BEGIN;
	t.ended_by_channel += in->what == LD_IN_ENDED;
	if (in->what == LD_IN_ENDED || t.silent)
		return 0;
	r.end = strcmp(in->text, "0") == 0;
	if (ch->ops->reply(ch, in->session, &r) == 0 && r.end)
		t.ended_by_us++;
	return 0;
}

static void sent(struct ld_channel *ch, const struct ld_sent *s)
{
	(void)ch;
	(void)s;
	fail();
}

static void state_changed(struct ld_channel *ch, enum ld_channel_state state, const char *why)
{
	(void)ch;
	assert_non_null(why);
	t.state = state;
}

static const struct ld_channel_host host = { inbound, sent, state_changed };

/* ---- the peer's side ---- */

static int listen_on(uint16_t *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

/* The clock stands still, but loopback needs a moment of real time to carry what was sent: the
 * wait ends as soon as something arrives. */
static void turn(int wait_ms)
{
	ld_loop_turn(t.clock.mono_ms, wait_ms);
	ld_loop_turn(t.clock.mono_ms, 0);
}

/* Takes a new connection, reads what came, and answers the client's pings so that it stays. */
static void serve_peer(void)
{
	static const uint8_t ping[] = { 0, 1, 0xfe, 0 }, pong[] = { 0, 1, 0xfe, 1 };
	uint8_t buf[4096];
	int fd = accept4(t.listener, NULL, NULL, SOCK_NONBLOCK);
	ssize_t n;

	if (fd >= 0) {
		if (t.peer >= 0)
			close(t.peer);
		t.peer = fd;
	}
	n = recv(t.peer, buf, sizeof(buf), 0);
	for (ssize_t i = 0; i + (ssize_t)sizeof(ping) <= n; i++)
		if (memcmp(buf + i, ping, sizeof(ping)) == 0)
			send(t.peer, pong, sizeof(pong), MSG_NOSIGNAL);
}

static void pass_ms(int ms)
{
	for (int done = 0; done < ms; done += 50) {
		ld_clock_manual_advance(&t.clock, 50);
		turn(1);
		serve_peer();
	}
}

/* The channel connects, again if it must, and is up. */
static void connected(void)
{
	for (int i = 0; i < 2000 && t.state != LD_CHANNEL_UP; i++)
		pass_ms(50);
	assert_int_equal(t.state, LD_CHANNEL_UP);
}

static void send_frame(uint8_t proto, uint8_t ext, const uint8_t *data, size_t len)
{
	uint8_t frame[1024] = { (uint8_t)((len + 1) >> 8), (uint8_t)(len + 1), proto, ext };

	assert_true(len + 4 <= sizeof(frame));
	memcpy(frame + 4, data, len);
	if (send(t.peer, frame, len + 4, MSG_NOSIGNAL) < 0)
		assert_true(errno == EPIPE || errno == ECONNRESET);
	turn(10);
	serve_peer();
}

static size_t make(uint8_t *ret, uint32_t session, enum osmo_gsup_session_state state,
		   struct ld_ussd *u, const char *text)
{
	uint8_t octets[LD_USSD_BUILT_MAX];
	struct msgb *msg = msgb_alloc(1024, "test");
	struct osmo_gsup_message gsup = {
		.message_type = OSMO_GSUP_MSGT_PROC_SS_REQUEST,
		.imsi = "452011234567890",
		.session_id = session,
		.session_state = state,
		.message_class = OSMO_GSUP_MESSAGE_CLASS_USSD,
		.ss_info = octets,
	};
	size_t len;

	u->has_id = u->has_op = true;
	assert_int_equal(ld_ussd_set_text(u, LD_GSM7, text), 0);
	gsup.ss_info_len = (size_t)ld_ussd_build(u, octets, sizeof(octets));
	assert_int_equal(osmo_gsup_encode(msg, &gsup), 0);
	len = msgb_length(msg);
	memcpy(ret, msgb_data(msg), len);
	msgb_free(msg);
	return len;
}

static size_t make_begin(uint8_t *ret, uint32_t session)
{
	struct ld_ussd u = { .type = LD_USSD_INVOKE, .op = LD_USSD_OP_PROCESS, .id = 5 };

	return make(ret, session, OSMO_GSUP_SESSION_STATE_BEGIN, &u, "*123#");
}

static size_t make_answer(uint8_t *ret, uint32_t session, const char *text)
{
	struct ld_ussd u = { .type = LD_USSD_RESULT, .op = LD_USSD_OP_REQUEST, .id = 1 };

	return make(ret, session, OSMO_GSUP_SESSION_STATE_CONTINUE, &u, text);
}

static void send_gsup(const uint8_t *gsup, size_t len)
{
	send_frame(0xee, 0x05, gsup, len);
}

static struct ld_chan_gsup_stats stats(void)
{
	struct ld_chan_gsup_stats s;

	ld_chan_gsup_stats(&t.ch, &s);
	return s;
}

/* Nothing is left, and the gateway heard the end of all that it heard the beginning of. */
static void all_ended(void)
{
	pass_ms(31000);
	assert_int_equal(stats().sessions, 0);
	assert_int_equal(t.begun, t.ended_by_us + t.ended_by_channel);
}

/* The service works, after whatever it was. */
static void still_serves(void)
{
	uint8_t gsup[512];
	unsigned begun = t.begun, ended = t.ended_by_us;

	pass_ms(60000);         /* a link that broke unseen is found by the client's ping */
	connected();
	send_gsup(gsup, make_begin(gsup, 0x20ffffff));
	pass_ms(2500);
	assert_int_equal(t.begun, begun + 1);
	send_gsup(gsup, make_answer(gsup, 0x20ffffff, "0"));
	assert_int_equal(t.ended_by_us, ended + 1);
}

static int set_up(void **state)
{
	struct ld_chan_gsup_cfg cfg = {
		.name = "gsup",
		.conf = { .host = "127.0.0.1", .euse = "ward", .code = "*123#",
			  .menu_septets = 130, .end_septets = 128, .session_ms = 25000 },
		.max_sessions = MAX_SESSIONS,
	};

	(void)state;
	memset(&t, 0, sizeof(t));
	t.peer = -1;
	t.ctx = talloc_named_const(NULL, 0, "test");
	ld_clock_manual_init(&t.clock, 1795377444123);
	ld_random_seeded_init(&t.random, 7);
	t.listener = listen_on(&cfg.conf.port);
	t.ctrl_listener = listen_on(&cfg.conf.ctrl_port);       /* never answers */
	cfg.clock = &t.clock.clock;
	cfg.random = &t.random.random;
	cfg.ctx = t.ctx;
	ld_loop_init(t.clock.mono_ms);
	assert_int_equal(ld_chan_gsup_init(&t.ch, &cfg, &host), 0);
	assert_int_equal(t.ch.ops->start(&t.ch), 0);
	connected();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	t.ch.ops->stop(&t.ch);
	assert_int_equal(t.ch.ops->reply(&t.ch, 1, &(struct ld_reply){ .text = "x" }), LD_E_UNKNOWN);
	close(t.listener);
	close(t.ctrl_listener);
	if (t.peer >= 0)
		close(t.peer);
	talloc_free(t.ctx);
	return 0;
}

/* ---- tests ---- */

static void damaged_messages(void **state)
{
	uint64_t seed = seed_start();
	uint8_t good[512], bad[512];

	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		size_t len = kind ? make_answer(good, 0x20000001, "1") : make_begin(good, 0x20000001);

		for (size_t cut = 0; cut < len; cut++)
			send_gsup(good, cut);
		for (size_t bit = 0; bit < 8 * len; bit++) {
			memcpy(bad, good, len);
			bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
			send_gsup(bad, len);
			assert_in_range(stats().sessions, 0, MAX_SESSIONS);
		}
		pass_ms(2500);
	}
	for (unsigned i = 0; i < 2000; i++) {
		size_t len = seed_below(&seed, 300);

		for (size_t k = 0; k < len; k++)
			bad[k] = (uint8_t)seed_u64(&seed);
		bad[0] = OSMO_GSUP_MSGT_PROC_SS_REQUEST;
		send_gsup(bad, len);
	}
	assert_true(stats().bad_gsup > 100);
	assert_true(stats().bad_component > 10);
	all_ended();
	still_serves();
}

/* Frames that are not IPA's: the link may break, the service may not. */
static void damaged_framing(void **state)
{
	uint64_t seed = seed_start();
	uint8_t junk[64];

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		for (size_t k = 0; k < sizeof(junk); k++)
			junk[k] = (uint8_t)seed_u64(&seed);
		send_frame((uint8_t)seed_u64(&seed), (uint8_t)seed_u64(&seed), junk,
			   seed_below(&seed, sizeof(junk)));
		if (i % 50 == 49) {
			close(t.peer);
			t.peer = -1;
			pass_ms(100);
			assert_int_equal(t.state, LD_CHANNEL_DOWN);
		}
		connected();
	}
	all_ended();
	still_serves();
}

static void table_is_bounded(void **state)
{
	uint8_t gsup[512];

	(void)state;
	for (uint32_t i = 0; i < MAX_SESSIONS + 10; i++)
		send_gsup(gsup, make_begin(gsup, 0x20000000 + i));
	assert_int_equal(stats().sessions, MAX_SESSIONS);
	assert_int_equal(stats().sessions_high_water, MAX_SESSIONS);
	assert_int_equal(stats().busy, 10);
	all_ended();
	still_serves();
}

/* An MSC that restarted begins again with an id that we still hold. */
static void begun_anew(void **state)
{
	uint8_t gsup[512];
	uint64_t first;

	(void)state;
	send_gsup(gsup, make_begin(gsup, 0x20000001));
	pass_ms(2500);
	assert_int_equal(t.begun, 1);
	first = t.last_session;
	send_gsup(gsup, make_begin(gsup, 0x20000001));
	assert_int_equal(t.ended_by_channel, 1);
	pass_ms(2500);
	assert_int_equal(t.begun, 2);
	assert_true(t.last_session != first);
	assert_int_equal(stats().sessions, 1);
	all_ended();
}

static void timers(void **state)
{
	uint8_t gsup[512];
	struct ld_reply screen = { .text = "x" };

	(void)state;
	t.silent = true;
	send_gsup(gsup, make_begin(gsup, 0x20000001));
	pass_ms(1900);
	assert_int_equal(t.begun, 0);           /* the number may still come */
	pass_ms(200);
	assert_int_equal(t.begun, 1);
	assert_int_equal(stats().anonymous, 1);
	assert_int_equal(t.ch.ops->reply(&t.ch, t.last_session, &screen), 0);
	assert_int_equal(t.ch.ops->reply(&t.ch, t.last_session, &screen), LD_E_BUSY);
	pass_ms(24800);
	assert_int_equal(stats().sessions, 1);  /* since the screen */
	pass_ms(300);
	assert_int_equal(stats().sessions, 0);
	assert_int_equal(stats().timeouts, 1);
	assert_int_equal(t.ended_by_channel, 1);
	assert_int_equal(t.ch.ops->reply(&t.ch, t.last_session, &screen), LD_E_UNKNOWN);
}

static void bad_configuration(void **state)
{
	struct ld_chan_gsup_cfg good = {
		.name = "gsup",
		.conf = { .code = "*123#", .menu_septets = 130, .end_septets = 128,
			  .session_ms = 25000 },
		.random = ld_random_sys(),
	}, bad;
	struct ld_channel ch = { 0 };

	(void)state;
	bad = good;
	bad.conf.session_ms = 25001;
	assert_int_equal(ld_chan_gsup_init(&ch, &bad, &host), LD_E_RANGE);
	bad = good;
	bad.conf.end_septets = 129;
	assert_int_equal(ld_chan_gsup_init(&ch, &bad, &host), LD_E_RANGE);
	bad = good;
	bad.conf.menu_septets = 131;
	assert_int_equal(ld_chan_gsup_init(&ch, &bad, &host), LD_E_RANGE);
	bad = good;
	bad.text_busy = "Hết giờ";
	assert_int_equal(ld_chan_gsup_init(&ch, &bad, &host), LD_E_RANGE);
	assert_null(ch.ops);
	assert_int_equal(ld_chan_gsup_init(&ch, &good, &host), 0);
	ch.ops->stop(&ch);
}

#define WITH_PEER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PEER(damaged_messages),
		WITH_PEER(damaged_framing),
		WITH_PEER(table_is_bounded),
		WITH_PEER(begun_anew),
		WITH_PEER(timers),
		cmocka_unit_test(bad_configuration),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ld_log_init(NULL, NULL);
	ld_log_level(NULL, "fatal");
	ld_log_level("DLINP", "fatal");
	ld_log_level("DLGSUP", "fatal");
	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
