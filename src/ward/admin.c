/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Unix socket rather than a page: a browser can be talked into asking a page of this machine for
 * something, and admitting a board is nothing to be talked into.
 *
 * Request: "invite KEYHEX HOST NAME\n", HOST "-" when unknown. Answer: "ok\n" and the invite, or
 * "error WORDS\n"; then the connection ends. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <osmocom/core/linuxlist.h>
#include <osmocom/core/select.h>

#include "laido/osmo/log.h"
#include "ward.h"

enum { LINE_MAX_ = 512, CALLERS_MAX = 8, ANSWER_MS = 15000 };

struct admin {
	struct ward *w;
	struct osmo_fd ofd;
	struct llist_head callers;
	unsigned n;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct caller {
	struct ld_job job;
	struct llist_head entry;
	struct admin *a; /* NULL: stopped meanwhile */
	const struct ld_node *node;
	struct osmo_fd ofd;
	char line[LINE_MAX_];
	size_t len;
	bool working;
	struct invitation inv;
	int rc;
	char text[LD_INVITE_MAX];
	struct ld_errmsg err;
};

static int make_address(struct sockaddr_un *ret, const char *state_dir)
{
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	if (snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/admin.sock", state_dir) >=
	    (int)sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	return 0;
}

/* ---- one caller ---- */

static void hang_up(struct caller *c)
{
	osmo_fd_unregister(&c->ofd);
	close(c->ofd.fd);
	if (c->a) {
		llist_del(&c->entry);
		c->a->n--;
	}
	free(c);
}

/* The answer is shorter than any socket's buffer: what does not fit is a caller gone wrong. */
static void answer(struct caller *c, bool ok, const char *text)
{
	char buf[LD_INVITE_MAX + sizeof(struct ld_errmsg) + 16];
	int len = snprintf(buf, sizeof(buf), ok ? "ok\n%s" : "error %s\n", text);

	if (send(c->ofd.fd, buf, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) != len)
		LOGP(DWARD, LOGL_NOTICE, "admin socket: the caller went away\n");
	hang_up(c);
}

static int run_invite(struct ld_job *job, struct ld_store *st)
{
	struct caller *c = (struct caller *)job;

	c->rc = invitation_grant(c->node, st, &c->inv, c->text, &c->err);
	/* Only what the store refused has to be undone. */
	return c->rc == LD_E_RANGE || c->rc == LD_E_DENIED ? 0 : c->rc;
}

static void done_invite(struct ld_job *job, int rc)
{
	struct caller *c = (struct caller *)job;
	char key[17];

	if (rc < 0 || c->rc < 0) {
		answer(c, false, c->rc < 0 ? c->err.text : ld_strerror(rc));
		return;
	}
	ld_hex(key, c->inv.to.pk, 8);
	LOGP(DWARD, LOGL_NOTICE, "board \"%s\" (key %s...) is admitted\n", c->inv.to.name, key);
	answer(c, true, c->text);
}

static void obey(struct caller *c)
{
	char *rest = c->line, *verb = strsep(&rest, " "), *key = strsep(&rest, " ");
	char *host = strsep(&rest, " ");

	if (strcmp(verb, "invite") != 0 || !key || !host || !rest) {
		answer(c, false, "not understood: invite KEY HOST NAME");
		return;
	}
	if (invitation_parse(&c->inv, key, rest, strcmp(host, "-") == 0 ? "" : host, &c->err) < 0) {
		answer(c, false, c->err.text);
		return;
	}
	c->working = true;
	c->ofd.when = 0;
	c->job.run = run_invite;
	c->job.done = done_invite;
	if (ld_worker_submit(c->a->w->worker, LD_LANE_LIVE, &c->job) < 0)
		answer(c, false, ld_strerror(LD_E_BUSY));
}

static int caller_ready(struct osmo_fd *ofd, unsigned what)
{
	struct caller *c = ofd->data;
	ssize_t n = read(ofd->fd, c->line + c->len, sizeof(c->line) - 1 - c->len);
	char *end;

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		hang_up(c);
		return 0;
	}
	c->len += (size_t)n;
	c->line[c->len] = '\0';
	end = strchr(c->line, '\n');
	if (end) {
		*end = '\0';
		obey(c);
	} else if (c->len == sizeof(c->line) - 1) {
		answer(c, false, "the line is too long");
	}
	return 0;
}

/* ---- the socket ---- */

static int caller_comes(struct osmo_fd *ofd, unsigned what)
{
	struct admin *a = ofd->data;
	int fd = accept4(ofd->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct caller *c;

	(void)what;
	if (fd < 0)
		return 0;
	c = a->n < CALLERS_MAX ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		close(fd);
		return 0;
	}
	c->a = a;
	c->node = &a->w->node;
	osmo_fd_setup(&c->ofd, fd, OSMO_FD_READ, caller_ready, c, 0);
	osmo_fd_register(&c->ofd);
	llist_add_tail(&c->entry, &a->callers);
	a->n++;
	return 0;
}

static int listen_at(const char *state_dir, char *ret_path, size_t size, struct ld_errmsg *err)
{
	struct sockaddr_un to;
	int fd, rc = make_address(&to, state_dir);

	if (rc < 0)
		return ld_fail(err, rc, "%s: the path is too long for a socket", state_dir);
	/* We hold the store's lock: whoever left the socket is gone. */
	unlink(to.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		mode_t old = umask(0177);

		rc = bind(fd, (struct sockaddr *)&to, sizeof(to));
		umask(old);
		if (rc == 0)
			rc = listen(fd, CALLERS_MAX);
	}
	if (fd < 0 || rc < 0) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return ld_fail(err, rc, "%s: %s", to.sun_path, strerror(-rc));
	}
	snprintf(ret_path, size, "%s", to.sun_path);
	return fd;
}

