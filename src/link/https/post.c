/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "laido/link/https/post.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <osmocom/core/select.h>
#include <osmocom/core/timer.h>

enum {
	CONNECT_MS = 10 * 1000,
	SLOW_OCTETS_S = 16,
	SLOW_S = 30, /* slower for that long: the line is dead */
};

struct ld_post {
	char who[80];
	void (*part)(void *arg, const struct ld_post_answer *);
	void (*done)(void *arg, const struct ld_post_answer *);
	void *arg;
	size_t answer_max;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers, *chunked; /* the latter for a body whose length nobody knows yet */
	struct osmo_timer_list timer;
	struct socket_watch *sockets;
	bool running;
	bool too_long;
	const uint8_t *data;    /* a body that grows */
	size_t len, sent;
	bool whole, paused;
	struct ld_body *answer;
	char curl_words[CURL_ERROR_SIZE];
};

struct socket_watch {
	struct osmo_fd ofd;
	struct ld_post *p;
	struct socket_watch *next;
};

/* ---- sockets and timers ---- */

static void look_for_end(struct ld_post *p);

static int socket_ready(struct osmo_fd *ofd, unsigned what)
{
	struct ld_post *p = ((struct socket_watch *)ofd->data)->p;
	int events = (what & OSMO_FD_READ ? CURL_CSELECT_IN : 0) |
		     (what & OSMO_FD_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	/* From here on ofd may be gone. */
	curl_multi_socket_action(p->multi, ofd->fd, events, &running);
	look_for_end(p);
	return 0;
}

static void timer_due(void *arg)
{
	struct ld_post *p = arg;
	int running;

	curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	look_for_end(p);
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct ld_post *p = arg;

	(void)multi;
	if (ms < 0)
		osmo_timer_del(&p->timer);
	else
		osmo_timer_schedule(&p->timer, (int)(ms / 1000), (int)(ms % 1000 * 1000));
	return 0;
}

static void drop_watch(struct ld_post *p, struct socket_watch *w)
{
	struct socket_watch **at = &p->sockets;

	while (*at && *at != w)
		at = &(*at)->next;
	if (*at)
		*at = w->next;
	osmo_fd_unregister(&w->ofd);
	free(w);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct ld_post *p = arg;
	struct socket_watch *w = socket_arg;
	unsigned when = (what & CURL_POLL_IN ? OSMO_FD_READ : 0) |
			(what & CURL_POLL_OUT ? OSMO_FD_WRITE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			drop_watch(p, w);
		return 0;
	}
	if (w) {
		w->ofd.when = when;
		return 0;
	}
	w = calloc(1, sizeof(*w));
	if (!w)
		return -1;
	w->p = p;
	w->next = p->sockets;
	p->sockets = w;
	osmo_fd_setup(&w->ofd, fd, when, socket_ready, w, 0);
	osmo_fd_register(&w->ofd);
	curl_multi_assign(p->multi, fd, w);
	return 0;
}

/* ---- the answer ---- */

static void look_at(const struct ld_post *p, struct ld_post_answer *a)
{
	curl_off_t after = 0;
	char *type = NULL;

	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &a->status);
	curl_easy_getinfo(p->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(p->easy, CURLINFO_RETRY_AFTER, &after);
	a->type = type ? type : "";
	a->body = p->answer;
	a->retry_after_s = after;
}

static size_t on_data(char *data, size_t one, size_t len, void *arg)
{
	struct ld_post_answer a = { .why = "" };
	struct ld_post *p = arg;
	curl_off_t all = -1;

	(void)one;
	curl_easy_getinfo(p->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &all);
	if (len > p->answer_max - (p->answer ? p->answer->len : 0) ||
	    all > (curl_off_t)p->answer_max) {
		p->too_long = true;
		return 0;
	}
	if (all <= 0 && p->part)
		all = (curl_off_t)p->answer_max;        /* it comes in chunks and must not be moved */
	if (ld_body_add(&p->answer, data, len, all > 0 ? (size_t)all : 0) < 0)
		return 0;
	if (p->answer->stays && p->part) {
		look_at(p, &a);
		p->part(p->arg, &a);
	}
	return len;
}

/* ---- a question that grows ---- */

static size_t on_read(char *to, size_t one, size_t max, void *arg)
{
	struct ld_post *p = arg;
	size_t n = p->len - p->sent;

	n = n < one * max ? n : one * max;
	if (n == 0 && !p->whole) {
		p->paused = true;
		return CURL_READFUNC_PAUSE;
	}
	memcpy(to, p->data + p->sent, n);
	p->sent += n;
	return n;
}

/* From the start, when a kept connection turns out to be closed. */
static int on_seek(void *arg, curl_off_t to, int from)
{
	struct ld_post *p = arg;

	if (from != SEEK_SET || to < 0 || to > (curl_off_t)p->len)
		return CURL_SEEKFUNC_FAIL;
	p->sent = (size_t)to;
	return CURL_SEEKFUNC_OK;
}

/* What went wrong and what to do; code by code. */
static void explain(const struct ld_post *p, CURLcode rc, char *ret, size_t size)
{
	static const struct {
		CURLcode code;
		const char *words;
	} known[] = {
		{CURLE_COULDNT_RESOLVE_HOST, "its name is not known here: check the name and DNS"},
		{CURLE_COULDNT_CONNECT, "no connection: is it running, is the network up?"},
		{CURLE_SSL_PINNEDPUBKEYNOTMATCH, "it has another key than the one expected: wrong "
						 "host, or someone in between"},
		{CURLE_OPERATION_TIMEDOUT, "no answer in time"},
		{CURLE_PARTIAL_FILE, "the answer broke off"},
		{CURLE_RECV_ERROR, "the line broke while receiving"},
		{CURLE_SEND_ERROR, "the line broke while sending"},
		{CURLE_GOT_NOTHING, "it hung up without an answer"},
		{CURLE_WEIRD_SERVER_REPLY, "something else answers there"},
		{CURLE_UNSUPPORTED_PROTOCOL, "something else answers there"},
	};

	for (size_t i = 0; i < LD_ARRAY_SIZE(known); i++) {
		if (known[i].code == rc) {
			snprintf(ret, size, "%s: %s", p->who, known[i].words);
			return;
		}
	}
	if (p->too_long)
		snprintf(ret, size, "%s: the answer is longer than allowed", p->who);
	else if (rc == CURLE_SSL_CONNECT_ERROR)
		snprintf(ret, size, "%s: no TLS; does something else answer there? (%.80s)",
			 p->who, p->curl_words);
	else
		snprintf(ret, size, "%s: %.120s", p->who,
			 p->curl_words[0] ? p->curl_words : curl_easy_strerror(rc));
}

static void finish(struct ld_post *p, CURLcode rc)
{
	struct ld_post_answer a = { .type = "", .why = "" };
	char why[256];

	if (rc == CURLE_OK) {
		look_at(p, &a);
	} else {
		explain(p, rc, why, sizeof(why));
		a.why = why;
	}
	ld_post_cancel(p);
	p->done(p->arg, &a);
}

static void look_for_end(struct ld_post *p)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(p->multi, &left))) {
		if (m->msg == CURLMSG_DONE) {
			finish(p, m->data.result);
			return; /* f may be gone; there was one transfer only */
		}
	}
}

