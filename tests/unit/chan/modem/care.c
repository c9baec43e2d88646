/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What laidod makes of a modem without its worker: when it cannot send, which SIM is whose, credit,
 * rates, who has just called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <talloc.h>
#include <unistd.h>

#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"
#include "modem.h"

struct fake_clock {
	struct ld_clock clock;
	int64_t ms;
};

static int64_t now_of(const struct ld_clock *c)
{
	return ((const struct fake_clock *)c)->ms;
}

static int64_t utc_of(const struct ld_clock *c, bool *ret_trusted)
{
	if (ret_trusted)
		*ret_trusted = true;
	return ((const struct fake_clock *)c)->ms;
}

static struct fake_clock t = { { now_of, utc_of }, 1000000000 };
static char folder[] = P_tmpdir "/laido-care-XXXXXX";
static char sims[sizeof(folder) + 8];
static void *ctx;
static enum ld_channel_state state;
static unsigned inbound;

static int on_inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	(void)ch;
	(void)in;
	inbound++;
	return 0;
}

static void on_sent(struct ld_channel *ch, const struct ld_sent *sent)
{
	(void)ch;
	(void)sent;
}

static void on_state(struct ld_channel *ch, enum ld_channel_state s, const char *why)
{
	(void)ch;
	assert_true(strlen(why) < 128);         /* what the gateway keeps of it */
	state = s;
}

static const struct ld_channel_host host = { on_inbound, on_sent, on_state };

/* A modem that says it is ready, though nobody is there. */
static struct modem *modem(const char *name, const char *imei, const char *imsi)
{
	struct ld_chan_modem_cfg cfg = { .clock = &t.clock, .random = ld_random_sys(),
					 .utc_offset_min = 420 };
	struct modem *m;

	snprintf(cfg.name, sizeof(cfg.name), "%s", name);
	snprintf(cfg.sims, sizeof(cfg.sims), "%s", sims);
	m = ld_chan_modem_new(ctx, &cfg, &host)->priv;
	m->ready = true;
	snprintf(m->info.imei, sizeof(m->info.imei), "%s", imei);
	snprintf(m->info.imsi, sizeof(m->info.imsi), "%s", imsi);
	ld_modem_check_sim(m);
	ld_modem_judge(m);
	return m;
}

static void drop(struct modem *m)
{
	ld_modem_health_stop(m);
	ld_chan_modem_free(&m->ch);
}

static void result(struct modem *m, const char *to, enum ld_sent_what what)
{
	snprintf(m->in_flight_to, sizeof(m->in_flight_to), "%s", to);
	ld_modem_note_result(m, what, what == LD_SENT_OK ? "" : "CMS 8, barred");
}

static void cannot_send(void **unused)
{
	struct modem *m = modem("sim1", "861234567890123", "452040000000001");
	struct ld_chan_modem_info i;

	(void)unused;
	assert_int_equal(state, LD_CHANNEL_UP);
	/* one number's refusals, and failures of any kind, blame no SIM */
	for (int k = 0; k < 5; k++)
		result(m, "+84911111111", LD_SENT_BARRED);
	result(m, "+84922222222", LD_SENT_FAILED);
	result(m, "+84922222222", LD_SENT_RETRY);
	result(m, "+84922222222", LD_SENT_UNKNOWN);
	assert_int_equal(state, LD_CHANNEL_UP);
	result(m, "+84922222222", LD_SENT_BARRED);
	assert_int_equal(state, LD_CHANNEL_RECEIVE_ONLY);
	ld_chan_modem_info(&m->ch, &i);
	assert_non_null(strstr(i.todo, "cannot send since 20:46"));     /* 1e9 ms, in Hanoi */
	/* a try, refused, and one that is taken */
	ld_chan_modem_probe(&m->ch);
	assert_int_equal(state, LD_CHANNEL_UP);
	result(m, "+84933333333", LD_SENT_RETRY);
	assert_int_equal(state, LD_CHANNEL_RECEIVE_ONLY);
	ld_chan_modem_probe(&m->ch);
	result(m, "+84933333333", LD_SENT_OK);
	assert_int_equal(state, LD_CHANNEL_UP);
	/* a success between refusals begins anew */
	result(m, "+84911111111", LD_SENT_BARRED);
	result(m, "+84911111111", LD_SENT_OK);
	result(m, "+84922222222", LD_SENT_BARRED);
	assert_int_equal(state, LD_CHANNEL_UP);
	/* a whole row to one number, with nothing else to tell */
	for (int k = 0; k < 5; k++)
		result(m, "+84922222222", LD_SENT_BARRED);
	assert_int_equal(state, LD_CHANNEL_RECEIVE_ONLY);
	drop(m);
}

