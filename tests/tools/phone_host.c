/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small daemon around the real control socket and the real channel "phone": it answers by itself
 * what laidod asks its gateway for. For tests of the handset, the channel and the socket.
 *
 *   phone_host SOCKET       prints "ready", serves until SIGTERM
 *
 * In a session: what is typed comes back; 0 ends; "big" is a screen beyond the budget; "accents"
 * is in UCS-2. By SMS: what was sent comes back; "two" brings two, "long" one of two parts,
 * "silent" none, "never" is not even committed, "later" comes 1.5 s after it was settled, "exit"
 * ends the host. A call brings a message; so does the end of a session, which shows that it was
 * noticed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <osmocom/core/talloc.h>
#include <osmocom/core/timer.h>

#include "laido/chan/phone.h"
#include "laido/ops/ctl.h"
#include "laido/osmo/log.h"
#include "laido/osmo/loop.h"
#include "laido/port/clock.h"

struct step {
	struct osmo_timer_list timer;
	struct host *host;
	struct ld_inbound in;
};

struct host {
	struct ld_channel *phone;
	int64_t serial;
	unsigned sent, delivered, failed, undelivered;
	struct ld_ctl_req *slow;        /* waits for "hurry" */
};

static struct host the_host;            /* channels know no more of their host */
static volatile sig_atomic_t stopping;

static void sms(struct host *h, const char *to, const char *text, enum ld_alphabet alphabet)
{
	struct ld_send s = { .id = ++h->serial, .prio = LD_PRIO_REPLY, .alphabet = alphabet };

	snprintf(s.to, sizeof(s.to), "%s", to);
	snprintf(s.text, sizeof(s.text), "%s", text);
	h->phone->ops->send(h->phone, &s);
}

static void screen(struct host *h, const struct ld_inbound *in, const char *text, bool end,
		   enum ld_alphabet alphabet)
{
	struct ld_reply r = { .end = end, .alphabet = alphabet };

	snprintf(r.text, sizeof(r.text), "%s", text);
	h->phone->ops->reply(h->phone, in->session, &r);
}

static void answer_session(struct host *h, const struct ld_inbound *in)
{
	char text[256];

	if (in->what == LD_IN_BEGIN)
		screen(h, in, "Menu\n1.Hoc bai\n2.Tai khoan\n0.Thoat", false, LD_GSM7);
	else if (strcmp(in->text, "0") == 0)
		screen(h, in, "Tam biet", true, LD_GSM7);
	else if (strcmp(in->text, "accents") == 0)
		screen(h, in, "Định Công học số", false, LD_UCS2);
	else if (strcmp(in->text, "big") == 0) {
		snprintf(text, sizeof(text), "%*s", in->budget.septets + 1, "x");
		screen(h, in, text, false, LD_GSM7);
	} else {
		snprintf(text, sizeof(text), "Da go: %.100s\nTiep?", in->text);
		screen(h, in, text, false, LD_GSM7);
	}
}

static void later(void *arg)
{
	struct step *s = arg;

	sms(s->host, s->in.from, "Bai moi", LD_GSM7);
	talloc_free(s);
}

static void send_later(struct host *h, const struct ld_inbound *in)
{
	struct step *s = talloc_zero(NULL, struct step);

	s->host = h;
	s->in = *in;
	osmo_timer_setup(&s->timer, later, s);
	osmo_timer_schedule(&s->timer, 1, 500000);
}

static void answer_sms(struct host *h, const struct ld_inbound *in)
{
	char text[LD_INPUT_MAX + 64];

	if (strcmp(in->text, "two") == 0) {
		sms(h, in->from, "Mot", LD_GSM7);
		sms(h, in->from, "Hai\ndong", LD_GSM7);
	} else if (strcmp(in->text, "long") == 0) {
		snprintf(text, sizeof(text), "%0200d", 7);
		sms(h, in->from, text, LD_GSM7);
	} else if (strcmp(in->text, "later") == 0) {
		send_later(h, in);
	} else if (strcmp(in->text, "exit") == 0) {
		stopping = 1;
	} else if (strcmp(in->text, "silent") != 0 && strcmp(in->text, "never") != 0) {
		snprintf(text, sizeof(text), "%zu: %.40s", strlen(in->text), in->text);
		sms(h, in->from, text, LD_UCS2);
	}
}

/* In the gateway's order: what was born by the step, then committed(). */
static void run_step(void *arg)
{
	struct step *s = arg;
	struct host *h = s->host;

	if (s->in.what == LD_IN_CALL)
		sms(h, s->in.from, "Da thay cuoc goi nho", LD_GSM7);
	else if (s->in.what == LD_IN_ENDED)
		sms(h, s->in.from, "Phien da dong", LD_GSM7);
	else if (s->in.session)
		answer_session(h, &s->in);
	else
		answer_sms(h, &s->in);
	if (strcmp(s->in.text, "never") != 0)
		h->phone->ops->committed(h->phone, s->in.ref);
	talloc_free(s);
}

