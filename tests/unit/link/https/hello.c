/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a HELLO says is signed, and whatever else comes in costs little and moves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <osmocom/core/select.h>
#include <osmocom/core/talloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include "laido/link/https/hello.h"
#include "laido/osmo/loop.h"

static struct ld_keypair ours, theirs;
static struct ld_clock_manual wall;
static struct ld_random_seeded rnd;
static unsigned n_heard;
static struct ld_hello last;

static void on_heard(void *arg, const struct ld_hello *h, const char *host)
{
	(void)arg;
	assert_true(strlen(host) > 0);
	n_heard++;
	last = *h;
}

static struct ld_hello hello_of(const struct ld_keypair *key, uint64_t count)
{
	struct ld_hello h = { .ward = { { 1 } }, .start = 5, .count = count, .port = 7445 };

	memcpy(h.pk, key->pk, sizeof(h.pk));
	return h;
}

static void test_every_bit_is_signed(void **state)
{
	struct ld_hello h = hello_of(&theirs, 3), got;
	uint8_t data[LD_HELLO_LEN];

	(void)state;
	ld_hello_sign(data, &h, &theirs);
	assert_int_equal(ld_hello_read(&got, data, sizeof(data)), 0);
	assert_memory_equal(got.pk, theirs.pk, 32);
	assert_int_equal(got.count, 3);
	assert_int_equal(got.start, 5);
	assert_int_equal(got.port, 7445);
	for (unsigned i = 0; i < sizeof(data) * 8; i++) {
		data[i / 8] ^= (uint8_t)(1u << (i % 8));
		assert_true(ld_hello_read(&got, data, sizeof(data)) < 0);
		data[i / 8] ^= (uint8_t)(1u << (i % 8));
	}
	for (size_t len = 0; len < sizeof(data); len++)
		assert_int_equal(ld_hello_read(&got, data, len), LD_E_CORRUPT);
}

static void say(uint16_t port, const uint8_t *data, size_t len)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
	close(fd);
}

static void turn(void)
{
	for (int i = 0; i < 3; i++)
		ld_loop_turn(1, 0);
}

static void test_what_is_heard(void **state)
{
	struct ld_hello_stats stats;
	struct ld_hellos *s = NULL;
	struct ld_errmsg err = { "" };
	uint8_t data[LD_HELLO_LEN + 1] = { 0 };
	struct ld_hellos_cfg cfg = { .key = &ours, .ward = { { 1 } }, .tcp_port = 1,
				     .clock = &wall.clock, .random = &rnd.random,
				     .heard = on_heard };
	struct ld_hello h;

	(void)state;
	for (cfg.udp_port = 20000 + (uint16_t)(getpid() % 20000); !s; cfg.udp_port++)
		if (ld_hellos_start(&s, &cfg, &err) == 0)
			break;
	h = hello_of(&theirs, 1);
	ld_hello_sign(data, &h, &theirs);
	say(cfg.udp_port, data, LD_HELLO_LEN);
	turn();
	assert_int_equal(n_heard, 1);
	assert_memory_equal(last.pk, theirs.pk, 32);
	say(cfg.udp_port, data, LD_HELLO_LEN);          /* once more */
	say(cfg.udp_port, data, LD_HELLO_LEN + 1);      /* too long */
	say(cfg.udp_port, data, 10);
	data[20] ^= 1;                                  /* another key */
	say(cfg.udp_port, data, LD_HELLO_LEN);
	h.ward.b[0] = 2;                                /* another ward */
	ld_hello_sign(data, &h, &theirs);
	say(cfg.udp_port, data, LD_HELLO_LEN);
	h = hello_of(&ours, 9);                         /* ourselves */
	ld_hello_sign(data, &h, &ours);
	say(cfg.udp_port, data, LD_HELLO_LEN);
	turn();
	assert_int_equal(n_heard, 1);
	ld_hellos_stats(s, &stats);
	assert_int_equal(stats.again, 1);
	assert_int_equal(stats.bad, 3);
	assert_int_equal(stats.forged, 1);
	/* A flood: only so many signatures are looked at in a second. */
	memset(data + 66, 7, 64);
	for (uint8_t i = 0; i < 100; i++) {
		h = hello_of(&theirs, 100u + i);
		ld_hello_sign(data, &h, &ours);
		say(cfg.udp_port, data, LD_HELLO_LEN);
		turn();
	}
	ld_hellos_stats(s, &stats);
	assert_true(stats.forged <= 20 && stats.crowded >= 80);
	ld_clock_manual_advance(&wall, 1000);
	h = hello_of(&theirs, 2);
	ld_hello_sign(data, &h, &theirs);
	say(cfg.udp_port, data, LD_HELLO_LEN);
	turn();
	assert_int_equal(n_heard, 2);
	ld_hellos_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bit_is_signed),
		cmocka_unit_test(test_what_is_heard),
	};

	ld_crypto_init();
	ld_clock_manual_init(&wall, 1800000000000);
	ld_random_seeded_init(&rnd, 1);
	ld_keypair_from_seed(&ours, (const uint8_t[32]){ 1 });
	ld_keypair_from_seed(&theirs, (const uint8_t[32]){ 2 });
	ld_loop_init(1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