static void no_network(void **unused)
{
	static const uint8_t fine[] = { 1, 4, 5, 6, 7, 9, 10 }, none[] = { 0, 2, 3, 8, 11, 255 };
	struct modem *m = modem("sim1", "861234567890123", "452040000000001");

	(void)unused;
	for (size_t k = 0; k < sizeof(none); k++) {
		m->info.registration = none[k];
		ld_modem_note_status(m);
		assert_int_equal(state, LD_CHANNEL_UP);         /* a change of cells, perhaps */
		ld_modem_note_status(m);
		assert_int_equal(state, LD_CHANNEL_RECEIVE_ONLY);
		m->info.registration = fine[k % sizeof(fine)];
		ld_modem_note_status(m);
		assert_int_equal(state, LD_CHANNEL_UP);
	}
	drop(m);
}

/* Two modems change their SIMs: both are told, and each goes on when it has its own again. */
static void whose_sim(void **unused)
{
	struct modem *a, *b;
	FILE *f;

	(void)unused;
	unlink(sims);
	a = modem("sim1", "861234567890001", "452040000000001");
	b = modem("sim2", "861234567890002", "452040000000002");
	assert_false(a->info.sim_changed || b->info.sim_changed);
	drop(a);
	drop(b);
	a = modem("sim1", "861234567890001", "452040000000002");
	assert_true(a->info.sim_changed);
	assert_int_equal(state, LD_CHANNEL_RECEIVE_ONLY);
	b = modem("sim2", "861234567890002", "452040000000001");
	assert_true(b->info.sim_changed);
	drop(a);
	drop(b);
	/* the pair in another socket of the board is the same pair */
	a = modem("sim2", "861234567890001", "452040000000001");
	assert_false(a->info.sim_changed);
	drop(a);
	/* a new modem with a known SIM, taken over */
	a = modem("sim3", "861234567890003", "452040000000001");
	assert_true(a->info.sim_changed);
	assert_int_equal(ld_chan_modem_accept(&a->ch), 0);
	assert_false(a->info.sim_changed);
	assert_int_equal(state, LD_CHANNEL_UP);
	drop(a);
	a = modem("sim3", "861234567890003", "452040000000001");
	assert_false(a->info.sim_changed);
	drop(a);
	/* who has not told who it is is judged by nothing, and cannot be accepted */
	a = modem("sim4", "861234567890003", "");
	assert_false(a->info.sim_changed);
	assert_int_equal(ld_chan_modem_accept(&a->ch), LD_E_UNKNOWN);
	drop(a);
	/* a damaged file is read as far as it makes sense */
	f = fopen(sims, "w");
	assert_non_null(f);
	fprintf(f, "nonsense\n861234567890005 452040000000005 sim5\n\xff\xfe %0200d\n", 7);
	fclose(f);
	a = modem("sim5", "861234567890005", "452040000000006");
	assert_true(a->info.sim_changed);
	drop(a);
	/* what cannot be written is said, not forgotten */
	unlink(sims);
	snprintf(sims, sizeof(sims), "%s/no/sims", folder);
	a = modem("sim6", "861234567890006", "452040000000007");
	assert_false(a->info.sim_changed);
	assert_true(ld_chan_modem_accept(&a->ch) < 0);
	drop(a);
	snprintf(sims, sizeof(sims), "%s/sims", folder);
}

