/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "laido/link/https/post.h"
#include "tls.h"

struct fetch {
	struct ld_post *post;
	char host[80];
	int id_fd;
	void (*part)(void *arg, struct ld_body *so_far);
	void (*done)(void *arg, struct ld_body *answer, const char *why);
	void *arg;
};

/* The peer's own words, as far as they can be shown on a screen. */
static void quote(const struct ld_post_answer *a, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; a->body && i < a->body->len && n + 1 < size && i < 120; i++) {
		unsigned char c = a->body->data[i];

		if (c == '\n')
			break;
		ret[n++] = (char)(c < 0x20 || c >= 0x7f ? '?' : c);
	}
	ret[n] = '\0';
}

static bool is_the_meshs(const struct ld_post_answer *a)
{
	return a->status == 200 && strcmp(a->type, "application/octet-stream") == 0;
}

static void on_part(void *arg, const struct ld_post_answer *a)
{
	struct fetch *f = arg;

	if (is_the_meshs(a))
		f->part(f->arg, a->body);
}

static void on_answer(void *arg, const struct ld_post_answer *a)
{
	struct fetch *f = arg;
	char why[256], said[128];

	if (is_the_meshs(a) && a->body) {
		f->done(f->arg, a->body, "");
		return;
	}
	quote(a, said, sizeof(said));
	if (is_the_meshs(a))
		snprintf(why, sizeof(why), "%s: an empty answer", f->host);
	else if (a->status == 200)
		snprintf(why, sizeof(why),
			 "%s: the answer is not the mesh's (%.40s): a portal or proxy in "
			 "between?",
			 f->host, a->type[0] ? a->type : "no type");
	else if (a->status)
		snprintf(why, sizeof(why), "%s: HTTP %ld: %s", f->host, a->status, said);
	else
		snprintf(why, sizeof(why), "%s", a->why);
	f->done(f->arg, NULL, why);
}

static int make_post(struct fetch *f, const struct fetch_cfg *cfg, struct ld_errmsg *err)
{
	static const char *const headers[] = { "Content-Type: application/octet-stream", "Expect:",
					       "Accept:", NULL };
	char url[160], pin[TLS_PIN_LEN], id_path[40];
	bool v6 = strchr(cfg->host, ':') != NULL;
	struct ld_post_cfg post = {
		.url = url, .who = f->host, .headers = headers, .pin = pin, .id_file = id_path,
		.answer_max = cfg->answer_max, .part = on_part, .done = on_answer, .arg = f,
	};

	const char *zone = v6 ? strchr(cfg->host, '%') : NULL;

	/* An address with its interface: "%25" in a URL (RFC 6874). */
	snprintf(url, sizeof(url), "https://%s%.*s%s%s%s:%u%s", v6 ? "[" : "",
		 zone ? (int)(zone - cfg->host) : 100, cfg->host, zone ? "%25" : "",
		 zone ? zone + 1 : "", v6 ? "]" : "", cfg->port, cfg->path);
	snprintf(id_path, sizeof(id_path), "/proc/self/fd/%d", f->id_fd);
	if (tls_pin(pin, cfg->peer_pk) < 0)
		return ld_fail(err, LD_E_PEER, "%s: its key is none", f->host);
	return ld_post_new(&f->post, &post, err);
}

int fetch_new(struct fetch **ret, const struct fetch_cfg *cfg, struct ld_errmsg *err)
{
	struct fetch *f = calloc(1, sizeof(*f));
	struct tls_id id;
	int rc;

	if (!f)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	f->part = cfg->part;
	f->done = cfg->done;
	f->arg = cfg->arg;
	f->id_fd = -1;
	snprintf(f->host, sizeof(f->host), "%.64s:%u", cfg->host, cfg->port);
	rc = tls_id_make(&id, cfg->key);
	if (rc == 0) {
		rc = f->id_fd = tls_id_file(&id);
		tls_id_release(&id);
	}
	rc = rc < 0 ? ld_fail(err, rc, "HTTPS cannot be set up: %s", ld_strerror(rc))
		    : make_post(f, cfg, err);
	if (rc < 0) {
		fetch_free(f);
		return rc;
	}
	*ret = f;
	return 0;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	ld_post_free(f->post);
	if (f->id_fd >= 0)
		close(f->id_fd);
	free(f);
}

int fetch_post(struct fetch *f, const uint8_t *data, size_t len)
{
	return ld_post_send(f->post, data, len);
}

int fetch_begin(struct fetch *f, const uint8_t *data, size_t len)
{
	return ld_post_begin(f->post, data, len);
}

void fetch_more(struct fetch *f, size_t len, bool whole)
{
	ld_post_more(f->post, len, whole);
}

void fetch_cancel(struct fetch *f)
{
	ld_post_cancel(f->post);
}
