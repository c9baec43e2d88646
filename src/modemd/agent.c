/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "pdu.h"
#include "ussd.h"

enum {
	TURN_MS = 1000,
	EARLY_REPORT_MS = 180000,
};

static int64_t now_ms(const struct ld_agent *a)
{
	return ld_clock_monotonic_ms(&a->clock.clock);
}

/* ---- to laidod ---- */

void ld_agent_log(struct ld_agent *a, uint8_t level, const char *fmt, ...)
{
	struct ld_wmsg m = { .type = LD_WMSG_LOG };
	va_list ap;

	m.u.log.level = level;
	va_start(ap, fmt);
	vsnprintf(m.u.log.text, sizeof(m.u.log.text), fmt, ap);
	va_end(ap);
	ld_wmsg_write(a->fd, &m, MSG_DONTWAIT);
}

void ld_agent_ready(struct ld_agent *a)
{
	struct ld_wmsg m = { .type = LD_WMSG_STATE };

	m.u.state.state = LD_WSTATE_READY;
	ld_wmsg_write(a->fd, &m, 0);
}

void ld_agent_failed(struct ld_agent *a, int rc, const char *why)
{
	struct ld_wmsg m = { .type = LD_WMSG_STATE };

	m.u.state.state = LD_WSTATE_FAILED;
	m.u.state.person = rc == LD_E_DENIED || rc == LD_E_RANGE;
	snprintf(m.u.state.why, sizeof(m.u.state.why), "%.150s", why);
	ld_wmsg_write(a->fd, &m, 0);
}

static void tell_sent(struct ld_agent *a, int64_t id, enum ld_sent_what what, unsigned parts,
		      const char *why)
{
	struct ld_wmsg m = { .type = LD_WMSG_SENT };

	m.u.sent.id = id;
	m.u.sent.what = (uint8_t)what;
	m.u.sent.parts = (uint8_t)parts;
	snprintf(m.u.sent.why, sizeof(m.u.sent.why), "%s", why);
	ld_wmsg_write(a->fd, &m, 0);
}

/* The result of the last message: laidod answers it with the next one, of those it knows by then. So
 * texts that came in meanwhile are told first: what answers them goes before a broadcast. */
static void note_result(struct ld_agent *a, int64_t id, enum ld_sent_what what, unsigned parts,
			const char *why)
{
	a->result = (struct ld_agent_result){ .id = id, .what = what, .parts = parts };
	snprintf(a->result.why, sizeof(a->result.why), "%s", why);
}

static void tell_result(struct ld_agent *a)
{
	const struct ld_agent_result *r = &a->result;

	if (r->id)
		tell_sent(a, r->id, r->what, r->parts, r->why);
	a->result.id = 0;
}

static enum ld_sent_what sent_of(enum ld_verdict v)
{
	static const enum ld_sent_what what[] = {
		[LD_V_NEVER] = LD_SENT_RETRY,
		[LD_V_OK] = LD_SENT_OK,
		[LD_V_REFUSED] = LD_SENT_FAILED,
		[LD_V_DOUBT] = LD_SENT_UNKNOWN,
		[LD_V_BARRED] = LD_SENT_BARRED,
	};

	return what[v];
}

void ld_agent_answer(struct ld_agent *a, int64_t id)
{
	enum ld_verdict v;
	unsigned parts;

	if (id == a->sending_id)
		return;                         /* its result is on its way */
	pthread_mutex_lock(&a->journal_lock);
	v = ld_journal_verdict(a->journal, id, &parts);
	pthread_mutex_unlock(&a->journal_lock);
	tell_sent(a, id, sent_of(v), parts, "settled by the journal");
}

int ld_agent_push(struct ld_agent *a, const struct ld_agent_job *job)
{
	struct ld_agent_job *copy = malloc(sizeof(*copy));
	int rc;

	if (!copy)
		return LD_E_NOMEM;
	*copy = *job;
	rc = ld_queue_push(a->jobs, copy);
	if (rc < 0)
		free(copy);
	return rc;
}

