/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays MSC and phone over GSUP: dials a USSD code through a real HLR, prints every screen, gives
 * the answers it was told.
 *
 *   msc [-H host] [-p port] [-n name] -i IMSI [-c code] [-I invoke-id] [-S session-id]
 *       [-b hex] [-t seconds] [-s file|-] [answer...]
 *
 * Each answer is given when a screen asks for it; what -s names is read after the arguments, line
 * by line. Special answers: @ucs2 TEXT, @hex OCTETS (as a component), @error N (ReturnError),
 * @hangup (leave without a word), @wait (say nothing), @begin (dial again in the same session).
 * -b begins with these octets instead of a proper component.
 *
 * Exit: 0 ended by a last screen, 1 not ended, 2 usage, 3 ended by an error component. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <osmocom/core/msgb.h>
#include <osmocom/core/select.h>
#include <osmocom/core/talloc.h>
#include <osmocom/gsm/gsup.h>
#include <osmocom/gsm/ipa.h>
#include <osmocom/gsupclient/gsup_client.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"
#include "laido/text/text.h"
#include "laido/wire/ussd.h"

enum { EXCHANGE_MS = 300 };   /* HLR and client exchange identities first */

static struct msc {
	void *ctx;
	struct osmo_gsup_client *client;
	struct osmo_timer_list settle, deadline;
	const char *imsi, *code, *begin_hex;
	uint8_t invoke;         /* ours, of the dialled code */
	uint32_t session;
	int seconds;
	char **answers;
	int n_answers;
	FILE *script;
	bool begun;
	unsigned screens;
	int exit;               /* -1: goes on */
} m;

static void finish(int code)
{
	if (m.exit < 0)
		m.exit = code;
}

