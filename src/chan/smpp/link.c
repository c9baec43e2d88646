/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections, binds and PDUs. SMPP 3.4 2.2, 4.1, 4.11; everything that comes is hostile. */
#include "impl.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/core/socket.h>
#include <smpp34.h>

#include "laido/osmo/log.h"

enum {
	LENGTH_MAX = 1 << 20,           /* longer than this is no PDU but noise */
	ENQUIRE_ANSWER_MS = 10000,
	REFUSED_MS = 15000,             /* first pause after a refused bind: accounts get locked */
};

#define LOGLINK(l, level, fmt, args...) \
	LOGP(DSMPP, level, "%s %s: " fmt, (l)->s->ch.name, role(l), ##args)

static const char *role(const struct link *l)
{
	return l->bind == BIND_TRANSMITTER ? "transmitter" :
	       l->bind == BIND_RECEIVER ? "receiver" : "transceiver";
}

const char *smpp_link_status_text(uint32_t status)
{
	static const struct { uint32_t status; const char *text; } row[] = {
		{ ESME_RINVMSGLEN, "message too long" }, { ESME_RINVCMDLEN, "bad PDU length" },
		{ ESME_RINVCMDID, "unknown command" }, { ESME_RINVBNDSTS, "not bound for this" },
		{ ESME_RALYBND, "already bound: is another laidod running?" },
		{ ESME_RSYSERR, "system error" }, { ESME_RINVSRCADR, "source address not ours" },
		{ ESME_RINVDSTADR, "no such number" }, { ESME_RBINDFAIL, "bind failed" },
		{ ESME_RINVPASWD, "wrong password" }, { ESME_RINVSYSID, "wrong system_id" },
		{ ESME_RMSGQFUL, "queue full" }, { ESME_RINVSERTYP, "wrong service type" },
		{ ESME_RINVESMCLASS, "esm_class not allowed" },
		{ ESME_RSUBMITFAIL, "submission failed" }, { ESME_RINVSYSTYP, "wrong system_type" },
		{ ESME_RTHROTTLED, "too fast" }, { ESME_RX_T_APPN, "temporary error" },
		{ ESME_RX_P_APPN, "permanent error" }, { ESME_RX_R_APPN, "rejected" },
		{ ESME_ROPTPARNOTALLWD, "optional parameter not allowed" },
		{ ESME_RDELIVERYFAILURE, "delivery failure" },
	};

	for (unsigned i = 0; i < LD_ARRAY_SIZE(row); i++)
		if (row[i].status == status)
			return row[i].text;
	return "an error of its own";
}

/* ---- writing ---- */

static void give_up(struct link *l, const char *why)
{
	if (!l->broken)
		snprintf(l->why, sizeof(l->why), "%s", why);
	l->broken = true;
}

static void flush(struct link *l)
{
	ssize_t n;

	while (l->n_out > 0) {
		n = l->wire ? smpp_wire_write(l->wire, l->out, l->n_out)
			    : write(l->ofd.fd, l->out, l->n_out);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				give_up(l, strerror(errno));
			break;
		}
		l->n_out -= (size_t)n;
		memmove(l->out, l->out + n, l->n_out);
	}
	if (l->n_out > 0)
		osmo_fd_write_enable(&l->ofd);
	else
		osmo_fd_write_disable(&l->ofd);
}

/* Written at the next turn: what one commit lets go leaves in one piece. */
static int put(struct link *l, const uint8_t *pdu, size_t len)
{
	if (len > sizeof(l->out) - l->n_out)
		flush(l);
	if (l->broken || len > sizeof(l->out) - l->n_out) {
		give_up(l, "the message centre reads no more");
		return LD_E_BUSY;
	}
	memcpy(l->out + l->n_out, pdu, len);
	l->n_out += len;
	osmo_fd_write_enable(&l->ofd);
	return 0;
}

int smpp_link_write(struct link *l, const uint8_t *pdu, size_t len)
{
	return l->state == LINK_BOUND ? put(l, pdu, len) : LD_E_BUSY;
}

void smpp_link_answer(struct link *l, uint32_t id, uint32_t status, uint32_t seq)
{
	uint8_t pdu[PDU_OUT_MAX];
	int len = pdu_build(id, status, seq, pdu, sizeof(pdu));

	ld_assert(len > 0);
	put(l, pdu, (size_t)len);
}

bool smpp_link_can_send(const struct smpp *s)
{
	return s->link[0].state == LINK_BOUND && !s->link[0].broken;
}

bool smpp_link_can_receive(const struct smpp *s)
{
	return s->link[s->n_links - 1].state == LINK_BOUND;
}

/* ---- coming and going ---- */