static int on_inbound(struct ld_channel *ch, const struct ld_inbound *in)
{
	struct step *s = talloc_zero(NULL, struct step);

	(void)ch;
	s->host = &the_host;
	s->in = *in;
	osmo_timer_setup(&s->timer, run_step, s);
	osmo_timer_schedule(&s->timer, 0, 0);
	return 0;
}

static void on_sent(struct ld_channel *ch, const struct ld_sent *sent)
{
	(void)ch;
	the_host.sent += sent->what == LD_SENT_OK;
	the_host.delivered += sent->what == LD_SENT_DELIVERED;
	the_host.failed += sent->what == LD_SENT_FAILED;
	the_host.undelivered += sent->what == LD_SENT_UNDELIVERED;
}

static void on_state(struct ld_channel *ch, enum ld_channel_state state, const char *why)
{
	(void)ch;
	(void)state;
	(void)why;
}

/* ---- commands ---- */

static void door_push(void *arg, json_t *msg)
{
	ld_ctl_push(arg, msg);
}

static void door_end(void *arg, json_t *msg)
{
	ld_ctl_answer(arg, msg);
}

static void cmd_phone(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct host *h = arg;
	const struct ld_phone_door door = { door_push, door_end, req };
	struct ld_errmsg err = { "" };
	void *handset = NULL;
	int rc = ld_phone_attach(h->phone, in, &door, &handset, &err);

	if (rc < 0)
		ld_ctl_fail(req, rc, err.text, NULL);
	else if (handset)
		ld_ctl_keep(req, ld_phone_more, ld_phone_gone, handset);
}

static void cmd_results(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct host *h = arg;
	struct ld_phone_stats stats;

	(void)in;
	ld_phone_stats(h->phone, &stats);
	ld_ctl_answer(req, json_pack("{s:i,s:i,s:i,s:i,s:i,s:i}", "sent", h->sent, "delivered",
				     h->delivered, "failed", h->failed, "undelivered",
				     h->undelivered, "attached", stats.attached, "waiting",
				     stats.waiting));
}

/* Answered by "hurry" only: by then its client may have gone. */
static void cmd_slow(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct host *h = arg;

	(void)in;
	if (h->slow)
		ld_ctl_fail(h->slow, LD_E_BUSY, NULL, NULL);
	h->slow = req;
}

static void cmd_hurry(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	struct host *h = arg;

	(void)in;
	if (h->slow)
		ld_ctl_answer(h->slow, json_pack("{s:s}", "late", "but here"));
	h->slow = NULL;
	ld_ctl_answer(req, NULL);
}

static void cmd_huge(struct ld_ctl_req *req, const json_t *in, void *arg)
{
	size_t len = (size_t)json_integer_value(json_object_get(in, "octets"));
	char *text = calloc(1, len + 1);

	(void)arg;
	memset(text, 'x', len);
	ld_ctl_answer(req, json_pack("{s:s}", "text", text));
	free(text);
}

static const struct ld_ctl_command commands[] = {
	{ "phone", cmd_phone }, { "results", cmd_results }, { "slow", cmd_slow },
	{ "hurry", cmd_hurry }, { "huge", cmd_huge },       { NULL, NULL },
};

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

int main(int argc, char **argv)
{
	static const struct ld_channel_host host = { on_inbound, on_sent, on_state };
	static struct ld_config config;
	static struct ld_clock_sys clock;
	struct ld_errmsg err = { "" };
	struct ld_ctl *ctl = NULL;
	void *ctx = talloc_named_const(NULL, 0, "phone_host");

	if (argc != 2)
		return 2;
	ld_clock_sys_init(&clock, true);
	ld_config_default(&config);
	ld_log_init(ctx, NULL);
	ld_loop_init(ld_clock_monotonic_ms(&clock.clock));
	signal(SIGTERM, on_signal);
	the_host.phone = ld_phone_new(ctx, &config, &host);
	the_host.phone->ops->start(the_host.phone);
	if (ld_ctl_new(&ctl, ctx, argv[1], commands, &the_host, &err) < 0) {
		fprintf(stderr, "phone_host: %s\n", err.text);
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (!stopping)
		ld_loop_turn(ld_clock_monotonic_ms(&clock.clock), 200);
	the_host.phone->ops->stop(the_host.phone);
	ld_ctl_free(ctl);
	if (the_host.slow)
		ld_ctl_answer(the_host.slow, NULL);
	talloc_free(ctx);
	return 0;
}