/* ---- sending ---- */

struct cms {
	int code;
	enum ld_part_state state;
	const char *text;
};

/* +CMS errors: RP causes (TS 24.011 8.2.5.4 and annex E), TP causes (TS 23.040 9.2.3.22), those of
 * the modem itself (TS 27.005 3.2.5). What is not here: below 512 refused, above it is the
 * manufacturer's own and tried again. */
static const struct cms cms_codes[] = {
	{ 1,   LD_PART_REFUSED, "no such number" },
	{ 8,   LD_PART_BARRED, "barred by the operator: SIM to be re-verified, or no credit?" },
	{ 10,  LD_PART_BARRED, "this SIM may not send" },
	{ 17,  LD_PART_LATER, "network failure" },
	{ 21,  LD_PART_BARRED, "rejected: SIM to be re-verified, or no credit?" },
	{ 22,  LD_PART_LATER, "memory of the other telephone full" },
	{ 27,  LD_PART_LATER, "destination out of order" },
	{ 28,  LD_PART_REFUSED, "no such subscriber" },
	{ 29,  LD_PART_BARRED, "the network refuses this service" },
	{ 30,  LD_PART_REFUSED, "no such subscriber" },
	{ 38,  LD_PART_LATER, "network out of order" },
	{ 41,  LD_PART_LATER, "temporary failure" },
	{ 42,  LD_PART_LATER, "congestion" },
	{ 47,  LD_PART_LATER, "resources unavailable" },
	{ 50,  LD_PART_BARRED, "not subscribed to sending messages" },
	{ 69,  LD_PART_BARRED, "sending messages is not offered" },
	{ 192, LD_PART_LATER, "message centre busy" },
	{ 194, LD_PART_LATER, "message centre out of order" },
	{ 196, LD_PART_REFUSED, "not accepted for the receiver" },
	{ 300, LD_PART_LATER, "modem failure" },
	{ 310, LD_PART_LATER, "no SIM" },
	{ 311, LD_PART_LATER, "SIM wants its PIN" },
	{ 313, LD_PART_LATER, "SIM failure" },
	{ 314, LD_PART_LATER, "SIM busy" },
	{ 330, LD_PART_BARRED, "message centre unknown: set smsc" },
	{ 331, LD_PART_LATER, "no network" },
	{ 332, LD_PART_DOUBT, "no answer from the network" },
	{ -1,  LD_PART_REFUSED, "the modem says ERROR" },
};

static enum ld_part_state judge_cms(int code, char *why, size_t size)
{
	for (size_t i = 0; i < LD_ARRAY_SIZE(cms_codes); i++) {
		if (cms_codes[i].code != code)
			continue;
		snprintf(why, size, "CMS %d, %s", code, cms_codes[i].text);
		return cms_codes[i].state;
	}
	snprintf(why, size, "CMS %d", code);
	return code >= 512 ? LD_PART_LATER : LD_PART_REFUSED;   /* 512..: of the manufacturer */
}

static enum ld_part_state judge(int rc, int code, char *why, size_t size)
{
	switch (rc) {
	case 0:
		return LD_PART_OK;
	case LD_E_PEER:
		return judge_cms(code, why, size);
	case LD_E_BUSY:
		snprintf(why, size, "the modem gave no prompt");
		return LD_PART_LATER;
	case LD_E_TIMEOUT:
		snprintf(why, size, "no answer from the network");
		return LD_PART_DOUBT;
	default:
		snprintf(why, size, "%s", ld_strerror(rc));
		return LD_PART_REFUSED;
	}
}

int ld_agent_note_start(struct ld_agent *a)
{
	int rc;

	pthread_mutex_lock(&a->journal_lock);
	rc = ld_journal_start(a->journal, a->sending_id, a->sending_part,
			      ld_clock_utc_ms(&a->clock.clock, NULL));
	pthread_mutex_unlock(&a->journal_lock);
	a->submit_rc = rc;
	return rc;
}