/* ---- set-up ---- */

static int set_header(struct curl_slist **list, const char *header)
{
	struct curl_slist *longer = curl_slist_append(*list, header);

	if (!longer)
		return LD_E_NOMEM;
	*list = longer;
	return 0;
}

static int set_headers(struct ld_post *p, const char *const *headers)
{
	int rc = set_header(&p->chunked, "Transfer-Encoding: chunked");

	for (; headers && *headers && rc == 0; headers++) {
		rc = set_header(&p->headers, *headers);
		if (rc == 0)
			rc = set_header(&p->chunked, *headers);
	}
	return rc;
}

#define SET(option, value)                                        \
	if (curl_easy_setopt(p->easy, option, value) != CURLE_OK) \
	return LD_E_PEER

static int set_trust(struct ld_post *p, const struct ld_post_cfg *cfg)
{
	if (!cfg->pin) {
		if (cfg->ca) {
			SET(CURLOPT_CAINFO, cfg->ca);
		}
		return 0;
	}
	SET(CURLOPT_PINNEDPUBLICKEY, cfg->pin);
	SET(CURLOPT_SSL_VERIFYPEER, 0L); /* the pin says more than any authority could */
	SET(CURLOPT_SSL_VERIFYHOST, 0L);
	SET(CURLOPT_CAINFO, NULL); /* 7 MB that nobody would read (FACTS F5) */
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3);
	SET(CURLOPT_SSLCERT, cfg->id_file);
	SET(CURLOPT_SSLKEY, cfg->id_file);
	return 0;
}

