/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "login.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laido/osmo/log.h"

#define COOKIE "laido_ward"

enum {
	SESSIONS_MAX = 64,
	IDLE_MS = 30 * 60 * 1000,
	SESSION_MS = 12 * 3600 * 1000,
	TRIES_FREE = 5,                 /* wrong ones from an address before it has to wait */
	WAIT_MS = 30 * 1000,            /* doubled by each further one */
	WAIT_MAX_MS = 15 * 60 * 1000,
	ADDRESSES = 128,
	AT_WORK = 4,                    /* passwords looked at at once: 16 MiB and 30 ms each */
};

struct session {
	char token[65];                 /* "": free */
	char name[USER_NAME_MAX];
	int64_t begun_ms, used_ms;      /* monotonic */
};
struct tries {
	char address[LD_HTTP_ADDRESS];
	unsigned wrong;
	int64_t last_ms, until_ms;
};
struct login {
	struct ward *w;
	struct session session[SESSIONS_MAX];
	struct tries tries[ADDRESSES];
	unsigned at_work;
	char cookie[192];
};

static int64_t now_ms(const struct login *l)
{
	return ld_clock_monotonic_ms(&l->w->clock.clock);
}

/* ---- tries ---- */

/* Who has one address of IPv6 has 2^64: they count as one. */
static void network_of(char ret[LD_HTTP_ADDRESS], const char *address)
{
	struct in6_addr a;
	char hex[17];

	snprintf(ret, LD_HTTP_ADDRESS, "%s", address);
	if (inet_pton(AF_INET6, address, &a) == 1) {
		ld_hex(hex, &a, 8);
		snprintf(ret, LD_HTTP_ADDRESS, "%s/64", hex);
	}
}

/* The address' own row, or the one that was not used for longest. */
static struct tries *tries_of(struct login *l, const char *address)
{
	struct tries *oldest = &l->tries[0];

	for (unsigned i = 0; i < ADDRESSES; i++) {
		if (strcmp(l->tries[i].address, address) == 0)
			return &l->tries[i];
		if (l->tries[i].last_ms < oldest->last_ms)
			oldest = &l->tries[i];
	}
	*oldest = (struct tries){ .last_ms = now_ms(l) };
	snprintf(oldest->address, sizeof(oldest->address), "%s", address);
	return oldest;
}

static void was_wrong(struct login *l, const char *address)
{
	struct tries *t = tries_of(l, address);
	int64_t wait = WAIT_MS;

	t->last_ms = now_ms(l);
	if (++t->wrong < TRIES_FREE)
		return;
	for (unsigned i = TRIES_FREE; i < t->wrong && wait < WAIT_MAX_MS; i++)
		wait *= 2;
	t->until_ms = t->last_ms + (wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS);
}

/* ---- sessions ---- */

static struct session *session_of(struct login *l, const struct ld_http *r)
{
	const char *cookie = ld_http_header(r, "Cookie"), *at;
	int64_t now = now_ms(l);

	at = cookie ? strstr(cookie, COOKIE "=") : NULL;
	if (!at)
		return NULL;
	at += sizeof(COOKIE);
	if (strspn(at, "0123456789abcdef") != 64)
		return NULL;
	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = &l->session[i];

		if (!s->token[0] || !ld_crypto_equal(s->token, at, 64))
			continue;
		if (now - s->used_ms < IDLE_MS && now - s->begun_ms < SESSION_MS)
			return s;
		memset(s, 0, sizeof(*s));
	}
	return NULL;
}

static void begin_session(struct login *l, const char *name)
{
	struct session *s = &l->session[0];
	uint8_t token[32];

	for (unsigned i = 1; i < SESSIONS_MAX && s->token[0]; i++)
		if (!l->session[i].token[0] || l->session[i].used_ms < s->used_ms)
			s = &l->session[i];
	ld_random_fill(ld_random_sys(), token, sizeof(token));
	ld_hex(s->token, token, sizeof(token));
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->begun_ms = s->used_ms = now_ms(l);
	snprintf(l->cookie, sizeof(l->cookie), COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s",
		 s->token, l->w->conf.web_cert[0] ? "; Secure" : "");
}

/* Nobody has a password: then the page is for this machine, also when the last one is taken back
 * while it is shown to others. */
static bool open_to_all(const struct login *l, const struct users *all)
{
	return all->n == 0 && (ld_ward_config_local(&l->w->conf) || l->w->conf.web_open);
}