static void note_done(struct ld_agent *a, int64_t id, unsigned part, enum ld_part_state state,
		      uint8_t mr)
{
	int rc;

	pthread_mutex_lock(&a->journal_lock);
	rc = ld_journal_done(a->journal, id, part, state, mr);
	pthread_mutex_unlock(&a->journal_lock);
	if (rc < 0)     /* the message counts as in doubt after a crash: safe, and worth a line */
		ld_agent_log(a, 2, "the journal of the modem: %s", ld_strerror(rc));
}

/* Part i of the message, once it is known not to have gone out. */
static enum ld_part_state send_part(struct ld_agent *a, const struct ld_wmsg_send *s, unsigned i,
				    uint8_t ref, char *why, size_t size)
{
	size_t from = i ? s->end[i - 1] : 0;
	struct ld_gammu_part part = {
		.smsc = a->ident.smsc, .to = s->to, .alphabet = (enum ld_alphabet)s->alphabet,
		.text = s->text + from, .len = s->end[i] - from,
		.ref = ref, .total = s->n_parts, .part = (uint8_t)(i + 1),
	};
	enum ld_part_state state;
	uint8_t mr = 0;
	int rc, code = 0;

	a->sending_part = i;
	a->submit_rc = 0;
	rc = ld_gammu_send(a->gammu, &part, (int)a->cfg.submit_ms, &mr, &code);
	if (a->submit_rc < 0) {
		snprintf(why, size, "the journal of the modem: %s", ld_strerror(a->submit_rc));
		return LD_PART_LATER;           /* escaped before anything went out */
	}
	state = judge(rc, code, why, size);
	note_done(a, s->id, i, state, mr);
	return state;
}

static void retry_early_reports(struct ld_agent *a);

static void do_send(struct ld_agent *a, const struct ld_wmsg_send *s)
{
	char why[96] = "";
	enum ld_part_state state = LD_PART_OK;
	uint8_t ref;
	unsigned parts;
	enum ld_verdict v;
	int rc;

	pthread_mutex_lock(&a->journal_lock);
	rc = ld_journal_begin(a->journal, s, &ref);
	v = ld_journal_verdict(a->journal, s->id, &parts);
	pthread_mutex_unlock(&a->journal_lock);
	if (rc < 0 || v == LD_V_DOUBT) {
		tell_sent(a, s->id, rc < 0 ? LD_SENT_FAILED : LD_SENT_UNKNOWN, parts,
			  rc < 0 ? ld_strerror(rc) : "in doubt since an earlier attempt");
		return;
	}
	a->sending_id = s->id;
	for (unsigned i = 0; i < s->n_parts && state == LD_PART_OK && !a->closing; i++)
		if (ld_journal_part(a->journal, s->id, i) != LD_PART_OK)
			state = send_part(a, s, i, ref, why, sizeof(why));
	pthread_mutex_lock(&a->journal_lock);
	v = ld_journal_verdict(a->journal, s->id, &parts);
	pthread_mutex_unlock(&a->journal_lock);
	a->sending_id = 0;
	note_result(a, s->id, sent_of(v), parts, why);
	retry_early_reports(a);
	if (state == LD_PART_DOUBT)     /* modem and libgammu are in an unknown state: begin anew */
		a->give_up = true;
}

/* ---- delivery reports ---- */

static int settle_report(struct ld_agent *a, const char *to, uint8_t mr, bool delivered)
{
	unsigned parts = 0;
	int64_t id;
	bool all;
	int rc;

	pthread_mutex_lock(&a->journal_lock);
	rc = ld_journal_report(a->journal, to, mr, delivered, &id, &all);
	if (rc == 1)
		ld_journal_verdict(a->journal, id, &parts);
	pthread_mutex_unlock(&a->journal_lock);
	if (rc == 1)
		tell_sent(a, id, all ? LD_SENT_DELIVERED : LD_SENT_UNDELIVERED, parts, "");
	return rc;
}