static int64_t jittered(struct smpp *s, int64_t ms)
{
	return ms * 3 / 4 + ld_random_below(s->cfg.random, (uint32_t)(ms / 2 + 1));
}

static void hang_up(struct link *l)
{
	if (l->n_out > 0)
		flush(l);
	smpp_wire_free(l->wire);
	l->wire = NULL;
	if (l->ofd.fd >= 0)
		osmo_fd_close(&l->ofd);
	l->ofd.fd = -1;
	l->state = LINK_IDLE;
}

static void drop(struct link *l)
{
	struct smpp *s = l->s;
	bool was_bound = l->state == LINK_BOUND;
	unsigned level = l->failures ? LOGL_INFO : LOGL_NOTICE;
	int64_t ms = (int64_t)s->cfg.retry_ms << (l->failures < 16 ? l->failures : 16);

	hang_up(l);
	l->broken = false;
	l->skip = l->n_in = l->n_out = 0;
	l->generation++;
	ms = jittered(s, ms < s->cfg.retry_max_ms ? ms : s->cfg.retry_max_ms);
	l->next_ms = smpp_now(s) + ms;
	l->failures++;
	LOGLINK(l, level, "%s; next try in %lld ms\n", l->why, (long long)ms);
	s->stats.lost_links += was_bound;
	if (was_bound) {
		deliver_link_lost(l);
		if (l == &s->link[0]) {
			submit_link_lost(s);
			ussd_link_lost(s);
		}
	}
	smpp_tell_state(s);
}

static void drop_if_broken(struct link *l)
{
	if (l->broken)
		drop(l);
}

static void bind_now(struct link *l)
{
	const struct ld_conf_smpp *c = &l->s->cfg.conf;
	struct pdu_bind b = { .id = l->bind, .seq = smpp_next_seq(l->s),
			      .system_id = c->system_id, .password = c->password,
			      .system_type = c->system_type };
	uint8_t pdu[PDU_OUT_MAX];
	int len = pdu_build_bind(&b, pdu, sizeof(pdu));

	if (len < 0) {
		give_up(l, "the bind cannot be written");
		return;
	}
	l->state = LINK_BINDING;
	l->next_ms = smpp_now(l->s) + l->s->cfg.bind_ms;
	put(l, pdu, (size_t)len);
}

/* The password is told only to whom the settings believe. */
static void secure(struct link *l)
{
	char why[sizeof(l->why)];

	switch (smpp_wire_shake(l->wire, why, sizeof(why))) {
	case SHAKE_DONE:
		bind_now(l);
		break;
	case SHAKE_READS:
		osmo_fd_write_disable(&l->ofd);
		break;
	case SHAKE_WRITES:
		osmo_fd_write_enable(&l->ofd);
		break;
	case SHAKE_REFUSED:
		give_up(l, why);
	}
}

static void connected(struct link *l)
{
	int err = 0, one = 1;
	socklen_t size = sizeof(err);

	if (getsockopt(l->ofd.fd, SOL_SOCKET, SO_ERROR, &err, &size) < 0)
		err = errno;
	if (err) {
		give_up(l, strerror(err));
		return;
	}
	setsockopt(l->ofd.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!l->s->tls) {
		bind_now(l);
		return;
	}
	l->state = LINK_SECURING;
	l->wire = smpp_wire_new(l->s->tls, l->ofd.fd);
	if (l->wire)
		secure(l);
	else
		give_up(l, ld_strerror(LD_E_NOMEM));
}

/* ---- PDUs that are about the link ---- */

static void on_bind_resp(struct link *l, const struct pdu_header *h, const uint8_t *body,
			 size_t len)
{
	char why[96];

	(void)body;
	(void)len;
	if (l->state != LINK_BINDING || h->id != (l->bind | 0x80000000u)) {
		l->s->stats.unexpected++;
		return;
	}
	if (h->status != ESME_ROK) {
		l->s->stats.bind_refused++;
		l->s->stats.last_error = h->status;
		snprintf(why, sizeof(why), "bind refused: %s (0x%x)", smpp_link_status_text(h->status),
			 h->status);
		give_up(l, why);
		/* A locked account helps nobody. */
		while (((int64_t)l->s->cfg.retry_ms << l->failures) < REFUSED_MS &&
		       l->s->cfg.retry_max_ms >= REFUSED_MS)
			l->failures++;
		return;
	}
	l->state = LINK_BOUND;
	l->failures = 0;
	l->asked_ms = 0;
	l->s->stats.binds++;
	LOGLINK(l, LOGL_NOTICE, "bound to %s:%u as %s\n", l->s->cfg.conf.host, l->s->cfg.conf.port,
		l->s->cfg.conf.system_id);
	smpp_tell_state(l->s);
	if (l == &l->s->link[0])
		submit_pump(l->s);
}