static size_t from_hex(const char *hex, uint8_t *ret, size_t size)
{
	size_t n = 0;

	for (; hex[0] && hex[1] && n < size; hex += 2) {
		char two[3] = { hex[0], hex[1], '\0' };

		ret[n++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

/* ---- sending ---- */

static void send_octets(enum osmo_gsup_session_state state, uint8_t *octets, size_t len)
{
	struct osmo_gsup_message gsup = {
		.message_type = OSMO_GSUP_MSGT_PROC_SS_REQUEST,
		.session_id = m.session,
		.session_state = state,
		.message_class = OSMO_GSUP_MESSAGE_CLASS_USSD,
		.ss_info = octets,
		.ss_info_len = len,
	};

	snprintf(gsup.imsi, sizeof(gsup.imsi), "%s", m.imsi);
	osmo_gsup_client_enc_send(m.client, &gsup);
}

static void send_component(enum osmo_gsup_session_state state, const struct ld_ussd *u)
{
	uint8_t octets[LD_USSD_BUILT_MAX];
	int len = ld_ussd_build(u, octets, sizeof(octets));

	if (len < 0) {
		fprintf(stderr, "msc: cannot build the component: %s\n", ld_strerror(len));
		finish(2);
		return;
	}
	send_octets(state, octets, (size_t)len);
}

static void dial(void)
{
	struct ld_ussd u = { .type = LD_USSD_INVOKE, .has_id = true, .id = m.invoke,
			     .has_op = true, .op = LD_USSD_OP_PROCESS };
	uint8_t octets[256];

	if (m.begin_hex) {
		send_octets(OSMO_GSUP_SESSION_STATE_BEGIN, octets,
			    from_hex(m.begin_hex, octets, sizeof(octets)));
	} else {
		ld_ussd_set_text(&u, LD_GSM7, m.code);
		send_component(OSMO_GSUP_SESSION_STATE_BEGIN, &u);
	}
	m.begun = true;
}

static void answer_text(uint8_t invoke, enum ld_alphabet alphabet, const char *text)
{
	struct ld_ussd u = { .type = LD_USSD_RESULT, .has_id = true, .id = invoke,
			     .has_op = true, .op = LD_USSD_OP_REQUEST };
	int rc = ld_ussd_set_text(&u, alphabet, text);

	if (rc < 0) {
		fprintf(stderr, "msc: cannot send \"%s\": %s\n", text, ld_strerror(rc));
		finish(2);
		return;
	}
	printf("> %s\n", text);
	send_component(OSMO_GSUP_SESSION_STATE_CONTINUE, &u);
}

static void answer(uint8_t invoke, const char *what)
{
	struct ld_ussd error = { .type = LD_USSD_ERROR, .has_id = true, .id = invoke };
	uint8_t octets[256];

	if (*what != '@') {
		answer_text(invoke, LD_GSM7, what);
	} else if (strncmp(what, "@ucs2 ", 6) == 0) {
		answer_text(invoke, LD_UCS2, what + 6);
	} else if (strncmp(what, "@hex ", 5) == 0) {
		send_octets(OSMO_GSUP_SESSION_STATE_CONTINUE, octets,
			    from_hex(what + 5, octets, sizeof(octets)));
	} else if (strncmp(what, "@error ", 7) == 0) {
		error.error = (uint8_t)strtoul(what + 7, NULL, 10);
		send_component(OSMO_GSUP_SESSION_STATE_CONTINUE, &error);
	} else if (strcmp(what, "@hangup") == 0) {
		send_octets(OSMO_GSUP_SESSION_STATE_END, NULL, 0);
		finish(1);
	} else if (strcmp(what, "@begin") == 0) {
		dial();
	} else if (strcmp(what, "@wait") != 0) {
		fprintf(stderr, "msc: unknown answer %s\n", what);
		finish(2);
	}
}

static void answer_next(uint8_t invoke)
{
	static char line[1024];

	if (m.n_answers > 0) {
		m.n_answers--;
		answer(invoke, *m.answers++);
	} else if (m.script && fgets(line, sizeof(line), m.script)) {
		line[strcspn(line, "\r\n")] = '\0';
		answer(invoke, line);
	} else {
		printf("no more answers\n");
		finish(1);
	}
}

/* ---- receiving ---- */

static void print_screen(const struct ld_ussd *u, const char *kind, size_t component_len)
{
	char text[2048];
	char *save = NULL;
	bool ucs2 = u->dcs == LD_USSD_DCS_UCS2;

	if (ld_ussd_text(u, text, sizeof(text)) < 0)
		snprintf(text, sizeof(text), "(unreadable)");
	printf("screen %u %s invoke=%u dcs=0x%02x octets=%u %s=%zu component=%zu\n", ++m.screens, kind,
	       u->id, u->dcs, u->data_len, ucs2 ? "units" : "septets",
	       ucs2 ? (size_t)u->data_len / 2 : ld_gsm7_ussd_septets(u->data, u->data_len),
	       component_len);
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		printf("| %s\n", l);
}

static void on_component(const struct osmo_gsup_message *gsup)
{
	bool end = gsup->session_state == OSMO_GSUP_SESSION_STATE_END;
	struct ld_ussd u;

	if (ld_ussd_parse(gsup->ss_info, gsup->ss_info_len, &u) < 0) {
		printf("unreadable component: %s\n", osmo_hexdump(gsup->ss_info, (int)gsup->ss_info_len));
		finish(1);
	} else if (u.type == LD_USSD_INVOKE && u.op == LD_USSD_OP_REQUEST && !end) {
		print_screen(&u, "asks", gsup->ss_info_len);
		answer_next(u.id);
	} else if (u.type == LD_USSD_RESULT && u.op == LD_USSD_OP_PROCESS && end) {
		print_screen(&u, "ends", gsup->ss_info_len);
		if (u.id != m.invoke)
			printf("the invoke id is not the phone's\n");
		finish(u.id == m.invoke ? 0 : 1);
	} else if (end) {
		printf("ended by component 0x%02x invoke=%u error=%u problem=0x%02x/%u\n", u.type, u.id,
		       u.error, u.problem_tag, u.problem);
		finish(3);
	} else {
		printf("unexpected component 0x%02x op=%u\n", u.type, u.op);
		finish(1);
	}
}

static int rx(struct osmo_gsup_client *client, struct msgb *msg)
{
	struct osmo_gsup_message gsup;
	int rc = osmo_gsup_decode(msgb_l2(msg), msgb_l2len(msg), &gsup);

	(void)client;
	if (rc < 0 || strcmp(gsup.imsi, m.imsi) != 0 || gsup.session_id != m.session) {
		printf("a GSUP message that is not ours\n");
	} else if (gsup.message_type != OSMO_GSUP_MSGT_PROC_SS_RESULT || !gsup.ss_info) {
		printf("refused by the HLR: %s cause=%d\n",
		       osmo_gsup_message_type_name(gsup.message_type), gsup.cause);
		finish(3);
	} else {
		if (gsup.message_class != OSMO_GSUP_MESSAGE_CLASS_USSD)
			printf("message class %d\n", gsup.message_class);
		on_component(&gsup);
	}
	fflush(stdout);
	msgb_free(msg);
	return 0;
}

/* ---- set-up ---- */

static void settled(void *arg)
{
	(void)arg;
	dial();
}

static void too_long(void *arg)
{
	(void)arg;
	printf("nothing happened for %d s\n", m.seconds);
	finish(1);
}

static bool up_down(struct osmo_gsup_client *client, bool up)
{
	(void)client;
	osmo_timer_del(&m.settle);
	if (up && !m.begun)
		osmo_timer_schedule(&m.settle, 0, EXCHANGE_MS * 1000);
	if (!up && m.begun) {
		printf("the link to the HLR broke\n");
		finish(1);
	}
	return !m.begun;
}

static int usage(void)
{
	fprintf(stderr, "usage: msc [-H host] [-p port] [-n name] -i IMSI [-c code] [-I id] "
		"[-S session] [-b hex] [-t seconds] [-s file|-] [answer...]\n");
	return 2;
}

static bool connect_to(const char *host, uint16_t port, const char *name)
{
	struct ipaccess_unit *unit = talloc_zero(m.ctx, struct ipaccess_unit);
	struct osmo_gsup_client_config config = {
		.ipa_dev = unit, .ip_addr = host, .tcp_port = port, .read_cb = rx,
		.up_down_cb = up_down,
	};

	unit->serno = unit->unit_name = talloc_strdup(unit, name);
	m.client = osmo_gsup_client_create3(m.ctx, &config);
	return m.client != NULL;
}

static int run(const char *host, uint16_t port, const char *name)
{
	m.ctx = talloc_named_const(NULL, 0, "msc");
	ld_log_init(m.ctx, NULL);
	osmo_timer_setup(&m.settle, settled, NULL);
	osmo_timer_setup(&m.deadline, too_long, NULL);
	osmo_timer_schedule(&m.deadline, m.seconds, 0);
	if (!connect_to(host, port, name))
		return 1;
	while (m.exit < 0)
		osmo_select_main_ctx(0);
	/* What was sent last is still in the client's queue. */
	for (int i = 0; i < 3; i++)
		osmo_select_main_ctx(1);
	osmo_gsup_client_destroy(m.client);
	talloc_free(m.ctx);
	return m.exit;
}

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *name = "MSC-test";
	uint16_t port = 4222;
	int opt;

	m.code = "*123#";
	m.invoke = 5;
	m.session = 0x20000000u | ((uint32_t)getpid() & 0xffffff);
	m.seconds = 10;
	m.exit = -1;
	while ((opt = getopt(argc, argv, "H:p:n:i:c:I:S:b:t:s:")) != -1) {
		switch (opt) {
		case 'H': host = optarg; break;
		case 'p': port = (uint16_t)strtoul(optarg, NULL, 10); break;
		case 'n': name = optarg; break;
		case 'i': m.imsi = optarg; break;
		case 'c': m.code = optarg; break;
		case 'I': m.invoke = (uint8_t)strtoul(optarg, NULL, 0); break;
		case 'S': m.session = (uint32_t)strtoul(optarg, NULL, 0); break;
		case 'b': m.begin_hex = optarg; break;
		case 't': m.seconds = (int)strtol(optarg, NULL, 10); break;
		case 's': m.script = strcmp(optarg, "-") ? fopen(optarg, "r") : stdin; break;
		default: return usage();
		}
	}
	if (!m.imsi)
		return usage();
	m.answers = argv + optind;
	m.n_answers = argc - optind;
	return run(host, port, name);
}
