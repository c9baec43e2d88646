/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection, its requests and what goes back. */
#include "impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/core/talloc.h>

#include "laido/osmo/log.h"

/* JSON's safe integers: an id survives every parser. */
#define ID_MAX ((int64_t)1 << 53)

struct ld_ctl_req {
	struct llist_head entry;
	struct conn *conn;              /* NULL: the client has gone */
	int64_t id;
	void (*more)(void *arg, const json_t *in);
	void (*gone)(void *arg);
	void *arg;
};

/* ---- out ---- */

static void hang_up(struct conn *c)
{
	if (c->closing)
		return;
	c->closing = true;
	osmo_fd_read_disable(&c->ofd);
	osmo_fd_write_disable(&c->ofd);
	osmo_timer_schedule(&c->reap, 0, 0);
}

static int out_room(struct conn *c, size_t len)
{
	size_t size = c->size ? c->size : 1024;
	char *out;

	if (c->sent > 0) {
		memmove(c->out, c->out + c->sent, c->queued - c->sent);
		c->queued -= c->sent;
		c->sent = 0;
	}
	while (size < c->queued + len)
		size *= 2;
	if (size == c->size)
		return 0;
	out = talloc_realloc(c, c->out, char, (unsigned)size);
	if (!out)
		return LD_E_NOMEM;
	c->out = out;
	c->size = size;
	return 0;
}

static void queue_line(struct conn *c, const char *line, size_t len)
{
	size_t unsent = c->queued - c->sent + len;

	if (unsent > UNSENT_MAX || out_room(c, len) < 0) {
		c->ctl->stats.cut_off++;
		LOGP(DCTL, LOGL_NOTICE, "%s: a client reads too slowly and is cut off\n",
		     c->ctl->path);
		hang_up(c);
		return;
	}
	memcpy(c->out + c->queued, line, len);
	c->queued += len;
	if (unsent > c->ctl->stats.unsent_high_water)
		c->ctl->stats.unsent_high_water = unsent;
	if (unsent > UNSENT_PAUSE)
		osmo_fd_read_disable(&c->ofd);
	osmo_fd_write_enable(&c->ofd);
}

/* Takes over msg. */
static void send_object(struct conn *c, int64_t id, json_t *msg)
{
	char *line = NULL;
	int len = LD_E_NOMEM;

	if (msg && json_object_set_new(msg, "id", json_integer(id)) == 0)
		len = ld_ctl_encode(msg, LD_CTL_ANSWER_MAX, &line);
	json_decref(msg);
	if (len == LD_E_TOOBIG) {
		msg = json_pack("{s:I,s:b,s:s}", "id", (json_int_t)id, "ok", 0, "error",
				"the answer is too long; ask for less");
		len = msg ? ld_ctl_encode(msg, LD_CTL_ANSWER_MAX, &line) : LD_E_NOMEM;
		json_decref(msg);
	}
	if (len < 0) {
		LOGP(DCTL, LOGL_ERROR, "%s: an answer is lost: %s\n", c->ctl->path,
		     ld_strerror(len));
		hang_up(c);
		return;
	}
	if (!c->closing)
		queue_line(c, line, (size_t)len);
	free(line);
}

static json_t *failure(int rc, const char *why, json_t *extra)
{
	json_t *msg = extra ? extra : json_object();

	json_object_set_new(msg, "ok", json_false());
	json_object_set_new(msg, "error", json_string(why && *why ? why : ld_strerror(rc)));
	return msg;
}

/* ---- requests ---- */

static struct ld_ctl_req *find_req(struct conn *c, int64_t id)
{
	struct ld_ctl_req *r;

	llist_for_each_entry(r, &c->reqs, entry)
		if (r->id == id)
			return r;
	return NULL;
}

static void forget_req(struct ld_ctl_req *r)
{
	if (!r->conn)
		return;
	llist_del(&r->entry);
	r->conn->n_reqs--;
	r->conn = NULL;
}

void ld_ctl_answer(struct ld_ctl_req *req, json_t *answer)
{
	struct conn *c = req->conn;

	if (c) {
		if (!answer)
			answer = json_object();
		if (!json_object_get(answer, "ok"))
			json_object_set_new(answer, "ok", json_true());
		forget_req(req);
		send_object(c, req->id, answer);
	} else {
		json_decref(answer);
	}
	free(req);
}

void ld_ctl_fail(struct ld_ctl_req *req, int rc, const char *why, json_t *extra)
{
	ld_ctl_answer(req, failure(rc, why, extra));
}

void ld_ctl_keep(struct ld_ctl_req *req, void (*more)(void *arg, const json_t *in),
		 void (*gone)(void *arg), void *arg)
{
	req->more = more;
	req->gone = gone;
	req->arg = arg;
}

void ld_ctl_push(struct ld_ctl_req *req, json_t *msg)
{
	if (req->conn)
		send_object(req->conn, req->id, msg);
	else
		json_decref(msg);
}

static const struct ld_ctl_command *find_command(const struct ld_ctl *ctl, const char *name)
{
	for (const struct ld_ctl_command *cmd = ctl->table; cmd->name; cmd++)
		if (strcmp(cmd->name, name) == 0)
			return cmd;
	return NULL;
}