static void on_enquire(struct link *l, const struct pdu_header *h, const uint8_t *body, size_t len)
{
	(void)body;
	(void)len;
	smpp_link_answer(l, ENQUIRE_LINK_RESP, ESME_ROK, h->seq);
}

static void on_enquire_resp(struct link *l, const struct pdu_header *h, const uint8_t *body,
			    size_t len)
{
	(void)h;
	(void)body;
	(void)len;
	if (!l->asked_ms)
		return;
	l->s->stats.enquire_answered++;
	l->s->stats.enquire_ms = (unsigned)(smpp_now(l->s) - l->asked_ms);
	l->asked_ms = 0;
}

static void on_unbind(struct link *l, const struct pdu_header *h, const uint8_t *body, size_t len)
{
	(void)body;
	(void)len;
	if (h->id == UNBIND)
		smpp_link_answer(l, UNBIND_RESP, ESME_ROK, h->seq);
	give_up(l, "unbound by the message centre");
}

static void on_nack(struct link *l, const struct pdu_header *h, const uint8_t *body, size_t len)
{
	l->s->stats.nacks++;
	LOGLINK(l, LOGL_NOTICE, "generic_nack: %s (0x%x)\n", smpp_link_status_text(h->status), h->status);
	if (l->state == LINK_BINDING)
		give_up(l, "the bind was answered by generic_nack; is this SMPP 3.4?");
	else if (h->status != ESME_ROK)
		submit_response(l->s, h, body, len);
}

static void on_submit_resp(struct link *l, const struct pdu_header *h, const uint8_t *body,
			   size_t len)
{
	submit_response(l->s, h, body, len);
}

static void on_alert(struct link *l, const struct pdu_header *h, const uint8_t *body, size_t len)
{
	(void)h;
	(void)body;
	(void)len;
	l->s->stats.alerts++;
}

static const struct command {
	uint32_t id;
	bool before_bind;
	void (*take)(struct link *, const struct pdu_header *, const uint8_t *, size_t);
} commands[] = {
	{ SUBMIT_SM_RESP, false, on_submit_resp },
	{ DELIVER_SM, false, deliver },
	{ DATA_SM, false, deliver },
	{ ENQUIRE_LINK, true, on_enquire },
	{ ENQUIRE_LINK_RESP, true, on_enquire_resp },
	{ BIND_TRANSCEIVER_RESP, true, on_bind_resp },
	{ BIND_TRANSMITTER_RESP, true, on_bind_resp },
	{ BIND_RECEIVER_RESP, true, on_bind_resp },
	{ GENERIC_NACK, true, on_nack },
	{ UNBIND, true, on_unbind },
	{ UNBIND_RESP, true, on_unbind },
	{ ALERT_NOTIFICATION, false, on_alert },
};

static void refuse(struct link *l, const struct pdu_header *h, uint32_t status)
{
	/* Never answer an answer. */
	if (!(h->id & 0x80000000u))
		smpp_link_answer(l, GENERIC_NACK, status, h->seq);
}

static void on_pdu(struct link *l, const struct pdu_header *h, const uint8_t *body, size_t len)
{
	for (unsigned i = 0; i < LD_ARRAY_SIZE(commands); i++) {
		if (commands[i].id != h->id)
			continue;
		if (l->state == LINK_BOUND || commands[i].before_bind) {
			commands[i].take(l, h, body, len);
			return;
		}
		l->s->stats.unexpected++;
		refuse(l, h, ESME_RINVBNDSTS);
		return;
	}
	l->s->stats.unknown_pdu++;
	LOGLINK(l, LOGL_INFO, "an unknown PDU 0x%08x of %zu octets\n", h->id, len + PDU_HEADER);
	refuse(l, h, ESME_RINVCMDID);
}

/* ---- reading ---- */

/* One PDU from the buffer: octets used, 0 when more must come. */
static size_t take_pdu(struct link *l, const uint8_t *at, size_t n)
{
	struct pdu_header h;

	if (l->skip) {
		size_t eat = l->skip < n ? l->skip : n;

		l->skip -= eat;
		return eat;
	}
	if (n < PDU_HEADER)
		return 0;
	pdu_read_header(at, &h);
	if (h.len < PDU_HEADER || h.len > LENGTH_MAX) {
		l->s->stats.bad_length++;
		refuse(l, &h, ESME_RINVCMDLEN);
		give_up(l, "a PDU of an impossible length");
		return 0;
	}
	if (h.len > PDU_MAX) {
		l->s->stats.bad_length++;
		LOGLINK(l, LOGL_NOTICE, "a PDU of %u octets is too long; refused\n", h.len);
		refuse(l, &h, ESME_RINVCMDLEN);
		l->skip = h.len;
		return take_pdu(l, at, n);
	}
	if (n < h.len)
		return 0;
	on_pdu(l, &h, at + PDU_HEADER, h.len - PDU_HEADER);
	return h.len;
}