/* One that came before the answer to its message waits here; the oldest makes room. */
static void take_report(struct ld_agent *a, const struct ld_gammu_sms *r)
{
	struct ld_early_report *slot = &a->early[0];

	if (r->pending || settle_report(a, r->sms.from, r->mr, r->delivered) != LD_E_UNKNOWN)
		return;
	for (unsigned i = 1; i < LD_AGENT_REPORTS; i++)
		if (a->early[i].until_ms < slot->until_ms)
			slot = &a->early[i];
	memcpy(slot->to, r->sms.from, sizeof(slot->to));
	slot->mr = r->mr;
	slot->delivered = r->delivered;
	slot->until_ms = now_ms(a) + EARLY_REPORT_MS;
}

static void retry_early_reports(struct ld_agent *a)
{
	for (unsigned i = 0; i < LD_AGENT_REPORTS; i++) {
		struct ld_early_report *r = &a->early[i];

		if (r->until_ms == 0)
			continue;
		if (now_ms(a) > r->until_ms ||
		    settle_report(a, r->to, r->mr, r->delivered) != LD_E_UNKNOWN)
			r->until_ms = 0;
	}
}

/* ---- receiving ---- */

struct listing {
	struct ld_agent *a;
	unsigned n_delete;
	int delete[LD_INBOX_MAX];
};

static void on_found(void *arg, const struct ld_gammu_sms *sms)
{
	struct listing *l = arg;

	if (sms->kind == LD_GAMMU_TEXT) {
		if (ld_inbox_found(l->a->inbox, &sms->sms, now_ms(l->a)) < 0)
			ld_agent_log(l->a, 2, "no room for another received message; it stays on the SIM");
		return;
	}
	if (sms->kind == LD_GAMMU_REPORT)
		take_report(l->a, sms);
	if (sms->kind != LD_GAMMU_FOREIGN && l->n_delete < LD_INBOX_MAX)
		l->delete[l->n_delete++] = sms->sms.location;
}

/* Deleting while libgammu walks its list would confuse it, so afterwards. */
static void look(struct ld_agent *a)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (!l)
		return;
	l->a = a;
	ld_inbox_begin(a->inbox);
	if (ld_gammu_list(a->gammu, on_found, l) == 0)
		ld_inbox_end(a->inbox);
	for (unsigned i = 0; i < l->n_delete; i++)
		ld_gammu_delete(a->gammu, l->delete[i]);
	free(l);
}

void ld_agent_take_pdu(struct ld_agent *a, const char *hex)
{
	uint8_t pdu[LD_PDU_MAX];
	struct ld_gammu_sms sms;
	int n = ld_pdu_from_hex(hex, strlen(hex), pdu, sizeof(pdu));

	if (n < 0 || !ld_pdu_sane(pdu, (size_t)n) || ld_gammu_decode(a->gammu, pdu, (size_t)n, &sms) < 0)
		return;
	if (sms.kind == LD_GAMMU_REPORT)
		take_report(a, &sms);
	else if (sms.kind == LD_GAMMU_TEXT)
		ld_inbox_found(a->inbox, &sms.sms, now_ms(a));
}

static void deliver(struct ld_agent *a)
{
	struct ld_wmsg m = { .type = LD_WMSG_INBOUND };
	int location;

	while (ld_inbox_next(a->inbox, now_ms(a), &m.u.inbound) == 1)
		if (ld_wmsg_write(a->fd, &m, 0) < 0)
			return;
	tell_result(a);
	while (ld_inbox_deletable(a->inbox, &location) == 1) {
		if (ld_gammu_delete(a->gammu, location) < 0)
			break;                  /* again at the next turn */
		ld_inbox_deleted(a->inbox, location);
	}
}

/* ---- USSD to the SIM's own operator ---- */