static int set_up(struct ld_post *p, const struct ld_post_cfg *cfg)
{
	int rc = set_headers(p, cfg->headers);

	if (rc == 0)
		rc = set_trust(p, cfg);
	if (rc < 0)
		return rc;
	if (cfg->login) {
		SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		SET(CURLOPT_USERPWD, cfg->login);
	}
	SET(CURLOPT_URL, cfg->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_PROXY, ""); /* whatever the environment says */
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_READDATA, p);
	SET(CURLOPT_SEEKFUNCTION, on_seek);
	SET(CURLOPT_SEEKDATA, p);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_OCTETS_S);
	SET(CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, p);
	SET(CURLOPT_ERRORBUFFER, p->curl_words);
	if (curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
	    curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p) != CURLM_OK ||
	    curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
	    curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p) != CURLM_OK)
		return LD_E_PEER;
	return 0;
}
#undef SET

int ld_post_new(struct ld_post **ret, const struct ld_post_cfg *cfg, struct ld_errmsg *err)
{
	struct ld_post *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	p->part = cfg->part;
	p->done = cfg->done;
	p->arg = cfg->arg;
	p->answer_max = cfg->answer_max;
	snprintf(p->who, sizeof(p->who), "%s", cfg->who);
	osmo_timer_setup(&p->timer, timer_due, p);
	rc = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : LD_E_PEER;
	p->multi = curl_multi_init();
	p->easy = curl_easy_init();
	if (rc == 0)
		rc = p->multi && p->easy ? set_up(p, cfg) : LD_E_NOMEM;
	if (rc < 0) {
		ld_post_free(p);
		return ld_fail(err, rc, "HTTP cannot be set up for %s: %s", cfg->who,
			       ld_strerror(rc));
	}
	*ret = p;
	return 0;
}

void ld_post_free(struct ld_post *p)
{
	if (!p)
		return;
	ld_post_cancel(p);
	curl_easy_cleanup(p->easy);
	curl_multi_cleanup(p->multi);
	while (p->sockets)
		drop_watch(p, p->sockets);
	osmo_timer_del(&p->timer);
	curl_slist_free_all(p->headers);
	curl_slist_free_all(p->chunked);
	ld_body_drop(p->answer);
	free(p);
}

void ld_post_cancel(struct ld_post *p)
{
	if (p->running)
		curl_multi_remove_handle(p->multi, p->easy);
	p->running = false;
}

static int start(struct ld_post *p, const void *data, long len, struct curl_slist *headers)
{
	ld_body_drop(p->answer);
	p->answer = NULL;
	p->too_long = false;
	p->curl_words[0] = '\0';
	if (curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, data) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE, len) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
	    curl_multi_add_handle(p->multi, p->easy) != CURLM_OK)
		return LD_E_PEER;
	p->running = true;
	return 0;
}

int ld_post_send(struct ld_post *p, const void *data, size_t len)
{
	return start(p, data, (long)len, p->headers);
}

int ld_post_begin(struct ld_post *p, const void *data, size_t len)
{
	p->data = data;
	p->len = len;
	p->sent = 0;
	p->whole = p->paused = false;
	return start(p, NULL, -1, p->chunked);
}

void ld_post_more(struct ld_post *p, size_t len, bool whole)
{
	if (!p->running)
		return;
	p->len = len;
	p->whole = whole;
	if (p->paused) {
		p->paused = false;
		curl_easy_pause(p->easy, CURLPAUSE_CONT);
	}
}
