/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One dialogue, TS 24.080 and TS 23.090: the phone begins with ProcessUnstructuredSS-Request (59);
 * each screen that wants an answer is an UnstructuredSS-Request (60) of ours; the last screen is
 * the ReturnResult of 59 with the phone's own invoke id. A user who hangs up, and time-outs of HLR
 * and MSC, are not told to us: our timer ends what nobody else does, always with a component. */
#include "impl.h"

#include <stdio.h>
#include <string.h>

#include "laido/base/err.h"
#include "laido/osmo/log.h"
#include "laido/text/text.h"

#define LOGC(call, level, fmt, args...) \
	LOGP(DGSUP, level, CALL_FMT ": " fmt, CALL_ARGS(call), ##args)

/* ---- to the network ---- */

static void end_by_error(struct gsup_channel *g, const struct dialogue_id *call, uint8_t invoke,
			 uint8_t error)
{
	const struct ld_ussd u = { .type = LD_USSD_ERROR, .has_id = true, .id = invoke,
				   .error = error };

	link_send(g, call, OSMO_GSUP_SESSION_STATE_END, &u);
}

static void end_by_reject(struct gsup_channel *g, const struct dialogue_id *call,
			  const struct ld_ussd *what, uint8_t tag, uint8_t problem)
{
	const struct ld_ussd u = { .type = LD_USSD_REJECT, .has_id = what->has_id, .id = what->id,
				   .problem_tag = tag, .problem = problem };

	link_send(g, call, OSMO_GSUP_SESSION_STATE_END, &u);
}

/* A last screen of our own; without a text for it, an error component. */
static void end_by_text(struct gsup_channel *g, const struct dialogue_id *call, uint8_t invoke,
			const char *text, uint8_t error)
{
	struct ld_ussd u = { .type = LD_USSD_RESULT, .has_id = true, .id = invoke,
			     .has_op = true, .op = LD_USSD_OP_PROCESS };

	if (*text && ld_ussd_set_text(&u, LD_GSM7, text) == 0 &&
	    link_send(g, call, OSMO_GSUP_SESSION_STATE_END, &u) == 0)
		return;
	end_by_error(g, call, invoke, error);
}

/* ---- to the gateway ---- */

static int tell(struct session *s, enum ld_inbound_what what, const char *text)
{
	struct ld_inbound in = {
		.what = what,
		.kind = LD_CHAN_USSD,
		.session = s->id,
		.budget = { .live = true, .septets = s->g->septets, .units = s->g->units, .parts = 1 },
	};

	snprintf(in.from, sizeof(in.from), "%s", s->msisdn.digits);
	snprintf(in.text, sizeof(in.text), "%s", text);
	return s->g->ch->host->inbound(s->g->ch, &in);
}

static void start_timer(struct session *s)
{
	int ms = s->g->cfg.conf.session_ms;

	osmo_timer_schedule(&s->timer, ms / 1000, ms % 1000 * 1000);
}

/* The gateway's turn. Its answer may come from within, so the session may be gone afterwards. */
static void pass_on(struct session *s, enum ld_inbound_what what, const char *text)
{
	struct gsup_channel *g = s->g;
	uint64_t id = s->id;

	s->state = SESSION_ENGINE;
	if (tell(s, what, text) == 0) {
		if (what == LD_IN_BEGIN)
			g->stats.begun++;
		return;
	}
	s = session_by_id(g, id);
	if (!s)
		return;
	g->stats.busy++;
	LOGC(&s->call, LOGL_NOTICE, "the gateway has no room; told to dial again\n");
	end_by_text(g, &s->call, s->phone_invoke, g->text_busy, LD_USSD_ERR_BUSY);
	if (what != LD_IN_BEGIN)
		tell(s, LD_IN_ENDED, "");
	session_free(s);
}

void dialogue_lost(struct session *s)
{
	s->g->stats.lost++;
	if (s->state != SESSION_LOOKUP)
		tell(s, LD_IN_ENDED, "");
	session_free(s);
}

static void timed_out(void *arg)
{
	struct session *s = arg;

	s->g->stats.timeouts++;
	LOGC(&s->call, LOGL_INFO, "timed out while %s\n",
	     s->state == SESSION_PHONE ? "the phone had the turn" : "we had the turn");
	end_by_text(s->g, &s->call, s->phone_invoke, s->g->text_timeout, LD_USSD_ERR_SYSTEM_FAILURE);
	if (s->state != SESSION_LOOKUP)
		tell(s, LD_IN_ENDED, "");
	session_free(s);
}

/* ---- BEGIN ---- */

static void begin_with(struct session *s)
{
	if (!s->msisdn.digits[0]) {
		s->g->stats.anonymous++;
		LOGC(&s->call, LOGL_NOTICE, "no number for this IMSI; served without\n");
	}
	pass_on(s, LD_IN_BEGIN, s->dialled);
}

static void looked_up(void *arg, const char *msisdn)
{
	struct session *s = arg;

	if (msisdn)
		snprintf(s->msisdn.digits, sizeof(s->msisdn.digits), "%s", msisdn);
	begin_with(s);
}

static bool is_our_code(const struct gsup_channel *g, const char *dialled)
{
	size_t len = strlen(g->code);

	return strncmp(dialled, g->code, len) == 0 && strchr("#*", dialled[len]) != NULL;
}

static bool refuse(struct gsup_channel *g, const struct dialogue_id *call, const struct ld_ussd *u,
		   uint8_t error, const char *why)
{
	g->stats.refused++;
	LOGC(call, LOGL_NOTICE, "refused: %s\n", why);
	end_by_error(g, call, u->id, error);
	return false;
}

/* Is this something we serve? Answers it when not. */
static bool is_welcome(struct gsup_channel *g, const struct dialogue_id *call,
		       const struct ld_ussd *u, char *ret_dialled, size_t size)
{
	if (u->type != LD_USSD_INVOKE || u->op != LD_USSD_OP_PROCESS) {
		g->stats.refused++;
		LOGC(call, LOGL_NOTICE, "refused: operation %u does not begin USSD\n", u->op);
		end_by_reject(g, call, u, LD_USSD_PROBLEM_INVOKE, LD_USSD_INVOKE_UNRECOGNISED_OP);
		return false;
	}
	if (ld_ussd_text(u, ret_dialled, size) < 0)
		return refuse(g, call, u, LD_USSD_ERR_UNKNOWN_ALPHABET, "unknown alphabet");
	if (!is_our_code(g, ret_dialled))
		return refuse(g, call, u, LD_USSD_ERR_SS_NOT_AVAILABLE, "another code than ours");
	return true;
}

static void on_begin(struct gsup_channel *g, const struct dialogue_id *call,
		     const struct ld_ussd *u)
{
	char dialled[LD_USSD_DATA_MAX * 4];
	struct session *s = session_by_call(g, call);

	if (s) {
		/* An MSC that restarted counts its sessions from the start again. */
		LOGC(call, LOGL_NOTICE, "begun anew; the former session is gone\n");
		dialogue_lost(s);
	}
	if (!is_welcome(g, call, u, dialled, sizeof(dialled)))
		return;
	s = session_new(g, call);
	if (!s) {
		g->stats.busy++;
		LOGC(call, LOGL_NOTICE, "no room for another session\n");
		end_by_text(g, call, u->id, g->text_busy, LD_USSD_ERR_BUSY);
		return;
	}
	s->phone_invoke = u->id;
	ld_text_cut(dialled, sizeof(s->dialled) - 1);
	memcpy(s->dialled, dialled, strlen(dialled));
	osmo_timer_setup(&s->timer, timed_out, s);
	start_timer(s);
	if (lookup_cached(&g->lookup, call->imsi, &s->msisdn)) {
		g->stats.cache_hits++;
		begin_with(s);
	} else {
		lookup_ask(&g->lookup, &s->wait, call->imsi, looked_up, s);
	}
}

/* ---- CONTINUE, END ---- */

static void on_answer(struct session *s, const struct ld_ussd *u)
{
	char text[LD_INPUT_MAX];

	if (s->state != SESSION_PHONE || u->id != s->our_invoke) {
		s->g->stats.unexpected++;
		LOGC(&s->call, LOGL_NOTICE, "an answer to nothing we asked; dropped\n");
		return;
	}
	/* What cannot be read is an answer all the same: the engine says what it expects. */
	if (ld_ussd_text(u, text, sizeof(text)) < 0) {
		s->g->stats.bad_component++;
		LOGC(&s->call, LOGL_NOTICE, "an answer in an unknown alphabet (DCS 0x%02x)\n", u->dcs);
		text[0] = '\0';
	}
	s->g->stats.answers++;
	start_timer(s);
	pass_on(s, LD_IN_TEXT, text);
}

static void on_phone_failed(struct session *s, const struct ld_ussd *u)
{
	LOGC(&s->call, LOGL_NOTICE, "the phone could not show a screen (component 0x%02x, code %u)\n",
	     u->type, u->type == LD_USSD_ERROR ? u->error : u->problem);
	end_by_error(s->g, &s->call, s->phone_invoke, LD_USSD_ERR_SYSTEM_FAILURE);
	dialogue_lost(s);
}

static void on_continue(struct gsup_channel *g, const struct dialogue_id *call,
			const struct ld_ussd *u)
{
	struct session *s = session_by_call(g, call);

	if (!s) {
		/* We were restarted; end it, or the user waits for the MSC's time-out. */
		g->stats.unexpected++;
		LOGC(call, LOGL_NOTICE, "a session we do not know; ended\n");
		end_by_reject(g, call, u, LD_USSD_PROBLEM_RESULT, LD_USSD_RESULT_UNRECOGNISED_ID);
	} else if (u->type == LD_USSD_RESULT) {
		on_answer(s, u);
	} else if (u->type == LD_USSD_INVOKE) {
		g->stats.unexpected++;
		LOGC(call, LOGL_NOTICE, "operation %u within a session; dropped\n", u->op);
	} else {
		on_phone_failed(s, u);
	}
}

static void on_end(struct gsup_channel *g, const struct dialogue_id *call)
{
	struct session *s = session_by_call(g, call);

	if (!s) {
		g->stats.unexpected++;
		return;
	}
	LOGC(call, LOGL_INFO, "ended by the network\n");
	dialogue_lost(s);
}

/* ---- from the network ---- */

static bool read_call(const struct osmo_gsup_message *gsup, struct dialogue_id *ret)
{
	size_t len = strnlen(gsup->imsi, sizeof(gsup->imsi));

	if (len < 6 || len >= IMSI_MAX || strspn(gsup->imsi, "0123456789") != len)
		return false;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->imsi, gsup->imsi, len);
	ret->session_id = gsup->session_id;
	ret->message_class = gsup->message_class;
	return true;
}