static ssize_t get(struct link *l)
{
	uint8_t *to = l->in + l->n_in;
	size_t room = sizeof(l->in) - l->n_in;

	return l->wire ? smpp_wire_read(l->wire, to, room) : read(l->ofd.fd, to, room);
}

/* Returns whether there may be more that the socket will not tell of: what GnuTLS holds. */
static bool readable(struct link *l)
{
	ssize_t n = get(l);
	size_t at = 0, used;

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			give_up(l, n == 0 ? "closed by the message centre" : strerror(errno));
		return false;
	}
	l->n_in += (size_t)n;
	l->heard_ms = smpp_now(l->s);
	while (at < l->n_in && !l->broken && (used = take_pdu(l, l->in + at, l->n_in - at)) > 0)
		at += used;
	l->n_in -= at;
	memmove(l->in, l->in + at, l->n_in);
	return l->wire && !l->broken;
}

static int on_socket(struct osmo_fd *ofd, unsigned what)
{
	struct link *l = ofd->data;

	if (l->state == LINK_CONNECTING) {
		connected(l);
	} else if (l->state == LINK_SECURING) {
		secure(l);
	} else {
		if (what & OSMO_FD_WRITE)
			flush(l);
		while ((what & OSMO_FD_READ) && !l->broken && readable(l))
			;
	}
	drop_if_broken(l);
	return 0;
}

static void connect_now(struct link *l)
{
	const struct ld_conf_smpp *c = &l->s->cfg.conf;
	int fd = osmo_sock_init2(AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, NULL, 0, c->host, c->port,
				 OSMO_SOCK_F_CONNECT | OSMO_SOCK_F_NONBLOCK);

	l->state = LINK_CONNECTING;
	l->heard_ms = smpp_now(l->s);
	l->next_ms = l->heard_ms + l->s->cfg.bind_ms;
	if (fd < 0) {
		give_up(l, "no connection");
		drop(l);
		return;
	}
	osmo_fd_setup(&l->ofd, fd, OSMO_FD_READ | OSMO_FD_WRITE, on_socket, l, 0);
	if (osmo_fd_register(&l->ofd) < 0) {
		close(fd);
		l->ofd.fd = -1;
		give_up(l, "no connection");
		drop(l);
	}
}

/* ---- life ---- */

static void stay_alive(struct link *l, int64_t now)
{
	int64_t silent = now - l->heard_ms;
	uint8_t pdu[PDU_HEADER];

	if (silent >= l->s->cfg.conf.enquire_ms + ENQUIRE_ANSWER_MS) {
		give_up(l, "enquire_link was not answered");
	} else if (silent >= l->s->cfg.conf.enquire_ms && l->asked_ms <= l->heard_ms) {
		l->asked_ms = now;
		l->s->stats.enquired++;
		if (pdu_build(ENQUIRE_LINK, 0, smpp_next_seq(l->s), pdu, sizeof(pdu)) > 0)
			put(l, pdu, sizeof(pdu));
	}
}

void smpp_link_tick(struct link *l)
{
	int64_t now = smpp_now(l->s);

	if (l->state == LINK_IDLE && now >= l->next_ms) {
		connect_now(l);
	} else if (l->state == LINK_BOUND) {
		stay_alive(l, now);
	} else if (l->state != LINK_IDLE && now >= l->next_ms) {
		give_up(l, l->state == LINK_CONNECTING ? "no connection in time" :
			   l->state == LINK_SECURING ? "TLS: no answer; does this port speak it?"
						     : "the bind was not answered");
	}
	drop_if_broken(l);
}

void smpp_link_start(struct smpp *s)
{
	bool pair = strcmp(s->cfg.conf.bind, "pair") == 0;

	s->n_links = pair ? 2 : 1;
	for (unsigned i = 0; i < s->n_links; i++) {
		struct link *l = &s->link[i];

		l->s = s;
		l->bind = !pair ? BIND_TRANSCEIVER : i == 0 ? BIND_TRANSMITTER : BIND_RECEIVER;
		l->ofd.fd = -1;
		connect_now(l);
	}
}

/* Says good-bye without waiting for the answer. */
void smpp_link_stop(struct smpp *s)
{
	uint8_t pdu[PDU_HEADER];

	for (unsigned i = 0; i < s->n_links; i++) {
		struct link *l = &s->link[i];

		if (l->state == LINK_BOUND &&
		    pdu_build(UNBIND, 0, smpp_next_seq(s), pdu, sizeof(pdu)) > 0)
			put(l, pdu, sizeof(pdu));
		hang_up(l);
	}
}
