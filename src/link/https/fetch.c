/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <osmocom/core/select.h>
#include <osmocom/core/timer.h>

#include "tls.h"

enum {
	CONNECT_MS = 10 * 1000,
	SLOW_OCTETS_S = 16,
	SLOW_S = 30, /* slower for that long: the line is dead */
};

struct fetch {
	struct fetch_cfg cfg;
	char host[80];
	int id_fd;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	struct osmo_timer_list timer;
	struct socket_watch *sockets;
	bool running;
	bool too_long;
	uint8_t *answer;
	size_t len, cap;
	char curl_words[CURL_ERROR_SIZE];
};

struct socket_watch {
	struct osmo_fd ofd;
	struct fetch *f;
	struct socket_watch *next;
};

/* ---- sockets and timers ---- */

static void look_for_end(struct fetch *f);

static int socket_ready(struct osmo_fd *ofd, unsigned what)
{
	struct fetch *f = ((struct socket_watch *)ofd->data)->f;
	int events = (what & OSMO_FD_READ ? CURL_CSELECT_IN : 0) |
		     (what & OSMO_FD_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	/* From here on ofd may be gone. */
	curl_multi_socket_action(f->multi, ofd->fd, events, &running);
	look_for_end(f);
	return 0;
}

static void timer_due(void *arg)
{
	struct fetch *f = arg;
	int running;

	curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	look_for_end(f);
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct fetch *f = arg;

	(void)multi;
	if (ms < 0)
		osmo_timer_del(&f->timer);
	else
		osmo_timer_schedule(&f->timer, (int)(ms / 1000), (int)(ms % 1000 * 1000));
	return 0;
}

static void drop_watch(struct fetch *f, struct socket_watch *w)
{
	struct socket_watch **at = &f->sockets;

	while (*at && *at != w)
		at = &(*at)->next;
	if (*at)
		*at = w->next;
	osmo_fd_unregister(&w->ofd);
	free(w);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct fetch *f = arg;
	struct socket_watch *w = socket_arg;
	unsigned when = (what & CURL_POLL_IN ? OSMO_FD_READ : 0) |
			(what & CURL_POLL_OUT ? OSMO_FD_WRITE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			drop_watch(f, w);
		return 0;
	}
	if (w) {
		w->ofd.when = when;
		return 0;
	}
	w = calloc(1, sizeof(*w));
	if (!w)
		return -1;
	w->f = f;
	w->next = f->sockets;
	f->sockets = w;
	osmo_fd_setup(&w->ofd, fd, when, socket_ready, w, 0);
	osmo_fd_register(&w->ofd);
	curl_multi_assign(f->multi, fd, w);
	return 0;
}

/* ---- the answer ---- */

static size_t on_data(char *data, size_t one, size_t len, void *arg)
{
	struct fetch *f = arg;
	size_t cap = f->cap ? f->cap : 4096;
	uint8_t *p;

	(void)one;
	if (len > f->cfg.answer_max - f->len) {
		f->too_long = true;
		return 0;
	}
	while (cap < f->len + len)
		cap *= 2;
	if (cap != f->cap) {
		p = realloc(f->answer, cap);
		if (!p)
			return 0;
		f->answer = p;
		f->cap = cap;
	}
	memcpy(f->answer + f->len, data, len);
	f->len += len;
	return len;
}

/* The peer's own words, as far as they can be shown on a screen. */
static void quote(const struct fetch *f, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < f->len && n + 1 < size && i < 120; i++) {
		unsigned char c = f->answer[i];

		if (c == '\n')
			break;
		ret[n++] = (char)(c < 0x20 || c >= 0x7f ? '?' : c);
	}
	ret[n] = '\0';
}

/* What went wrong and what to do; code by code. */
static void explain(const struct fetch *f, CURLcode rc, char *ret, size_t size)
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
		{CURLE_WEIRD_SERVER_REPLY, "something else than a board answers there"},
		{CURLE_UNSUPPORTED_PROTOCOL, "something else than a board answers there"},
	};

	for (size_t i = 0; i < LD_ARRAY_SIZE(known); i++) {
		if (known[i].code == rc) {
			snprintf(ret, size, "%s: %s", f->host, known[i].words);
			return;
		}
	}
	if (f->too_long)
		snprintf(ret, size, "%s: the answer is longer than allowed", f->host);
	else if (rc == CURLE_SSL_CONNECT_ERROR)
		snprintf(ret, size, "%s: no TLS; does something else answer there? (%.80s)",
			 f->host, f->curl_words);
	else
		snprintf(ret, size, "%s: %.120s", f->host,
			 f->curl_words[0] ? f->curl_words : curl_easy_strerror(rc));
}

/* false and why when the answer is not what a mesh server says. */
static bool is_mesh(const struct fetch *f, char *why, size_t size)
{
	long status = 0;
	char *type = NULL, said[128];

	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(f->easy, CURLINFO_CONTENT_TYPE, &type);
	if (status == 200 && type && strcmp(type, "application/octet-stream") == 0)
		return true;
	quote(f, said, sizeof(said));
	if (status == 200)
		snprintf(why, size,
			 "%s: the answer is not the mesh's (%.40s): a portal or proxy in "
			 "between?",
			 f->host, type ? type : "no type");
	else
		snprintf(why, size, "%s: HTTP %ld: %s", f->host, status, said);
	return false;
}