static void on_component(struct gsup_channel *g, const struct dialogue_id *call,
			 const struct osmo_gsup_message *gsup)
{
	bool begins = gsup->session_state == OSMO_GSUP_SESSION_STATE_BEGIN;
	struct ld_ussd u = { 0 };
	int rc = LD_E_CORRUPT;

	if (gsup->ss_info)
		rc = ld_ussd_parse(gsup->ss_info, gsup->ss_info_len, &u);
	if (rc < 0) {
		g->stats.bad_component++;
		LOGC(call, LOGL_NOTICE, "a component of %zu octets that cannot be read; %s\n",
		     gsup->ss_info_len, begins ? "rejected" : "dropped");
		/* Within a session it costs nothing but itself: the phone may still answer. */
		if (begins)
			end_by_reject(g, call, &u, LD_USSD_PROBLEM_GENERAL,
				      LD_USSD_GENERAL_BADLY_STRUCTURED);
	} else if (begins) {
		on_begin(g, call, &u);
	} else {
		on_continue(g, call, &u);
	}
}

static bool is_session_message(const struct osmo_gsup_message *gsup)
{
	return (gsup->message_type == OSMO_GSUP_MSGT_PROC_SS_REQUEST ||
		gsup->message_type == OSMO_GSUP_MSGT_PROC_SS_RESULT) &&
	       gsup->session_state != OSMO_GSUP_SESSION_STATE_NONE;
}