/* A new request; its handler may answer at once. */
static void begin(struct conn *c, int64_t id, const char *name, const json_t *in)
{
	const struct ld_ctl_command *cmd = find_command(c->ctl, name);
	const char *why = NULL;
	struct ld_ctl_req *req = NULL;

	if (!cmd)
		why = "this daemon knows no such command; is it of the same version?";
	else if (find_req(c, id))
		why = "that id is in use; wait for its answer or take another";
	else if (c->n_reqs >= REQS_MAX)
		why = "too many open requests; wait for an answer";
	else if (!(req = calloc(1, sizeof(*req))))
		why = "out of memory";
	if (why) {
		send_object(c, id, failure(LD_E_UNKNOWN, why, NULL));
		return;
	}
	req->conn = c;
	req->id = id;
	llist_add_tail(&req->entry, &c->reqs);
	c->n_reqs++;
	c->ctl->stats.requests++;
	cmd->handle(req, in, c->ctl->arg);
}

static void on_message(struct conn *c, const json_t *in)
{
	struct ld_errmsg err;
	struct ld_ctl_req *req;
	const char *name = NULL;
	int64_t id = 0;

	if (ld_ctl_get_int(in, "id", 0, ID_MAX, 0, &id, &err) < 0 ||
	    ld_ctl_get_text(in, "cmd", NULL, &name, &err) < 0) {
		send_object(c, id, failure(LD_E_RANGE, err.text, NULL));
		return;
	}
	if (name) {
		begin(c, id, name, in);
		return;
	}
	req = find_req(c, id);
	if (req && req->more)
		req->more(req->arg, in);
	else
		send_object(c, id, failure(LD_E_UNKNOWN, "\"cmd\" is missing", NULL));
}

/* ---- in ---- */

static void read_messages(struct conn *c)
{
	struct ld_errmsg err;
	json_t *in = NULL;
	int rc;

	while (!c->closing && c->queued - c->sent <= UNSENT_PAUSE &&
	       (rc = ld_ctl_lines_next(&c->in, &in, &err)) != 0) {
		if (rc < 0) {
			send_object(c, 0, failure(rc, err.text, NULL));
			continue;
		}
		on_message(c, in);
		json_decref(in);
	}
}

static void on_readable(struct conn *c)
{
	char *at;
	size_t len;
	ssize_t n;

	if (ld_ctl_lines_room(&c->in, &at, &len) < 0) {
		hang_up(c);
		return;
	}
	n = read(c->ofd.fd, at, len);
	if (n > 0) {
		ld_ctl_lines_fed(&c->in, (size_t)n);
		read_messages(c);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		hang_up(c);
	}
}

static void on_writable(struct conn *c)
{
	ssize_t n = send(c->ofd.fd, c->out + c->sent, c->queued - c->sent, MSG_NOSIGNAL);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			hang_up(c);
		return;
	}
	c->sent += (size_t)n;
	if (c->sent < c->queued)
		return;
	c->sent = c->queued = 0;
	osmo_fd_write_disable(&c->ofd);
	/* What a pause has left in the buffer comes first. */
	if (!(c->ofd.when & OSMO_FD_READ)) {
		osmo_fd_read_enable(&c->ofd);
		read_messages(c);
	}
}

static int on_fd(struct osmo_fd *ofd, unsigned int what)
{
	struct conn *c = ofd->data;

	if ((what & OSMO_FD_READ) && !c->closing)
		on_readable(c);
	if ((what & OSMO_FD_WRITE) && !c->closing && c->queued > c->sent)
		on_writable(c);
	return 0;
}

static void on_reap(void *arg)
{
	conn_free(arg);
}

struct conn *conn_new(struct ld_ctl *ctl, int fd)
{
	struct conn *c = talloc_zero(ctl, struct conn);

	if (!c)
		return NULL;
	c->ctl = ctl;
	INIT_LLIST_HEAD(&c->reqs);
	ld_ctl_lines_init(&c->in, LD_CTL_REQUEST_MAX);
	osmo_timer_setup(&c->reap, on_reap, c);
	osmo_fd_setup(&c->ofd, fd, OSMO_FD_READ, on_fd, c, 0);
	if (osmo_fd_register(&c->ofd) < 0) {
		talloc_free(c);
		return NULL;
	}
	llist_add_tail(&c->entry, &ctl->conns);
	if (++ctl->stats.connections > ctl->stats.connections_high_water)
		ctl->stats.connections_high_water = ctl->stats.connections;
	return c;
}

void conn_free(struct conn *c)
{
	c->closing = true;
	osmo_timer_del(&c->reap);
	osmo_fd_unregister(&c->ofd);
	close(c->ofd.fd);
	llist_del(&c->entry);
	c->ctl->stats.connections--;
	while (!llist_empty(&c->reqs)) {
		struct ld_ctl_req *r = llist_entry(c->reqs.next, struct ld_ctl_req, entry);

		forget_req(r);
		if (r->gone) {
			r->gone(r->arg);
			free(r);
		}
	}
	ld_ctl_lines_release(&c->in);
	talloc_free(c);
}