/* libgammu changes it as it likes. */
static void charset(struct ld_agent *a, char ret[12])
{
	char reply[LD_URC_REPLY_MAX];
	const char *from;

	ret[0] = '\0';
	if (ld_agent_chat(a, "AT+CSCS?", reply, sizeof(reply)) == 0 &&
	    (from = strchr(reply, '"')) != NULL)
		sscanf(from, "\"%11[A-Z0-9]\"", ret);
}

static void ask_network(struct ld_agent *a, const char *code)
{
	char set[12], cmd[256], reply[LD_URC_REPLY_MAX];

	charset(a, set);
	if (ld_ussd_command(code, a->cfg.ussd, set, cmd, sizeof(cmd)) < 0 ||
	    ld_agent_chat(a, cmd, reply, sizeof(reply)) < 0)
		ld_agent_log(a, 0, "the modem does not ask the operator %s", code);
}

static void tell_ussd(struct ld_agent *a, const char *urc)
{
	struct ld_wmsg m = { .type = LD_WMSG_USSD_TEXT };
	char set[12], reply[LD_URC_REPLY_MAX];
	bool open = false;

	charset(a, set);
	if (ld_ussd_text(urc, a->cfg.ussd, set, &open, m.u.ussd_text.text,
			 sizeof(m.u.ussd_text.text)) == 0)
		ld_wmsg_write(a->fd, &m, 0);
	if (open)
		ld_agent_chat(a, "AT+CUSD=2", reply, sizeof(reply));
}

/* ---- the thread ---- */

static void do_job(struct ld_agent *a, struct ld_agent_job *job)
{
	switch (job->kind) {
	case LD_JOB_SEND:
		do_send(a, &job->u.send);
		break;
	case LD_JOB_COMMITTED:
		ld_inbox_committed(a->inbox, job->u.ref);
		break;
	case LD_JOB_PDU:
		ld_agent_take_pdu(a, job->u.pdu);
		break;
	case LD_JOB_ASK:
		ask_network(a, job->u.code);
		break;
	case LD_JOB_USSD:
		tell_ussd(a, job->u.pdu);
		break;
	case LD_JOB_WAKE:
		break;
	}
	free(job);
}

static void turn(struct ld_agent *a)
{
	struct ld_agent_job *job = ld_queue_pop(a->jobs, TURN_MS);

	a->busy_since_ms = now_ms(a);
	if (atomic_exchange(&a->restarted, false)) {
		ld_agent_log(a, 1, "the modem restarted by itself; its settings are made again");
		ld_bringup_settings(a);
	}
	if (job && !a->closing)
		do_job(a, job);
	if (a->give_up || !a->look)
		tell_result(a);
	if (a->give_up)
		return;
	if (now_ms(a) >= a->next_poll_ms) {
		a->next_poll_ms = now_ms(a) + a->cfg.poll_ms;
		ld_bringup_poll(a);
		a->look = a->look_reports = true;
	}
	if (atomic_exchange(&a->look_reports, false))
		ld_agent_reports(a);
	if (atomic_exchange(&a->look, false))
		look(a);
	deliver(a);
	a->busy_since_ms = 0;
}

/* Reports that came while we waited in vain may settle what is in doubt; nobody sends them again. */
static void last_reports(struct ld_agent *a)
{
	struct ld_agent_job *job;

	while ((job = ld_queue_pop(a->jobs, 0)) != NULL) {
		if (job->kind == LD_JOB_PDU)
			ld_agent_take_pdu(a, job->u.pdu);
		free(job);
	}
}

void *ld_agent_run(void *arg)
{
	struct ld_agent *a = arg;
	struct ld_errmsg err;
	int rc;

	a->busy_since_ms = now_ms(a);
	rc = ld_bringup(a, &err);
	a->busy_since_ms = 0;
	if (rc < 0) {
		ld_agent_failed(a, rc, err.text);
		a->finished = true;
		return NULL;
	}
	ld_sandbox(LD_SANDBOX_CLOSED);  /* that there is no seccomp was said before */
	ld_agent_ready(a);
	while (!a->give_up && !a->closing)
		turn(a);
	last_reports(a);
	a->finished = true;
	return NULL;
}