static bool is_failure(const struct osmo_gsup_message *gsup)
{
	return gsup->message_type == OSMO_GSUP_MSGT_PROC_SS_ERROR ||
	       gsup->message_type == OSMO_GSUP_MSGT_ROUTING_ERROR;
}

void dialogue_rx(struct gsup_channel *g, struct msgb *msg)
{
	struct osmo_gsup_message gsup;
	struct dialogue_id call;

	if (osmo_gsup_decode(msgb_l2(msg), msgb_l2len(msg), &gsup) < 0 || !read_call(&gsup, &call)) {
		g->stats.bad_gsup++;
		LOGP(DGSUP, LOGL_NOTICE, "a GSUP message of %u octets that cannot be read; dropped\n",
		     msgb_l2len(msg));
	} else if (is_failure(&gsup)) {
		on_end(g, &call);
	} else if (!is_session_message(&gsup)) {
		g->stats.bad_gsup++;
		LOGC(&call, LOGL_NOTICE, "GSUP message type %u is not for us; dropped\n",
		     gsup.message_type);
	} else if (gsup.session_state == OSMO_GSUP_SESSION_STATE_END) {
		on_end(g, &call);
	} else {
		on_component(g, &call, &gsup);
	}
}

/* ---- the gateway's screen ---- */

