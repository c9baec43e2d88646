/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's messages: what goes in comes out, and nothing else is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "laido/base/err.h"
#include "laido/wire/worker.h"
#include "seed.h"

static const uint8_t types[] = {
#define TYPE(name, number) number,
	LD_WMSG_TYPES(TYPE)
#undef TYPE
};

/* A message with something in every field that matters for its type. */
static void example(struct ld_wmsg *m, uint8_t type)
{
	memset(m, 0, sizeof(*m));
	m->type = (enum ld_wmsg_type)type;
	switch (type) {
	case LD_WMSG_CONFIG:
		snprintf(m->u.config.device, sizeof(m->u.config.device), "/dev/serial/by-path/x");
		snprintf(m->u.config.journal, sizeof(m->u.config.journal), "/var/lib/laido/sim1.journal");
		snprintf(m->u.config.init, sizeof(m->u.config.init), "AT+QURCCFG=1\nAT+CVHU=0");
		m->u.config.submit_ms = 120000;
		break;
	case LD_WMSG_SEND:
		m->u.send = (struct ld_wmsg_send){ .id = INT64_MAX, .alphabet = LD_UCS2, .to = "+84912345678",
						   .n_parts = 2, .end = { 4, 9 }, .text = "mot \xc4\x91hai" };
		m->u.send.end[1] = (uint16_t)strlen(m->u.send.text);
		break;
	case LD_WMSG_INBOUND:
		m->u.inbound.ref = UINT64_MAX;
		memset(m->u.inbound.text, 'x', sizeof(m->u.inbound.text) - 1);
		break;
	case LD_WMSG_SENT:
		m->u.sent.id = -5;
		m->u.sent.what = LD_SENT_UNKNOWN;
		m->u.sent.parts = 3;
		break;
	case LD_WMSG_BEAT:
		m->u.beat.op = LD_WOP_SUBMIT;
		m->u.beat.silent_ms = UINT32_MAX;
		break;
	default:
		break;
	}
}

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		struct ld_wmsg in, out;
		uint8_t buf[LD_WMSG_MAX];
		int n;

		example(&in, types[i]);
		n = ld_wmsg_encode(&in, buf, sizeof(buf));
		assert_true(n > 0);
		assert_int_equal(ld_wmsg_decode(buf, (size_t)n, &out), n);
		assert_memory_equal(&in, &out, sizeof(in));
		assert_int_equal(ld_wmsg_encode(&in, buf, (size_t)n - 1), LD_E_TOOBIG);
	}
}

/* Cut anywhere it is incomplete; with the length made to fit the cut it is corrupt. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		struct ld_wmsg in, out;
		uint8_t buf[LD_WMSG_MAX];
		int n;

		example(&in, types[i]);
		n = ld_wmsg_encode(&in, buf, sizeof(buf));
		for (int cut = 0; cut < n; cut++) {
			assert_int_equal(ld_wmsg_decode(buf, (size_t)cut, &out), 0);
			if (cut < 4)
				continue;
			uint8_t copy[LD_WMSG_MAX];
			memcpy(copy, buf, (size_t)cut);
			copy[0] = copy[1] = 0;
			copy[2] = (uint8_t)((cut - 4) >> 8);
			copy[3] = (uint8_t)(cut - 4);
			assert_int_equal(ld_wmsg_decode(copy, (size_t)cut, &out), LD_E_CORRUPT);
		}
	}
}

/* Whatever is accepted is a message that we could have written ourselves. */
static void test_noise(void **state)
{
	uint64_t r = seed_start();

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct ld_wmsg m;
		uint8_t buf[LD_WMSG_MAX], again[LD_WMSG_MAX];
		int n, taken;

		example(&m, types[seed_below(&r, sizeof(types))]);
		n = ld_wmsg_encode(&m, buf, sizeof(buf));
		for (uint32_t k = seed_below(&r, 4) + 1; k > 0; k--)
			buf[seed_below(&r, n < 64 ? (uint32_t)n : 64)] ^=
				(uint8_t)(1u << seed_below(&r, 8));
		taken = ld_wmsg_decode(buf, (size_t)n, &m);
		if (taken <= 0)
			continue;
		assert_int_equal(ld_wmsg_encode(&m, again, sizeof(again)), taken);
		assert_memory_equal(buf, again, (size_t)taken);
	}
}

static void test_refused(void **state)
{
	struct ld_wmsg m, out;
	uint8_t buf[LD_WMSG_MAX];
	int n;

	(void)state;
	example(&m, LD_WMSG_SEND);
	m.u.send.end[1] = 3;                            /* parts that go backwards */
	assert_int_equal(ld_wmsg_encode(&m, buf, sizeof(buf)), LD_E_RANGE);
	example(&m, LD_WMSG_SEND);
	m.u.send.end[1]--;                              /* text that no part carries */
	assert_int_equal(ld_wmsg_encode(&m, buf, sizeof(buf)), LD_E_RANGE);
	m.u.send.n_parts = 0;
	assert_int_equal(ld_wmsg_encode(&m, buf, sizeof(buf)), LD_E_RANGE);
	example(&m, LD_WMSG_LOG);
	memset(m.u.log.text, 'x', sizeof(m.u.log.text));        /* no NUL */
	assert_int_equal(ld_wmsg_encode(&m, buf, sizeof(buf)), LD_E_RANGE);
	m.type = (enum ld_wmsg_type)99;
	assert_int_equal(ld_wmsg_encode(&m, buf, sizeof(buf)), LD_E_RANGE);
	example(&m, LD_WMSG_QUERY);
	n = ld_wmsg_encode(&m, buf, sizeof(buf));
	buf[4]++;
	assert_int_equal(ld_wmsg_decode(buf, (size_t)n, &out), LD_E_VERSION);
	buf[0] = 0x7f;
	assert_int_equal(ld_wmsg_decode(buf, (size_t)n, &out), LD_E_CORRUPT);
}

static void test_socket(void **state)
{
	struct ld_wmsg in, out;
	char junk[LD_WMSG_MAX + 1] = { 0 };
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(ld_wmsg_read(pair[1], &out, MSG_DONTWAIT), -EAGAIN);
	example(&in, LD_WMSG_SEND);
	assert_int_equal(ld_wmsg_write(pair[0], &in, 0), 0);
	assert_int_equal(ld_wmsg_read(pair[1], &out, 0), 1);
	assert_memory_equal(&in, &out, sizeof(in));
	assert_int_equal(send(pair[0], junk, 3, 0), 3);                 /* a packet is a message */
	assert_int_equal(ld_wmsg_read(pair[1], &out, 0), LD_E_CORRUPT);
	assert_int_equal(send(pair[0], junk, sizeof(junk), 0), sizeof(junk));
	assert_int_equal(ld_wmsg_read(pair[1], &out, 0), LD_E_CORRUPT);
	close(pair[0]);
	assert_int_equal(ld_wmsg_read(pair[1], &out, 0), 0);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_cut), cmocka_unit_test(test_noise),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_socket),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