static void credit(void **unused)
{
	static const struct { const char *imsi, *said; int64_t vnd; bool low; } cases[] = {
		{ "452040000000001", "TKC: 50.000 d, HSD 1/1/2027", 50000, false },
		{ "452040000000001", "TK chính: 4.500đ. TK khuyến mại: 99.999đ", 4500, true },
		{ "452010000000001", "Tai khoan chinh: 120,000 VND\nKM: 0", 120000, false },
		{ "452020000000001", "Quý khách có TKC=0d", 0, true },
		{ "452020000000001", "Xin loi, thu lai sau 5 phut", -1, false },
		{ "452020000000001", "TKC: 99999999999999999999", -1, false },
		{ "452020000000001", "", -1, false },
		{ "310260000000001", "TKC: 50.000d", -1, false },
	};
	static struct ld_modem_operators all;
	struct ld_errmsg err;
	struct modem *m = modem("sim1", "861234567890123", "452040000000001");

	(void)unused;
	if (ld_modem_operators_load("conf/modems", &all, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t k = 0; k < LD_ARRAY_SIZE(cases); k++) {
		struct ld_wmsg msg = { .type = LD_WMSG_USSD_TEXT };

		m->operator = ld_modem_operator_of(&all, cases[k].imsi);
		snprintf(msg.u.ussd_text.text, sizeof(msg.u.ussd_text.text), "%s", cases[k].said);
		ld_modem_on_ussd(m, &msg);
		if (m->info.credit != cases[k].vnd || m->info.credit_low != cases[k].low)
			fail_msg("\"%s\" gives %lld", cases[k].said, (long long)m->info.credit);
	}
	drop(m);
}

static void profiles(void **unused)
{
	static const char *const names[] = { "generic", "ec25", "sim7600", "sim800", "huawei" };
	struct ld_modem_profile p;
	struct ld_errmsg err;

	(void)unused;
	for (size_t k = 0; k < LD_ARRAY_SIZE(names); k++)
		if (ld_modem_profile_load("conf/modems", names[k], &p, &err) != 0)
			fail_msg("%s", err.text);
	assert_string_equal(p.ussd, "packed");
	assert_int_equal(ld_modem_profile_load("conf/modems", "nokia3310", &p, &err), -2);
	assert_int_equal(ld_modem_profile_load("conf/modems", "../laidod", &p, &err), LD_E_RANGE);
	assert_int_equal(ld_modem_profile_load("conf/modems", "operators", &p, &err), LD_E_SYNTAX);
	assert_int_equal(ld_modem_profile_load(folder, "generic", &p, &err), 0);
	assert_string_equal(p.connection, "dku2at");
}

static void rates(void **unused)
{
	struct modem *m = modem("sim1", "861234567890123", "452040000000001");
	struct ld_chan_modem_info i;

	(void)unused;
	for (int minute = 0; minute < 120; minute++) {
		ld_modem_count(m, LD_RATE_SENT);
		t.ms += 60000;
	}
	ld_chan_modem_info(&m->ch, &i);
	assert_in_range(i.sent_hour, 55, 60);
	t.ms += 30 * 60000;
	ld_chan_modem_info(&m->ch, &i);
	assert_in_range(i.sent_hour, 25, 30);
	t.ms += 24 * 3600000;
	ld_chan_modem_info(&m->ch, &i);
	assert_int_equal(i.sent_hour, 0);
	ld_modem_count(m, LD_RATE_SENT);
	ld_chan_modem_info(&m->ch, &i);
	assert_int_equal(i.sent_hour, 1);
	drop(m);
}

static void call(struct modem *m, const char *from)
{
	struct ld_wmsg msg = { .type = LD_WMSG_CALL };

	snprintf(msg.u.call.from, sizeof(msg.u.call.from), "%s", from);
	ld_modem_on_call(m, &msg);
}

static void calls(void **unused)
{
	struct modem *m = modem("sim1", "861234567890123", "452040000000001");
	char from[24];

	(void)unused;
	inbound = 0;
	call(m, "0912345678");
	call(m, "0912345678");
	call(m, "");
	assert_int_equal(inbound, 1);
	t.ms += 59000;
	call(m, "0912345678");
	assert_int_equal(inbound, 1);
	t.ms += 2000;
	call(m, "0912345678");
	assert_int_equal(inbound, 2);
	/* more callers than are remembered: the oldest are forgotten, none is lost */
	for (int k = 0; k < 100; k++) {
		snprintf(from, sizeof(from), "09123%05d", k);
		call(m, from);
	}
	assert_int_equal(inbound, 102);
	call(m, from);
	assert_int_equal(inbound, 102);
	assert_int_equal(m->info.calls, 107 - 1);
	drop(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cannot_send), cmocka_unit_test(no_network),
		cmocka_unit_test(whose_sim), cmocka_unit_test(credit), cmocka_unit_test(profiles),
		cmocka_unit_test(rates), cmocka_unit_test(calls),
	};
	struct ld_log_cfg log = { 0 };
	int failed;

	if (!mkdtemp(folder))
		return 1;
	snprintf(sims, sizeof(sims), "%s/sims", folder);
	ctx = talloc_named_const(NULL, 0, "care");
	ld_loop_init(0);
	ld_log_init(ctx, &log);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(sims);
	rmdir(folder);
	talloc_free(ctx);
	return failed;
}