/* What of the text fits. A screen larger than its budget is the engine's fault, but the person who
 * waits for it gets at least its beginning. */
static int fit(struct session *s, struct ld_ussd *u, const struct ld_reply *reply)
{
	unsigned limit = reply->alphabet == LD_UCS2 ? s->g->units : s->g->septets;
	char plain[LD_TEXT_MAX];
	const char *text = reply->text;
	size_t next;

	if (reply->alphabet == LD_GSM7 && ld_gsm7_septets(text) < 0) {
		if (ld_text_unaccent(text, plain, sizeof(plain)) < 0)
			return LD_E_TOOBIG;
		text = plain;
	}
	if (ld_text_length(text, strlen(text), reply->alphabet) > limit) {
		s->g->stats.cut++;
		LOGC(&s->call, LOGL_ERROR, "a screen larger than %u was cut\n", limit);
		if (text != plain)
			snprintf(plain, sizeof(plain), "%s", text);
		plain[ld_text_page(plain, reply->alphabet, limit, &next)] = '\0';
		text = plain;
	}
	return ld_ussd_set_text(u, reply->alphabet, text);
}

static int finish(struct session *s, const struct ld_ussd *u)
{
	int rc = link_send(s->g, &s->call, OSMO_GSUP_SESSION_STATE_END, u);

	if (rc < 0)
		return rc;
	s->g->stats.ended++;
	session_free(s);
	return 0;
}

int dialogue_reply(struct session *s, const struct ld_reply *reply)
{
	struct ld_ussd u = { .has_id = true, .has_op = true };
	int rc;

	if (s->state != SESSION_ENGINE)
		return LD_E_BUSY;
	rc = fit(s, &u, reply);
	if (rc < 0)
		return rc;
	s->g->stats.screens++;
	if (reply->end) {
		u.type = LD_USSD_RESULT;
		u.op = LD_USSD_OP_PROCESS;
		u.id = s->phone_invoke;
		return finish(s, &u);
	}
	u.type = LD_USSD_INVOKE;
	u.op = LD_USSD_OP_REQUEST;
	u.id = s->our_invoke = s->our_invoke % 127 + 1;
	rc = link_send(s->g, &s->call, OSMO_GSUP_SESSION_STATE_CONTINUE, &u);
	if (rc < 0)
		return rc;
	s->state = SESSION_PHONE;
	start_timer(s);
	return 0;
}