int login_role(struct login *l, const struct ld_http *r, bool *ret_session)
{
	struct session *s = session_of(l, r);
	const struct user *u;
	struct ld_errmsg err;
	struct users all;

	*ret_session = false;
	if (users_load(&all, l->w->conf.state_dir, &err) < 0) {
		LOGP(DWARD, LOGL_ERROR, "%s\n", err.text);
		return -1;
	}
	if (open_to_all(l, &all))
		return USER_OPERATOR;
	u = s ? users_find(&all, s->name) : NULL;
	if (!u)
		return -1;
	s->used_ms = now_ms(l);
	*ret_session = true;
	return (int)u->role;
}

/* ---- the form ---- */

static void show_form(struct login *l, struct ld_http *r, unsigned status, const char *wrong)
{
	const char *lang = ld_http_query(r, "lang");
	size_t len;
	char *html = login_html(&l->w->conf, lang && strcmp(lang, "en") == 0, wrong, &len);

	if (html)
		ld_http_answer(r, status, "text/html; charset=utf-8", html, len);
	else
		ld_http_say(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
	free(html);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
	     : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A field of application/x-www-form-urlencoded; false: missing, or it does not fit. */
static bool field(const char *body, size_t len, const char *name, char *ret, size_t size)
{
	const char *p = body, *end = body + len;
	size_t n = strlen(name), k = 0;

	while (p < end && !((size_t)(end - p) > n && memcmp(p, name, n) == 0 && p[n] == '=')) {
		p = memchr(p, '&', (size_t)(end - p));
		if (!p)
			return false;
		p++;
	}
	if (p >= end)
		return false;
	for (p += n + 1; p < end && *p != '&'; p++) {
		char c = *p == '+' ? ' ' : *p;

		if (*p == '%' && end - p > 2 && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
			c = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
			p += 2;
		}
		if (!c || k + 1 >= size)
			return false;
		ret[k++] = c;
	}
	ret[k] = '\0';
	return true;
}

/* A form that another site sends in the reader's name says so. */
static bool is_own_form(const struct ld_http *r)
{
	const char *site = ld_http_header(r, "Sec-Fetch-Site");
	const char *origin = ld_http_header(r, "Origin"), *host = ld_http_header(r, "Host");
	const char *at = origin ? strstr(origin, "://") : NULL;

	if (site && strcmp(site, "same-origin") != 0)
		return false;
	return !origin || (at && host && strcmp(at + 3, host) == 0);
}

/* ---- a login ---- */

/* As it may stand in a log: one line, whatever was typed. */
static const char *printable(const char *name, char ret[USER_NAME_MAX])
{
	size_t n = 0;

	for (; name[n] && n + 1 < USER_NAME_MAX; n++)
		ret[n] = (unsigned char)name[n] < ' ' || name[n] == 0x7f ? '?' : name[n];
	ret[n] = '\0';
	return ret;
}

struct try {
	struct ld_job job;
	struct login *l;
	struct ld_http *r;              /* NULL: the browser went away */
	bool known, right;
	char name[USER_NAME_MAX], password[PASSWORD_MAX], hash[LD_PASSWORD_HASH];
	char address[LD_HTTP_ADDRESS], network[LD_HTTP_ADDRESS];
};

static int try_run(struct ld_job *job, struct ld_store *st)
{
	struct try *t = (struct try *)job;

	(void)st;
	t->right = ld_password_verify(t->hash, t->password) && t->known;
	return 0;
}

static void try_done(struct ld_job *job, int rc)
{
	struct try *t = (struct try *)job;
	struct login *l = t->l;
	char name[USER_NAME_MAX];

	l->at_work--;
	if (rc == 0 && t->right) {
		LOGP(DWARD, LOGL_NOTICE, "%s logged in from %s\n", t->name, t->address);
		tries_of(l, t->network)->wrong = 0;
	} else if (rc == 0) {
		LOGP(DWARD, LOGL_NOTICE, "wrong password for \"%s\" from %s\n", printable(t->name, name),
		     t->address);
		was_wrong(l, t->network);
	}
	if (t->r) {
		ld_http_set_user(t->r, NULL);
		if (rc == 0 && t->right) {
			begin_session(l, t->name);
			ld_http_with(t->r, "Set-Cookie", l->cookie);
			ld_http_with(t->r, "Location", "/");
			ld_http_say(t->r, MHD_HTTP_SEE_OTHER, "/");
		} else {
			show_form(l, t->r, MHD_HTTP_FORBIDDEN, "wrong");
		}
	}
	ld_crypto_wipe(t->password, sizeof(t->password));
	free(t);
}

/* A name that nobody has costs as much time as one that somebody has. */
static void take_user(struct try *t)
{
	static const char nobody[] = "$argon2id$v=19$m=16384,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
				     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	struct users all = { .n = 0 };
	const struct user *u;

	if (users_load(&all, t->l->w->conf.state_dir, NULL) < 0)
		all.n = 0;
	u = users_find(&all, t->name);
	t->known = u != NULL;
	snprintf(t->hash, sizeof(t->hash), "%s", u ? u->hash : nobody);
}

static void log_in(struct login *l, struct ld_http *r)
{
	struct try *t = calloc(1, sizeof(*t));
	struct ld_body *body = ld_http_body(r);
	bool ok = t && body &&
		  field((char *)body->data, body->len, "name", t->name, sizeof(t->name)) &&
		  field((char *)body->data, body->len, "password", t->password, sizeof(t->password));

	if (body)
		ld_crypto_wipe(body->data, body->len);
	if (!ok) {
		free(t);
		return show_form(l, r, MHD_HTTP_BAD_REQUEST, "wrong");
	}
	t->l = l;
	t->r = r;
	t->job = (struct ld_job){ .run = try_run, .done = try_done };
	ld_http_peer_address(r, t->address);
	network_of(t->network, t->address);
	take_user(t);
	if (tries_of(l, t->network)->until_ms > now_ms(l) || l->at_work >= AT_WORK ||
	    ld_worker_submit(l->w->worker, LD_LANE_LIVE, &t->job) < 0) {
		ld_crypto_wipe(t->password, sizeof(t->password));
		free(t);
		ld_http_with(r, "Retry-After", "60");
		return show_form(l, r, MHD_HTTP_TOO_MANY_REQUESTS, "later");
	}
	l->at_work++;
	ld_http_set_user(r, t);
	ld_http_hold(r);
}

static void log_out(struct login *l, struct ld_http *r)
{
	struct session *s = session_of(l, r);

	if (s)
		memset(s, 0, sizeof(*s));
	ld_http_with(r, "Set-Cookie", COOKIE "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
	ld_http_with(r, "Location", "/login");
	ld_http_say(r, MHD_HTTP_SEE_OTHER, "/login");
}

/* ---- requests ---- */

static bool is_ours(const struct ld_http *r)
{
	return strcmp(ld_http_path(r), "/login") == 0 || strcmp(ld_http_path(r), "/logout") == 0;
}

bool login_head(struct login *l, struct ld_http *r)
{
	bool post = strcmp(ld_http_method(r), "POST") == 0;

	if (!is_ours(r))
		return false;
	if (post && !is_own_form(r))
		ld_http_say(r, MHD_HTTP_FORBIDDEN, "that form is not of this page");
	else if (!post && strcmp(ld_http_path(r), "/login") == 0)
		show_form(l, r, MHD_HTTP_OK, "");
	else if (!post)
		ld_http_say(r, MHD_HTTP_METHOD_NOT_ALLOWED, "POST");
	return true;    /* else the body is read */
}

bool login_body(struct login *l, struct ld_http *r)
{
	if (!is_ours(r))
		return false;
	if (strcmp(ld_http_path(r), "/login") == 0)
		log_in(l, r);
	else
		log_out(l, r);
	return true;
}

bool login_over(struct login *l, struct ld_http *r)
{
	struct try *t = ld_http_user(r);

	(void)l;
	if (!is_ours(r))
		return false;
	if (t)
		t->r = NULL;
	return true;
}

int login_new(struct login **ret, struct ward *w, struct ld_errmsg *err)
{
	struct users all;
	int rc = users_load(&all, w->conf.state_dir, err);

	if (rc < 0)
		return rc;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	(*ret)->w = w;
	if (all.n == 0 && !open_to_all(*ret, &all))
		return ld_fail(err, LD_E_DENIED, "the page leaves this machine (web_host %s) and "
			       "nobody has a password: laido-ward --user NAME first",
			       w->conf.web_host);
	return 0;
}

void login_free(struct login *l)
{
	if (l)
		ld_crypto_wipe(l, sizeof(*l));
	free(l);
}