int admin_start(struct admin **ret, struct ward *w, struct ld_errmsg *err)
{
	struct admin *a = calloc(1, sizeof(*a));
	int fd;

	if (!a)
		return ld_fail(err, LD_E_NOMEM, "out of memory");
	fd = listen_at(w->conf.state_dir, a->path, sizeof(a->path), err);
	if (fd < 0) {
		free(a);
		return fd;
	}
	a->w = w;
	INIT_LLIST_HEAD(&a->callers);
	osmo_fd_setup(&a->ofd, fd, OSMO_FD_READ, caller_comes, a, 0);
	osmo_fd_register(&a->ofd);
	*ret = a;
	return 0;
}

void admin_stop(struct admin *a)
{
	struct caller *c, *next;

	if (!a)
		return;
	llist_for_each_entry_safe(c, next, &a->callers, entry)
	{
		if (c->working) { /* its job still ends, and answers */
			llist_del(&c->entry);
			c->a = NULL;
		} else {
			hang_up(c);
		}
	}
	osmo_fd_unregister(&a->ofd);
	close(a->ofd.fd);
	unlink(a->path);
	free(a);
}

/* ---- the asking side ---- */

static int read_answer(int fd, char *ret, size_t size)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t len = 0;

	for (;;) {
		ssize_t n;

		if (poll(&p, 1, ANSWER_MS) <= 0)
			return -ETIMEDOUT;
		n = read(fd, ret + len, size - 1 - len);
		if (n < 0)
			return -errno;
		if (n == 0 || len + (size_t)n == size - 1) {
			ret[len + (size_t)n] = '\0';
			return 0;
		}
		len += (size_t)n;
	}
}

static int ask_at(int fd, const struct invitation *inv, char *ret, bool *ret_ok)
{
	char line[LINE_MAX_], key[LD_HEX_PK];
	char text[LD_INVITE_MAX + sizeof(struct ld_errmsg)];
	int len, rc;

	ld_hex(key, inv->to.pk, sizeof(inv->to.pk));
	len = snprintf(line, sizeof(line), "invite %s %s %s\n", key, inv->host[0] ? inv->host : "-",
		       inv->to.name);
	if (send(fd, line, (size_t)len, MSG_NOSIGNAL) != len)
		return -errno;
	rc = read_answer(fd, text, sizeof(text));
	if (rc < 0)
		return rc;
	*ret_ok = strncmp(text, "ok\n", 3) == 0;
	snprintf(ret, LD_INVITE_MAX, "%.*s", LD_INVITE_MAX - 1,
		 *ret_ok                           ? text + 3
		 : strncmp(text, "error ", 6) == 0 ? text + 6
						   : "it ended without an answer\n");
	return 1;
}

int admin_ask(const char *state_dir, const struct invitation *inv, char *ret, bool *ret_ok)
{
	struct sockaddr_un to;
	int fd, rc = make_address(&to, state_dir);

	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	rc = connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
	if (rc == -ENOENT || rc == -ECONNREFUSED)
		rc = 0;
	else if (rc == 0)
		rc = ask_at(fd, inv, ret, ret_ok);
	close(fd);
	return rc;
}