static void finish(struct fetch *f, CURLcode rc)
{
	char why[256] = "";
	bool ok = rc == CURLE_OK && is_mesh(f, why, sizeof(why));

	if (rc != CURLE_OK)
		explain(f, rc, why, sizeof(why));
	f->running = false;
	curl_multi_remove_handle(f->multi, f->easy);
	f->cfg.done(f->cfg.arg, ok ? (f->answer ? f->answer : (const uint8_t *)"") : NULL, f->len,
		    why);
}

static void look_for_end(struct fetch *f)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left))) {
		if (m->msg == CURLMSG_DONE) {
			finish(f, m->data.result);
			return; /* f may be gone; there was one transfer only */
		}
	}
}

/* ---- set-up ---- */

static int set_up(struct fetch *f)
{
	char url[160], pin[TLS_PIN_LEN], id_path[40];
	bool v6 = strchr(f->cfg.host, ':') != NULL;

	if (tls_pin(pin, f->cfg.peer_pk) < 0)
		return LD_E_PEER;
	snprintf(url, sizeof(url), "https://%s%s%s:%u%s", v6 ? "[" : "", f->cfg.host, v6 ? "]" : "",
		 f->cfg.port, f->cfg.path);
	snprintf(id_path, sizeof(id_path), "/proc/self/fd/%d", f->id_fd);
	f->headers = curl_slist_append(NULL, "Content-Type: application/octet-stream");
	f->headers = curl_slist_append(f->headers, "Expect:");
	f->headers = curl_slist_append(f->headers, "Accept:");

#define SET(option, value)                                        \
	if (curl_easy_setopt(f->easy, option, value) != CURLE_OK) \
	return LD_E_PEER
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_PROXY, ""); /* whatever the environment says */
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_PINNEDPUBLICKEY, pin);
	SET(CURLOPT_SSL_VERIFYPEER, 0L); /* the pin says more than any authority could */
	SET(CURLOPT_SSL_VERIFYHOST, 0L);
	SET(CURLOPT_CAINFO, NULL); /* 7 MB that nobody would read (FACTS F5) */
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3);
	SET(CURLOPT_SSLCERT, id_path);
	SET(CURLOPT_SSLKEY, id_path);
	SET(CURLOPT_HTTPHEADER, f->headers);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_OCTETS_S);
	SET(CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, f);
	SET(CURLOPT_ERRORBUFFER, f->curl_words);
#undef SET
	if (curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
	    curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f) != CURLM_OK ||
	    curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
	    curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f) != CURLM_OK)
		return LD_E_PEER;
	return 0;
}

int fetch_new(struct fetch **ret, const struct fetch_cfg *cfg, struct ld_errmsg *err)
{
	struct fetch *f = calloc(1, sizeof(*f));
	struct tls_id id;
	int rc;

	if (!f)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	f->cfg = *cfg;
	f->id_fd = -1;
	snprintf(f->host, sizeof(f->host), "%.64s:%u", cfg->host, cfg->port);
	osmo_timer_setup(&f->timer, timer_due, f);
	rc = tls_id_make(&id, cfg->key);
	if (rc == 0) {
		rc = f->id_fd = tls_id_file(&id);
		tls_id_release(&id);
	}
	if (rc >= 0) {
		rc = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : LD_E_PEER;
		f->multi = curl_multi_init();
		f->easy = curl_easy_init();
		if (rc == 0)
			rc = f->multi && f->easy ? set_up(f) : LD_E_NOMEM;
	}
	if (rc < 0) {
		fetch_free(f);
		return ld_fail(err, rc, "HTTPS cannot be set up: %s", ld_strerror(rc));
	}
	f->cfg.host = NULL; /* borrowed: not looked at again */
	f->cfg.key = NULL;
	*ret = f;
	return 0;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	if (f->running)
		curl_multi_remove_handle(f->multi, f->easy);
	curl_easy_cleanup(f->easy);
	curl_multi_cleanup(f->multi);
	while (f->sockets)
		drop_watch(f, f->sockets);
	osmo_timer_del(&f->timer);
	curl_slist_free_all(f->headers);
	if (f->id_fd >= 0)
		close(f->id_fd);
	free(f->answer);
	free(f);
}

int fetch_post(struct fetch *f, const uint8_t *data, size_t len)
{
	f->len = 0;
	f->too_long = false;
	f->curl_words[0] = '\0';
	if (curl_easy_setopt(f->easy, CURLOPT_POSTFIELDS, data) != CURLE_OK ||
	    curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE, (long)len) != CURLE_OK ||
	    curl_multi_add_handle(f->multi, f->easy) != CURLM_OK)
		return LD_E_PEER;
	f->running = true;
	return 0;
}
