/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that go out, their reports of every shape, and USSD. */
#include "peer.h"

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
		{ 0x0a, LD_SENT_BARRED, false }, { 0x03, LD_SENT_FAILED, true },
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

/* What an earlier process was to send: by id, what is told of it. */
static void settles(int64_t id, int64_t since_ms, int want)
{
	unsigned n = host.n_sent;

	assert_int_equal(ld_chan_smpp_settle(t.ch, id, since_ms), want < 0 ? want : 0);
	assert_int_equal(host.n_sent, n + (want >= 0));
	if (want >= 0) {
		assert_int_equal(host.sent[n].id, id);
		assert_int_equal(host.sent[n].what, want);
	}
}

static void intents_of_before_a_crash(void **state)
{
	struct pdu p[2];
	char text[400];
	int64_t since_ms;

	(void)state;
	bound();
	since_ms = ld_clock_utc_ms(&t.clock.clock, NULL);
	ld_chan_smpp_settled(t.ch, 0);
	send_text(10, LD_GSM7, "x");
	expect(&t.peer, C_SUBMIT, &p[0]);
	accept_submit(&p[0], "a");
	wait_sent(1);
	send_text(11, LD_GSM7, "x");
	expect(&t.peer, C_SUBMIT, &p[0]);
	long_text(text, 200);
	send_text(12, LD_GSM7, text);   /* its first part is taken */
	expect(&t.peer, C_SUBMIT, &p[1]);
	accept_submit(&p[1], "b");
	expect(&t.peer, C_SUBMIT, &p[1]);
	restart();
	host.n_sent = 0;
	settles(10, since_ms, LD_SENT_OK);
	settles(10, since_ms + 3600000, LD_E_UNKNOWN);  /* of another database */
	settles(13, since_ms, LD_SENT_RETRY);   /* it never left */
	settles(12, since_ms, LD_E_UNKNOWN);
	settles(11, since_ms, LD_E_UNKNOWN);
	settles(9, since_ms, LD_E_UNKNOWN);     /* not told twice: 12 is in doubt for ever */
	ld_chan_smpp_settled(t.ch, 20);
	restart();
	settles(20, since_ms, LD_E_UNKNOWN);
	settles(21, since_ms, LD_SENT_RETRY);
}

/* A report that was told may die with its result before a commit: the message is not gone from the
 * file. */
static void delivered_is_not_forgotten(void **state)
{
	struct pdu p;

	(void)state;
	bound();
	ld_chan_smpp_settled(t.ch, 0);
	for (int i = 0; i < 2; i++) {
		send_text(i + 1, LD_GSM7, "x");
		expect(&t.peer, C_SUBMIT, &p);
		accept_submit(&p, i ? "b" : "a");
		wait_sent(2 * (unsigned)i + 1);
		receipt((uint32_t)i + 1, i ? "id:b stat:UNDELIV" : "id:a stat:DELIVRD", NULL);
		wait_sent(2 * (unsigned)i + 2);
	}
	restart();
	host.n_sent = 0;
	settles(1, 0, LD_SENT_OK);
	settles(2, 0, LD_SENT_OK);
	settles(3, 0, LD_SENT_RETRY);
}

/* After a power cut the file may lack what left: it is a journal again only from here. */
static void another_start_of_the_system(void **state)
{
	int fd;

	(void)state;
	bound();
	ld_chan_smpp_settled(t.ch, 0);
	ld_chan_smpp_free(t.ch);
	fd = open(t.file, O_RDWR);
	assert_int_equal(pwrite(fd, "another", 7, 16), 7);
	close(fd);
	close(t.peer.fd);
	bound();
	host.n_sent = 0;
	settles(5, 0, LD_E_UNKNOWN);
	restart();                      /* before all were asked for */
	settles(6, 0, LD_E_UNKNOWN);
	ld_chan_smpp_settled(t.ch, 0);
	restart();
	settles(6, 0, LD_E_UNKNOWN);
	settles(7, 0, LD_SENT_RETRY);
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
		T(one_message_out), T(accents_and_latin1),
		T(a_text_that_cannot_be_sent_fails_at_once), T(long_messages_by_header),
		T(long_messages_by_sar_and_payload), T(packed_septets_behind_a_header),
		T(throttling_pauses), T(a_throttled_second_part_goes_after_the_pause),
		T(errors_for_good_and_for_now), T(the_window_is_bounded),
		T(a_lost_answer_is_doubt_never_a_second_sending), T(a_late_answer_still_counts),
		T(names_of_every_shape), T(a_report_of_failure), T(a_report_before_the_response),
		T(a_report_after_a_restart), T(intents_of_before_a_crash),
		T(delivered_is_not_forgotten), T(another_start_of_the_system), T(ids_that_mean_nothing),
		T(a_damaged_file_begins_anew), T(a_ussd_dialogue), T(ussd_that_goes_wrong),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ld_clock_manual_init(&t.clock, 1795000000000);
	ld_loop_init(ld_clock_monotonic_ms(&t.clock.clock));
	ld_log_init(NULL, NULL);
	ld_random_seeded_init(&t.random, seed_start());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
